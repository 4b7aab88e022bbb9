"""The tables of an SSDA903 return in its files: found by their columns, under official names, as text."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from bscbdata.cleaning import reason_to_set_aside
from bscbdata.findings import DataStop, Finding, failure, refusal, warning
from bscbdata.sources.grid import EXCEL, is_xml_workbook, sheets
from bscbdata.statutory import tell_of, tell_of_lines
from bscbdata.statutory.ssda903.layout import (
    MAP,
    Sent,
    fields,
    fitting_tables,
    official_columns,
    spellings,
    tables,
)
from bscbdata.statutory.ssda903.xml_file import tables_in_xml

HEADER_ROWS = 20
SEPARATE = (
    "Where two tables stand side by side, put each on a sheet of its own, or a blank column between them."
)
SURE = 0.5  # a row that has so many of a table's own columns is its header


def files_in(paths: Path | Iterable[Path]) -> list[Path]:
    """The files of one path or several; of a folder all its CSV files, workbooks and XML, in order of name."""
    given = [Path(paths)] if isinstance(paths, (str, Path)) else [Path(path) for path in paths]
    readable = EXCEL | {".csv", ".txt", ".tsv", ".xml"}
    inside = [
        sorted(p for p in path.rglob("*") if p.suffix.lower() in readable) if path.is_dir() else [path]
        for path in given
    ]
    return [path for group in inside for path in group if not path.name.startswith(("~$", "."))]


def stop_if_unusable(sent: list[Sent], name: str, told: list[Finding]) -> None:
    """Stop on an empty return, with what was `told` of its sheets, a table without a column it needs, and a table given
    twice for the same year."""
    problems = [] if sent else [_nothing(name), *(one for one in told if one.check == "table")]
    seen: dict[tuple[str, str], Sent] = {}
    for one in sent:
        problems += _lacking(one)
        first = seen.setdefault((one.table, one.year_set), one)
        if first is not one:
            said = f"The table {one.table} is there twice: also in {', sheet '.join(first.place.values())}."
            problems.append(failure("table", said, **one.place, advice="Remove the one that is not meant."))
    if problems:
        raise DataStop(problems)


def _nothing(name: str) -> Finding:
    needed = [f"{table}: {', '.join(official_columns(table))}" for table in ("header", "episodes")]
    told = {"expected": "; ".join(needed), "advice": f"See {MAP}."}
    return failure("table", "No table of the SSDA903 is in it.", file=name, **told)


def _lacking(sent: Sent) -> list[Finding]:
    """A failure for the columns that a table cannot do without and does not have."""
    lost = [f.column for f in fields()[sent.table].values() if f.required and f.column not in sent.body]
    said = f"The table {sent.table} lacks columns it cannot do without: {', '.join(lost)}."
    told = {"value": ", ".join(sent.body), "advice": f"If renamed, add it under `aliases` in {MAP}."}
    return [failure("columns", said, **sent.place, **told)] if lost else []


def file_name(path: Path, name: str) -> str:
    """What findings call a file of a return that is called `name`."""
    return name if name.endswith(path.name) else f"{name}/{path.name}"


def sheets_in(path: Path, name: str) -> Iterator[tuple[dict[str, str], str, Callable[[], pd.DataFrame]]]:
    """Every sheet of a workbook, or the one table of a text file: its place, what it is called, and what reads it."""
    file = file_name(path, name)
    for sheet, read in sheets(path, file).items():
        yield ({"file": file, "sheet": sheet} if sheet else {"file": file}), sheet or path.stem, read


def tables_in(path: Path, name: str, findings: list[Finding]) -> Iterator[Sent]:
    """The tables of a file; what is none of them is told, with its columns and those that were expected."""
    if path.suffix.lower() == ".xml" and not is_xml_workbook(path):
        yield from tables_in_xml(path, file_name(path, name), findings)
        return
    for place, called, read in sheets_in(path, name):
        for grid in (one for below in _one_below_another(read()) for one in _side_by_side(below)):
            row, table = _recognise(grid.head(HEADER_ROWS), called)
            if len(table) != 1:
                findings.append(_unknown(grid, row, table, place))
                continue
            body = _body(grid, row, table[0], place, findings)
            yield Sent(table[0], place, _year_set(path, called, table[0]), body)


def _one_below_another(grid: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The tables of a sheet, each from its header on: most hold one. The same header again begins no other table, and the
    title of the next one is no row of the one above it."""
    named = np.flatnonzero(grid.isin(["CHILD", "Child", "child"]).any(axis=1))
    heads = {int(at): tuple(map(header_name, grid.iloc[at])) for at in named}
    begun = [at for before, at in pairwise(heads) if heads[at] != heads[before] and _is_header(heads[at])]
    for start, end in pairwise([0, *begun, len(grid)]):
        while end < len(grid) and grid.iloc[end - 1].notna().sum() <= 1:
            end -= 1
        yield grid.iloc[start:end]


