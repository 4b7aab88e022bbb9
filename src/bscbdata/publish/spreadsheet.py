"""Every figure and table of the book in one accessible workbook: cover, contents, notes, one table a sheet.

The layout is that of the Government Analysis Function, as the package gptables writes it. Numbers are numbers, rounded
as on the pages; dates are text as on the pages; a cell without a number holds the symbol that says why.
"""

import io
import re
import textwrap
import warnings
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bscbdata.figures.published_table import MEANINGS, without_markup
from bscbdata.kept import code_version, kept
from bscbdata.lists import harmless
from bscbdata.office import FIXED, without_time
from bscbdata.provenance import LABELS
from bscbdata.provenance import MEANINGS as ORIGINS
from bscbdata.publish.book import Book
from bscbdata.publish.exhibits import Exhibit, exhibits_of
from bscbdata.publish.forms import FOLDER, Download, stem
from bscbdata.publish.values import headers, number

if TYPE_CHECKING:
    from gptables import Cover, GPTable
    from gptables.core.wrappers import GPWorkbook, GPWorksheet

THEME = {
    "global": {"font_name": "Arial", "font_size": 11, "font_color": "automatic"},
    "cover_title": {"bold": True, "font_size": 18, "font_color": "#12436D", "text_wrap": True},
    "cover_subtitle": {"bold": True, "font_size": 13, "font_color": "#12436D", "valign": "bottom"},
    "cover_text": {"text_wrap": True, "valign": "top"},
    "title": {"bold": True, "font_size": 14, "font_color": "#12436D"},
    "subtitle": {"font_size": 11},
    "column_heading": {"bold": True, "bottom": 2, "text_wrap": True, "valign": "bottom"},
    "index_2": {"text_wrap": True, "valign": "top"},
    "data": {"text_wrap": True, "valign": "top"},
    "description_order": ["instructions", "legend"],
}
# A name, a number or an address must not be taken for a formula or a link: gptables writes links from its own marks.
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
NARROWEST, WIDEST, WIDE, LINE = 11, 60, 100, 15  # widths in letters, the height of a line in points
BACK = "[Back to the contents](internal:'Contents'!A1)"


def write_spreadsheet(book: Book, folder: Path) -> list[Download]:
    """Write the workbook of the book into the folder; none for a book without figures. The same book, the same bytes."""
    found = exhibits_of(book)
    if not found:
        return []
    path = folder / f"{stem(book.subtitle)}-figures-and-tables.xlsx"
    made_from = (code_version(), repr(replace(book, folder=Path())), repr(found))
    path.write_bytes(kept("workbook", made_from, lambda: workbook(book, found)))
    return [Download("Every figure and table as a spreadsheet", "Excel", f"{FOLDER}/{path.name}")]


def workbook(book: Book, found: list[Exhibit]) -> bytes:
    """The workbook as bytes: cover, contents, notes where there are any, and a sheet for each exhibit."""
    import gptables

    notes = [exhibit.key for exhibit in found if exhibit.record["note"]]
    tables = {exhibit.name: _sheet(exhibit, notes) for exhibit in found}
    sheets = {"Contents": _contents(found)} | ({"Notes": _notes(found)} if notes else {}) | tables
    cover, content = _cover(book), io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # gptables calls pandas in ways that pandas will change
        made = gptables.produce_workbook(
            content,
            sheets,
            theme=gptables.Theme(deepcopy(THEME)),  # it empties what it is given
            cover=cover,
            contentsheet_label=None,
            auto_width=False,
            workbook_options=OPTIONS,
        )
        _finish(made, book, sheets, cover)
        made.close()
    return without_time(content.getvalue())


