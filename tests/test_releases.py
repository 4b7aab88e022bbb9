"""Published files as downloaded: every layout is read, nothing is guessed, and our official tables come out of them."""

import csv
import io
import re
from functools import cache

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from bscbdata.authorities import load_areas
from bscbdata.cleaning import STATUSES
from bscbdata.findings import DataStop
from bscbdata.period import ReportYear, report_year_of
from bscbdata.releases import ees_columns, read_ees, read_published_file, read_release, read_time
from bscbdata.releases.areas import find_place
from bscbdata.releases.maps import HERE, load_map, parse_map, read_rows, statistics
from bscbdata.releases.recognise import recognise
from bscbdata.sources import load_source, source_names
from bscbdata.sources.reading import read_source

DFE = ROOT.parent / "shared" / "data" / "dfe"
needs_files = pytest.mark.skipif(not DFE.exists(), reason="the Department's files are not on this machine")

# ---- small files made by hand, in the layouts of several years ------------------------------------------------------

PLACE = "New_geog_code,geog_l,geog_c,geog_n"
ADOPTED_2012 = f"""{PLACE},CLA_cease,CLA_ceaAdop,CLA_Adop_PL12mnths
E92000001,NATIONAL,999,ENGLAND,"27,350",3450,2480
E12000008,REGION,J,SOUTH EAST,3810,430,340
E10000002,LA,825,Buckinghamshire,118,11,x
E10000030,LA,936,Surrey,260,..,.
"""
ADOPTED_2014 = f"""{PLACE},CLA_cease,CLA_ceaAdop
E92000001,NATIONAL,999,England,30430,5050
E06000060,LA,825,Buckinghamshire,141,
"""
MISSING_2016 = f"""{PLACE},CLA_MissDuringYear,CLA_MissIncs,CLA_MissMoreOnce,CLA_Miss31Mar,CLA_AwayDuringYear,CLA_AwayIncs,CLA_AwayMoreOnce,CLA_Away31Mar
E10000002,LA,825,Buckinghamshire,34,98,x,0,7,12,x,0
"""
LEAVERS_2014 = """New_geog_code,geog_l,geog_c,geog_n,All_aged1920&21,Act_HE,Act_OE,Act_TE,Act_NEET_ill,Act_NEET_oth,Act_NEET_preg,LA_Noinf,ChildDied,Acc_SUIT,Acc_P,Acc_CH,Acc_SITA,Acc_SL,Acc_GA,Acc_Dep,Acc_OL,Acc_ResNk,Acc_NFA,Acc_F,Acc_IL,Acc_EA,Acc_BB,Acc_Cust,Acc_FFC,Acc_OTH,LA_Noinf,ChildDied
E10000002,LA,825,Buckinghamshire,90,6,12,20,x,30,x,11,0,70,8,9,7,6,0,0,x,x,0,x,30,0,0,x,x,x,12,0
"""


def save(folder, name, text, encoding="utf8"):
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


def cell(table, indicator, category="All", area="Buckinghamshire"):
    found = table[(table.indicator == indicator) & (table.category == category) & (table.area == area)]
    assert len(found) == 1, f"{len(found)} rows for {indicator}, {category}, {area}"
    return found.iloc[0]


def said(findings, check, result):
    return [str(finding) for finding in findings if (finding.check, finding.result) == (check, result)]


def in_need_text(year, values):
    """A children in need file with every header of that year, in the map's order, nought where nothing is given."""
    release = load_map("children_in_need")
    headers = [header for _, header in release.promised(ReportYear.parse(year))]
    lines = []
    for row in values:
        lines.append([row.get(header, "0") for header in headers])
    return "\n".join(",".join(f'"{c}"' for c in line) for line in [headers, *lines]) + "\n"


BUCKS_2010 = {"geog_l": "LA", "geog_c": "825", "geog_n": "Buckinghamshire"}
BUCKS_2016 = BUCKS_2010 | {"new_la_code": "E10000002"}


def test_a_cell_leads_back_to_its_place_in_the_file(tmp_path):
    path = save(tmp_path, "SFR20_ADP2012.csv", ADOPTED_2012)
    release = read_release(path)
    found = cell(release.table, "children_adopted")
    assert (found.value, found.status, found.unit) == (11, "shown", "children")
    assert (found.period, found.year, found.vintage) == (
        "year ending 31 March 2012",
        "2011-12",
        "first published",
    )
    assert (found.level, found.area_code) == ("authority", "E10000002")
    file, row, header = re.fullmatch(r"(.+)#(\d+)!(.+)", found.row_id).groups()
    assert file == path.name
    lines = list(csv.reader(path.read_text(encoding="utf8").splitlines()))
    assert lines[int(row) - 1][lines[0].index(header)] == "11"


def test_thousands_markers_and_blanks_are_read(tmp_path):
    table = read_release(save(tmp_path, "ADP2012.csv", ADOPTED_2012)).table
    assert cell(table, "children_ceased_to_be_looked_after", area="England").value == 27350
    assert cell(table, "children_adopted_placed_within_12_months").status == "confidential"
    assert cell(table, "children_adopted", area="Surrey").status == "not_available"
    assert cell(table, "children_adopted_placed_within_12_months", area="Surrey").status == "not_applicable"
    later = read_release(save(tmp_path, "ADP2014.csv", ADOPTED_2014)).table
    assert cell(later, "children_adopted").status == "not_available"
    assert table.loc[table.status != "shown", "value"].isna().all()
    assert len(table) == 4 * 3 and len(later) == 2 * 2


def test_one_name_and_code_for_an_area_whatever_the_year(tmp_path):
    table = read_release(save(tmp_path, "ADP2014.csv", ADOPTED_2014)).table
    assert cell(table, "children_adopted", area="England").level == "national"
    assert set(table.loc[table.area == "Buckinghamshire", "area_code"]) == {"E10000002"}


def test_england_under_the_code_of_another_place_is_a_finding(tmp_path):
    text = ADOPTED_2014.replace("E92000001", "E06000046")
    release = read_release(save(tmp_path, "ADP2014.csv", text))
    assert cell(release.table, "children_adopted", area="England").area_code == "E92000001"
    assert any(
        "England stands under E06000046, the code of Isle of Wight" in line
        for line in said(release.findings, "area_code", "warning")
    )


def test_windows_encoding_lines_above_the_header_and_moved_columns_change_nothing(tmp_path):
    plain = read_release(save(tmp_path, "ADP2012.csv", ADOPTED_2012)).table.drop(columns="row_id")
    rows = list(csv.reader(ADOPTED_2012.splitlines()))
    moved = [[row[n] for n in (6, 3, 0, 5, 1, 2, 4)] for row in rows]
    text = "Adopted – underlying data\n\n" + "\n".join(",".join(f'"{c}"' for c in row) for row in moved)
    other = read_release(save(tmp_path, "moved_ADP2012.csv", text, "cp1252")).table.drop(columns="row_id")
    by = ["indicator", "area"]
    pd.testing.assert_frame_equal(
        plain.sort_values(by, ignore_index=True), other.sort_values(by, ignore_index=True)
    )


@settings(max_examples=15, deadline=None)
@given(number=st.integers(0, 10**7), order=st.permutations(range(6)))
def test_any_number_survives_its_commas_and_any_order_of_columns(tmp_path_factory, number, order):
    head = ["New_geog_code", "geog_l", "geog_c", "geog_n", "CLA_cease", "CLA_ceaAdop"]
    row = ["E10000002", "LA", "825", "Buckinghamshire", f'"{number:,}"', str(number)]
    text = "\n".join(",".join(line[n] for n in order) for line in (head, row))
    path = save(tmp_path_factory.mktemp("any"), "ADP2014.csv", text)
    assert list(read_release(path).table.value) == [number, number]


