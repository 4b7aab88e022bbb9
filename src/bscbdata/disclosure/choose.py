"""Which numbers are withheld besides the small ones: the cheapest set of partners that keeps every withheld cell safe.

For each cell that is still exposed, a whole-number program finds the cheapest partners with which two tables exist that
fit everything shown, far enough apart. Partners that turn out to be needless are shown again.
"""

import numpy as np
import scipy

from bscbdata.disclosure.bounds import unsafe
from bscbdata.disclosure.cells import DisclosureError, System
from bscbdata.disclosure.rules import Rules, rules
from bscbdata.disclosure.solver import in_whole_numbers


def suppress(system: System, rule: Rules | None = None) -> np.ndarray:
    """Which cells are withheld, by the house's rules unless others are to be tried.

    DisclosureError when what others published gives a cell away whatever is withheld.
    """
    rule = rule or rules()
    if not len(system.cells):
        return np.zeros(0, dtype=bool)
    costs = losses(system, rule)
    small = (system.values >= rule.lowest) & (system.values <= rule.highest)
    cells = system.cells
    primary = small | (cells["kind"] == "rest").to_numpy() | cells["held"].to_numpy(dtype=bool)
    primary &= ~cells["public"].to_numpy(dtype=bool)
    hidden = primary.copy()
    while exposed := unsafe(system, hidden, first=True, rule=rule):
        more = hidden | _partners(system, hidden, exposed[0], costs, rule)
        if (more == hidden).all():
            raise DisclosureError(
                f"{system.cells.at[exposed[0], 'cell']}: no number can be withheld that would protect it. "
                "Leave its row out, or count a larger group."
            )
        hidden = more
    return _without_needless(system, hidden, primary, costs, rule)


def losses(system: System, rule: Rules) -> np.ndarray:
    """What each cell costs to withhold: see [loss] in the rules."""
    values = np.nan_to_num(system.values)
    costs = rule.cost_of_cell + values / (1 + values.sum())
    costs[values == 0] = rule.cost_of_zero
    costs[_totals(system)] = rule.cost_of_total
    return costs


def _totals(system: System) -> np.ndarray:
    return system.cells["kind"].isin(["total", "implied"]).to_numpy()


def _partners(system: System, hidden: np.ndarray, cell: int, costs: np.ndarray, rule: Rules) -> np.ndarray:
    """The cheapest cells that, withheld too, make one cell safe; every cell of ours when there is no such set.

    Counts first, zeros where those will not do, totals last.
    """
    ours = ~system.cells["public"].to_numpy()
    counts = ours & ~_totals(system)
    for open_to in (counts & (system.values != 0), counts, ours):
        # two tables with fractions are found sooner, and nearly always do; where they add nothing, whole numbers must
        for whole in (False, True):
            found = in_whole_numbers(**_program(system, hidden, cell, costs, open_to | hidden, whole, rule))
            if found.x is None:
                break
            chosen = (found.x[: len(costs)] > 0.5) & ours
            if (chosen & ~hidden).any():
                return chosen
    return ours


def _program(
    system: System,
    hidden: np.ndarray,
    cell: int,
    costs: np.ndarray,
    open_to: np.ndarray,
    whole: bool,
    rule: Rules,
) -> dict:
    """The program: which cells to open, and two tables that differ from the true one in open cells only.

    Unknowns, in order: one switch per cell, then for each part how far the higher and the lower table lie from the
    true one.
    """
    cells, parts = system.parts.shape
    true = _true_parts(system)
    reach = 2.0 * (rule.highest + 1 + rule.width)
    lower = np.concatenate([hidden.astype(float), np.maximum(-true, -reach), np.maximum(-true, -reach)])
    upper = np.concatenate([open_to.astype(float), np.full(2 * parts, reach)])
    return {
        "c": np.concatenate([np.where(hidden, 0, costs), np.zeros(2 * parts)]),
        "constraints": _only_open(system, reach) + _linked(system) + [_far_apart(system, cell, rule)],
        "bounds": scipy.optimize.Bounds(lower, upper),
        "integrality": np.concatenate([np.ones(cells), np.full(2 * parts, int(whole))]),
    }


def _true_parts(system: System) -> np.ndarray:
    """The true value of every part. Each is a cell by itself: tables are protected before anything is withheld."""
    true = np.full(system.parts.shape[1], np.nan)
    single = system.parts.sum(axis=1) == 1
    true[system.parts[single].argmax(axis=1)] = system.values[single]
    if np.isnan(true).any():
        raise DisclosureError("A count is missing: partners can only be chosen while every count is known.")
    return true


def _only_open(system: System, reach: float) -> list["scipy.optimize.LinearConstraint"]:
    """A cell differs from its true value only where its switch is on."""
    cells, parts = system.parts.shape
    nothing = np.zeros((cells, parts))
    most = reach * np.eye(cells)
    limits = []
    for table in ([system.parts, nothing], [nothing, system.parts]):
        limits.append(scipy.optimize.LinearConstraint(np.hstack([-most, *table]), -np.inf, 0))
        limits.append(scipy.optimize.LinearConstraint(np.hstack([most, *table]), 0, np.inf))
    return limits


def _linked(system: System) -> list["scipy.optimize.LinearConstraint"]:
    """What links tell of the true table holds for both others: sums that are equal stay so."""
    sums = system.linked
    if not len(sums):
        return []
    true = sums @ _true_parts(system)
    least, most = np.minimum(system.least - true, 0), np.maximum(system.most - true, 0)
    least[system.least == system.most] = most[system.least == system.most] = 0
    switches, nothing = np.zeros((len(sums), len(system.parts))), np.zeros_like(sums)
    rows = np.vstack([np.hstack([switches, sums, nothing]), np.hstack([switches, nothing, sums])])
    return [scipy.optimize.LinearConstraint(rows, np.tile(least, 2), np.tile(most, 2))]


def _far_apart(system: System, cell: int, rule: Rules) -> "scipy.optimize.LinearConstraint":
    """The higher table takes the cell past the threshold, and lies far enough above the lower."""
    cells = len(system.parts)
    weights, nothing = system.parts[cell], np.zeros(system.parts.shape[1])
    higher = np.concatenate([np.zeros(cells), weights, nothing])
    apart = np.concatenate([np.zeros(cells), weights, -weights])
    least = max(rule.highest + 1 - system.values[cell], 0)
    return scipy.optimize.LinearConstraint(np.vstack([higher, apart]), [least, rule.width], np.inf)


def _without_needless(
    system: System, hidden: np.ndarray, primary: np.ndarray, costs: np.ndarray, rule: Rules
) -> np.ndarray:
    """The cells without the partners that later partners made needless, dearest first."""
    for cell in sorted(np.flatnonzero(hidden & ~primary), key=lambda c: -costs[c]):
        fewer = hidden.copy()
        fewer[cell] = False
        if not unsafe(system, fewer, first=True, rule=rule):
            hidden = fewer
    return hidden
