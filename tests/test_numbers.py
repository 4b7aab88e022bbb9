"""House style for numbers."""

import math
import re
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import example, given
from hypothesis import strategies as st

from bscbdata import facts, numbers
from bscbdata.findings import failure


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
        (100, 105, "rose"),
        (100, 101, "rose slightly"),
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


@pytest.mark.parametrize(
    ("low", "high", "unit", "words"),
    [
        (14, 17, "", "14 to 17"),
        (15, 20, "percent", "15% to 20%"),
        (500, 1000, "GBP", "£500 to £1,000"),
        (1, 2, "percentage points", "1 to 2 percentage points"),
    ],
)
def test_a_range_is_written_with_to(low, high, unit, words):
    assert numbers.span(low, high, unit) == words


def test_a_range_that_runs_down_is_refused():
    with pytest.raises(ValueError, match="lower number comes first"):
        numbers.span(17, 14)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (505_283, "", "over 500,000"),
        (59.4, "percent", "almost 60%"),
        (60, "percent", "60%"),
        (34_312, "", "over 34,000"),
        (1_874, "", "almost 1,900"),
        (9.96, "", "almost 10"),
        (0.52, "", "over 0.5"),
        (301_360, "GBP", "over £300,000"),
        (0, "", "0"),
    ],
)
def test_over_and_almost_follow_the_written_rule(value, unit, words):
    assert numbers.roughly(value, unit) == words


@given(st.integers(1, 10**7))
def test_over_is_never_said_of_less_nor_of_what_is_far_off(value):
    words = numbers.roughly(value)
    said = int(words.split()[-1].replace(",", ""))
    assert words.startswith("over ") == (value > said) and words.startswith("almost ") == (value < said)
    assert abs(value - said) <= 0.05 * max(value, said)


def test_a_date_has_its_day_first_and_its_month_by_name():
    assert numbers.day(date(2016, 3, 31)) == "31 March 2016"
    assert numbers.day(date(2015, 9, 1)) == "1 September 2015"


def test_the_numerals_of_a_text_are_found_without_signs_and_units():
    assert numbers.numerals("£1,234 (12.5%), −3; 2015-16.") == ["1,234", "12.5", "3", "2015", "16"]
    assert numbers.numerals("none at all") == []


def test_areas_within_one_per_cent_are_close():
    assert numbers.compared(100, 100.9) == "close to"
    assert numbers.compared(101, 100) == "higher than"
    assert numbers.compared(97, 100) == "lower than"


def test_two_numbers_that_print_the_same_are_never_said_to_differ():
    assert numbers.direction(6.54, 6.47) == "fell slightly"  # by 1.07 per cent
    assert numbers.direction(6.54, 6.47, 1) == "changed little"
    assert numbers.direction(6.56, 6.47, 1) == "fell slightly"
    assert numbers.compared(30, 30.4) == "lower than"
    assert (numbers.compared(30, 30.4, 0), numbers.compared(30, 30.5, 0)) == ("close to", "lower than")
    assert numbers.direction(0, 0.3, 0) == "changed little"


@given(st.integers(-(10**9), 10**9), st.integers(0, 3))
def test_rounding_is_never_further_than_half_a_step(thousandths, decimals):
    value = thousandths / 1000
    distance = abs(Fraction(numbers.rounded(value, decimals)) - Fraction(thousandths, 1000))
    assert distance <= Fraction(1, 2) * Fraction(1, 10**decimals)


@example([347, 4054])
@given(st.lists(st.integers(0, 20_000), min_size=2, max_size=12))
def test_a_mean_of_rates_is_rounded_as_if_worked_on_paper(tenths):
    mean = pd.Series([rate / 10 for rate in tenths]).mean()
    on_paper = math.floor(Fraction(sum(tenths), len(tenths)) + Fraction(1, 2))
    assert numbers.rounded(mean, 1) == Decimal(on_paper) / 10


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_share_agrees_with_itself_printed(part, whole):
    share = part / whole * 100
    assert numbers.agrees(share, str(numbers.rounded(share, 0)))
    assert not numbers.agrees(share, str(numbers.rounded(share, 0) + 1))


def test_readers_are_told_the_rule_that_the_words_follow():
    told = (ROOT / "src/bscbdata/definitions/standard_words/appendices.md").read_text(encoding="utf8")
    spelt = {1: "under one per cent", 5: "under five per cent", 25: "twenty-five per cent and over"}
    for limit in (numbers.LEVEL_PCT, numbers.SLIGHT_PCT, numbers.SHARP_PCT):
        assert spelt[limit] in " ".join(told.split())


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("1 children were seen", "1 child was seen"),
        (
            '<span class="fact">1</span> new sub groups have met',
            '<span class="fact">1</span> new sub group has met',
        ),
        ("There are 1 enquiries.", "There is 1 enquiry."),
        (
            "1 initial child protection conferences were held",
            "1 initial child protection conference was held",
        ),
        ("in 1 places", "in 1 place"),
    ],
)
def test_what_is_counted_as_one_is_said_in_the_singular_with_its_verb(many, one):
    assert numbers.agreeing(many) == one


@pytest.mark.parametrize(
    "said",
    [
        *(
            "11 children were",
            "1,001 rows",
            "2.1 cells",
            "1 in 10 children",
            "1 to 5 children",
            "1 of the schools",
        ),
        *(
            "row 1 values",
            "Level 1 children",
            "Key stage 1 pupils",
            "Quarter 1 returns",
            "2016-1 schools",
            "£1 people",
        ),
        *("Found '1 rows' here", "v1 files", "#1 children"),
    ],
)
def test_a_number_that_counts_no_single_thing_is_left_alone(said):
    assert numbers.agreeing(said) == said


@pytest.mark.parametrize(
    "said", ["year 1 pupils are", "tier 1 services were", "1 April children", "1 children"]
)
def test_in_an_authors_own_words_a_one_may_be_a_name(said):
    assert numbers.agreeing(said, facts_alone=True) == said
    assert (
        numbers.agreeing(f"<i>1</i> children were; {said}", facts_alone=True) == f"<i>1</i> child was; {said}"
    )


def test_every_thing_that_the_texts_count_is_known_as_one():
    """The first word in -s after a number that counts, in every commentary, has its singular in the list."""
    folders = [
        ROOT / "data" / "raw" / "2015-16" / "commentary",
        ROOT / "src/bscbdata/definitions/standard_words",
    ]
    text = " ".join(path.read_text(encoding="utf8") for folder in folders for path in folder.rglob("*.md"))
    asked = re.findall(
        r'\{\{ fact\("([^"]+)"[^}]*\) \}\}((?:\s+(?!of\b|in\b|to\b|and\b|per\b|for\b)[a-z-]+){1,4})', text
    )
    counting = [words for name, words in asked if facts.definitions()[name].unit not in numbers.PERCENT]
    nouns = {word for words in counting for word in words.split() if word == "children" or word == "people"}
    nouns |= {first for words in counting if (first := next(filter(PLURAL.search, words.split()), ""))}
    unknown = {noun for noun in nouns if numbers.agreeing(f"1 {noun}") == f"1 {noun}"}
    assert len(nouns) > 20 and unknown == set()


PLURAL = re.compile(r"[^\W\d_]{3}(?<!thi)(?<!s)s$")


def test_a_finding_says_one_thing_in_the_singular_and_quotes_what_was_sent_as_it_is():
    assert (
        failure("rows", "1 rows of 'List 1 rows' have no date.").message
        == "1 row of 'List 1 rows' have no date."
    )
