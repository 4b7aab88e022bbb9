"""What a workbook's own pages say that its values do not: hidden rows, errors, formulas without a value, per cents, links.

The members of the zip are read as text; no formula is worked out, no link is followed, no macro is run.
"""

import posixpath
import re
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from bscbdata.findings import Finding, failure, warning
from bscbdata.sources import limits
from bscbdata.sources.limits import column_letters, column_number
from bscbdata.sources.number_format import NOUGHT, is_per_cent, may_mask, shown_instead

# Sheets without any of these need no second look; a pair of signs in them is quicker to find.
_TOLD = {re.compile(rb"hidden\s*="): (b"dd",), re.compile(rb"t\s*=\s*[\"']e[\"']"): (b'"e', b"'e")}
_NO_SIZE = (
    b' ht="0"',
    b' width="0"',
)  # a row or column that cannot be seen, whether or not it is marked as hidden
_FORMULA_ALONE = re.compile(
    rb"(?:</(?:\w+:)?f\s*>|<(?:\w+:)?f(?:\s[^<>]*)?/>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v\s*>\s*</|</)"
)
_UNTOLD_OF_ODS = {
    "raised figures, such as the mark of a footnote,": re.compile(rb"text-position\s*=\s*[\"']super"),
    "what is struck through": re.compile(rb"text-line-through-style\s*=\s*[\"'](?!none)"),
}
_CONDITIONAL = re.compile(rb"(<(?:\w+:)?conditionalFormatting\b.*?</(?:\w+:)?conditionalFormatting>)", re.S)
_RANGE = re.compile(rb"^<conditionalFormatting[^>]*\bsqref\s*=\s*[\"']([^\"']*)|sqref>([^<]*)<")
_WITHOUT_NUMBER = re.compile(rb"showValue\s*=\s*[\"'](?:0|false)[\"']")
_TEXT_BOX = re.compile(
    rb"<a:t>(?!This shape represents a )[^<]*\w"
)  # what stands there for those without slicers is no text
_WRITTEN_CELL = re.compile(rb"<c [^>]*[^>/]>")
_FROM_1904 = re.compile(rb"date1904\s*=\s*[\"'](?:1|true)", re.I)
_ERROR_CODES = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip
# Cells that look other than their numbers say: check, what is told, advice.
_TOLD_OF_CELLS = {
    "struck": (
        "workbook",
        "Cells that are struck through were read like all others: {}.",
        "Ask whether they were meant to be taken out.",
    ),
    "coloured": (
        "workbook",
        "Single numbers stand in coloured cells: {}. Colours are not read.",
        "Ask what the colour means: it may say that a number is provisional.",
    ),
    "unseen": (
        "hidden",
        "Numbers in the colour of their cell cannot be seen, and were read like all others: {}.",
        "Ask whether they were meant to be left out.",
    ),
}
_TRUE = ("1", "true")
PAPER, INK = "FFFFFF", "000000"  # of what has no colour of its own
_COMMENTS = re.compile(r"xl/(?:worksheets/)?(?:comments/)?(?:threaded)?comments", re.I)


@dataclass
class Inside:
    """What the pages of one sheet say. Rows are numbered from 1; columns by position, from 0."""

    rows: int = 0
    columns: int = 0
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    without_value: list[tuple[int, int]] = field(default_factory=list)
    per_cents: list[tuple[int, int]] = field(default_factory=list)
    masked: dict[tuple[int, int], str] = field(default_factory=dict)
    struck: list[tuple[int, int]] = field(default_factory=list)
    raised: dict[tuple[int, int], str] = field(default_factory=dict)
    coloured: list[tuple[int, int]] = field(default_factory=list)
    unseen: list[tuple[int, int]] = field(default_factory=list)
    may_hide: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    comments: bool = False
    text_boxes: bool = False
    from_1904: bool = False
    cannot_tell: str = ""


def look_inside(contents: dict[str, bytes], sheet: str) -> Inside:
    """What the members of a workbook say of one of its sheets. A sheet that is not found says nothing."""
    if "xl/workbook.xml" in contents:
        inside = _look_inside_xlsx(contents, sheet)
    elif "xl/workbook.bin" in contents:
        inside = _look_inside_xlsb(contents, sheet)
    elif "content.xml" in contents:
        inside = _Ods(sheet).feed(contents["content.xml"])
        untold = [what for what, sign in _UNTOLD_OF_ODS.items() if sign.search(contents["content.xml"])]
        inside.cannot_tell = " and ".join(untold)
    else:
        inside = Inside(
            cannot_tell="failed formulas, per cents, hidden rows and columns, and raised figures (13¹ reads as 131)"
        )
    inside.links = _links(contents)
    inside.comments |= any(_COMMENTS.match(member) for member in contents)
    drawings = (content for member, content in contents.items() if member.startswith("xl/drawings/"))
    inside.text_boxes = any(map(_TEXT_BOX.search, drawings))
    return inside


