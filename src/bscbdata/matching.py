"""From what councils typed to the codes of Annex A, without a wrong guess; and the ledger of what was decided.

The knowledge is data, in `statutory/spellings/`: which columns share a code list, the codes and their official
spellings, spellings seen before, spellings that could mean several codes, rules for spellings never seen, places of
local authorities. A match that is not certain is proposed and never used; the analyst decides it in the ledger.
"""

import contextlib
import csv
import difflib
import hashlib
import io
import random
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from bscbdata.findings import DataStop, Finding, failure, passed
from bscbdata.lists import read_list, write_list

SPELLINGS = Path(__file__).parent / "statutory" / "spellings"
HOWS = ("exact", "alias", "normalised", "rule", "proposed", "ambiguous", "unknown", "blank")
USED = frozenset(["exact", "alias", "normalised", "rule"])
# How sure a match is, by what made it. Rules have levels: 1 the name of a category, 2 a telling word, 3 a weak word.
CERTAINTY = {"exact": 1.0, "alias": 1.0, "normalised": 0.99, "blank": 1.0}
RULE_CERTAINTY = {0: 0.98, 1: 0.98, 2: 0.95, 3: 0.9}
LIKE = 0.72
# No proposal is surer than this, so that none is ever as sure as a match that is used.
UNSURE = 0.89
# What joins two things in one cell. In the other lists the whole is one thing (`White and Asian`).
_ALSO = r"(?i)\s*[/;,&+\\]\s*|\b(?:and|or|via|then|now|on behalf of)\b"
JOINED = {"source": _ALSO, "placement": _ALSO, "accommodation": _ALSO, "need": r"(?i)\s*[;&+]\s*|\band\b"}
NOT_JOINED = r"(?!)"
# Lists whose codes are divided further by local systems: there a telling word does not gainsay the code in front.
CODE_BEFORE_WORDS = frozenset(["need"])
# Letters of a place name that was cut off, by which it can still be told.
SHORTEST_CUT = 12
# What may stand behind a code in front of words: not another code (`5A/5B`), nor a letter alone (`N/K`, `Y/N`).
_AFTER_A_CODE = r"(?=[\s:\])|-]|[._/](?![A-Za-z]{0,2}\d|[A-Z]{4}\b|[A-Za-z]\b))"
# What an empty cell looks like. `Nan` is not one: children are referred by theirs.
BLANKS = frozenset(
    ["", "nan", "NaN", "NAN", "nat", "NaT", "null", "NULL", "<NA>", "<na>", "<blank>", "-", ".", ".."]
)
BLANKS |= {"n/a", "N/A", "#N/A", "#n/a"}


@dataclass(frozen=True)
class Match:
    """What one spelling means: its code (None where none may be used), how it was found, how sure that is, and the
    codes that it could mean."""

    code: str | None
    how: str
    certainty: float
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Words:
    """Words to look for: parts that must all stand in a text. `*` stands for any ending, `^` and `$` for its ends."""

    parts: tuple[re.Pattern[str], ...]

    def stand_in(self, text: str) -> bool:
        return all(part.search(text) for part in self.parts)

    def are_said_in(self, text: str) -> bool:
        """Whether all parts stand there without a `not` in front of them."""
        return all(
            any(not _NEGATED.search(text[: found.start()]) for found in part.finditer(text))
            for part in self.parts
        )


@dataclass(frozen=True)
class Rule:
    """A general statement: a text that has one of these words, and none of those, means this code."""

    level: int
    words: tuple[Words, ...]
    unless: tuple[Words, ...]
    code: str

    def is_named_in(self, text: str) -> bool:
        """Whether its words stand there, whatever forbids them: `Y (with sibling)`."""
        return any(words.stand_in(text) for words in self.words)

    def is_denied_in(self, text: str) -> bool:
        """Whether its words stand there, each time behind a `not`: `6 - not police`."""
        standing = [words for words in self.words if words.stand_in(text)]
        return bool(standing) and not any(words.are_said_in(text) for words in standing)

    def holds_for(self, text: str) -> bool:
        said = any(words.are_said_in(text) for words in self.words)
        return said and not any(words.stand_in(text) for words in self.unless)


