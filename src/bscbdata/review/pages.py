"""What the pages of a report say, read from the pages themselves: nothing that was not published can come from here.

Reads what the stitcher writes and what Quarto writes: both name sections, figures and facts alike.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lxml import etree, html

from bscbdata.review.anchors import with_ids

FACT, VALUE, END = "\x01", "\x02", "\x03"
MARKED = re.compile(f"{FACT}([^{VALUE}]*){VALUE}([^{END}]*){END}")
SENTENCE_END = re.compile(r"(?<=[.!?])[”’\")]*\s+(?=[A-Z0-9“‘(£\x01])")
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
UNSEEN = {"nav", "script", "style", "title"}
UNSEEN_CLASSES = {"draft-note", "draft-comments", "claim-note", "chart", "footnote-ref", "figure-data"}
UNSEEN_CLASSES |= {"downloads", "pager"}
# the ids of anchors.py; others, as of notes, are not one of a kind
NUMBERED = re.compile(r"-p\d+(?:-[0-9a-f]{6})?$")
# pages beside the report: they say nothing of the year
ADDED = {"changes.html", "open.html", "accessibility.html"}


Node = html.HtmlElement
# the parts of an element in reading order: elements and texts
inside = etree.XPath("*|text()", smart_strings=False)


def classes(node: Node) -> set[str]:
    return set(node.get("class", "").split())


def of_class(node: Node, *wanted: str) -> Iterator[Node]:
    """The element and its descendants that have one of these CSS classes, in document order."""
    return (part for part in node.iter("*") if classes(part) & set(wanted))


def read_tree(text: str) -> Node:
    """A page as a tree. Of a drawing only its description is kept."""
    text = re.sub(r"<svg\b.*?</svg>", _description, text, flags=re.S)
    return html.fromstring(text, parser=html.HTMLParser(huge_tree=True))


def _description(drawing: re.Match) -> str:
    found = re.search(r"<desc\b[^>]*>(.*?)</desc>", drawing[0], flags=re.S)
    return f"<desc>{found[1] if found else ''}</desc>"


def words(node: Node, marked: bool = False) -> str:
    """The words of an element as they are read, spaces made single; `marked` keeps which of them are facts."""
    return re.sub(r"[\s\u00a0]+", " ", "".join(_pieces(node, marked))).strip()


def _pieces(node: Node, marked: bool) -> Iterator[str]:
    for part in inside(node):
        if isinstance(part, str):
            yield re.sub(f"[{FACT}{VALUE}{END}]", "", part)
        elif marked and "fact" in classes(part):
            yield f"{FACT}{fact_name(part)}{VALUE}{words(part)}{END}"
        elif not _unseen(part):
            yield from _pieces(part, marked)
            yield " " if part.tag in ("br", "p", "li", "tr", "td", "th") else ""


def _unseen(node: Node) -> bool:
    return node.tag in UNSEEN or bool(classes(node) & UNSEEN_CLASSES)


def fact_name(node: Node) -> str:
    """`id|area|year` of a fact as it stands in a page."""
    return "|".join(node.get(f"data-{name}", "") for name in ("fact", "area", "year"))


@dataclass
class Page:
    """One chapter as published."""

    name: str
    title: str
    tree: Node

    def facts(self) -> Iterator[tuple[str, str, str]]:
        """Every fact shown: `id|area|year`, what is shown, and the id of where."""
        yield from _facts(self.tree, "")

    def sections(self) -> Iterator[tuple[str, str, list[Node]]]:
        """Anchor, heading and paragraphs of each section, in order; the chapter's own first."""
        found: dict[str, tuple[str, list[Node]]] = {"": (self.title, [])}
        _gather(self.tree, "", found)
        for anchor, (heading, paragraphs) in found.items():
            yield anchor, heading, paragraphs

    def figures(self) -> Iterator[Node]:
        """Every numbered figure and table."""
        for node in of_class(self.tree, "quarto-float"):
            if node.tag == "div" and node.get("id", "")[:4] in ("fig-", "tbl-"):
                yield node


def _facts(node: Node, place: str) -> Iterator[tuple[str, str, str]]:
    own = node.get("id", "")
    place = own if node.tag in ("p", "li", "section") and own or own[:4] in ("fig-", "tbl-") else place
    for part in node.iterchildren("*"):
        if "fact" in classes(part):
            yield fact_name(part), words(part), place
        elif not _unseen(part):
            yield from _facts(part, place)


def _gather(node: Node, section: str, found: dict[str, tuple[str, list[Node]]]) -> None:
    for part in node.iterchildren("*"):
        if _unseen(part) or classes(part) & {"figure-body", "table-body"}:
            continue
        own, within = part.get("id", ""), section
        if part.tag == "section" and own:
            within = own
            found.setdefault(within, (_words_of_first(part, *HEADINGS), []))
        if part.tag in ("p", "li") and NUMBERED.search(own):
            found[section][1].append(part)
        else:
            _gather(part, within, found)


def _words_of_first(node: Node, *tags: str) -> str:
    """The words of the first element of these kinds; empty where there is none."""
    found = next(node.iter(*tags), None)
    return "" if found is None else words(found)


def sentences(paragraph: Node) -> list[dict]:
    """The sentences of a paragraph: text, facts, and `form`, the text with the name of each fact for its value."""
    found = []
    for part in SENTENCE_END.split(words(paragraph, marked=True)):
        names = [name for name, _ in MARKED.findall(part)]
        found.append({"text": MARKED.sub(r"\2", part), "facts": names, "form": MARKED.sub(r"{\1}", part)})
    return [sentence for sentence in found if sentence["text"]]


def read_pages(report: Path) -> list[Page]:
    """The chapters of a report, in the order of their names; the first page first."""
    return [read_page(path) for path in page_files(report)]


def page_files(report: Path) -> list[Path]:
    """The files of the chapters of a report, in the same order."""
    paths = [path for path in report.glob("*.html") if path.name not in ADDED]
    return sorted(paths, key=lambda path: (path.name != "index.html", path.name))


def read_page(path: Path) -> Page:
    return _read(path.name, path.read_text(encoding="utf8"))


@lru_cache(maxsize=64)  # several checks read the pages of one build
def _read(name: str, text: str) -> Page:
    tree = read_tree(with_ids(text, Path(name).stem))
    main = next(tree.iter("main"), tree)
    return Page(name, _words_of_first(main, "h1"), main)


def drawings(report: Path, keys: Iterable[str]) -> dict[str, str]:
    """The wide drawing of each figure asked for, as SVG, where a page has it."""
    wanted, found = set(keys), {}
    for path in sorted(report.glob("*.html")):
        text = path.read_text(encoding="utf8")
        for key, svg in re.findall(
            r'<div class="figure-body" id="figure-([\w-]+)">(?:(?!<div class="figure-body").)*?'
            r'<div class="chart chart-wide">(<svg\b.*?</svg>)',
            text,
            flags=re.S,
        ):
            if f"fig-{key}" in wanted:
                found[f"fig-{key}"] = svg
    return found
