"""What a stranger could work out of a report who has the site, its data and the code: each was tried, and is closed."""

import hashlib
from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from bscbdata import facts
from bscbdata.findings import warning
from bscbdata.indicators.long_table import compute_all
from bscbdata.record import run_record
from bscbdata.reports.report import Report
from bscbdata.review.furniture import _shown as on_a_page
from bscbdata.sources import is_return_of_children, load_source, source_names


def test_every_return_that_counts_children_is_known_by_its_file():
    for name in source_names():
        source = load_source(name)
        for folder, suffix in [("2015-16", ".csv"), ("2016-17", ".xlsx")]:
            file = f"{folder}/{Path(source.path).with_suffix(suffix).as_posix()}"
            if source.counts_children:
                assert is_return_of_children(file), file
    assert is_return_of_children("2015-16/statutory/annex_a/list_1.csv")
    assert is_return_of_children("2015-16/childrens_social_care/adoptions_and_carers.csv"), "children adopted"
    assert not is_return_of_children("official/population.csv")
    assert not is_return_of_children("2015-16/board/members.csv") and not is_return_of_children("")


DEATHS = ["cdop.notified", "cdop.backlog", "cdop.reviewed", "lado.contacts", "lado.setting.faith_setting"]
PUPILS = ["chelsea.pupils", "chelsea.worried", "esafety.ambassadors", "nightwatch.referrals", "peer.cases"]


@pytest.mark.parametrize("fact", [*DEATHS, *PUPILS])
def test_a_few_deaths_allegations_or_answers_of_pupils_are_a_few_children(cleaned_report, fact):
    """They were many in 2015-16, and may be four in the next year."""
    definition = facts.definitions()[fact]
    few = cleaned_report._tidy[definition.table].assign(**{definition.column: 4})
    tables = {**cleaned_report._tidy, definition.table: few}
    assert facts.is_disclosive(facts.compute(fact, tables, cleaned_report.edition))


@pytest.mark.parametrize("families, few", [(6, False), (5, True), (1, True)])
def test_an_average_over_a_few_families_tells_of_each(begun_report, families, few):
    """The one family that came has seven problems: that is no average."""
    sent = begun_report._tidy["early_help_families"].head(families)
    tables = {**begun_report._tidy, "early_help_families": sent}
    tables["indicators"] = compute_all(tables, begun_report.year)
    assert facts.is_disclosive(facts.compute("ehp.problems_per_family", tables, begun_report.edition)) == few
    begun_report.__dict__["_tidy"] = tables
    shown = begun_report.indicator(
        "early_help_problems_per_family", [begun_report.area], year=begun_report.year
    )
    assert shown["value"].isna().all() == few


@pytest.mark.parametrize("reviews, few", [(49, False), (22, True), (5, True)])
def test_a_share_that_was_sent_without_its_count_tells_it_where_the_whole_is_known(
    cleaned_report, reviews, few
):
    """19 per cent of 22 reviews are four."""
    workload = cleaned_report._tidy["cdop_workload"]
    numbers = workload["number"].mask(workload["measure"] == "Completed", reviews)
    tables = {**cleaned_report._tidy, "cdop_workload": workload.assign(number=numbers)}
    fact = facts.compute("cdop.under6m", tables, cleaned_report.edition)
    assert (fact.value, facts.is_disclosive(fact)) == (19, few)


@pytest.mark.parametrize("share, few", [(89, False), (97, True), (4, True), (6, False), (100, False)])
def test_a_share_whose_whole_was_not_sent_is_held_against_the_most_that_it_can_be(cleaned_report, share, few):
    """The service had 112 clients in the year: 97 per cent of those who left leave three of them at most."""
    outcomes = cleaned_report._tidy["service_outcomes"]
    tables = {**cleaned_report._tidy, "service_outcomes": outcomes.assign(clients_pct=float(share))}
    fact = facts.compute("rusafe.knowledge", tables, cleaned_report.edition)
    assert (fact.denominator, fact.whole_at_most, facts.is_disclosive(fact)) == (None, 112, few)


@pytest.mark.parametrize("share, few", [(79, False), (99, True)])
def test_a_few_pupils_who_answered_otherwise_than_all_others_are_a_few_children(cleaned_report, share, few):
    surveys = cleaned_report._tidy["surveys"].assign(share_as_printed_pct=float(share))
    fact = facts.compute(
        "chelsea.changed_attitude", {**cleaned_report._tidy, "surveys": surveys}, cleaned_report.edition
    )
    assert facts.is_disclosive(fact) is few


NOTHING = pd.DataFrame({"check": [], "result": []})


def test_small_counts_cannot_be_tried_against_the_hash_of_their_file(cleaned_report):
    """Three months and their counts, in the layout of the map, which is public: a few hundred files to try."""
    told = run_record(cleaned_report.project, cleaned_report.edition, True, NOTHING)
    path = cleaned_report.project.raw / "2015-16" / load_source("swan_unit").path
    head, _, months = path.read_bytes().decode("utf8").rpartition("Children discussed\r\n")
    names = [line.partition(",")[0] for line in months.splitlines()]
    tried = set()
    for counts in product(range(8, 16), repeat=len(names)):
        rows = "".join(f"{name},{count}\r\n" for name, count in zip(names, counts, strict=True))
        tried.add(hashlib.sha256(f"{head}Children discussed\r\n{rows}".encode()).hexdigest())
    assert hashlib.sha256(path.read_bytes()).hexdigest() in tried, "the file can be guessed"
    assert not tried & {entry["sha256"] for entry in told["inputs"]}


@pytest.mark.parametrize(
    "finding",
    [
        warning(
            "jump",
            "January 2016 stands out: 3, where the middle one of 12 is 14.",
            file="2015-16/police/mserac_cases.csv",
        ),
        warning(
            "total",
            "The total does not agree with its rows.",
            file="2015-16/childrens_social_care/placements.xlsx",
            value="4",
            expected="3",
        ),
    ],
    ids=["a month that stands out", "a total"],
)
def test_a_finding_of_a_draft_shows_no_count_of_a_return_of_children(finding):
    said = str(on_a_page(finding)).replace(finding.file, "")
    assert not any(letter.isdigit() for letter in said), said


def test_a_finding_of_other_returns_says_what_was_expected():
    finding = warning(
        "total", "The total does not agree.", file="2015-16/board/contributions.xlsx", expected="301,360"
    )
    assert "301,360" in str(on_a_page(finding))


def test_how_many_rows_a_table_has_is_no_count_of_a_few_children(cleaned_report):
    fresh = Report(cleaned_report.project, cleaned_report.edition)
    few = cleaned_report._tidy["private_fostering"].head(4)
    fresh.__dict__["_tidy"] = {**cleaned_report._tidy, "private_fostering": few}
    made = fresh.table_figure(fresh.contents(), key="tables", measure="Tables", tables=[])
    shown = {row[0]: row[2] for row in made.table.rows()}
    assert shown["private_fostering"] == "[c]"
    assert shown["members"] == "27" and shown["placements"] == "5", "rows that are no children are shown"
