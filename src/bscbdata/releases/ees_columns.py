"""Which columns of an explore-education-statistics file are filters and which are indicators."""

import re
from functools import cache
from pathlib import Path

import pandas as pd

from bscbdata.authorities import load_areas
from bscbdata.cleaning import header_key, same_spelling, to_number
from bscbdata.findings import Finding, passed, refusal
from bscbdata.releases.maps import load_markers, read_rows
from bscbdata.sources.grid import read_grid

FOLDER = "explore_education_statistics"
WORDS_SHOWN = 3
# Names that say nothing without the name of their file: in every edition several data sets have a `number`.
SAY_NOTHING = (
    "number", "count", "value", "percentage", "percent", "pct", "rate", "total", "headcount", "average",
    "per", "10000", "10k", "1000", "100000",
)  # fmt: skip
# Columns of the area that a row may need -> the level of its areas, and whether it holds names or else codes.
PLACES_OF_LEVEL = {
    "country_name": ("national", True),
    "country_code": ("national", False),
    "region_name": ("region", True),
    "region_code": ("region", False),
    "la_name": ("authority", True),
    "new_la_code": ("authority", False),
}
OLD_CODE, NEW_CODE = "old_la_code", "new_la_code"
TIME = ("time_period", "time_identifier", "geographic_level")
META_ADVICE = "Download the .meta.csv file with the data file, and put it beside it or give it as `metadata`."


def place_columns() -> list[str]:
    """Columns of the layout that say when and where."""
    return [row["column"] for row in read_rows(f"{FOLDER}/places.csv")]


def place_spellings() -> dict[str, str]:
    """Header as a file has it, in the form in which headers are compared -> the column of the layout that it is."""
    rows = read_rows(f"{FOLDER}/places.csv")
    also = {header_key(name): row["column"] for row in rows for name in row["also"].split("|") if name}
    return also | {header_key(row["column"]): row["column"] for row in rows}


@cache
def load_datasets() -> dict[str, list[dict[str, str]]]:
    """The rows of `indicators.csv` by data set."""
    datasets: dict[str, list[dict[str, str]]] = {}
    for row in read_rows(f"{FOLDER}/indicators.csv"):
        datasets.setdefault(row["dataset"], []).append(row)
    return datasets


def says_nothing(column: str) -> bool:
    """Whether a name is made of words that say nothing: `number`, `rate_per_10000`."""
    return set(re.split(r"[_\W]+", column.casefold())) <= set(SAY_NOTHING)


def _possible(file: str) -> dict[str, list[dict[str, str]]]:
    """The data sets that a file may be: one all of whose columns say nothing only if the file is named after it."""
    return {
        name: rows
        for name, rows in load_datasets().items()
        if same_spelling(name) in same_spelling(file) or not all(says_nothing(row["column"]) for row in rows)
    }


def fitting_datasets(columns: list[str], file: str) -> dict[str, list[dict[str, str]]]:
    """The data sets of the map whose columns are all there; of several, those with most columns."""
    there = {same_spelling(column) for column in columns}
    fits = {
        name: rows
        for name, rows in _possible(file).items()
        if all(same_spelling(row["column"]) in there for row in rows)
    }
    most = max((len(rows) for rows in fits.values()), default=0)
    return {name: rows for name, rows in fits.items() if len(rows) == most}


def nearest_datasets(columns: list[str], file: str) -> dict[str, list[dict[str, str]]]:
    """The data set of which more than half the columns are there; none when no one leads."""
    there = {same_spelling(column) for column in columns}
    share = {
        name: sum(same_spelling(row["column"]) in there for row in rows) / len(rows)
        for name, rows in _possible(file).items()
    }
    most = max(share.values())
    return {name: load_datasets()[name] for name, part in share.items() if part == most > 0.5}


def split_columns(
    frame: pd.DataFrame, path: Path, metadata: Path | None
) -> tuple[list[str], list[str], dict[str, str], list[Finding]]:
    """Filters, indicators, the unit of each indicator where it is known, and how that was found out."""
    beside = path.with_suffix("").with_suffix(".meta.csv")
    chosen = metadata or (beside if beside.exists() else None)
    ours = [column for column in frame.columns if column not in place_columns()]
    _stop_on_renamed_places(frame, ours, path.name)
    if chosen:
        return _from_metadata(chosen, ours, path.name)
    filters, indicators = _inferred(frame, ours, path.name)
    said = (
        "There is no .meta.csv file. Columns of words were taken as filters, columns of numbers and symbols as "
        f"indicators. Filters: {', '.join(filters) or 'none'}. Indicators: {', '.join(indicators)}."
    )
    return filters, indicators, {}, [passed("columns", said, file=path.name)]


def _stop_on_renamed_places(frame: pd.DataFrame, ours: list[str], file: str) -> None:
    """DataStop where a column of the area is missing, and another holds names or codes of such areas.

    It would be taken for a filter, and its areas for parts of each other.
    """
    missing = [name for name in PLACES_OF_LEVEL if name not in frame]
    may_be = {
        column: name
        for column in ours
        for name in missing
        if _holds_places(frame[column], *PLACES_OF_LEVEL[name])
    }
    if OLD_CODE not in frame and NEW_CODE in frame:
        may_be |= {column: OLD_CODE for column in ours if _are_old_codes(frame[column], frame[NEW_CODE])}
    if not may_be:
        return
    said = "; ".join(f"'{column}' may be '{name}'" for column, name in may_be.items())
    message = (
        f"There is no column {', '.join(dict.fromkeys(may_be.values()))}: {said}, as it holds such areas."
    )
    advice = f"If it is so, write the header under `also` beside that column in releases/{FOLDER}/places.csv."
    raise refusal("columns", message, file=file, advice=advice)


