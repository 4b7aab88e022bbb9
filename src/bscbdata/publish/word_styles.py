"""The styles of the Word file, kept in `assets/reference.docx`: open that in Word to change how the report looks there.

python -m bscbdata.publish.word_styles      make it anew from what stands here
"""

from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from bscbdata.publish.book import ASSETS
from bscbdata.publish.word_parts import RUNNING, STATUS
from bscbdata.simulate.layout import without_time

REFERENCE = ASSETS / "reference.docx"
BLUE, QUIET, PLUM, INK = "12436D", "505A5F", "801650", "0B0C0C"
FONT = "Arial"
# name: based on, size in points, and what else differs; `space` is before and after in points
PARAGRAPHS: dict[str, dict[str, Any]] = {
    "Normal": {"size": 11, "space": (0, 7), "lines": 1.12},
    "Body Text": {"base": "Normal"},
    "First Paragraph": {"base": "Body Text", "space": (6, 7)},
    "Compact": {"base": "Body Text", "space": (0, 2)},
    "Title": {"base": "Normal", "size": 30, "bold": True, "colour": BLUE, "space": (180, 8), "lines": 1.0},
    "Subtitle": {"base": "Normal", "size": 18, "colour": BLUE, "space": (0, 12)},
    "Status": {"base": "Normal", "size": 13, "bold": True, "colour": PLUM, "space": (0, 24)},
    "Cover Heading": {
        "base": "Normal",
        "size": 14,
        "bold": True,
        "colour": BLUE,
        "space": (36, 8),
        "next": True,
    },
    "Contents Heading": {
        "base": "Normal",
        "size": 18,
        "bold": True,
        "colour": BLUE,
        "space": (18, 8),
        "next": True,
    },
    "Heading 1": {
        "base": "Normal",
        "size": 20,
        "bold": True,
        "colour": BLUE,
        "space": (0, 12),
        "next": True,
        "page": True,
    },
    "Heading 2": {"base": "Normal", "size": 15, "bold": True, "colour": BLUE, "space": (20, 7), "next": True},
    "Heading 3": {"base": "Normal", "size": 12, "bold": True, "colour": BLUE, "space": (16, 5), "next": True},
    "Heading 4": {"base": "Normal", "size": 11, "bold": True, "colour": BLUE, "space": (12, 4), "next": True},
    "Caption": {"base": "Normal", "size": 10, "colour": BLUE, "space": (16, 3), "next": True},
    "Values Heading": {"base": "Normal", "size": 10, "bold": True, "space": (16, 3), "next": True},
    "Figure Headline": {"base": "Normal", "size": 12, "bold": True, "space": (0, 2), "next": True},
    "Figure Measure": {"base": "Normal", "size": 9.5, "colour": QUIET, "space": (0, 5), "next": True},
    "Figure": {"base": "Normal", "space": (3, 3), "lines": 1.0, "next": True},
    "Figure Note": {"base": "Normal", "size": 9, "space": (2, 2), "next": True},
    "Figure Source": {"base": "Normal", "size": 9, "colour": QUIET, "space": (2, 14)},
    "Table Source": {"base": "Normal", "size": 9, "colour": QUIET, "space": (2, 5), "next": True},
    "Table Note": {"base": "Normal", "size": 9, "space": (4, 10)},
    "Table Text": {"base": "Normal", "size": 9, "space": (1, 1), "lines": 1.0},
    "Table Head": {"base": "Table Text", "bold": True, "next": True},
    "Table Text Small": {"base": "Table Text", "size": 8},
    "Table Head Small": {"base": "Table Head", "size": 8},
    "Big Number": {
        "base": "Normal",
        "size": 40,
        "bold": True,
        "colour": PLUM,
        "space": (4, 4),
        "lines": 1.0,
        "next": True,
    },
    "Callout Title": {
        "base": "Normal",
        "bold": True,
        "colour": BLUE,
        "space": (10, 0),
        "next": True,
        "bar": True,
    },
    "Callout": {"base": "Normal", "space": (0, 0), "bar": True},
    "Block Text": {"base": "Normal", "colour": QUIET, "space": (4, 8), "indent": 8},
    "Definition Term": {"base": "Normal", "size": 9.5, "bold": True, "space": (6, 0), "next": True},
    "Definition": {"base": "Normal", "size": 9.5, "space": (0, 1), "lines": 1.0, "indent": 6},
    "Small Print": {"base": "Normal", "size": 8.5, "space": (0, 3), "lines": 1.0},
    "Footnote Text": {"base": "Normal", "size": 9, "space": (0, 2), "lines": 1.0},
    "Source Code": {"base": "Normal", "size": 9},
    "TOC 1": {"base": "Normal", "bold": True, "space": (6, 1), "lines": 1.0},
    "TOC 2": {"base": "Normal", "size": 10, "space": (0, 1), "lines": 1.0, "indent": 6},
    "Table of Figures": {"base": "Normal", "size": 9.5, "space": (0, 1), "lines": 1.0},
    "Header": {"base": "Normal", "size": 9, "colour": QUIET, "lines": 1.0},
    "Footer": {"base": "Normal", "size": 9, "colour": QUIET, "lines": 1.0},
}
LETTERS: dict[str, dict[str, Any]] = {
    "Provenance": {"bold": True, "colour": BLUE},
    "Illustrative": {"bold": True, "colour": PLUM},
    "Hyperlink": {"colour": BLUE, "underline": True},
    "Verbatim Char": {"font": "Courier New", "size": 8.5},
    "Footnote Reference": {"raised": True},
}


