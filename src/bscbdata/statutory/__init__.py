"""Statutory child-level returns: Ofsted Annex A, children in need census, SSDA903, Standard Safeguarding Dataset.

Every format is read into the same lists of events (`lists.csv` says which columns they have, `codes/*.csv` which
codes, beside the codes that each format uses), so that one set of definitions counts them all.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd

from bscbdata import provenance
from bscbdata.findings import REJECT_COLUMNS, Finding
from bscbdata.lists import read_list
from bscbdata.sources.grid import told_of_columns
from bscbdata.sources.titles import told_of_lists

HERE = Path(__file__).parent
FORMATS = ("annex_a", "cin_census", "ssda903", "ssd")
DTYPES = {"text": "str", "date": "datetime64[s]", "count": "Int64", "number": "float64", "yes_no": "boolean"}


@dataclass
class CaseRecords:
    """What was read from statutory returns.

    `lists` holds the event lists in the columns of `lists.csv`; `native` the tables under the format's own field
    names, for the official validation rules; `rejects` every row that was not used, with its reason; `rows_in`
    how many rows each list had in the file; `not_sent` the columns of each list (`*`: of all) that no file holds.
    """

    format: str
    lists: dict[str, pd.DataFrame] = field(default_factory=dict)
    native: dict[str, pd.DataFrame] = field(default_factory=dict)
    rejects: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=REJECT_COLUMNS, dtype="object")
    )
    findings: list[Finding] = field(default_factory=list)
    rows_in: dict[str, int] = field(default_factory=dict)
    not_sent: dict[str, set[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class ListColumn:
    """One column of an event list: its kind, whether it must never be kept, and its meaning."""

    name: str
    kind: str
    private: bool
    meaning: str

    @property
    def code_list(self) -> str:
        return self.kind.partition(":")[2]


def tell_of(
    grid: pd.DataFrame | None, used: Collection[int], place: dict[str, str], findings: list[Finding]
) -> None:
    """Add what is odd about a sheet of which some columns are used, by position; what is so of its whole workbook once."""
    told = [] if grid is None else told_of_columns(grid, used, place["file"], place.get("sheet", ""))
    said = {(one.file, one.message) for one in findings if one.check in ("workbook", "file")}
    findings += [one for one in told if one.result != "pass" and (one.file, one.message) not in said]


def tell_of_lines(above: pd.DataFrame, place: dict[str, str], findings: list[Finding]) -> None:
    """Add what the lines above the header of a sheet say of the area and the year of a list, and whether it is final."""
    findings += told_of_lists((str(cell) for cell in above.stack()), place)


def row_id(place: dict[str, str], row: object) -> str:
    """Where a row stands: file, sheet and row."""
    return provenance.row_id(place["file"], place.get("sheet", ""), row)


@cache
def list_columns() -> dict[str, tuple[ListColumn, ...]]:
    """The columns of every event list; those of all lists come first."""
    rows = read_list(HERE / "lists.csv")
    columns = [
        (row["list"], ListColumn(row["column"], row["kind"], row["private"] == "yes", row["meaning"]))
        for row in rows
    ]
    shared = tuple(column for name, column in columns if name == "*")
    names = dict.fromkeys(name for name, _ in columns if name != "*")
    return {name: shared + tuple(column for of, column in columns if of == name) for name in names}


@cache
def codes(code_list: str) -> tuple[str, ...]:
    """The codes of a list, in print order."""
    return tuple(row["code"] for row in read_list(HERE / "codes" / f"{code_list}.csv"))


@cache
def code_map(code_list: str, format: str) -> dict[str, str]:
    """From a format's own codes (`annex_a`, `cin_census`, `ssda903`) to ours. The SSD uses the census's and the 903's."""
    rows = read_list(HERE / "codes" / f"{code_list}.csv")
    return {theirs: row["code"] for row in rows for theirs in row[format].split("|") if theirs}


def event_list(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """A frame as the event list of that name: its columns in order, typed; a column that is not given is missing."""
    typed = {column.name: _typed(frame, column) for column in list_columns()[name]}
    return pd.DataFrame(typed, index=frame.index).reset_index(drop=True)


def _typed(frame: pd.DataFrame, column: ListColumn) -> pd.Series:
    values = (
        frame[column.name] if column.name in frame else pd.Series(pd.NA, index=frame.index, dtype="object")
    )
    if column.code_list:
        repeated = isinstance(values.dtype, pd.CategoricalDtype)
        known = pd.CategoricalDtype(codes(column.code_list))
        return (values if repeated else values.astype("object")).astype(known)
    if column.kind == "date":
        return pd.to_datetime(values).astype("datetime64[s]")
    if column.kind in ("number", "count"):
        return pd.to_numeric(values).astype(DTYPES[column.kind])
    return values.astype(DTYPES[column.kind])
