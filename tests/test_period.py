"""Report years, months, quarters, and the ways a publisher writes a period."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bscbdata.period import ReportYear, parse_date, parse_month, parse_quarter, report_year_of, year_of


@pytest.mark.parametrize("label", ["2015-16", "1999-00", "2099-00"])
def test_a_year_reads_back_as_it_was_written(label):
    assert ReportYear.parse(label).label == label


@pytest.mark.parametrize("label", ["2015", "2015-17", "15-16", "2015-6", "", "next year"])
def test_a_mistyped_year_is_refused_by_name(label):
    with pytest.raises(ValueError, match="is not a report year"):
        ReportYear.parse(label)


@given(st.dates(date(1950, 1, 1), date(2090, 1, 1)))
def test_every_day_falls_in_the_year_that_says_so(day):
    year = year_of(day)
    assert year.contains(day)
    assert not year.previous.contains(day) and not year.next.contains(day)


@given(st.integers(1990, 2090))
def test_a_year_has_twelve_months_that_follow_each_other(first):
    year = ReportYear(first)
    assert len(year.months) == 12 and year.months[0] == year.start
    assert year.months[-1] <= year.end and year.end + timedelta(days=1) == year.next.start


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("year ending 31 March 2016", "2015-16"),
        ("31 March 2016", "2015-16"),
        ("1 April 2016", "2016-17"),
        ("April 2015", "2015-16"),
        ("March 2015", "2014-15"),
        ("academic year 2014/15", "2014-15"),
        ("mid-2015", "2015-16"),
        ("calendar year 2015", "2015-16"),  # it ends on 31 December 2015
        ("2016", "2015-16"),
        ("Census 2011", "2010-11"),
        ("2015-16 Q4", "2015-16"),
    ],
)
def test_a_published_period_ends_in_a_report_year(text, expected):
    assert report_year_of(text) == expected


@pytest.mark.parametrize("text", ["Michaelmas", "2012-13 to 2015-16", "2012/13-2015/16"])
def test_an_unknown_period_or_one_of_several_years_says_where_to_add_it(text):
    with pytest.raises(ValueError, match=r"period\.report_year_of"):
        report_year_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "April 2015",
        "Apr-15",
        "Apr 2015",
        "2015-04",
        "04/2015",
        "2015-04-01 00:00:00",
        "01/04/2015",
        "30-Apr-15",
        "30 April 2015",
    ],
)
def test_months_are_read_however_they_are_written(text):
    assert parse_month(text) == date(2015, 4, 1)


@pytest.mark.parametrize(
    "text", ["Q1 2015-16", "2015/16 Q1", "Quarter 1 2015-16", "Apr-Jun 2015", "April to June 2015"]
)
def test_quarters_are_read_however_they_are_written(text):
    assert parse_quarter(text) == "2015-16 Q1"


def test_the_last_quarter_belongs_to_the_year_that_it_ends():
    assert parse_quarter("Jan-Mar 2016") == "2015-16 Q4"
    assert parse_quarter("Jul-Sep 2015") == "2015-16 Q2"


@pytest.mark.parametrize(
    "text",
    [
        "Aprilish 2015",
        "13/2015",
        "May-Jul 2015 Q",
        "31/02/2016",
        "April to September 2015",
        "2015-04-99",
        "1 Marvel 2015",
        "01/12/0214",
    ],
)
def test_what_is_no_period_is_refused(text):
    for parser in (parse_month, parse_quarter):
        with pytest.raises(ValueError):
            parser(text)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_dates_are_read_the_uk_way(day):
    assert (
        parse_date(f"{day:%d/%m/%Y}")
        == parse_date(f"{day:%Y-%m-%d}")
        == parse_date(f"{day.day} {day:%B %Y}")
        == day
    )


@pytest.mark.parametrize(
    ("text", "quarter"), [("Q1 15/16", "2015-16 Q1"), ("15/16 Q4", "2015-16 Q4"), ("Q3 15-16", "2015-16 Q3")]
)
def test_a_quarter_with_its_year_in_two_figures_is_read(text, quarter):
    assert parse_quarter(text) == quarter


@pytest.mark.parametrize(
    "text",
    [
        "Q4 2015/16 (forecast)",
        "2015-16 Q1 target",
        "Q1 - Q2 2015/16",
        "England 2015-16 Q1",
        "2015-16 Q1 % change",
        "Q1 (Jan-Mar) 2015/16",
    ],
)
def test_what_says_more_than_a_quarter_is_none(text):
    with pytest.raises(ValueError):
        parse_quarter(text)


@pytest.mark.parametrize(
    "text", ["Q1 (Apr-Jun) 2015/16", "2015-16 Q1 (provisional)", "2015-16, Q1 April to June 2015"]
)
def test_a_quarter_may_name_its_months_or_be_provisional(text):
    assert parse_quarter(text) == "2015-16 Q1"


@pytest.mark.parametrize("text", ["Q1 15/17", "Q1 2015", "Q1", "1/4/15 Q1", "Q1 15/16/17"])
def test_a_quarter_without_a_year_that_can_be_told_is_refused(text):
    with pytest.raises(ValueError, match="is not a quarter"):
        parse_quarter(text)


@pytest.mark.parametrize(
    "text",
    [
        "Qtr 1 15/16",
        "1st Qtr 2015/16",
        "Quarter 1 2015-2016",
        "Apr-Jun 15",
        "April - June 2015/16",
        "Quarter ending June 2015",
        "Quarter ended 30 June 2015",
        "Q/E Jun-15",
    ],
)
def test_a_quarter_is_read_in_the_forms_that_returns_have(text):
    assert parse_quarter(text) == "2015-16 Q1"


@pytest.mark.parametrize(
    "text",
    [
        "Quarter ending May 2015",
        "1st to 2nd Qtr 2015/16",
        "Apr-Jun 2015/17",
        "May-Jul 15",
        "Apr-Jun target 15",
    ],
)
def test_what_is_like_such_a_quarter_and_is_none_is_refused(text):
    with pytest.raises(ValueError):
        parse_quarter(text)


@pytest.mark.parametrize(
    "text",
    [
        "10-Apr-2015 14:22",
        "10 April 2015 00:00:00",
        "20150410",
        "10/04/2015 14:35",
        "10/04/2015 2:35 PM",
        "2015-04-10 14:35:07.000",
        "2015-04-10T00:00:00",
        "42104.6076",
        "2015/4/10",
        "10/04/15 09:05:59",
        "10/04/2015 23:00",
    ],
)
def test_the_day_of_a_date_with_its_time_is_read(text):
    assert parse_date(text) == date(2015, 4, 10)


@pytest.mark.parametrize(
    "text", ["10/04/2015 25:00", "10/04/2015 14:61", "2015-04-10T14:35:07Z", "2015/04-10"]
)
def test_a_time_that_cannot_be_or_is_of_another_zone_is_refused(text):
    with pytest.raises(ValueError):
        parse_date(text)


def test_midnight_in_greenwich_time_is_not_taken_for_the_day_before():
    with pytest.raises(ValueError, match="midnight of the next day"):
        parse_date("2008-06-04T23:00:00.000")
