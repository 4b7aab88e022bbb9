"""The leak check: the finished report read as an outsider would, every file and every byte.

It knows what the report withholds, from the figures as published and from the tidy tables, and looks for it, and for
what must never leave: identifiers, columns of child-level returns, paths and users of this machine, and in a final
edition the furniture of a draft. docs/leak-check.md says it in plain words; the patterns stand in definitions/leak.toml.
"""

import getpass
import re
import socket
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from hashlib import blake2b
from html import unescape
from pathlib import Path

import pandas as pd

from bscbdata import facts
from bscbdata.build.cases import KEY
from bscbdata.build.kernels.tasks import tasks
from bscbdata.figures import figure_record
from bscbdata.findings import Finding, failure
from bscbdata.kept import code_version, kept_json
from bscbdata.leak import fixed
from bscbdata.leak.contents import ANY, Piece, line_of, opened
from bscbdata.leak.records import records
from bscbdata.leak.withheld import (
    Cell,
    Register,
    Table,
    Truth,
    cells_of,
    identifiers,
    plain,
    rules,
    small_facts,
    small_rows,
    subject_of,
)
from bscbdata.places import Edition
from bscbdata.statutory.pseudonyms import load_key, pseudonym

CHECK = "leak"
CASE = r"[A-Za-z]{1,4}+[-_]?+\d{3,}|\b[0-9a-f]{16}\b"  # the number of a case, client or family
FEW = 3  # so many numbers that are also identifiers may stand in one file by chance
LONG = 2_000  # letters of a piece that takes longer to read than to look up
HEAVY, SHARES = (".pdf", ".docx", ".xlsx", ".zip"), 4
MOST_TOLD = 20  # of one kind in one file; the rest is counted


@dataclass(frozen=True)
class Known:
    """What must not be found: withheld cells, identifiers, names of this machine, patterns, marks of a draft, rejected texts."""

    cells: list[Cell]
    labels: frozenset[str]
    identifiers: frozenset[str]
    machine: tuple[str, ...]
    users: tuple[str, ...]
    rules: Mapping
    draft: bool
    unused: frozenset[str] = frozenset()
    key: bytes = b""

    def identifying(self, words: Iterable[str]) -> set[str]:
        """Those of some words that name a child, a case or a family: a pseudonym, or what has one."""
        if not self.identifiers:
            return set()
        return {
            word
            for word in set(words)
            if word in self.identifiers or (self.key and pseudonym(word, self.key) in self.identifiers)
        }

    @cached_property
    def fingerprint(self) -> str:
        """One hash over what must not be found, and over the code of the check and all that it stands on."""
        return blake2b(f"{_in_order(self)}\0{code_version()}".encode(), digest_size=16).hexdigest()

    @cached_property
    def register(self) -> Register:
        return Register(self.cells, self.labels)

    @cached_property
    def looked_at(self) -> list[str]:
        """Texts that a person has looked at and found to give nothing away."""
        return [plain(text) for text in self.rules["allowed"].get("records", ())]

    @cached_property
    def patterns(self) -> list[tuple[re.Pattern[str], Mapping]]:
        return [(re.compile(rule["pattern"]), rule) for rule in self.rules["patterns"]]

    @cached_property
    def furniture(self) -> list[re.Pattern[str]]:
        return [] if self.draft else [re.compile(pattern) for pattern in self.rules["draft"]["patterns"]]

    @cached_property
    def columns(self) -> re.Pattern[str]:
        """A column of child-level returns as a head, a key or an attribute."""
        names = "|".join(sorted({name.replace("_", "[_ -]?") for name in self.rules["columns"]["names"]}))
        return re.compile(
            rf"""<t[hd]\b[^>]*>\s*({names})\s*</t[hd]>|["']({names})["']\s*:|\bdata-({names})\s*=""", re.I
        )


def _in_order(part: object) -> str:
    """Something as text that is the same in every process: the order of a set is another in each."""
    if is_dataclass(part):
        return _in_order([getattr(part, each.name) for each in fields(part)])
    if isinstance(part, list | tuple):
        return f"({', '.join(map(_in_order, part))})"
    return repr(sorted(part)) if isinstance(part, frozenset) else repr(part)


