"""What a chapter shows or reads past the report: a table, picture or number that no gate has looked at, or a file.

A table that an analyst looked at and left in a cell, or a chart drawn without `report.figure`, would stand on the page as
it is. Of a picture nobody could tell afterwards what it holds. Of a file that a cell opens itself the gate does not know
the counts, the build not that it changed, and a reader not where its numbers come from.
"""

import ast
from collections.abc import Iterator

from bscbdata.build.imports import parsed
from bscbdata.findings import Finding, failure
from bscbdata.publish.notebook import cell_options

SHOWN = ("text/plain", "text/markdown")
ADVICE = (
    "Hand a table to report.table_figure, a chart to report.figure, words to report.text; or keep it off the page with "
    "`#| output: false` as the first line of the cell."
)

OPENING = ("open", "urlopen", "ParquetFile", "loadtxt", "genfromtxt")  # beside whatever begins with `read_`
INSIDE = ("tracer", "_tidy")  # what the report itself reads with
READ_ADVICE = (
    "Read through the report: report.table(…), report.tables or report.indicator(…). A file that is no table yet becomes "
    "one as docs/how-to.md says under 'Add a source'."
)


def read_past(cells: list[dict], notebook: str) -> list[Finding]:
    """A failure for each way in which a cell of a notebook reads what the report knows nothing of."""
    said = "Cell {} reads past the report."
    return [
        failure("disclosure", said.format(number), file=notebook, value=name, advice=READ_ADVICE)
        for number, cell in enumerate(_as_written(cells), start=1)
        if cell["cell_type"] == "code"
        for name in dict.fromkeys(_reading("".join(cell["source"])))
    ]


def _reading(source: str) -> Iterator[str]:
    """The names by which code opens files, or takes out of the report what that reads with."""
    try:
        nodes = list(ast.walk(parsed(source)))
    except SyntaxError:  # it ran, so it is the notebook's own: `found = !cat returns.csv`
        yield source.strip().splitlines()[0]
        return
    yield from (node.attr for node in nodes if isinstance(node, ast.Attribute) and node.attr in INSIDE)
    called = [node.func for node in nodes if isinstance(node, ast.Call)]
    for name in (getattr(func, "attr", getattr(func, "id", "")) for func in called):
        if name in OPENING or name.startswith("read_"):
            yield name


def unseen(cells: list[dict], notebook: str) -> list[Finding]:
    """A failure for each output of an executed notebook's cells that would be published and did not come from the report."""
    return [
        failure(
            "disclosure", f"Cell {number} shows {what} that no check has seen.", file=notebook, advice=ADVICE
        )
        for number, cell in enumerate(_as_written(cells), start=1)
        if cell["cell_type"] == "code" and cell.get("outputs") and _is_shown(cell)
        for what in dict.fromkeys(filter(None, map(_what, cell["outputs"])))
    ]


def _as_written(cells: list[dict]) -> list[dict]:
    """The cells of the notebook without the one in which papermill gives it the year."""
    return [cell for cell in cells if not "".join(cell["source"]).startswith("# Parameters\n")]


def _is_shown(cell: dict) -> bool:
    try:
        options, _ = cell_options("".join(cell["source"]))
    except ValueError:  # the writer of pages says so
        return True
    return options.get("output") is not False and options.get("include") is not False


def _what(output: dict) -> str:
    """What an output is, in words; empty for what comes from the report, and for words without a number."""
    if output["output_type"] == "stream":
        return "" if output["name"] == "stderr" else _numbers([output["text"]])
    data = output.get("data", {})
    if "bscb" in output.get("metadata", {}) or not data:
        return ""
    if any(form.startswith("image/") for form in data):
        return "a picture"
    return "a table" if "text/html" in data else _numbers([data.get(form, "") for form in SHOWN])


def _numbers(texts: list) -> str:
    return "a number" if any(letter.isdigit() for text in texts for letter in "".join(text)) else ""
