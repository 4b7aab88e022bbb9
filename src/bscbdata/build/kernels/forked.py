"""A process that is a copy of this one: what both have imported is held once, and not imported twice."""

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

STEP_SECONDS = 0.005


class Forked:
    """The copy, as subprocess has processes. It runs `work` on its end of a pair of sockets, and holds no other file."""

    def __init__(self, work: Callable[[int], None], line: socket.socket) -> None:
        self.returncode: int | None = None
        self._asking = threading.Lock()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # else the copy would say it too
        gc.freeze()  # what is shared stays shared: the collector does not write to it
        self.pid = os.fork()
        if self.pid == 0:
            _be(work, line)

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        with self._asking:
            if self.returncode is None:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self, timeout: float = float("inf")) -> int | None:
        """The exit code. TimeoutExpired when it takes longer."""
        until = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired("the copy", timeout)
            time.sleep(STEP_SECONDS)
        return self.returncode

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            if self.poll() is None:
                os.kill(self.pid, signal.SIGKILL)


def _be(work: Callable[[int], None], line: socket.socket) -> None:
    """Never returns: the copy does its work and ends, whatever of this process stands above it."""
    try:
        os.setsid()  # an interrupt at the keyboard is for the one that was copied, which ends the copy
        place = os.dup2(line.fileno(), 3)
        os.closerange(place + 1, os.sysconf("SC_OPEN_MAX"))
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        work(place)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(1)
