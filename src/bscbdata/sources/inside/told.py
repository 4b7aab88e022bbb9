"""The findings on what the pages of a sheet say: hidden rows, formulas without a value, what was left alone."""

from collections.abc import Iterator

from bscbdata.findings import Finding, failure, passed, warning
from bscbdata.numbers import some
from bscbdata.sources import limits
from bscbdata.sources.inside.seen import Inside
from bscbdata.sources.limits import addresses, column_letters

# Cells that look other than their numbers say: check, what is told, advice.
_TOLD_OF_CELLS = {
    "struck": (
        "workbook",
        "Cells that are struck through were read like all others: {}.",
        "Ask whether they were meant to be taken out.",
    ),
    "coloured": (
        "workbook",
        "Single numbers stand in coloured cells: {}. Colours are not read.",
        "Ask what the colour means: it may say that a number is provisional.",
    ),
    "unseen": (
        "hidden",
        "Numbers in the colour of their cell cannot be seen, and were read like all others: {}.",
        "Ask whether they were meant to be left out.",
    ),
}
# What is told of the sheet or the workbook as a whole, likewise.
_TOLD_OF_THE_REST = {
    "may_hide": (
        "hidden",
        "A conditional format hides some numbers, or shows a text in their place: {}. They were read.",
        "Look which they are. A number that is not shown is withheld: ask for the file with the sign in its place.",
    ),
    "links": (
        "workbook",
        "The workbook has {}. They were left alone; values are as last saved.",
        "Ask for a workbook of plain values.",
    ),
    "comments": (
        "workbook",
        "The workbook has comments on its cells. They were not read.",
        "See whether one of them changes a number.",
    ),
    "text_boxes": (
        "workbook",
        "The workbook has text boxes. They were not read.",
        "See whether one of them changes a number.",
    ),
    "from_1904": (
        "workbook",
        "The workbook counts its days from 1904. A date that stands there as a bare number is read four years early.",
        "See whether the dates are right.",
    ),
    "cannot_tell": ("workbook", "In a workbook of this format {} cannot be told.", "Save it as .xlsx."),
}


def findings_of(inside: Inside, height: int, width: int, name: str, sheet: str) -> list[Finding]:
    """The findings on a sheet of that many rows and columns; what is hidden beyond them does not matter."""
    place = {"file": name, "sheet": sheet}
    found = _hidden_findings(inside, height, width, place)
    found += told_without_value(inside.without_value, name, sheet)
    found += _raised_findings(inside.raised, place)
    found += _masked_findings(inside.masked, place)
    for name_of, (check, said, advice) in _TOLD_OF_CELLS.items():
        if cells := getattr(inside, name_of):
            told = said.format(limits.addresses(cells))
            found.append(warning(check, told, **place, row=cells[0][0], advice=advice))
    for name_of, (check, said, advice) in _TOLD_OF_THE_REST.items():
        if what := getattr(inside, name_of):
            told = said.format(limits.some(what) if isinstance(what, list) else what)
            found.append(warning(check, told, **place, advice=advice))
    return found


def told_without_value(cells: list[tuple[int, int]], name: str, sheet: str) -> list[Finding]:
    """A failure of formulas whose value was never worked out."""
    if not cells:
        return []
    said = f"A formula has no value: {limits.addresses(cells)}. Formulas are never worked out here."
    advice = "Open the file in a spreadsheet, save it, and send it again."
    place = {"file": name, "sheet": sheet, "row": cells[0][0]}
    return [failure("value", said, **place, expected="a value", advice=advice)]


def _raised_findings(raised: dict[tuple[int, int], str], place: dict) -> list[Finding]:
    if not raised:
        return []
    said = f"Raised figures were taken for the marks of footnotes and left out: {limits.addresses(raised)}."
    return [warning("workbook", said, **place, advice="See whether they are no part of the numbers.")]


def _masked_findings(masked: dict[tuple[int, int], str], place: dict) -> list[Finding]:
    """Cells whose number format shows a text in place of their number, or nothing at all."""
    texts = {at: text for at, text in masked.items() if text}
    unseen = [at for at, text in masked.items() if not text]
    found = []
    if texts:
        said = f"The format of these cells shows a text in place of their number: {limits.addresses(texts)}."
        said += f" They were read as they are shown, such as '{next(iter(texts.values()))}'."
        advice = "The number can still be seen in the file: treat it as what it is."
        found.append(warning("workbook", said, **place, row=min(texts)[0], advice=advice))
    if unseen:
        said = f"The format of these cells shows nothing, yet they hold a number, which was read: {limits.addresses(unseen)}."
        advice = "Ask whether it was meant to be left out."
        found.append(warning("hidden", said, **place, row=unseen[0][0], advice=advice))
    return found


def _hidden_findings(inside: Inside, height: int, width: int, place: dict) -> list[Finding]:
    rows = [row for row in inside.hidden_rows if row <= height]
    columns = [column for column in _each(inside.hidden_columns, width) if column <= width]
    advice = "See whether they belong to the data."
    found = []
    if rows:
        said = f"Hidden rows were read like all others: {limits.some(_ranges(rows, str))}."
        found.append(warning("hidden", said, **place, row=rows[0], advice=advice))
    if columns:
        said = f"Hidden columns were read like all others: {limits.some(_ranges(columns, column_letters))}."
        found.append(warning("hidden", said, **place, advice=advice))
    return found


def _each(spans: list[tuple[int, int]], width: int) -> Iterator[int]:
    for first, last in spans:
        yield from range(first, min(last, width) + 1)


def _ranges(numbers: list[int], told) -> list[str]:
    """`3 to 5`, `9` from 3, 4, 5, 9."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return [told(first) if first == last else f"{told(first)} to {told(last)}" for first, last in spans]


def told_merged(merged: list[list[list[int]]], name: str, sheet: str) -> list[Finding]:
    """Cells merged down several rows: their value stands in the first row only, and a label is meant for all of them."""
    down = [(first, last) for first, last in merged if last[0] > first[0]]
    if not down:
        return []
    told = [":".join(addresses([(row + 1, column)]) for row, column in corners) for corners in down]
    said = f"Cells are merged down rows: {some(told)}. A label counts for every row; a number for the first."
    return [passed("merged", said, file=name, sheet=sheet)]
