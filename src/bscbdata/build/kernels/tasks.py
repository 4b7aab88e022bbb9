"""Functions run in processes of their own, forked from the warm parent, as many at a time as there are cores.

Where no warm parent runs they are run here, one after another, with the same results.
"""

import ctypes
import os
import pickle
import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bscbdata.beside import cores
from bscbdata.build.kernels import provisioner
from bscbdata.build.kernels.parent import all_of
from bscbdata.findings import DataStop


class Tasks:
    """Takes functions of modules with what they are given, and gives a future for each."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads, self._ended = threads, False

    def submit(self, function: Callable, *given: Any) -> Future:
        """Run the function apart; what it returns or raises comes back."""
        return self._threads.submit(self._run, function, given)

    def _run(self, function: Callable, given: tuple) -> Any:
        answer = _asked(pickle.dumps((function, given))) if provisioner.is_running() else b""
        if answer:
            done, result = pickle.loads(answer)
            if done:
                return result
            raise result
        if self._ended:
            raise RuntimeError("The run has ended.")
        return function(*given)  # nobody to ask, or killed at its work

    def end(self) -> None:
        """Give up what waits and what is at work."""
        self._ended = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        provisioner.close()


def give_back() -> None:
    """Give memory that is free back to the system, where that can be done: other processes are about to need it."""
    if arrow := sys.modules.get("pyarrow"):
        arrow.default_memory_pool().release_unused()
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "malloc_trim"):
        library.malloc_trim(0)


@contextmanager
def tasks() -> Iterator[Tasks]:
    """A place for tasks; none is at work after the block, however it ends."""
    give_back()
    threads = ThreadPoolExecutor(cores() if provisioner.is_running() else 1)
    found = Tasks(threads)
    try:
        yield found
    except DataStop:
        threads.shutdown(cancel_futures=True)
        raise
    except BaseException:
        found.end()
        raise
    finally:
        threads.shutdown()


def _asked(question: bytes) -> bytes:
    """The answer of a process apart; empty when it ended without one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with ours:
        with theirs:
            try:
                kernel = provisioner.parent().start_task(dict(os.environ), str(Path.cwd()), theirs.fileno())
            except provisioner.NoParent:
                return b""
        with kernel.handle:
            try:
                ours.sendall(question)
                ours.shutdown(socket.SHUT_WR)
                return all_of(ours)
            except OSError:
                return b""
