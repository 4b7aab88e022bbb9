"""Published files in the yearly run: read whole, and every official value of ours held against them."""

import pandas as pd
import pytest
from conftest import ROOT
from test_releases import BUCKS_2016, cell, in_need_text, save

from bscbdata.build.published import FOLDER, KNOWN_SLIPS, _told, read_published
from bscbdata.findings import warning
from bscbdata.lists import read_list
from bscbdata.sources.reading import read_source

RAW = ROOT / "data" / "raw"


@pytest.fixture(scope="module")
def official():
    """One official number: children in need in the county at 31 March 2016."""
    table = read_source("children_in_need", "2015-16", RAW).table
    one = table[
        (table.indicator == "children_in_need")
        & (table.period == "31 March 2016")
        & (table.category == "All")
    ]
    one = one[(one.area == "Buckinghamshire") & (one.vintage == "first published")]
    assert len(one) == 1
    return {"children_in_need": one}


def ours(official):
    return float(official["children_in_need"].value.iloc[0])


def put(raw, number):
    place = raw / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    return save(
        place, "SFR52_2016_UD.csv", in_need_text("2015-16", [BUCKS_2016 | {"CINAt310316": f"{number:,.0f}"}])
    )


def test_a_published_file_becomes_the_table_releases(tmp_path, official):
    put(tmp_path, ours(official))
    run = read_published(tmp_path, official)
    assert cell(run.tables["releases"], "children_in_need").value == ours(official)
    assert set(run.tables["releases"].provenance) == {"official"}
    assert [f for f in run.findings if f.check == "published"][0].result == "pass"


def test_a_value_of_ours_that_the_file_contradicts_stops_the_run_with_both_places(tmp_path, official):
    put(tmp_path, ours(official) + 1)
    [apart] = [
        f
        for f in read_published(tmp_path, official).findings
        if f.check == "published" and f.result == "failure"
    ]
    assert "children_in_need, All, Buckinghamshire, 31 March 2016" in apart.message
    assert (
        apart.file == "official/children_in_need.csv" and apart.row and "SFR52_2016_UD.csv#" in apart.expected
    )


def test_no_published_file_is_no_fault(tmp_path, official):
    run = read_published(tmp_path, official)
    assert run.tables == {} and run.findings == [] and run.rejects == []


def test_a_file_that_no_map_fits_is_told_and_the_others_are_read(tmp_path, official):
    put(tmp_path, ours(official))
    pd.DataFrame({"What": [1], "Ever": [2]}).to_csv(tmp_path / FOLDER / "other.csv", index=False)
    run = read_published(tmp_path, official)
    assert "releases" in run.tables
    assert any(f.result == "failure" and f.file == f"{FOLDER}/other.csv" for f in run.findings)


def test_whatever_else_lies_there_is_read_or_told_and_never_passed_over(tmp_path, official):
    path = put(tmp_path, ours(official))
    table = pd.read_csv(path, dtype=str)
    (tmp_path / FOLDER / "metadata.txt").write_text("What the headers mean.", encoding="utf8")
    table.to_excel(path.with_suffix(".xlsx"), index=False)
    path.unlink()
    assert cell(read_published(tmp_path, official).tables["releases"], "children_in_need").value == ours(
        official
    )
    (tmp_path / FOLDER / "slides.pptx").write_bytes(b"PK\x03\x04 no table")
    assert [f.file for f in read_published(tmp_path, official).findings if f.result == "failure"] == [
        f"{FOLDER}/slides.pptx"
    ]


def test_a_slip_of_the_publisher_that_is_known_is_told_as_known_and_a_new_one_stands_out(tmp_path):
    """In 2014-15 England stood under the code of another place, as in every year before; so does Slough, which is new."""
    known = "England stands under E06000046, the code of Isle of Wight."
    path = tmp_path / FOLDER / "SFR43-2014.csv"
    told = [
        warning("area_code", f"A code that is not the area's own: {said} Its own was used.", file=path.name)
        for said in (known, "Slough stands under E06000046, the code of Isle of Wight.")
    ]
    before, new = _told(told, path, tmp_path)
    assert (before.result, new.result) == ("pass", "warning")
    assert "Known: England stands under the code of the Isle of Wight in every file" in before.message
    assert before.file == new.file == f"{FOLDER}/SFR43-2014.csv"


def test_every_known_slip_is_one_that_the_reader_finds_and_has_its_reason():
    rows = read_list(KNOWN_SLIPS)
    assert len({(row["file"], row["says"]) for row in rows}) == len(rows) and all(
        row["reason"] for row in rows
    )
    wordings = ("the code of Isle of Wight.", "Headers carry another year than the file: ", "read as ")
    assert all(any(words in row["says"] for words in wordings) for row in rows)
