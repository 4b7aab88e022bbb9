"""Tables of counts as a reader's equations: which cells there are, and what each is the sum of.

The smallest parts that tables are made of are the unknowns. Every cell, total and nested total is a sum of them, and a
cell that stands in two tables is a link: two sums that are equal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pandas as pd

from bscbdata.disclosure.rules import rules


class DisclosureError(ValueError):
    """A count that must not be shown, or could be worked out, was about to leave."""


@dataclass(frozen=True)
class CountTable:
    """A table that counts: one row per cell, the column of its counts, and the columns that say which cell it is.

    `nested` names totals of some rows: {"age": {"Under 1 year": ["0-27 days", "28-364 days"]}}. `within` are columns
    by which sums are known as well, such as the quarter of a month. `public` marks what others published; of single rows
    `known` marks those that readers know from elsewhere, `held` those that stay withheld whatever they count. `anew` names
    cells that were counted anew since an earlier report showed them.
    """

    frame: pd.DataFrame
    count: str
    by: Sequence[str]
    nested: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    within: Sequence[str] = ()
    public: bool = False
    known: Sequence[bool] = ()
    held: Sequence[bool] = ()
    anew: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True)
class Part:
    """Some rows of a table, to be summed: those that meet every condition."""

    table: str
    only: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Link:
    """Two sums that are equal, or one sum that readers know: `right` is a Part or a number.

    With `least` and `most` the left is known to lie that far above the right: a rounded share tells as much of its
    count, and "most were in March" says that March is at least every other month.
    """

    left: Part
    right: Part | float
    why: str = ""
    least: float = 0
    most: float = 0


@dataclass(frozen=True)
class System:
    """Cells and their parts. `cells` has the columns table, row, cell, value, kind (cell, total, implied), public, held.

    Each row of `linked` is a link: its sum of parts lies between `least` and `most`.
    """

    cells: pd.DataFrame
    parts: np.ndarray
    linked: np.ndarray
    least: np.ndarray
    most: np.ndarray
    why: tuple[str, ...] = ()

    @property
    def values(self) -> np.ndarray:
        return self.cells["value"].to_numpy(dtype=float, na_value=np.nan)


def build(tables: Mapping[str, CountTable], links: Sequence[Link] = (), implied: bool = True) -> System:
    """The cells of all tables with their parts.

    With `implied`, the reader is taken to know the total of every line of a table though it is not printed; without,
    only what is printed. DisclosureError when a total is less than its parts.
    """
    laid: list[tuple[str, list[tuple], int]] = []
    for name, table in tables.items():
        laid.append((name, *_lay(table, implied)))
    starts = np.cumsum([0, *(count for _, _, count in laid)])
    parts = np.zeros((sum(len(cells) for _, cells, _ in laid), starts[-1]))
    rows = []
    for (name, cells, _), start in zip(laid, starts[:-1], strict=True):
        for row, label, value, kind, covers in cells:
            parts[len(rows), [start + part for part in covers]] = 1
            public = tables[name].public or _is_marked(tables[name].known, row)
            held = _is_marked(tables[name].held, row)
            rows.append((name, row, f"{name}: {label}", value, kind, public, held))
    columns = ["table", "row", "cell", "value", "kind", "public", "held"]
    frame = pd.DataFrame(rows, columns=columns).astype({"value": "Float64"})
    return System(frame, parts, *_linked(tables, frame, parts, links))


def _is_marked(marks: Sequence[bool], row: int | None) -> bool:
    return row is not None and len(marks) > 0 and bool(marks[row])


def _lay(table: CountTable, implied: bool) -> tuple[list[tuple], int]:
    """The cells of one table, each with the numbers of the parts it covers, and how many parts there are."""
    frame = table.frame.reset_index(drop=True)
    keys = frame[list(table.by)].astype("object").map(str)
    sums = _sums(table, keys)
    # before anything is withheld a missing number was withheld by the sender: it is no cell of ours to choose from
    counted = frame[table.count].notna() if implied else _counted(table, frame)
    inner = [position for position in frame.index[counted] if position not in sums]
    part_of = {position: number for number, position in enumerate(inner)}
    values = frame[table.count]
    cells = [
        (position, _label(keys, position), values[position], "cell", (part_of[position],))
        for position in inner
    ]
    size = len(inner)
    for position, covered in sums.items():
        if not counted[position]:
            continue
        rest = _rest(values, position, covered, implied)
        covers = tuple(part_of[row] for row in covered if row in part_of) + ((size,) if rest else ())
        cells.append((position, _label(keys, position), values[position], "total", covers))
        if rest:
            cells.append((None, f"{_label(keys, position)}, not listed", rest, "rest", (size,)))
        size += bool(rest)
    if implied:
        # a printed total that counts more than its rows takes the place of the total of the rows
        known = {frozenset(part for part in cell[4] if part < len(inner)) for cell in cells}
        cells += _implied(table, frame, keys, inner, part_of, known)
    return cells, size


def _counted(table: CountTable, frame: pd.DataFrame) -> pd.Series:
    """Which rows have a count, or had one that is withheld. A number that was never there is no cell."""
    there = frame[table.count].notna()
    return there | (frame["status"].astype("str") == "confidential") if "status" in frame else there


def _label(keys: pd.DataFrame, position: int) -> str:
    return ", ".join(f"{column} {keys.at[position, column]}" for column in keys)


def _sums(table: CountTable, keys: pd.DataFrame) -> dict[int, list[int]]:
    """Rows that are totals, each with the rows it is the sum of."""
    made_of = {column: _made_of(table, keys, column) for column in keys}
    plain = [p for p in keys.index if not any(keys.at[p, c] in made_of[c] for c in keys)]
    found = {}
    for position in keys.index.difference(plain):
        wanted = {c: made_of[c].get(keys.at[position, c], {keys.at[position, c]}) for c in keys}
        covered = [p for p in plain if all(keys.at[p, c] in wanted[c] for c in keys)]
        if covered and not _less_than_parts(table, position, covered):
            found[position] = covered
    return found


def _made_of(table: CountTable, keys: pd.DataFrame, column: str) -> dict[str, set[str]]:
    """The labels of a column that stand for several others, with those others."""
    nested = {label: {str(part) for part in parts} for label, parts in table.nested.get(column, {}).items()}
    labels = set(keys[column])
    words = [word for word in rules().words_for_totals if word in labels and word not in nested]
    simple = labels - set(words) - set(nested)
    return nested | {word: simple for word in words if simple}


def _less_than_parts(table: CountTable, position: int, covered: list[int]) -> bool:
    """Whether a row called a total is no total of the rows beside it: All of one breakdown next to another."""
    values = table.frame[table.count].reset_index(drop=True)
    total = values[position]
    if pd.isna(total) or total >= values[covered].sum():
        return False
    if table.nested:
        raise DisclosureError(f"Row {position} of the table is {total}, less than its parts together.")
    return True


def _rest(values: pd.Series, position: int, covered: list[int], implied: bool) -> float | None:
    """What a total counts beyond the rows that have a number; None when they are the whole, or it cannot be known."""
    if pd.isna(values[position]) or not implied and values[covered].isna().any():
        return None
    return float(values[position] - values[covered].sum()) or None


def _implied(table, frame, keys, inner, part_of, known) -> list[tuple]:
    """The totals that are not printed but that a reader may know: of every line, table and group in `within`."""
    dimensions = [list(columns) for size in range(len(table.by)) for columns in combinations(table.by, size)]
    dimensions += [[column] for column in table.within]
    found = []
    for columns in dimensions:
        rows = frame.loc[inner]
        for group in _groups(rows, columns):
            covers = tuple(part_of[position] for position in group)
            if len(covers) > 1 and frozenset(covers) not in known:
                known.add(frozenset(covers))
                said = ", ".join(f"{c} {frame.at[group[0], c]}" for c in columns) or "everything"
                value = frame.loc[group, table.count].sum(skipna=False)
                found.append((None, f"total of {said}", value, "implied", covers))
    return found


def _groups(rows: pd.DataFrame, columns: list[str]) -> list[pd.Index]:
    """The rows that agree in these columns, group by group."""
    if not columns:
        return [rows.index]
    return [group.index for _, group in rows.groupby(columns, observed=True, sort=False)]


def _linked(tables, cells, parts, links) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[str, ...]]:
    """The links as sums of parts with the least and the most that each can be."""
    rows, least, most = [], [], []
    for link in links:
        row, known = _sum_of(tables, cells, parts, link.left), 0.0
        if isinstance(link.right, Part):
            row = row - _sum_of(tables, cells, parts, link.right)
        else:
            known = float(link.right)
        rows.append(row)
        least.append(known + link.least)
        most.append(known + link.most)
    sums = np.array(rows) if rows else np.zeros((0, parts.shape[1]))
    return sums, np.array(least), np.array(most), tuple(link.why for link in links)


def shown_sum(tables: Mapping[str, CountTable], part: Part | float) -> float:
    """The sum that a part of a link shows; NaN where a number of it is withheld, or none is there."""
    if not isinstance(part, Part):
        return float(part)
    counts = tables[part.table].frame.loc[rows_of(tables, part), tables[part.table].count]
    return (
        float(counts.astype("Float64").sum(skipna=False)) if counts.notna().all() and len(counts) else np.nan
    )


def rows_of(tables: Mapping[str, CountTable], part: Part) -> np.ndarray:
    """The rows of a table that meet the conditions of a part. DisclosureError when it lacks a column that they name."""
    frame = tables[part.table].frame
    if lacking := sorted(set(part.only) - set(frame)):
        raise DisclosureError(f"A link names columns of '{part.table}' that are not there: {lacking}.")
    met = np.ones(len(frame), dtype=bool)
    for column, wanted in part.only.items():
        choices = wanted if isinstance(wanted, list | tuple | set) else [wanted]
        met &= frame[column].astype("object").map(str).isin([str(choice) for choice in choices]).to_numpy()
    return met


def _sum_of(
    tables: Mapping[str, CountTable], cells: pd.DataFrame, parts: np.ndarray, part: Part
) -> np.ndarray:
    """The parts that the rows of a table with these conditions are made of, totals left out."""
    rows = np.flatnonzero(rows_of(tables, part))
    mine = cells[(cells["table"] == part.table) & (cells["kind"] == "cell") & cells["row"].isin(rows)]
    if mine.empty:
        raise DisclosureError(f"A link names rows of '{part.table}' that are not there: {dict(part.only)}.")
    return parts[mine.index].sum(axis=0)
