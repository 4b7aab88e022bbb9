"""Numbers that were worked out of counts of children before these were protected: each way was tried, under any name."""

import altair as alt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bscbdata.disclosure import DisclosureError, protect
from bscbdata.disclosure.derived import WAYS, small_count_told
from bscbdata.figures import style
from bscbdata.figures.chart_words import FigureError

LEADS, EPISODES, OFFICIAL = "early_help_lead_agencies", "missing_episodes", "population"


@pytest.fixture
def report(begun_report):
    return begun_report


@pytest.fixture
def leads(report):
    """Families by lead agency: Housing leads for a few."""
    frame = report.table(LEADS).groupby("lead_agency", observed=True)["families"].sum().reset_index()
    assert frame["families"].between(1, 5).sum() == 1
    return frame.astype({"lead_agency": "str"}).sort_values("lead_agency").reset_index(drop=True)


def published(report, frame, *tables):
    return report.table_figure(frame, key="tried", measure="Tried", tables=list(tables), decimals=2)


OF_ONE_COLUMN = {
    "running total": lambda n: n.cumsum(),
    "running total from the end": lambda n: n[::-1].cumsum()[::-1],
    "what is still to come": lambda n: n.sum() - n.cumsum(),
    "running share of the whole": lambda n: n.cumsum() / n.sum() * 100,
    "doubled": lambda n: n * 2.0 + 0.5,
    "hundredfold and a thousand more": lambda n: n * 100 + 1000,
    "share of the whole, rounded": lambda n: (n / n.sum() * 1000).round(2),
    "index of the first": lambda n: n / n.iloc[0] * 100,
    "change": lambda n: n.diff() * 10,
    "growth in per cent": lambda n: (n / n.shift() - 1) * 100 + 0.001,
    "average of two": lambda n: n.rolling(2).mean() + 0.25,
    "average of three about the middle": lambda n: n.rolling(3, center=True).mean() * 10 + 0.1,
    "average so far": lambda n: n.expanding().mean() * 100 + 0.1,
    "ranks tenfold": lambda n: n.rank() * 10 + 0.5,
}


@pytest.mark.parametrize("how", OF_ONE_COLUMN)
@pytest.mark.parametrize("names", [[LEADS], [OFFICIAL], []], ids=["named", "another named", "none named"])
def test_what_is_worked_out_of_small_counts_is_refused(report, leads, how, names):
    tried = leads.assign(tried=OF_ONE_COLUMN[how](leads["families"].astype("float64")))
    with pytest.raises(DisclosureError, match=r"column|Column"):
        published(report, tried[["lead_agency", "tried"]], *names)


@pytest.mark.parametrize("how", OF_ONE_COLUMN)
def test_what_is_worked_out_of_protected_counts_is_shown(report, leads, how):
    shown = report.protect(leads, "families", ["lead_agency"])
    tried = shown.assign(tried=OF_ONE_COLUMN[how](shown["families"].astype("float64")))
    figure = published(report, tried[["lead_agency", "tried"]], LEADS)
    assert list(figure.table.frame["tried"].dropna()) == list(tried["tried"].dropna())


@pytest.mark.parametrize("how", ["running total", "doubled", "index of the first", "growth in per cent"])
def test_other_words_for_the_rows_do_not_hide_it(report, leads, how):
    named = leads.assign(lead_agency=[f"Agency {letter}" for letter in "ABCDEFG"])
    tried = named.assign(tried=OF_ONE_COLUMN[how](leads["families"].astype("float64")) + 0.001)
    with pytest.raises(DisclosureError, match="before they were protected"):
        published(report, tried[["lead_agency", "tried"]], OFFICIAL)


def test_running_totals_of_each_group_are_refused(report, episodes):
    running = episodes.groupby("district")["episodes"].cumsum()
    with pytest.raises(DisclosureError, match="a running total"):
        published(report, episodes.assign(tried=running + 100)[["district", "quarter", "tried"]], EPISODES)


def test_a_column_for_each_group_is_refused(report, episodes):
    running = episodes.assign(tried=episodes.groupby("district")["episodes"].cumsum() + 100)
    wide = running.pivot(index="quarter", columns="district", values="tried").reset_index()
    with pytest.raises(DisclosureError, match="a running total"):
        published(report, wide, EPISODES)


def test_what_only_places_a_mark_tells_no_more_than_what_is_shown(report, leads):
    shown = report.protect(leads, "families", ["lead_agency"])
    shown["_end"] = leads["families"].cumsum()
    drawn = alt.Chart(shown).mark_bar().encode(x="_end:Q", y="lead_agency:N")
    with pytest.raises(DisclosureError, match="a running total"):
        report.figure(drawn, key="tried", headline="", measure="Tried", tables=[LEADS])


def test_the_chart_for_phones_shows_what_the_wide_one_shows(report, leads):
    """It is drawn by the analyst, and was not looked at: from a table before it was protected, it would tell all."""
    shown = report.protect(leads, "families", ["lead_agency"])
    wide, narrow = (style.bars(frame, "lead_agency", "families", "Families") for frame in (shown, leads))
    for other in (narrow, style.bars(leads.head(3), "lead_agency", "families", "Families")):
        with pytest.raises(FigureError, match="narrow chart"):
            report.figure(wide, key="tried", headline="", measure="Tried", tables=[LEADS], narrow=other)
    again = style.bars(shown.copy(), "lead_agency", "families", "Families")
    assert report.figure(wide, key="tried", headline="", measure="Tried", tables=[LEADS], narrow=again).svgs


