"""The long run: every official indicator of one area over the years, a small picture and a table each, and one CSV.

A line is not drawn through years that it lacks: the picture and a note say which they are and why. A rule stands where a
definition changed. What the editions with returns say beside it is read from the editions themselves.
"""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pandas as pd

from bscbdata import breaks, numbers
from bscbdata.build import national
from bscbdata.cleaning import NOT_AVAILABLE, symbol
from bscbdata.figures.published_table import for_phones
from bscbdata.indicators import definition_line, definitions, written
from bscbdata.many import drawn
from bscbdata.period import ReportYear, in_runs
from bscbdata.places import Edition, Project, slug
from bscbdata.provenance import LABELS
from bscbdata.single_page import write_page

PAGE = Path(__file__).parent / "long_run.html"
COMPARED = (*numbers.PERCENT, "per 10,000", "per 1,000", "per 100,000")
COLUMNS = [
    "indicator", "category", "area", "year", "period", "value", "unit", "status", "vintage",
    "provenance",
]  # fmt: skip


@dataclass(frozen=True)
class Series:
    """One indicator over the years: its words, its picture, what a reader must know, a row for each year."""

    name: str
    title: str
    unit: str
    counted: str
    picture: str
    notes: list[str]
    heads: list[str]
    rows: list[tuple[str, list[str]]]


def write_long_run(project: Project, years: list[str]) -> Path:
    """Write the page and its CSV for the project's area and the years; returns the page."""
    edition = project.edition(ReportYear.parse(years[-1]))
    national.prepare(project)
    table = national.of_edition(project, edition)["indicators"]
    table = table[table["year"].isin(years) & table["area"].isin(edition.comparison_areas)]
    whole, parts = table[table["category"] == "All"], table[table["category"] != "All"]
    named, parted = _names(whole, edition), _names(parts, edition)
    place = project.root / "build" / "long-run" / slug(edition.area)
    place.mkdir(parents=True, exist_ok=True)
    shown = table[table["indicator"].isin([*named, *parted])]
    shown[COLUMNS].to_csv(place / "long_run.csv", index=False, lineterminator="\n")
    return write_page(
        PAGE,
        place / "index.html",
        for_phones,
        area=edition.area,
        years=years,
        several=[_series(name, whole[whole["indicator"] == name], edition, years) for name in named],
        parts=[_parts(name, parts[parts["indicator"] == name], edition) for name in parted],
        absent=_absent(table, {*named, *parted}, edition),
        reports=_reports(project, years, place),
        told=_told(project, years),
    )


def _names(shown: pd.DataFrame, edition: Edition) -> list[str]:
    """The indicators that have two years or more of the area's own, in the order of the definitions."""
    own = shown[(shown["area"] == edition.area) & shown["value"].notna()]
    counts = own.groupby("indicator")["year"].nunique()
    return [name for name in definitions() if counts.get(name, 0) > 1]


# ---- one indicator -------------------------------------------------------------------------------------------------


def _series(name: str, rows: pd.DataFrame, edition: Edition, years: list[str]) -> Series:
    known = definitions()[name]
    rows = rows.drop_duplicates(["area", "year"]).astype({"area": "str", "year": "str", "status": "str"})
    there = rows[rows["value"].notna()]
    # counts of areas of different size are not set beside each other
    areas = [area for area in edition.comparison_areas if area in set(there["area"])]
    areas = areas if known["unit"] in COMPARED else [edition.area]
    there = there[there["area"].isin(areas)]
    values = rows.set_index(["area", "year"])
    lines = [drawn.Line(area, tuple(_value(values, area, year) for year in years)) for area in areas]
    rules, new = breaks.rules(name, there), _begun_by(name, lines[0], years)
    title = f"{known['title']}, {numbers.unit_in_words(known['unit'])}, {years[0]} to {years[-1]}"
    marked = [*((rule.year, rule.counted_anew) for rule in rules), *((known.start, False) for known in new)]
    begun = [f"The series begins with {known.start}: {known.what_changed}" for known in new]
    notes = [*breaks.told(rules), *_lacking(lines, years), *begun, breaks.edition_note(there)]
    return Series(
        name,
        known["title"],
        numbers.unit_in_words(known["unit"]),
        definition_line([name]),
        drawn.lines(years, lines, marked, title),
        [note for note in notes if note],
        areas,
        [(year, [_text(values, (area, year), name) for area in areas]) for year in years],
    )


def _value(values: pd.DataFrame, area: str, year: str) -> float | None:
    found = values["value"].get((area, year))
    return None if found is None or pd.isna(found) else float(found)


def _text(values: pd.DataFrame, place: tuple[str, str], indicator: str) -> str:
    """A value as it is written, or the symbol that says why there is none."""
    found = values["value"].get(place)
    if found is not None and pd.notna(found):
        return written(indicator, found)
    return symbol(values["status"].get(place, ""))


