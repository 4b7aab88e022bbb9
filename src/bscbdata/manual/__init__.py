"""The documentation as a book of its own: the pages of `docs/`, and reference pages made from the code as it is.

`docs/_quarto.yml` lists the pages in their order. Reference pages are never kept: they are written when the book is made,
so they cannot go stale. What is made is a Quarto book in `build/docs/book`, whichever renderer makes its pages.
"""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import yaml

from bscbdata.build.staging import replace_folder
from bscbdata.findings import Finding, warning
from bscbdata.manual import reference
from bscbdata.places import Project

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def build_docs(project: Project, app: click.Group, renderer: str = "embedded") -> tuple[Path, list[Finding]]:
    """Write the book of documentation into `build/docs`: its first page, and pages listed but not written yet.

    `app` is the command line that the reference speaks of.

    Raises DataStop when a page cannot be read, or a link leads nowhere.
    """
    folder = project.root / "build" / "docs"
    with replace_folder(folder) as staging:
        findings = write_book(project.root / "docs", app, staging / "book")
        _render(staging / "book", staging / "pages", renderer)
    return folder / "pages" / "index.html", findings


def write_book(docs: Path, app: click.Group, book: Path) -> list[Finding]:
    """A Quarto book of notebooks: each page of `docs` as one cell, reference pages beside them."""
    book.mkdir(parents=True)
    made = reference.pages(app)
    plan = yaml.safe_load((docs / "_quarto.yml").read_text(encoding="utf8"))
    names = list(_names(plan["book"]["chapters"]))
    absent = [name for name in names if name not in made and not (docs / name).exists()]
    for name in (name for name in names if name not in absent):
        text = made.get(name) or (docs / name).read_text(encoding="utf8")
        _write_page(book / name, _linked(text, set(names) - set(absent)))
    for path in (docs / "pictures").glob("*") if (docs / "pictures").is_dir() else []:
        (book / "pictures").mkdir(exist_ok=True)
        shutil.copyfile(path, book / "pictures" / path.name)
    for path in docs.glob("*.css"):
        shutil.copyfile(path, book / path.name)
    plan["book"]["chapters"] = _kept(plan["book"]["chapters"], set(absent))
    (book / "_quarto.yml").write_text(yaml.safe_dump(plan, sort_keys=False), encoding="utf8", newline="\n")
    said = "The page is listed and not written yet: it is left out."
    return [warning("docs", said, file=f"docs/{name}") for name in absent]


def _names(entries: list) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, str):
            yield entry
        else:
            yield from _names(entry["chapters"])


def _kept(entries: list, absent: set[str]) -> list:
    """The list of chapters, as notebooks, without those that are not there."""
    kept: list[Any] = []
    for entry in entries:
        if isinstance(entry, Mapping):
            kept.append({**entry, "chapters": _kept(entry["chapters"], absent)})
        elif entry not in absent:
            kept.append(entry.replace(".md", ".ipynb"))
    return kept


def _linked(text: str, pages: set[str]) -> str:
    """Links to other pages lead to their notebooks; links out of the book are plain words."""

    def lead(found: re.Match) -> str:
        words, target, anchor = found[1], found[2], found[3] or ""
        return f"[{words}]({target[:-3]}.ipynb{anchor})" if target in pages else words

    return re.sub(r"(?<!!)\[([^\]]+)\]\((?!\w+:)([\w./-]+\.\w+)(#[\w-]+)?\)", lead, text)


def _write_page(path: Path, text: str) -> None:
    # lines, and a kernel: Quarto asks for both
    cell = {"cell_type": "markdown", "id": "page", "metadata": {}, "source": text.splitlines(keepends=True)}
    notebook = {"cells": [cell], "metadata": {"kernelspec": KERNEL}, "nbformat": 4, "nbformat_minor": 5}
    path.with_suffix(".ipynb").write_text(
        json.dumps(notebook, ensure_ascii=False), encoding="utf8", newline="\n"
    )


def _render(book: Path, out: Path, renderer: str) -> None:
    """The pages alone: no PDF, no Word, no data to take away."""
    from bscbdata import publish
    from bscbdata.publish.book import read_book
    from bscbdata.publish.check import check_pages
    from bscbdata.publish.document import resolve
    from bscbdata.publish.html import write_pages
    from bscbdata.publish.quarto import render_with_quarto

    if publish.chosen(renderer) == "quarto":
        render_with_quarto(book, out)
        return
    write_pages(resolve(read_book(book), "html"), out)
    for page in out.glob("*.html"):
        page.write_text(_breakable(page.read_text(encoding="utf8")), encoding="utf8", newline="\n")
    check_pages(out)


def _breakable(page: str) -> str:
    """A page whose code goes on in the next line of a phone after a sign, and not within a word."""
    return re.sub(
        r"(?<=<code>)[^<]+(?=</code>)", lambda code: re.sub(r"(?<=[_.,/(=])(?=\w)", "<wbr>", code[0]), page
    )
