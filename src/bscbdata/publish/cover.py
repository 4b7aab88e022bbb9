"""What the first page says of the whole report: its name and status, what its figures rest on, what can be taken away."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bscbdata.numbers import long_date
from bscbdata.provenance import LABELS
from bscbdata.publish.book import Book
from bscbdata.publish.document import Document
from bscbdata.publish.forms import Download


@dataclass(frozen=True)
class Front:
    """Whose report it is, which one, whether it is a draft, and its date as the plan has it."""

    board: str
    name: str
    status: str
    date: str

    @property
    def is_draft(self) -> bool:
        return self.status == "Draft"

    @property
    def title(self) -> str:
        return f"{self.board}: {self.name}" + (f" ({self.status.lower()})" if self.status else "")

    @property
    def standing(self) -> str:
        """The status as a printed cover says it."""
        return "Draft: not for publication" if self.is_draft else self.status

    @property
    def day(self) -> str:
        """`Published: 14 October 2016`; of a draft, `To be published: 2016`; nothing of a book without a date."""
        told = "To be published" if self.is_draft else "Published"
        return f"{told}: {long_date(self.date)}" if self.date else ""


def front(book: Book) -> Front:
    """The head of a report: name `Annual report 2015-16`, status `Draft` of the subtitle `Annual report 2015-16, draft`."""
    name, _, status = (book.subtitle or book.title).partition(", ")
    return Front(book.title, name, status.capitalize(), book.date)


def rests_on(document: Document) -> list[tuple[str, str, int, int]]:
    """How many figures and tables of the report rest on each kind of data: kind, label, figures, tables.

    In the order of LABELS; kinds without any are left out.
    """
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
