"""The reader, on good returns and on every way a return goes wrong."""

import zipfile
from concurrent.futures import Future
from io import BytesIO

import pandas as pd
import pytest
from conftest import ROOT
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat

from bscbdata.build.clean import _take_in
from bscbdata.build.clean_run import CleanRun
from bscbdata.findings import DataStop
from bscbdata.period import ReportYear
from bscbdata.provenance import write_origin
from bscbdata.sources import limits, load_codes, load_source, parse_source, source_names
from bscbdata.sources.reading import read
from bscbdata.sources.web_table import rows_of
from bscbdata.sources.xml_workbook import sheets_of

YEAR = ReportYear(2015)
MARK = "urn:schemas-microsoft-com:office:spreadsheet"
BROKEN = ROOT / "tests" / "data" / "broken"
COLUMNS = """column,kind,required,unit,low,high,meaning,2014-15,2015-16
month,month,yes,,year_start,year_end,Month of contact,Mth,Month
team,text,yes,,,,Team,-,Team
contacts,count,yes,contacts,,,Contacts received,Contacts,Number of contacts
share,share_pct,no,percent,,,Share,-,Share
"""
GOOD = 'Month,Team,Number of contacts,Share\nApr-15,East,"1,200",10%\nMay-15,East,15,\n'


@pytest.fixture
def returns(tmp_path):
    """A source of four columns, and a way to send it a file."""
    folder = tmp_path / "maps" / "contacts"
    folder.mkdir(parents=True)
    (folder / "columns.csv").write_text(COLUMNS, encoding="utf8")

    def send(content: str | bytes, name: str = "contacts.csv", extra: str = "") -> object:
        key = 'key = ["month", "team"]'
        text = f'title = "Contacts"\nmeaning = "One row a month."\npath = "{name}"\n{key}\n{extra}'
        (folder / "source.toml").write_text(text, encoding="utf8")
        path = tmp_path / "raw" / "2015-16" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        write_origin(path, publisher="Us", title="Contacts", licence="none", provenance="illustrative")
        return read(parse_source(folder), YEAR, tmp_path / "raw")

    return send


def test_a_good_return_is_typed_and_every_row_leads_back(returns):
    cleaned = returns(GOOD)
    assert list(cleaned.table["contacts"]) == [1200, 15]
    assert cleaned.table["share"].iloc[0] == 10 and pd.isna(cleaned.table["share"].iloc[1])
    assert list(cleaned.table["row_id"]) == ["2015-16/contacts.csv#2", "2015-16/contacts.csv#3"]
    assert set(cleaned.table["provenance"]) == {"illustrative"}
    assert cleaned.rejects.empty and not [f for f in cleaned.findings if f.result != "pass"]


def test_titles_notes_totals_and_blank_rows_are_set_aside_with_their_reason(returns):
    cleaned = returns(
        "Contacts to First Response\n\n" + GOOD + ',,,\nTotal,,"1,215",\n1. Excludes Saturdays,,,\n'
    )
    assert len(cleaned.table) == 2
    assert list(cleaned.rejects["reason"]) == ["set aside: totals row", "set aside: note"]
    assert any(f.check == "total" and f.result == "pass" for f in cleaned.findings)


@pytest.mark.parametrize(
    "label", ["Sub total", "Sub-total", "Overall total:", "Year totals", "TOTAL (all teams)"]
)
def test_totals_by_other_names_are_set_aside(returns, label):
    cleaned = returns(GOOD + f'{label},,"1,215",\n')
    assert len(cleaned.table) == 2 and list(cleaned.rejects["reason"]) == ["set aside: totals row"]


@pytest.mark.parametrize("at", [0, 2, 4])
def test_a_row_that_sums_all_others_is_pointed_out_whatever_it_is_called(returns, at):
    teams = [("East", 30), ("West", 12), ("North", 5), ("South", 0)]
    teams.insert(at, ("All teams", 47))
    rows = "".join(f"Apr-15,{team},{count},\n" for team, count in teams)
    [told] = [f for f in returns(GOOD.splitlines()[0] + "\n" + rows).findings if f.result == "warning"]
    assert (told.check, told.row, told.value) == ("total", at + 2, "Apr-15 | All teams")
    assert "counts twice" in told.message
    other = rows.replace(",47,", ",46,")
    assert not [f for f in returns(GOOD.splitlines()[0] + "\n" + other).findings if f.result == "warning"]


def test_a_blank_column_to_the_left_changes_nothing(returns):
    """Many begin a table in B2: what is a total, a note or a repeated header is told from the first column used."""
    sent = "Contacts\n\n" + GOOD + 'Total,,"1,215",\n' + GOOD.splitlines()[0] + "\n1. Excludes Saturdays,,,\n"
    plain = returns(sent)
    moved = returns("".join(f",{line}\n" for line in sent.splitlines()))
    assert len(moved.table) == 2 and moved.table.equals(plain.table)
    assert list(moved.rejects["reason"]) == list(plain.rejects["reason"])
    assert [f.check for f in moved.findings] == [f.check for f in plain.findings]
    beside = returns("".join(f",{line}\n" for line in GOOD.splitlines()) + "Made on 1 May,,,,\n")
    assert list(beside.rejects["reason"]) == ["set aside: note"]


@pytest.mark.parametrize(
    ("months", "missing"),
    [
        ("9 10 11 12 1 2 3", ""),
        ("9 10 12 1 3", "November 2015, February 2016"),
        ("9 10 11 12 1 2", "March 2016"),
    ],
)
def test_a_return_that_began_within_the_year_has_every_month_from_then_on(tmp_path, months, missing):
    folder = tmp_path / "maps" / "enquiries"
    folder.mkdir(parents=True)
    (folder / "columns.csv").write_text(
        "column,kind,required,unit,low,high,meaning,2015-16\n"
        "month,month,yes,,,,Month,Month\nenquiries,count,yes,enquiries,,,Enquiries,Enquiries\n"
    )
    (folder / "source.toml").write_text(
        'title = "Enquiries"\nmeaning = "One row a month."\npath = "enquiries.csv"\nunbroken = "month"\n'
    )
    sent = tmp_path / "raw" / "2015-16" / "enquiries.csv"
    sent.parent.mkdir(parents=True)
    rows = [f"01/{month}/{2015 if int(month) > 3 else 2016},{30 + int(month)}\n" for month in months.split()]
    sent.write_text("Month,Enquiries\n" + "".join(rows))
    write_origin(sent, publisher="Us", title="E", licence="none", provenance="illustrative")
    told = read(parse_source(folder), YEAR, tmp_path / "raw").findings
    (found,) = [f for f in told if f.check == "coverage"]
    assert found.message == (f"No rows for {missing}." if missing else "All 7 are there.")
    assert found.result == ("warning" if missing else "pass")


@pytest.mark.parametrize("margin", ["", ",", ",,"])
def test_a_totals_row_of_a_crosstab_never_counts_wherever_the_table_begins(tmp_path, margin):
    folder = tmp_path / "maps" / "episodes"
    folder.mkdir(parents=True)
    (folder / "columns.csv").write_text(
        "column,kind,required,unit,low,high,meaning,2015-16\ndistrict,text,yes,,,,District,District\n"
        "quarter,quarter,yes,,,,Quarter,*\nepisodes,count,yes,episodes,,,Episodes,*\n",
        encoding="utf8",
    )
    (folder / "source.toml").write_text(
        'title = "E"\nmeaning = "e"\npath = "e.csv"\nlayout = "crosstab"\n'
        '[crosstab]\nacross = "quarter"\nvalue = "episodes"\n',
        encoding="utf8",
    )
    path = tmp_path / "raw" / "2015-16" / "e.csv"
    path.parent.mkdir(parents=True)
    rows = ["District,2015-16 Q1,2015-16 Q2", "Wycombe,30,12", "Chiltern,1,2", "Total,31,14"]
    path.write_text("".join(f"{margin}{row}\n" for row in rows), encoding="utf8")
    write_origin(path, publisher="Us", title="E", licence="none", provenance="illustrative")
    assert read(parse_source(folder), YEAR, tmp_path / "raw").table["episodes"].sum() == 45


def test_a_total_that_does_not_add_up_is_pointed_out(returns):
    cleaned = returns(GOOD + "Total,,999,\n")
    [finding] = [f for f in cleaned.findings if f.result == "warning"]
    assert (finding.row, finding.column, finding.value, finding.expected) == (
        4,
        "Number of contacts",
        "999",
        "1,215",
    )


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        ("Apr-15,West,-3,", "Number of contacts", "negative"),
        ("Apr-15,West,3.5,", "Number of contacts", "whole"),
        ("Apr-15,West,many,", "Number of contacts", "not a number"),
        ("Apr-15,West,,", "Number of contacts", "empty"),
        ("Apr-15,West,3,140%", "Share", "between 0 and 100"),
        ("Apr-14,West,3,", "Month", "below its limit, 01/04/2015"),
        ("Apr-16,West,3,", "Month", "above its limit, 31/03/2016"),
        ("soon,West,3,", "Month", "not a month"),
    ],
)
def test_a_bad_cell_is_a_failure_with_its_place_and_the_row_is_rejected(returns, row, column, said):
    cleaned = returns(GOOD + row + "\n")
    [finding] = [f for f in cleaned.findings if f.result == "failure"]
    assert (finding.file, finding.row, finding.column) == ("2015-16/contacts.csv", 4, column)
    assert said in finding.message and finding.expected and finding.advice
    assert finding.value or "empty" in said
    assert len(cleaned.table) == 2 and list(cleaned.rejects["row_id"]) == ["2015-16/contacts.csv#4"]


