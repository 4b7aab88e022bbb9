"""The report of one year as an analyst meets it: `report = bscb.report("2015-16")`."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from bscbdata import (
    audit,
    breaks,
    coverage,
    disclosure,
    explore,
    facts,
    figures,
    gaps,
    key_measures,
    numbers,
    quality,
    record,
    style,
    tracing,
    worked,
)
from bscbdata.disclosure import gate
from bscbdata.facts import Fact
from bscbdata.figures import Figure, FigureError, Published
from bscbdata.findings import DataStop, Finding, as_told, failure, warning
from bscbdata.gaps import NoData
from bscbdata.indicators import definition_line, definitions
from bscbdata.period import ReportYear
from bscbdata.places import Edition, Project
from bscbdata.prose import Writer, acting, as_words, edition_commentary, no_section, phone_link
from bscbdata.provenance import combined, raw_files, read_origin
from bscbdata.sources import load_source, source_names
from bscbdata.tables import Listing, read_all, rows_with
from bscbdata.tracing import Tracer

if TYPE_CHECKING:
    from bscbdata.tracing.book import TracedBook

MOST_DEFINED = 3  # indicators that the foot of a figure defines; of more, the appendix of definitions tells


NO_WORDS = "*Nobody has written about this yet.*"  # in an edition of a board that begins


@dataclass(frozen=True)
class Text:
    """Rendered commentary: Markdown that JupyterLab, Quarto and the stitcher all read."""

    markdown: str
    findings: list = field(default_factory=list)
    told: Mapping[str, object] = field(default_factory=dict)  # the facts and series it used, for the proof

    def _repr_mimebundle_(self, include: object = None, exclude: object = None):
        return {"text/markdown": self.markdown, "text/plain": self.markdown}, {
            "bscb": {"findings": as_told(self.findings), **self.told}
        }


@dataclass(frozen=True)
class Report:
    """One year's report: its tables, indicators, facts, figures and commentary. Reads only what `bscb clean` wrote."""

    project: Project
    edition: Edition
    draft: bool = True

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        folder = self.project.processed(self.edition.year)
        found = read_all(folder)
        if not found:
            advice = f"Run `bscb clean --year {self.edition.year}` first."
            raise DataStop(
                [
                    failure(
                        "processed",
                        "There are no tidy tables for this year.",
                        file=folder.name,
                        advice=advice,
                    )
                ]
            )
        return found

    def __repr__(self) -> str:
        return "\n".join([self._name, *(f"  {what}: {said}" for what, said in self._holds().items())])

    def _repr_html_(self) -> str:
        said = pd.DataFrame(
            {"there are": self._holds().keys(), "how many, and how to ask": self._holds().values()}
        )
        return f"<p><strong>{escape(self._name)}</strong></p>{Listing(said)._repr_html_()}"

    @property
    def _name(self) -> str:
        return f"Report of {self.edition.area}, {self.edition.year}, {'draft' if self.draft else 'final'}"

    def _holds(self) -> dict[str, str]:
        """What there is in it, and how to ask for it."""
        return {
            "tables": f'{len(self.tables)}: report.table("contacts"), report.catalogue()',
            "indicators": f'{len(self.indicators)}: report.indicator("referrals"), report.chart("referrals")',
            "facts": f'{len(self.facts)}: report.fact("referrals.count")',
            "commentary": f'{len(self.commentary)} sections: report.prose("{next(iter(self.commentary), "")}")',
        }

    @cached_property
    def writer(self) -> Writer:
        return Writer(self.tables, self.edition, self.draft, says_kinds=bool(self.project.audience))

    @cached_property
    def commentary(self) -> dict[str, tuple[str, str]]:
        return edition_commentary(self.project, self.edition)

    def table(self, name: str) -> pd.DataFrame:
        """A tidy table. NoData when its return is not there; KeyError lists the names there are.

        >>> list(report.table("mash_enquiries").columns)[:2]
        ['month', 'enquiries']
        """
        if name not in self.tables and name in source_names():
            raise NoData(gaps.of_table(name, self.edition))
        if name not in self.tables:
            raise KeyError(f"There is no table '{name}'. There are: {', '.join(self.tables)}.")
        return self.tables[name].copy()

    def indicator(
        self, name: str, areas: list[str] | None = None, until: bool = True, year: str = ""
    ) -> pd.DataFrame:
        """The rows of an indicator, in order of area as asked, of one year or of all.

        Years after the report's own are left out unless `until` is false. Shares that are built on a small count of
        children are withheld. NoData when there is no such row, KeyError when there is no such indicator.

        >>> rates = report.indicator("referrals_rate_per_10000", ["England"])
        >>> rates.loc[rates["year"] == "2015-16", "value"].tolist()
        [532.2]
        """
        if name not in definitions():
            raise KeyError(f"There is no indicator '{name}'. There are: {', '.join(sorted(definitions()))}.")
        every = frame = rows_with(self.tables, "indicators", "indicator", [name])
        if until:
            frame = frame[frame["year"] <= self.edition.year.label]
        if year:
            frame = frame[frame["year"] == year]
        if areas:
            frame = frame[frame["area"].isin(areas)].sort_values(
                "area", key=lambda a: a.map(areas.index), kind="stable"
            )
        if frame["value"].isna().all():
            raise NoData(gaps.of_indicator(name, every, self.edition, (areas or [""])[0], year))
        self._asked[name] = frozenset(every["table"].astype("str"))
        frame = frame.drop(columns="source_rows", errors="ignore")
        return _shares_withheld(frame.reset_index(drop=True))

    @cached_property
    def _asked(self) -> dict[str, frozenset[str]]:
        """The indicators asked for since the last figure, each with the tables behind it."""
        return {}

    def _ask_anew(self, indicators: list[str], tables: list[str]) -> None:
        """Let a chart that knows its indicators be defined by them alone, whatever else was asked for before it."""
        if indicators:
            self._asked.clear()
            self._asked.update(dict.fromkeys(indicators, frozenset(tables)))

    def _definition(self, key: str, tables: list[str]) -> str:
        """What is counted in a figure: as it is defined by its key, else by the indicators asked for since the last one."""
        asked = [name for name, behind in self._asked.items() if behind & set(tables)]
        self._asked.clear()
        said = definition_line(asked) if len(asked) <= MOST_DEFINED else ""
        return figures.definition(key) or said

    @cached_property
    def indicators(self) -> explore.Names:
        """The indicators by name: `report.indicators["referrals"]`; a notebook completes the name."""
        titles = {name: known["title"] for name, known in definitions().items()}
        return explore.Names("indicators", titles, self.indicator)

    @cached_property
    def facts(self) -> explore.Names:
        """The facts by name: `report.facts["referrals.count"]`; a notebook completes the name."""
        return explore.Names(
            "facts", {name: one.label for name, one in facts.definitions().items()}, self.fact
        )

    def catalogue(self, words: str = "") -> pd.DataFrame:
        """Every table and indicator with its meaning, or those that speak of some words: see explore.catalogue."""
        return explore.catalogue(self, words)

    def compare(self, indicator: str, areas: list[str] | None = None) -> pd.DataFrame:
        """An indicator by year (rows) and area (columns): see explore.compare."""
        return explore.compare(self, indicator, areas)

    def chart(
        self, indicator: str, areas: list[str] | None = None, categories: list[str] | None = None
    ) -> alt.LayerChart | alt.Chart:
        """An indicator as the report would draw it, small counts withheld: see explore.chart."""
        return explore.chart(self, indicator, areas, categories)

    def figure_cell(self, indicator: str, key: str, areas: list[str] | None = None) -> str:
        """The cell of a chapter that makes a figure of an indicator, to paste: see explore.figure_cell."""
        return explore.figure_cell(self, indicator, key, areas)

    def odd_months(self, table: str = "", by: str = "") -> pd.DataFrame:
        """The months of returns that stand out: see explore.odd_months."""
        return explore.odd_months(self, table, by)

    def try_rule(
        self, table: str | pd.DataFrame, count: str, by: list[str], highest: Sequence[int] = (3, 5, 10)
    ) -> pd.DataFrame:
        """What a table would lose if counts up to each of `highest` were withheld: see disclosure.try_rule.

        >>> report.try_rule("placements", "children", ["placement"], [5])["small"].tolist()
        [0]
        """
        frame = self.table(table) if isinstance(table, str) else table
        return disclosure.try_rule(frame, count, by, highest)

    @property
    def areas(self) -> list[str]:
        """The areas of a comparison chart, in the order of its lines."""
        return list(self.edition.comparison_areas)

    def fact(self, name: str, area: str = "", year: str = "") -> Fact:
        """A named number with its unit; `.trace()` says where it comes from. The proof takes it that readers are told it.

        >>> report.fact("referrals.rate_per_10000")
        referrals.rate_per_10000: 576.7 (Referrals per 10,000 children; Buckinghamshire, 2015-16; official)
        >>> report.fact("referrals.rate_per_10000", area="England").text
        '532.2'
        """
        return replace(self.writer.compute(name, area, year), tracer=self.tracer)

    @cached_property
    def tracer(self) -> Tracer:
        """What follows numbers of this report back to the raw files."""
        return Tracer(self.project, self.edition, self.tables)

    @property
    def _nobody_wrote(self) -> bool:
        """Whether the edition has the standard words alone: made from official figures, or of a board that begins."""
        return self.edition.official_alone or not any(self.project.commentary(self.edition.year).glob("*.md"))

    def prose(self, section: str) -> Text:
        """A section of the year's commentary with its numbers in it. NoSection says where to write one that is missing.

        >>> "fact(" in report.prose("neglect").markdown
        False
        """
        if section not in self.commentary and self._nobody_wrote:
            # an edition made from official figures alone has no authors to remind
            return Text("" if self.edition.official_alone else NO_WORDS)
        if section not in self.commentary:
            raise no_section(self.project, self.edition, section, self.commentary)
        text, name = self.commentary[section]
        before = len(self.writer.findings)
        markdown = self.writer.render(text, f"commentary/{name}, section {section}")
        if acts := acting(text, markdown):
            advice = "Commentary is Markdown alone: write it without HTML."
            said = "The text holds something that could act on a page."
            place = f"commentary/{name}, section {section}"
            raise DataStop(
                [failure("commentary", said, file=place, value=each, advice=advice) for each in acts]
            )
        return self.text(markdown, self.writer.findings[before:], self.writer.told())

    def text(
        self, markdown: str, findings: list | None = None, told: Mapping[str, object] | None = None
    ) -> Text:
        """A text with what stands behind its numbers."""
        traces = tracing.as_told(tracing.trace_shown(self.tracer, markdown))
        return Text(markdown, findings or [], {**(told or {}), "trace": traces})

    def book(self) -> "TracedBook":
        """The whole book followed back: its sources, its numbers, a picture of each chapter's way."""
        from bscbdata.tracing.book import TracedBook

        return TracedBook(self)

    def run_record(self) -> dict[str, pd.DataFrame]:
        """What this edition was made from and with, and what the checks said, as tables: see bscbdata.record."""
        made = record.run_record(self.project, self.edition, self.draft, self.table("findings"))
        return record.frames(made)

    def protect(
        self,
        frame: pd.DataFrame,
        count: str,
        by: list[str],
        also: list[str] | None = None,
        within: Sequence[str] = (),
        nested: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
        apart: Sequence[str] = (),
    ) -> pd.DataFrame:
        """The frame with small counts of children withheld, and what would give them away: see disclosure.protect."""
        return disclosure.protect(frame, count, by, also, within, nested, apart)

    def protect_linked(
        self,
        tables: Mapping[str, disclosure.CountTable],
        links: Sequence[disclosure.Link] = (),
        also: Mapping[str, list[str]] | None = None,
    ) -> dict[str, pd.DataFrame]:
        """Tables that count the same children protected together: see disclosure.protect_linked."""
        return disclosure.protect_linked(tables, links, also)

    def comparison(self, indicator: str, y_title: str) -> alt.LayerChart:
        """The usual chart of a rate by year: this area, its statistical neighbours, the South East and England.

        >>> report.comparison("referrals_rate_per_10000", "Per 10,000").data["area"].nunique()
        4
        """
        frame = self._by_year(indicator)
        shown = [area for area in self.areas if area in set(frame["area"])]
        rules = {rule.year: rule.counted_anew for rule in breaks.rules(indicator, frame)}
        chart = style.lines(frame, "year", "value", "area", y_title, shown, breaks=rules)
        chart.usermeta = {
            "indicators": [indicator]
        }  # so that `figure` knows which breaks the lines may cross
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

        Raises FigureError when the chart is drawn from more than one table, DisclosureError when it would show a
        small count of children.

        >>> chart = report.comparison("referrals_rate_per_10000", "Per 10,000")
        >>> headline = 'Referrals {{ direction("referrals.rate_per_10000") }}'
        >>> made = report.figure(chart, "rate", headline, "Referrals per 10,000", ["children_in_need"], decimals=1)
        >>> print(repr(made).splitlines()[0])
        Figure rate: Referrals rose sharply
        """
        data = figures.chart_data(chart)
        gaps.some(data, self.edition, tables)
        self._ask_anew(_indicators_of(chart), tables)
        table = Published(data, labels or {}, decimals, unit)
        category, value, series = self._roles(data, figures.encodings(chart))
        described = figures.describe(table, category, value, series, self._kind(chart))
        ruled = breaks.in_words(_indicators_of(chart), data)
        note, described = _joined(note, ruled, breaks.edition_note(data)), _joined(described, ruled)
        common = self._common(data, key, headline, measure, tables, printed, note, unit, decimals, alt_text)
        common["alt_text"] = common["alt_text"] or described
        common["findings"] = [*common["findings"], *self._unmarked_breaks(chart, data, note, key)]
        return Figure(
            table=figures.wide(table, category, value, series),
            data=table,
            chart=chart,
            narrow=narrow,
            **common,
        )

    def key_measures(self, unit: str) -> pd.DataFrame:
        """The measures that a Board asks about first, of a unit (`percent`, `per 10,000`), side by side.

        Columns: Measure, last year, this year, Change (in words), then this year elsewhere. What is not published, or
        not comparable over the two years, is missing.
        """
        return key_measures.side_by_side(self._chosen(unit), self.edition, unit)

    def editions_note(self, unit: str) -> str:
        """Which areas of the key measures are of another edition of the statistics, as a sentence; or nothing."""
        return key_measures.editions_note(self._chosen(unit), self.edition)

    def _chosen(self, unit: str) -> pd.DataFrame:
        found = []
        for name in key_measures.chosen(unit):
            with suppress(gaps.NoData):  # one that is not there is no row; its own figure says why
                found.append(self.indicator(name))
        return pd.concat(found, ignore_index=True) if found else self.table("indicators").iloc[:0]

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
    ) -> Figure:
        """A table as it is published. Same rules as `figure`.

        >>> made = report.table_figure(report.table("standards"), "standards", "Standards", ["standards"])
        >>> made.alt_text.startswith("Table of 5 rows")
        True
        """
        gaps.some(frame, self.edition, tables)
        table = Published(frame.reset_index(drop=True), labels or {}, decimals, unit)
        note = note if len(frame) else " ".join(filter(None, [note, "There is none."]))
        said = f"Table of {len(frame)} rows: {', '.join(table.label(column) for column in table.columns())}."
        return Figure(
            table=table,
            **self._common(frame, key, headline, measure, tables, printed, note, unit, decimals, "")
            | {"alt_text": said},
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
        before = len(self.writer.findings)
        words = {"headline": self._words(headline, key), "note": self._words(note, key)}
        words["alt_text"] = _plain(self._words(alt_text, key))
        defined = self._definition(key, tables)
        return {
            **words,
            "key": key,
            "measure": measure,
            "source": self.source_line(tables),
            "provenance": self.provenance(tables),
            "definition": defined,
            "printed": _printed(printed) if "published_facts" in self.tables else "",
            "findings": [*self.writer.findings[before:], *_undefined(key, defined)],
            "tables": tuple(tables),
            "tracer": self.tracer,
            "told": {"counted": counted, **self.writer.told()},
        }

    def next_steps(self, chapter: str) -> Text:
        """The Board's next steps for a chapter, as a list."""
        steps = self.table("next_steps")
        steps = steps[steps["chapter"].astype("str") == str(chapter)]
        lines = [
            f"- **{as_words(row.theme)}:** {as_words(row.action)}{as_words(_owner(row))}"
            for row in steps.itertuples()
        ]
        return Text("\n".join(lines) + "\n")

    def help_lines(self) -> Text:
        """Where readers get help: each line with what it is for, its number as a link that calls it, its website."""
        lines = (
            self.table("help_lines").sort_values("order", kind="stable").convert_dtypes(convert_string=False)
        )
        return Text("\n".join(map(_help_line, lines.fillna("").itertuples())) + "\n")

    def sources(self) -> pd.DataFrame:
        """Every raw file of this year and of official statistics: file, publisher, title, provenance, hash."""
        rows = []
        for folder in self.edition.raw_folders:
            for path in raw_files(self.project.raw / folder):
                origin = read_origin(path)
                named = {"file": path.relative_to(self.project.raw).as_posix(), "publisher": origin.publisher}
                rows.append(
                    named
                    | {"title": origin.title, "provenance": origin.provenance, "sha256": origin.sha256[:12]}
                )
        return pd.DataFrame(rows)

    def contents(self) -> pd.DataFrame:
        """Every tidy table that is made from a source: name, what a row is, rows, provenance."""
        named = [(name, load_source(name)) for name in source_names() if name in self.tables]
        rows = [
            (name, source.meaning, len(self.tables[name]), self.provenance([name])) for name, source in named
        ]
        return pd.DataFrame(rows, columns=["table", "meaning", "rows", "data"])

    def definitions(self) -> pd.DataFrame:
        """What each indicator of this report is, in the order of its title."""
        frame = pd.DataFrame(definitions().values()).sort_values("title")
        return frame[["title", "numerator", "denominator", "unit", "definition_source"]]

    def worked_examples(self) -> pd.DataFrame:
        """Every indicator with an example worked by hand, and what to beware of: see worked.as_table."""
        return worked.as_table()

    def broken_everywhere(self) -> str:
        """What to beware of in every indicator alike: see worked.broken_everywhere."""
        return worked.broken_everywhere()

    def back_test(self) -> pd.DataFrame:
        """Every published number beside ours, as it prints: see facts.against_published. NoData before it is printed."""
        self.table("published_facts")
        frame = facts.against_published(self.tables, self.edition)
        pairs = [_side_by_side(row) for row in frame.itertuples()]
        shown = frame.assign(
            published=[p for p, _ in pairs], ours=[o for _, o in pairs], data=frame["provenance"]
        )
        # one small count in a table can be found from the rest of it: none of the table's numbers are repeated here
        hidden = shown["table"].isin(shown.loc[shown["withheld"], "table"])
        for name in shown.loc[~hidden & shown["value"].notna(), "fact_id"]:
            self.fact(name)
        shown[["published", "ours"]] = shown[["published", "ours"]].mask(hidden, "[c]")
        return shown.assign(category=shown["category"].fillna("All"))

    def statements(self) -> pd.DataFrame:
        """Sentences of the printed report that the data does not bear out: printed, recomputed, reason."""
        frame = self.table("errata_reasons")
        return frame[frame["fact_id"].str.startswith("statement.")][["printed", "recomputed", "reason"]]

    def audit(self) -> pd.DataFrame:
        """Sums, shares and changes as sent or printed, held against each other: see bscbdata.audit."""
        return audit.run(self.tables, self.edition)

    def quality_summary(self) -> pd.DataFrame:
        """How many checks, sums and printed numbers held, and how many did not."""
        back_test = (
            facts.against_published(self.tables, self.edition) if "published_facts" in self.tables else None
        )
        return quality.summary(self.table("findings"), self.table("rejects"), self.audit(), back_test)

    def checks_made(self) -> pd.DataFrame:
        """How often each check held, was to be looked at, or failed."""
        return quality.checks_made(self.table("findings"))

    def findings_by_source(self) -> pd.DataFrame:
        """How many checks of each source's files held, are to be looked at, or failed."""
        return quality.findings_by_source(self.table("findings"))

    def rejects_by_reason(self) -> pd.DataFrame:
        """How many rows of each source were set aside or rejected, and why."""
        return quality.rejects_by_reason(self.table("rejects"))

    def rejects_by_file(self) -> pd.DataFrame:
        """How many rows of each file were set aside or rejected, and why; never what stood in them."""
        return quality.rejects_by_file(self.table("rejects"))

    def completeness(self) -> pd.DataFrame:
        """The months or quarters of the year that each return has."""
        return quality.completeness(self.tables, self.edition.year)

    def timeliness(self) -> pd.DataFrame:
        """When files were published and received, by publisher, where known."""
        return quality.timeliness(self.project, self.edition.year)

    def limits(self) -> pd.DataFrame:
        """What is known to be weak in the data."""
        return quality.limits()

    def coverage_counts(self) -> pd.DataFrame:
        """How many requirements of each guidance are shown by data, said in words, or not there."""
        return coverage.counts()

    def coverage_chart(self) -> pd.DataFrame:
        """The same counts as a chart takes them: guidance, answer, requirements."""
        return coverage.long_counts()

    def coverage_headline(self, guidance: str) -> str:
        """How far this report does what one guidance asks, in words."""
        return coverage.headline(guidance)

    def silences(self) -> Text:
        """What guidance asks for and this report says nothing about, as a list."""
        return Text(coverage.silences())

    def coverage(self, guidance: str) -> Text:
        """What a guidance asks of such a report and where this one answers, as a table with links."""
        return self.text(coverage.as_markdown(guidance, self._labelled))

    def _labelled(self, name: str) -> str:
        label = facts.definitions()[name].label
        try:
            return f"{label}: {self.writer.fact(name)}"
        except NoData as lacking:
            return f"{label}: {lacking.gaps[0].kind.lower()}"

    def provenance(self, tables: list[str]) -> str:
        """official, published, illustrative, or mixed; empty for a table about the report itself."""
        return combined(value for name in tables for value in self.table(name)["provenance"].unique())

    def simulated(self, name: str) -> bool:
        """Whether a table was simulated, in whole or in part, because the real return is not here."""
        return self.provenance([name]) in ("illustrative", "mixed")

    def source_line(self, tables: list[str]) -> str:
        """Who published what the figure is drawn from: the sources of official tables, else the file's own origin."""
        lines = [self._origin_line(name) for name in tables]
        return "; ".join(dict.fromkeys(lines)) + ("." if lines else "")

    def _origin_line(self, name: str) -> str:
        if name in self.tables and facts.is_of_children(name):
            return "Child-level returns of the council"
        if name not in source_names():
            raise FigureError(
                f"'{name}' is not a source. Name the tables of sources/ that the figure is drawn from."
            )
        source = load_source(name)
        origin = read_origin(source.file(self.project.raw, self.edition.year))
        return f"{origin.publisher}, {origin.title}"

    def _check_disclosure(
        self,
        frame: pd.DataFrame,
        tables: list[str],
        unit: str | dict[str, str],
        decimals: int | dict[str, int],
    ) -> dict[str, object]:
        """What the figure counts, for the proof. DisclosureError when it would show a small count or a share of one.

        In a table that counts children any column of whole numbers is a count.
        """
        units = {name: figures.of(unit, name, "") for name in frame}
        counts = [name for name in frame if _is_count(frame[name], units[name])]
        official = all(self.provenance([name]) == "official" for name in tables)
        if not official and any(facts.counts_children(name) for name in tables):
            self._pass_gate(frame, counts, units, decimals)
        elif not official or not tables:
            return {}
        return self._counted(frame, [name for name in counts if not name.startswith("_")], tables, official)

    @staticmethod
    def _pass_gate(
        frame: pd.DataFrame, counts: list[str], units: dict[str, str], decimals: int | dict[str, int]
    ) -> None:
        """Raise DisclosureError for whatever a figure of children may not show."""
        numeric = [
            name for name in frame if pd.api.types.is_numeric_dtype(frame[name]) and not name.startswith("_")
        ]
        shares = [name for name in numeric if name not in counts]
        whole = [name for name in shares if not units[name] and figures.of(decimals, name, 0) == 0]
        disclosure.check_protected(frame, counts)
        disclosure.check_shares(frame, counts, shares)
        gate.check_words(frame)
        gate.check_printed(frame, whole)
        gate.check_counts_known(frame, counts, [name for name in shares if units[name] in numbers.PERCENT])
        gate.check_withheld_rows(frame, numeric)
        for count in counts:
            gate.check_order(frame, count)

    @staticmethod
    def _counted(
        frame: pd.DataFrame, counts: list[str], tables: list[str], public: bool
    ) -> dict[str, object]:
        """Which columns count, and by which columns: as `protect` was told, else by every column of words."""
        told = frame.attrs.get("counted", {})
        words = [
            name
            for name in frame
            if name not in figures.HIDDEN and not pd.api.types.is_numeric_dtype(frame[name])
        ]
        by = told["by"] if told and set(told["by"]) <= set(frame) else words
        found = {"columns": counts, "by": by, "nested": told.get("nested", {})}
        return found | {"tables": tables, "public": public}

    def _words(self, text: str, key: str) -> str:
        """The words with their numbers; none where their data is not there, which the figure itself may have."""
        before = len(self.writer.findings)
        words = self.writer.render(text, f"figure {key}", whole=True) if text else ""
        if self.edition.official_alone and 'class="claim-failed"' in words:
            del self.writer.findings[
                before:
            ]  # the claim was made of another area or year, and is not made of this one
            return ""
        return words

    @staticmethod
    def _roles(data: pd.DataFrame, channels: dict[str, str]) -> tuple[str, str, str | None]:
        """Which columns of the chart are the category, the value and the series."""
        axes = [channels[name] for name in ("x", "y", "theta") if name in channels]
        values = [name for name in axes if pd.api.types.is_numeric_dtype(data[name])]
        if not values:
            raise FigureError(
                "The chart shows no numeric column on an axis: give `alt_text` and use table_figure for its data."
            )
        value = values[-1]
        others = [name for name in axes if name != value]
        series = [channels[name] for name in ("row", "column", "facet", "color") if name in channels]
        category = others[0] if others else (series or [data.columns[0]])[-1]
        return category, value, [name for name in dict.fromkeys(series) if name != category]

    @staticmethod
    def _unmarked_breaks(chart: alt.TopLevelMixin, data: pd.DataFrame, note: str, key: str) -> list[Finding]:
        """A finding for each break that the chart's lines cross and its note does not speak of."""
        crossed = [known for name in _indicators_of(chart) for known in breaks.unmarked(name, data, note)]
        message = "A line crosses a break that the note does not mention."
        return [
            warning("comparison", message, file=f"figure {key}", value=known)
            for known in dict.fromkeys(crossed)
        ]

    @staticmethod
    def _kind(chart: alt.TopLevelMixin) -> str:
        marks = [part.mark for part in [chart, *figures._parts(chart)] if isinstance(part, alt.Chart)]
        names = {mark if isinstance(mark, str) else getattr(mark, "type", "") for mark in marks}
        return "Line chart" if "line" in names else "Bar chart" if "bar" in names else "Chart"


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _indicators_of(chart: alt.TopLevelMixin) -> list[str]:
    """The indicators that the lines of a comparison show; none for any other chart."""
    named = getattr(chart, "usermeta", alt.Undefined)
    return named.get("indicators", []) if isinstance(named, dict) else []


