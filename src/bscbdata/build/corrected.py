"""What a correction itself tells: whoever lays an edition beside the corrected one sees by how much each number moved.

One client more of one age, one sex and one status is one client with all three, and no number can be withheld any more that
would hide it. So it is said before the corrected edition is final. docs/disclosure.md says it in plain words.
"""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from bscbdata.build.other_years import OtherYear, both_show
from bscbdata.build.told import Sums
from bscbdata.disclosure import CountTable, is_small
from bscbdata.findings import Finding, warning

CHECK, ACCEPTED = "correction", "accepted correction"  # a final edition stops on the first: see final.py
ADVICE = (
    "Gather corrections until each number that moves does so by more, or leave it as it was. If it has to be told "
    'now, write into year.toml, under [corrected]: "{}" = "why".'
)


def moved_by_few(ours: OtherYear, others: Sequence[OtherYear], accepted: Mapping[str, str]) -> list[Finding]:
    """A warning for each figure, and each fact of a sentence, of which a number moved by one to five since a final edition
    of its year was published.

    `accepted` has the reason by the edition's own name, as `[corrected]` in year.toml gives it.
    """
    finals = [other for other in others if other.final and other.year == ours.year]
    return [
        _told(figure, other.final, accepted.get(other.final, ""))
        for other in finals
        for figure in (*_moved(ours.tables, other), *_moved_facts(ours.sums, other.sums))
    ]


def _moved(tables: Mapping[str, CountTable], other: OtherYear) -> Iterator[str]:
    """The figures that both editions have of which a number that both show moved by a few; numbers of others are public."""
    for figure, table in tables.items():
        then = other.tables.get(f"{other.name} {figure}")
        if then is not None and not table.public and _by_few(table, then).any():
            yield figure


def _by_few(now: CountTable, then: CountTable) -> pd.Series:
    cells, _ = both_show(now, then)
    return is_small((cells["_now"] - cells["_then"]).abs()) if len(cells) else pd.Series(dtype=bool)


def _moved_facts(now: Sums, then: Sums) -> Iterator[str]:
    """The facts that both editions tell of which a count moved by a few."""
    before = _counts(then)
    for (table, fact), counts in _counts(now).items():
        moved = [abs(a - b) for a, b in zip(counts, before.get((table, fact), ()), strict=False)]
        if is_small(pd.Series(moved, dtype=float)).any():
            yield f"fact {fact}"


def _counts(sums: Sums) -> dict[tuple[str, str], list[float]]:
    """By table and fact what it counts, and what it is a share of."""
    found: dict[tuple[str, str], list[float]] = {}
    for (table, _), told in sums.items():
        for one in told:
            found.setdefault((table, one.fact), []).append(one.count)
    return found


def _told(figure: str, final: str, why: str) -> Finding:
    said = (
        f"Numbers of it moved by one to five since the final edition {final} was published. Whoever has both sees what these "
        "few have in common."
    )
    if why:
        return warning(ACCEPTED, f"{said} It is told all the same: {why}", file=figure)
    return warning(CHECK, said, file=figure, advice=ADVICE.format(final))
