"""Small SVG charts for the pages over many reports: bars for one year, lines over years. Each stands beside its table.

Each is drawn for a screen and for a phone, of which the page's style shows one. Drawn here and not by Altair, which takes
0.05 s for a drawing: there are two for each measure and year.
"""

import math
from dataclasses import dataclass
from html import escape
from itertools import groupby

BAR, ROW = 18, 15  # heights of a bar and of a line of text
TOP, TALL, MARGIN = 18, 190, 52
DASHES = ("", "7 3", "2 3", "9 3 2 3")


@dataclass(frozen=True)
class Size:
    """How wide a picture is, and how much of it the names take: none where they stand above or below."""

    kind: str
    wide: int
    names: int


PHONE = Size("narrow", 340, 0)


@dataclass(frozen=True)
class Line:
    """One line of a small picture: its name and its value in each year, None where there is none."""

    name: str
    values: tuple[float | None, ...]


def bars(rows: list[tuple[str, float, str]], marked: set[str], title: str) -> str:
    """Bars from name, value and the value as text; those of `marked` are darker and say so by their outline too."""
    return "".join(_bars(rows, marked, title, size) for size in (Size("wide", 720, 230), PHONE))


def lines(years: list[str], several: list[Line], rules: list[tuple[str, bool]], title: str) -> str:
    """Lines over years, each with a dash of its own and its name at its end. A line is not drawn through years that it
    lacks; those of the first line are said in the picture. `rules` are the years at which a definition changed: an upright
    rule, a thin one (true) where the series was counted anew over it.
    """
    return "".join(_lines(years, several, rules, title, size) for size in (Size("wide", 720, 160), PHONE))


# ---- bars ----------------------------------------------------------------------------------------------------------


def _bars(rows: list[tuple[str, float, str]], marked: set[str], title: str, size: Size) -> str:
    most = max((value for _, value, _ in rows), default=0) or 1
    above = 0 if size.names else ROW
    drawn = []
    for number, (name, value, text) in enumerate(rows):
        top, width = number * (BAR + above) + above, value / most * (size.wide - size.names - 70)
        kind = "marked" if name in marked else "bar"
        at = f'x="{size.names - 8}" text-anchor="end"' if size.names else 'x="0"'
        drawn.append(
            f'<text {at} y="{top + 13 - above}">{escape(name)}</text>'
            f'<rect class="{kind}" x="{size.names}" y="{top + 2}" width="{max(width, 0.5):.1f}" height="{BAR - 5}"/>'
            f'<text x="{size.names + width + 6:.1f}" y="{top + 13}">{escape(text)}</text>'
        )
    return _picture(title, size, len(rows) * (BAR + above) + 4, "".join(drawn))


# ---- lines ---------------------------------------------------------------------------------------------------------


def _lines(
    years: list[str], several: list[Line], rules: list[tuple[str, bool]], title: str, size: Size
) -> str:
    known = [value for line in several for value in line.values if value is not None]
    step, most = _scale(max(known, default=0))
    apart = (size.wide - MARGIN - (size.names or 24)) / max(1, len(years) - 1)
    across = [MARGIN + number * apart for number in range(len(years))]
    drawn = [*_grid(step, most, across[-1]), _years(years, across, apart), _lacking(several, across)]
    drawn += [_rule(across[years.index(year)], thin, across[-1]) for year, thin in rules if year in years]
    drawn += [_line(line, number, across, most) for number, line in enumerate(several)]
    drawn += _names(several, across[-1], most) if size.names else _names_below(several)
    below = 0 if size.names else len(several) * (ROW + 3) + 6
    return _picture(title, size, TALL + 22 + below, "".join(drawn))


def _scale(highest: float) -> tuple[float, float]:
    """The step between grid lines and the top of the axis: round numbers, three to five steps."""
    if highest <= 0:
        return 1, 1
    rough = highest / 4
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * each for each in (1, 2, 2.5, 5, 10) if power * each >= rough)
    return step, step * math.ceil(highest / step - 1e-9)


