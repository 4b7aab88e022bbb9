"""Follows a fact, or rows of tidy tables, back to the raw files. What is known of each file is read once for a report."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache, cached_property
from hashlib import blake2b

import pandas as pd

from bscbdata import facts, indicators, numbers
from bscbdata.corrections import corrected_rows, load_corrections
from bscbdata.facts import Definition, Fact
from bscbdata.places import Edition, Project
from bscbdata.provenance import Rows, combined, join_rows, read_origin, read_rows, row_id
from bscbdata.sources import load_source, published_name, published_title, source_names
from bscbdata.tables import once, worked_out
from bscbdata.tracing import editions
from bscbdata.tracing.trace import AS_IT_STANDS, Place, Trace

SEEN_AS = "see the vintage column"
NOTHING = float("nan")  # what a row of another table has in a column that is not its own
MOST_ROWS = 4  # behind a number that may itself stand in one of them: a percentage with its two counts
OFFICIAL = "official/"  # the folder of raw files of official statistics
HOW = {
    "value": AS_IT_STANDS,
    "sum": "the sum of {top}",
    "count": "the number of {top}",
    "mean": "the mean of {top}",
    "share_pct": "{top}, as a percentage of {base}",
    "ratio": "{top}, divided by {base}",
    "change_pct": "{top}, as a change in per cent of {base}",
    "difference": "{top}, less {base}",
}
BEHIND = ["table", "source_rows", "row_id", "provenance", "vintage"]  # columns: what a row was made from
COLUMN_OF_AREA = {"england_pct": "England", "south_east_pct": "South East"}
OPERATORS = {">=": "from", "<=": "up to", "!=": "is not", "=": "is"}
ALL_QUARTERS = re.compile(r"quarter is (\S+) Q1 or \1 Q2 or \1 Q3 or \1 Q4")


class TraceError(ValueError):
    """A number that cannot be followed back, and why."""


@dataclass(frozen=True)
class Tracer:
    """Follows numbers of one edition back. Reads the tidy tables, the origins of raw files and the corrections."""

    project: Project
    edition: Edition
    tables: Mapping[str, pd.DataFrame]

    def fact(self, found: Fact) -> Trace:
        """The trace of a computed fact."""
        asked = ("trace", found.id, self.edition, found.area, found.year)
        return worked_out(self.tables, asked, lambda: self._fact(found))

    def _fact(self, found: Fact) -> Trace:
        definition = facts.definitions()[found.id]
        used = facts.rows_behind(self.tables, definition, self.edition, found.area, found.year)
        made = self.rows(used, definition.table)
        indicator = only(used["indicator"]) if "indicator" in used else ""
        made = replace(
            made,
            id=f"{found.id}|{found.area}|{found.year}",
            label=found.label,
            value=found.value,
            unit=found.unit,
            decimals=found.decimals,
            area=_place_of(used, definition) or found.area,
            period=only(used["period"]) if "period" in used and indicator else found.year,
            how=_how(definition, found),
            way=definition.how,
            numerator=found.numerator,
            denominator=found.denominator,
            definition=_definition(found.id, version(definition), indicator),
            withheld=facts.is_disclosive(found),
        )
        return self.with_editions(made)

    def indicator(self, row: Mapping) -> Trace:
        """The trace of a row of the table of indicators."""
        known = indicators.definitions()[row["indicator"]]
        made = self.rows({name: [row[name]] for name in BEHIND if name in row}, "indicators")
        parts = {
            name: None if pd.isna(row[name]) else float(row[name]) for name in ("numerator", "denominator")
        }
        value = None if pd.isna(row["value"]) else float(row["value"])
        of = "" if row["category"] == "All" else f": {row['category']}"
        made = replace(
            made,
            id=f"{row['indicator']}|{row['area']}|{row['year']}|{row['category']}|{row['period']}",
            label=f"{known['title']}{of}",
            value=value,
            unit=known["unit"],
            decimals=int(known["decimals"] or 0),
            area=row["area"],
            period=row["period"],
            how="as defined",
            definition=_definition("", "", row["indicator"]),
            withheld=row.get("status") == "confidential"
            or made.children
            and _rests_on_few(value, known["unit"], **parts),
            **parts,
        )
        return self.with_editions(made)

    def with_editions(self, trace: Trace) -> Trace:
        """The trace with what other editions say of the same number, where it stands so in an official row."""
        named = [Rows(p.file, p.sheet, _spells(p.rows)) for p in trace.places if p.file.startswith(OFFICIAL)]
        if trace.value is None or not named or sum(place.count for place in named) > MOST_ROWS:
            return trace
        return replace(trace, editions=tuple(dict.fromkeys(self._other_editions(trace, named))))

    def _other_editions(self, trace: Trace, named: list[Rows]) -> Iterator[str]:
        def write(value: float) -> str:
            return numbers.write(value, trace.unit, trace.decimals)

        for place in named:
            for table in self._official.get(place.file, ()):
                known = _editions_in(self.tables, table)
                for own, others in filter(None, map(known.get, _row_ids(place))):
                    if own.value == trace.value:
                        yield from editions.in_words(
                            own, others, write, lambda code: self._titles.get(code, code)
                        )

    def rows(self, used: Mapping[str, Iterable], table: str) -> Trace:
        """The bare trace of rows of a processed table (a frame, or its columns): tables, places, what is cited, corrections, vintage, provenance."""
        made_from = list(dict.fromkeys(map(str, used["table"]))) if "table" in used else [table]
        named = used["source_rows"] if "source_rows" in used else used.get("row_id", ())
        places = read_rows(join_rows(name for name in named if isinstance(name, str) and "#" in name))
        provenance = combined(map(str, used["provenance"])) if "provenance" in used else ""
        public = provenance == "official"
        return Trace(
            id=table,
            label=table,
            tables=tuple(dict.fromkeys([table, *made_from])),
            places=tuple(map(self.place, places)) or self.whole(made_from),
            cited=self._cited(places),
            corrections=self._corrections(made_from, places),
            vintage=_listed(used["vintage"]) if "vintage" in used else "",
            provenance=provenance,
            children=not public and any(map(facts.counts_children, made_from)),
            by_child=not public and any(map(facts.has_a_row_a_child, made_from)),
        )

    def whole(self, tables: Iterable[str]) -> tuple[Place, ...]:
        """The raw files of tables, where it cannot be said which rows."""
        known = [name for name in tables if name in source_names() and name in self.tables]
        named = [file for name in known for file in _files_of(self.tables, name, self.project, self.edition)]
        return tuple(self.place(Rows(name, "", ())) for name in dict.fromkeys(named))

    def place(self, rows: Rows) -> Place:
        """Rows of a raw file, with what the file's origin says of it."""
        paper = _paper(self.project, rows.file)
        told = paper | {"title": published_title(rows.file, paper["title"])}
        return Place(published_name(rows.file), rows.sheet, rows.text, **told)

    def at(self, named: str) -> tuple[Trace, list[dict]]:
        """The bare trace of rows by their ids, single or joined, and the rows themselves with their table.

        TraceError when no table has them.
        """
        found = [row for place in read_rows(named) for row in self._rows_at(place)]
        names = dict.fromkeys(name for row in found for name in row)
        columns = {name: [row.get(name, NOTHING) for row in found] for name in names}
        return self.rows(columns, found[0]["table"]), found

    def _rows_at(self, place: Rows) -> list[dict]:
        for table in self._made_from.get(place.file, ()):
            known, wanted = _places_in(self.tables, table), list(_row_ids(place))
            if all(row in known for row in wanted):
                arrays = _arrays_of(self.tables, table)
                return [
                    {name: values[known[row]] for name, values in arrays.items()} | {"table": table}
                    for row in wanted
                ]
        raise TraceError(f"No processed table has all of {place.file}, {place.sheet} rows {place.text}.")

    @cached_property
    def _made_from(self) -> dict[str, list[str]]:
        """The tables there are, by the raw file that each is made from."""
        found: dict[str, list[str]] = {}
        for source in map(load_source, source_names()):
            if source.name in self.tables:
                file = source.file(self.project.raw, self.edition.year)
                found.setdefault(file.relative_to(self.project.raw).as_posix(), []).append(source.name)
        return found

    @cached_property
    def _official(self) -> dict[str, list[str]]:
        """The official tables there are, by the raw file that each was gathered in."""
        return {file: tables for file, tables in self._made_from.items() if file.startswith(OFFICIAL)}

    @cached_property
    def _titles(self) -> dict[str, str]:
        """The title of each publication, by code."""
        known = self.tables.get("sources", pd.DataFrame({"code": [], "title": [], "publisher": []}))
        titles = known["publisher"].astype("str") + ", " + known["title"].astype("str")
        return dict(zip(known["code"], titles, strict=True))

    def _cited(self, places: Iterable[Rows]) -> tuple[str, ...]:
        found = [code for place in places for code in self._cited_in(place)]
        return tuple(self._titles.get(code, code) for code in dict.fromkeys(found))

    def _cited_in(self, place: Rows) -> Iterator[str]:
        """The publications that official rows cite. A publisher's own file is looked for in every official table; a return cites nothing."""
        if not place.file.startswith(OFFICIAL):
            return
        every = [table for several in self._official.values() for table in several]
        asked = [_publications_in(self.tables, table) for table in self._official.get(place.file, every)]
        yield from (cited[row] for row in _row_ids(place) for cited in reversed(asked) if row in cited)

    @cached_property
    def _corrected(self) -> dict[str, str]:
        """What was corrected, in words, by table and row id."""
        path = self.project.root / "data" / "corrections.yml"
        return {
            f"{entry['table']}|{row}": f"{entry['column']} corrected from {entry['was']} to {entry['now']}: "
            f"{entry['why']} ({entry['who']})"
            for entry in load_corrections(path, self.edition.year.label)
            if entry["table"] in self.tables
            for row in corrected_rows(self.tables[entry["table"]], entry)
        }

    def _corrections(self, tables: Iterable[str], places: Iterable[Rows]) -> tuple[str, ...]:
        if not self._corrected:
            return ()
        rows = [row for place in places for row in _row_ids(place)]
        found = (self._corrected.get(f"{table}|{row}") for table in tables for row in rows)
        return tuple(dict.fromkeys(filter(None, found)))


