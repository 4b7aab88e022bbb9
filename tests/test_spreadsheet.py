"""The workbook of figures and tables: reopened, and held against what the figures say."""

import dataclasses
import io
import re
import shutil
import zipfile

import openpyxl
import pandas as pd
import pytest
from figure_book import RISKY

from bscbdata.kept import kept_in
from bscbdata.publish.book import read_book
from bscbdata.publish.document import resolve
from bscbdata.publish.exhibits import exhibits
from bscbdata.publish.numbering import NAMES
from bscbdata.publish.spreadsheet import _formats, workbook, write_spreadsheet


@pytest.fixture(scope="module")
def path(figure_report):
    (found,) = (figure_report.out / "downloads").glob("*.xlsx")
    return found


@pytest.fixture(scope="module")
def opened(path):
    return openpyxl.load_workbook(path)


@pytest.fixture(scope="module")
def found(figure_report):
    return exhibits(resolve(read_book(figure_report.book), "html"))


def table_of(sheet):
    """The cells of the one table on a sheet."""
    (table,) = sheet.tables.values()
    return [[cell.value for cell in row] for row in sheet[table.ref]]


def test_the_workbook_is_named_from_the_edition_and_offered_on_the_first_page(figure_report, path):
    assert path.name == "annual-report-2015-16-draft-figures-and-tables.xlsx"
    assert f'href="downloads/{path.name}"' in (figure_report.out / "index.html").read_text(encoding="utf8")


def test_a_workbook_that_is_kept_is_made_anew_when_a_figure_changes(figure_report, found, path, tmp_path):
    book = tmp_path / "book"
    shutil.copytree(figure_report.book, book)
    with kept_in(tmp_path / "kept"):
        write_spreadsheet(read_book(book), tmp_path)
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()
        for notebook in book.glob("*.ipynb"):
            said = notebook.read_text(encoding="utf8").replace(found[0].record["measure"], "Counted anew")
            notebook.write_text(said, encoding="utf8")
        write_spreadsheet(read_book(book), tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / path.name)[found[0].name]
    assert "Counted anew" in [cell.value for (cell, *_) in sheet.iter_rows()]


def test_there_is_a_cover_contents_notes_and_a_sheet_for_each_figure_and_table(opened, found):
    assert opened.sheetnames == ["Cover", "Contents", "Notes", *(exhibit.name for exhibit in found)]
    for sheet in opened.worksheets[1:]:
        assert len(sheet.tables) == 1, f"{sheet.title} holds one table"


def test_numbers_and_titles_are_those_of_the_pages(figure_report, opened):
    for page in ("01_rates", "a1_members"):
        text = (figure_report.out / f"{page}.html").read_text(encoding="utf8").replace("\u00a0", " ")
        told = re.findall(r"<figcaption[^>]*>(.*?)</figcaption>", text, flags=re.S)
        assert told
        for caption in (" ".join(re.sub("<[^>]+>", "", part).split()) for part in told):
            name = caption.partition(":")[0]
            assert re.sub(r" \[note \d+\]$", "", opened[name]["A1"].value) == caption
            assert name.partition(" ")[0] in NAMES.values()


def test_every_number_is_that_of_the_record_as_the_page_rounds_it(opened, found):
    for exhibit in found:
        table = exhibit.record["table"]
        for place, column in enumerate(table["columns"]):
            cells = [row[place] for row in table_of(opened[exhibit.name])[1:]]
            for cell, printed, value in zip(
                cells, [r[place] for r in table["rows"]], [v[place] for v in table["values"]], strict=True
            ):
                if column["is_number"] and value is not None:
                    assert isinstance(cell, int | float)
                    assert f"{cell:,.{column['decimals']}f}" == re.sub("[%£]", "", printed).replace("−", "-")
                elif column["is_number"]:
                    assert cell == printed and re.fullmatch(r"\[(c|x|z|low)\]", cell)


def test_another_reader_sees_the_same_numbers(path, opened):
    read = pd.read_excel(path, sheet_name="Figure 1.1", engine="calamine", header=None)
    row = read.index[read[0] == "2015-16"][0]
    assert read.loc[row].tolist()[1:4] == [576.8, 532.2, 501.3]
    assert table_of(opened["Figure 1.1"])[3][1:] == [576.8, 532.2, 501.3]


def test_units_stand_in_headers_and_decimals_in_formats(opened):
    sheet = opened["Figure 1.1"]
    assert table_of(sheet)[0] == ["Year", *(f"{area} (per 10,000)" for area in ("Buckinghamshire", "England", "South East"))]  # fmt: skip
    (table,) = sheet.tables.values()
    assert sheet[table.ref.split(":")[1]].number_format == "#,##0.0"
    assert table_of(opened["Figure 1.3"])[0] == ["Month", "Referral (per cent)", "None (per cent)"]


