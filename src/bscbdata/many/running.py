"""Making many reports: one after another, or on the workers of a cluster, each worker with its kernels warm.

A report that fails does not stop the others. A worker that is lost loses the report it was at, which another makes. Only as
many reports are handed out as keep the workers busy. A report that is made already, from the same inputs, is not made
again, so a run that was ended goes on where it was.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from bscbdata.build import national, unchanged
from bscbdata.build.kernels import converters, provisioner
from bscbdata.build.run import build
from bscbdata.findings import DataStop
from bscbdata.many import shipping
from bscbdata.many.asking import Asked
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.publish.forms import ALL

HANDFUL = 4  # so many reports and no more are made one after another
AHEAD = 2  # reports handed out for each worker: one that it makes and one that waits
RETRIES = 3
FEW = ("workbook", "data")  # the forms of a report of official figures, unless others are asked for
PLAIN = {"renderer": "auto", "draft": True, "allow_rejects": False}  # what `build` does unless told otherwise
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Made:
    """What became of one report: its first page as seen from the project, or what went wrong; and what it cost."""

    asked: Asked
    page: str = ""
    problem: str = ""
    seconds: float = 0.0
    memory_mb: float = 0.0
    worker: int = 0
    again: bool = False  # it was made before, from the same inputs

    @property
    def failed(self) -> bool:
        return bool(self.problem)


def run_many(
    project: Project,
    wanted: list[Asked],
    options: dict[str, object],
    workers: int = 0,
    scheduler: str = "",
    tell: Tell | None = None,
) -> list[Made]:
    """Make the reports and say of each what became of it, in the order asked.

    `workers` is how many processes work on this machine (0: one for each core); `scheduler` the address of a Dask
    cluster that exists. Raises DataStop when the official figures themselves cannot be used: then no report can be made.
    """
    tell = tell or (lambda stage, done, of: None)
    options = PLAIN | options
    _check_official_figures(project, wanted, options)
    done = {one: made for one in wanted if (made := made_before(project, one, options))}
    waiting = [one for one in wanted if one not in done]  # these alone tell how long it takes
    tell("Making reports", 0, len(waiting))
    for number, made in enumerate(_each(project, waiting, options, workers, scheduler), start=1):
        done[made.asked] = made
        tell("Making reports", number, len(waiting))
    return [done[one] for one in wanted]


def _each(project, wanted, options, workers: int, scheduler: str) -> Iterator[Made]:
    """The reports as they are made."""
    if not scheduler and (workers == 1 or not workers and len(wanted) <= HANDFUL):
        with provisioner.held(), converters.held():
            yield from (make(str(project.root), one, options) for one in wanted)
        return
    # a year with returns stays on this machine: what agencies sent is not shipped
    here = [
        one
        for one in wanted
        if scheduler and not one.of(project).edition(ReportYear.parse(one.year)).official_alone
    ]
    there = [one for one in wanted if one not in here]
    if there:
        with _cluster(workers, scheduler, len(there)) as client:
            yield from _handed_out(client, project, there, options, shipped=bool(scheduler))
    yield from (make(str(project.root), one, options) for one in here)


def _check_official_figures(project: Project, wanted: list[Asked], options: dict[str, object]) -> None:
    """Clean the official figures once, before anything else; what is wrong with them is said once and not for each report."""
    if not any(one.of(project).edition(ReportYear.parse(one.year)).official_alone for one in wanted):
        return
    bad = [found for found in national.prepare(project) if found.result == "failure"]
    stopping = [found for found in bad if not (options.get("allow_rejects") and found.check == "value")]
    if stopping:
        raise DataStop(stopping)


def options_of(own: Project, year: ReportYear, options: dict[str, object]) -> dict[str, object]:
    """The options with the forms of this report. Where none are asked for, a report with returns has all, as it has when it
    is made alone: its PDF and Word file would go otherwise."""
    forms = options.get("forms", FEW if own.edition(year).official_alone else ALL)
    rest = {name: value for name, value in options.items() if name != "forms"}
    return rest if forms == ALL else rest | {"forms": forms}


def made_before(project: Project, one: Asked, options: dict[str, object]) -> Made | None:
    """The report as it was made before, if it would only be made the same again."""
    own, year = one.of(project), ReportYear.parse(one.year)
    if not (own.build(year) / unchanged.NAME).is_file():
        return None  # at once: to hash all that it would be made from takes longer
    if unchanged.told_before(own, year, unchanged.inputs(own, year, options_of(own, year, options))) is None:
        return None
    return Made(one, page=_page(own, year), again=True)


def make(root: str, one: Asked, options: dict[str, object]) -> Made:
    """Make one report in this process. Never raises for a report's own fault."""
    project, year = one.of(Project(Path(root))), ReportYear.parse(one.year)
    began = time.monotonic()
    try:
        if made := made_before(project, one, options):
            return made
        build(project, year, **options_of(project, year, options))
    except DataStop as stop:
        problem = "; ".join(str(found) for found in stop.findings[:3])
    except Exception as error:  # whatever is wrong with one report, the others are made
        problem = f"{type(error).__name__}: {error}"
    else:
        problem = ""
    cost = {"seconds": round(time.monotonic() - began, 2), "memory_mb": _memory_mb(), "worker": os.getpid()}
    return Made(one, page="" if problem else _page(project, year), problem=problem, **cost)


