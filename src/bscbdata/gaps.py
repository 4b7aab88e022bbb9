"""What is not there: a gap with its reason, shown in the place of what would rest on it.

A build never fails for want of data. What asks for a return or a value that is not there raises NoData. A section of
commentary then leaves out what rests on it; a cell of a notebook shows the gap (see `watch`); both say why.
"""

import ast
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pandas as pd

from bscbdata.authorities import in_words
from bscbdata.findings import GAP, Finding, as_told, warning
from bscbdata.indicators import definitions
from bscbdata.indicators.official import table_of
from bscbdata.indicators.returns import counted_from
from bscbdata.lab import readable
from bscbdata.lists import read_list
from bscbdata.period import ReportYear, in_runs
from bscbdata.places import Edition
from bscbdata.sources import Source, load_source, source_names
from bscbdata.sources.agencies import agencies
from bscbdata.tables import once

NOT_RETURNED = "Not returned"
NOT_COLLECTED = "Not collected"
NOT_ASKED = "Not asked for"  # it is there in some years, and no reader misses it in others
NOT_HERE = "Not here yet"  # published or not: nobody but the publisher knows
NOT_AVAILABLE = "Not available"
NOT_WHOLE = "Not of the whole year"
WITHHELD_IN_SOURCE = "It, or a part of it, is withheld in the source."
UNASKED = "unasked"  # of an output: a book leaves out the cell that has no other
ALONE = "It needs what local agencies send; this edition is made from official figures alone."
OFFICIAL_CHAPTERS = Path(__file__).parent / "definitions" / "official_chapters.csv"


@dataclass(frozen=True)
class Gap:
    """Something that is not there. `key` is its table or indicator; `said` who is to send it, or what there is instead."""

    key: str
    what: str
    kind: str
    said: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.kind.lower()}. {self.said}".strip()


class NoData(ValueError):
    """What was asked for rests on data that is not there. Carries its gaps."""

    def __init__(self, *gaps: Gap):
        self.gaps = tuple(dict.fromkeys(gaps))
        super().__init__(" ".join(map(str, self.gaps)))


# ---- why something is not there ----------------------------------------------------------------------------------


def of_table(name: str, edition: Edition) -> Gap:
    """Why the edition has no such table: who is to send it, or that it is not collected. KeyError for no source of ours."""
    source, known = load_source(name), edition.known_gaps.get(name, "")
    if not source.asked and not known:
        said = f"No printed report of {edition.year} is here to hold the numbers against."
        return Gap(name, source.title, NOT_ASKED, said)
    if not source.collected(edition.year):
        said = known or f"It is not asked for in {edition.year}."
        return Gap(name, source.title, NOT_COLLECTED, said)
    if known:
        return Gap(name, edition.worded(source.title), NOT_RETURNED, known)
    if edition.official_alone:
        return Gap(name, edition.worded(source.title), NOT_AVAILABLE, _not_here(source, edition))
    if source.official:
        return Gap(name, source.title, NOT_HERE, f"There is no file of it for {in_words(edition.area)}.")
    agency, ask = agencies().get(source.path.split("/")[0], ("", ""))
    who = f"{agency} sends it; ask {ask}." if agency else ""
    return Gap(name, edition.worded(source.title), NOT_RETURNED, edition.worded(who))


def is_unasked(name: str, tables: Collection[str], edition: Edition) -> bool:
    """Whether a table is not among those that are here, and the year does not ask for it."""
    ours = name in source_names() and name not in tables
    return ours and of_table(name, edition).kind == NOT_ASKED