def _cover(book: Book) -> "Cover":
    import gptables

    from bscbdata.publish.html import dated

    draft = ["This is a draft. Numbers may change before the report is published."]
    kinds = [f"{LABELS[kind]}. {meaning}" for kind, meaning in ORIGINS.items()]
    symbols = [f"{symbol} means {meaning}." for symbol, meaning in MEANINGS.items()]
    asked = f"Questions about a number go to the {book.title}. Give the number of the figure or table, such as Figure 2.1."
    return gptables.Cover(
        title=f"{book.title}: {book.subtitle}",
        intro=[
            "Every figure and table of the report, one on each sheet, under the number that it has on the pages.",
            *([f"{dated(book)}."] if book.date else []),
            *(draft if "draft" in book.subtitle.lower() else []),
            "The sheet Contents lists all sheets, with links. The sheet Notes holds the notes.",
        ],
        about=[
            "Every table says where its data comes from. There are these kinds.",
            *kinds,
            "A symbol stands in a cell where there is no number.",
            *symbols,
            "A number can also be withheld so that another withheld number cannot be worked out from it.",
            "Numbers are rounded as on the pages, so parts may not add up to their total.",
            "Years such as 2015-16 end on 31 March, unless the table says that they are academic years.",
        ],
        contact=[asked],
        width=WIDE,
    )


def _contents(found: list[Exhibit]) -> "GPTable":
    """The list of the sheets, each name a link."""
    rows = [
        ({exhibit.name: f"internal:'{exhibit.name}'!A1"}, _words(exhibit.title), _kind(exhibit.record))
        for exhibit in found
    ]
    frame = pd.DataFrame(rows, columns=["Sheet", "What it shows", "Data"])
    return _list("Contents", frame, "This sheet holds one table. Each name of a sheet is a link to it.")


def _notes(found: list[Exhibit]) -> "GPTable":
    noted = [exhibit for exhibit in found if exhibit.record["note"]]
    rows = [
        (f"note {number}", exhibit.name, _words(without_markup(exhibit.record["note"])))
        for number, exhibit in enumerate(noted, start=1)
    ]
    frame = pd.DataFrame(rows, columns=["Note", "Sheet", "What it says"])
    return _list("Notes", frame, "This sheet holds one table.")


def _list(title: str, frame: pd.DataFrame, instructions: str) -> "GPTable":
    import gptables

    name, first = title.lower(), {2: 0}  # the first column names the row
    return gptables.GPTable(
        frame, table_name=name, title=title, instructions=instructions, index_columns=first
    )


def _sheet(exhibit: Exhibit, notes: list[str]) -> "GPTable":
    """A sheet of one exhibit: its words above, then its table."""
    import gptables

    record = exhibit.record
    headline = without_markup(record["headline"])
    mark = f" [note {notes.index(exhibit.key) + 1}]" if exhibit.key in notes else ""
    frame = _frame(record["table"])
    return gptables.GPTable(
        table=frame,
        table_name=exhibit.name.lower().replace(" ", "_").replace(".", "_"),
        title=f"{exhibit.name}: {_unmarked(exhibit.title)}{mark}",
        subtitles=[_unmarked(text) for text in (headline, record["measure"]) if text] + [BACK],
        instructions="This sheet holds one table." + (" Its note is on the sheet Notes." if mark else ""),
        legend=[*_symbols(frame), *map(_unmarked, [*_definition(record), *_origin(record)])],
        index_columns={2: 0},
        additional_formatting=_formats(record["table"]),
    )


def _kind(record: Mapping[str, Any]) -> str:
    return LABELS.get(record["provenance"], "About the report itself")


def _definition(record: Mapping[str, Any]) -> list[str]:
    """What is counted, a line for each sentence or part of one, so that no line is much wider than a page."""
    return re.split(r"(?<=[.;]) ", record["definition"]) if record["definition"] else []


def _origin(record: Mapping[str, Any]) -> Iterator[str]:
    """Where the data comes from, a line for each source, so that no line is wider than a page."""
    yield f"Data: {_kind(record)}."
    for source in filter(None, record["source"].removesuffix(".").split("; ")):
        yield f"Source: {source}."
    if record["printed"]:
        yield f"{record['printed']}."


def _symbols(frame: pd.DataFrame) -> list[str]:
    """The symbols that stand in the table, and what they mean."""
    there = {cell for cell in frame.to_numpy().ravel() if isinstance(cell, str)}
    return [f"{symbol} means {meaning}." for symbol, meaning in MEANINGS.items() if symbol in there]


