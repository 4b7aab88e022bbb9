"""A PDF as it is read aloud: in the order of reading, a drawing by the words that describe it, furniture apart."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bscbdata.kept import code_version, kept_json
from bscbdata.leak.contents import STEP, STRING, Letters, Objects, font_letters, pdf_objects, pdf_shown

BREAK = "¶"  # between what does not belong together
MARK = re.compile(
    STEP.pattern + rb"|(/\w+\s*(?:<<(?:[^<>()]|" + STRING + rb"|<[^<>]*>)*>>)?\s*(?:BDC|BMC))|\b(EMC)\b",
    flags=re.S,
)
ALT = re.compile(rb"/(?:Alt|ActualText)\s*(" + STRING + rb"|<[0-9A-Fa-f\s]*>)", flags=re.S)
COUNTED = re.compile(r"\W*\d{1,3}\W*")  # what numbers the points of a list, notes and pages
LEADERS = re.compile(r"[\s.]+")
PROPERTY = re.compile(r"<dc:(?:title|description|subject|creator)>(.*?)</dc:\w+>", flags=re.S)


@dataclass(frozen=True)
class Spoken:
    """Some words and where they stand: a page, `furniture` when they are its head or foot, or the properties."""

    place: str
    words: str
    furniture: bool = False


@dataclass
class _Open:
    """A stretch of marked content: how it is marked, and what it shows."""

    mark: bytes
    words: list[str] = field(default_factory=list)


def pdf_aloud(content: bytes) -> Iterator[Spoken]:
    """What a PDF says, piece by piece. The numbers of pages, of notes and of points of lists are left out."""
    objects = pdf_objects(content)
    pages = [number for number, (head, _) in objects.items() if re.search(rb"/Type\s*/Page\b", head)]
    labels = _labels(objects)
    for place, page in enumerate(_in_order(objects, pages), start=1):
        for number in map(int, re.findall(rb"(\d+)\s+0\s+R", _contents_of(objects[page][0]))):
            stream = objects.get(number, (b"", None))[1]
            if stream is not None:
                letters = font_letters(number, objects, [objects[page][0]])
                yield from _kept_page(f"page {place}", stream, letters, labels.get(page, set()))
    for _, stream in objects.values():
        for told in PROPERTY.findall(
            (stream or b"").decode("utf8", "replace") if b"<dc:" in (stream or b"") else ""
        ):
            yield Spoken("properties", re.sub(r"<[^>]+>", " ", told), furniture=True)


def _contents_of(head: bytes) -> bytes:
    found = re.search(rb"/Contents\s*(\[[^\]]*\]|\d+\s+0\s+R)", head)
    return found[1] if found else b""


def _in_order(objects: Objects, pages: list[int]) -> list[int]:
    """The pages as they follow each other, by the trees that list them; where no tree does, as they are numbered."""
    listed = [
        int(number)
        for head, _ in objects.values()
        if re.search(rb"/Type\s*/Pages\b", head)
        for number in re.findall(
            rb"(\d+)\s+0\s+R", (re.search(rb"/Kids\s*\[([^\]]*)\]", head) or [b"", b""])[1]
        )
    ]
    known = [number for number in listed if number in set(pages)]
    return known if set(known) == set(pages) else pages


def _labels(objects: Objects) -> Mapping[int, set[int]]:
    """By page the stretches of content that number a note or a point of a list."""
    found: dict[int, set[int]] = {}
    labels = [head for head, _ in objects.values() if re.search(rb"/S\s*/Lbl\b", head)]
    for part in (part for label in labels for part in _within(objects, label)):
        for page in _page_of(part):
            found.setdefault(page, set()).update(_stretches(part))
    return found


def _within(objects: Objects, head: bytes, deep: int = 0) -> Iterator[bytes]:
    """An element of the structure and those inside it."""
    yield head
    for number in (
        map(int, re.findall(rb"(\d+)\s+0\s+R", re.sub(rb"<<.*?>>", b"", _kids(head)))) if deep < 4 else ()
    ):
        yield from _within(objects, objects.get(number, (b"", None))[0], deep + 1)


def _page_of(head: bytes) -> list[int]:
    return [int(number) for number in re.findall(rb"/Pg\s+(\d+)\s+0\s+R", head)]


def _kids(head: bytes) -> bytes:
    found = re.search(rb"/K\s*(?:\[(.*?)\]|(\d+)\b)", head, flags=re.S)
    return (found[1] or found[2] or b"") if found else b""


def _stretches(head: bytes) -> list[int]:
    """The numbers of the stretches of content in an element itself, not those of the elements inside it."""
    return [int(number) for number in re.findall(rb"\d+", re.sub(rb"\d+\s+0\s+R|<<.*?>>", b"", _kids(head)))]


def _kept_page(place: str, stream: bytes, fonts: Mapping, labels: set[int]) -> Iterator[Spoken]:
    """What a page says, from what is kept of the same page."""

    def read() -> list:
        return [[piece.words, piece.furniture] for piece in _of_page(place, stream, fonts, labels)]

    made_from = (code_version(), stream, repr(fonts), repr(sorted(labels)))
    yield from (
        Spoken(place, words, furniture) for words, furniture in kept_json("page-aloud", made_from, read)
    )


def _of_page(place: str, stream: bytes, fonts: Mapping[bytes, Letters], labels: set[int]) -> Iterator[Spoken]:
    open_, letters, after_leaders = [_Open(b"")], Letters(), False
    for found in MARK.finditer(stream):
        text, _, _, _, font, mark, end = found.groups()
        if mark:
            open_.append(_Open(mark))
        elif end and len(open_) > 1:
            closed = open_.pop()
            said = _said(closed, labels)
            if len(open_) > 1:
                open_[-1].words.append(said.words)
            elif not (after_leaders and COUNTED.fullmatch(said.words)):
                yield Spoken(place, said.words, said.furniture)
            after_leaders = said.words == BREAK
        elif font:
            letters = fonts.get(font) or Letters()
        elif text:
            open_[-1].words.append(pdf_shown(text, letters))
    yield Spoken(place, " ".join(open_[0].words))


def _said(stretch: _Open, labels: set[int]) -> Spoken:
    """What a stretch says: the words for it where it has some, nothing where it only leads the eye."""
    alt, marked = ALT.search(stretch.mark), re.search(rb"/MCID\s+(\d+)", stretch.mark)
    words = pdf_shown(alt[1], Letters()) if alt else " ".join(stretch.words)
    if b"/Pagination" in stretch.mark:
        numbered = len(stretch.words) > 1 and COUNTED.fullmatch(stretch.words[-1])
        return Spoken("", " ".join(stretch.words[:-1] if numbered else stretch.words), furniture=True)
    is_label = marked and int(marked[1]) in labels and COUNTED.fullmatch(words)
    leads = stretch.mark.startswith(b"/Artifact") and LEADERS.fullmatch(words or " ")
    return Spoken("", BREAK if is_label or leads else words)
