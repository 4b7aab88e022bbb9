"""`bscb diff` and `bscb review`: how two editions differ, and what reviewers say of a draft."""

from pathlib import Path

import click

from bscbdata.cli.options import PATH, argument, flag, for_year, for_year_or_latest, project_of, year_of
from bscbdata.cli.said import say, say_findings, say_path


@click.command()
@argument("old", help="A year, a build folder or a commit; the last edition when both are left out.")
@argument("new", help="The same; the latest year's build when left out.")
@for_year_or_latest
def diff(old: str, new: str, year: str) -> None:
    """Say what changed between two editions, by how much and why.

    Here, as a page and as JSON.
    """
    from bscbdata.review import diff_command

    project = project_of()
    label = year_of(year or project.years()[-1]).label
    *written, lines = diff_command(project, old, new, label, say=lambda line: click.echo(line, err=True))
    for line in lines:
        click.echo(line)
    for path in written:
        say_path(project, path)


@click.command()
@for_year
def sheet(year: str) -> None:
    """Write the sheet of comments, as Excel and CSV.

    It has a row for each paragraph, figure and table.
    """
    from bscbdata.review import sheet as write

    project = project_of()
    for path in write(project, year_of(year)):
        say_path(project, path)


@click.command("import")
@click.argument(
    "files", nargs=-1, required=True, type=PATH, help="Word files, or sheets of comments (.xlsx, .csv)."
)
@for_year
def import_(files: tuple[Path, ...], year: str) -> None:
    """Add reviewers' comments to the year's.

    What was read before adds nothing.
    """
    from bscbdata.review import import_comments

    project, parsed = project_of(), year_of(year)
    for path in files:
        count, findings = import_comments(project, parsed, path)
        say_findings(findings)
        say(f"{path.name}: {count} new comments.")
    _say_comments(project, parsed)


@click.command("list")
@for_year
@flag("--all", "everything", help="Show the answered comments too.")
def list_(year: str, everything: bool) -> None:
    """List the open comments, chapter by chapter.

    Who said what of which place, and how it stands.
    """
    _say_comments(project_of(), year_of(year), everything)


def _say_comments(project, year, everything: bool = False) -> None:
    from bscbdata.review import by_chapter, comment_line

    gathered = by_chapter(project, year)
    for chapter, comments in gathered.items():
        shown = [comment for comment in comments if everything or comment.status == "open"]
        left = sum(comment.status == "open" for comment in comments)
        click.echo(f"{chapter}: {left} open of {len(comments)}")
        for comment in shown:
            click.echo(f"  {comment_line(comment)}")
    if not gathered:
        click.echo("There are no comments yet.")
