"""The whole report as a Word file, for the Board's secretary to edit and for comments that can be read back in.

Pandoc writes it with the styles of `assets/reference.docx`; word_parts.py adds what pandoc does not know.
"""

import json
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from bscbdata.build.kernels.tasks import give_back
from bscbdata.figures import drawing
from bscbdata.provenance import LABELS
from bscbdata.publish import pandoc, paper, paper_tables
from bscbdata.publish.about import read_about
from bscbdata.publish.book import Book
from bscbdata.publish.cover import front
from bscbdata.publish.document import Document, resolve
from bscbdata.publish.exhibits import Exhibit
from bscbdata.publish.forms import FOLDER, Download, stem
from bscbdata.publish.html import API_VERSION
from bscbdata.publish.notebook import Output
from bscbdata.publish.numbering import NAMES, Numbered, callout_kind
from bscbdata.publish.tree import (
    Element,
    attribute,
    div,
    elements,
    inlines_of,
    link,
    pairs,
    rewrite,
    word,
    words,
)
from bscbdata.publish.typography import in_tree
from bscbdata.publish.word_parts import CONTENTS, DIGITS, MAY_BREAK, SMALL_TYPE, UNLISTED, finished, is_small
from bscbdata.publish.word_places import places_of
from bscbdata.publish.word_styles import REFERENCE

PNG = b"\x89PNG"
WIDEST_MM, DRAWN_WIDE = 128, 680  # a chart drawn 680 wide: two of them, with their words, stand on a page


def write_word(book: Book, folder: Path) -> list[Download]:
    """Write the report as a Word file into the folder. DataStop when a picture has no words or a link leads nowhere."""
    with TemporaryDirectory() as scratch:
        given = _for_pandoc(book, Path(scratch))
        give_back()  # the book is let go: pandoc and, beside it, typst are about to need the memory
        path = Path(scratch, "report.docx")
        pandoc.write_file(given, path, f"--reference-doc={REFERENCE}")
        content = finished(path.read_bytes(), front(book), paper.made_at(book), book.lang, places_of(book))
    name = f"{stem(book.subtitle)}.docx"
    (folder / name).write_bytes(content)
    what = "This short version" if read_about(book).audience else "The whole report"
    return [Download(f"{what}, to edit and comment on", "Word", f"{FOLDER}/{name}")]


def _for_pandoc(book: Book, scratch: Path) -> bytes:
    """The whole book as pandoc reads it; its pictures lie in the folder."""
    document = resolve(book, "docx")
    chapters, pictures = paper.in_one_file(document), Pictures(book.folder, scratch)
    blocks = [*_cover(document), *_lists(), *_chapters(document, chapters, pictures), *_annex(document)]
    return json.dumps({"pandoc-api-version": API_VERSION, "meta": {}, "blocks": in_tree(blocks)}).encode()


class Pictures:
    """The pictures of the report as files that pandoc can take in, each written once."""

    def __init__(self, book: Path, scratch: Path) -> None:
        self.book, self.scratch, self.numbers = book, scratch, count(1)

    def keep(self, form: str, content: bytes) -> str:
        """Write a picture; the name it has."""
        name = f"picture-{next(self.numbers)}.{form}"
        (self.scratch / name).write_bytes(content)
        return name


# ---- cover and lists ---------------------------------------------------------------------------------------------


def _cover(document: Document) -> list[Element]:
    told = front(document.book)
    lines = [("Title", told.name), ("Subtitle", told.board)]
    lines += [("Status", told.standing), ("Body Text", told.day)]
    kinds = [_kind(name, number) for name, number in paper.provenances(document)]
    heading = [styled("Cover Heading", word("What the numbers are"))] if kinds else []
    return [*(styled(name, word(text)) for name, text in lines if text), *heading, *kinds]


def _kind(name: str, number: int) -> Element:
    told = f": {paper.counted(number)}, {paper.PROVENANCE[name]}."
    return styled("Body Text", labelled(name), word(told))


def _lists() -> list[Element]:
    """Where the contents and the lists of figures and tables will stand."""
    return [styled("Body Text", word(text)) for text in CONTENTS]


# ---- chapters ----------------------------------------------------------------------------------------------------


