"""What holds of every cleaning verb for any text, and of reading for any order, encoding and format of a return."""

import io
import re
import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_broken_files import HEADINGS, SOURCES, YEAR, make

from bscbdata import cleaning, period
from bscbdata.findings import DataStop
from bscbdata.provenance import write_origin
from bscbdata.sources import parse_source
from bscbdata.sources.grid import read_grid
from bscbdata.sources.reading import read

VERBS = {
    **{name: parser for name, (parser, _) in cleaning.KINDS.items()},
    "report year": period.ReportYear.parse,
    "period": period.report_year_of,
}
# Text as agencies type it: pieces of numbers, dates and periods put together in ways that are nearly right.
PIECES = [
    "0",
    "1",
    "9",
    "12",
    "31",
    "2015",
    "2015-16",
    "-16",
    "15",
    ",",
    ".",
    "/",
    "-",
    "–",
    "−",
    "£",
    "%",
    "(",
    ")",
    "e",
    "E",
    "+",
    "Q1",
    "q4",
    "Apr",
    "April",
    "to",
    "Jun",
    "mid-",
    "x",
    "..",
    ":",
    "[c]",
    "per",
    "cent",
    "T00:00",
    "00:00:00",
    "²",
    "٣",
]
NEARLY = st.lists(st.sampled_from([*PIECES, " ", "\u00a0"]), max_size=8).map("".join)
ANY_TEXT = st.one_of(st.text(max_size=40), NEARLY)
DAYS = st.dates(date(1950, 1, 1), date(2100, 12, 31))
WHOLE = st.integers(-999_999_999, 999_999_999)


def one(*cells):
    return pd.Series(list(cells), dtype="object")


# ---- any text -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", VERBS.values(), ids=list(VERBS))
@given(text=ANY_TEXT)
@settings(max_examples=150, deadline=None)
def test_a_verb_gives_a_value_or_says_why_not(verb, text):
    try:
        verb(text)
    except ValueError as error:
        assert str(error)


@given(st.lists(st.one_of(st.none(), ANY_TEXT), max_size=8))
@settings(deadline=None, max_examples=60)
def test_a_column_of_any_text_is_parsed_row_by_row_as_every_kind(cells):
    text = cleaning.tidy_text(one(*cells))
    for parser, dtype in cleaning.KINDS.values():
        parsed = cleaning.parse_distinct(text, parser, dtype)
        for cell, value, problem in zip(text, parsed.values, parsed.problems, strict=True):
            assert pd.isna(value) == (pd.isna(cell) or bool(problem))


@given(st.lists(st.one_of(st.none(), ANY_TEXT), max_size=8))
def test_markers_are_split_from_numbers_and_every_row_has_a_status(cells):
    numbers, status = cleaning.split_markers(one(*cells))
    assert set(status) <= set(cleaning.STATUSES)
    for cell, number, told in zip(cells, numbers, status, strict=True):
        assert pd.isna(number) == (cell is None or told != "shown")


@given(st.lists(st.one_of(st.none(), ANY_TEXT), max_size=6), st.lists(st.text(max_size=8), max_size=6))
def test_any_row_is_data_or_has_a_reason(cells, header):
    assert isinstance(cleaning.reason_to_set_aside(cells, header), str)


# ---- written and read back ------------------------------------------------------------------------------------------

NUMBER_FORMS = {
    "plain": str,
    "commas": lambda n: f"{n:,}",
    "spaces": lambda n: f"{n:,}".replace(",", " "),
    "narrow spaces": lambda n: f"{n:,}".replace(",", "\u202f"),
    "pounds": lambda n: f"£{n:,}" if n >= 0 else f"-£{-n:,}",
    "pounds and pence": lambda n: f"£{n:,}.00",
    "brackets": lambda n: str(n) if n >= 0 else f"({-n:,})",
    "pounds in brackets": lambda n: str(n) if n >= 0 else f"(£{-n:,})",
    "real minus": lambda n: str(n).replace("-", "−"),
    "a spreadsheet's": lambda n: f"{n}.0",
    "padded": lambda n: f"\u00a0 {n} ",
}


@pytest.mark.parametrize("form", NUMBER_FORMS.values(), ids=list(NUMBER_FORMS))
@given(number=WHOLE)
def test_a_number_is_read_back_from_every_form(form, number):
    assert cleaning.to_number(form(number)) == number


@given(st.floats(-1e11, 1e11, allow_nan=False).map(lambda number: round(number, 2)))
def test_a_decimal_is_read_back_with_its_commas(number):
    assert cleaning.to_number(f"{number:,.2f}") == pytest.approx(number, abs=0.005)


@given(st.floats(-1e11, 1e11, allow_nan=False))
def test_a_number_as_a_spreadsheet_keeps_it_is_read_exactly(number):
    assert cleaning.to_number(repr(number)) == number


