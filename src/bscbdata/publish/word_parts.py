"""What pandoc leaves out of a Word file: contents that are filled in, tables that go on well, names of places, properties.

The same report gives the same bytes: nothing in the file tells the time or the user.
"""

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from html import escape
from itertools import count

from lxml import etree

from bscbdata.office import unzipped, zipped
from bscbdata.publish.cover import Front
from bscbdata.publish.paper_tables import LARGEST_WHOLE, least_of
from bscbdata.review.word import bookmark_name

SPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
W = f"{{{SPACE}}}"
MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
# what stands where a list will be: its heading, and the field that gathers it when a reader asks Word to
UNLISTED = "Drawing"  # what Word counts where a figure stands in no list
CONTENTS = {
    "@contents": ("Contents", r'TOC \o "1-2" \h \z \u'),
    "@figures": ("Figures", r'TOC \h \z \c "Figure"'),
    "@tables": ("Tables", r'TOC \h \z \c "Table"'),
}
MAY_BREAK = "\u200b"  # where a long name may go on in the next line
LARGEST_TEXT = 1_500  # letters of a table that is kept on one page: its cells are wrapped in many lines
KEPT_AT_END = 6  # paragraphs that stay with the last one of a chapter
PANDOC_LINE = 7920  # the line that pandoc counts with
LINE = 9412  # twentieths of a point across the text of a page
RUNNING = "Board and report"  # stands in the head of a page, and is replaced by their names
STATUS = "Status of the report"
ORDINARY_TYPE, SMALL_TYPE = 88, 112  # characters of table text across a page
DIGITS = 100  # of ordinary type across a page, whose letters are narrower than they are taken for
EARLIEST = datetime(1980, 1, 1)  # that an archive can tell: the time of every part
Places = Mapping[str, list[tuple[str, str]]]


def finished(content: bytes, told: Front, made: datetime, language: str, places: Places) -> bytes:
    """The Word file as it is given away; `places` are the ids and words of the paragraphs of each chapter."""
    parts = unzipped(content)
    styles = _style_ids(parts["word/styles.xml"])
    document = etree.fromstring(parts["word/document.xml"])
    body = document.find(f"{W}body")
    for table in body.iter(f"{W}tbl"):
        _table(table, styles)
    _leads(body)
    _ends(body, styles)
    _pictures(body)
    _lists(body, styles)
    _mark_places(body, styles, places)
    _name_bookmarks(body)
    parts["word/document.xml"] = _xml(document)
    parts |= _headers(parts, told)
    parts["docProps/core.xml"] = _properties(told, made, language)
    parts.pop("docProps/custom.xml", None)
    return zipped(_without_custom(parts), EARLIEST)


def _xml(root) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _style_ids(styles: bytes) -> dict[str, str]:
    """The id of each style by its name in small letters."""
    found = etree.fromstring(styles).iter(f"{W}style")
    return {style.find(f"{W}name").get(f"{W}val").lower(): style.get(f"{W}styleId") for style in found}


def _style(paragraph) -> str:
    found = paragraph.find(f"{W}pPr/{W}pStyle")
    return found.get(f"{W}val") if found is not None else ""


def _text(paragraph) -> str:
    return "".join(node.text or "" for node in paragraph.iter(f"{W}t"))


def _properties_of(element, tag: str = "pPr"):
    """The properties of a paragraph or a row, begun where it has none."""
    if element.find(f"{W}{tag}") is None:
        element.insert(0, _new(tag))
    return element.find(f"{W}{tag}")


def _new(tag: str, *inside, **attributes: str):
    """An element of Word with its attributes and what is inside it."""
    element = etree.Element(f"{W}{tag}", {f"{W}{name}": value for name, value in attributes.items()})
    element.extend(inside)
    return element


# ---- tables and pictures -----------------------------------------------------------------------------------------


