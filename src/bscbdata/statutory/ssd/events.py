"""The event lists that a Standard Safeguarding Dataset fills; those of care by the same way as the SSDA903."""

import json
import re

import pandas as pd

from bscbdata.findings import Finding, failure, warning
from bscbdata.period import ReportYear
from bscbdata.statutory import CaseRecords
from bscbdata.statutory.ssd.layout import mapped
from bscbdata.statutory.ssd.native import yes_no
from bscbdata.statutory.ssda903.events import (
    chain_periods,
    last_day_of,
    periods_of_care,
    placements_of,
    put_list,
    told_of_periods,
)
from bscbdata.statutory.ssda903.native import told_of_rows, with_rejects

ENQUIRY = "icpc_s47_enquiry_id"  # of a conference, the enquiry that led to it
OTHER_AUTHORITY = "a temporary plan of another authority, which counts it"


def fill_lists(tables: dict[str, pd.DataFrame], year: str | ReportYear | None, records: CaseRecords) -> None:
    """Every event list that the tables allow."""
    people = _people(tables, records)
    makers = {
        "contacts": ("ssd_contacts", None),
        "early_help": ("ssd_early_help_episodes", None),
        "referrals": ("ssd_cin_episodes", None),
        "children_in_need": ("ssd_cin_episodes", _children_in_need),
        "assessments": ("ssd_cin_assessments", _assessments),
        "plans": ("ssd_cp_plans", _plans),
        "plan_reviews": ("ssd_cp_reviews", _plan_reviews),
        "missing_episodes": ("ssd_missing", _missing_episodes),
        "care_leavers": ("ssd_care_leavers", _care_leavers),
        "adoptions": ("ssd_permanence", _adoptions),
    }
    for name, (table, make) in makers.items():
        if table in tables:
            frame = _plain(tables, table)
            put_list(records, name, make(frame, tables, records) if make else frame, people)
    if {"ssd_s47_enquiry", "ssd_initial_cp_conference"} & set(tables):
        put_list(records, "section_47", _section_47(tables, records), people)
    if "ssd_cla_episodes" in tables:
        _put_care(tables, year, people, records)
    if "ssd_person" in tables and records.lists:
        records.findings += _told_of_unknown(records.lists, people)


def _told_of_unknown(lists: dict[str, pd.DataFrame], people: pd.DataFrame) -> list[Finding]:
    """A warning of children with events who stand in no row of `ssd_person`, as when the numbers of two systems do not meet."""
    children = pd.concat([frame["child"] for frame in lists.values()]).drop_duplicates()
    unknown = int((~children.isin(people.index)).sum())
    if not unknown:
        return []
    said = f"{unknown:,} of {len(children):,} children with events are not in ssd_person, so their age, sex and ethnic group are missing."
    advice = "Ask whether all persons were sent, and whether their numbers are those of the other tables."
    return [warning("person", said, column="pers_person_id", advice=advice)]


def _plain(tables: dict[str, pd.DataFrame], table: str) -> pd.DataFrame:
    """A table's columns under our names."""
    names = {one.ssd_column: one.column for one in mapped()[table] if one.column}
    return tables[table].rename(columns=names)


def _people(tables: dict[str, pd.DataFrame], records: CaseRecords) -> pd.DataFrame:
    """Sex, birth, ethnic group and disability of each person; what two rows contradict each other in is left missing."""
    columns = ["date_of_birth", "sex", "ethnicity", "disability"]
    if "ssd_person" not in tables:
        said = "There is no ssd_person, so sex, age and ethnic group are missing."
        records.findings.append(warning("table", said, advice="Ask for it."))
        return pd.DataFrame(columns=columns)
    persons = _plain(tables, "ssd_person")
    persons["date_of_birth"] = persons["date_of_birth"].fillna(persons["pers_expected_dob"])
    grouped = persons.groupby("child")[columns[:3]]
    differs = grouped.nunique() > 1
    if differs.any(axis=None):
        said = f"{int(differs.any(axis=1).sum())} persons stand twice and contradict themselves; what differs was left missing."
        records.findings.append(failure("person", said, advice="Ask which row is right."))
    return grouped.first().mask(differs).assign(disability=_disability(tables)).reindex(columns=columns)


