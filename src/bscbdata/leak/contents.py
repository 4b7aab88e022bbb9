"""Everything a file says, taken apart as an outsider would: members, streams, properties, what is encoded inside."""

import base64
import binascii
import gzip
import io
import re
import struct
import zipfile
import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from html import unescape
from urllib.parse import unquote_to_bytes
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bscbdata.kept import code_version, kept
from bscbdata.leak.fixed import numbers_gone

ANY = {"encoding": "utf8", "errors": "surrogatepass"}  # a damaged font may name half a letter
DEEPEST, LARGEST_BYTES = 8, 200_000_000
ENDINGS = {".html": "markup", ".svg": "markup", ".xml": "markup", ".rels": "markup", ".json": "data"}
ENDINGS |= {".ipynb": "data", ".csv": "table", ".tsv": "table", ".js": "script", ".css": "style"}
DATA_ADDRESS = re.compile(
    r"""(?<=["'])data:([\w.+-]+/[\w.+-]+)?((?:;[\w.+=-]+)*),([^"'\\]*)"""
    r"""|data:([\w.+-]+/[\w.+-]+)?((?:;[\w.+=-]+)*),([^\s"'<>)\\]*)""",
    flags=re.I,
)
ENCODED = re.compile(r"(?<![\w+/=])[A-Za-z0-9+/]{40,}={0,2}(?![\w+/=])")
# a text in brackets, which may hold others: what is said of a picture has the names of groups so
STRING = rb"\((?:[^()\\]++|\\.|\((?:[^()\\]++|\\.|\((?:[^()\\]++|\\.)*\))*\))*\)"
DAMAGED = (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error, struct.error)
MAGIC = (b"\x89PNG", b"PK\x03\x04", b"%PDF", b"\x1f\x8b", b"\xff\xd8\xff", b"GIF8")


@dataclass(frozen=True)
class Piece:
    """One text of a file. `kind` is markup, data, table, script, style, text, bytes, raw or unreadable.

    What is raw stands in other pieces too, taken apart.
    """

    place: str
    text: str
    kind: str


def opened(place: str, content: bytes, deep: int = 0) -> Iterator[Piece]:
    """Every text in the content, from members of archives and encoded parts too. What cannot be read says so."""
    if deep > DEEPEST or len(content) > LARGEST_BYTES:
        yield Piece(place, "", "unreadable")
        return
    for magic, take_apart in PARTS:
        if content.startswith(magic):
            try:
                yield from take_apart(place, content, deep)
            except DAMAGED:
                yield Piece(place, content.decode("latin-1"), "unreadable")
            return
    yield from _text(place, content, deep)


def _text(place: str, content: bytes, deep: int) -> Iterator[Piece]:
    text = decoded(content)
    if text is None:
        yield Piece(place, content.decode("latin-1"), "unreadable")
        return
    yield Piece(place, text, kind_of(place, text))
    yield from _encoded(place, text, deep)


def decoded(content: bytes) -> str | None:
    """The content as text, or nothing when it is not text."""
    for mark, name in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"", "utf-8-sig"), (b"", "cp1252")):
        if content.startswith(mark):
            try:
                text = content.decode(name)
            except UnicodeDecodeError:
                continue
            return None if "\0" in text else text
    return None


def kind_of(place: str, text: str) -> str:
    """What kind of text it is, by the name's ending, else by how it begins."""
    known = [kind for ending, kind in ENDINGS.items() if place.lower().endswith(ending)]
    if known:
        return known[0]
    start = text.lstrip()[:1]
    if start and start in "<{[":
        return "markup" if start == "<" else "data"
    lines = text.splitlines()[:3]
    is_table = len(lines) > 1 and len({line.count(",") for line in lines}) == 1 and "," in text
    return "table" if is_table else "text"


