"""The whole run, from returns to pages, in a copy of the project; and what happens when something is wrong."""

import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from html import unescape
from pathlib import Path

import docx
import nbformat
import pandas as pd
import pytest
from conftest import ROOT
from pypdf import PdfReader
from small_book import TEXT, add_chapter, commentary, real_cells

from bscbdata import leak
from bscbdata.build import unchanged, why
from bscbdata.build.cases import KEY
from bscbdata.build.execute import settled
from bscbdata.build.one_chapter import build_chapter
from bscbdata.build.plan import chapters, declared_parameters
from bscbdata.build.run import build
from bscbdata.findings import DataStop
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.provenance import digest, raw_files
from bscbdata.quality import CHECKS
from bscbdata.releases import read_ees
from bscbdata.sources import is_return_of_children
from bscbdata.tables import read_all
from bscbdata.tracing.shown import anchor, attributes, keys

pytestmark = pytest.mark.usefixtures("one_parent")

YEAR = ReportYear(2015)


@pytest.fixture(scope="module")
def copy(first_build, tmp_path_factory):
    """A project of its own, built once: what the tests change here, no other test sees."""
    root = tmp_path_factory.mktemp("copy") / "project"
    shutil.copytree(first_build.project.root, root)
    return Project(root)


@pytest.fixture(scope="module")
def built(first_build, copy):
    return replace(first_build.built, report=copy.build(YEAR) / "report")


@pytest.fixture(scope="module")
def pages(built):
    return {path.name: path.read_text(encoding="utf8") for path in sorted(built.report.glob("*.html"))}


