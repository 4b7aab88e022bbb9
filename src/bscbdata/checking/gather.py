"""Every agency's returns: what came, which months, how many rows were used, what is wrong, what is outstanding."""

from dataclasses import dataclass, replace

import pandas as pd

from bscbdata.checking.jumps import jumps
from bscbdata.checking.last_year import last_years, row_counts, rows_gone, same_numbers, swapped
from bscbdata.findings import QUOTED, REJECT_COLUMNS, Finding, bare
from bscbdata.period import ReportYear, in_runs, parse_month
from bscbdata.places import Project
from bscbdata.sources import Source, lists_children, load_source, source_names
from bscbdata.sources.agencies import agencies
from bscbdata.statutory import FORMATS

OTHER = "Other"
# What is said of returns that no month tells of, by folder.
NO_PERIODS = {"official": "a published series", "statutory": "the days that its check names"}
OF_CHILDREN = "/statutory/"
FORMAT_NAMES = {
    "annex_a": "Annex A",
    "cin_census": "Children in need census",
    "ssda903": "SSDA903",
    "ssd": "Standard Safeguarding Dataset",
}


@dataclass(frozen=True)
class Return:
    """One return of an agency: one table of ours, and the file that it comes from."""

    agency: str
    table: str
    title: str
    file: str
    came: bool
    rows_in: int
    rows: int
    set_aside: int
    rejects: int
    periods: tuple[str, ...]
    missing: tuple[str, ...]
    gaps: tuple[str, ...] = ()  # months or quarters without a row, which the return need not have
    done_without: str = ""  # why the year goes without it, as year.toml tells readers under [gaps]

    @property
    def coverage(self) -> str:
        """Whether it came and what of the year it covers, in a line."""
        without = {*self.gaps, *self.missing}
        labels = sorted({*self.periods, *without}, key=_in_order)
        if not self.came:
            return f"year.toml says: {self.done_without}" if self.done_without else "not here yet"
        if not self.rows:
            return "came, but no row of it can be used"
        if not labels:
            return NO_PERIODS.get(self.agency, "the year as a whole")
        unit = "quarters" if " Q" in labels[0] else "months"
        if not without:
            return f"all {len(labels)} {unit}"
        word = "missing" if self.missing else "no rows for"
        return f"{len(self.periods)} of {len(labels)} {unit}; {word} {in_runs(labels, without)}"

    @property
    def balances(self) -> bool:
        return self.rows_in == self.rows + self.set_aside + self.rejects


@dataclass(frozen=True)
class Agency:
    """Who sends returns, whom to ask, and what was found in what they sent."""

    name: str
    ask: str
    returns: tuple[Return, ...]
    findings: tuple[Finding, ...]
    rejects: pd.DataFrame

    def found(self, result: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.result == result]

    @property
    def outstanding(self) -> list[Return]:
        """The returns that are still asked for."""
        return [sent for sent in self.returns if not sent.came and not sent.done_without]

    @property
    def without_children(self) -> "Agency":
        """The same, without what returns that list children say of one: for the page and the analyst's workbook."""
        found = tuple(bare(finding) if lists_children(finding.file) else finding for finding in self.findings)
        ours = self.rejects["row_id"].str.split("#").str[0].map(lists_children).astype(bool)
        reasons = self.rejects["reason"].str.replace(QUOTED, "'…'", regex=True)
        hidden = {
            "content": self.rejects["content"].mask(ours, ""),
            "reason": self.rejects["reason"].mask(ours, reasons),
        }
        return replace(self, findings=found, rejects=self.rejects.assign(**hidden))

    @property
    def returns_anything(self) -> bool:
        return (
            bool(self.returns) or len(self.rejects) > 0 or any(OF_CHILDREN in f.file for f in self.findings)
        )

    @property
    def by_work(self) -> tuple[int, int, int]:
        """What agencies are put in order by: the one with the most to mend first."""
        return -len(self.found("failure")), -len(self.outstanding), -len(self.found("warning"))

    @property
    def needs_work(self) -> bool:
        return bool(self.found("failure") or self.found("warning") or self.outstanding)


@dataclass(frozen=True)
class Overview:
    """All agencies of a year."""

    year: ReportYear
    board: str
    agencies: tuple[Agency, ...]

    @property
    def findings(self) -> list[Finding]:
        return [finding for agency in self.agencies for finding in agency.findings]

    @property
    def without_children(self) -> list[Finding]:
        return [finding for agency in self.agencies for finding in agency.without_children.findings]

    def count(self, result: str) -> int:
        return sum(finding.result == result for finding in self.findings)


