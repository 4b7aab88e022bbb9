"""Why a percentage has no numerator and denominator: in one plain sentence, that names its source.

`definitions/uncounted.csv` has the sentences of our own tables (table, fact, why); one without a fact is for all of its table.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from bscbdata.lists import read_list
from bscbdata.places import NEIGHBOURS

SENTENCES = Path(__file__).parents[1] / "definitions" / "uncounted.csv"
MEAN = "It is the mean of the neighbours' own numbers: there is no one numerator and denominator."
WORKED_OUT = "It is worked out as said above; its two counts do not both stand in this table."
DERIVED = "It is worked out from other numbers, as said above, and is no share of a count."


@cache
def sentences() -> dict[tuple[str, str], str]:
    """The declared sentences, by table and fact."""
    return {(row["table"], row["fact"]): row["why"] for row in read_list(SENTENCES)}


def why(fact: str, tables: Sequence[str], area: str, sources: Sequence[str], taken: bool, how: str) -> str:
    """The sentence for one percentage; `taken` where it stands so in its source, `sources` are what it was taken from."""
    if area == NEIGHBOURS:
        return MEAN
    if not taken:
        return WORKED_OUT if how.startswith("worked out") else DERIVED
    told = sentences()
    declared = (told.get((table, name)) for table in tables for name in (fact, ""))
    named = "; ".join(sources) or "The source"
    return next(filter(None, declared), f"{named}: it gives the percentage, not the counts behind it.")
