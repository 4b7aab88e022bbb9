"""What is wrong with the rows of a return that could be read: cells, doubled rows; and which rows are rejected for it."""

import pandas as pd

from bscbdata.findings import REJECT_COLUMNS, Finding, failure
from bscbdata.period import ReportYear
from bscbdata.provenance import row_id
from bscbdata.sources import Column, Source, load_codes
from bscbdata.sources.cells import kind_text, limits_text

NO_REJECTS = pd.DataFrame({}, columns=REJECT_COLUMNS, dtype="object")


def judge(
    table: pd.DataFrame,
    problems: pd.DataFrame,
    cells: pd.DataFrame,
    source: Source,
    year: ReportYear,
    name: str,
) -> tuple[list[Finding], pd.DataFrame]:
    """Findings for every cell that cannot be used and every doubled row; and the rejected rows, whole as sent."""
    findings: list[Finding] = []
    reasons: dict[int, str] = {}
    for index, row in problems.iterrows():
        said = row[row != ""]
        for column, problem in said.items():
            findings.append(_cell_finding(cells.loc[index], column, problem, source, year, name))
        reasons[index] = "; ".join(said)
    sound = table.drop(index=list(reasons)) if reasons else table
    for index, first in _doubled(sound, source):
        reasons[index] = f"duplicate of {row_id(name, source.sheet, cells.loc[first, 'row'])}"
        findings.append(_duplicate_finding(table.loc[index], cells["row"], index, first, source, name))
    return findings, _rejects(cells, reasons, source, name)


def _doubled(sound: pd.DataFrame, source: Source) -> list[tuple[int, int]]:
    """Rows that repeat an earlier row's key, each with the first row that has it."""
    key = list(source.key)
    again = sound.index[sound.duplicated(key, keep="first")] if key else []
    found = []
    for index in again:
        wanted = sound.loc[index, key]
        same = pd.concat(
            [(sound[name] == wanted[name]) | (sound[name].isna() & pd.isna(wanted[name])) for name in key],
            axis=1,
        )
        found.append((index, sound.index[same.all(axis=1)][0]))
    return found


def _rejects(cells: pd.DataFrame, reasons: dict[int, str], source: Source, name: str) -> pd.DataFrame:
    if not reasons:
        return NO_REJECTS
    rejected = cells.loc[list(reasons)]
    told = [content(row) for row in rejected.drop(columns="row").astype("object").itertuples(index=False)]
    columns = {
        "table": source.name,
        "row_id": [row_id(name, source.sheet, row) for row in rejected["row"]],
        "reason": list(reasons.values()),
        "content": told,
    }
    return pd.DataFrame(columns, index=rejected.index, columns=REJECT_COLUMNS)


def _cell_finding(
    cells: pd.Series, column: str, problem: str, source: Source, year: ReportYear, name: str
) -> Finding:
    spec = source.column(column)
    header, sent = spec.header(year), cells.get(column)
    if source.layout == "crosstab" and column == source.crosstab["value"]:
        header = str(cells[source.crosstab["across"]])  # it stands under one of the names across
    advice = "Ask the agency and correct the file."
    if problem.endswith("is empty") and spec.is_label and source.layout == "rows":
        advice += f' If the row above is meant, write fill_down = ["{column}"] in source.toml.'
    elif spec.code_list:
        advice = f"If it is another spelling of one of these, add it to src/bscbdata/sources/codes/{spec.code_list}.csv."
    return failure(
        "value",
        f"{problem[0].upper()}{problem[1:]}.",
        file=name,
        sheet=source.sheet,
        row=int(cells["row"]),
        column=column if header in ("*", "-") else header,
        value="" if pd.isna(sent) else str(sent),
        expected=_expected(spec, year),
        advice=advice,
    )


def _expected(spec: Column, year: ReportYear) -> str:
    if spec.code_list:
        return f"one of {', '.join(load_codes(spec.code_list)[1])}"
    return ", ".join(filter(None, (kind_text(spec, year), limits_text(spec, year))))


def _duplicate_finding(
    row: pd.Series, numbers: pd.Series, index: int, first: int, source: Source, name: str
) -> Finding:
    same = ", ".join(f"{column} {_shown(row[column])}" for column in source.key)
    return failure(
        "duplicate",
        f"This row says again what row {numbers[first]} says: {same}.",
        file=name,
        sheet=source.sheet,
        row=int(numbers[index]),
        column=", ".join(source.key),
        value=same,
        expected="one row for each " + " and ".join(source.key),
        advice="Find out which of the two is right and remove the other.",
    )


def _shown(value: object) -> str:
    return f"{value:%d/%m/%Y}" if isinstance(value, pd.Timestamp) else str(value)


def content(cells: tuple) -> str:
    """A row as one line of text, for the rejects."""
    return " | ".join(str(cell) for cell in cells if pd.notna(cell))
