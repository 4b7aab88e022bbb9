"""The child's journey in numbers, from child-level lists of events, whichever format they came in.

`journey.csv` says what is counted: from which list, by which date (or `open`: at the end of the period), which rows
(`counts`), out of which (`of`, for shares), and by which columns it is broken down. The conditions are the functions
below. Events and children are counted apart: three referrals of one child are three referrals and one child.
Definitions: Department for Education, children in need census guide and looked-after children guide.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from pathlib import Path

import pandas as pd

from bscbdata.indicators.measures import (
    open_at,
    population_year,
    rate_per_10000,
    within_12_months,
    working_days_between,
)
from bscbdata.lists import read_list
from bscbdata.period import ReportYear, month_label
from bscbdata.statutory.keeping import age_band
from bscbdata.statutory.spans import within

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
TOO_RECENT_DAYS = 60
DAYS_TO_REFERRAL = 7
SLACK = timedelta(days=6)
Condition = Callable[[pd.DataFrame, "Setting"], pd.Series]
CONDITIONS: dict[str, Condition] = {}


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
    """What a condition may need beside its own list: the other lists, what they cover, and the period."""

    lists: Mapping[str, pd.DataFrame]
    window: Window
    period: Period


def periods(year: ReportYear) -> list[Period]:
    """The twelve months, four quarters and the year, in order."""
    months = [Period("month", month_label(day), day, _month_end(day)) for day in year.months]
    quarters = [
        Period("quarter", label, months[number * 3].start, months[number * 3 + 2].end)
        for number, label in enumerate(year.quarters)
    ]
    return [*months, *quarters, Period("year", year.label, year.start, year.end)]


def _month_end(day: date) -> date:
    return (day + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def count_journey(lists: Mapping[str, pd.DataFrame], window: Window, year: ReportYear) -> pd.DataFrame:
    """Every measure of `journey.csv` for each month, quarter and the year (columns: COLUMNS).

    A period that the lists do not cover, and a share whose column the lists do not hold, has no value, status
    `not_available` and its reason: half a year is never passed off as a year.
    """
    frames = [
        _measured(measure, lists[measure["list"]], Setting(lists, window, period))
        for measure in measures()
        if measure["list"] in lists
        for period in periods(year)
    ]
    rows = [row for frame in frames for row in frame]
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


def _measured(measure: dict[str, str], events: pd.DataFrame, setting: Setting) -> list[dict]:
    """One measure in one period: for all, and broken down."""
    period = setting.period
    base = {
        "indicator": measure["indicator"],
        "period_kind": period.kind,
        "period": period.label,
        "unit": measure["unit"],
    }
    reason = _why_not(measure, events, setting)
    if reason:
        empty = {"breakdown": "all", "category": "All", "status": "not_available", "reason": reason}
        return [base | empty]
    inside = events[_in_period(measure["date"], events, period)]
    counted = inside[CONDITIONS[measure["counts"]](inside, setting)]
    whole = inside[CONDITIONS[measure["of"]](inside, setting)] if measure["of"] else None
    if whole is not None:
        counted = counted[counted.index.isin(whole.index)]
    numbers = partial(_numbers, of_children=measure["unit"] == "children")
    rows = [base | {"breakdown": "all", "category": "All"} | numbers(counted, whole)]
    for breakdown in filter(None, measure["by"].split("|")):
        groups = _categories(breakdown, counted, measure["date"], period)
        wholes = None if whole is None else _categories(breakdown, whole, measure["date"], period)
        for name in sorted((groups if wholes is None else wholes).unique()):
            part = None if wholes is None else whole[wholes == name]
            named = {"breakdown": breakdown, "category": str(name)}
            rows.append(base | named | numbers(counted[groups == name], part))
    return rows


def _why_not(measure: dict[str, str], events: pd.DataFrame, setting: Setting) -> str:
    """Why a measure has no value in a period; empty when it has."""
    start = setting.period.end if measure["date"] == "open" else setting.period.start
    if not setting.window.covers(start, setting.period.end):
        return f"the lists cover {setting.window.start:%d/%m/%Y} to {setting.window.end:%d/%m/%Y} only"
    if measure["date"] != "open" and not (own := _own_window(measure["date"], events, setting)).covers(
        start, setting.period.end
    ):
        return f"the list has nothing before {own.start:%d/%m/%Y} or after {own.end:%d/%m/%Y}"
    needed = NEEDS.get(measure["counts"], ())
    missing = [column for column in needed if column not in events or events[column].isna().all()]
    if missing and len(events):
        return f"the lists do not hold {', '.join(missing)}"
    if measure["counts"] == "re_referred" and not _re_referrals_known(events, setting):
        return "referrals of the twelve months before are not in the lists"
    if measure["counts"] == "became_a_referral" and "referrals" not in setting.lists:
        return "the lists hold no referrals"
    if measure["counts"] == "reviewed_in_time" and "plan_reviews" not in setting.lists:
        return "the lists do not hold every review, only the latest"
    return ""


def _own_window(column: str, events: pd.DataFrame, setting: Setting) -> Window:
    """The days that one list covers: those of all lists, without months at the ends in which it has nothing by no chance."""
    return Window(*within((setting.window.start, setting.window.end), events[column]))


def _in_period(column: str, events: pd.DataFrame, period: Period) -> pd.Series:
    if column == "open":
        return open_at(events["start_date"], events[_end_of(events)], period.end)
    return events[column].between(pd.Timestamp(period.start), pd.Timestamp(period.end))


def _end_of(events: pd.DataFrame) -> str:
    return next(name for name in ("end_date", "closure_date", "authorisation_date") if name in events)


def _numbers(counted: pd.DataFrame, whole: pd.DataFrame | None, of_children: bool) -> dict:
    """The figure: rows counted, or different children where children are what is counted; or a share of the whole."""
    children = counted["child"].nunique()
    if whole is None:
        number = children if of_children else len(counted)
        return {"value": number, "numerator": number, "children": children, "status": "shown", "reason": ""}
    found = {"numerator": len(counted), "denominator": len(whole), "children": children}
    if not len(whole):
        return found | {"status": "not_applicable", "reason": "there was nothing to take a share of"}
    return found | {"value": 100 * len(counted) / len(whole), "status": "shown", "reason": ""}


def _categories(breakdown: str, events: pd.DataFrame, column: str, period: Period) -> pd.Series:
    if breakdown == "age":
        day = pd.Timestamp(period.end) if column == "open" else events[column]
        return age_band(events["date_of_birth"], day)
    return events[breakdown].astype("object").where(events[breakdown].notna(), "not_recorded")


# ---- conditions ------------------------------------------------------------------------------------------------


def condition(function: Condition) -> Condition:
    """Make a function usable by its name in `journey.csv`."""
    CONDITIONS[function.__name__] = function
    return function


def _true(series: pd.Series) -> pd.Series:
    return series.astype("boolean").fillna(False).astype(bool)


@condition
def every(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Every event."""
    return pd.Series(True, index=events.index)


