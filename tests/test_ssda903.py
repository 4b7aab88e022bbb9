"""Reading the SSDA903: as CSV files, as a workbook, as XML, and several years together. The children are invented."""

import csv
import random
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bscbdata.findings import DataStop
from bscbdata.period import ReportYear
from bscbdata.statutory import list_columns
from bscbdata.statutory.reading import coverage, days_covered, format_of, read_format
from bscbdata.statutory.ssda903 import read_ssda903
from bscbdata.statutory.ssda903.native import type_cells

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT.parent / "shared" / "data" / "returns" / "ssda903"
EPISODES = "CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN"
TABLES = {
    "header": """CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB
1,2,01/06/2005,WBRI,A111,,
2,1,10/10/2014,MOTH,A222,,
3,1,01/02/1998,BAFR,A333,,
4,1,01/01/2000,OOTH,A444,,""",
    "episodes": EPISODES
    + """
1,01/05/2015,S,C1,N1,U4,PR1,01/09/2015,X1,CARPL,ZZ1 1ZZ,ZZ2 2ZZ,
1,01/09/2015,L,C2,N1,U4,PR1,01/11/2015,X1,,ZZ1 1ZZ,ZZ2 2ZZ,
1,01/11/2015,P,C2,N1,T1,,05/11/2015,X1,,ZZ1 1ZZ,ZZ2 2ZZ,
1,05/11/2015,P,C2,N1,U4,PR1,01/02/2016,X1,,ZZ1 1ZZ,ZZ2 2ZZ,
1,01/02/2016,P,C2,N1,K2,PR4,,,,ZZ1 1ZZ,ZZ2 2ZZ,
2,01/11/2014,S,C1,N1,U6,PR1,01/03/2015,X1,,,,
2,01/03/2015,L,E1,N1,U6,PR1,01/06/2015,X1,,,,
2,01/06/2015,T,E1,N1,A5,PR1,01/02/2016,E11,,,,
3,01/04/2010,S,C2,N1,U4,PR1,01/02/2012,E4A,,,,
3,01/08/2013,S,V2,N4,H5,PR4,01/02/2016,E5,,,,
4,01/08/2015,S,V4,N2,R1,PR1,,,,,,""",
    "uasc": "CHILD,SEX,DOB,DUC\n3,1,01/02/1998,01/02/2016\n",
    "oc3": "CHILD,DOB,IN_TOUCH,ACTIV,ACCOM\n3,01/02/1998,YES,F2,U2\n",
    "missing": """CHILD,DOB,MISSING,MIS_START,MIS_END
1,01/06/2005,M,01/10/2015,03/10/2015
1,01/06/2005,A,01/12/2015,""",
    "placed_for_adoption": "CHILD,DOB,DATE_PLACED,DATE_PLACED_CEASED,REASON_PLACED_CEASED\n2,10/10/2014,01/02/2015,,\n",
    "ad1": "CHILD,DOB,DATE_INT,DATE_MATCH,FOSTER_CARE,NB_ADOPTR,SEX_ADOPTR,LS_ADOPTR\n2,10/10/2014,01/02/2015,01/05/2015,1,2,MF,L11\n",
}
GROUPS = {"episodes": "EPISODE", "missing": "MISSING_EPISODE", "placed_for_adoption": "AD_PLACED"}


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def as_csv(folder: Path, tables: dict[str, str] = TABLES) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def as_workbook(folder: Path, tables: dict[str, str] = TABLES) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, text in tables.items():
        sheet = book.create_sheet(name)
        for row in csv.reader(text.splitlines()):
            sheet.append([float(cell) if cell.isdigit() else cell or None for cell in row])
    book.save(folder / "return.xlsx")
    return folder / "return.xlsx"


