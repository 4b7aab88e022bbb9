"""How a return looks when it is sent: workbooks with titles, merged cells and notes; lists as CSV. Same data, same bytes."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from bscbdata import office
from bscbdata.provenance import write_origin

ILLUSTRATIVE = "Illustrative: simulated by bscbdata, not real data about children"


def write_simulated_origin(path: Path, in_place_of: str, title: str, note: str) -> Path:
    """The origin of a simulated file, which says that it is one; returns the file's path."""
    told = {"licence": "MIT", "provenance": "illustrative", "vintage": "simulated", "note": note}
    publisher = f"Simulated in place of {in_place_of}"
    write_origin(path, publisher=publisher, title=title, published="", accessed="", **told)
    return path


@dataclass(frozen=True)
class Sheet:
    """One sheet: a table under its title, with what people put around it."""

    name: str
    title: str
    table: pd.DataFrame
    upper_header: tuple[str, ...] = ()
    merge_down: str = ""
    total: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())


def write_csv(path: Path, title: str, table: pd.DataFrame) -> None:
    """A list as CSV: title, the illustrative line, header, rows."""
    above = f"{title}\r\n{ILLUSTRATIVE}\r\n"
    body = table.to_csv(index=False, lineterminator="\r\n")
    path.write_bytes((above + body).encode("utf-8"))


def write_workbook(path: Path, sheets: list[Sheet]) -> None:
    """Sheets as a workbook with fixed properties and times."""
    book = office.new_book()
    book.properties.description = ILLUSTRATIVE
    for sheet in sheets:
        _fill(book.create_sheet(sheet.name), sheet)
    office.save(book, path)


def _fill(page: Worksheet, sheet: Sheet) -> None:
    page.append([sheet.title])
    page.append([ILLUSTRATIVE])
    page.append([])
    page["A1"].font = Font(bold=True, size=14)
    page["A2"].font = Font(italic=True)
    _write_header(page, sheet)
    first = page.max_row + 1
    for row in sheet.table.itertuples(index=False):
        page.append([_cell(value) for value in row])
    if sheet.merge_down:
        _merge_down(page, sheet, first)
    if sheet.total:
        page.append(_total_row(sheet))
    page.append([])
    for number, note in enumerate(sheet.notes, start=1):
        page.append([f"{number}. {note}"])
    for number, name in enumerate(sheet.table.columns, start=1):
        page.column_dimensions[get_column_letter(number)].width = max(14, min(40, len(str(name)) + 2))


def _write_header(page: Worksheet, sheet: Sheet) -> None:
    if sheet.upper_header:
        page.append([name or None for name in sheet.upper_header])
        _merge_across(page, sheet.upper_header)
    page.append(list(sheet.table.columns))
    for cell in page[page.max_row]:
        cell.font = Font(bold=True)


def _merge_across(page: Worksheet, cells: tuple[str, ...]) -> None:
    starts = [number for number, name in enumerate(cells, start=1) if name]
    for start, after in zip(starts, [*starts[1:], len(cells) + 1], strict=True):
        page.merge_cells(
            start_row=page.max_row, end_row=page.max_row, start_column=start, end_column=after - 1
        )


def _merge_down(page: Worksheet, sheet: Sheet, first: int) -> None:
    column = list(sheet.table.columns).index(sheet.merge_down) + 1
    values = sheet.table[sheet.merge_down].to_numpy()
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    for start, after in zip(starts, [*starts[1:], len(values)], strict=True):
        page.merge_cells(
            start_row=first + start, end_row=first + after - 1, start_column=column, end_column=column
        )
        page.cell(first + start, column).alignment = Alignment(vertical="top")


def _total_row(sheet: Sheet) -> list[object]:
    sums = [int(sheet.table[name].sum()) if name in sheet.total else None for name in sheet.table.columns]
    return ["Total", *sums[1:]]


def _cell(value: object) -> object:
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime().date()
    return value.item() if isinstance(value, np.generic) else value


def uk_days(days: np.ndarray) -> np.ndarray:
    """Days as 31/03/2016, each distinct day written once; a missing day as nothing."""
    distinct, places = np.unique(days.astype("datetime64[D]"), return_inverse=True)
    written = ["" if np.isnat(day) else f"{day.astype(date):%d/%m/%Y}" for day in distinct]
    return np.array(written, dtype=object)[places]
