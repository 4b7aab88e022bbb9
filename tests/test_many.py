"""Many reports in one go: which are meant, made in a loop and on workers, one that fails, a worker that is lost."""

import csv
import io
import json
import os
import re
import shutil
import signal
import tarfile
from types import SimpleNamespace

import pytest
from browsing import faults_anywhere, needs_browser
from conftest import ROOT

from bscbdata.build import national
from bscbdata.indicators import definitions
from bscbdata.many import Asked, Made, asked, run_many, shipping
from bscbdata.many.asking import areas_of, years_of
from bscbdata.many.compare import write_comparison
from bscbdata.many.drawn import Line, lines
from bscbdata.many.long_run import write_long_run
from bscbdata.many.running import PLAIN, _each, options_of
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.publish.forms import parse_forms
from bscbdata.tables import read_table

pytestmark = pytest.mark.usefixtures("one_parent")

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
    (root / "data" / "pseudonyms.key").write_text("00" * 32)
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
    assert areas_of(small, "Leeds, Bristol, City of,Hull") == [
        "Leeds",
        "Bristol, City of",
        "Kingston upon Hull, City of",
    ]
    assert areas_of(small, "Herefordshire, County of") == ["Herefordshire"]
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


def test_a_report_with_returns_keeps_all_its_forms_among_many_unless_others_are_asked_for(small):
    year, surrey = ReportYear(2015), Asked("Surrey", "2015-16").of(small)
    assert options_of(small, year, PLAIN) == PLAIN, "as it is made alone"
    assert options_of(surrey, year, PLAIN)["forms"] == ("workbook", "data")
    assert options_of(small, year, OPTIONS) == options_of(surrey, year, OPTIONS) == OPTIONS
    assert options_of(surrey, year, PLAIN | {"forms": parse_forms("")}) == PLAIN


def test_what_is_made_already_is_not_made_again(small, looped):
    told = []
    again = run_many(small, [WANTED[0], WANTED[2]], OPTIONS, tell=lambda *said: told.append(said))
    assert [one.again for one in again] == [True, True] and again[0].page == looped[0].page
    assert told == [("Making reports", 0, 0)], "the time left is that of what is to be made"


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
    assert "data/raw/2015-16/year.toml" in names and not any(
        "secret" in name or "key" in name for name in names
    )
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        made = run_many(
            small,
            [Asked("Bracknell Forest", "2014-15"), WANTED[1]],
            OPTIONS,
            scheduler=cluster.scheduler_address,
        )
    assert [one.failed for one in made] == [False, True]
    assert "Bracknell Forest" in (small.root / made[0].page).read_text(encoding="utf8")
    assert not (small.root / made[0].page).parents[1].joinpath("ledger").exists(), "the worker's own"
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
    assert '<th scope="col" class="number">Per 10,000</th>' in page
    assert 'aria-label="Referrals in the year, 2014-15">2014-15</a>' in text and ">this page</span>" in page
    with (index.parent / "comparison.csv").open(encoding="utf8", newline="") as lines:
        listed = {
            row["area"]: float(row["value"])
            for row in csv.DictReader(lines)
            if row["indicator"] == "referrals_rate_per_10000"
        }
    assert sorted((round(value, 1) for value in listed.values()), reverse=True) == values


YEARS = [ReportYear(first).label for first in range(2010, 2017)]


@pytest.fixture(scope="module")
def long_run(small):
    """The page of the long run, and its sections by indicator."""
    page = write_long_run(small, YEARS)
    text = page.read_text(encoding="utf8")
    parts = re.findall(r'<section>\s*<h2 id="([^"]+)">(.*?)</section>', text, flags=re.S)
    return SimpleNamespace(page=page, text=text, sections=dict(parts))


