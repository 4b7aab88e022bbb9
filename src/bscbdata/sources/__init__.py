"""Sources: how each return arrives, as data.

A source is a folder here, named as the tidy table it makes. `source.toml` says where the file is and how it is
laid out; `columns.csv` says which header each column has in each year and what it may hold; `codes/` has the code
lists. `reading.read_source` is the one reader for all of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bscbdata.lists import Row, near, read_list, read_settings, refuse_unknown
from bscbdata.period import ReportYear, month_label

if TYPE_CHECKING:
    import pandas as pd

HERE = Path(__file__).parent
UNDECIDED = "?"  # a header that begins so is a proposal of `bscb sources add`, to be decided before a run
# of a map; the others are years
OWN_COLUMNS = ("column", "kind", "required", "unit", "low", "high", "meaning")
PERIODS = ("month", "quarter", "date")  # what tells of which part of the year a row is
LABELS = ("text", "reference", *PERIODS, "yes_no")
KINDS = (*LABELS, "category", "count", "number", "value", "amount_gbp", "share_pct")
# the sheets of a template, where a source names none of its own
RETURN, NOTES, LISTS = ("Return", "Notes", "Lists")
WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


@dataclass(frozen=True)
class Column:
    """One column of a tidy table: its kind, limits, meaning, and its header as sent in each year."""

    name: str
    kind: str
    required: bool
    unit: str
    low: str
    high: str
    meaning: str
    headers: dict[str, str] = field(hash=False)

    def header(self, year: ReportYear) -> str:
        """The header in that year: its own, or the nearest earlier year's, or the first there is. `-` is not collected."""
        known = sorted(self.headers)
        earlier = [label for label in known if label <= year.label]
        return self.headers[earlier[-1] if earlier else known[0]]

    @property
    def is_label(self) -> bool:
        """Whether its cells say what a row is about, and not how many."""
        return bool(self.code_list) or self.kind in LABELS

    @property
    def is_words(self) -> bool:
        """Whether its cells are words that no list knows."""
        return self.kind in ("text", "reference")

    @property
    def code_list(self) -> str:
        return self.kind.partition(":")[2]


