"""How much more is withheld than need be: the partners we choose against every possible set, on small tables.

    python tests/full_search.py 200 12

draws 200 tables, leaves out those of more than 12 cells (the search takes minutes for some of 18), and prints how many tables lose no more than the best set of partners, and how much the others lose beyond it.
"""

import random
import sys
from collections.abc import Iterable
from itertools import combinations, product

import numpy as np
import pandas as pd

from bscbdata.disclosure.bounds import unsafe
from bscbdata.disclosure.cells import CountTable, System, build
from bscbdata.disclosure.choose import losses, suppress
from bscbdata.disclosure.rules import rules

SIZES = [(4,), (5,), (6,), (2, 2), (2, 3), (3, 3), (2, 4), (2, 2, 2)]


def drawn(seed: int) -> System:
    """A table of a random size in which some counts are small."""
    draw = random.Random(seed)
    size = draw.choice(SIZES)
    names = ["row", "column", "layer"][: len(size)]
    frame = pd.DataFrame(list(product(*map(range, size))), columns=names)
    counts = [draw.choice([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 20, 30, 60]) for _ in range(len(frame))]
    return build({"t": CountTable(frame.assign(n=pd.array(counts, "Int64")), "n", names)})


def loss(system: System, hidden: np.ndarray) -> float:
    """What a set of withheld cells costs by the rules, the small counts themselves left out."""
    small = system.values[hidden] <= rules().highest
    costs = losses(system, rules())[hidden]
    return float(costs.sum() - costs[small & (system.values[hidden] >= rules().lowest)].sum())


def best(system: System, at_most: float) -> float:
    """The lowest loss of any set of partners that keeps every cell safe, among those that cost no more than `at_most`."""
    values, costs = system.values, losses(system, rules())
    primary = (values >= rules().lowest) & (values <= rules().highest)
    others = sorted(np.flatnonzero(~primary), key=lambda cell: costs[cell])
    lowest = at_most
    for count in range(len(others) + 1):
        if costs[others[:count]].sum() > lowest:
            break
        for chosen in combinations(others, count):
            cost = costs[list(chosen)].sum()
            if cost < lowest - 1e-9:
                hidden = primary.copy()
                hidden[list(chosen)] = True
                if not unsafe(system, hidden, first=True):
                    lowest = cost
    return float(lowest)


def compared(seeds: Iterable[int]) -> pd.DataFrame:
    """Ours and the best for each table in which anything has to be withheld beside the small counts."""
    rows = []
    for seed in seeds:
        system = drawn(seed)
        ours = loss(system, suppress(system))
        if ours:
            rows.append((seed, len(system.cells), ours, best(system, ours)))
    return pd.DataFrame(rows, columns=["seed", "cells", "ours", "best"])


def main() -> None:
    count, cells = (int(told) for told in (*sys.argv[1:], "100", "12")[:2])
    found = compared(seed for seed in range(count) if len(drawn(seed).cells) <= cells)
    excess = found["ours"] / found["best"].where(found["best"] > 0, 1) - 1
    equal = (excess < 1e-9).sum()
    print(found[excess > 1e-9].to_string())
    print(f"{len(found)} tables with partners; {equal} lose no more than the best set")
    print(f"lost beyond the best: {found['ours'].sum() / found['best'].sum() - 1:.2%} in all")


if __name__ == "__main__":
    main()
