"""Where the cells of a published table come from: found again by their value and the names of their row and column.

A chapter shapes a table freely with pandas, so what it did is not known. What is known are the rows the table was made
from: a cell leads to the row that holds its value under the same names, or to the rows whose sum it is, or at least to
the rows under its names. Nothing is claimed that was not found: `how` says which of these it is.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
import pandas as pd

from bscbdata import facts, indicators, numbers
from bscbdata.disclosure.derived import is_level
from bscbdata.figures.crosstab import is_number
from bscbdata.figures.published_table import Published, of
from bscbdata.sources import load_source, source_names
from bscbdata.tables import INDICATOR_COLUMNS, rows_with, worked_out
from bscbdata.tracing import spelling
from bscbdata.tracing.trace import Trace
from bscbdata.tracing.tracer import Tracer

FIELDS = ["category", "area", "year", "period"]
WHOLE = {"all", "total", ""}
HOLDS = "as it stands in this row"
SUM = "the sum of these rows"
COUNT = "the number of these rows"
WORKED = "worked out in the chapter from these rows"
SHARE = "worked out in the chapter as a share of what the table shows"
OWN = "counted by this report of itself when it was made: of its files, rows, checks and texts"
# a column that no reader sees: the indicator that a row shows, where its words are other than the title
INDICATOR = "_indicator"
TELLING = 100  # a smaller number may stand in many places for other reasons


@dataclass(frozen=True)
class Cells:
    """A published table with the tables it was made from."""

    tracer: Tracer
    table: Published
    tables: Sequence[str]
    statuses: Sequence[str]

    def trace(self, row: int, column: str) -> Trace | None:
        """The trace of one cell; None when it holds no number and withholds none."""
        value = self.table.frame[column].iloc[row]
        if pd.isna(value):
            together = self.table.frame.attrs.get("withheld", [column])
            hidden = self.statuses[row] == "confidential" and column in together
            hidden = hidden or self.table.said.get((row, column)) == "confidential"
            return self._withheld(row, column) if hidden else None
        wanted = _Wanted(float(value), column, self._words[row], self._head(column))
        found = self._in_indicators(wanted) or self._in_tables(wanted)
        return self._with_parts(self._told(found, row, column), row, column)

    def said_in_sources(self, asked: Collection[str]) -> dict[tuple[int, str], str]:
        """Why cells have no number, as their publishers said: (row, column) -> status, where all rows under the names of a
        cell say the same. `asked` are the indicators that the table may show; empty where any may be."""
        known = [row for row in self._indicators if not asked or row["indicator"] in asked]
        known = known if any(row["status"] != "shown" for row in known) else []
        found = {}
        for row, _, column in _numbers_of(self.table):
            if pd.isna(self.table.frame[column].iloc[row]):
                wanted = _Wanted(float("nan"), column, self._words[row], self._head(column))
                found[row, column] = self._statuses_of(known, wanted) or self._statuses_under(wanted)
        return {cell: min(told) for cell, told in found.items() if len(told) == 1 and told != {"shown"}}

    def _statuses_of(self, known: list[dict], wanted: "_Wanted") -> set[str]:
        """The statuses of the indicators under the names of a cell; of several that agree, those of which it names most."""
        agreeing = [row for row in known if self._agrees(row, wanted)]
        named = [
            sum(not wanted.names.isdisjoint(spelling.spellings(row[name])) for name in FIELDS)
            for row in agreeing
        ]
        pairs = zip(agreeing, named, strict=True)
        return {row["status"] for row, most in pairs if most == max(named)}

    def _statuses_under(self, wanted: "_Wanted") -> set[str]:
        """The statuses of the rows of processed tables under the names of a cell."""
        found: set[str] = set()
        for name in self.tables:
            frame = self.tracer.tables.get(name, {})
            if "status" in frame:
                under, unsaid = self._under(name, wanted)
                found |= set() if unsaid else set(frame.loc[under, "status"].astype("str"))
        return found

    def own(self, row: int, column: str, counted: dict[str, str]) -> Trace:
        """The trace of a number that the report counts of itself."""
        edition, unit = self.tracer.edition, of(self.table.unit, column, "")
        return Trace(
            id=f"{row}|{column}",
            label=self._title(row, column),
            value=float(self.table.frame[column].iloc[row]),
            unit=unit,
            decimals=of(self.table.decimals, column, 0),
            area=edition.area,
            period=edition.year.label,
            how=OWN,
            definition=counted,
        )

    # ---- what is looked for ----------------------------------------------------------------------------------

    @cached_property
    def _words(self) -> list[list[object]]:
        """The words that stand in each row."""
        columns = [list(self.table.frame[name]) for name in self._worded]
        return [[column[row] for column in columns] for row in range(len(self.table.frame))]

    def _head(self, column: str) -> list[object]:
        """The column's header as a one-item list where it names a series (such as an area) and so helps to find the row; else empty."""
        return [column] if self.table.labels.get(column) == column else []

    @cached_property
    def _worded(self) -> list[str]:
        frame = self.table.frame
        if INDICATOR in frame:
            return [INDICATOR]
        return [name for name in self.table.columns() if not is_number(frame[name])]

    def _in_indicators(self, wanted: "_Wanted") -> Trace | None:
        """The row of the table of indicators that holds the value under these names."""
        close = [self._indicators[place] for place in np.flatnonzero(_near(self._values, wanted.value))]
        agreeing = [row for row in close if self._agrees(row, wanted)]
        if not agreeing and len(close) == 1 and wanted.value >= TELLING:
            agreeing = close  # a number so large stands there once: it is this one
        if not agreeing or len({row["source_rows"] for row in agreeing if pd.notna(row["source_rows"])}) > 1:
            return None
        return replace(self.tracer.indicator(agreeing[0]), how=HOLDS)

    @cached_property
    def _indicators(self) -> list[dict]:
        """The rows of indicators that come from the tables."""
        asked = ("indicators from", *self.tables)
        return worked_out(self.tracer.tables, asked, self._read_indicators)

    def _read_indicators(self) -> list[dict]:
        if "indicators" not in self.tracer.tables or not self.tables:
            return []
        frame = rows_with(self.tracer.tables, "indicators", "table", self.tables)
        return frame.reindex(columns=list(INDICATOR_COLUMNS)).to_dict("records")

    @cached_property
    def _values(self) -> np.ndarray:
        return np.array([row["value"] for row in self._indicators], dtype=float)

    def _agrees(self, row: Mapping, wanted: "_Wanted") -> bool:
        """Whether a row of indicators has every name of the cell, and every field of the row is named or understood."""
        title = f"{indicators.definitions()[row['indicator']]['title']} {row['indicator']}".casefold()
        fields = {name: set(spelling.spellings(row[name])) for name in FIELDS}
        known = set().union(*fields.values())
        if not all(
            set(spelling.spellings(word)) & known or spelling.in_title(word, title) for word in wanted.words
        ):
            return False
        said = {name for name, written in fields.items() if written & wanted.names}
        return all(name in said or self._goes_without_saying(name, row, said) for name in FIELDS)

    def _goes_without_saying(self, name: str, row: Mapping, said: set[str]) -> bool:
        """Whether a field that the cell does not name has its default: the total, our own area or year, or the only value there is."""
        edition, text = self.tracer.edition, str(row[name]).casefold()
        understood = {"category": WHOLE, "area": {edition.area.casefold()}, "year": {edition.year.label}}
        if text in understood.get(name, WHOLE) or text in self._only[row["indicator"], name]:
            return True
        return (
            name == "period" and spelling.is_yearly(str(row["period"])) or name == "year" and "period" in said
        )

    @cached_property
    def _only(self) -> dict[tuple[str, str], set[str]]:
        """The one category, area, year or period that an indicator has, where it has but one."""
        found: dict[tuple[str, str], set[str]] = {}
        for row in self._indicators:
            for name in FIELDS:
                found.setdefault((row["indicator"], name), set()).add(str(row[name]).casefold())
        return {key: distinct if len(distinct) == 1 else set() for key, distinct in found.items()}

    def _in_tables(self, wanted: "_Wanted") -> Trace:
        """The rows of a processed table under these names: the one that holds the value, or those that add up to it."""
        worked: Trace | None = None
        for name in self.tables:
            frame = self.tracer.tables.get(name)
            if frame is None or frame.empty or name not in source_names():
                continue
            under, unsaid = self._under(name, wanted)
            chosen = frame[under]
            found = None if unsaid else _how(chosen, wanted, facts.has_a_row_a_child(name))
            if found:
                return replace(self._of_rows(found[0], name), how=found[1])
            if len(chosen) < len(frame) and worked is None and unsaid < len(wanted.words):
                worked = replace(self._of_rows(chosen, name), how=WORKED)
        return worked or self._of_tables()

    @cached_property
    def _understood(self) -> Callable[[str], tuple[dict, dict]]:
        """A function from the name of a tidy table to (spellings of each value, values of each spelling), by column."""
        tables = self.tracer.tables
        return cache(lambda name: (spelling.spelled_in(tables, name), spelling.meanings_in(tables, name)))

    def _under(self, name: str, wanted: "_Wanted") -> tuple[np.ndarray, int]:
        """A mask of the table's rows that match the names of a cell, and how many of those names the table does not know."""
        frame = self.tracer.tables[name]
        columns = {spelled for column in frame for spelled in (column, column.replace("_", " "))}
        under, spoken = np.ones(len(frame), dtype=bool), columns | {wanted.column}
        own = {"area": self.tracer.edition.area, "year": self.tracer.edition.year.label}
        spellings_of, meanings_of = self._understood(name)
        for column, written in spellings_of.items():
            meant = set().union(*(meanings_of[column].get(said, ()) for said in wanted.names))
            spoken |= set().union(*(written[value] for value in meant))
            if not meant and own.get(column) in written:
                meant = {own[column]}
            if meant:
                under &= np.logical_or.reduce(
                    [spelling.has_name(self.tracer.tables, name, column, each) for each in meant]
                )
        title = load_source(name).title.casefold() if name in source_names() else name
        unsaid = [
            w
            for w in wanted.words
            if not set(spelling.spellings(w)) & spoken and not spelling.in_title(w, title)
        ]
        return under, len(unsaid)

    def rows_under(self, name: str, column: str) -> list[np.ndarray | None]:
        """For each row of the published table, whether each of a processed one is under its words and the head of a column.

        None for a row of which more words say nothing of that table than of the others.
        """
        all_rows = range(len(self.table.frame))
        rows = [_Wanted(0.0, column, self._words[row], self._head(column)) for row in all_rows]
        known = spelling.names_in(self.tracer.tables, name)
        found = [(None, 0) if known.isdisjoint(row.names) else self._under(name, row) for row in rows]
        least = min((unsaid for under, unsaid in found if under is not None), default=0)
        return [under if unsaid == least else None for under, unsaid in found]

    @cached_property
    def parts(self) -> list[np.ndarray]:
        """Row numbers of the whole table, and of each group of rows that share a name. Rows that are all shown are none:
        what was withheld between them was worked out with them."""
        frame = self.table.frame
        words = [name for name in frame if name != "status" and not is_number(frame[name])]
        groups = [
            r for name in words for r in frame.groupby(name, observed=True, sort=False).indices.values()
        ]
        return [np.arange(len(frame)), *(rows for rows in groups if 1 < len(rows) < len(frame))]

    @cached_property
    def telling(self) -> Callable[[str], tuple[np.ndarray, list[np.ndarray]]]:
        """A function from a column to its numbers, and the parts of the table where these are not all one, as they would be
        like anything. It is asked again for each table of children."""

        def told(column: str) -> tuple[np.ndarray, list[np.ndarray]]:
            values = self.table.frame[column].to_numpy(dtype=float, na_value=np.nan)
            return values, [part for part in self.parts if not is_level(values[part])]

        return cache(told)

    # ---- what is said of it ------------------------------------------------------------------------------------

    def _of_rows(self, rows: pd.DataFrame, name: str) -> Trace:
        return replace(self.tracer.rows(rows, name), definition=spelling.meaning(name))

    def _of_tables(self) -> Trace:
        frames = {name: self.tracer.tables[name] for name in self.tables if name in self.tracer.tables}
        provenances = pd.concat([f["provenance"].astype("str") for f in frames.values() if "provenance" in f])
        first = next(iter(frames))
        made = self.tracer.rows(pd.DataFrame({"provenance": provenances}), first)
        public = made.provenance == "official"
        return replace(
            made,
            how="worked out in the chapter from these tables",
            definition=spelling.meaning(first) if first in source_names() else {},
            tables=tuple(frames),
            places=self.tracer.whole(frames),
            children=not public and any(map(facts.counts_children, frames)),
        )

    def _told(self, found: Trace, row: int, column: str) -> Trace:
        """The trace with id, label, unit and decimals of the cell that it was found for."""
        value = float(self.table.frame[column].iloc[row])
        unit, decimals = of(self.table.unit, column, ""), of(self.table.decimals, column, 0)
        few = found.children and unit not in numbers.PERCENT and facts.is_few(value)
        made = replace(
            found,
            id=f"{row}|{column}",
            label=found.label if found.label not in found.tables else self._title(row, column),
            value=value,
            unit=unit,
            decimals=decimals,
            withheld=found.withheld or few and holds_counts(self.table.frame[column]),
        )
        return self.tracer.with_editions(made)

    def _title(self, row: int, column: str) -> str:
        words = [self.table.cell(name, self.table.frame[name].iloc[row]) for name in self._worded]
        return ": ".join(filter(None, [", ".join(words), self.table.label(column)]))

    def _withheld(self, row: int, column: str) -> Trace:
        made = replace(self._of_tables(), how="withheld so that no child can be recognised")
        return replace(made, id=f"{row}|{column}", label=self._title(row, column), withheld=True)

    def _with_parts(self, traced: Trace, row: int, column: str) -> Trace:
        """A percentage that the chapter worked out, with the two counts of the table whose share it is."""
        if traced.numerator is not None or traced.unit not in numbers.PERCENT or traced.value is None:
            return traced
        found = self._share(row, column, traced.value)
        if found is None:
            return traced
        how = SHARE if traced.how.startswith("worked out") else traced.how
        return replace(traced, numerator=found[0], denominator=found[1], how=how)

    def _share(self, row: int, column: str, value: float) -> tuple[float, float] | None:
        """A count of the same row, and another of it, the sum of its column, or of its kind, that make the percentage."""
        counted = {name: values for name, values in self._counted.items() if name != column}
        kinds = list(self.table.frame[self._worded[0]])
        for name, values in counted.items():
            of_its_kind = [count for count, kind in zip(values, kinds, strict=True) if kind == kinds[row]]
            bases = [others[row] for other, others in counted.items() if other != name]
            for base in [*bases, sum(values), sum(of_its_kind)]:
                if (
                    base > 0 and abs(100 * values[row] / base - value) < 1e-9
                ):  # never where a count is missing
                    return values[row], base
        return None

    @cached_property
    def _counted(self) -> dict[str, list[float]]:
        """The columns that hold counts."""
        frame = self.table.frame
        return {
            name: frame[name].to_numpy(dtype=float, na_value=np.nan).tolist()
            for name in self.table.columns()
            if holds_counts(frame[name])
        }


