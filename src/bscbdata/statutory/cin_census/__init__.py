"""The children in need census: the XML that a council sends to the Department for Education once a year."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path

from bscbdata.findings import Finding, failure, refusal, warning
from bscbdata.period import ReportYear
from bscbdata.statutory import CaseRecords
from bscbdata.statutory.cin_census import layout
from bscbdata.statutory.cin_census.events import case_records
from bscbdata.statutory.cin_census.layout import census_year
from bscbdata.statutory.cin_census.native import Native, native_tables
from bscbdata.statutory.cin_census.parser import CHUNK_BYTES, CensusParser, parse

ALIKE = 0.85  # 1 is the same letters in the same order


def read_cin_census(path: Path, name: str, year: "ReportYear | str | int | None" = None) -> CaseRecords:
    """The records of a census file, whatever its year and encoding.

    `name` is what findings call the file; `year` the report year (2015-16) or the census year (2016), checked
    against what the file says. Native tables: Header, Child, CINdetails, Assessments, Section47, CINPlanDates,
    ChildProtectionPlans, Reviews. Raises DataStop, with line and column, when the file is broken, is no census, or
    is not safe to read.
    """
    return read_census_bytes(_chunks(Path(path)), name, year)


def read_census_bytes(
    chunks: Iterable[bytes], name: str, year: "ReportYear | str | int | None" = None
) -> CaseRecords:
    """The same from the bytes of a file, piece by piece. Raises DataStop as read_cin_census does."""
    parser = parse(chunks, name)
    said = _header_year(parser)
    of_file = said or census_year(year)
    native = native_tables(parser, of_file)
    native.findings += [*_odd_elements(parser), *_header_findings(native, name, said, census_year(year))]
    if native.tables["Child"].empty:
        raise refusal("cin_census_empty", "The census holds no child.", file=name, expected="<Child>")
    return case_records(native, name)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _header_year(parser: CensusParser) -> int | None:
    """The census year of the header, or None when it is not there or is not a year."""
    texts = list(parser.tables["Header"].texts["Year"])
    return int(texts[0]) if texts and texts[0].isdigit() and len(texts[0]) == 4 else None


def _header_findings(native: Native, file: str, said: int | None, asked: int | None) -> Iterator[Finding]:
    header = native.tables["Header"]
    if len(header) > 1:
        said_twice = f"The file holds {len(header)} headers: it is several returns put together."
        place = {
            "file": file,
            "row": int(header["line"].iloc[1]),
            "column": "Header",
            "expected": "one <Header>",
        }
        raise refusal(
            "cin_census_headers", said_twice, **place, advice="Ask for each return in a file of its own."
        )
    collection = header["Collection"].dropna()
    if len(collection) and collection.iloc[0].upper() != "CIN":
        message = "The header says that this is another collection."
        place = {"file": file, "column": "Collection", "value": collection.iloc[0][:40], "expected": "CIN"}
        raise refusal("cin_census_collection", message, **place)
    if said is None:
        message = "The header does not say which year the census is of."
        yield warning(
            "cin_census_year", message, file=file, column="Year", advice="The year asked for was used."
        )
    elif asked is not None and said != asked:
        message = "The file is of another census year than the one asked for."
        place = {"file": file, "column": "Year", "value": str(said), "expected": str(asked)}
        yield failure("cin_census_year", message, advice="Put the file into the folder of its year.", **place)


def _odd_elements(parser: CensusParser) -> Iterator[Finding]:
    """What stood in the file and was not used: unknown elements, fields given twice, text between elements."""
    for where, tally in parser.misplaced.items():
        said = f"{where} stands where the census has none, or is written in other letters, and was not read ({tally.count:,} times, first on line {tally.line})."
        place = {"file": parser.file, "row": tally.line, "column": where}
        advice = (
            "Ask for the file as the census software wrote it: what is in these elements is in no figure."
        )
        yield failure("cin_census_misplaced", said, **place, expected=where.rpartition("/")[2], advice=advice)
    yield from _misspelt(parser)
    kinds = (
        (
            parser.unknown,
            "cin_census_unknown_element",
            "is not an element of the census that is known; it was not used",
        ),
        (
            parser.repeated,
            "cin_census_repeated_field",
            "is given more than once in one record; the first was used",
        ),
        (parser.stray, "cin_census_stray_text", "has text between its elements; it was not used"),
    )
    for tallies, check, message in kinds:
        for where, tally in tallies.items():
            said = f"{where} {message} ({tally.count:,} times, first on line {tally.line})."
            place = {"file": parser.file, "row": tally.line, "column": where}
            yield warning(check, said, advice="Nothing need be done if it is not wanted.", **place)


def _misspelt(parser: CensusParser) -> Iterator[Finding]:
    """A failure for each unknown element that is written much like one of the census: what is in it would be in no figure."""
    names = layout.official_names()
    for where, tally in parser.unknown.items():
        inside, _, name = where.rpartition("/")
        alike = get_close_matches(name.casefold(), names, n=1, cutoff=ALIKE)
        if alike and name.casefold() not in names:
            meant = names[alike[0]]
            said = f"{name} in {inside} may be {meant}, misspelt; it was not read ({tally.count:,} times, first on line {tally.line})."
            advice = f"If it is, ask for the file with {meant}; if it is an element of its own, add it to {layout.MAP}."
            place = {"file": parser.file, "row": tally.line, "column": where, "expected": meant}
            yield failure("cin_census_misspelt", said, **place, advice=advice)
