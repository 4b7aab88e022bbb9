"""The fonts that PDF and pictures are set in, made from the packages that carry them for the web.

python -m bscbdata.publish.pdf_fonts source-sans-3/files source-serif-4/files

Run by hand when a new version of the fonts is wanted; needs fonttools and brotli. Their licence keeps the name Source
for what its owner publishes, so what is made here has names of its own.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

FOLDER = Path(__file__).parent / "assets" / "fonts"
FAMILIES = {"source-sans-3": "Report Sans", "source-serif-4": "Report Serif"}
STYLES = {
    "400-normal": "Regular",
    "400-italic": "Italic",
    "600-normal": "SemiBold",
    "600-italic": "SemiBold Italic",
}
KEPT = {"source-sans-3": STYLES, "source-serif-4": {"600-normal": "SemiBold"}}
SUBSETS = ("latin", "latin-ext")
FIXED = 3534537600  # 2016-01-01, counted from 1904 as fonts do: the same fonts give the same bytes


def make(folders: list[Path]) -> Iterator[Path]:
    """Write one TTF for each style, with the letters of both subsets; FileNotFoundError when a file is missing."""
    for folder in folders:
        name = next(path.name for path in sorted(folder.glob("*-latin-400-normal.woff2"))).partition(
            "-latin-"
        )[0]
        for style, words in KEPT[name].items():
            parts = [folder / f"{name}-{subset}-{style}.woff2" for subset in SUBSETS]
            yield _merged(parts, FAMILIES[name], words)


def _merged(parts: list[Path], family: str, style: str) -> Path:
    from fontTools.merge import Merger, Options
    from fontTools.ttLib import TTFont

    with TemporaryDirectory() as scratch:
        plain = []
        for part in parts:
            font = TTFont(part, recalcTimestamp=False)
            font.flavor = None
            plain.append(f"{scratch}/{part.stem}.ttf")
            font.save(plain[-1])
        font = Merger(Options(drop_tables=["vhea", "vmtx", "STAT"])).merge(plain)
        _rename(font, family, style)
        font["head"].created = font["head"].modified = FIXED
        font.recalcTimestamp = False
        path = FOLDER / f"{family} {style}.ttf".replace(" ", "")
        font.save(path)
    return path


def _rename(font, family: str, style: str) -> None:
    """Names by which programs find the style: 1 and 2 for older ones, 16 and 17 for all weights."""
    slant = "Italic" if "Italic" in style else "Regular"
    weight = style.replace("Italic", "").replace("Regular", "").strip()
    names = {1: f"{family} {weight}".strip(), 2: slant, 3: f"{family} {style}", 4: f"{family} {style}"}
    names |= {
        6: f"{family} {style}".replace(" ", "", 1).replace(" ", "-", 1).replace(" ", ""),
        16: family,
        17: style,
    }
    table = font["name"]
    table.names = [record for record in table.names if record.nameID in (0, 5, 13, 14)]
    for number, text in names.items():
        table.setName(text, number, 3, 1, 0x409)


if __name__ == "__main__":
    for written in make([Path(folder) for folder in sys.argv[1:]]):
        print(written.name)
