"""The report of one year as an analyst meets it: `report = bscb.report("2015-16")`."""

from contextlib import suppress
from dataclasses import replace
from html import escape

import pandas as pd

from bscbdata import (
    audit,
    coverage,
    disclosure,
    facts,
    gaps,
    key_measures,
    lab,
    numbers,
    quality,
    record,
    worked,
)
from bscbdata.back_test import against_published, hidden, side_by_side
from bscbdata.cleaning import NOT_APPLICABLE, WITHHELD
from bscbdata.findings import DataStop
from bscbdata.indicators import definitions
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.prose import as_words, phone_link
from bscbdata.provenance import raw_files, read_origin
from bscbdata.reports.explore import ReportExplorer
from bscbdata.reports.figures import Text
from bscbdata.sources import is_return_of_children, load_source, published_name, published_title, source_names
from bscbdata.tables import Listing
from bscbdata.tracing.book import TracedBook


class Report(ReportExplorer):
    """One year's report: its tables, indicators, facts, figures and commentary. Reads only what `bscb clean` wrote."""

    @property
    def year(self) -> str:
        """The report year, as in 2015-16."""
        return self.edition.year.label

    @property
    def area(self) -> str:
        """Whose report it is."""
        return self.edition.area

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
            "tables": self._tables_said(),
            "indicators": f'{len(self.indicators)}: report.indicator("referrals"), report.chart("referrals")',
            "facts": f'{len(self.facts)}: report.fact("referrals.count")',
            "commentary": f'{len(self.commentary)} sections: report.prose("{next(iter(self.commentary), "")}")',
        }

    def _tables_said(self) -> str:
        try:
            return f'{len(self._tidy)}: report.table("contacts"), report.catalogue()'
        except DataStop as stop:
            return f"none yet. {stop.findings[0].advice}"

    def book(self) -> TracedBook:
        """The whole book followed back: its sources, its numbers, a picture of each chapter's way."""
        return TracedBook(self)

    def run_record(self) -> dict[str, pd.DataFrame]:
        """What this edition was made from and with, and what the checks said, as tables: see bscbdata.record."""
        made = record.run_record(self.project, self.edition, self.draft, self.table("findings"))
        return record.frames(made)

    def key_measures(self, unit: str) -> pd.DataFrame:
        """The measures that a Board asks about first, of a unit (`percent`, `per 10,000`), side by side.

        Columns: Measure, last year, this year, Change (in words), then this year elsewhere. What is not published, or
        not comparable over the two years, is missing.
        """
        return key_measures.side_by_side(self._chosen(unit), self.edition, unit)

    def editions_note(self, unit: str) -> str:
        """Which areas of the key measures are of another edition of the statistics, and which have no figures; or nothing."""
        return key_measures.editions_note(self._chosen(unit), self.edition)

    def _chosen(self, unit: str) -> pd.DataFrame:
        found = []
        for name in key_measures.chosen(unit):
            with suppress(gaps.NoData):  # one that is not there is no row; its own figure says why
                found.append(self.indicator(name))
        return pd.concat(found, ignore_index=True) if found else self.table("indicators").iloc[:0]

    def next_steps(self, chapter: str) -> Text:
        """The Board's next steps for a chapter, as a list; several on one theme stand below it."""
        steps = self.table("next_steps")
        steps = steps[steps["chapter"].astype("str") == str(chapter)]
        theme = steps["theme"].map(lambda name: name.partition(": ")[0])
        lines = [_steps_on(name, list(rows.itertuples())) for name, rows in steps.groupby(theme, sort=False)]
        return Text("\n".join(lines or ["No next step is set for this chapter."]) + "\n")

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
                origin, file = read_origin(path), path.relative_to(self.project.raw).as_posix()
                hashed = "" if is_return_of_children(file) else origin.sha256[:12]
                named = published_name(file), origin.publisher, published_title(file, origin.title)
                rows.append((*named, origin.provenance, hashed))
        columns = ["file", "publisher", "title", "provenance", "sha256"]
        return pd.DataFrame([*dict.fromkeys(rows)], columns=columns)

    def contents(self) -> pd.DataFrame:
        """Every tidy table that is made from a source: name, what a row is, rows, provenance, status.

        Where a row is a child, a small number of rows is withheld.
        """
        named = [(name, load_source(name)) for name in source_names() if name in self._tidy]
        columns = ["table", "meaning", "rows", "data"]
        frame = pd.DataFrame(
            [(name, known.meaning, len(self._tidy[name]), self.provenance([name])) for name, known in named],
            columns=columns,
        ).astype({"rows": "Int64"})
        few = frame["table"].map(facts.has_a_row_a_child) & disclosure.is_small(frame["rows"])
        frame["status"] = few.map({True: "confidential", False: "shown"})
        frame.attrs["withheld"] = ["rows"]
        return frame.assign(rows=frame["rows"].mask(few))

    def definitions(self) -> pd.DataFrame:
        """What each indicator of this report is, in the order of its title; of official figures alone, only what they tell."""
        known = definitions()
        if self.edition.official_alone:
            told = set(self._tidy["indicators"]["indicator"])
            known = {name: row for name, row in known.items() if name in told}
        frame = pd.DataFrame(known.values()).sort_values("title")
        frame["unit"] = frame["unit"].map(numbers.unit_in_words)
        frame["denominator"] = frame["denominator"].replace("", NOT_APPLICABLE)
        return frame[["title", "numerator", "denominator", "unit", "definition_source"]]

    def worked_examples(self) -> pd.DataFrame:
        """Each indicator of this report with an example worked by hand, and what to beware of: see worked.as_table."""
        every = worked.as_table().replace({"caveat": {"": NOT_APPLICABLE}})
        return every[every["title"].isin(self.definitions()["title"])].reset_index(drop=True)

    def broken_everywhere(self) -> str:
        """What to beware of in every indicator alike: see worked.broken_everywhere."""
        return worked.broken_everywhere(self.edition.area, self.edition.year.label)

    def back_test(self) -> pd.DataFrame:
        """Every published number beside ours, as it prints: see back_test.against_published. NoData before it is printed.

        `fact_id` and `row_id` are what ours and theirs lead to: `leads_to` of a table takes them. Where the numbers are
        withheld, so is whether they agree: `result` is withheld.
        """
        self.table("published_facts")
        frame = against_published(self._tidy, self.edition)
        pairs = [side_by_side(row) for row in frame.itertuples()]
        shown = frame.assign(
            published=[p for p, _ in pairs], ours=[o for _, o in pairs], data=frame["provenance"]
        )
        held = hidden(frame, self.withheld_before, self.facts_told_before)
        for name in shown.loc[~held & shown["value"].notna(), "fact_id"]:
            self.fact(name)
        shown[["published", "ours"]] = shown[["published", "ours"]].mask(held, WITHHELD)
        # who has the printed report would know a number that is said to be as it was printed
        shown["result"] = shown["result"].mask(held, "withheld")
        in_words = shown["unit"].map(numbers.unit_in_words)
        return shown.assign(category=shown["category"].fillna("All"), unit=in_words)

    def statements(self) -> pd.DataFrame:
        """Sentences of the printed report that the data does not bear out: printed, recomputed, reason, row_id."""
        frame = self.table("errata_reasons")
        columns = ["printed", "recomputed", "reason", "row_id"]
        return frame.loc[frame["fact_id"].str.startswith("statement."), columns]

    def audit(self) -> pd.DataFrame:
        """Sums, shares and changes as sent or printed, held against each other: see bscbdata.audit."""
        return audit.run(self._tidy, self.edition, self.withheld_before)

    def quality_summary(self) -> pd.DataFrame:
        """How many checks, sums and printed numbers held, and how many did not."""
        back_test = self.back_test() if "published_facts" in self._tidy else None
        return quality.summary(self.table("findings"), self.table("rejects"), self.audit(), back_test)

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
        return quality.completeness(self._tidy, self.edition.year)

    def timeliness(self) -> pd.DataFrame:
        """When files were published and received, by publisher, where known."""
        return quality.timeliness(self.project, self.edition.year)

    def limits(self) -> pd.DataFrame:
        """What is known to be weak in the data."""
        return quality.limits()

    def coverage_chart(self) -> pd.DataFrame:
        """How many requirements of each guidance are shown by data, said in words, or not there, as a chart takes them."""
        return coverage.long_counts()

    def coverage_headline(self, guidance: str) -> str:
        """How far this report does what one guidance asks, in words."""
        return coverage.headline(guidance)

    def silences(self) -> Text:
        """What guidance asks for and this report says nothing about, as a list."""
        return Text(coverage.silences())


