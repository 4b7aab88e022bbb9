"""The book as Quarto would read it: its plan holds only what Quarto knows, and its notebooks give what ours give.

Quarto is no part of the project. `quarto_reading` follows its source; where Quarto is installed, test_quarto_parity.py asks itself.
"""

import dataclasses
import io
import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
import quarto_reading as quarto
import yaml
from conftest import ROOT

from bscbdata.build.run import edition_lines
from bscbdata.figures.figure_record import MEDIA
from bscbdata.findings import DataStop
from bscbdata.provenance import in_short
from bscbdata.publish import html, numbering, pandoc
from bscbdata.publish.book import ASSETS, read_book
from bscbdata.publish.document import resolve
from bscbdata.publish.paper_tables import texts_of
from bscbdata.publish.quarto import lay_files
from bscbdata.publish.tree import elements, pairs, plain_text

PLANS = ["_quarto.yml", "docs/_quarto.yml", "notebooks/young_people/_quarto.yml"]
# the keys of Quarto's schema that we use, with the values that it allows: a type, or the words of a list
TEXT, TRUE_OR_FALSE, LIST = str, bool, list
KNOWN = {
    "project": {"type": {"default", "website", "book", "manuscript"}, "output-dir": TEXT},
    "profile": {"default": (TEXT, LIST), "group": LIST},
    "lang": TEXT,
    "date-format": TEXT,
    "book": {"title": TEXT, "subtitle": TEXT, "author": TEXT, "date": TEXT, "chapters": LIST, "appendices": LIST},
    "execute": {"enabled": TRUE_OR_FALSE, "echo": TRUE_OR_FALSE, "warning": TRUE_OR_FALSE},
    "ipynb-filters": LIST,
    "format": {
        "html": {
            "toc": TRUE_OR_FALSE,
            "toc-depth": int,
            "number-sections": TRUE_OR_FALSE,
            "fig-cap-location": {"top", "bottom", "margin"},
            "html-math-method": {"plain", "webtex", "gladtex", "mathml", "mathjax", "katex"},
            "css": TEXT,
        },
        # where a caption stands cannot be said for Word
        "docx": {"toc": TRUE_OR_FALSE, "number-sections": TRUE_OR_FALSE, "reference-doc": TEXT},
    },
}  # fmt: skip


def not_known(told, known, above=""):
    if isinstance(known, dict):
        for key, value in told.items():
            yield from not_known(value, known[key], f"{above}{key}.") if key in known else [f"{above}{key}"]
    elif told not in known if isinstance(known, set) else not isinstance(told, known):
        yield f"{above} {told!r}"


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_holds_only_what_quarto_knows(name):
    told = yaml.safe_load((ROOT / name).read_text(encoding="utf8"))
    assert list(not_known(told, KNOWN)) == []


def test_the_plans_of_an_edition_hold_only_what_quarto_knows(first_build):
    path = first_build.built.report.parent / "book" / "_quarto-edition.yml"
    assert list(not_known(yaml.safe_load(path.read_text(encoding="utf8")), KNOWN)) == []


@pytest.mark.parametrize(("published", "shown"), [("2016", "YYYY"), ("2016-10-14", None)])
def test_quarto_makes_no_day_of_a_year_alone(cleaned_report, published, shown):
    """It takes a year for its first of January (`src/core/date.ts`)."""
    edition = dataclasses.replace(cleaned_report.edition, published=published)
    told = yaml.safe_load(edition_lines(edition, draft=True))
    assert told.get("date-format") == shown and told["book"]["date"] == published


@pytest.fixture(scope="session")
def laid(figure_report, tmp_path_factory):
    """The book of figures with the plan of the project: what Quarto is given."""
    return quarto.laid_out(figure_report.book, tmp_path_factory.mktemp("laid") / "book")


def read(book, name, form):
    """The blocks of a chapter as Quarto has them for a form."""
    notebook = quarto.filtered(book, name)
    return quarto.for_form(pandoc.parse([quarto.markdown(notebook, form)])[0]["blocks"], form)


def as_embedded(book):
    """The figures and tables of each chapter as the embedded book has them: id and caption, in their order."""
    return {
        chapter.chapter.file: [
            (found["c"][0][0], plain_text(found["c"][1][0]["c"][1][0]["c"]))
            for found in numbering.floats(chapter.blocks)
        ]
        for chapter in resolve(read_book(book), "html").chapters
    }


def as_quarto(book, name, form):
    return [(identifier, caption) for identifier, caption, _ in quarto.floats(read(book, name, form))]


@pytest.mark.parametrize("form", ["html", "docx"])
def test_quarto_finds_the_same_figures_and_tables_in_the_same_order(laid, form):
    ours = as_embedded(laid)
    assert sum(map(len, ours.values())) == 7
    assert {name: as_quarto(laid, name, form) for name in quarto.chapters(laid)} == ours


