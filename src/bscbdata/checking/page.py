"""The check as one page: no script, no request, nothing of what a child's row said."""

from pathlib import Path

from bscbdata import single_page
from bscbdata.checking.gather import Agency, Overview
from bscbdata.checking.terminal import alike, next_step
from bscbdata.figures.published_table import for_phones
from bscbdata.findings import Finding
from bscbdata.period import ReportYear, month_label
from bscbdata.sources import lists_children

PAGE = Path(__file__).parent / "check.html"


def write_page(overview: Overview, path: Path) -> Path:
    """Write the page; all text from returns is escaped."""
    helpers = {tool.__name__: tool for tool in (alike, strips, strips_rows, place, private, reasons)}
    agencies = [
        agency.without_children for agency in sorted(overview.agencies, key=lambda agency: agency.by_work)
    ]
    shown = Overview(overview.year, overview.board, tuple(agencies))
    return single_page.write_page(
        PAGE, path, for_phones, check=shown, next_step=next_step(overview), **helpers
    )


def private(finding: Finding) -> bool:
    """Whether a finding is of a return that lists children."""
    return lists_children(finding.file)


def place(finding: Finding, rows: str) -> str:
    """Where a finding is, in words; `rows` as they are told."""
    said = ", ".join(filter(None, (finding.file, finding.placed(rows))))
    return f"{said}:" if said else ""


def strips(agency: Agency, year: ReportYear) -> list[tuple[str, tuple[str, ...]]]:
    """The tables of coverage that an agency needs: months, quarters, both or none."""
    months, quarters = tuple(month_label(month) for month in year.months), tuple(year.quarters)
    there = {period for sent in agency.returns if sent.rows for period in (*sent.periods, *sent.missing)}
    return [
        (kind, labels) for kind, labels in (("Months", months), ("Quarters", quarters)) if there & set(labels)
    ]


def strips_rows(agency: Agency, labels: tuple[str, ...]) -> list[tuple[str, list[tuple[str, str]]]]:
    """For each return that has such periods: its title, and a mark for each period, in a word and a class."""
    marks = {True: ("there", "yes"), False: ("", "–")}
    rows = []
    for sent in agency.returns:
        if {*sent.periods, *sent.missing} & set(labels):
            told = [
                ("lacking", "missing") if label in sent.missing else marks[label in sent.periods]
                for label in labels
            ]
            rows.append((sent.title, told))
    return rows


def reasons(agency: Agency) -> list[tuple[str, str, int]]:
    """How many rows of which return were not used, and why: those that are no data last."""
    counted = agency.rejects.groupby(["table", "reason"]).size()
    titles = {sent.table: sent.title for sent in agency.returns}
    told = [(titles.get(table, table), reason, int(number)) for (table, reason), number in counted.items()]
    return sorted(told, key=lambda row: row[1].startswith("set aside"))
