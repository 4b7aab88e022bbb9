"""Invented journeys written as councils send them: Ofsted Annex A (workbook or CSV files), children in need census XML and
the Standard Safeguarding Dataset."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

import pandas as pd
from invented_journeys import Journeys

from bscbdata.statutory import code_map, list_columns
from bscbdata.statutory.annex_a import Header, headers

NOT_LISTED = ("care_leavers", "adoptions", "adopters", "early_help")
# The events that an Annex A list is drawn by: its date, and the one that closes the case where open cases are listed.
DRAWN_BY = {
    "contacts": ("contact_date", ""),
    "referrals": ("referral_date", ""),
    "assessments": ("start_date", "authorisation_date"),
    "section_47": ("start_date", ""),
    "children_in_need": ("start_date", "closure_date"),
    "plans": ("start_date", "end_date"),
    "looked_after": ("start_date", "end_date"),
}


def annex_a_lists(made: Journeys, start: date) -> dict[int, pd.DataFrame]:
    """The lists under Annex A's headers and codes, for the days from `start` on: events since, and cases open since."""
    drawn = {}
    for number in sorted({header.number for header in headers() if header.list not in NOT_LISTED}):
        wanted = [header for header in headers() if header.number == number]
        events = _since(made.lists[wanted[0].list], wanted[0].list, pd.Timestamp(start))
        drawn[number] = pd.DataFrame({header.header: _as_sent(events, header, made) for header in wanted})
    return drawn


def _since(events: pd.DataFrame, name: str, start: pd.Timestamp) -> pd.DataFrame:
    begun, closed = DRAWN_BY[name]
    if not closed:
        return events[events[begun] >= start]
    return events[events[closed].isna() | (events[closed] >= start)]


