"""The cleaning verbs. Each takes text as it was sent and gives typed values, or says why it cannot.

A verb works once per distinct value, never once per row, so a long file costs little more than a short one.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path

import pandas as pd

from bscbdata.lists import read_list
from bscbdata.period import parse_date, parse_month, parse_quarter

MARKERS = Path(__file__).parent / "definitions" / "markers.csv"
# A small number that is not given: <5, fewer than 6, 5 or fewer, 1-4.
_FEW = re.compile(
    r"(?:(?:<|≤|under|below|less than|fewer than|up to) ?\d{1,2}|\d{1,2} or (?:fewer|less)|[01] ?(?:-|–|to) ?\d)",
    re.I,
)
_NOUGHT_IN_WORDS = ("nil", "nil return", "none", "zero", "nought")
STATUSES = ("shown", "confidential", "not_available", "not_applicable", "low", "new")
SYMBOLS = {
    "confidential": "[c]",
    "not_available": "[x]",
    "not_applicable": "[z]",
    "low": "[low]",
    "new": "new",
}
WITHHELD, NOT_AVAILABLE = SYMBOLS["confidential"], SYMBOLS["not_available"]
NOT_APPLICABLE = SYMBOLS["not_applicable"]

_SPACES = re.compile(r"[\s\u00a0\u2007\u202f\ufeff]+")
# Signs without width, which web pages and file dialogues leave in a text and nobody sees.
_UNSEEN = re.compile(r"[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+")
# A number with the mark of a footnote behind it: 12¹, 12 (1), 12 [note 2], 12*, 12 r.
_FOOTNOTE = re.compile(
    r"([\d,.]*\d)\s*([¹²³⁴-⁹]+|\(\d\)|\[\s*(?:note|r|p)?\s*\d*\s*\]|[*†‡^]|\(?[rp]\)?)", re.I
)
_DAY_AND_MONTH = re.compile(r"^\s*(\d{1,2})[/.\-](\d{1,2})[/.\-]\d{2,4}\b")
_DATE_OF_EXCEL = re.compile(r"^\s*\d{4}-\d\d-(\d\d)(?!\d)")
NO_CHANCE = 6  # so many dates without one after the 12th: 6 by chance once in 266 columns
LARGEST = 1e12
BLANK_OF_PIVOT = "(blank)"  # what a pivot table writes for an empty cell
PART = 0.75
_KINDS_OF_TOTAL = r"(grand |overall |year |sub[- ]?)?totals?"
_TOTAL = re.compile(rf"{_KINDS_OF_TOTAL}\b", re.I)
# What counts from the start of the year on, with or without the year or quarter it counts to.
_CUMULATIVE = re.compile(
    r"(?:(?:q[1-4]\s*)?(?:20\d\d[-/]\d\d)?\s*)?"
    r"(?:(?:cumulative|running)(?: totals?| figures?| numbers?)?|(?:cumulative )?(?:year[- ]to[- ]date|ytd)(?: totals?)?|to date)"
    r"\s*(?:q[1-4])?\s*(?:20\d\d[-/]\d\d)?\s*:?",
    re.I,
)


@dataclass(frozen=True)
class Parsed:
    """What a verb made of a column: values, and for each row that failed, why (empty where it did not)."""

    values: pd.Series
    problems: pd.Series


def symbol(status: str) -> str:
    """The sign that stands in place of a number with this status.

    >>> symbol("confidential"), symbol("not_applicable"), symbol("unknown")
    ('[c]', '[z]', '[x]')
    """
    return SYMBOLS.get(status, NOT_AVAILABLE)


def tidy_text(text: pd.Series) -> pd.Series:
    """Text with ordinary single spaces, none at the ends, and missing where nothing is left."""
    cells = text.tolist()
    tidied = tidy_cells(cells)
    if tidied is cells and text.dtype == "object":
        return text
    return pd.Series(tidied, index=text.index, dtype="object")


def tidy_cells(cells: list) -> list:
    """As `tidy_text`, of a list; the very list where nothing in it was changed."""
    distinct = set(cells)
    tidied = {
        cell: None if pd.isna(cell) else _SPACES.sub(" ", _UNSEEN.sub("", str(cell))).strip() or None
        for cell in distinct
    }
    tidied = {cell: None if told == BLANK_OF_PIVOT else told for cell, told in tidied.items()}
    if all(cell is told for cell, told in tidied.items()):
        return cells
    return [*map(tidied.__getitem__, cells)]


@lru_cache(maxsize=100_000)
def same_spelling(text: str) -> str:
    """The form in which two spellings are compared: no case, spaces, quotes or hyphens."""
    return re.sub(r"[\s\u00a0\-–—‘’'\"`.]+", "", str(text)).casefold()


def propose(unknown: Iterable[str], wanted: Mapping[str, Iterable[str]], least: float) -> dict[str, str]:
    """For each unknown header the wanted one that it may be, with how certain that is: `may be 'Sex', certainty 86%`.

    `wanted` gives each header's spellings. A proposal is told, never used.
    """
    told = {}
    for cell in unknown:
        alike = {
            header: max((likeness(cell, one) for one in spellings), default=0.0)
            for header, spellings in wanted.items()
        }
        best = max(alike, key=alike.__getitem__, default=None)
        if best is not None and alike[best] >= least:
            told[cell] = f"may be '{best}', certainty {min(alike[best], 0.99):.0%}"
    return told


def likeness(one: str, other: str) -> float:
    """How alike two headers are, as they stand or with their words in order (`Contact date`, `Date of contact`); at
    least PART where all words of one stand in the other (`Referrals`, `Referrals received`)."""
    words = [_words(text) for text in (one, other)]
    forms = [(header_key(one), header_key(other)), tuple("".join(sorted(told)) for told in words)]
    alike = max(difflib.SequenceMatcher(None, *pair).ratio() for pair in forms)
    first, second = map(set, words)
    return max(alike, PART) if first and second and (first <= second or second <= first) else alike


def header_key(text: str) -> str:
    """The form in which headers are compared: `Time period` is `time_period`."""
    return same_spelling(text).replace("_", "")


def _words(text: str) -> list[str]:
    """The words of a header: `CINAt310316` is cin, at, 310316; `of` and `the` say nothing."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", str(text))
    return [word.casefold() for word in words if word.casefold() not in ("of", "the")]


