"""Reads the census XML as a stream: an element is forgotten as it ends, and no part of the tree is kept.

A cell is kept as a number, and each different text of a column once, so that memory grows with four bytes a cell.
Document types and entities are refused before anything is expanded, and nothing is fetched.
"""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from bscbdata.findings import refusal
from bscbdata.sources.pages import parse_xml
from bscbdata.statutory.cin_census import layout
from bscbdata.statutory.cin_census.layout import Element

DEEPEST = 40
LONGEST_TEXT_CHARACTERS = 10_000
LONGEST_SILENCE_BYTES = 1_000_000
LONGEST_NAME_CHARACTERS = 1_000
MOST_VALUES_IN_A_CELL = 200
MOST_UNKNOWN_NAMES = 200
CHUNK_BYTES = 65_536
SPACE = " "
# The running numbers that a row has beside its child's; a table that is not named has its episode's, `cin`.
PARENTS = {"Header": (), "Child": (), "ChildProtectionPlans": ("cin", "plan"), "Reviews": ("cin", "plan")}


@dataclass
class Tally:
    """How often something was met, and the line of the first time."""

    line: int
    count: int = 0


@dataclass
class Rows:
    """A table while it is read. `cells` holds a number for each cell (-1: missing), `texts` each different text."""

    cells: dict[str, array] = field(default_factory=dict)
    texts: dict[str, dict[str, int]] = field(default_factory=dict)
    places: dict[str, array] = field(default_factory=dict)

    def append(self, values: dict[str, str], place: dict[str, int]) -> None:
        for column, cells in self.cells.items():
            text = values.get(column)
            known = self.texts[column]
            cells.append(-1 if text is None else known.setdefault(text, len(known)))
        for key, numbers in self.places.items():
            numbers.append(place[key])


def _empty_rows(table: str) -> Rows:
    names = [element.name for element in layout.fields(table)]
    keys = ("child_number", *PARENTS.get(table, ("cin",)), "line")
    places = {key: array("q") for key in keys}
    return Rows({name: array("i") for name in names}, {name: {} for name in names}, places)


