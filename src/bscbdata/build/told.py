"""What sentences tell of the counts in tables: a fact is an equation too, and so is the name of the highest month."""

import re
from collections.abc import Iterator, Mapping

import pandas as pd

from bscbdata import disclosure, facts, numbers
from bscbdata.disclosure import CountTable, Link, Part, fits
from bscbdata.facts import Fact
from bscbdata.findings import Finding, failure
from bscbdata.places import Edition

EQUAL = re.compile(r"\s*(\w+)\s*=\s*(.*?)\s*$")
Tables = Mapping[str, CountTable]
Sources = Mapping[str, list[str]]


def fact_links(
    published: Tables,
    sources: Sources,
    used: list[dict],
    tidy: Mapping[str, pd.DataFrame],
    edition: Edition,
) -> list[Link]:
    """What the facts that sentences print or weigh tell of published cells.

    A fact is tied to a figure drawn from its table when its conditions name rows of the figure. One that does not fit
    what the figure shows counts something else, and is left out.
    """
    found = []
    for told in used:
        fact = facts.compute(told["fact"], tidy, edition, told["area"], told["year"])
        for name, table in _withholding(published).items():
            if {fact.table, *fact.sources} & set(sources.get(name, [])):
                links = _links(fact, name, table, edition)
                found += [link for link in links if fits({name: table}, [link])]
    return found


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
    count = fact.value if fact.denominator is None else fact.numerator
    told = fact.how == "share_pct" or fact.denominator is None and fact.unit not in numbers.PERCENT
    known = told and fact.how in ("value", "sum", "count", "share_pct")
    return Link(part, float(count), f"fact {fact.id}") if known and count is not None else None


def _rows_of(
    where: str, fact: Fact, table: CountTable, edition: Edition
) -> dict[str, list[str]] | None:
    """The rows of a figure that conditions pick, as conditions on the figure; None when it has no such rows.

    No condition is the whole figure, if it has one breakdown only.
    """
    only: dict[str, list[str]] = {}
    for condition in filter(str.strip, where.format_map(facts._words(edition, fact.area, fact.year)).split(";")):
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
    """The one column in which each of the labels stands exactly once; None when there is none."""
    for column in table.by:
        labels = table.frame[column].astype("str")
        if all((labels == choice).sum() == 1 for choice in choices):
            return {column: choices}
    return None


# ---- series ------------------------------------------------------------------------------------------------------


def series_links(
    published: Tables,
    sources: Sources,
    used: list[dict],
    tidy: Mapping[str, pd.DataFrame],
    edition: Edition,
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


def differences(used: list[dict], tidy: Mapping[str, pd.DataFrame], edition: Edition) -> list[Finding]:
    """A failure for each two facts of which one counts all that the other does, and 1 to 5 children more."""
    sums = [told for fact in used for told in _counted(fact, tidy, edition)]
    found = {}
    for one, rows, count in sums:
        for other, more, total in sums:
            if rows < more and disclosure.LOWEST <= total - count <= disclosure.HIGHEST:
                found[one, other] = _difference(one, other, total - count)
    return list(found.values())


def _counted(told: dict, tidy: Mapping[str, pd.DataFrame], edition: Edition) -> Iterator[tuple]:
    """The sets of rows that a fact counts, each with how many it counts."""
    fact = facts.compute(told["fact"], tidy, edition, told["area"], told["year"])
    definition = facts.definitions()[fact.id]
    if fact.provenance == "official" or fact.unit in numbers.PERCENT and fact.how != "share_pct":
        return
    for where, count in ((definition.where, fact.numerator), (definition.of, fact.denominator)):
        count = fact.value if count is None and where and not fact.denominator else count
        if count is not None and where and fact.how in ("sum", "count", "value", "share_pct"):
            words = facts._words(edition, fact.area, fact.year)
            picked = facts.pick(tidy[fact.table], where.format_map(words), definition)
            yield fact.id, frozenset((fact.table, definition.column, row) for row in picked.index), count


def _difference(one: str, other: str, count: float) -> Finding:
    said = f"Facts '{one}' and '{other}' together tell of a group of {count:g}: the second counts all that the first does, and {count:g} more."
    return failure("disclosure", said, advice="Leave one of them out of the text, or count another group.")
