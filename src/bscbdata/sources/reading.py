"""The one reader: a source and a year in, a tidy table with rejects and findings out.

Order of work: grid of text -> find the header -> set aside what is not data -> name the columns -> fill merged
cells -> unpivot a cross-tab -> parse by kind -> check limits and key -> split good rows from rejects.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from bscbdata import cleaning
from bscbdata.cleaning import KINDS, Parsed, same_spelling
from bscbdata.findings import DataStop, Finding, failure, passed
from bscbdata.period import ReportYear, report_year_of
from bscbdata.provenance import read_origin
from bscbdata.sources import Column, Source, load_codes
from bscbdata.sources.grid import read_grid
from bscbdata.sources.judging import (
    QUARTERS,
    REJECT_COLUMNS,
    check_coverage,
    check_shares,
    check_totals,
    content,
    judge,
    limit_text,
)


@dataclass(frozen=True)
class Cleaned:
    """A tidy table; the rows set aside or rejected, each with its reason; what the checks said."""

    source: Source
    table: pd.DataFrame
    rejects: pd.DataFrame
    findings: list[Finding]


def read(source: Source, year: ReportYear, raw: Path) -> Cleaned:
    """Read and clean one source. Raises DataStop when the file as a whole cannot be used."""
    path = source.file(raw, year)
    name = path.relative_to(raw).as_posix()
    grid = read_grid(path, source.sheet, name)
    header_row, header = _find_header(grid, source, year, name)
    body, aside = _set_aside(grid, header_row, header, source, year, name)
    named = _name_columns(body, header, source, year, name)
    cells = _reshape(named, source)
    table, problems = _parse(cells, source, year)
    findings, rejects = judge(table, problems, cells, source, year, name)
    good = table.drop(index=rejects.index.unique())
    good = good.reset_index(drop=True).assign(provenance=read_origin(path).provenance)
    findings += check_totals(named, aside, header, source, year, name)
    findings += check_coverage(good, source, year, name) + check_shares(good, cells, source, name)
    if good.empty:
        findings.append(
            failure(
                "empty",
                "No usable row is left.",
                file=name,
                sheet=source.sheet,
                advice="Ask the agency for the data.",
            )
        )
    else:
        findings.append(passed("read", f"{len(good):,} rows read.", file=name, sheet=source.sheet))
    return Cleaned(source, good, pd.concat([aside[REJECT_COLUMNS], rejects]).reset_index(drop=True), findings)


def _find_header(grid: pd.DataFrame, source: Source, year: ReportYear, name: str) -> tuple[int, list[str]]:
    """Position of the header and its cells: the first row that holds every header the map promises."""
    wanted = {
        same_spelling(column.header(year)) for column in source.collected(year) if column.header(year) != "*"
    }
    best: tuple[int, int, list[str]] = (-1, 0, [])
    for position in range(min(len(grid), 60)):
        header = cleaning.join_header_rows(grid, position, source.header_rows)
        found = len(wanted & {same_spelling(cell) for cell in header})
        if wanted and found == len(wanted):
            return position, header
        best = max(best, (found, -position, header))
    raise DataStop([_missing_columns(source, year, name, best)])


def _missing_columns(
    source: Source, year: ReportYear, name: str, best: tuple[int, int, list[str]]
) -> Finding:
    found, position, header = best
    wanted = [column.header(year) for column in source.collected(year) if column.header(year) != "*"]
    present = {same_spelling(cell) for cell in header} if found > 0 else set()
    missing = [column for column in wanted if same_spelling(column) not in present]
    return failure(
        "columns",
        f"No header row has every column; missing: {', '.join(missing)}.",
        file=name,
        sheet=source.sheet,
        row=-position + 1 if found > 0 else None,
        value=", ".join(cell for cell in header if cell) if found > 0 else "",
        expected=", ".join(wanted),
        advice=f"If the agency renamed a column, put the new header under {year.label} in sources/{source.map_file}.",
    )


def _set_aside(
    grid: pd.DataFrame, header_row: int, header: list[str], source: Source, year: ReportYear, name: str
):
    """The rows of data below the header, and those that are not data with their reason."""
    below = grid.iloc[header_row + source.header_rows :]
    reasons = pd.Series(
        [cleaning.reason_to_set_aside(list(row), header) for row in below.itertuples(index=False)],
        index=below.index,
        dtype="object",
    )
    first = _column_of(header, source, year)
    last_row_of_data = max(reasons.index[reasons == ""], default=-1)
    for row in reasons.index[reasons == "note"]:
        if _is_data_cut_short(below.loc[row].dropna().iloc[0], first, row < last_row_of_data):
            reasons[row] = ""
    for row in reasons.index[reasons == "totals row"]:
        if row < last_row_of_data and not cleaning.is_plain_total(below.loc[row].iloc[0]):
            reasons[row] = ""  # "Total days lost" among the rows is data that happens to begin so
    aside = below[(reasons != "") & (reasons != "blank row")]
    frame = pd.DataFrame(
        {
            "table": source.name,
            "row_id": [row_id(name, source.sheet, row) for row in aside.index],
            "reason": [f"set aside: {reason}" for reason in reasons[aside.index]],
            "content": [content(row) for row in aside.itertuples(index=False)],
        },
        index=aside.index,
        columns=REJECT_COLUMNS,
    )
    return below[reasons == ""], frame.assign(cells=[list(row) for row in aside.itertuples(index=False)])


def _column_of(header: list[str], source: Source, year: ReportYear) -> Column | None:
    """The column that stands first in the file."""
    first = same_spelling(next((cell for cell in header if cell), ""))
    return next(
        (column for column in source.collected(year) if same_spelling(column.header(year)) == first), None
    )


def _is_data_cut_short(cell: str, column: Column | None, data_follows: bool) -> bool:
    """Whether a row with its first cell alone is data whose other cells are missing, and not a note.

    It is when the cell reads as what the column holds; a column of plain words holds anything, so there it is when
    more data follows.
    """
    if column is None or column.kind in ("text", "value"):
        return data_follows
    return not _parse_column(pd.Series([cell]), column).problems.iloc[0]


def row_id(name: str, sheet: str, row: int) -> str:
    """How a row is named everywhere: file, sheet if there is one, row."""
    return f"{name}#{sheet + '!' if sheet else ''}{row}"


def _name_columns(
    body: pd.DataFrame, header: list[str], source: Source, year: ReportYear, name: str
) -> pd.DataFrame:
    """Columns under our names; a doubled header stops, an unmapped one stops unless the layout is a cross-tab."""
    ours = {
        same_spelling(column.header(year)): column.name
        for column in source.collected(year)
        if column.header(year) != "*"
    }
    used = {position: cell for position, cell in enumerate(header) if cell}
    _stop_at_nameless(body, used, source, name)
    problems = _header_problems(list(used.values()), set(ours), source, year, name)
    if problems:
        raise DataStop(problems)
    frame = body[[body.columns[position] for position in used]].copy()
    frame.columns = [ours.get(same_spelling(cell), cell) for cell in used.values()]
    frame["row_id"] = [row_id(name, source.sheet, row) for row in frame.index]
    for column in source.fill_down:
        frame[column] = frame[column].ffill()
    return frame.reset_index(drop=True)


def _stop_at_nameless(body: pd.DataFrame, used: dict[int, str], source: Source, name: str) -> None:
    """Stop when a column without a header holds something: it might be data."""
    for position, column in enumerate(body.columns):
        filled = body[column].dropna()
        if position not in used and len(filled):
            place = {
                "file": name,
                "sheet": source.sheet,
                "row": int(filled.index[0]),
                "value": filled.iloc[0],
            }
            advice = "Give the column its header, or empty it."
            raise DataStop(
                [
                    failure(
                        "columns",
                        f"Column {position + 1} has no header but holds data.",
                        **place,
                        advice=advice,
                    )
                ]
            )


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
        found.append(
            failure(
                "columns",
                f"The same header stands twice: {', '.join(doubled)}.",
                **place,
                advice="Ask which one is meant.",
            )
        )
    if unmapped and source.layout == "rows":
        advice = f"Add it to sources/{source.map_file}; under years that lack it write '-'."
        expected = ", ".join(column.header(year) for column in source.collected(year))
        found.append(
            failure(
                "columns",
                f"Unknown columns: {', '.join(unmapped)}.",
                **place,
                expected=expected,
                advice=advice,
            )
        )
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
    totals = [cell for cell in frame.columns if same_spelling(cell).startswith(("total", "grandtotal"))]
    return cleaning.unpivot(frame.drop(columns=totals), down, across, value).reset_index(drop=True)


def _parse(frame: pd.DataFrame, source: Source, year: ReportYear) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Typed columns, and a frame of the same shape with the problem of each cell (empty where there is none)."""
    table, problems = {}, {}
    for column in source.columns:
        cells = (
            frame[column.name] if column.name in frame else pd.Series(None, index=frame.index, dtype="object")
        )
        if column.kind == "value":
            cells, table["status"] = cleaning.split_markers(cells)
            table["status"] = table["status"].astype(pd.CategoricalDtype(cleaning.STATUSES))
        parsed = _parse_column(cells, column)
        table[column.name] = parsed.values
        needed = column.required and column.kind != "value" and column.header(year) != "-"
        problems[column.name] = _limits(parsed, cells, column, year, needed)
    result = pd.DataFrame(table, index=frame.index).assign(row_id=frame["row_id"])
    for earlier, later in source.order:
        problems[later] = problems[later].mask(
            result[later] < result[earlier], f"{later} lies before {earlier}"
        )
    if source.official and "period" in result:
        result["year"], problems["period"] = _report_years(result["period"], problems["period"])
    return result, pd.DataFrame(problems, index=frame.index)


