"""The index of many reports and the national comparison: one page for each measure and year, each in its own order.

Written without scripts: another order is another page. Official figures alone are compared, as published; what a publisher
withheld is withheld here.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from bscbdata import key_measures
from bscbdata.authorities import find_authority
from bscbdata.build import national
from bscbdata.cleaning import NOT_AVAILABLE, symbol
from bscbdata.figures.published_table import for_phones
from bscbdata.indicators import definitions, written
from bscbdata.many import drawn
from bscbdata.many.running import Made
from bscbdata.period import ReportYear
from bscbdata.places import Project, simulated_areas
from bscbdata.single_page import write_page
from bscbdata.tables import read_table

PAGE = Path(__file__).parent / "compare.html"
UNITS = {"per 10,000": "Per 10,000", "percent": "Per cent"}  # that are compared, and how they are written
WHOLE = "England"


@dataclass(frozen=True)
class Cell:
    """A value as it is compared and as it is written; `value` is None where none is published."""

    value: float | None
    text: str


@dataclass(frozen=True)
class Page:
    """The comparison by one measure in one year."""

    file: str
    measure: str
    year: str
    unit: str
    vintages: str
    rows: list[tuple[str, str, Cell]]
    picture: str


def folder(project: Project) -> Path:
    """Where the index and the comparison stand."""
    return project.root / "build" / "compare"


def write_comparison(project: Project, made: list[Made]) -> Path:
    """Write the index of the reports, a page for each measure and year, and all values as CSV; returns the index."""
    national.prepare(project)
    table = _values(read_table(national.folder(project), "indicators"), project, made)
    place = folder(project)
    place.mkdir(parents=True, exist_ok=True)
    for old in place.glob("*.html"):
        old.unlink()
    pages = [
        page
        for year in _years(made)
        for name in _measures()
        if (page := _page(table, name, year, made, project))
    ]
    shown = {
        "pages": pages,
        "by_measure": _by_measure(pages),
        "made": sorted(made, key=lambda one: one.asked),
        "name": lambda one: _area(project, one),
    }
    shown["region"] = region_of
    shown["simulated"] = simulated_areas(project.raw) & {_area(project, one) for one in made}
    for page in pages:
        write_page(PAGE, place / page.file, for_phones, page=page, **shown)
    table.to_csv(place / "comparison.csv", index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    return write_page(PAGE, place / "index.html", for_phones, page=None, **shown)


def _by_measure(pages: list[Page]) -> dict[str, dict[str, Page]]:
    """The pages of each measure by their years."""
    return {
        measure: {page.year: page for page in pages if page.measure == measure}
        for measure in _measures().values()
    }


def _measures() -> dict[str, str]:
    return {name: short for unit in UNITS for name, short in key_measures.chosen(unit).items()}


def _years(made: list[Made]) -> list[str]:
    return sorted({one.asked.year for one in made}, reverse=True)


def _area(project: Project, one: Made) -> str:
    return one.asked.area or project.area or _home(project)


def _home(project: Project) -> str:
    return project.edition(ReportYear.parse(project.years()[-1])).area


def _values(indicators: pd.DataFrame, project: Project, made: list[Made]) -> pd.DataFrame:
    """The measures of the areas and years asked for, and of England: indicator, area, year, value, unit, status, vintage,
    provenance."""
    areas = {_area(project, one) for one in made} | {WHOLE}
    rows = indicators[indicators["indicator"].isin(_measures()) & (indicators["category"] == "All")]
    rows = rows[rows["area"].isin(areas) & rows["year"].isin(_years(made))]
    kept = rows[
        ["indicator", "area", "year", "value", "unit", "status", "vintage", "provenance"]
    ].drop_duplicates(["indicator", "area", "year"])
    return kept.astype({"status": "str"}).sort_values(["indicator", "year", "area"], ignore_index=True)


def _page(table: pd.DataFrame, name: str, year: str, made: list[Made], project: Project) -> Page | None:
    rows = table[(table["indicator"] == name) & (table["year"] == year)]
    if rows["value"].notna().sum() < 2:
        return None
    known = {row.area: _cell(name, row) for row in rows.itertuples()}
    links = {_area(project, one): f"../../{one.page}" for one in made if one.page and one.asked.year == year}
    areas = [_area(project, one) for one in made if one.asked.year == year]
    cells = [
        (area, links.get(area, ""), known.get(area, Cell(None, NOT_AVAILABLE)))
        for area in dict.fromkeys([*areas, WHOLE])
    ]
    cells.sort(key=lambda row: (row[2].value is None, -(row[2].value or 0), row[0]))
    unit = UNITS[definitions()[name]["unit"]]
    title = f"{_measures()[name]}, {unit.lower()}, {year}"
    simulated = simulated_areas(project.raw)
    picture = drawn.bars(
        [
            (f"{area} (simulated)" if area in simulated else area, cell.value, cell.text)
            for area, _, cell in cells
            if cell.value is not None
        ],
        {WHOLE},
        title,
    )
    vintages = ", ".join(sorted(rows.loc[rows["value"].notna(), "vintage"].astype("str").unique()))
    return Page(
        f"{name.replace('_', '-')}-{year}.html", _measures()[name], year, unit, vintages, cells, picture
    )


def _cell(name: str, row) -> Cell:
    if pd.isna(row.value):
        return Cell(None, symbol(row.status))
    return Cell(float(row.value), written(name, row.value))


def region_of(area: str) -> str:
    """The region of an authority, for the list of reports; empty for England."""
    return "" if area == WHOLE else find_authority(area).region
