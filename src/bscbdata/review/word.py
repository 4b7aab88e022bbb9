"""The comments of a Word file, each with the paragraph that it is about."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree

from bscbdata.findings import DataStop, Finding, refusal
from bscbdata.sources.limits import check_size, unpack

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WORD_2010 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
HOSTILE = "Do not open it. Ask the reviewer where it came from."
AGAIN = (
    "Ask the reviewer to save it again as a .docx without a password, or to fill in the sheet of comments."
)
LONGEST = 40  # characters of a bookmark's name
WORD_2012 = "{http://schemas.microsoft.com/office/word/2012/wordml}"


@dataclass(frozen=True)
class Said:
    """One comment: who, what, the bookmarks at its paragraph, the paragraph's words, and whether it was resolved."""

    author: str
    text: str
    bookmarks: tuple[str, ...]
    words: str
    done: bool


def bookmark_name(name: str) -> str:
    """An id as the name of a bookmark: Word allows letters, digits and _, a letter first, and 40 characters in all."""
    written = re.sub(r"\W", "_", name)
    if not re.match(r"[^\W\d]", written):
        written = f"p_{written}"
    if len(written) <= LONGEST:
        return written
    return f"{written[: LONGEST - 9]}_{sha256(name.encode()).hexdigest()[:8]}"


def read_comments(path: Path) -> list[Said]:
    """The comments in their order. Raises DataStop when the file is no Word file, or too large, or hostile."""
    parts = _parts(path)
    if "word/document.xml" not in parts:
        raise refusal("review", "This is no Word file.", file=path.name)
    if "word/comments.xml" not in parts:
        return []
    around = _around(_tree(parts["word/document.xml"], path))
    resolved = _resolved(parts.get("word/commentsExtended.xml"), path)
    found = []
    for comment in _tree(parts["word/comments.xml"], path).iter(f"{WORD}comment"):
        marks, words = around.get(comment.get(f"{WORD}id", ""), ((), ""))
        paragraphs = list(comment.iter(f"{WORD}p"))
        text = "\n".join(filter(None, map(_text, paragraphs)))
        done = any(p.get(f"{WORD_2010}paraId") in resolved for p in paragraphs)
        if text:
            found.append(Said(comment.get(f"{WORD}author", ""), text, marks, words, done))
    return found


def _parts(path: Path) -> dict[str, bytes]:
    """Every member's bytes. What is refused is told as of a Word file: the limits are those of a workbook."""
    try:
        check_size(path, path.name)
        return unpack(path.read_bytes(), path.name)
    except DataStop as stop:
        raise DataStop(map(_of_word, stop.findings)) from stop


def _of_word(found: Finding) -> Finding:
    advice = HOSTILE if found.check == "hostile" else AGAIN
    return replace(found, message=found.message.replace("workbook", "Word file"), advice=advice)


def _tree(content: bytes, path: Path) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(content)  # noqa: S314 - a DOCTYPE or an entity was refused before
    except ElementTree.ParseError as error:
        raise refusal("review", f"The Word file is damaged: {error}.", file=path.name) from error


def _around(document: ElementTree.Element) -> dict[str, tuple[tuple[str, ...], str]]:
    """For each comment, the bookmarks at its first paragraph, the nearest last, and the paragraph's words."""
    found: dict[str, tuple[tuple[str, ...], str]] = {}
    waiting: list[str] = []
    for paragraph, before in _paragraphs(document):
        own = [mark.get(f"{WORD}name", "") for mark in paragraph.iter(f"{WORD}bookmarkStart")]
        for tag in ("commentRangeStart", "commentReference"):
            waiting += [start.get(f"{WORD}id", "") for start in paragraph.iter(f"{WORD}{tag}")]
        for name in waiting:
            found.setdefault(name, ((*own, *before), _text(paragraph)))
        waiting = []
    return found


def _paragraphs(document: ElementTree.Element) -> Iterator[tuple[ElementTree.Element, list[str]]]:
    """Every paragraph with the bookmarks that stand before it, outside any paragraph, since the last one."""
    before: list[str] = []
    inside: set[ElementTree.Element] = set()
    for element in document.iter():
        if element.tag == f"{WORD}p":
            inside.update(element.iter())
            yield element, before
            before = []
        elif element.tag == f"{WORD}bookmarkStart" and element not in inside:
            before.append(element.get(f"{WORD}name", ""))


def _text(paragraph: ElementTree.Element) -> str:
    words = (element.text or "" for element in paragraph.iter(f"{WORD}t"))
    return re.sub(r"\s+", " ", "".join(words)).strip()


def _resolved(extended: bytes | None, path: Path) -> set[str | None]:
    if extended is None:
        return set()
    entries = _tree(extended, path).iter(f"{WORD_2012}commentEx")
    return {entry.get(f"{WORD_2012}paraId") for entry in entries if entry.get(f"{WORD_2012}done") == "1"}