@dataclass(frozen=True)
class _Wanted:
    """The value of a cell, and the names of its row and column."""

    value: float
    column: str
    row: list[object]
    head: list[object]

    @property
    def words(self) -> list[object]:
        return [word for word in [*self.row, *self.head] if pd.notna(word)]

    @cached_property
    def names(self) -> set[str]:
        return spelling.spelled([*self.words, self.column])


def trace_cell(tracer: Tracer, table: Published, tables: Sequence[str], row: object, column: str) -> Trace:
    """The trace of a cell: `row` is its number, or the words its first cell shows; `column` the name or the label.

    KeyError names the rows or columns there are; ValueError when the cell holds no number.
    """
    place, name = place_of(table, row, column)
    found = cells_of(tracer, table, tables).trace(place, name) if is_number(table.frame[name]) else None
    if found is None:
        raise ValueError(f"The cell in row {row}, column {column} holds no number.")
    return found


def trace_cells(tracer: Tracer, table: Published, tables: Sequence[str]) -> dict[tuple[int, int], Trace]:
    """The trace of every cell that shows or withholds a number, by the number of its row and column."""
    cells = cells_of(tracer, table, tables)
    found = {(row, place): cells.trace(row, name) for row, place, name in _numbers_of(table)}
    return {place: trace for place, trace in found.items() if trace is not None}


