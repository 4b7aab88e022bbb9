"""The verbs that claims are made with: extremes, peaks, ranks, shares, and words of size by written rules.

A verb weighs the data and prints no digits; a number in the text is still a `fact`. The rules stand in docs/how-to.md.
"""

from collections.abc import Callable
from fnmatch import fnmatchcase
from itertools import pairwise

import pandas as pd

from bscbdata import facts, numbers
from bscbdata.gaps import NOT_AVAILABLE, Gap, NoData, of_indicator, of_table
from bscbdata.indicators.official import choices, pick
from bscbdata.period import ReportYear
from bscbdata.places import NEIGHBOURS
from bscbdata.prose.number import Number, Withheld
from bscbdata.prose.tools import Tools, not_told, without_total
from bscbdata.tables import rows_with

# Parts of a whole that have a name, in per cent.
PARTS = {
    "a tenth": 10,
    "a fifth": 20,
    "a quarter": 25,
    "a third": 100 / 3,
    "half": 50,
    "two thirds": 200 / 3,
    "three quarters": 75,
    "nine tenths": 90,
}
EXACT_POINTS = 0.5  # this near, the part is simply named
ABOUT_POINTS = 2.0  # this near, it is "about" the part; farther off, "more than" the next part below
NO_WHOLE = Gap("share_of", "A share of a whole", NOT_AVAILABLE, "The whole is 0.")
TIED = "There is no single order: two that are asked for share the value."
MODEL = "2021"  # the edition of the statistical neighbour model that the report compares with


def about(value: float, target: float, tolerance: float) -> bool:
    """Whether a value lies within a stated tolerance of a target, in the unit of both."""
    return abs(value - target) <= tolerance


def share_of(part: float, whole: float) -> float:
    """A part in per cent of a whole. NoData when the whole is 0, as of a service that nobody came to: nothing is said of it."""
    if not whole:
        raise NoData(NO_WHOLE)
    return float(100 * part / whole)


def share_word(percent: float) -> str:
    """none, less than a tenth, about a third, half, more than half, all: a share in words. ValueError outside 0 to 100."""
    if not 0 <= percent <= 100:
        raise ValueError(f"{percent:g} is not a share in per cent")
    if percent in (0, 100):
        return "all" if percent else "none"
    name, nearest = min(PARTS.items(), key=lambda item: abs(item[1] - percent))
    distance = abs(nearest - percent)
    if distance <= ABOUT_POINTS:
        return name if distance <= EXACT_POINTS else f"about {name}"
    below = [name for name, part in PARTS.items() if part < percent]
    return f"more than {below[-1]}" if below else "less than a tenth"


def size_of_change(before: float, after: float) -> str:
    """rose by about a third, fell by half, more than doubled; below the first named part, numbers.direction's words."""
    if before == 0:  # no part of nothing has a name
        return numbers.direction(before, after)
    change = numbers.change_pct(before, after)
    if change == -100:
        return "fell to nothing"
    if change >= 100 - ABOUT_POINTS:
        return "about doubled" if change <= 100 + ABOUT_POINTS else "more than doubled"
    if abs(change) < PARTS["a tenth"] - ABOUT_POINTS:
        return numbers.direction(before, after)
    return f"{'rose' if change > 0 else 'fell'} by {share_word(abs(change))}"