def test_a_category_of_which_a_return_has_no_row_is_told_and_a_row_of_nought_is_one(tmp_path):
    source = load_source("placements").in_year(YEAR)
    path = source.file(tmp_path, YEAR).with_suffix(".csv")
    path.parent.mkdir(parents=True)
    every = load_codes("placement")[1]
    for counts, told in (([5, 6, 0], every[3:]), ([5] * len(every), [])):
        rows = "".join(f"{code},{count}\n" for code, count in zip(every, counts, strict=False))
        path.write_text(f"Placement,Children\n{rows}", encoding="utf8")
        write_origin(path, publisher="Us", title="T", licence="none", provenance="illustrative")
        found = [one for one in read(source, YEAR, tmp_path).findings if one.check == "row_count"]
        assert [(one.column, one.message) for one in found] == [
            ("Placement", f"There is no row of {', '.join(map(repr, told))}.")
        ] * bool(told)


@pytest.mark.parametrize(
    ("row", "rejected"),
    [
        ("Apr-15,East,£55,10%", "'£55' is an amount of money and no count: it may stand in the wrong column"),
        ("Apr-15,East,55,£10", "'£10' is an amount of money and no share: it may stand in the wrong column"),
    ],
)
def test_money_is_no_count_and_no_share(returns, row, rejected):
    cleaned = returns(f"Month,Team,Number of contacts,Share\n{row}\n")
    assert list(cleaned.rejects["reason"]) == [rejected]


@pytest.mark.parametrize(
    ("unit", "used"), [("children", False), ("Pounds", True), ("£", True), ("GBP", True)]
)
def test_money_stands_beside_a_unit_of_money(tmp_path, unit, used):
    source = load_source("police_activity")
    path = source.file(tmp_path, YEAR)
    path.parent.mkdir(parents=True)
    path.write_text(
        f"Activity,Measure,Period,Number,Unit,As printed\nGrants,Given,2015-16,£55,{unit},\n", encoding="utf8"
    )
    write_origin(path, publisher="Us", title="T", licence="none", provenance="illustrative")
    cleaned = read(source, YEAR, tmp_path)
    assert list(cleaned.table["number"]) == [55] * used
    assert list(cleaned.rejects["reason"]) == ["number is an amount of money, and its unit is none"] * (
        not used
    )


def test_a_duplicate_row_names_the_row_it_repeats(returns):
    cleaned = returns(GOOD + "May-15,East,15,\n")
    [finding] = [f for f in cleaned.findings if f.result == "failure"]
    assert finding.check == "duplicate" and finding.row == 4 and "row 3" in finding.message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (GOOD.replace("Number of contacts", "Contacts"), "missing: Number of contacts"),
        (GOOD.replace("Share", "Share,Extra", 1), "Unknown columns: Extra"),
        (GOOD.replace("Share", "Team", 1), "missing: Share"),
    ],
)
def test_wrong_columns_stop_with_what_was_found_what_was_expected_and_the_map(returns, content, said):
    with pytest.raises(DataStop) as stop:
        returns(content)
    [finding] = stop.value.findings
    assert said in finding.message and "contacts/columns.csv" in finding.advice and finding.expected


def test_a_doubled_column_stops(returns):
    with pytest.raises(DataStop, match="The same header stands twice: Team"):
        returns(GOOD.replace("Share", "Share,Team", 1))


HEADERS = "Month,Team,Number of contacts,Share\n"


@pytest.mark.parametrize(
    ("content", "result"), [(HEADERS, "warning"), (HEADERS + "never,West,many,much\n", "failure")]
)
def test_a_table_without_a_usable_row_is_a_failure_and_one_of_headers_alone_is_not_here_yet(
    returns, content, result
):
    cleaned = returns(content)
    assert [f.result for f in cleaned.findings if f.check == "empty"] == [result]
    assert cleaned.rows_in == (result == "failure")


def test_a_missing_file_stops_with_its_name(returns, tmp_path):
    returns(GOOD)
    (tmp_path / "raw" / "2015-16" / "contacts.csv").unlink()
    with pytest.raises(DataStop, match=r"2015-16/contacts\.csv: The file is missing"):
        read(parse_source(tmp_path / "maps" / "contacts"), YEAR, tmp_path / "raw")


def test_an_unreadable_workbook_stops_and_says_what_to_do(returns):
    with pytest.raises(DataStop, match="cannot be read.*save it again"):
        returns(b"this is not a workbook", "contacts.xlsx")


def test_a_missing_sheet_names_the_sheets_there_are(returns, tmp_path):
    book = tmp_path / "book.xlsx"
    pd.DataFrame({"Month": ["Apr-15"]}).to_excel(book, sheet_name="Data", index=False)
    with pytest.raises(DataStop, match="The sheet is missing. Found 'Data'"):
        returns(book.read_bytes(), "contacts.xlsx", 'sheet = "Contacts"\n')


def test_last_years_headers_are_read_by_last_years_map(returns, tmp_path):
    returns(GOOD)
    source = parse_source(tmp_path / "maps" / "contacts")
    path = tmp_path / "raw" / "2014-15" / "contacts.csv"
    path.parent.mkdir()
    path.write_text("Mth,Contacts\nApr-14,7\n", encoding="utf8")
    write_origin(path, publisher="Us", title="Contacts", licence="none", provenance="illustrative")
    cleaned = read(source, ReportYear(2014), tmp_path / "raw")
    assert list(cleaned.table["contacts"]) == [7] and cleaned.table["team"].isna().all()


def test_windows_encoding_is_read(returns):
    cleaned = returns(GOOD.replace("East", "Équipe – Est").encode("cp1252"))
    assert cleaned.table["team"].iloc[0] == "Équipe – Est"


def cleaned_by(folder, columns, settings, text):
    """What a source of its own, with these columns and settings, makes of a file of 2015-16."""
    maps, path = folder / "maps" / "own", folder / "raw" / "2015-16" / "own.csv"
    maps.mkdir(parents=True)
    path.parent.mkdir(parents=True)
    heads = "column,kind,required,unit,low,high,meaning,2015-16\n"
    (maps / "columns.csv").write_text(heads + columns, encoding="utf8")
    about = 'title = "Own"\nmeaning = "own"\npath = "own.csv"\n'
    (maps / "source.toml").write_text(about + settings, encoding="utf8")
    path.write_text(text, encoding="utf8")
    write_origin(path, publisher="Us", title="Own", licence="none", provenance="illustrative")
    return read(parse_source(maps), YEAR, folder / "raw")


EPISODES = "district,text,yes,,,,District,District\nquarter,quarter,yes,,,,Quarter,*\nepisodes,{kind},yes,,,,Episodes,*\n"
CROSSTAB = 'layout = "crosstab"\nheader_rows = {heads}\nkey = ["district", "quarter"]\n[crosstab]\nacross = "quarter"\nvalue = "episodes"\n'


def test_a_crosstab_with_two_header_rows_becomes_one_row_a_cell(tmp_path):
    text = "Missing episodes,,,\n,2014-15,,2015-16\nDistrict,Q3,Q4,Q1\nWycombe,30,12,41\nTotal,30,12,41\n"
    table = cleaned_by(tmp_path, EPISODES.format(kind="count"), CROSSTAB.format(heads=2), text).table
    assert list(zip(table["quarter"], table["episodes"], strict=True)) == [
        ("2014-15 Q3", 30),
        ("2014-15 Q4", 12),
        ("2015-16 Q1", 41),
    ]


def test_no_return_takes_a_month_or_quarter_of_any_year():
    columns = [(name, column) for name in source_names() for column in load_source(name).columns]
    periods = [(name, column) for name, column in columns if column.kind in ("month", "quarter")]
    assert len(periods) > 5
    assert [name for name, column in periods if not (column.low and column.high)] == []


@pytest.mark.parametrize(("year", "other"), [("14", "2014-15"), ("16", "2016-17")])
def test_a_return_of_another_year_is_told_as_one_and_not_row_by_row(returns, year, other):
    rows = [f"{month}-{year},East,12," for month in ("May", "Jun", "Jul")]
    cleaned = returns("\n".join([GOOD.splitlines()[0], *rows]))
    first = cleaned.findings[0]
    assert (first.check, first.result) == ("year", "failure")
    assert f"3 rows lie outside 2015-16, and 0 in it: it may be the return of {other}" in first.message
    assert not [finding for finding in cleaned.findings if "its limit" in finding.message]
    assert cleaned.rejects["reason"].str.contains("its limit").all() and len(cleaned.rejects) == 3
    few = returns(GOOD + rows[0] + "\n")
    assert not [finding for finding in few.findings if finding.check == "year"]


def test_a_header_of_which_nothing_is_known_is_shown_with_what_it_may_be(returns):
    with pytest.raises(DataStop) as stop:
        returns("From the dashboard,,\nRow Labels,Teams,Sum of Contacts\nApr-15,East,12\n")
    told = str(stop.value)
    assert "Found 'Row Labels, Teams, Sum of Contacts'" in told and "row 2" in told
    assert "'Teams' may be 'Team'" in told and "what a pivot table calls it" in told


