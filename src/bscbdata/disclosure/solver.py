"""The solver of whole-number programs, kept still."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import scipy  # its optimizer is read when it is first asked: most builds have proved the same before


def in_whole_numbers(*objective: object, **program: object) -> "scipy.optimize.OptimizeResult":
    """What `scipy.optimize.milp` gives, without the line that it may print."""
    with _still():
        return scipy.optimize.milp(*objective, **program)


@contextmanager
def _still() -> Iterator[None]:
    """Standard output led away: the solver's C code writes a line about itself there that none of its options stops."""
    try:
        kept = os.dup(1)
    except OSError:  # a program without a console has none
        yield
        return
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
