"""Official statistics: the tables as published, and the indicators made of them, against values copied by hand from the
publishers' own releases."""

from types import SimpleNamespace

import pandas as pd
import pytest

from bscbdata.build import national
from bscbdata.indicators import definitions, official
from bscbdata.places import NEIGHBOURS
from bscbdata.sources import load_source, source_names
from bscbdata.sources.reading import read_source

YEARS = [f"20{n:02d}-{n + 1:02d}" for n in range(9, 17)]


@pytest.fixture(scope="module")
def tables(project):
    names = [name for name in source_names() if load_source(name).official]
    return {name: read_source(name, "2015-16", project.raw) for name in names}


@pytest.fixture(scope="module")
def indicators(tables):
    return official.compute({name: cleaned.table for name, cleaned in tables.items()}, "2015-16")


def test_every_official_table_reads_without_a_failure_or_a_lost_row(tables):
    for name, cleaned in tables.items():
        assert [str(f) for f in cleaned.findings if f.result != "pass"] == [], name
        assert cleaned.rejects.empty and set(cleaned.table["provenance"]) == {"official"}


def test_every_value_cites_a_source_that_is_listed(tables):
    listed = set(tables["sources"].table["code"])
    for name, cleaned in tables.items():
        if "source" in cleaned.table:
            assert set(cleaned.table["source"]) <= listed, name


@pytest.mark.parametrize(
    ("indicator", "area", "years"),
    [  # calendar years 2014 and 2015, from the county's needs assessment and from the interactive tool
        (
            "first_time_entrants_rate_per_100000",
            "Buckinghamshire",
            {"2014-15": 197.2286, "2015-16": 257.5688},
        ),
        ("first_time_entrants_rate_per_100000", "England", {"2014-15": 413.6245, "2015-16": 374.7443}),
        ("infant_mortality_rate_per_1000", "Buckinghamshire", {"2015-16": 3.5, "2017-18": 4.1}),
    ],
)
def test_a_calendar_year_belongs_to_the_report_year_in_which_it_ends(indicators, indicator, area, years):
    rows = indicators[(indicators["indicator"] == indicator) & (indicators["area"] == area)]
    assert rows.set_index("year")["value"][list(years)].to_dict() == years


def test_withheld_values_stay_withheld(tables):
    need = tables["primary_need"].table
    assert (need["status"] == "confidential").any()
    assert need.loc[need["status"] == "confidential", "value"].isna().all()


def series(indicators, indicator, area, category="All"):
    rows = indicators[
        (indicators["indicator"] == indicator)
        & (indicators["area"] == area)
        & (indicators["category"] == category)
    ]
    return rows.set_index("year")["value"]


# Department for Education releases SFR/OSR of each year, as first published.
@pytest.mark.parametrize(
    ("indicator", "area", "first", "values"),
    [
        (
            "referrals_rate_per_10000",
            "Buckinghamshire",
            "2009-10",
            [282.7, 321.7, 317.1, 380.0, 622.3, 431.3, 576.7, 753.2],
        ),
        (
            "referrals_rate_per_10000",
            "England",
            "2009-10",
            [548, 556.8, 533.5, 520.7, 573, 548.3, 532.2, 548.2],
        ),
        ("re_referrals_pct", "Buckinghamshire", "2010-11", [24.9, 23.1, 26.0, 34.6, 27.3, 26.5, 32.9]),
        (
            "children_in_need_rate_per_10000",
            "Buckinghamshire",
            "2009-10",
            [214.1, 201.9, 211.0, 169.7, 205.6, 227.3, 218.4, 275.2],
        ),
        (
            "child_protection_plans_rate_per_10000",
            "Buckinghamshire",
            "2009-10",
            [25.4, 31.9, 31.3, 16.3, 20.6, 27.9, 37.6, 45.3],
        ),
        ("section_47_enquiries", "Buckinghamshire", "2009-10", [619, 800, 810, 614, 887, 1758, 1924, 2576]),
        (
            "initial_child_protection_conferences",
            "Buckinghamshire",
            "2009-10",
            [368, 361, 333, 241, 328, 511, 749, 866],
        ),
        (
            "children_looked_after_rate_per_10000",
            "Buckinghamshire",
            "2009-10",
            [30, 33, 32, 34, 37, 37, 38, 37],
        ),
        ("children_looked_after_rate_per_10000", "England", "2009-10", [58, 59, 59, 60, 60, 60, 60, 62]),
        ("assessments_in_45_working_days_pct", "Buckinghamshire", "2013-14", [83.0, 82.8, 87.3, 92.9]),
        ("assessments_in_45_working_days_pct", "England", "2013-14", [82.2, 81.5, 83.4, 82.9]),
        (
            "plans_started_for_neglect_rate_per_10000",
            "Buckinghamshire",
            "2011-12",
            [12.1, 8.6, 11.7, 16.7, 24.2, 29.8],
        ),
        (
            "plans_started_for_neglect_rate_per_10000",
            "England",
            "2011-12",
            [19.3, 18.9, 21.9, 23.2, 24.3, 26.3],
        ),
        ("two_year_olds_take_up_pct", "Buckinghamshire", "2014-15", [68, 82, 77]),
        ("persistent_absence_secondary_pct", "Buckinghamshire", "2014-15", [14.52]),
        (
            "unauthorised_absence_primary_pct",
            "Buckinghamshire",
            "2009-10",
            [0.51, 0.55, 0.56, 0.64, 0.65, 0.60, 0.66],
        ),
    ],
)
def test_a_series_is_what_was_published(indicators, indicator, area, first, values):
    found = series(indicators, indicator, area)
    years = YEARS[YEARS.index(first) :][: len(values)]
    assert [round(found[year], 2 if "absence" in indicator else 1) for year in years] == values


