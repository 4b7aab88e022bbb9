"""Which cells a report withholds, what they truly are, and whether a text says it beside their names."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd

from bscbdata import disclosure, facts, numbers
from bscbdata.cleaning import WITHHELD
from bscbdata.gaps import NoData
from bscbdata.lists import read_settings
from bscbdata.places import Edition
from bscbdata.tables import kept_of

TOTALS = {"all", "total", ""}
WORDS = ["zero", "one", "two", "three", "four", "five", "six"]
WORDS += ["seven", "eight", "nine", "ten", "eleven", "twelve"]
NUMBER = re.compile(
    r"(?<![\w.,:/#-])(?:(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?![\w:/]|-\w|[.,]\d)\s*(%|per ?cent)?"
    rf"|({'|'.join(WORDS[1:])})(?![\w-]))"
)
MONTH = re.compile(
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december) \d{4}"
)
PERIOD = re.compile(rf"{MONTH.pattern}|\d{{4}}-\d\d(-\d\d)?( q[1-4])?|q[1-4]|\d{{4}}")
RULES = Path(__file__).parents[1] / "definitions" / "leak.toml"


@cache
def rules() -> dict[str, Any]:
    """What may not stand in a report, as `definitions/leak.toml` says."""
    return read_settings(RULES)


@cache
def not_labels() -> frozenset[str]:
    """What stands beside numbers and names no row, as texts are compared."""
    return frozenset(map(plain, rules()["not_labels"]))


@dataclass(frozen=True)
class Cell:
    """A withheld cell: the names of its row, its column, what it truly is, and numbers that stand openly under these names.

    `tied` is whether the column has to be named too, because the truth is not known but only that it is small.
    """

    where: str
    labels: tuple[tuple[str, ...], ...]
    column: str
    counts: frozenset[float] = frozenset()
    shares: frozenset[float] = frozenset()
    open: Mapping[float, int] = field(default_factory=dict, hash=False)
    tied: bool = False
    subject: frozenset[str] = frozenset()  # beginnings of words that say what the table is about
    shown: bool = True  # whether a figure has its row; else the words of the row are no reader's words for it

    @property
    def name(self) -> str:
        return ", ".join(names[0] for names in self.labels)

    @cached_property
    def of_a_period(self) -> bool:
        """Whether its row is named by a time alone, which many rows of many tables share."""
        return self._words == 0

    @cached_property
    def of_a_word(self) -> bool:
        """Whether no figure has its row, which is named by a time and one other word: "schools" stands in many sentences."""
        return not self.shown and self._words == 1 and len(self.labels) > 1

    @property
    def _words(self) -> int:
        return sum(not PERIOD.fullmatch(names[0]) for names in self.labels)


def plain(text: str) -> str:
    """A text as it is compared: without escapes, marks that do not show, case, and differences of dashes and spaces."""
    if "&" in text:
        text = unescape(text)
    if "\\" in text:
        text = re.sub(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})", lambda m: chr(int(m[1] or m[2], 16)), text)
    if "%2" in text or "%C" in text:
        text = re.sub(r"%(2[0-9A-Fa-f]|3[AaDdFf])", lambda m: chr(int(m[1], 16)), text)
    text = re.sub(r"[\u200b-\u200f\u2060\ufeff\u00ad]", "", text)
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text).replace("\u2019", "'").replace("_", " ")
    return " ".join(text.casefold().split())


def alternatives(label: str) -> tuple[str, ...]:
    """How a label may be written: a month also as a date."""
    name = plain(label)
    if MONTH.fullmatch(name):
        month = datetime.strptime(name, "%B %Y")
        return name, f"{month:%Y-%m-%d}", f"{month:%Y-%m}", f"{month:%b %Y}".casefold()
    return (name,)


# ---- what is withheld -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Truth:
    """The tidy tables as they can be asked for what a published cell truly is."""

    tables: Mapping[str, pd.DataFrame]
    edition: Edition

    @cached_property
    def asked(self) -> dict[str, pd.DataFrame]:
        """The tables that count children."""
        named = [name for name in self.tables if facts.counts_children(name)]
        return {name: self.tables[name] for name in named}

    @cached_property
    def texts(self) -> dict[str, dict[str, pd.Series]]:
        return {name: _texts(frame) for name, frame in self.asked.items()}

    def values(
        self, labels: list[tuple[str, ...]], column: str, sources: tuple[str, ...]
    ) -> tuple[set[float], set[float]]:
        """Counts and shares that rows with these labels stand for, each source of the table asked by itself."""
        counts: set[float] = set()
        shares: set[float] = set()
        for name in [source for source in sources if source in self.asked]:
            frame = self.asked[name]
            rows = self._rows(name, labels)
            if rows is not None and 0 < rows.sum() < max(len(frame), 2):
                found = self._count(frame, rows, column)
                counts |= found
                shares |= _shares(frame, rows, found)
        return counts, shares

    def _rows(self, name: str, labels: list[tuple[str, ...]]) -> pd.Series | None:
        texts = self.texts[name]
        if not texts:
            return None
        rows = pd.Series(True, index=self.asked[name].index)
        for label in labels:
            if any(part in texts for part in label):
                continue  # the label is a column's own name
            found = [texts[key].isin(label) for key in texts]
            rows &= pd.concat(found, axis=1).any(axis=1)
            if not rows.any():
                return None
        return rows

    def _count(self, frame: pd.DataFrame, rows: pd.Series, column: str) -> set[float]:
        picked = [rows]
        months = frame.select_dtypes("datetime")
        if len(months.columns):
            day = months.iloc[:, 0]
            year = self.edition.year
            picked.append(rows & day.between(pd.Timestamp(year.start), pd.Timestamp(year.end)))
        if has_identifiers(frame):
            return {float(which.sum()) for which in picked}
        columns = [name for name in _numeric(frame) if not name.endswith("_pct") and name != "line"]
        named = [name for name in columns if name.replace("_", " ") == column] or columns
        return {float(frame.loc[which, name].sum()) for which in picked for name in named}


def _shares(frame: pd.DataFrame, rows: pd.Series, counts: set[float]) -> set[float]:
    """Shares as they were sent, and those that the counts are of the totals of their columns."""
    if has_identifiers(frame):
        return {100 * count / len(frame) for count in counts}
    printed = [name for name in _numeric(frame) if name.endswith("as_printed_pct")]
    found = {float(value) for name in printed for value in frame.loc[rows, name].dropna()}
    columns = [frame[name] for name in _numeric(frame) if not name.endswith("_pct")]
    totals = {float(total) for column in columns for total in (column.sum(), column.max())}
    return found | {100 * count / total for count in counts for total in totals if total > count}


def _numeric(frame: pd.DataFrame) -> list[str]:
    return [name for name in frame.select_dtypes("number") if not name.startswith("age")]


def has_identifiers(frame: pd.DataFrame) -> bool:
    """Whether a row of the table is one child, case or family: it has a column in which every text is another."""
    return bool(identifiers(frame))


def identifiers(frame: pd.DataFrame) -> list[str]:
    """The columns that name one child, case or family."""
    words = [name for name in frame.select_dtypes(["str", "object"]) if name != "row_id"]
    return [
        name
        for name in words
        if name == "child" or len(frame) > 1 and frame[name].is_unique and _coded(frame[name])
    ]


def _coded(values: pd.Series) -> bool:
    return bool(values.astype("str").str.fullmatch(r"[A-Za-z]{0,4}[-_]?\d{3,}|[0-9a-f]{16}").all())


def _texts(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """The columns by which a row can be named, in the words of a page."""
    found: dict[str, pd.Series] = {}
    for name in frame.columns:
        values = frame[name]
        if name in {"row_id", "provenance", "status", "value", "note", *identifiers(frame)}:
            continue
        if pd.api.types.is_datetime64_any_dtype(values):
            found[plain(name)] = values.dt.strftime("%Y-%m-%d")
        elif not pd.api.types.is_numeric_dtype(values) or name.startswith("age"):
            known = {each: plain(str(each)) for each in values.dropna().unique()}
            found[plain(name)] = values.astype("object").map(known)
    return found


@dataclass(frozen=True)
class Table:
    """A published table as it prints: where it stands, its head, its rows."""

    where: str
    head: list[str]
    rows: list[list[str]]
    sources: tuple[str, ...] = ()
    subject: frozenset[str] = frozenset()


def subject_of(words: str, edition: Edition) -> frozenset[str]:
    """The beginnings of the words that tell what a table is about from what another of the edition is."""
    told = _long_words(words) - set(rules()["common_words"]) - _long_words(f"{edition.area} {edition.board}")
    return frozenset(word[:6] for word in told)


def _long_words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{4,}", plain(text)))


def cells_of(tables: Iterable[Table], truth: Truth) -> Iterator[Cell]:
    """Every withheld cell of the published tables, each once."""
    known: dict[tuple, tuple[set[float], set[float]]] = {}
    for table in tables:
        for row in table.rows:
            places = [place for place, text in enumerate(row) if text == WITHHELD]
            yield from (_cell(table, row, place, truth, known) for place in places)


def _cell(table: Table, row: list[str], place: int, truth: Truth, known: dict) -> Cell:
    names = [
        text
        for head, text in zip(table.head, row[:place], strict=False)
        if plain(head) not in not_labels() and plain(text) not in TOTALS and text[:1] != "["
    ]
    labels, head = [alternatives(text) for text in names], plain(table.head[place])
    key = (tuple(labels), head, table.sources)
    if key not in known:
        wide = truth.values([*labels, alternatives(head)], "", table.sources)
        known[key] = wide if wide[0] else truth.values(labels, head, table.sources)
    counts, shares = known[key]
    is_share = bool(re.search(r"share|per ?cent|%", head))
    small = frozenset(map(float, range(disclosure.LOWEST, disclosure.HIGHEST + 1)))
    return Cell(
        table.where,
        tuple(labels),
        head,
        counts=frozenset() if is_share and counts else frozenset(counts) or small,
        shares=frozenset(shares),
        open=_shown_beside(table, row[:place]),
        tied=not counts,
        subject=table.subject,
    )


def _shown_beside(table: Table, names: list[str]) -> Counter[float]:
    """The numbers that the rows of these names show openly, as often as one row does: other measures of one quarter, say."""
    found: Counter[float] = Counter()
    for row in table.rows:
        if row[: len(names)] == names:
            found |= Counter(value for text in row for value, _, _ in numbers_in(plain(text)))
    return found


def small_rows(truth: Truth) -> Iterator[Cell]:
    """Every small count of the tidy tables that count children, by the names of its row: they may stand nowhere."""
    for name, frame in truth.asked.items():
        if has_identifiers(frame):
            continue
        texts = pd.DataFrame(truth.texts[name])
        for column in [each for each in _numeric(frame) if not each.endswith("_pct")]:
            small = disclosure.is_small(frame[column]) & (frame["provenance"].astype("str") != "official")
            for row in frame.index[small]:
                labels = [text for text in texts.loc[row].dropna() if text not in TOTALS]
                names = tuple(_month(label) for label in labels)
                yield Cell(
                    f"table {name}",
                    names,
                    plain(column),
                    frozenset({float(frame.at[row, column])}),
                    tied=len(names) < 2,
                    subject=subject_of(name, truth.edition),
                    shown=False,
                )


def _month(label: str) -> tuple[str, ...]:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", label):
        return (label, *alternatives(f"{datetime.strptime(label, '%Y-%m-%d'):%B %Y}"))
    return (label,)


def small_facts(truth: Truth) -> Iterator[Cell]:
    """Every fact that rests on a small count: by its id, and by the words under which its printed number is listed."""
    printed = truth.tables.get("published_facts", pd.DataFrame(columns=["fact_id", "subject", "category"]))
    named = {row["fact_id"]: row for row in printed.to_dict("records")}
    for fact_id in kept_of(
        truth.tables, "small-facts", (repr(truth.edition),), lambda: list(_disclosive(truth))
    ):
        fact = facts.compute(fact_id, truth.tables, truth.edition)
        counts = {fact.numerator} if fact.unit in numbers.PERCENT else {fact.value}
        share = {fact.value} if fact.unit in numbers.PERCENT else set()
        held = (frozenset(counts - {None}), frozenset(share))
        yield Cell(f"fact {fact_id}", ((plain(fact_id),),), "", *held)
        if fact_id in named:
            row = named[fact_id]
            said = [str(row[name]) for name in ("subject", "category") if pd.notna(row.get(name))]
            yield Cell(f"fact {fact_id}", tuple(map(alternatives, said)), "", *held)


def _disclosive(truth: Truth) -> Iterator[str]:
    """The facts that rest on a small count: their ids alone are kept, and no count."""
    asked = {"indicators", *truth.asked}
    for fact_id in [name for name, known in facts.definitions().items() if known.table in asked]:
        with suppress(facts.FactError, NoData):
            if facts.is_disclosive(facts.compute(fact_id, truth.tables, truth.edition)):
                yield fact_id


# ---- whether a text says it -----------------------------------------------------------------------------------------


def numbers_in(text: str) -> Iterator[tuple[float, int, bool]]:
    """The numbers of a plain text that stand by themselves: value, decimals, whether per cent."""
    yield from map(value_of, NUMBER.finditer(text))


def value_of(found: re.Match[str]) -> tuple[float, int, bool]:
    """A number that was found: value, decimals, whether per cent."""
    if found[4]:
        return float(WORDS.index(found[4])), 0, False
    decimals = len(found[2] or ".") - 1
    return float(found[1].replace(",", "") + (found[2] or "")), decimals, bool(found[3])


def says(cell: Cell, record: str) -> bool:
    """Whether a record (plain text) names the cell's row and holds what was withheld."""
    left = record
    for label in sorted(cell.labels, key=lambda names: -len(names[0])):
        found = next((name for name in label if _stands(name, left)), None)
        if found is None:
            return False
        left = re.sub(rf"(?<!\w){re.escape(found)}(?!\w)", " ~ ", left)
    if cell.tied and cell.column and not _stands(cell.column, left):
        return False
    said = [found for found in NUMBER.finditer(left) if _is_withheld(cell, found)]
    if cell.of_a_period or cell.of_a_word:
        said = [found for found in said if _is_tied_to_period(cell, left, found)]
    counted = Counter(value_of(found)[0] for found in said)
    return any(times > cell.open.get(value, 0) for value, times in counted.items())


