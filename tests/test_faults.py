"""Whatever happens to a run, and whenever: one whole report stands, and the next run makes the same bytes.

Each run is ended at one of its own steps on the disk (opening to write, renaming, deleting …), counted by an audit hook.
The steps are drawn by a seeded schedule; BSCB_FAULTS=200 draws more of them.
"""

import errno
import hashlib
import os
import random
import shutil
import signal
import sys

import nbformat
import pytest
from conftest import ROOT

from bscbdata.build.run import build
from bscbdata.build.staging import alone
from bscbdata.period import ReportYear
from bscbdata.places import Project

YEAR = ReportYear(2015)
POINTS = int(os.environ.get("BSCB_FAULTS", "5"))
BOOK = (
    "project:\n  type: book\nbook:\n  chapters: [index.ipynb, 01_small.ipynb]\nexecute:\n  enabled: false\n"
    "  echo: false\n"
)
SETUP = "import bscbdata as bscb\nreport = bscb.report(year, area, draft)"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="runs are forked here")


def notebook(path, title, *code):
    cells = [nbformat.v4.new_markdown_cell(f"# {title}")]
    cells.append(
        nbformat.v4.new_code_cell(
            "year = area = ''\narea = ''\ndraft = True", metadata={"tags": ["parameters"]}
        )
    )
    cells[-1].source = 'year = "2015-16"\narea = "Buckinghamshire"\ndraft = True'
    cells += [nbformat.v4.new_code_cell(line) for line in code]
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}}), path
    )


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A project of two short chapters on all the returns, built once: its text says 'before'."""
    root = tmp_path_factory.mktemp("project")
    (root / "_quarto.yml").write_text(BOOK, encoding="utf8")
    shutil.copytree(ROOT / "data" / "raw", root / "data" / "raw")
    shutil.copy(ROOT / "data" / "corrections.yml", root / "data")
    (root / "notebooks").mkdir()
    notebook(root / "notebooks" / "index.ipynb", "Small", "1 + 1")
    prose = 'report.prose("small")'
    notebook(root / "notebooks" / "01_small.ipynb", "One", SETUP, prose)
    project = Project(root)
    say(project, "before")
    assert run(project) == 0
    return project


def say(project, word):
    text = f'# small\nThis was written {word}: {{{{ fact("referrals.rate_per_10000") }}}}.\n'
    (project.raw / "2015-16" / "commentary" / "zz_small.md").write_text(text, encoding="utf8")


def run(project, at=0, blow=None):
    """Build in a process of its own; at its step number `at` the blow falls. Returns how the process ended."""
    child = os.fork()
    if child == 0:
        try:
            _struck(project, at, blow)
            build(project, YEAR, renderer="embedded")
            os._exit(0)
        except BaseException as error:
            print(f"ended: {type(error).__name__}: {error}", file=sys.stderr)
            os._exit(3)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _struck(project, at, blow):
    steps = 0
    inside = str(project.root)

    def hook(event, given):
        nonlocal steps
        if _changes_disk(event, given, inside):
            steps += 1
            if steps == at:
                blow()

    if blow:
        sys.addaudithook(hook)


def _changes_disk(event, given, inside):
    if event == "open":
        name, _, flags = given
        return inside in str(name) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    if event in ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"):
        return inside in str(given[0])
    return event == "ctypes.dlsym" and given[1] == "renameat2"


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def disk_full():
    raise OSError(errno.ENOSPC, "No space left on device")


def read_only():
    raise PermissionError(errno.EACCES, "Permission denied")


def state(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def steps_of(project, tmp_path):
    """How many steps on the disk an undisturbed run takes."""
    counted = tmp_path / "steps"
    child = os.fork()
    if child == 0:
        found = []
        inside = str(project.root)
        sys.addaudithook(lambda event, given: _changes_disk(event, given, inside) and found.append(event))
        build(project, YEAR, renderer="embedded")
        counted.write_text(str(len(found)))
        os._exit(0)
    os.waitpid(child, 0)
    return int(counted.read_text())


def test_a_run_ended_at_any_step_leaves_a_whole_report_and_the_next_run_makes_the_same_bytes(small, tmp_path):
    folder, kept = small.build(YEAR), tmp_path / "kept"
    shutil.copytree(folder, kept)
    before = state(folder / "report")
    say(small, "after")
    steps = steps_of(small, tmp_path)
    after = state(folder / "report")
    assert before != after and steps > 20
    drawn = random.Random(2016)
    for point in range(POINTS):
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)
        at, blow = drawn.randint(1, steps), (kill, disk_full, read_only)[point % 3]
        ended = run(small, at, blow)
        where = f"step {at} of {steps}, {blow.__name__}, ended {ended}"
        assert state(folder / "report") in (before, after), where
        assert run(small) == 0, where
        assert state(folder / "report") == after, where
        assert not [
            path.name for path in folder.iterdir() if path.name.startswith((".staging", ".report"))
        ], where


def test_two_runs_at_once_in_one_folder_are_refused_clearly(small):
    with alone(small.build(YEAR)), pytest.raises(BlockingIOError, match="Another run is at work"):
        build(small, YEAR)