def own_cells(tracer: Tracer, table: Published, counted: dict[str, str]) -> dict[tuple[int, int], Trace]:
    """The trace of every number that the report counts of itself (files, rows, checks), which comes from no tidy table."""
    cells = cells_of(tracer, table, [])
    return {
        (row, place): cells.own(row, name, counted)
        for row, place, name in _numbers_of(table)
        if pd.notna(table.frame[name].iloc[row])
    }


def _numbers_of(table: Published) -> Iterator[tuple[int, int, str]]:
    """Row, place and name of the column of every cell in a column of numbers."""
    columns = [(place, name) for place, name in enumerate(table.columns()) if is_number(table.frame[name])]
    yield from ((row, *column) for row in range(len(table.frame)) for column in columns)


def cells_of(tracer: Tracer, table: Published, tables: Sequence[str]) -> Cells:
    frame = table.frame.reset_index(drop=True)
    statuses = list(frame["status"].astype("str")) if "status" in frame else ["shown"] * len(frame)
    return Cells(tracer, replace(table, frame=frame), list(tables), statuses)


def place_of(table: Published, row: object, column: str) -> tuple[int, str]:
    """A cell by the number of its row and the name of its column. KeyError names the rows or columns there are."""
    return _row(table, row), _column(table, column)


def _row(table: Published, row: object) -> int:
    if isinstance(row, int):
        if not 0 <= row < len(table.frame):
            raise KeyError(f"There is no row {row}: there are {len(table.frame)}, counted from 0.")
        return row
    first = [cells[0] for cells in table.rows()]
    if first.count(str(row)) != 1:
        raise KeyError(f"'{row}' is not the first cell of exactly one row. There are: {', '.join(first)}.")
    return first.index(str(row))


