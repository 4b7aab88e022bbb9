"""The official validation rules of the SSDA903 that bear on what is counted: `rules/ssda903.csv`.

A rule that one row can break has its `condition` there: the rows of its first table for which it holds break the rule.
In a condition, columns stand by name (an episode also has those of `Return.episodes`, such as DEC_before), and what
begins with @ is one of WORDS, or the start or end of the year. The other rules have a function each, below.
Only what a rule's message says is tested; where it needs what is never kept (postcodes), the table says so under `note`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

import pandas as pd

from bscbdata.findings import Finding, passed, warning
from bscbdata.lists import read_list
from bscbdata.period import ReportYear
from bscbdata.statutory import HERE, CaseRecords
from bscbdata.statutory.ssda903.events import chain_periods
from bscbdata.statutory.ssda903.layout import (
    ADOPTED,
    CONTINUES,
    ENDLESS,
    FOR_ADOPTION,
    SHORT_BREAKS,
    TEMPORARY,
    fields,
)


def _birthday(births: pd.Series, age: int) -> pd.Series:
    return births + pd.DateOffset(years=age)


FOSTER = ("U1", "U2", "U3", "U4", "U5", "U6")
GUARDIANSHIP = ("E43", "E44", "E45", "E46", "E47", "E48")
PLACES_SHOWN = 3
# What conditions may name, each with an @ before it.
WORDS: dict[str, object] = {
    "birthday": _birthday,
    "ADOPTED": ADOPTED,
    "ENDLESS": ENDLESS,
    "FOR_ADOPTION": FOR_ADOPTION,
    "FOSTER": FOSTER,
    "GUARDIANSHIP": GUARDIANSHIP,
    "SHORT_BREAKS": SHORT_BREAKS,
    "TEMPORARY": TEMPORARY,
}


@dataclass(frozen=True)
class Rule:
    """One official rule: code, message, the years it holds for (by the year's end), tables and fields, what it bears on."""

    code: str
    message: str
    first_year_end: str
    last_year_end: str
    tables: tuple[str, ...]
    fields: str
    condition: str
    bears_on: str
    advice: str
    note: str

    def holds_in(self, year: ReportYear) -> bool:
        first, last = int(self.first_year_end or 0), int(self.last_year_end or 9999)
        return first <= year.first + 1 <= last


class Return:
    """A year's return as the rules see it; a table that was not sent is empty."""

    def __init__(self, native: dict[str, pd.DataFrame], year: ReportYear):
        self.native = native
        self.year = year
        self.start = pd.Timestamp(year.start)
        self.end = pd.Timestamp(year.end)

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.native[table] if table in self.native else _empty(table)

    @cached_property
    def births(self) -> pd.Series:
        """Date of birth by child, from the header."""
        return self["header"].dropna(subset=["CHILD"]).groupby("CHILD")["DOB"].first()

    @cached_property
    def episodes(self) -> pd.DataFrame:
        """Episodes with a child and a start, in order, each with what stands before and after it."""
        sent = chain_periods(self["episodes"].dropna(subset=["CHILD", "DECOM"]))
        beside = sent.groupby("CHILD")[["DECOM", "DEC", "REC", "RNE", "LS", "PLACE", "PLACE_PROVIDER"]]
        sent = sent.join(beside.shift().add_suffix("_before")).join(beside.shift(-1).add_suffix("_after"))
        sent["DOB"] = _of(sent, self.births)
        sent["period_start"] = sent.groupby("period")["DECOM"].transform("min")
        sent["days"] = (sent["DEC"].fillna(self.end) - sent["DECOM"]).dt.days
        return sent

    @cached_property
    def last(self) -> pd.DataFrame:
        """The last episode of each child."""
        return self.episodes.groupby("CHILD").tail(1).set_index("CHILD")

    @cached_property
    def left(self) -> pd.DataFrame:
        """Last episodes that ended care, by child."""
        return self.last[self.last["REC"].notna() & (self.last["REC"] != CONTINUES)]

    @cached_property
    def starts(self) -> pd.Series:
        """The latest start of a period of care (reason S) by child."""
        begun = self.episodes[self.episodes["RNE"] == "S"]
        return begun.groupby("CHILD")["DECOM"].max()

    @cached_property
    def placed(self) -> pd.Series:
        """The first day in a placement for adoption, by child."""
        return self.episodes[self.episodes["PLACE"].isin(FOR_ADOPTION)].groupby("CHILD")["DECOM"].min()

    @cached_property
    def decided(self) -> pd.Series:
        """The first decision that the child should be placed for adoption, by child."""
        return self["placed_adoption"].groupby("CHILD")["DATE_PLACED"].min().dropna()

    def first_with_status(self, status: str) -> pd.Series:
        return self.episodes[self.episodes["LS"] == status].groupby("CHILD")["DECOM"].min()


Check = Callable[[Return], pd.DataFrame]
CHECKS: dict[str, Check] = {}


def rule(code: str) -> Callable[[Check], Check]:
    """Registers a function as the check of an official rule."""

    def keep(check: Check) -> Check:
        CHECKS[code] = check
        return check

    return keep


@cache
def rules() -> tuple[Rule, ...]:
    """The rules that are made here, as the table has them."""
    return tuple(
        Rule(**(row | {"tables": tuple(row["tables"].split("|"))}))
        for row in read_list(HERE / "rules" / "ssda903.csv")
    )


def check_cla(records: CaseRecords, year: str | ReportYear) -> list[Finding]:
    """Every rule that holds in the year and whose tables were sent: one finding for each that is broken, one for the rest."""
    year = ReportYear.parse(year) if isinstance(year, str) else year
    sent = Return(records.native, year)
    held, unread, found = [], [], []
    for one in rules():
        if not one.holds_in(year):
            continue
        if not set(one.tables) <= set(records.native):
            unread.append(one.code)
            continue
        broken = rows_breaking(one, sent)
        found += [_finding(one, broken)] if len(broken) else []
        held += [] if len(broken) else [one.code]
    return found + _summary(held, unread)


def rows_breaking(one: Rule, sent: Return) -> pd.DataFrame:
    """The rows of the return that break a rule."""
    if not one.condition:
        return CHECKS[one.code](sent)
    table = sent.episodes if one.tables[0] == "episodes" else sent[one.tables[0]]
    words = WORDS | {"start": sent.start, "end": sent.end}
    return table.query(one.condition, engine="python", local_dict=words)


def _finding(one: Rule, broken: pd.DataFrame) -> Finding:
    rows = f"{len(broken):,} row{'s' if len(broken) != 1 else ''}"
    said = f"Rule {one.code}: {rows}. {one.message} Bears on: {one.bears_on}."
    places = ", ".join(sorted(broken["row_id"])[:PLACES_SHOWN])
    return warning(
        f"rule {one.code}", said, file=one.tables[0], column=one.fields, value=places, advice=one.advice
    )


def _summary(held: list[str], unread: list[str]) -> list[Finding]:
    found = [passed("rules", f"{len(held)} rules of the SSDA903 hold: {', '.join(held)}.")] if held else []
    if unread:
        said = f"{len(unread)} rules could not be tested, as their tables were not sent: {', '.join(unread)}."
        found.append(warning("rules", said, advice="Send the whole set if these matter."))
    return found


def _empty(table: str) -> pd.DataFrame:
    kinds = {"date": "datetime64[s]", "number": "float64"}
    columns = {
        name: pd.Series(dtype=kinds.get(field.kind, "str"))
        for name, field in fields()[table].items()
        if field.kind != "not_read"
    }
    invalid = {
        f"{name}_invalid": pd.Series(dtype="bool")
        for name, field in fields()[table].items()
        if field.kind in kinds
    }
    return pd.DataFrame(columns | invalid | {"row_id": pd.Series(dtype="str")})


def _of(table: pd.DataFrame, by_child: pd.Series) -> pd.Series:
    """A child's date in the rows of another table."""
    return table["CHILD"].map(by_child.to_dict() or {"": pd.NaT}).astype("datetime64[s]")


# Codes and dates


@cache
def valid_codes(table: str, column: str, year_end: int) -> frozenset[str]:
    """The codes that the official list had in a year (`maps/ssda903_code_years.csv` says which came and went)."""
    field = fields()[table][column]
    changed = [
        row
        for row in read_list(HERE / "maps" / "ssda903_code_years.csv")
        if (row["table"], row["column"]) == (table, column)
    ]
    out = {
        row["code"]
        for row in changed
        if not int(row["first_year_end"] or 0) <= year_end <= int(row["last_year_end"] or 9999)
    }
    return frozenset(field.codes + field.withdrawn) - out


def _code_rule(code: str, table: str, column: str, blank_allowed: bool) -> None:
    def check(sent: Return) -> pd.DataFrame:
        cells = sent[table][column]
        good = cells.isin(valid_codes(table, column, sent.year.first + 1))
        return sent[table][~(good | cells.isna()) if blank_allowed else ~good]

    CHECKS[code] = check


for _code, _table, _column, _blank in (
    ("101", "header", "SEX", False),
    ("103", "header", "ETHNIC", False),
    ("120", "placed_adoption", "REASON_PLACED_CEASED", True),
    ("131", "oc3", "IN_TOUCH", False),
    ("132", "oc3", "ACTIV", False),
    ("133", "oc3", "ACCOM", False),
    ("143", "episodes", "RNE", False),
    ("144", "episodes", "LS", False),
    ("145", "episodes", "CIN", False),
    ("146", "episodes", "PLACE", False),
    ("149", "episodes", "REC", True),
    ("178", "episodes", "PLACE_PROVIDER", True),
    ("1006", "missing", "MISSING", True),
    ("1009", "episodes", "REASON_PLACE_CHANGE", True),
):
    _code_rule(_code, _table, _column, _blank)


@rule("141")
def _began_on_no_day(sent: Return) -> pd.DataFrame:
    return sent["episodes"][sent["episodes"]["DECOM"].isna()]


@rule("147")
def _ended_on_no_day(sent: Return) -> pd.DataFrame:
    return sent["episodes"][sent["episodes"]["DEC_invalid"]]


# The tables among themselves


def _in_header_rule(code: str, table: str) -> None:
    CHECKS[code] = lambda sent: sent[table][~sent[table]["CHILD"].isin(sent["header"]["CHILD"])]


def _same_as_header_rule(code: str, table: str, column: str) -> None:
    def check(sent: Return) -> pd.DataFrame:
        header = sent["header"].groupby("CHILD")[column].first()
        there = sent[table]["CHILD"].map(header)
        return sent[table][sent[table][column].notna() & there.notna() & (sent[table][column] != there)]

    CHECKS[code] = check


def _once_rule(code: str, table: str) -> None:
    CHECKS[code] = lambda sent: sent[table][
        sent[table]["CHILD"].notna() & sent[table]["CHILD"].duplicated(keep=False)
    ]


TABLES_WITH_CHILD = (
    "ad1",
    "placed_adoption",
    "episodes",
    "missing",
    "oc2",
    "oc3",
    "prev_perm",
    "reviews",
    "uasc",
)
for _place, _table in enumerate(TABLES_WITH_CHILD, start=1):
    _in_header_rule(f"INT{_place:02d}", _table)
for _place, _table in enumerate([table for table in TABLES_WITH_CHILD if table != "episodes"], start=11):
    _same_as_header_rule(f"INT{_place}", _table, "DOB")
_same_as_header_rule("INT21", "uasc", "SEX")
for _place, _table in enumerate(("ad1", "header", "oc2", "oc3", "prev_perm", "uasc"), start=31):
    _once_rule(f"INT{_place}", _table)


@rule("EPI")
def _child_without_episodes(sent: Return) -> pd.DataFrame:
    known = set(sent["episodes"]["CHILD"]) | set(sent["oc3"]["CHILD"])
    return sent["header"][~sent["header"]["CHILD"].isin(known)]


# Births and ages


@rule("302")
def _care_before_birth(sent: Return) -> pd.DataFrame:
    first = sent.episodes.groupby("CHILD").head(1)
    return first[first["DECOM"] < first["DOB"]]


def _placed_under_age(sent: Return, place: str, age_before_2024: int) -> pd.DataFrame:
    age = 16 if sent.year.first + 1 >= 2024 else age_before_2024
    young = _birthday(sent.episodes["DOB"], age) > sent.episodes["DECOM"]
    return sent.episodes[(sent.episodes["PLACE"] == place) & young]


@rule("370")
def _independent_under_age(sent: Return) -> pd.DataFrame:
    return _placed_under_age(sent, "P2", 15)


@rule("371")
def _hostel_under_age(sent: Return) -> pd.DataFrame:
    return _placed_under_age(sent, "H5", 14)


# One episode


@rule("148")
def _end_without_reason(sent: Return) -> pd.DataFrame:
    given = sent["episodes"]["DEC"].notna() | sent["episodes"]["DEC_invalid"]
    return sent["episodes"][given != sent["episodes"]["REC"].notna()]


# How long


def _longest_rule(code: str, column: str, value: str, days: int) -> None:
    """Consecutive episodes of a child with the same value, together longer than allowed; the last of them is told."""

    def check(sent: Return) -> pd.DataFrame:
        same = sent.episodes[sent.episodes[column] == value]
        broken = (same[f"{column}_before"] != value) | (same["DEC_before"] != same["DECOM"])
        runs = same.groupby(broken.cumsum())
        began = runs["DECOM"].transform("min")
        long = (same["DEC"].fillna(sent.end) - began).dt.days > days
        return same[long & (runs.cumcount(ascending=False) == 0)]

    CHECKS[code] = check


_longest_rule("361", "LS", "L2", 3)
_longest_rule("362", "LS", "L1", 21)
_longest_rule("363", "LS", "L3", 7)
_longest_rule("375", "PLACE", "T1", 42)
_longest_rule("376", "PLACE", "T3", 21)
_longest_rule("379", "PLACE", "T4", 7)


@rule("367")
def _too_many_short_breaks(sent: Return) -> pd.DataFrame:
    breaks = sent.episodes[sent.episodes["LS"].isin(SHORT_BREAKS)]
    until = breaks["DEC"].fillna(sent.end).clip(upper=sent.end)
    days = (until - breaks["DECOM"].clip(lower=sent.start)).dt.days.clip(lower=0)
    over = days.groupby(breaks["CHILD"]).transform("sum") > 75
    return breaks[over].groupby("CHILD").head(1)


@rule("377")
def _too_many_holidays(sent: Return) -> pd.DataFrame:
    within = sent.episodes["DECOM"].le(sent.end) & sent.episodes["DEC"].fillna(ENDLESS).ge(sent.start)
    holidays = sent.episodes[(sent.episodes["PLACE"] == "T3") & within]
    return holidays[holidays.groupby("CHILD").cumcount() >= 2]


@rule("426")
def _both_short_breaks(sent: Return) -> pd.DataFrame:
    within = sent.episodes["DECOM"].le(sent.end) & sent.episodes["DEC"].fillna(ENDLESS).ge(sent.start)
    breaks = sent.episodes[sent.episodes["LS"].isin(SHORT_BREAKS) & within]
    return breaks[breaks.groupby("CHILD")["LS"].transform("nunique") > 1]


# One episode after another


@rule("357")
def _first_without_start(sent: Return) -> pd.DataFrame:
    first = sent.episodes.groupby("CHILD").head(1)
    return first[(first["DECOM"] >= sent.start) & (first["RNE"] != "S")]


@rule("504")
def _need_changed(sent: Return) -> pd.DataFrame:
    first = sent.episodes.groupby("period")["CIN"].transform("first")
    return sent.episodes[sent.episodes["CIN"].notna() & (sent.episodes["CIN"] != first)]


# Missing episodes


@rule("574")
def _missing_overlaps(sent: Return) -> pd.DataFrame:
    ordered = (
        sent["missing"]
        .dropna(subset=["MIS_START"])
        .sort_values(["CHILD", "MIS_START", "MIS_END"], kind="stable")
    )
    before = ordered.groupby("CHILD")["MIS_END"].shift()
    again = ordered["CHILD"].duplicated()
    return ordered[again & (before.isna() | (ordered["MIS_START"] < before))]


@rule("577")
def _missing_open_after_care(sent: Return) -> pd.DataFrame:
    ended = _of(sent["missing"], sent.left["DEC"])
    open_still = sent["missing"]["MIS_END"].isna() & ~sent["missing"]["MIS_END_invalid"]
    return sent["missing"][open_still & (sent["missing"]["MIS_START"] <= ended)]


@rule("578")
def _missing_after_care(sent: Return) -> pd.DataFrame:
    return sent["missing"][sent["missing"]["MIS_START"] > _of(sent["missing"], sent.left["DEC"])]


@rule("580")
def _missing_at_end_of_care(sent: Return) -> pd.DataFrame:
    ended = _of(sent["missing"], sent.left["DEC"])
    other = sent["missing"]["CHILD"].map(sent.left["REC"]) != "E8"
    during = (sent["missing"]["MIS_START"] <= ended) & (sent["missing"]["MIS_END"].fillna(ENDLESS) >= ended)
    return sent["missing"][during & other & (sent["missing"]["MISSING"] == "M")]


@rule("581")
def _missing_before_care(sent: Return) -> pd.DataFrame:
    first = sent.episodes.groupby("CHILD").head(1).set_index("CHILD")
    begun = first.loc[first["RNE"] == "S", "DECOM"]
    return sent["missing"][sent["missing"]["MIS_START"] < _of(sent["missing"], begun)]


# Care leavers


@rule("153")
def _leaver_half_told(sent: Return) -> pd.DataFrame:
    given = sent["oc3"][["IN_TOUCH", "ACTIV", "ACCOM"]].notna().sum(axis=1)
    return sent["oc3"][(given > 0) & (given < 3)]


@rule("1000")
def _leaver_died_in_care(sent: Return) -> pd.DataFrame:
    died = sent.episodes.loc[sent.episodes["REC"] == "E2", "CHILD"]
    return sent["oc3"][sent["oc3"]["CHILD"].isin(died)]


@rule("1007")
def _leaver_still_in_care(sent: Return) -> pd.DataFrame:
    pairs = sent["oc3"].merge(sent.episodes[["CHILD", "DECOM", "DEC"]], on="CHILD")
    looked_after = pd.Series(False, index=pairs.index)
    for age in (17, 18):
        day = _birthday(pairs["DOB"], age)
        in_care = (pairs["DECOM"] <= day) & (pairs["DEC"].fillna(ENDLESS) > day)
        looked_after |= day.between(sent.start, sent.end) & in_care
    return sent["oc3"][sent["oc3"]["row_id"].isin(pairs.loc[looked_after, "row_id"])]


@rule("1011")
def _leaver_moved_authority(sent: Return) -> pd.DataFrame:
    moved = sent.last.index[sent.last["REC"] == "E3"]
    return sent["oc3"][sent["oc3"]["CHILD"].isin(moved)]


# Adoption


@rule("117")
def _decided_outside_care(sent: Return) -> pd.DataFrame:
    placed = sent["placed_adoption"]
    latest = _of(placed, sent.left["DEC"]).fillna(sent.end).clip(upper=sent.end)
    return placed[(placed["DATE_PLACED"] > latest) | (placed["DATE_PLACED_CEASED"] > latest)]


@rule("118")
def _reversed_too_early(sent: Return) -> pd.DataFrame:
    placed = sent["placed_adoption"]
    begun = _of(placed, sent.starts)
    return placed[(placed["DATE_PLACED_CEASED"] < sent.start) | (placed["DATE_PLACED_CEASED"] < begun)]


@rule("151")
def _adoption_half_told(sent: Return) -> pd.DataFrame:
    wanted = ["DATE_INT", "DATE_MATCH", "FOSTER_CARE", "NB_ADOPTR", "SEX_ADOPTR", "LS_ADOPTR"]
    given = sent["ad1"][wanted].notna().sum(axis=1)
    return sent["ad1"][(given > 0) & (given < len(wanted))]


@rule("331")
def _matched_after_placed(sent: Return) -> pd.DataFrame:
    return sent["ad1"][sent["ad1"]["DATE_MATCH"] > _of(sent["ad1"], sent.placed)]


@rule("334")
def _decided_before_care(sent: Return) -> pd.DataFrame:
    return sent["ad1"][sent["ad1"]["DATE_INT"] < _of(sent["ad1"], sent.starts)]


@rule("521")
def _best_interest_after_placed(sent: Return) -> pd.DataFrame:
    return sent["ad1"][sent["ad1"]["DATE_INT"] > _of(sent["ad1"], sent.placed)]


@rule("523")
def _two_decision_days(sent: Return) -> pd.DataFrame:
    latest = sent["placed_adoption"].groupby("CHILD")["DATE_PLACED"].max()
    other = _of(sent["ad1"], latest)
    return sent["ad1"][sent["ad1"]["DATE_INT"].notna() & other.notna() & (sent["ad1"]["DATE_INT"] != other)]


@rule("525")
def _adopted_after_reversal(sent: Return) -> pd.DataFrame:
    decisions = sent["placed_adoption"].sort_values(["CHILD", "DATE_PLACED"], kind="stable")
    last = decisions.groupby("CHILD").tail(1)
    reversed_last = last.loc[last["DATE_PLACED_CEASED"].notna(), "CHILD"]
    return sent["ad1"][sent["ad1"]["CHILD"].isin(reversed_last)]


def _no_decision_rule(code: str, column: str, values: tuple[str, ...]) -> None:
    def check(sent: Return) -> pd.DataFrame:
        wanted = sent.episodes[
            sent.episodes[column].isin(values) & ~sent.episodes["CHILD"].isin(sent.decided.index)
        ]
        return wanted.groupby("CHILD").head(1)

    CHECKS[code] = check


_no_decision_rule("551", "PLACE", FOR_ADOPTION)
_no_decision_rule("553", "LS", ("E1",))
_no_decision_rule("555", "LS", ("D1",))


def _decided_late_rule(code: str, event: Callable[[Return], pd.Series]) -> None:
    """The child's first decision came only after the event that it must come before."""

    def check(sent: Return) -> pd.DataFrame:
        placed = sent["placed_adoption"]
        first = _of(placed, sent.decided)
        return placed[(placed["DATE_PLACED"] == first) & (first > _of(placed, event(sent)))]

    CHECKS[code] = check


_decided_late_rule("552", lambda sent: sent.placed)
_decided_late_rule("554", lambda sent: sent.first_with_status("E1"))
_decided_late_rule("556", lambda sent: sent.first_with_status("D1"))


@rule("557")
def _left_without_reversal(sent: Return) -> pd.DataFrame:
    placed = sent["placed_adoption"]
    elsewhere = sent.left.index[~sent.left["REC"].isin(ADOPTED)]
    blank = placed["DATE_PLACED_CEASED"].isna() | placed["REASON_PLACED_CEASED"].isna()
    return placed[placed["DATE_PLACED"].notna() & placed["CHILD"].isin(elsewhere) & blank]


@rule("558")
def _adopted_with_reversal(sent: Return) -> pd.DataFrame:
    adopted = sent.left.index[sent.left["REC"].isin(ADOPTED)]
    decisions = (
        sent["placed_adoption"].sort_values(["CHILD", "DATE_PLACED"], kind="stable").groupby("CHILD").tail(1)
    )
    return decisions[decisions["CHILD"].isin(adopted) & decisions["DATE_PLACED_CEASED"].notna()]


@rule("582")
def _adopted_on_match(sent: Return) -> pd.DataFrame:
    adopted = sent.left.loc[sent.left["REC"].isin(ADOPTED), "DEC"]
    return sent["ad1"][sent["ad1"]["DATE_MATCH"] == _of(sent["ad1"], adopted)]


def _adopted_in_year(sent: Return) -> pd.DataFrame:
    return sent.episodes[
        sent.episodes["REC"].isin(ADOPTED) & sent.episodes["DEC"].between(sent.start, sent.end)
    ]


@rule("601")
def _adopted_without_details(sent: Return) -> pd.DataFrame:
    adopted = _adopted_in_year(sent)
    return adopted[~adopted["CHILD"].isin(sent["ad1"]["CHILD"])]


@rule("602")
def _details_without_adoption(sent: Return) -> pd.DataFrame:
    return sent["ad1"][~sent["ad1"]["CHILD"].isin(_adopted_in_year(sent)["CHILD"])]


@rule("1003")
def _decision_before_care(sent: Return) -> pd.DataFrame:
    return sent["placed_adoption"][
        sent["placed_adoption"]["DATE_PLACED"] < _of(sent["placed_adoption"], sent.starts)
    ]
