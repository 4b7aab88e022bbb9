"""How charts look: the palette of the Government Analysis Function, readable type, no chart junk.

Non-neighbouring colours of the palette are alike in grey, so series are told apart by dash and point shape as well.
"""

import altair as alt
import pandas as pd

CATEGORICAL = ("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1")
DUO = ("#12436D", "#F46A25")
FOCUS, CONTEXT = "#12436D", "#BFBFBF"
INK, RULE = "#0b0c0c", "#D6D6D6"
FONT = "Arial, Helvetica, sans-serif"
DASHES = ([1, 0], [8, 3], [2, 2], [8, 3, 2, 3])
# Months are written whole in the data and the table; on an axis three letters do.
MONTH_LABELS = "test(/^[A-Z][a-z]+ [0-9]{4}$/, datum.label) ? slice(datum.label, 0, 3) : datum.label"
SHAPES = ("circle", "square", "triangle-up", "diamond")


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
            "padding": {"left": 5, "top": 5, "right": 34, "bottom": 5},
            "view": {"stroke": None, "continuousWidth": 640, "continuousHeight": 320, "discreteWidth": 640},
            "axis": {**text, "gridColor": RULE, "domainColor": RULE, "tickColor": RULE, "labelLimit": 260},
            "axisY": {
                "titleAngle": 0,
                "titleAlign": "left",
                "titleAnchor": "end",
                "titleY": -12,
                "domain": False,
                "ticks": False,
            },
            "axisX": {"grid": False, "labelAngle": 0, "labelOverlap": True},
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
            "header": {**text, "labelFontSize": 15},
            "line": {"strokeWidth": 3},
            "point": {"filled": True, "size": 70},
            "bar": {"color": CATEGORICAL[0]},
            "text": {"font": FONT, "fontSize": 14, "color": INK},
            "range": {"category": list(CATEGORICAL)},
        }
    }


def lines(
    frame: pd.DataFrame, x: str, y: str, series: str, y_title: str, order: list[str] | None = None
) -> alt.LayerChart:
    """Lines with points, told apart by colour, dash and shape; `order` is that of the legend (at most four series)."""
    names = order or list(dict.fromkeys(frame[series]))
    count = len(names)
    base = alt.Chart(frame).encode(
        x=alt.X(f"{x}:O", title=None, sort=None, axis=alt.Axis(labelExpr=MONTH_LABELS)),
        y=alt.Y(f"{y}:Q", title=y_title, scale=alt.Scale(zero=True)),
    )
    drawn = alt.Legend(symbolType="stroke", symbolSize=500)
    line = base.mark_line().encode(
        color=alt.Color(
            f"{series}:N", scale=alt.Scale(domain=names, range=list(CATEGORICAL[:count])), legend=drawn
        ),
        strokeDash=alt.StrokeDash(
            f"{series}:N", scale=alt.Scale(domain=names, range=list(DASHES[:count])), legend=drawn
        ),
    )
    points = base.mark_point(opacity=1, strokeWidth=0).encode(
        fill=alt.Fill(
            f"{series}:N", scale=alt.Scale(domain=names, range=list(CATEGORICAL[:count])), legend=None
        ),
        shape=alt.Shape(
            f"{series}:N", scale=alt.Scale(domain=names, range=list(SHAPES[:count])), legend=None
        ),
    )
    return alt.layer(line, points, data=frame).resolve_legend(fill="independent", shape="independent")


def bars(
    frame: pd.DataFrame, category: str, value: str, value_title: str, label_format: str = ",.0f"
) -> alt.LayerChart:
    """Horizontal bars with their value written at the end, longest first unless the category is ordered."""
    ordered = isinstance(frame[category].dtype, pd.CategoricalDtype) and frame[category].dtype.ordered
    ranked = frame if ordered else frame.sort_values(value, ascending=False, kind="stable")
    base = alt.Chart(frame).encode(
        y=alt.Y(f"{category}:N", title=None, sort=list(ranked[category]), axis=alt.Axis(labelLimit=230)),
        x=alt.X(f"{value}:Q", title=value_title, axis=alt.Axis(grid=True)),
    )
    labels = base.mark_text(align="left", dx=5).encode(text=alt.Text(f"{value}:Q", format=label_format))
    return alt.layer(base.mark_bar(), labels, data=frame).properties(height=alt.Step(34))


def for_phone(chart: alt.TopLevelMixin) -> alt.TopLevelMixin:
    """The chart as it fits a phone: legends in one column, names of bars above them, names of months turned."""
    if isinstance(chart, alt.LayerChart) and _bars_lie(chart):
        chart = _named_above(chart)
    elif isinstance(chart, alt.LayerChart | alt.Chart):
        chart = _labels_turned(chart)
    return chart.configure_legend(columns=1)


