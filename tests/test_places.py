"""Where an area and an audience have their folders."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bscbdata.authorities import authorities_of, find_authority, load_areas
from bscbdata.build.cases import KEY
from bscbdata.build.clean import clean
from bscbdata.build.keyed import keyed_hashes
from bscbdata.period import ReportYear
from bscbdata.places import Project, neighbours_of
from bscbdata.prose import Writer, edition_commentary

ROOT = Path(__file__).parents[1]
YEAR = ReportYear(2015)


@pytest.mark.parametrize(
    ("chosen", "build", "processed"),
    [
        ({}, "build/2015-16", "data/processed/2015-16"),
        ({"area": "Buckinghamshire"}, "build/2015-16", "data/processed/2015-16"),
        ({"audience": "young-people"}, "build/2015-16/young-people", "data/processed/2015-16"),
        (
            {"area": "Milton Keynes"},
            "build/2015-16/areas/milton-keynes",
            "data/processed/areas/milton-keynes/2015-16",
        ),
    ],
)
def test_each_area_and_audience_has_folders_of_its_own(chosen, build, processed):
    project = Project(ROOT, **chosen)
    assert project.build(YEAR) == ROOT / build
    assert project.processed(YEAR) == ROOT / processed


def test_no_tables_lie_in_a_folder_that_another_run_puts_in_place_whole():
    """Else cleaning the home while other areas are made takes their tables from under them."""
    folders = {
        Project(ROOT, area=area).processed(ReportYear(first))
        for area in ("", "Leeds", "Surrey")
        for first in (2014, 2015)
    }
    assert len(folders) == 6
    assert not [one for one in folders for other in folders - {one} if one.is_relative_to(other)]


def test_the_edition_of_another_area_has_its_own_region_and_neighbours_and_nothing_of_the_home():
    home, other = (Project(ROOT, area=area).edition(YEAR) for area in ("", "Leeds"))
    assert (other.area, other.region) == ("Leeds", "Yorkshire and The Humber") and other.year == home.year
    assert other.neighbours[:2] == ("Sheffield", "Darlington") and len(other.neighbours) == 10
    assert not other.districts and not other.chair and not other.published and other.official_alone
    assert home.area not in other.board and home.districts and not home.official_alone
    assert other.comparison_areas == (
        "Leeds",
        "Statistical neighbours",
        "Yorkshire and The Humber",
        "England",
    )


def test_a_year_without_a_file_of_its_own_is_made_from_official_figures_alone():
    edition = Project(ROOT).edition(ReportYear(2012))
    assert edition.area == "Buckinghamshire" and edition.official_alone and not edition.published
    assert edition.neighbours == Project(ROOT).edition(YEAR).neighbours


def test_a_year_without_official_figures_is_refused_and_the_years_there_are_named():
    with pytest.raises(FileNotFoundError, match="Years here: 2015-16.*2010-11"):
        Project(ROOT).edition(ReportYear(2031))


@pytest.mark.parametrize(
    ("typed", "near"),
    [("Buckinghamshier", "Buckinghamshire"), ("bedfordshire", "Central Bedfordshire"), ("Leds", "Leeds")],
)
def test_a_mistyped_area_is_refused_with_those_that_come_close(typed, near):
    with pytest.raises(ValueError, match=near):
        Project(ROOT, area=typed).edition(YEAR)


def test_an_authority_is_found_in_any_spelling_of_its_name():
    spellings = {"medway towns": "Medway", "kingston upon hull, city of": "Kingston upon Hull, City of"}
    spellings |= {"St. Helens": "St Helens", "Hammersmith & Fulham": "Hammersmith and Fulham"}
    assert {typed: find_authority(typed).area for typed in spellings} == spellings


def test_every_authority_has_a_region_and_regions_are_known():
    regions = {area.area for area in load_areas() if area.level == "region"}
    assert all(area.region in regions for area in load_areas() if area.level == "authority")
    assert "Leeds" in authorities_of("yorkshire and the humber")
    with pytest.raises(ValueError, match="South East"):
        authorities_of("Wessex")


def test_the_neighbours_of_the_project_are_those_of_the_list_of_all():
    assert neighbours_of(ROOT / "data" / "raw", "Buckinghamshire") == Project(ROOT).edition(YEAR).neighbours
    known = {area.area for area in load_areas() if area.level == "authority"}
    listed = {area for name in known for area in (*neighbours_of(ROOT / "data" / "raw", name),)}
    assert listed <= known and len(listed) > 140


@pytest.mark.parametrize("area, figures", [("Leeds", False), ("Surrey", True)])
def test_a_board_begun_from_one_file_is_told_whether_official_figures_of_its_area_are_here(
    tmp_path, area, figures
):
    """As docs/another-board.md begins: the returns taken away, one year.toml written, nothing else."""
    (tmp_path / "data" / "raw" / "2015-16").mkdir(parents=True)
    for name in ("_quarto.yml", "data/raw/official"):
        (tmp_path / name).symlink_to(ROOT / name, target_is_directory=(ROOT / name).is_dir())
    (tmp_path / "data" / "raw" / "2015-16" / "year.toml").write_text(
        f'[year]\nlabel = "2015-16"\n[board]\nname = "{area} Board"\n[area]\nname = "{area}"\n',
        encoding="utf8",
    )
    run = clean(Project(tmp_path), ReportYear(2015))
    said = [str(finding) for finding in run.findings if finding.check == "area"]
    assert (said == []) == figures and all("No official figure of Leeds is here" in each for each in said)
    assert not [found for found in run.findings if "no row of table" in found.message], "checks only wait"


@pytest.mark.parametrize(
    ("area", "said"),
    [("Surrey", "the neighbours are "), ("City of London", "which names none for City of London")],
)
def test_the_words_say_which_neighbours_an_area_has_and_by_which_edition_of_the_model(area, said):
    """The list is one for all years: a later year's page says so."""
    project = Project(ROOT, area=area)
    edition = project.edition(YEAR)
    text = Writer({}, edition).render(*edition_commentary(project, edition)["words"])
    assert "the model is that of April 2021" in " ".join(text.split())
    assert said + ", ".join(edition.neighbours) in " ".join(text.split())
    assert len(edition.neighbours) == (10 if area == "Surrey" else 0)


