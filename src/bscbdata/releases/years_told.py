"""Which years a published file speaks of beside its headers: in its name, in a title above, in a column of years.

What they say is held against the year that the file is taken for.
"""

import re
from pathlib import Path

import pandas as pd

from bscbdata.cleaning import header_key
from bscbdata.findings import Finding, refusal, warning
from bscbdata.numbers import enumerated
from bscbdata.period import ReportYear, report_year_of
from bscbdata.sources.titles import years_spoken

YEAR_COLUMNS = (
    "year",
    "timeperiod",
    "period",
    "financialyear",
    "reportingyear",
    "academicyear",
    "yearending",
)
IN_NAME = r"(20\d\d)[-_ ]?(\d\d)(?!\d)"


def years_named(file: str) -> set[ReportYear]:
    """Report years that a file's name speaks of: `CLA_2016-17`, `CLA_201617`, and `OC22017`, which ends in 2017."""
    stem = Path(file).stem
    spans = [found for found in re.finditer(IN_NAME, stem) if (int(found[1]) + 1) % 100 == int(found[2])]
    for found in spans:
        stem = stem.replace(found[0], " ")
    ends = {ReportYear(int(number) - 1) for number in re.findall(r"20\d\d(?!\d)", stem)}
    return ends | {ReportYear(int(found[1])) for found in spans}


def plain_period(period: str) -> str:
    """A period as the newer layout has it: `2016.0` is 2016, and `2015-16` or `2015/2016` is 201516."""
    plain = period.strip().removesuffix(".0")
    return re.sub(r"^(\d{4})\s?[-–/]\s?(?:20)?(\d{2})$", r"\1\2", plain)


def told_beside(grid: pd.DataFrame, top: int) -> dict[str, set[ReportYear]]:
    """What says a year in a file of the older layout -> the years it says: lines above the header, a column of years."""
    lines = [str(cell) for cell in grid.loc[grid.index < top].stack()]
    told = {f"the line '{line[:80]}'": years_spoken(line) for line in lines}
    for position, header in enumerate(grid.loc[top]):
        if pd.notna(header) and header_key(header) in YEAR_COLUMNS:
            cells = grid.loc[grid.index > top].iloc[:, position].dropna().unique()
            told[f"the column '{header}'"] = set().union(*map(_year_of, cells))
    return {place: years for place, years in told.items() if years}


def _year_of(cell: object) -> set[ReportYear]:
    plain = re.sub(r"^(\d{4})(\d{2})$", r"\1-\2", plain_period(str(cell)))
    try:
        return {ReportYear.parse(report_year_of(plain))}
    except ValueError:
        return set()


def judge_years(
    told: dict[str, set[ReportYear]], year: ReportYear, file: str, headers_say_it: bool, given: bool
) -> list[Finding]:
    """Findings on what speaks of other years than the one a file is taken for.

    Headers that spell their year stand against a name or a title, and a warning says so; a column of years stands
    against headers. Raises DataStop where nothing decides, unless the year was `given`.
    """
    name = {} if given else {"its name": years_named(file)}
    apart = {place: years for place, years in (told | name).items() if years and year not in years}
    if not apart:
        return []
    says = enumerated(
        [f"{place} says {enumerated(sorted(map(str, years)))}" for place, years in apart.items()]
    )
    advice = f"See which is right: put the file into a folder named by its year, such as {year}, or ask for the right file."
    if given or (headers_say_it and not any(place.startswith("the column") for place in apart)):
        return [warning("year", f"Read as {year}, but {says}.", file=file, advice=advice)]
    said = f"Its headers are those of {year}, but {says}."
    raise refusal("year", said, file=file, expected="one year", advice=advice)
