"""What several commands take, and the project and year that it means."""

from enum import StrEnum
from typing import Annotated

import typer

Year = Annotated[str, typer.Option("--year", help="The report year, as in 2015-16.")]
YearOrLatest = Annotated[str, typer.Option("--year", help="The report year; the latest when left out.")]
Area = Annotated[
    str,
    typer.Option("--area", help="Another English local authority: its edition from official figures alone."),
]
AllowRejects = Annotated[
    bool, typer.Option("--allow-rejects", help="Go on without the rows that cannot be used; they are listed.")
]


class Renderer(StrEnum):
    """What makes the pages."""

    auto = "auto"
    quarto = "quarto"
    embedded = "embedded"


def project_of(area: str = ""):
    from dataclasses import replace

    from bscbdata.places import Project

    found = Project.find()
    if not area:
        return found
    from bscbdata.authorities import find_authority

    return replace(found, area=find_authority(area).area)


def year_of(label: str):
    from bscbdata.period import ReportYear

    if not label:
        raise ValueError(f"Say which report year: {', '.join(project_of().years())}.")
    return ReportYear.parse(label)
