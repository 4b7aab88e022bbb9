"""A figure: chart, words and table in one object that cannot disagree.

The chart's own data is the published table: nothing else is drawn, shown, or carried along in the file.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache, cached_property
from html import escape
from pathlib import Path

import altair as alt

from bscbdata import tracing
from bscbdata.cleaning import WITHHELD
from bscbdata.figures import drawing, style
from bscbdata.figures.chart_words import PARTS, SEPARATOR, VALUES, chart_data, marks_told, parts_of
from bscbdata.figures.figure_record import MEDIA, WORDS, published
from bscbdata.figures.published_table import Published, csv_link, html_table, symbols_line, without_markup
from bscbdata.findings import as_told
from bscbdata.lists import read_list
from bscbdata.provenance import LABELS, in_short
from bscbdata.single_page import load_template
from bscbdata.tracing import Trace, Tracer

DEFINITIONS = Path(__file__).parents[1] / "definitions" / "figure_definitions.csv"
PAGE = Path(__file__).with_name("figure.html")
WIDE, NARROW = 680, 330


def figure_definition(key: str) -> str:
    """What a figure counts, as `definitions/figure_definitions.csv` says it; empty where it says nothing."""
    return next((said for pattern, said in _definitions().items() if fnmatchcase(key, pattern)), "")


@cache
def _definitions() -> dict[str, str]:
    return {row["key"]: row["definition"] for row in read_list(DEFINITIONS)}


@dataclass(frozen=True)
class Figure:
    """One published figure or table. Displays as HTML with its data, and as PNG for Word."""

    key: str
    headline: str
    measure: str
    source: str
    provenance: str
    alt_text: str
    table: Published
    data: Published | None = None  # the long table a chart is drawn from, where `table` is turned for reading
    chart: alt.TopLevelMixin | None = None
    printed: str = ""
    note: str = ""
    definition: str = ""
    specs: Sequence[dict] = ()  # of the chart and, where it has one, of its form for phones: see chart_words
    findings: list = field(default_factory=list)
    tables: tuple[str, ...] = ()
    # by column, the source of each cell as the chapter names it
    leads_to: Mapping[str, Sequence] = field(default_factory=dict)
    told: Mapping[str, object] = field(default_factory=dict)  # what it counts and uses, for the proof
    tracer: Tracer | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        said = without_markup(self.headline)
        lines = [
            f"Figure {self.key}: {said or self.measure}",
            *([self.measure] if said else []),
            self.alt_text,
        ]
        lines += [
            f"Source: {in_short(self.source)}" if self.source else "",
            LABELS.get(self.provenance, self.provenance),
        ]
        return "\n  ".join(filter(None, lines))

    def trace(self, row: object, column: str) -> Trace:
        """Where the number in a cell of the table comes from: a `tracing.Trace`.

        `row` is its number from 0, or the words of its first cell; `column` the name or the label. KeyError names the
        rows or columns there are; ValueError when the cell holds no number.
        """
        place, name = tracing.place_of(self.table, row, column)
        found = self._named.get((place, self.table.columns().index(name)))
        return found or tracing.trace_cell(self.tracer, self.table, self.tables, place, name)

    @cached_property
    def _named(self) -> dict[tuple[int, int], Trace]:
        """Where the cells come from of which the chapter names the source."""
        return tracing.trace_named(self.tracer, self.table, self.leads_to) if self.leads_to else {}

    @cached_property
    def traces(self) -> dict:
        """Where its numbers come from, as a page may tell it: those of its words, and those of its table."""
        words = tracing.as_told(tracing.trace_shown(self.tracer, f"{self.headline} {self.note}"))
        cells = self._traced_cells()
        told = tracing.as_told({f"{row},{column}": trace for (row, column), trace in cells.items()})
        withheld = any(trace.withheld for trace in cells.values()) or self._shows_withheld()
        about = {"key": self.key, "tables": list(self.tables), "withheld": withheld, "cells": told["cards"]}
        return {"cards": words["cards"], "files": words["files"] | told["files"], "figure": about}

    def _traced_cells(self) -> dict[tuple[int, int], Trace]:
        """Where each number of the table comes from; of a table about the report itself, what it counts."""
        return self._found() | self._named

    def _found(self) -> dict[tuple[int, int], Trace]:
        """Where each number comes from that has to be found again."""
        if self.tables:
            return tracing.trace_cells(self.tracer, self.table, self.tables)
        said = figure_definition(self.key).removeprefix("What is counted: ").rstrip(".")
        return tracing.own_cells(self.tracer, self.table, {"id": self.key, "counted": said}) if said else {}

    def _shows_withheld(self) -> bool:
        """Whether a cell of the table is withheld, in whatever way the chapter wrote it."""
        return any(WITHHELD in cell for row in self.table.rows() for cell in row)

    def record(self) -> dict:
        """The figure as JSON holds it: see bscbdata.figures.figure_record."""
        words = {name: getattr(self, name) for name in WORDS}
        return {
            "kind": "table" if self.chart is None else "figure",
            **words,
            "table": published(self.table),
            "data": published(self.data or self.table),
            "svg": self.svgs.get("wide", ""),
        }

    def html(self) -> str:
        """The figure as it stands in a page (`figure.html`): headline, chart in two widths, source, data."""
        return load_template(PAGE).render(
            figure=self,
            table=html_table(self.table, self.measure),
            symbols=symbols_line(self.table),
            # drawn in the chart they are explained beside it, and otherwise with the table
            symbols_drawn=">[" in self.svgs.get("wide", ""),
            label=LABELS.get(self.provenance, ""),
            source=in_short(self.source),
            csv=csv_link(self.table),
        )

    @cached_property
    def svgs(self) -> dict[str, str]:
        """The drawing in two widths, wide and narrow; none for a table."""
        if self.chart is None:
            return {}
        spec = self.specs[0]
        on_phone = self.specs[1] if len(self.specs) > 1 else style.for_phone(spec)
        drawn = {"wide": _resized(spec, WIDE), "narrow": _resized(on_phone, NARROW)}
        told = marks_told(spec, chart_data(self.chart), self.data or self.table)
        return {
            name: _svg(_telling(chart, told), f"{self.key}-{name}", self._title(), self.alt_text)
            for name, chart in drawn.items()
        }

    def _title(self) -> str:
        return without_markup(self.headline) or self.measure

    def _repr_mimebundle_(self, include: object = None, exclude: object = None):
        data = {"text/html": self.html(), "text/plain": self.alt_text}
        data[MEDIA] = self.record()
        told = {"findings": as_told(self.findings), **self.told}
        told |= {"trace": self.traces} if self.tracer else {}
        extra: dict[str, object] = {"bscb": told}
        if self.chart is not None:
            data["image/png"] = base64.b64encode(drawing.png(self.svgs["wide"])).decode()
            extra["image/png"] = {"alt": self.alt_text, "width": WIDE}
        return data, extra


def _resized(spec: dict, width: int) -> dict:
    """The chart at another width; charts of several parts keep their own."""
    if "mark" in spec or "layer" in spec:
        return {**spec, "width": width, "autosize": {"type": "fit-x", "contains": "padding"}}
    return spec


def _telling(drawn: dict, told: list[str]) -> dict:
    """The chart as it is drawn, each of its marks with what it shows, for the pages' script to read."""
    for rows in drawn["datasets"].values():
        for row, said in zip(rows, told, strict=True):
            panel, series, *_ = said.split(SEPARATOR)
            row["_told"], row["_series"] = said, SEPARATOR.join([panel, series, "", ""])
    for part in parts_of(drawn):
        if "mark" in part:
            kind = part["mark"]["type"] if isinstance(part["mark"], dict) else part["mark"]
            field = "_told" if kind in VALUES else "_series"
            part.setdefault("encoding", {})["description"] = {"field": field, "type": "nominal"}
    return drawn