def extent_on_opening(contents: dict[str, bytes]) -> tuple[int, int]:
    """Rows and columns that opening alone fills: an .ods is read whole, whichever sheet is wanted."""
    whole = _Ods("").feed(contents["content.xml"]) if "content.xml" in contents else Inside()
    return whole.rows, whole.columns


def _links(contents: dict[str, bytes]) -> list[str]:
    """What else a workbook carries that is never run, followed or opened."""
    kinds = {
        "vbaproject.bin": "macros",
        "xl/externallinks/": "links to other workbooks",
        "xl/connections": "connections to data elsewhere",
        "xl/embeddings/": "embedded files",
        "basic/": "macros",
    }
    members = " ".join(contents).casefold()
    found = dict.fromkeys(kind for part, kind in kinds.items() if part in members)
    return list(found)


def findings_of(inside: Inside, height: int, width: int, name: str, sheet: str) -> list[Finding]:
    """The findings on a sheet of that many rows and columns; what is hidden beyond them does not matter."""
    place = {"file": name, "sheet": sheet}
    found = _hidden_findings(inside, height, width, place)
    found += told_without_value(inside.without_value, name, sheet)
    if inside.raised:
        said = f"Raised figures were taken for the marks of footnotes and left out: {limits.addresses(inside.raised)}."
        advice = "See whether they are no part of the numbers."
        found.append(warning("workbook", said, **place, advice=advice))
    found += _masked_findings(inside.masked, place)
    for name_of, (check, said, advice) in _TOLD_OF_CELLS.items():
        if cells := getattr(inside, name_of):
            told = said.format(limits.addresses(cells))
            found.append(warning(check, told, **place, row=cells[0][0], advice=advice))
    if inside.may_hide:
        said = f"A conditional format hides some numbers, or shows a text in their place: {limits.some(inside.may_hide)}. They were read."
        advice = "Look which they are. A number that is not shown is withheld: ask for the file with the sign in its place."
        found.append(warning("hidden", said, **place, advice=advice))
    if inside.links:
        said = (
            f"The workbook has {' and '.join(inside.links)}. They were left alone; values are as last saved."
        )
        found.append(warning("workbook", said, **place, advice="Ask for a workbook of plain values."))
    if inside.comments:
        said = "The workbook has comments on its cells. They were not read."
        found.append(warning("workbook", said, **place, advice="See whether one of them changes a number."))
    if inside.text_boxes:
        said = "The workbook has text boxes. They were not read."
        found.append(warning("workbook", said, **place, advice="See whether one of them changes a number."))
    if inside.from_1904:
        said = "The workbook counts its days from 1904. A date that stands there as a bare number is read four years early."
        found.append(warning("workbook", said, **place, advice="See whether the dates are right."))
    if inside.cannot_tell:
        said = f"In a workbook of this format {inside.cannot_tell} cannot be told."
        found.append(warning("workbook", said, **place, advice="Save it as .xlsx."))
    return found


def told_without_value(cells: list[tuple[int, int]], name: str, sheet: str) -> list[Finding]:
    """A failure of formulas whose value was never worked out."""
    if not cells:
        return []
    said = f"A formula has no value: {limits.addresses(cells)}. Formulas are never worked out here."
    advice = "Open the file in a spreadsheet, save it, and send it again."
    place = {"file": name, "sheet": sheet, "row": cells[0][0]}
    return [failure("value", said, **place, expected="a value", advice=advice)]


def _masked_findings(masked: dict[tuple[int, int], str], place: dict) -> list[Finding]:
    """Cells whose number format shows a text in place of their number, or nothing at all."""
    texts = {at: text for at, text in masked.items() if text}
    unseen = [at for at, text in masked.items() if not text]
    found = []
    if texts:
        said = f"The format of these cells shows a text in place of their number: {limits.addresses(texts)}."
        said += f" They were read as they are shown, such as '{next(iter(texts.values()))}'."
        advice = "The number can still be seen in the file: treat it as what it is."
        found.append(warning("workbook", said, **place, row=min(texts)[0], advice=advice))
    if unseen:
        said = f"The format of these cells shows nothing, yet they hold a number, which was read: {limits.addresses(unseen)}."
        advice = "Ask whether it was meant to be left out."
        found.append(warning("hidden", said, **place, row=unseen[0][0], advice=advice))
    return found


