"""Whole numbers that keep their totals, and lists whose labels come in exact numbers but in random order."""

from collections.abc import Mapping

import numpy as np


def apportion(total: int, weights: np.ndarray) -> np.ndarray:
    """Whole numbers that sum to the total in proportion to the weights (largest remainder)."""
    weights = np.asarray(weights, dtype=float)
    if total <= 0 or weights.sum() <= 0:
        return np.zeros(len(weights), dtype=np.int64)
    exact = weights / weights.sum() * total
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: total - whole.sum()]] += 1
    return whole


def apportion_within(total: int, weights: np.ndarray, room: np.ndarray) -> np.ndarray:
    """As `apportion`, but no number larger than its room; what does not fit goes where there is room."""
    given = np.minimum(apportion(total, weights), room)
    left = min(total, room.sum()) - given.sum()
    while left > 0:
        free = room - given
        given = given + np.minimum(apportion(left, free), free)
        left = min(total, room.sum()) - given.sum()
    return given


def uneven(random: np.random.Generator, weights: np.ndarray, spread: float = 0.03) -> np.ndarray:
    """The weights, each moved a little, as months differ. A weight of nothing stays nothing."""
    return np.asarray(weights, dtype=float) * random.normal(1, spread, len(weights)).clip(0.8, 1.2)


def cross(random: np.random.Generator, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """A random table of counts whose rows and columns have exactly these sums."""
    left = np.array(columns, dtype=np.int64)
    table = np.zeros((len(rows), len(left)), dtype=np.int64)
    for number, size in enumerate(rows):
        table[number] = random.multivariate_hypergeometric(left, int(size), method="marginals")
        left = left - table[number]
    return table


def labels(random: np.random.Generator, counts: Mapping[object, int]) -> np.ndarray:
    """Each label as often as its count says, in random order."""
    return random.permutation(np.repeat(np.array(list(counts), dtype=object), list(counts.values())))


def share_out(total: int, weights: Mapping[str, float]) -> dict[str, int]:
    """How often each label stands among `total`, by its weight."""
    return dict(zip(weights, apportion(total, np.array(list(weights.values()))).tolist(), strict=True))
