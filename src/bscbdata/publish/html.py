"""The resolved book as web pages: one page per notebook, with Quarto's file names, ids and class names."""

import base64
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2

from bscbdata.figures.published_table import for_phones
from bscbdata.findings import failure, stop_on_failure
from bscbdata.kept import code_version, kept
from bscbdata.publish import pandoc
from bscbdata.publish.about import read_about
from bscbdata.publish.book import ASSETS, FONTS, Book, Chapter
from bscbdata.publish.cover import front, rests_on, size, with_sizes
from bscbdata.publish.document import Document
from bscbdata.publish.figure_files import figure_files
from bscbdata.publish.forms import Download
from bscbdata.publish.notebook import IMAGES, Output
from bscbdata.publish.numbering import Numbered, callout_kind, label
from bscbdata.publish.search import write_index
from bscbdata.publish.tree import (
    Element,
    attribute,
    div,
    elements,
    inlines_of,
    link,
    pairs,
    plain,
    plain_text,
    raw_block,
    rewrite,
    word,
    words,
)
from bscbdata.publish.typography import in_page
from bscbdata.review.anchors import with_ids

LOOK = "book"  # of the Board's report
SCRIPTS = ("book.js", "search.js", "charts.js")  # one bundle in the site, in this order
STATEMENT, STATEMENT_TITLE = "accessibility.html", "Accessibility of this report"
API_VERSION = [1, 23, 1]


@dataclass(frozen=True)
class Entry:
    """A line of the contents of a page."""

    level: int
    anchor: str
    number: str
    text: str


def write_pages(document: Document, out: Path, downloads: Iterable[Download] = ()) -> None:
    """Write every page, its images, the shared style, script and search index into `out`.

    The first page lists the downloads, which must stand in `out` by then; so must the files of figures.
    """
    out.mkdir(parents=True, exist_ok=True)
    look = look_of(document.book)
    bodies = bodies_of(document)
    listed = with_sizes(downloads, out)
    for place, chapter in enumerate(document.chapters):
        outputs = document.outputs[chapter.chapter.file]
        around = {"previous": _at(document, place - 1), "next": _at(document, place + 1)}
        if chapter.chapter.page == "index.html":
            around |= {"cover": front(document.book), "rests_on": rests_on(document), "downloads": listed}
        _write_page(document, chapter, _with_outputs(bodies[place], outputs, out), out, **around)
        _write_images(outputs, out)
    _copy_files(document, out, look)
    if look == LOOK:  # other readers have a few short pages, and nothing to search
        pages = [chapter.chapter.page for chapter in document.chapters]
        if is_edition(document.book):
            _write_page(document, statement(document.book), statement_body(document.book), out)
            pages.append(STATEMENT)
        write_index(out, pages)


def is_edition(book: Book) -> bool:
    """Whether the book is a report of a year; the documentation is none."""
    return bool(read_about(book).year)


def look_of(book: Book) -> str:
    """The name of the template and the style of the pages: `book`, or that of other readers, as `young_people`."""
    return read_about(book).audience.replace("-", "_") or LOOK


def _write_page(document: Document, chapter: Numbered, body: str, out: Path, **more: object) -> None:
    text = _template(look_of(document.book)).render(
        book=document.book, parts=parts(document.chapters), chapter=chapter, body=body, dated=dated(document.book),
        statement=STATEMENT if is_edition(document.book) else "", contents=page_contents(chapter, document.book),
        beside=read_about(document.book).beside, **more,
    )  # fmt: skip
    stem = Path(chapter.chapter.page).stem
    page = kept("page", (code_version(), stem, text), lambda: in_page(with_ids(text, stem)).encode())
    (out / chapter.chapter.page).write_bytes(page)


def statement(book: Book) -> Numbered:
    """The page on accessibility, as a chapter that stands beside the book."""
    return Numbered(Chapter(STATEMENT.replace(".html", ".ipynb")), "", words(STATEMENT_TITLE), "", [])


def statement_body(book: Book, by_quarto: bool = False) -> str:
    """What the page on accessibility says, with the name of those who publish this edition; of pages that Quarto makes
    only what is so of those."""
    return _assets().get_template(STATEMENT).render(publisher=book.title, by_quarto=by_quarto)


def _at(document: Document, place: int) -> Numbered | None:
    return document.chapters[place] if 0 <= place < len(document.chapters) else None


