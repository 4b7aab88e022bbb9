"""Annex A as councils send it: headers that drift, sheets that are renamed, cells that cannot be read. All invented."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT
from invented_journeys import journeys
from invented_returns import write_annex_a
from openpyxl import Workbook

from bscbdata.build.cases import _take_in
from bscbdata.build.clean_run import CleanRun
from bscbdata.findings import DataStop
from bscbdata.indicators.conditions import Window
from bscbdata.indicators.journey import count_journey
from bscbdata.matching import Ledger
from bscbdata.period import ReportYear
from bscbdata.sources import large
from bscbdata.sources.titles import of_others
from bscbdata.statutory import list_columns
from bscbdata.statutory.annex_a import child_ids, headers, read_annex_a
from bscbdata.statutory.reading import coverage, days_covered, read_format

SAMPLE = ROOT.parent / "shared" / "data" / "returns" / "Annex_A.xlsx"
REFERRALS = {
    "Child Unique ID": ["11", "12"],
    "Gender": ["b) Female", "male"],
    "Ethnicity": ["a) WBRI", "White and Asian"],
    "Date of Birth": ["05/11/2009", "2012-02-29"],
    "Age of Child (Years)": ["6", "4"],
    "Date of referral": ["01/04/2015", "31/03/2016"],
    "Referral Source": ["Police", "2A: Schools"],
    "Referral NFA?": ["No", "a) Yes"],
    "Number of Referrals in Last 12 Months": ["0", "2.0"],
    "Allocated Team": ["North", "South"],
    "Allocated Worker": ["A Worker", "B Worker"],
}


def is_yes_or_no(header) -> bool:
    return any(
        one.kind == "yes_no" and one.name == header.column for one in list_columns().get(header.list, ())
    )


@pytest.fixture
def decide(tmp_path):
    ledger = Ledger(tmp_path / "ledger.csv")
    return lambda column, cells: ledger.record(column, cells, "2015-16")


def referrals(tmp_path, name="list_3.csv", **changes) -> Path:
    """The list of referrals with some columns renamed (`old=new`) or given other cells (`column=[…]`)."""
    columns = {}
    for header, cells in REFERRALS.items():
        change = changes.get(header, header)
        columns[change if isinstance(change, str) else header] = cells if isinstance(change, str) else change
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def stopped(paths, decide) -> str:
    with pytest.raises(DataStop) as stop:
        read_annex_a(paths, "annex_a", decide)
    return str(stop.value)


def test_a_list_comes_out_in_our_words(tmp_path, decide):
    records = read_annex_a([referrals(tmp_path)], "annex_a", decide)
    found = records.lists["referrals"]
    assert list(found["child"]) == ["11", "12"]
    assert list(found["sex"]) == ["female", "male"] and list(found["ethnicity"]) == ["white", "mixed"]
    assert list(found["source"]) == ["police", "schools"] and list(found["no_further_action"]) == [
        False,
        True,
    ]
    assert list(found["referral_date"].dt.strftime("%Y-%m-%d")) == ["2015-04-01", "2016-03-31"]
    assert list(found["referrals_in_last_12_months"]) == [0, 2]
    assert list(found["row_id"]) == ["annex_a/list_3.csv#2", "annex_a/list_3.csv#3"]


def test_teams_and_workers_are_never_read(tmp_path, decide):
    records = read_annex_a([referrals(tmp_path)], "annex_a", decide)
    everything = records.lists["referrals"].to_csv() + "".join(map(str, records.findings))
    assert "Worker" not in everything and "North" not in everything


@pytest.mark.parametrize(
    "drift",
    [
        {"Date of referral": "Date of Referral "},
        {"Age of Child (Years)": "Age"},
        {"Referral NFA?": "referral nfa"},
        {"Date of Birth": "DOB"},
        {"Child Unique ID": "Child ID"},
    ],
)
def test_headers_that_drift_in_case_spaces_brackets_and_known_words_are_the_same(tmp_path, decide, drift):
    plain = read_annex_a([referrals(tmp_path / "a")], "annex_a", decide)
    drifted = read_annex_a([referrals(tmp_path / "b", **drift)], "annex_a", decide)
    pd.testing.assert_frame_equal(plain.lists["referrals"], drifted.lists["referrals"])


def test_a_header_that_is_only_alike_is_proposed_and_stops_the_run(tmp_path, decide):
    said = stopped([referrals(tmp_path, **{"Referral Source": "Referral Sourse"})], decide)
    assert "may be 'Referral Source' (certainty 93%)" in said and "column 'Referral Sourse'" in said
    assert "statutory/maps/annex_a.csv" in said


def test_a_list_without_its_date_stops_and_says_what_was_sent(tmp_path, decide):
    said = stopped([referrals(tmp_path, **{"Date of referral": "When"})], decide)
    assert "cannot do without are missing: Date of referral" in said and "When" in said


def test_a_list_whose_own_headers_are_only_alike_is_not_taken_for_another(tmp_path, decide):
    """The headers that most lists share fit list 1 best, since it has few beside them."""
    own = {"Cont. Assessment Started": "04/05/2015", "Cont. Assessment Authorised": "05/06/2015"}
    path = tmp_path / "export.csv"
    pd.DataFrame([PEOPLE | own | TEAM]).to_csv(path, index=False)
    said = stopped([path], decide)
    assert "list 4 (Assessments) cannot do without are missing: Continuous Assessment Start Date." in said
    assert "'Cont. Assessment Started' may be 'Continuous Assessment Start Date'" in said


def test_no_breakdown_is_given_by_what_the_list_has_no_column_for(tmp_path, decide):
    """Annex A has no need in its referrals: every one of them would be shown under 'not_recorded'."""
    records = read_annex_a([referrals(tmp_path)], "annex_a", decide)
    year = ReportYear(2015)
    counted = count_journey(records.lists, Window(year.start, year.end), year, records.not_sent)
    assert set(counted[counted["indicator"] == "referrals"]["breakdown"]) == {
        "all",
        "source",
        "sex",
        "age",
        "ethnicity",
    }


def test_a_second_list_below_the_first_is_not_read_as_more_rows_of_it(tmp_path, decide):
    """Nor is it with --allow-rejects, by which only its header would be left out."""
    contacts = pd.DataFrame([PEOPLE | {"Date of Contact": "04/05/2015", "Contact Source": "Police"}])
    path = referrals(tmp_path)
    path.write_text(contacts.to_csv(index=False) + "\n" + path.read_text(encoding="utf8"), encoding="utf8")
    said = stopped([path], decide)
    assert "row 4: Another list begins below this one. Found 'Child Unique ID, Gender" in said


def test_a_column_that_was_not_sent_is_told_and_left_missing(tmp_path, decide):
    path = referrals(tmp_path)
    pd.read_csv(path, dtype=str).drop(columns="Referral NFA?").to_csv(path, index=False)
    records = read_annex_a([path], "annex_a", decide)
    assert records.lists["referrals"]["no_further_action"].isna().all()
    assert any("Columns not sent: Referral NFA?" in finding.message for finding in records.findings)


# List, and a header of it sent under a name that no known one is like -> a figure that rests on that column of ours.
RESTS_ON = {
    (4, "Continuous Assessment Date of Authorisation"): ("assessments_completed", "authorisation_date"),
    (4, "Continuous Assessment Date of Authorisation "): ("assessments_open_over_45_working_days", "authorisation_date"),
    (5, "Date of Initial Child Protection Conference"): ("initial_child_protection_conferences", "conference_date"),
    (5, "Was an Initial Child Protection Conference deemed unnecessary?"): ("section_47_outcome_not_yet_known_pct", "conference_not_required"),
    (6, "CIN Closure Date"): ("children_in_need", "closure_date"),
    (7, "Child Protection Plan End Date"): ("child_protection_plans", "end_date"),
    (8, "Date Ceased to be Looked After"): ("children_looked_after", "end_date"),
    (8, "Child's Legal Status"): ("children_looked_after", "legal_status"),
}  # fmt: skip


def yearly(tmp_path, number: int, renamed: dict[str, str]) -> pd.DataFrame:
    """What is counted of one list of two cases, both begun in May 2015 and closed in June, some headers renamed."""
    kinds = {column.name: column.kind for column in list_columns()[LISTS[number][0].list]}
    cells = {}
    for header in LISTS[number]:
        late = header.column.startswith(("end", "closure", "authorisation", "conference_d"))
        by_kind = {"date": "01/06/2015" if late else "01/05/2015", "yes_no": "b) No"}
        cells[header.header] = by_kind.get(kinds.get(header.column), "")
    rows = pd.DataFrame([cells, cells]).assign(
        **{"Child Unique ID": ["1", "2"], "Date of Birth": "02/03/2010"}
    )
    rows.rename(columns=renamed).to_csv(tmp_path / "list.csv", index=False)
    records = read_annex_a([tmp_path / "list.csv"], "annex_a", lambda column, cells: (cells, []))
    window = Window(date(2014, 4, 1), date(2016, 3, 31))
    counted = count_journey(records.lists, window, ReportYear.parse("2015-16"), records.not_sent)
    return counted[counted["period_kind"] == "year"].set_index(["indicator", "breakdown", "category"])


LISTS = {n: [header for header in headers() if header.number == n] for n in range(1, 12)}


@pytest.mark.parametrize(("sent", "rests"), RESTS_ON.items())
def test_no_figure_rests_on_a_column_that_was_sent_under_a_name_that_nothing_is_like(tmp_path, sent, rests):
    """Were it only left missing, every case would be open, or none held: a figure, and wrong."""
    (number, header), (indicator, column) = sent, rests
    before = yearly(tmp_path, number, {})
    after = yearly(tmp_path, number, {header.strip(): "Fld 17"})
    assert before.loc[(indicator, "all", "All"), "status"] == "shown"
    row = after.loc[(indicator, "all", "All")]
    assert row["status"] == "not_available" and row["reason"] == f"the lists do not hold {column}"
    shown = after[after["status"] == "shown"]
    pd.testing.assert_frame_equal(shown, before.loc[shown.index])


def test_a_breakdown_by_a_column_that_was_not_sent_is_not_given(tmp_path):
    renamed = {"Date of Birth": "Fld 4", "Gender": "Fld 2"}
    before, after = yearly(tmp_path, 4, {}), yearly(tmp_path, 4, renamed)
    by = [
        set(told.loc["assessments_completed"].index.get_level_values("breakdown")) for told in (before, after)
    ]
    assert by == [{"all", "sex", "age", "ethnicity"}, {"all", "ethnicity"}]


def test_what_was_not_sent_is_known_where_the_year_is_counted(tmp_path, decide):
    path = referrals(tmp_path, **{"Date of referral": ["01/04/2015", "31/03/2016"], "Gender": "Fld 2"})
    records = read_annex_a([path], "annex_a", decide)
    counted = _take_in(records, "annex_a", ReportYear.parse("2015-16"), b"key", "illustrative", CleanRun())
    assert "ethnicity" in set(counted["breakdown"]) and "sex" not in set(counted["breakdown"])


def test_a_required_header_that_is_renamed_is_proposed(tmp_path, decide):
    said = stopped([referrals(tmp_path, **{"Date of referral": "Referral date/time"})], decide)
    assert "missing: Date of referral. 'Referral date/time' may be 'Date of referral', certainty" in said


def test_notes_below_a_list_are_set_aside_and_a_row_cut_short_is_not(tmp_path, decide):
    path = referrals(tmp_path)
    with path.open("a", encoding="utf8") as stream:
        stream.write("13\nTotal rows: 2\nRun on 1 April 2016\n")
    records = read_annex_a([path], "annex_a", decide)
    reasons = list(records.rejects["reason"])
    assert len(records.lists["referrals"]) == 2 and records.rows_in["referrals"] == 5
    assert reasons.count("set aside: note") == 2 and "Date of referral is empty" in reasons


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_total_row_amid_or_under_a_list_is_set_aside_and_no_child(tmp_path, decide, place):
    path = referrals(tmp_path)
    lines = path.read_text(encoding="utf8").splitlines()
    lines.insert(place, "Total,,2,,,,,,2,,")
    path.write_text("\n".join(lines), encoding="utf8")
    records = read_annex_a([path], "annex_a", decide)
    assert list(records.lists["referrals"]["child"]) == ["11", "12"]
    assert list(records.rejects["reason"]) == ["set aside: totals row"] and records.rows_in["referrals"] == 3
    assert not [one for one in records.findings if one.result == "failure"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Number of records: 3", True),
        ("1,000 rows returned", True),
        ("Results truncated", True),
        ("First 2 rows", True),
        ("Number of records: 2", False),
        ("2 rows returned", False),
        ("Records of 2015-16", False),
        ("Case records of the last 6 months", False),
    ],
)
def test_a_list_that_says_how_long_it_is_is_held_against_its_rows(tmp_path, decide, line, told):
    path = referrals(tmp_path)
    body = path.read_text(encoding="utf8")
    for text in (f"{line.replace(',', '')}\n{body}", f"{body}{line.replace(',', '')}\n"):
        path.write_text(text, encoding="utf8")
        found = read_annex_a([path], "annex_a", decide).findings
        assert [one.check for one in found if one.check == "row_count"] == ["row_count"] * told


def test_the_same_list_twice_stops(tmp_path, decide):
    said = stopped([referrals(tmp_path, "a/list_3.csv"), referrals(tmp_path, "b/referrals.csv")], decide)
    assert "List 3 is there twice" in said


def test_a_file_that_is_no_list_is_told(tmp_path, decide):
    (tmp_path / "other.csv").write_text("Month,Number\nApril,3\n")
    assert "No list of Annex A is in it" in stopped([tmp_path / "other.csv"], decide)


@pytest.mark.parametrize(
    ("cell", "reason"), [("31/02/2016", "31/02/2016"), ("soon", "soon"), ("", "Date of referral is empty")]
)
def test_a_row_without_a_usable_date_is_rejected_whole_with_its_place(tmp_path, decide, cell, reason):
    path = referrals(tmp_path, **{"Date of referral": ["01/04/2015", cell]})
    records = read_annex_a([path], "annex_a", decide)
    assert len(records.lists["referrals"]) == 1 and records.rows_in["referrals"] == 2
    rejected = records.rejects.iloc[0]
    assert rejected["row_id"] == "annex_a/list_3.csv#3" and reason in rejected["reason"]
    assert "12 | male | White and Asian" in rejected["content"]
    assert any(finding.result == "failure" and finding.row == 3 for finding in records.findings)


def test_dates_that_fit_both_ways_beside_american_ones_are_not_taken_for_british(tmp_path, decide):
    path = referrals(tmp_path, **{"Date of referral": ["04/13/2015", "04/05/2015"]})
    records = read_annex_a([path], "annex_a", decide)
    assert records.lists["referrals"].empty
    assert "'04/05/2015' may be written the American way" in records.rejects["reason"].iloc[1]
    path = referrals(tmp_path, **{"Date of referral": ["13/04/2015", "04/05/2015"]})
    dates = read_annex_a([path], "annex_a", decide).lists["referrals"]["referral_date"]
    assert list(dates.dt.strftime("%d %B")) == ["13 April", "04 May"]


@pytest.mark.parametrize(("slid", "told"), [(0, 0), (1, 1)])
def test_a_column_that_slid_by_a_row_is_told_by_the_ages_beside_it(tmp_path, decide, slid, told):
    """Every child is of another age than the one above; the ages are those of the end of March 2016."""
    ages = [1, 9, 3, 14, 6, 17]
    born = [f"{20 + row}/07/{2015 - age}" for row, age in enumerate(ages)]
    same = {"Gender": "b) Female", "Ethnicity": "a) WBRI", "Date of referral": "01/05/2015"}
    rows = {header: [same.get(header)] * 6 for header in REFERRALS}
    rows |= {"Child Unique ID": range(11, 17), "Date of Birth": born[slid:] + born[:slid]}
    path = tmp_path / "list_3.csv"
    pd.DataFrame(rows | {"Age of Child (Years)": ages}).to_csv(path, index=False)
    found = [one for one in read_annex_a([path], "annex_a", decide).findings if one.check == "ages"]
    assert [one.message.startswith("6 of 6 ages") for one in found] == [True] * told


def test_a_date_of_birth_that_cannot_be_read_is_left_missing_and_told(tmp_path, decide):
    records = read_annex_a(
        [referrals(tmp_path, **{"Date of Birth": ["unknown", "2012-02-29"]})], "annex_a", decide
    )
    assert records.lists["referrals"]["date_of_birth"].isna().tolist() == [True, False]
    assert any(finding.column == "Date of Birth" and finding.row == 2 for finding in records.findings)


@pytest.mark.parametrize(
    ("number", "name", "start", "end"),
    [
        (4, "assessments", "Continuous Assessment Start Date", "Continuous Assessment Date of Authorisation"),
        (
            5,
            "section_47",
            "Strategy discussion initiating Section 47 Enquiry Start Date",
            "Date of Initial Child Protection Conference",
        ),
        (7, "plans", "Child Protection Plan Start Date", "Child Protection Plan End Date"),
        (8, "looked_after", "Date Started to be Looked After", "Date Ceased to be Looked After"),
    ],
)
def test_a_row_with_an_end_that_cannot_be_read_is_rejected_and_does_not_count_as_open(
    tmp_path, decide, number, name, start, end
):
    rows = {one.header: [None] * 4 for one in headers() if one.number == number}
    rows |= {"Child Unique ID": ["11", "12", "13", "14"], start: ["01/05/2015"] * 4}
    rows[end] = ["31/06/2015", "30/06/2015", None, "NULL"]
    pd.DataFrame(rows).to_csv(tmp_path / f"list_{number}.csv", index=False)
    records = read_annex_a([tmp_path / f"list_{number}.csv"], "annex_a", decide)
    assert list(records.lists[name]["child"]) == ["12", "13", "14"]
    assert list(records.rejects["row_id"]) == [f"annex_a/list_{number}.csv#2"]
    assert "31/06/2015" in records.rejects["reason"].item()
    assert [(one.check, one.row) for one in records.findings if one.result == "failure"] == [("value", 2)]


@pytest.mark.parametrize(
    "header", [one for one in headers() if is_yes_or_no(one)], ids=lambda one: f"{one.number}-{one.column}"
)
def test_every_column_of_yes_or_no_is_read(tmp_path, decide, header):
    rows = {one.header: [None] * 6 for one in headers() if one.number == header.number}
    needed = {one.header: "01/05/2015" for one in headers() if one.number == header.number and one.required}
    rows |= {name: [day] * 6 for name, day in needed.items()} | {"Child Unique ID": list("123456")}
    rows |= {header.header: ["a) Yes", "N", "Y", "b) No", "c) Unknown", None]}
    pd.DataFrame(rows).to_csv(tmp_path / f"list_{header.number}.csv", index=False)
    found = read_annex_a([tmp_path / f"list_{header.number}.csv"], "annex_a", decide).lists[header.list]
    assert found[header.column].astype("object").fillna("none").tolist() == [
        True,
        False,
        True,
        False,
        "none",
        "none",
    ]


def test_an_unknown_category_waits_for_the_analyst(tmp_path, decide):
    records = read_annex_a(
        [referrals(tmp_path, **{"Referral Source": ["Police", "Blue team"]})], "annex_a", decide
    )
    told = [finding for finding in records.findings if finding.result == "failure"]
    assert len(told) == 1 and "Blue team" in str(told[0]) and told[0].column == "Referral Source"


def test_numbers_of_children_are_the_same_however_a_spreadsheet_wrote_them():
    cells = pd.Series(["9212044.0", " 9212044", "A-17", None])
    assert list(child_ids(cells)[:3]) == ["9212044", "9212044", "A-17"] and pd.isna(child_ids(cells)[3])


def test_a_workbook_of_sheets_and_a_folder_of_files_are_the_same(tmp_path, decide):
    made = journeys(ReportYear.parse("2015-16"), contacts=300)
    book = write_annex_a(made, tmp_path / "book.xlsx", made.start)
    folder = write_annex_a(made, tmp_path / "lists", made.start)
    one = read_annex_a([book], "annex_a", decide)
    other = read_annex_a(sorted(folder.glob("*.csv")), "annex_a", decide)
    assert set(one.lists) == set(other.lists) and len(one.lists) == 7
    for name, frame in one.lists.items():
        pd.testing.assert_frame_equal(
            frame.drop(columns="row_id"), other.lists[name].drop(columns="row_id"), check_dtype=False
        )
        expected = made.lists[name].drop(columns="row_id")
        shared = [
            column for column in expected if frame[column].notna().any() and expected[column].notna().any()
        ]
        pd.testing.assert_frame_equal(frame[shared], expected[shared], check_categorical=False)


def test_an_end_that_lies_years_ahead_is_told(tmp_path, decide):
    rows = {one.header: [None] * 2 for one in headers() if one.number == 7}
    rows |= {"Child Unique ID": ["11", "12"], "Child Protection Plan Start Date": ["01/05/2015"] * 2}
    rows |= {"Child Protection Plan End Date": ["01/09/2015", "01/09/2051"]}
    plans = tmp_path / "list_7.csv"
    pd.DataFrame(rows).to_csv(plans, index=False)
    records = read_annex_a([referrals(tmp_path), plans], "annex_a", decide)
    told = [one for one in coverage(records, ReportYear.parse("2015-16"), "annex_a") if one.check == "future"]
    assert [(one.result, one.column) for one in told] == [("warning", "end_date")]
    assert "1 of 2 rows, first in annex_a/list_7.csv#3" in told[0].message


def test_six_months_are_said_to_be_six_months(tmp_path, decide):
    year = ReportYear.parse("2015-16")
    made = journeys(year, contacts=1_000)
    write_annex_a(made, tmp_path / "annex_a", pd.Timestamp("2015-10-01").date())
    records = read_format("annex_a", tmp_path / "annex_a", year, decide)
    assert days_covered(records, year)[0].isoformat() >= "2015-10-01"
    told = coverage(records, year, "annex_a")[0]
    assert told.result == "warning" and "of the 366 days of 2015-16" in told.message
    assert "(November to March)" in told.advice or "(October to March)" in told.advice
    assert 170 <= int(told.message.split(": ")[1].split(" of")[0]) <= 183


@pytest.mark.parametrize(
    ("cells", "empty"),
    [(["a) Yes", "b) No", None, ""], 2), (["a) Yes", "a) Yes", "", ""], 0), (["b) No"] * 4, 0)],
)
def test_a_flag_that_is_half_filled_is_told(tmp_path, decide, cells, empty):
    twice = {header: cells_of * 2 for header, cells_of in REFERRALS.items()}
    twice |= {"Child Unique ID": ["11", "12", "13", "14"], "Referral NFA?": cells}
    referrals(tmp_path / "annex_a", **twice)
    records = read_format("annex_a", tmp_path / "annex_a", ReportYear(2015), decide)
    told = [finding.message for finding in records.findings if finding.check == "empty"]
    assert len(told) == bool(empty)
    assert not empty or f"no_further_action of referrals is empty in {empty} of 4 rows" in told[0]


@pytest.mark.parametrize(("held", "told"), [(3, False), (4, True)])
def test_whether_a_conference_led_to_a_plan_is_asked_of_conferences_alone(tmp_path, decide, held, told):
    rows = {one.header: [None] * 9 for one in headers() if one.number == 5}
    rows |= {"Child Unique ID": [f"1{n}" for n in range(9)], "Gender": ["F"] * 9}
    rows["Strategy discussion initiating Section 47 Enquiry Start Date"] = ["01/05/2015"] * 9
    rows["Date of Initial Child Protection Conference"] = ["10/05/2015"] * held + [None] * (9 - held)
    plan = "Did the Initial Child Protection Conference Result in a Child Protection Plan"
    rows[plan] = ["a) Yes", "b) No", "a) Yes"] + [None] * 6
    (tmp_path / "annex_a").mkdir()
    pd.DataFrame(rows).to_csv(tmp_path / "annex_a" / "list_5.csv", index=False)
    found = read_format("annex_a", tmp_path / "annex_a", ReportYear(2015), decide).findings
    assert [one.message.startswith("led_to_plan") for one in found if one.check == "empty"] == [True] * told


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("List 3: referrals 2014-15", "speaks of 2014-15"),
        ("Referrals from 01/10/2015 to 31/03/2016", ""),
        ("DRAFT - dummy data", "not final, or not real"),
        ("Oxfordshire County Council", "speaks of Oxfordshire"),
    ],
)
def test_what_a_title_says_of_a_list_is_told(tmp_path, decide, title, told):
    path = referrals(tmp_path)
    path.write_text(f"{title}\n{path.read_text(encoding='utf8')}", encoding="utf8")
    records = read_annex_a([path], "annex_a", decide)
    lines = [
        f"{found.result} {found.message}"
        for found in of_others(records.findings, "Buckinghamshire", [ReportYear(2015)])
        if found.value == title
    ]
    assert len(lines) == bool(told) and all(told in line and "warning" in line for line in lines)


def test_an_extract_of_another_year_is_said_to_be_one(tmp_path, decide):
    referrals(tmp_path / "annex_a")
    records = read_format("annex_a", tmp_path / "annex_a", ReportYear(2018), decide)
    [told] = coverage(records, ReportYear(2018), "annex_a")
    assert told.result == "warning" and "None of it is of 2018-19." in told.message
    assert "ask for that of 2018-19" in told.advice


def test_the_map_has_every_column_once_and_fills_only_columns_that_lists_have():
    for number in range(1, 12):
        wanted = [header for header in headers() if header.number == number]
        spellings = [spelling for header in wanted for spelling in header.spellings]
        assert len(spellings) == len(set(spellings)), f"list {number}"
        known = {column.name for column in list_columns().get(wanted[0].list, ())} | {"-"}
        assert {header.column for header in wanted} <= known, f"list {number}"


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sector's sample workbook is not beside the project")
def test_the_sectors_sample_workbook_is_read_whole(decide):
    records = read_annex_a([SAMPLE], "annex_a", decide)
    assert len(records.lists) == 10
    for name, rows_in in records.rows_in.items():
        rejected = int((records.rejects["table"] == name).sum())
        assert rows_in == len(records.lists.get(name, ())) + rejected > 0
    assert records.lists["contacts"]["contact_date"].notna().all()


def test_an_xml_workbook_of_excel_2003_is_read_sheet_by_sheet(tmp_path, decide):
    """Under either name: were only its first sheet read, the other lists would be lost in silence."""
    mark = "urn:schemas-microsoft-com:office:spreadsheet"
    known = {
        "Child Unique ID": "1",
        "Date of Contact": "2015-05-01T00:00:00.000",
        "Date of referral": "2015-05-02T00:00:00.000",
    }
    lists = {}
    for header in headers():
        if header.number in (1, 3):
            names, cells = lists.setdefault(f"List {header.number}", ([], []))
            names.append(header.header)
            cells.append(known.get(header.header, ""))
    sheets = "".join(
        f'<Worksheet Name="{name}"><Table>'
        + "".join(
            "<Row>"
            + "".join(
                f'<Cell><Data Type="{"DateTime" if "T00" in cell else "String"}">{cell}</Data></Cell>'
                for cell in row
            )
            + "</Row>"
            for row in rows
        )
        + "</Table></Worksheet>"
        for name, rows in lists.items()
    )
    for name in ("annex.xls", "annex.xml"):
        path = tmp_path / name
        path.write_text(f'<?xml version="1.0"?><Workbook xmlns="{mark}">{sheets}</Workbook>', encoding="utf8")
        records = read_annex_a([path], name, decide)
        assert records.rows_in == {"contacts": 1, "referrals": 1}, records.findings
        assert records.lists["contacts"]["contact_date"].dt.strftime("%d/%m/%Y").tolist() == ["01/05/2015"]


def test_an_optional_header_with_its_words_in_another_order_is_proposed_and_stops_the_run(tmp_path, decide):
    """Left to a warning, the breakdown by source would be missing from the report."""
    said = stopped([referrals(tmp_path, **{"Referral Source": "The source (referral)"})], decide)
    assert "may be 'Referral Source' (certainty 99%)" in said


def in_folder(tmp_path, format: str, **files: str):
    """What is read of a format's folder with these files."""
    folder = tmp_path / "raw" / "2015-16" / "statutory" / format
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf8")
    decide = Ledger(tmp_path / "ledger.csv").record
    return read_format(
        format, folder, ReportYear(2015), lambda column, cells: decide(column, cells, "2015-16")
    )


