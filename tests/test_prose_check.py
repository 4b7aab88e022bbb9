"""No number on a finished page, or in a file made from it, is bound to nothing; and a final edition does not carry one."""

import json
import re
import shutil
import zipfile

import docx
import pytest
import typst
from book_cells import add_cells, code, display, markdown
from conftest import ROOT
from figure_book import write_book

from bscbdata import publish
from bscbdata.build.plan import chapters
from bscbdata.build.run import build
from bscbdata.findings import DataStop
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.prose import unbound_in
from bscbdata.publish import typesetting, word
from bscbdata.publish.prose_check import check_files, check_pages

pytestmark = pytest.mark.usefixtures("one_parent")

FACT = '<span class="fact" data-fact="a" data-area="b" data-year="c">4,762</span>'
HEADINGS = (("2.9", "Private fostering"), ("2.10", "Next steps"))
PAGE = '<html><body><main><h1><span class="chapter-number">3</span> T</h1>{}</main></body></html>'


def checked(tmp_path, body):
    (tmp_path / "01.html").write_text(PAGE.format(body), encoding="utf8")
    return [found.value for found in check_pages(tmp_path)]


@pytest.mark.parametrize(
    "body",
    [
        "<p>There were 45 of them.</p>",
        "<ul><li>about 7%</li></ul>",
        '<div class="callout"><p>a third or 33</p></div>',
        "<figure><figcaption>All 12 months of 13</figcaption></figure>",
        "<table><tbody><tr><td>Written by hand: 8</td></tr></tbody></table>",
        '<div class="figure-body"><p class="figure-headline">Rose by 9</p></div>',
        "<p>4<b>5</b></p>",
    ],
)
def test_a_number_that_no_data_carries_is_found_wherever_it_stands(tmp_path, body):
    assert len(checked(tmp_path, body)) == 1


@pytest.mark.parametrize(
    "body",
    [
        f"<p>The Police made {FACT} contacts in 2015-16.</p>",
        '<p>See <a class="quarto-xref" href="#x">Figure 2.3</a> and section 47.</p>',
        '<table class="data-table"><tbody><tr><td>8</td></tr></tbody></table>',
        '<nav><p>Page 9</p></nav><aside class="draft-note"><p>7 open findings</p></aside>',
    ],
)
def test_what_data_carries_is_no_finding(tmp_path, body):
    assert checked(tmp_path, body) == []


def described(alt):
    table = '<table class="data-table"><tbody><tr><th>Police</th><td>4,762</td></tr><tr><th>x</th><td>[c]</td></tr></tbody></table>'
    return f'<div id="fig-a" class="quarto-float quarto-figure"><svg><desc>{alt}</desc></svg>{table}</div>'


def test_a_description_says_only_what_its_own_table_has(tmp_path):
    assert checked(tmp_path, described("Highest 4,762 (Police). 1 value is not shown.")) == []
    assert checked(tmp_path, described("Highest 4,763 (Police). 2 values are not shown.")) == ["4,763", "2"]


def test_a_count_withheld_with_its_share_is_one_value_of_the_chart(tmp_path):
    told = described("Highest 4,762 (Police). 1 value is not shown.").replace(
        "<td>[c]</td>", "<td>[c]</td><td>[c]</td>"
    )
    assert "[c]</td><td>[c]" in told and checked(tmp_path, told) == []


def test_the_finding_names_the_page_and_the_words_about_the_number(tmp_path):
    checked(tmp_path, "<p>Long ago there were 45 of them here.</p>")
    said = str(check_pages(tmp_path)[0])
    assert said.startswith("01.html: ") and "there were 45 of them" in said


def test_what_is_quoted_about_a_number_stands_about_that_number(tmp_path):
    checked(
        tmp_path,
        f"<p>At first {FACT} contacts came, of them 1,450 from schools. Long ago 4,762 were typed.</p>",
    )
    typed = [str(found) for found in check_pages(tmp_path)]
    assert len(typed) == 2 and "of them 1,450 from" in typed[0] and "Long ago 4,762 were" in typed[1]
    checked(tmp_path, "<p>Of 450 and 45 in all.</p>")
    assert "Of 450 and 45 in" in str(check_pages(tmp_path)[1])


