"""Indicators from the agencies' returns: contacts to missing episodes (figures 5, 8 to 10, 15 to 17 and 21 to 23).

`returns.csv` says for each which `measure` of which table: the `count` of a column (none: the rows, with nought for a
category that a period lacks), each category's `share`, the `part` of all for which a condition holds, or the `average` by
row or `per` value of a column; in which `period`, by which `category`, of which `rows`. Conditions are pandas expressions;
`each_row` is 1 in every row. What takes more than that is a `function` below. Every measure gives rows of the long table,
whose units come from definitions.csv. Small counts are still there: what is shown passes through disclosure control first.
"""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pandas as pd

from bscbdata.indicators import definitions
from bscbdata.indicators.measures import open_at, share_pct, with_rows, working_days_between
from bscbdata.lists import read_list
from bscbdata.period import ReportYear, month_end, month_label, year_of
from bscbdata.provenance import combined, join_rows
from bscbdata.sources import load_source
from bscbdata.tables import INDICATOR_COLUMNS

AREA = "Buckinghamshire"
VINTAGE = "as returned"
LIMIT_WORKING_DAYS = 45
SCHOOLS, OTHERS = "Schools", "All other sources"
EXPLOITATION = ("CSE", "CSE and missing")
LAST_QUARTER_MONTHS = (1, 2, 3)


def compute(tables: Mapping[str, pd.DataFrame], year: str) -> pd.DataFrame:
    """Every indicator of the returns that are there (columns: tables.INDICATOR_COLUMNS)."""
    report_year = ReportYear.parse(year)
    frames = [
        _completed(rows, tables[name], name)
        for name in tables_counted()
        if name in tables
        for rows in _measured(name, with_rows(tables[name]), report_year)
    ]
    empty = pd.DataFrame(columns=list(INDICATOR_COLUMNS))
    return pd.concat(frames, ignore_index=True) if frames else empty


def of_whole_years(rows: pd.DataFrame, tables: Mapping[str, pd.DataFrame], year: str) -> pd.DataFrame:
    """The rows without those of the whole year, or of its end, where a return lacks months or quarters of it."""
    report_year = ReportYear.parse(year)
    there = [name for name in tables_counted() if name in tables]
    # some tell the quarters of the year before too
    ends = {
        report_year: _ending_with(report_year),
        report_year.previous: (_year_ending(report_year.previous.label),),
    }
    for asked, periods in ends.items():
        parts = [name for name in there if not _is_whole(tables[name], name, asked)]
        rows = rows[~(rows["table"].isin(parts) & rows["period"].isin(periods))]
    return rows


@cache
def measures() -> tuple[dict[str, str], ...]:
    """The rows of `returns.csv`."""
    return tuple(read_list(Path(__file__).parent / "returns.csv"))


def tables_counted() -> list[str]:
    """The tables of returns that indicators are counted from."""
    return list(dict.fromkeys(measure["table"] for measure in measures()))


def counted_from(indicator: str) -> str:
    """The table of returns that an indicator is counted from; empty for one that is not."""
    return next((measure["table"] for measure in measures() if measure["indicator"] == indicator), "")


def _measured(name: str, frame: pd.DataFrame, year: ReportYear) -> list[pd.DataFrame]:
    """What is counted from one table."""
    own = [measure for measure in measures() if measure["table"] == name]
    declared = [_one(measure, frame, year) for measure in own if measure["measure"] != "function"]
    return [*declared, *(FUNCTIONS[name](frame, year) if name in FUNCTIONS else [])]


def _one(measure: dict[str, str], frame: pd.DataFrame, year: ReportYear) -> pd.DataFrame:
    """One row of `returns.csv`."""
    frame = frame.assign(each_row=1)
    chosen = frame.query(measure["rows"], engine="python") if measure["rows"] else frame
    timed = PERIODS[measure["period"]](chosen, year)
    indicator, count, category = measure["indicator"], measure["count"], measure["category"]
    if measure["measure"] == "part":
        return part_of(timed, timed.eval(measure["part"], engine="python"), indicator, count, category)
    if measure["measure"] == "average":
        return average(timed, indicator, count, timed[measure["per"]] if measure["per"] else None)
    return {"count": counts, "share": shares}[measure["measure"]](timed, indicator, count, category)


