"""An unknown file beside the nearest source: what is certain is right, what is likely waits for a person."""

import csv
import shutil

import pytest
from conftest import ROOT
from openpyxl import Workbook
from test_releases import DFE, MISSING_2016, UNSEEN, needs_files, said, save

from bscbdata import adding, sources
from bscbdata.findings import DataStop
from bscbdata.new_year import new_columns
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.releases import maps, read_release
from bscbdata.sources import parse_source
from bscbdata.sources.reading import read

MISSING = "children_looked_after_missing"
RENAMED = MISSING_2016.replace("CLA_MissMoreOnce", "CLA_MissMoreThanOnce").replace("CLA_Away31Mar", "Zebra")
EES_HEADER = (
    "time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,"
    "old_la_code,new_la_code,la_name"
)
CONTACTS = "Month,Source,Result,Number of contacts\n01/04/2016,Police,Referral,40\n"


@pytest.fixture
def release_maps(tmp_path):
    """A copy of the maps of published files, whose years a test may hide."""
    folder = tmp_path / "releases"
    shutil.copytree(maps.HERE, folder)
    yield folder
    maps.load_map.cache_clear()


@pytest.fixture
def source_maps(tmp_path):
    folder = tmp_path / "sources"
    shutil.copytree(sources.HERE, folder)
    return folder


def rows_of(folder, statistic=MISSING):
    with (folder / statistic / "columns.csv").open(encoding="utf8", newline="") as lines:
        return list(csv.DictReader(lines))


def hide(folder, statistic, year):
    """The map without its column of a year; what stood in it, by line."""
    rows = rows_of(folder, statistic)
    truth = [row.pop(year) for row in rows]
    with (folder / statistic / "columns.csv").open("w", encoding="utf8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    maps.load_map.cache_clear()
    return truth


def test_likely_columns_stop_a_run_until_they_are_decided(tmp_path, release_maps):
    truth = hide(release_maps, MISSING, "2015-16")
    path = save(tmp_path, "SFR41_Missing2016.csv", RENAMED)
    found = adding.propose(path, release_maps=release_maps)
    assert (found.source, found.year.label) == (MISSING, "2015-16")
    doubtful = {match.expected.header: match.found for match in found.undecided}
    assert doubtful == {"CLA_MissMoreOnce": "CLA_MissMoreThanOnce", "CLA_Away31Mar": ""}
    assert all(m.found == truth[m.expected.line] for m in found.matches if m.because in adding.CERTAIN)
    assert found.left == ("Zebra",)
    assert adding.write(found) == 2
    maps.load_map.cache_clear()
    with pytest.raises(DataStop) as stop:
        read_release(path, maps=release_maps)
    (told,) = said(stop.value.findings, "undecided", "failure")
    assert "(? CLA_MissMoreThanOnce)" in told and f"releases/{MISSING}/columns.csv" in told
    decide(release_maps, {"? CLA_MissMoreThanOnce": "CLA_MissMoreThanOnce", "?": "Zebra"})
    release = read_release(path, maps=release_maps)
    again = read_release(save(tmp_path, "SFR41_Missing2016_b.csv", MISSING_2016))
    assert release.table["value"].fillna(-1).tolist() == again.table["value"].fillna(-1).tolist()


def decide(folder, choices):
    path = folder / MISSING / "columns.csv"
    rows = list(csv.reader(path.open(encoding="utf8", newline="")))
    changed = [[choices.get(cell, cell) for cell in row] for row in rows]
    with path.open("w", encoding="utf8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(changed)
    maps.load_map.cache_clear()


def test_a_map_that_is_written_keeps_its_other_columns_and_what_was_decided(tmp_path, release_maps):
    before = rows_of(release_maps)
    hide(release_maps, MISSING, "2015-16")
    path = save(tmp_path, "SFR41_Missing2016.csv", RENAMED)
    adding.write(adding.propose(path, release_maps=release_maps))
    decide(release_maps, {"? CLA_MissMoreThanOnce": "-"})
    assert adding.write(adding.propose(path, release_maps=release_maps)) == 1
    after = rows_of(release_maps)
    assert "-" in [row["2015-16"] for row in after], "what a person decided stays"
    assert [{k: v for k, v in row.items() if k != "2015-16"} for row in after] == [
        {k: v for k, v in row.items() if k != "2015-16"} for row in before
    ]


def test_a_return_in_a_workbook_with_a_cover_is_laid_beside_its_source(tmp_path, source_maps):
    book = Workbook()
    book.active.append(["Contacts to First Response", None])
    sheet = book.create_sheet("Data")
    for line in CONTACTS.splitlines():
        sheet.append(line.split(","))
    book.save(tmp_path / "contacts.xlsx")
    found = adding.propose(tmp_path / "contacts.xlsx", "2016-17", source_maps=source_maps)
    assert found.source == "contacts" and found.left == ("Result",)
    (doubtful,) = found.undecided
    assert doubtful.expected.name == "outcome" and doubtful.cell == "?"
    assert adding.write(found) == 1
    source = parse_source(source_maps / "contacts")
    with pytest.raises(DataStop, match=r"outcome \(\?\)"):
        read(source, ReportYear(2016), _raw(tmp_path, source))


def test_a_column_that_a_new_year_begins_with_is_decided_by_nobody(tmp_path, source_maps):
    """It repeats the headers of the year before: where the return has another, that is proposed, not passed over."""
    project = Project(tmp_path)
    maps = tmp_path / "src" / "bscbdata" / "sources"
    shutil.copytree(source_maps, maps)
    new_columns(project, ReportYear(2016), maps)
    path = save(tmp_path, "contacts.csv", CONTACTS.replace("Result", "Outcome of contact"))
    assert adding.write(adding.propose(path, "2016-17", "contacts", source_maps=maps)) == 1
    told = {
        column.name: column.header(ReportYear(2016)) for column in parse_source(maps / "contacts").columns
    }
    assert told["outcome"] == "? Outcome of contact" and told["month"] == "Month"


def _raw(tmp_path, source):
    raw = tmp_path / "raw"
    (raw / "2016-17" / source.path).parent.mkdir(parents=True)
    return raw


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("empty.csv", "", "empty"),
        ("birds.csv", "Bird,Wingspan,Nest\nHeron,180,tree\n", "Nothing we know is near it"),
        ("letters.csv", "a,b,c\n1,2,3\n", "Nothing we know is near it\\."),
        ("one.csv", "a\nb\n", "no row with two columns"),
    ],
)
def test_a_file_of_nothing_we_know_is_told_and_not_guessed(tmp_path, name, text, says, release_maps):
    with pytest.raises(DataStop, match=says):
        adding.propose(save(tmp_path, name, text), release_maps=release_maps)


