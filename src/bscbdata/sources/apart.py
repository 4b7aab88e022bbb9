"""Workbooks opened: their sheets, and a sheet's cells as text. The binary formats are opened in a process apart.

A damaged .xls or .xlsb can make its reader ask for more memory than there is, which ends the process that asked. So it
is another one, with a limit on its memory and time, which imports nothing but the readers of workbooks.
"""

import io
import json
import re
import subprocess
import sys
from itertools import chain
from pathlib import Path

import python_calamine as calamine

# The largest sheet allowed (limits.CELLS) takes some 2 gigabytes while it is read.
MEMORY_BYTES = 4_000_000_000
SECONDS = 300


class Broken(Exception):
    """The process apart ended without an answer, or told what the reader of workbooks says."""


def opened(content: bytes) -> calamine.CalamineWorkbook:
    """A workbook by its content, not by its name. Nothing but the content is opened. Raises what calamine raises."""
    return calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))


def sheets(book: calamine.CalamineWorkbook) -> dict[str, bool]:
    """The sheets of cells by name, and whether each can be seen."""
    found = [meta for meta in book.sheets_metadata if meta.typ == calamine.SheetTypeEnum.WorkSheet]
    return {meta.name: meta.visible == calamine.SheetVisibleEnum.Visible for meta in found}


def extent(book: calamine.CalamineWorkbook, sheet: str) -> tuple[int, int]:
    """Rows and columns of a sheet."""
    page = book.get_sheet_by_name(sheet)
    return page.total_height or 0, page.total_width or 0


def cells(book: calamine.CalamineWorkbook, sheet: str) -> tuple[list[list[str]], list[list[list[int]]]]:
    """A sheet's columns of text from its first row on, and its merged cells as first and last row and column."""
    page = book.get_sheet_by_name(sheet)
    columns = _columns(page)
    left = page.start[1] if page.start else 0  # empty rows above are given, empty columns to the left are not
    columns = [[""] * len(columns[0]) for _ in range(left)] + columns
    merged = [[list(first), list(last)] for first, last in page.merged_cell_ranges or []]
    return [_as_texts(column) for column in columns], merged


def told_of_old(path: Path, sheet: str) -> dict[str, list]:
    """What an old .xls says of a sheet besides its values: hidden rows and columns, cells with an error, cells that show
    a number as per cent or as pounds, formats that may show a text in its place, what is struck through, texts without their raised part. Rows and hidden columns are numbered from 1, others by position.
    """
    import xlrd

    book = xlrd.open_workbook(path, formatting_info=True, on_demand=True, logfile=io.StringIO())
    page = book.sheet_by_name(sheet)
    shown = [book.format_map[style.format_key].format_str for style in book.xf_list]
    per_cent = {number for number, text in enumerate(shown) if "%" in re.sub(r'"[^"]*"|\\.', "", text)}
    pounds = {number for number, text in enumerate(shown) if "£" in text}
    masking = {number: text for number, text in enumerate(shown) if re.search(r'["\\]|;;', text)}
    crossed = {number for number, font in enumerate(book.font_list) if font.struck_out}
    struck = {number for number, style in enumerate(book.xf_list) if style.font_index in crossed}
    cells = [(row, column, cell) for row in range(page.nrows) for column, cell in enumerate(page.row(row))]
    numbers = [(row, column, cell) for row, column, cell in cells if cell.ctype == xlrd.XL_CELL_NUMBER]
    return {
        "hidden_rows": [row + 1 for row, info in page.rowinfo_map.items() if info.hidden or not info.height],
        "hidden_columns": [
            column + 1 for column, info in page.colinfo_map.items() if info.hidden or not info.width
        ],
        "errors": [
            (row + 1, column, xlrd.error_text_from_code.get(cell.value, "#VALUE!"))
            for row, column, cell in cells
            if cell.ctype == xlrd.XL_CELL_ERROR
        ],
        "raised": [
            (row + 1, column, plain)
            for (row, column), runs in page.rich_text_runlist_map.items()
            if (plain := _without_raised(page.cell_value(row, column), runs, book.font_list))
        ],
        "per_cents": [(row + 1, column) for row, column, cell in numbers if cell.xf_index in per_cent],
        "pounds": [(row + 1, column) for row, column, cell in numbers if cell.xf_index in pounds],
        "formats": [
            (row + 1, column, masking[cell.xf_index], cell.value)
            for row, column, cell in numbers
            if cell.xf_index in masking
        ],
        "struck": [
            (row + 1, column)
            for row, column, cell in cells
            if cell.xf_index in struck and cell.ctype not in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK)
        ],
    }


def _without_raised(text: str, runs: list[tuple[int, int]], fonts: list) -> str:
    """A text of several fonts without what stands raised in it; empty where nothing is raised, or everything."""
    ends = [start for start, _ in runs[1:]] + [len(text)]
    parts = [
        (text[start:end], fonts[font].escapement == 1) for (start, font), end in zip(runs, ends, strict=True)
    ]
    plain = text[: runs[0][0]] + "".join(part for part, raised in parts if not raised)
    return plain.strip() if any(raised for _, raised in parts) else ""


def _columns(page: calamine.CalamineSheet) -> list[list]:
    """A sheet's rows as columns, through one long list: over many lists at once Python looks for rings in all objects."""
    cells, width = list(chain.from_iterable(page.iter_rows())), page.width
    return [cells[place::width] for place in range(width)]


def _as_texts(column: list) -> list[str]:
    """The cells of a column as text, each distinct one worked out once."""
    kinds = set(map(type, column))
    if kinds == {str}:
        return column
    if bool in kinds:  # True is equal to 1, and is another text
        return [_as_text(cell) for cell in column]
    told = {cell: _as_text(cell) for cell in set(column)}
    return [told[cell] for cell in column]


def _as_text(cell: object) -> str:
    """Whole numbers without a point, days with their time of day, all else as it is written."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if type(cell).__name__ == "date":
        return f"{cell} 00:00:00"
    return str(cell)


# What can be asked of a workbook in a process apart: of what calamine opens, and of the file.
OF_BOOK, OF_FILE = ({job.__name__: job for job in jobs} for jobs in ((sheets, extent, cells), (told_of_old,)))


def ask(job: str, path: Path, sheet: str = "") -> object:
    """The answer of a job done in a process apart. Raises Broken when it ends badly or takes too long."""
    command = [sys.executable, "-I", __file__, job, str(path), *([sheet] if sheet else [])]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise Broken(f"it took longer than {SECONDS} seconds") from error
    if done.returncode or not done.stdout:
        raise Broken("the program that reads workbooks broke down over it")
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise calamine.PasswordError() if answer["kind"] == "PasswordError" else Broken(answer["error"])
    return answer["found"]


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit; the process still stands apart
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(job: str, path: str, *sheet: str) -> None:
    _limit_memory()
    try:
        found = OF_FILE[job](path, *sheet) if job in OF_FILE else _of_book(job, path, *sheet)
        answer = {"found": found}
    except BaseException as error:  # a reader in another language panics with what is no Exception
        answer = {"kind": type(error).__name__, "error": str(error)[:200]}
    sys.stdout.write(json.dumps(answer))


def _of_book(job: str, path: str, *sheet: str) -> object:
    return OF_BOOK[job](opened(Path(path).read_bytes()), *sheet)


if __name__ == "__main__":
    _answer(*sys.argv[1:])
