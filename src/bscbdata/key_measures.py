"""The measures a Board asks about first, side by side: last year, this year, and others in this year.

Which they are, and their short names, stands in `definitions/key_measures.csv`. Years that a change of definition parts
are not set beside each other.
"""

from functools import cache
from pathlib import Path

import pandas as pd

from bscbdata import breaks, numbers
from bscbdata.indicators import definitions
from bscbdata.lists import read_list
from bscbdata.places import Edition

CHOSEN = Path(__file__).parent / "definitions" / "key_measures.csv"
DECIMALS = 1  # as the tables print


@cache
def chosen(unit: str) -> dict[str, str]:
    """The key measures of a unit (`percent`, `per 10,000`), by indicator, with their short names."""
    rows = {row["indicator"]: row["name"] for row in read_list(CHOSEN)}
    return {name: short for name, short in rows.items() if definitions()[name]["unit"] == unit}


def side_by_side(indicators: pd.DataFrame, edition: Edition, unit: str) -> pd.DataFrame:
    """A row for each key measure of a unit that has a value this year.

    Columns: Measure; the area last year and this year, named by the year; Change in words; then each area it is
    compared with this year, if there is any value of it. What is not published, or not comparable over the two years, is
    missing. `_indicator`, which no edition shows, leads each number to its row.
    """
    rows = [
        _row(indicators[indicators["indicator"] == name], edition, short, name)
        for name, short in chosen(unit).items()
    ]
    others = [
        area for area in edition.comparison_areas[1:] if any(row and row[area] is not None for row in rows)
    ]
    numbers_of = [edition.year.previous.label, edition.year.label, *others]
    columns = ["Measure", *numbers_of[:2], "Change", *others, "_indicator"]
    return pd.DataFrame(filter(None, rows), columns=columns).astype(dict.fromkeys(numbers_of, "Float64"))


def _row(rows: pd.DataFrame, edition: Edition, name: str, indicator: str) -> dict[str, object]:
    last, this = edition.year.previous.label, edition.year.label
    now = _value(rows, edition.area, this)
    if now is None:
        return {}
    before = _value(rows, edition.area, last) if _same_measure(rows, edition) else None
    change = None if before is None else numbers.direction(before, now, DECIMALS)
    others = {area: _value(rows, area, this) for area in edition.comparison_areas[1:]}
    return {"Measure": name, last: before, this: now, "Change": change, **others, "_indicator": indicator}


def _value(rows: pd.DataFrame, area: str, year: str) -> float | None:
    found = rows[(rows["area"] == area) & (rows["year"] == year) & (rows["category"] == "All")][
        "value"
    ].dropna()
    return float(found.iloc[0]) if len(found) == 1 else None


def _same_measure(rows: pd.DataFrame, edition: Edition) -> bool:
    """Whether no change of definition lies between last year and this year; that a council became another is none."""
    years = (edition.year.previous.label, edition.year.label)
    known = rows[(rows["area"] == edition.area) & rows["year"].isin(years)]
    crossed = breaks.line_breaks(rows["indicator"].iloc[0], known) if len(known) == 2 else []
    return all(name == breaks.EDITION or breaks.declared()[name].area for name in crossed)


def editions_note(indicators: pd.DataFrame, edition: Edition) -> str:
    """The areas whose values are of another edition of the statistics than the area's own, and those without any, in words."""
    shown = indicators[indicators["value"].notna() & (indicators["year"] == edition.year.label)]
    own = shown[shown["area"] == edition.area].groupby("indicator")["vintage"].first()
    others = shown[shown["area"].isin(edition.comparison_areas[1:])]
    beside = others[others["indicator"].isin(own.index)]  # the table has no row of the others
    apart = beside[beside["vintage"].astype("str") != beside["indicator"].map(own).astype("str")]
    pairs = apart[["area", "vintage"]].drop_duplicates().itertuples(index=False)
    told = ", ".join(f"{area} ({vintage})" for area, vintage in pairs)
    lacking = [area for area in edition.comparison_areas[1:] if len(own) and area not in set(others["area"])]
    said = [f"From a different edition of the statistics: {told}."] if told else []
    said += [f"No figures of {', '.join(lacking)} are here to set beside these."] if lacking else []
    return " ".join(said)
