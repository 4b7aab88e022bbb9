"""Tables with names across their head, in one row or two: held by the gate, proven and followed back like any other."""

import pandas as pd
import pytest

from bscbdata.build.proving import count_table
from bscbdata.disclosure import DisclosureError
from bscbdata.figures import crosstab
from bscbdata.tracing.cells import HOLDS

EPISODES = "missing_episodes"


@pytest.fixture
def report(begun_report):
    return begun_report


@pytest.fixture
def episodes(episodes):
    """The episodes with year and quarter apart, for a head of two rows."""
    return episodes.assign(year=episodes["quarter"].str[:7], part=episodes["quarter"].str[-2:])


@pytest.fixture
def shown(report, episodes):
    return report.protect(episodes, "episodes", ["quarter", "district"])


def table(report, frame, **more):
    return report.table_figure(frame, key="tried", measure="Tried", tables=[EPISODES], **more)


def two_rows(frame, values="episodes"):
    return frame.pivot(index="district", columns=["year", "part"], values=values).reset_index()


def joined(frame):
    turned = frame.pivot(index="district", columns=["year", "part"], values="episodes")
    return turned.set_axis([" ".join(name) for name in turned.columns], axis=1).reset_index()


def one_row(frame):
    return frame.pivot(index="quarter", columns="district", values="episodes").reset_index()


def without_its_name(frame):
    turned = one_row(frame)
    turned.columns = list(turned.columns)
    return turned


TURNED = [two_rows, joined, one_row, without_its_name]


@pytest.mark.parametrize("turned", TURNED)
def test_small_counts_are_refused_and_withheld_ones_say_so(report, episodes, shown, turned):
    with pytest.raises(DisclosureError, match="counts from 1 to 5"):
        table(report, turned(episodes))
    cells = [cell for row in table(report, turned(shown)).table.rows() for cell in row]
    assert cells.count("[c]") == shown["episodes"].isna().sum() > 0
    assert "[x]" not in cells


@pytest.mark.parametrize("turned", TURNED)
@pytest.mark.parametrize("more", [100, 0.5])
def test_a_running_total_across_the_table_is_refused(report, episodes, turned, more):
    order = ["district", "quarter"] if turned in (two_rows, joined) else ["quarter", "district"]
    rows = episodes.sort_values(order)
    rows["episodes"] = rows.groupby(order[0])["episodes"].cumsum() + more
    with pytest.raises(DisclosureError, match=r"a running total|counts behind them are not known"):
        table(report, turned(rows), decimals=2)


@pytest.mark.parametrize("turned", [one_row, without_its_name])
def test_a_running_total_across_is_refused_beside_a_further_column_too(report, episodes, turned):
    rows = episodes.sort_values(["quarter", "district"])
    rows["episodes"] = rows.groupby("quarter")["episodes"].cumsum() + 100
    beside = turned(rows).assign(change=range(31, 39))
    with pytest.raises(DisclosureError, match="a running total"):
        table(report, beside)


@pytest.mark.parametrize("turned", [one_row, without_its_name])
def test_a_further_column_beside_what_was_protected_is_shown(report, shown, turned):
    protected = turned(shown)
    beside = protected.assign(other=range(31, 31 + len(protected)))
    assert table(report, beside).table.rows()[0][-1] == "31"


@pytest.mark.parametrize("turned", TURNED)
def test_its_numbers_are_proven_by_the_names_of_row_and_column(report, shown, turned):
    made = table(report, turned(shown))
    counted = made.told["counted"]
    proven = count_table(made.record()["data"], counted["columns"][0], counted)
    assert len(counted["columns"]) == 1, "one table: related figures know it by its key"
    assert proven.frame["status"].eq("confidential").sum() == shown["episodes"].isna().sum()
    assert proven.frame[counted["columns"][0]].sum() == shown["episodes"].sum()
    assert len(counted["by"]) == len(set(counted["by"])) >= 2


