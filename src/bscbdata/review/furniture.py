"""What a draft carries and a final edition does not: a banner, what changed, what is open, what reviewers said."""

import re
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from html import escape
from pathlib import Path

from bscbdata.cleaning import WITHHELD
from bscbdata.figures.published_table import for_phones
from bscbdata.findings import Finding, bare
from bscbdata.publish.typography import in_page
from bscbdata.review.anchors import with_ids
from bscbdata.review.comments import STATUSES, Comment
from bscbdata.review.difference import Change, Difference
from bscbdata.review.page import ASSETS, as_shown, summary
from bscbdata.single_page import load_template
from bscbdata.sources import is_return_of_children, published_name

CHANGES, OPEN = "changes.html", "open.html"
FEW = 8  # changed cells that the page of changes shows of one figure
STYLE = '<link rel="stylesheet" href="assets/draft.css">'
ABOUT_TEXT = ("claim", "number", "wording")


@dataclass
class Open:
    """What is open in a draft: findings by page (those of no page under ""), and reviewers' comments, answered ones too."""

    findings: Mapping[str, list[Finding]] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)

    @property
    def unanswered(self) -> list[Comment]:
        return [comment for comment in self.comments if comment.status == "open"]

    @property
    def said(self) -> str:
        """How much is open, in words; empty when nothing is and nothing was."""
        if not self.findings and not self.comments:
            return ""
        findings = {finding for found in self.findings.values() for finding in found}
        return f"Open: {len(findings)} findings, {len(self.unanswered)} comments"


def furnish(report: Path, edition: Mapping, changes: Difference | None, left: Open) -> None:
    """Put the furniture of a draft into every page of a report, and add the pages of changes and of what is open."""
    # its date is the one of year.toml: the same draft is the same tomorrow
    since = _since(changes) if changes else ""
    banner = _note("banner", edition, CHANGES, since, OPEN, left.said)
    placed, homeless = anchored(left.unanswered, edition["places"])
    for path in sorted(report.glob("*.html")):
        page = with_ids(path.read_text(encoding="utf8"), path.stem)
        for name, said in placed.items():
            page = _beside(page, name, said)
        first = path.name == "index.html"
        found = [*left.findings.get(path.name, []), *(left.findings.get("", []) if first else [])]
        gone = _note("homeless", homeless) if first and homeless else ""
        page = _under_title(page, _findings(found) + gone)
        path.write_text(_framed(page, banner), encoding="utf8", newline="\n")
    if changes:
        _write_changes(report, changes, edition)
    if left.said:
        _write_open(report, left, edition)
    (report / "assets").mkdir(exist_ok=True)
    shutil.copyfile(ASSETS / "draft.css", report / "assets" / "draft.css")


# ---- the frame ---------------------------------------------------------------------------------------------------


def _note(name: str, *told: object) -> str:
    """A note of a draft as HTML: a macro of `assets/notes.html`."""
    return str(getattr(load_template(ASSETS / "notes.html").module, name)(*told))


def _framed(page: str, banner: str) -> str:
    page = page.replace("</head>", f"{STYLE}\n</head>", 1)
    # the skip link stays first
    body = re.search(r'<body\b[^>]*>(?:\s*<a class="skip-link".*?</a>)?', page, flags=re.S)
    return page[: body.end()] + f"\n{banner}" + page[body.end() :] if body else page


def _under_title(page: str, note: str) -> str:
    """The page with a note below its title."""
    title = re.search(r"<main\b.*?</h1>(?:\s*</header>)?", page, flags=re.S)
    return page[: title.end()] + f"\n{note}" + page[title.end() :] if title and note else page


# ---- findings ----------------------------------------------------------------------------------------------------


