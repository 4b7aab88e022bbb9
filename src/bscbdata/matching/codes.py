"""The code of a spelling in one code list: how it was found, and how sure that is. What is not certain is proposed only."""

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property

import pandas as pd

from bscbdata.matching.forms import bare, key_of, main_text, plain_place, tidy, without_code
from bscbdata.matching.known import aliases, ambiguous, code_list_of, lists_read, official, rules, vocabulary
from bscbdata.matching.words import Rule, words_of

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
JOINED |= dict.fromkeys(("closure_reason", "legal_status", "category_of_abuse"), r"(?i)\bor\b")
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


_DENIED = re.compile(r"(?:not|never|no longer)\b")
# `ICO / PO`: a code of letters that is joined to another short form alone.
_JOINED_ON = re.compile(r"\W*[A-Z]{2,4}\s*(?:[/&+]|and|or|then|to)\s*[A-Z]{2,4}\W*")
_ASKED = re.compile(r"\w\s?\?(?=\s|$)")


class Matcher:
    """Finds the code of a spelling in one code list. `seen` replaces the spellings seen before (for measuring)."""

    def __init__(self, column: str, seen: Iterable[tuple[str, str]] | None = None):
        self.code_list = code_list_of(column)
        self.codes = tuple(official(self.code_list))
        self.seen = tuple(aliases(self.code_list) if seen is None else seen)
        self._told: dict[str, Match] = {}

    def match(self, text: object) -> Match:
        """The match of one spelling."""
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
        return only_one_code(plain | {(key, code) for key, code in labels if key not in dict(plain)})

    @cached_property
    def _several(self) -> dict[str, tuple[str, ...]]:
        return {key_of(text): tuple(codes.split(" || ")) for text, codes in ambiguous(self.code_list)}

    @cached_property
    def _seen_exactly(self) -> dict[str, str]:
        return {tidy(spelling): code for spelling, code in self.seen}

    @cached_property
    def _seen_keys(self) -> dict[str, str]:
        return only_one_code((key_of(spelling), code) for spelling, code in self.seen)

    @cached_property
    def _seen_bare_keys(self) -> dict[str, str]:
        return only_one_code((self.bare_key(spelling), code) for spelling, code in self.seen)

    def bare_key(self, text: str) -> str:
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
        full, short = key_of(text), self.bare_key(text)
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
            two = not several and bool(_JOINED_ON.fullmatch(text))
            unsure = two or self._is_in_doubt(text) or self._denies(text, by_code)
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
        """Level -> codes of the rules that hold for the main text, or where none holds, for the whole text."""
        for part in (main_text(text), without_code(text)):
            if told := self._told_by(part):
                return self._told_of_all_parts(part, told)
        return {}

    def _told_by(self, text: str) -> dict[int, set[str]]:
        words, told = words_of(text, vocabulary(self.code_list)), defaultdict(set)
        for rule in rules(self.code_list):
            if rule.code and rule.holds_for(words):
                told[rule.level].add(rule.code)
        return dict(told)

    def _told_of_all_parts(self, text: str, told: dict[int, set[str]]) -> dict[int, set[str]]:
        """The codes told by a text; where it joins two things (`GP / police`), those of each part at the first level are added."""
        joined = re.split(JOINED.get(self.code_list, NOT_JOINED), text)
        parts = [self._told_by(part) for part in joined] if len(joined) > 1 else []
        said = set().union(*(found[min(found)] for found in parts if found))
        level = min(told)
        return told if said <= told[level] else {level: told[level] | said}

    def _is_in_doubt(self, text: str) -> bool:
        """Whether a rule without a code holds, one for every list or one of this list: `F2 part time`."""
        words = words_of(text, vocabulary(self.code_list))
        doubts = [*rules("*"), *(rule for rule in rules(self.code_list) if not rule.code)]
        return any(rule.holds_for(words) for rule in doubts)

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
        wanted = self.bare_key(text)
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


def only_one_code(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Form -> code from pairs of both, without forms that have two codes."""
    codes: dict[str, set[str]] = defaultdict(set)
    for key, code in pairs:
        codes[key].add(code)
    return {key: next(iter(found)) for key, found in codes.items() if len(found) == 1}


@cache
def matcher(column: str) -> Matcher:
    """The matcher of a column, made once."""
    return Matcher(column)
