"""Indicators from official statistics: chosen vintages, neighbours' means, and what is computed from published cells.

Choosing: an indicator comes from the vintages listed for it in `official_choice.csv`, the first that has the area and
year; `revised` stands for every revised edition that is not named, the latest first; `numerator` and `denominator` name
the published counts of a percentage, where there are any. One area's line never mixes vintages of one publisher's
revisions where the first published series is whole. One published series over another is a row of `official_ratios.csv`; what takes more than that is
a row of `official_derived.csv`, which says from which table, and a function below.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pandas as pd

from bscbdata.authorities import load_areas
from bscbdata.indicators.measures import rate_per_10000, share_pct, with_rows
from bscbdata.lists import read_list
from bscbdata.numbers import rounded
from bscbdata.places import NEIGHBOURS
from bscbdata.provenance import join_rows
from bscbdata.tables import INDICATOR_COLUMNS

HERE = Path(__file__).parent
ROUNDING_PCT = 0.0501  # percentages are published to one decimal
SHOWN = "shown"
REVISED = "revised"  # any other revised edition, the latest first
EDITIONS = ["first published", "revised 2022", REVISED]


def compute(tables: Mapping[str, pd.DataFrame], year: str) -> pd.DataFrame:
    """Every official indicator for all years and areas in the data (columns: tables.INDICATOR_COLUMNS)."""
    if "children_in_need" not in tables:
        return pd.DataFrame(columns=list(INDICATOR_COLUMNS))
    return with_neighbours(every_area(tables), list(model_of(tables["statistical_neighbours"])["area"]))


def every_area(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Every official indicator, each area by itself (columns: tables.INDICATOR_COLUMNS)."""
    tables = {name: with_rows(frame) for name, frame in tables.items()}
    published = [_chosen(tables[row["table"]], row) for row in choices().values() if row["table"] in tables]
    divided = [ratio(row, tables) for row in ratios().values()]
    frames = [*published, *divided, *(function(tables) for function in DERIVED)]
    return pd.concat(frames, ignore_index=True)[list(INDICATOR_COLUMNS)]


@cache
def choices() -> dict[str, dict[str, str]]:
    """The rows of `official_choice.csv`, by the indicator that each makes."""
    return {row["indicator"]: row for row in read_list(HERE / "official_choice.csv")}


@cache
def ratios() -> dict[str, dict[str, str]]:
    """The rows of `official_ratios.csv`, by the indicator that each makes."""
    return {row["indicator"]: row for row in read_list(HERE / "official_ratios.csv")}


@cache
def derived() -> dict[str, dict[str, str]]:
    """The rows of `official_derived.csv`, by the indicator that each makes."""
    return {row["indicator"]: row for row in read_list(HERE / "official_derived.csv")}


def model_of(neighbours: pd.DataFrame) -> pd.DataFrame:
    """The rows of the model of neighbours that is used, that of April 2021, most alike first."""
    return neighbours[neighbours["model"].str.contains("2021")].sort_values("rank")


def _chosen(frame: pd.DataFrame, row: dict[str, str]) -> pd.DataFrame:
    """One indicator from one table in its chosen vintages, under its own id."""
    picked = pick(frame, row["published"], row["vintages"].split("|"))
    shaped = _shaped(picked, row["indicator"])
    return _with_counts(shaped, frame, row["numerator"], row["denominator"]) if row["numerator"] else shaped


def _with_counts(shares: pd.DataFrame, frame: pd.DataFrame, numerator: str, denominator: str) -> pd.DataFrame:
    """Published percentages with the two counts that were first published, where these round to the percentage."""
    counts = _both_counts(frame[frame["vintage"] == EDITIONS[0]], numerator, denominator)
    both = counts.reindex(pd.MultiIndex.from_frame(shares[["area", "year"]])).set_axis(shares.index)
    apart = (share_pct(both["top"], both["base"]) - shares["value"]).abs()
    fits = (apart <= ROUNDING_PCT).fillna(False).astype(bool)
    rows = pd.concat([shares["source_rows"], both[["rows_top", "rows_base"]]], axis=1)[fits]
    joined = pd.Series([join_rows(named) for named in rows.to_numpy()], index=rows.index, dtype="str")
    return shares.assign(
        numerator=both["top"].where(fits),
        denominator=both["base"].where(fits),
        source_rows=shares["source_rows"].where(~fits, joined),
    )


def _both_counts(frame: pd.DataFrame, numerator: str, denominator: str) -> pd.DataFrame:
    """Numerators and denominators by area and year: top, base, and the rows of each."""
    sides = [
        frame[frame["indicator"] == name]
        .set_index(["area", "year"])[["value", "source_rows"]]
        .set_axis([side, f"rows_{side}"], axis=1)
        for side, name in (("top", numerator), ("base", denominator))
    ]
    return sides[0].join(sides[1])