def _begun_by(name: str, line: drawn.Line, years: list[str]) -> list[breaks.Break]:
    """The changes of definition with which a line begins, if it begins later than the years asked for."""
    begins = next((year for year, value in zip(years, line.values, strict=True) if value is not None), "")
    return [
        known
        for known in breaks.declared().values()
        if known.start and known.start == begins != years[0] and fnmatchcase(name, known.indicator)
    ]


def _lacking(lines: list[drawn.Line], years: list[str]) -> list[str]:
    """Which years the lines lack, those that lack the same in one sentence."""
    alike: dict[str, list[str]] = {}
    for line in lines:
        without = {year for year, value in zip(years, line.values, strict=True) if value is None}
        alike.setdefault(in_runs(years, without), []).append(line.name)
    return [f"No value for {', '.join(areas)}: {runs}." for runs, areas in alike.items() if runs != "none"]


# ---- what is parted, what is not here, what the editions say -------------------------------------------------------


def _parts(name: str, rows: pd.DataFrame, edition: Edition) -> Series:
    """An indicator by category: a row for each category of the area's own, a column for each year."""
    known = definitions()[name]
    own = rows[rows["area"] == edition.area].drop_duplicates(["category", "year"])
    values = own.astype({"category": "str", "status": "str"}).set_index(["category", "year"])
    years = sorted(set(own["year"]))
    categories = sorted(dict.fromkeys(own["category"].astype("str")), key=_first_number)
    table = [(each, [_text(values, (each, year), name) for year in years]) for each in categories]
    note = breaks.edition_note(own[own["value"].notna()])
    title = known["title"] if " by " in known["title"] else f"{known['title']}, by category"
    counted = definition_line([name])
    unit = numbers.unit_in_words(known["unit"])
    return Series(f"{name}-parts", title, unit, counted, "", [note] if note else [], years, table)


def _first_number(category: str) -> int:
    """The number that a category begins with, so that ages stand by age; names begin with none and keep their order."""
    found = re.match(r"\d+", category)
    return int(found[0]) if found else 0


def _absent(table: pd.DataFrame, shown: set[str], edition: Edition) -> list[tuple[str, str]]:
    """The official indicators of which there are not two years to show: title and what there is."""
    found = []
    for name in definitions():
        rows = table[(table["indicator"] == name) & table["value"].notna()]
        if name in shown or rows.empty:
            continue
        own = ", ".join(sorted(set(rows.loc[rows["area"] == edition.area, "year"].astype("str"))))
        others = ", ".join(area for area in edition.comparison_areas if area in set(rows["area"]))
        said = f"one year alone, {own}" if own else f"nothing for {edition.area}; there is for {others}"
        found.append((definitions()[name]["title"], said))
    return found


def _reports(project: Project, years: list[str], place: Path) -> list[tuple[str, str, str]]:
    """Each year with the address of its report, empty where none is made, and what that is made from."""
    found = []
    for year in map(ReportYear.parse, years):
        page = project.build(year) / "report" / "index.html"
        link = Path(os.path.relpath(page, place)).as_posix() if page.is_file() else ""
        found.append((year.label, link, _made_from(project, year)))
    return found


def _made_from(project: Project, year: ReportYear) -> str:
    """What a year's report is made from, and whether some of it is simulated."""
    if project.edition(year).official_alone:
        return "official figures alone"
    told = _edition(project, year) or {"facts": {}}
    simulated = any(fact["provenance"] == "illustrative" for fact in told["facts"].values())
    return "official figures and local returns" + (", some of them simulated" if simulated else "")


def _told(project: Project, years: list[str]) -> tuple[list[str], list[tuple[str, str, list[str]]]]:
    """What the editions with returns say of themselves: their years, and for each number its label, where it comes from,
    and how each year's pages show it. Nothing when fewer than two such editions are made."""
    editions = {year: told for year in years if (told := _edition(project, ReportYear.parse(year)))}
    if len(editions) < 2:
        return [], []
    facts: dict[str, dict[str, dict]] = {}
    for year, told in editions.items():
        for fact in _own(told):
            facts.setdefault(fact["id"], {})[year] = fact
    rows = [
        (
            next(iter(by_year.values()))["label"],
            _origin(by_year.values()),
            [by_year[year]["shown"] if year in by_year else NOT_AVAILABLE for year in editions],
        )
        for by_year in facts.values()
    ]
    return list(editions), sorted(rows)


def _own(told: dict) -> Iterable[dict]:
    """The numbers of an edition that are of its own area and year and not official."""
    for key, fact in told["facts"].items():
        if key.endswith(f"|{told['area']}|+0") and fact["provenance"] != "official":
            yield fact


def _origin(facts: Iterable[dict]) -> str:
    return "; ".join(dict.fromkeys(LABELS.get(fact["provenance"], fact["provenance"]) for fact in facts))


def _edition(project: Project, year: ReportYear) -> dict | None:
    """What a year's pages say, as its build has noted it; nothing for official figures alone, or before a build."""
    path = project.build(year) / "edition.json"
    if project.edition(year).official_alone or not path.is_file():
        return None
    return json.loads(path.read_text(encoding="utf8"))
