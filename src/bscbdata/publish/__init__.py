"""From executed notebooks to the published report: Quarto where it is installed, else the stitcher."""

import shutil
from pathlib import Path

from bscbdata.publish.forms import ALL


def chosen(renderer: str) -> str:
    """Which renderer makes the pages: `auto` is Quarto where it is installed. ValueError names those there are."""
    if renderer not in {"auto", "quarto", "embedded"}:
        raise ValueError(f"There is no renderer '{renderer}'. There are: auto, quarto, embedded.")
    if renderer == "auto":
        return "quarto" if shutil.which("quarto") else "embedded"
    return renderer


def render(book: Path, out: Path, renderer: str = "auto", forms: tuple[str, ...] = ALL) -> Path:
    """Write the pages of `book` (notebooks beside `_quarto.yml`) into `out` and check them.

    `renderer` is auto, quarto or embedded; `forms` are made beside the pages. Returns the first page. Raises DataStop with every failure found.
    """
    if chosen(renderer) == "quarto":
        from bscbdata.publish.book import read_book
        from bscbdata.publish.downloads import write_downloads
        from bscbdata.publish.quarto import link_downloads, render_with_quarto

        first = render_with_quarto(book, out)
        link_downloads(out, write_downloads(read_book(book), out, forms))
        return first
    return render_embedded(book, out, forms)


def render_embedded(book: Path, out: Path, forms: tuple[str, ...] = ALL) -> Path:
    """Write the pages with the embedded stitcher."""
    from bscbdata.findings import DataStop
    from bscbdata.publish.about import read_about
    from bscbdata.publish.book import read_book
    from bscbdata.publish.cards import write_cards
    from bscbdata.publish.check import check_pages
    from bscbdata.publish.document import resolve
    from bscbdata.publish.downloads import write_downloads
    from bscbdata.publish.html import write_pages

    plan = read_book(book)
    try:
        downloads = write_downloads(plan, out, forms)
    except DataStop:
        # what is wrong on a page is said of the page, where it is easier to find than in a PDF
        write_pages(resolve(plan, "html"), out)
        check_pages(out, read_about(plan).beside.values())
        raise
    write_pages(resolve(plan, "html"), out, downloads)
    write_cards(book, out)
    check_pages(out, read_about(plan).beside.values())
    return out / "index.html"
