"""The Word file as an editor, a program that reads aloud, and whoever reads its comments back get it."""

import re
import shutil
import subprocess
import zipfile
from itertools import pairwise
from types import SimpleNamespace

import docx
import pytest
from book_cells import add_cells, code, display, markdown
from conftest import BOOK
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from test_pdf import LONG, html_table
from test_review import YEAR, edition
from test_review import project as project  # noqa: PLC0414 - a fixture

from bscbdata import publish
from bscbdata.findings import DataStop
from bscbdata.provenance import LABELS
from bscbdata.publish import tree
from bscbdata.publish.book import read_book
from bscbdata.publish.paper_tables import LARGEST_WHOLE, texts_of
from bscbdata.publish.paper_tables import table as table_of
from bscbdata.publish.word import _float, _sized, styled, write_word
from bscbdata.publish.word_parts import LINE, MAY_BREAK, is_small
from bscbdata.publish.word_styles import REFERENCE, make
from bscbdata.review import import_comments, write
from bscbdata.review.comments import read_kept
from bscbdata.review.edition import _places
from bscbdata.review.pages import read_pages
from bscbdata.review.word import bookmark_name

OFFICE = shutil.which("soffice")


def made(folder, out):
    out.mkdir()
    (download,) = write_word(read_book(folder), out)
    return out / download.path.partition("/")[2]


