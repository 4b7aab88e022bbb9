"""Whether returns agree: the same figure from two formats, and from child-level lists and what was published."""

from functools import cache
from pathlib import Path

import pandas as pd

from bscbdata.findings import Finding, passed, warning
from bscbdata.lists import read_list

SAME = ["indicator", "period_kind", "period", "breakdown", "category"]


def between_formats(journey: pd.DataFrame) -> pd.DataFrame:
    """Every figure that two formats give: columns of SAME, format and value of both, agree, reason (where known)."""
    shown = journey[journey["status"] == "shown"]
    formats = sorted(shown["format"].unique())
    pairs = [(one, other) for number, one in enumerate(formats) for other in formats[number + 1 :]]
    frames = [_beside(shown, one, other) for one, other in pairs]
    empty = pd.DataFrame(columns=[*SAME, "value", "value_other", "format", "format_other", "agree", "reason"])
    return pd.concat(frames, ignore_index=True) if frames else empty


def _beside(shown: pd.DataFrame, one: str, other: str) -> pd.DataFrame:
    left, right = (shown.loc[shown["format"] == name, [*SAME, "value"]] for name in (one, other))
    broken_down = left[SAME[:-1]].merge(right[SAME[:-1]]).drop_duplicates()
    joined = left.merge(right, on=SAME, suffixes=("", "_other"), how="outer").merge(broken_down)
    agree = (joined["value"] - joined["value_other"]).abs() < 1e-9
    why = [_reason(indicator, one, other) for indicator in joined["indicator"]]
    return joined.assign(
        format=one, format_other=other, agree=agree, reason=pd.Series(why, dtype="str").mask(agree, "")
    )


@cache
def _reasons() -> tuple[dict[str, str], ...]:
    return tuple(read_list(Path(__file__).parent / "agreement.csv"))


def _reason(indicator: str, one: str, other: str) -> str:
    for row in _reasons():
        named = set(row["formats"].split("|"))
        if row["indicator"] == indicator and (named == {"*"} or named - {"*"} <= {one, other}):
            return row["reason"]
    return ""


def findings_between_formats(journey: pd.DataFrame) -> list[Finding]:
    """One finding for each pair of formats that agrees, and one for each yearly figure that does not."""
    table = between_formats(journey)
    found = []
    for (one, other), both in table.groupby(["format", "format_other"]):
        said = f"{one} and {other} agree in {int(both['agree'].sum()):,} of {len(both):,} figures."
        found.append(passed("agreement", said))
        apart = both[~both["agree"] & (both["breakdown"] == "all") & (both["period_kind"] == "year")]
        found += [_difference(row) for row in apart.itertuples(index=False)]
    return found


def _difference(row) -> Finding:
    said = f"{row.indicator} of {row.period}: {row.value:,.10g} by {row.format}, {row.value_other:,.10g} by {row.format_other}."
    known = f"Known reason: {row.reason}." if row.reason else "Compare the two lists child by child."
    return warning("agreement", said, column=row.indicator, advice=known)


def with_published(journey: pd.DataFrame, indicators: pd.DataFrame, area: str) -> list[Finding]:
    """Each yearly figure of a child-level return against the same figure in the tables of the year."""
    ours = journey[
        (journey["period_kind"] == "year") & (journey["breakdown"] == "all") & (journey["status"] == "shown")
    ]
    theirs = indicators[
        (indicators["area"] == area) & (indicators["category"] == "All") & indicators["value"].notna()
    ]
    joined = ours.merge(
        theirs, left_on=["indicator", "period"], right_on=["indicator", "year"], suffixes=("", "_other")
    )
    return [_against(row) for row in joined.itertuples(index=False)]


def _shown(value: float) -> str:
    """A count without decimals, a share or rate with one."""
    return f"{value:,.1f}".removesuffix(".0")


def _against(row) -> Finding:
    place = {"file": row.format, "column": row.indicator}
    printed = f"{_shown(row.value_other)} in {row.table} ({row.vintage or 'as returned'})"
    said = f"{_shown(row.value)} in {row.period}, beside {printed}."
    if abs(row.value - row.value_other) <= max(0.05, 0.005 * abs(row.value_other)):
        return passed("agreement", said, **place)
    return warning("agreement", said, **place, advice="Find out which is right before either is quoted.")
