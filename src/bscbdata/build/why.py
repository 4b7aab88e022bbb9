"""What a build would do, and why: for each task whether it would run, and which input changed. Nothing is run."""

from collections.abc import Iterator
from dataclasses import dataclass

from bscbdata.build import unchanged
from bscbdata.build.clean import why_clean
from bscbdata.build.hashes import changed
from bscbdata.build.ledger import Ledger, Present
from bscbdata.build.plan import chapters
from bscbdata.build.run import parts_of
from bscbdata.period import ReportYear
from bscbdata.places import Project

PAGES = (
    "_quarto.yml",
    "code of publish",
    "code of review",
    "libraries",
    "quarto",
    "options",
    "the report itself",
)
FORMS = ("PDF", "Word file", "workbook", "open data")


@dataclass(frozen=True)
class Task:
    """One thing that a build does. `why` is what changed since it was done last; empty when it need not be done."""

    name: str
    why: str = ""

    def __str__(self) -> str:
        return f"{'run ' if self.why else 'keep'}  {self.name}{f': {self.why}' if self.why else ''}"


def tasks(project: Project, year: ReportYear, options: dict[str, object]) -> Iterator[Task]:
    """Every task of a build with these options, in order. What cleaning would change shows in chapters once it has run."""
    yield Task("cleaning", why_clean(project, year, bool(options["allow_rejects"])))
    plan, edition = chapters(project), project.edition(year)
    ledger = Ledger(project.build(year) / "ledger", Present(project, edition))
    parts = parts_of(project, edition, plan, bool(options["draft"]))
    executed = {}
    for chapter in plan:
        executed[chapter.name] = ledger.why(chapter.name, parts[chapter.name])
        yield Task(f"chapter {chapter.name}", executed[chapter.name])
    anew = [name for name, why in executed.items() if why]
    beside = _of_pages(project, year, options)
    for chapter in plan:
        yield Task(
            f"page {chapter.name}.html", "its chapter is executed again" if executed[chapter.name] else beside
        )
    of_all = f"executed again: {', '.join(anew)}" if anew else beside
    yield from (Task(form, of_all) for form in FORMS)


def _of_pages(project: Project, year: ReportYear, options: dict[str, object]) -> str:
    """What changed that all pages rest on; empty when nothing did."""
    now, before = unchanged.inputs(project, year, options), unchanged.inputs_before(project, year)
    if not before:
        return "not built before"
    if before == now and unchanged.told_before(project, year, now) is None:
        return "the report is not as it was made"
    return changed({name: before.get(name) for name in PAGES}, {name: now.get(name) for name in PAGES})
