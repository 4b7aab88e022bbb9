"""The whole report as one PDF that assistive technology can read (PDF/UA-1), set by typst.

Charts stand in it as drawings. The tables of their values are an annex, so that the chapters read as text and charts.
"""

import re
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

from bscbdata.build.kernels.tasks import give_back
from bscbdata.provenance import LABELS
from bscbdata.publish import pandoc, paper, paper_tables
from bscbdata.publish.about import read_about
from bscbdata.publish.book import Book
from bscbdata.publish.cover import Front, front
from bscbdata.publish.document import Document, resolve
from bscbdata.publish.forms import FOLDER, Download, stem
from bscbdata.publish.html import API_VERSION
from bscbdata.publish.numbering import Numbered, callout_kind
from bscbdata.publish.pdf_tables import annexed, data_table
from bscbdata.publish.pdf_tags import with_row_headers
from bscbdata.publish.tree import Element, classes_of, elements, inlines_of, pairs, plain, plain_text, rewrite
from bscbdata.publish.typesetting import as_content, call, compiled, inline, quoted, raw, spoken, truth
from bscbdata.publish.typography import in_page, in_tree

LONG_LISTS = 50  # figures and tables; of more than that each list stands on pages of its own
LISTED = "listed: true"
ENTRY = 900  # letters of an entry in a list of words that is kept on one page


@dataclass(frozen=True)
class Flow:
    """What of a chapter does not go where there is room: ids.

    Charts that float stand before what is `closing`, the last section and a chart right before it, which does not float
    itself: so none comes among the next steps. A figure that `leads` to a list stays with it.
    """

    closing: tuple[str, ...]
    leads: frozenset[str]


def write_pdf(book: Book, folder: Path) -> list[Download]:
    """Write the report as PDF into the folder. DataStop when it could not be read aloud."""
    source, files = typeset(book)
    give_back()  # the book is let go: typst is about to need the memory
    name = f"{stem(book.subtitle)}.pdf"
    content = compiled(source, files, pdf_standards=["ua-1"], timestamp=int(paper.made_at(book).timestamp()))
    (folder / name).write_bytes(with_row_headers(content, source))
    what = "This short version" if read_about(book).audience else "The whole report"
    return [Download(f"{what}, to read and to print", "PDF", f"{FOLDER}/{name}")]


def typeset(book: Book) -> tuple[str, dict[str, bytes]]:
    """The report in the language of typst, and the files that it names."""
    document = resolve(book, "typst", "pdf")
    chapters = paper.in_one_file(document)
    files: dict[str, bytes] = {}
    trees = [annexed(document)]
    for chapter in chapters:
        blocks = paper.without_wrappers(chapter.blocks)
        change = partial(_for_typst, document, chapter, files, _flow(chapter, blocks))
        sections = _kept_whole(blocks) if read_about(book).audience else blocks
        trees.append([_opening(chapter), *rewrite(sections, change)])
    annex, *bodies = pandoc.write(
        ({"pandoc-api-version": API_VERSION, "meta": {}, "blocks": in_tree(blocks)} for blocks in trees),
        "typst",
    )
    listed = sum(text.count(LISTED) for text in bodies)
    return "\n\n".join([_front_matter(document, listed), *bodies, annex]), files


# ---- cover and lists ---------------------------------------------------------------------------------------------


def _front_matter(document: Document, listed: int) -> str:
    told, made = front(document.book), paper.made_at(document.book)
    language, _, region = document.book.lang.partition("-")
    kinds = "".join(_kind(name, count) for name, count in paper.provenances(document))
    return f"""#import "report.typ": *
#show: report.with(
  title: {quoted(told.title)}, board: {quoted(told.board)}, name: {quoted(told.name)},
  draft: {truth(told.is_draft)}, language: {quoted(language)}, region: {quoted(region.lower()) if region else "none"},
  size: {"13pt" if read_about(document.book).audience else "10.5pt"},
  made: datetime(year: {made.year}, month: {made.month}, day: {made.day}, hour: 12, minute: 0, second: 0),
)
{_cover(told, kinds)}
{"" if read_about(document.book).audience else _lists(listed)}"""


def _lists(listed: int) -> str:
    """The contents, and the lists of figures and tables. Their number is told: typst would lay out all once more to count."""
    long = f"long: {truth(listed > LONG_LISTS)}"
    return f'#contents()\n#list-of("fig", [Figures], {long})\n#list-of("tbl", [Tables], {long})\n'


def _cover(told: Front, kinds: str) -> str:
    words, year = re.fullmatch(r"(.*?)\s*(\d{4}-\d\d)?", told.name).groups()
    return (
        f"#cover(board: {quoted(told.board)}, name: {quoted(words)}, year: {quoted(year or '')},"
        f" status: {quoted(told.standing)}, published: {quoted(told.day)}, kinds: ({kinds}))"
    )


def _kind(name: str, count: int) -> str:
    told = (name, LABELS[name], paper.counted(count), paper.PROVENANCE[name])
    return f"({', '.join(map(quoted, told))}), "


