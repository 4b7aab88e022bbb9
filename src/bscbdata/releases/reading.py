"""One reader for the Department's underlying-data files, as downloaded.

Order of work: grid of text -> find the header -> recognise statistic and year -> find the area of each row ->
one row per cell -> marker or number -> split good cells from rejects.
"""

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from bscbdata.cleaning import KINDS, parse_distinct
from bscbdata.findings import REJECT_COLUMNS, DataStop, Finding, failure, passed, warning
from bscbdata.numbers import some, told_apart
from bscbdata.period import ReportYear
from bscbdata.releases.areas import find_place
from bscbdata.releases.maps import HERE, PLACES, header_keys, load_map, load_markers, statistics
from bscbdata.releases.opening import IsHeader, notes_below, open_table
from bscbdata.releases.recognise import Fit, judge_fit, recognise
from bscbdata.releases.years_told import judge_years, told_beside

COLUMNS = [
    "indicator", "category", "area", "area_code", "level", "period", "year", "value", "status", "unit",
    "vintage", "row_id",
]  # fmt: skip
NUMBER_KINDS = {
    "count": "count",
    "share": "share_pct",
    "rate": "number",
    "days": "number",
    "difference": "number",
    "ratio": "number",
}
EXAMPLES_SHOWN, SHOWN = 5, 12


@dataclass(frozen=True)
class Release:
    """A published file, read.

    `table` has the columns indicator, category, area, area_code, level, period, year, value, status, unit, vintage
    and row_id (the file, row and header that the value stands in); `rejects` what could not be used, with its
    reason; `findings` what the checks said.
    """

    table: pd.DataFrame
    rejects: pd.DataFrame
    findings: list[Finding]
    statistic: str = ""
    years: tuple[str, ...] = field(default=())


def read_release(
    path: Path | str, statistic: str | None = None, year: str | None = None, maps: Path = HERE
) -> Release:
    """One underlying-data file as a tidy `Release`. Statistic and year are found from its headers if not given.

    `maps` is the folder of maps; the package's own by default.

    Raises DataStop when no map or several fit, when a mapped column is missing or stands twice, or when there is
    no header; KeyError or ValueError for a statistic or year that is not one. Source: the Department for Education.
    """
    path = Path(path)
    year = year and ReportYear.parse(year).label
    grid, top = open_table(path, _is_header(maps))
    if top is None:
        raise DataStop([_no_header(grid, path.name, maps)])
    headers = list(grid.loc[top])
    found, findings = recognise(headers, path.name, statistic, year, maps)
    beside = judge_years(told_beside(grid, top), found.year, path.name, found.says_the_year, given=bool(year))
    findings = grid.attrs.get("findings", []) + findings + beside + judge_fit(found, path.name)
    findings += _cells_without_header(grid, top, headers, path.name)
    body, blank, notes = _rows(grid.loc[grid.index > top], found, path.name)
    placed, astray, told = place_rows(body, path.name, found.map.statistic)
    once, twice, again = _one_row_each(placed, path.name, found.map.statistic)
    cells = _cells(once, found, headers)
    table, bad, said = read_values(cells, load_markers("underlying"), path.name, found.map.statistic)
    rejects = pd.concat([blank, astray, twice, bad], ignore_index=True)[REJECT_COLUMNS]
    findings += notes + told + again + said + summary(table, path.name)
    return Release(table[COLUMNS], rejects, findings, found.map.statistic, (found.year.label,))


def _is_header(maps: Path) -> IsHeader:
    """Whether a row holds the place columns of a map."""
    shapes = _place_headers(maps)
    return lambda cells: any(shape <= set(header_keys(cells)) for shape in shapes)


def _no_header(grid: pd.DataFrame, file: str, maps: Path) -> Finding:
    cells = list(grid.iloc[0].dropna()) if len(grid) else []
    expected = "a row with " + " or ".join(", ".join(sorted(shape)) for shape in _place_headers(maps))
    advice = (
        "If it is a table laid out to be read, take the underlying data (CSV) of the same publication instead. "
        "If the place columns have new names, add them to the map's columns.csv (kind place)."
    )
    said = f"No header row was found. The first row holds: {some([*map(str, cells)], SHOWN) or 'nothing'}."
    return failure("header", said, file=file, expected=expected, advice=advice)


def _place_headers(maps: Path) -> list[set[str]]:
    """The place columns of every map and year, each set once."""
    shapes: list[set[str]] = []
    for release in (load_map(name, maps) for name in statistics(maps)):
        for label in release.years:
            places = [
                m.headers[label] for m in release.measures if m.kind == "place" and m.headers[label] != "-"
            ]
            if (shape := set(header_keys(places))) not in shapes:
                shapes.append(shape)
    return shapes


def _cells_without_header(
    grid: pd.DataFrame, top: int, headers: list[str | None], file: str
) -> list[Finding]:
    """Columns that have no header are of no harm while they are empty."""
    bare = [position for position, header in enumerate(headers) if not header]
    filled = [position + 1 for position in bare if grid.loc[grid.index > top].iloc[:, position].notna().any()]
    if not filled:
        return []
    said = f"Columns {', '.join(map(str, filled))} hold values but have no header. They were not read."
    return [warning("header", said, file=file, advice="Find out what they are; give them a header.")]


