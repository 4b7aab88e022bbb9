"""Tables on paper: as pandoc takes them, how narrow they can be, and how wide each column is best."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np

from bscbdata.figures.published_table import reads_as_numbers
from bscbdata.publish.tree import Element, attribute, elements, plain, plain_text, rewrite, word

LARGEST_WHOLE = 24  # rows of a table that is kept on one page; a longer one is in small type
CHARACTERS = 104  # in a line of table text across a page
PADDING = 3  # characters that a column needs beside its text
SIDES = 2.5  # of them that a cell takes at the least
APART = 2  # more of them before words that stand right of numbers
PART_OF_A_WORD = 2  # characters that stay free at the end of a line that wraps
LONG_NAME = 14  # characters of a name that may be parted
# a day is measured as one word: no line should part it
DAY = re.compile(r"\b(\d{1,2}) ([A-Z][a-z]+) (\d{4})\b")
RANGE = re.compile(r"\b(\d{4})-(\d\d)\b")  # a year, which is not parted either (typography.py)
# how wide letters are beside a digit, at the most, in the fonts of the PDF and of Word
LETTERS = {
    "ijlI.,:;'’ ": 0.55,
    "frt-()[]/": 0.75,
    "0123456789": 1.0,
    "mwMW%@": 1.7,
    "ABCDEFGHKNOPQRSTUVXYZ&": 1.3,
}
ACROSS = {letter: width for letters, width in LETTERS.items() for letter in letters}
OTHERS = 1.12
BOLD = 1.1  # how much wider letters in bold are
SHORT = 20  # a column with no longer cell never wraps


def table(told: Mapping[str, Any]) -> Element:
    """A table of a record as pandoc's: one header row, numbers to the right, the first column a header of its row."""
    columns = told["columns"]
    right = [
        column["is_number"] or (place > 0 and reads_as_numbers(row[place] for row in told["rows"]))
        for place, column in enumerate(columns)
    ]
    aligned = [{"t": "AlignRight" if is_right else "AlignLeft"} for is_right in right]
    head = [_cell(column["label"]) for column in columns]
    body = [_row([_cell(text) for text in row]) for row in told["rows"]]
    sizes = [[side, {"t": "ColWidthDefault"}] for side in aligned]
    parts = [[attribute(), [_row(head)]], [[attribute(), 1, [], body]], [attribute(), []]]
    return {"t": "Table", "c": [attribute(), [None, []], sizes, *parts]}


def _cell(text: str) -> list:
    return [attribute(), {"t": "AlignDefault"}, 1, 1, [plain(word(text))] if text else []]


def _row(cells: list) -> list:
    return [attribute(), cells]


def has_row_heads(table_: Element) -> bool:
    """Whether the first cell of each row is the header of the row."""
    return any(columns for _, columns, _, _ in table_["c"][4])


def rows_of(table_: Element) -> list[list[list]]:
    """The rows of a table, those of the head first; a row is a list of cells."""
    _, _, _, head, bodies, foot = table_["c"]
    rows = [*head[1], *(row for body in bodies for row in (*body[2], *body[3])), *foot[1]]
    return [row[1] for row in rows]


def texts_of(table_: Element) -> list[list[str]]:
    """The words of every cell."""
    return [[block_text(cell[4]) for cell in row] for row in rows_of(table_)]


def block_text(blocks: list[Element]) -> str:
    return " ".join(plain_text(item["c"]) for item in elements(blocks) if item["t"] in {"Plain", "Para"})


def turned(table_: Element, corner: str = "") -> Element:
    """The table with rows and columns exchanged: a column for each row. `corner` names what the rows are now."""
    rows = rows_of(table_)
    head, *body = [list(column) for column in zip(*rows, strict=True)]
    head[0] = _cell(corner) if corner else head[0]
    attribute_, caption, sizes, *_ = table_["c"]
    numbers = [sizes[0], *[sizes[-1]] * (len(rows) - 1)]
    parts = [[attribute(), [_row(head)]], [[attribute(), 1, [], [_row(row) for row in body]]]]
    return {"t": "Table", "c": [attribute_, caption, numbers, *parts, [attribute(), []]]}


def widths(table_: Element, characters: int = CHARACTERS) -> list[float]:
    """The share of the line that each column gets; together at most 1.

    Each gets what its longest word needs, one of short cells what the longest of these does where there is room. The rest of
    the line goes where it makes the table lowest.
    """
    rows = texts_of(table_)
    columns = list(zip(*rows, strict=True))
    beside = [SIDES + APART * right for right in right_of_numbers(table_)]
    room = characters - sum(beside)
    least = [_widest_word(column) for column in columns]
    whole = [max(word_, _widest_short(column)) for word_, column in zip(least, columns, strict=True)]
    least = whole if sum(whole) < room else least
    sizes = _lowest(np.array([[_across(text) for text in row] for row in _some(rows)]), least, room)
    total = max(room, sum(sizes)) + sum(beside)
    return [(size + more) / total for size, more in zip(sizes, beside, strict=True)]


def right_of_numbers(table_: Element) -> list[bool]:
    """Whether each column has words, and numbers left of it: without more room between them they read as one."""
    right = [side["t"] == "AlignRight" for side, _ in table_["c"][2]]
    return [False, *(before and not here for before, here in pairwise(right))]


