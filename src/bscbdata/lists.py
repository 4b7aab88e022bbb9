"""Lists and settings that people edit: CSV files, a row a thing, and TOML files. One way to read each, for all."""

import csv
import json
import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

RISKY = "=+-@＝＋－＠"  # the wide forms act as formulas in some languages
NOT_UTF8 = "it is not saved as UTF-8. In Excel save it as 'CSV UTF-8 (Comma delimited)', in Notepad with the encoding UTF-8."


class Row(dict):
    """A row of a list, or what stands under a heading of settings, by name. ValueError says which name is missing where."""

    def __init__(self, cells: dict, place: str):
        super().__init__(cells)
        self.place = place

    def __missing__(self, name: str) -> str:
        raise ValueError(f"{self.place}: '{name}' is missing. There are: {', '.join(self) or 'none'}.")


def read_list(path: Path) -> list[Row]:
    """The rows of a list. ValueError when a row has more cells than there are columns, or fewer, or the file is no UTF-8.

    Excel's mark at the start of a file that it saved as UTF-8 is no part of the first column's name.
    """
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        try:
            return [_as_wide_as_the_columns(row, path, rows.line_num) for row in rows]
        except UnicodeDecodeError:
            raise ValueError(f"{place(path)}: {NOT_UTF8}") from None


def _as_wide_as_the_columns(row: dict[str, str], path: Path, line: int) -> Row:
    if None in row:
        raise ValueError(
            f"{place(path)}, line {line}: there are more cells than columns, the last of them '{row[None][-1]}'. "
            "Put quotation marks around a cell that has a comma in it."
        )
    if None in row.values():
        lacking = ", ".join(name for name, cell in row.items() if cell is None)
        raise ValueError(
            f"{place(path)}, line {line}: there are fewer cells than columns, none for {lacking}. "
            "Write a comma for each cell that is empty."
        )
    return Row(row, place(path))


def read_settings(path: Path) -> dict:
    """What a TOML file says. ValueError names the file and the line that cannot be read."""
    try:
        return tomllib.loads(read_words(path))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(
            f"{place(path)}: {error}. Words stand in quotation marks, each name once, and a heading in [ ] once."
        ) from None


def read_note(path: Path) -> dict:
    """What a program of ours noted in a JSON file; empty where there is no such note, or none that can be read."""
    try:
        note = json.loads(path.read_text(encoding="utf8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def read_words(path: Path) -> str:
    """The text of a file that people edit. ValueError names one that is not saved as UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{place(path)}: {NOT_UTF8}") from None


def read_yaml(text: str) -> Any:
    """What a text of YAML says, read by the C library where it is there, ten times faster. Raises yaml.YAMLError."""
    import yaml  # not needed to say `bscb --help`

    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def refuse_unknown(path: Path, said: Iterable[str], known: Iterable[str], under: str = "") -> None:
    """ValueError for a setting that nothing reads, such as a mistyped one, with those that come near."""
    there, heading = list(known), f" under [{under}]" if under else ""
    for name in said:
        if name not in there:
            others = near(name, there) or f" There are: {', '.join(there)}."
            raise ValueError(f"{place(path)}: nothing reads '{name}'{heading}.{others}")


def near(name: str, known: Iterable[str]) -> str:
    """What a mistyped name may have meant, as a sentence that follows another; nothing when none is like it."""
    import difflib

    there = list(known)
    words = re.findall(r"[a-z0-9]+", name.casefold())
    within = [one for one in there if words and all(word in one.casefold() for word in words)]
    close = list(dict.fromkeys([*difflib.get_close_matches(name, there, n=3), *within]))[:3]
    return f" Near it: {', '.join(close)}." if close else ""


def place(path: Path) -> str:
    """A file as it is told: its name behind the two folders that it lies in."""
    return "/".join(path.parts[-3:])


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
