"""The child's journey in numbers: every measure has an example worked by hand, from the calendar and not from the code."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bscbdata.indicators.agreement import with_published
from bscbdata.indicators.conditions import Window, conditions
from bscbdata.indicators.journey import count_journey, measures, periods, rates
from bscbdata.period import ReportYear
from bscbdata.statutory import event_list
from bscbdata.statutory.keeping import age_band

YEAR = ReportYear.parse("2015-16")
TWO_YEARS = Window(date(2014, 4, 1), date(2016, 3, 31))


def lists_of(**rows):
    """Event lists from rows written as dicts; every row is another child unless it says which."""
    made = {}
    for name, events in rows.items():
        frame = pd.DataFrame([{"child": f"c{number}"} | event for number, event in enumerate(events)])
        made[name] = event_list(name, frame.assign(row_id=[f"{name}#{n}" for n in range(len(frame))]))
    return made


def year_row(lists, indicator, window=TWO_YEARS, kind="year", label="2015-16"):
    told = count_journey(lists, window, YEAR)
    picked = told[
        (told["indicator"] == indicator)
        & (told["period_kind"] == kind)
        & (told["period"] == label)
        & (told["breakdown"] == "all")
    ]
    assert len(picked) == 1
    return picked.iloc[0]


def numbers(row):
    """(numerator, denominator), the denominator None for a count."""
    return (int(row["numerator"]), None if pd.isna(row["denominator"]) else int(row["denominator"]))


# Each example: list(s), then what a person counts. In 2015 Good Friday is 3 April, Easter Monday 6 April, the May
# holidays are the 4th and the 25th, the summer one 31 August, Christmas 25 and 28 December, New Year 1 January 2016.
EXAMPLES = {
    "contacts": (
        {
            "contacts": [
                {"contact_date": "2015-03-31"},
                {"contact_date": "2015-04-01"},
                {"contact_date": "2016-03-31"},
            ]
        },
        (2, None),
    ),
    "contacts_that_became_referrals_pct": (
        {
            "contacts": [
                {"child": "a", "contact_date": "2015-05-01"},
                {"child": "b", "contact_date": "2015-05-01"},
                {"child": "c", "contact_date": "2015-05-01"},
                {"child": "d", "contact_date": "2015-05-01"},
            ],
            "referrals": [
                {"child": "a", "referral_date": "2015-05-01"},
                {"child": "b", "referral_date": "2015-05-08"},
                {"child": "c", "referral_date": "2015-05-09"},
                {"child": "d", "referral_date": "2015-04-30"},
            ],
        },
        (2, 4),
    ),
    "referrals_not_in_need_pct": (
        {
            "referrals": [
                {"referral_date": "2015-05-01", "closure_reason": "closed_after_assessment"},
                {"referral_date": "2015-05-01", "closure_reason": "closed_to_early_help"},
                {"referral_date": "2015-05-01", "closure_reason": "services_ceased"},
                {
                    "referral_date": "2015-05-01",
                    "no_further_action": True,
                    "closure_reason": "closed_after_assessment",
                },
                {"referral_date": "2015-05-01"},
            ]
        },
        (2, 5),
    ),
    "section_47_led_to_conference_pct": (
        {
            "section_47": [
                {"start_date": "2015-05-01", "conference_date": "2015-05-20"},
                {"start_date": "2016-03-30", "conference_date": "2016-04-12"},
                {"start_date": "2015-05-01"},
                {"conference_date": "2015-06-01"},
            ]
        },
        (2, 3),
    ),
    "return_interviews_accepted_pct": (
        {
            "missing_episodes": [
                {"start_date": "2015-05-01", "interview_offered": True, "interview_accepted": True},
                {"start_date": "2015-05-02", "interview_offered": True, "interview_accepted": False},
                {"start_date": "2015-05-03", "interview_accepted": True, "away_without_authorisation": True},
            ]
        },
        (1, 2),
    ),
    "early_help_assessments_started": (
        {"early_help": [{"start_date": "2015-04-01"}, {"start_date": "2016-04-01"}]},
        (1, None),
    ),
    "referrals": (
        {
            "referrals": [
                {"child": "a", "referral_date": "2015-05-01"},
                {"child": "a", "referral_date": "2015-09-01"},
            ]
        },
        (2, None),
    ),
    "referrals_no_further_action_pct": (
        {
            "referrals": [
                {"referral_date": "2015-05-01", "no_further_action": True},
                {"referral_date": "2015-05-02", "no_further_action": False},
                {"referral_date": "2015-05-03", "no_further_action": False},
                {"referral_date": "2014-05-03", "no_further_action": True},
            ]
        },
        (1, 3),
    ),
    "re_referrals_pct": (
        {
            "referrals": [
                {"child": "a", "referral_date": "2014-06-01"},
                {"child": "a", "referral_date": "2015-05-31"},  # within twelve months of the one before
                {"child": "a", "referral_date": "2016-02-01"},  # and again
                {"child": "b", "referral_date": "2014-04-30"},
                {"child": "b", "referral_date": "2015-05-01"},  # a year and a day later
            ]
        },
        (2, 3),
    ),
    "assessments_completed": (
        {
            "assessments": [
                {"start_date": "2015-03-01", "authorisation_date": "2015-04-10"},
                {"start_date": "2015-05-01", "authorisation_date": None},
            ]
        },
        (1, None),
    ),
    "assessments_in_45_working_days_pct": (
        {
            "assessments": [
                # from Monday 1 June 2015, 45 working days are nine weeks: Monday 3 August
                {"start_date": "2015-06-01", "authorisation_date": "2015-08-03"},
                {"start_date": "2015-06-01", "authorisation_date": "2015-08-04"},
                # from Monday 30 March 2015, nine weeks end on 1 June, and four bank holidays make it 5 June
                {"start_date": "2015-03-30", "authorisation_date": "2015-06-05"},
                {"start_date": "2015-03-30", "authorisation_date": "2015-06-08"},
                {
                    "start_date": "2015-06-01",
                    "authorisation_date": None,
                },  # open: in no share of completed ones
            ]
        },
        (2, 4),
    ),
    "assessments_open_over_45_working_days": (
        {
            "assessments": [
                # back from Thursday 31 March 2016 by 45 working days, two bank holidays (25 and 28 March): 26 January
                {"start_date": "2016-01-26", "authorisation_date": None},
                {"start_date": "2016-01-25", "authorisation_date": None},
                {"start_date": "2015-06-01", "authorisation_date": "2015-12-01"},
            ]
        },
        (1, None),
    ),
    "section_47_enquiries": (
        {
            "section_47": [
                {"start_date": "2015-04-01"},
                {"start_date": "2015-03-31"},
                {"start_date": "2015-12-25"},
            ]
        },
        (2, None),
    ),
    "initial_child_protection_conferences": (
        {
            "section_47": [
                {"start_date": "2015-03-20", "conference_date": "2015-04-02"},
                {"start_date": "2016-03-20", "conference_date": "2016-04-05"},
                {"start_date": "2015-07-01", "conference_date": None},
            ]
        },
        (1, None),
    ),
    "conferences_in_15_working_days_pct": (
        {
            "section_47": [
                # from Monday 14 December 2015: three weeks end on 4 January, and three bank holidays make it the 7th
                {"start_date": "2015-12-14", "conference_date": "2016-01-07"},
                {"start_date": "2015-12-14", "conference_date": "2016-01-08"},
                {"start_date": None, "conference_date": "2016-01-08"},  # moved in: there was no enquiry here
            ]
        },
        (1, 2),
    ),
    "section_47_outcome_not_yet_known_pct": (
        {
            "section_47": [
                {"start_date": "2016-03-01"},
                {"start_date": "2016-03-01", "conference_not_required": True},
                {"start_date": "2016-03-01", "conference_date": "2016-03-15"},
                {"start_date": "2015-05-01"},
            ]
        },
        (1, 4),
    ),
    "child_protection_plans_started": (
        {"plans": [{"start_date": "2015-04-01"}, {"start_date": "2014-04-01"}]},
        (1, None),
    ),
    "child_protection_plans_ended": (
        {"plans": [{"start_date": "2014-04-01", "end_date": "2016-03-31"}, {"start_date": "2014-04-01"}]},
        (1, None),
    ),
    "repeat_plans_pct": (
        {
            "plans": [
                {"start_date": "2015-05-01", "previous_plans": 0},
                {"start_date": "2015-05-01", "previous_plans": 2},
                {"start_date": "2015-05-01", "previous_plans": None},  # not recorded: in neither number
                {"start_date": "2013-05-01", "previous_plans": 1},
            ]
        },
        (1, 2),
    ),
    "plans_ended_after_two_years_pct": (
        {
            "plans": [
                {"start_date": "2013-06-01", "end_date": "2015-06-01"},
                {"start_date": "2013-06-01", "end_date": "2015-05-31"},
            ]
        },
        (1, 2),
    ),
    "child_protection_plans": (
        {
            "plans": [
                {"start_date": "2016-03-31"},
                {"start_date": "2015-01-01", "end_date": "2016-03-31"},  # ended that day: not open at its end
                {"start_date": "2015-01-01", "end_date": "2016-04-01"},
                {"start_date": "2016-04-01"},
            ]
        },
        (2, None),
    ),
    "plans_open_over_two_years_pct": (
        {"plans": [{"start_date": "2014-03-31"}, {"start_date": "2014-04-01"}, {"start_date": "2015-04-01"}]},
        (1, 3),
    ),
    "plans_reviewed_in_time_pct": (
        {
            "plans": [
                {"child": "a", "start_date": "2015-06-01"},
                {"child": "b", "start_date": "2015-06-01"},
                {"child": "c", "start_date": "2016-01-15"},  # no review was due yet
                {"child": "d", "start_date": "2015-06-01"},
            ],
            "plan_reviews": [
                {"child": "a", "plan_start_date": "2015-06-01", "review_date": "2015-09-01"},
                {"child": "a", "plan_start_date": "2015-06-01", "review_date": "2016-03-01"},
                {"child": "b", "plan_start_date": "2015-06-01", "review_date": "2015-09-02"},  # a day late
                {"child": "b", "plan_start_date": "2015-06-01", "review_date": "2016-02-01"},
                {
                    "child": "d",
                    "plan_start_date": "2015-06-01",
                    "review_date": "2015-09-01",
                },  # the next was missed
            ],
        },
        (1, 3),
    ),
    "children_in_need_started": (
        {"children_in_need": [{"start_date": "2015-04-01"}, {"start_date": "2016-04-01"}]},
        (1, None),
    ),
    "children_in_need_ended": (
        {
            "children_in_need": [
                {"start_date": "2015-04-01", "closure_date": "2015-05-01"},
                {"start_date": "2015-04-01"},
            ]
        },
        (1, None),
    ),
    "children_in_need": (
        {
            "children_in_need": [
                {"start_date": "2015-04-01", "closure_date": "2015-05-01"},
                {"start_date": "2010-04-01"},
            ]
        },
        (1, None),
    ),
    "children_started_to_be_looked_after": (
        {
            "looked_after": [
                {"start_date": "2015-05-01", "legal_status": "section_20"},
                {"start_date": "2015-05-01", "legal_status": "short_breaks"},
            ]
        },
        (1, None),
    ),
    "children_ceased_to_be_looked_after": (
        {
            "looked_after": [
                {"start_date": "2014-05-01", "end_date": "2015-05-01"},
                {"start_date": "2015-05-01"},
            ]
        },
        (1, None),
    ),
    "children_looked_after": (
        {
            "looked_after": [
                {"start_date": "2014-05-01", "legal_status": "full_care_order"},
                {"start_date": "2014-05-01", "legal_status": "short_breaks"},
                {"start_date": "2014-05-01", "end_date": "2015-12-01"},
            ]
        },
        (1, None),
    ),
    "children_looked_after_over_20_miles_pct": (
        {
            "looked_after": [
                {"start_date": "2015-05-01", "distance_miles": 20.1, "location": "outside"},
                {"start_date": "2015-05-01", "distance_miles": 20.1, "location": "inside"},
                {"start_date": "2015-05-01", "distance_miles": 20.0, "location": "outside"},
                {"start_date": "2015-05-01", "distance_miles": None, "location": "outside"},
            ]
        },
        (1, 3),
    ),
    "children_looked_after_three_placements_pct": (
        {
            "looked_after": [
                {"start_date": "2015-05-01", "placements_in_last_12_months": 3},
                {"start_date": "2015-05-01", "placements_in_last_12_months": 2},
            ]
        },
        (1, 2),
    ),
    "missing_episodes_recorded": (
        {
            "missing_episodes": [
                {"start_date": "2015-05-01"},
                {"start_date": "2015-05-01", "away_without_authorisation": True},
            ]
        },
        (1, None),
    ),
    "return_interviews_offered_pct": (
        {
            "missing_episodes": [
                {"start_date": "2015-05-01", "interview_offered": True},
                {"start_date": "2015-05-02", "interview_offered": False},
                {"start_date": "2015-05-03", "interview_offered": True, "away_without_authorisation": True},
            ]
        },
        (1, 2),
    ),
}


def test_every_measure_has_an_example_worked_by_hand():
    assert set(EXAMPLES) == {measure["indicator"] for measure in measures()}
    assert {m["counts"] for m in measures()} | {m["of"] for m in measures()} - {""} == set(conditions())


@pytest.mark.parametrize("indicator", EXAMPLES)
def test_a_measure_counts_what_a_person_counts(indicator):
    rows, expected = EXAMPLES[indicator]
    row = year_row(lists_of(**rows), indicator)
    assert row["status"] == "shown" and numbers(row) == expected
    if expected[1]:
        assert row["value"] == pytest.approx(100 * expected[0] / expected[1])


def test_children_and_events_are_counted_apart():
    row = year_row(lists_of(**EXAMPLES["referrals"][0]), "referrals")
    assert (row["numerator"], row["children"]) == (2, 1)


def test_a_child_whose_care_was_written_twice_is_one_child():
    """An episode left open before the next begins: two rows, one child looked after."""
    twice = [{"child": "a", "start_date": "2014-05-01"}, {"child": "a", "start_date": "2015-05-01"}]
    assert year_row(lists_of(looked_after=twice), "children_looked_after")["value"] == 1
    assert year_row(lists_of(children_in_need=twice), "children_in_need")["value"] == 2


def test_a_rate_divides_the_years_figure_by_the_population_and_nothing_else():
    """Two referrals among 12,000 children are 1.666… in 10,000; a month has no rate, and half a year neither."""
    counted = count_journey(lists_of(**EXAMPLES["referrals"][0]), TWO_YEARS, YEAR)
    told = rates(counted, 12_000, YEAR)
    assert set(told["period_kind"]) == {"year"} and list(told["indicator"]) == ["referrals_rate_per_10000"]
    assert (
        told["value"].iloc[0] == pytest.approx(2 / 12_000 * 10_000) and told["denominator"].iloc[0] == 12_000
    )
    half = Window(date(2015, 10, 1), date(2016, 3, 31))
    partly = rates(count_journey(lists_of(**EXAMPLES["referrals"][0]), half, YEAR), 12_000, YEAR)
    assert partly["value"].isna().all() and list(partly["status"]) == ["not_available"]
    without = rates(counted, None, YEAR).iloc[0]
    assert (
        without["status"] == "not_available" and without["reason"] == "no population of mid-2015 is at hand"
    )


def test_half_a_year_is_never_passed_off_as_a_year():
    lists = lists_of(referrals=[{"referral_date": "2015-10-05"}, {"referral_date": "2016-03-20"}])
    half = Window(date(2015, 10, 1), date(2016, 3, 31))
    row = year_row(lists, "referrals", half)
    assert row["status"] == "not_available" and pd.isna(row["value"])
    assert "01/10/2015 to 31/03/2016" in row["reason"]
    assert year_row(lists, "referrals", half, "quarter", "2015-16 Q3")["value"] == 1
    assert year_row(lists, "referrals", half, "month", "September 2015")["status"] == "not_available"


def test_how_a_case_stands_when_lists_are_drawn_is_told_of_no_earlier_day():
    """A child in foster care in March may have lived elsewhere in December."""
    care = {"child": "a", "start_date": "2015-05-01", "placement": "foster"}
    lists = lists_of(looked_after=[care | {"placements_in_last_12_months": 3}])
    whole = Window(date(2015, 4, 1), date(2016, 3, 31))
    told = count_journey(lists, whole, YEAR)
    by_placement = told[(told["indicator"] == "children_looked_after") & (told["breakdown"] == "placement")]
    assert set(by_placement["period"]) == {"March 2016", "2015-16 Q4", "2015-16"}
    assert year_row(lists, "children_looked_after", whole, "month", "December 2015")["value"] == 1
    often = "children_looked_after_three_placements_pct"
    assert year_row(lists, often, whole)["value"] == 100
    assert "drawn" in year_row(lists, often, whole, "month", "December 2015")["reason"]


def test_re_referrals_need_the_year_before_or_the_returns_own_count():
    window = Window(date(2015, 4, 1), date(2016, 3, 31))
    dates = [{"referral_date": "2015-05-01"}, {"referral_date": "2015-06-01"}]
    assert "twelve months before" in year_row(lists_of(referrals=dates), "re_referrals_pct", window)["reason"]
    counted = [row | {"referrals_in_last_12_months": number} for number, row in enumerate(dates)]
    assert numbers(year_row(lists_of(referrals=counted), "re_referrals_pct", window)) == (1, 2)


def test_a_column_that_was_not_sent_gives_no_nought():
    lists = lists_of(plans=[{"start_date": "2015-05-01"}])
    row = year_row(lists, "repeat_plans_pct")
    assert row["status"] == "not_available" and "previous_plans" in row["reason"]
    assert "every review" in year_row(lists, "plans_reviewed_in_time_pct")["reason"]


def test_the_parts_make_the_whole_and_what_is_not_recorded_is_a_part():
    rows = [
        {"referral_date": "2015-05-01", "source": source} for source in ("police", "police", "schools", None)
    ]
    told = count_journey(lists_of(referrals=rows), TWO_YEARS, YEAR)
    parts = told[
        (told["indicator"] == "referrals") & (told["period"] == "2015-16") & (told["breakdown"] == "source")
    ]
    assert dict(zip(parts["category"], parts["value"], strict=True)) == {
        "not_recorded": 1,
        "police": 2,
        "schools": 1,
    }


@pytest.mark.parametrize(
    ("born", "day", "band"),
    [
        ("2016-01-01", "2015-12-31", "Unborn"),
        ("2015-12-31", "2015-12-31", "Under 1"),
        ("2014-04-01", "2015-03-31", "Under 1"),
        ("2014-04-01", "2015-04-01", "1 to 4"),
        ("2010-04-01", "2015-03-31", "1 to 4"),
        ("2000-02-29", "2016-02-28", "10 to 15"),
        ("2000-02-29", "2016-02-29", "16 and over"),
        (None, "2015-04-01", "Not known"),
    ],
)
def test_ages_are_completed_years_in_the_departments_bands(born, day, band):
    assert age_band(pd.to_datetime(pd.Series([born])), pd.to_datetime(pd.Series([day]))).iloc[0] == band


def test_the_year_has_twelve_months_and_four_quarters():
    kinds = [period.kind for period in periods(YEAR)]
    assert [kinds.count(kind) for kind in ("month", "quarter", "year")] == [12, 4, 1]
    assert periods(YEAR)[10].label == "February 2016" and periods(YEAR)[10].end == date(2016, 2, 29)


days = st.dates(date(2014, 4, 1), date(2016, 3, 31))


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(1, 5), days), min_size=1, max_size=12), st.randoms())
def test_months_make_quarters_make_the_year_in_whatever_order_rows_come(events, random):
    rows = [{"child": f"c{child}", "referral_date": str(day)} for child, day in events]
    random.shuffle(rows)
    told = count_journey(lists_of(referrals=rows), TWO_YEARS, YEAR)
    told = told[(told["indicator"] == "referrals") & (told["breakdown"] == "all")]
    sums = told.groupby("period_kind")["value"].sum()
    expected = sum(YEAR.contains(day) for _, day in events)
    assert sums["month"] == sums["quarter"] == sums["year"] == expected


@pytest.mark.parametrize(
    ("ours", "theirs", "told"),
    [
        (464.0, 470.0, "464 in 2015-16, beside 470 in t (first)."),
        (87.3, 82.84, "87.3 in 2015-16, beside 82.8 in t (first)."),
    ],
)
def test_a_figure_beside_the_published_one_is_told_as_it_would_be_printed(ours, theirs, told):
    one = {"indicator": "referrals", "period": "2015-16", "value": ours, "format": "annex_a"}
    journey = pd.DataFrame([one | {"period_kind": "year", "breakdown": "all", "status": "shown"}])
    other = {"indicator": "referrals", "year": "2015-16", "value": theirs, "table": "t", "vintage": "first"}
    indicators = pd.DataFrame([other | {"area": "Here", "category": "All"}])
    (found,) = with_published(journey, indicators, "Here")
    assert found.message == told
