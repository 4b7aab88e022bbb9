"""How the values of a published table stand in files: numbers at their decimals, units in headers, text that does nothing."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from bscbdata import numbers
from bscbdata.lists import harmless


def header(column: Mapping[str, Any]) -> str:
    """The words over a column with its unit: `Share of contacts (per cent)`."""
    unit = numbers.unit_in_words(column["unit"]) if column["is_number"] else ""
    said = column["label"].casefold()
    return column["label"] if not unit or unit.casefold() in said else f"{column['label']} ({unit})"


def headers(columns: Iterable[Mapping[str, Any]]) -> list[str]:
    """The headers of a table, no two of them alike."""
    found: list[str] = []
    for column in columns:
        said = header(column)
        found.append(said if said not in found else f"{said}, {column['name']}")
    return found


def number_text(value: float, column: Mapping[str, Any]) -> str:
    """A number at the decimals it is published with, rounded as on the page: 1234.5, never 1,234.5."""
    return f"{numbers.rounded(value, column['decimals']):f}"


def number(value: float, column: Mapping[str, Any]) -> int | float:
    """The same number for a spreadsheet's cell: whole where no decimals are published."""
    text = number_text(value, column)
    return float(text) if "." in text else int(text)


def as_csv(headers: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    """A CSV file: UTF-8 with a mark at its start, which Excel needs to read it as such; lines end as RFC 4180 says."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([harmless(name) for name in headers])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def _cell(value: object) -> object:
    return harmless(value) if isinstance(value, str) and not _is_number(value) else value


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-").replace(".", "", 1)
    return digits.isascii() and digits.isdigit()