def _disability(tables: dict[str, pd.DataFrame]) -> pd.Series:
    if "ssd_disability" not in tables:
        return pd.Series(dtype="boolean")
    said = tables["ssd_disability"].dropna(subset=["disa_disability_code"])
    disabled = said["disa_disability_code"].str.upper() != "NONE"
    return disabled.groupby(said["disa_person_id"]).any().astype("boolean")


def parse_json(cells: pd.Series, ids: pd.Series, records: CaseRecords) -> pd.Series:
    """JSON texts as what they hold; text that is not JSON is told and left missing. Nothing is ever run."""
    parsed, bad = {}, []
    for cell in cells.dropna().unique():
        try:
            parsed[cell] = json.loads(cell)
        except (ValueError, RecursionError):
            bad.append(cell)
    if bad:
        rows = cells.isin(bad)
        said = f"{int(rows.sum())} cells of {cells.name} are not JSON; what they tell was left missing."
        where = ", ".join(ids[rows].head(3))
        told = {"expected": '["1A"] or {"1A": "Yes"}', "advice": "Ask for the export again."}
        records.findings.append(warning("json", said, column=str(cells.name), value=where, **told))
    return pd.Series([parsed.get(cell) for cell in cells], index=cells.index, dtype="object")


FACTOR = re.compile(r"\d{1,2}[A-Z]")


def _factors(held: object) -> str | None:
    """Factor codes joined by |, from a list, or from a dictionary whose yes counts."""
    if isinstance(held, dict):
        held = [code for code, said in held.items() if yes_no(str(said))]
    if not isinstance(held, list):
        return None
    found = sorted({str(code).upper() for code in held if FACTOR.fullmatch(str(code).upper())})
    return "|".join(found) or None


def _children_in_need(
    frame: pd.DataFrame, tables: dict[str, pd.DataFrame], records: CaseRecords
) -> pd.DataFrame:
    """Each referral is an episode of need as well, as in the census, unless nothing followed on it."""
    nothing_followed = frame["no_further_action"].fillna(False).astype(bool)
    return frame[~nothing_followed].rename(columns={"referral_date": "start_date"})


def _assessments(frame: pd.DataFrame, tables: dict[str, pd.DataFrame], records: CaseRecords) -> pd.DataFrame:
    frame["requires_support"] = ~frame["cina_assessment_outcome_nfa"]
    if "ssd_assessment_factors" in tables:
        said = tables["ssd_assessment_factors"]
        held = parse_json(said["cinf_assessment_factors_json"], said["row_id"], records).map(_factors)
        known = held.groupby(said["cinf_assessment_id"]).agg(_joined)
        frame["factors"] = frame["cina_assessment_id"].map(known)
    return frame


def _joined(factors: pd.Series) -> str | None:
    return "|".join(sorted({code for text in factors.dropna() for code in text.split("|")})) or None


def _section_47(tables: dict[str, pd.DataFrame], records: CaseRecords) -> pd.DataFrame:
    """Enquiries with their first conference; conferences without an enquiry, or after its first, are rows of their own."""
    meetings = _meetings(tables)
    if "ssd_s47_enquiry" not in tables:
        return meetings
    enquiries = _plain(tables, "ssd_s47_enquiry")
    held = parse_json(
        enquiries["conference_not_required"].rename("s47e_s47_outcome_json"), enquiries["row_id"], records
    )
    enquiries["conference_not_required"] = held.map(_no_conference).astype("boolean")
    first = meetings[
        meetings[ENQUIRY].isin(enquiries["s47e_s47_enquiry_id"]) & ~meetings[ENQUIRY].duplicated()
    ]
    by_enquiry = first.set_index(ENQUIRY)[["conference_date", "led_to_plan"]]
    joined = enquiries.join(by_enquiry, on="s47e_s47_enquiry_id")
    alone = meetings.drop(index=first.index)
    said = "initial conferences have no section 47 enquiry of their own here; each is a row with no start."
    records.findings += told_of_rows("conference", alone, said, "Ask for the enquiries if they are ours.")
    return pd.concat([joined, alone], ignore_index=True)


