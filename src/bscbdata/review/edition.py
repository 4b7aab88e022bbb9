"""`edition.json`: everything that one build of a report says, and what it was made from, kept to be compared.

What is shown comes from the pages themselves, so a value that was withheld there is absent here.
"""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bscbdata import facts, numbers
from bscbdata.build.hashes import file_hash
from bscbdata.build.imports import PACKAGE
from bscbdata.build.ledger import chapter_parts
from bscbdata.cleaning import WITHHELD
from bscbdata.corrections import load_corrections
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.prose import edition_commentary
from bscbdata.provenance import digest, raw_files, read_origin
from bscbdata.review.pages import Node, Page, of_class, read_pages, sentences, words
from bscbdata.review.papers import Papers, hash_of

NAME, PREVIOUS = "edition.json", "previous"  # the folder of the last edition that was another one
FORMAT = 1
FIRST_WORDS = 12


def read_edition(project: Project, year: ReportYear, report: Path, commit: str | None = None) -> dict:
    """What a built report says. FileNotFoundError when there are no pages.

    Keys: format, year, board, area, status, published, made_with, chapters, facts, figures, claims, sections,
    places, sources, corrections, texts.
    """
    pages = read_pages(report)
    if not pages:
        raise FileNotFoundError(f"There are no pages in {report.name}: build the report first.")
    edition = project.edition(year)
    said = {name: getattr(edition, name) for name in ("board", "area", "status", "published")}
    told = {"format": FORMAT, "year": year.label, **said, "made_with": _made_with(project, commit)}
    told |= {"chapters": [{"page": page.name, "title": page.title} for page in pages]}
    told |= _inputs(project, year)
    source = Papers(project, year)
    told["facts"] = _facts(pages, source)
    told["figures"] = {name: figure for page in pages for name, figure in _figures(page, source)}
    told["sections"] = [section for page in pages for section in _sections(page, source)]
    told["claims"] = source.claims()
    every = (one for page in pages for one in _places(page))
    told["places"] = {name: place | {"at": number} for number, (name, place) in enumerate(every, start=1)}
    return told


