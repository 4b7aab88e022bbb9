"""Every figure and table of the book in order, with the number and title it has on its page and what it shows as data."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bscbdata.findings import Finding, failure, stop_on_failure
from bscbdata.kept import code_version, kept_json
from bscbdata.publish.book import Book
from bscbdata.publish.document import Document, resolve
from bscbdata.publish.numbering import NAMES, Numbered, floats
from bscbdata.publish.tree import Element, classes_of, elements, inlines_of, pairs, plain_text
from bscbdata.publish.typography import straight

KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Exhibit:
    """One figure or table of ours. `number` is 2.1 as on its page; `record` is as bscbdata.figures.figure_record says."""

    kind: str
    number: str
    title: str
    page: str
    anchor: str
    chapter: str
    record: Mapping[str, Any]

    @property
    def key(self) -> str:
        return self.record["key"]

    @property
    def name(self) -> str:
        """`Figure 2.1`."""
        return f"{NAMES[self.kind]} {self.number}"


def exhibits(document: Document) -> list[Exhibit]:
    """The figures and tables in the order of the book. Raises DataStop for a key that is no file name, or stands twice."""
    found = [exhibit for chapter in document.chapters for exhibit in _of_chapter(document, chapter)]
    stop_on_failure(_faults(found))
    return found


def exhibits_of(book: Book, resolved: Document | None = None) -> list[Exhibit]:
    """The figures and tables of a book, numbered as on its pages; cached by the notebooks.

    `resolved` is the book for pages, where it is at hand. Raises DataStop with every failure of every chapter.
    """
    plan = repr(replace(book, folder=Path()))
    notebooks = ((book.folder / chapter.file).read_bytes() for chapter in book.chapters)
    made_from = (code_version(), plan, *notebooks)

    def make() -> list[dict]:
        return [vars(each) for each in exhibits(resolved or resolve(book, "html"))]

    found = kept_json("exhibits", made_from, make)
    return [Exhibit(**each) for each in found]


def _of_chapter(document: Document, chapter: Numbered) -> Iterator[Exhibit]:
    outputs = document.outputs[chapter.chapter.file]
    for item in floats(chapter.blocks):
        (anchor, (_, kind), more), (head, *body) = item["c"]
        caption = straight(plain_text(inlines_of(head)))
        for place in _places(body):
            if record := outputs[place].record:
                title = caption or record["measure"]
                yield Exhibit(
                    kind, dict(more)["number"], title, chapter.chapter.page, anchor,
                    straight(plain_text(chapter.title)), record,
                )  # fmt: skip


def _places(body: list[Element]) -> Iterator[int]:
    """Which outputs of the chapter stand in a float."""
    for item in elements(body):
        if "cell-output-display" in classes_of(item):
            yield int(pairs(item["c"][0])["key"])


def _faults(found: list[Exhibit]) -> Iterator[Finding]:
    times = Counter(exhibit.key for exhibit in found)
    for exhibit in found:
        place = {"file": exhibit.page, "column": exhibit.name, "value": exhibit.key}
        if not KEY.fullmatch(exhibit.key):
            wanted = "small letters and digits, joined by hyphens"
            yield failure("figure", "The key of a figure names its files.", expected=wanted, **place)
        if times[exhibit.key] > 1:
            yield failure("figure", "Two figures have one key, so one file would hide the other.", **place)
