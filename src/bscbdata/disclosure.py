"""What may be shown: small counts of children withheld, and what would give them away by subtraction.

The rule: counts from 1 to 5 are withheld and shown as [c]; zero is shown. Where a row or column of a table would
then have one gap that its total fills, the next smallest count is withheld too. Official statistics already went
through their publisher's own control and pass as they are.
"""

import pandas as pd

LOWEST, HIGHEST = 1, 5


class DisclosureError(ValueError):
    """A table that holds small counts was about to leave unprotected."""


def is_small(counts: pd.Series) -> pd.Series:
    """Which counts are withheld by the rule itself."""
    return counts.between(LOWEST, HIGHEST).fillna(False).astype(bool)


def protect(frame: pd.DataFrame, count: str, by: list[str], also: list[str] | None = None) -> pd.DataFrame:
    """The frame with small counts, and their partners, missing and `status` confidential.

    `by` are the columns along which a reader could subtract from a total; `also` are shares and rates built on the
    count, withheld with it.
    """
    hidden = is_small(frame[count])
    while not (more := hidden | _partners(frame, count, by, hidden)).equals(hidden):
        hidden = more
    shown = frame.copy()
    for column in (count, *(also or ())):
        shown[column] = shown[column].mask(hidden)
    before = shown["status"].astype("str") if "status" in shown else pd.Series("shown", index=shown.index)
    shown["status"] = before.mask(hidden, "confidential")
    shown.attrs["withheld"] = [count, *(also or ())]
    return shown


def _partners(frame: pd.DataFrame, count: str, by: list[str], hidden: pd.Series) -> pd.Series:
    """The counts that must go because they leave a line of the table with one gap, or with gaps that sum too low."""
    partners = pd.Series(False, index=frame.index)
    for line in _lines(frame, by):
        gaps = hidden[line]
        exposed = gaps.any() and (gaps.sum() == 1 or frame.loc[line, count][gaps].sum() <= HIGHEST)
        if exposed:
            shown = frame.loc[line, count][~gaps].dropna()
            candidates = shown[shown > 0] if (shown > 0).any() else shown
            partners[candidates.nsmallest(1).index] = True
    return partners


def _lines(frame: pd.DataFrame, by: list[str]) -> list[pd.Index]:
    """The rows, columns and so on of the table: for each dimension, the cells that differ along it alone."""
    if len(by) == 1:
        return [frame.index]
    return [
        group.index
        for dimension in by
        for _, group in frame.groupby([other for other in by if other != dimension], observed=True)
    ]


def check_protected(frame: pd.DataFrame, counts: list[str]) -> None:
    """Raise DisclosureError when a column of counts still shows one from 1 to 5."""
    for column in counts:
        small = is_small(frame[column])
        if small.any():
            raise DisclosureError(
                f"Column '{column}' shows {int(small.sum())} counts from {LOWEST} to {HIGHEST} of children. "
                f'Pass the table through report.protect(table, count="{column}", by=[…]) before drawing it.'
            )
