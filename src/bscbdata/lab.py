"""At home in a notebook: an error shows the line of the cell and what to do; names complete inside quotes; what is saved
is the notebook alone, without what running it left there."""

import os
import re
import sys
import sysconfig
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType, TracebackType

from bscbdata.lists import near

PACKAGE = str(Path(__file__).parent)
LIBRARIES = tuple({sysconfig.get_paths()[name] for name in ("purelib", "platlib", "stdlib")})
TRACE = "BSCB_TRACE"  # names the file in which a run wants the whole trace of an error
OPEN_IN_LAB = "JPY_SESSION_NAME"  # JupyterLab tells the kernels that it starts which notebook they serve; a run does not
FENCE = re.compile(r":{3,}\s*(?P<about>\{.*\})?\s*")
TITLE = re.compile(r'title="([^"]*)"')
ABOUT_SPAN = re.compile(r"(?<=[\])])\{\.[^{}\n]*\}")
ADVICE = "Advice: "
HINT = "(%tb Plain shows where in {} it was found.)"
ABOUT = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
ABOUT |= {"language_info": {"name": "python"}}
# the method of a report, or the door of the package -> what of either holds the names that it takes first
TAKES = dict.fromkeys(("table", "odd_months", "try_rule"), "tables")
TAKES |= dict.fromkeys(("indicator", "chart", "compare", "comparison", "figure_cell"), "indicators")
TAKES |= {"fact": "facts", "prose": "commentary", "report": "known_years", "catalogue": "table_names"}
ASKED = re.compile(r"""(\w+)\.(\w+)\(\s*["']([\w.-]*)$""")


def settle_in() -> None:
    """In a notebook: short errors and completed names, from now on. Elsewhere it does nothing."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or hasattr(shell.InteractiveTB.structured_traceback, "whole"):
        return
    shell.InteractiveTB.structured_traceback = shortened(shell.InteractiveTB)
    shell.Completer.custom_matchers.append(_completer(shell.user_ns))


def readable(markdown: str) -> str:
    """The Markdown as a notebook that is open in JupyterLab can show it: it knows no fenced boxes, so their text is set as
    a quotation below its title, and what stands in braces for pandoc is left out. In a run it stays as it is."""
    return _without_fences(markdown) if OPEN_IN_LAB in os.environ else markdown


def _without_fences(markdown: str) -> str:
    """`::: {.callout-note title="A box"}` becomes `> **A box**`, and each line to the end of the box stands behind `>`."""
    shown, depth = [], 0
    for line in markdown.split("\n"):
        fence = FENCE.fullmatch(line)
        if fence and fence["about"]:
            depth += 1
            title = TITLE.search(fence["about"])
            shown += [f"{'>' * depth} **{title[1]}**", ">" * depth] if title else []
        elif fence:
            depth = max(depth - 1, 0)
            shown.append(">" * depth)
        else:
            shown.append(f"{'>' * depth} {line}" if depth else line)
    return ABOUT_SPAN.sub("", "\n".join(shown))


def shortened(shows) -> Callable[..., list[str]]:
    """How IPython writes errors, but of one that was raised outside the cell the lines of the cell alone, with advice.

    The whole goes into the file that TRACE names, where a run has set it.
    """
    whole = shows.structured_traceback

    def structured(etype, value=None, tb=None, *more, **named) -> list[str]:
        own = _of_the_cell(tb) if shows.mode == "Context" else None
        if file := os.environ.get(TRACE):
            text = "".join(traceback.format_exception(etype, value, tb))
            Path(file).write_text(text, encoding="utf8", newline="\n")
        if own is None:
            return whole(etype, value, tb, *more, **named)
        behind = value.__cause__, value.__suppress_context__
        value.__cause__ = None  # what led to it is not shown
        try:
            said = [*whole(etype, value, own, *more, **named), advice(value, tb)]
            return [*filter(None, said), HINT.format(_room(_frames(tb)[-1]))]
        finally:
            value.__cause__, value.__suppress_context__ = behind

    structured.whole = whole
    return structured


def _of_the_cell(tb: TracebackType | None) -> TracebackType | None:
    """The way to the user's last own line before a library or this package is entered; None when an error is the cell's own.

    IPython's lines come before the cell's; it leaves them out itself.
    """
    steps = []
    while isinstance(tb, TracebackType):
        steps.append(tb)
        tb = tb.tb_next
    foreign = [_is_foreign(step.tb_frame.f_code.co_filename) for step in steps]
    if not foreign or not foreign[-1] or all(foreign):
        return None
    found = None
    for step in reversed(steps[: foreign.index(True, foreign.index(False))]):
        found = TracebackType(found, step.tb_frame, step.tb_lasti, step.tb_lineno)
    return found


def _is_foreign(file: str) -> bool:
    """Whether a line is of a library or of this package; compiled ones give their source's name alone."""
    return file.startswith((PACKAGE, *LIBRARIES)) or file.endswith((".pyx", ".pxi"))


