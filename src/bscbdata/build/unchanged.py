"""Whether a whole build would do again what the last one did: told in a blink, before anything large is imported.

The key is the hash of everything that a build can read. The answer is yes only when the key is the same and every file
that the last build made is as it was made; what is missing or damaged means work, never a wrong answer.
"""

import hashlib
import json
import shutil
from dataclasses import asdict
from pathlib import Path

from bscbdata.build.hashes import file_hash, libraries
from bscbdata.build.imports import PACKAGE
from bscbdata.findings import Finding
from bscbdata.period import ReportYear
from bscbdata.places import Project

NAME = "built.json"
MADE = ("book", "report", "run.json", "edition.json", "withheld.csv", "counts.json")
BESIDE = ("_quarto.yml", "data/corrections.yml", "data/mapping_ledger.csv", "data/pseudonyms.key")


def key(project: Project, year: ReportYear, options: dict[str, object]) -> str:
    """The hash of all that a build of the year with these options can read."""
    chapters = [path for audience in ("", *project.audiences) for path in project.for_readers(audience).chapters()]
    folders = (project.raw, project.root / "notebooks")
    inputs = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    inputs = [path for path in inputs if path.suffix != ".ipynb" or path in chapters]
    inputs += [path for name in BESIDE if (path := project.root / name).exists()]
    inputs += [path for path in project.root.glob("build/*/edition.json") if path.parent != project.build(year)]
    code = [path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    parts = [str(year), file_hash(inputs, project.root), file_hash(code, PACKAGE), libraries()]
    whose = {"area": project.area, "audience": project.audience, "beside": project.built_beside(year)}
    parts += [str(shutil.which("quarto")), json.dumps(options | whose, sort_keys=True)]
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


def keep(project: Project, year: ReportYear, made_from: str, findings: list[Finding]) -> None:
    """Note what the build that has just ended was made from, what it made, and what it had to tell."""
    folder = project.build(year)
    told = {"key": made_from, "made": _made(folder), "findings": [asdict(finding) for finding in findings]}
    half = folder / f".{NAME}"
    half.write_text(json.dumps(told), encoding="utf8")
    half.replace(folder / NAME)


def told_before(project: Project, year: ReportYear, made_from: str) -> list[Finding] | None:
    """What the last build told, if a build now would only do the same again; None when there is work to do."""
    folder = project.build(year)
    try:
        note = json.loads((folder / NAME).read_text(encoding="utf8"))
        if note["key"] == made_from and note["made"] == _made(folder):
            return [Finding(**told) for told in note["findings"]]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def _made(folder: Path) -> str:
    found = [path for name in MADE for path in _below(folder / name)]
    return file_hash(found, folder)


def _below(place: Path) -> list[Path]:
    return [path for path in place.rglob("*") if path.is_file()] if place.is_dir() else [place]