def test_a_column_that_is_half_filled_is_counted_against_the_one_it_goes_with(returns):
    [told] = [
        f for f in returns(GOOD, extra='filled_with = [["share", "contacts"]]').findings if f.check == "empty"
    ]
    assert told.message == "Share is empty in 1 of the 2 rows in which Number of contacts is filled."
    assert not [f for f in returns(GOOD).findings if f.check == "empty"]


CASES = """case,reference,yes,,,,Case,Case
child,reference,yes,,,,Child,Child
started,date,yes,,,year_end,Start,Start
"""
OF_CASES = 'layout = "rows"\nkey = ["case"]\n'


@pytest.mark.parametrize(
    ("rows", "child", "told"),
    [
        (["A1,7,01/05/2015", "A2,8,01/05/2015"], True, ""),
        (["A1,7,01/05/2015", "A2,8,01/05/2015", "B1,7,01/05/2015"], True, "1 of 3 rows say in all but Case"),
        (["A1,1.18E+05,01/05/2015"], True, "Child was shortened by Excel (1.23457E+11) in 1 row"),
        ([f"A{n},,0{n % 2 + 1}/05/2015" for n in range(20)], False, "18 of 20 rows say in all but Case"),
        ([f"A{n},,{n // 2 + 1}/05/2015" for n in range(19)], False, ""),
    ],
)
def test_a_case_that_is_there_again_under_another_reference_and_a_cut_reference_are_told(
    tmp_path, rows, child, told
):
    columns = CASES if child else CASES.replace("child,reference,yes", "child,text,no")
    findings = cleaned_by(tmp_path, columns, OF_CASES, "\n".join(["Case,Child,Start", *rows])).findings
    found = [one.message for one in findings if one.check in ("repeated", "value")]
    assert len(found) == bool(told) and all(told in one for one in found)


OUTCOMES = """column,kind,required,unit,low,high,meaning,2015-16
month,month,yes,,year_start,year_end,Month,Month
outcome,category:section_47_outcome,yes,,,,Outcome,*
enquiries,count,yes,enquiries,,,Enquiries,*
"""
BY_OUTCOME = 'title = "E"\nmeaning = "e"\npath = "e.csv"\nlayout = "crosstab"\nkey = ["month", "outcome"]\n[crosstab]\nacross = "outcome"\nvalue = "enquiries"\n'
KNOWN_NAMES = "Initial child protection conference,No further action,Total"
MONTHLY = "Apr-15,58,30,88\nMay-15,55,31,86\n"


@pytest.fixture
def by_outcome(tmp_path):
    """A cross-tab of months and outcomes, and a way to send it a file."""
    folder = tmp_path / "maps" / "e"
    folder.mkdir(parents=True)
    (folder / "columns.csv").write_text(OUTCOMES, encoding="utf8")
    (folder / "source.toml").write_text(BY_OUTCOME, encoding="utf8")

    def send(text):
        path = tmp_path / "raw" / "2015-16" / "e.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf8")
        write_origin(path, publisher="Us", title="E", licence="none", provenance="illustrative")
        return read(parse_source(folder), YEAR, tmp_path / "raw")

    return send


def test_years_below_the_quarters_of_a_crosstab_say_which_is_which(tmp_path):
    text = "District,Q3,Q4,Q3\n,2014-15,2014-15,2015-16\nWycombe,30,12,41\n"
    table = cleaned_by(tmp_path, EPISODES.format(kind="count"), CROSSTAB.format(heads=1), text).table
    assert list(table["quarter"]) == ["2014-15 Q3", "2014-15 Q4", "2015-16 Q3"]


@pytest.mark.parametrize("head", ["Month,Outcome,,", "Title,,,\nMonth,2015/16,,", "Month,Held,Not held,"])
def test_names_of_a_crosstab_a_row_below_its_labels_are_read(by_outcome, head):
    plain = by_outcome(f"Month,{KNOWN_NAMES}\n{MONTHLY}")
    lower = by_outcome(f"{head}\n,{KNOWN_NAMES}\n{MONTHLY}")
    own = [read.table.drop(columns="row_id") for read in (lower, plain)]
    pd.testing.assert_frame_equal(*own)
    told = [{one.message for one in read.findings if one.result != "pass"} for read in (lower, plain)]
    assert told[0] == told[1]


def test_a_head_of_another_year_above_the_names_is_told(by_outcome):
    told = by_outcome(f"Month,2014/15,,\n,{KNOWN_NAMES}\n{MONTHLY}").findings
    assert any(
        "another year than 2015-16" in finding.message and finding.value == "2014/15" for finding in told
    )


def test_a_breakdown_below_the_names_of_a_crosstab_is_refused_with_what_to_ask_for(by_outcome):
    text = "Month,No further action,,\n,Boys,Girls,Unknown\nApr-15,1,2,0\n"
    with pytest.raises(
        DataStop, match="row 2: .*'No further action' above 'Boys', 'Girls' and 'Unknown': .*by sex"
    ):
        by_outcome(text)


def test_a_remark_below_the_header_of_a_crosstab_is_no_name(by_outcome):
    with pytest.raises(DataStop, match="Column 5 has no header but holds data. Found 'provisional'"):
        by_outcome(f"Month,{KNOWN_NAMES},\n,,,,provisional\n{MONTHLY}")


def test_a_first_row_of_numbers_is_no_second_row_of_the_header(by_outcome):
    with pytest.raises(DataStop, match="Column 5 has no header but holds data. Found '7'"):
        by_outcome(f"Month,{KNOWN_NAMES},\n,58,30,88,7\n{MONTHLY}")


def test_a_table_on_its_side_is_told_as_one(by_outcome):
    text = "Outcome,Apr-15,May-15,Jun-15\nInitial child protection conference,58,55,60\nNo further action,30,31,2\n"
    with pytest.raises(DataStop, match="'Apr-15', 'May-15' and 'Jun-15' stand across a row.*Transpose"):
        by_outcome(text)


def test_a_cell_of_a_crosstab_that_is_no_number_is_told_under_the_header_that_it_stands_under(tmp_path):
    text = "District,2015-16 Q1,2015-16 Q2\nWycombe,30,tbc\n"
    found = cleaned_by(tmp_path, EPISODES.format(kind="count"), CROSSTAB.format(heads=1), text).findings
    [told] = [finding for finding in found if finding.result == "failure"]
    assert (told.row, told.column, told.value) == (2, "2015-16 Q2", "tbc")


def test_a_row_of_a_crosstab_whose_total_is_not_its_sum_is_told_and_a_withheld_cell_forbids_no_total(
    tmp_path,
):
    text = "District,2015-16 Q1,2015-16 Q2,Total\nWycombe,30,12,42\nAylesbury,1,2,4\nChiltern,x,12,15\n"
    findings = cleaned_by(tmp_path, EPISODES.format(kind="value"), CROSSTAB.format(heads=1), text).findings
    [told] = [finding for finding in findings if finding.check == "total" and finding.result != "pass"]
    assert (told.row, told.column, told.value, told.expected) == (3, "Total", "4", "3")


def test_what_counts_from_the_start_of_the_year_on_never_counts_as_a_quarter_or_a_district(tmp_path):
    """Its numbers are what was sent, and not the sum of the others: nothing but its name tells what it is."""
    text = "District,2015-16 Q1,2015-16 Q2,Year to date,Total\nWycombe,30,12,50,42\nAylesbury,1,2,9,3\nYTD,90,90,90,90\n"
    cleaned = cleaned_by(tmp_path, EPISODES.format(kind="count"), CROSSTAB.format(heads=1), text)
    assert list(cleaned.table["episodes"]) == [30, 1, 12, 2]
    assert list(cleaned.rejects["content"]) == ["YTD | 90 | 90 | 90 | 90"]
    told = {finding.row: finding.message for finding in cleaned.findings if finding.result == "warning"}
    assert set(told) == {4, None} and "nothing counts twice: 4." in told[4]
    assert told[None].endswith("were left out: Year to date.")


def test_a_column_to_date_below_a_merged_year_is_left_out(tmp_path):
    text = "Missing episodes,,,\n,2014-15,,2015-16\nDistrict,Q4,YTD,Q1\nWycombe,30,12,41\n"
    cleaned = cleaned_by(tmp_path, EPISODES.format(kind="count"), CROSSTAB.format(heads=2), text)
    assert list(cleaned.table["quarter"]) == ["2014-15 Q4", "2015-16 Q1"]
    assert any("left out: 2014-15 YTD." in finding.message for finding in cleaned.findings)


def test_what_local_numbers_are_compared_with_is_set_aside_and_told(tmp_path):
    text = (
        "District,2015-16 Q1,2015-16 Q2,England average\nWycombe,30,12,9\nEngland,900,800,9\nEngland average 2014/15,40,41,9\n"
        "Statistical neighbours,35,36,9\nSouth East (average),33,34,9\nNHS England team,3,4,9\nAylesbury,1,2,9\nTotal,34,18,27\n"
    )
    cleaned = cleaned_by(tmp_path, EPISODES.format(kind="count"), CROSSTAB.format(heads=1), text)
    assert list(cleaned.table["episodes"]) == [30, 3, 1, 12, 4, 2]
    assert list(cleaned.rejects["reason"][:4]) == ["set aside: comparator row"] * 4
    told = [finding.message for finding in cleaned.findings if finding.result == "warning"]
    assert any(said.endswith("were set aside: 3, 4, 5, 6.") for said in told)
    assert any(said.endswith("were left out: England average.") for said in told)
    agrees = [
        finding.message
        for finding in cleaned.findings
        if finding.check == "total" and finding.result == "pass"
    ]
    assert len(agrees) == 2


