"""No number on a finished page is unbound: each stands in a fact, a figure's own data, or a name that may hold digits.

Commentary is checked as it is rendered (bscbdata.prose). This reads what was published, so that the words of notebooks,
captions, notes and descriptions are held to the same. A PDF or a Word file made of the same book is held to the pages:
each of its numbers must stand there among the same words (same_words).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bscbdata import numbers
from bscbdata.build.kernels.tasks import tasks
from bscbdata.findings import Finding, warning
from bscbdata.kept import code_version, kept_json
from bscbdata.leak.aloud import BREAK
from bscbdata.prose import loose_counts, unbound_places
from bscbdata.provenance import LABELS
from bscbdata.publish import same_words
from bscbdata.publish.paper import PROVENANCE, counted
from bscbdata.review.pages import UNSEEN, Node, Page, read_pages, words

# what carries a number by itself: facts, links to numbered things, the numbers of chapters and sections, telephones
BOUND = {
    "fact",
    "phone",
    "quarto-xref",
    "float-number",
    "chapter-number",
    "header-section-number",
    "entry-number",
}
# what is drawn from data, or is no text of the report
DATA = {
    "data-table",
    "chart",
    "figure-download",
    "downloads",
    "figure-source",
    "figure-definition",
    "footnote-ref",
    "footnote-back",
    "pager",
    "file-size",
    "draft-note",
    "from-data",
}
BLOCKS = {
    "p",
    "li",
    "td",
    "th",
    "tr",
    "dd",
    "dt",
    "div",
    "section",
    "figcaption",
    "summary",
    "blockquote",
    "br",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
}
MESSAGE = "A number on the page is bound to no data."
NOT_SHOWN = {"[c]", "[x]", "[z]"}
NEAR = 40  # characters shown on each side of a number
BLOT = "\x7f"  # in place of a letter that data carries


def check_pages(report: Path) -> list[Finding]:
    """A warning for each number of the finished pages that is bound to nothing, with the words about it.

    Captions hold no claim, so that no number may stand in them as a word either.
    """
    pages = read_pages(report)
    loose = [
        warning("number", f"{MESSAGE} It stands in: {near}.", file=page.name, value=word)
        for page in pages
        for word, near in _read(report, page)["unbound"]
    ]
    captions = ((page, words(node)) for page in pages for node in page.tree.all() if node.tag == "figcaption")
    return loose + [
        warning(
            "number",
            "A number written as a word in a caption is bound to no data.",
            file=page.name,
            value=near,
        )
        for page, caption in captions
        for near in loose_counts(caption)
    ]


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
    pages = read_pages(report)
    return {row for page in pages for row in _read(report, page)["company"]} | set(_of_covers(pages))


def _of_covers(pages: Iterable[Page]) -> Iterator[str]:
    """What the cover of a printed book says of each kind of data, as many times as the pages show its badge."""
    metas = (node for page in pages for node in page.tree.all() if "figure-meta" in node.classes)
    counts = Counter(name for meta in metas for node in meta.all() for name in node.classes)
    for kind, label in LABELS.items():
        yield from same_words.company(f"{label} {counted(counts[f'badge-{kind}'])} {PROVENANCE[kind]}")


def _read(report: Path, page: Page) -> dict[str, list]:
    """The unbound numbers of a page with the words about them, and its words in a row, from what is kept of the same page."""
    text = (report / page.name).read_text(encoding="utf8")

    def read() -> dict[str, list]:
        told = list(_told(page))
        company = {row for each in (*told, *_columns(page)) for row in each.company()}
        return {"unbound": [found for each in told for found in each.unbound()], "company": sorted(company)}

    return kept_json("page-numbers", (code_version(), page.name, text), read)


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
    facts = [words(node) for node in page.tree.all() if "fact" in node.classes]
    for figure in page.figures():
        own = _own(figure) | set(numbers.numerals(" ".join(facts)))
        for said in (node for node in figure.all() if node.tag == "desc"):
            described = " ".join("".join(part for part in said.inside if isinstance(part, str)).split())
            yield Told(
                described,
                numbers.NUMERAL.sub(lambda n, own=own: _blot(n[0]) if n[0] in own else n[0], described),
            )


def _columns(page: Page) -> Iterator[Told]:
    """The tables of data down their columns: paper has the values of a line beside each other, a page below."""
    for table in (node for node in page.tree.all() if "data-table" in node.classes):
        rows = [
            [words(c) for c in row.all() if c.tag in ("td", "th")] for row in table.all() if row.tag == "tr"
        ]
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
    for part in node.inside:
        if isinstance(part, str):
            yield part, carried
        elif part.tag in {*UNSEEN, "desc"}:
            yield " ", carried
        else:
            yield from _pieces(part, carried or bool(part.classes & (BOUND | DATA)))
            yield f" {BREAK} " if part.tag in BLOCKS else "", carried


def _own(figure: Node) -> set[str]:
    """The numerals of a figure's own table, and how many of its values are not shown."""
    cells = [words(node) for node in figure.all() if node.tag in ("td", "th")]
    return {*numbers.numerals(" ".join(cells)), str(sum(cell in NOT_SHOWN for cell in cells))}
