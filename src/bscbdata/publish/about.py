"""What writers must know of the edition beside its pages: a small file in the book, written when the book is made.

`_about.json`: year, area, status, audience, beside (editions for other readers that are there), sources (every raw file with its publisher, licence and hash), and the official
indicators of the area and those it is compared with. Quarto leaves files alone whose names begin so.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from bscbdata.indicators import definitions
from bscbdata.places import Edition, Project
from bscbdata.provenance import raw_files, read_origin
from bscbdata.publish.book import Book
from bscbdata.sources import is_return_of_children, published_name, published_title
from bscbdata.tables import read_table

FILE = "_about.json"
COLUMNS = ["indicator", "category", "area", "year", "period", "value", "status", "vintage"]


@dataclass(frozen=True)
class About:
    """The edition. `sources` have file, publisher, title, licence, provenance, sha256 (but returns of children); `indicators` those of COLUMNS."""

    year: str = ""
    area: str = ""
    status: str = ""
    audience: str = ""
    beside: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[Mapping[str, str], ...] = ()
    indicators: tuple[Mapping[str, Any], ...] = ()


def write_about(book: Path, project: Project, edition: Edition, draft: bool) -> Path:
    """Write the file into the book's folder. Only official indicators are in it: they are public already."""
    about = About(
        edition.year.label,
        edition.area,
        "draft" if draft else "final",
        project.audience,
        project.built_beside(edition.year),
        tuple(_sources(project, edition)),
        tuple(_indicators(read_table(project.processed(edition.year), "indicators"), edition)),
    )
    path = book / FILE
    path.write_text(json.dumps(vars(about), allow_nan=False), encoding="utf8", newline="\n")
    return path


def read_about(book: Book) -> About:
    """What the book's file says; of a book without one, the year in its subtitle."""
    path = book.folder / FILE
    if path.exists():
        return _read(path.read_bytes())
    year = re.search(r"\d{4}-\d{2}", book.subtitle)
    return About(year=year[0] if year else "")


@lru_cache(4)  # every page asks several times, and the indicators are long
def _read(content: bytes) -> About:
    return About(**json.loads(content))


def _sources(project: Project, edition: Edition) -> list[dict[str, str]]:
    found = []
    for folder in edition.raw_folders:
        for path in raw_files(project.raw / folder):
            said = asdict(read_origin(path))
            file = path.relative_to(project.raw).as_posix()
            told = ["publisher", "title", "licence", "provenance"]
            told += [] if is_return_of_children(file) else ["sha256"]
            said |= {"file": published_name(file), "title": published_title(file, said["title"])}
            found.append({name: said[name] for name in ("file", *told)})
    return [one for at, one in enumerate(found) if one not in found[:at]]


def _indicators(table: pd.DataFrame, edition: Edition) -> list[dict[str, Any]]:
    """Official values of the area, its districts and those it is compared with, until the report's year."""
    areas = {*edition.comparison_areas, *edition.districts, "England and Wales"}
    kept = table[
        (table["provenance"] == "official")
        & table["area"].isin(areas)
        & (table["year"] <= edition.year.label)
        & table["indicator"].isin(list(definitions()))
    ]
    plain = kept[COLUMNS].astype({"status": "str"}).astype("object")
    return plain.where(plain.notna(), None).to_dict("records")
