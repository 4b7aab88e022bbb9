"""The proof: everything that is shown, read as an outsider would, and what each withheld cell can still be."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from bscbdata.disclosure.bounds import Reader, is_safe, unsafe
from bscbdata.disclosure.cells import (
    CountTable,
    DisclosureError,
    Link,
    Part,
    System,
    build,
    rows_of,
    shown_sum,
)
from bscbdata.disclosure.periods import with_periods
from bscbdata.disclosure.rules import rules
from bscbdata.findings import Finding, failure, passed
from bscbdata.numbers import some
from bscbdata.period import ReportYear

CHECK = "disclosure"
INTERVALS = ["table", "cell", "lowest", "highest", "safe"]


def intervals(shown: Mapping[str, CountTable], links: Sequence[Link] = ()) -> pd.DataFrame:
    """What can be worked out of every withheld cell.

    Columns: table, cell, lowest, highest (infinity when nothing limits it), safe. DisclosureError when no table fits
    what is shown.
    """
    system, hidden = _as_shown(shown, links)
    reader = Reader(system, hidden)
    rows = []
    for cell in np.flatnonzero(hidden & (system.cells["kind"] != "implied").to_numpy()):
        lowest, highest = reader.bounds(cell)
        named = system.cells.loc[cell, ["table", "cell"]].to_list()
        rows.append((*named, lowest, highest, is_safe(lowest, highest)))
    return pd.DataFrame(rows, columns=INTERVALS)


def prove(
    shown: Mapping[str, CountTable],
    links: Sequence[Link] = (),
    counted: Mapping[str, CountTable] | None = None,
) -> None:
    """Raise DisclosureError naming every withheld cell of which too much can be worked out, and what gives it away.

    With `counted`, the tables before anything was withheld, the reader knows the total of every line too, printed or not.
    """
    system, hidden = _as_shown(shown, links, counted)
    told = [_told(system, hidden, cell) for cell in unsafe(system, hidden)]
    if told:
        raise DisclosureError("\n".join(told))


def _as_shown(shown, links, counted=None) -> tuple[System, np.ndarray]:
    """The cells, and which are withheld: the implied totals that cannot be known are those that protect named."""
    if counted is None:
        system = build(shown, links, implied=False)
        return system, np.isnan(system.values)
    system = build(counted, links)
    missing = {name: table.frame[table.count].isna().to_numpy() for name, table in shown.items()}
    unsaid = {name: set(table.frame.attrs.get("totals_withheld", ())) for name, table in shown.items()}
    hidden = [
        missing[cell.table][int(cell.row)] if pd.notna(cell.row) else _unsaid(cell, unsaid[cell.table])
        for cell in system.cells.itertuples()
    ]
    return system, np.array(hidden, dtype=bool)


def _unsaid(cell, unsaid: set[str]) -> bool:
    return cell.kind == "rest" or cell.cell.removeprefix(f"{cell.table}: ") in unsaid


def _told(system: System, hidden: np.ndarray, cell: int) -> str:
    """One exposed cell in words: which, between what and what, and from what."""
    reader = Reader(system, hidden)
    lowest, highest = reader.bounds(cell)
    found = f"is {lowest:g}" if lowest == highest else f"lies between {lowest:g} and {highest:g}"
    return f"{system.cells.at[cell, 'cell']}: it can be worked out that it {found}, from {_from(system, reader, cell)}."


def _from(system: System, reader: Reader, cell: int) -> str:
    names = [
        system.cells.at[at, "cell"] if at >= 0 else (system.why[-1 - at] or "a link between tables")
        for at in reader.given_away_by(cell)
    ]
    return some([f"'{name}'" for name in names], 4, "; ") or "the table itself"


# ---- the whole report ------------------------------------------------------------------------------------------


def prove_and_list(
    published: Mapping[str, CountTable],
    links: Sequence[Link] = (),
    public: Mapping[str, CountTable] | None = None,
) -> tuple[list[Finding], pd.DataFrame]:
    """Every withheld count of a report against everything the report, its facts and official tables show.

    `published` are the tables as figures print them, by key; `public` official tables with the same cells. Returns a
    failure for each count of which too much can be worked out, else one pass; and the interval of every withheld count
    (columns table, cell, lowest, highest, safe).
    """
    everything = {**published, **{name: replace(t, public=True) for name, t in (public or {}).items()}}
    links = [link for link in links if _tells(everything, link)]
    findings, listed = [], []
    for tables, among in _groups(everything, links):
        try:
            findings += _prove_group(tables, among)
            listed.append(intervals(tables, among))
        except DisclosureError as error:
            findings.append(_contradiction(error, tables, among))
    found = pd.concat(listed, ignore_index=True) if listed else pd.DataFrame(columns=INTERVALS)
    found = found[found["table"].isin(published)].reset_index(drop=True)
    told = f"{len(found)} withheld counts in {len(published)} tables were tried; none can be worked out."
    return findings or [passed(CHECK, told)], found


def _contradiction(error: Exception, tables: Mapping[str, CountTable], links: Sequence[Link]) -> Finding:
    """Numbers that no table fits, with the relation that one of them breaks."""
    broken = [f"'{link.why}'" for link in links if not fits(tables, [link])]
    said = f"{error} What is said to be equal and is not: {'; '.join(broken)}." if broken else str(error)
    advice = (
        "Where a return is wrong, correct it; where the two count different children, take the relation out of "
        "[[related]] in definitions/disclosure.toml."
    )
    return failure(CHECK, said, file=", ".join(tables), advice=advice)


def _tells(tables: Mapping[str, CountTable], link: Link) -> bool:
    """Whether a link says anything of a withheld number. Sums that are shown whole may differ: everyone sees that they do."""
    return bool(np.isnan([shown_sum(tables, link.left), shown_sum(tables, link.right)]).any())


def fits(tables: Mapping[str, CountTable], links: Sequence[Link]) -> bool:
    """Whether there is a table of whole numbers that fits what is shown and the links too."""
    try:
        system, hidden = _as_shown(tables, links)
        if len(system.cells):
            Reader(system, hidden).parts_at(0, 1)
    except DisclosureError:
        return False
    return True


def _groups(tables, links) -> list[tuple[dict[str, CountTable], list[Link]]]:
    """The tables that links tie together: each group is its own set of equations."""
    home = {name: name for name in tables}
    for link in links:
        names = [part.table for part in (link.left, link.right) if isinstance(part, Part)]
        for one, other in pairwise(names):
            home = {name: home[one] if at == home[other] else at for name, at in home.items()}
    return [
        (
            {name: tables[name] for name in tables if home[name] == group},
            [link for link in links if home[link.left.table] == group],
        )
        for group in dict.fromkeys(home.values())
    ]


def _prove_group(tables: Mapping[str, CountTable], links: Sequence[Link]) -> list[Finding]:
    system, hidden = _as_shown(tables, links)
    cells = system.cells
    own = [_finding(system, hidden, cell) for cell in unsafe(system, hidden)]
    foreign = np.flatnonzero(hidden & cells["public"].to_numpy())
    return own + [_unlocked(system, hidden, cell) for cell in foreign if _is_unlocked(system, hidden, cell)]


def _finding(system: System, hidden: np.ndarray, cell: int) -> Finding:
    advice = (
        "Withhold a partner, join small groups, or leave one of the numbers named out of the report. What another report or "
        "an official table shows is no partner: name the figure in report.protect(…, figure=…), and another one is chosen."
    )
    return failure(CHECK, _told(system, hidden, cell), file=system.cells.at[cell, "table"], advice=advice)


def _is_unlocked(system: System, hidden: np.ndarray, cell: int) -> bool:
    """Whether our numbers give away a cell that the publisher withheld, when the publisher's own do not."""
    ours = ~system.cells["public"].to_numpy()
    if is_safe(*Reader(system, hidden).bounds(cell)):
        return False
    alone = replace(system, linked=system.linked[:0], least=system.least[:0], most=system.most[:0])
    return Reader(system, hidden).bounds(cell) != Reader(alone, hidden | ours).bounds(cell)


