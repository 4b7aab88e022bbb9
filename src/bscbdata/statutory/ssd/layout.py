"""The map of the Standard Safeguarding Dataset: which columns of which tables are read, and what each fills."""

from dataclasses import dataclass
from functools import cache

from bscbdata.lists import read_list
from bscbdata.statutory import HERE

MAP = "statutory/maps/ssd.csv"


@dataclass(frozen=True)
class Mapped:
    """One column of the standard that is read: the list and column of ours it fills, how it is read, and what the SSDA903
    calls it, where its columns are put together as those of the SSDA903 are."""

    list: str
    column: str
    ssd_table: str
    ssd_column: str
    code_list_format: str
    ssda903: str

    @property
    def kind(self) -> str:
        return self.code_list_format.partition(":")[0]

    @property
    def required(self) -> bool:
        return self.kind == "key" or self.code_list_format.endswith(":required")


@cache
def mapped() -> dict[str, tuple[Mapped, ...]]:
    """The columns read of each table."""
    found: dict[str, tuple[Mapped, ...]] = {}
    for row in _rows("ssd.csv"):
        found[row["ssd_table"]] = (*found.get(row["ssd_table"], ()), Mapped(**row))
    return found


@cache
def ssd_tables() -> dict[str, tuple[str, ...]]:
    """Every table of the standard and its columns."""
    return {row["table"]: tuple(row["columns"].split("|")) for row in _rows("ssd_tables.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    return read_list(HERE / "maps" / name)


COUNTED_ELSEWHERE = (
    "ssd_assessment_factors",
    "ssd_cla_placement",
    "ssd_legal_status",
    "ssd_immigration_status",
)


def counting_list(table: str) -> str:
    """The list that a table's rows count in; a table that only adds to others counts under its own name."""
    one = mapped()[table][0]
    return table if one.list == "*" or table in COUNTED_ELSEWHERE else one.list
