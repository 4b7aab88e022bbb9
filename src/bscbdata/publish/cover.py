"""What the first page says of the whole report: its name and status, what its figures rest on, what can be taken away."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bscbdata.provenance import LABELS
from bscbdata.publish.book import Book
from bscbdata.publish.document import Document
from bscbdata.publish.forms import Download


@dataclass(frozen=True)
class Cover:
    """The head of the first page, and how many figures and tables rest on each kind of data."""

    name: str
    status: str
    rests_on: list[tuple[str, str, int, int]]


def cover(document: Document) -> Cover:
    """What the first page says: `rests_on` has kind, label, figures and tables, in the order of LABELS."""
    name, status = name_and_status(document.book)
    return Cover(name, status, rests_on(document))


def name_and_status(book: Book) -> tuple[str, str]:
    """`Annual report 2015-16` and `Draft` from the subtitle `Annual report 2015-16, draft`."""
    name, _, status = (book.subtitle or book.title).partition(", ")
    return name, status.capitalize()


def rests_on(document: Document) -> list[tuple[str, str, int, int]]:
    """How many figures and tables of the report rest on each kind of data; kinds without any are left out."""
    records = [output.record for outputs in document.outputs.values() for output in outputs if output.record]
    counts = Counter((record["provenance"], record["kind"]) for record in records)
    found = [(kind, label, counts[kind, "figure"], counts[kind, "table"]) for kind, label in LABELS.items()]
    return [line for line in found if line[2] + line[3]]


def with_sizes(downloads: Iterable[Download], report: Path) -> list[dict[str, str]]:
    """The downloads with the size of each, as a reader on a phone wants to know it before."""
    return [{**vars(item), "size": size(report / item.path)} for item in downloads]


def size(path: Path) -> str:
    """`24 kB` or `1.3 MB`."""
    count = path.stat().st_size
    return f"{count / 1e6:.1f} MB" if count >= 999_500 else f"{max(1, round(count / 1000))} kB"
