"""Executing notebooks with papermill: each in a fresh kernel, several at a time, all failures told together."""

import json
import os
import re
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from bscbdata.build.plan import Chapter
from bscbdata.findings import Finding, failure, warning

TIMEOUT_SECONDS = 300


@dataclass(frozen=True)
class Executed:
    """What became of one chapter: the executed notebook, or why there is none."""

    chapter: str
    content: bytes = b""
    problem: Finding | None = None


def execute_all(
    chapters: list[Chapter], parameters: dict, project: Path, scratch: Path, done: Callable[[Executed], None]
) -> None:
    """Execute chapters in parallel; `done` is called for each as it ends, whether well or not."""
    workers = max(1, min(len(chapters), os.cpu_count() or 1))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(execute_one, chapter, parameters, project, scratch) for chapter in chapters]
        for future in as_completed(waiting):
            done(future.result())


def execute_one(chapter: Chapter, parameters: dict, project: Path, scratch: Path) -> Executed:
    """Execute one notebook in a fresh kernel and take out all that differs from run to run."""
    import papermill
    from papermill.exceptions import PapermillExecutionError

    os.environ["BSCB_PROJECT"] = str(project)
    target = scratch / chapter.notebook.name
    try:
        papermill.execute_notebook(
            chapter.notebook,
            target,
            parameters=parameters,
            cwd=scratch,
            progress_bar=False,
            kernel_name="python3",
            execution_timeout=TIMEOUT_SECONDS,
            extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
        )
    except PapermillExecutionError as error:
        return Executed(chapter.name, problem=_cell_failure(chapter, error))
    except (
        Exception
    ) as error:  # a kernel can die or time out in several ways: one chapter's end must not end the others
        said = f"The notebook could not be executed ({type(error).__name__}: {error})."
        return Executed(
            chapter.name, problem=failure("execution", said, file=f"notebooks/{chapter.notebook.name}")
        )
    return Executed(chapter.name, settled(target.read_bytes()))


def _cell_failure(chapter: Chapter, error) -> Finding:
    """Chapter, cell, line and message of the failing cell."""
    trace = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))
    lines = re.findall(r"Cell In\[\d+\], line (\d+)", trace)
    place = f"cell {error.exec_count}" + (f", line {lines[-1]}" if lines else "")
    code = next((line for line in error.source.splitlines() if line.startswith("#| label:")), "")
    advice = (
        f"In {place}{f' ({code[9:].strip()})' if code else ''}. Open it with `make lab` and run it there."
    )
    return failure(
        "execution",
        f"{error.ename}: {error.evalue}",
        file=f"notebooks/{chapter.notebook.name}",
        advice=advice,
    )


def settled(content: bytes) -> bytes:
    """An executed notebook without times, paths or random ids: the same run gives the same bytes."""
    notebook = json.loads(content)
    notebook["metadata"] = {
        name: notebook["metadata"][name] for name in ("kernelspec",) if name in notebook["metadata"]
    }
    for number, cell in enumerate(notebook["cells"]):
        tags = cell.get("metadata", {}).get("tags", [])
        cell["metadata"] = {"tags": [tag for tag in tags if tag != "injected-parameters"]} if tags else {}
        cell["id"] = f"cell-{number}"
    return (json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def told_by(content: bytes) -> list[Finding]:
    """What figures and commentary of an executed notebook had to say: failed claims, numbers that are not bound."""
    outputs = [output for cell in json.loads(content)["cells"] for output in cell.get("outputs", [])]
    said = [
        entry
        for output in outputs
        for entry in output.get("metadata", {}).get("bscb", {}).get("findings", [])
    ]
    return [warning(**entry) for entry in said]
