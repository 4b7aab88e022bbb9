"""A file as a grid of text: every cell as sent, indexed by its row number in the file.

What a file is, is told by its first bytes and not by its name. What the analyst should know of it (hidden rows, error
cells, formulas, merged cells, another encoding) rides along as findings in `grid.attrs["findings"]`.
"""

import re
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path
from xml.parsers.expat import ExpatError

import pandas as pd
import python_calamine as calamine

from bscbdata.cleaning import tidy_cells
from bscbdata.findings import DataStop, Finding, failure, passed, refusal, warning
from bscbdata.numbers import some
from bscbdata.sources import apart, limits, xml_workbook
from bscbdata.sources.inside import (
    Inside,
    extent_on_opening,
    findings_of,
    look_inside,
    told_merged,
    told_without_value,
)
from bscbdata.sources.limits import addresses
from bscbdata.sources.number_format import shown_instead
from bscbdata.sources.text_file import WEB_PAGE, is_text, kind_of, read_text
from bscbdata.sources.which_sheet import choose, told_hidden

EXCEL = {".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"}
ERRORS = frozenset(
    [
        "#N/A",
        "#REF!",
        "#VALUE!",
        "#DIV/0!",
        "#NAME?",
        "#NULL!",
        "#NUM!",
        "#SPILL!",
        "#CALC!",
        "#FIELD!",
        "#BLOCKED!",
        "#CONNECT!",
        "#GETTING_DATA",
    ]
)
_OFFICE_ERROR = re.compile(r"Err:\d{3}")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PACKED = (b"PK\x03\x04", _OLE)
# What opening a damaged workbook raises.
_DAMAGE = (calamine.CalamineError, apart.Broken, ExpatError, OSError)
# A cell that a spreadsheet would run if it were pasted into one.
_LIKE_A_FORMULA = re.compile(r"=\s*[\w(\"'+@-]|[@+-]\s*\w*[A-Za-z]\w*\s*[(!|]")
_TEXT_ALONE = re.compile(r'="([^"]*)"')


def read_grid(path: Path, sheet: str, name: str) -> pd.DataFrame:
    """The cells of a CSV file or of one sheet as tidied text, index = row number; findings in `attrs["findings"]`.

    Raises DataStop with the place when the file is missing, over a limit (`limits.py`), or cannot be read.
    """
    if not path.exists():
        raise refusal(
            "file", "The file is missing.", file=name, advice="Put the return there, under that name."
        )
    limits.check_size(path, name)
    return _or_refused(partial(_read, path, sheet, name), name, sheet)


def sheets(path: Path, name: str) -> dict[str, Callable[[], pd.DataFrame]]:
    """The sheets of a workbook in their order, hidden ones too, each with what reads it as `read_grid` does; one without
    a name where the file is none. A workbook is opened once, however many are read. Raises DataStop as `read_grid` does."""
    limits.check_size(path, name)
    if (book := _book_of(path, _start_of(path), name, "")) is None:
        return {"": partial(read_grid, path, "", name)}
    reads = {
        sheet: partial(_read_sheet, book, sheet, name, told_hidden(book.visible, sheet, name))
        for sheet in book.visible
    }
    return {sheet: partial(_or_refused, read, name, sheet) for sheet, read in reads.items()}


def is_xml_workbook(path: Path) -> bool:
    """Whether a file is a workbook of Excel 2003 in XML, whatever its name ends in."""
    return xml_workbook.is_one(_start_of(path))


