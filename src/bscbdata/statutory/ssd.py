"""The Standard Safeguarding Dataset: one CSV file (or sheet) for each of its tables.

`maps/ssd.csv` says which column of which table fills which column of ours, and how it is read; only the columns named
there are kept, so names, addresses and free text never come in. `maps/ssd_tables.csv` lists every table of the
standard, by which files are recognised.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from bscbdata.cleaning import same_spelling, to_yes_no
from bscbdata.findings import DataStop, Finding, failure, warning
from bscbdata.lists import read_list
from bscbdata.period import ReportYear
from bscbdata.statutory import HERE, CaseRecords, code_map, codes, row_id
from bscbdata.statutory.ssda903.events import (
    chain_periods,
    last_day_of,
    periods_of_care,
    placements_of,
    put_list,
    told_of_periods,
)
from bscbdata.statutory.ssda903.files import files_in, sheets_in
from bscbdata.statutory.ssda903.native import (
    first_places,
    plain_codes,
    told_of_rows,
    type_cells,
    with_rejects,
)

MAP = "statutory/maps/ssd.csv"
EMPTY = {"null", "none", "nan", "n/a", "na", "placeholder_data", "00", "{}", "[]"}
ENOUGH_COLUMNS = 3
OTHER_AUTHORITY = "a temporary plan of another authority, which counts it"


@dataclass(frozen=True)
class Mapped:
    """One column of the standard that is read: the list and column of ours it fills, and how it is read."""

    list: str
    column: str
    ssd_table: str
    ssd_column: str
    code_list_format: str

    @property
    def kind(self) -> str:
        return self.code_list_format.partition(":")[0]

    @property
    def required(self) -> bool:
        return self.kind == "key" or self.code_list_format.endswith(":required")


@cache
def mapped() -> dict[str, tuple[Mapped, ...]]:
    """The columns read of each table."""
    found: dict[str, tuple[Mapped, ...]] = {}
    for row in _rows("ssd.csv"):
        found[row["ssd_table"]] = (*found.get(row["ssd_table"], ()), Mapped(**row))
    return found


@cache
def ssd_tables() -> dict[str, tuple[str, ...]]:
    """Every table of the standard and its columns."""
    return {row["table"]: tuple(row["columns"].split("|")) for row in _rows("ssd_tables.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    return read_list(HERE / "maps" / name)


def read_ssd(paths: Path | Iterable[Path], name: str, year: str | ReportYear | None = None) -> CaseRecords:
    """The event lists of a Standard Safeguarding Dataset, from a folder, CSV files or a workbook.

    Every episode of care is a row of `placements`, which counts rows; `looked_after` is made from them. Initial
    conferences join their enquiry in `section_47`; one without an enquiry is a row of its own. Raises DataStop when
    no table is known, a table is there twice, or a table lacks a column that it cannot do without.
    """
    records = CaseRecords("ssd")
    for path in files_in(paths):
        for table, place, cells in _tables_in(path, name, records.findings):
            if table in records.native:
                said = f"The table {table} is there twice."
                raise DataStop([failure("table", said, **place, advice="Remove the one that is not meant.")])
            records.native[table] = _typed_table(table, place, cells, records)
    if not set(records.native) & set(mapped()):
        expected = ", ".join(mapped())
        raise DataStop(
            [failure("table", "No table of the SSD that is used is in it.", file=name, expected=expected)]
        )
    usable = {table: _usable(table, frame, records) for table, frame in records.native.items()}
    _fill_lists(usable, year, records)
    return records


def _tables_in(
    path: Path, name: str, findings: list[Finding]
) -> Iterator[tuple[str, dict[str, str], pd.DataFrame]]:
    """Table, place and cells of what is read; a table that is not used, or not known, is told."""
    for place, called, read in sheets_in(path, name):
        grid = read()
        header = [str(cell).strip().casefold() for cell in grid.iloc[0]] if len(grid) else []
        table = _recognise(header, called)
        if table in mapped():
            yield table, place, _wanted(grid, header, table, place)
            continue
        said, sent = f"The table {table} is not used for any figure, so not read.", {}
        if not table:
            said = "Not one of the tables of the SSD, so not read."
            sent = {"value": ", ".join(header), "expected": ", ".join(ssd_tables())}
        findings.append(warning("table", said, **place, **sent, advice=f"See {MAP} for what is read."))


def _recognise(header: list[str], called: str) -> str:
    """The table most of whose columns are there; when several fit as well, the one that the file is called after."""
    scores = {table: len(set(columns) & set(header)) for table, columns in ssd_tables().items()}
    most = max(scores.values())
    best = [table for table, score in scores.items() if score == most > 0]
    plain = re.sub(r"[^a-z0-9]+", "_", called.casefold())
    named = sorted(
        (table for table in ssd_tables() if table in plain or table.removeprefix("ssd_") in plain), key=len
    )
    if len(best) == 1 and (most >= ENOUGH_COLUMNS or best[0] in named):
        return best[0]
    return named[-1] if named and named[-1] in best else ""


def _wanted(grid: pd.DataFrame, header: list[str], table: str, place: dict[str, str]) -> pd.DataFrame:
    """The cells of the columns that are read, and of no others."""
    wanted = [one.ssd_column for one in mapped()[table]]
    lost = [one.ssd_column for one in mapped()[table] if one.required and one.ssd_column not in header]
    twice = [column for column in wanted if header.count(column) > 1]
    if lost or twice:
        said = f"The table {table} " + (
            f"lacks {', '.join(lost)}." if lost else f"has {', '.join(twice)} twice."
        )
        told = {"value": ", ".join(header), "expected": ", ".join(wanted), "advice": f"See {MAP}."}
        raise DataStop([failure("columns", said, **place, **told)])
    positions = [header.index(column) for column in wanted if column in header]
    cells = grid.iloc[1:][grid.iloc[1:].notna().any(axis=1)].iloc[:, positions]
    return cells.set_axis([header[position] for position in positions], axis=1)


# Typing


def _typed_table(
    table: str, place: dict[str, str], cells: pd.DataFrame, records: CaseRecords
) -> pd.DataFrame:
    typed = {}
    for one in mapped()[table]:
        if one.ssd_column not in cells:
            records.findings.append(
                warning("columns", f"{one.ssd_column} was not sent.", **place, advice="Ask for it.")
            )
            typed[one.ssd_column] = _type(one, pd.Series(None, index=cells.index, dtype="object"))[0]
            continue
        sent = cells[one.ssd_column]
        blank = sent.astype("str").str.casefold().isin(EMPTY)
        typed[one.ssd_column], said = _type(one, sent.mask(blank & (one.kind != "json"), None))
        records.findings += _cell_findings(one, said, place)
    frame = pd.DataFrame(typed, index=cells.index)
    return frame.assign(row_id=[row_id(place, row) for row in frame.index]).reset_index(drop=True)


def _type(one: Mapped, cells: pd.Series) -> tuple[pd.Series, pd.Series]:
    """One column typed, and for each cell that cannot be read, why."""
    nothing = pd.Series("", index=cells.index)
    if one.kind in ("date", "number"):
        return type_cells(cells, one.kind)
    if one.kind in ("key", "text", "json"):
        return plain_codes(cells, capitals=False), nothing
    if one.kind == "code":
        first = plain_codes(cells, capitals=True).str.extract(r"^([A-Z0-9]+)", expand=False)
        return first.astype("str"), nothing
    known = _yes_no if one.kind == "yes_no" else _code_of(*one.code_list_format.split(":"))
    meant = {cell: known(cell) for cell in cells.dropna().unique()}
    values = pd.Series([meant.get(cell) for cell in cells], index=cells.index, dtype="object")
    said = pd.Series(
        [f"'{c}' is not a known code" if pd.notna(c) and meant[c] is None else "" for c in cells],
        index=cells.index,
    )
    return values.astype("boolean") if one.kind == "yes_no" else values, said


def _yes_no(text: str) -> bool | None:
    try:
        return to_yes_no(text)
    except ValueError:
        return None


def _code_of(code_list: str, format: str):
    """From a code of the census or the 903, or a label of ours, to our code."""
    spelt = {same_spelling(code): code for code in codes(code_list)}
    labels = read_list(HERE / "codes" / f"{code_list}.csv")
    spelt |= {same_spelling(row["label"]): row["code"] for row in labels}
    spelt |= {same_spelling(theirs): ours for theirs, ours in code_map(code_list, format).items()}

    def code_of(text: str) -> str | None:
        whole, first = same_spelling(text), same_spelling(re.split(r"[:\-–]", str(text))[0])
        return spelt.get(whole, spelt.get(first))

    return code_of


def _cell_findings(one: Mapped, said: pd.Series, place: dict[str, str]) -> list[Finding]:
    """Each distinct problem of a column once, with how many rows have it."""
    told = []
    for problem, rows in said[said != ""].groupby(said).groups.items():
        where = {"row": int(min(rows)), "column": one.ssd_column}
        text = f"{problem} ({len(rows)} rows)." if len(rows) > 1 else f"{problem}."
        told.append(warning("value", text, **place, **where, advice="Left missing; ask for the right one."))
    return told


def _usable(table: str, frame: pd.DataFrame, records: CaseRecords) -> pd.DataFrame:
    """Rows with what the table cannot do without, each once; the others go to the rejects."""
    content = [column for column in frame if column != "row_id"]
    name = _counting_list(table)
    reasons = pd.Series("", index=frame.index)
    reasons[frame.duplicated(content)] = "the same row stands twice"
    for one in mapped()[table]:
        if one.required:
            reasons = reasons.where(
                (reasons != "") | frame[one.ssd_column].notna(),
                f"{one.ssd_column} is empty or cannot be read",
            )
    bad = frame[reasons != ""]
    records.rejects = with_rejects(records.rejects, bad, name, reasons[bad.index].to_numpy(), content)
    for reason, rows in bad.groupby(reasons[bad.index]):
        said = f"{len(rows)} rows of {table} were not used: {reason}."
        records.findings.append(
            failure("value", said, value=first_places(rows), advice="Ask for them; see the rejects.")
        )
    return frame.drop(index=bad.index).reset_index(drop=True)


COUNTED_ELSEWHERE = (
    "ssd_assessment_factors",
    "ssd_cla_placement",
    "ssd_legal_status",
    "ssd_immigration_status",
)


def _counting_list(table: str) -> str:
    """The list that a table's rows count in; a table that only adds to others counts under its own name."""
    one = mapped()[table][0]
    return table if one.list == "*" or table in COUNTED_ELSEWHERE else one.list


