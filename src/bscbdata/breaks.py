"""What may be compared with what: breaks in definition, editions of a series, and benchmarks of another year.

A benchmark of another year is refused. A comparison across a break of `definitions/breaks.csv`, or between two editions
of a series, must carry its caveat: `{{ caveat("edition") }}` in the same section.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pandas as pd

from bscbdata import authorities, facts
from bscbdata.facts import Definition
from bscbdata.lists import read_list
from bscbdata.numbers import enumerated
from bscbdata.period import span
from bscbdata.places import NEIGHBOURS
from bscbdata.tables import rows_with, worked_out

DEFINITIONS = Path(__file__).parent / "definitions" / "breaks.csv"
EDITION = "edition"
_KNOWN_AS = {"indicator", "area", "year", "category"}
_ROW = ("subject", "category", "area", "period")


class Incomparable(ValueError):
    """Two numbers that may not be compared at all."""


@dataclass(frozen=True)
class Break:
    """A change of definition: from which report year, and in which editions the series was recalculated over it."""

    id: str
    indicator: str
    area: str  # of one area only, where it is named
    start: str
    recalculated: tuple[str, ...]
    what_changed: str
    caveat: str
    source: str

    def lies_between(self, one: "Side", other: "Side") -> bool:
        """Whether the two stand on different sides of it."""
        first, last = sorted((one.year, other.year))
        crossed = (
            bool(self.start) and first < self.start <= last and fnmatchcase(one.indicator, self.indicator)
        )
        return (
            crossed
            and self.area in ("", one.area)
            and not {one.vintage, other.vintage} <= set(self.recalculated)
        )


@dataclass(frozen=True)
class Side:
    """One side of a comparison: which indicator, of where and when, in which edition."""

    indicator: str
    area: str
    year: str
    vintage: str


@cache
def declared() -> dict[str, Break]:
    """Every break by id."""
    rows = [
        row | {"start": row.pop("from"), "recalculated": tuple(row["recalculated"].split("|"))}
        for row in read_list(DEFINITIONS)
    ]
    return {row["id"]: Break(**row) for row in rows}


def side(definition: Definition, words: dict[str, str], tables: Mapping[str, pd.DataFrame]) -> Side | None:
    """What a fact stands on; None when it is not read from one series, or one row, of one year."""
    asked = ("side", definition.id, *words.items())
    return worked_out(tables, asked, lambda: _side(definition, words, tables))


def _side(definition: Definition, words: dict[str, str], tables: Mapping[str, pd.DataFrame]) -> Side | None:
    if definition.table == "indicators" and "indicators" in tables:
        return _of_series(definition, words, tables)
    return _of_row(definition, words, tables.get(definition.table))


def _of_row(definition: Definition, words: dict[str, str], frame: pd.DataFrame | None) -> Side | None:
    """The side of a single row of a table that says of where and when it is, such as the county's profile."""
    if definition.how != "value" or frame is None or not set(_ROW) <= set(frame.columns):
        return None
    row = facts.pick(frame, definition.where.format_map(words), definition).iloc[0]
    return Side(f"{row['subject']}, {row['category']}", str(row["area"]), str(row["period"]), "")


def _of_series(
    definition: Definition, words: dict[str, str], tables: Mapping[str, pd.DataFrame]
) -> Side | None:
    parts = (each.partition("=") for each in definition.where.format_map(words).split(";"))
    named = {name.strip(): wanted.strip() for name, _, wanted in parts if name.strip() in _KNOWN_AS}
    if not {"indicator", "area"} <= named.keys():
        return None
    conditions = "; ".join(f"{name} = {wanted}" for name, wanted in named.items())
    every = rows_with(tables, "indicators", "indicator", [named["indicator"]])
    rows = facts.pick(every, conditions, definition)
    year = named.get("year") or _the_one(rows["year"])
    vintage = _the_one(rows["vintage"]) if "vintage" in rows else ""
    return Side(named["indicator"], named["area"], year, vintage) if year else None


def _the_one(values: pd.Series) -> str:
    """The value that all share; empty when there are several."""
    found = values.dropna().unique()
    return str(found[0]) if len(found) == 1 else ""


def crossed(one: Side | None, other: Side | None) -> list[str]:
    """The breaks between two sides of one indicator, by id. Raises Incomparable for a benchmark of another year."""
    if one is None or other is None or one.indicator != other.indicator:
        return []
    if one.area != other.area and one.year != other.year:
        raise Incomparable(
            f"{one.indicator}: {one.area} in {one.year} is held against {other.area} in {other.year}. "
            "A benchmark must be of the same year."
        )
    found = [known.id for known in declared().values() if known.lies_between(one, other)]
    return [*found, EDITION] if one.vintage and other.vintage and one.vintage != other.vintage else found


def line_breaks(indicator: str, data: pd.DataFrame) -> list[str]:
    """The breaks that a chart's lines cross: of definition along a line, of edition along or between lines."""
    if not {"year", "area", "vintage"} <= set(data):
        return []
    shown = data.dropna(subset=["vintage"])
    found = [EDITION] if shown["vintage"].nunique() > 1 else []
    for area, rows in shown.groupby("area", observed=True):
        ends = rows.sort_values("year").iloc[[0, -1]]
        sides = [Side(indicator, area, str(row.year), row.vintage) for row in ends.itertuples()]
        found += [known for known in crossed(*sides) if known not in found]
    return found


@dataclass(frozen=True)
class Rule:
    """A break as a chart marks it: where it stands on the axis of years, and whether the series was counted anew over
    it, so that both sides may be compared."""

    known: Break
    year: str
    counted_anew: bool

    def __str__(self) -> str:
        return f"The rule at {self.year} marks a break. {self.known.caveat}"


