"""A table that a case system saved as a web page, often under the name .xls: its cells as rows of text.

Nothing in the page is run, followed or fetched. A cell that spans several rows or columns stands in the first of them,
as it does in a workbook. Tables follow each other with a blank row between.
"""

from bscbdata.sources import limits
from bscbdata.sources.pages import whole_number

_NOT_SHOWN = ("script", "style", "title")
_BREAKS = ("br", "p", "div", "li")
_PART = 1_000_000


def rows_of(text: str, name: str) -> tuple[list[list[str]], list[list[list[int]]]]:
    """The rows of every table of a page, and the cells that span rows, by first and last row and column from 0. No rows
    when it has no table. Raises DataStop over the limits of columns and cells."""
    from lxml import etree  # whose time grows with the page alone, however the page is broken

    page = _Page(name)
    parser = etree.HTMLParser(target=page, no_network=True, huge_tree=True)
    for start in range(0, len(text), _PART):
        parser.feed(text[start : start + _PART])
    parser.close()
    page.end_row()
    return page.rows, page.merged


class _Page:
    """The tables of a page, read tag by tag; a table within a cell is a table of its own."""

    def __init__(self, name: str) -> None:
        self.name, self.cells, self.skipping = name, 0, 0
        self.rows: list[list[str]] = []
        self.merged: list[list[list[int]]] = []
        self.outer: list[tuple] = []
        self._begin_table()

    def _begin_table(self) -> None:
        self.row: list[str] | None = None
        self.cell: list[str] | None = None
        self.across = 1
        self.hanging: dict[int, int] = {}

    def start(self, tag: str, given: dict[str, str]) -> None:
        self.skipping += tag in _NOT_SHOWN
        if tag == "table":
            self.outer.append((self.row, self.cell, self.across, self.hanging))
            self._begin_table()
        elif tag == "tr" and self.outer:
            self.end_row()
            self.row = []
        elif tag in ("td", "th") and self.row is not None:
            self._begin_cell(given)
        elif tag in _BREAKS and self.cell is not None:
            self.cell.append(" ")

    def _begin_cell(self, given: dict[str, str]) -> None:
        self._end_cell()
        self._pass_hanging()
        spans = (whole_number(given.get(key), 1) for key in ("rowspan", "colspan"))
        down, self.across = (min(span, limits.COLUMNS) for span in spans)
        if down > 1:
            first, left = len(self.rows), len(self.row)
            self.merged.append([[first, left], [first + down - 1, left + self.across - 1]])
            self.hanging |= dict.fromkeys(range(left, left + self.across), down)
        self.cell = []

    def _pass_hanging(self) -> None:
        while self.hanging.get(len(self.row), 0):
            self.row.append("")

    def _end_cell(self) -> None:
        if self.cell is None:
            return
        self.row += ["".join(self.cell), *[""] * (self.across - 1)]
        self.cell = None
        if len(self.row) > limits.COLUMNS:
            raise limits.over("A row of the table has", len(self.row), limits.COLUMNS, "columns", self.name)

    def end_row(self) -> None:
        """Close the row that is open, if one is."""
        if self.row is None:
            return
        self._end_cell()
        self._pass_hanging()
        self.rows.append(self.row)
        self.cells += len(self.row)
        if self.cells > limits.CELLS:
            raise limits.over("The table has", self.cells, limits.CELLS, "cells", self.name)
        self.hanging = {column: left - 1 for column, left in self.hanging.items() if left > 1}
        self.row = None

    def end(self, tag: str) -> None:
        self.skipping -= tag in _NOT_SHOWN and self.skipping > 0
        if tag == "tr":
            self.end_row()
        elif tag in ("td", "th"):
            self._end_cell()
        elif tag == "table" and self.outer:
            self.end_row()
            self.rows.append([])
            self.row, self.cell, self.across, self.hanging = self.outer.pop()

    def data(self, text: str) -> None:
        if self.cell is not None and not self.skipping:
            self.cell.append(text)

    def close(self) -> None:
        """The end of the page."""
