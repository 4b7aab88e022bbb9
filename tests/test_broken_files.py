"""Every broken file of `data/broken/`, read as a return, and word for word what the reader says of it."""

import importlib.util
import io
import tomllib
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import example, given
from hypothesis import strategies as st

from bscbdata.findings import DataStop
from bscbdata.period import ReportYear
from bscbdata.provenance import write_origin
from bscbdata.sources import apart, limits, parse_source
from bscbdata.sources.grid import blocks, read_grid, sheets
from bscbdata.sources.reading import read

BROKEN = ROOT / "tests" / "data" / "broken"
EXPECTED = tomllib.loads((BROKEN / "expected.toml").read_text(encoding="utf8"))["file"]
YEAR = ReportYear(2015)
HEADINGS = "column,kind,required,unit,low,high,meaning,2015-16\n"
SOURCES = {
    "contacts": (
        'key = ["month", "team"]\n',
        "month,month,yes,,year_start,year_end,Month of contact,Month\nteam,text,yes,,,,Team,Team\n"
        "contacts,count,yes,contacts,,,Contacts received,Number of contacts\nshare,share_pct,no,percent,,,Share,Share\n",
    ),
    "cases": (
        'key = ["case"]\norder = [["born", "referred"]]\n',
        "case,text,yes,,,,Case,Case\ndistrict,category:district,yes,,,,District,District\n"
        "born,date,yes,,,,Date of birth,Date of birth\nreferred,date,yes,,year_start,year_end,Referred,Referred\n"
        "cost,amount_gbp,no,pounds,,,Cost,Cost\n",
    ),
}


