"""The embedded stitcher: numbers, links and words as Quarto gives them, and errors that name the cell."""

import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from book_cells import add_cells, code, display, markdown
from bs4 import BeautifulSoup
from conftest import BOOK
from hypothesis import given
from hypothesis import strategies as st

from bscbdata import publish
from bscbdata.findings import DataStop
from bscbdata.publish import pandoc
from bscbdata.publish.book import Chapter, merge, read_book
from bscbdata.publish.check import check_pages
from bscbdata.publish.forms import ALL
from bscbdata.publish.html import dated
from bscbdata.publish.numbering import chapter_numbers
from bscbdata.publish.syntax import check_text, without_code
from bscbdata.publish.tree import elements, plain_text, rewrite


@pytest.fixture(scope="session")
def pages(rendered_book):
    return {
        path.stem: BeautifulSoup(path.read_text(encoding="utf8"), "html.parser")
        for path in rendered_book.glob("*.html")
    }


@pytest.fixture
def book(tmp_path):
    return Path(shutil.copytree(BOOK, tmp_path / "book"))


def words(element):
    return " ".join(element.get_text().replace("\u00a0", " ").split())


def stopped(book, tmp_path, forms=()):
    """What the stitcher says when it refuses the book; every form is made of the same reading of it."""
    with pytest.raises(DataStop) as stop:
        publish.render(book, tmp_path / "out", "embedded", forms)
    return [str(finding) for finding in stop.value.findings]


# ---- numbers and links ---------------------------------------------------------------------------------------


def test_pages_are_named_after_their_notebooks(pages):
    assert set(pages) == {"index", "01_rates", "02_more", "a1_members", "accessibility"}


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("index", "Annual report 2015-16"),
        ("01_rates", "1 Rates and referrals"),
        ("02_more", "2 More, with its own notes"),
        ("a1_members", "Appendix A — Members"),
    ],
)
def test_the_first_page_has_no_number_chapters_count_and_appendices_have_letters(pages, page, title):
    assert words(pages[page].h1) == title


def test_sections_are_numbered_within_the_chapter_and_unnumbered_ones_are_not_counted(pages):
    found = [words(heading) for heading in pages["01_rates"].main.find_all(["h2", "h3"])]
    assert found == [
        "1.1 First section",
        "1.1.1 Deeper",
        "Left out of the count",
        "1.2 Second section",
        "Notes",
    ]
    headings = [words(heading) for heading in pages["index"].main.find_all("h2")]
    assert headings == ["How to read it", "Contents", "Downloads"]


@pytest.mark.parametrize(
    ("page", "caption", "says"),
    [
        ("01_rates", "fig-rate", "Figure 1.1 : Rate by year, with stress"),
        ("01_rates", "fig-div", "Figure 1.2 : A figure written as a division"),
        ("01_rates", "fig-picture", "Figure 1.3 : A picture with a number"),
        ("01_rates", "fig-two", "Figure 1.4 : Two side by side"),
        ("01_rates", "tbl-plain", "Table 1.1 : A plain table"),
        ("a1_members", "tbl-members", "Table A.1 : Members and how often they came"),
        ("index", "fig-front", "Figure 1 : A figure of the foreword"),
    ],
)
def test_figures_and_tables_are_numbered_by_chapter_whatever_way_they_are_written(pages, page, caption, says):
    found = pages[page].select_one(f"#{caption} > figure > figcaption")
    assert words(found) == says.replace(" :", ":")


def test_references_carry_the_words_and_addresses_of_their_targets(pages):
    links = {words(link): link["href"] for link in pages["01_rates"].main.select("p > a.quarto-xref")}
    assert links == {
        "Figure 1.1": "#fig-rate",
        "Table 1.1": "#tbl-plain",
        "1.1": "#fig-rate",
        "chart 1.1": "#fig-rate",
        "Section 1.2": "#sec-second",
        "Section 1.1.1": "#sec-deep",
        "Appendix A": "a1_members.html",
        "Section A.1": "a1_members.html#sec-attendance",
        "Table A.1": "a1_members.html#tbl-members",
    }
    assert "Chapter 1" in words(pages["a1_members"].main)
    assert pages["index"].main.find("a", href="01_rates.html#tbl-plain")


def test_two_references_in_one_bracket_are_parted_by_a_comma(pages):
    assert "both at once Figure 1.1, Table 1.1, only a number (1.1)" in words(pages["01_rates"].main)


# ---- what a cell shows ---------------------------------------------------------------------------------------


def test_markdown_outputs_are_read_as_markdown(pages):
    fact = pages["01_rates"].select_one("span.fact")
    assert (fact["data-fact"], fact.text) == ("rate", "58")
    assert words(fact.parent).startswith("The rate rose to 58 per 10,000, see Figure 1.1")