def _rows(below: pd.DataFrame, found: Fit, file: str) -> tuple[pd.DataFrame, pd.DataFrame, list[Finding]]:
    """Rows under the header with their place columns named; blank ones and notes among them as rejects; findings."""
    named = {position: m.indicator for position, m in found.places.items() if m.kind == "place"}
    body = below.copy()
    body.columns = [named.get(position, position) for position in range(below.shape[1])]
    for name in PLACES:
        body[name] = body[name].fillna("") if name in body else ""
    body["row_id"] = [f"{file}#{row}" for row in body.index]
    empty = below.isna().all(axis=1)
    notes, said = notes_below(below, file)
    blank = reject_rows(body[empty], found.map.statistic, ["blank row"] * int(empty.sum()))
    noted = reject_rows(body[notes], found.map.statistic, ["set aside: note"] * int(notes.sum()))
    return body[~empty & ~notes], pd.concat([blank, noted], ignore_index=True), said


def reject_rows(rows: pd.DataFrame, table: str, reasons: list[str]) -> pd.DataFrame:
    """Whole rows as rejects, each with its reason and its cells."""
    content = [
        " | ".join(
            str(cell) for name, cell in row.items() if name != "row_id" and pd.notna(cell) and cell != ""
        )
        for row in rows.to_dict("records")
    ]
    return pd.DataFrame(
        {"table": table, "row_id": list(rows["row_id"]), "reason": reasons, "content": content},
        columns=REJECT_COLUMNS,
        dtype="object",
    )


def place_rows(body: pd.DataFrame, file: str, table: str) -> tuple[pd.DataFrame, pd.DataFrame, list[Finding]]:
    """Rows with the area they speak of; rejects for areas that are not known; findings."""
    places = [find_place(*said) for said in body[list(PLACES)].itertuples(index=False, name=None)]
    known = pd.Series([place.area is not None for place in places], index=body.index, dtype=bool)
    passed_over = [place.level_not_read for place in places if not place.area]
    areas = [place.area for place in places if place.area]
    placed = body[known].assign(
        area=[area.area for area in areas],
        area_code=[area.area_code for area in areas],
        level=[area.level for area in areas],
    )
    astray = reject_rows(body[~known], table, [place.reason for place in places if not place.area])
    over = pd.Series(passed_over, index=astray.index, dtype=bool)
    findings = _unknown_places(astray[~over], file) + _passed_over(astray[over], file)
    findings += _code_slips([place.slip for place in places], file)
    return placed, astray, findings


def _unknown_places(astray: pd.DataFrame, file: str) -> list[Finding]:
    """One finding for each reason, so that a file of thousands of wards does not give thousands of findings."""
    return [
        failure(
            "area",
            f"{len(rows)} row(s) set aside: {reason}.",
            file=file,
            value=str(rows["content"].iloc[0])[:80],
            expected="an area of definitions/areas.csv",
            advice="If the publisher is right, add the area, the name or the level to areas.csv or levels.csv.",
        )
        for reason, rows in astray.groupby("reason", sort=False)
    ]


def _passed_over(rows: pd.DataFrame, file: str) -> list[Finding]:
    """Rows of levels that are none of ours, such as schools: declared, and no fault of the file."""
    return [
        passed("level", f"{len(group)} row(s) left out: {reason}.", file=file)
        for reason, group in rows.groupby("reason", sort=False)
    ]


def _code_slips(slips: list[str], file: str) -> list[Finding]:
    distinct = sorted(set(filter(None, slips)))
    if not distinct:
        return []
    said = f"A code that is not the area's own: {'; '.join(distinct)}. Its own was used."
    return [warning("area_code", said, file=file, advice="If the code is a new one, add it to areas.csv.")]


def _one_row_each(
    placed: pd.DataFrame, file: str, table: str
) -> tuple[pd.DataFrame, pd.DataFrame, list[Finding]]:
    """An area that stands twice: the copy is set aside; rows that contradict each other are all set aside."""
    said = placed.drop(columns="row_id").astype("str")
    copies = said.duplicated(keep="first")
    clash = placed["area_code"].where(~copies).duplicated(keep=False) & ~copies
    bad = copies | clash
    reasons = [
        "copy of a row above" if copy else "the area has several rows that differ" for copy in copies[bad]
    ]
    twice = reject_rows(placed[bad], table, reasons)
    findings = [
        failure(
            "area_twice", f"{reason}: {row.area}.", file=file, row=int(index), advice="Ask for a whole file."
        )
        for (index, row), reason in zip(placed[bad].iterrows(), reasons, strict=True)
    ]
    return placed[~bad], twice, findings


