"""Warm converters: a few processes that have their chart engine started and draw for every kernel of a build.

    python -m bscbdata.build.kernels.converters FD NAME COUNT [ahead]

They listen on a socket that has a name but no file, and end when FD, held by their owner, closes. The engine starts with
the first chart, and after a changed text there is none; with `ahead` it starts at once.
"""

import ctypes
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from secrets import token_hex

from bscbdata.build.kernels.parent import DIE_WITH_PARENT, one_arena
from bscbdata.figures.drawing import draw, receive, send

HELD = "BSCB_CONVERTER"
SMALLEST = b'{"data": {"values": [{"a": 1}]}, "mark": "bar", "encoding": {"x": {"field": "a"}}}'


@contextmanager
def running(count: int, *ahead: str) -> Iterator[str]:
    """Converters for as long as the block lasts, or those that are held; gives their name, empty where there are none."""
    if sys.platform != "linux" or os.environ.get(HELD):
        yield os.environ.get(HELD, "")
        return
    held, theirs = os.pipe2(os.O_CLOEXEC)
    name = f"bscb-converters-{token_hex(8)}"
    command = [sys.executable, "-m", "bscbdata.build.kernels.converters", str(held), name, str(count), *ahead]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[held], start_new_session=True)
    os.close(held)
    try:
        yield name
    finally:
        os.close(theirs)
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        process.kill()
        process.wait()


@contextmanager
def held() -> Iterator[None]:
    """One converter for every run of this process, and of those that it starts, while the block lasts."""
    with running(1, "ahead") as name:
        os.environ[HELD] = name
        try:
            yield
        finally:
            del os.environ[HELD]


def work(listening: socket.socket) -> None:
    """Draw whatever is asked for, until killed."""
    with suppress(ValueError):
        draw("svg", SMALLEST)  # the engine starts here, once
    while True:
        line, _ = listening.accept()
        with line, suppress(OSError):
            form, source = receive(line)
            try:
                content = draw(form, source)
            except Exception as error:  # whatever is wrong with one chart, the next is drawn
                send(line, "no", str(error).encode())
            else:
                send(line, "yes", content)


def main(held: int, name: str, count: int, *ahead: str) -> None:
    """Listen, start the workers, and end with the owner."""
    one_arena()
    listening = socket.socket(socket.AF_UNIX)
    listening.bind("\0" + name)
    listening.listen(128)
    if not ahead and held in select.select([listening, held], [], [])[0]:
        os._exit(0)
    import vl_convert  # noqa: F401 - imported once, before the fork; its engine starts after it

    owner, workers = os.getpid(), []
    for _ in range(count):
        workers.append(os.fork())
        if workers[-1] == 0:
            os.close(held)
            ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
            if os.getppid() != owner:  # it ended before it could be said that this one ends with it
                os._exit(1)
            work(listening)
    os.read(held, 1)
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)  # so that its work counts as that of the run
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
