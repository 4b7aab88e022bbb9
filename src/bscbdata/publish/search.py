"""The index that the pages search: every section, figure and table with its words, as a script beside the pages.

A script, since a page opened from a folder on disk may not fetch a file. Of tables it holds the words, not the numbers.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from bscbdata.kept import code_version, kept_json

NAME = "assets/search-index.js"
HEADINGS = {"h1", "h2", "h3", "h4"}
EMPTY = {"br", "hr", "img", "input", "wbr", "col", "meta", "link"}
CLOSED = {"nav", "svg", "script", "style", "button", "dialog"}
CLOSED_CLASSES = {"page-menu", "draft-note", "figure-download", "figure-meta", "table-symbols"}
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


@dataclass
class _Reader(HTMLParser):
    """One page read into its entries: the page, its sections, its figures and tables."""

    entries: list[Entry] = field(default_factory=lambda: [Entry("")])
    open: list[tuple[str, Entry, bool, bool]] = field(default_factory=list)
    in_main: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def _state(self) -> tuple[Entry, bool, bool]:
        return self.open[-1][1:] if self.open else (self.entries[0], False, False)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        classes = set(found.get("class", "").split())
        entry, is_title, is_closed = self._state()
        if tag == "main":
            self.in_main = True
        if self.in_main and found.get("id") and (tag == "section" or "quarto-float" in classes):
            entry = Entry(found["id"])
            self.entries.append(entry)
        is_title = is_title or tag in HEADINGS or tag == "figcaption"
        is_closed = is_closed or tag in CLOSED or bool(classes & CLOSED_CLASSES)
        if tag in BLOCKS or tag in CELLS:
            entry.words.append("\n" if tag in BLOCKS else " ")
        if tag not in EMPTY:
            self.open.append((tag, entry, is_title, is_closed))

    def handle_endtag(self, tag: str) -> None:
        if tag in {open_tag for open_tag, *_ in self.open}:
            while self.open.pop()[0] != tag:
                pass
        if tag == "main":
            self.in_main = False

    def handle_data(self, data: str) -> None:
        entry, is_title, is_closed = self._state()
        in_table = any(tag == "table" for tag, *_ in self.open)
        if self.in_main and not is_closed and not (in_table and any(map(str.isdigit, data))):
            (entry.title if is_title else entry.words).append(data)


def entries(page: str, text: str) -> Iterator[tuple[str, str, str, list[str]]]:
    """What can be found on a page: address, page's title, own title, sentences."""
    reader = _Reader()
    reader.feed(text)
    place = _plain(reader.entries[0].title)
    for entry in reader.entries:
        words = SENTENCE_END.split("".join(entry.words)[:LONGEST])
        sentences = [said for said in (_plain([part]) for part in words) if said]
        if entry.anchor != "footnotes" and (sentences or not entry.anchor):
            address = page + (f"#{entry.anchor}" if entry.anchor else "")
            yield address, place, _plain(entry.title) or place, sentences


def _entries(page: str, text: str) -> list:
    """The entries of a page, from those kept of the same page."""
    return kept_json("entries", (code_version(), page, text), lambda: list(entries(page, text)))


def _plain(parts: Iterable[str]) -> str:
    return re.sub(r"\s+([:,.;)])", r"\1", re.sub(r"\s+", " ", "".join(parts))).strip()


def write_index(out: Path, pages: Iterable[str]) -> None:
    """Write the index into the report: one list, each entry ended by an empty text, each sentence on a line of its own."""
    found = [entry for page in pages for entry in _entries(page, (out / page).read_text(encoding="utf8"))]
    flat = [text for address, place, title, said in found for text in (address, place, title, *said, "")]
    text = f"globalThis.bscbSearchIndex = {json.dumps(flat, ensure_ascii=False, indent=0)};\n"
    (out / NAME).write_text(text.replace("</", "<\\/"), encoding="utf8", newline="\n")
