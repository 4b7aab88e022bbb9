"""What an analyst asks between two reports: what there is, how it looks, what is odd, what a rule would cost."""

from collections.abc import Iterator, Sequence

import altair as alt
import pandas as pd

from bscbdata import breaks, disclosure, facts, numbers, quality
from bscbdata.figures import style
from bscbdata.indicators import counted, definitions
from bscbdata.lists import near
from bscbdata.period import month_label
from bscbdata.places import slug
from bscbdata.reports.figures import ReportFigures
from bscbdata.sources import load_source, source_names
from bscbdata.tables import Listing

MOST_SERIES = 4  # more lines than these cannot be told apart in grey


class ReportExplorer(ReportFigures):
    """What an analyst asks of a report. Every answer is a DataFrame, an Altair chart or Python to paste."""

    def catalogue(self, words: str = "") -> pd.DataFrame:
        """Every table and indicator of a report with its meaning; with `words`, those that speak of all of them.

        Columns: name, kind (table or indicator), title, meaning, unit, rows, years, provenance.

        >>> report.catalogue("section 47 per 10,000")["name"].tolist()
        ['section_47_enquiries_rate_per_10000']
        """
        found = pd.DataFrame([*_tables(self), *_indicators(self)])
        text = found[["name", "title", "meaning"]].agg(" ".join, axis=1).str.casefold()
        for word in words.casefold().split():
            found = found[text.loc[found.index].str.contains(word, regex=False)]
        return _listed(found.reset_index(drop=True), f"No table or indicator speaks of '{words}'.")

    def compare(self, indicator: str, areas: list[str] | str | None = None) -> pd.DataFrame:
        """An indicator with a row for each year and a column for each area, in the order of a comparison chart.

        ValueError for an indicator that has several values a year: take its rows from `report.indicator`.

        >>> float(report.compare("referrals_rate_per_10000").loc["2015-16", "England"])
        532.2
        """
        areas = _areas_asked(self, indicator, areas)
        frame = self.indicator(indicator, areas or self.areas)
        if frame.duplicated(["year", "area"]).any():
            raise ValueError(f"'{indicator}' has several values a year: take its rows from report.indicator.")
        turned = frame.pivot(index="year", columns="area", values="value")
        return turned[[area for area in areas or self.areas if area in turned]].rename_axis(columns=None)

    def chart(
        self, indicator: str, areas: list[str] | str | None = None, categories: list[str] | None = None
    ) -> alt.LayerChart | alt.Chart:
        """An indicator as the report would draw it: years as lines, months and quarters as columns, parts as bars.

        Small counts of children are withheld first, so that what is drawn may be published. ValueError when there is
        nothing to draw, or more lines than can be told apart: then name at most four `categories`.

        >>> report.chart("referrals_rate_per_10000").data.columns.tolist()
        ['year', 'area', 'value', 'vintage']
        """
        areas = _areas_asked(self, indicator, areas)
        frame = self.indicator(indicator, areas or self.areas)
        frame = frame[frame["category"].isin(categories)] if categories else frame
        yearly = not frame.duplicated(["year", "area"]).any()
        if yearly and frame["year"].nunique() > 1:
            return _by_year(self, indicator, frame, areas)
        own = frame[frame["area"] == (areas or [self.edition.area])[0]]
        last = own[own["year"] == own["year"].max()]
        if yearly and frame["area"].nunique() > 1 or len(last) < 2:
            return _by_area(indicator, frame[frame["year"] == frame["year"].max()])
        return _within_a_year(self, indicator, last)

    def figure_cell(self, indicator: str, key: str, areas: list[str] | str | None = None) -> str:
        """The cell of a chapter that makes a figure of an indicator: Python to paste, with a headline to write.

        It has the label, the measure, the tables and the units that the chart needs; the figure itself says where
        lines break.

        >>> print(report.figure_cell("mash_enquiries", key="hub").splitlines()[0])
        #| label: fig-hub
        """
        areas, key = _areas_asked(self, indicator, areas), slug(key)
        drawn = self.chart(indicator, areas).data
        known, tables = definitions()[indicator], sorted(set(self.indicator(indicator)["table"]))
        # a chart of areas names them
        place = "" if "area" in drawn else f", {(areas or [self.edition.area])[0]}"
        asked = f", areas={areas!r}".replace("'", '"') if areas else ""
        lines = [
            f"#| label: fig-{key}",
            f"#| fig-cap: {known['title']}",
            "report.figure(",
            f'    report.chart("{indicator}"{asked}),',
            f'    key="{key}",',
            '    headline="",  # what it shows: numbers as facts, {{ fact("…") }}',
            f'    measure="{known["title"]}{place}",',
            f"    tables={tables!r},".replace("'", '"'),
            '    labels={"year": "Year", "period": "Period", "category": "Part", "value": "'
            + _title(indicator)
            + '"},',
            f"    decimals={known['decimals'] or 0},",
            *(['    unit={"value": "percent"},'] if known["unit"] == "percent" else []),
            ")",
        ]
        return "\n".join(lines)

    def odd_months(self, table: str = "", by: str = "") -> pd.DataFrame:
        """The months of returns that stand out among their year's, by the rule that `bscb check` uses; of one table, or all.

        Columns: table, column, part (a value of the column `by`), month, value, middle (the middle month's). It may show
        small counts: it is for the analyst, not for a page.

        >>> report.odd_months("contacts", by="source")[["part", "month"]].values.tolist()
        [['Schools', 'August 2015']]
        """
        names = [table] if table else [name for name in source_names() if name in self._tidy]
        rows = [row for name in names for row in _odd_in(name, self.table(name), by)]
        found = pd.DataFrame(rows, columns=["table", "column", "part", "month", "value", "middle"])
        returns = [name for name in names if not load_source(name).official]
        none = (
            f"No month stands out in {table or 'any return'}." if returns else "No return is here to look at."
        )
        return _listed(found, none)

    def try_rule(
        self, table: str | pd.DataFrame, count: str, by: list[str] | str, highest: Sequence[int] = (3, 5, 10)
    ) -> pd.DataFrame:
        """What a table would lose if counts up to each of `highest` were withheld, with the partners that keep them from
        being found.

        The counts are first added up by the columns `by`. Columns: withheld (the rule), in_force, cells, small, partners,
        cells_withheld_pct, counted_withheld_pct (of what is counted, how much is no longer shown). Nothing is changed.

        >>> report.try_rule("placements", "children", ["placement"], [5])["small"].tolist()
        [0]
        """
        frame = self.table(table) if isinstance(table, str) else table
        return disclosure.try_rule(frame, count, by, highest)


