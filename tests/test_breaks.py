"""What may be compared with what: another year's benchmark is refused, a break must carry its caveat."""

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bscbdata import breaks
from bscbdata.breaks import Incomparable, Side
from bscbdata.build.final import stopping
from bscbdata.findings import DataStop
from bscbdata.period import ReportYear
from bscbdata.prose import Writer
from bscbdata.reports.report import Report

YEARS = st.integers(2005, 2020).map(lambda year: f"{year}-{(year + 1) % 100:02}")
ABSENCE = "persistent_absence_primary_pct"


@pytest.fixture(scope="module")
def report(cleaned_report):
    return cleaned_report


def side(area="Here", year="2015-16", vintage="first", indicator="rate"):
    return Side(indicator, area, year, vintage)


@given(YEARS, YEARS)
def test_another_area_is_a_benchmark_of_the_same_year_only(one, other):
    if one == other:
        assert breaks.crossed(side(year=one), side("England", other)) == []
    else:
        with pytest.raises(Incomparable, match="must be of the same year"):
            breaks.crossed(side(year=one), side("England", other))


def test_the_same_area_may_be_held_against_its_own_past():
    assert breaks.crossed(side(), side(year="2010-11")) == []


@given(YEARS, YEARS, st.booleans())
def test_a_break_is_crossed_exactly_when_the_years_lie_on_both_sides_of_it(one, other, turned):
    first, last = sorted((one, other))
    sides = [side(year=year, indicator=ABSENCE) for year in (first, last)]
    found = breaks.crossed(*(reversed(sides) if turned else sides))
    for start in ("2010-11", "2015-16"):
        declared = next(
            known.id for known in breaks.declared().values() if known.start == start and "absence" in known.id
        )
        assert (declared in found) == (first < start <= last)


def test_an_edition_that_was_recalculated_over_a_break_does_not_cross_it():
    told = [side(year=year, vintage="LAIT 2024", indicator=ABSENCE) for year in ("2009-10", "2015-16")]
    assert breaks.crossed(*told) == []


def test_two_editions_of_one_series_need_the_caveat():
    assert breaks.crossed(side(), side("England", vintage="revised 2022")) == [breaks.EDITION]


def test_a_comparison_over_a_break_without_its_caveat_is_a_finding_and_stops_a_final_edition(report):
    writer = Writer(report._tidy, report.edition)
    text = '{% claim fact("referrals.rate_per_10000") > fact("referrals.rate_per_10000", area="South East") %}above{% endclaim %}'
    writer.render(text, "t")
    assert [(found.check, found.value) for found in writer.findings] == [("comparison", "edition")]
    writer.findings.clear()
    writer.render(text + ' {{ caveat("edition") }}', "t")
    assert writer.findings == []
    writer.render(text + "\n\n{{ caveats_due() }}", "t")
    assert writer.findings == []
    writer.render(text, "t")
    assert "crosses a break" in stopping(writer.findings, report.edition)[0].message


def test_caveats_due_are_those_of_the_comparisons_of_their_section_and_of_no_other(report):
    writer = Writer(report._tidy, report.edition)
    own = '{{ change("referrals.rate_per_10000") }}'
    region = '{{ compared("referrals.rate_per_10000", "South East") }}'
    assert breaks.declared()["edition"].caveat in writer.render(region + " {{ caveats_due() }}", "t")
    assert breaks.declared()["edition"].caveat not in writer.render(own + " {{ caveats_due() }}", "t")
    assert writer.findings == []


def test_a_caveat_stands_for_its_section_also_where_a_part_of_it_is_left_out(report):
    writer = Writer(report._tidy, report.edition)
    region = 'The rate is {{ compared("referrals.rate_per_10000", "South East") }} that of the region.'
    lacking = '- In 2001-02 {{ fact("referrals.rate_per_10000", year="2001-02") }}.'
    shown = writer.render(f"{region}\n\n{lacking}\n\n{{{{ caveats_due() }}}}\n", "t")
    assert breaks.declared()["edition"].caveat in shown
    writer.render(f"{region}\n\n{lacking}\n\n{{{{ caveat('edition') }}}}\n", "t")
    assert "comparison" not in {found.check for found in writer.findings}
    left_out = '- {{ compared("referrals.rate_per_10000", "South East") }}, {{ fact("referrals.rate_per_10000", year="2001-02") }}'
    writer.render(left_out, "t")
    assert "comparison" not in {found.check for found in writer.findings}, "what is left out compares nothing"


def test_a_headline_that_compares_two_editions_is_told_by_the_note_of_its_figure(report):
    made = report.figure(
        report.comparison("referrals_rate_per_10000", "Per 10,000"),
        key="editions",
        headline='Referrals are {{ compared("referrals.rate_per_10000", "South East") }} the South East',
        measure="Referrals per 10,000 children",
        tables=["children_in_need"],
        decimals=1,
    )
    assert "those of the South East for 2012-13 to 2015-16 are as revised in 2022." in made.note
    assert not [found for found in made.findings if found.check == "headline"]
    assert not [found for found in made.findings if found.check == "comparison"]


