"""Simulated returns: what the agencies would have sent, where nobody publishes it.

What was published is kept (targets/<year>.csv) within its printed rounding; what was not is chosen (months.csv,
quarters.csv, shares.csv). Each file says inside that it is illustrative, and so does its origin. The same seed gives
the same bytes.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd

from bscbdata.lists import read_list
from bscbdata.period import ReportYear
from bscbdata.simulate import early_help, exploitation, social_care
from bscbdata.simulate.layout import Sheet, write_csv, write_simulated_origin, write_workbook
from bscbdata.simulate.plan import HERE, Plan, load_targets, targets_file

AREA = "Buckinghamshire"  # whose printed totals are kept
RETURNS: dict[str, Callable[[Plan], pd.DataFrame | list[Sheet]]] = {
    "childrens_social_care/contacts_by_month.xlsx": social_care.contacts_sheets,
    "childrens_social_care/mash_enquiries.csv": social_care.mash_enquiries,
    "childrens_social_care/assessments.csv": social_care.assessments,
    "childrens_social_care/section_47_enquiries.xlsx": social_care.section_47_sheets,
    "childrens_social_care/private_fostering.xlsx": social_care.private_fostering_sheets,
    "childrens_social_care/swan_unit.csv": exploitation.swan_unit,
    "early_help/early_help_panel.xlsx": early_help.panel_sheets,
    "barnardos/ru_safe.xlsx": exploitation.rusafe_sheets,
    "police/mserac_cases.csv": exploitation.mserac_cases,
    "police/missing_episodes.xlsx": exploitation.missing_sheets,
}


def simulate(
    year: str, into: Path, targets: Path | None = None, size: float = 1.0, seed: int = 2016
) -> list[Path]:
    """Write the returns of a year below `into` (the year's own folder), each with its origin; returns their paths.

    `targets` is a file of published numbers to keep; left out, the year's own or the nearest year's. `size` scales
    the counts: 1 is the county, 100 a load test in which only shares are kept.
    """
    label = ReportYear.parse(year)
    plan = Plan(label, load_targets(targets or targets_file(label)), size, seed)
    return [_write(into / file, file, make(plan)) for file, make in RETURNS.items()]


def _write(path: Path, file: str, content: pd.DataFrame | list[Sheet]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    about = _files()[file]
    if isinstance(content, pd.DataFrame):
        write_csv(path, about["title"], content)
    else:
        write_workbook(path, content)
    note = "Agrees with what was published; everything else is chosen. No row is about a real child."
    return write_simulated_origin(path, about["publisher"], about["title"], note)


@cache
def _files() -> dict[str, dict[str, str]]:
    return {row["file"]: row for row in read_list(HERE / "files.csv")}
