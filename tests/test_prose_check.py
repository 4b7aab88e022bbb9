"""No number on a finished page, or in a file made from it, is bound to nothing; and a final edition does not carry one."""

import json
import shutil
from pathlib import Path

import docx
import pytest
import typst
from conftest import ROOT

from bscbdata import publish
from bscbdata.build.run import build
from bscbdata.findings import DataStop
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.prose import unbound_in
from bscbdata.publish.prose_check import check_files, check_pages, check_text, known_numerals

BOOK = Path(__file__).parent / "data" / "book"
FACT = '<span class="fact" data-fact="a" data-area="b" data-year="c">4,762</span>'
PAGE = '<html><body><main><h1><span class="chapter-number">3</span> T</h1>{}</main></body></html>'


def checked(tmp_path, body):
    (tmp_path / "01.html").write_text(PAGE.format(body), encoding="utf8")
    return [found.value for found in check_pages(tmp_path)]


@pytest.mark.parametrize(
    "body",
    [
        "<p>There were 45 of them.</p>",
        "<ul><li>about 7%</li></ul>",
        '<div class="callout"><p>a third or 33</p></div>',
        "<figure><figcaption>All 12 months of 13</figcaption></figure>",
        "<table><tbody><tr><td>Written by hand: 8</td></tr></tbody></table>",
        '<div class="figure-body"><p class="figure-headline">Rose by 9</p></div>',
        "<p>4<b>5</b></p>",
    ],
)
def test_a_number_that_no_data_carries_is_found_wherever_it_stands(tmp_path, body):
    assert len(checked(tmp_path, body)) == 1


@pytest.mark.parametrize(
    "body",
    [
        f"<p>The Police made {FACT} contacts in 2015-16.</p>",
        '<p>See <a class="quarto-xref" href="#x">Figure 2.3</a> and section 47.</p>',
        '<table class="data-table"><tbody><tr><td>8</td></tr></tbody></table>',
        '<nav><p>Page 9</p></nav><aside class="draft-note"><p>7 open findings</p></aside>',
    ],
)
def test_what_data_carries_is_no_finding(tmp_path, body):
    assert checked(tmp_path, body) == []


def described(alt):
    table = '<table class="data-table"><tbody><tr><th>Police</th><td>4,762</td></tr><tr><th>x</th><td>[c]</td></tr></tbody></table>'
    return f'<div id="fig-a" class="quarto-float quarto-figure"><svg><desc>{alt}</desc></svg>{table}</div>'


def test_a_description_says_only_what_its_own_table_has(tmp_path):
    assert checked(tmp_path, described("Highest 4,762 (Police). 1 value is not shown.")) == []
    assert checked(tmp_path, described("Highest 4,763 (Police). 2 values are not shown.")) == ["4,763", "2"]


def test_the_finding_names_the_page_and_the_words_about_the_number(tmp_path):
    checked(tmp_path, "<p>Long ago there were 45 of them here.</p>")
    said = str(check_pages(tmp_path)[0])
    assert said.startswith("01.html: ") and "there were 45 of them" in said


def test_a_text_of_another_format_is_held_to_the_pages(tmp_path):
    checked(tmp_path, f"<p>{FACT} contacts, and 45 more.</p><svg><text>250</text></svg>")
    known = known_numerals(tmp_path)
    assert {"4,762", "250"} <= known and "45" not in known
    found = check_text("4,762 contacts, 45 more, 45 again; an axis to 250.", known, "report.pdf")
    assert [(one.file, one.value) for one in found] == [("report.pdf", "45")]


def test_a_numeral_that_is_loose_in_one_place_and_bound_in_another_is_known(tmp_path):
    checked(tmp_path, f"<p>{FACT} contacts; 4,762 of them typed.</p>")
    assert "4,762" in known_numerals(tmp_path)


def test_a_word_file_among_the_downloads_is_read_and_a_typed_number_in_it_found(tmp_path):
    checked(tmp_path, f"<p>{FACT} contacts.</p>")
    (tmp_path / "downloads").mkdir()
    book = docx.Document()
    book.add_paragraph("The Police made 4,762 contacts, 45 more than")
    book.save(tmp_path / "downloads" / "report.docx")
    assert [(found.file, found.value) for found in check_files(tmp_path)] == [("report.docx", "45")]


def test_a_pdf_among_the_downloads_is_read_and_a_typed_number_in_it_found(tmp_path):
    checked(tmp_path, f"<p>{FACT} contacts.</p>")
    (tmp_path / "downloads").mkdir()
    text = b"The Police made 4,762 contacts, 45 more than before.\n\nSee page 12."
    (tmp_path / "downloads" / "report.pdf").write_bytes(typst.compile(text))
    assert [(found.file, found.value) for found in check_files(tmp_path)] == [("report.pdf", "45")]