def _encoded(place: str, text: str, deep: int) -> Iterator[Piece]:
    """What stands in data: addresses and in long runs of base64."""
    plain = unescape(text) if "data&" in text else text
    for found in DATA_ADDRESS.finditer(plain):
        quoted = found[3] is not None
        media, options, body = found.groups()[:3] if quoted else found.groups()[3:]
        media = media or "text/plain"
        content = unquote_to_bytes(body)
        content = from_base64(content) if "base64" in options.lower() else content
        if content:
            where = f"{place}, data address at line {line_of(plain, found.start())}{_ending(media)}"
            yield from opened(where, content, deep + 1)
    for found in ENCODED.finditer(DATA_ADDRESS.sub("", plain)):
        content = from_base64(found[0].encode())
        if content and (content.startswith(MAGIC) or _is_words(content)):
            yield from opened(f"{place}, base64 text", content, deep + 1)


def _ending(media: str) -> str:
    known = {"text/csv": ".csv", "application/json": ".json", "text/html": ".html", "image/svg+xml": ".svg"}
    return f" ({known[media]}){known[media]}" if media in known else ""


def from_base64(text: bytes) -> bytes | None:
    """The bytes that the text encodes, or nothing when it encodes none."""
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _is_words(content: bytes) -> bool:
    text = decoded(content) or ""
    return bool(text) and sum(letter.isprintable() or letter in "\r\n\t" for letter in text) == len(text)


def line_of(text: str, offset: int) -> int:
    """The line on which a place in a text stands, from 1."""
    return bisect_left(_line_ends(text), offset) + 1


@lru_cache(maxsize=2)  # a text of two million letters is asked ten thousand times
def _line_ends(text: str) -> list[int]:
    return [found.start() for found in re.finditer("\n", text)]


# ---- archives and office files -------------------------------------------------------------------------------


def _zip(place: str, content: bytes, deep: int) -> Iterator[Piece]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(member.file_size for member in archive.infolist()) > LARGEST_BYTES:
            raise ValueError("too large")
        names = [f"{member.filename} {member.comment.decode('latin-1')}" for member in archive.infolist()]
        yield Piece(
            f"{place}, names of members", "\n".join([*names, archive.comment.decode("latin-1")]), "text"
        )
        shared = _shared_strings(archive)
        for member in archive.infolist():
            inside = archive.read(member)
            yield from opened(f"{place} > {member.filename}", inside, deep + 1)
            if "worksheets/" in member.filename and member.filename.endswith(".xml"):
                yield Piece(f"{place} > {member.filename}", _sheet(inside, shared), "table")


