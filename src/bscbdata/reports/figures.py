"""The texts and figures of a report: each is checked for disclosure, and carries the traces of its numbers."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import altair as alt
import pandas as pd

from bscbdata import breaks, coverage, facts, gaps, numbers, tracing
from bscbdata.facts import Fact
from bscbdata.figures import chart_literals, chart_words, crosstab, style
from bscbdata.figures.figure import Figure, figure_definition
from bscbdata.figures.published_table import Published, reads_as_numbers, without_markup
from bscbdata.findings import DataStop, Finding, as_told, failure, warning
from bscbdata.gaps import NoData
from bscbdata.indicators import definition_line
from bscbdata.lab import readable
from bscbdata.prose import acting, told_in_words, unwritten
from bscbdata.reports.protection import ReportProtection

BETWEEN = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.S)  # what is asked for between words
MOST_DEFINED = 3  # indicators that the foot of a figure defines; of more, the appendix of definitions tells
NO_WORDS = "*Nobody has written about this yet.*"  # in a draft


@dataclass(frozen=True)
class Text:
    """Rendered commentary: Markdown that JupyterLab, Quarto and the stitcher all read."""

    markdown: str
    findings: list = field(default_factory=list)
    told: Mapping[str, object] = field(default_factory=dict)  # the facts and series it used, for the proof

    def _repr_mimebundle_(self, include: object = None, exclude: object = None):
        return {"text/markdown": readable(self.markdown), "text/plain": self.markdown}, {
            "bscb": {"findings": as_told(self.findings), **self.told}
        }


class ReportFigures(ReportProtection):
    """What a chapter writes: commentary rendered, charts and tables with their words, source and provenance."""

    def prose(self, section: str) -> Text:
        """A section of the year's commentary with its numbers in it; of one that nobody wrote, that it is not there.

        >>> "fact(" in report.prose("neglect").markdown
        False
        """
        if section not in self.commentary and self.edition.official_alone:
            return Text("")  # it has no authors to remind
        if section not in self.commentary:
            return Text(NO_WORDS, [unwritten(self.project, self.edition, section, self.commentary)])
        text, name = self.commentary[section]
        before = len(self.writer.findings)
        place = f"commentary/{self.project.text_name(name)}, section {section}"
        markdown = self.writer.render(text, place)
        if acts := acting(text, markdown):
            advice = "Commentary is Markdown alone: write it without HTML."
            said = "The text holds something that could act on a page."
            raise DataStop(
                [failure("commentary", said, file=place, value=each, advice=advice) for each in acts]
            )
        return self.text(markdown, self.writer.findings[before:], self.writer.told())

    def text(
        self, markdown: str, findings: list | None = None, told: Mapping[str, object] | None = None
    ) -> Text:
        """Markdown as a Text, with the traces of the numbers in it."""
        traces = tracing.as_told(tracing.trace_shown(self.tracer, markdown))
        return Text(markdown, findings or [], {**(told or {}), "trace": traces})

    def coverage(self, guidance: str) -> Text:
        """What a guidance asks of such a report and where this one answers, as a table with links."""
        return self.text(coverage.as_markdown(guidance, self._labelled))

    def _labelled(self, name: str) -> str:
        label = facts.definitions()[name].label
        try:
            return f"{label}: {self.writer.fact(name)}"
        except NoData as lacking:
            return f"{label}: {lacking.gaps[0].kind.lower()}"

    def comparison(self, indicator: str, y_title: str) -> alt.LayerChart:
        """The usual chart of a rate by year: this area, its statistical neighbours, the South East and England.

        >>> report.comparison("referrals_rate_per_10000", "Per 10,000").data["area"].nunique()
        4
        """
        frame = self._by_year(indicator)
        shown = [area for area in self.areas if area in set(frame["area"])]
        rules = {rule.year: rule.counted_anew for rule in breaks.rules(indicator, frame)}
        chart = style.lines(frame, "year", "value", "area", y_title, shown, breaks=rules)
        # so that `figure` knows which breaks the lines may cross
        chart.usermeta = {"indicators": [indicator]}
        return chart

    def comparison_panels(
        self, indicators: Mapping[str, str], y_title: str, panel: str = "panel", width: int = 620
    ) -> alt.FacetChart:
        """The usual chart of several rates, one above another: `indicators` is name -> words above its panel.

        `panel` is the column of those words. For a phone give it a narrower `width`.

        >>> phases = {"persistent_absence_primary_pct": "Primary", "persistent_absence_secondary_pct": "Secondary"}
        >>> sorted(set(report.comparison_panels(phases, "Per cent", "phase").data["phase"]))
        ['Primary', 'Secondary']
        """
        frames = {name: self._by_year(name) for name in indicators}
        frame = pd.concat([each.assign(**{panel: indicators[name]}) for name, each in frames.items()])
        rules = {
            rule.year: rule.counted_anew for name, each in frames.items() for rule in breaks.rules(name, each)
        }
        columns = ["year", "area", panel, "value", "vintage"]
        frame = frame[columns].reset_index(drop=True)
        chart = style.panels(frame, "year", "value", "area", panel, y_title, self.areas, width, breaks=rules)
        chart.usermeta = {"indicators": list(indicators)}
        return chart

    def _by_year(self, indicator: str) -> pd.DataFrame:
        """The lines of a comparison: year, area, value, vintage; a year without a value inside a line has an empty row."""
        frame = self.indicator(indicator, self.areas).dropna(subset=["value"])
        frame = frame[frame["category"] == "All"][["year", "area", "value", "vintage"]]
        return breaks.with_empty_years(frame.astype({"year": "str", "area": "str"}), self.areas)

    def figure(
        self,
        chart: alt.TopLevelMixin,
        key: str,
        headline: str,
        measure: str,
        tables: list[str],
        printed: int | str = "",
        labels: dict[str, str] | None = None,
        decimals: int | dict[str, int] = 0,
        unit: str | dict[str, str] = "",
        alt_text: str = "",
        note: str = "",
        narrow: alt.TopLevelMixin | None = None,
    ) -> Figure:
        """A chart as a published figure. `headline` is commentary: its numbers are facts. `tables` are its sources.

        Raises FigureError when the chart, or its `narrow` form for phones, is drawn from more than one table, DisclosureError when it would show a
        small count of children.

        >>> chart = report.comparison("referrals_rate_per_10000", "Per 10,000")
        >>> headline = 'Referrals {{ direction("referrals.rate_per_10000") }}'
        >>> made = report.figure(chart, "rate", headline, "Referrals per 10,000", ["children_in_need"], decimals=1)
        >>> print(repr(made).splitlines()[0])
        Figure rate: Referrals rose sharply
        """
        data = chart_words.chart_data(chart, narrow)
        gaps.some(data, self.edition, tables)
        self._ask_anew(chart_words.indicators_of(chart), tables)
        table = Published(data, labels or {}, decimals, unit)
        specs = chart_words.specifications(chart, narrow)
        chart_literals.check_literals(specs, table, figure_definition(key))
        category, value, series = chart_words.roles(data, specs[0])
        described = chart_words.describe(table, category, value, series, chart_words.kind(chart))
        ruled = breaks.in_words(chart_words.indicators_of(chart), data)
        editions = breaks.edition_note(data)
        note, described = _joined(note, ruled, editions), _joined(described, ruled)
        as_read = self._as_said(chart_words.wide(table, category, value, series), tables)
        common = self._common(data, key, headline, measure, tables, printed, note, unit, decimals, alt_text)
        common["alt_text"] = common["alt_text"] or described
        told = [found for found in common["findings"] if not (editions and found.value == breaks.EDITION)]
        told += self._unmarked_breaks(chart, data, note, key)
        common["findings"] = [*told, *_without_headline(key, headline)]
        return Figure(table=as_read, data=table, chart=chart, specs=specs, **common)

    def table_figure(
        self,
        frame: pd.DataFrame,
        key: str,
        measure: str,
        tables: list[str],
        headline: str = "",
        labels: dict[str, str] | None = None,
        decimals: int | dict[str, int] = 0,
        unit: str | dict[str, str] = "",
        printed: str = "",
        note: str = "",
        leads_to: Mapping[str, Sequence[str | Fact | None]] | None = None,
    ) -> Figure:
        """A table as it is published. Same rules as `figure`.

        Where its cells come from is found again by their values and names. What a chapter writes as text, or puts together
        itself, it names: `leads_to` is by column the source of each row, a fact (or its id) or the `row_id` of a row.
        TraceError when such a source does not say what the cell says.

        >>> made = report.table_figure(report.table("standards"), "standards", "Standards", ["standards"])
        >>> made.alt_text.startswith("Table of 5 rows")
        True
        """
        frame = crosstab.typed(frame)
        flat = crosstab.flat(frame)
        gaps.some(flat, self.edition, tables)
        table = Published(flat, labels or {}, decimals, unit)
        chart_literals.check_heads(table)
        table = self._as_said(table, tables)
        below = self._one_below_the_other(frame, table, tables)
        self._check_names_beside_others(frame, table, tables)
        leads_to = tracing.in_order(leads_to or {}, frame.index)
        note = note if len(frame) else " ".join(filter(None, [note, "There is none."]))
        rows = numbers.agreeing(f"{len(frame)} rows")
        said = f"Table of {rows}: {', '.join(table.label(column) for column in table.columns())}."
        told = below.frame if below else flat
        common = self._common(told, key, headline, measure, tables, printed, note, unit, decimals, "")
        common["findings"] = [*common["findings"], *_unnamed(key, table, leads_to)]
        return Figure(
            table=self._with_names_across(frame, table) if below else table,
            data=below,
            leads_to=leads_to,
            **common | {"alt_text": said},
        )

    def _common(
        self,
        data: pd.DataFrame,
        key: str,
        headline: str,
        measure: str,
        tables: list[str],
        printed: int | str,
        note: str,
        unit: str | dict[str, str],
        decimals: int | dict[str, int],
        alt_text: str,
    ) -> dict:
        """What figures and tables share: disclosure checked, words rendered, source and provenance found."""
        counted = self._check_disclosure(data, tables, unit, decimals)
        counted |= self._behind_shares(key, counted) if counted else {}
        counted |= {"anew": self._counted_anew[key]} if self._counted_anew.get(key) else {}
        before = len(self.writer.findings)
        self.writer.findings += told_in_words(measure, f"figure {key}", comparing=False)
        lacking = [gap for name in tables for gap in gaps.of_part(self._tidy, name, self.edition)]
        words = {"headline": self._words(headline, key)}
        words["note"] = _joined(
            self._words(note, key), *(str(gap) for gap in lacking if str(gap) not in note)
        )
        words["alt_text"] = without_markup(self._words(alt_text, key))
        defined = self._definition(key, tables)
        return {
            **words,
            "key": key,
            "measure": self.edition.worded(measure),
            "source": self.source_line(tables),
            "provenance": self.provenance(tables),
            "definition": defined,
            "printed": _printed(printed) if "published_facts" in self._tidy else "",
            "findings": [
                *self.writer.findings[before:],
                *gaps.told(lacking, f"figure {key}"),
                *_undefined(key, defined),
                *_of_nothing(key, data, tables),
            ],
            "tables": tuple(tables),
            "tracer": self.tracer,
            "told": {"counted": counted, **self.writer.told()},
        }

    def _as_said(self, table: Published, tables: list[str]) -> Published:
        """The table with what publishers said of cells without a number, where a chapter has left it behind, as a pivot does."""
        if "status" in table.frame:
            return table
        asked = [name for name, behind in self._asked.items() if behind & set(tables)]
        return replace(table, said=tracing.cells_of(self.tracer, table, tables).said_in_sources(asked))

    def _ask_anew(self, indicators: list[str], tables: list[str]) -> None:
        """For a chart that names its indicators: forget the others that the chapter asked for, so that its definition is theirs alone."""
        if indicators:
            self._asked.clear()
            self._asked.update(dict.fromkeys(indicators, frozenset(tables)))

    def _definition(self, key: str, tables: list[str]) -> str:
        """What a figure counts: its row in figure_definitions.csv, else the indicators that the chapter asked for since the last figure."""
        asked = [name for name, behind in self._asked.items() if behind & set(tables)]
        self._asked.clear()
        said = definition_line(asked) if len(asked) <= MOST_DEFINED else ""
        return self.edition.worded(figure_definition(key) or said)

    def _words(self, text: str, key: str) -> str:
        """The rendered words of a figure on one line; empty where their data is missing, or, from official figures alone, a claim fails."""
        before = len(self.writer.findings)
        parts = BETWEEN.split(text)
        parts[::2] = map(self.edition.worded, parts[::2])
        words = self.writer.render("".join(parts), f"figure {key}", whole=True) if text else ""
        words = re.sub(r"\s*\n\s*", " ", words)  # a chapter may write it over several lines
        if self.edition.official_alone and 'class="claim-failed"' in words:
            # the claim was made of another area or year, and is not made of this one
            del self.writer.findings[before:]
            return ""
        return words

    @staticmethod
    def _unmarked_breaks(chart: alt.TopLevelMixin, data: pd.DataFrame, note: str, key: str) -> list[Finding]:
        """A finding for each break that the chart's lines cross and its note does not speak of."""
        crossed = [
            known for name in chart_words.indicators_of(chart) for known in breaks.unmarked(name, data, note)
        ]
        message = "A line crosses a break that the note does not mention."
        return [
            warning("comparison", message, file=f"figure {key}", value=known)
            for known in dict.fromkeys(crossed)
        ]


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _without_headline(key: str, headline: str) -> list[Finding]:
    """A finding for a chart without a headline; the diagrams of sources (`lineage-…`) need none."""
    if headline.strip() or key.startswith("lineage-"):
        return []
    advice = "Write what it shows, with its numbers as facts: headline='… {{ fact(\"…\") }}'."
    return [warning("headline", "It has no headline.", file=f"figure {key}", advice=advice)]


