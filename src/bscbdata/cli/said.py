"""What commands say alike: findings, and where a file was written."""

from pathlib import Path

import typer


def say_path(project, path: Path, before: str = "") -> None:
    """A file by its place in the project, after the words before it."""
    typer.echo(before + path.relative_to(project.root).as_posix())


def say(line: str, err: bool = False) -> None:
    """A line for people: what is counted as one is in the singular."""
    from bscbdata.numbers import agreeing

    typer.echo(agreeing(line), err=err)


def say_findings(findings: list) -> None:
    """Each finding in a line; what is not there once, with the name that year.toml knows it by, however often it lacks."""
    from collections import Counter

    from bscbdata.findings import GAP

    gaps = {finding.message for finding in findings if finding.check == GAP}
    for finding in findings:
        told_as_gap = finding.check == "outstanding" and f"{finding.message} {finding.advice}" in gaps
        if finding.check != GAP and not told_as_gap:
            typer.echo(f"{finding.result}: {' '.join(str(finding).split())}", err=True)
    lacking = Counter((f.value, " ".join(f.message.split())) for f in findings if f.check == GAP)
    for (name, said), places in lacking.items():
        say(f"gap: {said} ({name}, in {places} places)", err=True)
