"""House style for numbers: thousands, percentages, pounds, ranges, dates, "over" and "almost", words for change.

Style: GOV.UK numerals, commas over 999, the % sign, "percentage points" for differences of percentages, "to" in ranges,
dates as 31 March 2016, halves rounded away from zero. One place, tested.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

from bscbdata.lists import read_list
from bscbdata.period import month_label

PERCENT = {"percent", "per cent", "%", "share_pct", "pct"}
POINTS = {"percentage points"}
POUNDS = {"GBP", "gbp"}

# Change in per cent of the earlier value, and the words for it. Written rules, so that adjectives come from data.
LEVEL_PCT = 1.0
SLIGHT_PCT = 5.0
SHARP_PCT = 25.0
# How far, in per cent, a value may lie from the round number that is said with "over" or "almost".
NEAR_PCT = 5.0
# Of the 15 to 17 digits that a computed number has, those that sums and quotients leave right.
SURE_DIGITS = 13
# What is counted, as many and as one, and the verbs that go with it.
COUNTED = Path(__file__).parent / "definitions" / "singular.csv"
VERBS = {
    "were": "was",
    "are": "is",
    "have": "has",
    "do": "does",
    "need": "needs",
    "hold": "holds",
    "stop": "stops",
    "stand": "stands",
}
# After these a 1 is a name: `row 1 values`. Between a number and what it counts none of the others stands.
NAMED = r"(?<!row )(?<!rows )(?<!line )(?<!level )(?<!stage )(?<!sheet )(?<!column )(?<!page )(?<!section )(?<!quarter )"
BETWEEN = r"(?:\s+(?!(?:of|in|to|and|or|per|for|at|by|with|from|was|is)\b)[a-z-]+){0,3}?"
NUMERAL = re.compile(r"\d(?:[\d,.]*\d)?")


def rounded(value: float, decimals: int) -> Decimal:
    """The value to so many decimals, halves away from zero. What adding and dividing leave after SURE_DIGITS is no value:
    the mean of 34.7 and 405.4 comes out as 220.04999999999998.

    >>> float(rounded((34.7 + 405.4) / 2, 1))
    220.1
    """
    return _exact(value).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP) + 0


def _exact(value: float) -> Decimal:
    return Decimal(f"{float(value):.{SURE_DIGITS}g}")


def plain(value: float, decimals: int = 0) -> str:
    """1,234 or 12.5: thousands marked, a true minus sign.

    >>> plain(1234.5), plain(-3)
    ('1,235', '−3')
    """
    return f"{rounded(value, decimals):,}".replace("-", "−")


def write(value: float, unit: str = "", decimals: int = 0) -> str:
    """A number in house style with the sign that its unit asks for: 30%, £94,820, 576.7, 4,762.

    >>> write(30.4, "percent"), write(94820, "GBP"), write(576.74, "per 10,000", 1)
    ('30%', '£94,820', '576.7')
    """
    text = plain(value, decimals)
    if unit in PERCENT:
        return f"{text}%"
    if unit in POINTS:
        return f"{text} percentage {'point' if text == '1' else 'points'}"
    if unit in POUNDS:
        return f"−£{text[1:]}" if text.startswith("−") else f"£{text}"
    return text


def span(low: float, high: float, unit: str = "", decimals: int = 0) -> str:
    """A range, the unit once where it is a word: 14 to 17, 15% to 20%, £500 to £1,000. ValueError when it runs down.

    >>> span(14, 17), span(60, 65, "percent")
    ('14 to 17', '60% to 65%')
    """
    if low > high:
        raise ValueError(f"{low:g} to {high:g} is no range: the lower number comes first")
    if unit in POINTS:
        return f"{plain(low, decimals)} to {write(high, unit, decimals)}"
    return f"{write(low, unit, decimals)} to {write(high, unit, decimals)}"


def roughly(value: float, unit: str = "") -> str:
    """over 500,000, almost 60%, or the round number itself: a value by the round number it lies near.

    The round number has one digit that is not nought where that is within NEAR_PCT of the value, else two.

    >>> roughly(505283), roughly(59.1, "percent")
    ('over 500,000', 'almost 60%')
    """
    size = abs(value)
    near = next(found for digits in (1, 2) if (found := _near(size, digits)) is not None)
    side = "over " if size > near else "almost " if size < near else ""
    return side + write(
        float(near) * (-1 if value < 0 else 1), unit, max(0, -near.normalize().as_tuple().exponent)
    )


def _near(size: float, digits: int) -> Decimal | None:
    """The nearest number with so many digits; None when one digit is too far off. Two digits never are."""
    exact = _exact(size)
    found = (
        exact.quantize(Decimal(1).scaleb(exact.adjusted() - digits + 1), rounding=ROUND_HALF_UP)
        if exact
        else exact
    )
    return found if digits > 1 or abs(found - exact) * 100 <= exact * Decimal(NEAR_PCT) else None


def day(of: date) -> str:
    """A date: 31 March 2016."""
    return f"{of.day} {month_label(of)}"


def long_date(text: str) -> str:
    """`2016-10-14` as `14 October 2016`; other text, such as a year alone, as it is."""
    try:
        return day(date.fromisoformat(text))
    except ValueError:
        return text


def numerals(text: str) -> list[str]:
    """Every number that stands in a text, as it is written but for signs and units: 1,234 and 12.5."""
    return NUMERAL.findall(text)


def agreeing(text: str, facts_alone: bool = False) -> str:
    """The text with what is counted as one in the singular, and its verb too; a number may stand in an element of its own.

    `facts_alone`: only such numbers, as facts are. In an author's own words a 1 may be a name: year 1 pupils.

    >>> agreeing("1 children were seen, 1 new sub groups, 11 children were not"), agreeing("There are <b>1</b> enquiries")
    ('1 child was seen, 1 new sub group, 11 children were not', 'There is <b>1</b> enquiry')
    """
    return _one(facts_alone).sub(_as_one, text) if "1" in text else text


@cache
def _singular() -> dict[str, str]:
    return {row["plural"]: row["singular"] for row in read_list(COUNTED)}


@cache
def _one(facts_alone: bool) -> re.Pattern:
    number = rf"(?<![\w.,£/'#−-]){NAMED}1(?:</\w+>){'' if facts_alone else '?'}"
    before = r"(?:(?P<before>\b(?:are|were)\s+))?(?P<element><[^<>]*>)?"
    verbs = rf"(?P<after>\s+(?:{'|'.join(VERBS)})\b)?"
    return re.compile(
        rf"{before}(?P<number>{number}{BETWEEN}\s+)(?P<noun>{'|'.join(_singular())})\b(?!-){verbs}", re.I
    )


def _as_one(found: re.Match) -> str:
    before, after = (
        re.sub(r"\w+", lambda verb: VERBS[verb[0].lower()], found[name] or "") for name in ("before", "after")
    )
    noun = _singular()[found["noun"].lower()]
    return f"{before}{found['element'] or ''}{found['number']}{noun}{after}"


def change_pct(before: float, after: float) -> float:
    """Change in per cent of the earlier value. ZeroDivisionError when that is zero: there is no such change.

    >>> change_pct(50, 60)
    20.0
    """
    return 100 * (after - before) / before


def direction(before: float, after: float, decimals: int | None = None) -> str:
    """rose sharply, rose, rose slightly, changed little, fell slightly, fell, fell sharply.

    What prints the same at so many decimals has changed little: no reader sees 6.54 fall to 6.47 in 6.5 and 6.5.

    >>> direction(100, 103), direction(100, 70), direction(6.54, 6.47, decimals=1)
    ('rose slightly', 'fell sharply', 'changed little')
    """
    if _prints_the_same(before, after, decimals):
        return "changed little"
    if before == 0:
        return "rose"
    change = change_pct(before, after)
    if abs(change) < LEVEL_PCT:
        return "changed little"
    verb = "rose" if change > 0 else "fell"
    if abs(change) < SLIGHT_PCT:
        return f"{verb} slightly"
    return f"{verb} sharply" if abs(change) >= SHARP_PCT else verb


def compared(value: float, other: float, decimals: int | None = None) -> str:
    """higher than, close to (within one per cent, or the same at so many decimals) or lower than.

    >>> compared(576.7, 532.2), compared(100.5, 100)
    ('higher than', 'close to')
    """
    if _prints_the_same(value, other, decimals) or other and abs(change_pct(other, value)) < LEVEL_PCT:
        return "close to"
    return "higher than" if value > other else "lower than"


def _prints_the_same(value: float, other: float, decimals: int | None) -> bool:
    """Whether two values are one number at so many decimals, or, where none are given, at all."""
    return value == other if decimals is None else rounded(value, decimals) == rounded(other, decimals)


def decimals_of(text: str) -> int:
    """How many decimals a printed number has."""
    return len(text.partition(".")[2])


def agrees(value: float, printed: str) -> bool:
    """Whether a value rounds to what was printed, at the decimals printed."""
    return rounded(value, decimals_of(printed)) == Decimal(printed)


def told_apart(names: Iterable[str], form: str = "{}#{}") -> list[str]:
    """The names in their order; one that stands again has its number with it, as in `rate`, `rate#2`.

    >>> told_apart(["rate", "count", "rate"])
    ['rate', 'count', 'rate#2']
    """
    seen, found = Counter(), []
    for name in names:
        seen[name] += 1
        found.append(form.format(name, seen[name]) if seen[name] > 1 else name)
    return found


def unit_in_words(unit: str) -> str:
    """A unit as tables write it.

    >>> unit_in_words("percent"), unit_in_words("GBP"), unit_in_words("children")
    ('per cent', 'pounds', 'children')
    """
    return "per cent" if unit in PERCENT else "pounds" if unit in POUNDS else unit


def some(told: Sequence[str], most: int = 10, between: str = ", ") -> str:
    """The first of the names, and how many more there are.

    >>> some(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    return between.join(told[:most]) + (f" and {len(told) - most:,} more" if len(told) > most else "")


def enumerated(names: Sequence[str]) -> str:
    """The names as they are listed in a sentence.

    >>> enumerated(["a"]), enumerated(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    *before, last = names
    return f"{', '.join(before)} and {last}" if before else last
