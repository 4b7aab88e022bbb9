"""A project of two short chapters on few returns: for tests that build a whole report again and again."""

import json
import shutil

import nbformat

BOOK = (
    "project:\n  type: book\nbook:\n  chapters: [index.ipynb, 01_small.ipynb]\nexecute:\n  enabled: false\n"
    "  echo: false\n"
)
PARAMETERS = 'year = "2015-16"\narea = "Buckinghamshire"\ndraft = True'
SETUP = "import pandas as pd\nimport bscbdata as bscb\nreport = bscb.report(year, area, draft)"
TEXT = '# small\nIt was {{ fact("referrals.rate_per_10000") }}.\n'


def write_project(root, source):
    """The project in a folder, with the official tables and the returns of five agencies of the one in `source`."""
    raw = source / "data" / "raw"
    agencies = {path.name for path in (raw / "2015-16").iterdir() if path.is_dir()}
    others = agencies - {"board", "cdop", "childrens_social_care", "commentary", "early_help", "police"}
    shutil.copytree(raw, root / "data" / "raw", ignore=shutil.ignore_patterns(*others))
    shutil.copy(source / "data" / "corrections.yml", root / "data")
    (root / "notebooks").mkdir()
    write_book(root)


def write_book(root):
    """The two chapters as the book of a project, in place of any other."""
    (root / "_quarto.yml").write_text(BOOK, encoding="utf8")
    _notebook(root / "notebooks" / "index.ipynb", "Small", "ready = True")
    _notebook(root / "notebooks" / "01_small.ipynb", "One", SETUP, 'report.prose("small")')
    commentary(root).write_text(TEXT, encoding="utf8")


def commentary(root):
    """The file that holds the words of its second chapter."""
    return root / "data" / "raw" / "2015-16" / "commentary" / "zz_small.md"


def add_chapter(root, name, *code):
    """One more chapter at the end of the small book, with these cells after the one that opens the report."""
    book = (root / "_quarto.yml").read_text(encoding="utf8")
    (root / "_quarto.yml").write_text(book.replace("]", f", {name}.ipynb]"), encoding="utf8")
    _notebook(root / "notebooks" / f"{name}.ipynb", name, SETUP, *code)


def real_cells(notebooks, name, words):
    """The code of those cells of a chapter of the report that hold some words."""
    cells = json.loads((notebooks / f"{name}.ipynb").read_text(encoding="utf8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return [text for text in code if words in text]


def _notebook(path, title, *code):
    first = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    cells = [nbformat.v4.new_markdown_cell(f"# {title}"), first, *map(nbformat.v4.new_code_cell, code)]
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}}), path
    )
