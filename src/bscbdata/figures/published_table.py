"""A table as it leaves the report: its values, the words for its columns, how each prints, and itself as HTML and CSV."""

import base64
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape, unescape

import pandas as pd

from bscbdata import numbers
from bscbdata.cleaning import NOT_AVAILABLE, WITHHELD, symbol
from bscbdata.lists import harmless

LONG = 24  # rows beyond which a table scrolls in a window of its own
SENTENCE = 90  # letters of a cell that is read as a text
SHORT = 24  # letters of words that stand among numbers, as these do
PHONE = 34  # letters across the smallest phone, with two between columns
HIDDEN = {"status", "provenance", "row_id", "vintage"}
MEANINGS = {
    WITHHELD: "withheld so that no child can be recognised",
    NOT_AVAILABLE: "not available",
    "[z]": "not applicable",
    "[low]": "rounds to nothing",
}


@dataclass(frozen=True)
class Published:
    """A table as it leaves: the values, the words for its columns, and how each prints."""

    frame: pd.DataFrame
    labels: Mapping[str, str] = field(default_factory=dict)
    decimals: int | Mapping[str, int] = 0
    unit: str | Mapping[str, str] = ""
    # why cells have no number of which neither row nor column says so: (row, column) -> status
    said: Mapping[tuple[int, str], str] = field(default_factory=dict)

    def label(self, column: str) -> str:
        return self.labels.get(column, column.replace("_", " ").capitalize())

    def cell(self, column: str, value: object, status: str = "shown") -> str:
        """One cell as it prints: the number in house style, or the symbol that says why there is none."""
        if value is None or pd.isna(value):
            return symbol(status)
        if isinstance(value, pd.Timestamp):
            return f"{value:%B %Y}" if value.day == 1 else f"{value.day} {value:%B %Y}"
        if isinstance(value, bool) or not isinstance(value, int | float) and not hasattr(value, "dtype"):
            return str(value)
        return numbers.write(float(value), of(self.unit, column, ""), of(self.decimals, column, 0))

    def columns(self) -> list[str]:
        """The columns that are shown: all but those about the rows, and those that only place a drawing (`_x`)."""
        return [name for name in self.frame.columns if name not in HIDDEN and not name.startswith("_")]

    def rows(self) -> list[list[str]]:
        """The cells as they print. A status is that of the columns withheld together, or of all where none are named."""
        return self._rows

    @cached_property
    def _rows(self) -> list[list[str]]:
        columns = self.columns()
        together = self.frame.attrs.get("withheld", columns)
        statuses = (
            self.frame["status"].astype("str") if "status" in self.frame else ["shown"] * len(self.frame)
        )
        records = self.frame[columns].astype("object").itertuples(index=False, name=None)
        return [
            [
                self.cell(name, value, self._status(row, name, status, together))
                for name, value in zip(columns, record, strict=True)
            ]
            for row, (record, status) in enumerate(zip(records, statuses, strict=True))
        ]

    def _status(self, row: int, column: str, of_row: str, together: Collection[str]) -> str:
        return self.said.get((row, column)) or (of_row if column in together else "not_available")


def of(setting: object, column: str, otherwise: object) -> object:
    """A setting for one column: from a mapping by column, or the same for all."""
    return setting.get(column, otherwise) if isinstance(setting, Mapping) else setting


def without_markup(html: str) -> str:
    """The words of a headline or note, without the elements around its numbers."""
    return unescape(re.sub(r"<[^>]+>", "", html))


