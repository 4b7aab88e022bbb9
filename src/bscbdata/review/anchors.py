"""A stable id for every paragraph of a page: the anchor of its section and its number there.

An id depends on nothing outside its own section, so that a comment finds its paragraph when other sections change.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b

TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)((?:\s[^<>]*?)?)(/?)>")
MAIN = re.compile(r"(<main\b[^>]*>)(.*)(</main>)", flags=re.S)
TITLE = re.compile(r'<span id="(sec-[^"]+)" class="quarto-section-identifier">')
# what is not prose: navigation, what a figure shows, notes that have ids of their own
CLOSED = {"nav", "header", "svg", "table", "figcaption", "script", "style"}
CLOSED_CLASSES = {"figure-body", "table-body", "figure-data", "draft-note"}
EMPTY = {"br", "hr", "img", "input", "meta", "link", "wbr", "col"}


def with_ids(page: str, stem: str) -> str:
    """The page with an id on every paragraph and list item of its text; those that have one keep it."""
    main = MAIN.search(page)
    if not main:
        return page
    title = TITLE.search(page)
    taken = set(re.findall(r'\sid="([^"]*)"', page))
    numbered = _Numbering(stem, title[1] if title else stem, taken).run(main[2])
    return page[: main.start(2)] + numbered + page[main.end(2) :]


@dataclass
class _Numbering:
    """One walk through the text of a page."""

    stem: str
    chapter: str
    taken: set[str]
    open: list[tuple[str, bool, str]] = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)

    def run(self, text: str) -> str:
        parts, end = [], 0
        for tag in TAG.finditer(text):
            parts += [text[end : tag.start()], self._tag(tag, text)]
            end = tag.end()
        return "".join([*parts, text[end:]])

    def _tag(self, tag: re.Match, text: str) -> str:
        closing, name, more, alone = tag[1], tag[2].lower(), tag[3], tag[4]
        if closing:
            self._close(name)
            return tag[0]
        written = self._with_id(tag, text) if name in ("p", "li") and not self._is_closed() else tag[0]
        if not alone and name not in EMPTY:
            section = _attribute(more, "id") if name == "section" else ""
            self.open.append((name, self._is_closed() or _closes(name, more), section or self._section()))
        return written

    def _close(self, name: str) -> None:
        while self.open and self.open.pop()[0] != name:
            pass

    def _is_closed(self) -> bool:
        return bool(self.open) and self.open[-1][1]

    def _section(self) -> str:
        return self.open[-1][2] if self.open else ""

    def _with_id(self, tag: re.Match, text: str) -> str:
        """The opening tag with its id. A list item whose text is paragraphs leaves the id to them."""
        if tag[2].lower() == "li" and text[tag.end() :].lstrip().startswith("<p"):
            return tag[0]
        section = self._section()
        base = f"{self.stem}-{section}" if section else self.chapter
        base = section if section.startswith("sec-") else base
        self.counts[base] += 1
        if _attribute(tag[3], "id"):
            return tag[0]
        return f'<{tag[2]} id="{self._free(f"{base}-p{self.counts[base]}", text[tag.end() :])}"{tag[3]}>'

    def _free(self, wanted: str, following: str) -> str:
        """The id, with a short hash of the paragraph's words where something else has it already."""
        if wanted in self.taken:
            words = following.partition("</")[0]
            wanted += "-" + blake2b(words.encode(), digest_size=3).hexdigest()
        self.taken.add(wanted)
        return wanted


def _closes(name: str, more: str) -> bool:
    return name in CLOSED or bool(CLOSED_CLASSES & set(_attribute(more, "class").split()))


def _attribute(more: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', more)
    return found[1] if found else ""