def test_averages_targets_and_other_years_are_no_local_numbers(tmp_path):
    rows = "Average,6\nMonthly average,3\nTarget,20\n% change,3\nVariance,-2\nLast year,14\n2014/15,14\n"
    text = "District,2015-16 Q1\nWycombe,5\nAverage Lane,7\n" + rows
    cleaned = cleaned_by(tmp_path, EPISODES.format(kind="count"), CROSSTAB.format(heads=1), text)
    assert list(cleaned.table["episodes"]) == [5, 7]
    assert list(cleaned.rejects["reason"]) == ["set aside: comparator row"] * 7


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("East,1\nEAST,2\nWest,3\n", "'East', 'EAST'"),
        ("East,1\nEast -,2\n", "'East', 'East -'"),
        ("0-4,1\n2016-09-05 00:00:00,2\n", "'2016-09-05 00:00:00'"),
        ("0-4,1\nof which: girls,6\nAll other ages,3\n", "'of which: girls'"),
        ("East,1\nWest,2\nSouth,1\nTowns total,3\n", "'Towns total'"),
        ("East,1\nas above,6\n", "'as above'"),
        ("East,1\n“,6\n", "'“'"),
        ("East,1\nWest,2\nAll,9\nAll Saints,4\n", "'All'"),
        ("East,5\nWest,12\nBucks total,19\n", "'Bucks total'"),
        ("East,1\nCorporate,2\nRate per 10,7\n% of children,12\n", "'Rate per 10', '% of children'"),
    ],
)
def test_labels_that_are_odd_are_told(rows, told, tmp_path):
    text = f"District,2015-16 Q1\n{rows}"
    cleaned = cleaned_by(tmp_path, EPISODES.format(kind="count"), CROSSTAB.format(heads=1), text)
    assert len(cleaned.table) == rows.count("\n")
    [finding] = [finding for finding in cleaned.findings if finding.check == "label"]
    assert finding.result == "warning" and finding.message.endswith(f": {told}.")


@pytest.mark.parametrize(
    ("counts", "told"),
    [((123, 45, 67, 89), 1), ((2, 1, 0, 3), 0), ((123,), 0)],
    ids=["no chance", "small ones", "one team"],
)
def test_a_month_that_says_the_numbers_of_another_is_told(returns, counts, told):
    months = {"Apr-15": counts, "May-15": counts, "Jun-15": [n + 1 for n in counts]}
    rows = [
        [month, f"Team {at}", n, None] for month, several in months.items() for at, n in enumerate(several)
    ]
    said = warnings_of(returns(workbook(*rows), "contacts.xlsx"))
    assert len(said) == told and all(
        "Every number of April 2015 and May 2015 is the same" in one for one in said
    )


def test_months_that_all_say_the_same_are_told_once(returns):
    """A template whose first month was pulled down to its last is one thing to ask, and not one for each two of its months."""
    months = ["Apr-15", "May-15", "Jun-15", "Jul-15"]
    rows = [[month, f"Team {at}", n, None] for month in months for at, n in enumerate((123, 45, 67, 89))]
    [said] = warnings_of(returns(workbook(*rows), "contacts.xlsx"))
    assert "Every number of April 2015, May 2015, June 2015 and July 2015 is the same" in said


def test_all_is_told_only_where_others_stand_beside_it(returns):
    header = GOOD.splitlines()[0]
    alone = returns(f"{header}\nApr-15,All,10,\nMay-15,East,3,\nMay-15,West,4,\n")
    beside = returns(f"{header}\nApr-15,East,3,\nApr-15,West,4,\nApr-15,All,10,\n")
    assert [[f.value for f in sent.findings if f.check == "label"] for sent in (alone, beside)] == [
        [],
        ["All"],
    ]


@pytest.mark.parametrize(("quarters", "told"), [(1, 0), (2, 1)])
def test_a_sum_of_two_rows_is_told_where_several_columns_agree(tmp_path, quarters, told):
    """In one column alone it may well be chance."""
    lines = ["District,2015-16 Q1,2015-16 Q2", "Wycombe,3,5", "Chiltern,4,2", "Bucks,7,7"]
    text = "".join(",".join(line.split(",")[: quarters + 1]) + "\n" for line in lines)
    cleaned = cleaned_by(tmp_path, EPISODES.format(kind="count"), CROSSTAB.format(heads=1), text)
    found = [finding for finding in cleaned.findings if "counts twice" in finding.message]
    assert [finding.row for finding in found] == [4] * told and len(cleaned.table) == 3 * quarters


def test_a_share_without_its_sign_beside_others_with_one_is_told(tmp_path):
    columns = "team,text,yes,,,,Team,Team\nshare,share_pct,no,percent,,,Share,Share\n"
    for number, (cells, rows) in enumerate(
        {
            ("85%", "0.8", "1", "70"): "3, 4",
            ("85%", "0.8%", "70"): None,
            ("85", "0.8"): None,
            ("85", "0.82", "78"): "3",
            ("45", "0.5", "12"): None,  # fifty would be more than any other
            ("45", "0.3", "2"): None,  # two is small as well
        }.items()
    ):
        text = "Team,Share\n" + "".join(f"T{place},{cell}\n" for place, cell in enumerate(cells))
        found = cleaned_by(tmp_path / str(number), columns, 'key = ["team"]\n', text).findings
        told = [finding.message for finding in found if finding.check == "shares"]
        assert [said.endswith(f"less: {rows}.") for said in told] == ([True] if rows else [])


def test_a_number_in_a_coloured_cell_is_told_and_heads_bands_and_shaded_columns_are_not(returns):
    red, grey, white = (
        PatternFill("solid", fgColor=colour) for colour in ("FFFF0000", "FFDDDDDD", "FFFFFFFF")
    )
    rows = [
        ("Apr-15", "East", 12, "50%"),
        ("Apr-15", "West", 3, "50%"),
        ("May-15", "East", 4, "50%"),
        ("May-15", "West", 5, "50%"),
    ]
    told, book = [], Workbook()
    page = book.active
    page.title = "Contacts"
    for row in (GOOD.splitlines()[0].split(","), *rows):
        page.append(row)
    for fill, cells in ((grey, "A1:D1"), (grey, "A2:A5"), (grey, "A3:D3"), (white, "C5:C5"), (red, "C4:C4")):
        for row in page[cells]:
            for cell in row:
                cell.fill = fill
        book.save(content := BytesIO())
        found = returns(content.getvalue(), "coloured.xlsx").findings
        told.append(
            [(finding.row, finding.message) for finding in found if "coloured cells" in finding.message]
        )
    assert told[:4] == [[]] * 4
    assert told[4] == [(4, "Single numbers stand in coloured cells: C4. Colours are not read.")]


def test_a_number_merged_over_cells_is_told_and_a_title_or_label_is_not(returns):
    book = Workbook()
    page = book.active
    page.title = "Contacts"
    for row in (
        ["Contacts 2015/16"],
        ["Month", "Team", "Number of contacts", "Share"],
        ["Apr-15", "East", 12, "50%"],
        ["Apr-15", "West", 3, None],
    ):
        page.append(row)
    for cells in ("A1:D1", "A3:A4", "D3:D4"):
        page.merge_cells(cells)
    content = BytesIO()
    book.save(content)
    told = [
        f
        for f in returns(content.getvalue(), "merged.xlsx").findings
        if f.check == "merged" and f.result == "warning"
    ]
    assert [finding.row for finding in told] == [3] and "cells: D3:D4." in told[0].message


def test_a_row_called_like_a_region_alone_is_read_and_told_but_not_the_parts_of_a_county(tmp_path):
    columns, settings = EPISODES.format(kind="count"), CROSSTAB.format(heads=1)
    text = "District,2015-16 Q1\nWycombe,3\nSouth East,7\n"
    one = cleaned_by(tmp_path / "one", columns, settings, text)
    several = cleaned_by(tmp_path / "several", columns, settings, text + "North West,5\n")
    ours = cleaned_by(tmp_path / "ours", columns, settings, text.replace("South East", "Buckinghamshire"))
    assert [f.value for f in ours.findings if "like an authority" in f.message] == ["Buckinghamshire"]
    assert list(one.table["episodes"]) == [3, 7] and list(several.table["episodes"]) == [3, 7, 5]
    asked = [
        [f for f in each.findings if "like an authority, a region" in f.message] for each in (one, several)
    ]
    assert [(f.row, f.value) for f in asked[0]] == [(3, "South East")] and not asked[1]


def test_a_second_table_below_a_list_of_any_words_is_told_by_its_title_and_by_the_total_above_it(tmp_path):
    columns, settings = EPISODES.format(kind="count"), CROSSTAB.format(heads=1)
    text = "District,2015-16 Q1\nWycombe,3\nChiltern,4\n{}\nSpending,\nRooms,5\nFood,6\n"
    read = cleaned_by(tmp_path, columns, settings, text.format("Total of districts,7"))
    told = [f"{f.row} {f.message}" for f in read.findings if f.check == "label"]
    assert len(told) == 2 and "'Total of districts'" in told[0] and "5 ('Spending')" in told[1]


