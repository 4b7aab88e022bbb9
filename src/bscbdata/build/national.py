"""Official figures of every area and year, cleaned once, and the share of them that one area's edition takes.

The project's own official tables come first. What the publisher's files in `data/raw/official/releases/` hold of the
same series for other areas is added to them. An edition made from official figures alone is a selection of these.
"""

from functools import cache
from pathlib import Path

import pandas as pd

from bscbdata import tables
from bscbdata.authorities import load_areas
from bscbdata.build.clean_run import findings_kept, keep_findings
from bscbdata.build.hashes import file_hash, libraries
from bscbdata.build.imports import code_hash
from bscbdata.build.published import read_published
from bscbdata.build.staging import replace_folder
from bscbdata.findings import DataStop, Finding, failure, refusal
from bscbdata.indicators import official
from bscbdata.indicators.long_table import in_order
from bscbdata.period import ReportYear
from bscbdata.places import ALL_NEIGHBOURS, SIMULATED, Edition, Project, simulated_areas
from bscbdata.provenance import check_origins
from bscbdata.sources import load_source, source_names
from bscbdata.sources.reading import read_source
from bscbdata.tables import INDICATOR_COLUMNS

ANY_YEAR = ReportYear(2015)  # official tables have the same headers in every year
SERIES = ["indicator", "category"]
IN_45_DAYS = ("Same day", "1 to 10 days", "11 to 20 days", "21 to 30 days", "31 to 40 days", "41 to 45 days")
NEIGHBOURS_TABLE = "statistical_neighbours"


def folder(project: Project) -> Path:
    """Where the official tables of all areas are kept."""
    return project.root / "data" / "processed" / "official"


def prepare(project: Project) -> list[Finding]:
    """Clean the official figures of all areas, unless that is done, and return what the checks said."""
    folders = (project.raw / "official", project.raw / SIMULATED)
    official_files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    parts = [file_hash(official_files, project.root), code_hash("bscbdata.build.national"), libraries()]
    made_from = " ".join(parts)
    kept = findings_kept(folder(project), made_from)
    if kept is not None:
        return kept
    found, findings = _read(project)
    with replace_folder(folder(project)) as staging:
        for name, frame in found.items():
            tables.write_table(frame, staging, name)
        keep_findings(staging, made_from, findings)
    return findings


def _read(project: Project) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
    """The official tables with the rows of every area, and the indicators computed from them, area by area."""
    findings, found = check_origins(project.raw / "official"), {}
    for name in (name for name in source_names() if load_source(name).official):
        try:
            cleaned = read_source(name, ANY_YEAR, project.raw)
        except DataStop as stop:
            findings += stop.findings
            continue
        found[name] = cleaned.table
        findings += cleaned.findings
    published = read_published(project.raw, found)
    findings += published.findings
    if "releases" in published.tables:
        releases = with_sums(published.tables["releases"])
        found |= {
            name: with_every_area(frame, releases) for name, frame in found.items() if _is_series(frame)
        }
    findings += _with_simulated(found, project.raw)
    found["indicators"] = official.every_area(found)
    return found, findings


def _with_simulated(found: dict[str, pd.DataFrame], raw: Path) -> list[Finding]:
    """Add simulated rows to the official tables, where there are any: of areas of which no official figure is here."""
    simulated, place = simulated_areas(raw), raw / SIMULATED
    if not simulated:
        return []
    if both := sorted(simulated & set(found["children_in_need"]["area"])):
        said = f"Official figures are here of areas whose figures are simulated too: {', '.join(both[:3])}."
        advice = f"Take the folder data/raw/{SIMULATED} away, or write it anew: bscb simulate --national."
        return [failure("simulated", said, file=SIMULATED, value=str(len(both)), advice=advice)]
    findings = check_origins(place)
    for name in (name for name in found if (place / "official" / f"{name}.csv").exists()):
        cleaned = read_source(name, ANY_YEAR, place)
        rows = cleaned.table.assign(row_id=f"{SIMULATED}/" + cleaned.table["row_id"])
        found[name] = pd.concat([found[name], rows], ignore_index=True).astype(found[name].dtypes.to_dict())
        findings += cleaned.findings
    return findings