def _hidden_findings(inside: Inside, height: int, width: int, place: dict) -> list[Finding]:
    rows = [row for row in inside.hidden_rows if row <= height]
    columns = [column for column in _each(inside.hidden_columns, width) if column <= width]
    advice = "See whether they belong to the data."
    found = []
    if rows:
        said = f"Hidden rows were read like all others: {limits.some(_ranges(rows, str))}."
        found.append(warning("hidden", said, **place, row=rows[0], advice=advice))
    if columns:
        said = f"Hidden columns were read like all others: {limits.some(_ranges(columns, column_letters))}."
        found.append(warning("hidden", said, **place, advice=advice))
    return found


def _each(spans: list[tuple[int, int]], width: int) -> Iterator[int]:
    for first, last in spans:
        yield from range(first, min(last, width) + 1)


def _ranges(numbers: list[int], told) -> list[str]:
    """`3 to 5`, `9` from 3, 4, 5, 9."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return [told(first) if first == last else f"{told(first)} to {told(last)}" for first, last in spans]


# ---- .xlsx ----------------------------------------------------------------------------------------------------------


def _look_inside_xlsx(contents: dict[str, bytes], sheet: str) -> Inside:
    parts = _Parts().feed(contents["xl/workbook.xml"])
    targets = _Targets().feed(contents.get("xl/_rels/workbook.xml.rels", b"<none/>"))
    xml = _member(contents, targets.get(parts.get(sheet, ""), ""))
    rows, columns = limits.extent_of_xml_sheet(xml)
    inside = Inside(rows, columns, from_1904=bool(_FROM_1904.search(contents["xl/workbook.xml"])))
    styles = _Formats().feed(contents.get("xl/styles.xml", b"<none/>"))
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
    own = _Formats().feed(b"<dxfs>" + block + b"</dxfs>").hiding if b":dxf>" in block else ()
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


def _member(contents: dict[str, bytes], target: str) -> bytes:
    """A member of the workbook by the name that the workbook's list of parts gives it, whatever its case."""
    path = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/").casefold()
    return next((content for member, content in contents.items() if member.casefold() == path), b"")


def local_name(tag: str) -> str:
    """The name of an element or attribute without its prefix."""
    return tag.rpartition(":")[2]


def parse_xml(parser: "expat.XMLParserType", xml: bytes, last: bool = True) -> None:
    """Parse XML or a part of it. ExpatError when it is broken, and also when it names an encoding that there is not."""
    try:
        parser.Parse(xml, last)
    except LookupError as error:
        if type(error) is not LookupError:  # a mistake of ours, of what an element holds
            raise
        broken = expat.ExpatError(str(error))
        broken.code = expat.errors.codes["unknown encoding"]
        broken.lineno, broken.offset = parser.CurrentLineNumber, parser.CurrentColumnNumber
        raise broken from None


