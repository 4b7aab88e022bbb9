"""The arithmetic audit: whether what was sent or printed can be true together, before anything is drawn from it.

The checks are declared in `definitions/audit.csv`: parts against totals, derived numbers recomputed, shares that no
whole number out of the stated total can give (the GRIM test), totals that several rounded shares imply, values
attainable at a denominator, and two sources of one number.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain, groupby
from math import ceil, floor
from operator import itemgetter
from pathlib import Path

import pandas as pd

from bscbdata import back_test, disclosure, facts, numbers, rates
from bscbdata.cleaning import SYMBOLS
from bscbdata.findings import Finding, passed, warning
from bscbdata.gaps import NOT_ASKED, NOT_COLLECTED, NoData, of_table
from bscbdata.indicators import definitions
from bscbdata.lists import read_list
from bscbdata.period import month_label
from bscbdata.places import Edition
from bscbdata.provenance import join_rows, read_rows
from bscbdata.sources import load_source, source_names
from bscbdata.tables import worked_out

DECLARED = Path(__file__).parent / "definitions" / "audit.csv"
COLUMNS = ["id", "check", "table", "row", "said", "computed", "result", "words", "said_from", "computed_from"]
HELD, DIFFERS = "held", "differs"
HIDDEN = SYMBOLS["confidential"]
USUAL = "usual"  # the total that most groups have
TITLES = {
    "parts": "Parts against total",
    "derived": "Derived number",
    "share": "Share recomputed",
    "grim": "Share of whole numbers",
    "attainable": "Attainable value",
    "implied": "Implied total",
    "same": "Two sources",
    "ordered": "Part within whole",
    "rate": "Published rate",
}

Source = str | list[str] | None
AGAINST = " | "  # between two sides of a check; inside a condition | stands without spaces
PRINTED = "/published_facts.csv"
NEVER_SENT = (NOT_ASKED, NOT_COLLECTED)
NO_PLACE = "–"  # of a check that holds two numbers of different tables against each other


def rounds_to(part: int, whole: int, percent: float) -> bool:
    """Whether part out of whole rounds (halves up) to the per cent that was said, at its decimals; 12.0 is taken as 12."""
    said = f"{percent:.10g}"
    step = 10 ** numbers.decimals_of(said)
    return floor(Fraction(part * 100 * step, whole) + Fraction(1, 2)) == Fraction(said) * step


def attainable(percent: float, whole: int) -> bool:
    """The GRIM test: whether some whole number out of `whole` rounds to the per cent."""
    return any(rounds_to(part, whole, percent) for part in _near(percent, whole))


def nearest(percent: float, whole: int) -> list[int]:
    """The whole numbers just below and above the percent of the whole; one when it is met exactly."""
    exact = Fraction(str(percent)) * whole / 100
    return sorted({floor(exact), min(whole, ceil(exact))})


def _near(percent: float, whole: int) -> list[int]:
    below = int(percent * whole // 100)
    return [part for part in range(below - 1, below + 3) if 0 <= part <= whole]


def implied_totals(shares: list[tuple[int | None, float]], near: int) -> list[int]:
    """Every total, up to a fifth away from `near`, for which all the shares are attainable (part, whole per cent)."""
    tried = range(max(1, near - near // 5), near + near // 5 + 1)
    return [whole for whole in tried if all(_fits(part, said, whole) for part, said in shares)]


def _fits(part: int | None, percent: float, whole: int) -> bool:
    if part is None:
        return attainable(percent, whole)
    return part <= whole and rounds_to(part, whole, percent)


@dataclass(frozen=True)
class Check:
    """One row of audit.csv."""

    id: str
    check: str
    table: str
    columns: str
    where: str
    of: str
    tolerance: str
    differ: str
    reason: str


@dataclass(frozen=True)
class Line:
    """What one check says of one row: what was said, what follows, whether they agree, and a plain sentence."""

    row: str
    said: str
    computed: str
    holds: bool
    words: str
    counts: tuple[float, ...] = field(default=(), repr=False)  # numbers of children it would show
    withheld: bool = False  # whether it rests on a small count of children
    # what each leads to, as `leads_to` of a table takes it: a fact, a row, or several rows
    said_from: Source = None
    computed_from: Source = None


def declared() -> list[Check]:
    """Every declared check, in its order."""
    return [Check(**row) for row in read_list(DECLARED)]


def run(
    tables: Mapping[str, pd.DataFrame], edition: Edition, withheld: frozenset[str] = frozenset()
) -> pd.DataFrame:
    """Every check with its result. Columns: COLUMNS; `result` is held or differs.

    No number is shown of a return that has a count of a few children, of this year or of another: its partner may be
    the number that does not add up. None either of the tables in `withheld`. Raises KeyError and FactError when a check names what is not there.
    """
    withheld |= {name for name in tables if _has_a_few(name, tables)}
    rows = worked_out(tables, ("audit", edition, withheld), lambda: _rows(tables, edition, withheld)[0])
    return pd.DataFrame(_as_one(rows), columns=COLUMNS)


def _as_one(rows: list[tuple]) -> Iterator[tuple]:
    """The rows, those of a check that shows no number as one: who has the printed report would know each that holds."""
    for _, group in groupby(rows, key=itemgetter(0)):
        each = list(group)
        yield from [_joined(each)] if len(each) > 1 and HIDDEN in each[0] else each


def _joined(rows: list[tuple]) -> tuple:
    told = dict(zip(COLUMNS, next((row for row in rows if DIFFERS in row), rows[0]), strict=True))
    for name in ("said_from", "computed_from"):
        sources = [row[COLUMNS.index(name)] for row in rows]
        lists = [[each] if isinstance(each, str) else each or [] for each in sources]
        told[name] = list(dict.fromkeys(chain.from_iterable(lists)))
    return tuple((told | {"row": f"{len(rows)} rows"}).values())


def check(tables: Mapping[str, pd.DataFrame], edition: Edition) -> list[Finding]:
    """The audit as findings, whatever a year lacks: a check that it cannot make is a warning too."""
    rows, told = _rows(tables, edition)
    return told + findings(pd.DataFrame(rows, columns=COLUMNS))


def _has_a_few(name: str, tables: Mapping[str, pd.DataFrame]) -> bool:
    """Whether a return counts a few children somewhere, or lists children, of whom any words may name a few."""
    if not facts.counts_children(name) or name not in source_names():
        return False
    counts = tables[name].select_dtypes("number")
    return bool(load_source(name).references) or bool(counts.apply(disclosure.is_small).any(axis=None))


def _rows(
    tables: Mapping[str, pd.DataFrame], edition: Edition, withheld: frozenset[str] = frozenset()
) -> tuple[list[tuple], list[Finding]]:
    """What the checks say, and warnings: one for those that wait for a return, one for each that is declared wrongly."""
    auditor, rows, told, waiting = _Auditor(tables, edition, withheld), [], [], []
    for declared_check in declared():
        try:
            rows += auditor.rows(declared_check)
        except NoData:
            waiting.append(declared_check.id)
        except (KeyError, facts.FactError) as error:
            if error.args[0] in source_names():
                if of_table(error.args[0], edition).kind not in NEVER_SENT:
                    waiting.append(declared_check.id)
                continue
            said = f"This check of audit.csv cannot be made: {error.args[0]}"
            told.append(warning("arithmetic", said, value=declared_check.id))
    if waiting:
        said = "These checks of audit.csv cannot be made before the returns are there."
        told.append(warning("arithmetic", said, value=numbers.some(waiting, 5)))
    return rows, told


def findings(audit: pd.DataFrame) -> list[Finding]:
    """The audit as findings: a warning for each row of a check in which more differs than is known and explained.

    What is known stands in the column `differ` of audit.csv, and with its reason in the errata; one pass has all counts.
    """
    known = {declared_check.id: int(declared_check.differ or 0) for declared_check in declared()}
    differs = audit[audit["result"] == DIFFERS]
    counted = differs["id"].value_counts()
    new = differs[differs["id"].map(counted) > differs["id"].map(known)]
    told = [_told(row) for row in new.itertuples()]
    held = f"{len(audit) - len(differs)} sums and shares hold; {len(differs) - len(new)} differ as the errata explain."
    return [*told, passed("arithmetic", held)]


def _told(row) -> Finding:
    advice = "Ask which is right; or say why in definitions/audit.csv, with how many rows differ."
    place = _place(row) or {"file": f"table {row.table}" if row.table != NO_PLACE else f"check {row.id}"}
    sides = (row.computed, row.said) if row.check == TITLES["parts"] else (row.said, row.computed)
    found = {} if HIDDEN in sides else dict(zip(("value", "expected"), sides, strict=True))
    is_column = row.table != NO_PLACE and row.row != NO_PLACE and row.row not in row.words
    column = row.row if is_column else ""  # "35 parts" is no column
    return warning("arithmetic", row.words, **place, column=column, **found, advice=advice)


def _place(row) -> dict:
    """The raw file of what was added up, or of what it is held against, with its sheet and row where it is one row: a
    return before what was printed. Empty where neither is a row of a file."""
    told = [row.computed_from, row.said_from] if row.check != TITLES["rate"] else [row.said_from]
    rows = [name for each in told for name in (each if isinstance(each, list) else [each])]
    files = read_rows(join_rows(name for name in rows if name and "#" in name))
    first = min(files, key=lambda place: place.file.endswith(PRINTED), default=None)
    if first is None:
        return {}
    return {"file": first.file, "sheet": first.sheet, "row": first.spells[0][0] if first.count == 1 else None}


@dataclass
class _Auditor:
    tables: Mapping[str, pd.DataFrame]
    edition: Edition
    withheld: frozenset[str] = frozenset()  # tables of which no number may be shown

    def rows(self, check: Check) -> list[tuple]:
        lines = list(getattr(self, f"_{check.check}")(check))
        counts_children = check.table and facts.counts_children(check.table)
        hide = counts_children and any(_small(count) for line in lines for count in line.counts)
        hide = hide or check.table in self.withheld or self._is_withheld(check.of)
        hide = hide or any(line.withheld for line in lines)
        return [self._row(check, line, hide) for line in lines]

    def _row(self, check: Check, line: Line, hide: bool) -> tuple:
        hidden = "It holds." if line.holds else "It does not hold."
        said, computed, words = (HIDDEN, HIDDEN, hidden) if hide else (line.said, line.computed, line.words)
        words = words if line.holds or not check.reason else f"{words} {check.reason}"
        result = HELD if line.holds else DIFFERS
        place = (check.id, TITLES[check.check], check.table or NO_PLACE, line.row)
        return *place, said, computed, result, words, line.said_from, line.computed_from

    def _picked(self, check: Check) -> pd.DataFrame:
        return self._where(check.table, check.where)

    def _where(self, table: str, where: str) -> pd.DataFrame:
        words = facts.placeholders(self.edition, self.edition.area, self.edition.year.label)
        frame = facts.rows_meeting(self.tables[table], where.format_map(words), "audit.csv", table)
        if frame.empty and self._waits(table, where):
            raise NoData
        if frame.empty:
            raise KeyError(f"audit.csv: no row of table '{table}' has {where}.")
        return frame

    @staticmethod
    def _waits(table: str, where: str) -> bool:
        """Whether the rows are of an indicator that we know, which is counted when its return is there."""
        named = re.search(r"indicator=(\w+)", where)
        return table == "indicators" and named is not None and named[1] in definitions()

    def _value(self, said: str) -> float:
        """`printed: id`, `fact: id`, `number: 5`, or the sum of `table: column; conditions`; `each_row` is 1 in every row."""
        kind, _, rest = (part.strip() for part in said.partition(":"))
        if kind == "number":
            return float(rest)
        if kind == "fact":
            return facts.compute(rest, self.tables, self.edition).value
        if kind == "printed":
            printed = self._where("published_facts", f"fact_id={rest}")["value"].iloc[0]
            return float(back_test.printed_number(str(printed)) or "nan")
        column, _, where = rest.partition(";")
        return float(self._where(kind, where).assign(each_row=1)[column.strip()].sum())

    def _source(self, said: str) -> Source:
        """What a value that `_value` reads leads to."""
        kind, _, rest = (part.strip() for part in said.partition(":"))
        if kind in ("number", "fact"):
            return rest if kind == "fact" else None
        if kind == "printed":
            return _row_ids(self._where("published_facts", f"fact_id={rest}"))[0]
        return _row_ids(self._where(kind, rest.partition(";")[2]))

    def _with(self, rows: list[str], of: str) -> list[str]:
        """Rows together with those that their values are held against."""
        other = self._source(of)
        held = [other] if isinstance(other, str) else other or []
        return [*rows, *(name for name in held if "#" in name)]

    def _rate(self, check: Check) -> Iterator[Line]:
        """Published rates that their own counts do not give; `of` is what they are a rate of."""
        count, _, rate = check.columns.partition("/")
        table, _, rest = check.of.partition(":")
        both = rates.beside_counts(self._picked(check), count, rate)
        on = ["area", "period", "vintage"] if table == check.table else ["area", "year"]
        bases = self._where(table, rest.partition(";")[2])
        off = list(rates.off(both, bases, on, float(check.tolerance)))
        for each in off:
            words = f"Its count gives {each.expected}, printed as {each.printed}."
            behind = {"said_from": each.rows[0], "computed_from": list(each.rows[1:])}
            yield Line(each.label, each.printed, each.expected, False, words, **behind)
        yield _rest(len(both) - len(off), "rates", "follow from their counts")

    def _parts(self, check: Check) -> Iterator[Line]:
        if "/" in check.columns:
            yield from self._parts_of_each(check)
            return
        picked = self._picked(check)
        parts, total = picked[check.columns].astype(float), self._value(check.of)
        found, holds = parts.sum(), abs(parts.sum() - total) <= float(check.tolerance)
        words = f"The {len(picked)} parts come to {_n(found)}" + (
            ", as stated." if holds else f", not {_n(total)}."
        )
        behind = {"said_from": self._source(check.of), "computed_from": _row_ids(picked)}
        yield Line(f"{len(picked)} parts", _n(total), _n(found), holds, words, (found, total), **behind)

    def _parts_of_each(self, check: Check) -> Iterator[Line]:
        """Parts against their total in each group, as in `families/month`; `of` is a table with the same groups, or usual."""
        column, _, by = check.columns.partition("/")
        picked, (table, _, rest) = self._picked(check), check.of.partition(":")
        found = picked.groupby(by, observed=True)[column].sum()
        totals = pd.Series(found.mode().max(), index=found.index)
        whole = picked.iloc[:0]
        if check.of != USUAL:
            column, _, where = rest.partition(";")
            whole = self._where(table, where).assign(each_row=1)
            totals = whole.groupby(by, observed=True)[column.strip()].sum().reindex(found.index, fill_value=0)
        apart = found.index[(found - totals).abs() > float(check.tolerance)]
        for group in apart:
            words = f"The parts come to {_n(found[group])}, not {_n(totals[group])}."
            numbers_, counts = (_n(totals[group]), _n(found[group])), (found[group], totals[group])
            rows = [_row_ids(frame[frame[by] == group]) for frame in (whole, picked)]
            behind = {"said_from": rows[0], "computed_from": rows[1]}
            yield Line(_group(group), *numbers_, False, words, counts, **behind)
        yield _rest(len(found) - len(apart), "groups", "have parts that come to their total")

    def _share(self, check: Check) -> Iterator[Line]:
        whole = int(self._value(check.of))
        for row, part, said, row_id in self._shares(check):
            if part is None:
                continue
            behind = {"said_from": row_id, "computed_from": self._with([row_id], check.of)}
            found = 100 * part / whole
            holds = rounds_to(part, whole, said)
            words = f"{_n(part)} of {_n(whole)} is {_n(found, 1)}%, " + (
                "as printed." if holds else f"printed as {_n(said)}%."
            )
            yield Line(row, f"{_n(said)}%", f"{_n(found, 1)}%", holds, words, (part, whole - part), **behind)

    def _grim(self, check: Check) -> Iterator[Line]:
        whole = int(self._value(check.of))
        for row, _, said, row_id in self._shares(check):
            behind = dict.fromkeys(("said_from", "computed_from"), self._with([row_id], check.of))
            fits = [part for part in _near(said, whole) if rounds_to(part, whole, said)]
            found = " or ".join(_of(part, whole) for part in fits or nearest(said, whole))
            words = f"{_n(said)}% can be a share of {_n(whole)}."
            if not fits:
                words = f"No whole number of {_n(whole)} is {_n(said)}%; nearest: {found}."
            part = round(said * whole / 100)
            counts = (part, whole - part)
            yield Line(row, f"{_n(said)}% of {_n(whole)}", found, bool(fits), words, counts, **behind)

    _attainable = _grim

    def _implied(self, check: Check) -> Iterator[Line]:
        rows = list(self._shares(check))
        shares = [(part, said) for _, part, said, _ in rows]
        stated = int(self._value(check.of))
        fitting = implied_totals(shares, stated)
        holds = stated in fitting
        found = f"{_n(fitting[0])} to {_n(fitting[-1])}" if fitting else "none"
        fits = "no total near it fits" if not fitting else f"they fit a total of {_span(fitting)}"
        words = (
            f"The printed shares fit a total of {_span(fitting)}, and {_n(stated)} is one."
            if holds
            else (f"The printed shares do not fit a total of {_n(stated)}; {fits}.")
        )
        counts = [part if part is not None else round(said * stated / 100) for part, said in shares]
        behind = {
            "said_from": self._source(check.of),
            "computed_from": self._with([row[-1] for row in rows], check.of),
        }
        yield Line(f"{len(shares)} shares", _n(stated), found, holds, words, tuple(counts), **behind)

    def _same(self, check: Check) -> Iterator[Line]:
        one, other = (self._value(said) for said in check.of.split(AGAINST))
        holds = abs(one - other) <= float(check.tolerance)
        words = "Both sources agree." if holds else f"One source has {_n(one)}, the other {_n(other)}."
        yield Line(self._name(check), _n(one), _n(other), holds, words, **self._two(check))

    def _ordered(self, check: Check) -> Iterator[Line]:
        part, whole = (self._value(said) for said in check.of.split(AGAINST))
        holds = part <= whole + float(check.tolerance)
        words = (
            "The part is within the whole."
            if holds
            else f"The part, {_n(part)}, exceeds the whole, {_n(whole)}."
        )
        yield Line(self._name(check), _n(part), _n(whole), holds, words, **self._two(check))

    def _name(self, check: Check) -> str:
        """What the first of two values is, where it was printed: in the words of the list of printed numbers."""
        kind, _, rest = (part.strip() for part in check.of.partition(AGAINST)[0].partition(":"))
        if kind != "printed":
            return NO_PLACE
        printed = self._where("published_facts", f"fact_id={rest}").iloc[0]
        return ", ".join(printed[["subject", "category"]].dropna())

    def _two(self, check: Check) -> dict:
        """What two values lead to."""
        one, other = map(self._source, check.of.split(AGAINST))
        return {"said_from": one, "computed_from": other}

    def _is_withheld(self, said: str) -> bool:
        """Whether one of the sides of `a | b` is a small count of children, or a fact that rests on one."""
        for side in said.split(AGAINST):
            kind, _, rest = (part.strip() for part in side.partition(":"))
            known = rest in facts.definitions() and kind in ("fact", "printed")
            if known and facts.is_disclosive(facts.compute(rest, self.tables, self.edition)):
                return True
            if kind in self.withheld or known and facts.definitions()[rest].table in self.withheld:
                return True
            if facts.counts_children(kind) and _small(self._value(side)):
                return True
        return False

    def _derived(self, check: Check) -> Iterator[Line]:
        """Printed numbers that follow from others (sums, shares, changes), from the back-test."""
        prefix = check.where.partition("=")[2].removesuffix("*")
        frame = back_test.against_published(self.tables, self.edition)
        for row in frame[frame["fact_id"].str.startswith(prefix)].to_dict("records"):
            how = facts.definitions()[row["fact_id"]].how if row["fact_id"] in facts.definitions() else ""
            if how in ("", "value") or row["difference"] is None or pd.isna(row["difference"]):
                continue
            yield _derived_line(row | {"withheld": row["withheld"] or row["table"] in self.withheld})

    def _shares(self, check: Check) -> Iterator[tuple[str, int | None, float, str]]:
        """Row, known part, printed share, id of the row; `columns` is the share, or part/share."""
        count, _, share = check.columns.rpartition("/")
        for row in self._picked(check).to_dict("records"):
            said = back_test.printed_number(str(row[share]))
            part = row[count] if count and pd.notna(row[count]) else None
            if said is not None:
                yield _label(row), None if part is None else int(part), float(said), row["row_id"]


def _rest(held: int, what: str, how: str) -> Line:
    """All that holds of a check with many rows, in one line."""
    return Line(f"{held} {what}", NO_PLACE, NO_PLACE, True, f"{held} {what} {how}.")


def _group(group: object) -> str:
    return month_label(group.date()) if isinstance(group, pd.Timestamp) else str(group)


def _of(part: int, whole: int) -> str:
    return f"{_n(part)} ({_n(100 * part / whole, 1)}%)"


def _derived_line(row: dict) -> Line:
    decimals = numbers.decimals_of(back_test.printed_number(row["published"]) or "")
    said, holds = row["published"], row["result"] == "reproduced"
    unit = "percent" if row["unit"] == "as printed" else row["unit"]
    found = numbers.write(row["value"], unit, decimals)
    printed = numbers.write(float(back_test.printed_number(said)), unit, decimals)
    words = f"The numbers beside it give {found}, as printed."
    if not holds:
        words = f"The numbers beside it give {found}, printed as {printed}. {row['reason']}".strip()
    label = " – ".join(str(part) for part in (row["category"], row["label"]) if pd.notna(part))
    behind = {"said_from": row["row_id"], "computed_from": row["fact_id"]}
    return Line(label, printed, found, holds, words, withheld=bool(row["withheld"]), **behind)


def _row_ids(frame: pd.DataFrame) -> list[str]:
    """The rows of raw files that rows of a table were read or counted from."""
    return list(frame["row_id"] if "row_id" in frame else frame["source_rows"])


def _label(row: dict) -> str:
    """What a row is called: its first words."""
    for name in ("finding", "source", "category", "answer", "measure"):
        if isinstance(row.get(name), str):
            return f"{row['question']}: {row[name]}" if isinstance(row.get("question"), str) else row[name]
    return str(row.get("row_id", "–"))


def _small(count: float) -> bool:
    return disclosure.LOWEST <= count <= disclosure.HIGHEST


def _span(totals: list[int]) -> str:
    return _n(totals[0]) if len(totals) == 1 else f"{_n(totals[0])} to {_n(totals[-1])}"


def _n(value: float, decimals: int = 0) -> str:
    return numbers.plain(value, decimals).removesuffix(".0")
