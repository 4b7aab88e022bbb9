"""A cache by content: a result that was made before from the same inputs is read and not made again.

BSCB_KEPT names the folder that keeps it; without one everything is made anew. Every entry is sealed: one that was cut
short or damaged is made again. What results depend on besides what they are given is `code_version()`, the code of this package
and the libraries that are installed.
"""

import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parent
SEAL_BYTES = 16
DAY_SECONDS = 86_400
UNUSED_DAYS = 30


@contextmanager
def kept_in(folder: Path) -> Iterator[None]:
    """Keep work in a folder, in this process and those it starts, while the block lasts."""
    with variable("BSCB_KEPT", str(folder)):
        yield


@contextmanager
def variable(name: str, value: str) -> Iterator[None]:
    """A variable of the environment has a value while the block lasts, and then what it was before."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def kept(form: str, made_from: Iterable[bytes | str], make: Callable[[], bytes]) -> bytes:
    """What `make` gives, from the folder that keeps it where it was made from the same before. `form` ends its name."""
    place = _place(form, made_from)
    found = _read(place)
    return _keep(place, make()) if found is None else found


def kept_together(
    form: str, made_from: Sequence[Iterable[bytes | str]], make: Callable[[list[int]], Iterable[bytes]]
) -> list[bytes]:
    """The same for several, of which those that are missing are made together: `make` is given their places."""
    places = [_place(form, parts) for parts in made_from]
    found = [_read(place) for place in places]
    missing = [number for number, content in enumerate(found) if content is None]
    for number, content in zip(missing, make(missing) if missing else (), strict=True):
        found[number] = _keep(places[number], content)
    return found


def kept_json(form: str, made_from: Iterable[bytes | str], make: Callable[[], Any]) -> Any:
    """The same for anything that can be written as JSON. It comes back as JSON gives it: tuples are lists."""
    return json.loads(kept(form, made_from, lambda: json.dumps(make(), ensure_ascii=False).encode()))


@cache
def code_version() -> str:
    """One hash over this package, Python and the names and versions of all that is installed beside it."""
    total = hashlib.blake2b(sys.version.encode(), digest_size=16)
    files = (path for path in PACKAGE.rglob("*") if path.parent.name != "__pycache__" and path.is_file())
    for path in sorted(files):
        total.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    total.update("\0".join(_installed()).encode())
    return total.hexdigest()


def _installed() -> list[str]:
    """Folders such as `pandas-3.0.0.dist-info`: quicker than asking each for its version."""
    places = [place for place in sys.path if place.endswith("-packages") and Path(place).is_dir()]
    return sorted(
        entry.name for place in places for entry in os.scandir(place) if entry.name.endswith("-info")
    )


def sweep(folder: Path) -> None:
    """Take away what no build has used for a month."""
    old = time.time() - UNUSED_DAYS * DAY_SECONDS
    for entry in os.scandir(folder) if folder.is_dir() else ():
        with suppress(OSError):
            if entry.is_file() and entry.stat().st_mtime < old:
                Path(entry.path).unlink()


def _place(form: str, made_from: Iterable[bytes | str]) -> Path | None:
    """Where an entry is kept; None when nothing is."""
    folder = os.environ.get("BSCB_KEPT")
    if not folder:
        return None
    total = hashlib.blake2b(form.encode(), digest_size=16)
    for part in made_from:
        content = part.encode() if isinstance(part, str) else part
        total.update(b"\0%d\0" % len(content) + content)
    return Path(folder) / f"{total.hexdigest()}.{form}"


def _read(place: Path | None) -> bytes | None:
    """A whole entry, marked as used; None when there is none."""
    with suppress(OSError):
        content = place.read_bytes() if place else b""
        if content[:SEAL_BYTES] == _seal(content[SEAL_BYTES:]):
            if place.stat().st_mtime < time.time() - DAY_SECONDS:
                os.utime(place)
            return content[SEAL_BYTES:]
    return None


def _keep(place: Path | None, content: bytes) -> bytes:
    with suppress(OSError):  # a full disk costs time, not the report
        if place:
            _write(place, _seal(content) + content)
    return content


def _seal(content: bytes) -> bytes:
    """Tells a whole entry from one that was cut short."""
    return hashlib.blake2b(content, digest_size=SEAL_BYTES).digest()


def _write(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as half:
        half.write(content)
    Path(half.name).replace(place)