def _ending_with(year: ReportYear) -> tuple[str, ...]:
    """The spells that are of the whole year or end with it."""
    return _year_ending(year.label), _last_months(year), _last_day(year)


def _is_whole(frame: pd.DataFrame, table: str, year: ReportYear) -> bool:
    """Whether every month or quarter is there that should be: a sum of nine months is none of a year."""
    source = load_source(table)
    return not source.counted_by or not source.lacking(frame[source.counted_by].dropna(), year)


def _completed(rows: pd.DataFrame, source: pd.DataFrame, table: str) -> pd.DataFrame:
    """Rows of a measure in the shape of the long table."""
    missing = {name: float("nan") for name in ("numerator", "denominator") if name not in rows}
    full = rows.assign(**missing, area=AREA, vintage=VINTAGE, table=table)
    full["unit"] = full["indicator"].map(lambda name: definitions()[name]["unit"])
    full["status"] = full["value"].notna().map({True: "shown", False: "not_applicable"})
    full["provenance"] = combined(source["provenance"].astype("str"))
    return full[list(INDICATOR_COLUMNS)]


# ---- periods ----------------------------------------------------------------------------------------------------


def by_month(frame: pd.DataFrame, column: str = "month") -> pd.DataFrame:
    """The frame in order of a date, with the month as its period, `April 2015`."""
    ordered = frame.sort_values(column, kind="stable")
    years = ordered[column].map(lambda day: year_of(day).label)
    return ordered.assign(period=ordered[column].map(month_label), year=years)