def _meetings(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    if "ssd_initial_cp_conference" not in tables:
        return pd.DataFrame(columns=["child", ENQUIRY, "conference_date", "led_to_plan", "row_id"])
    meetings = _plain(tables, "ssd_initial_cp_conference")
    return meetings.sort_values(["child", "conference_date", "row_id"], kind="stable").reset_index(drop=True)


def _no_conference(held: object) -> bool | None:
    said = yes_no(str(held.get("CP_CONFERENCE_FLAG"))) if isinstance(held, dict) else None
    return None if said is None else not said


def _plans(frame: pd.DataFrame, tables: dict[str, pd.DataFrame], records: CaseRecords) -> pd.DataFrame:
    """Plans of this authority. Earlier plans are counted from the person's own plans; others' plans are set aside."""
    elsewhere = frame["cppl_cp_plan_ola"].fillna(False).astype(bool)
    content = ["child", "start_date", "end_date"]
    records.rejects = with_rejects(records.rejects, frame[elsewhere], "plans", OTHER_AUTHORITY, content)
    said = "plans are temporary plans of other authorities, and were set aside."
    records.findings += told_of_rows("plans", frame[elsewhere], said, "See the rejects.")
    plans = frame[~elsewhere].sort_values(["child", "start_date", "end_date"], kind="stable")
    records.findings += _told_of_first(plans["start_date"])
    plans["previous_plans"] = plans.groupby("child")["start_date"].rank(method="min").astype("Int64") - 1
    if "ssd_cp_reviews" in tables:
        reviews = tables["ssd_cp_reviews"].groupby("cppr_cp_plan_id")["cppr_cp_review_date"].max()
        plans["latest_review_date"] = reviews.reindex(plans["cppl_cp_plan_id"]).to_numpy()
    return plans


def _told_of_first(starts: pd.Series) -> list[Finding]:
    """Since when earlier plans are known: a child's plan of years before is not in the dataset, and so is not counted."""
    if starts.dropna().empty:
        return []
    said = f"Earlier plans of a child are counted from the plans sent, of which the first began on {starts.min():%d/%m/%Y}."
    advice = "The share of second or subsequent plans is too low if plans from before were left out: ask how far back they go."
    return [warning("plans", said, column="cppl_cp_plan_start_date", advice=advice)]


def _plan_reviews(frame: pd.DataFrame, tables: dict[str, pd.DataFrame], records: CaseRecords) -> pd.DataFrame:
    if "ssd_cp_plans" in tables:
        starts = tables["ssd_cp_plans"].groupby("cppl_cp_plan_id")["cppl_cp_plan_start_date"].min()
        frame["plan_start_date"] = starts.reindex(frame["cppr_cp_plan_id"]).to_numpy()
    return frame


def _missing_episodes(
    frame: pd.DataFrame, tables: dict[str, pd.DataFrame], records: CaseRecords
) -> pd.DataFrame:
    kinds = {"M": False, "MISSING": False, "A": True, "AWAY": True}
    return frame.assign(away_without_authorisation=frame["away_without_authorisation"].map(kinds))


def _care_leavers(frame: pd.DataFrame, tables: dict[str, pd.DataFrame], records: CaseRecords) -> pd.DataFrame:
    return frame.assign(
        accommodation=frame["accommodation"].str[0], suitable=frame["suitable"].map({"1": "yes", "2": "no"})
    )


def _adoptions(frame: pd.DataFrame, tables: dict[str, pd.DataFrame], records: CaseRecords) -> pd.DataFrame:
    """Adoption decisions; rows about special guardianship and other orders only are set aside."""
    kind = frame["perm_permanence_order_type"].str.casefold()
    adoption = kind.str.contains("adopt", na=False)
    dates = ["decision_date", "placement_order_date", "matched_date", "placed_date", "reversed_date"]
    other = frame[dates].isna().all(axis=1) & ~adoption
    reason = "set aside: about another order than adoption"
    records.rejects = with_rejects(
        records.rejects, frame[other], "adoptions", reason, ["child", "order_date"]
    )
    if other.any():
        said = f"{int(other.sum())} rows of ssd_permanence are about another order than adoption, and were set aside."
        records.findings.append(warning("adoptions", said, advice="See the rejects."))
    return frame.assign(order_date=frame["order_date"].where(adoption))[~other]


# ---- care --------------------------------------------------------------------------------------------------------------


def _put_care(
    tables: dict[str, pd.DataFrame], year: str | ReportYear | None, people: pd.DataFrame, records: CaseRecords
) -> None:
    """`placements` and `looked_after`, by the same way as the SSDA903 once its columns have been put together."""
    episodes = chain_periods(_as_episodes(tables))
    native = {"episodes": episodes}
    if "ssd_missing" in tables:
        missing = _missing_episodes(_plain(tables, "ssd_missing"), tables, records)
        kind = missing["away_without_authorisation"].map({True: "A", False: "M"})
        native["missing"] = pd.DataFrame(
            {"CHILD": missing["child"], "MIS_START": missing["start_date"], "MISSING": kind}
        )
    if "ssd_immigration_status" in tables:
        native["uasc"] = _unaccompanied(_as_ssda903(tables, "ssd_immigration_status"))
    put_list(records, "placements", placements_of(episodes), people)
    put_list(records, "looked_after", periods_of_care(episodes, native, last_day_of(native, year)), people)
    records.findings += told_of_periods(episodes, native)


def _unaccompanied(status: pd.DataFrame) -> pd.DataFrame:
    """The children who came seeking asylum alone, as the SSDA903 lists them."""
    seeking = status["immi_immigration_status"].str.contains("unaccompanied|uasc", case=False, na=False)
    return status.loc[seeking, ["CHILD", "DUC"]]


def _as_ssda903(tables: dict[str, pd.DataFrame], table: str) -> pd.DataFrame:
    """A table's columns under the names of the SSDA903; one that was not sent has no row."""
    names = {one.ssd_column: one.ssda903 for one in mapped()[table] if one.ssda903}
    columns = [one.ssd_column for one in mapped()[table]]
    return tables.get(table, pd.DataFrame(columns=columns)).rename(columns=names)


def _as_episodes(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Episodes under the names of the SSDA903, with the placement they refer to and the legal status when they began."""
    episodes = _as_ssda903(tables, "ssd_cla_episodes")
    placements = _as_ssda903(tables, "ssd_cla_placement").drop_duplicates("clap_cla_placement_id")
    by_id = placements.set_index("clap_cla_placement_id")[["PLACE", "PLACE_PROVIDER", "PL_DISTANCE"]]
    episodes = episodes.join(by_id, on="clae_cla_placement_id")
    episodes["PL_DISTANCE"] = pd.to_numeric(episodes["PL_DISTANCE"])
    return episodes.assign(LS=_legal_status(episodes, tables))


def _legal_status(episodes: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> pd.Series:
    """The status that began last, on or before the day the episode began."""
    if "ssd_legal_status" not in tables:
        return pd.Series(None, index=episodes.index, dtype="str")
    began = "lega_legal_status_start_date"
    asked = episodes[["CHILD", "DECOM"]].reset_index().sort_values(["DECOM", "CHILD"], kind="stable")
    known = _as_ssda903(tables, "ssd_legal_status")[["CHILD", "LS", began]]
    known = known.sort_values([began, "CHILD", "LS"], kind="stable")
    found = pd.merge_asof(asked, known, left_on="DECOM", right_on=began, by="CHILD")
    return found.set_index("index")["LS"].reindex(episodes.index)
