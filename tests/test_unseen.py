"""What an analyst may leave in a chapter, and what would then stand on a page without a check: each was tried."""

import json
import shutil

import nbformat
import pytest
from conftest import ROOT

from bscbdata.build.run import build
from bscbdata.build.unseen import read_past
from bscbdata.findings import DataStop
from bscbdata.period import ReportYear
from bscbdata.places import Project

pytestmark = pytest.mark.usefixtures("one_parent")

SETUP = """import altair as alt
import pandas as pd
import bscbdata as bscb
from IPython.display import HTML, Image, Markdown, display
report = bscb.report(year, area, draft)
leads = report.table("early_help_lead_agencies").groupby("lead_agency", observed=True)["families"].sum().reset_index()"""
CHART = 'alt.Chart(leads).mark_bar(aria=False).encode(x=alt.X("families:Q", axis=None), y="lead_agency:N")'
LEFT = {
    "a picture": [CHART, f"import vl_convert\nImage(vl_convert.vegalite_to_png({CHART}.to_dict()))"],
    "a table": ["leads", "display(HTML(leads.to_html()))"],
    "a number": [
        "leads['families'].min()",
        "print(leads)",
        "Markdown(f'Housing led for {leads.families.min()}')",
    ],
}
CASES = [(what, code) for what, codes in LEFT.items() for code in codes]
PASSING = ["#| output: false\nleads", "#| include: false\nprint(leads)", "leads = leads", "print('ready')"]


@pytest.fixture
def project(small_build, tmp_path):
    return Project(shutil.copytree(small_build, tmp_path / "project", symlinks=True))


def chapter(project, *cells):
    path = project.root / "notebooks" / "01_small.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [*notebook.cells[:2], *map(nbformat.v4.new_code_cell, [SETUP, *cells])]
    nbformat.write(notebook, path)


def test_whatever_is_left_in_a_cell_is_named_and_stops_the_build(project):
    chapter(project, *(code for _, code in CASES), "open(__import__('os').devnull).close()")
    ahead = []
    with pytest.raises(DataStop) as stop:
        build(project, ReportYear(2015), forms=(), show=ahead.append)
    assert not ahead and not (project.build(ReportYear(2015)) / "chapters").exists(), "nor is it shown ahead"
    said = [(found.message, found.file) for found in stop.value.findings]
    assert said == [
        (f"Cell {number} shows {what} that no check has seen.", "notebooks/01_small.ipynb")
        for number, (what, _) in enumerate(CASES, start=4)
    ] + [(f"Cell {len(CASES) + 4} reads past the report.", "notebooks/01_small.ipynb")]
    assert "report.table_figure" in stop.value.findings[0].advice


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ('pd.read_parquet("data/processed/2015-16/contacts.parquet")', "read_parquet"),
        ('with open("returns.csv") as file:\n    print(file)', "open"),
        ('rows = Path("returns.csv").read_text()', "read_text"),
        ("%time\nreport.tracer.tables", "tracer"),
        ("rows = !cat returns.csv", "rows = !cat returns.csv"),
    ],
)
def test_what_a_cell_reads_past_the_report_is_named(source, name):
    cells = [nbformat.v4.new_code_cell("# Parameters\nyear = 1"), nbformat.v4.new_code_cell(source)]
    found = read_past(cells, "notebooks/x.ipynb")
    assert [(each.message, each.value) for each in found] == [("Cell 1 reads past the report.", name)]
    assert "report.table" in found[0].advice


def test_no_chapter_of_the_report_reads_past_it():
    for path in [*ROOT.glob("notebooks/[0-9ai]*.ipynb"), *ROOT.glob("notebooks/young_people/*.ipynb")]:
        assert not read_past(json.loads(path.read_bytes())["cells"], path.name)


def test_what_is_kept_off_the_page_and_what_comes_from_the_report_pass(project):
    figure = 'report.table_figure(report.protect(leads, "families", ["lead_agency"]), "led", "Families", ["early_help_lead_agencies"])'
    chapter(project, *PASSING, figure, 'report.prose("small")', 'report.text("All is well.")')
    built = build(project, ReportYear(2015), forms=())
    assert "[c]" in (built.report / "01_small.html").read_text(encoding="utf8")