def check(report: Path, known: Known, only: Collection[str] = ()) -> list[Finding]:
    """A failure for everything in the finished report that must not leave, naming the file and the place.

    `only` are the endings of files that can be read before the others are written, as HEAVY.
    """
    paths = sorted(path for path in report.rglob("*") if path.is_file() and (not only or path.suffix in only))
    return [finding for told in _read_apart(paths, report, known) for finding in told]


def _read_apart(paths: list[Path], report: Path, known: Known) -> list[list[Finding]]:
    """What each file must not say, read in several processes: the largest files first, the many small ones together."""
    heavy = sorted((path for path in paths if path.suffix in HEAVY), key=lambda path: -path.stat().st_size)
    light = [path for path in paths if path.suffix not in HEAVY]
    shares = [[path] for path in heavy] + [light[start::SHARES] for start in range(SHARES)]
    known.fingerprint  # noqa: B018 - worked out here once, and sent along
    with tasks() as apart:
        asked = [apart.submit(check_files, share, report, known) for share in shares if share]
        found = {path: told for each in asked for path, told in each.result().items()}
    return [found[path] for path in paths]


def check_files(paths: list[Path], report: Path, known: Known) -> dict[Path, list[Finding]]:
    """Everything that each of some files must not say. A file that held nothing before is not read again."""

    def look(path: Path) -> list[Finding]:
        name, content = path.relative_to(report).as_posix(), path.read_bytes()

        def read() -> list:
            return _or_leak(_told(check_file(name, content, known)), [])

        try:
            return kept_json("file-without-leak", (known.fingerprint, name, content), read)
        except _Leak as leak:
            return leak.told

    return {path: look(path) for path in paths}


class _Leak(Exception):
    """Something says what it must not: it is not kept as read."""

    def __init__(self, told: list[Finding]) -> None:
        super().__init__()
        self.told = told


def _or_leak(told: list[Finding], read: list) -> list:
    if told:
        raise _Leak(told)
    return read


def known_to_us(
    book: Path, tidy: Mapping[str, pd.DataFrame], edition: Edition, draft: bool, project: Path
) -> Known:
    """What must not be found in this edition.

    `book` are the executed notebooks, there and below, whose figures say what is withheld; `tidy` the tables that say
    what it truly is.
    """
    truth = Truth(tidy, edition)
    tables = list(_tables(book, edition))
    labels = {plain(text) for table in tables for row in table.rows for text in row if text[:1].isalpha()}
    cells = [*cells_of(tables, truth), *small_rows(truth), *small_facts(truth)]
    named = {
        str(value) for frame in tidy.values() for name in identifiers(frame) for value in frame[name].dropna()
    }
    if "rejects" in tidy:
        named |= {name for text in tidy["rejects"]["content"] for name in re.findall(CASE, str(text))}
    once = list(dict.fromkeys(cells))
    unused, path = frozenset(_of_rejects(tidy)), project / KEY
    key = load_key(path) if path.exists() else b""
    return Known(
        once, frozenset(labels), frozenset(named), _places(project), _users(), rules(), draft, unused, key
    )


