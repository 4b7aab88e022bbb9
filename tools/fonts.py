"""The fonts of a report, made from the packages that carry them for the web: cut down for the pages, whole for paper.

npm install @fontsource{-variable,}/source-s{ans-3,erif-4}
python tools/fonts.py node_modules

Run by hand when a new version of the fonts is wanted; needs fonttools and brotli. Their licence keeps the name Source
for what its owner publishes, so what is made here has names of its own.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bscbdata.publish.book import FONTS

FAMILIES = {"source-sans-3": "Report Sans", "source-serif-4": "Report Serif"}
# for the pages: package, style, least and greatest weight kept; the serif is for titles only
CUTS = (
    ("source-sans-3", "normal", 400, 700),
    ("source-sans-3", "italic", 400, 400),
    ("source-serif-4", "normal", 600, 600),
)
# English and its accented neighbours; dashes, quotes, marks of notes; signs of arithmetic
LETTERS = [*range(0x20, 0x7F), *range(0xA0, 0x100), 0x152, 0x153, *range(0x2010, 0x2027), 0x2032, 0x2033]
LETTERS += [0x20AC, 0x2122, 0x2212]
FEATURES = ["kern", "liga", "calt", "locl", "mark", "ccmp", "tnum", "lnum", "pnum"]
# for paper: package, style of its file, our name for the style
MERGED = (
    ("source-sans-3", "400-normal", "Regular"),
    ("source-sans-3", "400-italic", "Italic"),
    ("source-sans-3", "600-normal", "SemiBold"),
    ("source-sans-3", "600-italic", "SemiBold Italic"),
    ("source-serif-4", "600-normal", "SemiBold"),
)
SUBSETS = ("latin", "latin-ext")
FIXED = 3534537600  # 2016-01-01, counted from 1904 as fonts do: the same fonts give the same bytes


def make(modules: Path) -> Iterator[Path]:
    """Write every font anew from a folder of npm packages. The licences stay: they name the owner, as the packages do not."""
    for package, style, least, greatest in CUTS:
        family = FAMILIES[package]
        folder = modules / "@fontsource-variable" / package / "files"
        target = FONTS / f"{family.replace(' ', '')}-{style}.woff2"
        yield _cut(folder / f"{package}-latin-wght-{style}.woff2", target, family, least, greatest)
    for package, style, words in MERGED:
        folder = modules / "@fontsource" / package / "files"
        parts = [folder / f"{package}-{subset}-{style}.woff2" for subset in SUBSETS]
        yield _merged(parts, FAMILIES[package], words)


def _cut(source: Path, target: Path, family: str, least: int, greatest: int) -> Path:
    """The font with the letters, features and weights that the pages use, as WOFF2."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    font = TTFont(source, recalcTimestamp=False)
    subsetter = Subsetter(Options(layout_features=FEATURES, hinting=False, notdef_outline=True))
    subsetter.populate(unicodes=LETTERS)
    subsetter.subset(font)
    font = instantiateVariableFont(font, {"wght": least if least == greatest else (least, greatest)})
    for number in (1, 3, 4, 16):
        font["name"].setName(family, number, 3, 1, 0x409)
    font["name"].setName(family.replace(" ", ""), 6, 3, 1, 0x409)
    font.flavor = "woff2"
    font.save(target)
    return target


def _merged(parts: list[Path], family: str, style: str) -> Path:
    """One TTF with the letters of several parts, for typst."""
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
        path = FONTS / f"{family} {style}.ttf".replace(" ", "")
        font.save(path)
    return path


def _rename(font, family: str, style: str) -> None:
    """Names by which programs find the style: 1 and 2 for older ones, 16 and 17 for all weights."""
    weight = style.replace("Italic", "").replace("Regular", "").strip()
    whole, slant = f"{family} {style}", "Italic" if "Italic" in style else "Regular"
    names = {1: f"{family} {weight}".strip(), 2: slant, 3: whole, 4: whole, 16: family, 17: style}
    names[6] = f"{family.replace(' ', '')}-{style.replace(' ', '')}"
    table = font["name"]
    table.names = [record for record in table.names if record.nameID in (0, 5, 13, 14)]
    for number, text in names.items():
        table.setName(text, number, 3, 1, 0x409)


if __name__ == "__main__":
    for written in make(Path(sys.argv[1])):
        print(f"{written.name}: {written.stat().st_size / 1000:.0f} kB")
