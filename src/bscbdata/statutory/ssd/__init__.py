"""The Standard Safeguarding Dataset: one CSV file (or sheet) for each of its tables.

`maps/ssd.csv` says which column of which table fills which column of ours, and how it is read; only the columns named
there are kept, so names, addresses and free text never come in. `maps/ssd_tables.csv` lists every table of the
standard, by which files are recognised.
"""

from collections.abc import Iterable
from pathlib import Path

from bscbdata.findings import refusal, warning
from bscbdata.period import ReportYear
from bscbdata.statutory import CaseRecords
from bscbdata.statutory.ssd.events import fill_lists
from bscbdata.statutory.ssd.files import tables_in
from bscbdata.statutory.ssd.layout import mapped
from bscbdata.statutory.ssd.native import typed_table, usable
from bscbdata.statutory.ssda903.files import files_in

# Lists that are made from another list's tables, and lack what it lacks.
MADE_FROM = {"looked_after": "placements", "children_in_need": "referrals"}


def read_ssd(paths: Path | Iterable[Path], name: str, year: str | ReportYear | None = None) -> CaseRecords:
    """The event lists of a Standard Safeguarding Dataset, from a folder, CSV files or a workbook.

    Every episode of care is a row of `placements`, which counts rows; `looked_after` is made from them. Initial
    conferences join their enquiry in `section_47`; one without an enquiry is a row of its own. Raises DataStop when
    no table is known, a table is there twice, or a table lacks a column that it cannot do without.
    """
    records = CaseRecords("ssd")
    for path in files_in(paths):
        for table, place, cells in tables_in(path, name, records.findings):
            if table in records.native:
                said = f"The table {table} is there twice."
                raise refusal("table", said, **place, advice="Remove the one that is not meant.")
            records.native[table] = typed_table(table, place, cells, records)
    if not set(records.native) & set(mapped()):
        expected = ", ".join(mapped())
        raise refusal("table", "No table of the SSD that is used is in it.", file=name, expected=expected)
    _tell_of_absent(records, name)
    kept = {table: usable(table, frame, records) for table, frame in records.native.items()}
    fill_lists(kept, year, records)
    for made, source in MADE_FROM.items():
        records.not_sent[made] = records.not_sent.get(source, set())
    return records


def _tell_of_absent(records: CaseRecords, name: str) -> None:
    """Note the columns of the tables that were not sent, and say which tables they are."""
    absent = [table for table in mapped() if table not in records.native]
    for one in (one for table in absent for one in mapped()[table]):
        records.not_sent.setdefault(one.list, set()).add(one.column)
    if absent:
        said = f"Tables not sent, so no figure that rests on them is given: {', '.join(absent)}."
        advice = "Ask for them, even where they are empty."
        records.findings.append(warning("table", said, file=name, advice=advice))