# The event lists


def _fill_lists(tables: dict[str, pd.DataFrame], year: str | ReportYear | None, records: CaseRecords) -> None:
    """Every event list that the tables allow."""
    people = _people(tables, records)
    makers = {
        "contacts": ("ssd_contacts", _plain),
        "early_help": ("ssd_early_help_episodes", _plain),
        "referrals": ("ssd_cin_episodes", _plain),
        "assessments": ("ssd_cin_assessments", _assessments),
        "plans": ("ssd_cp_plans", _plans),
        "plan_reviews": ("ssd_cp_reviews", _plan_reviews),
        "missing_episodes": ("ssd_missing", _missing_episodes),
        "care_leavers": ("ssd_care_leavers", _care_leavers),
        "adoptions": ("ssd_permanence", _adoptions),
    }
    for name, (table, make) in makers.items():
        if table in tables:
            put_list(records, name, make(tables, table, records), people)
    if {"ssd_s47_enquiry", "ssd_initial_cp_conference"} & set(tables):
        put_list(records, "section_47", _section_47(tables, records), people)
    if "ssd_cla_episodes" in tables:
        _put_care(tables, year, people, records)


def _plain(tables: dict[str, pd.DataFrame], table: str, records: CaseRecords) -> pd.DataFrame:
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
    grouped = _plain(tables, "ssd_person", records).groupby("child")[columns[:3]]
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
        held = [code for code, said in held.items() if _yes_no(str(said))]
    if not isinstance(held, list):
        return None
    found = sorted({str(code).upper() for code in held if FACTOR.fullmatch(str(code).upper())})
    return "|".join(found) or None


