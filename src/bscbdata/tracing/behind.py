"""Checks that no column of a finished table lets a reader work out a small count of children, whatever tables it was made from.

A chapter shapes its table freely with pandas, so the computation is not known; the tables of children that it read are.
For each row, the counts of those tables under the same names are summed and compared with every column in all the ways
that disclosure.derived lists (share, rate, difference, rank and so on).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from bscbdata import facts, numbers
from bscbdata.disclosure import DisclosureError, is_small
from bscbdata.disclosure.derived import EQUAL, ITSELF, ON_A_SCALE, RANK, small_count_told, ways_worked_out
from bscbdata.figures.crosstab import is_number
from bscbdata.figures.published_table import Published, of
from bscbdata.sources import load_source, source_names
from bscbdata.tables import worked_out
from bscbdata.tracing.cells import COUNT, HOLDS, SUM, Cells, cells_of, holds_counts
from bscbdata.tracing.spelling import naming
from bscbdata.tracing.tracer import Tracer

IN_NAMES = "the numbers in its names"
NUMBER_IN_NAME = r"(\d[\d,]*(?:\.\d+)?)"


def check_worked_out(
    tracer: Tracer,
    table: Published,
    named: Sequence[str],
    children: Collection[str],
    protected: Sequence[pd.Series],
) -> None:
    """Raise DisclosureError when a column is worked out of counts of children that it does not name, or tells a small one.

    `named` are the sources that the figure names, `children` the tables of children that it names or the chapter has
    read, `protected` the counts as the chapter gave them to `report.protect`.
    """
    _check_in_names(tracer, table, [*named, *children], children, protected)
    cells = cells_of(tracer, table, [*named, *children])
    for column in [name for name in table.frame if is_number(table.frame[name])]:
        allowed = ITSELF if _without_totals(table.frame, column) else ""
        for name in children:
            if name not in named:
                _check_named(cells, column, name, named)
            told = _told_of(cells, column, name)
            if told not in ("", allowed) and name not in named:
                told = _told_of(cells, column, name, _stand_in(cells_of(tracer, table, named), column))
            _refuse(told if told != allowed else "", column, f"counts of '{name}'")
        for counts in protected:
            told = _told(cells, column, [_numbers(counts)])
            _refuse(told if told != allowed else "", column, f"'{counts.name}'")


def _without_totals(frame: pd.DataFrame, column: str) -> bool:
    """Whether `protect` withheld one number alone with the totals that it is part of: the proof sees whether they are told."""
    return column in frame.attrs.get("withheld", ()) and bool(frame.attrs.get("totals_withheld"))


def check_found(tracer: Tracer, table: Published, named: Sequence[str], children: Collection[str]) -> None:
    """Raise DisclosureError when a column has a count from 1 to 5 that none of the tables it names has.

    The chapter has read the tables of `children` that are not named: it may be one of theirs, under whatever words.
    """
    cells = cells_of(tracer, table, named)
    for column in [name for name in table.frame if holds_counts(table.frame[name])]:
        if of(table.unit, column, "") in numbers.PERCENT:
            continue
        for row in np.flatnonzero(is_small(table.frame[column])):
            if not named or not _is_found(cells, int(row), column):
                raise DisclosureError(
                    f"Column '{column}', row {row + 1}: this small number is found in none of the tables that the figure "
                    f"names ({', '.join(named) or 'it names none'}), and the chapter has read '{next(iter(children))}', which counts children. "
                    "Name the tables that it comes from: tables=[…]."
                )


def _is_found(cells: Cells, row: int, column: str) -> bool:
    """Whether a cell's number is in the tables that the figure names, under the same names: as a value, a sum or a count of rows."""
    found = cells.trace(row, column)
    return found is not None and found.how in (HOLDS, SUM, COUNT)


def _stand_in(cells: Cells, column: str) -> np.ndarray:
    """Which rows have a number of a column, or of the one that it is a share of, in the tables that the figure names. Where most
    of a part come from them, it is by chance like numbers of another table."""
    frame = cells.table.frame
    counts = [name for name in frame if is_number(frame[name]) and _is_share_of(frame, column, name)]
    found = [
        [
            bool(cells.tables) and frame[name].notna().iloc[row] and _is_found(cells, row, name)
            for name in counts
        ]
        for row in range(len(frame))
    ]
    return np.array([any(row) for row in found], dtype=bool)


def _is_share_of(frame: pd.DataFrame, column: str, counts: str) -> bool:
    ways = ways_worked_out(_numbers(frame[column]), _numbers(frame[counts]))
    return column == counts or any(way.name == ITSELF for way in ways)


def _check_in_names(
    tracer: Tracer,
    table: Published,
    named: Sequence[str],
    children: Collection[str],
    protected: Sequence[pd.Series],
) -> None:
    """Raise DisclosureError when the text of a row holds its own count, as in `Housing: 4`."""
    for column in [name for name in table.frame if not is_number(table.frame[name])]:
        parted = _parted(table, column)
        if parted is None:
            continue
        cells = cells_of(tracer, parted, named)
        told = [_told_of(cells, IN_NAMES, name) for name in children]
        told += [_told(cells, IN_NAMES, [_numbers(counts)]) for counts in protected]
        if ITSELF in told:
            raise DisclosureError(
                f"Column '{column}' has counts of children in its names, which nothing can withhold. Give them as a "
                "column of numbers."
            )


