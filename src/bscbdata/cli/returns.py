"""`bscb clean`, `new-year`, `check`, `templates`, `simulate` and `sources add`: what comes in, before any page is made."""

import sys
from pathlib import Path

import click

from bscbdata.cli.options import (
    PATH,
    allowing_rejects,
    argument,
    flag,
    for_area,
    for_year,
    option,
    project_of,
    year_of,
)
from bscbdata.cli.said import say, say_findings, say_path
from bscbdata.period import ReportYear


@click.command()
@for_year
@for_area
@allowing_rejects
def clean(year: str, area: str, allow_rejects: bool) -> None:
    """Read and check a year's returns and write its tidy tables."""
    from bscbdata.build.clean import clean as run

    cleaned = run(project_of(area), year_of(year), allow_rejects)
    say_findings([finding for finding in cleaned.findings if finding.result != "pass"])
    made = (
        f"{len(cleaned.tables)} tables written"
        if cleaned.tables
        else "Nothing has changed since the tables were written"
    )
    say(f"{made}; {sum(f.result == 'pass' for f in cleaned.findings)} checks passed.")


@click.command()
@click.argument("year", help="The year to begin, as in 2016-17.")
def new_year(year: str) -> None:
    """Begin a year from the one before.

    Makes its file, templates, text and commitments, and a checklist of what is missing.
    """
    from bscbdata.build.clean import examine
    from bscbdata.checking import checklist, overview
    from bscbdata.new_year import new_columns
    from bscbdata.new_year import new_year as begin

    project, parsed = project_of(), year_of(year)
    made = begin(project, parsed)
    maps = new_columns(project, parsed)
    folder = (project.raw / parsed.label).relative_to(project.root).as_posix()
    say(f"{len(made)} files made in {folder}." if made else f"{folder} has all that a new year begins with.")
    if maps:
        say(
            f"{len(maps)} maps have a column {parsed}: the headers of last year, to be changed where one is renamed."
        )
    run = examine(project, parsed)
    found = checklist.gather(project, parsed, overview(run, project, parsed), run.tables)
    for path in checklist.write(found, project.build(parsed) / "check"):
        say_path(project, path)
    say(checklist.line(found))
    click.echo(f"Next: send out the templates in {folder}/templates; as returns come, bscb check {parsed}.")


@click.command()
@argument("year", help="The report year, as in 2015-16.")
@option("--year", "as_option", help="The same, as an option.")
@flag("--all", "everything", help="Show the checks that passed too.")
@flag("--send", help="Also write a workbook for each agency, with its rows as it sent them.")
def check(year: str, as_option: str, everything: bool, send: bool) -> None:
    """Say what is wrong with the returns, and what is missing.

    Here, as a page and as Excel. The tables are left as they are.
    """
    from rich.console import Console

    from bscbdata.build.clean import added_up, examine
    from bscbdata.checking import checklist, overview, page, terminal, workbook

    project, parsed = project_of(), year_of(year or as_option)
    if project.edition(parsed).official_alone:
        said = f"There is no data/raw/{parsed}/year.toml, so there is no return to check."
        raise FileNotFoundError(f"{said} Begin the year with `bscb new-year {parsed}`.")
    run = examine(project, parsed)
    run.findings += added_up(run, project, parsed)
    found = overview(run, project, parsed)
    terminal.show(found, Console(), everything)
    folder = project.build(parsed) / "check"
    written = [
        page.write_page(found, folder / "index.html"),
        workbook.write_check(found, folder / "check.xlsx"),
    ]
    written += workbook.write_for_agencies(found, folder / "for_agencies") if send else []
    todo = checklist.gather(project, parsed, found, run.tables)
    written += checklist.write(todo, folder)
    say(checklist.line(todo))
    for path in written:
        say_path(project, path)
    sys.exit(bool(found.count("failure")))


@click.command()
@for_year
@click.option("--into", type=PATH, help="Folder for them; build/<year>/templates when left out.")
def templates(year: str, into: Path | None) -> None:
    """Write the returns of a year, to be filled in by the agencies.

    A workbook and a CSV file for each, agency by agency.
    """
    from bscbdata.checking.templates import write_templates

    project, parsed = project_of(), year_of(year)
    for path in write_templates(into or project.build(parsed) / "templates", parsed):
        click.echo(path.name)


@click.command()
@option("--year", help="The report year of the returns, as in 2015-16.")
@flag("--national", help="In place of returns: figures of every authority that has none here.")
@click.option("--into", type=PATH, help="Folder for the returns; data/raw/<year> when left out.")
@option("--size", default=1.0, help="1 for a county; more for load tests.")
@option("--seed", default=2016, help="The same seed gives the same bytes.")
def simulate(year: str, national: bool, into: Path | None, size: float, seed: int) -> None:
    """Write simulated returns that agree with published totals.

    Each is marked illustrative.
    """
    from bscbdata.simulate import AREA
    from bscbdata.simulate import simulate as run
    from bscbdata.simulate.plan import targets_file

    if national:
        _simulate_national(seed)
        return
    if not year:
        raise ValueError("Say which year: --year 2015-16; or --national for figures of every authority.")
    project, parsed = project_of(), year_of(year)
    for path in run(parsed.label, into or project.raw / parsed.label, size=size, seed=seed):
        click.echo(path.name)
    if (kept := targets_file(parsed).stem) != parsed.label:
        click.echo(
            f"They keep to the totals of {kept}: those of {parsed} are not known here, and need not be like them."
        )
    homes = {project.edition(ReportYear.parse(label)).area for label in project.years()}
    if homes and AREA not in homes:
        click.echo(
            f"They keep to what {AREA} printed, and have its districts: to try the pages with, no more."
        )


def _simulate_national(seed: int) -> None:
    from bscbdata.places import SIMULATED, simulated_areas
    from bscbdata.simulate.national import simulate_national

    raw = project_of().raw
    simulate_national(raw, seed)
    count = len(simulated_areas(raw))
    click.echo(
        f"Figures of {count} authorities simulated in data/raw/{SIMULATED}; every edition of them says so."
    )


@click.command()
@click.argument("file", type=PATH, help="The unknown file: CSV or a workbook.")
@option("--year", help="Its report year; a return needs it, as in 2016-17.")
@option("--source", help="The source it is of; the nearest when left out.")
@flag("--all", "everything", help="Show the certain columns too.")
@flag("--only-show", help="Leave the map as it is.")
def add(file: Path, year: str, source: str, everything: bool, only_show: bool) -> None:
    """Lay an unknown file beside the nearest source we know.

    What its columns are, or may be, is written into the map.
    """
    from bscbdata import adding

    if told := [] if source else adding.without_a_map(file, year):
        return click.echo("\n".join(told))
    proposal = adding.propose(file, year, source)
    for line in adding.lines(proposal, everything):
        say(line)
    place = "/".join(proposal.map_file.parts[-3:])
    if only_show:
        return click.echo(f"Nothing is written. The map: {place}")
    left = adding.write(proposal)
    click.echo(f"Written under {proposal.year.label} in {place}.")
    if left:
        say(
            f"{left} cells begin with ?: a run stops until each is the header as it is, or - where there is none."
        )
    return None
