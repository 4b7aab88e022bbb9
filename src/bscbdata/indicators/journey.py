"""The child's journey in numbers, from child-level lists of events, whichever format they came in.

`journey.csv` says what is counted: from which list, by which date (or `open`: at the end of the period), which rows
(`counts`), out of which (`of`, for shares), and by which columns it is broken down. What the names of rows stand for is
in `conditions.csv`. Events and children are counted apart: three referrals of one child are three referrals and one child.
Definitions: Department for Education, children in need census guide and looked-after children guide.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pandas as pd

from bscbdata.indicators.conditions import Period, Setting, Window, lacking, meeting, needs, rests_on
from bscbdata.indicators.measures import open_at, population_year, rate_per_10000
from bscbdata.lists import read_list
from bscbdata.period import ReportYear, month_end, month_label
from bscbdata.statutory.keeping import age_band
from bscbdata.statutory.spans import SLACK, within

COLUMNS = {
    "indicator": "str",
    "period_kind": "str",
    "period": "str",
    "breakdown": "str",
    "category": "str",
    "value": "float64",
    "numerator": "Int64",
    "denominator": "Int64",
    "children": "Int64",
    "unit": "str",
    "status": "str",
    "reason": "str",
}


# A breakdown that is worked out from a column of another name.
HELD_AS = {"age": "date_of_birth"}
# What a list says of how an open case stands on the day that it is drawn, or stood at its end.
LATEST = {
    *("placement", "provider", "location", "distance_miles", "placements_in_last_12_months"),
    *("legal_status", "latest_category"),
}


def periods(year: ReportYear) -> list[Period]:
    """The twelve months, four quarters and the year, in order."""
    months = [Period("month", month_label(day), day, month_end(day)) for day in year.months]
    quarters = [
        Period("quarter", label, months[number * 3].start, months[number * 3 + 2].end)
        for number, label in enumerate(year.quarters)
    ]
    return [*months, *quarters, Period("year", year.label, year.start, year.end)]


def count_journey(
    lists: Mapping[str, pd.DataFrame],
    window: Window,
    year: ReportYear,
    not_sent: Mapping[str, set[str]] | None = None,
) -> pd.DataFrame:
    """Every measure of `journey.csv` for each month, quarter and the year (columns: COLUMNS).

    A period that the lists do not cover, and a figure that rests on a column which was not sent (`not_sent`: by list, as
    `CaseRecords` has them), has no value, status `not_available` and its reason: half a year is never passed off as a
    year, nor a case without an end date as open where no end date was sent.
    """
    settings = [Setting(lists, window, period, not_sent or {}) for period in periods(year)]
    rows = [
        row
        for measure in measures()
        if measure["list"] in lists
        for row in _measured(measure, lists[measure["list"]], window, settings)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def rates(counted: pd.DataFrame, population: float | None, year: ReportYear) -> pd.DataFrame:
    """The year's figures that have a rate (column `rate` of `journey.csv`) per 10,000 children of `population_year`,
    in the columns of `count_journey`. Without a population, or without the figure, no value and its reason."""
    names = {measure["indicator"]: measure["rate"] for measure in measures() if measure["rate"]}
    whole = (counted["period_kind"] == "year") & (counted["breakdown"] == "all")
    rows = counted[whole & counted["indicator"].isin(names)]
    found = rows.assign(indicator=rows["indicator"].map(names), unit="per 10,000")
    if population is None:
        why = f"no population of mid-{population_year(year)} is at hand"
        return found.assign(value=float("nan"), status="not_available", reason=why).astype(COLUMNS)
    people = pd.Series(float(population), index=found.index)
    shown = found["status"] == "shown"
    value = rate_per_10000(found["value"], people).where(shown)
    return found.assign(value=value, denominator=people.where(shown).astype("Int64")).astype(COLUMNS)


@cache
def measures() -> tuple[dict[str, str], ...]:
    """The rows of `journey.csv`."""
    return tuple(read_list(Path(__file__).parent / "journey.csv"))


def _measured(
    measure: dict[str, str], events: pd.DataFrame, window: Window, settings: list[Setting]
) -> Iterator[dict]:
    """One measure in every period: for all, and broken down."""
    own = window if measure["date"] == "open" else _own_window(measure["date"], events, window)
    for setting in settings:
        period = setting.period
        base = {
            "indicator": measure["indicator"],
            "period_kind": period.kind,
            "period": period.label,
            "unit": measure["unit"],
        }
        reason = _why_not(measure, events, own, setting)
        empty = {"breakdown": "all", "category": "All", "status": "not_available", "reason": reason}
        for found in [empty] if reason else _counted(measure, events, setting):
            yield base | found


def _counted(measure: dict[str, str], events: pd.DataFrame, setting: Setting) -> Iterator[dict]:
    """The figures of one measure in one period, by breakdown and category."""
    period = setting.period
    inside = events[_in_period(measure["date"], events, period)]
    counted = meeting(measure["counts"], inside, setting)
    whole = meeting(measure["of"], inside, setting) if measure["of"] else None
    if whole is not None:
        counted = counted[counted.index.isin(whole.index)]
    asked = filter(None, measure["by"].split("|"))
    unknown = _not_sent(measure, setting) | _of_a_later_day(measure, setting)
    by = [name for name in asked if HELD_AS.get(name, name) not in unknown]
    for breakdown in ["all", *by]:
        for category, numbers in _broken_down(breakdown, counted, whole, measure, period):
            yield {"breakdown": breakdown, "category": category} | numbers


def _broken_down(
    breakdown: str, counted: pd.DataFrame, whole: pd.DataFrame | None, measure: dict[str, str], period: Period
) -> Iterator[tuple[str, dict]]:
    """Each category with its figures: of a share those of the whole, though none of them may be counted."""
    groups = _categories(breakdown, counted, measure["date"], period)
    rows, children = groups.value_counts(), counted["child"].groupby(groups).nunique()
    wholes = rows if whole is None else _categories(breakdown, whole, measure["date"], period).value_counts()
    for name in ["All"] if breakdown == "all" else sorted(wholes.index):
        out_of = None if whole is None else int(wholes.get(name, 0))
        numbers = _numbers(int(rows.get(name, 0)), int(children.get(name, 0)), out_of, measure["unit"])
        yield str(name), numbers


def _why_not(measure: dict[str, str], events: pd.DataFrame, own: Window, setting: Setting) -> str:
    """Why a measure has no value in a period; empty when it has. `own` is what its list covers by itself."""
    start = setting.period.end if measure["date"] == "open" else setting.period.start
    if not setting.window.covers(start, setting.period.end):
        return f"the lists cover {setting.window.start:%d/%m/%Y} to {setting.window.end:%d/%m/%Y} only"
    if not own.covers(start, setting.period.end):
        return f"the list has nothing before {own.start:%d/%m/%Y} or after {own.end:%d/%m/%Y}"
    missing = sorted(_rests_on(measure, events) & _not_sent(measure, setting))
    missing = missing or (lacking(measure["counts"], events) if len(events) else [])
    if missing:
        return f"the lists do not hold {', '.join(missing)}"
    if needs(measure["counts"]) & _of_a_later_day(measure, setting):
        return "the lists say how it stood when they were drawn, and not before"
    if measure["counts"] == "re_referred" and not (
        setting.reaches_back or events["referrals_in_last_12_months"].notna().any()
    ):
        return "referrals of the twelve months before are not in the lists"
    if measure["counts"] == "became_a_referral" and "referrals" not in setting.lists:
        return "the lists hold no referrals"
    if measure["counts"] == "reviewed_in_time" and "plan_reviews" not in setting.lists:
        return "the lists do not hold every review, only the latest"
    return ""


def _rests_on(measure: dict[str, str], events: pd.DataFrame) -> set[str]:
    """The columns that must have been sent: the dates it is counted by, and those of its conditions."""
    dates = {"start_date", _end_of(events)} if measure["date"] == "open" else {measure["date"]}
    named = [name for name in (measure["counts"], measure["of"]) if name]
    return dates.union(*map(rests_on, named))


def _not_sent(measure: dict[str, str], setting: Setting) -> set[str]:
    return setting.not_sent.get(measure["list"], set()) | setting.not_sent.get("*", set())


def _of_a_later_day(measure: dict[str, str], setting: Setting) -> set[str]:
    """The columns that say how an open case stands, or stood at its end, where the period ends before the lists: a child may
    have lived elsewhere by then."""
    earlier = measure["date"] == "open" and setting.period.end + SLACK < setting.window.end
    return LATEST if earlier else set()


def _own_window(column: str, events: pd.DataFrame, window: Window) -> Window:
    """The days that one list covers: those of all lists, without months at the ends in which it has nothing by no chance."""
    return Window(*within((window.start, window.end), events[column]))


def _in_period(column: str, events: pd.DataFrame, period: Period) -> pd.Series:
    if column == "open":
        return open_at(events["start_date"], events[_end_of(events)], period.end)
    return events[column].between(pd.Timestamp(period.start), pd.Timestamp(period.end))


def _end_of(events: pd.DataFrame) -> str:
    return next(name for name in ("end_date", "closure_date", "authorisation_date") if name in events)


def _numbers(rows: int, children: int, whole: int | None, unit: str) -> dict:
    """The figure: rows counted, or different children where children are what is counted; or a share of the whole."""
    if whole is None:
        number = children if unit == "children" else rows
        return {"value": number, "numerator": number, "children": children, "status": "shown", "reason": ""}
    found = {"numerator": rows, "denominator": whole, "children": children}
    if not whole:
        return found | {"status": "not_applicable", "reason": "there was nothing to take a share of"}
    return found | {"value": 100 * rows / whole, "status": "shown", "reason": ""}


def _categories(breakdown: str, events: pd.DataFrame, column: str, period: Period) -> pd.Series:
    if breakdown == "all":
        return pd.Series("All", index=events.index)
    if breakdown == "age":
        day = pd.Timestamp(period.end) if column == "open" else events[column]
        return age_band(events["date_of_birth"], day)
    return events[breakdown].astype("object").where(events[breakdown].notna(), "not_recorded")
