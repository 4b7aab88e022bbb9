"""Cards on the pages: what stands behind each number, told by the executed notebooks, shown by `assets/cards.js`.

Works on the pages of either renderer, after they are written. Without a script each number is a link to its row in the
appendix of numbers, and each figure has one to its row in the appendix of sources.
"""

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bscbdata import disclosure
from bscbdata.figures import figure_record
from bscbdata.places import slug
from bscbdata.provenance import LABELS
from bscbdata.publish.book import ASSETS, BESIDE
from bscbdata.tracing.shown import SPAN, anchor, attributes

OWN_FILES = ("cards.css", "cards.js")
# what many cards of a page say alike
SHARED = ("cited", "definition", "how", "label", "parts", "provenance", "tables", "vintage", "where")
TAG = re.compile(
    r"<(/?)(a|svg|summary|button|nav|head)\b[^>]*>|" + SPAN.pattern + r"(?:(?!</span>).)*</span>", re.S
)


@dataclass
class Told:
    """What one notebook tells of its numbers: cards by key, papers of raw files, and its figures."""

    cards: dict[str, dict] = field(default_factory=dict)
    files: dict[str, dict] = field(default_factory=dict)
    figures: dict[str, dict] = field(default_factory=dict)


def write_cards(book: Path, out: Path, report: Path | None = None) -> None:
    """Put cards into the pages of `out`, from the executed notebooks in `book`.

    They lead to the appendices of `out`; where it is one chapter alone, to those of the whole `report`. What editions for
    other readers withhold, whose notebooks a build lays beside the book, no card tells either.
    """
    told = {path.stem: read_told(path) for path in sorted(book.glob("*.ipynb"))}
    if not any(one.files for one in told.values()):
        return
    others = map(read_told, sorted(book.parent.glob(f"{BESIDE}/*/*.ipynb")))
    figures = (figure for one in (*told.values(), *others) for figure in one.figures.values())
    guarded = tables_with_withheld_cells(figures)
    anchors = _anchors(report or out, out)
    folder = out / "assets" / "cards"
    folder.mkdir(parents=True, exist_ok=True)
    for name in OWN_FILES:
        shutil.copyfile(ASSETS / name, folder.parent / name)
    for name, one in told.items():
        page = out / f"{name}.html"
        if not page.exists():
            continue
        text = _linked(page.read_text(encoding="utf8"), anchors)
        if one.files or any(figure["cells"] for figure in one.figures.values()):
            (folder / f"{name}.js").write_text(_script(one, guarded, anchors), encoding="utf8", newline="\n")
            text = _hooked(text, name)
        page.write_text(text, encoding="utf8", newline="\n")


def read_told(notebook: Path) -> Told:
    """What the outputs of an executed notebook tell of their numbers."""
    told = Told()
    for _, said in figure_record.told(notebook):
        trace = said.get("trace", {})
        told.cards |= trace.get("cards", {})
        told.files |= trace.get("files", {})
        if "figure" in trace:
            told.figures[trace["figure"]["key"]] = trace["figure"]
    return told


def tables_with_withheld_cells(figures: Iterable[Mapping]) -> set[str]:
    """The processed tables of which a figure withholds something, and those of figures that count the same.

    Cards repeat no counts of these: one more number could give a withheld one away.
    """
    known = {figure["key"]: figure for figure in figures}
    hidden = {key for key, figure in known.items() if figure["withheld"]}
    related = [
        {part["figure"] for part in link["sums"] if "figure" in part} for link in disclosure.rules().related
    ]
    while more := {key for group in related if group & hidden for key in group} - hidden:
        hidden |= more
    return {table for key in hidden & set(known) for table in known[key]["tables"]}


# ---- the data of a page --------------------------------------------------------------------------------------------


