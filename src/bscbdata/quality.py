"""What the appendix on data quality shows: findings and rejects by source, months covered, dates, known limits."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pandas as pd

from bscbdata import numbers
from bscbdata.lists import read_list
from bscbdata.period import ReportYear, in_runs
from bscbdata.places import Project
from bscbdata.provenance import raw_files, read_origin
from bscbdata.sources import load_source, published_name, source_names

DEFINITIONS = Path(__file__).parent / "definitions"
LIMITS = DEFINITIONS / "known_limits.csv"
NAMES = {
    "barnardos": "Barnardo's",
    "cdop": "Child Death Overview Panel",
    "childrens_social_care": "Children's social care",
    "lado": "Designated officer",
    "official": "Official statistics",
    "statutory": "Child-level returns",
}
CHECKS = {row["check"]: row["question"] for row in read_list(DEFINITIONS / "checks.csv")}
RESULTS = ["pass", "warning", "failure"]
# A month stands out when it lies this many robust deviations from the middle month, and further than chance takes a
# count of its size (three times its square root).
DEVIATIONS = 5.0
CHANCE = 3.0
MONTHS_NEEDED = 8


def summary(
    findings: pd.DataFrame, rejects: pd.DataFrame, audit: pd.DataFrame, back_test: pd.DataFrame | None
) -> pd.DataFrame:
    """The whole appendix in a few lines. Columns: subject, number, outcome; one row for each outcome."""
    checks, sums = findings["result"], audit["result"]
    rows = [
        ("Checks of the data", checks.eq("pass").sum(), "held"),
        ("Checks of the data", checks.eq("warning").sum(), "to be looked at"),
        ("Checks of the data", checks.eq("failure").sum(), "failed"),
        ("Rows of returns", len(rejects), "set aside or rejected, each with its reason"),
        ("Sums and shares sent or printed", sums.eq("held").sum(), "hold"),
        ("Sums and shares sent or printed", sums.eq("differs").sum(), "differ, each with its reason"),
    ]
    if back_test is not None:  # the year's report has been printed
        printed = back_test["result"]
        rows += [
            ("Printed numbers", printed.eq("reproduced").sum(), "agree with the data"),
            ("Printed numbers", printed.eq("explained").sum(), "differ, each with its reason"),
            ("Printed numbers", printed.eq("unexplained").sum(), "differ, not explained"),
            ("Printed numbers", printed.eq("withheld").sum(), "withheld, of tables with a small count"),
        ]
    return pd.DataFrame(rows, columns=["subject", "number", "outcome"]).astype({"number": "Int64"})


def findings_by_source(findings: pd.DataFrame) -> pd.DataFrame:
    """How many checks of each source's files held, are to be looked at, or failed. Columns: source and RESULTS."""
    return _by_result(findings, findings["file"].map(sender).rename("source"))


def _by_result(findings: pd.DataFrame, whose: pd.Series) -> pd.DataFrame:
    """How many findings have each result, by what they are of."""
    table = findings.groupby([whose, "result"]).size().unstack(fill_value=0)
    return table.reindex(columns=RESULTS, fill_value=0).reset_index().astype(dict.fromkeys(RESULTS, "Int64"))


def rejects_by_reason(rejects: pd.DataFrame) -> pd.DataFrame:
    """How many rows of each source were set aside or rejected, and why. Columns: source, reason, rows."""
    return _rejects_by(_files(rejects).map(sender).rename("source"), rejects)


def rejects_by_file(rejects: pd.DataFrame) -> pd.DataFrame:
    """How many rows of each file were set aside or rejected, and why. Columns: file, reason, rows."""
    return _rejects_by(_files(rejects).map(published_name).rename("file"), rejects)


def _files(rejects: pd.DataFrame) -> pd.Series:
    return rejects["row_id"].str.replace(r"#.*$", "", regex=True)


