"""House style for numbers."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bscbdata import numbers


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "expected"),
    [
        (4762, "contacts", 0, "4,762"),
        (29.9, "percent", 0, "30%"),
        (12.5, "percent", 1, "12.5%"),
        (0.5, "percent", 0, "1%"),
        (-0.5, "", 0, "−1"),
        (2.675, "", 2, "2.68"),
        (94820, "GBP", 0, "£94,820"),
        (-250, "GBP", 0, "−£250"),
        (1, "percentage points", 0, "1 percentage point"),
        (2.5, "percentage points", 1, "2.5 percentage points"),
        (0.04, "", 1, "0.0"),
        (-0.04, "", 1, "0.0"),
    ],
)
def test_numbers_print_in_house_style(value, unit, decimals, expected):
    assert numbers.write(value, unit, decimals) == expected


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (100, 125, "rose sharply"),
        (100, 110, "rose"),
        (100, 104, "rose slightly"),
        (100, 100.5, "changed little"),
        (100, 97, "fell slightly"),
        (100, 80, "fell"),
        (100, 75, "fell sharply"),
        (0, 3, "rose"),
        (0, 0, "changed little"),
    ],
)
def test_words_for_change_follow_the_written_rules(before, after, words):
    assert numbers.direction(before, after) == words


def test_areas_within_one_per_cent_are_close():
    assert numbers.compared(100, 100.9) == "close to"
    assert numbers.compared(103, 100) == "higher than"
    assert numbers.compared(97, 100) == "lower than"


@given(st.integers(-(10**9), 10**9), st.integers(0, 3))
def test_rounding_is_never_further_than_half_a_step(thousandths, decimals):
    value = thousandths / 1000
    distance = abs(Fraction(numbers.rounded(value, decimals)) - Fraction(thousandths, 1000))
    assert distance <= Fraction(1, 2) * Fraction(1, 10**decimals)


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_share_agrees_with_itself_printed(part, whole):
    share = part / whole * 100
    assert numbers.agrees(share, str(numbers.rounded(share, 0)))
    assert not numbers.agrees(share, str(numbers.rounded(share, 0) + 1))
