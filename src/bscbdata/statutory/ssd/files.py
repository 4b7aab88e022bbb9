"""The tables of a Standard Safeguarding Dataset in its files: known by their columns, and read by the map."""

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from bscbdata.findings import Finding, refusal, warning
from bscbdata.statutory import tell_of
from bscbdata.statutory.ssd.layout import MAP, mapped, ssd_tables
from bscbdata.statutory.ssda903.files import sheets_in

ENOUGH_COLUMNS = 3


def tables_in(
    path: Path, name: str, findings: list[Finding]
) -> Iterator[tuple[str, dict[str, str], pd.DataFrame]]:
    """Table, place and cells of what is read; a table that is not used, or not known, is told."""
    for place, called, read in sheets_in(path, name):
        grid = read()
        header = [str(cell).strip().casefold() for cell in grid.iloc[0]] if len(grid) else []
        table = _recognise(header, called)
        if table in mapped():
            yield table, place, _wanted(grid, header, table, place, findings)
            continue
        said, sent = f"The table {table} is not used for any figure, so not read.", {}
        if not table:
            said = "Not one of the tables of the SSD, so not read."
            sent = {"value": ", ".join(header), "expected": ", ".join(ssd_tables())}
        findings.append(warning("table", said, **place, **sent, advice=f"See {MAP} for what is read."))


def _recognise(header: list[str], called: str) -> str:
    """The table most of whose columns are there; when several fit as well, the one that the file is called after."""
    scores = {table: len(set(columns) & set(header)) for table, columns in ssd_tables().items()}
    most = max(scores.values())
    best = [table for table, score in scores.items() if score == most > 0]
    plain = re.sub(r"[^a-z0-9]+", "_", called.casefold())
    named = sorted(
        (table for table in ssd_tables() if table in plain or table.removeprefix("ssd_") in plain), key=len
    )
    if len(best) == 1 and (most >= ENOUGH_COLUMNS or best[0] in named):
        return best[0]
    return named[-1] if named and named[-1] in best else ""


def _wanted(
    grid: pd.DataFrame, header: list[str], table: str, place: dict[str, str], findings: list[Finding]
) -> pd.DataFrame:
    """The cells of the columns that are read, and of no others."""
    wanted = [one.ssd_column for one in mapped()[table]]
    lost = [one.ssd_column for one in mapped()[table] if one.required and one.ssd_column not in header]
    twice = [column for column in wanted if header.count(column) > 1]
    if lost or twice:
        said = f"The table {table} " + (
            f"lacks {', '.join(lost)}." if lost else f"has {', '.join(twice)} twice."
        )
        told = {"value": ", ".join(header), "expected": ", ".join(wanted), "advice": f"See {MAP}."}
        raise refusal("columns", said, **place, **told)
    positions = [header.index(column) for column in wanted if column in header]
    tell_of(grid, positions, place, findings)
    cells = grid.iloc[1:][grid.iloc[1:].notna().any(axis=1)].iloc[:, positions]
    return cells.set_axis([header[position] for position in positions], axis=1)
