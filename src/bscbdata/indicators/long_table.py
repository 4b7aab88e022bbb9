"""The one long table of every indicator: what official tables and returns give, in one order."""

from collections.abc import Mapping

import pandas as pd

from bscbdata.indicators import definitions, official, returns
from bscbdata.period import ReportYear
from bscbdata.tables import INDICATOR_COLUMNS


def compute_all(tables: Mapping[str, pd.DataFrame], year: str, area: str = "") -> pd.DataFrame:
    """Every indicator that the tables allow, in one long table (columns: tables.INDICATOR_COLUMNS).

    What is counted from returns is of `area`, the project's own.
    """
    counted = returns.of_whole_years(returns.compute(tables, year), tables, year)
    frames = [_of(area, frame) for frame in (official.compute(tables, year), counted)]
    long = pd.concat(
        [frame[list(INDICATOR_COLUMNS)].astype(INDICATOR_COLUMNS) for frame in frames], ignore_index=True
    )
    undefined = sorted(set(long["indicator"]) - set(definitions()))
    if undefined:
        raise ValueError(f"Not in indicators/definitions.csv: {', '.join(undefined)}.")
    return in_order(long)


def _of(area: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with what is counted from returns under the name of the area whose returns they are."""
    counted = frame["area"].eq(returns.AREA) & frame["provenance"].ne("official")
    return frame.assign(area=frame["area"].mask(counted, area)) if area else frame


def in_order(long: pd.DataFrame) -> pd.DataFrame:
    """The long table's rows by indicator, area and year; months of a year in their order, other categories as they came."""
    months = [day.strftime("%B") for day in ReportYear(2000).months]
    place = {name: number for number, name in enumerate(months)}
    rank = long["category"].map(lambda name: place.get(str(name).split(" ")[0], 0))
    return (
        long.assign(rank=rank)
        .sort_values(["indicator", "area", "year", "rank"], kind="stable", ignore_index=True)
        .drop(columns="rank")
    )
