"""The built pages read as a browser would: links, words for images, headings, nothing from outside."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bscbdata.findings import Finding, failure, stop_on_failure
from bscbdata.kept import code_version, kept_json

# Attributes that make a browser fetch something. A link (`a href`) is only followed when a reader asks.
FETCHING = {"src", "srcset", "poster", "data", "background", "action"}
GATHERED = ("ids", "links", "fetched", "headings", "nameless", "inline_scripts")


@dataclass
class Page(HTMLParser):
    """What matters of one page, gathered as it is read."""

    name: str
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    fetched: list[tuple[str, str]] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    nameless: list[str] = field(default_factory=list)
    inline_scripts: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.ids += [found["id"]] if "id" in found else []
        self._note_addresses(tag, found)
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))
        if tag == "script" and "src" not in found or any(name.startswith("on") for name in found):
            self.inline_scripts += 1
        if tag == "img" and not found.get("alt") or tag == "svg" and not _named(found):
            self.nameless.append(found.get("src", tag))

    def _note_addresses(self, tag: str, found: Mapping[str, str]) -> None:
        if tag == "a" and "href" in found and not ("download" in found and found["href"].startswith("data:")):
            self.links.append(found["href"])
        elif "href" in found and tag in {"link", "base"}:
            self.fetched.append((tag, found["href"]))
        self.fetched += [(tag, found[name]) for name in sorted(FETCHING & set(found))]


def _named(found: Mapping[str, str]) -> bool:
    hidden = found.get("aria-hidden") == "true"
    return (
        hidden or found.get("role") == "img" and bool(found.get("aria-label") or found.get("aria-labelledby"))
    )


def read_page(path: Path, folder: Path) -> Page:
    """What matters of a page, from what is kept of the same page."""
    text = path.read_text(encoding="utf8")
    found = kept_json("read-page", (code_version(), text), lambda: _read(text))
    return Page(path.relative_to(folder).as_posix(), **found)


def _read(text: str) -> dict[str, object]:
    page = Page("")
    page.feed(text)
    return {name: getattr(page, name) for name in GATHERED}


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
            yield failure(
                "link", "A link leads to a place that is not on its page.", file=page.name, value=url
            )


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
    for name in page.nameless:
        yield failure(
            "words", "An image has no words for those who cannot see it.", file=page.name, value=name
        )
    for name, count in Counter(page.ids).items():
        if count > 1:
            yield failure("page", "An id stands more than once on the page.", file=page.name, value=name)
    if page.headings.count(1) != 1 or page.headings[0] != 1:
        yield failure("page", "A page has one heading of level one, at its top.", file=page.name)
    for before, after in zip(page.headings, page.headings[1:], strict=False):
        if after > before + 1:
            yield failure(
                "page", f"A heading of level {after} stands under one of level {before}.", file=page.name
            )
    if page.inline_scripts:
        yield failure(
            "outside", "The page holds a script of its own, which its policy forbids.", file=page.name
        )
