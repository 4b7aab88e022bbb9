"""What guidance asks of such a report, and where this one shows it, only says it, or is silent.

The requirements stand in `definitions/requirements.csv`, in our own words. `evidence` names figures, tables and sections
by their labels (`fig-…`, `tbl-…`, `sec-…`) and facts as `fact:id`.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

REQUIREMENTS = Path(__file__).parent / "definitions" / "requirements.csv"
KINDS = {"evidenced": "Shown by data", "asserted": "Said in words", "silent": "Not there"}


@dataclass(frozen=True)
class Requirement:
    """One thing that guidance asks for, and where the report answers it."""

    guidance: str
    paragraph: str
    requirement: str
    source: str
    evidence: str
    kind: str
    note: str

    @property
    def anchors(self) -> list[str]:
        """The labels of figures, tables and sections that answer it."""
        return [place for place in self.evidence.split() if not place.startswith("fact:")]

    @property
    def facts(self) -> list[str]:
        """The facts that answer it, by id."""
        return [place.removeprefix("fact:") for place in self.evidence.split() if place.startswith("fact:")]


@cache
def requirements() -> tuple[Requirement, ...]:
    """Every requirement, in order. ValueError names one whose kind and evidence do not go together."""
    with REQUIREMENTS.open(encoding="utf8", newline="") as lines:
        found = tuple(Requirement(**row) for row in csv.DictReader(lines))
    for one in found:
        if one.kind not in KINDS or bool(one.evidence) == (one.kind == "silent"):
            raise ValueError(
                f"requirements.csv: '{one.requirement}' is {one.kind} with evidence '{one.evidence}'"
            )
        if one.kind == "evidenced" and not any(place.startswith(("fig-", "tbl-")) for place in one.anchors):
            raise ValueError(
                f"requirements.csv: '{one.requirement}' is called evidenced by no figure or table"
            )
    return found


def guidances() -> list[str]:
    """The documents that ask, in order."""
    return list(dict.fromkeys(one.guidance for one in requirements()))


def counts() -> pd.DataFrame:
    """How many requirements of each document are shown, said, or not there. Columns: guidance and those of KINDS."""
    frame = pd.DataFrame([(one.guidance, one.kind) for one in requirements()], columns=["guidance", "kind"])
    table = frame.groupby(["guidance", "kind"], sort=False).size().unstack(fill_value=0)
    return (
        table.reindex(index=guidances(), columns=list(KINDS), fill_value=0)
        .reset_index()
        .astype(dict.fromkeys(KINDS, "Int64"))
    )


def as_markdown(guidance: str, write_fact: Callable[[str], str]) -> str:
    """The requirements of one document as a captioned Markdown table with links. KeyError lists the documents."""
    rows = [one for one in requirements() if one.guidance == guidance]
    if not rows:
        raise KeyError(f"'{guidance}' asks for nothing here. There are: {', '.join(guidances())}.")
    lines = "\n".join(f"| {' | '.join(_cells(one, write_fact))} |" for one in rows)
    head = "| What is asked | Paragraph | How it is met | Where | Note |\n|---|---|---|---|---|\n"
    label = "tbl-coverage-" + guidance.lower().replace(" ", "-")
    return f"{head}{lines}\n\n: What {guidance} asks for, and where this report answers {{#{label}}}\n"


def _cells(one: Requirement, write_fact: Callable[[str], str]) -> list[str]:
    places = [f"@{place}" for place in one.anchors] + [write_fact(name) for name in one.facts]
    note = " ".join(filter(None, [one.note, f"Source: {one.source}."]))
    return [one.requirement, one.paragraph, KINDS[one.kind], ", ".join(places) or "–", note]
