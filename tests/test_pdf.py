"""The PDF as a reader, a program that reads aloud, and a printer get it."""

import io
import re
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from book_cells import add_cells, code, display, markdown
from conftest import BOOK
from figure_book import write_book
from hypothesis import given
from hypothesis import strategies as st
from pdf_tree import faults
from pypdf import PdfReader

from bscbdata.findings import DataStop
from bscbdata.prose import NOT_BORNE_OUT
from bscbdata.provenance import LABELS
from bscbdata.publish import pandoc, paper_tables
from bscbdata.publish.book import read_book
from bscbdata.publish.document import resolve
from bscbdata.publish.exhibits import exhibits
from bscbdata.publish.html import API_VERSION
from bscbdata.publish.paper import has_values
from bscbdata.publish.pdf import _kept_whole, typeset, write_pdf
from bscbdata.publish.pdf_tables import SMALL_TYPE, _entry, data_table
from bscbdata.publish.pdf_tags import with_row_headers
from bscbdata.publish.typesetting import compiled, quoted, raw, spoken

LONG = [[f"Agency {number}", f"{number:,}"] for number in range(1, 121)]


def html_table(rows, head=("Name", "Count")):
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    heads = "".join(f"<th>{name}</th>" for name in head)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{cells}</tbody></table>"


def made(folder, out):
    out.mkdir()
    (download,) = write_pdf(read_book(folder), out)
    return out / download.path.partition("/")[2]


def opened(path):
    reader = PdfReader(path)
    pages = [" ".join(page.extract_text().split()) for page in reader.pages]
    return SimpleNamespace(reader=reader, pages=pages, text=" ".join(pages), bytes=path.read_bytes())


@pytest.fixture(scope="session")
def pdf(tmp_path_factory):
    """The book of tests with a long table as PDF."""
    root = tmp_path_factory.mktemp("pdf")
    book = shutil.copytree(BOOK, root / "book")
    shown = code('#| label: tbl-long\n#| tbl-cap: "A long table"\nt', display(text_html=html_table(LONG)))
    add_cells(book, "02_more.ipynb", shown)
    return opened(made(book, root / "out"))


@pytest.fixture(scope="session")
def figures_pdf(figure_report):
    """The report of real figures as PDF, as the build wrote it."""
    return opened(figure_report.out / "downloads" / "annual-report-2015-16-draft.pdf")


def tags(reader):
    """Every element of the tree that is read aloud: its kind, and its words where it has any of its own."""

    def walk(node):
        node = node.get_object() if hasattr(node, "get_object") else node
        for item in node if isinstance(node, list) else [node]:
            item = item.get_object() if hasattr(item, "get_object") else item
            if isinstance(item, dict):
                if "/S" in item:
                    yield item["/S"], item.get("/Alt", "")
                yield from walk(item["/K"]) if "/K" in item else ()

    return list(walk(reader.trailer["/Root"]["/StructTreeRoot"]))


def kinds(reader):
    return [kind for kind, _ in tags(reader)]


def bookmarks(outline):
    for item in outline:
        if isinstance(item, list):
            yield from bookmarks(item)
        else:
            yield item.title


# ---- it can be read aloud ------------------------------------------------------------------------------------------


def test_it_says_that_it_is_accessible_and_in_which_language(pdf):
    root = pdf.reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"pdfuaid:part" in pdf.reader.trailer["/Root"]["/Metadata"].get_data()
    assert pdf.reader.metadata.title == "An invented board: Annual report 2015-16 (draft)"


def test_every_picture_and_formula_has_words(pdf, figures_pdf):
    for reader in (pdf.reader, figures_pdf.reader):
        assert all(alt for kind, alt in tags(reader) if kind in {"/Figure", "/Formula"})
    found = [alt for kind, alt in tags(pdf.reader) if kind == "/Formula"]
    assert found == ["r equals 10000 n over p"]
    # two charts of one, one of two, four squares and one from a cell
    assert kinds(pdf.reader).count("/Figure") == 4 + 4 + 1


