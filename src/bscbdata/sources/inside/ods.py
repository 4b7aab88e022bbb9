"""The one page of an .ods, which holds all its sheets."""

import re

from bscbdata.sources import limits
from bscbdata.sources.inside.seen import Inside
from bscbdata.sources.number_format import NOUGHT
from bscbdata.sources.pages import Pages, local_name, whole_number

_UNTOLD = {
    "raised figures, such as the mark of a footnote,": re.compile(rb"text-position\s*=\s*[\"']super"),
    "what is struck through": re.compile(rb"text-line-through-style\s*=\s*[\"'](?!none)"),
}
_SIZELESS = re.compile(r"0(?:\.0*)?[a-z]*")  # 0cm, 0.0in


def look(contents: dict[str, bytes], sheet: str) -> Inside:
    """What the page says of one of its sheets."""
    inside = _Ods(sheet).feed(contents["content.xml"])
    untold = [what for what, sign in _UNTOLD.items() if sign.search(contents["content.xml"])]
    inside.cannot_tell = " and ".join(untold)
    return inside


def extent(contents: dict[str, bytes]) -> tuple[int, int]:
    """The rows and columns of the largest used range of all sheets."""
    whole = _Ods("").feed(contents["content.xml"])
    return whole.rows, whole.columns


class _Ods(Pages):
    """The used range, hidden rows and columns and formulas without a value of one sheet; without a name, of all."""

    def __init__(self, sheet: str) -> None:
        super().__init__()
        self.sheet, self.result = sheet, Inside()
        self.here = False
        self.row = self.column = self.column_shown = 0
        self.rows = self.columns = 1
        self.given: dict[str, str] = {}
        self.filled, self.shown, self.aside = False, "", False
        self.style, self.sizeless = "", set[str]()

    def start(self, tag: str, given: dict[str, str]) -> None:
        given = {local_name(key): value for key, value in given.items()}
        self._style(tag, given)
        self.result.comments |= tag == "annotation"
        self.aside |= tag == "annotation"
        if tag == "table":
            self.here = not self.sheet or given.get("name") == self.sheet
            self.row = self.column_shown = 0
        elif self.here and tag == "table-column":
            self._column(given)
        elif self.here and tag == "table-row":
            self.column, self.rows = 0, whole_number(given.get("number-rows-repeated"), 1)
            if self._is_hidden(given) and self.rows < limits.ROWS:
                self.result.hidden_rows += range(self.row + 1, self.row + 1 + min(self.rows, 1000))
        elif self.here and tag in ("table-cell", "covered-table-cell"):
            self.given, self.columns = given, whole_number(given.get("number-columns-repeated"), 1)
            self.shown = ""
            self.filled = "value-type" in given or "formula" in given

    def _style(self, tag: str, given: dict[str, str]) -> None:
        """Note the styles that give a row or a column no size; they stand before the sheets."""
        if tag == "style":
            self.style = given.get("name", "")
        elif tag in ("table-row-properties", "table-column-properties"):
            size = given.get("row-height", given.get("column-width", ""))
            self.sizeless |= {self.style} if _SIZELESS.fullmatch(size) else set()

    def _is_hidden(self, given: dict[str, str]) -> bool:
        return given.get("visibility") in ("collapse", "filter") or given.get("style-name") in self.sizeless

    def _column(self, given: dict[str, str]) -> None:
        first, count = self.column_shown + 1, whole_number(given.get("number-columns-repeated"), 1)
        self.column_shown += count
        if self._is_hidden(given):
            self.result.hidden_columns.append((first, self.column_shown))

    def text(self, text: str) -> None:
        self.filled |= bool(text.strip())
        self.shown += "" if self.aside else text

    def end(self, tag: str) -> None:
        self.aside &= tag != "annotation"
        if self.here and tag in ("table-cell", "covered-table-cell"):
            self._cell()
        elif self.here and tag == "table-row":
            self.row += self.rows
        elif tag == "table":
            self.here = False

    def _cell(self) -> None:
        self.column += self.columns
        if self.filled:
            self.result.rows = max(self.result.rows, self.row + self.rows)
            self.result.columns = max(self.result.columns, self.column)
        if "formula" in self.given and "value-type" not in self.given:
            self.result.without_value.append((self.row + 1, self.column - 1))
        across = range(self.column - self.columns, self.column)[:1000]
        down = range(self.row + 1, self.row + 1 + self.rows)[:1000]
        if self.sheet and self.given.get("value-type") == "percentage":
            self.result.per_cents += [(row, column) for row in down for column in across]
        if self.sheet and self.given.get("value-type") in ("float", "currency") and "£" in self.shown:
            self.result.pounds += [(row, column) for row in down for column in across]
        if self.sheet and self.given.get("value-type") == "float" and is_no_number(self.shown, self.given):
            self.result.masked |= {(row, column): self.shown.strip() for row in down for column in across}
        self.given, self.filled = {}, False


def is_no_number(shown: str, given: dict[str, str]) -> bool:
    """Whether what an .ods shows of a number is a text in its place: `<6`, `*`. A sign for nought is none."""
    text = shown.strip()
    nought = given.get("value") in ("0", "0.0") and text.casefold() in NOUGHT
    return bool(text) and not nought and (text[0] in "<≤" or not re.search(r"\d", text))
