"""What cleaning gives, whether of all that a year has or of one kind of file."""

from dataclasses import dataclass, field

import pandas as pd

from bscbdata.findings import Finding


@dataclass
class CleanRun:
    """Tidy tables by name, rows that were not used, what the checks said, and how many rows came in for each table."""

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    rejects: list[pd.DataFrame] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    rows_in: dict[str, int] = field(default_factory=dict)

    @property
    def failures(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.result == "failure"]

    def add(self, other: "CleanRun") -> None:
        """Take in what files of another kind gave."""
        self.tables |= other.tables
        self.rejects += other.rejects
        self.findings += other.findings
        self.rows_in |= other.rows_in