EPISODES = "CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN\n"
CHILDREN = "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB\n"


def cut_numbers(records) -> list[str]:
    return [finding.message for finding in records.findings if finding.check == "child"]


def test_numbers_of_children_that_excel_cut_stop_the_run_in_every_format(tmp_path):
    """Two children whose numbers both became 1.23457E+11 would be one child with two contacts."""
    sent = pd.read_csv(referrals(tmp_path, **{"Child Unique ID": ["1.23457E+11", "1.23457E+11"]}), dtype=str)
    [told] = cut_numbers(in_folder(tmp_path / "a", "annex_a", list_3=sent.to_csv(index=False)))
    assert "2 rows of referrals" in told
    row = "1.2E+10,09/04/2015,S,C2,N1,U4,PR1,,,,,,\n"
    found = in_folder(
        tmp_path / "b", "ssda903", header=CHILDREN + "1.2E+10,1,05/06/2008,WBRI,,,\n", episodes=EPISODES + row
    )
    assert "1 row of placements" in cut_numbers(found)[0]
    plain = in_folder(
        tmp_path / "c", "annex_a", list_3=referrals(tmp_path, name="plain.csv").read_text(encoding="utf8")
    )
    assert not cut_numbers(plain)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["NULL", "NULL"], "A word, or nothing but noughts, stands for the number of a child, in 2 rows of referrals"),
        (["Unborn", "12"], "A word, or nothing but noughts, stands for the number of a child, in 1 row of referrals"),
        (["12", "000"], "first in 2015-16/statutory/annex_a/list_3.csv#3"),
        (["12", "13; 14"], "Several numbers of children stand in one cell, in 1 row of referrals, first in"),
        (["12 and A13", "14"], "Several numbers of children stand in one cell"),
        (["1,000,012", "A-17/2"], ""),
    ],
)  # fmt: skip
def test_what_makes_one_child_of_several_stops_the_run(tmp_path, cells, said):
    """All children called NULL would be one, referred again and again."""
    sent = pd.read_csv(referrals(tmp_path, **{"Child Unique ID": cells}), dtype=str, keep_default_na=False)
    told = cut_numbers(in_folder(tmp_path / "a", "annex_a", list_3=sent.to_csv(index=False)))
    assert [said in one for one in told] == [True] * bool(said)


