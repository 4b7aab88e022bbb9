"""The official validation rules of the children in need census that bear on what is computed here.

`rules/cin_census.csv` says for each rule its code and message, its table and fields, the years in which it holds, and the
`condition` that breaks it: for each row, or of the whole file. In a condition, columns stand by name; beside those of the
table stand those of the plan, episode and child that the row belongs to, and what `Census` adds to each table.
They may name the words of `Census.words` too. Source: the Department for Education's census validation rules, 2022-23 to
2024-25.
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
from bscbdata.statutory.cin_census.layout import PRIVATE, Span, census_year, span_of

RULES_FILE = HERE / "rules" / "cin_census.csv"
PLACES_NAMED = 5
FOREVER = pd.Timestamp("2200-01-01")
PARENTS = (("plan", "ChildProtectionPlans"), ("cin", "CINdetails"), ("child_number", "Child"))
# The dates by which an episode's activity is known, in the tables below it.
ACTIVITY = {
    "Assessments": ["AssessmentActualStartDate", "AssessmentAuthorisationDate"],
    "Section47": ["S47ActualStartDate", "DateOfInitialCPC"],
    "ChildProtectionPlans": ["CPPendDate"],
    "CINPlanDates": ["CINPlanStartDate", "CINPlanEndDate"],
}
Mask = pd.Series  # a yes or no for each row


@dataclass(frozen=True)
class Rule:
    """One rule: its table and fields, the census years it holds in, and the condition that breaks it."""

    code: str
    severity: str
    table: str
    fields: tuple[str, ...]
    years: Span
    condition: str
    bears_on: str
    message: str


class Census:
    """The tables of one census with its first and last day. `holidays` are the bank holidays that are no working days."""

    def __init__(self, records: CaseRecords, year: int, holidays: Iterable[date] = ()):
        self.year = year
        self.file = next((finding.file for finding in records.findings if finding.file), "")
        self.start, self.end = pd.Timestamp(year - 1, 4, 1), pd.Timestamp(year, 3, 31)
        self.holidays = np.array(sorted(holidays), dtype="datetime64[D]")
        self.tables = dict(records.native)
        self.tables["Section47"] = _with_state(self.tables["Section47"])
        self.tables["CINdetails"] = _with_activity(self.tables)
        self.tables["Child"] = _with_episodes(self.tables["Child"], self.tables["CINdetails"])
        self.rows = cache(self._rows)
        self.columns = cache(lambda table: dict(self.rows(table).items()))  # as conditions name them

    def _rows(self, table: str) -> pd.DataFrame:
        """The rows of a table with the fields of the plan, episode and child that each belongs to."""
        rows = self.tables[table].copy()
        for key, parent in PARENTS:
            if key in rows:
                above = self.tables[parent].set_index(key)
                for name in above.columns.difference(rows.columns):
                    rows[name] = looked_up(rows[key], above[name])
        return rows

    @cached_property
    def words(self) -> dict[str, object]:
        """What conditions may name, beside the columns."""
        plans = self.tables["ChildProtectionPlans"]
        return {
            "start": self.start,
            "end": self.end,
            "CLOSED_AFTER_ASSESSMENT": ("RC8", "RC9"),
            "working_day_before_start": self.working_day_before_start(),
            "on_open_protection_plan": tuple(plans.loc[plans["CPPendDate"].isna(), "child_number"]),
            "with_conference": tuple(self.conferences["cin"]),
            "age": lambda births, years: births + pd.DateOffset(years=years),
            "beside_others": beside_others,
            "codes_used": codes_used,
            "conference_on": self.conference_on,
            "day": lambda month, day: pd.Timestamp(self.year, month, day),
            "during_need_plan": self._during("CINPlanDates", "CINPlanStartDate", "CINPlanEndDate"),
            "during_protection_plan": self._during("ChildProtectionPlans", "CPPstartDate", "CPPendDate"),
            "forty_weeks_before": lambda days: days - pd.Timedelta(weeks=40),
            "has_code": lambda cells, code: of_codes(cells, lambda codes: code in codes),
            "more_than_one": more_than_one,
            "more_plans_than_conferences": self.more_plans_than_conferences,
            "not_of_year": self.not_of_year,
            "overlaps": overlaps,
            "same_code_twice": lambda cells: of_codes(cells, lambda codes: len(set(codes)) < len(codes)),
            "share": lambda chosen, among: chosen[among].mean(),
            "unknown_code": unknown_code,
            "working_days_to_end": self.working_days_to_end,
            "wrong": lambda days: days != self.end if len(days) else True,
        }

    @cached_property
    def conferences(self) -> pd.DataFrame:
        """The initial conferences of all episodes: those of enquiries and those of the episode itself."""
        places = ["cin", "DateOfInitialCPC"]
        held = [self.tables[table][places] for table in ("Section47", "CINdetails")]
        return pd.concat(held).dropna(ignore_index=True)

    def conference_on(self, episodes: pd.Series, days: pd.Series) -> Mask:
        """Whether each episode had an initial conference on the day."""
        asked = pd.MultiIndex.from_arrays([episodes, days])
        return pd.Series(asked.isin(pd.MultiIndex.from_frame(self.conferences)), index=days.index)

    def more_plans_than_conferences(self) -> bool:
        begun = self.tables["ChildProtectionPlans"]["CPPstartDate"].between(self.start, self.end).sum()
        return bool(begun > self.conferences["DateOfInitialCPC"].between(self.start, self.end).sum())

    def not_of_year(self, cells: pd.Series) -> Mask:
        """Whether each code is none of the official list of the census year; a missing one is not told."""
        good = each_different(
            cells, lambda text: layout.is_code_of_year(_code_lists()[cells.name], text, self.year)
        )
        return good.eq(False)

    def working_days_to_end(self, day: pd.Series) -> pd.Series:
        """Working days after a day up to and with the last day of the census; 0 where the day is missing."""
        after = day.fillna(self.end).to_numpy().astype("datetime64[D]") + np.timedelta64(1, "D")
        last = np.datetime64(self.end, "D") + np.timedelta64(1, "D")
        return pd.Series(np.busday_count(after, last, holidays=self.holidays), index=day.index)

    def working_day_before_start(self) -> pd.Timestamp:
        first = np.datetime64(self.start, "D")
        return pd.Timestamp(np.busday_offset(first, -1, roll="forward", holidays=self.holidays))

    def _during(self, table: str, start: str, end: str) -> Callable[[pd.Series, pd.Series], Mask]:
        """Gives a word: whether each child was on such a plan on the day, begun by it and not yet ended."""
        plans = self.tables[table]
        spells = pd.DataFrame({"by": plans["child_number"], "start": plans[start], "end": plans[end]})
        return lambda by, day: _inside_spell(by, day, spells)


def _with_state(enquiries: pd.DataFrame) -> pd.DataFrame:
    """`enquiry_open`: neither a conference nor the mark that none is required."""
    not_required = _is_yes(enquiries["ICPCnotRequired"])
    return enquiries.assign(enquiry_open=enquiries["DateOfInitialCPC"].isna() & ~not_required)


def _with_activity(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The episodes, with what the tables below them say: whether each has a row there, an open one, the last activity."""
    episodes, assessments, enquiries = (tables[t] for t in ("CINdetails", "Assessments", "Section47"))
    begun = assessments.loc[assessments["AssessmentAuthorisationDate"].isna(), "cin"]
    last = [tables[table].groupby("cin")[days].max().max(axis=1) for table, days in ACTIVITY.items()]
    below = pd.concat([looked_up(episodes["cin"], days) for days in last], axis=1)
    acted_on = ~_is_yes(episodes["ReferralNFA"])
    referred = episodes["CINreferralDate"].where(acted_on)
    return episodes.assign(
        no_further_action=~acted_on,
        episode_open=episodes["CINclosureDate"].isna() & acted_on,
        episode_conference=episodes["DateOfInitialCPC"],
        latest_referral=referred.groupby(episodes["child_number"]).transform("max"),
        last_activity=below.assign(own=episodes["DateOfInitialCPC"]).max(axis=1),
        has_assessment=episodes["cin"].isin(assessments["cin"]),
        has_enquiry=episodes["cin"].isin(enquiries["cin"]),
        has_protection_plan=episodes["cin"].isin(tables["ChildProtectionPlans"]["cin"]),
        has_need_plan=episodes["cin"].isin(tables["CINPlanDates"]["cin"]),
        has_open_assessment=episodes["cin"].isin(begun),
        has_open_enquiry=episodes["cin"].isin(enquiries.loc[enquiries["enquiry_open"], "cin"]),
    )


