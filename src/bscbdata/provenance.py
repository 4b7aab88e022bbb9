"""Where a raw file came from: `<file>.origin.toml` beside each one, with the hash of what was received.

python -m bscbdata.provenance receive "The agency" FILE …                a return that has just come: write its origin
python -m bscbdata.provenance receive "The agency" FOLDER …              the same for every file in it that has none
python -m bscbdata.provenance stamp data/raw/2015-16/lado/contacts.csv    write the hash of these files
python -m bscbdata.provenance check data/raw                             every file has an origin that holds
"""

import hashlib
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bscbdata.findings import Finding, failure, passed, warning
from bscbdata.lists import read_settings
from bscbdata.reads import FILE, note

PROVENANCES = ("official", "published", "returned", "illustrative")
LABELS = {
    "official": "Official statistics",
    "published": "From the printed report",
    "returned": "From the agencies' returns",
    "illustrative": "Illustrative: simulated, not real returns",
    "mixed": "Mixed sources",
}
MEANINGS = {
    "official": "Published by a government department or the Office for National Statistics.",
    "published": "Printed in an annual report of this area or by one of its partners.",
    "returned": "Sent by an agency for this report.",
    "illustrative": "Simulated, because the real return is not public. It agrees with every published total. It shows "
    "how the report works, not what happened.",
    "mixed": "Made from data of more than one of these kinds. The source says which.",
}
# The same for young readers.
REAL = {
    "official": "counted by the government",
    "published": "from the full report",
    "returned": "from the people who work with children",
}
MADE_UP, MATCHING = "Made-up numbers", "Made-up numbers that match the real totals"
OF_BOTH_KINDS = "Numbers of more than one kind"
REQUIRED = ("publisher", "title", "licence", "provenance", "sha256")
OURS = {"year.toml", "README.md", "Thumbs.db", "desktop.ini"}
OUR_FOLDERS = {"commentary", "review", "templates"}
_ROWS = re.compile(r"(.*[#!])([\d,-]+)$")  # a row id is file#row or file#sheet!row
_FILE = re.compile(r"(.*?\.\w{2,6})#(?:(.*)!)?$")
CARRIED_OVER = "carried over"
USAGE = __doc__.partition("\n")[2].strip()
HOW = 'Write it: python -m bscbdata.provenance receive "The agency" "data/raw/{name}"'


def in_short(line: str) -> str:
    """A line of sources (`publisher, title; publisher, title.`) that names each publisher, and each title, once.

    `A, b, c; A, b, d; A, e; F, g.` is `A: b (c; d); e. F, g.`
    """
    entries = [entry for entry in line.removesuffix(".").split("; ") if entry]
    groups = _by_head(entries, ", ")
    publishers = [
        f"{head}: {'; '.join(_titles(rest))}" if len(rest) > 1 else entry for head, rest, entry in groups
    ]
    between = ". " if len(groups) < len(entries) else "; "
    return between.join(publishers) + ("." if entries else "")


def _titles(titles: list[str]) -> list[str]:
    """Titles of one publisher; parts of one work stand in brackets behind it."""
    return [
        f"{head} ({'; '.join(rest)})" if len(rest) > 1 else entry
        for head, rest, entry in _by_head(titles, "[,:] ")
    ]


def _by_head(entries: list[str], sign: str) -> list[tuple[str, list[str], str]]:
    """The entries by what stands before the sign: that, what follows it in each, and the first of them whole."""
    found: dict[str, list[str]] = {}
    for entry in entries:
        found.setdefault(re.split(sign, entry, maxsplit=1)[0], []).append(entry)
    return [
        (head, [re.sub(f"^{re.escape(head)}(?:{sign})?", "", one) for one in all_], all_[0])
        for head, all_ in found.items()
    ]


@dataclass(frozen=True)
class Origin:
    """The paper of one raw file."""

    publisher: str
    title: str
    licence: str
    provenance: str
    sha256: str
    published: str = ""
    accessed: str = ""
    vintage: str = ""
    note: str = ""


