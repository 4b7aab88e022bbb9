"""What is not there is said in its place: in a cell of a notebook, in words, in a table that is asked for."""

from dataclasses import replace

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from bscbdata import facts, gaps
from bscbdata.build.final import undeclared
from bscbdata.gaps import Gap, NoData
from bscbdata.indicators.official import table_of
from bscbdata.indicators.returns import measures
from bscbdata.period import ReportYear
from bscbdata.places import ALONE
from bscbdata.reports.report import Report

GAP = Gap("contacts", "Contacts", gaps.NOT_RETURNED, "Ask social care.")


@pytest.fixture
def next_year(cleaned_report):
    """The report of 2016-17 with the official tables and no return."""
    found = Report(cleaned_report.project, replace(cleaned_report.edition, year=ReportYear(2016)))
    found.__dict__["_tidy"] = {n: t for n, t in cleaned_report._tidy.items() if n != "contacts"}
    return found


def test_a_return_that_is_not_there_says_who_sends_it(next_year):
    with pytest.raises(NoData, match="Contacts to children's social care: not returned.*performance team"):
        next_year.table("contacts")
    with pytest.raises(KeyError, match="There is no table 'contcats'"):
        next_year.table("contcats")


@pytest.mark.parametrize(("lacking", "whole"), [("2014-15", "2015-16"), ("2015-16", "2014-15")])
def test_a_share_of_a_year_waits_for_the_quarters_of_that_year_alone(begun_report, lacking, whole):
    referrals = begun_report.table("rusafe_referrals")
    came = referrals[referrals["quarter"].astype("str") != f"{lacking} Q2"]
    begun_report.__dict__["_tidy"] = {**begun_report._tidy, "rusafe_referrals": came}
    assert begun_report.fact("rusafe.source.education", year=whole).value > 0
    with pytest.raises(NoData, match=f"Nothing is here for {lacking} Q2"):
        begun_report.fact("rusafe.source.education", year=lacking)


def test_numbers_side_by_side_stand_without_the_one_that_is_not_there(next_year):
    steps, lacking = next_year.numbers({"Contacts": "contacts.count", "Referrals": "referrals.count"})
    assert list(steps["name"]) == ["Referrals"] and steps["number"].notna().all()
    assert "Contacts" in lacking and "not returned" in lacking
    with pytest.raises(NoData, match="not returned"):
        next_year.numbers({"Contacts": "contacts.count"})


def test_a_series_that_ends_before_the_year_says_so_and_one_that_begins_later(next_year):
    area = next_year.edition.area
    with pytest.raises(NoData, match="not here yet. The latest value here for Buckinghamshire is of 2015-16"):
        next_year.indicator("children_looked_after_by_placement", [area], year="2016-17")
    with pytest.raises(NoData, match="The values here for Buckinghamshire begin with 2014-15"):
        next_year.indicator("two_year_olds_take_up_pct", [area], year="2011-12")


def test_every_official_indicator_is_known_by_its_table_and_is_never_asked_of_an_agency(next_year):
    frame = next_year.table("indicators")
    official = frame[frame["provenance"] == "official"].drop_duplicates(["indicator", "table"])
    assert {name: table_of(name) for name in official["indicator"]} == dict(
        zip(official["indicator"], official["table"].astype("str"), strict=True)
    )
    found = gaps.of_indicator(
        "small_areas_by_deprivation_decile", frame.iloc[:0], next_year.edition, "Norfolk"
    )
    assert (found.key, found.kind) == (
        "deprivation_2015",
        gaps.NOT_AVAILABLE,
    ) and "no value for Norfolk" in found.said


def test_every_indicator_counted_from_a_return_names_it_where_it_has_no_value(cleaned_report):
    frame = cleaned_report.table("indicators").drop_duplicates(["indicator", "table"])
    counted = frame[[not table_of(name) for name in frame["indicator"]]]
    assert dict(zip(counted["indicator"], counted["table"].astype("str"), strict=True)) == {
        measure["indicator"]: measure["table"] for measure in measures()
    }
    known = replace(cleaned_report.edition, known_gaps={"swan_unit": "The unit had closed."})
    none = frame.iloc[:0]
    clients = gaps.of_indicator("rusafe_clients", none, known)
    assert clients.key == "rusafe_clients" and "the return “R U Safe? clients”" in clients.said
    female = gaps.of_indicator("mserac_cases_female_pct", none, known)
    assert female.key == "mserac_cases" and "the return “New cases at M-SERAC”" in female.said
    assert gaps.of_indicator("swan_unit_children", none, known).said == "The unit had closed."


def test_what_the_publisher_withholds_is_not_told_as_still_to_come(next_year):
    name, area = "child_protection_plans_started_by_category_pct", next_year.edition.area
    frame = next_year.table("indicators")
    own = (frame["indicator"] == name) & (frame["area"] == area) & (frame["year"] == "2015-16")
    withheld = frame.mask(own, frame.assign(value=float("nan"), status="confidential"))
    found = gaps.of_indicator(name, withheld, next_year.edition, area, "2015-16")
    assert own.any() and found.kind == gaps.NOT_AVAILABLE and "withheld in the source" in found.said


