"""The files of commentary: their sections by name, the standard words, and what to say of a section that is missing."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from bscbdata.findings import Finding, warning
from bscbdata.lists import read_words
from bscbdata.period import ReportYear
from bscbdata.places import SIMULATED, Edition, Project

STARTS = re.compile(r"(?:[-*]|\d+\.) |:::")
SPANNING = ("claim", "if")  # tags that have an end
STANDARD_WORDS = Path(__file__).parents[1] / "definitions" / "standard_words"


class Section(str):
    """The text of a section, and the line of its file on which it begins."""

    line: int

    def __new__(cls, text: str, line: int = 1) -> "Section":
        section = super().__new__(cls, text)
        section.line = line
        return section


def read_sections(path: Path) -> dict[str, Section]:
    """The sections of a commentary file by name. ValueError when a name stands twice."""
    sections: dict[str, Section] = {}
    before, *parts = re.split(r"^# +(?=\S)", read_words(path), flags=re.M)
    line = 1 + before.count("\n")
    for part in parts:
        name, _, body = part.partition("\n")
        if name.strip() in sections:
            raise ValueError(
                f"{path.name}: section '{name.strip()}' stands twice. Give one of them another name."
            )
        blank = body[: len(body) - len(body.lstrip())].count("\n")
        sections[name.strip()] = Section(body.strip() + "\n", line + 1 + blank)
        line += part.count("\n")
    return sections


def load_commentary(folder: Path) -> dict[str, tuple[str, str]]:
    """Every section of a year's commentary: name -> (text, file). ValueError when two files share a name."""
    found: dict[str, tuple[str, str]] = {}
    for path in sorted(folder.glob("*.md")):
        for name, text in read_sections(path).items():
            if name in found:
                raise ValueError(f"Section '{name}' stands in {found[name][1]} and in {path.name}.")
            found[name] = (text, path.name)
    return found


def edition_commentary(project: Project, edition: Edition) -> dict[str, tuple[str, str]]:
    """The sections of an edition: the year's own before the standard words; those alone where nobody wrote any."""
    standard = {} if project.audience else load_commentary(STANDARD_WORDS)
    if not edition.official_alone:  # what such an edition says of itself is true of no other
        standard = {name: found for name, found in standard.items() if found[1] != "official_alone.md"}
    if edition.illustrative:
        standard |= load_commentary(STANDARD_WORDS / SIMULATED)
    own = {} if edition.official_alone else load_commentary(project.commentary(edition.year))
    return standard | own


def unwritten(
    project: Project, edition: Edition, wanted: str, found: Mapping[str, tuple[str, str]]
) -> Finding:
    """What to say of a section that a notebook asks for and no file has: where it belongs, and what is called like it."""
    folder = project.commentary(edition.year)
    before = (
        (year, load_commentary(project.commentary(ReportYear.parse(year))))
        for year in reversed(project.years())
        if year != edition.year.label
    )
    year, file = next(((year, told[wanted][1]) for year, told in before if wanted in told), ("", ""))
    place = (folder / file).relative_to(project.root).as_posix()
    near = get_close_matches(wanted, found, 3, 0.85)
    return warning(
        "unwritten",
        "Nobody has written this section.",
        file=f"commentary{'/' + project.text_name(file) if file else ''}, section {wanted}",
        advice=f"Write it in {place} under a line with # and its name{f', as it stands in {year}' if year else ''}; "
        "or take the cell that shows it out of its notebook."
        + (f" There is a section of nearly that name: {', '.join(near)}." if near else ""),
    )


def blocks(text: str) -> list[str]:
    """The paragraphs, points of lists and lines of divisions of a text, which together are the text again.

    What one claim or one condition spans stays together.
    """
    found: list[str] = []
    fresh = True
    for line in text.splitlines(keepends=True):
        starts = line.strip() and (fresh or STARTS.match(line))
        spanned = found and any(
            found[-1].count("{% " + tag) > found[-1].count("{% end" + tag) for tag in SPANNING
        )
        if not found or starts and not spanned:
            found.append(line)
        else:
            found[-1] += line
        fresh = not line.strip() or line.startswith(":::")
    return found