def test_so_it_does_in_the_report_itself(first_build, tmp_path):
    book = first_build.built.report.parent / "book"
    ours = as_embedded(book)
    assert len(ours) == len(quarto.chapters(book)) and sum(map(len, ours.values())) > 80
    shutil.copytree(book, tmp_path / "book")
    for name in quarto.chapters(book):
        assert as_quarto(tmp_path / "book", name, "html") == ours[name]
        assert not quarto.fetches_scripts(quarto.filtered(tmp_path / "book", name))


def ends(blocks):
    """The last block of some, inside whatever holds it."""
    while blocks and blocks[-1]["t"] == "Div":
        blocks = blocks[-1]["c"][1]
    return blocks[-1]["t"] if blocks else ""


def test_nothing_that_word_gets_in_a_cell_of_a_table_ends_with_a_table(laid):
    """Quarto sets figures, tables of cells and callouts of Word so, and Word cannot read what ends there with a table
    (quarto-cli issues 6357 and 12154)."""
    found = []
    for name in quarto.chapters(laid):
        blocks = read(laid, name, "docx")
        held = [inside for _, _, inside in quarto.floats(blocks) if inside[0]["t"] != "Table"]
        held += [
            div["c"][1]
            for div in elements(blocks)
            if div["t"] == "Div" and any(one.startswith("callout-") for one in div["c"][0][1])
        ]
        found += map(ends, held)
    assert found and "Table" not in found


def test_no_notebook_shares_its_name_with_a_script(laid):
    """Quarto leaves such a notebook out of the book without a word (quarto-cli issue 9689)."""
    others = {path.stem for path in laid.iterdir() if path.suffix in {".py", ".qmd"}}
    assert others and not others & {Path(name).stem for name in quarto.chapters(laid)}


def test_no_page_fetches_scripts_from_elsewhere(laid):
    for name in quarto.chapters(laid):
        assert not quarto.fetches_scripts(quarto.filtered(laid, name))
    as_it_is = json.loads((laid / "01_rates.ipynb").read_text(encoding="utf8"))
    assert quarto.fetches_scripts(as_it_is), "without the filter they would"


def shown(book, name):
    """Each output of a notebook that has a figure or table, with what Quarto makes of it for pages and for Word."""
    before = json.loads((book / name).read_text(encoding="utf8"))["cells"]
    held = [list(quarto.floats(read(book, name, form))) for form in ("html", "docx")]
    outputs = [
        output["data"] for cell in before for output in cell.get("outputs", []) if MEDIA in output["data"]
    ]
    return zip(outputs, *held, strict=True)


@pytest.mark.parametrize("name", ["01_rates.ipynb", "a1_members.ipynb"])
def test_the_pages_get_the_html_of_a_figure_as_it_is(laid, name):
    for data, (_, _, blocks), _ in shown(laid, name):
        [(form, kept)] = [element["c"] for element in elements(blocks) if element["t"] == "RawBlock"]
        # pandoc makes spaces of tabs, and drops the returns of a carriage
        assert form == "html" and "".join(kept.split()) == "".join("".join(data["text/html"]).split())
        assert not [element for element in elements(blocks) if element["t"] in ("Table", "Image")]


@pytest.mark.parametrize("name", ["01_rates.ipynb", "a1_members.ipynb"])
def test_word_gets_the_words_the_table_and_the_picture_of_a_figure(laid, name):
    for data, _, (identifier, _, blocks) in shown(laid, name):
        record = data[MEDIA]
        said = " ".join(plain_text(element["c"]) for element in elements(blocks) if element["t"] == "Para")
        for text in (
            record["measure"],
            f"Source: {in_short(record['source'])}",
            record["note"],
            record["printed"],
        ):
            assert text in said
        tables = [texts_of(element) for element in elements(blocks) if element["t"] == "Table"]
        if identifier.startswith("tbl-"):
            rows = [[" ".join(cell.split()) for cell in row] for row in record["table"]["rows"]]
            assert [table[1:] for table in tables] == [rows]
        else:
            [image] = [element["c"] for element in elements(blocks) if element["t"] == "Image"]
            assert plain_text(image[1]) == record["alt_text"] and not tables
            assert "withheld" not in said, "the data folded away below a chart is not there"
            assert (laid / image[2][0]).read_bytes()[:4] == b"\x89PNG"
        assert "Figure" not in {element["t"] for element in elements(blocks)}, (
            "its words would be printed below it"
        )


def test_word_keeps_the_styles_that_the_reference_document_has(laid):
    with zipfile.ZipFile(laid / "reference.docx") as archive:
        named = set(re.findall(r'<w:name w:val="([^"]+)"', archive.read("word/styles.xml").decode()))
    asked = {
        pairs(element["c"][0])["custom-style"]
        for element in elements(read(laid, "01_rates.ipynb", "docx"))
        if element["t"] == "Div" and "custom-style" in pairs(element["c"][0])
    }
    assert {"Figure", "Figure Headline", "Figure Source"} <= asked <= named


