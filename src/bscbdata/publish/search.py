"""The index that the pages search: every section, figure and table with its words, as a script beside the pages.

A script, since a page opened from a folder on disk may not fetch a file. Of tables it holds the words, not the numbers.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bscbdata.kept import code_version, kept_json
from bscbdata.review.pages import Node, classes, inside, read_tree

NAME = "assets/search-index.js"
TITLES = {"h1", "h2", "h3", "h4", "figcaption"}
CLOSED = {"nav", "desc", "script", "style", "button", "dialog"}
CLOSED_CLASSES = {
    "page-menu",
    "draft-note",
    "figure-download",
    "figure-meta",
    "table-symbols",
    "footnote-ref",
}
BLOCKS = {"p", "li", "tr", "caption", "summary", "dd", "dt", "div", "blockquote"}
CELLS = {"td", "th"}
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[^a-z])|\n")
LONGEST = 6000  # letters of one entry: a table of many pages is found by its title and its first rows


@dataclass
class Entry:
    """A place to be found: its anchor, its title, and its words."""

    anchor: str
    title: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def _gather(
    node: Node, entry: Entry, found: list[Entry], in_title: bool = False, in_table: bool = False
) -> None:
    """The words inside an element into its entry; a section or a float inside it begins an entry of its own."""
    for part in inside(node):
        if isinstance(part, str):
            if not (in_table and any(map(str.isdigit, part))):
                (entry.title if in_title else entry.words).append(part)
            continue
        here = entry
        if part.get("id") and (part.tag == "section" or "quarto-float" in classes(part)):
            here = Entry(part.get("id"))
            found.append(here)
        here.words += ["\n"] if part.tag in BLOCKS else [" "] if part.tag in CELLS else []
        if part.tag not in CLOSED and not classes(part) & CLOSED_CLASSES:
            _gather(part, here, found, in_title or part.tag in TITLES, in_table or part.tag == "table")


def entries(page: str, text: str) -> Iterator[tuple[str, str, str, list[str]]]:
    """What can be found on a page: address, page's title, own title, sentences."""
    found = [Entry("")]
    for main in read_tree(text).iter("main"):
        _gather(main, found[0], found)
    place = _plain(found[0].title)
    for entry in found:
        words = SENTENCE_END.split("".join(entry.words)[:LONGEST])
        sentences = [said for said in (_plain([part]) for part in words) if said]
        if entry.anchor != "footnotes" and (sentences or not entry.anchor):
            address = page + (f"#{entry.anchor}" if entry.anchor else "")
            yield address, place, _plain(entry.title) or place, sentences


def _entries(page: str, text: str) -> list:
    """The search entries of a page; cached by its text."""
    return kept_json("entries", (code_version(), page, text), lambda: list(entries(page, text)))


def _plain(parts: Iterable[str]) -> str:
    return re.sub(r"\s+([:,.;)])", r"\1", re.sub(r"\s+", " ", "".join(parts))).strip()


def write_index(out: Path, pages: Iterable[str]) -> None:
    """Write the index into the report: one list, each entry ended by an empty text, each sentence on a line of its own."""
    found = [entry for page in pages for entry in _entries(page, (out / page).read_text(encoding="utf8"))]
    flat = [text for address, place, title, said in found for text in (address, place, title, *said, "")]
    text = f"globalThis.bscbSearchIndex = {json.dumps(flat, ensure_ascii=False, indent=0)};\n"
    (out / NAME).write_text(text.replace("</", "<\\/"), encoding="utf8", newline="\n")
