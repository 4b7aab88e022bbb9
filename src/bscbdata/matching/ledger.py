"""The mapping ledger: which spelling was taken for which code, and what an analyst decided, from year to year."""

import contextlib
import csv
import hashlib
import io
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd

from bscbdata.findings import Finding, failure, passed, refusal
from bscbdata.lists import write_list
from bscbdata.matching.codes import HOWS, USED, Match, Matcher, matcher, only_one_code
from bscbdata.matching.forms import key_of
from bscbdata.matching.known import code_list_of, code_lists, official

# What an analyst writes where a spelling means no code: the cell then counts as missing.
NO_CODE = "none"
_TEXTS = ("spelling", "note", "decided_by")


@dataclass
class LedgerRow:
    """One spelling as sent, what it was taken for, and who decided it."""

    column: str
    spelling: str
    code: str = ""
    how: str = ""
    certainty: str = ""
    count: str = "0"
    first_seen: str = ""
    candidates: str = ""
    decided_by: str = ""
    decided_on: str = ""
    note: str = ""

    @property
    def is_decided(self) -> bool:
        return bool(self.code and self.decided_by)


LEDGER_COLUMNS = [field.name for field in fields(LedgerRow)]


class Ledger:
    """The mapping ledger: which spelling was taken for which code, and what an analyst decided, from year to year.

    A CSV file in the columns of LEDGER_COLUMNS; `column` is the code list, `count` the cells of the last run that
    met the spelling. Raises DataStop when the file cannot be read as one.
    """

    def __init__(self, path: Path):
        self.path = Path(path)
        read = _read_ledger(self.path)
        self.rows = {(row.column, row.spelling): row for row in read}
        self._twice = [row for row in read if self.rows[row.column, row.spelling] is not row]
        self._doubled = _doubled(read)
        self._counts: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)

    def record(self, column: str, cells: pd.Series, year: str) -> tuple[pd.Series, list[Finding]]:
        """The codes of a column's cells as a category (missing where none may be used), and what must be decided before
        they can be.

        Each distinct spelling is looked at once. KeyError when the column has no code list.
        """
        using, decided = matcher(column), self._decisions(code_list_of(column))
        repeated = isinstance(cells.dtype, pd.CategoricalDtype)
        positions, texts = pd.factorize(cells if repeated else cells.astype("object"))
        spellings = np.asarray(texts, dtype="object")
        counts = Counter(dict(enumerate(np.bincount(positions + 1).tolist(), start=-1)))
        once = _fingerprint(column, year, spellings, counts)
        codes, findings, hows = [], self._faults(using), Counter({"blank": counts.pop(-1, 0)})
        for place, spelling in enumerate(spellings):
            found = _decided(using.match(spelling), decided.get(key_of(spelling)))
            codes.append(found.code if found.code != NO_CODE else None)
            hows[found.how] += counts[place]
            if found.how != "blank":
                row = self._note(using.code_list, str(spelling), found, year, once, counts[place])
                findings += _undecided(column, row, found, counts[place], self.path.name)
        values = pd.Categorical(codes).take(positions, allow_fill=True)
        findings.append(_told(column, hows, len(spellings)))
        return pd.Series(values, index=cells.index, name=cells.name), findings

    def write(self) -> None:
        """Write the ledger, in one order always; the old file stands until the new one is whole."""
        for name, counted in self._counts.items():
            self.rows[name].count = str(sum(counted.values()))
        rows = [*self.rows.values(), *self._twice]
        write_list(self.path, LEDGER_COLUMNS, sorted(map(_as_written, rows)))

    def _decisions(self, code_list: str) -> dict[str, str]:
        known = {*official(code_list), NO_CODE}
        every = [*self.rows.values(), *self._twice]
        rows = [row for row in every if row.column == code_list and row.is_decided]
        return only_one_code((key_of(row.spelling), row.code) for row in rows if row.code in known)

    def _note(
        self, code_list: str, spelling: str, found: Match, year: str, once: str, count: int
    ) -> LedgerRow:
        row = self.rows.setdefault((code_list, spelling), LedgerRow(code_list, spelling, first_seen=year))
        self._counts[(code_list, spelling)][once] = count
        row.first_seen = min(filter(None, (row.first_seen, year)))
        # A row that took over the decision of the same words in another row follows that decision.
        follows = row.how == "decided" and not row.is_decided
        row.code = (found.code or "") if follows or not row.code else row.code
        row.how, row.certainty = found.how, f"{found.certainty:.2f}"
        row.candidates = " || ".join(found.candidates)
        return row

    def _faults(self, using: Matcher) -> list[Finding]:
        """What is wrong with the decisions for a code list."""
        rows = [row for row in self.rows.values() if row.column == using.code_list and row.code]
        faults = [fault for row in rows for fault in _fault(row, using, self.path.name)]
        faults += [
            _no_list(row, self.path.name) for row in self.rows.values() if row.column not in code_lists()
        ]
        return faults + [_said_twice(rows, self.path.name) for rows in self._doubled.get(using.code_list, [])]


