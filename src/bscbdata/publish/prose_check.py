"""No number on a finished page is unbound: each stands in a fact, a figure's own data, or a name that may hold digits.

Commentary is checked as it is rendered (bscbdata.prose). This reads what was published, so that the words of notebooks,
captions, notes and descriptions are held to the same. A PDF or a Word file made of the same book is held to the numerals
of the pages: it may show no other.
"""

import re
import zipfile
from collections.abc import Collection, Iterator
from html import unescape
from pathlib import Path

from bscbdata import numbers
from bscbdata.findings import Finding, warning
from bscbdata.kept import code_version, kept_json
from bscbdata.leak.contents import pdf_words
from bscbdata.prose import unbound_in
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
}
MESSAGE = "A number on the page is bound to no data."
NOT_SHOWN = {"[c]", "[x]", "[z]"}
NEAR = 40  # characters shown on each side of a number


def check_pages(report: Path) -> list[Finding]:
    """A warning for each number of the finished pages that is bound to nothing, with the words about it."""
    return [
        warning("number", f"{MESSAGE} It stands in: {near}.", file=page.name, value=word)
        for page in read_pages(report)
        for word, near in _read(report, page)["unbound"]
    ]


def check_files(report: Path) -> list[Finding]:
    """A warning for each number of a PDF or Word file among the downloads that the pages do not have."""
    paths = sorted(path for path in report.rglob("*") if path.suffix in READ)
    known = known_numerals(report) if paths else ()
    return [found for path in paths for found in check_text(READ[path.suffix](path), known, path.name)]


def _pdf_text(path: Path) -> str:
    return SPACED.sub("", "\n".join(pdf_words(path.read_bytes())))


# A line of single letters is what a drawing says, read letter by letter; the page with the same drawing is checked.
SPACED = re.compile(r"^\S(?: +\S)+ *$", re.M)


def _word_text(path: Path) -> str:
    """The words of a Word file as they are read, its notes too, a line for each paragraph."""
    with zipfile.ZipFile(path) as parts:
        names = [
            name
            for name in parts.namelist()
            if re.fullmatch(r"word/(?:document|footnotes|endnotes)\.xml", name)
        ]
        text = " ".join(parts.read(name).decode() for name in names)
    text = re.sub(r"<w:instrText\b.*?</w:instrText>", "", text)  # what a field is told, which nobody reads
    return unescape(re.sub(r"<[^>]+>", "", re.sub(r"</w:p>|<w:(?:tab|br)/>", "\n", text)))


READ = {".pdf": _pdf_text, ".docx": _word_text}
# in a printed book: parts of appendices, and the numbers of pages: after dots, after "page", at the foot, alone on a line
PRINTED = re.compile(
    r"(?<![\w.])[A-Z]\.\d+(?:\.\d+)*\b|(?:\. ?){3,}\s*\d+\b|\bpages?\s+\d+|(?<=\d{4}-\d\d) \d{1,3}\s*$|^\s*\d{1,3}\s*$",
    re.M,
)


def check_text(text: str, known: Collection[str], name: str) -> list[Finding]:
    """A warning for each number of a plain text (of a PDF, a Word file) that the pages do not have either."""
    return [
        warning("number", "A number in the file is bound to no data.", file=name, value=word)
        for word in dict.fromkeys(unbound_in(PRINTED.sub(" ", text), known))
    ]


def known_numerals(report: Path) -> frozenset[str]:
    """Every numeral of the finished pages, axes of charts among them, but for those that are bound to nothing."""
    return frozenset(numeral for page in read_pages(report) for numeral in _read(report, page)["numerals"])


def _read(report: Path, page: Page) -> dict[str, list]:
    """The unbound numbers of a page with the words about them, and its other numerals, from what is kept of the same page."""
    text = (report / page.name).read_text(encoding="utf8")

    def read() -> dict[str, list]:
        unbound = list(unbound_on(page))
        return {"unbound": unbound, "numerals": sorted(_numerals(page, text, unbound))}

    return kept_json("numerals", (code_version(), page.name, text), read)


def _numerals(page: Page, text: str, unbound: list[tuple[str, str]]) -> set[str]:
    shown = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.S)
    every = set(numbers.numerals(unescape(re.sub(r"<[^>]+>", " ", shown))))
    loose = {numeral for word, _ in unbound for numeral in numbers.numerals(word)}
    return (every - loose) | set(numbers.numerals(" ".join(_carried(page.tree))))


def _carried(node: Node) -> Iterator[str]:
    """The words of a page that data carries by itself: what _pieces leaves out."""
    for part in node.inside:
        if isinstance(part, Node) and part.classes & (BOUND | DATA):
            yield " ".join(said for each in part.all() for said in each.inside if isinstance(said, str))
        elif isinstance(part, Node) and part.tag not in UNSEEN:
            yield from _carried(part)


def unbound_on(page: Page) -> Iterator[tuple[str, str]]:
    """The unbound numbers of a page, each with the words about it."""
    text = " ".join("".join(_pieces(page.tree)).split())
    yield from _with_words(text, unbound_in(text))
    facts = [words(node) for node in page.tree.all() if "fact" in node.classes]
    for figure in page.figures():
        own = _own(figure) | set(numbers.numerals(" ".join(facts)))
        for said in (node for node in figure.all() if node.tag == "desc"):
            described = "".join(part for part in said.inside if isinstance(part, str))
            yield from _with_words(described, unbound_in(described, own))


def _pieces(node: Node) -> Iterator[str]:
    """The words of a page that no data carries by itself."""
    for part in node.inside:
        if isinstance(part, str):
            yield part
        elif part.tag in {*UNSEEN, "desc"} or part.classes & (BOUND | DATA):
            yield " "
        else:
            yield from _pieces(part)
            yield " " if part.tag in BLOCKS else ""


def _own(figure: Node) -> set[str]:
    """The numerals of a figure's own table, and how many of its values are not shown."""
    cells = [words(node) for node in figure.all() if node.tag in ("td", "th")]
    return {*numbers.numerals(" ".join(cells)), str(sum(cell in NOT_SHOWN for cell in cells))}


def _with_words(text: str, found: list[str]) -> Iterator[tuple[str, str]]:
    """Each number with the words about it, found one after the other."""
    start = 0
    for word in found:
        place = text.find(word, start)
        start = place + len(word)
        yield word, f"…{text[max(0, place - NEAR) : start + NEAR].strip()}…"
