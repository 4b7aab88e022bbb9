"""What is known of spellings, read from `statutory/spellings/`: code lists, spellings seen before, rules, short forms."""

import re
from functools import cache
from pathlib import Path

from bscbdata.lists import read_list
from bscbdata.matching.forms import key_of
from bscbdata.matching.words import Rule, Vocabulary, Words

SPELLINGS = Path(__file__).parents[1] / "statutory" / "spellings"


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    return tuple(read_list(SPELLINGS / name))


@cache
def code_list_of(column: str) -> str:
    """The code list of a column: by its Annex A header or by the list's own name. KeyError when there is none."""
    wanted = key_of(column)
    for row in _rows("columns.csv"):
        if wanted in (key_of(row["column"]), key_of(row["code_list"])):
            return row["code_list"]
    raise KeyError(f"'{column}' is no column with a code list: see statutory/spellings/columns.csv")


def code_lists() -> tuple[str, ...]:
    """The names of all code lists."""
    return tuple(dict.fromkeys(row["code_list"] for row in _rows("columns.csv")))


def lists_read(code_list: str) -> tuple[str, ...]:
    """A code list and the one it builds on (every yes/no column also knows plain yes and no)."""
    base = next((row["base"] for row in _rows("columns.csv") if row["code_list"] == code_list), "")
    return (code_list, base) if base else (code_list,)


@cache
def official(code_list: str) -> dict[str, tuple[str, ...]]:
    """The codes of a list with their official spellings: letters of the census and the SSDA903, labels."""
    rows = [row for name in lists_read(code_list) for row in _rows("codes.csv") if row["code_list"] == name]
    return {row["code"]: tuple(filter(None, row["official"].split("|"))) for row in rows}


@cache
def aliases(code_list: str) -> tuple[tuple[str, str], ...]:
    """Spellings seen before and their codes."""
    return _of_list("aliases.csv", code_list, "code")


@cache
def ambiguous(code_list: str) -> tuple[tuple[str, str], ...]:
    """Spellings that could mean several codes, and those codes, joined by ` || `."""
    return _of_list("ambiguous.csv", code_list, "candidates")


def _of_list(name: str, code_list: str, field: str) -> tuple[tuple[str, str], ...]:
    wanted = lists_read(code_list)
    return tuple((row["spelling"], row[field]) for row in _rows(name) if row["code_list"] in wanted)


@cache
def rules(code_list: str) -> tuple[Rule, ...]:
    """The rules of a list, from `rules.csv`."""
    wanted = (code_list,) if code_list == "*" else lists_read(code_list)
    return tuple(_rule(row) for row in _rows("rules.csv") if row["code_list"] in wanted)


def _rule(row: dict[str, str]) -> Rule:
    return Rule(int(row["level"]), _words(row["words"]), _words(row["unless"]), row["code"])


def _words(cell: str) -> tuple[Words, ...]:
    alternatives = [part.strip() for part in cell.split("|") if part.strip()]
    return tuple(Words(tuple(map(_pattern, part.split("+")))) for part in alternatives)


def _pattern(words: str) -> re.Pattern[str]:
    plain = words.strip()
    inside = re.escape(plain.strip("^$")).replace(r"\ ", " ").replace(r"\*", "[a-z0-9]*")
    return re.compile(("^" if plain[0] == "^" else r"\b") + inside + ("$" if plain[-1] == "$" else r"\b"))


@cache
def vocabulary(code_list: str) -> Vocabulary:
    """The words of a list's rules, with the short forms and old spellings of `words.csv`."""
    wanted = lists_read(code_list)
    cells = [row["words"] + " " + row["unless"] for row in _rows("rules.csv") if row["code_list"] in wanted]
    known = re.findall(r"[a-z]+(?![a-z*])", " ".join(cells))
    rows = [row for row in _rows("words.csv") if row["code_list"] in ("*", *wanted)]
    return Vocabulary(known, {row["written"]: row["means"] for row in rows})
