"""The `bscb` command."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Regenerate the board's annual report from its data.",
)

review = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Gather comments on a draft: sheet, import, list.",
)
app.add_typer(review, name="review")

sources = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Teach a map a publisher's new file: add."
)
app.add_typer(sources, name="sources")

LAB_SETTINGS = Path(__file__).parent / "definitions" / "lab"  # what JupyterLab need not ask

Year = Annotated[str, typer.Option("--year", help="The report year, as in 2015-16.")]
YearOrLatest = Annotated[str, typer.Option("--year", help="The report year; the latest when left out.")]
Area = Annotated[
    str,
    typer.Option("--area", help="Another English local authority: its edition from official figures alone."),
]


Areas = Annotated[
    str, typer.Option(help="Many areas: all, a region, neighbours, or names with commas; see --years.")
]
Years = Annotated[str, typer.Option(help="Many years, as in 2012-13..2015-16 or 2012-13,2014-15.")]
Workers = Annotated[
    int, typer.Option(min=0, help="Of many reports: how many processes; 0 is one for each core.")
]
Scheduler = Annotated[
    str, typer.Option(help="Of many reports: the address of a Dask cluster, as in tcp://host:8786.")
]
Forms = Annotated[
    str,
    typer.Option(
        help="Made beside the pages: pdf,word,workbook,data, or pages for none. Of one report all, of many workbook,data."
    ),
]


class Renderer(StrEnum):
    """What makes the pages."""

    auto = "auto"
    quarto = "quarto"
    embedded = "embedded"


class Form(StrEnum):
    """How a list is printed."""

    table = "table"
    csv = "csv"


@app.command()
def build(
    year: Year = "",
    area: Area = "",
    areas: Areas = "",
    years: Years = "",
    workers: Workers = 0,
    scheduler: Scheduler = "",
    forms: Forms = "",
    renderer: Annotated[
        Renderer, typer.Option(help="Quarto where it is installed, or the embedded stitcher.")
    ] = Renderer.auto,
    final: Annotated[
        bool, typer.Option("--final", help="Stop on any claim that the data does not support.")
    ] = False,
    allow_rejects: Annotated[
        bool,
        typer.Option("--allow-rejects", help="Go on without the rows that cannot be used; they are listed."),
    ] = False,
    chapter: Annotated[
        str,
        typer.Option(
            help="One chapter alone, for its author, as in 02_journey; the whole report stays as it is."
        ),
    ] = "",
    audience: Annotated[
        str, typer.Option(help="Other readers than the Board: young-people makes their short edition.")
    ] = "",
    why: Annotated[
        bool, typer.Option("--why", help="Say what would run and which input changed; run nothing.")
    ] = False,
) -> None:
    """Clean the returns, execute what changed, write the report."""
    from bscbdata.publish.forms import ALL, parse_forms

    options = {"renderer": renderer.value, "draft": not final, "allow_rejects": allow_rejects}
    made = parse_forms(forms or ("workbook,data" if areas or years else ""))
    options |= {"forms": made} if made != ALL else {}
    if areas or years:
        return _build_many(areas or area, years or year, options, workers, scheduler)
    if not year:
        raise ValueError("Say which year: --year 2015-16, or --years 2012-13..2015-16 for several.")
    project, parsed = _for(_project(area), audience, renderer), _year(year)
    if chapter:
        return _build_chapter(project, parsed, chapter, allow_rejects, renderer, final)
    return (_say_why if why else _build_whole)(project, parsed, options)


def _build_whole(project, year, options: dict[str, object]) -> None:
    from bscbdata.build import unchanged

    told = unchanged.told_before(project, year, unchanged.inputs(project, year, options))
    if told is not None:
        _say_findings(told)
        typer.echo("Nothing has changed since the report was made.")
        return typer.echo(f"The report: {_report_line(project, year)}")

    from bscbdata.build.kernels import provisioner

    provisioner.start_ahead()  # it does its imports while this process does its own
    from bscbdata.build.run import build as run
    from bscbdata.progress import Progress

    with Progress() as progress:
        built = run(project, year, **options, tell=progress.tell)
    _say_findings(built.findings)
    typer.echo(f"{len(built.executed)} chapters executed, {len(built.reused)} unchanged.")
    return typer.echo(f"The report: {_report_line(project, year)}")


def _build_many(areas: str, years: str, options: dict[str, object], workers: int, scheduler: str) -> None:
    """Make many reports, their index and comparison, and of one area over several years the long run."""
    from bscbdata.many import asked, run_many
    from bscbdata.many.compare import write_comparison
    from bscbdata.many.long_run import write_long_run
    from bscbdata.progress import Progress

    project = _project()
    wanted = asked(project, areas, years)
    with Progress() as progress:
        made = run_many(project, wanted, options, workers, scheduler, progress.tell)
    failed = [one for one in made if one.failed]
    pages = [write_comparison(project, made)] if len({one.asked.area for one in made}) > 1 else []
    for own in {one.asked.area: one.asked.of(project) for one in made}.values():
        several = [one.asked.year for one in made if one.asked.area == own.area]
        pages += [write_long_run(own, several)] if len(several) > 1 else []
    for one in failed:
        typer.echo(f"Not made: {one.asked}. {one.problem}", err=True)
    again = sum(one.again for one in made)
    typer.echo(
        f"{len(made) - len(failed)} of {len(made)} reports stand, {again} of them unchanged; {len(failed)} failed."
    )
    for page in pages[:5]:
        typer.echo(page.relative_to(project.root).as_posix())
    raise typer.Exit(bool(failed))


def _say_why(project, year, options: dict[str, object]) -> None:
    from bscbdata.build.why import tasks

    for task in tasks(project, year, options):
        typer.echo(str(task))


def _build_chapter(project, year, chapter: str, allow_rejects: bool, renderer: Renderer, final: bool) -> None:
    from bscbdata.build.one_chapter import build_chapter
    from bscbdata.progress import Progress

    if final or renderer is Renderer.quarto:
        raise ValueError(
            "One chapter alone is a draft made by the embedded renderer: leave out --final and --renderer quarto."
        )
    with Progress() as progress:
        built = build_chapter(project, year, chapter, allow_rejects, progress.tell)
    _say_findings(built.findings)
    page = (built.report / f"{built.report.name}.html").relative_to(project.root).as_posix()
    typer.echo(f"The chapter alone, not for publication: {page}")


def _report_line(project, year) -> str:
    return (project.build(year) / "report" / "index.html").relative_to(project.root).as_posix()


@app.command()
def watch(
    year: Year,
    port: Annotated[int, typer.Option(help="Where the pages are served on this machine; 0 is any.")] = 8000,
) -> None:
    """Show the report in a browser, anew at every save.

    What is saved may be a notebook, a text or a return.
    """
    from bscbdata.build.watch import watch as run

    try:
        run(_project(), _year(year), port, typer.echo)
    except KeyboardInterrupt:
        typer.echo("Ended.")


@app.command()
def verify(
    report: Annotated[Path, typer.Argument(help="The folder of a report: build/2015-16/report.")],
) -> None:
    """Build a report again and compare every byte.

    It is made from its recorded inputs. The exit code is 1 when it is not the same.
    """
    from bscbdata.build.verify import verify as run

    found = run(_project(), report)
    for line in found.not_as_recorded:
        typer.echo(f"not as recorded  {line}")
    for line in found.differ:
        typer.echo(f"differs  {line}")
    typer.echo(f"{found.same} files are the same, {len(found.differ)} are not.")
    raise typer.Exit(not found.holds)


@app.command()
def clean(
    year: Year, area: Area = "", allow_rejects: Annotated[bool, typer.Option("--allow-rejects")] = False
) -> None:
    """Read and check a year's returns and write its tidy tables."""
    from bscbdata.build.clean import clean as run

    cleaned = run(_project(area), _year(year), allow_rejects)
    _say_findings([finding for finding in cleaned.findings if finding.result != "pass"])
    made = (
        f"{len(cleaned.tables)} tables written"
        if cleaned.tables
        else "Nothing has changed since the tables were written"
    )
    typer.echo(f"{made}; {sum(f.result == 'pass' for f in cleaned.findings)} checks passed.")


