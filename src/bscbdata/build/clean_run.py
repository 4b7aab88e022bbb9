"""What cleaning gives, whether of all that a year has or of one kind of file."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pandas as pd

from bscbdata import tables
from bscbdata.build.hashes import file_hash
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


def keep_findings(folder: Path, made_from: object, findings: list[Finding]) -> None:
    """Note beside the tables of a folder what they were made from, and what was told of them."""
    kept = file_hash(folder.glob("*.parquet"))
    note = {"made_from": made_from, "tables": kept, "findings": [asdict(finding) for finding in findings]}
    (folder / tables.NOTE).write_text(json.dumps(note), encoding="utf8", newline="\n")


def findings_kept(folder: Path, made_from: object) -> list[Finding] | None:
    """What was told of the tables of a folder, if they stand as they were made from the same; else None."""
    note, tables_now = tables.made_from(folder), file_hash(folder.glob("*.parquet"))
    whole = note.get("made_from") == made_from and note.get("tables") == tables_now
    return [Finding(**told) for told in note["findings"]] if whole else None
