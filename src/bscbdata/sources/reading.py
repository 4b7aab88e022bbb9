"""The one reader: a source and a year in, a tidy table with rejects and findings out.

Order of work: rows of text -> find the header -> set aside what is not data -> name the columns -> fill merged
cells -> unpivot a cross-tab -> type by kind -> check limits and key -> split good rows from rejects. A long file
comes in several parts, which are cleaned one after another.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as arrow_compute

from bscbdata import cleaning
from bscbdata.cleaning import same_spelling
from bscbdata.findings import REJECT_COLUMNS, DataStop, Finding, failure, passed, refusal, warning
from bscbdata.numbers import some
from bscbdata.period import ReportYear
from bscbdata.provenance import read_origin, row_id
from bscbdata.sources import Source, large, load_source
from bscbdata.sources.cells import report_years, rows_where, type_column
from bscbdata.sources.cross_head import names_below, told_if_turned
from bscbdata.sources.grid import blocks, read_grid
from bscbdata.sources.judging import judge
from bscbdata.sources.labels import told_of_bare_labels, told_of_labels
from bscbdata.sources.limits import addresses
from bscbdata.sources.set_aside import set_aside, told_aside, told_left_out
from bscbdata.sources.tally import Tally, sums_of_columns
from bscbdata.sources.titles import told_of_titles
from bscbdata.sources.whole_table import findings_of_table

# How many rows from the top the header is looked for, and how like a proposal must be.
HEADER_SEARCHED, LIKE = 60, 0.7
# What Excel calls the labels of a pivot table.
PIVOT = ("rowlabels", "columnlabels")
TURN_IT = "Ask for it as its template has it, or turn it in a copy: in Excel, Paste Special, Transpose."
# In how many rows it may stand, and whether its upper cells are merged to the right.
HEADER_LAYOUTS = ((1, True), (2, True), (2, False), (3, True), (3, False))

_MONEY = re.compile(r"£.*|gbp|pounds?( sterling)?", re.I)
_NUMBER_ALONE = re.compile(r"[-+(£]*\d[\d,.]*\s*[%)]?")


@dataclass(frozen=True)
class Cleaned:
    """A tidy table; the rows set aside or rejected, each with its reason; what the checks said; rows (of a cross-tab:
    cells) that the file held: rows_in = rows of the table + rejects."""

    source: Source
    table: pd.DataFrame
    rejects: pd.DataFrame
    findings: list[Finding]
    rows_in: int = 0


@dataclass(frozen=True)
class Sheet:
    """A file opened at its header: where it stands, its cells, and the rows below it in one part or several."""

    name: str
    header_row: int
    header: list[str]
    bodies: Iterator[pd.DataFrame]
    findings: list[Finding] = field(default_factory=list)
    titles: frozenset[str] = frozenset()  # what stands above the header


@dataclass(frozen=True)
class Part:
    """Some rows of a file, cleaned; `rows` says where each of the table's rows stands in the file."""

    table: pd.DataFrame
    rows: np.ndarray
    rejects: pd.DataFrame
    findings: list[Finding]
    rows_in: int


def read_source(name: str, year: str | ReportYear, raw: Path) -> Cleaned:
    """Read and clean the source of that name for a year. KeyError lists the names there are."""
    return read(load_source(name), year if isinstance(year, ReportYear) else ReportYear.parse(year), raw)


def read(source: Source, year: ReportYear, raw: Path) -> Cleaned:
    """Read and clean one source. Raises DataStop when the file as a whole cannot be used."""
    source = source.in_year(year)
    tally = Tally(source, year)
    parts = list(read_parts(source, year, raw, tally))
    table = pd.concat([part.table for part in parts], ignore_index=True) if len(parts) > 1 else parts[0].table
    rows = np.concatenate([part.rows for part in parts])
    provenance = read_origin(source.file(raw, year)).provenance
    table = table.assign(row_id=_row_ids(rows, tally.name, source.sheet), provenance=provenance)
    rejects = pd.concat([part.rejects for part in parts], ignore_index=True)
    told = [finding for part in parts for finding in part.findings] + tally.findings()
    findings = findings_of_table(table, rejects, told, source, year, tally.name)
    rows_in = sum(part.rows_in for part in parts)
    assert rows_in == len(table) + len(rejects), (
        f"{tally.name}: {rows_in} rows in, {len(table)} + {len(rejects)} out"
    )
    return Cleaned(source, table, rejects, findings, rows_in)


