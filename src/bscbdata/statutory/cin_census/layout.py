"""The layout of the children in need census: its elements, tables and codes, and the years in which each is right.

`maps/cin_census.csv` holds the elements, `maps/cin_census_codes.csv` the codes. Source: the Department for
Education's census specifications and schemas, 2017 to 2026.
"""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from bscbdata.lists import read_list
from bscbdata.period import ReportYear

MAPS = Path(__file__).parent.parent / "maps"
MAP = "statutory/maps/cin_census.csv"
PRIVATE = frozenset(
    {"LAchildID", "UPN", "FormerUPN", "PersonBirthDate", "ExpectedPersonBirthDate", "PersonDeathDate"}
)


@dataclass(frozen=True)
class Span:
    """The census years in which something is right; None means no limit."""

    first: int | None
    last: int | None

    def holds(self, year: int | None) -> bool:
        return year is None or ((self.first or year) <= year <= (self.last or year))

    def __str__(self) -> str:
        return f"{self.first or 'the first census'} to {self.last or 'now'}"


@dataclass
class Element:
    """One element of the census. Kind: group, table, text, date, many (several in one cell) or row (a row each)."""

    name: str
    kind: str
    table: str
    codes: str
    years: Span
    children: dict[str, "Element"] = field(default_factory=dict)


@cache
def root() -> Element:
    """The element Message, with all below it."""
    top: Element | None = None
    known: dict[str, Element] = {}
    for row in _rows("cin_census.csv"):
        years = span_of(row)
        element = Element(row["element"], row["kind"], row["table"], row["codes"], years)
        if row["parent"]:
            known[row["parent"]].children[element.name] = element
        if element.kind in ("group", "table"):
            known[element.name] = element
        top = top or element
    return top


@cache
def fields(table: str) -> tuple[Element, ...]:
    """The fields of a table, in the order of the map."""
    found: list[Element] = []
    waiting = [root()]
    while waiting:
        element = waiting.pop(0)
        waiting.extend(element.children.values())
        if element.table == table and element.kind != "table":
            found.append(element)
    return tuple(found)


@cache
def tables() -> dict[str, Element]:
    """The tables of the census and the element that makes a row of each."""
    waiting, found = [root()], {}
    while waiting:
        element = waiting.pop(0)
        waiting.extend(element.children.values())
        if element.kind in ("table", "row"):
            found[element.table] = element
    return found


@cache
def official_names() -> dict[str, str]:
    """The name of every element in small letters, and as the census writes it."""
    return {row["element"].casefold(): row["element"] for row in _rows("cin_census.csv")}


@cache
def code_years(codes: str) -> dict[str, tuple[Span, ...]]:
    """The codes of a list in small letters, and the years of each."""
    found: dict[str, tuple[Span, ...]] = {}
    for row in _rows("cin_census_codes.csv"):
        if row["codes"] == codes:
            found[row["code"].casefold()] = (*found.get(row["code"].casefold(), ()), span_of(row))
    return found


def is_code(codes: str, text: str) -> bool:
    """Whether a text is a code of the list, in any year and in capitals or not."""
    return text.casefold() in code_years(codes)


def is_code_of_year(codes: str, text: str, year: int | None) -> bool:
    """Whether a text is a code of the list in that census year."""
    return any(years.holds(year) for years in code_years(codes).get(text.casefold(), ()))


def census_year(year: "ReportYear | str | int | None") -> int | None:
    """The calendar year in which the census ends: 2016 for 2015-16. ValueError for what is not a year."""
    if isinstance(year, str):
        year = int(year) if year.strip().isdigit() else ReportYear.parse(year)
    return year.first + 1 if isinstance(year, ReportYear) else year


def span_of(row: dict[str, str]) -> Span:
    """The years that a row of one of our lists is right in."""
    return Span(int(row["first_year"] or 0) or None, int(row["last_year"] or 0) or None)


@cache
def _rows(name: str) -> list[dict[str, str]]:
    return read_list(MAPS / name)
