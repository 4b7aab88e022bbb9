"""Simulated official figures for every authority of which none are here: the national set, to try all of England with.

Counts add up to those of England with the official figures that are here; a rate is its count over the children, a share its
part over its whole. Small counts are withheld, as the department does. Nothing else is true of any place.
"""

from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd

from bscbdata.authorities import load_areas
from bscbdata.lists import read_list
from bscbdata.period import ReportYear
from bscbdata.places import SIMULATED
from bscbdata.simulate.draw import apportion
from bscbdata.simulate.layout import write_simulated_origin
from bscbdata.simulate.plan import HERE
from bscbdata.sources import load_source, source_names
from bscbdata.sources.reading import read_source

COLUMNS = ["indicator", "category", "area", "area_code", "period", "value", "unit", "vintage", "source"]
SERIES = ["indicator", "category", "period", "vintage"]
ANY_YEAR = ReportYear(2015)  # official tables have the same headers in every year
WHOLE, SEVERAL = "England", 5  # a series is simulated where so many authorities have it
FEW, TINY, WITHHELD = 5, 1_000, "x"  # counts of one to five; children of an area whose shares are withheld
SPREAD, WOBBLE = 0.3, 0.05  # of the level of an area, and of its years
POPULATION, RATE = "population_aged_0_to_17", "_rate_per_10000"
CHILDREN = {"E10": 120_000, "E06": 42_000, "E08": 60_000, "E09": 58_000}  # of a typical area of each kind
SMALL = {"Isles of Scilly": 400, "City of London": 900, "Rutland": 7_800}
PARTS = {  # a count, or a share, that is part of another
    "re_referrals": "referrals",
    "conferences_in_15_working_days": "initial_child_protection_conferences",
    "assessments_in_45_working_days": "assessments_completed",
    "child_protection_plans_by_initial_category": "child_protection_plans",
    "child_protection_plans_by_latest_category": "child_protection_plans",
    "child_protection_plans_started_by_initial_category": "child_protection_plans_started",
    "child_protection_plans_started_by_latest_category": "child_protection_plans_started",
}


def simulate_national(raw: Path, seed: int = 2016) -> list[Path]:
    """Write the national set into `data/raw/simulated/`, in the layout of the official tables; returns its files.

    ValueError when the publisher's own files are here: then nothing is to be simulated.
    """
    if any((raw / "official" / "releases").rglob("*.csv")):
        raise ValueError(
            "The publisher's files are in data/raw/official/releases: nothing is to be simulated."
        )
    tables = {name: read_source(name, ANY_YEAR, raw).table for name in series_tables(raw)}
    made = _Made(pd.concat(tables.values(), ignore_index=True), seed)
    place = raw / SIMULATED
    listed = _write(
        place / "areas.csv",
        "Authorities whose figures are simulated",
        pd.DataFrame({"area": list(made.areas)}),
    )
    rows = {name: made.of_table(table) for name, table in tables.items()}
    return [listed] + [
        _write(place / "official" / f"{name}.csv", f"{load_source(name).title}, simulated", found)
        for name, found in rows.items()
        if len(found)
    ]


def series_tables(raw: Path) -> list[str]:
    """The official tables that hold series of areas, by name, of which the file is here."""
    sources = [load_source(name) for name in source_names()]
    return [
        source.name
        for source in sources
        if source.official
        and {*SERIES, "area", "value"} <= {column.name for column in source.columns}
        and source.file(raw, ANY_YEAR).exists()
    ]


def _write(path: Path, title: str, rows: pd.DataFrame) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(rows.to_csv(index=False, lineterminator="\n"), encoding="utf8", newline="\n")
    note = "Counts add up to those of England; everything else is chosen. No number is about a real place."
    return write_simulated_origin(path, "the Department for Education", title, note)


