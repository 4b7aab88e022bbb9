"""Whether a whole build would do again what the last one did: told in a blink, before anything large is imported.

What counts is the hash of everything that a build can read. The answer is yes only when all are the same and every file
that the last build made is as it was made; what is missing or damaged means work, never a wrong answer.
"""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

from bscbdata.build.hashes import each_hash, file_hash, libraries
from bscbdata.build.imports import PACKAGE
from bscbdata.findings import Finding
from bscbdata.lists import read_note
from bscbdata.period import ReportYear
from bscbdata.places import Project

NAME = "built.json"
MADE = ("book", "report", "run.json", "edition.json", "withheld.csv", "counts.json")
OF_OTHER_YEARS = ("edition.json", "counts.json", "published/*.json")
BESIDE = ("_quarto.yml", "data/corrections.yml", "data/mapping_ledger.csv", "data/pseudonyms.key")


def inputs(project: Project, year: ReportYear, options: dict[str, object]) -> dict[str, str]:
    """The hash of everything that a build of the year with these options can read, by what it is."""
    chapters = [
        path for audience in ("", *project.audiences) for path in project.for_readers(audience).chapters()
    ]
    folders = (project.raw, project.root / "notebooks")
    read = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    read = [path for path in read if path.suffix != ".ipynb" or path in chapters]
    read += [path for name in BESIDE if (path := project.root / name).exists()]
    others = [path for name in OF_OTHER_YEARS for path in project.root.glob(f"build/*/{name}")]
    read += [path for path in others if project.build(year) not in path.parents]
    rooms: dict[str, list[Path]] = {}
    for path in PACKAGE.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            rooms.setdefault(path.relative_to(PACKAGE).parts[0].removesuffix(".py"), []).append(path)
    code = {f"code of {room}": file_hash(paths, PACKAGE) for room, paths in sorted(rooms.items())}
    beside = {"libraries": libraries(), "quarto": str(shutil.which("quarto"))}
    area = "" if project.is_home(year) else project.area  # named or not, the report is the same
    whose = {"area": area, "audience": project.audience, "beside": project.built_beside(year)}
    asked = {"options": json.dumps([str(year), options | whose], sort_keys=True)}
    return each_hash(read, project.root) | code | beside | asked


def keep(project: Project, year: ReportYear, made_from: dict[str, str], findings: list[Finding]) -> None:
    """Note what the build that has just ended was made from, what it made, and what it had to tell."""
    folder = project.build(year)
    told = {"inputs": made_from, "made": _made(folder), "findings": [asdict(finding) for finding in findings]}
    half = folder / f".{NAME}"
    half.write_text(json.dumps(told), encoding="utf8", newline="\n")
    half.replace(folder / NAME)


def inputs_before(project: Project, year: ReportYear) -> dict[str, str]:
    """What the last whole build was made from; empty when there was none."""
    return read_note(project.build(year) / NAME).get("inputs", {})


def told_before(project: Project, year: ReportYear, made_from: dict[str, str]) -> list[Finding] | None:
    """What the last build told, if a build now would only do the same again; None when there is work to do."""
    try:
        note = read_note(project.build(year) / NAME)
        if note["inputs"] == made_from and note["made"] == _made(project.build(year)):
            return [Finding(**told) for told in note["findings"]]
    except (OSError, KeyError, TypeError):
        pass
    return None


def _made(folder: Path) -> str:
    found = [path for name in MADE for path in _below(folder / name)]
    return file_hash(found, folder)


def _below(place: Path) -> list[Path]:
    return [path for path in place.rglob("*") if path.is_file()] if place.is_dir() else [place]
