"""Hashes of files, of texts and of the libraries: what the keys of all kept work are made of. Imports nothing large."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("pandas", "numpy", "pyarrow", "altair", "vl-convert-python", "jinja2", "papermill", "nbformat")


def file_hash(paths: Iterable[Path], root: Path | None = None) -> str:
    """One hash over places and bytes of files; places are below `root`, or names alone."""
    total = hashlib.blake2b(digest_size=16)
    for path in sorted(paths):
        total.update((path.relative_to(root).as_posix() if root else path.name).encode() + b"\0")
        total.update(hashlib.blake2b(path.read_bytes()).digest())
    return total.hexdigest()


def each_hash(paths: Iterable[Path], root: Path) -> dict[str, str]:
    """The hash of each file by its place below `root`."""
    return {path.relative_to(root).as_posix(): bytes_hash(path.read_bytes()) for path in sorted(paths)}


def changed(before: Mapping[str, object], now: Mapping[str, object]) -> str:
    """What is not the same now, in words: `changed: a, b`; empty when all is."""
    names = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    return f"changed: {', '.join(names)}" if names else ""


def bytes_hash(content: bytes) -> str:
    """One hash over some bytes."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def text_hash(content: object) -> str:
    """One hash over anything that can be written as JSON."""
    return bytes_hash(json.dumps(content, sort_keys=True).encode())


@cache
def libraries() -> str:
    """The versions of the libraries that decide what is computed and drawn."""
    return " ".join(f"{name} {version(name)}" for name in LIBRARIES)