def _undefined(key: str, said: str) -> list[Finding]:
    """A finding for a figure without a definition of what it counts."""
    advice = f"Give '{key}' a row in definitions/figure_definitions.csv."
    message = "Nothing says what is counted in it."
    return [] if said else [warning("definition", message, file=f"figure {key}", advice=advice)]


def _of_nothing(key: str, data: pd.DataFrame, tables: list[str]) -> list[Finding]:
    """A finding for a figure with numbers that names no tables and has no definition of its own: they cannot be traced."""
    shown = [name for name in data if crosstab.is_number(data[name]) and not str(name).startswith("_")]
    if tables or figure_definition(key) or not shown:
        return []
    message = "Nothing says where its numbers come from."
    advice = "Name the processed tables that they are made of: tables=[…]."
    return [warning("number", message, file=f"figure {key}", value=str(shown[0]), advice=advice)]


def _unnamed(key: str, table: Published, named: Collection[str]) -> list[Finding]:
    """A finding for each column of numbers written as text whose source `leads_to` does not name: they cannot be traced."""
    words = [name for name in table.columns()[1:] if not crosstab.is_number(table.frame[name])]
    texts = {name: table.frame[name].dropna().astype("str") for name in words if name not in named}
    loose = [
        name for name, text in texts.items() if reads_as_numbers(text) and not text.str.match(r"\d{4}$").all()
    ]
    message = "Numbers are written as text, and nothing says where they come from."
    advice = (
        'Keep them as numbers, or name their sources: leads_to={"column": frame["row_id"]}. Names come first.'
    )
    return [warning("number", message, file=f"figure {key}", column=name, advice=advice) for name in loose]


def _printed(number: int | str) -> str:
    return f"Figure {number} in the printed report" if str(number).isdigit() else str(number)
