"""A draft and its reviewers: stable ids, banner, changes, comments in and out; and a final edition without any of it."""

import gc
import re
import shutil
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import openpyxl
import pytest
from conftest import ROOT
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from small_book import commentary

from bscbdata.build.run import build
from bscbdata.findings import DataStop, warning
from bscbdata.indicators import definitions
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.provenance import stamp
from bscbdata.publish.check import check_pages
from bscbdata.review import difference, furniture, import_comments, sheet, write
from bscbdata.review.anchors import with_ids
from bscbdata.review.comments import Comment, latest, read_kept
from bscbdata.review.difference import as_told
from bscbdata.review.edition import read_edition
from bscbdata.review.furniture import Open, anchored, by_page, furnish
from bscbdata.review.pages import read_pages
from bscbdata.review.papers import Papers
from bscbdata.tables import Tidy
from bscbdata.tracing.usage import read_usage

pytestmark = pytest.mark.usefixtures("one_parent")

YEAR = ReportYear(2015)
HOSTILE = '</p></details><script>alert(1)</script><img src=x onerror="alert(1)">{{ 7*7 }}'


def edition(places, **more):
    told = {
        "format": 1, "year": "2015-16", "board": "A Board", "area": "Here", "status": "draft", "published": "2016",
        "made_with": {"version": "1", "commit": "", "package": "x"}, "facts": {}, "figures": {}, "claims": [],
        "chapters": [{"page": "01_rates.html", "title": "Rates"}], "sections": [], "sources": {}, "corrections": [],
        "texts": {}, "places": places,
    }  # fmt: skip
    return told | more


def place(words="Some words", page="01_rates.html"):
    return {"page": page, "chapter": "Rates", "kind": "paragraph", "words": words}


@pytest.fixture
def report(rendered_book, tmp_path):
    return Path(shutil.copytree(rendered_book, tmp_path / "report"))


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "project"
    (root / "data" / "raw" / "2015-16").mkdir(parents=True)
    shutil.copy(ROOT / "data" / "raw" / "2015-16" / "year.toml", root / "data" / "raw" / "2015-16")
    (root / "build" / "2015-16").mkdir(parents=True)
    places = {"sec-rates-p1": place("=1+1 is how it begins"), "fig-rates": place("Figure 1.1: Rates")}
    write(edition(places), root / "build" / "2015-16" / "edition.json")
    return Project(root)


# ---- ids ---------------------------------------------------------------------------------------------------------


def ids(page):
    return re.findall(r'<(?:p|li) id="([^"]+)"', page)


def page_of(*sections):
    parts = "".join(
        f'<section id="{name}"><h2>{name}</h2>{"".join(f"<p>{text}</p>" for text in texts)}</section>'
        for name, texts in sections
    )
    return f"<body><nav><p>Menu</p></nav><main><h1>T</h1><p>Lead.</p>{parts}</main><footer><p>End</p></footer></body>"


def test_an_edited_section_leaves_the_ids_of_others_as_they_are():
    before = with_ids(page_of(("sec-a", ["One.", "Two."]), ("sec-b", ["Three."])), "p")
    after = with_ids(page_of(("sec-a", ["New.", "One.", "Longer two.", "More."]), ("sec-b", ["Three."])), "p")
    assert ids(before) == ["p-p1", "sec-a-p1", "sec-a-p2", "sec-b-p1"]
    assert '<p id="sec-b-p1">Three.' in after and '<p id="p-p1">Lead.' in after


def test_ids_are_given_once_are_unique_and_stay(rendered_book):
    for path in rendered_book.glob("*.html"):
        page = path.read_text(encoding="utf8")
        every = re.findall(r'\sid="([^"]+)"', page)
        assert len(every) == len(set(every)) and with_ids(page, path.stem) == page
    assert all(
        p.get("id") for found in read_pages(rendered_book) for _, _, ps in found.sections() for p in ps
    )


def test_ids_of_two_pages_do_not_meet(rendered_book):
    every = [p.get("id") for page in read_pages(rendered_book) for _, _, ps in page.sections() for p in ps]
    assert len(every) > 10 and len(every) == len(set(every))


