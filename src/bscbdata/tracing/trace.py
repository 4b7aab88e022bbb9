"""A trace: one number with its source rows, files and definition, and how it prints in a terminal, a notebook and a page."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from html import escape

import pandas as pd

from bscbdata import numbers
from bscbdata.cleaning import NOT_AVAILABLE, WITHHELD
from bscbdata.places import NEIGHBOURS
from bscbdata.provenance import LABELS
from bscbdata.sources import is_return_of_children
from bscbdata.tracing import uncounted

AS_IT_STANDS = "as it stands in the table"
TAKEN = (AS_IT_STANDS, "as it stands in this row", "as defined")  # nothing of ours was worked out
MEAN_OF_ROWS = "the mean of the neighbours' own numbers in these rows"
SPELLS_SHOWN = 6


@dataclass(frozen=True)
class Place:
    """Rows of one sheet of a raw file, with the file's paper. `file` is its place inside data/raw."""

    file: str
    sheet: str
    rows: str
    sha256: str
    publisher: str
    title: str
    licence: str
    published: str
    accessed: str
    vintage: str
    provenance: str

    @property
    def where(self) -> str:
        """`file, sheet Contacts, rows 2–5`."""
        sheet = f"sheet {self.sheet}" if self.sheet else ""
        return ", ".join(filter(None, [self.file, sheet, in_words(_shortened(self.rows))]))

    def paper(self) -> dict[str, str]:
        """What the file's origin says of it, as it may be published: without the hash of a return of children."""
        names = ("publisher", "title", "licence", "published", "accessed", "vintage", "provenance", "sha256")
        told = names[:-1] if is_return_of_children(self.file) else names
        return {name: getattr(self, name) for name in told}


# The two numbers behind another that is no part of a whole, by the way it is computed.
MADE_FROM = {
    "change_pct": "from {1} to {0}",
    "difference": "{} less {}",
    "ratio": "{} divided by {}",
    "mean": "{} divided by {}",
}


