"""The ways in which one name may be written, so that a name in a published table is found in the tidy tables."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pandas as pd

from bscbdata import facts
from bscbdata.figures.crosstab import is_number
from bscbdata.period import ReportYear
from bscbdata.sources import load_source
from bscbdata.tables import once


def naming(frame: pd.DataFrame, a_row_a_child: bool) -> list[str]:
    """The columns that name things: all without numbers; where a row is a child, those with numbers (ages) too."""
    skipped = {"row_id", "provenance", "status", "source", "unit"}
    return [name for name in frame if name not in skipped and (a_row_a_child or not is_number(frame[name]))]


@once
def spelled_in(tables: Mapping[str, pd.DataFrame], name: str) -> dict[str, dict[object, set[str]]]:
    """Column -> value -> the spellings of it, of a tidy table."""
    frame = tables[name]
    return {
        column: {value: set(spellings(value)) for value in frame[column].dropna().unique()}
        for column in naming(frame, facts.has_a_row_a_child(name))
    }


@once
def meanings_in(tables: Mapping[str, pd.DataFrame], name: str) -> dict[str, dict[str, set[object]]]:
    """Column -> spelling -> the values that it may stand for, of a tidy table."""
    return {column: _meanings(spelled) for column, spelled in spelled_in(tables, name).items()}


def _meanings(spelled: Mapping[object, set[str]]) -> dict[str, set[object]]:
    found: dict[str, set[object]] = {}
    for value, spellings in spelled.items():
        for said in spellings:
            found.setdefault(said, set()).add(value)
    return found


@once
def names_in(tables: Mapping[str, pd.DataFrame], name: str) -> set[str]:
    """All spellings of all names in a tidy table."""
    return set().union(*meanings_in(tables, name).values())


@once
def has_name(tables: Mapping[str, pd.DataFrame], name: str, column: str, value: object) -> np.ndarray:
    """A mask: which rows of a tidy table have a value in a column."""
    return tables[name][column].isin([value]).to_numpy()


def in_title(word: object, title: str) -> bool:
    """Whether a word of three letters or more stands in a title."""
    text = str(word).casefold()
    return len(text) > 2 and text in title


def meaning(table: str) -> dict[str, str]:
    """The definition of a table for a card: its name, and its meaning without the full stop."""
    return {"id": table, "counted": load_source(table).meaning.removesuffix(".")}


def spelled(words: Iterable[object]) -> set[str]:
    """All spellings of some words, and of each two neighbours joined by a comma, such as a year and its quarter."""
    words = list(words)
    parts = [part for word in words for part in (word.split(", ") if isinstance(word, str) else [word])]
    beside = [f"{one}, {other}" for one, other in pairwise(parts)]
    return {spelling for word in [*words, *beside] for spelling in spellings(word)}


@lru_cache(maxsize=10_000, typed=True)
def spellings(word: object) -> tuple[str, ...]:
    """The spellings of one word: in small letters, a month with and without its year, an age band with a dash."""
    if isinstance(word, float) and word.is_integer():
        word = int(word)
    if isinstance(word, pd.Timestamp):
        return f"{word:%B %Y}".casefold(), f"{word:%B}".casefold()
    text = str(word).casefold().strip()
    parts = text.split(", ") if ", " in text else []  # a column of several names: its panel and its line
    month = re.fullmatch(r"(\w+) \d{4}", text)
    joined = [" ".join(parts)] if parts else []  # a quarter under its year
    return text, text.replace(" to ", "-"), *parts, *joined, *([month[1]] if month else [])


def is_yearly(period: str) -> bool:
    """Whether a period is a whole year or its last day, which a year names as well."""
    try:
        ReportYear.parse(period[:7])
    except ValueError:
        return "year" in period or "31 March" in period or period.isdigit()
    return len(period) == 7