def test_the_long_run_has_every_year_of_every_official_indicator(small, long_run):
    assert "<script" not in long_run.text
    rates = long_run.sections["referrals_rate_per_10000"]
    assert re.findall(r'<th [^>]*scope="row">(\d{4}-\d\d)</th>', rates) == YEARS
    assert "431.3" in rates and "576.7" in rates, "the printed rates of 2014-15 and 2015-16"
    with (long_run.page.parent / "long_run.csv").open(encoding="utf8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    referrals = {row["area"] for row in rows if row["indicator"] == "referrals_rate_per_10000"}
    assert referrals == {"Buckinghamshire", "Statistical neighbours", "South East", "England"}
    assert {row["provenance"] for row in rows} == {"official"}


def test_no_official_indicator_is_left_out_of_the_long_run_without_a_word(small, long_run):
    table = read_table(national.folder(small), "indicators")
    areas = small.edition(ReportYear(2016)).comparison_areas
    there = table[table["year"].isin(YEARS) & table["area"].isin(areas) & table["value"].notna()]
    shown = {name.removesuffix("-parts") for name in long_run.sections}
    titles = [definitions()[name]["title"] for name in set(there["indicator"]) - shown]
    assert titles and all(f"<li>{title}: " in long_run.sections["not-here"] for title in titles)
    assert "nothing for Buckinghamshire; there is for England" in long_run.sections["not-here"]


def test_ages_of_the_long_run_stand_by_age(long_run):
    ages = re.findall(r'<th [^>]*scope="row">(.+?)</th>', long_run.sections["population_by_age-parts"])
    assert ages[:2] == ["0 to 4", "5 to 9"] and len(ages) > 3
    assert ages == sorted(ages, key=lambda age: int(age.split()[0]))


def test_a_break_is_a_rule_in_the_picture_of_the_long_run_and_a_sentence_under_it(long_run):
    half_terms = long_run.sections["unauthorised_absence_primary_pct"]
    assert half_terms.count('class="rule"') == 2 and ">break</text>" in half_terms
    assert "The rule at 2012-13 marks a break. Absence is counted over six half terms" in half_terms
    anew = long_run.sections["persistent_absence_secondary_pct"]
    assert anew.count('class="rule-thin"') == 2 and 'class="rule"' not in anew
    said = "The definition of persistent absence changed in 2015-16"
    assert f"{said}. A thin rule at 2015-16 marks this; the edition shown counts all years alike." in anew
    assessments = long_run.sections["assessments_in_45_working_days_pct"]
    assert assessments.count('class="rule"') == 2
    assert "The series begins with 2013-14: One kind of assessment" in assessments
    assert 'class="rule' not in long_run.sections["referrals_rate_per_10000"]


def test_years_without_a_value_are_said_and_not_drawn_through(long_run):
    assessments = long_run.sections["assessments_in_45_working_days_pct"]
    assert 'class="lacking"' in assessments and "England: 2010-11 to 2012-13." in assessments
    assert re.findall(r'<th [^>]*scope="row">2012-13</th>((?:<td[^>]*>\[x\]</td>)+)', assessments)
    looked_after = long_run.sections["children_looked_after_rate_per_10000"]
    assert "No value for South East: 2010-11 to 2012-13." in looked_after
    drawn = lines(["a", "b", "c"], [Line("one", (1.0, None, 2.0))], [], "t")
    assert 'd="M' not in drawn.partition('class="narrow"')[0], "two points and no line between them"


def test_the_names_of_lines_stand_in_the_order_of_their_last_values():
    values = {"low": 2.0, "high": 9.0, "middle": 2.1}
    drawn = lines(["a", "b"], [Line(name, (5.0, value)) for name, value in values.items()], [], "t")
    wide = drawn.partition('class="narrow"')[0]
    places = {name: float(y) for y, name in re.findall(r'y="([\d.]+)">(low|high|middle)<', wide)}
    assert places["high"] < places["middle"] < places["low"]
    assert places["low"] - places["middle"] >= 12, "and do not lie on each other"


def test_the_years_of_one_board_stand_side_by_side_with_what_their_own_reports_say(small, tmp_path):
    """Two years with returns: numbers that are not official come from what each report shows."""
    project = Project(tmp_path)
    shutil.copytree(small.raw / "official", project.raw / "official")
    for year in ("2015-16", "2016-17"):
        text = (small.raw / "2015-16" / "year.toml").read_text(encoding="utf8")
        (project.raw / year).mkdir(parents=True)
        (project.raw / year / "year.toml").write_text(text.replace('label = "2015-16"', f'label = "{year}"'))
        told = {"id": "contacts", "label": "Contacts", "shown": f"[{year}]", "provenance": "illustrative"}
        official = told | {"id": "r", "label": "From the department", "provenance": "official"}
        facts = {
            "contacts|Buckinghamshire|+0": told,
            "contacts|Buckinghamshire|-1": told | {"shown": "last year"},
            "r|Buckinghamshire|+0": official,
        }
        (project.root / "build" / year / "report").mkdir(parents=True)
        (project.root / "build" / year / "report" / "index.html").write_text("")
        edition = {"area": "Buckinghamshire", "facts": facts}
        (project.root / "build" / year / "edition.json").write_text(json.dumps(edition))
    text = write_long_run(project, ["2014-15", "2015-16", "2016-17"]).read_text(encoding="utf8")
    own = text[text.index('id="editions"') :]
    assert re.findall(r'<td [^>]*class="number">(\[201[56]-1[67]\])', own) == ["[2015-16]", "[2016-17]"]
    assert "Illustrative" in own and "last year" not in own and "From the department" not in own
    assert (
        '<a href="../../2016-17/report/index.html">2016-17</a>: official figures and local returns, some of them simulated<'
        in text
    )
    assert "2014-15 (not made): official figures alone" in text


# ---- for everybody -------------------------------------------------------------------------------------------------


@needs_browser
@pytest.mark.parametrize("name", ["index", "measure", "long run"])
def test_axe_finds_nothing_on_pages_over_many_reports_at_any_width_in_light_and_dark(
    small, looped, long_run, browser, name
):
    index = write_comparison(small, looped)
    measure = index.parent / "referrals-rate-per-10000-2014-15.html"
    page = browser.new_page()
    page.goto({"index": index, "measure": measure, "long run": long_run.page}[name].as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))")
    # sections are made alike: of the long run some are enough
    page.evaluate(
        "[...document.querySelectorAll('main section')].slice(3, -6).forEach((part) => part.remove())"
    )
    assert faults_anywhere(page) == {}
    for width in (1280, 768, 320):
        page.set_viewport_size({"width": width, "height": 900})
        shown = page.evaluate(
            "[...document.querySelectorAll('svg')].filter((one) => one.checkVisibility()).map((one) => one.classList[0])"
        )
        assert set(shown) <= {"narrow" if width == 320 else "wide"}
    hides = "[...document.querySelectorAll('.scroll')].some((part) => part.scrollWidth > part.clientWidth)"
    for width in (710, 650, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert not page.evaluate(hides), f"at {width} something hides at the side of a table"
    page.close()