def by_page(
    findings: Iterable[Finding], edition: Mapping, shown_on: Mapping[str, str]
) -> dict[str, list[Finding]]:
    """Open findings under the pages they are about: by section or figure, else by the raw file that a page rests on."""
    rests, titles = _rests_on(edition), {chapter["page"] for chapter in edition["chapters"]}
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        asked = re.search(r"(?:section|figure) ([\w-]+)$", finding.file)
        pages = {shown_on.get(asked[1], "")} if asked else rests.get(finding.file, {""})
        pages = {finding.file} if finding.file in titles else pages
        for page in sorted(pages):
            found.setdefault(page, []).append(finding)
    return found


def _rests_on(edition: Mapping) -> dict[str, set[str]]:
    """The pages that each raw file feeds, through figures and facts."""
    found: dict[str, set[str]] = defaultdict(set)
    for figure in edition["figures"].values():
        for file in figure["files"]:
            found[file].add(figure["page"])
    for fact in edition["facts"].values():
        for file in fact.get("files", []):
            found[file].update(place.partition("#")[0] for place in fact["places"])
    return found


def _findings(found: list[Finding]) -> str:
    if not found:
        return ""
    claims = sum(finding.check == "claim" for finding in found)
    said = f"Draft: {len(found)} open findings on this page"
    said += f", {claims} claims not borne out" if claims else ""
    return _note("folded", said, [str(_shown(finding)) for finding in dict.fromkeys(found)])


def _shown(finding: Finding) -> Finding:
    """Of a check of the data, the place and the fault only; what the text itself says stands on the page anyway."""
    if finding.check in ABOUT_TEXT:
        return finding
    told = bare(finding)
    # what does not add up may be a fact of children
    if not is_return_of_children(finding.file) and finding.check != "arithmetic":
        return told
    # what was found and what was expected are counts of children: whoever may see them has the list of `bscb check`
    message = re.sub(r"(Section 47\b)|\d[\d,.]*\d|\d", lambda found: found[1] or "…", told.message)
    told = replace(told, file=published_name(told.file), message=message, expected="")
    # where no number is shown, who has the printed report would know those of the rows that are not named here
    hidden = finding.check == "arithmetic" and not finding.expected
    return replace(told, row=None, column="") if hidden else told


# ---- comments ----------------------------------------------------------------------------------------------------


def anchored(
    comments: Iterable[Comment], places: Mapping[str, dict]
) -> tuple[dict[str, list[Comment]], list[Comment]]:
    """Comments by the id of their place in this edition, and those whose place is not there any more.

    A paragraph may have moved within its section: it is known by its first words where its id now has others.
    """
    placed: dict[str, list[Comment]] = {}
    homeless: list[Comment] = []
    for comment in comments:
        name = _place_of(comment, places)
        placed.setdefault(name, []).append(comment) if name else homeless.append(comment)
    return placed, homeless


def _place_of(comment: Comment, places: Mapping[str, dict]) -> str:
    here = places.get(comment.id)
    if here and (not comment.words or here["words"] == comment.words):
        return comment.id
    moved = [name for name, place in places.items() if comment.words and place["words"] == comment.words]
    return moved[0] if len(moved) == 1 else comment.id if here else ""


def _beside(page: str, name: str, said: list[Comment]) -> str:
    """The page with the comments beside their place: after a paragraph, inside a list item, atop a figure."""
    start = re.search(rf'<(p|li|div)\b[^>]*\sid="{re.escape(name)}"[^>]*>', page)
    if not start:
        return page
    tag = start[1]
    end = page.find("</p>", start.end()) + 4 if tag == "p" else start.end()
    if tag == "li":
        end = _end_of_item(page, start.end())
    return page[:end] + _note("comments", said) + page[end:]


def _end_of_item(page: str, start: int) -> int:
    """Where the text of a list item ends: before its closing tag, those of items inside it passed over."""
    depth = 1
    for tag in re.finditer(r"<(/?)li\b[^>]*>", page[start:]):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return start + tag.start()
    return start


# ---- the page of changes -----------------------------------------------------------------------------------------


