"""Where a number comes from: from a fact, or a cell of a published table, back to the rows of a raw file.

`report.fact(id).trace()` and `figure.trace(row, column)` give a `Trace`; what of it a page may carry is its `card()`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bscbdata.tracing.cells import trace_cell, trace_cells
from bscbdata.tracing.shown import trace_shown
from bscbdata.tracing.trace import Place, Trace
from bscbdata.tracing.tracer import TraceError, Tracer
from bscbdata.tracing.usage import Usage, read_usage

if TYPE_CHECKING:
    from bscbdata.figures import Figure

__all__ = [
    "Place",
    "Trace",
    "TraceError",
    "Tracer",
    "Usage",
    "as_told",
    "figure_told",
    "read_usage",
    "trace_cell",
    "trace_cells",
    "trace_shown",
]


def as_told(traces: Mapping[str, Trace]) -> dict[str, dict]:
    """Traces as they ride along in a notebook's output: what a page may carry of each, and the files they name."""
    files = {place.file: place.paper() for trace in traces.values() for place in trace.places}
    return {"cards": {name: trace.card() for name, trace in traces.items()}, "files": files}


def figure_told(figure: "Figure") -> dict:
    """What a page may carry of a figure: the cards of the numbers in its words and, by row and column, of its table."""
    words = as_told(trace_shown(figure.tracer, f"{figure.headline} {figure.note}"))
    cells = trace_cells(figure.tracer, figure.table, figure.tables) if figure.tables else {}
    told = as_told({f"{row},{column}": trace for (row, column), trace in cells.items()})
    withheld = any(trace.withheld for trace in cells.values()) or _says_withheld(figure)
    about = {"key": figure.key, "tables": list(figure.tables), "withheld": withheld, "cells": told["cards"]}
    return {"cards": words["cards"], "files": words["files"] | told["files"], "figure": about}


def _says_withheld(figure: "Figure") -> bool:
    """Whether a cell of the table is withheld, in whatever way the chapter wrote it."""
    return any("[c]" in cell for row in figure.table.rows() for cell in row)
