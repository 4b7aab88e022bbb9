"""What stands below a header and is no data: blank rows, notes, totals, rows to compare with. Set aside with its reason, and told."""

import re
from collections.abc import Collection

import numpy as np
import pandas as pd

from bscbdata import cleaning
from bscbdata.cleaning import same_spelling
from bscbdata.findings import REJECT_COLUMNS, Finding, warning
from bscbdata.numbers import some
from bscbdata.period import ReportYear
from bscbdata.provenance import row_id
from bscbdata.sources import Column, Source
from bscbdata.sources.cells import distinct, has_empty, parse_column, rows_where
from bscbdata.sources.judging import content
from bscbdata.sources.labels import labels
from bscbdata.sources.titles import told_of_titles

SUBTOTAL, COMPARATOR, AMONG = "subtotal row", "comparator row", "note among the rows"
# Why rows were set aside that look like data, and what the analyst should see to.
TOLD_ASIDE = {
    SUBTOTAL: (
        "These rows sum others and were set aside, so that nothing counts twice",
        "See whether the rows that they sum are all there.",
    ),
    COMPARATOR: (
        "These rows hold no local number of their own, but an average, a target, another year or area, and were set aside",
        "If one of them is a local number, give it another name.",
    ),
    AMONG: (
        "Lines among the rows were set aside as notes",
        "If one is the heading of the rows below it, these are something else: ask for a column that says so.",
    ),
}
_PAGE = re.compile(r"page\s*\d+(?:\s*(?:of|/)\s*\d+)?", re.I)
NONE_ASIDE = pd.DataFrame({}, columns=[*REJECT_COLUMNS, "cells"], dtype="object")