def _write_changes(report: Path, found: Difference, edition: Mapping) -> None:
    """The page of changes. A cell of which one side is withheld is not shown beside the other."""
    told = {**as_shown(found), "lines": summary(found), "targets": _targets(edition), "shown": _few_cells}
    _write_page(report, CHANGES, _since(found), edition, since=_since(found), **told)


def _since(found: Difference) -> str:
    """Which edition the changes are told against, in words."""
    return f"Changes since the {'last draft' if found.old['status'] == 'draft' else 'final edition'}"


def withdraw_details(report: Path) -> None:
    """The page of changes without what changed, only how much: what the edition before said may be withheld now."""
    page = (report / CHANGES).read_text(encoding="utf8")
    start = page.find('<h2 id="draft-')
    if start < 0:
        return  # it tells no details
    end = page.index("</main>", start)
    said = "<p>The details are left out: some of what the edition before said is withheld now.</p>\n</div>\n"
    (report / CHANGES).write_text(page[:start] + said + page[end:], encoding="utf8", newline="\n")


def _few_cells(change: Change) -> list[dict]:
    return [cell for cell in change.cells if WITHHELD not in (cell["old"], cell["new"])][:FEW]


def _write_open(report: Path, left: Open, edition: Mapping) -> None:
    """The page of what is open: each finding with the first of its chapters and the names of the others, and each
    chapter's comments with author, place, status, answer."""
    titles = {chapter["page"]: chapter["title"] for chapter in edition["chapters"]} | {"": "The whole report"}
    rows = {
        page: {"title": title, "page": page, "findings": [], "comments": []} for page, title in titles.items()
    }
    for said, pages in _once(left.findings, rows).items():
        rows[pages[0]]["findings"].append({"said": said, "also": [rows[page] for page in pages[1:]]})
    for comment in sorted(left.comments, key=lambda comment: STATUSES.index(comment.status)):
        name = _place_of(comment, edition["places"])
        page = edition["places"][name]["page"] if name else ""
        address = f"{page}#{name}" if name else ""
        rows[page]["comments"].append({**asdict(comment), "address": address})
    chapters = [row for row in rows.values() if row["findings"] or row["comments"]]
    _write_page(report, OPEN, "What is open in this draft", edition, chapters=chapters)


def _once(findings: Mapping[str, list[Finding]], order: Iterable[str]) -> dict[str, list[str]]:
    """What each finding says, and the pages that it is about in their order; "" where the book has no such page."""
    said: dict[str, list[str]] = {}
    places = {page: place for place, page in enumerate(order)}
    for page in sorted(findings, key=lambda page: places.get(page, len(places))):
        for finding in dict.fromkeys(findings[page]):
            said.setdefault(str(_shown(finding)), []).append(page if page in places else "")
    return said


def _write_page(report: Path, name: str, title: str, edition: Mapping, **told: object) -> None:
    """A page of the draft's own, in the frame of a chapter: the first page has a look of its own."""
    text = in_page(for_phones(load_template(ASSETS / name).render(**told)))
    frame = next(
        (chapter["page"] for chapter in edition["chapters"] if chapter["page"] != "index.html"), "index.html"
    )
    page = (report / frame).read_text(encoding="utf8")
    page = re.sub(
        r"(<main\b[^>]*>).*(</main>)", lambda main: f"{main[1]}\n{text}\n{main[2]}", page, flags=re.S
    )
    page = re.sub(r'<nav class="page-contents".*?</nav>', "", page, flags=re.S).replace(
        ' aria-current="page"', ""
    )
    named = f"<title>{title} – {escape(edition['board'])}</title>"
    page = re.sub(r"<title>.*?</title>", lambda _: named, page, flags=re.S)
    (report / name).write_text(page, encoding="utf8", newline="\n")


def _targets(edition: Mapping) -> set[str]:
    """Every address that a link can lead to."""
    pages = {chapter["page"] for chapter in edition["chapters"]}
    return pages | {f"{place['page']}#{name}" for name, place in edition["places"].items()}
