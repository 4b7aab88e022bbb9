"""What a file may be before it is opened: every limit in one place, each with its reason, and how it is refused.

A file is looked at as bytes first. Nothing in it is executed and nothing it points to is fetched. What is refused is
refused with the file, what was found, the limit and what to do.
"""

import io
import math
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from bscbdata.findings import DataStop, refusal
from bscbdata.numbers import some

SAVE_AGAIN = "Open it, save it again as .xlsx or .csv, or ask the agency to send it again."
MEGABYTE = 1_000_000
# A list of a county's children is some 40 MB, the largest national CSV some 300; more is a wrong file or a hostile one.
FILE_BYTES = 500 * MEGABYTE
# A workbook is a zip. A sheet of a million formatted rows unpacks to some 150 MB; a zip bomb to thousands.
UNPACKED_BYTES = 500 * MEGABYTE
# Real sheets shrink 5 to 40 times, a sheet of equal formatted rows some 100 times, a bomb 1,000 times.
UNPACKED_RATIO = 250
# Below this a high ratio is harmless: an almost empty sheet also shrinks a lot.
RATIO_COUNTS_FROM_BYTES = 10 * MEGABYTE
# Up to this much is held a second time, unpacked, for the reader of workbooks.
COPIED_BYTES = 50 * MEGABYTE
# A workbook has a few dozen members; thousands only slow the reader down.
ZIP_MEMBERS = 5_000
# Five times the rows that Excel has: the longest national files have some two million.
ROWS = 5_000_000
# The widest return in use has under 100 columns; the widest table of the Department for Education some 500.
COLUMNS = 1_000
# Rows by columns of the used range. A value in the last cell of an empty sheet makes 17 thousand million of them.
CELLS = 20_000_000
# What Excel can hold in one cell. A longer one is a quotation mark that was never closed.
CELL_CHARACTERS = 32_767

_DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.I)
# Addresses as every common program writes them, which is quick to look for, and in any other way that XML allows.
_PLAIN_LETTERS, _PLAIN_NUMBER = re.compile(rb'<c r="([A-Za-z]+)'), re.compile(rb'<c r="[A-Za-z]+(\d+)')
_LETTERS = re.compile(rb"\sr\s*=\s*[\"']\s*([A-Za-z]+)")
_NUMBER = re.compile(rb"\sr\s*=\s*[\"']\s*[A-Za-z]*(\d+)")
# A cell that lies outside the first 99,999 rows and 26 columns, or is written in any but the common way.
SMALL = (99_999, 26)
_NOT_SMALL = re.compile(rb'<c(?![A-Za-z]| r="[A-Z]\d{1,5}")')
_CELL_OTHERWISE = re.compile(rb"<c[\t\r\n/>]|:c[\s/>]")
_EMPTY_CELL = re.compile(rb"<(?:\w+:)?(?:c|row)(?:\s[^<>]*)?(?:/>|>\s*</(?:\w+:)?(?:c|row)\s*>)")
_ROW_START = re.compile(rb"<(?:\w+:)?row[\s>]")
_CELL_START = re.compile(rb"<(?:\w+:)?c[\s/>]")


def over(what: str, found: float, limit: float, unit: str, name: str, **place: object) -> DataStop:
    """A file refused because something is larger than its limit."""
    said = f"{what} {found:,.0f} {unit}. The limit is {limit:,.0f} {unit}."
    place.setdefault("advice", "Ask the agency for the data alone: one plain sheet saved as .xlsx or .csv.")
    return refusal("limit", said, file=name, **place)


def check_size(path: Path, name: str) -> None:
    """Refuse a file that is too large to be a return. Raises DataStop."""
    size = path.stat().st_size
    if size > FILE_BYTES:
        raise over("The file has", size / MEGABYTE, FILE_BYTES / MEGABYTE, "megabytes", name)


def check_extent(rows: int, columns: int, name: str, sheet: str = "") -> None:
    """Refuse a used range that is too long, too wide, or too large altogether. Raises DataStop."""
    advice = (
        "Delete the rows and columns that lie outside the table, save, and try again; or ask for a plain CSV."
    )
    for found, limit, unit in (
        (rows, ROWS, "rows"),
        (columns, COLUMNS, "columns"),
        (rows * columns, CELLS, "cells"),
    ):
        if found > limit:
            raise over("The used range has", found, limit, unit, name, sheet=sheet, advice=advice)


def check_members(book: zipfile.ZipFile, name: str) -> None:
    """Refuse a zip that unpacks to more than a workbook can be, or that two readers can read in two ways."""
    members = book.infolist()
    if len(members) > ZIP_MEMBERS:
        raise over("The workbook is a zip of", len(members), ZIP_MEMBERS, "members", name)
    unpacked = sum(member.file_size for member in members)
    if unpacked > UNPACKED_BYTES:
        raise over(
            "The workbook unpacks to", unpacked / MEGABYTE, UNPACKED_BYTES / MEGABYTE, "megabytes", name
        )
    for member in members:
        ratio = member.file_size / max(member.compress_size, 1)
        if member.file_size > RATIO_COUNTS_FROM_BYTES and ratio > UNPACKED_RATIO:
            raise over(
                f"'{member.filename}' in the workbook unpacks to",
                ratio,
                UNPACKED_RATIO,
                "times its size",
                name,
            )
    counted = Counter(member.filename.casefold() for member in members)
    doubled = [member.filename for member in members if counted[member.filename.casefold()] > 1]
    if doubled:
        said = f"The workbook holds '{doubled[0]}' twice, so it can be read in two ways."
        raise refusal("file", said, file=name, advice="Open it, save it again as .xlsx, or ask for it again.")


