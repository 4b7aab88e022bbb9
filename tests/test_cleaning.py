"""The cleaning verbs, on what agencies really type."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bscbdata import cleaning
from bscbdata.period import parse_date


def column(*cells):
    return pd.Series(list(cells), dtype="object")


def test_text_is_trimmed_of_every_kind_of_space():
    tidied = cleaning.tidy_text(column("  Police\u00a0 and\tFire ", "", "   ", None, "\ufeffx"))
    assert [None if pd.isna(cell) else cell for cell in tidied] == ["Police and Fire", None, None, None, "x"]


@given(st.text())
def test_tidying_twice_changes_nothing_more(text):
    once = cleaning.tidy_text(column(text))
    assert cleaning.tidy_text(once).equals(once)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234", 1234),
        ("£1,234.50", 1234.5),
        ("(12)", -12),
        ("1 234", 1234),
        ("-3", -3),
        (".5", 0.5),
        ("7.0", 7),
    ],
)
def test_numbers_are_read_as_people_write_them(text, number):
    assert cleaning.to_number(text) == number


@pytest.mark.parametrize(
    "text", ["twelve", "1.2.3", "", "12 children", "1-2", "--1", "1,5", "3 18", "12,34,5", "1e400", "£"]
)
def test_what_is_no_number_is_never_guessed(text):
    with pytest.raises(ValueError, match="number"):
        cleaning.to_number(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [("-1", "negative"), ("1.5", "whole"), ("x", "number"), ("1.000", "whole"), ("9" * 20, "larger")],
)
def test_a_count_is_whole_and_not_negative(text, why):
    with pytest.raises(ValueError, match=why):
        cleaning.to_count(text)


@pytest.mark.parametrize(
    ("text", "share"), [("12%", 12), ("12 per cent", 12), ("12.5", 12.5), ("0%", 0), ("100 %", 100)]
)
def test_shares_are_per_cent(text, share):
    assert cleaning.to_share_pct(text) == share


@pytest.mark.parametrize("text", ["101%", "-1", "250"])
def test_a_share_over_a_hundred_is_refused(text):
    with pytest.raises(ValueError, match="between 0 and 100"):
        cleaning.to_share_pct(text)


def test_fractions_become_per_cent_and_text_with_its_own_sign_stays():
    assert cleaning.to_share_pct_from_fraction("0.125") == 12.5
    assert cleaning.to_share_pct_from_fraction("12.5%") == 12.5


def test_published_markers_become_a_status_and_never_a_number():
    numbers, status = cleaning.split_markers(column("12", "x", "c", ".", "..", ":", "-", "n/a", "NEW", None))
    assert numbers.notna().sum() == 1
    assert list(status) == [
        "shown", "confidential", "confidential", "not_applicable", "not_available", "not_available", "low", "not_applicable", "new", "not_available",
    ]  # fmt: skip


def test_spellings_are_matched_without_case_space_or_quotes_and_unknown_ones_refused():
    spellings = {cleaning.same_spelling("Police"): "Police", cleaning.same_spelling("TVP"): "Police"}
    parsed = cleaning.match_codes(column(" POLICE", "tvp", "Polis", None), spellings, ["Police"])
    assert list(parsed.values.astype("object").where(parsed.values.notna(), None)) == [
        "Police",
        "Police",
        None,
        None,
    ]
    assert "Polis" in parsed.problems[2] and not parsed.problems[3]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ([None, None], "blank row"),
        (["Month ", "CONTACTS"], "header repeated"),
        (["Total", "123"], "totals row"),
        (["Grand total", "123"], "totals row"),
        (["1. Excludes re-opened cases.", None], "note"),
        (["April", "12"], ""),
        (["April", None], "note"),
        ([None, "12"], ""),
    ],
)
def test_rows_that_are_not_data_are_told_from_those_that_are(cells, reason):
    assert cleaning.reason_to_set_aside(cells, ["Month", "Contacts"]) == reason


def test_merged_headers_are_filled_to_the_right_and_joined():
    grid = pd.DataFrame([[None, "2014-15", None, "2015-16"], ["District", "Q1", "Q2", "Q1"]], dtype="object")
    assert cleaning.join_header_rows(grid, 0, 2) == ["District", "2014-15 Q1", "2014-15 Q2", "2015-16 Q1"]


@pytest.mark.parametrize("titles", [0, 1, 2, 3, 6, 40])
def test_a_header_in_two_rows_is_the_same_wherever_it_stands(titles):
    """Cells merged to the right count for the columns below them; a column merged down has its own alone."""
    header = [["Area", None, "Boys", None, "Notes", None], ["Month", None, "0-4", "5-9", None, None]]
    grid = pd.DataFrame([["Title"] + [None] * 5] * titles + header, dtype="object")
    grid.index += 1
    joined = cleaning.join_header_rows(grid, titles, 2)
    assert joined == ["Area Month", "", "Boys 0-4", "Boys 5-9", "Notes", ""]
    apart = cleaning.join_header_rows(grid, titles, 2, merged=False)
    assert apart == ["Area Month", "", "Boys 0-4", "5-9", "Notes", ""]


@given(st.lists(st.sampled_from(["1", "2", "x", "bad", None]), max_size=30))
def test_parsing_keeps_every_row_as_value_gap_or_problem(cells):
    text = pd.Series(cells, dtype="object")
    parsed = cleaning.parse_distinct(text, cleaning.to_count, "Int64")
    assert len(parsed.values) == len(parsed.problems) == len(cells)
    for cell, value, problem in zip(cells, parsed.values, parsed.problems, strict=True):
        assert pd.isna(value) == (cell is None or bool(problem))


@pytest.mark.parametrize(
    "cell",
    [
        "Year to date",
        "year-to-date total",
        "YTD",
        "YTD 2015-16",
        "2015-16 YTD",
        "Q2 2015-16 YTD",
        "Cumulative",
        "Cumulative total:",
        "Running total",
        "To date",
    ],
)
def test_a_label_that_counts_from_the_start_of_the_year_is_known(cell):
    assert cleaning.is_cumulative(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "Q1 2015-16",
        "2015-16",
        "Cumulative harm",
        "Date",
        "To date of birth",
        "Total",
        "April",
        "Running away",
    ],
)
def test_a_label_of_anything_else_is_not_taken_for_one(cell):
    assert not cleaning.is_cumulative(cell)


@pytest.mark.parametrize("text", ["1,200.00", "1200.0", "1,200", "1200.00"])
def test_a_count_with_empty_decimals_is_a_count(text):
    assert cleaning.to_count(text) == 1200


@pytest.mark.parametrize("text", ["1.200", "1.000", "12.345"])
def test_a_count_whose_point_may_stand_for_thousands_says_so(text):
    with pytest.raises(ValueError, match="its point may stand for thousands"):
        cleaning.to_count(text)


@pytest.mark.parametrize(
    "text", ["< 5", "≤5", "under 6", "Fewer than 5", "5 or fewer", "1-4", "0–5", "1 to 5", "**"]
)
def test_a_small_number_that_is_not_given_is_known_as_withheld(text):
    assert cleaning.marked_as(text) == "confidential"
    with pytest.raises(ValueError, match="sign for one that is not shown"):
        cleaning.to_count(text)


@pytest.mark.parametrize("text", ["5", "-5", "10-19", "5 to 9", "over 5", "> 5", "12 or 13"])
def test_other_numbers_and_groups_are_not_withheld(text):
    assert cleaning.marked_as(text) is None


def test_nought_in_words_says_what_to_ask_for():
    with pytest.raises(ValueError, match="it should say 0"):
        cleaning.to_count("Nil return")


@pytest.mark.parametrize(
    ("text", "said"),
    [("1.23E+05", "shortened"), ("1.2E5", "shortened"), ("050", "behind a comma"), ("007", "behind a comma")],
)
def test_a_number_that_lost_figures_is_refused(text, said):
    with pytest.raises(ValueError, match=said):
        cleaning.to_number(text)


def test_what_other_programs_write_whole_stays_a_number():
    assert [cleaning.to_number(text) for text in ("1e+05", "1.5e-05", "0.05", "05", "1,050")] == [
        100_000,
        1.5e-05,
        0.05,
        5,
        1_050,
    ]


@pytest.mark.parametrize(
    ("cells", "refused"),
    [
        ([f"2015-{month:02d}-04 00:00:00" for month in range(5, 11)] + ["13/05/2015"], 6),
        ([f"2015-{month:02d}-04 00:00:00" for month in range(5, 11)] + ["13/05/2015", "05/05/2015"], 0),
        ([f"2015-{month:02d}-13 00:00:00" for month in range(5, 11)] + ["13/05/2015"], 0),
        ([f"2015-{month:02d}-04 00:00:00" for month in range(5, 10)] + ["13/05/2015"], 0),
        ([f"2015-{month:02d}-04 00:00:00" for month in range(5, 11)], 0),
    ],
)
def test_dates_that_excel_turned_and_left_the_others_as_text_are_not_used(cells, refused):
    texts = pd.Series(cells, dtype="object")
    parsed = cleaning.without_american_days(
        texts, cleaning.parse_distinct(texts, parse_date, "datetime64[s]")
    )
    assert int((parsed.problems != "").sum()) == int(parsed.values.isna().sum()) == refused
