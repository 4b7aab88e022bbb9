"""How fast a report is built, beside the usual tools doing the same notebooks.

    make bench

Every way runs as a whole process on a copy of this project, the ways taking turns, so that they share the weather of the
machine. Prints medians, spread, ratios and the peak of memory (of a process and all it started), and writes
build/bench/building.json. Nothing here is a test.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "build" / "bench"
COPY = WORK / "project"
YEAR = "2015-16"
GIVEN = {"year": YEAR, "area": "Buckinghamshire", "draft": True}
TURNS = int(os.environ.get("BSCB_BENCH_TURNS", "3"))
TOOK = "seconds by its own clock: "  # a way that measures itself says so
BSCB = [str(Path(sys.executable).with_name("bscb"))]


# ---- what is run, each in a process of its own: python benchmarks/building.py WAY -------------------------------------


def notebooks() -> list[Path]:
    """The chapters of the book; others, such as the one to explore in, are not executed by a build."""
    from bscbdata.places import Project

    return Project(COPY).chapters()


def stock_papermill() -> None:
    """papermill as it comes, one notebook after another."""
    import papermill

    for path in notebooks():
        papermill.execute_notebook(
            path,
            WORK / "stock" / path.name,
            parameters=GIVEN,
            cwd=WORK,
            progress_bar=False,
            kernel_name="python3",
        )


def stock_with_nbconvert() -> None:
    """papermill as it comes, then nbconvert to HTML: no PDF, no Word, no data, no checks."""
    from nbconvert import HTMLExporter

    stock_papermill()
    for path in notebooks():
        page, _ = HTMLExporter(exclude_input=True).from_filename(str(WORK / "stock" / path.name))
        (WORK / "stock" / f"{path.stem}.html").write_text(page, encoding="utf8")


def warm_kernels() -> None:
    """The same notebooks in warm kernels, as a build runs them."""
    from bscbdata.build.execute import execute_all
    from bscbdata.build.plan import Chapter
    from bscbdata.kept import kept_in

    with kept_in(WORK / "charts"):
        execute_all([Chapter(path.stem, path) for path in notebooks()], GIVEN, COPY, WORK, _stop_on_problem)


def _stop_on_problem(executed) -> None:
    if executed.problem:
        sys.exit(str(executed.problem))


def bare_limit() -> None:
    """All cells in one process, no kernels, no isolation; each last value put into every form a notebook would have."""
    from IPython.core.interactiveshell import InteractiveShell

    from bscbdata.gaps import NoData

    shell = InteractiveShell.instance()
    for path in notebooks():
        shell.reset(new_session=False)
        for cell in json.loads(path.read_text(encoding="utf8"))["cells"]:
            if cell["cell_type"] == "code":
                ran = shell.run_cell("".join(cell["source"]))  # not silent: the last value is shown
                if not isinstance(
                    ran.error_in_exec, NoData | NameError
                ):  # the notebook shows a gap, and goes on
                    ran.raise_error()


def one_text_to_its_page() -> None:
    """From the start of a plain build to the line that says where the page of the changed chapter can be looked at."""
    start = time.perf_counter()
    with subprocess.Popen(BUILD, stderr=subprocess.PIPE, encoding="utf8") as building:
        for line in building.stderr:
            if line.startswith("To look at meanwhile"):
                print(f"{TOOK}{time.perf_counter() - start}")
    sys.exit(building.returncode)


def one_text_saved() -> None:
    """From a saved text to its page, as `bscb watch` makes it: everything is warm."""
    _saved(one_text_changed)


def one_chart_saved() -> None:
    """From a saved notebook to its page, as `bscb watch` makes it."""
    _saved(one_cell_changed)


def _saved(change: Callable[[], None]) -> None:
    from bscbdata.build.execute import kept_folder
    from bscbdata.build.kernels import converters, provisioner
    from bscbdata.build.one_chapter import build_chapter
    from bscbdata.kept import kept_in
    from bscbdata.period import ReportYear
    from bscbdata.places import Project

    project, year = Project(COPY), ReportYear.parse(YEAR)
    with kept_in(kept_folder(COPY)), provisioner.held(), converters.held():
        build_chapter(project, year, "07_neglect")
        change()
        start = time.perf_counter()
        build_chapter(project, year, "07_neglect")
        print(f"{TOOK}{time.perf_counter() - start}")


# ---- before each run ---------------------------------------------------------------------------------------------------


def nothing() -> None:
    pass


def without_charts() -> None:
    shutil.rmtree(WORK / "charts", ignore_errors=True)


def from_scratch() -> None:
    for folder in (COPY / "build", COPY / "data" / "processed"):
        shutil.rmtree(folder, ignore_errors=True)


def built() -> None:
    subprocess.run([*BSCB, "build", "--year", YEAR], cwd=COPY, check=True, capture_output=True)


def one_commentary_changed() -> None:
    built()
    one_text_changed()


def one_text_changed() -> None:
    path = COPY / "data" / "raw" / YEAR / "commentary" / "07_neglect.md"
    text = path.read_text(encoding="utf8")
    path.write_text(f"{text}\nSeen again.\n", encoding="utf8")


def one_chart_changed() -> None:
    built()
    one_cell_changed()


def one_cell_changed() -> None:
    """The cell of the parameters does as well as one of a chart: the whole chapter is executed again."""
    path = COPY / "notebooks" / "07_neglect.ipynb"
    text = path.read_text(encoding="utf8")
    path.write_text(text.replace("draft = True", "draft = True  # seen", 1), encoding="utf8")


def one_paper_changed() -> None:
    """The origin of one return says another title; its table stays the same."""
    built()
    paper = COPY / "data" / "raw" / YEAR / "training" / "courses.xlsx.origin.toml"
    text = paper.read_text(encoding="utf8")
    paper.write_text(text.replace('title = "', 'title = "The ', 1), encoding="utf8")


BUILD = [*BSCB, "build", "--year", YEAR]
WAYS: dict[str, tuple[list[str], Callable[[], None]]] = {
    "stock papermill, one after another": ([sys.executable, __file__, "stock_papermill"], nothing),
    "stock papermill, then nbconvert to HTML": ([sys.executable, __file__, "stock_with_nbconvert"], nothing),
    "warm kernels, two at a time, every chart drawn": (
        [sys.executable, __file__, "warm_kernels"],
        without_charts,
    ),
    "warm kernels, two at a time, charts kept": ([sys.executable, __file__, "warm_kernels"], nothing),
    "bare limit: all cells in one process": ([sys.executable, __file__, "bare_limit"], nothing),
    "bscb build from nothing: clean, execute, prove, pages, PDF, Word, data, checks": (BUILD, from_scratch),
    "bscb build, one notebook changed": (BUILD, one_chart_changed),
    "bscb build, one commentary changed": (BUILD, one_commentary_changed),
    "bscb build, from the start to the page of the changed commentary": (
        [sys.executable, __file__, "one_text_to_its_page"],
        one_commentary_changed,
    ),
    "bscb build, the paper of one return changed": (BUILD, one_paper_changed),
    "bscb build --chapter, from nothing": ([*BUILD, "--chapter", "07_neglect"], from_scratch),
    "bscb build, nothing to do": (BUILD, built),
    "bscb watch, from a saved text to its page": ([sys.executable, __file__, "one_text_saved"], built),
    "bscb watch, from a saved chart to its page": ([sys.executable, __file__, "one_chart_saved"], built),
}


# ---- measuring -----------------------------------------------------------------------------------------------------------


def prepare() -> None:
    """A copy of the project, so that nothing of the reader's own is touched."""
    shutil.rmtree(COPY, ignore_errors=True)
    for name in ("notebooks", "data/raw"):
        shutil.copytree(ROOT / name, COPY / name)
    for name in ("_quarto.yml", "data/corrections.yml"):
        shutil.copy(ROOT / name, COPY / name)
    (WORK / "stock").mkdir(parents=True, exist_ok=True)
    subprocess.run([*BSCB, "clean", "--year", YEAR], cwd=COPY, check=True, capture_output=True)


