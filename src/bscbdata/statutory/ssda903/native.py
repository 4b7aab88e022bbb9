"""The tables of an SSDA903 return typed: dates and codes read, several sets in one, unusable rows set aside."""

import re
from itertools import combinations

import pandas as pd

from bscbdata.cleaning import parse_distinct, to_number, without_american_days
from bscbdata.findings import REJECT_COLUMNS, DataStop, Finding, failure, warning
from bscbdata.matching.codes import BLANKS
from bscbdata.period import ReportYear, parse_date
from bscbdata.statutory import CaseRecords, row_id
from bscbdata.statutory.ssda903.layout import NEVER, Field, Sent, fields, tables

SEE_REJECTS = "See the rejects for every row."


def typed_table(sent: list[Sent], records: CaseRecords) -> pd.DataFrame | None:
    """The rows of one official table from every set, typed; `X_invalid` says where a date was sent that is none."""
    if not sent:
        return None
    return pd.concat([_typed_set(one, records) for one in sent], ignore_index=True)


def _typed_set(one: Sent, records: CaseRecords) -> pd.DataFrame:
    typed: dict[str, pd.Series] = {}
    for field in fields()[one.table].values():
        if field.kind == "not_read" or not (field.official or field.column in one.body):
            continue
        cells = one.body.get(field.column, pd.Series(None, index=one.body.index, dtype="object"))
        if field.kind in ("date", "number"):
            typed[field.column], said = type_cells(cells, field.kind)
            typed[f"{field.column}_invalid"] = said != ""
            records.findings += [
                _cell_finding(one.place, field.column, row, text) for row, text in said[said != ""].items()
            ]
        else:
            typed[field.column] = plain_codes(cells, field.kind == "code")
            if field.kind == "code":
                records.findings += _code_findings(field, typed[field.column], one.place)
    frame = pd.DataFrame(typed, index=one.body.index)
    frame["row_id"] = [row_id(one.place, row) for row in frame.index]
    return frame.assign(year_set=one.year_set)


def type_cells(cells: pd.Series, kind: str) -> tuple[pd.Series, pd.Series]:
    """Dates or numbers from text, and for each cell that is none, why (empty where it is)."""
    verb, dtype = (_to_date, "datetime64[s]") if kind == "date" else (to_number, "float64")
    cells = cells.mask(cells.isin(BLANKS), None)
    parsed = parse_distinct(cells, verb, dtype)
    if kind == "date":
        parsed = without_american_days(cells, parsed)
    return parsed.values.astype(dtype), parsed.problems


def _to_date(text: str) -> object:
    """A date; the time of day that databases write after it is left out."""
    return parse_date(re.sub(r"[ T]\d{2}:\d{2}(:\d{2})?(\.\d+)?Z?$", "", text))


def plain_codes(cells: pd.Series, capitals: bool) -> pd.Series:
    """Text as codes are written: `1.0`, as spreadsheets make of a number, is 1."""
    codes = {cell: re.sub(r"^(\d+)\.0+$", r"\1", str(cell)) for cell in cells.dropna().unique()}
    shown = {cell: code.upper() if capitals else code for cell, code in codes.items()}
    return pd.Series([shown.get(cell) for cell in cells], index=cells.index, dtype="str")


def _cell_finding(place: dict[str, str], column: str, row: int, said: str) -> Finding:
    advice = "It was not used; ask for the right one."
    return warning("value", f"{said}.", **place, row=int(row), column=column, advice=advice)


def _code_findings(field: Field, codes: pd.Series, place: dict[str, str]) -> list[Finding]:
    """Codes that are not in the list, and codes that are in it no more, each told once."""
    counts = codes.dropna().value_counts().sort_index().items()
    odd = [(code, count) for code, count in counts if code in field.withdrawn or code not in field.codes]
    return [_code_finding(field, code, count, codes.index[codes == code][0], place) for code, count in odd]


