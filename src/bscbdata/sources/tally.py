"""What the checks of a whole return say: totals, running totals, months that are missing, copied or nought, shares as fractions."""

from functools import lru_cache
from math import comb, factorial, log, pi, prod

import pandas as pd

from bscbdata import cleaning
from bscbdata.cleaning import same_spelling
from bscbdata.findings import Finding, passed, warning
from bscbdata.numbers import enumerated, some
from bscbdata.period import ReportYear, month_label
from bscbdata.sources import Source
from bscbdata.sources.cells import FEW, distinct, in_own_order, rows_where, take
from bscbdata.sources.judging import content

# With fewer other rows a row may well be their sum by chance.
LEAST_SUMMED = 3
LEAST_BESIDE = 2
# How unlikely it must be that counts grow all the time by chance; from where on counting further is of no use.
ODDS, ENOUGH = 200, 12
ALONE = "_alone"  # the label of the one row of a return that has none
# The months in which a running total begins anew: of a report year, of a calendar year, of each quarter.
BEGIN_ANEW = ({4}, {1}, {1, 4, 7, 10})


class Tally:
    """What the checks of a whole file need to know of each of its parts: totals, coverage, sizes of shares."""

    def __init__(self, source: Source, year: ReportYear):
        self.source, self.year, self.name = source, year, ""
        self.sums: dict[str, tuple[str, float]] = {}
        self.totals: list[tuple[int, list[object]]] = []
        self.header: list[str] = []
        self.covered: set[object] = set()
        self.shares: dict[str, tuple[float, bool]] = {}
        self.unsigned: dict[str, list[tuple[int, float]]] = {}
        self.above_one: dict[str, list[float]] = {}
        self.row_totals: list[tuple[int, str, str, float]] = []
        self.sum_of_all: list[tuple[int, str]] = []
        self.growing: list[str] = []
        self.of_nought: list[tuple[str, list[str], float]] = []
        self.copied: list[tuple[str, str]] = []

    def add(
        self,
        good: pd.DataFrame,
        named: pd.DataFrame,
        cells: pd.DataFrame,
        aside: pd.DataFrame,
        header: list[str],
    ) -> None:
        """Take in one part: its good rows, its cells as sent (before and after unpivoting), the rows set aside."""
        self.header = header
        if len(aside):
            said = aside[aside["reason"] == "set aside: totals row"]
            self.totals += [(int(row), cells_of) for row, cells_of in said["cells"].items()]
        for column, shown in _summed(named, self.source, self.year).items():
            self.sums[column] = (shown, self.sums.get(column, ("", 0.0))[1] + _sum(named[column]))
        self.row_totals += _row_totals(named, self.source)
        self.sum_of_all += _rows_that_sum_all_others(named, self.source, self.year)
        for name, wide in _by_period(good, self.source).items():
            self.growing += [name] if _grows(wide) else []
            self.of_nought += _of_nought(name, wide)
            self.copied += [(name, periods) for periods in _copied_periods(wide)]
        if self.source.counted_by:
            self.covered |= set(good[self.source.counted_by].dropna().unique())
        for column in self.source.columns:
            if column.kind == "share_pct" and column.unit != "fraction" and column.name in cells:
                self._add_shares(column.name, good[column.name], cells)

    def _add_shares(self, column: str, good: pd.Series, cells: pd.DataFrame) -> None:
        signed = rows_where(cells[column], lambda cell: "%" in cell or "per" in cell.casefold())
        largest, before = self.shares.get(column, (0.0, False))
        self.shares[column] = (max(largest, good.max()), before or bool(signed.any()))
        small = good.index[
            ((good > 0) & (good <= 1)).fillna(False) & ~signed[cells.index.get_indexer(good.index)]
        ]
        self.unsigned.setdefault(column, []).extend(
            zip(map(int, cells.loc[small, "row"]), good[small], strict=True)
        )
        above = good[(good > 1).fillna(False)]
        self.above_one.setdefault(column, []).extend([above.min(), above.max()] if len(above) else [])

    def findings(self) -> list[Finding]:
        """What the checks of the whole file say."""
        return [
            *self._totals(),
            *self._unnamed(),
            *self._across(),
            *self._running_totals(),
            *self._noughts(),
            *self._copied(),
            *self._coverage(),
            *self._shares(),
        ]

    @property
    def _place(self) -> dict[str, str]:
        return {"file": self.name, "sheet": self.source.sheet}

    def _running_totals(self) -> list[Finding]:
        """Counts that may be those of the year so far: summed over the year they would count many times."""
        said = "Every row grows from period to period, as running totals do. They were read as the numbers of each period."
        advice = "If they are totals of the year so far, ask for the numbers of each month or quarter."
        return [
            warning("total", said, **self._place, column=column, advice=advice) for column in self.growing
        ]

    def _noughts(self) -> list[Finding]:
        """Months or quarters that may be still to come: a formula that counts what is not there yet gives 0."""
        said = "Every number is 0 of {}; of the others the mean is {:,.0f}. They were read as 0."
        advice = "If they are still to come, take them out until they are here: 0 says that nothing happened."
        told = [(column, said.format(", ".join(periods), mean)) for column, periods, mean in self.of_nought]
        return [warning("nought", said, **self._place, column=column, advice=advice) for column, said in told]

    def _copied(self) -> list[Finding]:
        """Months or quarters that say the numbers of another in every row: one may have been filled in from the other."""
        said = "Every number of {} is the same. They were read as they stand."
        advice = "Ask whether one was copied from the other and never filled in."
        told = [(column, said.format(periods)) for column, periods in self.copied]
        return [warning("copied", said, **self._place, column=column, advice=advice) for column, said in told]

    def _totals(self) -> list[Finding]:
        """Hold the last totals row against the sum of the rows above it, column by column, whatever the layout."""
        if not self.totals:
            return []
        row, cells = self.totals[-1]
        printed = dict(zip((same_spelling(cell) for cell in self.header), cells, strict=False))
        found = []
        for shown, total in self.sums.values():
            said = printed.get(same_spelling(shown))
            if pd.notna(said):
                place = {**self._place, "row": row, "column": shown}
                found.append(_total_finding(said, total, len(self.totals), place))
        return found

    def _unnamed(self) -> list[Finding]:
        """A row that may be a total under a name of its own, such as `All teams`: nothing shows it but its numbers."""
        said = (
            "Every number of this row is the sum of all other rows, or of all that stand beside it. If it is a total, it "
            "counts twice."
        )
        advice = "See what it is. If it is a total, call it Total, or take it out."
        rows = [{"row": row, "value": label} for row, label in self.sum_of_all]
        return [warning("total", said, **self._place, **row, advice=advice) for row in rows]

    def _across(self) -> list[Finding]:
        """Rows of a cross-tab whose own total is not the sum of their cells."""
        said, advice = "The total of the row does not agree with its cells.", "Ask which is right."
        cells = [
            {"row": row, "column": column, "value": found, "expected": f"{total:,.10g}"}
            for row, column, found, total in self.row_totals
        ]
        return [warning("total", said, **self._place, **cell, advice=advice) for cell in cells]

    def _coverage(self) -> list[Finding]:
        """Whether every month or quarter of the year is there that should be."""
        expected = self.source.due(self.covered, self.year) if self.source.counted_by else {}
        if not expected:
            return []
        missing = self.source.lacking(self.covered, self.year)
        place = {**self._place, "column": self.source.counted_by}
        if not missing:
            return [passed("coverage", f"All {len(expected)} are there.", **place)]
        since = "" if self.source.complete else f" from {next(iter(expected.values()))} on"
        said, advice = f"No rows for {', '.join(missing)}.", "Ask whether they are to come."
        return [warning("coverage", said, **place, expected=f"all {len(expected)}{since}", advice=advice)]

    def _shares(self) -> list[Finding]:
        """Shares that look like fractions: a whole column of one or less, or such cells beside others with a % sign."""
        found = []
        for column, (largest, signed) in self.shares.items():
            place = {**self._place, "column": column}
            if 0 < largest <= 1 and not signed:
                advice = "If they are fractions, write `fraction` as the unit of the column."
                found.append(warning("shares", "Every share is 1 per cent or less.", **place, advice=advice))
            elif rows := self._perhaps_fractions(column, signed):
                why = (
                    "Others have a % sign; these rows have none and"
                    if signed
                    else "These rows are far below all others, and"
                )
                said = f"{why} were read as 1 per cent or less: {some([*map(str, rows)])}."
                advice = "If 0.85 means 85%, write 85%."
                found.append(warning("shares", said, **place, row=rows[0], advice=advice))
        return found

    def _perhaps_fractions(self, column: str, signed: bool) -> list[int]:
        """Rows with a share of one or less beside others with a % sign; or where it would be like all others, as a
        fraction, and is not a tenth of the least of them as it stands."""
        low, high = min(self.above_one[column], default=0), max(self.above_one[column], default=0)
        return [
            row
            for row, share in self.unsigned[column]
            if signed or (low <= 100 * share <= high and 10 * share < low)
        ]