def test_a_return_with_nothing_to_count_is_told(tmp_path):
    records = in_folder(tmp_path, "ssda903", header=CHILDREN + "1,1,05/06/2008,WBRI,,,\n")
    [told] = [finding for finding in records.findings if finding.check == "empty"]
    assert told.result == "warning" and "Nothing of this return can be counted" in told.message


def test_the_day_of_a_contact_is_read_with_its_time(tmp_path, decide):
    dates = ["10/04/2015 14:35", "2015-04-11 09:05:07.000"]
    records = read_annex_a([referrals(tmp_path, **{"Date of referral": dates})], "annex_a", decide)
    assert [f"{day:%d %B}" for day in records.lists["referrals"]["referral_date"]] == ["10 April", "11 April"]


def workbook_of(path, change, sheet="List 3"):
    book = Workbook()
    book.active.title = sheet
    for row in (REFERRALS, *zip(*REFERRALS.values(), strict=True)):
        book.active.append(list(row))
    change(book)
    book.save(path)
    return path


def test_a_header_that_stands_again_loses_no_row_above_it(tmp_path, decide):
    """A report in pages says its header on each: the first is the header, and the others are set aside."""
    path = referrals(tmp_path)
    header, first, second = path.read_text(encoding="utf8").splitlines()
    path.write_text("\n".join([header, first, header, second, ""]), encoding="utf8")
    records = read_annex_a([path], "annex_a", decide)
    assert list(records.lists["referrals"]["child"]) == ["11", "12"]
    assert list(records.rejects["reason"]) == ["set aside: header repeated"]
    assert records.rows_in["referrals"] == 3