def of_own_area(found: dict[str, pd.DataFrame], edition: Edition) -> dict[str, pd.DataFrame]:
    """What changes in the official tables for a board: its neighbours are its own, and what they lack of its numbers is
    taken from the publisher's files, where these are.

    Of the area that the tables were gathered for that is what came after them: a series never changes behind its end.
    """
    changed: dict[str, pd.DataFrame] = {}
    listed = found.get(NEIGHBOURS_TABLE)
    if listed is not None and tuple(official.model_of(listed)["area"]) != edition.neighbours:
        changed[NEIGHBOURS_TABLE] = _neighbours(listed, edition)
    need = found.get("children_in_need")
    if "releases" in found and need is not None:
        releases, ours = with_sums(found["releases"]), edition.area in set(need["area"])
        series = {name: frame for name, frame in found.items() if _is_series(frame)}
        more = {
            name: with_every_area(frame, _after(frame, releases) if ours else releases)
            for name, frame in series.items()
        }
        changed |= {
            name: frame[_wanted(frame, edition)].reset_index(drop=True) for name, frame in more.items()
        }
    return changed


def _is_series(frame: pd.DataFrame) -> bool:
    return {*SERIES, "area", "period", "vintage", "source"} <= set(frame.columns)


def with_every_area(frame: pd.DataFrame, releases: pd.DataFrame) -> pd.DataFrame:
    """A table of ours with the rows that the publisher's files have of its series for other areas.

    Where ours has a number in a later revision, that of the files is left out: one line holds one revision.
    """
    units = frame.drop_duplicates(SERIES)[[*SERIES, "unit"]]
    # a unit in our words, as a mean needs
    more = releases.drop(columns=["unit", "level"]).merge(units, on=SERIES)
    have, new = _keys(frame), _keys(more)
    more = more[~new.isin(set(have))]
    # the row is enough: the table's indicator says which column it is
    places = {"source": r"#.*$", "row_id": r"!.*$"}
    more = more.assign(
        **{name: more["row_id"].str.replace(end, "", regex=True) for name, end in places.items()}
    )
    more = more.astype({"status": frame["status"].dtype})
    return pd.concat([frame, more[frame.columns]], ignore_index=True)


def _after(frame: pd.DataFrame, releases: pd.DataFrame) -> pd.DataFrame:
    """The files' numbers of the years after the last of which our table has a number, in an edition that reports take."""
    by = [*SERIES, "area"]
    ours = frame[frame["value"].notna() & _is_taken(frame)]
    last = ours.groupby(by, observed=True)["year"].max().rename("last").reset_index()
    both = releases.merge(last, on=by, how="left")
    return releases[(both["year"] > both["last"]).to_numpy()]


def _is_taken(frame: pd.DataFrame) -> pd.Series:
    """Whether each row is of an edition that reports take its series from; of a series that no list names, every one is."""
    listed = [*official.choices().values(), *official.ratios().values()]
    taken = {row["published"]: row["vintages"].split("|") for row in listed}
    pairs = zip(frame["indicator"], frame["vintage"], strict=True)
    told = [name not in taken or official.is_among(of, taken[name]) for name, of in pairs]
    return pd.Series(told, frame.index, dtype=bool)


def _keys(frame: pd.DataFrame) -> pd.Series:
    edition = frame["vintage"].str.replace(r"^revised .*", "revised", regex=True)
    parts = [frame[name] for name in ("category", "area", "period")]
    return frame["indicator"].str.cat([*parts, edition], sep="|")


