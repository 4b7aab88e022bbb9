"""The tidy tables: their schemas, how they are kept, and the catalogue of what they mean.

A table's schema is made from its source's `columns.csv`, the one truth that also types, checks and documents it.
"""

import hashlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import cached_property, wraps
from html import escape
from pathlib import Path
from typing import TypeVar

import pandas as pd

from bscbdata.cleaning import STATUSES
from bscbdata.kept import code_version, kept_json
from bscbdata.lists import near, read_note
from bscbdata.reads import ROWS, TABLE, note
from bscbdata.sources import Column, Source, load_codes, load_source, source_names

NOTE = "made_from.json"  # beside the tables of a year: see made_from
T = TypeVar("T")
LARGE_ROWS = 100_000
DTYPES = {
    "text": "str",
    "reference": "str",
    "quarter": "str",
    "count": "Int64",
    "number": "float64",
    "value": "float64",
    "amount_gbp": "float64",
    "share_pct": "float64",
    "yes_no": "boolean",
    "date": "datetime64[s]",
    "month": "datetime64[s]",
}

ADDED = ("row_id", "provenance")  # what every tidy table has beside the columns of its source

# Columns of the one long table of indicators: see bscbdata.indicators. `source_rows` leads back to the raw files; of a
# return with a row a child it says how many there are, so it is never published: see bscbdata.tracing.
INDICATOR_COLUMNS = {
    "indicator": "str",
    "category": "str",
    "area": "str",
    "year": "str",
    "period": "str",
    "value": "float64",
    "numerator": "float64",
    "denominator": "float64",
    "unit": "str",
    "vintage": "str",
    "status": pd.CategoricalDtype(STATUSES),
    "provenance": "str",
    "table": "str",
    "source_rows": "str",
}


def schema(source: Source):
    """The pandera schema of a source's tidy table: types, needed columns, key without doubles."""
    import pandera.pandas as pa

    columns = {
        column.name: pa.Column(dtype_of(column), nullable=_nullable(column), title=column.meaning)
        for column in source.columns
    }
    extra = {"row_id": pa.Column("str", unique=source.layout == "rows"), "provenance": pa.Column("str")}
    return pa.DataFrameSchema(columns | extra, unique=list(source.key) or None, name=source.name)


def fits(source: Source, table: pd.DataFrame) -> bool:
    """Whether a table is as its schema has it: known in a tenth of the time where all is well, which is nearly always.

    Where it is not, the schema says what is wrong.
    """
    kinds = {column.name: dtype_of(column) for column in source.columns} | dict.fromkeys(ADDED, "str")
    needed = [*ADDED, *(column.name for column in source.columns if not _nullable(column))]
    return (
        set(kinds) <= set(table)
        and all(table[name].dtype == kind for name, kind in kinds.items())
        and not table[needed].isna().any(axis=None)
        and not (source.key and table.duplicated(list(source.key)).any())
        and (source.layout != "rows" or table["row_id"].is_unique)
    )


def _nullable(column: Column) -> bool:
    return not column.required or column.kind == "value" or "-" in column.headers.values()


def dtype_of(column: Column) -> object:
    """The pandas type of a column, from its kind."""
    if column.code_list:
        return pd.CategoricalDtype(load_codes(column.code_list)[1], ordered=True)
    return DTYPES[column.kind]


def write_table(frame: pd.DataFrame, folder: Path, name: str) -> Path:
    """Keep a table as Parquet; the same table gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.parquet"
    frame.to_parquet(path, index=False, compression="zstd")
    return path


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """A tidy table that `bscb clean` wrote; FileNotFoundError names the tables there are."""
    path = folder / f"{name}.parquet"
    if not path.exists():
        known = (
            ", ".join(sorted(found.stem for found in folder.glob("*.parquet")))
            or "none: run `bscb clean` first"
        )
        raise FileNotFoundError(f"There is no table '{name}' for {folder.name}. There are: {known}.")
    return pd.read_parquet(path)


class Tidy(Mapping[str, pd.DataFrame]):
    """The tidy tables of a year by name. Each is read when it is first asked for, which is noted: see bscbdata.reads."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._known = folder, sorted(path.stem for path in folder.glob("*.parquet"))
        self._written = folder.stat().st_ino if self._known else 0
        self._frames: dict[str, pd.DataFrame] = {}
        self._parts: dict[tuple[str, str, str], pd.DataFrame] = {}
        self.worked_out: dict[tuple, object] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        note(TABLE, name)
        return self._frame(name)

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def _ipython_key_completions_(self) -> list[str]:
        return self._known

    def __repr__(self) -> str:
        return f"{len(self)} table{'s' if len(self) != 1 else ''}: {', '.join(self)}"

    def _repr_html_(self) -> str:
        known = set(source_names())
        said = [(name, load_source(name).title if name in known else "made from the others") for name in self]
        return f"<p>{len(self)} tables</p>{Listing(said, columns=['name', 'what it is'])._repr_html_()}"

    @cached_property
    def content(self) -> str:
        """One hash over the files of all tables."""
        total = hashlib.blake2b(digest_size=16)
        for name in self:
            content = (self._folder / f"{name}.parquet").read_bytes()
            total.update(name.encode() + b"\0" + hashlib.blake2b(content).digest())
        return total.hexdigest()

    def rows_with(self, name: str, column: str, value: str) -> pd.DataFrame:
        """The rows of a table that have a value in a column: all that is noted as read."""
        note(ROWS, f"{name} {column}={value}")
        if (name, column, value) not in self._parts:
            frame = self._frame(name)
            self._parts[name, column, value] = frame[frame[column] == value]
        return self._parts[name, column, value]

    def _frame(self, name: str) -> pd.DataFrame:
        if name not in self._known:
            raise KeyError(f"There is no table '{name}'.{near(name, self._known)}")
        if name not in self._frames:
            if self._folder.stat().st_ino != self._written:
                said = "The tidy tables were written anew since this report was opened: open it again."
                raise RuntimeError(said)
            self._frames[name] = _read(self._folder / f"{name}.parquet")
        return self._frames[name]


