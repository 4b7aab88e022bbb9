"""Open data: a CSV of every figure and table with its metadata beside it, the indicators, and a data package.

`downloads/data/` holds `<key>.csv` and `<key>.meta.csv`, `indicator_values.csv` and `indicator_definitions.csv`,
`datapackage.json` (Table Schema) and README.txt; all of it stands in one ZIP too. What each column means: docs/open-data.md.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bscbdata.cleaning import symbol
from bscbdata.figures import figure_record
from bscbdata.figures.published_table import without_markup
from bscbdata.indicators import definitions
from bscbdata.office import zipped
from bscbdata.places import NEIGHBOURS
from bscbdata.provenance import LABELS
from bscbdata.provenance import MEANINGS as ORIGINS
from bscbdata.publish import data_file as shapes
from bscbdata.publish.about import About, read_about
from bscbdata.publish.book import Book
from bscbdata.publish.data_file import DataFile, Field, data_file
from bscbdata.publish.exhibits import Exhibit, exhibits_of
from bscbdata.publish.forms import FOLDER, Download, stem
from bscbdata.publish.values import as_csv
from bscbdata.tracing.shown import LISTED

DATA = "data"
DEFINITIONS = "indicator-definitions"  # as datapackage.json names its table
META = ("col_name", "col_type", "label", "indicator_grouping", "indicator_unit", "indicator_dp")
META += ("filter_hint", "filter_grouping_column")
TYPES = {"number": "number", "indicator": "number", "date": "date"}
LETTERS = {
    "c": "withheld so that no child can be recognised",
    "x": "not available",
    "z": "not applicable",
    "low": "rounds to nothing",
    "new": "new, with nothing to compare it with",
}
LISTS = {
    "numbers_in_the_text": (
        "Numbers in the text",
        "Every number in words, page by page: what it counts, where and when, and the rows of the files that it came from.",
        ("number", "what", "area", "period", "how_counted", "definition", "provenance", "rows", "page"),
    ),
    "comparisons_in_words": (
        "Comparisons in words",
        "Every comparison that the text makes in words, whether the data bears it out, and what was compared.",
        ("words", "borne_out", "compared", "page"),
    ),
}
VINTAGE = "A series must not be compared across editions"
OPEN_LICENCE = {
    "name": "OGL-UK-3.0",
    "title": "Open Government Licence v3.0",
    "path": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
}
NOT_STATED = {"name": "notspecified", "title": "Facts from a public report; its publisher states no licence"}
LICENCES = {
    "OGL-3.0": OPEN_LICENCE,
    "MIT": {"name": "MIT", "title": "Simulated by this project: MIT licence"},
}


@dataclass(frozen=True)
class Resource:
    """One table of the package, ready to be written."""

    name: str
    title: str
    description: str
    page: str
    provenance: str
    sources: tuple[Mapping[str, str], ...]
    file: DataFile
    keys: tuple[Mapping[str, Any], ...] = ()

    @property
    def csv(self) -> bytes:
        return as_csv([one.name for one in self.file.fields], self.file.rows)


def write_open_data(book: Book, folder: Path) -> list[Download]:
    """Write the open data of the book below the folder; none for a book without figures. The same book, the same bytes."""
    about, found = read_about(book), exhibits_of(book)
    if not found:
        return []
    resources = [*(_resource(exhibit, about) for exhibit in found), *_indicators(about), *_lists(book)]
    files = {name: content for one in resources for name, content in _files(one).items()}
    package = json.dumps(data_package(book, about, resources), ensure_ascii=False, indent=1)
    files["datapackage.json"] = f"{package}\n".encode()
    files["README.txt"] = _readme(book, resources).encode("utf-8-sig")
    (folder / DATA).mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / DATA / name).write_bytes(content)
    packed = folder / f"{stem(book.subtitle)}-open-data.zip"
    packed.write_bytes(zipped(files))
    return [
        Download("Open data: every table with its metadata", "CSV files in a ZIP", f"{FOLDER}/{packed.name}"),
        Download("What is in the open data", "text", f"{FOLDER}/{DATA}/README.txt"),
    ]


def _resource(exhibit: Exhibit, about: About) -> Resource:
    record = exhibit.record
    note = without_markup(record["note"])
    words = (f"{record['measure'].rstrip('.')}.", record["definition"], note, record["printed"])
    said = " ".join(filter(None, words))
    return Resource(
        exhibit.key, f"{exhibit.name}: {exhibit.title}", said, f"{exhibit.page}#{exhibit.anchor}",
        record["provenance"], _sources(record["source"], about), data_file(exhibit, about),
    )  # fmt: skip


def _sources(line: str, about: About) -> tuple[Mapping[str, str], ...]:
    """The sources of an exhibit: its source line, with licence and hash of the file where the edition knows it."""
    known = {one["title"]: one for one in map(_source, about.sources)}
    return tuple(
        known.get(said, {"title": said}) for said in filter(None, line.removesuffix(".").split("; "))
    )


def _source(known: Mapping[str, str]) -> dict[str, str]:
    """A raw file as a source of the package: publisher and title, licence and hash."""
    said = {name: known[name] for name in ("file", "licence", "provenance") if name in known}
    title = {"title": f"{known['publisher']}, {known['title']}"}
    return title | said | ({"hash": f"sha256:{known['sha256']}"} if "sha256" in known else {})


def _files(one: Resource) -> dict[str, bytes]:
    return {f"{one.name}.csv": one.csv, f"{one.name}.meta.csv": metadata(one.file)}


def metadata(file: DataFile) -> bytes:
    """The metadata file in the Department's columns: of statistics, filters and indicators; of a plain table, every column."""
    rows = [
        [one.name, one.kind.capitalize(), one.label, "", one.unit, one.decimals, one.hint, one.grouped_by]
        for one in file.fields
        if one.kind not in {"time", "place", "group"}
    ]
    return as_csv(META, [["" if cell is None else cell for cell in row] for row in rows])


