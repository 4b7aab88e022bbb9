"""The check as Excel: one workbook for the analyst, and one to send back to each agency.

Text is written as text, so a cell that begins like a formula can do nothing. The same check gives the same bytes.
"""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from bscbdata.checking.gather import Agency, Overview
from bscbdata.checking.terminal import next_step
from bscbdata.findings import Finding
from bscbdata.numbers import agreeing
from bscbdata.simulate.layout import FIXED, without_time

# The columns of each sheet, with their widths.
FINDING_COLUMNS = {
    **{"Result": 10, "File": 34, "Sheet": 18, "Row": 8, "Column": 22, "What is wrong": 48},
    **{"Found": 28, "Expected": 34, "What to do": 44},
}
RETURN_COLUMNS = {
    **{"Return": 40, "File": 44, "Came": 8, "Covers": 44},
    **{
        "Rows in": 10,
        "Used": 10,
        "Set aside": 10,
        "Rejected": 10,
        "Periods there": 40,
        "Periods missing": 40,
    },
}
REJECT_COLUMNS = {"Return": 28, "Where": 48, "Reason": 48, "The row as sent": 80}
SUMMARY_COLUMNS = {"Agency": 44, "Failures": 12, "Warnings": 12, "Passed": 12, "Outstanding": 14}
MARK = "Contains children's data. Not to publish. Send it securely, to the agency alone, and keep it as you keep the return."
LONGEST = 32_000  # a cell of Excel holds 32,767 characters


def write_check(overview: Overview, path: Path) -> Path:
    """Everything, for the analyst: summary, returns, findings, rejects."""
    book = _book(f"{overview.board}: check of {overview.year}")
    sheet = book.create_sheet("Summary")
    _lines(sheet, f"Check of the returns of {overview.year}", [overview.board, next_step(overview)])
    _table(sheet, SUMMARY_COLUMNS, _by_agency(overview))
    _table(book.create_sheet("Returns"), {"Agency": 34} | RETURN_COLUMNS, _returns(overview.agencies))
    _table(book.create_sheet("Findings"), FINDING_COLUMNS, _findings(overview.without_children))
    rejects = [row for agency in overview.agencies for row in _rejects(agency.without_children)]
    _table(book.create_sheet("Rejects"), REJECT_COLUMNS, rejects)
    return save(book, path)


def write_for_agencies(overview: Overview, folder: Path) -> list[Path]:
    """A workbook for every agency that has something to mend or to send; what others sent is not in it."""
    return [
        _write_for(agency, overview, folder / f"{_file_name(agency.name)}.xlsx")
        for agency in overview.agencies
        if agency.needs_work and agency.returns_anything
    ]


def _file_name(name: str) -> str:
    return (
        "".join(letter.lower() if letter.isalnum() else "_" for letter in name).strip("_").replace("__", "_")
    )


def _write_for(agency: Agency, overview: Overview, path: Path) -> Path:
    book = _book(f"{agency.name}: returns of {overview.year}")
    to_mend = [*agency.found("failure"), *agency.found("warning")]
    heading = f"{agency.name}: returns for {overview.year}"
    _lines(book.create_sheet("Read this first"), heading, list(map(agreeing, _letter(agency, overview))))
    _table(book.create_sheet("To mend"), FINDING_COLUMNS | {"Your answer": 40}, _findings(to_mend))
    _table(book.create_sheet("Rows not used"), REJECT_COLUMNS, _rejects(agency))
    _table(book.create_sheet("What came"), RETURN_COLUMNS, [row[1:] for row in _returns([agency])])
    _mark(book)
    return save(book, path)


def _mark(book: Workbook) -> None:
    """Say on every sheet, in print too, and in the file's properties what the workbook is: it may be parted from its letter."""
    book.properties.title = f"{book.properties.title}. {MARK}"
    book.properties.category = "Contains children's data"
    for sheet in book.worksheets:
        sheet.insert_rows(1, 2)
        _write(sheet.cell(1, 1), MARK)
        sheet.cell(1, 1).font = Font(bold=True, color="B10E1E")
        sheet.oddHeader.center.text = MARK
        if sheet.auto_filter.ref:
            sheet.auto_filter.ref = re.sub(r"\d+", lambda row: str(int(row[0]) + 2), sheet.auto_filter.ref)
            sheet.freeze_panes = "A4"


