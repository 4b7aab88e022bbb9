"""`bscb build`, `watch` and `verify`: the report made, shown at every save, and made again to compare."""

import sys
from functools import partial
from importlib import import_module
from pathlib import Path

import click

from bscbdata.cli.options import (
    PATH,
    Renderer,
    allowing_rejects,
    flag,
    for_area,
    for_year,
    option,
    project_of,
    year_of,
)
from bscbdata.cli.said import say, say_findings, say_path


@click.command()
@option("--year", help="The report year, as in 2015-16.")
@for_area
@option("--areas", help="Many areas: all, a region, neighbours, or names with commas; see --years.")
@option("--years", help="Many years, as in 2012-13..2015-16 or 2012-13,2014-15.")
@option(
    "--workers",
    type=click.IntRange(0),
    default=0,
    help="Of many reports: how many processes; 0 is one for each core.",
)
@option("--scheduler", help="Of many reports: the address of a Dask cluster, as in tcp://host:8786.")
@option(
    "--forms",
    help="Made beside the pages: pdf,word,workbook,data, or pages for none. Of one report all; of many workbook,data, and all where there are returns.",
)
@option(
    "--renderer",
    type=click.Choice(Renderer),
    default=Renderer.auto,
    help="Quarto where it is installed, or the embedded stitcher.",
)
@flag("--final", help="Stop on any claim that the data does not support.")
@allowing_rejects
@option(
    "--chapter", help="One chapter alone, for its author, as in 02_journey; the whole report stays as it is."
)
@option("--audience", help="Other readers than the Board: young-people makes their short edition.")
@flag("--why", help="Say what would run and which input changed; run nothing.")
def build(
    year: str,
    area: str,
    areas: str,
    years: str,
    workers: int,
    scheduler: str,
    forms: str,
    renderer: Renderer,
    final: bool,
    allow_rejects: bool,
    chapter: str,
    audience: str,
    why: bool,
) -> None:
    """Clean the returns, execute what changed, write the report."""
    from bscbdata.publish.forms import ALL, parse_forms

    options = {"renderer": renderer.value, "draft": not final, "allow_rejects": allow_rejects}
    made = parse_forms(forms)
    if areas or years:
        options |= {"forms": made} if forms else {}
        return _build_many(areas or area, years or year, options, workers, scheduler)
    options |= {"forms": made} if made != ALL else {}
    if not year:
        raise ValueError("Say which year: --year 2015-16, or --years 2012-13..2015-16 for several.")
    project, parsed = _for(project_of(area), audience, renderer), year_of(year)
    if chapter:
        return _build_chapter(project, parsed, chapter, allow_rejects, renderer, final)
    return (_say_why if why else _build_whole)(project, parsed, options)


def _for(project, audience: str, renderer: Renderer):
    """The project for other readers. ValueError when there is no edition for them."""
    from dataclasses import replace

    if audience and audience not in project.audiences:
        there = ", ".join(project.audiences) or "none"
        raise ValueError(f"There is no edition for '{audience}'. There are: {there}.")
    if audience and renderer is Renderer.quarto:
        raise ValueError(
            "The edition for other readers has pages of its own design: leave out --renderer quarto."
        )
    return replace(project, audience=audience)


def _build_many(areas: str, years: str, options: dict[str, object], workers: int, scheduler: str) -> None:
    """Make many reports, their index and comparison, and of one area over several years the long run."""
    from bscbdata.many import asked, run_many
    from bscbdata.progress import Progress

    project = project_of()
    wanted = asked(project, areas, years)
    with Progress() as progress:
        made = run_many(project, wanted, options, workers, scheduler, progress.tell)
    pages = _pages_over(project, made)
    failed = [one for one in made if one.failed]
    for one in failed:
        click.echo(f"Not made: {one.asked}. {one.problem}", err=True)
    again = sum(one.again for one in made)
    say(
        f"{len(made) - len(failed)} of {len(made)} reports stand, {again} of them unchanged; {len(failed)} failed."
    )
    for page in pages[:5]:
        say_path(project, page)
    sys.exit(bool(failed))


def _pages_over(project, made: list) -> list[Path]:
    """What stands over many reports: the comparison of areas, and the long run of each area with several years."""
    from bscbdata.many.compare import write_comparison
    from bscbdata.many.long_run import write_long_run

    pages = [write_comparison(project, made)] if len({one.asked.area for one in made}) > 1 else []
    for own in {one.asked.area: one.asked.of(project) for one in made}.values():
        several = [one.asked.year for one in made if one.asked.area == own.area]
        pages += [write_long_run(own, several)] if len(several) > 1 else []
    return pages


def _build_whole(project, year, options: dict[str, object]) -> None:
    from bscbdata.build import unchanged

    made_from = unchanged.inputs(project, year, options)
    told = unchanged.told_before(project, year, made_from)
    if told is not None:
        say_findings(told, project.edition(year))
        click.echo("Nothing has changed since the report was made.")
        return _say_report(project, year)

    from bscbdata.build.kernels import provisioner

    # the copy goes on with imports of its own
    provisioner.copied_after(lambda: import_module("bscbdata.build.run"))
    from bscbdata.build.run import build as run
    from bscbdata.progress import Progress

    with Progress() as progress:
        show = partial(_say_ahead, project, progress)
        built = run(project, year, **options, tell=progress.tell, show=show, made_from=made_from)
    say_findings(built.findings, project.edition(year))
    say(f"\n{len(built.executed)} chapters executed, {len(built.reused)} unchanged.")
    return _say_report(project, year)


def _say_ahead(project, progress, page: Path) -> None:
    where = page.relative_to(project.root).as_posix()
    progress.say(f"To look at meanwhile, not for publication: {where}")


def _say_why(project, year, options: dict[str, object]) -> None:
    from bscbdata.build.why import tasks

    for task in tasks(project, year, options):
        click.echo(str(task))


def _build_chapter(project, year, chapter: str, allow_rejects: bool, renderer: Renderer, final: bool) -> None:
    from bscbdata.build.one_chapter import build_chapter
    from bscbdata.progress import Progress

    if final or renderer is Renderer.quarto:
        raise ValueError(
            "One chapter alone is a draft made by the embedded renderer: leave out --final and --renderer quarto."
        )
    with Progress() as progress:
        built = build_chapter(project, year, chapter, allow_rejects, progress.tell)
    say_findings(built.findings, project.edition(year))
    page = built.report / f"{built.report.name}.html"
    say_path(project, page, "The chapter alone, not for publication: ")


def _say_report(project, year) -> None:
    say_path(project, project.build(year) / "report" / "index.html", "The report: ")


@click.command()
@for_year
@option("--port", default=8000, help="Where the pages are served on this machine; 0 is any.")
def watch(year: str, port: int) -> None:
    """Show the report in a browser, anew at every save.

    What is saved may be a notebook, a text or a return.
    """
    from bscbdata.build.watch import watch as run

    try:
        run(project_of(), year_of(year), port, click.echo)
    except KeyboardInterrupt:
        click.echo("Ended.")


@click.command()
@click.argument("report", type=PATH, help="The folder of a report: build/2015-16/report.")
def verify(report: Path) -> None:
    """Build a report again and compare every byte.

    It is made from its recorded inputs. The exit code is 1 when it is not the same.
    """
    from bscbdata.build.verify import verify as run

    found = run(project_of(), report)
    for line in found.not_as_recorded:
        click.echo(f"not as recorded  {line}")
    for line in found.differ:
        click.echo(f"differs  {line}")
    say(f"{found.same} files are the same, {len(found.differ)} are not.")
    sys.exit(not found.holds)
