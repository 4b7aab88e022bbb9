"""Indicators: the defined measures, each computed in one place and kept in one long table (`long_table`)."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from bscbdata import numbers
from bscbdata.lists import read_list

HERE = Path(__file__).parent


@cache
def definitions() -> dict[str, dict[str, str]]:
    """What each indicator is: title, numerator, denominator, unit, decimals, polarity, source and version, by id."""
    rows = read_list(HERE / "definitions.csv")
    doubled = {row["indicator"] for row in rows if [r["indicator"] for r in rows].count(row["indicator"]) > 1}
    if doubled:
        raise ValueError(f"indicators/definitions.csv defines twice: {', '.join(sorted(doubled))}.")
    return {row["indicator"]: row for row in rows}


def counted(known: Mapping[str, str]) -> str:
    """What an indicator counts and what that is divided by, of its definition."""
    return ", divided by ".join(filter(None, [known["numerator"], known["denominator"]]))


def written(indicator: str, value: float) -> str:
    """A value of an indicator in house style."""
    known = definitions()[indicator]
    return numbers.write(float(value), known["unit"], int(known["decimals"] or 0))


def definition_line(names: Iterable[str]) -> str:
    """What these indicators count and whose definition it is, in one line for the foot of a figure; empty for none."""
    said = []
    for known in map(definitions().get, names):
        said.append(f"{counted(known)} ({known['definition_source']})")
    return f"What is counted: {'; '.join(dict.fromkeys(said))}." if said else ""