@pytest.mark.parametrize("statistic", ["Min", "Maximum", "Mean", "Std dev", "Standard deviation"])
def test_a_row_of_a_statistic_is_set_aside_and_told(tmp_path, statistic):
    text = f"District,2015-16 Q1\nWycombe,3\nChiltern,8\n{statistic},3\n"
    read = cleaned_by(tmp_path, EPISODES.format(kind="count"), CROSSTAB.format(heads=1), text)
    assert list(read.table["episodes"]) == [3, 8] and any(f.row == 4 for f in read.findings)


def test_a_list_of_names_without_a_number_is_not_asked_what_sums(tmp_path):
    columns = "surname,text,yes,,,,Surname,Surname\n"
    read = cleaned_by(tmp_path, columns, 'key = ["surname"]\n', "Surname\nEvans\nSutton\nCount\nAli\n")
    assert len(read.table) == 4 and not [f for f in read.findings if f.check == "label"]


def test_a_dash_as_a_label_makes_no_subtotals_of_the_other_rows(tmp_path):
    text = "District,2015-16 Q1\nWycombe,30\n-,4\nAylesbury,1\n"
    cleaned = cleaned_by(tmp_path, EPISODES.format(kind="count"), CROSSTAB.format(heads=1), text)
    assert list(cleaned.table["episodes"]) == [30, 4, 1] and cleaned.rejects.empty


def test_a_date_before_the_one_it_must_follow_is_a_failure(tmp_path):
    columns = "started,date,yes,,,,Started,Started\nauthorised,date,no,,,,Authorised,Authorised\n"
    text = "Started,Authorised\n01/05/2015,30/04/2015\n01/05/2015,01/05/2015\n01/05/2015,\n"
    cleaned = cleaned_by(tmp_path, columns, 'order = [["started", "authorised"]]\n', text)
    [finding] = [f for f in cleaned.findings if f.result == "failure"]
    assert (finding.row, finding.column) == (2, "Authorised") and "before started" in finding.message
    assert len(cleaned.table) == 2


def test_a_row_whose_other_cells_are_missing_is_a_failure_and_not_a_note(returns):
    cleaned = returns(GOOD + "Jun-15,,,\nContacts are counted by child.,,,\n")
    assert {f.row for f in cleaned.findings if f.result == "failure"} == {4}
    assert "set aside: note" in list(cleaned.rejects["reason"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (GOOD + '"May-15,West,3,\nJun-15,West,4,\n', "cannot be read"),
        (GOOD.replace("Share\n", "Share,\n").replace("15,\n", "15,,7\n"), "has no header but holds data"),
    ],
)
def test_nothing_of_a_file_is_lost_in_silence(returns, content, said):
    with pytest.raises(DataStop, match=said):
        returns(content)


def test_a_row_that_only_begins_like_a_total_is_data(returns):
    cleaned = returns(
        "Team,Month,Number of contacts,Share\nTotal Care,Apr-15,3,\nEast,Apr-15,4,\nTotal,,7,\n"
    )
    assert list(cleaned.table["team"]) == ["Total Care", "East"]
    assert any(f.check == "total" and f.result == "pass" for f in cleaned.findings)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_files_saved_with_another_delimiter_are_read(returns, delimiter):
    text = GOOD.replace('"1,200"', "1 200").replace(",", delimiter)
    assert list(returns(text).table["contacts"]) == [1200, 15]


def test_two_bad_rows_with_the_same_key_are_two_findings_and_no_traceback(returns):
    cleaned = returns(GOOD + "soon,West,3,\nsoon,West,3,\n")
    assert [f.row for f in cleaned.findings if f.result == "failure"] == [4, 5]


def test_totals_of_a_crosstab_are_checked(tmp_path):
    folder = tmp_path / "maps" / "episodes"
    folder.mkdir(parents=True)
    (folder / "columns.csv").write_text(
        "column,kind,required,unit,low,high,meaning,2015-16\ndistrict,text,yes,,,,District,District\n"
        "quarter,quarter,yes,,year_first_quarter,year_last_quarter,Quarter,*\nepisodes,count,yes,episodes,,,Episodes,*\n",
        encoding="utf8",
    )
    (folder / "source.toml").write_text(
        'title = "E"\nmeaning = "e"\npath = "e.csv"\nlayout = "crosstab"\n[crosstab]\nacross = "quarter"\nvalue = "episodes"\n',
        encoding="utf8",
    )
    path = tmp_path / "raw" / "2015-16" / "e.csv"
    path.parent.mkdir(parents=True)
    path.write_text(
        "District,2015-16 Q1,2005-06 Q2\nWycombe,30,12\nChiltern,3,4\nTotal,33,17\n", encoding="utf8"
    )
    write_origin(path, publisher="Us", title="E", licence="none", provenance="illustrative")
    findings = read(parse_source(folder), YEAR, tmp_path / "raw").findings
    assert [(f.result, f.column) for f in findings if f.check == "total"] == [
        ("pass", "2015-16 Q1"),
        ("warning", "2005-06 Q2"),
    ]
    assert {f.value for f in findings if f.result == "failure"} == {"2005-06 Q2"}


def test_a_month_that_is_not_there_is_pointed_out(returns):
    cleaned = returns(GOOD, extra='complete = "month"\n')
    [finding] = [f for f in cleaned.findings if f.check == "coverage"]
    assert (
        finding.result == "warning" and "June 2015" in finding.message and "May 2015" not in finding.message
    )


def test_shares_that_look_like_fractions_are_pointed_out(returns):
    cleaned = returns(GOOD.replace("10%", "0.1"))
    assert [f.check for f in cleaned.findings if f.result == "warning"] == ["shares"]
    assert not [f for f in returns(GOOD).findings if f.result == "warning"]


# ---- what systems save and no one typed -----------------------------------------------------------------------------

SAVED = {
    "web_table.xls": [("2015-04", "East & West", 12), ("2015-04", "North", 15)],
    **dict.fromkeys(
        ("xml_2003.xls", "xml_2003_wide.xls"),
        [("2015-04", "East & West", 12), ("2015-04", "North", 15), ("2015-05", "South", 16)],
    ),
    "merged_down.xlsx": [("2015-04", "East", 12), ("2015-04", "West", 15)],
    "raised_figure.xlsx": [("2015-04", "East", 12), ("2015-05", "West", 15), ("2015-06", "East", 13)],
    "raised_in_place.xlsx": [("2015-04", "East", 12), ("2015-05", "West", 15)],
    "text_in_columns.xls": [("2015-04", "East", 12), ("2015-05", "West", 15)],
    "encoding_utf32.csv": [("2015-04", "Café", 12), ("2015-05", "West", 15)],
    "encoding_utf16_tabs.csv": [("2015-04", "East", 12), ("2015-05", "West", 15)],
    "delimiter_caret.csv": [("2015-04", "East", 12), ("2015-05", "West", 15)],
    "delimiter_tilde.csv": [("2015-04", "East", 12), ("2015-05", "West", 15)],
    "signs_unseen.csv": [("2015-04", "East", 12)],
    "text_as_formula.csv": [("2015-04", "East", 12)],
    "total_as_label.csv": [("2015-04", "East", 12), ("2015-04", "West", 3)],
    "subtotals.csv": [("2015-04", "East", 12), ("2015-04", "West", 2), ("2015-05", "East", 9)],
    "month_in_other_forms.csv": [
        (month, "East", 1) for month in ("2015-04", "2015-05", "2015-06", "2015-07", "2016-01", "2015-09")
    ],
}


@pytest.mark.parametrize("name", SAVED)
def test_what_a_system_saves_is_read_as_it_is_meant(name, returns):
    table = returns((BROKEN / name).read_bytes(), name).table
    rows = zip(table["month"].dt.strftime("%Y-%m"), table["team"], table["contacts"], strict=True)
    assert list(rows) == SAVED[name]


def test_an_old_workbook_tells_per_cents_and_raised_figures(returns):
    """One made by hand, whose cells hold 0.125 and 0.05; one that LibreOffice saved, with 12 and a raised 1."""
    name = "formatted.xls"
    assert list(returns((BROKEN / name).read_bytes(), name).table["share"]) == [12.5, 20]
    name = "raised_figure.xls"
    table = returns((BROKEN / name).read_bytes(), name).table
    assert list(table["contacts"]) == [12, 15] and list(table["team"]) == ["East", "West side"]
    assert table["share"].iloc[0] == 10


def test_per_cents_of_an_xml_workbook_come_from_cell_row_or_column(returns):
    """Styles of the cell, of its parent style and of its column show 12.5% and 7%; a text stays as it is."""
    table = returns((BROKEN / "xml_2003.xls").read_bytes(), "xml_2003.xls").table
    assert list(table["share"]) == [12.5, 7, 20]


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("Number", "12", "12"),
        ("Number", "1.5E-1", "0.15"),
        ("Number", "twelve", "twelve"),
        ("Boolean", "1", "True"),
        ("Boolean", "0", "False"),
        ("DateTime", "2016-02-29T00:00:00.000", "2016-02-29 00:00:00"),
        ("DateTime", "1899-12-31T10:30:00.000", "10:30:00"),
        ("String", "007", "007"),
    ],
)
def test_values_of_an_xml_workbook_are_those_that_other_workbooks_give(kind, value, text):
    page = (
        f'<Workbook xmlns="{MARK}"><Worksheet Name="A"><Table><Row><Cell><Data Type="{kind}">{value}</Data>'
    )
    sheets = sheets_of(f"{page}</Cell></Row></Table></Worksheet></Workbook>".encode(), "a.xls")
    assert sheets["A"].columns() == [[text]]