def by_quarter(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame in order of its quarter, `2015-16 Q1`, with that as its period."""
    ordered = frame.sort_values("quarter", kind="stable")
    return ordered.assign(period=ordered["quarter"], year=ordered["quarter"].str[:7])


def by_year(frame: pd.DataFrame, year: ReportYear | None = None) -> pd.DataFrame:
    """The frame with the year to 31 March as its period: the one given, or each quarter's own."""
    years = frame["quarter"].str[:7] if year is None else pd.Series(year.label, index=frame.index)
    return frame.assign(year=years, period=years.map(_year_ending))


def months_together(frame: pd.DataFrame, year: ReportYear) -> pd.DataFrame:
    """The frame with all its months as one period, `October 2015 to March 2016`."""
    months = frame["month"].sort_values()
    spell = f"{month_label(months.iloc[0])} to {month_label(months.iloc[-1])}" if len(months) else ""
    return frame.assign(year=year.label, period=spell)


PERIODS: dict[str, Callable[[pd.DataFrame, ReportYear], pd.DataFrame]] = {
    "month": lambda frame, _: by_month(frame),
    "month of meeting": lambda frame, _: by_month(frame, "meeting"),
    "months together": months_together,
    "quarter": lambda frame, _: by_quarter(frame),
    "year": lambda frame, year: by_year(frame, year),
    "year of quarter": lambda frame, _: by_year(frame),
}


def _year_ending(label: str) -> str:
    return f"year ending 31 March {ReportYear.parse(label).end.year}"


# ---- shapes of measure ------------------------------------------------------------------------------------------


def counts(frame: pd.DataFrame, indicator: str, count: str = "", category: str = "") -> pd.DataFrame:
    """Sum of a count by period and category; `All` where no category is named.

    Without a count the rows themselves are counted, and a category that a period lacks counts nothing.
    """
    sized = frame.assign(
        counted=frame[count].astype("float64") if count else 1.0,
        category=frame[category].astype("str") if category else "All",
    )
    if category:
        order = {name: place for place, name in enumerate(_categories(frame[category]))}
        sized = sized.assign(place=sized["category"].map(order), turn=pd.factorize(sized["period"])[0])
        sized = sized.sort_values(["turn", "place"], kind="stable")
    grouped = sized.groupby(["year", "period", "category"], sort=False, as_index=False)
    sums = grouped.agg(counted=("counted", "sum"), source_rows=("source_rows", join_rows))
    listed = sums if count or not category else _with_nothing(sums, _categories(frame[category]))
    return listed.rename(columns={"counted": "value"}).assign(indicator=indicator)


def _with_nothing(sums: pd.DataFrame, categories: list[str]) -> pd.DataFrame:
    """The sums, with a row of nothing for each category that a period lacks."""
    whole = (
        sums[["year", "period"]].drop_duplicates().merge(pd.Series(categories, name="category"), how="cross")
    )
    return whole.merge(sums, how="left").fillna({"counted": 0.0, "source_rows": ""})


def _categories(values: pd.Series) -> list[str]:
    """Categories in print order, or in order of size where they have no order of their own."""
    ordered = isinstance(values.dtype, pd.CategoricalDtype)
    return [str(name) for name in (values.cat.categories if ordered else sorted(values.dropna().unique()))]


def shares(frame: pd.DataFrame, indicator: str, count: str, category: str) -> pd.DataFrame:
    """Each category's share of its period's total, in per cent, with numerator and denominator."""
    top = counts(frame, indicator, count, category)
    periods = top.groupby(["year", "period"])
    whole, rows = periods["value"].transform("sum"), periods["source_rows"].transform(join_rows)
    shared = share_pct(top["value"], whole)
    return top.assign(numerator=top["value"], denominator=whole, value=shared, source_rows=rows)


def part_of(
    frame: pd.DataFrame, chosen: pd.Series, indicator: str, count: str = "", category: str = ""
) -> pd.DataFrame:
    """The share of chosen rows' counts in all, by period and category, with numerator and denominator."""
    whole = counts(frame, indicator, count, category)
    part = counts(frame[chosen], indicator, count, category)
    keys = ["year", "period", "category"]
    both = whole.merge(part[[*keys, "value"]], on=keys, how="left", suffixes=("", "_part"))
    top = both["value_part"].fillna(0.0)
    return both.assign(numerator=top, denominator=both["value"], value=share_pct(top, both["value"])).drop(
        columns="value_part"
    )


def average(frame: pd.DataFrame, indicator: str, count: str, over: pd.Series | None = None) -> pd.DataFrame:
    """A count per row, or per distinct value of `over` (a quarter, a meeting), in each year."""
    total = counts(frame, indicator, count)
    units = (
        frame.assign(over=frame.index if over is None else over).groupby("year", sort=False)["over"].nunique()
    )
    base = total["year"].map(units).astype("float64")
    return total.assign(numerator=total["value"], denominator=base, value=total["value"] / base)


# ---- what takes more than a row of returns.csv ---------------------------------------------------------------------


def contact_conversion(frame: pd.DataFrame, year: ReportYear) -> list[pd.DataFrame]:
    """The share of contacts that became referrals: by month, in the year, and in its last quarter."""
    return [
        _conversion(by_month(frame), "contact_to_referral_by_month_pct"),
        _conversion(by_year(frame, year), "contact_to_referral_pct"),
        _conversion(_last_quarter(frame, year), "contact_to_referral_last_quarter_pct"),
    ]


def _conversion(frame: pd.DataFrame, indicator: str) -> pd.DataFrame:
    """Contacts that became referrals as a share of contacts: schools, all other sources, and all."""
    grouped = frame.assign(group=frame["source"].astype("str").where(frame["source"] == SCHOOLS, OTHERS))
    parts = [
        part_of(grouped, grouped["outcome"] == "Referral", indicator, "contacts", category)
        for category in ("", "group")
    ]
    return pd.concat(parts, ignore_index=True)


def _last_quarter(frame: pd.DataFrame, year: ReportYear) -> pd.DataFrame:
    rows = frame[frame["month"].dt.month.isin(LAST_QUARTER_MONTHS)]
    return rows.assign(year=year.label, period=_last_months(year))


def _last_day(year: ReportYear) -> str:
    return f"31 March {year.end.year}"


def _last_months(year: ReportYear) -> str:
    return f"January to March {year.end.year}"


def assessments(frame: pd.DataFrame, year: ReportYear) -> list[pd.DataFrame]:
    """Assessments by month of authorisation, how many in time, and those open beyond the limit at the year's end."""
    authorised = frame[frame["authorised"].notna()]
    days = working_days_between(authorised["started"], authorised["authorised"])
    timed = by_month(authorised.assign(in_time=days <= LIMIT_WORKING_DAYS), "authorised")
    return [
        counts(timed, "assessments_authorised_by_month"),
        part_of(timed, timed["in_time"], "assessments_in_45_working_days_by_month_pct"),
        _open_too_long(frame, year),
    ]


def _open_too_long(frame: pd.DataFrame, year: ReportYear) -> pd.DataFrame:
    """Open assessments past the limit: without them the share in time flatters."""
    still_open = frame[frame["authorised"].isna()]
    end = pd.Series(pd.Timestamp(year.end), index=still_open.index)
    late = working_days_between(still_open["started"], end) > LIMIT_WORKING_DAYS
    row = {"year": year.label, "period": _last_day(year), "category": "All"}
    row |= {"indicator": "assessments_open_over_45_working_days", "value": float(late.sum())}
    return pd.DataFrame([row | {"source_rows": join_rows(still_open.loc[late, "source_rows"])}])


def private_fostering(frame: pd.DataFrame, year: ReportYear) -> list[pd.DataFrame]:
    """Children privately fostered at each month's end, and arrangements begun and ended in each month."""
    ends = [pd.Timestamp(month_end(day)) for day in year.months]
    open_then = [open_at(frame["started"], frame["ended"], end) for end in ends]
    begun, ended = (_in_months(frame[column], year) for column in ("started", "ended"))
    named = {
        "privately_fostered_at_month_end": open_then,
        "private_fostering_started": begun,
        "private_fostering_ended": ended,
    }
    months = {"period": [month_label(day) for day in year.months], "category": "All", "year": year.label}
    return [
        pd.DataFrame({**months, **_counted(chosen, frame), "indicator": name})
        for name, chosen in named.items()
    ]


def _in_months(days: pd.Series, year: ReportYear) -> list[pd.Series]:
    """For each month of the year, which of the days fall in it."""
    return [(days.dt.year == day.year) & (days.dt.month == day.month) for day in year.months]


def _counted(chosen: list[pd.Series], frame: pd.DataFrame) -> dict[str, list]:
    """How many rows each choice picks, and which."""
    rows = [join_rows(frame.loc[picked.fillna(False), "source_rows"]) for picked in chosen]
    return {"value": [float(picked.sum()) for picked in chosen], "source_rows": rows}


def mserac_female(frame: pd.DataFrame, year: ReportYear) -> list[pd.DataFrame]:
    """The share of girls and women in new cases of exploitation at M-SERAC, and in those who were missing too."""
    cases = by_year(frame, year)
    exploited = {
        "All exploitation cases": cases[cases["type"].isin(EXPLOITATION)],
        "CSE and missing": cases[cases["type"] == "CSE and missing"],
    }
    return [
        part_of(rows, rows["sex"] == "Female", "mserac_cases_female_pct").assign(category=name)
        for name, rows in exploited.items()
    ]


FUNCTIONS: dict[str, Callable[[pd.DataFrame, ReportYear], list[pd.DataFrame]]] = {
    "contacts": contact_conversion,
    "assessments": assessments,
    "private_fostering": private_fostering,
    "mserac_cases": mserac_female,
}