def _letter(agency: Agency, overview: Overview) -> list[str]:
    """What the agency is asked, line by line."""
    outstanding = [f"Still to come: {sent.title} ({sent.file})" for sent in agency.outstanding]
    return [
        f"From: {overview.board}. For: {agency.ask}.",
        f"{len(agency.found('failure'))} things stop the report, {len(agency.found('warning'))} should be looked at: "
        f"see the sheet 'To mend'.",
        "Please correct them where the data is kept, draw the return again, and send the whole file in the same layout.",
        "If something is right as it is, write so beside it and send this workbook back.",
        f"{len(agency.rejects):,} rows were not used: the sheet 'Rows not used' has them as you sent them.",
        *(outstanding or ["Nothing is outstanding."]),
    ]


def _by_agency(overview: Overview) -> Iterable[Sequence]:
    for agency in sorted(overview.agencies, key=lambda agency: agency.by_work):
        counts = (len(agency.found(result)) for result in ("failure", "warning", "pass"))
        yield (agency.name, *counts, len(agency.outstanding))


def _returns(agencies: Iterable[Agency]) -> list[Sequence]:
    return [
        (
            agency.name,
            sent.title,
            sent.file,
            "yes" if sent.came else "no",
            sent.coverage,
            sent.rows_in,
            sent.rows,
            sent.set_aside,
            sent.rejects,
            ", ".join(sent.periods),
            ", ".join(sent.missing),
        )
        for agency in agencies
        for sent in agency.returns
    ]


def _findings(findings: Iterable[Finding]) -> list[Sequence]:
    """A row for each finding: what stops the run first, then what to look at, then what passed."""
    order = ("failure", "warning", "pass")
    findings = sorted(findings, key=lambda finding: order.index(finding.result))
    return [
        (f.result, f.file, f.sheet, f.row, f.column, f.message, f.value, f.expected, f.advice)
        for f in findings
    ]


def _rejects(agency: Agency) -> list[Sequence]:
    return list(agency.rejects.itertuples(index=False, name=None))


def _book(title: str) -> Workbook:
    book = Workbook()
    book.remove(book.active)
    book.properties.creator, book.properties.title = "bscbdata", title
    book.properties.created = book.properties.modified = FIXED
    return book


def _lines(sheet: Worksheet, heading: str, lines: list[str]) -> None:
    _write(sheet.cell(1, 1), heading)
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    for number, line in enumerate(lines, start=3):
        _write(sheet.cell(number, 1), line)
        sheet.cell(number, 1).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.column_dimensions["A"].width = 100


def _table(sheet: Worksheet, columns: Mapping[str, int], rows: Iterable[Sequence]) -> None:
    """A table of columns with their widths below whatever stands on the sheet: filterable, its header in sight, wrapped."""
    top = sheet.max_row + 2 if sheet["A1"].value else 1
    for column, (header, width) in enumerate(columns.items(), start=1):
        cell = sheet.cell(top, column)
        _write(cell, header)
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="12436D")
        letter = get_column_letter(column)
        sheet.column_dimensions[letter].width = max(
            width, sheet.column_dimensions[letter].width if top > 1 else 0
        )
    last = top
    for last, row in enumerate(rows, start=top + 1):
        for column, value in enumerate(row, start=1):
            _write(sheet.cell(last, column), value)
            sheet.cell(last, column).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.auto_filter.ref = f"A{top}:{get_column_letter(len(columns))}{last}"
    if top == 1:
        sheet.freeze_panes = "A2"


def _write(cell, value: object) -> None:
    """A value as what it is; text as text, never as a formula, without characters that a workbook cannot hold."""
    if isinstance(value, str):
        cell.value = "".join(letter for letter in value if letter >= " " or letter in "\t\n")[:LONGEST]
        cell.data_type = "s"
        cell.quotePrefix = value[:1] in ("=", "+", "-", "@")
    elif value is not None:
        cell.value = value


def save(book: Workbook, path: Path) -> Path:
    """The workbook, without the time at which it was written."""
    saved = io.BytesIO()
    book.save(saved)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(without_time(saved.getvalue()))
    return path


def write_tables(
    title: str, sheets: Mapping[str, tuple[Mapping[str, int], Iterable[Sequence]]], path: Path
) -> Path:
    """A workbook of plain tables: for each sheet its columns with their widths, and its rows."""
    book = _book(title)
    for name, (columns, rows) in sheets.items():
        _table(book.create_sheet(name), columns, rows)
    return save(book, path)