_NEGATED = re.compile(r"\b(?:not|non|no|without|except|than|excluding|excl|exclude|never)\s+(?:\w+\s+){0,2}$")
_DENIED = re.compile(r"(?:not|never|no longer)\b")
_ASKED = re.compile(r"\w\s?\?(?=\s|$)")
_SPACES = re.compile(r"[\s\u00a0\u2007\u200b\u202f\ufeff]+")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[^a-z0-9]+(?=\d)")
_NOT_MAPPED = re.compile(r"code '(.+)' is not mapped", re.I)
# What stands in front of a spelling and says nothing: `b) `, `a. `, `41) `, `(CS) `, `CIN - `, `(A.A14)`.
_PREFIX = re.compile(
    r"(\(?[a-z]{1,2}\)\s*|[a-z]\.\s+|\(?\d{1,3}\)\s*|\([A-Z]{2,3}\)\s*|\(?[a-z]\.[a-z]{1,3}\d+(\.\d)?\)?[\s:]+"
    r"|\(?[a-z]\.[a-z]{1,3}\d+\)|(cin|cla|cyp|lac)\s*[-:]\s*|(due to|c/f)\s+)(?=[^\s])",
    re.I,
)
_TRAILING = re.compile(r"\s*(\[[^\]]{1,6}\]|\(\d{1,4}\)?|\([a-z]{0,3}\d{1,3}[a-z]?\))\s*$", re.I)
# A code in front: `3A - `, `U1 : U1 `, `SE4A - `. What it says is looked at apart from the words.
_CODE_IN_FRONT = re.compile(
    r"(?:\(?(?:[a-z]{1,4}\d{1,3}|\d{1,2})[a-z]{0,2}\d?\)?(?:\.\s?\w+)?\s*[-:.]*\s+|[a-z]{0,4}\d{1,3}[a-z]?\s*[-:]\s*)(?=[^\W\d])",
    re.I,
)
_EXAMPLES = (
    r"(?:e\.?\s?g\b|i\.?\s?e\b|inc\b|incl\b|including|includes|such as|for example|excl|exclud|except)"
)
_ASIDE = re.compile(rf"[(\[]\s*{_EXAMPLES}[^)\]]*[)\]]?", re.I)
_TAIL = re.compile(
    r"(?<=\w)[\s,;:–-]+(?:e\.?\s?g\b|inc\b|including|such as|for example|excluding)\b.*$", re.I
)


def tidy(text: object) -> str:
    """Text as it is compared exactly: ordinary quotes, dashes and single spaces; `1.0` is 1."""
    plain = unicodedata.normalize("NFKC", str(text))
    plain = re.sub(r"[‘’`´\ufffd]|(?<=\w)\?+(?=s\b)", "'", plain).replace("“", '"').replace("”", '"')
    plain = re.sub(r"[–—−‐‑]", "-", plain)
    plain = _SPACES.sub(" ", plain).strip()
    if mapped := _NOT_MAPPED.fullmatch(plain):
        return mapped[1]
    return re.sub(r"^(\d+)\.0+$", r"\1", plain)


def key_of(text: object) -> str:
    """The form in which spellings are the same: no case, spaces, quotes or punctuation (kept between two digits)."""
    plain = _letters(tidy(text))
    squashed = re.sub(r"[^a-z0-9_]+", "", _BETWEEN_DIGITS.sub("_", plain))
    return squashed or tidy(text).casefold()


def bare(text: str) -> str:
    """Text without what stands in front of it or behind it and says nothing."""
    plain = tidy(text)
    while (found := _PREFIX.match(plain)) and len(plain) - found.end() >= 2:
        plain = plain[found.end() :]
    without = _TRAILING.sub("", plain)
    return without if len(without) >= 2 else plain


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[&+]", " and ", plain)


def main_text(text: str) -> str:
    """A spelling without its examples and exceptions: `Other (including MPs)` says Other."""
    whole = without_code(text)
    without = _TAIL.sub("", _ASIDE.sub(" ", whole))
    return without if re.search(r"[A-Za-z]", without) else whole


def without_code(text: str) -> str:
    """A spelling without the code in front of it."""
    plain = bare(text)
    for _ in range(2):
        plain = _CODE_IN_FRONT.sub("", plain, count=1) if _CODE_IN_FRONT.match(plain) else plain
    return plain


