"""From the tables of the census to the event lists in which every format is counted.

`maps/cin_census_lists.csv` says which field fills which column of which list; how it is read follows from the kind of the
column (`lists.csv`). The first field of a list is the date that makes the event.
One CINdetails is a referral, and an episode of need as well unless it is marked as needing no further action; the
list `referrals` is the one that counts it. An event without a date goes to the rejects, and so does one with a date that
cannot be read: a plan whose end cannot be read would count as open.
"""

from collections.abc import Callable
from functools import cache
from itertools import groupby
from operator import itemgetter

import numpy as np
import pandas as pd

from bscbdata.findings import REJECT_COLUMNS, Finding, failure, passed, warning
from bscbdata.lists import read_list
from bscbdata.statutory import CaseRecords, ListColumn, code_map, event_list, list_columns
from bscbdata.statutory.cin_census import layout
from bscbdata.statutory.cin_census.native import Native

YES = {"1": True, "true": True, "0": False, "false": False}
DAYS_BEYOND_ALL = 1_000_000
NONE_UNREAD = pd.Series(dtype="object")
Tables = dict[str, pd.DataFrame]


@cache
def _fields() -> dict[str, list[dict[str, str]]]:
    """The rows of `cin_census_lists.csv`, by list."""
    rows = read_list(layout.MAPS / "cin_census_lists.csv")
    return {name: list(of_list) for name, of_list in groupby(rows, key=itemgetter("list"))}


def case_records(native: Native, file: str) -> CaseRecords:
    """The event lists, the rejects and the findings, from the tables of a census."""
    records = CaseRecords("cin_census", native=native.tables, findings=list(native.findings))
    children = _children(native.tables["Child"])
    rejects = []
    for name, filled in _fields().items():
        rows = _rows_of(name, native.tables[filled[0]["table"]])
        reasons = _reasons(name, rows, native)
        unusable = rows.loc[reasons.index]
        records.rows_in[name] = len(rows)
        records.lists[name] = _as_list(name, rows.drop(index=reasons.index), native.tables, children, file)
        rejects.append(_rejected(name, unusable, reasons, native, file))
        for day, bad in unusable.groupby(reasons.str.split().str[0]):
            records.findings += _reject_finding(name, bad, day, file)
    records.rejects = pd.concat(rejects, ignore_index=True)
    _add_conferences_beside(records, native.tables, children, file)
    _reject_conferences_beside(records, native, file)
    told = (_without_id, _odd_counts)
    records.findings += [finding for tell in told for finding in tell(native.tables, file)]
    records.findings.append(_summary(records, file))
    return records


def led_to_plan(tables: Tables) -> pd.Series:
    """For each row of Section47, whether its conference led to a plan.

    A plan belongs to the latest conference of its CINdetails on or before the plan's first day, or to any conference
    of the child on that very day. True when a conference has a plan; False when it has none, or when no conference
    was required; missing while there is no conference yet.
    """
    enquiries, plans = tables["Section47"], tables["ChildProtectionPlans"]
    latest = _latest_conference(tables)
    with_plan = _keys(latest["cin"], latest["held"])
    begun = plans[plans["CPPstartDate"].notna()]
    same_day = _keys(begun["child_number"], begun["CPPstartDate"])
    held = enquiries["DateOfInitialCPC"]
    found = _keys(enquiries["cin"], held).isin(with_plan) | _keys(enquiries["child_number"], held).isin(
        same_day
    )
    answer = found.astype("boolean").where(held.notna(), pd.NA)
    not_required = yes_no(enquiries["ICPCnotRequired"]).fillna(False) & held.isna()
    return answer.mask(not_required, False)


def yes_no(texts: pd.Series) -> pd.Series:
    """True, False or missing from 1, true, 0 or false."""
    return texts.str.lower().map(YES).astype("boolean")


def _latest_conference(tables: Tables) -> pd.DataFrame:
    """For each plan the latest conference of its CINdetails on or before its first day."""
    places = ["cin", "DateOfInitialCPC"]
    held = pd.concat([tables["Section47"][places], tables["CINdetails"][places]]).dropna()
    held = held.assign(held=held["DateOfInitialCPC"]).sort_values("DateOfInitialCPC")
    plans = tables["ChildProtectionPlans"][["cin", "CPPstartDate"]].dropna().sort_values("CPPstartDate")
    joined = pd.merge_asof(plans, held, left_on="CPPstartDate", right_on="DateOfInitialCPC", by="cin")
    return joined[["cin", "held"]].dropna()


def _keys(number: pd.Series, day: pd.Series) -> pd.Series:
    """One whole number for each pair of number and day; missing days have none in common."""
    days = day.to_numpy().astype("datetime64[D]").astype("int64")
    keys = number.to_numpy() * DAYS_BEYOND_ALL + days
    return pd.Series(np.where(day.notna(), keys, -1), index=number.index)


