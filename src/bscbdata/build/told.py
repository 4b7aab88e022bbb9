"""What sentences tell of the counts in tables: a fact is an equation too, and so is the name of the highest month."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from bscbdata import disclosure, facts, numbers
from bscbdata.disclosure import CountTable, Link, Part, fits
from bscbdata.facts import Fact
from bscbdata.findings import Finding, failure
from bscbdata.numbers import enumerated
from bscbdata.places import Edition
from bscbdata.prose.tools import without_total

EQUAL = re.compile(r"\s*(\w+)\s*=\s*(.*?)\s*$")
Tables = Mapping[str, CountTable]
Sources = Mapping[str, list[str]]


def fact_links(
    published: Tables,
    sources: Sources,
    used: list[dict],
    tidy: Mapping[str, pd.DataFrame],
    edition: Edition,
    known: Sequence[Link] = (),
) -> list[Link]:
    """What the facts that sentences print or weigh tell of published cells.

    A fact is tied to a figure drawn from its table when its conditions name rows of the figure. One that does not fit
    what the figure shows, and what is `known` of it, counts something else, and is left out.
    """
    found = []
    for told in used:
        fact = facts.compute(told["fact"], tidy, edition, told["area"], told["year"])
        for name, table in _withholding(published).items():
            if {fact.table, *fact.sources} & set(sources.get(name, [])):
                links, before = _links(fact, name, table, edition), _of_one(name, known)
                found += [link for link in links if fits({name: table}, [*before, link])]
    return found


def _of_one(name: str, known: Sequence[Link]) -> list[Link]:
    """The links that say a number of one table, and speak of no other."""
    return [link for link in known if link.left.table == name and not isinstance(link.right, Part)]


def _withholding(published: Tables) -> Tables:
    """The tables that withhold anything: of the others everything is known already."""
    return {name: table for name, table in published.items() if table.frame[table.count].isna().any()}


def _links(fact: Fact, name: str, table: CountTable, edition: Edition) -> Iterator[Link]:
    """What a fact tells of its rows of a figure, and of the rows that it is a share of."""
    definition = facts.definitions()[fact.id]
    top = _rows_of(definition.where, fact, table, edition)
    if top is not None:
        link = _link(fact, Part(name, top))
        yield from [link] if link else []
    whole = _rows_of(definition.of, fact, table, edition) if fact.denominator else None
    if whole is not None and fact.how == "share_pct":
        yield Link(Part(name, whole), float(fact.denominator or 0), f"what fact {fact.id} is a share of")


def _link(fact: Fact, part: Part) -> Link | None:
    """The count that a fact tells. A share tells the count behind it: readers can ask for both its parts."""
    count = counted(fact)
    return None if count is None else Link(part, count, f"fact {fact.id}")


def counted(fact: Fact) -> float | None:
    """How many a fact counts: itself, the part that it is a share of, what it is the average of or a rate of."""
    if fact.how not in ("value", "sum", "count", "mean", "share_pct"):
        return None
    if fact.unit in numbers.PERCENT and fact.how != "share_pct":
        return None  # of a share that a table gives, the part need not be the rows that it is asked for by
    return fact.value if fact.denominator is None else fact.numerator


def _rows_of(where: str, fact: Fact, table: CountTable, edition: Edition) -> dict[str, list[str]] | None:
    """The rows of a figure that conditions pick, as conditions on the figure; None when it has no such rows.

    No condition is the whole figure, if it has one breakdown only.
    """
    only: dict[str, list[str]] = {}
    for condition in filter(
        str.strip, where.format_map(facts.placeholders(edition, fact.area, fact.year)).split(";")
    ):
        part = _condition(condition, table, edition)
        if part is None:
            return None
        only |= part
    return only if only or len(table.by) == 1 else None


def _condition(condition: str, table: CountTable, edition: Edition) -> dict[str, list[str]] | None:
    """One condition on the figure's own columns; {} when every row meets it, None when the figure cannot tell."""
    if re.search(r">=\s*0\s*$", condition):
        return {}
    asked = EQUAL.match(condition)
    if not asked or condition.count("!="):
        return None
    column, choices = asked[1], [choice.strip() for choice in asked[2].split("|")]
    frame, year = table.frame, edition.year.label
    if column in ("indicator", "area") or choices == ["All"] and column not in table.by:
        return {}
    if column in frame:
        known = set(frame[column].astype("str"))
        return {column: choices} if known.issuperset(choices) else None
    if column == "year" or column == "quarter" and choices == [f"{year} Q{each}" for each in range(1, 5)]:
        return {} if choices[0].startswith(year) else None
    return _by_label(choices, table)