def _with_episodes(children: pd.DataFrame, episodes: pd.DataFrame) -> pd.DataFrame:
    """The children, with whether each has an episode, and one that is not marked as a referral without further action."""
    acted_on = episodes.loc[~episodes["no_further_action"], "child_number"]
    return children.assign(
        has_episode=children["child_number"].isin(episodes["child_number"]),
        acted_on=children["child_number"].isin(acted_on),
    )


def _is_yes(cells: pd.Series) -> Mask:
    return yes_no(cells).fillna(False).astype(bool)


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
    fields = tuple(row["fields"].split("|"))
    kept = {name: row[name] for name in ("code", "severity", "table", "condition", "bears_on", "message")}
    return Rule(fields=fields, years=span_of(row), **kept)


def _finding(census: Census, rule: Rule) -> Finding | None:
    named = [census.columns(rule.table), census.words]
    broken = pd.eval(rule.condition, engine="python", resolvers=named)
    if not np.any(broken):
        return None
    advice = f"It bears on {rule.bears_on}. Mend the record, or note why it is right."
    place = {"file": census.file, "column": rule.fields[0], "advice": advice}
    if isinstance(broken, bool | np.bool_):
        return Finding(rule.code, rule.severity, f"{rule.message}.", **place)
    rows = census.rows(rule.table)[broken]
    lines = rows["line"].head(PLACES_NAMED).tolist()
    where = "on line" if len(rows) == 1 else "first on lines"
    message = f"{rule.message} ({len(rows):,} in {rule.table}, {where} {', '.join(map(str, lines))})."
    value = _shown(rows[rule.fields[0]].iloc[0], rule.fields[0])
    return Finding(rule.code, rule.severity, message, row=lines[0], value=value, **place)