def _opening(chapter: Numbered) -> Element:
    name = "Appendix" if chapter.chapter.appendix else "Chapter"
    kind = f"{name} {chapter.number}" if chapter.number else ""
    number = f"number: {quoted(chapter.number)}, " if chapter.number else ""
    call = f"#chapter({number}kind: {as_content(kind)}, id: {quoted(paper.chapter_id(chapter))})["
    return plain(inline(call), *chapter.title, inline("]"))


# ---- the tree as typst takes it ----------------------------------------------------------------------------------


def _for_typst(
    document: Document, chapter: Numbered, files: dict[str, bytes], flow: Flow, element: Element
) -> list[Element] | None:
    """An element as a call of report.typ; None when pandoc writes it well by itself."""
    kind = element["t"]
    if kind == "Header":
        return [*_settled(element["c"][1][0], flow), _heading(element)]
    if kind == "Para" and _is_lead(element["c"]):
        return [raw("#lead["), element, raw("]")]
    if kind == "BulletList":
        return [{"t": "BulletList", "c": [_led(item) for item in element["c"]]}]
    if kind == "Math":
        return [
            inline(f"#[#set math.equation(alt: {quoted(spoken(element['c'][1]))}); "),
            element,
            inline("]"),
        ]
    if kind == "Image":
        return [inline(_image(document.book.folder, files, element))]
    if kind == "DefinitionList" and _is_short_list(element):
        return [raw("#entries["), element, raw("]")]
    if kind == "Figure":
        return element["c"][2]
    if kind == "Table":
        return data_table(element)
    if kind == "RawBlock" or kind == "RawInline":
        return None if element["c"][0] == "typst" else []
    return _division(document, chapter, files, flow, element) if kind == "Div" else None


def _division(
    document: Document, chapter: Numbered, files: dict[str, bytes], flow: Flow, element: Element
) -> list[Element] | None:
    (identifier, classes, more), blocks = element["c"]
    if "cell-output-display" in classes:
        return _output(paper.shown(document.outputs[chapter.chapter.file][int(dict(more)["key"])]), files)
    if "quarto-float" in classes:
        in_chapter = bool(chapter.number) and not chapter.chapter.appendix
        return [*_settled(identifier, flow), *_float(element, in_chapter, flow)]
    if "figure-definition" in classes:
        return [raw(call("counted-below", paper_tables.block_text(blocks)))]
    if callout_kind(element):
        return _callout(element)
    if columns := dict(more).get("layout-ncol"):
        cells = [part for block in blocks for part in (raw("["), block, raw("],"))]
        return [raw(f"#grid(columns: (1fr,) * {int(columns)}, gutter: 10pt,"), *cells, raw(")")]
    if "small-print" in classes:
        return [raw("#small-print["), *blocks, raw("]")]
    if "big-number" in classes:
        return [raw("#big-number["), *blocks, raw("]")]
    if "key-messages" in classes and (messages := _key_messages(blocks)):
        return messages
    is_part = set(classes) & {"float-caption", "callout-title-container", "callout-body-container"}
    return None if identifier or is_part else blocks


def _key_messages(blocks: list[Element]) -> list[Element]:
    """Key messages as on the pages: the number of each large, its words below it."""
    cells = [
        plain(inline("(["), *number["c"], inline("], ["), *said, inline("]),"))
        for number, *said in paper.key_messages(blocks)
    ]
    return [raw("#key-messages("), *cells, raw(")")] if cells else []


def _is_lead(inlines: list[Element]) -> bool:
    """Whether a paragraph only leads to what follows: it ends in a colon, or is a name in bold."""
    return plain_text(inlines).endswith(":") or [item["t"] for item in inlines] == ["Strong"]


def _led(item: list[Element]) -> list[Element]:
    """An item of a list; what leads to a list within it stays with that list."""
    lead, below = item[0], item[1:2]
    is_lead = bool(below) and below[0]["t"] == "BulletList"
    return [raw("#lead["), lead, raw("]"), *item[1:]] if is_lead else item


def _is_short_list(element: Element) -> bool:
    """Whether each of a list's words is, with all that is said of it, short enough to be kept on one page."""
    return all(
        sum(len(paper_tables.block_text(blocks)) for blocks in bodies) < ENTRY for _, bodies in element["c"]
    )


def _kept_whole(blocks: list[Element]) -> list[Element]:
    """The short sections of a short edition, each on one page from its heading on; a list of words may go on."""
    starts = [0, *(place for place, item in enumerate(blocks) if item["t"] == "Header"), len(blocks)]
    found: list[Element] = []
    for start, end in pairwise(starts):
        part = blocks[start:end]
        is_list = any(item["t"] == "DefinitionList" for item in elements(part))
        found += part if is_list or not part else [raw("#kept["), *part, raw("]")]
    return found


def _flow(chapter: Numbered, blocks: list[Element]) -> Flow:
    found = [place for place, item in enumerate(blocks) if item["t"] == "Header" and item["c"][0] == 2]
    last = found[-1] if found and not chapter.chapter.appendix else 0
    closing = [blocks[last]["c"][1][0], _float_id(blocks[last - 1])] if last else []
    leads = {_float_id(item) for item, below in pairwise(blocks) if _begins_with_list(below)}
    return Flow(tuple(filter(None, closing)), frozenset(filter(None, leads)))


