"""Ofsted Annex A: child-level lists 1 to 11, as one workbook or as separate sheets or CSV files.

`maps/annex_a.csv` says which header each list has, which other spellings of it are known, and which of our columns it
fills (`-` = known, and not read: teams, workers, postcodes). A header that is only like a known one is proposed and
stops the run. Most lists cover the six months before the list was drawn: `records.window` says which days.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from bscbdata import cleaning
from bscbdata.findings import REJECT_COLUMNS, DataStop, Finding, failure, passed, refusal, warning
from bscbdata.lists import read_list
from bscbdata.matching.codes import BLANKS
from bscbdata.period import parse_date
from bscbdata.sources import large
from bscbdata.sources.cells import distinct, rows_where, take
from bscbdata.sources.grid import sheets
from bscbdata.sources.titles import told_of_length
from bscbdata.statutory import (
    HERE,
    CaseRecords,
    ListColumn,
    code_map,
    event_list,
    list_columns,
    row_id,
    tell_of,
    tell_of_lines,
)

MAP = "statutory/maps/annex_a.csv"
LIKE, PROPOSED = 0.85, 0.7
HEADER_ROWS = 20
AGE = "Age of Child (Years)"
YEARS_APART, FEW_APART, SHARE_APART = 1.5, 3, 0.1
# Maps a category column as sent to Annex A's own codes: (Annex A column, cells) -> codes and findings.
Decide = Callable[[str, pd.Series], tuple[pd.Series, list[Finding]]]


@dataclass(frozen=True)
class Header:
    """One column of one list: its header and other spellings, and the column of ours that it fills."""

    number: int
    list: str
    title: str
    header: str
    aliases: tuple[str, ...]
    column: str
    required: bool

    @property
    def spellings(self) -> set[str]:
        return {plain(spelling) for spelling in (self.header, *self.aliases)}


@dataclass(frozen=True)
class Found:
    """One list found in a file: its headers by position, its rows as text (index = row in the file), the lines above it."""

    place: dict[str, str]
    headers: dict[int, Header]
    body: pd.DataFrame
    above: list[str]


@cache
def headers() -> tuple[Header, ...]:
    """The map of all lists."""
    return tuple(_header(row) for row in read_list(HERE / "maps" / "annex_a.csv"))


def _header(row: dict[str, str]) -> Header:
    aliases = tuple(filter(None, row["aliases"].split("|")))
    typed = {"number": int(row["number"]), "aliases": aliases, "required": row["required"] == "yes"}
    return Header(**row | typed)


def plain(header: str) -> str:
    """The form in which two headers are compared: letters and digits only, so brackets, quotes and case do not matter."""
    return re.sub(r"[^a-z0-9]+", "", str(header).casefold())


def read_annex_a(paths: Iterable[Path], name: str, decide: Decide) -> CaseRecords:
    """The event lists of an Annex A extract. Raises DataStop when a list lacks a column that it cannot do without."""
    records = CaseRecords("annex_a")
    seen: dict[int, str] = {}
    for path in paths:
        for found in _lists_in(path, name, records.findings):
            number = next(iter(found.headers.values())).number
            where = ", sheet ".join(found.place.values())
            if number in seen:
                said = f"List {number} is there twice: also in {seen[number]}."
                advice = "Remove the one that is not meant."
                raise refusal("list", said, **found.place, advice=advice)
            seen[number] = where
            _read_list(found, records, decide)
    if not seen:
        raise DataStop([_nothing_found(name)])
    return records


def _nothing_found(name: str) -> Finding:
    expected = ", ".join(dict.fromkeys(f"list {header.number} ({header.title})" for header in headers()))
    return failure("list", "No list of Annex A is in it.", file=name, expected=expected, advice=f"See {MAP}.")


def _lists_in(path: Path, name: str, findings: list[Finding]) -> Iterator[Found]:
    """Every sheet of a workbook, or the one table of a CSV file, that is one of the lists; the others are told."""
    file = f"{name}/{path.name}" if not name.endswith(path.name) else name
    for sheet, read in sheets(path, file).items():
        place = {"file": file, "sheet": sheet} if sheet else {"file": file}
        top, body = _open(path, read)
        row, wanted = _recognise(top, sheet or path.stem)
        if wanted is None:
            # in quotes: it may be called after a child
            called = f"Sheet '{sheet}' is not" if sheet else "Not"
            said = f"{called} one of the lists of Annex A, so not read."
            advice = f"If it is one, its headers must be in {MAP}."
            findings.append(warning("list", said, file=file, advice=advice))
            continue
        tell_of_lines(top.iloc[:row], place, findings)
        by_position = _match_headers(list(top.iloc[row]), wanted, place, findings)
        used = {at: header.column == "child" for at, header in by_position.items() if header.column != "-"}
        ages = {at: False for at, header in by_position.items() if header.header == AGE}
        below, grid = body(row + 1, used | ages)
        tell_of(grid, used, place, findings)
        yield Found(place, by_position, below, _lines(top.iloc[:row]))


def _lines(rows: pd.DataFrame) -> list[str]:
    return [" ".join(map(str, row.dropna())) for _, row in rows.astype("object").iterrows()]


def _open(path: Path, read: Callable[[], pd.DataFrame]):
    """The first rows, and a function that gives the rows below a header row and the grid they are of: of a long file that
    is plain only the columns that are used, and no grid."""
    start = large.first_rows(path) if large.is_large(path) else None
    if start is None:
        grid = read()
        return grid.head(HEADER_ROWS), lambda row, _: (grid.iloc[row:], grid)
    top, delimiter, encoding = start

    def below(row: int, used: dict[int, bool]) -> tuple[pd.DataFrame, pd.DataFrame | None]:
        try:
            parts = large.batches(path, len(top.columns), row, delimiter, encoding, used)
            return large.join(list(parts)), None
        except (pa.ArrowInvalid, large.NotPlain):  # rows of uneven length: the slower way says which
            grid = read()
            return grid.iloc[row:], grid

    return top.head(HEADER_ROWS), below


@cache
def _shared() -> frozenset[str]:
    """The headers that stand in many lists, such as Gender and Allocated Team: they do not tell one list from another."""
    every = [header.header for header in headers()]
    return frozenset(header for header in every if every.count(header) > 3)


def _recognise(top: pd.DataFrame, called: str) -> tuple[int, list[Header] | None]:
    """The header row and the list it belongs to: of the lists half of whose headers stand in one of the first rows, the
    one that has most of those that are its own. Where none has any, the one that the row is most like.

    A sheet called `List 3` or by a list's title is that list if its headers agree as well as any other's.
    """
    best: tuple[float, float, bool, int, int] = (0.0, 0.0, False, 0, 0)
    for row in range(len(top)):
        cells = {plain(cell) for cell in top.iloc[row].dropna()}
        for number in range(1, 12):
            wanted = _of(number)
            there, found = _share(_own(wanted), cells), _share(wanted, cells)
            named = plain(called) in (f"list{number}", plain(wanted[0].title))
            if found >= 0.5:
                best = max(best, (there, found, named, number, -row))
        if best[0]:  # the first that has any: it, or that of another list, may stand again below
            break
    there, _, named, number, above = best
    if not number:
        return 0, None
    return -above, _of(number) if there or named else _most_alike(top.iloc[-above].dropna().astype("str"))


def _of(number: int) -> list[Header]:
    return [header for header in headers() if header.number == number]


def _own(wanted: list[Header]) -> list[Header]:
    return [header for header in wanted if header.header not in _shared()]


def _most_alike(cells: pd.Series) -> list[Header]:
    """Of the lists half of whose headers stand in a row, the one that all of its cells are most like."""
    known = {plain(cell) for cell in cells}
    lists = [wanted for number in range(1, 12) if _share(wanted := _of(number), known) >= 0.5]
    return max(lists, key=lambda wanted: sum(_likeness(cell, wanted) for cell in cells))


def _likeness(cell: str, wanted: list[Header]) -> float:
    return max(cleaning.likeness(cell, one) for header in wanted for one in (header.header, *header.aliases))


def _share(wanted: list[Header], cells: set[str]) -> float:
    return sum(bool(header.spellings & cells) for header in wanted) / len(wanted)


def _match_headers(
    cells: list[object], wanted: list[Header], place: dict[str, str], findings: list[Finding]
) -> dict[int, Header]:
    """Which header stands where. Missing and unknown ones are told; what is only alike, or stands twice, stops the run."""
    known = {spelling: header for header in wanted for spelling in header.spellings}
    sent = {position: str(cell) for position, cell in enumerate(cells) if pd.notna(cell)}
    matched = {position: known[plain(cell)] for position, cell in sent.items() if plain(cell) in known}
    unknown = [cell for cell in sent.values() if plain(cell) not in known]
    missing = [header for header in wanted if header not in matched.values()]
    problems = _doubled(matched, sent, place) + _alike(unknown, missing, place)
    lost = [header.header for header in missing if header.required]
    if lost:
        may_be = cleaning.propose(unknown, {h.header: (h.header, *h.aliases) for h in missing}, PROPOSED)
        called = f"list {wanted[0].number} ({wanted[0].title})"
        said = f"Columns that {called} cannot do without are missing: {', '.join(lost)}."
        said += "".join(f" '{cell}' {told}." for cell, told in may_be.items())
        advice = f"If the header was renamed, add it under `aliases` in {MAP}."
        problems.append(failure("columns", said, **place, value=", ".join(sent.values()), advice=advice))
    if problems:
        raise DataStop(problems)
    findings += _told_columns(unknown, missing, place)
    return matched


def _doubled(matched: dict[int, Header], sent: dict[int, str], place: dict[str, str]) -> list[Finding]:
    twice = [h for h in set(matched.values()) if list(matched.values()).count(h) > 1]
    said = [", ".join(sent[p] for p, found in matched.items() if found == header) for header in twice]
    advice = "Ask which one is meant, and remove the other."
    return [
        failure("columns", "The same header stands twice.", **place, value=cell, advice=advice)
        for cell in said
    ]


def _alike(unknown: list[str], missing: list[Header], place: dict[str, str]) -> list[Finding]:
    found = []
    for cell in unknown:
        for header in missing:
            spellings = (header.header, *header.aliases)
            certainty = max(
                *(difflib.SequenceMatcher(None, plain(cell), plain(one)).ratio() for one in spellings),
                *(min(cleaning.likeness(cell, one), 0.99) for one in spellings),
            )
            if certainty >= LIKE:
                said = f"This header may be '{header.header}' (certainty {certainty:.0%})."
                advice = f"If it is, add it under `aliases` in {MAP}; if not, rename it."
                found.append(failure("columns", said, **place, column=cell, advice=advice))
    return found


def _told_columns(unknown: list[str], missing: list[Header], place: dict[str, str]) -> list[Finding]:
    told = []
    used = [header.header for header in missing if header.column != "-"]
    if used:
        said = f"Columns not sent: {', '.join(used)}. No figure that rests on them is given."
        advice = f"Ask for them. If one was sent under another name, add that name under `aliases` in {MAP}."
        told.append(warning("columns", said, **place, advice=advice))
    if unknown:
        said = f"Columns that Annex A does not have, not read: {', '.join(unknown)}."
        told.append(warning("columns", said, **place))
    return told


def _read_list(found: Found, records: CaseRecords, decide: Decide) -> None:
    """One list's rows as events; rows whose child or event date cannot be used, or with another day than that of birth that
    cannot be read, go to the rejects."""
    name = next(iter(found.headers.values())).list
    body = found.body[found.body.notna().any(axis=1)]
    records.rows_in[name] = len(body)
    body, notes = _without_notes(body)
    _reject(records, notes, name, found.place, "set aside: note")
    body, again = _without_headers(body, found.headers)
    _stop_at_another_list(body, found)
    _reject(records, again, name, found.place, "set aside: header repeated")
    body, totals = _without_totals(body, found.headers)
    _reject(records, totals, name, found.place, "set aside: totals row")
    records.findings += told_of_length([*found.above, *_lines(notes)], len(body), found.place)
    if name not in list_columns():
        _reject(records, body, name, found.place, "set aside: the list is not about children")
        return
    kinds = {column.name: column for column in list_columns()[name]}
    typed, problems = {}, {}
    for position, header in found.headers.items():
        if header.column != "-":
            column = kinds[header.column]
            typed[column.name], problems[header] = _type(
                body[position], column, header, found.place, records, decide
            )
    records.not_sent[name] = kinds.keys() - typed.keys() - {"row_id"}
    frame = pd.DataFrame(typed, index=body.index)
    records.findings += _ages_apart(body, frame, found)
    bad = _bad_rows(frame, problems, found.place, records.findings)
    frame["row_id"] = row_id(found.place, "") + frame.index.to_series().astype("str")
    records.lists[name] = event_list(name, frame.drop(index=bad.index))
    rejected = body.loc[bad.index].astype("object")
    content = [" | ".join(map(str, row.dropna())) for _, row in rejected.iterrows()]
    _reject(records, rejected, name, found.place, bad.to_numpy(), content)
    records.findings.append(
        passed("read", f"{len(records.lists[name]):,} rows of {name} read.", **found.place)
    )


def _reject(
    records: CaseRecords,
    rows: pd.DataFrame,
    name: str,
    place: dict[str, str],
    reason: object,
    content: object = "",
) -> None:
    """Put rows among the rejects: declared, not lost. `reason` and `content` are one for all or one for each."""
    if len(rows):
        ids = [row_id(place, row) for row in rows.index]
        more = {"table": name, "row_id": ids, "reason": reason, "content": content}
        frames = [records.rejects, pd.DataFrame(more, columns=REJECT_COLUMNS)]
        records.rejects = pd.concat([frame for frame in frames if len(frame)], ignore_index=True)


def _without_notes(body: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of a list, and the notes below them: one cell of several words, and no row of data after it."""
    alone = body.notna().sum(axis=1) == 1
    if not alone.any():
        return body, body[alone]
    first = body[alone].astype("object").bfill(axis=1).iloc[:, 0]
    alone[alone] = first.astype("str").str.strip().str.contains(r"\s", regex=True).to_numpy(dtype=bool)
    notes = alone[::-1].cummin()[::-1].astype(bool)
    return body[~notes], body[notes]


