"""The binary parts of an .xlsb: records, as Microsoft's specification of the format (MS-XLSB) numbers them."""

import struct
from collections.abc import Iterator

from bscbdata.sources.inside.parts import Targets, member_of
from bscbdata.sources.inside.seen import Inside
from bscbdata.sources.inside.styles import Formats, Styles
from bscbdata.sources.number_format import shown_instead

_SHEET_RECORD, _ROW_RECORD, _COLUMN_RECORD, _ERROR_RECORDS, _CELL_RECORDS = 156, 0, 60, (3, 11), range(2, 12)
_SHORT_NUMBER, _NUMBER_RECORDS = 2, (2, 5, 9)
_FONT_RECORD, _FORMAT_RECORD, _STYLE_RECORD, _STYLES_BEGIN, _STYLES_END = 43, 44, 47, 617, 618
_CANNOT_TELL = "raised figures (13¹ reads as 131), numbers in white and conditional formats that hide numbers"
_ERROR_CODES = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip


def look(contents: dict[str, bytes], sheet: str) -> Inside:
    """What the binary part of one sheet says."""
    targets = Targets().feed(contents.get("xl/_rels/workbook.bin.rels", b"<none/>"))
    ids = {}
    for kind, record in _records(contents["xl/workbook.bin"]):
        if kind == _SHEET_RECORD:
            part, after = _wide_text(record, 8)
            ids.setdefault(_wide_text(record, after)[0], part)
    styles = _styles(member_of(contents, "styles.bin"))
    inside, row = Inside(cannot_tell=_CANNOT_TELL), 0
    for kind, record in _records(member_of(contents, targets.get(ids.get(sheet, ""), ""))):
        if kind == _ROW_RECORD:
            row = _whole(record, 0, 4) + 1
            unseen = _whole(record, 10, 2) & 0x1000 or not _whole(record, 8, 2)
            inside.hidden_rows += [row] if unseen else []
        elif kind == _COLUMN_RECORD and (_whole(record, 16, 2) & 1 or not _whole(record, 8, 4)):
            inside.hidden_columns.append((_whole(record, 0, 4) + 1, _whole(record, 4, 4) + 1))
        elif kind in _CELL_RECORDS:
            _cell(inside, styles, row, kind, record)
    return inside


def _cell(inside: Inside, styles: Styles, row: int, kind: int, record: bytes) -> None:
    column, style = _whole(record, 0, 4), str(_whole(record, 4, 3))
    inside.rows, inside.columns = max(inside.rows, row), max(inside.columns, column + 1)
    if kind in _ERROR_RECORDS:
        inside.errors[row, column] = _ERROR_CODES.get(record[8] if len(record) > 8 else -1, "#VALUE!")
    elif kind in _NUMBER_RECORDS and style in styles.per_cent:
        inside.per_cents.append((row, column))
    elif kind in _NUMBER_RECORDS and style in styles.masking:
        shown = shown_instead(styles.masking[style], _number(kind, record))
        inside.masked |= {} if shown is None else {(row, column): shown}
    if kind in _NUMBER_RECORDS and style in styles.pounds:
        inside.pounds.append((row, column))
    if style in styles.struck:
        inside.struck.append((row, column))


def _number(kind: int, record: bytes) -> float:
    """The number of a cell: eight bytes, or four of which two bits say whether it is whole, and a hundred times itself."""
    if kind != _SHORT_NUMBER:
        return struct.unpack("<d", record[8:16].ljust(8, b"\0"))[0]
    bits = int.from_bytes(record[8:12], "little", signed=True)
    number = bits >> 2 if bits & 2 else struct.unpack("<d", struct.pack("<ii", 0, bits & ~3))[0]
    return number / 100 if bits & 1 else number


def _styles(content: bytes) -> Styles:
    """What the styles of cells change of what is seen; of fonts only whether they strike through."""
    read, of_cells, font = Formats(), False, -1
    for kind, record in _records(content):
        if kind == _FORMAT_RECORD:
            read.formats[str(_whole(record, 0, 2))] = _wide_text(record, 2)[0]
        elif kind == _FONT_RECORD:
            font += 1
            read.struck_fonts |= {str(font)} if _whole(record, 2, 2) & 8 else set()
        of_cells = kind == _STYLES_BEGIN or (of_cells and kind != _STYLES_END)
        if of_cells and kind == _STYLE_RECORD:
            read.add_style({"numFmtId": str(_whole(record, 2, 2)), "fontId": str(_whole(record, 4, 2))})
    return read.result


def _whole(record: bytes, start: int, length: int) -> int:
    return int.from_bytes(record[start : start + length], "little")


def _records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of a binary part: kind and bytes. Kind and length are written seven bits to a byte."""
    position = 0
    while position < len(content):
        kind, position = _seven_bits(content, position, 2)
        size, position = _seven_bits(content, position, 4)
        yield kind, content[position : position + size]
        position += size


def _seven_bits(content: bytes, position: int, most: int) -> tuple[int, int]:
    number = 0
    for place in range(most):
        byte = content[position] if position < len(content) else 0
        position += 1
        number |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            break
    return number, position


def _wide_text(record: bytes, start: int) -> tuple[str, int]:
    """A text that begins with its length, in UTF-16, and where it ends."""
    end = start + 4 + 2 * int.from_bytes(record[start : start + 4], "little")
    return record[start + 4 : end].decode("utf-16-le", errors="replace"), end
