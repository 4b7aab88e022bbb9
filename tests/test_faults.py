"""Whatever happens to a run, and whenever: one whole report stands, and the next run makes the same bytes.

Each run is ended at one of its own steps on the disk (opening to write, renaming, deleting …). The steps are drawn by a
seeded schedule; BSCB_FAULTS=200 draws more of them.
"""

import hashlib
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from small_book import commentary

from bscbdata.build.kernels.provisioner import ONE_THREAD
from bscbdata.build.run import build
from bscbdata.build.staging import alone
from bscbdata.period import ReportYear
from bscbdata.places import Project

YEAR = ReportYear(2015)
POINTS = int(os.environ.get("BSCB_FAULTS", "2"))
BLOWS = ("kill", "disk_full", "read_only")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="runs are forked here")


@pytest.fixture(scope="module")
def small(small_build, tmp_path_factory):
    """The small project as it was built, to change."""
    return Project(shutil.copytree(small_build, tmp_path_factory.mktemp("struck") / "project"))


@pytest.fixture(scope="module")
def run(small):
    """Builds the project when asked, struck by a blow at a step: see struck_runs.py."""
    command = [sys.executable, str(Path(__file__).with_name("struck_runs.py")), str(small.root)]
    environment = {**os.environ, **ONE_THREAD}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as runs:

        def ask(at=0, blow="count"):
            print(at, blow, file=runs.stdin, flush=True)
            return int(runs.stdout.readline())

        yield ask
        runs.stdin.close()


def state(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def test_a_run_ended_at_any_step_leaves_a_whole_report_and_the_next_run_makes_the_same_bytes(
    small, run, tmp_path
):
    folder, whole, kept = small.build(YEAR), small.root / "build", tmp_path / "kept"
    before = state(folder / "report")
    shutil.copytree(whole, kept)
    text = commentary(small.root)
    text.write_text(text.read_text(encoding="utf8") + "It was written again.\n", encoding="utf8")
    steps = run()
    after = state(folder / "report")
    assert before != after and steps > 20
    drawn = random.Random(2016)
    for point in range(POINTS):
        shutil.rmtree(whole)
        shutil.copytree(kept, whole)  # and the work that is kept: what was made before takes no step again
        at, blow = drawn.randint(1, steps), BLOWS[point % len(BLOWS)]
        ended = run(at, blow)
        where = f"step {at} of {steps}, {blow}, ended {ended}"
        assert ended == -9 or blow != "kill", where
        assert state(folder / "report") in (before, after), where
        assert run() > 0, where
        assert state(folder / "report") == after, where
        assert not [
            path.name for path in folder.iterdir() if path.name.startswith((".staging", ".report"))
        ], where


def test_two_runs_at_once_in_one_folder_are_refused_clearly(small):
    with alone(small.build(YEAR)), pytest.raises(BlockingIOError, match="Another run is at work"):
        build(small, YEAR)