# ---- a number typed in a file, equal to one that is bound elsewhere -------------------------------------------------

TYPED = "4,762"


@pytest.fixture(scope="module")
def bound_book(tmp_path_factory):
    """A book of real figures whose chapter says that the Police made 4,762 contacts, bound."""
    book = write_book(tmp_path_factory.mktemp("typed") / "book")
    add_cells(
        book, "01_rates.ipynb", markdown(f"## Contacts\n\nThe Police made {FACT} contacts in the year.")
    )
    return book


def files_of(book, out):
    """The findings of the files made of the book: place and number."""
    publish.render(book, out, "embedded", ("pdf", "word"))
    return [(found.file, found.value) for found in check_files(out)]


def only_typed(found):
    return [(place, number) for place, number in found if TYPED in number]


def test_every_number_of_a_whole_book_is_bound_in_its_files(bound_book, tmp_path):
    loose = {number for _, number in files_of(bound_book, tmp_path / "out")}
    # a headline with no fact
    assert loose == {found.value for found in check_pages(tmp_path / "out")} == {"576.8"}


def test_a_typed_number_is_named_though_it_is_bound_elsewhere_in_the_text_and_in_a_caption(
    bound_book, tmp_path
):
    book = shutil.copytree(bound_book, tmp_path / "book")
    shown = code(
        f'#| label: fig-more\n#| fig-cap: "All of {TYPED} once more"\nf', display(text_html="<p>Words.</p>")
    )
    add_cells(book, "01_rates.ipynb", markdown(f"Schools would send {TYPED} again."), shown)
    found = only_typed(files_of(book, tmp_path / "out"))
    word, pdf = ([place for place, _ in found if kind in place] for kind in (".docx", ".pdf"))
    # a caption is listed in front too
    assert len(word) == 3 and all("'1 Rates'" in place for place in word[1:])
    assert len(pdf) == 3 and all(re.search(r"page \d+$", place) for place in pdf)
    said = " ".join(map(str, check_files(tmp_path / "out")))
    assert f"would send {TYPED} again" in said and f"All of {TYPED} once more" in said


def test_a_typed_number_in_the_template_of_the_pdf_is_named(bound_book, tmp_path, monkeypatch):
    assets = shutil.copytree(typesetting.ASSETS, tmp_path / "assets")
    template = (assets / "report.typ").read_text(encoding="utf8")
    places = {
        "[#board, #name]": f"[#board, #name, {TYPED} copies]",
        "[What the numbers are]": f"[What {TYPED} are]",
    }
    for old, new in places.items():
        assert old in template
        template = template.replace(old, new)
    (assets / "report.typ").write_text(template, encoding="utf8")
    monkeypatch.setattr(typesetting, "ASSETS", assets)
    out = tmp_path / "out"
    found = only_typed(files_of(bound_book, out))
    assert {place.partition(", ")[2] for place, _ in found} >= {
        "page 1", "page 2, head or foot", "page 5, head or foot",
    }  # fmt: skip
    assert all(".pdf" in place for place, _ in found)


@pytest.mark.parametrize("part", ["header", "footer", "numbering"])
def test_a_typed_number_in_the_furniture_of_the_word_file_is_named(bound_book, tmp_path, monkeypatch, part):
    reference = _with_number(word.REFERENCE, tmp_path / "reference.docx", part)
    monkeypatch.setattr(word, "REFERENCE", reference)
    found = only_typed(files_of(bound_book, tmp_path / "out"))
    called = {"header": "head of a page", "footer": "foot of a page", "numbering": "numbering"}[part]
    assert found and all(place.endswith(f".docx, {called}") for place, _ in found)