def _side_by_side(row) -> tuple[str, str]:
    """A printed number and ours in the same style; ours with one decimal more where rounding would hide that they differ."""
    number = facts.printed_number(row.published)
    decimals = numbers.decimals_of(number or "")
    unit = "percent" if row.unit == "as printed" and number else row.unit
    printed = numbers.write(float(number), unit, decimals) if number else row.published
    if pd.isna(row.value):
        return printed, "[x]"
    ours = numbers.write(row.value, unit, decimals)
    return printed, numbers.write(
        row.value, unit, decimals + 1
    ) if ours == printed and row.result == "explained" else ours


def _shares_withheld(frame: pd.DataFrame) -> pd.DataFrame:
    """An indicator's rows without the shares that stand for a small count of children, or for the rest of a whole."""
    guarded = frame["provenance"].ne("official") & frame["table"].map(facts.counts_children)
    shares = guarded & frame["numerator"].notna() & frame["unit"].isin(numbers.PERCENT)
    if not shares.any():
        return frame
    whole = ["area", "year", "period"]
    also = ["value", "denominator"]
    kept = disclosure.protect_shares(frame[shares], "numerator", "denominator", whole, "category", also)
    found = pd.concat([frame[~shares], kept]).loc[frame.index]
    found.attrs["withheld"] = ["value", "numerator", "denominator"]
    return found


