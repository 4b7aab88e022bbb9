"""Worked examples: what each indicator makes of a handful of rows, worked by hand in `definitions/worked_examples.toml`.

The appendix on definitions shows them; tests compute them from the same file.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pandas as pd

from bscbdata import breaks
from bscbdata.indicators import definitions
from bscbdata.lists import read_settings

PATH = Path(__file__).parent / "definitions" / "worked_examples.toml"


@cache
def told() -> Mapping[str, object]:
    """What the file says: `returns` and `lists` by name, and `examples`."""
    return read_settings(PATH)


def examples() -> dict[str, dict]:
    """The example of each indicator, by its id. ValueError when one has two, or an id is none of ours.

    >>> examples()["contact_to_referral_pct"]["working"][:40]
    '6 of 14 contacts became a referral: 42.8'
    """
    found: dict[str, dict] = {}
    for example in told()["examples"]:
        for name in example["indicators"]:
            if name in found or name not in definitions():
                raise ValueError(
                    f"definitions/worked_examples.toml: '{name}' is there twice, or is no indicator."
                )
            found[name] = example
    return found


def as_table() -> pd.DataFrame:
    """Every indicator with its worked example and what to beware of. Columns: title, working, caveat."""
    rows = [
        (known["title"], found["working"], " ".join(filter(None, [found.get("caveat", ""), *_breaks(name)])))
        for name, known in definitions().items()
        if (found := examples().get(name))
    ]
    return pd.DataFrame(rows, columns=["title", "working", "caveat"]).sort_values("title", ignore_index=True)


def broken_everywhere(area: str, year: str) -> str:
    """What broke in every series of an area by a year, in the words of `definitions/breaks.csv`; mostly nothing."""
    known = [one for one in breaks.declared().values() if one.start and one.indicator == "*"]
    said = " ".join(one.caveat for one in known if one.area in ("", area) and one.start <= year)
    return f"Beware of this in every one: {said}" if said else ""


def _breaks(indicator: str) -> list[str]:
    """What broke in its own series, in the same words."""
    known = breaks.declared().values()
    own = [one for one in known if one.start and one.indicator != "*"]
    return breaks.caveats([one for one in own if fnmatchcase(indicator, one.indicator)])
