"""A file of text as a grid: in which encoding it is written, what parts its cells, and what is a file of text by its name alone."""

import csv
import io
import re
from collections import Counter

import pandas as pd

from bscbdata.findings import DataStop, Finding, passed, refusal, warning
from bscbdata.numbers import some
from bscbdata.sources import limits, web_table
from bscbdata.sources.inside import told_merged

WEB_PAGE, PLAIN = "a web page", "plain text"
DELIMITERS = ",;\t|^~"
_MARKS_OF_WIDE_TEXT = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
# What else comes under the name of a workbook: how it begins, and what it is.
_NOT_A_WORKBOOK = {
    b"%pdf": "a PDF",
    b"{\\rtf": "a text document (RTF)",
    **dict.fromkeys((b"<!doctype html", b"<html", b"<head", b"<meta", b"<style", b"<body"), WEB_PAGE),
    **dict.fromkeys((b"<table", b"<div"), WEB_PAGE),
    b"mime-version:": "a web archive (MHTML)",
    b"id;pwxl": "a text workbook (SYLK)",
    b"<?xml": "an XML file",
    b"\x1f\x8b": "a compressed file (gzip)",
    b"7z\xbc\xaf": "a compressed file (7-Zip)",
    b"rar!": "a compressed file (RAR)",
}
# The letters and signs beyond ASCII that returns hold, and a letter of UTF-8 as bytes.
_USUAL = frozenset("£€–—‘’“”•…½°éèêëáàâäíìîïóòôöúùûüçñßÉÈÁÀÓÖÜÇÑŠšžłąęćńśźżőű")
_UTF8_LETTER = re.compile(rb"[\xc3-\xc5][\x80-\xbf]|\xc2[\xa0-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")


def read_text(content: bytes, name: str) -> tuple[pd.DataFrame, list[Finding]]:
    """The cells of a text, with its merged cells in attrs; and what is odd about it. Raises DataStop when it is no table."""
    text, findings = _decode(content, name)
    first, rows, merged = _table_of(text, name)
    if merged is not None:
        said = "The file is a web page, as some systems save a table. The table in it was read; row 1 is its first."
        advice = "Compare a few numbers with what was sent."
        findings += [warning("file", said, file=name, advice=advice), *told_merged(merged, name, "")]
    width = max(map(len, rows), default=0)
    limits.check_extent(len(rows), width, name)
    findings += _uneven(rows, first, name)
    rows = [row + [""] * (width - len(row)) for row in rows]
    grid = pd.DataFrame(rows, index=range(first, first + len(rows)), dtype="object")
    grid.attrs["merged"] = merged or []
    return grid, findings


def _table_of(text: str, name: str) -> tuple[int, list[list[str]], list | None]:
    """The number of the first row, and the rows: those of a web page's tables, with its merged cells, else of a CSV."""
    kind = kind_of(text[:4096].replace("\0", "").encode())
    if kind == WEB_PAGE:
        rows, merged = web_table.rows_of(text, name)
        if rows:
            return 1, rows, merged
    _check_text(text, kind, name)
    first, marked = _marked_delimiter(text)
    return first, _rows_of(text, marked or _delimiter(text), name)[first - 1 :], None


def is_text(start: bytes) -> bool:
    """Whether a file that is called a workbook is text that can be read as a table."""
    return start.startswith(_MARKS_OF_WIDE_TEXT) or kind_of(start) in (PLAIN, WEB_PAGE)


def kind_of(start: bytes) -> str:
    """What a file that is no workbook is, by its first bytes."""
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not text:
        return "empty"
    for beginning, kind in _NOT_A_WORKBOOK.items():
        if text.startswith(beginning):
            return kind
    return PLAIN if b"\0" not in start else "of a kind that is not known"


def _check_text(text: str, kind: str, name: str) -> None:
    """Refuse what is not a table of text although its name says so."""
    if kind == WEB_PAGE:
        said = "The file is a web page without a table: a page to log in, or of an error, saved in place of the file."
        raise refusal(
            "file", said, file=name, advice="Download it again, or ask the agency to send the file itself."
        )
    if kind != PLAIN:
        raise refusal(
            "file", f"The file cannot be read as CSV: it is {kind}.", file=name, advice=limits.SAVE_AGAIN
        )
    if "\0" in text:
        row = text[: text.index("\0")].count("\n") + 1
        said = "The file holds a NUL byte, so it is damaged or is no text."
        raise refusal("file", said, file=name, row=row, advice=limits.SAVE_AGAIN)


def _marked_delimiter(text: str) -> tuple[int, str]:
    """The first row of data and the delimiter, where Excel's own line `sep=;` says it; 1 and none otherwise."""
    match = re.match(r"\"?sep=([,;\t|^~])\"?\r?\n", text, re.I)
    return (2, match[1]) if match else (1, "")


