"""The measures, against hand-worked examples and against the values that the Department for Education published."""

from datetime import date, timedelta

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from bscbdata import numbers
from bscbdata.indicators import measures
from bscbdata.period import parse_date

KNOWN = pd.read_csv(ROOT / "tests" / "data" / "known_answers_dfe.csv", dtype={"published_as": "str"})
DAYS = st.dates(date(2010, 1, 1), date(2029, 1, 1))


def days(*texts):
    return pd.Series([pd.Timestamp(parse_date(text)) for text in texts])


@pytest.mark.parametrize("indicator", sorted(KNOWN["indicator"].unique()))
def test_published_values_are_reproduced_to_the_decimals_printed(indicator):
    rows = KNOWN[KNOWN["indicator"] == indicator].reset_index(drop=True)
    measure = measures.rate_per_10000 if rows["multiplier"].iloc[0] == 10_000 else measures.share_pct
    # counts of England and the South East are rounded to tens before publication, those of an authority are not
    slack = rows["area"].isin(["England", "South East"]) * 5
    low = measure(rows["numerator"] - slack, rows["denominator"] + slack)
    high = measure(rows["numerator"] + slack, rows["denominator"] - slack)
    printed = rows["published_as"].astype(float)
    exact = [numbers.agrees(value, text) for value, text in zip(low, rows["published_as"], strict=True)]
    within = (low - 0.05 <= printed) & (printed <= high + 0.05)
    assert all(e or (s and w) for e, s, w in zip(exact, slack, within, strict=True))


def test_a_year_divides_by_the_mid_year_before_its_end():
    assert measures.population_year("2015-16") == 2015
    bucks = KNOWN[(KNOWN["area"] == "Buckinghamshire") & (KNOWN["indicator"] == "referral_rate_per_10k")]
    own, after = bucks["denominator"].iloc[:-1], bucks["denominator"].shift(-1).iloc[:-1]
    rates = measures.rate_per_10000(bucks["numerator"].iloc[:-1], after)
    assert (own != after).all() and not all(
        numbers.agrees(r, p) for r, p in zip(rates, bucks["published_as"], strict=False)
    )


def test_nothing_over_nothing_is_missing_and_never_zero_or_infinite():
    assert measures.share_pct(pd.Series([0.0, 3]), pd.Series([0.0, 0])).isna().all()
    assert measures.rate_per_10000(pd.Series([5.0]), pd.Series([0.0])).isna().all()


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("01/06/2015", "01/06/2015", 0),  # the day itself is day 0
        ("01/06/2015", "02/06/2015", 1),
        ("05/06/2015", "08/06/2015", 1),  # Friday to Monday
        ("22/05/2015", "26/05/2015", 1),  # across the spring bank holiday
        ("02/04/2015", "07/04/2015", 1),  # across Good Friday and Easter Monday
        ("24/12/2015", "29/12/2015", 1),  # Boxing Day 2015 was a Saturday, its holiday Monday 28
        ("01/06/2015", "03/08/2015", 45),  # nine weeks without a holiday
        ("01/06/2015", "04/08/2015", 46),
    ],
)
def test_working_days_leave_out_weekends_and_bank_holidays(start, end, expected):
    assert measures.working_days_between(days(start), days(end)).iloc[0] == expected


def test_an_open_assessment_has_no_duration():
    assert measures.working_days_between(days("01/06/2015"), pd.Series([pd.NaT])).isna().all()


@given(DAYS, st.integers(0, 120))
def test_working_days_agree_with_counting_one_by_one(start, length):
    end = start + timedelta(days=length)
    holidays = {day for year in range(start.year, end.year + 1) for day in measures.bank_holidays(year)}
    counted = sum(
        1
        for n in range(1, length + 1)
        if (day := start + timedelta(days=n)).weekday() < 5 and day not in holidays
    )
    assert measures.working_days_between(days(start.isoformat()), days(end.isoformat())).iloc[0] == counted


# Bank holidays in England as announced on GOV.UK.
@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2015, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
        (2016, "01-01 03-25 03-28 05-02 05-30 08-29 12-26 12-27"),
        (2012, "01-02 04-06 04-09 05-07 06-04 06-05 08-27 12-25 12-26"),
        (2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28"),
        (2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"),
        (2011, "01-03 04-22 04-25 04-29 05-02 05-30 08-29 12-26 12-27"),
        (2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"),
    ],
)
def test_bank_holidays_are_those_announced(year, expected):
    assert " ".join(f"{day:%m-%d}" for day in measures.bank_holidays(year)) == expected


def test_a_re_referral_is_within_twelve_months_of_the_childs_own_earlier_one():
    child = pd.Series(["a", "a", "a", "b", "b"])
    day = days("01/05/2014", "01/05/2015", "02/05/2016", "03/03/2016", "01/01/2015")
    assert list(measures.within_12_months(child, day)) == [False, True, False, False, False]


def test_a_spell_is_open_at_a_day_from_its_start_until_before_its_end():
    start, end = (
        days("01/03/2016", "31/03/2016", "01/04/2016", "01/01/2016"),
        pd.Series(pd.to_datetime([None, None, None, "2016-03-31"])),
    )
    assert list(measures.open_at(start, end, date(2016, 3, 31))) == [True, True, False, False]
