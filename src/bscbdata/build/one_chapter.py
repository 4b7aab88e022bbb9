"""One chapter alone, for its author: executed, written into a place of its own, the whole report left as it is."""

import shutil
import tempfile
from pathlib import Path

from bscbdata import record
from bscbdata.build.clean import clean
from bscbdata.build.execute import kept_folder
from bscbdata.build.kernels import provisioner
from bscbdata.build.plan import Chapter, chapters, lay_beside
from bscbdata.build.run import Built, Run, Tell, write_book, write_record
from bscbdata.build.staging import alone
from bscbdata.findings import refusal
from bscbdata.kept import kept_in
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.publish.one_chapter import show_chapter


def build_chapter(
    project: Project, year: ReportYear, name: str, allow_rejects: bool = False, tell: Tell | None = None
) -> Built:
    """Clean, execute one chapter and write its page into `build/<year>/chapters/<name>`.

    What is proved of the whole report only (what is withheld, what could leak) is not proved of it: it is not for
    publication. Raises DataStop when there is no such chapter or it fails.
    """
    tell = tell or (lambda stage, done, of: None)
    plan = chapters(project)
    asked = _asked(plan, name)
    folder = project.build(year)
    folder.mkdir(parents=True, exist_ok=True)
    held = alone(project.for_readers().build(year))
    with held, kept_in(kept_folder(project.root)), provisioner.held():
        provisioner.start_ahead()
        tell("Cleaning the returns", 0, 1)
        cleaned = clean(project, year, allow_rejects)
        tell("Cleaning the returns", 1, 1)
        staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=folder))
        try:
            return _make(project, year, plan, asked, cleaned, staging, tell)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _make(project, year, plan, asked, cleaned, staging, tell) -> Built:
    folder = project.build(year)
    target = folder / "chapters" / asked.name
    built = Built(target, [found for found in cleaned.findings if found.result != "pass"])
    edition = project.edition(year)
    write_book(Run(project, edition, True, built, tell), [asked], staging / "book")
    for other in plan:
        if other.name != asked.name:
            lay_beside(other, folder / "book", staging / "book")
    if b"report.run_record()" in asked.notebook.read_bytes():  # its page leads to the record as a file
        write_record(project, edition, True, "embedded", staging / "book" / record.NAME)
    tell("Writing the page", 0, 1)
    show_chapter(staging / "book", asked.name, folder)
    tell("Writing the page", 1, 1)
    return built


def _asked(plan: list[Chapter], name: str) -> Chapter:
    wanted = name.removesuffix(".ipynb")
    found = next((chapter for chapter in plan if chapter.name == wanted), None)
    if found is None:
        there = ", ".join(chapter.name for chapter in plan)
        raise refusal("chapter", "The book has no such chapter.", value=name, expected=there)
    return found