@once
def _files_of(
    tables: Mapping[str, pd.DataFrame], table: str, project: Project, edition: Edition
) -> Iterable[str]:
    """The raw files of a table: of an official one those that its rows name, since another area's are others than ours."""
    source = load_source(table)
    if source.official:
        named = {
            line.partition("#")[0]: None for row in tables[table]["row_id"] for line in str(row).split("\n")
        }
        return list(named)
    file = source.file(project.raw, edition.year)
    return [file.relative_to(project.raw).as_posix()] if file.exists() else []


@once
def _editions_in(tables: Mapping[str, pd.DataFrame], table: str) -> editions.Editions:
    return editions.editions_of(tables[table])


@once
def _publications_in(tables: Mapping[str, pd.DataFrame], table: str) -> dict[str, str]:
    """The publication that each row of an official table cites, by the id of the row."""
    frame = tables[table]
    cites = {"source", "row_id", "vintage"} <= set(frame.columns)
    return dict(zip(frame["row_id"], frame["source"].astype("str"), strict=True)) if cites else {}


@once
def _places_in(tables: Mapping[str, pd.DataFrame], table: str) -> dict[str, int]:
    """Where each row of a table stands, by its id."""
    return {row: at for at, row in enumerate(tables[table].get("row_id", ()))}