def _chapters(document: Document, chapters: list[Numbered], pictures: Pictures) -> list[Element]:
    blocks: list[Element] = []
    for chapter in chapters:
        kind = "Appendix " if chapter.chapter.appendix else ""
        number = words(f"{kind}{chapter.number}  ") if chapter.number else []
        blocks.append(_header(1, paper.chapter_id(chapter), [*number, *chapter.title]))
        change = partial(_for_word, document.outputs[chapter.chapter.file], pictures)
        blocks += rewrite(paper.without_wrappers(chapter.blocks), change)
    return blocks


def _header(level: int, identifier: str, inlines: list[Element]) -> Element:
    return {"t": "Header", "c": [level, attribute(identifier), inlines]}


def _for_word(outputs: list[Output], pictures: Pictures, element: Element) -> list[Element] | None:
    """An element in the styles of the reference document; None when pandoc writes it well by itself."""
    kind = element["t"]
    if kind == "Header":
        level, found, inlines = element["c"]
        number = words(f"{pairs(found)['number']}  ") if "number" in pairs(found) else []
        return [_header(level, found[0], [*number, *inlines])]
    if kind == "Image":
        path, told, width = paper.with_words(pictures.book, element)
        name = pictures.keep(path.suffix[1:].lower(), path.read_bytes())
        return [_image(name, told, f"{int(width * 0.75)}pt" if width else "")]
    if kind == "Figure":
        return element["c"][2]
    if kind == "Table":
        return [_sized(element)]
    return _division(outputs, pictures, element) if kind == "Div" else None


def _division(outputs: list[Output], pictures: Pictures, element: Element) -> list[Element] | None:
    (_, classes, more), blocks = element["c"]
    if "cell-output-display" in classes:
        return _output(paper.shown(outputs[int(dict(more)["key"])]), pictures)
    if "quarto-float" in classes:
        return _float(element)
    if "figure-definition" in classes:
        return [styled("Table Note", *(part for block in blocks for part in block["c"]))]
    if "small-print" in classes:
        return [div(attribute("", custom_style="Small Print"), *blocks)]
    if "big-number" in classes:
        return [styled("Big Number", *(part for block in blocks for part in block["c"]))]
    if "key-messages" in classes:
        return [
            styled("Key Message", _large(number), *said) for number, *said in paper.key_messages(blocks)
        ] or None
    if callout_kind(element):
        title, body = blocks
        head = styled("Callout Title", *inlines_of(title))
        return [head, div(attribute("", custom_style="Callout"), *body["c"][1])]
    return None


def _float(element: Element) -> list[Element]:
    """A figure or table below its caption, which Word can count by itself."""
    (identifier, (_, kind), more), (head, *body) = element["c"]
    counted_as = NAMES[kind] if _is_listed(kind, body) else UNLISTED
    caption = _caption(kind, dict(more)["number"], counted_as, inlines_of(head))
    return [div(attribute(identifier), caption), *body]


def _is_listed(kind: str, body: list[Element]) -> bool:
    """Whether the lists at the front have it: a drawing of the report itself, without values, is not looked for there."""
    styles = {pairs(item["c"][0]).get("custom-style") for item in elements(body) if item["t"] == "Div"}
    links = [item["c"][2][0] for item in elements(body) if item["t"] == "Link"]
    has_values = any(address.startswith("#data-") for address in links)
    return kind != "fig" or "Figure Measure" not in styles or has_values


def _caption(kind: str, number: str, counted_as: str, inlines: list[Element]) -> Element:
    chapter, _, place = number.rpartition(".")
    lead = f"{NAMES[kind]} {chapter}{'.' if chapter else ''}"
    # counting begins anew in each chapter; not by \\s, which few programs know
    again = " \\r 1" if place == "1" else ""
    counter = field(f"SEQ {counted_as} \\* ARABIC{again}", place)
    strong = {"t": "Strong", "c": [word(lead), counter]}
    return styled("Caption", strong, word("  "), *inlines)


def _output(found: paper.Shown, pictures: Pictures) -> list[Element]:
    """What a cell shows. A chart has its source below it, a table above it."""
    picture = [_picture(found, pictures)] if found.image else []
    if found.table is None:
        return [*picture, *rewrite(paper.without_wrappers(list(found.blocks)), _foreign)]
    before = [*_lines("Figure Headline", found.headline), *_lines("Figure Measure", found.measure)]
    if found.image:
        after = _lines("Figure Note", found.note, found.definition)
        return [*before, *picture, *after, *_origin(found, "Figure Source")]
    above = _lines("Table Source", found.meanings, found.note, found.definition)
    return [*before, *above, *_origin(found, "Table Source"), _sized(found.table)]


