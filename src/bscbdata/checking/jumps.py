"""Months and quarters that stand out among the others: told, so that somebody asks."""

from collections.abc import Mapping

import pandas as pd

from bscbdata.findings import Finding, warning
from bscbdata.period import ReportYear, month_label
from bscbdata.quality import odd
from bscbdata.sources import Source


def jumps(tables: Mapping[str, pd.DataFrame], sources: list[Source], year: ReportYear) -> list[Finding]:
    """A warning for every month or quarter of a return whose count stands out among those that it has."""
    found = []
    for source in sources:
        period = next((c for c in source.columns if c.kind in ("month", "quarter")), None)
        counts = [c for c in source.columns if c.kind == "count"]
        if source.official or period is None or source.name not in tables:
            continue
        for column in counts:
            counted = tables[source.name].groupby(period.name)[column.name].sum()
            place = {
                "file": f"{year.label}/{source.path}",
                "sheet": source.sheet,
                "column": column.header(year),
            }
            found += [_stands_out(when, value, counted, place) for when, value in odd(counted).items()]
    return found


def _stands_out(when: pd.Timestamp | str, value: float, counts: pd.Series, place: dict) -> Finding:
    label = month_label(when.date()) if isinstance(when, pd.Timestamp) else when
    said = (
        f"{label} stands out: {value:,.0f}, where the middle one of {len(counts)} is {counts.median():,.0f}."
    )
    return warning(
        "jump", said, **place, advice="Ask whether something happened, or a row is wrong or doubled."
    )
