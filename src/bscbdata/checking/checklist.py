"""The checklist of a year: what is still missing and from whom, which sentences to rewrite, what to report on.

`gather` makes it from what is there now; `write` puts it into a page and a workbook. It can be made any number of times.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from bscbdata import single_page
from bscbdata.checking import carried, workbook
from bscbdata.checking.carried import Claim
from bscbdata.checking.gather import Overview
from bscbdata.figures.published_table import for_phones
from bscbdata.indicators.long_table import compute_all
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.provenance import CARRIED_OVER, raw_files, read_origin
from bscbdata.sources import load_source, source_names
from bscbdata.tables import Settled

PAGE = Path(__file__).parent / "checklist.html"
NOT_REPORTED = "Not reported"


@dataclass(frozen=True)
class Checklist:
    """What a year still needs."""

    overview: Overview
    unpublished: tuple[tuple[str, str], ...]  # official series and the latest year that they have
    to_confirm: tuple[str, ...]  # files that were carried over and that nobody has confirmed
    claims: tuple[Claim, ...]
    untouched: Mapping[str, list[str]]
    dated: Mapping[str, list[str]]  # sentences that a rewritten section kept, of a time before this year
    commitments: Mapping[str, int]
    of_a_board: Mapping[str, int]  # files of text that speak of a Board where partners publish, and how often

    @property
    def verdicts(self) -> Counter:
        return Counter(claim.verdict for claim in self.claims)

    @cached_property
    def outstanding(self) -> list[tuple[str, str, str, str]]:
        """The returns that have not come: agency, whom to ask, return, file."""
        agencies = self.overview.agencies
        return [(a.name, a.ask, sent.title, sent.file) for a in agencies for sent in a.outstanding]


def gather(
    project: Project, year: ReportYear, overview: Overview, tables: Mapping[str, pd.DataFrame]
) -> Checklist:
    """The checklist from the tables of `build.clean.examine`, and what its overview says."""
    long = Settled(tables)
    if "indicators" not in long:
        long["indicators"] = compute_all(tables, year.label, project.edition(year).area)
    editions = [project, *project.others(year)]
    commitments = tables.get("commitments", pd.DataFrame({"status": []}))
    return Checklist(
        overview,
        tuple(_unpublished(project, year, tables)),
        tuple(_to_confirm(project, year)),
        tuple(claim for one in editions for claim in carried.claims(one, year, long)),
        {file: names for one in editions for file, names in carried.untouched(one, year).items()},
        {place: told for one in editions for place, told in carried.dated(one, year).items()},
        commitments["status"].astype("str").value_counts().to_dict(),
        carried.of_a_board(project, year),
    )


def _unpublished(project: Project, year: ReportYear, tables: Mapping[str, pd.DataFrame]):
    """Official series that go on from year to year and have not reached this one, with their latest year."""
    area = project.edition(year).area
    for name in source_names():
        source, frame = load_source(name), tables.get(name)
        if source.official and frame is not None and "year" in frame:
            years = sorted(set(frame.loc[frame["area"] == area, "year"].dropna()))
            if len(years) > 1 and years[-1] < year.label:
                yield source.title, years[-1]


def _to_confirm(project: Project, year: ReportYear):
    for path in raw_files(project.raw / year.label):
        try:
            origin = read_origin(path)
        except (FileNotFoundError, ValueError):
            continue  # a finding says so
        if origin.vintage.startswith(CARRIED_OVER):
            yield path.relative_to(project.raw).as_posix()


def write(checklist: Checklist, folder: Path) -> list[Path]:
    """The page and the workbook."""
    rows = list(carried.rows(list(checklist.claims)))
    page = single_page.write_page(PAGE, folder / "checklist.html", for_phones, list=checklist, claims=rows)
    sheets = {
        "Outstanding": ({"Agency": 36, "Ask": 40, "Return": 44, "File": 48}, checklist.outstanding),
        "Sentences": ({"File": 30, "Section": 26, "Verdict": 18, "Words": 80, "Why": 60}, rows),
    }
    title = f"{checklist.overview.board}: checklist of {checklist.overview.year}"
    return [page, workbook.write_tables(title, sheets, folder / "checklist.xlsx")]


def line(checklist: Checklist) -> str:
    """The checklist in one line, for the terminal."""
    verdicts = checklist.verdicts
    said = [f"Returns outstanding: {len(checklist.outstanding)}"]
    said += (
        [f"official series without the year: {len(checklist.unpublished)}"] if checklist.unpublished else []
    )
    for kind in (carried.FAILS, carried.NO_DATA):
        said += [f"claims of last year's text judged '{kind}': {verdicts[kind]}"] if verdicts[kind] else []
    boards = sum(checklist.of_a_board.values())
    said += [f"'Board' in the text of a partnership: {boards} times"] if boards else []
    left = checklist.commitments.get(NOT_REPORTED, 0)
    said += [f"commitments not reported: {left}"] if left else []
    return "; ".join(said) + "."