def html_table(table: Published, caption: str) -> str:
    """A table with caption, scopes and units, in a region that scrolls sideways on a phone and by keyboard."""
    columns = table.columns()
    rows = table.rows()
    number = [
        pd.api.types.is_numeric_dtype(table.frame[column])
        or (place > 0 and reads_as_numbers(row[place] for row in rows))
        for place, column in enumerate(columns)
    ]
    heads = "".join(
        f'<th scope="col"{_kind(n, table.label(c))}>{escape(table.label(c))}</th>'
        for c, n in zip(columns, number, strict=True)
    )
    short = [any(number) and all(len(row[place]) <= SHORT for row in rows) for place in range(len(columns))]
    before = [None, *(row[0] for row in rows)]
    body = "".join(
        _html_row(row, number, short, row[0] == above) for row, above in zip(rows, before, strict=False)
    )
    name = escape(re.sub(r"<[^>]+>", "", caption))
    long = " table-long" if len(table.frame) > LONG else ""
    return for_phones(
        f'<div class="table-scroll{long}" role="region" tabindex="0" aria-label="Table: {name}"><table class="data-table" data-quarto-disable-processing="true">'
        f"<caption>{name}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def for_phones(page: str) -> str:
    """The page with the head of its column at each cell of a table too wide for a phone, where each row becomes a card.
    A table with cells that span others, or marked `data-as-is`, stays as it is.

    The style sheet does that (figures.css): the table stays a table, and reads as one where there is room.
    """
    return re.sub(r"<table\b.*?</table>", _with_heads, page, flags=re.S)


def _with_heads(found: re.Match) -> str:
    if re.search(r"\s(?:(?:row|col)span=|data-as-is)", found[0]):
        return found[0]
    head, body = found[0].partition("</thead>")[::2]
    heads = [without_markup(cell).strip() for cell in re.findall(r"<th\b[^>]*>(.*?)</th>", head, re.S)]
    rows = [re.split(r"(?=<t[hd]\b)", row)[1:] for row in body.split("</tr>")[:-1]]
    columns = zip(heads, *(map(without_markup, row) for row in rows), strict=True)
    if sum(max(map(_unparted, column)) + 2 for column in columns) <= PHONE:
        return found[0]
    said = (_said(*pair) for row in rows for pair in zip(heads, row, strict=False))
    marked = re.sub(r"<t[hd]\b", lambda cell: cell[0] + next(said), body)
    return f"{head.replace('<table', '<table data-cards', 1)}</thead>{marked}"


def _said(head: str, cell: str) -> str:
    """What a cell says of itself: the head of its column, and whether it is a dash, which a card leaves out."""
    return f' data-head="{escape(head)}"' + ' data-nothing=""' * (without_markup(cell).strip() == "–")


def _unparted(cell: str) -> int:
    """The letters of a cell that stand on one line: a number whole, of words the longest."""
    return len(cell) if reads_as_numbers([cell]) else max(map(len, cell.split()), default=0)


def _html_row(row: list[str], number: list[bool], short: list[bool], again: bool) -> str:
    """A row; `again` where its name is that of the row above, which the style sheet sets back. A total stands out."""
    first, *rest = row
    kind = ' class="again"' if again else ""
    cells = "".join(
        f"<td{_kind(n) or _words(cell, brief)}>{escape(cell)}</td>"
        for cell, n, brief in zip(rest, number[1:], short[1:], strict=True)
    )
    total = ' class="total"' if re.fullmatch(r"Total(, .*)?", first) else ""
    return f'<tr{total}><th scope="row"{kind}>{escape(first)}</th>{cells}</tr>'


def _kind(number: bool, label: str = "") -> str:
    """The class of a cell; a year above a column is never parted."""
    kinds = ["number"] * number + ["year"] * bool(re.fullmatch(r"\d{4}-\d\d", label))
    return f' class="{" ".join(kinds)}"' if kinds else ""


def _words(cell: str, short: bool) -> str:
    """The class of a day, never parted, of a sentence, which needs a line worth reading, and of a column of short words."""
    if len(cell) > SENTENCE:
        return ' class="words"'
    if re.fullmatch(r"\d{1,2} [A-Z][a-z]+ \d{4}", cell):
        return ' class="date"'
    return ' class="short"' if short else ""


def reads_as_numbers(cells: Iterable[str]) -> bool:
    """Whether a column of text holds amounts as they were printed, to stand right as numbers do."""
    told = [cell for cell in cells if not (cell in MEANINGS or cell == "new")]
    return bool(told) and all(re.fullmatch(r"[−-]?£?\d[\d,]*(\.\d+)?%?", cell) for cell in told)


def symbols_line(table: Published) -> str:
    """A line that explains the symbols used, only those."""
    cells = {cell for row in table.rows() for cell in row}
    said = "; ".join(f"{symbol} {meaning}" for symbol, meaning in MEANINGS.items() if symbol in cells)
    return f'<p class="table-symbols">{said}.</p>' if said else ""


def csv_link(table: Published) -> str:
    """The table as a CSV file inside the page: no text in it can act as a formula in a spreadsheet."""
    frame = table.frame[table.columns()]
    text = frame.map(lambda cell: harmless(cell) if isinstance(cell, str) else cell).to_csv(
        index=False, lineterminator="\r\n"
    )
    return "data:text/csv;charset=utf-8;base64," + base64.b64encode(text.encode("utf-8-sig")).decode()
