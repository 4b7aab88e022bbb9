"""What a reader can take away beside the pages: one writer for each form, all from the same book."""

from collections.abc import Callable, Iterable
from pathlib import Path

from bscbdata.build.kernels.tasks import tasks
from bscbdata.publish.about import read_about
from bscbdata.publish.book import Book
from bscbdata.publish.forms import ALL, FOLDER, Download

Writer = Callable[[Book, Path], list[Download]]


def writers(forms: Iterable[str] = ALL) -> tuple[Writer, ...]:
    """The writer of each form: it writes into the folder given and says what it wrote."""
    from bscbdata.publish.open_data import write_open_data
    from bscbdata.publish.pdf import write_pdf
    from bscbdata.publish.spreadsheet import write_spreadsheet
    from bscbdata.publish.word import write_word

    every = dict(zip(ALL, (write_pdf, write_word, write_spreadsheet, write_open_data), strict=True))
    return tuple(every[form] for form in forms)


def write_downloads(book: Book, report: Path, forms: Iterable[str] = ALL) -> list[Download]:
    """Write the downloads of the report in the forms asked for, and the files of each figure, before its pages, which
    link to them. The writers work side by side, the longest first; the pictures stand between the two that read the whole
    book, which hold most when they begin."""
    folder = report / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    own = [form for form in forms if form in ALL[:2]]  # for other readers: the data is in the Board's report
    asked = writers(own if read_about(book).audience else forms)
    with tasks() as apart:
        written = [apart.submit(write, book, folder) for write in asked[:1]]
        figures = apart.submit(write_figures, book, report)
        written += [apart.submit(write, book, folder) for write in asked[1:]]
        figures.result()
        return [download for each in written for download in each.result()]


def write_figures(book: Book, report: Path) -> None:
    """Write the files of each figure of the book into the report."""
    from bscbdata.publish.exhibits import exhibits_of
    from bscbdata.publish.figure_files import write_figure_files

    write_figure_files(exhibits_of(book), report, f"{book.title}, {book.subtitle}")
