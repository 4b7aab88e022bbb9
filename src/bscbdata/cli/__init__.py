"""The `bscb` command: its commands in the order of `bscb --help`, and how it stops.

What a command works with is imported when it runs, so that help and completion wait for nothing.
"""

import errno
import io
import sys

import click

from bscbdata.cli import building, reading, returns, reviewing
from bscbdata.cli.options import Renderer, option, project_of
from bscbdata.cli.said import grouped, say, say_findings, say_path


class InOrder(click.Group):
    """Commands in the order in which they are given here, not in that of the alphabet."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(self.commands)


@click.command()
@option("--renderer", type=click.Choice(Renderer), default=Renderer.auto, help="As for build.")
def docs(renderer: Renderer) -> None:
    """Write the documentation as a book, with its reference.

    The reference is of commands, tables, indicators, facts and functions.
    """
    from bscbdata.manual import build_docs

    project = project_of()
    first, findings = build_docs(project, app, renderer.value)
    say_findings(findings)
    say_path(project, first, "The documentation: ")


app = InOrder("bscb", help="Regenerate the board's annual report from its data.")
click.version_option(package_name="bscbdata", prog_name="bscb")(app)
review = InOrder("review", help="Gather comments on a draft: sheet, import, list.")
sources = InOrder("sources", help="Teach a map a publisher's new file: add.")
COMMANDS = {
    app: (
        *(building.build, building.watch, building.verify),
        *(returns.clean, returns.new_year, returns.check, returns.templates),
        *(reading.facts, reviewing.diff, returns.simulate, reading.lab, docs, review, sources),
    ),
    review: (reviewing.sheet, reviewing.import_, reviewing.list_),
    sources: (returns.add,),
}
for group, commands in COMMANDS.items():
    for command in commands:
        group.add_command(command)


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
            click.echo(line, err=True)
        if {finding.check for finding in stop.findings} & {"value", "duplicate"}:
            click.echo("A draft goes on without such rows, and lists them: --allow-rejects.", err=True)
        sys.exit(1)
    except (OSError, ValueError, KeyError) as error:
        click.echo(f"Stopped: {_in_words(error)}", err=True)
        sys.exit(1)


def _in_words(error: Exception) -> str:
    """What an error says; of a file that the system refuses, which it is and what to do."""
    if isinstance(error, PermissionError) and error.filename:
        return (
            f"{error.filename} cannot be opened. It is open in another program, such as Excel, or may not be read or "
            "written. Close it there, or let yourself write to it, and give the command again."
        )
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "The disk is full. Make room on it, and give the command again."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'The system says'}: {error.strerror}."
    return str(error.args[0] if error.args else error)