def parse_one(column: Column, text: str) -> tuple[object, str]:
    """One value of a column from text, and what is wrong with it (empty if nothing)."""
    parsed = _parse_column(pd.Series([text], dtype="object"), column)
    return parsed.values.iloc[0], parsed.problems.iloc[0]


def _parse_column(cells: pd.Series, column: Column) -> Parsed:
    if column.code_list:
        return cleaning.match_codes(cells, *load_codes(column.code_list))
    parser, dtype = KINDS["number" if column.kind == "value" else column.kind]
    if column.kind == "share_pct" and column.unit == "fraction":
        parser, dtype = KINDS["fraction"]
    return cleaning.parse_distinct(cells, parser, dtype)


def _limits(parsed: Parsed, cells: pd.Series, column: Column, year: ReportYear, needed: bool) -> pd.Series:
    """Problems of a column: what could not be read, what is empty but needed, what lies outside its limits."""
    problems = parsed.problems.copy()
    if needed:
        problems[cells.isna()] = f"{column.name} is empty"
    for limit, outside in ((column.low, "lt"), (column.high, "gt")):
        if limit:
            bad = getattr(parsed.values, outside)(_limit(limit, year)).fillna(False).astype(bool)
            word = "below" if outside == "lt" else "above"
            problems[bad] = f"{column.name} lies {word} its limit, {limit_text(limit, year)}"
    return problems


def _limit(limit: str, year: ReportYear) -> object:
    dates = {"year_start": year.start, "year_end": year.end}
    if limit in dates:
        return pd.Timestamp(dates[limit])
    if limit in QUARTERS:
        return limit_text(limit, year)
    return (
        float(limit)
        if limit.replace(".", "").lstrip("-").isdigit()
        else pd.Timestamp(date.fromisoformat(limit))
    )


def _report_years(periods: pd.Series, problems: pd.Series) -> tuple[pd.Series, pd.Series]:
    parsed = cleaning.parse_distinct(periods.astype("object"), report_year_of, "str")
    return parsed.values, problems.where(parsed.problems == "", parsed.problems)