def _holds_places(cells: pd.Series, level: str, is_name: bool) -> bool:
    """Whether most of what the cells hold is the name, or else the nine-character code, of an area of that level."""
    areas = [area for area in load_areas() if area.level == level]
    known = [area.has_name if is_name else area.has_code for area in areas]
    distinct = list(cells.dropna().unique())
    return sum(any(is_of(str(cell)) for is_of in known) for cell in distinct) > len(distinct) / 2


def _are_old_codes(cells: pd.Series, new_codes: pd.Series) -> bool:
    """Whether each cell is the three-digit code of the authority in its row: a column of numbers, and none."""
    rows = pd.DataFrame({"old": cells, "new": new_codes}).dropna().drop_duplicates()
    known = [area for area in load_areas() if area.level == "authority"]
    old_codes = {code: area.old_codes for area in known for code in (area.area_code, *area.other_codes)}
    return len(rows) > 0 and all(old in old_codes.get(new, ()) for old, new in rows.to_numpy())


def _from_metadata(
    metadata: Path, ours: list[str], file: str
) -> tuple[list[str], list[str], dict[str, str], list[Finding]]:
    """What the `.meta.csv` file says. Raises DataStop when it is of another file."""
    grid = read_grid(metadata, "", metadata.name)
    meta = grid.iloc[1:].set_axis([str(cell).casefold() for cell in grid.iloc[0]], axis=1)
    if not {"col_name", "col_type"} <= set(meta.columns):
        said = f"{metadata.name} has no columns col_name and col_type."
        raise refusal("metadata", said, file=metadata.name, advice=META_ADVICE)
    types = dict(zip(meta["col_name"], meta["col_type"].fillna("").str.casefold(), strict=True))
    if "filter_grouping_column" in meta:  # it tells rows apart like a filter, and has no line of its own
        types |= dict.fromkeys(meta["filter_grouping_column"].dropna(), "filter")
    missing, unsaid = [c for c in types if c not in ours], [c for c in ours if c not in types]
    unknown = sorted(set(types.values()) - {"filter", "indicator"})
    if missing or unsaid or unknown:
        said = (
            f"{metadata.name} and {file} do not belong together. Only in the metadata: {', '.join(missing) or 'none'}; "
            f"only in the data: {', '.join(unsaid) or 'none'}; types not known: {', '.join(unknown) or 'none'}."
        )
        raise refusal("metadata", said, file=file, advice=META_ADVICE)
    filters = [column for column in ours if types[column] == "filter"]
    indicators = [column for column in ours if types[column] == "indicator"]
    units = (
        meta.set_index("col_name")["indicator_unit"].dropna().to_dict() if "indicator_unit" in meta else {}
    )
    said = f"Filters and indicators as {metadata.name} says: {len(filters)} and {len(indicators)}."
    return filters, indicators, units, [passed("columns", said, file=file)]


def _inferred(frame: pd.DataFrame, ours: list[str], file: str) -> tuple[list[str], list[str]]:
    """Words are filters; numbers, and columns that the map knows, are indicators; anything between is refused."""
    best = fitting_datasets(ours, file) or nearest_datasets(ours, file)
    known = {same_spelling(row["column"]) for rows in best.values() for row in rows}
    kinds = {column: _kind(frame[column]) for column in ours}
    kinds |= {column: "numbers" for column in ours if same_spelling(column) in known}
    filters = [column for column in ours if kinds[column] == "words"]
    indicators = [column for column in ours if kinds[column] == "numbers"]
    unclear = {column: kinds[column] for column in ours if kinds[column] not in ("words", "numbers")}
    unclear |= dict.fromkeys(
        _numbers_like_filters(frame, filters, indicators),
        "whole numbers that tell repeated rows apart, as ages or years do",
    )
    if unclear:
        said = "; ".join(f"'{column}' holds {what}" for column, what in unclear.items())
        message = f"It cannot be told whether these are filters or indicators: {said}."
        advice = (
            f"{META_ADVICE} A sign that stands where a number is withheld belongs into releases/markers.csv."
        )
        raise refusal("columns", message, file=file, advice=advice)
    return filters, indicators


def _kind(cells: pd.Series) -> str:
    """`words`, `numbers`, or in words what else the column holds. Symbols count as neither."""
    distinct = [cell for cell in cells.dropna().unique() if cell.casefold() not in load_markers(FOLDER)]
    words = [cell for cell in distinct if not _is_number(cell)]
    numbers = len(distinct) - len(words)
    if not distinct:
        return "nothing but symbols or blanks"
    if not words:
        return "numbers"
    some = ", ".join(f"'{word}'" for word in words[:WORDS_SHOWN])
    return (
        "words" if numbers == 0 else f"{numbers} different numbers and {len(words)} different words ({some})"
    )


def _is_number(cell: str) -> bool:
    try:
        to_number(cell.removesuffix("%"))  # as Excel shows a share: no number here, but no word either
    except ValueError:
        return False
    return True


def _numbers_like_filters(frame: pd.DataFrame, filters: list[str], indicators: list[str]) -> list[str]:
    """Columns of whole numbers that hold the same set of values for every time and place that has several rows."""
    places = [column for column in place_columns() if column in frame]
    rows = frame.drop_duplicates().fillna("")
    groups = rows.groupby([*places, *filters], sort=False)
    if groups.ngroups == len(rows):
        return []
    return [
        column
        for column in indicators
        if rows[column].str.fullmatch(r"\d+").all()
        and groups[column].agg(lambda cells: tuple(sorted(cells))).nunique() == 1
        and groups[column].nunique().min() > 1
    ]
