"""An executed notebook as pandoc Markdown, the way Quarto turns one into it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bscbdata.figures.figure_record import MEDIA
from bscbdata.findings import Finding, failure
from bscbdata.lists import read_yaml
from bscbdata.publish.book import Book, Chapter
from bscbdata.publish.syntax import check_text

OPTIONS = {"label", "fig-cap", "fig-alt", "tbl-cap", "layout-ncol", "echo", "include", "output", "warning"}
IMAGES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}


@dataclass(frozen=True)
class Output:
    """What a cell displayed that is not Markdown: its forms by media type, for the writers to choose from."""

    name: str
    forms: Mapping[str, str]
    alt: str
    record: Mapping[str, Any] | None = None  # a figure of ours as data: see bscbdata.figures.figure_record


@dataclass
class Source:
    """A chapter as Markdown, cell by cell, with its outputs and what is wrong with it."""

    chapter: Chapter
    title: str = ""
    cells: dict[int, str] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def markdown(self) -> str:
        return "\n\n".join(self.cells.values()) + "\n"

    def place(self, words: str = "") -> str:
        """The notebook, and the cell that holds the words."""
        cells = [number for number, text in self.cells.items() if words and words in text]
        return f"{self.chapter.file}, cell {cells[0]}" if cells else self.chapter.file


def read_notebook(book: Book, chapter: Chapter) -> Source:
    """The chapter as Markdown. Syntax we do not promise, an error, or a cell not run is a finding."""
    content = json.loads((book.folder / chapter.file).read_text(encoding="utf8"))
    source = Source(chapter)
    for number, cell in enumerate(content["cells"], start=1):
        text = _joined(cell["source"])
        if number == 1 and cell["cell_type"] == "raw":
            source.title = _front_matter(source, text)
        elif cell["cell_type"] == "raw":
            _wrong(source, number, "Raw cells are not read, save one with the title at the top.")
        elif cell["cell_type"] == "markdown":
            source.cells[number] = text
        else:
            source.cells[number] = _code_cell(book, source, number, cell, text)
    for number, text in source.cells.items():
        source.findings += check_text(text, f"{chapter.file}, cell {number}")
    return source


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _wrong(source: Source, number: int, message: str, **more: object) -> None:
    source.findings.append(failure("page", message, file=f"{source.chapter.file}, cell {number}", **more))


def _front_matter(source: Source, text: str) -> str:
    found = re.fullmatch(r"---\n(.*?)\n---\s*", text, flags=re.S)
    settings = read_yaml(found[1]) if found else None
    if not isinstance(settings, dict) or set(settings) - {"title"}:
        _wrong(source, 1, "The raw cell at the top may hold `title:` between two lines `---`, nothing else.")
        return ""
    return str(settings.get("title", ""))


def _code_cell(book: Book, source: Source, number: int, cell: dict[str, Any], text: str) -> str:
    """The Markdown of a code cell: its outputs, its code when echoed, a figure or table by its label."""
    if text.strip() and cell.get("execution_count") is None:
        advice = "Build the report; do not render the bare notebook."
        _wrong(source, number, "The cell was not executed.", advice=advice)
    try:
        own, code = cell_options(text)
    except ValueError as error:
        _wrong(source, number, f"{error}")
        return ""
    if unknown := sorted(set(own) - OPTIONS):
        _wrong(source, number, f"The option '{unknown[0]}' is not read.", expected=", ".join(sorted(OPTIONS)))
    options = {**book.execute, **own}
    if options.get("include") is False:
        return ""
    echoed = [f"```{{.python .cell-code}}\n{code}\n```"] if options["echo"] and code.strip() else []
    parts = echoed + list(_outputs(source, number, cell, options))
    return _wrapped(source, number, options, parts) if parts else ""


@lru_cache(1024)  # asked of each cell by all that read the book
def cell_options(text: str) -> tuple[dict[str, Any], str]:
    """The `#|` options of a code cell, and the code below them. ValueError when they cannot be read."""
    lines = text.split("\n")
    count = next((i for i, line in enumerate(lines) if not line.startswith("#|")), len(lines))
    try:
        options = read_yaml("\n".join(line[2:].removeprefix(" ") for line in lines[:count])) or {}
    except yaml.YAMLError as error:
        raise ValueError(f"The options of the cell are not YAML: {error}") from error
    if not isinstance(options, dict):
        raise ValueError("The options of the cell are not lines of the kind `#| name: value`.")
    return options, "\n".join(lines[count:]).strip("\n")


def _outputs(source: Source, number: int, cell: dict[str, Any], options: Mapping[str, Any]) -> Iterator[str]:
    for place, output in enumerate(cell.get("outputs", []), start=1):
        kind = output["output_type"]
        if kind == "error":
            _wrong(source, number, f"The cell failed: {output['ename']}: {output['evalue']}")
        elif options.get("output") is False:
            continue
        elif kind == "stream":
            yield from _stream(output, options)
        else:
            yield from _display(source, number, place, output, options)


def _stream(output: dict[str, Any], options: Mapping[str, Any]) -> Iterator[str]:
    text = _joined(output["text"])
    if output["name"] == "stderr" and not options["warning"]:
        return
    as_it_is = options.get("output") == "asis"
    yield text if as_it_is else f"```{{.cell-output-{output['name']}}}\n{text.rstrip()}\n```"


def _display(
    source: Source, number: int, place: int, output: dict[str, Any], options: Mapping[str, Any]
) -> Iterator[str]:
    forms = {media: _joined(data) for media, data in output["data"].items() if isinstance(data, str | list)}
    if "text/html" not in forms and "text/markdown" in forms:
        yield forms["text/markdown"]
    elif "text/html" in forms or set(IMAGES) & set(forms):
        told = next(
            (m["alt"] for m in output.get("metadata", {}).values() if isinstance(m, dict) and "alt" in m), ""
        )
        name = f"{Path(source.chapter.file).stem}_files/figure-html/cell-{number}-output-{place}"
        record = output["data"].get(MEDIA)
        source.outputs.append(Output(name, forms, str(options.get("fig-alt", told)), record))
        yield f'::: {{.cell-output .cell-output-display key="{len(source.outputs) - 1}"}}\n:::'
    elif "text/plain" in forms:
        yield f"```{{.cell-output}}\n{forms['text/plain'].rstrip()}\n```"
    else:
        _wrong(source, number, f"Nothing of the output can be shown: {', '.join(output['data'])}.")


def _wrapped(source: Source, number: int, options: Mapping[str, Any], parts: list[str]) -> str:
    body = "\n\n".join(parts)
    if columns := options.get("layout-ncol"):
        body = f'::::: {{layout-ncol="{columns}"}}\n{body}\n:::::'
    label = str(options.get("label", ""))
    kind = label.partition("-")[0]
    captions = {key: options[key] for key in ("fig-cap", "tbl-cap") if key in options}
    if set(captions) - {f"{kind}-cap"}:
        said = f"The caption '{next(iter(captions))}' has no label that starts with the same three letters."
        _wrong(source, number, said, value=label)
    if kind not in {"fig", "tbl"}:
        return f":::::: {{.cell}}\n{body}\n::::::"
    return f":::::: {{#{label} .cell}}\n{body}\n\n{captions.get(f'{kind}-cap', '')}\n::::::"