def test_headings_come_in_order_and_tables_have_headers(pdf, figures_pdf, figure_report):
    levels = [int(kind[2:]) for kind in kinds(pdf.reader) if re.fullmatch(r"/H\d", kind)]
    assert levels[0] == 1 and all(
        after <= before + 1 for before, after in zip(levels, levels[1:], strict=False)
    )
    for reader in (pdf.reader, figures_pdf.reader):
        assert kinds(reader).count("/THead") == kinds(reader).count("/Table") > 0
    shown = exhibits(resolve(read_book(figure_report.book), "html"))
    assert kinds(figures_pdf.reader).count("/Table") == len(shown), "each table, and the values of each chart"
    assert kinds(pdf.reader).count("/Note") == 3


def cells_read_aloud(reader):
    """Of each table the rows of its body, each cell as its kind, its scope and the headers it names."""

    def parts(node):
        inner = node.get("/K", [])
        found = inner if isinstance(inner, list) else [inner]
        return [item.get_object() for item in found if isinstance(item.get_object(), dict)]

    def walk(node):
        if node.get("/S") == "/TBody":
            yield [[_told(cell) for cell in parts(row)] for row in parts(node)]
        for part in parts(node):
            yield from walk(part)

    return list(walk(reader.trailer["/Root"]["/StructTreeRoot"]))


def _told(cell):
    found = {key: value for part in cell.get("/A", []) for key, value in part.get_object().items()}
    return cell["/S"], found.get("/Scope", ""), list(found.get("/Headers", []))


def test_the_first_cell_of_each_row_is_its_header_except_in_tables_of_a_text(
    figures_pdf, figure_report, tmp_path
):
    tables = cells_read_aloud(figures_pdf.reader)
    shown = exhibits(resolve(read_book(figure_report.book), "html"))
    assert sorted(map(len, tables)) == sorted(len(item.record["table"]["rows"]) for item in shown)
    for row in (row for table in tables for row in table):
        assert row[0] == ("/TH", "/Row", []) and all(cell == ("/TD", "", []) for cell in row[1:]), row
    book = shutil.copytree(BOOK, tmp_path / "book")
    add_cells(book, "02_more.ipynb", markdown("| Better | Still to do |\n|---|---|\n| this | that |"))
    tables = cells_read_aloud(opened(made(book, tmp_path / "out")).reader)
    assert [["/TD", "/TD"]] in [[[kind for kind, *_ in row] for row in table] for table in tables]


def test_a_file_whose_tables_are_not_those_of_the_text_is_left_as_it_is():
    cell = b"<</Type/StructElem/S/TD/P 1 0 R/A[<</O/Table/Headers[(U1x0y0)]>>]/K[1]>>"
    assert (
        with_row_headers(cell, "#data-table((50%, ), (left, ), size: 9pt, long: false, headed: true, (")
        == cell
    )


def test_what_cannot_be_read_aloud_stops_the_pdf(tmp_path):
    book = shutil.copytree(BOOK, tmp_path / "book")
    add_cells(book, "02_more.ipynb", markdown("![](square.png)"))
    with pytest.raises(DataStop, match="no words"):
        made(book, tmp_path / "out")


def test_a_letter_without_a_shape_is_named_by_its_number(tmp_path):
    book = shutil.copytree(BOOK, tmp_path / "book")
    add_cells(book, "02_more.ipynb", markdown("A word of which no font has the letters: 漢字, ok."))
    assert "the letters: (U+6F22)(U+5B57), ok." in opened(made(book, tmp_path / "out")).text


def test_the_finished_file_holds_what_pdf_ua_asks_for(pdf, figures_pdf):
    assert faults(pdf.reader) == [] and faults(figures_pdf.reader) == []


BROKEN = {
    "Figure without words": (rb"/Alt(?=\()", b"/Alx"),
    "TH that does not say": (rb"/Scope", b"/Scopx"),
    "Figure without its place": (rb"/BBox", b"/BBxx"),
    "the Tab key does not follow": (rb"/Tabs\s*/S", b"/Tabs/R"),
    "not what the tree has of it": (rb"/K\s*\[0\]", b"/K[9]"),
    "a link without words": (rb"/Contents(?=\()", b"/Contentz"),
    "PDF/UA-1": (rb"<pdfuaid:part>1", b"<pdfuaid:part>2"),
    "tagged": (rb"/Marked true", b"/Marked null"),
    "TD inside TBody": (rb"/S\s*/TR\b", b"/S/TD"),
    "Note without an ID": (rb"(?s)(/S\s*/Note\b(?:(?!endobj).)*?)/ID", rb"\1/Ix"),
}


