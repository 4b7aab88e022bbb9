"""A figure: chart, words and table in one object that cannot disagree.

The chart's own data is the published table: nothing else is drawn, shown, or carried along in the file.
"""

import base64
import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache, cached_property
from html import escape, unescape
from pathlib import Path

import altair as alt
import pandas as pd

from bscbdata import drawing, numbers, style
from bscbdata.cleaning import SYMBOLS
from bscbdata.figure_record import MEDIA, record
from bscbdata.findings import as_told
from bscbdata.provenance import LABELS

DEFINITIONS = Path(__file__).parent / "definitions" / "figure_definitions.csv"
WIDE, NARROW = 680, 330
LONG = 24  # rows beyond which a table scrolls in a window of its own
HIDDEN = {"status", "provenance", "row_id", "vintage"}


class FigureError(ValueError):
    """A chart that cannot be published as it is, and why."""


def definition(key: str) -> str:
    """What a figure counts, as `definitions/figure_definitions.csv` says it; empty where it says nothing."""
    return next((said for pattern, said in _definitions().items() if fnmatchcase(key, pattern)), "")


@cache
def _definitions() -> dict[str, str]:
    with DEFINITIONS.open(encoding="utf8", newline="") as lines:
        return {row["key"]: row["definition"] for row in csv.DictReader(lines)}


@dataclass(frozen=True)
class Published:
    """A table as it leaves: the values, the words for its columns, and how each prints."""

    frame: pd.DataFrame
    labels: Mapping[str, str] = field(default_factory=dict)
    decimals: int | Mapping[str, int] = 0
    unit: str | Mapping[str, str] = ""

    def label(self, column: str) -> str:
        return self.labels.get(column, column.replace("_", " ").capitalize())

    def cell(self, column: str, value: object, status: str = "shown") -> str:
        """One cell as it prints: the number in house style, or the symbol that says why there is none."""
        if value is None or pd.isna(value):
            return SYMBOLS.get(status, "[x]")
        if isinstance(value, pd.Timestamp):
            return f"{value:%B %Y}" if value.day == 1 else f"{value.day} {value:%B %Y}"
        if isinstance(value, bool) or not isinstance(value, int | float) and not hasattr(value, "dtype"):
            return str(value)
        return numbers.write(float(value), of(self.unit, column, ""), of(self.decimals, column, 0))

    def columns(self) -> list[str]:
        """The columns that are shown: all but those about the rows, and those that only place a drawing (`_x`)."""
        return [name for name in self.frame.columns if name not in HIDDEN and not name.startswith("_")]

    def rows(self) -> list[list[str]]:
        """The cells as they print. A status is that of the columns withheld together, or of all where none are named."""
        statuses = (
            self.frame["status"].astype("str") if "status" in self.frame else ["shown"] * len(self.frame)
        )
        withheld = self.frame.attrs.get("withheld", self.columns())
        records = self.frame[self.columns()].astype("object").itertuples(index=False, name=None)
        return [
            [
                self.cell(name, value, status if name in withheld else "not_available")
                for name, value in zip(self.columns(), record, strict=True)
            ]
            for record, status in zip(records, statuses, strict=True)
        ]