def make(path: Path = REFERENCE) -> Path:
    """Write the reference document: styles, margins, running head and page number; no text of its own."""
    document = Document()
    for name, told in PARAGRAPHS.items():
        _paragraph_style(document, name, told)
    for name, told in LETTERS.items():
        _letters(_style(document, name, WD_STYLE_TYPE.CHARACTER), told)
    _table_style(document)
    _language(document)
    _of_today(document)
    _page(document)
    document.save(str(path))
    path.write_bytes(without_time(path.read_bytes()))
    return path


def _style(document, name: str, kind: WD_STYLE_TYPE):
    # `add_style(builtin=True)` gives the name that Word knows a style of its own by
    known = [
        style for style in document.styles if style.name.casefold() == name.casefold() and style.type == kind
    ]
    return known[0] if known else document.styles.add_style(name, kind, builtin=name in BUILT_IN)


BUILT_IN = {
    "TOC 1",
    "TOC 2",
    "Table of Figures",
    "Hyperlink",
    "Footnote Text",
    "Footnote Reference",
    "Block Text",
}


def _paragraph_style(document, name: str, told: dict[str, Any]) -> None:
    style = _style(document, name, WD_STYLE_TYPE.PARAGRAPH)
    for part in ("w:pPr", "w:rPr"):  # what the style had from elsewhere
        for old in style.element.findall(qn(part)):
            style.element.remove(old)
    if "base" in told:
        style.base_style = document.styles[told["base"]]
    _letters(style, told)
    shape = style.paragraph_format
    if "space" in told:
        shape.space_before, shape.space_after = (Pt(size) for size in told["space"])
    if "lines" in told:
        shape.line_spacing = told["lines"]
    if "indent" in told:
        shape.left_indent = Mm(told["indent"])
    shape.keep_with_next = told.get("next", False)
    shape.page_break_before = told.get("page", False)
    shape.widow_control = True
    style.hidden, style.quick_style, style.unhide_when_used = False, True, False
    if told.get("bar"):
        _bar(style)


def _letters(style, told: dict[str, Any]) -> None:
    font = style.font
    if style.type == WD_STYLE_TYPE.PARAGRAPH or "font" in told:
        _font(style, told.get("font", FONT))
    if "size" in told:
        font.size = Pt(told["size"])
    font.bold = told.get("bold")
    if style.type == WD_STYLE_TYPE.PARAGRAPH or "colour" in told:
        font.color.rgb = RGBColor.from_string(told.get("colour", INK))
    font.underline = told.get("underline")
    font.superscript = told.get("raised")


def _font(style, name: str) -> None:
    """The font by its name, never by the theme's, so that it is the same in every program."""
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.attrib.clear()
    for kind in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{kind}"), name)


def _bar(style) -> None:
    """A bar to the left and a pale ground, as callouts have."""
    shape = style.element.get_or_add_pPr()
    borders = OxmlElement("w:pBdr")
    borders.append(_with("w:left", val="single", sz="24", space="8", color=BLUE))
    for element in (borders, _with("w:shd", val="clear", color="auto", fill="EAF1F6")):
        shape.insert_element_before(
            element,
            "w:tabs",
            "w:suppressAutoHyphens",
            "w:spacing",
            "w:ind",
            "w:contextualSpacing",
            "w:jc",
            "w:rPr",
        )
    style.paragraph_format.left_indent = Mm(4)


def _with(tag: str, **attributes: str):
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element


def _table_style(document) -> None:
    """Tables: a strong line under the header, thin ones between the rows, no boxes."""
    style = _style(document, "Table", WD_STYLE_TYPE.TABLE)
    style.base_style = document.styles["Normal Table"]
    properties = OxmlElement("w:tblPr")
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        borders.append(_with(f"w:{side}", val="single", sz="4", space="0", color="B1B4B6"))
    margins = OxmlElement("w:tblCellMar")
    for side, size in (("top", 20), ("left", 70), ("bottom", 20), ("right", 70)):
        margins.append(_with(f"w:{side}", w=str(size), type="dxa"))
    properties.extend([borders, margins])
    first = _with("w:tblStylePr", type="firstRow")
    letters = OxmlElement("w:rPr")
    letters.append(OxmlElement("w:b"))
    cell, under = OxmlElement("w:tcPr"), OxmlElement("w:tcBorders")
    under.append(_with("w:bottom", val="single", sz="12", space="0", color=BLUE))
    cell.append(under)
    first.extend([letters, cell])
    style.element.extend([properties, first])


def _language(document) -> None:
    defaults = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for old in defaults.findall(qn("w:lang")):
        defaults.remove(old)
    defaults.append(_with("w:lang", val="en-GB", eastAsia="en-GB", bidi="ar-SA"))


def _of_today(document) -> None:
    """Not in compatibility mode, which Word tells its reader of and which takes some of its tools away."""
    for setting in document.settings.element.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")


def _page(document) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(22)
    section.top_margin, section.bottom_margin = Mm(26), Mm(22)
    section.header_distance = section.footer_distance = Mm(12)
    section.different_first_page_header_footer = True
    head = section.header.paragraphs[0]
    head.paragraph_format.tab_stops.add_tab_stop(Mm(166), WD_ALIGN_PARAGRAPH.RIGHT)
    head.add_run(RUNNING)
    status = head.add_run(f"\t{STATUS}")
    status.style = document.styles["Illustrative"]
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for part in _field("PAGE", "1"):
        foot._p.append(part)


def _field(instruction: str, shown: str) -> list:
    runs = []
    for kind in ("begin", instruction, "separate", shown, "end"):
        run = OxmlElement("w:r")
        if kind in {"begin", "separate", "end"}:
            run.append(_with("w:fldChar", fldCharType=kind))
        else:
            text = OxmlElement("w:instrText" if kind == instruction else "w:t")
            text.text = f" {kind} " if kind == instruction else kind
            run.append(text)
        runs.append(run)
    return runs


if __name__ == "__main__":
    print(make().name)
