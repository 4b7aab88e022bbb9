"""The rules, as `definitions/disclosure.toml` states them."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bscbdata.lists import read_settings

PATH = Path(__file__).parent.parent / "definitions" / "disclosure.toml"


@dataclass(frozen=True)
class Rules:
    """Threshold, width of what may be deduced, what it costs to withhold, and which figures are related."""

    lowest: int
    highest: int
    width: int
    cost_of_cell: float
    cost_of_zero: float
    cost_of_total: float
    words_for_totals: tuple[str, ...]
    public: tuple[str, ...]
    related: tuple[dict, ...]
    official: tuple[dict, ...]
    unrelated: tuple[dict, ...] = ()


@cache
def rules(path: Path = PATH) -> Rules:
    """The rules of a file. ValueError when they cannot be kept."""
    told = read_settings(path)
    _check(told)
    return Rules(
        lowest=told["threshold"]["lowest"],
        highest=told["threshold"]["highest"],
        width=told["interval"]["width"],
        cost_of_cell=told["loss"]["cell"],
        cost_of_zero=told["loss"]["zero"],
        cost_of_total=told["loss"]["total"],
        words_for_totals=tuple(told["words"]["totals"]),
        public=tuple(told["public"]["provenance"]),
        related=tuple(told.get("related", ())),
        official=tuple(told.get("official", ())),
        unrelated=tuple(told.get("unrelated", ())),
    )


def _check(told: dict) -> None:
    lowest, highest = told["threshold"]["lowest"], told["threshold"]["highest"]
    if not 1 <= lowest <= highest:
        raise ValueError(f"definitions/disclosure.toml: the threshold goes from {lowest} to {highest}.")
    if told["threshold"]["rounding"]:
        raise ValueError("definitions/disclosure.toml: rounding is not supported; withhold instead.")
    if told["interval"]["width"] < 1:
        raise ValueError("definitions/disclosure.toml: an interval of no width is the number itself.")
