"""The official validation rules of the SSDA903 that bear on what is counted: `rules/ssda903.csv`.

The rows of a rule's first table for which its `condition` holds break the rule. In a condition, columns stand by name;
beside those that were sent stand what is known of the child (`Return.children`) and, for an episode, what stands before
and after it (`Return.episodes`), unless the rule looks at the rows as they were sent. It may name the words
of `Return.words` too. Only what a rule's message says is tested; where it needs what is never kept (postcodes), the table
says so under `note`.
"""

from dataclasses import dataclass
from functools import cache, cached_property, partial

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
    as_sent: str
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
        self.year_end = year.first + 1
        self.start = pd.Timestamp(year.start)
        self.end = pd.Timestamp(year.end)
        self.rows = cache(self._rows)

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.native[table] if table in self.native else _empty(table)

    @cached_property
    def episodes(self) -> pd.DataFrame:
        """Episodes with a child and a start, in order, each with what stands before and after it."""
        sent = chain_periods(self["episodes"].dropna(subset=["CHILD", "DECOM"]))
        beside = sent.groupby("CHILD")[["DECOM", "DEC", "REC", "RNE", "LS", "PLACE", "PLACE_PROVIDER"]]
        sent = sent.join(beside.shift().add_suffix("_before")).join(beside.shift(-1).add_suffix("_after"))
        births = self["header"].groupby("CHILD")["DOB"].first()
        sent["DOB"] = sent["CHILD"].map(births.to_dict() or {"": pd.NaT}).astype("datetime64[s]")
        sent["first_need"] = sent.groupby("period")["CIN"].transform("first")
        sent["days"] = (sent["DEC"].fillna(self.end) - sent["DECOM"]).dt.days
        until = sent["DEC"].fillna(self.end).clip(upper=self.end)
        days_in_year = (until - sent["DECOM"].clip(lower=self.start)).dt.days.clip(lower=0)
        short_breaks = days_in_year.where(sent["LS"].isin(SHORT_BREAKS))
        sent["short_break_days"] = short_breaks.groupby(sent["CHILD"]).transform("sum")
        sent["in_year"] = (sent["DECOM"] <= self.end) & (sent["DEC"].fillna(ENDLESS) >= self.start)
        return sent

    @cached_property
    def children(self) -> pd.DataFrame:
        """What all tables together say of each child: birth, first and last days in care, adoption decisions."""
        header, episodes, decisions = self["header"], self.episodes, self["placed_adoption"]
        first = episodes.drop_duplicates("CHILD").set_index("CHILD")
        last = episodes.drop_duplicates("CHILD", keep="last").set_index("CHILD")
        left = last[last["REC"].notna() & (last["REC"] != CONTINUES)]
        decisions = decisions.dropna(subset="CHILD").sort_values(["CHILD", "DATE_PLACED"], kind="stable")
        last_decision = decisions.drop_duplicates("CHILD", keep="last").set_index("CHILD")
        return pd.DataFrame(
            {
                "header_DOB": header.groupby("CHILD")["DOB"].first(),
                "header_SEX": header.groupby("CHILD")["SEX"].first(),
                "first_start": first["DECOM"],
                "first_reason": first["RNE"],
                "latest_start": _by_child(episodes, episodes["RNE"] == "S").max(),
                "last_reason": last["REC"],
                "care_ended": left["DEC"],
                "end_reason": left["REC"],
                "placed": _by_child(episodes, episodes["PLACE"].isin(FOR_ADOPTION)).min(),
                "placement_order": _by_child(episodes, episodes["LS"] == "E1").min(),
                "freed": _by_child(episodes, episodes["LS"] == "D1").min(),
                "decided": decisions.groupby("CHILD")["DATE_PLACED"].min(),
                "latest_decision": decisions.groupby("CHILD")["DATE_PLACED"].max(),
                "last_decision_ceased": last_decision["DATE_PLACED_CEASED"],
                "last_decision_row": last_decision["row_id"],
            }
        )

    def _rows(self, table: str, as_sent: bool) -> pd.DataFrame:
        """The rows that a rule looks at, with what is known of each child."""
        in_order = table == "episodes" and not as_sent
        return (self.episodes if in_order else self[table]).join(self.children, on="CHILD")

    @cached_property
    def words(self) -> dict[str, object]:
        """What conditions may name, beside the columns; `with_` and a table are the children that it has."""
        episodes = self.episodes
        adopted = episodes["REC"].isin(ADOPTED) & episodes["DEC"].between(self.start, self.end)
        return {
            "start": self.start,
            "end": self.end,
            "ADOPTED": ADOPTED,
            "ENDLESS": ENDLESS,
            "FOR_ADOPTION": FOR_ADOPTION,
            "FOSTER": ("U1", "U2", "U3", "U4", "U5", "U6"),
            "GUARDIANSHIP": ("E43", "E44", "E45", "E46", "E47", "E48"),
            "SHORT_BREAKS": SHORT_BREAKS,
            "TEMPORARY": TEMPORARY,
            "with_header": tuple(self["header"]["CHILD"]),
            "with_episodes": tuple(self["episodes"]["CHILD"]),
            "with_oc3": tuple(self["oc3"]["CHILD"]),
            "with_ad1": tuple(self["ad1"]["CHILD"]),
            "adopted_in_year": tuple(episodes.loc[adopted, "CHILD"]),
            "died": tuple(episodes.loc[episodes["REC"] == "E2", "CHILD"]),
            "birthday": birthday,
            "birthday_in_care": self.birthday_in_care,
            "before_2024": lambda age, later: age if self.year_end < 2024 else later,
            "differ": lambda one, other: one.notna() & other.notna() & (one != other),
            "lasts_longer": self.lasts_longer,
            "nth": nth,
            "overlaps": overlaps,
            "several": several,
            "some_given": some_given,
        }

    def birthday_in_care(self, children: pd.Series, births: pd.Series, age: int) -> pd.Series:
        """Whether each child was looked after on a birthday that falls in the year."""
        asked = pd.DataFrame({"CHILD": children, "day": birthday(births, age)}).reset_index()
        pairs = asked.merge(self.episodes[["CHILD", "DECOM", "DEC"]], on="CHILD")
        in_care = (pairs["DECOM"] <= pairs["day"]) & (pairs["DEC"].fillna(ENDLESS) > pairs["day"])
        found = pairs.loc[pairs["day"].between(self.start, self.end) & in_care, "index"]
        return pd.Series(children.index.isin(found), index=children.index)

    def lasts_longer(self, chosen: pd.Series, days: int) -> pd.Series:
        """The last of a child's chosen episodes that follow on one another, where they last longer than allowed."""
        episodes = self.episodes[chosen]
        after_chosen = chosen.groupby(self.episodes["CHILD"]).shift(fill_value=False)[chosen]
        follows = after_chosen & (episodes["DEC_before"] == episodes["DECOM"])
        runs = episodes.groupby((~follows).cumsum())
        lasted = episodes["DEC"].fillna(self.end) - runs["DECOM"].transform("min")
        found = (lasted.dt.days > days) & (runs.cumcount(ascending=False) == 0)
        return found.reindex(chosen.index, fill_value=False)


