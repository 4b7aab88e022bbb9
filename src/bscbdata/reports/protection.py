"""What a report may show of children: counts protected before they are drawn, and every figure checked before it is shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import pandas as pd

from bscbdata import disclosure, facts, numbers, tracing
from bscbdata.disclosure import gate
from bscbdata.figures import crosstab
from bscbdata.figures.published_table import HIDDEN, Published, of
from bscbdata.period import ReportYear
from bscbdata.reads import FILE, note
from bscbdata.reports.data import ReportData
from bscbdata.tracing import behind


class ReportProtection(ReportData):
    """The data of a report, with small counts of children withheld; it remembers what was, for the figures that follow."""

    def protect(
        self,
        frame: pd.DataFrame,
        count: str,
        by: list[str],
        also: list[str] | None = None,
        within: Sequence[str] = (),
        nested: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
        apart: Sequence[str] = (),
        figure: str = "",
    ) -> pd.DataFrame:
        """The frame with small counts of children withheld, and what would give them away: see disclosure.protect.

        With the key of the `figure` that it is for, what official tables and the reports of earlier years tell of the same
        cells is known to readers: such a cell is no partner, and what an earlier report withheld stays withheld.
        """
        self._protected.append(frame[count])
        beside = self._official_beside(figure, disclosure.CountTable(frame, count, by)) if figure else {}
        before = self._printed_before(figure, count) if figure else {}
        shown = disclosure.protect(frame, count, by, also, within, nested, apart, **beside, **before)
        self._counted_anew.setdefault(figure, []).extend(shown.attrs["anew"])
        self._counts_behind.setdefault(figure, []).append((shown, count, by))
        self._note_withheld(shown, count, by)
        return shown

    def _printed_before(self, key: str, count: str) -> dict[str, object]:
        """The figure of that key as earlier reports printed it, where that is kept: those of earlier years, and earlier
        final editions of this one."""
        year = self.edition.year.label
        found = {"before": [], "corrected": [], "year": year}
        for label in [label for label in self.project.years() if label <= year]:
            folder = self.project.for_readers().build(ReportYear.parse(label))
            for place in [folder / disclosure.FINAL, *[folder / disclosure.COUNTS] * (label < year)]:
                note(FILE, place)
            for path in disclosure.kept_places(folder, same_year=label == year):
                tables = disclosure.kept_tables(path, label)
                told = [tables[name] for name in (key, f"{key}, {count}") if name in tables]
                found["before" if label < year else "corrected"] += told
        return found

    @cached_property
    def withheld_before(self) -> frozenset[str]:
        """The tables of which an earlier final edition of this year withholds a number. It stays withheld, so where no
        `figure` watches over them their numbers are not told."""
        return self._final_editions[0]

    @cached_property
    def facts_told_before(self) -> frozenset[str]:
        """The facts that an earlier final edition of this year told itself."""
        return self._final_editions[1]

    @cached_property
    def _final_editions(self) -> tuple[frozenset[str], frozenset[str]]:
        """What the earlier final editions of this year withheld and told, as it is kept."""
        folder = self.project.for_readers().build(self.edition.year)
        note(FILE, folder / disclosure.FINAL)
        return disclosure.of_finals(folder, self.edition.year.label)

    def _official_beside(self, key: str, table: disclosure.CountTable) -> dict[str, object]:
        """The official tables of the same cells as the figure of that key, and how the rules tie them to it."""
        year = self.edition.year.label
        public = disclosure.official_tables(self._tidy, year, self.edition.area)
        known = {key: table, **public}
        sums = [
            (link, disclosure.shown_sum(known, link.left), disclosure.shown_sum(known, link.right))
            for link in disclosure.report_links(known, year)
        ]
        # what differs, or was withheld by its publisher, tells nothing of the other
        return {
            "key": key,
            "public": public,
            "links": [link for link, ours, theirs in sums if ours == theirs],
        }

    def protect_linked(
        self,
        tables: Mapping[str, disclosure.CountTable],
        links: Sequence[disclosure.Link] = (),
        also: Mapping[str, list[str]] | None = None,
    ) -> dict[str, pd.DataFrame]:
        """Tables that count the same children protected together: see disclosure.protect_linked."""
        self._protected.extend(each.frame[each.count] for each in tables.values() if not each.public)
        shown = disclosure.protect_linked(tables, links, also)
        for name, frame in shown.items():
            self._note_withheld(frame, tables[name].count, tables[name].by)
        return shown

    def _note_withheld(self, shown: pd.DataFrame, count: str, by: Sequence[str]) -> None:
        """Keep the names of what was withheld: a table with names across has no status beside its numbers."""
        hidden = shown.loc[shown[count].isna(), list(by)].astype("object")
        self._withheld_names.extend(
            [set(tracing.spellings(name)) for name in row] for row in hidden.itertuples(index=False)
        )

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
        units = {name: of(unit, name, "") for name in frame}
        counts = [name for name in frame if _is_count(frame[name], units[name])]
        official = all(self.provenance([name]) == "official" for name in tables)
        children = not official and any(facts.counts_children(name) for name in tables)
        if children:
            self._pass_gate(frame, counts, units, decimals)
        self._check_rows(frame, tables)
        self._check_worked_out(Published(frame, {}, decimals, unit), tables)
        if not children and (not official or not tables):
            return {}
        return self._counted(frame, [name for name in counts if not name.startswith("_")], tables, official)

    def _check_rows(self, frame: pd.DataFrame, tables: list[str]) -> None:
        """Raise DisclosureError when rows of a list of children are shown, and no counts of them."""
        for name in filter(facts.has_a_row_a_child, self._of_children(tables)):
            own, shown = set(self._tidy[name]), set(frame) - {"status"}
            counted = set(frame.select_dtypes("number")) - own
            if "row_id" in own and shown and not counted and (name in tables or shown <= own):
                raise disclosure.DisclosureError(
                    f"The table shows rows of '{name}', which lists children, and no counts of them. Group its rows, "
                    "count them, and pass the counts through report.protect(table, count=…, by=[…])."
                )

    def _check_worked_out(self, table: Published, tables: list[str]) -> None:
        """Raise DisclosureError when numbers tell small counts of a table that the chapter has read, named or not."""
        children = self._of_children(tables)
        if children:
            behind.check_worked_out(self.tracer, table, tables, children, self._protected)
        if children and not set(children) & set(tables):
            behind.check_found(self.tracer, table, tables, children)

    def _of_children(self, tables: list[str]) -> list[str]:
        """Of the tables that a figure names, and of those that the chapter has read, the ones that count children and are
        not official."""
        asked = dict.fromkeys([*tables, *self._taken])
        ours = [name for name in asked if facts.counts_children(name) and name in self._tidy]
        return [name for name in ours if self.provenance([name]) != "official"]

    def _one_below_the_other(
        self, frame: pd.DataFrame, table: Published, tables: list[str]
    ) -> Published | None:
        """The numbers of a table of children that has names across, as checks read them; None for any other table."""
        known = self._known_names(tables)
        if not known or not crosstab.is_across(frame, known):
            return None
        below = crosstab.in_rows(frame)
        numeric = [name for name in below if crosstab.is_number(below[name])]
        words = below.drop(columns=numeric).astype("object").itertuples(index=False)
        named = pd.Series([self._is_withheld(names) for names in words], dtype=bool)
        hidden = named & below[numeric].isna().any(axis=1)
        below["status"] = hidden.map({True: "confidential", False: "shown"})
        below.attrs["withheld"] = numeric if hidden.any() else []
        return replace(table, frame=below)

    def _known_names(self, tables: list[str]) -> Callable[[str], bool] | None:
        """What tells whether a head is a name of the tables of children behind a figure; None where there are none."""
        children = self._of_children(tables)
        names = set().union(*(tracing.names_in(self._tidy, name) for name in children))
        names |= {word.casefold() for word in disclosure.rules().words_for_totals}
        return (lambda head: not {*tracing.spellings(head)}.isdisjoint(names)) if children else None

    def _check_names_beside_others(self, frame: pd.DataFrame, table: Published, tables: list[str]) -> None:
        """Look at the numbers under names by themselves too, where another column stands beside them: `Change`."""
        known = self._known_names(tables)
        beside = crosstab.beside_names(frame, known) if known else []
        part = frame.drop(columns=beside)
        below = (
            self._one_below_the_other(part, replace(table, frame=crosstab.flat(part)), tables)
            if beside
            else None
        )
        if below:
            self._check_worked_out(below, tables)

    def _with_names_across(self, frame: pd.DataFrame, table: Published) -> Published:
        """A table as it prints: the heads of its numbers are names, and a cell that was withheld says so."""
        measures = crosstab.measures(frame)
        words = table.frame.drop(columns=list(measures)).astype("object").itertuples(index=False)
        cells = [(row, head, (*names, head)) for row, names in enumerate(words) for head in measures]
        withheld = {(row, head): "confidential" for row, head, names in cells if self._is_withheld(names)}
        settings = {
            name: {**told, **{head: told[kind] for head, kind in measures.items() if kind in told}}
            for name in ("unit", "decimals")
            if isinstance(told := getattr(table, name), Mapping)
        }
        heads = {head: table.labels.get(head, head) for head in measures}
        return replace(table, labels={**table.labels, **heads}, said={**table.said, **withheld}, **settings)

    def _is_withheld(self, names: Sequence[object]) -> bool:
        """Whether the chapter withheld the count that has these names."""
        spelled = tracing.spelled(names)
        return any(all(own & spelled for own in row) for row in self._withheld_names)

    @cached_property
    def _withheld_names(self) -> list[list[set[str]]]:
        """The names of what was withheld so far, each in all its spellings."""
        return []

    @cached_property
    def _counted_anew(self) -> dict[str, list[dict[str, str]]]:
        """By figure, the cells withheld so far of which an earlier report shows another number."""
        return {}

    def _behind_shares(self, key: str, counted: Mapping[str, object]) -> dict[str, object]:
        """For the proof, the counts behind a figure that shows shares of them alone, as they were protected: a drawing has
        its shares so exactly that they tell their counts."""
        told = [] if counted.get("columns") else self._counts_behind.get(key, [])
        return {
            "behind": [
                {
                    "count": count,
                    "names": disclosure.as_printed(shown[by]).to_dict("list"),
                    "counts": shown[count].astype("object").where(shown[count].notna(), None).tolist(),
                }
                for shown, count, by in told
            ]
        }

    @cached_property
    def _counts_behind(self) -> dict[str, list[tuple[pd.DataFrame, str, list[str]]]]:
        """By figure, what was protected for it so far: the table, its count, and by which columns."""
        return {}

    @cached_property
    def _protected(self) -> list[pd.Series]:
        """The counts that were protected so far, as they were before."""
        return []

    @staticmethod
    def _pass_gate(
        frame: pd.DataFrame, counts: list[str], units: dict[str, str], decimals: int | dict[str, int]
    ) -> None:
        """Raise DisclosureError for whatever a figure of children may not show."""
        numeric = [
            name for name in frame if pd.api.types.is_numeric_dtype(frame[name]) and not name.startswith("_")
        ]
        shares = [name for name in numeric if name not in counts]
        whole = [name for name in shares if not units[name] and of(decimals, name, 0) == 0]
        disclosure.check_protected(frame, counts)
        disclosure.check_shares(frame, counts, shares)
        gate.check_words(frame)
        gate.check_printed(frame, whole)
        gate.check_counts_known(frame, counts, shares)
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
            name for name in frame if name not in HIDDEN and not pd.api.types.is_numeric_dtype(frame[name])
        ]
        by = told["by"] if told and set(told["by"]) <= set(frame) else words
        found = {"columns": counts, "by": by, "nested": told.get("nested", {})}
        return found | {"tables": tables, "public": public}


def _is_count(values: pd.Series, unit: str) -> bool:
    """Whether a column holds counts: whole numbers that are neither years nor shares; an integer column always does."""
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return False
    known = values.dropna().astype(float)
    whole = pd.api.types.is_integer_dtype(values) or unit not in numbers.PERCENT and (known % 1 == 0).all()
    return bool(whole) and not bool(known.between(1900, 2100).all())
