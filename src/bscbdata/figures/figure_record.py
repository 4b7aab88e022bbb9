"""A published figure as data: what the writers of PDF, Word, spreadsheet and open data read from an executed notebook.

It holds what the figure shows and nothing else: its words, its tables as they print with the values behind, its drawing.
Its keys: kind (figure or table), those of WORDS (headline and note with their markup), table (as people read it), data
(long, as drawn; the same as table where nothing was turned), svg (the drawing; empty for a table).
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from bscbdata.figures.published_table import Published, of

MEDIA = "application/vnd.bscb.figure+json"
WORDS = ("key", "headline", "measure", "source", "provenance", "printed", "note", "definition", "alt_text")


def published(table: Published) -> dict:
    """A table: columns (name, label, unit, decimals, is_number), rows as they print, values (null where none is shown)."""
    columns = [
        {
            "name": str(name),
            "label": table.label(name),
            "unit": of(table.unit, name, ""),
            "decimals": of(table.decimals, name, 0),
            "is_number": pd.api.types.is_numeric_dtype(table.frame[name]),
        }
        for name in table.columns()
    ]
    values = table.frame[table.columns()].astype("object").itertuples(index=False, name=None)
    return {
        "columns": columns,
        "rows": table.rows(),
        "values": [[_plain(cell) for cell in row] for row in values],
    }


def _plain(value: object) -> object:
    """A value as JSON has it: number, text, date as 2016-03-31, or null."""
    if value is None or pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, bool | str):
        return value
    number = float(value) if pd.api.types.is_number(value) else None
    if number is None:
        return str(value)
    return int(number) if number.is_integer() and not isinstance(value, float) else number


def told(notebook: Path) -> Iterator[tuple[dict, dict]]:
    """Every output of an executed notebook, in order, and what it tells beside what it shows."""
    for cell in json.loads(notebook.read_text(encoding="utf8"))["cells"]:
        for output in cell.get("outputs", []):
            yield output, output.get("metadata", {}).get("bscb", {})


def records(outputs: list[Mapping]) -> list[dict]:
    """The records among the outputs of a notebook's cell."""
    return [output["data"][MEDIA] for output in outputs if MEDIA in output.get("data", {})]
