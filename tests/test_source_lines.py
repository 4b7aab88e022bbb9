"""A line of sources names each publisher once, and loses nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bscbdata.provenance import in_short


@pytest.mark.parametrize(
    ("line", "short"),
    [
        ("", ""),
        ("The publisher, the statistics.", "The publisher, the statistics."),
        ("The county, a list; The health service, another.", "The county, a list; The health service, another."),
        ("The ministry, pupils; The ministry, absence.", "The ministry: pupils; absence."),
        (
            "The ministry, children in need, table A; The ministry, children in need, table B; The office, census.",
            "The ministry: children in need (table A; table B). The office, census.",
        ),
        (
            "The Board, Annual report: members; The Board, Annual report: money; The Board, a survey.",
            "The Board: Annual report (members; money); a survey.",
        ),
        ("The council; The ministry, a; The ministry, b.", "The council. The ministry: a; b."),
    ],
)  # fmt: skip
def test_each_publisher_and_each_title_is_named_once(line, short):
    assert in_short(line) == short


publishers, titles = st.sampled_from(["P", "Q r"]), st.sampled_from(["a", "b", "c d"])
entries = st.builds(lambda *parts: ", ".join(parts), publishers, titles, titles)


@given(st.lists(entries, unique=True))
def test_no_word_is_lost_and_each_publisher_stands_once(listed):
    line = "; ".join(listed) + "." if listed else ""
    short = in_short(line)
    assert set(re.findall(r"\w+", short)) == set(re.findall(r"\w+", line))
    assert not any(short.count(name) > 1 for name in ("P", "Q r")) and len(short) <= len(line)