class Pages:
    """An XML page read element by element; nothing outside it is ever read."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = lambda tag, given: self.start(local_name(tag), given)
        self.parser.EndElementHandler = lambda tag: self.end(local_name(tag))
        self.parser.CharacterDataHandler = self.text
        self.result: object = None

    def feed(self, xml: bytes):
        parse_xml(self.parser, xml)
        return self.result

    def start(self, tag: str, given: dict[str, str]) -> None: ...

    def end(self, tag: str) -> None: ...

    def text(self, text: str) -> None: ...


class _Parts(Pages):
    """Sheet name -> the id of its part."""

    def __init__(self) -> None:
        super().__init__()
        self.result = {}

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "sheet":
            ids = [value for key, value in given.items() if key.endswith(":id")]
            self.result.setdefault(given.get("name", ""), ids[0] if ids else "")


class _Targets(Pages):
    """Id of a part -> its member of the zip."""

    def __init__(self) -> None:
        super().__init__()
        self.result = {}

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "Relationship" and given.get("TargetMode") != "External":
            self.result[given.get("Id", "")] = given.get("Target", "")


@dataclass
class Styles:
    """The numbers of the cell styles that show a number as per cent, a text in its place (with the format that does),
    anything struck through, in the colour of its cell, or a colour; and of the conditional formats that hide a number."""

    per_cent: set[str] = field(default_factory=set)
    unseen: set[str] = field(default_factory=set)
    hiding: set[str] = field(default_factory=set)
    masking: dict[str, str] = field(default_factory=dict)
    struck: set[str] = field(default_factory=set)
    filled: set[str] = field(default_factory=set)

    @property
    def telling(self) -> frozenset[str]:
        return frozenset(self.per_cent | self.struck | self.unseen | self.masking.keys())


class _Formats(Pages):
    """The styles of a workbook that change what is seen."""

    BUILT_IN = dict.fromkeys(("9", "10"), "0%")

    def __init__(self) -> None:
        super().__init__()
        self.formats, self.struck_fonts, self.fonts, self.fills = dict(self.BUILT_IN), set(), {}, {}
        self.inside, self.style, self.font, self.fill = "", -1, -1, -1
        self.conditional, self.hides, self.part = -1, False, ""
        self.result = Styles()

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag in ("cellXfs", "fonts", "fills", "cellStyleXfs", "dxfs"):
            self.inside = tag
        if self.inside == "dxfs":
            self._of_conditional(tag, given)
        elif tag == "numFmt":
            self.formats.setdefault(given.get("numFmtId", ""), given.get("formatCode", ""))
        elif tag == "font":
            self.font += self.inside == "fonts"
        elif tag == "fill":
            self.fill += self.inside == "fills"
        elif tag == "fgColor" and self.inside == "fills":
            self.fills[str(self.fill)] = _colour(given, PAPER)
        elif tag == "color" and self.inside == "fonts":
            self.fonts[str(self.font)] = _colour(given, INK)
        elif tag == "strike" and self.inside == "fonts" and given.get("val", "1").casefold() in _TRUE:
            self.struck_fonts.add(str(self.font))
        elif tag == "xf" and self.inside == "cellXfs":
            self.add_style(given)

    def _of_conditional(self, tag: str, given: dict[str, str]) -> None:
        if tag == "dxf":
            self.conditional, self.hides = self.conditional + 1, False
        self.part = tag if tag in ("font", "fill", "border") else self.part
        self.hides |= tag == "numFmt" and may_mask(given.get("formatCode", ""))
        self.hides |= tag == "color" and self.part == "font" and _colour(given, INK) == PAPER
        self.hides &= tag != "fill"  # white on a colour can be read

    def add_style(self, given: dict[str, str]) -> None:
        """The next style of cells: the numbers of its format, font and fill."""
        self.style += 1
        style = str(self.style)
        number_format = self.formats.get(given.get("numFmtId", ""), "")
        if is_per_cent(number_format):
            self.result.per_cent.add(style)
        elif number_format and may_mask(number_format):
            self.result.masking[style] = number_format
        if given.get("fontId", "0") in self.struck_fonts:
            self.result.struck.add(style)
        fill = self.fills.get(given.get("fillId", "0"), PAPER)
        if fill != PAPER:
            self.result.filled.add(style)
        if self.fonts.get(given.get("fontId", "0"), INK) == fill:
            self.result.unseen.add(style)

    def end(self, tag: str) -> None:
        if tag == "dxf" and self.hides:
            self.result.hiding.add(str(self.conditional))
        self.inside = "" if tag == self.inside else self.inside


def _colour(given: dict[str, str], otherwise: str) -> str:
    """A colour, of a fill or of a font, so that those that look alike are alike; `otherwise` is the one that Excel chooses."""
    if "rgb" in given:
        return given["rgb"].upper()[-6:]
    plain = {("theme", "0"): PAPER, ("theme", "1"): INK, ("indexed", "1"): PAPER, ("indexed", "9"): PAPER}
    plain |= {
        ("indexed", "0"): INK,
        ("indexed", "8"): INK,
        ("indexed", "64"): otherwise,
        ("indexed", "65"): otherwise,
    }
    told = [(kind, given[kind]) for kind in ("theme", "indexed") if kind in given]
    if not told:
        return otherwise
    return (
        plain.get(told[0], "")
        if "tint" not in given and told[0] in plain
        else f"{told[0]} {given.get('tint', '')}"
    )


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
            self.result.raised[self.row, self.column - 1] = plain
        if tag == "c" and self.kind == "e":
            self.result.errors[self.row, self.column - 1] = self.value.strip() or "#VALUE!"
        elif tag == "c" and self.formula and self.kind != "str" and not self.value.strip():
            self.result.without_value.append((self.row, self.column - 1))
        elif (
            tag == "c"
            and self.style in self.styles.per_cent
            and self.kind in ("", "n")
            and self.value.strip()
        ):
            self.result.per_cents.append((self.row, self.column - 1))
        elif tag == "c" and self.style in self.styles.masking and self.kind in ("", "n"):
            self._shown_instead(self.value.strip())
        elif tag == "c" and self.kind == "s" and self.value in self.raised:
            self.result.raised[self.row, self.column - 1] = self.raised[self.value]
        if (
            tag == "c"
            and self.style in self.styles.struck
            and (self.value.strip() or self.kind == "inlineStr")
        ):
            self.result.struck.append((self.row, self.column - 1))
        if tag == "c" and self.style in self.styles.unseen and self.kind in ("", "n") and self.value.strip():
            self.result.unseen.append((self.row, self.column - 1))

    def _shown_instead(self, value: str) -> None:
        try:
            shown = shown_instead(self.styles.masking[self.style], float(value))
        except ValueError:
            return
        if shown is not None:
            self.result.masked[self.row, self.column - 1] = shown


def _is_hidden(given: dict[str, str], size: str) -> bool:
    """Whether a row or column is marked as hidden, or has no size."""
    return given.get("hidden", "").casefold() in _TRUE or given.get(size) == "0"


def whole_number(text: str | None, otherwise: int) -> int:
    """The whole number that is written there, or the other where none is."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else otherwise