def _by_label(choices: list[str], table: CountTable) -> dict[str, list[str]] | None:
    """The one column in which each of the labels stands; None when there is none, or several."""
    columns = [column for column in table.by if set(table.frame[column].astype("str")).issuperset(choices)]
    return {columns[0]: choices} if len(columns) == 1 else None


# ---- series ------------------------------------------------------------------------------------------------------


def series_links(
    published: Tables, sources: Sources, used: list[dict], tidy: Mapping[str, pd.DataFrame], edition: Edition
) -> list[Link]:
    """What a sentence tells of a series: the value that it names, or that one is the highest or the lowest of all."""
    frame = tidy.get("indicators", pd.DataFrame(columns=["indicator"]))
    found = []
    for told in used:
        rows = frame[frame["indicator"] == told["indicator"]]
        for asked in ("category", "area", "year"):
            rows = rows[rows[asked].astype("str") == told[asked]] if told[asked] else rows
        for name, table in _withholding(published).items():
            if len(rows) and set(rows["table"].astype("str")) & set(sources.get(name, [])):
                links = _series(told, rows, name, table)
                found += links if links and fits({name: table}, links) else []
    return found


def _series(told: dict, rows: pd.DataFrame, name: str, table: CountTable) -> list[Link]:
    """The links of one series, where each of its rows is one row of the figure."""
    rows = rows if told["how"] == "value" else without_total(rows)
    parts = {place: _cell(row, name, table) for place, row in rows.iterrows()}
    if not all(parts.values()):
        return []
    values = rows["numerator"].fillna(rows["value"])
    why = f"the {told['how']} of {told['indicator']}"
    if told["how"] == "value":
        place = rows.index[(rows["period"].astype("str") == told["period"])]
        return [Link(parts[at], float(values[at]), why) for at in place]
    if rows["unit"].isin(numbers.PERCENT).any():
        return []  # the highest share need not be the highest count
    top = rows["value"].idxmax() if told["how"] == "highest" else rows["value"].idxmin()
    ends = (0.0, float("inf")) if told["how"] == "highest" else (-float("inf"), 0.0)
    return [Link(parts[top], part, why, *ends) for place, part in parts.items() if place != top]


def _cell(row: pd.Series, name: str, table: CountTable) -> Part | None:
    """The one row of a figure that a row of an indicator is, by the labels of its category and period."""
    frame = table.frame
    labels = {str(row["category"]), str(row["period"])} - {"All", str(row["year"])}
    met = pd.Series(True, index=frame.index)
    for label in labels:
        met &= frame[list(table.by)].astype("str").eq(label).any(axis=1)
    if "year" in frame and not frame["year"].isna().any():
        met &= frame["year"].astype("str") == str(row["year"])
    if met.sum() != 1:
        return None
    return Part(name, {column: str(frame.loc[met.idxmax(), column]) for column in table.by})


# ---- facts that say the rest of each other ---------------------------------------------------------------------

LISTED = " child "  # in the name of a row that is a child, a family or a case
NOT_NAMES = ["row_id", "source_rows", "provenance", "status", "table"]


@dataclass(frozen=True)
class Sum:
    """What a fact tells of the rows that it counts; its name says the year where that is not its edition's. `of` is the year
    of another edition that told it."""

    fact: str
    rows: frozenset
    count: float
    of: str = ""


