"""The official validation rules of the children in need census that bear on what is computed here.

`rules/cin_census.csv` says for each rule its code and message, the table and fields it looks at, the years in which
it holds, and which check below makes it. Source: the Department for Education's census validation rules, 2022-23 to
2024-25. A check gives a mask of the rows of its table that break the rule, or for rules of the whole file True.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property

import numpy as np
import pandas as pd

from bscbdata.findings import Finding, passed
from bscbdata.lists import read_list
from bscbdata.period import ReportYear
from bscbdata.statutory import HERE, CaseRecords
from bscbdata.statutory.cin_census import layout
from bscbdata.statutory.cin_census.events import each_different, looked_up, yes_no
from bscbdata.statutory.cin_census.layout import PRIVATE, Span, census_year

RULES_FILE = HERE / "rules" / "cin_census.csv"
PLACES_NAMED = 5
PREGNANCY_DAYS = 280
FEWEST_DISABILITY_CODES = 8
MOST_WITHOUT_SEX_SHARE = 0.02
CLOSED_AFTER_ASSESSMENT = ("RC8", "RC9")
FOREVER = pd.Timestamp("2200-01-01")
UNBORN = {"GenderCurrent": "0", "Sex": "U"}
Mask = pd.Series  # a yes or no for each row


@dataclass(frozen=True)
class Rule:
    """One rule: its table and fields, the census years it holds in, and the name of its check."""

    code: str
    severity: str
    table: str
    fields: tuple[str, ...]
    years: Span
    check: str
    bears_on: str
    message: str


class Census:
    """The tables of one census with its first and last day. `holidays` are the bank holidays that are no working days."""

    def __init__(self, records: CaseRecords, year: int, holidays: Iterable[date] = ()):
        self.tables = records.native
        self.year = year
        self.file = next((finding.file for finding in records.findings if finding.file), "")
        self.start, self.end = pd.Timestamp(year - 1, 4, 1), pd.Timestamp(year, 3, 31)
        self.holidays = np.array(sorted(holidays), dtype="datetime64[D]")

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.tables[table]

    def column(self, table: str, field: str) -> pd.Series:
        """A field for each row of a table: its own, or that of its plan, episode or child."""
        frame = self.tables[table]
        if field in frame:
            return frame[field]
        parents = (("plan", "ChildProtectionPlans"), ("cin", "CINdetails"), ("child_number", "Child"))
        for key, parent in parents:
            if key in frame and field in self.tables[parent]:
                return looked_up(frame[key], self.tables[parent].set_index(key)[field])
        raise KeyError(f"{table} has no field {field}")

    def columns(self, rule: Rule) -> list[pd.Series]:
        return [self.column(rule.table, field) for field in rule.fields]

    @cached_property
    def no_further_action(self) -> Mask:
        """Whether each episode is marked as a referral without further action."""
        return yes_no(self["CINdetails"]["ReferralNFA"]).fillna(False).astype(bool)

    @cached_property
    def conferences(self) -> pd.DataFrame:
        """The initial conferences of all episodes: those of enquiries and those of the episode itself."""
        places = ["cin", "child_number", "DateOfInitialCPC"]
        return pd.concat([self["Section47"][places], self["CINdetails"][places]]).dropna(ignore_index=True)

    def in_year(self, day: pd.Series) -> Mask:
        return day.between(self.start, self.end)

    def has_row(self, table: str) -> Mask:
        """Whether each episode has a row of the table."""
        return self["CINdetails"]["cin"].isin(self[table]["cin"])

    def enquiry_open(self) -> Mask:
        """Whether each enquiry has neither a conference nor the mark that none is required."""
        enquiries = self["Section47"]
        return enquiries["DateOfInitialCPC"].isna() & ~yes_no(enquiries["ICPCnotRequired"]).fillna(
            False
        ).astype(bool)

    def working_days_to_end(self, day: pd.Series) -> pd.Series:
        """Working days after a day up to and with the last day of the census; 0 where the day is missing."""
        after = day.fillna(self.end).to_numpy().astype("datetime64[D]") + np.timedelta64(1, "D")
        last = np.datetime64(self.end, "D") + np.timedelta64(1, "D")
        return pd.Series(np.busday_count(after, last, holidays=self.holidays), index=day.index)

    def working_day_before_start(self) -> pd.Timestamp:
        first = np.datetime64(self.start, "D")
        return pd.Timestamp(np.busday_offset(first, -1, roll="forward", holidays=self.holidays))


Check = Callable[[Census, Rule], "Mask | bool"]
CHECKS: dict[str, Check] = {}


def check_cin(
    records: CaseRecords, year: "ReportYear | str | int", holidays: Iterable[date] = ()
) -> list[Finding]:
    """A finding for each rule that is broken, and one for all that hold.

    `year` is the report year (2015-16) or the census year (2016). Without `holidays` a working day is any day from
    Monday to Friday, which matters to rules 8569Q, 8670Q and 8675Q. A finding has the rule's code, how many rows
    break it, the lines of the first, and the first value (never a child's number or birth).
    """
    census = Census(records, census_year(year), holidays)
    made = [rule for rule in rules() if rule.years.holds(census.year)]
    broken = [finding for rule in made if (finding := _finding(census, rule))]
    held = len(made) - len(broken)
    said = f"{held} of the {len(made)} official rules that were checked hold for the {census.year} census."
    return [*broken, passed("cin_rules", said)]


@cache
def rules() -> tuple[Rule, ...]:
    """The rules, in the order of their codes."""
    return tuple(_rule(row) for row in read_list(RULES_FILE))


def _rule(row: dict[str, str]) -> Rule:
    years = Span(int(row["first_year"] or 0) or None, int(row["last_year"] or 0) or None)
    fields = tuple(row["fields"].split("|"))
    kept = {name: row[name] for name in ("code", "severity", "table", "check", "bears_on", "message")}
    return Rule(fields=fields, years=years, **kept)


def _finding(census: Census, rule: Rule) -> Finding | None:
    mask = CHECKS[rule.check](census, rule)
    advice = f"It bears on {rule.bears_on}. Mend the record, or note why it is right."
    place = {"file": census.file, "column": rule.fields[0], "advice": advice}
    if isinstance(mask, bool | np.bool_):
        return Finding(rule.code, rule.severity, f"{rule.message}.", **place) if mask else None
    rows = census[rule.table][mask.fillna(False).astype(bool).to_numpy()]
    if rows.empty:
        return None
    lines = rows["line"].head(PLACES_NAMED).tolist()
    where = "on line" if len(rows) == 1 else "first on lines"
    message = f"{rule.message} ({len(rows):,} in {rule.table}, {where} {', '.join(map(str, lines))})."
    value = _shown(census.column(rule.table, rule.fields[0]).loc[rows.index[0]], rule.fields[0])
    return Finding(rule.code, rule.severity, message, row=lines[0], value=value, **place)


def _shown(value: object, field: str) -> str:
    if field in PRIVATE or pd.isna(value):
        return ""
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)[:40]


def check(name: str) -> Callable[[Check], Check]:
    """Register a check under the name that rules/cin_census.csv calls it by."""

    def keep(function: Check) -> Check:
        CHECKS[name] = function
        return function

    return keep


# --- checks that many rules share


@check("first before second")
def _before(census: Census, rule: Rule) -> Mask:
    first, second = census.columns(rule)
    return first < second


@check("first after second")
def _after(census: Census, rule: Rule) -> Mask:
    first, second = census.columns(rule)
    return first > second


@check("first not after second")
def _not_after(census: Census, rule: Rule) -> Mask:
    first, second = census.columns(rule)
    return first <= second


@check("same day")
def _same_day(census: Census, rule: Rule) -> Mask:
    first, second = census.columns(rule)
    return first == second


@check("outside the year")
def _outside_year(census: Census, rule: Rule) -> Mask:
    day = census.columns(rule)[0]
    return day.notna() & ~census.in_year(day)


@check("after the year")
def _after_year(census: Census, rule: Rule) -> Mask:
    return census.columns(rule)[0] > census.end


@check("missing")
def _missing(census: Census, rule: Rule) -> Mask:
    return census.columns(rule)[0].isna()


@check("missing or after the year")
def _missing_or_late(census: Census, rule: Rule) -> Mask:
    return _missing(census, rule) | _after_year(census, rule)


@check("missing or first after second")
def _missing_or_after(census: Census, rule: Rule) -> Mask:
    return _missing(census, rule) | _after(census, rule)


@check("second without first")
def _second_without_first(census: Census, rule: Rule) -> Mask:
    first, second = census.columns(rule)
    return first.isna() & second.notna()


@check("invalid code")
def _invalid_code(census: Census, rule: Rule) -> Mask:
    codes = next(e.codes for e in layout.fields(rule.table) if e.name == rule.fields[0])
    good = each_different(
        census.columns(rule)[0], lambda text: layout.is_code_of_year(codes, text, census.year)
    )
    return good.eq(False)


@check("missing or invalid code")
def _missing_or_invalid_code(census: Census, rule: Rule) -> Mask:
    return _missing(census, rule) | _invalid_code(census, rule)


@check("weekend")
def _weekend(census: Census, rule: Rule) -> Mask:
    return census.columns(rule)[0].dt.day_of_week >= 5


@check("same in two records")
def _same_twice(census: Census, rule: Rule) -> Mask:
    values = census.columns(rule)[0]
    return values.notna() & values.duplicated(keep=False)


@check("same code twice")
def _same_code_twice(census: Census, rule: Rule) -> Mask:
    return _of_codes(census.columns(rule)[0], lambda codes: len(set(codes)) < len(codes))


@check("several open of a child")
def _several_open(census: Census, rule: Rule) -> Mask:
    return _more_than_one(census[rule.table], census.columns(rule)[0].isna(), "child_number")


@check("overlap in a child")
def _overlap_in_child(census: Census, rule: Rule) -> Mask:
    start, end = census.columns(rule)
    return _begins_inside_another(census[rule.table]["child_number"], start, end)


def _more_than_one(frame: pd.DataFrame, open_now: Mask, by: str) -> Mask:
    """The rows that are open where more than one of the same child or episode is."""
    return open_now & (open_now.astype("int64").groupby(frame[by]).transform("sum") > 1)


def _begins_inside_another(by: pd.Series, start: pd.Series, end: pd.Series) -> Mask:
    """Whether each spell begins on or after the first day of an earlier one and before its last; open ones go on."""
    frame = pd.DataFrame({"by": by, "start": start, "end": end.fillna(FOREVER)}).dropna()
    frame = frame.sort_values(["by", "start", "end"], kind="stable")
    ends = frame["end"].astype("int64").groupby(frame["by"])
    latest_before = ends.cummax().groupby(frame["by"]).shift()
    inside = frame["start"].astype("int64") < latest_before
    return inside.reindex(start.index, fill_value=False)


def _inside_spell(by: pd.Series, day: pd.Series, spells: pd.DataFrame) -> Mask:
    """Whether each day falls in a spell (`by`, `start`, `end`) of the same child: begun by it, and not yet ended."""
    spells = spells.assign(end=spells["end"].fillna(FOREVER)).dropna().sort_values("start")
    spells["latest"] = spells["end"].astype("int64").groupby(spells["by"]).cummax()
    points = pd.DataFrame({"by": by, "start": day, "row": np.arange(len(day))}).dropna().sort_values("start")
    joined = pd.merge_asof(points, spells, on="start", by="by")
    inside = joined["start"].astype("int64") < joined["latest"]
    found = joined.loc[inside.fillna(False), "row"]
    return pd.Series(np.isin(np.arange(len(day)), found), index=day.index)


def _spells(frame: pd.DataFrame, start: str, end: str) -> pd.DataFrame:
    return pd.DataFrame({"by": frame["child_number"], "start": frame[start], "end": frame[end]})


def _of_codes(texts: pd.Series, test: Callable[[list[str]], bool]) -> Mask:
    """Whether a test holds for the codes of each cell, which are joined by |."""
    return each_different(texts, lambda text: test(text.upper().split("|"))).eq(True)


# --- the whole file


@check("wrong reference date")
def _wrong_reference_date(census: Census, _: Rule) -> "Mask | bool":
    header = census["Header"]
    return header["ReferenceDate"] != census.end if len(header) else True


@check("more plans than conferences")
def _more_plans_than_conferences(census: Census, _: Rule) -> bool:
    begun = census.in_year(census["ChildProtectionPlans"]["CPPstartDate"]).sum()
    return bool(begun > census.in_year(census.conferences["DateOfInitialCPC"]).sum())


@check("many without sex")
def _many_without_sex(census: Census, rule: Rule) -> bool:
    born = census["Child"][census["Child"]["PersonBirthDate"].notna()]
    sex = born[rule.fields[0]]
    return bool(len(born)) and bool(
        (sex.isna() | (sex == UNBORN[rule.fields[0]])).mean() > MOST_WITHOUT_SEX_SHARE
    )


@check("few disability codes")
def _few_disability_codes(census: Census, _: Rule) -> bool:
    used = {code for text in census["Child"]["Disability"].dropna().unique() for code in text.split("|")}
    return len({code for code in used if layout.is_code("Disability", code)}) < FEWEST_DISABILITY_CODES


@check("one disability each")
def _one_disability_each(census: Census, _: Rule) -> bool:
    texts = census["Child"]["Disability"].dropna()
    return bool(len(texts)) and not texts.str.contains("|", regex=False).any()


# --- children


@check("longer than 20 characters")
def _long_number(census: Census, rule: Rule) -> Mask:
    return census.columns(rule)[0].str.len() > 20


@check("not letters and digits")
def _odd_number(census: Census, rule: Rule) -> Mask:
    return census.columns(rule)[0].str.fullmatch(r"[A-Za-z0-9]+").eq(False)


@check("neither or both births")
def _neither_or_both(census: Census, rule: Rule) -> Mask:
    born, expected = census.columns(rule)
    return born.isna() == expected.isna()


@check("expected birth outside March to December")
def _expected_birth_range(census: Census, rule: Rule) -> Mask:
    expected = census.columns(rule)[0]
    likely = expected.between(pd.Timestamp(census.year, 3, 1), pd.Timestamp(census.year, 12, 31))
    return expected.notna() & ~likely


@check("disability missing or invalid")
def _disability_missing(census: Census, _: Rule) -> Mask:
    child = census["Child"]
    active = child["child_number"].isin(census["CINdetails"]["child_number"][~census.no_further_action])
    invalid = _of_codes(
        child["Disability"], lambda codes: not all(layout.is_code("Disability", c) for c in codes)
    )
    return child["PersonBirthDate"].notna() & active & (child["Disability"].isna() | invalid)


@check("none and another")
def _none_and_another(census: Census, rule: Rule) -> Mask:
    return _of_codes(census.columns(rule)[0], lambda codes: "NONE" in codes and len(set(codes)) > 1)


@check("no episode")
def _no_episode(census: Census, _: Rule) -> Mask:
    return ~census["Child"]["child_number"].isin(census["CINdetails"]["child_number"])


@check("unborn with a sex")
def _unborn_with_sex(census: Census, rule: Rule) -> Mask:
    sex, born, expected = census.columns(rule)
    return born.isna() & expected.notna() & (sex != UNBORN[rule.fields[0]])


@check("unknown UPN for want of action")
def _upn_reason(census: Census, _: Rule) -> Mask:
    active = census["CINdetails"]["child_number"][~census.no_further_action]
    return (census["Child"]["UPNunknown"] == "UN7") & census["Child"]["child_number"].isin(active)


# --- episodes


@check("over 25")
def _over_25(census: Census, rule: Rule) -> Mask:
    closed, born = census.columns(rule)
    return born + pd.DateOffset(years=25) < closed.fillna(census.end)


@check("activity after closure")
def _activity_after_closure(census: Census, rule: Rule) -> Mask:
    closed, own_conference = census.columns(rule)
    late = own_conference > closed
    activity = {
        "Assessments": ("AssessmentActualStartDate", "AssessmentAuthorisationDate"),
        "Section47": ("S47ActualStartDate", "DateOfInitialCPC"),
        "ChildProtectionPlans": ("CPPendDate",),
        "CINPlanDates": ("CINPlanStartDate", "CINPlanEndDate"),
    }
    for table, fields in activity.items():
        last = census[table].groupby("cin")[list(fields)].max().max(axis=1)
        late |= looked_up(census["CINdetails"]["cin"], last) > closed
    return late


@check("old referral without action")
def _old_without_action(census: Census, _: Rule) -> Mask:
    old = census["CINdetails"]["CINreferralDate"] < census.working_day_before_start()
    return census.no_further_action & old


@check("died without a death")
def _died_without_death(census: Census, rule: Rule) -> Mask:
    reason, death = census.columns(rule)
    return (reason == "RC2") & death.isna()


@check("40 weeks before birth")
def _before_pregnancy(census: Census, rule: Rule) -> Mask:
    referred, born, expected = census.columns(rule)
    return referred < born.fillna(expected) - pd.Timedelta(days=PREGNANCY_DAYS)


@check("no need though action")
def _no_need(census: Census, rule: Rule) -> Mask:
    return ~census.no_further_action & census.columns(rule)[0].isna()


def _open_episodes(census: Census) -> Mask:
    return census["CINdetails"]["CINclosureDate"].isna() & ~census.no_further_action


@check("several open episodes")
def _several_open_episodes(census: Census, _: Rule) -> Mask:
    return _more_than_one(census["CINdetails"], _open_episodes(census), "child_number")


@check("open but not the latest")
def _open_not_latest(census: Census, rule: Rule) -> Mask:
    referred = census.columns(rule)[0].where(~census.no_further_action)
    latest = referred.groupby(census["CINdetails"]["child_number"]).transform("max")
    return _open_episodes(census) & (referred < latest)


@check("episodes overlap")
def _episodes_overlap(census: Census, rule: Rule) -> Mask:
    referred, closed = census.columns(rule)
    acted = referred.where(~census.no_further_action)
    return _begins_inside_another(census["CINdetails"]["child_number"], acted, closed)


def _closed_after_assessment(census: Census) -> Mask:
    return census["CINdetails"]["ReasonForClosure"].str.upper().isin(CLOSED_AFTER_ASSESSMENT)


@check("closed after an assessment that is not there")
def _no_assessment_to_close(census: Census, _: Rule) -> Mask:
    return _closed_after_assessment(census) & ~census.has_row("Assessments")


@check("closed after assessment but active")
def _closed_but_active(census: Census, _: Rule) -> Mask:
    active = census["CINdetails"]["DateOfInitialCPC"].notna()
    for table in ("Section47", "ChildProtectionPlans", "CINPlanDates"):
        active |= census.has_row(table)
    return _closed_after_assessment(census) & active


@check("enquiry without assessment")
def _enquiry_without_assessment(census: Census, _: Rule) -> Mask:
    return census.has_row("Section47") & ~census.has_row("Assessments")


@check("activity though no action")
def _activity_though_no_action(census: Census, _: Rule) -> Mask:
    conference = census["CINdetails"]["DateOfInitialCPC"].notna()
    return census.no_further_action & (
        census.has_row("Assessments") | census.has_row("Section47") | conference
    )


@check("in a referral without action")
def _in_no_further_action(census: Census, rule: Rule) -> Mask:
    return yes_no(census.columns(rule)[0]).fillna(False).astype(bool)


@check("closed with an open assessment")
def _closed_open_assessment(census: Census, _: Rule) -> Mask:
    assessments = census["Assessments"]
    still_open = assessments["cin"][assessments["AssessmentAuthorisationDate"].isna()]
    return census["CINdetails"]["CINclosureDate"].notna() & census["CINdetails"]["cin"].isin(still_open)


@check("closed with an open enquiry")
def _closed_open_enquiry(census: Census, _: Rule) -> Mask:
    still_open = census["Section47"]["cin"][census.enquiry_open()]
    return census["CINdetails"]["CINclosureDate"].notna() & census["CINdetails"]["cin"].isin(still_open)


# --- assessments


@check("open for more than 45 working days")
def _late_assessment(census: Census, rule: Rule) -> Mask:
    start, end = census.columns(rule)
    return end.isna() & (census.working_days_to_end(start) > 45)


@check("open and begun outside the year")
def _old_open_assessment(census: Census, rule: Rule) -> Mask:
    start, end = census.columns(rule)
    return end.isna() & start.notna() & ~census.in_year(start)


@check("overlap in an episode")
def _overlap_in_episode(census: Census, rule: Rule) -> Mask:
    start, end = census.columns(rule)
    return _begins_inside_another(census[rule.table]["cin"], start, end)


@check("several open assessments of an episode")
def _several_open_assessments(census: Census, rule: Rule) -> Mask:
    return _more_than_one(census["Assessments"], census.columns(rule)[0].isna(), "cin")


@check("21 and another factor")
def _no_factor_and_another(census: Census, rule: Rule) -> Mask:
    return _of_codes(census.columns(rule)[0], lambda codes: "21" in codes and len(set(codes)) > 1)


@check("only factor 21 but closed for another reason")
def _no_factor_closed(census: Census, rule: Rule) -> Mask:
    factors, reason, completed, closed = census.columns(rule)
    alone = census["Assessments"].groupby("cin")["line"].transform("size") == 1
    other = ~reason.str.upper().isin(CLOSED_AFTER_ASSESSMENT)
    return alone & completed.notna() & closed.notna() & (factors == "21") & other


@check("withdrawn factor 18A")
def _factor_18a(census: Census, rule: Rule) -> Mask:
    return _of_codes(census.columns(rule)[0], lambda codes: "18A" in codes)


@check("withdrawn factor 19A")
def _factor_19a(census: Census, rule: Rule) -> Mask:
    return _of_codes(census.columns(rule)[0], lambda codes: "19A" in codes)


# --- section 47 enquiries


@check("conference recorded twice")
def _conference_twice(census: Census, rule: Rule) -> Mask:
    of_episode = census["CINdetails"].set_index("cin")["DateOfInitialCPC"]
    return census.columns(rule)[0] == looked_up(census["Section47"]["cin"], of_episode)


@check("open for more than 15 working days")
def _late_enquiry(census: Census, rule: Rule) -> Mask:
    return census.enquiry_open() & (census.working_days_to_end(census.columns(rule)[0]) > 15)


@check("enquiry open and begun outside the year")
def _old_open_enquiry(census: Census, rule: Rule) -> Mask:
    start = census.columns(rule)[0]
    return census.enquiry_open() & start.notna() & ~census.in_year(start)


@check("several open enquiries of an episode")
def _several_open_enquiries(census: Census, _: Rule) -> Mask:
    return _more_than_one(census["Section47"], census.enquiry_open(), "cin")


@check("enquiries overlap")
def _enquiries_overlap(census: Census, rule: Rule) -> Mask:
    start, end = census.columns(rule)
    timed = start.where(end.notna() | census.enquiry_open())
    return _begins_inside_another(census["Section47"]["cin"], timed, end)


# --- plans


@check("begun on another day than the conference")
def _not_on_conference_day(census: Census, _: Rule) -> Mask:
    plans, held = census["ChildProtectionPlans"], census.conferences
    same = pd.MultiIndex.from_frame(held[["cin", "DateOfInitialCPC"]])
    own = pd.MultiIndex.from_frame(plans[["cin", "CPPstartDate"]])
    return census.in_year(plans["CPPstartDate"]) & plans["cin"].isin(held["cin"]) & ~own.isin(same)


@check("both plans open")
def _both_open(census: Census, rule: Rule) -> Mask:
    plans = census["ChildProtectionPlans"]
    children = plans["child_number"][plans["CPPendDate"].isna()]
    return census.columns(rule)[0].isna() & census["CINPlanDates"]["child_number"].isin(children)


@check("begun during a protection plan")
def _during_protection_plan(census: Census, rule: Rule) -> Mask:
    spells = _spells(census["ChildProtectionPlans"], "CPPstartDate", "CPPendDate")
    return _inside_spell(census[rule.table]["child_number"], census.columns(rule)[0], spells)


@check("begun during a need plan")
def _during_need_plan(census: Census, rule: Rule) -> Mask:
    spells = _spells(census["CINPlanDates"], "CINPlanStartDate", "CINPlanEndDate")
    return _inside_spell(census[rule.table]["child_number"], census.columns(rule)[0], spells)
