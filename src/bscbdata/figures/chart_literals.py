"""What is written into a chart by hand: a number that no row of its table holds is refused, in its words and in its drawing.

A chart is drawn from its published table, which the gate has looked at. A title, a text mark, an expression or a place on
an axis can hold numbers too, which nothing looks at and nothing leads back. So every word of a specification is read, and
every number that is drawn, but for what is only look: sizes, colours, distances. Years, ages, bases of rates and the
like pass as they do in prose (`definitions/allowed_numbers.csv`), round ends and even steps of an axis as well.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from math import floor, log10

import pandas as pd

from bscbdata import numbers
from bscbdata.disclosure import DisclosureError
from bscbdata.disclosure.gate import IN_WORDS, check_order, in_order_of_size
from bscbdata.figures.chart_words import FigureError, parts_of
from bscbdata.figures.crosstab import is_number
from bscbdata.figures.published_table import Published
from bscbdata.figures.style import MONTH_LABELS
from bscbdata.prose import loose_counts, unbound_in

NOT_READ = {
    *("$schema", "datasets", "field", "groupby", "as", "name", "views", "param", "usermeta", "sort"),
    *("format", "formatType", "font", "shape", "symbolType", "filter", "test"),
}
LENGTHS = {"x", "y", "x2", "y2", "theta", "theta2", "radius", "radius2"}
PLACES = {*LENGTHS, "xOffset", "yOffset"}
LONG_MARKS = {"bar", "rect", "area", "line", "trail", "rule", "arc"}
READ = {"text", "tooltip", "description", "href", "url", "latitude", "longitude", "params", "transform"}
ON_AN_AXIS = {"domain", "domainMin", "domainMax", "domainMid", "values"}
EXPRESSIONS = {"expr", "labelExpr", "calculate", "signal"}
# what an expression may divide, part or take off by
PLAIN = {0.0, 1.0, 2.0, 100.0, 1000.0, 10_000.0, 100_000.0}
LISTED = (
    "The names of '{column}' are listed in order of '{count}', and the withheld ones among themselves: their places tell how "
    "large they are. List them from what report.protect(…) returns."
)
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}")
QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
# what only cuts a word, or asks of a value what it is, tells no number
HARMLESS = re.compile(
    r"\b(?:slice|substring|pad|truncate|split|replace|test)\([^()]*\)|[=<>!]=?=?\s*-?\d[\d.]*"
)
ADVICE = (
    "Put it into a column of the chart's table, and draw it from there: alt.Text('column'), alt.Y('column:Q'); "
    "or say it in the headline with a fact. A name or a definition goes into definitions/allowed_numbers.csv."
)


@dataclass(frozen=True)
class Literal:
    """One thing written into a specification: its value, the key it stands under and the keys that lead there."""

    value: object
    path: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.path[-1]

    @property
    def place(self) -> str:
        return ".".join(self.path)


def check_literals(specs: Iterable[dict], table: Published, definition: str = "") -> None:
    """Raise FigureError when a chart, wide or narrow, has data or a number of its own: one that neither its table nor its definition holds.

    Where the table withholds something, a number in the chart's words is not taken for one of the table's: it could be
    the withheld one.
    """
    check_heads(table)
    known = set(numbers.numerals(definition)) | (set() if _withholds(table) else _numerals(table))
    for spec in specs:
        _check_data(spec)
        _check_lengths(spec)
        if _withholds(table):
            _check_orders(spec, table.frame)
        _check_written(spec, known, _names(table))


def _check_written(spec: dict, known: Collection[str], cells: Collection[str]) -> None:
    for literal in _literals(spec, ()):
        if told := _told(literal, known, cells, spec):
            raise FigureError(f"The chart has a number of its own, {told}, in '{literal.place}'. {ADVICE}")


def check_heads(table: Published) -> None:
    """Raise FigureError when words that were given for the head of a column hold a number. Names of series may."""
    for column, label in table.labels.items():
        if label != column and (told := _in_words(label, (), ())):
            raise FigureError(
                f"The head of column '{column}' has a number of its own, {told}: {label}. Say it in the headline with a "
                "fact. A name or a definition goes into definitions/allowed_numbers.csv."
            )


def _check_data(spec: dict) -> None:
    """Raise FigureError when a part of a chart, or a lookup, has data of its own."""
    known = [{"name": name} for name in spec.get("datasets", {})]
    for path, data in _data(spec, ()):
        if len(known) != 1 or data not in known:
            raise FigureError(
                f"The chart has data of its own in '{'.'.join(path)}', which no table under it shows. Draw every part, "
                "and every lookup, from the one table: merge with pandas first."
            )


def _check_orders(spec: dict, frame: pd.DataFrame) -> None:
    """Raise DisclosureError when names are listed in order of size, withheld ones in their places among them."""
    numeric = [name for name in frame if is_number(frame[name]) and not name.startswith("_")]
    for column, names in _listed(spec):
        places = frame[column].astype("str").map({str(name): place for place, name in enumerate(names)})
        listed = frame.assign(_place=places).dropna(subset=["_place"]).sort_values("_place", kind="stable")
        for count in numeric:
            check_order(listed[[column, count]], count)
            by_size = in_order_of_size(listed[[column]], listed[count].dropna())
            hidden, in_table = _hidden(listed, column, count), _hidden(frame, column, count)
            if by_size and hidden not in (sorted(hidden), [name for name in in_table if name in hidden]):
                raise DisclosureError(LISTED.format(column=column, count=count))


def _hidden(frame: pd.DataFrame, column: str, count: str) -> list[str]:
    """The names of which a count is not there, in the order of the rows."""
    return list(dict.fromkeys(frame.loc[frame[count].isna(), column].astype("str")))


def _listed(node: object) -> Iterator[tuple[str, list]]:
    """The columns of which the names are listed in an order of their own, as `sort` or as the domain of a scale."""
    for key, value in _inside(node):
        if isinstance(value, dict) and "field" in value:
            scale = value.get("scale") or {}
            yield from (
                (value["field"], names)
                for names in (value.get("sort"), scale.get("domain"))
                if isinstance(names, list)
            )
        if key != "datasets":
            yield from _listed(value)


def _check_lengths(spec: dict) -> None:
    """Raise FigureError when a mark is as long as a number of pixels says: its length would be read as a number."""
    for part in parts_of(spec):
        mark = part.get("mark", "text")
        look = mark if isinstance(mark, dict) else {"type": mark}
        shown = {
            name: of.get("value") for name, of in part.get("encoding", {}).items() if isinstance(of, dict)
        }
        for channel in LENGTHS:
            length = shown.get(channel) or look.get(channel)
            if look["type"] in LONG_MARKS and isinstance(length, int | float):
                raise FigureError(f"A {look['type']} is drawn at pixel {length:g} of '{channel}'. {ADVICE}")


def _data(node: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    for key, value in _inside(node):
        if key == "data" and value is not None:
            yield (*path, key), value
        elif key not in ("datasets", "usermeta"):
            yield from _data(value, (*path, key))


def _inside(node: object) -> Iterator[tuple[str, object]]:
    if isinstance(node, dict):
        yield from node.items()
    elif isinstance(node, list):
        yield from ((str(place), each) for place, each in enumerate(node))


def _literals(node: object, path: tuple[str, ...]) -> Iterator[Literal]:
    """Everything that is written into a specification, but for what is never read."""
    for key, value in _inside(node):
        if key in NOT_READ or key == "data":
            continue
        here = path if key.isdigit() else (*path, key)  # a list says no more than what it is a list of
        if key in ON_AN_AXIS and isinstance(value, list):
            yield Literal(value, here)
        elif key == "range":
            yield from [Literal(value, here)] if isinstance(value, list) else []
        elif isinstance(value, dict | list):
            yield from _literals(value, here)
        elif value is not None and not isinstance(value, bool):
            yield Literal(value, here)


# ---- what a literal tells ------------------------------------------------------------------------------------------


def _told(literal: Literal, known: Collection[str], cells: Collection[str], spec: dict) -> str:
    """The number that a literal tells of its own; empty where it tells none."""
    value = literal.value
    if isinstance(value, list):
        return _told_by_list(literal, known, cells, spec)
    if isinstance(value, str):
        in_code = literal.key in EXPRESSIONS
        return _in_code(value, known, cells) if in_code else _in_words(value, known, cells)
    if not _is_drawn(literal) or _is_known(value, known) or _is_round_end(literal, spec):
        return ""
    return f"{value:g}"


def _is_drawn(literal: Literal) -> bool:
    """Whether a number is read off the chart, and is no look of it."""
    if literal.key == "value":
        return bool(set(literal.path) & READ)
    return literal.key in {"datum", "text", *ON_AN_AXIS}


def _told_by_list(literal: Literal, known: Collection[str], cells: Collection[str], spec: dict) -> str:
    """A number among the ends, steps or names of an axis; or among the places of a scale, one for each name."""
    drawn = [each for each in literal.value if isinstance(each, int | float) and not isinstance(each, bool)]
    told = [_in_words(each, known, cells) for each in literal.value if isinstance(each, str)]
    if literal.key == "range":
        own = set(literal.path) & PLACES and len(drawn) > 2
        return f"{drawn[0]:g}" if own else ""
    if _is_even(drawn) or _only_places(literal, spec):
        drawn = []
    told += [f"{each:g}" for each in drawn if not _is_known(each, known) and not _is_round(each)]
    return next(filter(None, told), "")


def _in_words(text: str, known: Collection[str], cells: Collection[str]) -> str:
    """The first number of a text, in digits or words, that is neither excused nor known."""
    if text in cells or COLOUR.fullmatch(text):
        return ""
    spelt = [text] if text.strip().casefold() in IN_WORDS else loose_counts(text)
    lowered = text[:1].lower() + text[1:]  # "Per 10,000" begins a title, and is excused as "per 10,000"
    loose = set(unbound_in(lowered, known)) and unbound_in(text, known)
    return next(iter([*loose, *spelt]), "")


def _in_code(code: str, known: Collection[str], cells: Collection[str]) -> str:
    """The first number that an expression gives, in its words or alone."""
    if code == MONTH_LABELS:
        return ""
    bare = HARMLESS.sub(" ", re.sub(r"datum\[[^\]]*\]", " ", code))
    quoted = [first or second for first, second in QUOTED.findall(bare)]
    told = [_in_words(each, known, cells) for each in quoted]
    alone = re.findall(r"(?<![\w.])\d[\d.]*", QUOTED.sub(" ", bare))
    told += [each for each in alone if not _is_known(float(each), known) and float(each) not in PLAIN]
    return next(filter(None, told), "")


def _is_known(value: float, known: Collection[str]) -> bool:
    """Whether a number is nothing, the whole of a share, a year, or one that the table or the definition holds."""
    if value in (0, 100) or 1900 <= value <= 2100:
        return True
    return bool({f"{value:,.{places}f}" for places in range(4)} & set(known))


def _is_round_end(literal: Literal, spec: dict) -> bool:
    is_end = literal.key in ON_AN_AXIS
    return is_end and (_is_round(literal.value) or _only_places(literal, spec))


def _is_round(value: float) -> bool:
    """Whether a number is a round end of an axis, as 1.5, 25 or 340 are, and 37 is not."""
    if not value:
        return True
    lead = abs(value) / 10 ** floor(log10(abs(value))) * (10 if abs(value) >= 100 else 2)
    return abs(lead - round(lead)) < 1e-9


def _is_even(drawn: list[float]) -> bool:
    """Whether numbers are the even steps of an axis."""
    steps = {round(later - earlier, 9) for earlier, later in zip(drawn, drawn[1:], strict=False)}
    return len(drawn) > 2 and len(steps) == 1


def _only_places(literal: Literal, spec: dict) -> bool:
    """Whether an axis shows a column that only places a drawing (`_x`), and has no numbers that are read."""
    if literal.path[-2:-1] != ("scale",):
        return False
    return all(str(name).startswith("_") for name in _fields(spec, literal.path[-3]))


def _fields(node: object, channel: str) -> Iterator[str]:
    """The columns that a channel shows in any part of a specification."""
    for key, value in _inside(node):
        if key == channel and isinstance(value, dict) and "field" in value:
            yield value["field"]
        elif key != "datasets":
            yield from _fields(value, channel)


# ---- what the table tells --------------------------------------------------------------------------------------------


def _withholds(table: Published) -> bool:
    return "status" in table.frame and bool(table.frame["status"].astype("str").eq("confidential").any())


def _names(table: Published) -> set[str]:
    """The words of a table: its cells that are no numbers, and the heads of its columns."""
    worded = [name for name in table.frame if not is_number(table.frame[name])]
    cells = {table.cell(name, value) for name in worded for value in table.frame[name].dropna()}
    return cells | {table.label(name) for name in table.columns()}


def _numerals(table: Published) -> set[str]:
    """Every number of a table as it prints, and as it is."""
    printed = {each for row in table.rows() for cell in row for each in numbers.numerals(cell)}
    numeric = [name for name in table.frame if is_number(table.frame[name])]
    exact = {
        f"{abs(value):,.{places}f}"
        for name in numeric
        if name in table.columns()
        for value in table.frame[name].dropna().astype("float64")
        for places in range(4)
        if abs(value - round(value, places)) < 1e-9
    }
    return printed | exact
