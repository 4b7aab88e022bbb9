"""What our workbooks, Word files and archives have in common: the same content gives the same bytes, and text is never a formula."""

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bscbdata.lists import RISKY

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import Cell

FIXED = datetime(2016, 4, 1)  # the time that files say they were made, so that it never depends on the clock
LONGEST = 32_000  # a cell of Excel holds 32,767 characters


def new_book(title: str = "") -> "Workbook":
    """A workbook without sheets, of this title."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    book.properties.creator, book.properties.title = "bscbdata", title or None
    book.properties.created = book.properties.modified = FIXED
    return book


def write_cell(cell: "Cell", value: object) -> None:
    """A value as what it is; text as text, never as a formula, without characters that a workbook cannot hold."""
    if isinstance(value, str):
        cell.value = (
            "".join(letter for letter in value if letter >= " " or letter in "\t\n")[:LONGEST] or None
        )
        cell.data_type = "s" if cell.value else "n"
        cell.quotePrefix = value.startswith(tuple(RISKY))
    elif value is not None:
        cell.value = value


def as_header(cell: "Cell") -> None:
    """The look of a column's header: bold, white on blue."""
    from openpyxl.styles import Font, PatternFill

    cell.font, cell.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="12436D")


def save(book: "Workbook", path: Path) -> Path:
    """Write the workbook, without the time at which it was written."""
    saved = io.BytesIO()
    book.save(saved)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(without_time(saved.getvalue()))
    return path


def without_time(content: bytes) -> bytes:
    """The same workbook or Word file with one fixed time in its properties and on every part."""
    stamp = f"{FIXED:%Y-%m-%dT%H:%M:%SZ}".encode()
    parts = unzipped(content)
    parts["docProps/core.xml"] = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]{8}Z", stamp, parts["docProps/core.xml"])
    return zipped(parts)


def unzipped(content: bytes) -> dict[str, bytes]:
    """The parts of an archive by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: Mapping[str, bytes], made: datetime = FIXED) -> bytes:
    """The parts as an archive, each with the same time; the list of their kinds, which office files have, is the first."""
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w") as archive:
        for name in sorted(parts, key=lambda part: (part != "[Content_Types].xml", part)):
            member = zipfile.ZipInfo(name, made.timetuple()[:6])
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, parts[name])
    return result.getvalue()
