"""The check in all its forms, and the templates, on a copy of the project whose returns are broken in known ways."""

import hashlib
import io
import re
import shutil
from html import unescape

import openpyxl
import pandas as pd
import pytest
from browsing import faults_anywhere, needs_browser, watched
from conftest import ROOT
from rich.console import Console

from bscbdata.build.clean import examine
from bscbdata.checking import overview
from bscbdata.checking.last_year import last_years, rows_gone, same_numbers, swapped
from bscbdata.checking.page import write_page
from bscbdata.checking.templates import by_file, headers, write_templates
from bscbdata.checking.terminal import alike, show
from bscbdata.checking.workbook import MARK, write_check, write_for_agencies
from bscbdata.findings import failure
from bscbdata.lists import RISKY
from bscbdata.office import new_book, save, write_cell
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.provenance import CARRIED_OVER, write_origin
from bscbdata.quality import CHECKS, odd
from bscbdata.sources import load_source
from bscbdata.sources.reading import read_source
from bscbdata.tables import dtype_of

YEAR = ReportYear.parse("2015-16")
RETURNS = ROOT / "data" / "raw" / "2015-16"
FORMULA = "=HYPERLINK(1)"


def renew(path):
    about = dict.fromkeys(("published", "accessed", "vintage", "note"), "")
    write_origin(path, publisher="P", title="T", licence="MIT", provenance="illustrative", **about)


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """One return missing, one of headers alone, one that the year goes without, one without a month, one with a bad count, one with a formula in a text cell, and a list of
    children with a date that is none."""
    root = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "_quarto.yml", root)
    shutil.copytree(ROOT / "data" / "raw", root / "data" / "raw")
    (root / "notebooks").mkdir()
    year = root / "data" / "raw" / "2015-16"
    for name in ("cdop/workload.csv", "transport/client_transport.csv"):
        (year / name).unlink()
        (year / f"{name}.origin.toml").unlink()
    settings = (year / "year.toml").read_text(encoding="utf8")
    known = '[gaps]\nclient_transport = "The contract ended."\ncontribution = "In November."'
    (year / "year.toml").write_text(settings.replace("[gaps]", known), encoding="utf8")
    swan = year / "childrens_social_care" / "swan_unit.csv"
    lines = swan.read_text(encoding="utf8").splitlines()
    swan.write_text("\n".join([*lines, "February 2016,many"]) + "\n", encoding="utf8")
    events = year / "training" / "events.csv"
    text = events.read_text(encoding="utf8").splitlines()
    first, _, rest = text[-1].partition(",")
    events.write_text(
        "\n".join([*text, f'"{FORMULA}",{rest.replace(rest.split(",")[-1], "none")}']) + "\n", encoding="utf8"
    )
    statutory = year / "statutory" / "annex_a"
    statutory.mkdir(parents=True)
    headers_3 = [h.header for h in annex_headers(3)]
    good = dict.fromkeys(headers_3, "") | {"Child Unique ID": "7654321", "Date of referral": "01/05/2015"}
    bad = good | {"Child Unique ID": "1234567", "Date of referral": "31/02/2016"}
    pd.DataFrame([good, bad]).to_csv(statutory / "list_3.csv", index=False)
    reasons = year / "childrens_social_care" / "referral_reasons.csv"
    reasons.write_text("Reason for referral,Share of referrals\n", encoding="utf8")
    for path in (swan, events, reasons, statutory / "list_3.csv"):
        renew(path)
    return Project(root)


def annex_headers(number):
    from bscbdata.statutory.annex_a import headers as every

    return [header for header in every() if header.number == number]


@pytest.fixture(scope="module")
def run(broken):
    return examine(broken, YEAR)


@pytest.fixture(scope="module")
def found(run, broken):
    return overview(run, broken, YEAR)


def agency(found, name):
    return next(one for one in found.agencies if name in one.name)


def test_every_row_of_every_return_is_accounted_for(found):
    returns = [sent for one in found.agencies for sent in one.returns]
    assert len(returns) > 50 and all(sent.balances for sent in returns)
    swan = next(sent for sent in returns if sent.table == "swan_unit")
    assert swan.rejects == 1 and swan.rows_in == swan.rows + swan.set_aside + 1


def test_a_return_that_did_not_come_is_outstanding(found):
    assert [sent.table for sent in agency(found, "Child Death").outstanding] == ["cdop_workload"]