def test_a_value_that_is_withheld_says_its_year_and_an_area_stands_as_in_a_sentence(cleaned_report):
    frame = cleaned_report.table("indicators")
    last = (frame["indicator"] == "referrals_rate_per_10000") & (frame["year"] == "2014-15")
    lacking = frame.assign(value=frame["value"].mask(last), status=frame["status"].mask(last, "confidential"))
    with pytest.raises(NoData, match="2014-15: not available. It, or a part of it, is withheld"):
        facts.compute(
            "referrals.rate_per_10000", {"indicators": lacking}, cleaned_report.edition, year="2014-15"
        )
    found = gaps.of_indicator("referrals", frame, cleaned_report.edition, "City of London")
    assert found.said == "There is no value for the City of London."


def test_a_fact_without_a_value_is_a_gap_of_its_own_indicator_and_not_of_all(cleaned_report):
    name = "referrals_rate_per_10000"
    frame = cleaned_report.table("indicators")
    lacking = frame.assign(value=frame["value"].mask(frame["indicator"] == name))
    with pytest.raises(NoData) as found:
        facts.compute("referrals.rate_per_10000", {"indicators": lacking}, cleaned_report.edition)
    assert [gap.key for gap in found.value.gaps] == [name]


@pytest.fixture
def shell():
    """A shell as a notebook has it."""
    found = InteractiveShell()
    found.user_ns |= {"NoData": NoData, "GAP": GAP}
    watching = gaps._Watch()
    found.set_custom_exc((NoData, NameError), lambda *given, **more: watching.handle(*given, **more))
    found.events.register("post_run_cell", lambda result: watching.settle(found, result))
    return found


def test_a_cell_without_data_shows_the_gap_and_so_does_one_that_rests_on_it(shell, capsys):
    assert shell.run_cell("months = 1").success
    assert shell.run_cell("raise NoData(GAP)\nmonths = 2").success
    assert "Ask social care" in capsys.readouterr().out
    assert shell.run_cell("months + 1").success, "not the older value of that name, and no failure"
    assert "Ask social care" in capsys.readouterr().out
    assert shell.run_cell("months = 3\nmonths + 1").result == 4


def test_other_errors_are_errors_still(shell, capsys):
    assert isinstance(shell.run_cell("nowhere").error_in_exec, NameError)
    assert "nowhere" in capsys.readouterr().out
    assert isinstance(shell.run_cell("1 / 0").error_in_exec, ZeroDivisionError)


def test_the_box_names_each_gap_once_under_the_kind_they_share():
    other = Gap("absence", "Absence", gaps.NOT_HERE)
    alone, both = gaps.box([GAP, GAP]), gaps.box([GAP, other], "Left out:")
    assert alone.count("Contacts") == 1 and 'title="Not returned"' in alone
    assert 'title="No data yet"' in both and "Left out:" in both and "Not here yet" in both


def test_figures_of_others_alone_are_a_gap_where_official_figures_are_all_there_is(cleaned_report):
    frame = pd.DataFrame({"area": ["England", "Surrey"], "value": [68.0, None]})
    alone = replace(cleaned_report.edition, area="Surrey", status=ALONE)
    assert alone.official_alone
    with pytest.raises(NoData, match="no value for Surrey"):
        gaps.some(frame, alone, ["early_years"])
    gaps.some(frame, replace(alone, area="England"), ["early_years"])
    gaps.some(
        frame, cleaned_report.edition, ["early_years"]
    )  # a board may show England while its own is to come
    gaps.some(frame.rename(columns={"area": "place"}), alone, ["early_years"])


def test_nothing_to_draw_is_a_gap_and_not_an_empty_chart(next_year):
    with pytest.raises(NoData, match="no row of this year"):
        next_year.table_figure(pd.DataFrame({"a": []}), key="k", measure="m", tables=["absence"])


def nine_months(cleaned_report, known=""):
    """The report of a year of whose contacts the last three months have not come, which year.toml may know."""
    contacts = cleaned_report.table("contacts")
    edition = replace(cleaned_report.edition, known_gaps={"contacts": known} if known else {})
    found = Report(cleaned_report.project, edition)
    came = contacts[contacts["month"] < "2016-01-01"]
    found.__dict__["_tidy"] = {**cleaned_report._tidy, "contacts": came}
    return found


def test_nine_months_are_no_year_and_give_no_fact_of_it(cleaned_report):
    said = "not of the whole year. Nothing is here for January 2016 to March 2016"
    for fact in ("contacts.count", "contacts.police.share"):
        assert cleaned_report.fact(fact).value > 0
        with pytest.raises(NoData, match=said):
            nine_months(cleaned_report).fact(fact)


@pytest.mark.parametrize("known", ["", "The council changed its system."])
def test_a_figure_of_nine_months_says_which_are_not_there_and_a_final_edition_asks_for_them(
    cleaned_report, known
):
    report = nine_months(cleaned_report, known)
    by_month = report.table("contacts").groupby("month", as_index=False)["contacts"].sum()
    figure = report.table_figure(by_month, "by-month", "Contacts by month", ["contacts"])
    told = [finding for finding in figure.findings if finding.check == "gap"]
    assert [finding.value for finding in told] == ["contacts"]
    assert figure.note.endswith(known or "Nothing is here for January 2016 to March 2016.")
    assert bool(undeclared(told, report.edition)) == (not known)