def _grid(step: float, most: float, right: float) -> list[str]:
    decimals = 0 if step == int(step) else 1 if round(step * 10) == step * 10 else 2
    found = []
    for number in range(round(most / step) + 1):
        y = _y(number * step, most)
        found.append(
            f'<line class="axis" x1="{MARGIN}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{MARGIN - 8}" y="{y + 4:.1f}" text-anchor="end">{number * step:,.{decimals}f}</text>'
        )
    return found


def _line(line: Line, number: int, across: list[float], most: float) -> str:
    """The stretches of years that have a value, and a point for each."""
    kind, dash = f"line-{number}", DASHES[number % len(DASHES)]
    drawn = []
    for there, run in groupby(zip(across, line.values, strict=True), key=lambda pair: pair[1] is not None):
        points = [(x, _y(value, most)) for x, value in run] if there else []
        if len(points) > 1:
            path = " ".join(f"{'L' if place else 'M'}{x:.1f} {y:.1f}" for place, (x, y) in enumerate(points))
            drawn.append(f'<path class="{kind}" d="{path}" fill="none" stroke-dasharray="{dash}"/>')
        drawn += [f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in points]
    return "".join(drawn)


def _names(several: list[Line], right: float, most: float) -> list[str]:
    """The name of each line beside its last value, in the order of those values and moved apart."""
    last = {
        number: _y(next(value for value in reversed(line.values) if value is not None), most)
        for number, line in enumerate(several)
        if any(value is not None for value in line.values)
    }
    placed: dict[int, float] = {}
    for number in sorted(last, key=last.get):
        placed[number] = max([last[number], *(y + ROW for y in placed.values())])
    over = max([0.0, *(y - (TALL - 4) for y in placed.values())])
    return [
        f'<circle class="line-{number}" cx="{right + 14:.1f}" cy="{y - over:.1f}" r="3"/>'
        f'<text x="{right + 22:.1f}" y="{y - over + 4:.1f}">{escape(several[number].name)}</text>'
        for number, y in placed.items()
    ]


def _names_below(several: list[Line]) -> list[str]:
    """The names as a legend under the picture, each with a piece of its line."""
    found = []
    for number, line in enumerate(several):
        y = TALL + 34 + number * (ROW + 3)
        found.append(
            f'<path class="line-{number}" d="M{MARGIN} {y - 4}L{MARGIN + 30} {y - 4}" stroke-dasharray="{DASHES[number % 4]}"/>'
            f'<text x="{MARGIN + 38}" y="{y}">{escape(line.name)}</text>'
        )
    return found


def _lacking(several: list[Line], across: list[float]) -> str:
    """A tinted stretch over the years that the first line lacks at its beginning or its end, and the words for it."""
    values = several[0].values if several else ()
    there = [x for x, value in zip(across, values, strict=False) if value is not None]
    stretches = ((across[0], there[0] - 8), (there[-1] + 8, across[-1])) if there else ()
    return "".join(
        f'<rect class="lacking" x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" height="{TALL - 10 - TOP}"/>'
        f'<text class="said" x="{(left + right) / 2:.1f}" y="{(TOP + TALL) / 2:.1f}" text-anchor="middle">no value</text>'
        for left, right in stretches
        if right > left
    )


def _y(value: float, most: float) -> float:
    return TALL - 10 - value / most * (TALL - 10 - TOP)


def _years(years: list[str], across: list[float], apart: float) -> str:
    every = math.ceil(56 / apart)  # a year takes so much room
    shown = zip(years[::every], across[::every], strict=True)
    return "".join(
        f'<text x="{x:.1f}" y="{TALL + 12}" text-anchor="middle">{year}</text>' for year, x in shown
    )


def _rule(x: float, thin: bool, right: float) -> str:
    kind, said = ("rule-thin", "counted anew") if thin else ("rule", "break")
    side = ' text-anchor="end"' if x > right - 60 else ""
    return (
        f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{TALL - 10}"/>'
        f'<text class="said" x="{x + (-5 if side else 5):.1f}" y="12"{side}>{said}</text>'
    )


def _picture(title: str, size: Size, tall: float, drawn: str) -> str:
    return (
        f'<svg class="{size.kind}" role="img" aria-label="{escape(title)}. The table has every value." '
        f'viewBox="0 0 {size.wide} {tall:.0f}" xmlns="http://www.w3.org/2000/svg">{drawn}</svg>'
    )
