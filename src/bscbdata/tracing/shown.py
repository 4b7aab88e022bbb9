"""The traces of the numbers in a rendered text, which are marked there as `<span class="fact" data-fact=…>`."""

import re
from html import unescape

from bscbdata import facts
from bscbdata.tables import rows_with
from bscbdata.tracing.trace import Trace
from bscbdata.tracing.tracer import Tracer

LISTED = "listed"  # under which an output carries the rows of its list, for the open data
SPAN = re.compile(r'<span class="fact"([^>]*)>')
ATTRIBUTE = re.compile(r'data-([\w-]+)="([^"]*)"')


def attributes(tag: str) -> dict[str, str]:
    """The `data-` attributes of an opening tag, by name."""
    return {name: unescape(value) for name, value in ATTRIBUTE.findall(tag)}


def anchor(name: str) -> str:
    """The anchor of a fact or an indicator in the appendix of numbers."""
    return "number-" + re.sub(r"[^\w.-]", "-", name)


def keys(told: dict[str, str]) -> list[str]:
    """The keys of the cards that a number asks for: its own, and that of the number it was worked out with."""
    fact, area, year = (told.get(name, "") for name in ("fact", "area", "year"))
    more = [told["category"], told["period"]] if "period" in told else []
    found = ["|".join([fact, area, year, *more])]
    if "since" in told:
        found.append(f"{fact}|{area}|{told['since']}")
    if "other" in told:
        found.append(f"{told['other']}|{area}|{year}")
    return found


def trace_shown(tracer: Tracer, text: str) -> dict[str, Trace]:
    """The traces of every number that a text shows, by key. FactError when one is not known."""
    wanted = [key for tag in SPAN.findall(text) for key in keys(attributes(tag))]
    return {key: _trace(tracer, key) for key in dict.fromkeys(wanted)}


def _trace(tracer: Tracer, key: str) -> Trace:
    name, area, year, *more = key.split("|")
    if name in facts.definitions():
        return tracer.fact(facts.compute(name, tracer.tables, tracer.edition, area, year))
    category, period = more
    frame = rows_with(tracer.tables, "indicators", "indicator", [name])
    wanted = {"indicator": name, "area": area, "year": year, "category": category, "period": period}
    for column, value in wanted.items():
        frame = frame[frame[column] == value]
    if frame.empty:
        raise facts.FactError(f"No indicator '{name}' is there for {area}, {year}, {category}, {period}.")
    return tracer.indicator(frame.iloc[0])