def _table(table, styles: Mapping[str, str]) -> None:
    """Rows that are never split, a header on every page, small tables kept whole, text in its own style."""
    rows = table.findall(f"{W}tr")
    whole = _stays_whole(rows)
    texts = [[_text(cell).replace(MAY_BREAK, "") for cell in row.findall(f"{W}tc")] for row in rows]
    small = " small" if is_small(texts) else ""
    _measure(table, rows)
    for place, row in enumerate(rows):
        _properties_of(row, "trPr").insert(0, _new("cantSplit"))
        for paragraph in row.iter(f"{W}p"):
            style = styles[f"table {'text' if place else 'head'}{small}"]
            _set_style(paragraph, style, keep=whole and 0 < place < len(rows) - 1)
    look = table.find(f"{W}tblPr/{W}tblLook")
    if look is not None:
        look.attrib.clear()
        for name, value in {"val": "0020", "firstRow": "1", "lastRow": "0", "firstColumn": "0"}.items():
            look.set(f"{W}{name}", value)
    _describe(table, styles)
    _apart(table.getnext(), styles)
    if whole and (below := table.getnext()) is not None and _style(below) == styles["table note"]:
        _keep(table)


def _stays_whole(rows) -> bool:
    """Whether a table is small enough to be kept on one page: of few rows, and of little text, which needs many lines."""
    return len(rows) <= LARGEST_WHOLE and sum(len(_text(row)) for row in rows) <= LARGEST_TEXT


def _measure(table, rows) -> None:
    """The width of each column as a part of our own line: pandoc writes them for another paper, and not in the cells."""
    columns = table.findall(f"{W}tblGrid/{W}gridCol")
    shares = [int(column.get(f"{W}w")) / PANDOC_LINE for column in columns]
    sizes = [str(round(share * LINE)) for share in shares]
    for column, size in zip(columns, sizes, strict=True):
        column.set(f"{W}w", size)
    width = table.find(f"{W}tblPr/{W}tblW")
    width.set(f"{W}type", "dxa")
    width.set(f"{W}w", str(sum(map(int, sizes))))
    for row in rows:
        for cell, size in zip(row.findall(f"{W}tc"), sizes, strict=False):
            cell.find(f"{W}tcPr").insert(0, _new("tcW", w=size, type="dxa"))
        _set_apart(row.findall(f"{W}tc"))


def _set_apart(cells: list) -> None:
    """More room before words that stand right of numbers: without it they read as one."""
    right = [cell.find(f".//{W}jc[@{W}val='right']") is not None for cell in cells]
    for cell, number, here in zip(cells[1:], right, right[1:], strict=False):
        if number and not here:
            cell.find(f"{W}tcPr").append(_new("tcMar", _new("left", w="200", type="dxa")))


def is_small(texts: list[list[str]]) -> bool:
    """Whether a table is in small type: because it is wide, or long."""
    return least_of(texts) >= ORDINARY_TYPE or len(texts) > LARGEST_WHOLE


def _apart(paragraph, styles: Mapping[str, str]) -> None:
    """Some room above a text that follows a table."""
    if paragraph is not None and paragraph.tag == f"{W}p" and _style(paragraph) in _plain(styles):
        properties = _properties_of(paragraph)
        after = [item.tag for item in properties if item.tag in {f"{W}pStyle", f"{W}numPr"}]
        properties.insert(len(after), _new("spacing", before="200"))


def _leads(body) -> None:
    """The words before a list stay with it."""
    for paragraph in body.findall(f"{W}p"):
        below = next(paragraph.itersiblings(f"{W}p", f"{W}tbl"), None)  # not the ends of bookmarks
        is_list = below is not None and below.find(f"{W}pPr/{W}numPr") is not None
        if is_list and _text(paragraph).endswith(":"):
            _keep(paragraph)


def _ends(body, styles: Mapping[str, str]) -> None:
    """The last line of a chapter never stands alone on a page: what is before it comes along."""
    chapters = [item for item in body.findall(f"{W}p") if _style(item) == styles["heading 1"]]
    for after in [*chapters[1:], *body.findall(f"{W}sectPr")]:
        shown = after.itersiblings(f"{W}p", f"{W}tbl", preceding=True)  # not the ends of bookmarks
        for element in list(shown)[1 : 1 + KEPT_AT_END]:
            _keep(element)


def _keep(element) -> None:
    """A paragraph, or the last row of a table that stays whole, stays with what follows it."""
    rows = element.findall(f"{W}tr")
    if rows and not _stays_whole(rows):
        return
    for paragraph in rows[-1].iter(f"{W}p") if rows else [element]:
        properties = _properties_of(paragraph)
        if properties.find(f"{W}keepNext") is None:
            at = 1 if properties.find(f"{W}pStyle") is not None else 0
            properties.insert(at, _new("keepNext"))