def measured(command: list[str]) -> tuple[float, float, float]:
    """Seconds, seconds of processors, and the peak of memory in MB over the process and all that it started.

    Shared pages are counted once.
    """
    environment = {**os.environ, "BSCB_PROJECT": str(COPY)}
    start, before = time.perf_counter(), _processor_seconds()
    process = subprocess.Popen(
        command, cwd=COPY, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    peak, done = [0.0], threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, peak, done))
    watcher.start()
    said, told = process.communicate()
    seconds = time.perf_counter() - start
    done.set()
    own = [line for line in said.decode(errors="replace").splitlines() if line.startswith(TOOK)]
    seconds = float(own[-1].removeprefix(TOOK)) if own else seconds
    watcher.join()
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{told.decode()[-2000:]}")
    return seconds, _processor_seconds() - before, peak[0]


def _processor_seconds() -> float:
    """Of all processes that have ended: less moved by what else the machine does than the time on the clock."""
    used = os.times()
    return used.children_user + used.children_system


def _watch(pid: int, peak: list[float], done: threading.Event) -> None:
    while not done.wait(0.1):
        peak[0] = max(peak[0], sum(map(_memory, _family(pid))))


def _family(pid: int) -> list[str]:
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[stat.parent.name] = stat.read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
    found = [str(pid)]
    for member in found:
        found += [child for child, parent in parents.items() if parent == member]
    return found


def _memory(pid: str) -> float:
    try:
        lines = (Path("/proc") / pid / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def main() -> None:
    """Measure every way in turns and print the table."""
    # as on a user's machine: what Python has compiled is kept, for every way alike
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    prepare()
    seconds: dict[str, list[float]] = {name: [] for name in WAYS}
    worked: dict[str, list[float]] = {name: [] for name in WAYS}
    memory: dict[str, float] = dict.fromkeys(WAYS, 0.0)
    for _ in range(TURNS):
        for name, (command, before) in WAYS.items():
            before()
            took, work, peak = measured(command)
            seconds[name].append(took)
            worked[name].append(work)
            memory[name] = max(memory[name], peak)
    base = statistics.median(seconds["stock papermill, one after another"])
    print(f"{len(notebooks())} notebooks, {os.cpu_count()} cores, {TURNS} turns\n")
    print(
        f"{'way':82}{'median s':>9}{'from':>7}{'to':>7}{'processor s':>13}{'times faster':>14}{'peak MB':>9}"
    )
    for name, found in seconds.items():
        middle = statistics.median(found)
        spread = f"{min(found):7.2f}{max(found):7.2f}{statistics.median(worked[name]):13.1f}"
        print(f"{name:82}{middle:9.2f}{spread}{base / middle:14.1f}{memory[name]:9.0f}")
    told = {
        name: {"seconds": seconds[name], "processor_seconds": worked[name], "peak_mb": round(memory[name])}
        for name in WAYS
    }
    (WORK / "building.json").write_text(json.dumps(told, indent=1), encoding="utf8")


if __name__ == "__main__":
    globals()[sys.argv[1]]() if len(sys.argv) > 1 else main()