def _parted(table: Published, column: str) -> Published | None:
    """The table with the last number in each text moved to a column of its own; None where fewer than EQUAL different numbers stand there."""
    texts = table.frame[column].astype("str")
    in_names = pd.to_numeric(
        texts.str.extract(rf"{NUMBER_IN_NAME}\D*$")[0].str.replace(",", ""), errors="coerce"
    )
    if in_names.nunique() < EQUAL:
        return None
    names = texts.str.replace(rf"\W*{NUMBER_IN_NAME}\D*$", "", regex=True)
    return replace(table, frame=table.frame.assign(**{column: names, IN_NAMES: in_names}))


def _check_named(cells: Cells, column: str, name: str, named: Sequence[str]) -> None:
    """Raise DisclosureError when a column has the numbers of a table that is not named, and of none that is."""
    if _is_of(cells, column, name) and not any(_is_of(cells, column, other) for other in named):
        raise DisclosureError(
            f"Column '{column}' has numbers of table '{name}', which counts children and is not named. Name it: "
            f'tables=["{name}", …]; it is then looked at as the number of children that it is.'
        )


def _told_of(cells: Cells, column: str, name: str, own: np.ndarray | None = None) -> str:
    """How a column gives away a small count of a table (`itself`, `a share` …), matching rows by name or by order; empty if it
    does not. Parts of which most numbers are its `own` are left out."""
    under = _told(cells, column, _under(cells, column, name), own)
    if under:
        return under
    known = cells.tracer.tables
    listing = worked_out(known, ("listed", name), lambda: [*_listed(known[name], name)])
    listed = _told(cells, column, listing, own)
    return "" if listed == RANK else listed  # rows in order of size have ranks in order, whatever they count


def _refuse(told: str, column: str, of: object) -> None:
    if told:
        raise DisclosureError(
            f"Column '{column}' is {told}, worked out from {of} before they were protected: a count from 1 to 5 can be "
            "found from it. Work it out from what report.protect(…) returns, or join small groups first."
        )


def _told(cells: Cells, column: str, behind: Iterable[np.ndarray], own: np.ndarray | None = None) -> str:
    """How a column, or a part of its rows, gives away a small one of the given counts; empty if it does not."""
    values, parts = cells.telling(column)
    parts = [part for part in parts if own is None or not _are_most(own[part], values[part])]
    for counts in behind if parts else ():
        for part in parts:
            at = counts[part] if len(counts) == len(values) else counts
            if len(at) == len(values[part]) and (told := small_count_told(values[part], at)):
                return told
    return ""


def _are_most(own: np.ndarray, values: np.ndarray) -> bool:
    return bool(own.sum() >= EQUAL and own.sum() > (~np.isnan(values)).sum() / 2)


def _is_of(cells: Cells, column: str, name: str) -> bool:
    """Whether a column repeats the numbers of a table row by row, possibly multiplied by a constant."""
    values = _numbers(cells.table.frame[column])
    return any(
        len(values) >= ON_A_SCALE and any(way.name == ITSELF for way in ways_worked_out(values, counts))
        for counts in _under(cells, column, name)
    )


def _numbers(values: pd.Series) -> np.ndarray:
    return values.to_numpy(dtype=float, na_value=np.nan)


def _under(cells: Cells, column: str, name: str) -> Iterator[np.ndarray]:
    """For each counting column of a table: its sums by the names of each row of the published table."""
    rows = cells.rows_under(name, column)
    known = cells.tracer.tables[name]
    if facts.has_a_row_a_child(name):
        yield np.array([np.nan if under is None else under.sum() for under in rows], dtype=float)
        return
    for counted in _counted(known, name):
        counts = _numbers(known[counted])
        yield np.array([np.nan if under is None else _summed(counts[under]) for under in rows])


def _summed(counts: np.ndarray) -> float:
    """The sum of the counts that are known; NaN where none is."""
    known = counts[~np.isnan(counts)]
    return known.sum() if len(known) else np.nan


def _listed(known: pd.DataFrame, name: str) -> Iterator[np.ndarray]:
    """The counts of a table by group, in the table's order, by name, and by size both ways: for a column whose rows have other names."""
    child = facts.has_a_row_a_child(name)
    for named in naming(known, child):
        groups = known.groupby(named, observed=True)
        counted = [groups.size()] if child else [groups[one].sum() for one in _counted(known, name)]
        for sums in counted:
            values = _numbers(sums)
            by_name = np.argsort(sums.index.astype("str"))
            if len(values) >= ON_A_SCALE:
                yield from (values, values[by_name], np.sort(values), np.sort(values)[::-1])


def _counted(known: pd.DataFrame, table: str) -> list[str]:
    """The columns with counts: those declared as count or value, or, of a table without a description, those of whole numbers."""
    if table not in source_names():
        return [name for name in known if holds_counts(known[name])]
    return [column.name for column in load_source(table).columns if column.kind in ("count", "value")]
