"""How many reports a minute: a plain loop against workers, one to eight of them, one that is killed, and memory.

    python -m benchmarks.areas [--reports 22] [--long 154] [--workers 1,2,4,8] [--json FILE]
    python -m benchmarks.areas --whole 2015-16 [--reports 6] [--releases FOLDER] [--workers 2] [--json FILE]

Each report is of a book of one chapter with one figure, from the official figures of the project, with its pages and open
data: what it costs beyond its chapters is what is measured here. `benchmarks.building` measures the chapters.

`--whole` makes whole reports, with all their chapters, of every authority in one year, and says it as lines for docs/scale.md.
The figures are the publisher's where `--releases` names a folder of their files, laid out as data/raw/official/releases, with
their origins; else the simulator's national set. `--reports 6` takes six areas of different kinds.
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
from bscbdata.simulate.national import simulate_national

ROOT = Path(__file__).resolve().parents[1]
OPTIONS = PLAIN | {"renderer": "embedded", "forms": ("data",)}
HOME_YEAR = "2024-25"
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


# ---- all of England, whole reports ---------------------------------------------------------------------------------

OF_EACH_KIND = ("Isles of Scilly", "Kent", "Leeds", "Tower Hamlets", "Bristol, City of", "City of London")


def whole_project(root: Path, releases: Path | None) -> Project:
    """A project with this one's book and official figures, and figures of every authority; no returns."""
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    shutil.copy(ROOT / "_quarto.yml", root)
    raw = root / "data" / "raw"
    shutil.copytree(ROOT / "data" / "raw" / "official", raw / "official", dirs_exist_ok=True)
    # the year with returns is another one: all reports are made from official figures alone
    settings = (ROOT / "data" / "raw" / "2015-16" / "year.toml").read_text(encoding="utf8")
    (raw / HOME_YEAR).mkdir()
    text = settings.replace('label = "2015-16"', f'label = "{HOME_YEAR}"')
    (raw / HOME_YEAR / "year.toml").write_text(text, encoding="utf8")
    if releases:
        shutil.copytree(releases, raw / "official" / "releases", dirs_exist_ok=True)
    else:
        simulate_national(raw)
    project = Project(root)
    national.prepare(project)
    return project


def whole(year: str, count: int, releases: Path | None, workers: int) -> dict:
    """Make the whole reports of a year; each report is told as it comes."""
    with tempfile.TemporaryDirectory() as folder:
        project = whole_project(Path(folder), releases)
        wanted = asked(project, "all", year)
        if count:
            named = {one.area: one for one in wanted}
            order = list(dict.fromkeys([*(area for area in OF_EACH_KIND if area in named), *named]))
            wanted = [named[area] for area in order[:count]]
        options = PLAIN | {"renderer": "embedded", "forms": ("workbook", "data"), "allow_rejects": True}
        began, cpu, made = time.monotonic(), machine_seconds(), []
        for one in _each(project, wanted, options, workers, ""):
            made.append(one)
            print(
                f"{len(made)} of {len(wanted)}  {one.asked}  {one.seconds} s  {one.memory_mb} MB  {one.problem}",
                flush=True,
            )
        found = _whole_found(project, made, time.monotonic() - began)
        return found | {"year": year, "workers": workers, "cpu_seconds": round(machine_seconds() - cpu, 1)}


def machine_seconds() -> float:
    """The processor time of everything on this machine: workers end before all that they started is counted as theirs.

    It says what the reports cost where nothing else runs.
    """
    ticks = Path("/proc/stat").read_text(encoding="utf8").split("\n", 1)[0].split()[1:4]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _whole_found(project: Project, made: list[Made], seconds: float) -> dict:
    files = [path for path in project.root.glob("build/*/areas/**/*") if path.is_file()]
    return {
        "reports": len(made),
        "failed": [f"{one.asked}: {one.problem}" for one in made if one.failed],
        "seconds": round(seconds, 1),
        "reports_per_minute": round(len(made) / seconds * 60, 1),
        "median_seconds_a_report": round(median(one.seconds for one in made), 1),
        "mb_a_report": round(sum(path.stat().st_size for path in files) / len(made) / 2**20, 1),
        "files_a_report": round(len(files) / len(made)),
        "memory_mb": {
            worker: [one.memory_mb for one in made if one.worker == worker]
            for worker in {one.worker for one in made}
        },
    }


def _say_whole(found: dict) -> None:
    """The lines for docs/scale.md."""
    each = found["cpu_seconds"] / found["reports"]
    rate = found["reports_per_minute"]
    print(
        f"\n{found['reports']} whole reports of {found['year']} on {found['workers']} workers, {len(found['failed'])} failed:"
    )
    print("\n| | |\n|:--|--:|")
    print(f"| All of them | {found['seconds'] / 60:.1f} min |")
    print(f"| Reports a minute | {rate}, {rate / found['workers']:.1f} a worker |")
    print(f"| Processor time of the machine, for one | {each:.1f} s |")
    print(f"| One report on the clock, median | {found['median_seconds_a_report']} s |")
    print(f"| On disk | {found['mb_a_report']} MB in {found['files_a_report']} files |")
    for number, held in enumerate(found["memory_mb"].values(), start=1):
        step = max(1, len(held) // 6)
        print(
            f"| Memory of worker {number} along its {len(held)} reports | {', '.join(f'{mb:.0f}' for mb in held[::step])} MB |"
        )
    for line in found["failed"]:
        print(f"Not made: {line}")


def main() -> None:
    """Measure, print a table, and write JSON when asked."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument(
        "--reports", type=int, default=0, help="22 small ones, or all whole ones, when left out"
    )
    given.add_argument("--whole", metavar="YEAR", help="whole reports of every authority in a year")
    given.add_argument(
        "--releases", type=Path, help="a folder of the publisher's files, each with its origin"
    )
    given.add_argument(
        "--long", type=int, default=0, help="reports of a long run on two workers, for the memory"
    )
    given.add_argument("--workers", default="")
    given.add_argument("--json", type=Path)
    told = given.parse_args()
    if told.whole:
        found = whole(told.whole, told.reports, told.releases, int(told.workers or os.cpu_count() or 1))
        _say_whole(found)
    else:
        found = handed_out(told.reports or 22, told.long, told.workers or "1,2,4,8")
        _say(found)
    if told.json:
        told.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf8")


def handed_out(reports: int, long: int, workers: str) -> dict:
    """Small reports in a loop and on workers, with one that is killed, and a long run for the memory."""
    with tempfile.TemporaryDirectory() as folder:
        project = small_project(Path(folder))
        wanted = asked(project, "all", YEARS)
        some = wanted[:reports]
        runs = [measured(project, some[:1], 0), measured(project, some, 0)]
        runs += [measured(project, some, int(count)) for count in workers.split(",")]
        found = {"runs": runs, "killed": killed(project, some)}
        if long:
            found["long"] = measured(project, wanted[:long], 2)
    return found


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
