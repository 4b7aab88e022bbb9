"""The last step of a build: keep what it says, compare it with the last one, and furnish a draft."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from bscbdata.findings import Finding, warning
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.review.comments import open_comments
from bscbdata.review.difference import Difference, difference
from bscbdata.review.edition import NAME, PREVIOUS, content, load, read_edition, sections_shown, write
from bscbdata.review.furniture import Open, by_page, furnish


def settle(
    project: Project, year: ReportYear, staging: Path, findings: Iterable[Finding], draft: bool
) -> list[Finding]:
    """Write `edition.json` (and the one before it) beside the pages in `staging`; furnish them when it is a draft.

    Returns what a final edition should be told: that comments are still open.
    """
    edition = read_edition(project, year, staging / "report")
    write(edition, staging / NAME)
    changes = _since_last(project.build(year), staging, edition)
    comments = open_comments(project, year)
    if draft:
        found = by_page(findings, edition, sections_shown(project))
        furnish(staging / "report", edition, changes, Open(found, comments))
        return []
    said = f"{len(comments)} comments of reviewers are still open."
    return [warning("review", said, file="review/comments.csv")] if comments else []


def _since_last(kept: Path, staging: Path, edition: dict) -> Difference | None:
    """What changed since the last edition that was another one; None when there was none, or nothing changed."""
    last, before = kept / NAME, kept / PREVIOUS
    try:
        other = last.exists() and content(load(last)) != content(edition)
        source = last if other else before
        if not source.exists():
            return None
        found = difference(load(source), edition)
    except (ValueError, KeyError):
        return None  # an edition of an older format: nothing to compare with
    shutil.copyfile(source, staging / PREVIOUS)
    return None if found.empty else found
