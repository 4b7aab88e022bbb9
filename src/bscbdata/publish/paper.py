"""What PDF and Word have in common: the whole book as one text, and each figure of it as blocks of pandoc's tree."""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from bscbdata.figures.published_table import MEANINGS as SYMBOLS
from bscbdata.figures.published_table import without_markup
from bscbdata.findings import failure, refusal, stop_on_failure
from bscbdata.provenance import LABELS, in_short
from bscbdata.publish import pandoc
from bscbdata.publish.about import read_about
from bscbdata.publish.book import Book
from bscbdata.publish.cover import rests_on
from bscbdata.publish.document import Document
from bscbdata.publish.exhibits import Exhibit, exhibits
from bscbdata.publish.notebook import Output
from bscbdata.publish.numbering import Numbered, callout_kind, floats
from bscbdata.publish.paper_tables import least_width, table, turned
from bscbdata.publish.tree import (
    Attributes,
    Element,
    attributes,
    classes_of,
    elements,
    inlines_of,
    pairs,
    plain_text,
    rewrite,
)

MANY_COLUMNS = 6  # a table with more may read better with its columns as rows
NO_WORDS = "The picture has no words for those who cannot see it."
ANNEX = "The values behind the charts"
ANNEX_WORDS = "What each chart shows, in numbers, in the order of the charts. Where a number comes from stands at its chart."
PROVENANCE = {
    "official": "counted and published by government departments",
    "published": "as they were printed in the report of the time",
    "returned": "counted from what agencies sent for this report",
    "illustrative": "simulated to agree with published totals; no real child or case is in them",
    "mixed": "more than one of these kinds; the note beside them says which is which",
}


# ---- the book as a whole -----------------------------------------------------------------------------------------


def made_at(book: Book) -> datetime:
    """The moment that files say they were made: the edition's date at noon, so that it never depends on the clock."""
    try:
        day = date.fromisoformat(book.date)
    except ValueError:
        year = re.search(r"\d{4}", book.date)
        day = date(int(year[0]) if year else 2000, 1, 1)
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def counted(number: int) -> str:
    """`3 figures and tables`."""
    return f"{number} {'figure or table' if number == 1 else 'figures and tables'}"


def provenances(document: Document) -> list[tuple[str, int]]:
    """How many figures and tables there are of each provenance, in the order of LABELS; none for other readers."""
    if read_about(document.book).audience:  # their numbers stand in words, which say themselves what they are
        return []
    return [(kind, figures + tables) for kind, _, figures, tables in rests_on(document)]


def in_one_file(document: Document) -> list[Numbered]:
    """The chapters with ids that stand once in the whole book, and with links that lead there.

    Raises DataStop when a link leads nowhere.
    """
    pages = {chapter.chapter.page: chapter for chapter in document.chapters}
    for chapter, found in _named(document):
        found[0] = _whole_id(chapter, found[0])
    known = {chapter_id(chapter) for chapter in document.chapters} | {
        found[0] for _, found in _named(document)
    }
    wrong: list = []
    for chapter in document.chapters:
        chapter.blocks = rewrite(chapter.blocks, partial(_inner_link, chapter, pages, known, wrong))
    stop_on_failure(wrong)
    return list(document.chapters)


def chapter_id(chapter: Numbered) -> str:
    return chapter.anchor or f"page-{_stem(chapter)}"


def _stem(chapter: Numbered) -> str:
    return chapter.chapter.page.removesuffix(".html")


def _whole_id(chapter: Numbered, name: str) -> str:
    """Ids that can be referred to stand once in a book; others, such as those of headings, only once in a chapter."""
    return name if name[:4] in {"fig-", "tbl-", "sec-"} else f"{_stem(chapter)}-{name}"


def _named(document: Document) -> Iterator[tuple[Numbered, Attributes]]:
    """The attributes of every element that has an id, with its chapter."""
    for chapter in document.chapters:
        found = filter(None, map(attributes, elements(chapter.blocks)))
        yield from ((chapter, told) for told in found if told[0])