def _help_line(row) -> str:
    """One line as Markdown. A website is written without its beginning."""
    website = f"[{as_words(row.website)}](https://{row.website}){{.website}}" if row.website else ""
    parts = [
        f"### {as_words(row.name)} {{.unnumbered .help-line}}",
        as_words(f"{row.help} {row.cost}".strip()),
    ]
    return "\n\n".join(filter(None, [*parts, phone_link(row.phone, "Call "), website])) + "\n"


def _steps_on(theme: str, steps: list) -> str:
    """The steps on one theme as items of a list. Who owns all of them is named beside the theme."""
    if len(steps) == 1:
        (step,) = steps
        return f"- **{as_words(step.theme.replace(': ', ', '))}.** {as_words(step.action)}{_owner(step)}."
    owners = {_owner(step) for step in steps}
    shared = owners.pop() if len(owners) == 1 else ""
    below = [f"    - {as_words(step.action)}{'' if shared else _owner(step)}." for step in steps]
    return "\n".join([f"- **{as_words(theme)}**{shared}", *below])


def _owner(row) -> str:
    return as_words(f" ({row.owner})") if isinstance(row.owner, str) and row.owner else ""


def report(
    year: str, area: str = "", draft: bool = True, project: Project | None = None, audience: str = ""
) -> Report:
    """The report of a year, of the project's own area unless another is named: that is made from official figures alone.

    `audience` names other readers than the Board, such as young-people: commentary and notebooks are then theirs.
    ValueError when the year or the area is mistyped; FileNotFoundError when the year is not there.
    """
    lab.settle_in()
    found = project or Project.find()
    found = replace(found, area=area or found.area, audience=audience or found.audience)
    edition = found.edition(ReportYear.parse(year))
    gaps.watch()
    return Report(found, edition, draft)