def _begins_with_list(element: Element) -> bool:
    inside = element["c"][1] if element["t"] == "Div" else [element]
    return bool(inside) and inside[0]["t"] == "BulletList"


def _float_id(element: Element) -> str:
    """The id of a figure or table; nothing of any other block."""
    return element["c"][0][0] if "quarto-float" in classes_of(element) else ""


def _settled(identifier: str, flow: Flow) -> list[Element]:
    """Where the end of a chapter begins, what floats is set."""
    return [raw("#place.flush()")] if identifier in flow.closing else []


def _heading(element: Element) -> Element:
    level, found, inlines = element["c"]
    number = pairs(found).get("number")
    told = [f"number: {quoted(number)}"] if number else []
    told += [f"id: {quoted(found[0])}"] if found[0] else []
    return plain(inline(f"#section({', '.join([str(level), *told])})["), *inlines, inline("]"))


def _callout(element: Element) -> list[Element]:
    title, body = element["c"][1]
    opening = plain(
        inline(f"#callout({quoted(callout_kind(element))}, title: ["), *inlines_of(title), inline("])[")
    )
    *before, last = body["c"][1]
    return [opening, *before[:-1], *_kept_with_next(before[-1:]), last, raw("]")]


def _kept_with_next(blocks: list[Element]) -> list[Element]:
    """The block, if any, with the next one on its page: no box ends on a page with a single paragraph."""
    return [part for block in blocks for part in (raw("#lead["), block, raw("]"))]


def _float(element: Element, in_chapter: bool, flow: Flow) -> list[Element]:
    """A figure or table with its caption: a long table may go over pages, all else is kept whole, charts of chapters afloat."""
    (identifier, (_, kind), more), (head, *body) = element["c"]
    calls = [item["c"][1] for item in body if item["t"] == "RawBlock"]
    afloat = in_chapter and kind == "fig" and identifier not in flow.closing
    whole = "afloat" if afloat else "whole"
    how = "parted" if any(call.startswith("#[ // long") for call in calls) else whole
    ours = any(call.startswith("#measure") for call in calls)
    # a drawing of the report itself, without values, is not looked for in a list
    listed = kind != "fig" or not ours or any("values-at(" in call for call in calls)
    told = f"{quoted(kind)}, {quoted(dict(more)['number'])}, {quoted(identifier)}"
    leads = ", leads: true" if how == "whole" and identifier in flow.leads else ""
    opening = f"#{how}({told}, {LISTED if listed else 'listed: false'}{leads}, caption: ["
    return [plain(inline(opening), *inlines_of(head), inline("])[")), *body, raw("]")]


# ---- figures and tables ------------------------------------------------------------------------------------------


def _output(found: paper.Shown, files: dict[str, bytes]) -> list[Element]:
    """What a cell shows. A chart has its source below it; a table above it, so that it is read first and never lost."""
    if found.table is None:
        drawn = [raw(_chart(found, files))] if found.image else []
        return [*drawn, *rewrite(paper.without_wrappers(list(found.blocks)), _foreign)]
    before = [call("headline", found.headline), call("measure", found.measure)]
    after = [call("remark", found.note), call("remark", found.definition), _origin(found)]
    if found.image:
        return [raw(call) for call in (*before, _chart(found, files), *after) if call]
    calls = [*before, call("remark", found.meanings), *after]
    return [*(raw(call) for call in calls if call), *data_table(found.table)]


def _foreign(element: Element) -> list[Element] | None:
    """What stands in the HTML of an output that is no figure of ours."""
    if element["t"] == "Table":
        return data_table(element)
    return [] if element["t"] in {"RawBlock", "RawInline"} and element["c"][0] != "typst" else None


def _chart(found: paper.Shown, files: dict[str, bytes]) -> str:
    form, content = found.image
    name = f"chart-{len(files) + 1}.{form}"
    files[name] = with_our_fonts(content) if form == "svg" else content
    size = f"{quoted(name)}, {found.width:g}" if found.width else quoted(name)
    return f"#{'chart' if found.width else 'picture'}({size}, {quoted(found.alt)})"


def with_our_fonts(svg: bytes) -> bytes:
    """A drawing whose letters are set in the fonts that we ship. They are narrower, so what fitted still fits."""
    return re.sub(r'font-family="[^"]*"', 'font-family="Report Sans"', in_page(svg.decode())).encode()


def _origin(found: paper.Shown) -> str:
    words = [quoted(text) for text in found.origin]
    words += [f"values-at({quoted(found.key)})"] if found.values else []
    if not words and not found.label:
        return ""
    return f"#origin({', '.join([quoted(found.provenance), quoted(found.label), *words])})"


def _image(book: Path, files: dict[str, bytes], element: Element) -> str:
    path, words, width = paper.with_words(book, element)
    name = path.relative_to(book).as_posix()
    files[name] = path.read_bytes()
    size = f", width: {width * 0.75:g}pt" if width else ""
    return f"#box(image({quoted(name)}{size}, alt: {quoted(words)}))"
