"""Work kept by content: made once from the same things, and made again from anything else or when its entry is damaged."""

import os
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bscbdata import kept as keeping
from bscbdata.kept import kept, kept_in, kept_json, kept_together, sweep
from bscbdata.leak.aloud import pdf_aloud
from bscbdata.publish.book import read_book
from bscbdata.publish.document import resolve
from bscbdata.publish.exhibits import exhibits_of
from bscbdata.publish.prose_check import check_pages


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder that keeps work while a test runs."""
    monkeypatch.setenv("BSCB_KEPT", str(tmp_path / "kept"))
    return tmp_path / "kept"


def maker(*results):
    """Makes one result after another; fails when asked for more."""
    left = iter(results)
    return lambda: next(left)


def test_what_was_made_from_the_same_is_not_made_again(folder):
    assert kept("txt", ["a", b"b"], maker(b"one")) == b"one"
    assert kept("txt", ["a", b"b"], maker()) == b"one"
    assert kept("txt", ["a", b"c"], maker(b"two")) == b"two"
    assert kept("other", ["a", b"b"], maker(b"three")) == b"three"


def test_without_a_folder_everything_is_made_anew(monkeypatch):
    monkeypatch.delenv("BSCB_KEPT", raising=False)
    assert [kept("txt", ["a"], maker(result)) for result in (b"one", b"two")] == [b"one", b"two"]


@pytest.mark.parametrize("damage", [lambda whole: whole[:-1], lambda whole: b"", lambda whole: whole + b"x"])
def test_a_damaged_entry_is_made_again(folder, damage):
    kept("txt", ["a"], maker(b"one"))
    (entry,) = folder.iterdir()
    entry.write_bytes(damage(entry.read_bytes()))
    assert kept("txt", ["a"], maker(b"again")) == b"again"
    assert kept("txt", ["a"], maker()) == b"again"


def test_what_fails_is_not_kept(folder):
    def fail():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        kept("txt", ["a"], fail)
    assert kept("txt", ["a"], maker(b"one")) == b"one"


def test_a_folder_that_cannot_be_written_costs_time_and_nothing_else(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("BSCB_KEPT", str(tmp_path / "file" / "kept"))
    assert kept("txt", ["a"], maker(b"one")) == b"one"


def test_of_several_only_those_missing_are_made_and_together(folder):
    kept("txt", ["b"], maker(b"B"))
    asked = []

    def make(missing):
        asked.append(missing)
        return [b"A", b"C"]

    assert kept_together("txt", [["a"], ["b"], ["c"]], make) == [b"A", b"B", b"C"]
    assert kept_together("txt", [["c"], ["a"]], make) == [b"C", b"A"]
    assert asked == [[0, 2]]


def test_json_comes_back_the_same_kept_or_not(folder):
    told = {"a": [1, 2.5, None, "é"]}
    assert kept_json("json", ["a"], lambda: told) == kept_json("json", ["a"], maker()) == told


@given(st.lists(st.text(max_size=3), max_size=4), st.lists(st.text(max_size=3), max_size=4))
def test_other_parts_have_another_place_however_their_letters_run(one, other):
    with kept_in(os.devnull):
        same = keeping._place("txt", one) == keeping._place("txt", other)
    assert same == (one == other)


def test_what_was_not_used_for_a_month_is_swept_away_and_what_is_used_stays(folder):
    for name in ("old", "used", "new"):
        kept("txt", [name], maker(name.encode()))
    month = time.time() - 31 * 86_400
    for name in ("old", "used"):
        os.utime(keeping._place("txt", [name]), (month, month))
    kept("txt", ["used"], maker())
    sweep(folder)
    assert sorted(entry.read_bytes()[keeping.SEAL_BYTES :] for entry in folder.iterdir()) == [b"new", b"used"]
    sweep(folder / "not there")


def test_the_folder_is_that_of_the_block_and_then_as_before(tmp_path, monkeypatch):
    monkeypatch.setenv("BSCB_KEPT", "before")
    with kept_in(tmp_path):
        assert os.environ["BSCB_KEPT"] == str(tmp_path)
    assert os.environ["BSCB_KEPT"] == "before"


def test_a_book_read_from_what_is_kept_is_the_same(figure_report, folder, monkeypatch):
    book = read_book(figure_report.book)
    first, again = resolve(book, "html"), resolve(book, "html")
    assert any(entry.suffix == ".blocks" for entry in folder.iterdir())
    monkeypatch.delenv("BSCB_KEPT")
    assert first.chapters == again.chapters == resolve(book, "html").chapters


def test_a_book_is_parsed_once_for_all_forms(figure_report, folder, monkeypatch):
    book = read_book(figure_report.book)
    resolve(book, "html")
    parsed = {entry.name for entry in folder.glob("*.parsed")}
    kept = resolve(book, "docx")
    assert parsed and parsed == {entry.name for entry in folder.glob("*.parsed")}
    monkeypatch.delenv("BSCB_KEPT")
    assert kept.chapters == resolve(book, "docx").chapters


def test_the_figures_of_a_book_are_kept_until_a_notebook_changes(
    figure_report, folder, tmp_path, monkeypatch
):
    book = read_book(figure_report.book)
    first = exhibits_of(book)
    moved = read_book(Path(shutil.copytree(figure_report.book, tmp_path / "moved")))
    assert first and exhibits_of(moved) == first and len(list(folder.glob("*.exhibits"))) == 1
    page = moved.folder / moved.chapters[1].file
    page.write_text(page.read_text(encoding="utf8").replace("Rates", "Speeds"), encoding="utf8")
    changed = exhibits_of(moved)
    assert changed != first
    monkeypatch.delenv("BSCB_KEPT")
    assert changed == exhibits_of(moved) and first == exhibits_of(book)


def test_the_numbers_of_a_page_are_kept_until_it_changes(folder, tmp_path):
    page = tmp_path / "01.html"
    for said, found in (("Of 45 now", ["45"]), ("Of 45 now", ["45"]), ("Of 46 now", ["46"]), ("Of us", [])):
        page.write_text(f"<main><h1>T</h1><p>{said}</p></main>", encoding="utf8")
        assert [one.value for one in check_pages(tmp_path)] == found
    assert len(list(folder.glob("*.page-numbers"))) == 3


def test_a_pdf_read_aloud_from_what_is_kept_says_the_same(figure_report, folder, monkeypatch):
    (path,) = figure_report.out.glob("downloads/*.pdf")
    first, again = list(pdf_aloud(path.read_bytes())), list(pdf_aloud(path.read_bytes()))
    assert any(entry.suffix == ".page-aloud" for entry in folder.iterdir())
    monkeypatch.delenv("BSCB_KEPT")
    assert first == again == list(pdf_aloud(path.read_bytes()))


def test_what_python_compiles_meanwhile_is_no_code(tmp_path, monkeypatch):
    """It writes `x.pyc.1234` and gives it its name after: what was there when the files were listed is gone."""
    monkeypatch.setattr(keeping, "PACKAGE", tmp_path)
    compiled = tmp_path / "__pycache__"
    compiled.mkdir()
    code = tmp_path / "module.py"
    code.write_text("one", encoding="utf8")
    before = keeping.code_version.__wrapped__()
    (compiled / "module.pyc.1234").symlink_to(tmp_path / "gone")
    (compiled / "module.pyc.5678").write_text("half", encoding="utf8")
    assert keeping.code_version.__wrapped__() == before
    code.write_text("other", encoding="utf8")
    assert keeping.code_version.__wrapped__() != before
