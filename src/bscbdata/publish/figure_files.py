"""The files of each figure, for pages to link to: `figures/<key>.csv`, and of a drawing `.svg` and `.png`.

The CSV is the table as people read it, numbers as numbers, symbols where there is none. The drawing stands by itself:
headline, measure, source and provenance are drawn with it, so that it can be lifted out of the page and still be true.
"""

import math
import re
import struct
import textwrap
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from bscbdata.figures.drawing import FONT, INK, png
from bscbdata.figures.published_table import without_markup
from bscbdata.kept import code_version, kept
from bscbdata.provenance import LABELS, in_short
from bscbdata.publish.exhibits import Exhibit
from bscbdata.publish.values import as_csv, headers, number_text

FOLDER = "figures"
SVG = "http://www.w3.org/2000/svg"
MARGIN, LEAST_WIDTH = 16, 480
ET.register_namespace("", SVG)
ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")


def figure_files(record: Mapping[str, Any]) -> dict[str, str]:
    """Where a figure's files stand in the report, by form: CSV of all, SVG and PNG of what is drawn."""
    forms = ("CSV", "SVG", "PNG") if record["svg"] else ("CSV",)
    return {form: f"{FOLDER}/{record['key']}.{form.lower()}" for form in forms}


def write_figure_files(found: Iterable[Exhibit], report: Path, edition: str) -> None:
    """Write the files of every figure and table into the report. `edition` is drawn at the foot of each drawing."""
    (report / FOLDER).mkdir(parents=True, exist_ok=True)
    for exhibit in found:
        record = exhibit.record
        content = {"CSV": csv_file(record["table"], record["provenance"])}
        if record["svg"]:
            drawing = lone_drawing(exhibit, edition)
            content |= {"SVG": drawing.encode(), "PNG": png_file(drawing, record["alt_text"])}
        for form, path in figure_files(record).items():
            (report / path).write_bytes(content[form])


def csv_file(table: Mapping[str, Any], provenance: str) -> bytes:
    """The table as people read it: one line of headers with units, numbers at their decimals, symbols as printed.

    Its last column says where the data comes from, so that a simulated number is known as one wherever it is copied.
    """
    columns = table["columns"]
    rows = [
        [
            number_text(value, column) if column["is_number"] and value is not None else cell
            for column, cell, value in zip(columns, cells, values, strict=True)
        ]
        for cells, values in zip(table["rows"], table["values"], strict=True)
    ]
    said = [LABELS[provenance]] if provenance else []
    return as_csv([*headers(columns), *["Data"][: len(said)]], [[*row, *said] for row in rows])


def png_file(drawing: str, words: str) -> bytes:
    """The lone drawing as a picture, twice as large as it is drawn, with the words that describe it inside the file."""
    return kept("figure.png", (code_version(), drawing, words), lambda: _png_file(drawing, words))


def _png_file(drawing: str, words: str) -> bytes:
    signature, parts = _parts(png(drawing))
    # it comes loosely packed: packed again it is a quarter of the size, the same picture
    pixels = zlib.compress(zlib.decompress(b"".join(data for kind, data in parts if kind == b"IDAT")), 6)
    told = b"Description\0\0\0\0\0" + words.encode()
    kept = [part for part in parts if part[0] not in {b"IDAT", b"IEND"}]
    whole = [*kept, (b"iTXt", told), (b"IDAT", pixels), (b"IEND", b"")]
    return signature + b"".join(_part(kind, data) for kind, data in whole)


def _parts(content: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    def found() -> Iterator[tuple[bytes, bytes]]:
        place = 8
        while place < len(content):
            (length,) = struct.unpack(">I", content[place : place + 4])
            yield content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
            place += length + 12

    return content[:8], list(found())


def _part(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def lone_drawing(exhibit: Exhibit, edition: str) -> str:
    """The figure as an SVG file: its words, its chart, its source, on white; with a name and a description."""
    record = exhibit.record
    chart = ET.fromstring(record["svg"])
    width = math.ceil(max(float(chart.get("width", 0)) + 2 * MARGIN, LEAST_WIDTH))
    title = without_markup(record["headline"]) or exhibit.title
    above = [(line, 20, "bold") for line in _lines(title, width, 20)]
    above += [(line, 15, "normal") for line in _lines(record["measure"], width, 15)]
    below = [(line, 13, "normal") for text in _foot(exhibit, edition) for line in _lines(text, width, 13)]
    top = MARGIN + _tall(above) + 12
    foot = top + float(chart.get("height", 0)) + 12
    height = math.ceil(foot + _tall(below) + MARGIN)
    root = _canvas(exhibit.key, title, record["alt_text"], width, height)
    _write(root, above, MARGIN)
    root.append(_placed(chart, top))
    _write(root, below, foot)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _foot(exhibit: Exhibit, edition: str) -> list[str]:
    record = exhibit.record
    said = [
        without_markup(record["note"]),
        f"Source: {in_short(record['source'])}" if record["source"] else "",
    ]
    said += [f"{LABELS[record['provenance']]}." if record["provenance"] else ""]
    return [text for text in [*said, f"{exhibit.name}. {edition}."] if text]


def _lines(text: str, width: float, size: int) -> list[str]:
    """The text in lines that fit; a letter of the sans serif is a little over half as wide as it is tall."""
    return textwrap.wrap(text, int((width - 2 * MARGIN) / (size * 0.54)))


def _tall(lines: list[tuple[str, int, str]]) -> float:
    return sum(size * 1.35 for _, size, _ in lines)


def _canvas(key: str, title: str, words: str, width: float, height: float) -> ET.Element:
    """An empty white drawing with its name and description."""
    size = {"width": _short(width), "height": _short(height)}
    told = {"role": "img", "aria-labelledby": f"{key}-title {key}-words"}
    view = {"viewBox": f"0 0 {size['width']} {size['height']}"}
    root = ET.Element(f"{{{SVG}}}svg", size | view | told)
    ET.SubElement(root, f"{{{SVG}}}title", id=f"{key}-title").text = title
    ET.SubElement(root, f"{{{SVG}}}desc", id=f"{key}-words").text = words
    ET.SubElement(root, f"{{{SVG}}}rect", {**size, "fill": "white"})
    return root


def _write(root: ET.Element, lines: list[tuple[str, int, str]], top: float) -> None:
    for text, size, weight in lines:
        look = {"font-family": FONT, "font-size": str(size), "font-weight": weight, "fill": INK}
        place = {"x": str(MARGIN), "y": _short(top + size)}
        ET.SubElement(root, f"{{{SVG}}}text", place | look).text = text
        top += size * 1.35


def _placed(chart: ET.Element, top: float) -> ET.Element:
    """The chart below its words, without a name of its own: the drawing around it has one."""
    for name in ("role", "aria-labelledby", "class"):
        chart.attrib.pop(name, None)
    for element in [part for part in chart if re.sub("{.*}", "", part.tag) in {"title", "desc"}]:
        chart.remove(element)
    chart.set("x", str(MARGIN))
    chart.set("y", _short(top))
    return chart


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
