"""Pandoc, started once for many documents."""

import json
import subprocess
from collections.abc import Iterable
from functools import cache
from typing import Any

from bscbdata.publish.book import ASSETS

MARKDOWN = "markdown+table_attributes"


class PandocError(RuntimeError):
    """Pandoc could not do it; carries its own words."""


def parse(markdowns: Iterable[str]) -> list[dict[str, Any]]:
    """The documents of Markdown texts, as pandoc's own tree."""
    return [json.loads(text) for text in _run((text, MARKDOWN, "json") for text in markdowns)]


def write(documents: Iterable[dict[str, Any]], form: str) -> list[str]:
    """The documents written in a form of pandoc's: html5, typst, …"""
    return _run((json.dumps(document), "json", form) for document in documents)


def _run(tasks: Iterable[tuple[str, str, str]]) -> list[str]:
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
