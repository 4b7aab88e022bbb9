"""The measures, against hand-worked examples and against the values that the Department for Education published."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from bscbdata import facts, numbers
from bscbdata.indicators import journey, measures
from bscbdata.period import ReportYear, parse_date
from bscbdata.prose import verbs

KNOWN = pd.read_csv(ROOT / "tests" / "data" / "known_answers_dfe.csv")
OFFICIAL = ROOT / "data" / "raw" / "official"
# Counts of these are rounded to tens before they are published, those of an authority are not.
ROUNDED_TO_TENS = KNOWN["area"].isin(["England", "South East"])

DAYS = st.dates(date(2009, 1, 1), date(2030, 6, 30))
# Twelve months before or after 29 February is a matter of convention, so the property leaves that day out.
ORDINARY_DAYS = DAYS.filter(lambda day: (day.month, day.day) != (2, 29))
COUNTS = st.integers(0, 100_000)


def days(*written):
    return pd.Series([pd.Timestamp(parse_date(str(day))) if day else pd.NaT for day in written])


def to_one_decimal(value):
    return float(Decimal(repr(float(value))).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))


def measured(rows, numerator, denominator):
    rates = measures.rate_per_10000(numerator, denominator)
    return rates.where(rows["multiplier"] == 10_000, measures.share_pct(numerator, denominator))


# Published values


@pytest.mark.parametrize("indicator", sorted(KNOWN["indicator"].unique()))
def test_every_value_published_for_an_authority_is_reproduced_to_one_decimal(indicator):
    rows = KNOWN[(KNOWN["indicator"] == indicator) & ~ROUNDED_TO_TENS]
    computed = measured(rows, rows["numerator"], rows["denominator"]).map(to_one_decimal)
    assert rows[computed != rows["published_as"]].empty


def test_values_of_england_and_the_region_lie_where_the_rounding_of_their_counts_allows():
    rows = KNOWN[ROUNDED_TO_TENS]
    least = measured(rows, rows["numerator"] - 5, rows["denominator"] + 5).map(to_one_decimal)
    most = measured(rows, rows["numerator"] + 5, rows["denominator"] - 5).map(to_one_decimal)
    assert rows[(rows["published_as"] < least) | (rows["published_as"] > most)].empty


def test_only_the_small_shares_of_plans_need_that_allowance():
    rows = KNOWN[ROUNDED_TO_TENS]
    computed = measured(rows, rows["numerator"], rows["denominator"]).map(to_one_decimal)
    differing = set(rows.loc[computed != rows["published_as"], "indicator"])
    assert differing <= {"cpp_2yr_open_pct", "cpp_reviewed_pct", "repeat_cpp_pct"}


def test_the_population_of_the_year_after_would_hardly_ever_give_the_published_rate():
    rows = KNOWN[KNOWN["multiplier"] == 10_000].sort_values("year_ending_31_march")
    after = rows.groupby(["area", "indicator"])["denominator"].shift(-1)
    rates = measures.rate_per_10000(rows["numerator"], after).dropna()
    agreeing = rates.map(to_one_decimal) == rows.loc[rates.index, "published_as"]
    assert len(rates) > 500 and agreeing.mean() < 0.05


# Rates and shares


def test_three_children_of_fifteen_hundred_are_twenty_in_ten_thousand():
    rates = measures.rate_per_10000(pd.Series([3, 0, 119]), pd.Series([1_500, 1_500, 119_000]))
    assert list(rates) == pytest.approx([20, 0, 10])


def test_one_of_eight_is_twelve_and_a_half_per_cent():
    assert list(measures.share_pct(pd.Series([1, 8, 0]), pd.Series([8, 8, 8]))) == [12.5, 100, 0]


@pytest.mark.parametrize("measure", [measures.rate_per_10000, measures.share_pct])
def test_over_nothing_or_the_unknown_it_is_missing_and_never_zero_or_infinite(measure):
    computed = measure(pd.Series([0.0, 3, None, 3]), pd.Series([0.0, 0, 50, None]))
    assert computed.isna().all()


@given(COUNTS, st.integers(1, 2_000_000), st.integers(2, 50))
def test_a_rate_gives_its_count_back_and_does_not_change_with_the_size_of_the_place(count, population, times):
    here, larger = measures.rate_per_10000(
        pd.Series([count, count * times]), pd.Series([population, population * times])
    )
    assert here * population / 10_000 == pytest.approx(count)
    assert larger == pytest.approx(here)


@given(st.lists(COUNTS, min_size=1).filter(any))
def test_shares_of_all_the_parts_make_the_whole(parts):
    counted = pd.Series(parts)
    shares = measures.share_pct(counted, pd.Series(counted.sum(), index=counted.index))
    assert shares.sum() == pytest.approx(100) and shares.between(0, 100).all()


@given(st.permutations(range(4)))
def test_rows_are_matched_by_their_index_not_by_their_place(order):
    part, whole = pd.Series([1, 2, 3, 4]), pd.Series([10, 20, 40, 80])
    assert measures.share_pct(part, whole.loc[order]).sort_index().equals(measures.share_pct(part, whole))


# The population of a year


@pytest.mark.parametrize("year", ["2015-16", ReportYear(2015)])
def test_a_year_divides_by_the_mid_year_before_its_end(year):
    assert measures.population_year(year) == 2015


def test_a_mistyped_year_has_no_population():
    with pytest.raises(ValueError, match="2015-17"):
        measures.population_year("2015-17")


def official(table, indicator):
    """Values of one indicator in the edition of 2022, by area and period."""
    rows = pd.read_csv(OFFICIAL / f"{table}.csv", dtype=str)
    rows = rows[(rows["indicator"] == indicator) & (rows["vintage"] == "revised 2022")]
    return rows[rows["category"] == "All"].set_index(["area", "period"])["value"].astype(float)


@pytest.mark.parametrize("counted", ["referrals", "section_47_enquiries"])
def test_counts_over_the_population_of_that_mid_year_are_the_rates_of_the_same_edition(counted):
    counts, rates = (official("children_in_need", name) for name in (counted, f"{counted}_rate_per_10000"))
    population = official("population", "population_aged_0_to_17")
    places = [(area, year) for area in ("Buckinghamshire", "England") for year in range(2012, 2021)]
    ended = [(area, f"year ending 31 March {year + 1}") for area, year in places]
    divided_by = [(area, f"mid-{measures.population_year(ReportYear(year))}") for area, year in places]
    computed = measures.rate_per_10000(
        counts.loc[ended].reset_index(drop=True), population.loc[divided_by].reset_index(drop=True)
    )
    assert list(computed.map(to_one_decimal)) == list(rates.loc[ended])


# Working days


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("01/06/2015", "01/06/2015", 0),  # the day itself is day 0
        ("01/06/2015", "02/06/2015", 1),
        ("05/06/2015", "06/06/2015", 0),  # Friday to Saturday
        ("05/06/2015", "08/06/2015", 1),  # Friday to Monday
        ("06/06/2015", "08/06/2015", 1),  # begun on a Saturday
        ("22/05/2015", "26/05/2015", 1),  # across the spring bank holiday
        ("02/04/2015", "07/04/2015", 1),  # across Good Friday and Easter Monday
        ("24/12/2015", "29/12/2015", 1),  # Boxing Day 2015 was a Saturday, its holiday Monday 28
        ("24/03/2016", "31/03/2016", 3),  # the Easter that closes 2015-16
        ("24/03/2016", "01/04/2016", 4),
        ("01/06/2015", "03/08/2015", 45),  # nine weeks without a holiday
        ("01/06/2015", "04/08/2015", 46),
        ("01/02/2016", "22/02/2016", 15),  # the limit of an initial conference: three weeks
    ],
)
def test_working_days_leave_out_weekends_and_bank_holidays(start, end, expected):
    assert measures.working_days_between(days(start), days(end)).iloc[0] == expected


def test_an_open_assessment_has_no_duration_and_keeps_its_row():
    start, end = days("01/06/2015", "01/06/2015", None), days(None, "02/06/2015", "02/06/2015")
    found = measures.working_days_between(start.set_axis([7, 8, 9]), end.set_axis([7, 8, 9]))
    assert list(found.index) == [7, 8, 9] and list(found.isna()) == [True, False, True] and found[8] == 1


def counted_one_by_one(start, end):
    """The slow way round: every day after the start, one at a time."""
    holidays = {day for year in range(start.year, end.year + 1) for day in measures.bank_holidays(year)}
    after = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(day.weekday() < 5 and day not in holidays for day in after)


@given(st.lists(st.tuples(DAYS, st.integers(0, 120)), min_size=1, max_size=8))
def test_working_days_agree_with_counting_one_by_one(spells):
    starts, ends = zip(*[(start, start + timedelta(days=length)) for start, length in spells], strict=True)
    found = measures.working_days_between(days(*starts), days(*ends))
    assert list(found) == [counted_one_by_one(start, end) for start, end in zip(starts, ends, strict=True)]


@given(st.lists(DAYS, min_size=3, max_size=3).map(sorted))
def test_working_days_of_two_stretches_add_up(three):
    first, middle, last = three
    found = measures.working_days_between(days(first, middle, first), days(middle, last, last))
    assert found[0] + found[1] == found[2] <= (last - first).days


# 2012 to 2023 as the government's calendar announced them, with the two days it added later (the state funeral and
# the coronation); the years around them worked out by hand, and true unless a day is moved or added.
@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2009, "01-01 04-10 04-13 05-04 05-25 08-31 12-25 12-28"),
        (2010, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"),
        (2011, "01-03 04-22 04-25 04-29 05-02 05-30 08-29 12-26 12-27"),
        (2012, "01-02 04-06 04-09 05-07 06-04 06-05 08-27 12-25 12-26"),
        (2013, "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26"),
        (2014, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26"),
        (2015, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
        (2016, "01-01 03-25 03-28 05-02 05-30 08-29 12-26 12-27"),
        (2017, "01-02 04-14 04-17 05-01 05-29 08-28 12-25 12-26"),
        (2018, "01-01 03-30 04-02 05-07 05-28 08-27 12-25 12-26"),
        (2019, "01-01 04-19 04-22 05-06 05-27 08-26 12-25 12-26"),
        (2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28"),
        (2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"),
        (2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"),
        (2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"),
        (2024, "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26"),
        (2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26"),
        (2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
        (2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28"),
        (2028, "01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26"),
        (2029, "01-01 03-30 04-02 05-07 05-28 08-27 12-25 12-26"),
        (2030, "01-01 04-19 04-22 05-06 05-27 08-26 12-25 12-26"),
    ],
)
def test_bank_holidays_are_those_of_england(year, expected):
    assert " ".join(f"{day:%m-%d}" for day in measures.bank_holidays(year)) == expected


# Re-referrals


def test_a_re_referral_is_within_twelve_months_of_the_childs_own_earlier_one():
    child = pd.Series(["a", "a", "a", "b", "b"])
    day = days("01/05/2014", "01/05/2015", "02/05/2016", "03/03/2016", "01/01/2015")
    assert list(measures.within_12_months(child, day)) == [False, True, False, False, False]


def test_a_referral_without_a_child_or_a_day_is_nobodys_re_referral():
    child = pd.Series([None, None, "a", "a"])
    day = days("01/05/2015", "02/05/2015", "01/05/2015", None)
    assert not measures.within_12_months(child, day).any()


def a_year_or_less_after(earlier, later):
    anniversary = (earlier.year + 1, earlier.month, earlier.day)
    return earlier < later and (later.year, later.month, later.day) <= anniversary


@given(st.lists(st.tuples(st.sampled_from("abc"), ORDINARY_DAYS), min_size=1, max_size=12, unique=True))
def test_re_referrals_are_those_that_comparing_every_pair_finds_in_whatever_order_they_come(referrals):
    child, day = zip(*referrals, strict=True)
    found = measures.within_12_months(pd.Series(child), days(*day))
    assert list(found) == [
        any(c == own and a_year_or_less_after(d, on) for c, d in referrals) for own, on in referrals
    ]


# Half way


def halves(most):
    """Every part and whole that make a share half way between two whole percentages: 57 of 200 are 28.5%."""
    wholes = [(part, whole) for whole in range(1, most + 1) for part in range(1, whole)]
    return [(part, whole) for part, whole in wholes if 200 * part % whole == 0 and 200 * part // whole % 2]


def children(how_many):
    return pd.DataFrame({"child": range(how_many)})


COUNTED = next(one for one in facts.definitions().values() if one.how == "share_pct" and not one.column)
SHARES = {
    "measures": lambda part, whole: measures.share_pct(pd.Series([part]), pd.Series([whole]))[0],
    "rates": lambda part, whole: measures.rate_per_10000(pd.Series([part]), pd.Series([whole]))[0] / 100,
    "claims": verbs.share_of,
    "changes": lambda part, whole: numbers.change_pct(whole, whole + part),
    "facts": lambda part, whole: facts._share_pct(children(part), children(whole), COUNTED)[0],
    "journeys": lambda part, whole: journey._numbers(part, part, whole, "percent")["value"],
}


@pytest.mark.parametrize("share", SHARES.values(), ids=SHARES)
def test_what_lies_half_way_is_rounded_up(share):
    """Dividing first gives 28.499999999999996 for 57 of 200, and 28% in print."""
    found = {(part, whole): numbers.plain(share(part, whole)) for part, whole in halves(400)}
    assert found == {(part, whole): str((200 * part // whole + 1) // 2) for part, whole in found}
    assert len(found) > 300


# Open at a day


def test_a_spell_is_open_at_a_day_from_its_start_until_before_its_end():
    start = days("01/03/2016", "31/03/2016", "01/04/2016", "01/01/2016", "01/01/2016", None)
    end = days(None, None, None, "31/03/2016", "01/04/2016", None)
    assert list(measures.open_at(start, end, date(2016, 3, 31))) == [True, True, False, False, True, False]


@given(
    st.lists(st.tuples(DAYS, st.none() | st.integers(0, 900)), min_size=1, max_size=20),
    st.lists(DAYS, min_size=2, max_size=2).map(sorted),
)
def test_those_open_later_are_those_open_before_plus_the_begun_less_the_ended(spells, two):
    start = days(*(begun for begun, _ in spells))
    end = days(
        *(None if length is None else begun + timedelta(days=length) for begun, length in spells)
    ).astype(start.dtype)
    before, later = (pd.Timestamp(day) for day in two)
    begun, ended = ((before < on) & (on <= later) for on in (start, end))
    open_then = [measures.open_at(start, end, day).sum() for day in two]
    assert open_then[1] == open_then[0] + begun.sum() - ended.sum()
