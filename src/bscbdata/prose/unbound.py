"""What a text tells that no data holds: numbers that no fact carries, and numbers and comparisons in words.

`definitions/allowed_numbers.csv` and `definitions/allowed_comparisons.csv` excuse names, dates and quotes.
"""

import ast
import re
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

from bscbdata import numbers
from bscbdata.findings import Finding, warning
from bscbdata.lists import read_list

ALLOWED = Path(__file__).parents[1] / "definitions" / "allowed_numbers.csv"
EXCUSED = Path(__file__).parents[1] / "definitions" / "allowed_comparisons.csv"
COMPARING = re.compile(
    r"\b(?:more than|less than|fewer|fewest|most|least|majority|highest|lowest|higher|lower|largest|smallest|rose|fell"
    r"|risen|fallen|grew|grown|doubled|trebled|halved|half|thirds?|quarters?|tenths?|twice|increased|decreased|above"
    r"|below)\b",
    re.I,
)
# numbers written as words: only before what is counted here, for "two doors" tells nothing of data
SPELT = (
    "(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    "|(?:twen|thir|for|fif|six|seven|eigh|nine)ty(?:-(?:one|two|three|four|five|six|seven|eight|nine))?"
    "|(?:a|one|several) (?:dozen|hundred|thousand)|dozens of|hundreds of|thousands of)"
)
THINGS = (
    "(?:child(?:ren)?|young (?:people|person|women|men)|bab(?:y|ies)|infants?|girls?|boys?|pupils?|students?"
    "|famil(?:y|ies)|clients?|cases?|referrals?|contacts?|plans?|assessments?|enquiries|episodes?|deaths?"
    "|arrests?|allegations?|adoptions?|parents?|carers?|people|professionals?|delegates?|victims?|residents?)"
)
COUNTING = re.compile(
    rf"\b{SPELT}\b(?!-year)(?:[\s-]+(?!{THINGS}\b)[\w’'-]+){{0,3}}[\s-]+{THINGS}\b(?! reviews?\b)"
    rf"|\b(?:only|just|exactly|a single|no more than|at least) (?:one )?{THINGS}\b(?<!people)"
    rf"|\b(?:one|{SPELT}|N) (?:in|out of)(?: every)? (?:{SPELT}|N)\b(?! hundred)"
    # a span of time that is another one in the next year's report
    rf"|\b(?:for|past|last) {SPELT} years?\b|\b{SPELT} years? (?:(?:have|has|had) (?:now )?passed|since|ago)\b",
    re.I,
)

PUT = "Put it into a claim, or say it with a fact or a verb."
LISTED = (
    "If it is a name or a definition, give it a row with its reason in definitions/allowed_comparisons.csv."
)


@cache
def _any_of(path: Path) -> re.Pattern[str]:
    """What a list of patterns excuses."""
    return re.compile("|".join(f"(?:{row['pattern']})" for row in read_list(path)))


def unbound_places(text: str) -> Iterator[tuple[int, int]]:
    """Where in a plain text, of whatever format, a number stands that the allow-list does not excuse: first and last place."""
    bare = _any_of(ALLOWED).sub(lambda found: " " * len(found[0]), text) if re.search(r"\d", text) else ""
    yield from (found.span() for found in re.finditer(r"\S*\d\S*", bare))


def unbound_in(text: str, known: Collection[str] = ()) -> list[str]:
    """Numbers in a plain text, of whatever format, that are neither known nor excused by the allow-list.

    `known` holds the numerals that data put there, as numbers.numerals writes them: 1,234 and 12.5.
    """
    text = re.sub(r"\s+", " ", text)
    found = [text[start:end] for start, end in unbound_places(text)]
    return [word for word in found if not known or not set(numbers.numerals(word)) <= set(known)]


def unbound_numbers(markdown: str) -> list[str]:
    """Numbers in rendered Markdown that no fact carries and the allow-list does not excuse."""
    text = re.sub(
        r'<span class="fact"[^>]*>.*?</span>|\[[^\]]*\]\(tel:\d+\)\{\.phone\}', " ", markdown, flags=re.S
    )
    text = re.sub(
        r"<[^>]+>|&#\w+;|\]\([^)]*\)|\{[^}]*\}|\[\^[^\]]+\]|@(?:fig|tbl|sec)-[\w-]+|^#+ .*$",
        " ",
        text,
        flags=re.M,
    )
    return unbound_in(text)


def loose_comparisons(template: str) -> list[tuple[str, str]]:
    """Words of comparison in a commentary that no claim holds: each word, and those about it.

    What a claim or a verb says is bound to data already; `definitions/allowed_comparisons.csv` excuses names and quotes.
    """
    return _loose(template, COMPARING)


def loose_counts(template: str) -> list[str]:
    """Numbers written as words before what is counted, `one in three`, and `two years ago`, that no claim holds; excused in the
    same list."""
    return [near for _, near in _loose(template, COUNTING)]


def _loose(template: str, pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    text = re.sub(r"\{%\s*claim.*?endclaim\s*%\}", " ~ ", template, flags=re.S)
    text = re.sub(r"\s+", " ", re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " N ", text, flags=re.S))
    text = _any_of(EXCUSED).sub(" ", text)
    return [
        (word[0], text[max(0, word.start() - 40) : word.end() + 40].strip())
        for word in pattern.finditer(text)
    ]


def told_in_words(text: str, place: str, comparing: bool = True) -> list[Finding]:
    """A warning for each number or comparison that a text tells in words and binds to no data."""
    counts = "A number written as a word is not bound to a fact."
    found = [warning("number", counts, file=place, value=near, advice=PUT) for near in loose_counts(text)]
    return found + (compared_in_words(text, place) if comparing else [])


def compared_in_words(text: str, place: str) -> list[Finding]:
    """A warning for each word of comparison that stands in a text and in no claim."""
    said = "A word of comparison, '{}', is in no claim."
    return [
        warning("wording", said.format(word), file=place, value=near, advice=f"{PUT} {LISTED}")
        for word, near in loose_comparisons(text)
    ]


def written_of_figures(code: ast.AST) -> list[str]:
    """The words of figures that a cell has written out: headlines, and each part of a measure or a note.

    A headline that the cell puts together from its data is none.
    """
    given = [one for one in ast.walk(code) if isinstance(one, ast.keyword)]
    headlines = [one.value for one in given if one.arg == "headline"]
    others = [part for one in given if one.arg in ("measure", "note") for part in ast.walk(one.value)]
    written = [one.value for one in headlines + others if isinstance(one, ast.Constant)]
    return [words for words in written if isinstance(words, str)]