def opened(path):
    document = docx.Document(path)
    body = document.element.body
    paragraphs = list(body.iter(qn("w:p")))
    texts = ["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in paragraphs]
    styles = [
        document.styles.element.xpath(f'w:style[@w:styleId="{s}"]/w:name/@w:val')
        for s in map(style_id, paragraphs)
    ]
    lines = [(name[0].lower() if name else "", text) for name, text in zip(styles, texts, strict=True)]
    return SimpleNamespace(path=path, document=document, body=body, lines=lines, text="\n".join(texts))


def style_id(paragraph):
    found = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    return found.get(qn("w:val")) if found is not None else ""


def in_style(word, name):
    return [text for style, text in word.lines if style == name]


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The book of tests, with a list and a long table."""
    folder = shutil.copytree(BOOK, tmp_path_factory.mktemp("word") / "book")
    shown = code('#| label: tbl-long\n#| tbl-cap: "A long table"\nt', display(text_html=html_table(LONG)))
    steps = "It will:\n\n" + "\n".join(f"- step {number}" for number in range(1, 9))
    add_cells(folder, "02_more.ipynb", markdown(steps), shown, markdown("The last words."))
    return folder


@pytest.fixture(scope="module")
def word(book):
    return opened(made(book, book.parent / "out"))


@pytest.fixture(scope="module")
def figures_word(figure_report):
    """The report of real figures as a Word file, as the build wrote it."""
    return opened(figure_report.out / "downloads" / "annual-report-2015-16-draft.docx")


# ---- what it says --------------------------------------------------------------------------------------------------


def test_headings_are_headings_with_the_numbers_of_the_pages(word):
    assert in_style(word, "heading 1") == [
        "Foreword", "1  Rates and referrals", "2  More, with its own notes", "Appendix A  Members",
    ]  # fmt: skip
    assert (
        "1.2  Second section" in in_style(word, "heading 2")
        and in_style(word, "heading 3")[0] == "1.1.1  Deeper"
    )


def test_words_facts_and_what_is_only_for_paper_are_there(word):
    assert "The rate rose to 58 per 10,000" in word.text
    assert "Only on paper" in word.text and "Only on the web" not in word.text
    assert "A callout with a heading as its title." in in_style(word, "callout")
    notes = zipfile.ZipFile(word.path).read("word/footnotes.xml").decode()
    assert "Another chapter" in notes


def test_captions_are_counted_by_word_and_show_the_right_number_at_once(word):
    assert [text for text in in_style(word, "caption") if text.startswith("Figure")][:3] == [
        "Figure 1  A figure of the foreword",
        "Figure 1.1  Rate by year, with stress",
        "Figure 1.2  A figure written as a division",
    ]
    fields = [node.text.strip() for node in word.body.iter(qn("w:instrText")) if "SEQ" in node.text]
    assert len(fields) == len(in_style(word, "caption"))
    assert fields[0] == "SEQ Figure \\* ARABIC \\r 1" and fields.count("SEQ Figure \\* ARABIC") == 3


def test_contents_and_lists_are_filled_in_and_lead_to_their_places(word):
    assert in_style(word, "toc 1") == in_style(word, "heading 1")
    assert in_style(word, "toc 2") == in_style(word, "heading 2")
    assert in_style(word, "table of figures") == [
        *(text for text in in_style(word, "caption") if text.startswith("Figure")),
        *(text for text in in_style(word, "caption") if text.startswith("Table")),
    ]
    marks = {mark.get(qn("w:name")) for mark in word.body.iter(qn("w:bookmarkStart"))}
    anchors = {link.get(qn("w:anchor")) for link in word.body.iter(qn("w:hyperlink"))} - {None}
    assert len(anchors) > 20 and anchors <= marks


def test_a_picture_keeps_with_what_it_says_of_itself_down_to_its_source(figures_word):
    styles = {style.name.lower(): style for style in figures_word.document.styles}
    names = [name for name, _ in figures_word.lines]
    pictures = [place for place, name in enumerate(names) if name == "figure"]
    for place in pictures:
        below = names[place : names.index("figure source", place)]
        assert set(below) <= {"figure", "figure note"}
    assert len(pictures) > 2
    assert all(styles[name].paragraph_format.keep_with_next for name in ("figure", "figure note"))


def test_lists_to_look_things_up_in_are_small_and_a_table_of_a_text_says_what_it_lists(book, tmp_path):
    copy = shutil.copytree(book, tmp_path / "book")
    counted = "::: {.figure-definition}\nWhat is listed: two things.\n:::"
    add_cells(
        copy, "02_more.ipynb", markdown(f"::: {{.small-print}}\nA number and its file.\n:::\n\n{counted}")
    )
    found = opened(made(copy, tmp_path / "out"))
    assert in_style(found, "small print") == ["A number and its file."]
    assert in_style(found, "table note") == ["What is listed: two things."]


def test_a_key_message_has_its_number_large_and_is_one_paragraph_to_comment_on(book, tmp_path):
    copy = shutil.copytree(book, tmp_path / "book")
    told, plain = "- **46%** of plans\n- **27** a month", "- no number\n- none"
    add_cells(copy, "02_more.ipynb", *(markdown(f"::: {{.key-messages}}\n{t}\n:::") for t in (told, plain)))
    found = opened(made(copy, tmp_path / "out"))
    assert in_style(found, "key message") == ["46% of plans", "27 a month"]
    assert "no number" in in_style(found, "compact"), "another list stays a list"
    runs = [run for paragraph in found.document.paragraphs for run in paragraph.runs]
    large = {run.text for run in runs if run.style.name == "Key Number"}
    assert large == {"46%", "27"}


def test_fields_begin_and_end(word, figures_word):
    for found in (word, figures_word):
        kinds = [node.get(qn("w:fldCharType")) for node in found.body.iter(qn("w:fldChar"))]
        assert kinds.count("begin") == kinds.count("separate") == kinds.count("end") > 3


def test_every_style_that_is_used_is_there(word, figures_word):
    for found in (word, figures_word):
        known = {style.get(qn("w:styleId")) for style in found.document.styles.element.iter(qn("w:style"))}
        used = {
            node.get(qn("w:val"))
            for tag in ("w:pStyle", "w:rStyle", "w:tblStyle")
            for node in found.body.iter(qn(tag))
        }
        assert used <= known, used - known


# ---- figures and tables --------------------------------------------------------------------------------------------


def test_every_picture_has_words_and_is_drawn_twice_as_large(word, figures_word):
    for found, count in ((word, 9), (figures_word, 3)):
        told = [picture.get("descr") for picture in found.body.iter(qn("wp:docPr"))]
        assert len(told) == count and all(told)
    (path, *_) = [n for n in zipfile.ZipFile(figures_word.path).namelist() if n.startswith("word/media")]
    content = zipfile.ZipFile(figures_word.path).read(path)
    assert content.startswith(b"\x89PNG") and int.from_bytes(content[16:20]) == 2 * 680


def test_no_picture_tells_the_name_of_its_file(word, figures_word):
    for found in (word, figures_word):
        with zipfile.ZipFile(found.path) as archive:
            assert not re.findall(r'\w+="[^"]*picture-\d+\.\w+"', archive.read("word/document.xml").decode())


def test_word_does_not_open_it_in_compatibility_mode(word):
    with zipfile.ZipFile(word.path) as archive:
        settings = archive.read("word/settings.xml").decode()
    assert re.findall(r'w:name="compatibilityMode"[^>]*w:val="(\d+)"', settings) == ["15"]


def test_a_picture_without_words_stops_the_file(book, tmp_path):
    copy = shutil.copytree(book, tmp_path / "book")
    add_cells(copy, "02_more.ipynb", markdown("![](square.png)"))
    with pytest.raises(DataStop, match="no words"):
        made(copy, tmp_path / "out")


def test_figures_and_tables_say_what_they_are_and_where_they_come_from(figures_word):
    sources = in_style(figures_word, "figure source")
    assert (
        sources[1].startswith(f"{LABELS['illustrative']}.")
        and "Source: The publisher, the statistics." in sources[1]
    )
    assert in_style(figures_word, "figure headline")[0] == "The rate was 576.8 & rising"
    assert any(text.startswith(LABELS["published"]) for text in in_style(figures_word, "table source"))
    assert f"{LABELS['illustrative']}: " in figures_word.text


def test_the_values_of_charts_are_there_and_what_is_withheld_stays_so(figures_word):
    cells = [
        [cell.text for cell in row.cells] for table in figures_word.document.tables for row in table.rows
    ]
    assert ["2013-14", "622.3", "573.0", "[x]"] in cells
    assert ["Chiltern", "2015-16 Q2", "[c]"] in cells and ["Wycombe", "2015-16 Q2", "[low]"] in cells
    assert "[c] withheld so that no child can be recognised" in figures_word.text


def test_tables_repeat_their_header_keep_their_rows_and_have_a_name(word, figures_word):
    for found in (word, figures_word):
        for table in found.body.iter(qn("w:tbl")):
            first, *rows = table.findall(qn("w:tr"))
            assert first.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None
            assert not any(row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for row in rows)
            assert all(row.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None for row in (first, *rows))
    names = [node.get(qn("w:val")) for node in word.body.iter(qn("w:tblCaption"))]
    assert "Table 2.1  A long table" in names and "Table 1.1  A plain table" in names


def test_a_table_of_much_text_may_go_on_over_the_page_and_one_of_little_stays_whole(book, tmp_path):
    def rows(words):
        lines = "\n".join(f"| Thing {number} | {words} |" for number in range(12))
        return f"| What | Why |\n|---|---|\n{lines}"

    for words, whole in (("few words", True), ("many words " * 20, False)):
        copy = shutil.copytree(book, tmp_path / f"book-{whole}")
        add_cells(copy, "02_more.ipynb", markdown(rows(words)))
        tables = opened(made(copy, tmp_path / f"out-{whole}")).body.iter(qn("w:tbl"))
        table = next(table for table in tables if "Thing 5" in "".join(table.itertext()))
        kept = list(table.iter(qn("w:keepNext")))
        assert bool(kept) == whole


# ---- the file ------------------------------------------------------------------------------------------------------


def test_the_columns_of_a_table_are_parts_of_our_line_in_its_grid_and_in_its_cells(word, figures_word):
    for table in [*word.body.iter(qn("w:tbl")), *figures_word.body.iter(qn("w:tbl"))]:
        sizes = [int(column.get(qn("w:w"))) for column in table.iter(qn("w:gridCol"))]
        whole = table.find(f"{qn('w:tblPr')}/{qn('w:tblW')}")
        assert (whole.get(qn("w:type")), int(whole.get(qn("w:w")))) == ("dxa", sum(sizes))
        assert sum(sizes) <= LINE + len(sizes)
        for row in table.iter(qn("w:tr")):
            cells = [cell.find(f"{qn('w:tcPr')}/{qn('w:tcW')}") for cell in row.iter(qn("w:tc"))]
            assert [int(cell.get(qn("w:w"))) for cell in cells] == sizes
    section = word.document.sections[0]
    across = section.page_width - section.left_margin - section.right_margin
    assert abs(across / 635 - LINE) < 3, "the line is that of the reference document"


def test_words_right_of_numbers_stand_apart_from_them(word, figures_word):
    found = []
    for row in [*word.body.iter(qn("w:tr")), *figures_word.body.iter(qn("w:tr"))]:
        cells = list(row.iter(qn("w:tc")))
        right = [any(side.get(qn("w:val")) == "right" for side in cell.iter(qn("w:jc"))) for cell in cells]
        apart = [cell.find(f"{qn('w:tcPr')}/{qn('w:tcMar')}") is not None for cell in cells]
        assert apart == [False, *(before and not here for before, here in pairwise(right))]
        found += apart
    assert any(found)


def test_a_long_name_in_a_wide_table_may_go_on_in_the_next_line():
    words = (
        "The numbers beside it give another, as printed; they were counted anew from the amounts of the row."
        * 2
    )
    columns = [{"label": name, "is_number": False} for name in ("Check", "Table", "What", "In words")]
    rows = [["Derived number", "contacts_and_referrals_by_source", "Council, change as printed", words]] * 30
    made_ = _sized(table_of({"columns": columns, "rows": rows}))
    said = texts_of(made_)[1][1]
    assert said.replace(MAY_BREAK, "") == rows[0][1] and f"_{MAY_BREAK}" in said
    *others, long = [size["c"] for _, size in made_["c"][2]]
    assert long > 0.45 and long > 2 * max(others), "what is long gets the room"


@pytest.mark.parametrize(("letters", "small"), [(7, False), (8, True)])
def test_a_table_that_needs_the_whole_line_is_in_small_type(letters, small):
    """Eight columns of words of eight letters need 88 characters across with what parts them: the line has no more."""
    assert is_small([["a"] * 8, ["x" * letters] * 8]) is small


def test_the_last_line_of_a_chapter_never_stands_alone_on_a_page(word):
    chapters = [p for p in word.body.iter(qn("w:p")) if style_id(p) == "Heading1"]
    assert len(chapters) > 3
    for heading in chapters[1:]:
        _, before, *_ = heading.itersiblings(qn("w:p"), qn("w:tbl"), preceding=True)
        paragraphs = (
            list(before.iter(qn("w:tr")))[-1].iter(qn("w:p")) if before.tag == qn("w:tbl") else [before]
        )
        long = len(list(before.iter(qn("w:tr")))) > LARGEST_WHOLE
        assert long or all(p.find(f"{qn('w:pPr')}/{qn('w:keepNext')}") is not None for p in paragraphs)


def test_words_before_a_list_stay_with_it(word):
    leads = [p for p in word.body.iter(qn("w:p")) if [t.text for t in p.iter(qn("w:t"))] == ["It will:"]]
    (lead,) = leads
    assert lead.find(f"{qn('w:pPr')}/{qn('w:keepNext')}") is not None


def test_a_draft_says_so_and_a_final_edition_does_not(word, book, tmp_path):
    assert in_style(word, "status") == ["Draft: not for publication"]
    heads = head_text(word.path)
    assert "Draft: not for publication" in heads and "An invented board, Annual report 2015-16" in heads
    final = shutil.copytree(book, tmp_path / "book")
    lines = (final / "_quarto-edition.yml").read_text(encoding="utf8")
    (final / "_quarto-edition.yml").write_text(lines.replace(", draft", ""), encoding="utf8")
    path = made(final, tmp_path / "out")
    assert path.name == "annual-report-2015-16.docx"
    # a cell says it once
    said = head_text(path) + opened(path).text.replace("Draft: not for publication", "", 1)
    assert "draft" not in said.lower() and "Published: 14 October 2016" in said


def head_text(path):
    with zipfile.ZipFile(path) as archive:
        heads = [archive.read(name).decode() for name in archive.namelist() if "word/header" in name]
    return re.sub(r"<[^>]+>", "", " ".join(heads))


def test_it_names_the_board_and_no_person_and_is_in_british_english(word):
    told = word.document.core_properties
    assert told.title == "An invented board: Annual report 2015-16 (draft)"
    assert told.author == told.last_modified_by == "An invented board" and told.language == "en-GB"
    assert f"{told.created:%Y-%m-%d}" == f"{told.modified:%Y-%m-%d}" == "2016-10-14"
    styles = zipfile.ZipFile(word.path).read("word/styles.xml").decode()
    assert re.search(r'<w:lang [^>]*w:val="en-GB"', styles)


def test_the_same_book_gives_the_same_bytes(book, word, tmp_path):
    again = made(book, tmp_path / "out").read_bytes()
    assert again == word.path.read_bytes()
    with zipfile.ZipFile(word.path) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_reference_document_is_the_one_that_the_styles_make(tmp_path):
    assert make(tmp_path / "made.docx").read_bytes() == REFERENCE.read_bytes()


@pytest.mark.skipif(not OFFICE, reason="LibreOffice is not installed: the file was not opened in it")
def test_it_opens_in_libreoffice_with_its_contents_numbers_and_draft(word, tmp_path):
    place = f"-env:UserInstallation=file://{tmp_path}/office"
    asked = [OFFICE, place, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(word.path)]
    subprocess.run(asked, check=True, capture_output=True, timeout=120)
    pages = [page.extract_text() for page in PdfReader(tmp_path / f"{word.path.stem}.pdf").pages]
    text = " ".join(" ".join(pages).split())
    assert text.count("Figure 1.2 A figure written as a division") == 2, "in the list, and where it stands"
    assert "1.2 Second section" in " ".join(pages[1].split()) and all("Draft" in page for page in pages)
    assert sum("Name" in page and "Agency" in page for page in pages) >= 3, (
        "the header of the long table goes on"
    )


# ---- comments ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def places(book):
    """Everything that a comment can be about, as the pages have it."""
    out = book.parent / "pages"
    publish.render(book, out, "embedded")
    return {name: place for page in read_pages(out) for name, place in _places(page)}


def test_every_place_of_the_pages_is_a_bookmark_of_the_file(word, places):
    marks = [mark.get(qn("w:name")) for mark in word.body.iter(qn("w:bookmarkStart"))]
    assert len(marks) == len(set(marks)) and all(re.fullmatch(r"[^\W\d]\w{,39}", mark) for mark in marks)
    lacking = {name: place["words"] for name, place in places.items() if bookmark_name(name) not in marks}
    not_there = {"", "Only on the web."}  # a picture alone, and what is for the pages
    lacking = {
        name: said for name, said in lacking.items() if said not in not_there and "whole report" not in said
    }
    assert len(places) > 30 and all("footnotes" in name for name in lacking), (
        "Word takes no comments on notes"
    )
    numbers = [mark.get(qn("w:id")) for mark in word.body.iter(qn("w:bookmarkStart"))]
    ends = [mark.get(qn("w:id")) for mark in word.body.iter(qn("w:bookmarkEnd"))]
    assert sorted(numbers) == sorted(ends) and len(set(numbers)) == len(numbers)


def test_comments_written_in_the_file_find_their_places_again(word, places, project, tmp_path):
    told = edition(places)
    write(told, project.build(YEAR) / "edition.json")
    document = docx.Document(word.path)
    wanted = {
        "The rate rose": "On the rate", "A note stands below": "On the note", "one thing": "On an item", "A formula:": "On a formula",
        "A warning with a title.": "On a callout", "Rate by year": "On a figure", "The last words.": "On the last",
    }  # fmt: skip
    for start, said in wanted.items():
        paragraph = next(
            p for p in document.element.body.iter(qn("w:p")) if start in "".join(t.text or "" for t in p.iter(qn("w:t")))
            and style_id(p) not in {"TOC1", "TOC2", "TableofFigures"}
        )  # fmt: skip
        proxy = docx.text.paragraph.Paragraph(paragraph, document._body)
        document.add_comment(proxy.runs, text=said, author="Ann Board", initials="AB")
        proxy.add_run(" And more.")
        proxy.runs[0].text = "Edited: " + proxy.runs[0].text  # words alone would not find it now
    document.save(tmp_path / "back.docx")
    count, findings = import_comments(project, YEAR, tmp_path / "back.docx")
    assert count == len(wanted) and findings == []
    found = {comment.comment: comment.id for comment in read_kept(project, YEAR)}
    assert found["On a figure"] == "fig-rate"
    for start, said in wanted.items():
        if said != "On a figure":
            assert places[found[said]]["words"].startswith(start), (said, found[said])


@given(st.text(min_size=1, max_size=90))
def test_a_bookmark_has_a_name_that_word_allows_and_keeps(name):
    found = bookmark_name(name)
    assert re.fullmatch(r"[^\W\d]\w{,39}", found) and bookmark_name(found) == found


def test_long_ids_that_begin_alike_have_bookmarks_of_their_own():
    start = "sec-children-looked-after-and-those-who-left-care-p1"
    assert bookmark_name(start) != bookmark_name(f"{start}0")


@pytest.mark.parametrize(
    ("kind", "measure", "values", "counter"),
    [
        ("fig", True, False, "Drawing"),  # a drawing of the report itself
        ("fig", True, True, "Figure"),
        ("fig", False, False, "Figure"),  # a picture of somebody else's
        ("tbl", True, False, "Table"),
    ],
)
def test_a_drawing_of_the_report_itself_stands_in_no_list(kind, measure, values, counter):
    """Word makes its lists from what it counts: what has a counter of its own stays out of them, also when they are made anew."""
    told = [styled("Figure Measure", tree.word("From file to figure"))] if measure else []
    source = (
        [styled("Figure Source", tree.link("#data-x", tree.attribute(), tree.word("Values")))]
        if values
        else []
    )
    head = {"t": "Div", "c": [["", [], []], [{"t": "Para", "c": [tree.word("A caption")]}]]}
    made = _float(
        {"t": "Div", "c": [["fig-x", ["quarto-float", kind], [["number", "F.1"]]], [head, *told, *source]]}
    )
    assert f" SEQ {counter} " in str(made)
