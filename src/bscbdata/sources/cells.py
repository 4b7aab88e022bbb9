"""Columns of text to typed columns, once per distinct text: a million rows cost little more than their distinct values."""

from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from bscbdata import cleaning
from bscbdata.cleaning import KINDS, Parsed
from bscbdata.period import ReportYear, report_year_of
from bscbdata.sources import Column, load_codes

FEW = 2_000  # so few distinct texts are known again in the next part of a long file
NO_PROBLEMS = pd.Series([], index=pd.RangeIndex(0), dtype="object")
QUARTERS = ("previous_year_first_quarter", "year_first_quarter", "year_last_quarter")


@dataclass(frozen=True)
class Typed:
    """A typed column; its status column if it can be withheld; and for the rows that failed, why (others are not in it)."""

    values: pd.Series
    problems: pd.Series
    status: pd.Series | None = None


def distinct(cells: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """For each row the position of its text among the distinct texts (-1 where empty), and those texts."""
    values = cells.array
    if isinstance(values, pd.Categorical):
        return values.codes, values.dtype.categories.to_numpy(dtype="object")
    positions, texts = pd.factorize(cells)
    return positions, np.asarray(texts, dtype="object")


def has_empty(cells: pd.Series) -> bool:
    """Whether any cell is empty."""
    values = cells.array
    if isinstance(values, pd.Categorical):
        return bool(values.codes.min(initial=0) < 0)
    return cells.hasnans


def in_own_order(texts: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Texts in their own order, so that parts of a file with the same texts give the same; and the place of each."""
    order = np.argsort(texts)
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return tuple(texts[order]), places


def take(values: ExtensionArray, positions: np.ndarray, index: pd.Index) -> pd.Series:
    """The rows' values from the values of their distinct texts; missing where the position is -1."""
    return pd.Series(values.take(positions, allow_fill=True), index=index, copy=False)


def rows_where(cells: pd.Series, predicate) -> np.ndarray:
    """Which rows hold a text for which the predicate is true; empty cells do not."""
    positions, texts = distinct(cells)
    told = np.array([*map(predicate, texts), False], dtype=bool)
    return told[positions] if told.any() else np.zeros(len(cells), dtype=bool)


@dataclass(frozen=True)
class Read:
    """Distinct texts as they were read: their values, their status if they can be withheld, what is wrong with which of
    them, and which are blank (and at the end True, for an empty cell)."""

    values: ExtensionArray
    status: ExtensionArray | None
    told: np.ndarray
    blank: np.ndarray

    def at(self, places: np.ndarray) -> "Read":
        """What was read of the texts at these places."""
        status = None if self.status is None else self.status.take(places)
        return Read(self.values.take(places), status, self.told[places], np.append(self.blank[places], True))


def type_column(cells: pd.Series, column: Column, year: ReportYear) -> Typed:
    """A column of text as what its map says it holds, with every row that cannot be read or lies outside its limits."""
    positions, texts = distinct(cells)
    if len(texts) <= FEW:
        known, places = in_own_order(texts)
        read = _read_few(known, column, year).at(places)
    else:
        read = _read(texts, column, year)
    problems = _spread(read.told, positions, cells.index)
    if _is_needed(column, year):
        empty = _empty(read.blank, positions, cells.index, column.name)
        problems = pd.concat([problems, empty]) if len(empty) else problems
    values = take(read.values, positions, cells.index)
    status = (
        None if read.status is None else take(read.status, positions, cells.index).fillna("not_available")
    )
    return Typed(values, problems, status)


def _read(texts: np.ndarray, column: Column, year: ReportYear) -> Read:
    """Distinct texts tidied, parsed, with their status if they can be withheld, and what is wrong with each."""
    tidied = cleaning.tidy_text(pd.Series(texts, dtype="object"))
    numbers, status = cleaning.split_markers(tidied) if column.kind == "value" else (tidied, None)
    parsed = parse_column(numbers, column)
    if column.kind == "date":
        parsed = cleaning.without_american_days(tidied, parsed)
    if status is not None:
        status = status.astype(pd.CategoricalDtype(cleaning.STATUSES)).array
    told = limit_problems(parsed, column, year).to_numpy(dtype="object")
    return Read(parsed.values.array, status, told, np.append(tidied.isna().to_numpy(), True))


@lru_cache(maxsize=200)
def _read_few(texts: tuple[str, ...], column: Column, year: ReportYear) -> Read:
    return _read(np.array(texts, dtype="object"), column, year)


def _is_needed(column: Column, year: ReportYear) -> bool:
    return column.required and column.kind != "value" and column.header(year) != "-"


def _spread(told: np.ndarray, positions: np.ndarray, index: pd.Index) -> pd.Series:
    """The problems of distinct texts at the rows that hold them."""
    bad = np.flatnonzero(told != "")
    if not len(bad):
        return NO_PROBLEMS
    rows = np.flatnonzero(np.isin(positions, bad))
    return pd.Series(told[positions[rows]], index=index[rows], dtype="object")


def _empty(blank: np.ndarray, positions: np.ndarray, index: pd.Index, name: str) -> pd.Series:
    if not blank[:-1].any() and (not len(positions) or positions.min() >= 0):
        return NO_PROBLEMS
    return pd.Series(f"{name} is empty", index=index[blank[positions]], dtype="object")


def parse_column(texts: pd.Series, column: Column) -> Parsed:
    """Texts parsed by the kind of a column."""
    if column.code_list:
        return cleaning.match_codes(texts, *load_codes(column.code_list))
    return cleaning.parse_distinct(texts, *_verb(column))


def _verb(column: Column):
    fraction = column.kind == "share_pct" and column.unit == "fraction"
    parser, dtype = KINDS["fraction" if fraction else "number" if column.kind == "value" else column.kind]
    return remembered(parser), dtype


@cache
def remembered(parser):
    """A parser that knows again what it has parsed before: a long file comes in parts that hold the same texts."""
    return lru_cache(maxsize=100_000)(parser)


def parse_one(column: Column, text: str) -> tuple[object, str]:
    """One value of a column from text, and what is wrong with it (empty if nothing)."""
    parsed = parse_column(pd.Series([text], dtype="object"), column)
    return parsed.values.iloc[0], parsed.problems.iloc[0]


def limit_problems(parsed: Parsed, column: Column, year: ReportYear) -> pd.Series:
    """What could not be read, and what lies outside the limits of its column."""
    problems = parsed.problems.copy()
    for limit, outside, word in ((column.low, "lt", "below"), (column.high, "gt", "above")):
        if limit:
            bad = getattr(parsed.values, outside)(limit_value(limit, year)).fillna(False).astype(bool)
            problems[bad] = f"{column.name} lies {word} its limit, {limit_text(limit, year)}"
    return problems


@cache
def limit_value(limit: str, year: ReportYear) -> object:
    """A limit of `columns.csv` as a value: a number, a date, or a word for a date or quarter of the report year."""
    dates = {"year_start": year.start, "year_end": year.end}
    if limit in dates:
        return pd.Timestamp(dates[limit])
    if limit in QUARTERS:
        return limit_text(limit, year)
    if limit.replace(".", "").lstrip("-").isdigit():
        return float(limit)
    return pd.Timestamp(date.fromisoformat(limit))


# What a cell of each kind holds, as it is said to those who fill it in.
KINDS_IN_WORDS = {
    "text": "words",
    "reference": "words",
    "count": "a whole number, 0 or more",
    "number": "a number",
    "value": "a number, or x where it is withheld",
    "amount_gbp": "pounds, such as 1,250.50",
    "share_pct": "a percentage between 0 and 100, such as 12.5",
    "fraction": "a fraction between 0 and 1, such as 0.125",
    "yes_no": "yes or no",
    "date": "a day, such as {year.end:%d/%m/%Y}",
    "month": "a month, such as {year.start:%B %Y}",
    "quarter": "a quarter, such as {year.label} Q1",
}


def kind_text(column: Column, year: ReportYear) -> str:
    """What a cell of a column without a code list holds, in words, with an example of the year."""
    kind = "fraction" if column.unit == "fraction" else column.kind
    return KINDS_IN_WORDS[kind].format(year=year)


def limits_text(column: Column, year: ReportYear) -> str:
    """The limits of a column in words, as in `from 01/04/2015 to 31/03/2016`; empty when it has none."""
    limits = (("from", column.low), ("to", column.high))
    return " ".join(f"{word} {limit_text(limit, year)}" for word, limit in limits if limit)


def limit_text(limit: str, year: ReportYear) -> str:
    """A limit in words: the tokens of `columns.csv` stand for dates and quarters of the report year."""
    known = {
        "year_start": f"{year.start:%d/%m/%Y}",
        "year_end": f"{year.end:%d/%m/%Y}",
        "previous_year_first_quarter": year.previous.quarters[0],
        "year_first_quarter": year.quarters[0],
        "year_last_quarter": year.quarters[-1],
    }
    return known.get(limit, limit)


def report_years(periods: pd.Series) -> Typed:
    """The report year in which each period ends."""
    positions, texts = distinct(periods.astype("object"))
    parsed = cleaning.parse_distinct(pd.Series(texts, dtype="object"), report_year_of, "str")
    told = _spread(parsed.problems.to_numpy(dtype="object"), positions, periods.index)
    return Typed(take(parsed.values.array, positions, periods.index), told)
