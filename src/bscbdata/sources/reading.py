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
from bscbdata.findings import DataStop, Finding, failure, passed, warning
from bscbdata.period import ReportYear, report_year_of
from bscbdata.provenance import read_origin
from bscbdata.sources import Column, Source, load_codes
from bscbdata.sources.grid import read_grid

REJECT_COLUMNS = ["table", "row_id", "reason", "content"]


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
    table, problems = _parse(_reshape(named, source), source, year)
    findings, rejects = _judge(table, problems, source, name)
    good = table.drop(index=rejects.index.unique())
    good = good.reset_index(drop=True).assign(provenance=read_origin(path).provenance)
    findings += _check_totals(good, aside, header, source, year, name)
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
    aside = below[(reasons != "") & (reasons != "blank row")]
    frame = pd.DataFrame(
        {
            "table": source.name,
            "row_id": [row_id(name, source.sheet, row) for row in aside.index],
            "reason": [f"set aside: {reason}" for reason in reasons[aside.index]],
            "content": [_content(row) for row in aside.itertuples(index=False)],
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
    problems = _header_problems(list(used.values()), set(ours), source, year, name)
    if problems:
        raise DataStop(problems)
    frame = body[[body.columns[position] for position in used]].copy()
    frame.columns = [ours.get(same_spelling(cell), cell) for cell in used.values()]
    frame["row_id"] = [row_id(name, source.sheet, row) for row in frame.index]
    for column in source.fill_down:
        frame[column] = frame[column].ffill()
    return frame.reset_index(drop=True)


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
            problems[bad] = f"{column.name} lies {word} its limit, {_limit_text(limit, year)}"
    return problems


def _limit(limit: str, year: ReportYear) -> object:
    dates = {"year_start": year.start, "year_end": year.end}
    if limit in dates:
        return pd.Timestamp(dates[limit])
    return (
        float(limit)
        if limit.replace(".", "").lstrip("-").isdigit()
        else pd.Timestamp(date.fromisoformat(limit))
    )


def _limit_text(limit: str, year: ReportYear) -> str:
    return {"year_start": f"{year.start:%d/%m/%Y}", "year_end": f"{year.end:%d/%m/%Y}"}.get(limit, limit)


def _report_years(periods: pd.Series, problems: pd.Series) -> tuple[pd.Series, pd.Series]:
    parsed = cleaning.parse_distinct(periods.astype("object"), report_year_of, "str")
    return parsed.values, problems.where(parsed.problems == "", parsed.problems)


def _judge(table: pd.DataFrame, problems: pd.DataFrame, source: Source, name: str):
    """Findings for every cell that cannot be used and every doubled row; and the rejected rows."""
    findings: list[Finding] = []
    reasons: dict[int, str] = {}
    for index, row in problems[(problems != "").any(axis=1)].iterrows():
        for column, problem in row[row != ""].items():
            findings.append(_cell_finding(table.loc[index], column, problem, source, name))
        reasons[index] = "; ".join(row[row != ""])
    if source.key:
        for index in table.index[table.duplicated(list(source.key), keep="first")]:
            first = table.loc[
                (table[list(source.key)] == table.loc[index, list(source.key)]).all(axis=1), "row_id"
            ].iloc[0]
            reasons.setdefault(index, f"duplicate of {first}")
            findings.append(_duplicate_finding(table.loc[index], first, source, name))
    rejected = table.loc[list(reasons)]
    content = [_content(row) for row in rejected.drop(columns="row_id").itertuples(index=False)]
    rejects = pd.DataFrame(
        {
            "table": source.name,
            "row_id": rejected["row_id"],
            "reason": list(reasons.values()),
            "content": content,
        }
    )
    return findings, rejects[REJECT_COLUMNS]


def _cell_finding(row: pd.Series, column: str, problem: str, source: Source, name: str) -> Finding:
    spec = next(spec for spec in source.columns if spec.name == column)
    expected = f"one of {', '.join(load_codes(spec.code_list)[1])}" if spec.code_list else _expected(spec)
    advice = "Ask the agency, correct the file, or write the change into data/corrections.yml."
    if spec.code_list:
        advice = f"If it is another spelling of one of these, add it to sources/codes/{spec.code_list}.csv."
    number = int(row["row_id"].rsplit("#", 1)[1].rsplit("!", 1)[-1])
    return failure(
        "value",
        f"{problem[0].upper()}{problem[1:]}.",
        file=name,
        sheet=source.sheet,
        row=number,
        column=column,
        expected=expected,
        advice=advice,
    )


def _expected(spec: Column) -> str:
    limits = " and ".join(
        f"{word} {limit}" for word, limit in (("at least", spec.low), ("at most", spec.high)) if limit
    )
    return f"a {spec.kind.replace('_', ' ')}{' of ' + limits if limits else ''}"


def _duplicate_finding(row: pd.Series, first: str, source: Source, name: str) -> Finding:
    same = ", ".join(f"{column} {row[column]}" for column in source.key)
    number = int(row["row_id"].rsplit("#", 1)[1].rsplit("!", 1)[-1])
    return failure(
        "duplicate",
        f"This row says again what row {first.rsplit('#', 1)[1]} says: {same}.",
        file=name,
        sheet=source.sheet,
        row=number,
        column=", ".join(source.key),
        expected="one row for each " + " and ".join(source.key),
        advice="Find out which of the two is right and remove the other.",
    )


def _check_totals(
    table: pd.DataFrame, aside: pd.DataFrame, header: list[str], source: Source, year: ReportYear, name: str
) -> list[Finding]:
    """Hold each totals row against the sum of the rows read (row layouts with one totals row)."""
    totals = aside[aside["reason"] == "set aside: totals row"]
    if source.layout != "rows" or len(totals) != 1:
        return []
    printed = dict(zip((same_spelling(cell) for cell in header), totals["cells"].iloc[0], strict=False))
    found = []
    for column in source.collected(year):
        said = printed.get(same_spelling(column.header(year)))
        if column.kind in ("count", "amount_gbp") and pd.notna(said):
            found += _total_finding(column, said, table[column.name].sum(), totals, source, name)
    return found


def _total_finding(
    column: Column, said: str, total: float, totals: pd.DataFrame, source: Source, name: str
) -> list[Finding]:
    try:
        agrees = cleaning.to_number(said) == total
    except ValueError:
        return []
    place = {"file": name, "sheet": source.sheet, "row": int(totals.index[0]), "column": column.name}
    if agrees:
        return [passed("total", f"The total agrees with its rows: {total:,.0f}.", **place)]
    return [
        warning(
            "total",
            "The total does not agree with its rows.",
            **place,
            value=said,
            expected=f"{total:,.0f}",
            advice="Ask which is right.",
        )
    ]


def _content(cells: tuple) -> str:
    return " | ".join(str(cell) for cell in cells if pd.notna(cell))