def test_a_return_of_headers_alone_is_outstanding_too_and_makes_no_table(found, run):
    assert "referral_reasons" not in run.tables
    assert [sent.table for sent in agency(found, "social care").outstanding] == ["referral_reasons"]
    assert "Only the headers" in " ".join(
        finding.message for finding in agency(found, "social care").findings
    )


def test_a_return_that_year_toml_goes_without_is_asked_of_nobody(found):
    transport = agency(found, "Client transport")
    assert not transport.outstanding and not transport.needs_work
    assert [sent.coverage for sent in transport.returns] == ["year.toml says: The contract ended."]


def test_a_gap_of_a_name_that_nothing_has_is_told_with_the_name_that_was_meant(found):
    (told,) = [finding for finding in found.findings if finding.check == "gap name"]
    assert (told.result, told.value, told.file) == ("warning", "contribution", "2015-16/year.toml, [gaps]")
    assert told.advice.startswith("Near it: contributions")


def test_months_that_a_return_lacks_are_named(broken, tmp_path):
    root = tmp_path / "project"
    shutil.copytree(broken.root, root)
    path = root / "data" / "raw" / "2015-16" / "childrens_social_care" / "contacts_by_month.xlsx"
    grid = pd.read_excel(path, sheet_name="Contacts", header=None, engine="calamine")
    month = grid[0].ffill()
    kept = grid[~month.astype("str").str.contains("2015-07|July 2015|Jul-15")]
    with pd.ExcelWriter(path) as book:
        kept.to_excel(book, sheet_name="Contacts", header=False, index=False)
    renew(path)
    project = Project(root)
    contacts = next(
        sent
        for sent in agency(overview(examine(project, YEAR), project, YEAR), "Children's social").returns
        if sent.table == "contacts"
    )
    assert contacts.missing == ("July 2015",) and len(contacts.periods) == 11
    assert contacts.coverage == "11 of 12 months; missing July 2015"


def test_each_return_has_a_line_on_what_of_the_year_it_covers(found):
    lines = {sent.table: sent.coverage for one in found.agencies for sent in one.returns}
    assert lines["contacts"] == "all 12 months" and lines["rusafe_caseload"] == "all 4 quarters"
    assert lines["mash_enquiries"] == "7 of 12 months; no rows for April 2015 to August 2015"
    assert lines["cdop_workload"] == "not here yet"
    assert lines["attendance"] == "the year as a whole" and lines["absence"] == "a published series"


def test_the_page_and_the_workbooks_say_what_each_return_covers(found, tmp_path):
    page = write_page(found, tmp_path / "check.html").read_text(encoding="utf8")
    names = re.findall(r'<h2 id="agency-\d+" tabindex="-1">(.*?)</h2>', page)
    work = [
        len(one.found("failure")) for name in names for one in found.agencies if one.name == unescape(name)
    ]
    assert work[0] > 0 and work == sorted(work, reverse=True)
    assert "7 of 12 months; no rows for April 2015 to August 2015" in page and "set aside: note" in page
    assert ">rusafe_caseload<" not in page
    sheet = openpyxl.load_workbook(write_check(found, tmp_path / "check.xlsx"))["Returns"]
    headers = [cell.value for cell in sheet[1]]
    assert "all 4 quarters" in [row[headers.index("Covers")].value for row in sheet]


def test_the_terminal_says_with_all_what_each_return_covers(found):
    console = Console(width=80, no_color=True, record=True, force_terminal=False, file=io.StringIO())
    show(found, console, everything=True)
    assert "Contacts to children's social care: all 12 months" in re.sub(r"\s+", " ", console.export_text())


def test_the_terminal_says_it_without_colour_and_in_80_columns(found):
    console = Console(width=80, no_color=True, record=True, force_terminal=False, file=io.StringIO())
    show(found, console)
    text = console.export_text()
    told = [one for one in found.agencies if one.found("failure") or one.found("warning") or one.outstanding]
    last = max(told, key=lambda one: text.rindex(f"\n{one.name}\n"))
    assert last.by_work == min(one.by_work for one in told)
    assert "(bscb check 2015-16 --send)" in re.sub(r"\s+", " ", text)
    assert max(map(len, text.splitlines())) <= 80
    plain = re.sub(r"\s+", " ", text)
    assert "OUTSTANDING" in plain and "FAILURE" in plain and "'many' is not a" in plain
    assert "Next:" in plain and "failures stop the run" in plain