def _inner_link(
    chapter: Numbered, pages: Mapping[str, Numbered], known: set[str], wrong: list, element: Element
) -> list[Element] | None:
    """A link to a page of the book as a link to its place in the file; one to a file beside it as its words."""
    if element["t"] != "Link":
        return None
    url = element["c"][2][0]
    page, _, anchor = url.partition("#")
    if page and page not in pages:
        return None if re.match(r"[a-z]+:", url) else element["c"][1]
    target = pages[page] if page else chapter
    name = _whole_id(target, anchor) if anchor else chapter_id(target)
    if name not in known:
        wrong.append(failure("link", "A link leads nowhere.", file=chapter.chapter.file, value=url))
    element["c"][2][0] = f"#{name}"
    return None


# ---- one figure or table -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """What a cell shows: its words as plain text, its drawing, its table; what it lacks is empty."""

    key: str = ""
    headline: str = ""
    measure: str = ""
    note: str = ""
    definition: str = ""
    provenance: str = ""
    source: str = ""
    printed: str = ""
    alt: str = ""
    image: tuple[str, bytes] | None = None  # its form, svg or png, and its bytes
    png: bytes = b""  # the same picture for what can draw no SVG
    table: Element | None = None
    values: bool = False  # whether the annex has the values of its drawing
    meanings: str = ""
    blocks: tuple[Element, ...] = ()  # anything else, as pandoc reads it

    @property
    def label(self) -> str:
        return LABELS.get(self.provenance, "")

    @property
    def origin(self) -> list[str]:
        """Who published the numbers, and where they are printed; what is not known is left out."""
        source = [f"Source: {self.source}"] if self.source else []
        return source + ([f"{self.printed}."] if self.printed else [])

    @property
    def width(self) -> float:
        """How wide the drawing is, as it was drawn; 0 for a picture."""
        found = re.search(rb'<svg[^>]*?\bwidth="([\d.]+)', self.image[1]) if self.image else None
        return float(found[1]) if found else 0


def shown(output: Output) -> Shown:
    """The output as paper needs it: from its record, else from the best of its forms.

    DataStop when a picture has no words.
    """
    found = _from_record(output) if output.record else _from_forms(output)
    if found.image and not found.alt:
        page = f"{output.name.partition('_files/')[0]}.html"
        raise refusal("words", NO_WORDS, file=page)
    return found


def _from_forms(output: Output) -> Shown:
    forms = output.forms
    html = forms.get("text/html", "")
    drawn = re.search(r"<svg\b.*?</svg>", html, flags=re.S)
    svg = forms.get("image/svg+xml") or (drawn[0] if drawn else "")
    image = ("svg", svg.encode()) if svg else None
    told = {"alt": output.alt or _svg_words(svg), "image": image, "png": _png(output)}
    if html:
        blocks = rewrite(pandoc.parse([_bare(html)], "html")[0]["blocks"], _plainer)
        return Shown(**told, blocks=tuple(blocks))
    return Shown(**told) if svg else Shown(alt=output.alt, image=("png", _png(output)))


def _plainer(element: Element) -> list[Element] | None:
    """Foreign HTML as paper takes it: an image by its words, since it would be fetched from outside; no headings."""
    if element["t"] == "Header":
        return [{"t": "Para", "c": [{"t": "Strong", "c": element["c"][2]}]}]
    return element["c"][1] if element["t"] == "Image" else None


def _png(output: Output) -> bytes:
    return base64.b64decode(output.forms.get("image/png", ""))


def _from_record(output: Output) -> Shown:
    record = output.record
    is_figure = bool(record["svg"])
    return Shown(
        key=record["key"],
        headline=words_of(record["headline"]),
        measure=record["measure"],
        note=words_of(record["note"]),
        definition=record.get("definition", ""),
        provenance=record["provenance"],
        source=in_short(record["source"]),
        printed=record["printed"],
        alt=output.alt or record["alt_text"],
        image=("svg", record["svg"].encode()) if is_figure else None,
        png=_png(output),
        table=table(record["table"]),
        values=has_values(record),
        meanings=symbols(record["table"]["rows"]),
    )


