"""Returns of children's social care: contacts, MASH enquiries, assessments, section 47 enquiries, private fostering."""

import numpy as np
import pandas as pd

from bscbdata.period import MONTHS, month_end
from bscbdata.simulate.draw import apportion, apportion_within, cross, labels, share_out, uneven
from bscbdata.simulate.layout import Sheet, uk_days
from bscbdata.simulate.plan import Plan, monthly, shares

MONTH, DAY = np.timedelta64(1, "M"), np.timedelta64(1, "D")
LAST_QUARTER = slice(9, 12)
BEFORE = slice(0, 9)
OUTCOMES = ("Referral", "Early Help Panel", "Information and advice", "No further action")
WORKING_DAYS_LIMIT = 45
# A late assessment starts no fewer working days before, so that bank holidays between never bring it back in time.
LATE_FROM, LATE_TO = 52, 110


# ---- contacts ---------------------------------------------------------------------------------------------------


def contacts_sheets(plan: Plan) -> list[Sheet]:
    """Contacts by month, source and outcome, months merged, total below."""
    table = contacts(plan)
    notes = (
        "A contact about three brothers and sisters is counted three times.",
        "Contacts can go to the Early Help Panel from its first meeting on.",
    )
    title = "Contacts to children's social care"
    return [Sheet("Contacts", title, table, merge_down="Month", total=("Number of contacts",), notes=notes)]


def contacts(plan: Plan) -> pd.DataFrame:
    """Contacts in a year: columns Month, Source, Outcome, Number of contacts."""
    random = plan.random("contacts")
    referrals = np.array([plan.count(f"referrals.{name}") for name in (*MONTHS[3:], *MONTHS[:3])])
    schools = apportion(plan.count("contacts.schools"), uneven(random, monthly("contacts.schools")))
    others, late_referrals = _others_by_month(plan, random, schools, referrals)
    by_source = _others_by_source(plan)
    received = np.c_[cross(random, others, np.array(list(by_source.values()))), schools]
    referred = _referred(plan, received, referrals, late_referrals)
    return _contacts_table(plan, random, [*by_source, "Schools"], received, referred)


def _others_by_month(plan: Plan, random, schools: np.ndarray, referrals: np.ndarray):
    """Contacts from all but schools by month, and (schools, others) referrals of the last quarter.

    The last quarter's contacts follow from its referrals and from both printed conversions.
    """
    of_schools = plan.part("conversion.schools", schools[LAST_QUARTER].sum())
    of_others = referrals[LAST_QUARTER].sum() - of_schools
    late = round(of_others / plan.targets["conversion.other"].value * 100)
    weights = uneven(random, monthly("contacts.others"))
    before = plan.count("contacts.total") - plan.count("contacts.schools") - late
    by_month = [apportion(before, weights[BEFORE]), apportion(late, weights[LAST_QUARTER])]
    return np.concatenate(by_month), (of_schools, of_others)


def _others_by_source(plan: Plan) -> dict[str, int]:
    police = plan.count("contacts.police")
    rest = plan.count("contacts.total") - plan.count("contacts.schools") - police
    return {"Police": police, **share_out(rest, shares("contacts.source"))}


def _referred(plan: Plan, received: np.ndarray, referrals: np.ndarray, late: tuple[int, int]) -> np.ndarray:
    """Contacts that became referrals, by month and source; each quarter and source keeps its total."""
    totals = _referrals_by_source(plan, received)
    in_last_quarter = np.array([*_others_late(received, totals, late[1]), late[0]])
    blocks = ((BEFORE, totals - in_last_quarter), (LAST_QUARTER, in_last_quarter))
    parts = [_spread(received[block], referrals[block], of_source) for block, of_source in blocks]
    return np.concatenate(parts)


def _others_late(received: np.ndarray, totals: np.ndarray, late: int) -> np.ndarray:
    """Referrals of the last quarter from each source but schools: as its contacts then, and its own conversion."""
    of_year, then = received[:, :-1].sum(axis=0), received[LAST_QUARTER, :-1].sum(axis=0)
    return apportion_within(late, then * totals[:-1] / of_year.clip(1), np.minimum(then, totals[:-1]))


def _referrals_by_source(plan: Plan, received: np.ndarray) -> np.ndarray:
    police, schools = plan.count("contacts.referred.police"), plan.count("contacts.referred.schools")
    rest = plan.count("referrals.total") - police - schools
    return np.array([police, *apportion(rest, received[:, 1:-1].sum(axis=0)), schools])