@app.command("new-year")
def new_year(year: Annotated[str, typer.Argument(help="The year to begin, as in 2016-17.")]) -> None:
    """Begin a year from the one before.

    Makes its file, templates, text and commitments, and a checklist of what is missing.
    """
    from bscbdata.build.clean import examine
    from bscbdata.checking import checklist, overview
    from bscbdata.new_year import new_year as begin

    project, parsed = _project(), _year(year)
    made = begin(project, parsed)
    folder = (project.raw / parsed.label).relative_to(project.root).as_posix()
    typer.echo(
        f"{len(made)} files made in {folder}." if made else f"{folder} has all that a new year begins with."
    )
    run = examine(project, parsed)
    found = checklist.gather(project, parsed, overview(run, project, parsed), run.tables)
    for path in checklist.write(found, project.build(parsed) / "check"):
        typer.echo(path.relative_to(project.root).as_posix())
    typer.echo(checklist.line(found))
    typer.echo(f"Next: send out the templates in {folder}/templates; as returns come, bscb check {parsed}.")


@app.command()
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

    from bscbdata.build.clean import examine
    from bscbdata.checking import checklist, overview, page, terminal, workbook

    project, parsed = _project(), _year(label or year)
    if project.edition(parsed).official_alone:
        said = f"There is no data/raw/{parsed}/year.toml, so there is no return to check."
        raise FileNotFoundError(f"{said} Begin the year with `bscb new-year {parsed}`.")
    run = examine(project, parsed)
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
    typer.echo(checklist.line(todo))
    for path in written:
        typer.echo(path.relative_to(project.root).as_posix())
    raise typer.Exit(bool(found.count("failure")))


