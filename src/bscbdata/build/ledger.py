"""The ledger: a chapter that read the same things as last time is not executed again.

An entry holds the hash of everything that decides what a chapter says: its notebook, the parameters, the code of this
package that it imports, the commentary that it names, the versions of the libraries that draw; and, as the chapter noted
while it ran, of every table (of the indicators, every one asked for) and every file that it read. A missing or broken
entry means work, never a wrong answer.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path

from bscbdata import record
from bscbdata.build.execute import Executed
from bscbdata.build.hashes import bytes_hash, changed, file_hash, libraries, text_hash
from bscbdata.build.imports import PACKAGE, code_hash, imported_by
from bscbdata.build.plan import cells_of
from bscbdata.kept import kept_json
from bscbdata.lab import alone
from bscbdata.lists import read_note
from bscbdata.period import ReportYear
from bscbdata.places import Edition, Project
from bscbdata.prose import blocks
from bscbdata.provenance import raw_files
from bscbdata.reads import FILE, ROWS, TABLE
from bscbdata.tracing.usage import read_usage

CLAIM = r"\{%-?\s*claim\b.*?endclaim\s*-?%\}"
BOUND = re.compile(CLAIM + r"|\{\{.*?\}\}|\{%.*?%\}", re.S)  # what data decides of a commentary
PAST_THE_PACKAGE = re.compile(r"\bread_\w+\(|\bopen\(|processed|parquet|pathlib|import os")
ABSENT = "not there"


def code_part(notebook: Path, year: ReportYear, hashed: Callable[..., str] = code_hash) -> dict[str, str]:
    """The part of a key that is the code of this package which a chapter can run: what its cells import, and so on.

    `hashed` gives the hash of the code behind modules: for many chapters, one that remembers, as most import the same.
    """
    sources = ["".join(cell["source"]) for cell in cells_of(notebook) if cell["cell_type"] == "code"]
    naming = [source for source in sources if PACKAGE.name in source]  # no other can import it
    parts = {"package": hashed(*sorted({name for source in naming for name in imported_by(source)}))}
    if any("report.run_record()" in source for source in sources):
        parts["record"] = record.package_hash(year)  # its page shows the hash of the whole package
    return parts


def shared_parts(project: Project, edition: Edition, draft: bool) -> dict[str, str]:
    """The parts of a key that all chapters of a run have in common."""
    told = [] if edition.official_alone else [project.raw / edition.year.label / "year.toml"]
    folders = [project.raw / folder for folder in edition.raw_folders]
    names = [path.relative_to(project.raw).as_posix() for folder in folders for path in raw_files(folder)]
    tables = [path.name for path in project.processed(edition.year).glob("*.parquet")]
    return {
        "parameters": f"{edition.year} {edition.area} draft={draft}",
        "year": file_hash(told),
        "names of files and tables": text_hash([names, sorted(tables)]),
        "libraries": libraries(),
    }


def chapter_parts(notebook: Path, commentary: dict[str, tuple[str, str]], project: Project) -> dict[str, str]:
    """The parts of a key that are a chapter's own: its notebook, and what it takes from commentary and other notebooks.

    A notebook that asks for a section by anything but its plain name is taken to read them all.
    """
    cells = json.loads(notebook.read_text(encoding="utf8"))["cells"]
    source = "\n".join("".join(cell["source"]) for cell in cells)  # a cell's id may hold any word
    named = re.findall(r'report\.prose\("([\w-]+)"\)', source)
    whole = "report.run_record()" in source  # it shows the hash of every text
    plain = len(named) == len(re.findall(r"\bprose\b", source)) and "commentary" not in source and not whole
    read = named if plain else sorted(commentary)
    others = Project(notebook.parents[1]).chapters() if whole else []
    parts = {
        "notebook": text_hash(
            [alone(json.loads(path.read_text(encoding="utf8"))) for path in (notebook, *others)]
        )
    }
    parts |= {f"section {name}": text_hash(commentary.get(name)) for name in read}
    if "report.book()" in source:
        parts["use of numbers and sources"] = _book_hash(project, commentary)
    return parts


def _book_hash(project: Project, commentary: dict[str, tuple[str, str]]) -> str:
    """One hash over what `report.book()` reads: what chapters use, and of commentary its numbers and claims, not its words."""
    usage = [asdict(used) for used in read_usage(project)]
    return text_hash([usage, {name: _bound_parts(text) for name, (text, _) in commentary.items()}])


def _bound_parts(text: str) -> list:
    """The numbers and claims of each block of a commentary; its whole text when it writes HTML by itself."""
    if "<" in BOUND.sub("", text):
        return [text]
    return [found for block in blocks(text) if (found := BOUND.findall(block))]


class Present:
    """What chapters can read, as it is when a run begins: the hash of anything that one has noted."""

    def __init__(self, project: Project, edition: Edition) -> None:
        self.root, self.processed = project.root, project.processed(edition.year)
        papers = [*project.raw.rglob("*.origin.toml"), project.root / "data" / "corrections.yml"]
        papers += [path for name in edition.raw_folders for path in raw_files(project.raw / name)]
        self.files = {str(path): self._file(path) for path in papers}
        self.tables = {path.stem: self._file(path) for path in self.processed.glob("*.parquet")}

    def read_by(self, notebook: bytes, notes: Iterable[str]) -> dict[str, str]:
        """What a chapter has noted; and every table, when its cells may read files past this package."""
        cells = json.loads(notebook)["cells"]
        past = any(
            PAST_THE_PACKAGE.search("".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"
        )
        return self.of_all([*notes, *(f"{TABLE} {name}" for name in (self.tables if past else ()))])

    def of_all(self, notes: Iterable[str]) -> dict[str, str]:
        """The hash of each thing, by its note with places told from the project's folder."""
        return {self._placed(line): self.of(line) for line in notes}

    def of(self, line: str) -> str:
        """The hash of the thing that a line notes."""
        kind, _, name = line.partition(" ")
        if kind == TABLE:
            return self.tables.get(name, ABSENT)
        if kind == ROWS:
            return self._rows(*name.partition(" ")[::2])
        path = str(self.root / name)
        return self.files.setdefault(path, self._file(Path(path)))

    def _placed(self, line: str) -> str:
        kind, _, name = line.partition(" ")
        inside = kind == FILE and Path(name).is_relative_to(self.root)
        return f"{kind} {Path(name).relative_to(self.root).as_posix()}" if inside else line

    def _rows(self, table: str, condition: str) -> str:
        column, _, value = condition.partition("=")
        if table not in self.tables:
            return ABSENT
        return self._parts[table, column].get(value, "no rows")

    @cached_property
    def _parts(self) -> "_Parts":
        return _Parts(self.processed)

    @staticmethod
    def _file(path: Path) -> str:
        if path.is_dir():
            return file_hash(each for each in path.iterdir() if each.is_file())
        return bytes_hash(path.read_bytes()) if path.is_file() else ABSENT


