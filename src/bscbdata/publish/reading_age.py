"""How old a reader has to be for a text: the Flesch-Kincaid grade, measured on the finished page for young readers.

Grade = 0.39 × words to a sentence + 11.8 × syllables to a word − 15.59 (Kincaid and others, 1975); a reader of grade n is
about n + 5 years old. Numerals, telephone numbers, tables and charts are left out: the formula is for words.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from bscbdata.findings import Finding, warning
from bscbdata.review.pages import Node, classes, inside, read_pages, words

AGE = 11  # of the readers whom the edition is for
OLDEST = 13  # a screen of few words varies more than the whole
BLOCKS = {"p", "li", "h1", "h2", "h3", "dt", "dd"}
LEFT_OUT = {"quarto-float", "downloads", "phone", "website", "draft-note", "kind"}


def reading_age(text: str) -> float:
    """The age in years at which a text is read with ease. ValueError when it has no words."""
    said = re.findall(r"[A-Za-z][A-Za-z’'-]*", text)
    sentences = [part for part in re.split(r"[.!?:]+(?:\s|$)|\n", text) if re.search(r"[A-Za-z]", part)]
    if not said:
        raise ValueError("There are no words to measure.")
    grade = 0.39 * len(said) / len(sentences) + 11.8 * sum(map(syllables, said)) / len(said) - 15.59
    return grade + 5


def syllables(word: str) -> int:
    """The syllables of an English word: its groups of vowels, without an e that is not heard."""
    heard = re.sub(r"(?:[^laeiouy]es|[^td]ed|[^laeiouy]e)$", "", re.sub(r"[^a-z]", "", word.lower()))
    return max(1, len(re.findall(r"[aeiouy]{1,2}", re.sub(r"^y", "", heard))))


def screens(report: Path) -> Iterator[tuple[str, str]]:
    """The title and the words of each screen of the first page, a line for each sentence that has no stop."""
    page = next(page for page in read_pages(report) if page.name == "index.html")
    for section in page.tree.iter("section"):
        if "level2" in classes(section):
            title = next(section.iter("h2"), None)
            yield "" if title is None else words(title), "".join(_lines(section)).strip()


def _lines(node: Node) -> Iterator[str]:
    for part in inside(node):
        if isinstance(part, str):
            yield part
        elif not classes(part) & LEFT_OUT:
            yield from _lines(part)
            # the words below a big number go on from it
            yield "\n" if part.tag in BLOCKS and "big-number" not in classes(node) else " "


def check_reading_age(report: Path) -> list[Finding]:
    """A warning when the page, or a screen of it, is harder to read than its readers are old."""
    said = dict(screens(report))
    ages = {title: reading_age(text) for title, text in said.items()}
    hard = [_hard(f"“{title}”", age, OLDEST) for title, age in ages.items() if age > OLDEST]
    whole = reading_age("\n".join(said.values()))
    return [*hard, *([_hard("the page as a whole", whole, AGE)] if whole > AGE else [])]


def _hard(what: str, age: float, most: int) -> Finding:
    advice = "Write shorter sentences, with short words that are used every day."
    message = f"It is hard to read: {what}."
    expected = f"a reading age of {most} at most"
    return warning(
        "reading", message, file="index.html", value=f"{age:.1f}", expected=expected, advice=advice
    )