def _some(rows: list[list[str]], most: int = 100) -> list[list[str]]:
    """The rows of a table that stand for all of them: of a long one some from end to end."""
    return rows[:: ceil(len(rows) / most)]


def _lowest(lengths: np.ndarray, least: list[float], room: float) -> list[float]:
    """Sizes of columns that use the room so that the rows take few lines: it is given by and by, where it saves most."""
    sizes, longest = list(least), lengths.max(axis=0)
    while True:
        lines = _lines(lengths, np.array(sizes))
        most = np.minimum(longest, np.array(sizes) + room - sum(sizes))
        found = [
            (saved / (size - sizes[place]), place, size)
            for place in range(len(sizes))
            for size, saved in _savings(
                lengths[:, place], lines, place, range(int(sizes[place]), int(most[place]))
            )
        ]
        best, place, size = max(found, default=(0, 0, 0))
        if best <= 0:
            return _spread(sizes, longest, room)
        sizes[place] = size


def _savings(
    lengths: np.ndarray, lines: np.ndarray, place: int, larger: range
) -> Iterator[tuple[int, float]]:
    """How many of the lines of the table each larger size of one column would save; `lengths` are of its texts."""
    others = np.delete(lines, place, axis=1).max(axis=1, initial=1)
    tried = np.array(larger, dtype=int) + 1
    taken = np.maximum(others[:, None], _lines(lengths[:, None], tried)).sum(axis=0)
    return zip(tried.tolist(), np.maximum(others, lines[:, place]).sum() - taken, strict=True)


def _lines(lengths: np.ndarray, size: np.ndarray | int) -> np.ndarray:
    """The lines that a text of a length takes; one that wraps leaves part of a word free in each."""
    return np.where(lengths <= size, 1, np.ceil(lengths / np.maximum(size - PART_OF_A_WORD, 1)))


def _spread(sizes: list[float], longest: np.ndarray, room: float) -> list[float]:
    """What is left of the room, to those whose cells wrap: by how much they lack."""
    lacks = [max(0, most - size) for size, most in zip(sizes, longest, strict=True)]
    share = min(1, max(0, room - sum(sizes)) / sum(lacks)) if any(lacks) else 0
    return [float(size + lack * share) for size, lack in zip(sizes, lacks, strict=True)]


def breakable(between: Element, element: Element) -> list[Element] | None:
    """A long name, as of a file or a table, with something between its parts where it may go on in the next line."""
    if element["t"] not in {"Str", "Code"}:
        return None
    text = element["c"] if element["t"] == "Str" else element["c"][1]
    if max(map(len, text.split()), default=0) <= LONG_NAME or not re.search(r"[a-zA-Z]", text):
        return None
    pieces = [piece for piece in re.split(r"(?<=[/_])|(?<=\.)(?=[a-z])", text) if piece]
    return [part for piece in pieces for part in (word(piece), between)]


def measured(table_: Element) -> Element:
    """The table with a space wherever a line may end, to measure how narrow its columns can be."""
    return rewrite([table_], partial(breakable, {"t": "Space"}))[0]


def comfortable_width(table_: Element) -> float:
    """The characters that the table takes across when no short cell wraps."""
    return sum(
        PADDING + max(_wanted(column), max(map(len, column[1:]), default=0))
        for column in zip(*texts_of(table_), strict=True)
    )


def _is_short(column: tuple[str, ...]) -> bool:
    return max(map(len, column[1:]), default=0) <= SHORT


def _wanted(column: tuple[str, ...]) -> float:
    """What a column needs: its longest word; a short one its longest cell too, and half of what stands above it."""
    head, *body = column
    longest = _longest_word(column)
    if not body or not _is_short(column):
        return longest
    return max(longest, *map(len, body), min(len(head), len(head) / 2 + 2))


def _longest_word(column: tuple[str, ...]) -> int:
    """The characters of the longest word; one above the column is in bold, which is wider."""
    head, *body = (max(map(len, _words(text))) for text in column)
    return max([ceil(head * 1.15), *body])


def _widest_word(column: tuple[str, ...]) -> float:
    """How wide it is, in digits."""
    head, *body = (max(map(_across, _words(text))) for text in column)
    return max([head * BOLD, *body])


def _widest_short(column: tuple[str, ...]) -> float:
    """How wide the widest cell of a short column is; 0 of another."""
    return max(map(_across, column[1:]), default=0) if _is_short(column) else 0


def _words(text: str) -> list[str]:
    return re.split(r"[\s/-]", RANGE.sub(r"\1_\2", DAY.sub(r"\1_\2_\3", text)))


def _across(text: str) -> float:
    """How wide a text is, in digits."""
    return sum(ACROSS.get(letter, OTHERS) for letter in text)


def least_width(table_: Element) -> int:
    """The characters that the table needs across at the least: the longest word of each column, and what parts them."""
    return least_of(texts_of(table_))


def least_of(rows: Iterable[list[str]]) -> int:
    """The same from the words of the cells, row by row."""
    return sum(_longest_word(column) + PADDING for column in zip(*rows, strict=True))