# ---- .ods -----------------------------------------------------------------------------------------------------------


def is_no_number(shown: str, given: dict[str, str]) -> bool:
    """Whether what an .ods shows of a number is a text in its place: `<6`, `*`. A sign for nought is none."""
    text = shown.strip()
    nought = given.get("value") in ("0", "0.0") and text.casefold() in NOUGHT
    return bool(text) and not nought and (text[0] in "<≤" or not re.search(r"\d", text))


_SIZELESS = re.compile(r"0(?:\.0*)?[a-z]*")  # 0cm, 0.0in


class _Ods(Pages):
    """The used range, hidden rows and columns and formulas without a value of one sheet; without a name, of all."""

    def __init__(self, sheet: str) -> None:
        super().__init__()
        self.sheet, self.result = sheet, Inside()
        self.here = False
        self.row = self.column = self.column_shown = 0
        self.rows = self.columns = 1
        self.given: dict[str, str] = {}
        self.filled, self.shown, self.aside = False, "", False
        self.style, self.sizeless = "", set[str]()

    def start(self, tag: str, given: dict[str, str]) -> None:
        given = {local_name(key): value for key, value in given.items()}
        self._style(tag, given)
        self.result.comments |= tag == "annotation"
        self.aside |= tag == "annotation"
        if tag == "table":
            self.here = not self.sheet or given.get("name") == self.sheet
            self.row = self.column_shown = 0
        elif self.here and tag == "table-column":
            self._column(given)
        elif self.here and tag == "table-row":
            self.column, self.rows = 0, whole_number(given.get("number-rows-repeated"), 1)
            if self._is_hidden(given) and self.rows < limits.ROWS:
                self.result.hidden_rows += range(self.row + 1, self.row + 1 + min(self.rows, 1000))
        elif self.here and tag in ("table-cell", "covered-table-cell"):
            self.given, self.columns = given, whole_number(given.get("number-columns-repeated"), 1)
            self.shown = ""
            self.filled = "value-type" in given or "formula" in given

    def _style(self, tag: str, given: dict[str, str]) -> None:
        """Note the styles that give a row or a column no size; they stand before the sheets."""
        if tag == "style":
            self.style = given.get("name", "")
        elif tag in ("table-row-properties", "table-column-properties"):
            size = given.get("row-height", given.get("column-width", ""))
            self.sizeless |= {self.style} if _SIZELESS.fullmatch(size) else set()

    def _is_hidden(self, given: dict[str, str]) -> bool:
        return given.get("visibility") in ("collapse", "filter") or given.get("style-name") in self.sizeless

    def _column(self, given: dict[str, str]) -> None:
        first, count = self.column_shown + 1, whole_number(given.get("number-columns-repeated"), 1)
        self.column_shown += count
        if self._is_hidden(given):
            self.result.hidden_columns.append((first, self.column_shown))

    def text(self, text: str) -> None:
        self.filled |= bool(text.strip())
        self.shown += "" if self.aside else text

    def end(self, tag: str) -> None:
        self.aside &= tag != "annotation"
        if self.here and tag in ("table-cell", "covered-table-cell"):
            self._cell()
        elif self.here and tag == "table-row":
            self.row += self.rows
        elif tag == "table":
            self.here = False

    def _cell(self) -> None:
        self.column += self.columns
        if self.filled:
            self.result.rows = max(self.result.rows, self.row + self.rows)
            self.result.columns = max(self.result.columns, self.column)
        if "formula" in self.given and "value-type" not in self.given:
            self.result.without_value.append((self.row + 1, self.column - 1))
        across = range(self.column - self.columns, self.column)[:1000]
        down = range(self.row + 1, self.row + 1 + self.rows)[:1000]
        if self.sheet and self.given.get("value-type") == "percentage":
            self.result.per_cents += [(row, column) for row in down for column in across]
        if self.sheet and self.given.get("value-type") == "float" and is_no_number(self.shown, self.given):
            self.result.masked |= {(row, column): self.shown.strip() for row in down for column in across}
        self.given, self.filled = {}, False