def _row_totals(named: pd.DataFrame, source: Source) -> list[tuple[int, str, str, float]]:
    """Row, column, what stands there and the sum, for the rows of a cross-tab of which a total is another number."""
    found = []
    for column, parts in sums_of_columns(named, source).items():
        # a row with a cell that is withheld or empty cannot be held against its total
        numbers, printed = named[parts].apply(_numbers), _numbers(named[column])
        sums = numbers.sum(axis=1)
        apart = printed.notna() & ((printed - sums).abs() > 1e-9) & numbers.notna().all(axis=1)
        rows = named.index[apart] if parts else []
        found += [(int(named["row"][row]), column, str(named[column][row]), float(sums[row])) for row in rows]
    return found


def sums_of_columns(named: pd.DataFrame, source: Source) -> dict[str, list[str]]:
    """The columns of a cross-tab that sum others, with those that they sum: `2015/16 Total` what names 2015/16, `Total` all.

    With none, where it cannot be told: what counts from the start of the year on, what is not local, one of several totals.
    """
    if source.layout != "crosstab":
        return {}
    ours = {column.name for column in source.columns} | {"row"}
    across = [column for column in named.columns if column not in ours]
    left = {one: [] for one in across if cleaning.is_cumulative(one) or cleaning.is_comparator(one)}
    for one in across:
        of = cleaning.total_of(one)
        parts = [part for part in across if of in same_spelling(part) and not _is_total(part)] if of else []
        left |= {one: parts} if len(parts) > 1 and one not in left else {}
    whole = [
        one for one in across if one not in left and same_spelling(one).startswith(("total", "grandtotal"))
    ]
    parts = [one for one in across if one not in left and one not in whole]
    return left | dict.fromkeys(whole, parts if len(whole) == 1 else [])


