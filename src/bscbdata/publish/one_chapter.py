"""One chapter as a page of its own, numbered and linked as in the whole book, for its author."""

import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

from bscbdata.build.staging import switch
from bscbdata.publish.book import read_book
from bscbdata.publish.cards import write_cards
from bscbdata.publish.check import check_pages
from bscbdata.publish.document import Document, resolve
from bscbdata.publish.exhibits import exhibits_of
from bscbdata.publish.figure_files import write_figure_files
from bscbdata.publish.html import STATEMENT, write_pages

STATUS = (
    '<aside class="draft-banner" aria-label="Status of this page">One chapter alone, for its author. '
    "Not for publication.</aside>"
)


def show_chapter(book: Path, name: str, folder: Path) -> Path:
    """Write the page of one chapter into `chapters` in a year's folder, in one step. Returns the page."""
    target = folder / "chapters" / name
    # written where it will stand, so that its links to the whole report are right
    made = target.with_name(f".{name}")
    shutil.rmtree(made, ignore_errors=True)
    page = render_chapter(book, name, made, folder / "report")
    switch(made, target)
    return target / page.name


def render_chapter(book: Path, name: str, out: Path, report: Path) -> Path:
    """Write the page of one chapter of the book in `book` into `out` and check it.

    The other notebooks give the numbers and the places that references lead to; links to their pages lead to the
    whole report in `report`, or are plain words where it has no such page.
    """
    plan = read_book(book)
    whole = resolve(plan, "html")
    page = f"{name}.html"
    alone = _alone(whole, page)
    shown = [exhibit for exhibit in exhibits_of(plan, whole) if exhibit.page == page]
    write_figure_files(shown, out, f"{plan.title}, {plan.subtitle}")
    write_pages(alone, out)
    others = {chapter.chapter.page for chapter in whole.chapters} - {page}
    for path in (out / page, out / STATEMENT):
        text = _linked(path.read_text(encoding="utf8"), {*others, "index.html"} - {page}, out, report)
        path.write_text(text.replace("</header>", f"</header>\n{STATUS}", 1), encoding="utf8", newline="\n")
    write_cards(book, out, report)
    check_pages(out)
    return out / page


def _alone(whole: Document, page: str) -> Document:
    kept = tuple(chapter for chapter in whole.chapters if chapter.chapter.page == page)
    return replace(whole, chapters=kept)


def _linked(text: str, others: set[str], out: Path, report: Path) -> str:
    """The page with links to other chapters leading into the whole report, where that has the place."""

    def lead(found: re.Match) -> str:
        target, anchor = found[1], found[2] or ""
        there = report / target
        if target not in others:
            return found[0]
        if there.is_file() and f'id="{anchor[1:]}"' in (there.read_text(encoding="utf8") + 'id=""'):
            return f'href="{os.path.relpath(there, out).replace(os.sep, "/")}{anchor}"'
        return 'aria-disabled="true" role="link"'

    return re.sub(r'href="([\w.-]+\.html)(#[^"]*)?"', lead, text)
