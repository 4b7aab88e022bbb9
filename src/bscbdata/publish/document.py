"""The resolved book: chapters parsed, numbered, references made links. All writers start here."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from bscbdata.findings import Finding, failure, stop_on_failure
from bscbdata.kept import code_version, kept_together
from bscbdata.publish import pandoc
from bscbdata.publish.book import Book
from bscbdata.publish.notebook import Output, Source, read_notebook
from bscbdata.publish.numbering import NAMES, Numbered, Target, chapter_numbers, number_parts, shaped
from bscbdata.publish.tree import NO_BREAK_SPACE, Element, attribute, link, pairs, rewrite, word, words


@dataclass(frozen=True)
class Document:
    """The book, ready to be written in any form."""

    book: Book
    chapters: tuple[Numbered, ...]
    outputs: Mapping[str, list[Output]]
    targets: Mapping[str, Target]


def resolve(book: Book, *forms: str) -> Document:
    """Read, parse, number and link the whole book for a form (html, docx, typst and their other names).

    As in Quarto, what is meant for other forms only is left out before anything takes a number.
    Raises DataStop with every failure of every chapter.
    """
    sources = [read_notebook(book, chapter) for chapter in book.chapters]
    stop_on_failure(finding for source in sources for finding in source.findings)
    chapters = _numbered(book, sources, _shaped(sources, forms))
    targets, findings = _register(sources, chapters)
    for source, chapter in zip(sources, chapters, strict=True):
        chapter.blocks = rewrite(chapter.blocks, partial(_linked, source, book, targets, findings))
    stop_on_failure(findings)
    outputs = {source.chapter.file: source.outputs for source in sources}
    return Document(book, tuple(chapters), outputs, targets)


def _shaped(sources: list[Source], forms: tuple[str, ...]) -> list[list[Element]]:
    """The blocks of each chapter for a form, ready to be numbered; cached by the text."""

    def make(missing: list[int]) -> list[bytes]:
        trees = _parsed([sources[number].markdown for number in missing])
        return [json.dumps(shaped(for_form(tree["blocks"], *forms))).encode() for tree in trees]

    made_from = [(code_version(), *forms, source.markdown) for source in sources]
    return [json.loads(found) for found in kept_together("blocks", made_from, make)]


def _parsed(texts: list[str]) -> list[dict]:
    """Pandoc's trees of some Markdown texts, the same for every form; cached by the text."""

    def make(missing: list[int]) -> list[bytes]:
        return [json.dumps(tree).encode() for tree in pandoc.parse(texts[number] for number in missing)]

    return [
        json.loads(found)
        for found in kept_together("parsed", [(code_version(), text) for text in texts], make)
    ]


def _numbered(book: Book, sources: list[Source], trees: list[list[Element]]) -> list[Numbered]:
    titles = [_title(source, blocks) for source, blocks in zip(sources, trees, strict=True)]
    stop_on_failure(
        failure("page", "The chapter has no title.", file=source.chapter.file, expected="# Title at its top")
        for source, (title, _, _, _) in zip(sources, titles, strict=True)
        if not title
    )
    takes = [numbered for _, _, numbered, _ in titles]
    numbers = chapter_numbers([source.chapter for source in sources], takes)
    return [
        number_parts(blocks, source.chapter, number, title, anchor, book.number_sections)
        for source, number, (title, anchor, _, blocks) in zip(sources, numbers, titles, strict=True)
    ]


def _title(source: Source, blocks: list[Element]) -> tuple[list[Element], str, bool, list[Element]]:
    """The title, its anchor, whether it takes a number (the first page never does), and the blocks below."""
    is_index = source.chapter.file == "index.ipynb"
    first = next((i for i, b in enumerate(blocks) if b["t"] == "Header" and b["c"][0] == 1), None)
    if first is None or source.title:
        return words(source.title) if source.title else [], "", not is_index, blocks
    identifier, classes, _ = blocks[first]["c"][1]
    numbered = not is_index and "unnumbered" not in classes
    return blocks[first]["c"][2], identifier, numbered, blocks[:first] + blocks[first + 1 :]


def _register(sources: list[Source], chapters: list[Numbered]) -> tuple[dict[str, Target], list[Finding]]:
    """Everything that can be referred to, and a finding for each id that stands twice."""
    pairs_ = [
        (name, target, source)
        for source, chapter in zip(sources, chapters, strict=True)
        for name, target in chapter.targets
    ]
    counts = Counter(name for name, _, _ in pairs_)
    findings = [
        failure("reference", f"The id '{name}' stands more than once.", file=source.place(name))
        for name, _, source in pairs_
        if counts[name] > 1
    ]
    return {name: target for name, target, _ in pairs_}, findings


def _linked(
    source: Source, book: Book, targets: Mapping[str, Target], findings: list[Finding], element: Element
) -> list[Element] | None:
    """References and links to notebooks as links to pages."""
    if element["t"] == "Cite":
        return _reference(source, targets, findings, element)
    return _page_link(source, book, findings, element) if element["t"] == "Link" else None


def _reference(
    source: Source, targets: Mapping[str, Target], findings: list[Finding], element: Element
) -> list[Element]:
    """`@fig-x` as a link with its words. References to other things were refused before."""
    links: list[Element] = []
    for citation in element["c"][0]:
        name = citation["citationId"][:1].lower() + citation["citationId"][1:]
        target = targets.get(name)
        if target is None or not target.number:
            why = "There is nothing with this id" if target is None else "This section has no number"
            findings.append(
                failure("reference", f"{why}: @{name}.", file=source.place(f"@{citation['citationId']}"))
            )
            continue
        links += [word(","), {"t": "Space"}] if links else []
        links.append(_link(citation, target, source.chapter.page))
    return links


def _link(citation: dict, target: Target, page: str) -> Element:
    number = word(target.number)
    if citation["citationPrefix"]:
        shown = [*citation["citationPrefix"], word(NO_BREAK_SPACE), number]
    elif citation["citationMode"]["t"] == "SuppressAuthor":
        shown = [number]
    else:
        shown = [word(f"{NAMES[target.name]}{NO_BREAK_SPACE}{target.number}")]
    anchor = f"#{target.anchor}" if target.anchor else ""
    url = anchor if target.page == page and anchor else target.page + anchor
    return link(url, attribute("", "quarto-xref"), *shown)


def _page_link(source: Source, book: Book, findings: list[Finding], element: Element) -> list[Element] | None:
    """A link to another notebook as a link to its page."""
    if not re.match(r"[^:#?]+\.ipynb(#|$)", element["c"][2][0]):
        return None
    file, _, anchor = element["c"][2][0].partition("#")
    page = next((chapter.page for chapter in book.chapters if chapter.file == file), "")
    if not page:
        found = source.place(file)
        findings.append(failure("link", "The book has no such chapter.", file=found, value=file))
        return None
    element["c"][2][0] = page + (f"#{anchor}" if anchor else "")
    return None


def for_form(blocks: list[Element], *forms: str) -> list[Element]:
    """The blocks with what is meant for other forms left out; `forms` are this form's names, such as html."""

    def choose(element: Element) -> list[Element] | None:
        classes = element["c"][0][1] if element["t"] in {"Div", "Span"} else []
        if not {"content-visible", "content-hidden"} & set(classes):
            return None
        asked = pairs(element["c"][0])
        holds = asked.get("unless-format") not in forms
        if "when-format" in asked:
            holds = asked["when-format"] in forms
        return element["c"][1] if holds == ("content-visible" in classes) else []

    return rewrite(blocks, choose)
