"""Whether a published rate follows from its own count: a number per 10,000 children that its count cannot give.

The population of a first edition is seldom here. A count and its rate, as each was rounded, tell what population they allow;
so the rates of one area, year and edition are held against each other, and against a population that is here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

GROUP = ["area", "year", "vintage"]
ON = [*GROUP, "category", "period"]
SCALES = {"_per_10000": 10_000, "_pct": 100}


@dataclass(frozen=True)
class Off:
    """A published rate that does not follow: its row and that of its count, what was printed, what the count gives."""

    label: str
    printed: str
    expected: str
    rows: tuple[str, ...]


def beside_counts(frame: pd.DataFrame, count: str, rate: str) -> pd.DataFrame:
    """Each published rate with its own count of the same area, period and edition, and the populations that they allow.

    `count` and `rate` name the indicators; a `*` in both stands for the same words. Columns: those of the official table,
    and number, number_row, scale, places (decimals), low, high.
    """
    before, _, after = rate.partition("*")
    rates = frame[frame["indicator"].str.startswith(before) & frame["indicator"].str.endswith(after)]
    rates = rates.assign(counted=[_middle(name, rate, count) for name in rates["indicator"]])
    counts = frame[[*ON, "indicator", "value", "row_id"]].set_axis(
        [*ON, "counted", "number", "number_row"], axis=1
    )
    both = rates.merge(counts, on=[*ON, "counted"]).dropna(subset=["value", "number"])
    scale = next(number for ending, number in SCALES.items() if rate.endswith(ending))
    slack = 0.5 / 10.0 ** _places(both)
    off = _rounded_by(both)
    low = scale * (both["number"] - off) / (both["value"] + slack)
    high = scale * (both["number"] + off) / (both["value"] - slack).where(both["value"] > slack)
    return both.assign(scale=scale, places=_places(both), low=low, high=high.fillna(float("inf")))


def _middle(name: str, pattern: str, wanted: str) -> str:
    before, _, after = pattern.partition("*")
    return wanted.replace("*", name.removeprefix(before).removesuffix(after))


def _places(both: pd.DataFrame) -> pd.Series:
    """Decimals of each rate: one, or none where every rate of its area and edition in that year is whole."""
    whole = (both["value"] % 1 == 0).groupby([both[name] for name in GROUP]).transform("all")
    return (~whole).astype(int)


def _rounded_by(both: pd.DataFrame) -> pd.Series:
    """How far each count may be from what was counted: those of nations and regions are rounded to tens or hundreds, and
    once all were to fives. What is not a multiple of five in one area and edition shows that none of it is rounded."""
    fives = (both["number"] % 5 == 0).groupby([both["area"], both["vintage"]]).transform("all")
    tens, hundreds = both["number"] % 10 == 0, both["number"] % 100 == 0
    step = pd.Series(5.0, index=both.index).mask(tens, 10).mask(hundreds & (both["number"] >= 1_000), 100)
    return (step / 2).where(fives, 0.0)


def off(both: pd.DataFrame, bases: pd.DataFrame, on: list[str], within_pct: float) -> Iterator[Off]:
    """The rates of `beside_counts` that fit neither what they are a rate of (rows of `bases`, joined by the columns `on`,
    which may be another edition by `within_pct`) nor most others of their area, year and edition."""
    known = bases[[*on, "value", "row_id"]].set_axis([*on, "base", "base_row"], axis=1).drop_duplicates(on)
    joined = both.merge(known, on=on, how="left")
    slack = joined["base"] * within_pct / 100
    far = (joined["low"] > joined["base"] + slack) | (joined["high"] < joined["base"] - slack)
    for row in joined[far | _alone(joined)].itertuples():
        same = (joined[GROUP] == [row.area, row.year, row.vintage]).all(axis=1)
        yield _off(row, joined[same].drop(row.Index))


def _alone(joined: pd.DataFrame) -> pd.Series:
    """Whether a rate allows no population that more than half of the others of its group allow."""
    spans = joined[[*GROUP, "low", "high"]].reset_index()
    pairs = spans.merge(spans, on=GROUP, suffixes=("", "_other"))
    apart = (pairs["low"] > pairs["high_other"]) | (pairs["high"] < pairs["low_other"])
    others = pairs["index"].value_counts() - 1
    return apart.groupby(pairs["index"]).sum().gt(others / 2).reindex(joined.index)


def _off(row, others: pd.DataFrame) -> Off:
    """With what its count gives: over the population that the others allow, or over the one that is here."""
    implied = ((others["low"] + others["high"]) / 2).median()
    base = implied if pd.isna(row.base) or len(others) > 1 else row.base
    expected = f"{row.scale * row.number / base:,.{row.places}f}"
    label = f"{row.area}, {row.period}, {row.indicator}, {row.vintage}"
    rows = tuple(name for name in (row.number_row, row.base_row) if pd.notna(name))
    return Off(label, f"{row.value:,.{row.places}f}", expected, (row.row_id, *rows))
