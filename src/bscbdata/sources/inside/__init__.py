"""What a workbook's own pages say that its values do not: hidden rows, errors, formulas without a value, per cents, links.

The members of the zip are read as text; no formula is worked out, no link is followed, no macro is run.
"""

import re

from bscbdata.sources.inside import ods, xlsb, xlsx
from bscbdata.sources.inside.seen import Inside
from bscbdata.sources.inside.told import findings_of, told_merged, told_without_value

# Where Excel shows slicers, other programs find a text of its own, which says nothing.
_TEXT_BOX = re.compile(rb"<a:t>(?!This shape represents a )[^<]*\w")
_COMMENTS = re.compile(r"xl/(?:worksheets/)?(?:comments/)?(?:threaded)?comments", re.I)
_CANNOT_TELL = "failed formulas, per cents, hidden rows and columns, and raised figures (13¹ reads as 131)"
# The member that each format has -> how its sheets are looked at.
_FORMATS = {"xl/workbook.xml": xlsx.look, "xl/workbook.bin": xlsb.look, "content.xml": ods.look}
# Part of a member's name -> what a workbook carries there, which is never run, followed or opened.
_CARRIED = {
    "vbaproject.bin": "macros",
    "xl/externallinks/": "links to other workbooks",
    "xl/connections": "connections to data elsewhere",
    "xl/embeddings/": "embedded files",
    "basic/": "macros",
}


def look_inside(contents: dict[str, bytes], sheet: str) -> Inside:
    """What the members of a workbook say of one of its sheets. A sheet that is not found says nothing."""
    look = next((look for member, look in _FORMATS.items() if member in contents), None)
    inside = look(contents, sheet) if look else Inside(cannot_tell=_CANNOT_TELL)
    members = " ".join(contents).casefold()
    inside.links = " and ".join(dict.fromkeys(kind for part, kind in _CARRIED.items() if part in members))
    inside.comments |= any(_COMMENTS.match(member) for member in contents)
    drawings = (content for member, content in contents.items() if member.startswith("xl/drawings/"))
    inside.text_boxes = any(map(_TEXT_BOX.search, drawings))
    return inside


def extent_on_opening(contents: dict[str, bytes]) -> tuple[int, int]:
    """Rows and columns that opening alone fills: an .ods is read whole, whichever sheet is wanted."""
    return ods.extent(contents) if "content.xml" in contents else (0, 0)
