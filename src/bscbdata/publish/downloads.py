"""What a reader can take away beside the pages: one writer for each form, all from the same book."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bscbdata.build.kernels.tasks import tasks
from bscbdata.publish.about import read_about
from bscbdata.publish.book import Book

FOLDER = "downloads"


@dataclass(frozen=True)
class Download:
    """One file to take away: what it is called on the page, in which form, and where it stands in the report."""

    title: str
    form: str
    path: str


Writer = Callable[[Book, Path], list[Download]]


def writers() -> tuple[Writer, ...]:
    """Each writes into the folder given and says what it wrote. They are loaded when they are needed."""
    from bscbdata.publish.open_data import write_open_data
    from bscbdata.publish.pdf import write_pdf
    from bscbdata.publish.spreadsheet import write_spreadsheet
    from bscbdata.publish.word import write_word

    return (write_pdf, write_word, write_spreadsheet, write_open_data)


def write_downloads(book: Book, report: Path) -> list[Download]:
    """Write every download of the report, before its pages, which link to them. The writers work side by side."""
    folder = report / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    asked = writers() if not read_about(book).audience else writers()[:2]  # the data is in the Board's report
    with tasks() as apart:
        written = [apart.submit(write, book, folder) for write in asked]
        return [download for each in written for download in each.result()]


def stem(book: Book) -> str:
    """The name that the files share: `annual-report-2015-16-draft` from the book's subtitle."""
    return "-".join(
        "".join(
            letter if letter.isalnum() or letter == "-" else " " for letter in book.subtitle.lower()
        ).split()
    )