def test_what_is_odd_about_the_cells_that_are_used_is_told(tmp_path, decide):
    def change(book):
        book.active["I2"] = "=1+1"  # number of referrals: its value was never worked out
        book.active["F3"] = "#N/A"
        book.active["J2"], book.active["K2"] = "#N/A", "=J2"  # team and worker, which are not read
        book.active.row_dimensions[3].hidden = True

    path = workbook_of(tmp_path / "a.xlsx", change)
    records = read_annex_a([path], "annex_a", decide)
    told = [str(finding) for finding in records.findings if finding.check in ("value", "hidden")]
    assert [words for words in ("has no value: I2.", "no value in F3.", "Hidden rows", "J2", "K2") if words in " ".join(told)] == [
        "has no value: I2.", "no value in F3.", "Hidden rows",
    ]  # fmt: skip


def test_every_sheet_is_read_so_none_is_called_unread(tmp_path, decide):
    def change(book):
        book.create_sheet("Lookups").append(["Team"])
        book["Lookups"].sheet_state = "hidden"

    records = read_annex_a([workbook_of(tmp_path / "a.xlsx", change)], "annex_a", decide)
    told = [str(finding) for finding in records.findings if finding.result == "warning"]
    assert len(told) == 1 and "'Lookups' is not one of the lists" in told[0]


