"""Long files: read in parts, and the same as when read whole. The parts are made small so that short files have many."""

import random
from datetime import date, timedelta

import pandas as pd
import pyarrow.parquet as parquet
import pytest

from bscbdata.findings import DataStop
from bscbdata.period import ReportYear
from bscbdata.provenance import write_origin
from bscbdata.sources import large, parse_source
from bscbdata.sources.convert import to_parquet
from bscbdata.sources.reading import read

YEAR = ReportYear.parse("2015-16")
COLUMNS = """column,kind,required,unit,low,high,meaning,2015-16
day,date,yes,,year_start,year_end,Day,Date of contact
team,text,yes,,,,Team,Team
contacts,count,yes,contacts,,,Contacts,Number of contacts
"""
HEADER = "Contacts of the year\n\nDate of contact,Team,Number of contacts\n"


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "sources" / "contact_log"
    folder.mkdir(parents=True)
    (folder / "columns.csv").write_text(COLUMNS)
    (folder / "source.toml").write_text('title = "Log"\nmeaning = "Log"\npath = "log.csv"\ncomplete = ""\n')
    return parse_source(folder)


@pytest.fixture
def send(tmp_path):
    def written(content: str, encoding: str = "utf-8"):
        path = tmp_path / "raw" / "2015-16" / "log.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode(encoding))
        about = dict.fromkeys(("published", "accessed", "vintage", "note"), "")
        write_origin(path, publisher="P", title="T", licence="MIT", provenance="illustrative", **about)
        return tmp_path / "raw"

    return written


@pytest.fixture
def in_parts(monkeypatch):
    """Every CSV is long, and a part is a few hundred bytes."""
    monkeypatch.setattr(large, "LARGE_BYTES", 0)
    monkeypatch.setattr(large, "SLICE_BYTES", 300)


def rows(number: int, seed: int = 1) -> list[str]:
    chance = random.Random(seed)
    days = [date(2015, 4, 1) + timedelta(days=chance.randrange(366)) for _ in range(number)]
    return [
        f"{day:%d/%m/%Y},{chance.choice(['North', 'South', 'Éast'])},{chance.randrange(1, 50)}"
        for day in days
    ]


def told(cleaned):
    return sorted((finding.check, finding.result, str(finding)) for finding in cleaned.findings)


MESSY = {
    "plain": lambda lines: lines,
    "a bad date": lambda lines: [*lines[:40], "31/02/2016,North,3", *lines[40:]],
    "a bad count": lambda lines: [*lines[:40], "01/02/2016,North,three", *lines[40:]],
    "an empty cell that is needed": lambda lines: [*lines[:40], "01/02/2016,,3", *lines[40:]],
    "the header again": lambda lines: [*lines[:40], "Date of contact,Team,Number of contacts", *lines[40:]],
    "a row of empty cells": lambda lines: [*lines[:40], ",,", *lines[40:]],
    "a note at the end": lambda lines: [*lines, "Drawn from the case system,,"],
    "a total that agrees": lambda lines: [*lines, f"Total,,{sum(int(line.split(',')[2]) for line in lines)}"],
    "a total that does not": lambda lines: [*lines, "Total,,7"],
    "a short row": lambda lines: [*lines[:40], "01/02/2016,North", *lines[40:]],
    "a quoted cell over two lines": lambda lines: [*lines[:40], '01/02/2016,"North\nside",3', *lines[40:]],
    "a short row in the second part": lambda lines: [*lines[:15], "01/02/2016,North", *lines[15:]],
    "a short row at once": lambda lines: ["01/02/2016,North", *lines],
    "an error of a formula": lambda lines: [*lines[:40], "01/02/2016,#REF!,3", *lines[40:]],
    "spaces around": lambda lines: [*lines[:40], " 01/02/2016 , North , 3 ", *lines[40:]],
}


@pytest.mark.parametrize("mess", MESSY)
def test_a_file_read_in_parts_is_the_file_read_whole(source, send, monkeypatch, mess):
    raw = send(HEADER + "\n".join(MESSY[mess](rows(120))) + "\n")
    whole = read(source, YEAR, raw)
    monkeypatch.setattr(large, "LARGE_BYTES", 0)
    monkeypatch.setattr(large, "SLICE_BYTES", 300)
    parted = read(source, YEAR, raw)
    pd.testing.assert_frame_equal(whole.table, parted.table)
    pd.testing.assert_frame_equal(whole.rejects, parted.rejects)
    assert told(whole) == told(parted)
    assert parted.rows_in == len(parted.table) + len(parted.rejects)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_any_usual_encoding_gives_the_same(source, send, in_parts, encoding):
    found = read(source, YEAR, send(HEADER + "\n".join(rows(80)), encoding)).table
    assert len(found) == 80 and set(found["team"]) == {"North", "South", "Éast"}


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_any_usual_delimiter_gives_the_same(source, send, in_parts, delimiter):
    content = (HEADER + "\n".join(rows(80))).replace(",", delimiter)
    assert len(read(source, YEAR, send(content)).table) == 80


def test_missing_columns_stop_in_the_same_words(source, send, in_parts):
    with pytest.raises(DataStop, match="missing: Number of contacts"):
        read(source, YEAR, send(HEADER.replace("Number of contacts", "Contacts") + "\n".join(rows(50))))


def test_a_long_file_goes_straight_to_parquet_and_every_row_leads_back(source, send, in_parts, tmp_path):
    lines = [*rows(100), "31/02/2016,North,3", *rows(20, seed=2)]
    raw = send(HEADER + "\n".join(lines))
    done = to_parquet(source, YEAR, raw, tmp_path / "log.parquet")
    assert (done.rows_in, done.rows, done.rejects) == (121, 120, 1)
    kept = parquet.read_table(tmp_path / "log.parquet")
    assert kept.schema.metadata[b"file"] == b"2015-16/log.csv"
    text = (HEADER + "\n".join(lines)).splitlines()
    for row in kept.to_pylist():
        day, team, contacts = text[row["row"] - 1].split(",")
        assert (f"{row['day']:%d/%m/%Y}", row["team"], row["contacts"]) == (day, team, int(contacts))
    whole = read(source, YEAR, raw).table
    assert whole["contacts"].tolist() == kept["contacts"].to_pylist()
