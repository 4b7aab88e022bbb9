"""A published rate that its own count cannot give is found; rates that were rounded from their counts are never accused."""

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bscbdata import rates

KINDS = ("referrals", "children_in_need", "section_47_enquiries", "child_protection_plans")
COUNTS = st.lists(
    st.integers(80, 1_800).map(lambda n: 5 * n + 1), min_size=4, max_size=4
)  # not rounded to fives
POPULATIONS = st.integers(min_value=20_000, max_value=400_000)
BASE = {"area": "Anytown", "year": "2015-16", "category": "All", "vintage": "first published"}


def published(counts, population, decimals=1):
    """Counts and their rates per 10,000, rounded as the Department prints them, as rows of an official table."""
    found = []
    for kind, count in zip(KINDS, counts, strict=True):
        rate = round(10_000 * count / population, decimals)
        for name, value in ((kind, count), (f"{kind}_rate_per_10000", rate)):
            found.append(BASE | {"indicator": name, "period": "2015-16", "value": float(value)})
    return rows(found)


def rows(found):
    frame = pd.DataFrame(found)
    return frame.assign(row_id=[f"official/table.csv#{number}" for number in frame.index + 2])


def people(population):
    return rows([BASE | {"indicator": "population", "period": "mid-2015", "value": float(population)}])


def off(frame, bases, within_pct=2.0):
    both = rates.beside_counts(frame, "*", "*_rate_per_10000")
    return list(rates.off(both, bases, ["area", "year"], within_pct))


@settings(max_examples=30)
@given(counts=COUNTS, population=POPULATIONS, decimals=st.integers(0, 1), other=st.floats(0.985, 1.015))
def test_rates_of_one_population_are_never_accused(counts, population, decimals, other):
    """Nor where the population that is here is of another edition."""
    frame = published(counts, population, decimals)
    assert not off(frame, people(round(population * other)))


@settings(max_examples=30)
@given(counts=COUNTS, population=POPULATIONS, at=st.integers(0, 3), by=st.sampled_from([0.5, 0.97, 1.03, 2]))
def test_one_wrong_rate_is_found_with_what_its_count_gives(counts, population, at, by):
    frame = published(counts, population)
    right = frame.loc[2 * at + 1, "value"]
    wrong = round(right * by, 1)
    assume(abs(wrong - right) > 1)
    frame.loc[2 * at + 1, "value"] = wrong
    for bases in (people(population), people(population).iloc[:0]):
        (found,) = off(frame, bases)
        assert (
            found.rows[0] == frame.loc[2 * at + 1, "row_id"] and found.rows[1] == frame.loc[2 * at, "row_id"]
        )
        assert abs(float(found.expected.replace(",", "")) - right) <= max(0.2, 0.004 * right)


def test_a_wrong_rate_of_its_own_is_found_by_the_population_that_is_here():
    frame = published([1_184, 4_000, 4_000, 4_000], 100_000).iloc[:2]
    assert not off(frame, people(100_500))
    frame.loc[1, "value"] = 181.4
    (found,) = off(frame, people(100_500))
    assert (found.printed, found.expected) == ("181.4", "117.8")


@pytest.mark.parametrize(("count", "rate", "wrong"), [(43_100, 37.8, 37.4), (105, 32.0, 33.0)])
def test_a_count_that_was_rounded_allows_a_rate_that_was_not_made_from_it(count, rate, wrong):
    """England's of 2012-13, to hundreds; Windsor's looked-after children of 2010, to fives."""
    population = {43_100: 11_397_800, 105: 33_370}[count]
    two = [("looked_after", count), ("looked_after_rate_per_10000", rate)]
    frame = rows([BASE | {"indicator": name, "period": "x", "value": float(v)} for name, v in two])
    assert not off(frame, people(population), 0)
    frame.loc[1, "value"] = wrong
    assert off(frame, people(population), 0)
