"""What commands say alike: findings, and where a file was written."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import click

# several gaps that a final edition stops on are told as lines to copy
DECLARE = (
    "What is not here. Get it; or write its line here, under [gaps], with the words that readers are told."
)


def say_path(project, path: Path, before: str = "") -> None:
    """A file by its place in the project, after the words before it."""
    click.echo(before + path.relative_to(project.root).as_posix())


def say(line: str, err: bool = False) -> None:
    """A line for people: what is counted as one is in the singular."""
    from bscbdata.numbers import agreeing

    click.echo(agreeing(line), err=err)


def say_findings(findings: list, edition=None) -> None:
    """Each finding; of an edition first those that a final one stops on. What is not there is told once, with the name that
    year.toml knows it by, however often it lacks."""
    from bscbdata.build.final import OPEN, undeclared
    from bscbdata.findings import GAP

    gaps = {finding.message for finding in findings if finding.check == GAP}
    told = [f for f in findings if f.check != "outstanding" or f"{f.message} {f.advice}" not in gaps]
    owed = {found.message for found in undeclared(findings, edition)} if edition else set()
    stops = [
        f for f in told if f.result == "failure" or f.check in OPEN or f.check == GAP and f.message in owed
    ]
    stops.sort(key=lambda found: (found.result != "failure", found.check == GAP))
    parts = {"A final edition stops on:": stops, "To look at:": [f for f in told if f not in stops]}
    for heading, part in parts.items() if edition else [("", told)]:
        headed = [f"\n{heading}"] if heading and part else []
        for line in (*headed, *grouped(part)):
            say(line, err=True)


def grouped(findings: Iterable, mark: str = "") -> Iterator[str]:
    """Findings in lines. What several say alike is said once, the place of each below it; `mark` stands for what they are."""
    groups: dict[tuple[str, str], dict[str, list]] = {}
    for finding in findings:
        kind = mark or f"{'gap' if finding.check == 'gap' else finding.result}: "
        alike, own = _told(finding)
        groups.setdefault((kind, alike), {}).setdefault(own, []).append(finding)
    for (kind, alike), places in groups.items():
        if len(places) == 1:
            yield kind + _whole(*places.values())
        else:
            yield f"{kind}{alike} ({len(places)})"
            yield from (f"    {own}{_named(found)}" for own, found in places.items())


def _told(finding) -> tuple[str, str]:
    """What a finding says alike with others, and what is its own: where it is, and what was found there."""
    if _is_owed(finding):
        return f"{finding.file}: {DECLARE}", f'{finding.value} = "…"'
    line = " ".join(f"{finding.message} {finding.advice}".split())
    if finding.about:
        said = line.removeprefix(f"{finding.about}: ")
        place = f" ({finding.file})" if finding.check == "outstanding" else ""
        return said[:1].upper() + said[1:], finding.about + place
    place = ", ".join(filter(None, (finding.file, finding.place)))
    found = f"'{' '.join(finding.value.split())}'" if finding.value else ""
    return " ".join(replace(finding, value="").told.split()), ": ".join(filter(None, (place, found)))


def _is_owed(finding) -> bool:
    """Whether a final edition asks for a line of year.toml about what is not there."""
    return finding.check == "gap" and finding.result == "failure"


def _whole(alike: list) -> str:
    finding = alike[0]
    if _is_owed(finding):
        return " ".join(str(finding).split())
    told = finding.message if finding.check == "gap" and finding.value else str(finding)
    return " ".join(told.split()) + _named(alike)


def _named(alike: list) -> str:
    """Of what is not there its name, and in how many places it lacks; behind a line to copy what it is of."""
    if _is_owed(alike[0]):
        return "  # " + "; ".join(dict.fromkeys(" ".join(found.message.split()) for found in alike))
    name = alike[0].value if alike[0].check == "gap" else ""
    return f" ({name}, in {len(alike)} places)" if name else ""
