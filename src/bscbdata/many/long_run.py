"""The long run: every official indicator of one area over all years, a small picture and a table each, and one CSV."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from bscbdata import breaks, numbers
from bscbdata.build import national
from bscbdata.indicators import definitions
from bscbdata.many import drawn
from bscbdata.many.compare import template
from bscbdata.period import ReportYear
from bscbdata.places import Edition, Project, slug


@dataclass(frozen=True)
class Series:
    """One indicator over the years: its words, its picture, a row for each year and the breaks between them."""

    name: str
    title: str
    unit: str
    picture: str
    areas: list[str]
    rows: list[tuple[str, list[str]]]
    breaks: list[str]
    vintages: str


def write_long_run(project: Project, years: list[str]) -> Path:
    """Write the page and its CSV for the project's area and the years; returns the page."""
    edition = project.edition(ReportYear.parse(years[-1]))
    national.prepare(project)
    table = national.of_edition(project, edition)["indicators"]
    shown = table[
        (table["category"] == "All")
        & table["year"].isin(years)
        & table["area"].isin(edition.comparison_areas)
    ]
    several = [
        _series(name, shown[shown["indicator"] == name], edition, years) for name in _names(shown, edition)
    ]
    place = project.root / "build" / "long-run" / slug(edition.area)
    place.mkdir(parents=True, exist_ok=True)
    text = template("long_run.html").render(area=edition.area, years=years, several=several)
    (place / "index.html").write_text(text, encoding="utf8", newline="\n")
    columns = ["indicator", "area", "year", "period", "value", "unit", "status", "vintage", "provenance"]
    kept = shown[shown["indicator"].isin([one.name for one in several])]
    kept[columns].to_csv(place / "long_run.csv", index=False, lineterminator="\n")
    return place / "index.html"


def _names(shown: pd.DataFrame, edition: Edition) -> list[str]:
    """The indicators that have two years or more of the area's own, in the order of their titles."""
    own = shown[(shown["area"] == edition.area) & shown["value"].notna()]
    counts = own.groupby("indicator")["year"].nunique()
    return sorted(counts[counts > 1].index, key=lambda name: definitions()[name]["title"])


def _series(name: str, rows: pd.DataFrame, edition: Edition, years: list[str]) -> Series:
    known = definitions()[name]
    values = rows.drop_duplicates(["area", "year"]).set_index(["area", "year"])["value"]
    areas = [
        area for area in edition.comparison_areas if area in set(rows.loc[rows["value"].notna(), "area"])
    ]
    if known["unit"] not in (*numbers.PERCENT, "per 10,000", "per 1,000", "per 100,000"):
        areas = [edition.area]  # counts of areas of different size are not set beside each other
    several = [drawn.Line(area, tuple(_value(values, area, year) for year in years)) for area in areas]
    parted = [
        each
        for each in breaks.line_breaks(name, rows[rows["value"].notna()])
        if breaks.declared()[each].start
    ]
    starts = [breaks.declared()[each].start for each in parted]
    title = f"{known['title']}, {known['unit']}, {years[0]} to {years[-1]}"
    said = [f"{breaks.declared()[each].start}: {breaks.declared()[each].what_changed}" for each in parted]
    written = [(year, [_text(_value(values, area, year), known) for area in areas]) for year in years]
    picture = drawn.lines(years, several, starts, title)
    return Series(
        name,
        known["title"],
        known["unit"],
        picture,
        areas,
        written,
        said,
        breaks.edition_note(rows[rows["value"].notna()]),
    )


def _value(values: pd.Series, area: str, year: str) -> float | None:
    found = values.get((area, year))
    return None if found is None or pd.isna(found) else float(found)


def _text(value: float | None, known: dict[str, str]) -> str:
    return "[x]" if value is None else numbers.write(value, known["unit"], int(known["decimals"] or 0))