@app.command()
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

    project, parsed = _project(), _year(year)
    for path in write_templates(into or project.build(parsed) / "templates", parsed):
        typer.echo(path.name)


@app.command()
def facts(
    fact_id: Annotated[str, typer.Argument(help="One fact; all published numbers when left out.")] = "",
    year: YearOrLatest = "",
    form: Annotated[Form, typer.Option("--format", help="table or csv")] = Form.table,
    area: Area = "",
) -> None:
    """Set every published number beside ours, or follow one back.

    Of one fact: its definition, rows, raw file and publisher.
    """
    from bscbdata.facts import against_published
    from bscbdata.reports import report

    project = _project(area)
    found = report(year or project.years()[-1], project=project)
    if fact_id:
        return typer.echo(str(found.fact(fact_id).trace()))
    frame = against_published(found.tables, found.edition).drop(columns=["table", "withheld"])
    typer.echo(
        frame.to_csv(index=False, lineterminator="\n").rstrip("\n")
        if form is Form.csv
        else frame.to_string(index=False)
    )
    return typer.echo(
        ", ".join(f"{count} {result}" for result, count in frame["result"].value_counts().items()), err=True
    )


@app.command()
def diff(
    old: Annotated[
        str,
        typer.Argument(help="A year, a build folder or a commit; the last draft when both are left out."),
    ] = "",
    new: Annotated[str, typer.Argument(help="The same; the latest year's build when left out.")] = "",
    year: YearOrLatest = "",
) -> None:
    """Say what changed between two editions, by how much and why.

    Here, as a page and as JSON.
    """
    from bscbdata.review import diff_command

    project = _project()
    label = _year(year or project.years()[-1]).label
    *written, lines = diff_command(project, old, new, label, say=lambda line: typer.echo(line, err=True))
    for line in lines:
        typer.echo(line)
    for path in written:
        typer.echo(path.relative_to(project.root).as_posix())


@review.command()
def sheet(year: Year) -> None:
    """Write the sheet of comments, as Excel and CSV.

    It has a row for each paragraph, figure and table.
    """
    from bscbdata.review import sheet as write

    project = _project()
    for path in write(project, _year(year)):
        typer.echo(path.relative_to(project.root).as_posix())


@review.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="Word files, or sheets of comments (.xlsx, .csv).")],
    year: Year,
) -> None:
    """Add reviewers' comments to the year's.

    What was read before adds nothing.
    """
    from bscbdata.review import import_comments

    project, parsed = _project(), _year(year)
    for path in files:
        count, findings = import_comments(project, parsed, path)
        _say_findings(findings)
        typer.echo(f"{path.name}: {count} new {'comment' if count == 1 else 'comments'}.")
    _say_comments(project, parsed)


@review.command("list")
def list_(
    year: Year,
    everything: Annotated[bool, typer.Option("--all", help="Show the answered comments too.")] = False,
) -> None:
    """List the open comments, chapter by chapter.

    Who said what of which place, and how it stands.
    """
    _say_comments(_project(), _year(year), everything)


