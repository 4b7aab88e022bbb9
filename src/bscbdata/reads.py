"""What a chapter reads, noted while it runs, so that the ledger knows what to look at before it runs again.

BSCB_READS names the file that takes the notes, a line for each thing read; without it nothing is noted.
"""

import os
from functools import cache
from pathlib import Path

TABLE, ROWS, FILE = "table", "rows", "file"


def note(kind: str, name: object) -> None:
    """Note that a table, some rows of one, or a file was read."""
    if place := os.environ.get("BSCB_READS"):
        _write(place, f"{kind} {name}")


@cache
def _write(place: str, line: str) -> None:
    with Path(place).open("a", encoding="utf8", newline="\n") as notes:
        notes.write(f"{line}\n")


def noted(place: Path) -> list[str]:
    """The notes, each once. FileNotFoundError when none were taken."""
    return sorted(set(place.read_text(encoding="utf8").splitlines()))
