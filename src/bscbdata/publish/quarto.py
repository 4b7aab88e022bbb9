"""Rendering with Quarto itself."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from html import escape
from pathlib import Path

from bscbdata.findings import refusal
from bscbdata.lists import read_yaml
from bscbdata.publish.book import ASSETS, Book, read_book
from bscbdata.publish.cards import write_cards
from bscbdata.publish.cover import with_sizes
from bscbdata.publish.forms import Download


def render_with_quarto(folder: Path, out: Path) -> Path:
    """Run `quarto render` on the book. Raises DataStop with Quarto's own words when it fails."""
    program = shutil.which("quarto")
    if not program:
        advice = "Install Quarto, or use --renderer embedded."
        raise refusal("quarto", "Quarto is not installed.", advice=advice)
    lay_files(folder)
    environment = {**os.environ, "QUARTO_PROFILE": "edition,statement", "QUARTO_PYTHON": sys.executable}
    command = [program, "render", str(folder), "--to", "html"]
    ran = subprocess.run(
        command, env=environment, capture_output=True, encoding="utf8", errors="replace", check=False
    )
    if ran.returncode:
        raise refusal("quarto", f"Quarto stopped: {ran.stderr.strip()[-2000:]}")
    # Quarto takes its output folder as inside the project: it is moved from there
    shutil.move(folder / output_folder(folder), out)
    write_cards(folder, out)
    return out / "index.html"


def lay_files(folder: Path) -> None:
    """Lay what `_quarto.yml` names beside it: style sheets, the filter of notebooks, the styles of a Word file.

    So `quarto render` can be run in the folder by hand.
    """
    book = read_book(folder, whole=False)
    for name in (*book.css, *book.beside):
        ours = ASSETS / name
        if (folder / name).exists() or not ours.exists():
            continue
        (folder / name).write_bytes(_of_the_edition(ours, book))
    _lay_statement(folder, book)


def _lay_statement(folder: Path, book: Book) -> None:
    """The page on accessibility as a last appendix: Quarto alone reads it, in the profile `statement` of `_quarto.yml`."""
    from bscbdata.publish import pandoc
    from bscbdata.publish.html import STATEMENT, STATEMENT_TITLE, is_edition, statement_body

    if not is_edition(book):
        return
    page = Path(STATEMENT).with_suffix(".qmd")
    (said,) = pandoc.write(
        pandoc.parse([statement_body(book, by_quarto=True)], "html-native_divs"), "markdown"
    )
    (folder / page).write_text(f"# {STATEMENT_TITLE}\n\n{said}", encoding="utf8", newline="\n")
    plan = f"book:\n  appendices:\n    - {page}\n"
    (folder / "_quarto-statement.yml").write_text(plan, encoding="utf8", newline="\n")


def _of_the_edition(file: Path, book: Book) -> bytes:
    """A file of ours; the heads of Word's pages carry the names of this edition."""
    if file.suffix != ".docx":
        return file.read_bytes()
    from bscbdata.publish.cover import front
    from bscbdata.publish.word_parts import with_headers

    return with_headers(file.read_bytes(), front(book))


def link_downloads(report: Path, downloads: Iterable[Download]) -> None:
    """List the downloads at the end of Quarto's first page. PDF, Word and data are our own, whoever makes the pages."""
    listed = "".join(
        f'<li><a href="{escape(item["path"])}">{escape(item["title"])} ({escape(item["form"])}, '
        f'<span class="file-size">{item["size"]}</span>)</a></li>\n'
        for item in with_sizes(downloads, report)
    )
    section = (
        '<section id="downloads" class="downloads level2"><h2 class="unnumbered">Downloads</h2>\n'
        f"<ul>\n{listed}</ul>\n</section>\n"
    )
    first = report / "index.html"
    before, end, after = first.read_text(encoding="utf8").rpartition("</main>")
    if not end:
        advice = "Look whether this version of Quarto writes its pages in another way."
        raise refusal("quarto", "The first page has no main part for the downloads.", advice=advice)
    first.write_text(f"{before}{section}{end}{after}", encoding="utf8", newline="\n")


def output_folder(folder: Path) -> str:
    """Where `_quarto.yml` tells Quarto to write."""
    return read_yaml((folder / "_quarto.yml").read_text(encoding="utf8"))["project"].get(
        "output-dir", "_book"
    )