def test_statistic_and_year_are_recognised_and_said(tmp_path):
    years = {"2009-10": BUCKS_2010, "2011-12": BUCKS_2010, "2013-14": BUCKS_2016, "2015-16": BUCKS_2016}
    for year, place in years.items():
        path = save(tmp_path, "download.csv", in_need_text(year, [place]))
        release = read_release(path)
        assert (release.statistic, release.years) == ("children_in_need", (year,))
        assert f"children_in_need of {year}" in said(release.findings, "recognised", "pass")[0]


def test_the_same_number_comes_from_each_years_own_header(tmp_path):
    given_in = {
        "2010-11": "CINRatePer10K",
        "2012-13": "CINAt310313RatePer10k",
        "2014-15": "CINAt310314RatePer10K",
    }
    for year, header in given_in.items():
        place = BUCKS_2010 if year < "2012" else BUCKS_2016
        release = read_release(save(tmp_path, "x.csv", in_need_text(year, [place | {header: "231.5"}])))
        assert cell(release.table, "children_in_need_rate_per_10000").value == 231.5
    assert "CINAt310314RatePer10K (as in 2013-14)" in said(release.findings, "header_year", "warning")[0]


def test_headers_that_fit_several_years_are_never_guessed(tmp_path):
    with pytest.raises(DataStop) as stop:
        read_release(save(tmp_path, "SFR21_ADP.csv", ADOPTED_2012))
    message = str(stop.value)
    assert "children_adopted of 2010-11" in message and "children_adopted of 2012-13" in message
    assert read_release(tmp_path / "SFR21_ADP.csv", "children_adopted", "2010-11").years == ("2010-11",)
    named = read_release(save(tmp_path, "SFR20_ADP2012.csv", ADOPTED_2012))
    assert named.years == ("2011-12",)
    assert "Its name says which" in said(named.findings, "recognised", "warning")[0]


def test_a_year_that_is_given_is_not_asked_for_again(tmp_path):
    shape = load_map("care_leavers_aged_19").promised(ReportYear.parse("2010-11"))
    text = ",".join(header for _, header in shape) + "\n" + ",".join("0" for _ in shape)
    path = save(tmp_path, "SFE21_19YEARS.csv", text)
    assert not said(read_release(path, year="2010-11").findings, "recognised", "warning")


def test_a_file_that_no_map_fits_stops_with_both_lists(tmp_path):
    text = ADOPTED_2012.replace("CLA_cease", "Ended").replace("CLA_ceaAdop,", "Adopted,")
    with pytest.raises(DataStop) as stop:
        read_release(save(tmp_path, "ADP2012.csv", text))
    message = str(stop.value)
    assert "mapped but not in the file: CLA_cease" in message
    assert "in the file but not mapped: Ended, Adopted" in message
    assert "columns.csv" in message


def test_a_small_map_is_not_taken_for_a_large_file_whose_own_map_fails(tmp_path):
    promised = load_map("children_ceased_to_be_looked_after").promised(ReportYear.parse("2014-15"))
    headers = [header.replace("CLA_ceaAbroad", "CLA_Abroad") for _, header in promised]
    path = save(tmp_path, "x2015.csv", ",".join(headers) + "\n" + ",".join("0" for _ in headers))
    with pytest.raises(DataStop) as stop:
        read_release(path)
    assert "children_ceased_to_be_looked_after of 2014-15: mapped but not in the file: CLA_ceaAbroad" in str(
        stop.value
    )


def test_a_header_that_stands_twice_is_told_apart_only_by_the_map(tmp_path):
    table = read_release(save(tmp_path, "x2014.csv", LEAVERS_2014)).table
    unknown = "Not known to the authority"
    assert cell(table, "care_leavers_by_activity_aged_19_to_21", unknown).value == 11
    assert cell(table, "care_leavers_by_accommodation_aged_19_to_21", unknown).value == 12
    text = ADOPTED_2014.replace("CLA_cease,CLA_ceaAdop", "CLA_cease,CLA_ceaAdop,CLA_ceaAdop")
    with pytest.raises(DataStop, match="stand more than once") as stop:
        read_release(save(tmp_path, "x.csv", text), "children_adopted", "2013-14")
    assert "claceaadop" in str(stop.value).casefold().replace("_", "")


def test_missing_columns_stop_and_new_ones_warn(tmp_path):
    cut = "\n".join(line.rsplit(",", 1)[0] for line in MISSING_2016.splitlines())
    with pytest.raises(DataStop, match="lacks 1 column") as stop:
        read_release(save(tmp_path, "x.csv", cut), "children_looked_after_missing", "2015-16")
    assert "CLA_Away31Mar" in str(stop.value)
    assert "the column 2015-16 of releases/children_looked_after_missing/columns.csv" in str(stop.value)
    lines = MISSING_2016.splitlines()
    more = f"{lines[0]},CLA_Unheard\n{lines[1]},5\n"
    release = read_release(save(tmp_path, "y2016.csv", more))
    assert "CLA_Unheard" in said(release.findings, "unmapped", "warning")[0]
    assert not release.table.row_id.str.contains("Unheard").any()


def test_an_unknown_marker_an_unknown_area_and_a_wrong_name_are_set_aside_and_said(tmp_path):
    text = ADOPTED_2014 + (
        "E10000030,LA,936,Surrey,tbc,7\n"
        "E99999999,LA,1234,Atlantis,5,6\n"
        "E10000014,LA,850,Kent,8,9\n"
        "E05000001,Ward,,Somewhere,8,9\n"
        "E99000001,Galaxy,,Elsewhere,8,9\n"
    )
    release = read_release(save(tmp_path, "ADP2014.csv", text))
    reasons = dict(zip(release.rejects.row_id, release.rejects.reason, strict=True))
    assert set(reasons) == {"ADP2014.csv#4!CLA_cease", *(f"ADP2014.csv#{row}" for row in (5, 6, 7, 8))}
    assert "'1234 E99999999 Atlantis' is not in areas.csv" in reasons["ADP2014.csv#5"]
    assert "850 is Hampshire, but the row's name is 'Kent'" in reasons["ADP2014.csv#6"]
    assert reasons["ADP2014.csv#7"] == "the level 'Ward' is not read here"
    assert reasons["ADP2014.csv#8"] == "the level 'Galaxy' is not in levels.csv"
    assert said(release.findings, "level", "pass") == [
        "ADP2014.csv: 1 row(s) left out: the level 'Ward' is not read here."
    ]
    bad = said(release.findings, "value", "failure")
    assert len(bad) == 1 and "row 4" in bad[0] and "'tbc'" in bad[0]
    assert len(said(release.findings, "area", "failure")) == 3
    assert cell(release.table, "children_adopted", area="Surrey").value == 7


@pytest.mark.parametrize("mark", ["x", "c", "*", "[c]", "<5", "1 to 5", "C"])
def test_a_withheld_number_is_withheld_by_whatever_sign(tmp_path, mark):
    release = read_release(save(tmp_path, "ADP2012.csv", ADOPTED_2012.replace("118,11,x", f"118,{mark},x")))
    found = cell(release.table, "children_adopted")
    assert found.status == "confidential" and pd.isna(found.value) and release.rejects.empty


def test_notes_below_are_set_aside_and_a_row_cut_short_is_not_taken_for_one(tmp_path):
    notes = ADOPTED_2014 + "\nx is a number from 1 to 5\nSource: the Department\n"
    release = read_release(save(tmp_path, "ADP2014.csv", notes))
    assert list(release.rejects.reason) == ["blank row", "set aside: note", "set aside: note"]
    assert not [finding for finding in release.findings if finding.result == "failure"]
    cut = ADOPTED_2014.replace(
        "E06000060,LA,825,Buckinghamshire,141,", "E06000060\nE10000030,LA,936,Surrey,9,9"
    )
    release = read_release(save(tmp_path, "ADP2014.csv", cut))
    assert said(release.findings, "area", "failure") and "set aside: note" not in set(release.rejects.reason)


