"""Returns beside those of the year before: grown or shrunk, the same numbers, rows gone, columns that changed places. Told, so that somebody asks."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from math import log

import pandas as pd

from bscbdata.findings import Finding, warning
from bscbdata.numbers import some
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.provenance import digest
from bscbdata.sources import PERIODS, Column, Source
from bscbdata.sources.unread import was_carried

GREW, SHRANK = 1.5, 0.67
NUMBERS = ("count", "number", "value", "amount_gbp", "share_pct")
ENOUGH = 6  # so many different numbers are not the same by chance, and what happens so often hardly ever not at all
QUARTERS = 4  # nor those of a whole year, where each is another
ALIKE = 1.25  # two ratios that differ by less are the same


Beside = tuple[Source, pd.DataFrame, pd.DataFrame]  # a return with its table of the year before, and its own


def last_years(
    tables: Mapping[str, pd.DataFrame], sources: list[Source], project: Project, year: ReportYear
) -> Iterator[Beside]:
    """The returns that are here, each with its table of the year before, where that was cleaned here, and its own."""
    for source in sources:
        kept = project.processed(year.previous) / f"{source.name}.parquet"
        if not source.official and source.name in tables and kept.exists():
            yield source, pd.read_parquet(kept), tables[source.name]


def row_counts(beside: Iterable[Beside], year: ReportYear) -> list[Finding]:
    """A warning for every return that has half as many rows again as last year's, or a third fewer."""
    found = []
    for source, before, sent in beside:
        then, now = len(before), len(sent)
        if then and not SHRANK <= now / then <= GREW:
            said = f"{now:,} rows, where {year.previous} had {then:,}."
            place = _place(source, year)
            found.append(warning("row_count", said, **place, advice="Ask whether the return is whole."))
    return found


def same_numbers(beside: Iterable[Beside], project: Project, year: ReportYear) -> list[Finding]:
    """A warning for every return whose numbers are last year's in the same order, whatever it says of its months. Of one that
    has the quarters of the year before too, those of its own year are held against them.

    One that is last year's file to the byte is told by itself, and one that was carried over on purpose is right.
    """
    found = []
    for source, before, sent in beside:
        path, last = source.file(project.raw, year), source.file(project.raw, year.previous)
        numbers = [c.name for c in source.columns if c.kind in NUMBERS]
        own = _of_the_year(sent, source, year), _of_the_year(before, source, year.previous)
        now, then = (_numbers_in_order(frame, numbers) for frame in own)
        enough = QUARTERS if _quarter_of(source) else ENOUGH
        same = len(set(now)) >= enough and now == then
        if same and not was_carried(path) and not (last.exists() and digest(path) == digest(last)):
            place = {"file": path.relative_to(project.raw).as_posix(), "sheet": source.sheet}
            said = f"All {len(now):,} numbers of {year} are those of {year.previous}, in the same order."
            advice = f"Ask whether they are of {year}: months and titles may have been changed above last year's numbers."
            found.append(warning("sent before", said, **place, advice=advice))
    return found


def rows_gone(beside: Iterable[Beside], year: ReportYear) -> list[Finding]:
    """A warning for every return without a row of what last year's counted so often that it is no chance: a list cut short.

    Words that no list knows are asked of where half of last year's come again: titles and steps are new every year.
    """
    found = []
    for source, before, sent in beside:
        for column in source.columns:
            then, now = _sizes(before, source, column), sent.get(column.name)
            if now is None or then.empty or (column.is_words and not then.index.isin(now).mean() >= 0.5):
                continue
            gone = [str(label) for label in then.index[(then >= ENOUGH) & ~then.index.isin(now)]]
            if gone:
                said = f"It has no row of {some([repr(label) for label in gone])}, of which {year.previous} had {then[gone].sum():,.0f}."
                place = _place(source, year) | {"column": source.called(column, year)}
                found.append(warning("row_count", said, **place, advice="Ask whether the return is whole."))
    return found


def swapped(beside: Iterable[Beside], year: ReportYear) -> list[Finding]:
    """A warning for every two columns of a return that are to each other as they were last year, the other way round: under
    two headers that changed places. One was twice the other at least, so that it is no chance."""
    found = []
    for source, before, sent in beside:
        then, now = (_sums(frame, source, year) for frame in (before, sent))
        both = [name for name in then.index.intersection(now.index) if min(then[name], now[name]) >= ENOUGH]
        for one, other in combinations(both, 2):
            ratio, turned = then[one] / then[other], now[other] / now[one]
            if abs(log(ratio)) >= log(2) and abs(log(ratio / turned)) <= log(ALIKE):
                said = f"{one} and {other} were {then[one]:,.0f} and {then[other]:,.0f} in {year.previous}, and are {now[one]:,.0f} and {now[other]:,.0f}."
                advice = "Ask whether their headers changed places."
                found.append(warning("swapped", said, **_place(source, year), advice=advice))
    return found


def _sizes(frame: pd.DataFrame, source: Source, column: Column) -> pd.Series:
    """How often each label of a column was counted; empty of a column that has none that should come again."""
    counts = [one.name for one in source.columns if one.kind == "count" and one.name in frame]
    labels = column.code_list or (column.is_words and column.name in source.key and not source.references)
    if not labels or column.name not in frame or not (counts or source.references):
        return pd.Series(dtype="float64")
    weights = pd.Series(1.0, frame.index) if source.references else frame[counts[0]].astype("float64")
    return weights.groupby(frame[column.name].astype("object")).sum()


def _sums(frame: pd.DataFrame, source: Source, year: ReportYear) -> pd.Series:
    """The sum of each column of numbers, by its header: of a cross-tab by each name across its head, if not a period."""
    across = next((one for one in source.columns if one.name == source.crosstab.get("across")), None)
    if across is not None and across.kind in PERIODS:
        return pd.Series(dtype="float64")
    if across is not None:
        return frame.groupby(across.name, observed=True)[source.crosstab["value"]].sum().astype("float64")
    return pd.Series(
        {
            source.called(one, year): float(frame[one.name].sum())
            for one in source.columns
            if one.kind in NUMBERS and one.name in frame
        },
        dtype="float64",
    )


def _of_the_year(frame: pd.DataFrame, source: Source, year: ReportYear) -> pd.DataFrame:
    """The rows of a year, of a return with the quarters of several; all of any other."""
    quarter = _quarter_of(source)
    return frame[frame[quarter].astype("str").str.startswith(year.label)] if quarter else frame


def _quarter_of(source: Source) -> str:
    return next((one.name for one in source.columns if one.kind == "quarter"), "")


def _numbers_in_order(frame: pd.DataFrame, numbers: list[str]) -> list[float]:
    there = [name for name in numbers if name in frame]
    return frame[there].astype("float64").stack().tolist() if there else []


def _place(source: Source, year: ReportYear) -> dict[str, str]:
    return {"file": f"{year.label}/{source.path}", "sheet": source.sheet}
