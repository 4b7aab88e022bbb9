"""Who sends which returns: `agencies.csv`, a row for each folder of a year."""

from functools import cache
from pathlib import Path

from bscbdata.lists import read_list

LIST = Path(__file__).parent / "agencies.csv"


@cache
def agencies() -> dict[str, tuple[str, str]]:
    """Folder -> the agency's name and whom to ask."""
    return {row["folder"]: (row["agency"], row["ask"]) for row in read_list(LIST)}
