"""The run record: what an edition was made from and with, and what the checks said. The same inputs give the same record.

It holds no time of day and no duration: two builds of the same inputs are the same bytes. How long a run took stands in
`build/<year>/run.json`, which is not published.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from bscbdata.lab import alone
from bscbdata.period import ReportYear
from bscbdata.places import Edition, Project
from bscbdata.prose import STANDARD_WORDS
from bscbdata.provenance import digest, raw_files, read_origin
from bscbdata.quality import CHECKS
from bscbdata.sources import Column, is_return_of_children, load_source, published_name, source_names

NAME = "run.json"
PACKAGE = Path(__file__).parent
LIBRARIES = (
    "pandas", "numpy", "pyarrow", "altair", "vl-convert-python", "jinja2", "papermill", "nbformat",
    "pypandoc-binary", "typst", "python-docx", "openpyxl",
)  # fmt: skip
RESULTS = ("pass", "warning", "failure")
KINDS = {".py", ".csv", ".toml", ".css", ".js", ".html", ".typ", ".lua"}


def run_record(project: Project, edition: Edition, draft: bool, findings: pd.DataFrame) -> dict:
    """The record. Keys: format, parameters, made_with, inputs, texts, chapters, checks.

    `findings` are those of the cleaning stage, of which only how many there are of each kind is kept. The hash of a return
    of children is empty: it is not published.
    """
    year = project.raw / edition.year.label / "year.toml"
    own = [] if edition.official_alone else [*sorted(project.commentary(edition.year).glob("*.md")), year]
    texts = [*own, *sorted(STANDARD_WORDS.glob("*.md")), project.root / "data" / "corrections.yml"]
    return {
        "format": 1,
        "parameters": {"year": edition.year.label, "area": edition.area, "draft": draft},
        "made_with": _made_with(edition.year),
        "inputs": _once(_input(project, path) for path in _raw(project, edition)),
        "texts": {path.name: digest(path) for path in texts if path.exists()},
        "chapters": {path.name: _of_notebook(path) for path in sorted(project.chapters())},
        "checks": _checks(findings),
    }


def frames(record: Mapping) -> dict[str, pd.DataFrame]:
    """The record as tables: made_with (what, version), inputs, texts (name, sha256), checks (check in words, RESULTS)."""
    said = {**record["parameters"], "draft": "yes" if record["parameters"]["draft"] else "no"}
    words = {"year": "Report year", "area": "Area", "draft": "Draft"}
    made_with = [(words[name], str(value)) for name, value in said.items()]
    made_with += [(name, text) for name, text in record["made_with"].items()]
    texts = [(name, hashed[:16]) for kind in ("chapters", "texts") for name, hashed in record[kind].items()]
    inputs = [{**entry, "sha256": entry["sha256"][:16] or "not published"} for entry in record["inputs"]]
    checks = pd.DataFrame(record["checks"], columns=["check", *RESULTS]).replace({"check": CHECKS})
    return {
        "made_with": pd.DataFrame(made_with, columns=["what", "version"]),
        "inputs": pd.DataFrame(inputs, columns=["file", "publisher", "provenance", "sha256"]),
        "texts": pd.DataFrame(texts, columns=["name", "sha256"]),
        "checks": checks.astype(dict.fromkeys(RESULTS, "Int64")),
    }


def _made_with(year: ReportYear) -> dict[str, str]:
    own = {"Python": sys.version.split()[0], "bscbdata": version("bscbdata"), "package": package_hash(year)}
    return own | {name: version(name) for name in LIBRARIES}


def package_hash(year: ReportYear) -> str:
    """One hash over the code and data of the package that decide what a number of that year says."""
    return _hash_of(lambda place: place.parts[0] != "publish", year)


def pages_hash() -> str:
    """One hash over the code and data of the package that make pages."""
    return _hash_of(lambda place: place.parts[0] == "publish")


def _hash_of(counts: Callable[[Path], bool], year: ReportYear | None = None) -> str:
    total, maps = sha256(), _maps()
    for path in sorted(path for path in PACKAGE.rglob("*") if path.suffix in KINDS):
        place = path.relative_to(PACKAGE)
        if counts(place):
            total.update(
                place.as_posix().encode() + b"\0" + _what_decides(place, maps.get(place.as_posix()), year)
            )
    return total.hexdigest()[:16]


def _what_decides(place: Path, columns: tuple[Column, ...] | None, year: ReportYear | None) -> bytes:
    """The bytes of a file; of a map of returns what it says for the year, so that next year's headers change no record."""
    if year is None or columns is None:
        return (PACKAGE / place).read_bytes()
    return repr([(replace(column, headers={}), column.header(year)) for column in columns]).encode()


def _maps() -> dict[str, tuple[Column, ...]]:
    """The columns of every map of a return, by its place in the package."""
    returns = [source for source in map(load_source, source_names()) if not source.official]
    return {f"sources/{source.map_file}": source.columns for source in returns}


def _of_notebook(path: Path) -> str:
    """SHA-256 of a notebook as it is kept: running and saving it change nothing of what it says."""
    kept = alone(json.loads(path.read_text(encoding="utf8")))
    return sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def _raw(project: Project, edition: Edition) -> list[Path]:
    return [path for folder in edition.raw_folders for path in raw_files(project.raw / folder)]


def _input(project: Project, path: Path) -> dict[str, str]:
    try:
        origin = read_origin(path)
        told = {"publisher": origin.publisher, "provenance": origin.provenance}
    except (FileNotFoundError, ValueError):
        told = {"publisher": "", "provenance": ""}
    file = path.relative_to(project.raw).as_posix()
    hashed = "" if is_return_of_children(file) else digest(path)
    return {"file": published_name(file), **told, "sha256": hashed}


def _once(inputs: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Each input once: the files of a child-level return are one."""
    return [dict(each) for each in dict.fromkeys(tuple(one.items()) for one in inputs)]


def _checks(findings: pd.DataFrame) -> list[dict[str, object]]:
    """How often each check held, is to be looked at, and failed: the counts alone, for a message may say what was sent."""
    counted = findings.groupby(["check", "result"]).size().unstack(fill_value=0)
    table = counted.reindex(columns=list(RESULTS), fill_value=0).sort_index()
    return [
        {"check": name, **{result: int(row[result]) for result in RESULTS}} for name, row in table.iterrows()
    ]
