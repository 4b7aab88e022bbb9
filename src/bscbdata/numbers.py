"""House style for numbers: thousands, percentages, rates, pounds, and the words for change. One place, tested.

Style: GOV.UK numerals, commas over 999, the % sign, "percentage points" for differences of percentages,
halves rounded away from zero.
"""

from decimal import ROUND_HALF_UP, Decimal

PERCENT = {"percent", "per cent", "%", "share_pct", "pct"}
POINTS = {"percentage points"}
POUNDS = {"GBP", "gbp"}

# Change in per cent of the earlier value, and the words for it. Written rules, so that adjectives come from data.
LEVEL_PCT = 1.0
SLIGHT_PCT = 5.0
SHARP_PCT = 25.0


def rounded(value: float, decimals: int) -> Decimal:
    """The value to so many decimals, halves away from zero, from the number as it prints."""
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP) + 0


def plain(value: float, decimals: int = 0) -> str:
    """1,234 or 12.5: thousands marked, a true minus sign."""
    return f"{rounded(value, decimals):,}".replace("-", "−")


def write(value: float, unit: str = "", decimals: int = 0) -> str:
    """A number in house style with the sign that its unit asks for: 30%, £94,820, 576.7, 4,762."""
    text = plain(value, decimals)
    if unit in PERCENT:
        return f"{text}%"
    if unit in POINTS:
        return f"{text} percentage {'point' if text == '1' else 'points'}"
    if unit in POUNDS:
        return f"−£{text[1:]}" if text.startswith("−") else f"£{text}"
    return text


def change_pct(before: float, after: float) -> float:
    """Change in per cent of the earlier value. ZeroDivisionError when that is zero: there is no such change."""
    return (after - before) / before * 100


def direction(before: float, after: float) -> str:
    """rose sharply, rose, rose slightly, changed little, fell slightly, fell, fell sharply."""
    if before == 0:
        return "rose" if after > 0 else "changed little"
    change = change_pct(before, after)
    if abs(change) < LEVEL_PCT:
        return "changed little"
    verb = "rose" if change > 0 else "fell"
    if abs(change) < SLIGHT_PCT:
        return f"{verb} slightly"
    return f"{verb} sharply" if abs(change) >= SHARP_PCT else verb


def compared(value: float, other: float) -> str:
    """higher than, close to (within one per cent) or lower than."""
    if other and abs(change_pct(other, value)) < LEVEL_PCT or value == other:
        return "close to"
    return "higher than" if value > other else "lower than"


def decimals_of(text: str) -> int:
    """How many decimals a printed number has."""
    return len(text.partition(".")[2])


def agrees(value: float, printed: str) -> bool:
    """Whether a value rounds to what was printed, at the decimals printed."""
    return rounded(value, decimals_of(printed)) == Decimal(printed)