def parts(chapters: Iterable[Numbered]) -> list[tuple[str, list[Numbered]]]:
    """The chapters in their parts, in order; the appendices are the last part."""

    def part(numbered: Numbered) -> str:
        return "Appendices" if numbered.chapter.appendix else numbered.chapter.part

    return [(name, list(found)) for name, found in groupby(chapters, part)]


@cache
def _assets() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ASSETS), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["words"] = plain_text
    return environment


def _template(look: str) -> jinja2.Template:
    return _assets().get_template("page.html" if look == LOOK else f"{look}.html")


def dated(book: Book) -> str:
    """`Published 14 October 2016`; of a draft, `To be published in 2016`; nothing of a book without a date."""
    return re.sub(r": (\d{4}$)?", lambda found: f" in {found[1]}" if found[1] else " ", front(book).day)


def page_contents(chapter: Numbered, book: Book) -> list[Entry]:
    """The headings of a page down to the depth asked for; none when the book wants no contents."""
    if not book.toc:
        return []
    headings = (item["c"] for item in elements(chapter.blocks) if item["t"] == "Header")
    return [
        Entry(level, found[0], pairs(found).get("number", ""), plain_text(inlines))
        for level, found, inlines in headings
        if level <= book.toc_depth and "unlisted" not in found[1]
    ]


def bodies_of(document: Document) -> list[str]:
    """The text of each chapter as HTML, with a comment where each output will stand."""
    trees = []
    for chapter in document.chapters:
        change = partial(_for_the_web, document.book, {"tables": 0})
        blocks = rewrite(chapter.blocks, change)
        trees.append({"pandoc-api-version": API_VERSION, "meta": {}, "blocks": blocks})
    return [for_phones(_tidied(text)) for text in pandoc.write(trees, "html5")]


def _tidied(body: str) -> str:
    """What pandoc leaves out: scopes of table headers, a heading over the notes, a name for the way back."""
    body = re.sub(
        r"<thead>.*?</thead>", lambda head: re.sub(r"<th\b", '<th scope="col"', head[0]), body, flags=re.S
    )
    body = body.replace('role="doc-backlink"', 'role="doc-backlink" aria-label="Back to the text"')
    notes = r'\1<h2 id="notes" class="notes-title">Notes</h2>'
    return re.sub(r'(<section id="footnotes"[^>]*>\n)<hr />', notes, body)


def _for_the_web(book: Book, count: dict[str, int], element: Element) -> list[Element] | None:
    """An element of the resolved document as the page needs it; None when pandoc already writes it well."""
    if element["t"] == "Header":
        return [_heading(element)]
    if element["t"] == "Table":
        count["tables"] += 1
        return [_scrolling(element, count["tables"])]
    if element["t"] != "Div":
        return None
    (_, classes, more), blocks = element["c"]
    if "quarto-float" in classes:
        return [_figure(element, book.figure_caption)]
    if "cell-output-display" in classes:
        return [raw_block(f"<!--output {dict(more)['key']}-->")]
    if callout_kind(element):
        return _callout(element)
    if "layout-ncol" in dict(more):
        columns = f"columns-{dict(more)['layout-ncol']}"
        return [div(attribute(element["c"][0][0], "quarto-layout-panel", columns), *blocks)]
    return None


def _heading(element: Element) -> Element:
    """A heading whose number is a link to itself."""
    level, found, inlines = element["c"]
    number = pairs(found).get("number")
    if number:
        mark = link(f"#{found[0]}", attribute("", "header-section-number"), word(number))
        inlines = [mark, {"t": "Space"}, *inlines]
    return {"t": "Header", "c": [level, found, inlines]}


def _scrolling(table: Element, number: int) -> Element:
    """A table in a region that scrolls by itself, on a phone and by keyboard."""
    return div(
        attribute("", "table-scroll", role="region", tabindex="0", aria_label=f"Table {number} on this page"),
        table,
    )


def _figure(element: Element, caption_place: str) -> Element:
    (identifier, (_, kind), more), (head, *body) = element["c"]
    caption = inlines_of(head)
    top = kind == "tbl" or caption_place == "top"
    name = f"{identifier}-caption"
    mark = link(f"#{identifier}", attribute("", "float-number"), word(label(kind, dict(more)["number"])))
    where = "top" if top else "bottom"
    classes = f"quarto-float-caption-{where} quarto-float-caption quarto-float-{kind}"
    opening = f'<figcaption class="{classes}" id="{name}">'
    words = [mark, word(":"), {"t": "Space"}, *caption] if caption else [mark]
    told = [raw_block(opening), plain(*words), raw_block("</figcaption>")]
    shown = div(attribute("", "float-content", aria_describedby=name), *body)
    inside = [*told, shown] if top else [shown, *told]
    start = raw_block(f'<figure class="quarto-float quarto-float-{kind}">')
    names = ["quarto-float", "quarto-figure"] if kind == "fig" else ["quarto-float"]
    return {"t": "Div", "c": [[identifier, names, []], [start, *inside, raw_block("</figure>")]]}


