"""Disclosure control: small counts, their partners, and the guard before a figure."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bscbdata import disclosure


def table(counts, rows="abcdef"):
    return pd.DataFrame({"group": list(rows[: len(counts)]), "children": pd.array(counts, dtype="Int64")})


def hidden(frame):
    return list(frame["children"].isna())


def test_counts_from_one_to_five_are_withheld_and_zero_and_six_are_shown():
    assert hidden(disclosure.protect(table([0, 3, 4, 6, 20]), "children", ["group"])) == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_one_gap_takes_the_next_smallest_with_it():
    assert hidden(disclosure.protect(table([3, 11, 20, 13]), "children", ["group"])) == [
        True,
        True,
        False,
        False,
    ]


def test_two_gaps_that_sum_to_a_small_number_take_a_third():
    assert hidden(disclosure.protect(table([1, 2, 20, 40]), "children", ["group"])) == [
        True,
        True,
        True,
        False,
    ]


def test_a_zero_is_no_partner_while_there_is_another():
    assert hidden(disclosure.protect(table([2, 0, 9]), "children", ["group"])) == [True, False, True]


def test_what_is_built_on_a_withheld_count_goes_with_it():
    frame = table([3, 11, 20]).assign(share_pct=[9.0, 32.0, 59.0])
    protected = disclosure.protect(frame, "children", ["group"], also=["share_pct"])
    assert list(protected["share_pct"].isna()) == [True, True, False]
    assert list(protected["status"]) == ["confidential", "confidential", "shown"]


def test_a_share_whose_count_was_not_sent_is_not_shown():
    """Beside 20 that are 40 per cent, 8 per cent are four."""
    frame = table([None, 11, 20]).assign(share_pct=[8.0, 22.0, 40.0])
    protected = disclosure.protect(frame, "children", ["group"], also=["share_pct"])
    assert protected["share_pct"].isna().tolist() == [True, False, False]


@given(st.lists(st.lists(st.integers(0, 30), min_size=4, max_size=4), min_size=3, max_size=5))
@settings(max_examples=60, deadline=None)
def test_no_row_or_column_of_a_table_keeps_one_gap_or_gaps_that_sum_low(rows):
    frame = pd.DataFrame(
        [
            {"row": r, "column": c, "children": count}
            for r, line in enumerate(rows)
            for c, count in enumerate(line)
        ]
    ).astype({"children": "Int64"})
    shown = disclosure.protect(frame, "children", ["row", "column"])
    gaps = shown["children"].isna()
    assert not disclosure.is_small(shown["children"]).any()
    for dimension in ("row", "column"):
        for _, line in frame.groupby(dimension):
            lost = gaps[line.index]
            # a line that totals 1 to 5 has no partner that could help: its total is what must not be printed
            unsaid = f"total of {dimension} {line[dimension].iloc[0]}" in shown.attrs["totals_withheld"]
            assert (
                not lost.any()
                or unsaid
                or (lost.sum() >= 2 and line["children"][lost].sum() > disclosure.HIGHEST)
            )


def test_an_unprotected_table_is_stopped_and_told_what_to_do():
    with pytest.raises(disclosure.DisclosureError, match=r'report\.protect\(table, count="children"'):
        disclosure.check_protected(table([3, 20]), ["children"])
    disclosure.check_protected(disclosure.protect(table([3, 20, 9]), "children", ["group"]), ["children"])


WHOLE = ["area", "period"]


def in_time(parts, wholes):
    """A share of each month's whole that has no breakdown, as `All` of an indicator."""
    frame = pd.DataFrame({"period": [f"month {n}" for n in range(len(parts))], "n": parts, "of": wholes})
    frame = frame.assign(area="here", category="All", status="shown", value=frame["n"] / frame["of"] * 100)
    return frame.astype({"n": "float64", "of": "float64"})


@pytest.mark.parametrize("late", [1, 3, 5])
def test_a_share_of_all_goes_where_the_rest_of_its_whole_is_small(late):
    """99 in 100 done in time is one that was not; `All` is its name, and no total of the late ones."""
    frame = in_time([361, 380, 318, 407], [444, 380 + late, 365, 473])
    shown = disclosure.protect_shares(frame, "n", "of", WHOLE, "category", ["value", "of"])
    assert shown.loc[1, ["value", "n", "of"]].isna().all() and shown.loc[1, "status"] == "confidential"
    assert shown["value"].isna().sum() == 2, "and one partner"
    assert list(shown["category"]) == ["All"] * 4


@pytest.mark.parametrize("done", [0, 4])
def test_a_share_of_a_whole_of_a_few_goes_with_it(done):
    frame = in_time([361, done, 318, 407], [444, 4, 365, 473])
    shown = disclosure.protect_shares(frame, "n", "of", WHOLE, "category", ["value", "of"])
    assert shown.loc[1, ["value", "n", "of"]].isna().all()