def _lines(style: str, *texts: str) -> list[Element]:
    """A paragraph for each text that is there."""
    return [styled(style, word(text)) for text in texts if text]


def _foreign(element: Element) -> list[Element] | None:
    return [_sized(element)] if element["t"] == "Table" else None


def _origin(found: paper.Shown, style: str) -> list[Element]:
    """The word that says what kind of numbers these are, and who published them."""
    label = [labelled(found.provenance), word(".  ")] if found.label else []
    values = [word(" "), link(f"#data-{found.key}", attribute(), word("Values"))] if found.values else []
    text = " ".join(found.origin)
    if not (text or label or values):
        return []
    return [styled(style, *label, word(text), *values, word("." if values else ""))]


def _picture(found: paper.Shown, pictures: Pictures) -> Element:
    form, content = found.image
    if form == "svg":  # which Word does not draw everywhere
        form, content = "png", found.png if found.png.startswith(PNG) else drawing.png(content.decode())
    name = pictures.keep(form, content)
    width = min(WIDEST_MM * found.width / DRAWN_WIDE, 166) if found.width else WIDEST_MM
    return styled("Figure", _image(name, found.alt, f"{width:.1f}mm"))


def _image(name: str, told: str, width: str) -> Element:
    size = {"width": width} if width else {}
    return {"t": "Image", "c": [attribute("", **size), [word(told)], [name, ""]]}


def _sized(table: Element) -> Element:
    """The table with the width of each column, which Word does not find by itself.

    In small type a long name may go on in the next line, at a sign that is not seen.
    """
    small = is_small(paper_tables.texts_of(table))
    shares = paper_tables.widths(
        paper_tables.measured(table) if small else table, SMALL_TYPE if small else DIGITS
    )
    if small:
        table = rewrite([table], partial(paper_tables.breakable, word(MAY_BREAK)))[0]
    found, caption, sizes, *rest = table["c"]
    sized = [[side, {"t": "ColWidth", "c": share}] for (side, _), share in zip(sizes, shares, strict=True)]
    return {"t": "Table", "c": [found, caption, sized, *rest]}


# ---- the annex ---------------------------------------------------------------------------------------------------


def _annex(document: Document) -> list[Element]:
    """The table of each chart."""
    found = [block for exhibit, table in paper.charts(document) for block in _values(exhibit, table)]
    opening = [_header(1, "annex-values", [word(paper.ANNEX)]), styled("Body Text", word(paper.ANNEX_WORDS))]
    return [*opening, *found] if found else []


def _values(exhibit: Exhibit, table: Element) -> list[Element]:
    record = exhibit.record
    name = link(f"#{exhibit.anchor}", attribute(), word(exhibit.name))
    head = styled("Values Heading", name, word(f"  {exhibit.title}"))
    label = [labelled(record["provenance"]), word(".  ")] if record["provenance"] in LABELS else []
    meanings = paper.symbols(record["table"]["rows"])
    told = styled("Table Source", *label, word(f"{record['measure']}. {meanings}".strip()))
    return [div(attribute(f"data-{exhibit.key}"), head), told, _sized(table)]


# ---- words -------------------------------------------------------------------------------------------------------


def styled(name: str, *inlines: Element) -> Element:
    """A paragraph in a style of the reference document."""
    return div(attribute("", custom_style=name), {"t": "Para", "c": list(inlines)})


def labelled(provenance: str) -> Element:
    """The word for a provenance, in its own style."""
    style = "Illustrative" if provenance == "illustrative" else "Provenance"
    return {"t": "Span", "c": [attribute("", custom_style=style), [word(LABELS[provenance])]]}


def _large(number: Element) -> Element:
    """The number that a key message begins with."""
    return {"t": "Span", "c": [attribute("", custom_style="Key Number"), number["c"]]}


def field(instruction: str, shown_: str) -> Element:
    """A field of Word, with what it shows until it is counted again."""
    parts = [
        '<w:fldChar w:fldCharType="begin"/>',
        f'<w:instrText xml:space="preserve"> {instruction} </w:instrText>',
        '<w:fldChar w:fldCharType="separate"/>',
        f"<w:t>{shown_}</w:t>",
        '<w:fldChar w:fldCharType="end"/>',
    ]
    runs = "".join(f"<w:r><w:rPr><w:b/></w:rPr>{part}</w:r>" for part in parts)
    return {"t": "RawInline", "c": ["openxml", runs]}
