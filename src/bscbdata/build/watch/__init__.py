"""`bscb watch`: a chapter is shown again when its notebook or text is saved, and the whole report follows behind it.

What was saved decides. A notebook, or commentary that some chapters show: these alone are made at once, as drafts of their
author, in this process, which has everything imported. Then, and for anything else that changed, `bscb build` runs in a
process of its own; when something is saved meanwhile it is ended and begun again later, and the last whole report stands.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bscbdata import places
from bscbdata.build.execute import kept_folder
from bscbdata.build.kernels import converters, provisioner
from bscbdata.build.one_chapter import build_chapter
from bscbdata.build.watch.server import Server, serving
from bscbdata.findings import DataStop
from bscbdata.kept import kept_in
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.prose import load_commentary
from bscbdata.tracing.usage import read_usage

POLL_SECONDS, SETTLE_SECONDS = 0.1, 0.15
AT_ONCE = 3  # chapters that are shown before the whole; more than that, and the whole is as quick
Say = Callable[[str], None]
Saved = dict[Path, tuple[int, int]]
Sections = dict[str, tuple[str, str]]


def watch(project: Project, year: ReportYear, port: int, say: Say) -> None:
    """Build, serve the report on this machine alone, and build again whenever something is saved; ends at an interrupt."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    kept, served = kept_in(kept_folder(project.root)), serving(project.build(year), port)
    with kept, provisioner.held(), converters.held(), served as server:
        provisioner.start_ahead()
        with _whole_builds(project, year, server, say) as whole:
            say(f"The report: {server.address}/report/index.html (Ctrl-C ends)")
            whole.begin()
            _follow(project, year, server, whole, say)


def _follow(project: Project, year: ReportYear, server: Server, whole: "Whole", say: Say) -> None:
    before, texts = saved(project, year), _sections(project, year)
    while True:
        time.sleep(POLL_SECONDS)
        whole.look()
        now = saved(project, year)
        if now == before:
            continue
        now = _settled(now, project, year)
        whole.end()
        changed = {path for path in {*before, *now} if before.get(path) != now.get(path)}
        before, texts_before = now, texts
        places._read_edition.cache_clear()
        texts = _sections(project, year)
        for name in chapters_of(project, year, changed, texts_before, texts):
            _show(project, year, name, server, say)
        whole.begin()


def saved(project: Project, year: ReportYear) -> Saved:
    """Every file that an author or an agency can change, with the time and size of what was saved."""
    folders = (project.notebooks, project.raw / "official", project.raw / year.label)
    paths = [path for folder in folders for path in folder.rglob("*") if not path.name.startswith((".", "~"))]
    paths += [project.book_file, project.root / "data" / "corrections.yml"]
    found = {}
    for path in paths:
        try:
            told = path.stat()
        except FileNotFoundError:
            continue
        if path.is_file() and ".ipynb_checkpoints" not in path.parts:
            found[path] = (told.st_mtime_ns, told.st_size)
    return found


def _settled(now: Saved, project: Project, year: ReportYear) -> Saved:
    """What is there once nothing has been written for a moment: an editor saves in several steps."""
    while True:
        time.sleep(SETTLE_SECONDS)
        later = saved(project, year)
        if later == now:
            return now
        now = later


def _sections(project: Project, year: ReportYear) -> Sections:
    try:
        return load_commentary(project.commentary(year))
    except ValueError:
        return {}  # the build says what is wrong


def chapters_of(
    project: Project, year: ReportYear, changed: set[Path], before: Sections, now: Sections
) -> list[str]:
    """The chapters that show what was saved; none when they are many, or when more than chapters changed."""
    notebooks = {path.stem for path in changed & set(project.chapters())}
    texts = {path for path in changed if path.parent == project.commentary(year)}
    if changed - texts - set(project.chapters()):
        return []
    sections = {name for name in {*before, *now} if before.get(name) != now.get(name)}
    try:
        used = [
            use.name for use in read_usage(project) if use.name in notebooks or sections & set(use.sections)
        ]
    except (ValueError, KeyError):
        return []
    return used if len(used) <= AT_ONCE else []


def _show(project: Project, year: ReportYear, name: str, server: Server, say: Say) -> None:
    began = time.monotonic()
    try:
        build_chapter(project, year, name)
    except DataStop as stop:
        for finding in stop.findings:
            say(f"- {finding}")
    except Exception as error:  # a text half written: the next save mends it
        say(f"{name} could not be shown: {error}")
    else:
        say(f"{name} shown after {time.monotonic() - began:.1f} s")
        server.tell(f"/chapters/{name}/{name}.html")


@dataclass
class Whole:
    """Builds of the whole report, one at a time, each in a process of its own."""

    command: list[str]
    root: Path
    server: Server
    say: Say
    process: subprocess.Popen | None = field(default=None)
    began: float = 0.0

    def begin(self) -> None:
        """Begin a build."""
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            self.command, cwd=self.root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )

    def look(self) -> None:
        """Tell when a build has ended, and let the pages that are open load what it made."""
        if self.process is None or self.process.poll() is None:
            return
        told = self.process.communicate()[1]
        if self.process.returncode:
            self.say(told[told.find("Stopped") :].strip() or told.strip())
        else:
            self.say(f"The whole report made after {time.monotonic() - self.began:.1f} s")
            self.server.tell("/report/")
        self.process = None

    def end(self) -> None:
        """End a build that is at work: what stands of the report is whole, and the next build takes up what is left."""
        if self.process is not None:
            self.process.terminate()
            self.process.communicate()
            self.process = None


@contextmanager
def _whole_builds(project: Project, year: ReportYear, server: Server, say: Say) -> Iterator[Whole]:
    command = [sys.executable, "-m", "bscbdata.cli", "build", "--year", year.label, "--renderer", "embedded"]
    whole = Whole(command, project.root, server, say)
    try:
        yield whole
    finally:
        whole.end()
