"""The cleaning stage: `data/raw` in, `data/processed/<year>` out, and what the checks said."""

from concurrent.futures import Future
from functools import partial
from pathlib import Path

import pandas as pd

from bscbdata import audit, back_test, disclosure, facts, gaps, tables
from bscbdata.beside import side_by_side
from bscbdata.build import national
from bscbdata.build.cases import (
    KEY,
    LEDGER,
    against_published,
    read_cases,
    rejects_without_content,
    with_pseudonyms,
    without_content,
)
from bscbdata.build.clean_run import CleanRun, findings_kept, keep_findings
from bscbdata.build.hashes import changed, each_hash, libraries
from bscbdata.build.imports import code_hash
from bscbdata.build.published import read_published
from bscbdata.build.staging import replace_folder
from bscbdata.corrections import correct, load_corrections
from bscbdata.findings import REJECT_COLUMNS, DataStop, Finding, as_frame, failure, warning
from bscbdata.indicators import definitions
from bscbdata.indicators.long_table import compute_all
from bscbdata.lists import near
from bscbdata.period import ReportYear
from bscbdata.places import Edition, Project
from bscbdata.provenance import OUR_FOLDERS, check_origins
from bscbdata.sources import Source, load_source, source_names
from bscbdata.sources.reading import read
from bscbdata.sources.titles import of_others
from bscbdata.sources.unread import sent_before, unread_files


def clean(project: Project, year: ReportYear, allow_rejects: bool = False) -> CleanRun:
    """Read, type, correct and check every source, compute the indicators, and keep all of it.

    Raises DataStop with every failure of every source; nothing is written then. With `allow_rejects` the rows
    that cannot be used are left out, listed, and the run goes on. When nothing that it reads has changed since the
    tables were written, they stand as they are, and the run tells the same findings again.
    """
    made_from = _made_from(project, year, allow_rejects)
    kept = _kept(project.processed(year), made_from)
    if kept:
        return kept
    run = examine(project, year)
    stopping = [f for f in run.failures if not (allow_rejects and f.check in ("value", "duplicate"))]
    if stopping:
        raise DataStop(stopping)
    run.tables |= with_pseudonyms(run.tables, project)
    # the mapping ledger may have gained spellings while the returns were read
    _write(run, project, year, _made_from(project, year, allow_rejects))
    return run


def why_clean(project: Project, year: ReportYear, allow_rejects: bool = False) -> str:
    """Why cleaning would do work: what changed since the tables were written. Empty when it would not."""
    note, now = tables.made_from(project.processed(year)), _made_from(project, year, allow_rejects)
    before = note.get("made_from")
    if not isinstance(before, dict):
        return "not done before"
    said = changed(before, now)
    return said or ("" if _kept(project.processed(year), now) else "the tables are not as they were written")


def _made_from(project: Project, year: ReportYear, allow_rejects: bool) -> dict[str, str]:
    """The hash of everything that cleaning reads: raw files with their origins, corrections, the package, and what final
    editions told, which findings do not tell beyond."""
    edition = project.edition(year)
    raw = [
        path for folder in edition.raw_folders for path in (project.raw / folder).rglob("*") if path.is_file()
    ]
    raw = [path for path in raw if not OUR_FOLDERS & set(path.relative_to(project.raw).parts)]
    beside = [project.root / name for name in ("data/corrections.yml", LEDGER, KEY)]
    finals = disclosure.kept_places(project.for_readers().build(year), same_year=True)
    files = each_hash([*raw, *(path for path in beside if path.exists()), *finals], project.root)
    code = {"code of cleaning": code_hash("bscbdata.build.clean"), "libraries": libraries()}
    return files | code | {"allow rejects": str(allow_rejects), "edition": str(edition)}


def _kept(folder: Path, made_from: dict[str, str]) -> CleanRun | None:
    """What was told when the tables were made, if they were made from the same; None when there is work to do."""
    told = findings_kept(folder, made_from)
    return None if told is None else CleanRun(findings=told)


def examine(project: Project, year: ReportYear) -> CleanRun:
    """Everything up to writing: tables, rejects and findings of a year, nothing kept."""
    edition = project.edition(year)
    if edition.official_alone:
        said = national.prepare(project)
        return CleanRun(national.of_edition(project, edition), findings=said)
    run = CleanRun(findings=check_origins(project.raw / "official") + _check_returns(project, year))
    _read_returns(project, year, run)
    run.findings += _check_gaps(edition) + _correct(project, year, run)
    for beside in (read_published(project.raw, run.tables), read_cases(project, year, run.tables)):
        run.add(beside)
    return run


def _check_returns(project: Project, year: ReportYear) -> list[Finding]:
    """The origin of every return, and for what lies under a name that no return has, that nothing reads it."""
    found = check_origins(project.raw / year.label)
    unread = unread_files(project.raw, year)
    names = {finding.file for finding in unread if finding.check == "unread"}
    # to write an origin for a name that is wrong would be work for nothing
    return (
        [f for f in found if f.file not in names or f.result != "failure"]
        + unread
        + sent_before(project.raw, year)
    )


def _check_gaps(edition: Edition) -> list[Finding]:
    """A warning for each name under [gaps] of year.toml that nothing has, mistyped most likely: no reader sees its words."""
    asked = facts.definitions()
    known = {*source_names(), *definitions(), *asked, *(fact.table for fact in asked.values())}
    place, said = f"{edition.year}/year.toml, [gaps]", "Nothing that can be missing has this name."
    return [
        warning("gap name", said, file=place, value=name, advice=near(name, source_names()).strip())
        for name in edition.known_gaps
        if name not in known and "*" not in name
    ]


