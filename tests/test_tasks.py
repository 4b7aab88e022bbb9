"""Functions run apart: the same answers as here, whatever becomes of the process."""

import ctypes
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from bscbdata.beside import cores
from bscbdata.build.kernels import provisioner
from bscbdata.build.kernels.parent import sparing
from bscbdata.build.kernels.tasks import tasks
from bscbdata.findings import DataStop, failure

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked here")


def told(word):
    """Something of the process that runs it. Found by its module and name in the process apart."""
    return word, os.getpid(), str(Path.cwd()), os.environ.get("BSCB_WORD")


def stop(word):
    raise DataStop([failure("check", word, file="a.csv", row=3)])


def end(word, here):
    """Ends the process that runs it, except `here`."""
    if os.getpid() != here:
        os.kill(os.getpid(), signal.SIGKILL)
    return word


def long(done):
    """Longer than anybody waits; then it leaves a file."""
    time.sleep(600)
    done.touch()


@pytest.fixture(scope="module")
def warm():
    """A warm parent that finds this module."""
    before = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = f"{Path(__file__).parent}{os.pathsep}{before}"
    with provisioner.held():
        provisioner.start_ahead()
        yield
    os.environ["PYTHONPATH"] = before


def test_a_task_runs_in_a_process_of_its_own_with_this_ones_folder_and_environment(
    warm, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BSCB_WORD", "said")
    with tasks() as apart:
        asked = [apart.submit(told, word) for word in ("one", "two", "three")]
        found = [each.result() for each in asked]
    assert [(word, place, said) for word, _, place, said in found] == [
        (word, str(tmp_path), "said") for word in ("one", "two", "three")
    ]
    assert len({os.getpid(), *(pid for _, pid, _, _ in found)}) == 4


def test_what_a_task_raises_comes_back_whole_and_the_parent_stays_warm(warm):
    parent = provisioner.parent()
    with pytest.raises(DataStop) as caught, provisioner.held(), tasks() as apart:
        apart.submit(stop, "wrong").result()
    assert caught.value.findings == [failure("check", "wrong", file="a.csv", row=3)]
    assert provisioner.parent() is parent


def test_a_task_whose_process_is_killed_is_done_here(warm):
    provisioner.start_ahead()
    with tasks() as apart:
        assert apart.submit(end, "done", os.getpid()).result() == "done"


def test_without_a_warm_parent_tasks_are_done_here_one_after_another():
    provisioner.close()
    with tasks() as apart:
        found = [apart.submit(told, word) for word in ("one", "two")]
        assert [each.result()[:2] for each in found] == [("one", os.getpid()), ("two", os.getpid())]


def test_when_the_block_fails_nothing_goes_on(warm, tmp_path):
    provisioner.start_ahead()
    with pytest.raises(KeyboardInterrupt), tasks() as apart:
        for number in range(4):
            apart.submit(long, tmp_path / f"{number}")
        time.sleep(0.5)
        raise KeyboardInterrupt
    assert not provisioner.is_running() and not list(tmp_path.iterdir())


def test_the_cores_are_those_asked_for(monkeypatch):
    monkeypatch.setenv("BSCB_CORES", "7")
    assert cores() == 7
    monkeypatch.delenv("BSCB_CORES")
    assert cores() == len(os.sched_getaffinity(0))


def at_work():
    """What the process imports for the work of a build, and how many threads its parent has."""
    before = set(sys.modules)
    from bscbdata import leak  # noqa: F401
    from bscbdata.publish import cards, open_data, pdf, spreadsheet, word  # noqa: F401

    parent = len(list(Path(f"/proc/{os.getppid()}/task").iterdir()))
    return sorted(set(sys.modules) - before), parent


def test_the_parent_has_the_imports_of_the_writers_done_and_starts_no_thread_for_it(warm):
    provisioner.start_ahead()
    with tasks() as apart:
        assert apart.submit(at_work).result() == ([], 1)


def arenas():
    """How many places the threads of this process take memory from."""
    side_by_side = [threading.Thread(target=lambda: time.sleep(0.1) or bytearray(5000)) for _ in range(4)]
    for each in side_by_side:
        each.start()
    for each in side_by_side:
        each.join()
    with TemporaryFile() as told:
        errors = os.dup(2)
        os.dup2(told.fileno(), 2)
        ctypes.CDLL(None).malloc_stats()
        os.dup2(errors, 2)
        os.close(errors)
        told.seek(0)
        return told.read().count(b"Arena ")


ASKED = (
    "import test_tasks\n"
    "from bscbdata.build.kernels.parent import sparing\n"
    "with {}: print(test_tasks.arenas())"
)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_stats"), reason="another C library")
@pytest.mark.parametrize(("within", "several"), [("sparing()", False), ("open('/dev/null')", True)])
def test_the_threads_of_a_build_take_memory_from_one_place(within, several):
    ran = [sys.executable, "-c", ASKED.format(within)]
    told = subprocess.run(ran, cwd=Path(__file__).parent, capture_output=True, check=True).stdout
    assert (int(told) > 1) == several


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_stats"), reason="another C library")
def test_the_threads_of_a_task_take_memory_from_one_place(warm):
    provisioner.start_ahead()
    with tasks() as apart:
        assert apart.submit(arenas).result() == 1


def test_what_is_set_for_a_build_is_set_back(request):
    request.addfinalizer(partial(gc.set_threshold, *gc.get_threshold()))
    gc.set_threshold(700, 10, 10)
    with suppress(ZeroDivisionError), sparing():
        assert gc.get_threshold()[0] > 700
        raise ZeroDivisionError
    assert gc.get_threshold() == (700, 10, 10)