def test_a_workbook_with_a_cover_sheet_is_read_and_one_with_two_tables_is_not(tmp_path):
    table = pd.read_csv(io.StringIO(ADOPTED_2014), dtype=str)
    cover = pd.DataFrame({"Adopted": ["Published 2014"]})
    for name, sheets in {"one": [cover, table], "two": [table, table]}.items():
        with pd.ExcelWriter(tmp_path / f"{name}_ADP2014.xlsx") as book:
            for number, sheet in enumerate(sheets):
                sheet.to_excel(book, sheet_name=f"Sheet {number}", index=False)
    plain = read_release(save(tmp_path, "ADP2014.csv", ADOPTED_2014)).table.drop(columns="row_id")
    pd.testing.assert_frame_equal(
        read_release(tmp_path / "one_ADP2014.xlsx").table.drop(columns="row_id"), plain
    )
    with pytest.raises(DataStop, match="Several sheets hold a table: Sheet 0, Sheet 1"):
        read_release(tmp_path / "two_ADP2014.xlsx")


def test_a_renamed_header_is_proposed_with_its_certainty_and_never_used(tmp_path):
    renamed = in_need_text("2015-16", [BUCKS_2016]).replace('"CINAt310316RatePer10K"', '"CIN_at_310316_rate"')
    with pytest.raises(DataStop, match="'CIN_at_310316_rate' may be 'CINAt310316RatePer10K', certainty 8"):
        read_release(save(tmp_path, "x.csv", renamed))


def test_the_year_in_a_name_is_found_behind_a_digit_and_a_file_without_any_year_is_doubted(tmp_path):
    headers = [
        header for _, header in load_map("looked_after_12_months").promised(ReportYear.parse("2015-16"))
    ]
    places = {"New_geog_code": "E10000002", "geog_l": "LA", "geog_c": "825", "geog_n": "Buckinghamshire"}
    text = ",".join(headers) + "\n" + ",".join(places.get(header, "10") for header in headers) + "\n"
    years = {"SFR41_OC22016.csv": ("2015-16",), "SFR50_OC22017.csv": ("2016-17",)}
    assert {name: read_release(save(tmp_path, name, text)).years for name in years} == years
    doubted = read_release(save(tmp_path, "oc2.csv", text))
    assert "Nothing in it says that it is of 2015-16" in said(doubted.findings, "recognised", "warning")[0]


TITLED = "Children looked after in England: 2017 to 2018"
IN_2016_17 = {"CLA": "spelt by its headers", "Missing_": "not spelt by its headers"}


@pytest.mark.parametrize("kind", IN_2016_17)
def test_what_a_file_says_of_its_year_is_held_against_its_headers(tmp_path, kind):
    text = (UNSEEN / f"SFR50_{kind}2017.csv").read_text(encoding="utf8")
    head, _, rows = text.partition("\n")
    column = "\n".join([f"Year,{head}", *(f"201718,{row}" for row in rows.splitlines())])
    files = {f"SFR50_{kind}2018.csv": text, f"SFR50_{kind}.csv": f"{TITLED}\n\n{text}", f"{kind}.csv": column}
    told = {name: _year_judged(save(tmp_path, name, content)) for name, content in files.items()}
    assert [result for result, _ in told.values()] == (
        ["warning"] * 2 + ["failure"] if kind == "CLA" else ["failure"] * 3
    )
    for (_, message), place in zip(told.values(), ("its name", f"'{TITLED}'", "'Year'"), strict=True):
        assert f"{place} says 2017-18" in message and "folder named by its year" in message
    right = [f"SFR50_{kind}2017.csv", f"{kind}_2016-17.csv", f"{kind}201617.csv"]
    assert all(_year_judged(save(tmp_path, name, text)) == ("pass", "") for name in right)
    assert read_release(save(tmp_path, f"SFR50_{kind}2018.csv", text), year="2016-17").years == ("2016-17",)


def _year_judged(path):
    """How a file was judged that its headers say to be of 2016-17, and what was told of its year."""
    try:
        release = read_release(path)
    except DataStop as stop:
        return "failure", str(stop)
    assert release.years == ("2016-17",)
    told = [finding for finding in release.findings if finding.check == "year"]
    return ("warning", str(told[0])) if told else ("pass", "")


def test_a_name_that_says_a_later_year_than_its_rows_is_told(tmp_path):
    text = ees("children", ("England", "5"), time="2017,Reporting year")
    told = [read_ees(save(tmp_path, f"c_{name}.csv", text)).findings for name in ("2018", "2013_to_2017")]
    assert "says 2017-18, but the latest year in it is 2016-17" in said(told[0], "year", "warning")[0]
    assert not said(told[1], "year", "warning")


def test_an_area_that_stands_twice_is_not_counted_twice(tmp_path):
    copy = ADOPTED_2014 + "E06000060,LA,825,Buckinghamshire,141,\n"
    release = read_release(save(tmp_path, "ADP2014.csv", copy))
    assert cell(release.table, "children_ceased_to_be_looked_after").value == 141
    assert list(release.rejects.reason) == ["copy of a row above"]
    clash = ADOPTED_2014 + "E10000002,LA,825,Buckinghamshire,142,\n"
    release = read_release(save(tmp_path, "ADP2014.csv", clash))
    assert "Buckinghamshire" not in set(release.table.area) and len(release.rejects) == 2
    assert len(said(release.findings, "area_twice", "failure")) == 2


def test_rows_and_cells_are_all_accounted_for(tmp_path):
    text = ADOPTED_2014 + "\n,,,,,\nE10000030,LA,936,Surrey,?,7\nE99999999,LA,1234,Atlantis,5,6\n"
    release = read_release(save(tmp_path, "ADP2014.csv", text))
    whole = release.rejects[~release.rejects.row_id.str.contains("!")]
    cells = release.rejects[release.rejects.row_id.str.contains("!")]
    rows_in = len(text.splitlines()) - 1
    assert len(release.table) + len(cells) == 2 * (rows_in - len(whole))


# ---- a year that is not there yet -----------------------------------------------------------------------------------


def next_year(text):
    """A file of 2015-16 as the next year would name it."""
    return text.replace("310316", "310317").replace("1516", "1617").replace("Mid2015", "Mid2016")


def test_the_next_year_is_read_by_pattern_and_says_so(tmp_path):
    text = next_year(in_need_text("2015-16", [BUCKS_2016 | {"CINAt310316": "3,141", "CINThro1516": "7100"}]))
    release = read_release(save(tmp_path, "download.csv", text))
    assert release.years == ("2016-17",)
    assert cell(release.table, "children_in_need").value == 3141
    assert cell(release.table, "children_in_need").period == "31 March 2017"
    assert cell(release.table, "children_in_need_in_year").value == 7100
    assert "no column for 2016-17" in said(release.findings, "pattern", "warning")[0]
    assert cell(release.table, "population_aged_0_to_17").period == "mid-2016"


def test_a_pattern_is_not_used_for_a_header_that_is_not_there(tmp_path):
    text = next_year(in_need_text("2015-16", [BUCKS_2016])).replace("CINAt310317RatePer10K", "Renamed1617")
    path = save(tmp_path, "download.csv", text)
    with pytest.raises(DataStop) as stop:
        read_release(path)
    assert "children_in_need of 2016-17: mapped but not in the file: CINAt310317RatePer10K" in str(stop.value)
    assert "in the file but not mapped: Renamed1617" in str(stop.value)