def as_xml(folder: Path) -> Path:
    """As case systems write it: facts of a child in HEADER, what may happen often in groups."""
    children = []
    for child in rows_of(TABLES["header"]):
        number = child.pop("CHILD")
        flat = {"CHILDID": number} | child
        for table in ("uasc", "oc3", "ad1"):
            for row in rows_of(TABLES[table]):
                flat |= (
                    {k: v for k, v in row.items() if k not in ("CHILD", "DOB", "SEX")}
                    if row["CHILD"] == number
                    else {}
                )
        inner, after = "", ""
        for table, tag in GROUPS.items():
            for row in rows_of(TABLES[table]):
                if row["CHILD"] == number:
                    told = {
                        ("PL" if k == "PLACE" else k): v for k, v in row.items() if k not in ("CHILD", "DOB")
                    }
                    made = f"<{tag}>{leaves(told)}</{tag}>\n"
                    after, inner = (after + made, inner) if table == "episodes" else (after, inner + made)
        children.append(f"<CHILD><HEADER>{leaves(flat)}{inner}</HEADER>{after}</CHILD>")
    (folder / "return.xml").write_text(f"<?xml version='1.0'?><EXPSSDA903>{''.join(children)}</EXPSSDA903>")
    return folder / "return.xml"


def leaves(values: dict[str, str]) -> str:
    return "".join(f"<{name}>{value}</{name}>" for name, value in values.items())


def plain(records) -> dict[str, str]:
    """Every list without where its rows stood."""
    return {
        name: frame.drop(columns="row_id").to_csv(index=False)
        for name, frame in sorted(records.lists.items())
    }


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    return read_ssda903(as_csv(tmp_path_factory.mktemp("set")), "return", "2015-16")


def period(records, child: str) -> pd.DataFrame:
    found = records.lists["looked_after"]
    return found[found["child"] == child]


def test_episodes_are_chained_into_periods_of_care(read):
    one = period(read, "1").iloc[0]
    assert one["start_date"] == pd.Timestamp("2015-05-01")
    assert (one["legal_status"], one["placement"], one["provider"]) == (
        "full_care_order",
        "childrens_home",
        "private",
    )
    assert one["placement_start_date"] == pd.Timestamp("2016-02-01")
    assert pd.isna(one["end_date"]) and pd.isna(one["ceased_reason"])
    assert len(period(read, "1")) == 1


def test_a_gap_makes_a_second_period(read):
    three = period(read, "3")
    assert list(three["start_date"]) == [pd.Timestamp("2010-04-01"), pd.Timestamp("2013-08-01")]
    assert list(three["ceased_reason"]) == ["returned_home", "independent_living"]


def test_a_gap_alone_makes_a_second_period(tmp_path):
    episodes = (
        f"{EPISODES}\n1,01/05/2015,S,C2,N1,U4,PR1,01/06/2015,X1,,,,\n1,02/06/2015,P,C2,N1,U6,PR1,,,,,,\n"
    )
    records = read_ssda903(as_csv(tmp_path, TABLES | {"episodes": episodes}), "return")
    assert list(period(records, "1")["start_date"].dt.day) == [1, 2]


def test_placements_of_the_year_leave_out_temporary_ones_and_the_return_from_them(read):
    assert period(read, "1")["placements_in_last_12_months"].item() == 2


def test_missing_times_are_counted_and_away_times_are_not(read):
    assert period(read, "1")["missing_episodes_in_last_12_months"].item() == 1


def test_the_header_tells_sex_birth_and_ethnic_group(read):
    one = period(read, "1").iloc[0]
    assert (one["sex"], one["ethnicity"], one["date_of_birth"]) == (
        "female",
        "white",
        pd.Timestamp("2005-06-01"),
    )


def test_asylum_status_is_that_on_the_day_judged(read):
    assert list(period(read, "3")["unaccompanied"]) == [True, True]
    assert list(period(read, "1")["unaccompanied"]) == [False]


def test_short_breaks_are_marked(read):
    assert period(read, "4")["legal_status"].item() == "short_breaks"
    placements = read.lists["placements"]
    assert list(placements.loc[placements["child"] == "4", "legal_status"]) == ["short_breaks"]


