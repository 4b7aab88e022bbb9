"""CSV files too long to hold as a grid: read in batches, each column as its distinct texts.

A file goes this way only when every row has as many cells as the header; any other is read by `grid.read_grid`,
which is slower and forgives more. Row numbers are the lines of the file, as everywhere.
"""

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv
from pandas.api.extensions import ExtensionArray
from pandas.api.types import union_categoricals

from bscbdata.sources.grid import ERRORS
from bscbdata.sources.text_file import DELIMITERS

LARGE_BYTES = 8_000_000
SLICE_BYTES = 3_000_000
AHEAD = 2  # so many parts are read at a time, while the one before them is cleaned
FIRST_LINES = 60
LONG_LINE = 100_000  # so far back a line is looked for before the whole part is searched
TEXT = pa.dictionary(pa.int32(), pa.string())


def is_large(path: Path) -> bool:
    """Whether a file is a CSV of more than LARGE_BYTES."""
    return (
        path.suffix.lower() in (".csv", ".txt", ".tsv")
        and path.exists()
        and path.stat().st_size > LARGE_BYTES
    )


def first_rows(path: Path) -> tuple[pd.DataFrame, str, str] | None:
    """The first rows as a grid, the delimiter and the encoding; None when the file is not plain enough for this way."""
    with path.open("rb") as stream:
        start = stream.read(200_000)
    if b"\x00" in start:
        return None  # two bytes a character
    encoding = _encoding(start)
    lines = start.decode(encoding, errors="replace").splitlines()[:FIRST_LINES]
    if '"' in "".join(lines) and any(line.count('"') % 2 for line in lines):
        return None  # a quoted cell runs over lines, so lines are not rows
    delimiter = max(DELIMITERS, key="\n".join(lines).count)
    if any(delimiter + ' "' in line for line in lines):
        return None  # a quotation mark behind a space, which only the slower way takes for one
    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter))
    width = max(map(len, rows), default=0)
    if width < 2:
        return None
    padded = [[cell or None for cell in row] + [None] * (width - len(row)) for row in rows]
    return pd.DataFrame(padded, index=range(1, len(rows) + 1), dtype="object"), delimiter, encoding


def _encoding(start: bytes) -> str:
    try:
        start[:-4].decode("utf-8-sig")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def batches(
    path: Path, width: int, skip: int, delimiter: str, encoding: str, wanted: dict[int, bool] | None = None
) -> Iterator[pd.DataFrame]:
    """The rows after the first `skip` lines, many at a time; index = line in the file. Raises pyarrow.ArrowInvalid
    when a row has another number of cells or a character is not of the encoding, NotPlain when a formula failed.

    `wanted` names the columns to read, by position, and whether each is of texts that hardly repeat.
    """
    wanted = dict.fromkeys(range(width), False) if wanted is None else wanted
    line = skip + 1
    for table in _ahead(partial(read_slice, width, delimiter, encoding, wanted), slices(path, skip)):
        _stop_at_errors(table)
        columns = {place: _values(column) for place, column in zip(wanted, table.columns, strict=True)}
        yield pd.DataFrame(columns, index=pd.RangeIndex(line, line + len(table)), copy=False)
        line += len(table)


def _values(column: pa.ChunkedArray) -> ExtensionArray:
    """A column as pandas holds it; its distinct texts are known to be distinct."""
    if not pa.types.is_dictionary(column.type) or column.num_chunks != 1:
        return column.to_pandas().array
    cells = column.chunk(0)
    codes = cells.indices.fill_null(-1) if cells.null_count else cells.indices
    texts = pd.Index(cells.dictionary.to_pylist(), dtype="object")
    return pd.Categorical.from_codes(codes.to_numpy(), dtype=pd.CategoricalDtype(texts), validate=False)


class NotPlain(ValueError):
    """The file holds what only the slower way can tell of."""


def _stop_at_errors(table: pa.Table) -> None:
    """Raise NotPlain when a cell holds the error of a formula."""
    for column in table.columns:
        repeated = pa.types.is_dictionary(column.type) and column.num_chunks
        if repeated and ERRORS & set(column.chunk(0).dictionary.to_pylist()):
            raise NotPlain("A formula failed.")


def _ahead(function: Callable, items: Iterator) -> Iterator:
    """The function's results in order, the next ones worked out while the last is used."""
    with ThreadPoolExecutor(AHEAD) as beside:
        coming = deque()
        for item in items:
            coming.append(beside.submit(function, item))
            if len(coming) > AHEAD:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()


def read_slice(
    width: int, delimiter: str, encoding: str, wanted: dict[int, bool], part: pa.Buffer
) -> pa.Table:
    """Whole lines of a file as columns of distinct texts, or of plain text where it hardly repeats."""
    names = [str(number) for number in range(width)]
    plain = bool((np.frombuffer(part, dtype=np.int8) >= 0).all())  # ASCII is the same in every encoding
    types = {names[place]: pa.string() if alone else TEXT for place, alone in wanted.items()}
    return arrow_csv.read_csv(
        pa.BufferReader(part),
        arrow_csv.ReadOptions(
            column_names=names,
            encoding="utf-8" if plain else encoding,
            block_size=part.size + 1,
            use_threads=False,
        ),
        arrow_csv.ParseOptions(delimiter=delimiter, ignore_empty_lines=False),
        arrow_csv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            null_values=[""],
            strings_can_be_null=True,
            check_utf8=not plain,
        ),
        memory_pool=memory(),
    )


@cache
def memory() -> pa.MemoryPool:
    """Where parts are held: the pool that gives memory back soonest, of those that this machine has."""
    there = pa.supported_memory_backends()
    return pa.jemalloc_memory_pool() if "jemalloc" in there else pa.system_memory_pool()


def slices(path: Path, skip: int) -> Iterator[pa.Buffer]:
    """The file after its first lines, in parts of about SLICE_BYTES that end with a line; never all of it in memory."""
    with path.open("rb") as lines:
        for _ in range(skip):
            lines.readline()
        start = lines.tell()
    # its memory is used again, which that of Python's own bytes is not
    with pa.OSFile(str(path), memory_pool=memory()) as stream:
        stream.seek(start)
        while (part := stream.read_buffer(SLICE_BYTES)).size:
            whole = _to_last_line(part) if part.size == SLICE_BYTES else part
            start += whole.size
            stream.seek(start)
            yield whole


def _to_last_line(part: pa.Buffer) -> pa.Buffer:
    """A part up to the end of its last whole line; all of it when it has none."""
    for searched in (min(LONG_LINE, part.size), part.size):
        start = part.size - searched
        found = part.slice(start).to_pybytes().rfind(b"\n")
        if found >= 0:
            return part.slice(0, start + found + 1)
    return part


def join(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Parts of one file as one frame; their distinct texts are brought together, not spelt out."""
    columns = {
        name: union_categoricals([part[name] for part in parts])
        if isinstance(parts[0][name].dtype, pd.CategoricalDtype)
        else pd.concat([part[name] for part in parts]).array
        for name in parts[0].columns
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(parts[0].index[0], parts[-1].index[-1] + 1), copy=False)