def _unlocked(system: System, hidden: np.ndarray, cell: int) -> Finding:
    table = system.cells.at[cell, "table"]
    advice = "The publisher withheld it: leave our number of the same cell out of the report."
    if table not in [told["name"] for told in rules().official]:
        key = table.rpartition(" ")[2]
        advice = (
            f'That edition withheld it. In the chapter, write report.protect(…, figure="{key}"): what an earlier edition '
            "withheld stays withheld. A number that a sentence tells of it is left out by hand."
        )
    return failure(CHECK, _told(system, hidden, cell), file=table, advice=advice)


# ---- the links that the rules name -----------------------------------------------------------------------------


def report_tables(published: Mapping[str, CountTable], year: str) -> dict[str, CountTable]:
    """The published tables with the quarter and the year that their months and quarters lie in."""
    return {
        name: replace(table, frame=with_periods(table.frame, list(table.by), year))
        for name, table in published.items()
    }


def official_tables(tidy: Mapping[str, pd.DataFrame], year: str, area: str) -> dict[str, CountTable]:
    """The official tables that the rules name for a year and an area, with what their publishers withheld."""
    words = {"year": year, "area": area}
    found = {}
    for told in rules().official:
        frame = tidy.get(told["table"])
        if frame is None:
            continue
        for column, wanted in told.get("only", {}).items():
            frame = frame[frame[column].astype("str") == wanted.format_map(words)]
        if len(frame):
            frame = frame.reset_index(drop=True)
            found[told["name"]] = CountTable(frame, told["count"], told["by"], public=True)
    return found


