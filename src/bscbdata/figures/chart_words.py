"""What a chart says: the table it is drawn from, what stands on its axes, and the same in words and for each mark."""

import re

import altair as alt
import pandas as pd

from bscbdata.figures.published_table import Published, of

VALUES = {"bar", "point", "circle", "square", "rect"}  # marks that stand for one value each
FEW = 12  # bars that alt text names one by one
PERIOD = re.compile(
    r"\d{4}(-\d\d)?( Q[1-4])?|Q[1-4]|[A-Z][a-z]+ \d{4}|(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
)
PARTS, SEPARATOR = ("panel", "series", "category", "value"), "\u241f"


class FigureError(ValueError):
    """A chart that cannot be published as it is, and why."""


def chart_data(chart: alt.TopLevelMixin, narrow: alt.TopLevelMixin | None = None) -> pd.DataFrame:
    """The one table a chart is drawn from. FigureError when it has none, or its parts, or its narrow form, have others."""
    data = chart.data
    if not isinstance(data, pd.DataFrame):
        raise FigureError("Give the chart one table: alt.Chart(table), or alt.layer(…, data=table).")
    others = [part for part in _parts(chart) if isinstance(part.data, pd.DataFrame) and part.data is not data]
    if others:
        raise FigureError(
            "Every layer must be drawn from the same table, so that the table under the chart is the whole of it."
        )
    if narrow is not None and not _same_numbers(data, chart_data(narrow)):
        raise FigureError(
            "The narrow chart is drawn from other numbers than the wide one: draw both from one table."
        )
    return data