def _rows_of(text: str, delimiter: str, name: str) -> list[list[str]]:
    """The rows, or a DataStop that says where a quotation mark was left open."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(
            io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True
        ):
            rows.append(row)
            if len(row) and max(map(len, row)) > limits.CELL_CHARACTERS:
                raise _long_cell(row, len(rows), name)
    except csv.Error as error:
        if "field larger" in str(error):
            raise _long_cell([], len(rows) + 1, name) from error
        said = "The file cannot be read: in this row or below it a quotation mark opens and does not close as it should."
        advice = "Close it, or write it twice if it belongs to the text."
        raise refusal("file", said, file=name, row=len(rows) + 1, advice=advice) from error
    return rows


def _long_cell(row: list[str], number: int, name: str) -> DataStop:
    found = f"{max(map(len, row)):,}" if row else f"more than {csv.field_size_limit():,}"
    said = f"A cell has {found} characters. The limit is {limits.CELL_CHARACTERS:,} characters."
    advice = "Look for a quotation mark that was never closed."
    return refusal("limit", said, file=name, row=number, advice=advice)


def _uneven(rows: list[list[str]], first: int, name: str) -> list[Finding]:
    """Rows of the table with fewer cells than most: what is missing at their end was taken for empty."""
    widths = Counter(len(row) for row in rows if len(row) > 1)
    usual = max(widths, key=lambda width: (widths[width], width), default=0)
    whole = [number for number, row in enumerate(rows, first) if len(row) == usual]
    short = [
        str(number)
        for number, row in enumerate(rows, first)
        if 1 < len(row) < usual and whole[0] < number < whole[-1]
    ]
    if not short:
        return []
    said = f"These rows have fewer than the usual {usual} cells: {some(short)}. What is missing was taken for empty."
    advice = "See whether a cell was left out in the middle."
    return [warning("ragged", said, file=name, row=int(short[0]), advice=advice)]


def _delimiter(text: str) -> str:
    """Of DELIMITERS the one that cuts most of the first rows into the same number of cells."""
    start = "\n".join(text.splitlines()[:50])

    def agreement(delimiter: str) -> tuple[int, int]:
        try:
            cells = csv.reader(io.StringIO(start), delimiter=delimiter, skipinitialspace=True)
            widths = Counter(map(len, cells))
        except csv.Error:
            return 0, start.count(delimiter)
        widths = {width: count for width, count in widths.items() if width > 1}
        return max(widths.values(), default=0), start.count(delimiter)

    return max(DELIMITERS, key=agreement)


def _decode(content: bytes, name: str) -> tuple[str, list[Finding]]:
    """UTF-8 as it should be, UTF-16, UTF-32, or what Windows and old Macs save; a mixture of them is refused."""
    if content.startswith(_MARKS_OF_WIDE_TEXT) or b"\0" in content[:2]:
        return _decode_wide(content, name), []
    try:
        text = content.decode("utf-8-sig")
        return text, _twice_encoded(text, name)
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
    if _UTF8_LETTER.search(content):
        said = "The file is written in two encodings: UTF-8, and from this row on at least one other."
        raise refusal("encoding", said, file=name, row=row, advice="Ask for it again, saved as 'CSV UTF-8'.")
    encoding, told = _older_encoding(content)
    said = f"The file is not in UTF-8. It was read as {told}."
    result = passed if encoding == "cp1252" else warning
    return content.decode(encoding), [
        result("encoding", said, file=name, row=row, advice="See whether names with accents are right.")
    ]


def _twice_encoded(text: str, name: str) -> list[Finding]:
    """Signs such as `Ã©` for é, which stay when a file was once opened in one encoding and saved in another."""
    match = re.search("Ã[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€.", text)
    if not match:
        return []
    said = "Text was damaged before it was sent: its accents or quotation marks were saved in the wrong encoding."
    row = text[: match.start()].count("\n") + 1
    advice = "Ask for it again, saved as 'CSV UTF-8'."
    return [warning("encoding", said, file=name, row=row, value=match[0], advice=advice)]


def _decode_wide(content: bytes, name: str) -> str:
    """Text of two or four bytes a character, by its mark or by where its NUL bytes stand."""
    encoding = _wide_encoding(content)
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        said = f"The file begins as {encoding.upper()[:6]} but is damaged."
        row = content[: error.start].count(b"\n") + 1
        raise refusal(
            "encoding", said, file=name, row=row, advice="Ask for it again, saved as 'CSV UTF-8'."
        ) from error


def _wide_encoding(content: bytes) -> str:
    if content.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    size = "32" if content[:4].count(b"\0") == 3 else "16"
    order = "be" if content.startswith(b"\0") else "le"
    return f"utf-{size}-{order}"


def _older_encoding(content: bytes) -> tuple[str, str]:
    """Windows or old Mac: the one that gives more of the letters and signs that people write, and has every byte."""
    windows, mac = (content.decode(encoding, errors="replace") for encoding in ("cp1252", "mac-roman"))
    usual = [sum(sign in _USUAL for sign in text) for text in (windows, mac)]
    if "\ufffd" in windows or usual[1] > usual[0]:
        return "mac-roman", "the encoding of old Macs (Mac Roman)"
    return "cp1252", "the encoding of Windows (cp1252)"
