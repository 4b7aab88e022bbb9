"""Which days a set of events covers: half a year with one slip of the pen in it must not pass for a year."""

import math
from datetime import date, timedelta

import pandas as pd

LEAST_GAP = 31
SLACK = timedelta(days=6)  # at the ends of what lists cover: on so few days nothing need have happened
# Of fewer days with an event it cannot be told whether a gap is chance: brothers and sisters come on one day.
LEAST_DAYS = 20


def is_no_chance(gap: int, events: int, days: int) -> bool:
    """Whether a gap says that events are missing: over a month, and so long that of 400 sets of so many days with an
    event, spread evenly over so many days, fewer than one would leave it."""
    enough = events >= LEAST_DAYS and gap > LEAST_GAP
    return enough and gap > days / events * (math.log(events) + 6)


def densest_span(days: pd.Series) -> tuple[date, date] | None:
    """The first and last day of the stretch with most days of events, cut where a gap is no chance. None without a date."""
    known = days.dropna().drop_duplicates().sort_values().reset_index(drop=True)
    while len(known):
        gaps = known.diff().dt.days.fillna(0).astype(int)
        at, spread = int(gaps.idxmax()), (known.iloc[-1] - known.iloc[0]).days + 1
        if not is_no_chance(int(gaps[at]), len(known), spread - int(gaps[at])):
            return known.iloc[0].date(), known.iloc[-1].date()
        known = max((known[:at], known[at:]), key=len).reset_index(drop=True)
    return None


def within(span: tuple[date, date], days: pd.Series) -> tuple[date, date]:
    """A span without the days at its ends on which events are missing by no chance; the span where there is no event."""
    start, end = span
    inside = days[days.between(pd.Timestamp(start), pd.Timestamp(end))]
    found = densest_span(inside)
    if found is None:
        return span
    first, last = found
    days_held, events = (last - first).days + 1, inside.nunique()
    return (
        first if is_no_chance((first - start).days, events, days_held) else start,
        last if is_no_chance((end - last).days, events, days_held) else end,
    )
