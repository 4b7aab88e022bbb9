"""Where an area and an audience have their folders."""

from pathlib import Path

import pytest

from bscbdata.period import ReportYear
from bscbdata.places import Project

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
            "data/processed/2015-16/areas/milton-keynes",
        ),
    ],
)
def test_each_area_and_audience_has_folders_of_its_own(chosen, build, processed):
    project = Project(ROOT, **chosen)
    assert project.build(YEAR) == ROOT / build
    assert project.processed(YEAR) == ROOT / processed


def test_the_edition_of_another_area_has_that_area_and_none_of_the_homes_districts():
    home, other = (Project(ROOT, area=area).edition(YEAR) for area in ("", "Milton Keynes"))
    assert other.area == "Milton Keynes" and not other.districts and not other.neighbours
    assert other.year == home.year and home.districts