@pytest.mark.parametrize("form", ["xlsx", "xlsb", "ods"])
def test_a_cell_that_shows_a_per_cent_is_read_as_it_is_shown(form, returns):
    """The cells hold 0.125 and show 12.5%."""
    name = f"share_shown_as_per_cent.{form}"
    assert list(returns((BROKEN / name).read_bytes(), name).table["share"]) == [12.5, 12.5]


def test_a_web_table_may_hold_tables_and_spans_but_not_without_end(monkeypatch):
    page = "<table><tr><td colspan=2>A<td rowspan=3>B</tr><tr><td>C<table><tr><td>D</table><td>E</table>"
    rows, merged = rows_of(page, "page.xls")
    assert rows == [["A", "", "B"], ["D"], [], ["C", "E", ""], []]
    assert merged == [[[0, 2], [2, 2]]]
    with pytest.raises(DataStop, match="The limit is 1,000 columns"):
        rows_of("<table>" + "<tr>" + "<td colspan=1000>" * 2, "page.xls")
    monkeypatch.setattr(limits, "CELLS", 20_000)
    with pytest.raises(DataStop, match="The limit is 20,000 cells"):
        rows_of("<table><tr><td colspan=1000 rowspan=1000>" + "<tr>" * 20, "page.xls")


@pytest.mark.parametrize("piece", ["<a ", "<!--", '<td a="', "<p <", "<table>"])
def test_a_broken_web_page_takes_no_longer_than_its_length(piece):
    """A parser that begins again at every piece would take hours over these two megabytes."""
    rows, _ = rows_of("<table><tr><td>East" + piece * (2_000_000 // len(piece)), "page.xls")
    assert "East" in str(rows)


def test_a_formula_within_a_text_within_a_formula_is_told_and_never_run(returns):
    cleaned = returns(GOOD + 'Jun-15,"=""=cmd|x!A0""",3,\n')
    assert cleaned.table["team"].iloc[-1] == "=cmd|x!A0"
    assert [f.value for f in cleaned.findings if f.check == "formula" and f.result == "warning"] == [
        "=cmd|x!A0"
    ]


# ---- workbooks as they come from offices, written by hand to deceive ------------------------------------------------

SHOWN = ROOT / "tests" / "data" / "shown"
HEADER = ["Month", "Team", "Number of contacts", "Share"]


def workbook(*rows, change=lambda book: None, header=HEADER):
    """A workbook of these rows under the header, as bytes; `change` may do anything to it before it is saved."""
    book, kept = Workbook(), BytesIO()
    for row in (header, *rows):
        book.active.append(list(row))
    change(book)
    book.save(kept)
    return kept.getvalue()


def warnings_of(cleaned):
    return [str(finding) for finding in cleaned.findings if finding.result == "warning"]


@pytest.mark.parametrize(
    "number_format",
    ['[<6]"<6";0', '[<=5]"*";General', '"c"', '[>5]0;"<6"', "[Red][<6]\\<\\6;#,##0", '"<"0', "[<9]\\<0;0"],
)
def test_a_number_that_its_format_hides_is_read_as_it_is_shown(returns, number_format):
    """Who sends `<6` means it to be withheld: the 3 behind it must not get into a table."""

    def mask(book):
        book.active["C2"].number_format = number_format

    cleaned = returns(workbook(["Apr-15", "East", 3], ["May-15", "East", 14], change=mask), "contacts.xlsx")
    assert list(cleaned.table["contacts"]) == [14]
    [told] = warnings_of(cleaned)
    assert "C2" in told and "shows a text in place of their number" in told and "'3'" not in told


@pytest.mark.parametrize(
    "number_format",
    ["0", '0" (est)"', '0.0,"k"', "#,##0;[Red]-#,##0", "dd/mm/yyyy", '_-* #,##0_-;-* #,##0_-;_-* "-"??_-;_-@_-', "@",
     '[=0]"-";0', "General", '0;-0;;@', '"no. "0'],
)  # fmt: skip
@pytest.mark.parametrize("value", [3, 0])
def test_a_format_that_shows_the_number_or_a_sign_for_nought_changes_nothing(returns, number_format, value):
    if number_format == "dd/mm/yyyy":
        pytest.skip("a day, which is no count")

    def style(book):
        book.active["C2"].number_format = number_format

    cleaned = returns(workbook(["Apr-15", "East", value], change=style), "contacts.xlsx")
    assert list(cleaned.table["contacts"]) == [value] and not warnings_of(cleaned)


@pytest.mark.parametrize(
    "number_format", ['"£"#,##0', "[$£-809]#,##0.00", '_-"£"* #,##0_-;-"£"* #,##0_-;_-"£"* "-"??_-;_-@_-']
)
def test_a_number_that_is_shown_as_pounds_is_no_count(returns, number_format):
    """Excel makes 55 in that format of what is typed as `£55`."""

    def style(book):
        book.active["C2"].number_format = number_format

    rows = (["Apr-15", "East", 55], ["May-15", "East", 14])
    cleaned = returns(workbook(*rows, change=style), "contacts.xlsx")
    assert list(cleaned.table["contacts"]) == [14]
    assert "'£55' is an amount of money" in cleaned.rejects["reason"].item()


@pytest.mark.parametrize("form", ["xls", "ods"])
def test_other_formats_tell_pounds_and_what_a_number_stays_below(returns, form):
    """C2 shows £55, C4 shows <3 by a format that holds the sign alone."""
    name = f"pounds.{form}"
    cleaned = returns((SHOWN / name).read_bytes(), name)
    assert list(cleaned.table["contacts"]) == [14]
    money, withheld = cleaned.rejects["reason"]
    assert "'£55' is an amount of money" in money and "'<3'" in withheld


def test_a_binary_workbook_tells_pounds(returns):
    """The workbook written by hand, with the format of its C2 changed."""
    sent, hand = BytesIO(), zipfile.ZipFile(BROKEN / "formatted.xlsb")
    masked, pounds = ('[<6]"<6";0'.encode("utf-16-le"), '"£"#,##0;0'.encode("utf-16-le"))
    with zipfile.ZipFile(sent, "w") as changed:
        for part in hand.namelist():
            changed.writestr(part, hand.read(part).replace(masked, pounds))
    reasons = returns(sent.getvalue(), "contacts.xlsb").rejects["reason"]
    assert reasons.str.contains("'£3' is an amount of money").any()


def test_a_number_that_nobody_sees_is_read_and_told(returns):
    def hide(book):
        book.active["C2"].number_format = ";;;"

    cleaned = returns(workbook(["Apr-15", "East", 3], change=hide), "contacts.xlsx")
    [told] = warnings_of(cleaned)
    assert (
        list(cleaned.table["contacts"]) == [3]
        and "shows nothing, yet they hold a number" in told
        and "C2" in told
    )


@pytest.mark.parametrize("form", ["xls", "ods"])
def test_other_formats_tell_what_is_shown_in_place_of_a_number(returns, form):
    name = f"masked.{form}"
    cleaned = returns((SHOWN / name).read_bytes(), name)
    assert list(cleaned.table["contacts"]) == [14, 12000]
    told = " ".join(warnings_of(cleaned))
    assert "C2, C3" in told and "such as '<6'" in told and "struck through" in told


def test_what_is_struck_through_is_read_and_told(returns):
    def strike(book):
        for cell in book.active[3]:
            cell.font = Font(strike=True)

    rows = [["Apr-15", "East", 3], ["May-15", "East", 14]]
    [told] = warnings_of(returns(workbook(*rows, change=strike), "contacts.xlsx"))
    assert "struck through were read like all others: A3, B3, C3" in told


def test_dates_that_fit_both_ways_beside_american_ones_are_not_taken_for_british(tmp_path):
    folder = tmp_path / "maps" / "visits"
    folder.mkdir(parents=True)
    (folder / "columns.csv").write_text(
        "column,kind,required,unit,low,high,meaning,2015-16\nday,date,yes,,,,Day,Date\nvisits,count,yes,,,,Visits,Visits\n",
        encoding="utf8",
    )
    (folder / "source.toml").write_text(
        'title = "V"\nmeaning = "v"\npath = "v.csv"\nkey = ["day"]\n', encoding="utf8"
    )

    def days(*written):
        path = tmp_path / "raw" / "2015-16" / "v.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("Date,Visits\n" + "".join(f"{day},1\n" for day in written), encoding="utf8")
        write_origin(path, publisher="Us", title="V", licence="none", provenance="illustrative")
        cleaned = read(parse_source(folder), YEAR, tmp_path / "raw")
        return [day.isoformat()[:10] for day in cleaned.table["day"]], list(cleaned.rejects["reason"])

    read_as, reasons = days("04/13/2015", "04/05/2015", "05/05/2015")
    assert read_as == ["2015-05-05"]
    assert "'04/05/2015' may be written the American way" in reasons[1]
    assert days("13/04/2015", "04/05/2015")[0] == ["2015-04-13", "2015-05-04"]
    read_as, reasons = days("13/04/2015", "04/13/2015", "04/05/2015")  # one slip among British dates
    assert read_as == ["2015-04-13", "2015-05-04"] and len(reasons) == 1


def test_a_label_that_sums_the_others_of_each_month_is_pointed_out(returns):
    counts = {"Apr-15": (10, 5, 7), "May-15": (3, 0, 9), "Jun-15": (8, 2, 6)}
    rows = [
        [month, team, count, None]
        for month, each in counts.items()
        for team, count in zip(("East", "West", "North", "All teams"), (*each, sum(each)), strict=True)
    ]
    told = warnings_of(returns(workbook(*rows), "contacts.xlsx"))
    assert len(told) == 3 and all("All teams" in one and "counts twice" in one for one in told)
    rows[-1][2] += 1
    assert not warnings_of(returns(workbook(*rows), "contacts.xlsx"))


def test_a_title_in_thousands_and_other_sheets_are_pointed_out(returns):
    def titled(book):
        book.active.insert_rows(1)
        book.active["A1"] = "Contacts by month ('000s)"

    rows = [["Apr-15", "East", 3]]
    [told] = warnings_of(returns(workbook(*rows, change=titled), "contacts.xlsx"))
    assert "in thousands" in told and "('000s)" in told

    def copied(book):
        book.active.title = "Contacts"
        book.copy_worksheet(book.active).title = "Copy of Contacts"
        book.create_sheet("Notes")

    sent = workbook(*rows, change=copied)
    [told] = warnings_of(returns(sent, "contacts.xlsx"))
    assert "'Contacts' was read; not read: 'Copy of Contacts', 'Notes'" in told
    [told] = warnings_of(returns(sent, "contacts.xlsx", 'sheet = "Contacts"'))
    assert "not read: 'Copy of Contacts'." in told


def test_the_blank_of_a_pivot_table_is_no_team(returns):
    cleaned = returns(workbook(["Apr-15", "East", 3], ["Apr-15", "(blank)", 2]), "contacts.xlsx")
    assert list(cleaned.table["contacts"]) == [3] and list(cleaned.rejects["reason"]) == ["team is empty"]


@pytest.mark.parametrize("teams", [1, 2, 3])
def test_running_totals_are_pointed_out(returns, teams):
    """One row that grows in four months may do so by chance, 1 time in 24; two rows hardly."""
    months = ["Apr-15", "May-15", "Jun-15", "Jul-15"]
    grown = [
        [month, f"Team {n}", 10 * n + 7 * at] for n in range(1, teams + 1) for at, month in enumerate(months)
    ]
    told = warnings_of(returns(workbook(*grown), "contacts.xlsx"))
    assert len(told) == (teams > 1) and all("Every row grows from period to period" in one for one in told)
    grown[-1][2] = 1
    assert not warnings_of(returns(workbook(*grown), "contacts.xlsx"))


EACH_MONTH = "month,month,yes,,,,Month,Month\nvisits,count,yes,,,,Visits,Visits\n"
GROWS = "Every row grows from period to period"


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ([5, 9, 20, 31, 40, 44, 60, 71, 80, 85, 99, 120], GROWS),
        ([5, 9, 20, 31, 40, 44, 60, 71, 80, 3, 9, 14], GROWS),  # of the calendar year
        ([5, 9, 20, 4, 11, 15, 3, 8, 12, 6, 10, 19], GROWS),  # of the quarter
        ([84, 86, 87, 88, 89, 90, 92, 93, 95, 97, 98, 99], ""),  # a caseload that grew
        ([5, 9, 20, 4, 11, 15, 3, 8, 12, 6, 10, 9], ""),
        ([9, 5, 8, 4, 11, 5, 3, 8, 6, 0, 0, 0], "0 of January 2016, February 2016, March 2016; of the others the mean is 7"),
        ([2, 0, 1, 0, 1, 3, 2, 4, 0, 0, 0, 0], ""),
        ([0] * 12, ""),
    ],
)  # fmt: skip
def test_months_that_count_what_came_before_or_are_still_to_come_are_told(tmp_path, counts, told):
    rows = [f"{month},{count}" for month, count in zip(YEAR.months, counts, strict=True)]
    cleaned = cleaned_by(tmp_path, EACH_MONTH, 'key = ["month"]\n', "\n".join(["Month,Visits", *rows, ""]))
    assert list(cleaned.table["visits"]) == counts
    assert [told in one for one in warnings_of(cleaned)] == [True] * bool(told)


