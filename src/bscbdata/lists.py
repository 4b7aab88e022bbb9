"""Lists that people edit: CSV files, a row a thing. One way to read them and one to write them, for all."""

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace

RISKY = "=+-@＝＋－＠"  # the wide forms act as formulas in some languages


def read_list(path: Path) -> list[dict[str, str]]:
    """The rows of a list, by column. ValueError when a row has more cells than there are columns.

    Excel's mark at the start of a file that it saved as UTF-8 is no part of the first column's name.
    """
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        return [_as_wide_as_the_columns(row, path, rows.line_num) for row in rows]


def _as_wide_as_the_columns(row: dict[str, str], path: Path, line: int) -> dict[str, str]:
    if None in row:
        raise ValueError(
            f"{path.name}, line {line}: there are more cells than columns, the last of them '{row[None][-1]}'. "
            "Put quotation marks around a cell that has a comma in it."
        )
    return row


def write_list(
    path: Path, columns: Sequence[str], rows: Iterable[Iterable[str]], encoding: str = "utf8"
) -> None:
    """Write a list, its columns first. The old file stands until the new one is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("w", encoding=encoding, newline="") as lines:
        # The writer's own line end is CR LF, so that it quotes a cell with either; the file has LF.
        writer = csv.writer(SimpleNamespace(write=lambda row: lines.write(row[:-2] + "\n")))
        writer.writerow(columns)
        writer.writerows(rows)
    partial.replace(path)


def harmless(text: str) -> str:
    """Text in one line, with an apostrophe before it where a spreadsheet would read it as a formula."""
    line = re.sub(r"[\x00-\x1f\x7f]", " ", text)
    first = line.lstrip(" \u00a0")[:1]
    return "'" + line if first and first in RISKY else line


def unmarked(text: str) -> str:
    """What `harmless` was given: the text without the apostrophe before it."""
    return text[1:] if re.match(rf"'[ \u00a0]*[{re.escape(RISKY)}]", text) else text