def _listed(frame: pd.DataFrame, none: str) -> Listing:
    """The frame as a notebook shows it best, and what it says when it has no row."""
    found = Listing(frame)
    found.attrs["none"] = none
    return found


def _tables(report: ReportFigures) -> Iterator[dict]:
    for name in (name for name in source_names() if name in report.tracer.tables):
        source, frame = load_source(name), report.tracer.tables[name]
        said = {"name": name, "kind": "table", "title": source.title, "meaning": source.meaning, "unit": ""}
        yield said | {"rows": len(frame), "years": "", "provenance": report.provenance([name])}


def _indicators(report: ReportFigures) -> Iterator[dict]:
    frame = report.tracer.tables["indicators"]
    frame = frame[frame["year"] <= report.edition.year.label]
    for name, rows in frame.groupby("indicator", sort=True):
        known = definitions()[name]
        first, last = rows["year"].min(), rows["year"].max()
        yield {
            "name": name,
            "kind": "indicator",
            "title": known["title"],
            "meaning": counted(known),
            "unit": known["unit"],
            "rows": len(rows),
            "years": first if first == last else f"{first} to {last}",
            "provenance": ", ".join(sorted(rows["provenance"].unique())),
        }


def _areas_asked(report: ReportFigures, indicator: str, areas: list[str] | str | None) -> list[str] | None:
    """The areas that somebody named, one or several. KeyError names one that the indicator has no value for."""
    if areas is None:
        return None
    asked = [areas] if isinstance(areas, str) else list(areas)
    there = report.indicator(indicator)["area"].astype("str").unique()
    for area in asked:
        if area not in there:
            known = near(area, there) or f" There are: {', '.join(there)}."
            raise KeyError(f"'{indicator}' has no value for '{area}'.{known}")
    return asked


def _title(indicator: str) -> str:
    known = definitions()[indicator]
    return "Per cent" if known["unit"] == "percent" else known["unit"].capitalize()


