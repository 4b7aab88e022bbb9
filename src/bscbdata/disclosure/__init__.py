"""What may be shown: small counts of children withheld, with proof that nothing shown gives them away.

The rules stand in `definitions/disclosure.toml`: counts from 1 to 5 are withheld and shown as [c]; zero is shown. The
cheapest partners are withheld too, so that no reader who adds and subtracts can tell what a withheld count is.
docs/disclosure.md says how, and what is not covered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b

import pandas as pd

from bscbdata.disclosure.bounds import Reader, is_safe
from bscbdata.disclosure.cells import CountTable, DisclosureError, Link, Part, System, build, shown_sum
from bscbdata.disclosure.choose import suppress
from bscbdata.disclosure.earlier import (
    COUNTS,
    FINAL,
    as_printed,
    cells_named,
    keep_final,
    kept_places,
    kept_tables,
    of_finals,
    told_before,
)
from bscbdata.disclosure.gate import in_order_of_size
from bscbdata.disclosure.proof import (
    CHECK,
    fits,
    intervals,
    official_tables,
    prove,
    prove_and_list,
    report_links,
    report_tables,
)
from bscbdata.disclosure.rules import Rules, rules
from bscbdata.disclosure.trying import try_rule

LOWEST, HIGHEST = rules().lowest, rules().highest


def is_small(counts: pd.Series) -> pd.Series:
    """Which counts are withheld by the rule itself.

    >>> is_small(pd.Series([0, 1, 5, 6])).tolist()
    [False, True, True, False]
    """
    return counts.between(LOWEST, HIGHEST).fillna(False).astype(bool)


def protect(
    frame: pd.DataFrame,
    count: str,
    by: Sequence[str],
    also: Sequence[str] | None = None,
    within: Sequence[str] = (),
    nested: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    apart: Sequence[str] = (),
    key: str = "table",
    public: Mapping[str, CountTable] | None = None,
    links: Sequence[Link] = (),
    before: Sequence[CountTable] = (),
    year: str = "",
    corrected: Sequence[CountTable] = (),
) -> pd.DataFrame:
    """The frame with small counts, and their partners, missing and `status` confidential.

    `by` are the columns that say which cell a row is; a reader is taken to know every total along them. `within` are
    columns by which sums are known too, such as the quarter of a month; `nested` names rows that are the sum of
    others. `also` are shares and rates built on the count, withheld with it and not shown where it was not sent; `apart` are
    shares that are not built on it, such as England's. attrs["totals_withheld"] names totals that must not be printed anywhere: they are small, or
    would give a small one away. `public` are tables that others published, and `links` say which of their sums are sums
    of this one, called `key`. `before` are tables of the same cells as the reports of earlier years printed them, read
    in the report of `year`: what one shows is no partner, what one withholds stays withheld, and attrs["anew"] names withheld cells of
    which one shows another number; `corrected` are those of earlier editions of the same year. Rows in order of size come back with the withheld ones last, by name.

    >>> frame = pd.DataFrame({"district": ["A", "B", "C"], "children": [3, 20, 31]})
    >>> protect(frame, "children", ["district"])["status"].tolist()
    ['confidential', 'confidential', 'shown']
    """
    table = CountTable(frame, count, by, nested or {}, within)
    if frame.attrs.get("protected") == _fingerprint(table):
        return frame.copy()
    told = _told_before(table, before, corrected, year)
    table = replace(table, known=told["known"].to_numpy(), held=told["held"].to_numpy())
    shown = protect_linked({key: table, **(public or {})}, links, {key: list(also or ())})[key]
    anew = told["anew"].to_numpy() & shown[count].isna().to_numpy()
    shown = _in_no_order(shown, frame, table)
    shown.attrs["anew"] = cells_named(table, anew, year) if anew.any() else []
    shown.attrs["apart"] = list(apart)
    shown.attrs["protected"] = _fingerprint(replace(table, frame=shown))
    return shown


def _told_before(
    table: CountTable, before: Sequence[CountTable], corrected: Sequence[CountTable], year: str
) -> pd.DataFrame:
    """What earlier reports say of each row, one or another of them: see `earlier.told_before`."""
    found = pd.DataFrame(False, range(len(table.frame)), ["known", "held", "anew"])
    for each in before:
        found |= told_before(table, each, year)
    for each in corrected:
        found |= told_before(table, each, year, same_year=True)
    found["known"] &= ~is_small(table.frame[table.count]).to_numpy()
    return found


def _in_no_order(shown: pd.DataFrame, frame: pd.DataFrame, table: CountTable) -> pd.DataFrame:
    """Rows that came in order of size, with the withheld ones last and by name: else their places tell their sizes."""
    hidden = shown[table.count].isna() & frame[table.count].notna()
    if not hidden.any() or not in_order_of_size(frame[list(table.by)], frame[table.count].dropna()):
        return shown
    names = shown[list(table.by)].astype("object").map(str).agg(" ".join, axis=1).to_numpy()
    places = range(len(shown))
    last = sorted((place for place in places if hidden.iloc[place]), key=names.__getitem__)
    return shown.iloc[[*(place for place in places if not hidden.iloc[place]), *last]]


def _fingerprint(table: CountTable) -> str:
    """What tells a table that has been protected, and is as it was then, from any other."""
    kept = table.frame[[*table.by, table.count]].to_csv(index=False)
    asked = f"{table.count} {list(table.by)} {list(table.within)} {_lists(table.nested)}"
    return blake2b(f"{asked}\n{kept}".encode(), digest_size=16).hexdigest()


def protect_linked(
    tables: Mapping[str, CountTable], links: Sequence[Link] = (), also: Mapping[str, list[str]] | None = None
) -> dict[str, pd.DataFrame]:
    """Several tables protected together, so that none gives away what another withholds.

    Public tables come back as they were. DisclosureError when what is public gives a count away whatever is withheld.
    """
    system = build(tables, links)
    hidden = system.cells[suppress(system)]
    return {
        name: table.frame.copy()
        if table.public
        else _withheld(name, table, hidden, (also or {}).get(name, []))
        for name, table in tables.items()
    }


def protect_shares(
    frame: pd.DataFrame, count: str, whole: str, of: Sequence[str], by: str, also: Sequence[str]
) -> pd.DataFrame:
    """Shares of one whole withheld where the count behind one, the rest of the whole, or the whole itself is small.

    `of` are the columns that say which whole a row is part of, `by` which part it is. Comes back as it was when
    nothing is small.
    """
    of = [*of, whole]  # parts of another whole are no parts of this one
    listed = frame.groupby(of, observed=True)[count].transform("sum")
    rest = frame[whole] - listed
    if not (is_small(frame[count]) | is_small(rest) | is_small(frame[whole])).any():
        return frame
    # each part by a name of ours: a part called "All" is not the total of the rest
    parts = frame.assign(**{by: "part " + frame[by].astype("str")})
    others = frame.assign(**{by: "the rest", count: rest})[rest > 0].drop_duplicates(of)
    everything = pd.concat([parts, others], ignore_index=True)
    shown = protect(everything, count, [*of, by], also).sort_index()[: len(frame)]
    shown = shown.assign(**{by: frame[by].to_numpy()}).set_axis(frame.index)
    few = is_small(frame[whole])  # none of four tells of four
    shown[[count, *also]] = shown[[count, *also]].mask(few)
    return shown.assign(status=shown["status"].mask(few, "confidential"))


def _withheld(name: str, table: CountTable, hidden: pd.DataFrame, also: list[str]) -> pd.DataFrame:
    """The table without what is hidden of it."""
    mine = hidden[hidden["table"] == name]
    rows = pd.Series(False, index=range(len(table.frame)))
    rows[mine["row"].dropna().astype(int)] = True
    rows.index = table.frame.index
    shown = table.frame.copy()
    shown[table.count] = shown[table.count].mask(rows)
    unknown = table.frame[table.count].isna()  # nobody can say that it is not a few
    for column in also:
        shown[column] = shown[column].mask(rows | unknown)
    before = shown["status"].astype("str") if "status" in shown else pd.Series("shown", index=shown.index)
    shown["status"] = before.mask(rows, "confidential")
    shown.attrs["withheld"] = [table.count, *also]
    shown.attrs["counted"] = {"by": list(table.by), "nested": _lists(table.nested)}
    totals = mine.loc[mine["kind"] == "implied", "cell"]
    shown.attrs["totals_withheld"] = [cell.removeprefix(f"{name}: ") for cell in totals]
    return shown


def _lists(nested: Mapping[str, Mapping[str, Sequence[str]]]) -> dict[str, dict[str, list[str]]]:
    return {column: {label: list(parts) for label, parts in of.items()} for column, of in nested.items()}


def check_protected(frame: pd.DataFrame, counts: Sequence[str]) -> None:
    """Raise DisclosureError when a column of counts still shows one from 1 to 5."""
    for column in counts:
        small = is_small(frame[column])
        if small.any():
            raise DisclosureError(
                f"Column '{column}' shows {int(small.sum())} counts from {LOWEST} to {HIGHEST} of children. "
                f'Pass the table through report.protect(table, count="{column}", by=[…]) before drawing it.'
            )


def check_shares(frame: pd.DataFrame, counts: Sequence[str], shares: Sequence[str]) -> None:
    """Raise DisclosureError when a row whose count is withheld still shows a share built on it.

    Every share beside a withheld count is taken to be built on it, but for those that `protect` was told stand apart.
    """
    if "status" not in frame:
        return
    confidential = frame["status"].astype("str") == "confidential"
    withheld = confidential & frame[list(counts)].isna().any(axis=1)
    for column in [name for name in shares if name not in frame.attrs.get("apart", ())]:
        if (withheld & frame[column].notna()).any():
            raise DisclosureError(
                f"Column '{column}' shows the share of a withheld count. Withhold it with the count: "
                f'report.protect(…, also=["{column}"]), or say that it counts others: apart=["{column}"].'
            )
