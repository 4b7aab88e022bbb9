"""What a reader learns who knows how partners are chosen, on small lists: the rule in force, and partners chosen blindly.

    python tests/knowing_reader.py 120

draws 120 lists of four to six counts. Where a small count has one partner, the reader tries every pair of numbers that has
the known sum, chooses partners for each as we do, and keeps those pairs of which the same two would be withheld. Blindly
means by a number made from the cell's name, whatever the counts are.
"""

import random
import sys
from hashlib import blake2b

import numpy as np
import pandas as pd

from bscbdata.disclosure import choose
from bscbdata.disclosure.cells import CountTable, DisclosureError, System, build
from bscbdata.disclosure.rules import Rules, rules

COUNTS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 20, 30, 60]


def blind_losses(system: System, rule: Rules) -> np.ndarray:
    """What each cell costs when neither its size nor whether it is zero may decide."""
    drawn = [
        int.from_bytes(blake2b(name.encode(), digest_size=4).digest()) / 2**32
        for name in system.cells["cell"]
    ]
    costs = rule.cost_of_cell + np.array(drawn) / 10
    costs[choose._totals(system)] = rule.cost_of_total
    return costs


def withheld(counts: list[int]) -> tuple[int, ...]:
    """The places of a list that are withheld, the total as the last; none when nothing can protect it."""
    frame = pd.DataFrame({"row": range(len(counts)), "n": pd.array(counts, "Int64")})
    try:
        return tuple(np.flatnonzero(choose.suppress(build({"t": CountTable(frame, "n", ["row"])}))))
    except DisclosureError:
        return ()


def still_possible(counts: list[int], hidden: tuple[int, int], small: int) -> set[int]:
    """The values of the small count with which the same two places would be withheld."""
    total, other = sum(counts[place] for place in hidden), next(place for place in hidden if place != small)
    found = set()
    for value in range(total + 1):
        tried = list(counts)
        tried[small], tried[other] = value, total - value
        if withheld(tried) == hidden:
            found.add(value)
    return found


def learned(lists: int) -> tuple[list[set[int]], float]:
    """What stays possible of each small count with one partner; the per cent of all that is counted lost to partners."""
    possible, lost, counted = [], 0, 0
    for seed in range(lists):
        draw = random.Random(seed)
        counts = [draw.choice(COUNTS) for _ in range(draw.choice([4, 5, 6]))]
        hidden = withheld(counts)
        listed = [place for place in hidden if place < len(counts)]
        small = [place for place in listed if rules().lowest <= counts[place] <= rules().highest]
        lost += sum(counts[place] for place in listed if place not in small)
        counted += sum(counts)
        if len(hidden) == len(listed) == 2 and len(small) == 1:
            possible.append(still_possible(counts, hidden, small[0]))
    return possible, 100 * lost / counted


def main() -> None:
    chosen = {"in force": choose.losses, "blindly": blind_losses}
    for name, losses in chosen.items():
        choose.losses = losses
        possible, lost = learned(int(sys.argv[1]))
        print(
            f"{name}: {len(possible)} small counts with one partner; of {sum(len(values) == 1 for values in possible)} "
            f"the value is known, of {sum(len(values) <= 3 for values in possible)} three or fewer are left, "
            f"{sum(max(values) <= rules().highest for values in possible)} are known to be the small one of the two; "
            f"{lost:.1f}% of what is counted is lost to partners"
        )


if __name__ == "__main__":
    main()
