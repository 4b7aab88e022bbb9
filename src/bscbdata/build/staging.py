"""Staging: what is made is made whole elsewhere first, then put in place with one rename."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
    """Put `staging` where `target` is; the old folder goes only when the new one stands."""
    staging.chmod(0o755)
    old = target.with_name(f".{target.name}-old-{os.getpid()}")
    if target.exists():
        target.rename(old)
    try:
        staging.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
