"""Staging: what is made is made whole elsewhere first, then put in place with one rename."""

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = ".lock"
HERE, EXCHANGE = -100, 2  # renameat2's AT_FDCWD and RENAME_EXCHANGE


@contextmanager
def replace_folder(target: Path) -> Iterator[Path]:
    """A fresh folder beside `target` that takes its place when the block ends well; on any error target is untouched."""
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield staging
        switch(staging, target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def switch(staging: Path, target: Path) -> None:
    """Put `staging` where `target` is. At every moment one whole folder stands there: they change places in one step.

    Where the system has no such step, the old folder is renamed first; `recover` puts it back when a run ended there.
    """
    staging.chmod(0o755)
    if not target.exists():
        staging.rename(target)
    elif _exchange(staging, target):
        shutil.rmtree(staging, ignore_errors=True)
    else:
        _switch_in_two(staging, target)


def _switch_in_two(staging: Path, target: Path) -> None:
    old = _aside(target)
    target.rename(old)
    try:
        staging.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}-old")


def recover(target: Path) -> None:
    """Put back a folder whose run was ended between two renames; take away what is left of finished ones."""
    old = _aside(target)
    if old.exists() and not target.exists():
        old.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; False where the system cannot (only Linux can)."""
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    return rename is not None and rename(HERE, os.fsencode(one), HERE, os.fsencode(other), EXCHANGE) == 0


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """The only run in a folder. BlockingIOError when another has it; a run that was killed has it no longer."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a+") as held:
        try:
            _lock(held.fileno())
        except OSError as error:
            raise BlockingIOError(
                f"Another run is at work in {folder.name}. Wait until it has ended, then try again."
            ) from error
        yield


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