def origin_path(path: Path) -> Path:
    return path.with_name(path.name + ".origin.toml")


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    note(FILE, path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_origin(path: Path) -> Origin:
    """The origin of a raw file. Raises FileNotFoundError or ValueError that says what to write."""
    paper = origin_path(path)
    note(FILE, paper)
    if not paper.exists():
        raise FileNotFoundError(
            f"{path.name} has no {paper.name}: say who published it, when, and under what licence."
        )
    content = read_settings(paper)
    missing = [name for name in REQUIRED if not content.get(name)]
    if missing:
        raise ValueError(f"{paper.name} lacks {', '.join(missing)}.")
    if content["provenance"] not in PROVENANCES:
        raise ValueError(
            f"{paper.name}: provenance is '{content['provenance']}', expected one of {', '.join(PROVENANCES)}."
        )
    known = Origin.__dataclass_fields__
    return Origin(**{name: str(value) for name, value in content.items() if name in known})


def write_origin(path: Path, **fields: str) -> Path:
    """Write the origin of a raw file, with its hash; fields are those of Origin."""
    paper = origin_path(path)
    lines = [f"{name} = {_quoted(value)}" for name, value in {**fields, "sha256": digest(path)}.items()]
    paper.write_text("\n".join(lines) + "\n", encoding="utf8", newline="\n")
    return paper


def stamp(path: Path) -> None:
    """Put the hash of the file as it is now into its origin. FileNotFoundError when either is not there."""
    paper = origin_path(path)
    _must_be_there(path)
    if not paper.exists():
        name = "/".join(path.resolve().parts).partition("/data/raw/")[2] or path.name
        raise FileNotFoundError(f"{path.name} has no origin yet. {HOW.format(name=name)}")
    text = paper.read_text(encoding="utf8")
    line = f'sha256 = "{digest(path)}"'
    found = re.search(r"^sha256 *=.*$", text, flags=re.M)
    text = text.replace(found[0], line) if found else text.rstrip("\n") + "\n" + line + "\n"
    paper.write_text(text, encoding="utf8", newline="\n")


def _must_be_there(path: Path) -> None:
    if not path.is_file():
        there = [file.name for file in raw_files(path.parent)] if path.parent.is_dir() else []
        listed = f" In its folder: {', '.join(there)}." if there else " Its folder is empty or not there."
        raise FileNotFoundError(f"There is no file {path}.{listed}")


AS_RETURNED = {"licence": "not for publication", "provenance": "returned"}


def receive(path: Path, publisher: str) -> Path:
    """Write the origin of a return that has just come from an agency, or in `official` of a file as published.

    FileExistsError when it has one.
    """
    if origin_path(path).exists():
        raise FileExistsError(f"{path.name} has an origin already: edit it, then stamp it.")
    _must_be_there(path)
    official = "official" in path.resolve().parts
    about = {"title": path.stem.replace("_", " "), "vintage": ""}
    about |= {"published": "", "accessed": date.today().isoformat()}
    about |= {"licence": "OGL-3.0", "provenance": "official"} if official else AS_RETURNED
    return write_origin(path, publisher=publisher, **about)


@dataclass(frozen=True)
class Rows:
    """Some rows of one sheet of one raw file, as spells of row numbers: (2, 5) is rows 2 to 5."""

    file: str
    sheet: str
    spells: tuple[tuple[int, int], ...]

    @property
    def text(self) -> str:
        """`2–5, 9`: the rows as they are written for readers."""
        return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in self.spells)

    @property
    def count(self) -> int:
        return sum(last - first + 1 for first, last in self.spells)


def row_id(file: str, sheet: str, row: object) -> str:
    """How a row is named everywhere: file, sheet if there is one, row."""
    return f"{file}#{sheet + '!' if sheet else ''}{row}"


def join_rows(names: Iterable[str]) -> str:
    """Row ids, or what this made of some before, as one text: `file#sheet!2-5,9`, a line for each sheet."""
    numbers: dict[str, set[int]] = {}
    for name in names:
        for line in filter(None, name.split("\n")):
            place, several = _ROWS.match(line).groups()
            found = numbers.setdefault(place, set())
            for spell in several.split(","):
                first, _, last = spell.partition("-")
                found.update(range(int(first), int(last or first) + 1))
    return "\n".join(f"{place}{_spelled(found)}" for place, found in numbers.items())


def _spelled(numbers: set[int]) -> str:
    ordered = sorted(numbers)
    starts = [n for n in ordered if n - 1 not in numbers]
    ends = [n for n in ordered if n + 1 not in numbers]
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in zip(starts, ends, strict=True))


def read_rows(text: str) -> list[Rows]:
    """What `join_rows` wrote, or a row id, as places in raw files."""
    found = []
    for line in filter(None, text.split("\n")):
        place, several = _ROWS.match(line).groups()
        file, sheet = _FILE.match(place).groups()
        spells = [spell.partition("-") for spell in several.split(",")]
        found.append(Rows(file, sheet or "", tuple((int(a), int(b or a)) for a, _, b in spells)))
    return found