def parse_distinct(text: pd.Series, parser: Callable[[str], object], dtype: str) -> Parsed:
    """Parse each distinct value once; a ValueError becomes the row's problem, a missing cell stays missing."""
    parsed: dict[str, object] = {}
    problems: dict[str, str] = {}
    for cell in text.dropna().unique():
        try:
            parsed[cell] = parser(cell)
        except ValueError as error:
            problems[cell] = str(error) or f"'{cell}' cannot be read"
    values = pd.Series([parsed.get(cell) for cell in text], index=text.index, dtype="object")
    said = pd.Series([problems.get(cell, "") for cell in text], index=text.index, dtype="object")
    return Parsed(_typed(values, dtype), said)


def _typed(values: pd.Series, dtype: str) -> pd.Series:
    if dtype == "datetime64[s]":
        return pd.Series(pd.to_datetime(values), index=values.index).astype("datetime64[s]")
    if dtype == "float64":
        return pd.to_numeric(values)
    return values.astype(dtype)


_NUMBER = re.compile(r"[-+]?(\d{1,3}(,\d{3})+|\d{1,3}( \d{3})+|\d+)?(\.\d+)?([eE][-+]?\d+)?", re.ASCII)
_SHORTENED, _CUT = re.compile(r"\d\.\d+E\+?\d+"), re.compile(r"0\d\d$")


