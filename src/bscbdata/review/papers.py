"""What an edition rests on: of each fact label, definition, tables and files; of each figure tables and files; the claims."""

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from hashlib import blake2b

from bscbdata import facts
from bscbdata.build.hashes import file_hash
from bscbdata.findings import DataStop
from bscbdata.indicators import definitions as indicator_definitions
from bscbdata.kept import code_version, kept_json
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.prose import Writer
from bscbdata.provenance import raw_files
from bscbdata.reports.data import ReportData
from bscbdata.sources import load_source, source_names
from bscbdata.tracing.usage import read_usage

# the facts that can be counts of children; others are built on them
COUNTS = ("value", "sum", "count", "difference")


def hash_of(content: object) -> str:
    return blake2b(json.dumps(content, ensure_ascii=False).encode(), digest_size=16).hexdigest()


class Papers:
    """Answers, for one project and year, what a fact or figure is made from, and which claims the text makes."""

    def __init__(self, project: Project, year: ReportYear) -> None:
        self.project, self.year = project, year
        self.report = ReportData(project, project.edition(year))
        self.figures = {figure.key: figure for usage in read_usage(project) for figure in usage.figures}
        self.shown_on = sections_shown(project)
        self._papers: dict[tuple[str, str, str], dict] = {}
        self._files: dict[str, str] = {}
        tables = file_hash(project.processed(year).glob("*.parquet"))
        names = "\n".join(str(path) for path in raw_files(project.raw))
        self.data = (code_version(), repr(self.report.edition), tables, names)

    def offset(self, year: str) -> int:
        """The number of years from the report's year to another (-1 is last year); 0 for what is no year."""
        try:
            return ReportYear.parse(year).first - self.year.first
        except ValueError:
            return 0

    def key(self, name: str) -> str:
        """`id|area|year` with the year told from the report's own: `id|area|-1` is last year's."""
        fact_id, area, year = name.split("|")
        return f"{fact_id}|{area}|{self.offset(year):+d}"

    def papers(self, name: str, area: str, year: str) -> dict:
        """Label, unit, definition, tables, files, provenance and vintage of a fact; cached by the data it was asked of."""
        asked = (name, area, year)
        if asked not in self._papers:
            made_from = (*self.data, *asked)
            self._papers[asked] = kept_json("papers", made_from, lambda: self._read_papers(*asked))
        return self._papers[asked]

    def _read_papers(self, name: str, area: str, year: str) -> dict:
        """Label, unit, definition, tables, files, provenance and vintage of a fact; what is not known is empty."""
        try:
            found = facts.compute(name, self.report.tracer.tables, self.report.edition, area, year)
        except (facts.FactError, DataStop, ValueError):
            return self._indicator(name, area, year)
        definition = facts.definitions()[name]
        official = found.provenance == "official"
        files = {row.partition("#")[0] for row in found.rows} | set(map(self._file, found.sources))
        return {
            "label": found.label, "unit": found.unit, "provenance": found.provenance,
            "definition": _versions(facts.indicators_of(definition))
            | {"id": name, "version": hash_of(asdict(definition))[:12]},
            "tables": sorted({definition.table, *found.sources}), "files": sorted(files - {""}),
            "vintage": self._vintage(found.sources, found.area, found.year),
            "children": not official
            and (found.how in COUNTS and found.denominator is None)
            and any(facts.counts_children(table) for table in found.sources),
            "own": [float(found.value), found.unit, found.decimals],
        }  # fmt: skip

    def _indicator(self, name: str, area: str, year: str) -> dict:
        known = indicator_definitions().get(name)
        if not known:
            return {}
        frame = self.report.tracer.tables["indicators"]
        rows = frame[(frame["indicator"] == name) & (frame["area"] == area) & (frame["year"] == year)]
        tables = sorted(rows["table"].astype("str").unique())
        provenances = set(rows["provenance"].astype("str"))
        return {
            "label": known["title"], "unit": known["unit"], "provenance": "|".join(sorted(provenances)),
            "definition": {"id": name, "version": known.get("version", "")},
            "tables": tables, "files": sorted({self._file(table) for table in tables} - {""}),
            "vintage": self._vintage(tables, area, year),
            "children": provenances != {"official"} and any(facts.counts_children(table) for table in tables),
        }  # fmt: skip

    def _file(self, table: str) -> str:
        """The raw file of a table; empty for one that has none."""
        if table not in self._files:
            self._files[table] = self._find_file(table)
        return self._files[table]

    def _find_file(self, table: str) -> str:
        if table not in source_names():
            return ""
        try:
            file = load_source(table).file(self.project.raw, self.year)
            return file.relative_to(self.project.raw).as_posix()
        except (FileNotFoundError, ValueError):
            return ""

    def _vintage(self, tables: Iterable[str], area: str, year: str) -> str:
        found: set[str] = set()
        for table in tables:
            frame = self.report.tracer.tables.get(table)
            if frame is not None and {"vintage", "area", "year"} <= set(frame.columns):
                rows = frame[(frame["area"] == area) & (frame["year"] == year)]
                found |= set(rows["vintage"].dropna().astype("str"))
        return ", ".join(sorted(found))

    def of_figure(self, key: str) -> dict:
        """Tables and files of a figure, the versions of its indicators, and whether it counts children of ours."""
        drawn = self.figures.get(key)
        tables, names = (list(drawn.tables), drawn.names) if drawn else ([], ())
        guarded_tables = [t for t in tables if t in self.report.tracer.tables and facts.counts_children(t)]
        children = any(self.report.provenance([table]) != "official" for table in guarded_tables)
        files = sorted(set(map(self._file, tables)) - {""})
        return {"tables": tables, "files": files, "definition": _versions(names), "children": children}

    def claims(self) -> list[dict]:
        """Every claim of commentary and of the words of figures: place, words, whether it holds."""
        texts = [
            (f"commentary/{self.report.project.text_name(file)}, section {section}", text)
            for section, (text, file) in self.report.commentary.items()
        ]
        texts += [(f"figure {key}", text) for key, figure in self.figures.items() for text in figure.words]
        return [self._claim(claim) for place, text in texts for claim in self._judged(place, text)]

    def _judged(self, place: str, text: str) -> list[dict]:
        """The claims of one text and whether each holds; cached by the text and the data."""
        return kept_json("claims", (*self.data, place, text), lambda: self._weigh(place, text))

    def _weigh(self, place: str, text: str) -> list[dict]:
        writer = Writer(self.report.tracer.tables, self.report.edition)
        with suppress(DataStop):  # a section that no chapter shows may ask for what this year does not have
            writer.render(text, place)
        return writer.judged

    def _claim(self, claim: dict) -> dict:
        """A claim with its page, and the tables and files that it rests on."""
        told = [self.papers(*name.split("|")) for name in claim["weighed"]]
        rests = {
            part: sorted({one for papers in told for one in papers.get(part, [])})
            for part in ("tables", "files")
        }
        rests["definition"] = {
            asked: papers.get("definition") for asked, papers in zip(claim["weighed"], told, strict=True)
        }
        kept = {name: claim[name] for name in ("place", "words", "holds")}
        return kept | rests | {"page": self._page(claim["place"])}

    def _page(self, place: str) -> str:
        """The page of a claim, from the notebook that shows the section or makes the figure."""
        asked = re.search(r"(?:section|figure) (.+)$", place)
        return self.shown_on.get(asked[1], "") if asked else ""


def _versions(names: Iterable[str]) -> dict[str, str]:
    """The version of each of these that is an indicator's name."""
    known = indicator_definitions()
    return {name: known[name].get("version", "") for name in names if name in known}


def sections_shown(project: Project) -> dict[str, str]:
    """The page that shows each section of commentary and each figure."""
    return {
        name: usage.page
        for usage in read_usage(project)
        for name in (*usage.sections, *(figure.key for figure in usage.figures))
    }