def test_no_cell_of_a_table_is_empty_and_none_is_merged(opened):
    for sheet in opened.worksheets:
        assert not sheet.merged_cells.ranges and sheet.freeze_panes is None
        for table in sheet.tables.values():
            assert all(cell.value not in (None, "") for row in sheet[table.ref] for cell in row), sheet.title
            assert table.autoFilter is None


def test_symbols_source_kind_of_data_and_note_are_said_on_the_sheet(opened):
    said = [cell.value for cell in opened["Figure 1.2"]["A"] if cell.value]
    assert "[c] means withheld so that no child can be recognised." in said
    assert "[low] means rounds to nothing." in said and not [s for s in said if s.startswith("[z]")]
    assert "Data: Illustrative: simulated, not real returns." in said
    assert "Source: The publisher, the statistics." in said
    assert opened["Figure 1.1"]["A1"].value.endswith("[note 1]")
    assert table_of(opened["Notes"])[1] == ["note 1", "Figure 1.1", "First published."]
    assert "Figure 3 in the printed report." in [cell.value for cell in opened["Figure 1.1"]["A"]]


def test_the_cover_explains_every_kind_of_data_and_that_it_is_a_draft(opened):
    said = " ".join(cell.value for cell in opened["Cover"]["A"] if cell.value)
    for words in (
        "The Board: Annual report 2015-16, draft",
        "Official statistics",
        "Illustrative",
        "[c] means",
    ):
        assert words in said
    assert "This is a draft" in said and "To be published 14 October 2016." in said


def test_every_sheet_is_linked_from_the_contents_and_links_back(opened, found):
    sheet = opened["Contents"]
    (table,) = sheet.tables.values()
    links = {row[0].value: row[0].hyperlink.location for row in sheet[table.ref][1:]}
    assert links == {exhibit.name: f"'{exhibit.name}'!A1" for exhibit in found}
    for exhibit in found:
        back = [cell.hyperlink.location for cell in opened[exhibit.name]["A"] if cell.hyperlink]
        assert back == ["'Contents'!A1"]


def test_text_that_begins_like_a_formula_is_text(path, opened):
    assert [row[0] for row in table_of(opened["Table A.1"])[1:]] == [
        "'" + re.sub(r"[\t\r]", " ", text) for text in RISKY[:-1]
    ] + [RISKY[-1]]
    with zipfile.ZipFile(path) as parts:
        sheets = [parts.read(name) for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 10 and not any(b"<f>" in sheet for sheet in sheets)


def test_text_cannot_make_a_link_or_a_note(figure_report, found):
    record = {**found[3].record}
    record["table"] = {**record["table"], "rows": [["[x](http://x.example)", "$$y$$"], ["–", "%!"]], "values": [["a", "b"]] * 2}  # fmt: skip
    made = workbook(read_book(figure_report.book), [dataclasses.replace(found[3], record=record)])
    sheet = openpyxl.load_workbook(io.BytesIO(made))["Table A.1"]
    assert table_of(sheet)[1:] == [["[x] (http://x.example)", "$ $y$ $"], ["[z]", "sign %!"]]
    assert len([cell for row in sheet.rows for cell in row if cell.hyperlink]) == 1


def test_a_table_without_rows_says_so(figure_report, found):
    empty = {**found[3].record["table"], "rows": [], "values": []}
    exhibit = dataclasses.replace(found[3], record={**found[3].record, "table": empty})
    made = workbook(read_book(figure_report.book), [exhibit])
    sheet = openpyxl.load_workbook(io.BytesIO(made))["Table A.1"]
    assert table_of(sheet) == [["Name", "Joined"], ["none", "[z]"]]


def test_dates_are_text_as_on_the_pages(opened):
    assert [row[1] for row in table_of(opened["Table A.1"])[1:4]] == ["April 2015", "17 May 2015", "[x]"]


def test_the_same_book_gives_the_same_bytes_without_a_name_or_a_time(figure_report, path, found, opened):
    assert workbook(read_book(figure_report.book), found) == path.read_bytes()
    assert {opened.properties.creator, opened.properties.lastModifiedBy} == {"The Board"}
    with zipfile.ZipFile(path) as parts:
        assert {part.date_time for part in parts.infolist()} == {(2016, 4, 1, 0, 0, 0)}
        core = parts.read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", core)) == {"2016-04-01T00:00:00Z"}


def test_words_after_numbers_stand_off_from_them():
    """They stood against each other: a number is at the right of its column, words at the left of the next."""
    columns = [
        {"is_number": False},
        {"is_number": True, "decimals": 0},
        {"is_number": False},
        {"is_number": False},
    ]
    made = {
        tuple(one["column"]["columns"]): one["column"]["format"] for one in _formats({"columns": columns})
    }
    assert made[(2,)] == {"indent": 1} and set(made) == {(1,), (2,)}
