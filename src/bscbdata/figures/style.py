"""How charts look: the palette of the Government Analysis Function, readable type, no chart junk.

Non-neighbouring colours of the palette are alike in grey, so series are told apart by dash and point shape as well.
"""

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from math import ceil

import altair as alt
import pandas as pd

from bscbdata.cleaning import SYMBOLS
from bscbdata.figures.chart_words import parts_of
from bscbdata.figures.drawing import FONT, INK

CATEGORICAL = ("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1")
# Parts of one bar: each is apart from every other in grey print too (tests/test_design.py measures it).
STACKED = ("#12436D", "#28A197", "#AD3F7C", "#0B1F33")
DUO = ("#12436D", "#F46A25")
# the guidance's #BFBFBF is 1.8:1 on white: too faint for a bar that is read
FOCUS, CONTEXT = "#12436D", "#7F8B94"
RULE = "#D6D6D6"
DASHES = ([1, 0], [8, 3], [2, 2], [8, 3, 2, 3])
# Months and quarters are written whole in the data and the table; on an axis three letters do, and a quarter has its
# year below it where the year begins.
MONTH_LABELS = (
    "test(/^[A-Z][a-z]+ [0-9]{4}$/, datum.label) ? slice(datum.label, 0, 3)"
    " : test(/^[0-9]{4}-[0-9]{2} Q[1-4]$/, datum.label)"
    " ? (datum.index == 0 || slice(datum.label, -1) == '1' ? [slice(datum.label, -2), slice(datum.label, 0, 7)]"
    " : slice(datum.label, -2)) : datum.label"
)
MONTH = re.compile(r"[A-Z][a-z]+ \d{4}")
YEAR = re.compile(r"\d{4}-\d\d")
YEAR_WIDTH = 62  # pixels of a year under an axis, with what parts it from the next
SHAPES = ("circle", "square", "triangle-up", "diamond")
# an upright axis: its title above it, its names a little apart from the bars
UPRIGHT = {
    "titleAngle": 0,
    "titleAlign": "left",
    "titleAnchor": "end",
    "titleY": -12,
    "domain": False,
    "ticks": False,
    "labelPadding": 6,
}
# right: names and values that stand beyond the last mark
PADDING = {"left": 5, "top": 5, "right": 34, "bottom": 5}
alt.renderers.enable("svg")  # drawn here: a notebook that shows a chart asks nothing of the network


@alt.theme.register("bscb", enable=True)
def theme() -> alt.theme.ThemeConfig:
    """The look of every chart of the report."""
    text = {
        "labelFont": FONT,
        "titleFont": FONT,
        "labelFontSize": 14,
        "titleFontSize": 14,
        "labelColor": INK,
        "titleColor": INK,
        "titleFontWeight": "normal",
    }
    return {
        "config": {
            "font": FONT,
            "background": "white",
            "padding": PADDING,
            "view": {"stroke": None, "continuousWidth": 640, "continuousHeight": 320, "discreteWidth": 640},
            "axis": {**text, "gridColor": RULE, "domainColor": RULE, "tickColor": RULE, "labelLimit": 260},
            "axisY": UPRIGHT,
            "axisX": {"grid": False, "labelAngle": 0, "labelOverlap": True, "labelSeparation": 8},
            "legend": {
                **text,
                "orient": "top",
                "offset": 34,
                "title": None,
                "symbolStrokeWidth": 0,
                "symbolSize": 120,
                "columns": 2,
                "labelLimit": 320,
            },
            "header": {**text, "labelFontSize": 15, "labelFontWeight": "bold"},
            "line": {"strokeWidth": 3},
            "point": {"filled": True, "size": 70},
            "bar": {"color": CATEGORICAL[0]},
            "text": {"font": FONT, "fontSize": 14, "color": INK},
            "range": {"category": list(CATEGORICAL)},
        }
    }