def test_an_adoption_is_put_together_from_decision_match_and_episodes(read):
    row = read.lists["adoptions"].iloc[0]
    days = ["decision_date", "placement_order_date", "matched_date", "placed_date", "order_date"]
    assert [f"{row[day]:%d/%m/%Y}" for day in days] == [
        "01/02/2015",
        "01/03/2015",
        "01/05/2015",
        "01/06/2015",
        "01/02/2016",
    ]
    assert pd.isna(row["reversed_date"])


def test_a_second_decision_does_not_take_the_events_of_the_first(tmp_path):
    decisions = "CHILD,DOB,DATE_PLACED,DATE_PLACED_CEASED,REASON_PLACED_CEASED\n2,10/10/2014,01/12/2014,10/12/2014,RD1\n2,10/10/2014,01/02/2015,,\n"
    found = read_ssda903(as_csv(tmp_path, TABLES | {"placed_for_adoption": decisions}), "return").lists[
        "adoptions"
    ]
    assert list(found["order_date"].notna()) == [False, True]


def test_a_care_leaver(read):
    row = read.lists["care_leavers"].iloc[0]
    assert (row["in_touch"], row["accommodation"], row["suitable"], row["activity"]) == (
        "YES",
        "U",
        "no",
        "F2",
    )


def test_every_row_is_in_a_list_or_a_reject(read):
    for name, rows in read.rows_in.items():
        rejected = int((read.rejects["table"] == name).sum())
        assert rows == len(read.lists[name]) + rejected
    assert read.rows_in["placements"] == len(rows_of(TABLES["episodes"]))
    assert {name: list(frame) for name, frame in read.lists.items()} == {
        name: [column.name for column in list_columns()[name]] for name in read.lists
    }


def test_postcodes_and_pupil_numbers_are_never_kept(read):
    kept = "".join(frame.to_csv() for frame in (*read.lists.values(), *read.native.values(), read.rejects))
    assert "ZZ1" not in kept and "A111" not in kept


def as_xml_workbook(folder):
    """As Excel 2003 saves a workbook in XML, under the name that XML has."""
    pages = []
    for name, text in TABLES.items():
        rows = csv.reader(text.strip().splitlines())
        cells = [
            "".join(f'<Cell><Data ss:Type="String">{escape(cell)}</Data></Cell>' for cell in row)
            for row in rows
        ]
        told = "".join(f"<Row>{row}</Row>" for row in cells)
        pages.append(f'<Worksheet ss:Name="{name}"><Table>{told}</Table></Worksheet>')
    mark = "urn:schemas-microsoft-com:office:spreadsheet"
    book = f'<?xml version="1.0"?><Workbook xmlns="{mark}" xmlns:ss="{mark}">{"".join(pages)}</Workbook>'
    (folder / "return.xml").write_text(book, encoding="utf8", newline="\n")
    return folder / "return.xml"


def test_a_workbook_of_excel_2003_is_read_under_the_name_of_xml(tmp_path):
    expected = plain(read_ssda903(as_csv(tmp_path / "set"), "return"))
    path = as_xml_workbook(tmp_path)
    assert plain(read_ssda903(path, "return")) == expected
    assert format_of(path)[0] == "ssda903"


def test_a_set_a_workbook_and_xml_say_the_same(tmp_path):
    expected = plain(read_ssda903(as_csv(tmp_path / "set"), "return"))
    assert plain(read_ssda903(as_workbook(tmp_path), "return")) == expected
    assert plain(read_ssda903(as_xml(tmp_path), "return")) == expected


@pytest.mark.parametrize("titled", [False, True])
def test_tables_one_below_another_on_one_sheet_are_each_read(tmp_path, titled):
    """Read as rows of the first, the others would give no figure and a warning for each cell."""
    book = openpyxl.Workbook()
    for name, text in TABLES.items():
        for row in [[f"Table: {name}"]] * titled + list(csv.reader(text.splitlines())) + [[]]:
            book.active.append([cell or None for cell in row])
    book.save(tmp_path / "return.xlsx")
    assert plain(read_ssda903(tmp_path / "return.xlsx", "return")) == plain(
        read_ssda903(as_csv(tmp_path / "set"), "return")
    )


