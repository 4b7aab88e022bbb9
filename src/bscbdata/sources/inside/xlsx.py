"""The pages of an .xlsx."""

import re
from collections import Counter

from bscbdata.sources import limits
from bscbdata.sources.inside.parts import Parts, Targets, member_of
from bscbdata.sources.inside.seen import Inside
from bscbdata.sources.inside.styles import TRUE, Formats, Styles
from bscbdata.sources.limits import column_number
from bscbdata.sources.number_format import shown_instead
from bscbdata.sources.pages import Pages, whole_number

# Sheets without any of these need no second look; a pair of signs in them is quicker to find.
_TOLD = {re.compile(rb"hidden\s*="): (b"dd",), re.compile(rb"t\s*=\s*[\"']e[\"']"): (b'"e', b"'e")}
# A row or column that cannot be seen, whether or not it is marked as hidden.
_NO_SIZE = (b' ht="0"', b' width="0"')
_FORMULA_ALONE = re.compile(
    rb"(?:</(?:\w+:)?f\s*>|<(?:\w+:)?f(?:\s[^<>]*)?/>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v\s*>\s*</|</)"
)
_CONDITIONAL = re.compile(rb"(<(?:\w+:)?conditionalFormatting\b.*?</(?:\w+:)?conditionalFormatting>)", re.S)
_RANGE = re.compile(rb"^<conditionalFormatting[^>]*\bsqref\s*=\s*[\"']([^\"']*)|sqref>([^<]*)<")
_WITHOUT_NUMBER = re.compile(rb"showValue\s*=\s*[\"'](?:0|false)[\"']")
_WRITTEN_CELL = re.compile(rb"<c [^>]*[^>/]>")
_FROM_1904 = re.compile(rb"date1904\s*=\s*[\"'](?:1|true)", re.I)


def look(contents: dict[str, bytes], sheet: str) -> Inside:
    """What the page of one sheet, the styles and the shared texts say."""
    parts = Parts().feed(contents["xl/workbook.xml"])
    targets = Targets().feed(contents.get("xl/_rels/workbook.xml.rels", b"<none/>"))
    xml = member_of(contents, targets.get(parts.get(sheet, ""), ""))
    rows, columns = limits.extent_of_xml_sheet(xml)
    inside = Inside(rows, columns, from_1904=bool(_FROM_1904.search(contents["xl/workbook.xml"])))
    styles = Formats().feed(contents.get("xl/styles.xml", b"<none/>"))
    strings = contents.get("xl/sharedStrings.xml", b"")
    raised = _Raised().feed(strings) if b"superscript" in strings else {}
    if raised or b"superscript" in xml or _needs_a_second_look(xml, styles.telling):
        _Xlsx(inside, styles, raised).feed(xml)
    inside.coloured = _coloured(xml, styles.filled) if styles.filled else []
    inside.may_hide = _may_hide(xml, styles.hiding) if b"onditionalFormatting" in xml else []
    return inside


def _may_hide(xml: bytes, hiding: set[str]) -> list[str]:
    """The ranges with a conditional format that hides a number or shows a text, or a bar or sign alone, in its place; those
    of Excel's own extension, which hold their formats themselves, among them."""
    rule = re.compile(rb"dxfId\s*=\s*[\"'](?:" + "|".join(sorted(hiding) or "-").encode() + rb")[\"']")
    found = [block for block in _CONDITIONAL.findall(xml) if rule.search(block) or _hides_itself(block)]
    ranges = [b"".join(match.groups(b"")) for block in found if (match := _RANGE.search(block))]
    return sorted({sqref.decode(errors="replace") for sqref in ranges})


def _hides_itself(block: bytes) -> bool:
    own = Formats().feed(b"<dxfs>" + block + b"</dxfs>").hiding if b":dxf>" in block else ()
    return bool(own) or bool(_WITHOUT_NUMBER.search(block))


def _coloured(xml: bytes, filled: set[str]) -> list[tuple[int, int]]:
    """Cells of numbers with a fill of their own: not in a row that is filled whole, as heads, totals and bands are, nor in a
    column of which half or more is filled."""
    styles = "|".join(sorted(filled)).encode()
    cells = re.findall(rb'<c r="([A-Z]{1,3})(\d{1,7})" s="(?:' + styles + rb')"([^>/]*)>', xml)
    found = [(int(row), column_number(letters.decode()) - 1, kind) for letters, row, kind in cells]
    in_row, own, start = Counter(row for row, _, _ in found), set(), 0
    for row in sorted(in_row):
        start = max(xml.find(b'<row r="%d"' % row, start), start)
        written = _WRITTEN_CELL.findall(xml, start, xml.find(b"</row>", start) + 1)
        own |= {row} if in_row[row] < len(written) else set()
    in_column = Counter(column for row, column, _ in found if row in own)
    rows = xml.count(b"<row ")
    seldom = {column for column, count in in_column.items() if 2 * count < rows}
    return sorted(
        (row, column)
        for row, column, kind in found
        if row in own and column in seldom and b"t=" not in kind.replace(b't="n"', b"")
    )