def _code_finding(field: Field, code: str, count: int, row: int, place: dict[str, str]) -> Finding:
    where = {**place, "row": int(row), "column": field.column, "value": code}
    if code in field.withdrawn:
        return warning(
            "code", f"{count} rows have a code withdrawn in a later year; it was accepted.", **where
        )
    said = f"{count} rows have a code that is not in the official list; it was left missing."
    expected = f"one of {', '.join(field.codes)}"
    return warning("code", said, **where, expected=expected, advice="Ask which code is meant.")


def stop_at_two_of_one_year(typed: dict[str, pd.DataFrame]) -> None:
    """Stop where two sets tell of the same events and are of one year, or of no year that is known, and differ: which of
    them is meant shows in nothing but their names. Several extracts of one year that repeat nothing are joined."""
    of_year = _year_of_any_table(typed) | year_of_sets(typed.get("episodes"))
    found = []
    for table, frame in typed.items():
        event, content = list(tables()[table].event), [c for c in frame if c not in ("row_id", "year_set")]
        for (name, one), (other, two) in combinations(frame.groupby("year_set"), 2):
            years = {of_year[each] for each in (name, other) if each in of_year}
            again = one[event].dropna().drop_duplicates().merge(two[event].drop_duplicates())
            if len(years) < 2 and len(again) and not _same_rows(one[content], two[content]):
                found.append(_two_of_one_year(table, one, two, len(again), years))
    if found:
        raise DataStop(found)


def _year_of_any_table(typed: dict[str, pd.DataFrame]) -> dict[str, int]:
    """The same of each set by the days of its other events: of those away, of reviews and so on."""
    found = {}
    for table, frame in typed.items():
        day = tables()[table].event[-1]
        for name, rows in frame.dropna(subset=[day]).groupby("year_set") if f"{day}_invalid" in frame else ():
            found[name] = _most_common_year(rows[day])
    return found


def _most_common_year(days: pd.Series) -> int:
    return int((days - pd.DateOffset(months=3)).dt.year.mode().iloc[-1])


def year_of_sets(episodes: pd.DataFrame | None) -> dict[str, int]:
    """The first calendar year of the report year of each set: that in which most of its episodes ended, or the last began."""
    found = {}
    for name, rows in [] if episodes is None else episodes.groupby("year_set"):
        ends, starts = rows["DEC"].dropna(), rows["DECOM"].dropna()
        days = ends if len(ends) else starts.nlargest(1)
        if len(days):
            found[name] = _most_common_year(days)
    return found


def _same_rows(one: pd.DataFrame, two: pd.DataFrame) -> bool:
    rows, others = (frame.astype("string").fillna("").drop_duplicates() for frame in (one, two))
    return len(rows) == len(others) == len(rows.merge(others))


def _two_of_one_year(
    table: str, one: pd.DataFrame, two: pd.DataFrame, again: int, years: set[int]
) -> Finding:
    first, second = (str(frame["row_id"].iloc[0]).rpartition("#")[0] for frame in (one, two))
    of = f"of {ReportYear(years.pop())}" if years else "of a year that nothing shows"
    said = f"Two sets {of} have the table {table}, and they differ: {first} has {len(one):,} rows and {second} {len(two):,}, with {again:,} in both."
    advice = (
        "Keep the set that is meant, with all its tables, and move the other out of the folder. If they are of two years, "
        "each set needs its episodes, or another table with days."
    )
    return failure("table", said, file=first, expected="one set for each year", advice=advice)


def order_of_sets(typed: dict[str, pd.DataFrame]) -> dict[str, int]:
    """The sets from the oldest to the newest, by the latest episode that each has, then by name."""
    names = sorted({name for frame in typed.values() for name in frame["year_set"]})
    latest = dict.fromkeys(names, NEVER)
    if "episodes" in typed:
        latest |= typed["episodes"].groupby("year_set")["DECOM"].max().fillna(NEVER).to_dict()
    return {name: place for place, name in enumerate(sorted(names, key=lambda name: (latest[name], name)))}


