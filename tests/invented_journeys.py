"""Invented children's journeys: the events of child-level returns, in the columns of `statutory/lists.csv`.

No row is about a real child. Nothing here agrees with a published total: the lists are for tests and
benchmarks. The same seed gives the same rows.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from bscbdata.period import ReportYear
from bscbdata.statutory import codes, event_list

FIRST_CHILD = 1_000_001
# Of each event, the share that goes on to the next.
SHARES = {"referral": 0.35, "no_further_action": 0.15, "section_47": 0.2, "conference": 0.45, "plan": 0.85}


@dataclass(frozen=True)
class Journeys:
    """The lists of events of one authority over a stretch of days."""

    lists: dict[str, pd.DataFrame]
    start: date
    end: date


def journeys(year: ReportYear, contacts: int = 2_000, seed: int = 2016) -> Journeys:
    """Contacts of the two years to the year's end, and what followed, each list as an event list."""
    random = np.random.default_rng(seed)
    start, end = year.previous.start, year.end
    people = _people(random, max(contacts * 3 // 5, 1), end)
    made = _contacts(random, people, contacts, start, end)
    referrals = _referrals(random, made)
    in_need = referrals[~referrals["no_further_action"]]
    section_47 = _section_47(random, in_need, end)
    plans = _plans(random, section_47, end)
    frames = {
        "contacts": made,
        "referrals": referrals,
        "assessments": _assessments(random, in_need, end),
        "section_47": section_47,
        "children_in_need": in_need.rename(columns={"referral_date": "start_date"}),
        "plans": plans,
        "plan_reviews": _reviews(random, plans, end),
        "looked_after": _looked_after(random, in_need, end),
    }
    return Journeys(
        {name: event_list(name, _placed(frame, name)) for name, frame in frames.items()}, start, end
    )


def _placed(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    return frame.assign(row_id=[f"{name}#{number}" for number in range(1, len(frame) + 1)])


def _people(random: np.random.Generator, number: int, end: date) -> pd.DataFrame:
    born = pd.Timestamp(end) - pd.to_timedelta(random.integers(200, 6_400, number), unit="D")
    return pd.DataFrame(
        {
            "child": (FIRST_CHILD + np.arange(number)).astype(str),
            "date_of_birth": born,
            "sex": random.choice(codes("sex"), number, p=[0.48, 0.5, 0.005, 0.015]),
            "ethnicity": random.choice(codes("ethnicity"), number, p=[0.72, 0.08, 0.1, 0.04, 0.02, 0.04]),
            "disability": random.random(number) < 0.1,
        }
    )


def _contacts(
    random: np.random.Generator, people: pd.DataFrame, number: int, start: date, end: date
) -> pd.DataFrame:
    made = people.iloc[random.integers(0, len(people), number)].reset_index(drop=True)
    days = random.integers(0, (end - start).days + 1, number)
    sources = codes("source")
    weights = np.array([9, 20, 4, 16, 3, 12, 26, 4, 4, 1, 1], dtype=float)
    chosen = random.choice(sources, number, p=weights / weights.sum())
    made = made.assign(contact_date=pd.Timestamp(start) + pd.to_timedelta(days, unit="D"), source=chosen)
    made = made[made["contact_date"] >= made["date_of_birth"]]
    return made.sort_values(["contact_date", "child"], kind="stable", ignore_index=True)


def _after(random: np.random.Generator, day: pd.Series, least: int, most: int) -> pd.Series:
    return day + pd.to_timedelta(random.integers(least, most + 1, len(day)), unit="D")


def _until(day: pd.Series, end: date) -> pd.Series:
    """Days after the end have not happened yet."""
    return day.where(day <= pd.Timestamp(end))


def _referrals(random: np.random.Generator, contacts: pd.DataFrame) -> pd.DataFrame:
    made = contacts[random.random(len(contacts)) < SHARES["referral"]].drop_duplicates(
        ["child", "contact_date"]
    )
    made = made.rename(columns={"contact_date": "referral_date"}).reset_index(drop=True)
    before = made.groupby("child")["referral_date"].shift()
    nothing = random.random(len(made)) < SHARES["no_further_action"]
    closure = _until(_after(random, made["referral_date"], 20, 500), made["referral_date"].max())
    reasons = random.choice(
        ["services_ceased", "closed_after_assessment", "other_authority"], len(made), p=[0.5, 0.45, 0.05]
    )
    return made.assign(
        no_further_action=nothing,
        need=random.choice(
            codes("need"), len(made), p=[0.5, 0.1, 0.05, 0.08, 0.15, 0.03, 0.01, 0.03, 0.02, 0.03]
        ),
        referrals_in_last_12_months=(before >= made["referral_date"] - pd.DateOffset(years=1)).astype(
            "int64"
        ),
        closure_date=closure.mask(nothing, made["referral_date"]),
        closure_reason=pd.Series(reasons, index=made.index).where(closure.notna() & ~nothing),
    )


def _assessments(random: np.random.Generator, referrals: pd.DataFrame, end: date) -> pd.DataFrame:
    start = _after(random, referrals["referral_date"], 0, 5)
    made = referrals.assign(start_date=start, authorisation_date=_until(_after(random, start, 5, 80), end))
    made = made.assign(
        requires_support=random.random(len(made)) < 0.6, child_seen=random.random(len(made)) < 0.95
    )
    return made[made["start_date"] <= pd.Timestamp(end)].reset_index(drop=True)


def _section_47(random: np.random.Generator, referrals: pd.DataFrame, end: date) -> pd.DataFrame:
    chosen = referrals[random.random(len(referrals)) < SHARES["section_47"]].reset_index(drop=True)
    start = _after(random, chosen["referral_date"], 0, 10)
    held = random.random(len(chosen)) < SHARES["conference"]
    conference = _until(_after(random, start, 8, 30).where(held), end)
    plan = (random.random(len(chosen)) < SHARES["plan"]) & conference.notna()
    made = chosen.assign(
        start_date=start,
        conference_not_required=~held,
        conference_date=conference,
        led_to_plan=pd.Series(plan, index=chosen.index, dtype="boolean").where(conference.notna()),
    )
    return made[made["start_date"] <= pd.Timestamp(end)].reset_index(drop=True)


def _plans(random: np.random.Generator, section_47: pd.DataFrame, end: date) -> pd.DataFrame:
    made = section_47[section_47["led_to_plan"].fillna(False)].reset_index(drop=True)
    made["start_date"] = made["conference_date"]
    category = random.choice(codes("category_of_abuse"), len(made), p=[0.45, 0.1, 0.06, 0.34, 0.05])
    return made.assign(
        end_date=_until(_after(random, made["start_date"], 60, 900), end),
        initial_category=category,
        latest_category=category,
        previous_plans=(random.random(len(made)) < 0.2).astype("int64"),
    )


def _reviews(random: np.random.Generator, plans: pd.DataFrame, end: date) -> pd.DataFrame:
    """The reviews of each plan: the first within about three months, later ones about every six."""
    made = []
    for plan in plans.itertuples(index=False):
        last = plan.end_date if pd.notna(plan.end_date) else pd.Timestamp(end)
        day = plan.start_date + pd.Timedelta(days=int(random.integers(70, 100)))
        while day <= last:
            made.append((plan.child, plan.start_date, day))
            day += pd.Timedelta(days=int(random.integers(150, 190)))
    return pd.DataFrame(made, columns=["child", "plan_start_date", "review_date"])


def _looked_after(random: np.random.Generator, referrals: pd.DataFrame, end: date) -> pd.DataFrame:
    made = referrals[random.random(len(referrals)) < 0.08].drop_duplicates("child").reset_index(drop=True)
    start = _after(random, made["referral_date"], 5, 60)
    made = made.assign(start_date=start, placement_start_date=start)[start <= pd.Timestamp(end)].reset_index(
        drop=True
    )
    ended = _until(_after(random, made["start_date"], 30, 900), end)
    kinds = ["foster", "parents", "childrens_home", "residential_school", "other"]
    return made.assign(
        end_date=ended,
        legal_status=random.choice(
            ["interim_care_order", "full_care_order", "section_20"], len(made), p=[0.3, 0.4, 0.3]
        ),
        placement=random.choice(kinds, len(made), p=[0.75, 0.07, 0.1, 0.03, 0.05]),
        provider=random.choice(codes("provider"), len(made), p=[0.55, 0.3, 0.15]),
        location=random.choice(codes("location"), len(made), p=[0.6, 0.4]),
        placements_in_last_12_months=random.integers(1, 5, len(made)),
        ceased_reason=pd.Series(
            random.choice(["returned_home", "special_guardianship", "other"], len(made))
        ).where(ended.notna()),
        unaccompanied=False,
    )
