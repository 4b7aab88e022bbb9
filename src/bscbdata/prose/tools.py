"""The functions that commentary can call: facts, changes, the values of a series. Whatever is asked for is remembered."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from html import escape

import pandas as pd

from bscbdata import breaks, facts, gaps, numbers
from bscbdata.breaks import Side
from bscbdata.facts import Fact
from bscbdata.gaps import Gap, NoData
from bscbdata.indicators import definitions, written
from bscbdata.indicators.returns import counted_from
from bscbdata.period import ReportYear, in_runs, month_label
from bscbdata.places import Edition
from bscbdata.prose.markup import Written, fact_span, phone_link
from bscbdata.prose.number import SMALL_COUNT, Number, SmallCount, Withheld
from bscbdata.provenance import in_plain_words
from bscbdata.tables import rows_with


@dataclass
class Tools:
    """The functions of commentary for one edition. They raise FactError or NoData when it has no such number."""

    tables: Mapping[str, pd.DataFrame]
    edition: Edition
    used: dict[str, Fact] = field(default_factory=dict, init=False)
    crossed: set[str] = field(default_factory=set, init=False)  # the breaks that comparisons lead over
    caveats: set[str] = field(default_factory=set, init=False)  # and those that the text speaks of
    # what the claim at hand rests on: `id|area|year`
    weighed: set[str] = field(default_factory=set, init=False)
    series_told: dict[str, dict] = field(default_factory=dict, init=False)
    kinds_told: set[str] = field(default_factory=set, init=False)

    def fact(
        self,
        fact_id: str,
        area: str = "",
        year: str = "",
        decimals: int | None = None,
        unit: str | None = None,
    ) -> Number | Withheld:
        """The number, for the report's own area and year unless said otherwise."""
        found = self.compute(fact_id, area, year)
        side = self._side(found)
        if facts.is_disclosive(found):
            return Withheld(f"Fact '{fact_id}'")
        text = numbers.write(
            found.value,
            found.unit if unit is None else unit,
            found.decimals if decimals is None else decimals,
        )
        return Number(found.value, fact_span(found, text), side, self.crossed)

    def _side(self, found: Fact) -> Side | None:
        words = facts.placeholders(self.edition, found.area, found.year)
        return breaks.side(facts.definitions()[found.id], words, self.tables)

    def compute(self, fact_id: str, area: str = "", year: str = "") -> Fact:
        """The fact, remembered as one that readers are told. NoData where its return lacks a part of the year."""
        found = self._worked_out(fact_id, area, year)
        self.used[f"{fact_id}|{found.area}|{found.year}"] = found
        self.weighed.add(f"{fact_id}|{found.area}|{found.year}")
        return found

    def _worked_out(self, fact_id: str, area: str = "", year: str = "") -> Fact:
        found = facts.compute(fact_id, self.tables, self.edition, area, year)
        if lacking := gaps.of_part(self.tables, found.table, self.edition, found.year):
            raise NoData(*lacking)
        return found

    def direction(self, fact_id: str, since: str = "", area: str = "", year: str = "") -> str:
        """rose, fell slightly, changed little …: this year against `since` (last year unless said)."""
        return self._change(fact_id, since, area, year)[0]

    def change(self, fact_id: str, since: str = "", area: str = "", year: str = "") -> str:
        """`rose from 431.3 to 576.7`."""
        words, before, after = self._change(fact_id, since, area, year)
        return Written(f"{words} from {before} to {after}")

    def _change(self, fact_id: str, since: str, area: str, year: str) -> tuple[str, Number, Number]:
        """The words for a change, and the two numbers as they print."""
        before = self.fact(fact_id, area, since or self._before(year))
        after = self.fact(fact_id, area, year)
        return numbers.direction(before, after, self._decimals(fact_id)), before, after

    def _decimals(self, fact_id: str) -> int:
        return facts.definitions()[fact_id].decimals

    def change_pct(
        self, fact_id: str, since: str = "", area: str = "", year: str = "", decimals: int = 0
    ) -> Number | Withheld:
        """The change in per cent of the earlier value, without its sign."""
        before, after = (
            self.fact(fact_id, area, since or self._before(year)),
            self.fact(fact_id, area, year),
        )
        if before == 0:
            what = facts.definitions()[fact_id].label
            raise NoData(
                Gap(fact_id, what, gaps.NOT_AVAILABLE, "The earlier value is 0: no change in per cent.")
            )
        value = float(numbers.change_pct(before, after))
        shown = numbers.write(abs(value), "percent", decimals)
        earlier = since or self._before(year)
        return Number(
            value, fact_span(self.compute(fact_id, area, year), shown, how="change_pct", since=earlier)
        )

    def _before(self, year: str) -> str:
        return (ReportYear.parse(year) if year else self.edition.year).previous.label

    def roughly(self, fact_id: str, area: str = "", year: str = "") -> Number | Withheld:
        """`over 500,000`, `almost 60%`: the fact by the round number it lies near."""
        return self._in_words(fact_id, area, year, lambda found: numbers.roughly(found.value, found.unit))

    def span(self, fact_id: str, other: str, area: str = "", year: str = "") -> Number | Withheld:
        """`15% to 20%`: from one fact to another of the same unit."""
        high = self.fact(other, area, year)
        return self._in_words(
            fact_id,
            area,
            year,
            lambda low: numbers.span(low.value, high, low.unit, low.decimals),
            how="span",
            other=other,
        )

    def _in_words(
        self, fact_id: str, area: str, year: str, write: Callable[[Fact], str], **worked_out: str
    ) -> Number | Withheld:
        number, found = self.fact(fact_id, area, year), self.compute(fact_id, area, year)
        return (
            number
            if isinstance(number, Withheld)
            else Number(number, fact_span(found, write(found), **worked_out), number.side, number.crossed)
        )

    def difference(
        self, fact_id: str, other: str, area: str = "", unit: str = "", decimals: int | None = None
    ) -> Number | Withheld:
        """How far one fact lies from another (both of this area and year), without its sign."""
        first = self.compute(fact_id, area)
        value = float(self.fact(fact_id, area) - self.fact(other, area))
        shown = numbers.write(abs(value), unit, first.decimals if decimals is None else decimals)
        return Number(value, fact_span(first, shown, how="difference", other=other))

    def compared(self, fact_id: str, area: str, year: str = "") -> str:
        """higher than, close to or lower than another area's value."""
        own, other = self.fact(fact_id, "", year), self.fact(fact_id, area, year)
        return numbers.compared(own, other, self._decimals(fact_id))

    def caveat(self, break_id: str) -> str:
        """What a comparison in this section has to say of a break. ValueError when no break is called so."""
        if break_id not in breaks.declared():
            raise ValueError(f"No break is called '{break_id}'. Declare it in definitions/breaks.csv.")
        self.caveats.add(break_id)
        return Written(breaks.declared()[break_id].caveat)

    def caveats_due(self) -> str:
        """What the comparisons of this section so far have to say, and nothing where none leads over a break."""
        return Written(" ".join(self.caveat(name) for name in sorted(self.crossed - self.caveats)))

    def comes_from(self, *fact_ids: str) -> str:
        """What kind of numbers these facts are, in plain words: real, or made up, to match the real totals that were printed."""
        kinds = {self._worked_out(fact_id).provenance for fact_id in fact_ids}  # that tells no number
        self.kinds_told |= kinds
        mark = " .made-up" if kinds & {"illustrative", "mixed"} else ""
        return Written(f"[{in_plain_words(kinds, 'published_facts' in self.tables)}.]{{.kind{mark}}}")

    def phone(self, name: str) -> str:
        """The telephone number of a help line as a link that calls it. ValueError when there is no such line, NoData without the list."""
        if "help_lines" not in self.tables:
            raise NoData(gaps.of_table("help_lines", self.edition))
        lines = self.tables["help_lines"]
        found = lines[lines["name"] == name]["phone"].dropna()
        if found.empty:
            raise ValueError(f"No help line is called '{name}'. There are: {', '.join(lines['name'])}.")
        return Written(phone_link(str(found.iloc[0])))

    def series(self, indicator: str, category: str = "", area: str = "", year: str = "") -> pd.DataFrame:
        """The rows of an indicator for one area and year, with a value, in their order; of one category if given.

        NoData where a month or quarter of them is not there: the rest of a year tells neither its busiest nor its last.
        """
        self.weighed.add(f"{indicator}|{area or self.edition.area}|{year or self.edition.year.label}")
        every = self._every_row(indicator, area, year)
        rows = every[every["value"].notna()]
        rows = rows[rows["category"] == category] if category else rows
        if rows.empty:
            raise NoData(self._why_not(indicator, category, area, year))
        self._stop_where_periods_lack(every[every["category"] == category] if category else every, every)
        return rows

    def _every_row(self, indicator: str, area: str, year: str) -> pd.DataFrame:
        """The rows of an indicator for one area and year, those without a value too."""
        frame = rows_with(self.tables, "indicators", "indicator", [indicator])
        same = (frame["indicator"] == indicator) & (frame["area"] == (area or self.edition.area))
        return frame[same & (frame["year"] == (year or self.edition.year.label))]

    def _stop_where_periods_lack(self, rows: pd.DataFrame, every: pd.DataFrame) -> None:
        """Raise NoData where a series of months or quarters has not all of them, or one without a value."""
        first = every.iloc[0]
        periods = list(every["period"].unique())
        if len(periods) < 2 and not is_month(periods[0]):
            return
        if lacking := gaps.of_part(self.tables, first["table"], self.edition, first["year"]):
            raise NoData(*lacking)
        if first["provenance"] == "official" and all(map(is_month, periods)):
            periods = list(map(month_label, ReportYear.parse(first["year"]).months))
        valued = set(rows["period"]) - set(rows.loc[rows["value"].isna(), "period"])
        if absent := set(periods) - valued:
            raise not_told(first, f"There is no value for {in_runs(periods, absent)}.")

    def _why_not(self, indicator: str, category: str, area: str, year: str) -> Gap:
        """Why an indicator has no value. ValueError when there is no such indicator or category at all."""
        frame = rows_with(self.tables, "indicators", "indicator", [indicator])
        known = set(frame["category"])
        unknown = category and known and category not in known | self._names_in(counted_from(indicator))
        if indicator not in definitions() or unknown:
            raise ValueError(f"indicator '{indicator}' has no category '{category}', or is none")
        return gaps.of_indicator(indicator, frame, self.edition, area, year)

    def _names_in(self, table: str) -> set[str]:
        """The names that the lists of a return know, whether or not it has a row of each."""
        frame = self.tables.get(table, pd.DataFrame())
        listed = [frame[name].cat.categories for name in frame if hasattr(frame[name], "cat")]
        return {str(name) for names in listed for name in names}

    def highest(self, indicator: str, category: str = "", area: str = "", year: str = "") -> str:
        """The category with the highest value, or the period when the indicator has one category. NoData when several have it."""
        rows = without_total(self.series(indicator, category, area, year))
        if not category:
            self.stop_where_one_withheld_may_be_higher(rows, rows["value"].max())
        return self._only(rows, self.extreme(rows, "highest", category), category)

    def stop_where_one_withheld_may_be_higher(self, rows: pd.DataFrame, than: float) -> None:
        """Raise NoData where categories are without a value that together may be more than one of those shown."""
        first = rows.iloc[0]
        every = self._every_row(first["indicator"], first["area"], first["year"])
        if every["value"].notna().all():
            return
        whole = 100 if first["unit"] in numbers.PERCENT else self._whole(every)
        if whole - rows["value"].sum() > than:
            raise not_told(first, "Too much of it is withheld in the source to say what comes first.")

    def _whole(self, every: pd.DataFrame) -> float:
        """What the categories of a count add up to: their total, or what their shares are of; endless where nothing tells."""
        first = every.iloc[0]
        shares = self._every_row(f"{first['indicator']}_pct", first["area"], first["year"])
        told = [*every.loc[every["category"] == "All", "value"], *shares["denominator"].dropna()]
        return float(max(told, default=float("inf")))

    def lowest(self, indicator: str, category: str = "", area: str = "", year: str = "") -> str:
        """The category with the lowest value, or the period when the indicator has one category. NoData as for highest."""
        rows = without_total(self.series(indicator, category, area, year))
        if self._every_row(indicator, area, year)["value"].isna().any():
            raise not_told(
                rows.iloc[0], "One of it is withheld or missing in the source, and may be the lowest."
            )
        return self._only(rows, self.extreme(rows, "lowest", category), category)

    def _only(self, rows: pd.DataFrame, extreme: pd.DataFrame, category: str) -> str:
        """The name of the one row with the extreme value; NoData, which names none, when several share it."""
        first = rows.iloc[0]
        every = without_total(self._every_row(first["indicator"], first["area"], first["year"]))
        named = "period" if category or every["category"].nunique() == 1 else "category"
        found = extreme[named].unique()
        if len(found) > 1:
            raise not_told(first, f"There is no single {named} of that kind: several share the value.")
        return str(found[0])

    def extreme(self, rows: pd.DataFrame, how: str, category: str) -> pd.DataFrame:
        """The rows with the highest or lowest value. SmallCount where it rests on few children: who reads its name knows
        which of the withheld numbers is the small one, and which was withheld for its sake."""
        self.tell(rows, how, category)
        found = rows[rows["value"] == rows["value"].agg({"highest": "max", "lowest": "min"}[how])]
        if _rests_on_few(found.iloc[0]):
            raise SmallCount(f"Indicator '{found.iloc[0]['indicator']}' {SMALL_COUNT}")
        return found

    def first(self, indicator: str, category: str = "", area: str = "", year: str = "") -> Number | Withheld:
        """The first value of an indicator in the year."""
        return self.series_value(self.series(indicator, category, area, year).iloc[0])

    def last(self, indicator: str, category: str = "", area: str = "", year: str = "") -> Number | Withheld:
        """The last value of an indicator in the year."""
        return self.series_value(self.series(indicator, category, area, year).iloc[-1])

    def tell(self, rows: pd.DataFrame, how: str, category: str = "", period: str = "") -> None:
        """Remember what a sentence says of a series of children: a value, or which one is the highest or the lowest."""
        first = rows.iloc[0]
        if facts.counts_children(first["table"]):
            named = {name: str(first[name]) for name in ("indicator", "area", "year")}
            said = {**named, "category": category, "period": period, "how": how}
            self.series_told |= {json.dumps(said, sort_keys=True): said}

    def told(self) -> dict[str, list[dict]]:
        """The facts about children, and what was said of series, in everything rendered so far: for the proof."""
        used = [fact for fact in self.used.values() if any(map(facts.counts_children, fact.sources))]
        told = [{"fact": fact.id, "area": fact.area, "year": fact.year} for fact in used]
        return {"facts": told, "series": list(self.series_told.values())}

    def series_value(self, row: pd.Series) -> Number | Withheld:
        self.tell(row.to_frame().T, "value", str(row["category"]), str(row["period"]))
        if _rests_on_few(row):
            return Withheld(f"Indicator '{row['indicator']}'")
        text = written(row["indicator"], row["value"])
        names = {"fact": "indicator"} | {name: name for name in ("area", "year", "category", "period")}
        place = "".join(f' data-{name}="{escape(str(row[column]))}"' for name, column in names.items())
        return Number(row["value"], f'<span class="fact"{place}>{text}</span>')