def _spread(received: np.ndarray, referrals: np.ndarray, of_source: np.ndarray) -> np.ndarray:
    """Each source's referrals over the months; all together follow the published months."""
    # Schools refer more of what they see all year, so their share moves less with the county's.
    conversion = referrals / received.sum(axis=1).clip(1)
    of_schools = apportion_within(of_source[-1], received[:, -1] * np.sqrt(conversion), received[:, -1])
    left = (referrals - of_schools).clip(0) / received[:, :-1].sum(axis=1).clip(1)
    columns = [
        apportion_within(total, received[:, number] * left, received[:, number])
        for number, total in enumerate(of_source[:-1])
    ]
    return np.column_stack([*columns, of_schools])


def _contacts_table(plan: Plan, random, sources: list[str], received: np.ndarray, referred: np.ndarray):
    """One row per month, source and outcome; no panel rows before the panel began."""
    rest = received - referred
    panel = _drawn(random, rest, monthly("contacts.early_help_panel_pct"))
    closed = _drawn(random, rest - panel, monthly("contacts.no_further_action_pct"))
    counts = np.stack([referred, panel, rest - panel - closed, closed], axis=2)
    index = pd.MultiIndex.from_product([plan.month_names(), sources, OUTCOMES])
    table = pd.DataFrame({"Number of contacts": counts.ravel()}, index=index).reset_index()
    table.columns = ["Month", "Source", "Outcome", "Number of contacts"]
    began = np.repeat(monthly("contacts.early_help_panel_pct") > 0, len(sources) * len(OUTCOMES))
    return table[began | (table["Outcome"] != "Early Help Panel")].reset_index(drop=True)


def _drawn(random, counts: np.ndarray, share_pct: np.ndarray) -> np.ndarray:
    """A share of each month's contacts, drawn at random over the sources."""
    sizes = np.round(counts.sum(axis=1) * share_pct / 100).astype(int)
    rows = [
        random.multivariate_hypergeometric(row, size, method="marginals")
        for row, size in zip(counts, sizes, strict=True)
    ]
    return np.array(rows)


# ---- MASH, section 47 -------------------------------------------------------------------------------------------


def mash_enquiries(plan: Plan) -> pd.DataFrame:
    """MASH enquiries by month, section 47 excluded: columns Month ending, Enquiries."""
    weights = monthly("mash.enquiries")
    counts = apportion(plan.count("mash.enquiries"), uneven(plan.random("mash"), weights))
    ends = np.array(list(map(month_end, plan.year.months)), dtype="datetime64[D]")
    kept = weights > 0
    return pd.DataFrame({"Month ending": uk_days(ends[kept]), "Enquiries": counts[kept]})


def section_47_sheets(plan: Plan) -> list[Sheet]:
    """Section 47 enquiries as a cross-tab, month by outcome."""
    notes = ("Enquiries by month of start.", "A conference in April may follow an enquiry in March.")
    table = section_47(plan)
    total = tuple(table.columns[1:])
    return [Sheet("Section 47", "Section 47 enquiries by outcome", table, total=total, notes=notes)]


def section_47(plan: Plan) -> pd.DataFrame:
    """Enquiries by month, one column an outcome."""
    random = plan.random("section 47")
    enquiries = apportion(
        plan.count("section_47.enquiries"), uneven(random, monthly("section_47.enquiries"), 0.02)
    )
    conferences = apportion_within(
        plan.count("section_47.conferences"), enquiries * monthly("section_47.conversion_pct"), enquiries
    )
    table = pd.DataFrame({"Month": plan.month_names(), "Initial child protection conference": conferences})
    rest = enquiries - conferences
    split = np.array([apportion(left, list(shares("section_47.outcome").values())) for left in rest])
    return table.assign(**dict(zip(shares("section_47.outcome"), split.T, strict=True)))


# ---- lists of children ------------------------------------------------------------------------------------------


def assessments(plan: Plan) -> pd.DataFrame:
    """Assessments authorised in the year and those still open, in the order of their start."""
    random = plan.random("assessments")
    started, authorised = _assessment_days(plan, random)
    number = len(started)
    # Some children are assessed more than once in a year, but no child twice over the same days.
    children = random.integers(1, max(2, round(number * 4)), number) + 100_000
    twice = pd.DataFrame({"child": children, "started": started, "authorised": authorised}).duplicated()
    children = np.where(twice, children + number * 4, children)
    teams, outcomes = (
        labels(random, share_out(number, shares(f"assessments.{name}"))) for name in ("team", "outcome")
    )
    columns = {
        "Assessment ID": np.arange(number) + 500_001,
        "Child ID": children,
        "Team": teams,
        "Start Date": uk_days(started),
        "Date Authorised": uk_days(authorised),
        "Outcome": np.where(np.isnat(authorised), "", outcomes),
    }
    return pd.DataFrame(columns)


