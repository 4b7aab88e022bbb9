"""Which reports are meant: `--areas all`, a region, neighbours or names; `--years 2012-13..2015-16`."""

import re
from dataclasses import dataclass, replace

from bscbdata.authorities import authorities_of, find_authority, is_authority, load_areas
from bscbdata.build import national
from bscbdata.period import ReportYear, span
from bscbdata.places import Project
from bscbdata.tables import read_table


@dataclass(frozen=True, order=True)
class Asked:
    """One report: an area (empty is the project's own) and a year."""

    area: str
    year: str

    def of(self, project: Project) -> Project:
        return replace(project, area=self.area)

    def __str__(self) -> str:
        return f"{self.area or 'the home area'}, {self.year}"


def asked(project: Project, areas: str, years: str) -> list[Asked]:
    """The reports that are meant, area by area. ValueError says what is not understood, and what comes close.

    `all` leaves out an area in a year of which nothing is published; an area that is named is never left out.
    """
    labels = years_of(years)
    if areas.strip().casefold() != "all":
        return [Asked(area, year) for area in areas_of(project, areas) for year in labels]
    there = _published(project)
    return [
        Asked(area, year)
        for area in sorted({area for area, _ in there})
        for year in labels
        if (area, year) in there
    ]


def years_of(text: str) -> list[str]:
    """`2012-13..2015-16` or `2012-13,2014-15` as years, oldest first."""
    found: set[str] = set()
    for part in filter(None, re.split(r"[,\s]+", text)):
        first, dots, last = part.partition("..")
        begin, end = ReportYear.parse(first), ReportYear.parse(last if dots else first)
        if end < begin:
            raise ValueError(f"'{part}' ends before it begins: write the earlier year first.")
        found |= set(span(begin.label, end.label))
    if not found:
        raise ValueError("No year is named: write --years 2012-13..2015-16, or --years 2015-16.")
    return sorted(found)


def areas_of(project: Project, text: str) -> list[str]:
    """Authorities by name, of a region, or `neighbours`: those of the project's own area. Each once, as named."""
    regions = {area.area.casefold() for area in load_areas() if area.level == "region"}
    found: list[str] = []
    for part in _parts(text):
        if part.casefold() == "neighbours":
            found += project.edition(ReportYear.parse(project.years()[-1])).neighbours
        elif part.casefold() in regions:
            found += authorities_of(part)
        else:
            found.append(find_authority(part).area)
    return list(dict.fromkeys(found)) or [""]


def _parts(text: str) -> list[str]:
    """What stands between the commas; a name that has one itself, such as `Bristol, City of`, stays whole."""
    found: list[str] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        if found and is_authority(whole := f"{found[-1]}, {part}"):
            found[-1] = whole
        else:
            found.append(part)
    return found


def _published(project: Project) -> set[tuple[str, str]]:
    """The authorities and years of which official figures are here."""
    national.prepare(project)
    known = {area.area for area in load_areas() if area.level == "authority"}
    rows = read_table(national.folder(project), "indicators")
    rows = rows[rows["value"].notna() & rows["area"].isin(known) & (rows["table"] == "children_in_need")]
    return set(zip(rows["area"], rows["year"], strict=True))