def test_a_header_that_was_renamed_is_told_once_and_not_for_every_row_under_it(broken, tmp_path):
    path = tmp_path / "data" / "raw" / "2015-16" / "childrens_social_care" / "section_47_enquiries.xlsx"
    path.parent.mkdir(parents=True)
    shutil.copy(broken.root / "_quarto.yml", tmp_path)
    shutil.copy(RETURNS / "year.toml", tmp_path / "data" / "raw" / "2015-16")
    book = openpyxl.load_workbook(RETURNS / "childrens_social_care" / path.name)
    head = next(cell for row in book.active.iter_rows() for cell in row if cell.value == "No further action")
    head.value = "NFA"
    book.save(path)
    renew(path)
    project = Project(tmp_path)
    sent = overview(examine(project, YEAR), project, YEAR)
    assert len([f for f in agency(sent, "social care").found("failure") if f.value == "NFA"]) == 12
    console = Console(width=80, no_color=True, record=True, force_terminal=False, file=io.StringIO())
    show(sent, console)
    text = re.sub(r"\s+", " ", console.export_text())
    page = write_page(sent, tmp_path / "check.html").read_text(encoding="utf8")
    assert text.count("Found 'NFA'") == 1 and page.count("Found <q>NFA</q>") == 1
    first = head.row + 1
    assert f"rows {first} to {first + 11}" in text and f"rows {first} to {first + 11}" in page


def test_findings_that_differ_in_more_than_their_row_are_told_apart():
    one, other = (failure("value", "No number.", file="a.csv", row=3, value=value) for value in ("x", "y"))
    rows = [
        failure("value", "No number.", file="a.csv", row=row, value="x") for row in (9, 4, 7, 11, 13, 20, 30)
    ]
    assert [(found.value, told) for found, told in alike([one, other, *rows])] == [
        ("x", "rows 3, 4, 7, 9, 11 and 3 more"),
        ("y", "row 3"),
    ]
    assert [told for _, told in alike([failure("file", "Not there.", file="a.csv")])] == [""]


def test_the_page_stands_alone_and_is_escaped(found, tmp_path):
    page = write_page(found, tmp_path / "check.html").read_text(encoding="utf8")
    assert "<script" not in page and "://" not in page and "<link" not in page
    assert page.count("<h1") == 1 and "many" in page and "Outstanding" in page
    for table in re.findall(r"<table.*?</table>", page, flags=re.S):
        assert "<caption>" in table and 'scope="col"' in table
    assert 'data-head="Covers"' in page and "table[data-cards] td::before" in page, (
        "on a phone rows are cards"
    )


def test_the_page_and_the_analysts_workbook_never_show_a_childs_row(found, tmp_path):
    page = write_page(found, tmp_path / "check.html").read_text(encoding="utf8")
    book = openpyxl.load_workbook(write_check(found, tmp_path / "check.xlsx"))
    cells = " ".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    for text in (page, cells):
        assert "list_3.csv" in text and "1234567" not in text and "31/02/2016" not in text


def test_each_agency_gets_its_own_rows_and_nobody_elses(found, tmp_path):
    books = {path.stem: openpyxl.load_workbook(path) for path in write_for_agencies(found, tmp_path)}
    assert set(books) >= {
        "children_s_social_care",
        "child_death_overview_panel",
        "child_level_returns_of_the_council",
    }
    texts = {
        name: " ".join(
            str(c) for sheet in book for row in sheet.iter_rows(values_only=True) for c in row if c
        )
        for name, book in books.items()
    }
    assert "1234567" in texts["child_level_returns_of_the_council"]
    assert all(
        "1234567" not in text for name, text in texts.items() if name != "child_level_returns_of_the_council"
    )
    assert (
        "Still to come" in texts["child_death_overview_panel"] and "many" in texts["children_s_social_care"]
    )
    sheet = books["children_s_social_care"]["To mend"]
    assert sheet.freeze_panes == "A4" and sheet.auto_filter.ref.startswith("A3:")
    assert sheet["F4"].alignment.wrap_text and sheet["A3"].value == "Result"
    rows = list(books["child_level_returns_of_the_council"]["Rows not used"].iter_rows(values_only=True))
    assert rows[2][3] == "The row as sent" and any("1234567" in str(row[3]) for row in rows[3:])


