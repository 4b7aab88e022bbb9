"""How many reports a minute: a plain loop against workers, one to eight of them, one that is killed, and memory.

    python -m benchmarks.areas [--reports 22] [--long 154] [--workers 1,2,4,8] [--json FILE]

Each report is of a book of one chapter with one figure, from the official figures of the project, with its pages and open
data: what it costs beyond its chapters is what is measured here. `benchmarks.building` measures the chapters.
"""

import argparse
import json
import os
import re
import shutil
import signal
import tempfile
import time
from pathlib import Path
from statistics import median

from bscbdata.build import national
from bscbdata.many import Asked, asked, run_many
from bscbdata.many.running import PLAIN, Made, _each
from bscbdata.places import Project

ROOT = Path(__file__).resolve().parents[1]
OPTIONS = PLAIN | {"renderer": "embedded", "forms": ("data",)}
YEARS = "2010-11..2023-24"
FIGURE = (
    "#| label: fig-referral-rate\n#| fig-cap: Referrals\n"
    'report.figure(report.comparison("referrals_rate_per_10000", "Referrals"), key="referral-rate", headline="", '
    'measure="Referrals", tables=["children_in_need"], decimals=1)'
)
CELLS = (
    ("markdown", [], "# At a glance {#sec-glance .unnumbered}"),
    ("code", ["parameters"], 'year = "2015-16"\narea = "Buckinghamshire"\ndraft = True'),
    (
        "code",
        [],
        "#| include: false\nimport bscbdata as bscb\n\nreport = bscb.report(year, area=area, draft=draft)",
    ),
    ("code", [], FIGURE),
)


def small_project(root: Path) -> Project:
    """A project with the official figures of this one and a book of one chapter."""
    shutil.copytree(ROOT / "data" / "raw" / "official", root / "data" / "raw" / "official")
    (root / "data" / "raw" / "2015-16").mkdir()
    shutil.copy(ROOT / "data" / "raw" / "2015-16" / "year.toml", root / "data" / "raw" / "2015-16")
    settings = (ROOT / "_quarto.yml").read_text(encoding="utf8")
    short = re.sub(
        r"  chapters:\n.*?\nexecute", "  chapters:\n    - index.ipynb\n\nexecute", settings, flags=re.S
    )
    (root / "_quarto.yml").write_text(short, encoding="utf8")
    (root / "notebooks").mkdir()
    cells = [
        {"cell_type": kind, "id": f"c{number}", "metadata": {"tags": tags}, "source": text}
        | ({"outputs": [], "execution_count": None} if kind == "code" else {})
        for number, (kind, tags, text) in enumerate(CELLS)
    ]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (root / "notebooks" / "index.ipynb").write_text(json.dumps(book), encoding="utf8")
    project = Project(root)
    national.prepare(project)
    return project


def fresh(project: Project) -> None:
    """Take away what was made, but for the official figures, which every run shares."""
    shutil.rmtree(project.root / "build", ignore_errors=True)
    for year in (project.root / "data" / "processed").iterdir():
        if year.name != "official":
            shutil.rmtree(year)


def measured(project: Project, wanted: list[Asked], workers: int) -> dict:
    """Make the reports anew; 1 is a plain loop in this process when `workers` is 0."""
    fresh(project)
    began, cpu = time.monotonic(), sum(os.times()[:4])
    made = list(_each(project, wanted, OPTIONS, workers, "")) if workers else _loop(project, wanted)
    seconds = time.monotonic() - began
    busy = min(max(workers, 1), os.cpu_count() or 1)
    return {
        "workers": workers,
        "reports": len(wanted),
        "failed": sum(one.failed for one in made),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(sum(os.times()[:4]) - cpu, 1),
        "reports_per_minute": round(len(wanted) / seconds * 60, 1),
        "per_core": round(len(wanted) / seconds * 60 / busy, 1),
        "median_seconds_a_report": round(median(one.seconds for one in made), 2),
        "memory_mb": [one.memory_mb for one in made],
        "load_before": round(os.getloadavg()[0], 1),
    }


def _loop(project: Project, wanted: list[Asked]) -> list[Made]:
    return run_many(project, wanted, OPTIONS, workers=1)


def killed(project: Project, wanted: list[Asked]) -> dict:
    """Two workers, of which one is killed after the third report."""
    fresh(project)
    began, made = time.monotonic(), []
    for one in _each(project, wanted, OPTIONS, 2, ""):
        made.append(one)
        if len(made) == 3:
            os.kill(one.worker, signal.SIGKILL)
    failed = sum(one.failed for one in made)
    return {"reports": len(made), "failed": failed, "seconds": round(time.monotonic() - began, 1)}


def main() -> None:
    """Measure, print a table, and write JSON when asked."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--reports", type=int, default=22)
    given.add_argument(
        "--long", type=int, default=0, help="reports of a long run on two workers, for the memory"
    )
    given.add_argument("--workers", default="1,2,4,8")
    given.add_argument("--json", type=Path)
    told = given.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = small_project(Path(folder))
        wanted = asked(project, "all", YEARS)
        some = wanted[: told.reports]
        runs = [measured(project, some[:1], 0), measured(project, some, 0)]
        runs += [measured(project, some, int(count)) for count in told.workers.split(",")]
        found = {"runs": runs, "killed": killed(project, some)}
        if told.long:
            found["long"] = measured(project, wanted[: told.long], 2)
    _say(found)
    if told.json:
        told.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf8")


def _say(found: dict) -> None:
    print("workers  reports  seconds  reports/min  per core  CPU s  load")
    for run in [*found["runs"], *([found["long"]] if "long" in found else [])]:
        who = run["workers"] or "loop"
        print(
            f"{who!s:>7}  {run['reports']:>7}  {run['seconds']:>7}  {run['reports_per_minute']:>11}  {run['per_core']:>8}  {run['cpu_seconds']:>5}  {run['load_before']}"
        )
    loop, one = found["runs"][1], found["runs"][2]
    print(f"Overhead of handing out: {(one['seconds'] - loop['seconds']) / loop['reports']:.2f} s a report.")
    print(f"One of two workers killed: {found['killed']}.")
    if "long" in found:
        memory = found["long"]["memory_mb"]
        print(f"Memory of a worker over {len(memory)} reports: {memory[10:20]} MB to {memory[-10:]} MB.")


if __name__ == "__main__":
    main()
