"""Cells whose source the chapter names itself, in `leads_to`: a fact, or rows of a tidy table.

The named source is checked: a fact must round to what the cell says, and a row must hold every number of it. A list of
rows means that the cell was worked out from them, which is not checked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from bscbdata import facts, numbers
from bscbdata.cleaning import WITHHELD
from bscbdata.facts import Fact
from bscbdata.figures.published_table import Published
from bscbdata.provenance import join_rows
from bscbdata.tracing.cells import HOLDS, WORKED
from bscbdata.tracing.spelling import meaning
from bscbdata.tracing.trace import Trace
from bscbdata.tracing.tracer import TraceError, Tracer, only

AMOUNT = re.compile(r"([−-]?)£?(\d[\d,]*(?:\.\d+)?)%?")
Source = str | Fact | Sequence[str] | None


def in_order(leads_to: Mapping[str, Sequence[Source]], index: pd.Index) -> dict[str, list[Source]]:
    """The sources of each column, one for each row of a table: by the labels of its rows where a Series is given.

    TraceError when there are more or fewer than rows.
    """
    return {column: _in_order(column, sources, index) for column, sources in leads_to.items()}


def _in_order(column: str, sources: Sequence[Source], index: pd.Index) -> list[Source]:
    if isinstance(sources, pd.Series) and sources.index.is_unique and index.isin(sources.index).all():
        return list(sources.loc[index])
    if len(sources) != len(index):
        raise TraceError(
            f"leads_to: column '{column}' has {len(sources)} sources for {len(index)} rows. Give one for each row, or a "
            "column of the frame that the rows were taken from."
        )
    return list(sources)


def trace_named(
    tracer: Tracer, table: Published, leads_to: Mapping[str, Sequence[Source]]
) -> dict[tuple[int, int], Trace]:
    """The trace of every cell that shows or withholds a number and whose source is named, by its row and column.

    TraceError when there is no such column, fact or row, or when the source does not say what the cell says.
    """
    places = {name: place for place, name in enumerate(table.columns())}
    if unknown := [name for name in leads_to if name not in places]:
        raise TraceError(
            f"leads_to: there is no column '{unknown[0]}'. The table has: {', '.join(map(str, places))}."
        )
    cells = table.rows()
    wanted = (
        (row, places[name], source)
        for name, sources in leads_to.items()
        for row, source in enumerate(sources)
        if isinstance(source, Fact | list | tuple) or pd.notna(source)
    )
    return {
        (row, column): _trace(tracer, cells[row], column, source)
        for row, column, source in wanted
        if re.search(r"\d", cells[row][column]) or cells[row][column] == WITHHELD
    }


def _trace(tracer: Tracer, cells: Sequence[str], column: int, source: Source) -> Trace:
    shown = cells[column]
    of_fact = isinstance(source, Fact) or isinstance(source, str) and "#" not in source
    found = _of_fact(tracer, shown, source) if of_fact else _of_rows(tracer, cells, shown, source)
    if shown == WITHHELD:
        return replace(found, value=None, numerator=None, denominator=None, withheld=True)
    return replace(found, shown=shown)


def _of_fact(tracer: Tracer, shown: str, source: str | Fact) -> Trace:
    fact = source
    if not isinstance(source, Fact):  # FactError names those that come close
        fact = facts.compute(source, tracer.tables, tracer.edition)
    printed = _amount(shown)
    if shown != WITHHELD and (printed is None or not numbers.agrees(fact.value, printed)):
        raise TraceError(f"leads_to: the cell says '{shown}', and fact '{fact.id}' is {fact.value:g}.")
    return tracer.fact(fact)


def _of_rows(tracer: Tracer, cells: Sequence[str], shown: str, source: str | Sequence[str]) -> Trace:
    stands_there = isinstance(source, str)
    made, rows = tracer.at(source if stands_there else join_rows(source))
    if stands_there and shown != WITHHELD:
        _must_hold(rows, shown, source)
    told = {
        name: only(row.get(name) for row in rows)
        for name in ("subject", "category", "period")
        if any(name in row for row in rows)
    }
    names = [told.get("subject") or cells[0], told.get("category", "")]
    printed = _amount(shown)
    return replace(
        made,
        id=f"{cells[0]}|{shown}",
        label=": ".join(filter(None, dict.fromkeys(names))),
        value=None if printed is None else float(printed),
        unit="percent" if shown.endswith("%") else "GBP" if "£" in shown else "",
        decimals=numbers.decimals_of(printed or ""),
        period=told.get("period", ""),
        how=HOLDS if stands_there else WORKED,
        definition=meaning(made.tables[0]),
        cited=made.cited or tuple(_in_print(row) for row in rows if pd.notna(row.get("line"))),
    )


def _in_print(row: Mapping[str, object]) -> str:
    """Where in the printed report a number stands: chapter and the page it begins on, figure, line."""
    chapter, figure = str(row["chapter"]), row["figure"]
    of_appendix = chapter.startswith("A")
    begins = "the appendices begin" if of_appendix else "it begins"
    page = f" ({begins} on page {row['page']})" if pd.notna(row.get("page")) else ""
    places = [
        f"The printed report, {f'appendix {chapter[1:]}' if of_appendix else f'chapter {chapter}'}{page}",
        f"figure {figure}" if pd.notna(figure) else "",
        f"line {row['line']} of its plain text",
    ]
    return ", ".join(filter(None, places))


def _must_hold(rows: Sequence[Mapping[str, object]], shown: str, source: str) -> None:
    """TraceError unless the row, or one of several, holds each numeral of the cell."""
    values = [value for row in rows for name, value in row.items() if name not in ("row_id", "table")]
    held = {numeral for value in values for numeral in _numerals(value)}
    if missing := [numeral for numeral in _numerals(shown) if numeral not in held]:
        raise TraceError(f"leads_to: the cell says '{shown}', and row {source} has no {missing[0]}.")


def _numerals(value: object) -> list[str]:
    """The numbers in a value, however they are written: 1,234 and 1234.0 are one."""
    found = numbers.numerals(str(value))
    return [repr(float(numeral.replace(",", ""))) if _is_one(numeral) else numeral for numeral in found]


def _is_one(numeral: str) -> bool:
    return re.fullmatch(r"[\d,]+(\.\d+)?", numeral) is not None


def _amount(shown: str) -> str | None:
    """The number that a cell is: `−2%` is -2; None for words."""
    found = AMOUNT.fullmatch(shown)
    return None if found is None else found[1].replace("−", "-") + found[2].replace(",", "")