@pytest.mark.parametrize("titled", [False, True])
def test_tables_side_by_side_on_one_sheet_are_each_read(tmp_path, titled):
    book, column = openpyxl.Workbook(), 1
    for name, text in TABLES.items():
        rows = [[f"Table: {name}"]] * titled + list(csv.reader(text.splitlines()))
        for row, cells in enumerate(rows, start=1):
            for place, cell in enumerate(cells, start=column):
                book.active.cell(row, place, cell or None)
        column += max(map(len, rows)) + 1
    book.save(tmp_path / "return.xlsx")
    assert plain(read_ssda903(tmp_path / "return.xlsx", "return")) == plain(
        read_ssda903(as_csv(tmp_path / "set"), "return")
    )


@pytest.mark.parametrize(("year", "result"), [(2015, "pass"), (2013, "failure"), (2022, "failure")])
def test_a_set_of_another_year_than_its_folders_stops(tmp_path, year, result):
    """Nothing in the set says its year, and its open episodes would count as open in any later one."""
    records = read_ssda903(as_csv(tmp_path / "set"), "return", ReportYear(year))
    [told] = coverage(records, ReportYear(year), "return")
    assert told.result == result
    assert result == "pass" or "It may be the set of another year" in told.message


def test_a_title_that_names_a_council_is_told(tmp_path):
    text = f"Oxfordshire County Council\n{TABLES['episodes']}"
    findings = read_ssda903(as_csv(tmp_path, TABLES | {"episodes": text}), "return").findings
    [told] = [found for found in findings if "speaks of" in found.message]
    assert "Oxfordshire" in told.message and told.value == "Oxfordshire County Council"


def test_tables_side_by_side_without_a_blank_column_are_told_apart_by_nobody(tmp_path):
    both = zip(TABLES["header"].splitlines(), TABLES["episodes"].splitlines(), strict=False)
    path = as_csv(tmp_path, {"both": "\n".join(",".join(pair) for pair in both)})
    with pytest.raises(DataStop, match="CHILD(?s:.)*each on a sheet of its own, or a blank column between"):
        read_ssda903(path, "return")


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000))
def test_the_order_of_rows_and_columns_does_not_matter(read, tmp_path_factory, seed):
    rng, shuffled = random.Random(seed), {}
    for name, text in TABLES.items():
        rows = [list(row.items()) for row in rows_of(text)]
        rng.shuffle(rows)
        order = rng.sample(range(len(rows[0])), len(rows[0]))
        lines = [",".join(row[place][1] for place in order) for row in rows]
        shuffled[name] = "\n".join([",".join(rows[0][place][0] for place in order), *lines])
    again = read_ssda903(as_csv(tmp_path_factory.mktemp("shuffled"), shuffled), "return", "2015-16")
    assert plain(again) == plain(read)


@pytest.mark.parametrize("called", ["2017-previous", "SSDA903_2020_x", "whatever"])
def test_a_table_is_known_by_its_columns_whatever_the_file_is_called(tmp_path, called):
    tables = {f"{called}{number}": text for number, text in enumerate(TABLES.values())}
    assert set(read_ssda903(as_csv(tmp_path, tables), "return").native) >= {
        "header",
        "episodes",
        "placed_adoption",
    }


def test_columns_that_fit_two_tables_are_told_with_both_lists(tmp_path):
    tables = TABLES | {"mixed": "CHILD,REVIEW,REVIEW_CODE,DUC\n1,01/06/2015,PN1,\n"}
    found = read_ssda903(as_csv(tmp_path, tables), "return").findings
    said = next(finding for finding in found if finding.file.endswith("mixed.csv"))
    assert said.result == "failure"
    assert "REVIEW" in said.value and "DUC" in said.expected and "REVIEW_CODE" in said.expected


