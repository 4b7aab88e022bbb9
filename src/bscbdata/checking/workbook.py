"""The check as Excel: one workbook for the analyst, and one to send back to each agency.

Text is written as text, so a cell that begins like a formula can do nothing. The same check gives the same bytes.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from bscbdata.checking.gather import Agency, Overview
from bscbdata.checking.terminal import next_step
from bscbdata.findings import Finding
from bscbdata.numbers import agreeing
from bscbdata.office import as_header, new_book, save, write_cell

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
BELOW_MARK = 3  # the row of a header under the mark
HIGHEST = 409  # points: what Excel allows
LINE = 15  # points: no program is left to find out how high a row of wrapped text is


def write_check(overview: Overview, path: Path) -> Path:
    """Everything, for the analyst: summary, returns, findings, rejects."""
    book = new_book(f"{overview.board}: check of {overview.year}")
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
    book = new_book(f"{agency.name}: returns of {overview.year}. {MARK}")
    book.properties.category = "Contains children's data"
    to_mend = [*agency.found("failure"), *agency.found("warning")]
    heading = f"{agency.name}: returns for {overview.year}"
    _lines(_marked(book, "Read this first"), heading, list(map(agreeing, _letter(agency, overview))))
    _table(_marked(book, "To mend"), FINDING_COLUMNS | {"Your answer": 40}, _findings(to_mend))
    _table(_marked(book, "Rows not used"), REJECT_COLUMNS, _rejects(agency))
    _table(_marked(book, "What came"), RETURN_COLUMNS, [row[1:] for row in _returns([agency])])
    return save(book, path)


def _marked(book: Workbook, name: str) -> Worksheet:
    """A sheet that says, in print too, what the workbook holds: it may be parted from its letter."""
    sheet = book.create_sheet(name)
    write_cell(sheet.cell(1, 1), MARK)
    sheet.cell(1, 1).font = Font(bold=True, color="B10E1E")
    sheet.oddHeader.center.text = MARK
    return sheet


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


def _lines(sheet: Worksheet, heading: str, lines: list[str]) -> None:
    sheet.column_dimensions["A"].width = 100
    top = _below(sheet)
    write_cell(sheet.cell(top, 1), heading)
    sheet.cell(top, 1).font = Font(bold=True, size=14)
    for number, line in enumerate(lines, start=top + 2):
        _wrapped(sheet, number, [line])
    to_print(sheet)


def _table(sheet: Worksheet, columns: Mapping[str, int], rows: Iterable[Sequence]) -> None:
    """A table of columns with their widths below whatever stands on the sheet: filterable, its header in sight, wrapped."""
    top = _below(sheet)
    for column, (header, width) in enumerate(columns.items(), start=1):
        cell = sheet.cell(top, column)
        write_cell(cell, header)
        as_header(cell)
        letter, widths = get_column_letter(column), sheet.column_dimensions
        widths[letter].width = max(width, widths[letter].width) if letter in widths else width
    last = top
    for last, row in enumerate(rows, start=top + 1):
        _wrapped(sheet, last, row)
    sheet.auto_filter.ref = f"A{top}:{get_column_letter(len(columns))}{last}"
    if top <= BELOW_MARK:
        sheet.freeze_panes = f"A{top + 1}"
    to_print(sheet, top)


def _below(sheet: Worksheet) -> int:
    """The row for what comes next: the first of an empty sheet, else one after a row that is left free."""
    return sheet.max_row + 2 if sheet["A1"].value else 1


def _wrapped(sheet: Worksheet, number: int, row: Sequence) -> None:
    for column, value in enumerate(row, start=1):
        write_cell(sheet.cell(number, column), value)
        sheet.cell(number, column).alignment = Alignment(wrap_text=True, vertical="top")
    as_high_as_its_words(sheet, sheet[number])


def as_high_as_its_words(sheet: Worksheet, row: Sequence[Cell]) -> None:
    """Give a row of wrapped text the height that its longest cell needs in its column."""
    lines = (
        1 + len(str(cell.value or "")) // (sheet.column_dimensions[cell.column_letter].width - 2)
        for cell in row
    )
    sheet.row_dimensions[row[0].row].height = min(LINE * max(lines), HIGHEST)


def to_print(sheet: Worksheet, header: int = 1) -> None:
    """Across one page, with its header on each."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToHeight = 0
    sheet.print_title_rows = f"{header}:{header}"


def write_tables(
    title: str, sheets: Mapping[str, tuple[Mapping[str, int], Iterable[Sequence]]], path: Path
) -> Path:
    """A workbook of plain tables: for each sheet its columns with their widths, and its rows."""
    book = new_book(title)
    for name, (columns, rows) in sheets.items():
        _table(book.create_sheet(name), columns, rows)
    return save(book, path)