def test_the_pages_of_a_book_are_read_as_the_stitcher_writes_them(tmp_path):
    publish.render(BOOK, tmp_path, "embedded")
    assert {found.file for found in check_pages(tmp_path)} <= {path.name for path in tmp_path.glob("*.html")}
    assert any(found.value == "45." for found in check_pages(_with(tmp_path, "<p>There were 45.</p>")))


def _with(folder, words):
    page = folder / "index.html"
    text = page.read_text(encoding="utf8")
    page.write_text(text.replace('<nav class="pager"', f'{words}<nav class="pager"', 1), encoding="utf8")
    return folder


# ---- a final edition ---------------------------------------------------------------------------------------------

HOLDS = "{% claim fact('contacts.police') > fact('contacts.schools') %}The Police made more contacts.{% endclaim %}"
FAILS = HOLDS.replace(">", "<")


def project(root, commentary, markdown):
    """A project of one chapter with the real returns of the year."""
    shutil.copytree(ROOT / "data" / "raw", root / "data" / "raw", ignore=shutil.ignore_patterns("commentary"))
    shutil.copy(ROOT / "data" / "corrections.yml", root / "data")
    (root / "_quarto.yml").write_text(
        "project:\n  type: book\nbook:\n  title: T\n  chapters:\n    - index.ipynb\n"
    )
    (root / "notebooks").mkdir()
    return rewritten(Project(root), commentary, markdown)


def rewritten(project, commentary, markdown):
    folder = project.raw / "2015-16" / "commentary"
    folder.mkdir(exist_ok=True)
    (folder / "a.md").write_text(f"# one\n{commentary}\n", encoding="utf8")
    cells = [
        ("markdown", f"# Title\n\n{markdown}", []),
        ("code", 'year = "2015-16"\narea = "Buckinghamshire"\ndraft = True', ["parameters"]),
        ("code", "import bscbdata as bscb\n\nreport = bscb.report(year, area, draft)", []),
        ("code", 'report.prose("one")', []),
    ]
    told = [
        {"cell_type": kind, "id": f"c{n}", "metadata": {"tags": tags} if tags else {}, "source": source}
        | ({"outputs": [], "execution_count": None} if kind == "code" else {})
        for n, (kind, source, tags) in enumerate(cells)
    ]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    book = {"cells": told, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (project.notebooks / "index.ipynb").write_text(json.dumps(book), encoding="utf8")
    return project


@pytest.fixture(scope="module")
def final(tmp_path_factory):
    found = project(tmp_path_factory.mktemp("final"), HOLDS, "Plain words.")
    return found, build(found, ReportYear(2015), renderer="embedded", draft=False)


def test_a_final_edition_has_no_furniture_of_a_draft_and_calls_itself_final(final):
    project, built = final
    content = b"".join(path.read_bytes() for path in built.report.rglob("*") if path.is_file())
    assert not any(
        mark in content for mark in (b"draft-", b"draft.css", b"Not for publication", b"changes.html")
    )
    assert (
        json.loads((project.build(ReportYear(2015)) / "edition.json").read_text(encoding="utf8"))["status"]
        == "final"
    )


@pytest.mark.parametrize(
    ("commentary", "markdown", "said"),
    [
        (FAILS, "Plain words.", "no longer supports this claim"),
        (HOLDS, "There were 45 of them.", "bound to no data"),
        (HOLDS + " There were 45.", "Plain words.", "not bound to a fact"),
    ],
)
def test_a_final_edition_stops_and_the_last_one_stays(final, commentary, markdown, said):
    project, built = final
    before = (built.report / "index.html").read_bytes()
    with pytest.raises(DataStop, match=said):
        build(rewritten(project, commentary, markdown), ReportYear(2015), renderer="embedded", draft=False)
    assert (built.report / "index.html").read_bytes() == before


def test_a_draft_goes_on_and_shows_what_is_open_where_it_stands(final):
    project, _ = final
    built = build(rewritten(project, FAILS, "There were 45 of them."), ReportYear(2015), renderer="embedded")
    page = (built.report / "index.html").read_text(encoding="utf8")
    assert {"claim", "number"} <= {found.check for found in built.findings}
    assert "claim-failed" in page and "draft-findings" in page and "there were 45 of them" in page.lower()
    assert (project.build(ReportYear(2015)) / "previous" / "edition.json").exists()


def test_a_number_that_follows_a_word_such_as_table_is_not_cut_in_two():
    assert unbound_in("counted as in table 10,000 children of the age") == ["10,000"]
    assert unbound_in("as in table 10, and in tables 2 and 3") == []