def test_what_pdf_ua_asks_for_is_missed_where_it_is_broken(pdf):
    content = pdf.bytes
    for says, (wanted, instead) in BROKEN.items():
        content, times = re.subn(wanted, instead, content)
        assert times, f"the file has nothing to break for: {says}"
    found = faults(PdfReader(io.BytesIO(content), strict=False))
    assert not [says for says in BROKEN if not any(says in fault for fault in found)]


# ---- what it says --------------------------------------------------------------------------------------------------


def test_words_facts_and_notes_of_the_chapters_are_there(pdf):
    for words in ("Rates and referrals", "The rate rose to 58 per 10,000", "Another chapter’s note."):
        assert words in pdf.text
    assert "Only on paper" in pdf.text and "Only on the web" not in pdf.text


def test_chapters_sections_figures_and_tables_have_the_numbers_of_the_pages(pdf):
    for words in ("Chapter 1 Rates and referrals", "1.1.1 Deeper", "Appendix A Members", "A.1 Attendance"):
        assert words in pdf.text
    for words in ("Figure 1.1 Rate by year", "Table 1.1 A plain table", "Table A.1 Members and how often"):
        assert pdf.text.count(words) == 2, "once in its list, once where it stands"


def test_bookmarks_lead_to_every_chapter_and_section(pdf):
    found = list(bookmarks(pdf.reader.outline))
    assert found[:3] == ["Contents", "Figures", "Tables"]
    assert {"Foreword", "1 Rates and referrals", "1.2 Second section", "A Members", "A.1 Attendance"} <= set(
        found
    )


def test_links_lead_to_places_in_the_file(pdf):
    pages = {page.indirect_reference.idnum for page in pdf.reader.pages}
    found = 0
    for page in pdf.reader.pages:
        for note in page.get("/Annots", []):
            note = note.get_object()
            if note["/Subtype"] != "/Link" or "/URI" in note.get("/A", {}):
                continue
            target = note.get("/Dest") or note["/A"]["/D"]
            target = pdf.reader.named_destinations[target].page if isinstance(target, str) else target[0]
            assert target.idnum in pages
            found += 1
    assert found > 30


def test_a_link_that_leads_nowhere_stops_the_pdf(tmp_path):
    book = shutil.copytree(BOOK, tmp_path / "book")
    add_cells(book, "02_more.ipynb", markdown("See [there](01_rates.ipynb#nothing)."))
    with pytest.raises(DataStop, match="leads nowhere.*01_rates.html#nothing"):
        made(book, tmp_path / "out")


def test_a_claim_that_does_not_hold_is_flagged_in_words(tmp_path):
    book = shutil.copytree(BOOK, tmp_path / "book")
    failed = (
        f'<mark class="claim-failed">below England</mark><span class="claim-note"> {NOT_BORNE_OUT}</span>'
    )
    add_cells(book, "02_more.ipynb", markdown(f"The rate is {failed} now."))
    assert f"The rate is below England {NOT_BORNE_OUT} now." in opened(made(book, tmp_path / "out")).text


# ---- figures and tables --------------------------------------------------------------------------------------------


def test_every_figure_says_what_it_is_and_where_it_comes_from(figures_pdf, figure_report):
    page = next(text for text in figures_pdf.pages if "Figure 1.2 Missing" in text and "Values:" in text)
    assert LABELS["illustrative"] in page and "Source: The publisher, the statistics." in page
    assert "The rate was 576.8 & rising" in figures_pdf.text and "First published." in figures_pdf.text
    assert "1 figure or table: counted and published" in figures_pdf.pages[0]
    shown = [e.record["provenance"] for e in exhibits(resolve(read_book(figure_report.book), "html"))]
    assert f"{shown.count('illustrative')} figures and tables: simulated" in figures_pdf.pages[0]


def test_the_values_of_every_chart_are_in_the_annex_and_what_is_withheld_stays_so(figures_pdf):
    start = next(n for n, text in enumerate(figures_pdf.pages) if "What each chart shows" in text)
    annex = " ".join(figures_pdf.pages[start:])
    for words in ("Figure 1.1 Rate of referral", "622.3", "576.8", "[c] withheld so that no child", "[low]"):
        assert words in annex
    assert re.search(r"Chiltern 2015-16 Q2 \[c\]", annex) and LABELS["illustrative"] in annex
    pages = re.findall(r"Values: page (\d+)", figures_pdf.text)
    assert len(pages) == 3 and all(int(page) > start for page in pages)


