"""The reader for data files of explore-education-statistics: one row per time, place and filter, a column per number.

Order of work: grid of text -> filters and indicators -> time and area of each row -> copies set aside -> our names
for the indicators -> one row per cell -> marker or number.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from bscbdata.authorities import name_key
from bscbdata.cleaning import header_key, propose, same_spelling
from bscbdata.findings import DataStop, Finding, failure, passed, warning
from bscbdata.period import MONTHS, ReportYear
from bscbdata.releases.areas import load_levels
from bscbdata.releases.ees_columns import (
    FOLDER,
    TIME,
    fitting_datasets,
    load_datasets,
    nearest_datasets,
    place_spellings,
    says_nothing,
    split_columns,
)
from bscbdata.releases.maps import load_markers, read_rows
from bscbdata.releases.opening import notes_below, open_table
from bscbdata.releases.reading import COLUMNS, Release, place_rows, read_values, reject_rows, summary
from bscbdata.releases.years_told import plain_period, years_named

# Where each level keeps its old code, new code and name.
PLACE_OF_LEVEL = {
    "national": ("", "country_code", "country_name"),
    "region": ("", "region_code", "region_name"),
    "authority": ("old_la_code", "new_la_code", "la_name"),
    "district": ("", "lad_code", "lad_name"),
}
TOTALS = ("total", "all")
# Columns that are ours while a file is read.
OWN = {*COLUMNS, "old_code", "new_code", "time", "part", "column", "text", "kind"}
NAMED = ("indicator", "category", "unit", "kind", "period")
MAP = f"releases/{FOLDER}/indicators.csv"
ADD = (
    f"Add them to {MAP}, with the period that each is of: until then it is the one that the file says, such as the year "
    "ending 31 March, also of what is counted on one day or at mid-year."
)
LIKE = 0.7


@dataclass(frozen=True)
class Time:
    """A time of a data file: the period and its last day as we write them, and the report year."""

    period: str
    day: str
    year: str


def read_ees(path: Path | str, metadata: Path | str | None = None) -> Release:
    """One explore-education-statistics data file as a tidy `Release` (columns as of `read_release`).

    `metadata` is the `.meta.csv` file; one that stands beside the file is found. The vintage is `revised` and the
    latest year in the file. Raises DataStop when a column of the layout is missing or doubled, when filters
    cannot be told from indicators, or when the metadata is of another file. Source: the Department for Education.
    """
    path = Path(path)
    frame, notes, findings = _frame(path)
    filters, indicators, units, told = split_columns(
        frame.drop(columns="row_id"), path, Path(metadata) if metadata else None
    )
    findings += told
    frame, filters = _apart(frame, filters)
    dataset, names, said = _names(indicators, units, path.name)
    timed, undated, when = _times(frame, dataset, path.name)
    placed, astray, where = place_rows(_placed(timed), path.name, dataset)
    rows, copies, repeated = _one_row_each(placed, filters, dataset, path.name)
    findings += said + when + where + repeated + _missing_totals(rows, filters, dataset, path.name)
    vintage, stated = _vintage(rows, path.name)
    stated = stated + _name_says_later(rows, path.name)
    cells = _cells(rows, filters, names, dataset).assign(vintage=vintage)
    table, bad, unread = read_values(cells, load_markers(FOLDER), path.name, dataset)
    noted = reject_rows(notes, dataset, ["set aside: note"] * len(notes))
    rejects = pd.concat([noted, undated, astray, copies, bad], ignore_index=True)
    findings += stated + unread + summary(table, path.name)
    return Release(table[COLUMNS], rejects, findings, dataset, tuple(sorted(table["year"].unique())))


def _apart(frame: pd.DataFrame, filters: list[str]) -> tuple[pd.DataFrame, list[str]]:
    """Filters whose name we use for columns of our own, such as `level`, under a name that differs."""
    named = {name: f"{name} (filter)" for name in filters if name in OWN}
    return frame.rename(columns=named), [named.get(name, name) for name in filters]


def is_ees(path: Path) -> bool:
    """Whether a file has the columns of explore-education-statistics. Raises DataStop when it cannot be read."""
    return open_table(path, _is_header)[1] is not None


def _is_header(cells: list[str | None]) -> bool:
    return set(map(header_key, TIME)) <= {header_key(cell or "") for cell in cells}


def _frame(path: Path) -> tuple[pd.DataFrame, pd.DataFrame, list[Finding]]:
    """The rows as text under their headers, the notes below them, and findings. Raises DataStop for another layout."""
    grid, top = open_table(path, _is_header)
    ours = place_spellings()
    cells = [str(cell) if pd.notna(cell) else "" for cell in grid.loc[top]] if top is not None else []
    headers = [ours.get(header_key(cell), cell) for cell in cells]
    _stop_on_bad_headers(headers, path.name)
    frame = grid.loc[grid.index > top].set_axis(headers, axis=1)
    frame = frame.loc[:, frame.columns != ""].assign(row_id=[f"{path.name}#{row}" for row in frame.index])
    blank = frame.drop(columns="row_id").isna().all(axis=1)
    notes, told = notes_below(frame.drop(columns="row_id"), path.name)
    findings = list(grid.attrs.get("findings", [])) + told
    if blank.any():
        findings.append(passed("blank", f"{blank.sum()} blank row(s) left out.", file=path.name))
    return frame[~blank & ~notes], frame[notes], findings


def _stop_on_bad_headers(headers: list[str], file: str) -> None:
    missing = [column for column in TIME if column not in headers]
    doubled = sorted({header for header in headers if header and headers.count(header) > 1})
    failures = []
    if missing:
        said = f"Columns of the explore-education-statistics layout are missing: {', '.join(missing)}."
        advice = "If it is an older underlying-data file, read it with read_release."
        failures.append(failure("layout", said, file=file, expected=", ".join(TIME), advice=advice))
    if doubled:
        said = f"Columns stand more than once: {', '.join(doubled)}."
        failures.append(failure("doubled", said, file=file, expected="each column once"))
    if failures:
        raise DataStop(failures)


def _names(
    indicators: list[str], units: dict[str, str], file: str
) -> tuple[str, dict[str, dict[str, str]], list[Finding]]:
    """The data set that the indicators are of, and our name for each. What the map does not know keeps its own name."""
    known = {same_spelling(column): column for column in indicators}
    best = fitting_datasets(indicators, file) or nearest_datasets(indicators, file)
    if len(best) != 1:
        return "unmapped", _own_names(indicators, units, file), [_unmapped_set(best, indicators, file)]
    dataset, rows = next(iter(best.items()))
    missing = [c for c in dict.fromkeys(row["column"] for row in rows) if same_spelling(c) not in known]
    mapped = {known[key]: row for row in rows if (key := same_spelling(row["column"])) in known}
    left = [column for column in indicators if column not in mapped]
    findings = [passed("recognised", f"Recognised from its columns as {dataset}.", file=file)]
    if missing:
        findings.append(_in_part(dataset, missing, left, file))
    elif left:
        said = f"{len(left)} indicators are not in the map. Own names are kept: {', '.join(left)}."
        findings.append(warning("unmapped", said, file=file, advice=ADD))
    names = {column: row for column, row in mapped.items() if not row["where"]}
    return dataset, names | _own_names([c for c in indicators if c not in names], units, file), findings


def _in_part(dataset: str, missing: list[str], left: list[str], file: str) -> Finding:
    """A data set some of whose columns are not there: told with both lists, and what may be what."""
    may_be = propose(left, {column: [column] for column in missing}, LIKE)
    said = (
        f"It is {dataset} but for some columns. Mapped but not in the file: {', '.join(missing)}; "
        f"in the file but not mapped: {', '.join(left) or 'none'}."
    )
    said += "".join(f" '{column}' {told}." for column, told in may_be.items())
    advice = (
        f"If the publisher renamed or dropped them, add the new edition to {MAP} as a data set of its own."
    )
    return failure("columns", said, file=file, advice=advice)


def _own_names(columns: list[str], units: dict[str, str], file: str) -> dict[str, dict[str, str]]:
    own = {"category": "All", "kind": "difference", "period": "as_given"}
    names = {column: f"{Path(file).stem}_{column}" if says_nothing(column) else column for column in columns}
    return {column: own | {"indicator": names[column], "unit": units.get(column, "")} for column in columns}


def _unmapped_set(best: dict[str, list[dict[str, str]]], indicators: list[str], file: str) -> Finding:
    why = f"More than one data set fits: {', '.join(best)}." if best else "No data set of the map fits."
    said = f"{why} Its indicators keep their own names: {', '.join(indicators)}."
    return warning("unmapped", said, file=file, advice=ADD)


@cache
def _identifiers() -> dict[str, dict[str, str]]:
    return {same_spelling(row["identifier"]): row for row in read_rows(f"{FOLDER}/time_identifiers.csv")}


@cache
def read_time(identifier: str, period: str) -> Time:
    """What `Financial year` and `201516` mean. ValueError for a time that is not in `time_identifiers.csv`."""
    row = _identifiers().get(same_spelling(identifier))
    if row is None:
        raise ValueError(f"the time identifier '{identifier}' is not in time_identifiers.csv")
    if not period.isdecimal() or len(period) != int(row["digits"]):
        raise ValueError(f"'{period}' is not a {identifier.casefold()} of {row['digits']} digits")
    first = int(period[:4])
    if len(period) == 6 and (first + 1) % 100 != int(period[4:]):
        raise ValueError(f"'{period}' does not hold two years that follow each other")
    parts = {"n": first, "next": first + 1, "yy": f"{(first + 1) % 100:02d}"}
    year = ReportYear(first + int(row["report_year"])).label
    return Time(row["period"].format(**parts), row["day"].format(**parts), year)


def _times(frame: pd.DataFrame, table: str, file: str) -> tuple[pd.DataFrame, pd.DataFrame, list[Finding]]:
    """Rows with their time; rejects for times that are not known; findings."""
    times, problems = [], []
    for identifier, period in zip(frame["time_identifier"], frame["time_period"], strict=True):
        try:
            times.append(read_time(identifier or "", plain_period(period or "")))
            problems.append("")
        except ValueError as error:
            times.append(None)
            problems.append(str(error))
    good = pd.Series([not problem for problem in problems], index=frame.index, dtype=bool)
    rejects = reject_rows(frame[~good], table, [problem for problem in problems if problem])
    advice = (
        f"Times and how they are written are in releases/{FOLDER}/time_identifiers.csv: add one that is missing, or put "
        "the file right."
    )
    findings = [
        failure("time", f"{count} row(s) set aside: {problem}.", file=file, advice=advice)
        for problem, count in rejects["reason"].value_counts().items()
    ]
    timed = frame.assign(time=pd.Series(times, index=frame.index, dtype="object"))[good]
    return timed, rejects, findings


def _placed(frame: pd.DataFrame) -> pd.DataFrame:
    """The level, codes and name that `place_rows` asks for, from the columns where each level keeps them."""
    levels = frame["geographic_level"].fillna("")
    known = levels.map(lambda level: load_levels().get(name_key(level), "national"))
    said = {"old_code": 0, "new_code": 1, "area": 2}
    columns = {}
    for name, position in said.items():
        columns[name] = pd.Series("", index=frame.index, dtype="object")
        for level, places in PLACE_OF_LEVEL.items():
            if (column := places[position]) in frame:
                columns[name] = columns[name].where(known != level, frame[column].fillna(""))
    return frame.assign(level=levels, **columns)


def _one_row_each(
    placed: pd.DataFrame, filters: list[str], table: str, file: str
) -> tuple[pd.DataFrame, pd.DataFrame, list[Finding]]:
    """Copies of a row are set aside, and all rows of one time, place and filter that contradict each other."""
    own = [c for c in placed.columns if c not in ("row_id", "time")]
    copy = placed.duplicated(own, keep="first")
    key = ["time_period", "time_identifier", "area_code", *filters]
    clash = ~copy & placed[~copy].duplicated(key, keep=False).reindex(placed.index, fill_value=False)
    rejects = reject_rows(placed[copy], table, ["copy of a row above"] * int(copy.sum()))
    differ = reject_rows(
        placed[clash], table, ["rows for one time, place and filter differ"] * int(clash.sum())
    )
    findings = []
    if copy.any():
        where = ", ".join(map(str, placed.index[copy][:10]))
        said = f"{copy.sum()} row(s) are copies of rows above and were set aside: rows {where}."
        findings.append(warning("copies", said, file=file, row=int(placed.index[copy][0])))
    if clash.any():
        where = ", ".join(map(str, placed.index[clash][:10]))
        said = f"{clash.sum()} rows of one time, place and filter differ, so none is used: rows {where}."
        findings.append(
            failure("copies", said, file=file, row=int(placed.index[clash][0]), advice="Ask which holds.")
        )
    return placed[~copy & ~clash], pd.concat([rejects, differ], ignore_index=True), findings


def _is_total(label: object) -> bool:
    return pd.notna(label) and str(label).casefold() in TOTALS


def _missing_totals(rows: pd.DataFrame, filters: list[str], dataset: str, file: str) -> list[Finding]:
    """A filter of several values should have Total among them; one with a single value is a title.

    One whose values tell what a number is, as the map says, is no breakdown.
    """
    told = {name for row in _by_filter(dataset) for name in _where(row)}
    return [
        warning(
            "totals",
            f"The filter '{name}' has {rows[name].nunique(dropna=False)} values and no Total. Nothing was added up.",
            file=file,
            column=name,
            advice="Take care not to read one of its values as the whole; an empty cell is read as that.",
        )
        for name in _of_several(rows, filters)
        if name not in told and not rows[name].map(_is_total).any()
    ]


def _of_several(rows: pd.DataFrame, filters: list[str]) -> list[str]:
    """The filters that tell rows apart; an empty cell beside `Boys` does so too. Others are titles."""
    return [name for name in filters if rows[name].nunique(dropna=False) > 1]


def _vintage(rows: pd.DataFrame, file: str) -> tuple[str, list[Finding]]:
    """The edition: the latest year in the file."""
    if rows.empty:
        return "", []
    latest = max(ReportYear.parse(time.year) for time in rows["time"]).first + 1
    said = f"Vintage taken as 'revised {latest}', the latest year in the file."
    return f"revised {latest}", [passed("vintage", said, file=file)]


def _name_says_later(rows: pd.DataFrame, file: str) -> list[Finding]:
    """A warning where the file's name speaks of a later year than any that it holds."""
    named = max(years_named(file), default=None)
    held = {ReportYear.parse(time.year) for time in rows["time"]}
    if named is None or not held or named <= max(held):
        return []
    said = f"Its name says {named}, but the latest year in it is {max(held)}."
    return [warning("year", said, file=file, advice="See whether it is the file that was meant.")]


