"""From executed notebooks to the published report: Quarto where it is installed, else the stitcher."""

import shutil
from pathlib import Path


def render(book: Path, out: Path, renderer: str = "auto") -> Path:
    """Write the pages of `book` (notebooks beside `_quarto.yml`) into `out` and check them.

    `renderer` is auto, quarto or embedded. Returns the first page. Raises DataStop with every failure found.
    """
    if renderer not in {"auto", "quarto", "embedded"}:
        raise ValueError(f"There is no renderer '{renderer}'. There are: auto, quarto, embedded.")
    if renderer == "quarto" or renderer == "auto" and shutil.which("quarto"):
        from bscbdata.publish.quarto import render_with_quarto

        return render_with_quarto(book, out)
    return render_embedded(book, out)


def render_embedded(book: Path, out: Path) -> Path:
    """Write the pages with the embedded stitcher."""
    from bscbdata.publish.book import read_book
    from bscbdata.publish.check import check_pages
    from bscbdata.publish.document import resolve
    from bscbdata.publish.downloads import write_downloads
    from bscbdata.publish.exhibits import exhibits
    from bscbdata.publish.figure_files import write_figure_files
    from bscbdata.publish.html import write_pages

    plan = read_book(book)
    document = resolve(plan, "html")
    write_figure_files(exhibits(document), out, f"{plan.title}, {plan.subtitle}")
    write_pages(document, out, write_downloads(plan, out))
    check_pages(out)
    return out / "index.html"
