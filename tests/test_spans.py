"""Half a year is half a year whatever strays into the file. All dates are invented."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bscbdata.indicators.conditions import Window
from bscbdata.indicators.journey import count_journey
from bscbdata.period import ReportYear
from bscbdata.statutory import CaseRecords, event_list
from bscbdata.statutory.reading import coverage, days_covered
from bscbdata.statutory.spans import LEAST_DAYS, densest_span, within

YEAR = ReportYear.parse("2015-16")
WHOLE = (date(2015, 4, 1), date(2016, 3, 31))
AUTUMN_ON = pd.Series(pd.bdate_range("2015-10-01", "2016-03-31"))
ALL_YEAR = pd.Series(pd.bdate_range("2015-04-01", "2016-03-31"))


def records(format_name="annex_a", **dates):
    found = CaseRecords(format_name)
    for name, (column, days) in dates.items():
        rows = {
            "child": [f"c{n}" for n in range(len(days))],
            column: days,
            "row_id": [f"x#{n}" for n in range(len(days))],
        }
        found.lists[name] = event_list(name, pd.DataFrame(rows))
    return found


def yearly(found, indicator):
    told = count_journey(found.lists, Window(*days_covered(found, YEAR)), YEAR)
    told = told[
        (told["indicator"] == indicator) & (told["period_kind"] == "year") & (told["breakdown"] == "all")
    ]
    assert len(told) == 1
    return told.iloc[0]


@pytest.mark.parametrize("stray", ["2015-04-02", "2005-10-01", "2061-01-05"])
def test_a_stray_date_does_not_make_half_a_year_a_year(stray):
    found = records(contacts=("contact_date", pd.concat([AUTUMN_ON, pd.Series([pd.Timestamp(stray)])])))
    assert days_covered(found, YEAR) == (date(2015, 10, 1), date(2016, 3, 31))
    told, *others = coverage(found, YEAR, "annex_a")
    assert [one.check for one in others] == ["future"] * (stray > "2017")
    day = f"{pd.Timestamp(stray):%d/%m/%Y}"
    assert told.result == "warning" and "183 of the 366 days" in told.message
    assert f"1 event stands apart from all others, between {day} and {day}" in told.message
    assert yearly(found, "contacts")["status"] == "not_available"


def test_a_list_of_half_a_year_beside_one_of_a_whole_year_is_half_a_year():
    found = records(contacts=("contact_date", ALL_YEAR), referrals=("referral_date", AUTUMN_ON))
    assert days_covered(found, YEAR) == WHOLE
    assert yearly(found, "contacts")["value"] == len(ALL_YEAR)
    referrals = yearly(found, "referrals")
    assert referrals["status"] == "not_available" and "nothing before 01/10/2015" in referrals["reason"]


def test_a_census_drawn_in_october_is_not_a_year():
    until_october = ALL_YEAR[ALL_YEAR < "2015-10-15"]
    found = records("cin_census", referrals=("referral_date", until_october))
    assert days_covered(found, YEAR) == (date(2015, 4, 1), date(2015, 10, 14))
    assert coverage(found, YEAR, "cin_census")[0].result == "warning"
    assert yearly(found, "referrals")["status"] == "not_available"
    assert days_covered(records("cin_census", referrals=("referral_date", ALL_YEAR)), YEAR) == WHOLE


def test_of_few_events_no_gap_is_held_against_a_list():
    few = pd.Series(pd.to_datetime(["2015-04-03", "2015-04-03", "2015-05-20", "2016-03-30"]))
    assert densest_span(few) == (date(2015, 4, 3), date(2016, 3, 30))
    assert within(WHOLE, few[:2]) == WHOLE
    assert densest_span(pd.Series(dtype="datetime64[s]")) is None


@given(st.integers(LEAST_DAYS, 120), st.integers(1, 20), st.integers(1, 10))
def test_evenly_spread_days_are_never_cut_and_how_often_a_day_stands_does_not_matter(count, step, times):
    days = pd.Series(pd.date_range("2010-01-01", periods=count, freq=f"{step}D"))
    whole = (days.iloc[0].date(), days.iloc[-1].date())
    assert densest_span(days) == densest_span(pd.concat([days, *[days[:3]] * times])) == whole
    assert within(whole, days) == whole