def test_notes_of_two_chapters_with_one_name_stay_apart(pages):
    notes = {
        page: [words(note) for note in pages[page].select("#footnotes li")]
        for page in ("01_rates", "02_more")
    }
    assert notes["02_more"] == ["Another chapter’s note.↩︎"]
    assert notes["01_rates"][0].startswith("Because notes are part of the promise, with bold in them")
    assert len(notes["01_rates"]) == 2


def test_html_outputs_pass_untouched(pages):
    figure = pages["01_rates"].select_one("#fig-rate .figure-body")
    assert figure.select_one(".chart-wide svg[role=img]") and figure.select_one(
        "details.figure-data table caption"
    )


def test_cell_options_hide_and_show(pages):
    text = words(pages["01_rates"].main)
    assert "never seen" not in text and "unseen warning" not in text
    assert 'print("seen") seen a warning' in text
    assert pages["01_rates"].find("em", string="as it is")
    assert "shown =" not in text


def test_conditional_content_is_that_of_the_web(pages):
    text = words(pages["01_rates"].main)
    assert "Only on the web." in text and "nly on paper" not in text


def test_callouts_have_their_titles_and_headings_in_them_are_not_sections(pages):
    page = pages["01_rates"]
    titles = [words(title) for title in page.select(".callout .callout-header")]
    assert titles == ["A title of its own", "Mind this", "Tip", "Important"]
    assert page.select_one("details.callout-tip:not([open])")


def test_images_keep_their_words(pages):
    images = [image["alt"] for image in pages["01_rates"].main.find_all("img")]
    assert images == ["A red square", "A red square", "Left", "Right", "A red square from a cell"]


def test_the_page_on_accessibility_names_who_publishes_the_edition(pages):
    said = words(pages["accessibility"].main)
    assert "tell the office of the An invented board" in said and "[publisher]" not in said


@pytest.mark.parametrize(
    ("date", "said"), [("2016", "in 2016"), ("2016-10-14", "14 October 2016")], ids=["a year", "a day"]
)
def test_the_day_of_publication_is_told_in_words(date, said):
    book = SimpleNamespace(title="A board", subtitle="Annual report 2015-16, draft", date=date)
    assert dated(book) == f"To be published {said}"


def test_the_edition_is_merged_over_the_book(pages):
    assert words(pages["01_rates"].header) == "An invented board Annual report 2015-16, draft Search"
    said = words(pages["index"].find(class_="title-block"))
    assert said.startswith("An invented board Annual report 2015-16 Draft To be published 14 October 2016")
    assert "To be published 14 October 2016" in words(pages["index"].footer), "a draft is not published yet"


