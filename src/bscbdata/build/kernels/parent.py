"""The warm parent: imports what chapters need, then forks a kernel whenever it is asked for one.

    python -m bscbdata.build.kernels.parent FD        FD is its end of a pair of sockets

A request is one packet: JSON with argv, env and cwd, and three file descriptors: the new kernel's handle, its output and
its errors. One without argv is for a task: a fourth descriptor is the line over which it takes a function and answers.
Over the handle the parent says {"pid"}, the kernel {"ready"} and, when it is done, {"exit"}; so does the parent, as soon
as it sees it, of one that was ended. When the handle closes unsaid, the kernel was killed. When the other end of the pair
closes, its owner is gone: the kernels are killed and the parent ends. The parent itself must never start a thread: a fork
would take only one of them along.
"""

import ctypes
import gc
import importlib
import json
import os
import pickle
import selectors
import signal
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PRELOAD, PRELOAD_TASKS = (Path(__file__).with_name(name) for name in ("preload.txt", "preload_tasks.txt"))
LARGEST_REQUEST = 1 << 20
DIE_WITH_PARENT = 1  # prctl's PR_SET_PDEATHSIG
# New objects between two looks for rings of objects that nobody holds. Python's own 700 are a third of the time of
# whoever walks a parsed book, which is a tree and has no rings.
SELDOM = 100_000
ARENA_MAX = -8  # mallopt's M_ARENA_MAX


def preload(names: Path = PRELOAD) -> Iterator[str]:
    """Import the modules of a list one by one; one that is not there is left for the process that asks for it."""
    gc.set_threshold(SELDOM)
    lines = names.read_text(encoding="utf8").splitlines()
    for name in (line for line in lines if line and not line.startswith("#")):
        with suppress(ImportError):
            importlib.import_module(name)
        yield name
    gc.collect()
    gc.freeze()  # what is shared with the kernels stays shared: the collector does not write to it


def one_arena() -> None:
    """Let the threads of this process, and of what is forked from it, take memory from one place, where that can be done.

    One for each thread leaves memory in pieces that are free and cannot be given back: 40 MB after a build.
    """
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "mallopt"):
        library.mallopt(ARENA_MAX, 1)


@contextmanager
def sparing() -> Iterator[None]:
    """While the block lasts, rings of objects are looked for as seldom as in the kernels and tasks; memory comes from one place."""
    one_arena()
    before = gc.get_threshold()
    gc.set_threshold(SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def serve(control: socket.socket) -> None:
    """Fork kernels until the owner is gone; once the first has ended and a core is free, import what tasks will need."""
    wake, nudge = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(nudge, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    waiting = selectors.DefaultSelector()
    waiting.register(control, selectors.EVENT_READ)
    waiting.register(wake, selectors.EVENT_READ)
    kernels: dict[int, socket.socket] = {}
    more, idle = preload(PRELOAD_TASKS), False
    while True:
        ready = {key.fileobj for key, _ in waiting.select(0 if idle else None)}
        if not ready:
            idle = next(more, None) is not None
        if wake in ready:
            with suppress(BlockingIOError):
                os.read(wake, 4096)
            _reap(kernels)
            idle = True
        if control in ready:
            request, handles, _, _ = socket.recv_fds(control, LARGEST_REQUEST, 4)
            if not request:
                _end(kernels)
            asked = json.loads(request)
            if "argv" not in asked:
                deque(more, 0)
            _fork(asked, handles, kernels, [control.fileno(), wake, nudge, waiting.fileno()])


def _fork(request: dict, handles: list[int], kernels: dict[int, socket.socket], private: list[int]) -> None:
    """Fork one kernel and remember its handle."""
    handle = socket.socket(fileno=handles[0])
    pid = os.fork()
    if pid == 0:
        for other in kernels.values():
            other.close()
        _become_kernel(request, handle, handles[1:], private)
    for descriptor in handles[1:]:
        os.close(descriptor)
    kernels[pid] = handle
    _say(handle, pid=pid)


def _reap(kernels: dict[int, socket.socket]) -> None:
    """Tell the owners of kernels that have ended how they ended."""
    while kernels:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        if pid in kernels:
            with kernels.pop(pid) as handle:
                _say(handle, exit=os.waitstatus_to_exitcode(status))


def _end(kernels: dict[int, socket.socket]) -> None:
    for pid in kernels:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    os._exit(0)


def _say(handle: socket.socket, **told: int) -> None:
    with suppress(OSError):  # the owner may be gone already
        handle.sendall(json.dumps(told).encode() + b"\n")


# ---- in the child ------------------------------------------------------------------------------------------------


def _become_kernel(request: dict, handle: socket.socket, output: list[int], private: list[int]) -> None:
    """Never returns: the child is the kernel until it ends."""
    code = 1
    try:
        _settle_in(request, output, private)
        code = _run_kernel(request["argv"], handle) if "argv" in request else _run_task(output[2], handle)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        import atexit

        atexit._run_exitfuncs()
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        _say(handle, exit=code)  # the parent says so too, but may be at its imports
        os._exit(code)  # taking down all that was imported would only cost time


def _settle_in(request: dict, output: list[int], private: list[int]) -> None:
    """A process of its own: group, signals, environment, folder, files; it dies with its parent."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for descriptor in private:
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    os.chdir(request["cwd"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, place in ((nothing, 0), (output[0], 1), (output[1], 2)):
        os.dup2(descriptor, place)
        os.close(descriptor)
    _as_if_started_here()


def _as_if_started_here() -> None:
    """What a fork leaves different from a new process: numpy's own seed, and the first place modules are looked for."""
    sys.modules["numpy"].random.seed()
    if "" not in sys.path:
        sys.path.insert(0, "")


def _run_kernel(argv: list[str], handle: socket.socket) -> int:
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher", *argv]
    IPKernelApp.clear_instance()
    app = IPKernelApp.instance(parent_handle=os.getppid())
    try:
        app.initialize(argv)
        _say(handle, ready=1)  # its sockets are bound: the first connection will succeed
        app.start()
        _let_it_finish(app.control_thread)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    return 0


def _let_it_finish(control_thread: object) -> None:
    """Wait for the thread that answers the request to shut down: it flushes through one that is about to be closed.

    Closed before, the two wait for each other until the kernel is killed: some three seconds for most kernels.
    """
    if control_thread is not None and control_thread.is_alive():
        done = threading.Event()
        control_thread.io_loop.add_callback(done.set)
        done.wait(1)


def _run_task(descriptor: int, handle: socket.socket) -> int:
    """Take a function with what it is given, run it, and answer: whether it went well, and what it returned or raised."""
    handle.close()
    with socket.socket(fileno=descriptor) as line:
        function, given = pickle.loads(all_of(line))
        try:
            answer = pickle.dumps((True, function(*given)))
        except Exception as error:
            answer = pickle.dumps((False, error))
        line.sendall(answer)
    return 0


def all_of(line: socket.socket) -> bytes:
    """All that the other side sends until it has no more."""
    content = bytearray()
    while more := line.recv(1 << 20):
        content += more
    return bytes(content)


def threads() -> int:
    """How many threads this process has."""
    return sum(1 for _ in Path("/proc/self/task").iterdir())


def main(descriptor: int) -> None:
    """Be the parent."""
    one_arena()
    deque(preload(), 0)
    if threads() > 1:
        sys.exit("The warm parent has started a thread: it cannot fork. Look at preload.txt.")
    serve(socket.socket(fileno=descriptor))


if __name__ == "__main__":
    main(int(sys.argv[1]))
