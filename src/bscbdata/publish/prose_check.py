"""No number on a finished page is unbound: each stands in a fact, a figure's own data, or a name that may hold digits.

Commentary is checked as it is rendered (bscbdata.prose). This reads what was published, so that the words of notebooks,
captions, notes and descriptions are held to the same. A PDF or a Word file is checked with the numerals of the pages:

    findings = check_text(text_of_the_pdf, known_numerals(report), "report.pdf")
"""

import re
from collections.abc import Collection, Iterator
from html import unescape
from pathlib import Path

from bscbdata import numbers
from bscbdata.findings import Finding, warning
from bscbdata.prose import unbound_in
from bscbdata.review.pages import UNSEEN, Node, Page, read_pages, words

# what carries a number by itself: facts, links to numbered things, the numbers of chapters and sections
BOUND = {"fact", "quarto-xref", "float-number", "chapter-number", "header-section-number", "entry-number"}
# what is drawn from data, or is no text of the report
DATA = {
    "data-table",
    "chart",
    "figure-download",
    "downloads",
    "figure-source",
    "footnote-ref",
    "footnote-back",
    "pager",
    "file-size",
    "draft-note",
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
        for word, near in unbound_on(page)
    ]


def check_text(text: str, known: Collection[str], name: str) -> list[Finding]:
    """A warning for each number of a plain text (of a PDF, a Word file) that the pages do not have either."""
    return [
        warning("number", "A number in the file is bound to no data.", file=name, value=word)
        for word in dict.fromkeys(unbound_in(text, known))
    ]


def known_numerals(report: Path) -> frozenset[str]:
    """Every numeral of the finished pages, axes of charts among them, but for those that are bound to nothing."""
    found: set[str] = set()
    for page in read_pages(report):
        text = re.sub(
            r"<(script|style)\b.*?</\1>", " ", (report / page.name).read_text(encoding="utf8"), flags=re.S
        )
        found |= set(numbers.numerals(unescape(re.sub(r"<[^>]+>", " ", text))))
        found -= {numeral for word, _ in unbound_on(page) for numeral in numbers.numerals(word)}
    return frozenset(found)


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