def test_a_long_list_with_a_short_row_is_read_the_slower_way(tmp_path, decide, monkeypatch):
    monkeypatch.setattr(large, "LARGE_BYTES", 10)
    path = referrals(tmp_path)
    text = path.read_text(encoding="utf8")
    path.write_text(text.replace(",North,A Worker", ""), encoding="utf8")
    records = read_annex_a([path], "annex_a", decide)
    assert len(records.lists["referrals"]) == 2
    assert [finding.row for finding in records.findings if finding.check == "ragged"] == [2]


@pytest.mark.parametrize("form", ["011", "'11", "1-1"])
def test_one_number_in_two_forms_is_told(tmp_path, decide, form):
    folder = tmp_path / "annex_a"
    referrals(tmp_path, "annex_a/list_3.csv", **{"Child Unique ID": [form, "12"]})
    contacts = (
        "Child Unique ID,Gender,Ethnicity,Date of Birth,Age of Child (Years),Date of Contact,Contact Source\n"
    )
    (folder / "list_1.csv").write_text(
        f"{contacts}11,F,WBRI,05/11/2009,6,01/04/2015,Police\n", encoding="utf8"
    )
    told = [
        f.message
        for f in read_format("annex_a", folder, ReportYear(2015), decide).findings
        if f.check == "child"
    ]
    assert told == [
        "Numbers of children stand in two forms that differ in noughts in front, case, spaces or signs alone: 1."
    ]