def read_parts(source: Source, year: ReportYear, raw: Path, tally: Tally) -> Iterator[Part]:
    """The parts of a source's file, cleaned one after another; the tally learns what whole-file checks need."""
    path = source.file(raw, year)
    tally.name = path.relative_to(raw).as_posix()
    _stop_at_two(source.files(path), path, tally.name)
    _stop_at_undecided(source, year, tally.name)
    sheet = _open(path, source, year, tally.name)
    for body in sheet.bodies:
        part = _clean(body, sheet, source, year, tally)
        yield replace(part, findings=sheet.findings + part.findings)
        sheet.findings.clear()


def _stop_at_two(files: list[Path], path: Path, name: str) -> None:
    if len(files) > 1:
        said = f"The return lies there in several forms: {', '.join(sorted(file.name for file in files))}."
        raise refusal("file", said, file=name, advice="Keep the one that is meant, and remove the other.")


def _stop_at_undecided(source: Source, year: ReportYear, name: str) -> None:
    """Stop where the map holds proposals that nobody has decided."""
    if left := source.undecided(year):
        told = ", ".join(f"{column.name} ({column.header(year)})" for column in left)
        advice = f"Decide them under {year.label} in src/bscbdata/sources/{source.map_file}: the header as it is, or '-' for none."
        raise refusal("undecided", f"The map has proposals: {told}.", file=name, advice=advice)


def _open(path: Path, source: Source, year: ReportYear, name: str) -> Sheet:
    start = large.first_rows(path) if large.is_large(path) and source.layout == "rows" else None
    if start is None:
        return _open_grid(path, source, year, name)
    top, delimiter, encoding = start
    header_row, header, told = _find_header(top, source, year, name)
    skip = header_row + 1
    parts = large.batches(path, len(header), skip, delimiter, encoding)
    try:
        first, findings = next(parts), told
        slower = partial(_open_grid, path, source, year, name)
        further = _and_further(first, parts, slower, findings)
        return Sheet(name, header_row, header, further, findings, _titles(top.iloc[: header_row + 1]))
    except (pa.ArrowInvalid, large.NotPlain):  # rows of uneven length: the slower way says which
        return _open_grid(path, source, year, name)


def _and_further(
    first: pd.DataFrame, parts: Iterator[pd.DataFrame], slower: Callable[[], Sheet], findings: list[Finding]
) -> Iterator[pd.DataFrame]:
    """The parts of a long file; from the first that is not plain on, the slower way, which adds to the findings."""
    part = first
    try:
        yield first
        for part in parts:
            yield part
    except (pa.ArrowInvalid, large.NotPlain):
        sheet = slower()
        findings += sheet.findings
        rest = next(sheet.bodies)
        yield rest[rest.index > part.index[-1]]


def _open_grid(path: Path, source: Source, year: ReportYear, name: str) -> Sheet:
    grid = _one_table(read_grid(path, source.sheet, name), source, name)
    try:
        header_row, header, told = _find_header(grid, source, year, name)
    except DataStop as stop:  # what is odd about the file may be why
        odd = [finding for finding in grid.attrs.get("findings", []) if finding.result != "pass"]
        raise DataStop(odd + stop.findings) from stop
    above = [cell for cell in grid.iloc[: header_row + 1].to_numpy().ravel() if pd.notna(cell)]
    told = told + told_of_titles(above, source, year, name, header)
    told += _told_merged_numbers(grid, header_row, source, name)
    body = _fill_merged(grid.iloc[header_row + 1 :], header, grid.attrs.get("merged", []), source, year)
    findings = list(grid.attrs.get("findings", [])) + told
    return Sheet(name, header_row, header, iter([body]), findings, _titles(grid.iloc[: header_row + 1]))


def _titles(above: pd.DataFrame) -> frozenset[str]:
    return frozenset(same_spelling(cell) for cell in above.to_numpy().ravel() if pd.notna(cell))