@once
def _arrays_of(tables: Mapping[str, pd.DataFrame], table: str) -> dict:
    return {name: column.array for name, column in tables[table].items()}


@cache
def _paper(project: Project, file: str) -> dict[str, str]:
    path = project.raw / file
    if not path.exists():
        raise TraceError(f"The raw file {file} is not there, so its rows cannot be named.")
    origin = asdict(read_origin(path))
    told = {name: text for name, text in origin.items() if name != "note"}
    return told | {"vintage": "" if told["vintage"] == SEEN_AS else told["vintage"]}


def version(definition: Definition) -> str:
    """A short hash of how a fact is defined: it changes when the definition does."""
    text = io.StringIO()
    *row, limit = asdict(definition).values()
    csv.writer(text).writerow([*row, limit] if limit else row)
    return blake2b(text.getvalue().encode(), digest_size=4).hexdigest()


def _definition(fact_id: str, fact_version: str, indicator: str) -> dict[str, str]:
    """Id and version of what defines a number, in words what is counted and divided by, and whose definition it is."""
    known = indicators.definitions().get(indicator, {})
    told = {
        "id": indicator or fact_id,
        "version": known.get("version", "") or fact_version,
        "counted": known.get("numerator", ""),
        "divided_by": known.get("denominator", ""),
        "source": known.get("definition_source", ""),
    }
    return {name: text for name, text in told.items() if text}


