"""What a chapter shows that is not of the report: a table, picture or number that no gate has looked at.

A table that an analyst looked at and left in a cell, or a chart drawn without `report.figure`, would stand on the page as
it is. Of a picture nobody could tell afterwards what it holds.
"""

from bscbdata.findings import Finding, failure
from bscbdata.publish.notebook import cell_options

SHOWN = ("text/plain", "text/markdown")
ADVICE = (
    "Hand a table to report.table_figure, a chart to report.figure, words to report.text; or keep it off the page with "
    "`#| output: false` as the first line of the cell."
)


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