def _by_child(episodes: pd.DataFrame, chosen: pd.Series):
    return episodes[chosen].groupby("CHILD")["DECOM"]


def birthday(births: pd.Series, age: int) -> pd.Series:
    return births + pd.DateOffset(years=age)


def nth(by: pd.Series, chosen: pd.Series) -> pd.Series:
    """For each chosen row, which of its child's it is, from 1; 0 for the others."""
    return chosen.astype("int64").groupby(by).cumsum().where(chosen, 0)


def several(by: pd.Series, values: pd.Series, chosen: pd.Series) -> pd.Series:
    """The chosen rows of a child that has more than one value in them."""
    return chosen & (values.where(chosen).groupby(by).transform("nunique") > 1)


def some_given(*columns: pd.Series) -> pd.Series:
    """Whether some of the columns are filled in, and others are not."""
    return pd.concat(columns, axis=1).notna().sum(axis=1).between(1, len(columns) - 1)


def overlaps(by: pd.Series, start: pd.Series, end: pd.Series) -> pd.Series:
    """Whether a spell begins before the child's spell before it has ended."""
    spells = pd.DataFrame({"by": by, "start": start, "end": end}).dropna(subset="start")
    spells = spells.sort_values(["by", "start", "end"], kind="stable")
    before = spells.groupby("by")["end"].shift()
    found = spells["by"].duplicated() & (before.isna() | (spells["start"] < before))
    return found.reindex(start.index, fill_value=False)


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
    table = one.tables[0]
    words = sent.words | {"is_code": partial(_is_code, table, sent.year_end)}
    return sent.rows(table, bool(one.as_sent)).query(one.condition, engine="python", resolvers=[words])


def _is_code(table: str, year_end: int, cells: pd.Series) -> pd.Series:
    return cells.isin(valid_codes(table, str(cells.name), year_end))


def _finding(one: Rule, broken: pd.DataFrame) -> Finding:
    said = f"Rule {one.code}: {len(broken):,} rows. {one.message} Bears on: {one.bears_on}."
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
