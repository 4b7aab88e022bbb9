"""A number in a PDF or Word file is bound when it stands among the same words as on a page, where data carries it.

The files are made of the same book as the pages, so each of their numbers stands on a page too, with its neighbours: this
number and three words or numbers in a row. A number of the same value elsewhere does not excuse one that was typed. What a
reader of a file finds in no such company is named: in the text, a caption, a description, a note, the head or foot of a page,
the properties.
"""

import re
import zipfile
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from itertools import accumulate
from pathlib import Path

from bscbdata.figures.published_table import without_markup
from bscbdata.findings import Finding, warning
from bscbdata.leak.aloud import BREAK, Spoken, pdf_aloud
from bscbdata.prose import unbound_places

IN_A_ROW = 4  # a number and its neighbours, which stand together on a page too
NEAR = 40  # characters shown on each side of a number
WORD = re.compile(rf"\d(?:[\d,.]*\d)?|[^\W\d_]+|[%£{BREAK}]")
LOOSE = "\0"  # in place of a number that data does not carry: it is equal to none
# in a printed book: parts of appendices, and the numbers of pages
PRINTED = re.compile(r"(?<![\w.])[A-Z]\.\d+(?:\.\d+)*\b|\bpages?\s+\d+")
# a letter that the fonts of the PDF lack is named by its number
SHAPELESS = re.compile(r"\(U\+([0-9A-F]{4,5})\)")
NUMBERING = re.compile(r'<w:lvlText w:val="([^"]*)"')


def words_of(text: str) -> list[re.Match]:
    """The words, numbers and breaks of a text; of several breaks in a row the first."""
    found = list(WORD.finditer(text))
    return [word for at, word in enumerate(found) if not at or word[0] != BREAK or found[at - 1][0] != BREAK]


def in_a_row(words: list[str]) -> Iterator[str]:
    """The words by fours, each four as one text."""
    return map(" ".join, zip(*(words[at:] for at in range(IN_A_ROW)), strict=False))


def company(text: str, loose: Collection[int] = ()) -> Iterator[str]:
    """Every few words of a page in a row; `loose` are the places of numbers that data does not carry."""
    words = [LOOSE if found.start() in loose else found[0].lower() for found in words_of(text)]
    for row in (words, [word for word in words if word != BREAK]):
        yield from in_a_row(row)


def short_heading(text: str) -> Iterator[str]:
    """A numbered heading of fewer words than stand in a row, whole: on paper its figures may move on, and the next heading
    follows it."""
    words = [found[0].lower() for found in words_of(text)]
    if len(words) < IN_A_ROW:
        yield " ".join(words)


@dataclass(frozen=True)
class Passage:
    """Pieces of a file that are read one after the other."""

    pieces: tuple[Spoken, ...]

    @cached_property
    def text(self) -> str:
        return " ".join(piece.words for piece in self.pieces)

    def place(self, at: int) -> str:
        """Where the letter at this number stands."""
        ends = list(accumulate(len(piece.words) + 1 for piece in self.pieces))
        return self.pieces[min(bisect_right(ends, at), len(ends) - 1)].place

    def unbound(self, known: Collection[str]) -> Iterator[tuple[int, str, str]]:
        """Each number that is neither excused nor known by its company: its place in the text, itself, the words about it."""
        text = PRINTED.sub(lambda found: " " * len(found[0]), self.text)
        words = words_of(self.text)
        starts = [found.start() for found in words]
        for start, end in unbound_places(text):
            first, last = bisect_left(starts, start), bisect_left(starts, end)
            numerals = [at for at in range(first, last) if words[at][0][0].isdigit()]
            if not numerals or any(not _in_company(words, at, known) for at in numerals):
                near = " ".join(self.text[max(0, start - NEAR) : end + NEAR].replace(BREAK, " ").split())
                yield start, self.text[start:end], near


def _in_company(words: list[re.Match], at: int, known: Collection[str]) -> bool:
    near = [found[0].lower() for found in words[max(0, at - IN_A_ROW + 1) : at + IN_A_ROW]]
    begun = (" ".join(found[0].lower() for found in words[at : at + many]) for many in range(2, IN_A_ROW))
    return any(row in known for row in (*in_a_row(near), *begun))


def check_file(path: Path, known: Collection[str]) -> Iterator[Finding]:
    """A warning for each number of a PDF or Word file that stands on no page in the same company."""
    for passage in READ[path.suffix](path):
        for at, word, near in passage.unbound(known):
            said = f"A number in the file is bound to no data. It stands in: …{near}…."
            yield warning("number", said, file=f"{path.name}, {passage.place(at)}", value=word)


def _single_spaced(pieces: Iterable[Spoken]) -> tuple[Spoken, ...]:
    told = (Spoken(p.place, " ".join(SHAPELESS.sub(_letter, p.words).split()), p.furniture) for p in pieces)
    return tuple(piece for piece in told if piece.words)


def _letter(number: re.Match) -> str:
    return chr(int(number[1], 16))


def _pdf(path: Path) -> Iterator[Passage]:
    """The text of all pages as one passage; the head and the foot of each page, and the properties, by themselves."""
    pieces = _single_spaced(pdf_aloud(path.read_bytes()))
    yield Passage(tuple(piece for piece in pieces if not piece.furniture))
    yield from (
        Passage((Spoken(f"{piece.place}, head or foot", piece.words),)) for piece in pieces if piece.furniture
    )


def _word(path: Path) -> Iterator[Passage]:
    """Text, notes, heads and feet of a Word file, what describes its pictures, and how it numbers points."""
    with zipfile.ZipFile(path) as parts:
        for name in sorted(parts.namelist()):
            part = re.fullmatch(
                r"word/((document|footnotes|endnotes|header|footer|comments|numbering)\d*)\.xml", name
            )
            markup = parts.read(name).decode() if part else ""
            if part and part[2] == "numbering":
                told = re.sub(r"%\d", " ", " ".join(map(unescape, NUMBERING.findall(markup))))
                yield Passage(_single_spaced([Spoken("numbering", told)]))
            elif part:
                yield Passage(_single_spaced(_paragraphs(markup, PARTS.get(part[2], part[1]))))


PARTS = {"document": "text", "header": "head of a page", "footer": "foot of a page", "footnotes": "notes"}
PAGE_NUMBER = re.compile(
    r'<w:instrText\b[^>]*>\s*(?:PAGE|NUMPAGES)\b[^<]*</w:instrText>.*?w:fldCharType="end"|<w:fldSimple [^>]*PAGE.*?</w:fldSimple>',
    flags=re.S,
)
PARAGRAPH = re.compile(r"<w:p[ >].*?(?=<w:p[ >])|<w:p[ >].*", flags=re.S)


def _paragraphs(markup: str, part: str) -> Iterator[Spoken]:
    """Each paragraph with the chapter it stands in, a picture by the words for it, cells and lines apart."""
    markup = PAGE_NUMBER.sub("", markup)
    # what a field is told, which nobody reads
    markup = re.sub(r"<w:instrText\b.*?</w:instrText>", "", markup, flags=re.S)
    markup = re.sub(r'<wp:docPr\b[^>]*?descr="([^"]*)"[^>]*>', rf" \1 {BREAK} ", markup)
    place = part
    for found in PARAGRAPH.findall(markup):
        words = without_markup(re.sub(r"<w:(?:tab|br)/>", " ", found))
        if '<w:pStyle w:val="Heading1"' in found:
            place = f"{part}, '{' '.join(words.split())}'"
        yield Spoken(place, f"{words} {BREAK}")


READ = {".pdf": _pdf, ".docx": _word}
