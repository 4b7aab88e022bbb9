"""Work done side by side in threads: for what spends its time outside Python, as the reading of workbooks does."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress


def cores() -> int:
    """How many may work at a time: BSCB_CORES, or the cores that this process may use."""
    if said := os.environ.get("BSCB_CORES", ""):
        return max(1, int(said))
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def side_by_side(function: Callable, items: Iterable) -> Iterator[Future]:
    """What a function makes of each item, in their order, as many at work as there are cores. What it raises is raised
    when the result is asked for. What waits is given up when the results are no longer wanted."""
    threads = ThreadPoolExecutor(cores())
    try:
        yield from [threads.submit(function, item) for item in items]
    finally:
        with suppress(RuntimeError):  # what an error leaves is swept up by any thread, also by one of these
            threads.shutdown(cancel_futures=True)