def unpack(content: bytes, name: str) -> dict[str, bytes]:
    """Every member's bytes, refused when one holds a DOCTYPE or an entity, is locked, or is not what it says."""
    contents = {}
    try:
        book = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        said = "The workbook is damaged: it was cut off, or changed on its way."
        raise refusal("file", said, file=name, advice="Ask the agency to send it again.") from error
    with book:
        check_members(book, name)
        for member in book.infolist():
            contents[member.filename] = content = _member(book, member, name)
            check_doctype(content, f"'{member.filename}' in the workbook", name)
    return contents


def as_weighed(content: bytes, contents: dict[str, bytes]) -> bytes:
    """A workbook with its members as they were unpacked, so that they are not unpacked again and none can be read in
    another way than it was weighed; as it came, where it is so large that a copy is dear."""
    if sum(map(len, contents.values())) > COPIED_BYTES:
        return content
    again = io.BytesIO()
    with zipfile.ZipFile(again, "w", zipfile.ZIP_STORED) as book:
        for member, unpacked in contents.items():
            book.writestr(zipfile.ZipInfo(member), unpacked)
    return again.getvalue()


def check_doctype(content: bytes, what: str, name: str) -> None:
    """Refuse XML that declares a document type or an entity. Raises DataStop."""
    # A member in UTF-16 could hide its DOCTYPE between NUL bytes.
    plain = content.replace(b"\0", b"") if b"\0" in content[:200] else content
    if holds_pair(plain, b"<!") and _DOCTYPE.search(plain):
        said = f"{what} holds a DOCTYPE or an entity, which no workbook needs."
        raise refusal("hostile", said, file=name, advice="Do not open it. Ask the agency where it came from.")


def _member(book: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bytes:
    advice = "Ask the agency to send it again."
    if member.flag_bits & 0x1:
        raise locked(name)
    try:
        return book.read(member)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        said = f"The workbook is damaged: '{member.filename}' in it cannot be unpacked."
        raise refusal("file", said, file=name, advice=advice) from error


def locked(name: str) -> DataStop:
    """A workbook that is protected by a password."""
    advice = "Ask the agency for it without one, or open it, take the password off and save it again."
    return refusal("file", "The workbook is locked with a password.", file=name, advice=advice)


def extent_of_xml_sheet(xml: bytes) -> tuple[int, int]:
    """At most how many rows and columns a sheet of an .xlsx uses; cells that hold nothing but a format do not count."""
    if math.prod(SMALL) <= CELLS and not (holds_pair(xml, b":c") or _NOT_SMALL.search(xml)):
        return SMALL
    rows, columns = _outermost(xml)
    if rows * columns <= CELLS and columns <= COLUMNS:
        return rows, columns
    return _outermost(_EMPTY_CELL.sub(b"", _EMPTY_CELL.sub(b"", xml)))


def _outermost(xml: bytes) -> tuple[int, int]:
    """The last row and column that any address names, or that cells without an address come to."""
    plain = xml.count(b"<c ") == xml.count(b'<c r="') and not _CELL_OTHERWISE.search(xml)
    letters, numbers = (_PLAIN_LETTERS, _PLAIN_NUMBER) if plain else (_LETTERS, _NUMBER)
    columns = max((column_number(found.decode()) for found in set(letters.findall(xml))), default=0)
    found = {number[:9] for number in set(numbers.findall(xml))}
    rows = int(np.array([*found, b"0"], dtype="S9").astype(np.int64).max())
    if not plain and len(_CELL_START.findall(xml)) > len(_LETTERS.findall(xml)):
        in_rows = [len(_CELL_START.findall(row)) for row in _ROW_START.split(xml)]
        rows, columns = rows + len(in_rows), columns + max(in_rows)
    return rows, columns


def holds_pair(content: bytes, pair: bytes) -> bool:
    """Whether two bytes stand beside each other somewhere: in a long page ten times quicker to find than by `in`."""
    wanted = np.frombuffer(pair, dtype=np.uint16)
    starts = [start for start in (0, 1) if len(content) > start + 1]
    pairs = (np.frombuffer(content, np.uint16, (len(content) - start) // 2, start) for start in starts)
    return any(bool((half == wanted).any()) for half in pairs)


def column_number(letters: str) -> int:
    """1 from `A`, 28 from `AB`; 0 from no letters."""
    number = 0
    for letter in letters.upper()[:9]:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """`A` from 1, `AB` from 28."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def addresses(cells: Iterable[tuple[int, int]]) -> str:
    """`B4, C9 and 3 more` from rows of the file and positions of columns."""
    return some([f"{column_letters(column + 1)}{row}" for row, column in cells])
