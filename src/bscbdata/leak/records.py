"""The records of a text: what a reader sees as one thing, such as a row, a sentence, an entry of data, an attribute.

A withheld value is tied to its cell where one record names the row and holds the value.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape

from bscbdata.leak.contents import Piece, line_of
from bscbdata.leak.fixed import SENTENCE

ROW = re.compile(r"<(tr|w:tr)\b[^>]*>(.*?)</\1>", flags=re.S | re.I)
CELL = re.compile(r"<(t[dh]|w:tc)\b[^>]*>(.*?)</\1>", flags=re.S | re.I)
BLOCK = re.compile(
    r"<(p|li|dt|dd|figcaption|caption|desc|title|h[1-6]|summary|text|textPath|w:p|a:p|rdf:li|si|dc:\w+|cp:\w+)\b[^>]*>(.*?)</\1>",
    flags=re.S | re.I,
)
ATTRIBUTE = re.compile(r"""([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
TAG = re.compile(r"<[A-Za-z!?/][^>]*>", flags=re.S)
COMMENT = re.compile(r"<!--(.*?)-->", flags=re.S)
FACT = re.compile(r"""data-fact=["']([^"']+)["'][^>]*>([^<]*)<""")
GROUP = re.compile(r"[{\[]([^{}\[\]]*)[}\]]")
SILENT = {
    "d",
    "class",
    "id",
    "href",
    "src",
    "for",
    "transform",
    "style",
    "points",
    "viewbox",
    "fill",
    "stroke",
}
PROSE_WORDS = 6  # a line of at least so many words may be part of a sentence that goes on

Record = tuple[int, str]  # the line on which it begins, and its text


def records(piece: Piece) -> Iterator[Record]:
    """Every record of a piece, as it is written."""
    readers = {
        "markup": _markup,
        "data": _data,
        "table": _table,
        "script": _code,
        "style": _code,
        "prose": _prose,  # what a picture says of itself, read as the same words are on a page
    }
    if piece.kind != "raw":
        yield from readers.get(piece.kind, _lines)(piece.text)


def words(markup: str) -> str:
    return " ".join(unescape(TAG.sub(" ", markup)).split())


def _markup(text: str) -> Iterator[Record]:
    yield from _rows(text)
    for found in BLOCK.finditer(text):
        line, said = line_of(text, found.start()), words(found[2])
        yield from ((line, sentence) for sentence in SENTENCE.split(said) if sentence)
    for tag in TAG.finditer(text):
        yield from ((line_of(text, tag.start()), said) for said in _attributes(tag[0]))
    for found in COMMENT.finditer(text):
        yield line_of(text, found.start()), words(found[1])
    for found in FACT.finditer(text):
        yield line_of(text, found.start()), f"{found[1]}: {found[2]}"
    for found in re.finditer(r"<script\b[^>]*>(.*?)</script>", text, flags=re.S | re.I):
        start = line_of(text, found.start())
        yield from ((start + line - 1, said) for line, said in _code(found[1]))


def _rows(text: str) -> Iterator[Record]:
    """The rows of tables, each cell after its column's head."""
    head: list[str] = []
    end = 0
    for found in ROW.finditer(text):
        if "<table" in text[end : found.start()] or "<w:tbl" in text[end : found.start()]:
            head = []
        end = found.end()
        cells = [words(cell[2]) for cell in CELL.finditer(found[2])]
        yield line_of(text, found.start()), headed(head, cells)
        head = head or cells


def headed(head: list[str], cells: list[str]) -> str:
    """A row in words: each cell after the head of its column."""
    named = [f"{head[at]}: {cell}" if at < len(head) else cell for at, cell in enumerate(cells)]
    return " | ".join(named)


@lru_cache(maxsize=20_000)  # a Word file has the same few tags a hundred thousand times
def _attributes(tag: str) -> tuple[str, ...]:
    """Attributes that say something: each by itself, and those of data together."""
    return tuple(_said_by(tag)) if "=" in tag else ()


def _said_by(tag: str) -> Iterator[str]:
    found = {name.lower(): unescape(one or other) for name, one, other in ATTRIBUTE.findall(tag)}
    data = {name: value for name, value in found.items() if name.startswith("data-")}
    if len(data) > 1:
        yield "; ".join(f"{name.removeprefix('data-')}: {value}" for name, value in data.items())
    for name, value in found.items():
        if name not in SILENT and " " in value.strip():
            yield from SENTENCE.split(value)


def _data(text: str) -> Iterator[Record]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        yield from _code(text)
        return
    yield from ((1, said) for said in _walked(content, []))


def _walked(content: object, path: list[str]) -> Iterator[str]:
    """Entries of data: each object and list with what it holds, each value after the names that lead to it."""
    if isinstance(content, dict):
        plain = {name: value for name, value in content.items() if not isinstance(value, dict | list)}
        yield "; ".join([*path[-1:], *(f"{name}: {value}" for name, value in plain.items())])
        yield from _side_by_side(content)
        for name, value in content.items():
            yield from _walked(value, [*path, str(name)])
    elif isinstance(content, list):
        plain = [str(value) for value in content if not isinstance(value, dict | list)]
        if 1 < len(plain) <= 60:
            yield " | ".join([*path[-1:], *plain])
        for value in content:
            if isinstance(value, dict | list):
                yield from _walked(value, path)
    elif isinstance(content, str) and len(content) > 40:
        yield from SENTENCE.split(content)
    else:
        yield " / ".join([*path, str(content)])


def _side_by_side(content: dict) -> Iterator[str]:
    """Lists of one length side by side are the columns of a table."""
    lists = {name: value for name, value in content.items() if isinstance(value, list) and len(value) > 1}
    for length in {len(value) for value in lists.values()}:
        columns = {name: value for name, value in lists.items() if len(value) == length}
        if len(columns) > 1:
            for row in zip(*columns.values(), strict=True):
                cells = [
                    each for each in zip(columns, row, strict=True) if not isinstance(each[1], dict | list)
                ]
                yield " | ".join(f"{name}: {value}" for name, value in cells)


def _table(text: str) -> Iterator[Record]:
    """Rows of a file of rows, each cell after its column's head: the last row above with as many cells and no number."""
    comma = "\t" if "\t" in text[:2000] else ";" if text[:2000].count(";") > text[:2000].count(",") else ","
    head: list[str] = []
    try:
        for line, cells in enumerate(csv.reader(io.StringIO(text), delimiter=comma), start=1):
            same = len(head) == len(cells)
            yield line, headed(head if same else [], cells)
            if len(cells) > 1 and not same and not any(cell.strip().isdigit() for cell in cells):
                head = cells
    except csv.Error:
        yield from _lines(text)


def _code(text: str) -> Iterator[Record]:
    """Lines of code, and its innermost groups in brackets, which may go over several lines."""
    yield from ((line, said) for line, said in enumerate(text.splitlines(), start=1) if len(said) < 2000)
    for found in GROUP.finditer(text):
        if len(found[1]) < 2000:
            yield line_of(text, found.start()), " ".join(found[1].split())


def _prose(text: str) -> Iterator[Record]:
    """The sentences of running text: one says nothing of what another names."""
    for line, said in enumerate(text.splitlines(), start=1):
        yield from ((line, sentence) for sentence in SENTENCE.split(said) if sentence)


def _lines(text: str) -> Iterator[Record]:
    """Lines, and the sentences that go over several lines of prose."""
    running: list[str] = []
    for line, said in enumerate(text.splitlines(), start=1):
        yield line, said
        if _is_prose(said):
            running.append(said)
            continue
        last = [] if _is_spelled(said) else [said]
        yield from _sentences(line, [*running, *last] if running else [])
        running = []
    yield from _sentences(text.count("\n") + 1, running)


def _is_prose(line: str) -> bool:
    """Whether a line is part of running text and no row of a table: words, no signs for what is withheld, few numbers."""
    parts = line.split()
    numbers = sum(part[:1].isdigit() for part in parts)
    few_numbers = len(parts) >= PROSE_WORDS and 4 * numbers < len(parts)
    return few_numbers and not _is_spelled(line) and not re.search(r"\[[cxz]\]", line)


def _is_spelled(line: str) -> bool:
    """Whether a line is drawn letter by letter, as the axes of a chart are: it belongs to no sentence above it."""
    parts = line.split()
    return len(parts) > 1 and all(len(part) == 1 for part in parts)


def _sentences(line: int, running: list[str]) -> Iterator[Record]:
    if len(running) > 1:
        yield from ((line - len(running) + 1, said) for said in SENTENCE.split(" ".join(running)))