def _read(path: Path) -> pd.DataFrame:
    """A table as it was written. Words of one of usual size are Python's own: a look at few rows is then quicker."""
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        table = file.read(use_threads=False)
    storage = "python" if table.num_rows < LARGE_ROWS else "pyarrow"
    with pd.option_context("mode.string_storage", storage):
        return table.to_pandas(use_threads=False)


def read_all(folder: Path) -> Mapping[str, pd.DataFrame]:
    """Every tidy table of a year, by name."""
    return Tidy(folder)


def made_from(folder: Path) -> dict:
    """What is noted beside the tables of a year: the hash of all that they were made from, and what was told then; empty
    where nothing is."""
    return read_note(folder / NOTE)


class Settled(dict[str, pd.DataFrame]):
    """Tables in memory that do not change any more, such as those about to be written."""

    def __init__(self, tables: Mapping[str, pd.DataFrame]):
        super().__init__(tables)
        self.worked_out: dict[tuple, object] = {}


def worked_out(tables: Mapping[str, pd.DataFrame], asked: tuple, make: Callable[[], T]) -> T:
    """What `make` works out from tables. Tidy and settled ones do not change, so for them it is worked out once."""
    if not isinstance(tables, Tidy | Settled):
        return make()
    if asked not in tables.worked_out:
        tables.worked_out[asked] = make()
    return tables.worked_out[asked]


def once(make: Callable[..., T]) -> Callable[..., T]:
    """Decorates a function of tables and of what else it is asked (all of it hashable): see `worked_out`."""

    @wraps(make)
    def asked(tables: Mapping[str, pd.DataFrame], *more: Hashable) -> T:
        return worked_out(tables, (make, *more), lambda: make(tables, *more))

    return asked


def kept_of(
    tables: Mapping[str, pd.DataFrame], form: str, asked: tuple[str, ...], make: Callable[[], T]
) -> T:
    """What `make` works out from tables, as JSON has it: of tidy tables from what is kept of the same ones."""
    if not isinstance(tables, Tidy):
        return make()
    return kept_json(form, (code_version(), tables.content, *asked), make)


def rows_with(
    tables: Mapping[str, pd.DataFrame], name: str, column: str, values: Iterable[str]
) -> pd.DataFrame:
    """The rows of a table that have one of the values in a column, in the order of the table."""
    wanted = list(dict.fromkeys(values))
    if not isinstance(tables, Tidy):
        return tables[name][tables[name][column].isin(wanted)]
    found = [tables.rows_with(name, column, value) for value in wanted]
    return found[0] if len(found) == 1 else pd.concat(found).sort_index()


class Listing(pd.DataFrame):
    """A table that is read more than reckoned with: a notebook shows every row, words to the left, short ones in one line.

    Whatever is made from it is a plain DataFrame. `attrs["none"]` says what it means that there is no row.
    """

    def __repr__(self) -> str:
        return self.attrs.get("none", "There is none.") if self.empty else super().__repr__()

    def _repr_html_(self) -> str:
        if self.empty:
            return f"<p>{escape(self.attrs.get('none', 'There is none.'))}</p>"
        styles = [_style(self[name]) for name in self.columns]
        heads = zip(styles, map(str, self.columns), strict=True)
        rows = [
            "".join(
                f"<td{style}>{escape(_shown(value))}</td>" for style, value in zip(styles, row, strict=True)
            )
            for row in self.itertuples(index=False, name=None)
        ]
        head = "".join(f"<th{style}>{escape(name)}</th>" for style, name in heads)
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


SHORT = 24  # letters that stand in one line
LONG = 60  # letters that need room, lest a notebook breaks them after every word


def _style(column: pd.Series) -> str:
    if pd.api.types.is_numeric_dtype(column):
        return ' style="text-align: right; vertical-align: top"'
    longest = column.astype("str").str.len().max()
    room = "; white-space: nowrap" if longest <= SHORT else "; min-width: 12em" if longest > LONG else ""
    return f' style="text-align: left; vertical-align: top{room}"'


def _shown(value: object) -> str:
    return "" if pd.isna(value) else f"{value:g}" if isinstance(value, float) else str(value)


def catalogue(table: str = "") -> pd.DataFrame:
    """Tables and columns with their meaning, of one table or all: columns table, title, column, kind, unit, meaning.

    >>> catalogue("contacts")[["column", "kind"]].values.tolist()[:2]
    [['month', 'month'], ['source', 'category:contact_source']]
    """
    rows = [
        (source.name, source.title, column.name, column.kind, column.unit, column.meaning)
        for source in map(load_source, [table] if table else source_names())
        for column in source.columns
    ]
    return Listing(rows, columns=["table", "title", "column", "kind", "unit", "meaning"])
