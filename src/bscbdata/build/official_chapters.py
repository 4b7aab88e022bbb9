"""The chapters of an edition made from official figures alone, as `definitions/official_chapters.csv` has them.

A chapter that rests on what local agencies send is not executed: a page that says so stands in for it. A title that speaks
of the Board or the county is replaced.
"""

import json
import re
from pathlib import Path

from bscbdata.build.plan import Chapter
from bscbdata.gaps import left_out_chapters, official_chapters
from bscbdata.places import Edition

BOX = """::: {{.callout-note .gap title="Not in this edition"}}
{about} This chapter needs what local agencies send and the Board writes. Nothing of it is here for {area} in {year}: this
edition is made from official figures alone.
:::
"""


def write_stand_ins(plan: list[Chapter], edition: Edition, book: Path) -> list[Chapter]:
    """Put the pages that stand in for chapters into the book, and return the chapters that are left to execute."""
    left_out = left_out_chapters(edition)
    for chapter in (chapter for chapter in plan if chapter.name in left_out):
        text = _stand_in(chapter, left_out[chapter.name], edition)
        (book / chapter.notebook.name).write_text(text, encoding="utf8", newline="\n")
    return [chapter for chapter in plan if chapter.name not in left_out]


def retitle(edition: Edition, book: Path) -> None:
    """Give the chapters of the book the titles that they have in such an edition."""
    titles = {row["chapter"]: row["title"] for row in official_chapters() if row["title"]}
    for name, title in titles.items() if edition.official_alone else ():
        path = book / f"{name}.ipynb"
        if path.exists():
            text = re.sub(r'"# [^{"\n]*(?= \{#sec-)', lambda _, title=title: f'"# {title}', path.read_text(encoding="utf8"), count=1)
            path.write_text(text, encoding="utf8", newline="\n")


def _stand_in(chapter: Chapter, about: str, edition: Edition) -> str:
    """The chapter as a notebook with its heading and the box."""
    notebook = json.loads(chapter.notebook.read_text(encoding="utf8"))
    title = next("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    said = BOX.format(about=about, area=edition.area, year=edition.year)
    cells = [
        {"cell_type": "markdown", "id": f"cell-{number}", "metadata": {}, "source": text}
        for number, text in enumerate((title.partition("\n")[0], said))
    ]
    kept = {name: notebook[name] for name in ("nbformat", "nbformat_minor")}
    return json.dumps({"cells": cells, "metadata": {}, **kept}, indent=1, ensure_ascii=False) + "\n"
