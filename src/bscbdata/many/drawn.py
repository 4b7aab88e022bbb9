"""Small pictures in SVG for the pages over many reports: bars of one year, lines of many. Each stands beside its table."""

from dataclasses import dataclass
from html import escape

BAR, LABEL, WIDE = 18, 230, 720
TALL, MARGIN = 150, 34
DASHES = ("", "6 3", "2 3", "9 3 2 3")


@dataclass(frozen=True)
class Line:
    """One line of a small multiple: its name and its value in each year, None where there is none."""

    name: str
    values: tuple[float | None, ...]


def bars(rows: list[tuple[str, float, str]], marked: set[str], title: str) -> str:
    """Bars from name, value and the value as text; those of `marked` are darker and say so by their outline too."""
    most = max((value for _, value, _ in rows), default=0) or 1
    drawn = []
    for number, (name, value, text) in enumerate(rows):
        top, width = number * BAR, value / most * (WIDE - LABEL - 70)
        kind = "marked" if name in marked else "bar"
        drawn.append(
            f'<text x="{LABEL - 8}" y="{top + 13}" text-anchor="end">{escape(name)}</text>'
            f'<rect class="{kind}" x="{LABEL}" y="{top + 2}" width="{max(width, 0.5):.1f}" height="{BAR - 5}"/>'
            f'<text x="{LABEL + width + 6:.1f}" y="{top + 13}">{escape(text)}</text>'
        )
    return _picture(title, WIDE, len(rows) * BAR + 4, "".join(drawn))


def lines(years: list[str], several: list[Line], breaks: list[str], title: str) -> str:
    """Lines over years, each with a dash of its own and its name at its end; a dotted upright line before each break."""
    known = [value for line in several for value in line.values if value is not None]
    most = max(known, default=0) or 1
    step = (WIDE - LABEL - MARGIN) / max(1, len(years) - 1)
    across = [MARGIN + number * step for number in range(len(years))]
    scale = f'<text x="2" y="12">{most:,.0f}</text><text x="2" y="{TALL - 6}">0</text>'
    scale += f'<line class="axis" x1="{MARGIN}" x2="{across[-1]:.1f}" y1="{TALL - 10}" y2="{TALL - 10}"/>'
    drawn = [
        scale,
        _years(years, across),
        *(_break(across[years.index(year)] - step / 2) for year in breaks if year in years),
    ]
    ends: list[float] = []
    for number, line in enumerate(several):
        drawn.append(_line(line, across, most, DASHES[number % len(DASHES)], f"line-{number}", ends))
    return _picture(title, WIDE, TALL + 24, "".join(drawn))


def _line(line: Line, across: list[float], most: float, dash: str, kind: str, ends: list[float]) -> str:
    points = [(x, _y(value, most)) for x, value in zip(across, line.values, strict=True) if value is not None]
    if not points:
        return ""
    path = " ".join(f"{'L' if number else 'M'}{x:.1f} {y:.1f}" for number, (x, y) in enumerate(points))
    dots = "".join(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in points)
    end = points[-1][1]
    while any(abs(end - other) < 14 for other in ends):  # names at the ends do not lie on each other
        end += 14
    ends.append(end)
    name = f'<text x="{across[-1] + 8:.1f}" y="{end + 4:.1f}">{escape(line.name)}</text>'
    return f'<path class="{kind}" d="{path}" fill="none" stroke-dasharray="{dash}"/>{dots}{name}'


def _y(value: float, most: float) -> float:
    return TALL - 10 - value / most * (TALL - 26)


def _years(years: list[str], across: list[float]) -> str:
    shown = [(year, x) for number, (year, x) in enumerate(zip(years, across, strict=True)) if number % 2 == 0]
    return "".join(
        f'<text x="{x:.1f}" y="{TALL + 14}" text-anchor="middle">{year}</text>' for year, x in shown
    )


def _break(x: float) -> str:
    return f'<line class="break" x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{TALL}"/>'


def _picture(title: str, wide: int, tall: float, drawn: str) -> str:
    return (
        f'<svg role="img" aria-label="{escape(title)}. The table has every value." viewBox="0 0 {wide} {tall:.0f}" '
        f'xmlns="http://www.w3.org/2000/svg">{drawn}</svg>'
    )
