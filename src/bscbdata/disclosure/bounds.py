"""What a reader can work out: the lowest and the highest value that each withheld cell can have.

Every published number is an equation, every part a whole number of at least zero. Two linear programs per cell give the
bounds; where one does not end in whole numbers, a whole-number program gives the exact bound.
"""

from dataclasses import dataclass

import numpy as np
import scipy  # its optimizer is read when it is first asked: most builds have proved the same before

from bscbdata.disclosure.cells import DisclosureError, System
from bscbdata.disclosure.rules import Rules, rules
from bscbdata.disclosure.solver import in_whole_numbers

TOLERANCE = 1e-6


@dataclass
class Reader:
    """A reader who has everything that is shown, and adds and subtracts without error."""

    system: System
    hidden: np.ndarray

    def __post_init__(self) -> None:
        system = self.system
        shown = ~self.hidden & ~np.isnan(system.values)
        rows = system.parts[shown]
        single = rows.sum(axis=1) == 1
        known = np.concatenate([system.values[shown], system.least, system.most])
        self.cap = 10 * np.abs(known[np.isfinite(known)]).sum() + 1000
        self.low = np.zeros(system.parts.shape[1])
        self.high = np.full(len(self.low), self.cap)
        if single.any():
            at = rows[single].argmax(axis=1)
            self.low[at] = self.high[at] = system.values[shown][single]
        self.sums = np.vstack([rows[~single], system.linked])
        self.least = np.concatenate([system.values[shown][~single], system.least])
        self.most = np.concatenate([system.values[shown][~single], system.most])
        self.sources = [*np.flatnonzero(shown)[~single], *(-1 - k for k in range(len(system.linked)))]

    def parts_at(self, cell: int, sign: int) -> np.ndarray:
        """A table of whole numbers that fits everything shown, with the cell as low (sign 1) or as high (-1) as can be."""
        objective = sign * self.system.parts[cell]
        found = scipy.optimize.linprog(
            objective, **self._told(), bounds=np.column_stack([self.low, self.high])
        )
        if found.x is not None and _whole(found.x):
            return np.round(found.x)
        return self._whole_parts_at(objective)

    def _told(self) -> dict:
        """What is told, as the linear program takes it: equations, and sums that are only bounded."""
        same = self.least == self.most
        above, below = ~same & np.isfinite(self.most), ~same & np.isfinite(self.least)
        told: dict = {}
        if same.any():
            told |= {"A_eq": self.sums[same], "b_eq": self.least[same]}
        if above.any() or below.any():
            told["A_ub"] = np.vstack([self.sums[above], -self.sums[below]])
            told["b_ub"] = np.concatenate([self.most[above], -self.least[below]])
        return told

    def _whole_parts_at(self, objective: np.ndarray) -> np.ndarray:
        limits = [scipy.optimize.LinearConstraint(self.sums, self.least, self.most)] if len(self.sums) else []
        found = in_whole_numbers(
            objective,
            constraints=limits,
            bounds=scipy.optimize.Bounds(self.low, self.high),
            integrality=np.ones(len(objective)),
        )
        if found.x is None:
            raise DisclosureError("The published numbers contradict each other: no table fits them all.")
        return np.round(found.x)

    def bounds(self, cell: int) -> tuple[float, float]:
        """The lowest and the highest whole number that the cell can be; infinity when nothing limits it."""
        weights = self.system.parts[cell]
        lowest, highest = (float(weights @ self.parts_at(cell, sign)) for sign in (1, -1))
        return lowest, highest if highest < self.cap else np.inf

    def given_away_by(self, cell: int) -> list[int]:
        """What holds the cell where it is: cells of the system; links as -1, -2, …"""
        same = self.least == self.most
        told = [np.flatnonzero(same), np.flatnonzero(~same & np.isfinite(self.most))]
        told.append(np.flatnonzero(~same & np.isfinite(self.least)))
        used: set[int] = set()
        for sign in (1, -1):
            found = scipy.optimize.linprog(
                sign * self.system.parts[cell], **self._told(), bounds=np.column_stack([self.low, self.high])
            )
            if found.x is not None:
                weights = np.concatenate([found.eqlin.marginals, found.ineqlin.marginals])
                used |= set(np.concatenate(told)[np.abs(weights) > TOLERANCE])
        return [int(self.sources[at]) for at in sorted(used)]


def _whole(values: np.ndarray) -> bool:
    return bool(np.abs(values - np.round(values)).max(initial=0) < TOLERANCE)


def is_safe(lowest: float, highest: float, rule: Rules | None = None) -> bool:
    """Whether an interval is wide enough. One that reaches past the threshold also keeps every sum above it:
    cells that are known to sum to five can none of them be six."""
    rule = rule or rules()
    return highest > rule.highest and highest - lowest >= rule.width


def unsafe(system: System, hidden: np.ndarray, first: bool = False, rule: Rules | None = None) -> list[int]:
    """The withheld cells of which too much can be worked out, smallest first. Public cells are not ours to guard."""
    reader = Reader(system, hidden)
    seen = _Seen(system, rule or rules())
    found = []
    for cell in _guarded(system, hidden):
        for sign in (-1, 1):
            if not seen.enough(cell):
                seen.add(reader.parts_at(cell, sign))
        if not seen.enough(cell):
            found.append(cell)
            if first:
                break
    return found


def _guarded(system: System, hidden: np.ndarray) -> list[int]:
    ours = hidden & ~system.cells["public"].to_numpy()
    return sorted(np.flatnonzero(ours), key=lambda cell: (_known(system.values[cell]), cell))


def _known(value: float) -> float:
    return np.inf if np.isnan(value) else value


class _Seen:
    """The lowest and highest value of every cell in the tables found so far that fit what is shown."""

    def __init__(self, system: System, rule: Rules):
        self.system, self.rule = system, rule
        self.low = np.full(len(system.cells), np.inf)
        self.high = np.full(len(system.cells), -np.inf)

    def add(self, parts: np.ndarray) -> None:
        values = self.system.parts @ parts
        self.low, self.high = np.minimum(self.low, values), np.maximum(self.high, values)

    def enough(self, cell: int) -> bool:
        return bool(np.isfinite(self.low[cell])) and is_safe(self.low[cell], self.high[cell], self.rule)