def _plain(styles: Mapping[str, str]) -> set[str]:
    return {"", styles["body text"], styles["first paragraph"], styles["compact"]}


def _describe(table, styles: Mapping[str, str]) -> None:
    """The words above a table as its name, which is read aloud before its cells."""
    captions = {styles["caption"], styles["values heading"]}
    above = table.itersiblings(f"{W}p", preceding=True)
    caption = next((item for item in above if _style(item) in captions), None)
    properties = table.find(f"{W}tblPr")
    for old in properties.findall(f"{W}tblCaption"):
        properties.remove(old)
    if caption is not None:
        properties.append(_new("tblCaption", val=_text(caption)))


def _set_style(paragraph, style: str, keep: bool) -> None:
    properties = _properties_of(paragraph)
    for old in properties.findall(f"{W}pStyle"):
        properties.remove(old)
    properties.insert(0, _new("pStyle", val=style))
    if keep:
        properties.insert(1, _new("keepNext"))


def _pictures(body) -> None:
    """Each picture by a number of its own and by its words, and without the name of its file."""
    words = ""
    names = [item for item in body.iter() if str(item.tag).endswith(("}docPr", "}cNvPr"))]
    for number, picture in enumerate(names, 1):
        if picture.tag.endswith("}docPr"):
            words = picture.get("descr", "")
        picture.set("id", str(number))
        picture.set("name", f"Picture {number}")
        picture.set("descr", words)
        picture.attrib.pop("title", None)


# ---- contents ----------------------------------------------------------------------------------------------------


def _lists(body, styles: Mapping[str, str]) -> None:
    """The contents and the lists, filled in: in any program they are there, and Word can make them anew."""
    numbers = count(1)
    entries = {name: list(_entries(body, name, styles, numbers)) for name in CONTENTS}
    for paragraph in [item for item in body.findall(f"{W}p") if _text(item) in CONTENTS]:
        name = _text(paragraph)
        title, instruction = CONTENTS[name]
        heading = _paragraph(styles["contents heading"], _run(title))
        if name == "@contents":
            heading.find(f"{W}pPr").append(_new("pageBreakBefore"))
        new = [heading, *_field_of(entries[name], instruction, styles)] if entries[name] else []
        for element in reversed(new):
            paragraph.addnext(element)
        body.remove(paragraph)


def _entries(body, name: str, styles: Mapping[str, str], numbers) -> Iterator[tuple[str, str, str]]:
    """Style, bookmark and words of each line of a list; each paragraph listed gets the bookmark."""
    headings = {styles["heading 1"]: "toc 1", styles["heading 2"]: "toc 2"}
    counter = f" SEQ {name[1:-1].capitalize()} "
    for paragraph in body.iter(f"{W}p"):
        text = _text(paragraph)
        if name == "@contents":
            line = headings.get(_style(paragraph), "")
        else:
            told = "".join(node.text or "" for node in paragraph.iter(f"{W}instrText"))
            line = "table of figures" if counter in told else ""
        if line:
            mark = f"_Toc{next(numbers):08d}"
            _bookmark(paragraph, mark)
            yield styles[line], mark, text


def _field_of(entries: list[tuple[str, str, str]], instruction: str, styles: Mapping[str, str]) -> list:
    """The lines of a list as one field. They lead to their places; page numbers come when Word updates the field."""
    lines = [
        _paragraph(style, _new("hyperlink", _run(re.sub(r"\s{2,}", "  ", text)), anchor=mark, history="1"))
        for style, mark, text in entries
    ]
    opening = [
        _new("r", _new("fldChar", fldCharType="begin")),
        _run(f" {instruction} ", "instrText"),
        _new("r", _new("fldChar", fldCharType="separate")),
    ]
    for place, run in enumerate(opening, start=1):
        lines[0].insert(place, run)
    lines[-1].append(_new("r", _new("fldChar", fldCharType="end")))
    return lines


def _paragraph(style: str, *inside):
    return _new("p", _new("pPr", _new("pStyle", val=style)), *inside)


def _run(text: str, tag: str = "t"):
    found = _new(tag)
    found.text = text
    found.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return _new("r", found)


# ---- places ------------------------------------------------------------------------------------------------------