def _column(table: Published, column: str) -> str:
    for name in table.columns():
        if column in (name, table.label(name)):
            return name
    raise KeyError(f"There is no column '{column}'. There are: {', '.join(table.columns())}.")


def holds_counts(values: pd.Series) -> bool:
    """Whether a column holds counts: whole numbers."""
    return is_number(values) and bool((values.dropna().astype(float) % 1 == 0).all())


def _how(rows: pd.DataFrame, wanted: _Wanted, a_row_a_child: bool) -> tuple[pd.DataFrame, str] | None:
    """The rows that give a value, and how: one holds it (HOLDS), they add up to it (SUM) or are that many (COUNT); None if none does.

    Where a row is a child its numbers are ages and the like: only how many rows there are can be a count.
    """
    numeric = [name for name in rows.columns if is_number(rows[name]) and not a_row_a_child]
    for name in sorted(numeric, key=lambda name: name != wanted.column):
        same = rows[_same(rows[name], wanted.value)]
        if len(same) == 1:
            return same, HOLDS
    for name in numeric:
        if len(rows) > 1 and holds_counts(rows[name]) and _same(rows[[name]].sum(), wanted.value).all():
            return rows, SUM
    return (rows, COUNT) if len(rows) and len(rows) == wanted.value else None


def _same(values: pd.Series, value: float) -> np.ndarray:
    return _near(values.to_numpy(dtype=float, na_value=np.nan), value)


def _near(values: np.ndarray, value: float) -> np.ndarray:
    return np.abs(values - value) <= 1e-9 * max(1.0, abs(value))