@condition
def no_further_action(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Referrals on which nothing followed."""
    return _true(events["no_further_action"])


@condition
def not_in_need(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Referrals closed after an assessment that found no need for social care (RC8, from 2023 RC9 too)."""
    closed = (
        events["closure_reason"].astype("object").isin(["closed_after_assessment", "closed_to_early_help"])
    )
    return closed & ~_true(events["no_further_action"])


@condition
def became_a_referral(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Contacts that a referral of the same child followed on the day or within seven days."""
    referrals = setting.lists["referrals"][["child", "referral_date"]].dropna().sort_values("referral_date")
    contacts = events[["child", "contact_date"]].dropna().sort_values("contact_date")
    joined = pd.merge_asof(
        contacts.reset_index(),
        referrals,
        left_on="contact_date",
        right_on="referral_date",
        by="child",
        direction="forward",
        tolerance=pd.Timedelta(days=DAYS_TO_REFERRAL),
    )
    return pd.Series(
        events.index.isin(joined.loc[joined["referral_date"].notna(), "index"]), index=events.index
    )


@condition
def re_referred(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Referrals of a child who had one in the twelve months before: found by pairs where the lists reach back, else as
    the return itself counts them."""
    if _reaches_back(setting):
        known = setting.lists["referrals"]
        return within_12_months(known["child"], known["referral_date"]).loc[events.index]
    return _true(events["referrals_in_last_12_months"] > 0)


@condition
def re_referral_known(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Referrals for which it is known whether there was one before."""
    if _reaches_back(setting):
        return pd.Series(True, index=events.index)
    return events["referrals_in_last_12_months"].notna()


def _reaches_back(setting: Setting) -> bool:
    year_before = setting.period.start.replace(year=setting.period.start.year - 1)
    return setting.window.covers(year_before, setting.period.end)


def _re_referrals_known(events: pd.DataFrame, setting: Setting) -> bool:
    return _reaches_back(setting) or bool(events["referrals_in_last_12_months"].notna().any())


@condition
def in_45_working_days(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Assessments authorised 45 working days or fewer after they began (bank holidays are not working days)."""
    return _true(working_days_between(events["start_date"], events["authorisation_date"]) <= 45)


@condition
def open_over_45_working_days(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Assessments that are open and overdue: they are in no share of completed ones."""
    day = pd.Series(pd.Timestamp(setting.period.end), index=events.index)
    return _true(working_days_between(events["start_date"], day) > 45)


@condition
def in_15_working_days(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Conferences held 15 working days or fewer after the strategy discussion that began the enquiry."""
    return _true(working_days_between(events["start_date"], events["conference_date"]) <= 15)


@condition
def after_an_enquiry(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Conferences that an enquiry led to; those of families who moved in have none to be counted from."""
    return events["start_date"].notna()


@condition
def led_to_conference(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Enquiries that an initial child protection conference followed."""
    return events["conference_date"].notna()


@condition
def too_recent_for_a_conference(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Enquiries of the last 60 days covered without a conference yet and none ruled out: their outcome is not yet known."""
    recent = events["start_date"] > pd.Timestamp(setting.window.end - timedelta(days=TOO_RECENT_DAYS))
    return recent & events["conference_date"].isna() & ~_true(events["conference_not_required"])


@condition
def had_a_plan_before(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Plans of a child who ever had one before."""
    return _true(events["previous_plans"] > 0)


@condition
def previous_plans_known(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Plans for which the number of earlier ones is recorded."""
    return events["previous_plans"].notna()


@condition
def lasted_two_years(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Plans that had lasted two years or more when they ended."""
    return _true(events["start_date"] + pd.DateOffset(years=2) <= events["end_date"])


@condition
def open_two_years(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Open plans that have lasted two years or more."""
    return _true(events["start_date"] + pd.DateOffset(years=2) <= pd.Timestamp(setting.period.end))


@condition
def open_three_months(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Open plans that have lasted three months or more, so that a review was due."""
    return _true(events["start_date"] + pd.DateOffset(months=3) <= pd.Timestamp(setting.period.end))


@condition
def reviewed_in_time(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Plans whose first review came within three months and every later one within six of the one before, up to the day."""
    reviews = setting.lists["plan_reviews"]
    day = pd.Timestamp(setting.period.end)
    held = (
        reviews[reviews["review_date"] <= day]
        .groupby(["child", "plan_start_date"])["review_date"]
        .agg(sorted)
    )
    in_time = [
        _in_time(start, held.get((child, start), []), day)
        for child, start in zip(events["child"], events["start_date"], strict=True)
    ]
    return pd.Series(in_time, index=events.index, dtype=bool)


def _in_time(start: pd.Timestamp, held: list[pd.Timestamp], day: pd.Timestamp) -> bool:
    due = start + pd.DateOffset(months=3)
    for review in held:
        if review > due:
            return False
        due = review + pd.DateOffset(months=6)
    return due >= day


@condition
def not_short_breaks(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Children looked after other than under a series of short breaks, whom the Department leaves out."""
    return events["legal_status"].astype("object").ne("short_breaks")


@condition
def over_20_miles_and_outside(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Placements more than 20 miles from home and outside the authority's boundary: both, as the Department counts."""
    return _true(events["distance_miles"] > 20) & events["location"].astype("object").eq("outside")


@condition
def distance_known(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Children looked after, but for short breaks, whose distance and location are recorded."""
    return not_short_breaks(events, setting) & events["distance_miles"].notna() & events["location"].notna()


@condition
def three_placements(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Children with three or more placements in the twelve months."""
    return _true(events["placements_in_last_12_months"] >= 3)


@condition
def placements_known(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Children looked after, but for short breaks, whose number of placements is recorded."""
    return not_short_breaks(events, setting) & events["placements_in_last_12_months"].notna()


@condition
def missing(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Episodes of being missing, not of being away without authorisation."""
    return ~_true(events["away_without_authorisation"])


@condition
def interview_offered(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Missing episodes after which a return interview was offered."""
    return missing(events, setting) & _true(events["interview_offered"])


@condition
def interview_accepted(events: pd.DataFrame, setting: Setting) -> pd.Series:
    """Missing episodes after which a return interview was accepted."""
    return missing(events, setting) & _true(events["interview_accepted"])


# Columns without which a condition says nothing: a list that lacks them gives no value, never a nought.
NEEDS = {
    "no_further_action": ("no_further_action",),
    "had_a_plan_before": ("previous_plans",),
    "over_20_miles_and_outside": ("distance_miles", "location"),
    "three_placements": ("placements_in_last_12_months",),
    "interview_offered": ("interview_offered",),
    "interview_accepted": ("interview_accepted",),
    "not_in_need": ("closure_reason",),
    "led_to_conference": ("conference_date",),
}
