"""What is wrong with a return that could be read: cells, doubled rows, totals; and which rows are rejected for it."""

import pandas as pd

from bscbdata import cleaning
from bscbdata.cleaning import same_spelling
from bscbdata.findings import Finding, failure, passed, warning
from bscbdata.period import ReportYear
from bscbdata.sources import Column, Source, load_codes

REJECT_COLUMNS = ["table", "row_id", "reason", "content"]
QUARTERS = ("previous_year_first_quarter", "year_first_quarter", "year_last_quarter")


def judge(
    table: pd.DataFrame,
    problems: pd.DataFrame,
    cells: pd.DataFrame,
    source: Source,
    year: ReportYear,
    name: str,
):
    """Findings for every cell that cannot be used and every doubled row; and the rejected rows."""
    findings: list[Finding] = []
    reasons: dict[int, str] = {}
    for index, row in problems[(problems != "").any(axis=1)].iterrows():
        for column, problem in row[row != ""].items():
            sent = cells.loc[index].get(column)
            findings.append(
                _cell_finding(table.loc[index, "row_id"], column, problem, sent, source, year, name)
            )
        reasons[index] = "; ".join(row[row != ""])
    sound = table.drop(index=list(reasons))
    if source.key:
        for index in sound.index[sound.duplicated(list(source.key), keep="first")]:
            same = (sound[list(source.key)] == sound.loc[index, list(source.key)]).all(axis=1)
            first = sound.loc[same, "row_id"].iloc[0]
            reasons[index] = f"duplicate of {first}"
            findings.append(_duplicate_finding(table.loc[index], first, source, name))
    return findings, _rejects(table.loc[list(reasons)], list(reasons.values()), source)


def _rejects(rejected: pd.DataFrame, reasons: list[str], source: Source) -> pd.DataFrame:
    told = [content(row) for row in rejected.drop(columns="row_id").itertuples(index=False)]
    columns = {"table": source.name, "row_id": rejected["row_id"], "reason": reasons, "content": told}
    return pd.DataFrame(columns)[REJECT_COLUMNS]


def _cell_finding(
    row: str, column: str, problem: str, sent: object, source: Source, year: ReportYear, name: str
) -> Finding:
    spec = next(spec for spec in source.columns if spec.name == column)
    header = spec.header(year)
    advice = "Ask the agency and correct the file."
    if spec.code_list:
        advice = f"If it is another spelling of one of these, add it to sources/codes/{spec.code_list}.csv."
    return failure(
        "value",
        f"{problem[0].upper()}{problem[1:]}.",
        file=name,
        sheet=source.sheet,
        row=row_number(row),
        column=column if header in ("*", "-") else header,
        value="" if pd.isna(sent) else str(sent),
        expected=_expected(spec, year),
        advice=advice,
    )


def row_number(row_id: str) -> int:
    return int(row_id.rsplit("#", 1)[1].rsplit("!", 1)[-1])


def _expected(spec: Column, year: ReportYear) -> str:
    if spec.code_list:
        return f"one of {', '.join(load_codes(spec.code_list)[1])}"
    limits = (("at least", spec.low), ("at most", spec.high))
    said = " and ".join(f"{word} {limit_text(limit, year)}" for word, limit in limits if limit)
    return f"a {spec.kind.replace('_', ' ')}{' of ' + said if said else ''}"


def limit_text(limit: str, year: ReportYear) -> str:
    """A limit in words: the tokens of `columns.csv` stand for dates and quarters of the report year."""
    known = {
        "year_start": f"{year.start:%d/%m/%Y}",
        "year_end": f"{year.end:%d/%m/%Y}",
        "previous_year_first_quarter": year.previous.quarters[0],
        "year_first_quarter": year.quarters[0],
        "year_last_quarter": year.quarters[-1],
    }
    return known.get(limit, limit)


def _duplicate_finding(row: pd.Series, first: str, source: Source, name: str) -> Finding:
    same = ", ".join(f"{column} {row[column]}" for column in source.key)
    return failure(
        "duplicate",
        f"This row says again what row {row_number(first)} says: {same}.",
        file=name,
        sheet=source.sheet,
        row=row_number(row["row_id"]),
        column=", ".join(source.key),
        value=same,
        expected="one row for each " + " and ".join(source.key),
        advice="Find out which of the two is right and remove the other.",
    )


