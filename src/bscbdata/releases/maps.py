"""The maps of published files: a folder for each statistic, a row for each number, a column for each year."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache, cached_property
from pathlib import Path

from bscbdata import numbers
from bscbdata.cleaning import same_spelling
from bscbdata.lists import read_list, read_settings
from bscbdata.period import ReportYear
from bscbdata.sources import UNDECIDED

HERE = Path(__file__).parent
ABSENT = "-"
OWN_COLUMNS = ("indicator", "category", "unit", "kind", "period", "meaning", "pattern")
# The years that a header may speak of.
YEARS = tuple(ReportYear(first) for first in range(2000, 2060))
PLACES = ("level", "old_code", "new_code", "area")


@dataclass(frozen=True)
class Measure:
    """One row of a map: a number of the statistic, or (kind `place`) a column that says where."""

    indicator: str
    category: str
    unit: str
    kind: str
    period: str
    meaning: str
    pattern: str
    headers: dict[str, str] = field(hash=False)

    def formed(self, year: ReportYear) -> str:
        """The header that the pattern gives for a year, or `-`."""
        return form(self.pattern, year)

    @property
    def says_the_year(self) -> bool:
        return "{" in self.pattern


@dataclass(frozen=True)
class ReleaseMap:
    """What `release.toml` and `columns.csv` say of one statistic."""

    statistic: str
    title: str
    meaning: str
    vintage: str
    measures: tuple[Measure, ...]
    years: tuple[str, ...]
    ignored: tuple[tuple[str, str], ...] = ()

    @property
    def file(self) -> str:
        return f"releases/{self.statistic}/columns.csv"

    def promised(self, year: ReportYear) -> list[tuple[Measure, str]]:
        """Every number of that year with its header: the year's own column, or the pattern where there is none."""
        if year.label in self.years:
            told = [(m, m.headers[year.label]) for m in self.measures]
            return [
                (m, header) for m, header in told if header != ABSENT and not header.startswith(UNDECIDED)
            ]
        return [(m, m.formed(year)) for m in self.measures if m.formed(year) != ABSENT]

    def undecided(self, year: ReportYear) -> dict[str, str]:
        """The numbers of that year whose header is a proposal nobody has decided, with the header proposed."""
        told = [(m, m.headers.get(year.label, "")) for m in self.measures]
        return {
            f"{m.indicator}, {m.category}": cell.removeprefix(UNDECIDED).strip()
            for m, cell in told
            if cell.startswith(UNDECIDED)
        }

    def published_before(self, measure: Measure, year: ReportYear) -> bool:
        """Whether the nearest year that has a column held this number: then a new file must hold it too."""
        earlier = [label for label in self.years if label <= year.label]
        return measure.headers[earlier[-1] if earlier else self.years[0]] != ABSENT

    @cached_property
    def years_by_key(self) -> dict[str, set[ReportYear]]:
        """Header that a pattern with a year in it forms -> the years that it speaks of."""
        spoken: dict[str, set[ReportYear]] = {}
        for year in YEARS:
            for measure in self.measures:
                if measure.says_the_year:
                    spoken.setdefault(same_spelling(measure.formed(year)), set()).add(year)
        return spoken

    def reason_to_ignore(self, header: str) -> str:
        return next((reason for shape, reason in self.ignored if fnmatchcase(header, shape)), "")


def form(pattern: str, year: ReportYear) -> str:
    """A pattern with its year filled in: `{yy}` and `{yyyy}` for the year it ends in, `{yy_previous}` and so on."""
    last, first = str(year.first + 1), str(year.first)
    return pattern.format(yyyy=last, yy=last[2:], yyyy_previous=first, yy_previous=first[2:])


def header_keys(headers: list[str | None]) -> list[str]:
    """The form in which headers are compared; a header that stands twice is `name` and `name#2`."""
    plain = [same_spelling(header or "") for header in headers]
    return [key if name else "" for name, key in zip(plain, numbers.told_apart(plain), strict=True)]


def statistics(folder: Path = HERE) -> list[str]:
    """Names of all statistics that have a map, in order."""
    return sorted(path.parent.name for path in folder.glob("*/release.toml"))


@cache
def load_map(statistic: str, folder: Path = HERE) -> ReleaseMap:
    """The map of that name; KeyError lists the names there are."""
    if not (folder / statistic / "release.toml").exists():
        raise KeyError(
            f"No published file is called '{statistic}'. There are: {', '.join(statistics(folder))}."
        )
    return parse_map(folder / statistic)


def parse_map(folder: Path) -> ReleaseMap:
    """The map that a folder's `release.toml` and `columns.csv` describe."""
    said = read_settings(folder / "release.toml")
    ignored = tuple((entry["headers"], entry["reason"]) for entry in said.pop("ignored", ()))
    rows = read_list(folder / "columns.csv")
    years = tuple(sorted({label for row in rows for label in row} - set(OWN_COLUMNS)))
    measures = tuple(_measure(row, years) for row in rows)
    return ReleaseMap(statistic=folder.name, measures=measures, years=years, ignored=ignored, **said)


def _measure(row: dict[str, str], years: tuple[str, ...]) -> Measure:
    own = {name: row[name].strip() for name in OWN_COLUMNS}
    return Measure(**own, headers={label: row[label].strip() or ABSENT for label in years})


def read_rows(name: str) -> list[dict[str, str]]:
    """Rows of one of the small lists beside the maps, such as `levels.csv`."""
    return read_list(HERE / name)


@cache
def load_markers(layout: str) -> dict[str, str]:
    """Marker -> status in that layout. The same letter means other things in other layouts, so each has its own."""
    return {
        row["marker"].casefold(): row["status"] for row in read_rows("markers.csv") if row["layout"] == layout
    }