def _told_merged_numbers(grid: pd.DataFrame, header_row: int, source: Source, name: str) -> list[Finding]:
    """A warning of numbers below the header that stand in several merged cells: they count for the first alone."""
    found = {}
    for (first, left), (last, right) in grid.attrs.get("merged", []):
        row = first + 1
        below = row in grid.index and grid.index.get_loc(row) > header_row and left in grid.columns
        if below and (last, right) > (first, left) and _NUMBER_ALONE.fullmatch(str(grid.at[row, left])):
            found[row, left] = ":".join(addresses([(row, left), (last + 1, right)]).split(", "))
    if not found:
        return []
    said = f"One number stands in several merged cells: {some(list(found.values()))}. It was read in the first of them alone."
    advice = "Ask what each of the cells should say."
    return [warning("merged", said, file=name, sheet=source.sheet, row=min(found)[0], advice=advice)]


def _fill_merged(
    body: pd.DataFrame, header: list[str], merged: list, source: Source, year: ReportYear
) -> pd.DataFrame:
    """Labels merged down rows, such as a month beside its teams, written into each row that has data."""
    if not merged:
        return body
    body = body.copy()
    labels = [column for column in source.collected(year) if column.is_label]
    wanted = {same_spelling(column.header(year)) for column in labels}
    places = [
        place for place, cell in zip(body.columns, header, strict=True) if same_spelling(cell) in wanted
    ]
    for (first, left), (last, _) in merged:
        if left in places and first + 1 in body.index:
            rows = body.loc[first + 1 : last + 1]
            body.loc[rows.index[rows.notna().any(axis=1)], left] = rows.at[first + 1, left]
    return body


def _one_table(grid: pd.DataFrame, source: Source, name: str) -> pd.DataFrame:
    """Of several tables on a sheet the one that `table` in source.toml names, counted from the top and from the left."""
    if not source.table:
        return grid
    tables = blocks(grid)
    if source.table > len(tables):
        said = f"The sheet has {len(tables)} tables, set apart by blank rows or columns."
        place = {"file": name, "sheet": source.sheet, "expected": f"table {source.table}"}
        raise refusal("table", said, **place, advice="Change `table` in the source's source.toml.")
    chosen = tables[source.table - 1]
    chosen.attrs = grid.attrs
    return chosen


def _clean(body: pd.DataFrame, sheet: Sheet, source: Source, year: ReportYear, tally: Tally) -> Part:
    """One part of the rows below the header, cleaned."""
    body.columns = range(len(body.columns))
    data, aside = set_aside(body, sheet.header, sheet.titles, source, year, sheet.name)
    named = _name_columns(data, sheet.header, source, year, sheet.name)
    cells = _reshape(named, source)
    table, problems = _type(cells, source, year)
    findings, rejected = judge(table, problems, cells, source, year, sheet.name)
    findings = [
        *(told_aside(aside, source, year, sheet.name) if len(aside) else []),
        *told_of_labels(named, source, year, sheet.name),
        *told_of_bare_labels(named, source, year, sheet.name),
        *told_left_out(named, source, sheet.name),
        *findings,
    ]
    good = table.drop(index=rejected.index) if len(rejected) else table
    tally.add(good, named, cells, aside, sheet.header)
    rows = cells["row"].to_numpy()[good.index]
    if len(aside) or len(rejected):
        rejected = pd.concat([aside[REJECT_COLUMNS], rejected], ignore_index=True)
    return Part(good.reset_index(drop=True), rows, rejected, findings, len(cells) + len(aside))


def _find_header(
    grid: pd.DataFrame, source: Source, year: ReportYear, name: str
) -> tuple[int, list[str], list[Finding]]:
    """Position of the header's last row, and its cells: the first that holds every header the map promises.

    It is looked for in as many rows as the map says, then in one, two and three, with upper cells merged to the right
    and without: agencies lay out headers as they like, and every header must be there.
    """
    wanted = set(map(same_spelling, source.headers(year).values()))
    best: tuple[int, int, list[str]] = (-1, 0, [])
    layouts = dict.fromkeys([(source.header_rows, True), *HEADER_LAYOUTS])
    for count, merged in layouts:
        for position in range(min(len(grid), HEADER_SEARCHED) - count + 1):
            header = cleaning.join_header_rows(grid, position, count, merged)
            found = len(wanted & {same_spelling(cell) for cell in header})
            if wanted and found == len(wanted):
                told = _told_rows(count, source, name) + _told_above(grid, position, header, source, name)
                if lower := names_below(grid, position + count, header, source, year, name):
                    return position + count, lower[0], told + lower[1]
                return position + count - 1, header, told
            best = max(best, (found, -position, header)) if count == source.header_rows and merged else best
    raise DataStop([_missing_columns(grid.iloc[:HEADER_SEARCHED], source, year, name, best)])