Sums = dict[tuple[str, str], list[Sum]]


def sums_told(used: list[dict], tidy: Mapping[str, pd.DataFrame], edition: Edition) -> Sums:
    """What the facts of an edition tell of rows, by table and column, each row by its name: see `row_names`."""
    said: Sums = {}
    for told in used:
        for where, one in _counted(told, tidy, edition):
            said.setdefault(where, []).append(one)
    for (table, column), sums in said.items():
        names = row_names(tidy[table], column, edition.year.label)
        said[table, column] = [replace(one, rows=frozenset(names[list(one.rows)])) for one in sums]
    return said


def together(
    said: Sums, others: Sequence[Sums], tidy: Mapping[str, pd.DataFrame], edition: Edition
) -> list[Finding]:
    """A failure for each group of one to five children that the facts of a table, however many, give away together.

    Rows that the same facts count are one group. Each fact is an equation over groups; what a group can be is worked
    out as in the proof of the tables. `others` is what the editions of other years told: rows of one name are the same.
    """
    found = []
    for (table, column), sums in said.items():
        frame = tidy[table]
        per_row = _per_row(frame, column).set_axis(row_names(frame, column, edition.year.label))
        theirs = [one for other in others for one in other.get((table, column), ())]
        theirs = [one for one in theirs if not _of_a_corrected_list(one, sums, set(per_row.index))]
        found += _given_away(per_row, [*theirs, *sums])
    return found


def _of_a_corrected_list(one: Sum, ours: list[Sum], there: set[str]) -> bool:
    """Whether a fact of another edition counts children of a list that is not the same any more: one is gone, or the fact
    counts others now. Both numbers are out, and the child by whom they differ is no group of a table."""
    listed = any(LISTED in name for name in one.rows)
    now = [each.rows for each in ours if each.fact == one.fact]
    return listed and (not one.rows <= there or bool(now) and one.rows not in now)


def row_names(frame: pd.DataFrame, column: str, year: str) -> pd.Series:
    """The rows of a table by their words, each name once. A row that names no time is one of its report's year alone, as
    is a child, who has the same pseudonym in every edition of the year."""
    alone = pd.Series([f"{year} row {at}" for at in frame.index], index=frame.index)
    if not _is_number(frame, column):
        codes = [frame[name] for name in frame.select_dtypes("str") if _are_pseudonyms(frame[name])]
        return f"{year}{LISTED}" + codes[0] if codes else alone
    words = frame.drop(columns=NOT_NAMES, errors="ignore").select_dtypes(exclude="number")
    timed = {"quarter", "year"} & set(words) or any(each.dtype.kind == "M" for _, each in words.items())
    names = pd.Series(
        [" · ".join(map(str, row)) for row in words.itertuples(index=False)], index=frame.index, dtype="str"
    )
    return names.mask(names.duplicated(keep=False), alone) if timed else alone


def _are_pseudonyms(values: pd.Series) -> bool:
    return values.is_unique and bool(values.str.fullmatch("[0-9a-f]{16}").fillna(False).all())


def _is_number(frame: pd.DataFrame, column: str) -> bool:
    return column in frame and pd.api.types.is_numeric_dtype(frame[column])


def _per_row(frame: pd.DataFrame, column: str) -> pd.Series:
    """How many each row of a table counts: its number, or one where rows are counted."""
    if _is_number(frame, column):
        return frame[column].astype("Float64").fillna(0).astype(float)
    return pd.Series(1.0, index=frame.index)


def _given_away(per_row: pd.Series, sums: list[Sum]) -> list[Finding]:
    """The groups that are given away. How many a row counts that only another edition has is not known here: where what
    was told of such rows does not fit, it was stated anew."""
    per_row = per_row.reindex(sorted(set().union(*(one.rows for one in sums))))
    fitting = [one for one in sums if _fits_rows(per_row, one)]
    try:
        return _of_groups(per_row, fitting)
    except disclosure.DisclosureError:
        return _of_groups(per_row, [one for one in fitting if per_row[sorted(one.rows)].notna().all()])