class CensusParser:
    """Takes the bytes of a census file piece by piece (`feed`, then `close`); `tables` grow as rows end.

    Raises DataStop, with line and column, for a file that is not sound XML, not a census, or not safe to read.
    """

    def __init__(self, file: str):
        self.file = file
        self.tables = {name: _empty_rows(name) for name in layout.tables()}
        self.unknown: dict[str, Tally] = {}
        self.misplaced: dict[str, Tally] = {}
        self.repeated: dict[str, Tally] = {}
        self.stray: dict[str, Tally] = {}
        self.depth = 0
        self._counted = {"Child": 0, "CINdetails": 0, "ChildProtectionPlans": 0}
        self._open: list[Element] = []
        self._open_lines: list[int] = []
        self._rows_open: list[tuple[dict, int]] = []
        self._skipping, self._noted = 0, False
        self._in_value = False
        self._text: list[str] = []
        self._text_length = 0
        self._silence = 0
        self._expat = self._make_expat()

    def _make_expat(self) -> "expat.XMLParserType":
        parser = expat.ParserCreate(namespace_separator=SPACE)
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._refuse_document_type
        parser.EntityDeclHandler = self._refuse_document_type
        parser.ExternalEntityRefHandler = self._refuse_document_type
        return parser

    def feed(self, chunk: bytes) -> None:
        """Read the next piece of the file."""
        self._silence += len(chunk)
        self._parse(chunk, False)
        if self._silence > LONGEST_SILENCE_BYTES:
            self._refuse("A single tag or comment is longer than a megabyte.", "short tags")

    def close(self) -> None:
        """Say that the file ends here."""
        self._parse(b"", True)

    def _parse(self, chunk: bytes, last: bool) -> None:
        try:
            parse_xml(self._expat, chunk, last)
        except expat.ExpatError as error:
            self._stop_at(error)

    def _start(self, name: str, _attributes: dict) -> None:
        self._silence = self._text_length = 0
        if self._text:
            self._take_stray_text()
        self.depth += 1
        if self.depth > DEEPEST:
            self._refuse(f"Elements stand more than {DEEPEST} deep.", f"at most {DEEPEST}")
        if len(name) > LONGEST_NAME_CHARACTERS:
            self._refuse("The name of an element, with its namespace, is absurdly long.", "a short name")
        name = name.rpartition(SPACE)[2]
        if self._skipping:
            self._skipping += 1
            self._note_misplaced(name)
            return
        element = self._open[-1].children.get(name) if self._open else self._root(name)
        if element is None:
            self._skip(name)
        else:
            self._enter(element)

    def _root(self, name: str) -> Element:
        if name != layout.root().name:
            self._refuse(
                f"The file begins with <{name}>, so it is not a children in need census.", "<Message> first"
            )
        return layout.root()

    def _enter(self, element: Element) -> None:
        line = self._expat.CurrentLineNumber
        self._open.append(element)
        self._open_lines.append(line)
        if element.name in self._counted:
            self._counted[element.name] += 1
        self._in_value = element.kind not in ("group", "table")
        if element.kind == "table":
            self._rows_open.append(({}, line))

    def _skip(self, name: str) -> None:
        self._skipping, self._noted = 1, False
        self._count(self.unknown, f"{self._open[-1].name}/{name[:80]}")
        self._note_misplaced(name)
        if len(self.unknown) > MOST_UNKNOWN_NAMES:
            self._refuse(
                f"More than {MOST_UNKNOWN_NAMES} names of elements are not of the census.", "a census file"
            )

    def _note_misplaced(self, name: str) -> None:
        """Of what is skipped, the first element that is of the census and stands where it has none, or in other letters."""
        official = layout.official_names().get(name.casefold())
        if official and not self._noted:
            self._noted = True
            self._count(self.misplaced, f"{self._open[-1].name}/…/{official}")

    def _end(self, _name: str) -> None:
        self._silence = self._text_length = 0
        self.depth -= 1
        if self._skipping:
            self._skipping -= 1
            return
        if self._text and not self._in_value:
            self._take_stray_text()
        element = self._open.pop()
        line = self._open_lines.pop()
        if element.kind == "table":
            self._append(element.table, *self._rows_open.pop())
        elif element.kind != "group":
            self._take_value(element, line)
        self._in_value = False

    def _take_value(self, element: Element, line: int) -> None:
        text = "".join(self._text).strip()
        self._forget_text()
        if element.kind == "row":
            self._append(element.table, {element.name: text or None}, line)
        elif text and element.kind == "many":
            self._add(self._rows_open[-1][0], element, text)
        elif text and element.name in self._rows_open[-1][0]:
            self._count(self.repeated, f"{element.table}/{element.name}")
        elif text:
            self._rows_open[-1][0][element.name] = text

    def _add(self, values: dict, element: Element, text: str) -> None:
        texts = values.setdefault(element.name, [])
        texts.append(text)
        if len(texts) > MOST_VALUES_IN_A_CELL:
            self._refuse(f"One record has more than {MOST_VALUES_IN_A_CELL} <{element.name}>.", "a handful")

    def _append(self, table: str, values: dict, line: int) -> None:
        joined = {name: "|".join(v) if isinstance(v, list) else v for name, v in values.items()}
        child, cin, plan = self._counted.values()
        self.tables[table].append(joined, {"child_number": child, "cin": cin, "plan": plan, "line": line})

    def _characters(self, text: str) -> None:
        self._silence = 0
        self._text_length += len(text)
        if self._text_length > LONGEST_TEXT_CHARACTERS:
            self._refuse(
                f"A text is longer than {LONGEST_TEXT_CHARACTERS:,} characters.", "a date, a code or a number"
            )
        if not self._skipping and (self._in_value or not text.isspace()):
            self._text.append(text)

    def _take_stray_text(self) -> None:
        if self._text and self._open:
            self._count(self.stray, self._open[-1].name)
        self._forget_text()

    def _forget_text(self) -> None:
        self._text.clear()
        self._text_length = 0

    def _count(self, tallies: dict[str, Tally], key: str) -> None:
        tally = tallies.setdefault(key, Tally(self._expat.CurrentLineNumber))
        tally.count += 1

    def _refuse_document_type(self, *_: object) -> NoReturn:
        self._refuse(
            "The file declares a document type or an entity, which can be used to do harm; it was not read further.",
            "plain XML without <!DOCTYPE or <!ENTITY",
        )

    def _refuse(self, message: str, expected: str) -> NoReturn:
        line, column = self._expat.CurrentLineNumber, self._expat.CurrentColumnNumber + 1
        self._stop(
            "cin_census_refused",
            message,
            line,
            column,
            expected,
            "Ask for the file as the census software wrote it.",
        )

    def _stop_at(self, error: expat.ExpatError) -> NoReturn:
        what = expat.errors.messages.get(error.code, "not XML")
        read = f"{self._counted['Child']:,} children had begun before it"
        message = f"The XML is broken or ends too early ({what}); {read}."
        advice = "Send the file again, whole. If a name holds an odd letter, save the file as UTF-8."
        self._stop("cin_census_broken", message, error.lineno, error.offset + 1, self._expected(), advice)

    def _expected(self) -> str:
        if not self._open:
            return "the end of the file" if self._counted["Child"] else "<Message>"
        return f"</{self._open[-1].name}>, which was opened on line {self._open_lines[-1]}"

    def _stop(self, check: str, message: str, line: int, column: int, expected: str, advice: str) -> NoReturn:
        place = {
            "file": self.file,
            "row": line,
            "column": str(column),
            "expected": expected,
            "advice": advice,
        }
        raise refusal(check, f"{message} (line {line}, column {column})", **place) from None


def parse(chunks: Iterable[bytes], file: str) -> CensusParser:
    """The parser after the whole of a file has gone through it. Raises DataStop as CensusParser does."""
    parser = CensusParser(file)
    for chunk in chunks:
        parser.feed(chunk)
    parser.close()
    return parser
