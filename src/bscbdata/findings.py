"""A finding: what a check says of the data, in plain words, with the place and what to do."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Literal

from bscbdata.numbers import agreeing

if TYPE_CHECKING:
    import pandas as pd

Result = Literal["pass", "warning", "failure"]
GAP = "gap"  # the check of what is not there yet, with its name as `value`; a failure where year.toml has to tell it
SMALL = "small count"
REJECT_COLUMNS = ["table", "row_id", "reason", "content"]  # of the rows that were not used, with why
# What was sent, as a message quotes it: from the first mark to the last, since a name may have one inside (O'Neill).
QUOTED = re.compile(r"(?<!\w)'.*'(?!\w)", flags=re.S)


@dataclass(frozen=True)
class Finding:
    """One thing a check says. Empty fields do not apply."""

    check: str
    result: Result
    message: str
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    expected: str = ""
    advice: str = ""
    about: str = ""  # of what is not there: the words that the message begins with

    def __str__(self) -> str:
        place = ", ".join(filter(None, (self.file, self.place)))
        return f"{place}: {self.told}" if place else self.told

    @property
    def place(self) -> str:
        """Where in its file it is, in words: sheet, row and column."""
        return self.placed(f"{self.line} {self.row}" if self.row is not None else "")

    @property
    def line(self) -> str:
        """What its file calls a row."""
        return "line" if ".md" in self.file else "row"

    def placed(self, rows: str) -> str:
        """Where in its file it is, with its row or rows as they are told."""
        sheet = f"sheet '{self.sheet}'" if self.sheet else ""
        column = f"column '{self.column}'" if self.column else ""
        return ", ".join(filter(None, (sheet, rows, column)))

    @property
    def told(self) -> str:
        """What it says, what was found and expected, and what to do."""
        found = f"Found '{self.value}'." if self.value and self.check != GAP else ""
        expected = f"Expected {self.expected}." if self.expected else ""
        return " ".join(filter(None, (self.message, found, expected, self.advice)))


class DataStop(Exception):
    """The data cannot be used as it is. Carries every failure found, so that all can be mended at once."""

    def __init__(self, findings: Iterable[Finding]):
        self.findings = list(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))

    def __reduce__(self) -> tuple:
        return DataStop, (self.findings,)


def failure(check: str, message: str, **place: object) -> Finding:
    """A finding that stops the run."""
    return Finding(check, "failure", _in_number(message), **place)


def warning(check: str, message: str, **place: object) -> Finding:
    """A finding that the analyst should look at."""
    return Finding(check, "warning", _in_number(message), **place)


def passed(check: str, message: str, **place: object) -> Finding:
    """A check that was made and held."""
    return Finding(check, "pass", _in_number(message), **place)


def _in_number(message: str) -> str:
    """A message with what is counted as one in the singular; what was sent is quoted as it is."""
    quoted = QUOTED.search(message)
    if not quoted:
        return agreeing(message)
    return agreeing(message[: quoted.start()]) + quoted[0] + agreeing(message[quoted.end() :])


def bare(finding: Finding) -> Finding:
    """A finding without what was sent: the place and the fault only, as of a child's row it may be kept or shown."""
    return replace(finding, value="", message=QUOTED.sub("'…'", finding.message))


def refusal(check: str, message: str, **place: object) -> DataStop:
    """What is raised for one failure alone: `raise refusal("file", "The file is empty.", file=name)`."""
    return DataStop([failure(check, message, **place)])


def stop_on_failure(findings: Iterable[Finding]) -> None:
    """Raise DataStop with every failure, if there is one."""
    failures = [finding for finding in findings if finding.result == "failure"]
    if failures:
        raise DataStop(failures)


def as_told(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Findings as they ride along in a notebook's output."""
    names = ("check", "message", "file", "row", "value", "advice", "about")
    return [{name: getattr(found, name) for name in names} for found in findings]


COLUMNS = list(Finding.__dataclass_fields__)


def as_frame(findings: Iterable[Finding]) -> "pd.DataFrame":
    """Findings as a table, one row each, columns as the fields of Finding."""
    import pandas as pd

    frame = pd.DataFrame([asdict(finding) for finding in findings], columns=COLUMNS)
    return frame.astype({"row": "Int64"} | {name: "str" for name in COLUMNS if name != "row"})