def _cells(placed: pd.DataFrame, found: Fit, headers: list[str | None]) -> pd.DataFrame:
    """One row per cell, with what the map says of its column."""
    numbers = {position: m for position, m in found.places.items() if m.kind != "place"}
    long = placed.melt(
        id_vars=["area", "area_code", "level", "row_id"],
        value_vars=list(numbers),
        var_name="column",
        value_name="text",
    )
    said = pd.DataFrame(
        [
            (p, m.indicator, m.category, m.unit, m.kind, _period(m.period, found.year))
            for p, m in numbers.items()
        ],
        columns=["column", "indicator", "category", "unit", "kind", "period"],
    )
    cells = long.merge(said, on="column", how="left", validate="many_to_one")
    header = cells["column"].map(dict(enumerate(told_apart(map(str, headers)))))
    return cells.assign(
        header=header, row_id=cells["row_id"] + "!" + header, year=found.year.label, vintage=found.map.vintage
    )


def _period(kind: str, year: ReportYear) -> str:
    """The period as it is published: a day, a year, or the middle of a year."""
    last = f"31 March {year.first + 1}"
    return {"day": last, "year": f"year ending {last}", "mid_year": f"mid-{year.first}"}[kind]


def read_values(
    cells: pd.DataFrame, markers: dict[str, str], file: str, table: str
) -> tuple[pd.DataFrame, pd.DataFrame, list[Finding]]:
    """Number and status of each cell; cells that are neither number nor known marker become rejects."""
    status = cells["text"].map(lambda cell: markers.get(str(cell).casefold()), na_action="ignore")
    numbers = cells["text"].where(status.isna(), None)
    cells = cells.assign(
        status=status.where(status.notna(), "shown").where(cells["text"].notna(), "not_available"),
        value=pd.Series(float("nan"), index=cells.index),
    )
    problem = pd.Series("", index=cells.index, dtype="object")
    for kind, rows in cells.groupby("kind").groups.items():
        parser, _ = KINDS[NUMBER_KINDS[str(kind)]]
        parsed = parse_distinct(numbers.loc[rows], parser, "float64")
        cells.loc[rows, "value"], problem.loc[rows] = parsed.values, parsed.problems
    bad = problem != ""
    rejects = _bad_cells(cells[bad], problem[bad], table)
    return cells[~bad].reset_index(drop=True), rejects, _say_bad(rejects, markers, file)


def _bad_cells(cells: pd.DataFrame, problems: pd.Series, table: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "table": table,
            "row_id": list(cells["row_id"]),
            "reason": [f"neither a number nor a known marker: {problem}" for problem in problems],
            "content": list(cells["text"]),
        },
        columns=REJECT_COLUMNS,
        dtype="object",
    )


def _say_bad(rejects: pd.DataFrame, markers: dict[str, str], file: str) -> list[Finding]:
    """One finding for each text that could not be read, with the first places it stands in."""
    return [
        failure(
            "value",
            f"{len(rows)} cell(s) cannot be read ({rows['reason'].iloc[0]}).",
            file=file,
            row=int(str(rows["row_id"].iloc[0]).partition("#")[2].partition("!")[0]),
            column=", ".join(_columns_of(rows)),
            value=str(content),
            expected=f"a number, or one of {' '.join(markers)}",
            advice="Ask the publisher; a new marker is added to releases/markers.csv.",
        )
        for content, rows in rejects.groupby("content", sort=False)
    ]


def _columns_of(rejects: pd.DataFrame) -> list[str]:
    """The first columns that hold a text, each once."""
    return list(dict.fromkeys(str(row).partition("!")[2] for row in rejects["row_id"]))[:EXAMPLES_SHOWN]


def summary(table: pd.DataFrame, file: str) -> list[Finding]:
    """What was read: areas by level, and cells by status."""
    if table.empty:
        return [failure("empty", "No usable value is left.", file=file, advice="Ask for the file again.")]
    levels = table.drop_duplicates("area_code")["level"].value_counts()
    statuses = table["status"].value_counts()
    areas = ", ".join(f"{count} {level}" for level, count in levels.items())
    cells = ", ".join(f"{count:,} {status}" for status, count in statuses.items())
    told = passed("read", f"{len(table):,} cells of {areas} areas read: {cells}.", file=file)
    return [told, *_perhaps_fractions(table, file)]


def _perhaps_fractions(table: pd.DataFrame, file: str) -> list[Finding]:
    """A warning of shares all of which are 1 per cent or less, and not all whole: 0.226 where 22.6 is meant."""
    shares = table[(table["unit"] == "%") & table["value"].gt(0)]
    largest = shares.groupby("indicator")["value"].max()
    odd = [
        name
        for name in largest.index[largest <= 1]
        if (shares["value"][shares["indicator"] == name] < 1).any()
    ]
    said = "Every share of {} is 1 per cent or less."
    advice = "If they are fractions (0.226 for 22.6%), ask for the file with percentages, or multiply by 100."
    found = [(name, shares[shares["indicator"] == name].iloc[0]) for name in odd]
    return [
        warning("shares", said.format(name), file=file, value=f"{first['value']:.10g}", advice=advice)
        for name, first in found
    ]
