"""The `bscb` command: its commands in the order of `bscb --help`, and how it stops.

What a command works with is imported when it runs, so that help and completion wait for nothing.
"""

import io
import sys
from typing import Annotated

import typer

from bscbdata.cli import building, reading, returns, reviewing
from bscbdata.cli.options import Renderer, project_of
from bscbdata.cli.said import grouped, say, say_findings, say_path

PLAIN = {"no_args_is_help": True, "rich_markup_mode": None}

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Regenerate the board's annual report from its data.",
    **PLAIN,
)
app.command()(building.build)
app.command()(building.watch)
app.command()(building.verify)
app.command()(returns.clean)
app.command()(returns.new_year)
app.command()(returns.check)
app.command()(returns.templates)
app.command()(reading.facts)
app.command()(reviewing.diff)
app.command()(returns.simulate)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(reading.lab)

review = typer.Typer(help="Gather comments on a draft: sheet, import, list.", **PLAIN)
review.command()(reviewing.sheet)
review.command("import")(reviewing.import_)
review.command("list")(reviewing.list_)
app.add_typer(review, name="review")

sources = typer.Typer(help="Teach a map a publisher's new file: add.", **PLAIN)
sources.command()(returns.add)
app.add_typer(sources, name="sources")


@app.command()
def docs(renderer: Annotated[Renderer, typer.Option(help="As for build.")] = Renderer.auto) -> None:
    """Write the documentation as a book, with its reference.

    The reference is of commands, tables, indicators, facts and functions.
    """
    from bscbdata.manual import build_docs

    project = project_of()
    first, findings = build_docs(project, app, renderer.value)
    say_findings(findings)
    say_path(project, first, "The documentation: ")


def main() -> None:
    """Run the command; what the data or the user got wrong is told in words, with exit code 1."""
    from bscbdata.findings import DataStop

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a file or a pipe on Windows has no true minus sign
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except DataStop as stop:
        say(f"Stopped: {len(stop.findings)} failures.", err=True)
        for line in grouped(stop.findings, mark="- "):
            typer.echo(line, err=True)
        if {finding.check for finding in stop.findings} & {"value", "duplicate"}:
            typer.echo("A draft goes on without such rows, and lists them: --allow-rejects.", err=True)
        sys.exit(1)
    except (OSError, ValueError, KeyError) as error:
        typer.echo(f"Stopped: {_in_words(error)}", err=True)
        sys.exit(1)


def _in_words(error: Exception) -> str:
    """What an error says; of a file that the system refuses, which it is and what to do."""
    if isinstance(error, PermissionError) and error.filename:
        return (
            f"{error.filename} cannot be opened. It is open in another program, such as Excel, or may not be read or "
            "written. Close it there, or let yourself write to it, and give the command again."
        )
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}."
    return str(error.args[0] if error.args else error)