def test_an_id_that_is_taken_gets_a_short_hash():
    page = with_ids('<main><h1 id="p-p1">T</h1><p>Words.</p></main>', "p")
    assert re.search(r'<p id="p-p1-[0-9a-f]{6}">Words', page)


def test_what_a_figure_shows_gets_no_ids():
    page = with_ids(
        '<main><div class="figure-body"><p>Headline</p></div><ul><li>A<ul><li>B</li></ul></li></ul></main>',
        "p",
    )
    assert ids(page) == ["p-p1", "p-p2"] and "<p>Headline" in page


# ---- the furniture of a draft ------------------------------------------------------------------------------------


def places_of(report):
    return {
        p.get("id"): place(page=page.name)
        for page in read_pages(report)
        for _, _, ps in page.sections()
        for p in ps
    }


def furnished(report, comments=(), findings=(), changes=None):
    places = places_of(report)
    told = edition(places, chapters=[{"page": page.name, "title": page.title} for page in read_pages(report)])
    furnish(report, told, changes, Open(by_page(findings, told, {"rates": "01_rates.html"}), list(comments)))
    return {path.name: path.read_text(encoding="utf8") for path in report.glob("*.html")}


def test_every_page_of_a_draft_says_so_and_dates_itself_by_the_year_file(report):
    for page in furnished(report).values():
        banner = re.search(r'<aside class="draft-note draft-status".*?</aside>', page)[0]
        assert "Draft" in banner and "dated 2016" in banner and "Not for publication" in banner
        assert page.count("draft-status") == 1 and '<span class="range">2015-16</span>' in banner
    check_pages(report)


FURNITURE = (b"draft-note", b"draft-status", b"draft-comments", b"draft.css", b"changes.html")


def test_a_report_that_was_not_furnished_has_no_furniture(rendered_book, report):
    furnished(report)
    for folder, there in ((rendered_book, False), (report, True)):
        content = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
        assert any(mark in content for mark in FURNITURE) == there


def test_open_findings_stand_in_their_chapter_without_what_was_sent(report):
    found = [
        warning(
            "claim",
            "The data no longer supports this claim.",
            file="commentary/a.md, section rates",
            value="above",
        ),
        warning("value", "Odd: 'Jane Doe'.", file="2015-16/a.csv", value="Jane Doe"),
    ]
    pages = furnished(report, findings=found)
    assert "1 claim not borne out" in pages["01_rates.html"] and "above" in pages["01_rates.html"]
    assert "1 open finding on this page<" in pages["index.html"] and not any(
        "Jane Doe" in page for page in pages.values()
    )
    assert "draft-findings" not in pages["02_more.html"]


def test_which_row_does_not_add_up_is_not_told_where_its_numbers_are_withheld(report):
    """Who has the printed report would know the rows that are not named, and by their sum the one that was corrected."""
    about = {"file": "2015-16/cdop/findings.xlsx", "sheet": "Key findings", "row": 9}
    held = warning("arithmetic", "It does not hold.", column="28-364 days", **about)
    told = warning("arithmetic", "3 is not 4.", column="Drivers", value="3", expected="4", **about)
    pages = " ".join(furnished(report, findings=[held, told]).values())
    assert "It does not hold" in pages and "28-364" not in pages and "Drivers" in pages


def test_open_comments_stand_beside_their_paragraph_and_are_inert(report):
    name = next(iter(places_of(report)))
    pages = furnished(report, [Comment(name, "c", "", HOSTILE, HOSTILE, "open", HOSTILE)])
    page = next(page for page in pages.values() if f'id="{name}"' in page)
    beside = page.split(f'id="{name}"')[1].split("</details>")[0]
    assert "1 open comment" in beside and "&lt;script&gt;" in beside
    assert "<script>alert" not in page and "<img src=x" not in page
    check_pages(report)