def _frame(table: Mapping[str, Any]) -> pd.DataFrame:
    """The table as people read it: numbers as numbers, all else as text, no cell empty."""
    columns = table["columns"]
    rows = [
        [
            number(value, column) if column["is_number"] and value is not None else _words(cell)
            for column, cell, value in zip(columns, cells, values, strict=True)
        ]
        for cells, values in zip(table["rows"], table["values"], strict=True)
    ]
    rows = rows or [["none", *["[z]"] * (len(columns) - 1)]]  # a sheet says that there is nothing to list
    return pd.DataFrame(rows, columns=[_unmarked(name) for name in headers(columns)], dtype="object")


def _words(cell: str) -> str:
    """Text that is never empty, never signs alone (a screen reader would say nothing), never a formula or a link."""
    text = _unmarked(cell)
    if text.strip() in {"", "-", "–", "—"}:
        return "[z]"
    return harmless(text if re.search(r"[^\W_]", text) else f"sign {text.strip()}")


def _unmarked(text: str) -> str:
    """Text without what gptables takes for a link or for the mark of a note, and what a workbook cannot hold."""
    kept = "".join(letter if letter >= " " or letter == "\n" else " " for letter in text)
    return kept.replace("](", "] (").replace("$$", "$ $")


def _formats(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """How the numbers of each column look, and symbols at the right like them; words after numbers stand off from them."""
    found = []
    for place, column in enumerate(table["columns"]):
        if place and not column["is_number"] and table["columns"][place - 1]["is_number"]:
            found.append({"column": {"columns": [place], "format": {"indent": 1}, "include_names": True}})
        if column["is_number"]:
            decimals = f".{'0' * column['decimals']}" if column["decimals"] else ""
            look = {"num_format": f"#,##0{decimals}", "align": "right"}
            found.append({"column": {"columns": [place], "format": look, "include_names": True}})
    return found


def _finish(made: "GPWorkbook", book: Book, sheets: Mapping[str, "GPTable"], cover: "Cover") -> None:
    """What gptables leaves open: properties, widths and heights, paper."""
    made.set_properties(
        {"title": f"{book.title}: {book.subtitle}", "subject": "Figures and tables", "author": book.title}
        | {"comments": "Numbers marked illustrative are simulated.", "created": FIXED}
    )
    for sheet in made.worksheets():
        if sheet.name in sheets:
            _fit(sheet, sheets[sheet.name])
        else:
            _fit_cover(sheet, cover)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{book.title.replace('&', '&&')}&C&A&RPage &P of &N")


def _fit(sheet: "GPWorksheet", table: "GPTable") -> None:
    """Columns as wide as their text, to a limit; rows as high as their wrapped text, which not every program works out."""
    cells = [list(table.table), *table.table.itertuples(index=False, name=None)]
    shown = [[next(iter(cell)) if isinstance(cell, dict) else str(cell) for cell in row] for row in cells]
    widths = [_width([row[place] for row in shown]) for place in range(len(cells[0]))]
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    for number_, row in enumerate(shown, start=table.data_range[0]):
        sheet.set_row(number_, LINE * max(map(_lines, row, widths)))


def _width(cells: list[str]) -> int:
    head, *body = cells
    longest = max([*map(len, head.split()), *map(len, body)])
    return min(max(longest + 3, NARROWEST), WIDEST)


def _lines(text: str, width: int) -> int:
    """How many lines the text takes in a column; bold headers are a little wider."""
    return sum(max(1, len(textwrap.wrap(part, int(width * 1.1)))) for part in text.split("\n"))


def _fit_cover(sheet: "GPWorksheet", cover: "Cover") -> None:
    parts = ([cover.title], *([""], cover.intro), *([""], cover.about), *([""], cover.contact))
    for number_, text in enumerate(text for part in parts for text in part):
        heading = number_ == 0 or not text
        sheet.set_row(number_, 2 * LINE if heading else LINE * _lines(text, WIDE))