def without_total(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of a series without their total, where there is more than the total."""
    told_apart = rows[rows["category"] != "All"]
    return rows if told_apart.empty else told_apart


def _rests_on_few(row: pd.Series) -> bool:
    """Whether a value of a series is, or is built on, a count of one to five children that others have not published."""
    official = row["provenance"] == "official" or not facts.counts_children(row["table"])
    return not official and any(map(facts.is_few, _counts_told(row, definitions()[row["indicator"]]["unit"])))


def _counts_told(row: pd.Series, unit: str) -> list[float]:
    """The counts that a reader learns from a value of a series: itself, or its numerator; of a share also the rest of the
    whole, and of an average over children how many they are."""
    if pd.isna(row["numerator"]):
        return [row["value"]]
    parts = [row["numerator"]]
    if unit not in numbers.PERCENT and facts.has_a_row_a_child(row["table"]):
        parts.append(row["denominator"])
    return [*parts, row["denominator"] - parts[0]] if unit in numbers.PERCENT else parts


@cache
def is_month(period: str) -> bool:
    """Whether a period is a month, `April 2015`."""
    return not pd.isna(pd.to_datetime(period, format="%B %Y", errors="coerce"))


def not_told(row: pd.Series, why: str) -> NoData:
    """The NoData to raise where an indicator's values do not allow a statement; `why` is a sentence."""
    return NoData(Gap(row["table"], definitions()[row["indicator"]]["title"], gaps.NOT_AVAILABLE, why))
