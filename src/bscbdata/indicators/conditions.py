"""Which events of a child-level list count: the conditions of `conditions.csv`, which `journey.csv` names.

`rows` is a pandas expression over the columns of the list and the words of `Setting.words`; empty is every row. `needs`
names the columns without which it says nothing: a list that lacks them gives no value, never a nought. `rests_on` names
the columns that may be empty, as an end date is of an open case, but must have been sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pandas as pd

from bscbdata.indicators.measures import within_12_months, working_days_between
from bscbdata.lists import read_list
from bscbdata.statutory.spans import SLACK

DAYS_TO_REFERRAL = 7


@dataclass(frozen=True)
class Window:
    """The days that a set of lists covers in full."""

    start: date
    end: date

    def covers(self, start: date, end: date) -> bool:
        """Whether a period lies in it, but for a few days at its ends on which nothing need have happened."""
        return self.start - SLACK <= start and end <= self.end + SLACK


@dataclass(frozen=True)
class Period:
    """A month, quarter or year of the report."""

    kind: str
    label: str
    start: date
    end: date


@dataclass(frozen=True)
class Setting:
    """What a condition may need beside its own list: the other lists, what they cover, the period, and the columns of
    each list (`*`: of all) that were not sent."""

    lists: Mapping[str, pd.DataFrame]
    window: Window
    period: Period
    not_sent: Mapping[str, set[str]] = field(default_factory=dict)

    @property
    def end(self) -> pd.Timestamp:
        """The last day of the period."""
        return pd.Timestamp(self.period.end)

    @property
    def reaches_back(self) -> bool:
        """Whether the lists cover the year before the period too."""
        year_before = self.period.start.replace(year=self.period.start.year - 1)
        return self.window.covers(year_before, self.period.end)

    @property
    def words(self) -> dict[str, object]:
        """What conditions may name, beside the columns."""
        return {
            "end": self.end,
            "days_before_lists_end": lambda days: pd.Timestamp(self.window.end - timedelta(days=days)),
            "years_after": lambda day, years: day + pd.DateOffset(years=years),
            "months_after": lambda day, months: day + pd.DateOffset(months=months),
            "working_days": lambda start, end: working_days_between(start, pd.Series(end, index=start.index)),
            "yes": _true,
            "followed_by_referral": self.followed_by_referral,
            "referred_before": self.referred_before,
            "referral_before_known": self.referral_before_known,
            "reviewed_in_time": self.reviewed_in_time,
        }

    def followed_by_referral(self, child: pd.Series, day: pd.Series) -> pd.Series:
        """Whether a referral of the same child came on the day or within seven days."""
        asked = pd.DataFrame({"child": child, "day": day}).dropna().sort_values("day").reset_index()
        referrals = self.lists["referrals"][["child", "referral_date"]].dropna().sort_values("referral_date")
        within = {"direction": "forward", "tolerance": pd.Timedelta(days=DAYS_TO_REFERRAL)}
        joined = pd.merge_asof(
            asked, referrals, left_on="day", right_on="referral_date", by="child", **within
        )
        found = joined.loc[joined["referral_date"].notna(), "index"]
        return pd.Series(child.index.isin(found), index=child.index)

    def referred_before(self, said: pd.Series) -> pd.Series:
        """Whether a referral came within twelve months of another: by pairs, else as the return itself counts."""
        if not self.reaches_back:
            return said > 0
        known = self.lists["referrals"]
        return within_12_months(known["child"], known["referral_date"]).loc[said.index]

    def referral_before_known(self, said: pd.Series) -> pd.Series:
        """Whether it is known of each referral if there was one before."""
        return said.notna() | self.reaches_back

    def reviewed_in_time(self, child: pd.Series, start: pd.Series) -> pd.Series:
        """Whether each plan was reviewed within three months, and then within six of the review before, to the day."""
        reviews = self.lists["plan_reviews"]
        by_plan = reviews[reviews["review_date"] <= self.end].groupby(["child", "plan_start_date"])
        held = by_plan["review_date"].agg(sorted)
        in_time = [
            _in_time(began, held.get((one, began), []), self.end)
            for one, began in zip(child, start, strict=True)
        ]
        return pd.Series(in_time, index=child.index, dtype=bool)


def _in_time(start: pd.Timestamp, held: list[pd.Timestamp], day: pd.Timestamp) -> bool:
    due = start + pd.DateOffset(months=3)
    for review in held:
        if review > due:
            return False
        due = review + pd.DateOffset(months=6)
    return due >= day


@cache
def conditions() -> dict[str, dict[str, str]]:
    """The rows of `conditions.csv`, by name."""
    return {row["condition"]: row for row in read_list(Path(__file__).parent / "conditions.csv")}


def meeting(name: str, events: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """The events that meet a condition."""
    rows = conditions()[name]["rows"]
    return events[_true(events.eval(rows, engine="python", resolvers=[setting.words]))] if rows else events


def lacking(name: str, events: pd.DataFrame) -> list[str]:
    """The columns that a condition needs and a list does not hold."""
    return [column for column in sorted(needs(name)) if column not in events or events[column].isna().all()]


def needs(name: str) -> set[str]:
    """The columns without which a condition says nothing."""
    return set(filter(None, conditions()[name]["needs"].split("|")))


def rests_on(name: str) -> set[str]:
    """The columns that must have been sent for a condition to be true or false of any row."""
    return set(filter(None, conditions()[name]["rests_on"].split("|")))


def _true(values: pd.Series) -> pd.Series:
    """Yes or no for each row; what is not known is no."""
    return values.astype("boolean").fillna(False).astype(bool)