@pytest.mark.parametrize(
    ("indicator", "year", "mean"),
    [
        ("referrals_rate_per_10000", "2009-10", 355.2),
        ("referrals_rate_per_10000", "2015-16", 410.8),
        ("children_in_need_rate_per_10000", "2015-16", 274.9),
        ("child_protection_plans_rate_per_10000", "2015-16", 40.7),
        ("plans_started_for_neglect_rate_per_10000", "2015-16", 27.4),
        ("two_year_olds_take_up_pct", "2015-16", 71.4),
    ],
)
def test_the_neighbours_mean_is_that_of_the_ten(indicators, indicator, year, mean):
    found = series(indicators, indicator, NEIGHBOURS)[year]
    assert found == pytest.approx(mean, abs=0.06)


def test_the_mean_is_unweighted_and_leaves_out_who_is_not_published():
    rows = pd.DataFrame(
        {
            "indicator": "x", "category": "All", "area": ["A", "B", "C"], "year": "2015-16", "period": "p", "value": [10.0, 20.0, None],
            "unit": "percent", "vintage": "v", "status": ["shown", "shown", "confidential"], "provenance": "official", "table": "t",
            "numerator": 1.0, "denominator": 2.0, "source_rows": ["t.csv#2", "t.csv#3", "t.csv#4"],
        }
    )  # fmt: skip
    made = official.with_neighbours(rows, ["A", "B", "C"])
    assert list(made["area"]) == [NEIGHBOURS] and list(made["value"]) == [15.0]
    assert list(made["source_rows"]) == ["t.csv#2-3"]


def test_every_rate_and_percentage_is_its_numerator_over_its_denominator(indicators):
    """A card says the two beside the number: 292 of 612 is no 24.2 per 10,000."""
    known = indicators.dropna(subset=["value", "numerator", "denominator"])
    times = known["unit"].astype("str").map({"per 10,000": 10_000, "percent": 100, "%": 100})
    assert times.notna().all() and known["unit"].nunique() > 1
    off = (known["numerator"] / known["denominator"] * times - known["value"]).abs()
    assert known.loc[off > 0.51, "indicator"].unique().tolist() == []  # some are published as whole numbers


def test_months_sum_to_the_year_and_rates_divide_by_the_mid_year_before(indicators):
    months = indicators[
        (indicators["indicator"] == "referrals_by_month_rate_per_10000")
        & (indicators["area"] == "Buckinghamshire")
    ]
    months = months[months["year"] == "2015-16"].set_index("category")
    assert months["numerator"].sum() == 6958 and len(months) == 12
    assert months.loc["November", "value"] == pytest.approx(
        821 / months.loc["November", "denominator"] * 10_000
    )
    assert months["denominator"].nunique() == 1 and 119_000 < months["denominator"].iloc[0] < 121_000


def test_the_county_is_the_sum_of_its_districts(indicators):
    shares = indicators[
        (indicators["indicator"] == "residents_by_ethnic_group_pct")
        & (indicators["area"] == "Buckinghamshire")
    ]
    found = shares.set_index("category")["value"].round(2)
    assert (found["White"], found["Asian"], found["Mixed"], found["Black"], found["Other"]) == (
        86.42,
        8.56,
        2.45,
        2.08,
        0.49,
    )
    assert shares["denominator"].iloc[0] == 505_283


