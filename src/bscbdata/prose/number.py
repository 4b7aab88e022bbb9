"""A number in a sentence: it compares as a number and prints as words; one that tells of few children does neither."""

from collections.abc import Callable
from typing import NoReturn

from bscbdata import breaks
from bscbdata.breaks import Side

SMALL_COUNT = "rests on a count of 1 to 5 children: no sentence may write it or weigh it."


class Number(float):
    """A fact's value that compares as a number and prints as the number in house style, with its id."""

    html: str
    side: Side | None
    crossed: set[str] | None  # where the breaks go that a comparison crosses: see bscbdata.breaks

    def __new__(
        cls, value: float, html: str, side: Side | None = None, crossed: set[str] | None = None
    ) -> "Number":
        number = super().__new__(cls, value)
        number.html, number.side, number.crossed = html, side, crossed
        return number

    def _meet(self, other: object) -> None:
        if isinstance(other, Number) and self.crossed is not None:
            self.crossed.update(breaks.crossed(self.side, other.side))

    def _met(name: str) -> Callable:
        """A comparison operator that first checks whether the two may be compared (breaks, editions)."""

        def compare(self: "Number", other: float) -> object:
            self._meet(other)
            return getattr(float, name)(self, other)

        return compare

    def _scaled(name: str) -> Callable:
        """Arithmetic whose result still stands where the number stood, so that `2 * fact(…)` is compared like it."""

        def reckon(self: "Number", other: float) -> object:
            self._meet(other)
            value = getattr(float, name)(self, other)
            both = isinstance(other, Number)
            return (
                value
                if both or value is NotImplemented
                else Number(value, f"{value:g}", self.side, self.crossed)
            )

        return reckon

    __gt__, __lt__, __ge__, __le__ = _met("__gt__"), _met("__lt__"), _met("__ge__"), _met("__le__")
    __eq__, __ne__, __hash__ = _met("__eq__"), _met("__ne__"), float.__hash__
    __sub__, __truediv__, __add__ = _scaled("__sub__"), _scaled("__truediv__"), _scaled("__add__")
    __mul__, __rmul__, __radd__ = _scaled("__mul__"), _scaled("__rmul__"), _scaled("__radd__")

    def __str__(self) -> str:
        return self.html


class SmallCount(ValueError):
    """A sentence would write or weigh a count of 1 to 5 children."""


class Withheld:
    """What rests on a count of 1 to 5 children. It has no value: nothing can print it, and no claim can weigh it."""

    def __init__(self, what: str) -> None:
        self.what = what

    def _refuse(self, *others: object) -> NoReturn:
        raise SmallCount(f"{self.what} {SMALL_COUNT}")

    __str__ = __repr__ = __html__ = __format__ = __float__ = __int__ = __bool__ = __abs__ = __neg__ = (
        __round__
    ) = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = __hash__ = _refuse
    __add__ = __sub__ = __mul__ = __truediv__ = __radd__ = __rsub__ = __rmul__ = __rtruediv__ = _refuse
