"""A difference as one page: no script, no request, all text escaped, nothing told by colour alone."""

import base64
from collections.abc import Mapping
from pathlib import Path

from bscbdata import single_page
from bscbdata.figures.published_table import for_phones
from bscbdata.review.difference import KINDS, WHY, Change, Difference
from bscbdata.review.matching import marks

ASSETS = Path(__file__).parent / "assets"
TITLES = {
    "fact": "Facts",
    "figure": "Figures",
    "table": "Tables",
    "claim": "Claims",
    "sentence": "Sentences",
    "source": "Sources",
}
SYMBOLS = {"added": "+", "removed": "−", "changed": "→"}


def write_page(
    found: Difference,
    path: Path,
    drawings: Mapping[str, tuple[str, str]] | None = None,
    titles: tuple[str, str] = ("", ""),
    pages: str = "",
) -> Path:
    """Write the page.

    `drawings` are the old and the new SVG of a figure by its id; `titles` name the two editions; `pages` is the address
    of the new edition's folder of pages from here, empty when it is not there: no links then.
    """
    named = tuple(title or name(side) for title, side in zip(titles, (found.old, found.new), strict=True))
    drawn = {key: [as_image(svg) for svg in pair] for key, pair in (drawings or {}).items()}
    told = {**as_shown(found), "counts": found.counts()}
    return single_page.write_page(
        ASSETS / "diff.html", path, for_phones, drawn=drawn, named=named, pages=pages, **told
    )


def as_shown(found: Difference) -> dict[str, object]:
    """What a template needs to show a difference: it, the claims that fell, and the words for all of it."""
    helpers = {"marks": marks, "amount": amount, "why": why, "WHY": WHY, "TITLES": TITLES, "SYMBOLS": SYMBOLS}
    return {"found": found, "fallen": fallen(found), "kinds": KINDS, **helpers}


def name(edition: Mapping) -> str:
    """An edition in a few words: the year, its status, the commit."""
    commit = edition["made_with"].get("commit", "")[:10]
    return f"{edition['year']}, {edition['status']}" + (f" (commit {commit})" if commit else "")


def as_image(svg: str) -> str:
    """A drawing as the address of an image: in an image nothing can run and no id can clash. Empty when there is none."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}" if svg else ""


def amount(change: Mapping | Change) -> str:
    """By how much: `+3.3 (+0.6%)`, also where that is a few children: both numbers stand beside it."""
    told = change if isinstance(change, Mapping) else vars(change)
    if told["absolute"] is None:
        return ""
    percent = "" if told["percent"] is None else f" ({_signed(told['percent'], 1)}%)"
    return _signed(told["absolute"], 6) + percent


def _signed(value: float, decimals: int) -> str:
    shown = f"{abs(round(value, decimals)):,.{decimals}f}"
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    return f"{'−' if value < 0 else '+'}{shown}"


def why(change: Change) -> str:
    """The causes in words."""
    return "; ".join(WHY[cause] for cause in change.why)


def fallen(found: Difference) -> list[Change]:
    """The claims that the data bore out, or that were not there, and that it does not bear out now."""
    return [c for c in found.of("claim") if c.new and not c.new["holds"] and (not c.old or c.old["holds"])]


def summary(found: Difference) -> list[str]:
    """A few lines for the terminal: how much of each kind changed, and why."""
    if found.empty:
        return ["The two editions say the same."]
    lines = []
    for kind, ways in found.counts().items():
        said = ", ".join(f"{number} {way}" for way, number in ways.items() if number)
        causes = [cause for cause in WHY if any(cause in change.why for change in found.of(kind))]
        lines += [f"{TITLES[kind]}: {said} ({'; '.join(WHY[cause] for cause in causes)})"] if said else []
    return lines