def _script(told: Told, guarded: set[str], anchors: Mapping[str, str]) -> str:
    """The cards of a page as a script: a page opened from a folder can read no other file."""
    shared: dict[str, int] = {}

    def compact(cards: Mapping[str, Mapping]) -> dict[str, dict]:
        return {key: _compact(_without_counts(card, guarded), shared) for key, card in cards.items()}

    content = {
        "cards": compact(told.cards),
        "figures": {key: compact(figure["cells"]) for key, figure in told.figures.items() if figure["cells"]},
        "files": {
            name: paper | _place(anchors, f"source-{slug(name)}") for name, paper in told.files.items()
        },
        "shared": [json.loads(text) for text in shared],
        "provenance": LABELS,
    }
    packed = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"window.bscbCards = {packed};\n"


def _without_counts(card: Mapping, guarded: set[str]) -> dict:
    """The card without its numerator and denominator where something of its tables is withheld."""
    if card.get("children") and guarded & set(card["tables"]) and "parts" in card:
        return {name: value for name, value in card.items() if name != "parts"} | {"parts_withheld": True}
    return dict(card)


def _compact(card: Mapping, shared: dict[str, int]) -> dict:
    """The card with what other cards of the page say too told by its place in the list that they share."""
    kept = {name: value for name, value in card.items() if name != "children"}
    texts = {name: json.dumps(kept[name], sort_keys=True) for name in SHARED if name in kept}
    return kept | {name: shared.setdefault(text, len(shared)) for name, text in texts.items()}


def _place(anchors: Mapping[str, str], name: str) -> dict[str, str]:
    return {"page": f"{anchors[name]}#{name}"} if name in anchors else {}


# ---- the pages -----------------------------------------------------------------------------------------------------


def _anchors(report: Path, out: Path) -> dict[str, str]:
    """Where the appendices speak of a number, a source or what a figure is made from: anchor -> page, as `out` leads there."""
    found = {}
    for page in sorted(report.glob("*.html")):
        address = os.path.relpath(page, out).replace(os.sep, "/")
        for name in re.findall(r'\sid="((?:number|source|from)-[^"]+)"', page.read_text(encoding="utf8")):
            found.setdefault(name, address)
    return found


def _hooked(page: str, name: str) -> str:
    """The page with style, data and script of its cards."""
    lines = (
        '<link rel="stylesheet" href="assets/cards.css">\n'
        f'<script defer src="assets/cards/{name}.js"></script>\n<script defer src="assets/cards.js"></script>\n'
    )
    return page.replace("</head>", f"{lines}</head>", 1)


def _linked(page: str, anchors: Mapping[str, str]) -> str:
    """The page with each number a link to its row, and each figure with one to what it is made from."""
    page = "".join(_pieces(page, anchors))
    for name, place in anchors.items():
        key = name.removeprefix("from-")
        if key != name and f'-{key}"' in page:
            page = _with_source_link(page, key, f"{place}#{name}")
    return page


def _pieces(page: str, anchors: Mapping[str, str]) -> Iterator[str]:
    """The page in pieces, with numbers made links: not those inside what is pressed already, nor in a drawing."""
    end, inside = 0, 0
    for found in TAG.finditer(page):
        yield page[end : found.start()]
        end = found.end()
        if found[2]:
            inside += -1 if found[1] else 1
            yield found[0]
        else:
            name = anchor(attributes(found[0])["fact"])
            linked = not inside and name in anchors
            yield f'<a class="fact-link" href="{anchors[name]}#{name}">{found[0]}</a>' if linked else found[0]
    yield page[end:]


def _with_source_link(page: str, key: str, address: str) -> str:
    opening = rf'id="(?:figure|table)-{re.escape(key)}"'
    line = re.search(rf'{opening}.*?<p class="figure-meta">.*?(?=</p>)', page, flags=re.S)
    if not line:
        return page
    link = f' <a class="figure-trace" href="{address}">Where these numbers come from</a>'
    return page[: line.end()] + link + page[line.end() :]
