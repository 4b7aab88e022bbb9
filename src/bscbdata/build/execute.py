"""Executing notebooks with papermill: each in a fresh kernel, several at a time, all failures told together."""

import json
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bscbdata.beside import cores
from bscbdata.build.imports import parsed
from bscbdata.build.kernels import converters, provisioner
from bscbdata.build.plan import Chapter
from bscbdata.findings import Finding, failure, warning
from bscbdata.lab import ADVICE, HINT, OPEN_IN_LAB, TRACE
from bscbdata.reads import noted

TIMEOUT_SECONDS = 300
MOST_SAID = 3  # lines of an error that are told
WARM = "bscb-warm"  # papermill finds the engine by its entry point: see pyproject.toml
# Where the data is held against a text, the cell is only where that text is shown.
OF_A_TEXT = "A draft lists everything that is open, on its page open.html; the texts lie in the year's folder commentary."
# what a run executes is not for the history that the user's own sessions keep
QUIET = ["--IPKernelApp.log_level=CRITICAL", "--HistoryManager.enabled=False"]


@dataclass(frozen=True)
class Executed:
    """What became of one chapter: the executed notebook, or why there is none."""

    chapter: str
    content: bytes = b""
    reads: tuple[str, ...] = ()
    problem: Finding | None = None


def execute_all(
    chapters: list[Chapter],
    parameters: dict,
    project: Path,
    scratch: Path,
    done: Callable[[Executed], None],
    meanwhile: Callable[[], object] = lambda: None,
) -> None:
    """Execute chapters, as many at a time as there are cores; `done` is called for each as it ends, well or not.

    `meanwhile` is done once, while the first are at work.
    """
    import papermill  # noqa: F401 - before the threads that use it: they need not share their start with `meanwhile`

    count = max(1, min(len(chapters), cores()))
    provisioner.start_ahead()
    drawing = max(1, count // 2)  # a third of the work of a chapter is its drawings, at the most
    with (
        provisioner.held(),
        converters.running(drawing) as name,
        _ended_with(ThreadPoolExecutor(count)) as pool,
    ):
        told = {"BSCB_PROJECT": str(project), "BSCB_KEPT": str(kept_folder(project)), "BSCB_CONVERTER": name}
        environment = {**os.environ, **told}
        environment.pop(OPEN_IN_LAB, None)  # a build that a notebook starts makes what every other makes
        # the longest first: none is left alone at the end
        ordered = sorted(chapters, key=_weight, reverse=True)
        waiting = [pool.submit(execute_one, chapter, parameters, scratch, environment) for chapter in ordered]
        meanwhile()
        for future in as_completed(waiting):
            done(future.result())


def _weight(chapter: Chapter) -> tuple[bool, int]:
    """Tells chapters that are likely to take longer: those that speak of the whole book, then those with more in them."""
    source = chapter.notebook.read_bytes()
    return b"report.book()" in source, len(source)


def kept_folder(project: Path) -> Path:
    """The folder that keeps work by content, for all years and areas; BSCB_KEPT names another."""
    return Path(os.environ.get("BSCB_KEPT") or project / "build" / ".kept")


@contextmanager
def _ended_with(pool: ThreadPoolExecutor) -> Iterator[ThreadPoolExecutor]:
    """A pool whose kernels end with the block, however it ends."""
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        provisioner.close()
        raise
    finally:
        pool.shutdown()


def execute_one(chapter: Chapter, parameters: dict, scratch: Path, environment: dict[str, str]) -> Executed:
    """Execute one notebook in a fresh kernel and take out all that differs from run to run."""
    import nbformat
    import papermill
    from papermill.exceptions import PapermillExecutionError

    notes = scratch / f"{chapter.name}.reads"
    notes.touch()
    trace = trace_file(Path(environment["BSCB_PROJECT"]), parameters["year"], chapter.name)
    trace.unlink(missing_ok=True)
    try:
        executed = papermill.execute_notebook(
            nbformat.v4.reads(chapter.notebook.read_text(encoding="utf8")),  # papermill validates it
            None,
            parameters=parameters,
            engine_name=WARM,
            progress_bar=False,
            kernel_name="python3",
            language="python",
            execution_timeout=TIMEOUT_SECONDS,
            extra_arguments=QUIET,
            environment=environment | {"BSCB_READS": str(notes), TRACE: str(trace)},
            folder=scratch,
        )
    except PapermillExecutionError as error:
        return Executed(chapter.name, problem=_cell_failure(chapter, error, trace))
    # a kernel can die or time out in several ways: one chapter's end must not end the others
    except Exception as error:
        said = f"The notebook could not be executed ({type(error).__name__}: {error})."
        return Executed(chapter.name, problem=failure("execution", said, file=_place(chapter)))
    return Executed(chapter.name, settled(executed), tuple(noted(notes)))


def _place(chapter: Chapter) -> str:
    """The notebook as the user knows it: from the folder `notebooks` on."""
    parts = chapter.notebook.parts
    return "/".join(parts[parts.index("notebooks") :]) if "notebooks" in parts else chapter.notebook.name


def trace_file(project: Path, year: str, chapter: str) -> Path:
    """Where the whole trace of a chapter's last failure lies."""
    found = project / "build" / year / "traces" / f"{chapter}.txt"
    found.parent.mkdir(parents=True, exist_ok=True)
    return found


def _cell_failure(chapter: Chapter, error, trace: Path) -> Finding:
    """Chapter, cell, line, message and advice of the failing cell, in a few lines; the whole trace lies in its file."""
    told = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))
    lines = re.findall(r"Cell In\[\d+\], line (\d+)", told)
    place = f"cell {error.exec_count}" + (f", line {lines[-1]}" if lines else "")
    code = next((line for line in error.source.splitlines() if line.startswith("#| label:")), "")
    helps = re.search(rf"^{ADVICE}(.+)$", told, re.M)
    advice = (
        f"In {place}{f' ({code[9:].strip()})' if code else ''}. {f'{helps[1]} ' if helps else ''}"
        "Open it with `bscb lab` and run it there."
    )
    ours = HINT.format("bscbdata") in told
    if trace.exists() and not ours:
        advice += f" The whole trace: {trace.relative_to(trace.parents[3]).as_posix()}."
    if error.evalue.startswith("commentary/"):
        advice = OF_A_TEXT
    return failure(
        "execution",
        error.evalue if ours else f"{error.ename}: {_first_lines(error.evalue)}",
        file=_place(chapter),
        advice=advice,
    )


