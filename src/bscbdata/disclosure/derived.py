"""Whether numbers were worked out of counts so that a small count can be found: running totals, changes, averages, ranks.

Whatever is worked out of a protected table is safe, since it knows no more than the table shows. What is worked out of
the counts themselves is not. So a column is held against the counts that stand behind its rows: as they are, summed up
from either end, one less the one before, averaged with their neighbours, in order. Twice the counts, a share of the whole
or an index number is the same column on another scale, and is found as that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import pandas as pd

from bscbdata.disclosure.rules import rules

EQUAL = 3  # so many numbers that are the same are no chance
ON_A_SCALE = 4  # nor so many on another scale
ROUNDED = 6  # nor so many that are rounded
NEIGHBOURS = (2, 3, 4, 5, 12)  # how many months, quarters or years are averaged
EXACT = 1e-9


@dataclass(frozen=True)
class Way:
    """One way to work numbers out of counts: its name, what it gives, and whether it tells a small one.

    `tells` takes the counts and which places show a number.
    """

    name: str
    work_out: Callable[[np.ndarray], np.ndarray]
    tells: Callable[[np.ndarray, np.ndarray], bool]


def ways_worked_out(column: np.ndarray, counts: np.ndarray) -> list[Way]:
    """The ways in which a column can be worked out of the counts of its rows; both in one order, NaN where none."""
    if is_level(column):
        return []
    made = _worked_out(np.asarray(counts, dtype=float).tobytes())
    return [way for way, each in zip(WAYS, made, strict=True) if _alike(column, each)]


@lru_cache(maxsize=1024)
def _worked_out(counts: bytes) -> list[np.ndarray]:
    """What each way gives of counts; many columns are held against the same."""
    return [way.work_out(np.frombuffer(counts)) for way in WAYS]


def small_count_told(column: np.ndarray, counts: np.ndarray) -> str:
    """As what the column tells a small count of those it was worked out of; empty where it tells none.

    >>> small_count_told(np.array([10.0, 13, 33, 64]), np.array([10.0, 3, 20, 31]))
    'a running total'
    """
    if not _small(counts).any():
        return ""
    if _alike(column, counts):  # no more can be found than what stands there
        return ITSELF if _tells_itself(counts, ~np.isnan(column)) else ""
    # a running total grows: its size tells in what order it was summed up; nothing else has its order by size
    by_size = np.argsort(column, kind="stable")
    for order, names in ((slice(None), [way.name for way in WAYS]), (by_size, RUNNING_TOTALS)):
        values, behind = column[order], counts[order]
        for way in ways_worked_out(values, behind):
            if way.name in names and way.tells(behind, ~np.isnan(values)):
                return way.name
    return ""


def _small(counts: np.ndarray) -> np.ndarray:
    return (counts >= rules().lowest) & (counts <= rules().highest)


# ---- whether two columns are one -------------------------------------------------------------------------------


def _alike(column: np.ndarray, made: np.ndarray) -> bool:
    """Whether one column is the other, on another scale or rounded."""
    both = np.isfinite(column) & np.isfinite(made)
    shown, made = column[both], made[both]
    if is_level(shown) or is_level(made):
        return False
    if (np.abs(shown - made) <= EXACT * (1 + np.abs(made))).all():
        return True
    return len(shown) >= ON_A_SCALE and len(np.unique(made)) > 2 and _on_a_scale(shown, made)


def is_level(values: np.ndarray) -> bool:
    """Whether there are too few numbers, or one only, so that they are like anything."""
    known = values[np.isfinite(values)]
    return len(known) < EQUAL or np.ptp(known) == 0


def _on_a_scale(shown: np.ndarray, made: np.ndarray) -> bool:
    low, high = made.argmin(), made.argmax()
    scale = (shown[high] - shown[low]) / (made[high] - made[low])
    off = np.abs(shown - shown[low] - scale * (made - made[low])).max()
    if off <= EXACT * np.abs(shown).max():
        return True
    # rounded, but not so far that another count would do as well
    return len(shown) >= ROUNDED and bool(off <= abs(scale) / 4 and off <= _rounding(shown))


def _rounding(shown: np.ndarray) -> float:
    """How far numbers may be off by the decimals that they have; nothing where they have many."""
    fits = (10.0**-d for d in range(4) if (np.abs(shown - shown.round(d)) <= EXACT).all())
    return next(fits, 0.0)


# ---- the ways --------------------------------------------------------------------------------------------------


def _tells_itself(counts: np.ndarray, shown: np.ndarray) -> bool:
    """A small count is shown, or what is not shown is together known to be small, or one number.

    A row that is not shown and whose count nobody knows here, as of joined groups, may be the partner of another.
    """
    hidden = counts[~shown]
    known = hidden[~np.isnan(hidden)]
    alone = len(hidden) == 1 or len(hidden) == len(known) and known.sum() <= rules().highest
    return bool(_small(counts[shown]).any() or _small(known).any() and alone)


def _tells_sums(counts: np.ndarray, shown: np.ndarray) -> bool:
    """What lies between two running totals that are shown is small; the first and the last total are known."""
    ends = np.flatnonzero(shown)
    between = np.split(np.nan_to_num(counts), ends + 1)
    return bool(_small(np.array([part.sum() for part in between])).any())


def _tells_among(neighbours: int, counts: np.ndarray, shown: np.ndarray, before: bool = True) -> bool:
    """A small count is one of the neighbours that a number shown is made of: the others may be known."""
    touched = _summed(_small(counts).astype(float), neighbours, before)
    return bool((touched[shown] > 0).any())


def _backwards(way: Callable, *more: np.ndarray) -> np.ndarray | bool:
    """The same from the other end."""
    found = way(*(values[::-1] for values in more))
    return found if isinstance(found, bool) else found[::-1]


def _running_total(counts: np.ndarray) -> np.ndarray:
    return np.nan_to_num(counts).cumsum()


def _running_average(counts: np.ndarray) -> np.ndarray:
    return _parted(np.nan_to_num(counts).cumsum(), (~np.isnan(counts)).cumsum())


def _change(counts: np.ndarray) -> np.ndarray:
    return counts - _one_before(counts)


def _growth(counts: np.ndarray) -> np.ndarray:
    return _parted(counts, _one_before(counts))


def _average(neighbours: int, counts: np.ndarray, before: bool = True) -> np.ndarray:
    """The mean of each with those before it, or with those on both sides; what is missing is left out."""
    known = _summed((~np.isnan(counts)).astype(float), neighbours, before)
    return _parted(_summed(np.nan_to_num(counts), neighbours, before), known)


def _summed(values: np.ndarray, neighbours: int, before: bool) -> np.ndarray:
    first = 0 if before else (neighbours - 1) // 2
    return np.convolve(values, np.ones(neighbours))[first : first + len(values)]


def _one_before(counts: np.ndarray) -> np.ndarray:
    return np.concatenate([[np.nan], counts[:-1]])


def _parted(parts: np.ndarray, wholes: np.ndarray) -> np.ndarray:
    return np.divide(parts, wholes, out=np.full(len(parts), np.nan), where=wholes != 0)


def _rank(method: str, counts: np.ndarray) -> np.ndarray:
    return pd.Series(counts).rank(method=method).to_numpy()


def _tells_shown(counts: np.ndarray, shown: np.ndarray) -> bool:
    return bool(_small(counts[shown]).any())


ITSELF = "the counts themselves, a share, a multiple or an index of them"
AVERAGE, RANK = "an average of neighbours", "a rank"
RUNNING_TOTALS = ("a running total", "a running total from the end")
WAYS = [
    Way(ITSELF, lambda counts: counts, _tells_itself),
    Way(RUNNING_TOTALS[0], _running_total, _tells_sums),
    Way(RUNNING_TOTALS[1], partial(_backwards, _running_total), partial(_backwards, _tells_sums)),
    Way("a running average", _running_average, _tells_sums),
    Way("the change from the one before", _change, partial(_tells_among, 2)),
    Way("the growth from the one before", _growth, partial(_tells_among, 2)),
    *(Way(AVERAGE, partial(_average, n), partial(_tells_among, n)) for n in NEIGHBOURS),
    *(
        Way(AVERAGE, partial(_average, n, before=False), partial(_tells_among, n, before=False))
        for n in NEIGHBOURS
    ),
    *(Way(RANK, partial(_rank, method), _tells_shown) for method in ("average", "min", "dense", "first")),
]