def check_coverage(good: pd.DataFrame, source: Source, year: ReportYear, name: str) -> list[Finding]:
    """Whether every month or quarter of the year is there, for returns that should have them all (`complete`)."""
    if not source.complete:
        return []
    if pd.api.types.is_datetime64_any_dtype(good[source.complete]):
        expected = {pd.Timestamp(month): f"{month:%B %Y}" for month in year.months}
    else:
        expected = {quarter: quarter for quarter in year.quarters}
    missing = [words for value, words in expected.items() if value not in set(good[source.complete])]
    place = {"file": name, "sheet": source.sheet, "column": source.complete}
    if missing:
        said = f"No rows for {', '.join(missing)}."
        return [
            warning(
                "coverage",
                said,
                **place,
                expected=f"all {len(expected)}",
                advice="Ask whether they are to come.",
            )
        ]
    return [passed("coverage", f"All {len(expected)} are there.", **place)]


def check_shares(good: pd.DataFrame, cells: pd.DataFrame, source: Source, name: str) -> list[Finding]:
    """Whether a column of shares looks like fractions: all of them one or less, none with a % sign."""
    found = []
    for column in source.columns:
        if column.kind == "share_pct" and column.unit != "fraction" and column.name in cells:
            shares, signed = (
                good[column.name].dropna(),
                cells[column.name].astype("str").str.contains("%").any(),
            )
            if len(shares) and (shares > 0).any() and (shares <= 1).all() and not signed:
                place = {"file": name, "sheet": source.sheet, "column": column.name}
                advice = "If they are fractions, write `fraction` as the unit of the column."
                found.append(warning("shares", "Every share is 1 per cent or less.", **place, advice=advice))
    return found


def check_totals(
    named: pd.DataFrame, aside: pd.DataFrame, header: list[str], source: Source, year: ReportYear, name: str
) -> list[Finding]:
    """Hold the last totals row against the sum of the rows above it, column by column, whatever the layout."""
    totals = aside[aside["reason"] == "set aside: totals row"]
    if totals.empty:
        return []
    printed = dict(zip((same_spelling(cell) for cell in header), totals["cells"].iloc[-1], strict=False))
    found = []
    for column, shown in _summed(named, source, year).items():
        said = printed.get(same_spelling(shown))
        if pd.notna(said):
            place = {"file": name, "sheet": source.sheet, "row": int(totals.index[-1]), "column": shown}
            found.append(_total_finding(said, named[column], len(totals), place))
    return found


def _summed(named: pd.DataFrame, source: Source, year: ReportYear) -> dict[str, str]:
    """Columns that a totals row sums, by name, with their header: counts and amounts, or all cells of a cross-tab."""
    headers = {column.name: column.header(year) for column in source.collected(year)}
    if source.layout == "crosstab":
        return {column: column for column in named.columns if column not in headers and column != "row_id"}
    wanted = {column.name for column in source.columns if column.kind in ("count", "amount_gbp", "value")}
    return {column: headers[column] for column in named.columns if column in wanted}


def _total_finding(said: str, cells: pd.Series, several: int, place: dict) -> Finding:
    numbers = cleaning.parse_distinct(cleaning.split_markers(cells)[0], cleaning.to_number, "float64").values
    total = float(numbers.sum())
    try:
        agrees = abs(cleaning.to_number(said) - total) < 0.005
    except ValueError:
        return warning(
            "total", "The totals row holds no number here, so it cannot be checked.", **place, value=said
        )
    if agrees:
        return passed("total", f"The total agrees with its rows: {total:,.0f}.", **place)
    if several > 1:
        return warning(
            "total", "There are several totals rows, so the last cannot be checked.", **place, value=said
        )
    advice = "Ask which is right."
    return warning(
        "total",
        "The total does not agree with its rows.",
        **place,
        value=said,
        expected=f"{total:,.0f}",
        advice=advice,
    )


def content(cells: tuple) -> str:
    """A row as one line of text, for the rejects."""
    return " | ".join(str(cell) for cell in cells if pd.notna(cell))