def test_text_that_looks_like_markup_is_only_text(figures_pdf):
    assert "=HYPERLINK(“http://x.example”)" in figures_pdf.text and "plain & <b>" in figures_pdf.text


def test_a_long_table_goes_on_under_its_header_and_starts_beside_its_caption(pdf):
    pages = [text for text in pdf.pages if "Name Count" in text]
    assert len(pages) >= 3 and "Table 2.1 A long table" in pages[0] and "Agency 1 1" in pages[0]
    assert all(row[0] in pdf.text for row in LONG)


@pytest.mark.parametrize("rows", [69, 70, 71, 73])
def test_no_row_of_a_long_table_stands_alone_on_its_last_page(tmp_path, rows):
    """69 rows of one line fill a page: of 70, the last takes another along."""
    columns = [{"label": name, "is_number": False} for name in ("Name", "Count")]
    found = sheets(
        tmp_path,
        data_table(paper_tables.table({"columns": columns, "rows": [[f"r{n}", "1"] for n in range(rows)]})),
    )
    counts = [len(re.findall(r"\br\d+", page.extract_text())) for page in found.reader.pages]
    assert sum(counts) == rows and min(filter(None, counts)) >= 2 and len(list(filter(None, counts))) <= 2
    said = kinds(found.reader)
    assert "/TFoot" not in said and said.count("/TR") == rows + 1


def test_charts_are_drawings_and_their_letters_are_ours(figures_pdf):
    fonts, pictures = set(), 0
    for page in figures_pdf.reader.pages:
        resources = page["/Resources"].get_object()
        fonts |= {
            str(font.get_object()["/BaseFont"]).partition("+")[2]
            for font in resources.get("/Font", {}).values()
        }
        pictures += len(page.images)
    assert pictures == 0
    assert fonts and all(re.match(r"(Report(Sans|Serif)|DejaVuSansMono)", font) for font in fonts), fonts
    assert "2014-15" in figures_pdf.text and "\ufffd" not in figures_pdf.text


def heights(page):
    """How high on its page each piece of text stands, in points from the lower edge; text set on its side is left out."""
    found = []

    def visit(text, around, own, *_):
        if text.strip() and abs(own[1]) < 1e-6 and abs(around[1]) < 1e-6:
            found.append((own[5] * around[3] + around[5], text))

    page.extract_text(visitor_text=visit)
    return found


def outside(reader):
    """Text that stands where no reader can see it, or on the foot of its page."""
    return [
        (number, text)
        for number, page in enumerate(reader.pages, 1)
        for height, text in heights(page)
        if not 20 < height < page.mediabox.height - 20
    ]


def test_all_text_stands_on_its_page(pdf, figures_pdf, tmp_path):
    assert not outside(pdf.reader) and not outside(figures_pdf.reader)
    book = shutil.copytree(BOOK, tmp_path / "book")
    said = "".join(f"\n:   Meaning {number} of it." for number in range(1, 121))
    add_cells(book, "02_more.ipynb", markdown(f"A word{said}\n"))
    found = opened(made(book, tmp_path / "out"))
    assert "Meaning 120 of it." in found.text and not outside(found.reader)


# ---- how it is set -------------------------------------------------------------------------------------------------


def set_pages(body):
    """The pages of a text that stands in the language of typst, each as its words."""
    opening = (
        '#import "report.typ": *\n#show: report.with(title: "A title", board: "A board", name: "A report")\n'
    )
    pages = PdfReader(io.BytesIO(compiled(opening + body, {}))).pages
    return [" ".join(page.extract_text().split()) for page in pages]


def test_a_chart_goes_to_the_foot_where_its_chapter_opens_and_the_text_fills_the_page():
    chart = '#afloat("fig", "1.{n}", "fig-{n}", caption: [Chart {n}])[#rect(height: 90mm)]\n'
    body = '#chapter(number: "1", kind: [Chapter 1], id: "one")[Opening]\n#lorem(60)\n\n'
    charts = "".join(chart.format(n=number) + "#lorem(260)\n\n" for number in (1, 2, 3))
    first, *others = set_pages(body + charts)
    assert first.index("Opening") < first.index("Lorem") < first.index("Chart 1")
    assert all(len(text) > 1200 for text in [first, *others][:-1]), "no page is left half empty"
    assert [number for text in others for number in re.findall(r"Chart (\d)", text)] == ["2", "3"]


