"""What a final edition stops on and a draft goes on with. It imports little: a build that finds nothing changed asks it too."""

from collections.abc import Iterable
from dataclasses import replace

from bscbdata.findings import GAP, SMALL, Finding
from bscbdata.places import Edition
from bscbdata.sources import load_source, source_names

# what a draft may carry and a final edition may not
OPEN = (
    SMALL,
    "claim",
    "number",
    "wording",
    "comparison",
    "carried over",
    "unwritten",
    "relation",
    "correction",
)
DECLARE = 'Get it; or write into year.toml, under [gaps]: {} = "the words that readers are told".'


def stopping(findings: Iterable[Finding], edition: Edition) -> list[Finding]:
    """What a final edition stops on and a draft goes on with, each once."""
    findings = list(findings)
    found = [found for found in findings if found.check in OPEN] + undeclared(findings, edition)
    return [replace(each, result="failure") for each in dict.fromkeys(found)]


def undeclared(findings: Iterable[Finding], edition: Edition) -> list[Finding]:
    """The gaps among findings that year.toml does not declare as known, each once: those stop a final edition.

    One made from official figures alone says of itself that it has gaps.
    """
    if edition.official_alone:
        return []
    lacking = {
        (f.value, f.message): f for f in findings if f.check == GAP and f.value not in edition.known_gaps
    }
    told = {"file": f"data/raw/{edition.year}/year.toml", "row": None}
    return [
        replace(found, **told, advice=DECLARE.format(found.value))
        for found in lacking.values()
        if _is_owed(found.value, edition)
    ]


def _is_owed(name: str, edition: Edition) -> bool:
    """Whether somebody is asked for what is not there: a first report owes no proof of one that was printed before, and
    no answer to steps that nobody set."""
    source = load_source(name) if name in source_names() else None
    return source is None or source.asked and bool(source.collected(edition.year))