def _children(child: pd.DataFrame) -> pd.DataFrame:
    """What every event of a child carries, one row per Child in the file's order."""
    return pd.DataFrame(
        {
            "child": child["child"],
            "date_of_birth": child["PersonBirthDate"].fillna(child["ExpectedPersonBirthDate"]),
            "sex": coded(child["Sex"].fillna(child["GenderCurrent"]), "sex"),
            "ethnicity": coded(child["Ethnicity"], "ethnicity"),
            "disability": _disability(child["Disability"]),
        }
    )


def coded(texts: pd.Series, code_list: str) -> pd.Series:
    """Our codes for those of the census, whether in capitals or not; missing where a code is not known."""
    known = {theirs.casefold(): ours for theirs, ours in code_map(code_list, "cin_census").items()}
    return each_different(texts, lambda text: known.get(text.casefold()))


def each_different(texts: pd.Series, work: Callable[[str], object]) -> pd.Series:
    """What `work` makes of each different text, once; missing where the text is."""
    numbers, different = pd.factorize(texts, use_na_sentinel=True)
    answers = np.array([*(work(text) for text in different), None], dtype="object")
    return pd.Series(answers[numbers], index=texts.index, dtype="object")


def looked_up(numbers: pd.Series, values: pd.Series) -> pd.Series:
    """For each running number the value that has it in its index, of the same type; missing where there is none."""
    return values.reindex(numbers).set_axis(numbers.index)


def _disability(texts: pd.Series) -> pd.Series:
    """False for NONE alone, True for any other known code, missing when there is none."""

    def of_one(text: str) -> bool | None:
        known = {code.casefold() for code in text.split("|") if layout.is_code("Disability", code)}
        return bool(known - {"none"}) if known else None

    return each_different(texts, of_one)


def _factors(texts: pd.Series) -> pd.Series:
    """The factors that are known codes, joined by |."""

    def of_one(text: str) -> str | None:
        return (
            "|".join(code.upper() for code in text.split("|") if layout.is_code("AssessmentFactors", code))
            or None
        )

    return each_different(texts, of_one)


def _rows_of(name: str, table: pd.DataFrame) -> pd.DataFrame:
    if name != "children_in_need":
        return table
    return table[~yes_no(table["ReferralNFA"]).fillna(False).astype(bool)]


def _as_list(
    name: str, rows: pd.DataFrame, tables: Tables, children: pd.DataFrame, file: str
) -> pd.DataFrame:
    shared = children.take(rows["child_number"].to_numpy() - 1).set_index(rows.index)
    shared["row_id"] = _row_ids(rows, file)
    kinds = {column.name: column for column in list_columns()[name]}
    read = {one["column"]: _read(rows[one["field"]], kinds[one["column"]]) for one in _fields()[name]}
    return event_list(name, shared.assign(**read, **_worked_out(name, rows, tables)))


def _read(cells: pd.Series, column: ListColumn) -> pd.Series:
    """The cells of a field as the column of ours that it fills."""
    if column.code_list:
        return coded(cells, column.code_list)
    read = {"yes_no": yes_no, "count": count_of, "text": _factors}
    return read[column.kind](cells) if column.kind in read else cells


def _worked_out(name: str, rows: pd.DataFrame, tables: Tables) -> dict[str, pd.Series]:
    """The columns of a list that no field fills by itself."""
    if name == "section_47":
        return {"led_to_plan": led_to_plan(tables).reindex(rows.index)}
    if name == "plans":
        latest_review = tables["Reviews"].groupby("plan")["CPPreviewDate"].max()
        return {"latest_review_date": looked_up(rows["plan"], latest_review)}
    if name == "plan_reviews":
        starts = tables["ChildProtectionPlans"].set_index("plan")["CPPstartDate"]
        return {"plan_start_date": looked_up(rows["plan"], starts)}
    return {}


def count_of(texts: pd.Series) -> pd.Series:
    """Whole numbers of up to three figures; missing for anything else."""
    return pd.to_numeric(texts.where(texts.str.fullmatch(r"[0-9]{1,3}").fillna(False).astype(bool))).astype(
        "Int64"
    )


def _row_ids(rows: pd.DataFrame, file: str) -> pd.Series:
    """The line of each row, and of a file that is written on few lines the child too, counted from the first."""
    lines = f"{file}#line " + rows["line"].astype("str")
    if rows["line"].nunique() >= rows["child_number"].nunique():
        return lines
    return lines + ", child " + rows["child_number"].astype("str")


def _reasons(name: str, rows: pd.DataFrame, native: Native) -> pd.Series:
    """Why rows cannot be used, of those alone: the day of the event is missing, or one of their days cannot be read."""
    fields = [(one["table"], one["field"]) for one in _fields()[name]]
    reasons = pd.Series(f"{fields[0][1]} is missing", index=rows.index[rows[fields[0][1]].isna()])
    for field in fields:
        unread = rows.index.intersection(native.unreadable.get(field, NONE_UNREAD).index)
        reasons = pd.Series(f"{field[1]} cannot be read", index=unread).combine_first(reasons)
    return reasons


