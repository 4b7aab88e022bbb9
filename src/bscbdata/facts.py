"""Facts: named numbers, each defined once in `definitions/facts*.csv`, each with the rows it came from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from html import escape
from math import ceil, floor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bscbdata import disclosure, gaps, numbers
from bscbdata.gaps import NOT_AVAILABLE, Gap, NoData
from bscbdata.lists import near, read_list
from bscbdata.period import ReportYear
from bscbdata.places import Edition
from bscbdata.provenance import combined, join_rows
from bscbdata.sources import load_source, source_names
from bscbdata.statutory import FORMATS
from bscbdata.tables import once, rows_with

DEFINITIONS = Path(__file__).parent / "definitions"
_INDICATOR = re.compile(r"(?:^|;)\s*indicator\s*=\s*([^;]+)")
_OF_YEAR, _OF_AREA = re.compile(r"\{\w*year\}"), re.compile(r"\{area\}")
AT_MOST = "at most fact:"  # in the column `of` of a percentage whose whole was not sent
_CONDITION = re.compile(r"\s*(\w+)\s*(>=|<=|!=|=)\s*(.*?)\s*$")


class FactError(ValueError):
    """A fact that cannot be computed: which, and what its definition asked for."""


NOT_SHOWN = {  # why a value is not there, by its status
    "confidential": gaps.WITHHELD_IN_SOURCE,
    "not_applicable": "There is nothing to divide by.",
}


@dataclass(frozen=True)
class Definition:
    """How one fact is computed, as a row of `definitions/facts*.csv`: docs/how-to.md says what each column holds."""

    id: str
    label: str
    how: str
    table: str
    column: str
    where: str
    of: str
    unit: str
    decimals: int
    note: str
    # the fact that the whole of a percentage cannot exceed, where `of` names it and not the whole
    whole_at_most: str = ""


@dataclass(frozen=True)
class Fact:
    """One named number with its unit, the numbers it was made from, and where they stand."""

    id: str
    label: str
    value: float
    unit: str
    decimals: int
    area: str
    year: str
    provenance: str
    how: str
    table: str
    rows: tuple[str, ...]
    sources: tuple[str, ...] = ()
    numerator: float | None = None
    denominator: float | None = None
    whole_at_most: float | None = None  # of a percentage that was sent without its whole
    tracer: Any = field(default=None, repr=False, compare=False)

    @property
    def text(self) -> str:
        """The number in house style."""
        return numbers.write(self.value, self.unit, self.decimals)

    def __repr__(self) -> str:
        return f"{self.id}: {self.text} ({self.label}; {self.area}, {self.year}; {self.provenance})"

    def _repr_html_(self) -> str:
        where = f"{self.area}, {self.year}, {self.provenance}"
        return f"<p><strong>{escape(self.text)}</strong> {escape(f'{self.label} ({where})')}<br><code>{self.id}</code></p>"

    def trace(self) -> Any:
        """Where it comes from, back to the rows of a raw file: a `tracing.Trace`. FactError when no report computed it."""
        if self.tracer is None:
            raise FactError(
                f"Fact '{self.id}' can be traced when a report gives it: report.fact(\"{self.id}\")."
            )
        return self.tracer.fact(self)


@cache
def definitions() -> dict[str, Definition]:
    """Every definition by id. ValueError names an id that stands twice, or the line and column that cannot be used."""
    found: dict[str, Definition] = {}
    stands: dict[str, str] = {}
    for path in sorted(DEFINITIONS.glob("facts*.csv")):
        for fact in _read(path):
            if fact.id in found:
                raise ValueError(
                    f"definitions/{path.name} defines '{fact.id}', which {stands[fact.id]} defines already. "
                    "Use the one that is there, or give yours another name."
                )
            found[fact.id], stands[fact.id] = fact, path.name
    return found


def _read(path: Path) -> list[Definition]:
    return [_definition(path.name, line, row) for line, row in enumerate(read_list(path), start=2)]


def _definition(file: str, line: int, row: dict[str, str]) -> Definition:
    wrong = _wrong_in(row)
    if wrong:
        raise ValueError(f"definitions/{file}, line {line}, fact '{row['id']}': {wrong}")
    _, limited, limit = row["of"].partition(AT_MOST)
    of = "" if limited else row["of"]
    return Definition(**{**row, "of": of, "decimals": int(row["decimals"] or 0)}, whole_at_most=limit.strip())


def _wrong_in(row: Mapping[str, str]) -> str:
    """What in a row of definitions cannot be used, and what was expected; empty when nothing is."""
    if row["how"] not in COMPUTE:
        return f"the column 'how' holds '{row['how']}'. Expected one of {', '.join(COMPUTE)}."
    if row["decimals"] and not row["decimals"].isdigit():
        return f"the column 'decimals' holds '{row['decimals']}'. Expected a whole number, or nothing."
    if row["how"] in OF_TWO and not row["of"]:
        return (
            f"'{row['how']}' is worked out of two sets of rows, and the column 'of' is empty. Expected the rows it is "
            f"set against, in the form of the column 'where': `{row['column'] or 'column'}>=0` for all of them."
        )
    return ""


def compute(
    fact_id: str, tables: Mapping[str, pd.DataFrame], edition: Edition, area: str = "", year: str = ""
) -> Fact:
    """The fact for an area and year (the edition's own unless said), never a guess.

    Raises NoData when what it is computed from is not there, FactError when it cannot be computed as defined.
    """
    # the edition's own, said or not, is worked out once
    area, year = area or edition.area, ReportYear.parse(year or edition.year.label).label
    return _compute(tables, fact_id, edition, area, year)


@once
def _compute(
    tables: Mapping[str, pd.DataFrame], fact_id: str, edition: Edition, area: str, year: str
) -> Fact:
    if fact_id not in definitions():
        known = near(fact_id, definitions())
        raise FactError(f"No fact is called '{fact_id}'. Define it in definitions/facts.csv.{known}")
    definition = definitions()[fact_id]
    top, base = _top_and_base(tables, definition, edition, area, year)
    try:
        value, numerator, denominator = COMPUTE[definition.how](top, base, definition)
    except ZeroDivisionError:
        raise NoData(_no_value(definition, "What it would be a share of is nothing.")) from None
    used = rows_behind(tables, definition, edition, area, year)
    counted_in = used if len(used) else tables[definition.table]  # none is counted in the whole table
    return Fact(
        id=definition.id,
        label=definition.label,
        value=value,
        unit=definition.unit,
        decimals=definition.decimals,
        area=area,
        year=year,
        provenance=combined(counted_in["provenance"]),
        how=definition.how,
        table=definition.table,
        rows=_places(used),
        sources=tuple(dict.fromkeys(used["table"])) if "table" in used else (definition.table,),
        numerator=numerator,
        denominator=denominator,
        whole_at_most=_known(definition.whole_at_most, tables, edition),
    )


def _known(fact_id: str, tables: Mapping[str, pd.DataFrame], edition: Edition) -> float | None:
    """The value of a fact; None where what it rests on is not there, or none is named."""
    try:
        return compute(fact_id, tables, edition).value if fact_id else None
    except NoData:
        return None


@once
def rows_behind(
    tables: Mapping[str, pd.DataFrame], definition: Definition, edition: Edition, area: str, year: str
) -> pd.DataFrame:
    """The rows of its table that a fact is computed from, those it divides by included."""
    top, base = _top_and_base(tables, definition, edition, area, year)
    if base is None:
        return top
    both = pd.concat([top, base])
    return both[~both.index.duplicated()]


@once
def _top_and_base(
    tables: Mapping[str, pd.DataFrame], definition: Definition, edition: Edition, area: str, year: str
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """The rows that a fact takes, and those it is divided by or compared with where it is."""
    if definition.table not in tables:
        raise NoData(_no_table(definition, edition))
    _can_be_asked(definition, edition, area, year)
    words = placeholders(edition, area or edition.area, year or edition.year.label)
    frame = _table(definition, tables)
    top = _some(frame, definition.where.format_map(words), definition, edition)
    return top, _some(frame, definition.of.format_map(words), definition, edition) if definition.of else None


def _can_be_asked(definition: Definition, edition: Edition, area: str, year: str) -> None:
    """FactError when another area or year is asked for than the report's own, and nothing in the definition says which.

    A return holds its own year alone: its number would come back under the name of the other year.
    """
    other_year = bool(year) and ReportYear.parse(year) != edition.year
    other_area = bool(area) and area != edition.area
    for asked, other, names in ((year, other_year, _OF_YEAR), (area, other_area, _OF_AREA)):
        conditions = filter(None, (definition.where or " ", definition.of))
        if other and not all(names.search(condition) for condition in conditions):
            own = f"{edition.area}, {edition.year}"
            said = f"Fact '{definition.id}' is of the report's own area and year ({own}), and has no value for {asked}."
            raise FactError(
                f"{said} Ask for an official series, or look into the report of that area or year."
            )


def _some(frame: pd.DataFrame, where: str, definition: Definition, edition: Edition) -> pd.DataFrame:
    """The rows that meet the conditions. NoData when there are none, except for a count."""
    picked = pick(frame, where, definition)
    if definition.column and definition.column not in frame:
        said = f"Fact '{definition.id}': table '{definition.table}' has no column '{definition.column}'."
        raise FactError(f"{said} Its columns: {', '.join(map(str, frame))}.")
    if picked.empty and definition.how != "count":
        raise NoData(_no_row(definition, frame, where, edition))
    return picked


def _no_table(definition: Definition, edition: Edition) -> Gap:
    """Why there is no such table; FactError when there can be none."""
    if definition.table in source_names():
        return gaps.of_table(definition.table, edition)
    if is_of_children(definition.table):
        return Gap(definition.table, "Child-level returns", gaps.NOT_RETURNED)
    raise FactError(f"Fact '{definition.id}' needs table '{definition.table}', which no source makes.")


def _no_row(definition: Definition, frame: pd.DataFrame, where: str, edition: Edition) -> Gap:
    """Why no row of its table is one that a fact asks for. FactError for an area whose name is mistyped."""
    conditions = [_CONDITION.match(part) for part in where.split(";")]
    asked = {match[1]: match[3] for match in conditions if match and match[2] == "="}
    _name_of_an_area(asked.get("area", edition.area), frame, definition, edition)
    if definition.table == "indicators" and "indicator" in asked:
        return gaps.of_indicator(
            asked["indicator"], frame, edition, asked.get("area", ""), asked.get("year", "")
        )
    title = load_source(definition.table).title if definition.table in source_names() else definition.table
    return Gap(definition.table, f"{definition.label} ({title})", gaps.NOT_RETURNED, "No row says it.")


def _name_of_an_area(area: str, frame: pd.DataFrame, definition: Definition, edition: Edition) -> None:
    """FactError for an area that has no row and a name like one that has."""
    there = sorted(set(frame["area"].astype("str"))) if "area" in frame else []
    meant = near(area, there) if area not in (*edition.comparison_areas, *there) else ""
    if meant:
        raise FactError(f"Fact '{definition.id}' is asked of '{area}', of which no figure is here.{meant}")


def _table(definition: Definition, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The table of a fact; of the long table of indicators no more than the indicators that it names."""
    values = indicators_of(definition)
    return rows_with(tables, "indicators", "indicator", values) if values else tables[definition.table]


def indicators_of(definition: Definition) -> list[str]:
    """The indicators that a fact names in its conditions; none where it does not rest on them, or one of them names none."""
    named = [_INDICATOR.search(where) for where in (definition.where, definition.of) if where]
    if definition.table != "indicators" or not all(named):
        return []
    return [value.strip() for found in named if found for value in found[1].split("|")]


def _places(used: pd.DataFrame) -> tuple[str, ...]:
    """Where the rows stand in raw files: row ids, or what they were joined to."""
    if "row_id" in used:
        return tuple(dict.fromkeys(used["row_id"]))
    return tuple(filter(None, join_rows(used["source_rows"]).split("\n"))) if "source_rows" in used else ()


def is_disclosive(fact: Fact) -> bool:
    """Whether a fact shows, or is a share built on, a small count from a table that counts children.

    Official figures pass. Of a share, the part and the rest of the whole both count: of 66 girls and boys, 61 girls
    are 5 boys. One that was sent without its part tells it where the whole, or the most that it can be, is known: 19 per
    cent of 22 are four. An average over a few children tells of each.
    """
    if not of_our_children(fact):
        return False
    if fact.how == "mean" and has_a_row_a_child(fact.table) and is_few(fact.denominator):
        return True
    whole = fact.whole_at_most if fact.denominator is None else fact.denominator
    if whole is None:
        return fact.unit not in numbers.PERCENT and is_few(fact.value)
    near = fact.value * whole / 100
    parts = (floor(near), ceil(near)) if fact.numerator is None else (fact.numerator,)
    return any(is_few(part) or is_few(whole - part) for part in parts)


def of_our_children(fact: Fact) -> bool:
    """Whether a fact is worked out of a table that counts children, and not published by others already."""
    return fact.provenance != "official" and any(counts_children(name) for name in fact.sources)


@cache
def counts_children(table: str) -> bool:
    """Whether a table counts children, so that its small counts are withheld."""
    return is_of_children(table) or (table in source_names() and load_source(table).counts_children)


def is_of_children(table: str) -> bool:
    """Whether a table was made from child-level returns: the lists, and `journey`, the figures counted from them."""
    return table == "journey" or table.startswith(tuple(f"{name}_" for name in FORMATS))


def has_a_row_a_child(table: str) -> bool:
    """Whether a table has a row for each child or family: how many rows there are is then a count of them."""
    return is_of_children(table) or (table in source_names() and bool(load_source(table).references))


def is_few(count: float) -> bool:
    """Whether a count of children is one that is withheld."""
    return disclosure.LOWEST <= count <= disclosure.HIGHEST and float(count).is_integer()


def placeholders(edition: Edition, area: str, year: str) -> dict[str, str]:
    """What a definition may name in braces, for one area and year: {area}, {year}, {previous_year} …"""
    parsed = ReportYear.parse(year)
    return {
        "area": area,
        "year": parsed.label,
        "previous_year": parsed.previous.label,
        "next_year": parsed.next.label,
        "end_year": str(parsed.end.year),
    }


def pick(frame: pd.DataFrame, where: str, definition: Definition) -> pd.DataFrame:
    """The rows that meet every condition. FactError when a condition is none on this table."""
    return rows_meeting(frame, where, f"Fact '{definition.id}'", definition.table)


def rows_meeting(frame: pd.DataFrame, where: str, asked_by: str, table: str) -> pd.DataFrame:
    """The rows that meet every condition, as in `source=Police|Schools; contacts>=5`. FactError says who asked for one
    that is none on this table."""
    places = np.arange(len(frame))
    for condition in filter(str.strip, where.split(";")):
        match = _CONDITION.match(condition)
        if not match or match[1] not in frame:
            known = f"Its columns: {', '.join(map(str, frame))}."
            raise FactError(
                f"{asked_by}: '{condition.strip()}' is not a condition on table '{table}'. {known}"
            )
        # each looks only at what the last one left
        left = frame[match[1]] if len(places) == len(frame) else frame[match[1]].take(places)
        places = places[_meets(left, match[2], match[3])]
    return frame.take(places)


def _meets(values: pd.Series, operator: str, wanted: str) -> np.ndarray:
    if operator in ("=", "!="):
        texts = _as_text(values)
        found = np.logical_or.reduce([texts == choice.strip() for choice in wanted.split("|")])
        return found if operator == "=" else ~found
    if pd.api.types.is_datetime64_any_dtype(values):
        limit, comparable = pd.Timestamp(wanted), values
    elif pd.api.types.is_numeric_dtype(values):
        limit, comparable = float(wanted), values
    else:
        limit, comparable = wanted, values.astype("str")
    met = comparable >= limit if operator == ">=" else comparable <= limit
    return met.fillna(False).to_numpy(dtype=bool)


def _as_text(values: pd.Series) -> np.ndarray:
    """The values as words, which compare quicker as plain objects than as a column."""
    if pd.api.types.is_datetime64_any_dtype(values):
        values = values.dt.strftime("%Y-%m-%d")
    known = values.cat.categories if isinstance(values.dtype, pd.CategoricalDtype) else values
    words = values if isinstance(known.dtype, pd.StringDtype) else values.astype("str")
    return words.to_numpy(dtype=object)


def _no_value(definition: Definition, said: str, year: str = "") -> Gap:
    # all indicators are one table: declared by its name, one gap would excuse every other
    indicator = _INDICATOR.search(definition.where) if definition.table == "indicators" else None
    key = indicator[1].strip() if indicator else definition.table
    return Gap(key, f"{definition.label}, {year}" if year else definition.label, NOT_AVAILABLE, said)


def _total(frame: pd.DataFrame, definition: Definition) -> float:
    """The sum of a column. NoData when a value is missing, unless the definition says that blank is nothing."""
    if frame[definition.column].isna().any() and "blank is nothing" not in definition.note:
        raise NoData(_no_value(definition, "A value that it sums is withheld or missing."))
    return float(frame[definition.column].sum())


def _value(top, base, definition):
    if len(top) != 1:
        raise FactError(
            f"Fact '{definition.id}' should pick one row of '{definition.table}' but picks {len(top)}."
        )
    asked = (definition.column, "status", "numerator", "denominator", "year")
    row = {name: top[name].iloc[0] for name in asked if name in top}
    value = row[definition.column]
    if pd.isna(value):
        status = str(row.get("status", "missing"))
        said = NOT_SHOWN.get(status, f"The value is {status.replace('_', ' ')} in the source.")
        raise NoData(_no_value(definition, said, row.get("year", "")))
    part, whole = (
        None if pd.isna(row.get(name)) else float(row.get(name)) for name in ("numerator", "denominator")
    )
    return float(value), part, whole if base is None else _total(base, definition)


def _sum(top, base, definition):
    return _total(top, definition), None, None


def _count(top, base, definition):
    return float(len(top)), None, None


def _mean(top, base, definition):
    return float(top[definition.column].mean()), _total(top, definition), float(len(top))


def _share_pct(top, base, definition):
    # of counts that were sent, no row of the others is no count of none
    if definition.column and top.index.equals(base.index):
        raise NoData(_no_value(definition, "No row counts the others, so that it would be all of them."))
    part, whole = (
        (_total(top, definition), _total(base, definition))
        if definition.column
        else (float(len(top)), float(len(base)))
    )
    return 100 * part / whole, part, whole


def _ratio(top, base, definition):
    part, whole = _total(top, definition), _total(base, definition)
    return part / whole, part, whole


def _change_pct(top, base, definition):
    after, before = _total(top, definition), _total(base, definition)
    return numbers.change_pct(before, after), after, before


def _difference(top, base, definition):
    after, before = _total(top, definition), _total(base, definition)
    return after - before, after, before


COMPUTE = {
    "value": _value,
    "sum": _sum,
    "count": _count,
    "mean": _mean,
    "share_pct": _share_pct,
    "ratio": _ratio,
    "change_pct": _change_pct,
    "difference": _difference,
}
OF_TWO = {"share_pct", "ratio", "change_pct", "difference"}  # of the rows under `where` and those under `of`
