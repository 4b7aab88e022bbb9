"""Pandoc, started once for many documents."""

import json
import subprocess
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from bscbdata.publish.book import ASSETS

MARKDOWN = "markdown+table_attributes"


class PandocError(RuntimeError):
    """Pandoc could not do it; carries its own words."""


def parse(texts: Iterable[str], form: str = MARKDOWN) -> list[dict[str, Any]]:
    """The documents of texts in a form that pandoc reads, as its own tree."""
    return [json.loads(tree) for tree in _run(tuple((text, form, "json") for text in texts))]


def write(documents: Iterable[dict[str, Any]], form: str) -> list[str]:
    """The documents written in a form of pandoc's: html5, typst, …"""
    return list(_run(tuple((json.dumps(document), "json", form) for document in documents)))


def write_file(document: dict[str, Any], path: Path, *options: str) -> None:
    """The document as a file, in the form that its name ends in; images are looked for beside it."""
    command = [_program(), "--from=json", f"--output={path.name}", *options]
    given = json.dumps(document).encode()
    ran = subprocess.run(command, input=given, capture_output=True, check=False, cwd=path.parent)
    if ran.returncode or ran.stderr:
        raise PandocError(ran.stderr.decode(errors="replace").strip())


@lru_cache(maxsize=4)  # the writers of pages, PDF and Word ask for the same chapters
def _run(tasks: tuple[tuple[str, str, str], ...]) -> list[str]:
    given = [{"text": text, "from": source, "to": form} for text, source, form in tasks]
    command = [_program(), "lua", str(ASSETS / "many.lua")]
    ran = subprocess.run(command, input=json.dumps(given).encode(), capture_output=True, check=False)
    if ran.returncode:
        raise PandocError(ran.stderr.decode(errors="replace").strip())
    return json.loads(ran.stdout)


@cache
def _program() -> str:
    import pypandoc

    return pypandoc.get_pandoc_path()