def to_number(text: str) -> float:
    """1234.5 from `1,234.5`, `£1,234.50`, `1 234` or `(12)` (minus twelve). ValueError otherwise, also for `1,5`:
    a comma or a space stands only before three digits, so that a decimal comma is never taken for thousands."""
    plain = _SPACES.sub(" ", str(text)).strip().replace("−", "-")
    if re.fullmatch(r"\(.+\)", plain):
        plain = "-" + plain[1:-1].strip()
    plain = re.sub(r"^([-+]?)£ ?([-+]?)", r"\1\2", plain)
    if marked_as(plain):
        raise ValueError(f"'{text}' is not a number: it is a sign for one that is not shown")
    if not _NUMBER.fullmatch(plain) or not re.match(r"[-+]?\.?\d", plain):
        raise ValueError(f"'{text}' is not a number{_what_else(plain)}")
    if _SHORTENED.search(plain) or _CUT.match(plain):
        raise ValueError(f"'{text}' is not the whole number{_what_else(plain)}")
    number = float(re.sub(r"[, ]", "", plain))
    if abs(number) > LARGEST:
        raise ValueError(f"'{text}' is larger than any number here can be")
    return number


def _what_else(plain: str) -> str:
    """What a text that is no number may be, to say so; it is never taken for it."""
    if _SHORTENED.search(plain):
        return ": a spreadsheet has shortened it"
    if _CUT.match(plain):
        return ": with a nought in front it may be what stood behind a comma"
    if match := _FOOTNOTE.fullmatch(plain):
        return f": it may be {match[1]} with the mark of a footnote"
    if plain.casefold() in _NOUGHT_IN_WORDS:
        return ": if nought is meant, it should say 0"
    if re.fullmatch(r"[-+]?\d+,\d{1,2}", plain):
        return ": it may have a comma where a decimal point is meant"
    return ""


def to_count(text: str) -> int:
    """A whole number, never negative; ValueError otherwise. `1.000` is refused: it may mean one or a thousand; and `£55`:
    it is of another column."""
    _refuse_money(text, "count")
    number = to_number(text)
    in_threes = re.fullmatch(r"[-+]?\d{1,3}\.\d{3}", str(text).strip())
    if number != int(number) or in_threes:
        may_be = ": its point may stand for thousands" if in_threes else ""
        raise ValueError(f"'{text}' is not a whole number{may_be}")
    if number < 0:
        raise ValueError(f"'{text}' is a negative count")
    return int(number)


def _refuse_money(text: str, wanted: str) -> None:
    if "£" in str(text):
        raise ValueError(f"'{text}' is an amount of money and no {wanted}: it may stand in the wrong column")


def to_share_pct(text: str) -> float:
    """Per cent from `12%`, `12 per cent` or `12`; ValueError below 0 or over 100, and of money."""
    _refuse_money(text, "share")
    share = to_number(re.sub(r"\s*(%|per ?cent)\s*$", "", str(text), flags=re.I))
    if not 0 <= share <= 100:
        raise ValueError(f"'{text}' is not a share between 0 and 100 per cent")
    return share


def to_share_pct_from_fraction(text: str) -> float:
    """Per cent from a fraction (0.12 is 12 per cent), or from text that carries its own % sign."""
    if re.search(r"%|per ?cent", str(text), flags=re.I):
        return to_share_pct(text)
    share = round(to_number(text) * 100, 10)
    if not 0 <= share <= 100:
        raise ValueError(f"'{text}' is not a fraction between 0 and 1")
    return share


YES, NO = ("yes", "y", "true", "1"), ("no", "n", "false", "0")


def to_yes_no(text: str) -> bool:
    """True or False from yes, no, y, n, true, false, 1, 0; ValueError otherwise."""
    plain = str(text).casefold()
    if plain not in (*YES, *NO):
        raise ValueError(f"'{text}' is neither yes nor no")
    return plain in YES


def without_american_days(texts: pd.Series, parsed: Parsed) -> Parsed:
    """Dates as parsed, without those that fit both ways (04/05/2015) where others of the column are surely month first
    (04/13/2015) and none is surely day first: these are problems too, and so are those that Excel turned."""
    days = texts.astype("object").str.extract(_DAY_AND_MONTH).astype("float64")
    first, second = days[0], days[1]
    turned = _turned_by_excel(texts, first)
    if turned.any():
        said = (
            "'"
            + texts
            + "' may have day and month changed: Excel made a date of those alone that fit the American way"
        )
        return Parsed(parsed.values.mask(turned), parsed.problems.mask(turned, said))
    if not ((first <= 12) & (second > 12)).any() or ((first > 12) & (second <= 12)).any():
        return parsed
    either = (first <= 12) & (second <= 12) & (first != second) & (parsed.problems == "")
    said = "'" + texts + "' may be written the American way, month first, as others of the column are"
    return Parsed(parsed.values.mask(either), parsed.problems.mask(either, said))