def test_charts_stand_before_the_section_that_closes_their_chapter(tmp_path):
    book = shutil.copytree(BOOK, tmp_path / "book")
    add_cells(book, "02_more.ipynb", markdown("## What was found\n\nWords.\n\n## Next steps\n\nThe last."))
    source, _ = typeset(read_book(book))
    waits = re.findall(r"#place\.flush\(\)\s*#section\(2,[^\[]*\)\[([^\]]*)\]", source)
    assert "Next steps" in waits and "What was found" not in waits


def test_a_chart_right_before_that_section_stands_in_its_place_and_one_before_a_list_stays_with_it(tmp_path):
    book = shutil.copytree(BOOK, tmp_path / "book")
    chart = display(
        image_png="iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
    cells = [
        code(f'#| label: fig-{n}\n#| fig-cap: "Chart {n}"\n#| fig-alt: "A dot"\n{n}', chart)
        for n in ("a", "b", "c", "d")
    ]
    add_cells(book, "02_more.ipynb", *cells[:2], markdown("## Next steps\n\nThe last."))
    add_cells(book, "a1_members.ipynb", *cells[2:], markdown("::: {.from-data}\n- from here\n:::"))
    source, _ = typeset(read_book(book))
    assert re.search(r'#afloat\("fig", "[\d.]+", "fig-a"', source)
    assert re.search(r'#place\.flush\(\)\s*#whole\("fig", "[\d.]+", "fig-b"', source)
    assert re.findall(r'"fig-(\w)", listed: true, leads: true', source) == ["d"]


def test_a_text_whose_places_hang_on_themselves_stops_the_pdf():
    with pytest.raises(DataStop, match="numbers of pages"):
        set_pages(
            '#let found = state("found", 0)\n#context found.update(found.final() + 1)\n#context found.final()'
        )


@pytest.mark.parametrize("room", range(190, 240, 6))
def test_words_before_a_list_a_short_list_and_an_entry_of_a_list_stay_together(room):
    steps = "".join(f"- step {number}\n" for number in range(1, 8))
    lead = f"#v({room}mm)\n#lead[The Board will:]\n\n{steps}"
    pages = set_pages(lead)
    assert any("The Board will:" in text and "step 1" in text and "step 7" in text for text in pages)
    entry = f"#v({room}mm)\n#entries[\n/ a file: #block[who sent it \\\n when \\\n its hash]\n]"
    assert any("a file" in text and "its hash" in text for text in set_pages(entry))


def test_words_before_a_list_and_a_list_of_words_are_set_so(tmp_path):
    book = shutil.copytree(BOOK, tmp_path / "book")
    words = "It will:\n\n- begin\n- end\n    - at once\n    - well\n\nA word\n:   its meaning"
    add_cells(book, "02_more.ipynb", markdown(words))
    source, _ = typeset(read_book(book))
    assert re.search(r"#lead\[\s*end\s*\]", source), "what leads to a list within a list stays with it"
    assert re.search(r"#lead\[\s*It will:\s*\]", source) and re.search(r"#entries\[\s*/ A word", source)


def test_key_messages_have_their_numbers_large_and_another_list_stays_one(tmp_path):
    book = shutil.copytree(BOOK, tmp_path / "book")
    told, plain = "- **46%** of plans\n- **27** a month", "- no number\n- none"
    add_cells(book, "02_more.ipynb", *(markdown(f"::: {{.key-messages}}\n{t}\n:::") for t in (told, plain)))
    source, files = typeset(read_book(book))
    assert re.search(
        r"#key-messages\(\s*\(\[46%\], \[ of plans\]\),\s*\(\[27\], \[ a month\]\),\s*\)", source
    )
    assert source.count("#key-messages(") == 1 and re.search(r"- no number", source)
    assert "46% of plans" in " ".join(set_pages("#key-messages(([46%], [of plans]))"))


@pytest.mark.parametrize("room", range(180, 240, 12))
def test_a_short_section_of_a_short_edition_stands_on_one_page_and_a_list_of_words_may_go_on(room):
    blocks = pandoc.parse(["## One\n\nfirst\n\nsecond\n\n## Two\n\nA word\n:   its meaning"])[0]["blocks"]
    (text,) = pandoc.write(
        [{"pandoc-api-version": API_VERSION, "meta": {}, "blocks": _kept_whole(blocks)}], "typst"
    )
    assert text.count("#kept[") == 1 and text.index("One") < text.index("second") < text.index("\n]\n")
    pages = set_pages(f"#v({room}mm)\n#kept[== One\nfirst #v(20mm) second\n]")
    assert any("One" in page and "first" in page and "second" in page for page in pages)


def test_a_drawing_of_the_report_itself_is_not_in_the_list_of_figures():
    chart = '#whole("fig", "1.{n}", "fig-{n}", listed: {listed}, caption: [Chart {n}])[#rect()]\n'
    body = "".join(chart.format(n=number, listed=listed) for number, listed in ((1, "true"), (2, "false")))
    said = " ".join(set_pages('#list-of("fig", [Figures])\n' + body))
    assert said.count("Chart 1") == 2 and said.count("Chart 2") == 1


@pytest.mark.parametrize("room", range(208, 232, 8))
def test_a_drawing_of_the_report_itself_stays_with_the_list_that_says_it(room):
    drawing = '#whole("fig", "F.1", "fig-ways", leads: true, caption: [The ways])[#rect(height: 20mm)]'
    pages = set_pages(f"#v({room}mm)\n{drawing}\n\n- from here\n- to there\n")
    assert any("The ways" in text and "from here" in text and "to there" in text for text in pages)


def test_only_drawings_without_values_are_left_out_of_the_list(figure_report):
    source, _ = typeset(read_book(figure_report.book))
    figures = re.findall(r'#\w+\("fig", "[\w.]+", "([\w-]+)", listed: (\w+)', source)
    assert figures and {listed for _, listed in figures} == {"true"}


def test_no_box_ends_with_a_single_paragraph_on_the_next_page(tmp_path):
    book = shutil.copytree(BOOK, tmp_path / "book")
    box = markdown('::: {.callout-note title="Why"}\nOne.\n\nTwo.\n\nThree.\n:::')
    add_cells(book, "02_more.ipynb", box)
    source, _ = typeset(read_book(book))
    assert re.search(r"One\.\s+#lead\[\s*Two\.\s*\]\s+Three\.", source)


def test_a_drawing_of_the_report_itself_without_numbers_has_no_page_of_values():
    words, numbers = {"is_number": False}, {"is_number": True}
    drawn = {"svg": "<svg/>", "source": "", "table": {"columns": [words]}}
    assert not has_values(drawn)
    assert has_values(drawn | {"source": "A return."}) and has_values(
        drawn | {"table": {"columns": [numbers]}}
    )
    assert not has_values(drawn | {"svg": "", "source": "A return."})


def test_a_draft_says_so_on_every_page_and_a_final_edition_nowhere(pdf, tmp_path):
    assert all("Draft: not for publication" in text for text in pdf.pages)
    book = write_book(tmp_path / "book")
    settings = (book / "_quarto.yml").read_text(encoding="utf8")
    (book / "_quarto.yml").write_text(settings.replace(", draft", ""), encoding="utf8")
    path = made(book, tmp_path / "out")
    assert path.name == "annual-report-2015-16.pdf"
    assert "draft" not in opened(path).text.lower() and "Published: 14 October 2016" in opened(path).text


def test_every_page_has_its_number_and_the_name_of_its_chapter(pdf):
    for number, text in enumerate(pdf.pages[1:], start=2):
        assert re.search(rf"\b{number}$", text), text[-80:]
    assert sum(text.startswith("Rates and referrals") for text in pdf.pages) >= 1
    assert "Annual report 2015-16" in pdf.pages[0]


def test_no_page_ends_with_a_heading(pdf, figures_pdf):
    headings = set(bookmarks(pdf.reader.outline)) | set(bookmarks(figures_pdf.reader.outline))
    for text in (*pdf.pages[1:], *figures_pdf.pages[1:]):
        body = re.sub(
            r" ?[\w ]*Board, Annual report 2015-16 \d+$| An invented board, Annual report.*$", "", text
        )
        assert not any(body.endswith(heading) for heading in headings - {"Introduction"}), body[-60:]


def test_the_same_book_gives_the_same_bytes(figure_report, figures_pdf, tmp_path):
    again = made(figure_report.book, tmp_path / "out")
    assert again.read_bytes() == figures_pdf.bytes
    assert "20161014" in figures_pdf.reader.metadata["/CreationDate"]


# ---- parts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        (r"r = 10000\,\frac{n}{p}", "r equals 10000 n over p"),
        (r"\text{rate} = n / p \times 1000", "rate equals n / p times 1000"),
        (r"a \leq b", "a leq b"),
    ],
)
def test_a_formula_is_spoken(formula, words):
    assert spoken(formula) == words


