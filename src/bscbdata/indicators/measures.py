"""The measures themselves, as the Department for Education counts them. Pure functions over columns."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from bscbdata.period import ReportYear


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
    days = np.busday_count(first, np.maximum(last, first), holidays=_holidays())
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


def bank_holidays(year: int) -> list[date]:
    """Bank holidays in England in a calendar year, with the moves and extra days of 2009 to 2030 that are known.

    >>> [day.isoformat() for day in bank_holidays(2016)][:2]
    ['2016-01-01', '2016-03-25']
    """
    easter = (pd.Timestamp(year, 1, 1) + pd.offsets.Easter()).date()
    regular = [
        *_substituted(date(year, 1, 1)),
        easter - timedelta(days=2),
        easter + timedelta(days=1),
        _monday(year, 5, first=True),
        _monday(year, 5, first=False),
        _monday(year, 8, first=False),
        *_christmas(year),
    ]
    moved = {
        2012: {_monday(2012, 5, first=False)},
        2020: {_monday(2020, 5, first=True)},
        2022: {_monday(2022, 5, first=False)},
    }
    return sorted(set(regular) - moved.get(year, set()) | set(_EXTRA.get(year, ())))


# Royal weddings and jubilees, VE day, the state funeral and the coronation; and spring holidays moved for them.
_EXTRA = {
    2011: (date(2011, 4, 29),),
    2012: (date(2012, 6, 4), date(2012, 6, 5)),
    2020: (date(2020, 5, 8),),
    2022: (date(2022, 6, 2), date(2022, 6, 3), date(2022, 9, 19)),
    2023: (date(2023, 5, 8),),
}


def _holidays() -> np.ndarray:
    return np.array([day for year in range(2005, 2051) for day in bank_holidays(year)], dtype="datetime64[D]")


def _substituted(day: date) -> list[date]:
    """The day itself, or the Monday after when it falls on a weekend."""
    return [day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)]


def _christmas(year: int) -> list[date]:
    """Christmas Day and Boxing Day, or the weekdays given for them."""
    weekday = date(year, 12, 25).weekday()
    moves = {4: (25, 28), 5: (27, 28), 6: (26, 27)}
    return [date(year, 12, day) for day in moves.get(weekday, (25, 26))]


def _monday(year: int, month: int, first: bool) -> date:
    days = [date(year, month, day) for day in range(1, 32) if date(year, month, day).weekday() == 0]
    return days[0] if first else days[-1]
