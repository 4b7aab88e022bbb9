"""Which paragraph is which: the ids that the pages give to the paragraphs of the text, with their words."""

import re
from html import escape
from pathlib import Path

from bscbdata.kept import code_version, kept_json
from bscbdata.publish.book import Book
from bscbdata.publish.document import resolve
from bscbdata.publish.html import bodies_of
from bscbdata.publish.notebook import Output
from bscbdata.publish.numbering import Numbered
from bscbdata.review.anchors import with_ids
from bscbdata.review.pages import Page, read_tree, words


def places_of(book: Book) -> dict[str, list[tuple[str, str]]]:
    """For each page in order, the id and the words of every paragraph and item of its text."""
    document = resolve(book, "html")
    return {
        chapter.chapter.page: _places(chapter, body, document.outputs[chapter.chapter.file])
        for chapter, body in zip(document.chapters, bodies_of(document), strict=True)
    }


def _places(chapter: Numbered, body: str, outputs: list[Output]) -> list[tuple[str, str]]:
    """The ids depend on what stands between `<main>` and `</main>`, so that much of the page is put together."""
    text = re.sub(
        r"<!--output (\d+)-->", lambda found: outputs[int(found[1])].forms.get("text/html", ""), body
    )
    title = f'<h1><span id="{escape(chapter.anchor)}" class="quarto-section-identifier"></span></h1>'
    page, stem = f"<main>{title if chapter.anchor else ''}{text}</main>", Path(chapter.chapter.page).stem

    def read() -> list[tuple[str, str]]:
        tree = Page(chapter.chapter.page, "", read_tree(with_ids(page, stem)))
        return [(part.get("id"), words(part)) for _, _, paragraphs in tree.sections() for part in paragraphs]

    return [(name, said) for name, said in kept_json("places", (code_version(), stem, page), read)]