def test_a_comment_is_shown_at_lists_and_figures_too(report):
    pages = {path.name: path.read_text(encoding="utf8") for path in report.glob("*.html")}
    item = next(found[1] for page in pages.values() if (found := re.search(r'<li id="([^"]+-p\d+)"', page)))
    figure = next(found[1] for page in pages.values() if (found := re.search(r'<div id="(fig-[^"]+)"', page)))
    told = edition({item: place(), figure: place()})
    furnish(report, told, None, Open({}, [Comment(n, "", "", f"About {n}", "A") for n in (item, figure)]))
    text = "".join(path.read_text(encoding="utf8") for path in report.glob("*.html"))
    assert f"About {item}" in text and f"About {figure}" in text
    check_pages(report)


def test_the_page_of_what_is_open_has_every_chapter_with_findings_and_comments(report):
    name = next(iter(places_of(report)))
    gone = Comment("x-p1", "Rates", "Old words", "Where is it?", "Bob")
    answered = Comment(name, "", "", HOSTILE, "Ann", "declined", "It is the house colour")
    found = [warning("claim", "The data no longer supports this claim.", file="section rates", value="above")]
    pages = furnished(report, [gone, answered], found)
    page = pages["open.html"]
    assert all('href="open.html">Open: 1 finding, 1 comment<' in text for text in pages.values())
    assert "no longer supports" in page and ">declined<" in page and "It is the house colour" in page
    assert (
        "Old words”, which is no longer there" in page and f"#{name}" in page and "<script>alert" not in page
    )
    assert "declined" not in pages["01_rates.html"] and "draft-comments" not in "".join(
        text for key, text in pages.items() if key != "open.html"
    )
    check_pages(report)


def test_a_finding_of_several_chapters_is_listed_once_and_names_them(report):
    found = [warning("total", "The total does not agree with its rows.", file="2015-16/board/budget.xlsx")]
    pages = ["index.html", "01_rates.html", "02_more.html"]
    told = edition({}, chapters=[{"page": page, "title": page.upper()} for page in pages])
    furnish(report, told, None, Open(dict.fromkeys(reversed(pages), found)))
    listed = (report / "open.html").read_text(encoding="utf8")
    assert listed.count("does not agree") == 1 and ">INDEX.HTML</a></h2>" in listed
    others = " and ".join(f'<a href="{page}">{page.upper()}</a>' for page in pages[1:])
    assert f"It bears on {others} too." in listed
    check_pages(report)


def test_a_claim_that_fell_is_told_and_one_that_holds_again_too(report):
    claim = {"place": "section rates", "page": "01_rates.html", "words": "highest in May", "holds": True}
    fell = difference(edition({}, claims=[claim]), edition({}, claims=[claim | {"holds": False}]))
    page = furnished(report, changes=fell)["changes.html"]
    assert "1 claim is no longer borne out by the data" in page and "does not bear this out" in page
    again = difference(edition({}, claims=[claim | {"holds": False}]), edition({}, claims=[claim]))
    page = furnished(report, changes=again)["changes.html"]
    assert "bears it out again" in page and "no longer borne out" not in page


@pytest.mark.parametrize(("status", "since"), [("draft", "last draft"), ("final", "final edition")])
def test_changes_are_said_to_be_since_the_edition_that_they_are_told_against(report, status, since):
    claim = {"place": "section rates", "page": "01_rates.html", "words": "highest in May", "holds": True}
    before = edition({}, claims=[claim]) | {"status": status}
    pages = furnished(report, changes=difference(before, edition({})))
    assert f'<a href="changes.html">Changes since the {since}</a>' in pages["index.html"]
    assert f'<h1 class="title">Changes since the {since}</h1>' in pages["changes.html"]
    assert f"<title>Changes since the {since} –" in pages["changes.html"]


def test_the_way_to_the_text_is_the_first_link_of_a_draft_too(report):
    page = furnished(report)["index.html"]
    assert page.index("skip-link") < page.index("draft-status") < page.index("<main")


