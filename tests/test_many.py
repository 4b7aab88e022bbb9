"""Many reports in one go: which are meant, made in a loop and on workers, one that fails, a worker that is lost."""

import csv
import io
import json
import os
import re
import shutil
import signal
import tarfile

import pytest
from conftest import ROOT

from bscbdata.build import national
from bscbdata.many import Asked, Made, asked, run_many, shipping
from bscbdata.many.asking import areas_of, years_of
from bscbdata.many.compare import write_comparison
from bscbdata.many.long_run import write_long_run
from bscbdata.many.running import PLAIN, _each
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.publish.forms import parse_forms

OPTIONS = {"renderer": "embedded", "forms": ("data",)}
CELLS = [
    ("markdown", "# At a glance {#sec-glance .unnumbered}"),
    ("parameters", 'year = "2015-16"\narea = "Buckinghamshire"\ndraft = True'),
    ("code", "#| include: false\nimport bscbdata as bscb\n\nreport = bscb.report(year, area=area, draft=draft)"),
    ("code", '#| label: fig-referral-rate\n#| fig-cap: Referrals\nreport.figure(report.comparison("referrals_rate_per_10000", "Referrals"), key="referral-rate", headline="", measure="Referrals", tables=["children_in_need"], decimals=1)'),
]  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A project with a book of one chapter, and returns that must not leave this machine."""
    root = tmp_path_factory.mktemp("many")
    shutil.copytree(ROOT / "data" / "raw" / "official", root / "data" / "raw" / "official")
    (root / "data" / "raw" / "2015-16" / "police").mkdir(parents=True)
    shutil.copy(ROOT / "data" / "raw" / "2015-16" / "year.toml", root / "data" / "raw" / "2015-16")
    (root / "data" / "raw" / "2015-16" / "police" / "secret.csv").write_text("a child\n")
    settings = (ROOT / "_quarto.yml").read_text(encoding="utf8")
    short = re.sub(
        r"  chapters:\n.*?\nexecute", "  chapters:\n    - index.ipynb\n\nexecute", settings, flags=re.S
    )
    (root / "_quarto.yml").write_text(short, encoding="utf8")
    (root / "notebooks").mkdir()
    cells = [_cell(number, kind, text) for number, (kind, text) in enumerate(CELLS)]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (root / "notebooks" / "index.ipynb").write_text(json.dumps(book), encoding="utf8")
    project = Project(root)
    national.prepare(project)
    return project


def _cell(number, kind, text):
    cell = {
        "id": f"c{number}",
        "source": text,
        "metadata": {"tags": ["parameters"]} if kind == "parameters" else {},
    }
    if kind == "markdown":
        return cell | {"cell_type": "markdown"}
    return cell | {"cell_type": "code", "outputs": [], "execution_count": None}


# ---- which are meant -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "years"),
    [("2012-13..2014-15", ["2012-13", "2013-14", "2014-15"]), ("2014-15, 2012-13", ["2012-13", "2014-15"]), ("2015-16", ["2015-16"])],
)  # fmt: skip
def test_years_are_a_span_or_a_list(text, years):
    assert years_of(text) == years


@pytest.mark.parametrize(
    ("text", "said"), [("2014-15..2012-13", "ends before"), ("", "No year"), ("2015", "not a report year")]
)
def test_years_that_make_no_sense_are_refused(text, said):
    with pytest.raises(ValueError, match=said):
        years_of(text)


def test_areas_are_names_regions_or_neighbours_each_once(small):
    assert areas_of(small, "leeds, Kent,leeds") == ["Leeds", "Kent"]
    assert areas_of(small, "neighbours") == list(small.edition(ReportYear(2015)).neighbours)
    assert "Durham" in areas_of(small, "north east") and len(areas_of(small, "north east")) == 12
    assert areas_of(small, "") == [""]
    with pytest.raises(ValueError, match="Near it: Leeds"):
        areas_of(small, "Kent,Leds")


def test_all_is_every_authority_of_which_figures_are_here(small):
    found = asked(small, "all", "2013-14..2014-15")
    assert {one.area for one in found} == {"Buckinghamshire", *small.edition(ReportYear(2015)).neighbours}
    assert len(found) == 22 and found == sorted(found)


def test_forms_are_named_and_a_wrong_one_is_refused():
    assert parse_forms("") == ("pdf", "word", "workbook", "data")
    assert parse_forms("pages") == () and parse_forms("data, pdf") == ("pdf", "data")
    with pytest.raises(ValueError, match="There are: pages, pdf"):
        parse_forms("epub")


# ---- made ----------------------------------------------------------------------------------------------------------

WANTED = [Asked("Surrey", "2014-15"), Asked("Rutland", "2014-15"), Asked("Trafford", "2014-15")]


@pytest.fixture(scope="module")
def looped(small):
    return run_many(small, WANTED, OPTIONS)


def test_a_report_that_fails_does_not_stop_the_others_and_says_why(small, looped):
    assert [one.asked for one in looped] == WANTED and [one.failed for one in looped] == [False, True, False]
    assert "no official figure of Rutland" in looped[1].problem and not looped[1].page
    assert "Surrey" in (small.root / looped[0].page).read_text(encoding="utf8")


def test_only_the_forms_asked_for_are_made(small, looped):
    downloads = (small.root / looped[0].page).parent / "downloads"
    made = {path.suffix for path in downloads.rglob("*")}
    assert ".zip" in made and not made & {".pdf", ".docx", ".xlsx"}


def test_what_is_made_already_is_not_made_again(small, looped):
    again = run_many(small, [WANTED[0], WANTED[2]], OPTIONS)
    assert [one.again for one in again] == [True, True] and again[0].page == looped[0].page


def test_workers_make_what_a_loop_makes_and_a_lost_one_loses_nothing(small, looped):
    areas = ["Oxfordshire", "Hampshire", "Cambridgeshire", "Hertfordshire", "West Berkshire"]
    wanted = [Asked(area, "2014-15") for area in areas]
    made = []
    for one in _each(small, wanted, PLAIN | OPTIONS, 2, ""):
        made.append(one)
        if len(made) == 1:
            os.kill(one.worker, signal.SIGKILL)
    assert sorted(one.asked for one in made) == sorted(wanted) and not any(one.failed for one in made)
    assert all((small.root / one.page).exists() for one in made)
    assert len({one.worker for one in made}) > 1 and os.getpid() not in {one.worker for one in made}


def test_a_cluster_elsewhere_gets_official_figures_alone_and_sends_the_reports_back(small, looped):
    from distributed import LocalCluster

    with tarfile.open(fileobj=io.BytesIO(shipping.pack(small))) as parcel:
        names = parcel.getnames()
    assert "data/raw/2015-16/year.toml" in names and not any("secret" in name for name in names)
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        made = run_many(
            small,
            [Asked("Bracknell Forest", "2014-15"), WANTED[1]],
            OPTIONS,
            scheduler=cluster.scheduler_address,
        )
    assert [one.failed for one in made] == [False, True]
    assert "Bracknell Forest" in (small.root / made[0].page).read_text(encoding="utf8")
    [again] = run_many(small, [Asked("Bracknell Forest", "2014-15")], OPTIONS)
    assert again.page == made[0].page


# ---- side by side --------------------------------------------------------------------------------------------------


def test_the_comparison_has_a_page_for_each_measure_in_its_own_order(small, looped):
    made = [*looped, Made(Asked("Oxfordshire", "2014-15"), page="build/x/index.html")]
    index = write_comparison(small, made)
    text = index.read_text(encoding="utf8")
    assert "<script" not in text and "Not made." in text and "no official figure of Rutland" in text
    assert f'href="../../{looped[0].page}"' in text and (index.parent / f"../../{looped[0].page}").exists()
    page = (index.parent / "referrals-rate-per-10000-2014-15.html").read_text(encoding="utf8")
    rows = re.findall(r'<th scope="row">(?:<a[^>]*>)?([^<]+)(?:</a>)?</th><td class="number">([^<]+)', page)
    values = [float(value.replace(",", "")) for _, value in rows if not value.startswith("[")]
    assert values == sorted(values, reverse=True) and len(values) == 4
    assert rows[-1] == ("Rutland", "[x]") and "England" in dict(rows) and 'role="img"' in page
    with (index.parent / "comparison.csv").open(encoding="utf8", newline="") as lines:
        listed = {
            row["area"]: float(row["value"])
            for row in csv.DictReader(lines)
            if row["indicator"] == "referrals_rate_per_10000"
        }
    assert sorted((round(value, 1) for value in listed.values()), reverse=True) == values


def test_the_long_run_has_every_year_and_marks_where_a_definition_changed(small):
    years = [ReportYear(first).label for first in range(2010, 2017)]
    page = write_long_run(small, years)
    text = page.read_text(encoding="utf8")
    section = text[
        text.index('id="persistent_absence_15_primary_pct"')
        if 'id="persistent_absence_15_primary_pct"' in text
        else 0 :
    ]
    assert "<script" not in text and section
    rates = text[text.index('id="referrals_rate_per_10000"') :]
    rates = rates[: rates.index("</section>")]
    assert re.findall(r'<th scope="row">(\d{4}-\d\d)</th>', rates) == years
    assert "431.3" in rates and "576.7" in rates, "the printed rates of 2014-15 and 2015-16"
    with (page.parent / "long_run.csv").open(encoding="utf8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["indicator"] == "referrals_rate_per_10000"]
    assert {"Buckinghamshire", "Statistical neighbours", "South East", "England"} == {
        row["area"] for row in rows
    }
    assert {row["provenance"] for row in rows} == {"official"}