def _without_headers(body: pd.DataFrame, headers: dict[int, Header]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of a list, and those that say its header again, as on every page of a report."""
    needed = {position: header.spellings for position, header in headers.items() if header.required}
    again = np.full(len(body), bool(needed))
    # the column of children last: it has the most texts, and by then few rows are left to look at
    for position in sorted(needed, key=lambda position: headers[position].column == "child"):
        cells = body[position][again]
        again[again] = rows_where(cells, lambda cell, known=needed[position]: plain(cell) in known)
    return body[~again], body[again]


def _without_totals(body: pd.DataFrame, headers: dict[int, Header]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of a list, and those that sum or count others: `Total` in their first cell, and no day of an event."""
    days = [at for at, header in headers.items() if header.required and header.column != "child"]
    dateless = body[body[days].isna().all(axis=1)].astype("object")
    first = dateless.bfill(axis=1).iloc[:, 0]
    totals = first.index[first.map(cleaning.begins_like_a_total).astype(bool)]
    return body.drop(index=totals), body.loc[totals]


def _stop_at_another_list(body: pd.DataFrame, found: Found) -> None:
    """Stop where a header stands among the dates of a list: the rows below it are of another one."""
    every = {spelling for header in headers() for spelling in header.spellings}
    for position, header in found.headers.items():
        if header.required and header.column != "child":
            below = body.index[rows_where(body[position], lambda cell: plain(cell) in every)]
            if len(below):
                told = {"row": int(below[0]), "value": ", ".join(map(str, body.loc[below[0]].dropna()))}
                advice = "Put each list on a sheet of its own, or in a file of its own."
                raise refusal(
                    "list", "Another list begins below this one.", **found.place, **told, advice=advice
                )


def _type(
    cells: pd.Series,
    column: ListColumn,
    header: Header,
    place: dict[str, str],
    records: CaseRecords,
    decide: Decide,
) -> tuple[pd.Series, pd.Series]:
    """One column typed; and for the rows that cannot be read, why."""
    if column.name == "child":
        return child_ids(cells), pd.Series(dtype="object")
    if column.kind == "date":
        return _parsed(cells, parse_date, "datetime64[s]")
    if column.kind in ("count", "number"):
        return _parsed(cells, _to_whole if column.kind == "count" else cleaning.to_number, "float64")
    if column.kind == "text" and header.header not in CATEGORIES:
        return cells.astype("object"), pd.Series(dtype="object")
    codes, findings = decide(header.header, cells)
    records.findings += [replace(finding, **place, column=header.header) for finding in findings]
    return _ours(codes, column), pd.Series(dtype="object")


def _ages_apart(body: pd.DataFrame, frame: pd.DataFrame, found: Found) -> list[Finding]:
    """A warning where ages do not go with the days of birth beside them: a column slid by a row, or was sorted alone.

    Every age is of one day or about it, mostly that on which the list was drawn.
    """
    at = [position for position, header in found.headers.items() if header.header == AGE]
    if not at or "date_of_birth" not in frame:
        return []
    years = pd.to_numeric(body[at[0]].astype("object"), errors="coerce")
    in_years = (frame["date_of_birth"] - pd.Timestamp("1970-01-01")).dt.days / 365.25 + years
    apart = int(((in_years - in_years.median()).abs() > YEARS_APART).sum())
    if apart <= max(FEW_APART, SHARE_APART * in_years.notna().sum()):
        return []
    said = f"{apart:,} of {in_years.notna().sum():,} ages do not go with the day of birth in their row."
    advice = "A column may have slid by a row or been sorted by itself: ask for the list as the case system exports it."
    return [warning("ages", said, **found.place, column=AGE, advice=advice)]


# Columns of the care leavers' list that are categories of Annex A and have no code list of ours.
CATEGORIES = {
    *("Eligibility Category", "LA in Touch", "Activity Status"),
    *("Type of Accommodation", "Suitability of Accommodation"),
}


def child_ids(cells: pd.Series) -> pd.Series:
    """The council's numbers as text: `9212044.0`, as spreadsheets make of a number, is 9212044."""
    text = cells.astype("str").str.strip().str.removesuffix(".0")
    return text.where(text.notna(), None)


def _parsed(cells: pd.Series, parser, dtype: str) -> tuple[pd.Series, pd.Series]:
    positions, texts = distinct(cells)
    texts = pd.Series(texts, dtype="object")
    tidied = cleaning.tidy_text(texts)
    tidied = tidied.mask(tidied.isin(BLANKS), None)
    parsed = cleaning.parse_distinct(tidied, parser, dtype)
    if parser is parse_date:
        parsed = cleaning.without_american_days(tidied, parsed)
    values = take(parsed.values.array, positions, cells.index)
    said = pd.Series([*parsed.problems, ""], dtype="object").to_numpy()[positions]
    return values, pd.Series(said, index=cells.index)[said != ""]


def _to_whole(text: str) -> int:
    return cleaning.to_count(re.sub(r"\.0+$", "", text))


def _ours(codes: pd.Series, column: ListColumn) -> pd.Series:
    """Annex A's codes as ours."""
    if column.kind == "yes_no":
        told = codes.astype("object").map({"True": True, "False": False, "Unknown": pd.NA})
        return told.astype("boolean")
    if not column.code_list:
        return codes.astype("object")
    same = cleaning.same_spelling
    known = {same(theirs): ours for theirs, ours in code_map(column.code_list, "annex_a").items()}
    positions, texts = distinct(codes)
    ours = pd.Categorical([known.get(same(code)) for code in texts])
    return pd.Series(ours.take(positions, allow_fill=True), index=codes.index)


def _bad_rows(
    frame: pd.DataFrame, problems: dict[Header, pd.Series], place: dict[str, str], findings: list[Finding]
) -> pd.Series:
    """Rows that cannot be used, with their reason; a cell that can be done without is told and left missing."""
    bad: dict[int, str] = {}
    for header, said in problems.items():
        if header.required:
            empty = frame.index[frame[header.column].isna()].difference(said.index)
            bad |= dict.fromkeys(empty, f"{header.header} is empty")
        needed = header.required or _is_day_of_an_event(header, frame)
        bad |= dict(said.items()) if needed else {}
        findings += _cell_findings(header, said, needed, place)
    for row, reason in bad.items():
        if "is empty" in reason:
            findings.append(
                failure("value", f"{reason}.", **place, row=int(row), advice="Ask the agency for it.")
            )
    return pd.Series(bad, dtype="object").sort_index()


def _is_day_of_an_event(header: Header, frame: pd.DataFrame) -> bool:
    """Whether a column says when something happened: left missing, a plan that ended would count as open."""
    return header.column != "date_of_birth" and frame[header.column].dtype.kind == "M"


def _cell_findings(header: Header, said: pd.Series, needed: bool, place: dict[str, str]) -> list[Finding]:
    tell = failure if needed else warning
    advice = "Ask the agency and correct the file." if needed else "Left missing; ask the agency."
    return [
        tell("value", f"{problem}.", **place, row=int(row), column=header.header, advice=advice)
        for row, problem in said.items()
    ]
