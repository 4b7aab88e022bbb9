"""The proof over a whole edition: what its figures print, its sentences tell, last year's report and official tables.

`prove_edition` reads the executed notebooks, as the pages will show them. A withheld count of which too much can be
worked out is a failure, in a draft too. docs/disclosure.md says it in plain words.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pandas as pd

from bscbdata import disclosure, facts
from bscbdata.build.corrected import moved_by_few
from bscbdata.build.hashes import file_hash
from bscbdata.build.other_years import OtherYear, as_kept, other_years, same_cells
from bscbdata.build.told import counted, fact_links, series_links, sums_told, together
from bscbdata.cleaning import WITHHELD
from bscbdata.disclosure import COUNTS, CountTable, Link
from bscbdata.figures import figure_record
from bscbdata.findings import Finding, stop_on_failure, warning
from bscbdata.gaps import NoData
from bscbdata.kept import code_version, kept_json
from bscbdata.places import Edition, Project
from bscbdata.tables import read_all

INTERVALS = "withheld.csv"


@dataclass
class Said:
    """What an edition says of counts: tables by figure, as printed, and the facts and series that sentences use."""

    tables: dict[str, CountTable] = field(default_factory=dict)
    sources: dict[str, list[str]] = field(default_factory=dict)
    facts: list[dict] = field(default_factory=list)
    series: list[dict] = field(default_factory=list)


@dataclass(frozen=True)
class Proof:
    """What the proof found, of every withheld count the lowest and the highest that it can be, and for the proofs of other
    years what the edition said, as `other_years` keeps it."""

    findings: list[Finding]
    intervals: pd.DataFrame
    kept: str


def prove_edition(
    project: Project, edition: Edition, book: Path
) -> tuple[Said, dict[str, str], list[Finding]]:
    """What the executed notebooks in `book` and below say, the files of the proof by name (INTERVALS and COUNTS), and what
    of other reports cannot be taken back.

    Proven with what is kept of other years' reports and of earlier final editions of this year's. DataStop when too much can be worked out. What has been proven of
    the same words and tables is not proven again: see bscbdata.kept.
    """
    said, others = gather(book), other_years(project, edition.year)
    tables = file_hash(project.processed(edition.year).glob("*.parquet"))
    known = "\n".join(as_kept(each.tables, each.links, each.sources, each.sums) for each in others)
    made_from = (code_version(), tables, repr(edition), known, _as_text(said))
    kept = kept_json("proof", made_from, lambda: _proven(project, edition, said, others))
    return said, kept["files"], [Finding(**one) for one in kept["warnings"]]


def _proven(project: Project, edition: Edition, said: Said, others: Sequence[OtherYear]) -> dict[str, object]:
    proof = prove(said, read_all(project.processed(edition.year)), edition, others)
    stop_on_failure(proof.findings)
    files = {INTERVALS: proof.intervals.to_csv(index=False, lineterminator="\n"), COUNTS: proof.kept}
    return {
        "files": files,
        "warnings": [asdict(found) for found in proof.findings if found.result == "warning"],
    }


def _as_text(said: Said) -> str:
    """All that is said, as one text."""
    tables = [
        [name, table.frame.to_json(orient="split"), repr(replace(table, frame=None))]
        for name, table in said.tables.items()
    ]
    return json.dumps([tables, said.sources, said.facts, said.series])


def prove(
    said: Said, tidy: Mapping[str, pd.DataFrame], edition: Edition, others: Sequence[OtherYear] = ()
) -> Proof:
    """The proof for what an edition says, read beside what the editions of other years said."""
    published = disclosure.report_tables(said.tables, edition.year.label)
    official = disclosure.official_tables(tidy, edition.year.label, edition.area)
    own = disclosure.report_links({**published, **official}, edition.year.label, _fact(tidy, edition))
    own += _told(OtherYear(edition.year, published, own, said.sources), said, tidy, edition)
    sums = sums_told(said.facts, tidy, edition)
    kept = as_kept({**published, **official}, own, said.sources, sums)
    others = [other for other in others if (other.year, other.kept) != (edition.year, kept)]
    between = [link for other in others for link in (*other.links, *_told_of(other, said, tidy, edition))]
    between += same_cells(OtherYear(edition.year, published, own), others)
    public = dict(official)
    for other in others:
        public |= other.tables
    found, intervals = disclosure.prove_and_list(published, own + between, public)
    findings = [*found, *together(sums, [other.sums for other in others], tidy, edition), *_out_already(said)]
    findings += moved_by_few(OtherYear(edition.year, published, sums=sums), others, edition.corrected)
    return Proof(findings, intervals, kept)


def _out_already(said: Said) -> list[Finding]:
    """A warning for each number that is withheld now, of which an earlier report showed another."""
    advice = (
        "What is published cannot be taken back: see that the returns are right, and say what was corrected."
    )
    return [
        warning(
            disclosure.CHECK,
            f"{', '.join(f'{name} {word}' for name, word in cell.items())}: it is withheld, and an earlier report showed "
            "another number.",
            file=figure,
            advice=advice,
        )
        for figure, table in said.tables.items()
        for cell in table.anew
    ]


def _told(of: OtherYear, said: Said, tidy: Mapping[str, pd.DataFrame], edition: Edition) -> list[Link]:
    """What sentences tell of the cells of an edition."""
    asked = (of.tables, of.sources)
    return [
        *fact_links(*asked, said.facts, tidy, edition, of.links),
        *series_links(*asked, said.series, tidy, edition),
    ]


def _told_of(other: OtherYear, said: Said, tidy: Mapping[str, pd.DataFrame], edition: Edition) -> list[Link]:
    """What our sentences about another year tell of the cells that its own edition printed."""
    if other.year == edition.year:  # they tell of the return as it is now
        return []
    of_its_year = [
        [one for one in told if one["year"] == other.year.label] for told in (said.facts, said.series)
    ]
    about = Said(facts=of_its_year[0], series=of_its_year[1])
    return _told(other, about, tidy, replace(edition, year=other.year))


def _fact(tidy: Mapping[str, pd.DataFrame], edition: Edition) -> Callable[[str, str], float | None]:
    def known(name: str, year: str) -> float | None:
        with suppress(facts.FactError, NoData):
            return counted(facts.compute(name, tidy, edition, year=year))
        return None

    return known


# ---- what the edition says ---------------------------------------------------------------------------------------


def gather(book: Path) -> Said:
    """Everything that the executed notebooks say of counts: those of editions for other readers lie below too."""
    said = Said()
    for notebook in sorted(book.rglob("*.ipynb")):
        for output, told in figure_record.told(notebook):
            _add(said, output, told)
    return said


def _add(said: Said, output: dict, told: dict) -> None:
    said.facts += [fact for fact in told.get("facts", []) if fact not in said.facts]
    said.series += [row for row in told.get("series", []) if row not in said.series]
    for record in figure_record.records([output]):
        counted = told.get("counted", {})
        columns = counted.get("columns", [])
        several = counted.get("behind", [])
        for number, behind in enumerate(several, 1):
            name = record["key"] if len(several) == 1 else f"{record['key']}, {behind['count']} {number}"
            said.tables[name] = counts_behind(behind, counted)
            said.sources[name] = counted["tables"]
        for column in columns:
            name = record["key"] if len(columns) == 1 else f"{record['key']}, {column}"
            said.tables[name] = count_table(record["data"], column, counted)
            said.sources[name] = counted["tables"]


def counts_behind(behind: dict, counted: dict) -> CountTable:
    """The counts behind a figure that shows shares of them alone: a withheld one is missing and confidential."""
    counts = pd.array(behind["counts"], dtype="Float64")
    frame = pd.DataFrame(behind["names"]).assign(**{behind["count"]: counts})
    frame["status"] = frame[behind["count"]].isna().map({True: "confidential", False: "shown"})
    about = {name: counted[name] for name in ("public", "anew") if name in counted}
    return CountTable(frame, behind["count"], list(behind["names"]), **about)


def count_table(data: dict, column: str, counted: dict) -> CountTable:
    """A table of a figure's record as one of counts: a withheld cell is missing and confidential."""
    names = [each["name"] for each in data["columns"]]
    frame = pd.DataFrame(data["values"], columns=names)
    printed = [row[names.index(column)] for row in data["rows"]]
    status = ["confidential" if text == WITHHELD else "shown" for text in printed]
    frame = frame.assign(status=status, **{column: frame[column].astype("Float64")})
    return CountTable(
        frame,
        column,
        counted["by"],
        counted.get("nested", {}),
        public=counted.get("public", False),
        anew=counted.get("anew", ()),
    )