def _shared_strings(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    root = _xml(archive.read("xl/sharedStrings.xml"))
    return ["".join(item.itertext()) for item in root] if root is not None else []


def _sheet(content: bytes, shared: list[str]) -> str:
    """The rows of a worksheet, a line each, cells parted by tabs; text that is kept elsewhere put in its place."""
    root = _xml(content)
    rows = [] if root is None else [node for node in root.iter() if node.tag.endswith("}row")]
    return "\n".join("\t".join(_cell(cell, shared) for cell in row) for row in rows)


def _cell(cell, shared: list[str]) -> str:
    text = "".join(cell.itertext())
    if cell.get("t") == "s" and text.isdigit() and int(text) < len(shared):
        return " ".join(shared[int(text)].split())
    return " ".join(text.split())


def _xml(content: bytes):
    try:
        return fromstring(content)
    except (ParseError, DefusedXmlException):
        return None


def _gzip(place: str, content: bytes, deep: int) -> Iterator[Piece]:
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
        inside = stream.read(LARGEST_BYTES + 1)
    yield Piece(f"{place}, header", content[:200].decode("latin-1"), "bytes")
    yield from opened(f"{place} > unpacked", inside, deep + 1)


# ---- pictures --------------------------------------------------------------------------------------------------


def _png(place: str, content: bytes, deep: int) -> Iterator[Piece]:
    """The texts of a PNG, and whatever follows its end. Its points are a picture: they are not read."""
    offset = 8
    while offset + 8 <= len(content):
        (length,) = struct.unpack_from(">I", content, offset)
        name = content[offset + 4 : offset + 8].decode("latin-1")
        body = content[offset + 8 : offset + 8 + length]
        if name not in {"IDAT", "IHDR", "PLTE", "IEND"}:
            yield from _chunk(f"{place}, {name} at byte {offset}", name, body, deep)
        offset += length + 12
        if name == "IEND":
            break
    if content[offset:]:
        yield from opened(f"{place}, after the end of the picture", content[offset:], deep + 1)


def _chunk(place: str, name: str, body: bytes, deep: int) -> Iterator[Piece]:
    keyword, _, rest = body.partition(b"\0")
    if name == "zTXt":
        body = keyword + b": " + zlib.decompress(rest[1:])
    elif name == "iTXt":
        _, _, text = rest[2:].split(b"\0", 2)
        body = keyword + b": " + (zlib.decompress(text) if rest[:1] == b"\1" else text)
    text = (decoded(body.replace(b"\0", b" ")) or body.decode("latin-1")) if name != "iCCP" else ""
    yield Piece(place, text, "markup" if "<" in text else "prose")
    yield from _encoded(place, text, deep)


def _bytes(place: str, content: bytes, deep: int) -> Iterator[Piece]:
    """What can be read of a file of bytes: its runs of printable letters."""
    runs = re.findall(rb"[\x20-\x7e\t]{6,}", content)
    yield Piece(place, "\n".join(run.decode("ascii") for run in runs), "bytes")


# ---- PDF ---------------------------------------------------------------------------------------------------------


def _pdf(place: str, content: bytes, deep: int) -> Iterator[Piece]:
    """A PDF's bytes, its properties, what it carries, and the words of every page under its fonts' own letters."""
    if re.search(rb"/Encrypt\b", content):
        raise ValueError("under a password")
    outside = re.sub(rb"stream\r?\n.*?endstream", b"", content, flags=re.S)
    yield Piece(place, outside.decode("latin-1"), "raw")
    yield Piece(place, _pdf_strings(outside), "prose")
    objects = pdf_objects(content)
    pages = [head for head, _ in objects.values() if b"/Contents" in head]
    for number, (head, inside) in objects.items():
        where = f"{place}, object {number}"
        if inside is None:
            continue
        if _is_packed(head):
            yield Piece(where, "", "unreadable")
        if inside.startswith(MAGIC):
            yield from opened(where, inside, deep + 1)
        elif re.search(rb"\bT[jJ]\b", inside) and b"BT" in inside:
            drawn = b"\n".join(re.findall(rb"<<.*?>>", inside, flags=re.S))
            yield Piece(where, _pdf_strings(drawn), "prose")
            yield Piece(where, _shown_lines(inside, font_letters(number, objects, pages)), "text")
        elif inside.lstrip()[:1] in (b"<", b"{", b"[") or _is_words(inside):
            yield from _text(where, inside, deep)
        else:
            yield from _bytes(where, inside, deep)


# the words of each object, and its stream unpacked where it has one
Objects = dict[int, tuple[bytes, bytes | None]]


def pdf_objects(content: bytes) -> Objects:
    """The objects of a PDF by number, those inside others too."""
    found: Objects = {}
    for each in re.finditer(rb"(?:^|[\r\n\s])(\d+)\s+\d+\s+obj\b(.*?)endobj", content, flags=re.S):
        head, mark, rest = re.match(
            rb"(.*?)(?:(stream)\r?\n(.*?)(?:\r?\n)?endstream|$)", each[2], flags=re.S
        ).groups()
        inside = _unpacked(head, rest) if mark else None
        found[int(each[1])] = (head, inside)
        if inside is not None and b"/ObjStm" in head:
            found |= _inner_objects(head, inside)
    return found


def _inner_objects(head: bytes, inside: bytes) -> Objects:
    """The objects that stand packed together in one stream."""
    first = int((re.search(rb"/First\s+(\d+)", head) or [b"", b"0"])[1])
    places = [int(number) for number in re.findall(rb"\d+", inside[:first])]
    starts = [*places[1::2], len(inside) - first]
    return {
        number: (inside[first + start : first + end], None)
        for number, start, end in zip(places[::2], starts, starts[1:], strict=False)
    }


def _unpacked(head: bytes, stream: bytes) -> bytes:
    if b"/FlateDecode" not in head:
        return stream
    try:
        return zlib.decompressobj().decompress(stream, LARGEST_BYTES)
    except zlib.error:
        return stream


def _is_packed(head: bytes) -> bool:
    """Whether a stream is packed in a way that is not read here; pictures are pictures."""
    filters = set(re.findall(rb"/(\w+Decode|Crypt)\b", head))
    return bool(filters - {b"FlateDecode", b"DCTDecode", b"JPXDecode"})


class Letters(dict[int, str]):
    """A font's own codes and the letters that they mean."""

    @cached_property
    def narrow(self) -> bool:
        """Whether a code is one byte, and not two."""
        return max(self) < 256


def font_letters(number: int, objects: Objects, pages: list[bytes]) -> dict[bytes, Letters]:
    """The fonts of a page's content by name, each from its codes to letters."""
    asked = rb"/Contents\s*(?:\[[^\]]*)?\b%d\s+0\s+R" % number
    texts = [objects[number][0], *(head for head in pages if re.search(asked, head))]
    fonts: dict[bytes, Letters] = {}
    for _ in range(3):  # a page names its resources, which name its fonts, which name their letters
        named = {pair for text in texts for pair in re.findall(rb"/([\w.+-]+)\s*(\d+)\s+0\s+R", text)}
        texts = []
        for name, at in named:
            head, _ = objects.get(int(at), (b"", None))
            letters = re.search(rb"/ToUnicode\s+(\d+)\s+0\s+R", head)
            if letters:
                fonts[name] = _letters(objects.get(int(letters[1]), (b"", b""))[1] or b"")
            elif name in (b"Resources", b"Font", b"Parent"):
                texts.append(head)
    return fonts


def _letters(stream: bytes) -> Letters:
    """A font's table from its own codes to letters; empty when the stream is none."""
    letters = Letters()
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", stream, flags=re.S):
        for code, letter in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            letters[int(code, 16)] = _utf16(letter)
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", stream, flags=re.S):
        rows = re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(<[0-9A-Fa-f]+>|\[[^\]]*\])", block)
        for first, last, to in rows:
            letters.update(_range(int(first, 16), int(last, 16), to))
    return letters