# ---- the indicators ----------------------------------------------------------------------------------------------


def _indicators(about: About) -> list[Resource]:
    """The official indicators of the area and those it is compared with, and what each of them is."""
    if not about.indicators:
        return []
    named = {row["indicator"] for row in about.indicators}
    sources = tuple(_source(one) for one in about.sources if one["provenance"] == "official")
    compared = "its districts, its region, England and its statistical neighbours"
    said = f"Official indicators of the area, {compared}."
    key = {"fields": ["indicator"], "reference": {"resource": DEFINITIONS, "fields": ["indicator"]}}
    values = Resource(
        "indicator_values", "Indicators: values", said, "", "official", sources, _values(about), (key,)
    )
    told = "What each indicator counts, what it is divided by, its unit and whose definition it is."
    return [
        values,
        Resource("indicator_definitions", "Indicators: definitions", told, "", "", (), _definitions(named)),
    ]


def _values(about: About) -> DataFile:
    """One row for each indicator, category, area and time; the category Total is the whole."""
    places = (*shapes.COUNTRY, *shapes.AUTHORITY, *shapes.DISTRICT)
    heads = [Field(name, "time" if "time" in name else "place", name) for name in (*shapes.TIME, *places)]
    fields = [
        *heads,
        Field("indicator", "filter", "Indicator", hint="See indicator_definitions.csv"),
        Field("category", "filter", "Category of the indicator"),
        shapes.COMPARISON,
        Field("vintage", "filter", "Edition of the series", hint=VINTAGE),
        shapes.PROVENANCE,
        Field("value", "indicator", "Value, in the unit of its indicator"),
    ]
    own = shapes.place_of(about.area)
    rows = [_value_row(row, own, places) for row in about.indicators]
    return DataFile("statistics", tuple(fields), rows)


def _value_row(row: Mapping[str, Any], own, places: tuple[str, ...]) -> list[str]:
    area = own if row["area"] == NEIGHBOURS else shapes.place_of(row["area"])
    period, identifier = indicator_time(row["period"])
    decimals = int(definitions()[row["indicator"]]["decimals"] or 0)
    sign = symbol(row["status"]).strip("[]")
    value = sign if row["value"] is None else shapes.number_text(row["value"], {"decimals": decimals})
    category = shapes.TOTAL if row["category"] == "All" else row["category"]
    whose = NEIGHBOURS if row["area"] == NEIGHBOURS else shapes.TOTAL
    where = [shapes.LEVELS[area.level], *shapes.place_cells(area, own, places)]
    named = [row["indicator"], category, whose, row["vintage"] or "", LABELS["official"]]
    return [period, identifier, *where, *named, value]


def indicator_time(period: str) -> tuple[str, str]:
    """A period of the indicators as (time_period, time_identifier). ValueError for one that is not known."""
    if found := re.fullmatch(r"(?:year ending )?31 March (\d{4})", period):
        return f"{int(found[1]) - 1}{found[1][2:]}", "Financial year"
    if found := re.fullmatch(r"academic year (\d{4})/(\d\d)", period):
        return found[1] + found[2], "Academic year"
    if found := re.fullmatch(r"(?:mid-|Census |calendar year )?(\d{4})", period):
        return found[1], "Calendar year"
    if found := shapes.time_of(period, ""):
        return found
    raise ValueError(f"The period '{period}' of an indicator has no name in the layout of the open data.")


