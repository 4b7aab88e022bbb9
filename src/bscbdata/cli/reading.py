"""`bscb facts` and `lab`: to read and to work with what is there."""

import os
import sys
from enum import StrEnum
from pathlib import Path

import click

import bscbdata
from bscbdata.cli.options import argument, for_area, for_year_or_latest, option, project_of

LAB_SETTINGS = Path(bscbdata.__file__).parent / "definitions" / "lab"  # what JupyterLab need not ask


class Form(StrEnum):
    """How a list is printed."""

    table = "table"
    csv = "csv"


@click.command()
@argument("fact_id", help="One fact; all published numbers when left out.")
@for_year_or_latest
@option("--format", "form", type=click.Choice(Form), default=Form.table, help="How they are printed.")
@for_area
def facts(fact_id: str, year: str, form: Form, area: str) -> None:
    """Set every published number beside ours, or follow one back.

    Of one fact: its definition, rows, raw file and publisher.
    """
    from bscbdata.back_test import against_published
    from bscbdata.reports.report import report

    project = project_of(area)
    found = report(year or project.years()[-1], project=project)
    if fact_id:
        return click.echo(str(found.fact(fact_id).trace()))
    if "published_facts" not in found.tracer.tables:
        said = f"No numbers of a printed report of {found.edition.year} are here to set beside ours."
        raise ValueError(
            f"{said} bscb facts NAME follows one fact back; definitions/facts.csv has the names."
        )
    frame = against_published(found.tracer.tables, found.edition).drop(
        columns=["table", "withheld", "row_id"]
    )
    if form is Form.csv:
        click.echo(frame.to_csv(index=False, lineterminator="\n").rstrip("\n"))
    else:
        _show_beside(frame)
    counts = frame["result"].value_counts()
    return click.echo(", ".join(f"{count} {result}" for result, count in counts.items()), err=True)


def _show_beside(frame) -> None:
    """Every printed number beside ours (see back_test.against_published), those that differ last, each with its reason."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from bscbdata.back_test import side_by_side

    for result in ("reproduced", "explained", "unexplained"):
        rows = frame[frame["result"] == result].fillna({"category": ""})
        if rows.empty:
            continue
        table = Table(title=result.capitalize(), title_justify="left", box=SIMPLE_HEAD)
        table.add_column("What, and its fact", ratio=1, overflow="fold")
        table.add_column("Printed", justify="right")
        table.add_column("From the data", justify="right")
        for row in rows.itertuples():
            what = ": ".join(filter(None, (row.label, row.category)))
            told = "\n".join(filter(None, (what, f"  {row.fact_id}", row.reason)))
            table.add_row(Text(told), *map(Text, side_by_side(row)))
        Console().print(table)


@click.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
@click.pass_context
def lab(context: click.Context) -> None:
    """Open JupyterLab on notebooks/explore.ipynb.

    The chapters stand beside it. A notebook is saved without what running it left there. Other options go on to JupyterLab.
    It looks on the network for neither news nor updates.
    """
    import subprocess

    folder = project_of().notebooks
    first = "/tree/explore.ipynb" if (folder / "explore.ipynb").exists() else ""
    opened = [str(folder), f"--LabApp.default_url=/lab{first}", f"--LabApp.app_settings_dir={LAB_SETTINGS}"]
    settings = os.pathsep.join(filter(None, [str(LAB_SETTINGS), os.environ.get("JUPYTER_CONFIG_PATH")]))
    command = [sys.executable, "-m", "jupyterlab", *opened, *context.args]
    sys.exit(subprocess.call(command, env={**os.environ, "JUPYTER_CONFIG_PATH": settings}))