def _of_groups(per_row: pd.Series, sums: list[Sum]) -> list[Finding]:
    """The same for sums that can all hold. Rows that the same sums count are one group."""
    sums = list({one.rows: one for one in sums}.values())
    inside = pd.DataFrame({n: per_row.index.isin(one.rows) for n, one in enumerate(sums)}, per_row.index)
    counted = inside.any(axis=1)
    if not counted.any():
        return []
    groups = per_row[counted].groupby([inside.loc[counted, n] for n in inside])
    totals = groups.agg(lambda each: each.sum(skipna=False))
    few = [place for place, total in enumerate(totals) if not total > disclosure.HIGHEST and total != 0]
    reader = _reader(totals, sums) if few else None
    return [found for place in few if (found := _told_of(reader, place, sums))]


def _fits_rows(per_row: pd.Series, one: Sum) -> bool:
    """Whether a fact is the sum of its rows as this year's return has them, as far as it has them."""
    counts = per_row[sorted(one.rows)]
    return counts.sum() == one.count if counts.notna().all() else counts.sum() <= one.count


def _reader(totals: pd.Series, sums: list[Sum]) -> disclosure.Reader:
    """A reader who knows each fact and no group by itself. `totals` are by which facts count the group."""
    cells = pd.DataFrame({"table": "", "row": None, "cell": "", "value": totals.to_numpy(), "kind": "cell"})
    within = [key if isinstance(key, tuple) else (key,) for key in totals.index]
    counts = np.array([one.count for one in sums])
    names = tuple(f"'{one.fact}'" + f", in the report of {one.of}," * bool(one.of) for one in sums)
    parts = np.eye(len(cells))
    system = disclosure.System(
        cells.assign(public=False, held=False), parts, np.array(within, dtype=float).T, counts, counts, names
    )
    return disclosure.Reader(system, np.ones(len(cells), dtype=bool))


def _told_of(reader: disclosure.Reader, place: int, sums: list[Sum]) -> Finding | None:
    """The failure of a group that is given away by a fact of ours; None when it is not."""
    lowest, highest = reader.bounds(place)
    if disclosure.is_safe(lowest, highest) or lowest > disclosure.HIGHEST or highest == 0:
        return None
    by = [-1 - at for at in reader.given_away_by(place)]
    if all(sums[at].of for at in by):
        return None  # what others told together was proved when they were made
    size = f"{lowest:g}" if lowest == highest else f"{lowest:g} to {highest:g}"
    names = enumerated(sorted({reader.system.why[at] for at in by}))
    advice = "Leave one of them out of the text, or count another group."
    return failure("disclosure", f"Facts {names} together tell of a group of {size}.", advice=advice)


def _counted(
    told: dict, tidy: Mapping[str, pd.DataFrame], edition: Edition
) -> Iterator[tuple[tuple[str, str], Sum]]:
    """The sets of rows that a fact counts, each with its table, its column and how many it counts."""
    fact = facts.compute(told["fact"], tidy, edition, told["area"], told["year"])
    definition = facts.definitions()[fact.id]
    if not facts.of_our_children(fact) or fact.unit in numbers.PERCENT and fact.how != "share_pct":
        return
    name = fact.id if fact.year == edition.year.label else f"{fact.id} of {fact.year}"
    for where, count in ((definition.where, fact.numerator), (definition.of, fact.denominator)):
        count = fact.value if count is None and where and not fact.denominator else count
        if count is not None and where and fact.how in ("sum", "count", "value", "share_pct"):
            words = facts.placeholders(edition, fact.area, fact.year)
            picked = facts.pick(tidy[fact.table], where.format_map(words), definition)
            yield (fact.table, definition.column), Sum(name, frozenset(picked.index), float(count))