def test_an_unknown_table_is_told_with_both_lists(tmp_path):
    found = read_ssda903(as_csv(tmp_path, TABLES | {"list": "Team,Manager\nA,B\n"}), "return").findings
    said = next(finding for finding in found if finding.file.endswith("list.csv"))
    assert "Team" in said.value and "DECOM" in said.expected


def test_a_lost_column_and_a_table_given_twice_stop(tmp_path):
    with pytest.raises(DataStop, match="DECOM"):
        read_ssda903(
            as_csv(tmp_path / "a", TABLES | {"episodes": "CHILD,RNE,LS,CIN,PLACE,REC\n1,S,C2,N1,U4,\n"}),
            "return",
        )
    with pytest.raises(DataStop, match="twice"):
        read_ssda903(as_csv(tmp_path / "b", TABLES | {"episode": TABLES["episodes"]}), "return")
    with pytest.raises(DataStop, match="No table"):
        read_ssda903(as_csv(tmp_path / "c", {"list": "Team,Manager\nA,B\n"}), "return")


@pytest.mark.parametrize(
    ("lost", "name", "column"),
    [("DEC", "looked_after", "end_date"), ("LS", "looked_after", "legal_status"), ("MISSING", "missing_episodes", "away_without_authorisation")],
)  # fmt: skip
def test_a_column_that_was_not_sent_is_known_so_that_no_figure_rests_on_it(tmp_path, lost, name, column):
    tables = {table: text.replace(f",{lost},", ",FIELD_9,", 1) for table, text in TABLES.items()}
    assert read_ssda903(as_csv(tmp_path / "whole"), "return", "2015-16").not_sent == {}
    assert read_ssda903(as_csv(tmp_path / "part", tables), "return", "2015-16").not_sent == {name: {column}}


def test_a_return_without_its_episodes_is_told(tmp_path):
    part = {name: text for name, text in TABLES.items() if name != "episodes"}
    told = [
        [
            one
            for one in read_ssda903(as_csv(tmp_path / name, tables), "return").findings
            if "table episodes" in one.message
        ]
        for name, tables in (("whole", TABLES), ("part", part))
    ]
    assert list(map(len, told)) == [0, 1]


@pytest.mark.parametrize(
    ("table", "name"),
    [("missing", "missing_episodes"), ("oc3", "care_leavers"), ("episodes", "looked_after")],
)
@pytest.mark.parametrize("as_sent", [as_csv, as_workbook])
def test_a_table_of_its_header_alone_is_none_of_its_events_and_no_set_is_without_children(
    tmp_path, as_sent, table, name
):
    records = read_ssda903(
        as_sent(tmp_path, TABLES | {table: TABLES[table].splitlines()[0] + "\n"}), "return", "2015-16"
    )
    [told] = [one.message for one in records.findings if one.check == "empty"]
    assert told.startswith(f"The table {table} holds no row")
    assert (name in records.lists) is (table != "episodes") and not len(records.lists.get(name, ()))


def test_an_episode_with_an_end_that_cannot_be_read_is_rejected_and_leaves_no_child_in_care(tmp_path):
    bad = (
        TABLES["episodes"]
        + "\n9,01/05/2015,S,C2,N1,U4,PR1,31/02/2016,E4A,,,,\n8,01/05/2015,S,C2,N1,U4,PR1,NULL,,,,,"
    )
    records = read_ssda903(as_csv(tmp_path, TABLES | {"episodes": bad}), "return")
    assert list(records.rejects["reason"]) == ["DEC is not a date"]
    children = set(records.lists["looked_after"]["child"])
    assert "9" not in children and "8" in children  # NULL is how a database writes an empty cell
    assert [one.result for one in records.findings if "DEC is not a date" in one.message] == ["failure"]


