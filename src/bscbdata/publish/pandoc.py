"""Pandoc, started once for many documents, and not for those that it was given before: see bscbdata.kept."""

import json
import subprocess
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bscbdata.kept import kept_together
from bscbdata.publish.book import ASSETS

MARKDOWN = "markdown+table_attributes"
MANY = ASSETS / "many.lua"
Task = tuple[str, str, str]  # a text, its form, the form wanted


class PandocError(RuntimeError):
    """Pandoc could not do it; carries its own words."""


def parse(texts: Iterable[str], form: str = MARKDOWN) -> list[dict[str, Any]]:
    """The documents of texts in a form that pandoc reads, as its own tree."""
    return [json.loads(tree) for tree in _run([(text, form, "json") for text in texts])]


def write(documents: Iterable[dict[str, Any]], form: str) -> list[str]:
    """The documents written in a form of pandoc's: html5, typst, …"""
    return _run([(json.dumps(document), "json", form) for document in documents])


def write_file(document: bytes, path: Path, *options: str) -> None:
    """A document, as JSON, as a file in the form that its name ends in; images are looked for beside it."""
    command = [_program(), "--from=json", f"--output={path.name}", *options]
    ran = subprocess.run(command, input=document, capture_output=True, check=False, cwd=path.parent)
    if ran.returncode or ran.stderr:
        raise PandocError(ran.stderr.decode(errors="replace").strip())


def _run(tasks: Sequence[Task]) -> list[str]:
    """The texts of tasks; pandoc is started once for all that are not kept from before."""
    known = [(_version(), *task) for task in tasks]
    made = kept_together("pandoc", known, lambda missing: _started([tasks[number] for number in missing]))
    return [text.decode() for text in made]


def _started(tasks: list[Task]) -> list[bytes]:
    given = [{"text": text, "from": source, "to": form} for text, source, form in tasks]
    command = [_program(), "lua", str(MANY)]
    ran = subprocess.run(command, input=json.dumps(given).encode(), capture_output=True, check=False)
    if ran.returncode:
        raise PandocError(ran.stderr.decode(errors="replace").strip())
    return [text.encode() for text in json.loads(ran.stdout)]


@cache
def _version() -> str:
    return f"{version('pypandoc-binary')} {MANY.read_text(encoding='utf8')}"


@cache
def _program() -> str:
    import pypandoc

    return pypandoc.get_pandoc_path()
