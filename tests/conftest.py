"""What all tests share: the project itself, and a folder of returns to break."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from figure_book import write_book

from bscbdata import publish
from bscbdata.places import Project

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def project() -> Project:
    return Project(ROOT)


@pytest.fixture(scope="session")
def figure_report(tmp_path_factory):
    """A small book of real figures (`.book`, see figure_book) and the report made of it (`.out`)."""
    root = tmp_path_factory.mktemp("figures")
    book = write_book(root / "book")
    publish.render(book, root / "out", "embedded")
    return SimpleNamespace(book=book, out=root / "out")
