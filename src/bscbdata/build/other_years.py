"""What other editions said of counts, those of other years and the earlier final ones of this: written beside an edition,
and read for the proof of the next.

A reader has all of them on the table. What each printed is kept as its tables, and what its sentences and relations told as
links between their cells. docs/disclosure.md says it in plain words.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from math import isnan
from pathlib import Path

import pandas as pd

from bscbdata import disclosure
from bscbdata.build.told import Sum, Sums
from bscbdata.disclosure import CountTable, Link, Part, fits, shown_sum
from bscbdata.period import ReportYear
from bscbdata.places import Project


@dataclass(frozen=True)
class OtherYear:
    """What an edition printed and told. `sources` are the tidy tables of a figure; names have that of the edition in front.
    `final` says which final edition it is, if it is one of several of its year; `kept` is all it said, as it was kept."""

    year: ReportYear
    tables: Mapping[str, CountTable]
    links: Sequence[Link] = ()
    sources: Mapping[str, list[str]] = field(default_factory=dict)
    sums: Sums = field(default_factory=dict)
    final: str = ""
    kept: str = ""

    @property
    def name(self) -> str:
        return f"{self.year} (final edition {self.final})" if self.final else str(self.year)


def other_years(project: Project, year: ReportYear) -> list[OtherYear]:
    """The editions of the years before and after, where what they said is kept: one may be made anew after a later one.
    Of each year, this one too, the final editions that were made before. What two of a year say alike is read once."""
    found = {}
    for each in map(ReportYear.parse, project.years()):
        folder = project.for_readers().build(each)
        for path in disclosure.kept_places(folder, same_year=each == year):
            other = read(path, each, path.stem if path.parent.name == disclosure.FINAL else "")
            found.setdefault((each, other.kept), other)
    return list(found.values())


# ---- kept --------------------------------------------------------------------------------------------------------


def as_kept(
    tables: Mapping[str, CountTable],
    links: Sequence[Link],
    sources: Mapping[str, list[str]],
    sums: Sums | None = None,
) -> str:
    """The tables as they were published, what was told of them and of rows, and what they were made from, as JSON."""
    told = {
        "tables": {name: _table_as_data(name, table, links) for name, table in tables.items()},
        "links": [_link_as_data(link) for link in links],
        "sources": dict(sources),
        "sums": [_sums_as_data(*where, told) for where, told in (sums or {}).items()],
    }
    return json.dumps(told, indent=1, sort_keys=True) + "\n"


def _table_as_data(name: str, table: CountTable, links: Sequence[Link]) -> dict:
    parts = [part for link in links for part in (link.left, link.right) if isinstance(part, Part)]
    asked = [column for part in parts if part.table == name for column in part.only]
    wanted = dict.fromkeys([*table.by, *asked, table.count, "status"])
    rows = table.frame[[column for column in wanted if column in table.frame]]
    told = {"count": table.count, "by": list(table.by), "nested": table.nested}
    return told | {"rows": json.loads(rows.to_json(orient="records"))}


def _link_as_data(link: Link) -> dict:
    sides = [[s.table, dict(s.only)] if isinstance(s, Part) else s for s in (link.left, link.right)]
    return {"sides": sides, "why": link.why, "least": link.least, "most": link.most}


def _sums_as_data(table: str, column: str, sums: Sequence[Sum]) -> dict:
    names = sorted(set().union(*(one.rows for one in sums)))
    at = {name: place for place, name in enumerate(names)}
    told = [[one.fact, one.count, sorted(at[name] for name in one.rows)] for one in sums]
    return {"table": table, "column": column, "rows": names, "sums": told}


def _sums(told: Sequence[Mapping], name: str, year: ReportYear) -> Sums:
    """What facts told of rows. A row that is named by its place alone is one of its own edition's return."""
    alone = f"{year} row "
    return {
        (of["table"], of["column"]): [
            Sum(fact, frozenset(rows[at] for at in counted), count, name)
            for fact, count, counted in of["sums"]
        ]
        for of in told
        for rows in [[f"{name} {row}" if row.startswith(alone) else row for row in of["rows"]]]
    }


def read(path: Path, year: ReportYear, final: str = "") -> OtherYear:
    """What an edition said, as it was kept; `final` as OtherYear has it."""
    name, kept = OtherYear(year, {}, final=final).name, path.read_text(encoding="utf8")
    told, tables = json.loads(kept), disclosure.kept_tables(path, year.label)
    return OtherYear(
        year,
        {f"{name} {key}": table for key, table in tables.items()},
        [_link(each, name) for each in told.get("links", ())],
        {f"{name} {key}": each for key, each in told.get("sources", {}).items()},
        _sums(told.get("sums", ()), name, year),
        final,
        kept,
    )


def _link(told: Mapping, name: str) -> Link:
    left, right = (Part(f"{name} {s[0]}", s[1]) if isinstance(s, list) else s for s in told["sides"])
    return Link(left, right, f"{told['why']}, in the report of {name}", told["least"], told["most"])


# ---- the same cells ----------------------------------------------------------------------------------------------


def same_cells(ours: OtherYear, others: Sequence[OtherYear]) -> list[Link]:
    """Cells that stand in two editions' tables of one figure: of each two editions."""
    found = [link for other in others for link in _of_two(ours, other, other.year < ours.year)]
    return found + [link for pair in combinations(others, 2) for link in _of_two(*pair, False)]