def _told_rows(count: int, source: Source, name: str) -> list[Finding]:
    if count == source.header_rows:
        return []
    said = f"The header stands in {count} row{'s' if count > 1 else ''}."
    return [passed("columns", said, file=name, sheet=source.sheet)]


def _told_above(
    grid: pd.DataFrame, position: int, header: list[str], source: Source, name: str
) -> list[Finding]:
    """A warning of rows above the header that look like data: a number, and most of the header's columns filled."""
    above = grid.iloc[:position]
    most = above.notna().sum(axis=1) > sum(map(bool, header)) / 2
    rows = [
        str(row)
        for row, cells in above[most].iterrows()
        if any(_NUMBER_ALONE.fullmatch(str(cell)) for cell in cells)
    ]
    if not rows:
        return []
    said = f"Rows above the header hold numbers, and were not read: {some(rows)}."
    advice = "If they belong to the table, put its header above them."
    return [warning("columns", said, file=name, sheet=source.sheet, row=int(rows[0]), advice=advice)]


def _missing_columns(
    top: pd.DataFrame, source: Source, year: ReportYear, name: str, best: tuple[int, int, list[str]]
) -> Finding:
    found, position, header = best
    if found <= 0:
        position, header = _likeliest_header(top)
    wanted = list(source.headers(year).values())
    present = {same_spelling(cell) for cell in header}
    missing = [column for column in wanted if same_spelling(column) not in present]
    known = {same_spelling(column) for column in wanted}
    unknown = [cell for cell in header if cell and same_spelling(cell) not in known]
    turned = told_if_turned(top, source, missing, year)
    renamed = f"If the agency renamed a column, put the new header under {year.label} in src/bscbdata/sources/{source.map_file}."
    return failure(
        "columns",
        f"No header row has every column; missing: {', '.join(missing)}.{_may_be(unknown, missing)}{turned}",
        file=name,
        sheet=source.sheet,
        row=-position + 1 if header else None,
        value=", ".join(cell for cell in header if cell),
        expected=", ".join(wanted),
        advice=TURN_IT if turned else renamed,
    )


def _likeliest_header(top: pd.DataFrame) -> tuple[int, list[str]]:
    """Where no header is known: the first of the longest rows without a digit, which is no row of data, as minus its
    position; none of one cell."""
    rows = [[str(cell) if pd.notna(cell) else "" for cell in cells] for _, cells in top.iterrows()]
    words = [0 if re.search(r"\d", "".join(row)) else sum(map(bool, row)) for row in rows]
    most = max(words, default=0)
    return (-words.index(most), rows[words.index(most)]) if most > 1 else (0, [])


def _may_be(unknown: list[str], missing: list[str]) -> str:
    """What unknown headers may be: a proposal for the analyst, never used."""
    told = cleaning.propose(unknown, {header: [header] for header in missing}, LIKE)
    pivot = [cell for cell in unknown if same_spelling(cell) in PIVOT]
    return "".join(f" '{cell}' {proposal}." for cell, proposal in told.items()) + "".join(
        f" '{cell}' is what a pivot table calls it: ask for the rows behind the table." for cell in pivot
    )


def _row_ids(rows: np.ndarray, name: str, sheet: str) -> pd.Series:
    """The row ids of rows, made all at once."""
    numbers = pa.array(rows).cast(pa.string())
    return pd.Series(
        pd.array(arrow_compute.binary_join_element_wise(row_id(name, sheet, ""), numbers, ""), dtype="str")
    )


def _name_columns(
    body: pd.DataFrame, header: list[str], source: Source, year: ReportYear, name: str
) -> pd.DataFrame:
    """Columns under our names; a doubled header stops, an unmapped one stops unless the layout is a cross-tab."""
    ours = {same_spelling(header): column for column, header in source.headers(year).items()}
    used = {position: cell for position, cell in enumerate(header) if cell}
    _stop_at_nameless(body, used, source, name)
    problems = _header_problems(list(used.values()), set(ours), source, year, name)
    if problems:
        raise DataStop(problems)
    columns = {ours.get(same_spelling(cell), cell): body[position].array for position, cell in used.items()}
    frame = pd.DataFrame(columns | {"row": body.index.to_numpy()}, copy=False)
    for column in source.fill_down:
        frame[column] = frame[column].ffill()
    return frame