def _is_withheld(cell: Cell, found: re.Match[str]) -> bool:
    """Whether a number is what the cell withholds: its count, or its share as it would be rounded."""
    value, decimals, percent = value_of(found)
    if not percent and value in cell.counts:
        return True
    near = 0.5 * 10**-decimals + 1e-9
    return (percent or decimals > 0) and any(abs(value - share) <= near for share in cell.shares)


# how many other words a record has at most that says little but a time and a number: a row, and a sentence
FEW_IN_ROW, FEW_IN_SENTENCE, NEAR = 12, 6, 40


def _is_tied_to_period(cell: Cell, text: str, found: re.Match[str]) -> bool:
    """Whether a number beside a time, alone or with one word, belongs to the cell. `text` has `~` for time and word.

    It does where the number stands at its column's name, where the column and what the table is about are both named,
    where one of them is and the time is near, and where the record says little else.
    """
    column = bool(cell.column) and _stands(cell.column, text)
    about = any(re.search(rf"(?<!\w){re.escape(word)}", text) for word in cell.subject)
    if (column and about) or (column and _is_at(cell.column, text, found)):
        return True
    close = text[max(0, found.start() - NEAR) : found.end() + NEAR]
    if not cell.tied and about and "~" in close:
        return True
    few = FEW_IN_ROW if re.search(r"[|;:/=\t]", text) else FEW_IN_SENTENCE
    return (column or not cell.tied) and len(re.findall(r"[^\W\d_]{2,}", text)) <= few


