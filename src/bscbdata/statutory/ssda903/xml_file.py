"""The tables of an SSDA903 return that was sent as XML: every child a group of fields for each table."""

from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

import pandas as pd

from bscbdata.cleaning import tidy_text
from bscbdata.findings import Finding, refusal, warning
from bscbdata.sources.pages import parse_xml
from bscbdata.statutory.ssda903.layout import MAP, SHARED, Sent, fields, fitting_tables, spellings, tables


def tables_in_xml(path: Path, file: str, findings: list[Finding]) -> list[Sent]:
    """The tables of an `EXPSSDA903` file: a group of fields is the table whose columns it has; other fields are told."""
    rows: dict[str, dict[int, dict[str, str]]] = {}
    every = {"CHILDID", *(name for table in tables() for name in spellings(table))}
    unknown: dict[str, int] = {}
    for line, table, values in _xml_rows(path, file):
        unknown = {name: line for name in values if name not in every} | unknown
        named = {known: text for name, text in values.items() if (known := spellings(table).get(name))}
        read = {name: text for name, text in named.items() if fields()[table][name].kind != "not_read"}
        rows.setdefault(table, {})[line] = read
    frames = {
        table: pd.DataFrame.from_dict(found, orient="index", dtype="object") for table, found in rows.items()
    }
    if unknown:
        said = f"Fields that the SSDA903 does not have, not read: {', '.join(unknown)}."
        advice = f"If one is a field under another name, add that name under `aliases` in {MAP}."
        findings.append(warning("columns", said, file=file, row=min(unknown.values()), advice=advice))
    year_set = f"{path.parent.name}/{path.stem}"
    return [Sent(table, {"file": file}, year_set, frame.apply(tidy_text)) for table, frame in frames.items()]


def _xml_rows(path: Path, file: str) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Line, table and values of every row. A child's header is shared out among the tables whose fields it holds."""
    for groups in _xml_children(path, file):
        header = next((values for _, tag, values in groups if tag == "HEADER"), {})
        shared = {
            "CHILD": header.get("CHILDID", header.get("CHILD", "")),
            "DOB": header.get("DOB", ""),
            "SEX": header.get("SEX", ""),
        }
        for line, tag, values in groups:
            if tag == "HEADER":
                yield from (
                    (line, table, values | shared)
                    for table in tables()
                    if table == "header" or _holds(table, values)
                )
            else:
                yield line, _table_of(tag, values, file, line), shared | values


def _table_of(tag: str, values: dict[str, str], file: str, line: int) -> str:
    """The table that a group of fields is a row of. DataStop when it fits none, or several."""
    _, found = fitting_tables(set(values), tag)
    if len(found) == 1:
        return found[0]
    said = f"The group {tag} fits none of the tables, or more than one."
    told = {"value": ", ".join(values), "advice": f"See {MAP}."}
    raise refusal("table", said, file=file, row=line, **told)


def _holds(table: str, header: dict[str, str]) -> bool:
    """Whether a child's header has something of another table: a filled field of its own, or UASC status 1."""
    own = set(fields()[table]) - SHARED - set(fields()["header"])
    return any(header.get(column) for column in own) or (table == "uasc" and header.get("UASC") == "1")


def _xml_children(path: Path, file: str) -> list[list[tuple[int, str, dict[str, str]]]]:
    """For each child its groups of fields: line, element and texts. A document type or an entity is refused."""
    collected = _Collected()
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda tag, _: collected.start(tag, parser.CurrentLineNumber)
    parser.EndElementHandler = collected.end
    parser.CharacterDataHandler = collected.text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parse_xml(parser, path.read_bytes())
    except (expat.ExpatError, OSError, ValueError) as error:
        advice = "Ask for the XML again, as the case system wrote it."
        raise refusal("file", f"The XML cannot be read ({error}).", file=file, advice=advice) from error
    return collected.children


def _refuse(*_: object) -> None:
    raise ValueError("it declares a document type or an entity, which the return never does")


class _Collected:
    """Gathers the groups of fields of each CHILD while the XML is read."""

    def __init__(self) -> None:
        self.children: list[list[tuple[int, str, dict[str, str]]]] = []
        self._open: list[tuple[str, int, dict[str, str], bool]] = []
        self._words: list[str] = []

    def start(self, tag: str, line: int) -> None:
        tag = tag.rpartition(":")[2].upper()
        if self._open:
            outer, at, values, _ = self._open[-1]
            self._open[-1] = (outer, at, values, True)
        if tag == "CHILD" and len(self._open) == 1:
            self.children.append([])
        self._open.append((tag, line, {}, False))
        self._words = []

    def text(self, words: str) -> None:
        self._words.append(words)

    def end(self, _: str) -> None:
        tag, line, values, has_inner = self._open.pop()
        if not has_inner and self._open:
            self._open[-1][2][tag] = "".join(self._words).strip()
        elif values and self.children:
            # A line may hold several groups of one child, so they are told apart by their order in the file.
            self.children[-1].append((self._unique(line), tag, values))
        self._words = []

    def _unique(self, line: int) -> int:
        self._last = max(line, getattr(self, "_last", 0) + 1)
        return self._last