def rules(indicator: str, data: pd.DataFrame) -> list[Rule]:
    """The changes of definition, geography or code that a chart's lines lead over, in the order of their years."""
    if not indicator or not {"year", "area", "vintage"} <= set(data):
        return []
    broken = line_breaks(indicator, data)
    years, spans = sorted(set(data["year"].astype("str"))), _spans(data)
    return [
        Rule(known, next(year for year in years if year >= known.start), known.id not in broken)
        for known in sorted(declared().values(), key=lambda known: known.start)
        if known.start and fnmatchcase(indicator, known.indicator) and _led_over(known, spans)
    ]


def _spans(data: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """The first and the last year of each line, by area."""
    shown = data.dropna(subset=["vintage", "area", "year"])
    years: dict[str, list[str]] = {}
    for area, year in zip(shown["area"].astype("str"), shown["year"].astype("str"), strict=True):
        years.setdefault(area, []).append(year)
    return {area: (min(found), max(found)) for area, found in years.items()}


def _led_over(known: Break, spans: Mapping[str, tuple[str, str]]) -> bool:
    """Whether a line begins before the break and goes on after it."""
    return any(
        first < known.start <= last for area, (first, last) in spans.items() if known.area in ("", area)
    )


def in_words(indicators: Sequence[str], data: pd.DataFrame) -> str:
    """What the rules on a chart of these indicators mean, each said once, for its note and its alt text."""
    found = list(dict.fromkeys(rule for name in indicators for rule in rules(name, data)))
    return " ".join(told(found))


def told(found: Sequence[Rule]) -> list[str]:
    """What the rules of a chart mean, a sentence or two for each kind."""
    thin = [rule for rule in found if rule.counted_anew]
    return [*(str(rule) for rule in found if not rule.counted_anew), *_thin(thin)]


def _thin(found: Sequence[Rule]) -> list[str]:
    """What rules mean over which the series was counted anew: what changed, and that it may be compared."""
    if not found:
        return []
    years = sorted({rule.year for rule in found})
    mark = (
        f"Thin rules at {enumerated(years)} mark this"
        if years[1:]
        else f"A thin rule at {years[0]} marks this"
    )
    said = caveats([rule.known for rule in found])
    return [" ".join([*said, f"{mark}; the edition shown counts all years alike."])]


def caveats(found: Sequence[Break]) -> list[str]:
    """The caveats of breaks; those that differ in their year alone as one sentence with all their years."""
    years: dict[str, list[str]] = {}
    for known in found:
        years.setdefault(known.caveat.replace(known.start, "{year}"), []).append(known.start)
    return [said.replace("{year}", enumerated(list(dict.fromkeys(starts)))) for said, starts in years.items()]


def with_empty_years(frame: pd.DataFrame, areas: Sequence[str]) -> pd.DataFrame:
    """The lines of a chart (year, area, value, vintage) in the order of areas and years, with an empty row for each year
    that a line lacks between its first and its last, so that it is not drawn through what is not there.

    The first line has a row from the first year of all lines on: it gives the axis its order.
    """
    begins, whole = frame["year"].min(), []
    for area in (area for area in areas if area in set(frame["area"])):
        rows = frame[frame["area"] == area].set_index("year").sort_index()
        years = span(rows.index[0] if whole else begins, rows.index[-1])
        whole.append(rows.reindex(years).assign(area=area).rename_axis("year").reset_index())
    return pd.concat(whole, ignore_index=True) if whole else frame


def unmarked(indicator: str, data: pd.DataFrame, note: str) -> list[str]:
    """The breaks that a chart crosses and its note does not speak of, by id. A note names the year or the edition."""
    return [known for known in line_breaks(indicator, data) if not _speaks_of(known, note)]


def _speaks_of(known: str, note: str) -> bool:
    start = declared()[known].start
    return bool(re.search(re.escape(start) if start else "edition|revised|first published", note, re.I))


def edition_note(data: pd.DataFrame) -> str:
    """Which line of a chart is of which edition, in words; empty when all are of one. One line needs no area."""
    if "vintage" not in data or data["vintage"].nunique() < 2:
        return ""
    shown = data.dropna(subset=["vintage"]).astype({"vintage": "str", "year": "str"})
    shown = shown if "area" in shown else shown.assign(area="")
    spans = shown.groupby(["area", "vintage"], observed=True, sort=False)["year"].agg(["min", "max"])
    told = {}
    for (area, vintage), ends in spans.iterrows():
        years = " to ".join(dict.fromkeys([ends["min"], ends["max"]]))
        told.setdefault((str(vintage), years), []).append(str(area))
    said = [
        f"{_of_areas(areas)} for {years} are {_as_of(vintage)}" for (vintage, years), areas in told.items()
    ]
    return f"The numbers{'; those'.join(said)}."


def _of_areas(areas: Sequence[str]) -> str:
    """The areas of some lines as a sentence names them; nothing for a line that needs no name."""
    names = {NEIGHBOURS: "the statistical neighbours"}
    said = [names.get(area, authorities.in_words(area)) for area in areas if area]
    return f" of {enumerated(said)}" if said else ""


def _as_of(vintage: str) -> str:
    """An edition as a sentence says it: `as first published`, `as revised in 2022`; any other by its name."""
    found = re.fullmatch(r"(?:as )?((?:first )?published|revised)(?: (\d{4}))?", vintage)
    return f"as {' in '.join(filter(None, found.groups()))}" if found else f"of the edition “{vintage}”"