@dataclass(frozen=True)
class Trace:
    """Where one number comes from. Numerator and denominator are missing where it is not built of two counts.

    `withheld`: it is, or rests on, a small count of children, or its publisher withheld it; a page shows neither it nor
    its parts. `children`: its tables count children, so that its parts are shown only where nothing of those tables is withheld.
    `by_child`: a row of its table is a child, so that the rows say how many there are.
    """

    id: str
    label: str
    value: float | None = None
    unit: str = ""
    decimals: int = 0
    area: str = ""
    period: str = ""
    how: str = ""
    numerator: float | None = None
    denominator: float | None = None
    definition: dict[str, str] = field(default_factory=dict)
    tables: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    cited: tuple[str, ...] = ()
    editions: tuple[str, ...] = ()
    corrections: tuple[str, ...] = ()
    vintage: str = ""
    provenance: str = ""
    withheld: bool = False
    children: bool = False
    by_child: bool = False
    way: str = ""  # of a fact: how it is computed, as its definition says
    shown: str = ""  # what its cell says, where the chapter wrote it as text

    @property
    def text(self) -> str:
        """The number in house style; the symbol where there is none."""
        if self.shown:
            return self.shown
        if self.value is None:
            return WITHHELD if self.withheld else NOT_AVAILABLE
        return numbers.write(self.value, self.unit, self.decimals)

    @property
    def worked_out(self) -> str:
        """How it is worked out, in words. No table has a number of the neighbours together."""
        return MEAN_OF_ROWS if self.area == NEIGHBOURS and self.how in TAKEN else self.how

    @property
    def parts(self) -> str:
        """`1,039 of 5,597`, of a change `from 3,784 to 5,317`; of a percentage or a mean of neighbours without them, why."""
        if self.numerator is not None and self.denominator is not None:
            said = MADE_FROM.get(self.way, "{} of {}")
            return said.format(_count(self.numerator), _count(self.denominator))
        explained = self.unit in numbers.PERCENT or self.area == NEIGHBOURS
        if not explained or self.withheld or self.value is None:
            return ""
        named = self.cited or tuple(dict.fromkeys(f"{p.publisher}, {p.title}" for p in self.places))
        fact = self.id.partition("|")[0]
        return uncounted.why(fact, self.tables, self.area, named, self.how in TAKEN, self.how)

    def lines(self) -> list[tuple[str, str]]:
        """What there is to say, in words: pairs of a heading and a text."""
        said = {
            "How": self.worked_out,
            "Made from" if self.way in MADE_FROM else "Numerator and denominator": self.parts,
            "Definition": _definition(self.definition),
            "Tables": ", ".join(self.tables),
            "Cites": "; ".join(self.cited),
            "Other editions": " ".join(self.editions),
            "Corrections": "; ".join(self.corrections),
            "Vintage": self.vintage,
            "Provenance": LABELS.get(self.provenance, self.provenance),
        }
        pairs = [(name, text) for name, text in said.items() if text]
        pairs += [line for place in self.places for line in _of_place(place)]
        warning = "Rests on a small count of children: pages withhold it and its parts."
        return [*pairs, ("Withheld", warning)] if self.withheld else pairs

    def __str__(self) -> str:
        where = ", ".join(filter(None, [self.area, self.period]))
        head = f"{self.label}: {self.text}" + (f" ({where})" if where else "")
        return "\n".join([head, *(f"  {name}: {text}" for name, text in self.lines())])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{escape(name)}</th>'
            f'<td style="text-align:left">{escape(text)}</td></tr>'
            for name, text in self.lines()
        )
        where = escape(", ".join(filter(None, [self.area, self.period])))
        title = f"<strong>{escape(self.text)}</strong> {escape(self.label)}{f' ({where})' if where else ''}"
        return f"<table><caption>{title}</caption><tbody>{rows}</tbody></table>"

    def to_frame(self) -> pd.DataFrame:
        """A row for each place in a raw file. Columns: id, value, tables, file, sheet, rows, and the file's paper."""
        own = {"id": self.id, "value": self.value, "tables": ", ".join(self.tables)}
        rows = [own | {"file": p.file, "sheet": p.sheet, "rows": p.rows, **p.paper()} for p in self.places]
        return pd.DataFrame(rows)

    def to_dict(self) -> dict:
        """All of it, for a program. It may hold small counts: it is for the analyst, not for a page."""
        return asdict(self)

    def card(self) -> dict:
        """What a page may carry: no withheld value, no parts of one, no rows of a return with a row a child."""
        hidden = self.withheld or self.by_child
        rows = [[p.file, p.sheet, "" if hidden else _shortened(p.rows)] for p in self.places]
        said = {
            "label": self.label,
            "where": ", ".join(filter(None, [self.area, self.period])),
            "how": "" if self.withheld else self.worked_out,
            "parts": "" if self.withheld else self.parts,
            "definition": self.definition,
            "tables": list(self.tables),
            "rows": [list(row) for row in dict.fromkeys(map(tuple, rows))],
            "cited": list(self.cited),
            "editions": [] if self.withheld else list(self.editions),
            "corrections": list(self.corrections),
            "vintage": self.vintage,
            "provenance": self.provenance,
            "withheld": self.withheld,
            "children": self.children,
        }
        return {name: value for name, value in said.items() if value}


def _of_place(place: Place) -> Iterator[tuple[str, str]]:
    yield "Raw file", place.where
    dates = [f"published {place.published}" if place.published else ""]
    dates += [f"received {place.accessed}" if place.accessed else ""]
    told = [place.publisher, place.title, place.licence, *dates, f"SHA-256 {place.sha256}"]
    yield "Origin", "; ".join(filter(None, told))


def _definition(definition: dict[str, str]) -> str:
    if not definition:
        return ""
    version = f", version {definition['version']}" if definition.get("version") else ""
    source = f" ({definition['source']})" if definition.get("source") else ""
    said = counted(definition)
    return f"{definition['id']}{version}" + (f": {said}" if said else "") + source


def counted(definition: dict[str, str]) -> str:
    """What a definition counts, and by what it is divided; empty where it does not say."""
    said = definition.get("counted", "")
    return f"{said} divided by {definition['divided_by']}" if said and "divided_by" in definition else said


def in_words(rows: str) -> str:
    """`row 2`, `rows 2–5`; empty where no rows are named."""
    several = "," in rows or "–" in rows
    return f"row{'s' if several else ''} {rows}" if rows else ""


def _shortened(rows: str) -> str:
    """The first few spells of rows, and how many more there are: a reader needs no list of hundreds."""
    spells = rows.split(", ")
    more = len(spells) - SPELLS_SHOWN
    return rows if more <= 0 else ", ".join(spells[:SPELLS_SHOWN]) + f" and {more} more spells"


def _count(number: float) -> str:
    """Whole, but for what is counted in parts (posts, means); of a population that a rate implies a tenth says nothing."""
    return numbers.plain(number, 0 if number >= 1000 else 1).removesuffix(".0")