def test_a_row_of_the_county_profile_knows_its_place_and_its_period(report):
    frame = report._tidy["county_profile"].copy()
    later = frame["area"].eq("United Kingdom") & frame["subject"].str.contains("poverty")
    frame.loc[later, "period"] = "2017"
    writer = Writer({**report._tidy, "county_profile": frame}, report.edition)
    with pytest.raises(DataStop, match="is held against United Kingdom in 2017"):
        writer.render(
            '{% claim fact("poverty.under16") < fact("poverty.under16.uk") %}fewer{% endclaim %}', "t"
        )


def test_a_chart_whose_line_crosses_a_break_says_so():
    rows = [("Here", "2009-10", "first"), ("Here", "2015-16", "first")]
    data = pd.DataFrame(rows, columns=["area", "year", "vintage"])
    found = breaks.unmarked(ABSENCE, data, "")
    assert found == ["persistent-absence-15", "persistent-absence-10"]
    assert breaks.unmarked(ABSENCE, data, "The definition changed in 2010-11 and in 2015-16.") == []


def test_the_note_that_we_write_of_editions_is_one_that_speaks_of_them():
    """Also where neither edition is called revised or first published, as those of absence are not."""
    rows = [("Here", "2018-19", "published 2020"), ("Here", "2021-22", "LAIT 2024")]
    data = pd.DataFrame(rows, columns=["area", "year", "vintage"])
    assert breaks.unmarked("unauthorised_absence_primary_pct", data, "") == [breaks.EDITION]
    assert breaks.unmarked("unauthorised_absence_primary_pct", data, breaks.edition_note(data)) == []


def test_every_declared_break_says_what_changed_and_where_that_stands():
    for known in breaks.declared().values():
        assert known.what_changed.endswith(".") and known.caveat.endswith(".") and known.source


def test_a_break_is_a_rule_on_the_chart_and_said_in_its_note_and_its_alt_text(cleaned_report):
    """The county and its districts became one council in 2020: its line crosses that in a report of 2020-21."""
    later = Report(cleaned_report.project, replace(cleaned_report.edition, year=ReportYear(2020)))
    later.__dict__["_tidy"] = cleaned_report._tidy
    figure = later.figure(
        later.comparison("children_in_need_rate_per_10000", "Per 10,000"),
        key="break", headline="What it shows", measure="m", tables=["children_in_need"],
    )  # fmt: skip
    said = "The rule at 2020-21 marks a break. In April 2020 the county and its four districts became one council."
    assert said in figure.note and said in figure.alt_text and not figure.findings
    rules = [layer for layer in figure.chart.to_dict()["layer"] if layer["mark"]["type"] == "rule"]
    assert figure.chart.to_dict()["layer"][0]["mark"]["type"] == "line", (
        "the first layer gives the order of the years"
    )
    assert [rule["transform"][0]["filter"]["equal"] for rule in rules] == ["2020-21"]
    assert (
        'stroke-dasharray="2,3"' in figure.svgs["wide"] and 'stroke-dasharray="2,3"' in figure.svgs["narrow"]
    )
    assert "E06000060" not in cleaned_report.comparison("children_in_need_rate_per_10000", "").to_json()


def test_a_break_of_one_area_is_none_of_another():
    crossed = [
        breaks.crossed(side(area, "2019-20"), side(area, "2020-21"))
        for area in ("Buckinghamshire", "England")
    ]
    assert crossed == [["buckinghamshire-unitary"], []]


def broken(frame):
    """The breaks that part the lines of absence in a chart."""
    return [rule.known.id for rule in breaks.rules(ABSENCE, frame) if not rule.counted_anew]


def test_a_line_that_was_recalculated_has_no_rule_and_one_that_was_not_has():
    frame = pd.DataFrame({"year": ["2014-15", "2015-16"], "area": "Here", "vintage": "first"})
    assert broken(frame) == ["persistent-absence-10"]
    assert broken(frame.assign(vintage="LAIT 2024")) == []


# ---- charts of several panels ---------------------------------------------------------------------------------------

PHASES = {"persistent_absence_primary_pct": "Primary", "persistent_absence_secondary_pct": "Secondary"}


def rules_of(chart):
    """The rules in the layers of a chart: place on the axis, width."""
    drawn = chart.to_dict()
    layers = drawn.get("spec", drawn)["layer"]
    return [
        (layer["transform"][0]["filter"]["equal"], layer["mark"]["strokeWidth"])
        for layer in layers
        if layer["mark"]["type"] == "rule"
    ]


def absence_figure(report):
    return report.figure(
        report.comparison_panels(PHASES, "Per cent", "phase"), key="absence", headline="What it shows", measure="m",
        tables=["absence"], unit={"value": "percent"}, decimals=1,
    )  # fmt: skip