def _side_by_side(grid: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The tables of a sheet that stand beside one another, blank columns between them, each with its own header."""
    filled = grid.notna().any().to_numpy()
    begun = [at for at in np.flatnonzero(filled) if at and not filled[at - 1]]
    parts = [grid.iloc[:, start:end] for start, end in pairwise([0, *begun, grid.shape[1]])]
    parts = [part for part in parts if part.notna().any(axis=None)]
    yield from parts if sum(map(_has_header, parts)) > 1 else [grid]


def _has_header(grid: pd.DataFrame) -> bool:
    rows = grid.head(HEADER_ROWS).itertuples(index=False)
    return any(_is_header(tuple(map(header_name, row))) for row in rows)


def _is_header(cells: tuple[str, ...]) -> bool:
    return fitting_tables(set(cells), "")[0] >= SURE


def _year_set(path: Path, called: str, table: str) -> str:
    """What tells one year's set from another's: the folder, and the file's name without the table's name."""
    if path.suffix.lower() in EXCEL | {".xml"}:
        return f"{path.parent.name}/{path.stem}"
    rest = re.sub(r"[^a-z0-9]+", "", called.casefold())
    for known in sorted(tables()[table].names, key=len, reverse=True):
        rest = rest.replace(known, "")
    return f"{path.parent.name}/{rest}"


def header_name(cell: object) -> str:
    """A header in the form in which official names are compared: capitals, with one underscore between words."""
    return re.sub(r"[^A-Z0-9]+", "_", str(cell).upper()).strip("_") if pd.notna(cell) else ""


def _recognise(top: pd.DataFrame, called: str) -> tuple[int, list[str]]:
    """The header row, and the table or tables that it fits best."""
    best: tuple[float, int, list[str]] = (0.0, 0, [])
    for row in range(len(top)):
        score, found = fitting_tables({header_name(cell) for cell in top.iloc[row]}, called)
        if score > best[0]:
            best = (score, row, found)
    plain = re.sub(r"[^a-z0-9]+", "", called.casefold())
    named = [table for table in best[2] if any(known in plain for known in tables()[table].names)]
    return best[1], best[2] if best[0] >= SURE else named


def _unknown(grid: pd.DataFrame, row: int, found: list[str], place: dict[str, str]) -> Finding:
    sent = ", ".join(str(cell) for cell in grid.iloc[row].dropna()) if len(grid) else ""
    columns = [f"{table}: {', '.join(official_columns(table))}" for table in found or tables()]
    if found:
        said = f"The columns fit several tables ({', '.join(found)}), so it was not read."
        told = {"expected": "; or ".join(columns), "advice": SEPARATE}
        return failure("table", said, **place, value=sent, **told)
    said = "Not one of the tables of the SSDA903, so not read."
    advice = f"If it is one of the tables, its columns must be in {MAP}."
    return warning("table", said, **place, value=sent, expected="; ".join(columns), advice=advice)


def _body(
    grid: pd.DataFrame, row: int, table: str, place: dict[str, str], findings: list[Finding]
) -> pd.DataFrame:
    """The rows below the header under official names; a header that stands twice stops, one not known is told."""
    known = spellings(table)
    header = [header_name(cell) for cell in grid.iloc[row]]
    positions = {position: known[cell] for position, cell in enumerate(header) if cell in known}
    twice = sorted({column for column in positions.values() if list(positions.values()).count(column) > 1})
    if twice:
        said = f"Columns stand twice: {', '.join(twice)}."
        raise refusal("columns", said, **place, advice=f"Remove the one that is not meant. {SEPARATE}")
    findings += _told_columns(table, header, set(positions.values()), known, place)
    used = [at for at, column in positions.items() if fields()[table][column].kind != "not_read"]
    tell_of(grid, grid.columns[used], place, findings)
    tell_of_lines(grid.iloc[:row], place, findings)
    kept = _rows_with_content(grid, row, place, findings)
    return kept.iloc[:, used].set_axis([positions[at] for at in used], axis=1)


def _rows_with_content(
    grid: pd.DataFrame, row: int, place: dict[str, str], findings: list[Finding]
) -> pd.DataFrame:
    """The rows below the header, without blank ones and the header again, which is told."""
    body = grid.iloc[row + 1 :]
    cells = [str(cell) for cell in grid.iloc[row]]
    reasons = [reason_to_set_aside(list(one), cells) for one in body.itertuples(index=False)]
    aside = pd.Series(reasons, index=body.index)
    again = body.index[aside == "header repeated"]
    if len(again):
        said = f"The header stands again in {len(again)} rows, which were left out."
        findings.append(warning("header", said, **place, row=int(again[0])))
    return body[~aside.isin(["blank row", "header repeated"])]


def _told_columns(
    table: str, header: list[str], found: set[str], known: dict[str, str], place: dict[str, str]
) -> list[Finding]:
    missing = [c for c in official_columns(table) if c not in found and fields()[table][c].kind != "not_read"]
    unknown = [cell for cell in header if cell and cell not in known]
    told = []
    if missing:
        said = f"Columns of {table} not sent: {', '.join(missing)}."
        told.append(warning("columns", said, **place, advice="Ask for them."))
    if unknown:
        said = f"Columns that {table} does not have, not read: {', '.join(unknown)}."
        told.append(warning("columns", said, **place))
    return told