class Verbs:
    """The verbs that need the edition's data. They raise ValueError or FactError when the data is not there."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def values(
        self, indicator: str, category: str = "", area: str = "", year: str = ""
    ) -> list[Number | Withheld]:
        """Every value of an indicator in the year, in its order."""
        rows = self._tools.series(indicator, category, area, year)
        return [self._tools.series_value(row) for _, row in rows.iterrows()]

    def facts(self, pattern: str, area: str = "", year: str = "") -> list[Number | Withheld]:
        """Every fact whose id fits a pattern, `training.course.*.increase`. ValueError when none does."""
        return [self._tools.fact(fact_id, area, year) for fact_id in _fitting(pattern)]

    def above(self, fact_id: str, area: str, *others: str, year: str = "") -> bool:
        """Whether a fact is higher than in every one of the areas named."""
        own = self._tools.fact(fact_id, "", year)
        return all(own > self._tools.fact(fact_id, each, year) for each in (area, *others))

    def below(self, fact_id: str, area: str, *others: str, year: str = "") -> bool:
        """Whether a fact is lower than in every one of the areas named."""
        own = self._tools.fact(fact_id, "", year)
        return all(own < self._tools.fact(fact_id, each, year) for each in (area, *others))

    def top(self, indicator: str, count: int, area: str = "", year: str = "") -> list[str]:
        """The categories with the most, the largest first. NoData where two share a place that is asked for, ValueError
        where a category has several values, as of months."""
        rows = without_total(self._tools.series(indicator, "", area, year))
        if rows["category"].duplicated().any():
            raise ValueError(
                f"'{indicator}' has several values of a category: there is no order of categories"
            )
        values = {str(row["category"]): self._tools.series_value(row) for _, row in rows.iterrows()}
        leading = _leading(values, count)
        if not leading:
            raise not_told(rows.iloc[0], TIED)
        self._tools.stop_where_one_withheld_may_be_higher(rows, than=values[leading[-1]])
        return leading

    def top_facts(self, pattern: str, count: int, area: str = "", year: str = "") -> list[str]:
        """The ids of the largest facts that fit a pattern, the largest first. NoData as for top."""
        values = {fact_id: self._tools.fact(fact_id, area, year) for fact_id in _fitting(pattern)}
        leading = _leading(values, count)
        if not leading:
            raise NoData(Gap(pattern, f"The facts {pattern}", NOT_AVAILABLE, TIED))
        return leading

    def peak_month(self, indicator: str, category: str = "", area: str = "", year: str = "") -> str:
        """The month of the highest value, by name. NoData when two months share it, ValueError for other periods."""
        return self._month(indicator, category, area, year, "highest")

    def low_month(self, indicator: str, category: str = "", area: str = "", year: str = "") -> str:
        """The month of the lowest value, by name. ValueError as in peak_month."""
        return self._month(indicator, category, area, year, "lowest")

    def _month(self, indicator: str, category: str, area: str, year: str, how: str) -> str:
        rows = self._tools.series(indicator, category, area, year)
        months = _months(self._tools.extreme(rows, how, category)["period"], indicator)
        if len(months) > 1:
            raise not_told(rows.iloc[0], "There is no single month of that kind: several share the value.")
        return str(months.iloc[0].month_name())

    def first_month(self, indicator: str, category: str = "", area: str = "", year: str = "") -> str:
        """The month of the first value, by name. ValueError as in peak_month."""
        rows = self._tools.series(indicator, category, area, year)
        return str(_months(rows["period"].head(1), indicator).iloc[0].month_name())

    def years(self, fact_id: str, since: str, area: str = "") -> list[Number | Withheld]:
        """A fact's values of each year from `since` to the report's own. FactError when a year has none."""
        start, end = ReportYear.parse(since).start.year, self._tools.edition.year.start.year
        labels = [ReportYear(one).label for one in range(start, end + 1)]
        return [self._tools.fact(fact_id, area, label) for label in labels]

    def is_highest(self, fact_id: str, since: str, area: str = "") -> bool:
        """Whether this year's value is above that of every year since then."""
        *before, now = self.years(fact_id, since, area)
        return all(now > value for value in before)

    def is_lowest(self, fact_id: str, since: str, area: str = "") -> bool:
        """Whether this year's value is below that of every year since then."""
        *before, now = self.years(fact_id, since, area)
        return all(now < value for value in before)

    def rises_in_a_row(self, fact_id: str, area: str = "") -> int:
        """How many years in a row, up to the report's own, a fact rose; the first year of its series ends them."""
        year, rises, value = self._tools.edition.year, 0, self._tools.fact(fact_id, area)
        while (before := self._before(fact_id, area, year)) is not None and value > before:
            year, rises, value = year.previous, rises + 1, before
        return rises

    def _before(self, fact_id: str, area: str, year: ReportYear) -> Number | Withheld | None:
        """A fact's value of the year before; None where there is none."""
        try:
            return self._tools.fact(fact_id, area, year.previous.label)
        except NoData:
            return None

    def rank(self, indicator: str, area: str = "", year: str = "") -> int:
        """The place, from the highest, of an area among itself and its statistical neighbours; ties share the better."""
        values, own = self._beside_neighbours(indicator, area, year)
        return 1 + int((values > own).sum())

    def rank_from_lowest(self, indicator: str, area: str = "", year: str = "") -> int:
        """The place from the lowest, otherwise as rank: where two share a value, neither has the lower one."""
        values, own = self._beside_neighbours(indicator, area, year)
        return 1 + int((values < own).sum())

    def _beside_neighbours(self, indicator: str, area: str, year: str) -> tuple[pd.Series, float]:
        """The values of an area and its neighbours, and the area's own. NoData when it has none."""
        values = self._among_neighbours(indicator, year)
        asked = area or self._tools.edition.area
        if asked not in values:
            rows = rows_with(self._tools.tables, "indicators", "indicator", [indicator])
            raise NoData(of_indicator(indicator, rows, self._tools.edition, asked, year))
        return values, values[asked]

    def compared_areas(self, indicator: str, year: str = "") -> int:
        """How many areas `rank` ranks: those of the ten neighbours with a published value, and this one."""
        return len(self._among_neighbours(indicator, year))

    def _among_neighbours(self, indicator: str, year: str) -> pd.Series:
        tables, edition = self._tools.tables, self._tools.edition
        for area in (edition.area, NEIGHBOURS):
            self._tools.weighed.add(f"{indicator}|{area}|{year or edition.year.label}")
        choice = _choice(indicator)
        for name in (choice["table"], "statistical_neighbours"):
            if name not in tables:
                raise NoData(of_table(name, edition))
        known = tables["statistical_neighbours"]
        areas = [*known.loc[known["model"].str.contains(MODEL), "area"], edition.area]
        rows = pick(tables[choice["table"]], choice["published"], choice["vintages"].split("|"))
        rows = rows[rows["area"].isin(areas) & (rows["year"] == (year or edition.year.label))]
        return rows[rows["category"] == "All"].dropna(subset=["value"]).set_index("area")["value"]

    def size_word(self, fact_id: str, since: str = "", area: str = "") -> str:
        """How a fact changed, in words of direction and size: see size_of_change."""
        year = self._tools.edition.year
        before = self._tools.fact(fact_id, area, since or year.previous.label)
        return size_of_change(before, self._tools.fact(fact_id, area, year.label))