def words_of(text: str, vocabulary: "Vocabulary") -> str:
    """The words of a text as rules look at them: plain, short forms written out, slips of one letter mended."""
    plain = re.sub(r"['’]", "", _letters(tidy(text)))
    plain = re.sub(r"\b([a-z])\.([a-z])\b\.?", r"\1\2", plain)
    return " ".join(vocabulary.plain_word(word) for word in re.sub(r"[^a-z0-9]+", " ", plain).split())


class Vocabulary:
    """The words that rules know, so that a slip of one letter in a long word can be mended."""

    SHORTEST = 7

    def __init__(self, known: Iterable[str], meanings: dict[str, str]):
        self.meanings = meanings
        self.known = frozenset(word for word in known if len(word) >= self.SHORTEST)
        self.near: dict[str, set[str]] = defaultdict(set)
        for word in self.known:
            for short in (*_one_letter_less(word), word):
                self.near[short].add(word)

    def plain_word(self, word: str) -> str:
        if word in self.meanings:
            return self.meanings[word]
        if word in self.known or len(word) < self.SHORTEST or not word.isalpha():
            return word
        candidates = set().union(*(self.near.get(short, ()) for short in (*_one_letter_less(word), word)))
        meant = {known for known in candidates if _is_a_slip(word, known)}
        return meant.pop() if len(meant) == 1 else word


def _one_letter_less(word: str) -> set[str]:
    return {word[:place] + word[place + 1 :] for place in range(len(word))}


def _is_a_slip(word: str, known: str) -> bool:
    """One letter more, less, other or swapped, inside the word: `boarding` is not `boarders`, `adopted` not `adopter`."""
    if word[0] != known[0] or word.rstrip("s") == known.rstrip("s") or word[:-1] == known[:-1]:
        return False
    if len(word) != len(known):
        longer, shorter = sorted((word, known), key=len, reverse=True)
        return shorter in _one_letter_less(longer) and not longer.startswith(shorter)
    differ = [place for place, (a, b) in enumerate(zip(word, known, strict=True)) if a != b]
    swapped = len(differ) == 2 and differ[1] == differ[0] + 1 and sorted(word) == sorted(known)
    return len(differ) == 1 or swapped


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