def overview(run, project: Project, year: ReportYear) -> Overview:
    """What a run of `build.clean.examine` says, agency by agency. Every row is accounted for, or AssertionError."""
    rejects = _together(run.rejects)
    edition = project.edition(year)
    expected = [load_source(name).in_year(year) for name in source_names()]
    returns = [
        _return(source, run, rejects, project, year)
        for source in expected
        if source.expected(project.raw, year)
    ]
    returns = [
        replace(sent, title=edition.worded(sent.title), done_without=edition.known_gaps.get(sent.table, ""))
        for sent in returns
    ]
    returns += _child_level(run, rejects, year)
    lost = [sent.table for sent in returns if not sent.balances]
    assert not lost, f"rows are not accounted for in {', '.join(lost)}"
    beside = list(last_years(run.tables, expected, project, year))
    told = [
        *(finding for finding in run.findings if finding.check != "outstanding"),  # the returns say it
        *jumps(run.tables, expected, year),
        *row_counts(beside, year),
        *rows_gone(beside, year),
        *swapped(beside, year),
        *same_numbers(beside, project, year),
    ]
    by_agency = [_agency(folder, returns, told, rejects) for folder in [*agencies(), OTHER]]
    return Overview(
        year, edition.board, tuple(agency for agency in by_agency if agency.returns or agency.needs_work)
    )


def _together(rejects: list[pd.DataFrame]) -> pd.DataFrame:
    some = [frame[REJECT_COLUMNS] for frame in rejects if len(frame)]
    return pd.concat(some, ignore_index=True) if some else pd.DataFrame(columns=REJECT_COLUMNS, dtype="str")


def _return(source: Source, run, rejects: pd.DataFrame, project: Project, year: ReportYear) -> Return:
    table, own = run.tables.get(source.name), rejects[rejects["table"] == source.name]
    set_aside = int(own["reason"].str.startswith("set aside").sum())
    covered = {} if table is None or source.official else source.covered(table, year)
    periods = tuple(words for words, there in covered.items() if there)
    gaps = tuple(words for words, there in covered.items() if not there)
    path = source.file(project.raw, year)
    return Return(
        _agency_of(path.relative_to(project.raw).as_posix()),
        source.name,
        source.title,
        path.relative_to(project.raw).as_posix(),
        path.exists() and run.rows_in.get(source.name) != 0,  # nought: only the headers came
        run.rows_in.get(source.name, 0),
        0 if table is None else len(table),
        set_aside,
        len(own) - set_aside,
        periods,
        gaps if source.complete else (),
        () if source.complete else gaps,
    )


def _in_order(label: str) -> tuple:
    """Months and quarters in the order of time: `April 2015` before `January 2016`, `2015-16 Q1` before `2015-16 Q2`."""
    return (label,) if " Q" in label else (parse_month(label),)


def _child_level(run, rejects: pd.DataFrame, year: ReportYear) -> list[Return]:
    """The lists of the statutory returns that came; none is outstanding, since no council must send them."""
    found = []
    for name, rows_in in run.rows_in.items():
        form = next((form for form in FORMATS if name.startswith(f"{form}_")), "")
        if form:
            own = rejects[rejects["table"] == name]
            set_aside = int(own["reason"].str.startswith("set aside").sum())
            title = f"{FORMAT_NAMES[form]}: {name.removeprefix(f'{form}_').replace('_', ' ')}"
            place = f"{year.label}{OF_CHILDREN}{form}"
            counts = (rows_in, len(run.tables.get(name, ())), set_aside, len(own) - set_aside)
            found.append(Return("statutory", name, title, place, True, *counts, (), ()))
    return found


def _agency_of(file: str) -> str:
    """The folder of the agency in a place such as 2015-16/police/activity.csv or official/absence.csv."""
    parts = file.split("/")
    folder = parts[0] if parts[0] == "official" else parts[1] if len(parts) > 1 else ""
    return folder if folder in agencies() else OTHER


def _agency(folder: str, returns: list[Return], findings: list[Finding], rejects: pd.DataFrame) -> Agency:
    name, ask = agencies().get(folder, ("The project itself", "whoever keeps the project"))
    own = rejects.loc[[_agency_of(row.split("#")[0]) == folder for row in rejects["row_id"]]]
    return Agency(
        name,
        ask,
        tuple(sent for sent in returns if sent.agency == folder),
        tuple(finding for finding in findings if _agency_of(finding.file) == folder),
        own.reset_index(drop=True),
    )
