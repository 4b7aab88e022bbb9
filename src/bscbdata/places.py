"""Where things are on disk, and the areas a report speaks of."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path

from bscbdata.authorities import find_authority
from bscbdata.lists import Row, place, read_list, read_settings, read_yaml, refuse_unknown
from bscbdata.period import ReportYear

NEIGHBOURS = "Statistical neighbours"
ALL_NEIGHBOURS = "neighbours_of_authorities.csv"  # in data/raw/official: the neighbours of every authority
SIMULATED = "simulated"  # in data/raw: in place of official figures, written by `bscb simulate --national`
ALONE = "official figures alone"
# what year.toml may say, by heading; under [gaps] stand the names of tables, under [corrected] those of final editions
SETTINGS = {
    "year": ("label", "published", "status"),
    "board": ("name", "short_name", "chair"),
    "area": ("name", "code", "districts", "region", "called"),
    "statistical_neighbours": ("names",),
    "carried_over": ("confirmed",),
    "gaps": (),
    "corrected": (),
}
PARTNERSHIPS_SINCE = 2019  # by September 2019 safeguarding partners took the place of every board


@dataclass(frozen=True)
class Edition:
    """What `data/raw/<year>/year.toml` says of one year's report; of an edition made from official figures alone, what
    follows from its area and year."""

    year: ReportYear
    area: str
    districts: tuple[str, ...]
    neighbours: tuple[str, ...]
    board: str
    chair: str
    published: str
    status: str
    confirmed: tuple[str, ...] = ()  # sections of text that may stay as they were the year before
    # table -> why the year goes without
    known_gaps: Mapping[str, str] = field(default_factory=dict, hash=False)
    # final edition -> why numbers of this one may tell of the few children that were corrected since
    corrected: Mapping[str, str] = field(default_factory=dict, hash=False)
    region: str = ""
    called: str = "county"  # what headings call the area: our county, our city
    illustrative: bool = False  # its own figures are simulated: no official ones are here

    def _repr_pretty_(self, printer, cycle: bool) -> None:
        """As a notebook shows it, a line for each thing that is said; `repr` stays exact, since what is kept rests on it."""
        told = {one.name: getattr(self, one.name) for one in fields(self)}
        lists = {name: ", ".join(value) for name, value in told.items() if isinstance(value, tuple)}
        said = [f"  {name}: {value}" for name, value in {**told, **lists}.items() if value]
        printer.text("\n".join([f"Edition of {self.area}, {self.year}", *said]))

    @property
    def official_alone(self) -> bool:
        """Whether no agency has sent anything: another area than the project's own, or a year without returns."""
        return self.status == ALONE

    @property
    def of_partnership(self) -> bool:
        """Whether safeguarding partners publish it, as everywhere from 2019-20 on, and no longer a board."""
        by_law = self.official_alone and self.year.first >= PARTNERSHIPS_SINCE
        return by_law or "partnership" in self.board.casefold()

    def worded(self, text: str) -> str:
        """Words of this package as this edition says them: a board is a partnership, the county what the area is called,
        and simulated figures are called so."""
        if self.illustrative:
            text = text.replace(ALONE, "simulated figures alone").replace("Official figures of", "Figures of")
        if self.called != "county":
            text = re.sub(r"\b([Tt]he) county\b(?! council)", rf"\1 {self.called}", text)
        if not self.of_partnership:
            return text
        return re.sub(
            r"(?<!Adults )(?<!Wellbeing )\b([Bb])oard\b",
            lambda m: "Partnership" if m[1] == "B" else "partnership",
            text,
        )

    @property
    def raw_folders(self) -> tuple[str, ...]:
        """The folders of data/raw that the edition is made from."""
        if self.illustrative:
            return ("official", SIMULATED)
        return ("official",) if self.official_alone else ("official", self.year.label)

    @property
    def comparison_areas(self) -> tuple[str, ...]:
        """The areas of a comparison chart, in the order of its lines."""
        neighbours = (NEIGHBOURS,) if self.neighbours else ()
        return (self.area, *neighbours, self.region, "England")