def test_what_the_plan_names_is_laid_beside_it_with_the_names_of_the_edition(laid):
    assert {"quarto_filter.py", "figures.css", "reference.docx"} <= {path.name for path in laid.iterdir()}
    with zipfile.ZipFile(io.BytesIO((laid / "reference.docx").read_bytes())) as archive:
        heads = "".join(archive.read(part).decode() for part in archive.namelist() if "header" in part)
    assert "The Board, Annual report 2015-16" in heads and "Draft: not for publication" in heads
    assert "Board and report" not in heads


def test_quarto_reads_a_page_on_accessibility_that_claims_no_test_of_its_pages(laid):
    profiles = yaml.safe_load((laid / "_quarto.yml").read_text(encoding="utf8"))["profile"]["default"]
    told = yaml.safe_load((laid / "_quarto-statement.yml").read_text(encoding="utf8"))
    assert profiles == ["edition", "statement"] and list(not_known(told, KNOWN)) == []
    (page,) = told["book"]["appendices"]
    said = (laid / page).read_text(encoding="utf8")
    assert page == "accessibility.qmd" and said.startswith("# Accessibility of this report\n")
    assert "they were not tested" in said and "axe-core" not in said and "office of the The Board" in said
    ours = html.statement_body(read_book(laid))
    of_ours = ("axe-core", "Zoom to 400%", "Print any page", "Tab to a chart", "Firefox")
    assert [words for words in of_ours if words not in ours or words in said] == []


def test_what_stands_there_already_is_left_alone(figure_report, tmp_path):
    shutil.copytree(figure_report.book, tmp_path / "book")
    (tmp_path / "book" / "figures.css").write_text("p { color: red }", encoding="utf8")
    lay_files(tmp_path / "book")
    assert (tmp_path / "book" / "figures.css").read_text(encoding="utf8") == "p { color: red }"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"ipynb-filters": ["none.py"]}, "none.py"),
        ({"format": {"docx": {"reference-doc": "none.docx"}}}, "none.docx"),
        ({"format": {"html": {"html-math-method": "mathjax"}}}, "MathML"),
    ],
)
def test_a_plan_that_names_what_is_not_there_is_refused(laid, tmp_path, change, says):
    shutil.copytree(laid, tmp_path / "book")
    plan = yaml.safe_load((laid / "_quarto.yml").read_text(encoding="utf8"))
    (tmp_path / "book" / "_quarto.yml").write_text(yaml.safe_dump(plan | change), encoding="utf8")
    with pytest.raises(DataStop, match=says):
        read_book(tmp_path / "book")


def filter_alone(tmp_path, *outputs):
    cell = {
        "cell_type": "code",
        "source": ["1"],
        "outputs": list(outputs),
        "metadata": {},
        "execution_count": 1,
    }
    given = json.dumps({"cells": [cell]}, ensure_ascii=False).encode()
    script = str(ASSETS / "quarto_filter.py")
    ran = subprocess.run(
        [shutil.which("python"), "-I", script], input=given, capture_output=True, cwd=tmp_path, check=True
    )
    return [output["data"] for output in json.loads(ran.stdout)["cells"][0]["outputs"]]


def test_the_filter_needs_nothing_installed_and_leaves_other_outputs_alone(tmp_path):
    stream = {"output_type": "stream", "name": "stdout", "text": ["x"], "data": {}}
    plain = {"output_type": "execute_result", "data": {"text/plain": ["1"]}}
    said = {"output_type": "execute_result", "data": {"text/markdown": ["*a*"], "text/plain": ["a"]}}
    assert filter_alone(tmp_path, stream, plain, said) == [stream["data"], plain["data"], said["data"]]


@pytest.mark.parametrize(
    "html", ["<p>Käthe ``` said £5</p>", "<pre>\n\n````\n:::\n</pre>", "<table><tr><td>1</td></tr></table>"]
)
def test_any_html_goes_through_as_it_is(tmp_path, html):
    [data] = filter_alone(tmp_path, {"output_type": "execute_result", "data": {"text/html": html}})
    [block] = pandoc.parse(["::: {.cell-output}\n" + "".join(data["text/markdown"]) + "\n:::\n"])[0]["blocks"]
    assert [element["c"] for element in block["c"][1]] == [["html", html]]


def test_pages_of_the_documentation_are_notebooks_that_quarto_can_read(tmp_path):
    from bscbdata.cli import app
    from bscbdata.manual import write_book

    write_book(ROOT / "docs", app, tmp_path / "book")
    for path in Path(tmp_path / "book").glob("*.ipynb"):
        notebook = json.loads(path.read_text(encoding="utf8"))
        assert notebook["metadata"]["kernelspec"]["language"] == "python"
        assert all(isinstance(cell["source"], list) for cell in notebook["cells"])