def pick(frame: pd.DataFrame, published: str, vintages: list[str]) -> pd.DataFrame:
    """Rows of a published series; for each area the first vintage that has the year, in the order given."""
    of_it = frame[frame["indicator"] == published]
    vintages = _with_revised(vintages, of_it["vintage"])
    rows = of_it[of_it["vintage"].isin(vintages)]
    ranked = rows.assign(rank=rows["vintage"].map(vintages.index)).sort_values("rank", kind="stable")
    chosen = ranked.drop_duplicates(["category", "area", "year", *(["period"] if _monthly(rows) else [])])
    return chosen.drop(columns="rank").sort_index()


def is_among(vintage: str, vintages: list[str]) -> bool:
    """Whether a vintage is one of those listed, of which `revised` stands for every revised edition."""
    return vintage in vintages or (REVISED in vintages and vintage.startswith(f"{REVISED} "))


def _with_revised(vintages: list[str], there: pd.Series) -> list[str]:
    """The vintages in order, with those that are there of every other revised edition in the place of `revised`."""
    if REVISED not in vintages:
        return vintages
    others = {one for one in there.unique() if is_among(one, [REVISED])} - set(vintages)
    place = vintages.index(REVISED)
    return [*vintages[:place], *sorted(others, reverse=True), *vintages[place + 1 :]]


def _monthly(rows: pd.DataFrame) -> bool:
    return bool(rows["category"].isin(["April"]).any())


def _shaped(rows: pd.DataFrame, indicator: str) -> pd.DataFrame:
    named = {"indicator": indicator, "table": table_of(indicator)}
    return rows.assign(**named, numerator=float("nan"), denominator=float("nan"))[list(INDICATOR_COLUMNS)]


def with_neighbours(frame: pd.DataFrame, neighbours: list[str]) -> pd.DataFrame:
    """The frame without single neighbours, with their unweighted mean where half of them or more have a value.

    The Local Authority Interactive Tool takes the mean of those that have one, too.
    """
    own = frame[~frame["area"].isin(neighbours)]
    # a mean of counts or of areas of different size says nothing: only rates and shares are averaged
    several = frame[frame["area"].isin(neighbours) & frame["unit"].str.contains("%|per 1|percent")]
    several = several[several["value"].notna()]
    by = ["indicator", "category", "year", "period", "unit", "vintage", "provenance", "table"]
    grouped = several.groupby(by, as_index=False)
    means = grouped.agg(
        value=("value", "mean"), source_rows=("source_rows", join_rows), of=("area", "nunique")
    )
    means = means[means["of"] >= len(neighbours) / 2].drop(columns="of")
    means = means.assign(area=NEIGHBOURS, status="shown", numerator=float("nan"), denominator=float("nan"))
    return pd.concat([own.astype({"status": "str"}), means], ignore_index=True)[list(INDICATOR_COLUMNS)]


# ---- computed from published cells -----------------------------------------------------------------------------