@pytest.mark.parametrize(
    "text",
    [
        "Occurrence,Reporting Month,LPA,Crime Type,Victims under 18\n1,April 2016,Wycombe,Grooming,12\n",
        "Ref,Date received,Employment sector,Category of concern,Outcome\n1,02/05/2016,School,Physical,Unfounded\n",
        "Trust,Quarter,ED attendances under 18,Safeguarding referrals\nBHT,2016-17 Q1,900,45\n",
        "Name,Shift,Telephone\nA,Late,0\n",
    ],
)
def test_a_month_or_one_column_of_several_makes_no_file_a_return_of_ours(tmp_path, text):
    with pytest.raises(DataStop, match="Nothing we know is near it"):
        adding.propose(save(tmp_path, "export.csv", text), "2016-17")


def test_a_quarter_alone_makes_no_source_the_nearest(tmp_path):
    path = save(tmp_path, "rota.csv", "Quarter,Zebras\nQ1,3\n")
    with pytest.raises(DataStop) as stop:
        adding.propose(path, "2016-17")
    assert "nearest" not in str(stop.value)


def test_a_renamed_month_is_proposed_where_the_rest_is_known(tmp_path):
    text = "Month of enquiry,Enquiries received,In 24 hours\nApril 2016,310,88\n"
    proposal = adding.propose(save(tmp_path, "mash.csv", text), "2016-17")
    assert proposal.source == "mash_enquiries"
    assert [match.cell for match in proposal.matches] == ["? Month of enquiry", "? Enquiries received"]