def of(setting: object, column: str, otherwise: object) -> object:
    """A setting for one column: from a mapping by column, or the same for all."""
    return setting.get(column, otherwise) if isinstance(setting, Mapping) else setting


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
    narrow: alt.TopLevelMixin | None = None
    findings: list = field(default_factory=list)
    tables: tuple[str, ...] = ()
    told: Mapping[str, object] = field(default_factory=dict)  # what it counts and uses, for the proof
    tracer: object = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        said = unescape(re.sub(r"<[^>]+>", "", self.headline))
        lines = [
            f"Figure {self.key}: {said or self.measure}",
            *([self.measure] if said else []),
            self.alt_text,
        ]
        lines += [
            f"Source: {self.source}" if self.source else "",
            LABELS.get(self.provenance, self.provenance),
        ]
        return "\n  ".join(filter(None, lines))

    def trace(self, row: object, column: str):
        """Where the number in a cell of the table comes from: a `tracing.Trace`.

        `row` is its number from 0, or the words of its first cell; `column` the name or the label. KeyError names the
        rows or columns there are; ValueError when the cell holds no number.
        """
        from bscbdata.tracing import trace_cell

        return trace_cell(self.tracer, self.table, self.tables, row, column)

    @cached_property
    def traces(self) -> dict:
        """Where its numbers come from, as a page may tell it: those of its words, and those of its table."""
        from bscbdata import tracing

        return tracing.figure_told(self)

    def html(self) -> str:
        """The figure as it stands in a page: headline, chart in two widths, source, data."""
        parts = [
            f'<div class="figure-body" id="figure-{escape(self.key)}">'
            if self.chart
            else f'<div class="table-body" id="table-{escape(self.key)}">',
            f'<p class="figure-headline">{self.headline}</p>' if self.headline else "",
            f'<p class="figure-measure">{escape(self.measure)}</p>' if self.measure else "",
            self._charts() if self.chart else html_table(self.table, self.measure),
            self._meta(),
            self._data() if self.chart else "",
            _download(self.key, self.table),
            "</div>",
        ]
        return "\n".join(part for part in parts if part)

    @cached_property
    def svgs(self) -> dict[str, str]:
        """The drawing in two widths, wide and narrow; none for a table."""
        if self.chart is None:
            return {}
        drawn = {
            "wide": _resized(self.chart, WIDE),
            "narrow": _resized(self.narrow or style.for_phone(self.chart), NARROW),
        }
        told = marks_told(self.chart, self.data or self.table)
        ours = {"narrow"} if self.narrow is None else set()  # made here of a chart that has been checked
        return {
            name: _svg(
                _telling(chart, told, name not in ours), f"{self.key}-{name}", self._title(), self.alt_text
            )
            for name, chart in drawn.items()
        }

    def _charts(self) -> str:
        svgs = self.svgs
        # the narrow one is for phones: hidden until the page's style shows it, so that a notebook shows one chart
        return (
            f'<div class="chart chart-wide">{svgs["wide"]}</div>\n'
            f'<div class="chart chart-narrow" hidden>{svgs["narrow"]}</div>'
        )

    def _title(self) -> str:
        return unescape(re.sub(r"<[^>]+>", "", self.headline)) or self.measure

    def _meta(self) -> str:
        badge = (
            f'<span class="badge badge-{self.provenance}">{LABELS[self.provenance]}</span>'
            if self.provenance
            else ""
        )
        source = f'<span class="figure-source">Source: {escape(self.source)}</span>' if self.source else ""
        printed = f'<span class="figure-printed">{escape(self.printed)}</span>' if self.printed else ""
        note = f'<p class="figure-note">{self.note}</p>' if self.note else ""
        said = " ".join(part for part in (badge, source, printed) if part)
        meta = f'<p class="figure-meta">{said}</p>' if said else ""
        return note + self._defined() + meta

    def _defined(self) -> str:
        """What is counted; its first words stand out, so that a reader finds it."""
        lead, colon, rest = self.definition.partition(":")
        words = f"<strong>{escape(lead + colon)}</strong>{escape(rest)}" if rest else escape(lead)
        return f'<p class="figure-definition">{words}</p>' if words else ""

    def _data(self) -> str:
        return (
            '<details class="figure-data"><summary>Data for this figure</summary>'
            f"{html_table(self.table, self.measure)}</details>"
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None):
        data = {"text/html": self.html(), "text/plain": self.alt_text}
        data[MEDIA] = record(self, self.svgs.get("wide", ""))
        told = {"findings": as_told(self.findings), **self.told}
        told |= {"trace": self.traces} if self.tracer else {}
        extra: dict[str, object] = {"bscb": told}
        if self.chart is not None:
            data["image/png"] = base64.b64encode(drawing.png(self.svgs["wide"])).decode()
            extra["image/png"] = {"alt": self.alt_text, "width": WIDE}
        return data, extra


def _resized(chart: alt.TopLevelMixin, width: int) -> alt.TopLevelMixin:
    """The chart at another width; charts of several parts keep their own."""
    if isinstance(chart, alt.Chart | alt.LayerChart):
        return chart.properties(width=width, autosize=alt.AutoSizeParams(type="fit-x", contains="padding"))
    return chart


VALUES = {"bar", "point", "circle", "square", "rect"}  # marks that stand for one value each
PARTS, SEPARATOR = ("panel", "series", "category", "value"), "\u241f"


def marks_told(chart: alt.TopLevelMixin, table: Published) -> list[str]:
    """What each row of the data shows, as the table prints it: panel, series, category, value, in one text."""
    channels = encodings(chart)
    frame = chart_data(chart)
    axes = [channels[name] for name in ("x", "y") if name in channels and not channels[name].startswith("_")]
    values = [name for name in axes if pd.api.types.is_numeric_dtype(frame[name])]
    value = values[-1] if values else ""
    category = next((name for name in axes if name != value), "")
    panel = next((channels[name] for name in ("row", "column", "facet") if name in channels), "")
    series = next((channels[name] for name in ("color", "fill") if channels.get(name) in frame.columns), "")
    columns = [panel, "" if series == category else series, category, value]
    return [
        SEPARATOR.join(table.cell(name, row[name]) if name else "" for name in columns)
        for row in frame.to_dict("records")
    ]


