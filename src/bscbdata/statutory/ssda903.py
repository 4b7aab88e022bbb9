"""SSDA903, the looked-after children return: a set of CSV files, one workbook with a sheet for each table, or XML.

A table is recognised by its columns (`maps/ssda903.csv`), and by its name only when the columns fit two tables
(`maps/ssda903_tables.csv`). Several years' sets may be given together: an event that a later set reports again is
counted once, as the later set has it. Postcodes, pupil numbers and the like (`not_read` in the map) are never kept.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.parsers import expat

import pandas as pd

from bscbdata.cleaning import parse_distinct, reason_to_set_aside, tidy_text, to_number
from bscbdata.findings import DataStop, Finding, failure, passed, warning
from bscbdata.period import ReportYear, parse_date, year_of
from bscbdata.sources.grid import EXCEL, read_grid, sheet_names
from bscbdata.statutory import HERE, REJECT_COLUMNS, CaseRecords, code_map, event_list

MAP = "statutory/maps/ssda903.csv"
HEADER_ROWS = 20
SHARED = {"CHILD", "DOB", "SEX"}
SHORT_BREAKS = ("V3", "V4")
TEMPORARY = ("T0", "T1", "T2", "T3", "T4")
FOR_ADOPTION = ("A3", "A4", "A5", "A6")
NEW_PLACEMENT = ("S", "P", "T", "B", "U")
NEW_STATUS = ("S", "L", "B", "U")
ADOPTED = ("E11", "E12")
CONTINUES = "X1"
ENDLESS = pd.Timestamp("2200-01-01")
NEVER = pd.Timestamp("1900-01-01")


@dataclass(frozen=True)
class Field:
    """One column of one official table: its kind, its codes now and those withdrawn, and its other names."""

    table: str
    column: str
    kind: str
    required: bool
    official: bool
    codes: tuple[str, ...]
    withdrawn: tuple[str, ...]
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One official table: how files call it, the columns that make two rows the same event, and the list it fills."""

    name: str
    names: tuple[str, ...]
    event: tuple[str, ...]
    list: str


@dataclass(frozen=True)
class Sent:
    """One table as sent: text under official column names, index = row in the file; `year_set` = which year's set."""

    table: str
    place: dict[str, str]
    year_set: str
    body: pd.DataFrame


@cache
def fields() -> dict[str, dict[str, Field]]:
    """The official columns of every table."""
    found: dict[str, dict[str, Field]] = {}
    for row in _rows("ssda903.csv"):
        split = [tuple(filter(None, row[name].split("|"))) for name in ("codes", "withdrawn", "aliases")]
        field = Field(
            row["table"],
            row["column"],
            row["kind"],
            row["required"] == "yes",
            row["official"] == "yes",
            *split,
        )
        found.setdefault(field.table, {})[field.column] = field
    return found


@cache
def tables() -> dict[str, Table]:
    """The official tables."""
    rows = _rows("ssda903_tables.csv")
    split = [
        (row["table"], row["names"].split("|"), filter(None, row["event"].split("|")), row["list"])
        for row in rows
    ]
    return {name: Table(name, tuple(names), tuple(event), of) for name, names, event, of in split}


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / "maps" / name).open(encoding="utf8", newline="") as lines:
        return list(csv.DictReader(lines))


def read_ssda903(
    paths: Path | Iterable[Path], name: str, year: str | ReportYear | None = None
) -> CaseRecords:
    """The event lists of one or several years' SSDA903 sets, from a folder, CSV files, a workbook or XML.

    Every episode is a row of `placements`, which is the list that counts rows; `looked_after` has one row for each
    period of care made from them. `year` is the report year (the last one of the data when not given). Raises
    DataStop when no table is known, a table lacks a column it cannot do without, or a file is not safe to read.
    """
    records = CaseRecords("ssda903")
    sent = [table for path in files_in(paths) for table in _tables_in(path, name, records.findings)]
    _stop_if_unusable(sent, name)
    typed = {table: _typed_table([one for one in sent if one.table == table], records) for table in tables()}
    typed = {table: frame for table, frame in typed.items() if frame is not None}
    order = _order_of_sets(typed)
    for table, frame in typed.items():
        records.native[table] = _without_repeats(table, frame, order, records)
    usable = {table: _usable(table, frame, records) for table, frame in records.native.items()}
    _fill_lists(usable, last_day_of(usable, year), records)
    if year is not None:
        of = year if isinstance(year, ReportYear) else ReportYear.parse(year)
        records.findings = [told for told in records.findings if not _in_force(told, of)]
    return records


def _in_force(told: Finding, year: ReportYear) -> bool:
    """Whether a finding is of a code that was withdrawn only after that year, so that nothing is wrong with it."""
    last = _last_years().get((told.column, told.value))
    return told.check == "code" and last is not None and year.first + 1 <= last


