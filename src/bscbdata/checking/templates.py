"""Returns to be filled in: what a source's map says, as a workbook and a CSV file. Nothing is written twice by hand."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pandas as pd
from openpyxl.styles import Alignment, Font, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from bscbdata.checking.workbook import as_high_as_its_words, to_print
from bscbdata.office import as_header, new_book, save
from bscbdata.period import ReportYear, month_label
from bscbdata.sources import LISTS, NOTES, RETURN, Column, Source, load_codes, load_source, source_names
from bscbdata.sources.agencies import agencies
from bscbdata.sources.cells import kind_text, limits_text

ROWS = 5_000
OURS = {"commitments"}  # bscb new-year writes it, from last year's next steps
FORMATS = {
    "date": "dd/mm/yyyy",
    "count": "0",
    "amount_gbp": "#,##0.00",
    "share_pct": "0.0",
    "number": "General",
}
WIDTHS = {"A": 34, "B": 60, "C": 14, "D": 60, "E": 26, "F": 14}  # of the notes


Rows = Mapping[str, list[list[str]]]


def write_templates(folder: Path, year: ReportYear, rows: Rows = MappingProxyType({})) -> list[Path]:
    """A workbook and a CSV file for each return that an agency sends; several tables of one file share its workbook.

    `rows` gives the tables that come with their rows named, and numbers to be filled in: see new_year.
    """
    written = []
    for path, sources in by_file(year).items():
        target = folder / Path(path).with_suffix(".xlsx")
        written.append(_workbook(sources, year, target, rows))
        if len(sources) == 1 and sources[0].layout == "rows":
            written.append(_csv(sources[0], year, target.with_suffix(".csv"), rows))
    return written


def by_file(year: ReportYear) -> dict[str, list[Source]]:
    """The files that agencies send for a year, each with the tables in it."""
    found: dict[str, list[Source]] = {}
    for name in source_names():
        source = load_source(name).in_year(year)
        agency = source.path.split("/")[0]
        if not source.official and agency in agencies() and name not in OURS and source.collected(year):
            found.setdefault(source.path, []).append(source)
    return found


def headers(source: Source, year: ReportYear) -> list[str]:
    """The header of a return; of a cross-tab the values that go across follow the columns that go down."""
    own = list(source.headers(year).values())
    if source.layout == "rows":
        return own
    across = source.column(source.crosstab["across"])
    if across.code_list:
        codes = load_codes(across.code_list)[1]
        # a total is read where it is sent, and not asked for
        return own + [code for code in codes if _is_of(code, year) and not code.endswith(" as sent")]
    return own + (
        list(year.quarters) if across.kind == "quarter" else [month_label(month) for month in year.months]
    )


def _is_of(code: str, year: ReportYear) -> bool:
    """Whether a code belongs in a return of the year: one that names a report year names this one or the one before."""
    named = re.match(r"20\d\d-\d\d", code)
    return not named or named[0] in (year.label, year.previous.label)


def _csv(source: Source, year: ReportYear, path: Path, rows: Rows) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows.get(source.name, []), columns=headers(source, year)).to_csv(
        path, index=False, lineterminator="\r\n"
    )
    return path


def _workbook(sources: list[Source], year: ReportYear, path: Path, rows: Rows) -> Path:
    book = new_book(f"{sources[0].title}, {year}")
    lists = book.create_sheet(LISTS)
    for source in sources:
        sheet = book.create_sheet(source.sheet or RETURN)
        _fill_in(sheet, lists, source, year)
        _name_rows(sheet, rows.get(source.name, []))
        to_print(sheet)
    _notes(book.create_sheet(NOTES), sources, year)
    lists.protection.sheet = True  # not hidden: whoever checks a return is told of every hidden sheet
    book.move_sheet(LISTS, len(book.sheetnames) - 1)
    return save(book, path)


def _name_rows(sheet: Worksheet, rows: list[list[str]]) -> None:
    """Rows that come with their names, their numbers open: to be typed over in a sheet that is locked; columns as wide."""
    for number, words in enumerate(rows, start=2):
        for place, text in enumerate(words, start=1):
            whole = sheet.column_dimensions[get_column_letter(place)]
            whole.width = max(whole.width, min(40, len(text) + 2))
            cell = sheet.cell(number, place, text or None)
            cell.protection, cell.number_format = Protection(locked=False), whole.number_format
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for row in sheet.iter_rows(min_row=2):
        as_high_as_its_words(sheet, row)


def _fill_in(sheet: Worksheet, lists: Worksheet, source: Source, year: ReportYear) -> None:
    """The sheet to fill: a locked header, and below it cells that offer what may stand in them."""
    for number, header in enumerate(headers(source, year), start=1):
        cell = sheet.cell(1, number, header)
        as_header(cell)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(number)].width = max(16, min(40, len(header) + 2))
    by_header = {column.header(year): column for column in source.collected(year)}
    for number, header in enumerate(headers(source, year), start=1):
        column = by_header.get(header) or source.column(source.crosstab["value"])
        _offer(sheet, lists, number, column, year)
    sheet.freeze_panes = "A2"
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.insertRows = sheet.protection.sort = False


def _offer(sheet: Worksheet, lists: Worksheet, number: int, column: Column, year: ReportYear) -> None:
    letter = get_column_letter(number)
    whole = sheet.column_dimensions[letter]
    whole.protection = Protection(locked=False)
    whole.number_format = FORMATS.get(column.kind, "@" if column.kind in ("month", "quarter") else "General")
    rule = _rule(lists, column)
    if rule:
        rule.error, rule.errorTitle = f"This column takes {said(column, year)}.", "Not expected here"
        rule.prompt, rule.promptTitle = said(column, year)[:250], column.meaning[:30]
        sheet.add_data_validation(rule)
        rule.add(f"{letter}2:{letter}{ROWS}")


def _rule(lists: Worksheet, column: Column) -> DataValidation | None:
    if column.code_list:
        return DataValidation(
            "list", formula1=_listed(lists, load_codes(column.code_list)[1]), allow_blank=True
        )
    if column.kind == "yes_no":
        return DataValidation("list", formula1='"yes,no"', allow_blank=True)
    if column.kind == "count":
        return DataValidation("whole", operator="greaterThanOrEqual", formula1="0", allow_blank=True)
    if column.kind == "date":
        return DataValidation("date", operator="greaterThan", formula1="18264", allow_blank=True)
    return None


def _listed(lists: Worksheet, codes: list[str]) -> str:
    """A code list on the sheet of lists, and the range it stands in."""
    column = lists.max_column + 1 if lists["A1"].value else 1
    for row, code in enumerate(codes, start=1):
        lists.cell(row, column, code).data_type = "s"
    letter = get_column_letter(column)
    return f"Lists!${letter}$1:${letter}${len(codes)}"


def said(column: Column, year: ReportYear) -> str:
    """What a column takes, in words, with an example of the year."""
    if column.code_list:
        return "one of: " + "; ".join(code for code in load_codes(column.code_list)[1] if _is_of(code, year))
    return kind_text(column, year)


def _notes(sheet: Worksheet, sources: list[Source], year: ReportYear) -> None:
    """Every column explained: what it means, its unit, what may stand in it, whether it is needed."""
    lines = [
        [f"How to fill in this return for {year}"],
        ["One row each; no totals, no notes among the rows, no merged cells."],
    ]
    for source in sources:
        lines += [
            [],
            [source.title, source.meaning],
            ["Column", "Meaning", "Unit", "What it takes", "Limits", "Needed"],
        ]
        for column in source.collected(year):
            shown = column.header(year).replace("*", f"({column.name.replace('_', ' ')})")
            needed = "yes" if column.required else "may be empty"
            lines.append(
                [shown, column.meaning, column.unit, said(column, year), limits_text(column, year), needed]
            )
    for line in lines:
        sheet.append(line)
    for letter, width in WIDTHS.items():
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows(min_row=3):
        heads = row[0].value == "Column" or not row[2].value and not row[3].value
        for cell in row:
            cell.alignment, cell.font = Alignment(wrap_text=True, vertical="top"), Font(bold=heads)
        as_high_as_its_words(sheet, row)
    sheet["A1"].font = Font(bold=True, size=14)
    to_print(sheet)
