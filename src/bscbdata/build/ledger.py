"""The ledger: a chapter that read the same things as last time is not executed again.

A key is the hash of everything a chapter can read: its notebook, the parameters, the package, the tidy tables, the
commentary, and the versions of the libraries that draw. A missing or broken entry means work, never a wrong answer.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bscbdata.build.imports import PACKAGE, files_behind, imported_by
from bscbdata import record
from bscbdata.places import Edition, Project

LIBRARIES = ("pandas", "numpy", "pyarrow", "altair", "vl-convert-python", "jinja2", "papermill", "nbformat")


def file_hash(paths: list[Path], root: Path | None = None) -> str:
    """One hash over places and bytes of files; places are below `root`, or names alone."""
    total = hashlib.blake2b(digest_size=16)
    for path in sorted(paths):
        total.update((path.relative_to(root).as_posix() if root else path.name).encode() + b"\0")
        total.update(hashlib.blake2b(path.read_bytes()).digest())
    return total.hexdigest()


def libraries() -> str:
    """The versions of the libraries that decide what is computed and drawn."""
    return " ".join(f"{name} {version(name)}" for name in LIBRARIES)


def code_hash(*modules: str) -> str:
    """One hash over everything in this package that the modules rest on."""
    return file_hash(files_behind(modules), PACKAGE)


def code_part(notebook: Path) -> dict[str, str]:
    """The part of a key that is the code of this package which a chapter can run: what its cells import, and so on."""
    cells = json.loads(notebook.read_text(encoding="utf8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    parts = {"package": code_hash(*sorted({name for source in sources for name in imported_by(source)}))}
    if any("report.run_record()" in source for source in sources):
        parts["record"] = record.package_hash()  # its page shows the hash of the whole package
    return parts


def shared_parts(project: Project, edition: Edition, draft: bool) -> dict[str, str]:
    """The parts of a key that all chapters of a run have in common."""
    year = project.raw / edition.year.label
    return {
        "parameters": f"{edition.year} {edition.area} draft={draft}",
        "tables": file_hash(list(project.processed(edition.year).glob("*.parquet"))),
        "year": file_hash([year / "year.toml"]),
        "origins": file_hash(list(project.raw.rglob("*.origin.toml")), project.raw),
        "libraries": libraries(),
    }


def chapter_parts(notebook: Path, commentary: dict[str, tuple[str, str]]) -> dict[str, str]:
    """The parts of a key that are a chapter's own: its notebook, and the sections of commentary that it names.

    A notebook that asks for a section by anything but its plain name is taken to read them all.
    """
    source = notebook.read_text(encoding="utf8")
    named = re.findall(r'report\.prose\(\\"([\w-]+)\\"\)', source)
    whole = "report.book()" in source or "report.run_record()" in source  # it speaks of every chapter
    plain = len(named) == len(re.findall(r"\bprose\b", source)) and "commentary" not in source and not whole
    read = named if plain else sorted(commentary)
    texts = json.dumps([[name, commentary.get(name)] for name in read])
    beside = [*notebook.parent.glob("*.ipynb"), notebook.parents[1] / "data" / "corrections.yml"]
    others = [path for path in beside if path.exists()] if whole else []
    return {
        "notebook": file_hash([notebook, *others]),
        "commentary": hashlib.blake2b(texts.encode(), digest_size=16).hexdigest(),
    }


@dataclass(frozen=True)
class Ledger:
    """Executed notebooks of earlier runs, by what they had read."""

    folder: Path

    def key(self, parts: dict[str, str]) -> str:
        return hashlib.blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=16).hexdigest()

    def find(self, chapter: str, parts: dict[str, str]) -> bytes | None:
        """The executed notebook of an earlier run that had read the same, or None."""
        entry = self._entry(chapter)
        kept = entry.with_suffix(".ipynb")
        if entry.exists() and kept.exists() and self._read(entry).get("key") == self.key(parts):
            content = kept.read_bytes()
            return (
                content if hashlib.blake2b(content).hexdigest() == self._read(entry).get("content") else None
            )
        return None

    def keep(self, chapter: str, parts: dict[str, str], content: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._entry(chapter).with_suffix(".ipynb").write_bytes(content)
        entry = {"key": self.key(parts), "parts": parts, "content": hashlib.blake2b(content).hexdigest()}
        self._entry(chapter).write_text(json.dumps(entry, indent=1), encoding="utf8")

    def why(self, chapter: str, parts: dict[str, str]) -> str:
        """Why a chapter has to be executed: what changed since the entry that is kept."""
        before = self._read(self._entry(chapter)).get("parts", {})
        if not before:
            return "not executed before"
        changed = [name for name, value in parts.items() if before.get(name) != value]
        return f"changed: {', '.join(changed)}" if changed else "the kept notebook is damaged"

    def _entry(self, chapter: str) -> Path:
        return self.folder / f"{chapter}.json"

    @staticmethod
    def _read(entry: Path) -> dict:
        try:
            return json.loads(entry.read_text(encoding="utf8"))
        except (OSError, ValueError):
            return {}
