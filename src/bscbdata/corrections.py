"""Corrections: every change to a published or returned value, written in `data/corrections.yml`, never in code.

One entry: `table`, `where` (columns and values that pick exactly one row), `column`, `was`, `now`, `why`, `who`.
The run stops when the source no longer says `was`, so that a correction never outlives the error it mends.
"""

from pathlib import Path

import pandas as pd
import yaml

from bscbdata.findings import Finding, failure, warning
from bscbdata.lists import read_words, read_yaml
from bscbdata.period import ReportYear
from bscbdata.reads import FILE, note
from bscbdata.sources import load_source
from bscbdata.sources.cells import parse_one

NEEDED = ("year", "table", "where", "column", "was", "now", "why", "who")


def load_corrections(path: Path, year: str) -> list[dict]:
    """The corrections of a year. ValueError says what is wrong with the file or with an entry."""
    note(FILE, path)
    try:
        entries = (read_yaml(read_words(path)) or []) if path.exists() else []
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        said = "Write entries as the comment at its head shows, each beginning with '- year:'."
        raise ValueError(f"The file cannot be read{line}. {said}") from error
    for number, entry in enumerate(entries, start=1):
        missing = [name for name in NEEDED if name not in entry]
        if missing:
            raise ValueError(f"Entry {number} lacks {', '.join(missing)}.")
        ReportYear.parse(entry["year"])
    return [entry for entry in entries if entry["year"] == year]


def correct(tables: dict[str, pd.DataFrame], corrections: list[dict]) -> list[Finding]:
    """Apply corrections in place; one finding for each, a failure where it cannot be applied or its guard does not hold."""
    return [_correct_one(tables, entry) for entry in corrections]


def _correct_one(tables: dict[str, pd.DataFrame], entry: dict) -> Finding:
    place = {"file": "data/corrections.yml", "column": f"{entry['table']}.{entry['column']}"}
    table = tables.get(entry["table"])
    columns = (
        {column.name: column for column in load_source(entry["table"]).columns} if table is not None else {}
    )
    unknown = [name for name in (entry["column"], *entry["where"]) if name not in columns]
    if unknown:
        expected = ", ".join(columns) or ", ".join(sorted(tables))
        said = f"There is no such table or column: {', '.join(unknown)}."
        return failure("correction", said, **place, expected=expected, advice="Mend or remove the entry.")
    wanted = {name: parse_one(columns[name], str(value)) for name, value in entry["where"].items()}
    was, now = (parse_one(columns[entry["column"]], str(entry[name])) for name in ("was", "now"))
    problems = [problem for _, problem in (*wanted.values(), was, now) if problem]
    if problems:
        return failure(
            "correction", "; ".join(problems) + ".", **place, advice="Write values as the table holds them."
        )
    return _apply(table, entry, {name: value for name, (value, _) in wanted.items()}, was[0], now[0], place)


def corrected_rows(table: pd.DataFrame, entry: dict) -> list[str]:
    """The row ids of the rows that a correction picks."""
    columns = {column.name: column for column in load_source(entry["table"]).columns}
    wanted = {name: parse_one(columns[name], str(value))[0] for name, value in entry["where"].items()}
    return list(table.loc[_picked(table, wanted), "row_id"])


def _picked(table: pd.DataFrame, wanted: dict) -> pd.Index:
    same = pd.concat([table[name] == value for name, value in wanted.items()], axis=1)
    return table.index[same.all(axis=1)]


def _apply(table: pd.DataFrame, entry: dict, wanted: dict, was: object, now: object, place: dict) -> Finding:
    rows = _picked(table, wanted)
    if len(rows) != 1:
        return failure("correction", f"`where` picks {len(rows)} rows.", **place, expected="exactly one row")
    found = table.loc[rows[0], entry["column"]]
    if found != was:
        advice = "The source was mended or changed: check it, then remove or renew the correction."
        said = "The source no longer says what the correction changes."
        return failure(
            "correction", said, **place, value=str(found), expected=str(entry["was"]), advice=advice
        )
    table.loc[rows[0], entry["column"]] = now
    said = f"Changed from {entry['was']} to {entry['now']}: {entry['why']} ({entry['who']})."
    return warning("correction", said, **place)
