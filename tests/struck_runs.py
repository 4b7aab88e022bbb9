"""Builds that are struck at one of their steps on the disk: a program of test_faults.py's.

Reads lines `STEP BLOW` and answers each with how that build ended. It imports once, has one thread, and forks a process
for each build, which begins as the command does: with a copy of itself as the warm parent. A blow is kill, disk_full, read_only, or count, which strikes nothing and answers the number of steps.
"""

import errno
import os
import signal
import sys
from collections import deque
from pathlib import Path

from bscbdata.build.kernels import provisioner
from bscbdata.build.kernels.parent import PRELOAD_TASKS, preload
from bscbdata.build.run import build
from bscbdata.period import ReportYear
from bscbdata.places import Project


def main(root: Path) -> None:
    deque(preload(), 0)
    deque(preload(PRELOAD_TASKS), 0)
    for line in sys.stdin:
        at, blow = line.split()
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os._exit(_run(root, int(at), BLOWS[blow], writing))
        os.close(writing)
        _, status = os.waitpid(child, 0)
        with os.fdopen(reading) as told:
            print(told.read() or os.waitstatus_to_exitcode(status), flush=True)


def _run(root: Path, at: int, blow, counted: int) -> int:
    steps = 0

    def hook(event: str, given: tuple) -> None:
        nonlocal steps
        if changes_disk(event, given, str(root)):
            steps += 1
            if steps == at:
                blow()

    try:
        with provisioner.held():
            provisioner.copied_after(lambda: None)
            sys.addaudithook(hook)
            build(Project(root), ReportYear(2015), renderer="embedded")
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 3
    if blow is None:
        os.write(counted, str(steps).encode())
    return 0


def changes_disk(event: str, given: tuple, inside: str) -> bool:
    """Whether an audit event is a step on the disk below a folder."""
    if event == "open":
        name, _, flags = given
        return inside in str(name) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    if event in ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"):
        return inside in str(given[0])
    return event == "ctypes.dlsym" and given[1] == "renameat2"


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def disk_full() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def read_only() -> None:
    raise PermissionError(errno.EACCES, "Permission denied")


BLOWS = {"kill": kill, "disk_full": disk_full, "read_only": read_only, "count": None}

if __name__ == "__main__":
    main(Path(sys.argv[1]))