def _needs_a_second_look(xml: bytes, telling: frozenset[str]) -> bool:
    styles = "|".join(sorted(telling)).encode()
    if telling and re.search(rb"\ss\s*=\s*[\"'](?:" + styles + rb")[\"']", xml):
        return True
    if any(size in xml for size in _NO_SIZE):
        return True
    if any(sign.search(xml) for sign, pairs in _TOLD.items() if _holds_one(xml, pairs)):
        return True
    return _holds_one(xml, (b"<f", b":f")) and bool(_FORMULA_ALONE.search(xml))


def _holds_one(xml: bytes, pairs: tuple[bytes, ...]) -> bool:
    return any(limits.holds_pair(xml, pair) for pair in pairs)


class _Raised(Pages):
    """The number of each shared text with a raised part behind it (13¹) -> the text without it."""

    def __init__(self) -> None:
        super().__init__()
        self.result, self.position, self.reading, self.is_raised = {}, -1, False, False
        self.plain, self.raised = "", ""

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "si":
            self.position, self.plain, self.raised = self.position + 1, "", ""
        self.is_raised &= tag != "r"
        self.is_raised |= tag == "vertAlign" and given.get("val") == "superscript"
        self.reading = tag == "t"

    def text(self, text: str) -> None:
        if self.reading and self.is_raised:
            self.raised += text
        elif self.reading:
            self.plain += text

    def end(self, tag: str) -> None:
        self.reading = False
        if tag == "si" and self.raised.strip() and self.plain.strip():
            self.result[str(self.position)] = self.plain
        self.is_raised &= tag not in ("r", "si")


class _Xlsx(Pages):
    """Hidden rows and columns, error cells, formulas without a value, per cents, numbers that are not shown, what is
    struck through, and raised figures of one sheet."""

    def __init__(self, inside: Inside, styles: Styles, raised: dict[str, str]) -> None:
        super().__init__()
        self.result, self.styles, self.style, self.raised = inside, styles, "", raised
        self.row = self.column = 0
        self.kind = self.value = ""
        self.formula = self.reading = False
        self.in_place = _Raised()  # texts that stand in their cell and not in the shared list

    def start(self, tag: str, given: dict[str, str]) -> None:
        self.in_place.start("si" if tag == "is" else tag, given)
        if tag == "row":
            self.row, self.column = whole_number(given.get("r"), self.row + 1), 0
            if _is_hidden(given, "ht"):
                self.result.hidden_rows.append(self.row)
        elif tag == "col" and _is_hidden(given, "width"):
            self.result.hidden_columns.append(
                (whole_number(given.get("min"), 1), whole_number(given.get("max"), 1))
            )
        elif tag == "c":
            letters, number = re.match(r"([A-Za-z]*)(\d*)", given.get("r", "")).groups()
            self.column = column_number(letters) or self.column + 1
            self.row = whole_number(number, self.row)
            self.kind, self.value, self.formula = given.get("t", ""), "", False
            self.style = given.get("s", "")
        self.formula |= tag == "f"
        self.reading = tag == "v"

    def text(self, text: str) -> None:
        self.in_place.text(text)
        if self.reading:
            self.value += text

    def end(self, tag: str) -> None:
        self.reading = False
        self.in_place.end("si" if tag == "is" else tag)
        if tag == "is" and (plain := self.in_place.result.get(str(self.in_place.position))):
            self.result.raised[self._at] = plain
        elif tag == "c":
            self._what_it_says()
            self._how_it_looks()

    @property
    def _at(self) -> tuple[int, int]:
        return self.row, self.column - 1

    def _what_it_says(self) -> None:
        """An error, a formula without a value, a per cent, a number behind a text, or a text with a raised figure."""
        value, is_number = self.value.strip(), self.kind in ("", "n")
        if self.kind == "e":
            self.result.errors[self._at] = value or "#VALUE!"
        elif self.formula and self.kind != "str" and not value:
            self.result.without_value.append(self._at)
        elif is_number and value and self.style in self.styles.per_cent:
            self.result.per_cents.append(self._at)
        elif is_number and self.style in self.styles.masking:
            self._shown_instead(value)
        elif self.kind == "s" and self.value in self.raised:
            self.result.raised[self._at] = self.raised[self.value]

    def _how_it_looks(self) -> None:
        value = self.value.strip()
        if self.style in self.styles.pounds and self.kind in ("", "n") and value:
            self.result.pounds.append(self._at)
        if self.style in self.styles.struck and (value or self.kind == "inlineStr"):
            self.result.struck.append(self._at)
        if self.style in self.styles.unseen and self.kind in ("", "n") and value:
            self.result.unseen.append(self._at)

    def _shown_instead(self, value: str) -> None:
        try:
            shown = shown_instead(self.styles.masking[self.style], float(value))
        except ValueError:
            return
        if shown is not None:
            self.result.masked[self._at] = shown


def _is_hidden(given: dict[str, str], size: str) -> bool:
    """Whether a row or column is marked as hidden, or has no size."""
    return given.get("hidden", "").casefold() in TRUE or given.get(size) == "0"
