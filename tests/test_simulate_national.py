"""The national set: simulated figures of every authority, for trying all of England; what they keep, and that they say so."""

import shutil

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from bscbdata.build import national
from bscbdata.findings import DataStop
from bscbdata.many import Asked, Made, asked
from bscbdata.many.compare import write_comparison
from bscbdata.many.running import PLAIN, _check_official_figures
from bscbdata.period import ReportYear
from bscbdata.places import Project, simulated_areas
from bscbdata.provenance import write_origin
from bscbdata.simulate.national import PARTS, SERIES, series_tables, simulate_national
from bscbdata.sources.reading import read_source
from bscbdata.tables import read_table

YEAR = ReportYear(2015)


@pytest.fixture(scope="module")
def england(tmp_path_factory):
    """A project with the official figures of eleven areas, and the national set."""
    root = tmp_path_factory.mktemp("simulated")
    shutil.copytree(ROOT / "data" / "raw" / "official", root / "data" / "raw" / "official")
    (root / "data" / "raw" / "2015-16").mkdir()
    shutil.copy(ROOT / "data" / "raw" / "2015-16" / "year.toml", root / "data" / "raw" / "2015-16")
    simulate_national(root / "data" / "raw")
    project = Project(root)
    national.prepare(project)
    return project


@pytest.fixture(scope="module")
def tables(england):
    return {name: read_table(national.folder(england), name) for name in series_tables(england.raw)}


def of(england, area):
    project = Project(england.root, area=area)
    return national.of_edition(project, project.edition(YEAR))


def test_every_authority_that_there_was_in_a_year_has_figures(england):
    found = {one.area for one in asked(england, "all", "2015-16")}
    assert len(found) == 152 and {"Isles of Scilly", "City of London", "Bournemouth", "Surrey"} <= found
    later = {one.area for one in asked(england, "all", "2021-22")}
    assert {"North Northamptonshire", "Cumbria"} <= later and not {
        "Northamptonshire",
        "Cumberland",
        "Poole",
    } & later


def test_counts_of_all_authorities_add_up_to_those_of_england(england, tables):
    """But for what is withheld: each withheld count is of one to five."""
    rows = tables["children_in_need"]
    rows = rows[
        rows["indicator"].isin(["referrals", "child_protection_plans"])
        & (rows["vintage"] == "first published")
    ]
    whole = rows[rows["area"] == "England"].set_index(["indicator", "period"])["value"]
    several = rows[~rows["area"].isin(["England", "South East"])].groupby(["indicator", "period"])["value"]
    shown, withheld = several.sum(), several.apply(lambda values: values.isna().sum())
    both = whole.index.intersection(shown.index[several.count() > 100])
    assert len(both) > 10
    apart = (whole - shown)[both]
    assert ((apart >= withheld[both]) & (apart <= 5 * withheld[both])).all()


def test_a_part_is_within_its_whole_and_a_rate_is_its_count_over_the_children(tables):
    rows = pd.concat(tables.values())
    rows = rows[(rows["provenance"] == "illustrative") & rows["value"].notna()].drop_duplicates(
        [*SERIES, "area"]
    )
    keyed = rows.set_index(["indicator", "area", "period", "vintage"])["value"]
    for part, whole in PARTS.items():
        both = pd.concat([keyed.loc[part], keyed.loc[whole]], axis=1, keys=["part", "whole"]).dropna()
        assert len(both) > 100 and (both["part"] <= both["whole"]).all(), part
    children = keyed.loc["population_aged_0_to_17"].groupby("area").mean()
    implied = keyed.loc["referrals"] / keyed.loc["referrals_rate_per_10000"] * 10_000
    implied = implied.dropna().groupby("area").mean()
    assert (np.log(implied / children.reindex(implied.index)).abs() < 0.25).all()


