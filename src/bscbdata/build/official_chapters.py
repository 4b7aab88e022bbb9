"""The chapters as an edition has them: above all one made from official figures alone (`definitions/official_chapters.csv`).

A chapter that rests on what local agencies send is not executed: a page that says so stands in for it. In the others a title
that speaks of the Board or the county is replaced, and a section of which nothing is there is left out with its heading. In
every edition `Our county` follows what the area is called, and a table of what the year does not ask for is left out: where no
printed report is here, nothing is held against it.
"""

import json
import re
from pathlib import Path

from bscbdata.build.plan import Chapter
from bscbdata.gaps import UNASKED, left_out_chapters, title_in
from bscbdata.places import Edition

CAPTION = re.compile(r"^#\| (?:fig|tbl)-cap: .*$", re.M)
TITLE = re.compile(r"(#+) ([^{\n]+?)(?= \{#sec-| *$)", re.M)
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


def settle_chapters(edition: Edition, book: Path) -> None:
    """Give the chapters the titles they have in this edition; leave out sections that say nothing of official figures."""
    notebooks = {path: json.loads(path.read_text(encoding="utf8")) for path in sorted(book.glob("*.ipynb"))}
    titles = _titles(edition, notebooks)
    for path, notebook in notebooks.items():
        cells = [_retitled(cell, titles, edition) for cell in without_unasked(notebook["cells"])]
        cells = without_empty_sections(cells) if edition.official_alone else cells
        if cells != notebook["cells"]:
            text = json.dumps(notebook | {"cells": cells}, indent=1, ensure_ascii=False, sort_keys=True)
            path.write_text(text + "\n", encoding="utf8", newline="\n")


def _titles(edition: Edition, notebooks: dict[Path, dict]) -> dict[str, str]:
    """The titles of chapters that are others in this edition: as in the notebook -> as here."""
    found = {}
    for path, notebook in notebooks.items():
        first = next((_text(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown"), "")
        if known := TITLE.match(first):
            found[known[2]] = title_in(edition, path.stem, known[2])
        heads = [known[2] for cell in notebook["cells"] if (known := _heading(cell))]
        found = {head: edition.worded(head) for head in heads} | found
    return {title: here for title, here in found.items() if title != here}


def _heading(cell: dict) -> re.Match | None:
    return TITLE.match(_text(cell)) if cell["cell_type"] == "markdown" else None


def _retitled(cell: dict, titles: dict[str, str], edition: Edition) -> dict:
    """The cell with the title of a chapter as it is in this edition, in a heading or a caption; captions in its words."""
    text = _text(cell)
    if cell["cell_type"] == "markdown":
        known = _heading(cell)
        here = titles.get(known[2]) if known else None
        return cell | {"source": text[: known.start(2)] + here + text[known.end(2) :]} if here else cell
    for title, here in titles.items():
        caption = f"From file to figure: {_within(title)}"
        if caption in text:
            return cell | {"source": text.replace(caption, f"From file to figure: {_within(here)}")}
    worded = CAPTION.sub(lambda line: edition.worded(line[0]), text)
    return cell | {"source": worded} if worded != text else cell


def _within(title: str) -> str:
    """A title as it stands within a sentence."""
    return title[:1].lower() + title[1:]


def without_empty_sections(cells: list[dict]) -> list[dict]:
    """The cells but for headings under which nothing is shown; what is under them, code without output, stays."""
    kept: list[dict] = []
    for cell in reversed(cells):  # from the end, so that a heading whose sections all went goes too
        level = _level(cell)
        if level < 2 or _says_something(kept, level):
            kept.insert(0, cell)
    return kept


def without_unasked(cells: list[dict]) -> list[dict]:
    """The cells but for those that have nothing but what the year does not ask for, and the folds around them."""
    kept = [cell for cell in cells if not _is_unasked(cell)]
    folds = [at for at in range(len(kept) - 1) if _opens(kept[at]) and _text(kept[at + 1]).strip() == ":::"]
    empty = {place for at in folds for place in (at, at + 1)}
    return [cell for place, cell in enumerate(kept) if place not in empty]


def _is_unasked(cell: dict) -> bool:
    told = [output.get("metadata", {}).get("bscb", {}) for output in cell.get("outputs", ())]
    return bool(told) and all(each.get(UNASKED) for each in told)


def _opens(cell: dict) -> bool:
    return cell["cell_type"] == "markdown" and bool(re.fullmatch(r":::+ *\{[^\n]*\n?", _text(cell)))


def _says_something(after: list[dict], level: int) -> bool:
    """Whether anything is shown before the next heading of the level or above."""
    for cell in after:
        if 0 < _level(cell) <= level:
            return False
        if _shows(cell):
            return True
    return False


def _level(cell: dict) -> int:
    """The level of a cell that is one heading alone; 0 for any other."""
    found = re.fullmatch(r"(#+) [^\n]+\n?", _text(cell)) if cell["cell_type"] == "markdown" else None
    return len(found[1]) if found else 0


def _shows(cell: dict) -> bool:
    if cell["cell_type"] == "markdown":
        return bool(_text(cell).strip())
    data = [output.get("data", {"": "text"}) for output in cell.get("outputs", ())]
    shown = ["".join(each.get("text/markdown", "something")) for each in data]
    return any(text.strip() for text in shown)


def _text(cell: dict) -> str:
    return "".join(cell["source"])


def _stand_in(chapter: Chapter, about: str, edition: Edition) -> str:
    """The chapter as a notebook with its heading and the box."""
    notebook = json.loads(chapter.notebook.read_text(encoding="utf8"))
    title = next("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    said = edition.worded(BOX).format(about=about, area=edition.area, year=edition.year)
    cells = [
        {"cell_type": "markdown", "id": f"cell-{number}", "metadata": {}, "source": text}
        for number, text in enumerate((title.partition("\n")[0], said))
    ]
    kept = {name: notebook[name] for name in ("nbformat", "nbformat_minor")}
    return json.dumps({"cells": cells, "metadata": {}, **kept}, indent=1, ensure_ascii=False) + "\n"
