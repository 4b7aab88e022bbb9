"""The official tables and columns of the SSDA903, and its codes that decide what is counted."""

import re
from dataclasses import dataclass
from functools import cache

import pandas as pd

from bscbdata.lists import read_list
from bscbdata.statutory import HERE

MAP = "statutory/maps/ssda903.csv"
SHARED = {"CHILD", "DOB", "SEX"}
SHORT_BREAKS = ("V3", "V4")
TEMPORARY = ("T0", "T1", "T2", "T3", "T4")
FOR_ADOPTION = ("A3", "A4", "A5", "A6")
NEW_PLACEMENT = ("S", "P", "T", "B", "U")
NEW_STATUS = ("S", "L", "B", "U")
ADOPTED = ("E11", "E12")
CONTINUES = "X1"
ENDLESS = pd.Timestamp("2200-01-01")
NEVER = pd.Timestamp("1900-01-01")


@dataclass(frozen=True)
class Field:
    """One column of one official table: its kind, its codes now and those withdrawn, and its other names."""

    table: str
    column: str
    kind: str
    required: bool
    official: bool
    codes: tuple[str, ...]
    withdrawn: tuple[str, ...]
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One official table: how files call it, the columns that make two rows the same event, and the list it fills."""

    name: str
    names: tuple[str, ...]
    event: tuple[str, ...]
    list: str


@dataclass(frozen=True)
class Sent:
    """One table as sent: text under official column names, index = row in the file; `year_set` = which year's set."""

    table: str
    place: dict[str, str]
    year_set: str
    body: pd.DataFrame


@cache
def fields() -> dict[str, dict[str, Field]]:
    """The official columns of every table."""
    found: dict[str, dict[str, Field]] = {}
    for row in _rows("ssda903.csv"):
        split = {name: _parts(row[name]) for name in ("codes", "withdrawn", "aliases")}
        said = {name: row[name] == "yes" for name in ("required", "official")}
        field = Field(**row | split | said)
        found.setdefault(field.table, {})[field.column] = field
    return found


@cache
def tables() -> dict[str, Table]:
    """The official tables."""
    return {
        row["table"]: Table(row["table"], _parts(row["names"]), _parts(row["event"]), row["list"])
        for row in _rows("ssda903_tables.csv")
    }


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(filter(None, cell.split("|")))


def official_columns(table: str) -> list[str]:
    return [field.column for field in fields()[table].values() if field.official]


@cache
def last_years() -> dict[tuple[str, str], int]:
    """Column and code -> the calendar year in which the last year of a withdrawn code ended."""
    rows = [row for row in read_list(HERE / "maps" / "ssda903_code_years.csv") if row["last_year_end"]]
    return {(row["column"], row["code"]): int(row["last_year_end"]) for row in rows}


@cache
def spellings(table: str) -> dict[str, str]:
    """How the columns of a table may be called -> their official names."""
    return {name: one.column for one in fields()[table].values() for name in (one.column, *one.aliases)}


def fitting_tables(columns: set[str], called: str) -> tuple[float, list[str]]:
    """How well the best table's own columns are there, and which tables fit as well as that; a name decides a tie."""
    scores = {}
    for table, known in fields().items():
        own = [field for field in known.values() if field.official and field.column not in SHARED]
        there = [field for field in own if columns & {field.column, *field.aliases}]
        scores[table] = len(there) / len(own)
    most = max(scores.values())
    found = [table for table, score in scores.items() if score == most and most > 0]
    plain = re.sub(r"[^a-z0-9]+", "", called.casefold())
    named = [table for table in found if any(known in plain for known in tables()[table].names)]
    return most, named if len(found) > 1 and len(named) == 1 else found


def _rows(name: str) -> list[dict[str, str]]:
    return read_list(HERE / "maps" / name)