@sources.command()
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
        typer.echo(line)
    place = "/".join(proposal.map_file.parts[-3:])
    if only_show:
        return typer.echo(f"Nothing is written. The map: {place}")
    left = adding.write(proposal)
    typer.echo(f"Written under {proposal.year.label} in {place}.")
    if left:
        typer.echo(
            f"{left} cells begin with ?: a run stops until each is the header as it is, or - where there is none."
        )
    return None


def _say_comments(project, year, everything: bool = False) -> None:
    from bscbdata.review import by_chapter, comment_line

    gathered = by_chapter(project, year)
    for chapter, comments in gathered.items():
        shown = [comment for comment in comments if everything or comment.status == "open"]
        left = sum(comment.status == "open" for comment in comments)
        typer.echo(f"{chapter}: {left} open of {len(comments)}")
        for comment in shown:
            typer.echo(f"  {comment_line(comment)}")
    if not gathered:
        typer.echo("There are no comments yet.")


@app.command()
def simulate(
    year: Year,
    into: Annotated[
        Path | None, typer.Option(help="Folder for the returns; data/raw/<year> when left out.")
    ] = None,
    size: Annotated[float, typer.Option(help="1 for a county; more for load tests.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 2016,
) -> None:
    """Write simulated returns that agree with published totals.

    Each is marked illustrative.
    """
    from bscbdata.simulate import simulate as run

    target = into or _project().raw / _year(year).label
    for path in run(_year(year).label, target, size=size, seed=seed):
        typer.echo(path.name)


@app.command()
def docs(renderer: Annotated[Renderer, typer.Option(help="As for build.")] = Renderer.auto) -> None:
    """Write the documentation as a book, with its reference.

    The reference is of commands, tables, indicators, facts and functions.
    """
    from bscbdata.manual import build_docs

    project = _project()
    first, findings = build_docs(project, app, renderer.value)
    _say_findings(findings)
    typer.echo(f"The documentation: {first.relative_to(project.root).as_posix()}")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(context: typer.Context) -> None:
    """Open JupyterLab on notebooks/explore.ipynb.

    The chapters stand beside it. Other options go on to JupyterLab. It looks on the network for neither news nor updates.
    """
    import subprocess

    folder = _project().notebooks
    first = "/tree/explore.ipynb" if (folder / "explore.ipynb").exists() else ""
    opened = [str(folder), f"--LabApp.default_url=/lab{first}", f"--LabApp.app_settings_dir={LAB_SETTINGS}"]
    raise typer.Exit(subprocess.call([sys.executable, "-m", "jupyterlab", *opened, *context.args]))


def _project(area: str = ""):
    from dataclasses import replace

    from bscbdata.places import Project

    found = Project.find()
    if not area:
        return found
    from bscbdata.authorities import find_authority

    return replace(found, area=find_authority(area).area)


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


def _year(label: str):
    from bscbdata.period import ReportYear

    if not label:
        raise ValueError(f"Say which report year: {', '.join(_project().years())}.")
    return ReportYear.parse(label)


def _say_findings(findings: list) -> None:
    """Each finding in a line; what is not there once, with the name that year.toml knows it by, however often it lacks."""
    from collections import Counter

    from bscbdata.findings import GAP

    for finding in findings:
        if finding.check != GAP:
            typer.echo(f"{finding.result}: {' '.join(str(finding).split())}", err=True)
    lacking = Counter((f.value, " ".join(f.message.split())) for f in findings if f.check == GAP)
    for (name, said), places in lacking.items():
        typer.echo(f"gap: {said} ({name}, in {places} place{'s' if places > 1 else ''})", err=True)


def main() -> None:
    """Run the command; what the data or the user got wrong is told in words, with exit code 1."""
    from bscbdata.findings import DataStop

    try:
        app()
    except DataStop as stop:
        typer.echo(
            f"Stopped: {len(stop.findings)} failure{'s' if len(stop.findings) != 1 else ''}.", err=True
        )
        for finding in stop.findings:
            typer.echo(f"- {finding}", err=True)
        sys.exit(1)
    except (BlockingIOError, FileNotFoundError, ValueError, KeyError) as error:
        typer.echo(f"Stopped: {error.args[0] if error.args else error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