def test_a_cell_of_which_one_side_is_withheld_is_not_shown_beside_the_other(report):
    before, after = (
        {"page": "01_rates.html", "kind": "table", "caption": "Table 1", "headline": "", "alt": "", "measure": "",
         "note": "", "source": "", "badge": "", "files": [], "tables": [], "hash": rows[1][1], "children": True,
         "rows": rows}
        for rows in ([["Who", "N"], ["Girls", "17"], ["Boys", "31"]], [["Who", "N"], ["Girls", "[c]"], ["Boys", "40"]])
    )  # fmt: skip
    before["note"], after["note"] = "There were 17 girls.", "Counted anew."
    changes = as_told(
        difference(edition({}, figures={"tbl-a": before}), edition({}, figures={"tbl-a": after}))
    )
    page = furnished(report, changes=changes)["changes.html"]
    assert "Boys, N: 31 → 40" in page and "17" not in page and "1 more cell" in page
    assert "Note: " in page and "Counted" in page, "words that changed are told too"


def test_details_of_changes_can_be_withdrawn_and_the_page_stays_whole(report):
    old, new = ([{"page": "01_rates.html", "section": "s", "heading": "H", "sentences": [
        {"text": text, "form": text, "facts": [], "place": "s-p1"}]}] for text in ("It was 17.", "It is withheld."))  # fmt: skip
    page = furnished(report, changes=difference(edition({}, sections=old), edition({}, sections=new)))[
        "changes.html"
    ]
    assert "17" in page
    furniture.withdraw_details(report)
    once = (report / furniture.CHANGES).read_bytes()
    furniture.withdraw_details(report)
    assert (report / furniture.CHANGES).read_bytes() == once, "there is nothing more to withdraw"
    page = (report / "changes.html").read_text(encoding="utf8")
    assert (
        "It was" not in page and "is withheld now" in page and "Sentences" in page and page.count("<h1") == 1
    )
    check_pages(report)


def test_a_comment_follows_its_paragraph_and_is_never_lost():
    places = {"s-p1": place("New first words"), "s-p2": place("The words meant")}
    moved, gone = Comment("s-p1", "", "The words meant", "x", "A"), Comment("t-p9", "", "Gone", "y", "A")
    assert anchored([moved, gone], places) == ({"s-p2": [moved]}, [gone])


def test_the_changes_page_links_to_places_that_are_there(report):
    name = next(n for n in places_of(report) if n.startswith("sec-"))
    page = places_of(report)[name]["page"]
    sections = [{"page": page, "section": "s", "heading": HOSTILE, "sentences": []}]
    new = [sections[0] | {"sentences": [{"text": HOSTILE, "form": HOSTILE, "facts": [], "place": name}]}]
    changes = difference(edition({}, sections=sections), edition({}, sections=new))
    pages = furnished(report, changes=changes)
    changed = pages["changes.html"]
    assert (
        f'href="{page}#{name}"' in changed and "<script>alert" not in changed and "<img src=x" not in changed
    )
    assert all('href="changes.html"' in text for text in pages.values())
    check_pages(report)


def test_furnishing_the_same_draft_gives_the_same_bytes(rendered_book, tmp_path):
    both = []
    for name in ("a", "b"):
        both.append(
            furnished(
                Path(shutil.copytree(rendered_book, tmp_path / name)), [Comment("x", "", "", "Gone", "A")]
            )
        )
    assert both[0] == both[1]


# ---- comments in and out -----------------------------------------------------------------------------------------


def filled(path, rows):
    """The sheet as a reviewer sends it back."""
    book = openpyxl.load_workbook(path)
    page = book["Comments"]
    for id_, comment, author, *more in rows:
        page.append([id_, "", "", comment, author, *more])
    sent = path.with_name("sent.xlsx")
    book.save(sent)
    return sent


def test_the_sheet_has_a_row_for_every_place_and_nothing_in_it_is_a_formula(project):
    xlsx, csv = sheet(project, YEAR)
    page = openpyxl.load_workbook(xlsx)["Comments"]
    assert [cell.value for cell in page[1]] == [
        "id",
        "chapter",
        "words",
        "comment",
        "author",
        "status",
        "answer",
    ]
    assert {page.cell(row, 1).value for row in (2, 3)} == {"sec-rates-p1", "fig-rates"}
    assert all(cell.data_type != "f" for row in page.iter_rows() for cell in row)
    assert "'=1+1" in csv.read_text(encoding="utf-8-sig")
    assert xlsx.read_bytes() == sheet(project, YEAR)[0].read_bytes()