@dataclass(frozen=True)
class Source:
    """What `source.toml` and `columns.csv` say of one return or one official table."""

    name: str
    title: str
    meaning: str
    path: str
    columns: tuple[Column, ...]
    scope: str = "year"
    sheet: str = ""
    layout: str = "rows"
    key: tuple[str, ...] = ()
    counts_children: bool = False
    asked: bool = True  # one that is not is read where it lies there, and nobody owes it
    header_rows: int = 1
    table: int = 0
    fill_down: tuple[str, ...] = ()
    order: tuple[tuple[str, str], ...] = ()
    filled_with: tuple[tuple[str, str], ...] = ()  # of two columns the first is filled where the second is
    complete: str = ""
    unbroken: str = ""
    crosstab: dict[str, str] = field(default_factory=dict, hash=False)
    map_file: str = ""

    @property
    def official(self) -> bool:
        return self.scope == "official"

    @property
    def references(self) -> list[str]:
        """The columns that say which child, family or case a row is about: a return that has one lists them."""
        return [column.name for column in self.columns if column.kind == "reference"]

    @property
    def counted_by(self) -> str:
        """The column of months or quarters, or of days of months, that should all be there; empty where there is none."""
        return self.complete or self.unbroken

    def due(self, there: Iterable[object], year: ReportYear) -> dict[object, str]:
        """The months or quarters of a year that should be there, and their words: all of it for returns that should have
        them all (`complete`), those from the first one on for what may begin within the year (`unbroken`)."""
        every = _in_words(self._counted_in, year)
        begun = min(every) if self.complete else min(there, default=None)
        return {period: words for period, words in every.items() if begun is not None and period >= begun}

    def lacking(self, there: Iterable[object], year: ReportYear) -> list[str]:
        """The words of those that should be there and are not; of a return that has no months or quarters to count, none."""
        came = {day.replace(day=1) for day in there} if self._counted_in == "date" else set(there)
        due = self.due(came, year) if self.counted_by else {}
        return [words for period, words in due.items() if period not in came]

    def covered(self, table: "pd.DataFrame", year: ReportYear) -> dict[str, bool]:
        """The words of each month or quarter of a year, and whether the return has a row of it; empty where no column tells."""
        timed = {column.name: column.kind for column in self.columns if column.kind in PERIODS}
        name = self.counted_by or next(iter(timed), "")
        if not name:
            return {}
        quarters = timed[name] == "quarter"
        there = {cell if quarters else cell.replace(day=1) for cell in table[name].dropna()}
        return {words: period in there for period, words in _in_words(timed[name], year).items()}

    @property
    def _counted_in(self) -> str:
        """`month` or `quarter`; `date` where the days of a list tell of which months it has rows."""
        return next((column.kind for column in self.columns if column.name == self.counted_by), "")

    def file(self, raw: Path, year: ReportYear) -> Path:
        """Where the return lies: under its own name, or as a workbook where CSV is usual and the other way round."""
        usual = raw / ("official" if self.official else year.label) / self.path
        return usual if usual.exists() else next(iter(self.files(usual)), usual)

    def files(self, usual: Path) -> list[Path]:
        """The return in every form in which it lies there; one table of several in a file cannot come as CSV."""
        forms = WORKBOOKS if _shared(self.path) else (*WORKBOOKS, ".csv")
        return [path for path in (usual.with_suffix(form) for form in forms) if path.exists()]

    def expected(self, raw: Path, year: ReportYear) -> bool:
        """Whether the year has it or waits for it: what nobody is asked for is there, or is not waited for."""
        return bool(self.collected(year)) and (self.asked or self.file(raw, year).exists())

    def in_year(self, year: ReportYear) -> "Source":
        """The source as it is in a year: a sheet may be named by the year's end."""
        return replace(self, sheet=self.sheet.format(end_year=year.end.year))

    def undecided(self, year: ReportYear) -> list[Column]:
        """The columns whose header is a proposal that nobody has decided yet."""
        return [column for column in self.columns if column.header(year).startswith(UNDECIDED)]

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)

    def called(self, column: Column, year: ReportYear) -> str:
        """What the sender calls a column: its header, or our name of what stands across the head of a cross-tab."""
        return column.header(year).replace("*", column.name)

    def told_apart_by(self, year: ReportYear) -> list[Column]:
        """The columns of words in a year that tell its rows apart."""
        return [column for column in self.collected(year) if column.name in self.key and column.is_words]

    def headers(self, year: ReportYear) -> dict[str, str]:
        """The header of each column in a year, by its name; what stands across the head of a cross-tab has none (`*`)."""
        told = {column.name: column.header(year) for column in self.collected(year)}
        return {name: header for name, header in told.items() if header != "*"}

    def collected(self, year: ReportYear) -> list[Column]:
        return [column for column in self.columns if column.header(year) != "-"]


def _in_words(kind: str, year: ReportYear) -> dict[object, str]:
    """The quarters of a year, or its months by their first day, and the words for each."""
    if kind == "quarter":
        return {quarter: quarter for quarter in year.quarters}
    return {datetime.combine(month, time()): month_label(month) for month in year.months}


@cache
def _shared(path: str) -> bool:
    """Whether several tables come in the file."""
    return sum(load_source(name).path == path for name in source_names()) > 1


@cache
def source_names() -> tuple[str, ...]:
    """Names of all sources, in order."""
    return tuple(sorted(path.parent.name for path in HERE.glob("*/source.toml")))


@cache
def load_source(name: str) -> Source:
    """The source of that name; KeyError lists the names there are."""
    if not (HERE / name / "source.toml").exists():
        known = near(name, source_names()) or f" There are: {', '.join(source_names())}."
        raise KeyError(f"No source is called '{name}'.{known}")
    return parse_source(HERE / name)