@cache
def _last_years() -> dict[tuple[str, str], int]:
    """Column and code -> the calendar year in which the last year of a withdrawn code ended."""
    with (HERE / "maps" / "ssda903_code_years.csv").open(encoding="utf8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["last_year_end"]]
    return {(row["column"], row["code"]): int(row["last_year_end"]) for row in rows}


def files_in(paths: Path | Iterable[Path]) -> list[Path]:
    """The files of one path or several; of a folder all its CSV files, workbooks and XML, in order of name."""
    given = [Path(paths)] if isinstance(paths, (str, Path)) else [Path(path) for path in paths]
    readable = EXCEL | {".csv", ".txt", ".tsv", ".xml"}
    inside = [
        sorted(p for p in path.rglob("*") if p.suffix.lower() in readable) if path.is_dir() else [path]
        for path in given
    ]
    return [path for group in inside for path in group if not path.name.startswith(("~$", "."))]


def _stop_if_unusable(sent: list[Sent], name: str) -> None:
    """Stop on an empty return, a table without a column it needs, and a table given twice for the same year."""
    problems = []
    if not sent:
        expected = "; ".join(f"{table}: {', '.join(_official(table))}" for table in ("header", "episodes"))
        problems.append(
            failure(
                "table",
                "No table of the SSDA903 is in it.",
                file=name,
                expected=expected,
                advice=f"See {MAP}.",
            )
        )
    seen: dict[tuple[str, str], Sent] = {}
    for one in sent:
        lost = [f.column for f in fields()[one.table].values() if f.required and f.column not in one.body]
        if lost:
            said = f"The table {one.table} lacks columns it cannot do without: {', '.join(lost)}."
            problems.append(
                failure(
                    "columns",
                    said,
                    **one.place,
                    value=", ".join(one.body),
                    advice=f"If renamed, add it under `aliases` in {MAP}.",
                )
            )
        first = seen.setdefault((one.table, one.year_set), one)
        if first is not one:
            said = f"The table {one.table} is there twice: also in {', sheet '.join(first.place.values())}."
            problems.append(failure("table", said, **one.place, advice="Remove the one that is not meant."))
    if problems:
        raise DataStop(problems)


def _official(table: str) -> list[str]:
    return [field.column for field in fields()[table].values() if field.official]


# Finding the tables in a file


def _tables_in(path: Path, name: str, findings: list[Finding]) -> Iterator[Sent]:
    """The tables of a file; what is none of them is told, with its columns and those that were expected."""
    file = name if name.endswith(path.name) else f"{name}/{path.name}"
    if path.suffix.lower() == ".xml":
        yield from _tables_in_xml(path, file)
        return
    for sheet in sheet_names(path, file):
        place = {"file": file, "sheet": sheet} if sheet else {"file": file}
        grid = read_grid(path, sheet, file)
        called = sheet or path.stem
        row, table = _recognise(grid.head(HEADER_ROWS), called)
        if len(table) != 1:
            findings.append(_unknown(grid, row, table, place))
            continue
        body = _body(grid, row, table[0], place, findings)
        yield Sent(table[0], place, _year_set(path, called, table[0]), body)


def _year_set(path: Path, called: str, table: str) -> str:
    """What tells one year's set from another's: the folder, and the file's name without the table's name."""
    if path.suffix.lower() in EXCEL:
        return f"{path.parent.name}/{path.stem}"
    rest = re.sub(r"[^a-z0-9]+", "", called.casefold())
    for known in sorted(tables()[table].names, key=len, reverse=True):
        rest = rest.replace(known, "")
    return f"{path.parent.name}/{rest}"


def header_name(cell: object) -> str:
    """A header in the form in which official names are compared: capitals, with one underscore between words."""
    return re.sub(r"[^A-Z0-9]+", "_", str(cell).upper()).strip("_") if pd.notna(cell) else ""


def _recognise(top: pd.DataFrame, called: str) -> tuple[int, list[str]]:
    """The header row, and the table or tables that it fits best."""
    best: tuple[float, int, list[str]] = (0.0, 0, [])
    for row in range(len(top)):
        score, found = fitting_tables({header_name(cell) for cell in top.iloc[row]}, called)
        if score > best[0]:
            best = (score, row, found)
    plain = re.sub(r"[^a-z0-9]+", "", called.casefold())
    named = [table for table in best[2] if any(known in plain for known in tables()[table].names)]
    return best[1], best[2] if best[0] >= 0.5 else named


def fitting_tables(columns: set[str], called: str) -> tuple[float, list[str]]:
    """How well the best table's own columns are there, and which tables fit as well as that; a name decides a tie."""
    scores = {}
    for table, known in fields().items():
        own = [field for field in known.values() if field.official and field.column not in SHARED]
        there = [field for field in own if columns & {field.column, *field.aliases}]
        scores[table] = len(there) / len(own)
    most = max(scores.values())
    found = [table for table, score in scores.items() if score == most and most > 0]
    plain = re.sub(r"[^a-z0-9]+", "", called.casefold())
    named = [table for table in found if any(known in plain for known in tables()[table].names)]
    return most, named if len(found) > 1 and len(named) == 1 else found


def _unknown(grid: pd.DataFrame, row: int, found: list[str], place: dict[str, str]) -> Finding:
    sent = ", ".join(str(cell) for cell in grid.iloc[row].dropna()) if len(grid) else ""
    advice = f"If it is one of the tables, its columns must be in {MAP}."
    if found:
        said = f"The columns fit several tables ({', '.join(found)}), so it was not read."
        expected = "; or ".join(f"{table}: {', '.join(_official(table))}" for table in found)
        return failure(
            "table",
            said,
            **place,
            value=sent,
            expected=expected,
            advice="Send one table in each file or sheet.",
        )
    expected = "; ".join(f"{table}: {', '.join(_official(table))}" for table in tables())
    return warning(
        "table",
        "Not one of the tables of the SSDA903, so not read.",
        **place,
        value=sent,
        expected=expected,
        advice=advice,
    )


def _body(
    grid: pd.DataFrame, row: int, table: str, place: dict[str, str], findings: list[Finding]
) -> pd.DataFrame:
    """The rows below the header under official names; a header that stands twice stops, one not known is told."""
    known = {
        spelling: field.column
        for field in fields()[table].values()
        for spelling in (field.column, *field.aliases)
    }
    header = [header_name(cell) for cell in grid.iloc[row]]
    positions = {position: known[cell] for position, cell in enumerate(header) if cell in known}
    twice = sorted({column for column in positions.values() if list(positions.values()).count(column) > 1})
    if twice:
        said = f"Columns stand twice: {', '.join(twice)}."
        raise DataStop([failure("columns", said, **place, advice="Remove the one that is not meant.")])
    findings += _told_columns(table, header, set(positions.values()), known, place)
    body = grid.iloc[row + 1 :]
    cells = [str(cell) for cell in grid.iloc[row]]
    aside = pd.Series(
        [reason_to_set_aside(list(one), cells) for one in body.itertuples(index=False)], index=body.index
    )
    again = body.index[aside == "header repeated"]
    if len(again):
        findings.append(
            warning(
                "header",
                f"The header stands again in {len(again)} rows, which were left out.",
                **place,
                row=int(again[0]),
            )
        )
    kept = body[~aside.isin(["blank row", "header repeated"])]
    kept = kept.iloc[:, list(positions)].set_axis(list(positions.values()), axis=1)
    return kept.drop(columns=[c for c in kept if fields()[table][c].kind == "not_read"])


def _told_columns(
    table: str, header: list[str], found: set[str], known: dict[str, str], place: dict[str, str]
) -> list[Finding]:
    missing = [c for c in _official(table) if c not in found and fields()[table][c].kind != "not_read"]
    unknown = [cell for cell in header if cell and cell not in known]
    told = []
    if missing:
        told.append(
            warning(
                "columns",
                f"Columns of {table} not sent: {', '.join(missing)}.",
                **place,
                advice="Ask for them.",
            )
        )
    if unknown:
        told.append(
            warning(
                "columns", f"Columns that {table} does not have, not read: {', '.join(unknown)}.", **place
            )
        )
    return told


# XML


def _tables_in_xml(path: Path, file: str) -> list[Sent]:
    """The tables of an `EXPSSDA903` file: a group of fields is the table whose columns it has."""
    rows: dict[str, dict[int, dict[str, str]]] = {}
    for line, table, values in _xml_rows(path, file):
        known = {
            s: field.column
            for field in fields()[table].values()
            if field.kind != "not_read"
            for s in (field.column, *field.aliases)
        }
        rows.setdefault(table, {})[line] = {
            known[name]: text for name, text in values.items() if name in known
        }
    frames = {
        table: pd.DataFrame.from_dict(found, orient="index", dtype="object") for table, found in rows.items()
    }
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
            if tag != "HEADER":
                _, found = fitting_tables(set(values), tag)
                if len(found) != 1:
                    said = f"The group {tag} fits none of the tables, or more than one."
                    raise DataStop(
                        [
                            failure(
                                "table",
                                said,
                                file=file,
                                row=line,
                                value=", ".join(values),
                                advice=f"See {MAP}.",
                            )
                        ]
                    )
                yield line, found[0], shared | values
                continue
            for table in tables():
                if table == "header" or _holds(table, values):
                    yield line, table, values | shared


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
        parser.Parse(path.read_bytes(), True)
    except (expat.ExpatError, OSError, ValueError) as error:
        advice = "Ask for the XML again, as the case system wrote it."
        raise DataStop(
            [failure("file", f"The XML cannot be read ({error}).", file=file, advice=advice)]
        ) from error
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


# Typing


def _typed_table(sent: list[Sent], records: CaseRecords) -> pd.DataFrame | None:
    """The rows of one official table from every set, typed; `X_invalid` says where a date was sent that is none."""
    if not sent:
        return None
    return pd.concat([_typed_set(one, records) for one in sent], ignore_index=True)


def _typed_set(one: Sent, records: CaseRecords) -> pd.DataFrame:
    typed: dict[str, pd.Series] = {}
    for field in fields()[one.table].values():
        if field.kind == "not_read" or not (field.official or field.column in one.body):
            continue
        cells = (
            one.body[field.column]
            if field.column in one.body
            else pd.Series(None, index=one.body.index, dtype="object")
        )
        if field.kind in ("date", "number"):
            typed[field.column], said = type_cells(cells, field.kind)
            typed[f"{field.column}_invalid"] = said != ""
            records.findings += [
                _cell_finding(one.place, field.column, row, text) for row, text in said[said != ""].items()
            ]
        else:
            typed[field.column] = plain_codes(cells, field.kind == "code")
            if field.kind == "code":
                records.findings += _code_findings(field, typed[field.column], one.place)
    frame = pd.DataFrame(typed, index=one.body.index)
    frame["row_id"] = [row_id(one.place, row) for row in frame.index]
    return frame.assign(year_set=one.year_set)


def type_cells(cells: pd.Series, kind: str) -> tuple[pd.Series, pd.Series]:
    """Dates or numbers from text, and for each cell that is none, why (empty where it is)."""
    verb, dtype = (_to_date, "datetime64[s]") if kind == "date" else (to_number, "float64")
    parsed = parse_distinct(cells, verb, dtype)
    return parsed.values.astype(dtype), parsed.problems


def _to_date(text: str) -> object:
    """A date; the time of day that databases write after it is left out."""
    return parse_date(re.sub(r"[ T]\d{2}:\d{2}(:\d{2})?(\.\d+)?Z?$", "", text))


def plain_codes(cells: pd.Series, capitals: bool) -> pd.Series:
    """Text as codes are written: `1.0`, as spreadsheets make of a number, is 1."""
    codes = {cell: re.sub(r"^(\d+)\.0+$", r"\1", str(cell)) for cell in cells.dropna().unique()}
    shown = {cell: code.upper() if capitals else code for cell, code in codes.items()}
    return pd.Series([shown.get(cell) for cell in cells], index=cells.index, dtype="str")


def _cell_finding(place: dict[str, str], column: str, row: int, said: str) -> Finding:
    return warning(
        "value",
        f"{said}.",
        **place,
        row=int(row),
        column=column,
        advice="Left missing; ask for the right one.",
    )


def _code_findings(field: Field, codes: pd.Series, place: dict[str, str]) -> list[Finding]:
    """Codes that are not in the list, and codes that are in it no more, each told once."""
    told = []
    for code, count in codes.dropna().value_counts().sort_index().items():
        where = {"row": int(codes.index[codes == code][0]), "column": field.column, "value": code}
        if code in field.withdrawn:
            told.append(
                warning(
                    "code",
                    f"{count} rows have a code withdrawn in a later year; it was accepted.",
                    **place,
                    **where,
                )
            )
        elif code not in field.codes:
            said = f"{count} rows have a code that is not in the official list; it was left missing."
            told.append(
                warning(
                    "code",
                    said,
                    **place,
                    **where,
                    expected=f"one of {', '.join(field.codes)}",
                    advice="Ask which code is meant.",
                )
            )
    return told


def row_id(place: dict[str, str], row: object) -> str:
    """Where a row stands: file, sheet and row."""
    sheet = place.get("sheet", "")
    return f"{place['file']}#{sheet + '!' if sheet else ''}{row}"


# Several sets


def _order_of_sets(typed: dict[str, pd.DataFrame]) -> dict[str, int]:
    """The sets from the oldest to the newest, by the latest episode that each has, then by name."""
    names = sorted({name for frame in typed.values() for name in frame["year_set"]})
    latest = dict.fromkeys(names, NEVER)
    if "episodes" in typed:
        latest |= typed["episodes"].groupby("year_set")["DECOM"].max().fillna(NEVER).to_dict()
    return {name: place for place, name in enumerate(sorted(names, key=lambda name: (latest[name], name)))}


def _without_repeats(
    table: str, frame: pd.DataFrame, order: dict[str, int], records: CaseRecords
) -> pd.DataFrame:
    """The rows without those that stand twice in a set, or that a later set reports again; both go to the rejects."""
    frame = frame.assign(order=frame["year_set"].map(order))
    content = [column for column in frame if column not in ("row_id", "year_set")]
    twice = frame.duplicated(content)
    again = pd.Series(False, index=frame.index)
    event = list(tables()[table].event)
    if event and frame["order"].nunique() > 1:
        known = frame[event].notna().all(axis=1)
        again = known & (frame["order"] < frame.groupby(event, dropna=False)["order"].transform("max"))
    records.rejects = with_rejects(
        records.rejects,
        frame[twice & ~again],
        _counting_list(table),
        "the same row stands twice in the set",
        content,
    )
    newer = "a later set has a newer row for the same child"
    reason = newer if event == ["CHILD"] else "the same event was reported again in a later set"
    records.rejects = with_rejects(records.rejects, frame[again], _counting_list(table), reason, content)
    if again.any():
        said = f"{int(again.sum()):,} rows of {table} are events that a later set reports again; the later report counts."
        records.findings.append(
            warning("repeat", said, value=first_places(frame[again]), advice="See the rejects for every row.")
        )
    if twice.any():
        said = f"{int((twice & ~again).sum()):,} rows of {table} stand twice in the same set; each was read once."
        records.findings.append(
            warning("repeat", said, value=first_places(frame[twice]), advice="See the rejects for every row.")
        )
    return frame[~twice & ~again].drop(columns="order").reset_index(drop=True)


def first_places(rows: pd.DataFrame) -> str:
    return ", ".join(rows["row_id"].head(3))


def _counting_list(table: str) -> str:
    return tables()[table].list or table


def with_rejects(
    rejects: pd.DataFrame, rows: pd.DataFrame, table: str, reason: object, content: list[str]
) -> pd.DataFrame:
    """The rejects with more rows; `reason` is one text or one for each row."""
    if rows.empty:
        return rejects
    shown = [
        " | ".join(
            f"{name}={_shown(cell)}"
            for name, cell in zip(content, cells, strict=True)
            if _is_told(name, cell)
        )
        for cells in rows[content].itertuples(index=False)
    ]
    more = pd.DataFrame(
        {"table": table, "row_id": rows["row_id"].to_numpy(), "reason": reason, "content": shown},
        columns=REJECT_COLUMNS,
    )
    return pd.concat([frame for frame in (rejects, more) if len(frame)], ignore_index=True)


def _is_told(name: str, cell: object) -> bool:
    return pd.notna(cell) and name != "order" and not name.endswith("_invalid")


def _shown(cell: object) -> str:
    return f"{cell:%Y-%m-%d}" if isinstance(cell, pd.Timestamp) else str(cell)


def _usable(table: str, frame: pd.DataFrame, records: CaseRecords) -> pd.DataFrame:
    """The rows that have what their table cannot do without; the others go to the rejects, with a finding for each."""
    reasons = pd.Series("", index=frame.index)
    for field in fields()[table].values():
        if field.required:
            invalid = frame.get(f"{field.column}_invalid", pd.Series(False, index=frame.index))
            said = pd.Series(f"{field.column} is empty", index=frame.index).where(
                ~invalid, f"{field.column} is not a date"
            )
            reasons = reasons.where((reasons != "") | frame[field.column].notna(), said)
    bad = frame[reasons != ""]
    content = [column for column in frame if column not in ("row_id", "year_set")]
    records.rejects = with_rejects(
        records.rejects, bad, _counting_list(table), reasons[bad.index].to_numpy(), content
    )
    advice = "Ask for it and correct the file; the row was not counted."
    records.findings += [
        failure("value", f"{reasons[at]}.", file=bad.at[at, "row_id"], advice=advice) for at in bad.index
    ]
    return frame.drop(index=bad.index)


# The event lists


def last_day_of(native: dict[str, pd.DataFrame], year: str | ReportYear | None) -> pd.Timestamp:
    """31 March of the report year: the one given, or that of the latest episode."""
    if year is not None:
        return pd.Timestamp((ReportYear.parse(year) if isinstance(year, str) else year).end)
    starts = native["episodes"]["DECOM"] if "episodes" in native else pd.Series(dtype="datetime64[s]")
    latest = starts.max()
    return pd.Timestamp(year_of(latest.date()).end) if pd.notna(latest) else ENDLESS


def _fill_lists(native: dict[str, pd.DataFrame], last_day: pd.Timestamp, records: CaseRecords) -> None:
    """Every event list that the tables allow, with what it cannot say told."""
    people = _people(native.get("header"), records)
    if "episodes" in native:
        episodes = chain_periods(native["episodes"])
        put_list(records, "placements", placements_of(episodes), people)
        put_list(records, "looked_after", periods_of_care(episodes, native, last_day), people)
        records.findings += told_of_periods(episodes, native)
    if "missing" in native:
        put_list(records, "missing_episodes", _missing_episodes(native["missing"]), people)
    if "oc3" in native:
        put_list(records, "care_leavers", _care_leavers(native["oc3"]), people)
    if "ad1" in native or "placed_adoption" in native:
        put_list(records, "adoptions", _adoptions(native), people)


def put_list(records: CaseRecords, name: str, frame: pd.DataFrame, people: pd.DataFrame) -> None:
    """One event list, with what is known of each child; `looked_after` is made from `placements`, so it has no own rows."""
    joined = event_list(name, frame.join(people, on="child"))
    content = [column for column in joined if column != "row_id"]
    records.lists[name] = joined.sort_values(content, kind="stable", ignore_index=True)
    if name == "looked_after":
        records.rows_in[name] = len(joined)
        said = f"{len(joined):,} periods of care made from {len(records.lists['placements']):,} episodes."
    else:
        records.rows_in[name] = len(joined) + int((records.rejects["table"] == name).sum())
        said = f"{len(joined):,} of {records.rows_in[name]:,} rows read into {name}."
    records.findings.append(passed("read", said))


def _people(header: pd.DataFrame | None, records: CaseRecords) -> pd.DataFrame:
    """Sex, birth and ethnic group of each child; what two rows of the header contradict each other in is left missing."""
    if header is None:
        records.findings.append(
            warning(
                "table",
                "There is no header table, so sex, age and ethnic group are missing.",
                advice="Ask for it.",
            )
        )
        return pd.DataFrame(columns=["date_of_birth", "sex", "ethnicity"])
    ours = pd.DataFrame({"child": header["CHILD"], "date_of_birth": header["DOB"]})
    ours["sex"] = header["SEX"].map(code_map("sex", "ssda903"))
    ours["ethnicity"] = header["ETHNIC"].map(code_map("ethnicity", "ssda903"))
    grouped = ours.groupby("child")
    differs = grouped.nunique() > 1
    doubtful = differs.any(axis=1)
    if doubtful.any():
        said = f"{int(doubtful.sum())} children stand in the header with contradicting sex, birth or ethnic group; these were left missing."
        records.findings.append(
            failure(
                "header",
                said,
                column=", ".join(differs.columns[differs.any()]),
                advice="Ask which row is right.",
            )
        )
    return grouped.first().mask(differs)


def chain_periods(episodes: pd.DataFrame) -> pd.DataFrame:
    """Episodes in order, with `period`: which period of care each belongs to.

    A period begins with reason S, after an episode that ended care (any reason but X1), and after a gap.
    """
    content = [
        "CHILD",
        "DECOM",
        "DEC",
        "RNE",
        "REC",
        "LS",
        "PLACE",
        "CIN",
        "PLACE_PROVIDER",
        "REASON_PLACE_CHANGE",
    ]
    ordered = episodes.sort_values([c for c in content if c in episodes], kind="stable").reset_index(
        drop=True
    )
    before = ordered.groupby("CHILD")[["DEC", "REC"]].shift()
    first = ~ordered["CHILD"].duplicated()
    ended = before["REC"].notna() & (before["REC"] != CONTINUES)
    gap = before["DEC"].notna() & (ordered["DECOM"] > before["DEC"])
    return ordered.assign(period=(first | (ordered["RNE"] == "S") | ended | gap).cumsum())


def _ours(codes: pd.Series, code_list: str) -> pd.Series:
    return codes.map(code_map(code_list, "ssda903"))


def placements_of(episodes: pd.DataFrame) -> pd.DataFrame:
    """Every episode as a row of `placements`."""
    return pd.DataFrame(
        {
            "child": episodes["CHILD"],
            "row_id": episodes["row_id"],
            "care_start_date": episodes.groupby("period")["DECOM"].transform("min"),
            "start_date": episodes["DECOM"],
            "end_date": episodes["DEC"],
            "placement": _ours(episodes["PLACE"], "placement"),
            "legal_status": _ours(episodes["LS"], "legal_status"),
            "provider": _ours(episodes["PLACE_PROVIDER"], "provider"),
            "distance_miles": _distance(episodes),
        }
    )


def _distance(episodes: pd.DataFrame) -> pd.Series:
    """Miles when the file gives them. 999.9 stands for a distance that is not known."""
    miles = episodes.get("PL_DISTANCE", pd.Series(float("nan"), index=episodes.index))
    return miles.where(miles < 999)


def periods_of_care(
    episodes: pd.DataFrame, native: dict[str, pd.DataFrame], last_day: pd.Timestamp
) -> pd.DataFrame:
    last = episodes.groupby("period").tail(1).set_index("period")
    moved = episodes[episodes["RNE"].isin(NEW_PLACEMENT)].groupby("period")["DECOM"].max()
    start = episodes.groupby("period")["DECOM"].min()
    end = last["DEC"]
    judged = end.fillna(last_day).clip(upper=last_day)
    located = last.get("PL_LOCATION", pd.Series(index=last.index, dtype="str"))
    return pd.DataFrame(
        {
            "child": last["CHILD"],
            "row_id": last["row_id"],
            "start_date": start,
            "end_date": end,
            "need": _ours(last["CIN"], "need"),
            "legal_status": _ours(last["LS"], "legal_status"),
            "placement": _ours(last["PLACE"], "placement"),
            "placement_start_date": moved.reindex(last.index).fillna(start),
            "provider": _ours(last["PLACE_PROVIDER"], "provider"),
            "location": located.map({"IN": "inside", "OUT": "outside"}),
            "distance_miles": _distance(last),
            "placements_in_last_12_months": _placements_in_year(episodes, last["CHILD"], judged),
            "ceased_reason": _ours(last["REC"].where(last["REC"] != CONTINUES), "ceased_reason"),
            "unaccompanied": _unaccompanied(native, last["CHILD"], judged),
            "missing_episodes_in_last_12_months": _missing_in_year(
                native.get("missing"), last["CHILD"], judged
            ),
        }
    ).reset_index(drop=True)


def _spells(episodes: pd.DataFrame) -> pd.DataFrame:
    """Placements as the field counts them: from move to move, without short breaks and temporary placements.

    A return from a temporary placement to the same kind of placement and provider is not a new one.
    """
    kept = episodes[~episodes["LS"].isin(SHORT_BREAKS)].copy()
    kept["temporary"] = kept["PLACE"].isin(TEMPORARY)
    kept["after_temporary"] = kept.groupby("period")["temporary"].shift(fill_value=False)
    kept = kept[~kept["temporary"]].fillna({"PLACE": "", "PLACE_PROVIDER": ""})
    before = kept.groupby("period")[["PLACE", "PLACE_PROVIDER"]].shift()
    back = (
        kept["after_temporary"]
        & (kept["PLACE"] == before["PLACE"])
        & (kept["PLACE_PROVIDER"] == before["PLACE_PROVIDER"])
    )
    starts = ~kept["period"].duplicated() | (kept["RNE"].isin(NEW_PLACEMENT) & ~back)
    kept = kept.assign(spell=starts.cumsum(), end=kept["DEC"].fillna(ENDLESS))
    return kept.groupby("spell").agg(CHILD=("CHILD", "first"), start=("DECOM", "min"), end=("end", "max"))


def _placements_in_year(episodes: pd.DataFrame, children: pd.Series, judged: pd.Series) -> pd.Series:
    """Placements that the child was in during the 12 months up to the day on which the period is judged."""
    asked = pd.DataFrame(
        {"CHILD": children, "judged": judged, "from": judged - pd.DateOffset(years=1)}
    ).reset_index()
    pairs = asked.merge(_spells(episodes), on="CHILD")
    within = pairs[(pairs["start"] <= pairs["judged"]) & (pairs["end"] > pairs["from"])]
    return within.groupby("period").size().reindex(children.index, fill_value=0)


def _missing_in_year(missing: pd.DataFrame | None, children: pd.Series, judged: pd.Series) -> pd.Series:
    """Times missing (not merely away) in the 12 months up to the day judged; not known without the table."""
    if missing is None:
        return pd.Series(pd.NA, index=children.index, dtype="object")
    asked = pd.DataFrame(
        {"CHILD": children, "judged": judged, "from": judged - pd.DateOffset(years=1)}
    ).reset_index()
    pairs = asked.merge(missing.loc[missing["MISSING"] == "M", ["CHILD", "MIS_START"]], on="CHILD")
    within = pairs[(pairs["MIS_START"] <= pairs["judged"]) & (pairs["MIS_START"] > pairs["from"])]
    return within.groupby("period").size().reindex(children.index, fill_value=0)


def _unaccompanied(native: dict[str, pd.DataFrame], children: pd.Series, judged: pd.Series) -> pd.Series:
    """Whether the child had the status on the day judged; not known without the table."""
    if "uasc" not in native:
        return pd.Series(pd.NA, index=children.index, dtype="object")
    ceased = (
        native["uasc"].assign(until=native["uasc"]["DUC"].fillna(ENDLESS)).groupby("CHILD")["until"].max()
    )
    until = children.map(ceased.to_dict() or {"": pd.NaT}).astype("datetime64[s]")
    return (until.notna() & (until >= judged)).astype("object")


def told_of_periods(episodes: pd.DataFrame, native: dict[str, pd.DataFrame]) -> list[Finding]:
    """What the periods of care do not say, and why."""
    told = []
    first, last = episodes.groupby("period").head(1), episodes.groupby("period").tail(1)
    early = first[first["RNE"] != "S"]
    if len(early):
        said = f"{len(early):,} periods of care do not begin with reason S, so they began before the first episode that was sent; that episode's start is used."
        told.append(
            warning(
                "period", said, value=first_places(early), advice="Give the set of the year before as well."
            )
        )
    broken = last[(last["REC"] == CONTINUES) & last["DEC"].notna()]
    if len(broken):
        said = f"{len(broken):,} periods of care stop at an episode that says another follows (X1), and none does; they are taken to end there, for no known reason."
        told.append(
            warning("period", said, value=first_places(broken), advice="Ask for the missing episodes.")
        )
    if "PL_DISTANCE" not in episodes:
        said = "The set gives postcodes and no distance, and no postcode file is used: distance and location of placements are missing."
        told.append(
            warning(
                "distance", said, advice="Ask for the set with PL_DISTANCE and PL_LOCATION, or use Annex A."
            )
        )
    absent = [table for table in ("uasc", "missing") if table not in native]
    if absent:
        said = f"No table {' or '.join(absent)}, so what it tells of looked-after children is missing."
        told.append(warning("table", said, advice="Ask for it, even if it is empty."))
    return told


def _missing_episodes(missing: pd.DataFrame) -> pd.DataFrame:
    away = missing["MISSING"].map({"A": True, "M": False})
    return pd.DataFrame(
        {
            "child": missing["CHILD"],
            "row_id": missing["row_id"],
            "start_date": missing["MIS_START"],
            "end_date": missing["MIS_END"],
            "away_without_authorisation": away,
        }
    )


def _care_leavers(oc3: pd.DataFrame) -> pd.DataFrame:
    """Official codes; the second character of ACCOM says whether it is suitable (1) or not (2), and 0 is nothing known."""
    known = {
        column: oc3[column].where(oc3[column].isin(_accepted("oc3", column)))
        for column in ("IN_TOUCH", "ACTIV", "ACCOM")
    }
    home = known["ACCOM"].where(known["ACCOM"] != "0")
    return pd.DataFrame(
        {
            "child": oc3["CHILD"],
            "row_id": oc3["row_id"],
            "in_touch": known["IN_TOUCH"],
            "accommodation": home.str[0],
            "suitable": home.str[1].map({"1": "yes", "2": "no"}),
            "activity": known["ACTIV"].where(known["ACTIV"] != "0"),
        }
    )


def _accepted(table: str, column: str) -> tuple[str, ...]:
    field = fields()[table][column]
    return field.codes + field.withdrawn


def _adoptions(native: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each decision that a child should be placed for adoption, with what followed before any next decision.

    A row of AD1 joins its child's decision; one whose child has none is a row of its own.
    """
    decisions = _decisions(native.get("placed_adoption"), native.get("ad1"))
    following = decisions.sort_values("decision_date").groupby("child")["decision_date"].shift(-1)
    decisions["until"] = following.reindex(decisions.index).fillna(ENDLESS)
    if "ad1" in native:
        matches = native["ad1"].dropna(subset=["DATE_MATCH"])
        decisions["matched_date"] = _first_after(decisions, matches, "DATE_MATCH")
    if "episodes" in native:
        episodes = native["episodes"]
        ordered = episodes[(episodes["LS"] == "E1") & episodes["RNE"].isin(NEW_STATUS)]
        decisions["placement_order_date"] = _first_after(decisions, ordered, "DECOM")
        placed = episodes[episodes["PLACE"].isin(FOR_ADOPTION) & episodes["RNE"].isin(NEW_PLACEMENT)]
        decisions["placed_date"] = _first_after(decisions, placed, "DECOM")
        adopted = episodes[episodes["REC"].isin(ADOPTED) & episodes["DEC"].notna()]
        decisions["order_date"] = _first_after(decisions, adopted, "DEC")
    return decisions


def _decisions(placed: pd.DataFrame | None, ad1: pd.DataFrame | None) -> pd.DataFrame:
    names = {"CHILD": "child", "DATE_PLACED": "decision_date", "DATE_PLACED_CEASED": "reversed_date"}
    parts = [] if placed is None else [placed[[*names, "row_id"]].rename(columns=names)]
    decided = set() if placed is None else set(placed["CHILD"])
    if ad1 is not None:
        alone = ad1[~ad1["CHILD"].isin(decided)]
        parts.append(
            alone[["CHILD", "DATE_INT", "row_id"]].rename(
                columns={"CHILD": "child", "DATE_INT": "decision_date"}
            )
        )
    return pd.concat(parts, ignore_index=True).reindex(
        columns=["child", "decision_date", "reversed_date", "row_id"]
    )


def _first_after(decisions: pd.DataFrame, events: pd.DataFrame, day: str) -> pd.Series:
    """For each decision the first such day of the same child on or after it, and before the child's next decision."""
    pairs = decisions.reset_index().merge(events[["CHILD", day]], left_on="child", right_on="CHILD")
    since = pairs["decision_date"].fillna(NEVER)
    within = pairs[(pairs[day] >= since) & (pairs[day] < pairs["until"])]
    return within.groupby("index")[day].min().reindex(decisions.index)
