"""The words of a text as rules look at them, and the rules: which words, without which others, mean which code."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from bscbdata.matching.forms import letters, tidy


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


def words_of(text: str, vocabulary: "Vocabulary") -> str:
    """The words of a text as rules look at them: plain, short forms written out, slips of one letter mended."""
    plain = re.sub(r"['’]", "", letters(tidy(text)))
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
