"""A return of any length to a tidy Parquet file, part by part: memory does not grow with the file."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet

from bscbdata.findings import Finding
from bscbdata.period import ReportYear
from bscbdata.sources import Source
from bscbdata.sources.large import memory
from bscbdata.sources.reading import Part, read_parts
from bscbdata.sources.tally import Tally

ROWS_TOGETHER = 200_000  # so many rows are written at once


@dataclass
class Converted:
    """How many rows came in, were kept and were rejected; what the checks said."""

    rows_in: int = 0
    rows: int = 0
    rejects: int = 0
    findings: tuple[Finding, ...] = ()

    def add(self, part: Part) -> None:
        """Count a part in."""
        self.rows_in += part.rows_in
        self.rows += len(part.table)
        self.rejects += len(part.rejects)
        self.findings += tuple(part.findings)


def to_parquet(source: Source, year: ReportYear, raw: Path, path: Path) -> Converted:
    """Clean a source straight into a Parquet file. Raises DataStop when the file as a whole cannot be used.

    A row of a long table leads back by `row`, its line in the file; the file's name stands once, as `file` in the
    metadata of the Parquet file. While one part is written the next is read.
    """
    tally, done = Tally(source, year), Converted()
    with ThreadPoolExecutor(max_workers=1) as beside, ExitStack() as closing:
        writer, written, waiting = None, None, []
        for part in read_parts(source, year, raw, tally):
            done.add(part)
            waiting.append(_as_kept(part, tally.name))
            if writer is None:
                writer = closing.enter_context(_writer(path, waiting[0].schema))
            if sum(map(len, waiting)) >= ROWS_TOGETHER:
                if written:
                    written.result()
                written = beside.submit(writer.write_table, _together(waiting, writer.schema))
                waiting = []
        if written:
            written.result()
        if waiting:
            writer.write_table(_together(waiting, writer.schema))
    assert done.rows_in == done.rows + done.rejects, f"{tally.name}: rows were lost"
    done.findings += tuple(tally.findings())
    return done


def _together(tables: list[pa.Table], schema: pa.Schema) -> pa.Table:
    return pa.concat_tables([table.cast(schema) for table in tables])


def _writer(path: Path, schema: pa.Schema) -> parquet.ParquetWriter:
    """Columns of labels, days and counts repeat, so they are kept as dictionaries; the line of a row never does.

    The least and the largest label of a part tell nobody anything, and take a third of the time to find.
    """
    repeating = [name for name in schema.names if name != "row"]
    ordered = [field.name for field in schema if not pa.types.is_dictionary(field.type)]
    return parquet.ParquetWriter(
        path,
        schema,
        compression="snappy",
        use_dictionary=repeating,
        column_encoding={"row": "DELTA_BINARY_PACKED"},
        write_statistics=ordered,
        memory_pool=memory(),
    )


def _as_kept(part: Part, name: str) -> pa.Table:
    """A cleaned part with the line of each row."""
    columns = {column: pa.array(cells.array, from_pandas=True) for column, cells in part.table.items()}
    rows = pa.array(part.rows).cast(pa.int32())
    return pa.table(columns | {"row": rows}, metadata={"file": name})
