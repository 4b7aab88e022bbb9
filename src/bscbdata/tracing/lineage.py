"""The diagram of a chapter's sources: raw files on the left, tidy tables in the middle, what the chapter shows on the right."""

from collections.abc import Iterable, Mapping, Sequence

import altair as alt
import pandas as pd

from bscbdata.figures import style

FILE, TABLE, SHOWN = "file", "table", "shown"
NUMBERS = "Numbers in the text"
ROW, FONT = 25, 13
# where the text of each column begins, and where the lines between them begin and end, in units of the drawing's width
AT = {FILE: 0, TABLE: 226, SHOWN: 474}
LINES = ((184, 220), (398, 468))
WIDTH, LONGEST, IN_FILES = 680, 31, 27  # letters that fit before the lines begin


def chains(shown: Iterable[tuple[str, Sequence[str]]], files: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """A row for each link file, table, shown; columns that begin with `_` place it in the drawing.

    `shown` are pairs of a name and the tables it is made from; `files` the raw files of each table.
    """
    rows = [
        (file, table, name)
        for name, tables in shown
        for table in tables
        for file in files.get(table) or ["child-level returns"]
    ]
    frame = pd.DataFrame(rows, columns=[FILE, TABLE, SHOWN]).drop_duplicates(ignore_index=True)
    return _narrow_places(_wide_places(frame))


def _wide_places(frame: pd.DataFrame) -> pd.DataFrame:
    """Each column spread over the same height; files and tables in the order that crosses fewest lines."""
    orders = {SHOWN: list(dict.fromkeys(frame[SHOWN]))}
    orders[TABLE] = _beside(frame, TABLE, SHOWN, orders[SHOWN])
    orders[FILE] = _beside(frame, FILE, TABLE, orders[TABLE])
    height = max(map(len, orders.values()))
    placed = frame.copy()
    for column, names in orders.items():
        step = height / len(names)
        # a little off whole numbers, which would pass for counts of children
        at = {name: (n + 0.5) * step + 0.125 for n, name in enumerate(names)}
        placed[f"_{column}_y"] = placed[column].map(at)
    for (column, following), (start, end) in zip(((FILE, TABLE), (TABLE, SHOWN)), LINES, strict=True):
        placed[f"_{column}_to"], placed[f"_{following}_from"] = start + 0.5, end + 0.5
    # many lines lead to the numbers in the text: they are drawn faintly, so that the others can be followed
    placed["_strength"] = placed[SHOWN].map(lambda name: 0.2 if name == NUMBERS else 0.6)
    for column, start in AT.items():
        placed[f"_{column}_x"] = start + 0.5
        longest = IN_FILES if column == FILE else LONGEST
        placed[f"_{column}_said"] = [_short(name, longest) for name in placed[column]]
    return placed


def _beside(frame: pd.DataFrame, column: str, other: str, order: list[str]) -> list[str]:
    """The names of a column by the mean place of what they are joined to."""
    places = frame[other].map(order.index)
    return list(places.groupby(frame[column], sort=False).mean().sort_values(kind="stable").index)


def _narrow_places(frame: pd.DataFrame) -> pd.DataFrame:
    """For a phone one list: each table, under it what it comes from and what it goes to."""
    at: dict[tuple[str, ...], float] = {}
    line = 0.5
    for table, rows in frame.groupby(TABLE, sort=False):
        at[table,] = line
        for column in (FILE, SHOWN):
            for name in dict.fromkeys(rows[column]):
                line += 1
                at[table, column, name] = line
        line += 1.6
    placed = frame.assign(_narrow_table=[at[table,] for table in frame[TABLE]], _indent=14.5, _start=0.5)
    for column, words in ((FILE, "from"), (SHOWN, "to")):
        pairs = list(zip(frame[TABLE], frame[column], strict=True))
        placed[f"_narrow_{column}"] = [at[table, column, name] for table, name in pairs]
        placed[f"_narrow_{column}_said"] = [f"{words} {_short(name, 40)}" for name in frame[column]]
    return placed


def picture(frame: pd.DataFrame) -> tuple[alt.LayerChart, alt.LayerChart]:
    """The drawing in two widths, from what `chains` made: for a page, and for a phone."""
    height = max(frame[name].nunique() for name in (FILE, TABLE, SHOWN))
    lines = [
        _line("_file_to", "_table_from", "_file_y", "_table_y", height),
        _line("_table_to", "_shown_from", "_table_y", "_shown_y", height),
    ]
    words = [_words(f"_{c}_said", f"_{c}_x", f"_{c}_y", height, WIDTH, bold=c == TABLE) for c in AT]
    wide = alt.layer(*lines, *words, data=frame).properties(width=WIDTH, height=height * ROW)
    tall = max(frame["_narrow_file"].max(), frame["_narrow_shown"].max()) + 0.5
    listed = [
        _words(TABLE, "_start", "_narrow_table", tall, 330, bold=True),
        *(_words(f"_narrow_{c}_said", "_indent", f"_narrow_{c}", tall, 330) for c in (FILE, SHOWN)),
    ]
    narrow = alt.layer(*listed, data=frame).properties(width=330, height=tall * 22)
    return wide, narrow


def _line(start: str, end: str, y: str, y2: str, height: float) -> alt.Chart:
    return (
        alt.Chart()
        .transform_aggregate(strength="max(_strength)", groupby=[start, end, y, y2])
        .mark_rule(color=style.CATEGORICAL[0], strokeWidth=1.4)
        .encode(
            x=_across(start, WIDTH),
            x2=alt.X2(end),
            y=_down(y, height),
            y2=alt.Y2(y2),
            opacity=alt.Opacity("strength:Q", scale=None, legend=None),
        )
    )


def _words(text: str, x: str, y: str, height: float, width: float, bold: bool = False) -> alt.Chart:
    weight = "bold" if bold else "normal"
    return (
        alt.Chart()
        .transform_aggregate(groupby=[text, x, y])
        .mark_text(align="left", baseline="middle", fontSize=FONT, fontWeight=weight, color=style.INK)
        .encode(x=_across(x, width), y=_down(y, height), text=alt.Text(f"{text}:N"))
    )


def _across(column: str, width: float) -> alt.X:
    return alt.X(f"{column}:Q", axis=None, scale=alt.Scale(domain=[0, width], nice=False))


def _down(column: str, height: float) -> alt.Y:
    return alt.Y(f"{column}:Q", axis=None, scale=alt.Scale(domain=[height, 0], nice=False))


def _short(name: str, longest: int = LONGEST) -> str:
    """A name that fits its column: a file without its folders, a caption cut at a word."""
    text = name.rsplit("/", 1)[-1]
    if len(text) <= longest:
        return text
    return text[:longest].rsplit(" ", 1)[0] + "…"