def _format(indicator: str) -> str:
    return f",.{definitions()[indicator]['decimals']}f"


def _by_year(
    report: ReportFigures, indicator: str, frame: pd.DataFrame, areas: list[str] | None
) -> alt.LayerChart:
    if areas is None and list(frame["category"].unique()) == ["All"]:
        return report.comparison(indicator, _title(indicator))
    _few_enough(indicator, frame["area"], "areas")
    drawn = frame.dropna(subset=["value"])[["year", "area", "value", "vintage"]]
    drawn = breaks.with_empty_years(
        drawn.astype({"year": "str", "area": "str"}), areas or list(drawn["area"].unique())
    )
    rules = {rule.year: rule.counted_anew for rule in breaks.rules(indicator, drawn)}
    return _named(style.lines(drawn, "year", "value", "area", _title(indicator), breaks=rules), indicator)


def _by_area(indicator: str, frame: pd.DataFrame) -> alt.LayerChart:
    if len(frame) < 2:
        found = ", ".join(f"{row.value:,g} ({row.area}, {row.year})" for row in frame.itertuples())
        raise ValueError(
            f"'{indicator}' has nothing to compare, so there is nothing to draw: {found or 'no rows'}."
        )
    drawn = frame[["area", "value"]]
    return _named(style.bars(drawn, "area", "value", _title(indicator), _format(indicator)), indicator)


def _within_a_year(report: ReportFigures, indicator: str, frame: pd.DataFrame) -> alt.LayerChart | alt.Chart:
    """One area and year: by month or quarter, by part, or by both."""
    periods, parts = frame["period"].nunique(), frame["category"].nunique()
    months = periods == len(frame)  # where the category only says the month again, it is no part
    drawn = _shown(
        report, frame, ["period"] if months else ["category"] if periods == 1 else ["period", "category"]
    )
    if months:
        made = style.columns(drawn, "period", "value", _title(indicator), _format(indicator))
    elif periods == 1:
        made = style.bars(drawn, "category", "value", _title(indicator), _format(indicator))
    else:
        _few_enough(indicator, drawn["category"], "categories")
        draw = style.lines if _is_share(indicator) or parts == 1 else style.stacked
        made = draw(drawn, "period", "value", "category", _title(indicator))
    return _named(made, indicator)


def _shown(report: ReportFigures, frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The columns that are drawn, small counts of children withheld."""
    drawn = frame[[*by, "value"]].reset_index(drop=True)
    children = any(facts.counts_children(name) for name in frame["table"].unique())
    if not children or _is_share(frame["indicator"].iloc[0]) or set(frame["provenance"]) == {"official"}:
        return drawn
    shown = report.protect(drawn.astype({"value": "Int64"}), "value", by)
    if shown["value"].isna().all():
        raise ValueError(
            "Every count is withheld, so there is nothing to draw: all are small, or give a small one away."
        )
    return shown


def _is_share(indicator: str) -> bool:
    known = definitions()[indicator]
    return known["unit"] in numbers.PERCENT or known["unit"].startswith("per ") or int(known["decimals"]) > 0


def _few_enough(indicator: str, values: pd.Series, what: str) -> None:
    names = list(values.unique())
    if len(names) > MOST_SERIES:
        raise ValueError(
            f"'{indicator}' has {len(names)} {what}, and {MOST_SERIES} can be told apart: "
            f"name some, {what}={names[:MOST_SERIES]}. There are: {', '.join(names)}."
        )


def _named(drawn: alt.LayerChart | alt.Chart, indicator: str) -> alt.LayerChart | alt.Chart:
    drawn.usermeta = {"indicators": [indicator]}
    return drawn


def _odd_in(name: str, frame: pd.DataFrame, by: str) -> Iterator[tuple]:
    source = load_source(name)
    month = next((column.name for column in source.columns if column.kind == "month"), "")
    if by and by not in frame:
        raise KeyError(f"Table '{name}' has no column '{by}'. There are: {', '.join(frame.columns)}.")
    if not month or source.official:
        return
    for column in (column.name for column in source.columns if column.kind == "count"):
        for part, rows in frame.groupby(by, observed=True) if by else [("", frame)]:
            counts = rows.groupby(month)[column].sum()
            for day, value in quality.odd(counts).items():
                yield name, column, part, month_label(day), int(value), float(counts.median())
