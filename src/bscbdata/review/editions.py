"""The edition that an analyst names: a build folder, an `edition.json`, a year, or a commit that is built for it."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bscbdata.findings import refusal
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.review.difference import Difference, as_told, difference, is_covered
from bscbdata.review.edition import NAME, PREVIOUS, git, hashes, load, read_edition, write
from bscbdata.review.page import name, summary, write_page
from bscbdata.review.pages import drawings

Say = Callable[[str], None]


@dataclass(frozen=True)
class Kept:
    """An edition and, where it is there, the folder of its pages."""

    edition: dict
    report: Path | None
    title: str


def diff(old: Path, new: Path) -> Difference:
    """What differs between two builds: folders that hold an `edition.json`, or such files themselves."""
    return as_told(difference(_from_path(Path(old)).edition, _from_path(Path(new)).edition))


def diff_command(
    project: Project, old: str, new: str, year: str = "", say: Say = lambda line: None
) -> tuple[Path, Path, list[str]]:
    """Compare two builds, years or commits: the page, the JSON, and a few lines that say what changed.

    `year` is the report year of a commit, the latest when left out. No `old` is the last edition that was another one,
    no `new` the build of the year. Raises ValueError when a name is none of these, DataStop when a commit cannot be built.
    """
    label = year or project.years()[-1]
    here = project.build(ReportYear.parse(label))
    first = find(project, old, label, say) if old else _from_path(here / PREVIOUS)
    second = find(project, new, label, say) if new else _from_path(here)
    found = as_told(difference(first.edition, second.edition))
    changed = [change.key for change in found.of("figure")]
    sides = [drawings(kept.report, changed) if kept.report else {} for kept in (first, second)]
    if first.edition["year"] == second.edition["year"]:
        for change in filter(is_covered, found.changes):
            sides[0].pop(change.key, None)  # the old chart would show what the new one does not
    drawn = {
        key: tuple(side.get(key, "") for side in sides)
        for key in changed
        if any(key in side for side in sides)
    }
    folder = project.build(ReportYear.parse(second.edition["year"]))
    pages = "report/" if second.report == folder / "report" else ""
    page = write_page(found, folder / "diff.html", drawn, (first.title, second.title), pages)
    return page, write(found.to_dict(), folder / "diff.json"), summary(found)


def find(project: Project, named: str, year: str, say: Say) -> Kept:
    """The edition of a name. ValueError when it is no build, year or commit."""
    if re.fullmatch(r"\d{4}-\d{2}", named):
        return _from_path(project.build(ReportYear.parse(named)))
    if Path(named).exists():
        return _from_path(Path(named))
    commit = _commit(project, named)
    if not commit:
        raise ValueError(f"'{named}' is no build folder, no edition.json, no report year and no commit.")
    return _from_commit(project, commit, ReportYear.parse(year), say)


def _from_path(path: Path) -> Kept:
    file = path / NAME if path.is_dir() else path
    if not file.is_file():
        raise ValueError(_nothing(path))
    edition, report = load(file), file.parent / "report"
    title = name(edition) + (", the edition before the last build" if file.parent.name == PREVIOUS else "")
    return Kept(edition, report if report.is_dir() and file.name == NAME else None, title)


def _nothing(path: Path) -> str:
    if path.name == PREVIOUS:
        return "There is no edition before the last build: nothing has changed since, or it was the first."
    year = f" --year {path.name}" if re.fullmatch(r"20\d\d-\d\d", path.name) else ""
    return f"{path.name} holds no {NAME}: build it first, `bscb build{year}`."


# ---- commits -----------------------------------------------------------------------------------------------------


def _commit(project: Project, named: str) -> str:
    if named.startswith("-"):
        return ""
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{named}^{{commit}}")
    return git(project.root, *asked)


def _from_commit(project: Project, commit: str, year: ReportYear, say: Say) -> Kept:
    """A commit's edition: kept from before, or built once in a copy of the commit and then kept."""
    kept = project.root / "build" / "commits" / commit / year.label
    if not (kept / NAME).exists():
        say(f"Building commit {commit[:10]} in a copy of it: this may take a minute or two.")
        with tempfile.TemporaryDirectory(prefix="bscb-commit-") as scratch:
            _build_commit(project, commit, year, Path(scratch), kept)
    return _from_path(kept)


def _build_commit(project: Project, commit: str, year: ReportYear, scratch: Path, kept: Path) -> None:
    archive, copy = scratch / "commit.tar", scratch / "project"
    command = ["git", "archive", "--format=tar", "-o", str(archive), commit]
    subprocess.run(command, cwd=project.root, capture_output=True, check=True)
    with tarfile.open(archive) as content:
        content.extractall(copy, filter="data")
    _run_build(copy, year, commit)
    made = copy / "build" / year.label
    edition = _with_commit(made, copy, year, commit)
    kept.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".kept-", dir=kept.parent))
    shutil.copytree(made / "report", staging / "report")
    write(edition, staging / NAME)
    staging.rename(kept)


def _run_build(copy: Path, year: ReportYear, commit: str) -> None:
    """The commit's own program builds the commit's own data."""
    environment = {**os.environ, "BSCB_PROJECT": str(copy), "PYTHONPATH": str(copy / "src")}
    command = [sys.executable, "-m", "bscbdata.cli", "build", "--year", year.label]
    ran = subprocess.run(
        command,
        cwd=copy,
        env=environment,
        capture_output=True,
        encoding="utf8",
        errors="replace",
        check=False,
    )
    if ran.returncode:
        said = ran.stderr.strip()[-2000:]
        raise refusal("diff", f"Commit {commit[:10]} cannot be built: {said}")


def _with_commit(made: Path, copy: Path, year: ReportYear, commit: str) -> dict:
    """The edition that the commit's program wrote, or, where it writes none, what we read from its pages."""
    if (made / NAME).exists():
        edition = load(made / NAME)
    else:
        edition = read_edition(Project(copy), year, made / "report", commit)
        edition["made_with"] |= hashes(copy / "src" / "bscbdata")
    edition["made_with"]["commit"] = commit
    return edition
