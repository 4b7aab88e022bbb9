"""The book's plan: `_quarto.yml` with the edition's own lines from `_quarto-edition.yml` merged over it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import yaml

from bscbdata.findings import Finding, failure, stop_on_failure
from bscbdata.lists import read_yaml

ASSETS = Path(__file__).parent / "assets"
FONTS = ASSETS / "fonts"
BESIDE = "beside"  # next to a book: the executed notebooks of editions for other readers

# Every key the stitcher reads. Another would change what Quarto makes and not what we make: an error.
KEYS: dict[str, Any] = {
    "project": {"type": None, "output-dir": None},
    "profile": {"default": None},
    "book": dict.fromkeys(["title", "subtitle", "author", "date", "chapters", "appendices"]),
    "lang": None,
    "date-format": None,  # our own pages show a year as it is
    "execute": dict.fromkeys(["echo", "enabled", "warning"]),
    "ipynb-filters": None,  # these and the Word file are Quarto's alone: the stitcher reads the notebook as it is
    "format": {
        "html": dict.fromkeys(
            ["toc", "toc-depth", "number-sections", "css", "fig-cap-location", "html-math-method"]
        ),
        "docx": dict.fromkeys(["toc", "number-sections", "reference-doc"]),
    },
}


@dataclass(frozen=True)
class Chapter:
    """One notebook of the book. `number` is "" for a chapter without one, a letter for an appendix."""

    file: str
    part: str = ""
    appendix: bool = False

    @property
    def page(self) -> str:
        return f"{Path(self.file).stem}.html"


@dataclass(frozen=True)
class Book:
    """What `_quarto.yml` says, with Quarto's defaults for what it leaves out; `beside` are the files for Quarto alone."""

    folder: Path
    title: str
    subtitle: str
    author: str
    date: str
    lang: str
    chapters: tuple[Chapter, ...]
    execute: Mapping[str, bool]
    css: tuple[str, ...]
    beside: tuple[str, ...]
    toc: bool
    toc_depth: int
    number_sections: bool
    figure_caption: str


def read_book(folder: Path, whole: bool = True) -> Book:
    """The plan of the book in `folder`. Raises DataStop naming every unknown key and missing notebook.

    Of a book that is not `whole` yet, what is missing is not said.
    """
    settings = _load(folder / "_quarto.yml")
    edition = folder / "_quarto-edition.yml"
    if edition.exists():
        settings = merge(settings, _load(edition))
    stop_on_failure(_unknown(settings, KEYS))
    book = _book(folder, settings)
    if whole:
        stop_on_failure(_problems(book, settings))
    return book


def merge(base: Any, over: Any) -> Any:
    """`over` upon `base` as Quarto merges a profile: maps key by key, lists joined, else the later one."""
    if isinstance(base, dict) and isinstance(over, dict):
        return base | over | {key: merge(base[key], over[key]) for key in base if key in over}
    if isinstance(base, list) or isinstance(over, list):
        first, second = ([part] if not isinstance(part, list) else part for part in (base, over))
        return first + [item for item in second if item not in first]
    return over


def _load(path: Path) -> dict[str, Any]:
    try:
        return read_yaml(path.read_text(encoding="utf8")) or {}
    except yaml.YAMLError as error:
        raise ValueError(f"{path.name} is not YAML: {error}") from error


def _unknown(settings: Any, known: Mapping[str, Any] | None, above: str = "") -> Iterator[Finding]:
    if known is None or not isinstance(settings, dict):
        return
    for key, value in settings.items():
        if key in known:
            yield from _unknown(value, known[key], f"{above}{key}.")
        else:
            advice = f"Known here: {', '.join(known)}."
            yield failure("book", f"The key '{above}{key}' is not known.", file="_quarto.yml", advice=advice)


def _book(folder: Path, settings: dict[str, Any]) -> Book:
    book, forms = settings.get("book", {}), settings.get("format") or {}
    html, word = forms.get("html") or {}, (forms.get("docx") or {}).get("reference-doc")
    css = html.get("css", [])
    return Book(
        folder=folder,
        title=str(book.get("title", "")),
        subtitle=str(book.get("subtitle", "")),
        author=str(book.get("author", "")),
        date=str(book.get("date", "")),
        lang=settings.get("lang", "en"),
        chapters=(
            *_chapters(book.get("chapters", [])),
            *_chapters(book.get("appendices", []), appendix=True),
        ),
        execute={"echo": True, "warning": True} | settings.get("execute", {}),
        css=tuple([css] if isinstance(css, str) else css),
        beside=(*settings.get("ipynb-filters", []), *([word] if word else [])),
        toc=bool(html.get("toc", True)),
        toc_depth=int(html.get("toc-depth", 3)),
        number_sections=bool(html.get("number-sections", True)),
        figure_caption=html.get("fig-cap-location", "bottom"),
    )


def _chapters(entries: list, part: str = "", appendix: bool = False) -> Iterator[Chapter]:
    for entry in entries:
        if isinstance(entry, dict) and "part" in entry:
            yield from _chapters(entry.get("chapters", []), str(entry["part"]), appendix)
        else:
            yield Chapter(entry if isinstance(entry, str) else entry["file"], part, appendix)


def _problems(book: Book, settings: dict[str, Any]) -> Iterator[Finding]:
    wrong = partial(failure, "book", file="_quarto.yml")
    if settings.get("project", {}).get("type") != "book":
        yield wrong("The project is not a book.", expected="project: type: book")
    if not book.chapters or book.chapters[0].file != "index.ipynb":
        yield wrong("The first chapter must be index.ipynb.")
    if book.figure_caption not in {"top", "bottom"}:
        yield wrong("fig-cap-location is neither top nor bottom.", value=book.figure_caption)
    for chapter in book.chapters:
        if Path(chapter.file).name != chapter.file or not chapter.file.endswith(".ipynb"):
            yield wrong("A chapter is a notebook beside _quarto.yml.", value=chapter.file)
        elif not (book.folder / chapter.file).exists():
            yield failure("book", "The notebook is missing.", file=chapter.file)
    for name in (*book.css, *book.beside):
        if not (book.folder / name).exists() and not (ASSETS / name).exists():
            yield wrong("The file is missing.", value=name)
    formula = (settings.get("format", {}).get("html") or {}).get("html-math-method", "mathml")
    if formula != "mathml":
        said = "Formulas are MathML here; Quarto would fetch another way from elsewhere."
        yield wrong(said, value=formula, expected="html-math-method: mathml")


def letter(position: int) -> str:
    """The letter of an appendix, counted from nought."""
    return ascii_uppercase[position]
