"""Checks of child-level lists whatever their format: dates in order, one thing before another, one child one birth.

`checks.csv` has them. `order`: in one row, `earlier` is not after `later`. `before`: the same child has an event with
the date column `earlier` (in the list that has it) on or before `later`; asked only of events a month and more after
the lists begin, since what came before is not in them. `one`: a child has one value in all lists together.
`repeated`: a row says again what a row above says. `once`: a child has no second event on the day `earlier`, or, where
`later` is the day that ends it, before the one before has ended: such as a row for each review, that counts a plan
twice. `lifetime`: no event lies before its child could be known of, or
after it is grown up: a slip of the year.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pandas as pd

from bscbdata.findings import Finding, passed, warning
from bscbdata.lists import read_list
from bscbdata.numbers import some
from bscbdata.statutory.keeping import day_of

HELD_IN = {"conference_date": "section_47", "referral_date": "referrals"}
PLACES = 5
RUN_IN = timedelta(days=183)
UNBORN_DAYS, GROWN_DAYS = 280, 26 * 365.25
Lists = Mapping[str, pd.DataFrame]


@cache
def checks() -> tuple[dict[str, str], ...]:
    """The rows of `checks.csv`."""
    return tuple(read_list(Path(__file__).parent / "checks.csv"))


def check_lists(lists: Lists, first_day: date | None) -> list[Finding]:
    """What every check says of the lists that are there. `first_day` is the first that they cover."""
    return [finding for check in checks() for finding in KINDS[check["check"]](check, lists, first_day)]


def _order(check: dict[str, str], lists: Lists, first_day: date | None) -> list[Finding]:
    if check["list"] not in lists:
        return []
    frame = lists[check["list"]]
    return _told(check, frame, frame[frame[check["later"]] < frame[check["earlier"]]])


def _before(check: dict[str, str], lists: Lists, first_day: date | None) -> list[Finding]:
    held_in = HELD_IN[check["earlier"]]
    if check["list"] not in lists or held_in not in lists or first_day is None:
        return []
    events = lists[check["list"]].dropna(subset=["child", check["later"]])
    events = events[events[check["later"]] >= pd.Timestamp(first_day + RUN_IN)]
    first = lists[held_in].groupby("child")[check["earlier"]].min()
    known = first.reindex(events["child"]).set_axis(events.index)
    return _told(check, events, events[known.isna() | (known > events[check["later"]])])


def _one(check: dict[str, str], lists: Lists, first_day: date | None) -> list[Finding]:
    columns = ["child", "row_id", check["earlier"]]
    every = pd.concat(
        [frame[columns].astype({check["earlier"]: "object"}) for frame in lists.values()]
    ).dropna()
    told = every.drop_duplicates(["child", check["earlier"]])
    return _told(check, every, told[told.duplicated("child")])


def _repeated(check: dict[str, str], lists: Lists, first_day: date | None) -> list[Finding]:
    """Rows that say word for word what a row above says. They are counted: two contacts on one day are possible."""
    found = []
    for name, frame in lists.items():
        again = frame[frame.drop(columns="row_id").duplicated()]
        if len(again):
            found += _told(check | {"list": name}, frame, again)
    rows = sum(map(len, lists.values()))
    return found or [
        passed(check["check"], f"{rows:,} rows of all lists: none where {_lower(check['message'])}.")
    ]


def _once(check: dict[str, str], lists: Lists, first_day: date | None) -> list[Finding]:
    """Events of one child on one day, or that overlap; rows that say the same in every cell are told as repeated."""
    if check["list"] not in lists:
        return []
    frame, start, end = lists[check["list"]], check["earlier"], check["later"] or check["earlier"]
    events = frame[~frame.drop(columns="row_id").duplicated()].dropna(subset=["child", start])
    events = events.sort_values(["child", start, end], kind="stable")
    before = events.groupby("child")[end].shift()
    meets = events[start] < before if check["later"] else events[start] == before
    return _told(check, frame, events[events["child"].duplicated() & (before.isna() | meets)])


def _lifetime(check: dict[str, str], lists: Lists, first_day: date | None) -> list[Finding]:
    columns = ["row_id", "date_of_birth", "day"]
    dated = {name: frame.assign(day=frame[day_of(name)]) for name, frame in lists.items() if day_of(name)}
    every = pd.concat([pd.DataFrame(columns=columns), *(frame[columns] for frame in dated.values())]).dropna()
    age = (pd.to_datetime(every["day"]) - pd.to_datetime(every["date_of_birth"])).dt.days
    return _told(check, every, every[(age < -UNBORN_DAYS) | (age > GROWN_DAYS)])


KINDS = {
    "order": _order,
    "before": _before,
    "one": _one,
    "repeated": _repeated,
    "once": _once,
    "lifetime": _lifetime,
}


def _told(check: dict[str, str], asked: pd.DataFrame, wrong: pd.DataFrame) -> list[Finding]:
    """One finding for all rows that break a check, with the first places; a pass where none does."""
    where = "all lists" if check["list"] == "*" else check["list"]
    place = {"column": check["later"] or check["earlier"]}
    if wrong.empty:
        return [
            passed(
                check["check"],
                f"{len(asked):,} rows of {where}: none where {_lower(check['message'])}.",
                **place,
            )
        ]
    said = f"{check['message']}: {len(wrong):,} of {len(asked):,} rows of {where}."
    places = some(list(wrong["row_id"]), PLACES, "; ")
    return [warning(check["check"], said, value=places, advice=f"{check['advice']}.", **place)]


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