@once
def of_part(tables: Mapping[str, pd.DataFrame], name: str, edition: Edition, year: str = "") -> list[Gap]:
    """What a return that is here lacks of its year, or of another that it tells of: months or quarters that should be there.
    Nine months are no year."""
    source = load_source(name) if name in source_names() else None
    frame = tables.get(name, pd.DataFrame())
    if source is None or source.counted_by not in frame:
        return []
    there = frame[source.counted_by].dropna()
    asked = ReportYear.parse(year) if year else edition.year
    lacking = source.lacking(there, asked)
    every = list(source.due(there, asked).values())
    said = edition.known_gaps.get(name) or f"Nothing is here for {in_runs(every, set(lacking))}."
    return [Gap(name, edition.worded(source.title), NOT_WHOLE, said)] if lacking else []


def _not_here(source: Source, edition: Edition) -> str:
    if source.official:
        return f"Official figures of {in_words(edition.area)} on this are not among those read."
    return edition.worded(ALONE)


def of_indicator(
    indicator: str, frame: pd.DataFrame, edition: Edition, area: str = "", year: str = ""
) -> Gap:
    """Why the long table has no value of an indicator for an area and year, from the years and areas that it has."""
    area, year = area or edition.area, year or edition.year.label
    title = definitions()[indicator]["title"] if indicator in definitions() else indicator
    rows = frame[frame["indicator"] == indicator]
    table = table_of(indicator)
    if not table and edition.official_alone:
        return Gap(indicator, f"{title}, {year}", NOT_AVAILABLE, edition.worded(ALONE))
    if not table:
        return _of_return(counted_from(indicator), Gap(indicator, f"{title}, {year}", NOT_RETURNED), edition)
    own = rows[rows["area"] == area]
    if "confidential" in set(own[own["year"] == year].get("status", ())):
        return Gap(table, f"{title}, {year}", NOT_AVAILABLE, WITHHELD_IN_SOURCE)
    years = sorted(own.loc[own["value"].notna(), "year"].unique())
    if not years:
        return Gap(table, title, NOT_AVAILABLE, f"There is no value for {in_words(area)}.")
    if year > years[-1]:
        return Gap(
            table,
            f"{title}, {year}",
            NOT_HERE,
            f"The latest value here for {in_words(area)} is of {years[-1]}.",
        )
    known = (
        f"The values here for {in_words(area)} begin with {years[0]}."
        if year < years[0]
        else f"There is no value for {in_words(area)}."
    )
    return Gap(table, f"{title}, {year}", NOT_AVAILABLE, known)


def _of_return(table: str, gap: Gap, edition: Edition) -> Gap:
    """The gap of an indicator that is counted from a return: which, and that it is not here, or a part of it."""
    if not table:
        return replace(gap, said="It is counted from a return that is not here.")
    title = edition.worded(load_source(table).title)
    usual = f"It is counted from the return “{title}”, which is not here, not of the whole year, or has no such row."
    return replace(gap, key=table, said=edition.known_gaps.get(table) or usual)


def some(frame: pd.DataFrame, edition: Edition, tables: Collection[str]) -> None:
    """Raise NoData when there is nothing to draw from the tables, or in an edition of official figures only of others."""
    if tables and (not len(frame) or (edition.official_alone and _of_others_alone(frame, edition.area))):
        raise NoData(*(_nothing_in(name, edition) for name in tables))


def _of_others_alone(frame: pd.DataFrame, area: str) -> bool:
    """Whether rows set areas side by side and none of them has a value of the edition's own."""
    valued = frame.dropna(subset=["value"]) if "value" in frame else frame
    return "area" in frame and area not in set(valued["area"])


def _nothing_in(name: str, edition: Edition) -> Gap:
    title = load_source(name).title if name in source_names() else name
    said = (
        f"There is no value for {in_words(edition.area)}."
        if edition.official_alone
        else "There is no row of this year."
    )
    return Gap(name, f"{title}, {edition.year}", NOT_AVAILABLE, said)


# ---- how it is shown ---------------------------------------------------------------------------------------------


