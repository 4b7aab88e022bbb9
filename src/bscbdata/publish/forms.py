"""The forms of a report: the pages, which are always made, and what can be made beside them."""

from dataclasses import dataclass

FOLDER = "downloads"
ALL = ("pdf", "word", "workbook", "data")


@dataclass(frozen=True)
class Download:
    """One file to take away: what it is called on the page, in which form, and where it stands in the report."""

    title: str
    form: str
    path: str


def parse_forms(text: str) -> tuple[str, ...]:
    """`pages,pdf,data` as the forms beside the pages, in the order of ALL; all of them when nothing is said.

    ValueError names the forms there are.
    """
    named = {part.strip() for part in text.split(",") if part.strip()}
    if unknown := sorted(named - {*ALL, "pages"}):
        raise ValueError(f"There is no form '{unknown[0]}'. There are: pages, {', '.join(ALL)}.")
    return tuple(form for form in ALL if form in named) if named else ALL


def stem(subtitle: str) -> str:
    """The name that the files share: `annual-report-2015-16-draft` from the book's subtitle."""
    return "-".join(
        "".join(letter if letter.isalnum() or letter == "-" else " " for letter in subtitle.lower()).split()
    )
