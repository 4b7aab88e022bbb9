"""What is odd about the words that tell the rows of a local return apart: told, since nothing surer can be said."""

import re
from collections import defaultdict
from collections.abc import Callable

import pandas as pd

from bscbdata import cleaning
from bscbdata.authorities import is_authority
from bscbdata.findings import Finding, warning
from bscbdata.numbers import some
from bscbdata.period import ReportYear
from bscbdata.sources import Column, Source
from bscbdata.sources.cells import FEW, distinct, rows_where

_DAY = re.compile(r"\d{4}-\d\d-\d\d 00:00:00")
# What counts again a part of another row.
_AGAIN = re.compile(r"of which\b.*", re.I)
# A ditto mark, or the word: nothing but signs names nothing.
_ABOVE = re.compile(r"[^\w]+|do\.?|ditto|(?:as|see) above", re.I)
# What a row is called that may sum the others; one that says total, or begins with it below the rows, or names the row that
# it sums, as `East total` beside East does, is set aside.
_WHOLE = re.compile(
    r"all|overall|sum|count|combined|whole \w+|county(?:[- ]?wide)?|.*\S[\s-]+totals?\W*|totals?\b.*", re.I
)
# What is no count of anything: a row of shares or rates among the rows of counts.
_RATE = re.compile(
    r".*(?:%|\b(?:per ?cent(?:ages?)?|rates?|ratios?|proportions?|per \d[\d,]*)(?!\w)).*", re.I
)
DOUBTS = {
    "whole": (
        "Rows are called like the sum of others. They were read like all others",
        "If one is a sum, call it Total, or take it out: it counts twice.",
    ),
    "rate": (
        "Rows are called like a share or a rate. They were read like all others",
        "If they are shares or rates, take them out.",
    ),
    "day": (
        "Labels are days. Excel makes them of what looks like one, such as the age group 5-9",
        "See what was typed, and set the column to Text before typing it again.",
    ),
    "again": (
        "Rows may count again a part of another row. They were read like all others",
        "If they do, take them out.",
    ),
    "above": (
        "Labels are marks that stand for the one above. They were read as they stand",
        "Write the label itself in each of its rows.",
    ),
    "spelled": (
        "Labels differ only in their case or in a sign at their end. They were read as different",
        "If they mean the same, spell them the same way.",
    ),
    "compared": (
        "A row is called like an authority, a region or the nation. It was read as a local number",
        "If it sums the others, or is what they are compared with, take it out.",
    ),
}


def labels(source: Source, year: ReportYear) -> list[Column]:
    """The columns of words, not of periods, that tell the rows of a local return apart; none where each says its area, or none has a number."""
    if source.official or any(column.name == "area" for column in source.columns):
        return []
    if all(column.is_label for column in source.columns):
        return []  # a list of people or of plans sums nothing
    return [column for column in source.told_apart_by(year) if column.name != "period"]


def told_of_labels(named: pd.DataFrame, source: Source, year: ReportYear, name: str) -> list[Finding]:
    """A warning for each doubt that labels of a part raise, with the labels. Columns of many labels are ids."""
    found = []
    for column in labels(source, year):
        texts = distinct(named[column.name])[1] if column.name in named else ()
        for doubt, (said, advice) in DOUBTS.items() if len(texts) <= FEW else ():
            odd = _ODD[doubt]([*texts])
            if doubt == "whole" and odd:
                odd = _beside_others(odd, named, column.name, [*source.key])
            if odd:
                row = int(named["row"][rows_where(named[column.name], set(odd).__contains__)].iloc[0])
                told = f"{said}: {some([repr(text) for text in odd])}."
                place = {"file": name, "sheet": source.sheet, "row": row, "column": column.header(year)}
                found.append(warning("label", told, **place, value=odd[0], advice=advice))
    return found


def _beside_others(odd: list[str], named: pd.DataFrame, label: str, key: list[str]) -> list[str]:
    """The labels that somewhere stand beside two others of the same month, question and so on: alone `All` sums nothing."""
    rest = [name for name in key if name != label and name in named]
    rows = (
        named.groupby(rest, dropna=False)[label].transform("size")
        if rest
        else pd.Series(len(named), named.index)
    )
    beside = set(named[label][rows > 2])
    return [text for text in odd if text in beside]


def _spelled_in_several_ways(texts: list[str]) -> list[str]:
    alike = defaultdict(list)
    for text in texts:
        alike[text.casefold().rstrip(" .:;,-–—*")].append(text)
    return [text for several in alike.values() if len(several) > 1 for text in several]


def _one_region(texts: list[str]) -> list[str]:
    """A region or an authority named alone: several may be the parts of a local area, or its neighbours."""
    named = [text for text in texts if cleaning.may_be_comparator(text) or is_authority(text)]
    return named if len(named) == 1 < len(texts) else []


def told_of_bare_labels(named: pd.DataFrame, source: Source, year: ReportYear, name: str) -> list[Finding]:
    """A warning of rows that hold a label and nothing else: a title of a second table or a note, read as data, or a row that
    was not filled in."""
    texts = [
        column.name for column in source.collected(year) if column.name in source.key and column.is_words
    ]
    values = named.drop(columns=["row", *texts], errors="ignore")
    bare = named[values.isna().all(axis=1)] if values.shape[1] and not source.official else named[:0]
    if bare.empty:
        return []
    shown = [f"{row} ('{str(label)[:60]}')" for row, label in zip(bare["row"], bare.iloc[:, 0], strict=True)]
    said = f"Rows hold a label and nothing else. They were read with every value missing: {some(shown)}."
    advice = "If they are notes, or titles of a second table, take them out, and put each table on a sheet of its own."
    return [
        warning("label", said, file=name, sheet=source.sheet, row=int(bare["row"].iloc[0]), advice=advice)
    ]


_ODD: dict[str, Callable[[list[str]], list[str]]] = {
    "whole": lambda texts: [*filter(_WHOLE.fullmatch, texts)],
    "rate": lambda texts: [*filter(_RATE.fullmatch, texts)],
    "day": lambda texts: [*filter(_DAY.fullmatch, texts)],
    "again": lambda texts: [*filter(_AGAIN.fullmatch, texts)],
    "above": lambda texts: [*filter(_ABOVE.fullmatch, texts)],
    "spelled": _spelled_in_several_ways,
    "compared": _one_region,
}
