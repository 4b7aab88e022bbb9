"""The files of each figure: a table that opens anywhere, a drawing that stands by itself."""

import csv
import io
import os
import re
import struct
import xml.etree.ElementTree as ET
import zlib

import pytest
from figure_book import RISKY, write_book

from bscbdata import kept, publish
from bscbdata.figures import drawing
from bscbdata.findings import DataStop
from bscbdata.publish.book import read_book
from bscbdata.publish.document import resolve
from bscbdata.publish.exhibits import exhibits
from bscbdata.publish.figure_files import figure_files, write_figure_files

SIMULATED = "Illustrative: simulated, not real returns"
SVG = "{http://www.w3.org/2000/svg}"


def rows(path):
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") and b"\r\n" in content
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_every_figure_has_its_number_title_and_place(figure_report):
    found = exhibits(resolve(read_book(figure_report.book), "html"))
    assert [(e.name, e.title, e.page, e.key) for e in found] == [
        ("Figure 1.1", "Rate of referral", "01_rates.html", "rate"),
        ("Figure 1.2", "Missing", "01_rates.html", "missing"),
        ("Figure 1.3", "Outcome of contacts", "01_rates.html", "outcomes"),
        ("Table A.1", "Members of the Board", "a1_members.html", "members"),
        ("Table A.2", "Budget", "a1_members.html", "budget"),
        ("Table A.3", "Decisions", "a1_members.html", "panel-decisions"),
        ("Table A.4", "Clients", "a1_members.html", "rusafe-clients"),
    ]


def test_the_files_are_where_the_pages_are_told(figure_report):
    found = exhibits(resolve(read_book(figure_report.book), "html"))
    told = {path for exhibit in found for path in figure_files(exhibit.record).values()}
    folder = figure_report.out / "figures"
    assert told == {f"figures/{path.name}" for path in folder.iterdir()}
    assert len(told) == 3 * 3 + 4
    assert figure_files(found[0].record)["PNG"] == "figures/rate.png"


def test_a_csv_is_the_table_as_people_read_it_with_numbers_as_numbers(figure_report):
    head, *body = rows(figure_report.out / "figures" / "rate.csv")
    assert head == [
        "Year",
        "Buckinghamshire (per 10,000)",
        "England (per 10,000)",
        "South East (per 10,000)",
        "Data",
    ]
    assert body == [
        ["2013-14", "622.3", "573.0", "[x]", "Official statistics"],
        ["2014-15", "431.3", "548.3", "500.0", "Official statistics"],
        ["2015-16", "576.8", "532.2", "501.3", "Official statistics"],
    ]
    assert rows(figure_report.out / "figures" / "budget.csv")[1] == [
        "Council",
        "94820",
        "-500",
        "From the printed report",
    ]


def test_a_csv_says_why_there_is_no_number_and_nothing_about_rows(figure_report):
    assert rows(figure_report.out / "figures" / "missing.csv") == [
        ["District", "Quarter", "Episodes", "Data"],
        ["Chiltern", "2015-16 Q1", "19", SIMULATED],
        ["Chiltern", "2015-16 Q2", "[c]", SIMULATED],
        ["Wycombe", "2015-16 Q1", "148", SIMULATED],
        ["Wycombe", "2015-16 Q2", "[low]", SIMULATED],
    ]


def test_text_that_begins_like_a_formula_can_do_nothing(figure_report):
    found = [row[0] for row in rows(figure_report.out / "figures" / "members.csv")[1:]]
    assert found == ["'" + re.sub(r"[\t\r]", " ", text) for text in RISKY[:-1]] + [RISKY[-1]]


def test_a_drawing_stands_by_itself(figure_report):
    root = ET.fromstring((figure_report.out / "figures" / "rate.svg").read_bytes())
    said = [text.text for text in root.findall(f"{SVG}text")]
    assert said == [
        "The rate was 576.8 & rising",
        "Referrals per 10,000, years ending 31 March",
        "First published.",
        "Source: The publisher, the statistics.",
        "Official statistics.",
        "Figure 1.1. The Board, Annual report 2015-16, draft.",
    ]
    assert root.find(f"{SVG}title").text == said[0] and root.find(f"{SVG}desc").text == "What it shows."
    assert root.get("role") == "img" and len(root.findall(f".//{SVG}title")) == 1
    assert root.find(f"{SVG}rect").get("fill") == "white"
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))


def test_a_simulated_figure_says_so_in_its_drawing(figure_report):
    assert "Illustrative: simulated, not real returns." in (
        figure_report.out / "figures" / "missing.svg"
    ).read_text(encoding="utf8")


def test_a_picture_is_twice_the_drawing_and_says_what_it_shows(figure_report):
    content = (figure_report.out / "figures" / "rate.png").read_bytes()
    root = ET.fromstring((figure_report.out / "figures" / "rate.svg").read_bytes())
    width, height = struct.unpack(">II", content[16:24])
    assert (width, height) == (2 * float(root.get("width")), 2 * float(root.get("height")))
    parts, place = {}, 8
    while place < len(content):
        (length,) = struct.unpack(">I", content[place : place + 4])
        data = content[place + 4 : place + 8 + length]
        assert zlib.crc32(data) == struct.unpack(">I", content[place + 8 + length : place + 12 + length])[0]
        parts[data[:4]], place = data[4:], place + 12 + length
    assert parts[b"iTXt"].endswith(b"What it shows.")
    pixels = zlib.decompress(parts[b"IDAT"])
    assert len(pixels) == height * (4 * width + 1)
    assert pixels[1:5] == b"\xff" * 4, "the corner is white, not see-through"


def test_a_picture_is_drawn_once_and_kept(figure_report, tmp_path, monkeypatch):
    monkeypatch.delenv("BSCB_KEPT", raising=False)
    found = exhibits(resolve(read_book(figure_report.book), "html"))[:1]
    with kept.kept_in(tmp_path / "kept"):
        write_figure_files(found, tmp_path / "one", "Edition")
        pictures = list((tmp_path / "kept").iterdir())
        monkeypatch.setattr(drawing, "draw", lambda *_: pytest.fail("drawn twice"))
        write_figure_files(found, tmp_path / "two", "Edition")
    assert {path.suffix for path in pictures} == {".png"} and "BSCB_KEPT" not in os.environ
    one, two = ((tmp_path / name / "figures" / "rate.png").read_bytes() for name in ("one", "two"))
    assert one == two


def test_the_same_book_gives_the_same_files(figure_report, tmp_path):
    book = read_book(figure_report.book)
    write_figure_files(exhibits(resolve(book, "html")), tmp_path, f"{book.title}, {book.subtitle}")
    for path in (tmp_path / "figures").iterdir():
        assert path.read_bytes() == (figure_report.out / "figures" / path.name).read_bytes()


@pytest.mark.parametrize("key", ["rate", "Rate/../x"])
def test_a_key_that_hides_another_file_or_is_no_file_name_stops_the_run(tmp_path, key):
    book = write_book(tmp_path / "book")
    text = (book / "a1_members.ipynb").read_text(encoding="utf8")
    (book / "a1_members.ipynb").write_text(
        text.replace('"key": "budget"', f'"key": "{key}"'), encoding="utf8"
    )
    with pytest.raises(DataStop, match="one file would hide|names its files"):
        publish.render(book, tmp_path / "out", "embedded")
