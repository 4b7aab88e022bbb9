"""The tidy tables: their schemas, how they are kept, and the catalogue of what they mean.

A table's schema is made from its source's `columns.csv`, the one truth that also types, checks and documents it.
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from bscbdata.cleaning import STATUSES
from bscbdata.sources import Column, Source, load_codes, load_source, source_names

DTYPES = {
    "text": "str",
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


def read_all(folder: Path) -> Mapping[str, pd.DataFrame]:
    """Every tidy table of a year, by name."""
    return {path.stem: pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}


def catalogue() -> pd.DataFrame:
    """Tables and columns with their meaning: columns table, title, column, kind, unit, meaning."""
    rows = [
        {
            "table": name,
            "title": source.title,
            "column": column.name,
            "kind": column.kind,
            "unit": column.unit,
            "meaning": column.meaning,
        }
        for name in source_names()
        for source in [load_source(name)]
        for column in source.columns
    ]
    return pd.DataFrame(rows, columns=["table", "title", "column", "kind", "unit", "meaning"])