def _frames(tb: TracebackType | None) -> list[FrameType]:
    return [frame for frame, _ in traceback.walk_tb(tb)]


def _room(frame: FrameType) -> str:
    """The library that a line is of."""
    return str(frame.f_globals.get("__name__", "Python")).partition(".")[0]


def advice(value: BaseException, tb: TracebackType | None) -> str:
    """What helps with the commonest slip in pandas, a column that is not there: those that are. Empty for other errors."""
    tables = [
        columns for frame in _frames(tb) if (columns := _columns(frame.f_locals.get("self"))) is not None
    ]
    asked = re.search(r"has no attribute '(\w+)'$|^\"?'?([^'\"]+?)'?\"?$", str(value))
    if not tables or not asked or not isinstance(value, (KeyError, AttributeError)):
        return ""
    name = asked[1] or asked[2]
    return f"{ADVICE}The table has no column '{name}'.{near(name, tables[0])} It has: {', '.join(tables[0])}."


def _columns(thing: object) -> list[str] | None:
    """The columns of a table of pandas; None of anything else."""
    found = getattr(thing, "columns", None) if type(thing).__module__.startswith("pandas") else None
    return None if found is None else [str(name) for name in found]


def alone(notebook: Mapping) -> dict:
    """A notebook as it is kept: its cells with their tags, without outputs, counts and what programs note about it."""
    cells = [_cell_alone(cell) for cell in notebook["cells"]]
    return {**notebook, "cells": cells, "metadata": ABOUT}


def _cell_alone(cell: Mapping) -> dict:
    tags = cell.get("metadata", {}).get("tags", [])
    empty = {"execution_count": None, "outputs": []} if cell["cell_type"] == "code" else {}
    kept = {name: cell[name] for name in cell if name != "attachments" or cell[name]}
    return kept | empty | {"metadata": {"tags": list(tags)} if tags else {}}


def before_saving(model: dict, **_) -> None:
    """What JupyterLab does before it saves: a notebook is saved alone, so that git sees what was written and no more."""
    if model["type"] == "notebook" and model["content"]["nbformat"] == 4:
        model["content"] = {**model["content"], **alone(model["content"])}


def _completer(names: dict) -> Callable:
    from IPython.core.completer import SimpleCompletion, context_matcher

    @context_matcher(identifier="bscbdata.names")
    def complete(context) -> dict:
        found = [
            SimpleCompletion(text=name, type="name") for name in asked_for(names, context.text_until_cursor)
        ]
        return {"completions": found, "suppress": bool(found)}

    return complete


def asked_for(names: dict, text: str) -> list[str]:
    """The names that go on from `report.chart("refe`: of tables, indicators, facts or sections; of years in `bscb.report("`."""
    asked = ASKED.search(text)
    holder = TAKES.get(asked[2], "") if asked else ""
    if not holder or asked[1] not in names or not hasattr(names[asked[1]], holder):
        return []
    return [name for name in getattr(names[asked[1]], holder) if name.startswith(asked[3])]