def _or_refused(read: Callable[[], pd.DataFrame], name: str, sheet: str) -> pd.DataFrame:
    try:
        return read()
    except (DataStop, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a reader in another language panics with what is no Exception
        said = f"The file cannot be read ({type(error).__name__}: {str(error)[:200]})."
        raise refusal("file", said, file=name, sheet=sheet, advice=limits.SAVE_AGAIN) from error


def _start_of(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(4096)


def _read(path: Path, sheet: str, name: str) -> pd.DataFrame:
    start = _start_of(path)
    if not start.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise refusal("file", "The file is empty.", file=name, advice="Ask the agency to send it again.")
    if book := _book_of(path, start, name, sheet):
        wanted, chosen = choose(book.visible, sheet, name)
        return _read_sheet(book, wanted, name, chosen, sheet)
    grid, findings = read_text(path.read_bytes(), name)
    if path.suffix.lower() in EXCEL:
        if len(grid.columns) < 2:
            raise _no_workbook(start, name)
        if kind_of(start) != WEB_PAGE:
            findings.append(_other_name(path, name, "text"))
    return _finish(grid, findings, name, sheet)


def _other_name(path: Path, name: str, what: str) -> Finding:
    said = f"The file is {what} although its name ends in '{path.suffix}'. It was read as {what}."
    return warning("file", said, file=name, advice="Ask for the file that was meant.")


def _finish(grid: pd.DataFrame, findings: list[Finding], name: str, sheet: str) -> pd.DataFrame:
    """The grid tidied, error cells emptied, with its findings and its merged cells."""
    merged, without_value = grid.attrs.pop("merged", []), grid.attrs.pop("without_value", [])
    cells = {column: tidy_cells(grid[column].tolist()) for column in grid.columns}
    grid = pd.DataFrame(cells, index=grid.index, columns=grid.columns, dtype="object")
    marked = _marked_cells(grid)
    alone = {address: match[1] for address, text in marked.items() if (match := _TEXT_ALONE.fullmatch(text))}
    if alone:
        # `="0012"` is 0012: so some systems keep a spreadsheet from changing a text. Nothing is worked out
        at = [(grid.index.get_loc(row), grid.columns.get_loc(column)) for row, column in alone]
        texts = [text.strip() or None for text in alone.values()]
        grid = _with_cells(grid, dict(zip(at, texts, strict=True)))
        marked = _marked_cells(grid)
        said = f'Cells that hold a text as a formula (="…") were read as that text: {addresses(alone)}.'
        findings.append(passed("formula", said, file=name, sheet=sheet))
    errors = {
        address: text for address, text in marked.items() if text in ERRORS or _OFFICE_ERROR.fullmatch(text)
    }
    for column in {column for _, column in errors}:
        grid[column] = grid[column].where(~grid[column].isin(set(errors.values())), None)
    findings += _error_findings(errors, name, sheet)
    formulas = {address: text for address, text in marked.items() if _LIKE_A_FORMULA.match(text)}
    grid.attrs["findings"] = findings + _formula_findings(formulas, name, sheet)
    grid.attrs["merged"], grid.attrs["errors"], grid.attrs["without_value"] = merged, errors, without_value
    return grid


def told_of_columns(grid: pd.DataFrame, columns: Collection[int], name: str, sheet: str) -> list[Finding]:
    """The findings on a grid of which only some columns are used, by position: of cells without a value those alone."""
    lost = [at for at in grid.attrs["without_value"] if at[1] in columns]
    errors = {at: text for at, text in grid.attrs["errors"].items() if at[1] in columns}
    others = [finding for finding in grid.attrs["findings"] if finding.check != "value"]
    return [*others, *told_without_value(lost, name, sheet), *_error_findings(errors, name, sheet)]


def _with_cells(grid: pd.DataFrame, texts: dict[tuple[int, int], str | None]) -> pd.DataFrame:
    """The grid with other texts in some cells, by their place from 0."""
    cells = grid.to_numpy(dtype="object", copy=True)
    for place, text in texts.items():
        cells[place] = text
    return pd.DataFrame(cells, index=grid.index, columns=grid.columns, dtype="object")


def _marked_cells(grid: pd.DataFrame) -> dict[tuple[int, int], str]:
    """(row, column) -> text of the cells that begin like an error or a formula, in the order of the file."""
    found = {}
    for column in grid.columns:
        texts = {
            text
            for text in set(grid[column].tolist()) - {None}
            if text.startswith(("#", "=", "@", "+", "-", "Err:"))
        }
        if texts:
            found |= {(row, column): text for row, text in grid[column].items() if text in texts}
    return dict(sorted(found.items()))


def _error_findings(cells: dict[tuple[int, int], str], name: str, sheet: str) -> list[Finding]:
    """One finding for each error that stands in cells: its check is `value`, so `--allow-rejects` goes on without it."""
    found = []
    for text in dict.fromkeys(cells.values()):
        where = [address for address, cell in cells.items() if cell == text]
        said = f"A formula failed, so there is no value in {addresses(where)}."
        place = {"file": name, "sheet": sheet, "row": where[0][0], "value": text}
        advice = "Mend the formula, or type the value, or empty the cell."
        found.append(failure("value", said, **place, expected="a value", advice=advice))
    return found


def _formula_findings(cells: dict[tuple[int, int], str], name: str, sheet: str) -> list[Finding]:
    if not cells:
        return []
    (row, _), text = next(iter(cells.items()))
    said = f"Text that begins like a formula was kept as text and never run: {addresses(cells)}."
    advice = "Ask what was meant. Do not paste it into a spreadsheet."
    return [warning("formula", said, file=name, sheet=sheet, row=row, value=text[:100], advice=advice)]


def blocks(grid: pd.DataFrame) -> list[pd.DataFrame]:
    """The tables of a sheet: the parts that blank rows and blank columns set apart, from the top and from the left."""
    parts = []
    for rows in _runs(grid.notna().any(axis=1)):
        band = grid.iloc[rows]
        parts += [band.iloc[:, columns] for columns in _runs(band.notna().any(axis=0))]
    return [part for whole in parts for part in (blocks(whole) if whole.shape != grid.shape else [whole])]


def _runs(filled: pd.Series) -> Iterator[slice]:
    start = None
    for position, is_filled in enumerate([*filled, False]):
        if is_filled and start is None:
            start = position
        if not is_filled and start is not None:
            yield slice(start, position)
            start = None


# ---- workbooks ------------------------------------------------------------------------------------------------------


class _Packed:
    """A workbook of any format but XML alone, weighed and opened once, whichever of its sheets are read."""

    def __init__(self, path: Path, start: bytes, name: str) -> None:
        content = path.read_bytes()
        self.path, self.name, self.contents = path, name, _contents(content, start, name)
        limits.check_extent(*extent_on_opening(self.contents), name)
        # pages of XML can be weighed before they are opened; the binary formats are opened in a process apart
        plain = bool(self.contents.keys() & {"xl/workbook.xml", "content.xml"})
        self.book = apart.opened(limits.as_weighed(content, self.contents)) if plain else None
        self.visible = apart.sheets(self.book) if plain else apart.ask("sheets", path)
        self.findings = [] if path.suffix.lower() in EXCEL else [_other_name(path, name, "a workbook")]

    def columns(self, sheet: str) -> tuple[list[list[str]], list, Inside]:
        """A sheet's columns of text, its merged cells, and what its pages say besides."""
        inside = look_inside(self.contents, sheet)
        if "old" in self.contents:
            _ask_of_old(inside, self.path, sheet)
        limits.check_extent(inside.rows, inside.columns, self.name, sheet)
        if not self.book or not inside.rows:  # how far it reaches could not be told beforehand
            limits.check_extent(*apart.ask("extent", self.path, sheet), self.name, sheet)
        cells = apart.cells(self.book, sheet) if self.book else apart.ask("cells", self.path, sheet)
        return *cells, inside


class _Xml:
    """An XML workbook, parsed once, whichever of its sheets are read."""

    def __init__(self, path: Path, name: str) -> None:
        try:
            self.name, self.sheets = name, xml_workbook.sheets_of(path.read_bytes(), name)
        except ExpatError as error:
            raise _damaged(error, name, "") from error
        self.visible = {found: one.visible for found, one in self.sheets.items()}
        said = "The file is an XML workbook, as Excel 2003 and some case systems save it. It was read as a workbook."
        self.findings = [passed("file", said, file=name)]

    def columns(self, sheet: str) -> tuple[list[list[str]], list, Inside]:
        """As of any workbook."""
        one = self.sheets[sheet]
        limits.check_extent(one.inside.rows, one.inside.columns, self.name, sheet)
        return one.columns(), one.merged, one.inside


def _book_of(path: Path, start: bytes, name: str, sheet: str) -> _Packed | _Xml | None:
    """The workbook that a file is, opened; None where it is text."""
    packed = start.startswith(_PACKED) or (path.suffix.lower() in EXCEL and not is_text(start))
    try:
        if xml_workbook.is_one(start):
            return _Xml(path, name)
        return _Packed(path, start, name) if packed else None
    except _DAMAGE as error:
        raise _damaged(error, name, sheet) from error


def _read_sheet(
    book: _Packed | _Xml, sheet: str, name: str, chosen: list[Finding], asked: str | None = None
) -> pd.DataFrame:
    """A sheet as a grid. `chosen` is what was told of choosing it, `asked` the name that it was asked for by."""
    called = sheet if asked is None else asked
    try:
        columns, merged, inside = book.columns(sheet)
    except _DAMAGE as error:
        raise _damaged(error, name, called) from error
    grid, told = _sheet_grid(columns, merged, inside, name, sheet)
    return _finish(grid, [*book.findings, *chosen, *told], name, called)


def _ask_of_old(inside: Inside, path: Path, sheet: str) -> None:
    """Fill in what an old .xls tells besides its values. What cannot be told stays told as such."""
    try:
        told = apart.ask("told_of_old", path, sheet)
    except apart.Broken:
        return
    inside.hidden_rows = told["hidden_rows"]
    inside.hidden_columns = [(column, column) for column in told["hidden_columns"]]
    inside.errors = {(row, column): text for row, column, text in told["errors"]}
    inside.per_cents = [(row, column) for row, column in told["per_cents"]]
    inside.pounds = [(row, column) for row, column in told["pounds"]]
    inside.raised = {(row, column): text for row, column, text in told["raised"]}
    inside.masked = {
        (row, column): text
        for row, column, number_format, value in told["formats"]
        if (text := shown_instead(number_format, value)) is not None
    }
    inside.struck = [(row, column) for row, column in told["struck"]]
    inside.cannot_tell = ""


def _sheet_grid(
    columns: list[list[str]], merged: list, inside: Inside, name: str, sheet: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """The grid of a sheet of a workbook, and what is odd about it. Raises DataStop when it is empty."""
    if not columns and not inside.errors:
        raise refusal(
            "sheet", f"The sheet '{sheet}' is empty.", file=name, advice="Ask the agency to send it again."
        )
    texts = inside.errors | inside.raised | {at: text for at, text in inside.masked.items() if text}
    grid = _as_shown(_with_texts(_columns(columns), texts), inside.per_cents, _as_per_cent)
    grid = _as_shown(grid, [at for at in inside.pounds if at not in inside.masked], "£{}".format)
    grid.attrs |= {"merged": merged, "without_value": inside.without_value}
    return grid, told_merged(merged, name, sheet) + findings_of(inside, *grid.shape, name, sheet)


def _damaged(error: Exception, name: str, sheet: str) -> DataStop:
    if isinstance(error, calamine.PasswordError):
        return limits.locked(name)
    said = f"The workbook is damaged: {str(error)[:200]}."
    return refusal("file", said, file=name, sheet=sheet, advice=limits.SAVE_AGAIN)


def _contents(content: bytes, start: bytes, name: str) -> dict[str, bytes]:
    """The members of a workbook that is a zip; none for an old .xls. Refuses what is not a workbook."""
    if start.startswith(_OLE):
        return _old_workbook(content, name)
    if not start.startswith(b"PK\x03\x04"):
        raise _no_workbook(start, name)
    contents = limits.unpack(content, name)
    kinds = {"xl/workbook.xml", "xl/workbook.bin", "content.xml"} & contents.keys()
    sheets = b"spreadsheet" in contents.get("mimetype", b"spreadsheet")
    if len(kinds) != 1 or not sheets:
        said = f"The file cannot be read as a workbook: it is {_what_zip(contents)}."
        raise refusal("file", said, file=name, advice=limits.SAVE_AGAIN)
    if b"manifest:encryption-data" in contents.get("META-INF/manifest.xml", b""):
        raise limits.locked(name)
    return contents


def _no_workbook(start: bytes, name: str) -> DataStop:
    said = f"The file cannot be read as a workbook: it is {kind_of(start)}."
    return refusal("file", said, file=name, advice=limits.SAVE_AGAIN)


def _old_workbook(content: bytes, name: str) -> dict[str, bytes]:
    """What an OLE file holds that matters here: a locked workbook, or one in the old .xls format."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise limits.locked(name)
    if not any(stream.encode("utf-16-le") in content for stream in ("Workbook", "Book")):
        said = "The file cannot be read as a workbook: it is another Office document."
        raise refusal("file", said, file=name, advice=limits.SAVE_AGAIN)
    macros = "_VBA_PROJECT".encode("utf-16-le") in content
    return {"old": b""} | ({"vbaProject.bin": b""} if macros else {})


def _what_zip(contents: dict[str, bytes]) -> str:
    known = {"word/": "a Word document", "ppt/": "a presentation", "Index/": "a Numbers document"}
    for folder, kind in known.items():
        if any(member.startswith(folder) for member in contents):
            return kind
    return f"a zip that holds {some(sorted(contents)) or 'nothing'}"


def _columns(columns: list[list[str]]) -> pd.DataFrame:
    rows = range(1, len(columns[0]) + 1 if columns else 1)
    return pd.DataFrame(dict(enumerate(columns)), index=rows, columns=range(len(columns)), dtype="object")


def _with_texts(grid: pd.DataFrame, texts: dict[tuple[int, int], str]) -> pd.DataFrame:
    """The grid with cells that the reader of workbooks leaves out or reads otherwise: errors, and raised figures."""
    if not texts:
        return grid
    height = max(len(grid), *(row for row, _ in texts))
    width = max(len(grid.columns), *(column + 1 for _, column in texts))
    grid = grid.reindex(index=range(1, height + 1), columns=range(width), fill_value="")
    return _with_cells(grid, {(row - 1, column): text for (row, column), text in texts.items()})


def _as_shown(
    grid: pd.DataFrame, shown_so: list[tuple[int, int]], shown: Callable[[str], str]
) -> pd.DataFrame:
    """The grid with its per cents or pounds as they are shown: a cell that holds 0.125 and shows 12.5% says `12.5%`."""
    if not shown_so:
        return grid
    height, width = grid.shape
    at = [(row - 1, column) for row, column in shown_so if row <= height and column < width]
    return _with_cells(grid, {place: shown(grid.iat[place]) for place in at})


def _as_per_cent(text: str) -> str:
    try:
        return f"{float(text) * 100:.12g}%"
    except ValueError:
        return text
