"""What the editions of other years said of counts: written beside an edition, and read for the proof of the next.

A reader has all of them on the table. What each printed is kept as its tables, and what its sentences and relations told as
links between their cells. docs/disclosure.md says it in plain words.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import pandas as pd

from bscbdata import disclosure
from bscbdata.build.told import Sum, Sums
from bscbdata.disclosure import CountTable, Link, Part, fits
from bscbdata.period import ReportYear
from bscbdata.places import Project


@dataclass(frozen=True)
class OtherYear:
    """What one year's edition printed and told. `sources` are the tidy tables of a figure; names have the year in front."""

    year: ReportYear
    tables: Mapping[str, CountTable]
    links: Sequence[Link] = ()
    sources: Mapping[str, list[str]] = field(default_factory=dict)
    sums: Sums = field(default_factory=dict)


def other_years(project: Project, year: ReportYear) -> list[OtherYear]:
    """The editions of the years before and after, where what they said is kept: one may be made anew after a later one."""
    years = [ReportYear.parse(label) for label in project.years() if label != year.label]
    paths = {each: project.for_readers().build(each) / disclosure.COUNTS for each in years}
    return [read(path, each) for each, path in paths.items() if path.exists()]


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


def _sums(told: Sequence[Mapping], year: ReportYear) -> Sums:
    return {
        (of["table"], of["column"]): [
            Sum(fact, frozenset(of["rows"][at] for at in rows), count, str(year))
            for fact, count, rows in of["sums"]
        ]
        for of in told
    }


def read(path: Path, year: ReportYear) -> OtherYear:
    """What a year's edition said, as it was kept."""
    told = json.loads(path.read_text(encoding="utf8"))
    tables = disclosure.kept_tables(path, year.label)
    return OtherYear(
        year,
        {f"{year} {name}": table for name, table in tables.items()},
        [_link(each, year) for each in told.get("links", ())],
        {f"{year} {name}": each for name, each in told.get("sources", {}).items()},
        _sums(told.get("sums", ()), year),
    )


def _link(told: Mapping, year: ReportYear) -> Link:
    left, right = (Part(f"{year} {s[0]}", s[1]) if isinstance(s, list) else s for s in told["sides"])
    return Link(left, right, f"{told['why']}, in the report of {year}", told["least"], told["most"])


# ---- the same cells ----------------------------------------------------------------------------------------------


def same_cells(ours: OtherYear, others: Sequence[OtherYear]) -> list[Link]:
    """Cells that stand in two years' tables of one figure, those of the same month or quarter: of each two editions."""
    found = [link for other in others for link in _of_two(ours, other, other.year < ours.year)]
    return found + [link for pair in combinations(others, 2) for link in _of_two(*pair, False)]


def _of_two(one: OtherYear, other: OtherYear, anew: bool) -> Iterator[Link]:
    for name, table in other.tables.items():
        key = name.removeprefix(f"{other.year} ")
        for named in (key, f"{one.year} {key}"):
            if named in one.tables:
                yield from _same({named: one.tables[named], name: table}, str(other.year), anew)


def _same(tables: Mapping[str, CountTable], year: str, anew: bool) -> Iterator[Link]:
    """The cells of periods that one edition repeats as the other has them.

    A period of which a number changed, or of which all the numbers cannot be the same, was stated anew: then with `anew`
    only what the first withholds and the other, an earlier one, shows, for that number may well have stayed, unless the
    table says that it was counted anew.
    """
    (name, now), (other, then) = tables.items()
    both, time = _both(now, then)
    for _, cells in both.groupby(time, sort=False) if time else ():
        changed = (cells["_now"] != cells["_then"]).fillna(False).astype(bool)
        columns = cells.drop(columns=["_now", "_then"])
        why = f"the same cell in the report of {year} ({other.removeprefix(f'{year} ')})"
        links = [Link(Part(name, only), Part(other, only), why) for only in columns.to_dict("records")]
        stayed = [not any(link.left.only.items() <= cell.items() for cell in now.anew) for link in links]
        if all(stayed) and not changed.any() and fits(tables, links):
            yield from links
        elif anew:
            shown_then = stayed & (cells["_now"].isna() & cells["_then"].notna()).to_numpy()
            yield from _fitting(tables, [link for link, was in zip(links, shown_then, strict=True) if was])


def _fitting(tables: Mapping[str, CountTable], links: Sequence[Link]) -> list[Link]:
    """As many of the links as can hold together, one after the other."""
    found: list[Link] = []
    for link in links:
        found += [link] if fits(tables, [*found, link]) else []
    return found


def _both(now: CountTable, then: CountTable) -> tuple[pd.DataFrame, str]:
    """The cells that both tables have, with what each says, and the column that is their time; no column, no cells."""
    columns = [column for column in now.by if column in then.by]
    if "quarter" in now.frame and "quarter" in then.frame:
        columns = list(dict.fromkeys([*columns, "quarter"]))
    time = "quarter" if "quarter" in columns else "year" if "year" in columns else ""
    if not time:
        return pd.DataFrame(), time
    sides = [
        table.frame.astype(dict.fromkeys(columns, "str"))
        .groupby(columns, as_index=False)[table.count]
        .agg(lambda each: each.sum(skipna=False))
        .rename(columns={table.count: name})
        for table, name in ((now, "_now"), (then, "_then"))
    ]
    return sides[0].merge(sides[1]), time