def with_sums(releases: pd.DataFrame) -> pd.DataFrame:
    """The files' numbers with assessments in 45 working days, which our tables add up from the publisher's bands."""
    bands = releases[
        (releases["indicator"] == "assessments_completed") & releases["category"].isin(IN_45_DAYS)
    ]
    by = [name for name in bands.columns if name not in ("category", "value", "status", "row_id", "unit")]
    summed = bands.groupby(by, as_index=False).agg(
        value=("value", lambda values: values.sum(skipna=False)),
        parts=("category", "nunique"),
        row_id=("row_id", "first"),
    )
    whole = summed[(summed["parts"] == len(IN_45_DAYS)) & summed["value"].notna()].drop(columns="parts")
    named = {"indicator": "assessments_in_45_working_days", "category": "All", "status": "shown", "unit": ""}
    return pd.concat([releases, whole.assign(**named)], ignore_index=True)


# ---- one area's share ----------------------------------------------------------------------------------------------


def of_edition(project: Project, edition: Edition) -> dict[str, pd.DataFrame]:
    """The tidy tables of an edition made from official figures alone, its indicators among them.

    Raises DataStop when there is no official figure of the area and year.
    """
    every = dict(_kept_tables(folder(project), (folder(project) / tables.NOTE).stat().st_mtime_ns))
    every[NEIGHBOURS_TABLE] = _neighbours(every[NEIGHBOURS_TABLE], edition)
    found = {
        name: frame[_wanted(frame, edition)].reset_index(drop=True) if "area" in frame else frame
        for name, frame in every.items()
    }
    shown = official.with_neighbours(_of_one_kind(found["indicators"], edition), list(edition.neighbours))
    found["indicators"] = in_order(shown.astype(INDICATOR_COLUMNS))
    _check_there_is_something(found["indicators"], edition)
    return {name: frame for name, frame in found.items() if len(frame)}


@cache
def _kept_tables(place: Path, written: int) -> dict[str, pd.DataFrame]:
    """The kept tables, read once in a process however many editions it makes; `written` tells one keeping from the next."""
    return dict(tables.read_all(place))


def _wanted(frame: pd.DataFrame, edition: Edition) -> pd.Series:
    """The rows of the area, what it is compared with, and what lies in it."""
    names = {
        edition.area,
        *edition.neighbours,
        edition.region,
        "England",
        "England and Wales",
        *edition.districts,
    }
    inside = tuple(f"{name} " for name in edition.districts)
    found = frame["area"].isin(names)
    if not edition.illustrative and "provenance" in frame:
        # what is simulated never stands beside an area's own figures
        found &= frame["provenance"] != "illustrative"
    return found | frame["area"].str.startswith(inside) & ~frame["area"].isin(_known()) if inside else found


def _of_one_kind(indicators: pd.DataFrame, edition: Edition) -> pd.DataFrame:
    """The indicators; in an illustrative edition those of all neighbours as illustrative, since their mean is."""
    neighbours = indicators["area"].isin(edition.neighbours) & edition.illustrative
    return indicators.assign(provenance=indicators["provenance"].mask(neighbours, "illustrative"))


@cache
def _known() -> frozenset[str]:
    return frozenset(area.area for area in load_areas())


def _neighbours(ours: pd.DataFrame, edition: Edition) -> pd.DataFrame:
    """The area's own neighbours in the layout of our table, and from the list of all authorities where ours has others."""
    model = official.model_of(ours)
    if tuple(model["area"]) == edition.neighbours:
        return ours
    named = {"model": model["model"].iloc[0], "source": model["source"].iloc[0], "provenance": "official"}
    rows = {"rank": range(1, len(edition.neighbours) + 1), "area": list(edition.neighbours)}
    frame = pd.DataFrame(rows).assign(**named, row_id=f"official/{ALL_NEIGHBOURS}")
    return frame[list(ours.columns)].astype(ours.dtypes.to_dict())


def _check_there_is_something(indicators: pd.DataFrame, edition: Edition) -> None:
    own = indicators[(indicators["area"] == edition.area) & indicators["value"].notna()]
    if edition.year.label in set(own["year"]):
        return
    years = ", ".join(sorted(own["year"].unique())) or "none"
    said = f"There is no official figure of {edition.area} in {edition.year}. Years there are: {years}."
    advice = "Put the publisher's files into data/raw/official/releases/: see docs/published-files.md."
    raise refusal("area", said, value=edition.area, advice=advice)
