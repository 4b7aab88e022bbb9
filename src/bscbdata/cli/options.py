"""What several commands take, and the project and year that it means."""

from enum import StrEnum
from pathlib import Path

import click

PATH = click.Path(path_type=Path)


class Renderer(StrEnum):
    """What makes the pages."""

    auto = "auto"
    quarto = "quarto"
    embedded = "embedded"


def option(*names: str, help: str, default: object = "", **more):
    """An option that may be left out; a text, where its default is no other thing."""
    return click.option(*names, help=help, default=default, show_default=default != "", **more)


def flag(*names: str, help: str):
    """An option that is given or not."""
    return click.option(*names, help=help, is_flag=True)


def argument(name: str, help: str, **more):
    """A text without a name before it, which may be left out."""
    return click.argument(name, help=help, default="", **more)


for_year = click.option("--year", required=True, help="The report year, as in 2015-16.")
for_year_or_latest = option("--year", help="The report year; the latest when left out.")
for_area = option("--area", help="Another English local authority: its edition from official figures alone.")
allowing_rejects = flag(
    "--allow-rejects", help="Go on without the rows that cannot be used; they are listed."
)


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
