"""Whether a report can be made again: its recorded inputs, code and libraries against those that are here, and every byte
of it against a report that is built anew from them, in a folder of its own, with nothing kept from before.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bscbdata import record
from bscbdata.build.cases import KEY
from bscbdata.build.keyed import keyed_hashes
from bscbdata.build.run import build
from bscbdata.kept import kept_in
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.tables import read_table

INPUTS = ("_quarto.yml", "notebooks", "data/raw", "data/corrections.yml", "data/mapping_ledger.csv", KEY)
# what a draft is compared with, and last year's proof rests on
HISTORY = ("edition.json", "counts.json", "published", "previous")


@dataclass
class Verified:
    """What was found: how many files are the same, which are not, and what is not as the report recorded it."""

    same: int = 0
    differ: list[str] = field(default_factory=list)
    not_as_recorded: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.differ


def verify(project: Project, report: Path) -> Verified:
    """Build the report again from the project's inputs and compare. FileNotFoundError when it carries no run record."""
    recorded = _record(report)
    told, year = recorded["parameters"], ReportYear.parse(recorded["parameters"]["year"])
    with tempfile.TemporaryDirectory(prefix="bscb-verify-") as scratch:
        whose = replace(project, area=told["area"], audience=_audience(project, report))
        again = _copied(whose, Path(scratch) / "project")
        with kept_in(Path(scratch) / "kept"):
            renderer = recorded["pages"]["renderer"]
            made = build(again, year, renderer, draft=bool(told["draft"]), allow_rejects=True).report
        now = record.run_record(
            again, again.edition(year), told["draft"], read_table(again.processed(year), "findings")
        )
        now["pages"] = {"renderer": renderer, "code": record.pages_hash()}
        found = Verified(not_as_recorded=[*_changed(recorded, now), *_returns_changed(whose, report, year)])
        _compare(report, made, found)
    return found


def _record(report: Path) -> dict:
    """The run record: in the report where one of its pages leads to it, else beside it. FileNotFoundError when not there."""
    if not (report / "index.html").is_file():
        raise FileNotFoundError(f"There is no report in {report}: name the folder that holds its index.html.")
    for path in (report / record.NAME, report.resolve().parent / record.NAME):
        if path.is_file():
            return json.loads(path.read_text(encoding="utf8"))
    raise FileNotFoundError(
        f"{report} has no {record.NAME} in it or beside it: it is not a report of this package."
    )


def _audience(project: Project, report: Path) -> str:
    """Whose report it is, from the folder that it stands in."""
    name = report.resolve().parent.name
    return name if name in project.audiences else ""


def _copied(project: Project, root: Path) -> Project:
    """The project's inputs in a folder of their own, with what earlier builds have left for later ones."""
    for name in INPUTS:
        _copy(project.root / name, root / name)
    for edition in project.root.glob("build/**/edition.json"):
        for name in HISTORY:
            if "previous" not in edition.parent.parts:
                _copy(edition.parent / name, root / edition.parent.relative_to(project.root) / name)
    return replace(project, root=root)


def _copy(place: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if place.is_dir():
        shutil.copytree(place, target, dirs_exist_ok=True)
    elif place.is_file():
        shutil.copyfile(place, target)


def _changed(recorded: Mapping, now: Mapping) -> Iterator[str]:
    """What the report recorded of its making that is not so here, in words."""
    for kind in ("made_with", "texts", "chapters", "pages"):
        for name in sorted({*recorded[kind], *now[kind]}):
            was, is_now = recorded[kind].get(name, "not there"), now[kind].get(name, "not there")
            if was != is_now:
                yield f"{name}: recorded {was[:16]}, here {is_now[:16]}"
    before, here = ({entry["file"]: entry["sha256"] for entry in told["inputs"]} for told in (recorded, now))
    for name in sorted({*before, *here}):
        if before.get(name) != here.get(name):
            yield f"{name}: recorded {before.get(name, 'not there')[:16]}, here {here.get(name, 'not there')[:16]}"


def _returns_changed(project: Project, report: Path, year: ReportYear) -> Iterator[str]:
    """Which returns of children are others than this machine has noted beside the report, where it has and has its key."""
    kept = report.resolve().parent / record.NAME
    before = json.loads(kept.read_text(encoding="utf8")).get("returns_keyed", {}) if kept.is_file() else {}
    if before and (project.root / KEY).is_file():
        here = keyed_hashes(project, project.edition(year))
        changed = (name for name in sorted({*before, *here}) if before.get(name) != here.get(name))
        yield from (f"{name}: another file than the report was made from" for name in changed)


def _compare(report: Path, made: Path, found: Verified) -> None:
    """Every file of both, byte for byte."""
    names = {
        path.relative_to(folder).as_posix()
        for folder in (report, made)
        for path in folder.rglob("*")
        if path.is_file()
    }
    for name in sorted(names):
        one, other = report / name, made / name
        if not other.is_file() or not one.is_file():
            found.differ.append(f"{name}: only in {'the report' if one.is_file() else 'the one made again'}")
        elif (as_it_was := one.read_bytes()) == (again := other.read_bytes()):
            found.same += 1
        else:
            found.differ.append(f"{name}: from byte {len(os.path.commonprefix([as_it_was, again])):,}")
