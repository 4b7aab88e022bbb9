"""The ledger: what a chapter has read is noted, and only a change of that makes it run again."""

import json

import nbformat
import pandas as pd
import pytest

from bscbdata import reads
from bscbdata.build.execute import Executed
from bscbdata.build.ledger import Ledger, Present, chapter_parts
from bscbdata.period import ReportYear
from bscbdata.places import Edition, Project
from bscbdata.tables import read_all, rows_with

YEAR = ReportYear(2015)
EDITION = Edition(YEAR, "Area", (), (), "", "", "", "draft")
INDICATORS = pd.DataFrame({"indicator": ["a", "a", "b"], "table": ["t", "t", "u"], "value": [1.0, 2.0, 3.0]})


@pytest.fixture
def small(tmp_path):
    """A project with two tables and the paper of one raw file."""
    found = Project(tmp_path)
    folder = found.processed(YEAR)
    folder.mkdir(parents=True)
    (found.raw / YEAR.label).mkdir(parents=True)
    (found.raw / YEAR.label / "contacts.csv.origin.toml").write_text("first", encoding="utf8")
    INDICATORS.to_parquet(folder / "indicators.parquet")
    pd.DataFrame({"contacts": [1]}).to_parquet(folder / "contacts.parquet")
    return found


@pytest.fixture
def notes(tmp_path, monkeypatch):
    """Where what is read is noted."""
    place = tmp_path / "notes"
    place.touch()
    monkeypatch.setenv("BSCB_READS", str(place))
    return place


def executed(*noted, code="1 + 1"):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    return Executed("one", nbformat.writes(book).encode(), noted)


def ledger(small):
    return Ledger(small.root / "ledger", Present(small, EDITION))


def test_a_table_is_noted_when_it_is_read_and_not_when_it_is_only_there(small, notes):
    tables = read_all(small.processed(YEAR))
    assert "contacts" in tables and sorted(tables) == ["contacts", "indicators"] and len(tables) == 2
    assert reads.noted(notes) == []
    assert list(rows_with(tables, "indicators", "indicator", ["b", "a", "b"])["value"]) == [1.0, 2.0, 3.0]
    assert tables["contacts"].shape == (1, 1)
    assert reads.noted(notes) == [
        "rows indicators indicator=a",
        "rows indicators indicator=b",
        "table contacts",
    ]
    with pytest.raises(KeyError):
        tables["missing"]


def test_tables_written_anew_are_not_mixed_with_those_read_before(small):
    tables = read_all(small.processed(YEAR))
    folder = small.processed(YEAR)
    old = folder.rename(folder.with_name("old"))
    folder.mkdir()
    for path in old.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    with pytest.raises(RuntimeError, match="written anew"):
        tables["contacts"]


def test_a_chapter_runs_again_when_what_it_read_changed_and_not_for_anything_else(small):
    origin = small.raw / YEAR.label / "contacts.csv.origin.toml"
    read = executed("rows indicators indicator=a", f"file {origin}")
    ledger(small).keep(read, {"notebook": "x"})
    other = INDICATORS.assign(value=[1.0, 2.0, 9.0])  # indicator b, which it did not read
    other.to_parquet(small.processed(YEAR) / "indicators.parquet")
    pd.DataFrame({"contacts": [2]}).to_parquet(small.processed(YEAR) / "contacts.parquet")
    assert ledger(small).find("one", {"notebook": "x"}) == read.content
    assert ledger(small).why("one", {"notebook": "x"}) == ""
    INDICATORS.assign(value=[1.0, 8.0, 3.0]).to_parquet(small.processed(YEAR) / "indicators.parquet")
    origin.write_text("second", encoding="utf8")
    assert ledger(small).find("one", {"notebook": "x"}) is None
    assert ledger(small).why("one", {"notebook": "y"}) == (
        "changed: file data/raw/2015-16/contacts.csv.origin.toml, notebook, rows indicators indicator=a"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["a", "b"], ["a"]),  # rows that are gone
        (["b", "b"], ["b", "a"]),  # rows that were not there
    ],
)
def test_rows_that_come_or_go_are_a_change(small, before, after):
    place = small.processed(YEAR) / "indicators.parquet"
    pd.DataFrame({"indicator": before, "value": range(len(before))}).to_parquet(place)
    wanted = "b" if "b" not in after else "a"
    ledger(small).keep(executed(f"rows indicators indicator={wanted}"), {})
    pd.DataFrame({"indicator": after, "value": range(len(after))}).to_parquet(place)
    assert ledger(small).find("one", {}) is None


def test_a_chapter_that_reads_files_by_itself_is_taken_to_read_every_table(small):
    ledger(small).keep(executed(code='pd.read_parquet("data/processed/2015-16/contacts.parquet")'), {})
    assert ledger(small).find("one", {}) is not None
    pd.DataFrame({"contacts": [2]}).to_parquet(small.processed(YEAR) / "contacts.parquet")
    assert ledger(small).find("one", {}) is None


@pytest.mark.parametrize("damage", ["cut", "empty", "gone", "list", "without reads"])
def test_a_damaged_entry_means_work(small, damage):
    ledger(small).keep(executed("table contacts"), {})
    entry, kept = (small.root / "ledger" / f"one.{form}" for form in ("json", "ipynb"))
    text = entry.read_text(encoding="utf8")
    if damage == "gone":
        kept.unlink()
    elif damage == "without reads":
        entry.write_text(json.dumps({"parts": {}, "content": json.loads(text)["content"]}), encoding="utf8")
    else:
        entry.write_text({"cut": text[: len(text) // 2], "empty": "", "list": "[]"}[damage], encoding="utf8")
    assert ledger(small).find("one", {}) is None
    assert ledger(small).why("one", {}) in ("not executed before", "the kept notebook is damaged")


def test_the_list_of_numbers_depends_on_the_numbers_of_commentary_and_not_on_its_words(small):
    small.notebooks.mkdir()
    (small.root / "_quarto.yml").write_text("book:\n  chapters: [numbers.ipynb]\n", encoding="utf8")
    path = small.notebooks / "numbers.ipynb"
    code = 'report.book().numbers()\nreport.prose("own")'
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]), path)

    def parts(own, other):
        return chapter_parts(path, {"own": (own, "a.md"), "other": (other, "a.md")}, small)

    before = parts("Own.", 'It was {{ fact("x") }} in all.')
    assert parts("Own.", 'In all there were {{ fact("x") }}.') == before
    assert parts("Own, changed.", 'It was {{ fact("x") }} in all.') != before
    assert parts("Own.", 'It was {{ fact("y") }} in all.') != before
    assert parts("Own.", 'It was {{ fact("x") }} <b>in all</b>.') != before
    claim = '{{% claim fact("x") > 1 %}}{}{{% endclaim %}}'
    assert parts("Own.", claim.format("More")) != parts("Own.", claim.format("Most")), "claims are listed"


def test_a_chapter_rests_on_the_sections_that_its_cells_ask_for_whatever_the_cells_are_called(small):
    small.notebooks.mkdir()
    path = small.notebooks / "one.ipynb"
    commentary = {"own": ("Own.", "a.md"), "other": ("Other.", "a.md")}

    def read(code):
        cell = nbformat.v4.new_code_cell(code, id="prose-own")
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
        return [name for name in chapter_parts(path, commentary, small) if name.startswith("section")]

    assert read('report.prose("own")') == ["section own"]
    assert read('said = report.prose\nsaid("own")') == ["section other", "section own"]
