"""The forms in which two spellings are the same: without case, punctuation, a code in front or the kind of a council."""

import re
import unicodedata

_SPACES = re.compile(r"[\s\u00a0\u2007\u200b\u202f\ufeff]+")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[^a-z0-9]+(?=\d)")
_NOT_MAPPED = re.compile(r"code '(.+)' is not mapped", re.I)
# What stands in front of a spelling and says nothing: `b) `, `a. `, `41) `, `(CS) `, `CIN - `, `(A.A14)`.
_PREFIX = re.compile(
    r"(\(?[a-z]{1,2}\)\s*|[a-z]\.\s+|\(?\d{1,3}\)\s*|\([A-Z]{2,3}\)\s*|\(?[a-z]\.[a-z]{1,3}\d+(\.\d)?\)?[\s:]+"
    r"|\(?[a-z]\.[a-z]{1,3}\d+\)|(cin|cla|cyp|lac)\s*[-:]\s*|(due to|c/f)\s+)(?=[^\s])",
    re.I,
)
# A number behind a spelling that says nothing; `(s38)`, a section of an Act, says which order it is.
_TRAILING = re.compile(r"\s*(\[[^\]]{1,6}\]|\(\d{1,4}\)?|\((?!s\d\d)[a-z]{0,3}\d{1,3}[a-z]?\))\s*$", re.I)
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
    plain = letters(tidy(text))
    squashed = re.sub(r"[^a-z0-9_]+", "", _BETWEEN_DIGITS.sub("_", plain))
    return squashed or tidy(text).casefold()


def bare(text: str) -> str:
    """Text without list marks, prefixes and bracketed codes in front of it or behind it."""
    plain = tidy(text)
    while (found := _PREFIX.match(plain)) and len(plain) - found.end() >= 2:
        plain = plain[found.end() :]
    without = _TRAILING.sub("", plain)
    return without if len(without) >= 2 else plain


def letters(text: str) -> str:
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


_COUNCIL = re.compile(
    r"\b(the|london borough of|royal borough of|london boro\w*|london borough|metropolitan borough|metropolitan district"
    r"|metropolitan|county borough|county council|city council|borough council|district council|district|council|county"
    r"|city of|county of|city|local authority|unitary authority|unitary|borough|lb|mbc|mdc|cc|dc|bc|ua|rbc|rb|b)\b"
)


def plain_place(text: str) -> str:
    """The name of a place without what kind of council it has: `London Borough of Brent` and `Brent LB` are brent."""
    words = re.sub(r"[^a-z0-9]+", " ", letters(tidy(text)).replace("'", "").replace(".", ""))
    return " ".join(_COUNCIL.sub(" ", words).split()) or words.strip()