# Headers as a public script of the sector writes the lists out of a Standard Safeguarding Dataset
# (data-to-insight/ssd-data-model, Annex A in SQL Server, in its first and in its later wording); the rows are made up.
PEOPLE = {"CHILD_ID": "7", "GENDER": "F", "ETHNICITY": "WBRI", "DATE_OF_BIRTH": "02/03/2010", "AGE": "5"}
TEAM = {"ALLOCATED_TEAM": "North", "ALLOCATED_WORKER": "A Worker"}
FROM_THE_SSD = {
    "later assessments": (
        {"HasDisability": "b) No", "ContinuousAssessmentStart": "04/05/2015", "ContinuousAssessmentChildSeen": "a) Yes", "ContinuousAssessmentAuthDate": "05/06/2015", "CSCSupportRequired": "a) Yes"},
        {"start_date": pd.Timestamp("2015-05-04"), "authorisation_date": pd.Timestamp("2015-06-05"), "requires_support": True, "disability": False},
    ),
    "later section_47": (
        {"HasDisability": "b) No", "StratDiscussionDate": "04/05/2015", "InitialCPConfUnnecessary": "b) No", "InitialCPConfDate": "05/06/2015", "CPConfResultInCPPlan": "a) Yes", "NumberS47s12m": "0", "NumberICPCs12m": "0"},
        {"start_date": pd.Timestamp("2015-05-04"), "conference_date": pd.Timestamp("2015-06-05"), "conference_not_required": False, "led_to_plan": True},
    ),
    "referrals": (
        {"REFERRAL_ID": "1", "REFERRAL_DATE": "04/05/2015", "REFERRAL_SOURCE": "Police", "NFA": "No", "NUMBER_REFERRALS_LAST12MTHS": "1"},
        {"referral_date": pd.Timestamp("2015-05-04"), "no_further_action": False, "referrals_in_last_12_months": 1},
    ),
    "assessments": (
        {"DISABILITY": "", "ASMT_START_DATE": "04/05/2015", "CONT_ASMT": "Y", "ASMT_AUTH_DATE": "05/06/2015", "REQU_SOCIAL_CARE_SUPPORT": "", "ASMT_OUTCOME_NFA": "N"},
        {"start_date": pd.Timestamp("2015-05-04"), "authorisation_date": pd.Timestamp("2015-06-05")},
    ),
    "section_47": (
        {"DISABILITY": "", "ENQUIRY_ID": "9", "S47_ENQUIRY_START_DATE": "04/05/2015", "CP_CONF_NEEDED": "Y", "CP_CONF_DATE": "05/06/2015", "CountS47s12m": "0"},
        {"start_date": pd.Timestamp("2015-05-04"), "conference_date": pd.Timestamp("2015-06-05"), "conference_not_required": pd.NA},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FROM_THE_SSD)
def test_a_list_is_known_by_the_headers_that_are_its_own(tmp_path, decide, name):
    """What all lists share would make a list of contacts of every other. That a conference is needed (`CP_CONF_NEEDED`)
    says the opposite of Annex A's own column, so it is not read."""
    own, expected = FROM_THE_SSD[name]
    pd.DataFrame([PEOPLE | own | TEAM]).to_csv(tmp_path / "export.csv", index=False)
    records = read_annex_a([tmp_path / "export.csv"], "annex_a", decide)
    name = name.removeprefix("later ")
    assert list(records.lists) == [name] and len(records.lists[name]) == 1
    row = records.lists[name].iloc[0]
    for column, value in expected.items():
        assert row[column] is pd.NA if value is pd.NA else row[column] == value, column
