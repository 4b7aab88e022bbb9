"""A return that lacks a row or a number: what the chapter then shows, and says, is still true."""

import ast
import json

import pandas as pd
import pytest
from conftest import ROOT

import bscbdata as bscb
from bscbdata import facts
from bscbdata.reports.report import Report


def shown(report, chapter, label, table, frame):
    """The figure of that label, with another table in the place of one: the chapter's cells that speak of the table are run."""
    changed = Report(report.project, report.edition)
    changed.__dict__["_tidy"] = {**report._tidy, table: frame}
    names = {"report": changed, "bscb": bscb, "pd": pd, "year": report.year, "area": report.area}
    for cell in json.loads((ROOT / f"notebooks/{chapter}.ipynb").read_bytes())["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] != "code" or table not in source and f"label: {label}" not in source:
            continue
        *before, last = ast.parse(source).body
        exec(compile(ast.Module([*before], []), chapter, "exec"), names)
        made = (
            eval(compile(ast.Expression(last.value), chapter, "eval"), names)
            if isinstance(last, ast.Expr)
            else exec(compile(ast.Module([last], []), chapter, "exec"), names)
        )
        if f"label: {label}\n" in source:
            return made
    raise KeyError(label)


def by_name(figure, row, column):
    """The cell under a label in the row that begins with a name or names."""
    labels = [figure.table.label(name) for name in figure.table.columns()]
    (found,) = [cells for cells in figure.table.rows() if cells[: len(row)] == row]
    return found[labels.index(column)]


def test_where_a_number_is_withheld_no_type_is_said_to_come_more_often(cleaned_report):
    cases = cleaned_report.table("mserac_cases").sort_values("meeting")
    whole = shown(cleaned_report, "05_exploitation", "fig-mserac-types", "mserac_cases", cases)
    assert "more often of exploitation" in whole.headline
    half = shown(cleaned_report, "05_exploitation", "fig-mserac-types", "mserac_cases", cases.iloc[:48])
    assert "[c]" in {cell for row in half.table.rows() for cell in row}
    assert "often" not in half.headline


def test_without_a_district_none_is_said_to_have_the_quarter_with_most_episodes(cleaned_report):
    sent = cleaned_report.table("missing_episodes")
    without = sent[sent["district"] != "Aylesbury Vale"].reset_index(drop=True)
    figure = shown(cleaned_report, "05_exploitation", "fig-missing", "missing_episodes", without)
    assert figure.headline == "Missing episodes by district"


def test_a_number_of_meetings_that_was_not_sent_is_not_none(cleaned_report):
    register = cleaned_report.table("attendance")
    agency = register["agency"].iloc[0]
    for absent in ("Attended", "Not represented"):
        sent = register[~((register["agency"] == agency) & (register["attendance"] == absent))]
        figure = shown(cleaned_report, "a2_membership", "fig-attendance", "attendance", sent)
        assert by_name(figure, [agency], "Share") == "[x]"


def test_a_share_of_child_deaths_without_its_count_is_not_shown(cleaned_report):
    """Without the total of all reviews the shares as printed would tell how many were few."""
    sent = cleaned_report.table("cdop_findings")
    without = sent[sent["characteristic"] != "All"].reset_index(drop=True)
    figure = shown(cleaned_report, "09_statutory_functions", "tbl-cdop", "cdop_findings", without)
    few = ["Ethnicity", "Black or mixed Black"]
    assert (by_name(figure, few, "Reviews"), by_name(figure, few, "Share")) == ("[x]", "[x]")


@pytest.mark.parametrize("gains", [0.0, None])
def test_no_course_is_said_to_give_most_where_none_does(cleaned_report, gains):
    courses = (
        cleaned_report.table("training_courses")
        .assign(increase_pct=gains)
        .astype({"increase_pct": "float64"})
    )
    figure = shown(cleaned_report, "09_statutory_functions", "fig-training", "training_courses", courses)
    assert "most" not in figure.headline


def test_a_count_of_none_says_what_kind_of_data_has_none(cleaned_report):
    bodies = cleaned_report.table("structure")
    tables = {**cleaned_report._tidy, "structure": bodies[bodies["kind"] != "Sub Group"]}
    found = facts.compute("board.subgroups", tables, cleaned_report.edition)
    assert (found.value, found.provenance) == (0, "published")


def test_plans_that_the_department_withholds_are_told_as_withheld(cleaned_report):
    frame = cleaned_report.table("indicators")
    own = (frame["indicator"] == "child_protection_plans_started_by_category") & (
        frame["area"] == cleaned_report.area
    )
    few = own & frame["category"].isin(["Physical abuse", "Sexual abuse"])
    withheld = frame.assign(value=frame["value"].mask(few), status=frame["status"].mask(few, "confidential"))
    figure = shown(cleaned_report, "02_journey", "fig-plan-categories", "indicators", withheld)
    assert few.any() and by_name(figure, ["Physical abuse"], "Plans started") == "[c]"