def _range(first: int, last: int, to: bytes) -> dict[int, str]:
    codes, targets = range(first, min(last, first + 65535) + 1), re.findall(rb"<([0-9A-Fa-f]+)>", to)
    if to.startswith(b"["):
        return dict(zip(codes, map(_utf16, targets), strict=False))
    start = int(targets[0], 16)
    return {code: chr(start + code - first) for code in codes if start + code - first < 0x110000}


def _utf16(digits: bytes) -> str:
    return bytes.fromhex(digits.decode("ascii").rjust(4, "0")).decode("utf-16-be", "replace")


def _pdf_strings(content: bytes) -> str:
    """The texts in brackets and in hexadecimal, such as title, author and what a drawing shows."""
    found = re.findall(STRING + rb"|<(?:[0-9A-Fa-f]{2}\s*)+>", content, flags=re.S)
    return "\n".join(_pdf_word(text, {}) for text in found)


STEP = re.compile(
    rb"(\[(?:[^\[\]\\(]|\\.|" + STRING + rb")*\]|" + STRING + rb"|<[0-9A-Fa-f\s]*>)\s*T[jJ]"
    rb"|(?<![\d.])(-?(?:\d++(?:\.\d++)?|\.\d++))\s++(Tm|T[dD]|cm)|(T\*)|/([\w.+-]+)\s+[-\d.]+\s+Tf",
    flags=re.S,
)
ONE_LINE = 2.5  # letters no farther apart in height, in points, stand on one line