def _correct(project: Project, year: ReportYear, run: CleanRun) -> list[Finding]:
    """Apply the corrections, and hold every corrected table against its schema and key again."""
    try:
        entries = load_corrections(project.root / "data" / "corrections.yml", year.label)
    except ValueError as error:
        return [failure("correction", str(error), file="data/corrections.yml")]
    findings = correct(run.tables, entries)
    touched = {entry["table"] for entry in entries} & set(run.tables)
    return findings + [
        finding
        for name in sorted(touched)
        for finding in _schema_findings(load_source(name), run.tables[name])
    ]


def _read_returns(project: Project, year: ReportYear, run: CleanRun) -> None:
    """Every return and official table into the run, in the order of their names; they are read side by side."""
    sent = [source for source in map(load_source, source_names()) if source.expected(project.raw, year)]
    there = [source for source in sent if source.file(project.raw, year).exists()]
    reading = side_by_side(partial(read, year=year, raw=project.raw), there)
    for source in sent:
        if source in there:
            _take_in(next(reading), source, project, year, run)
        else:
            run.findings.append(_outstanding(source, project.edition(year)))


def _take_in(reading: Future, source: Source, project: Project, year: ReportYear, run: CleanRun) -> None:
    """A source that was read into the run, or what was said instead."""
    try:
        cleaned = reading.result()
    except (DataStop, FileNotFoundError, ValueError) as error:
        place = source.file(project.raw, year).relative_to(project.raw).as_posix()
        said = error.findings if isinstance(error, DataStop) else [failure("source", str(error), file=place)]
        told = {(finding.file, finding.message) for finding in run.findings}  # of its origin, most likely
        run.findings += [finding for finding in said if (finding.file, finding.message) not in told]
        return
    run.findings += of_others(cleaned.findings, project.edition(year).area)
    run.rows_in[source.name] = cleaned.rows_in
    if not cleaned.rows_in:
        run.findings.append(_outstanding(source, project.edition(year)))
        return
    run.tables[source.name] = cleaned.table
    run.rejects.append(cleaned.rejects)
    run.findings += _schema_findings(cleaned.source, cleaned.table)


def _outstanding(source: Source, edition: Edition) -> Finding:
    """A return that is not there: the report says so in its place."""
    gap, place = gaps.of_table(source.name, edition), "official" if source.official else edition.year.label
    advice = edition.known_gaps.get(source.name, "") or gap.said
    said, file = f"{gap.what}: {gap.kind.lower()}.", f"{place}/{source.path}"
    return warning("outstanding", said, file=file, advice=advice, about=gap.what)


def _schema_findings(source: Source, table: pd.DataFrame) -> list[Finding]:
    """What the table's schema still finds wrong after reading: a fault of our maps, so it stops the run."""
    if table.empty or tables.fits(source, table):
        return []  # an empty one is said already
    import pandera.errors

    try:
        tables.schema(source).validate(table, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases.head(5)
        return [
            failure("schema", f"{case.check}: {case.failure_case}", file=source.path, column=str(case.column))
            for case in cases.itertuples()
        ]
    return []


def _figures_of_the_area(indicators: pd.DataFrame, edition: Edition) -> list[Finding]:
    """A warning when there is no official figure of the report's own area at all: then every chart of it is a gap."""
    own = indicators[(indicators["area"] == edition.area) & (indicators["provenance"] == "official")]
    if len(own):
        return []
    said = f"No official figure of {edition.area} is here: what rests on them is a gap, and charts show others alone."
    advice = "Put the Department's files into data/raw/official/releases, as docs/published-files.md says."
    return [warning("area", said, file="official", advice=advice)]


def _what_was_printed(tables_: dict[str, pd.DataFrame], project: Project, year: ReportYear) -> list[Finding]:
    """Whether what was sent or printed adds up, and whether our numbers are the printed ones or the errata say why not."""
    edition = project.edition(year)
    found = audit.check(tables_, edition)
    if "published_facts" in tables_:
        before = disclosure.of_finals(project.for_readers().build(year), year.label)
        found += back_test.unexplained(tables_, edition, *before)
    return found


def added_up(run: CleanRun, project: Project, year: ReportYear) -> list[Finding]:
    """Whether the returns that are here add up, as far as the tables of `examine` tell: their indicators come into the run."""
    edition = project.edition(year)
    run.tables["indicators"] = compute_all(run.tables, year.label, edition.area)
    return _what_was_printed(tables.Settled(run.tables), project, year)


def _write(run: CleanRun, project: Project, year: ReportYear, made_from: dict[str, str]) -> None:
    edition = project.edition(year)
    # official figures come with their indicators, and nothing of ours was printed
    if not edition.official_alone:
        run.tables |= national.of_own_area(run.tables, edition)
        run.tables["indicators"] = compute_all(run.tables, year.label, edition.area)
        run.findings += _figures_of_the_area(run.tables["indicators"], edition)
        run.findings += against_published(run.tables, run.tables["indicators"], edition.area, year)
        run.findings += _what_was_printed(tables.Settled(run.tables), project, year)
    findings = without_content(run.findings)
    listed = pd.concat([pd.DataFrame(columns=REJECT_COLUMNS), *run.rejects], ignore_index=True)
    rejects = rejects_without_content(listed.astype("str"))
    with replace_folder(project.processed(year)) as folder:
        for name, frame in run.tables.items():
            tables.write_table(frame, folder, name)
        tables.write_table(rejects, folder, "rejects")
        tables.write_table(as_frame(findings), folder, "findings")
        keep_findings(folder, made_from, findings)
