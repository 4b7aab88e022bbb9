"""Files in a year's folder that nothing reads: most often a return under the name that the agency gave it."""

import re
from difflib import get_close_matches
from pathlib import Path

from bscbdata.findings import Finding, failure, warning
from bscbdata.period import ReportYear
from bscbdata.provenance import CARRIED_OVER, digest, raw_files, read_origin
from bscbdata.sources import WORKBOOKS, load_source, source_names

READ_WHOLE = {"statutory"}  # folders in which every file is read, whatever its name


def unread_files(raw: Path, year: ReportYear) -> list[Finding]:
    """A failure for each file below the year's folder that is no return's: with the return that it most likely is."""
    folder = raw / year.label
    sources = [load_source(name) for name in source_names()]
    ours = [source for source in sources if not source.official]
    read = {source.file(raw, year) for source in ours if source.collected(year)}
    asked = sorted({source.path for source in ours if source.collected(year)})
    there = [path for path in raw_files(folder) if path.relative_to(folder).parts[0] not in READ_WHOLE]
    found = [_unread(path, folder, asked) for path in there if path not in read and not _double(path, read)]
    return found + [_open(path, raw) for path in sorted(read) if any(lock.exists() for lock in _locks(path))]


def sent_before(raw: Path, year: ReportYear) -> list[Finding]:
    """A warning for each return that is last year's file again, but for lists that were carried over on purpose."""
    ours = (
        source
        for source in map(load_source, source_names())
        if not source.official and source.collected(year)
    )
    pairs = {source.file(raw, year): (source.file(raw, year.previous), source.name) for source in ours}
    return [
        _sent_before(path, raw, year, name)
        for path, (before, name) in sorted(pairs.items())
        if path.exists() and before.exists() and digest(path) == digest(before) and not was_carried(path)
    ]


def was_carried(path: Path) -> bool:
    """Whether the origin of a return says that it was carried over from last year on purpose."""
    try:
        return read_origin(path).note.lower().startswith(CARRIED_OVER)
    except (OSError, ValueError):
        return False  # a finding says what is wrong with it


def _sent_before(path: Path, raw: Path, year: ReportYear, name: str) -> Finding:
    said = f"It is last year's file: the same, to the byte, as that of {year.previous}."
    advice = f"Ask for the return of {year}. If nothing changed, let the agency say so, and leave it."
    if name == "commitments":  # nobody sends it: bscb new-year wrote the steps that have no answer once more
        said = f"Every step stands as it did in {year.previous}."
        advice = "Write how each stands now, and what shows it: Done, Under way or Not done."
    return warning("sent before", said, file=path.relative_to(raw).as_posix(), advice=advice)


def _locks(path: Path) -> list[Path]:
    """The files that Excel and LibreOffice lay beside one that is open in them."""
    return [path.with_name(f"~${path.name}"), path.with_name(f".~lock.{path.name}#")]


def _open(path: Path, raw: Path) -> Finding:
    said = "It is open in Excel or LibreOffice, here or at a colleague's: what was typed since it was saved is not read."
    advice = "Save and close it, then stamp it. If nobody has it open, delete the file beside it that begins with ~$ or .~lock."
    return warning("open", said, file=path.relative_to(raw).as_posix(), advice=advice)


def _double(path: Path, read: set[Path]) -> bool:
    """Whether a return of that name is read in another form: that it lies there twice is said where it is read."""
    return any(path.with_suffix("") == one.with_suffix("") for one in read)


def _unread(path: Path, folder: Path, asked: list[str]) -> Finding:
    place = path.relative_to(folder).as_posix()
    known = {_spelled(name): name for name in asked}
    copied = _without_copy_mark(_spelled(place))
    near = [copied] if copied in known else get_close_matches(_spelled(place), list(known), n=1, cutoff=0.5)
    meant = (
        f"a name that a return has, most likely {folder.name}/{known[near[0]]}"
        if near
        else "a name that a return has"
    )
    if near and any((folder / known[near[0]]).with_suffix(end).exists() for end in (*WORKBOOKS, ".csv")):
        return _copy_of(known[near[0]], place, folder)
    return failure(
        "unread",
        "No return has this name, so nothing reads the file.",
        file=f"{folder.name}/{place}",
        expected=meant,
        advice="Rename it, or take it out of the folder; the checklist names the place of every return. "
        "For a return that is new see docs/how-to.md, Add a source.",
    )


def _copy_of(name: str, place: str, folder: Path) -> Finding:
    """A second file beside a return that is there, such as OneDrive makes when two people saved it."""
    said = (
        f"It is not read. {folder.name}/{name} is here; this is most likely a copy of it, or another version."
    )
    advice = "Compare the two. Keep the right one under that name, stamp it, and take the other out of the folder. "
    advice += "If it is another return, give it the name of that one."
    return failure("unread", said, file=f"{folder.name}/{place}", advice=advice)


def _without_copy_mark(spelled: str) -> str:
    """`placements_(1)`, `placements___copy`, `placements_laptop_42` by the name before the mark that a copy has."""
    return re.sub(r"_*(?:\(\d+\)|_copy(?:_\(\d+\))?|_conflicted_copy.*)$", "", spelled)


def _spelled(place: str) -> str:
    return Path(place).with_suffix("").as_posix().lower().replace(" ", "_").replace("-", "_")
