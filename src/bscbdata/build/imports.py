"""What a piece of work rests on in this package: the modules it imports, those they import, and the data beside them.

Found by reading, not by running: every import statement counts, also those inside functions.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from bscbdata.build.hashes import file_hash

PACKAGE = Path(__file__).resolve().parents[1]
IMPORT = re.compile(r"^\s*import ([^\n]*\bbscbdata\b[^\n]*)", re.M)
FROM = re.compile(r"^\s*from (bscbdata[\w.]*) import (\([^)]*\)|[^\n(]*)", re.M)
DATA = (".csv", ".toml", ".txt", ".html")
ALWAYS = PACKAGE / "definitions"  # rules and definitions that modules of several rooms read


def code_hash(*modules: str) -> str:
    """One hash over everything in this package that the modules rest on."""
    return file_hash(files_behind(modules), PACKAGE)


def files_behind(modules: Iterable[str]) -> list[Path]:
    """The files of this package that the modules rest on: code, and the data files of every room that is entered."""
    code = _reached(tuple(sorted(modules)))
    rooms = {path.parent for path in code} - {PACKAGE} | {ALWAYS}
    data = {path for room in rooms for path in room.rglob("*") if path.suffix in DATA}
    return sorted(code | data)


def imported_by(source: str) -> set[str]:
    """The modules of this package that a text of Python imports; lines that are no Python are passed over."""
    try:
        return set(_imports(parsed(source)))
    except SyntaxError:
        return {"bscbdata"}  # it will tell when it runs


def parsed(source: str) -> ast.AST:
    """A cell's Python, without the lines that only a notebook understands. Raises SyntaxError."""
    try:
        return ast.parse(source)  # a line that begins with `%` may be one of a text
    except SyntaxError:
        return ast.parse("\n".join(line for line in source.splitlines() if not re.match(r"\s*[%!?]", line)))


@cache
def _reached(modules: tuple[str, ...]) -> frozenset[Path]:
    found: set[Path] = set()
    waiting = list(modules)
    while waiting:
        for path in _files(waiting.pop()):
            if path not in found:
                found.add(path)
                waiting += _imported_in(path)
    return frozenset(found)


@cache
def _imported_in(path: Path) -> tuple[str, ...]:
    """What a file of this package imports. Its lines are read as text, which is quicker than as Python, and no less."""
    text = path.read_text(encoding="utf8")
    named = [name for line in IMPORT.findall(text) for name in re.findall(r"bscbdata[\w.]*", line)]
    for module, names in FROM.findall(text):
        named += [module, *(f"{module}.{name}" for name in re.findall(r"\w+", names))]
    return (*named, *(_whole_room(path) if "iter_modules" in text else []))


def _whole_room(path: Path) -> list[str]:
    """The modules beside one that imports whatever stands beside it."""
    room = ".".join(("bscbdata", *path.parent.relative_to(PACKAGE).parts))
    return [f"{room}.{beside.stem}" for beside in path.parent.glob("*.py") if beside.stem != "__init__"]


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "bscbdata")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "bscbdata":
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _files(module: str) -> list[Path]:
    """The file of a module and of every package it lies in; none for a name that is no module."""
    parts = module.split(".")
    names = (".".join(parts[:depth]) for depth in range(1, len(parts) + 1))
    return [path for name in names if (path := _code().get(name))]


@cache
def _code() -> dict[str, Path]:
    """The files of this package by the names of their modules."""
    parts = {path: path.relative_to(PACKAGE.parent).with_suffix("").parts for path in PACKAGE.rglob("*.py")}
    return {".".join(part for part in parts[path] if part != "__init__"): path for path in parts}