def test_every_edition_leaves_the_key_of_the_project_alone(tmp_path):
    """It is made on first use, of an edition that has returns of children, and never anew."""
    police = "2015-16/police/mserac_cases.csv"
    for name in (police, f"{police}.origin.toml", "2015-16/year.toml"):
        (tmp_path / "data/raw" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "data/raw" / name, tmp_path / "data/raw" / name)
    shutil.copytree(ROOT / "data/raw/official", tmp_path / "data/raw/official")
    home, key = Project(tmp_path), tmp_path / KEY
    surrey, young = replace(home, area="Surrey"), replace(home, audience="young-people")
    assert keyed_hashes(surrey, surrey.edition(YEAR)) == {} and not key.exists()
    told = keyed_hashes(young, young.edition(YEAR))
    made = key.read_bytes()
    assert list(told) == [police] and len(bytes.fromhex(made.decode())) == 32
    for other in (surrey, young, home):
        again = keyed_hashes(other, other.edition(YEAR))
        assert key.read_bytes() == made and again == ({} if other is surrey else told)


def test_a_correction_that_may_go_out_is_known_by_the_edition_that_it_corrects(tmp_path):
    path = tmp_path / "data" / "raw" / "2015-16" / "year.toml"
    path.parent.mkdir(parents=True)
    text = (ROOT / "data" / "raw" / "2015-16" / "year.toml").read_text(encoding="utf8")
    path.write_text(f'{text}\n[corrected]\n3f2a91bc = "Told."\n', encoding="utf8")
    assert Project(tmp_path).edition(YEAR).corrected == {"3f2a91bc": "Told."}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("chair =", "chiar =", r"'chiar' under \[board\].*Near it: chair"),
        ("[gaps]", "[gap]", r"nothing reads 'gap'.*gaps"),
        ('name = "Buckinghamshire"', "", r"\[area\]: 'name' is missing"),
        ('name = "Buckinghamshire"', 'name = "Bukinghamshire"', r"name under \[area\]: .*Buckinghamshire"),
        ('label = "2015-16"', 'label = "2016-17"', "label is '2016-17' but its folder"),
    ],
)
def test_what_is_wrong_in_the_settings_of_a_year_is_named_with_the_file(tmp_path, old, new, said):
    text = (ROOT / "data" / "raw" / "2015-16" / "year.toml").read_text(encoding="utf8")
    path = tmp_path / "data" / "raw" / "2015-16" / "year.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text.replace(f"\n{old}", f"\n{new}", 1), encoding="utf8")
    with pytest.raises(ValueError, match=rf"raw/2015-16/year\.toml.*{said}"):
        Project(tmp_path).edition(YEAR)
