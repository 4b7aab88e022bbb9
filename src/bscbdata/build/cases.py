"""The statutory returns in the cleaning stage: read, check, count, and keep what may be kept."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from bscbdata.build.clean_run import CleanRun
from bscbdata.findings import QUOTED, DataStop, Finding, bare, warning
from bscbdata.indicators.agreement import findings_between_formats, with_published
from bscbdata.indicators.conditions import Window
from bscbdata.indicators.journey import COLUMNS, count_journey, measures, rates
from bscbdata.indicators.measures import bank_holidays, population_year
from bscbdata.matching import Ledger
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.provenance import combined, origin_path, read_origin
from bscbdata.sources import lists_children, load_source, source_names
from bscbdata.sources.titles import of_others
from bscbdata.statutory import CaseRecords
from bscbdata.statutory.annex_a import headers
from bscbdata.statutory.checks import check_lists
from bscbdata.statutory.keeping import kept, same_child_twice
from bscbdata.statutory.pseudonyms import load_key, pseudonyms
from bscbdata.statutory.reading import (
    FOLDER,
    coverage,
    days_covered,
    files_of,
    of_another_area,
    read_format,
    statutory_folders,
    unknown_folders,
)

LEDGER = "data/mapping_ledger.csv"
KEY = "data/pseudonyms.key"


def read_cases(
    project: Project, year: ReportYear, tables: Mapping[str, pd.DataFrame] | None = None
) -> CleanRun:
    """Read every statutory return there is. Findings may hold what was sent; `without_content` takes that out.

    `tables` holds the official populations, without which there are no rates.

    Tables: `<format>_<list>` for each list, and `journey`, the figures counted from them.
    """
    run = CleanRun(findings=unknown_folders(project.raw, year))
    folders = statutory_folders(project.raw, year)
    if not folders:
        return run
    ledger, key = Ledger(project.root / LEDGER), load_key(project.root / KEY)
    journeys = []
    for name, folder in folders.items():
        try:
            records = read_format(
                name, folder, year, lambda column, cells: ledger.record(column, cells, year.label)
            )
        except DataStop as stop:
            called = f"{year.label}/{FOLDER}/{name}"
            run.findings += [placed_in(called, finding) for finding in stop.findings]
            continue
        area = project.edition(year).area
        records.findings[:] = [
            *lists_missing(records, f"{year.label}/{FOLDER}/{name}"),
            *of_another_area(records, area, f"{year.label}/{FOLDER}/{name}"),
            *of_others(records.findings, area, [year]),
        ]
        journeys.append(_take_in(records, name, year, key, combined(_provenances(folder)), run))
    ledger.write()
    if journeys:
        people = _population(tables or {}, project.edition(year).area, year)
        run.tables["journey"] = _with_rates(pd.concat(journeys, ignore_index=True), people, year)
        run.findings += findings_between_formats(run.tables["journey"])
    return run


def lists_missing(records: CaseRecords, called: str) -> list[Finding]:
    """A warning of the lists of Annex A that were not sent, with the figures that wait for each."""
    if records.format != "annex_a":
        return []
    missing = {
        one.list: f"{one.number} ({one.title})" for one in headers() if one.list not in records.rows_in
    }
    if not missing:
        return []
    figures = {name: [each["title"] for each in measures() if each["list"] == name] for name in missing}
    waiting = [f"list {shown}: {', '.join(figures[name]) or 'none'}" for name, shown in missing.items()]
    told = f"Lists that were not sent, and the figures that wait for each: {'; '.join(waiting)}."
    advice = "Ask for them, unless none of these figures is wanted."
    return [warning("list", told, file=called, advice=advice)]


def _take_in(
    records: CaseRecords, name: str, year: ReportYear, key: bytes, provenance: str, run: CleanRun
) -> pd.DataFrame:
    """One format's records into the run; its figures."""
    called = f"{year.label}/{FOLDER}/{name}"
    told = [*records.findings, *coverage(records, year, called), *_rules(records, year)]
    covered = days_covered(records, year)
    beside = [*same_child_twice(records.lists), *check_lists(records.lists, covered[0] if covered else None)]
    run.findings += [placed_in(called, finding) for finding in [*told, *beside]]
    run.rejects.append(records.rejects.assign(table=f"{name}_" + records.rejects["table"].astype("str")))
    run.rows_in |= {f"{name}_{of}": number for of, number in records.rows_in.items()}
    made = {
        f"{name}_{of}": frame
        for of, frame in kept(records.lists, key, covered[1] if covered else year.end).items()
    }
    run.tables |= {of: frame.assign(provenance=provenance) for of, frame in made.items()}
    if covered is None:
        return pd.DataFrame(columns=["format", *COLUMNS, "provenance"])
    counted = count_journey(records.lists, Window(*covered), year, records.not_sent)
    counted = counted.assign(provenance=provenance)
    counted.insert(0, "format", name)
    return counted