def _of_two(one: OtherYear, other: OtherYear, anew: bool) -> Iterator[Link]:
    for name, table in other.tables.items():
        key = name.removeprefix(f"{other.name} ")
        for named in (key, f"{one.name} {key}"):
            if named in one.tables:
                tables = {named: one.tables[named], name: table}
                if one.year == other.year:
                    every = {**one.tables, **other.tables}
                    told = [_about(link, tables, every) for link in (*one.links, *other.links)]
                    yield from _not_corrected(tables, other.name, [link for link in told if link])
                else:
                    yield from _same(tables, other.name, anew)


def _about(link: Link, tables: Mapping[str, CountTable], every: Mapping[str, CountTable]) -> Link | None:
    """What a link tells of these tables alone: a sum that another table shows whole is the number that it is. None where
    it tells nothing of them, or the other sum is not known."""
    parts = [side for side in (link.left, link.right) if isinstance(side, Part)]
    outside = [part for part in parts if part.table not in tables]
    if not outside:
        return link
    if len(outside) == len(parts) or outside[0].table not in every:
        return None
    number = shown_sum(every, outside[0])
    if isnan(number):
        return None
    if outside[0] is link.right:
        return replace(link, right=number)
    return Link(link.right, number, link.why, -link.most, -link.least)


def _not_corrected(tables: Mapping[str, CountTable], edition: str, told: Sequence[Link]) -> list[Link]:
    """The cells of two editions of one year of which nobody sees that they were corrected, as many as can have stayed."""
    both, _ = both_show(*tables.values())
    both = both[_tells(both)] if len(both) else both
    if both.empty:
        return []
    changed, links = _compared(tables, both, edition)
    stayed = [
        link for link, other in zip(links, changed, strict=True) if not other and not _is_anew(tables, link)
    ]
    return _fitting(tables, stayed, told)


def _same(tables: Mapping[str, CountTable], edition: str, anew: bool) -> Iterator[Link]:
    """The cells of months and quarters that the edition of one year repeats as that of another has them.

    A period of which a number changed, or of which all the numbers cannot be the same, was stated anew: then with `anew`
    only what the first withholds and the other, an earlier one, shows, for that number may well have stayed, unless the
    table says that it was counted anew.
    """
    both, time = both_show(*tables.values())
    for _, cells in both.groupby(time, sort=False) if time and len(both) else ():
        changed, links = _compared(tables, cells, edition)
        stayed = [not _is_anew(tables, link) for link in links]
        telling = [link for link, tells in zip(links, _tells(cells), strict=True) if tells]
        if all(stayed) and not changed.any() and fits(tables, telling):
            yield from telling
        elif anew:
            shown_then = stayed & (cells["_now"].isna() & cells["_then"].notna()).to_numpy()
            yield from _fitting(tables, [link for link, was in zip(links, shown_then, strict=True) if was])


def _tells(cells: pd.DataFrame) -> pd.Series:
    """Which cells one of two tables withholds: that both show the same number tells nothing more."""
    return cells["_now"].isna() | cells["_then"].isna()


def _compared(
    tables: Mapping[str, CountTable], cells: pd.DataFrame, edition: str
) -> tuple[pd.Series, list[Link]]:
    """Of each cell whether the two tables show different numbers, and the link that says that it is the same one."""
    name, other = tables
    changed = (cells["_now"] != cells["_then"]).fillna(False).astype(bool)
    why = f"the same cell in the report of {edition} ({other.removeprefix(f'{edition} ')})"
    columns = cells.drop(columns=["_now", "_then"])
    return changed, [Link(Part(name, only), Part(other, only), why) for only in columns.to_dict("records")]


def _is_anew(tables: Mapping[str, CountTable], link: Link) -> bool:
    """Whether the table that is protected now says that a cell was counted anew."""
    return any(link.left.only.items() <= cell.items() for cell in tables[link.left.table].anew)


def _fitting(
    tables: Mapping[str, CountTable], links: Sequence[Link], known: Sequence[Link] = ()
) -> list[Link]:
    """As many of the links as can hold together beside what is known, one after the other."""
    if not links or fits(tables, [*known, *links]):
        return list(links)
    if len(links) == 1:
        return []
    first = _fitting(tables, links[: len(links) // 2], known)
    return first + _fitting(tables, links[len(links) // 2 :], [*known, *first])


def both_show(now: CountTable, then: CountTable) -> tuple[pd.DataFrame, str]:
    """The cells that both tables have, with what each says, and the column that is their time, where one is."""
    columns = [column for column in now.by if column in then.by]
    if "quarter" in now.frame and "quarter" in then.frame:
        columns = list(dict.fromkeys([*columns, "quarter"]))
    time = "quarter" if "quarter" in columns else "year" if "year" in columns else ""
    if not columns:
        return pd.DataFrame(), time
    sides = [
        table.frame.astype(dict.fromkeys(columns, "str"))
        .groupby(columns, as_index=False)[table.count]
        .agg(lambda each: each.sum(skipna=False))
        .rename(columns={table.count: name})
        for table, name in ((now, "_now"), (then, "_then"))
    ]
    return sides[0].merge(sides[1]), time