def test_absence_counted_anew_over_its_changes_has_thin_rules_that_say_so(cleaned_report):
    figure = absence_figure(cleaned_report)
    assert rules_of(figure.chart) == [("2010-11", 1), ("2015-16", 1)]
    said = (
        "The definition of persistent absence changed in 2010-11 and 2015-16. "
        "Thin rules at 2010-11 and 2015-16 mark this; the edition shown counts all years alike."
    )
    assert said in figure.note and said in figure.alt_text
    assert figure.note.count("persistent absence changed") == 1, "once for both panels and both years"
    assert not figure.findings
    assert all(drawn.count('stroke-dasharray="1,3"') == 4 for drawn in figure.svgs.values())


def test_absence_as_first_published_has_a_break_in_every_panel(cleaned_report):
    """The same lines, as if each year had been counted by the definition of its time."""
    report = Report(cleaned_report.project, cleaned_report.edition)
    long = cleaned_report._tidy["indicators"]
    report.__dict__["_tidy"] = {**cleaned_report._tidy, "indicators": long.assign(vintage="first published")}
    figure = absence_figure(report)
    assert rules_of(figure.chart) == [("2010-11", 1.5), ("2015-16", 1.5)]
    assert "The rule at 2015-16 marks a break." in figure.note and "counts all years alike" not in figure.note
    assert figure.svgs["wide"].count('stroke-dasharray="2,3"') >= 4


def test_unauthorised_absence_breaks_where_half_terms_became_six(cleaned_report):
    found = breaks.rules(
        "unauthorised_absence_primary_pct",
        pd.DataFrame({"year": ["2011-12", "2012-13"], "area": "Here", "vintage": "published 2020"}),
    )
    assert [(rule.year, rule.counted_anew) for rule in found] == [("2012-13", False)]


def test_caveats_that_differ_only_in_their_year_are_one_sentence():
    known = breaks.declared()
    one, other, third = (
        known[name] for name in ("persistent-absence-15", "persistent-absence-10", "absence-six-half-terms")
    )
    assert breaks.caveats([one, third, other]) == [
        "The definition of persistent absence changed in 2010-11 and 2015-16.",
        third.caveat,
    ]
    assert breaks.caveats([other]) == [other.caveat] and breaks.caveats([]) == []


# ---- every declared break shows on a line that leads over it ---------------------------------------------------------


@pytest.mark.parametrize("known", [known for known in breaks.declared().values() if known.start])
def test_every_declared_break_is_drawn_on_a_line_that_leads_over_it(known):
    """Partnerships in 2019, one council in 2020, and the others: a small series of three years about each."""
    start = ReportYear.parse(known.start)
    years = [start.previous.label, start.label, start.next.label]
    name = known.indicator.replace("*", "x")
    data = pd.DataFrame({"year": years, "area": known.area or "Here", "vintage": "first published"})
    [rule] = breaks.rules(name, data)
    assert (rule.known, rule.year, rule.counted_anew) == (known, known.start, False)
    assert str(rule) == f"The rule at {known.start} marks a break. {known.caveat}"
    assert breaks.rules(name, data.iloc[1:]) == [], "a line that begins with it does not lead over it"
    assert breaks.rules("another_indicator" if known.indicator != "*" else "", data) == []
    other = data.assign(area="Elsewhere")
    assert bool(breaks.rules(name, other)) == (not known.area)


def test_a_line_without_the_year_of_a_break_has_its_rule_at_the_next_year():
    data = pd.DataFrame({"year": ["2014-15", "2016-17"], "area": "Here", "vintage": "first published"})
    assert [rule.year for rule in breaks.rules(ABSENCE, data)] == ["2016-17"]


def test_a_line_is_not_drawn_through_years_that_it_lacks(cleaned_report):
    """The South East has no rate of looked-after children in 2010-11 to 2012-13."""
    data = cleaned_report.comparison("children_looked_after_rate_per_10000", "").data
    rows = data[data["area"] == "South East"].set_index("year")["value"]
    assert list(rows.index[rows.isna()]) == ["2010-11", "2011-12", "2012-13"]
    assert list(dict.fromkeys(data["year"])) == sorted(set(data["year"])), "the axis is in order"


def test_a_chart_in_one_line_of_chosen_areas_has_its_rules_too(cleaned_report):
    chart = cleaned_report.chart("persistent_absence_primary_pct", areas=["Buckinghamshire", "England"])
    assert rules_of(chart) == [("2010-11", 1), ("2015-16", 1)]
    figure = cleaned_report.figure(
        chart, "any", "What it shows", "m", ["absence"], unit="percent", decimals=1
    )
    assert "Thin rules at 2010-11 and 2015-16" in figure.note and not figure.findings


def test_a_chart_of_one_area_alone_says_its_editions_without_naming_it():
    """The year after: last year as first published, this year of its own edition, in a table that has no area."""
    years = {"year": ["2014-15", "2015-16", "2016-17"], "value": [430, 450, 460]}
    data = pd.DataFrame(years | {"vintage": ["as first published", "as first published", "2018 edition"]})
    assert breaks.edition_note(data) == (
        "The numbers for 2014-15 to 2015-16 are as first published; "
        "those for 2016-17 are of the edition “2018 edition”."
    )