def test_small_counts_are_withheld_and_what_is_formed_from_them(tables):
    rows = tables["children_in_need"][lambda frame: frame["provenance"] == "illustrative"]
    counts = rows[~rows["unit"].str.contains("%|per ")]
    assert not counts["value"].between(1, 5).any() and counts["value"].isna().any()
    withheld = counts[(counts["indicator"] == "child_protection_plans") & counts["value"].isna()]
    rates = rows[rows["indicator"] == "child_protection_plans_rate_per_10000"]
    same = rates.merge(withheld[["area", "period", "vintage"]], on=["area", "period", "vintage"])
    assert len(same) == len(withheld) > 0 and same["value"].isna().all()
    assert set(rows.loc[rows["value"].isna(), "status"]) == {"confidential"}


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(england, tmp_path):
    shutil.copytree(england.raw / "official", tmp_path / "official")
    ours, first = (raw / "simulated" / "official" / "children_in_need.csv" for raw in (england.raw, tmp_path))
    simulate_national(tmp_path)
    assert first.read_bytes() == ours.read_bytes()
    simulate_national(tmp_path, seed=7)
    assert first.read_bytes() != ours.read_bytes()


def test_official_figures_are_as_they_were_and_every_simulated_row_says_so(england, tables):
    for name, frame in tables.items():
        official = read_source(name, YEAR, england.raw).table
        kept = frame[frame["provenance"] == "official"].reset_index(drop=True)
        pd.testing.assert_frame_equal(
            kept[["area", "value", "row_id"]], official[["area", "value", "row_id"]]
        )
        simulated = frame[frame["provenance"] == "illustrative"]
        assert set(simulated["area"]) <= simulated_areas(england.raw)
        assert simulated["row_id"].str.startswith("simulated/official/").all()


def test_an_area_with_official_figures_never_stands_beside_simulated_ones(england):
    for frame in of(england, "Surrey").values():
        assert "provenance" not in frame or "illustrative" not in set(frame["provenance"])


def test_an_edition_of_simulated_figures_says_so_in_its_title_words_and_labels(england):
    edition = Project(england.root, area="Leeds").edition(YEAR)
    assert edition.illustrative and edition.board == "Illustrative: safeguarding children in Leeds"
    assert edition.worded("made from official figures alone") == "made from simulated figures alone"
    shown = of(england, "Leeds")["indicators"]
    kinds = shown.groupby("area")["provenance"].agg(set)
    assert kinds["Leeds"] == {"illustrative"} == kinds["Statistical neighbours"] and kinds["England"] == {
        "official"
    }
    assert not Project(england.root, area="Surrey").edition(YEAR).illustrative


def test_the_comparison_marks_what_is_simulated_on_its_pages_and_in_its_values(england):
    made = [Made(Asked(area, "2015-16"), page=f"build/{area}/index.html") for area in ("Leeds", "Surrey")]
    index = write_comparison(england, made)
    text = index.read_text(encoding="utf8")
    assert "Illustrative." in text and "Leeds (simulated)" in text and "Surrey (simulated)" not in text
    page = (index.parent / "referrals-rate-per-10000-2015-16.html").read_text(encoding="utf8")
    assert "Illustrative." in page and page.count("(simulated)</text>") == 2, "the picture, wide and narrow"
    assert "Leeds</a> (simulated)" in page and "Surrey</a> (simulated)" not in page
    values = pd.read_csv(index.parent / "comparison.csv")
    assert set(zip(values["area"], values["provenance"], strict=True)) == {
        ("Leeds", "illustrative"), ("Surrey", "official"), ("England", "official")
    }  # fmt: skip
    index = write_comparison(england, [made[1], Made(Asked("Kent", "2015-16"), problem="x")][:1])
    assert "simulated" not in index.read_text(encoding="utf8"), "not a word where nothing is"


def test_the_national_set_gives_way_to_the_publishers_files(england, tmp_path):
    project = Project(tmp_path)
    shutil.copytree(england.raw, project.raw)
    path = project.raw / "official" / "children_in_need.csv"
    text = path.read_text(encoding="utf8")
    path.write_text(text + text.splitlines()[1].replace("Bracknell Forest", "Leeds") + "\n", encoding="utf8")
    write_origin(path, publisher="P", title="T", licence="OGL-3.0", provenance="official")
    with pytest.raises(
        DataStop, match="Official figures are here of areas whose figures are simulated too: Leeds"
    ):
        _check_official_figures(project, asked(project, "Leeds", "2015-16"), PLAIN)
    (project.raw / "official" / "releases").mkdir()
    (project.raw / "official" / "releases" / "a.csv").write_text("x\n", encoding="utf8")
    with pytest.raises(ValueError, match="nothing is to be simulated"):
        simulate_national(project.raw)