def without_repeats(
    table: str, frame: pd.DataFrame, order: dict[str, int], records: CaseRecords
) -> pd.DataFrame:
    """The rows without those that stand twice in a set, or that a later set reports again; both go to the rejects."""
    frame = frame.assign(order=frame["year_set"].map(order))
    content = [column for column in frame if column not in ("row_id", "year_set")]
    event, listed = list(tables()[table].event), _counting_list(table)
    again = _reported_again(frame, event)
    twice = frame.duplicated(content) & ~again
    newer = "a later set has a newer row for the same child"
    reason = newer if event == ["CHILD"] else "the same event was reported again in a later set"
    for rows, why in ((twice, "the same row stands twice in the set"), (again, reason)):
        records.rejects = with_rejects(records.rejects, frame[rows], listed, why, content)
    said = f"rows of {table} are events that a later set reports again; the later report counts."
    records.findings += told_of_rows("repeat", frame[again], said, SEE_REJECTS)
    said = f"rows of {table} stand twice in the same set; each was read once."
    records.findings += told_of_rows("repeat", frame[twice], said, SEE_REJECTS)
    return frame[~twice & ~again].drop(columns="order").reset_index(drop=True)


def _reported_again(frame: pd.DataFrame, event: list[str]) -> pd.Series:
    """Which rows are of an event that a later set has too."""
    if not event or frame["order"].nunique() < 2:
        return pd.Series(False, index=frame.index)
    latest = frame.groupby(event, dropna=False)["order"].transform("max")
    return frame[event].notna().all(axis=1) & (frame["order"] < latest)


def told_of_rows(check: str, rows: pd.DataFrame, said: str, advice: str) -> list[Finding]:
    """A warning that gives the number of rows, what is said of them and where the first ones stand; none without rows."""
    told = warning(check, f"{len(rows):,} {said}", value=first_places(rows), advice=advice)
    return [told] if len(rows) else []


def first_places(rows: pd.DataFrame) -> str:
    return ", ".join(rows["row_id"].head(3))


def _counting_list(table: str) -> str:
    return tables()[table].list or table


def with_rejects(
    rejects: pd.DataFrame, rows: pd.DataFrame, table: str, reason: object, content: list[str]
) -> pd.DataFrame:
    """The rejects with more rows; `reason` is one text or one for each row."""
    if rows.empty:
        return rejects
    shown = [
        " | ".join(
            f"{name}={_shown(cell)}"
            for name, cell in zip(content, cells, strict=True)
            if _is_told(name, cell)
        )
        for cells in rows[content].itertuples(index=False)
    ]
    more = pd.DataFrame(
        {"table": table, "row_id": rows["row_id"].to_numpy(), "reason": reason, "content": shown},
        columns=REJECT_COLUMNS,
    )
    return pd.concat([frame for frame in (rejects, more) if len(frame)], ignore_index=True)


def _is_told(name: str, cell: object) -> bool:
    return pd.notna(cell) and name != "order" and not name.endswith("_invalid")


def _shown(cell: object) -> str:
    return f"{cell:%Y-%m-%d}" if isinstance(cell, pd.Timestamp) else str(cell)


def usable_rows(table: str, frame: pd.DataFrame, records: CaseRecords) -> pd.DataFrame:
    """The rows that have what their table cannot do without, and no day but that of birth that cannot be read: an episode
    that ended would count as open. The others go to the rejects, with a finding for each."""
    reasons = pd.Series("", index=frame.index)
    for field in fields()[table].values():
        if field.required:
            empty = frame[field.column].isna() & (reasons == "")
            reasons[empty] = f"{field.column} is empty"
        if field.kind == "date" and field.column != "DOB" and field.column in frame:
            reasons[frame[f"{field.column}_invalid"]] = f"{field.column} is not a date"
    bad = frame[reasons != ""]
    content = [column for column in frame if column not in ("row_id", "year_set")]
    records.rejects = with_rejects(
        records.rejects, bad, _counting_list(table), reasons[bad.index].to_numpy(), content
    )
    advice = "Ask for it and correct the file; the row was not counted."
    records.findings += [
        failure("value", f"{reasons[at]}.", file=bad.at[at, "row_id"], advice=advice) for at in bad.index
    ]
    return frame.drop(index=bad.index)