def _telling(chart: alt.TopLevelMixin, told: list[str], check: bool = True) -> dict:
    """The chart as it is drawn, each of its marks with what it shows, for the pages' script to read."""
    drawn = chart.to_dict(validate=check)
    for rows in drawn["datasets"].values():
        for row, said in zip(rows, told, strict=True):
            panel, series, *_ = said.split(SEPARATOR)
            row["_told"], row["_series"] = said, SEPARATOR.join([panel, series, "", ""])
    for part in _units(drawn):
        kind = part["mark"]["type"] if isinstance(part["mark"], dict) else part["mark"]
        field = "_told" if kind in VALUES else "_series"
        part.setdefault("encoding", {})["description"] = {"field": field, "type": "nominal"}
    return drawn


def _units(spec: dict) -> list[dict]:
    """The parts of a chart that draw marks."""
    inner = [spec["spec"]] if "spec" in spec else []
    for name in ("layer", "hconcat", "vconcat", "concat"):
        inner += spec.get(name, [])
    return [unit for part in inner for unit in _units(part)] if inner else [spec]


def _svg(chart: dict, key: str, title: str, words: str) -> str:
    """The chart as one SVG with a name and a description, its own ids made unique, and nothing else to read aloud."""
    svg = drawing.svg(chart)
    svg = re.sub(rf'\saria-label="([^"]*{SEPARATOR}[^"]*)"', _as_data, svg)
    svg = re.sub(r'\s(?:aria-(?:label|roledescription|hidden)|role)="[^"]*"', "", svg)
    svg = re.sub(r'(id="|url\(#|href="#)((?:clip|gradient)[\w-]*)', rf"\g<1>{key}-\g<2>", svg)
    names = f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-words">{escape(words)}</desc>'
    head, rest = re.match(r"(<svg[^>]*>)(.*)", svg, flags=re.S).groups()
    head = head.replace("<svg", f'<svg role="img" aria-labelledby="{key}-title {key}-words"', 1)
    return head + names + rest


def _as_data(found: re.Match) -> str:
    """What a mark shows, as attributes of it; empty parts are left out."""
    pairs = zip(PARTS, found[1].split(SEPARATOR), strict=True)
    return "".join(f' data-{name}="{value}"' for name, value in pairs if value)


def html_table(table: Published, caption: str) -> str:
    """A table with caption, scopes and units, in a region that scrolls sideways on a phone and by keyboard."""
    columns = table.columns()
    number = [pd.api.types.is_numeric_dtype(table.frame[column]) for column in columns]
    heads = "".join(
        f'<th scope="col"{_kind(n, table.label(c))}>{escape(table.label(c))}</th>'
        for c, n in zip(columns, number, strict=True)
    )
    body = "".join(_html_row(row, number) for row in table.rows())
    name = escape(re.sub(r"<[^>]+>", "", caption))
    long = " table-long" if len(table.frame) > LONG else ""
    return (
        f'<div class="table-scroll{long}" role="region" tabindex="0" aria-label="Table: {name}"><table class="data-table" data-quarto-disable-processing="true">'
        f"<caption>{name}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>{_symbols(table)}"
    )


def _html_row(row: list[str], number: list[bool]) -> str:
    first, *rest = row
    cells = "".join(f"<td{_kind(n)}>{escape(cell)}</td>" for cell, n in zip(rest, number[1:], strict=True))
    return f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>'


def _kind(number: bool, label: str = "") -> str:
    """The class of a cell; a year above a column is never parted."""
    kinds = ["number"] * number + ["year"] * bool(re.fullmatch(r"\d{4}-\d\d", label))
    return f' class="{" ".join(kinds)}"' if kinds else ""


MEANINGS = {
    "[c]": "withheld so that no child can be recognised",
    "[x]": "not available",
    "[z]": "not applicable",
    "[low]": "rounds to nothing",
}


def _symbols(table: Published) -> str:
    """A line that explains the symbols used, only those."""
    cells = {cell for row in table.rows() for cell in row}
    said = "; ".join(f"{symbol} {meaning}" for symbol, meaning in MEANINGS.items() if symbol in cells)
    return f'<p class="table-symbols">{said}.</p>' if said else ""


def _download(key: str, table: Published) -> str:
    """The table to take away; pages with files of each figure beside them link to those instead."""
    link = f'<a download="{escape(key)}.csv" href="{_csv_link(table)}">CSV</a>'
    return f'<p class="figure-download"><span>Download</span> {link}</p>'