@pytest.mark.parametrize("turned", TURNED)
def test_each_number_leads_back_to_its_row(report, shown, turned):
    made = table(report, turned(shown))
    traces = made.traces["figure"]["cells"]
    numbers = shown["episodes"].size
    assert len(traces) == numbers
    rows = report._tidy[EPISODES].astype({"district": "str"}).set_index(["quarter", "district"])
    for place, row in enumerate(made.table.rows()):
        for column, cell in zip(made.table.columns()[1:], row[1:], strict=True):
            traced = made.trace(place, column)
            assert traced.withheld == (cell == "[c]")
            if cell != "[c]":
                head = column.replace(", ", " ")
                at = (head, row[0]) if turned in (two_rows, joined) else (row[0], head)
                assert traced.how == HOLDS
                assert f"!{traced.places[0].rows}" in rows.loc[at, "row_id"]


def test_counts_and_shares_under_one_head(report, episodes):
    whole = episodes.groupby("quarter")["episodes"].transform("sum")
    frame = episodes.assign(share_pct=episodes["episodes"] / whole * 100)
    shown = report.protect(frame, "episodes", ["quarter", "district"], also=["share_pct"])
    more = {"unit": {"share_pct": "percent"}, "decimals": {"share_pct": 1}}
    made = table(report, two_rows(shown, ["episodes", "share_pct"]), **more)
    cells = [cell for row in made.table.rows() for cell in row]
    assert cells.count("[c]") == 2 * shown["episodes"].isna().sum()
    assert "episodes, 2014-15, Q1" in made.table.columns() and any(cell.endswith("%") for cell in cells)
    beside = frame.assign(episodes=shown["episodes"])
    for told in (two_rows(frame, ["episodes", "share_pct"]), two_rows(beside, ["episodes", "share_pct"])):
        with pytest.raises(DisclosureError):
            table(report, told, **more)


def test_numbers_that_pandas_holds_as_objects_are_numbers(report, episodes):
    mixed = pd.DataFrame({"district": ["A", "B"], "n": pd.array([4, 9], "object")})
    assert crosstab.typed(mixed)["n"].tolist() == [4, 9]
    with pytest.raises(DisclosureError):
        table(report, one_row(episodes).astype("object"))


def test_months_across_are_written_out_and_a_plain_table_is_none():
    months = pd.to_datetime(["2015-04-01", "2015-05-01"])
    long = pd.DataFrame({"who": ["A", "A"], "month": months, "n": [7, 8]})
    turned = crosstab.flat(long.pivot(index="who", columns="month", values="n").reset_index())
    assert list(turned.columns) == ["who", "April 2015", "May 2015"]
    assert not crosstab.is_across(long, lambda _: False)


def test_what_a_publisher_withheld_says_so_in_a_table_that_was_turned(report):
    need = report.table("primary_need").query("indicator == 'children_in_need' and area == 'Buckinghamshire'")
    need = need[need["year"] <= "2015-16"].drop_duplicates(["category", "year"])
    turned = need.pivot(index="category", columns="year", values="value")
    said = need.pivot(index="category", columns="year", values="status")
    made = report.table_figure(turned.reset_index(), key="tried", measure="Tried", tables=["primary_need"])
    withheld = [[cell == "[c]" for cell in row[1:]] for row in made.table.rows()]
    assert withheld == (said == "confidential").to_numpy().tolist() and (said == "confidential").any(
        axis=None
    )
    assert made.trace("Low income", "2015-16").withheld


def test_a_year_that_a_publisher_withheld_says_so_in_the_table_of_a_chart(report, monkeypatch):
    name, frame = "referrals_rate_per_10000", report._tidy["indicators"]
    mine = (frame["indicator"] == name) & (frame["area"] == "Buckinghamshire") & (frame["year"] == "2012-13")
    hidden = frame.assign(value=frame["value"].mask(mine), status=frame["status"].mask(mine, "confidential"))
    monkeypatch.setitem(report.__dict__, "_tidy", {**report._tidy, "indicators": hidden})
    chart = report.comparison(name, "Per 10,000")
    made = report.figure(chart, "referral-rate", "Referrals", "Referrals per 10,000", ["children_in_need"])
    rows = {row[0]: dict(zip(made.table.columns(), row, strict=True)) for row in made.table.rows()}
    assert rows["2012-13"]["Buckinghamshire"] == "[c]"
    assert rows["2011-12"]["South East"] == "[x]", "nobody published one"
