"""The styles of a workbook that change what is seen of a cell."""

from dataclasses import dataclass, field

from bscbdata.sources.number_format import is_per_cent, may_mask
from bscbdata.sources.pages import Pages

PAPER, INK = "FFFFFF", "000000"  # of what has no colour of its own
TRUE = ("1", "true")
_PLAIN = {
    ("theme", "0"): PAPER, ("indexed", "1"): PAPER, ("indexed", "9"): PAPER,
    ("theme", "1"): INK, ("indexed", "0"): INK, ("indexed", "8"): INK,
}  # fmt: skip
_CHOSEN_BY_EXCEL = {("indexed", "64"), ("indexed", "65")}


@dataclass
class Styles:
    """The numbers of the cell styles that show a number as per cent or as pounds, a text in its place (with the format that does),
    anything struck through, in the colour of its cell, or a colour; and of the conditional formats that hide a number."""

    per_cent: set[str] = field(default_factory=set)
    pounds: set[str] = field(default_factory=set)
    unseen: set[str] = field(default_factory=set)
    hiding: set[str] = field(default_factory=set)
    masking: dict[str, str] = field(default_factory=dict)
    struck: set[str] = field(default_factory=set)
    filled: set[str] = field(default_factory=set)

    @property
    def telling(self) -> frozenset[str]:
        return frozenset(self.per_cent | self.pounds | self.struck | self.unseen | self.masking.keys())


class Formats(Pages):
    """The styles of a workbook that change what is seen."""

    BUILT_IN = dict.fromkeys(("9", "10"), "0%")

    def __init__(self) -> None:
        super().__init__()
        self.formats, self.struck_fonts, self.fonts, self.fills = dict(self.BUILT_IN), set(), {}, {}
        self.inside, self.style, self.font, self.fill = "", -1, -1, -1
        self.conditional, self.hides, self.part = -1, False, ""
        self.result = Styles()

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag in ("cellXfs", "fonts", "fills", "cellStyleXfs", "dxfs"):
            self.inside = tag
        if self.inside == "dxfs":
            self._of_conditional(tag, given)
        elif tag == "numFmt":
            self.formats.setdefault(given.get("numFmtId", ""), given.get("formatCode", ""))
        elif tag == "font":
            self.font += self.inside == "fonts"
        elif tag == "fill":
            self.fill += self.inside == "fills"
        elif tag == "fgColor" and self.inside == "fills":
            self.fills[str(self.fill)] = _colour(given, PAPER)
        elif tag == "color" and self.inside == "fonts":
            self.fonts[str(self.font)] = _colour(given, INK)
        elif tag == "strike" and self.inside == "fonts" and given.get("val", "1").casefold() in TRUE:
            self.struck_fonts.add(str(self.font))
        elif tag == "xf" and self.inside == "cellXfs":
            self.add_style(given)

    def _of_conditional(self, tag: str, given: dict[str, str]) -> None:
        if tag == "dxf":
            self.conditional, self.hides = self.conditional + 1, False
        self.part = tag if tag in ("font", "fill", "border") else self.part
        self.hides |= tag == "numFmt" and may_mask(given.get("formatCode", ""))
        self.hides |= tag == "color" and self.part == "font" and _colour(given, INK) == PAPER
        self.hides &= tag != "fill"  # white on a colour can be read

    def add_style(self, given: dict[str, str]) -> None:
        """The next style of cells: the numbers of its format, font and fill."""
        self.style += 1
        style = str(self.style)
        number_format = self.formats.get(given.get("numFmtId", ""), "")
        if is_per_cent(number_format):
            self.result.per_cent.add(style)
        elif number_format and may_mask(number_format):
            self.result.masking[style] = number_format
        if "£" in number_format:
            self.result.pounds.add(style)
        if given.get("fontId", "0") in self.struck_fonts:
            self.result.struck.add(style)
        fill = self.fills.get(given.get("fillId", "0"), PAPER)
        if fill != PAPER:
            self.result.filled.add(style)
        if self.fonts.get(given.get("fontId", "0"), INK) == fill:
            self.result.unseen.add(style)

    def end(self, tag: str) -> None:
        if tag == "dxf" and self.hides:
            self.result.hiding.add(str(self.conditional))
        self.inside = "" if tag == self.inside else self.inside


def _colour(given: dict[str, str], otherwise: str) -> str:
    """A colour, of a fill or of a font, so that those that look alike are alike; `otherwise` is the one that Excel chooses."""
    if "rgb" in given:
        return given["rgb"].upper()[-6:]
    kind = next((kind for kind in ("theme", "indexed") if kind in given), "")
    told, tint = (kind, given.get(kind, "")), given.get("tint")
    if not kind or (told in _CHOSEN_BY_EXCEL and tint is None):
        return otherwise
    return _PLAIN[told] if told in _PLAIN and tint is None else f"{told} {tint}"