@cache
def _returns_of_children(listed: bool = False) -> frozenset[str]:
    """Returns that count children, or that have a row for each; the name of each file without its ending."""
    found = [load_source(name) for name in source_names()]
    counting = [source for source in found if source.counts_children and not source.official]
    paths = (source.path for source in counting if source.references or not listed)
    return frozenset(path.rpartition(".")[0] for path in paths)


def is_return_of_children(file: str) -> bool:
    """Whether a raw file is a return that counts children or lists them. `file` is its place inside data/raw.

    Nothing is published that only who has the file could know, not even its hash: who knows all of a small file but a few
    numbers would try them until the hash is met.
    """
    name = file.partition("/")[2]
    return name.startswith("statutory/") or name.rpartition(".")[0] in _returns_of_children()


def published_name(file: str) -> str:
    """The place of a raw file as readers are told it. The files of a child-level return have names that others chose, a
    child's perhaps: of them the folder alone.

    >>> published_name("2015-16/statutory/annex_a/List 1.xlsx"), published_name("2015-16/police/activity.csv")
    ('2015-16/statutory/annex_a', '2015-16/police/activity.csv')
    """
    parts = file.split("/")
    return "/".join(parts[:3]) if parts[1:2] == ["statutory"] else file


def published_title(file: str, title: str) -> str:
    """The title of a raw file as readers are told it: that of a child-level return may repeat its name."""
    return title if published_name(file) == file else "Child-level return"


def lists_children(file: str) -> bool:
    """Whether a raw file has a row for each child, family or case: of such rows only the place and the fault are kept."""
    name = file.partition("/")[2]
    return name.startswith("statutory/") or name.rpartition(".")[0] in _returns_of_children(listed=True)


def parse_source(folder: Path) -> Source:
    """The source that a folder's `source.toml` and `columns.csv` describe."""
    content = read_settings(folder / "source.toml")
    known = {field.name for field in fields(Source)} - {"name", "map_file"}
    refuse_unknown(folder / "source.toml", content, sorted(known))
    shared = content.pop("columns", "")
    path = folder.parent / f"{shared}.csv" if shared else folder / "columns.csv"
    lists = {key: tuple(content.pop(key, ())) for key in ("key", "fill_down", "order", "filled_with")}
    map_file = path.relative_to(folder.parent).as_posix()
    return Source(name=folder.name, columns=read_columns(path), map_file=map_file, **lists, **content)


def read_columns(path: Path) -> tuple[Column, ...]:
    """The columns that a map describes, a line each."""
    return tuple(map(_column, read_list(path)))


def _column(row: Row) -> Column:
    name, kind, required, *rest = (row[key].strip() for key in OWN_COLUMNS)
    if kind.partition(":")[0] not in KINDS:
        said = f"{row.place}: the column '{name}' has the kind '{kind}'."
        raise ValueError(f"{said}{near(kind, KINDS)} There are: {', '.join(KINDS)}.")
    told = {label: header.strip() for label, header in row.items() if label not in OWN_COLUMNS}
    headers = {label: header for label, header in told.items() if header}
    return Column(name, kind, required.casefold() in ("yes", "true", "1"), *rest, headers)


@cache
def load_codes(name: str) -> tuple[dict[str, str], list[str]]:
    """A code list: spelling -> code (spellings in the form in which they are compared), and the codes in print order."""
    from bscbdata.cleaning import same_spelling

    spellings: dict[str, str] = {}
    for row in read_list(HERE / "codes" / f"{name}.csv"):
        for spelling in (row["code"], row["spelling"]):
            if spelling and spellings.setdefault(same_spelling(spelling), row["code"]) != row["code"]:
                raise ValueError(f"codes/{name}.csv: '{spelling}' is given to two codes.")
    return spellings, list(dict.fromkeys(spellings.values()))
