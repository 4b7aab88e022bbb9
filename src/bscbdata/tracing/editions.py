"""What other editions of the same statistics say of a number: the value it replaced, and the value that replaced it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

SAME = ["indicator", "category", "area", "period", "unit"]  # what two editions of one number have in common
COLUMNS = [*SAME, "value", "vintage", "source", "row_id"]
FIRST = "first published"


@dataclass(frozen=True)
class Stated:
    """A number as one edition states it; `source` is the code of the publication."""

    value: float
    vintage: str
    source: str

    @property
    def year(self) -> int | None:
        """The year of the edition, to tell earlier from later; None where its name has none."""
        if self.vintage == FIRST:
            return 0
        found = re.search(r"\b(?:19|20)\d\d\b", self.vintage)
        return int(found[0]) if found else None


Editions = Mapping[str, tuple[Stated, list[Stated]]]


def editions_of(frame: pd.DataFrame) -> Editions:
    """Each row of an official table that other editions state too, by its id: the row and those others."""
    if not set(COLUMNS) <= set(frame.columns):
        return {}
    known = frame.dropna(subset=["value"])
    known = known[known.duplicated(SAME, keep=False)]
    several: dict[tuple, dict[str, Stated]] = {}
    for *same, value, vintage, source, row in known[COLUMNS].itertuples(index=False, name=None):
        several.setdefault(tuple(same), {})[row] = Stated(float(value), str(vintage), str(source))
    return {
        row: (one, [other for other in group.values() if other is not one])
        for group in several.values()
        for row, one in group.items()
    }


def in_words(
    own: Stated, others: list[Stated], write: Callable[[float], str], title: Callable[[str], str]
) -> Iterator[str]:
    """What other editions say, where it is not what this one says: `It replaces 443, first published (…).`"""
    for other in others:
        if write(other.value) == write(own.value):
            continue
        told = f"{write(other.value)}, {other.vintage} ({title(other.source)})"
        if own.year is None or other.year is None or own.year == other.year:
            yield f"Another publication has {told}."
        else:
            yield f"It replaces {told}." if other.year < own.year else f"Restated later: {told}."