def set_aside(
    body: pd.DataFrame,
    header: list[str],
    titles: Collection[str],
    source: Source,
    year: ReportYear,
    name: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of data below the header, and those that are not data with their reason."""
    reasons = _reasons(body, header, _label_places(header, source, year))
    for place in _places(labels(source, year), header, year):
        compared = rows_where(body[place], cleaning.is_comparator)
        if compared.any():
            reasons = pd.Series(COMPARATOR, index=body.index[compared]).combine_first(reasons)
    if reasons.empty:
        return body, NONE_ASIDE
    first = _column_of(header, source, year)
    last_row_of_data = _last_plain(body.index, reasons)
    for row in reasons.index[reasons == "note"]:
        cell = body.loc[row].dropna().iloc[0]
        if _is_data_cut_short(cell, first, row < last_row_of_data):
            reasons[row] = ""
        elif row < last_row_of_data and same_spelling(cell) not in titles and not _PAGE.fullmatch(cell):
            reasons[row] = AMONG
    for row in reasons.index[reasons == "totals row"]:
        if row < last_row_of_data and not cleaning.is_plain_total(body.loc[row].dropna().iloc[0]):
            reasons[row] = ""  # "Total days lost" among the rows is data that happens to begin so
    reasons = reasons[reasons != ""]
    said = reasons[reasons != "blank row"]
    aside = [tuple(row) for row in body.loc[said.index].astype("object").itertuples(index=False)]
    frame = pd.DataFrame(
        {
            "table": source.name,
            "row_id": [row_id(name, source.sheet, row) for row in said.index],
            "reason": [f"set aside: {reason}" for reason in said],
            "content": [content(cells) for cells in aside],
        },
        index=said.index,
        columns=REJECT_COLUMNS,
    )
    return body.drop(index=reasons.index) if len(reasons) else body, frame.assign(cells=[*map(list, aside)])


def told_aside(aside: pd.DataFrame, source: Source, year: ReportYear, name: str) -> list[Finding]:
    """Warnings of rows that look like data and were set aside, so that nobody misses them, and of what notes say."""
    found, place = [], {"file": name, "sheet": source.sheet}
    for reason, (said, advice) in TOLD_ASIDE.items():
        told = aside["content"][aside["reason"] == f"set aside: {reason}"]
        rows = [f"{row} ('{text[:60]}')" if reason == AMONG else str(row) for row, text in told.items()]
        if rows:
            check, row = "note" if reason == AMONG else "total", int(told.index[0])
            found.append(warning(check, f"{said}: {some(rows)}.", **place, row=row, advice=advice))
    return found + told_of_titles(_notes(aside), source, year, name)


def _notes(aside: pd.DataFrame) -> pd.Series:
    """The lines below the table, and among its rows, that are no data."""
    return aside["content"][aside["reason"].isin([f"set aside: {reason}" for reason in ("note", AMONG)])]


def told_left_out(named: pd.DataFrame, source: Source, name: str) -> list[Finding]:
    """Warnings that columns of a cross-tab count from the start of the year on, or are not local, and were left out."""
    if source.layout == "rows":
        return []
    cumulative = [column for column in named.columns if cleaning.is_cumulative(column)]
    compared = [column for column in named.columns if cleaning.is_comparator(column)]
    told = (
        (
            cumulative,
            "count what others count already",
            "See whether the months or quarters that they sum are all there.",
        ),
        (compared, "hold an average, a target, another year or area", TOLD_ASIDE[COMPARATOR][1]),
    )
    place = {"file": name, "sheet": source.sheet}
    return [
        warning(
            "total", f"These columns {what} and were left out: {', '.join(columns)}.", **place, advice=advice
        )
        for columns, what, advice in told
        if columns
    ]


def _places(columns: list[Column], header: list[str], year: ReportYear) -> list[int]:
    wanted = {same_spelling(column.header(year)) for column in columns}
    return [place for place, cell in enumerate(header) if same_spelling(cell) in wanted]


def _label_places(header: list[str], source: Source, year: ReportYear) -> list[int]:
    """Where the columns of words stand that tell the rows of a return apart: there `Total` is no label."""
    if source.official or source.layout != "rows":
        return []
    return _places(source.told_apart_by(year), header, year)


def _subtotals(body: pd.DataFrame, named: int, labels: list[int]) -> np.ndarray:
    """Which rows sum others: `Total` as a label, `Year to date`, or `East Total` beside rows of East, as pivot tables
    write them."""
    _, texts = distinct(body[named])
    sums = {text: of for text in texts if (of := cleaning.total_of(text))}
    known = {same_spelling(text) for text in texts} if sums else set()
    rows = rows_where(body[named], lambda cell: sums.get(cell) in known or cleaning.is_cumulative(cell))
    for place in labels:
        rows |= rows_where(body[place], cleaning.is_plain_total)
    return rows


def _reasons(body: pd.DataFrame, header: list[str], labels: list[int]) -> pd.Series:
    """For the rows that may not be data, why (empty where they are); all other rows are left out."""
    gaps = any(has_empty(body[column]) for column in body.columns)
    count = body.notna().sum(axis=1).to_numpy() if gaps else len(body.columns)
    blank = np.zeros(len(body), dtype=bool) | (count == 0)
    named = next((position for position, cell in enumerate(header) if cell), 0)
    start = same_spelling(header[named])
    suspect = (count == 1) | rows_where(
        body[named], lambda cell: cleaning.begins_like_a_total(cell) or same_spelling(cell) == start
    )
    subtotal = _subtotals(body, named, [place for place in labels if place != named])
    if not (suspect | subtotal | blank).any():
        return pd.Series(dtype="object", index=body.index[:0])
    said = pd.Series("", index=body.index, dtype="object")
    said[blank], said[subtotal] = "blank row", SUBTOTAL
    rows = body[suspect & ~blank].astype("object")
    told = [
        cleaning.reason_to_set_aside(_without_margin(row, named), header[named:])
        for row in rows.itertuples(index=False)
    ]
    said[rows.index] = [one or said[row] for one, row in zip(told, rows.index, strict=True)]
    return said[suspect | subtotal | blank]


def _without_margin(row: tuple, named: int) -> list[object]:
    """A row from the first column with a header on, where nothing stands to its left."""
    return list(row[named:] if all(map(pd.isna, row[:named])) else row)


def _last_plain(index: pd.Index, reasons: pd.Series) -> int:
    """The last row that is data beyond doubt."""
    doubtful = set(reasons.index[reasons != ""])
    return next((int(row) for row in reversed(index) if row not in doubtful), -1)


def _column_of(header: list[str], source: Source, year: ReportYear) -> Column | None:
    """The column that stands first in the file."""
    first = same_spelling(next((cell for cell in header if cell), ""))
    return next(
        (column for column in source.collected(year) if same_spelling(column.header(year)) == first), None
    )


def _is_data_cut_short(cell: str, column: Column | None, data_follows: bool) -> bool:
    """Whether a row with its first cell alone is data whose other cells are missing, and not a note.

    It is when the cell reads as what the column holds; a column of plain words holds anything, so there it is when
    more data follows.
    """
    if column is None or column.is_words or column.kind == "value":
        return data_follows
    return not parse_column(pd.Series([cell]), column).problems.iloc[0]