@given(st.integers(0, 10**11))
def test_a_count_is_read_back_and_a_negative_one_refused(number):
    assert cleaning.to_count(f"{number:,}") == number
    with pytest.raises(ValueError, match="negative"):
        cleaning.to_count(f"-{number + 1}")


@given(st.integers(1, 999), st.integers(1, 99))
def test_a_decimal_comma_is_never_taken_for_thousands(whole, rest):
    with pytest.raises(ValueError, match="number"):
        cleaning.to_number(f"{whole},{rest}")


@given(
    st.integers(0, 1000).map(lambda tenths: tenths / 10),
    st.sampled_from(["%", " %", " per cent", " percent", ""]),
)
def test_a_share_is_read_back_from_every_form(share, sign):
    assert cleaning.to_share_pct(f"{share}{sign}") == share
    if sign:
        assert cleaning.to_share_pct_from_fraction(f"{share}{sign}") == share
    assert cleaning.to_share_pct_from_fraction(str(share / 100)) == pytest.approx(share)


@given(
    st.sampled_from(["yes", "y", "true", "1", "no", "n", "false", "0"]),
    st.sampled_from([str.upper, str.lower, str.title]),
)
def test_yes_and_no_are_read_in_any_case(text, case):
    assert cleaning.to_yes_no(case(text)) == (text in ("yes", "y", "true", "1"))


DATE_FORMS = {
    "31/03/2016": lambda d: f"{d:%d/%m/%Y}",
    "31.03.2016": lambda d: f"{d:%d.%m.%Y}",
    "31-03-2016": lambda d: f"{d:%d-%m-%Y}",
    "1/3/2016": lambda d: f"{d.day}/{d.month}/{d.year}",
    "2016-03-31": lambda d: f"{d:%Y-%m-%d}",
    "2016-03-31 00:00:00": lambda d: f"{d:%Y-%m-%d} 00:00:00",
    "31/03/2016 00:00": lambda d: f"{d:%d/%m/%Y} 00:00",
    "31 March 2016": lambda d: f"{d.day} {d:%B %Y}",
    "31-Mar-2016": lambda d: f"{d.day}-{d:%b-%Y}",
    "31st March 2016": lambda d: f"{d.day}{'st' if d.day in (1, 21, 31) else 'th'} {d:%B %Y}",
    "Excel's number": lambda d: str((d - date(1899, 12, 30)).days),
}


@pytest.mark.parametrize("form", DATE_FORMS.values(), ids=list(DATE_FORMS))
@given(day=DAYS)
def test_a_day_is_read_back_from_every_form(form, day):
    assert period.parse_date(form(day)) == day


@given(st.dates(date(1950, 1, 1), date(2049, 12, 31)))
def test_a_year_of_two_digits_is_one_of_1950_to_2049(day):
    assert period.parse_date(f"{day:%d/%m/%y}") == period.parse_date(f"{day:%d-%b-%y}") == day


@given(DAYS.filter(lambda day: day.day > 12))
def test_a_day_written_the_american_way_is_refused_with_a_hint(day):
    with pytest.raises(ValueError, match="American"):
        period.parse_date(f"{day:%m/%d/%Y}")


MONTH_FORMS = ["%B %Y", "%b %Y", "%b-%Y", "%b%Y", "%Y-%m", "%m/%Y", "%Y-%m-01", "01/%m/%Y"]


@pytest.mark.parametrize("form", MONTH_FORMS)
@given(day=DAYS)
def test_a_month_is_read_back_from_every_form(form, day):
    assert period.parse_month(f"{day:{form}}") == day.replace(day=1)


@given(st.integers(1950, 2098), st.integers(1, 4))
def test_a_quarter_is_read_back_from_every_form(first, quarter):
    label = period.ReportYear(first).label
    start = date(first + (quarter == 4), (quarter * 3) % 12 + 1, 1)
    end = start.replace(month=start.month + 2)
    forms = [
        f"{label} Q{quarter}",
        f"Q{quarter} {label}",
        f"{label.replace('-', '/')} q{quarter}",
        f"Quarter {quarter} {label}",
    ]
    forms += [f"{start:%b}-{end:%b %Y}", f"{start:%B} to {end:%B %Y}"]
    assert {period.parse_quarter(form) for form in forms} == {f"{label} Q{quarter}"}


@given(st.lists(st.from_regex(r"[A-Za-z]{1,8}( [A-Za-z]{1,8})?", fullmatch=True), min_size=1, max_size=5))
def test_a_code_is_found_under_any_case_and_spacing(codes):
    codes = list({cleaning.same_spelling(code): code for code in codes}.values())
    spellings = {cleaning.same_spelling(code): code for code in codes}
    sent = one(*(f" {code.upper()} " for code in codes))
    parsed = cleaning.match_codes(sent, spellings, codes)
    assert list(parsed.values) == codes and set(parsed.problems) == {""}


# ---- twice is once --------------------------------------------------------------------------------------------------

WRITTEN = {
    "count": str,
    "number": repr,
    "amount_gbp": repr,
    "share_pct": repr,
    "yes_no": str,
    "date": date.isoformat,
    "month": date.isoformat,
    "quarter": str,
    "text": str,
}


