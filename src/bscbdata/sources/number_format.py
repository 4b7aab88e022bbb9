"""What a number format of a workbook shows in place of a number: `[<6]"<6";0` shows <6 where 3 stands."""

import operator
import re
from functools import lru_cache

_SECTION = re.compile(r'(?:"[^"]*"|\\.|\[[^\]]*\]|[^;"\\\[])*')
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)\]")
_LITERAL = re.compile(r'"([^"]*)"|\\(.)')
_NO_TEXT = re.compile(r"\[[^\]]*\]|[_*].")  # colours, conditions, room left free, filling
# A sign before the number itself: `"<"0` shows <5 where 5 stands.
_BELOW = re.compile(r'(?:\[[^\]]*\])*["\\]?([<≤])')
_COMPARE = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "<>": operator.ne,
}  # fmt: skip
# What is shown for nought, and means nought.
NOUGHT = ("", "-", "–", "—", "nil", "0")


def is_per_cent(number_format: str) -> bool:
    """Whether a number format shows per cents: it has a % that is not quoted."""
    return "%" in re.sub(r'"[^"]*"|\\.', "", number_format)


def may_mask(number_format: str) -> bool:
    """Whether any part of a format shows a text alone, nothing, or what the number stays below."""
    return any(
        _text_alone(section) is not None or _BELOW.match(section) for section in _sections(number_format)
    )


@lru_cache(maxsize=10_000)
def shown_instead(number_format: str, value: float) -> str | None:
    """The text that stands in a cell in place of its number; None where the number is shown, or a sign for nought."""
    section = _section_for(_sections(number_format), value)
    shown, below = _text_alone(section), _BELOW.match(section)
    if shown is None and below:
        return f"{below[1]}{value:g}"
    return None if shown is None or (value == 0 and shown.casefold() in NOUGHT) else shown


def _sections(number_format: str) -> list[str]:
    parts, at = [], 0
    while at <= len(number_format):
        found = _SECTION.match(number_format, at)
        parts.append(found[0])
        at = max(found.end(), at) + 1
    return parts[:4]


def _section_for(sections: list[str], value: float) -> str:
    """The part for a number: the first whose condition holds; without conditions positive, negative, nought."""
    numeric = sections[:3]
    if any(map(_CONDITION.search, numeric)):
        return next((one for one in numeric[:-1] if _holds(one, value)), numeric[-1])
    if value < 0 and len(numeric) > 1:
        return numeric[1]
    return numeric[2] if value == 0 and len(numeric) > 2 else numeric[0]


def _holds(section: str, value: float) -> bool:
    condition = _CONDITION.search(section)
    return _COMPARE[condition[1]](value, float(condition[2])) if condition else value < 0


def _text_alone(section: str) -> str | None:
    """The text of a part that has no place for a digit, a date or a text; None where it has one."""
    said = "".join(quoted or escaped for quoted, escaped in _LITERAL.findall(section))
    rest = _NO_TEXT.sub("", _LITERAL.sub("", section))
    if re.search(r"[0#?@dmyhsDMYHSeE]|general", rest, re.I):
        return None
    return (said + rest.strip()).strip() if not said else said.strip()
