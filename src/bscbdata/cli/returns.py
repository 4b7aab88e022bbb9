"""`bscb clean`, `new-year`, `check`, `templates`, `simulate` and `sources add`: what comes in, before any page is made."""

from pathlib import Path
from typing import Annotated

import typer

from bscbdata.cli.options import AllowRejects, Area, Year, project_of, year_of
from bscbdata.cli.said import say, say_findings, say_path
from bscbdata.period import ReportYear


def clean(year: Year, area: Area = "", allow_rejects: AllowRejects = False) -> None:
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


def new_year(year: Annotated[str, typer.Argument(help="The year to begin, as in 2016-17.")]) -> None:
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
    typer.echo(f"Next: send out the templates in {folder}/templates; as returns come, bscb check {parsed}.")


def check(
    label: Annotated[str, typer.Argument(metavar="YEAR", help="The report year, as in 2015-16.")] = "",
    year: Annotated[str, typer.Option("--year", help="The same, as an option.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Show the checks that passed too.")] = False,
    send: Annotated[
        bool,
        typer.Option("--send", help="Also write a workbook for each agency, with its rows as it sent them."),
    ] = False,
) -> None:
    """Say what is wrong with the returns, and what is missing.

    Here, as a page and as Excel. The tables are left as they are.
    """
    from rich.console import Console

    from bscbdata.build.clean import added_up, examine
    from bscbdata.checking import checklist, overview, page, terminal, workbook

    project, parsed = project_of(), year_of(label or year)
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
    raise typer.Exit(bool(found.count("failure")))


def templates(
    year: Year,
    into: Annotated[
        Path | None, typer.Option(help="Folder for them; build/<year>/templates when left out.")
    ] = None,
) -> None:
    """Write the returns of a year, to be filled in by the agencies.

    A workbook and a CSV file for each, agency by agency.
    """
    from bscbdata.checking.templates import write_templates

    project, parsed = project_of(), year_of(year)
    for path in write_templates(into or project.build(parsed) / "templates", parsed):
        typer.echo(path.name)


def simulate(
    year: Annotated[str, typer.Option(help="The report year of the returns, as in 2015-16.")] = "",
    national: Annotated[
        bool,
        typer.Option(
            "--national", help="In place of returns: figures of every authority that has none here."
        ),
    ] = False,
    into: Annotated[
        Path | None, typer.Option(help="Folder for the returns; data/raw/<year> when left out.")
    ] = None,
    size: Annotated[float, typer.Option(help="1 for a county; more for load tests.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 2016,
) -> None:
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
        typer.echo(path.name)
    if (kept := targets_file(parsed).stem) != parsed.label:
        typer.echo(
            f"They keep to the totals of {kept}: those of {parsed} are not known here, and need not be like them."
        )
    homes = {project.edition(ReportYear.parse(label)).area for label in project.years()}
    if homes and AREA not in homes:
        typer.echo(
            f"They keep to what {AREA} printed, and have its districts: to try the pages with, no more."
        )


def _simulate_national(seed: int) -> None:
    from bscbdata.places import SIMULATED, simulated_areas
    from bscbdata.simulate.national import simulate_national

    raw = project_of().raw
    simulate_national(raw, seed)
    count = len(simulated_areas(raw))
    typer.echo(
        f"Figures of {count} authorities simulated in data/raw/{SIMULATED}; every edition of them says so."
    )


def add(
    file: Annotated[Path, typer.Argument(help="The unknown file: CSV or a workbook.")],
    year: Annotated[
        str, typer.Option("--year", help="Its report year; a return needs it, as in 2016-17.")
    ] = "",
    source: Annotated[str, typer.Option(help="The source it is of; the nearest when left out.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Show the certain columns too.")] = False,
    only_show: Annotated[bool, typer.Option("--only-show", help="Leave the map as it is.")] = False,
) -> None:
    """Lay an unknown file beside the nearest source we know.

    What its columns are, or may be, is written into the map.
    """
    from bscbdata import adding

    if told := [] if source else adding.without_a_map(file, year):
        return typer.echo("\n".join(told))
    proposal = adding.propose(file, year, source)
    for line in adding.lines(proposal, everything):
        say(line)
    place = "/".join(proposal.map_file.parts[-3:])
    if only_show:
        return typer.echo(f"Nothing is written. The map: {place}")
    left = adding.write(proposal)
    typer.echo(f"Written under {proposal.year.label} in {place}.")
    if left:
        say(
            f"{left} cells begin with ?: a run stops until each is the header as it is, or - where there is none."
        )
    return None