class Matcher:
    """Finds the code of a spelling in one code list. `seen` replaces the spellings seen before (for measuring)."""

    def __init__(self, column: str, seen: Iterable[tuple[str, str]] | None = None):
        self.code_list = code_list_of(column)
        self.codes = tuple(official(self.code_list))
        self.seen = tuple(aliases(self.code_list) if seen is None else seen)
        self._told: dict[str, Match] = {}

    def match(self, text: object) -> Match:
        """The match of one spelling, the same for the same text always."""
        if text is None or (not isinstance(text, str) and pd.isna(text)):
            return Match(None, "blank", 1.0)
        told = self._told.get(str(text))
        if told is None:
            told = self._told[str(text)] = self._find(tidy(text))
        return told

    def _find(self, text: str) -> Match:
        if text in BLANKS:
            return Match(None, "blank", 1.0)
        steps = (self._exact, self._ambiguous, self._alias, self._normalised, self._by_rule, self._nearest)
        found = next((found for step in steps if (found := step(text))), Match(None, "unknown", 0.0))
        asked = _ASKED.search(text) and found.how in ("normalised", "rule")
        return self._between({found.code}) if asked else found

    @cached_property
    def _official(self) -> dict[str, str]:
        named = {
            spelling: code for code, spellings in official(self.code_list).items() for spelling in spellings
        }
        return named | {code: code for code in self.codes}

    @cached_property
    def _official_keys(self) -> dict[str, str]:
        """Only where every official spelling of the same form means the same: `bare` takes the letter off a code."""
        plain = {(key_of(spelling), code) for spelling, code in self._official.items()}
        labels = {(key_of(bare(code)), code) for code in self.codes if key_of(bare(code)) != key_of(code)}
        return _only_one_code(plain | {(key, code) for key, code in labels if key not in dict(plain)})

    @cached_property
    def _several(self) -> dict[str, tuple[str, ...]]:
        return {key_of(text): tuple(codes.split(" || ")) for text, codes in ambiguous(self.code_list)}

    @cached_property
    def _seen_exactly(self) -> dict[str, str]:
        return {tidy(spelling): code for spelling, code in self.seen}

    @cached_property
    def _seen_keys(self) -> dict[str, str]:
        return _only_one_code((key_of(spelling), code) for spelling, code in self.seen)

    @cached_property
    def _seen_bare_keys(self) -> dict[str, str]:
        return _only_one_code((self._bare_key(spelling), code) for spelling, code in self.seen)

    def _bare_key(self, text: str) -> str:
        plain = plain_place(text) if self.code_list == "local_authority" else bare(text)
        return key_of(plain)

    def _exact(self, text: str) -> Match | None:
        code = self._official.get(text)
        return Match(code, "exact", 1.0, (code,)) if code else None

    def _ambiguous(self, text: str) -> Match | None:
        codes = self._several.get(key_of(text)) or self._several.get(key_of(bare(text)))
        return Match(None, "ambiguous", 1 / len(codes), codes) if codes else None

    def _alias(self, text: str) -> Match | None:
        code = self._seen_exactly.get(text)
        return Match(code, "alias", 1.0, (code,)) if code and self._agrees(key_of(text), code) else None

    def _agrees(self, key: str, code: str) -> bool:
        return self._seen_keys.get(key, code) == code

    def _normalised(self, text: str) -> Match | None:
        full, short = key_of(text), self._bare_key(text)
        found = (
            self._official_keys.get(full),
            self._seen_keys.get(full),
            self._official_keys.get(short),
            self._seen_keys.get(short),
            self._seen_bare_keys.get(short),
        )
        code = next(filter(None, found), None)
        return Match(code, "normalised", CERTAINTY["normalised"], (code,)) if code else None

    def _by_rule(self, text: str) -> Match | None:
        if self.code_list == "local_authority":
            return self._place(text)
        if len(several := self._codes_alone(text)) > 1:
            return self._between(several)
        by_code = self._code_inside(text)
        by_words = self._codes_by_words(text)
        against = by_words if self.code_list not in CODE_BEFORE_WORDS else {1: by_words.get(1, set())}
        if by_code and set().union(*against.values()) <= {by_code}:
            unsure = self._is_in_doubt(text) or self._denies(text, by_code)
            return self._between({by_code}) if unsure else _ruled(by_code, 0)
        level = min(by_words, default=None)
        if level is None:
            return None
        told = by_words[level] | ({by_code} if by_code else set())
        if len(told) > 1 or self._is_in_doubt(text):
            return self._between(told)
        return _ruled(told.pop(), level)

    def _place(self, text: str) -> Match | None:
        """A place in two languages (`POWYS - POWYS`), or a name cut off that begins one place only."""
        parts = {self._official_keys.get(key_of(plain_place(part))) for part in re.split(r" [-/] ", text)}
        if len(parts) == 1 and None not in parts:
            return _ruled(parts.pop(), 2)
        cut = key_of(text)
        begun = {code for key, code in self._official_keys.items() if key.startswith(cut)}
        return _ruled(begun.pop(), 3) if len(cut) >= SHORTEST_CUT and len(begun) == 1 else None

    def _between(self, codes: set[str]) -> Match:
        return Match(
            None, "proposed", min(1 / len(codes), UNSURE), tuple(code for code in self.codes if code in codes)
        )

    def _codes_by_words(self, text: str) -> dict[int, set[str]]:
        """Codes that the rules say, by level: of the main text, or where it says nothing, of the whole."""
        for part in (main_text(text), without_code(text)):
            if told := self._told_by(part):
                return self._told_of_all_parts(part, told)
        return {}

    def _told_by(self, text: str) -> dict[int, set[str]]:
        words, told = words_of(text, vocabulary(self.code_list)), defaultdict(set)
        for rule in rules(self.code_list):
            if rule.holds_for(words):
                told[rule.level].add(rule.code)
        return dict(told)

    def _told_of_all_parts(self, text: str, told: dict[int, set[str]]) -> dict[int, set[str]]:
        """Where a text joins two things (`GP / police`), each is looked at: what one of them says is not passed over."""
        joined = re.split(JOINED.get(self.code_list, NOT_JOINED), text)
        parts = [self._told_by(part) for part in joined] if len(joined) > 1 else []
        said = set().union(*(found[min(found)] for found in parts if found))
        level = min(told)
        return told if said <= told[level] else {level: told[level] | said}

    def _is_in_doubt(self, text: str) -> bool:
        words = words_of(text, vocabulary(self.code_list))
        return any(rule.holds_for(words) for rule in rules("*"))

    def _denies(self, text: str, code: str) -> bool:
        """Whether the words behind a code say that it is not so: `K1 - not secure accommodation`."""
        words = words_of(without_code(text), vocabulary(self.code_list))
        if code in set().union(*self._told_by(words).values()):
            return False
        mine = [rule for rule in rules(self.code_list) if rule.code == code]
        refused = Rule.is_named_in if "yes_no" in lists_read(self.code_list) else Rule.is_denied_in
        return bool(_DENIED.match(words)) or any(refused(rule, words) for rule in mine)

    @cached_property
    def _code_patterns(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        """Official codes as they begin a spelling (`3A - GP`, `N1SA : Physical`) or end it in brackets (`GP [3A]`)."""
        found = []
        for code, spellings in official(self.code_list).items():
            for written in filter(_is_a_code, spellings):
                begins = rf"\(?{_with_parts(written)}{_AFTER_A_CODE}.*"
                ends = rf".*[\[(]{re.escape(written)}[\])]\s*"
                found.append((re.compile(f"(?:{begins}|{ends})", re.I | re.S), code))
        return tuple(found)

    def _codes_alone(self, text: str) -> set[str]:
        """The codes of a text that is nothing but official codes: `N1; N2`."""
        parts = [
            self._official.get(part.upper())
            for part in re.split(r"(?i)(?:[\s/;,&+]|\b(?:and|or|to|then)\b)+", text)
            if part
        ]
        return set() if None in parts else set(parts)

    def _code_inside(self, text: str) -> str | None:
        plain = re.sub(r"^(?:[a-z]{1,2}\)|cin|cla|child)[\s-]*(?=[a-z]{0,2}\d)", "", text, flags=re.I)
        told = {code for pattern, code in self._code_patterns if pattern.fullmatch(plain + " ")}
        return told.pop() if len(told) == 1 else None

    def _nearest(self, text: str) -> Match | None:
        """The spelling most like it: only ever a proposal."""
        wanted = self._bare_key(text)
        near = difflib.get_close_matches(wanted, self._likenesses, n=3, cutoff=LIKE)
        if not near:
            return None
        codes = tuple(dict.fromkeys(self._likenesses[key] for key in near))
        likeness = difflib.SequenceMatcher(None, near[0], wanted).ratio()
        return Match(None, "proposed", round(min(likeness, UNSURE) / len(codes), 2), codes)

    @cached_property
    def _likenesses(self) -> dict[str, str]:
        return self._official_keys | self._seen_bare_keys


def _with_parts(written: str) -> str:
    """A code, or a part of a need code as local systems have it: `N1SA`, `N5.LOW`, `3a`."""
    if need := re.fullmatch(r"N(\d)", written):
        return rf"(?:N{need[1]}(?:[a-z]{{1,2}}\d?|\.\s?\w+)?|{need[1]}[a-j])"
    return re.escape(written)


def _is_a_code(written: str) -> bool:
    return bool(re.fullmatch(r"[A-Z]{3,4}|[A-Z]{0,3}\d{1,2}[A-Z]?|[A-Z]", written))


def _ruled(code: str, level: int) -> Match:
    return Match(code, "rule", RULE_CERTAINTY[level], (code,))


def _only_one_code(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Forms that stand for one code only; a form with two codes is no one's."""
    codes: dict[str, set[str]] = defaultdict(set)
    for key, code in pairs:
        codes[key].add(code)
    return {key: next(iter(found)) for key, found in codes.items() if len(found) == 1}


_COUNCIL = re.compile(
    r"\b(the|london borough of|royal borough of|london boro\w*|london borough|metropolitan borough|metropolitan district"
    r"|metropolitan|county borough|county council|city council|borough council|district council|district|council|county"
    r"|city of|county of|city|local authority|unitary authority|unitary|borough|lb|mbc|mdc|cc|dc|bc|ua|rbc|b)\b"
)


def plain_place(text: str) -> str:
    """The name of a place without what kind of council it has: `London Borough of Brent` and `Brent LB` are brent."""
    words = re.sub(r"[^a-z0-9]+", " ", _letters(tidy(text)).replace("'", "").replace(".", ""))
    return " ".join(_COUNCIL.sub(" ", words).split()) or words.strip()


@cache
def matcher(column: str) -> Matcher:
    """The matcher of a column, made once."""
    return Matcher(column)


# The ledger

LEDGER_COLUMNS = [
    "column",
    "spelling",
    "code",
    "how",
    "certainty",
    "count",
    "first_seen",
    "candidates",
    "decided_by",
    "decided_on",
    "note",
]
# What an analyst writes where a spelling means no code: the cell then counts as missing.
NO_CODE = "none"
_TEXTS = ("spelling", "note", "decided_by")


@dataclass
class LedgerRow:
    """One spelling as sent, what it was taken for, and who decided it."""

    column: str
    spelling: str
    code: str = ""
    how: str = ""
    certainty: str = ""
    count: str = "0"
    first_seen: str = ""
    candidates: str = ""
    decided_by: str = ""
    decided_on: str = ""
    note: str = ""

    @property
    def is_decided(self) -> bool:
        return bool(self.code and self.decided_by)


class Ledger:
    """The mapping ledger: which spelling was taken for which code, and what an analyst decided, from year to year.

    A CSV file in the columns of LEDGER_COLUMNS; `column` is the code list, `count` the cells of the last run that
    met the spelling. Raises DataStop when the file cannot be read as one.
    """

    def __init__(self, path: Path):
        self.path = Path(path)
        read = _read_ledger(self.path)
        self.rows = {(row.column, row.spelling): row for row in read}
        self._twice = [row for row in read if self.rows[row.column, row.spelling] is not row]
        self._doubled = _doubled(read)
        self._counts: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)

    def record(self, column: str, cells: pd.Series, year: str) -> tuple[pd.Series, list[Finding]]:
        """The codes of a column's cells as a category (missing where none may be used), and what must be decided before
        they can be.

        Each distinct spelling is looked at once. KeyError when the column has no code list.
        """
        using, decided = matcher(column), self._decisions(code_list_of(column))
        repeated = isinstance(cells.dtype, pd.CategoricalDtype)
        positions, texts = pd.factorize(cells if repeated else cells.astype("object"))
        spellings = np.asarray(texts, dtype="object")
        counts = Counter(dict(enumerate(np.bincount(positions + 1).tolist(), start=-1)))
        once = _fingerprint(column, year, spellings, counts)
        codes, findings, hows = [], self._faults(using), Counter({"blank": counts.pop(-1, 0)})
        for place, spelling in enumerate(spellings):
            found = _decided(using.match(spelling), decided.get(key_of(spelling)))
            codes.append(found.code if found.code != NO_CODE else None)
            hows[found.how] += counts[place]
            if found.how != "blank":
                row = self._note(using.code_list, str(spelling), found, year, once, counts[place])
                findings += _undecided(column, row, found, counts[place], self.path.name)
        values = pd.Categorical(codes).take(positions, allow_fill=True)
        findings.append(_told(column, hows, len(spellings)))
        return pd.Series(values, index=cells.index, name=cells.name), findings

    def write(self) -> None:
        """Write the ledger, in one order always; the old file stands until the new one is whole."""
        for name, counted in self._counts.items():
            self.rows[name].count = str(sum(counted.values()))
        rows = [*self.rows.values(), *self._twice]
        write_list(self.path, LEDGER_COLUMNS, sorted(map(_as_written, rows)))

    def _decisions(self, code_list: str) -> dict[str, str]:
        known = {*official(code_list), NO_CODE}
        every = [*self.rows.values(), *self._twice]
        rows = [row for row in every if row.column == code_list and row.is_decided]
        return _only_one_code((key_of(row.spelling), row.code) for row in rows if row.code in known)

    def _note(
        self, code_list: str, spelling: str, found: Match, year: str, once: str, count: int
    ) -> LedgerRow:
        row = self.rows.setdefault((code_list, spelling), LedgerRow(code_list, spelling, first_seen=year))
        self._counts[(code_list, spelling)][once] = count
        row.first_seen = min(filter(None, (row.first_seen, year)))
        # A row that took over the decision of the same words in another row follows that decision.
        follows = row.how == "decided" and not row.is_decided
        row.code = (found.code or "") if follows or not row.code else row.code
        row.how, row.certainty = found.how, f"{found.certainty:.2f}"
        row.candidates = " || ".join(found.candidates)
        return row

    def _faults(self, using: Matcher) -> list[Finding]:
        """What is wrong with the decisions for a code list."""
        rows = [row for row in self.rows.values() if row.column == using.code_list and row.code]
        faults = [fault for row in rows for fault in _fault(row, using, self.path.name)]
        faults += [
            _no_list(row, self.path.name) for row in self.rows.values() if row.column not in code_lists()
        ]
        return faults + [_said_twice(rows, self.path.name) for rows in self._doubled.get(using.code_list, [])]


def _decided(found: Match, decision: str | None) -> Match:
    return Match(decision, "decided", 1.0, found.candidates) if decision else found


def _fault(row: LedgerRow, using: Matcher, file: str) -> list[Finding]:
    place = {"file": file, "column": row.column, "value": row.spelling}
    if row.code not in (*using.codes, NO_CODE):
        said = f"The ledger gives the code '{row.code}', which the list does not have."
        expected = ", ".join((*using.codes[:12], f"or {NO_CODE}"))
        return [failure("mapping", said, **place, expected=expected, advice="Write one of these codes.")]
    found = using.match(row.spelling)
    if not row.decided_by and row.how != "decided" and row.code != found.code:
        said = f"The ledger gives the code '{row.code}', which no rule gives, and nobody is named who decided it."
        advice = "Write who decided it under decided_by, or empty the code."
        return [failure("mapping", said, **place, expected=found.code or "a decision", advice=advice)]
    return []


def _no_list(row: LedgerRow, file: str) -> Finding:
    said = f"The ledger has a row for '{row.column}', which is no code list."
    expected = ", ".join(code_lists())
    return failure(
        "mapping", said, file=file, value=row.spelling, expected=expected, advice="Mend the column."
    )


def _doubled(rows: list[LedgerRow]) -> dict[str, list[list[LedgerRow]]]:
    """Decisions that gainsay each other: one spelling, two codes."""
    groups: dict[tuple[str, str], list[LedgerRow]] = defaultdict(list)
    for row in rows:
        if row.is_decided:
            groups[row.column, key_of(row.spelling)].append(row)
    found: dict[str, list[list[LedgerRow]]] = defaultdict(list)
    for (column, _), group in sorted(groups.items()):
        if len({row.code for row in group}) > 1:
            found[column].append(group)
    return found


def _said_twice(rows: list[LedgerRow], file: str) -> Finding:
    codes = " and ".join(sorted({f"'{row.code}'" for row in rows}))
    said = f"The ledger decides one spelling in two ways: {codes}."
    advice = "Keep one of the rows."
    return failure("mapping", said, file=file, column=rows[0].column, value=rows[0].spelling, advice=advice)


def _undecided(column: str, row: LedgerRow, found: Match, count: int, file: str) -> list[Finding]:
    if found.how in USED or found.how == "decided":
        return []
    why = {
        "proposed": "may mean a code, but not for certain",
        "ambiguous": "could mean several codes",
        "unknown": "is not known",
    }[found.how]
    said = f"This spelling {why}: {count:,} {'cell has' if count == 1 else 'cells have'} no code."
    expected = " or ".join(f"'{code}'" for code in found.candidates) or "a known spelling"
    advice = f"Write the code in the ledger ({file}), with who decided it; '{NO_CODE}' if it means no code."
    return [failure("mapping", said, column=column, value=row.spelling, expected=expected, advice=advice)]


def _told(column: str, hows: Counter, spellings: int) -> Finding:
    parts = [f"{count:,} {how}" for how in (*HOWS[:4], "decided", *HOWS[4:]) if (count := hows[how])]
    said = f"{spellings:,} spellings in {sum(hows.values()):,} cells: {', '.join(parts) or 'none'}."
    return passed("mapping", said, column=column)


def _fingerprint(column: str, year: str, spellings: Iterable[object], counts: Counter) -> str:
    """So that the same cells recorded again are not counted twice."""
    told = repr((column, year, [(str(spelling), counts[place]) for place, spelling in enumerate(spellings)]))
    return hashlib.sha256(told.encode("utf8", "surrogatepass")).hexdigest()


def _read_ledger(path: Path) -> list[LedgerRow]:
    if not path.exists():
        return []
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:  # as spreadsheets on Windows save it
        text = raw.decode("cp1252", errors="replace")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if not rows or rows[0] != LEDGER_COLUMNS:
        expected = ", ".join(LEDGER_COLUMNS)
        raise DataStop(
            [
                failure(
                    "mapping", "The ledger's first row is not its columns.", file=path.name, expected=expected
                )
            ]
        )
    return [_as_read(row) for row in rows[1:] if any(row)]


def _as_read(cells: list[str]) -> LedgerRow:
    row = LedgerRow(*(cells + [""] * len(LEDGER_COLUMNS))[: len(LEDGER_COLUMNS)])
    for name in _TEXTS:
        setattr(row, name, unquoted(getattr(row, name)))
    row.code, row.decided_by = row.code.strip(), row.decided_by.strip()
    with contextlib.suppress(KeyError):
        row.column = code_list_of(row.column)
    return row


def _as_written(row: LedgerRow) -> list[str]:
    return [quoted(getattr(row, name)) if name in _TEXTS else getattr(row, name) for name in LEDGER_COLUMNS]


def quoted(text: str) -> str:
    """Text that a spreadsheet leaves alone: what does not begin with a letter (`=1+1`, `01`, `-`) gets a `'` in front."""
    return text if not text or text[0].isalpha() else "'" + text


def unquoted(text: str) -> str:
    """What `quoted` was given."""
    return text.removeprefix("'")


# How well it does on spellings it has not seen


@dataclass(frozen=True)
class Score:
    """Spellings hidden and then matched: how many came out right, wrong, and with no code."""

    right: int = 0
    wrong: int = 0
    left: int = 0

    @property
    def all(self) -> int:
        return self.right + self.wrong + self.left

    @property
    def value(self) -> int:
        """A wrong code counts as much as ten spellings left."""
        return self.right - 10 * self.wrong


def measure(code_list: str, folds: int = 5, seed: int = 1) -> tuple[Score, list[tuple[str, str, str]]]:
    """Hide a part of the spellings seen, match them by the rest and the rules, for each part; and what came out wrong.

    Spellings that differ only in case, spaces, punctuation or prefix are hidden together; official ones are left out.
    """
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    plain = Matcher(code_list, seen=())
    for spelling, code in _of_list("aliases.csv", code_list, "code"):
        if plain.match(spelling).how != "exact":
            groups[plain._bare_key(spelling)].append((spelling, code))
    keys = sorted(groups)
    random.Random(seed).shuffle(keys)
    told, wrong = Counter(), []
    for fold in range(folds):
        hidden = set(keys[fold::folds])
        using = Matcher(code_list, [pair for key in keys if key not in hidden for pair in groups[key]])
        for spelling, code in (pair for key in sorted(hidden) for pair in groups[key]):
            found = using.match(spelling).code
            told["left" if found is None else "right" if found == code else "wrong"] += 1
            wrong += [(spelling, code, found)] if found not in (None, code) else []
    return Score(told["right"], told["wrong"], told["left"]), wrong


def _print_measure() -> None:
    print(f"{'code list':28}{'spellings':>10}{'right':>8}{'wrong':>8}{'left':>8}{'score':>8}")
    scores = {name: measure(name)[0] for name in code_lists()}
    total = Score(*(sum(getattr(s, part) for s in scores.values()) for part in ("right", "wrong", "left")))
    for name, score in {**scores, "all": total}.items():
        if score.all:
            shares = "".join(f"{part / score.all:8.1%}" for part in (score.right, score.wrong, score.left))
            print(f"{name:28}{score.all:>10,}{shares}{score.value:>8,}")


if __name__ == "__main__":
    if sys.argv[1:] != ["measure"]:
        sys.exit("Use: python -m bscbdata.matching measure")
    _print_measure()