def lines(
    frame: pd.DataFrame,
    x: str,
    y: str,
    series: str,
    y_title: str,
    order: list[str] | None = None,
    panel: str = "",
    width: int = 640,
    height: int = 320,
    breaks: Mapping[str, bool] | None = None,
) -> alt.LayerChart:
    """Lines with points, each named at its end, told apart by colour, dash and shape (at most four series).

    `order` is that of the series; in a chart of several panels, `panel` is the column that parts them. `breaks` are the
    places on the axis at which a rule says that the definition changed: a thin one (true) where the series was counted
    anew over it, so that both sides may be compared.
    """
    names = order or list(dict.fromkeys(frame[series]))
    room = _room(names) if width >= LABELLED_FROM else 0
    base = alt.Chart(frame).encode(
        x=alt.X(
            f"{x}:O",
            title=None,
            sort=None,
            scale=_leaving(room, width if panel else None),
            axis=alt.Axis(labelExpr=MONTH_LABELS, **_years_told(frame[x], width - room, breaks or ())),
        ),
        y=alt.Y(
            f"{y}:Q", title=y_title, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=max(3, height // 50))
        ),
    )
    drawn = _line_legend() if not room else None
    line, points = _lines_and_points(base, series, names, drawn)
    named = _ends(base, frame, (x, y, series, panel), names, height) if room else []
    rules = [_break(base, x, place, thin) for place, thin in (breaks or {}).items()]
    return alt.layer(line, points, *rules, *named, data=frame).resolve_legend(
        fill="independent", shape="independent"
    )


def _years_told(names: Iterable[object], width: float, ruled: Iterable[str] = ()) -> dict[str, list[str]]:
    """Which years stand under an axis where not all have room: the last, which is read first, those with a rule, and
    back from the last what has room between them."""
    years = list(dict.fromkeys(map(str, names)))
    step = ceil(len(years) * YEAR_WIDTH / width)
    if step < 2 or not all(map(YEAR.fullmatch, years)):
        return {}
    told: list[int] = []
    for place in [len(years) - 1, *(years.index(each) for each in ruled), *range(len(years) - 1, -1, -1)]:
        if all(abs(place - other) >= step for other in told):
            told.append(place)
    return {"values": [years[place] for place in sorted(told)]}


def _lines_and_points(
    base: alt.Chart, series: str, names: list[str], drawn: alt.Legend | None
) -> tuple[alt.Chart, alt.Chart]:
    """The lines of a chart and their points, each series with a colour, a dash and a shape of its own."""
    count = len(names)
    colour = alt.Scale(domain=names, range=list(CATEGORICAL[:count]))
    dash = alt.Scale(domain=names, range=list(DASHES[:count]))
    shape = alt.Scale(domain=names, range=list(SHAPES[:count]))
    line = base.mark_line().encode(
        color=alt.Color(f"{series}:N", scale=colour, legend=drawn),
        strokeDash=alt.StrokeDash(f"{series}:N", scale=dash, legend=drawn),
    )
    points = base.mark_point(opacity=1, strokeWidth=0).encode(
        fill=alt.Fill(f"{series}:N", scale=colour, legend=None),
        shape=alt.Shape(f"{series}:N", scale=shape, legend=None),
    )
    return line, points


def _break(base: alt.Chart, x: str, place: str, thin: bool) -> alt.Chart:
    """A rule across the chart at one place of its axis."""
    rule = base.transform_filter(alt.FieldEqualPredicate(field=x, equal=place)).transform_aggregate(
        groupby=[x]
    )
    kind = {"strokeDash": [1, 3], "strokeWidth": 1} if thin else {"strokeDash": [2, 3], "strokeWidth": 1.5}
    return rule.mark_rule(color=INK, **kind).encode(y=alt.value(0), y2=alt.value("height"))


TICKS = 5  # of an axis of values, about
# the axis of bars that say their values is its name alone, above them on the left as in every chart
TOLD = {"labels": False, "ticks": False, "grid": False}
TOLD_ABOVE = {**TOLD, "domain": False, "orient": "top", "titleAnchor": "start", "titlePadding": 8}
MANY_BARS = 12  # more of them stand closer, so that they fit a page
PANEL_HEIGHT = 140  # of two panels, one above another, with their words: half a page of paper
LABELLED_FROM = 480  # a narrower chart has a legend: names beside its lines would take half of it
LABEL_HEIGHT, LABEL_GAP = 18, 14
# how wide a phone's chart is between its axes, how wide a letter is for its size, and the smallest size to be read
PHONE_PLOT, LETTER, SMALLEST = 255, 0.55, 10


def _line_legend() -> alt.Legend:
    return alt.Legend(symbolType="stroke", symbolSize=500)


def _room(names: list[str]) -> int:
    """How wide the longest name is, with the mark before it; a part of it stands in the padding of the chart."""
    return round(max(map(len, names)) * 6.8) + 2 * LABEL_GAP - 22


def _leaving(room: int, width: int | None) -> alt.Scale:
    """The scale of the lines, with room for their names on its right; `width` where the chart has one of its own."""
    if not room:
        return alt.Scale()
    return alt.Scale(range=[0, width - room if width else {"expr": f"width - {room}"}])


def _ends(
    base: alt.Chart, frame: pd.DataFrame, columns: tuple[str, str, str, str], names: list[str], height: int
) -> list[alt.Chart]:
    """The name of each line beside its last point, in each panel, moved apart where they would lie on each other.

    Where one had to move, all of a panel have the mark of their line before them, so that they begin at one place.
    """
    x, y, series, panel = columns
    shown = frame.dropna(subset=[y])
    layers = []
    for _, part in shown.groupby(panel, sort=False) if panel else [("", shown)]:
        last = {name: rows.iloc[-1] for name, rows in part.groupby(series, sort=False)}
        places = _apart({name: float(row[y]) for name, row in last.items()}, float(part[y].max()), height)
        marked = any(abs(down) > 3 for down in places.values())
        for name, row in last.items():
            only = {x: row[x], series: name} | ({panel: row[panel]} if panel else {})
            layers += _end(base, name, only, places[name], names.index(name), len(layers), marked)
    return layers


def _apart(values: dict[str, float], top: float, height: int) -> dict[str, float]:
    """How far each name moves from its point, in pixels downward, so that no two are nearer than a line of text."""
    at = {name: height * (1 - value / top) if top else height for name, value in values.items()}
    order = sorted(at, key=at.get)
    placed: list[float] = []
    for name in order:
        placed.append(max(at[name], placed[-1] + LABEL_HEIGHT) if placed else at[name])
    over = max(0.0, placed[-1] - height) if placed else 0.0
    for place in range(len(placed) - 1, -1, -1):
        limit = placed[place + 1] - LABEL_HEIGHT if place + 1 < len(placed) else height
        placed[place] = min(placed[place], limit) if over else placed[place]
    return {name: place - at[name] for name, place in zip(order, placed, strict=True)}


def _end(
    base: alt.Chart, name: str, only: dict[str, object], down: float, place: int, number: int, marked: bool
) -> list[alt.Chart]:
    """A name and, where it is `marked`, the mark of its line before it."""
    test = " && ".join(f"datum[{column!r}] === {value!r}" for column, value in only.items())
    there = base.transform_filter(test)
    mark = there.mark_point(
        shape=SHAPES[place],
        fill=CATEGORICAL[place],
        opacity=1,
        strokeWidth=0,
        xOffset=LABEL_GAP + 4,
        yOffset=down,
    )
    start = 2 * LABEL_GAP if marked else LABEL_GAP - 3
    text = there.mark_text(text=name, align="left", baseline="middle", dx=start, dy=down)
    named = [mark.properties(name=f"end-mark-{number}")] if marked else []
    return [*named, text.properties(name=f"end-{number}")]


def bars(
    frame: pd.DataFrame,
    category: str,
    value: str,
    value_title: str,
    label_format: str = ",.0f",
    focus: str = "",
) -> alt.LayerChart:
    """Horizontal bars with their value at the end, longest first unless the category is ordered; `focus` stands out."""
    ordered = isinstance(frame[category].dtype, pd.CategoricalDtype) and frame[category].dtype.ordered
    ranked = frame if ordered else frame.sort_values(value, ascending=False, kind="stable")
    base = alt.Chart(frame).encode(
        y=alt.Y(f"{category}:N", title=None, sort=list(ranked[category]), axis=alt.Axis(labelLimit=230)),
        x=alt.X(f"{value}:Q", title=value_title, axis=alt.Axis(**TOLD_ABOVE)),
    )
    labels = base.mark_text(align="left", dx=5).encode(text=alt.Text(f"{value}:Q", format=label_format))
    drawn = base.mark_bar()
    if focus:
        is_focus = alt.datum[category] == focus
        drawn = drawn.encode(color=alt.condition(is_focus, alt.value(FOCUS), alt.value(CONTEXT)))
    withheld = [mark.encode(x=alt.value(0)) for mark in _withheld(base, frame, value, align="left", dx=5)]
    return alt.layer(drawn, labels, *withheld, data=frame).properties(height=alt.Step(28))


def _order(frame: pd.DataFrame, category: str, value: str) -> list | None:
    """The order of the table; written out where it lacks a number, whose bar would else come after all that are drawn."""
    return frame[category].drop_duplicates().tolist() if frame[value].isna().any() else None


_IS_WITHHELD = "datum.status === 'confidential'"


def _withheld(base: alt.Chart, frame: pd.DataFrame, value: str, **place: object) -> list[alt.Chart]:
    """The symbol that stands where a withheld number would; none in a table that withholds nothing."""
    if (
        "status" not in frame
        or not (frame["status"].astype("str").eq("confidential") & frame[value].isna()).any()
    ):
        return []
    missing = base.transform_filter(f"{_IS_WITHHELD} && !isValid(datum[{value!r}])")
    return [missing.mark_text(text=SYMBOLS["confidential"], color=INK, **place)]


def for_phone(spec: dict) -> dict:
    """A chart's specification as it fits a phone: legends in one column, names of bars above them or smaller."""
    chart = deepcopy({name: part for name, part in spec.items() if name != "datasets"})
    if "layer" in chart and chart["layer"][0]["encoding"].get("y", {}).get("type") == "nominal":
        _name_above(chart)
    elif "layer" in chart or "mark" in chart:
        rows = [row for rows in spec.get("datasets", {}).values() for row in rows]
        _give_legend(chart, rows)
        _fit_names(chart, rows)
    config = chart.setdefault("config", {})
    config.setdefault("legend", {})["columns"] = 1
    if any(
        part["mark"]["type"] == "line" for part in parts_of(chart) if "mark" in part
    ):  # no name stands right of them
        config["padding"] = {**PADDING, "right": 12}
    return {**chart, "datasets": spec.get("datasets", {})}


def _give_legend(chart: dict, rows: list[dict]) -> None:
    """Lines with a legend above them instead of names at their ends, and with as many years below as a phone has room for."""
    layers = chart.get("layer", [])
    kept = [part for part in layers if not part.get("name", "").startswith("end-")]
    if len(kept) == len(layers):
        return
    ruled = [part["transform"][0]["filter"]["equal"] for part in kept if part["mark"]["type"] == "rule"]
    for part in kept:
        shown = part["encoding"]["x"]
        shown.pop("scale", None)
        shown["axis"] |= _years_told((row[shown["field"]] for row in rows), PHONE_PLOT, ruled)
    for channel in ("color", "strokeDash"):
        kept[0]["encoding"][channel]["legend"] = _line_legend().to_dict()
    chart["layer"] = kept


def _fit_names(chart: dict, rows: list[dict]) -> None:
    """The names under upright bars broken at their spaces and as large as their place; turned where none is legible."""
    for part in chart.get("layer", [chart]):
        shown = part["encoding"].get("x", {})
        axis = shown.get("axis") or {}
        if axis.get("labelOverlap") is not False:
            continue
        names = {str(row[shown["field"]]) for row in rows}
        longest = max(3 if MONTH.fullmatch(name) else max(map(len, name.split())) for name in names)
        size = int(PHONE_PLOT / len(names) / longest / LETTER)
        axis["labelExpr"] = MONTH_LABELS.removesuffix("datum.label") + "split(datum.label, ' ')"
        axis |= {"labelFontSize": min(size, 14)} if size >= SMALLEST else {"labelAngle": -90}


def _name_above(chart: dict) -> None:
    """Horizontal bars with each name on a line of its own above the bar, so that the bar has the whole width."""
    first = chart["layer"][0]["encoding"]
    shown, scale = dict(first["y"]), {"paddingInner": 0.5, "paddingOuter": 0.4}
    for part in chart["layer"]:
        part["encoding"]["y"] |= {"axis": None, "scale": scale}
    place = {
        "field": shown["field"],
        "type": "nominal",
        "sort": shown.get("sort"),
        "axis": None,
        "scale": scale,
    }
    name = {"field": shown["field"], "type": "nominal"}
    once = [{"aggregate": [], "groupby": [shown["field"]]}]  # two bars have one name
    mark = {"type": "text", "align": "left", "baseline": "bottom", "dy": -3}
    chart["layer"].append(
        {
            "transform": once,
            "mark": mark,
            "encoding": {"y": {**place, "bandPosition": 0}, "x": {"value": 0}, "text": name},
        }
    )
    chart["height"] = {"step": 20 if "yOffset" in first else 44}


def columns(frame: pd.DataFrame, x: str, y: str, y_title: str, label_format: str = ",.0f") -> alt.LayerChart:
    """Upright bars in the order of the table, as for months, each with its value above it."""
    base = alt.Chart(frame).encode(
        x=alt.X(
            f"{x}:N",
            title=None,
            sort=_order(frame, x, y),
            axis=alt.Axis(labelAngle=0, labelOverlap=False, labelExpr=MONTH_LABELS),
        ),
        y=alt.Y(f"{y}:Q", title=y_title, axis=alt.Axis(**TOLD)),
    )
    labels = base.mark_text(dy=-7, fontSize=12).encode(text=alt.Text(f"{y}:Q", format=label_format))
    withheld = [mark.encode(y=alt.value("height")) for mark in _withheld(base, frame, y, dy=-7)]
    return alt.layer(base.mark_bar(), labels, *withheld, data=frame)


def stacked(
    frame: pd.DataFrame, x: str, y: str, series: str, y_title: str, order: list[str] | None = None
) -> alt.Chart | alt.LayerChart:
    """Upright bars made of parts (at most four), with white gaps so that grey print keeps them apart."""
    names = order or list(dict.fromkeys(frame[series]))
    scale = alt.Scale(domain=names, range=list(STACKED[: len(names)]))
    axis = alt.Axis(labelAngle=0, labelOverlap=False, labelExpr=MONTH_LABELS)
    base = alt.Chart(frame).encode(x=alt.X(f"{x}:N", title=None, sort=_order(frame, x, y), axis=axis))
    parts = (
        base.mark_bar(stroke="white", strokeWidth=1)
        .encode(
            y=alt.Y(f"{y}:Q", title=y_title, stack="zero", axis=alt.Axis(tickCount=TICKS)),
            color=alt.Color(f"{series}:N", scale=scale, sort=names),
            order=alt.Order("place:Q"),
        )
        .transform_calculate(place=f"indexof({names!r}, datum['{series}'])")
    )
    if not _withheld(base, frame, y):
        return parts
    # one symbol on top of each bar that lacks a part
    above = (
        base.transform_calculate(
            lacks=f"{_IS_WITHHELD} && !isValid(datum[{y!r}]) ? 1 : 0", tall=f"datum[{y!r}] || 0"
        )
        .transform_aggregate(shown="sum(tall)", lacking="sum(lacks)", groupby=[x])
        .transform_filter("datum.lacking > 0")
        .mark_text(text=SYMBOLS["confidential"], color=INK, dy=-7)
        .encode(y=alt.Y("shown:Q", title=y_title))
    )
    return alt.layer(parts, above, data=frame)


def pairs(
    frame: pd.DataFrame, category: str, value: str, series: str, value_title: str, label_format: str = ".1f"
) -> alt.LayerChart:
    """Horizontal bars in pairs, one of each series to a category, each with its value at the end."""
    names = list(dict.fromkeys(frame[series]))
    base = alt.Chart(frame).encode(
        y=alt.Y(f"{category}:N", title=None, sort=_order(frame, category, value)),
        yOffset=alt.YOffset(f"{series}:N", sort=names),
        x=alt.X(f"{value}:Q", title=value_title, axis=alt.Axis(**TOLD_ABOVE)),
    )
    bar = base.mark_bar().encode(
        color=alt.Color(f"{series}:N", sort=names, scale=alt.Scale(domain=names, range=list(DUO)))
    )
    labels = base.mark_text(align="left", dx=5, fontSize=12).encode(
        text=alt.Text(f"{value}:Q", format=label_format)
    )
    step = 22 if len(frame) <= MANY_BARS else 18
    return alt.layer(bar, labels, data=frame).properties(height=alt.Step(step))


def panels(
    frame: pd.DataFrame,
    x: str,
    y: str,
    series: str,
    panel: str,
    y_title: str,
    order: list[str] | None = None,
    width: int = 620,
    breaks: Mapping[str, bool] | None = None,
) -> alt.FacetChart:
    """One line chart above another, a panel each, with the same series in all of them and `breaks` as in `lines`.

    The name of a panel and `y_title`, what its axis counts, stand in one line above it.
    """
    drawn = lines(frame, x, y, series, "", order, panel, width, PANEL_HEIGHT, breaks)
    drawn = drawn.properties(width=width, height=PANEL_HEIGHT)
    named = f"datum.value + {f': {y_title[0].lower()}{y_title[1:]}'!r}"
    header = alt.Header(labelAnchor="start", labelOrient="top", labelExpr=named)
    row = alt.Row(f"{panel}:N", title=None, sort=None, header=header)
    return drawn.facet(row=row, spacing=12).resolve_scale(y="independent")


def __dir__() -> list[str]:
    """What Tab offers after `bscb.style.`: the charts, and not what they are made with."""
    return ["bars", "columns", "lines", "pairs", "panels", "stacked"]
