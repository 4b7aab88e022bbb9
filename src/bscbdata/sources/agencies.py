"""Who sends which returns: `agencies.csv`, a row for each folder of a year."""

import csv
from functools import cache
from pathlib import Path

LIST = Path(__file__).parent / "agencies.csv"


@cache
def agencies() -> dict[str, tuple[str, str]]:
    """Folder -> the agency's name and whom to ask."""
    with LIST.open(encoding="utf8", newline="") as lines:
        return {row["folder"]: (row["agency"], row["ask"]) for row in csv.DictReader(lines)}