def test_numbers_of_children_under_the_name_of_another_table_are_refused(report, episodes):
    district = episodes.groupby("district", as_index=False)["episodes"].sum()
    assert (district["episodes"] > 5).all()
    for names in [[OFFICIAL], []]:
        with pytest.raises(DisclosureError, match=f"has numbers of table '{EPISODES}'"):
            published(report, district, *names)
    published(report, district, EPISODES)


def test_what_stands_in_the_table_that_is_named_is_worked_out_of_no_other(report):
    """By chance the episodes of a district are the change of a caseload from quarter to quarter."""
    cases = [3, 9, 20, 27, 40, 48, 60, 75]
    episodes, caseload = report._tidy[EPISODES].copy(), report._tidy["rusafe_caseload"].copy()
    at = episodes.index[episodes["district"] == "Chiltern"]
    caseload["cases"] = pd.array(cases, dtype="Int64")
    episodes.loc[at, "episodes"] = pd.array([7, *np.diff(cases)], dtype="Int64")
    report.__dict__["_tidy"] = {**report._tidy, EPISODES: episodes, "rusafe_caseload": caseload}
    report.table("rusafe_caseload")
    frame = report.table(EPISODES).astype({"district": "str"})
    frame = report.protect(frame, "episodes", ["quarter", "district"])[["quarter", "district", "episodes"]]
    published(report, frame, EPISODES)
    chiltern = frame.index[frame["district"] == "Chiltern"]
    renamed = {
        some: frame["quarter"].astype("str").mask(frame.index.isin(chiltern[:some]), "Joined")
        for some in (3, 4)
    }
    published(report, frame.assign(quarter=renamed[3]), EPISODES)  # most of it stands there all the same
    with pytest.raises(DisclosureError, match="worked out from counts of 'rusafe_caseload'"):
        published(report, frame.assign(quarter=renamed[4]), EPISODES)
    changes = pd.DataFrame({"quarter": caseload["quarter"], "change": [7, *np.diff(cases)]})
    with pytest.raises(DisclosureError, match="worked out from counts of 'rusafe_caseload'"):
        published(report, changes, OFFICIAL)


def test_numbers_of_another_table_are_its_own(report):
    report.table(EPISODES)
    population = report.indicator("population_aged_0_to_17").head(8)[["area", "year", "value"]]
    assert list(published(report, population, OFFICIAL).table.frame["value"]) == list(population["value"])


@settings(
    derandomize=True, deadline=None
)  # of many thousand lists, one is by chance the running total of another
@given(st.lists(st.integers(0, 40), min_size=2, max_size=14), st.sampled_from(WAYS), st.integers(1, 9))
def test_no_column_of_a_protected_list_is_taken_for_one_that_tells(counts, way, scale):
    """What is worked out of what is shown knows no more than it, whatever was withheld."""
    frame = pd.DataFrame({"name": [f"n{place:02}" for place in range(len(counts))], "n": counts}).astype(
        {"n": "Int64"}
    )
    shown = protect(frame, "n", ["name"])["n"].to_numpy(dtype=float, na_value=np.nan)
    made = np.where(np.isnan(shown), np.nan, way.work_out(shown) * scale)
    assert not small_count_told(made, np.array(counts, dtype=float))


@settings(deadline=None)
@given(st.lists(st.integers(1, 5), min_size=4, max_size=14, unique=False), st.sampled_from(WAYS))
def test_every_way_tells_where_all_is_small(counts, way):
    counts = np.array(counts, dtype=float)
    made = way.work_out(counts)
    known = made[np.isfinite(made)]
    if len(np.unique(known)) > 2 and len(known) >= 4:
        assert small_count_told(made * 3 + 1, counts)


def test_a_withheld_group_that_was_joined_is_a_partner():
    """Ages 11 and 12 are one row, which no table counts: it was withheld so that the three of 18 cannot be found."""
    nan, counts = np.nan, np.array([np.nan, 14, 24, 27, 18, 19, 3])
    assert not small_count_told(np.array([nan, 14, 24, 27, 18, 19, nan]), counts)
    assert small_count_told(np.array([8, 14, 24, 27, 18, 19, nan]), counts), "the three stand alone"
    assert small_count_told(np.array([nan, 14, 24, 27, 18, 19, 3]), counts)


FEW_ARRANGEMENTS = """
2013-06-17 2015-09-14, 2014-07-21 2015-04-01, 2014-11-04 2015-06-22, 2015-01-10 2016-03-14, 2015-02-24 2015-06-26
2015-03-03 -, 2015-03-27 -, 2015-07-15 -, 2015-10-22 -, 2015-12-31 2016-03-03, 2016-01-05 2016-02-18
2016-02-02 -, 2016-02-05 -, 2016-02-17 -, 2016-03-07 -, 2016-03-13 -
"""


def test_a_series_with_its_small_counts_withheld_is_itself(report):
    """Children at month end: the six months left are like some average of the few that began or ended in them."""
    days = [each.split() for each in FEW_ARRANGEMENTS.replace("\n", ",").split(",") if each.strip()]
    started, ended = (pd.to_datetime(pd.Series(each), errors="coerce") for each in zip(*days, strict=True))
    listed = report._tidy["private_fostering"].head(len(days)).reset_index(drop=True)
    listed = listed.assign(notified=started - pd.Timedelta(days=6), started=started, ended=ended)
    report.__dict__["_tidy"] = {**report._tidy, "private_fostering": listed}
    report.table("private_fostering")
    months = pd.date_range("2015-04-01", periods=12, freq="MS")
    frame = pd.DataFrame({"period": months.strftime("%B %Y"), "value": [6, 6, 4, 5, 5, 4, 5, 5, 6, 7, 9, 9]})
    shown = report.protect(frame.astype({"value": "Int64"}), "value", ["period"])
    assert shown["value"].isna().any()
    published(report, shown, "private_fostering")
