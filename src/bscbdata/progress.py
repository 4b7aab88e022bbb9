"""Progress of a run: a bar in a terminal, plain lines elsewhere."""

import sys
import time


class Progress:
    """`tell(stage, done, of)` from the run; stages, chapters done and time left for the person who waits."""

    def __init__(self) -> None:
        self._bar = None
        self._tasks: dict[str, object] = {}
        self._began: dict[str, float] = {}

    def __enter__(self) -> "Progress":
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
            )
            self._bar = Bar(*columns, console=Console(stderr=True)).__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar:
            self._bar.__exit__(*error)

    def tell(self, stage: str, done: int, of: int) -> None:
        if self._bar:
            task = self._tasks.setdefault(
                stage, self._bar.add_task(stage, total=of) if stage not in self._tasks else None
            )
            self._bar.update(task, completed=done)
        else:
            self._line(stage, done, of)

    def say(self, text: str) -> None:
        """A line that stands above the bar."""
        if self._bar:
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            print(text, file=sys.stderr, flush=True)

    def _line(self, stage: str, done: int, of: int) -> None:
        began = self._began.setdefault(stage, time.monotonic())
        passed = time.monotonic() - began
        left = f", about {_long(passed / done * (of - done))} left" if 0 < done < of else ""
        count = f" {done} of {of}" if of > 1 else ""
        state = " …" if done == 0 else f" ({passed:.1f} s{left})"
        print(f"{stage}{count}{state}", file=sys.stderr, flush=True)


def _long(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
