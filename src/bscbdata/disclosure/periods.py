"""The quarter and the year that the months and quarters of a published table lie in."""

import re

import pandas as pd

from bscbdata.period import ReportYear, parse_month, quarter_label


def with_periods(frame: pd.DataFrame, by: list[str], year: str) -> pd.DataFrame:
    """The frame with `quarter` (2015-16 Q1) and `year` beside its months or quarters; unchanged when it has neither.

    A quarter that stands without its year is one of the report year.
    """
    for column in by:
        if column not in ("month", "period", "quarter"):
            continue
        quarters = frame[column].map(lambda value: quarter_of(value, year))
        if quarters.notna().all():
            return frame.assign(quarter=quarters, year=quarters.map(lambda quarter: quarter.split()[0]))
    return frame


def quarter_of(value: object, year: str) -> str | None:
    """The quarter of a month or of a quarter as printed; None for anything else."""
    text = f"{value:%B %Y}" if isinstance(value, pd.Timestamp) else str(value)
    if match := re.fullmatch(r"(?:(\d{4}-\d{2}) )?Q([1-4])", text):
        return f"{match[1] or ReportYear.parse(year).label} Q{match[2]}"
    try:
        month = parse_month(text)
    except ValueError:
        return None
    return quarter_label(month)