def test_another_countys_districts_do_not_count_in_ours(tables):
    rows = tables["ethnicity_census_2011"].table
    wycombe = rows[rows["area"] == "Wycombe"]
    norwich = wycombe.assign(area="Norwich", area_code="E07000148")
    both = [official.ethnicity({"ethnicity_census_2011": official.with_rows(table)}) for table in
            (rows, pd.concat([rows, norwich], ignore_index=True))]  # fmt: skip
    ours = [found[found["area"] == "Buckinghamshire"].reset_index(drop=True)["value"] for found in both]
    assert ours[0].equals(ours[1]) and len(ours[0]) > 5


def test_plans_by_category_add_up(indicators):
    plans = indicators[
        (indicators["indicator"] == "child_protection_plans_started_by_category")
        & (indicators["area"] == "Buckinghamshire")
    ]
    found = plans[plans["year"] == "2015-16"].set_index("category")["value"]
    assert (found["Neglect"], found["Emotional abuse"], found.sum()) == (279, 265, 612)


def test_a_share_whose_whole_is_withheld_is_not_said_to_be_shown(tables):
    """One category of the county is withheld here: then no share of it can be told, and each says that."""
    plans = tables["plans_by_category"].table.assign(source_rows="")
    at = plans.index[(plans["area"] == "Buckinghamshire") & (plans["category"] == "Physical abuse")]
    plans = plans.assign(
        value=plans["value"].mask(plans.index.isin(at)),
        status=plans["status"].mask(plans.index.isin(at), "confidential"),
    )
    shares = official.plans_by_category_share({"plans_by_category": plans}).set_index(["area", "category"])
    county = shares.loc["Buckinghamshire"]
    assert county["value"].isna().all()
    assert set(county.loc[["Neglect"], "status"]) == {"not_available"}
    assert set(county.loc[["Physical abuse"], "status"]) == {"confidential"}
    assert set(shares.loc["England", "status"]) == {"shown"}


def test_one_areas_line_is_of_one_vintage_where_the_first_published_is_whole(indicators):
    compared = indicators[
        indicators["indicator"].isin(
            ["referrals_rate_per_10000", "children_in_need_rate_per_10000", "re_referrals_pct"]
        )
    ]
    told = compared[(compared["year"] <= "2016-17") & (compared["area"] != "South East")]
    assert set(told["vintage"]) == {"first published"}


def test_every_indicator_is_defined_and_every_value_keyed_once(indicators):
    assert set(indicators["indicator"]) <= set(definitions())
    assert not indicators.duplicated(["indicator", "category", "area", "year", "period"]).any()


def looked_after(*rows):
    """Rows of an official table: area, year, vintage, value."""
    frame = pd.DataFrame(rows, columns=["area", "year", "vintage", "value"])
    ends = frame["year"].map(lambda label: f"31 March {int(label[:4]) + 1}")
    named = {"indicator": "children_looked_after", "category": "All", "unit": "children", "status": "shown"}
    return frame.assign(**named, period=ends, level="authority", source="a source", row_id="a.csv#2!number")


def test_a_later_revised_edition_is_taken_where_no_named_one_has_the_year():
    frame = looked_after(
        ("England", "2015-16", "first published", 1),
        ("England", "2015-16", "revised 2025", 2),
        ("England", "2021-22", "revised 2022", 3),
        ("England", "2021-22", "revised 2025", 4),
        ("England", "2019-20", "revised 2020", 5),
        ("England", "2019-20", "revised 2024", 6),
        ("England", "2024-25", "LAIT 2026", 7),
    )
    picked = official.pick(frame, "children_looked_after", ["first published", "revised 2022", "revised"])
    assert dict(zip(picked["year"], picked["value"], strict=True)) == {
        "2015-16": 1,
        "2021-22": 3,
        "2019-20": 6,
    }


def test_a_board_takes_from_the_publishers_files_what_came_after_its_own_tables():
    ours = looked_after(
        ("Surrey", "2014-15", "first published", 1),
        ("Surrey", "2015-16", "first published", 2),
        ("Surrey", "2016-17", "an edition that no report takes", 7),
    )
    files = looked_after(
        ("Surrey", "2013-14", "first published", 8),
        ("Surrey", "2015-16", "revised 2017", 9),
        ("Surrey", "2016-17", "revised 2017", 3),
    )
    edition = SimpleNamespace(
        area="Surrey", neighbours=(), region="South East", districts=(), illustrative=False
    )
    found = {"children_in_need": ours.drop(columns="level"), "releases": files.drop(columns="source")}
    changed = national.of_own_area(found, edition)["children_in_need"]
    assert list(changed["value"]) == [1, 2, 7, 3] and changed["source"].iloc[-1] == "a.csv"