def _is_total(column: str) -> bool:
    return bool(cleaning.total_of(column)) or cleaning.begins_like_a_total(column)


def _rows_that_sum_all_others(named: pd.DataFrame, source: Source, year: ReportYear) -> list[tuple[int, str]]:
    """Row and labels where every number is the sum of those of all other rows, of which there must be several; two are
    enough where several columns agree."""
    summed = [] if source.official else list(_summed(named, source, year))
    least = LEAST_SUMMED if len(named) > LEAST_SUMMED else LEAST_BESIDE
    if not summed or not least < len(named) <= FEW:
        return []
    numbers = named[summed].apply(_numbers)
    totals = numbers.sum()
    counted = numbers.loc[:, (numbers.fillna(0).ne(0).sum() > least)]
    if counted.shape[1] < (1 if least == LEAST_SUMMED else LEAST_BESIDE):
        return []
    are_sums = ((2 * counted - totals[counted.columns]).abs() < 0.005).all(axis=1)
    labels = [column for column in named.columns if column not in (*summed, "row")]
    are_sums |= _sum_the_others_of_their_group(named, counted, [c for c in labels if c in source.key])
    return [(int(named["row"][row]), content(tuple(named.loc[row, labels]))) for row in named.index[are_sums]]


def _sum_the_others_of_their_group(
    named: pd.DataFrame, counted: pd.DataFrame, labels: list[str]
) -> pd.Series:
    """Rows whose label sums the rows beside it each time it stands there: `All teams` under every month."""
    found = pd.Series(False, index=named.index)
    for label in labels if len(labels) > 1 else []:
        beside = named.groupby([column for column in labels if column != label], dropna=False).ngroup()
        sums = ((2 * counted - counted.groupby(beside).transform("sum")).abs() < 0.005).all(axis=1)
        others = counted.fillna(0).ne(0).groupby(beside).transform("sum").min(axis=1) - 1
        told = pd.DataFrame({"sums": sums, "surely": sums & (others >= LEAST_BESIDE)}).groupby(named[label])
        found |= told["sums"].transform("all") & (told["surely"].transform("sum") > 1) & (others > 0)
    return found


def _by_period(good: pd.DataFrame, source: Source) -> dict[str, pd.DataFrame]:
    """The counts of a local return, by name: a row for each label (one where it has none), a column for each month or
    quarter. Those of a return that is too short or too long to be looked through are left out."""
    periods = [one.name for one in source.columns if one.kind in ("month", "quarter")]
    if source.official or len(periods) != 1 or not LEAST_SUMMED < len(good) <= FEW:
        return {}
    labels = [name for name in source.key if name != periods[0]]
    labels = labels or [one.name for one in source.columns if one.is_words] or [ALONE]
    counts = [one.name for one in source.columns if one.kind == "count" and one.name in good]
    rows, laid = good.assign(**{ALONE: ""}), {"index": labels, "columns": periods[0]}
    wide = {name: rows.pivot_table(**laid, values=name, aggfunc="sum", observed=True) for name in counts}
    return {name: table for name, table in wide.items() if table.size}


def _grows(wide: pd.DataFrame) -> bool:
    """Whether counts grow at every step from month to month or quarter to quarter, or from where a total begins anew, in so
    many rows that it is no chance: of 4 periods 1 row in 24 does."""
    alone, wide = wide.index.names == [ALONE], wide.astype("float64").dropna()
    if alone and not (wide.iloc[:, -1] >= 2 * wide.iloc[:, 0]).all():
        return False  # a caseload of its own may grow all year; a running total is soon many times its first
    return any(_grows_between(wide, [_first_month(one) in anew for one in wide]) for anew in BEGIN_ANEW)