def _csv_link(table: Published) -> str:
    """The table as a CSV file inside the page: no text in it can act as a formula in a spreadsheet."""
    frame = table.frame[table.columns()]
    text = frame.map(_harmless).to_csv(index=False, lineterminator="\r\n")
    return "data:text/csv;charset=utf-8;base64," + base64.b64encode(text.encode("utf-8-sig")).decode()


def _harmless(cell: object) -> object:
    return "'" + cell if isinstance(cell, str) and cell[:1] in "=+-@" and cell[:1] else cell


# ---- what a chart says, in words -------------------------------------------------------------------------------


def chart_data(chart: alt.TopLevelMixin) -> pd.DataFrame:
    """The one table a chart is drawn from. FigureError when it has none, or its parts have others."""
    data = chart.data
    if not isinstance(data, pd.DataFrame):
        raise FigureError("Give the chart one table: alt.Chart(table), or alt.layer(…, data=table).")
    others = [part for part in _parts(chart) if isinstance(part.data, pd.DataFrame) and part.data is not data]
    if others:
        raise FigureError(
            "Every layer must be drawn from the same table, so that the table under the chart is the whole of it."
        )
    return data


def _parts(chart: alt.TopLevelMixin) -> list:
    parts = (
        [getattr(chart, "spec", None)] if isinstance(getattr(chart, "spec", None), alt.TopLevelMixin) else []
    )
    for name in ("layer", "hconcat", "vconcat", "concat"):
        found = getattr(chart, name, None)
        parts += list(found) if isinstance(found, list) else []
    return parts + [inner for part in parts for inner in _parts(part)]


def encodings(chart: alt.TopLevelMixin) -> dict[str, str]:
    """Which column each channel shows, from the chart and its parts."""
    found: dict[str, str] = {}
    for part in [chart, *_parts(chart)]:
        spec = part.to_dict(validate=False) if isinstance(part, alt.Chart | alt.FacetChart) else {}
        for channel, shown in {**spec.get("encoding", {}), **spec.get("facet", {})}.items():
            if isinstance(shown, dict) and "field" in shown:
                found.setdefault(channel, shown["field"])
    return found


def describe(table: Published, category: str, value: str, series: list[str], kind: str) -> str:
    """Alt text from the data: what, from where to where, first, last, highest and lowest, for each series."""
    frame = table.frame.reset_index(drop=True)
    shown = frame.dropna(subset=[value])
    groups = shown.groupby(_series(shown, series), sort=False) if series else [("", shown)]
    said = " ".join(_describe_one(name, part, table, category, value) for name, part in groups)
    withheld = int(frame[value].isna().sum())
    gaps = f" {withheld} value{'s are' if withheld != 1 else ' is'} not shown." if withheld else ""
    return f"{kind}. {said}{gaps}"


def _series(frame: pd.DataFrame, series: list[str]) -> pd.Series:
    """The name of each row's series: its panel and its line, in one."""
    return pd.Series(
        [", ".join(map(str, names)) for names in frame[series].itertuples(index=False)], index=frame.index
    )


def _describe_one(name: str, part: pd.DataFrame, table: Published, category: str, value: str) -> str:
    def at(row: pd.Series) -> str:
        return f"{table.cell(value, row[value])} ({table.cell(category, row[category])})"

    lead = f"{name}: " if name else ""
    if len(part) == 1:
        return f"{lead}{at(part.iloc[0])}."
    top, low = part.loc[part[value].idxmax()], part.loc[part[value].idxmin()]
    return f"{lead}first {at(part.iloc[0])}, last {at(part.iloc[-1])}, highest {at(top)}, lowest {at(low)}."


def wide(table: Published, category: str, value: str, series: list[str]) -> Published:
    """The table as people read it: a row per category, a column per series; as it is when that would lose a row."""
    frame = table.frame.reset_index(drop=True)
    withheld = "status" in frame and (frame["status"].astype("str") != "shown").any()
    if not series or withheld or value.startswith("_"):
        return table
    names = _series(frame, series)
    if pd.DataFrame({"category": frame[category], "names": names}).duplicated().any():
        return table
    order = list(dict.fromkeys(names))
    turned = frame.assign(names=names).pivot(index=category, columns="names", values=value)
    turned = turned.reindex(index=list(dict.fromkeys(frame[category])), columns=order).reset_index()
    turned.columns = [str(column) for column in turned.columns]
    labels = {category: table.label(category)} | {name: name for name in order}
    return Published(turned, labels, of(table.decimals, value, 0), of(table.unit, value, ""))
