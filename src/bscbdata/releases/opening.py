"""A published file opened: the sheet and the row that its header stands in, and the notes below its rows."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from bscbdata.findings import DataStop, Finding, failure, passed
from bscbdata.sources.grid import sheets

HEADER_ROWS_SEARCHED = 30
IsHeader = Callable[[list[str | None]], bool]


def open_table(path: Path, is_header: IsHeader) -> tuple[pd.DataFrame, int | None]:
    """The grid of a file and the number of its header row; None where no row is one.

    In a workbook every sheet is looked at, so that a cover sheet does no harm. Raises DataStop when several hold one.
    """
    there = sheets(path, path.name)
    grids = [(name, grid) for name, read in there.items() if (grid := _cells_of(name, read)) is not None]
    found = [(name, grid, row) for name, grid in grids if (row := _header_row(grid, is_header)) is not None]
    if len(found) > 1:
        raise DataStop([_several([name for name, _, _ in found], path.name)])
    if found:
        return found[0][1], found[0][2]
    return (grids[0][1] if grids else pd.DataFrame()), None


def _cells_of(sheet: str, read: Callable[[], pd.DataFrame]) -> pd.DataFrame | None:
    """The grid of a sheet; None of an empty one beside the table, which is no fault."""
    try:
        return read()
    except DataStop as stop:
        if sheet and all(finding.check == "sheet" for finding in stop.findings):
            return None
        raise


def _several(sheets: list[str], file: str) -> Finding:
    said = f"Several sheets hold a table: {', '.join(sheets)}."
    advice = "Save each as a file of its own."
    return failure("header", said, file=file, expected="one table", advice=advice)


def _header_row(grid: pd.DataFrame, is_header: IsHeader) -> int | None:
    top = grid.index[:HEADER_ROWS_SEARCHED]
    return next((row for row in top if is_header([_text(cell) for cell in grid.loc[row]])), None)


def _text(cell: object) -> str | None:
    return str(cell) if pd.notna(cell) else None


def notes_below(below: pd.DataFrame, file: str) -> tuple[pd.Series, list[Finding]]:
    """Which rows are notes: nothing but a first cell, and no row of data after them."""
    alone = below.notna().sum(axis=1).eq(1) & below.iloc[:, 0].notna()
    data = ~alone & below.notna().any(axis=1)
    notes = alone & ~data[::-1].astype(bool).cummax()[::-1]
    if not notes.any():
        return notes, []
    rows = ", ".join(map(str, below.index[notes][:10]))
    said = f"{notes.sum()} row(s) of notes below the table were set aside: rows {rows}."
    return notes, [passed("note", said, file=file, row=int(below.index[notes][0]))]
