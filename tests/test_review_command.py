"""`bscb diff` and `bscb review` as a person meets them, on a small project: what they say, write, and refuse."""

import json
import shutil
from pathlib import Path

import docx
import openpyxl
import pytest
from conftest import ROOT
from test_review import edition, place

from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.review import write
from bscbdata.review.comments import read_kept
from bscbdata.review.last_step import _since_last

YEAR = ReportYear(2015)
DRAWING = '<div class="figure-body" id="figure-rates"><div class="chart chart-wide"><svg>{}</svg></div></div>'


def built(folder, shown, drawing):
    """A build: what it says and its one page."""
    fact = {"id": "a", "label": "Rate", "shown": shown, "value": float(shown), "unit": "", "area": "Here",
            "year": "2015-16", "vintage": "", "provenance": "official", "places": ["01_rates.html#sec-rates-p1"],
            "files": ["rates.csv"], "tables": ["rates"]}  # fmt: skip
    figure = {"page": "01_rates.html", "kind": "figure", "caption": "Figure 1: Rates", "headline": "", "measure": "",
              "source": "", "badge": "", "note": "", "alt": f"Rate {shown}", "rows": [["Year", "Rate"], ["2016", shown]],
              "hash": shown, "files": ["rates.csv"], "tables": ["rates"]}  # fmt: skip
    told = edition(
        {"sec-rates-p1": place("The rate is high"), "fig-rates": place("Figure 1: Rates")},
        facts={"a|Here|+0": fact}, figures={"fig-rates": figure}, sources={"rates.csv": {"hash": shown}},
    )  # fmt: skip
    (folder / "report").mkdir(parents=True)
    (folder / "report" / "01_rates.html").write_text(DRAWING.format(drawing), encoding="utf8")
    write(told, folder / "edition.json")
    return told


@pytest.fixture
def project(tmp_path):
    found = Project(tmp_path)
    (tmp_path / "data" / "raw" / "2015-16").mkdir(parents=True)
    shutil.copy(ROOT / "data" / "raw" / "2015-16" / "year.toml", tmp_path / "data" / "raw" / "2015-16")
    built(found.build(YEAR), "12", "new drawing")
    built(found.build(YEAR) / "previous", "10", "old drawing")
    return found


def test_diff_alone_compares_the_last_draft_with_this_one_charts_side_by_side(bscb, project):
    ran = bscb("diff", project=project.root)
    assert ran.returncode == 0, ran.stderr
    assert "Facts: 1 changed (the data changed)" in ran.stdout and "build/2015-16/diff.html" in ran.stdout
    told = json.loads((project.build(YEAR) / "diff.json").read_text(encoding="utf8"))
    fact = next(change for change in told["changes"] if change["kind"] == "fact")
    assert (fact["absolute"], fact["percent"], fact["why"]) == (2.0, 20.0, ["data"])
    page = (project.build(YEAR) / "diff.html").read_text(encoding="utf8")
    assert page.count("<img src=") == 2 and "Rate 10" in page and "Rate 12" in page


def test_diff_takes_builds_and_years_and_refuses_what_is_neither(bscb, project):
    copy = shutil.copytree(project.build(YEAR), project.root / "copy")
    assert "The two editions say the same." in bscb("diff", str(copy), "2015-16", project=project.root).stdout
    for named, said in (
        ("never", "no commit"),
        (str(project.root / "data"), "holds no edition.json"),
        ("2014-15", "bscb build --year 2014-15"),
    ):
        ran = bscb("diff", named, project=project.root)
        assert ran.returncode == 1 and said in ran.stderr
    shutil.rmtree(project.build(YEAR) / "previous")
    assert "There is no edition before the last build" in bscb("diff", project=project.root).stderr


def test_an_edition_that_says_something_else_is_kept_with_its_pages(project, tmp_path):
    kept, staging = project.build(YEAR), tmp_path / "staging"
    new = built(staging, "15", "newest")
    found = _since_last(kept, staging, new)
    assert [change.absolute for change in found.of("fact")] == [3.0]
    assert "new drawing" in (staging / "previous" / "report" / "01_rates.html").read_text(encoding="utf8")
    again = tmp_path / "again"
    same = built(again, "12", "new drawing")
    assert [change.absolute for change in _since_last(kept, again, same).of("fact")] == [2.0]
    assert not (again / "previous").exists()  # nothing new: the one before stays where it is


def commented(path: Path):
    """A Word file as a reviewer sends it back, with real comments."""
    book = docx.Document()
    first = book.add_paragraph("The rate is high and has been for years.")
    other = book.add_paragraph("Something that the report does not say.")
    book.add_comment(first.runs, text="Say since when.", author="Ann Board", initials="AB")
    book.add_comment(other.runs, text="Where is this from?", author="Bob Chair", initials="BC")
    book.save(path)
    return path


def test_comments_of_word_and_of_the_sheet_are_gathered_by_chapter(bscb, project, tmp_path):
    assert (
        bscb("review", "list", "--year", "2015-16", project=project.root).stdout
        == "There are no comments yet.\n"
    )
    ran = bscb("review", "sheet", "--year", "2015-16", project=project.root)
    assert ran.stdout.split() == ["build/2015-16/comments.xlsx", "build/2015-16/comments.csv"]
    book = openpyxl.load_workbook(project.build(YEAR) / "comments.xlsx")
    row = next(row for row in book["Comments"].iter_rows(min_row=2) if row[0].value == "fig-rates")
    row[3].value, row[4].value = "Start the axis at nothing.", "Cat Lay"
    book.save(tmp_path / "back.xlsx")
    sent = [str(commented(tmp_path / "back.docx")), str(tmp_path / "back.xlsx")]
    ran = bscb("review", "import", *sent, "--year", "2015-16", project=project.root)
    assert ran.returncode == 0 and "back.docx: 2 new comments." in ran.stdout
    assert "Rates: 2 open of 2" in ran.stdout and "No chapter: 1 open of 1" in ran.stdout
    assert "open: sec-rates-p1: Ann Board: Say since when." in ran.stdout
    assert "open: fig-rates: Cat Lay: Start the axis at nothing." in ran.stdout
    assert "warning" in ran.stderr and "no such place" in ran.stderr
    assert len(read_kept(project, YEAR)) == 3
    assert (
        "0 new comments" in bscb("review", "import", *sent, "--year", "2015-16", project=project.root).stdout
    )


def test_comments_are_no_source_of_the_report(bscb, project, tmp_path):
    bscb("review", "import", str(commented(tmp_path / "a.docx")), "--year", "2015-16", project=project.root)
    assert sorted(path.name for path in (project.raw / "2015-16" / "review").iterdir()) == ["comments.csv"]
    from bscbdata.provenance import check_origins, raw_files

    assert raw_files(project.raw / "2015-16") == [] and check_origins(project.raw / "2015-16") == []


def test_a_file_that_is_not_there_is_named(bscb, project):
    ran = bscb("review", "import", "gone.docx", "--year", "2015-16", project=project.root)
    assert ran.returncode == 1 and "gone.docx" in ran.stderr