def test_rows_that_cannot_be_used_are_rejected_and_told(tmp_path):
    bad = TABLES["episodes"] + "\n9,31/02/2015,S,C2,N1,U4,PR1,,,,,,\n,01/05/2015,S,C2,N1,U4,PR1,,,,,,"
    records = read_ssda903(as_csv(tmp_path, TABLES | {"episodes": bad}), "return")
    assert sorted(records.rejects["reason"]) == ["CHILD is empty", "DECOM is not a date"]
    assert sum(finding.result == "failure" for finding in records.findings) == 2
    assert records.rows_in["placements"] == len(records.lists["placements"]) + 2


def test_codes_as_spreadsheets_write_them_and_codes_not_known(tmp_path):
    header = (
        "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB\n1.0,2.0,2005-06-01 00:00:00,wbri,,,\n2,1,10/10/2014,XXXX,,,"
    )
    records = read_ssda903(as_csv(tmp_path, TABLES | {"header": header}), "return")
    one, two = period(records, "1").iloc[0], period(records, "2").iloc[0]
    assert (one["sex"], one["ethnicity"]) == ("female", "white")
    assert pd.isna(two["ethnicity"])
    assert any(finding.value == "XXXX" and finding.column == "ETHNIC" for finding in records.findings)
    assert any(finding.value == "H5" and "withdrawn" in finding.message for finding in records.findings)


@pytest.mark.parametrize(("year", "told"), [("2015-16", False), ("2023-24", False), ("2024-25", True)])
def test_a_code_is_withdrawn_only_from_the_year_on_in_which_it_was(tmp_path, year, told):
    """H5 was a placement until the year that ended in 2024."""
    records = read_ssda903(as_csv(tmp_path, TABLES), "return", year)
    assert any(f.value == "H5" and "withdrawn" in f.message for f in records.findings) is told


def test_deprivation_of_liberty_is_a_table_of_the_return_though_nothing_counts_it(tmp_path):
    orders = {"DoLo": "CHILD,DOB,DOLO_START,DOLO_END\n1,01/06/2005,01/01/2016,02/01/2016"}
    records = read_ssda903(as_csv(tmp_path, TABLES | orders), "return")
    assert records.native["dolo"]["DOLO_START"].iloc[0] == pd.Timestamp("2016-01-01")
    assert not [finding for finding in records.findings if "DoLo" in finding.file]


def test_what_the_header_contradicts_is_left_missing(tmp_path):
    header = TABLES["header"] + "\n1,1,01/06/2005,WBRI,,,"
    records = read_ssda903(as_csv(tmp_path, TABLES | {"header": header}), "return")
    one = period(records, "1").iloc[0]
    assert pd.isna(one["sex"]) and one["ethnicity"] == "white"
    assert any("contradict" in finding.message for finding in records.findings)


def test_two_years_are_joined_and_what_is_told_twice_counts_once(tmp_path):
    first = {
        "2015-header": TABLES["header"],
        "2015-episodes": f"{EPISODES}\n1,01/05/2015,S,C2,N1,U4,PR1,,,,,,\n",
    }
    second = {
        "2016-header": TABLES["header"],
        "2016-episodes": f"{EPISODES}\n1,01/05/2015,S,C2,N1,U4,PR1,01/07/2016,X1,,,,\n1,01/07/2016,P,C2,N1,K2,PR4,01/02/2017,E4A,,,,\n",
    }
    records = read_ssda903(as_csv(tmp_path, first | second), "return")
    one = period(records, "1")
    assert list(one["start_date"]) == [pd.Timestamp("2015-05-01")] and list(one["end_date"]) == [
        pd.Timestamp("2017-02-01")
    ]
    again = records.rejects[records.rejects["table"] == "placements"]
    assert list(again["row_id"]) == ["return/2015-episodes.csv#2"] and "again" in again["reason"].item()
    assert any("later set reports again" in finding.message for finding in records.findings)