def _assessments(tables: dict[str, pd.DataFrame], table: str, records: CaseRecords) -> pd.DataFrame:
    frame = _plain(tables, table, records)
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
    enquiries = _plain(tables, "ssd_s47_enquiry", records)
    held = parse_json(
        enquiries["conference_not_required"].rename("s47e_s47_outcome_json"), enquiries["row_id"], records
    )
    enquiries["conference_not_required"] = held.map(_no_conference).astype("boolean")
    first = meetings[
        meetings["enquiry"].isin(enquiries["s47e_s47_enquiry_id"]) & ~meetings["enquiry"].duplicated()
    ]
    by_enquiry = first.set_index("enquiry")[["conference_date", "led_to_plan"]]
    joined = enquiries.join(by_enquiry, on="s47e_s47_enquiry_id")
    alone = meetings.drop(index=first.index)
    said = "initial conferences have no section 47 enquiry of their own here; each is a row with no start."
    records.findings += told_of_rows("conference", alone, said, "Ask for the enquiries if they are ours.")
    return pd.concat([joined, alone], ignore_index=True)


def _meetings(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    names = {
        "icpc_person_id": "child",
        "icpc_s47_enquiry_id": "enquiry",
        "icpc_icpc_date": "conference_date",
        "icpc_icpc_outcome_cp_flag": "led_to_plan",
    }
    if "ssd_initial_cp_conference" not in tables:
        return pd.DataFrame(columns=[*names.values(), "row_id"])
    meetings = tables["ssd_initial_cp_conference"].rename(columns=names)
    return meetings.sort_values(["child", "conference_date", "row_id"], kind="stable").reset_index(drop=True)


def _no_conference(held: object) -> bool | None:
    said = _yes_no(str(held.get("CP_CONFERENCE_FLAG"))) if isinstance(held, dict) else None
    return None if said is None else not said


def _plans(tables: dict[str, pd.DataFrame], table: str, records: CaseRecords) -> pd.DataFrame:
    """Plans of this authority. Earlier plans are counted from the person's own plans; others' plans are set aside."""
    plans = _plain(tables, table, records)
    elsewhere = plans["cppl_cp_plan_ola"].fillna(False).astype(bool)
    content = ["child", "start_date", "end_date"]
    records.rejects = with_rejects(records.rejects, plans[elsewhere], "plans", OTHER_AUTHORITY, content)
    said = "plans are temporary plans of other authorities, and were set aside."
    records.findings += told_of_rows("plans", plans[elsewhere], said, "See the rejects.")
    plans = plans[~elsewhere].sort_values(["child", "start_date", "end_date"], kind="stable")
    plans["previous_plans"] = plans.groupby("child")["start_date"].rank(method="min").astype("Int64") - 1
    if "ssd_cp_reviews" in tables:
        reviews = tables["ssd_cp_reviews"].groupby("cppr_cp_plan_id")["cppr_cp_review_date"].max()
        plans["latest_review_date"] = plans["cppl_cp_plan_id"].map(reviews)
    return plans


def _plan_reviews(tables: dict[str, pd.DataFrame], table: str, records: CaseRecords) -> pd.DataFrame:
    reviews = _plain(tables, table, records)
    if "ssd_cp_plans" in tables:
        starts = tables["ssd_cp_plans"].groupby("cppl_cp_plan_id")["cppl_cp_plan_start_date"].min()
        reviews["plan_start_date"] = reviews["cppr_cp_plan_id"].map(starts)
    return reviews


def _missing_episodes(tables: dict[str, pd.DataFrame], table: str, records: CaseRecords) -> pd.DataFrame:
    frame = _plain(tables, table, records)
    kinds = {"M": False, "MISSING": False, "A": True, "AWAY": True}
    return frame.assign(away_without_authorisation=frame["away_without_authorisation"].map(kinds))


def _care_leavers(tables: dict[str, pd.DataFrame], table: str, records: CaseRecords) -> pd.DataFrame:
    frame = _plain(tables, table, records)
    return frame.assign(
        accommodation=frame["accommodation"].str[0], suitable=frame["suitable"].map({"1": "yes", "2": "no"})
    )


def _adoptions(tables: dict[str, pd.DataFrame], table: str, records: CaseRecords) -> pd.DataFrame:
    """Adoption decisions; rows about special guardianship and other orders only are set aside."""
    frame = _plain(tables, table, records)
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


# Care


def _put_care(
    tables: dict[str, pd.DataFrame], year: str | ReportYear | None, people: pd.DataFrame, records: CaseRecords
) -> None:
    """`placements` and `looked_after`, by the same way as the SSDA903 once its columns have been put together."""
    episodes = chain_periods(_as_episodes(tables))
    native = {"episodes": episodes}
    if "ssd_missing" in tables:
        missing = _missing_episodes(tables, "ssd_missing", records)
        kind = missing["away_without_authorisation"].map({True: "A", False: "M"})
        native["missing"] = pd.DataFrame(
            {"CHILD": missing["child"], "MIS_START": missing["start_date"], "MISSING": kind}
        )
    if "ssd_immigration_status" in tables:
        native["uasc"] = _unaccompanied(tables["ssd_immigration_status"])
    put_list(records, "placements", placements_of(episodes), people)
    put_list(records, "looked_after", periods_of_care(episodes, native, last_day_of(native, year)), people)
    records.findings += told_of_periods(episodes, native)


def _unaccompanied(status: pd.DataFrame) -> pd.DataFrame:
    seeking = status["immi_immigration_status"].str.contains("unaccompanied|uasc", case=False, na=False)
    names = {"immi_person_id": "CHILD", "immi_immigration_status_end_date": "DUC"}
    return status[seeking].rename(columns=names)[["CHILD", "DUC"]]


EPISODE_NAMES = {
    "clae_person_id": "CHILD",
    "clae_cla_episode_start_date": "DECOM",
    "clae_cla_episode_start_reason": "RNE",
    "clae_cla_primary_need_code": "CIN",
    "clae_cla_episode_ceased_date": "DEC",
    "clae_cla_episode_ceased_reason": "REC",
}
PLACEMENT_NAMES = {
    "clap_cla_placement_type": "PLACE",
    "clap_cla_placement_provider": "PLACE_PROVIDER",
    "clap_cla_placement_distance": "PL_DISTANCE",
}


def _as_episodes(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Episodes under the names of the SSDA903, with the placement they refer to and the legal status when they began."""
    episodes = tables["ssd_cla_episodes"].rename(columns=EPISODE_NAMES)
    columns = pd.DataFrame(columns=["clap_cla_placement_id", *PLACEMENT_NAMES])
    placements = tables.get("ssd_cla_placement", columns).drop_duplicates("clap_cla_placement_id")
    by_id = placements.set_index("clap_cla_placement_id")[list(PLACEMENT_NAMES)].rename(
        columns=PLACEMENT_NAMES
    )
    episodes = episodes.join(by_id, on="clae_cla_placement_id")
    episodes["PL_DISTANCE"] = pd.to_numeric(episodes["PL_DISTANCE"])
    return episodes.assign(LS=_legal_status(episodes, tables.get("ssd_legal_status")))


def _legal_status(episodes: pd.DataFrame, statuses: pd.DataFrame | None) -> pd.Series:
    """The status that began last, on or before the day the episode began."""
    if statuses is None:
        return pd.Series(None, index=episodes.index, dtype="str")
    asked = episodes[["CHILD", "DECOM"]].reset_index().sort_values(["DECOM", "CHILD"], kind="stable")
    names = {"lega_person_id": "CHILD", "lega_legal_status": "LS", "lega_legal_status_start_date": "began"}
    known = statuses.rename(columns=names)[["CHILD", "LS", "began"]].sort_values(
        ["began", "CHILD", "LS"], kind="stable"
    )
    found = pd.merge_asof(asked, known, left_on="DECOM", right_on="began", by="CHILD")
    return found.set_index("index")["LS"].reindex(episodes.index)