@given(st.text())
def test_text_as_a_string_of_typst_never_ends_early(text):
    inside = quoted(text)[1:-1]
    assert not re.search(r'(?<!\\)(\\\\)*"', inside) and "\n" not in inside
    assert len(re.search(r"\\*$", inside)[0]) % 2 == 0


@given(st.lists(st.lists(st.text("ab c", max_size=60), min_size=3, max_size=3), min_size=1, max_size=6))
def test_columns_share_the_line_and_each_has_room(rows):
    columns = [{"label": name, "is_number": False} for name in ("a", "b", "c")]
    found = paper_tables.widths(paper_tables.table({"columns": columns, "rows": rows}))
    assert len(found) == 3 and sum(found) <= 1.0001 and all(share > 0 for share in found)
    words = [max(len(word) for row in rows for word in row[n].split(" ")) for n in range(3)]
    if (
        paper_tables.least_width(paper_tables.table({"columns": columns, "rows": rows}))
        <= paper_tables.CHARACTERS
    ):
        for share, longest in zip(found, words, strict=True):
            assert share * paper_tables.CHARACTERS >= longest, "no word is wider than its column"


def test_short_cells_keep_to_one_line_and_the_names_of_rows_get_what_is_left():
    """A column of few words beside long names of rows was parted, and a year above a column stood over its neighbour."""
    heads = ["Measure", "2014-15", "2015-16", "Change", "Statistical neighbours", "England"]
    row = ["Children looked after placed over 20 miles away and outside the authority", "34.0%", "31.0%"]
    columns = [{"label": head, "is_number": head not in {"Measure", "Change"}} for head in heads]
    told = {"columns": columns, "rows": [[*row, "fell slightly", "21.2%", "14.0%"]] * 3}
    measure, year, _, change, *_ = (
        share * paper_tables.CHARACTERS for share in paper_tables.widths(paper_tables.table(told))
    )
    assert year >= len("2014-15") + paper_tables.SIDES and change >= len("fell slightly")
    assert measure > 2 * change


