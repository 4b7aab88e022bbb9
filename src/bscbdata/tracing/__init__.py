"""Where a number comes from: from a fact, or a cell of a published table, back to the rows of a raw file.

`report.fact(id).trace()` and `figure.trace(row, column)` give a `Trace`; what of it a page may carry is its `card()`.
"""

from collections.abc import Mapping

from bscbdata.tracing.cells import cells_of, own_cells, place_of, trace_cell, trace_cells
from bscbdata.tracing.named import in_order, trace_named
from bscbdata.tracing.shown import trace_shown
from bscbdata.tracing.spelling import names_in, spelled, spellings
from bscbdata.tracing.trace import Place, Trace
from bscbdata.tracing.tracer import TraceError, Tracer
from bscbdata.tracing.usage import read_usage


def as_told(traces: Mapping[str, Trace]) -> dict[str, dict]:
    """Traces as a notebook's output carries them: `cards` by key (only what a page may show), and `files`: what is known of each raw file."""
    files = {place.file: place.paper() for trace in traces.values() for place in trace.places}
    return {"cards": {name: trace.card() for name, trace in traces.items()}, "files": files}