def _decided(found: Match, decision: str | None) -> Match:
    return Match(decision, "decided", 1.0, found.candidates) if decision else found


def _fault(row: LedgerRow, using: Matcher, file: str) -> list[Finding]:
    place = {"file": file, "column": row.column, "value": row.spelling}
    if row.code not in (*using.codes, NO_CODE):
        said = f"The ledger gives the code '{row.code}', which the list does not have."
        expected = ", ".join((*using.codes[:12], f"or {NO_CODE}"))
        return [failure("mapping", said, **place, expected=expected, advice="Write one of these codes.")]
    found = using.match(row.spelling)
    if not row.decided_by and row.how != "decided" and row.code != found.code:
        said = f"The ledger gives the code '{row.code}', which no rule gives, and nobody is named who decided it."
        advice = "Write who decided it under decided_by, or empty the code."
        return [failure("mapping", said, **place, expected=found.code or "a decision", advice=advice)]
    return []


def _no_list(row: LedgerRow, file: str) -> Finding:
    said = f"The ledger has a row for '{row.column}', which is no code list."
    expected = ", ".join(code_lists())
    return failure(
        "mapping", said, file=file, value=row.spelling, expected=expected, advice="Mend the column."
    )


def _doubled(rows: list[LedgerRow]) -> dict[str, list[list[LedgerRow]]]:
    """Decisions that gainsay each other: one spelling, two codes."""
    groups: dict[tuple[str, str], list[LedgerRow]] = defaultdict(list)
    for row in rows:
        if row.is_decided:
            groups[row.column, key_of(row.spelling)].append(row)
    found: dict[str, list[list[LedgerRow]]] = defaultdict(list)
    for (column, _), group in sorted(groups.items()):
        if len({row.code for row in group}) > 1:
            found[column].append(group)
    return found


def _said_twice(rows: list[LedgerRow], file: str) -> Finding:
    codes = " and ".join(sorted({f"'{row.code}'" for row in rows}))
    said = f"The ledger decides one spelling in two ways: {codes}."
    advice = "Keep one of the rows."
    return failure("mapping", said, file=file, column=rows[0].column, value=rows[0].spelling, advice=advice)


def _undecided(column: str, row: LedgerRow, found: Match, count: int, file: str) -> list[Finding]:
    if found.how in USED or found.how == "decided":
        return []
    why = {
        "proposed": "may mean a code, but not for certain",
        "ambiguous": "could mean several codes",
        "unknown": "is not known",
    }[found.how]
    said = f"This spelling {why}: {count:,} cells have no code."
    expected = " or ".join(f"'{code}'" for code in found.candidates) or "a known spelling"
    advice = f"Write the code in the ledger ({file}), with who decided it; '{NO_CODE}' if it means no code."
    return [failure("mapping", said, column=column, value=row.spelling, expected=expected, advice=advice)]


def _told(column: str, hows: Counter, spellings: int) -> Finding:
    parts = [f"{count:,} {how}" for how in (*HOWS[:4], "decided", *HOWS[4:]) if (count := hows[how])]
    said = f"{spellings:,} spellings in {sum(hows.values()):,} cells: {', '.join(parts) or 'none'}."
    return passed("mapping", said, column=column)


def _fingerprint(column: str, year: str, spellings: Iterable[object], counts: Counter) -> str:
    """A hash of a column's cells, by which cells that are recorded again are not counted twice."""
    told = repr((column, year, [(str(spelling), counts[place]) for place, spelling in enumerate(spellings)]))
    return hashlib.sha256(told.encode("utf8", "surrogatepass")).hexdigest()


def _read_ledger(path: Path) -> list[LedgerRow]:
    if not path.exists():
        return []
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:  # as spreadsheets on Windows save it
        text = raw.decode("cp1252", errors="replace")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if not rows or rows[0] != LEDGER_COLUMNS:
        said, expected = "The ledger's first row is not its columns.", ", ".join(LEDGER_COLUMNS)
        raise refusal("mapping", said, file=path.name, expected=expected)
    return [_as_read(row) for row in rows[1:] if any(row)]


def _as_read(cells: list[str]) -> LedgerRow:
    row = LedgerRow(*(cells + [""] * len(LEDGER_COLUMNS))[: len(LEDGER_COLUMNS)])
    for name in _TEXTS:
        setattr(row, name, unquoted(getattr(row, name)))
    row.code, row.decided_by = row.code.strip(), row.decided_by.strip()
    with contextlib.suppress(KeyError):
        row.column = code_list_of(row.column)
    return row


def _as_written(row: LedgerRow) -> list[str]:
    return [quoted(getattr(row, name)) if name in _TEXTS else getattr(row, name) for name in LEDGER_COLUMNS]


def quoted(text: str) -> str:
    """Text that a spreadsheet leaves alone: what does not begin with a letter (`=1+1`, `01`, `-`) gets a `'` in front."""
    return text if not text or text[0].isalpha() else "'" + text


def unquoted(text: str) -> str:
    """The inverse of `quoted`."""
    return text.removeprefix("'")