def _grows_between(wide: pd.DataFrame, anew: list[bool]) -> bool:
    """Whether every row falls where a total begins anew and nowhere else, and so many always grow that it is no chance."""
    runs, steps = pd.Series(anew).cumsum(), wide.diff(axis=1)
    within, between = (steps.loc[:, runs.diff().eq(apart).array] for apart in (0, 1))
    rows = int((within > 0).all(axis=1).sum())
    odds = prod(factorial(min(length, ENOUGH)) for length in runs.value_counts())
    falls = (within < 0).any(axis=None) or (between > 0).any(axis=None)
    return len(wide) > 0 and not falls and odds ** min(rows, ENOUGH) >= ODDS


def _first_month(period: pd.Timestamp | str) -> int:
    """The number of a month, or of the first month of a quarter such as `2015-16 Q4`."""
    return period.month if isinstance(period, pd.Timestamp) else (4, 7, 10, 1)[int(period[-1]) - 1]


def _of_nought(name: str, wide: pd.DataFrame) -> list[tuple[str, list[str], float]]:
    """The months or quarters in which every count is 0, where the mean of the others makes it no chance: of events that
    happen 6 times a month on average, none happen in 1 month of 400."""
    sums = wide.sum()
    mean, noughts = sums[sums > 0].astype("float64").mean(), sums.index[sums == 0]
    if not len(noughts) or not mean >= log(ODDS):
        return []
    return [(name, [_period_shown(one) for one in noughts], float(mean))]


def _copied_periods(wide: pd.DataFrame) -> list[str]:
    """Periods of which every number is the same, those alike together, where that is no chance: two counts around n are
    equal about once in 2√(πn)."""
    pairs, alike = comb(wide.shape[1], 2), {}
    for period, counts in wide.astype("float64").items():
        alike.setdefault(tuple(counts.astype("str")), []).append(period)
    found = []
    for periods in (periods for periods in alike.values() if len(periods) > 1):
        counts = wide[periods[0]].astype("float64")
        chance = (1 / (2 * (pi * counts) ** 0.5)).where(counts > 0, 1).prod()
        if chance * pairs * ODDS < 1:
            found.append(enumerated(list(map(_period_shown, periods))))
    return found


def _period_shown(period: object) -> str:
    return month_label(period) if isinstance(period, pd.Timestamp) else str(period)


def _sum(cells: pd.Series) -> float:
    """The sum of the numbers in a column of text; what cannot be read counts as nothing."""
    return float(_numbers(cells).sum())


def _numbers(cells: pd.Series) -> pd.Series:
    """The numbers in a column of text; missing where none can be read."""
    positions, texts = distinct(cells)
    if len(texts) <= FEW:
        known, places = in_own_order(texts)
        return take(_few_numbers(known).array.take(places), positions, cells.index)
    return take(_numbers_in(pd.Series(texts, dtype="object")).array, positions, cells.index)


def _numbers_in(texts: pd.Series) -> pd.Series:
    plain = cleaning.split_markers(cleaning.tidy_text(texts))[0]
    return cleaning.parse_distinct(plain, cleaning.to_number, "float64").values


@lru_cache(maxsize=200)
def _few_numbers(texts: tuple[str, ...]) -> pd.Series:
    return _numbers_in(pd.Series(texts, dtype="object"))


def _summed(named: pd.DataFrame, source: Source, year: ReportYear) -> dict[str, str]:
    """Columns that a totals row sums, by name, with their header: counts and amounts, or all cells of a cross-tab."""
    headers = {column.name: column.header(year) for column in source.collected(year)}
    if source.layout == "crosstab":
        cells = [column for column in named.columns if column not in headers and column != "row"]
        return {column: column for column in cells if not cleaning.is_comparator(column)}
    wanted = {column.name for column in source.columns if column.kind in ("count", "amount_gbp", "value")}
    return {column: headers[column] for column in named.columns if column in wanted}


def _total_finding(said: str, total: float, several: int, place: dict) -> Finding:
    try:
        agrees = abs(cleaning.to_number(said) - total) < 0.005
    except ValueError:
        why = "The totals row holds no number here, so it cannot be checked."
        return warning("total", why, **place, value=said)
    if agrees:
        return passed("total", f"The total agrees with its rows: {total:,.0f}.", **place)
    if several > 1:
        why = "There are several totals rows, so the last cannot be checked."
        return warning("total", why, **place, value=said)
    found = {"value": said, "expected": f"{total:,.0f}", "advice": "Ask which is right."}
    return warning("total", "The total does not agree with its rows.", **place, **found)
