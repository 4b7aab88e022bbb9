"""What the whole table of a return tells and none of its rows: of another year, cut short, the same ones twice."""

import re

import pandas as pd

from bscbdata.findings import Finding, failure, passed, warning
from bscbdata.numbers import some
from bscbdata.period import ReportYear
from bscbdata.sources import Source, load_codes

MANY = 20  # rows of which it is no chance that each is there twice
OUTSIDE = re.compile(r"lies (?:below|above) its limit, .*\d{4}")  # a day


def findings_of_table(
    table: pd.DataFrame,
    rejects: pd.DataFrame,
    told: list[Finding],
    source: Source,
    year: ReportYear,
    name: str,
) -> list[Finding]:
    """What to tell of a return: what was `told` of its rows and columns, and then what its table as a whole says."""
    if of_another := _of_another_year(rejects, len(table), source, year, name):
        # said once; each row has its reason among the rejects
        told = of_another + [finding for finding in told if not OUTSIDE.search(finding.message)]
    return [
        *told,
        *_half_filled(table, source, year, name),
        *_cut_references(table, source, year, name),
        *_there_again(table, source, year, name),
        *_codes_without_row(table, source, year, name),
        _outcome(source, len(table), len(table) + len(rejects), name),
    ]


def _half_filled(table: pd.DataFrame, source: Source, year: ReportYear, name: str) -> list[Finding]:
    """A warning for each column that is empty in rows in which the column that it goes with is filled."""
    headers = {column.name: column.header(year) for column in source.columns}
    found = []
    for column, other in source.filled_with:
        empty = table[column].isna() & table[other].notna()
        if empty.any():
            said = f"{headers[column]} is empty in {empty.sum():,} of the {table[other].notna().sum():,} rows in which {headers[other]} is filled."
            place = {"file": name, "sheet": source.sheet, "column": headers[column]}
            advice = "Ask for it: what is counted by it counts the other rows alone."
            found.append(warning("empty", said, **place, advice=advice))
    return found


def _cut_references(table: pd.DataFrame, source: Source, year: ReportYear, name: str) -> list[Finding]:
    """A failure for each reference that Excel shortened (1.23457E+11): different children have the same."""
    headers = {column.name: column.header(year) for column in source.columns}
    found = []
    for column in source.references:
        cut = int(table[column].str.fullmatch(r"\d(?:\.\d+)?E\+\d+", na=False).sum())
        if cut:
            said = f"{headers[column]} was shortened by Excel (1.23457E+11) in {cut:,} rows: different ones have the same."
            place = {"file": name, "sheet": source.sheet, "column": headers[column]}
            advice = "Ask for the file as the system exports it, or with this column as text."
            found.append(failure("value", said, **place, expected="the whole number", advice=advice))
    return found


def _there_again(table: pd.DataFrame, source: Source, year: ReportYear, name: str) -> list[Finding]:
    """A warning where rows differ in their reference alone: any that name another reference too, and others where it is
    so of every row, as where an export stands below another."""
    if source.key not in [(one,) for one in source.references]:
        return []
    rest = [column.name for column in source.columns if column.name not in source.key]
    again = int(table.duplicated(rest).sum())
    every = len(table) >= MANY and table.duplicated(rest, keep=False).all()
    if not again or not (every or len(source.references) > 1):
        return []
    header = source.column(source.key[0]).header(year)
    said = (
        f"{again:,} of {len(table):,} rows say in all but {header} what a row above says. They were counted."
    )
    advice = "If they are the same ones under another reference, ask for each once."
    return [warning("repeated", said, file=name, sheet=source.sheet, advice=advice)]


def _codes_without_row(table: pd.DataFrame, source: Source, year: ReportYear, name: str) -> list[Finding]:
    """A warning of the categories of which a return that has a row for each has none, as where it was cut short. Categories
    of one year, such as its contributions, are not asked of another."""
    found = []
    for column in source.columns if len(table) and not source.official else ():
        if column.code_list and column.name in source.key:
            there = set(table[column.name])
            gone = [code for code in load_codes(column.code_list)[1] if code not in there]
            gone = [repr(code) for code in gone if not re.search(r"\d{4}", code)]
            if gone:
                said = f"There is no row of {some(gone)}."
                advice = "Ask whether the return is whole. If there was none, it says so in a row of 0."
                place = {"file": name, "sheet": source.sheet, "column": source.called(column, year)}
                found.append(warning("row_count", said, **place, advice=advice))
    return found


def _of_another_year(
    rejects: pd.DataFrame, rows: int, source: Source, year: ReportYear, name: str
) -> list[Finding]:
    """A failure, told once for all, where more rows lie before or after the year than are used."""
    found = []
    for word, other in (("below", year.previous), ("above", year.next)):
        apart = int(rejects["reason"].str.contains(f"lies {word} its limit, .*\\d{{4}}", regex=True).sum())
        if apart > rows:
            said = f"{apart:,} rows lie outside {year}, and {rows:,} in it: it may be the return of {other}."
            advice = (
                f"Ask for that of {year}. See whether the right file was put into the folder of the year."
            )
            found.append(failure("year", said, file=name, sheet=source.sheet, advice=advice))
    return found


def _outcome(source: Source, rows: int, rows_in: int, name: str) -> Finding:
    """How many rows are used. A template of which only the headers came back is not here yet, as one that did not come."""
    place = {"file": name, "sheet": source.sheet}
    if rows:
        return passed("read", f"{rows:,} rows read.", **place)
    if rows_in or source.official:
        return failure("empty", "No usable row is left.", **place, advice="Ask the agency for the data.")
    said = "Only the headers are filled in. It counts as not here yet."
    advice = "Ask the agency for the data. If there was nothing to report, it says so in a row of 0; or say so under [gaps] in year.toml."
    return warning("empty", said, **place, advice=advice)
