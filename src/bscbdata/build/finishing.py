"""After the chapters: what is withheld is proved, the pages written and settled, the report read as an outsider would.

A run imports it while its chapters are executed.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from bscbdata import leak, publish
from bscbdata.build.kernels.tasks import tasks
from bscbdata.findings import Finding, stop_on_failure
from bscbdata.places import Edition, Project
from bscbdata.publish import prose_check
from bscbdata.publish.one_chapter import show_chapter
from bscbdata.publish.reading_age import check_reading_age
from bscbdata.review import furniture, settle
from bscbdata.tables import read_all

Tell = Callable[[str, int, int], None]


def show_chapters(names: list[str], book: Path, folder: Path, show: Callable[[Path], None]) -> None:
    """Write the page of each of these chapters into `chapters` in a year's folder, as for `--chapter`; `show` is told of it."""
    for name in names:
        with suppress(Exception):  # what is wrong with it the report says itself
            show(show_chapter(book, name, folder))


def prove(project: Project, edition: Edition, staging: Path) -> list[Finding]:
    """Try every withheld count against all that is shown. A leak stops a draft too: it is never published.

    Returns a warning for each two figures that seem to count the same children without the proof being told, and for each
    withheld number that another year's report shows.
    """
    from bscbdata.build import relations
    from bscbdata.build.proving import prove_edition

    said, proof, found = prove_edition(project, edition, staging)
    for name, text in proof.items():
        (staging / name).write_text(text, encoding="utf8", newline="\n")
    return found + relations.undeclared(said.tables, said.sources)


def settle_pages(
    project: Project, edition: Edition, staging: Path, found: list[Finding], draft: bool, known: leak.Known
) -> list[Finding]:
    """The last step of the pages, which holds tables and lets them go; beside it the files that it leaves alone are read."""
    with tasks() as apart:
        settled = apart.submit(settle, project, edition.year, staging, found, draft)
        leak.check(staging / "report", known, leak.HEAVY)
        return settled.result()


def must_not_leave(project: Project, edition: Edition, staging: Path, draft: bool) -> leak.Known:
    return leak.known_to_us(staging, read_all(project.processed(edition.year)), edition, draft, project.root)


def check_leaks(project: Project, edition: Edition, staging: Path, known: leak.Known, tell: Tell) -> None:
    """Read the finished report as an outsider would. What must not leave stops a draft too."""
    tell("Reading the report as an outsider", 0, 1)
    report = staging / "report"
    found = leak.check(report, known)
    if any(one.file.partition(",")[0] == furniture.CHANGES for one in found):
        furniture.withdraw_details(report)  # else the last draft would stop this one, and every later one
        found = leak.check(report, known)
    stop_on_failure(found)
    tell("Reading the report as an outsider", 1, 1)


def write_pages(
    project: Project, staging: Path, renderer: str, told: list[Finding], tell: Tell, forms: tuple[str, ...]
) -> list[Finding]:
    """Write the report in its forms. Returns what is wrong with its numbers and words that the chapters have not told."""
    tell("Writing pages", 0, 1)
    publish.render(staging / "book", staging / "report", renderer, forms)
    numbers = Counter(found.value for found in told if found.check == "number")
    checks = (prose_check.check_pages, prose_check.check_files)
    found = [one for check in checks for one in _not_told(check(staging / "report"), numbers)]
    tell("Writing pages", 1, 1)
    return found + (check_reading_age(staging / "report") if project.audience else [])


def _not_told(found: list[Finding], told: Mapping[str, int]) -> Iterator[Finding]:
    """The findings but for those that commentary told already: of each number as many in each form as it told."""
    seen: Counter = Counter()
    for one in found:
        form = Path(one.file.partition(",")[0]).suffix
        seen[form, one.value] += 1
        if seen[form, one.value] > told.get(one.value, 0):
            yield one