def _assessment_days(plan: Plan, random) -> tuple[np.ndarray, np.ndarray]:
    """Start and authorisation of each assessment (missing while open), sorted by start."""
    authorised = apportion(
        plan.count("assessments.authorised"), uneven(random, monthly("assessments.authorised"))
    )
    late_total = authorised.sum() - plan.count("assessments.in_45_working_days")
    late = apportion_within(late_total, authorised * monthly("assessments.late_pct"), authorised)
    days = np.concatenate([_working_days_in(plan, random, m, n) for m, n in enumerate(authorised)])
    is_late = np.concatenate([np.arange(n) < k for n, k in zip(authorised, late, strict=True)])
    started = np.busday_offset(days, -_durations(random, is_late))
    opened = np.busday_offset(np.datetime64(plan.year.end), -_open_for(plan, random), roll="backward")
    started = np.concatenate([started, opened])
    days = np.concatenate([days, np.full(len(opened), np.datetime64("NaT", "D"))])
    order = np.argsort(started, kind="stable")
    return started[order], days[order]


def _working_days_in(plan: Plan, random, month: int, number: int) -> np.ndarray:
    """Days of a month on which assessments are authorised: Monday to Friday, most near the end of the month."""
    first = np.datetime64(plan.year.months[month], "M")
    days = np.arange(first.astype("datetime64[D]"), (first + MONTH).astype("datetime64[D]"))
    weekdays = days[np.is_busday(days)]
    return np.sort(random.choice(weekdays, size=int(number)))


def _durations(random, is_late: np.ndarray) -> np.ndarray:
    in_time = 1 + np.round(random.beta(3.2, 1.6, len(is_late)) * (WORKING_DAYS_LIMIT - 1)).astype(int)
    late = LATE_FROM + np.round(random.beta(1, 4, len(is_late)) * (LATE_TO - LATE_FROM)).astype(int)
    return np.where(is_late, late, in_time)


def _open_for(plan: Plan, random) -> np.ndarray:
    """How many working days the assessments open at the end of the year have run."""
    return random.geometric(1 / 20, plan.count("assessments.open")).clip(1, 80)


def private_fostering_sheets(plan: Plan) -> list[Sheet]:
    """Private fostering arrangements open at some time in the year."""
    notes = ("Arrangements open at some time in the year.", "No date of end: still open.")
    return [Sheet("Arrangements", "Private fostering arrangements", private_fostering(plan), notes=notes)]


def private_fostering(plan: Plan) -> pd.DataFrame:
    """One row an arrangement: reference, age at start, days of notice, start and end."""
    random = plan.random("private fostering")
    shortest, mean_days, days_before = 28, 240, 1100
    span = days_before + (plan.year.end - plan.year.start).days
    number = round(plan.count("private_fostering.open") / mean_days * span)
    # Starts are spread evenly, and so are lengths, so that the number open stays level as the report says.
    starts = np.floor((np.arange(number) + random.random(number)) / max(number, 1) * span).astype(int)
    even = (random.permutation(number) + 0.5) / max(number, 1)
    lengths = (shortest - (mean_days - shortest) * np.log1p(-even)).astype(int)
    first = np.datetime64(plan.year.start) + (starts - days_before) * DAY
    return _arrangements(plan, random, first, first + lengths * DAY)


def _arrangements(plan: Plan, random, first: np.ndarray, last: np.ndarray) -> pd.DataFrame:
    kept = last >= np.datetime64(plan.year.start)
    first, last = first[kept], last[kept]
    # A privately fostered child is under 16: the longer the arrangement, the younger the child at its start.
    oldest = 15 - np.ceil((last - first).astype(int) / 365.25).astype(int)
    ended = pd.Series(last).mask(last > np.datetime64(plan.year.end)).astype("datetime64[s]")
    notified = pd.Series(first - random.integers(0, 15, len(first)) * DAY).astype("datetime64[s]")
    columns = {
        "Reference": [f"PF{number:03d}" for number in range(1, len(first) + 1)],
        "Age at start": (oldest - random.integers(0, 6, len(first))).clip(0),
        "Notified": notified,
        "Start": pd.Series(first).astype("datetime64[s]"),
        "End": ended,
    }
    return pd.DataFrame(columns)
