"""The book that Quarto makes and the embedded book say the same in the same places.

Quarto is not part of the project: where it is installed the two are compared, where it is not that test is skipped. What
compares them is tested on two embedded books, with a difference of each kind planted. What Quarto would read is tested
everywhere: test_quarto_reading.py.
"""

import os
import re
import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from quarto_reading import laid_out

from bscbdata import publish
from bscbdata.findings import DataStop
from bscbdata.publish.check import read_page
from bscbdata.publish.quarto import link_downloads
from bscbdata.review.pages import read_tree, words

ASKED = re.compile(r"(?:fig|tbl|sec)-")
PAGES_BESIDE = {"accessibility.html"}  # what it says differs, and Quarto has it as its last appendix


def differences(one, other):
    """What differs between two reports, as lines: pages, anchors, captions with their numbers, headings, words of pictures,
    and what either would fetch from elsewhere."""
    told = [_told(folder) for folder in (one, other)]
    found = [
        f"{kind}: {name}" for first, second in (told, told[::-1]) for kind, name in sorted(first - second)
    ]
    return list(dict.fromkeys(found))


def _told(folder):
    """Everything that is compared, as (kind, what)."""
    told = set()
    for path in sorted(folder.glob("*.html")):
        if path.name in PAGES_BESIDE:
            continue
        told.add(("page", path.name))
        tree = read_tree(path.read_text(encoding="utf8"))
        told |= {
            ("anchor", f"{path.name}#{name}")
            for name in (node.get("id", "") for node in tree.iter("*"))
            if ASKED.match(name) and _is_place(name)
        }
        told |= {
            ("caption", f"{path.name}: {words(node)}") for node in tree.iter("figcaption") if words(node)
        }
        told |= {
            ("picture", f"{path.name}: {text}") for node in tree.iter("*") for text in _alternative(node)
        }
        for tag, address in read_page(path, folder).fetched:
            if urlsplit(address).scheme in ("http", "https") or urlsplit(address).netloc:
                told.add(("request off the page", f"{path.name}: {tag} {address}"))
    return told


def _is_place(name):
    """A section, a float or a title: ids inside them, such as that of a caption, are each renderer's own."""
    return not re.search(r"-caption(?:-|$)", name)


def _alternative(node):
    if node.tag == "desc":
        yield words(node)
    if node.tag == "img" and node.get("alt"):
        yield node.get("alt")


@pytest.fixture
def other(figure_report, tmp_path):
    """The same book, made once more."""
    publish.render(figure_report.book, tmp_path / "other", "embedded")
    return tmp_path / "other"


def test_two_books_of_the_same_notebooks_are_equal(figure_report, other):
    told = _told(other)
    assert {"page", "anchor", "caption", "picture"} <= {kind for kind, _ in told}
    assert differences(figure_report.out, other) == []


def change(folder, name, pattern, text):
    path = folder / name
    page, count = re.subn(pattern, text, path.read_text(encoding="utf8"), count=1, flags=re.S)
    assert count == 1, "nothing was planted"
    path.write_text(page, encoding="utf8")


PLANTED = {
    "page": None,
    "anchor": (r'id="(fig|tbl)-([\w-]+)"', r'id="\1-moved"'),
    "caption": (r'(class="float-number"[^>]*>[^<]*)\d', r"\g<1>9"),
    "picture": (r"(<desc[^>]*>)[^<]", r"\1Another "),
    "request off the page": ("</head>", '<script src="https://example.org/a.js"></script></head>'),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_difference_of_each_kind_is_found(figure_report, other, kind):
    if kind == "page":
        (other / "01_rates.html").rename(other / "01-rates.html")
    else:
        change(other, "01_rates.html", *PLANTED[kind])
    found = differences(figure_report.out, other)
    assert any(line.startswith(f"{kind}: ") for line in found)
    if kind != "page":
        assert {line.partition(": ")[0] for line in found} == {kind}


def test_the_words_of_a_caption_count_as_well_as_its_number(figure_report, other):
    change(other, "01_rates.html", "</figcaption>", ", changed</figcaption>")
    assert {line.partition(": ")[0] for line in differences(figure_report.out, other)} == {"caption"}


@pytest.mark.skipif(not shutil.which("quarto"), reason="Quarto is not installed: its book was not compared.")
def test_quarto_makes_the_same_book(figure_report, tmp_path):
    book = laid_out(figure_report.book, tmp_path / "book")
    publish.render(book, tmp_path / "quarto", "quarto")
    assert differences(figure_report.out, tmp_path / "quarto") == []


# ---- what stands around Quarto's pages -----------------------------------------------------------------------------

STAND_IN = """#!{python}
'''Stands for Quarto: writes the pages of the book into its output folder, as Quarto would.'''
import pathlib, sys
sys.path[:0] = {path!r}
from bscbdata.publish.book import read_book
from bscbdata.publish.document import resolve
from bscbdata.publish.html import write_pages
book = pathlib.Path(sys.argv[2])
write_pages(resolve(read_book(book), "html"), book / "_book")
"""


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """A program called quarto, so that what we do around it can be tried where the real one is not installed."""
    if os.name == "nt":
        pytest.skip("A script cannot stand for a program here.")
    program = tmp_path / "bin" / "quarto"
    program.parent.mkdir()
    program.write_text(STAND_IN.format(python=sys.executable, path=sys.path), encoding="utf8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


def test_quartos_first_page_leads_to_every_download_the_word_file_among_them(
    figure_report, tmp_path, stand_in
):
    shutil.copytree(figure_report.book, tmp_path / "book")
    first = publish.render(tmp_path / "book", tmp_path / "out", "quarto")
    page = first.read_text(encoding="utf8")
    listed = re.findall(r'<section id="downloads".*?</section>', page, flags=re.S)[0]
    addresses = re.findall(r'href="([^"]+)"', listed)
    assert all((first.parent / address).exists() for address in addresses)
    assert {Path(address).suffix for address in addresses} >= {".pdf", ".docx", ".xlsx"}


def test_a_page_of_quarto_without_a_main_part_is_told(tmp_path):
    (tmp_path / "index.html").write_text("<html><body></body></html>", encoding="utf8")
    with pytest.raises(DataStop, match="no main part"):
        link_downloads(tmp_path, [])
