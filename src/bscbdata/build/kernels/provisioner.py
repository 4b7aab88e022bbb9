"""Asks the warm parent for kernels: a provisioner of jupyter_client's, for papermill and JupyterLab alike."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from bscbdata.build.kernels import parent as warm
from bscbdata.build.kernels.forked import Forked
from bscbdata.findings import DataStop

MODULE = warm.__name__
SECONDS_TO_START = 60
KILLED = -9
# One thread each: many threads in many kernels slow each other, and a parent with threads cannot fork.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


class NoParent(RuntimeError):
    """The warm parent could not start, or is gone."""


class Parent:
    """The running warm parent of this process."""

    def __init__(self, start: Callable[[socket.socket], "subprocess.Popen | Forked"]) -> None:
        self.asked = False
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = start(theirs)

    def start_kernel(self, argv: list[str], env: dict[str, str], cwd: str) -> "WarmKernel":
        """A new kernel's handle. NoParent when there is nobody to ask."""
        return self._start({"argv": argv, "env": env, "cwd": cwd})

    def start_task(self, env: dict[str, str], cwd: str, line: int) -> "WarmKernel":
        """The handle of a new process that takes a function over a socket and answers: see `tasks`."""
        return self._start({"env": env, "cwd": cwd}, line)

    def _start(self, asked: dict, *more: int) -> "WarmKernel":
        self.asked = True
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            try:
                socket.send_fds(self.control, [json.dumps(asked).encode()], [theirs.fileno(), 1, 2, *more])
            except OSError as error:
                ours.close()
                raise NoParent(f"The warm parent is gone: {error}") from error
        return WarmKernel(ours)

    def close(self) -> None:
        """End the parent and every kernel that is left."""
        self.control.close()
        if not self.asked:
            self.process.kill()  # it may still be at its imports
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
            return
        self.process.kill()
        self.process.wait()


def _anew(line: socket.socket) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", MODULE, str(line.fileno())],
        stdin=subprocess.DEVNULL,
        pass_fds=[line.fileno()],
        env={**ONE_THREAD, **os.environ},
        start_new_session=True,  # an interrupt at the keyboard is for the build, which ends its kernels
    )


_lock = threading.Lock()
_parent: Parent | None = None
_holders = 0


def parent() -> Parent:
    """The warm parent of this process, started when first asked for, or again when it is gone."""
    global _parent
    with _lock:
        if _parent is None or _parent.process.poll() is not None:
            _parent = Parent(_anew)
        return _parent


def start_ahead() -> None:
    """Let the parent do its imports while other work goes on."""
    if is_possible():
        parent()


def copied_after(imports: Callable[[], object]) -> None:
    """The same once these imports are done, as a copy of this process: what both need is imported and held once.

    A process that has threads cannot be copied: its parent is a new one.
    """
    global _parent
    if not is_possible():
        imports()
        return
    added = ONE_THREAD.keys() - os.environ.keys()
    os.environ |= {name: ONE_THREAD[name] for name in added}
    try:
        with warm.sparing():
            imports()
        with _lock:
            if _parent is None and warm.threads() == 1:
                _parent = Parent(partial(Forked, warm.main))
    finally:
        for name in added:  # the copy keeps them; what this process starts, notebooks too, does not see them
            del os.environ[name]
    start_ahead()


def is_running() -> bool:
    """Whether this process has a warm parent now."""
    return _parent is not None and _parent.process.poll() is None


@contextmanager
def held() -> Iterator[None]:
    """Keep one warm parent until the outermost such block ends; when a block fails it ends at once, with all it started.

    A run that stops on what it was given has not failed: the next one finds the parent warm.
    """
    global _holders
    _holders += 1
    try:
        yield
    except DataStop:
        raise
    except BaseException:
        close()
        raise
    finally:
        _holders -= 1
        if not _holders:
            close()


def close() -> None:
    """End the warm parent of this process, if it has one."""
    global _parent
    with _lock:
        if _parent is not None:
            _parent.close()
        _parent = None


def is_possible() -> bool:
    """Whether kernels can be forked here. BSCB_KERNELS=ordinary asks for the ordinary ones."""
    return sys.platform == "linux" and os.environ.get("BSCB_KERNELS", "warm") == "warm"


class WarmKernel:
    """A forked kernel as jupyter_client wants a process: poll, wait, signals. The open handle is the truth."""

    stdin = stdout = stderr = None

    def __init__(self, handle: socket.socket) -> None:
        self.handle, self.heard, self.returncode, self.pid = handle, b"", None, 0
        handle.setblocking(False)

    async def until(self, word: str) -> int:
        """Wait for what the kernel or its parent says. NoParent when it ends before."""
        loop = asyncio.get_running_loop()
        while (told := self._next()) is None or word not in told:
            if told and "exit" in told:
                self._ended(told["exit"])
                raise NoParent(f"The kernel ended at its start ({told['exit']}).")
            if told is None and not await self._hear(loop):
                raise NoParent("The warm parent ended before the kernel started.")
        return told[word]

    async def _hear(self, loop: asyncio.AbstractEventLoop) -> bool:
        more = await asyncio.wait_for(loop.sock_recv(self.handle, 4096), SECONDS_TO_START)
        self.heard += more
        if not more:
            self._ended(KILLED)
        return bool(more)

    def _next(self) -> dict | None:
        line, end, rest = self.heard.partition(b"\n")
        if not end:
            return None
        self.heard = rest
        return json.loads(line)

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        while self.returncode is None:
            try:
                more = self.handle.recv(4096)
            except BlockingIOError:
                return None
            except OSError:
                more = b""
            self.heard += more
            told = self._next()
            if told and "exit" in told:
                self._ended(told["exit"])
            elif not more:
                self._ended(KILLED)
        return self.returncode

    def _ended(self, code: int) -> None:
        self.returncode = code
        self.handle.close()

    def wait(self, timeout: float | None = None) -> int | None:
        """The exit code. TimeoutExpired when it takes longer; not used while the kernel runs."""
        if self.poll() is None:
            self.handle.settimeout(timeout)
            with suppress(TimeoutError):
                self.heard += self.handle.recv(4096)
            self.handle.setblocking(False)
        if self.poll() is None:
            raise subprocess.TimeoutExpired("kernel", timeout or 0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(9)

    def terminate(self) -> None:
        self.send_signal(15)


class WarmProvisioner(LocalProvisioner):
    """Kernels from the warm parent; ordinary ones where that is not possible."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any):
        """Start the kernel that `cmd` would start."""
        if is_possible() and "-f" in cmd:
            with suppress(NoParent, TimeoutError):
                return await self._fork_kernel(cmd[cmd.index("-f") :], **kwargs)
        return await super().launch_kernel(cmd, **kwargs)

    async def _fork_kernel(self, argv: list[str], **kwargs: Any):
        env = {name: str(value) for name, value in (kwargs.get("env") or os.environ).items()}
        cwd = str(kwargs.get("cwd") or Path.cwd())
        kernel = parent().start_kernel(argv, env, cwd)
        kernel.pid = await kernel.until("pid")
        await kernel.until("ready")
        self.process, self.cwd = kernel, cwd
        self.pid = self.pgid = kernel.pid  # it leads a group of its own
        return self.connection_info

    async def wait(self) -> int | None:
        """As LocalProvisioner waits, at a shorter step."""
        while self.process and self.process.poll() is None:
            await asyncio.sleep(0.005)
        return await super().wait()
