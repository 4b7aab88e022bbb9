"""The measures a Board asks about first: as published, side by side, and never across a change of definition."""

from dataclasses import replace

import pandas as pd
import pytest
from conftest import ROOT

from bscbdata import key_measures
from bscbdata.indicators import definitions
from bscbdata.period import ReportYear
from bscbdata.places import NEIGHBOURS, Project
from bscbdata.tracing.cells import HOLDS

TABLES = [
    "children_in_need",
    "plans_by_category",
    "assessments_official",
    "children_looked_after",
    "absence",
    "early_years",
]
EDITION = Project(ROOT).edition(ReportYear(2015))


def rows(indicator, values, vintage="first published"):
    """Rows of an indicator from (area, year): value."""
    return pd.DataFrame(
        [
            {"indicator": indicator, "category": "All", "area": area, "year": year, "value": value}
            for (area, year), value in values.items()
        ]
    ).assign(vintage=vintage)


@pytest.mark.parametrize("unit", ["per 10,000", "percent"])
def test_the_table_shows_what_the_raw_file_says(cleaned_report, unit):
    table = cleaned_report.key_measures(unit).set_index("Measure")
    official = pd.read_csv(ROOT / "data/raw/official/children_in_need.csv", dtype=str)
    raw = official[official["vintage"] == "first published"]
    wanted = {"per 10,000": "child_protection_plans_rate_per_10000", "percent": "re_referrals_pct"}[unit]
    short = key_measures.chosen(unit)[wanted]
    for column, area, year in (
        ("2015-16", "Buckinghamshire", "2016"),
        ("2014-15", "Buckinghamshire", "2015"),
        ("England", "England", "2016"),
    ):
        found = raw[(raw["indicator"] == wanted) & (raw["area"] == area) & raw["period"].str.endswith(year)]
        assert set(found["value"].astype(float)) == {table.loc[short, column]}, (column, found)


@pytest.mark.parametrize("unit", ["per 10,000", "percent"])
def test_every_number_leads_to_the_row_that_it_stands_in(cleaned_report, unit):
    """Whatever a measure is called here, and though words stand beside the numbers."""
    table = cleaned_report.key_measures(unit)
    chosen = [definitions()[name]["title"] for name in table["_indicator"]]
    shown = cleaned_report.table_figure(
        table, key="key", measure="Key measures", tables=TABLES, labels={name: name for name in table}
    )
    for row, title in enumerate(chosen):
        for column in table.select_dtypes("number").dropna(axis=1).columns:
            traced = shown.trace(row, column)
            area = column if column[0] != "2" else EDITION.area
            assert (traced.label, traced.area, traced.how) == (title, area, HOLDS), (title, column)


def test_a_new_council_of_the_same_area_parts_no_years_and_a_new_definition_does():
    edition = replace(EDITION, year=ReportYear(2020))
    known = rows("re_referrals_pct", {(edition.area, "2019-20"): 20.0, (edition.area, "2020-21"): 24.0})
    table = key_measures.side_by_side(known, edition, "percent")
    assert (table.loc[0, "2019-20"], table.loc[0, "Change"]) == (20.0, "rose")
    absence = {(EDITION.area, "2014-15"): 6.5, (EDITION.area, "2015-16"): 7.4}
    parted = key_measures.side_by_side(rows("persistent_absence_primary_pct", absence), EDITION, "percent")
    assert parted[["2014-15", "Change"]].isna().all(axis=None)


def test_an_area_without_any_figure_is_a_word_and_no_column():
    """The Department's files of children in need have no region: a borough has the nation and neighbours beside it."""
    known = rows("re_referrals_pct", {(EDITION.area, "2015-16"): 24.0, ("England", "2015-16"): 22.0})
    table = key_measures.side_by_side(known, EDITION, "percent")
    assert list(table.columns[-3:-1]) == ["Change", "England"] and table.loc[0, "England"] == 22.0
    told = "No figures of Statistical neighbours, South East are here to set beside these."
    assert key_measures.editions_note(known, EDITION) == told
    assert key_measures.editions_note(known.iloc[:0], EDITION) == ""


def test_a_change_that_the_table_does_not_show_is_none():
    """Primary schools of the county, 2013-14 and 2014-15: 6.54 and 6.47 both print as 6.5."""
    known = rows("re_referrals_pct", {(EDITION.area, "2014-15"): 6.54, (EDITION.area, "2015-16"): 6.47})
    assert key_measures.side_by_side(known, EDITION, "percent")["Change"].tolist() == ["changed little"]


def test_every_key_measure_has_a_definition_and_a_unit_of_the_two_tables():
    chosen = key_measures.chosen("percent") | key_measures.chosen("per 10,000")
    listed = pd.read_csv(key_measures.CHOSEN)
    assert set(chosen) == set(listed["indicator"]) <= set(definitions())
    assert listed["name"].is_unique


def test_a_measure_without_a_value_this_year_has_no_row_and_one_without_last_year_no_change():
    area = EDITION.area
    known = pd.concat(
        [
            rows("re_referrals_pct", {(area, "2015-16"): 26.5, ("England", "2015-16"): 22.3}),
            rows("two_year_olds_take_up_pct", {(area, "2014-15"): 68.0}),
        ]
    )
    table = key_measures.side_by_side(known, EDITION, "percent")
    assert table["Measure"].tolist() == [key_measures.chosen("percent")["re_referrals_pct"]]
    assert table.loc[0, "England"] == 22.3
    assert table[["2014-15", "Change"]].isna().all(axis=None) and NEIGHBOURS not in table


def test_years_on_two_sides_of_a_change_of_definition_are_not_set_side_by_side():
    """Persistent absence counts from 10 per cent of sessions since 2015-16, from 15 before."""
    pair = {(EDITION.area, "2014-15"): 60.0, (EDITION.area, "2015-16"): 80.0}
    absence = "persistent_absence_primary_pct"
    table = key_measures.side_by_side(rows(absence, pair), EDITION, "percent")
    assert table.loc[0, "2015-16"] == 80.0 and pd.isna(table.loc[0, "2014-15"])
    recalculated = rows(absence, pair, "published 2020")  # an edition that counts both years the new way
    table = key_measures.side_by_side(recalculated, EDITION, "percent")
    assert table.loc[0, ["2014-15", "Change"]].tolist() == [60.0, "rose sharply"]


def test_values_of_another_edition_are_named():
    area = EDITION.area
    known = pd.concat(
        [
            rows("re_referrals_pct", {(name, "2015-16"): 22.3 for name in (area, NEIGHBOURS, "England")}),
            rows("re_referrals_pct", {("South East", "2015-16"): 23.5}, "revised 2022"),
        ]
    )
    said = key_measures.editions_note(known, EDITION)
    assert said == "From a different edition of the statistics: South East (revised 2022)."
    absence = rows("persistent_absence_primary_pct", {("England", "2015-16"): 8.2}, "published 2020")
    assert key_measures.editions_note(pd.concat([known, absence]), EDITION) == said, "it has no row of that"
    lacking = key_measures.editions_note(known.iloc[:3], EDITION)
    assert lacking == "No figures of South East are here to set beside these."