def test_two_runs_write_the_same_bytes(rendered_book, tmp_path):
    publish.render(BOOK, tmp_path, "embedded")
    first, second = (
        {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
        for out in (rendered_book, tmp_path)
    )
    assert first and first == second


def test_sixteen_chapters_become_sixteen_pages(book, tmp_path):
    chapters = ["index.ipynb"]
    source = (book / "01_rates.ipynb").read_text(encoding="utf8")
    for number in range(1, 16):
        chapters.append(f"c{number}.ipynb")
        own = re.sub(
            r"(sec|fig|tbl)-(rates|first|second|deep|rate|plain|div|picture|two)\b",
            rf"\g<1>-\g<2>{number}",
            source,
        )
        own = re.sub(r"(@sec-(?:members|attendance)|@tbl-members)", f"@sec-first{number}", own)
        (book / f"c{number}.ipynb").write_text(own, encoding="utf8")
    (book / "index.ipynb").write_text(json.dumps({"cells": [markdown("# Start")]}), encoding="utf8")
    plan = yaml.safe_load((book / "_quarto.yml").read_text())
    plan["book"] |= {"chapters": chapters, "appendices": []}
    (book / "_quarto.yml").write_text(yaml.safe_dump(plan))
    publish.render(book, tmp_path / "out", "embedded", forms=())
    assert len(set((tmp_path / "out").glob("*.html")) - {tmp_path / "out" / "accessibility.html"}) == 16


# ---- what is refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        (markdown("{{< include other.md >}}"), "shortcode"),
        (markdown("```{python}\n1\n```"), "executable block"),
        (markdown("::: {.panel-tabset}\n## A\n:::"), "tab sets"),
        (markdown("::: {.column-margin}\nx\n:::"), "Column layout"),
        (markdown("$$x$$ {#eq-x}"), "Only figures, tables and sections can be numbered"),
        (markdown("See @eq-x."), "Only figures, tables and sections can be referred to"),
        (markdown("Said [@munro2011]."), "Only figures, tables and sections can be referred to"),
        (markdown("::: {.callout-danger}\nx\n:::"), "no such callout"),
        (markdown("[@fig-rate, left]"), "Words after a reference"),
        ({"cell_type": "raw", "source": "<p>"}, "Raw cells"),
        (code("#| code-fold: true\n1"), "option 'code-fold' is not read"),
        (code("#| tbl-cap: Words\n1", display(text_plain="1")), "no label"),
        (code("#| label: fig-q\n#| tbl-cap: Words\n1", display(text_plain="1")), "no label"),
        (code("#| label fig-q\n1"), "not lines of the kind"),
        (code("#| fig-cap: a: b\n1"), "not YAML"),
        (code("1 + 1", execution_count=None), "was not executed"),
        (
            code("1", {"output_type": "error", "ename": "KeyError", "evalue": "rate"}),
            "failed: KeyError: rate",
        ),
        (code("1", {**display(), "data": {"application/x": {}}}), "Nothing of the output can be shown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_outside_the_subset_is_an_error_that_names_the_cell(book, tmp_path, cell, says):
    add_cells(book, "02_more.ipynb", cell)
    told = stopped(book, tmp_path)
    assert len(told) == 1 and says in told[0]
    assert told[0].startswith("02_more.ipynb, cell 3:")


def test_all_broken_and_doubled_references_are_told_at_once(book, tmp_path):
    add_cells(book, "02_more.ipynb", markdown("See @fig-none and [@tbl-none; -@sec-none]."))
    add_cells(book, "index.ipynb", markdown("## Again {#sec-deep}\n\n[gone](gone.ipynb)"))
    told = "\n".join(stopped(book, tmp_path, ALL))
    for name in ("@fig-none", "@tbl-none", "@sec-none", "'sec-deep'", "gone.ipynb"):
        assert name in told
    assert "02_more.ipynb, cell 3" in told and "index.ipynb, cell 5" in told


def test_a_section_without_a_number_cannot_be_referred_to(book, tmp_path):
    add_cells(book, "02_more.ipynb", markdown("## Aside {#sec-aside .unnumbered}\n\nSee @sec-aside."))
    assert "no number" in stopped(book, tmp_path)[0]


def test_unknown_keys_and_missing_notebooks_are_named(book, tmp_path):
    plan = yaml.safe_load((book / "_quarto.yml").read_text())
    plan["format"]["html"]["thene"] = "cosmo"
    plan["book"]["chapter"] = []
    (book / "_quarto.yml").write_text(yaml.safe_dump(plan))
    told = "\n".join(stopped(book, tmp_path))
    assert "'format.html.thene'" in told and "'book.chapter'" in told
    del plan["format"]["html"]["thene"], plan["book"]["chapter"]
    plan["book"]["chapters"].append("03_none.ipynb")
    (book / "_quarto.yml").write_text(yaml.safe_dump(plan))
    assert "03_none.ipynb" in stopped(book, tmp_path)[0]


@pytest.mark.parametrize(
    ("html", "says"),
    [
        ('<img src="https://example.org/x.png" alt="x">', "something from outside"),
        ('<script src="https://example.org/x.js"></script>', "something from outside"),
        ("<script>1</script>", "a script of its own"),
        ('<svg viewBox="0 0 1 1"></svg>', "no words"),
        ('<img src="assets/book.css" alt="">', "no words"),
        ('<a href="none.html">x</a>', "leads nowhere"),
        ('<a href="01_rates.html#none">x</a>', "not on its page"),
        ('<p id="sec-more">x</p>', "more than once"),
        ("<h5>x</h5>", "level 5 stands under"),
        ("<h1>x</h1>", "one heading of level one"),
    ],
)
def test_the_built_pages_are_checked(rendered_book, tmp_path, html, says):
    page = shutil.copytree(rendered_book, tmp_path / "pages") / "02_more.html"
    text = page.read_text(encoding="utf8")
    page.write_text(text.replace("</main>", f"{html}</main>", 1), encoding="utf8")
    with pytest.raises(DataStop) as stop:
        check_pages(page.parent)
    told = [str(finding) for finding in stop.value.findings]
    assert any(says in line for line in told) and all(line.startswith("02_more.html") for line in told)


def test_pages_that_do_not_hold_what_is_checked_are_not_made(book, tmp_path):
    add_cells(book, "02_more.ipynb", code("1", display(text_html='<svg viewBox="0 0 1 1"></svg>')))
    assert "no words" in stopped(book, tmp_path)[0]


def test_a_page_that_loses_its_target_is_found(rendered_book, tmp_path):
    pages = shutil.copytree(rendered_book, tmp_path / "pages")
    (pages / "a1_members.html").unlink()
    with pytest.raises(DataStop) as stop:
        check_pages(pages)
    assert {finding.file for finding in stop.value.findings} == {
        "index.html",
        "01_rates.html",
        "02_more.html",
        "accessibility.html",
    }


def test_quarto_is_asked_for_only_where_it_is(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DataStop, match="not installed"):
        publish.render(BOOK, tmp_path / "out", "quarto")
    assert publish.render(BOOK, tmp_path / "out", "auto", forms=()).exists()


def test_quarto_is_run_with_the_edition_when_it_is_there(book, monkeypatch, tmp_path):
    program = tmp_path / "bin" / "quarto"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\necho "$QUARTO_PROFILE $@" > "{tmp_path}/said"\ntest -f "$2/figures.css" && mkdir "$2/_book" && echo "<main></main>" > "$2/_book/index.html"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    publish.render(book, tmp_path / "out")
    said = f"edition,statement render {book} --to html"
    assert list((tmp_path / "out" / "downloads").glob("*.pdf")), (
        "the downloads stand beside Quarto's pages too"
    )
    assert (tmp_path / "said").read_text().strip() == said


# ---- properties ----------------------------------------------------------------------------------------------

trees = st.recursive(
    st.builds(lambda text: {"t": "Str", "c": text}, st.text(max_size=3)),
    lambda inner: st.builds(
        lambda kind, parts: {"t": kind, "c": parts}, st.sampled_from("AB"), st.lists(inner)
    ),
    max_leaves=20,
)
settings = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)


def test_the_words_of_a_text_are_all_its_words_and_no_notes():
    text = "**What is *listed*:** what [`members` said](a.html), in ~~all~~ H~2~O[^1].\n\n[^1]: A note."
    (block,) = pandoc.parse([text])[0]["blocks"]
    assert plain_text(block["c"]) == "What is listed: what members said, in all H2O."


def _walked(content):
    """Every element in reading order, outer ones first, as a book on trees would have it."""
    if isinstance(content, dict):
        yield from [content] if "t" in content else []
        content = list(content.values())
    for part in content if isinstance(content, list) else []:
        yield from _walked(part)


@given(st.lists(trees))
def test_a_tree_is_walked_in_the_order_of_reading_and_changed_only_where_it_is_asked(tree):
    before = repr(tree)
    assert [id(found) for found in elements(tree)] == [id(found) for found in _walked(tree)]
    assert rewrite(tree, lambda element: None) == tree
    assert rewrite(tree, lambda element: [element]) == tree
    rewrite(tree, lambda element: [{"t": "B", "c": [element]}])
    left = rewrite(tree, lambda element: [] if element["t"] == "A" else None)
    assert all(element["t"] != "A" for element in elements(left))
    assert repr(tree) == before, "what was given stays as it was"


def test_what_is_put_into_an_element_is_walked_into_too():
    outer = {"t": "Div", "c": [{"t": "Str", "c": "old"}]}
    for found in elements([outer]):
        if found is outer:
            found["c"] = [{"t": "Str", "c": "new"}]
        else:
            assert found["c"] == "new"


@given(settings, settings)
def test_a_profile_wins_over_the_book_and_keeps_the_rest(base, over):
    merged = merge(base, over)
    assert merge(merged, over) == merged
    if isinstance(base, dict) and isinstance(over, dict):
        assert set(merged) == set(base) | set(over)
        assert all(merged[key] == base[key] for key in set(base) - set(over))
    else:
        assert merged == over


@given(st.lists(st.booleans(), max_size=12), st.lists(st.booleans(), max_size=12))
def test_chapters_count_from_one_and_appendices_from_a(main, appendices):
    chapters = [Chapter("c.ipynb")] * len(main) + [Chapter("a.ipynb", appendix=True)] * len(appendices)
    numbers = chapter_numbers(chapters, main + appendices)
    assert [n for n in numbers[: len(main)] if n] == [str(i + 1) for i in range(sum(main))]
    assert [n for n in numbers[len(main) :] if n] == [chr(65 + i) for i in range(sum(appendices))]


@given(st.text(alphabet="abc {<@[-]}:#\n", max_size=60))
def test_anything_may_stand_in_code(text):
    assert not list(check_text(f"```\n{text}\n```\n", "cell"))
    assert "{{<" not in without_code(f"`{{{{< {text.replace(chr(10), ' ')} >}}}}`")


def test_the_project_s_own_plan_can_be_read():
    plan = yaml.safe_load((Path(__file__).parents[1] / "_quarto.yml").read_text(encoding="utf8"))
    files = plan["book"]["chapters"] + plan["book"]["appendices"]
    assert len(files) == len(set(files)) and files[0] == "index.ipynb"
    assert plan["execute"] == {"enabled": False, "echo": False}


def test_lists_of_a_profile_are_added(book):
    (book / "_quarto-edition.yml").write_text("format:\n  html:\n    css: [book.css, figures.css]\n")
    assert read_book(book).css == ("figures.css", "book.css")
