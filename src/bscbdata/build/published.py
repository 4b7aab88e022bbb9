"""The Department's published files in the cleaning stage: `data/raw/official/releases/`, read as downloaded.

Whatever lies there becomes the table `releases`, every cell of every area; and every value that the project's own
official tables hold too is compared with it.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from bscbdata import releases
from bscbdata.build.clean_run import CleanRun
from bscbdata.findings import DataStop, Finding, failure, passed
from bscbdata.lists import read_list
from bscbdata.provenance import origin_path, read_origin
from bscbdata.releases import read_published_file

FOLDER = "official/releases"
SAME = ["indicator", "category", "area", "period", "vintage"]
MANY = 20
KNOWN_SLIPS = Path(releases.__file__).parent / "known_slips.csv"  # of the publisher's, each with its reason
# What lies beside the files and is none of them: metadata in words and in columns, origins.
BESIDE = (".meta.csv", ".origin.toml", ".txt", ".pdf", ".md")


def read_published(raw: Path, tables: Mapping[str, pd.DataFrame]) -> CleanRun:
    """Read every published file there is, and compare it with the official tables."""
    run, read = CleanRun(), []
    for path in sorted((raw / FOLDER).rglob("*")):
        if not path.is_file() or path.name.startswith(".") or path.name.endswith(BESIDE):
            continue
        try:
            release = read_published_file(path, _year_of_folder(path))
        except DataStop as stop:
            run.findings += _told(stop.findings, path, raw)
            continue
        read.append(_placed(release.table, path, raw))
        run.rejects.append(release.rejects)
        run.findings += _told(release.findings, path, raw)
    if read:
        run.tables["releases"] = pd.concat(read, ignore_index=True)
        run.findings += compared(run.tables["releases"], tables)
    return run


def _told(findings: list[Finding], path: Path, raw: Path) -> list[Finding]:
    """What was found in a file, with its place in data/raw; a slip of the publisher's that is known is no warning."""
    known = [row for row in read_list(KNOWN_SLIPS) if row["file"] == path.name]
    place = path.relative_to(raw).as_posix()
    return [_if_known(replace(f, file=place if f.file == path.name else f.file), known) for f in findings]


def _if_known(found: Finding, known: list[dict[str, str]]) -> Finding:
    reason = next((row["reason"] for row in known if row["says"] in found.message), "")
    if found.result != "warning" or not reason:
        return found
    return replace(found, result="pass", message=f"{found.message} Known: {reason}", advice="")


def _placed(table: pd.DataFrame, path: Path, raw: Path) -> pd.DataFrame:
    """The rows with the place of their file in data/raw and what its origin says of it."""
    origin = read_origin(path).provenance if origin_path(path).exists() else "official"
    place = path.parent.relative_to(raw).as_posix()
    return table.assign(row_id=f"{place}/" + table["row_id"], provenance=origin)


def _year_of_folder(path: Path) -> str | None:
    name = path.parent.name
    return name if re.fullmatch(r"\d{4}-\d{2}", name) else None


def compared(read: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Our official values that the files hold too: one finding for those that agree, one for each that does not."""
    files = read.drop_duplicates(SAME)[[*SAME, "value", "row_id"]]
    official = [frame for frame in tables.values() if {*SAME, "value", "source"} <= set(frame.columns)]
    if not official:
        return []
    ours = pd.concat([frame[[*SAME, "value", "row_id"]] for frame in official], ignore_index=True)
    both = ours.astype(dict.fromkeys(SAME, "str")).merge(files, on=SAME, suffixes=("", "_file"))
    same = (both["value"] == both["value_file"]) | (both["value"].isna() & both["value_file"].isna())
    apart = [_difference(row) for row in both[~same].head(MANY).itertuples(index=False)]
    told = (
        f"{int(same.sum()):,} of {len(both):,} official values that the published files hold too are equal."
    )
    return [*apart, passed("published", told, file=FOLDER)] if same.all() or apart else apart


def _difference(row) -> Finding:
    where = f"{row.indicator}, {row.category}, {row.area}, {row.period} ({row.vintage})"
    return failure(
        "published",
        f"Our table and the published file disagree: {where}.",
        file=row.row_id.split("#")[0],
        row=int(row.row_id.rsplit("#", 1)[1]),
        value=f"{row.value:,.10g}",
        expected=f"{row.value_file:,.10g}, as in {row.row_id_file}",
        advice="Look at both, and correct the one that is wrong.",
    )