def test_a_return_whose_months_are_all_missing_where_they_may_be_is_read(tmp_path):
    columns = EACH_MONTH.replace("month,month,yes", "month,month,no")
    cleaned = cleaned_by(tmp_path, columns, "", "Month,Visits\n" + ",4\n,5\n,6\n,8\n,9\n")
    assert list(cleaned.table["visits"]) == [4, 5, 6, 8, 9]


def test_running_totals_of_two_years_in_one_table_are_told(tmp_path):
    head = ",".join(f"{year} Q{quarter}" for year in ("2014-15", "2015-16") for quarter in (1, 2, 3, 4))
    text = f"District,{head}\nWycombe,30,42,60,71,9,20,44,80\n"
    assert (
        GROWS
        in warnings_of(cleaned_by(tmp_path, EPISODES.format(kind="count"), CROSSTAB.format(heads=1), text))[0]
    )


def test_comments_on_cells_are_told(returns):
    def note(book):
        book.active["C2"].comment = Comment("should be 12, see e-mail", "us")

    [told] = warnings_of(returns(workbook(["Apr-15", "East", 3], change=note), "contacts.xlsx"))
    assert "comments on its cells. They were not read" in told


@pytest.mark.parametrize(
    ("rows", "quarters", "told"),
    [
        (["District,2015-16 Q1,2015-16 Q2,2015-16 Total", "Wycombe,30,12,42"], 2, None),
        (["District,2014-15 Q4,2014-15 Q3,2014-15 Total,2015-16 Q1,2015-16 Q2,Total 2015-16", "Wycombe,1,2,3,30,12,42"], 4, None),
        (["District,2014-15 Q4,2014-15 Q3,2014-15 Total,2015-16 Q1,2015-16 Q2,2015-16 Total", "Wycombe,1,2,9,30,12,42"], 4, ("2014-15 Total", "9", "3")),
        (["District,2015-16 Q1,2015-16 Q2,Total episodes", "Wycombe,30,12,43"], 2, ("Total episodes", "43", "42")),
    ],
)  # fmt: skip
def test_the_total_of_a_year_in_a_crosstab_counts_for_nothing_and_is_held_against_its_quarters(
    tmp_path, rows, quarters, told
):
    cleaned = cleaned_by(
        tmp_path, EPISODES.format(kind="count"), CROSSTAB.format(heads=1), "\n".join(rows) + "\n"
    )
    assert len(cleaned.table) == quarters and cleaned.rejects.empty
    found = [(one.column, one.value, one.expected) for one in cleaned.findings if one.result == "warning"]
    assert found == ([told] if told else [])


def test_a_total_that_sums_no_two_columns_is_no_total(tmp_path):
    text = "District,2015-16 Q1,2014-15 Total\nWycombe,30,12\n"
    cleaned = cleaned_by(tmp_path, EPISODES.format(kind="count"), CROSSTAB.format(heads=1), text)
    assert len(cleaned.table) == 1 and "'2014-15 Total' is not a quarter" in cleaned.rejects["reason"].iloc[0]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Repeat contacts", True),
        ("New system from here", True),
        ("Contacts received", False),  # the title again, on the next page
        ("Page 2 of 3", False),
    ],
)
def test_a_line_among_the_rows_is_told_since_it_may_be_their_heading(returns, line, told):
    """Two tables one below the other have the same header: nothing but the line between them tells them apart."""
    header, april, may = GOOD.splitlines()
    cleaned = returns(
        f"Contacts received\n{header}\n{april}\n\n{line}\n{header}\n{may}\nMade on 1 May 2016\n"
    )
    assert len(cleaned.table) == 2
    assert [f"5 ('{line}')" in one for one in warnings_of(cleaned)] == ([True] if told else [])


@pytest.mark.parametrize("colour", ["FFFFFFFF", "FF000000", "FF123456"])
def test_numbers_in_the_colour_of_their_cell_are_read_and_told(returns, colour):
    """Who blacks a number out in a workbook means that it should not be read."""

    def black_out(book):
        for row in (2, 3):
            book.active.cell(row, 3).fill = PatternFill("solid", fgColor=colour)
            book.active.cell(row, 3).font = Font(color=colour)

    rows = [["Apr-15", "East", 3], ["May-15", "East", 14]]
    told = warnings_of(returns(workbook(*rows, change=black_out), "contacts.xlsx"))
    assert any(
        "colour of their cell cannot be seen, and were read like all others: C2, C3." in one for one in told
    )


def test_numbers_in_white_are_read_and_told(returns):
    def whiten(book):
        for cell in ("A3", "B3", "C3", "C2", "C1"):
            book.active[cell].font = Font(color="FFFFFFFF")
        book.active["C2"].fill = PatternFill("solid", fgColor="FF000080")

    rows = [["Apr-15", "East", 3], ["May-15", "East", 14]]
    told = [
        one
        for one in warnings_of(returns(workbook(*rows, change=whiten), "contacts.xlsx"))
        if "colour of their cell" in one
    ]
    assert len(told) == 1 and "read like all others: C3." in told[0]