def _fitting(pattern: str) -> list[str]:
    """The ids of the defined facts that fit a pattern. ValueError when none does."""
    found = [fact_id for fact_id in facts.definitions() if fnmatchcase(fact_id, pattern)]
    if not found:
        raise ValueError(f"no fact's id fits '{pattern}': see definitions/facts.csv")
    return found


def _months(periods: pd.Series, indicator: str) -> pd.Series:
    """The first days of months. ValueError when they are other periods."""
    months = pd.to_datetime(periods, format="%B %Y", errors="coerce")
    if months.isna().any():
        raise ValueError(f"'{indicator}' is not of months: {', '.join(map(str, periods))}")
    return months


def _leading(values: dict[str, Number | Withheld], count: int) -> list[str]:
    """The names of the largest values, the largest first; none where two of them, or the last and the next, are equal."""
    names = sorted(values, key=values.__getitem__, reverse=True)
    tied = any(values[one] == values[other] for one, other in pairwise(names[: count + 1]))
    return [] if tied else names[:count]


def _choice(indicator: str) -> dict[str, str]:
    if indicator not in choices():
        raise ValueError(f"'{indicator}' is not published for single neighbours, so that it cannot be ranked")
    return choices()[indicator]


def verbs(tools: Tools) -> list[Callable]:
    """Every verb, for the commentary's environment."""
    known = Verbs(tools)
    named = [getattr(known, name) for name in vars(Verbs) if not name.startswith("_")]
    return [about, share_of, share_word, *named]
