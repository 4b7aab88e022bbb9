"""The Early Help Panel's workbook: the list of families, and the two tables counted from it."""

import numpy as np
import pandas as pd

from bscbdata.simulate.draw import apportion, labels, share_out
from bscbdata.simulate.layout import Sheet
from bscbdata.simulate.plan import Plan, monthly, shares

LEVEL_3 = "Level 3"
DECISIONS = (LEVEL_3, "Below level 3", "Level 4", "Deferred")
MAIN_LEAD = "Family Resilience Service"
LEADS_FROM = 5  # lead agencies were counted from September


def panel_sheets(plan: Plan) -> list[Sheet]:
    """Families, decisions by month, and lead agencies by month."""
    listed = families(plan)
    decisions = counted(plan, listed, "Decision", DECISIONS, first=2)
    leads = counted(plan, listed, "Lead agency", (MAIN_LEAD, *shares("early_help.lead_agency")), LEADS_FROM)
    note = (f"Panels from June {plan.year.first}.",)
    later = (f"Lead agencies are counted from September {plan.year.first}.",)
    return [
        Sheet("Families", "Families at the Early Help Panel", listed.drop(columns="Month"), notes=note),
        Sheet("Decisions", "Threshold decisions by month", decisions, total=tuple(decisions.columns[1:])),
        Sheet("Lead agencies", "Lead agencies by month", leads, notes=later),
    ]


def families(plan: Plan) -> pd.DataFrame:
    """One row a family: reference, panel date, decision, lead agency where level 3 is met, number of problems."""
    random = plan.random("early help")
    per_month = apportion(plan.count("ehp.families"), monthly("early_help.families"))
    month = np.repeat(np.arange(12), per_month)
    decision = np.concatenate([_decisions(random, m, n) for m, n in enumerate(per_month)])
    listed = pd.DataFrame({"Family": [f"EHP{n:04d}" for n in range(1, len(month) + 1)]})
    return listed.assign(
        **{
            "Panel date": _panel_dates(plan, random, month),
            "Decision": decision,
            "Lead agency": _leads(plan, random, month, decision),
            "Problems identified": _problems(random, len(month)),
            "Month": month,
        }
    )


def _decisions(random, month: int, number: int) -> np.ndarray:
    """The decisions of one month's families."""
    others = [monthly(f"early_help.{name}_pct")[month] for name in ("below_level_3", "level_4", "deferred")]
    weights = dict(zip(DECISIONS, [100 - sum(others), *others], strict=True))
    return labels(random, share_out(int(number), weights))


def _panel_dates(plan: Plan, random, month: np.ndarray) -> pd.Series:
    """A Thursday of the month for each family: the panel meets weekly."""
    first = np.array(plan.year.months, dtype="datetime64[D]")
    thursdays = np.busday_offset(first, 0, roll="forward", weekmask="Thu")
    days = thursdays[month] + 7 * random.integers(0, 4, len(month))
    return pd.Series(days).astype("datetime64[s]")


def _leads(plan: Plan, random, month: np.ndarray, decision: np.ndarray) -> np.ndarray:
    """Lead agencies of families at level 3; the printed share holds from September on."""
    leads = np.full(len(month), None, dtype=object)
    for chosen in (month < LEADS_FROM, month >= LEADS_FROM):
        places = np.flatnonzero(chosen & (decision == LEVEL_3))
        main = plan.part("ehp.lead_frs_share", len(places))
        others = share_out(len(places) - main, shares("early_help.lead_agency"))
        leads[places] = labels(random, {MAIN_LEAD: main, **others})
    return leads


def _problems(random, number: int) -> np.ndarray:
    return labels(random, share_out(number, shares("early_help.problems"))).astype(int)


def counted(
    plan: Plan, listed: pd.DataFrame, column: str, values: tuple[str, ...], first: int
) -> pd.DataFrame:
    """Families by month and value of a column, from a month on (0 = April): one row a month."""
    table = pd.crosstab(listed["Month"], listed[column]).reindex(
        index=range(first, 12), columns=values, fill_value=0
    )
    table.insert(0, "Month of panel", plan.month_names()[first:])
    return table.reset_index(drop=True)
