"""Files in a year's folder that nothing reads: most often a return under the name that the agency gave it."""

from difflib import get_close_matches
from pathlib import Path

from bscbdata.findings import Finding, failure
from bscbdata.period import ReportYear
from bscbdata.provenance import raw_files
from bscbdata.sources import load_source, source_names

READ_WHOLE = {"statutory"}  # folders in which every file is read, whatever its name


def unread_files(raw: Path, year: ReportYear) -> list[Finding]:
    """A failure for each file below the year's folder that is no return's: with the return that it most likely is."""
    folder = raw / year.label
    sources = [load_source(name) for name in source_names()]
    ours = [source for source in sources if not source.official]
    read = {source.file(raw, year) for source in ours if source.collected(year)}
    asked = sorted({source.path for source in ours if source.collected(year)})
    there = [path for path in raw_files(folder) if path.relative_to(folder).parts[0] not in READ_WHOLE]
    return [_unread(path, folder, asked) for path in there if path not in read and not _double(path, read)]


def _double(path: Path, read: set[Path]) -> bool:
    """Whether a return of that name is read in another form: that it lies there twice is said where it is read."""
    return any(path.with_suffix("") == one.with_suffix("") for one in read)


def _unread(path: Path, folder: Path, asked: list[str]) -> Finding:
    place = path.relative_to(folder).as_posix()
    known = {_spelled(name): name for name in asked}
    near = get_close_matches(_spelled(place), list(known), n=1, cutoff=0.5)
    meant = (
        f"a name that a return has, most likely {folder.name}/{known[near[0]]}"
        if near
        else "a name that a return has"
    )
    return failure(
        "unread",
        "No return has this name, so nothing reads the file.",
        file=f"{folder.name}/{place}",
        expected=meant,
        advice="Rename it, or take it out of the folder; the checklist names the place of every return. "
        "For a return that is new see docs/how-to.md, Add a source.",
    )


def _spelled(place: str) -> str:
    return Path(place).with_suffix("").as_posix().lower().replace(" ", "_").replace("-", "_")