def _same_numbers(data: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether two charts show the same; where a drawing places its parts (`_x`) may differ."""
    columns = [name for name in data if not name.startswith("_")]
    if columns != [name for name in other if not name.startswith("_")] or len(data) != len(other):
        return False
    return data[columns].reset_index(drop=True).equals(other[columns].reset_index(drop=True))


def specifications(chart: alt.TopLevelMixin, narrow: alt.TopLevelMixin | None = None) -> list[dict]:
    """A chart, and its form for phones where it has one of its own, as they are checked and drawn: made once."""
    return [each.to_dict() for each in (chart, narrow) if each is not None]


def encodings(spec: dict) -> dict[str, str]:
    """Which column each channel shows, from a chart's specification and its parts."""
    found: dict[str, str] = {}
    for part in parts_of(spec):
        for channel, shown in {**part.get("encoding", {}), **part.get("facet", {})}.items():
            if isinstance(shown, dict) and "field" in shown:
                found.setdefault(channel, shown["field"])
    return found


def parts_of(spec: dict) -> list[dict]:
    """A chart's specification and those of its parts."""
    inner = [spec["spec"]] if "spec" in spec else []
    for name in ("layer", "hconcat", "vconcat", "concat"):
        inner += spec.get(name, [])
    return [spec, *(part for each in inner for part in parts_of(each))]


def _parts(chart: alt.TopLevelMixin) -> list:
    parts = (
        [getattr(chart, "spec", None)] if isinstance(getattr(chart, "spec", None), alt.TopLevelMixin) else []
    )
    for name in ("layer", "hconcat", "vconcat", "concat"):
        found = getattr(chart, name, None)
        parts += list(found) if isinstance(found, list) else []
    return parts + [inner for part in parts for inner in _parts(part)]


def roles(data: pd.DataFrame, spec: dict) -> tuple[str, str, list[str]]:
    """Which columns of the chart are the category, the value and the series."""
    channels = encodings(spec)
    axes = [channels[name] for name in ("x", "y", "theta") if name in channels]
    values = [name for name in axes if pd.api.types.is_numeric_dtype(data[name])]
    if not values:
        raise FigureError(
            "The chart shows no numeric column on an axis: give `alt_text` and use table_figure for its data."
        )
    value = values[-1]
    others = [name for name in axes if name != value]
    series = [channels[name] for name in ("row", "column", "facet", "color") if name in channels]
    category = others[0] if others else (series or [data.columns[0]])[-1]
    return category, value, [name for name in dict.fromkeys(series) if name != category]


def kind(chart: alt.TopLevelMixin) -> str:
    """What kind of chart it is, as alt text begins: line chart, bar chart, or merely chart."""
    marks = [part.mark for part in [chart, *_parts(chart)] if isinstance(part, alt.Chart)]
    names = {mark if isinstance(mark, str) else getattr(mark, "type", "") for mark in marks}
    return "Line chart" if "line" in names else "Bar chart" if "bar" in names else "Chart"


def indicators_of(chart: alt.TopLevelMixin) -> list[str]:
    """The indicators that the lines of a comparison show; none for any other chart."""
    named = getattr(chart, "usermeta", alt.Undefined)
    return named.get("indicators", []) if isinstance(named, dict) else []


def marks_told(spec: dict, frame: pd.DataFrame, table: Published) -> list[str]:
    """What each row of a chart's data shows, as the table prints it: panel, series, category, value, in one text."""
    channels = encodings(spec)
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


def describe(table: Published, category: str, value: str, series: list[str], kind: str) -> str:
    """Alt text from the data: the kind of chart, what each series shows, and how much is not shown."""
    frame = table.frame.reset_index(drop=True)
    shown = frame.dropna(subset=[value])
    if shown.empty:  # all of it withheld, or none of it there
        groups = []
    else:
        groups = shown.groupby(_series(shown, series), sort=False) if series else [("", shown)]
    withheld = "status" in frame and (frame["status"].astype("str") == "confidential").any()
    among = " shown" if withheld else ""  # what is withheld may be higher or lower
    said = " ".join(_describe_one(name, part, table, category, value, among) for name, part in groups)
    missing = _not_shown(wide(table, category, value, series), category, value)
    gaps = f" {missing} value{'s are' if missing != 1 else ' is'} not shown." if missing else ""
    return f"{kind}. {said}{gaps}".replace(".  ", ". ")


def _not_shown(seen: Published, category: str, value: str) -> int:
    """The cells without a number in the table as people read it: also of years that a line does not have at all."""
    columns = [value] if value in seen.frame else list(seen.frame)
    return int(seen.frame[columns].isna().sum().sum())


def _series(frame: pd.DataFrame, series: list[str]) -> pd.Series:
    """The name of each row's series: its panel and its line, in one."""
    return pd.Series(
        [", ".join(map(str, names)) for names in frame[series].itertuples(index=False)], index=frame.index
    )


def _describe_one(
    name: str, part: pd.DataFrame, table: Published, category: str, value: str, among: str
) -> str:
    """What one series shows, as it would be said: the way of a line over time, each of a few bars, the ends of many."""
    names = [table.cell(category, cell) for cell in part[category]]
    said = [table.cell(value, cell) for cell in part[value]]
    values = part[value].tolist()
    if all(map(PERIOD.fullmatch, names)):
        told = _over_time(names, said, values, among)
    elif len(names) <= FEW:
        told = "; ".join(f"{one} {amount}" for one, amount in zip(names, said, strict=True))
    else:
        top, low = values.index(max(values)), values.index(min(values))
        told = f"{len(names)} bars, highest{among} {said[top]} ({names[top]}), lowest{among} {said[low]} ({names[low]})"
    return f"{name}: {told}." if name else f"{told[0].upper()}{told[1:]}."


def _over_time(names: list[str], said: list[str], values: list[float], among: str) -> str:
    """From the first value to the last, with the highest and the lowest where these lie between.

    Values that print the same are one: a line does not end at 6.9% with its lowest, 6.9%, before that.
    """
    if len(said) == 1:
        return f"{said[0]} ({names[0]})"
    if len(set(said)) == 1:
        return f"{said[0]} from {names[0]} to {names[-1]}{' where shown' if among else ''}"
    places = {
        f"the highest{among}": values.index(max(values)),
        f"the lowest{among}": values.index(min(values)),
    }

    def end(place: int) -> str:
        extreme = next((word for word, at in places.items() if said[at] == said[place]), "")
        return f"{said[place]} ({', '.join(filter(None, [names[place], extreme]))})"

    between = [
        f"{word.removeprefix('the ')} {said[at]} ({names[at]})"
        for word, at in places.items()
        if said[at] not in (said[0], said[-1])
    ]
    return ", ".join([f"from {end(0)} to {end(-1)}", *between])


def wide(table: Published, category: str, value: str, series: list[str]) -> Published:
    """The table as people read it: a row per category (in each panel), a column per line; as it is when that would lose
    a row."""
    frame = table.frame.reset_index(drop=True)
    withheld = "status" in frame and (frame["status"].astype("str") != "shown").any()
    if not series or withheld or value.startswith("_"):
        return table
    *panels, line = series
    down = [*panels, category]
    if frame.duplicated([*down, line]).any():
        return table
    order = [list(dict.fromkeys(frame[name])) for name in down]
    lines = list(dict.fromkeys(frame[line]))
    rows = pd.MultiIndex.from_product(order) if panels else order[0]
    turned = frame.astype(dict.fromkeys(down, "object")).pivot(index=down, columns=line, values=value)
    turned = turned.reindex(index=rows, columns=lines).rename_axis(down).reset_index()
    turned.columns = [str(column) for column in turned.columns]
    labels = {name: table.label(name) for name in down} | {str(name): str(name) for name in lines}
    return Published(turned, labels, of(table.decimals, value, 0), of(table.unit, value, ""))
