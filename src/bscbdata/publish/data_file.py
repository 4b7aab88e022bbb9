"""A figure or table as open data: statistics in the layout of the Department for Education, lists as plain tables.

Statistics have a row for each time, place and filter, and a column for each number. `definitions/open_data.csv` says for
each key what its columns do not: whether it is plain, its time, and which filter's values add up to a total.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from bscbdata.authorities import Area, load_areas
from bscbdata.lists import read_list
from bscbdata.period import MONTHS, ReportYear
from bscbdata.places import NEIGHBOURS
from bscbdata.provenance import LABELS
from bscbdata.publish.about import About
from bscbdata.publish.exhibits import Exhibit
from bscbdata.publish.values import header, number_text

RULES = Path(__file__).parents[1] / "definitions" / "open_data.csv"
TIME = ("time_period", "time_identifier", "geographic_level")
COUNTRY = ("country_code", "country_name")
AUTHORITY = ("region_code", "region_name", "old_la_code", "new_la_code", "la_name")
DISTRICT = ("lad_code", "lad_name")
LEVELS = {"national": "National", "region": "Regional", "authority": "Local authority"}
LEVELS |= {"district": "Local authority district"}
UNITS = {"percent": "%", "per cent": "%", "%": "%", "GBP": "£", "gbp": "£"}
TOTAL = "Total"


@dataclass(frozen=True)
class Field:
    """A column of a data file. `kind` is time, place, filter, group, indicator, text, number or date."""

    name: str
    kind: str
    label: str
    unit: str = ""
    decimals: int | None = None
    hint: str = ""
    grouped_by: str = ""


PROVENANCE = Field("provenance", "filter", "Where the data comes from")
COMPARISON = Field(
    "comparison",
    "filter",
    "Whose value",
    hint=f"{TOTAL} is the area itself; {NEIGHBOURS} is the mean of theirs",
)


@dataclass(frozen=True)
class DataFile:
    """A data file: its columns, and its rows as text."""

    layout: str
    fields: tuple[Field, ...]
    rows: list[list[str]] = field(default_factory=list)


@cache
def rules() -> dict[str, dict[str, str]]:
    """What `definitions/open_data.csv` says, by key."""
    return {row["key"]: row for row in read_list(RULES)}


def data_file(exhibit: Exhibit, about: About) -> DataFile:
    """The exhibit as a data file: statistics where it counts something somewhere, else a plain table."""
    record, rule = exhibit.record, rules().get(exhibit.key, {})
    counts = any(column["is_number"] for column in record["data"]["columns"])
    known = about.year and place_of(about.area)
    if not (counts and known and record["provenance"]) or rule.get("layout") == "plain":
        return _plain(record)
    return _Statistics(exhibit, about, rule).file()


def snake(name: str) -> str:
    """A name for a column: small letters, digits and underscores, not a digit first."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return f"in_{plain}" if plain[:1].isdigit() else plain


def cell_text(cell: str, value: object, column: Mapping[str, Any]) -> str:
    """A cell of a data file: the number at its decimals, a date as 2016-03-31, the bare letters of a symbol, or text."""
    if column["is_number"]:
        return number_text(value, column) if value is not None else cell.strip("[]")
    return str(value) if value is not None else cell.strip("[]")


def _plain(record: Mapping[str, Any]) -> DataFile:
    table = record["data"]
    cells = _cells(table)
    fields = [
        Field(snake(column["name"]), _kind(column, [row[place] for row in cells]), header(column),
              _unit(column), column["decimals"] if column["is_number"] else None)
        for place, column in enumerate(table["columns"])
    ]  # fmt: skip
    if record["provenance"]:
        fields.append(Field(PROVENANCE.name, "text", PROVENANCE.label))
        cells = [[*row, LABELS[record["provenance"]]] for row in cells]
    return DataFile("plain", tuple(fields), cells)


def _kind(column: Mapping[str, Any], cells: list[str]) -> str:
    if column["is_number"]:
        return "number"
    dates = [re.fullmatch(r"\d{4}-\d\d-\d\d", cell) for cell in cells if cell not in {"", "x"}]
    return "date" if dates and all(dates) else "text"


def _unit(column: Mapping[str, Any]) -> str:
    return UNITS.get(column["unit"], "") if column["is_number"] else ""


def _cells(table: Mapping[str, Any]) -> list[list[str]]:
    return [
        [cell_text(*parts) for parts in zip(cells, values, table["columns"], strict=True)]
        for cells, values in zip(table["rows"], table["values"], strict=True)
    ]


# ---- when and where ----------------------------------------------------------------------------------------------


def time_of(text: str, year: str, spans: str = "Financial year") -> tuple[str, str] | None:
    """`2015-16`, `April 2015`, `2015-16 Q1` or `Q1` (of `year`) as (time_period, time_identifier); None for other text."""
    if found := re.fullmatch(r"(\d{4})-(\d\d)( Q[1-4])?", text):
        return found[1] + found[2], spans if not found[3] else f"Financial year{found[3]}"
    if re.fullmatch(r"Q[1-4]", text):
        return year[:4] + year[5:], f"Financial year {text}"
    month, _, number = text.partition(" ")
    return (number, month) if month in MONTHS and re.fullmatch(r"\d{4}", number) else None


@cache
def place_of(name: str) -> Area | None:
    """The area of that name; None when it is none that we know."""
    return next((area for area in load_areas() if area.has_name(name)), None) if name else None