class _Made:
    """The simulated areas: how many children each has, and how high it lies in each measure."""

    def __init__(self, rows: pd.DataFrame, seed: int) -> None:
        every = {area.area: area for area in load_areas() if area.level == "authority"}
        own = rows[rows["area"].isin(list(every))].drop_duplicates([*SERIES, "area"])
        official = set(own.loc[own["indicator"] == POPULATION, "area"])
        self.sums = own.groupby(SERIES)["value"].sum().to_dict()  # of the official areas
        self.several = own.groupby(SERIES)["area"].nunique().to_dict()
        england = rows[(rows["area"] == WHOLE) & rows["value"].notna()].drop_duplicates(SERIES)
        self.england = {_series(row): row for row in england.to_dict("records")}
        self.areas = {name: area for name, area in every.items() if name not in official}
        self.seed, self.known = seed, {}
        self.exists = {
            row["area"]: (row["first_year"], row["last_year"]) for row in read_list(HERE / "reorganised.csv")
        }
        typical = np.array([CHILDREN[area.area_code[:3]] for area in self.areas.values()])
        drawn = typical * self._level(POPULATION, "")
        self.children = np.array(
            [SMALL.get(name, value) for name, value in zip(self.areas, drawn, strict=True)]
        )

    def of_table(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of one official table, of every simulated area."""
        wanted = table[table["area"] == WHOLE].drop_duplicates([*SERIES, "unit"])
        found = [
            line
            for row in wanted.to_dict("records")
            if pd.notna(row["value"]) and self.several.get(_series(row), 0) >= SEVERAL
            for line in self._rows(row)
        ]
        return pd.DataFrame(found, columns=COLUMNS)

    def _rows(self, row: dict) -> Iterator[dict]:
        series = _series(row)
        there = self._there(self.england[series]["year"])
        named = {name: row[name] for name in (*SERIES, "unit")} | {"source": "simulated"}
        for area, value, is_there in zip(self.areas.values(), self._values(series), there, strict=True):
            if is_there:
                text = WITHHELD if np.isnan(value) else f"{value:.10g}"
                yield named | {"area": area.area, "area_code": area.area_code, "value": text}

    def _values(self, series: tuple[str, ...]) -> np.ndarray:
        """The value of each area, whether or not there was one in the year; not a number where it is withheld."""
        if series not in self.known:
            values = self._counted(series) if self._is_count(series) else self._formed(series)
            few = (values >= 1) & (values <= FEW) & self._is_count(series)
            self.known[series] = np.where(few, np.nan, values)
        return self.known[series]

    def _is_count(self, series: tuple[str, ...]) -> bool:
        unit = self.england[series]["unit"]
        return not ("%" in unit or "per " in unit)

    def _counted(self, series: tuple[str, ...]) -> np.ndarray:
        """Whole numbers: a part of its whole, or what England has more than the official areas, shared out by children."""
        indicator, _, period, vintage = series
        england, whole = self.england[series]["value"], (PARTS.get(indicator), "All", period, vintage)
        if whole in self.england:
            share = self._share(indicator, period, england / self.england[whole]["value"])
            return (self._counted(whole) * share).round()
        rest = round(england - self.sums.get(series, 0))
        level = 1 if indicator == POPULATION else self._level(indicator, period)
        there = self._there(self.england[series]["year"])
        counts = np.full(len(there), np.nan)
        counts[there] = apportion(rest, (self.children * level)[there])
        return counts

    def _formed(self, series: tuple[str, ...]) -> np.ndarray:
        """Rates and shares: from the counts of the same edition where there are any, else near that of England."""
        indicator, category, period, vintage = series
        england = self.england[series]
        count = (indicator.removesuffix(RATE), category, period, vintage)
        part = (indicator.removesuffix("_pct"), category, period, vintage)
        whole = (PARTS.get(part[0]), "All", period, vintage)
        if count != series and count in self.england:
            share = self.children / self.children.sum() * self._rest_of_children()
            return (self._values(count) / (share * self.england[count]["value"]) * england["value"]).round(1)
        if part in self.england and whole in self.england:
            return (self._values(part) / self._values(whole) * 100).round(1)
        if "%" in england["unit"]:
            found = 100 * self._share(indicator, period, england["value"] / 100)
        else:
            found = england["value"] * self._level(indicator.removesuffix(RATE), period)
        return np.where(self.children < TINY, np.nan, found).round(1)

    def _rest_of_children(self) -> float:
        """The share of England's children who live in simulated areas."""
        series = next(one for one in self.england if one[0] == POPULATION)
        return 1 - self.sums[series] / self.england[series]["value"]

    def _there(self, year: str) -> np.ndarray:
        """Whether each area was there in a year."""
        spans = [self.exists.get(name, ("", "")) for name in self.areas]
        return np.array([first <= year and (year <= last or not last) for first, last in spans])

    def _level(self, indicator: str, period: str) -> np.ndarray:
        """How high each area lies against England: its own level, and a little of the year's."""
        return np.exp(
            self._drawn(indicator, SPREAD) + (self._drawn(indicator + period, WOBBLE) if period else 0)
        )

    def _share(self, indicator: str, period: str, england: float) -> np.ndarray:
        """A share of each area near that of England, never below nothing or above all."""
        odds = england / max(1 - england, 1e-6) * self._level(indicator.removesuffix("_pct"), period)
        return odds / (1 + odds)

    def _drawn(self, name: str, spread: float) -> np.ndarray:
        """A number for each area, the same for the same name and seed whatever else is drawn."""
        random = np.random.default_rng([self.seed, crc32(name.encode())])
        return random.normal(0, spread, len(self.areas))


def _series(row: dict) -> tuple[str, ...]:
    return tuple(row[name] for name in SERIES)
