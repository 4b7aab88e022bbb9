"""What guidance asks for: every answer is there, said as it is, and nothing illustrative passes for evidence unsaid."""

import json
import re

import pandas as pd
import pytest
from conftest import ROOT

from bscbdata import coverage, quality
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.reports import report as reports
from bscbdata.tracing import read_usage


@pytest.fixture(scope="module")
def report(first_build):
    return reports.report("2015-16", project=first_build.project)


@pytest.fixture(scope="module")
def tables_of():
    return {figure.key: figure.tables for usage in read_usage(Project(ROOT)) for figure in usage.figures}


def labels():
    """Every label of a figure, table or section in the notebooks."""
    found = set()
    for path in Project(ROOT).chapters():
        text = "\n".join(
            "".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf8"))["cells"]
        )
        found |= set(re.findall(r"label: ((?:fig|tbl)-[\w-]+)", text)) | set(re.findall(r"\{#([\w-]+)", text))
    return found


def test_every_answer_is_in_the_book_and_every_fact_can_be_computed(report):
    known = labels()
    for one in coverage.requirements():
        assert set(one.anchors) <= known, one.requirement
        assert all(report.fact(name).value is not None for name in one.facts)


def test_evidence_that_is_all_illustrative_is_said_to_be(report, tables_of):
    for one in coverage.requirements():
        shown = [place[4:] for place in one.anchors if place.startswith(("fig-", "tbl-"))]
        kinds = {report.provenance(tables_of[key]) for key in shown if tables_of.get(key)}
        if one.kind == "evidenced" and kinds == {"illustrative"}:
            assert "illustrative" in one.note, one.requirement


def test_the_tables_have_every_requirement_once_with_its_answer_in_words(report):
    for guidance in coverage.guidances():
        text = report.coverage(guidance).markdown
        for one in (one for one in coverage.requirements() if one.guidance == guidance):
            row = next(line for line in text.splitlines() if line.startswith(f"| {one.requirement}"))
            assert coverage.KINDS[one.kind] in row and ("[note]" in row) != one.is_checked
            assert all(f"@{place}" in row for place in one.anchors)


def test_the_chart_counts_what_the_tables_list():
    long = coverage.long_counts()
    assert long["requirements"].sum() == len(coverage.requirements())
    assert list(long["answer"].cat.categories) == list(coverage.KINDS.values())


def test_the_headline_goes_with_the_counts():
    said = coverage.headline("The inspection of 2014")
    kinds = {one.kind for one in coverage.requirements() if one.guidance == "The inspection of 2014"}
    assert ("all is shown by data" in said) == (kinds == {"evidenced"})
    with pytest.raises(KeyError, match="There are: Working Together 2015"):
        coverage.headline("Working Apart 2015")


def test_the_list_of_silences_has_what_is_silent_and_nothing_else():
    lines = coverage.silences().splitlines()
    silent = [one for one in coverage.requirements() if one.kind == "silent"]
    assert len(lines) == len(silent) > 0
    assert all(one.requirement in line for one, line in zip(silent, lines, strict=True))


def test_the_glance_adds_up(report):
    found = report.quality_summary()
    sums = found.groupby("subject", sort=False)["number"].sum()
    assert sums["Checks of the data"] == len(report.table("findings"))
    assert sums["Printed numbers"] == len(report.table("published_facts"))
    assert sums["Sums and shares sent or printed"] == len(report.audit())
    unknown = found[found["outcome"].str.contains("not explained")]
    assert unknown["number"].tolist() == [0]


def test_every_check_of_this_year_has_plain_words(report):
    found = report.run_record()["checks"]
    assert found["check"].str.match(r"[A-Z].* ").all()
    assert found[quality.RESULTS].to_numpy().sum() == len(report.table("findings"))


def test_completeness_goes_by_the_month_or_the_day_that_a_return_is_counted_by():
    authorised = pd.to_datetime(["2015-05-09"] * 2)
    tables = {
        "assessments": pd.DataFrame(
            {"started": authorised - pd.Timedelta(days=30), "authorised": authorised}
        ),
        "rusafe_caseload": pd.DataFrame({"quarter": ["2015-16 Q1", "2015-16 Q2", "2015-16 Q4"]}),
        # a child may be fostered in any month, or in none
        "private_fostering": pd.DataFrame({"notified": authorised}),
        "absence": pd.DataFrame({"year": ["2015-16"]}),
    }
    found = quality.completeness(tables, ReportYear(2015)).set_index("table")
    in_may = {"covered": 1, "expected": 12, "missing": "April 2015, June 2015 to March 2016"}
    in_three = {"covered": 3, "expected": 4, "missing": "2015-16 Q3"}
    assert found.to_dict("index") == {"Assessments of children": in_may, "R U Safe? caseload": in_three}


def test_the_glance_counts_what_fails():
    results = pd.DataFrame({"result": ["pass", "failure", "failure"]})
    none = pd.DataFrame({"result": []})
    found = quality.summary(results, none, none, none).set_index("outcome")["number"]
    assert found["failed"] == 2 and found["held"] == 1
