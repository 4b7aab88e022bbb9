"""What of child-level lists may be kept: pseudonyms for children, age bands for dates of birth, no free text."""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from bscbdata.findings import Finding, warning
from bscbdata.statutory import list_columns
from bscbdata.statutory.pseudonyms import pseudonyms

AGE_BANDS = ("Unborn", "Under 1", "1 to 4", "5 to 9", "10 to 15", "16 and over", "Not known")
IDENTITY = ["sex", "ethnicity"]


def age_band(born: pd.Series, day: pd.Series | pd.Timestamp) -> pd.Series:
    """The Department's age bands, on a day: completed years; a child not yet born by then is unborn."""
    day = pd.Series(day, index=born.index) if isinstance(day, pd.Timestamp) else day
    birthday_passed = (day.dt.month * 100 + day.dt.day) >= (born.dt.month * 100 + born.dt.day)
    years = day.dt.year - born.dt.year - (~birthday_passed).astype("int64")
    band = pd.cut(years, [-200, 0, 1, 5, 10, 16, 200], right=False, labels=AGE_BANDS[:-1]).astype("object")
    return band.where(born.notna() & day.notna(), "Not known")


def kept(lists: Mapping[str, pd.DataFrame], key: bytes, drawn: date) -> dict[str, pd.DataFrame]:
    """The lists as they may be written: `child` a pseudonym, `age_band` on the day of the event (or the day the lists
    were drawn, of a list without events), nothing private."""
    return {name: _kept(name, frame, key, drawn) for name, frame in lists.items()}


def day_of(name: str) -> str:
    """The column with the day of a list's events; empty for a list that says only how things stand."""
    days = (column.name for column in list_columns()[name] if column.kind == "date" and not column.private)
    return next(days, "")


def _kept(name: str, frame: pd.DataFrame, key: bytes, drawn: date) -> pd.DataFrame:
    columns, day = list_columns()[name], day_of(name)
    banded = age_band(frame["date_of_birth"], frame[day] if day else pd.Timestamp(drawn)).astype(
        pd.CategoricalDtype(AGE_BANDS, ordered=True)
    )
    allowed = [column.name for column in columns if not column.private]
    made = frame[allowed].assign(child=pseudonyms(frame["child"], key))
    made.insert(1, "age_band", banded)
    return made


def same_child_twice(lists: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Numbers that may be of one child: same date of birth, sex and ethnic group, and the same event on the same day.

    They are told, never merged: twins look the same.
    """
    found = []
    for name, frame in lists.items():
        alike = ["date_of_birth", *IDENTITY, *filter(None, [day_of(name)])]
        known = frame.dropna(subset=["child", *alike]).drop_duplicates(["child", *alike])
        doubled = known[known.duplicated(alike, keep=False)]
        if len(doubled):
            pairs = doubled.groupby(alike, observed=True)["row_id"].agg(" and ".join)
            said = f"{len(pairs)} times two numbers may be of one child: born the same day, alike, same day in {name}."
            places = "; ".join(pairs.head(5))
            advice = "Look whether they are twins or one child under two numbers. Nothing is merged."
            found.append(warning("same_child", said, value=places, advice=advice))
    return found