def _how(definition: Definition, found: Fact) -> str:
    """How a fact is worked out, in words: what is taken of which rows."""
    parts = {
        "top": _taken(definition, definition.where, found),
        "base": _taken(definition, definition.of, found),
    }
    return HOW[found.how].format(**parts)


def _taken(definition: Definition, where: str, found: Fact) -> str:
    """`families where decision is Level 3`; `all families` where the condition leaves none out."""
    named = (definition.column or "rows").replace("_", " ")
    if re.fullmatch(r"\s*\w+\s*>=\s*0\s*", where):
        return f"all {named}"
    rows = where.replace("{area}", found.area).replace("{year}", found.year)
    rows = rows.replace("{previous_year}", "the year before").replace("{next_year}", "the year after")
    said = ALL_QUARTERS.sub(r"quarter is any of \1", " and ".join(conditions_in_words(rows)))
    return named + (f" where {said}" if said else "")


def conditions_in_words(where: str) -> list[str]:
    """The conditions of a definition: `age is 14 to 17`, `decision is Level 3 or Level 4`."""
    for sign, words in OPERATORS.items():
        where = re.sub(rf"\s*{sign}\s*", f" {words} ", where)
    return [part.strip().replace("|", " or ") for part in where.split(";") if part.strip()]


def _rests_on_few(value: float | None, unit: str, numerator: float | None, denominator: float | None) -> bool:
    """Whether a number is a small count, or a share built on one."""
    if numerator is not None and denominator is not None:
        return any(facts.is_few(part) for part in (numerator, denominator - numerator))
    return value is not None and unit not in numbers.PERCENT and facts.is_few(value)


def _row_ids(place: Rows) -> Iterable[str]:
    rows = (row for first, last in place.spells for row in range(first, last + 1))
    return (row_id(place.file, place.sheet, row) for row in rows)


def _spells(rows: str) -> tuple[tuple[int, int], ...]:
    """The spells of rows as a place writes them for readers: `2–5, 9`."""
    ends = [spell.split("–") for spell in rows.split(", ") if spell]
    return tuple((int(found[0]), int(found[-1])) for found in ends)


def only(values: Iterable) -> str:
    """The one text that a column holds; empty where it holds several."""
    found = list(dict.fromkeys(map(str, values)))
    return found[0] if len(found) == 1 else ""


def _place_of(used: pd.DataFrame, definition: Definition) -> str:
    """The area that a number is of, where its rows or their column say so: England's share in a county's report."""
    known = COLUMN_OF_AREA.get(definition.column, "")
    return known or (only(used["area"].dropna()) if "area" in used else "")


def _listed(values: Iterable) -> str:
    return ", ".join(dict.fromkeys(str(value) for value in values if pd.notna(value)))