@dataclass(frozen=True)
class Project:
    """The folders of a project. `Project.find()` looks upward from here, or takes BSCB_PROJECT.

    `area` is another area than the home of the year's own file, `audience` other readers than the Board: what is made
    for them stands in folders of its own.
    """

    root: Path
    area: str = ""
    audience: str = ""

    @classmethod
    def find(cls, start: Path | None = None) -> "Project":
        if named := os.environ.get("BSCB_PROJECT"):
            return cls(Path(named))
        here = (start or Path.cwd()).resolve()
        for folder in (here, *here.parents):
            if (folder / "_quarto.yml").exists() and (folder / "data" / "raw").is_dir():
                return cls(folder)
        raise FileNotFoundError(
            f"No project at or above {here}: run this inside the folder that holds _quarto.yml and data/raw."
        )

    @property
    def raw(self) -> Path:
        return self.root / "data" / "raw"

    @property
    def notebooks(self) -> Path:
        return self.root / "notebooks" / _folder(self.audience)

    @property
    def book_file(self) -> Path:
        """The list of chapters: that of the Board's report stands atop the project, others beside their notebooks."""
        return (self.notebooks if self.audience else self.root) / "_quarto.yml"

    @property
    def audiences(self) -> list[str]:
        """The other readers that have a book of their own."""
        return [
            path.parent.name.replace("_", "-")
            for path in sorted((self.root / "notebooks").glob("*/_quarto.yml"))
        ]

    def for_readers(self, audience: str = "") -> "Project":
        """The same project and area for other readers; the Board when none are named."""
        return replace(self, audience=audience)

    def others(self, year: ReportYear) -> list["Project"]:
        """The same year and area for the other readers that have a commentary: editions that can be laid side by side."""
        every = [self.for_readers(audience) for audience in ("", *self.audiences) if self.is_home(year)]
        return [
            other for other in every if other.audience != self.audience and other.commentary(year).is_dir()
        ]

    def built_beside(self, year: ReportYear) -> dict[str, str]:
        """The editions for other readers that have been built: audience -> address as seen from this one's pages."""
        here = self.build(year) / "report"
        first = {other.audience: other.build(year) / "report" / "index.html" for other in self.others(year)}
        return {
            audience: Path(os.path.relpath(page, here)).as_posix()
            for audience, page in first.items()
            if page.is_file()
        }

    def commentary(self, year: ReportYear) -> Path:
        """The folder of what authors wrote for a year and an audience."""
        return self.raw / year.label / "commentary" / _folder(self.audience)

    def text_name(self, file: str) -> str:
        """A file of what authors wrote by its place in the year's folder `commentary`: other readers have one of their own."""
        return f"{_folder(self.audience)}/{file}" if self.audience else file

    def chapters(self) -> list[Path]:
        """The notebooks of the book, in the order of `_quarto.yml`. Others, such as explore.ipynb, are no chapters."""
        book = read_yaml(self.book_file.read_text(encoding="utf8"))["book"]
        named = _files([*book.get("chapters", []), *book.get("appendices", [])])
        return [self.notebooks / name for name in named if name.endswith(".ipynb")]

    def processed(self, year: ReportYear) -> Path:
        """The tidy tables of a year; every audience reads the same. No folder lies in another: each is put in place whole."""
        return self.root / "data" / "processed" / self._of_area(year) / year.label

    def build(self, year: ReportYear) -> Path:
        """What is made for a year, the area and the audience."""
        return self.root / "build" / year.label / self._of_area(year) / self.audience

    def edition(self, year: ReportYear) -> Edition:
        """What the year's own file says; for another area, or a year without that file, an edition from official figures
        alone. ValueError names areas that come close; FileNotFoundError says that no year has a file.
        """
        home = self._home(year)
        return self._alone(home, self.area, year) if self._of_area(year) else home

    def is_home(self, year: ReportYear) -> bool:
        """Whether the area is the one of the year's own file."""
        return not self._of_area(year)

    def _of_area(self, year: ReportYear) -> str:
        """The folder of an area that is not the home of the year's own file."""
        if not self.area or self.area == self._home(year).area:
            return ""
        return f"areas/{slug(self.area)}"

    def _home(self, year: ReportYear) -> Edition:
        path = self.raw / year.label / "year.toml"
        if path.exists():
            return _read_edition(path, year)
        if not self.years() or year.label not in self.official_years():
            raise FileNotFoundError(
                f"There is no {path.relative_to(self.root)}. Years here: {', '.join(self.years()) or 'none'}; "
                f"years of official figures: {', '.join(self.official_years()) or 'none'}."
            )
        earlier = [label for label in self.years() if label <= year.label]
        nearest = ReportYear.parse(earlier[-1] if earlier else self.years()[0])
        home = _read_edition(self.raw / nearest.label / "year.toml", nearest)
        return self._alone(home, home.area, year)

    def _alone(self, home: Edition, name: str, year: ReportYear) -> Edition:
        """The edition of an area and year of which official figures are all that there is."""
        found = find_authority(name)
        own = found.area == home.area
        neighbours = home.neighbours if own else neighbours_of(self.raw, found.area)
        simulated = found.area in simulated_areas(self.raw)
        return Edition(
            year=year,
            area=found.area,
            districts=(),
            neighbours=neighbours,
            board=f"{'Illustrative: safeguarding' if simulated else 'Safeguarding'} children in {found.in_words}",
            chair="",
            published="",
            status=ALONE,
            region=found.region,
            called=found.called,
            illustrative=simulated,
        )

    def years(self) -> list[str]:
        return sorted(path.parent.name for path in self.raw.glob("*/year.toml"))

    def official_years(self) -> list[str]:
        """The years of which the official figures of children in need are here: the least that an edition needs."""
        return list(_official_years(self.raw / "official" / "children_in_need.csv"))