def test_the_workbook_of_an_agency_says_on_every_sheet_that_it_holds_childrens_data(found, tmp_path):
    """It lies outside the report, and may be parted from the letter on its first sheet."""
    books = [openpyxl.load_workbook(path) for path in write_for_agencies(found, tmp_path)]
    assert books
    for book in books:
        assert "children's data" in book.properties.category and MARK in book.properties.title
        for sheet in book:
            assert sheet["A1"].value == MARK == sheet.oddHeader.center.text, sheet.title
    assert "Not to publish" in MARK and "securely" in MARK


def test_what_an_agency_prints_fits_across_a_page_and_no_row_hides_its_words(found, tmp_path):
    for path in [*write_for_agencies(found, tmp_path), write_check(found, tmp_path / "check.xlsx")]:
        for sheet in openpyxl.load_workbook(path):
            assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
            wrapped = [cell for row in sheet for cell in row if cell.alignment.wrap_text and cell.value]
            for cell in wrapped:
                lines = len(str(cell.value)) / sheet.column_dimensions[cell.column_letter].width
                height = sheet.row_dimensions[cell.row].height
                assert height >= min(400, 12 * lines), (sheet.title, cell.coordinate)


def test_text_that_begins_like_a_formula_can_do_nothing(found, tmp_path):
    seen = 0
    for path in [
        write_check(found, tmp_path / "check.xlsx"),
        *write_for_agencies(found, tmp_path / "agencies"),
    ]:
        for sheet in openpyxl.load_workbook(path):
            for row in sheet.iter_rows():
                for cell in row:
                    assert cell.data_type != "f", f"{path.name} {sheet.title} {cell.coordinate}"
                    seen += isinstance(cell.value, str) and cell.value.startswith("=")
    assert seen, "the formula that was sent is shown as text somewhere"


def test_the_same_check_gives_the_same_bytes(found, tmp_path):
    digests = {
        hashlib.sha256(write_check(found, tmp_path / f"{number}.xlsx").read_bytes()).hexdigest()
        for number in range(2)
    }
    assert len(digests) == 1


def test_a_month_that_stands_out_is_told_and_chance_is_not():
    steady = pd.Series([100, 104, 97, 101, 99, 108, 95, 100, 103, 98, 102, 96])
    assert odd(steady).empty
    assert list(odd(pd.concat([steady.iloc[:11], pd.Series([400], index=[11])])).index) == [11]
    small = pd.Series([2, 3, 1, 2, 2, 4, 3, 2, 1, 3, 2, 5])
    assert odd(small).empty and odd(pd.Series([1, 1, 900])).empty


@pytest.fixture(scope="module")
def templates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("templates")
    return folder, write_templates(folder, YEAR)


def test_every_return_that_an_agency_sends_has_a_template(templates):
    folder, written = templates
    assert {path.relative_to(folder).with_suffix("").as_posix() for path in written} == {
        file.rsplit(".", 1)[0] for file in by_file(YEAR)
    }


def test_a_template_offers_what_the_map_allows_and_locks_its_header(templates):
    folder, _ = templates
    book = openpyxl.load_workbook(folder / "childrens_social_care" / "contacts_by_month.xlsx")
    sheet = book["Contacts"]
    assert [cell.value for cell in sheet[1]] == headers(load_source("contacts"), YEAR)
    assert sheet.protection.sheet and sheet["A1"].protection.locked
    assert not sheet.column_dimensions["A"].protection.locked
    kinds = {rule.type for rule in sheet.data_validations.dataValidation}
    assert kinds == {"list", "whole"} and book["Lists"].protection.sheet
    assert "Who made the contact" in {cell.value for row in book["Notes"].iter_rows() for cell in row}