def test_a_column_of_reviews_makes_no_statutory_return(tmp_path):
    path = save(tmp_path, "meetings.csv", "Meeting month,New,Review,Closed\nApril 2016,6,8,7\n")
    assert not adding.without_a_map(path, "2016-17")


def test_a_file_that_fits_two_years_is_not_guessed(tmp_path):
    path = save(tmp_path, "missing.csv", MISSING_2016)
    with pytest.raises(DataStop, match="as near to each of .*2014-15.*2015-16"):
        adding.propose(path)
    assert adding.propose(path, "2014-15").year.label == "2014-15"


def test_a_source_that_is_not_there_and_a_year_that_is_none_are_told(tmp_path):
    path = save(tmp_path, "SFR41_Missing2016.csv", MISSING_2016)
    with pytest.raises(DataStop, match="No source is called 'birds'"):
        adding.propose(path, name="birds")
    with pytest.raises(ValueError, match="not a report year"):
        adding.propose(path, "2016-18")


@needs_files
@pytest.mark.parametrize(
    ("statistic", "year", "file"),
    [
        ("children_in_need", "2015-16", "children-in-need/2015-16/SFR52_2016_UD.csv"),
        ("children_looked_after", "2014-15", "children-looked-after/2015/SFR34_CLA2015.csv"),
        ("care_leavers", "2015-16", "children-looked-after/2016/SFR41_CareLeavers2016.csv"),
    ],
)
def test_with_a_real_file_whose_year_is_hidden_nothing_certain_is_wrong(statistic, year, file, release_maps):
    truth = hide(release_maps, statistic, year)
    found = adding.propose(DFE / file, release_maps=release_maps)
    assert (found.source, found.year.label) == (statistic, year)
    certain = [match for match in found.matches if match.because in adding.CERTAIN]
    assert [m.found for m in certain] == [truth[m.expected.line] for m in certain]
    assert len(certain) >= 30 and len(certain) > 0.8 * len(found.matches)


def test_a_file_that_says_itself_what_it_is_needs_no_map(bscb, tmp_path):
    rows = [
        f"{year},Financial year,National,E92000001,England,,,,,,{number}"
        for year, number in {201516: 621470, 201617: 646120}.items()
    ]
    path = save(tmp_path, "referrals.csv", "\n".join([f"{EES_HEADER},Referrals_by_owl", *rows]) + "\n")
    ran = bscb("sources", "add", path)
    assert ran.returncode == 0, ran.stderr
    assert (
        "referrals.csv is a file of explore-education-statistics (which no data set of our map fits)"
        in ran.stdout
    )
    assert "feed the table releases: 2 cells, 2015-16 to 2016-17; 0 were set aside" in ran.stdout
    assert "Indicators: Referrals_by_owl." in ran.stdout and "indicators.csv" in ran.stdout
    assert "nearest" not in ran.stdout


def test_a_statutory_return_needs_no_map_and_is_sent_to_its_folder(tmp_path):
    header = "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB\n"
    path = save(tmp_path, "header.csv", f"{header}1,1,01/02/2010,WBRI,A123456789123,,\n")
    (said_of_it, where) = adding.without_a_map(path, "2015-16")
    assert "is a statutory return (ssda903)" in said_of_it
    assert where.startswith("Put it into data/raw/2015-16/statutory/ssda903/")
    census = save(tmp_path, "cin.xml", "<Message><Header/><Children><Child>")
    with pytest.raises(DataStop, match="broken or ends too early"):
        adding.without_a_map(census)
    birds = save(tmp_path, "birds.xml", "<birds><bird/></birds>")
    assert not adding.without_a_map(birds)
    assert not adding.without_a_map(save(tmp_path, "contacts.csv", CONTACTS))


def test_an_annex_a_list_that_lacks_a_column_is_told_as_one(tmp_path):
    path = save(tmp_path, "list 1.csv", "Child Unique ID,Gender,Ethnicity,Contact Source\n1,F,WBRI,Police\n")
    with pytest.raises(DataStop, match="Date of Contact"):
        adding.without_a_map(path)


