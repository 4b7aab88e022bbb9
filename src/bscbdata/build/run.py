"""One run: clean, execute what changed, publish, switch. The last good report stays until the new one is whole."""

import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from types import ModuleType

from bscbdata import disclosure, publish, record
from bscbdata.build import unchanged
from bscbdata.build.cases import KEY
from bscbdata.build.clean import clean
from bscbdata.build.execute import Executed, execute_all, kept_folder, told_by
from bscbdata.build.final import stopping
from bscbdata.build.imports import code_hash
from bscbdata.build.kernels import provisioner
from bscbdata.build.kernels.parent import sparing
from bscbdata.build.kernels.tasks import tasks
from bscbdata.build.keyed import keyed_hashes
from bscbdata.build.ledger import Ledger, Present, chapter_parts, code_part, shared_parts
from bscbdata.build.official_chapters import settle_chapters, write_stand_ins
from bscbdata.build.plan import Chapter, cells_of, chapters, lay_beside
from bscbdata.build.staging import alone, recover, switch
from bscbdata.build.unseen import read_past, unseen
from bscbdata.checking import carried
from bscbdata.findings import GAP, DataStop, Finding, stop_on_failure
from bscbdata.kept import kept_in, sweep
from bscbdata.period import ReportYear
from bscbdata.places import Edition, Project
from bscbdata.prose import edition_commentary
from bscbdata.publish.book import BESIDE
from bscbdata.publish.forms import ALL
from bscbdata.statutory.pseudonyms import load_key
from bscbdata.tables import read_table

Tell = Callable[[str, int, int], None]
Show = Callable[[Path], None]
AHEAD = 3  # chapters that are shown before the report is whole; of more nobody waits for a certain one
MADE = ("book", "report", "previous")  # folders, put in place one after the other, each in one step


@dataclass
class Built:
    """What a run made and what it has to tell."""

    report: Path
    findings: list[Finding] = field(default_factory=list)
    executed: list[str] = field(default_factory=list)
    reused: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass
class Run:
    """A run while it lasts: what it makes, from what, for whom, and who is told of its progress and its pages."""

    project: Project
    edition: Edition
    draft: bool
    built: Built
    tell: Tell
    show: Show | None = None


def build(
    project: Project,
    year: ReportYear,
    renderer: str = "auto",
    draft: bool = True,
    allow_rejects: bool = False,
    tell: Tell | None = None,
    forms: tuple[str, ...] = ALL,
    show: Show | None = None,
    made_from: dict[str, str] | None = None,
) -> Built:
    """Clean, execute and publish a year; `forms` are made beside the pages. Raises DataStop with every failure; the published report is then untouched.

    `show` is told of each page that its author can look at while the rest is made: see `_show_ahead`. `made_from` is what
    `unchanged.inputs` gave, where it was asked already.
    """
    options = {"renderer": renderer, "draft": draft, "allow_rejects": allow_rejects}
    options |= {"forms": forms} if forms != ALL else {}
    edition = project.edition(year)  # a year that is not there stops before anything is made for it
    built = Built(project.build(year) / "report")
    with alone(project.for_readers().build(year)):  # all audiences of an area read the same tables
        _take_up(project, year)
        if not edition.official_alone:
            made_from = made_from if (project.root / KEY).exists() else None
            load_key(project.root / KEY)  # made on first use: after that nothing has changed
        # before anything is read: a change meanwhile is not missed
        made_from = made_from or unchanged.inputs(project, year, options)
        edition = project.edition(year)  # anew: another build may have been waited for
        run = Run(project, edition, draft, built, _Watch(tell or _untold, built.seconds), show)
        with kept_in(kept_folder(project.root)), provisioner.held(), sparing():
            provisioner.start_ahead()
            _clean(run, allow_rejects)
            # pages for other readers have a design of their own
            _make(run, "embedded" if project.audience else renderer, forms)
        sweep(kept_folder(project.root))
        unchanged.keep(project, year, made_from, built.findings)
    return built


