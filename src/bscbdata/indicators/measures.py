"""The measures themselves, as the Department for Education counts them. Pure functions over columns."""

from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from pandas import DateOffset
from pandas.tseries.holiday import (
    MO,
    AbstractHolidayCalendar,
    EasterMonday,
    GoodFriday,
    Holiday,
    next_monday,
    next_monday_or_tuesday,
)

from bscbdata.lists import read_list
from bscbdata.period import ReportYear

HOLIDAYS_KNOWN = (2000, 2050)  # the years of which bank holidays are worked out


def with_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with `source_rows`, which says of every measure made from it where in the raw files it stands."""
    return frame.assign(source_rows=frame.get("row_id", ""))


def rate_per_10000(count: pd.Series, population: pd.Series) -> pd.Series:
    """Count per 10,000 children; the population is that of `population_year`. Missing where there is no population.

    >>> rate_per_10000(pd.Series([60]), pd.Series([120_000])).tolist()
    [5.0]
    """
    return 10_000 * count / population.where(population > 0)


def share_pct(part: pd.Series, whole: pd.Series) -> pd.Series:
    """Part of whole in per cent; missing where the whole is nothing.

    >>> share_pct(pd.Series([3, 1]), pd.Series([4, 0])).tolist()
    [75.0, nan]
    """
    return 100 * part / whole.where(whole > 0)


def population_year(year: str | ReportYear) -> int:
    """The calendar year whose mid-year population a year's rates divide by: the one before its end, so 2015 for 2015-16.

    >>> population_year("2015-16")
    2015
    """
    return (year if isinstance(year, ReportYear) else ReportYear.parse(year)).first


def working_days_between(start: pd.Series, end: pd.Series) -> pd.Series:
    """Working days after the start up to and with the end, in England: no weekends, no bank holidays.

    The day of the start is day 0, as in the children in need census guide. Missing where either date is, and where
    the end lies before the start.

    >>> easter = pd.to_datetime(pd.Series(["2016-03-24", "2016-03-29"]))
    >>> int(working_days_between(easter[:1], easter[1:].set_axis([0]))[0])
    1
    """
    known = (end >= start).fillna(False).astype(bool)
    first = start[known].to_numpy().astype("datetime64[D]") + np.timedelta64(1, "D")
    last = end[known].to_numpy().astype("datetime64[D]") + np.timedelta64(1, "D")
    days = np.busday_count(first, np.maximum(last, first), holidays=_all_bank_holidays())
    return pd.Series(days, index=start[known].index, dtype="Int64").reindex(start.index)


def within_12_months(child: pd.Series, day: pd.Series) -> pd.Series:
    """Whether the same child had an earlier event in the twelve months before this one (a re-referral).

    >>> days = pd.to_datetime(pd.Series(["2014-05-01", "2015-05-01", "2016-05-02"]))
    >>> within_12_months(pd.Series(["A", "A", "A"]), days).tolist()
    [False, True, False]
    """
    frame = pd.DataFrame({"child": child, "day": day}).sort_values(["child", "day"], kind="stable")
    before = frame.groupby("child")["day"].shift()
    found = before.notna() & (before >= frame["day"] - pd.DateOffset(years=1))
    return found.reindex(child.index)


def open_at(start: pd.Series, end: pd.Series, day: date) -> pd.Series:
    """Whether each spell is open at the end of a day: begun by then, and not ended on or before it.

    >>> start, end = pd.to_datetime(pd.Series(["2016-01-01"])), pd.to_datetime(pd.Series(["2016-03-31"]))
    >>> open_at(start, end, date(2016, 3, 30)).tolist(), open_at(start, end, date(2016, 3, 31)).tolist()
    ([True], [False])
    """
    moment = pd.Timestamp(day)
    return (start <= moment) & (end.isna() | (end > moment))


class _Regular(AbstractHolidayCalendar):
    """The bank holidays of England as the law has them every year, with the weekdays given for those on a weekend."""

    rules = [
        Holiday("New Year's Day", month=1, day=1, observance=next_monday),
        GoodFriday,
        EasterMonday,
        Holiday("Early May", month=5, day=1, offset=DateOffset(weekday=MO(1))),
        Holiday("Spring", month=5, day=31, offset=DateOffset(weekday=MO(-1))),
        Holiday("Summer", month=8, day=31, offset=DateOffset(weekday=MO(-1))),
        Holiday("Christmas Day", month=12, day=25, observance=next_monday),
        Holiday("Boxing Day", month=12, day=26, observance=next_monday_or_tuesday),
    ]


@cache
def _all_bank_holidays() -> np.ndarray:
    """Every bank holiday of HOLIDAYS_KNOWN in order: the regular ones, with what `bank_holidays.csv` adds and takes away."""
    first, last = HOLIDAYS_KNOWN
    days = set(_Regular().holidays(date(first, 1, 1), date(last, 12, 31)).to_numpy().astype("datetime64[D]"))
    for row in read_list(Path(__file__).parent / "bank_holidays.csv"):
        (days.add if row["change"] == "added" else days.discard)(np.datetime64(row["day"], "D"))
    return np.array(sorted(days), dtype="datetime64[D]")


def bank_holidays(year: int) -> list[date]:
    """Bank holidays in England in a calendar year, with the moves and extra days that are known.

    >>> [day.isoformat() for day in bank_holidays(2016)][:2]
    ['2016-01-01', '2016-03-25']
    """
    return [day for day in _all_bank_holidays().tolist() if day.year == year]