# ---- .xlsb ----------------------------------------------------------------------------------------------------------

# The kinds of records, as Microsoft's specification of the format (MS-XLSB) numbers them.
_SHEET_RECORD, _ROW_RECORD, _COLUMN_RECORD, _ERROR_RECORDS, _CELL_RECORDS = 156, 0, 60, (3, 11), range(2, 12)
_SHORT_NUMBER, _NUMBER_RECORDS = 2, (2, 5, 9)
_FONT_RECORD, _FORMAT_RECORD, _STYLE_RECORD, _STYLES_BEGIN, _STYLES_END = 43, 44, 47, 617, 618
CANNOT_TELL_BINARY = (
    "raised figures (13¹ reads as 131), numbers in white and conditional formats that hide numbers"
)


def _look_inside_xlsb(contents: dict[str, bytes], sheet: str) -> Inside:
    targets = _Targets().feed(contents.get("xl/_rels/workbook.bin.rels", b"<none/>"))
    ids = {}
    for kind, record in _records(contents["xl/workbook.bin"]):
        if kind == _SHEET_RECORD:
            part, after = _wide_text(record, 8)
            ids.setdefault(_wide_text(record, after)[0], part)
    styles = _binary_styles(_member(contents, "styles.bin"))
    inside, row = Inside(cannot_tell=CANNOT_TELL_BINARY), 0
    for kind, record in _records(_member(contents, targets.get(ids.get(sheet, ""), ""))):
        if kind == _ROW_RECORD:
            row = _whole(record, 0, 4) + 1
            unseen = _whole(record, 10, 2) & 0x1000 or not _whole(record, 8, 2)
            inside.hidden_rows += [row] if unseen else []
        elif kind == _COLUMN_RECORD and (_whole(record, 16, 2) & 1 or not _whole(record, 8, 4)):
            inside.hidden_columns.append((_whole(record, 0, 4) + 1, _whole(record, 4, 4) + 1))
        elif kind in _CELL_RECORDS:
            _binary_cell(inside, styles, row, kind, record)
    return inside


def _binary_cell(inside: Inside, styles: Styles, row: int, kind: int, record: bytes) -> None:
    column, style = _whole(record, 0, 4), str(_whole(record, 4, 3))
    inside.rows, inside.columns = max(inside.rows, row), max(inside.columns, column + 1)
    if kind in _ERROR_RECORDS:
        inside.errors[row, column] = _ERROR_CODES.get(record[8] if len(record) > 8 else -1, "#VALUE!")
    elif kind in _NUMBER_RECORDS and style in styles.per_cent:
        inside.per_cents.append((row, column))
    elif kind in _NUMBER_RECORDS and style in styles.masking:
        shown = shown_instead(styles.masking[style], _binary_number(kind, record))
        inside.masked |= {} if shown is None else {(row, column): shown}
    if style in styles.struck:
        inside.struck.append((row, column))


def _binary_number(kind: int, record: bytes) -> float:
    """The number of a cell: eight bytes, or four of which two bits say whether it is whole, and a hundred times itself."""
    if kind != _SHORT_NUMBER:
        return struct.unpack("<d", record[8:16].ljust(8, b"\0"))[0]
    bits = int.from_bytes(record[8:12], "little", signed=True)
    number = bits >> 2 if bits & 2 else struct.unpack("<d", struct.pack("<ii", 0, bits & ~3))[0]
    return number / 100 if bits & 1 else number


def _binary_styles(content: bytes) -> Styles:
    """What the styles of cells change of what is seen; of fonts only whether they strike through."""
    read, of_cells, font = _Formats(), False, -1
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