def load(path: Path):
    """A program of the tests that stands outside their folder."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make():
    """The builder of the broken files."""
    return load(BROKEN / "make.py")


def told_of(path: Path, source: str, folder: Path) -> tuple[int, list[str], list[str]]:
    """How many rows of a file can be used; why others were set aside; what the reader tells, as one reads it."""
    settings, columns = SOURCES[source]
    maps = folder / "maps" / source
    maps.mkdir(parents=True)
    sheet = "" if path.suffix == ".csv" else 'sheet = "Contacts"\n'
    title = f'title = "{source}"\nmeaning = "One row each."\npath = "{path.name}"\n'
    (maps / "source.toml").write_text(title + sheet + settings, encoding="utf8")
    (maps / "columns.csv").write_text(HEADINGS + columns, encoding="utf8")
    sent = folder / "raw" / YEAR.label / path.name
    sent.parent.mkdir(parents=True)
    sent.write_bytes(path.read_bytes())
    write_origin(sent, publisher="Us", title="Test", licence="none", provenance="illustrative")
    try:
        cleaned = read(parse_source(maps), YEAR, folder / "raw")
    except DataStop as stop:
        return 0, [], [f"{finding.result}: {finding}" for finding in stop.findings]
    told = [f"{finding.result}: {finding}" for finding in cleaned.findings if finding.check != "read"]
    return len(cleaned.table), list(cleaned.rejects["reason"]), told


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda expected: expected["name"])
def test_a_broken_file_is_told_word_for_word(expected, tmp_path):
    rows, aside, told = told_of(BROKEN / expected["name"], expected.get("source", "contacts"), tmp_path)
    assert told == expected["told"]
    assert (rows, aside) == (expected["rows"], expected.get("aside", []))


def test_every_broken_file_has_its_finding_and_there_are_enough():
    names = {path.name for path in BROKEN.iterdir() if path.is_file()} - {"make.py", "expected.toml"}
    assert names == {expected["name"] for expected in EXPECTED}
    assert len(names) >= 60


def test_the_files_are_those_that_the_builder_makes():
    made = make().everything()
    packed = {"bomb.xlsx"}  # deflated, which another zlib does in other bytes
    assert [name for name in made if name not in packed and (BROKEN / name).read_bytes() != made[name]] == []
    assert packed <= made.keys() and all((BROKEN / name).exists() for name in packed)


@pytest.mark.parametrize("path", sorted((BROKEN / "fuzz").glob("*.bin")), ids=lambda path: path.stem)
def test_what_fuzzing_found_breaks_nothing_any_more(path):
    fuzz = load(ROOT / "tests" / "fuzz" / "fuzz_readers.py")
    assert fuzz.TARGETS[path.stem.partition("-")[0]](path.read_bytes()) == []


# ---- limits: files too large to keep, made here ---------------------------------------------------------------------


def refusal(path: Path) -> str:
    with pytest.raises(DataStop) as stop:
        read_grid(path, "Contacts", path.name)
    return str(stop.value)


@pytest.mark.parametrize(
    ("xml", "least"),
    [
        (b'<cols><col/></cols><c r="Z99999"><v>1</v></c>', (99_999, 26)),
        (b'<c r="A1"><v>1</v></c><c r="AA1"><v>1</v></c>', (1, 27)),
        (b'<c r="A100000"><v>1</v></c><c r="A1"><v>1</v></c>', (100_000, 1)),
        (b'<c r="A1"><v>1</v></c><c s="1" r="XFD1048576"><v>1</v></c>', (1_048_576, 16_384)),
        (b'<x:c r="XFD1048576"><x:v>1</x:v></x:c>', (1_048_576, 16_384)),
    ],
)
def test_how_far_a_sheet_reaches_is_never_told_too_small(xml, least):
    rows, columns = limits.extent_of_xml_sheet(xml)
    assert rows >= least[0] and columns >= least[1]


def test_a_file_over_the_limit_is_refused_before_it_is_opened(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("wb") as stream:
        stream.truncate(limits.FILE_BYTES + 1)
    assert refusal(path).startswith("large.csv: The file has 500 megabytes. The limit is 500 megabytes.")


def test_a_zip_that_unpacks_to_too_much_in_all_is_refused(tmp_path):
    builder = make()
    media = {"xl/media/1.bin": bytes(3_000_001), "xl/media/2.bin": bytes(3_000_001)}
    content = builder.packed(builder.one(builder.TABLE) | media, pack=True)
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(content.replace((3_000_001).to_bytes(4, "little"), (300_000_000).to_bytes(4, "little")))
    assert "The workbook unpacks to 600 megabytes. The limit is 500 megabytes." in refusal(path)


def test_a_zip_of_thousands_of_members_is_refused(tmp_path):
    builder = make()
    path = tmp_path / "many.xlsx"
    path.write_bytes(
        builder.packed(builder.one(builder.TABLE) | {f"x/{n}": b"" for n in range(limits.ZIP_MEMBERS)})
    )
    assert "The workbook is a zip of 5,006 members. The limit is 5,000 members." in refusal(path)


def test_a_zip_that_lies_about_its_size_is_refused(tmp_path):
    builder = make()
    member = "xl/sharedStrings.xml"
    content = builder.packed(builder.one(builder.TABLE) | {member: bytes(3_000_000)}, pack=True)
    path = tmp_path / "lies.xlsx"
    path.write_bytes(content.replace((3_000_000).to_bytes(4, "little"), (300).to_bytes(4, "little")))
    assert "'xl/sharedStrings.xml' in it cannot be unpacked" in refusal(path)


def test_the_reader_of_workbooks_is_given_what_was_weighed_and_unpacks_nothing_again(monkeypatch):
    path, given = BROKEN / "sheet_hidden.xlsx", []
    monkeypatch.setattr(
        apart, "opened", lambda content, opened=apart.opened: given.append(content) or opened(content)
    )
    grid = read_grid(path, "Contacts", path.name)
    with zipfile.ZipFile(io.BytesIO(given[0])) as book:
        assert {member.compress_type for member in book.infolist()} == {zipfile.ZIP_STORED}
    assert limits.unpack(given[0], path.name) == limits.unpack(path.read_bytes(), path.name)
    monkeypatch.setattr(limits, "COPIED_BYTES", 1)
    assert read_grid(path, "Contacts", path.name).equals(grid) and given[1] == path.read_bytes()


def test_a_workbook_inside_a_workbook_is_never_opened(tmp_path):
    builder = make()
    inner = (BROKEN / "bomb.xlsx").read_bytes()
    path = tmp_path / "nested.xlsx"
    path.write_bytes(builder.packed(builder.one(builder.TABLE) | {"xl/embeddings/book1.xlsx": inner}))
    grid = read_grid(path, "Contacts", path.name)
    assert grid.shape == (3, 4) and "embedded files" in str(grid.attrs["findings"][0])


def test_formats_to_the_last_row_cost_nothing(tmp_path):
    builder = make()
    rows = "".join(f'<row r="{n}" s="1"><c r="A{n}" s="1"/></row>' for n in range(4, 200_000))
    far = '<row r="1048576"><c r="A1048576" s="1"/><c r="XFD1048576" s="1"></c></row>'
    path = tmp_path / "formats.xlsx"
    path.write_bytes(builder.packed(builder.one(builder.TABLE, more=rows + far), pack=True))
    assert read_grid(path, "Contacts", path.name).shape == (3, 4)


@pytest.mark.parametrize(
    "cell", ['<c r = "XFD9"><v>1</v></c>', "<c r='XFD9'><v>1</v></c>", '<x:c s="1" r="XFD9"><v>1</v></x:c>']
)
def test_an_address_is_found_however_it_is_written(cell):
    xml = f'<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="9">{cell}</row></sheetData></worksheet>'
    assert limits.extent_of_xml_sheet(xml.encode())[1] == 16_384


def test_cells_without_addresses_are_counted():
    xml = b"<sheetData>" + b"<row>" + b"<c><v>1</v></c>" * 7 + b"</row>" * 3 + b"</sheetData>"
    rows, columns = limits.extent_of_xml_sheet(xml)
    assert rows >= 1 and columns >= 7


def test_tables_on_one_sheet_are_told_apart_with_their_rows(tmp_path):
    path = tmp_path / "two.csv"
    path.write_text("A,B,,C\n1,2,,3\n,,,\nD,E,,\n4,5,,\n", encoding="utf8")
    found = [
        (list(block.index), block.to_numpy().tolist()) for block in blocks(read_grid(path, "", path.name))
    ]
    assert found == [
        ([1, 2], [["A", "B"], ["1", "2"]]),
        ([1, 2], [["C"], ["3"]]),
        ([4, 5], [["D", "E"], ["4", "5"]]),
    ]


def test_dates_counted_from_1904_are_read_as_the_day_they_show(tmp_path):
    builder = make()
    sheet = builder.sheet_xml([['<c s="1"><v>40694</v></c>']])
    path = tmp_path / "mac.xlsx"
    path.write_bytes(builder.packed(builder.book({"Contacts": sheet}, properties=builder.DATE_1904)))
    assert read_grid(path, "", path.name).iloc[0, 0] == "2015-06-01 00:00:00"


def test_the_sheets_of_a_workbook_are_named_and_a_bomb_is_not_opened_for_them():
    assert list(sheets(BROKEN / "sheet_hidden.xlsx", "a.xlsx")) == ["Notes", "Contacts"]
    assert list(sheets(BROKEN / "whole.xls", "a.xls")) == ["Contacts"]
    for name, said in (
        ("bomb.xlsx", "times its size"),
        ("locked.ods", "password"),
        ("empty.xlsx", "it is empty"),
    ):
        with pytest.raises(DataStop, match=said):
            sheets(BROKEN / name, name)


@pytest.mark.parametrize("form", ["xlsx", "xml"])
def test_a_workbook_is_opened_once_for_all_its_sheets(form, tmp_path):
    path = tmp_path / f"two.{form}"
    if form == "xml":
        page = '<Worksheet Name="{0}"><Table><Row><Cell><Data Type="String">{0}</Data></Cell></Row></Table></Worksheet>'
        pages = "".join(page.format(name) for name in ("One", "Two"))
        path.write_text(
            f'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">{pages}</Workbook>',
            encoding="utf8",
            newline="\n",
        )
    else:
        with pd.ExcelWriter(path) as writer:
            for name in ("One", "Two"):
                pd.DataFrame([[name]]).to_excel(writer, sheet_name=name, index=False, header=False)
    there = sheets(path, path.name)
    path.unlink()
    assert {name: read().iloc[0, 0] for name, read in there.items()} == {"One": "One", "Two": "Two"}


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_table_that_begins_in_the_middle_of_a_sheet_keeps_its_place(form, tmp_path):
    cells = pd.DataFrame([[None] * 5] * 3 + [[None, None, "a", None, "b"], [None, None, None, "c", None]])
    path = tmp_path / f"middle.{form}"
    if form == "xlsx":
        cells.to_excel(path, index=False, header=False)
    else:
        cells.to_csv(path, index=False, header=False)
    grid = read_grid(path, "", path.name)
    told = {(row, column): cell for column in grid for row, cell in grid[column].dropna().items()}
    assert told == {(4, 2): "a", (4, 4): "b", (5, 3): "c"}


@given(st.binary(max_size=40), st.binary(min_size=2, max_size=2))
@example(b"", b"<f")
@example(b"f", b"<f")
@example(b"<f", b"<f")
@example(b" <f", b"<f")
@example(b"f<", b"<f")
def test_a_pair_of_bytes_is_found_wherever_it_stands(content, pair):
    assert limits.holds_pair(content, pair) == (pair in content)
    assert limits.holds_pair(content + pair, pair)


@pytest.mark.parametrize("name", ["share_shown_as_per_cent.xlsx", "share_shown_as_per_cent.ods"])
def test_a_cell_that_shows_a_per_cent_is_read_as_it_is_shown(name):
    """Excel keeps 0.125 and shows 12.5%: read as 0.125 it would be an eighth of one per cent."""
    grid = read_grid(BROKEN / name, "", name)
    assert list(grid[3]) == ["Share", "12.5%", "12.5%"]
