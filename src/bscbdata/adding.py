"""An unknown file beside the nearest source that we know: which of its columns is which, and how certain that is.

What is certain goes into the map's column of the year. What is only likely goes in as a proposal, `? Header`, and what
was not found as `?`: a run stops until somebody has decided. Nothing likely is ever used.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pandas as pd

from bscbdata import sources
from bscbdata.cleaning import likeness, same_spelling
from bscbdata.findings import DataStop, failure, refusal
from bscbdata.lists import read_list, write_list
from bscbdata.numbers import enumerated
from bscbdata.period import ReportYear
from bscbdata.releases import maps, read_ees
from bscbdata.releases.ees import is_ees
from bscbdata.releases.maps import ReleaseMap, header_keys, load_map, statistics
from bscbdata.releases.recognise import years_it_may_be
from bscbdata.releases.years_told import years_named
from bscbdata.sources import PERIODS, UNDECIDED, load_source, source_names
from bscbdata.sources.grid import sheets
from bscbdata.statutory.reading import format_of

HEADER_SEARCHED = 30
LEAST_LIKE = 0.6  # below this two headers have nothing to do with each other
LEAST_KNOWN = 0.1  # a file of whose columns fewer are known is of a source that we do not know
SAME, PATTERN, OTHER_YEAR, ALIKE, NOTHING = (
    "the same header",
    "the header that the map's pattern forms",
    "the header of another year",
    "a like header",
    "nothing like it",
)
CERTAIN = (SAME, PATTERN)


@dataclass(frozen=True)
class Expected:
    """A column that the map knows: its line in the map, the header it should have this year, those it had before."""

    line: int
    name: str
    header: str
    meaning: str
    before: tuple[str, ...]
    says_the_year: bool = False
    not_last_time: bool = False  # it need not be there, as it was not published last time
    is_common: bool = (
        False  # the area, the month: files of any kind have it, so it tells no source from another
    )


@dataclass(frozen=True)
class Match:
    """An expected column with the header of the file that it is, or may be; certainty from 0 to 1."""

    expected: Expected
    found: str
    certainty: float
    because: str

    @property
    def cell(self) -> str:
        """What stands in the map: the header where it is certain, else a proposal to decide."""
        return self.found if self.because in CERTAIN else f"{UNDECIDED} {self.found}".strip()


@dataclass(frozen=True)
class Proposal:
    """A file laid beside a map: what matches, what is left of the file, where the map is."""

    file: str
    source: str
    title: str
    year: ReportYear
    map_file: Path
    matches: tuple[Match, ...]
    left: tuple[str, ...]
    of_return: bool = False

    @property
    def undecided(self) -> list[Match]:
        return [match for match in self.matches if match.because not in CERTAIN]

    @property
    def known(self) -> float:
        """How much of map and file is certain or likely, as a share of all columns but those of the area and the month."""
        told = [match for match in self.matches if not match.expected.is_common]
        found = sum(match.because != NOTHING for match in told)
        return found / max(len(told) + len(self.left), 1)

    @property
    def near(self) -> bool:
        """Whether the file may be of the source: of a return, whose columns are few, most are there or likely."""
        told = [match.because != NOTHING for match in self.matches if not match.expected.is_common]
        return self.known >= LEAST_KNOWN and (not self.of_return or sum(told) > len(told) / 2)


@dataclass(frozen=True)
class Known:
    """A source or a statistic for a year: what its map expects, and which headers it leaves out."""

    name: str
    title: str
    map_file: Path
    year: ReportYear
    expected: tuple[Expected, ...]
    release: ReleaseMap | None = None


def propose(
    path: Path,
    year: str = "",
    name: str = "",
    release_maps: Path = maps.HERE,
    source_maps: Path = sources.HERE,
) -> Proposal:
    """The file beside the nearest map, or the one named. DataStop when it cannot be read, or nothing known is near it."""
    _stop_at_a_cross_tab(path, name)
    headers = _headers(path, _known_headers(release_maps, source_maps))
    known = [
        one
        for one in _all_known(headers, path.name, year, release_maps, source_maps)
        if name in ("", one.name)
    ]
    if not known:
        there = ", ".join([*statistics(release_maps), *source_names()])
        raise DataStop([_stop(path.name, f"No source is called '{name}'.", f"one of {there}")])
    best = _laid_beside(_nearest(known, headers, path.name, asked=bool(name)), headers, path.name)
    if not (best.near or name):
        nearest = f"; the nearest is {best.source} of {best.year.label}, with {best.known:.0%} known"
        said = f"Nothing we know is near it{nearest if best.known else ''}."
        raise DataStop([_stop(path.name, said, "a file of a source that has a map")])
    return best


def _nearest(known: list[Known], headers: list[str], file: str, asked: bool = False) -> Known:
    """The one that has most in common with the file; of several years alike, the one that the file's name says.

    Where all are far from it, and none was asked for by name, it is any of them.
    """
    shared = {id(one): _shared(one, headers) for one in known}
    if not any(shared.values()):
        shared = {id(one): _alike(one, headers) for one in known}
    most = [one for one in known if shared[id(one)] == max(shared.values())]
    named = [one for one in most if one.year in years_named(file)] or most
    far = not asked and not any(_laid_beside(one, headers, file).near for one in named)
    if len(named) > 1 and shared[id(named[0])] > 0 and not far:
        fits = ", ".join(f"{one.name} of {one.year.label}" for one in named)
        years = {one.year for one in named}
        advice = "Say which: --source." if len(years) == 1 else "Say which: --year 2015-16, or --source."
        raise refusal("recognised", f"It is as near to each of {fits}.", file=file, advice=advice)
    return named[0]


def _stop_at_a_cross_tab(path: Path, name: str) -> None:
    """DataStop for a cross-tab, asked for by name or known by the name of its file: its map has no headers to lay
    the names across its head beside.
    """
    every = map(load_source, source_names())
    meant = [one for one in every if name == one.name or (not name and Path(one.path).stem == path.stem)]
    if not meant or any(one.layout != "crosstab" for one in meant):
        return
    said = f"It is a cross-tab of {' and '.join(one.name for one in meant)}: the names across its head are no headers of its map."
    advice = "Put it in its place: bscb check says which of them it does not know, and where another spelling is added."
    raise refusal("recognised", said, file=path.name, advice=advice)


def _stop(file: str, said: str, expected: str):
    advice = "Name the source with --source, or make a folder for a new one: docs/how-to.md, Add a source."
    return failure("recognised", said, file=file, expected=expected, advice=advice)


# ---- the file ----------------------------------------------------------------------------------------------------


def _headers(path: Path, known: set[str]) -> list[str]:
    """The header of the file: of all rows near the top, on any sheet, the one with most headers that we know."""
    if not path.exists():
        raise FileNotFoundError(f"There is no file {path}.")
    rows = [row for read in sheets(path, path.name).values() for row in _rows(read())]
    if not rows:
        raise refusal("header", "The file has no row with two columns.", file=path.name)
    return max(rows, key=lambda row: (len(known & set(map(same_spelling, row))), len(row)))


def _rows(grid: pd.DataFrame) -> Iterator[list[str]]:
    for _, cells in islice(grid.iterrows(), HEADER_SEARCHED):
        row = [str(cell).strip() for cell in cells if pd.notna(cell) and str(cell).strip()]
        if len(row) > 1:
            yield row


# ---- what we know ------------------------------------------------------------------------------------------------


def _known_headers(release_maps: Path, source_maps: Path) -> set[str]:
    releases = [load_map(name, release_maps) for name in statistics(release_maps)]
    told = [header for one in releases for measure in one.measures for header in measure.headers.values()]
    told += [
        header
        for one in _sources(source_maps)
        for column in one.columns
        for header in column.headers.values()
    ]
    return set(map(same_spelling, told)) - {"", "-", "*"}


def _sources(folder: Path) -> list[sources.Source]:
    found = [
        load_source(name) if folder == sources.HERE else sources.parse_source(folder / name)
        for name in _names(folder)
    ]
    return [source for source in found if not source.official and source.layout == "rows"]


def _names(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in folder.glob("*/source.toml"))


def _all_known(
    headers: list[str], file: str, year: str, release_maps: Path, source_maps: Path
) -> Iterator[Known]:
    keys = set(header_keys(list(headers)))
    for name in statistics(release_maps):
        release = load_map(name, release_maps)
        for one in [ReportYear.parse(year)] if year else years_it_may_be(release, keys, file):
            yield Known(
                name,
                release.title,
                release_maps / name / "columns.csv",
                one,
                _of_release(release, one),
                release,
            )
    for source in _sources(source_maps) if year else []:
        one = ReportYear.parse(year)
        yield Known(source.name, source.title, source_maps / source.map_file, one, _of_source(source, one))


def _of_release(release: ReleaseMap, year: ReportYear) -> tuple[Expected, ...]:
    last = max((label for label in release.years if label < year.label), default=release.years[0])
    found = []
    for line, measure in enumerate(release.measures):
        formed, before = measure.formed(year), measure.headers[last]
        header = formed if formed != maps.ABSENT else before
        absent = before == maps.ABSENT and measure.headers.get(year.label, maps.ABSENT) == maps.ABSENT
        known = tuple(dict.fromkeys(text for text in measure.headers.values() if text != maps.ABSENT))
        name = ", ".join(filter(None, [measure.indicator, measure.category.replace("All", "")]))
        place = measure.kind == "place"
        found.append(
            Expected(line, name, header, measure.meaning, known, measure.says_the_year, absent, place)
        )
    return tuple(found)


def _of_source(source: sources.Source, year: ReportYear) -> tuple[Expected, ...]:
    return tuple(
        Expected(
            line,
            column.name,
            column.header(year).removeprefix(UNDECIDED).strip(),
            column.meaning,
            tuple(column.headers.values()),
            is_common=column.kind in PERIODS,
        )
        for line, column in enumerate(source.columns)
        if column.header(year) not in ("-", "*")
    )


def _shared(known: Known, headers: list[str]) -> float:
    """How much a map and a file have in common at first sight, as a share of all that either has."""
    told = [one for one in known.expected if not one.is_common]
    ours = {same_spelling(one.header) for one in told if not one.not_last_time}
    theirs = set(map(same_spelling, headers))
    return len(ours & theirs) / max(len(ours | theirs), 1)


def _alike(known: Known, headers: list[str]) -> float:
    """Where no header is the same: how many columns of the map have one that is like theirs, as a share of all."""
    told = [one for one in known.expected if not one.is_common and not one.not_last_time]
    matched = list(_likely(told, headers))
    return len(matched) / max(len(told) + len(headers) - len(matched), 1)


# ---- one beside the other ----------------------------------------------------------------------------------------


def _laid_beside(known: Known, headers: list[str], file: str) -> Proposal:
    """Certain columns first; of what is left the likest pairs, each header once."""
    names = _numbered(headers)
    at = {header_keys([name])[0]: name for name in names}
    found: dict[int, Match] = {}
    for one in known.expected:
        if (key := same_spelling(one.header)) in at:
            found[one.line] = Match(one, at.pop(key), 1.0, PATTERN if one.says_the_year else SAME)
    open_ = [one for one in known.expected if one.line not in found and not one.not_last_time]
    for match in _likely(open_, list(at.values())):
        found[match.expected.line] = match
    taken = {match.found for match in found.values()}
    ignored = known.release.reason_to_ignore if known.release else (lambda header: "")
    left = tuple(name for name in names if name not in taken and not ignored(name))
    asked = [one for one in known.expected if one.line in found or not one.not_last_time]
    matches = tuple(found.get(one.line, Match(one, "", 0.0, NOTHING)) for one in asked)
    return Proposal(
        file, known.name, known.title, known.year, known.map_file, matches, left, not known.release
    )


def _numbered(headers: list[str]) -> list[str]:
    """Headers that stand twice are `name` and `name#2`, as in a map."""
    keys = header_keys(list(headers))
    return [
        header if "#" not in key else f"{header}#{key.rpartition('#')[2]}"
        for header, key in zip(headers, keys, strict=True)
    ]


def _likely(expected: list[Expected], headers: list[str]) -> Iterator[Match]:
    pairs = [(_how_like(one, header), one, header) for one in expected for header in headers]
    taken: set[object] = set()
    for (certainty, because), one, header in sorted(pairs, key=lambda pair: -pair[0][0]):
        if certainty >= LEAST_LIKE and one.line not in taken and header not in taken:
            taken |= {one.line, header}
            yield Match(one, header, certainty, because)


def _how_like(one: Expected, header: str) -> tuple[float, str]:
    if same_spelling(header) in map(same_spelling, one.before):
        return 0.9, OTHER_YEAR
    return min(max(likeness(header, told) for told in (one.header, *one.before[-1:])), 0.95), ALIKE


# ---- what needs no map -------------------------------------------------------------------------------------------


def without_a_map(path: Path, year: str = "") -> list[str]:
    """What to say of a file whose layout is read as it comes, without a column in a map; nothing of any other file.

    Raises DataStop when the file is of such a layout and cannot be used.
    """
    if not path.exists():
        raise FileNotFoundError(f"There is no file {path}.")
    if path.suffix.lower() != ".xml" and is_ees(path):
        return _as_published(path)
    return _as_statutory(path, year)


def _as_published(path: Path) -> list[str]:
    """What an explore-education-statistics file would feed, and what is odd about it."""
    release = read_ees(path)
    names = release.table["indicator"].unique()
    years = " to ".join(dict.fromkeys([release.years[0], release.years[-1]])) if release.years else "no year"
    known = "which no data set of our map fits" if release.statistic == "unmapped" else release.statistic
    return [
        f"{path.name} is a file of explore-education-statistics ({known}). Its columns say of what, where and when each "
        "number is, so it is read without a column in a map: nothing is to be added.",
        f"It would feed the table releases: {len(release.table):,} cells, {years}; "
        f"{len(release.rejects):,} were set aside. Indicators: {', '.join(names)}.",
        *(str(finding) for finding in release.findings if finding.result != "pass"),
        "Put it into data/raw/official/releases/, its .meta.csv file and its origin beside it. Every value that our own "
        "official tables hold too is then compared: docs/published-files.md.",
    ]


def _as_statutory(path: Path, year: str) -> list[str]:
    """What a child-level return in a statutory format would feed."""
    found = format_of(path, ReportYear.parse(year) if year else None)
    if found is None:
        return []
    name, lists = found
    held = ", ".join(f"{one} {rows:,}" for one, rows in lists.items()) or "none that is counted by itself"
    return [
        f"{path.name} is a statutory return ({name}): it is read without a column in a map. Its lists, with rows: {held}.",
        f"Put it into data/raw/{year or '<year>'}/statutory/{name}/: docs/statutory-returns.md.",
    ]


# ---- the map -----------------------------------------------------------------------------------------------------


def write(proposal: Proposal) -> int:
    """Write the year's column into the map; a cell that is decided already stays. How many cells are left to decide.

    A cell that only says again what the year before had is decided by nobody: so `bscb new-year` begins a column.
    """
    rows = read_list(proposal.map_file)
    cells = {match.expected.line: match.cell for match in proposal.matches}
    label = proposal.year.label
    earlier = max((name for name in rows[0] if "2000-01" <= name < label), default="")
    for line, row in enumerate(rows):
        kept, before = (row.get(name, "").strip() for name in (label, earlier))
        decided = kept and kept != before and not kept.startswith(UNDECIDED)
        row[label] = kept if decided else cells.get(line, before or "-")
    write_list(proposal.map_file, list(rows[0]), (row.values() for row in rows))
    return sum(row[label].startswith(UNDECIDED) for row in rows)


def as_table(proposal: Proposal) -> pd.DataFrame:
    """The columns of the map beside those of the file. Columns: column, expected, in_the_file, certainty_pct, because."""
    rows = [
        (match.expected.name, match.expected.header, match.found, round(100 * match.certainty), match.because)
        for match in proposal.matches
    ]
    return pd.DataFrame(rows, columns=["column", "expected", "in_the_file", "certainty_pct", "because"])


def lines(proposal: Proposal, everything: bool = False) -> list[str]:
    """What there is to say of a proposal, for a terminal: what is certain in one line, the rest one by one."""
    certain = len(proposal.matches) - len(proposal.undecided)
    said = [f"{proposal.file} is nearest to {proposal.source} of {proposal.year.label} ({proposal.title})."]
    said.append(f"{certain} of {len(proposal.matches)} columns are certain.")
    named = years_named(proposal.file)
    if named and proposal.year not in named:
        says = enumerated(sorted(map(str, named)))
        said.append(f"Its name says {says}: see which is right, before a number of it is used.")
    table = as_table(proposal)
    shown = table if everything else table[~table["because"].isin(CERTAIN)]
    if len(shown):
        said += ["To decide:" if not everything else "All columns:", *map(_line, shown.to_dict("records"))]
    if proposal.left:
        said += [f"In the file, and nothing we know: {', '.join(proposal.left)}."]
    return said


def _line(row: Mapping[str, object]) -> str:
    found = row["in_the_file"] or "-"
    return f"  {row['column']}: expected {row['expected']}, in the file {found} ({row['certainty_pct']}%, {row['because']})"
