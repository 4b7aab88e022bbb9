"""Charts to pictures: kept by content, drawn by a warm converter where the build runs one, else here.

Drawing the same chart again gives the same bytes, so what was drawn once is not drawn twice. BSCB_CHARTS names the folder
that keeps them, BSCB_CONVERTER the socket of the build's converters; without either a chart is drawn in this process.
"""

import hashlib
import json
import os
import socket
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

PNG_SCALE = 2


@contextmanager
def kept_in(folder: Path) -> Iterator[None]:
    """Keep charts in a folder, in this process and those it starts, while the block lasts."""
    before = os.environ.get("BSCB_CHARTS")
    os.environ["BSCB_CHARTS"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["BSCB_CHARTS"]
        else:
            os.environ["BSCB_CHARTS"] = before


def svg(spec: dict) -> str:
    """A Vega-Lite specification as SVG. ValueError when it cannot be drawn."""
    return _kept("svg", json.dumps(spec, sort_keys=True).encode()).decode()


def png(drawing: str) -> bytes:
    """An SVG as PNG, at twice its size."""
    return _kept("png", drawing.encode())


def _kept(form: str, source: bytes) -> bytes:
    """The picture from the folder that keeps them, else drawn and kept."""
    folder = os.environ.get("BSCB_CHARTS")
    if not folder:
        return _drawn(form, source)
    place = Path(folder) / f"{_key(form, source)}.{form}"
    with suppress(OSError):
        content = place.read_bytes()
        if content[:16] == _seal(content[16:]):
            return content[16:]
    content = _drawn(form, source)
    with suppress(OSError):  # a full disk costs time, not the report
        _keep(place, _seal(content) + content)
    return content


def _key(form: str, source: bytes) -> str:
    known = f"{form} {_converter_version()} {PNG_SCALE}".encode()
    return hashlib.blake2b(known + b"\0" + source, digest_size=16).hexdigest()


@cache
def _converter_version() -> str:
    return version("vl-convert-python")


def _seal(content: bytes) -> bytes:
    """Tells a whole picture from one that was cut short."""
    return hashlib.blake2b(content, digest_size=16).digest()


def _keep(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as half:
        half.write(content)
    Path(half.name).replace(place)


def _drawn(form: str, source: bytes) -> bytes:
    if name := os.environ.get("BSCB_CONVERTER"):
        with suppress(ConnectionError, FileNotFoundError):  # it is gone: this process draws for itself
            return asked(name, form, source)
    return draw(form, source)


def draw(form: str, source: bytes) -> bytes:
    """Draw in this process. The first chart of a process takes 0.7 s, each further one 0.05 s. ValueError when it fails."""
    import vl_convert

    if form == "png":
        return vl_convert.svg_to_png(source.decode(), scale=PNG_SCALE)
    return vl_convert.vegalite_to_svg(source.decode()).encode()


# ---- the words between a kernel and a converter ---------------------------------------------------------------------

HEAD = struct.Struct("<3sI")


def asked(name: str, form: str, source: bytes) -> bytes:
    """What a warm converter drew. ConnectionError when there is none, ValueError in its words when it could not."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect("\0" + name)
        send(line, form, source)
        answer, content = receive(line)
    if answer != "yes":
        raise ValueError(content.decode(errors="replace"))
    return content


def send(line: socket.socket, word: str, content: bytes) -> None:
    """One message: three letters, how long, the content."""
    line.sendall(HEAD.pack(word.ljust(3).encode(), len(content)) + content)


def receive(line: socket.socket) -> tuple[str, bytes]:
    """The other side's message. ConnectionError when it ends before it is whole."""
    word, length = HEAD.unpack(_exactly(line, HEAD.size))
    return word.decode().strip(), _exactly(line, length)


def _exactly(line: socket.socket, count: int) -> bytes:
    content = bytearray()
    while len(content) < count:
        more = line.recv(min(count - len(content), 1 << 20))
        if not more:
            raise ConnectionError("The message ended early.")
        content += more
    return bytes(content)
