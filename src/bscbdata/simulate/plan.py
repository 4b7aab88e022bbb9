"""What a simulation has to keep, and what it may choose: published targets, and shapes that nobody published."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from zlib import crc32

import numpy as np

from bscbdata.lists import read_list
from bscbdata.period import ReportYear, month_label

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Target:
    """One number to keep: its printed value and decimals, the rule it is held to."""

    id: str
    value: float
    unit: str
    decimals: int
    rule: str
    meaning: str
    source: str

    def holds(self, found: float) -> bool:
        """Whether a number found in the returns keeps this target."""
        if self.rule == "at least":
            return found >= self.value
        return abs(found - self.value) <= 0.5 * 10**-self.decimals * (self.rule != "equals")


@dataclass(frozen=True)
class Plan:
    """One simulation: the year, its targets, the size (1 = the county as it is) and the seed."""

    year: ReportYear
    targets: dict[str, Target] = field(hash=False)
    size: float
    seed: int

    def random(self, name: str) -> np.random.Generator:
        """A generator of its own for each return, so that changing one leaves the others as they are."""
        return np.random.default_rng([self.seed, crc32(name.encode())])

    def count(self, target: str, times: int = 1) -> int:
        """A target as a whole number at this size; `times` turns an average into its total."""
        return round(self.targets[target].value * times * self.size)

    def part(self, target: str, whole: int) -> int:
        """The whole number of `whole` whose share comes nearest to a target in per cent."""
        return round(self.targets[target].value / 100 * whole)

    def month_names(self) -> list[str]:
        """Names of the months in order, `April 2015` to `March 2016`."""
        return list(map(month_label, self.year.months))

    def quarters(self) -> list[str]:
        """The eight quarters of the year before and this year."""
        return [*self.year.previous.quarters, *self.year.quarters]


def load_targets(path: Path) -> dict[str, Target]:
    """The targets of a file, by id."""
    return {row["id"]: _target(row) for row in read_list(path)}


def _target(row: dict[str, str]) -> Target:
    own = {name: row[name] for name in ("id", "unit", "rule", "meaning")}
    return Target(value=float(row["value"]), decimals=int(row["decimals"]), source=row["from"], **own)


def targets_file(year: ReportYear) -> Path:
    """The file of targets for a year, or of the nearest year that has one."""
    files = sorted((HERE / "targets").glob("*.csv"))
    return min(files, key=lambda path: abs(ReportYear.parse(path.stem).first - year.first))


def monthly(shape: str) -> np.ndarray:
    """Twelve weights, April to March, from months.csv."""
    return _wide("months.csv")[shape]


def quarterly(shape: str) -> np.ndarray:
    """Eight weights, the year before and this year, from quarters.csv."""
    return _wide("quarters.csv")[shape]


def districts() -> list[str]:
    """The districts that quarters.csv has missing episodes for."""
    return [shape.partition(".")[2] for shape in _wide("quarters.csv") if shape.startswith("missing.")]


@cache
def shares(shape: str) -> dict[str, float]:
    """Values and their weights, from shares.csv. Spaces at the ends are kept: agencies send them."""
    found = {
        row["value"]: float(row["weight"]) for row in read_list(HERE / "shares.csv") if row["shape"] == shape
    }
    if not found:
        raise KeyError(f"shares.csv has no shape '{shape}'.")
    return found


@cache
def _wide(name: str) -> dict[str, np.ndarray]:
    return {
        row["shape"]: np.array([float(cell) for key, cell in row.items() if key not in ("shape", "why")])
        for row in read_list(HERE / name)
    }
