"""The last step of a build: keep what it says, compare it with the last one, and furnish a draft."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from bscbdata.findings import Finding, warning
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.review.comments import latest, read_kept
from bscbdata.review.difference import Difference, as_told, difference
from bscbdata.review.edition import NAME, PREVIOUS, load, read_edition, write
from bscbdata.review.furniture import Open, by_page, furnish
from bscbdata.review.papers import sections_shown


def settle(
    project: Project, year: ReportYear, staging: Path, findings: Iterable[Finding], draft: bool
) -> list[Finding]:
    """Write `edition.json` (and the last one, in `previous`) beside the pages in `staging`; furnish them when it is a draft.

    Returns what a final edition should be told: that comments are still open.
    """
    edition = read_edition(project, year, staging / "report") | {"status": "draft" if draft else "final"}
    write(edition, staging / NAME)
    changes = _since_last(project.build(year), staging, edition)
    comments = latest(read_kept(project, year))
    if draft:
        found = by_page(findings, edition, sections_shown(project))
        furnish(staging / "report", edition, changes, Open(found, comments))
        return []
    left = Open(comments=comments).unanswered
    said = f"{len(left)} comments of reviewers are still open."
    return [warning("review", said, file="review/comments.csv")] if left else []


def _since_last(kept: Path, staging: Path, edition: dict) -> Difference | None:
    """What changed since the last edition that said something else; None when there was none."""
    for source in (kept, kept / PREVIOUS):
        found = _difference(source / NAME, edition)
        if found and source == kept:
            _keep(kept, staging / PREVIOUS)
        if found:
            return found
    return None


def _difference(path: Path, edition: dict) -> Difference | None:
    try:
        found = as_told(difference(load(path), edition))
    except (FileNotFoundError, ValueError, KeyError):
        return None  # not there, or an edition of an older format: nothing to compare with
    return None if found.empty else found


def _keep(build: Path, previous: Path) -> None:
    """What the last edition said, and its pages: their charts stand beside the new ones in `bscb diff`."""
    (previous / "report").mkdir(parents=True)
    shutil.copyfile(build / NAME, previous / NAME)
    for page in (build / "report").glob("*.html"):
        shutil.copyfile(page, previous / "report" / page.name)
