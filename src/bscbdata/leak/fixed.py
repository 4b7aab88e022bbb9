"""The package's own words, which stand in a report whatever the data are: their numbers are no evidence of a leak.

Only what holds no data is here: the worked examples, made up by hand, two turns of phrase, which rows a definition takes
("age is 14 to 17"), and the paths of the returns' files. A number in them is passed over where the whole of it stands, word
by word; the words stay, for they may name a row.
What is written about a source in its source.toml is read like any other text: a real number may have been typed into it.
"""

import re
from collections import defaultdict
from functools import cache

from bscbdata import facts, sources, worked
from bscbdata.tracing.tracer import conditions_in_words

SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^a-z])")
FEWEST_WORDS = 5  # a shorter sentence may be anybody's
PHRASES = (("one", "row", "per"), ("and", "the", "one", "before"))  # of what a row means: they count nothing
GONE = "~"
COUNTED = re.compile(r".*\d.*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve")
EDGES = "\"'()[]{}<>.,:;|?!"


@cache
def sentences() -> tuple[tuple[str, ...], ...]:
    """The sentences of the worked examples that hold a number, word by word, and the turns of phrase."""
    said = {sentence for one in worked.examples().values() for sentence in SENTENCE.split(one["working"])}
    known = {tuple(_bare(sentence.split())) for sentence in said}
    counted = {each for each in known if len(each) >= FEWEST_WORDS and any(map(COUNTED.fullmatch, each))}
    return tuple(sorted({*counted, *PHRASES, *_conditions()}))


def _conditions() -> set[tuple[str, ...]]:
    """Which rows the definitions of facts take, word by word, where a number says it."""
    asked = {
        where for one in facts.definitions().values() for where in (one.where, one.of) if "{" not in where
    }
    said = (tuple(_bare(each.split())) for where in asked for each in conditions_in_words(where))
    return {words for words in said if any(map(COUNTED.fullmatch, words))}


@cache
def paths() -> tuple[str, ...]:
    """The paths of the returns' files below their year, as a text is compared."""
    known = {sources.load_source(name).path.casefold().replace("_", " ") for name in sources.source_names()}
    return tuple(sorted(path for path in known if "/" in path and "{" not in path))


def without_fixed(text: str) -> str:
    """A plain text without the numbers of the package's own sentences and the paths of returns."""
    for path in paths() if "/" in text else ():
        text = text.replace(path, GONE)
    return " ".join(numbers_gone(text.split()))


def numbers_gone(words: list[str]) -> list[str]:
    """Words, of which the numbers are gone where they stand in a whole sentence of the package."""
    bare, kept = _bare(words), list(words)
    for at in range(len(words) - 1):
        for sentence in _by_start().get((bare[at], bare[at + 1]), ()):
            if tuple(bare[at : at + len(sentence)]) == sentence:
                for place in range(at, at + len(sentence)):
                    kept[place] = GONE if COUNTED.fullmatch(bare[place]) else kept[place]
    return kept


@cache
def _by_start() -> dict[tuple[str, str], list[tuple[str, ...]]]:
    found = defaultdict(list)
    for sentence in sentences():
        found[sentence[:2]].append(sentence)
    return dict(found)


def _bare(words: list[str]) -> list[str]:
    """Words without case and without what stands at their edges."""
    return [
        (word.strip(EDGES) or word)
        .casefold()
        .replace("\u2019", "'")
        .replace("\u2013", "-")
        .replace("\u2212", "-")
        for word in words
    ]