def write(told: Mapping, path: Path) -> Path:
    """An edition, or what differs between two, as JSON: the same gives the same bytes."""
    text = json.dumps(told, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    path.write_text(text, encoding="utf8", newline="\n")
    return path


def load(path: Path) -> dict:
    """A kept edition. ValueError when the file is not one; small counts of children in it are taken out."""
    try:
        found = json.loads(path.read_text(encoding="utf8"))
    except ValueError as error:
        raise ValueError(f"{path.name} is not an edition: {error}") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError(f"{path.name} is not an edition of a format that this version reads.")
    return guarded(found)


# ---- what it was made with and from ------------------------------------------------------------------------------


def _made_with(project: Project, commit: str | None) -> dict:
    try:
        named = version("bscbdata")
    except PackageNotFoundError:
        named = ""
    return {
        "version": named,
        "commit": _commit(project.root) if commit is None else commit,
        **hashes(PACKAGE),
    }


def hashes(folder: Path) -> dict[str, str]:
    """One hash over the code of a package, and one over its definitions: every list that an analyst edits."""
    files = [
        path for path in folder.rglob("*") if path.suffix in (".py", ".csv", ".toml", ".css", ".html", ".js")
    ]
    defined = {path for path in files if path.suffix in (".csv", ".toml")}
    rest = [path for path in files if path not in defined]
    return {"package": file_hash(rest, folder), "definitions": file_hash(defined, folder)}


def _commit(folder: Path) -> str:
    return git(folder, "rev-parse", "HEAD") if (folder / ".git").exists() else ""


def git(folder: Path, *words: str) -> str:
    """What git says in a folder; empty where it refuses, or is not installed."""
    try:
        ran = subprocess.run(
            ["git", *words], cwd=folder, capture_output=True, encoding="utf8", errors="replace", check=False
        )
    except FileNotFoundError:
        return ""
    return ran.stdout.strip() if ran.returncode == 0 else ""


def _inputs(project: Project, year: ReportYear) -> dict:
    corrections = project.root / "data" / "corrections.yml"
    entries = load_corrections(corrections, year.label)
    return {
        "sources": dict(_sources(project, year)),
        "corrections": [{name: str(entry[name]) for name in sorted(entry)} for entry in entries],
        "texts": _texts(project, year),
    }


def _sources(project: Project, year: ReportYear) -> Iterator[tuple[str, dict]]:
    """Every raw file with its hash and what its origin says."""
    for folder in project.edition(year).raw_folders:
        for path in raw_files(project.raw / folder):
            try:
                origin = {n: v for n, v in asdict(read_origin(path)).items() if n not in ("sha256", "note")}
            except (FileNotFoundError, ValueError):
                origin = {}
            yield path.relative_to(project.raw).as_posix(), {"hash": digest(path), **origin}


def _texts(project: Project, year: ReportYear) -> dict[str, str]:
    """For each page, one hash of the notebook and of the commentary that it names; and one of the notebook alone."""
    commentary = edition_commentary(project, project.edition(year))
    found = {}
    for path in sorted(project.chapters()):
        parts = chapter_parts(path, commentary, project)
        found |= {f"{path.stem}.html": hash_of(sorted(parts.items())), path.name: parts["notebook"]}
    return found


# ---- what is shown -----------------------------------------------------------------------------------------------


def _facts(pages: list[Page], source: Papers) -> dict[str, dict]:
    """Every fact used. A number derived from one (a change, a difference) is an entry of its own."""
    found: dict[str, dict] = {}
    for page in pages:
        for name, shown, place in page.facts():
            fact_id, area, year = name.split("|")
            papers = source.papers(fact_id, area, year)
            told = {key: value for key, value in papers.items() if key != "own"}
            key = _key_of(source.key(name), shown, papers.get("own"), found)
            entry = found.setdefault(key, _shown(told | {"id": fact_id, "area": area, "year": year}, shown))
            where = f"{page.name}#{place}" if place else page.name
            entry["places"] = sorted({*entry["places"], where})
    return found


def _key_of(key: str, shown: str, own: list | None, found: Mapping[str, dict]) -> str:
    """The key of a fact; `…|derived 1` and so on where the text shows another number than the fact's own value."""
    if _is_own(shown, own) if own else key not in found or found[key]["shown"] == shown:
        return key
    number = 1
    while (name := f"{key}|derived {number}") in found and found[name]["shown"] != shown:
        number += 1
    return name


def _is_own(shown: str, own: list) -> bool:
    """Whether a text is the fact's own value, at whatever decimals it is written."""
    value, unit, _ = own
    number = re.sub(r"[^\d.]", "", shown)
    return any(shown == numbers.write(value, of, numbers.decimals_of(number)) for of in (unit, ""))


def _shown(fact: dict, text: str) -> dict:
    return guarded_fact({**fact, "shown": text, "value": number_in(text), "places": []})


def number_in(text: str) -> float | None:
    """The number that a text shows, at the precision shown; None for a symbol or words."""
    found = re.fullmatch(r"(−|-)?£?([\d,]+(?:\.\d+)?)(?:%| percentage points?)?", text.strip())
    if not found:
        return None
    return float(found[2].replace(",", "")) * (-1 if found[1] else 1)


def guarded(edition: dict) -> dict:
    """The edition with every small count of children taken out, whoever wrote it."""
    kept = {**edition, "facts": {key: guarded_fact(fact) for key, fact in edition["facts"].items()}}
    kept["figures"] = {key: guarded_figure(figure) for key, figure in edition["figures"].items()}
    hidden = {key for key, fact in kept["facts"].items() if fact["shown"] == WITHHELD}
    kept["sections"] = [_guarded_section(section, hidden, kept["facts"]) for section in edition["sections"]]
    return kept


def _guarded_section(section: dict, hidden: set[str], facts_: Mapping[str, dict]) -> dict:
    """The section with a sentence that names a withheld fact written anew from its form."""

    def value(found: re.Match) -> str:
        return facts_[found[1]]["shown"] if found[1] in facts_ else found[0]

    written = [
        {**s, "text": re.sub(r"\{([^{}]+)\}", value, s["form"])} if hidden & set(s["facts"]) else s
        for s in section["sentences"]
    ]
    return {**section, "sentences": written}


def guarded_fact(fact: dict) -> dict:
    """The fact as it may be shown: a count of one to five children is not."""
    small = fact.get("children") and is_small(fact["shown"])
    return {**fact, "shown": WITHHELD, "value": None} if small or fact["shown"] == WITHHELD else fact


def is_small(text: str) -> bool:
    """Whether a text is a bare whole number from one to five."""
    return text.isdecimal() and facts.is_few(float(text))


def guarded_figure(figure: dict) -> dict:
    if not figure.get("children"):
        return figure
    rows = [
        [row[0], *(WITHHELD if is_small(cell) else cell for cell in row[1:])] for row in figure["rows"] if row
    ]
    return {**figure, "rows": rows}


def _figures(page: Page, source: Papers) -> Iterator[tuple[str, dict]]:
    for node in page.figures():
        name = node.get("id")
        tables = [*of_class(node, "data-table"), *node.iter("table")]
        rows = _rows(tables[0]) if tables else []
        figure = {
            "page": page.name, "kind": _kind(name),
            "caption": _of(node, "quarto-float-caption"), "headline": _of(node, "figure-headline"),
            "measure": _of(node, "figure-measure"), "source": _of(node, "figure-source"),
            "badge": _of(node, "badge"), "note": _of(node, "figure-note"), "alt": _alt(node), "rows": rows,
        }  # fmt: skip
        kept = guarded_figure(figure | source.of_figure(name[4:]))
        yield name, kept | {"hash": hash_of(kept["rows"])}


def _kind(name: str) -> str:
    return "figure" if name.startswith("fig-") else "table"


def _of(node: Node, name: str) -> str:
    """The words of the first part of a class; empty where there is none."""
    found = next(of_class(node, name), None)
    return "" if found is None else words(found)


def _alt(node: Node) -> str:
    told = [*map(words, node.iter("desc")), *(image.get("alt", "") for image in node.iter("img"))]
    return told[0] if told else ""


def _rows(table: Node) -> list[list[str]]:
    return [[words(cell) for cell in line.iterchildren("*")] for line in table.iter("tr")]


def _sections(page: Page, source: Papers) -> Iterator[dict]:
    for anchor, heading, paragraphs in page.sections():
        found = [
            {
                **sentence,
                "place": paragraph.get("id"),
                "form": _relative(sentence["form"], source),
                "facts": [source.key(name) for name in sentence["facts"]],
            }
            for paragraph in paragraphs
            for sentence in sentences(paragraph)
        ]
        if found or not anchor:
            yield {"page": page.name, "section": anchor, "heading": heading, "sentences": found}


def _relative(form: str, source: Papers) -> str:
    """The sentence's form with each year as an offset from the report's year, so that the same sentence of two years is equal."""
    return re.sub(r"\|(\d{4}-\d\d)\}", lambda year: f"|{source.offset(year[1]):+d}}}", form)


def _places(page: Page) -> Iterator[tuple[str, dict]]:
    """Everything that a comment can be about: id, page, kind, first words."""
    about = {"page": page.name, "chapter": page.title}
    for _, _, paragraphs in page.sections():
        for paragraph in paragraphs:
            yield paragraph.get("id"), {**about, "kind": "paragraph", "words": first_words(words(paragraph))}
    for node in page.figures():
        name, said = node.get("id"), _of(node, "quarto-float-caption")
        yield name, {**about, "kind": _kind(name), "words": first_words(said)}


def first_words(text: str) -> str:
    """The first words of a text, to recognise it by."""
    found = text.split()
    return " ".join(found[:FIRST_WORDS]) + ("…" if len(found) > FIRST_WORDS else "")