def _first_lines(said: str) -> str:
    """What an error says, as far as it is read: a library may go on for pages."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    told = " ".join(lines[:MOST_SAID])
    return f"{told} …" if len(lines) > MOST_SAID else told


def settled(notebook: dict) -> bytes:
    """The bytes of an executed notebook without times, paths or random ids: the same run gives the same bytes.

    The notebook is changed: it is large, and a copy of it takes as long as to write it.
    """
    from nbformat.v4.rwbase import split_lines, strip_transient

    notebook = strip_transient(split_lines(notebook))  # as nbformat writes one
    notebook["metadata"] = {
        name: notebook["metadata"][name] for name in ("kernelspec",) if name in notebook["metadata"]
    }
    for number, cell in enumerate(notebook["cells"]):
        tags = cell.get("metadata", {}).get("tags", [])
        cell["metadata"] = {"tags": [tag for tag in tags if tag != "injected-parameters"]} if tags else {}
        cell["id"] = f"cell-{number}"
    return (json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def told_by(cells: list[dict], notebook: str) -> list[Finding]:
    """What the cells of an executed notebook had to say: failed claims, and numbers that are not bound, in its own words too."""
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    said = [
        entry
        for output in outputs
        for entry in output.get("metadata", {}).get("bscb", {}).get("findings", [])
    ]
    written = [_written(cell, f"notebooks/{notebook}, cell {n}") for n, cell in enumerate(cells, start=1)]
    return [warning(**entry) for entry in said] + [found for cell in written for found in cell]


def _written(cell: dict, place: str) -> list[Finding]:
    """What a cell itself tells in words: the text of a Markdown cell, and the words of figures that are written out."""
    # it brings pandas along, and no kernel need wait for that
    from bscbdata.prose import compared_in_words, told_in_words, written_of_figures

    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return told_in_words(source, place)
    if cell["cell_type"] != "code":
        return []
    try:
        figures = written_of_figures(parsed(source))
    except SyntaxError:  # a line of it is the notebook's own, and no Python
        return []
    return [found for words in figures for found in compared_in_words(words, place)]
