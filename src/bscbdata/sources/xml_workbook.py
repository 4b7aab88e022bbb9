"""An XML workbook, as Excel 2003 and older case systems save it, often under the name .xls: its sheets as columns of text.

The format has every cell in one page: `Workbook`, `Worksheet`, `Table`, `Row`, `Cell`, `Data`. No formula is worked out
and no link is followed; a document type or an entity is refused before anything is read.
"""

from dataclasses import dataclass, field

from bscbdata.sources import limits
from bscbdata.sources.inside.seen import Inside
from bscbdata.sources.number_format import is_per_cent
from bscbdata.sources.pages import Pages, local_name, whole_number

_MARK = b"urn:schemas-microsoft-com:office:spreadsheet"
_A_TIME_ALONE = "1899-12-31T"
# What each element stands in; elsewhere, as the text of a comment, it is passed over.
_PARENTS = {
    "Workbook": "", "Styles": "Workbook", "Style": "Styles", "NumberFormat": "Style",
    "Worksheet": "Workbook", "WorksheetOptions": "Worksheet", "Visible": "WorksheetOptions",
    "Table": "Worksheet", "Column": "Table", "Row": "Table", "Cell": "Row", "Data": "Cell",
}  # fmt: skip


@dataclass
class Sheet:
    """One sheet: whether it can be seen, its cells by row from 1, merged cells, and what is odd about it."""

    name: str
    visible: bool = True
    rows: dict[int, list[str]] = field(default_factory=dict)
    merged: list[list[list[int]]] = field(default_factory=list)
    inside: Inside = field(default_factory=Inside)

    def columns(self) -> list[list[str]]:
        """The columns from the first row on, blank rows and short ones filled."""
        width = self.inside.columns
        rows = [self.rows.get(number, []) for number in range(1, self.inside.rows + 1)]
        return [
            list(column) for column in zip(*(row + [""] * (width - len(row)) for row in rows), strict=True)
        ]


def is_one(start: bytes) -> bool:
    """Whether a file begins as an XML workbook does."""
    plain = start.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return plain.startswith(b"<") and _MARK in plain


def sheets_of(content: bytes, name: str) -> dict[str, Sheet]:
    """The sheets by name. Raises DataStop over a limit or for a document type, ExpatError when the XML is broken."""
    limits.check_doctype(content, "The workbook", name)
    return _Workbook(name).feed(content)


class _Workbook(Pages):
    """All sheets of a workbook, read element by element."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.cells, self.result = name, 0, {}
        self.per_cent: set[str] = set()
        self.style, self.reading = "", False
        self.within = [""]

    def start(self, tag: str, given: dict[str, str]) -> None:
        in_place = _PARENTS.get(tag) == self.within[-1]
        self.within.append(tag if in_place else "")
        if in_place and (begin := getattr(self, f"_begin_{tag.lower()}", None)):
            begin({local_name(key): value for key, value in given.items()})

    def end(self, tag: str) -> None:
        if finish := getattr(self, f"_end_{self.within.pop().lower()}", None):
            finish()

    def text(self, text: str) -> None:
        if self.reading:
            self.value += text
        elif self.within[-1] == "Visible":
            self.sheet.visible = text.strip() == "SheetVisible"

    # ---- what cells look like -----------------------------------------------------------------------------------

    def _begin_style(self, given: dict[str, str]) -> None:
        self.style = given.get("ID", "")
        if given.get("Parent") in self.per_cent:
            self.per_cent.add(self.style)

    def _begin_numberformat(self, given: dict[str, str]) -> None:
        shown = given.get("Format", "")
        (self.per_cent.add if shown == "Percent" or is_per_cent(shown) else self.per_cent.discard)(self.style)

    # ---- cells --------------------------------------------------------------------------------------------------

    def _begin_worksheet(self, given: dict[str, str]) -> None:
        self.sheet = self.result[given.get("Name", "")] = Sheet(given.get("Name", ""))
        self.row = self.column = 0
        self.column_styles: dict[int, str] = {}

    def _begin_column(self, given: dict[str, str]) -> None:
        first = self.column + 1 if "Index" not in given else whole_number(given["Index"], 1)
        self.column = min(first + whole_number(given.get("Span"), 0), limits.COLUMNS)
        self.column_styles |= dict.fromkeys(range(first, self.column + 1), given.get("StyleID", ""))
        if given.get("Hidden") == "1" or given.get("Width") == "0":
            self.sheet.inside.hidden_columns.append((first, self.column))

    def _begin_row(self, given: dict[str, str]) -> None:
        self.row, self.column = whole_number(given.get("Index"), self.row + 1), 0
        self.row_style, self.down = given.get("StyleID", ""), whole_number(given.get("Span"), 0)
        if given.get("Hidden") == "1" or given.get("Height") == "0":
            self.sheet.inside.hidden_rows.append(self.row)

    def _end_row(self) -> None:
        self.cells += len(self.sheet.rows.get(self.row, []))
        if self.cells > limits.CELLS:
            raise limits.over("The workbook has", self.cells, limits.CELLS, "cells", self.name)
        self.row += self.down

    def _begin_cell(self, given: dict[str, str]) -> None:
        self.column = whole_number(given.get("Index"), self.column + 1)
        if self.column > limits.COLUMNS:
            raise limits.over("A row has", self.column, limits.COLUMNS, "columns", self.name, row=self.row)
        self.given, self.value, self.kind = given, "", ""

    def _begin_data(self, given: dict[str, str]) -> None:
        self.kind, self.reading = given.get("Type", "String"), True

    def _end_data(self) -> None:
        self.reading = False

    def _end_cell(self) -> None:
        across, down = (whole_number(self.given.get(key), 0) for key in ("MergeAcross", "MergeDown"))
        if self.value:
            self._put()
        elif "Formula" in self.given:
            self.sheet.inside.without_value.append((self.row, self.column - 1))
        if across or down:
            first = [self.row - 1, self.column - 1]
            self.sheet.merged.append([first, [first[0] + down, first[1] + across]])
        self.column += across

    def _put(self) -> None:
        cells, inside = self.sheet.rows.setdefault(self.row, []), self.sheet.inside
        cells += [""] * (self.column - len(cells))
        cells[self.column - 1] = _as_text(self.kind, self.value)
        inside.rows, inside.columns = max(inside.rows, self.row), max(inside.columns, self.column)
        style = self.given.get("StyleID") or self.row_style or self.column_styles.get(self.column, "")
        if self.kind == "Number" and style in self.per_cent:
            inside.per_cents.append((self.row, self.column - 1))


def _as_text(kind: str, value: str) -> str:
    """A value as cells of other workbooks are read: whole numbers without a point, days with their time of day."""
    if kind == "Boolean":
        return "True" if value.strip() == "1" else "False"
    if kind == "DateTime":
        return value.removeprefix(_A_TIME_ALONE).removesuffix(".000").replace("T", " ")
    if kind == "Number":
        try:
            number = float(value)
        except ValueError:
            return value
        return str(int(number)) if number.is_integer() else repr(number)
    return value
