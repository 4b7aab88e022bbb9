"""The comparisons that the text makes in words, each with the measures, areas, years and editions that it compares.

A claim of the commentary is a comparison that the build has weighed. Values are not repeated here: only what was compared.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from operator import itemgetter

from bscbdata import facts, indicators
from bscbdata.findings import DataStop
from bscbdata.prose import Writer
from bscbdata.tables import rows_with
from bscbdata.tracing.tracer import Tracer


@dataclass(frozen=True)
class Side:
    """One thing that a comparison rests on: what it measures, where, when, and in which edition."""

    label: str
    area: str
    year: str
    vintage: str


@dataclass(frozen=True)
class Comparison:
    """The words of a claim, whether the data bears them out, and what was weighed for it."""

    words: str
    holds: bool
    sides: tuple[Side, ...]


def comparisons(tracer: Tracer, writer: Writer, templates: dict[str, str]) -> Iterator[Comparison]:
    """Every claim that the templates (text by its name) make, in their order. One of the report's year alone, as of words that
    count years, compares nothing.
    """
    start = len(writer.judged)
    for name, text in templates.items():
        with suppress(DataStop):  # the chapter itself says what is wrong
            writer.render(text, name)
    for claim in filter(itemgetter("weighed"), writer.judged[start:]):
        yield Comparison(
            claim["words"], claim["holds"], tuple(_side(tracer, key) for key in claim["weighed"])
        )


def _side(tracer: Tracer, key: str) -> Side:
    name, area, year = key.split("|")
    if name not in facts.definitions():
        return Side(indicators.definitions()[name]["title"], area, year, _vintage(tracer, name, area, year))
    found = tracer.fact(facts.compute(name, tracer.tables, tracer.edition, area, year))
    return Side(found.label, found.area, found.period, found.vintage)


def _vintage(tracer: Tracer, indicator: str, area: str, year: str) -> str:
    """The editions of an indicator's rows: of one area and year, or of all where the area has none of its own."""
    named = rows_with(tracer.tables, "indicators", "indicator", [indicator])
    rows = named[(named["area"] == area) & (named["year"] == year)]
    return ", ".join(dict.fromkeys(rows["vintage"].dropna().astype("str"))) if "vintage" in rows else ""


def in_words(sides: tuple[Side, ...]) -> list[str]:
    """The sides, those of one measure and edition together: `Referral rate: Surrey 2014-15, 2015-16, England 2015-16 (edition)`."""
    measures: dict[tuple[str, str], dict[str, list[str]]] = {}
    for one in sides:
        measures.setdefault((one.label, one.vintage), {}).setdefault(one.area, []).append(one.year)
    said = []
    for (label, vintage), areas in measures.items():
        pairs = ((area, ", ".join(filter(None, years))) for area, years in areas.items())
        where = ", ".join(" ".join(filter(None, pair)) for pair in pairs)
        said.append(f"{label}: {where}" + (f" ({vintage})" if vintage else ""))
    return said