def _stop_at_nameless(body: pd.DataFrame, used: dict[int, str], source: Source, name: str) -> None:
    """Stop when a column without a header holds something: it might be data."""
    for position in (place for place in body.columns if place not in used):
        filled = body[position].dropna()
        if len(filled):
            said = f"Column {position + 1} has no header but holds data."
            place = {
                "file": name,
                "sheet": source.sheet,
                "row": int(filled.index[0]),
                "value": filled.iloc[0],
            }
            raise refusal("columns", said, **place, advice="Give the column its header, or empty it.")


def _header_problems(
    header: list[str], mapped: set[str], source: Source, year: ReportYear, name: str
) -> list[Finding]:
    compared = [same_spelling(cell) for cell in header]
    doubled = sorted(
        {cell for cell, short in zip(header, compared, strict=True) if compared.count(short) > 1}
    )
    unmapped = [cell for cell, short in zip(header, compared, strict=True) if short not in mapped]
    place = {"file": name, "sheet": source.sheet}
    found = []
    if doubled:
        said = f"The same header stands twice: {', '.join(doubled)}."
        found.append(failure("columns", said, **place, advice="Ask which one is meant."))
    if unmapped and source.layout == "rows":
        advice = f"Add it to src/bscbdata/sources/{source.map_file}; under years that lack it write '-'."
        expected = ", ".join(column.header(year) for column in source.collected(year))
        said = f"Unknown columns: {', '.join(unmapped)}."
        found.append(failure("columns", said, **place, expected=expected, advice=advice))
    return found


def _reshape(frame: pd.DataFrame, source: Source) -> pd.DataFrame:
    if source.layout == "rows":
        return frame
    across, value = source.crosstab["across"], source.crosstab["value"]
    down = [
        column.name
        for column in source.columns
        if column.name not in (across, value) and column.name in frame
    ]
    data = frame.drop(columns=list(sums_of_columns(frame, source)))
    return cleaning.unpivot(data, [*down, "row"], across, value).reset_index(drop=True)


def _type(frame: pd.DataFrame, source: Source, year: ReportYear) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Typed columns, and for the rows with a problem what is wrong in each column (empty where nothing is)."""
    table, problems = {}, {}
    for column in source.columns:
        if column.name in frame:
            sent = frame[column.name]
        else:
            sent = pd.Series(None, index=frame.index, dtype="object")
        typed = type_column(sent, column, year)
        if typed.status is not None:
            table["status"] = typed.status
        table[column.name], problems[column.name] = typed.values, typed.problems
    result = pd.DataFrame(table, index=frame.index, copy=False)
    for earlier, later in source.order:
        wrong = result.index[(result[later] < result[earlier]).fillna(False)]
        said = pd.Series(f"{later} lies before {earlier}", index=wrong, dtype="object")
        problems[later] = said.combine_first(problems[later])
    for name, said in _money_of_no_money(frame, source).items():
        problems[name] = said.combine_first(problems[name])
    if source.official and "period" in result:
        years = report_years(result["period"])
        result["year"], problems["period"] = years.values, problems["period"].combine_first(years.problems)
    return result, _side_by_side(problems)


def _money_of_no_money(frame: pd.DataFrame, source: Source) -> dict[str, pd.Series]:
    """For each column of numbers whose unit stands beside it, the rows that hold pounds of another unit: `£55` children."""
    if "unit" not in frame:
        return {}
    numbers = [column.name for column in source.columns if column.kind == "number" and not column.unit]
    other = ~rows_where(frame["unit"], _MONEY.fullmatch)
    pounds = {
        name: frame.index[rows_where(frame[name], lambda cell: "£" in cell) & other] for name in numbers
    }
    said = "{} is an amount of money, and its unit is none"
    return {name: pd.Series(said.format(name), index=rows, dtype="object") for name, rows in pounds.items()}


def _side_by_side(problems: dict[str, pd.Series]) -> pd.DataFrame:
    if not any(map(len, problems.values())):
        return pd.DataFrame()
    single = {name: said[~said.index.duplicated()] for name, said in problems.items()}
    return pd.DataFrame(single).sort_index().fillna("")
