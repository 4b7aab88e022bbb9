"""The tables of the PDF: in the type that they need, on their side where that is not enough; and the annex of the values of charts."""

from functools import partial

from bscbdata.provenance import LABELS
from bscbdata.publish import paper, paper_tables
from bscbdata.publish.document import Document
from bscbdata.publish.exhibits import Exhibit
from bscbdata.publish.tree import Element, plain, rewrite, word
from bscbdata.publish.typesetting import call, inline, quoted, raw, truth

SMALL_TYPE = 119  # characters in a line of small type across a page
HALF = 58  # characters of a table that takes half the line


def data_table(table: Element) -> list[Element]:
    """A table: in smaller type when its columns need it, on a page on its side when that is not enough."""
    found = _upright(table, paper_tables.CHARACTERS, small=False)
    return _on_its_side(found) if _too_wide(table) else found


def _on_its_side(blocks: list[Element]) -> list[Element]:
    return [raw("#on-its-side["), *blocks, raw("]")]


def _too_wide(table: Element) -> bool:
    return paper_tables.least_width(paper_tables.measured(table)) > SMALL_TYPE


def _upright(table: Element, room: int, small: bool) -> list[Element]:
    """A table on the page as it is, in smaller type when its columns need it."""
    spaced, rows = paper_tables.measured(table), paper_tables.rows_of(table)
    small = small or paper_tables.least_width(spaced) > room or len(rows) > paper_tables.LARGEST_WHOLE
    size = "8pt" if small else "9pt"
    shares = paper_tables.widths(spaced, SMALL_TYPE if small and room == paper_tables.CHARACTERS else room)
    columns = "".join(f"{share:.2%}, " for share in shares)
    sides = "".join("right, " if side["t"] == "AlignRight" else "left, " for side, _ in table["c"][2])
    head = plain(*(part for cell in rows[0] for part in _cell(cell)))
    is_long = len(rows) > paper_tables.LARGEST_WHOLE
    opening = f"#data-table(({columns}), ({sides}), size: {size}, long: {truth(is_long)}, headed: {truth(paper_tables.has_row_heads(table))}, ("
    body = [block for row in rows[1:] for block in _cells(row)]
    found = [raw(opening), head, raw("),"), *body, raw(")")]
    return [raw("#[ // long"), *found, raw("]")] if is_long else found


def _cells(row: list) -> list[Element]:
    """The cells of a row; those of one paragraph each are written in one line."""
    if all(len(cell[4]) <= 1 and all(b["t"] in {"Plain", "Para"} for b in cell[4]) for cell in row):
        return [plain(*(part for cell in row for part in _cell(cell)))]
    return [block for cell in row for block in (raw("["), *cell[4], raw("],"))]


def _cell(cell: list) -> list[Element]:
    inlines = [inline for block in cell[4] for inline in block["c"]]
    return [inline("["), *rewrite(inlines, partial(paper_tables.breakable, inline("#box();"))), inline("],")]


def annexed(document: Document) -> list[Element]:
    """The table of each chart, two beside each other where they are narrow."""
    found = [_entry(exhibit, table) for exhibit, table in paper.charts(document)]
    if not found:
        return []
    opening = raw(f"#chapter(id: {quoted('annex-values')})[{paper.ANNEX}]")
    return [opening, plain(word(paper.ANNEX_WORDS)), *_beside(found)]


def _entry(exhibit: Exhibit, table: Element) -> tuple[bool, list[Element]]:
    """Whether the table is narrow, and its blocks."""
    record = exhibit.record
    narrow = paper_tables.comfortable_width(table) <= HALF
    told = [exhibit.key, exhibit.anchor, exhibit.name, exhibit.title, record["measure"]]
    told += [record["provenance"], LABELS.get(record["provenance"], "")]
    meanings = paper.symbols(record["table"]["rows"])
    head = [raw(f"#values({', '.join(map(quoted, told))})["), raw(call("remark", meanings))]
    room = HALF if narrow else SMALL_TYPE
    entry = [*head, *_upright(table, room, small=True), raw("]")]
    return narrow, _on_its_side(entry) if _too_wide(table) else entry


def _beside(entries: list[tuple[bool, list[Element]]]) -> list[Element]:
    """Narrow entries in pairs, as they follow each other; wide ones by themselves."""
    blocks: list[Element] = []
    waiting: list[list[Element]] = []

    def flush() -> None:
        if waiting:
            cells = [part for entry in waiting for part in (raw("["), *entry, raw("],"))]
            blocks.extend([raw("#two-beside("), *cells, raw(")")])
            waiting.clear()

    for narrow, entry in entries:
        if not narrow or len(waiting) == 2:
            flush()
        waiting.append(entry) if narrow else blocks.extend(entry)
    flush()
    return blocks