@pytest.mark.parametrize("kind", WRITTEN)
@given(text=ANY_TEXT)
@settings(max_examples=150, deadline=None)
def test_cleaning_twice_is_cleaning_once(kind, text):
    verb = VERBS[kind]
    try:
        value = verb(text)
    except ValueError:
        return
    assert verb(WRITTEN[kind](value)) == value


@given(st.text(max_size=30))
def test_comparing_and_tidying_twice_change_nothing_more(text):
    once = cleaning.same_spelling(text)
    assert cleaning.same_spelling(once) == once
    tidied = cleaning.tidy_text(one(text))
    assert cleaning.tidy_text(tidied).equals(tidied)


# ---- the same return in another order, encoding or format -----------------------------------------------------------

TEAMS = st.lists(
    st.from_regex(r"[A-Z][a-zéü]{2,8}", fullmatch=True).filter(lambda t: not re.match("total", t, re.I)),
    min_size=1, max_size=4, unique_by=cleaning.same_spelling,
)  # fmt: skip
HEADER = ["Month", "Team", "Number of contacts", "Share"]


@st.composite
def returns(draw):
    """A small return: rows of month, team, count and share, in any order of rows and columns."""
    months = draw(st.lists(st.sampled_from(YEAR.months), min_size=1, max_size=4, unique=True))
    keys = draw(st.permutations([(month, team) for month in months for team in draw(TEAMS)]))
    keys = list(dict.fromkeys(keys))
    rows = [
        [f"{month:%b-%y}", team, str(draw(st.integers(0, 5000))), f"{draw(st.integers(2, 100))}%"]
        for month, team in keys
    ]
    return rows, draw(st.permutations(range(4)))


def as_csv(table, delimiter=","):
    return "".join(delimiter.join(row) + "\r\n" for row in table)


def as_xlsx(table):
    book = openpyxl.Workbook()
    book.active.title = "Contacts"
    for row in table:
        book.active.append([int(cell) if cell.isdigit() else cell for cell in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def as_ods(table):
    builder = make()
    return builder.ods(
        builder.ods_rows([[int(cell) if cell.isdigit() else cell for cell in row] for row in table])
    )


WAYS = {
    "utf-8.csv": lambda table: as_csv(table).encode(),
    "utf-8-sig.csv": lambda table: as_csv(table).encode("utf-8-sig"),
    "utf-16.csv": lambda table: as_csv(table).encode("utf-16"),
    "cp1252.csv": lambda table: as_csv(table).encode("cp1252"),
    "semicolon.csv": lambda table: as_csv(table, ";").encode(),
    "tab.csv": lambda table: as_csv(table, "\t").encode(),
    "book.xlsx": as_xlsx,
    "book.ods": as_ods,
}


@pytest.fixture(scope="module")
def send(tmp_path_factory):
    """A way to send a file as the return of contacts and read it."""
    folder = tmp_path_factory.mktemp("returns")
    key, columns = SOURCES["contacts"]

    def read_sent(name: str, content: bytes) -> pd.DataFrame:
        maps = folder / "maps" / "contacts"
        maps.mkdir(parents=True, exist_ok=True)
        (maps / "source.toml").write_text(
            f'title = "C"\nmeaning = "C"\npath = "{name}"\n{key}', encoding="utf8"
        )
        (maps / "columns.csv").write_text(HEADINGS + columns, encoding="utf8")
        path: Path = folder / "raw" / YEAR.label / name
        shutil.rmtree(path.parent, ignore_errors=True)  # a return lies there in one form only
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        write_origin(path, publisher="Us", title="C", licence="none", provenance="illustrative")
        cleaned = read(parse_source(maps), YEAR, folder / "raw")
        assert not [finding for finding in cleaned.findings if finding.result == "failure"]
        return cleaned.table.drop(columns=["row_id", "provenance"]).sort_values(
            ["month", "team"], ignore_index=True
        )

    return read_sent


@given(returns())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_order_encoding_and_format_do_not_change_what_is_read(send, sent):
    rows, order = sent
    plain = send("plain.csv", as_csv([HEADER, *rows]).encode())
    assert sorted(plain["contacts"]) == sorted(int(row[2]) for row in rows)
    turned = [[row[place] for place in order] for row in [HEADER, *reversed(rows)]]
    for name, way in WAYS.items():
        pd.testing.assert_frame_equal(send(name, way(turned)), plain)


# ---- any bytes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["any.csv", "any.xlsx", "any.xls", "any.ods"])
@given(
    content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode), NEARLY.map(str.encode))
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_read_or_refused_with_advice(tmp_path_factory, name, content):
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content)
    try:
        grid = read_grid(path, "", name)
    except DataStop as stop:
        assert all(finding.file == name and finding.advice for finding in stop.findings)
    else:
        assert grid.index.is_monotonic_increasing and isinstance(grid.attrs["findings"], list)
