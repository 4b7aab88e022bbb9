"""The head of a cross-tab that is laid out otherwise than its map says: names a row lower, or a table turned on its side."""

import pandas as pd

from bscbdata import cleaning
from bscbdata.cleaning import same_spelling
from bscbdata.findings import DataStop, Finding, passed, refusal, warning
from bscbdata.numbers import enumerated
from bscbdata.period import ReportYear
from bscbdata.sources import Column, Source
from bscbdata.sources.cells import parse_column
from bscbdata.sources.titles import years_spoken

TURNED = 3  # so many months or quarters in one row are the head of a table that is turned
SHOWN = 4


def names_below(
    grid: pd.DataFrame, row: int, header: list[str], source: Source, year: ReportYear, name: str
) -> tuple[list[str], list[Finding]] | None:
    """The header with the names of a cross-tab that stand in the row below, at `row`; None where that row is none of it.

    They are taken as they stand where each is one that is known, else with the cell above, as `2015-16 Q1` is. Raises
    DataStop where neither is known: a breakdown below another has no place in the return.
    """
    if source.layout != "crosstab" or row >= len(grid):
        return None
    below = [str(cell) if pd.notna(cell) else "" for cell in grid.iloc[row]]
    wanted = {same_spelling(column.header(year)) for column in source.collected(year)}
    labels = [place for place, cell in enumerate(header) if same_spelling(cell) in wanted]
    if any(below[place] for place in labels) or not _may_be_names(below, header):
        return None
    across = source.column(source.crosstab["across"])
    above = [cell for place, cell in enumerate(header) if place not in labels]
    joined = cleaning.join_header_rows(grid, row - 1, 2)
    for names in (below, joined):
        told = [name for place, name in enumerate(names) if below[place]]
        if len(set(told)) == len(told) and _are_known(told, across):
            head = [names[place] if cell else header[place] for place, cell in enumerate(below)]
            place = {"file": name, "sheet": source.sheet}
            return head, [
                passed("columns", "The header stands in 2 rows.", **place),
                *_other_years(above if names is below else [], year, place),
            ]
    raise _unknown_names(above, below, across, grid.index[row], source, name)


def _may_be_names(below: list[str], header: list[str]) -> bool:
    """Whether several words stand below, some of them under a cell of the header that is empty or merged over several."""
    told = [(cell, head) for cell, head in zip(below, header, strict=True) if cell]
    loose = any(not head or header.count(head) > 1 for _, head in told)
    return loose and len(told) > 1 and not any(_is_number(cell) for cell, _ in told)


def _other_years(above: list[str], year: ReportYear, place: dict[str, str]) -> list[Finding]:
    """A warning of each head above the names that says another year: it is not read."""
    apart = [head for head in above if (years := years_spoken(head)) and year not in years]
    advice = "See whether it is the right year's return."
    return [
        warning(
            "unit",
            f"What stands above the names speaks of another year than {year}.",
            value=head,
            advice=advice,
            **place,
        )
        for head in dict.fromkeys(apart)
    ]


def _is_number(cell: str) -> bool:
    try:
        cleaning.to_number(cell)
    except ValueError:
        return False
    return bool(cell)


def _are_known(names: list[str], across: Column) -> bool:
    """Whether each name is one that may stand across, beside totals."""
    told = [name for name in names if not cleaning.begins_like_a_total(name)]
    return bool(told) and not parse_column(pd.Series(told, dtype="object"), across).problems.map(bool).any()


def _unknown_names(
    above: list[str], below: list[str], across: Column, row: int, source: Source, name: str
) -> DataStop:
    upper, lower = (
        enumerated([f"'{cell}'" for cell in dict.fromkeys(row) if cell][:SHOWN]) for row in (above, below)
    )
    said = f"The names of the columns stand in two rows, {upper} above {lower}: together they are no {across.name} that is known."
    advice = (
        f"Ask for one column for each {across.name}, its name in one row: what is broken down further, such as by sex or "
        "by year, is not asked for here."
    )
    if across.code_list:
        advice += (
            f" If they are other spellings, add them to src/bscbdata/sources/codes/{across.code_list}.csv."
        )
    return refusal("columns", said, file=name, sheet=source.sheet, row=int(row), advice=advice)


def told_if_turned(grid: pd.DataFrame, source: Source, missing: list[str], year: ReportYear) -> str:
    """What to say where months, quarters or names stand across a row, which the return has down a column; else nothing."""
    lost = {same_spelling(cell) for cell in missing}
    for column in source.collected(year):
        if same_spelling(column.header(year)) not in lost or not (
            column.kind in ("month", "quarter") or column.code_list
        ):
            continue
        for _, cells in grid.iterrows():
            known = [str(cell) for cell in cells.dropna() if _are_known([str(cell)], column)]
            if len(known) >= TURNED and len(set(known)) == len(known):
                some = enumerated([f"'{cell}'" for cell in known[:SHOWN]])
                return (
                    f" The table seems to be turned: {some} stand across a row, and the return has each {column.name} in a row "
                    f"of its own, below '{column.header(year)}'."
                )
    return ""