def box(gaps: Iterable[Gap], lead: str = "") -> str:
    """The gaps as Markdown: a box with what is not there, why, and who is to send it."""
    found = list(dict.fromkeys(gaps))
    kinds = {gap.kind for gap in found}
    title = kinds.pop() if len(kinds) == 1 else "No data yet"
    lines = [f"- **{gap.what}.** " + (f"{gap.kind}. " if kinds else "") + gap.said for gap in found]
    said = "\n".join([*([lead, ""] if lead else []), *lines])
    return f'\n::: {{.callout-note .gap title="{title}"}}\n{said}\n:::\n'


def told(gaps: Iterable[Gap], place: str) -> list[Finding]:
    """A warning for each gap."""
    return [warning(GAP, str(gap), file=place, value=gap.key, about=gap.what) for gap in gaps]


def left_out_chapters(edition: Edition) -> dict[str, str]:
    """Chapters that an edition made from official figures alone leaves out, since they rest on what local agencies send.

    Name of the notebook -> what it is about. Other editions leave none out.
    """
    rows = official_chapters() if edition.official_alone else ()
    return {row["chapter"]: edition.worded(row["about"]) for row in rows if row["made"] == "no"}


@cache
def official_chapters() -> tuple[dict[str, str], ...]:
    """How chapters stand in an edition made from official figures alone: chapter, made (yes or no), title, about."""
    return tuple(read_list(OFFICIAL_CHAPTERS))


def title_in(edition: Edition, chapter: str, title: str) -> str:
    """The title of a chapter in an edition: another where official figures are all that there is, and `Our county` by
    what the area is called.
    """
    rows = official_chapters() if edition.official_alone else ()
    official = next((row["title"] for row in rows if row["chapter"] == chapter), "")
    return edition.worded(official or title.replace("Our county", f"Our {edition.called}"))


@dataclass(frozen=True)
class Shown:
    """The gaps of a cell as Jupyter, Quarto and the stitcher display them."""

    gaps: tuple[Gap, ...]

    def _repr_mimebundle_(self, include: object = None, exclude: object = None):
        asked = [gap for gap in self.gaps if gap.kind != NOT_ASKED]
        text = box(self.gaps)
        return {"text/markdown": readable(text), "text/plain": text}, {
            "bscb": {"findings": as_told(told(asked, "")), UNASKED: not asked}
        }


# ---- cells of notebooks ------------------------------------------------------------------------------------------


class _Watch:
    """Shows the gaps in place of a cell's output, and remembers what the cell would have made."""

    def __init__(self) -> None:
        self.lacking: dict[str, NoData] = {}
        self.current: NoData | None = None

    def handle(self, shell, etype, value, tb, tb_offset=None) -> None:
        """NoData, or a name that a cell without data would have made: the gap. Any other NameError as usual."""
        found = self.lacking.get(value.name) if isinstance(value, NameError) else value
        if found is None:
            return shell.showtraceback((etype, value, tb), tb_offset, running_compiled_code=True)
        from IPython.display import display

        self.current = found
        return display(Shown(found.gaps))

    def settle(self, shell, result) -> None:
        """After each cell: what it made is there; one that had no data has done what it could, and made nothing."""
        names = _made(result.info.raw_cell) if result and result.info else set()
        for name in names:
            self.lacking.pop(name, None)
        if self.current is not None:
            self.lacking |= dict.fromkeys(names, self.current)
            for name in names:
                shell.user_ns.pop(name, None)  # else the next cell would go on with an older one of that name
            result.error_in_exec, self.current = None, None


def _made(cell: str) -> set[str]:
    """The names that a cell's code sets."""
    try:
        nodes = list(ast.walk(ast.parse(cell)))
    except SyntaxError:
        return set()
    stored = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return stored | {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)}


def watch() -> None:
    """In a notebook: show gaps where a cell asks for data that is not there. Elsewhere it does nothing."""
    import sys

    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or NoData in shell.custom_exceptions:
        return
    watching = _Watch()
    shell.set_custom_exc((NoData, NameError), lambda *given, **more: watching.handle(*given, **more))
    shell.events.register("post_run_cell", lambda result: watching.settle(shell, result))
