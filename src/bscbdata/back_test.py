"""The back-test: every number of the printed report beside ours, and why the two differ where they do."""

import re
from collections.abc import Mapping

import pandas as pd

from bscbdata import facts, numbers
from bscbdata.cleaning import NOT_AVAILABLE
from bscbdata.findings import Finding, passed, warning
from bscbdata.gaps import NoData
from bscbdata.places import Edition
from bscbdata.provenance import read_rows
from bscbdata.tables import once

COLUMNS = [
    *("fact_id", "label", "category", "value", "unit", "provenance", "published", "difference"),
    *("result", "reason", "table", "withheld", "row_id"),
]


@once
def against_published(tables: Mapping[str, pd.DataFrame], edition: Edition) -> pd.DataFrame:
    """The back-test: every published number with ours. Columns: COLUMNS.

    `result` is reproduced, explained (it differs; the errata say why) or unexplained; `withheld` marks a small
    count; `row_id` is the row of what was printed.
    """
    reasons = _reasons(tables)
    rows = [_back_test(row, tables, edition, reasons) for row in tables["published_facts"].to_dict("records")]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"withheld": "boolean"}).fillna({"withheld": False})


def side_by_side(row) -> tuple[str, str]:
    """A printed number (a row of `against_published`) and ours in the same style; ours with one decimal more where rounding
    would hide that they differ."""
    number = printed_number(row.published)
    decimals = numbers.decimals_of(number or "")
    unit = "percent" if row.unit == "as printed" and number else row.unit
    printed = numbers.write(float(number), unit, decimals) if number else row.published
    if pd.isna(row.value):
        return printed, NOT_AVAILABLE
    ours = numbers.write(row.value, unit, decimals)
    hidden = ours == printed and row.result == "explained"
    return printed, numbers.write(row.value, unit, decimals + 1) if hidden else ours


def hidden(frame: pd.DataFrame, withheld: frozenset[str], told: frozenset[str]) -> pd.Series:
    """Of which rows of `against_published` it is not told whether they are as printed: those of a table with a small count,
    which can be found from the rest of it, and of the `withheld` tables of earlier final editions, but for the facts they told.
    """
    before = frame["table"].isin(withheld) & ~frame["fact_id"].isin(told)
    return before | frame["table"].isin(frame.loc[frame["withheld"], "table"])


def unexplained(
    tables: Mapping[str, pd.DataFrame],
    edition: Edition,
    withheld: frozenset[str] = frozenset(),
    told: frozenset[str] = frozenset(),
) -> list[Finding]:
    """A warning for each printed number that is not ours and that the errata do not explain; one pass for the rest.

    Of a table that is `hidden` there is one warning, whichever numbers differ: the others would be known to be as printed.
    """
    frame = against_published(tables, edition)
    differs = frame["result"] == "unexplained"
    left, held = frame[differs], hidden(frame, withheld, told)[differs]
    return [
        *map(_unexplained, left[~held].itertuples()),
        *map(_some_unexplained, left[held].drop_duplicates("table").itertuples()),
        passed("reproduction", f"{len(frame) - len(left)} printed numbers are reproduced or explained."),
    ]


def _unexplained(row) -> Finding:
    """With the row of what was printed. A draft shows it: our number is not said of a table that counts children, since one
    may be found from the others."""
    (place,) = read_rows(row.row_id)
    known = pd.notna(row.value) and not facts.counts_children(row.table)
    ours = numbers.write(row.value, row.unit, numbers.decimals_of(row.published) + 1) if known else ""
    return warning(
        "reproduction",
        f"The printed number is not the one that the data gives. {row.reason}".strip(),
        file=place.file,
        row=place.spells[0][0],
        column=row.fact_id,
        value=row.published,
        expected=ours.removesuffix(".0"),
        advice="Look for a slip in what was sent; or say why in board/errata_reasons.csv, or mend the fact.",
    )


def _some_unexplained(row) -> Finding:
    (place,) = read_rows(row.row_id)
    return warning(
        "reproduction",
        f"Of '{row.table}', of which a number is withheld, some printed numbers are not those that the data gives.",
        file=place.file,
        advice="bscb facts lists which. Look for a slip in what was sent; or say why in board/errata_reasons.csv.",
    )


def _reasons(tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    errata = tables.get("errata_reasons")
    return {} if errata is None else dict(zip(errata["fact_id"], errata["reason"], strict=True))


def _back_test(
    row: dict, tables: Mapping[str, pd.DataFrame], edition: Edition, reasons: dict[str, str]
) -> dict:
    """One published number with ours; a fact that cannot be computed says why in its reason."""
    printed, reason = str(row["value"]), reasons.get(row["fact_id"], "")
    told = {name: row.get(name) for name in ("fact_id", "category", "row_id")} | {"label": row["subject"]}
    found = {"value": None, "unit": row["unit"], "provenance": "", "published": printed, "difference": None}
    try:
        fact = facts.compute(row["fact_id"], tables, edition)
    except (facts.FactError, NoData) as error:
        result = "explained" if reason else "unexplained"
        return told | found | {"result": result, "reason": reason or str(error)}
    number = printed_number(printed)
    agrees = number is not None and _agrees(fact.value, number, str(row.get("note") or ""))
    found |= {
        "value": fact.value,
        "provenance": fact.provenance,
        "table": fact.table,
        "withheld": facts.is_disclosive(fact),
    }
    found["difference"] = None if number is None else round(fact.value - float(number), 4)
    result = "reproduced" if agrees else "explained" if reason else "unexplained"
    return told | found | {"result": result, "reason": reason}


def _agrees(value: float, printed: str, note: str) -> bool:
    if "lower bound" in note:
        return value >= float(printed)
    if "approximate" in note:
        return abs(value - float(printed)) <= 0.05 * float(printed)
    return numbers.agrees(value, printed)


def printed_number(text: str) -> str | None:
    """The number inside what was printed: `83% up` is 83, `2% down` is -2; None for words such as new."""
    match = re.fullmatch(r"\s*(\d[\d,]*(?:\.\d+)?)\s*%?\s*(up|down)?\s*", text)
    if not match:
        return None
    return ("-" if match[2] == "down" else "") + match[1].replace(",", "")
