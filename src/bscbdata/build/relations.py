"""Figures that seem to count the same children, and that no `[[related]]` of the rules ties together.

The proof knows a relation only where it is declared. Two published tables made from one processed table, or with the same
total, are likely to count the same; where one of them withholds something, the build says so and gives the rows to add.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations

import pandas as pd

from bscbdata import disclosure, facts
from bscbdata.disclosure import CountTable
from bscbdata.findings import Finding, warning

CHECK = "relation"
COLUMNS = ["one", "other", "because", "declared", "withholds"]
PERIODS = {"month", "quarter", "year", "period"}  # the sum of one month is another's by chance
TELLING = 20  # a smaller total may be another's by chance


def pairs(tables: Mapping[str, CountTable], sources: Mapping[str, list[str]]) -> pd.DataFrame:
    """Every two published tables that seem to count the same. Columns: COLUMNS; `withholds` if either does."""
    known = list(_declared())
    totals = {name: _totals(table) for name, table in tables.items() if not table.public}
    rows = []
    for one, other in combinations(tables, 2):
        because = "; ".join(_alike(one, other, totals, sources))
        figures = {one.partition(", ")[0], other.partition(", ")[0]}
        if because and len(figures) == 2:
            declared = any(figures <= named for named in known)
            rows.append((one, other, because, declared, _withholds(tables[one]) or _withholds(tables[other])))
    return pd.DataFrame(rows, columns=COLUMNS)


def undeclared(tables: Mapping[str, CountTable], sources: Mapping[str, list[str]]) -> list[Finding]:
    """A warning for each two that nobody has declared and of which one withholds something, with the rows to add."""
    found = pairs(tables, sources)
    open_ = found[~found["declared"].astype(bool) & found["withholds"].astype(bool)]
    return [_told(row) for row in open_.itertuples()]


def _told(row) -> Finding:
    names = [name.partition(", ")[0] for name in (row.one, row.other)]
    sums = ", ".join(f'{{ figure = "{name}" }}' for name in names)
    advice = (
        'Add to definitions/disclosure.toml, with what the sums have in common: [[related]] title = "…" same = [] '
        f'sums = [{sums}]. If they count different children: [[unrelated]] figures = {names} why = "…".'
    ).replace("'", '"')
    message = f"Two figures may count the same children, and the proof is not told so: {row.because}."
    return warning(CHECK, message, file=", ".join(names), advice=advice)


def _declared() -> Iterator[set[str]]:
    """The figures that one relation names, or that are said to have none."""
    for related in disclosure.rules().related:
        yield {part["figure"] for part in related["sums"] if "figure" in part}
    for apart in disclosure.rules().unrelated:
        yield set(apart["figures"])


def _alike(
    one: str, other: str, totals: Mapping[str, set[float]], sources: Mapping[str, list[str]]
) -> Iterator[str]:
    """Why two tables seem to count the same. Those without totals here are public: of them nothing can be worked out."""
    if one not in totals or other not in totals:
        return
    shared = [name for name in sources[one] if name in sources[other] and facts.counts_children(name)]
    if shared:
        yield f"both are made from {', '.join(shared)}"
    equal = totals[one] & totals[other]
    if equal:
        yield f"both come to {max(equal):,.0f}"


def _totals(table: CountTable) -> set[float]:
    """The totals that readers can make of a table: of all its rows, and of each breakdown where it has several."""
    counts, first = table.frame[table.count].astype("Float64"), table.frame[table.by[0]].astype("str")
    plain = ~table.frame[list(table.by)].astype("str").isin(disclosure.rules().words_for_totals).any(axis=1)
    sums = [counts[plain].sum(skipna=False)]
    if len(table.by) > 1 and table.by[0] not in PERIODS:
        sums += list(counts[plain].groupby(first[plain]).apply(lambda part: part.sum(skipna=False)))
    return {float(total) for total in sums if pd.notna(total) and total >= TELLING}


def _withholds(table: CountTable) -> bool:
    return bool(
        (table.frame[table.count].isna() & (table.frame["status"].astype("str") == "confidential")).any()
    )