def _with_rates(journey: pd.DataFrame, people: float | None, year: ReportYear) -> pd.DataFrame:
    beside = ["format", "provenance"]
    told = rates(journey.drop(columns=beside), people, year)
    return pd.concat([journey, told.assign(**journey.loc[told.index, beside])], ignore_index=True)[
        journey.columns
    ]


def _population(tables: Mapping[str, pd.DataFrame], area: str, year: ReportYear) -> float | None:
    """Children aged 0 to 17 at the mid-year before the year's end, of the latest edition that has it."""
    people = tables.get(
        "population", pd.DataFrame(columns=["indicator", "area", "period", "vintage", "value"])
    )
    mid_year = f"mid-{population_year(year)}"
    own = people[(people["area"] == area) & (people["period"] == mid_year)]
    own = own[(own["indicator"] == "population_aged_0_to_17") & own["value"].notna()].sort_values("vintage")
    return float(own["value"].iloc[-1]) if len(own) else None


def _provenances(folder: Path) -> list[str]:
    """Of the files that have an origin; for those that have none the check of origins has told already."""
    return [read_origin(path).provenance for path in files_of(folder) if origin_path(path).exists()]


def placed_in(called: str, finding: Finding) -> Finding:
    """A finding under the folder of its format, so that it is known to be about children wherever it goes."""
    inside = finding.file.startswith(called)
    return finding if inside else replace(finding, file=f"{called}/{finding.file}".rstrip("/"))


def _rules(records: CaseRecords, year: ReportYear) -> list[Finding]:
    """The official validation rules of the format, under their codes."""
    if records.format == "cin_census":
        from bscbdata.statutory.cin_census.rules import check_cin

        return check_cin(
            records, year, [day for of in (year.first, year.first + 1) for day in bank_holidays(of)]
        )
    if records.format == "ssda903":
        from bscbdata.statutory.ssda903.rules import check_cla

        return check_cla(records, year)
    return []


def against_published(
    tables: Mapping[str, pd.DataFrame], indicators: pd.DataFrame, area: str, year: ReportYear
) -> list[Finding]:
    """The yearly figures of the statutory returns against those of the year's own tables."""
    if "journey" not in tables:
        return []
    told = with_published(tables["journey"], indicators, area)
    return [replace(finding, file=f"{year.label}/{FOLDER}/{finding.file}") for finding in told]


def with_pseudonyms(tables: Mapping[str, pd.DataFrame], project: Project) -> dict[str, pd.DataFrame]:
    """The tables of our own returns with a pseudonym for every reference of a child, a family or a case."""
    listing = {name: load_source(name).references for name in tables if name in source_names()}
    found = {name: columns for name, columns in listing.items() if columns}
    key = load_key(project.root / KEY) if found else b""
    return {
        name: tables[name].assign(**{column: pseudonyms(tables[name][column], key) for column in columns})
        for name, columns in found.items()
    }


def without_content(findings: Iterable[Finding]) -> list[Finding]:
    """Findings as they may be kept: of a return that lists children, the place and the fault, never what was sent."""
    return [bare(finding) if lists_children(finding.file) else finding for finding in findings]


def rejects_without_content(rejects: pd.DataFrame) -> pd.DataFrame:
    """Rejects as they may be kept: of a return that lists children, the place and the reason only."""
    ours = rejects["row_id"].str.split("#").str[0].map(lists_children).astype(bool)
    reasons = rejects["reason"].str.replace(QUOTED, "'…'", regex=True)
    return rejects.assign(
        content=rejects["content"].mask(ours, ""), reason=rejects["reason"].mask(ours, reasons)
    )