def _labels_turned(chart: alt.LayerChart | alt.Chart) -> alt.LayerChart | alt.Chart:
    """Upright bars with their many names turned, where they would run into each other."""
    chart = chart.copy(deep=True)
    for part in getattr(chart, "layer", None) or [chart]:
        axis = part.encoding.x["axis"] if isinstance(part.encoding.x, alt.X) else None
        if isinstance(axis, alt.Axis) and axis["labelOverlap"] is False and len(chart.data) > 6:
            axis["labelAngle"] = -90
    return chart


def _bars_lie(chart: alt.LayerChart) -> bool:
    y = chart.layer[0].to_dict(validate=False, context={"datasets": {}}).get("encoding", {}).get("y", {})
    return y.get("type") == "nominal"


def _named_above(chart: alt.LayerChart) -> alt.LayerChart:
    """Horizontal bars with each name on a line of its own above the bar, so that the bar has the whole width."""
    chart = chart.copy(deep=True)
    shown = chart.layer[0].encoding.y.to_dict(context={"datasets": {}})
    scale = alt.Scale(paddingInner=0.5, paddingOuter=0.4)
    for layer in chart.layer:
        layer.encoding.y.axis = None
        layer.encoding.y.scale = scale
    place = alt.Y(
        shown["field"], type="nominal", sort=shown.get("sort"), axis=None, scale=scale, bandPosition=0
    )
    names = (
        alt.Chart(chart.data)
        .mark_text(align="left", baseline="bottom", dy=-3)
        .encode(y=place, x=alt.value(0), text=f"{shown['field']}:N")
    )
    tall = 44 if "yOffset" not in chart.layer[0].encoding.to_dict(context={"datasets": {}}) else 26
    return alt.layer(*chart.layer, names, data=chart.data).properties(height=alt.Step(tall))


def columns(frame: pd.DataFrame, x: str, y: str, y_title: str, label_format: str = ",.0f") -> alt.LayerChart:
    """Upright bars in the order of the table, as for months, each with its value above it."""
    base = alt.Chart(frame).encode(
        x=alt.X(
            f"{x}:N",
            title=None,
            sort=None,
            axis=alt.Axis(labelAngle=0, labelOverlap=False, labelExpr=MONTH_LABELS),
        ),
        y=alt.Y(f"{y}:Q", title=y_title),
    )
    labels = base.mark_text(dy=-7, fontSize=12).encode(text=alt.Text(f"{y}:Q", format=label_format))
    return alt.layer(base.mark_bar(), labels, data=frame)


def stacked(
    frame: pd.DataFrame, x: str, y: str, series: str, y_title: str, order: list[str] | None = None
) -> alt.Chart:
    """Upright bars made of parts (at most four), with white gaps so that grey print keeps them apart."""
    names = order or list(dict.fromkeys(frame[series]))
    scale = alt.Scale(domain=names, range=list(CATEGORICAL[: len(names)]))
    return (
        alt.Chart(frame)
        .mark_bar(stroke="white", strokeWidth=1)
        .encode(
            x=alt.X(
                f"{x}:N",
                title=None,
                sort=None,
                axis=alt.Axis(labelAngle=0, labelOverlap=False, labelExpr=MONTH_LABELS),
            ),
            y=alt.Y(f"{y}:Q", title=y_title, stack="zero"),
            color=alt.Color(f"{series}:N", scale=scale, sort=names),
            order=alt.Order("place:Q"),
        )
        .transform_calculate(place=f"indexof({names!r}, datum['{series}'])")
    )


def pairs(
    frame: pd.DataFrame, category: str, value: str, series: str, value_title: str, label_format: str = ".1f"
) -> alt.LayerChart:
    """Horizontal bars in pairs, one of each series to a category, each with its value at the end."""
    names = list(dict.fromkeys(frame[series]))
    base = alt.Chart(frame).encode(
        y=alt.Y(f"{category}:N", title=None, sort=None),
        yOffset=alt.YOffset(f"{series}:N", sort=names),
        x=alt.X(f"{value}:Q", title=value_title, axis=alt.Axis(grid=True)),
    )
    bar = base.mark_bar().encode(
        color=alt.Color(f"{series}:N", sort=names, scale=alt.Scale(domain=names, range=list(DUO)))
    )
    labels = base.mark_text(align="left", dx=5, fontSize=12).encode(
        text=alt.Text(f"{value}:Q", format=label_format)
    )
    return alt.layer(bar, labels, data=frame).properties(height=alt.Step(22))


def panels(
    frame: pd.DataFrame,
    x: str,
    y: str,
    series: str,
    panel: str,
    y_title: str,
    order: list[str] | None = None,
    width: int = 560,
    shared: bool = False,
) -> alt.FacetChart:
    """One line chart above another, a panel each, with the same series in all of them."""
    drawn = lines(frame, x, y, series, y_title, order).properties(width=width, height=200)
    panels_ = drawn.facet(
        row=alt.Row(
            f"{panel}:N", title=None, sort=None, header=alt.Header(labelAnchor="start", labelOrient="top")
        )
    )
    return panels_.resolve_scale(y="shared" if shared else "independent")