def _is_at(column: str, text: str, found: re.Match[str]) -> bool:
    """Whether a number stands at its column's name: "3 children", "3 of the children", "children at month end: 3"."""
    name = rf"(?<!\w){re.escape(column)}(?!\w)"
    after = re.match(rf"\W{{0,3}}(?:[\w'-]+ ){{0,3}}{name}", text[found.end() :])
    before = re.search(rf"{name}[^|;.\d]{{0,40}}$", text[: found.start()])
    return bool(after or before)


MOMENT = r"-\d\dt(?!00:00)"  # a moment of a day, such as when a file was made, names no month


def _stands(name: str, text: str) -> bool:
    return name in text and bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w|{MOMENT})", text))


@dataclass
class Register:
    """Withheld cells by the rarest word they must be found beside, so that few texts are looked at closely.

    `labels` are those of the published tables: where a longer one stands, a shorter one inside it does not.
    """

    cells: list[Cell]
    labels: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.by_name: dict[str, list[Cell]] = defaultdict(list)
        for cell in self.cells:
            longest = max(cell.labels, key=lambda names: len(names[0]))
            for name in longest:
                self.by_name[name].append(cell)

    def said(self, record: str) -> Iterator[Cell]:
        """The cells that a record gives away."""
        for name in self.by_name:
            if name in record:
                yield from (
                    cell for cell in self.by_name[name] if says(cell, self._without_longer(cell, record))
                )

    def _without_longer(self, cell: Cell, record: str) -> str:
        """The record without labels of other rows that hold a label of this one."""
        own = [name for names in cell.labels for name in names]
        for label in self.labels:
            if label in record and label not in own and any(name in label for name in own):
                record = record.replace(label, "~")
        return record