def _with_number(source, target, part):
    """A Word file like the source, with a number typed into each part called so."""
    old, new = ("</w:p>", f"<w:r><w:t>{TYPED} copies</w:t></w:r></w:p>")
    if part == "numbering":
        old, new = 'w:lvlText w:val="', f'w:lvlText w:val="{TYPED} '
    with zipfile.ZipFile(source) as parts, zipfile.ZipFile(target, "w") as changed:
        for name in parts.namelist():
            content = parts.read(name).decode("utf8", "surrogateescape")
            content = content.replace(old, new) if name.startswith(f"word/{part}") else content
            changed.writestr(name, content.encode("utf8", "surrogateescape"))
    return target


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("The Police made 4,762 contacts in the year.", []),
        ("The Police made 4,762 contacts, 45 more than", ["45"]),
        ("Of them 4,762 were typed here.", ["4,762"]),
        ("In the contacts, made the Police 4,762", ["4,762"]),
        ("4,762", ["4,762"]),
        ("The Police made 4,763 contacts in the year.", ["4,763"]),
        ("2.9 Private fostering 2.10 Next steps", []),  # what stands between them on the page has moved on
        ("Of these 2.9 were private", ["2.9"]),
    ],
)
def test_a_number_is_bound_in_a_file_only_among_the_words_of_the_page(tmp_path, said, typed):
    headings = [f'<h2><a class="header-section-number">{n}</a> {t}</h2><p>Text.</p>' for n, t in HEADINGS]
    checked(tmp_path, f"<p>The Police made {FACT} contacts in the year.</p>{''.join(headings)}")
    (tmp_path / "downloads").mkdir()
    book = docx.Document()
    book.add_paragraph(said)
    book.save(tmp_path / "downloads" / "report.docx")
    (tmp_path / "downloads" / "report.pdf").write_bytes(typst.compile(f"{said}\n\nSee page 12.".encode()))
    found = [(one.file.partition(",")[0], one.value) for one in check_files(tmp_path)]
    assert sorted(found) == sorted((name, word) for name in ("report.docx", "report.pdf") for word in typed)


def test_a_number_typed_on_the_page_is_typed_in_its_files_too(tmp_path):
    checked(tmp_path, f"<p>The Police made {FACT} contacts; 4,762 of them all were typed.</p>")
    (tmp_path / "downloads").mkdir()
    book = docx.Document()
    book.add_paragraph("The Police made 4,762 contacts; 4,762 of them all were typed.")
    book.save(tmp_path / "downloads" / "report.docx")
    (found,) = check_files(tmp_path)
    assert "contacts; 4,762 of them" in str(found)


def test_what_is_said_of_a_picture_in_a_file_is_held_to_the_page_as_well(tmp_path):
    alt = "Highest 4,762 (Police (all)), and 45 more of them"
    (tmp_path / "dot.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', encoding="utf8"
    )
    (tmp_path / "main.typ").write_text(f'#image("dot.svg", alt: "{alt}")\n\nText.', encoding="utf8")
    (tmp_path / "report.pdf").write_bytes(typst.compile(str(tmp_path / "main.typ")))
    checked(tmp_path, described("Highest 4,762 (Police (all)), and"))
    assert [found.value for found in check_files(tmp_path)] == ["45"]


def test_the_pages_of_a_book_are_read_as_the_stitcher_writes_them(rendered_book, tmp_path):
    pages = shutil.copytree(rendered_book, tmp_path / "pages")
    assert {found.file for found in check_pages(pages)} <= {path.name for path in pages.glob("*.html")}
    assert any(found.value == "45." for found in check_pages(_with(pages, "<p>There were 45.</p>")))


def _with(folder, words):
    page = folder / "index.html"
    text = page.read_text(encoding="utf8")
    page.write_text(text.replace('<nav class="pager"', f'{words}<nav class="pager"', 1), encoding="utf8")
    return folder


# ---- a final edition ---------------------------------------------------------------------------------------------

HOLDS = "{% claim fact('contacts.police') > fact('contacts.schools') %}The Police made more contacts.{% endclaim %}"
FAILS = HOLDS.replace(">", "<")


def project(root, commentary, markdown):
    """A project of one chapter with the real returns of the year."""
    shutil.copytree(ROOT / "data" / "raw", root / "data" / "raw", ignore=shutil.ignore_patterns("commentary"))
    shutil.copy(ROOT / "data" / "corrections.yml", root / "data")
    (root / "_quarto.yml").write_text(
        "project:\n  type: book\nbook:\n  title: T\n  chapters:\n    - index.ipynb\n"
    )
    (root / "notebooks").mkdir()
    return rewritten(Project(root), commentary, markdown)