def _of_rejects(tidy: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    """What stood in rows about children that could not be used, names perhaps: texts of two words and more.

    A text that some table has as well, such as a category in the wrong column, tells of nobody.
    """
    if "rejects" not in tidy:
        return
    rows = tidy["rejects"]
    of_children = rows["table"].isin([name for name in rows["table"].unique() if facts.counts_children(name)])
    rows = rows[of_children & ~rows["reason"].str.startswith("set aside")]
    texts = {text.strip().casefold() for content in rows["content"] for text in str(content).split("|")}
    known = {
        str(value).casefold()
        for frame in (frame for name, frame in tidy.items() if name not in ("rejects", "findings"))
        for column in frame.select_dtypes(exclude="number")
        for value in frame[column].dropna().unique()
    }
    yield from (text for text in texts if re.search(r"[a-z]\W+[a-z]", text) and text not in known)


def _places(project: Path) -> tuple[str, ...]:
    """The folders and the name of this machine. A name that is a plain word (`localhost`, `buckinghamshire`) tells nothing."""
    names = [str(project), socket.gethostname()]
    with suppress(RuntimeError):  # a user without a home
        names.append(str(Path.home()))
    return tuple(name for name in names if len(name) > 6 and not name.isalpha())


def _users() -> tuple[str, ...]:
    """The name of whoever builds; none where the system knows of no such user, as in a container."""
    with suppress(KeyError, OSError, ImportError):
        return (getpass.getuser().casefold(),)
    return ()


def _tables(book: Path, edition: Edition) -> Iterator[Table]:
    """The figures of the executed notebooks that count children, as they print."""
    for output, said in (each for path in sorted(book.rglob("*.ipynb")) for each in figure_record.told(path)):
        sources = said.get("counted", {}).get("tables", [])
        for record in figure_record.records([output]) if sources else []:
            for printed in (record["table"], record["data"]):
                head = [column["label"] for column in printed["columns"]]
                about = subject_of(f"{record['key']} {record['measure']}", edition)
                yield Table(f"figure {record['key']}", head, printed["rows"], tuple(sources), about)


def check_file(name: str, content: bytes, known: Known) -> list[Finding]:
    """Everything that one file must not say."""
    found = list(_in_text(Piece(f"{name}, its name", name, "text"), known))
    numbers: dict[str, str] = {}
    for piece in opened(name, content):
        if piece.kind == "unreadable":
            advice = "Leave it out of the report, or publish it in a form that can be read."
            found.append(
                _failure(piece.place, "It cannot be read, so that nobody can say what it holds.", advice)
            )
        told, identifying = _of_piece(piece, known)
        found += told
        numbers |= dict.fromkeys(identifying, piece.place)
    if len(numbers) > FEW:
        found.append(_identifier(next(iter(numbers.values())), f"{len(numbers)} numbers that identify cases"))
    return found


def _of_piece(piece: Piece, known: Known) -> tuple[list[Finding], list[str]]:
    """What a piece must not say, and its numbers that are identifiers too. A long one without a leak is read once."""

    def read() -> list[str]:
        return _or_leak(list(_in_text(piece, known)), sorted(_numeric_identifiers(piece.text, known)))

    try:
        if len(piece.text) < LONG:
            return [], read()
        made_from = (known.fingerprint, piece.kind, piece.text.encode(**ANY))
        return [], kept_json("without-leak", made_from, read)
    except _Leak as leak:
        return leak.told, sorted(_numeric_identifiers(piece.text, known))


def _in_text(piece: Piece, known: Known) -> Iterator[Finding]:
    yield from _withheld(piece, known)
    yield from _patterns(piece, known)
    yield from _columns(piece, known)
    yield from _machine(piece, known)
    yield from _rejected(piece, known)
    for word in known.identifying(re.findall(CASE, piece.text)):
        yield _identifier(_at(piece, piece.text.find(word)), "the identifier of a case")
    for pattern in known.furniture:
        for mark in pattern.finditer(piece.text):
            said = "The mark of a draft in a final edition."
            yield _failure(_at(piece, mark.start()), said, "Build it anew with --final.")


def _withheld(piece: Piece, known: Known) -> Iterator[Finding]:
    """Records that name a withheld cell and hold what it truly is."""
    for line, text in records(piece):
        if not any(letter.isdigit() for letter in text) and not SMALL_WORDS.search(text):
            continue
        said = fixed.without_fixed(plain(text))
        if any(allowed in said for allowed in known.looked_at):
            continue
        cells = {cell.name: cell for cell in reversed(list(known.register.said(said)))}
        for cell in cells.values():
            named = f"{cell.where}, {cell.name}{f', {cell.column}' if cell.column else ''}"
            yield _failure(
                f"{piece.place}, line {line}", f"It says what is withheld: {named}.", WITHHELD_ADVICE
            )


WITHHELD_ADVICE = (
    "Take the number out, or count a larger group. If it is another number, "
    "put the words into [allowed] records in definitions/leak.toml."
)


SMALL_WORDS = re.compile(r"\b(?:one|two|three|four|five)\b", re.I)


def _patterns(piece: Piece, known: Known) -> Iterator[Finding]:
    for pattern, rule in known.patterns:
        allowed = known.rules["allowed"].get(rule["name"], ())
        for match in pattern.finditer(piece.text) if rule.get("holds", "") in piece.text else ():
            if match[0] not in allowed:
                yield _failure(_at(piece, match.start()), rule["what"], rule["advice"])


def _columns(piece: Piece, known: Known) -> Iterator[Finding]:
    advice = "Publish counts, never the rows of children."
    for match in known.columns.finditer(piece.text):
        name = next(filter(None, match.groups()))
        yield _failure(_at(piece, match.start()), f"A column of child-level returns: '{name}'.", advice)
    if piece.kind == "table":
        names = {plain(name) for name in known.rules["columns"]["names"]}
        for line, text in enumerate(piece.text.splitlines()[:20], start=1):
            for name in names.intersection(plain(cell.strip(' "')) for cell in re.split(r"[,;\t]", text)):
                yield _failure(
                    f"{piece.place}, line {line}", f"A column of child-level returns: '{name}'.", advice
                )


def _rejected(piece: Piece, known: Known) -> Iterator[Finding]:
    """What stood in a row about a child that could not be used: a name may stand in any column."""
    said = " ".join(unescape(piece.text).casefold().split()) if known.unused else ""
    if any(text in said for text in known.unused):
        advice = "Say what kind of row it was, and not what stood in it."
        yield _failure(piece.place, "It repeats a text from a rejected row about a child.", advice)


def _machine(piece: Piece, known: Known) -> Iterator[Finding]:
    """Names of this machine anywhere, and its user where a file names its author."""
    folded = piece.text.casefold().replace("\\\\", "\\").replace("\\/", "/")
    for place in known.machine:
        if place.casefold() in folded:
            yield _failure(piece.place, "A name or path of this machine.", "Write it without.")
    for author in AUTHOR.finditer(piece.text):
        said = next(filter(None, author.groups()), "").strip()
        if said.casefold() in known.users:
            yield _failure(
                _at(piece, author.start()), "The user name of whoever built it.", "Name the board."
            )


AUTHOR = re.compile(
    r"<(?:dc:creator|cp:lastModifiedBy|dc:publisher|Manager|meta:initial-creator)>([^<]*)<"
    r"|/(?:Author|Creator)\s*\(([^)]*)\)|\b(?:Author|Artist|Creator|author|creator)[:=]\s*\"?([\w .-]+)"
    r"|name=\"author\" content=\"([^\"]*)\""
)


def _numeric_identifiers(text: str, known: Known) -> set[str]:
    """Numbers that are identifiers too: a few may be chance, many are a list of cases."""
    return known.identifying(re.findall(r"(?<![\w.,])(?!(?:19|20)\d\d\b)\d{4,}(?![\w.,])", text))


def _identifier(place: str, what: str) -> Finding:
    return _failure(place, f"It holds {what}.", "Publish counts, never the rows of children.")


def _at(piece: Piece, offset: int) -> str:
    return f"{piece.place}, line {line_of(piece.text, max(offset, 0))}"


def _failure(place: str, said: str, advice: str) -> Finding:
    return failure(CHECK, said, file=place, advice=advice)


def _told(found: Iterable[Finding]) -> list[Finding]:
    """The findings of one file, each place once, and not more than can be read of one kind."""
    kinds: dict[str, list[Finding]] = defaultdict(list)
    for finding in dict.fromkeys(found):
        kinds[finding.message].append(finding)
    told = []
    for message, same in kinds.items():
        told += same[:MOST_TOLD]
        if (more := len(same) - MOST_TOLD) > 0:
            told.append(_failure(same[0].file, f"{message} So in {more} more places.", ""))
    return told
