"""How a name may be written: in a published table, and in the processed tables that it is looked for in."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pandas as pd

from bscbdata.figures.crosstab import is_number
from bscbdata.period import ReportYear
from bscbdata.sources import load_source
from bscbdata.tables import worked_out
from bscbdata.tracing.tracer import has_a_row_a_child


def naming(frame: pd.DataFrame, a_row_a_child: bool) -> list[str]:
    """The columns whose values are names of a kind: all but numbers; where a row is a child, ages too."""
    skipped = {"row_id", "provenance", "status", "source", "unit"}
    return [name for name in frame if name not in skipped and (a_row_a_child or not is_number(frame[name]))]


def _spelled(frame: pd.DataFrame, name: str) -> dict[str, dict[object, set[str]]]:
    return {
        column: {value: set(spellings(value)) for value in frame[column].dropna().unique()}
        for column in naming(frame, has_a_row_a_child(name))
    }


def spelled_in(tables: Mapping[str, pd.DataFrame], name: str) -> dict[str, dict[object, set[str]]]:
    """How each name in a processed table may be written: column, value."""
    return worked_out(tables, ("spelled", name), lambda: _spelled(tables[name], name))


def meanings_in(tables: Mapping[str, pd.DataFrame], name: str) -> dict[str, dict[str, set[object]]]:
    """The names in a processed table that a spelling stands for: column, spelling."""
    columns = spelled_in(tables, name)
    return worked_out(tables, ("meanings", name), lambda: {c: _meanings(columns[c]) for c in columns})


def _meanings(spelled: Mapping[object, set[str]]) -> dict[str, set[object]]:
    found: dict[str, set[object]] = {}
    for value, spellings in spelled.items():
        for said in spellings:
            found.setdefault(said, set()).add(value)
    return found


def names_in(tables: Mapping[str, pd.DataFrame], name: str) -> set[str]:
    """Every name in a processed table, in each of its spellings."""
    return worked_out(tables, ("names", name), lambda: set().union(*meanings_in(tables, name).values()))


def has_name(tables: Mapping[str, pd.DataFrame], name: str, column: str, value: object) -> np.ndarray:
    """Whether each row of a processed table has a name in a column."""
    asked = ("has", name, column, value)
    return worked_out(tables, asked, lambda: tables[name][column].isin([value]).to_numpy())


def in_title(word: object, title: str) -> bool:
    """Whether a word says what the title says."""
    text = str(word).casefold()
    return len(text) > 2 and text in title


def meaning(table: str) -> dict[str, str]:
    """What stands in a row of a table, as a definition: without the full stop, which a card adds."""
    return {"id": table, "counted": load_source(table).meaning.removesuffix(".")}


def spelled(words: Iterable[object]) -> set[str]:
    """Words as they may be written elsewhere, and two that stand beside each other as one: a year and its quarter."""
    words = list(words)
    parts = [part for word in words for part in (word.split(", ") if isinstance(word, str) else [word])]
    beside = [f"{one}, {other}" for one, other in pairwise(parts)]
    return {spelling for word in [*words, *beside] for spelling in spellings(word)}


@lru_cache(maxsize=10_000, typed=True)
def spellings(word: object) -> tuple[str, ...]:
    """A word as it may be written elsewhere: a month with its year or alone, an age band with a dash."""
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
