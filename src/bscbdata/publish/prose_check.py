"""No number on a finished page is unbound: each stands in a fact, a figure's own data, or a name that may hold digits.

Commentary is checked as it is rendered (bscbdata.prose). This reads what was published, so that the words of notebooks,
captions, notes and descriptions are held to the same. A PDF or a Word file made of the same book is held to the pages:
each of its numbers must stand there among the same words (same_words).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bscbdata import numbers
from bscbdata.build.kernels.tasks import tasks
from bscbdata.findings import Finding, warning
from bscbdata.kept import code_version, kept_json
from bscbdata.leak.aloud import BREAK
from bscbdata.prose import loose_counts, unbound_places
from bscbdata.provenance import LABELS
from bscbdata.publish import same_words
from bscbdata.publish.paper import PROVENANCE, counted
from bscbdata.review.pages import (
    HEADINGS,
    UNSEEN,
    Node,
    Page,
    classes,
    inside,
    of_class,
    page_files,
    read_page,
    words,
)

# what carries a number by itself: facts, links to numbered things, the numbers of chapters and sections, telephones
BOUND = {"fact", "phone", "quarto-xref"}
BOUND |= {"float-number", "chapter-number", "header-section-number", "entry-number"}
# what is drawn from data, or is no text of the report
DATA = {"data-table", "from-data", "chart", "figure-source", "figure-definition", "figure-download"}
DATA |= {"downloads", "file-size", "pager", "footnote-ref", "footnote-back", "draft-note"}
BLOCKS = {
    "p", "li", "td", "th", "tr", "dd", "dt", "div", "section", "figcaption", "summary", "blockquote",
    "br",
}  # fmt: skip
BLOCKS |= set(HEADINGS)
MESSAGE = "A number on the page is bound to no data."
IN_CAPTION = "A number written as a word in a caption is bound to no data."
SHARES = 4  # of the pages, read beside each other
NOT_SHOWN = {"[c]", "[x]", "[z]"}
NEAR = 40  # characters shown on each side of a number
BLOT = "\x7f"  # in place of a letter that data carries


def check_pages(report: Path) -> list[Finding]:
    """A warning for each number of the finished pages that is bound to nothing, with the words about it.

    Captions hold no claim, so that no number may stand in them as a word either.
    """
    paths = page_files(report)
    with tasks() as apart:
        asked = [apart.submit(_loose, paths[start::SHARES]) for start in range(SHARES)]
        found = {name: told for each in asked for name, told in each.result().items()}
    loose = [
        warning("number", f"{MESSAGE} It stands in: {near}.", file=path.name, value=word)
        for path in paths
        for word, near in found[path.name]["unbound"]
    ]
    return loose + [
        warning("number", IN_CAPTION, file=path.name, value=near)
        for path in paths
        for near in found[path.name]["captions"]
    ]


def _loose(paths: list[Path]) -> dict[str, dict[str, list]]:
    """Of each page the numbers that are bound to nothing, and those that stand as words in captions."""
    read = {path.name: _read(path) for path in paths}
    return {name: {kind: told[kind] for kind in ("unbound", "captions")} for name, told in read.items()}


def check_files(report: Path) -> list[Finding]:
    """A warning for each number of a PDF or Word file among the downloads that stands on no page in the same company."""
    paths = sorted(path for path in report.rglob("*") if path.suffix in same_words.READ)
    with tasks() as apart:
        asked = [apart.submit(_check_file, report, path) for path in paths]
        return [found for each in asked for found in each.result()]


def _check_file(report: Path, path: Path) -> list[Finding]:
    return list(same_words.check_file(path, known_company(report)))


def known_company(report: Path) -> Collection[str]:
    """Every few words in a row of the finished pages; a number that is bound to nothing counts as none."""
    pages = [_read(path) for path in page_files(report)]
    badges = sum((Counter(page["badges"]) for page in pages), Counter())
    return {row for page in pages for row in page["company"]} | set(_of_covers(badges))


def _of_covers(badges: Counter) -> Iterator[str]:
    """What the cover of a printed book says of each kind of data, as many times as the pages show its badge."""
    for kind, label in LABELS.items():
        yield from same_words.company(f"{label} {counted(badges[f'badge-{kind}'])} {PROVENANCE[kind]}")


def _badges(page: Page) -> Counter[str]:
    metas = of_class(page.tree, "figure-meta")
    named = (name for meta in metas for node in meta.iter("*") for name in classes(node))
    return Counter(name for name in named if name.startswith("badge-"))


def _read(path: Path) -> dict[str, Any]:
    """The numbers of a page; cached by its content.

    `unbound`: its numbers that nothing carries, with the words about them; `captions`: those with a number as a word;
    `company`: its words in a row; `badges`: how many of its figures show each kind of data.
    """

    def read() -> dict[str, Any]:
        page = read_page(path)
        told = list(_told(page))
        captions = map(words, page.tree.iter("figcaption"))
        headings = (words(mark.getparent()) for mark in of_class(page.tree, "header-section-number"))
        company = [
            *(each.company() for each in (*told, *_columns(page))),
            *map(same_words.short_heading, headings),
        ]
        return {
            "unbound": [found for each in told for found in each.unbound()],
            "captions": [near for caption in captions for near in loose_counts(caption)],
            "company": sorted({row for rows in company for row in rows}),
            "badges": _badges(page),
        }

    return kept_json("page-numbers", (code_version(), path.name, path.read_bytes()), read)


@dataclass(frozen=True)
class Told:
    """Some words of a page, and the same with what data carries blotted out, letter for letter."""

    text: str
    loose: str

    def unbound(self) -> Iterator[tuple[str, str]]:
        """Each number that nothing carries or excuses, with the words about it."""
        for start, end in unbound_places(self.loose):
            near = self.text[max(0, start - NEAR) : end + NEAR].replace(BREAK, " ")
            yield self.text[start:end], f"…{' '.join(near.split())}…"

    def company(self) -> Iterator[str]:
        loose = {place for start, end in unbound_places(self.loose) for place in range(start, end)}
        return same_words.company(self.text, loose)


def _told(page: Page) -> Iterator[Told]:
    """The words of a page in the order of reading, and those that describe each of its figures."""
    yield _spaced([(BREAK, False), *_pieces(page.tree)])
    of_facts = set(numbers.numerals(" ".join(map(words, of_class(page.tree, "fact")))))
    for figure in page.figures():
        own = _own(figure) | of_facts
        for said in figure.iter("desc"):
            described = " ".join(said.text_content().split())
            loose = numbers.NUMERAL.sub(lambda n, own=own: _blot(n[0]) if n[0] in own else n[0], described)
            yield Told(described, loose)


def _columns(page: Page) -> Iterator[Told]:
    """The tables of data down their columns: paper has the values of a line beside each other, a page below."""
    for table in of_class(page.tree, "data-table"):
        rows = [[words(cell) for cell in row.iter("td", "th")] for row in table.iter("tr")]
        for column in zip(*rows, strict=False):
            text = " ".join(column)
            yield Told(text, _blot(text))


def _spaced(pieces: Iterable[tuple[str, bool]]) -> Told:
    """The pieces as one text with single spaces."""
    text, loose = [], []
    for words_, carried in pieces:
        for letter in words_:
            if not letter.isspace():
                text.append(letter)
                loose.append(BLOT if carried else letter)
            elif text and text[-1] != " ":
                text.append(" ")
                loose.append(" ")
    return Told("".join(text), "".join(loose))


def _blot(text: str) -> str:
    return BLOT * len(text)


def _pieces(node: Node, carried: bool = False) -> Iterator[tuple[str, bool]]:
    """The words of a page in the order of reading, each with whether data carries it by itself."""
    for part in inside(node):
        if isinstance(part, str):
            yield part, carried
        elif part.tag in {*UNSEEN, "desc"}:
            yield " ", carried
        else:
            yield from _pieces(part, carried or bool(classes(part) & (BOUND | DATA)))
            yield f" {BREAK} " if part.tag in BLOCKS else "", carried


def _own(figure: Node) -> set[str]:
    """The numerals of a figure's own table, and how many of its values are not shown, in all or in the column drawn."""
    rows = [[words(cell) for cell in row.iter("td", "th")] for row in figure.iter("tr")]
    hidden = Counter(place for row in rows for place, cell in enumerate(row) if cell in NOT_SHOWN)
    counts = map(str, [hidden.total(), *hidden.values()])
    return {*numbers.numerals(" ".join(cell for row in rows for cell in row)), *counts}