def _page(project: Project, year: ReportYear) -> str:
    return (project.build(year) / "report" / "index.html").relative_to(project.root).as_posix()


def _memory_mb() -> float:
    """The memory that this process holds now; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="utf8").split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)


# ---- on workers ----------------------------------------------------------------------------------------------------


@cache
def _warm() -> ExitStack:
    """Keep this worker's kernels and its converter warm from its first report to its last."""
    held = ExitStack()
    held.enter_context(provisioner.held())
    held.enter_context(converters.held())
    return held


def on_worker(root: str, one: Asked, options: dict[str, object]) -> Made:
    """Make one report on a worker that shares this folder."""
    os.environ.setdefault("BSCB_CORES", "1")  # the workers are as many as the cores
    _warm()
    return make(root, one, options)


def on_far_worker(parcel: bytes, one: Asked, options: dict[str, object]) -> tuple[Made, bytes]:
    """Make one report on a worker elsewhere, from what was shipped to it once; what is made goes back."""
    root = shipping.unpacked(parcel)
    made = on_worker(str(root), one, options)
    return made, b"" if made.failed else shipping.pack_made(one.of(Project(root)), ReportYear.parse(one.year))


def _handed_out(client, project: Project, waiting: list[Asked], options, shipped: bool) -> Iterator[Made]:
    """Hand out reports, as many at a time as keep the workers busy, and give each as it comes back."""
    from distributed import as_completed

    parcel = client.scatter(shipping.pack(project), broadcast=True) if shipped else str(project.root)
    left, open_ = iter(waiting), {}

    def hand_out(count: int) -> list:
        jobs = on_far_worker if shipped else on_worker
        new = {
            client.submit(jobs, parcel, one, options, retries=RETRIES, pure=False): one
            for one in islice(left, count)
        }
        open_.update(new)
        return list(new)

    coming = as_completed(hand_out(AHEAD * max(1, len(client.scheduler_info()["workers"]))))
    for future in coming:
        one = open_.pop(future)
        yield _received(future, one, project, shipped)
        for new in hand_out(1):
            coming.add(new)


def _received(future, one: Asked, project: Project, shipped: bool) -> Made:
    """What a worker made, put in its place; a report whose workers were lost again and again has failed."""
    try:
        result = future.result()
    except Exception as error:
        return Made(one, problem=f"Its workers were lost: {type(error).__name__}: {error}")
    if not shipped:
        return result
    made, parcel = result
    if parcel:
        shipping.take(one.of(project), ReportYear.parse(one.year), parcel)
    return made


@contextmanager
def _cluster(workers: int, scheduler: str, reports: int) -> Iterator:
    """A client of the cluster at the address, or of one on this machine that ends with the block."""
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise ValueError(
            'Many reports at once need Dask: install the project with its extra "cluster", or add --workers 1.'
        ) from None
    if scheduler:
        with Client(scheduler, timeout="20s") as client:
            yield client
        return
    count = max(1, min(workers or os.cpu_count() or 1, reports))
    quiet = {"dashboard_address": "127.0.0.1:0", "silence_logs": 50, "memory_limit": 0}
    with (
        LocalCluster(n_workers=count, threads_per_worker=1, processes=True, **quiet) as local,
        Client(local) as client,
    ):
        yield client
