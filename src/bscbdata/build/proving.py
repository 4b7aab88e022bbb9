"""The proof over a whole edition: what its figures print, its sentences tell, last year's report and official tables.

`prove_edition` reads the executed notebooks, as the pages will show them. A withheld count of which too much can be
worked out is a failure, in a draft too. docs/disclosure.md says it in plain words.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from bscbdata import disclosure, facts
from bscbdata.build.hashes import file_hash
from bscbdata.build.told import counted, fact_links, series_links, together
from bscbdata.disclosure import CountTable, Link, Part
from bscbdata.figure_record import records
from bscbdata.findings import Finding, stop_on_failure
from bscbdata.gaps import NoData
from bscbdata.kept import code_version, kept
from bscbdata.period import ReportYear
from bscbdata.places import Edition, Project
from bscbdata.tables import read_all

COUNTS, INTERVALS = "counts.json", "withheld.csv"


@dataclass
class Said:
    """What an edition says of counts: tables by figure, as printed, and the facts and series that sentences use."""

    tables: dict[str, CountTable] = field(default_factory=dict)
    sources: dict[str, list[str]] = field(default_factory=dict)
    facts: list[dict] = field(default_factory=list)
    series: list[dict] = field(default_factory=list)


@dataclass(frozen=True)
class Proof:
    """What was said, what the proof found, and of every withheld count the lowest and the highest that it can be."""

    said: Said
    findings: list[Finding]
    intervals: pd.DataFrame


def prove_edition(project: Project, edition: Edition, book: Path) -> tuple[Said, str]:
    """What the executed notebooks in `book` and below say, and as CSV how far each withheld count can be worked out.

    Proven with what is kept of last year's report. DataStop when too much can be worked out. What has been proven of
    the same words and tables is not proven again: see bscbdata.kept.
    """
    said, last = gather(book), project.build(edition.year.previous) / COUNTS
    before = last.read_bytes() if last.exists() else b""
    tables = file_hash(project.processed(edition.year).glob("*.parquet"))
    made_from = (code_version(), tables, repr(edition), before, _as_text(said))
    return said, kept(INTERVALS, made_from, lambda: _proven(project, edition, said)).decode()


def _proven(project: Project, edition: Edition, said: Said) -> bytes:
    tidy = read_all(project.processed(edition.year))
    proof = prove(said, tidy, edition, last_year(project, edition.year))
    stop_on_failure(proof.findings)
    return proof.intervals.to_csv(index=False, lineterminator="\n").encode()


def _as_text(said: Said) -> str:
    """All that is said, as one text."""
    tables = [
        [name, table.frame.to_json(orient="split"), repr(replace(table, frame=None))]
        for name, table in said.tables.items()
    ]
    return json.dumps([tables, said.sources, said.facts, said.series])


def prove(
    said: Said,
    tidy: Mapping[str, pd.DataFrame],
    edition: Edition,
    before: Mapping[str, CountTable] | None = None,
) -> Proof:
    """The proof for what an edition says. `before` are last year's tables, as `last_year` reads them."""
    year, before = edition.year.label, before or {}
    published = disclosure.report_tables(said.tables, year)
    public = {**official_tables(tidy, edition), **before}
    links = disclosure.report_links({**published, **public}, year, _fact(tidy, edition))
    links += fact_links(published, said.sources, said.facts, tidy, edition)
    links += series_links(published, said.sources, said.series, tidy, edition)
    links += same_cells(published, before)
    found, intervals = disclosure.prove_and_list(published, links, public)
    return Proof(said, [*found, *together(said.facts, tidy, edition)], intervals)


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
        for cell in json.loads(notebook.read_text(encoding="utf8"))["cells"]:
            for output in cell.get("outputs", []):
                _add(said, output)
    return said


def _add(said: Said, output: dict) -> None:
    told = output.get("metadata", {}).get("bscb", {})
    said.facts += [fact for fact in told.get("facts", []) if fact not in said.facts]
    said.series += [row for row in told.get("series", []) if row not in said.series]
    for record in records([output]):
        counted = told.get("counted", {})
        columns = counted.get("columns", [])
        for column in columns:
            name = record["key"] if len(columns) == 1 else f"{record['key']}, {column}"
            said.tables[name] = count_table(record["data"], column, counted)
            said.sources[name] = counted["tables"]