def open_now(project):
    return [comment for comment in latest(read_kept(project, YEAR)) if comment.status == "open"]


def test_comments_are_added_never_lost_and_known_again(project):
    sent = filled(
        sheet(project, YEAR)[0],
        [("fig-rates", "Too dark", "Ann"), ("fig-rates", "Good", "Bob", "accepted", "Thanks")],
    )
    assert import_comments(project, YEAR, sent) == (2, [])
    assert import_comments(project, YEAR, sent) == (0, [])
    assert import_comments(project, YEAR, sheet(project, YEAR)[1]) == (0, [])
    more = filled(
        sheet(project, YEAR)[0], [("fig-rates", "Too dark", "Ann", "declined", "It is the house colour")]
    )
    assert import_comments(project, YEAR, more)[0] == 1
    kept = read_kept(project, YEAR)
    assert len(kept) == 3 and [c.status for c in latest(kept)] == ["declined", "accepted"]
    assert import_comments(project, YEAR, sent)[0] == 0 and not open_now(project)
    assert kept[0].chapter == "Rates" and kept[0].words == "Figure 1.1: Rates"


def test_an_unknown_id_and_an_unknown_status_are_findings_and_the_comment_is_kept(project):
    sent = filled(sheet(project, YEAR)[0], [("sec-none-p1", "Where?", "Ann", "perhaps")])
    count, findings = import_comments(project, YEAR, sent)
    assert count == 1 and len(findings) == 2 and {f.value for f in findings} == {"sec-none-p1", "perhaps"}
    assert [comment.comment for comment in open_now(project)] == ["Where?"]
    assert "sec-none-p1" in sheet(project, YEAR)[1].read_text(encoding="utf-8-sig")


def test_the_sheet_follows_the_report_as_one_reads_it(project):
    """The file of an edition is sorted by names: footnotes of chapter 9 would stand before the first chapter."""
    places = {name: place("Words.") | {"at": at} for at, name in enumerate(("sec-z-p1", "fig-b", "sec-a-p1"))}
    write(edition(places), project.build(YEAR) / "edition.json")
    page = openpyxl.load_workbook(sheet(project, YEAR)[0])["Comments"]
    assert [page.cell(row, 1).value for row in (2, 3, 4)] == ["sec-z-p1", "fig-b", "sec-a-p1"]