@pytest.mark.parametrize("day", ["23 November 2026", "3 May 2016"])
def test_a_day_has_room_on_one_line(day):
    columns = [{"label": name, "is_number": False} for name in ("a", "b")]
    table = paper_tables.table({"columns": columns, "rows": [["a long text of many words " * 9, day]]})
    assert paper_tables.widths(table)[1] * paper_tables.CHARACTERS >= len(day) + paper_tables.PADDING


def test_the_corner_of_a_turned_table_names_its_rows():
    told = {"columns": [{"label": name, "is_number": False} for name in ("Year", "Kent", "Devon")]}
    table = paper_tables.turned(paper_tables.table(told | {"rows": [["2016", "1", "2"]]}), "Series")
    assert paper_tables.texts_of(table) == [["Series", "2016"], ["Kent", "1"], ["Devon", "2"]]


def test_a_table_turned_twice_is_itself():
    told = {"columns": [{"label": "Year", "is_number": False}, {"label": "n", "is_number": True}]}
    table = paper_tables.table(told | {"rows": [["2015", "1"], ["2016", "2"]]})
    assert paper_tables.texts_of(paper_tables.turned(table)) == [["Year", "2015", "2016"], ["n", "1", "2"]]
    assert paper_tables.texts_of(paper_tables.turned(paper_tables.turned(table))) == paper_tables.texts_of(
        table
    )


# ---- wide tables, long names, long lists ---------------------------------------------------------------------------