def _turned_by_excel(texts: pd.Series, first: pd.Series) -> pd.Series:
    """Which texts are dates of a spreadsheet that read 04/05/2015 the American way and left 13/05/2015 a text: none has a
    day above 12, in so many that it is no chance, and all that are left begin with one."""
    day = texts.astype("object").str.extract(_DATE_OF_EXCEL)[0].astype("float64")
    is_so = day.notna().sum() >= NO_CHANCE and day.max() <= 12 and first.notna().any() and first.min() > 12
    return day.notna() & is_so


@cache
def markers() -> dict[str, str]:
    """What agencies and publishers write where there is no number -> its status, as `definitions/markers.csv` says."""
    return {row["marker"]: row["status"] for row in read_list(MARKERS)}


def marked_as(cell: object) -> str | None:
    """What a sign in place of a number means, one of STATUSES; None for anything else."""
    text = str(cell).casefold()
    return markers().get(text) or ("confidential" if _FEW.fullmatch(text) else None)


def split_markers(text: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Numbers as text (missing where a marker stands) and the status that each marker means."""
    status = text.map(marked_as, na_action="ignore")
    numbers = text.where(status.isna(), None)
    return numbers, status.where(status.notna(), "shown").where(text.notna(), "not_available")


KINDS: dict[str, tuple[Callable[[str], object], str]] = {
    "text": (str, "str"),
    "reference": (str, "str"),  # of a child, a family or a case: kept as a pseudonym
    "count": (to_count, "Int64"),
    "number": (to_number, "float64"),
    "amount_gbp": (to_number, "float64"),
    "share_pct": (to_share_pct, "float64"),
    "fraction": (to_share_pct_from_fraction, "float64"),
    "yes_no": (to_yes_no, "boolean"),
    "date": (parse_date, "datetime64[s]"),
    "month": (parse_month, "datetime64[s]"),
    "quarter": (parse_quarter, "str"),
}


def match_codes(text: pd.Series, spellings: dict[str, str], order: list[str]) -> Parsed:
    """The code each spelling stands for, as an ordered category; an unknown spelling is a problem, never a guess."""

    def code_of(cell: str) -> str:
        try:
            return spellings[same_spelling(cell)]
        except KeyError:
            raise ValueError(f"'{cell}' is not a known category") from None

    parsed = parse_distinct(text, code_of, "object")
    return Parsed(parsed.values.astype(pd.CategoricalDtype(order, ordered=True)), parsed.problems)


def join_header_rows(grid: pd.DataFrame, first: int, count: int, merged: bool = True) -> list[str]:
    """One header from several rows of it, joined by a space; `merged`: the upper rows' cells filled to the right.

    A column whose lowest cell is empty is merged down: it has its own upper cells alone.
    """
    *upper, lowest = grid.iloc[first : first + count].to_numpy(dtype="object").tolist()
    filled = [_filled_to_the_right(row) for row in upper] if merged else upper
    joined = []
    for place, below in enumerate(lowest):
        above = upper if pd.isna(below) else filled
        cells = [*(row[place] for row in above), below]
        joined.append(" ".join(str(cell) for cell in cells if pd.notna(cell)))
    return joined


def _filled_to_the_right(row: list[object]) -> list[object]:
    return list(accumulate(row, lambda before, cell: before if pd.isna(cell) else cell))


def reason_to_set_aside(cells: list[object], header: list[str]) -> str:
    """Why a row below the header is not data: blank, header repeated, totals, or a note. Empty if it is data."""
    filled = [str(cell) for cell in cells if pd.notna(cell)]
    if not filled:
        return "blank row"
    if [same_spelling(cell) for cell in filled] == [same_spelling(cell) for cell in header if cell]:
        return "header repeated"
    if _TOTAL.match(filled[0]) and pd.notna(cells[0]):
        return "totals row"
    if len(filled) == 1 and len(header) > 1 and pd.notna(cells[0]):
        return "note"
    return ""


@lru_cache(maxsize=100_000)
def begins_like_a_total(cell: object) -> bool:
    """Whether a cell begins as the first cell of a totals row does."""
    return bool(_TOTAL.match(str(cell)))


@lru_cache(maxsize=100_000)
def total_of(cell: object) -> str:
    """What a cell such as `East Total` or `Total 2015/16` is the total of, as spellings are compared; empty if it is none."""
    match = re.fullmatch(r"(.*\S)\s+totals?:?|totals?\s+(?:of\s+|for\s+)?(.*\S)", str(cell).strip(), re.I)
    return same_spelling(match[1] or match[2]) if match else ""


def is_plain_total(cell: object) -> bool:
    """Whether a cell says that it is a total and nothing else."""
    return bool(re.fullmatch(rf"{_KINDS_OF_TOTAL}:?", str(cell).strip(), re.I))


@lru_cache(maxsize=100_000)
def is_cumulative(cell: object) -> bool:
    """Whether a cell says that its row or column counts from the start of the year on: `Year to date`, `YTD`, `Cumulative`."""
    return bool(_CUMULATIVE.fullmatch(str(cell).strip()))


_YEAR_BEHIND = r"(?:,?\s*\(?(?:20)?\d\d(?:[-/]\d\d(?:\d\d)?)?\)?)?"
_MEASURE_BEHIND = r"(?:average|avg|mean|median|rate|total|figure|benchmark|comparator|comparison)s?"
_COMPARED_WITH = (
    r"(?:all )?england(?: (?:and|&) wales)?|great britain|united kingdom|uk"
    r"|(?:stat(?:istical|s)?\.?|nearest|cipfa(?: nearest)?|family) ?(?:neighbou?rs?|nn)|similar (?:authorities|las|councils|areas)"
    r"|comparators?|comparator (?:authorities|las|group)|family group|sns?"
)
_REGIONS = (
    r"(?:north ?east|north ?west|south ?east|south ?west|east midlands|west midlands|yorkshire"
    r"|yorkshire (?:and|&) (?:the )?humber|east of england|(?:inner |outer |greater )?london)(?: england)?(?: region)?"
)
_WIDER = rf"national(?:ly)?|region(?:al)?|{_REGIONS}"
_DERIVED = (
    r"(?:monthly |quarterly |annual |yearly )?(?:average|mean|median)s?(?: (?:per|a) \w+)?|targets?|benchmarks?"
    r"|min(?:imum)?|max(?:imum)?|(?:std\.?|standard) ?dev(?:iation)?|(?:% |percentage |per ?cent )?(?:change|variance|difference)|(?:last|previous|prior) year|(?:19|20)\d\d[-/](?:\d\d)?\d\d"
)
_COMPARATOR = re.compile(
    rf"(?:{_DERIVED}):?|"
    rf"(?:(?:{_COMPARED_WITH})(?:[\s:-]+\(?{_MEASURE_BEHIND}\)?)?|(?:{_WIDER})[\s:-]+\(?{_MEASURE_BEHIND}\)?){_YEAR_BEHIND}:?",
    re.I,
)
_PERHAPS_A_COMPARATOR = re.compile(rf"(?:{_WIDER}){_YEAR_BEHIND}:?", re.I)


@lru_cache(maxsize=100_000)
def is_comparator(cell: object) -> bool:
    """Whether a label names no local number but what it is compared with: `England average`, `Target`, `2014/15`."""
    return bool(_COMPARATOR.fullmatch(str(cell).strip()))


@lru_cache(maxsize=100_000)
def may_be_comparator(cell: object) -> bool:
    """Whether a label names a region, or the nation, alone: `South East` may be a team of that name as well."""
    return bool(_PERHAPS_A_COMPARATOR.fullmatch(str(cell).strip()))


def unpivot(frame: pd.DataFrame, down: list[str], across: str, value: str) -> pd.DataFrame:
    """A cross-tab as one row per cell: `down` columns stay, other headers become values of `across`."""
    return frame.melt(id_vars=down, var_name=across, value_name=value, ignore_index=False)