def state(folder):
    return {
        path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_every_chapter_of_the_book_has_its_page(copy, pages):
    beside = ["accessibility.html", "open.html"]
    assert sorted(pages) == sorted([*(f"{chapter.name}.html" for chapter in chapters(copy)), *beside])


def test_all_25_figures_of_the_printed_report_are_there_and_can_be_found(pages):
    said = " ".join(pages.values())
    found = {
        int(number)
        for number in re.findall(r'class="figure-printed">Figure (\d+) in the printed report', said)
    }
    assert found == set(range(1, 26))


def test_every_figure_says_what_its_data_is_and_carries_its_table(pages):
    for name, page in pages.items():
        bodies = re.findall(r'<div class="figure-body".*?</details>', page, flags=re.S)
        assert len(bodies) == page.count('class="figure-body"'), name
        for body in bodies:
            about_the_report_itself = 'id="figure-coverage"' in body
            said = re.search(r"badge-(official|published|illustrative|mixed)", body)
            assert (said or about_the_report_itself) and "<table" in body and "<desc" in body


def test_every_figure_and_table_says_what_is_counted_on_pages_and_on_paper(built, pages):
    """What has no data says so instead; a table in a text has its line right below it."""
    told = []
    for name, page in pages.items():
        _, *parts = re.split(r'<div id="((?:fig|tbl)-[\w-]+)" class="quarto-float', page)
        for anchor_, rest in zip(parts[::2], parts[1::2], strict=True):
            own = rest[: rest.find("</figure>") + 400].partition('class="quarto-float"')[0]
            found = re.search(r'class="figure-definition">\s*(?:<p[^>]*>)?(.*?)</p>', own, flags=re.S)
            said = re.sub(r"<[^>]+>|\s+", " ", unescape(found[1])) if found else ""
            is_told = re.match(r" ?What is (counted|listed|shown|compared): .{20}", said)
            assert is_told or " gap" in own, (name, anchor_)
            told += [re.sub(r"\W", "", said)] if said else []
    assert len(set(told)) > 50
    downloads = built.report / "downloads"
    pdf = "".join(page.extract_text() for page in PdfReader(next(downloads.glob("*.pdf"))).pages)
    word = "".join(docx.Document(next(downloads.glob("*.docx"))).element.itertext())
    for paper in (pdf, word):
        letters = re.sub(r"\W", "", paper)
        assert [line for line in told if line not in letters] == []


def test_a_draft_of_this_year_has_no_failed_claim_and_no_unbound_number(built, pages):
    assert [str(f) for f in built.findings if f.check in ("claim", "number")] == []
    assert not any("claim-failed" in page for page in pages.values())


def test_numbers_in_prose_carry_the_id_of_their_fact(pages):
    facts = re.findall(r'<span class="fact" data-fact="([^"]+)"', " ".join(pages.values()))
    assert len(facts) > 200 and "referrals.rate_per_10000" in facts


def test_every_number_of_the_text_has_a_card_and_a_row_in_the_list_of_numbers(built, pages):
    for name, page in pages.items():
        shown = re.findall(r'<span class="fact"([^>]*)>', page)
        data = built.report / "assets" / "cards" / name.replace(".html", ".js")
        cards = (
            json.loads(data.read_text(encoding="utf8")[len("window.bscbCards = ") : -2])["cards"]
            if shown
            else {}
        )
        for told in map(attributes, shown):
            assert set(keys(told)) <= set(cards), (name, told)
            assert f'id="{anchor(told["fact"])}"' in pages["a8_numbers.html"], told


def test_every_figure_made_from_data_leads_to_what_it_is_made_from(pages):
    for name, page in pages.items():
        for key in re.findall(r'<div class="figure-body" id="figure-([\w-]+)">', page):
            if not key.startswith(("lineage-", "coverage")):  # these draw the report itself
                assert f'href="a6_sources.html#from-{key}"' in page, (name, key)


def test_no_file_tells_the_hash_of_a_return_of_children(built, copy):
    """Who knows all of a small file but a few numbers would try them until the hash is met."""
    raw = {
        path.relative_to(copy.raw).as_posix(): digest(path)[:12].encode()
        for path in raw_files(copy.raw / "2015-16")
    }
    hidden = {hashed for file, hashed in raw.items() if is_return_of_children(file)}
    told = b"".join(
        content for path in built.report.rglob("*") if path.is_file() for content in _opened(path)
    )
    assert len(hidden) >= 10 and not [hashed for hashed in hidden if hashed in told]
    assert all(hashed in told for hashed in set(raw.values()) - hidden), "of other files readers are told it"


def _opened(path):
    yield path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from map(archive.read, archive.namelist())


def test_the_run_record_is_whole_and_the_last_page_says_the_same(built, copy, pages):
    told = json.loads((built.report / "run.json").read_text(encoding="utf8"))
    files = {entry["file"]: entry["sha256"] for entry in told["inputs"]}
    raw = [path for folder in ("official", "2015-16") for path in raw_files(copy.raw / folder)]
    named = {path.relative_to(copy.raw).as_posix(): digest(path) for path in raw}
    assert files == {file: "" if is_return_of_children(file) else hashed for file, hashed in named.items()}
    assert told["parameters"] == {"year": "2015-16", "area": "Buckinghamshire", "draft": True}
    assert sorted(told["chapters"]) == sorted(chapter.notebook.name for chapter in chapters(copy))
    assert (
        told["made_with"]["Python"]
        and told["made_with"]["pandas"]
        and told["pages"]["renderer"] == "embedded"
    )
    page = pages["a9_run_record.html"]
    assert told["made_with"]["package"] in page
    assert 'href="a6_sources.html"' in page and all(
        hashed in pages["a6_sources.html"] for hashed in files.values()
    )
    for check in told["checks"]:
        assert f'<th scope="row">{CHECKS[check["check"]]}</th>' in page
    assert chapters(copy)[-1].name == "a9_run_record"


def test_times_are_kept_beside_the_report_and_not_in_it(built, copy):
    kept = json.loads((copy.build(YEAR) / "run.json").read_text(encoding="utf8"))
    assert kept["seconds"]["Cleaning the returns"] >= 0 and "executed" in kept
    published = json.loads((built.report / "run.json").read_text(encoding="utf8"))
    assert not {"seconds", "executed", "reused", "findings"} & set(published)


def test_no_name_of_a_return_travels_into_a_page_unpublished(pages):
    """Row-level fields of child-level lists must never reach a page."""
    for page in pages.values():
        for private in ("assessment_id", "arrangement_id", "family_id", "case_id"):
            assert private not in page


def test_no_page_shows_a_small_count_from_a_table_that_counts_children(built, copy):
    told = json.loads((copy.build(YEAR) / "run.json").read_text(encoding="utf8"))
    assert sum(check["failure"] for check in told["checks"]) == 0 and len(told["inputs"]) > 40


def test_a_build_with_nothing_to_do_is_known_before_it_starts_and_only_then(built, copy):
    options = {"renderer": "embedded", "draft": True, "allow_rejects": False}

    def told(**other):
        return unchanged.told_before(copy, YEAR, unchanged.inputs(copy, YEAR, options | other))

    assert told() == built.findings
    assert told(draft=False) is None
    named = replace(copy, area="Buckinghamshire")  # as among many areas: the same report
    assert unchanged.inputs(named, YEAR, options) == unchanged.inputs(copy, YEAR, options)
    year = copy.raw / "2015-16"
    changed = [
        year / "commentary" / "07_neglect.md",
        year / "board" / "attendance.xlsx",
        copy.root / "_quarto.yml",
    ]
    for path in (*changed, copy.notebooks / "07_neglect.ipynb", built.report / "index.html"):
        before = path.read_bytes()
        path.write_bytes(before + b"\n")
        assert told() is None, path.name
        path.write_bytes(before)
        assert told() is not None, path.name
    note = copy.build(YEAR) / unchanged.NAME
    kept = note.read_text(encoding="utf8")
    note.write_text(kept[:-20], encoding="utf8")
    assert told() is None, "a damaged note is not believed"
    note.write_text(kept, encoding="utf8")


def test_a_build_with_nothing_to_do_imports_only_what_it_uses(built, copy):
    code = (
        "import sys\nfrom bscbdata import cli\n"
        "try:\n    cli.app(['build', '--year', '2015-16', '--renderer', 'embedded'])\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(sorted({'pandas', 'altair', 'papermill', 'numpy'} & set(sys.modules)))"
    )
    environment = {**os.environ, "BSCB_PROJECT": str(copy.root)}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split("\n")[-2] == "[]" and "gap: " in ran.stderr and "executed" not in ran.stdout


def test_the_process_that_leads_a_build_holds_neither_altair_nor_the_optimizer():
    """Some 0.5 s and 60 MB that are its own: what it has draw and prove is done by processes forked from the warm parent."""
    led = "run, bscbdata.publish.html, bscbdata.publish.exhibits, bscbdata.publish.cards, bscbdata.leak"
    code = (
        f"import sys, bscbdata.build.{led}; print(sorted({{'altair', 'scipy.optimize'}} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_the_page_of_a_chapter_is_shown_without_altair(copy, built, tmp_path):
    """The process that leads writes it before the report is whole: its author waits for what is imported."""
    code = (
        "import sys; sys.modules['altair'] = None\nfrom pathlib import Path\n"
        "from bscbdata.publish.one_chapter import show_chapter\n"
        f"print(show_chapter(Path({str(copy.build(YEAR) / 'book')!r}), '07_neglect', Path({str(tmp_path)!r})))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "fig-neglect" in Path(ran.stdout.strip()).read_text(encoding="utf8")


def test_chapters_begin_before_what_comes_after_them_is_imported():
    later = "{'bscbdata.build.finishing', 'bscbdata.publish.html', 'bscbdata.leak', 'bscbdata.review'}"
    code = f"import sys, bscbdata.build.run; print(sorted({later} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_why_a_build_would_run_is_told_without_running_it(built, copy):
    options = {"renderer": "embedded", "draft": True, "allow_rejects": False}
    told = {task.name: task.why for task in why.tasks(copy, YEAR, options)}
    assert len(told) > 40 and not any(told.values())
    path, notebook = copy.raw / "2015-16" / "commentary" / "07_neglect.md", copy.notebooks / "03_board.ipynb"
    kept = {place: place.read_bytes() for place in (path, notebook)}
    before = state(copy.build(YEAR))
    path.write_bytes(kept[path] + b"\nMore.\n")
    notebook.write_bytes(kept[notebook].replace(b"draft = True", b"draft = True  # so", 1))
    try:
        told = {task.name: task.why for task in why.tasks(copy, YEAR, options) if task.why}
    finally:
        for place, content in kept.items():
            place.write_bytes(content)
    assert (
        told["chapter 07_neglect"].startswith("changed: section ")
        and told["chapter 03_board"] == "changed: notebook"
    )
    assert "file data/raw/2015-16/commentary/07_neglect.md" in told["chapter a9_run_record"]
    assert "page 03_board.html" in told and "page 02_journey.html" not in told and "cleaning" not in told
    assert told["PDF"] == "executed again: 03_board, 07_neglect, a9_run_record"
    assert state(copy.build(YEAR)) == before, "nothing was run"


def test_a_changed_commentary_changes_its_page_which_can_be_looked_at_before_the_whole_is_made(built, copy):
    before, shown = state(built.report), {}

    def show(page):
        name = page.relative_to(copy.build(YEAR)).as_posix()
        shown[name] = page.read_text(encoding="utf8"), state(built.report) == before

    path = copy.raw / "2015-16" / "commentary" / "07_neglect.md"
    text = path.read_text(encoding="utf8")
    written = text.replace("# neglect\n", "# neglect\nWork on neglect was slow.\n\n")
    path.write_text(written, encoding="utf8")
    try:
        again = build(copy, YEAR, renderer="embedded", show=show)
        # and the appendix that shows the hash of every text
        assert sorted(again.executed) == ["07_neglect", "a9_run_record"]
        assert list(shown) == ["chapters/07_neglect/07_neglect.html"]
        (ahead, still_whole), made = (
            shown.popitem()[1],
            (again.report / "07_neglect.html").read_text(encoding="utf8"),
        )
        assert still_whole and "Not for publication." in ahead
        assert "Work on neglect was slow." in ahead and "Work on neglect was slow." in made
    finally:
        path.write_text(text, encoding="utf8")


def test_after_the_first_build_of_a_project_there_is_nothing_to_do(small_build, tmp_path):
    """It makes the key of the project, after the command has looked whether anything changed."""
    project = Project(shutil.copytree(small_build, tmp_path / "project"))
    (project.root / KEY).unlink()
    options = {"renderer": "embedded", "draft": True, "allow_rejects": False, "forms": ()}
    build(project, YEAR, **options, made_from=unchanged.inputs(project, YEAR, options))
    assert unchanged.told_before(project, YEAR, unchanged.inputs(project, YEAR, options)) is not None


@pytest.fixture
def withholding(small_build, tmp_path):
    """The small book with the report's table of child deaths in a new chapter, not yet built."""
    project = Project(shutil.copytree(small_build, tmp_path / "project"))
    cells = real_cells(ROOT / "notebooks", "09_statutory_functions", "cdop_findings")
    add_chapter(project.root, "02_deaths", *cells)
    return project


def test_a_sentence_that_gives_a_withheld_count_away_stops_a_draft_and_is_explained(withholding):
    before = state(withholding.build(YEAR) / "report")
    told = '{{ fact("cdop.age.28-364_days") }} were infants of more than four weeks.\n'
    commentary(withholding.root).write_text(TEXT + told, encoding="utf8")
    with pytest.raises(DataStop) as stop:
        build(withholding, YEAR, renderer="embedded", forms=())
    said = [str(finding) for finding in stop.value.findings]
    assert any("Age, finding 1-5 years: it can be worked out that it is 5" in each for each in said)
    assert all("fact cdop.age.28-364_days" in each and "Withhold a partner" in each for each in said)
    assert state(withholding.build(YEAR) / "report") == before


def test_a_leak_in_what_was_written_stops_a_draft(withholding, monkeypatch):
    before = state(withholding.build(YEAR) / "report")

    def render(book, out, renderer, forms):
        out.mkdir()
        (out / "index.html").write_text(
            "<p>By sex, 18 were female.</p><!-- H:\\\\x\\\\y -->", encoding="utf8"
        )

    monkeypatch.setattr("bscbdata.publish.render", render)
    with pytest.raises(DataStop) as stop:
        build(withholding, YEAR, renderer="embedded")
    assert {f.check for f in stop.value.findings} == {"leak"}
    found = [f.message for f in stop.value.findings if f.file == "index.html, line 1"]
    assert any("figure cdop, sex, female" in said for said in found)
    assert "A path of the machine that built the report." in found
    assert state(withholding.build(YEAR) / "report") == before


def test_what_can_be_worked_out_is_kept_beside_the_report_and_not_in_it(built, copy):
    told = pd.read_csv(copy.build(YEAR) / "withheld.csv")
    assert len(told) >= 10 and told["safe"].all() and (told["highest"] > 5).all()
    assert "[c]" in (built.report / "05_exploitation.html").read_text(encoding="utf8")
    published = {path.name for path in built.report.rglob("*")}
    assert not published & {"withheld.csv", "counts.json"}


PLANTED = {
    "a.html": "<p>Of the reviews by sex, 18 were of a female child.</p>",
    "b.csv": "district,quarter,episodes\nSouth Bucks,2015-16 Q4,5\n",
    "c.json": '{"quarter": ["2015-16 Q3", "2015-16 Q4"], "district": ["South Bucks", "Chiltern"], "n": [8, 20]}',
    "d.svg": '<svg><path aria-label="Lead agency: Housing; Families: 4"/></svg>',
    "e.html": "<p>Client RS0001 came to the service.</p>",
}


def test_leaks_planted_in_the_real_report_are_found_and_nothing_else(built, copy, tmp_path):
    out = tmp_path / "report"
    shutil.copytree(built.report, out)
    for name, content in PLANTED.items():
        (out / name).write_text(content, encoding="utf8")
    tidy = read_all(copy.processed(YEAR))
    known = leak.known_to_us(copy.build(YEAR) / "book", tidy, copy.edition(YEAR), True, copy.root)
    found = leak.check(out, known)
    assert {finding.file.partition(",")[0] for finding in found} == set(PLANTED)


def test_bad_input_stops_before_anything_is_written_and_the_last_report_stays(built, copy):
    before = state(built.report)
    path = next((copy.raw / "2015-16").rglob("next_steps.csv"))
    content = path.read_bytes()
    path.unlink()
    try:
        with pytest.raises(DataStop, match=r"next_steps\.csv"):
            build(copy, YEAR, renderer="embedded")
    finally:
        path.write_bytes(content)
    assert state(built.report) == before


def test_a_changed_return_is_noticed_by_its_hash(built, copy):
    path = next((copy.raw / "2015-16").rglob("next_steps.csv"))
    content = path.read_bytes()
    path.write_bytes(content + b"\n")
    try:
        with pytest.raises(DataStop, match="not the one its origin describes"):
            build(copy, YEAR, renderer="embedded")
    finally:
        path.write_bytes(content)


def test_a_return_that_calls_itself_official_is_refused_since_its_small_counts_would_be_shown(built, copy):
    path = next((copy.raw / "2015-16").rglob("missing_episodes.xlsx.origin.toml"))
    content = path.read_text(encoding="utf8")
    path.write_text(re.sub('provenance = ".*"', 'provenance = "official"', content), encoding="utf8")
    try:
        with pytest.raises(DataStop, match="A return is no official statistic"):
            build(copy, YEAR, renderer="embedded")
    finally:
        path.write_text(content, encoding="utf8")


def test_failing_chapters_are_all_listed_with_their_cell_and_nothing_is_published(small_build, tmp_path):
    project = Project(shutil.copytree(small_build, tmp_path / "project"))
    before = state(project.build(YEAR) / "report")
    for name in ("02_wrong", "03_wrong_too"):
        add_chapter(project.root, name, "values = []\nvalues[3]\n")
    with pytest.raises(DataStop) as stop:
        build(project, YEAR, renderer="embedded")
    assert [f.file for f in sorted(stop.value.findings, key=str)] == [
        "notebooks/02_wrong.ipynb",
        "notebooks/03_wrong_too.ipynb",
    ]
    assert all("IndexError" in f.message and "line 2" in f.advice for f in stop.value.findings)
    for found in stop.value.findings:
        trace = project.root / re.search(r"The whole trace: (.+\.txt)\.", found.advice)[1]
        assert "IndexError: list index out of range" in trace.read_text(encoding="utf8")
    assert state(project.build(YEAR) / "report") == before


def test_a_slip_in_pandas_is_told_with_its_place_and_the_columns_there_are_and_not_with_its_trace(copy):
    path = copy.notebooks / "07_neglect.ipynb"
    content = path.read_bytes()
    notebook = json.loads(content)
    notebook["cells"][-1]["source"] = [
        "#| label: tbl-wrong\n",
        "table = report.table('contacts')\n",
        "table['mnth']\n",
    ]
    path.write_text(json.dumps(notebook), encoding="utf8")
    try:
        with pytest.raises(DataStop) as stop:
            build_chapter(copy, YEAR, "07_neglect")
    finally:
        path.write_bytes(content)
    [found] = stop.value.findings
    assert found.file == "notebooks/07_neglect.ipynb" and found.message == "KeyError: 'mnth'"
    assert "line 3 (tbl-wrong). The table has no column 'mnth'. Near it: month. It has: month" in found.advice
    assert len(str(found)) < 500 and "get_loc" not in str(found)
    assert "get_loc" in (copy.root / "build/2015-16/traces/07_neglect.txt").read_text(encoding="utf8")


def test_a_notebook_without_the_parameters_of_a_run_stops_before_anything_runs(copy):
    path = copy.notebooks / "07_neglect.ipynb"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"year = ", b"yaer = "))
    try:
        assert "yaer" in declared_parameters(path)
        with pytest.raises(DataStop, match="does not declare the parameters"):
            chapters(copy)
    finally:
        path.write_bytes(content)


@pytest.mark.parametrize("year", ["2016", "2015-17", "2031-32"])
def test_a_mistyped_or_missing_year_stops_at_once(copy, year):
    with pytest.raises((ValueError, FileNotFoundError)):
        build(copy, ReportYear.parse(year))


def test_what_differs_from_run_to_run_is_taken_out_of_a_notebook():
    cell = {
        "cell_type": "code",
        "id": "x1",
        "metadata": {
            "papermill": {"duration": 1},
            "execution": {"iopub": 1},
            "tags": ["injected-parameters"],
        },
        "source": [],
        "outputs": [],
    }
    notebook = {
        "cells": [cell],
        "metadata": {"kernelspec": {"name": "python3"}, "papermill": {"start_time": "now"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    text = settled(nbformat.from_dict(notebook)).decode()
    assert "papermill" not in text and "iopub" not in text and "injected" not in text and '"cell-0"' in text


def test_at_least_300_of_the_printed_numbers_are_reproduced_or_explained(copy, built):
    from bscbdata.back_test import against_published
    from bscbdata.reports.report import report

    found = report("2015-16", project=copy)
    frame = against_published(found.tracer.tables, found.edition)
    with (copy.raw / "2015-16" / "board" / "published_facts.csv").open(encoding="utf8") as lines:
        assert len(frame) == len(list(csv.DictReader(lines))) == 334
    unexplained = frame[frame["result"] == "unexplained"]
    assert unexplained.empty, unexplained[["fact_id", "published", "value", "reason"]].to_string()
    assert (frame["result"] == "reproduced").sum() >= 280


def test_the_open_data_of_the_report_is_read_by_our_own_reader(built):
    folder = built.report / "downloads" / "data"
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf8"))
    statistics = [one for one in package["resources"] if one["table_layout"] == "statistics"]
    assert len(statistics) > 30 and len(package["sources"]) > 50
    for one in statistics:
        release = read_ees(folder / one["path"], folder / one["metadata"])
        assert release.rejects.empty, one["path"]
        assert not [str(found) for found in release.findings if found.result == "failure"]
        # every source is a file that was received; the hash of a return of children is told to nobody
        assert all(("hash" in source) != is_return_of_children(source["file"]) for source in one["sources"])


def test_the_open_data_tells_nothing_of_rows_or_of_the_machine(built, copy):
    files = [
        *(built.report / "downloads" / "data").iterdir(),
        *(built.report / "figures").glob("*.[cs][sv][vg]"),
    ]
    assert len(files) > 150
    for path in files:
        text = path.read_text(encoding="utf-8-sig")
        assert "row_id" not in text and str(copy.root) not in text, path.name
        assert not re.search(r"\.(csv|xlsx)#\d", text), "an id of a row"
    about = json.loads((built.report.parent / "book" / "_about.json").read_text(encoding="utf8"))
    values = (built.report / "downloads" / "data" / "indicator_values.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(values.splitlines()))
    assert len(rows) == len(about["indicators"]) > 1000
    assert {row["provenance"] for row in rows} == {"Official statistics"}


def test_one_chapter_alone_is_written_beside_the_report_which_stays_as_it_was(copy, built):
    before, key = state(built.report), (copy.root / KEY).read_bytes()
    made = build_chapter(copy, YEAR, "07_neglect")
    assert (copy.root / KEY).read_bytes() == key
    page = (made.report / "07_neglect.html").read_text(encoding="utf8")
    assert "Not for publication." in page
    assert 'class="figure-body"' in page and state(built.report) == before
    # its numbers have their cards, which lead into the whole report
    assert '<script defer src="assets/cards/07_neglect.js"></script>' in page
    assert (made.report / "assets" / "cards.js").exists()
    assert re.search(r'class="fact-link" href="\.\./\.\./report/a8_numbers\.html#number-[^"]+"', page)
    told = (made.report / "assets" / "cards" / "07_neglect.js").read_text(encoding="utf8")
    assert '"page":"../../report/a6_sources.html#source-official-plans-by-category-csv"' in told
    alone = build_chapter(copy, YEAR, "a9_run_record").report
    assert (alone / "run.json").exists() and 'href="run.json"' in (alone / "a9_run_record.html").read_text()
    with pytest.raises(DataStop, match="no such chapter"):
        build_chapter(copy, YEAR, "77_nothing")
