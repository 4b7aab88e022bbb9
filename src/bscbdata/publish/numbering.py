"""Numbers of chapters, sections, figures and tables as Quarto gives them, and what can be referred to."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from bscbdata.publish.book import Chapter, letter
from bscbdata.publish.tree import (
    NO_BREAK_SPACE,
    Element,
    attribute,
    attributes,
    classes_of,
    div,
    elements,
    pairs,
    plain,
    rewrite,
    words,
)

NAMES = {"fig": "Figure", "tbl": "Table", "sec": "Section", "ch": "Chapter", "apx": "Appendix"}


@dataclass(frozen=True)
class Target:
    """Something that can be referred to. `name` is a key of NAMES; `anchor` is "" for a whole chapter."""

    name: str
    number: str
    page: str
    anchor: str


@dataclass
class Numbered:
    """A chapter whose parts have their numbers."""

    chapter: Chapter
    number: str
    title: list[Element]
    anchor: str
    blocks: list[Element]
    targets: list[tuple[str, Target]] = field(default_factory=list)


def chapter_numbers(chapters: list[Chapter], numbered: list[bool]) -> list[str]:
    """1, 2, 3 … for chapters and A, B, C … for appendices; "" for one that takes no number."""
    found: list[str] = []
    taken: Counter[bool] = Counter()
    for chapter, takes in zip(chapters, numbered, strict=True):
        if takes:
            taken[chapter.appendix] += 1
        count = taken[chapter.appendix]
        found.append("" if not takes else letter(count - 1) if chapter.appendix else str(count))
    return found


def number_parts(
    blocks: list[Element], chapter: Chapter, number: str, title: list[Element], anchor: str, sections: bool
) -> Numbered:
    """The chapter, of blocks in one shape, with a number on each heading, figure and table."""
    done = Numbered(chapter, number, title, anchor, blocks)
    if anchor.startswith("sec-"):
        done.targets.append((anchor, Target("apx" if chapter.appendix else "ch", number, chapter.page, "")))
    _number_headings(done, sections)
    _number_floats(done)
    return done


def shaped(blocks: list[Element]) -> list[Element]:
    """The blocks with images, callouts and floats in one shape each."""
    return rewrite(rewrite(rewrite(blocks, shape_image), shape_callout), shape_float)


def shape_image(element: Element) -> list[Element] | None:
    """An image with the words of its `fig-alt` for those who cannot see it, in place of its caption."""
    if element["t"] != "Image":
        return None
    (identifier, names, more), inlines, target = element["c"]
    told = dict(more).get("fig-alt")
    kept = [[key, value] for key, value in more if key != "fig-alt"]
    return [{"t": "Image", "c": [[identifier, names, kept], words(told) if told else inlines, target]}]


def shape_callout(element: Element) -> list[Element] | None:
    """A callout as a title and a body. Its title is its first heading, else its attribute, else its kind."""
    kind = callout_kind(element)
    if not kind:
        return None
    attribute_, blocks = element["c"]
    title = words(pairs(attribute_).get("title", kind.capitalize()))
    if blocks and blocks[0]["t"] == "Header":
        title, blocks = blocks[0]["c"][2], blocks[1:]
    for heading in elements(blocks):
        if heading["t"] == "Header":
            heading["c"][1][1].append("unnumbered")
    head = div(attribute("", "callout-title-container"), plain(*title))
    return [{"t": "Div", "c": [attribute_, [head, div(attribute("", "callout-body-container"), *blocks)]]}]


def callout_kind(element: Element) -> str:
    """`note` for a callout of that kind; empty for anything else."""
    found = (
        re.fullmatch(r"callout-(note|tip|warning|important|caution)", name) for name in classes_of(element)
    )
    return next((match[1] for match in found if match), "")


def shape_float(element: Element) -> list[Element] | None:
    """A figure or table, however written, as a division: its caption first, then what it shows."""
    found = attributes(element)
    if element["t"] not in {"Div", "Table", "Figure"} or not found or found[0][:4] not in {"fig-", "tbl-"}:
        return None
    identifier, kind = found[0], found[0][:3]
    caption, body = _caption_and_body(element)
    head = div(attribute("", "float-caption"), plain(*caption))
    return [{"t": "Div", "c": [[identifier, ["quarto-float", kind], []], [head, *body]]}]


def _caption_and_body(element: Element) -> tuple[list[Element], list[Element]]:
    if element["t"] == "Figure":
        _, caption, body = element["c"]
        return _inlines(caption), body
    if element["t"] == "Table":
        found, caption, *rest = element["c"]
        return _inlines(caption), [{"t": "Table", "c": [["", found[1], found[2]], [None, []], *rest]}]
    blocks = element["c"][1]
    if len(blocks) > 1 and blocks[-1]["t"] == "Para":
        return blocks[-1]["c"], rewrite(blocks[:-1], _without_own_caption)
    if len(blocks) == 1 and blocks[0]["t"] in {"Table", "Figure"}:
        return _caption_and_body(blocks[0])
    return [], blocks


def _without_own_caption(element: Element) -> list[Element] | None:
    """Pandoc makes a figure of every image that stands alone; inside a numbered one the image is enough."""
    return element["c"][2] if element["t"] == "Figure" else None


def _inlines(caption: list) -> list[Element]:
    return caption[1][0]["c"] if caption[1] else []


def _number_headings(done: Numbered, sections: bool) -> None:
    counts = [0] * 7
    for element in elements(done.blocks):
        if element["t"] != "Header":
            continue
        level, (identifier, names, more), _ = element["c"]
        number = ""
        if "unnumbered" not in names and done.number:
            counts[level] += 1
            counts[level + 1 :] = [0] * (6 - level)
            number = ".".join([done.number, *map(str, counts[2 : level + 1])])
        if number and sections:
            more.append(["number", number])
        if identifier.startswith("sec-"):
            done.targets.append((identifier, Target("sec", number, done.chapter.page, identifier)))


def _number_floats(done: Numbered) -> None:
    counts: Counter[str] = Counter()
    for element in floats(done.blocks):
        identifier, (_, kind), more = element["c"][0]
        counts[kind] += 1
        number = f"{done.number}.{counts[kind]}" if done.number else str(counts[kind])
        more.append(["number", number])
        done.targets.append((identifier, Target(kind, number, done.chapter.page, identifier)))


def floats(blocks: list[Element]) -> Iterator[Element]:
    """The figures and tables, in order."""
    return (item for item in elements(blocks) if "quarto-float" in classes_of(item))


def label(kind: str, number: str) -> str:
    """`Figure 2.1`, with a space that does not break."""
    return f"{NAMES[kind]}{NO_BREAK_SPACE}{number}" if number else NAMES[kind]