@pytest.mark.parametrize(
    ("style", "hides"),
    [
        (DifferentialStyle(numFmt=NumberFormat(numFmtId=170, formatCode='"<6"')), True),
        (DifferentialStyle(font=Font(color="FFFFFFFF")), True),
        (DifferentialStyle(font=Font(color="FFFFFFFF"), fill=PatternFill(bgColor="FFFF0000")), False),
        (DifferentialStyle(numFmt=NumberFormat(numFmtId=170, formatCode="0.0")), False),
    ],
)
def test_a_conditional_format_that_hides_numbers_is_told(returns, style, hides):
    """Who lets Excel hide numbers below 6 withholds them, and nothing of the cells themselves says so."""

    def condition(book):
        other = DifferentialStyle(font=Font(bold=True))
        for dxf, cells in ((other, "A2:B3"), (style, "C2:C3")):
            rule = Rule(type="cellIs", operator="lessThan", formula=["6"], dxf=dxf)
            book.active.conditional_formatting.add(cells, rule)

    rows = [["Apr-15", "East", 3], ["May-15", "East", 14]]
    told = warnings_of(returns(workbook(*rows, change=condition), "contacts.xlsx"))
    assert ["C2:C3" in one and "conditional format" in one for one in told] == ([True] if hides else [])


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Contacts revised", True),
        ("Revised contacts", True),
        ("Contacts (amended 12.4.16)", True),
        ("Contacts - FINAL v2", True),
        ("Contacts by district", False),
        ("New contacts received", False),
    ],
)
def test_a_sheet_that_may_be_a_later_state_is_told(returns, name, told):
    def beside(book):
        book.active.title = "Contacts"
        book.create_sheet(name)

    sent = workbook(["Apr-15", "East", 3], change=beside)
    found = warnings_of(returns(sent, "contacts.xlsx", 'sheet = "Contacts"'))
    assert [f"not read: '{name}'" in one for one in found] == ([True] if told else [])


def members(sent, member, change):
    """A workbook with one of its members changed, as bytes."""
    kept = BytesIO()
    with zipfile.ZipFile(BytesIO(sent)) as old, zipfile.ZipFile(kept, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == member else old.read(name))
        if member not in old.namelist():
            new.writestr(member, change(b""))
    return kept.getvalue()


SHEET, ROWS = "xl/worksheets/sheet1.xml", (["Apr-15", "East", 3], ["May-15", "East", 14])
# What Excel writes of a conditional format that another sheet bears on: in its own extension, with the format inside.
EXTENSION = b"""<extLst><ext xmlns:x14="x14"><x14:conditionalFormattings><x14:conditionalFormatting xmlns:xm="xm"><x14:cfRule
type="cellIs"><xm:f>Lists!A1</xm:f><x14:dxf>%s</x14:dxf></x14:cfRule><xm:sqref>C2:C3</xm:sqref></x14:conditionalFormatting>
</x14:conditionalFormattings></ext></extLst></worksheet>"""
BAR = b"""<conditionalFormatting sqref="C2:C3"><cfRule type="dataBar"><dataBar showValue="0"/></cfRule></conditionalFormatting>
</worksheet>"""


@pytest.mark.parametrize(
    ("more", "hides"),
    [
        (EXTENSION % b'<numFmt numFmtId="170" formatCode=";;;"/>', True),
        (EXTENSION % b'<font><color rgb="FFFFFFFF"/></font>', True),
        (EXTENSION % b'<font><color rgb="FFFFFFFF"/></font><fill><patternFill/></fill>', False),
        (EXTENSION % b'<font><b/></font>', False),
        (BAR, True),
        (BAR.replace(b' showValue="0"', b""), False),
    ],
)  # fmt: skip
def test_a_conditional_format_of_excels_extension_or_a_bar_alone_is_told(returns, more, hides):
    sent = members(workbook(*ROWS), SHEET, lambda page: page.replace(b"</worksheet>", more))
    told = warnings_of(returns(sent, "contacts.xlsx"))
    assert ["C2:C3" in one and "conditional format" in one for one in told] == ([True] if hides else [])


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b'<row r="3"', b'<row r="3" ht="0" customHeight="1"', "Hidden rows were read like all others: 3."),
        (b"<sheetData>", b'<cols><col min="3" max="3" width="0"/></cols><sheetData>', "like all others: C."),
    ],
)
def test_a_row_without_height_or_a_column_without_width_is_hidden(returns, old, new, told):
    sent = members(workbook(*ROWS), SHEET, lambda page: page.replace(old, new))
    [said] = warnings_of(returns(sent, "contacts.xlsx"))
    assert told in said


@pytest.mark.parametrize(
    ("text", "told"), [("East is too low", True), ("This shape represents a slicer", False)]
)
def test_text_boxes_are_told(returns, text, told):
    drawing = f'<a xmlns:a="a"><a:t>{text}</a:t></a>'.encode()
    sent = members(workbook(*ROWS), "xl/drawings/drawing1.xml", lambda _: drawing)
    assert ["text boxes" in one for one in warnings_of(returns(sent, "contacts.xlsx"))] == [True] * told


SETTINGS = "setting,text,yes,,,,Setting,Setting\ncontacts,count,yes,,,,Contacts,Contacts\n"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("LADO contacts 2014/15", "speaks of 2014-15 and not of 2015-16"),
        ("Contacts to 31st March 2015", "speaks of 2014-15"),
        ("Applied filters: Year is 2014-2015", "speaks of 2014-15"),
        ("LADO contacts 2015/16, beside 2014/15", ""),
        ("April 2015 to March 2016", ""),
        ("Made on 12/05/2016 for 2015/16", ""),
        ("April 2015 to 31 December 2015", "a part of the year"),
        ("Quarter 3", "a part of the year"),
        ("Running total for the year", "more than their own period"),
        ("Figures rounded to the nearest 5", "are rounded"),
        ("Contacts about staff", ""),
        ("Data as at 31/12/2015", "a part of the year"),
        ("Contacts from 1.4.2015 to 31.12.2015", "a part of the year"),
        ("Contacts up to 30 September 2015", "a part of the year"),
        ("Contacts from 01/04/2015 to 31/03/2016", ""),
        ("Position as at 31/02/2016", ""),
        ("Contacts, 12 months to Dec 2015", "a part of the year"),
        ("Contacts up to March 2016", ""),
        ("Contacts up to March 2015", "speaks of 2014-15"),
        ("Data as at 31/12/2014", "speaks of 2014-15"),
        ("Change between the end of March 2015 and that of March 2016", ""),
        ("Contacts by setting (%)", "shares or rates"),
        ("Contacts, rate per 10,000 children", "shares or rates"),
        ("They rose by 20 per cent of late", ""),
        ("Contacts: first nine months", "a part of the year"),
        ("Contacts in H1", "a part of the year"),
        ("Contacts in the academic year 2015/16", "of other months"),
        ("Contacts FY2014", "speaks of 2014 and not of 2015-16"),
        ("Contacts 2016", ""),
        ("Contacts of children up to the first 3 years", ""),
        ("DRAFT - NOT FINAL", "not final, or not real"),
        ("Some figures for 2015/16 are provisional", "not final, or not real"),
        ("EXAMPLE - delete before completing", "not final, or not real"),
        ("Settings such as schools, for example academies", ""),
    ],
)
def test_a_line_beside_the_table_that_says_what_the_numbers_do_not_is_told(tmp_path, line, told):
    """Nothing in the rows of such a return says of what year they are: last year's would pass for this year's."""
    for place, text in {
        "above": f'"{line}"\nSetting,Contacts\nHealth,3\n',
        "below": f'Setting,Contacts\nHealth,3\n\n"{line}"\n',
    }.items():
        cleaned = cleaned_by(tmp_path / place, SETTINGS, 'key = ["setting"]\n', text)
        assert [told in one and line in one for one in warnings_of(cleaned)] == ([True] if told else [])


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Oxfordshire County Council: contacts", "speaks of Oxfordshire."),
        ("Safeguarding board of Bracknell Forest and Reading", "speaks of Bracknell Forest and Reading."),
        ("Buckinghamshire County Council: contacts", ""),
        ("Contacts that Oxfordshire Council passed on to Buckinghamshire Council", ""),
        ("Reading of these figures", ""),
    ],
)
def test_a_return_whose_title_names_another_area_is_told(returns, project, line, told):
    run, reading = CleanRun(), Future()
    reading.set_result(returns(f'"{line}"\n{GOOD}'))
    _take_in(reading, reading.result().source, project, YEAR, run)
    assert [told in each.told for each in run.findings if each.result == "warning"] == [True] * bool(told)


def test_a_part_of_the_year_above_rows_that_say_their_month_is_told_by_the_months(returns):
    assert not warnings_of(returns("April to May 2015\n" + GOOD))


@pytest.mark.parametrize("heading", ["% {}", "{} (%)", "£ {}"])
def test_a_share_of_a_quarter_is_not_taken_for_its_number(tmp_path, heading):
    text = f"District,{heading.format('2015-16 Q1')}\nWycombe,30\n"
    cleaned = cleaned_by(tmp_path, EPISODES.format(kind="count"), CROSSTAB.format(heads=1), text)
    assert cleaned.table.empty and "is not a quarter" in cleaned.rejects["reason"].iloc[0]


@pytest.mark.parametrize("large", [False, True])
def test_quotation_marks_behind_a_space_are_no_part_of_a_text(returns, large, monkeypatch):
    monkeypatch.setattr("bscbdata.sources.large.LARGE_BYTES", 10 if large else 10_000)
    cleaned = returns(
        'Month, Team, Number of contacts, Share\nApr-15, "East, old", 3, 1%\nMay-15, "West", 4, 2%\n'
    )
    assert list(cleaned.table["team"]) == ["East, old", "West"]