def report_links(
    published: Mapping[str, CountTable], year: str, fact: Callable[[str, str], float | None] | None = None
) -> list[Link]:
    """The links that `[[related]]` in the rules names between these tables. `fact` gives how many a fact counts by its
    name and year, None where that year has none.

    Tables as report_tables returns them. A relation between figures that are not all there is left out, and with `if_told`
    one to a row that a figure may lack.
    """
    found = []
    for related in rules().related:
        sums = [_part(told, year) for told in related["sums"] if _is_there(told, published, year)]
        for one, other in pairwise(sums):
            found += _equal(published, one, other, related.get("same", []), related["title"])
        of_year = _in_year(related.get("fact_year", "{year}"), year)
        known = fact(related["fact"], of_year) if "fact" in related and fact is not None and sums else None
        if known is not None:
            least = -np.inf if related.get("not_all") else 0
            found.append(Link(sums[0], known, related["title"], least))
    return found


def _is_there(told: dict, published: Mapping[str, CountTable], year: str) -> bool:
    there = _name(told) in published
    return bool(rows_of(published, _part(told, year)).any()) if there and told.get("if_told") else there


def _name(told: dict) -> str:
    return told["figure"] if "figure" in told else told["official"]


def _part(told: dict, year: str) -> Part:
    return Part(_name(told), {name: _in_year(str(v), year) for name, v in told.get("only", {}).items()})


def _in_year(text: str, year: str) -> str:
    """A text of the rules with `{year}` and `{previous_year}` as years."""
    return text.replace("{year}", year).replace("{previous_year}", ReportYear.parse(year).previous.label)


def _equal(published, one: Part, other: Part, same: list[str], why: str) -> list[Link]:
    """One link for each value of the columns that both tables have, or one in all."""
    if not same:
        return [Link(one, other, why)]
    keys = [published[part.table].frame[same].astype(str).drop_duplicates() for part in (one, other)]
    both = keys[0].merge(keys[1]).to_dict("records")
    return [
        Link(Part(one.table, {**one.only, **k}), Part(other.table, {**other.only, **k}), why) for k in both
    ]