def sheets(tmp_path, blocks):
    """The pages of these blocks, set as in the report."""
    tree = {"pandoc-api-version": API_VERSION, "meta": {}, "blocks": blocks}
    (body,) = pandoc.write([tree], "typst")
    start = '#import "report.typ": *\n#show: report.with(title: "T", board: "B", name: "N")\n'
    path = tmp_path / "few.pdf"
    content = compiled(start + body, {}, pdf_standards=["ua-1"])
    path.write_bytes(with_row_headers(content, start + body))
    return opened(path)


def test_words_right_of_numbers_stand_apart_from_them(tmp_path):
    columns = [{"label": name, "is_number": name == "Count"} for name in ("Name", "Count", "Note", "More")]
    table = paper_tables.table({"columns": columns, "rows": [["a", "12,345", "words", "more"]] * 3})
    assert paper_tables.right_of_numbers(table) == [False, False, True, False]
    left, margin = {}, 22 / 25.4 * 72

    def visit(text, around, own, *_):
        left.setdefault(text.strip(), own[4] * around[0] + around[4] - margin)

    page = sheets(tmp_path, data_table(table)).reader.pages[0]
    page.extract_text(visitor_text=visit)
    ends = np.cumsum(paper_tables.widths(table)) * (float(page.mediabox.width) - 2 * margin)
    apart = {name: left[name] - ends[place] for name, place in (("words", 1), ("more", 2))}
    assert apart["words"] > apart["more"] + 6


def table_of(*cells):
    columns = [{"label": f"c{place}", "is_number": False} for place in range(len(cells))]
    return paper_tables.table({"columns": columns, "rows": [list(cells)] * 3})


@pytest.mark.parametrize(("words", "on_its_side"), [(9, False), (12, True)])
def test_a_table_too_wide_for_small_type_stands_on_a_page_on_its_side(tmp_path, words, on_its_side):
    """Nine words of ten letters need 117 characters across, twelve need 156: small type has 119."""
    table = table_of(*["abcdefghij"] * words)
    assert (paper_tables.least_width(table) > SMALL_TYPE) is on_its_side
    found = sheets(tmp_path, data_table(table))
    sides = [
        page.mediabox.width > page.mediabox.height
        for page in found.reader.pages
        if page.extract_text().count("c1")
    ]
    assert sides == [on_its_side]
    assert found.text.count("abcdefghij") == 3 * words, "no word is parted"


def test_the_values_of_a_chart_of_many_years_stand_on_a_page_on_its_side_with_their_heading(tmp_path):
    record = {"measure": "Per cent", "provenance": "official", "table": {"rows": []}}
    told = {"key": "long", "anchor": "fig-long", "name": "Figure 4.3", "title": "Many years"}
    _, blocks = _entry(SimpleNamespace(**told, record=record), table_of(*["abcdefghij"] * 12))
    found = sheets(tmp_path, [raw('#[A chart.]#label("fig-long")'), *blocks])
    (sheet,) = (page for page in found.reader.pages if page.extract_text().count("c1"))
    assert sheet.mediabox.width > sheet.mediabox.height and "Many years" in sheet.extract_text()


def test_a_long_name_goes_on_in_the_next_line_of_its_cell_and_is_found_as_one(tmp_path):
    name = "lado_contacts_by_setting_and_year"
    table = table_of(name, *["some words that make this column long and longer"] * 3)
    found = sheets(tmp_path, data_table(table))
    lines = found.reader.pages[0].extract_text().split("\n")
    assert not any(name in line for line in lines), "it is parted"
    assert "".join(found.text.split()).count(name) == 3 or found.text.count("lado_") == 3
    assert "\u200b" not in found.text


def test_a_long_list_is_short_on_paper_and_whole_on_the_pages(tmp_path, cleaned_report):
    listed = cleaned_report.book().numbers().markdown
    assert listed.count('when-format="html"') == 1 and listed.count('unless-format="html"') == 1
    whole, short = listed.split('::::: {.content-visible unless-format="html"}')
    for form in (whole, short):
        names = re.findall(r"\]\{#(number-[^}]+)\}", form)
        assert len(names) == len(set(names)) > 100
    assert re.findall(r"\{#(number-[^}]+)\}", whole) == re.findall(r"\{#(number-[^}]+)\}", short)
    assert len(short) < len(whole) / 2 and "The web pages also give the definition" in short
