"""Where things are on disk, and the areas a report speaks of."""

import os
import tomllib
from dataclasses import dataclass
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

    @property
    def comparison_areas(self) -> tuple[str, ...]:
        """The areas of a comparison chart, in the order of its lines."""
        return (self.area, NEIGHBOURS, REGION, "England")


@dataclass(frozen=True)
class Project:
    """The folders of a project. `Project.find()` looks upward from here, or takes BSCB_PROJECT."""

    root: Path

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
        return self.root / "notebooks"

    def processed(self, year: ReportYear) -> Path:
        return self.root / "data" / "processed" / year.label

    def build(self, year: ReportYear) -> Path:
        return self.root / "build" / year.label

    def edition(self, year: ReportYear) -> Edition:
        """What the year's own file says; FileNotFoundError names the years that exist."""
        path = self.raw / year.label / "year.toml"
        if not path.exists():
            raise FileNotFoundError(
                f"There is no {path.relative_to(self.root)}. Years here: {', '.join(self.years()) or 'none'}."
            )
        return _read_edition(path, year)

    def years(self) -> list[str]:
        return sorted(path.parent.name for path in self.raw.glob("*/year.toml"))


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
    )