def test_a_new_year_needs_only_a_column_in_the_map(tmp_path):
    text = next_year(in_need_text("2015-16", [BUCKS_2016 | {"CINAt310316RatePer10K": "260.4"}]))
    path = save(tmp_path, "download.csv", text.replace("CINAt310317RatePer10K", "RateOfNeedMarch17"))
    folder = tmp_path / "maps" / "children_in_need"
    folder.mkdir(parents=True)
    own = HERE / "children_in_need"
    (folder / "release.toml").write_bytes((own / "release.toml").read_bytes())
    with (own / "columns.csv").open(encoding="utf8", newline="") as lines:
        rows = list(csv.reader(lines))
    last = rows[0].index("2015-16")
    rows = [[*row, "2016-17" if row[last] == "2015-16" else next_year(row[last])] for row in rows]
    rows = [[c.replace("CINAt310317RatePer10K", "RateOfNeedMarch17") for c in row] for row in rows]
    with (folder / "columns.csv").open("w", encoding="utf8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows(rows)
    release = read_release(path, maps=tmp_path / "maps")
    assert release.years == ("2016-17",)
    assert cell(release.table, "children_in_need_rate_per_10000").value == 260.4
    assert not said(release.findings, "pattern", "warning") and not said(
        release.findings, "unmapped", "warning"
    )


# ---- the maps themselves --------------------------------------------------------------------------------------------


def test_maps_are_whole_and_name_no_number_twice():
    for release in map(load_map, statistics()):
        kinds = {"place", "count", "share", "rate", "days", "difference", "ratio"}
        assert {m.kind for m in release.measures} <= kinds
        assert all(m.meaning for m in release.measures), release.statistic
        numbers = [m for m in release.measures if m.kind != "place"]
        assert all(m.unit and m.period in ("day", "year", "mid_year") for m in numbers), release.statistic
        names = [(m.indicator, m.category) for m in numbers]
        assert len(names) == len(set(names)), release.statistic
        for label in release.years:
            headers = [header for _, header in release.promised(ReportYear.parse(label))]
            assert len(headers) == len(set(headers)), (release.statistic, label)
        assert all(reason for _, reason in release.ignored)
        assert parse_map(HERE / release.statistic) == release


def test_areas_are_known_by_one_old_code_and_their_codes_belong_to_one_area():
    areas = load_areas()
    old = [code for area in areas for code in area.old_codes]
    codes = [area.area_code for area in areas]
    assert len(old) == len(set(old)) and len(codes) == len(set(codes))
    bucks = [find_place("LA", "825", code, "Buckinghamshire").area for code in ("", "E10000002", "E06000060")]
    assert len(set(bucks)) == 1 and bucks[0].area_code == "E10000002"
    assert find_place("Local authority", "", "E06000060", "").area is bucks[0]


def test_markers_mean_a_status_and_the_same_letter_may_mean_another_elsewhere():
    rows = read_rows("markers.csv")
    assert {row["status"] for row in rows} <= set(STATUSES)
    x = {row["layout"]: row["status"] for row in rows if row["marker"] == "x"}
    assert x == {"underlying": "confidential", "explore_education_statistics": "not_available"}


# ---- explore-education-statistics -----------------------------------------------------------------------------------

EES_HEAD = "time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,old_la_code,new_la_code,la_name"
EES_PLACES = {
    "England": "National,E92000001,England,,,,,",
    "South East": "Regional,E92000001,England,E12000008,South East,,,",
    "Buckinghamshire": "Local authority,E92000001,England,E12000008,South East,825,E10000002,Buckinghamshire",
}


def ees(columns, *rows, time="2016,Reporting year"):
    lines = [f"{time},{EES_PLACES[area]},{values}" for area, values in rows]
    return "\n".join([f"{EES_HEAD},{columns}", *lines]) + "\n"


PLACES = "explore_education_statistics/places.csv"
MONTHS_HEAD = (
    "Category,Referrals,April,May,June,July,August,September,October,November,December,January,February,March"
)
META = "col_name,col_type,label,indicator_grouping,indicator_unit,indicator_dp,filter_hint,filter_grouping_column\n"


EDITION_2025 = {
    "b1": (
        "category,Anypoint_episodes,Anypoint_child,Started_episodes,Started_child,Ended_episodes,Ended_child,"
        "At31_episodes,awaiting_assessment",
        "Children in Need,756120,704430,396870,371550,353720,334060,402400,c",
        {
            "children_in_need": 402400,
            "children_in_need_started": 396870,
            "children_in_need_awaiting_assessment": None,
        },
    ),
    "c1": (
        "category,referral_count,rereferral_count,rereferral_percent,no_further_action_count,no_further_action_percent,"
        "not_in_need_count,not_in_need_percent,referral_child_count,rereferral_child_count,rereferral_child_percent",
        "Referrals and Re-referrals,632830,142900,22.6,41340,6.5,194620,30.8,557810,116950,21",
        {
            "referrals": 632830,
            "re_referrals_pct": 22.6,
            "children_referred": 557810,
            "children_re_referred_pct": 21,
        },
    ),
    "c4": (
        "category,Section47,Section47_child,ICPC,ICPC_child,Duration_0-10_days,Duration_11-15_days,Duration_16-20_days,"
        "Duration_21+_days,Duration_25th_Percentile,Duration_median,Duration_75th_Percentile",
        "Section 47s and Initial Child Protection Conferences,230590,195250,72100,71070,6240,52430,6430,6990,13,14,15",
        {"section_47_enquiries": 230590, "initial_child_protection_conferences": 72100},
    ),
}


@pytest.mark.parametrize("name", EDITION_2025)
def test_the_edition_of_2025_has_our_names_without_the_rates_it_dropped(tmp_path, name):
    columns, row, expected = EDITION_2025[name]
    release = read_ees(save(tmp_path, "x.csv", ees(columns, ("England", row), time="2025,Reporting year")))
    assert release.statistic.startswith(f"{name}_") and release.statistic.endswith("_2025")
    whole = release.table[release.table["category"] == "All"].set_index("indicator")
    for indicator, value in expected.items():
        found = whole.loc[indicator]
        assert found["period"] in ("year ending 31 March 2025", "31 March 2025")
        assert found["value"] == value or (value is None and found["status"] == "confidential")
    assert [finding for finding in release.findings if finding.result != "pass"] == []


def test_shares_given_as_fractions_are_told(tmp_path):
    columns, row, _ = EDITION_2025["c1"]
    row = row.replace(",22.6,", ",0.226,").replace(",6.5,", ",0.065,").replace(",30.8,", ",0.308,")
    release = read_ees(save(tmp_path, "x.csv", ees(columns, ("England", row), time="2025,Reporting year")))
    told = [finding for finding in release.findings if finding.check == "shares"]
    assert sorted(finding.value for finding in told) == ["0.065", "0.226", "0.308"]
    assert all("1 per cent or less" in finding.message and "22.6%" in finding.advice for finding in told)


def test_months_of_a_reporting_year_are_periods(tmp_path):
    row = "Month of referral,1188,91,92,93,94,95,96,97,98,99,c,:,110"
    release = read_ees(save(tmp_path, "c6.csv", "\ufeff" + ees(MONTHS_HEAD, ("Buckinghamshire", row))))
    found = cell(release.table, "referrals", "April")
    assert (found.value, found.period, found.year) == (91, "April 2015", "2015-16")
    assert cell(release.table, "referrals", "March").period == "March 2016"
    assert cell(release.table, "referrals", "January").status == "confidential"
    assert cell(release.table, "referrals", "February").status == "not_available"
    assert found.vintage == "revised 2016" and found.row_id == "c6.csv#2!April"
    assert "There is no .meta.csv file" in said(release.findings, "columns", "pass")[0]


@pytest.mark.parametrize(
    ("identifier", "text", "period", "year"),
    [
        ("Financial year", "201516", "year ending 31 March 2016", "2015-16"),
        ("Reporting year", "2016", "year ending 31 March 2016", "2015-16"),
        ("Academic year", "201516", "academic year 2015/16", "2015-16"),
        ("Calendar year", "2016", "calendar year 2016", "2016-17"),
        ("February", "2016", "February 2016", "2015-16"),
        ("April", "2016", "April 2016", "2016-17"),
        ("Financial year Q4", "201516", "January to March 2016", "2015-16"),
    ],
)
def test_times_are_read(identifier, text, period, year):
    found = read_time(identifier, text)
    assert (found.period, found.year) == (period, year)


@pytest.mark.parametrize(
    ("identifier", "text"),
    [
        ("Financial year", "2016"),
        ("Reporting year", "201516"),
        ("Academic year", "201517"),
        ("Lunar year", "2016"),
    ],
)
def test_times_that_cannot_be_meant_are_refused(identifier, text):
    with pytest.raises(ValueError, match="is not|does not"):
        read_time(identifier, text)


def test_titles_above_notes_below_other_case_and_two_bytes_a_character_change_nothing(tmp_path):
    row = ("Buckinghamshire", "Month of referral,1188,91,92,93,94,95,96,97,98,99,c,:,110")
    text = ees(MONTHS_HEAD, row)
    plain = read_ees(save(tmp_path, "c6.csv", text)).table.drop(columns="row_id")
    spelt = text.replace("time_period,time_identifier", "Time period,Time Identifier")
    framed = f"Referrals by month\n\n{spelt}\nSource: the Department\n"
    other = read_published_file(save(tmp_path, "c6_again.csv", framed, "utf-16"))
    pd.testing.assert_frame_equal(other.table.drop(columns="row_id"), plain)
    assert list(other.rejects.reason) == ["set aside: note"]


def test_a_renamed_indicator_keeps_the_others_under_our_names_and_is_a_failure(tmp_path):
    renamed = MONTHS_HEAD.replace("Referrals", "Referrals_received")
    row = ("Buckinghamshire", "Month of referral,1188,91,92,93,94,95,96,97,98,99,c,:,110")
    release = read_ees(save(tmp_path, "c6.csv", ees(renamed, row)))
    assert cell(release.table, "referrals", "April").value == 91
    assert cell(release.table, "Referrals_received").value == 1188
    [told] = said(release.findings, "columns", "failure")
    assert "Mapped but not in the file: Referrals; in the file but not mapped: Referrals_received." in told
    assert "'Referrals_received' may be 'Referrals', certainty" in told


LOOKED_AFTER = "cla_number_and_rate_per_10k_children"
IS_WHAT = "Children {} each year"


def looked_after_text():
    """The Department's file of children looked after, as it is laid out since 2020: a filter says what a number is."""
    rows = [
        (area, f"{IS_WHAT.format(what)},100,{number},{rate}")
        for area in ("England", "Buckinghamshire")
        for what, number, rate in (
            ("ceasing to be looked after", 120, 10),
            ("looked after at 31 March", 523, 42),
            ("starting to be looked after", 130, "c"),
        )
    ]
    return ees(
        "population_count,population_estimate,number,rate_per_10000", *rows, time="2024,Reporting year"
    )


def test_a_filter_may_say_what_a_number_is(tmp_path):
    release = read_ees(save(tmp_path, f"{LOOKED_AFTER}.csv", looked_after_text()))
    at = cell(release.table, "children_looked_after")
    assert (at.value, at.period, at.unit) == (523, "31 March 2024", "children")
    assert cell(release.table, "children_looked_after_rate_per_10000", area="England").value == 42
    began = cell(release.table, "children_started_to_be_looked_after_rate_per_10000")
    assert (began.status, began.period) == ("confidential", "year ending 31 March 2024")
    assert not said(release.findings, "totals", "warning")
    other = read_ees(save(tmp_path, "uasc_number_and_rate.csv", looked_after_text()))
    assert other.statistic == "unmapped" and "children_looked_after" not in set(other.table.indicator)
    untold = ees(
        "population_estimate,number,rate_per_10000", ("England", "100,523,42"), time="2024,Reporting year"
    )
    without = read_ees(save(tmp_path, f"{LOOKED_AFTER}.csv", untold)).table
    assert cell(without, f"{LOOKED_AFTER}_number", area="England").value == 523, "nothing says what it is"


def test_of_a_breakdown_only_the_total_that_the_map_names_is_ours(tmp_path):
    name = "la_children_looked_after_at_31_march_by_characteristics"
    groups = {"Age group": ("Total", "Under 1 year"), "Gender": ("Total", "Male")}
    rows = [
        ("Buckinghamshire", f"{group},{part},{500 - n},10")
        for group, parts in groups.items()
        for n, part in enumerate(parts)
    ]
    text = ees("cla_group,characteristic,number,percentage", *rows)
    table = read_ees(save(tmp_path, f"{name}_2016.csv", text)).table
    assert cell(table, "children_looked_after").value == 500
    assert cell(table, f"{name}_2016_number", "Gender").value == 500
    assert cell(table, f"{name}_2016_number", "Age group; Under 1 year").value == 499


@pytest.mark.parametrize("column", ["la_name", "new_la_code", "region_name", "old_la_code"])
def test_a_renamed_column_of_the_area_is_proposed_and_no_filter(tmp_path, monkeypatch, column):
    text = ees(
        "need,children", ("Buckinghamshire", "Total,5"), ("England", "Total,9"), ("South East", "Total,7")
    )
    path = save(tmp_path, "x.csv", text.replace(column, "where_it_is"))
    with pytest.raises(DataStop, match=f"'where_it_is' may be '{column}'.*`also`.*places.csv"):
        read_ees(path)
    spelt = {
        row["column"]: row | {"also": "where_it_is"} for row in read_rows(PLACES) if row["column"] == column
    }
    rows = [spelt.get(row["column"], row) for row in read_rows(PLACES)]
    monkeypatch.setattr(ees_columns, "read_rows", lambda name: rows if name == PLACES else read_rows(name))
    assert cell(read_ees(path).table, "children").value == 5


def test_a_bad_time_sets_its_row_aside(tmp_path):
    text = ees("measure", ("Buckinghamshire", "5")) + ees(
        "measure", ("England", "9"), time="201517,Academic year"
    )
    text = text.replace(f"\n{EES_HEAD},measure", "")
    release = read_ees(save(tmp_path, "x.csv", text))
    assert list(release.rejects.row_id) == ["x.csv#3"] and list(release.table.area) == ["Buckinghamshire"]
    assert "do" in said(release.findings, "time", "failure")[0]


def test_filters_become_categories_and_totals_the_whole(tmp_path):
    rows = [("England", "Total,Total,100"), ("England", "Girls,Total,48"), ("England", "Girls,Neglect,z")]
    release = read_ees(save(tmp_path, "x.csv", ees("sex,need,children", *rows)))
    assert dict(zip(release.table.category, release.table.value, strict=True))["All"] == 100
    assert cell(release.table, "children", "Girls", "England").value == 48
    assert cell(release.table, "children", "Girls; Neglect", "England").status == "not_applicable"
    assert "keep their own names: children" in said(release.findings, "unmapped", "warning")[0]
    assert not said(release.findings, "totals", "warning")
    no_total = read_ees(
        save(tmp_path, "y.csv", ees("sex,children", ("England", "Girls,1"), ("England", "Boys,2")))
    )
    assert "'sex' has 2 values and no Total" in said(no_total.findings, "totals", "warning")[0]


def test_a_part_beside_an_empty_cell_of_its_filter_is_not_read_as_the_whole(tmp_path):
    rows = [("England", ",10"), ("Buckinghamshire", ",4"), ("Buckinghamshire", "Boys,3")]
    release = read_ees(save(tmp_path, "x.csv", ees("sex,children", *rows)))
    assert dict(zip(release.table.category, release.table.value, strict=True)) == {"All": 4, "Boys": 3}
    assert "'sex' has 2 values and no Total" in said(release.findings, "totals", "warning")[0]


def test_copies_are_found_and_contradictions_are_not_used(tmp_path):
    rows = [
        ("England", "Total,10.5"),
        ("England", "Total,10.5"),
        ("South East", "Total,1.5"),
        ("South East", "Total,2.5"),
    ]
    release = read_ees(save(tmp_path, "x.csv", ees("need,rate", *rows)))
    assert list(release.table.area) == ["England"]
    assert sorted(release.rejects.row_id) == ["x.csv#3", "x.csv#4", "x.csv#5"]
    assert said(release.findings, "copies", "warning") and said(release.findings, "copies", "failure")


@pytest.mark.parametrize(
    ("columns", "rows", "told"),
    [
        (
            "need,odd",
            [("England", "Total,5"), ("South East", "Total,about six")],
            "'odd' holds 1 different numbers",
        ),
        ("need,empty", [("England", "Total,c"), ("South East", "Total,c")], "nothing but symbols"),
        (
            "age,children",
            [("England", f"{age},{age * 3}") for age in (16, 17, 18)],
            "'age' holds whole numbers",
        ),
    ],
)
def test_unclear_columns_are_refused_without_metadata(tmp_path, columns, rows, told):
    if columns.startswith("age"):
        rows = rows + [("South East", f"{age},{age * 2}") for age in (16, 17, 18)]
    path = save(tmp_path, "x.csv", ees(columns, *rows))
    with pytest.raises(DataStop, match=re.escape(told)):
        read_ees(path)


def test_metadata_decides(tmp_path):
    rows = [(area, f"{age},{age * 2}") for area in ("England", "South East") for age in (16, 17)]
    path = save(tmp_path, "leavers.csv", ees("age,children", *rows))
    save(tmp_path, "leavers.meta.csv", META + "age,Filter,Age,,,,,\nchildren,Indicator,Children,,%,0,,\n")
    release = read_ees(path)
    assert cell(release.table, "children", "16", "England").value == 32
    assert set(release.table.unit) == {"%"}
    other = save(
        tmp_path, "other.meta.csv", META + "sex,Filter,Sex,,,,,\nchildren,Indicator,Children,,,0,,\n"
    )
    with pytest.raises(DataStop, match="do not belong together.*sex.*age"):
        read_ees(path, other)


def test_another_layout_is_refused_with_a_way_out(tmp_path):
    with pytest.raises(DataStop, match="read_release"):
        read_ees(save(tmp_path, "x.csv", ADOPTED_2014))
    with pytest.raises(DataStop, match="No header row"):
        read_release(save(tmp_path, "y.csv", ees("children", ("England", "4"))))


# ---- the files themselves, as downloaded ----------------------------------------------------------------------------

# Headers of these say no year, or one that several years share: the folder they were kept in does.
SAY_NO_YEAR = {
    "19Y": "care_leavers_aged_19",
    "ADP": "children_adopted",
    "CEA": "children_ceased_to_be_looked_after",
}
SOURCES = {
    ("children_in_need", "2009-10"): "osr28_2010_children_in_need",
    ("children_in_need", "2010-11"): "osr26_2011_children_in_need",
    ("children_in_need", "2011-12"): "sfr27_2012_children_in_need",
    ("children_in_need", "2012-13"): "sfr45_2013_children_in_need",
    ("children_in_need", "2013-14"): "sfr43_2014_children_in_need",
    ("children_in_need", "2014-15"): "sfr41_2015_children_in_need",
    ("children_in_need", "2015-16"): "sfr52_2016_children_in_need",
    ("children_looked_after", "2010-11"): "sfr21_2011_looked_after",
    ("children_looked_after", "2011-12"): "sfr20_2012_looked_after",
    ("children_looked_after", "2012-13"): "sfr36_2013_looked_after",
    ("children_looked_after", "2013-14"): "sfr36_2014_looked_after",
    ("children_looked_after", "2014-15"): "sfr34_2015_looked_after",
    ("children_looked_after", "2015-16"): "sfr41_2016_looked_after",
    ("children_looked_after_missing", "2014-15"): "dfe_children_looked_after_in_england_und",
    ("children_looked_after_missing", "2015-16"): "dfe_children_looked_after_in_england_und",
}
# Values of our tables as first published that stand in none of these files, by source: docs/published-files.md says why.
NOT_HELD = {
    "sfr61_2017_children_in_need": 366,
    "sfr27_2010_looked_after": 50,
    "sfr09_2014_absence": 10,
    "english_indices_of_deprivation_2015_dclg": 13,
    "english_indices_of_deprivation_2015_uppe": 34,
    "ons_2011_census_qs201ew_ks201ew_ethnic_g": 108,
}
KEY = ["indicator", "category", "area", "period", "source"]
# What our tables add up from the publisher's bands: indicator in the file, its bands, the name of the sum.
SUMS = (
    (
        "assessments_completed",
        ("Same day", "1 to 10 days", "11 to 20 days", "21 to 30 days", "31 to 40 days", "41 to 45 days"),
        "assessments_in_45_working_days",
    ),
    (
        "initial_child_protection_conferences",
        ("0 to 10 days", "11 to 15 days"),
        "conferences_in_15_working_days",
    ),
)


@cache
def as_downloaded():
    """Every underlying-data file with its `Release`."""
    found = {}
    for path in sorted(DFE.glob("children-*/*/*.csv")):
        folder = path.parent.name
        year = folder if "-" in folder else ReportYear(int(folder) - 1).label
        statistic = next((name for mark, name in SAY_NO_YEAR.items() if mark in path.name), None)
        found[path] = read_release(path, statistic, year)
    return found


@cache
def editions_of_2020():
    return {
        path: read_ees(path) for path in sorted((DFE / "explore-education-statistics-2020").glob("*.csv"))
    }


@cache
def official(vintage):
    """Every row of that vintage in the project's own official tables."""
    tables = []
    for name in source_names():
        source = load_source(name)
        if source.official and any(column.name == "vintage" for column in source.columns):
            table = read_source(name, "2015-16", ROOT / "data" / "raw").table
            tables.append(table[table.vintage == vintage].assign(table=name))
    return pd.concat(tables, ignore_index=True)


def held():
    """What the files hold, one row for each number, under the code of its source; with the sum that our tables add."""
    tables = []
    for release in as_downloaded().values():
        source = SOURCES.get((release.statistic, release.years[0]))
        if source:
            tables.append(release.table.assign(source=source))
    table = pd.concat(tables, ignore_index=True)
    return with_sums(table).set_index(KEY)


def with_sums(table):
    """The table with what our tables add up from the publisher's bands, where all bands are shown."""
    return pd.concat([table, *(sum_of(table, *one) for one in SUMS)], ignore_index=True)


def sum_of(table, indicator, bands, name):
    rows = table[(table.indicator == indicator) & table.category.isin(bands)]
    by = ["area", "period", "source"]
    whole = rows.groupby(by).filter(lambda rows: len(rows) == len(bands) and (rows.status == "shown").all())
    sums = whole.groupby(by, as_index=False)["value"].sum()
    return sums.assign(indicator=name, category="All", status="shown", row_id="")


def compare(ours, files):
    """For each official row: equal, differs (with both), or not held."""
    equal, differs, absent = [], [], []
    for row in ours.itertuples():
        key = (row.indicator, row.category, row.area, row.period, row.source)
        if key not in files.index:
            absent.append(row)
            continue
        there = files.loc[key]
        same = there["status"] == row.status and (row.status != "shown" or there["value"] == row.value)
        (equal if same else differs).append((row, there))
    return equal, differs, absent


@needs_files
def test_every_file_is_read_whole_and_every_header_is_mapped_or_ignored():
    read = as_downloaded()
    assert len(read) == 40
    for path, release in read.items():
        assert not said(release.findings, "unmapped", "warning"), path.name
        assert not said(release.findings, "pattern", "warning"), path.name
        assert set(release.table.status) <= set(STATUSES)
        assert not said(release.findings, "area", "failure"), path.name
        assert release.table.row_id.is_unique
    failures = [f for release in read.values() for f in release.findings if f.result == "failure"]
    assert [f.value for f in failures] == ["#VALUE!"] and failures[0].file == "SFR36_CLA2013.csv"


@needs_files
def test_files_whose_headers_or_names_say_their_year_are_recognised_without_help():
    alone = 0
    for path, release in as_downloaded().items():
        first = path.read_bytes().decode("cp1252").splitlines()[0]
        headers = [header.strip() for header in next(csv.reader([first]))]
        try:
            found, _ = recognise(headers, path.name, None, None)
        except DataStop as stop:
            assert "fit more than one file" in str(stop)
            assert path.parent.name == "2011" and any(mark in path.name for mark in SAY_NO_YEAR)
            continue
        assert (found.map.statistic, (found.year.label,)) == (release.statistic, release.years)
        alone += 1
    assert alone == 37


@needs_files
def test_cells_lead_back_to_the_text_of_the_file():
    for path, release in as_downloaded().items():
        text = path.read_bytes().decode("cp1252")
        lines = list(csv.reader(text.removeprefix("ï»¿").splitlines()))
        headers = [header.strip() for header in lines[0]]
        checked = release.table.sample(30, random_state=20160331)
        for found in checked[checked.status == "shown"].itertuples():
            _, row, header = re.fullmatch(r"(.+)#(\d+)!(.+)", found.row_id).groups()
            name, _, nth = header.partition("#")
            column = [n for n, said_there in enumerate(headers) if said_there == name][int(nth or 1) - 1]
            assert float(lines[int(row) - 1][column].replace(",", "")) == found.value, found.row_id


@needs_files
def test_every_official_value_first_published_is_in_the_files():
    equal, differs, absent = compare(official("first published"), held())
    listed = read_rows("disagreements.csv")
    as_found = [
        (
            row.table,
            row.indicator,
            row.category,
            row.area,
            row.period,
            row.value,
            there["value"],
            there["row_id"],
        )
        for row, there in differs
    ]
    as_listed = [
        (
            *(r[c] for c in ("table", "indicator", "category", "area", "period")),
            *map(float, numbers),
            r["row_id"],
        )
        for r in listed
        for numbers in [(r["official_value"], r["file_value"])]
    ]
    print(f"{len(equal) + len(differs)} values compared, {len(equal)} equal, {len(differs)} differ")
    assert sorted(as_found) == sorted(as_listed)
    assert all(row["reason"] for row in listed)
    assert pd.Series([row.source for row in absent]).value_counts().to_dict() == NOT_HELD
    assert len(equal) >= 2197


def _file_of(row, files):
    """The file a row comes from: where our source names two (`_2`), totals and rates are of d1."""
    plans = (row.indicator, row.category, row.area, row.period, "ees_2022_d1")
    own = row.source.removesuffix("_2")
    return "ees_2022_d1" if row.source != own and plans in files.index else own


@needs_files
def test_the_edition_of_2020_is_read_whole_and_compared_with_2022():
    read = editions_of_2020()
    assert len(read) == 9
    for path, release in read.items():
        assert not [f for f in release.findings if f.result != "pass"], path.name
        assert release.rejects.empty and release.statistic != "unmapped"
    codes = {path: "ees_2022_" + path.name.partition("_")[0] for path in read}
    tables = [release.table.assign(source=codes[path]) for path, release in read.items()]
    files = with_sums(pd.concat(tables)).set_index(KEY)
    ours = official("revised 2022")
    ours = ours.assign(source=[_file_of(row, files) for row in ours.itertuples()])
    equal, differs, absent = compare(ours, files)
    print(f"{len(equal) + len(differs)} values compared, {len(equal)} unrevised, {len(differs)} revised")
    for row, there in differs:
        print(row.table, row.indicator, row.category, row.area, row.period, row.value, there["value"])
    assert len(equal) >= 2838
    later = [row for row in absent if row.source in codes.values()]
    assert all(report_year_of(row.period) > "2019-20" for row in later)
    assert {row.source for row in absent} - set(codes.values()) == {"ees_2022_b3", "ees_2022_population"}


@needs_files
def test_where_two_files_of_one_edition_contradict_each_other_both_stand():
    tables = [release.table for release in editions_of_2020().values()]
    plans = pd.concat(tables)
    plans = plans[(plans.indicator == "child_protection_plans") & (plans.status == "shown")]
    values = plans.groupby(["area", "year"])["value"].agg(set)
    assert values[values.map(len) > 1].to_dict() == {
        ("England", "2012-13"): {43190, 43140},
        ("South East", "2012-13"): {6050, 6010},
        ("West Sussex", "2012-13"): {424, 379},
    }


@cache
def of_authorities():
    """What the files hold of authorities, by indicator."""
    table = pd.concat(release.table for release in as_downloaded().values())
    table = table[table.level == "authority"].assign(shown=lambda t: t.status == "shown")
    return dict(tuple(table.groupby("indicator")))


PARTS = {
    "children_looked_after": ("sex", "age", "ethnicity", "legal_status", "placement_provider"),
    "children_started_to_be_looked_after": ("sex", "age", "need", "legal_status"),
    "children_ceased_to_be_looked_after": ("sex", "age"),
    "children_in_need": ("duration", "ethnicity"),
    "children_in_need_ended": ("duration", "reason"),
    "child_protection_plans": ("initial_category", "latest_category", "duration", "ethnicity"),
    "child_protection_plans_started": ("initial_category", "latest_category"),
    "child_protection_plans_ended": ("duration",),
}


@needs_files
@pytest.mark.parametrize(
    ("whole", "part"), [(whole, part) for whole, parts in PARTS.items() for part in parts]
)
def test_parts_add_up_to_their_whole_so_none_is_lost_or_in_another_breakdown(whole, part):
    names = (whole, f"{whole}_by_{part}")
    table = pd.concat(of_authorities()[name] for name in names)
    parts = (
        table[table.indicator == names[1]]
        .groupby(["area", "year"])
        .agg(sum=("value", "sum"), all=("shown", "all"))
    )
    total = table[(table.indicator == whole) & (table.category == "All")].drop_duplicates(["area", "year"])
    both = parts[parts["all"]].join(total.set_index(["area", "year"])["value"], how="inner").dropna()
    agree = (both["sum"] - both["value"]).abs() <= 2
    print(f"{whole} by {part}: {agree.sum()} of {len(agree)} authorities' years add up")
    assert len(both) > 50 and agree.mean() >= 0.98


@needs_files
def test_two_files_of_one_year_agree_where_both_hold_a_number():
    tables = [
        release.table.assign(file=path.name)
        for path, release in as_downloaded().items()
        if release.statistic in ("children_adopted", "children_ceased_to_be_looked_after")
    ]
    table = pd.concat(tables)
    both = table[table.indicator == "children_ceased_to_be_looked_after"]
    values = both.groupby(["area", "period"]).agg(files=("file", "nunique"), values=("value", "nunique"))
    twice = values[values.files == 2]
    assert len(twice) == 5 * 163 and (twice["values"] <= 1).all()


def test_a_grouping_column_of_the_metadata_tells_rows_apart(tmp_path):
    rows = [("England", f"{cells}") for cells in ("Age,Not known,1", "Age,16,3", "Sex,Not known,2")]
    path = save(tmp_path, "clients.csv", ees("characteristic,group,clients", *rows))
    save(tmp_path, "clients.meta.csv", META + "group,Filter,Group,,,,,characteristic\nclients,Indicator,Clients,,,0,,\n")  # fmt: skip
    release = read_ees(path)
    assert cell(release.table, "clients", "Age; Not known", "England").value == 1
    assert cell(release.table, "clients", "Sex; Not known", "England").value == 2


def test_a_number_that_no_map_knows_is_told_to_be_of_the_time_that_the_file_says(tmp_path):
    """Mid-year estimates come as `2024, Reporting year` too: only a map can say that they are not of the year to March."""
    rows = ("England", "Children aged 0 to 17 years,12000000")
    text = ees("age_group,population_estimate", rows, time="2024,Reporting year")
    release = read_ees(save(tmp_path, "ons_mid-year_population_estimates.csv", text))
    assert list(release.table["period"]) == ["year ending 31 March 2024"]
    [told] = [finding for finding in release.findings if finding.check == "unmapped"]
    assert "with the period that each is of" in told.advice and "at mid-year" in told.advice


def test_our_own_districts_are_read_and_others_set_aside_with_a_word(tmp_path):
    head = (
        "time_period,time_identifier,geographic_level,country_code,country_name,lad_code,lad_name,episodes\n"
    )
    place = "2016,Reporting year,Local authority district,E92000001,England"
    text = head + f"{place},E07000007,Wycombe,148\n{place},E07000008,Cambridge,5\n"
    release = read_ees(save(tmp_path, "missing.csv", text))
    assert list(release.table[["area", "area_code", "level", "value"]].iloc[0]) == ["Wycombe", "E07000007", "district", 148]  # fmt: skip
    assert list(release.rejects["reason"]) == [
        "of the level 'Local authority district' only our own are read"
    ]
    assert not [found for found in release.findings if found.result == "failure"]


def test_england_and_wales_is_not_england(tmp_path):
    head = "time_period,time_identifier,geographic_level,country_code,country_name,people\n"
    text = head + "2011,Calendar year,National,K04000001,England and Wales,5\n"
    release = read_ees(save(tmp_path, "census.csv", text))
    assert list(release.table[["area", "area_code"]].iloc[0]) == ["England and Wales", "K04000001"]


def test_a_filter_may_be_called_as_a_column_of_ours(tmp_path):
    rows = [("England", cells) for cells in ("Total,22", "Level 3,6", "Other,16")]
    release = read_ees(save(tmp_path, "panel.csv", ees("level,families", *rows)))
    assert cell(release.table, "families", "Level 3", "England").value == 6
    assert set(release.table["level"]) == {"national"} and release.rejects.empty


def test_a_number_that_is_only_called_number_carries_the_name_of_its_file(tmp_path):
    """In one edition the Department publishes a dozen data sets whose indicators are `number` and `percentage`."""
    tables = [
        read_ees(
            save(tmp_path, f"{name}.csv", ees("need,number", ("Buckinghamshire", f"Total,{number}")))
        ).table
        for name, number in (("la_care_leavers", 31), ("la_ceased", 17))
    ]
    assert [(row.indicator, row.value) for table in tables for row in table.itertuples()] == [
        ("la_care_leavers_number", 31),
        ("la_ceased_number", 17),
    ]


def test_a_table_laid_out_to_be_read_is_told_from_underlying_data(tmp_path):
    text = "Table LA5: Absence1,,,\n,,2015,2016\nLA code,,Overall,Overall\n825,Buckinghamshire,4.0,3.9\n"
    with pytest.raises(DataStop, match=r"take the underlying data \(CSV\) of the same publication"):
        read_release(save(tmp_path, "table.csv", text))


# ---- files that nobody here had seen when the reader was written ----------------------------------------------------

UNSEEN = ROOT / "tests" / "data" / "releases_2016-17"


@pytest.mark.parametrize(
    ("name", "statistic", "indicator", "category", "header"),
    [
        ("SFR50_CLA2017.csv", "children_looked_after", "children_looked_after", "All", "CLA_Mar2017"),
        (
            "SFR50_CLA2017.csv",
            "children_looked_after",
            "children_looked_after_by_distance",
            "Outside the authority, over 20 miles",
            "CLA_OutLA_GT20",
        ),
        (
            "SFR50_ADM2017.csv",
            "children_started_to_be_looked_after",
            "children_started_to_be_looked_after",
            "All",
            "CLA_started2017",
        ),
        (
            "SFR50_CEA2017.csv",
            "children_ceased_to_be_looked_after",
            "children_ceased_to_be_looked_after",
            "All",
            "CLA_cease2017",
        ),
        (
            "SFR50_CEA2017.csv",
            "children_ceased_to_be_looked_after",
            "children_ceased_to_be_looked_after_by_age",
            "18 and over",
            "CEA_18over",
        ),
        (
            "SFR50_Missing_2017.csv",
            "children_looked_after_missing",
            "children_looked_after_missing",
            "Away without authorisation in the year",
            "Miss_Away_DuringYear",
        ),
    ],
)
def test_the_files_of_2017_are_read_whole_under_our_names(name, statistic, indicator, category, header):
    with (UNSEEN / name).open(encoding="utf8", newline="") as lines:
        rows = {row["geog_n"]: row for row in csv.DictReader(lines)}
    release = read_release(UNSEEN / name)
    assert (release.statistic, release.years) == (statistic, ("2016-17",)) and release.rejects.empty
    assert {finding.result for finding in release.findings} == {"pass"}
    assert len(release.table) == len(rows) * (len(rows["ENGLAND"]) - 5)
    for area, name_there in (("England", "ENGLAND"), ("Inner London", "INNER LONDON")):
        found = cell(release.table, indicator, category, area)
        text = rows[name_there][header]
        assert found["status"] == "confidential" if text == "x" else found["value"] == float(text)


@pytest.mark.parametrize("name", sorted(path.name for path in UNSEEN.glob("*.csv")))
def test_no_header_of_2017_is_taken_for_two_numbers_and_each_cell_is_its_own(name):
    with (UNSEEN / name).open(encoding="utf8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    table = read_release(UNSEEN / name).table
    told = table["row_id"].str.extract(r"#(?P<row>\d+)!(?P<header>.+)$")
    for row, header, value in zip(told["row"], told["header"], table["value"], strict=True):
        text = rows[int(row) - 2][header]
        assert pd.isna(value) if text in ("x", "..") else value == float(text)


EES_ROW = (
    "time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,"
    "old_la_code,new_la_code,la_name,children,rate_per_10000\n"
    "{period},{identifier},Local authority,E92000001,England,E12000001,North East,840,E06000047,{name},{value},41\n"
)


def ees_row(folder, period="2016", identifier="Reporting year", name="Durham", value="120"):
    text = EES_ROW.format(period=period, identifier=identifier, name=name, value=value)
    return save(folder, "pulled.csv", text)


@pytest.mark.parametrize("period", ["Year ending 31 March 2016", "FY2016", "31/03/2016", "16", "2015-16"])
def test_a_file_without_one_time_that_can_be_read_is_told_and_no_error_of_python(tmp_path, period):
    release = read_ees(ees_row(tmp_path, period))
    assert release.table.empty and len(release.rejects) == 1
    [told] = said(release.findings, "time", "failure")
    assert "is not a reporting year of 4 digits" in told and "time_identifiers.csv" in told


@pytest.mark.parametrize(
    ("identifier", "period"),
    [
        ("Reporting year", "2016.0"),
        ("Financial year", "201516"),
        ("Financial year", "2015-16"),
        ("Financial year", "2015/16"),
        ("Financial year", "2015/2016"),
        ("Financial year", "2015–16"),
        ("Financial year", "201516.0"),
    ],
)
def test_a_year_as_excel_or_a_person_rewrote_it_is_the_same_year(tmp_path, identifier, period):
    release = read_ees(ees_row(tmp_path, period, identifier))
    assert release.years == ("2015-16",) and set(release.table["period"]) == {"year ending 31 March 2016"}


def test_county_durham_is_durham(tmp_path):
    table = read_ees(ees_row(tmp_path, name="County Durham")).table
    assert set(table["area"]) == {"Durham"} and len(table) == 2


def test_a_rate_that_says_of_nothing_carries_the_name_of_its_file(tmp_path):
    names = set(read_ees(ees_row(tmp_path)).table["indicator"])
    assert names == {"children", "pulled_rate_per_10000"}


def test_words_among_the_numbers_are_shown_with_where_a_sign_is_added(tmp_path):
    path = ees_row(tmp_path)
    path.write_text(
        path.read_text(encoding="utf8")
        + EES_ROW.split("\n")[1].format(
            period="2017", identifier="Reporting year", name="Durham", value="n/a"
        )
        + "\n",
        encoding="utf8",
    )
    with pytest.raises(
        DataStop, match=r"'children' holds 1 different numbers and 1 different words \('n/a'\).*markers.csv"
    ):
        read_ees(path)


def test_a_column_of_per_cents_is_no_filter(tmp_path):
    """Saved by Excel as it shows them, they are told as cells that cannot be read, and never make a category."""
    rows = [("Buckinghamshire", "60,12.5%"), ("England", "900,12.5%")]
    release = read_ees(save(tmp_path, "x.csv", ees("children,share", *rows)))
    assert set(release.table["category"]) == {"All"} and len(release.table) == 2
    assert list(said(release.findings, "value", "failure")) or list(release.rejects["reason"])
    assert set(release.rejects["row_id"].str.rpartition("!")[2]) == {"share"}