def words_of(html: str) -> str:
    """The words of a text with markup, in one line."""
    return " ".join(without_markup(html).split())


def _svg_words(svg: str) -> str:
    found = re.search(r"<desc[^>]*>(.*?)</desc>", svg, flags=re.S)
    return words_of(found[1]) if found else ""


def _bare(html: str) -> str:
    """HTML without drawings and what is for the screen alone; a table's name repeats the measure above it."""
    return re.sub(r"<(svg|style|script|caption|summary)\b.*?</\1>", "", html, flags=re.S)


def symbols(rows: Iterable[list[str]]) -> str:
    """What the symbols in the rows mean; empty when there are none."""
    cells = {cell for row in rows for cell in row}
    said = "; ".join(f"{symbol} {meaning}" for symbol, meaning in SYMBOLS.items() if symbol in cells)
    return f"{said}." if said else ""


def charts(document: Document) -> Iterator[tuple[Exhibit, Element]]:
    """Each chart of the book with the table of its values, turned where it would be too wide to read."""
    for exhibit in exhibits(document):
        if has_values(exhibit.record):
            found = table(exhibit.record["table"])
            other = (
                turned(found, "Series") if len(exhibit.record["table"]["columns"]) > MANY_COLUMNS else found
            )
            yield exhibit, min(found, other, key=least_width)


def has_values(record: Mapping[str, Any]) -> bool:
    """Whether a figure is a chart with values. One of the report itself without any is told in the text beside it."""
    numbers = any(column["is_number"] for column in record["table"]["columns"])
    return bool(record["svg"]) and bool(numbers or record["source"])


def key_messages(blocks: list[Element]) -> list[list[Element]]:
    """The items of a list of which each begins with a number in bold, each as the number and its words.

    Nothing of anything else, which stays the list that it is.
    """
    items = blocks[0]["c"] if [block["t"] for block in blocks] == ["BulletList"] else []
    if any(len(item) != 1 or item[0]["c"][0]["t"] != "Strong" for item in items):
        return []
    return [item[0]["c"] for item in items]


def with_words(book: Path, image: Element) -> tuple[Path, str, int]:
    """The file of an image beside the notebooks, its words and its width in pixels (0 where none is told).

    DataStop when it is missing or has no words.
    """
    (_, _, more), inlines, (url, _) = image["c"]
    path, told = book / url, plain_text(inlines)
    if not path.is_file():
        raise refusal("words", "The image is missing.", file=url)
    if not told:
        raise refusal("words", NO_WORDS, file=url)
    width = re.fullmatch(r"(\d+)(?:px)?", dict(more).get("width", ""))
    return path, told, int(width[1]) if width else 0


# ---- both writers walk the same way ------------------------------------------------------------------------------


def without_wrappers(content: Any) -> Any:
    """The content without the divisions and spans that mean nothing on paper; the numbers in facts stay as text."""

    def unwrap(element: Element) -> list[Element] | None:
        if element["t"] == "Span" and not element["c"][0][0]:
            return element["c"][1]
        if callout_kind(element) and "collapse" in pairs(element["c"][0]):
            return _unfolded(element)
        names = classes_of(element)
        is_cell = "cell" in names or "cell-output" in names
        return element["c"][1] if is_cell and "cell-output-display" not in names else None

    return rewrite(content, unwrap)


def _unfolded(callout: Element) -> list[Element] | None:
    """What the pages fold away because it is long, such as a table: on paper it stands open, without a frame."""
    title, body = callout["c"][1]
    captions = {plain_text(inlines_of(item["c"][1][0])) for item in floats(body)}
    if not captions:
        return None
    words = inlines_of(title)
    heading = [{"t": "Para", "c": [{"t": "Strong", "c": words}]}] if plain_text(words) not in captions else []
    return [*heading, *body["c"][1]]
