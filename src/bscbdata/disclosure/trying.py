"""A rule tried before it is made: what a table would lose if other counts were withheld."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from bscbdata.disclosure.cells import CountTable, build
from bscbdata.disclosure.choose import suppress
from bscbdata.disclosure.rules import rules


def try_rule(
    frame: pd.DataFrame, count: str, by: Sequence[str] | str, highest: Sequence[int] = (3, 5, 10)
) -> pd.DataFrame:
    """What is lost if counts up to each of `highest` are withheld, with the partners that keep them from being found.

    The counts are first added up by the columns `by`. Columns: withheld (the rule), in_force, cells, small, partners,
    cells_withheld_pct, counted_withheld_pct (of what is counted, how much is no longer shown). Nothing is changed.

    >>> frame = pd.DataFrame({"district": ["A", "B", "C"], "children": [3, 20, 31]})
    >>> tried = try_rule(frame, "children", ["district"], highest=[2])
    >>> tried[["withheld", "small", "partners"]].values.tolist()
    [['1 to 2', 0, 0], ['1 to 5', 1, 1]]
    """
    by = [by] if isinstance(by, str) else by
    missing = [name for name in (count, *by) if name not in frame]
    if missing:
        raise KeyError(f"There is no column {', '.join(missing)}. There are: {', '.join(frame.columns)}.")
    counted = frame.groupby(list(by), observed=True)[count].sum().reset_index()
    system = build({"table": CountTable(counted, count, by)})
    rows = [_tried(system, up_to) for up_to in sorted({*highest, rules().highest})]
    return pd.DataFrame(rows)


def _tried(system, highest: int) -> dict[str, object]:
    """One rule: the same width of what may be worked out as the house's, or that of the rule where it is wider."""
    rule = replace(rules(), highest=highest, width=max(highest, rules().width))
    shown = system.cells["kind"].eq("cell").to_numpy()
    values = system.values[shown]
    hidden = suppress(system, rule)[shown]
    small = (values >= rule.lowest) & (values <= rule.highest)
    return {
        "withheld": f"{rule.lowest} to {highest}",
        "in_force": highest == rules().highest,
        "cells": len(values),
        "small": int(small.sum()),
        "partners": int((hidden & ~small).sum()),
        "cells_withheld_pct": 100 * float(hidden.mean()),
        "counted_withheld_pct": 100 * float(np.sum(values[hidden]) / max(np.sum(values), 1)),
    }