def _shown_lines(content: bytes, fonts: dict[bytes, Letters]) -> str:
    """The words of a page, from those kept where the same page was read before."""
    made_from = (code_version(), repr(sorted(fonts.items())), content)
    return kept("pdf-lines", made_from, lambda: _pdf_lines(content, fonts).encode(**ANY)).decode(**ANY)


def _pdf_lines(content: bytes, fonts: dict[bytes, Letters]) -> str:
    """The words a page shows, line by line as they stand on it."""
    lines: list[list[str]] = []
    last = None
    for at, words in sorted(_without_fixed(_pdf_words(content, fonts)), key=lambda each: -each[0]):
        if last is None or last - at > ONE_LINE:
            lines.append([])
        lines[-1].append(words)
        last = at
    return "\n".join(" ".join(parts) for parts in lines)


def _without_fixed(shown: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Drawing steps without the numbers of worked examples: in the order of the file, where no column parts a sentence."""
    left = iter(numbers_gone([word for _, words in shown for word in words.split()]))
    return [(at, " ".join(next(left) for _ in words.split())) for at, words in shown]


def _pdf_words(content: bytes, fonts: dict[bytes, Letters]) -> list[tuple[float, str]]:
    """The height and the text of each drawing step, in the order of the file."""
    shown: list[tuple[float, str]] = []
    height, letters = 0.0, Letters()
    for text, moved, how, down, font in (found.groups() for found in STEP.finditer(content)):
        if text:
            shown.append((height, pdf_shown(text, letters)))
        elif font:
            letters = fonts.get(font) or Letters()
        elif down:
            height -= ONE_LINE + 1
        elif how in (b"Td", b"TD"):
            height += float(moved)
        elif how == b"cm" or float(moved):  # text at nothing stands where the page was moved to
            height = float(moved)
    return shown


def pdf_shown(operand: bytes, letters: Letters) -> str:
    """The text of one drawing step. A wide gap between its parts is a space."""
    parts = re.findall(STRING + rb"|<[0-9A-Fa-f\s]*>|-?\d+(?:\.\d+)?", operand, flags=re.S)
    words = ""
    for part in parts:
        words += _pdf_word(part, letters) if part[:1] in b"(<" else " " if float(part) < -180 else ""
    return words


def _pdf_word(token: bytes, letters: Letters) -> str:
    if token.startswith(b"<"):
        digits = re.sub(rb"[<>\s]", b"", token).decode("ascii")
        raw = bytes.fromhex(digits + "0" * (len(digits) % 2))
    else:
        raw = _unescaped(token[1:-1])
    if letters:
        codes = raw if letters.narrow else [int.from_bytes(raw[at : at + 2]) for at in range(0, len(raw), 2)]
        return "".join([letters.get(code, "") for code in codes])
    return raw[2:].decode("utf-16-be", "replace") if raw.startswith(b"\xfe\xff") else raw.decode("latin-1")


class _Escapes(dict):
    """What stands after a backslash, as the byte that it means."""

    def __missing__(self, code: bytes) -> bytes:
        self[code] = bytes([int(code, 8) % 256]) if code[:1] in b"01234567" else code
        return self[code]


ESCAPES = _Escapes({b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b""})
ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.S)


@lru_cache(maxsize=50_000)  # words come again
def _unescaped(text: bytes) -> bytes:
    return ESCAPE.sub(lambda found: ESCAPES[found[1]], text)


Apart = Callable[[str, bytes, int], Iterator[Piece]]
PARTS: tuple[tuple[bytes, Apart], ...] = (
    (b"PK\x03\x04", _zip),
    (b"PK\x05\x06", _zip),
    (b"\x1f\x8b", _gzip),
    (b"%PDF", _pdf),
    (b"\x89PNG\r\n\x1a\n", _png),
    *((magic, _bytes) for magic in (b"\xff\xd8\xff", b"GIF8", b"RIFF", b"wOF2", b"wOFF")),
)