def rewritten(project, commentary, markdown):
    folder = project.raw / "2015-16" / "commentary"
    folder.mkdir(exist_ok=True)
    (folder / "a.md").write_text(f"# one\n{commentary}\n", encoding="utf8")
    cells = [
        ("markdown", f"# Title\n\n{markdown}", []),
        ("code", 'year = "2015-16"\narea = "Buckinghamshire"\ndraft = True', ["parameters"]),
        ("code", "import bscbdata as bscb\n\nreport = bscb.report(year, area, draft)", []),
        ("code", 'report.prose("one")', []),
    ]
    told = [
        {"cell_type": kind, "id": f"c{n}", "metadata": {"tags": tags} if tags else {}, "source": source}
        | ({"outputs": [], "execution_count": None} if kind == "code" else {})
        for n, (kind, source, tags) in enumerate(cells)
    ]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    book = {"cells": told, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (project.notebooks / "index.ipynb").write_text(json.dumps(book), encoding="utf8")
    return project


@pytest.fixture(scope="module")
def final(tmp_path_factory):
    found = project(tmp_path_factory.mktemp("final"), HOLDS, "Plain words.")
    return found, build(found, ReportYear(2015), renderer="embedded", draft=False)


def test_a_final_edition_has_no_furniture_of_a_draft_and_calls_itself_final(final):
    project, built = final
    content = b"".join(path.read_bytes() for path in built.report.rglob("*") if path.is_file())
    assert not any(
        mark in content for mark in (b"draft-", b"draft.css", b"Not for publication", b"changes.html")
    )
    assert (
        json.loads((project.build(ReportYear(2015)) / "edition.json").read_text(encoding="utf8"))["status"]
        == "final"
    )


def test_what_a_final_edition_told_is_kept_and_of_one_that_stops_nothing(final):
    project, _ = final
    folder = project.build(ReportYear(2015))
    (kept,) = (folder / "published").iterdir()
    assert kept.suffix == ".json" and json.loads(kept.read_text(encoding="utf8"))["tables"] is not None
    with pytest.raises(DataStop):
        build(rewritten(project, FAILS, "Plain words."), ReportYear(2015), renderer="embedded", draft=False)
    assert list((folder / "published").iterdir()) == [kept]


@pytest.mark.parametrize(
    ("commentary", "markdown", "said"),
    [
        (FAILS, "Plain words.", "no longer supports this claim"),
        (HOLDS, "There were 45 of them.", "bound to no data"),
        (HOLDS + " There were 45.", "Plain words.", "not bound to a fact"),
    ],
)
def test_a_final_edition_stops_and_the_last_one_stays(final, commentary, markdown, said):
    project, built = final
    before = (built.report / "index.html").read_bytes()
    with pytest.raises(DataStop, match=said):
        build(rewritten(project, commentary, markdown), ReportYear(2015), renderer="embedded", draft=False)
    assert (built.report / "index.html").read_bytes() == before


def test_a_final_edition_names_all_that_stops_it_at_once(final):
    project, _ = final
    told = rewritten(project, FAILS, "There were seven of the children.")
    with pytest.raises(DataStop) as stopped:
        build(told, ReportYear(2015), renderer="embedded", draft=False)
    assert [found.check for found in stopped.value.findings] == ["claim", "number"]


def test_a_notebook_that_is_no_notebook_is_named_with_what_to_do(tmp_path):
    told = project(tmp_path, HOLDS, "Plain words.")
    (told.notebooks / "index.ipynb").write_text("<<<<<<< HEAD\n{}", encoding="utf8")
    with pytest.raises(DataStop, match=r"notebooks/index\.ipynb: The notebook cannot be read.*from git"):
        chapters(told)


def test_a_draft_goes_on_and_shows_what_is_open_where_it_stands(final):
    project, _ = final
    built = build(rewritten(project, FAILS, "There were 45 of them."), ReportYear(2015), renderer="embedded")
    page = (built.report / "index.html").read_text(encoding="utf8")
    assert {"claim", "number"} <= {found.check for found in built.findings}
    assert "claim-failed" in page and "draft-findings" in page and "there were 45 of them" in page.lower()
    assert (project.build(ReportYear(2015)) / "previous" / "edition.json").exists()


def test_a_number_that_follows_a_word_such_as_table_is_not_cut_in_two():
    assert unbound_in("counted as in table 10,000 children of the age") == ["10,000"]
    assert unbound_in("as in table 10, and in tables 2 and 3") == []
