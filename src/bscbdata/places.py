"""Where things are on disk, and the areas a report speaks of."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from bscbdata.period import ReportYear

NEIGHBOURS = "Statistical neighbours"
REGION = "South East"


@dataclass(frozen=True)
class Edition:
    """What `data/raw/<year>/year.toml` says of one year's report."""

    year: ReportYear
    area: str
    districts: tuple[str, ...]
    neighbours: tuple[str, ...]
    board: str
    chair: str
    published: str
    status: str
    confirmed: tuple[str, ...] = ()  # sections of text that may stay as they were the year before
    known_gaps: Mapping[str, str] = field(
        default_factory=dict, hash=False
    )  # table -> why the year goes without

    @property
    def comparison_areas(self) -> tuple[str, ...]:
        """The areas of a comparison chart, in the order of its lines."""
        return (self.area, NEIGHBOURS, REGION, "England")


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

    def chapters(self) -> list[Path]:
        """The notebooks of the book, in the order of `_quarto.yml`. Others, such as explore.ipynb, are no chapters."""
        import yaml  # not needed to say `bscb --help`

        book = yaml.safe_load(self.book_file.read_text(encoding="utf8"))["book"]
        named = _files([*book.get("chapters", []), *book.get("appendices", [])])
        return [self.notebooks / name for name in named if name.endswith(".ipynb")]

    def processed(self, year: ReportYear) -> Path:
        """The tidy tables of a year; every audience reads the same."""
        return self.root / "data" / "processed" / year.label / self._of_area(year)

    def build(self, year: ReportYear) -> Path:
        """What is made for a year, the area and the audience."""
        return self.root / "build" / year.label / self._of_area(year) / self.audience

    def edition(self, year: ReportYear) -> Edition:
        """What the year's own file says, for the area asked for; FileNotFoundError names the years that exist."""
        home = self._home(year)
        if not self._of_area(year):
            return home
        return replace(home, area=self.area, districts=(), neighbours=())

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
        if not path.exists():
            raise FileNotFoundError(
                f"There is no {path.relative_to(self.root)}. Years here: {', '.join(self.years()) or 'none'}."
            )
        return _read_edition(path, year)

    def years(self) -> list[str]:
        return sorted(path.parent.name for path in self.raw.glob("*/year.toml"))


def _folder(audience: str) -> str:
    return audience.replace("-", "_")


def slug(name: str) -> str:
    """`Milton Keynes` as `milton-keynes`, for the name of a folder."""
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


@cache
def _read_edition(path: Path, year: ReportYear) -> Edition:
    content = tomllib.loads(path.read_text(encoding="utf8"))
    if content["year"]["label"] != year.label:
        raise ValueError(
            f"{path.name}: [year] label is '{content['year']['label']}' but its folder is '{year.label}'."
        )
    return Edition(
        year=year,
        area=content["area"]["name"],
        districts=tuple(content["area"].get("districts", ())),
        neighbours=tuple(content["statistical_neighbours"]["names"]),
        board=content["board"]["name"],
        chair=content["board"].get("chair", ""),
        published=str(content["year"].get("published", "")),
        status=content["year"].get("status", "draft"),
        known_gaps=content.get("gaps", {}),
        confirmed=tuple(content.get("carried_over", {}).get("confirmed", ())),
    )
