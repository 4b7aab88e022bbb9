"""The built pages read as a browser would: links, words for images, headings, nothing from outside."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import html

from bscbdata.findings import Finding, failure, stop_on_failure
from bscbdata.kept import code_version, kept_json
from bscbdata.review.pages import HEADINGS

# Attributes that make a browser fetch something. A link (`a href`) is only followed when a reader asks.
FETCHING = {"src", "srcset", "poster", "data", "background", "action"}


@dataclass(frozen=True)
class Page:
    """What matters of one page. `fetched` are pairs of a tag and an address."""

    name: str
    ids: list[str]
    links: list[str]
    fetched: list[tuple[str, str]]
    headings: list[int]
    nameless: list[str]
    inline_scripts: int


def read_page(path: Path, folder: Path) -> Page:
    """The ids, links, headings and so on of a page; cached by its text."""
    text = path.read_text(encoding="utf8")
    found = kept_json("read-page", (code_version(), text), lambda: _read(text))
    return Page(path.relative_to(folder).as_posix(), **found)


def _read(text: str) -> dict[str, object]:
    nodes = list(html.document_fromstring(text, parser=html.HTMLParser(huge_tree=True)).iter("*"))
    return {
        "ids": [node.get("id") for node in nodes if "id" in node.attrib],
        "links": [node.get("href") for node in nodes if _is_link(node)],
        "fetched": [found for node in nodes for found in _fetched(node)],
        "headings": [int(node.tag[1]) for node in nodes if node.tag in HEADINGS],
        "nameless": [node.get("src", node.tag) for node in nodes if _is_nameless(node)],
        "inline_scripts": sum(map(_is_script, nodes)),
    }


def _is_link(node: html.HtmlElement) -> bool:
    address = node.get("href", "")
    carried = "download" in node.attrib and address.startswith("data:")
    return node.tag == "a" and "href" in node.attrib and not carried


def _fetched(node: html.HtmlElement) -> Iterator[tuple[str, str]]:
    names = FETCHING | ({"href"} if node.tag in {"link", "base"} else set())
    yield from ((node.tag, node.get(name)) for name in sorted(names & set(node.keys())))


def _is_nameless(node: html.HtmlElement) -> bool:
    """Whether it is a picture without words. One that is hidden from those who listen needs none."""
    if node.tag == "img":
        return not node.get("alt")
    named = node.get("role") == "img" and (node.get("aria-label") or node.get("aria-labelledby"))
    return node.tag == "svg" and node.get("aria-hidden") != "true" and not named


def _is_script(node: html.HtmlElement) -> bool:
    """Whether it holds code itself: in its text, or in an attribute such as `onclick`."""
    return node.tag == "script" and "src" not in node.attrib or any(n.startswith("on") for n in node.attrib)


def check_pages(folder: Path, elsewhere: Collection[str] = ()) -> None:
    """Raise DataStop with every fault of every page in the folder; `elsewhere` are addresses outside that are there."""
    pages = {page.name: page for page in (read_page(path, folder) for path in sorted(folder.rglob("*.html")))}
    stop_on_failure(
        finding
        for page in pages.values()
        for finding in (*_links(page, pages, folder, elsewhere), *_fetches(page, folder), *_itself(page))
    )


def _links(
    page: Page, pages: Mapping[str, Page], folder: Path, elsewhere: Collection[str]
) -> Iterator[Finding]:
    for url in dict.fromkeys(url for url in page.links if url not in elsewhere):
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "mailto", "tel"}:
            continue
        name = unquote(parts.path) or page.name
        anchor = unquote(parts.fragment)
        if parts.scheme or parts.netloc or name not in pages and not (folder / name).is_file():
            yield failure("link", "A link leads nowhere.", file=page.name, value=url[:120])
        elif anchor and name in pages and anchor not in pages[name].ids:
            said = "A link leads to a place that is not on its page."
            yield failure("link", said, file=page.name, value=url)


def _fetches(page: Page, folder: Path) -> Iterator[Finding]:
    for tag, url in page.fetched:
        parts = urlsplit(url)
        if parts.scheme == "data" and tag == "img":
            continue
        if parts.scheme or parts.netloc or url.startswith("/"):
            said = "The page would fetch something from outside."
            yield failure("outside", said, file=page.name, value=f"{tag} {url[:120]}")
        elif not (folder / unquote(parts.path)).is_file():
            yield failure("link", "A file that the page needs is missing.", file=page.name, value=url)


def _itself(page: Page) -> Iterator[Finding]:
    wrong = partial(failure, file=page.name)
    for name in page.nameless:
        yield wrong("words", "An image has no words for those who cannot see it.", value=name)
    for name, count in Counter(page.ids).items():
        if count > 1:
            yield wrong("page", "An id stands more than once on the page.", value=name)
    if page.headings.count(1) != 1 or page.headings[0] != 1:
        yield wrong("page", "A page has one heading of level one, at its top.")
    for before, after in pairwise(page.headings):
        if after > before + 1:
            yield wrong("page", f"A heading of level {after} stands under one of level {before}.")
    if page.inline_scripts:
        yield wrong("outside", "The page holds a script of its own, which its policy forbids.")