class _Parts(dict):
    """The hash of the rows of each value of a column, by table and column."""

    def __init__(self, processed: Path) -> None:
        super().__init__()
        self.processed = processed

    def __missing__(self, asked: tuple[str, str]) -> dict[str, str]:
        path, column = self.processed / f"{asked[0]}.parquet", asked[1]
        self[asked] = kept_json(
            "rows", (libraries(), column, path.read_bytes()), partial(_rows, path, column)
        )
        return self[asked]


def _rows(path: Path, column: str) -> dict[str, str]:
    import pandas as pd

    frame = pd.read_parquet(path)
    rows = pd.util.hash_pandas_object(frame, index=False)
    groups = rows.groupby(frame[column].astype("str"), sort=True)
    return {value: bytes_hash(part.to_numpy().tobytes()) for value, part in groups}


@dataclass(frozen=True)
class Ledger:
    """Executed notebooks of earlier runs, by what they had read; and what there is to be read now."""

    folder: Path
    present: Present

    def find(self, chapter: str, parts: dict[str, str]) -> bytes | None:
        """The executed notebook of an earlier run that had read the same, or None."""
        entry = self._read(chapter)
        if not entry or entry["parts"] != parts or entry["reads"] != self.present.of_all(entry["reads"]):
            return None
        try:
            content = self._kept(chapter).read_bytes()
        except OSError:
            return None
        return content if bytes_hash(content) == entry.get("content") else None

    def keep(self, executed: Executed, parts: dict[str, str]) -> None:
        """Keep an executed notebook with what it had read."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._kept(executed.chapter).write_bytes(executed.content)
        reads = self.present.read_by(executed.content, executed.reads)
        entry = {"parts": parts, "reads": reads, "content": bytes_hash(executed.content)}
        self._entry(executed.chapter).write_text(json.dumps(entry, indent=1), encoding="utf8", newline="\n")

    def why(self, chapter: str, parts: dict[str, str]) -> str:
        """Why a chapter has to be executed: what changed since it was last. Empty when it has not to be."""
        entry = self._read(chapter)
        if not entry:
            return "not executed before"
        before, now = entry["parts"] | entry["reads"], parts | self.present.of_all(entry["reads"])
        if said := changed(before, now):
            return said
        return "" if self.find(chapter, parts) else "the kept notebook is damaged"

    def _entry(self, chapter: str) -> Path:
        return self.folder / f"{chapter}.json"

    def _kept(self, chapter: str) -> Path:
        return self.folder / f"{chapter}.ipynb"

    def _read(self, chapter: str) -> dict:
        found = read_note(self._entry(chapter))
        return found if all(isinstance(found.get(name), dict) for name in ("parts", "reads")) else {}
