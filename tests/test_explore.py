"""Between two reports: the notebook to explore in runs, what it shows is what it says, and its figure is a chapter's."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import altair as alt
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from IPython.core.interactiveshell import InteractiveShell

import bscbdata as bscb
from bscbdata import disclosure
from bscbdata.build.execute import execute_all
from bscbdata.build.one_chapter import build_chapter
from bscbdata.build.plan import Chapter
from bscbdata.figures.figure_record import MEDIA
from bscbdata.indicators import definitions
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.tables import Listing, read_all, write_table

pytestmark = pytest.mark.usefixtures("one_parent")

YEAR = ReportYear(2015)
EXPLORE = ROOT / "notebooks" / "explore.ipynb"
GIVEN = {"year": "2015-16", "area": "Buckinghamshire", "draft": True}


@pytest.fixture(scope="module")
def copy(first_build, tmp_path_factory):
    """A project of its own with what a build left in it."""
    root = tmp_path_factory.mktemp("explore") / "project"
    shutil.copytree(first_build.project.root, root)
    return Project(root)


def cells_of(path):
    return json.loads(path.read_text(encoding="utf8"))["cells"]


def test_the_notebook_runs_and_every_cell_shows_something(copy, tmp_path):
    found = []
    notebook = copy.notebooks / "explore.ipynb"
    execute_all([Chapter("explore", notebook)], GIVEN, copy.root, tmp_path, found.append)
    cells = [cell for cell in json.loads(found[0].content)["cells"] if cell["cell_type"] == "code"]
    shown = [output.get("data", {}) for cell in cells for output in cell["outputs"]]
    silent = [cell["metadata"]["tags"] for cell in cells if not cell["outputs"]]
    assert silent == [["parameters"], []], "only the parameters, and those of the run, show nothing"
    assert sum("image/svg+xml" in data for data in shown) == 5, "charts are drawn here, and ask for no script"
    assert sum(MEDIA in data for data in shown) == 1
    assert not any(
        "http" in str(data.get("text/html", "")) and "<script" in data["text/html"] for data in shown
    )


def test_it_is_no_chapter_and_a_build_does_not_read_it(copy):
    from bscbdata.build import unchanged

    assert EXPLORE.name not in {path.name for path in copy.chapters()}
    read = unchanged.inputs(copy, YEAR, {})
    path = copy.notebooks / "explore.ipynb"
    path.write_text(path.read_text(encoding="utf8").replace("# Explore", "# Look around"), encoding="utf8")
    assert unchanged.inputs(copy, YEAR, {}) == read


def test_its_figure_copied_into_a_chapter_is_a_figure_of_the_report(copy):
    (cell,) = [cell for cell in cells_of(EXPLORE) if "".join(cell["source"]).startswith("#| label: fig-")]
    path = copy.notebooks / "07_neglect.ipynb"
    notebook = json.loads(path.read_text(encoding="utf8"))
    notebook["cells"].insert(8, cell | {"id": "copied"})
    path.write_text(json.dumps(notebook), encoding="utf8")
    made = build_chapter(copy, YEAR, "07_neglect")
    page = (made.report / "07_neglect.html").read_text(encoding="utf8")
    figure = re.search(r'<div id="fig-section-47-rate".*?</figure>', page, flags=re.S)[0]
    assert re.search(r"Figure\s*7\.2", figure.replace("&nbsp;", " ").replace("\xa0", " "))
    assert "Section 47 enquiries rose" in re.sub(r"<[^>]+>", "", figure)
    assert "Department for Education" in figure and "Official statistics" in figure


def test_the_cell_that_is_written_for_you_runs(cleaned_report):
    for name in ("section_47_enquiries_rate_per_10000", "contacts_by_outcome_pct", "mash_enquiries"):
        code = cleaned_report.figure_cell(name, key="new")
        figure = eval(code, {"report": cleaned_report})
        assert figure.key == "new" and figure.chart is not None
        assert [found.check for found in figure.findings] == ["headline"], (
            "it is left to be written, and that is said"
        )
        written = eval(code.replace('headline=""', 'headline="What it shows"'), {"report": cleaned_report})
        assert written.findings == []
        assert ("Buckinghamshire" in written.measure) == ("area" not in written.chart.data), (
            "a chart that compares areas is not of one"
        )
        assert "the note under the figure" not in written.note


def test_every_indicator_is_drawn_or_says_why_not(cleaned_report):
    said = []
    for name, rows in cleaned_report.table("indicators").groupby("indicator"):
        tables = sorted(rows["table"].unique())
        try:
            chart = cleaned_report.chart(name)
        except ValueError as error:
            said.append(name)
            assert re.search("nothing to draw|name some, categories=", str(error)), name
            continue
        if set(rows["provenance"]) != {"official"}:  # a figure would refuse a small count
            cleaned_report.figure(chart, key="x", headline="", measure=name, tables=tables)
    assert len(said) <= 10, said


def test_a_chart_withholds_small_counts_of_children(cleaned_report):
    small = disclosure.is_small(cleaned_report.indicator("mserac_new_cases")["value"])
    drawn = cleaned_report.chart("mserac_new_cases").data["value"]
    assert small.any() and not disclosure.is_small(drawn).any() and drawn.isna().sum() >= small.sum()


@pytest.mark.parametrize(("name", "marks"), [("private_fostering_ended", 11), ("mserac_new_cases", 12)])
def test_what_is_withheld_is_drawn_with_its_symbol_in_both_widths(cleaned_report, name, marks):
    """One for each bar, or for each bar that lacks a part."""
    chart = cleaned_report.chart(name)
    tables = sorted(set(cleaned_report.indicator(name)["table"]))
    made = cleaned_report.figure(chart, key="x", headline="", measure=name, tables=tables)
    assert chart.data["value"].isna().sum() >= marks
    assert [svg.count(">[c]</text>") for svg in made.svgs.values()] == [marks, marks]


def test_withheld_bars_that_lie_have_their_symbol_too(cleaned_report):
    frame = cleaned_report.protect(
        pd.DataFrame({"place": list("abc"), "n": pd.array([3, 20, 31], "Int64")}), "n", ["place"]
    )
    made = cleaned_report.figure(
        bscb.style.bars(frame, "place", "n", "N"), key="x", headline="", measure="N", tables=["placements"]
    )
    assert [svg.count(">[c]</text>") for svg in made.svgs.values()] == [2, 2]


def test_areas_that_are_named_are_drawn_alone_and_in_their_order(cleaned_report):
    drawn = cleaned_report.chart("referrals_rate_per_10000", areas=["England", "Buckinghamshire"])
    assert list(dict.fromkeys(drawn.data["area"])) == ["England", "Buckinghamshire"]
    assert drawn.usermeta == {"indicators": ["referrals_rate_per_10000"]}, "so that breaks are seen"


def test_too_many_lines_are_refused_and_may_be_chosen(cleaned_report):
    with pytest.raises(ValueError, match="9 categories, and 4 can be told apart"):
        cleaned_report.chart("rusafe_referrals_by_source")
    chart = cleaned_report.chart("early_help_lead_agencies", categories=["Schools", "Youth service"])
    assert set(chart.data["category"]) == {"Schools", "Youth service"}
    assert isinstance(chart, alt.Chart | alt.LayerChart)


def test_the_catalogue_has_every_table_and_indicator_and_finds_words(cleaned_report):
    found = cleaned_report.catalogue()
    assert found["meaning"].str.len().gt(4).all() and not found.duplicated(["kind", "name"]).any()
    assert set(found.loc[found["kind"] == "indicator", "name"]) <= set(definitions())
    assert set(found.loc[found["kind"] == "table", "name"]) == set(cleaned_report.contents()["table"])
    few = cleaned_report.catalogue("Neglect Rate")
    assert list(few["name"]) == ["plans_started_for_neglect_rate_per_10000"]
    assert cleaned_report.catalogue("no such thing at all").empty


def test_areas_and_years_stand_beside_each_other(cleaned_report):
    found = cleaned_report.compare("referrals_rate_per_10000")
    assert list(found.columns) == cleaned_report.areas and found.index[-1] == "2015-16"
    # as printed by the Department: 2015-16, per 10,000
    assert found.loc["2015-16", "Buckinghamshire"] == 576.7 and found.loc["2015-16", "England"] == 532.2
    with pytest.raises(ValueError, match="several values a year"):
        cleaned_report.compare("contacts_by_month", ["Buckinghamshire"])


def test_a_month_that_is_made_odd_is_found_by_table_and_by_part(cleaned_report):
    contacts = cleaned_report.table("contacts")
    may = (contacts["month"] == "2015-05-01") & (contacts["source"] == "Housing")
    contacts.loc[may, "contacts"] = 900
    odd = _with(cleaned_report, "contacts", contacts).odd_months("contacts", by="source")
    row = odd[odd["part"] == "Housing"].iloc[0]
    assert (row["month"], row["column"]) == ("May 2015", "contacts") and row["value"] >= 900
    assert "Schools" in set(odd["part"]), "they are closed in August"
    alone = type(cleaned_report)(cleaned_report.project, cleaned_report.edition)
    alone.__dict__["_tidy"] = {"absence": cleaned_report.table("absence")}
    assert str(alone.odd_months()) == "No return is here to look at.", "which is not that none stands out"
    with pytest.raises(KeyError, match="no column 'colour'"):
        cleaned_report.odd_months("contacts", by="colour")


def _with(report, name, frame):
    """The report with another table in place of one."""
    found = type(report)(report.project, report.edition)
    found.__dict__["_tidy"] = {**report._tidy, name: frame}
    return found


def test_a_rule_that_is_tried_tells_its_price_by_hand():
    # 4 and 30 in a, 50 and 60 in b: up to 5 withholds the 4 and needs a partner in its row, its column, and the corner
    frame = pd.DataFrame({"a": ["a", "a", "b", "b"], "b": ["x", "y", "x", "y"], "children": [4, 30, 50, 60]})
    tried = disclosure.try_rule(frame, "children", ["a", "b"], highest=[3]).set_index("withheld")
    assert list(tried.index) == ["1 to 3", "1 to 5"] and list(tried["in_force"]) == [False, True]
    assert list(tried.loc["1 to 3", ["small", "partners"]]) == [0, 0]
    assert list(tried.loc["1 to 5", ["small", "partners"]]) == [1, 3]
    assert tried.loc["1 to 5", "cells_withheld_pct"] == 100 and tried.loc["1 to 3", "cells_withheld_pct"] == 0


def test_the_solver_of_a_rule_that_is_tried_prints_nothing(capfd):
    """Its C code has a line of its own for some tables, this one among them."""
    counts = [2, 6, 22, 13, 15, 2, 23, 7, 33, 1, 30, 40, 21, 16, 24, 28, 1, 2, 19, 26, 40, 8, 21, 1]
    frame = pd.DataFrame({"a": np.repeat(range(8), 3), "b": [0, 1, 2] * 8, "children": counts})
    disclosure.try_rule(frame, "children", ["a", "b"], highest=[10])
    assert capfd.readouterr().out == ""


def test_trying_the_rule_in_force_withholds_what_protect_does(cleaned_report):
    counts = cleaned_report.table("missing_episodes").groupby(["quarter", "district"], observed=True)
    frame = counts["episodes"].sum().reset_index()
    kept = disclosure.protect(frame, "episodes", ["quarter", "district"])["episodes"].isna().sum()
    tried = cleaned_report.try_rule("missing_episodes", "episodes", ["quarter", "district"], [5]).iloc[0]
    assert tried["small"] + tried["partners"] == kept and np.isclose(
        tried["cells_withheld_pct"], 100 * kept / 32
    )
    with pytest.raises(KeyError, match="no column children"):
        cleaned_report.try_rule("missing_episodes", "children", ["quarter"])


def test_a_notebook_completes_names(cleaned_report, tmp_path):
    shell = InteractiveShell()
    write_table(cleaned_report.table("contacts"), tmp_path, "contacts")
    tables = shell.user_ns["tables"] = read_all(tmp_path)
    assert repr(tables) == "1 table: contacts"
    shell.user_ns |= {"report": cleaned_report, "bscb": bscb}
    for text, name in [
        ('tables["conta', "contacts"),
        ('report.indicators["re_ref', "re_referrals_pct"),
        ('report.facts["contacts.pol', "contacts.police.share"),
    ]:
        completed = shell.complete(text)[1]
        assert any(found.endswith(name) for found in completed), (text, completed)
    assert dir(bscb) == sorted(["catalogue", "report", "style"])
    assert cleaned_report.facts["contacts.police"].value == cleaned_report.fact("contacts.police").value


def test_things_say_what_they_are(cleaned_report):
    fact = cleaned_report.fact("referrals.rate_per_10000")
    assert repr(fact) == (
        "referrals.rate_per_10000: 576.7 (Referrals per 10,000 children; Buckinghamshire, 2015-16; official)"
    )
    assert "<strong>576.7</strong>" in fact._repr_html_()
    assert repr(YEAR) == "ReportYear 2015-16" and "1 April 2015 to 31 March 2016" in YEAR._repr_html_()
    said = repr(cleaned_report)
    assert said.startswith("Report of Buckinghamshire, 2015-16, draft") and 'report.table("contacts")' in said
    assert "Buckinghamshire" in cleaned_report._repr_html_()
    figure = cleaned_report.figure(
        cleaned_report.chart("referrals_rate_per_10000"),
        key="a",
        headline="",
        measure="Rate",
        decimals=1,
        tables=["children_in_need"],
    )
    assert repr(figure).startswith(
        "Figure a: Rate\n  Line chart. Buckinghamshire: from 282.7 (2009-10, the lowest)"
    )
    assert "Source: Department for Education" in repr(figure) and "object at" not in repr(figure)
    assert repr(cleaned_report.indicators).startswith(f"{len(definitions())} indicators:\n")
    assert "py.typed" in {path.name for path in (ROOT / "src" / "bscbdata").iterdir()}


def test_lab_opens_the_notebook(tmp_path):
    command = [sys.executable, "-m", "bscbdata.cli", "lab", "--no-browser", "--port", "0", "--allow-root"]
    with (tmp_path / "said").open("wb") as said:
        started = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "BSCB_PROJECT": str(ROOT)},
            stderr=said,
            start_new_session=True,
        )
        end = time.monotonic() + 60
        while b"Or copy and paste" not in (tmp_path / "said").read_bytes() and time.monotonic() < end:
            time.sleep(0.1)
        os.killpg(started.pid, signal.SIGKILL) if sys.platform != "win32" else started.kill()
        started.wait()
    assert "/lab/tree/explore.ipynb?" in (tmp_path / "said").read_text(encoding="utf8")


def test_a_list_is_shown_whole_with_words_to_the_left_and_is_a_plain_table_after(cleaned_report):
    found = cleaned_report.catalogue()
    html = found._repr_html_()
    assert html.count("<tr>") == len(found) + 1 > 100, "no row is left out"
    assert 'white-space: nowrap">2009-10 to 2015-16</td>' in html and "text-align: right" in html
    assert type(found[["name"]]) is pd.DataFrame and type(found.head()) is pd.DataFrame
    hostile = Listing({"name": ["<img src=x onerror=alert(1)>"]})._repr_html_()
    assert "<img" not in hostile
    assert "No table or indicator speaks of" in cleaned_report.catalogue("no such thing")._repr_html_()


def test_no_odd_month_is_said_in_words(cleaned_report):
    found = cleaned_report.odd_months("mash_enquiries")
    assert found.empty and found._repr_html_() == "<p>No month stands out in mash_enquiries.</p>"


def test_a_figure_defines_what_its_chart_shows_whatever_was_asked_before(cleaned_report):
    cleaned_report.chart("referrals_rate_per_10000")
    cleaned_report.chart("child_protection_plans_rate_per_10000")
    chart = cleaned_report.chart("section_47_enquiries_rate_per_10000")
    figure = cleaned_report.figure(chart, "any", "", "m", ["children_in_need"], decimals=1)
    assert "section 47 enquiries" in figure.definition and "referrals" not in figure.definition
