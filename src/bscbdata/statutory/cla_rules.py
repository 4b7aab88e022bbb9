"""The official validation rules of the SSDA903 that bear on what is counted: `rules/ssda903.csv` and one function each.

A rule gets the return and gives the rows that break it. Only what the rule's message says is tested; where the
message needs what is never kept (postcodes), the table of rules says so under `note`.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

import pandas as pd

from bscbdata.findings import Finding, passed, warning
from bscbdata.period import ReportYear
from bscbdata.statutory import HERE, CaseRecords
from bscbdata.statutory.ssda903 import (
    ADOPTED,
    CONTINUES,
    ENDLESS,
    FOR_ADOPTION,
    SHORT_BREAKS,
    TEMPORARY,
    chain_periods,
    fields,
)

FOSTER = ("U1", "U2", "U3", "U4", "U5", "U6")
GUARDIANSHIP = ("E43", "E44", "E45", "E46", "E47", "E48")
PLACES_SHOWN = 3


@dataclass(frozen=True)
class Rule:
    """One official rule: code, message, the years it holds for (by the year's end), tables and fields, what it bears on."""

    code: str
    message: str
    first_year_end: str
    last_year_end: str
    tables: tuple[str, ...]
    fields: str
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
    with (HERE / "rules" / "ssda903.csv").open(encoding="utf8", newline="") as lines:
        return tuple(
            Rule(**(row | {"tables": tuple(row["tables"].split("|"))})) for row in csv.DictReader(lines)
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
        broken = CHECKS[one.code](sent)
        found += [_finding(one, broken)] if len(broken) else []
        held += [] if len(broken) else [one.code]
    return found + _summary(held, unread)


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


def _birthday(births: pd.Series, age: int) -> pd.Series:
    return births + pd.DateOffset(years=age)


def _of(table: pd.DataFrame, by_child: pd.Series) -> pd.Series:
    """A child's date in the rows of another table."""
    return table["CHILD"].map(by_child.to_dict() or {"": pd.NaT}).astype("datetime64[s]")


# Codes and dates


@cache
def valid_codes(table: str, column: str, year_end: int) -> frozenset[str]:
    """The codes that the official list had in a year (`maps/ssda903_code_years.csv` says which came and went)."""
    field = fields()[table][column]
    with (HERE / "maps" / "ssda903_code_years.csv").open(encoding="utf8", newline="") as lines:
        changed = [row for row in csv.DictReader(lines) if (row["table"], row["column"]) == (table, column)]
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


def _date_rule(code: str, table: str, column: str, blank_allowed: bool) -> None:
    def check(sent: Return) -> pd.DataFrame:
        frame = sent[table]
        return frame[frame[f"{column}_invalid"] if blank_allowed else frame[column].isna()]

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

for _code, _table, _column, _blank in (
    ("102", "header", "DOB", False),
    ("104", "uasc", "DUC", True),
    ("112", "ad1", "DATE_INT", True),
    ("113", "ad1", "DATE_MATCH", True),
    ("115", "placed_adoption", "DATE_PLACED", True),
    ("116", "placed_adoption", "DATE_PLACED_CEASED", True),
    ("141", "episodes", "DECOM", False),
    ("147", "episodes", "DEC", True),
    ("166", "reviews", "REVIEW", False),
    ("1004", "missing", "MIS_START", True),
    ("1005", "missing", "MIS_END", True),
):
    _date_rule(_code, _table, _column, _blank)


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


@rule("301")
def _born_after_the_year(sent: Return) -> pd.DataFrame:
    return sent["header"][sent["header"]["DOB"] > sent.end]


@rule("302")
def _care_before_birth(sent: Return) -> pd.DataFrame:
    first = sent.episodes.groupby("CHILD").head(1)
    return first[first["DECOM"] < first["DOB"]]


@rule("304")
def _asylum_status_after_18(sent: Return) -> pd.DataFrame:
    return sent["uasc"][sent["uasc"]["DUC"] > _birthday(sent["uasc"]["DOB"], 18)]


@rule("351")
def _over_25(sent: Return) -> pd.DataFrame:
    return sent["header"][_birthday(sent["header"]["DOB"], 26) <= sent.start]


@rule("352")
def _began_at_18(sent: Return) -> pd.DataFrame:
    return sent.episodes[
        (sent.episodes["RNE"] == "S") & (_birthday(sent.episodes["DOB"], 18) <= sent.episodes["DECOM"])
    ]


@rule("358")
def _justice_under_10(sent: Return) -> pd.DataFrame:
    young = _birthday(sent.episodes["DOB"], 10) > sent.episodes["DECOM"]
    return sent.episodes[sent.episodes["LS"].isin(("J1", "J2", "J3")) & young]


@rule("359")
def _care_after_18(sent: Return) -> pd.DataFrame:
    adult = _birthday(sent.episodes["DOB"], 18)
    after = (adult < sent.end) & (sent.episodes["DEC"].fillna(ENDLESS) > adult)
    section_20_5 = (sent.episodes["LS"] == "V2") & (sent.episodes["PLACE"] == "K2")
    return sent.episodes[after & ~section_20_5]


def _least_age_rule(code: str, place: str, age_before: int, age_since_2024: int) -> None:
    def check(sent: Return) -> pd.DataFrame:
        age = age_since_2024 if sent.year.first + 1 >= 2024 else age_before
        young = _birthday(sent.episodes["DOB"], age) > sent.episodes["DECOM"]
        return sent.episodes[(sent.episodes["PLACE"] == place) & young]

    CHECKS[code] = check


for _code, _place_code, _before, _since in (
    ("370", "P2", 15, 16),
    ("371", "H5", 14, 16),
    ("372", "R5", 10, 10),
    ("373", "S1", 4, 4),
    ("374", "P3", 14, 14),
):
    _least_age_rule(_code, _place_code, _before, _since)


def _age_at_end_rule(code: str, reasons: tuple[str, ...], age: int, must_be_under: bool) -> None:
    def check(sent: Return) -> pd.DataFrame:
        reached = _birthday(sent.episodes["DOB"], age) <= sent.episodes["DEC"]
        under = _birthday(sent.episodes["DOB"], age) > sent.episodes["DEC"]
        return sent.episodes[sent.episodes["REC"].isin(reasons) & (reached if must_be_under else under)]

    CHECKS[code] = check


for _code, _reasons, _age, _under in (
    ("386", ADOPTED, 18, True),
    ("387", ("E5", "E6"), 14, False),
    ("389", ("E7",), 16, False),
    ("407", GUARDIANSHIP, 18, True),
    ("460", ("E17",), 18, False),
):
    _age_at_end_rule(_code, _reasons, _age, _under)


# One episode


@rule("148")
def _end_without_reason(sent: Return) -> pd.DataFrame:
    given = sent["episodes"]["DEC"].notna() | sent["episodes"]["DEC_invalid"]
    return sent["episodes"][given != sent["episodes"]["REC"].notna()]


@rule("217")
def _adopting_carer_reason(sent: Return) -> pd.DataFrame:
    return sent.episodes[
        sent.episodes["PLACE"].isin(("A3", "A5")) & ~sent.episodes["RNE"].isin(("S", "T", "U"))
    ]


@rule("217t")
def _independent_living_withdrawn(sent: Return) -> pd.DataFrame:
    return sent.episodes[
        (sent.episodes["PLACE"] == "P2") & (sent.episodes["DECOM"] >= pd.Timestamp("2023-10-28"))
    ]


@rule("353")
def _began_before_1991(sent: Return) -> pd.DataFrame:
    return sent.episodes[sent.episodes["DECOM"] < pd.Timestamp("1991-10-14")]


@rule("354")
def _ended_after_the_year(sent: Return) -> pd.DataFrame:
    return sent.episodes[sent.episodes["DEC"] > sent.end]


@rule("355")
def _ended_the_same_day(sent: Return) -> pd.DataFrame:
    return sent.episodes[sent.episodes["DEC"] == sent.episodes["DECOM"]]


@rule("356")
def _ended_before_it_began(sent: Return) -> pd.DataFrame:
    return sent.episodes[sent.episodes["DEC"] < sent.episodes["DECOM"]]


@rule("366")
def _moved_in_short_break(sent: Return) -> pd.DataFrame:
    return sent.episodes[(sent.episodes["LS"] == "V3") & sent.episodes["RNE"].isin(("P", "T", "B", "U"))]


@rule("378")
def _with_parents_under_section_20(sent: Return) -> pd.DataFrame:
    return sent.episodes[(sent.episodes["PLACE"] == "P1") & (sent.episodes["LS"] == "V2")]


@rule("380")
def _began_in_temporary(sent: Return) -> pd.DataFrame:
    return sent.episodes[(sent.episodes["RNE"] == "S") & sent.episodes["PLACE"].isin(TEMPORARY)]


@rule("381")
def _ended_in_temporary(sent: Return) -> pd.DataFrame:
    ended = sent.episodes["REC"].notna() & (sent.episodes["REC"] != CONTINUES)
    return sent.episodes[ended & sent.episodes["PLACE"].isin(TEMPORARY)]


@rule("382")
def _short_break_in_temporary(sent: Return) -> pd.DataFrame:
    return sent.episodes[sent.episodes["LS"].isin(SHORT_BREAKS) & sent.episodes["PLACE"].isin(TEMPORARY)]


@rule("384")
def _short_break_in_long_fostering(sent: Return) -> pd.DataFrame:
    return sent.episodes[sent.episodes["LS"].isin(SHORT_BREAKS) & sent.episodes["PLACE"].isin(("U1", "U4"))]


@rule("390")
def _adopted_not_placed(sent: Return) -> pd.DataFrame:
    return sent.episodes[sent.episodes["REC"].isin(ADOPTED) & ~sent.episodes["PLACE"].isin(FOR_ADOPTION)]


@rule("408")
def _placed_without_order(sent: Return) -> pd.DataFrame:
    return sent.episodes[sent.episodes["PLACE"].isin(("A5", "A6")) & (sent.episodes["LS"] != "E1")]


@rule("445")
def _freed_too_late(sent: Return) -> pd.DataFrame:
    return sent.episodes[
        (sent.episodes["LS"] == "D1") & (sent.episodes["DECOM"] > pd.Timestamp("2005-12-31"))
    ]


@rule("446")
def _placement_order_too_early(sent: Return) -> pd.DataFrame:
    return sent.episodes[
        (sent.episodes["LS"] == "E1") & (sent.episodes["DECOM"] < pd.Timestamp("2005-12-01"))
    ]


@rule("451")
def _still_freed(sent: Return) -> pd.DataFrame:
    return sent.episodes[(sent.episodes["LS"] == "D1") & sent.episodes["DEC"].isna()]


@rule("516")
def _guardian_not_foster_carer(sent: Return) -> pd.DataFrame:
    return sent.episodes[sent.episodes["REC"].isin(("E45", "E46")) & ~sent.episodes["PLACE"].isin(FOSTER)]


@rule("526")
def _no_provider(sent: Return) -> pd.DataFrame:
    exempt = sent.episodes["PLACE"].isin((*TEMPORARY, "Z1"))
    return sent.episodes[sent.episodes["PLACE_PROVIDER"].isna() & ~exempt]


@rule("550")
def _parents_as_provider(sent: Return) -> pd.DataFrame:
    return sent.episodes[(sent.episodes["PLACE_PROVIDER"] == "PR0") & (sent.episodes["PLACE"] != "P1")]


def _provider_rule(code: str, provider: str, places: tuple[str, ...]) -> None:
    CHECKS[code] = lambda sent: sent.episodes[
        (sent.episodes["PLACE_PROVIDER"] == provider) & sent.episodes["PLACE"].isin(places)
    ]


_provider_rule("527", "PR1", ("P1", "R2", "R5"))
_provider_rule("528", "PR2", ("P1", "R2", "R5"))
_provider_rule("529", "PR3", ("P1", *FOR_ADOPTION, "K1", "K2", *FOSTER))
_provider_rule("530", "PR4", ("P1",))
_provider_rule("531", "PR5", ("P1",))


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


@rule("365")
def _short_break_too_long(sent: Return) -> pd.DataFrame:
    return sent.episodes[(sent.episodes["LS"] == "V3") & (sent.episodes["days"] > 17)]


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


@rule("142")
def _earlier_episode_open(sent: Return) -> pd.DataFrame:
    return sent.episodes[sent.episodes["DECOM_after"].notna() & sent.episodes["DEC"].isna()]


@rule("199")
def _back_after_adoption(sent: Return) -> pd.DataFrame:
    return sent.episodes[sent.episodes["REC_before"].isin(ADOPTED)]


@rule("336")
def _not_fostered_before(sent: Return) -> pd.DataFrame:
    placed = sent.episodes["PLACE"].isin(("A3", "A5")) & sent.episodes["PLACE_before"].notna()
    return sent.episodes[placed & ~sent.episodes["PLACE_before"].isin((*FOSTER, "A3", "A5"))]


@rule("357")
def _first_without_start(sent: Return) -> pd.DataFrame:
    first = sent.episodes.groupby("CHILD").head(1)
    return first[(first["DECOM"] >= sent.start) & (first["RNE"] != "S")]


@rule("383")
def _no_return_from_temporary(sent: Return) -> pd.DataFrame:
    away = sent.episodes["PLACE"].isin(TEMPORARY) & sent.episodes["PLACE_before"].notna()
    moved = sent.episodes["PLACE_after"].notna() & (
        sent.episodes["PLACE_after"] != sent.episodes["PLACE_before"]
    )
    return sent.episodes[away & moved]


@rule("388")
def _no_continuation(sent: Return) -> pd.DataFrame:
    follows = sent.episodes["DECOM_after"] == sent.episodes["DEC"]
    return sent.episodes[(sent.episodes["REC"] == CONTINUES) & ~follows]


@rule("431")
def _started_without_gap(sent: Return) -> pd.DataFrame:
    return sent.episodes[
        (sent.episodes["RNE"] == "S") & (sent.episodes["DEC_before"] == sent.episodes["DECOM"])
    ]


@rule("432")
def _went_on_after_end(sent: Return) -> pd.DataFrame:
    ended = sent.episodes["REC_before"].notna() & (sent.episodes["REC_before"] != CONTINUES)
    return sent.episodes[ended & (sent.episodes["RNE"] != "S")]


@rule("433")
def _continues_after_gap(sent: Return) -> pd.DataFrame:
    goes_on = sent.episodes["RNE"].isin(("L", "P", "T", "B", "U")) & sent.episodes["DEC_before"].notna()
    return sent.episodes[goes_on & (sent.episodes["DEC_before"] != sent.episodes["DECOM"])]


def _changed(episodes: pd.DataFrame, column: str) -> pd.Series:
    return episodes[column].fillna("") != episodes[f"{column}_before"].fillna("")


@rule("434")
def _status_not_changed(sent: Return) -> pd.DataFrame:
    there = (sent.episodes["RNE"] == "L") & sent.episodes["DECOM_before"].notna()
    moved = _changed(sent.episodes, "PLACE") | _changed(sent.episodes, "PLACE_PROVIDER")
    return sent.episodes[there & (~_changed(sent.episodes, "LS") | moved)]


@rule("435")
def _status_changed_with_move(sent: Return) -> pd.DataFrame:
    there = sent.episodes["RNE"].isin(("P", "T")) & sent.episodes["DECOM_before"].notna()
    return sent.episodes[there & _changed(sent.episodes, "LS")]


@rule("436")
def _both_not_changed(sent: Return) -> pd.DataFrame:
    there = sent.episodes["RNE"].isin(("B", "U")) & sent.episodes["DECOM_before"].notna()
    return sent.episodes[there & ~_changed(sent.episodes, "LS")]


@rule("437")
def _more_after_death(sent: Return) -> pd.DataFrame:
    return sent.episodes[sent.episodes["REC"].isin(("E2", "E15")) & sent.episodes["DECOM_after"].notna()]


@rule("501")
def _episodes_overlap(sent: Return) -> pd.DataFrame:
    return sent.episodes[sent.episodes["DECOM"] < sent.episodes["DEC_before"]]


@rule("504")
def _need_changed(sent: Return) -> pd.DataFrame:
    first = sent.episodes.groupby("period")["CIN"].transform("first")
    return sent.episodes[sent.episodes["CIN"].notna() & (sent.episodes["CIN"] != first)]


# Missing episodes


@rule("564")
def _missing_without_start(sent: Return) -> pd.DataFrame:
    blank = sent["missing"]["MIS_START"].isna() & ~sent["missing"]["MIS_START_invalid"]
    return sent["missing"][sent["missing"]["MISSING"].isin(("M", "A")) & blank]


@rule("565")
def _missing_without_type(sent: Return) -> pd.DataFrame:
    return sent["missing"][sent["missing"]["MIS_START"].notna() & sent["missing"]["MISSING"].isna()]


@rule("566")
def _found_without_type(sent: Return) -> pd.DataFrame:
    return sent["missing"][sent["missing"]["MIS_END"].notna() & sent["missing"]["MISSING"].isna()]


@rule("567")
def _found_before_missing(sent: Return) -> pd.DataFrame:
    return sent["missing"][sent["missing"]["MIS_END"] < sent["missing"]["MIS_START"]]


@rule("570")
def _missing_after_the_year(sent: Return) -> pd.DataFrame:
    return sent["missing"][sent["missing"]["MIS_START"] > sent.end]


@rule("571")
def _found_outside_the_year(sent: Return) -> pd.DataFrame:
    found = sent["missing"]["MIS_END"]
    return sent["missing"][(found < sent.start) | (found > sent.end)]


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


@rule("586")
def _missing_before_birth(sent: Return) -> pd.DataFrame:
    missing = sent["missing"]
    return missing[(missing["MIS_START"] < missing["DOB"]) | (missing["MIS_END"] < missing["DOB"])]


# Care leavers


@rule("153")
def _leaver_half_told(sent: Return) -> pd.DataFrame:
    given = sent["oc3"][["IN_TOUCH", "ACTIV", "ACCOM"]].notna().sum(axis=1)
    return sent["oc3"][(given > 0) & (given < 3)]


@rule("344")
def _leaver_died_or_returned(sent: Return) -> pd.DataFrame:
    gone = sent["oc3"]["IN_TOUCH"].isin(("DIED", "RHOM"))
    told = [sent["oc3"][column].fillna("0") != "0" for column in ("ACTIV", "ACCOM")]
    return sent["oc3"][gone & (told[0] | told[1])]


@rule("345")
def _leaver_in_touch_not_told(sent: Return) -> pd.DataFrame:
    nothing = (sent["oc3"]["ACTIV"] == "0") | (sent["oc3"]["ACCOM"] == "0")
    return sent["oc3"][(sent["oc3"]["IN_TOUCH"] == "YES") & nothing]


@rule("391")
def _leaver_of_another_age(sent: Return) -> pd.DataFrame:
    births = sent["oc3"]["DOB"]
    return sent["oc3"][(_birthday(births, 17) > sent.end) | (_birthday(births, 22) <= sent.start)]


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


@rule("119")
def _reversal_half_told(sent: Return) -> pd.DataFrame:
    placed = sent["placed_adoption"]
    return placed[placed["DATE_PLACED_CEASED"].notna() != placed["REASON_PLACED_CEASED"].notna()]


@rule("151")
def _adoption_half_told(sent: Return) -> pd.DataFrame:
    wanted = ["DATE_INT", "DATE_MATCH", "FOSTER_CARE", "NB_ADOPTR", "SEX_ADOPTR", "LS_ADOPTR"]
    given = sent["ad1"][wanted].notna().sum(axis=1)
    return sent["ad1"][(given > 0) & (given < len(wanted))]


@rule("331")
def _matched_after_placed(sent: Return) -> pd.DataFrame:
    return sent["ad1"][sent["ad1"]["DATE_MATCH"] > _of(sent["ad1"], sent.placed)]


@rule("333")
def _decided_after_match(sent: Return) -> pd.DataFrame:
    return sent["ad1"][sent["ad1"]["DATE_INT"] > sent["ad1"]["DATE_MATCH"]]


@rule("334")
def _decided_before_care(sent: Return) -> pd.DataFrame:
    return sent["ad1"][sent["ad1"]["DATE_INT"] < _of(sent["ad1"], sent.starts)]


@rule("521")
def _best_interest_after_placed(sent: Return) -> pd.DataFrame:
    return sent["ad1"][sent["ad1"]["DATE_INT"] > _of(sent["ad1"], sent.placed)]


@rule("522")
def _decided_after_reversal(sent: Return) -> pd.DataFrame:
    placed = sent["placed_adoption"]
    return placed[placed["DATE_PLACED"] > placed["DATE_PLACED_CEASED"]]


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


@rule("563")
def _reversed_without_decision(sent: Return) -> pd.DataFrame:
    placed = sent["placed_adoption"]
    return placed[placed["DATE_PLACED_CEASED"].notna() & placed["DATE_PLACED"].isna()]


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