def count_table(data: dict, column: str, counted: dict) -> CountTable:
    """A table of a figure's record as one of counts: a withheld cell is missing and confidential."""
    names = [each["name"] for each in data["columns"]]
    frame = pd.DataFrame(data["values"], columns=names)
    printed = [row[names.index(column)] for row in data["rows"]]
    status = ["confidential" if text == "[c]" else "shown" for text in printed]
    frame = frame.assign(status=status, **{column: frame[column].astype("Float64")})
    return CountTable(
        frame, column, counted["by"], counted.get("nested", {}), (), counted.get("public", False)
    )


# ---- what others know --------------------------------------------------------------------------------------------


def official_tables(tidy: Mapping[str, pd.DataFrame], edition: Edition) -> dict[str, CountTable]:
    """The official tables that the rules name, with what their publishers withheld."""
    words = {"year": edition.year.label, "area": edition.area}
    found = {}
    for told in disclosure.rules().official:
        frame = tidy.get(told["table"])
        if frame is None:
            continue
        for column, wanted in told.get("only", {}).items():
            frame = frame[frame[column].astype("str") == wanted.format_map(words)]
        if len(frame):
            frame = frame.reset_index(drop=True)
            found[told["name"]] = CountTable(frame, told["count"], told["by"], public=True)
    return found


def keep(said: Said, path: Path) -> None:
    """Write the tables as they were published, for next year's proof."""
    tables = {
        name: {
            "count": table.count,
            "by": list(table.by),
            "nested": table.nested,
            "rows": json.loads(table.frame[[*table.by, table.count, "status"]].to_json(orient="records")),
        }
        for name, table in said.tables.items()
    }
    path.write_text(json.dumps(tables, indent=1, sort_keys=True) + "\n", encoding="utf8", newline="\n")


def last_year(project: Project, year: ReportYear) -> dict[str, CountTable]:
    """The tables of last year's report, where they were kept, by their figure and year."""
    path = project.build(year.previous) / COUNTS
    if not path.exists():
        return {}
    before = json.loads(path.read_text(encoding="utf8"))
    tables = {
        name: CountTable(
            pd.DataFrame(told["rows"]).astype({told["count"]: "Float64"}),
            told["count"],
            told["by"],
            told["nested"],
            public=True,
        )
        for name, told in before.items()
    }
    with_periods = disclosure.report_tables(tables, year.previous.label)
    return {f"{year.previous} {name}": table for name, table in with_periods.items()}


def same_cells(now: Mapping[str, CountTable], before: Mapping[str, CountTable]) -> list[Link]:
    """Cells that stand in this year's and in last year's table of one figure: those of the same month or quarter."""
    found = []
    for name, then in before.items():
        key = name.partition(" ")[2]
        if key in now:
            found += _same(key, now[key], name, then)
    return found


def _same(key: str, now: CountTable, name: str, then: CountTable) -> Iterator[Link]:
    """The cells of periods that this year's return repeats as they were; one that it states anew counts otherwise."""
    columns = [column for column in now.by if column in then.by]
    if "quarter" in now.frame and "quarter" in then.frame:
        columns = list(dict.fromkeys([*columns, "quarter"]))
    elif "year" not in columns:
        return
    time = "quarter" if "quarter" in columns else "year"
    sides = [
        table.frame.astype(dict.fromkeys(columns, "str"))
        .groupby(columns, as_index=False)[table.count]
        .sum(min_count=1)
        for table in (now, then)
    ]
    both = sides[0].rename(columns={now.count: "_now"}).merge(sides[1].rename(columns={then.count: "_then"}))
    restated = set(both.loc[(both["_now"] != both["_then"]).fillna(False).astype(bool), time])
    for only in both.loc[~both[time].isin(restated), columns].to_dict("records"):
        yield Link(Part(key, only), Part(name, only), f"the same cell in last year's report ({name})")
