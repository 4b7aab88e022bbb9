"""Corrections: every change to a published or returned value, written in `data/corrections.yml`, never in code.

One entry: `table`, `where` (columns and values that pick exactly one row), `column`, `was`, `now`, `why`, `who`.
The run stops when the source no longer says `was`, so that a correction never outlives the error it mends.
"""

from pathlib import Path

import pandas as pd
import yaml

from bscbdata.findings import Finding, failure, warning

NEEDED = ("year", "table", "where", "column", "was", "now", "why", "who")


def load_corrections(path: Path, year: str) -> list[dict]:
    """The corrections of a year. ValueError names what an entry lacks."""
    entries = (yaml.safe_load(path.read_text(encoding="utf8")) or []) if path.exists() else []
    for number, entry in enumerate(entries, start=1):
        missing = [name for name in NEEDED if name not in entry]
        if missing:
            raise ValueError(f"{path.name}: entry {number} lacks {', '.join(missing)}.")
    return [entry for entry in entries if entry["year"] == year]


def correct(tables: dict[str, pd.DataFrame], corrections: list[dict]) -> list[Finding]:
    """Apply corrections in place; one finding for each, a failure where the guard does not hold."""
    return [_correct_one(tables, entry) for entry in corrections]


def _correct_one(tables: dict[str, pd.DataFrame], entry: dict) -> Finding:
    table = tables.get(entry["table"])
    place = {"file": "corrections.yml", "column": f"{entry['table']}.{entry['column']}"}
    if table is None or entry["column"] not in table:
        return failure(
            "correction", "There is no such table or column.", **place, advice="Mend or remove the entry."
        )
    rows = table.index[
        (table[list(entry["where"])].astype("str") == pd.Series(entry["where"]).astype("str")).all(axis=1)
    ]
    if len(rows) != 1:
        return failure("correction", f"`where` picks {len(rows)} rows.", **place, expected="exactly one row")
    found = table.loc[rows[0], entry["column"]]
    if str(found) != str(entry["was"]):
        advice = "The source was mended or changed: check it, then remove or renew the correction."
        return failure(
            "correction",
            "The source no longer says what the correction changes.",
            **place,
            value=str(found),
            expected=str(entry["was"]),
            advice=advice,
        )
    table.loc[rows[0], entry["column"]] = entry["now"]
    return warning(
        "correction",
        f"Changed from {entry['was']} to {entry['now']}: {entry['why']} ({entry['who']}).",
        **place,
    )