def _untold(stage: str, done: int, of: int) -> None:
    """What nobody asked to be told."""


def _take_up(project: Project, year: ReportYear) -> None:
    """What a run that was killed has left: folders put back, half-made ones taken away."""
    folder = project.build(year)
    for target in (*(folder / name for name in MADE), project.processed(year)):
        recover(target)
    for half in (*folder.glob(".staging-*"), *project.processed(year).parent.glob(f".{year}-*")):
        shutil.rmtree(half, ignore_errors=True)


def _clean(run: Run, allow_rejects: bool) -> None:
    """Write the tidy tables, and let go of them; what did not pass is told."""
    run.tell("Cleaning the returns", 0, 1)
    cleaned = clean(run.project, run.edition.year, allow_rejects).findings
    if not run.draft:
        stop_on_failure(cleaned)  # rows that a draft may go on without are open failures
    run.tell("Cleaning the returns", 1, 1)
    run.built.findings += [found for found in cleaned if found.result != "pass"]
    run.built.findings += carried.findings(run.project, run.edition.year)


def _make(run: Run, renderer: str, forms: tuple[str, ...]) -> None:
    """Chapters, pages and proof in a folder of their own, which takes the place of the last report when all is well."""
    folder = run.project.build(run.edition.year)
    folder.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=folder))
    try:
        try:
            write_book(run, chapters(run.project), staging / "book")
        except DataStop as stop:
            raise DataStop(stop.findings + _of_others(run, staging)) from stop
        _publish(run, staging, renderer, forms)
        _write_run(run, staging)
        if not run.draft:  # before anyone can read it, so that none is forgotten
            disclosure.keep_final(
                run.project.for_readers().build(run.edition.year), staging / disclosure.COUNTS
            )
        _put_in_place(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _publish(run: Run, staging: Path, renderer: str, forms: tuple[str, ...]) -> None:
    """The report in its forms, proved, settled, and read as an outsider would."""
    project, edition, built = run.project, run.edition, run.built
    known = _write(run, staging, renderer, forms)
    if not run.draft:
        stop_on_failure(stopping(built.findings, edition))
    built.findings += _finishing().settle_pages(project, edition, staging, built.findings, run.draft, known)
    _finishing().check_leaks(project, edition, staging, known, run.tell)


def _put_in_place(staging: Path, folder: Path) -> None:
    """What was made takes the place of what stood there, folder by folder, then file by file."""
    for name in MADE:
        if (staging / name).exists():
            switch(staging / name, folder / name)
    for name in ("run.json", "edition.json", "withheld.csv", "counts.json"):
        (staging / name).replace(folder / name)


def _finishing() -> ModuleType:
    """What comes after the chapters. It brings the writers along: a run imports it while its chapters are executed."""
    from bscbdata.build import finishing

    return finishing


def _show_ahead(run: Run, waiting: list[Chapter], names: set[str], book: Path) -> None:
    """Write the pages of chapters that changed into `chapters`, as for `--chapter`, before the report is made.

    Chapters that speak of the whole book may be at work still: they stand beside as they were last built. What no check has
    seen is not shown: the run will stop on it.
    """
    from bscbdata.publish.quarto import lay_files

    if any(_unchecked(cells_of(book / f"{name}.ipynb"), name) for name in names):
        return
    folder, half = book.parents[1], book.with_name("ahead")
    shutil.copytree(book, half)
    for chapter in waiting:
        if not (half / chapter.notebook.name).exists():
            lay_beside(chapter, folder / "book", half)
    settle_chapters(run.edition, half)
    lay_files(half)
    _finishing().show_chapters(sorted(names), half, folder, run.show)
    shutil.rmtree(half)


def _write(run: Run, staging: Path, renderer: str, forms: tuple[str, ...]):
    """The report in its forms, and beside it the proof. Returns what must not leave, for those who look for it."""
    project, edition, finishing = run.project, run.edition, _finishing()
    with tasks() as apart:
        for other in project.others(edition.year):
            _lay_beside(run, other, staging)
        write_record(project, edition, run.draft, renderer, staging / "book" / record.NAME)
        proven = apart.submit(finishing.prove, project, edition, staging)
        known = apart.submit(finishing.must_not_leave, project, edition, staging, run.draft)
        if publish.chosen(renderer) == "quarto":
            proven.result(), known.result()  # it writes among the notebooks that both read
        found = finishing.write_pages(project, staging, renderer, run.built.findings, run.tell, forms)
        run.built.findings += proven.result() + found
        return known.result()


def _of_others(run: Run, staging: Path) -> list[Finding]:
    """What stops a final edition in those for other readers, which are proved with it: told at once, and not run by run."""
    found = []
    for other in [] if run.draft else run.project.others(run.edition.year):
        try:
            _lay_beside(run, other, staging)
        except DataStop as stop:
            found += stop.findings
    return found


def _lay_beside(run: Run, other: Project, staging: Path) -> None:
    """The executed notebooks of another audience's edition: what is withheld is proved of all editions together."""
    book = staging / BESIDE / (other.audience or "board")
    write_book(replace(run, project=other, built=Built(book), show=None), chapters(other), book)


def write_book(run: Run, plan: list[Chapter], book: Path) -> None:
    """The executed notebooks beside `_quarto.yml` and the edition's own few lines of it."""
    from bscbdata.publish.quarto import lay_files

    project, edition, built = run.project, run.edition, run.built
    book.mkdir(parents=True)
    shutil.copy(project.book_file, book)
    (book / "_quarto-edition.yml").write_text(
        edition_lines(edition, run.draft, project.audience), encoding="utf8", newline="\n"
    )
    plan = write_stand_ins(plan, edition, book)
    failed = _execute(run, plan, book)
    for notebook in (book / chapter.notebook.name for chapter in plan):
        if notebook.exists():  # one that failed is not
            cells = cells_of(notebook)
            failed += _unchecked(cells, notebook.stem)
            told = told_by(cells, notebook.name)
            # an edition made from official figures alone is full of gaps, says so, and nobody can fill them
            built.findings += [f for f in told if f.check != GAP or not edition.official_alone]
    # all chapters at once, before pages are made of them
    stop_on_failure([*failed, *([] if run.draft else stopping(built.findings, edition))])
    settle_chapters(edition, book)
    lay_files(book)


def _unchecked(cells: list[dict], chapter: str) -> list[Finding]:
    """What the cells of an executed chapter show or read past the report: such a run stops."""
    place = f"notebooks/{chapter}.ipynb"
    return unseen(cells, place) + read_past(cells, place)


def parts_of(
    project: Project, edition: Edition, plan: list[Chapter], draft: bool
) -> dict[str, dict[str, str]]:
    """What decides what each chapter says, by its name, but for what it notes while it runs."""
    shared = shared_parts(project, edition, draft)
    commentary, hashed = edition_commentary(project, edition), cache(code_hash)
    return {
        chapter.name: shared
        | chapter_parts(chapter.notebook, commentary, project)
        | code_part(chapter.notebook, edition.year, hashed)
        for chapter in plan
    }


def _reuse(ledger: Ledger, chapter: Chapter, parts: dict[str, str], book: Path, built: Built) -> bool:
    content = ledger.find(chapter.name, parts)
    if content is None:
        return False
    (book / chapter.notebook.name).write_bytes(content)
    built.reused.append(chapter.name)
    return True


def _execute(run: Run, plan: list[Chapter], book: Path) -> list[Finding]:
    """Execute the chapters that changed, and lay the others beside; the failures of all of them."""
    project, edition, built = run.project, run.edition, run.built
    ledger = Ledger(project.build(edition.year) / "ledger", Present(project, edition))
    parts = parts_of(project, edition, plan, run.draft)
    waiting = [chapter for chapter in plan if not _reuse(ledger, chapter, parts[chapter.name], book, built)]
    meanwhile = partial(_meanwhile, project, edition, book, run.draft)
    if not waiting:
        meanwhile()
        return []
    failed: list[Finding] = []
    ahead = _ahead(run, waiting)
    run.tell("Executing chapters", 0, len(waiting))

    def done(result: Executed) -> None:
        if result.problem:
            failed.append(result.problem)
        else:
            (book / f"{result.chapter}.ipynb").write_bytes(result.content)
            ledger.keep(result, parts[result.chapter])
        built.executed.append(result.chapter)
        run.tell("Executing chapters", len(built.executed), len(waiting))
        if result.chapter in ahead and ahead <= {*built.executed} and not failed:
            _show_ahead(run, waiting, ahead, book)

    given = {"year": edition.year.label, "area": edition.area, "draft": run.draft}
    with tempfile.TemporaryDirectory(prefix="chapters-", dir=book.parent) as scratch:
        execute_all(waiting, given, project.root, Path(scratch), done, meanwhile)
    return failed


def _ahead(run: Run, waiting: list[Chapter]) -> set[str]:
    """The chapters whose pages are shown before the report is whole: a few, of a draft for the Board."""
    names = {chapter.name for chapter in waiting if not chapter.tells_of_all}
    shown = run.show and run.draft and not run.project.audience
    return names if shown and len(names) <= AHEAD else set()


def _meanwhile(project: Project, edition: Edition, book: Path, draft: bool) -> None:
    """What needs no executed chapter: imports of what comes after, and what writers must know of the edition."""
    _finishing()
    from bscbdata.publish.about import write_about

    write_about(book, project, edition, draft)


def edition_lines(edition: Edition, draft: bool, audience: str = "") -> str:
    """The part of the book's configuration that belongs to one year: a Quarto profile."""
    readers = f" for {audience.replace('-', ' ')}" if audience else ""
    alone = "Simulated figures, not official statistics" if edition.illustrative else "Official statistics"
    name = alone if edition.official_alone else f"Annual report{readers}"
    subtitle = f"{name} {edition.year}{', draft' if draft else ''}"
    said = {"title": edition.board, "subtitle": subtitle, "date": edition.published}
    # a string of JSON is one of YAML too, whatever stands in it
    lines = [f"  {name}: {json.dumps(text, ensure_ascii=False)}\n" for name, text in said.items()]
    # of a year alone Quarto would make its first of January
    shown = "date-format: YYYY\n" if re.fullmatch(r"\d{4}", edition.published) else ""
    return "book:\n" + "".join(lines) + shown


class _Watch:
    """Passes on what a run tells of its progress, and notes how long each stage took, in seconds."""

    def __init__(self, tell: Tell, seconds: dict[str, float]) -> None:
        self.tell, self.started, self.seconds = tell, {}, seconds

    def __call__(self, stage: str, done: int, of: int) -> None:
        now = time.monotonic()
        self.seconds[stage] = round(now - self.started.setdefault(stage, now), 2)
        self.tell(stage, done, of)


def write_record(project: Project, edition: Edition, draft: bool, renderer: str, path: Path) -> None:
    """The run record that is published beside the pages: what they are made from and with."""
    findings = read_table(project.processed(edition.year), "findings")
    made = record.run_record(project, edition, draft, findings)
    pages = {"renderer": publish.chosen(renderer), "code": record.pages_hash()}
    text = json.dumps(made | {"pages": pages}, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf8", newline="\n")


def _write_run(run: Run, staging: Path) -> None:
    """The record as it is kept here: with what this run did, what it said, and how long each stage took."""
    built = run.built
    kept = json.loads((staging / "book" / record.NAME).read_text(encoding="utf8"))
    kept |= {"executed": sorted(built.executed), "reused": sorted(built.reused), "seconds": built.seconds}
    kept |= {"findings": [str(finding) for finding in built.findings]}
    kept["returns_keyed"] = keyed_hashes(run.project, run.edition)
    (staging / record.NAME).write_text(
        json.dumps(kept, indent=1, ensure_ascii=False), encoding="utf8", newline="\n"
    )