MISSING = (
    "CHILD,DOB,MISSING,MIS_START,MIS_END\n1,01/06/2005,M,01/03/2014,02/03/{1}\n"
    "1,01/06/2005,M,01/05/{0},02/05/{0}\n1,01/06/2005,M,01/06/{0},02/06/{0}\n"
)
ENDED = f"{EPISODES}\n1,01/05/2015,S,C2,N1,U4,PR1,01/07/2015,E4A,,,,\n2,01/05/2015,S,C2,N1,U4,PR1,,,,,,\n"


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"episodes_v2": ENDED.replace("01/07/2015", "01/09/2015")}, "episodes, and they differ"),
        ({"episodes_FINAL": "\n".join(ENDED.splitlines()[:2])}, "has 2 rows"),
        ({"header (2)": TABLES["header"].replace("MOTH", "WBRI")}, "header, and they differ"),
        ({"header (1)": TABLES["header"], "Copy of episodes": ENDED}, ""),
        (
            {"2014-missing": MISSING.format("2014", "2014"), "2013-missing": MISSING.format("2013", "2014")},
            "",
        ),
        ({"episodes east": f"{EPISODES}\n3,01/05/2015,S,C2,N1,U4,PR1,01/07/2015,E4A,,,,\n"}, ""),
    ],
    ids=["another end", "a row less", "another code", "a copy", "of another year", "a part"],
)
def test_two_sets_of_one_year_that_differ_stop_with_both_names(tmp_path, other, told):
    sent = as_csv(tmp_path, {"header": TABLES["header"], "episodes": ENDED} | other)
    if not told:
        assert len(read_ssda903(sent, "return").lists["placements"]) == (3 if "episodes east" in other else 2)
        return
    with pytest.raises(DataStop) as stop:
        read_ssda903(sent, "return")
    said = str(stop.value)
    assert told in said and all(f"return/{name}.csv" in said for name in other) and "Keep the set" in said


@pytest.mark.parametrize(
    ("sets", "first"),
    [
        ({"2014": 2014, "2015": 2015}, 2014),
        ({"2013": 2013, "2015": 2015}, 2015),
        ({"east": 2015, "west": 2015}, 2015),
    ],
    ids=["two years", "a year between is missing", "two parts of one year"],
)
def test_a_year_is_covered_only_by_a_set_of_its_own(tmp_path, sets, first):
    ended = "{0},01/05/{1},S,C2,N1,U4,PR1,01/07/{1},E4A,,,,"
    tables = {
        f"{name}-episodes": f"{EPISODES}\n{ended.format(n, of)}\n"
        for n, (name, of) in enumerate(sets.items(), 1)
    }
    folder = as_csv(tmp_path / "ssda903", tables | {"header": TABLES["header"]})
    records = read_format("ssda903", folder, ReportYear(2015), None)
    assert days_covered(records, ReportYear(2015)) == (ReportYear(first).start, ReportYear(2015).end)
    told = [one.message for one in coverage(records, ReportYear(2015), "return") if one.result == "warning"]
    missing = "Between the sets of 2013-14 and 2015-16 there is none of 2014-15."
    assert told == ([missing] if "2013" in sets else [])


def test_a_period_without_its_first_episode_is_told(tmp_path):
    episodes = f"{EPISODES}\n1,01/05/2015,P,C2,N1,U4,PR1,01/06/2015,X1,,,,\n"
    said = " ".join(
        str(f) for f in read_ssda903(as_csv(tmp_path, TABLES | {"episodes": episodes}), "return").findings
    )
    assert "do not begin with reason S" in said and "none does" in said and "distance and location" in said


def test_a_distance_is_used_when_it_is_sent(tmp_path):
    episodes = "CHILD,DECOM,RNE,LS,CIN,PLACE,DEC,REC,PL_DISTANCE,PL_LOCATION\n1,01/05/2015,S,C2,N1,U4,,,12.5,OUT\n2,01/05/2015,S,C2,N1,U4,,,999.9,\n"
    records = read_ssda903(as_csv(tmp_path, {"header": TABLES["header"], "episodes": episodes}), "return")
    assert (
        period(records, "1")["distance_miles"].item() == 12.5
        and period(records, "1")["location"].item() == "outside"
    )
    assert pd.isna(period(records, "2")["distance_miles"].item())