def _rejects_by(whose: pd.Series, rejects: pd.DataFrame) -> pd.DataFrame:
    counted = rejects.groupby([whose, rejects["reason"].map(in_general)]).size()
    return counted.rename("rows").reset_index().astype({"rows": "Int64"})


def in_general(reason: str) -> str:
    """The reason without what stood in the row: a child's name may have been typed into any column.

    >>> in_general("'Jane Doe' is not a number"), in_general("set aside: totals row")
    ('a value is not a number', 'set aside: totals row')
    """
    if reason.startswith("set aside: "):
        return reason
    if reason.startswith("duplicate of "):
        return "duplicate of another row"
    kinds = [re.sub(r"'.*'|\".*\"|\S*\d\S*", "a value", part) for part in reason.split("; ")]
    return "; ".join(dict.fromkeys(kinds))


def sender(file: str) -> str:
    """Whose folder a file lies in, in words; a bare name is that of an official file. The folders below that of the
    child-level returns have names that others chose, a child's perhaps.

    >>> sender("2015-16/police/activity.csv"), sender("2015-16/statutory/annex_a/Jane/list.xlsx"), sender("absence.csv")
    ('Police', 'Child-level returns', 'Official statistics')
    """
    parts = str(file).split("/")
    name = "statutory" if "statutory" in parts[:-1] else parts[-2] if len(parts) > 1 else "official"
    return NAMES.get(name, name.capitalize().replace("_", " "))


def completeness(tables: Mapping[str, pd.DataFrame], year: ReportYear) -> pd.DataFrame:
    """The months or quarters of the year that each return has that should have them. Columns: table, covered, expected, missing."""
    rows = []
    for name in source_names():
        source = load_source(name)
        if source.counted_by and name in tables:
            covered = source.covered(tables[name], year)
            missing = [words for words, there in covered.items() if not there]
            row = (source.title, len(covered) - len(missing), len(covered), in_runs(list(covered), missing))
            rows.append(row)
    return pd.DataFrame(rows, columns=["table", "covered", "expected", "missing"]).astype(
        {"covered": "Int64", "expected": "Int64"}
    )


def timeliness(project: Project, year: ReportYear) -> pd.DataFrame:
    """When files were published and received, by publisher, where known.

    Columns: publisher, files, published (how many files name a date or year), received (a day, or the first and the last).
    """
    origins = [
        read_origin(path)
        for folder in project.edition(year).raw_folders
        for path in raw_files(project.raw / folder)
    ]
    rows = []
    for publisher in sorted({origin.publisher for origin in origins}):
        own = [origin for origin in origins if origin.publisher == publisher]
        received = sorted({origin.accessed for origin in own if origin.accessed})
        dated = sum(bool(origin.published) for origin in own)
        ends = " to ".join(dict.fromkeys(map(_day, received[:1] + received[-1:])))
        rows.append((publisher, len(own), dated, ends or None))
    columns = ["publisher", "files", "published", "received"]
    return pd.DataFrame(rows, columns=columns).astype({"files": "Int64", "published": "Int64"})


def _day(written: str) -> str:
    return numbers.day(date.fromisoformat(written))


def limits() -> pd.DataFrame:
    """What is known to be weak in the data. Columns: subject, limit, means."""
    return pd.DataFrame(read_list(LIMITS))


def odd(counts: pd.Series) -> pd.Series:
    """The counts that stand out among their fellows; none among fewer than eight.

    >>> odd(pd.Series([10, 11, 9, 10, 12, 10, 9, 90])).tolist()
    [90.0]
    """
    values = counts.astype("float64")
    if len(values) < MONTHS_NEEDED:
        return values.iloc[:0]
    middle = values.median()
    spread = (values - middle).abs().median() * 1.4826  # of a normal spread this is the standard deviation
    limit = max(DEVIATIONS * spread, CHANCE * max(middle, 1.0) ** 0.5)
    return values[(values - middle).abs() > limit]