def _as_sent(events: pd.DataFrame, header: Header, made: Journeys) -> pd.Series:
    if header.header.startswith("Age of Child"):
        return ((pd.Timestamp(made.end) - events["date_of_birth"]).dt.days // 365.25).clip(lower=0)
    if header.list == "plans" and header.column == "latest_review_date":
        latest = made.lists["plan_reviews"].groupby(["child", "plan_start_date"])["review_date"].max()
        keys = pd.MultiIndex.from_frame(events[["child", "start_date"]])
        return pd.Series(latest.reindex(keys).dt.strftime("%d/%m/%Y").to_numpy(), index=events.index)
    kinds = {column.name: column for column in list_columns()[header.list]}
    if header.column not in kinds:
        return pd.Series(None, index=events.index, dtype="object")
    return _spelt(events[header.column], kinds[header.column].kind, kinds[header.column].code_list)


def _spelt(values: pd.Series, kind: str, code_list: str) -> pd.Series:
    if code_list:
        theirs = {ours: sent for sent, ours in reversed(code_map(code_list, "annex_a").items())}
        return values.astype("object").map(theirs)
    if kind == "date":
        return values.dt.strftime("%d/%m/%Y")
    if kind == "yes_no":
        return values.map({True: "a) Yes", False: "b) No"})
    return values


def write_annex_a(made: Journeys, target: Path, start: date) -> Path:
    """Annex A as a workbook (`target` ends with .xlsx) or as a folder of CSV files, one a list."""
    lists = annex_a_lists(made, start)
    if target.suffix == ".xlsx":
        target.parent.mkdir(parents=True, exist_ok=True)
        with pd.ExcelWriter(target, engine="openpyxl") as book:
            for number, frame in lists.items():
                frame.to_excel(book, sheet_name=f"List {number}", index=False)
        return target
    target.mkdir(parents=True, exist_ok=True)
    for number, frame in lists.items():
        frame.to_csv(target / f"list_{number}.csv", index=False)
    return target


def write_cin_census(made: Journeys, path: Path, start: date, namespace: str = "") -> Path:
    """The children in need census of the days from `start` on: every case open in them, nested as the census is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf8") as stream:
        stream.writelines(_census(made, pd.Timestamp(start), namespace))
    return path


def _census(made: Journeys, start: pd.Timestamp, namespace: str) -> Iterator[str]:
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<Message{f" xmlns={chr(34)}{namespace}{chr(34)}" if namespace else ""}>\n'
    yield "<Header><CollectionDetails><Collection>CIN</Collection>"
    yield f"<Year>{made.end.year}</Year><ReferenceDate>{made.end:%Y-%m-%d}</ReferenceDate></CollectionDetails>"
    yield "<Source><SourceLevel>L</SourceLevel><LEA>825</LEA><SoftwareCode>Simulated</SoftwareCode></Source></Header>\n"
    yield "<Children>\n"
    referrals = made.lists["referrals"]
    open_since = referrals[
        referrals["closure_date"].isna()
        | (referrals["closure_date"] >= start)
        | (referrals["referral_date"] >= start)
    ]
    by_referral = _events_of(made, referrals)
    for _, cases in open_since.groupby("child", sort=True):
        yield _child(cases, by_referral, made)
    yield "</Children>\n</Message>\n"


def _events_of(made: Journeys, referrals: pd.DataFrame) -> dict[str, dict]:
    """The assessments, enquiries and plans that belong to each referral: those of the child from it to the next one."""
    found: dict[str, dict] = {}
    for name in ("assessments", "section_47", "plans"):
        events = made.lists[name].sort_values("start_date", kind="stable")
        cases = referrals[["child", "referral_date"]].sort_values("referral_date", kind="stable")
        joined = pd.merge_asof(events, cases, left_on="start_date", right_on="referral_date", by="child")
        found[name] = dict(list(joined.groupby(["child", "referral_date"], sort=False)))
    found["plan_reviews"] = dict(list(made.lists["plan_reviews"].groupby(["child", "plan_start_date"])))
    return found


def _unborn(born, drawn: date):
    return born > pd.Timestamp(drawn)


def _child(cases: pd.DataFrame, events: dict[str, dict], made: Journeys) -> str:
    first = cases.iloc[0]
    gender = {"male": "1", "female": "2", "neither": "9", "not_recorded": "0"}[first["sex"]]
    disability = "<Disability>LD</Disability>" if first["disability"] else "<Disability>NONE</Disability>"
    birth = "ExpectedPersonBirthDate" if _unborn(first["date_of_birth"], made.end) else "PersonBirthDate"
    identifiers = (
        _element("LAchildID", first["child"])
        + _element(birth, first["date_of_birth"])
        + _element("GenderCurrent", gender)
    )
    characteristics = _element("Ethnicity", _census_code("ethnicity", first["ethnicity"]))
    characteristics += f"<Disabilities>{disability}</Disabilities>"
    details = "".join(_details(case, events) for case in cases.itertuples(index=False))
    return (
        f"<Child><ChildIdentifiers>{identifiers}</ChildIdentifiers>"
        f"<ChildCharacteristics>{characteristics}</ChildCharacteristics>{details}</Child>\n"
    )


def _details(case, events: dict[str, dict]) -> str:
    key = (case.child, case.referral_date)
    parts = [
        _element("CINreferralDate", case.referral_date),
        _element("ReferralSource", _census_code("source", case.source)),
        _element("PrimaryNeedCode", _census_code("need", case.need)),
        _element("CINclosureDate", case.closure_date),
        _element("ReasonForClosure", _census_code("closure_reason", case.closure_reason)),
        *(_assessment(event) for event in _of(events["assessments"], key)),
        *(_enquiry(event) for event in _of(events["section_47"], key)),
        _element("ReferralNFA", int(case.no_further_action)),
        *(_plan(event, events["plan_reviews"]) for event in _of(events["plans"], key)),
    ]
    return f"<CINdetails>{''.join(parts)}</CINdetails>"


def _of(frames: dict, key: tuple) -> Iterator:
    return frames[key].itertuples(index=False) if key in frames else iter(())


def _assessment(event) -> str:
    inner = _element("AssessmentActualStartDate", event.start_date)
    inner += _element("AssessmentAuthorisationDate", event.authorisation_date)
    return f"<Assessments>{inner}</Assessments>"


def _enquiry(event) -> str:
    inner = _element("S47ActualStartDate", event.start_date) + _element(
        "DateOfInitialCPC", event.conference_date
    )
    return f"<Section47>{inner}{_element('ICPCnotRequired', int(event.conference_not_required))}</Section47>"


def _plan(event, reviews: dict) -> str:
    dates = _of(reviews, (event.child, event.start_date))
    held = "".join(_element("CPPreviewDate", review.review_date) for review in dates)
    inner = [
        _element("CPPstartDate", event.start_date),
        _element("CPPendDate", event.end_date),
        _element("InitialCategoryOfAbuse", _census_code("category_of_abuse", event.initial_category)),
        _element("LatestCategoryOfAbuse", _census_code("category_of_abuse", event.latest_category)),
        _element("NumberOfPreviousCPP", event.previous_plans),
        f"<Reviews>{held}</Reviews>" if held else "",
    ]
    return f"<ChildProtectionPlans>{''.join(inner)}</ChildProtectionPlans>"


def _census_code(code_list: str, ours: object) -> str | None:
    if pd.isna(ours):
        return None
    return next((theirs for theirs, code in code_map(code_list, "cin_census").items() if code == ours), None)


def _element(name: str, value: object) -> str:
    if value is None or pd.isna(value):
        return ""
    text = f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)
    return f"<{name}>{escape(text)}</{name}>"


# Of each table of the dataset, the list that it is made from, its column for the number of a row, and the list's columns.
SSD = {
    "ssd_contacts": ("contacts", "cont_contact_id", {"cont_contact_date": "contact_date", "cont_contact_source_code": "source"}),
    "ssd_cin_episodes": ("referrals", "cine_referral_id", {"cine_referral_date": "referral_date", "cine_referral_source_code": "source", "cine_cin_primary_need_code": "need", "cine_referral_nfa": "no_further_action", "cine_close_date": "closure_date", "cine_close_reason": "closure_reason"}),
    "ssd_cin_assessments": ("assessments", "cina_assessment_id", {"cina_assessment_start_date": "start_date", "cina_assessment_auth_date": "authorisation_date", "cina_assessment_child_seen": "child_seen"}),
    "ssd_s47_enquiry": ("section_47", "s47e_s47_enquiry_id", {"s47e_s47_start_date": "start_date"}),
    "ssd_initial_cp_conference": ("section_47", "icpc_s47_enquiry_id", {"icpc_icpc_date": "conference_date", "icpc_icpc_outcome_cp_flag": "led_to_plan"}),
    "ssd_cp_plans": ("plans", "cppl_cp_plan_id", {"cppl_cp_plan_start_date": "start_date", "cppl_cp_plan_end_date": "end_date", "cppl_cp_plan_initial_category": "initial_category", "cppl_cp_plan_latest_category": "latest_category"}),
}  # fmt: skip
PEOPLE = {"ssd_person": "pers", "ssd_contacts": "cont", "ssd_cin_episodes": "cine", "ssd_cin_assessments": "cina", "ssd_s47_enquiry": "s47e", "ssd_initial_cp_conference": "icpc", "ssd_cp_plans": "cppl"}  # fmt: skip


def write_ssd(made: Journeys, folder: Path) -> Path:
    """The Standard Safeguarding Dataset as a folder of CSV files, one a table: people, contacts, referrals and what followed."""
    folder.mkdir(parents=True, exist_ok=True)
    _people(made).to_csv(folder / "ssd_person.csv", index=False)
    for table, (name, number, columns) in SSD.items():
        events = made.lists[name].dropna(subset=[next(iter(columns.values()))])
        kinds = {column.name: column for column in list_columns()[name]}
        sent = {theirs: _in_ssd(events[ours], kinds[ours].code_list) for theirs, ours in columns.items()}
        sent |= {number: events.index, f"{PEOPLE[table]}_person_id": events["child"]}
        pd.DataFrame(sent).to_csv(folder / f"{table}.csv", index=False)
    return folder


def _people(made: Journeys) -> pd.DataFrame:
    people = pd.concat(list(made.lists.values())).drop_duplicates("child")
    born, unborn = _in_ssd(people["date_of_birth"], ""), _unborn(people["date_of_birth"], made.end)
    return pd.DataFrame(
        {
            "pers_person_id": people["child"],
            "pers_sex": people["sex"].astype("object").map({"female": "F", "male": "M"}).fillna("U"),
            "pers_ethnicity": _in_ssd(people["ethnicity"], "ethnicity"),
            "pers_dob": born.mask(unborn),
            "pers_expected_dob": born.where(unborn),
        }
    )


def _in_ssd(values: pd.Series, code_list: str) -> pd.Series:
    if code_list:
        return values.astype("object").map(lambda ours: _census_code(code_list, ours))
    if values.dtype == "boolean":
        return values.map({True: "Y", False: "N"})
    return values.dt.strftime("%Y-%m-%d")
