"""The check in a terminal: a table of the agencies, then what is wrong file by file. Words say it; colour only helps."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bscbdata.checking.gather import Agency, Overview
from bscbdata.findings import Finding
from bscbdata.numbers import agreeing, enumerated

SIGNS = {"failure": ("FAILURE", "bold red"), "warning": ("warning", "yellow"), "pass": ("passed", "green")}
MOST = 12
ROWS_NAMED = 5
COUNTS = ("rows_in", "rows", "rejects")


def show(overview: Overview, console: Console, everything: bool = False) -> None:
    """Print the check, the agency with the most to mend last, where the screen ends.

    With `everything` also the checks that passed, and no list is cut short.
    """
    console.print(f"\n[bold]{escape(overview.board)}, {overview.year}[/bold]")
    console.print(_summary(overview))
    console.print("  Rows that are neither used nor rejected are totals and the like, set aside.")
    for agency in sorted(overview.agencies, key=lambda agency: agency.by_work, reverse=True):
        told = agency.findings if everything else [*agency.found("failure"), *agency.found("warning")]
        if told or agency.outstanding:
            console.print(_agency(agency, told, everything))
    console.print(f"\n{next_step(overview)}\n")


def next_step(overview: Overview) -> str:
    """What to do now, in one line."""
    failures, outstanding = (
        overview.count("failure"),
        sum(len(agency.outstanding) for agency in overview.agencies),
    )
    if failures:
        return agreeing(
            f"Next: {failures} failures stop the run. Send each agency its workbook (bscb check {overview.year} --send), or correct the files."
        )
    if outstanding:
        return agreeing(
            f"Next: {outstanding} returns are outstanding. The report names what is missing: ask for it."
        )
    return f"Next: nothing stops the run. bscb build --year {overview.year}"


def _summary(overview: Overview) -> Table:
    table = Table(title="Returns by agency", title_justify="left", box=SIMPLE_HEAD, collapse_padding=True)
    table.add_column("Agency", min_width=22, overflow="fold")
    for name in ("Came", "Rows", "Used", "Rejected", "Stops", "Look at"):
        table.add_column(name, justify="right", no_wrap=True)
    for agency in overview.agencies:
        sums = [sum(getattr(sent, name) for sent in agency.returns) for name in COUNTS]
        came = sum(sent.came for sent in agency.returns)
        marks = [_marked(len(agency.found(result)), SIGNS[result][1]) for result in ("failure", "warning")]
        table.add_row(
            agency.name, f"{came} of {len(agency.returns)}", *(f"{number:,}" for number in sums), *marks
        )
    return table


def _marked(number: int, style: str) -> Text:
    return Text(f"{number:,}", style=style if number else "")


def _agency(agency: Agency, told: list[Finding], everything: bool) -> Group:
    lines = [Text(f"\n{agency.name}", style="bold underline")]
    lines += [
        Text(f"  OUTSTANDING  {sent.title} ({sent.file})", style="bold red") for sent in agency.outstanding
    ]
    lines += [
        Text(f"  {sent.title}: {sent.coverage}")
        for sent in agency.returns
        if sent.missing or (everything and sent.came)
    ]
    ordered = sorted(told, key=lambda finding: (finding.file, finding.sheet))
    for file, findings in groupby(ordered, key=lambda finding: finding.file):
        lines.append(Text(f"  {file or 'In general'}", style="bold"))
        listed = alike(findings)
        shown = listed if everything else listed[:MOST]
        lines += [_finding(finding, rows) for finding, rows in shown]
        if len(listed) > len(shown):
            lines.append(Text(f"    … and {len(listed) - len(shown)} more: bscb check --all, or the page"))
    return Group(*lines)


def alike(findings: Iterable[Finding]) -> list[tuple[Finding, str]]:
    """Findings that differ in their row alone as one, each with its rows in words: a header or a word that is another one
    is told once, and not again for every row under it."""
    rows: dict[Finding, list[int]] = {}
    for finding in findings:
        known = rows.setdefault(replace(finding, row=None), [])
        known += [finding.row] if finding.row is not None else []
    return [(finding, _in_words(sorted(set(found)), finding.line)) for finding, found in rows.items()]


def _in_words(rows: list[int], line: str) -> str:
    """`row 5`; `rows 5 to 16`; `rows 5, 7, 9, 12, 20 and 31 more`."""
    if len(rows) < 2:
        return "".join(f"{line} {row}" for row in rows)
    if rows[-1] - rows[0] == len(rows) - 1:
        return f"{line}s {rows[0]} to {rows[-1]}"
    named, more = rows[:ROWS_NAMED], len(rows) - ROWS_NAMED
    return f"{line}s {enumerated([*map(str, named), *([f'{more} more'] if more > 0 else [])])}"


def _finding(finding: Finding, rows: str) -> Padding:
    word, style = SIGNS[finding.result]
    line = Text(f"{word:8} ", style=style)
    line.append(": ".join(filter(None, (finding.placed(rows), finding.told))), style="default")
    return Padding(line, (0, 0, 0, 4))