def simulated_areas(raw: Path) -> frozenset[str]:
    """The authorities whose figures are simulated here; see `bscb simulate --national`."""
    path = raw / SIMULATED / "areas.csv"
    return _areas_in(path, path.stat().st_mtime_ns) if path.exists() else frozenset()


@cache
def _areas_in(path: Path, written: int) -> frozenset[str]:
    return frozenset(row["area"] for row in read_list(path))


@cache
def _official_years(path: Path) -> tuple[str, ...]:
    if not path.exists():
        return ()
    ends = {row["period"][-4:] for row in read_list(path)}
    return tuple(sorted(ReportYear(int(year) - 1).label for year in ends if year.isdigit()))


def _folder(audience: str) -> str:
    return audience.replace("-", "_")


def slug(name: str) -> str:
    """`Milton Keynes` as `milton-keynes`, for the name of a folder or an anchor."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _files(entries: list) -> list[str]:
    """The files of a book's list of chapters, those of its parts among them."""
    names: list[str] = []
    for entry in entries:
        if isinstance(entry, str):
            names.append(entry)
        elif "chapters" in entry:
            names += _files(entry["chapters"])
        else:
            names.append(entry["file"])
    return names


def neighbours_of(raw: Path, area: str) -> tuple[str, ...]:
    """The statistical neighbours of an authority, most alike first; none where the list has none for it."""
    path = raw / "official" / ALL_NEIGHBOURS
    if not path.exists():
        return ()
    rows = [row for row in read_list(path) if row["authority"] == area]
    return tuple(row["area"] for row in sorted(rows, key=lambda row: int(row["rank"])))


def _own_neighbours(content: Mapping, raw: Path) -> tuple[str, ...]:
    """The neighbours that year.toml names, or those of the list of all authorities."""
    named = content.get("statistical_neighbours", {}).get("names")
    return tuple(named) if named else neighbours_of(raw, content["area"]["name"])


def _settings(path: Path) -> dict[str, Row]:
    """The headings of a year.toml with what stands under each. ValueError for what nothing reads, and what is no heading."""
    content = read_settings(path)
    refuse_unknown(path, content, SETTINGS)
    for heading, names in SETTINGS.items():
        refuse_unknown(path, content.get(heading, {}) if names else (), names, heading)
    return Row(
        {name: Row(content.get(name, {}), f"{place(path)}, [{name}]") for name in SETTINGS}, place(path)
    )


@cache
def _read_edition(path: Path, year: ReportYear) -> Edition:
    content = _settings(path)
    if content["year"]["label"] != year.label:
        raise ValueError(
            f"{place(path)}: [year] label is '{content['year']['label']}' but its folder is '{year.label}'."
        )
    try:
        authority = find_authority(content["area"]["name"])
    except ValueError as error:
        raise ValueError(f"{place(path)}, name under [area]: {error}") from None
    return Edition(
        year=year,
        area=content["area"]["name"],
        districts=tuple(content["area"].get("districts", ())),
        neighbours=_own_neighbours(content, path.parents[1]),
        board=content["board"]["name"],
        chair=content["board"].get("chair", ""),
        published=str(content["year"].get("published", "")),
        status=content["year"].get("status", "draft"),
        known_gaps=dict(content["gaps"]),
        corrected=dict(content["corrected"]),
        confirmed=tuple(content.get("carried_over", {}).get("confirmed", ())),
        region=content["area"].get("region") or authority.region,
        called=content["area"].get("called") or authority.called,
    )
