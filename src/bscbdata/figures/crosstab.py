"""A table with names across its head, in one row or several: as it is printed, and its numbers one below the other.

`frame.pivot(index="district", columns=["year", "quarter"])` makes one. A reader has the names across; what checks counts
reads them in rows, where each number has all its names beside it.
"""

from collections.abc import Callable, Hashable
from numbers import Number

import pandas as pd

VALUE, ACROSS = "number", "across"  # what a pivot has not kept the name of


def is_across(frame: pd.DataFrame, known: Callable[[str], bool]) -> bool:
    """Whether the heads of the numbers are names of a kind: pandas says so, or each is a name that is `known`."""
    heads = [frame.columns[place] for place in _numeric(frame)]
    if heads and (isinstance(frame.columns, pd.MultiIndex) or frame.columns.name is not None):
        return True
    return len(heads) > 1 and all(known(head(name)) for name in heads)


def beside_names(frame: pd.DataFrame, known: Callable[[str], bool]) -> list[Hashable]:
    """The columns of numbers that stand beside two or more under names that are `known`, as a change does."""
    if isinstance(frame.columns, pd.MultiIndex):
        return []
    numbers = [frame.columns[place] for place in _numeric(frame)]
    others = [name for name in numbers if not known(head(name))]
    return others if len(numbers) - len(others) > 1 else []


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with its numbers as numbers: a pivot of counts and shares has both as objects."""
    columns = [_typed(frame.iloc[:, place]) for place in range(frame.shape[1])]
    found = pd.concat(columns, axis=1) if columns else frame.copy()
    found.columns, found.attrs = frame.columns, frame.attrs
    return found


def _typed(values: pd.Series) -> pd.Series:
    known = values.dropna()
    if values.dtype != object or known.empty or not known.map(lambda each: isinstance(each, Number)).all():
        return values
    if known.map(lambda each: isinstance(each, bool)).any():
        return values
    return values.astype("Int64" if (known % 1 == 0).all() else "Float64")


def is_number(values: pd.Series) -> bool:
    """Whether a column holds numbers; yes and no are none."""
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _numeric(frame: pd.DataFrame) -> list[int]:
    """The places of the columns of numbers; of several one name may stand above."""
    return [place for place in range(frame.shape[1]) if is_number(frame.iloc[:, place])]


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with one head for each column: `2015-16, Q1`."""
    found = frame.set_axis([head(name) for name in frame.columns], axis=1)
    found.columns.name = None
    return found.reset_index(drop=True)


def head(name: Hashable) -> str:
    """The names above a column as one."""
    levels = [each for each in (name if isinstance(name, tuple) else (name,)) if each != ""]
    return ", ".join(f"{each:%B %Y}" if isinstance(each, pd.Timestamp) else str(each) for each in levels)


def in_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The numbers one below the other, each with the names of its row and of its column.

    The names across are in the columns that pandas calls them by, else in `across`. What has no name among the heads is
    a measure and has a column of its own, as in `pivot(columns="quarter", values=["families", "share_pct"])`.
    """
    numeric = _numeric(frame)
    words = flat(frame.iloc[:, [place for place in range(frame.shape[1]) if place not in numeric]])
    rows: dict[tuple, dict] = {}
    for place in numeric:
        across, measure = _named(frame.columns, place)
        for number, value in enumerate(frame.iloc[:, place]):
            key = (number, *across.values())
            rows.setdefault(key, {**words.iloc[number], **across})[measure] = (
                None if pd.isna(value) else value
            )
    found = pd.DataFrame(list(rows.values()))
    return typed(found)


def _named(columns: pd.Index, place: int) -> tuple[dict[str, str], str]:
    """The names across of a column, and what it measures."""
    name = columns[place]
    levels = name if isinstance(name, tuple) else (name,)
    kinds = list(columns.names) if any(columns.names) else [ACROSS] * len(levels)
    across: dict[str, str] = {}
    for kind, level in zip(kinds, levels, strict=True):
        if kind is not None:
            across[str(kind)] = ", ".join(filter(None, [across.get(str(kind), ""), head(level)]))
    measure = ", ".join(head(level) for kind, level in zip(kinds, levels, strict=True) if kind is None)
    return across, measure or VALUE


def measures(frame: pd.DataFrame) -> dict[str, str]:
    """What each column of numbers measures, by its one head."""
    return {head(frame.columns[place]): _named(frame.columns, place)[1] for place in _numeric(frame)}