def _mark_places(body, styles: Mapping[str, str], places: Places) -> None:
    """A bookmark with the id of its place on each paragraph of the text, so that a comment finds it again."""
    chapters = iter(places.values())
    waiting: Mapping[str, deque[str]] = {}
    for paragraph in body.iter(f"{W}p"):
        if _style(paragraph) == styles["heading 1"]:
            waiting = _by_words(next(chapters, []))
        if found := waiting.get(_letters_as_on_page(paragraph, waiting)):
            _bookmark(paragraph, found.popleft())


def _letters_as_on_page(paragraph, waiting: Mapping[str, deque[str]]) -> str:
    """The letters of a paragraph. One with a formula, which every form writes in its own way, is known by its start."""
    letters = _letters(_text(paragraph))
    if letters and paragraph.find(f".//{MATH}oMath") is not None:
        return next((known for known in waiting if known.startswith(letters)), letters)
    return letters


def _by_words(places: Iterable[tuple[str, str]]) -> Mapping[str, deque[str]]:
    found: dict[str, deque[str]] = defaultdict(deque)
    for name, text in places:
        if letters := _letters(text):
            found[letters].append(name)
    return dict(found)


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


def _bookmark(paragraph, name: str) -> None:
    """The whole paragraph under a name."""
    at = 1 if paragraph.find(f"{W}pPr") is not None else 0
    paragraph.insert(at, _new("bookmarkStart", name=name))
    paragraph.append(_new("bookmarkEnd"))


def _name_bookmarks(body) -> None:
    """Names that Word allows, in bookmarks and in links to them, and a number for each pair of its ends."""
    numbers, open_, renamed = count(1), [], {}
    for element in body.iter(f"{W}bookmarkStart", f"{W}bookmarkEnd", f"{W}hyperlink"):
        if element.tag == f"{W}hyperlink":
            if anchor := element.get(f"{W}anchor"):
                element.set(f"{W}anchor", bookmark_name(anchor))
        elif element.tag == f"{W}bookmarkStart":
            number = str(next(numbers))
            if old := element.get(f"{W}id"):
                renamed[old] = number
            else:
                open_.append(number)
            element.set(f"{W}id", number)
            element.set(f"{W}name", bookmark_name(element.get(f"{W}name")))
        else:
            old = element.get(f"{W}id")
            element.set(f"{W}id", renamed[old] if old else open_.pop())


# ---- head, properties, archive -----------------------------------------------------------------------------------


def with_headers(content: bytes, told: Front) -> bytes:
    """The reference document with the heads of the report's pages, for who makes a Word file without us."""
    parts = unzipped(content)
    return zipped(parts | _headers(parts, told), EARLIEST)


def _headers(parts: Mapping[str, bytes], told: Front) -> dict[str, bytes]:
    """The heads of pages, with the names of the Board and the report, and that it is a draft."""
    named = {RUNNING: f"{told.board}, {told.name}", STATUS: told.standing if told.is_draft else ""}
    found = {name: part for name, part in parts.items() if re.match(r"word/header\d*\.xml", name)}
    for old, new in named.items():
        found = {name: part.replace(old.encode(), escape(new).encode()) for name, part in found.items()}
    return found


def _properties(told: Front, made: datetime, language: str) -> bytes:
    """The core properties: the report's, and no person's."""
    day = f"{made:%Y-%m-%dT%H:%M:%SZ}"
    return f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" \
xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>{escape(told.title)}</dc:title>\
<dc:creator>{escape(told.board)}</dc:creator><dc:language>{escape(language)}</dc:language>\
<cp:lastModifiedBy>{escape(told.board)}</cp:lastModifiedBy><cp:revision>1</cp:revision>\
<dcterms:created xsi:type="dcterms:W3CDTF">{day}</dcterms:created>\
<dcterms:modified xsi:type="dcterms:W3CDTF">{day}</dcterms:modified></cp:coreProperties>""".encode()


def _without_custom(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """The parts without mention of custom properties, which were taken out."""
    found = dict(parts)
    for name in ("[Content_Types].xml", "_rels/.rels"):
        root = etree.fromstring(found[name])
        for element in [item for item in root if "docProps/custom.xml" in str(dict(item.attrib))]:
            root.remove(element)
        found[name] = _xml(root)
    return found
