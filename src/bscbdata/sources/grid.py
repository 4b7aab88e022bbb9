"""A file as a grid of text: every cell as sent, indexed by its row number in the file."""

import csv
import io
from pathlib import Path

import pandas as pd

from bscbdata.cleaning import tidy_text
from bscbdata.findings import DataStop, failure

EXCEL = {".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"}


def read_grid(path: Path, sheet: str, name: str) -> pd.DataFrame:
    """The cells of a CSV file or of one sheet as tidied text, index = row number. Raises DataStop with the place."""
    if not path.exists():
        raise DataStop(
            [
                failure(
                    "file", "The file is missing.", file=name, advice="Put the return there, under that name."
                )
            ]
        )
    try:
        grid = _read_excel(path, sheet, name) if path.suffix.lower() in EXCEL else _read_csv(path)
    except DataStop:
        raise
    except (
        Exception
    ) as error:  # a broken workbook can fail in many ways, all of which mean the same to the analyst
        said = f"The file cannot be read ({type(error).__name__}: {error})."
        advice = "Open it, save it again as .xlsx or .csv, or ask the agency to send it again."
        raise DataStop([failure("file", said, file=name, sheet=sheet, advice=advice)]) from error
    return grid.apply(tidy_text) if len(grid.columns) else grid


def _read_excel(path: Path, sheet: str, name: str) -> pd.DataFrame:
    with pd.ExcelFile(path, engine="calamine") as book:
        wanted = sheet or book.sheet_names[0]
        if wanted not in book.sheet_names:
            expected = " or ".join(f"'{found}'" for found in book.sheet_names)
            advice = "If the sheet was renamed, change `sheet` in the source's source.toml."
            raise DataStop(
                [
                    failure(
                        "sheet",
                        "The sheet is missing.",
                        file=name,
                        sheet=wanted,
                        expected=f"one of {expected}",
                        advice=advice,
                    )
                ]
            )
        grid = pd.read_excel(
            book, sheet_name=wanted, header=None, dtype=str, keep_default_na=False, na_values=[]
        )
    grid.index = grid.index + 1
    return grid


def _read_csv(path: Path) -> pd.DataFrame:
    text = _decode(path.read_bytes())
    rows = list(csv.reader(io.StringIO(text), delimiter=_delimiter(text), strict=True))
    width = max(map(len, rows), default=0)
    rows = [row + [""] * (width - len(row)) for row in rows]
    return pd.DataFrame(rows, index=range(1, len(rows) + 1), dtype="object")


def _delimiter(text: str) -> str:
    """Comma, semicolon or tab: the one that the first lines use most."""
    start = "\n".join(text.splitlines()[:20])
    return max(",;\t", key=start.count)


def _decode(content: bytes) -> str:
    """UTF-8 as it should be, UTF-16 by its mark, or the Windows encoding that Excel saves."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")