def _cells(
    rows: pd.DataFrame, filters: list[str], names: dict[str, dict[str, str]], dataset: str
) -> pd.DataFrame:
    """One row per cell, under our names, with its period."""
    rows = rows.assign(part=pd.Series(_parts(rows, filters), index=rows.index, dtype="str"))
    long = rows.melt(
        id_vars=["area", "area_code", "level", "row_id", "time", "part", *filters],
        value_vars=list(names),
        var_name="column",
        value_name="text",
    )
    said = pd.DataFrame.from_dict(names, orient="index")
    for name in NAMED:
        long[name] = long["column"].map(said[name])
    long = _named_by_filters(long, filters, dataset)
    long["period"] = [_period(kind, time) for kind, time in zip(long["period"], long["time"], strict=True)]
    whole = long["part"] == ""
    both = long["category"].where(long["category"] != "All", "") + long["part"].where(
        whole, "; " + long["part"]
    )
    long["category"] = long["category"].where(whole, both.str.removeprefix("; "))
    return long.assign(
        row_id=long["row_id"] + "!" + long["column"], year=[time.year for time in long["time"]]
    )


def _named_by_filters(long: pd.DataFrame, filters: list[str], dataset: str) -> pd.DataFrame:
    """Cells of which a filter tells what they are, such as `Children looked after at 31 March`, under our names."""
    for row in _by_filter(dataset):
        where = {name: value for name, value in _where(row).items() if name in filters}
        meant = long["column"].map(same_spelling) == same_spelling(row["column"])
        for name, value in where.items():
            meant &= long[name].map(same_spelling) == same_spelling(value)
        if len(where) < len(_where(row)) or not meant.any():
            continue
        long.loc[meant, list(NAMED)] = [row[name] for name in NAMED]
        long.loc[meant, "part"] = _parts(long, [name for name in filters if name not in where], meant)
    return long


def _by_filter(dataset: str) -> list[dict[str, str]]:
    """The rows of the map of a data set of which a filter tells what the number is."""
    return [row for row in load_datasets().get(dataset, []) if row["where"]]


def _where(row: dict[str, str]) -> dict[str, str]:
    """`group=Age; part=Total` of the map: filter -> the value that it must have."""
    return dict(told.strip().split("=", 1) for told in row["where"].split(";"))


def _parts(rows: pd.DataFrame, filters: list[str], of: pd.Series | slice = slice(None)) -> list[str]:
    """The part of a breakdown that each row is: its filter values, without totals and titles."""
    said = rows.loc[of, _of_several(rows, filters)].itertuples(index=False, name=None)
    return ["; ".join(str(v) for v in values if pd.notna(v) and not _is_total(v)) for values in said]


def _period(kind: str, time: Time) -> str:
    """The period of a cell: the row's own, its last day, or the month that the column is for."""
    if kind in MONTHS:
        month = next(day for day in ReportYear.parse(time.year).months if MONTHS[day.month - 1] == kind)
        return f"{kind} {month.year}"
    return time.day if kind == "day" else time.period
