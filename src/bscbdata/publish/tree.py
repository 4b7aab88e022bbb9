"""Walking pandoc's tree: elements are dictionaries with a type `t` and a content `c`."""

from collections.abc import Callable, Iterator
from typing import Any

Element = dict[str, Any]
Attributes = list  # [id, [classes], [[key, value], …]]
NO_BREAK_SPACE = "\u00a0"
LEAVES = {"Str", "Space", "SoftBreak", "LineBreak"}  # most of a text, with nothing inside: not walked into
NAMED = {"Div", "Span", "Table", "Figure", "Link", "Image", "CodeBlock"}  # whose attributes come first
INNER = {list, dict}  # what has something inside


def elements(content: Any) -> Iterator[Element]:
    """Every element, in reading order, outer ones first."""
    waiting = [content]  # and not a call inside a call for each level: a walk would cost ten times as much
    while waiting:
        item = waiting.pop()
        if type(item) is list:
            waiting += [part for part in reversed(item) if type(part) in INNER]
        elif type(item) is dict:
            if "t" in item:
                yield item
                if item["t"] in LEAVES:
                    continue
            waiting += [part for part in reversed(item.values()) if type(part) in INNER]


def rewrite(content: Any, change: Callable[[Element], list[Element] | None]) -> Any:
    """The content with each element replaced by what `change` returns, inner ones first; None keeps it.

    What is given stays as it is: only leaves are shared with it.
    """
    if type(content) is dict:
        return {k: rewrite(value, change) if type(value) in INNER else value for k, value in content.items()}
    if type(content) is not list:
        return content
    changed: list = []
    for item in content:
        kind = item.get("t") if type(item) is dict else None
        inner = rewrite(item, change) if type(item) in INNER and kind not in LEAVES else item
        replaced = None if kind is None else change(inner)
        if replaced is None:
            changed.append(inner)
        else:
            changed += replaced
    return changed


def plain_text(content: Any) -> str:
    """The words of inline elements, also of those inside others, without notes."""
    if type(content) is list:
        return "".join(map(plain_text, content))
    kind = content.get("t") if type(content) is dict else None
    if kind in {"Space", "SoftBreak", "LineBreak"}:
        return " "
    if kind in {"Str", "Code", "Math"}:
        return content["c"] if kind == "Str" else content["c"][-1]
    return "" if kind in {None, "Note", "RawInline"} else plain_text(content.get("c"))


def attributes(element: Element) -> Attributes | None:
    """The id, classes and pairs of an element that has them."""
    if element["t"] == "Header":
        return element["c"][1]
    return element["c"][0] if element["t"] in NAMED else None


def classes_of(element: Element) -> list[str]:
    """The classes of a division; none of anything else."""
    return element["c"][0][1] if element["t"] == "Div" else []


def inlines_of(division: Element) -> list[Element]:
    """What stands in a division of one line, such as a caption or a title."""
    return division["c"][1][0]["c"]


def pairs(attribute: Attributes) -> dict[str, str]:
    """The key-value pairs of attributes."""
    return dict(attribute[2])


def attribute(identifier: str = "", *classes: str, **more: str) -> Attributes:
    """Attributes; an underscore in a key is written as a hyphen."""
    return [identifier, list(classes), [[key.replace("_", "-"), value] for key, value in more.items()]]


def word(text: str) -> Element:
    return {"t": "Str", "c": text}


def words(text: str) -> list[Element]:
    """Plain text as inline elements."""
    spaced = [piece for part in text.split(" ") for piece in ({"t": "Space"}, word(part))]
    return spaced[1:]


def div(attribute: Attributes, *blocks: Element) -> Element:
    return {"t": "Div", "c": [attribute, list(blocks)]}


def plain(*inlines: Element) -> Element:
    return {"t": "Plain", "c": list(inlines)}


def link(url: str, attribute: Attributes, *inlines: Element) -> Element:
    return {"t": "Link", "c": [attribute, list(inlines), [url, ""]]}


def raw_block(text: str, form: str = "html") -> Element:
    return {"t": "RawBlock", "c": [form, text]}