def _shown(value: object, field: str) -> str:
    if field in PRIVATE or pd.isna(value):
        return ""
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)[:40]


def more_than_one(open_now: Mask, by: pd.Series) -> Mask:
    """The rows that are open where more than one of the same child or episode is."""
    return open_now & (open_now.astype("int64").groupby(by).transform("sum") > 1)


def overlaps(by: pd.Series, start: pd.Series, end: pd.Series) -> Mask:
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


def of_codes(texts: pd.Series, test: Callable[[list[str]], bool]) -> Mask:
    """Whether a test holds for the codes of each cell, which are joined by |."""
    return each_different(texts, lambda text: test(text.upper().split("|"))).eq(True)


def beside_others(texts: pd.Series, code: str) -> Mask:
    """Whether each cell has a code, and another beside it."""
    return of_codes(texts, lambda codes: code in codes and len(set(codes)) > 1)


def unknown_code(texts: pd.Series) -> Mask:
    """Whether a code of each cell is none of the census, in any year."""
    known = _code_lists()[texts.name]
    return of_codes(texts, lambda codes: not all(layout.is_code(known, code) for code in codes))


def codes_used(texts: pd.Series) -> int:
    """How many of the census's codes are used."""
    used = {code for text in texts.dropna().unique() for code in text.split("|")}
    return len({code for code in used if layout.is_code(_code_lists()[texts.name], code)})


@cache
def _code_lists() -> dict[str, str]:
    """The code list of each field."""
    return {element.name: element.codes for table in layout.tables() for element in layout.fields(table)}