@pytest.mark.parametrize(
    "name", ["mserac_cases", "assessments", "swan_unit", "training_events", "private_fostering"]
)
def test_a_filled_template_reads_back_without_a_finding(templates, tmp_path, name):
    """Our own rows of 2015-16, written into the template as a person would, come back as they were."""
    folder, _ = templates
    source = load_source(name)
    table = read_source(name, YEAR, ROOT / "data" / "raw").table
    book = openpyxl.load_workbook((folder / source.path).with_suffix(".xlsx"))
    sheet = book[source.sheet or "Return"]
    columns = source.collected(YEAR)
    for number, row in enumerate(table.itertuples(index=False), start=2):
        for place, column in enumerate(columns, start=1):
            value = getattr(row, column.name)
            sheet.cell(number, place, None if pd.isna(value) else typed(value, column))
    path = (tmp_path / "2015-16" / source.path).with_suffix(".xlsx")
    path.parent.mkdir(parents=True)
    book.save(path)
    renew(path)
    back = read_source(name, YEAR, tmp_path)
    assert [str(f) for f in back.findings if f.result == "failure" or f.check == "hidden"] == []
    own = [column.name for column in columns]
    pd.testing.assert_frame_equal(back.table[own], table[own])
    assert all(back.table[column.name].dtype == dtype_of(column) for column in columns if column.code_list)


def typed(value, column):
    if column.kind == "month":
        return f"{value:%B %Y}"
    if column.kind == "date":
        return value.date()
    if column.kind == "yes_no":
        return "yes" if value else "no"
    return value.item() if hasattr(value, "item") else value


def test_a_return_that_lies_there_in_two_forms_stops(tmp_path):
    from bscbdata.findings import DataStop

    folder = tmp_path / "2015-16" / "police"
    folder.mkdir(parents=True)
    for name in ("mserac_cases.csv", "mserac_cases.xlsx"):
        shutil.copy(RETURNS / "police" / "mserac_cases.csv", folder / name)
    with pytest.raises(DataStop, match="in several forms: mserac_cases.csv, mserac_cases.xlsx"):
        read_source("mserac_cases", YEAR, tmp_path)


@needs_browser
def test_axe_finds_nothing_on_the_page_and_nothing_runs_off_a_phone(found, tmp_path, browser):
    path = write_page(found, tmp_path / "check.html")
    page = watched(browser.new_context())
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert faults_anywhere(page, (1280, 320)) == {}
    page.context.close()
    assert page.said == [] and page.asked == [path.as_uri()]