def _definitions(named: set[str]) -> DataFile:
    first = next(iter(definitions().values()))
    fields = tuple(Field(name, "text", name.replace("_", " ").capitalize()) for name in first)
    return DataFile(
        "plain", fields, [list(row.values()) for name, row in definitions().items() if name in named]
    )


# ---- the lists of the text ---------------------------------------------------------------------------------------


def _lists(book: Book) -> Iterator[Resource]:
    """Every number of the text and every comparison in words, as the appendix of numbers lists them."""
    for chapter in book.chapters:
        for _, told in figure_record.told(book.folder / chapter.file):
            listed = told.get(LISTED, {})
            yield from (_list(name, rows, chapter.page) for name, rows in listed.items() if rows)


def _list(name: str, rows: list[Mapping[str, str]], page: str) -> Resource:
    title, said, columns = LISTS[name]
    fields = tuple(Field(column, "text", column.replace("_", " ").capitalize()) for column in columns)
    cells = [[row[column] for column in columns] for row in rows]
    return Resource(name, title, said, page, "", (), DataFile("plain", fields, cells))


# ---- the package -------------------------------------------------------------------------------------------------


def data_package(book: Book, about: About, resources: Iterable[Resource]) -> dict[str, Any]:
    """`datapackage.json`: the tables with their schemas, sources with licence and hash, and hashes of the files."""
    told = [_source(one) for one in about.sources]
    return {
        "profile": "tabular-data-package",
        "name": f"{stem(book.subtitle)}-open-data",
        "title": f"{book.title}: {book.subtitle}, open data",
        "description": "Every figure and table of the report. Illustrative data is simulated and marked in every row.",
        "licenses": [OPEN_LICENCE, NOT_STATED],
        **({"sources": told} if told else {}),
        "resources": [_described(one) for one in resources],
    }


def _described(one: Resource) -> dict[str, Any]:
    content = one.csv
    licences = [LICENCES.get(source.get("licence", ""), NOT_STATED) for source in one.sources]
    said = {
        "name": one.name.replace("_", "-"),
        "title": one.title,
        "description": one.description,
        "path": f"{one.name}.csv",
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8-sig",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True},
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "metadata": f"{one.name}.meta.csv",
        "table_layout": one.file.layout,
        "page": one.page,
        "provenance": one.provenance,
        "sources": list(one.sources),
        "licenses": [licence for place, licence in enumerate(licences) if licence not in licences[:place]],
        "schema": _schema(one),
    }
    return {name: value for name, value in said.items() if value not in ("", [])}


def _schema(one: Resource) -> dict[str, Any]:
    fields = [
        {"name": column.name, "type": TYPES.get(column.kind, "string"), "title": column.label}
        | ({"unit": column.unit} if column.unit else {})
        for column in one.file.fields
    ]
    keys = {"foreignKeys": list(one.keys)} if one.keys else {}
    return {"fields": fields, "missingValues": ["", *LETTERS], **keys}


def _readme(book: Book, resources: Iterable[Resource]) -> str:
    """The contents in plain words, for someone who has only this folder."""
    kinds = [f"  {LABELS[kind]}. {meaning}" for kind, meaning in ORIGINS.items()]
    letters = [f"  {letter}  {meaning}" for letter, meaning in LETTERS.items()]
    listed = [
        f"  {one.name}.csv\n    {one.title}. {LABELS.get(one.provenance, 'About the report itself')}."
        for one in resources
    ]
    lines = [
        f"{book.title}: {book.subtitle}", "Open data", "",
        "Each file .csv is one figure or table of the report. The file .meta.csv beside it says what its columns are.",
        "Statistics are in the layout of the Department for Education: a row for each time, place and filter.",
        f"The value {shapes.TOTAL} of a filter is the whole. Lists, such as members, are plain tables.",
        "All files are UTF-8 with a byte order mark, so that Excel shows every letter. datapackage.json describes all.", "",
        "Where the data comes from stands in the column provenance; tables about the report itself have none:", *kinds, "",
        "Letters in place of a number:", *letters, "",
        "Numbers are rounded as in the report. Text that begins like a formula has an apostrophe before it.",
        f"Questions go to the {book.title}. Give the number of the figure or table.", "",
        "Licence: official statistics are under the Open Government Licence v3.0; datapackage.json says it for each file.", "",
        "Files", *listed, "",
    ]  # fmt: skip
    return "\r\n".join(lines).replace("\n    ", "\r\n    ").replace("\r\r", "\r")
