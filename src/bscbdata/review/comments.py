"""Review comments: a sheet to fill in, read back from Excel, CSV or Word, and kept in the year's raw data.

What is kept is a log: a row is added and never changed. A comment is known by its place, author and words; its last
row says how it stands. A row that was read before adds nothing, so an old sheet read again takes nothing back.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from bscbdata.findings import Finding, refusal, warning
from bscbdata.lists import harmless, read_list, unmarked, write_list
from bscbdata.office import as_header, new_book, save, write_cell
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.review import word
from bscbdata.review.edition import NAME, first_words, load
from bscbdata.review.matching import grouped
from bscbdata.sources.grid import read_grid

FOLDER, FILE = "review", "comments.csv"
STATUSES = ("open", "accepted", "declined")
SAME_CHARACTERS = 30_000  # a longer comment is cut by a sheet, and is the same comment when it comes back
WIDTHS = {"id": 26, "chapter": 30, "words": 52, "comment": 60, "author": 18, "status": 11, "answer": 44}
HELP = "Write in the columns comment and author. Several comments on one place: add rows with the same id."


@dataclass(frozen=True)
class Comment:
    """One thing that a reviewer said of one place of the report."""

    id: str
    chapter: str
    words: str
    comment: str
    author: str
    status: str = "open"
    answer: str = ""

    @property
    def same(self) -> tuple[str, str, str]:
        """What makes it this comment and no other."""
        return self.id, _settled(self.author).casefold(), _settled(self.comment)[:SAME_CHARACTERS]


def _settled(text: str) -> str:
    """Text without what may change on its way: kinds of spaces, forms of letters, what is not seen (a soft hyphen)."""
    shown = "".join(
        letter for letter in text if letter.isspace() or unicodedata.category(letter) not in ("Cc", "Cf")
    )
    return " ".join(unicodedata.normalize("NFKC", shown).split())


COLUMNS = tuple(field.name for field in fields(Comment))


# ---- the sheet ---------------------------------------------------------------------------------------------------


def sheet(project: Project, year: ReportYear) -> list[Path]:
    """Write `comments.xlsx` and `comments.csv` of the last build: a row for each place, with what was said of it.

    FileNotFoundError when the report was not built.
    """
    edition = _edition(project, year)
    known = grouped(latest(read_kept(project, year)), lambda comment: comment.id)
    rows = []
    in_order = sorted(edition["places"].items(), key=lambda one: one[1].get("at", 0))  # as one reads
    for name, place in in_order:
        empty = Comment(name, place["chapter"], place["words"], "", "", "")
        rows += known.pop(name, []) or [empty]
    rows += [comment for left in known.values() for comment in left]
    folder = project.build(year)
    cells = (map(harmless, asdict(row).values()) for row in rows)
    write_list(folder / FILE, COLUMNS, cells, encoding="utf-8-sig")
    return [_write_xlsx(rows, folder / "comments.xlsx", year), folder / FILE]


def _edition(project: Project, year: ReportYear) -> dict:
    path = project.build(year) / NAME
    if not path.exists():
        raise FileNotFoundError(f"There is no build of {year}: run `bscb build --year {year}` first.")
    return load(path)


def _write_xlsx(rows: Iterable[Comment], path: Path, year: ReportYear) -> Path:
    from openpyxl.styles import Alignment  # every build imports this module, and writes no sheet of comments
    from openpyxl.worksheet.datavalidation import DataValidation

    book = new_book(f"Review comments, {year}")
    page = book.create_sheet("Comments")
    page.append(COLUMNS)
    for number, row in enumerate(rows, start=2):
        for column, text in enumerate(asdict(row).values(), start=1):
            cell = page.cell(number, column)
            write_cell(cell, text)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for cell, width in zip(page[1], WIDTHS.values(), strict=True):
        as_header(cell)
        page.column_dimensions[cell.column_letter].width = width
    choice = DataValidation("list", formula1=f'"{",".join(STATUSES)}"', allow_blank=True)
    page.add_data_validation(choice)
    choice.add(f"F2:F{page.max_row + 500}")
    page.freeze_panes = "B2"
    help_page = book.create_sheet("Help")
    help_page["A1"] = HELP
    help_page["A1"].alignment = Alignment(wrap_text=True, vertical="top")
    return save(book, path)


# ---- what was sent back ------------------------------------------------------------------------------------------


def import_comments(project: Project, year: ReportYear, path: Path) -> tuple[int, list[Finding]]:
    """Add the comments of a filled sheet (.xlsx, .csv) or a Word file to the year's; how many were new, and findings.

    Raises DataStop when the file cannot be read. Findings: ids that the report does not have, statuses that do not
    exist, comments of a Word file that stand at no place of the report. The comment is kept all the same.
    """
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}.")
    places = _edition(project, year)["places"]
    is_word = path.suffix.lower() == ".docx"
    sent, findings = (_read_word(path, places), []) if is_word else _read_sheet(path)
    findings += [_unknown(comment, path) for comment in sent if comment.id not in places]
    kept = read_kept(project, year)
    seen = {_row(comment) for comment in kept}
    fresh = []
    for comment in sent:
        if _row(comment) not in seen:
            fresh.append(_completed(comment, places))
            seen.add(_row(comment))
    if fresh:
        log = project.raw / year.label / FOLDER / FILE
        write_list(log, COLUMNS, (asdict(row).values() for row in (*kept, *fresh)))
    return len(fresh), findings


def _row(comment: Comment) -> tuple:
    return *comment.same, comment.status, _settled(comment.answer)


def _completed(comment: Comment, places: Mapping[str, dict]) -> Comment:
    """The comment with chapter and first words as they were when it was read, to know the place again."""
    place = places.get(comment.id)
    if place is None:
        return comment
    return replace(comment, chapter=place["chapter"], words=comment.words or place["words"])


def _unknown(comment: Comment, path: Path) -> Finding:
    advice = "Look for the place by its first words, and import the row again with the right id."
    said = "The report has no such place; the comment is kept with its chapter."
    return warning("review", said, file=path.name, value=comment.id[:80], advice=advice)


def _read_sheet(path: Path) -> tuple[list[Comment], list[Finding]]:
    grid = read_grid(path, "Comments" if path.suffix.lower() == ".xlsx" else "", path.name)
    # of a return an error is no value; a comment may well say #REF!
    for at, text in grid.attrs["errors"].items():
        grid.at[at] = text
    grid = grid.fillna("")
    rows = [[str(cell).strip() for cell in row] for row in grid.itertuples(index=False)]
    top = next((n for n, row in enumerate(rows) if {"id", "comment"} <= {cell.lower() for cell in row}), None)
    if top is None:
        expected = ", ".join(COLUMNS)
        raise refusal("review", "This is no sheet of comments.", file=path.name, expected=expected)
    heads = [cell.lower() for cell in rows[top]]
    found, findings = [], []
    for number, row in enumerate(rows[top + 1 :], start=top + 2):
        told = {name: unmarked(cell) for name, cell in zip(heads, row, strict=True) if name in COLUMNS}
        if told.get("comment"):
            comment = Comment(**(dict.fromkeys(COLUMNS, "") | told))
            found.append(_with_status(comment, number, path, findings))
    return found, findings


def _with_status(comment: Comment, number: int, path: Path, findings: list[Finding]) -> Comment:
    status = comment.status.lower() or "open"
    if status not in STATUSES:
        said, expected = "This is no status; the comment is taken as open.", ", ".join(STATUSES)
        place = {"file": path.name, "row": number, "column": "status"}
        findings.append(warning("review", said, **place, value=comment.status[:80], expected=expected))
        status = "open"
    return replace(comment, status=status)


def _read_word(path: Path, places: Mapping[str, dict]) -> list[Comment]:
    """The comments of a Word file; each at the bookmark of its paragraph, or at the place with the same first words."""
    found = []
    for said in word.read_comments(path):
        name = _by_bookmark(said.bookmarks, places) or _by_words(said.words, places)
        status = "accepted" if said.done else "open"
        found.append(Comment(name, "", first_words(said.words), said.text, said.author, status))
    return found


def _by_bookmark(bookmarks: Iterable[str], places: Mapping[str, dict]) -> str:
    """The place that a bookmark names, written as Word allows it."""
    written = {word.bookmark_name(name): name for name in places}
    found = (mark if mark in places else written.get(word.bookmark_name(mark), "") for mark in bookmarks)
    return next(filter(None, found), "")


def _by_words(text: str, places: Mapping[str, dict]) -> str:
    """The one place that begins like the paragraph; empty when there is none or more than one."""
    plain = _letters(text)
    found = [
        name
        for name, place in places.items()
        if (start := _letters(place["words"])) and plain.startswith(start)
    ]
    return found[0] if len(found) == 1 else ""


def _letters(text: str) -> str:
    return re.sub(r"[^\w]+", " ", text).strip().casefold()


# ---- what is kept ------------------------------------------------------------------------------------------------


def read_kept(project: Project, year: ReportYear) -> list[Comment]:
    """Every row of the log, oldest first. ValueError when the file is not as we write it."""
    path = project.raw / year.label / FOLDER / FILE
    if not path.exists() or project.edition(year).official_alone:
        return []
    rows = read_list(path)
    if any(tuple(row) != COLUMNS for row in rows):
        raise ValueError(f"{FOLDER}/{FILE} does not have the columns {', '.join(COLUMNS)}.")
    return [Comment(**{name: row[name] or "" for name in COLUMNS}) for row in rows]


def latest(rows: Iterable[Comment]) -> list[Comment]:
    """Each comment once, as its last row says it stands, in the order in which they were first made."""
    found: dict[tuple, Comment] = {}
    for row in rows:
        found[row.same] = row
    return list(found.values())


def by_chapter(project: Project, year: ReportYear) -> dict[str, list[Comment]]:
    """Every comment as it stands now, by the title of its chapter; the open ones of a chapter first."""
    found = grouped(latest(read_kept(project, year)), lambda comment: comment.chapter or "No chapter")
    return {
        chapter: sorted(found[chapter], key=lambda comment: STATUSES.index(comment.status))
        for chapter in sorted(found)
    }


def comment_line(comment: Comment) -> str:
    """A comment on one line of the terminal: status, place, author, what was said, the answer."""
    answer = f" Answer: {comment.answer}" if comment.answer else ""
    said = f"{comment.status}: {comment.id or 'no place'}: {comment.author or 'no name'}: {comment.comment}"
    return " ".join(f"{said}{answer}".split())
