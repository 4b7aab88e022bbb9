"""What guidance asks of such a report, and where this one shows it, only says it, or is silent.

The requirements stand in `definitions/requirements.csv`, in our own words. `evidence` names figures, tables and sections
by their labels (`fig-…`, `tbl-…`, `sec-…`) and facts as `fact:id`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from bscbdata.lists import read_list
from bscbdata.prose.verbs import share_of, share_word

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
    def is_checked(self) -> bool:
        """Whether its wording is known from somewhere; else it was written from memory of the guidance."""
        return "not checked" not in self.source.lower()

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
    found = tuple(Requirement(**row) for row in read_list(REQUIREMENTS))
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


def long_counts() -> pd.DataFrame:
    """The counts as a chart takes them. Columns: guidance, answer, requirements; guidance and answer are ordered."""
    found = counts().rename(columns=KINDS).melt("guidance", var_name="answer", value_name="requirements")
    ordered = {"guidance": guidances(), "answer": list(KINDS.values())}
    return found.assign(
        **{name: pd.Categorical(found[name], order, ordered=True) for name, order in ordered.items()}
    )


def headline(guidance: str) -> str:
    """How far the report does what one document asks, in words of size: see share_word."""
    kinds = [one.kind for one in _of(guidance)]
    shown, silent = (share_word(share_of(kinds.count(kind), len(kinds))) for kind in ("evidenced", "silent"))
    named = guidance.replace("The ", "the ", 1)
    return f"Of what {named} asks, {shown} is shown by data and {silent} is not there"


def silences() -> str:
    """What the report says nothing about, as a Markdown list: document, requirement, and why where that is known."""
    silent = [one for one in requirements() if one.kind == "silent"]
    return "".join(f"- **{one.guidance}:** {one.requirement}. {one.note}".rstrip() + "\n" for one in silent)


def as_markdown(guidance: str, write_fact: Callable[[str], str]) -> str:
    """The requirements of one document as a captioned Markdown table with links. KeyError lists the documents."""
    rows = _of(guidance)
    lines = "\n".join(f"| {' | '.join(_cells(one, write_fact))} |" for one in rows)
    head = (
        f"| What is asked | How it is met | Where | Note |\n|{'-' * 34}|{'-' * 17}|{'-' * 20}|{'-' * 29}|\n"
    )
    label = "tbl-coverage-" + guidance.lower().replace(" ", "-")
    caption = f": {guidance}: what it asks for, and where this report answers {{#{label}}}"
    asked = f"{guidance[0].lower()}{guidance[1:]}" if guidance.startswith("The ") else guidance
    counted = f"What is listed: what {asked} asks such a report to contain, one requirement a row."
    return f"{head}{lines}\n\n{caption}\n\n::: {{.figure-definition}}\n{counted}\n:::\n\n{_wording(rows)}\n"


def _of(guidance: str) -> list[Requirement]:
    rows = [one for one in requirements() if one.guidance == guidance]
    if not rows:
        raise KeyError(f"'{guidance}' asks for nothing here. There are: {', '.join(guidances())}.")
    return rows


def _cells(one: Requirement, write_fact: Callable[[str], str]) -> list[str]:
    places = [f"@{place}" for place in one.anchors] + [write_fact(name) for name in one.facts]
    where = f" ({one.paragraph})" if one.paragraph.startswith("paragraph") else ""
    asked = one.requirement + where + ("" if one.is_checked else " [note]")
    return [asked, f"[{KINDS[one.kind]}]{{.met .met-{one.kind}}}", ", ".join(places) or "–", one.note or "–"]


def _wording(rows: list[Requirement]) -> str:
    """Where the wording of the requirements is known from, and which of it is not checked."""
    known = dict.fromkeys(one.source[0].lower() + one.source[1:] for one in rows if one.is_checked)
    said = f"How the wording is known: {'; '.join(known)}." if known else ""
    unchecked = "[note] The wording was not checked against the guidance itself."
    return " ".join(filter(None, [said, "" if all(one.is_checked for one in rows) else unchecked]))
