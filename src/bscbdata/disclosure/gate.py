"""What a figure of children may not show, however it was made: the last look at a table before it is published.

An analyst shapes a table freely. So the gate asks what the finished table says: numbers written as words, whole numbers
that only print as such, shares whose counts nobody has seen, whatever stands in a withheld row, and an order of rows that
tells how large a withheld number is.
"""

from collections.abc import Sequence

import pandas as pd

from bscbdata.disclosure.cells import DisclosureError
from bscbdata.disclosure.rules import rules

IN_WORDS = {"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}
NEARLY = 0.05  # so near to a whole number it prints as one
SORTED = 4  # so many numbers one below the other are no chance
NUMBER = r"\d[\d,.]*"
WITH_MORE = rf"{NUMBER}(?:%|\s*\(.*|\s*/.*|\s+(?:out )?of\b.*|\s+(?:child|young|famil|case|client|episode|referral|contact|pupil).*)"
BRACKETED = rf"\((?:n\s*=\s*)?{NUMBER}%?\)"
IN_BRACKETS = rf"(?:^|\s){BRACKETED}|{BRACKETED}\s*$"  # a name with its number: Housing (4)


def check_words(frame: pd.DataFrame) -> None:
    """Raise DisclosureError when a column has its numbers as text, where no check of numbers sees them.

    The names of the first column may be numbers, as ages are, but have none in brackets.
    """
    for column in frame:
        values = frame[column]
        if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
            continue
        texts = values.dropna().astype("str").str.strip().str.casefold()
        if texts.str.contains(IN_BRACKETS).any() or column != frame.columns[0] and _are_numbers(texts):
            raise DisclosureError(
                f"Column '{column}' has numbers as text, which nothing can check. Give them as numbers."
            )


def _are_numbers(texts: pd.Series) -> bool:
    alone = len(texts) > 0 and texts.str.fullmatch(rf"{NUMBER}%?").all()
    return bool(alone or texts.isin(IN_WORDS).any() or texts.str.fullmatch(WITH_MORE).any())


def check_printed(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise DisclosureError when one of these columns holds what are whole numbers in print, small counts among them."""
    for column in columns:
        values = frame[column].dropna().astype("float64")
        printed = values.round()
        small = printed.between(rules().lowest, rules().highest)
        if small.any() and ((values - printed).abs() < NEARLY).all():
            raise DisclosureError(
                f"Column '{column}' would print counts from {rules().lowest} to {rules().highest} of children. "
                f'Pass the table through report.protect(table, count="{column}", by=[…]), '
                "or, if they are averages or rates, give them a decimal or their unit."
            )


def check_counts_known(frame: pd.DataFrame, counts: Sequence[str], shares: Sequence[str]) -> None:
    """Raise DisclosureError for shares, rates or averages of children that were never held against their counts."""
    if shares and not counts and not frame.attrs.get("withheld"):
        raise DisclosureError(
            f"Column '{shares[0]}' shows shares, rates or averages of children, and the counts behind them are not known "
            "here: a share of a known total tells its count. Take them from report.indicator(…), or compute them beside their counts and "
            f'pass both through report.protect(table, count=…, by=[…], also=["{shares[0]}"]).'
        )


def check_withheld_rows(frame: pd.DataFrame, numbers: Sequence[str]) -> None:
    """Raise DisclosureError when a row of which a count is withheld shows another number that is not said to stand apart."""
    if "status" not in frame:
        return
    confidential = frame["status"].astype("str") == "confidential"
    hidden = confidential & frame[list(numbers)].isna().any(axis=1)
    told = [name for name in numbers if name not in frame.attrs.get("apart", ())]
    for column in told:
        if (hidden & frame[column].notna()).any():
            raise DisclosureError(
                f"Column '{column}' shows a number in a row of which a count is withheld. Withhold it with the count: "
                f'report.protect(…, also=["{column}"]), or say that it counts others: apart=["{column}"].'
            )


def check_order(frame: pd.DataFrame, count: str) -> None:
    """Raise DisclosureError when rows in order of size have a withheld one among them: its place tells its size.

    Whoever sorts what is protected already finds the withheld rows at the end, and they tell nothing.
    """
    values = frame[count].astype("Float64").reset_index(drop=True)
    shown = values.dropna()
    if len(shown) < SORTED or not in_order_of_size(frame, shown):
        return
    if values.loc[: shown.index[-1]].isna().any():
        raise DisclosureError(
            f"The rows stand in order of '{count}', a withheld one among them: its place tells how large it is. "
            f'Sort after protecting: report.protect(…).sort_values("{count}").'
        )


def in_order_of_size(frame: pd.DataFrame, values: pd.Series) -> bool:
    """Whether rows stand in the order of these numbers, and not in that of their names, as months and ages do."""
    by_size = values.is_monotonic_increasing or values.is_monotonic_decreasing
    return bool(by_size and values.nunique() > 1 and not _by_name(frame))


def _by_name(frame: pd.DataFrame) -> bool:
    """Whether the order of the rows is that of their names, months and numbers among them, and tells nothing of their size."""
    first = frame.iloc[:, 0]
    if isinstance(first.dtype, pd.CategoricalDtype):
        if first.cat.ordered:
            return bool(first.cat.codes.is_monotonic_increasing)
        first = first.astype("str")
    months = pd.to_datetime(first.astype("str"), format="%B %Y", errors="coerce")
    leading = pd.to_numeric(first.astype("str").str.extract(r"^(\d+)")[0])
    return any(keys.notna().all() and keys.is_monotonic_increasing for keys in (first, months, leading))