@pytest.mark.parametrize(
    "start", ["<!DOCTYPE x [<!ENTITY a 'b'>]>", "<!DOCTYPE x SYSTEM 'file:///etc/hostname'>"]
)
def test_xml_with_a_document_type_or_entity_is_refused(tmp_path, start):
    (tmp_path / "return.xml").write_text(
        f"{start}<EXPSSDA903><CHILD><HEADER><CHILDID>1</CHILDID></HEADER></CHILD></EXPSSDA903>"
    )
    with pytest.raises(DataStop, match="document type"):
        read_ssda903(tmp_path / "return.xml", "return.xml")


def test_a_field_of_xml_under_another_name_is_told(tmp_path):
    """Left in silence, every child would be of no ethnic group, and nothing would say why."""
    path = as_xml(tmp_path)
    assert not any("does not have" in told.message for told in read_ssda903(path, "return").findings)
    path.write_text(path.read_text().replace("ETHNIC>", "ETHNICITY>"))
    told = [told.message for told in read_ssda903(path, "return").findings if "does not have" in told.message]
    assert told == ["Fields that the SSDA903 does not have, not read: ETHNICITY."]


def test_broken_xml_stops(tmp_path):
    (tmp_path / "return.xml").write_text("<EXPSSDA903><CHILD>")
    with pytest.raises(DataStop, match="cannot be read"):
        read_ssda903(tmp_path / "return.xml", "return.xml")


@pytest.mark.skipif(not SAMPLES.exists(), reason="the sample returns are not here")
@pytest.mark.parametrize("pattern", ["2017-*.csv", "2018-*.csv", "SSDA903_2020_*.csv", "201*.csv"])
def test_the_sample_returns_are_read_whole(pattern):
    paths = sorted(SAMPLES.glob(pattern))
    records = read_ssda903(paths, "ssda903")
    sent = sum(len(path.read_text().splitlines()) - 1 for path in paths if "episodes" in path.name)
    rejected = int((records.rejects["table"] == "placements").sum())
    assert records.rows_in["placements"] == sent == len(records.lists["placements"]) + rejected
    assert not any(finding.result == "failure" and finding.check == "table" for finding in records.findings)


def test_a_header_that_stands_again_is_told_and_a_total_is_rejected(tmp_path):
    more = TABLES["episodes"] + f"\n{EPISODES}\nTotal 11,,,,,,,,,,,,"
    records = read_ssda903(as_csv(tmp_path, TABLES | {"episodes": more}), "return")
    assert any("header stands again" in finding.message for finding in records.findings)
    assert list(records.rejects["reason"]) == ["DECOM is empty"]
    assert len(records.lists["placements"]) == len(rows_of(TABLES["episodes"]))


def test_dates_that_fit_both_ways_beside_american_ones_are_left_missing():
    days, said = type_cells(pd.Series(["04/13/2015", "04/05/2015", "05/05/2015", None]), "date")
    assert list(days.dt.strftime("%d %B").fillna("")) == ["", "", "05 May", ""]
    assert "may be written the American way" in said[1] and said[2] == ""
    days, _ = type_cells(pd.Series(["13/04/2015", "04/05/2015"]), "date")
    assert list(days.dt.strftime("%d %B")) == ["13 April", "04 May"]


def test_a_number_with_a_nought_in_one_table_alone_is_told(tmp_path):
    """Else the child of an episode has no birth, sex or ethnic group, and nothing says why."""
    as_csv(tmp_path, TABLES | {"header": TABLES["header"].replace("\n1,", "\n01,")})
    told = [
        f.message
        for f in read_format("ssda903", tmp_path, ReportYear(2015), None).findings
        if f.check == "child"
    ]
    assert told == [
        "Numbers of children stand in two forms that differ in noughts in front, case, spaces or signs alone: 1."
    ]
