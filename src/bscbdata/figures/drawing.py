"""Charts to pictures: kept by content, drawn by a warm converter where the build runs one, else here.

Drawing the same chart again gives the same bytes, so what was drawn once is not drawn twice: see bscbdata.kept.
BSCB_CONVERTER names the socket of the build's converters; without one a chart is drawn in this process.
Words are set in the converter's own fonts and not in those of the machine: every machine then draws the same, and no
font file is opened again for each word.
"""

import json
import os
import socket
import struct
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from bscbdata.kept import kept, variable

PNG_SCALE = 2
FONT, INK = "Arial, Helvetica, sans-serif", "#0b0c0c"  # of the words in every picture
OWN_FONTS = Path(__file__).parents[1] / "definitions" / "own_fonts.conf"


def svg(spec: dict) -> str:
    """A Vega-Lite specification as SVG. ValueError when it cannot be drawn."""
    return _kept("svg", json.dumps(spec, sort_keys=True).encode()).decode()


def png(drawing: str) -> bytes:
    """An SVG as PNG, at twice its size."""
    return _kept("png", drawing.encode())


def _kept(form: str, source: bytes) -> bytes:
    """The picture from the folder that keeps them, else drawn and kept."""
    made_from = (_converter_version(), str(PNG_SCALE), OWN_FONTS.name, source)
    return kept(form, made_from, lambda: _drawn(form, source))


@cache
def _converter_version() -> str:
    return version("vl-convert-python")


def _drawn(form: str, source: bytes) -> bytes:
    if name := os.environ.get("BSCB_CONVERTER"):
        with suppress(ConnectionError, FileNotFoundError):  # it is gone: this process draws for itself
            return asked(name, form, source)
    return draw(form, source)


def draw(form: str, source: bytes) -> bytes:
    """Draw in this process. The first chart of a process takes 0.7 s, each further one 0.05 s. ValueError when it fails."""
    import vl_convert

    with variable("FONTCONFIG_FILE", str(OWN_FONTS)):  # looked for at the first drawing
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
