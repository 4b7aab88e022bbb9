"""What a report is made from: the tidy tables of one year, its indicators, facts and commentary, each by its name."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from bscbdata import disclosure, facts, gaps, numbers
from bscbdata.facts import Fact
from bscbdata.findings import refusal
from bscbdata.gaps import NoData
from bscbdata.indicators import definitions
from bscbdata.lists import near
from bscbdata.places import Edition, Project
from bscbdata.prose import Writer, edition_commentary
from bscbdata.provenance import combined, read_origin
from bscbdata.sources import load_source, source_names
from bscbdata.tables import Listing, made_from, read_all, rows_with
from bscbdata.tracing import Tracer

MADE = "made from the others"


class Names(Mapping):
    """Things of a report by name, which a notebook completes: `report.indicators["ref<TAB>`."""

    def __init__(self, what: str, titles: Mapping[str, str], get: Callable[[str], object]) -> None:
        self.what, self.titles, self._get = what, titles, get

    def __getitem__(self, name: str) -> object:
        return self._get(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.titles)

    def __len__(self) -> int:
        return len(self.titles)

    def __contains__(self, name: object) -> bool:
        return name in self.titles

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.titles)

    def frame(self) -> pd.DataFrame:
        """The names with what each one is."""
        return pd.DataFrame({"name": list(self.titles), "what it is": list(self.titles.values())})

    def __repr__(self) -> str:
        return "\n".join(
            [f"{len(self)} {self.what}:", *(f"  {name}: {said}" for name, said in self.titles.items())]
        )

    def _repr_html_(self) -> str:
        return f"<p>{len(self)} {self.what}</p>{Listing(self.frame())._repr_html_()}"


@dataclass(frozen=True)
class ReportData:
    """The data of one year's report. Reads only what `bscb clean` wrote."""

    project: Project
    edition: Edition
    draft: bool = True

    @cached_property
    def tables(self) -> Names:
        """The tidy tables by name: `report.tables["contacts"]` is `report.table("contacts")`; a notebook completes the name."""
        known = set(source_names())
        titles = {name: load_source(name).title if name in known else MADE for name in self._tidy}
        return Names("tables", titles, self.table)

    @cached_property
    def _tidy(self) -> Mapping[str, pd.DataFrame]:
        """The tidy tables as the package reads them; what an analyst takes is noted, for the checks of a figure."""
        folder = self.project.processed(self.edition.year)
        found = read_all(folder)
        if not found:
            other = "" if self.project.is_home(self.edition.year) else f' --area "{self.edition.area}"'
            said = "There are no tidy tables for this year."
            advice = f"Run `bscb clean --year {self.edition.year}{other}` first."
            raise refusal("processed", said, file=folder.name, advice=advice)
        return found

    @cached_property
    def writer(self) -> Writer:
        return Writer(self._tidy, self.edition, says_kinds=bool(self.project.audience))

    @cached_property
    def commentary(self) -> dict[str, tuple[str, str]]:
        return edition_commentary(self.project, self.edition)

    def table(self, name: str) -> pd.DataFrame:
        """A tidy table. NoData when its return is not there; KeyError names those that come close.

        >>> list(report.table("mash_enquiries").columns)[:2]
        ['month', 'enquiries']
        """
        found = self._table(name)
        self._taken[name] = None
        return found.copy()

    def _table(self, name: str) -> pd.DataFrame:
        if name not in self._tidy and name in source_names():
            self._must_not_lie_there(name)
            raise NoData(gaps.of_table(name, self.edition))
        if name not in self._tidy:
            raise KeyError(f"There is no table '{name}'.{near(name, self._tidy)} `report.tables` lists all.")
        return self._tidy[name]

    def _must_not_lie_there(self, name: str) -> None:
        """KeyError when the return has come since the tables were written: it is not missing, only not read yet.

        One that was read and made no table came with its headers alone.
        """
        file = load_source(name).file(self.project.raw, self.edition.year)
        read = made_from(self.project.processed(self.edition.year)).get("made_from", {})
        new = file.exists() and file.relative_to(self.project.root).as_posix() not in read
        if new and not self.edition.official_alone:
            again = f"Run `bscb clean --year {self.edition.year}`, then run the notebook from its top."
            raise KeyError(f"There is no table '{name}' yet, but {file.name} lies there. {again}")

    def indicator(
        self, name: str, areas: list[str] | str | None = None, until: bool = True, year: str = ""
    ) -> pd.DataFrame:
        """The rows of an indicator, in order of area as asked, of one year or of all.

        Years after the report's own are left out unless `until` is false. Shares that are built on a small count of
        children are withheld. NoData when there is no such row, KeyError when there is no such indicator.

        >>> rates = report.indicator("referrals_rate_per_10000", ["England"])
        >>> rates.loc[rates["year"] == "2015-16", "value"].tolist()
        [532.2]
        """
        if name not in definitions():
            titles = {known["title"].casefold(): id_ for id_, known in definitions().items()}
            meant = titles.get(name.strip().casefold())
            known = f" Its name is '{meant}'." if meant else near(name, definitions())
            known += f" It is a table: report.table('{name}')." if name in self._tidy else ""
            raise KeyError(f"There is no indicator '{name}'.{known} `report.indicators` lists all.")
        every = frame = rows_with(self._tidy, "indicators", "indicator", [name])
        if until:
            frame = frame[frame["year"] <= self.edition.year.label]
        if year:
            frame = frame[frame["year"] == year]
        areas = [areas] if isinstance(areas, str) else areas
        if areas:
            frame = frame[frame["area"].isin(areas)].sort_values(
                "area", key=lambda a: a.map(areas.index), kind="stable"
            )
        if frame["value"].isna().all():
            raise NoData(gaps.of_indicator(name, every, self.edition, (areas or [""])[0], year))
        self._asked[name] = frozenset(every["table"].astype("str"))
        self._taken.update(dict.fromkeys(self._asked[name]))
        frame = frame.drop(columns="source_rows", errors="ignore")
        return _shares_withheld(frame.reset_index(drop=True))

    @cached_property
    def _taken(self) -> dict[str, None]:
        """The tables that the chapter has asked for so far."""
        return {}

    @cached_property
    def _asked(self) -> dict[str, frozenset[str]]:
        """The indicators asked for since the last figure, each with the tables behind it."""
        return {}

    @cached_property
    def indicators(self) -> Names:
        """The indicators by name: `report.indicators["referrals"]`; a notebook completes the name."""
        titles = {name: known["title"] for name, known in definitions().items()}
        return Names("indicators", titles, self.indicator)

    @cached_property
    def facts(self) -> Names:
        """The facts by name: `report.facts["referrals.count"]`; a notebook completes the name."""
        return Names("facts", {name: one.label for name, one in facts.definitions().items()}, self.fact)

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

    def numbers(self, named: Mapping[str, str]) -> tuple[pd.DataFrame, str]:
        """Facts by the words for each, in their order (columns: name, number), and a sentence for each that is not there.

        NoData where none is there.

        >>> report.numbers({"Referrals": "referrals.count"})[0]["number"].tolist()
        [6958.0]
        """
        values, lacking = {}, {}
        for name, fact in named.items():
            try:
                values[name] = self.fact(fact).value
            except NoData as found:
                lacking |= dict.fromkeys(found.gaps)
        if not values:
            raise NoData(*lacking)
        names = pd.Categorical(values, list(values), ordered=True)
        return pd.DataFrame({"name": names, "number": list(values.values())}), " ".join(map(str, lacking))

    @cached_property
    def tracer(self) -> Tracer:
        """What follows numbers of this report back to the raw files."""
        return Tracer(self.project, self.edition, self._tidy)

    def provenance(self, tables: list[str]) -> str:
        """official, published, illustrative, or mixed; empty for a table about the report itself."""
        kinds = {value for name in tables for value in self._table(name)["provenance"].unique()}
        # what is simulated is called so, though England's official figure stands beside it
        return "illustrative" if self.edition.illustrative and "illustrative" in kinds else combined(kinds)

    def simulated(self, name: str) -> bool:
        """Whether a table was simulated, in whole or in part, because the real return is not here."""
        return self.provenance([name]) in ("illustrative", "mixed")

    def source_line(self, tables: list[str]) -> str:
        """Who published what the figure is drawn from: the sources of official tables, else the file's own origin."""
        lines = [self._origin_line(name) for name in tables]
        return "; ".join(dict.fromkeys(lines)) + ("." if lines else "")

    def _origin_line(self, name: str) -> str:
        if name in self._tidy and facts.is_of_children(name):
            return "Child-level returns of the council"
        if name not in source_names():
            from bscbdata.figures.chart_words import FigureError  # Altair is for those who draw

            raise FigureError(
                f"'{name}' is not a source. Name the tables of sources/ that the figure is drawn from."
            )
        source = load_source(name)
        origin = read_origin(source.file(self.project.raw, self.edition.year))
        simulated = self.edition.illustrative and self.simulated(name)
        return f"{origin.publisher}, {origin.title}{', in part simulated in its place' if simulated else ''}"


def _shares_withheld(frame: pd.DataFrame) -> pd.DataFrame:
    """An indicator's rows without the shares that stand for a small count of children, or for the rest of a whole, and
    without averages and rates of one."""
    guarded = (
        frame["provenance"].ne("official")
        & frame["table"].map(facts.counts_children)
        & frame["numerator"].notna()
    )
    shares = guarded & frame["unit"].isin(numbers.PERCENT)
    if not guarded.any():
        return frame
    found = frame.copy()
    if shares.any():
        whole, also = ["area", "year", "period"], ["value", "denominator"]
        kept = disclosure.protect_shares(frame[shares], "numerator", "denominator", whole, "category", also)
        found = pd.concat([frame[~shares], kept]).loc[frame.index]
    a_row_a_child = frame["table"].map(facts.has_a_row_a_child)
    over_few = a_row_a_child & disclosure.is_small(frame["denominator"])
    few = guarded & ~shares & (disclosure.is_small(frame["numerator"]) | over_few)
    found[["value", "numerator"]] = found[["value", "numerator"]].mask(few)
    found["status"] = (
        found["status"].astype("str").mask(few, "confidential") if few.any() else found["status"]
    )
    found.attrs["withheld"] = ["value", "numerator", "denominator"]
    return found