def raw_files(folder: Path) -> list[Path]:
    """Every raw data file below a folder: all but origins, commentary, reviewers' comments, year and read-me files."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if not _is_ours(path.relative_to(folder)))


def check_origins(folder: Path) -> list[Finding]:
    """One finding a raw file: its origin is there, complete, and its hash holds."""
    papers = [path for path in folder.rglob("*.origin.toml") if not path.with_name(path.name[:-12]).exists()]
    return [_check_origin(path, folder) for path in raw_files(folder)] + [
        _gone(p, folder) for p in sorted(papers)
    ]


def _gone(paper: Path, folder: Path) -> Finding:
    """An origin without its file: something was moved or taken away that was here."""
    name = paper.relative_to(folder.parent).as_posix().removesuffix(".origin.toml")
    advice = "Put the file back; or remove its origin too, if the year goes without it."
    return failure("origin", "The file is missing, and its origin is still here.", file=name, advice=advice)


def _check_origin(path: Path, folder: Path) -> Finding:
    name = path.relative_to(folder.parent).as_posix()
    try:
        origin = read_origin(path)
    except (FileNotFoundError, ValueError) as error:
        return failure("origin", str(error), file=name, advice=HOW.format(name=name))
    if origin.sha256 != digest(path):
        said = "The file is not the one its origin describes: the hash differs."
        advice = f'If the new file is right: python -m bscbdata.provenance stamp "data/raw/{name}"'
        expected = f"sha256 {origin.sha256[:12]}…"
        return failure("origin", said, file=name, expected=expected, advice=advice)
    if origin.provenance == "official" and folder.name != "official":
        said = "A return is no official statistic: of those, numbers of a few children are shown."
        advice = (
            "Write into its origin what it is. A file of the Department goes into data/raw/official/releases."
        )
        expected = "returned, published or illustrative"
        return failure("origin", said, file=name, value="official", expected=expected, advice=advice)
    if origin.vintage.startswith(CARRIED_OVER):
        advice = "Correct the file where it has to be; then take the vintage out of its origin, and stamp it."
        said = f"The file was {origin.vintage} and nobody has confirmed it."
        return warning(CARRIED_OVER, said, file=name, advice=advice)
    return passed("origin", "Origin is complete and its hash holds.", file=name)


def in_plain_words(provenances: Iterable[str], printed: bool = True) -> str:
    """What kind of numbers these are, for young readers: real, and who counted them, or made up.

    Made-up numbers match real totals where a `printed` report has these; in other years nothing is there to match.
    """
    found = set(provenances)
    real = [words for kind, words in REAL.items() if kind in found]
    said = [f"Real numbers, {' and '.join(real)}"] if real else []
    said += [MATCHING if printed else MADE_UP] if "illustrative" in found else []
    return ". ".join([*said, *([OF_BOTH_KINDS] if "mixed" in found else [])])


def combined(provenances: Iterable[str]) -> str:
    """The provenance of something made from several tables: the one they share, or mixed; empty when from none."""
    found = set(provenances)
    return "mixed" if len(found) > 1 else "".join(found)


def _is_ours(path: Path) -> bool:
    hidden = path.name.startswith((".", "~$"))
    own_folder = bool(OUR_FOLDERS & set(path.parts[:-1]))
    return hidden or path.name in OURS or path.name.endswith(".origin.toml") or own_folder


def _quoted(value: object) -> str:
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def main(arguments: list[str]) -> int:
    """Receive, stamp or check from the command line; exit code 1 when a check fails or there is no such file."""
    action, *names = arguments or [""]
    try:
        if action in ("-h", "--help", "help"):
            print(__doc__)
        elif action == "receive" and len(names) > 1:
            print("\n".join(receive(path, names[0]).name for path in _to_receive(names[1:])))
        elif action == "stamp" and names:
            print("\n".join(_stamped(Path(name)) for name in names))
        elif action == "check" and names:
            failures = [f for name in names for f in check_origins(Path(name)) if f.result == "failure"]
            print("\n".join(map(str, failures)) or "Every origin holds.")
            return bool(failures)
        else:
            raise ValueError(f"Say what to do, and with which file:\n{USAGE}")
    except (OSError, ValueError) as error:
        print(f"Stopped: {error}", file=sys.stderr)
        return 1
    return 0


def _to_receive(names: list[str]) -> list[Path]:
    """The files, and of a folder those that have no origin yet. FileNotFoundError when a folder has none such."""
    found = []
    for path in map(Path, names):
        new = (
            [file for file in raw_files(path) if not origin_path(file).exists()] if path.is_dir() else [path]
        )
        if not new:
            raise FileNotFoundError(f"In {path} every file has an origin already.")
        found += new
    return found


def _stamped(path: Path) -> str:
    stamp(path)
    return f"{origin_path(path).name} has the hash of the file as it is now."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
