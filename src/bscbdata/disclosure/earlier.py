"""What earlier reports printed of the same cells: readers know it, and it cannot be taken back.

Each edition keeps its tables as they were printed in COUNTS, beside the report; a final edition in FINAL too, where later
editions of its year leave it.
"""

import json
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pandas as pd

from bscbdata.disclosure.cells import CountTable
from bscbdata.disclosure.periods import with_periods

COUNTS = "counts.json"
FINAL = "published"  # a folder beside COUNTS


def kept_places(folder: Path, same_year: bool) -> Iterator[Path]:
    """What is kept of the editions of a year, `folder` being where it is built: for an edition of the same year the final
    ones, for others the last one too."""
    last = [] if same_year else [folder / COUNTS]
    yield from (path for path in (*last, *sorted((folder / FINAL).glob("*.json"))) if path.is_file())


def keep_final(folder: Path, counts: Path) -> None:
    """Keep what a final edition said of counts beside what other final editions of the year said; the same words once."""
    said = counts.read_bytes()
    kept = folder / FINAL / f"{blake2b(said, digest_size=4).hexdigest()}.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    partial = kept.with_suffix(".partial")
    partial.write_bytes(said)
    partial.replace(kept)


def kept_tables(path: Path, year: str) -> dict[str, CountTable]:
    """The tables that an edition printed, by figure, with the quarters and the year that their periods lie in."""
    told = json.loads(path.read_text(encoding="utf8"))
    tables = told.get("tables", told)  # alone, as an edition kept them before it kept more
    return {name: _table(each, year) for name, each in tables.items()}


def tables_withheld_of(path: Path, year: str) -> set[str]:
    """The tidy tables behind the figures of which an edition withholds a number."""
    hides = [name for name, table in kept_tables(path, year).items() if table.frame[table.count].isna().any()]
    made_from = json.loads(path.read_text(encoding="utf8")).get("sources", {})
    return {source for name in hides for source in made_from.get(name, [])}


def facts_told_of(path: Path) -> set[str]:
    """The facts by which an edition told of the rows of a table."""
    told = json.loads(path.read_text(encoding="utf8")).get("sums", [])
    return {fact for table in told for fact, *_ in table["sums"]}


def of_finals(folder: Path, year: str) -> tuple[frozenset[str], frozenset[str]]:
    """The tidy tables of which a final edition of the year withholds a number, and the facts that one told itself."""
    places = list(kept_places(folder, same_year=True))
    withheld = (tables_withheld_of(path, year) for path in places)
    return frozenset().union(*withheld), frozenset().union(*map(facts_told_of, places))


def as_printed(names: pd.DataFrame) -> pd.DataFrame:
    """Columns of names as figures print them: a month is a date in a chapter, and `April 2015` in its figure."""
    dates = names.select_dtypes("datetime")
    return names.astype("str").assign(**{name: dates[name].dt.strftime("%B %Y") for name in dates})


def _table(told: Mapping, year: str) -> CountTable:
    frame = pd.DataFrame(told["rows"]).astype({told["count"]: "Float64"})
    frame = with_periods(frame, list(told["by"]), year)
    return CountTable(frame, told["count"], told["by"], told["nested"], public=True)


def told_before(table: CountTable, before: CountTable, year: str, same_year: bool = False) -> pd.DataFrame:
    """What an earlier report says of each row of a table, before anything is withheld. Columns: `known`, it shows the number
    as it is; `held`, it withholds the number of a period that it has as it is; `anew`, it shows another number.

    Only rows that name a quarter or a year can be those of the report of an earlier year. An earlier edition of the same
    year has every row, and all that it withholds is held.
    """
    now = with_periods(table.frame, list(table.by), year).reset_index(drop=True)
    names = [
        name for name in before.frame if name in now and name not in (before.count, table.count, "status")
    ]
    time = next((name for name in ("quarter", "year") if name in names), "")
    then = before.frame.assign(**as_printed(before.frame[names])).drop_duplicates(names, keep=False)
    if not names or not (time or same_year) or then.empty:
        return pd.DataFrame(False, now.index, ["known", "held", "anew"])
    rows = as_printed(now[names]).merge(then[[*names, before.count]], how="left", indicator=True)
    count, printed = now[table.count].astype("Float64"), rows[before.count].astype("Float64")
    known = (count == printed).fillna(False).astype(bool)
    anew = printed.notna() & ~known
    held = (rows["_merge"] == "both") & printed.isna()
    if not same_year:
        held &= ~anew.groupby(rows[time]).transform("any")
    return pd.DataFrame({"known": known, "held": held, "anew": anew})


def cells_named(table: CountTable, rows: np.ndarray, year: str) -> list[dict[str, str]]:
    """Some rows of a table by the words, the quarter among them, by which the report of another year knows them."""
    frame = with_periods(table.frame, list(table.by), year).reset_index(drop=True)[rows]
    names = [name for name in dict.fromkeys([*table.by, "quarter"]) if name in frame]
    return as_printed(frame[names]).to_dict("records")
