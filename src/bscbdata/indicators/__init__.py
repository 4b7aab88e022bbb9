"""Indicators: the defined measures, each computed in one place and kept in one long table."""

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pandas as pd

from bscbdata.period import ReportYear
from bscbdata.tables import INDICATOR_COLUMNS

HERE = Path(__file__).parent


@cache
def definitions() -> dict[str, dict[str, str]]:
    """What each indicator is: title, numerator, denominator, unit, decimals, polarity, source and version, by id."""
    with (HERE / "definitions.csv").open(encoding="utf8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    doubled = {row["indicator"] for row in rows if [r["indicator"] for r in rows].count(row["indicator"]) > 1}
    if doubled:
        raise ValueError(f"indicators/definitions.csv defines twice: {', '.join(sorted(doubled))}.")
    return {row["indicator"]: row for row in rows}


def definition_line(names: Iterable[str]) -> str:
    """What these indicators count and whose definition it is, in one line for the foot of a figure; empty for none."""
    said = []
    for known in map(definitions().get, names):
        over = f", divided by {known['denominator']}" if known["denominator"] else ""
        said.append(f"{known['numerator']}{over} ({known['definition_source']})")
    return f"What is counted: {'; '.join(dict.fromkeys(said))}." if said else ""


def compute_all(tables: Mapping[str, pd.DataFrame], year: str, area: str = "") -> pd.DataFrame:
    """Every indicator that the tables allow, in one long table (columns: tables.INDICATOR_COLUMNS).

    What is counted from returns is of `area`, the project's own.
    """
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules([str(HERE)])]
    frames = [_of(area, module.compute(tables, year)) for module in modules if hasattr(module, "compute")]
    long = pd.concat(
        [frame[list(INDICATOR_COLUMNS)].astype(INDICATOR_COLUMNS) for frame in frames], ignore_index=True
    )
    undefined = sorted(set(long["indicator"]) - set(definitions()))
    if undefined:
        raise ValueError(f"Not in indicators/definitions.csv: {', '.join(undefined)}.")
    return in_order(long)


def _of(area: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with what is counted from returns under the name of the area whose returns they are."""
    from bscbdata.indicators.returns import AREA

    counted = frame["area"].eq(AREA) & frame["provenance"].ne("official")
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