def _is_count(values: pd.Series, unit: str) -> bool:
    """Whether a column holds counts: whole numbers that are neither years nor shares; an integer column always does."""
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return False
    known = values.dropna().astype(float)
    whole = pd.api.types.is_integer_dtype(values) or unit not in numbers.PERCENT and (known % 1 == 0).all()
    return bool(whole) and not bool(known.between(1900, 2100).all())


def _undefined(key: str, said: str) -> list[Finding]:
    """A finding for a figure of which readers are not told what it counts."""
    advice = f"Give '{key}' a row in definitions/figure_definitions.csv."
    message = "Nothing says what is counted in it."
    return [] if said else [warning("definition", message, file=f"figure {key}", advice=advice)]


def _printed(number: int | str) -> str:
    return f"Figure {number} in the printed report" if str(number).isdigit() else str(number)


def _help_line(row) -> str:
    """One line as Markdown. A website is written without its beginning."""
    website = f"[{as_words(row.website)}](https://{row.website}){{.website}}" if row.website else ""
    parts = [
        f"### {as_words(row.name)} {{.unnumbered .help-line}}",
        as_words(f"{row.help} {row.cost}".strip()),
    ]
    return "\n\n".join(filter(None, [*parts, phone_link(row.phone, "Call "), website])) + "\n"


def _owner(row) -> str:
    return f" ({row.owner})" if isinstance(row.owner, str) and row.owner else ""


def _plain(html: str) -> str:
    import re
    from html import unescape

    return unescape(re.sub(r"<[^>]+>", "", html))


def report(
    year: str, area: str = "", draft: bool = True, project: Project | None = None, audience: str = ""
) -> Report:
    """The report of a year, of the project's own area unless another is named: that is made from official figures alone.

    `audience` names other readers than the Board, such as young-people: commentary and notebooks are then theirs.
    ValueError when the year or the area is mistyped; FileNotFoundError when the year is not there.
    """
    found = project or Project.find()
    found = replace(found, area=area or found.area, audience=audience or found.audience)
    edition = found.edition(ReportYear.parse(year))
    gaps.watch()
    return Report(found, edition, draft)