def _join(top: pd.DataFrame, base: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """Numerators with their denominators, `value` and `value_base`; rows without a base are left out."""
    right = base[[*on, "value", "source_rows", "status"]].drop_duplicates(on)
    joined = top.merge(right, on=on, suffixes=("", "_base")).astype({"status": "str", "status_base": "str"})
    both = joined[["source_rows", "source_rows_base"]].itertuples(index=False)
    # without a base there is none for the same reason
    status = joined["status"].where(joined["status"] != SHOWN, joined["status_base"])
    made = joined.assign(source_rows=[join_rows(pair) for pair in both], status=status)
    return made.drop(columns=["source_rows_base", "status_base"])


def ratio(row: Mapping[str, str], tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row of `official_ratios.csv`: a published series over another."""
    base = tables[row["base_table"]]
    whole = base[(base["indicator"] == row["base"]) & (base["category"] == "All")]
    top = pick(tables[row["table"]], row["published"], row["vintages"].split("|"))
    return _over(_join(top, whole, row["joined_on"].split("|")), row["indicator"], row["unit"])


def _over(joined: pd.DataFrame, indicator: str, unit: str) -> pd.DataFrame:
    """What `_join` put together as one over the other, in the unit asked for."""
    measure = rate_per_10000 if unit == "per 10,000" else share_pct
    named = {"indicator": indicator, "table": table_of(indicator), "unit": unit}
    counts = {"numerator": joined["value"], "denominator": joined["value_base"]}
    return _divided(joined.assign(**named, **counts, value=measure(joined["value"], joined["value_base"])))


def _divided(made: pd.DataFrame) -> pd.DataFrame:
    """What was computed; one whose base is not known, or nothing, is not said to be shown."""
    lost = made["value"].isna() & made["status"].eq(SHOWN)
    why = made["denominator"].isna().map({True: "not_available", False: "not_applicable"})
    return made.assign(status=made["status"].astype("str").mask(lost, why))[list(INDICATOR_COLUMNS)]


def neglect_plans(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Plans started with initial category neglect per 10,000: neglect plans over the population
    that the number and the published rate of all plans imply."""
    frame = tables["plans_by_category"]
    by_category = pick(frame, "child_protection_plans_started_by_initial_category", EDITIONS)
    neglect = by_category[by_category["category"] == "Neglect"]
    on = ["area", "period", "vintage"]
    plans = frame[frame["indicator"] == "child_protection_plans_started"]
    rates = frame[frame["indicator"] == "child_protection_plans_started_rate_per_10000"]
    joined = _join(neglect, _implied_population(plans, rates, on), on)
    made = _over(joined, "plans_started_for_neglect_rate_per_10000", "per 10,000")
    return made.assign(category="All")


def _implied_population(number: pd.DataFrame, rate: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """The children that a published number and its published rate per 10,000 are of."""
    return _join(number, rate, on).assign(value=lambda both: 10_000 * both["value"] / both["value_base"])


def plans_by_category_share(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Share of plans started by latest category of abuse; the whole is the sum of the five, where all five are published."""
    top = pick(
        tables["plans_by_category"], "child_protection_plans_started_by_latest_category", ["first published"]
    )
    return _share_of_sum(top, "child_protection_plans_started_by_category_pct")


def _share_of_sum(top: pd.DataFrame, indicator: str) -> pd.DataFrame:
    whole = top.groupby(["area", "period", "vintage"], as_index=False).agg(
        value=("value", lambda values: values.sum(skipna=False)), source_rows=("source_rows", join_rows)
    )
    whole = whole.assign(status=SHOWN)  # a sum is not withheld; where a part is, there is none
    return _over(_join(top, whole, ["area", "period", "vintage"]), indicator, "percent")


def looked_after_rate_not_published(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Looked-after rates where none is here as published, such as those of 2011 to 2013: number over the population that
    the same year's children in need number and rate imply. Rounded to whole numbers, as the published ones are."""
    looked_after = pick(tables["children_looked_after"], "children_looked_after", ["first published"])
    looked_after = looked_after[~_area_and_year(looked_after).isin(_area_and_year(_rates_published(tables)))]
    need = tables["children_in_need"]
    need = need[need["vintage"] == "first published"]
    number = need[need["indicator"] == "children_in_need"]
    rate = need[need["indicator"] == "children_in_need_rate_per_10000"]
    people = _implied_population(number, rate, ["area", "period"])
    joined = _join(looked_after, people, ["area", "period"])
    made = _over(joined, "children_looked_after_rate_per_10000", "per 10,000")
    return made.assign(value=made["value"].map(lambda rate: float(rounded(rate, 0))))


def _rates_published(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    row = choices()["children_looked_after_rate_per_10000"]
    return pick(tables["children_looked_after"], row["published"], row["vintages"].split("|"))


def _area_and_year(frame: pd.DataFrame) -> pd.Series:
    return frame["area"].str.cat(frame["year"].astype("str"), sep="|")


def ethnicity(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Residents by ethnic group in 2011: Buckinghamshire is the sum of its districts; shares are of all residents."""
    frame = tables["ethnicity_census_2011"]
    districts = frame[frame["area_code"].isin(_own_districts())]
    county = districts.groupby(
        ["category", "period", "year", "vintage", "unit", "provenance"], as_index=False
    ).agg(value=("value", "sum"), source_rows=("source_rows", join_rows))
    county = county.assign(area="Buckinghamshire", status="shown", area_code="E10000002")
    top = pd.concat([frame.astype({"status": "str"}), county], ignore_index=True)
    counts = _shaped(top, "residents_by_ethnic_group")
    residents = _join(top, top[top["category"] == "All"], ["area", "period"])
    shares = _over(residents, "residents_by_ethnic_group_pct", "percent")
    return pd.concat([counts, shares], ignore_index=True)


def _own_districts() -> list[str]:
    """The codes of the districts that the list of areas has: Buckinghamshire's."""
    return [area.area_code for area in load_areas() if area.level == "district"]


def deprivation(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Small areas by national decile of deprivation, 2015: number and share of the county's areas."""
    frame = tables["deprivation_2015"]
    deciles = frame[frame["indicator"] == "lower_super_output_areas_by_decile"]
    counts = _shaped(deciles, "small_areas_by_deprivation_decile")
    return pd.concat(
        [counts, _share_of_sum(deciles, "small_areas_by_deprivation_decile_pct")], ignore_index=True
    )


DERIVED = (neglect_plans, plans_by_category_share, looked_after_rate_not_published, ethnicity, deprivation)


def table_of(indicator: str) -> str:
    """The official table that an indicator is made from; empty for one that is counted from returns."""
    listed = choices().get(indicator) or ratios().get(indicator) or derived().get(indicator)
    return listed["table"] if listed else ""
