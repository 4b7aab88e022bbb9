"""The styles of the Word file, kept in `assets/reference.docx`: open that in Word to try another look.

To keep the look, write it into `definitions/word_styles.csv`, a style a line, and make the document anew:

python -m bscbdata.publish.word_styles
"""

from collections.abc import Mapping
from pathlib import Path

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from bscbdata.lists import read_list
from bscbdata.office import without_time
from bscbdata.publish.book import ASSETS
from bscbdata.publish.word_parts import RUNNING, STATUS

REFERENCE = ASSETS / "reference.docx"
STYLES = Path(__file__).parents[1] / "definitions" / "word_styles.csv"
BLUE = "12436D"
NAMESPACE = nsdecls("w")


def make(path: Path = REFERENCE) -> Path:
    """Write the reference document: styles, margins, running head and page number; no text of its own."""
    document = Document()
    for told in read_list(STYLES):
        if told["kind"] == "paragraph":
            _paragraph_style(document, told)
        else:
            style = _style(document, told["name"], WD_STYLE_TYPE.CHARACTER, told["built_in"])
            _letters(style, told)
    _table_style(document)
    _language(document)
    _of_today(document)
    _page(document)
    document.save(str(path))
    path.write_bytes(without_time(path.read_bytes()))
    return path


def _style(document, name: str, kind: WD_STYLE_TYPE, built_in: str = ""):
    # `add_style(builtin=True)` gives the name that Word knows a style of its own by
    known = [
        style for style in document.styles if style.name.casefold() == name.casefold() and style.type == kind
    ]
    return known[0] if known else document.styles.add_style(name, kind, builtin=bool(built_in))


def _paragraph_style(document, told: Mapping[str, str]) -> None:
    style = _style(document, told["name"], WD_STYLE_TYPE.PARAGRAPH, told["built_in"])
    for part in ("w:pPr", "w:rPr"):  # what the style had from elsewhere
        for old in style.element.findall(qn(part)):
            style.element.remove(old)
    if told["based_on"]:
        style.base_style = document.styles[told["based_on"]]
    _letters(style, told)
    shape = style.paragraph_format
    if told["space_before_pt"]:
        shape.space_before = Pt(int(told["space_before_pt"]))
        shape.space_after = Pt(int(told["space_after_pt"]))
    if told["line_spacing"]:
        shape.line_spacing = float(told["line_spacing"])
    if told["indent_mm"]:
        shape.left_indent = Mm(int(told["indent_mm"]))
    shape.keep_with_next = bool(told["keep_with_next"])
    shape.page_break_before = bool(told["page_break_before"])
    shape.widow_control = True
    style.hidden, style.quick_style, style.unhide_when_used = False, True, False
    if told["bar"]:
        _bar(style)


def _letters(style, told: Mapping[str, str]) -> None:
    font = style.font
    if told["font"]:
        _font(style, told["font"])
    if told["size_pt"]:
        font.size = Pt(float(told["size_pt"]))
    if told["colour"]:
        font.color.rgb = RGBColor.from_string(told["colour"])
    font.bold = bool(told["bold"]) or None
    font.underline = bool(told["underline"]) or None
    font.superscript = bool(told["superscript"]) or None


def _font(style, name: str) -> None:
    """The font by its name, never by the theme's, so that it is the same in every program."""
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.attrib.clear()
    for kind in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{kind}"), name)


def _bar(style) -> None:
    """A bar to the left and a pale ground, as callouts have."""
    bar = f'<w:pBdr {NAMESPACE}><w:left w:val="single" w:sz="24" w:space="8" w:color="{BLUE}"/></w:pBdr>'
    ground = f'<w:shd {NAMESPACE} w:val="clear" w:color="auto" w:fill="EAF1F6"/>'
    shape = style.element.get_or_add_pPr()
    for xml in (bar, ground):
        shape.insert_element_before(parse_xml(xml), "w:spacing", "w:ind")
    style.paragraph_format.left_indent = Mm(4)


def _table_style(document) -> None:
    """Tables: a strong line under the header, thin ones between the rows, no boxes."""
    style = _style(document, "Table", WD_STYLE_TYPE.TABLE)
    style.base_style = document.styles["Normal Table"]
    thin = 'w:val="single" w:sz="4" w:space="0" w:color="B1B4B6"'
    strong = f'w:val="single" w:sz="12" w:space="0" w:color="{BLUE}"'
    rows = f"<w:top {thin}/><w:bottom {thin}/><w:insideH {thin}/>"
    margins = "".join(
        f'<w:{side} w:w="{size}" w:type="dxa"/>'
        for side, size in (("top", 20), ("left", 70), ("bottom", 20), ("right", 70))
    )
    for xml in (
        f"<w:tblPr {NAMESPACE}><w:tblBorders>{rows}</w:tblBorders><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>",
        f'<w:tblStylePr {NAMESPACE} w:type="firstRow"><w:rPr><w:b/></w:rPr>'
        f"<w:tcPr><w:tcBorders><w:bottom {strong}/></w:tcBorders></w:tcPr></w:tblStylePr>",
    ):
        style.element.append(parse_xml(xml))


def _language(document) -> None:
    defaults = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for old in defaults.findall(qn("w:lang")):
        defaults.remove(old)
    defaults.append(parse_xml(f'<w:lang {NAMESPACE} w:val="en-GB" w:eastAsia="en-GB" w:bidi="ar-SA"/>'))


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
    for part in (
        '<w:fldChar w:fldCharType="begin"/>',
        "<w:instrText> PAGE </w:instrText>",
        '<w:fldChar w:fldCharType="separate"/>',
        "<w:t>1</w:t>",
        '<w:fldChar w:fldCharType="end"/>',
    ):
        foot._p.append(parse_xml(f"<w:r {NAMESPACE}>{part}</w:r>"))


if __name__ == "__main__":
    print(make().name)
