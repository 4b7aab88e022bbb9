"""At home in a notebook: an error of ours shows the line of the cell and what to do; names complete inside quotes."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

PACKAGE = str(Path(__file__).parent)
HINT = "(%tb Plain shows where in bscbdata it was found.)"
# the method of a report -> what of the report holds the names that it takes first
TAKES = dict.fromkeys(("table", "odd_months", "try_rule"), "tables")
TAKES |= dict.fromkeys(("indicator", "chart", "compare", "comparison", "figure_cell"), "indicators")
TAKES |= {"fact": "facts", "prose": "commentary"}
ASKED = re.compile(r"""(\w+)\.(\w+)\(\s*["']([\w.-]*)$""")


def settle_in() -> None:
    """In a notebook: short errors and completed names, from now on. Elsewhere it does nothing."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or hasattr(shell.InteractiveTB.structured_traceback, "whole"):
        return
    shell.InteractiveTB.structured_traceback = shortened(shell.InteractiveTB)
    shell.Completer.custom_matchers.append(_completer(shell.user_ns))


def shortened(shows) -> Callable[..., list[str]]:
    """How IPython writes errors, but of one that this package raised with a sentence the lines of the cell alone."""
    whole = shows.structured_traceback

    def structured(etype, value=None, tb=None, *more, **named) -> list[str]:
        own = _before_ours(tb) if shows.mode == "Context" else None
        if own is None:
            return whole(etype, value, tb, *more, **named)
        hidden, value.__suppress_context__ = value.__suppress_context__, True
        try:
            return [*whole(etype, value, own, *more, **named), HINT]
        finally:
            value.__suppress_context__ = hidden

    structured.whole = whole
    return structured


def _before_ours(tb: TracebackType | None) -> TracebackType | None:
    """The way to the first line of this package; None when the error was not raised by a line of it."""
    steps = []
    while isinstance(tb, TracebackType):
        steps.append(tb)
        tb = tb.tb_next
    ours = [step.tb_frame.f_code.co_filename.startswith(PACKAGE) for step in steps]
    if not ours or not ours[-1]:
        return None
    found = None
    for step in reversed(steps[: ours.index(True)]):
        found = TracebackType(found, step.tb_frame, step.tb_lasti, step.tb_lineno)
    return found


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
    """The names that go on from `report.chart("refe`: of tables, indicators, facts or sections."""
    asked = ASKED.search(text)
    holder = TAKES.get(asked[2], "") if asked else ""
    if not holder or asked[1] not in names or not hasattr(names[asked[1]], holder):
        return []
    return [name for name in getattr(names[asked[1]], holder) if name.startswith(asked[3])]
