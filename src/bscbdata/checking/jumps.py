"""Months and quarters that stand out, and returns that grew or shrank since last year: told, so that somebody asks."""

from collections.abc import Mapping

import pandas as pd

from bscbdata.findings import Finding, warning
from bscbdata.period import ReportYear, month_label
from bscbdata.places import Project
from bscbdata.quality import odd
from bscbdata.sources import Source

GREW, SHRANK = 1.5, 0.67


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


def row_counts(
    tables: Mapping[str, pd.DataFrame], sources: list[Source], project: Project, year: ReportYear
) -> list[Finding]:
    """A warning for every return that has half as many rows again as last year's, or a third fewer."""
    found, before = [], project.processed(year.previous)
    for source in sources:
        kept = before / f"{source.name}.parquet"
        if source.official or source.name not in tables or not kept.exists():
            continue
        then, now = len(pd.read_parquet(kept)), len(tables[source.name])
        if then and not SHRANK <= now / then <= GREW:
            place = {"file": f"{year.label}/{source.path}", "sheet": source.sheet}
            said = f"{now:,} rows, where {year.previous} had {then:,}."
            found.append(warning("row_count", said, **place, advice="Ask whether the return is whole."))
    return found