def place_cells(area: Area, around: Area, columns: Iterable[str]) -> list[str]:
    """The cells of an area under the place columns; `around` is the authority that a district lies in."""
    country = place_of("England") if area.level != "national" else area
    said = dict(zip(COUNTRY, (country.area_code, country.area), strict=True))
    authority = around if area.level == "district" else area
    region = area if area.level == "region" else place_of(authority.region)
    if area.level != "national":
        said |= {"region_code": region.area_code, "region_name": region.area}
    if area.level in {"authority", "district"}:
        said |= {"old_la_code": authority.old_codes[0], "new_la_code": authority.area_code}
        said |= {"la_name": authority.area}
    if area.level == "district":
        said |= {"lad_code": area.area_code, "lad_name": area.area}
    return [said.get(column, "") for column in columns]


class _Statistics:
    """One exhibit on its way to the Department's layout."""

    def __init__(self, exhibit: Exhibit, about: About, rule: Mapping[str, str]):
        self.exhibit, self.about, self.rule = exhibit, about, rule
        self.table = exhibit.record["data"]
        self.columns = self.table["columns"]
        self.cells = _cells(self.table)
        self.own = place_of(about.area)
        words = [place for place, column in enumerate(self.columns) if not column["is_number"]]
        printed = {place: [row[place] for row in self.table["rows"]] for place in words}
        self.time = next((p for p in words if all(self._time(text) for text in printed[p])), None)
        self.area = next((p for p in words if all(map(_is_area, printed[p]))), None)
        self.filters = [place for place in words if place not in (self.time, self.area)]
        self.numbers = [place for place, column in enumerate(self.columns) if column["is_number"]]

    def file(self) -> DataFile:
        areas = [self._area(row) for row in self.table["rows"]]
        compared = self.area is not None and any(r[self.area] == NEIGHBOURS for r in self.table["rows"])
        districts = any(area.level == "district" for area in areas)
        places = (*COUNTRY, *AUTHORITY, *(DISTRICT if districts else ()))
        heads = [Field(name, "time", name) for name in TIME[:2]] + [Field(TIME[2], "place", TIME[2])]
        heads += [Field(name, "place", name) for name in places]
        fields = [*heads, *map(self._filter, self.filters), *([COMPARISON] if compared else [])]
        fields += [PROVENANCE, *map(self._indicator, self.numbers)]
        rows = []
        for printed, cells, area in zip(*self._with_totals(areas), strict=True):
            period, identifier = self._when(printed)
            row = [period, identifier, LEVELS[area.level], *place_cells(area, self.own, places)]
            row += [cells[place] for place in self.filters]
            row += [NEIGHBOURS if printed[self.area] == NEIGHBOURS else TOTAL] if compared else []
            rows.append([*row, LABELS[self.exhibit.record["provenance"]], *(cells[p] for p in self.numbers)])
        return DataFile("statistics", tuple(fields), rows)

    def _time(self, text: str) -> tuple[str, str] | None:
        return time_of(text, self.about.year, self.rule.get("time_identifier") or "Financial year")

    def _when(self, printed: list[str]) -> tuple[str, str]:
        if self.time is not None:
            return self._time(printed[self.time])
        first = ReportYear.parse(self.about.year).first
        years = {"first": first, "last": first + 1, "years": f"{first}{(first + 1) % 100:02d}"}
        asked = self.rule.get("time_period") or "{years}"
        return asked.format(**years), self.rule.get("time_identifier") or "Financial year"

    def _area(self, printed: list[str]) -> Area:
        name = printed[self.area] if self.area is not None else self.about.area
        return self.own if name == NEIGHBOURS else place_of(name)

    def _filter(self, place: int) -> Field:
        column = self.columns[place]
        group = self.rule.get("grouped_by", "")
        if column["name"] == group:
            return Field(snake(group), "group", column["label"])
        grouped = snake(group) if group and place == self._grouped() else ""
        return Field(snake(column["name"]), "filter", column["label"], grouped_by=grouped)

    def _grouped(self) -> int:
        """The filter whose values the rule's column groups: the first other one."""
        return next(p for p in self.filters if self.columns[p]["name"] != self.rule["grouped_by"])

    def _indicator(self, place: int) -> Field:
        column = self.columns[place]
        named = column["name"] != "value"
        name = snake(column["name"] if named else self.exhibit.key)
        label = header(column) if named or column["label"] != "Value" else self.exhibit.record["measure"]
        return Field(name, "indicator", label, _unit(column), column["decimals"])

    def _with_totals(self, areas: list[Area]) -> tuple[list, list, list]:
        """Printed rows, cells and areas, with a total of a filter where the rule says that its values add up to one.

        There is none where a part has no number: a total would tell what is withheld.
        """
        printed, cells = [list(row) for row in self.table["rows"]], [list(row) for row in self.cells]
        place = next((p for p in self.filters if self.columns[p]["name"] == self.rule.get("total")), None)
        if place is None:
            return printed, cells, areas
        parts: dict[tuple, list[int]] = {}
        for number, row in enumerate(cells):
            others = [p for p in range(len(row)) if p not in (place, *self.numbers)]
            parts.setdefault(tuple(row[p] for p in others), []).append(number)
        for numbers in parts.values():
            if summed := self._summed(numbers):
                said = [
                    TOTAL if p == place else summed.get(p, cells[numbers[0]][p])
                    for p in range(len(self.columns))
                ]
                printed.append([TOTAL if p == place else cell for p, cell in enumerate(printed[numbers[0]])])
                cells.append(said)
                areas = [*areas, areas[numbers[0]]]
        return printed, cells, areas

    def _summed(self, rows: list[int]) -> dict[int, str]:
        """The sum of each number column over the rows; nothing where a number is missing."""
        found = {}
        for place in self.numbers:
            values = [self.table["values"][row][place] for row in rows]
            if None in values:
                return {}
            found[place] = number_text(sum(values), self.columns[place])
        return found


def _is_area(name: str) -> bool:
    return name == NEIGHBOURS or place_of(name) is not None
