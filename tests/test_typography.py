"""The signs of what is read: curved marks, ranges that no line breaks, and nothing else changed."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from bscbdata.publish.tree import word
from bscbdata.publish.typesetting import compiled, quoted
from bscbdata.publish.typography import curved, in_page, in_tree, straight

RANGES = ("2015-16", "10-14", "1,000-2,000", "5%-10", "M-SERAC")


def words_of(page):
    return unescape(re.sub(r"<[^>]*>", "", page))


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("the Board's view", "the Board’s view"),
        ("10 months' work", "10 months’ work"),
        ("sheet 'Budget', column '2015-16'.", "sheet ‘Budget’, column ‘2015-16’."),
        ('He said "no" (and "why")', "He said “no” (and “why”)"),
        ("'s end", "’s end"),
    ],
)
def test_marks_are_curved(typed, wanted):
    assert curved(typed) == wanted
    assert straight(wanted) == typed


@pytest.mark.parametrize("text", RANGES)
def test_a_range_stands_in_one_piece(text):
    assert in_page(f"<p>In {text}, and</p>") == f'<p>In <span class="range">{text}</span>, and</p>'


@pytest.mark.parametrize(
    "text", ["SSDA903-1", "2016-03-31", "a-1-2", "0-", "05-abc", "Q1-2", "X-ray", "CA-AB"]
)
def test_what_is_no_range_is_left_alone(text):
    assert in_page(f"<p>{text}</p>") == f"<p>{text}</p>"


@pytest.mark.parametrize("name", ["script", "style", "pre", "code", "kbd"])
def test_code_keeps_the_signs_of_the_keyboard(name):
    page = f"<{name}>'a' \"b\" 2015-16 it's</{name}>"
    assert in_page(page) == page


def test_a_drawing_and_a_title_have_marks_but_no_elements():
    page = "<title>A child's year 2015-16</title><svg><text>Children's 10-14</text></svg>"
    assert in_page(page) == page.replace("'", "’")


def test_what_a_mark_of_a_chart_carries_is_written_as_its_table_is():
    """The card of a point is found by these words."""
    made = in_page('<path data-category="Children&#x27;s centres"/><td>Children&#x27;s centres</td>')
    assert made.count("Children’s centres") == 2


@given(st.text("ab '\"<>&;-/_0123456789,%\n’", max_size=40))
def test_nothing_but_marks_changes(text):
    """Copied, searched or read aloud, a page says what it said."""
    page = f"<p>{text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}</p>"
    assert straight(words_of(in_page(page))) == straight(text)


@pytest.mark.parametrize("name", ["2015-16/social_care/mash_enquiries.csv", "neighbours_of_authorities.csv"])
@pytest.mark.parametrize("tag", ["td", "code"])
def test_a_long_name_goes_on_in_the_next_line_after_a_sign_of_its_own(name, tag):
    made = in_page(f"<{tag}>{name}</{tag}><svg><text>{name}</text></svg>")
    parts = re.sub("</?span[^>]*>", "", made.removeprefix(f"<{tag}>").partition(f"</{tag}>")[0]).split(
        "<wbr>"
    )
    assert len(parts) > 2 and all(part.endswith(("/", "_")) for part in parts[:-1])
    assert words_of(made) == 2 * name and "<wbr>" not in made.partition("<svg>")[2]
    assert "<wbr>" not in in_page("<p>and/or, a_b and a well-known, long-winded phrase</p>")


def test_the_tree_keeps_code():
    code = {"t": "Code", "c": [["", [], []], "'a'"]}
    assert in_tree([{"t": "Para", "c": [word("it's"), code]}])[0]["c"] == [word("it’s"), code]


def test_no_line_of_a_pdf_breaks_a_range_and_its_text_is_whole(tmp_path):
    """Set in lines of every width; broken, a line would begin with the second half."""
    lines = "\n\n".join(
        f"#block(width: {width}mm)[The years 2014-15 and 2015-16, ages 10-14]" for width in range(22, 60, 2)
    )
    source = (
        f'#import "report.typ": *\n#show: report.with(title: {quoted("x")}, name: "n", board: "b")\n{lines}'
    )
    path = tmp_path / "lines.pdf"
    path.write_bytes(compiled(source, {}))
    text = "\n".join(page.extract_text() for page in PdfReader(path).pages)
    assert not re.search(r"\d-\s*\n\s*\d", text)
    assert text.count("2015-16") == 19