def _callout(element: Element) -> list[Element]:
    (identifier, classes, more), (title, body) = element["c"]
    collapse = dict(more).get("collapse")
    names = ["callout", "callout-titled", *classes]
    if collapse is None:
        head = div(attribute("", "callout-header"), title)
        return [{"t": "Div", "c": [[identifier, names, [["role", "note"]]], [head, body]]}]
    opened = " open" if collapse == "false" else ""
    anchor = f' id="{escape(identifier)}"' if identifier else ""
    opening = f'<details{anchor} class="{escape(" ".join(names))}"{opened}><summary class="callout-header">'
    return [raw_block(opening), *title["c"][1], raw_block("</summary>"), body, raw_block("</details>")]


def _with_outputs(body: str, outputs: list[Output], out: Path) -> str:
    return re.sub(r"<!--output (\d+)-->", lambda found: _shown(outputs[int(found[1])], out), body)


def _shown(output: Output, out: Path) -> str:
    if "text/html" in output.forms:
        shown = output.forms["text/html"]
        return _with_files(shown, output.record, out) if output.record else shown
    kind = next(media for media in IMAGES if media in output.forms)
    return f'<p><img src="{escape(output.name)}.{IMAGES[kind]}" alt="{escape(output.alt)}"></p>'


def _with_files(shown: str, record: Mapping[str, Any], out: Path) -> str:
    """The figure with links to its own files, in place of the one that a notebook carries inside itself."""
    found = {form: path for form, path in figure_files(record).items() if (out / path).is_file()}
    links = [
        f'<a href="{escape(path)}" download>{form}<span class="unseen"> file</span> ({size(out / path)})</a>'
        for form, path in found.items()
    ]
    if not links:
        return shown
    files = f'<p class="figure-download"><span>Download</span> {" ".join(links)}</p>'
    return re.sub(r'<p class="figure-download">.*?</p>', lambda _: files, shown, flags=re.S)


def _write_images(outputs: list[Output], out: Path) -> None:
    for output in outputs:
        kind = next((media for media in IMAGES if media in output.forms), None)
        if kind and "text/html" not in output.forms:
            path = out / f"{output.name}.{IMAGES[kind]}"
            path.parent.mkdir(parents=True, exist_ok=True)
            content = output.forms[kind]
            path.write_bytes(content.encode() if kind == "image/svg+xml" else base64.b64decode(content))


def _copy_files(document: Document, out: Path, look: str) -> None:
    """The shared style and script, and the files of the book that pages name."""
    assets = out / "assets"
    assets.mkdir(exist_ok=True)
    shutil.copyfile(ASSETS / f"{look}.css", assets / f"{look}.css")
    if look == LOOK:
        script = "\n".join((ASSETS / name).read_text(encoding="utf8") for name in SCRIPTS)
        (assets / "book.js").write_text(script, encoding="utf8", newline="\n")
    fonts = assets / "fonts"
    fonts.mkdir(exist_ok=True)
    for path in sorted([*FONTS.glob("*.woff2"), *FONTS.glob("*LICENSE.txt")]):
        shutil.copyfile(path, fonts / path.name)
    for name in document.book.css:
        own = document.book.folder / name
        shutil.copyfile(own if own.exists() else ASSETS / name, out / name)
    named = _named_files(document)
    stop_on_failure(
        failure("link", "The book has no such file.", file=file, value=name)
        for name, file in named.items()
        if not (document.book.folder / name).is_file()
    )
    for name in named:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(document.book.folder / name, out / name)


def _named_files(document: Document) -> Mapping[str, str]:
    """Files beside the notebooks that a link or an image names, and the notebook that names them."""
    pages = {chapter.page for chapter in document.book.chapters}
    found: dict[str, str] = {}
    for chapter in document.chapters:
        for url in _addresses(chapter.blocks):
            name = url.partition("#")[0]
            beside = ":" not in name and ".." not in name and not name.startswith("/")
            if name and beside and name not in pages:
                found[name] = chapter.chapter.file
    return found


def _addresses(blocks: Any) -> list[str]:
    return [item["c"][2][0] for item in elements(blocks) if item["t"] in {"Link", "Image"}]
