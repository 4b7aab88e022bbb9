"""Every statutory return of a year: `data/raw/<year>/statutory/<format>/`, one folder for each format."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd

from bscbdata.findings import DataStop, Finding, failure, passed, warning
from bscbdata.period import ReportYear
from bscbdata.statutory import FORMATS, CaseRecords
from bscbdata.statutory.annex_a import Decide, read_annex_a

FOLDER = "statutory"
# Lists that are drawn by the date of their event alone, so that their first and last dates say what an extract covers.
DRAWN_BY_DATE = {"contacts": "contact_date", "referrals": "referral_date", "section_47": "start_date"}
Reader = Callable[[list[Path], str, ReportYear, Decide], CaseRecords]


def statutory_folders(raw: Path, year: ReportYear) -> dict[str, Path]:
    """The formats that were sent for a year, each with its folder."""
    base = raw / year.label / FOLDER
    return {name: base / name for name in FORMATS if (base / name).is_dir() and files_of(base / name)}


def unknown_folders(raw: Path, year: ReportYear) -> list[Finding]:
    """A failure for everything in the statutory folder that is not a known format's folder: nothing is passed over."""
    base = raw / year.label / FOLDER
    strange = (
        sorted(path.name for path in base.iterdir() if path.name not in FORMATS) if base.is_dir() else []
    )
    expected = ", ".join(FORMATS)
    return [
        failure(
            "statutory",
            "This is not the folder of a statutory return, so it was not read.",
            file=f"{year.label}/{FOLDER}/{name}",
            expected=f"one of the folders {expected}",
            advice="Put the files into the folder of their format.",
        )
        for name in strange
        if not name.startswith(".")
    ]


def files_of(folder: Path) -> list[Path]:
    """The returns in a folder, without the origins beside them."""
    return sorted(
        path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".origin.toml")
    )


def read_format(name: str, folder: Path, year: ReportYear, decide: Decide) -> CaseRecords:
    """The records of one format's folder. Raises DataStop when they cannot be used as a whole."""
    called = f"{year.label}/{FOLDER}/{name}"
    records = READERS[name](files_of(folder), called, year, decide)
    _stop_when_rows_are_lost(records, called)
    return records


def _stop_when_rows_are_lost(records: CaseRecords, called: str) -> None:
    """Rows in = rows out + rejects, or nothing is believed."""
    rejected = records.rejects["table"].value_counts() if len(records.rejects) else {}
    for name, rows_in in records.rows_in.items():
        out = len(records.lists.get(name, ())) + int(rejected.get(name, 0))
        if rows_in != out:
            said = f"{rows_in:,} rows of {name} came in, and {out:,} are in the list or among the rejects."
            raise DataStop(
                [failure("balance", said, file=called, advice="This is a fault of the reader: report it.")]
            )


def _annex_a(paths: list[Path], called: str, year: ReportYear, decide: Decide) -> CaseRecords:
    return read_annex_a(paths, called, decide)


def _cin_census(paths: list[Path], called: str, year: ReportYear, decide: Decide) -> CaseRecords:
    from bscbdata.statutory.cin_census import read_cin_census

    if len(paths) > 1:
        said = f"There are {len(paths)} files; a year has one census."
        raise DataStop([failure("statutory", said, file=called, advice="Keep the one that was sent last.")])
    return read_cin_census(paths[0], f"{called}/{paths[0].name}", year)


def _ssda903(paths: list[Path], called: str, year: ReportYear, decide: Decide) -> CaseRecords:
    from bscbdata.statutory.ssda903 import read_ssda903

    return read_ssda903(paths, called, year)


def _ssd(paths: list[Path], called: str, year: ReportYear, decide: Decide) -> CaseRecords:
    from bscbdata.statutory.ssd import read_ssd

    return read_ssd(paths, called, year)


READERS: dict[str, Reader] = {
    "annex_a": _annex_a,
    "cin_census": _cin_census,
    "ssda903": _ssda903,
    "ssd": _ssd,
}


def days_covered(records: CaseRecords, year: ReportYear) -> tuple[date, date] | None:
    """The first and last day that records cover in full; None when they hold no dated event.

    A census and an SSDA903 are of their whole year. Any other extract covers what its events say: Annex A is drawn
    for the six months before it, so half a year must never pass for a year.
    """
    if records.format in ("cin_census", "ssda903"):
        return _whole_year(records, year)
    dates = [records.lists[name][day] for name, day in DRAWN_BY_DATE.items() if name in records.lists]
    dates = [column.dropna() for column in dates if column.notna().any()]
    if not dates:
        return None
    together = pd.concat(dates)
    return together.min().date(), together.max().date()


def _whole_year(records: CaseRecords, year: ReportYear) -> tuple[date, date]:
    """The year of the census, or of the SSDA903; of several years' sets of it the years up to this one."""
    episodes = records.native.get("episodes")
    if episodes is not None and "year_set" in episodes:
        return ReportYear(year.first - max(episodes["year_set"].nunique(), 1) + 1).start, year.end
    header = records.native.get("Header")
    told = str(header["Year"].iloc[0]) if header is not None and len(header) else ""
    of = ReportYear(int(told) - 1) if told.isdigit() else year
    return of.start, of.end


def coverage(records: CaseRecords, year: ReportYear, called: str) -> list[Finding]:
    """How many days of the year the records cover: a warning unless it is all of them."""
    covered = days_covered(records, year)
    if covered is None:
        return [warning("coverage", "No event has a date, so nothing is counted.", file=called)]
    start, end = max(covered[0], year.start), min(covered[1], year.end)
    days, whole = max((end - start).days + 1, 0), (year.end - year.start).days + 1
    said = f"It covers {covered[0]:%d/%m/%Y} to {covered[1]:%d/%m/%Y}: {days} of the {whole} days of {year}."
    if days >= whole - 12:
        return [passed("coverage", said, file=called)]
    advice = "Figures are given only for the months and quarters in it; ask for an extract of the whole year."
    return [warning("coverage", said, file=called, advice=advice)]
