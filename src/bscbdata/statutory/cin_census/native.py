"""The census as tables under the official names of its fields, typed; and what is wrong with single cells."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from bscbdata.cleaning import parse_distinct, without_american_days
from bscbdata.findings import Finding, warning
from bscbdata.period import parse_date
from bscbdata.statutory.cin_census import layout
from bscbdata.statutory.cin_census.layout import Element
from bscbdata.statutory.cin_census.parser import CensusParser, Rows

NAMED = 5
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME_OR_ZONE = re.compile(r"(?<=\d{4}-\d{2}-\d{2})(T00:00:00(\.0+)?)?(Z|[+-]\d{2}:\d{2})?$")
DATES = {
    "cin_census_unreadable_date": ("cannot be read as dates and were left out", "dates such as 2016-03-31"),
    "cin_census_date_form": (
        "are not written as the census writes them; they were read day first",
        "2016-03-31",
    ),
}


@dataclass
class Native:
    """The tables, and beside them the text of the dates that could not be read, by table and field."""

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    unreadable: dict[tuple[str, str], pd.Series] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Cells:
    """A column while it is typed: its element, its different texts, a number for each row, and the rows' lines."""

    element: Element
    texts: list[str]
    numbers: np.ndarray
    lines: np.ndarray
    file: str

    def finding(self, check: str, message: str, bad: dict[int, str], **more: str) -> Iterator[Finding]:
        """One finding for the texts that are bad (number: text), with the count and the first line; none if none."""
        rows = np.flatnonzero(np.isin(self.numbers, list(bad)))
        if len(rows):
            shown = "" if self.element.name in layout.PRIVATE else bad[int(self.numbers[rows[0]])]
            place = {"file": self.file, "row": int(self.lines[rows[0]]), "column": self.element.name}
            counted = f"{len(rows):,} values of {self.element.name} in {self.element.table} {message}."
            yield warning(check, counted, value=shown, **place, **more)


def native_tables(parser: CensusParser, year: int | None) -> Native:
    """The tables that were read; each has `child`, `line` and running numbers:
    `child_number`, below it `cin` (of the CINdetails), and `plan` for plans and their reviews."""
    native = Native()
    for name in list(parser.tables):
        native.tables[name] = _table(name, parser.tables.pop(name), parser.file, year, native)
    ids = native.tables["Child"]["LAchildID"]
    for frame in native.tables.values():
        frame.insert(0, "child", ids.reindex(frame["child_number"] - 1).array)
    return native


def read_day(text: str) -> date:
    """A date of the census: 2016-03-31, also with midnight or a time zone behind it. ValueError otherwise."""
    return parse_date(_TIME_OR_ZONE.sub("", text))


def _table(name: str, rows: Rows, file: str, year: int | None, native: Native) -> pd.DataFrame:
    lines = np.array(rows.places["line"], dtype="int64")
    columns = {key: np.array(numbers, dtype="int64") for key, numbers in rows.places.items()}
    for element in layout.fields(name):
        numbers = np.array(rows.cells.pop(element.name), dtype="int32")
        cells = Cells(element, list(rows.texts.pop(element.name)), numbers, lines, file)
        native.findings += _years_of_field(cells, year)
        columns[element.name] = _dates(cells, native) if _is_date(element) else _texts(cells)
        native.findings += _codes(cells, year) if element.codes else ()
    return pd.DataFrame(columns)


def _is_date(element: Element) -> bool:
    return element.kind in ("date", "row")


def _texts(cells: Cells) -> pd.Series:
    numbers = pa.array(cells.numbers, mask=cells.numbers < 0)
    shared = pa.DictionaryArray.from_arrays(numbers, pa.array(cells.texts, pa.large_string()))
    return shared.cast(pa.large_string()).to_pandas().astype("str")


def _dates(cells: Cells, native: Native) -> pd.Series:
    texts = pd.Series(cells.texts, dtype="object")
    read = without_american_days(texts, parse_distinct(texts, read_day, "datetime64[s]"))
    unreadable = texts[read.problems != ""].to_dict()
    other_form = {
        number: text
        for number, text in texts.items()
        if number not in unreadable and not ISO_DATE.match(text)
    }
    for check, bad in zip(DATES, (unreadable, other_form), strict=True):
        message, expected = DATES[check]
        native.findings += cells.finding(
            check, message, bad, expected=expected, advice=f"Mend {cells.element.name}."
        )
    _keep_unreadable(cells, unreadable, native)
    days = read.values.to_numpy().astype("datetime64[s]")
    return pd.Series(np.append(days, np.datetime64("NaT", "s"))[cells.numbers])


def _keep_unreadable(cells: Cells, unreadable: dict[int, str], native: Native) -> None:
    rows = np.flatnonzero(np.isin(cells.numbers, list(unreadable)))
    texts = [unreadable[int(number)] for number in cells.numbers[rows]]
    native.unreadable[cells.element.table, cells.element.name] = pd.Series(texts, index=rows, dtype="object")


def _codes(cells: Cells, year: int | None) -> Iterator[Finding]:
    """One finding for the codes that are not known, and one for each that is known but not in this year."""
    unknown, untimely = {}, {}
    for number, text in enumerate(cells.texts):
        for code in text.split("|") if cells.element.kind == "many" else [text]:
            if not layout.is_code(cells.element.codes, code):
                unknown[number] = code[:40]
            elif not layout.is_code_of_year(cells.element.codes, code, year):
                untimely.setdefault(code, {})[number] = code
    named = ", ".join(f"'{code}'" for code in list(dict.fromkeys(unknown.values()))[:NAMED])
    advice = "They were left empty. Mend them, or add the code to maps/cin_census_codes.csv."
    yield from cells.finding(
        "cin_census_unknown_code", f"are no codes of the census ({named})", unknown, advice=advice
    )
    for code, bad in untimely.items():
        yield from _untimely(cells, code, bad, year)


def _untimely(cells: Cells, code: str, bad: dict[int, str], year: int | None) -> Iterator[Finding]:
    years = ", ".join(str(span) for span in layout.code_years(cells.element.codes)[code.casefold()])
    message = f"hold '{code}', which is not a code of the {year} census"
    advice = "It was used as it stands. Ask that the codes of the year are sent."
    yield from cells.finding(
        "cin_census_code_of_other_year", message, bad, expected=f"it in {years}", advice=advice
    )


def _years_of_field(cells: Cells, year: int | None) -> Iterator[Finding]:
    if not cells.element.years.holds(year):
        every = dict(enumerate(cells.texts))
        message = f"were sent, but it is not a field of the {year} census"
        advice = "It was used as it stands. Ask whether the file is of the year it says."
        expected = f"it in {cells.element.years}"
        yield from cells.finding(
            "cin_census_field_of_other_year", message, every, expected=expected, advice=advice
        )