def _svg(chart: dict, key: str, title: str, words: str) -> str:
    """The chart as one SVG with a name and a description, its own ids made unique, and nothing else to read aloud."""
    svg = drawing.svg(chart)
    svg = re.sub(rf'\saria-label="([^"]*{SEPARATOR}[^"]*)"', _as_data, svg)
    svg = re.sub(r'\s(?:aria-(?:label|roledescription|hidden)|role)="[^"]*"', "", svg)
    svg = re.sub(r'(id="|url\(#|href="#)((?:clip|gradient)[\w-]*)', rf"\g<1>{key}-\g<2>", svg)
    svg = re.sub(r"(?<=\w)'(?=\w)(?=[^<>]*<)", "’", svg)  # in words, as print has it; attributes are data
    names = f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-words">{escape(words)}</desc>'
    head, rest = re.match(r"(<svg[^>]*>)(.*)", svg, flags=re.S).groups()
    head = head.replace("<svg", f'<svg role="img" aria-labelledby="{key}-title {key}-words"', 1)
    return head + names + rest


def _as_data(found: re.Match) -> str:
    """What a mark shows, as attributes of it; empty parts are left out."""
    pairs = zip(PARTS, found[1].split(SEPARATOR), strict=True)
    return "".join(f' data-{name}="{value}"' for name, value in pairs if value)