def test_the_command_says_it_in_words_and_can_leave_the_map_alone(bscb, tmp_path):
    before = (ROOT / "src/bscbdata/releases" / MISSING / "columns.csv").read_bytes()
    path = save(tmp_path, "Missing2016.csv", MISSING_2016)
    ran = bscb("sources", "add", path, "--only-show", "--all")
    assert ran.returncode == 0, ran.stderr
    assert "is nearest to children_looked_after_missing of 2015-16" in ran.stdout
    assert "CLA_MissIncs, in the file CLA_MissIncs (100%, the same header)" in ran.stdout
    assert (ROOT / "src/bscbdata/releases" / MISSING / "columns.csv").read_bytes() == before
    ran = bscb("sources", "add", tmp_path / "none.csv")
    assert ran.returncode == 1 and "There is no file" in ran.stderr


def test_the_columns_of_the_area_do_not_make_a_file_one_of_ours(tmp_path):
    headers = (
        "geog_l,geog_c,geog_n,MarTotal_2010,Mid2009Pop0-17,MarPlace_Q1_2010,MarPlace_A3_2010,MarPlace_P1_2010"
    )
    path = save(tmp_path, "SFR27_2010_March.csv", f"{headers}\nLA,825,Buckinghamshire,350,114000,x,0,44\n")
    with pytest.raises(DataStop, match="Nothing we know is near it"):
        adding.propose(path)


def test_renamed_headers_are_proposed_for_the_source_that_they_are_like(release_maps):
    hide(release_maps, MISSING, "2016-17")
    found = adding.propose(UNSEEN / "SFR50_Missing_2017.csv", release_maps=release_maps)
    assert (found.source, found.year.label) == (MISSING, "2016-17")
    assert len(found.undecided) == 8


def test_a_header_of_an_earlier_year_that_is_back_is_certain(release_maps):
    hide(release_maps, "children_looked_after", "2016-17")
    found = adding.propose(UNSEEN / "SFR50_CLA2017.csv", release_maps=release_maps)
    [back] = [match for match in found.matches if match.expected.header == "CLA_OthPl"]
    assert (back.cell, back.because) == ("CLA_OthPl", "the same header")
    assert [match.expected.header for match in found.undecided] == ["CLA_Miss"]


def test_a_new_year_needs_only_its_column_though_a_third_of_its_headers_are_new(release_maps):
    """The rows that were new in 2016-17 are taken out of the map: the file is read without them, and they are told."""
    path = release_maps / "children_looked_after" / "columns.csv"
    rows = rows_of(release_maps, "children_looked_after")
    old = [
        row for row in rows if any(row[label] not in ("-", "") for label in ("2010-11", "2014-15", "2015-16"))
    ]
    assert len(rows) - len(old) == 20
    with path.open("w", encoding="utf8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(old)
    maps.load_map.cache_clear()
    release = read_release(UNSEEN / "SFR50_CLA2017.csv", maps=release_maps)
    assert (release.statistic, release.years) == ("children_looked_after", ("2016-17",))
    [told] = said(release.findings, "unmapped", "warning")
    assert "20 headers are not in the map" in told and "CLA_OutLA_GT20" in told


def test_a_small_map_whose_headers_are_all_there_says_what_is_left_over(tmp_path):
    extra = ",".join(f"New{n}" for n in range(6))
    header, row = MISSING_2016.strip().split("\n")
    text = f"{header},{extra}\n{row},1,2,3,4,5,6\n"
    with pytest.raises(DataStop, match="Too many headers are not in the map.*release.toml"):
        read_release(save(tmp_path, "SFR41_Missing2016.csv", text))


def test_a_cross_tab_is_told_as_what_it_is_and_not_laid_beside_another_source(tmp_path):
    path = tmp_path / "section_47_enquiries.xlsx"
    shutil.copy(ROOT / "data" / "raw" / "2015-16" / "childrens_social_care" / path.name, path)
    for named in ({}, {"name": "section_47"}):
        with pytest.raises(DataStop, match="cross-tab of section_47.*bscb check"):
            adding.propose(path, year="2015-16", **named)
    both = tmp_path / "missing_episodes.xlsx"
    shutil.copy(ROOT / "data" / "raw" / "2015-16" / "police" / both.name, both)
    assert adding.propose(both, year="2015-16").source == "missing_profile", "a sheet of it has headers"