def test_a_file_that_is_no_sheet_of_comments_stops(project, tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,2\n", encoding="utf8")
    with pytest.raises(DataStop, match="no sheet of comments"):
        import_comments(project, YEAR, tmp_path / "a.csv")


def test_without_a_build_the_sheet_says_what_to_do(project):
    (project.build(YEAR) / "edition.json").unlink()
    with pytest.raises(FileNotFoundError, match="bscb build"):
        sheet(project, YEAR)


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=40).filter(
    str.strip
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("Soft\xadly", "An\u200bn")
@example("#N/A", "#REF!")
@given(TEXT, TEXT)
def test_any_comment_survives_the_way_out_and_back(project, text, author):
    docx = word_file(project.root / "c.docx", [(text, author, "fig-rates", "")])
    import_comments(project, YEAR, docx)
    before = read_kept(project, YEAR)
    for path in sheet(project, YEAR):
        assert import_comments(project, YEAR, path)[0] == 0
    assert read_kept(project, YEAR) == before


# ---- Word --------------------------------------------------------------------------------------------------------

NAMES = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word_file(path, comments, extra=""):
    """A Word file with a paragraph and a comment for each of (text, author, bookmark, words of the paragraph)."""
    body, said = "", ""
    for number, (text, author, mark, words) in enumerate(comments):
        start = f'<w:bookmarkStart w:id="{number}" w:name={quoteattr(mark)}/>' if mark else ""
        body += (
            f'<w:p>{start}<w:commentRangeStart w:id="{number}"/><w:r><w:t>{escape(words)}</w:t></w:r></w:p>'
        )
        run = f"<w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p>"
        said += f'<w:comment w:id="{number}" w:author={quoteattr(author)}>{run}</w:comment>'
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("word/document.xml", f"{extra}<w:document {NAMES}><w:body>{body}</w:body></w:document>")
        book.writestr("word/comments.xml", f"<w:comments {NAMES}>{said}</w:comments>")
    return path


def test_comments_of_a_word_file_find_their_place_by_bookmark_or_by_words(project, tmp_path):
    said = [
        ("By bookmark", "Ann", "fig-rates", ""),
        ("As Word writes it", "Ann", "fig_rates", ""),
        ("By words", "Bob", "", "=1+1 is how it begins and how it goes on"),
        ("Nowhere", "Bob", "", "Other words"),
    ]
    count, findings = import_comments(project, YEAR, word_file(tmp_path / "a.docx", said))
    assert count == 4 and len(findings) == 1
    found = {comment.comment: comment.id for comment in read_kept(project, YEAR)}
    assert found == {
        "By bookmark": "fig-rates",
        "As Word writes it": "fig-rates",
        "By words": "sec-rates-p1",
        "Nowhere": "",
    }


def test_a_hostile_or_broken_word_file_is_refused(project, tmp_path):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]>'
    for path in (word_file(tmp_path / "a.docx", [("x", "y", "", "")], bomb), tmp_path / "b.docx"):
        if not path.exists():
            path.write_bytes(b"no zip")
        with pytest.raises(DataStop, match="Word file") as stop:
            import_comments(project, YEAR, path)
        assert not re.search("workbook|agency|xlsx", str(stop.value)), "it is a reviewer's, and no return"
    assert read_kept(project, YEAR) == []


def test_nothing_of_a_report_is_held_when_it_has_been_read(small_build):
    """A worker makes hundreds, one after another."""

    def held():
        gc.collect()
        return {id(found) for found in gc.get_objects() if isinstance(found, Tidy)}

    project, before = Project(small_build), held()
    assert read_edition(project, YEAR, project.build(YEAR) / "report")["facts"]
    assert held() <= before


def test_what_rests_on_an_indicator_carries_its_version(small_build):
    papers, name = Papers(Project(small_build), YEAR), "plans_started_for_neglect_rate_per_10000"
    papers.figures = {figure.key: figure for usage in read_usage(Project(ROOT)) for figure in usage.figures}
    assert papers.of_figure("neglect")["definition"] == {name: definitions()[name]["version"]}
    fact = papers.papers("plans_for_neglect.rate_per_10000", "Buckinghamshire", "2015-16")["definition"]
    assert fact[name] == definitions()[name]["version"] and fact["id"] == "plans_for_neglect.rate_per_10000"


def test_a_draft_that_may_not_say_what_the_last_one_said_is_built_without_the_details(small_build, tmp_path):
    """The last draft had, typed by hand, what is a withheld count now that the return has come: the page of changes would tell it."""
    project = Project(shutil.copytree(small_build, tmp_path / "project"))
    words, typed = commentary(project.root), " In independent living were 3 children."
    own = words.read_text(encoding="utf8")
    words.write_text(own.rstrip() + typed + "\n", encoding="utf8", newline="\n")
    first = build(project, YEAR, renderer="embedded", forms=())
    assert typed.strip() in (first.report / "01_small.html").read_text(encoding="utf8")
    words.write_text(own, encoding="utf8", newline="\n")
    path = project.raw / "2015-16" / "childrens_social_care" / "placements.xlsx"
    book = openpyxl.load_workbook(path)
    (row,) = [row for row in book.active.iter_rows() if row[0].value == "Independent living"]
    row[1].value = 3
    book.save(path)
    stamp(path)
    second = build(project, YEAR, renderer="embedded", forms=())
    page = (second.report / furniture.CHANGES).read_text(encoding="utf8")
    assert "independent living" not in page and "The details are left out" in page and "Sentences" in page
    check_pages(second.report)
