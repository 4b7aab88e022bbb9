"""The fonts of the pages, cut down to the letters a report needs.

npm install @fontsource-variable/source-sans-3 @fontsource-variable/source-serif-4
python -m bscbdata.publish.web_fonts node_modules/@fontsource-variable

Run by hand when a new version of the fonts is wanted; needs fonttools and brotli. Their licence keeps the name Source
for what its owner publishes, so what is made here has names of its own.
"""

import shutil
import sys
from pathlib import Path

from bscbdata.publish.book import ASSETS

FOLDER = ASSETS / "fonts"
# package, style, our family, least and greatest weight kept: a serif for titles only, a sans serif for all the rest
CUTS = (
    ("source-sans-3", "normal", "Report Sans", 400, 700),
    ("source-sans-3", "italic", "Report Sans", 400, 400),
    ("source-serif-4", "normal", "Report Serif", 600, 600),
)
# English and its accented neighbours; dashes, quotes, marks of notes; signs of arithmetic
LETTERS = [*range(0x20, 0x7F), *range(0xA0, 0x100), 0x152, 0x153, *range(0x2010, 0x2027), 0x2032, 0x2033]
LETTERS += [0x20AC, 0x2122, 0x2212]
FEATURES = ["kern", "liga", "calt", "locl", "mark", "ccmp", "tnum", "lnum", "pnum"]
NAMES = (1, 3, 4, 16)


def cut(source: Path, target: Path, family: str, least: int, greatest: int) -> None:
    """Write the font with the letters, features and weights that the pages use, as WOFF2."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    font = TTFont(source, recalcTimestamp=False)
    subsetter = Subsetter(Options(layout_features=FEATURES, hinting=False, notdef_outline=True))
    subsetter.populate(unicodes=LETTERS)
    subsetter.subset(font)
    font = instantiateVariableFont(font, {"wght": least if least == greatest else (least, greatest)})
    for name in NAMES:
        font["name"].setName(family, name, 3, 1, 0x409)
    font["name"].setName(family.replace(" ", ""), 6, 3, 1, 0x409)
    font.flavor = "woff2"
    font.save(target)


def main(packages: Path) -> None:
    """Make every font anew from the npm packages, with their licence beside them."""
    for package, style, family, least, greatest in CUTS:
        source = packages / package / "files" / f"{package}-latin-wght-{style}.woff2"
        target = FOLDER / f"{family.replace(' ', '')}-{style}.woff2"
        cut(source, target, family, least, greatest)
        shutil.copyfile(packages / package / "LICENSE", FOLDER / f"{family.replace(' ', '')}-LICENSE.txt")
        print(f"{target.name}: {target.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