@pytest.mark.parametrize("sign", RISKY)
def test_a_cell_that_begins_with_a_sign_of_a_formula_is_text_also_when_it_is_typed_again(sign, tmp_path):
    book = new_book()
    write_cell(book.create_sheet("Returns").cell(1, 1), f"{sign}1+1")
    cell = openpyxl.load_workbook(save(book, tmp_path / "book.xlsx"))["Returns"]["A1"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (f"{sign}1+1", "s", True)


@pytest.mark.parametrize(
    ("now", "told"),
    [([12, 15, 9, 22, 31, 18], True), ([12, 15, 9, 22, 31, 19], False), ([15, 12, 9, 22, 31, 18], False)],
)
def test_last_years_numbers_under_this_years_months_are_told(tmp_path, now, told):
    project, year = Project(tmp_path), ReportYear(2016)
    source = load_source("mash_enquiries")
    last = pd.DataFrame({"month": ReportYear(2015).months[:6], "enquiries": [12, 15, 9, 22, 31, 18]})
    project.processed(year.previous).mkdir(parents=True)
    last.to_parquet(project.processed(year.previous) / "mash_enquiries.parquet")
    tables = {"mash_enquiries": last.assign(month=year.months[:6], enquiries=now)}
    found = same_numbers(last_years(tables, [source], project, year), project, year)
    assert [finding.message for finding in found] == [
        "All 6 numbers of 2016-17 are those of 2015-16, in the same order."
    ] * told


@pytest.mark.parametrize(("now", "told"), [([70, 82, 91, 88], True), ([70, 82, 91, 87], False)])
def test_last_years_quarters_under_this_years_are_told(tmp_path, now, told):
    """The return has the quarters of the year before as well, and those are right."""
    last = pd.DataFrame({"quarter": quarters(2014, 2015), "cases": [60, 64, 66, 69, 70, 82, 91, 88]})
    sent = pd.DataFrame({"quarter": quarters(2015, 2016), "cases": [70, 82, 91, 88, *now]})
    beside = year_after(tmp_path, "rusafe_caseload", last)
    found = same_numbers(last_years({"rusafe_caseload": sent}, *beside), *beside[1:])
    assert [one.message for one in found] == [
        "All 4 numbers of 2016-17 are those of 2015-16, in the same order."
    ] * told


def quarters(*first):
    return [quarter for one in first for quarter in ReportYear(one).quarters]


def year_after(tmp_path, name, table):
    """A project with a return of 2015-16, and its source and year after."""
    project, year = Project(tmp_path), ReportYear(2016)
    project.processed(year.previous).mkdir(parents=True)
    table.to_parquet(project.processed(year.previous) / f"{name}.parquet")
    return [load_source(name)], project, year


def test_what_last_year_counted_often_and_this_year_has_no_row_of_is_told(tmp_path):
    table = pd.DataFrame({"setting": ["Education", "Health", "Transport"], "contacts": [60, 6, 5]})
    beside = year_after(tmp_path, "lado_contacts_by_setting", table)
    for kept, told in (
        (["Education", "Health"], []),
        (["Education"], ["'Health'"]),
        (["Transport"], ["'Education', 'Health'"]),
    ):
        now = table[table["setting"].isin(kept)].assign(contacts=1)
        found = rows_gone(last_years({"lado_contacts_by_setting": now}, *beside), beside[-1])
        assert [one.message.removeprefix("It has no row of ").split(", of which")[0] for one in found] == told


def test_titles_that_are_new_every_year_are_not_missed(tmp_path):
    table = pd.DataFrame({"course": list("abcd"), "courses": [9, 9, 9, 9], "increase_pct": [40.0] * 4})
    beside = year_after(tmp_path, "training_courses", table)
    assert not rows_gone(
        last_years({"training_courses": table.assign(course=list("awxy"))}, *beside), beside[-1]
    )
    assert (
        len(
            rows_gone(
                last_years({"training_courses": table.assign(course=list("abcy"))}, *beside), beside[-1]
            )
        )
        == 1
    )


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ({"attended": 21, "not_represented": 104}, True),
        ({"attended": 95, "not_represented": 22}, False),
        ({"attended": 60, "not_represented": 60}, False),
    ],
)
def test_two_columns_whose_headers_changed_places_since_last_year_are_told(tmp_path, now, told):
    def returned(**sums):
        return pd.DataFrame({"agency": "A", "attendance": list(sums), "meetings": list(sums.values())})

    beside = year_after(tmp_path, "attendance", returned(attended=100, not_represented=20))
    found = swapped(last_years({"attendance": returned(**now)}, *beside), beside[-1])
    assert [one.check for one in found] == ["swapped"] * told


def test_columns_that_changed_places_are_told_by_their_headers(tmp_path):
    table = pd.DataFrame({"course": list("ab"), "courses": [9, 9], "increase_pct": [40.0, 40.0]})
    beside = year_after(tmp_path, "training_courses", table)
    turned = table.assign(courses=[40, 40], increase_pct=[9.0, 9.0])
    (found,) = swapped(last_years({"training_courses": turned}, *beside), beside[-1])
    assert found.message.startswith("no. courses and Average % increase were 18 and 80")


def test_a_list_that_was_carried_over_on_purpose_may_have_last_years_numbers(tmp_path):
    project, year = Project(tmp_path), ReportYear(2016)
    table = pd.DataFrame({"standard": list("abcdef"), "value": [1.0, 2, 3, 4, 5, 6]})
    project.processed(year.previous).mkdir(parents=True)
    table.to_parquet(project.processed(year.previous) / "standards.parquet")
    path = load_source("standards").file(project.raw, year)
    path.parent.mkdir(parents=True)
    path.write_text("Standard,Value\n", encoding="utf8")
    about = {"publisher": "Us", "title": "T", "licence": "none", "provenance": "returned"}
    for note, count in (("", 1), (f"{CARRIED_OVER} from 2015-16", 0)):
        write_origin(path, **about, note=note)
        beside = last_years({"standards": table}, [load_source("standards")], project, year)
        assert len(same_numbers(beside, project, year)) == count


def test_every_check_that_is_described_is_told_in_the_report_as_a_question():
    page = (ROOT / "docs" / "checking.md").read_text(encoding="utf8").partition("## What is checked")[2]
    named = re.findall(r"^\| ([a-z_, ]+) \| ", page.partition("\n## ")[0], flags=re.M)
    described = {name for names in named for name in names.split(", ")} - {"check"}
    assert len(described) > 25 and described <= set(CHECKS)
