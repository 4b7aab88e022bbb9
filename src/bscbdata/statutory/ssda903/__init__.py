"""SSDA903, the looked-after children return: a set of CSV files, one workbook with a sheet for each table, or XML.

A table is recognised by its columns (`maps/ssda903.csv`), and by its name only when the columns fit two tables
(`maps/ssda903_tables.csv`). Several years' sets may be given together: an event that a later set reports again is
counted once, as the later set has it; two sets of one year that differ stop. Postcodes, pupil numbers and the like
(`not_read` in the map) are never kept.
"""

from collections.abc import Iterable
from pathlib import Path

from bscbdata.findings import Finding, warning
from bscbdata.period import ReportYear
from bscbdata.statutory import CaseRecords
from bscbdata.statutory.ssda903.events import fill_lists, last_day_of, not_sent
from bscbdata.statutory.ssda903.files import files_in, stop_if_unusable, tables_in
from bscbdata.statutory.ssda903.layout import Sent, last_years, tables
from bscbdata.statutory.ssda903.native import (
    order_of_sets,
    stop_at_two_of_one_year,
    typed_table,
    usable_rows,
    without_repeats,
)

NEVER_EMPTY = ("header", "episodes")


def read_ssda903(
    paths: Path | Iterable[Path], name: str, year: str | ReportYear | None = None
) -> CaseRecords:
    """The event lists of one or several years' SSDA903 sets, from a folder, CSV files, a workbook or XML.

    Every episode is a row of `placements`, which is the list that counts rows; `looked_after` has one row for each
    period of care made from them. `year` is the report year (the last one of the data when not given). Raises
    DataStop when no table is known, a table lacks a column it cannot do without, two sets of one year differ, or a file is not safe to read.
    """
    records = CaseRecords("ssda903")
    sent = [table for path in files_in(paths) for table in tables_in(path, name, records.findings)]
    stop_if_unusable(sent, name, records.findings)
    records.findings += [_told_of_no_row(one) for one in sent if one.body.empty]
    sent = [one for one in sent if len(one.body) or one.table not in NEVER_EMPTY]
    typed = {table: typed_table([one for one in sent if one.table == table], records) for table in tables()}
    typed = {table: frame for table, frame in typed.items() if frame is not None}
    stop_at_two_of_one_year(typed)
    order = order_of_sets(typed)
    for table, frame in typed.items():
        records.native[table] = without_repeats(table, frame, order, records)
    usable = {table: usable_rows(table, frame, records) for table, frame in records.native.items()}
    fill_lists(usable, last_day_of(usable, year), records)
    records.not_sent = not_sent(sent)
    if "episodes" not in typed:
        said = "There is no table episodes, so nothing is known of placements and of children looked after."
        records.findings.append(warning("table", said, file=name, advice="Ask for it."))
    if year is not None:
        of = year if isinstance(year, ReportYear) else ReportYear.parse(year)
        records.findings = [told for told in records.findings if not _in_force(told, of)]
    return records


def _told_of_no_row(sent: Sent) -> Finding:
    """A warning of a table that was sent as its header alone, as where nobody was adopted in the year."""
    if sent.table in NEVER_EMPTY:
        said = f"The table {sent.table} holds no row, so it is taken as not sent."
    else:
        said = f"The table {sent.table} holds no row, so it is read as none in the year."
    return warning("empty", said, **sent.place, advice="Ask for it again, unless there was none.")


def _in_force(told: Finding, year: ReportYear) -> bool:
    """Whether a finding is of a code that was withdrawn only after that year, so that nothing is wrong with it."""
    last = last_years().get((told.column, told.value))
    return told.check == "code" and last is not None and year.first + 1 <= last
