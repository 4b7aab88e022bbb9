"""The signs of everything that is read: curved quotation marks and apostrophes, and ranges that no line breaks.

Chapters have their signs from pandoc; what code writes (tables, headlines, charts) has them from here. Data files and
commands keep the signs of the keyboard. Letters stay what they are: only marks change, and nothing is put between them.
"""

import re
from html import unescape
from typing import Any

from bscbdata.publish.tree import Element, rewrite

# a file or a table, whose name is longer than the narrowest cell: it may go on in the next line after these signs
NAME = re.compile(r"(?<![\w/])(?=[\w./-]{16,})\w[\w.-]*[/_][\w./-]*\w")
# 2015-16, 10-14, 1,000-2,000, M-SERAC; pdf.py tells typst the same rule (report.typ)
RANGE = re.compile(r"(?<![\w.,-])(?:\d+(?:,\d+)*%?-\d+(?:,\d+)*|[A-Z]-[A-Z]{2,})(?![\w-])")
# what keeps its signs, a tag, or words between tags
PIECE = re.compile(
    r"<(script|style|pre|code|kbd|samp|textarea)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>|[^<]+", flags=re.S
)
UNBROKEN = re.compile(r"<(/?)(svg|title|select)\b")
TOLD = re.compile(r'(\s(?:alt|title|aria-label|data-(?:series|category|panel|head))=")([^"]*)"')
MARK = re.compile(r"&#(?:39|x27);|&quot;|&#34;|['\"]")


def curved(text: str) -> str:
    """The text with its quotation marks and apostrophes curved.

    >>> curved("the Board's 'plan' for 10 months' work")
    'the Board’s ‘plan’ for 10 months’ work'
    """
    text = re.sub(r"(?<![\w’”.,;:!?)\]…%])'(?=[^\s'])(?!s\b)", "‘", text).replace("'", "’")
    return re.sub(r'(?<![\w’”.,;:!?)\]…%])"(?=[^\s"])', "“", text).replace('"', "”")


def straight(text: str) -> str:
    """The text with the marks of the keyboard, for data files."""
    return text.translate({ord("‘"): "'", ord("’"): "'", ord("“"): '"', ord("”"): '"'})


def in_page(page: str) -> str:
    """A web page with its marks curved, each range of numbers in an element that no line breaks, and places where a long
    name of a file may."""
    parts, drawn = [], 0
    for found in PIECE.finditer(page):
        piece = found[0]
        if piece.startswith("<"):
            if mark := UNBROKEN.match(piece):
                drawn += -1 if mark[1] else 1
            if found[1] == "code":
                piece = re.sub(r"(?<=>)[^<]+", lambda words: NAME.sub(_name, words[0]), piece)
            parts.append(piece if found[1] else TOLD.sub(lambda told: f'{told[1]}{_marks(told[2])}"', piece))
        else:
            words = _marks(piece)
            parts.append(words if drawn else _held(NAME.sub(_with_breaks, words)))
    return "".join(parts)


def _name(name: re.Match) -> str:
    return _held(_with_breaks(name))


def _held(words: str) -> str:
    return RANGE.sub(r'<span class="range">\g<0></span>', words)


def _with_breaks(name: re.Match) -> str:
    return re.sub(r"(?<=[/_])(?=\w)", "<wbr>", name[0])


def in_tree(blocks: Any) -> Any:
    """The blocks of pandoc's tree with the marks of their words curved; code keeps its own."""
    return rewrite(blocks, _word)


def _word(element: Element) -> list[Element] | None:
    text = element["c"] if element["t"] == "Str" else ""
    return [{"t": "Str", "c": curved(text)}] if "'" in text or '"' in text else None


def _marks(words: str) -> str:
    return curved(MARK.sub(lambda mark: unescape(mark[0]), words)) if MARK.search(words) else words