def _rejected(name: str, rows: pd.DataFrame, reasons: pd.Series, native: Native, file: str) -> pd.DataFrame:
    """The rows that cannot be used, with what they held; never the child's number, name or birth."""
    table = _fields()[name][0]["table"]
    names = [element.name for element in layout.fields(table)]
    texts = rows[names].copy().astype("object")
    for column in names:
        raw = native.unreadable.get((table, column), NONE_UNREAD)
        texts[column] = texts[column].where(~rows.index.isin(raw.index), raw.reindex(rows.index))
    rejects = pd.DataFrame({"table": name, "row_id": _row_ids(rows, file)}, index=rows.index, dtype="object")
    rejects["reason"] = reasons
    rejects["content"] = [_content(record) for record in texts.to_dict("records")]
    return rejects[REJECT_COLUMNS]


def _content(record: dict[str, object]) -> str:
    shown = {name: str(value).removesuffix(" 00:00:00") for name, value in record.items() if pd.notna(value)}
    return "; ".join(f"{name}={value}" for name, value in shown.items())


def _reject_finding(name: str, rows: pd.DataFrame, day: str, file: str) -> list[Finding]:
    message = f"{len(rows):,} rows of {name} have no {day} that can be read, so they are not counted."
    advice = "Mend the date; or go on with --allow-rejects: they are listed among the rejects."
    return [failure("value", message, file=file, row=int(rows["line"].iloc[0]), column=day, advice=advice)]


def _add_conferences_beside(records: CaseRecords, tables: Tables, children: pd.DataFrame, file: str) -> None:
    """Conferences that stand on the episode, without an enquiry, as when a family moves in: rows of section_47 without
    a start date, so that they count as conferences and not as enquiries."""
    rows = tables["CINdetails"][tables["CINdetails"]["DateOfInitialCPC"].notna()]
    if rows.empty:
        return
    shared = children.take(rows["child_number"].to_numpy() - 1).set_index(rows.index)
    begun = _keys(tables["ChildProtectionPlans"]["cin"], tables["ChildProtectionPlans"]["CPPstartDate"])
    led = _keys(rows["cin"], rows["DateOfInitialCPC"]).isin(begun).astype("boolean")
    own = {"row_id": _row_ids(rows, file), "conference_date": rows["DateOfInitialCPC"], "led_to_plan": led}
    more = event_list("section_47", shared.assign(**own))
    records.lists["section_47"] = pd.concat([records.lists["section_47"], more], ignore_index=True)
    records.rows_in["section_47"] += len(rows)
    said = f"{len(rows):,} initial conferences stand on the episode and not under a section 47 enquiry."
    place = {"file": file, "row": int(rows["line"].iloc[0]), "column": "DateOfInitialCPC"}
    advice = "They count as conferences, not as enquiries, and are in no share held in 15 working days."
    records.findings.append(warning("cin_census_conference_without_enquiry", said, advice=advice, **place))


def _reject_conferences_beside(records: CaseRecords, native: Native, file: str) -> None:
    """Conferences on the episode whose day cannot be read go to the rejects; the episode itself counts."""
    day = "DateOfInitialCPC"
    unread = native.unreadable.get(("CINdetails", day), NONE_UNREAD).index
    rows = native.tables["CINdetails"].loc[unread]
    if rows.empty:
        return
    reasons = pd.Series(f"{day} cannot be read", index=unread)
    rejects = _rejected("referrals", rows, reasons, native, file).assign(table="section_47")
    records.rejects = pd.concat([records.rejects, rejects], ignore_index=True)
    records.rows_in["section_47"] += len(rows)
    records.findings += _reject_finding("section_47", rows, day, file)


def _without_id(tables: Tables, file: str) -> list[Finding]:
    rows = tables["Child"][tables["Child"]["LAchildID"].isna()]
    if rows.empty:
        return []
    message = f"{len(rows):,} children have no number. Their events are kept, and cannot be joined to others."
    place = {"file": file, "row": int(rows["line"].iloc[0]), "column": "LAchildID"}
    return [warning("cin_census_no_child_number", message, advice="Ask for the child's number.", **place)]


def _odd_counts(tables: Tables, file: str) -> list[Finding]:
    plans = tables["ChildProtectionPlans"]
    rows = plans[plans["NumberOfPreviousCPP"].notna() & count_of(plans["NumberOfPreviousCPP"]).isna()]
    if rows.empty:
        return []
    first = rows.iloc[0]
    message = f"{len(rows):,} numbers of previous plans are no whole numbers and were left out."
    place = {"file": file, "row": int(first["line"]), "column": "NumberOfPreviousCPP"}
    value = str(first["NumberOfPreviousCPP"])[:40]
    return [warning("cin_census_odd_count", message, value=value, expected="0, 1, 2 and so on", **place)]


def _summary(records: CaseRecords, file: str) -> Finding:
    counts = ", ".join(f"{len(rows):,} {name.replace('_', ' ')}" for name, rows in records.lists.items())
    children = len(records.native["Child"])
    said = f"Read {children:,} children: {counts}; {len(records.rejects):,} rejects."
    return passed("cin_census_read", said, file=file)
