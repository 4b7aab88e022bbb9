"""Every page of the whole report in a browser: accessible, whole without a script, operated by keyboard, searched."""

import io
import json
import re
from html import unescape

import html5lib
import openpyxl
import pandas as pd
import pytest
from browsing import faults_anywhere, needs_browser, watched
from conftest import ROOT
from fontTools.ttLib import TTFont
from pypdf import PdfReader
from test_design import contrast

from bscbdata.places import Project
from bscbdata.publish.book import FONTS

pytestmark = needs_browser

NAMES = sorted(path.stem for path in Project(ROOT).chapters()) + ["accessibility", "open"]
# what stands in the order of Tab; cells of a table that arrow keys reach from the first are tested in test_cards.py
FOCUSABLE = ":is(a[href], button, summary, input):not([tabindex='-1']), [tabindex='0']"


@pytest.fixture(scope="session")
def report(first_build):
    return first_build.built.report


@pytest.fixture(scope="session")
def screen(browser):
    """One window for all pages, so that fonts and scripts are read once."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = watched(context)
    yield page
    context.close()


@pytest.fixture
def visit(screen, report):
    def open_page(name, width=1280, place=""):
        screen.set_viewport_size({"width": width, "height": 900})
        screen.emulate_media(
            color_scheme="light", media="screen", forced_colors="none", reduced_motion="no-preference"
        )
        screen.said.clear()
        screen.asked.clear()
        screen.goto("about:blank")
        screen.goto((report / f"{name}.html").as_uri() + place)
        return screen

    return open_page


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing_at_any_width_in_light_and_dark(visit, report, name):
    page = visit(name)
    assert faults_anywhere(page) == {}
    assert page.said == []
    assert page.asked and all(url.startswith(report.as_uri()) for url in page.asked if url != "about:blank")


# each word of a chart and what it lies on: the last filled shape before it that holds its middle, else the page
WORDS_ON = """() => [...document.querySelectorAll(".chart svg text")].filter((text) => text.textContent.trim() && text.getClientRects().length).map((text) => {
  const holds = (box, x, y) => box.left <= x && x <= box.right && box.top <= y && y <= box.bottom;
  const at = text.getBoundingClientRect(), x = (at.left + at.right) / 2, y = (at.top + at.bottom) / 2;
  const under = [...text.closest("svg").querySelectorAll("path")].filter((shape) =>
    getComputedStyle(shape).fill !== "none" && holds(shape.getBoundingClientRect(), x, y) &&
    shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING);
  const page = getComputedStyle(document.documentElement).backgroundColor;
  const ground = under.length ? getComputedStyle(under[under.length - 1]).fill : page;
  return [text.textContent, getComputedStyle(text).fill, ground];
})"""


@pytest.mark.parametrize("name", ["02_journey", "a1_structure", "a6_sources"])
def test_words_of_a_chart_stand_out_from_what_they_lie_on(visit, name):
    page = visit(name)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        shown = page.evaluate(WORDS_ON)
        assert shown
        faint = [word for word in shown if contrast(*map(hexed, word[1:])) < 4.5]
        assert faint == [], scheme


def test_how_to_open_a_number_is_said_once_and_heard_at_every_table(visit):
    page = visit("05_exploitation")
    assert page.locator(".card-hint").count() == 1
    tables = page.locator("table:has(.cell-card)")
    assert (
        tables.count() > 2 and page.locator("table[aria-describedby='card-hint']").count() == tables.count()
    )


def test_on_a_phone_the_names_of_rows_stay_while_the_numbers_scroll(visit):
    page = visit("index", 320)
    # as a table with cells that span others, which is no cards
    page.evaluate("document.querySelector('[data-cards]').removeAttribute('data-cards')")
    name = page.locator("tbody th").first
    before = name.bounding_box()["x"]
    scrolled = page.evaluate(
        "() => { const all = document.querySelector('.table-scroll'); all.scrollLeft = 40; return all.scrollLeft; }"
    )
    assert scrolled == 40 and name.bounding_box()["x"] == before
    kinds = page.locator(".rests-on .table-scroll")
    assert kinds.evaluate("all => all.scrollWidth <= all.clientWidth"), "a narrow table fits"


@pytest.mark.parametrize("name", ["index", "04_early_help", "a4_data_quality", "a6_sources", "open"])
def test_no_table_scrolls_sideways_and_on_a_phone_each_value_has_its_head(visit, name):
    page = visit(name, 320)
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    over = "all => all.filter((one) => one.scrollWidth > one.clientWidth + 1).length"
    for width in (1280, 1024, 768, 600, 480, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.locator(".table-scroll").evaluate_all(over) == 0, width
    said = "(cell) => [getComputedStyle(cell, '::before').content, cell.dataset.head]"
    own = "[data-cards]:not(:has(th.again)) tbody tr > :nth-child(2)"  # of a group its card begins with it, without head
    cells = page.locator(f"{own}, [data-cards] td.number").all()
    assert cells and all(head in content for content, head in (cell.evaluate(said) for cell in cells[:3]))
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    roles = {node["role"]["value"] for node in tree}
    assert {"table", "row", "cell", "columnheader"} <= roles, "it is still a table to those who listen"


def test_on_a_phone_the_name_of_a_group_of_rows_is_said_once_and_each_card_begins_with_what_is_its_own(visit):
    page = visit("05_exploitation", 375)
    table = page.locator("table[data-cards]:has(th.again)").first
    seen = table.locator("tbody th").evaluate_all(
        "all => all.filter((name) => name.offsetWidth > 1).map((name) => name.textContent)"
    )
    assert len(seen) == len(set(seen)) > 1, "the names of groups"
    own = table.locator("tbody tr > :nth-child(2)").first
    weight, before = own.evaluate(
        "(c) => [getComputedStyle(c).fontWeight, getComputedStyle(c, '::before').content]"
    )
    assert (weight, before) == ("600", "none")
    number = table.locator("td.number").first
    assert number.evaluate("(cell) => getComputedStyle(cell, '::before').content").startswith('"Clients"')


def hexed(colour):
    return "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", colour)[:3])


@pytest.mark.parametrize("name", NAMES)
def test_pages_are_valid_html(report, name):
    parser = html5lib.HTMLParser(strict=True)
    parser.parse((report / f"{name}.html").read_bytes())
    assert parser.errors == []


def test_every_page_and_script_of_the_site_is_in_the_list_of_tested_pages(report):
    assert sorted(path.stem for path in report.glob("*.html")) == sorted(NAMES)


@pytest.mark.parametrize("name", ["index", "02_journey", "05_exploitation"])
def test_a_walk_by_keyboard_reaches_everything_shows_where_it_is_and_is_never_held(visit, name):
    page = visit(name)
    wanted = page.evaluate(
        f"[...document.querySelectorAll(`{FOCUSABLE}`)].filter((part) => part.checkVisibility({{visibilityProperty: true}})).length"
    )
    seen = []
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        part = page.evaluate(
            """() => { const part = document.activeElement; if (part === document.body) return null;
            window.walked ??= new Map(); if (!window.walked.has(part)) window.walked.set(part, window.walked.size);
            const style = getComputedStyle(part); const box = part.getBoundingClientRect();
            return { place: window.walked.get(part), shown: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
              inView: box.bottom > 0 && box.top < innerHeight, what: part.outerHTML.slice(0, 90) }; }"""
        )
        if part is None or part["place"] < len(seen):
            break
        seen.append(part)
    assert len(seen) == wanted
    assert [part["what"] for part in seen if not part["shown"] or not part["inView"]] == []


def test_targets_are_large_enough_for_a_finger(visit):
    small = """[...document.querySelectorAll("button, summary, nav a, .figure-download a")]
      .filter((part) => part.checkVisibility()).map((part) => [part.outerHTML.slice(0, 90), part.getBoundingClientRect()])
      .filter(([, box]) => box.width < 24 || box.height < 24).map(([what]) => what)"""
    for width in (1280, 320):
        assert visit("02_journey", width).evaluate(small) == []


# ---- search ----------------------------------------------------------------------------------------------------------


def search(page, words):
    page.get_by_role("button", name="Search", exact=True).focus()
    page.keyboard.press("Enter")
    page.keyboard.type(words)


def test_search_by_keyboard_finds_marks_and_leads_to_the_place(visit):
    page = visit("index")
    search(page, "persistent absence")
    assert page.get_by_role("dialog", name="Search this report").is_visible()
    assert re.fullmatch(
        r"\d+ places? found", page.get_by_role("status").filter(has_text="found").inner_text()
    )
    assert page.locator(".search-found li").first.inner_text().startswith("Figure 4.3")
    assert page.locator(".search-found mark").first.inner_text().casefold() == "persistent"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/04_early_help.html?find=persistent%20absence#fig-persistent-absence")
    assert page.evaluate("CSS.highlights.get('found').size") > 1
    assert (
        page.locator("#fig-persistent-absence").evaluate("(part) => part.getBoundingClientRect().top") < 500
    )


def test_search_puts_a_chapter_of_that_name_first_and_parts_what_it_quotes(visit):
    page = visit("index")
    search(page, "Neglect")
    found = page.locator(".search-found li")
    assert found.first.inner_text().startswith("7 Neglect")
    said = found.filter(has=page.get_by_role("link", name="Figure 7.1:")).inner_text()
    assert "per 10,000 children. Child protection plans" in said, "a headline ends where it ends"
    assert "plan.1" not in " ".join(found.all_inner_texts()), "the number of a note is no part of a sentence"


def test_search_is_closed_by_escape_and_gives_the_focus_back(visit):
    page = visit("03_board")
    search(page, "zzzz")
    assert "0 places found" in page.locator(".search-said").inner_text()
    page.keyboard.press("Escape")
    assert not page.locator("dialog.search").is_visible()
    assert page.evaluate("document.activeElement.className") == "search-open"


@pytest.mark.parametrize("words", ["Cafcass", "CAFCASS", "cafc", "neighbours’", "(neighbours)"])
def test_search_does_not_mind_case_ends_of_words_or_signs(visit, words):
    page = visit("index")
    search(page, words)
    assert page.locator(".search-found li").count() > 0


def test_the_index_leads_only_to_places_that_are_there(report):
    text = (report / "assets" / "search-index.js").read_text(encoding="utf8")
    texts = json.loads(text.partition("=")[2].strip().rstrip(";"))
    starts = [0] + [place + 1 for place, said in enumerate(texts[:-1]) if said == ""]
    addresses = [texts[start] for start in starts]
    assert len(addresses) == len(set(addresses)) > 150
    for address in addresses:
        page, _, anchor = address.partition("#")
        assert not anchor or f'id="{anchor}"' in (report / page).read_text(encoding="utf8")


# ---- charts ----------------------------------------------------------------------------------------------------------


def shown_values(page, figure):
    return page.locator(f"#{figure} .chart:visible .chart-value")


def cells(page, figure):
    return page.locator(f"#{figure} .figure-data td").all_text_contents()


def test_arrow_keys_walk_the_values_of_a_chart_and_they_are_those_of_its_table(visit):
    page = visit("02_journey")
    slider = page.locator("#fig-referral-rate .chart:visible").get_by_role("slider")
    slider.focus()
    first = slider.get_attribute("aria-valuetext")
    page.keyboard.press("ArrowRight")
    second = slider.get_attribute("aria-valuetext")
    page.keyboard.press("End")
    last = slider.get_attribute("aria-valuetext")
    assert (first[:24], second[:24]) == ("Buckinghamshire, 2009-10", "Buckinghamshire, 2010-11")
    assert last.startswith("Buckinghamshire, 2015-16: ") and last.split(": ")[1] in cells(
        page, "fig-referral-rate"
    )
    page.keyboard.press("ArrowDown")
    assert slider.get_attribute("aria-valuetext").startswith("Statistical neighbours, 2015-16")
    assert "England: " in shown_values(page, "fig-referral-rate").inner_text()
    page.keyboard.press("Escape")
    assert not shown_values(page, "fig-referral-rate").is_visible()


@pytest.mark.parametrize(
    "name", ["01_county_and_children", "02_journey", "04_early_help", "05_exploitation", "a3_budget"]
)
def test_every_value_that_a_chart_carries_stands_in_its_table(visit, name):
    page = visit(name)
    carried = page.evaluate(
        """[...document.querySelectorAll(".quarto-float")].filter((figure) => figure.querySelector("[data-value]")).map((figure) => [
          figure.id, [...figure.querySelectorAll("[data-value]")].map((mark) => mark.dataset.value),
          [...figure.querySelectorAll(".figure-data :is(td, th)")].map((cell) => cell.textContent)])"""
    )
    assert carried
    for figure, values, table in carried:
        assert set(values) <= set(table), figure


def test_a_value_shows_under_the_pointer(visit):
    page = visit("02_journey")
    mark = page.locator("#fig-referral-months .chart-wide [data-value]").nth(3)
    value = mark.get_attribute("data-value")
    mark.hover()
    assert value in shown_values(page, "fig-referral-months").inner_text()


def test_a_series_is_put_aside_and_brought_back(visit):
    page = visit("02_journey")
    button = page.locator("#fig-referral-rate").get_by_role("button", name="England")
    line = page.locator("#fig-referral-rate .chart-wide [data-series=England]").first
    for expected in ("hidden", "visible"):
        button.focus()
        page.keyboard.press("Space")
        assert line.evaluate("(part) => getComputedStyle(part).visibility") == expected
    assert button.get_attribute("aria-pressed") == "true"


def test_series_have_the_order_of_the_drawn_legend(visit):
    buttons = visit("04_early_help").locator("#fig-panel-decisions .chart-series button")
    assert buttons.all_inner_texts() == ["Level 3", "Another level, or deferred"]
    empty = "(swatch) => swatch.width.baseVal.value - swatch.getBBox().width"
    assert buttons.first.locator(".swatch").evaluate(empty) == 0, "no room stays empty beside the square"


def test_words_over_several_lines_of_a_notebook_are_one_line_on_a_page_and_in_the_files(report):
    page = (report / "04_early_help.html").read_text(encoding="utf8")
    assert "More of the families who come to the panel" in page
    book = next((report / "downloads").glob("*.xlsx"))
    firsts = [sheet["A2"].value or "" for sheet in openpyxl.load_workbook(book)]
    assert len(firsts) > 50 and not [words for words in firsts if "\n" in words]


def test_a_heading_has_its_whole_line_and_its_copy_button_shows_when_it_is_pointed_at(visit):
    page = visit("02_journey")
    heading = page.get_by_role("heading", name="The multi-agency safeguarding hub")
    assert heading.evaluate(
        "(part) => part.clientHeight < 1.5 * parseFloat(getComputedStyle(part).lineHeight)"
    )
    heading.hover()
    button = page.get_by_role("button", name="Copy link to 2.4")
    assert button.evaluate("(part) => getComputedStyle(part).opacity") == "1"
    lower = button.bounding_box()
    assert lower["y"] + lower["height"] <= heading.bounding_box()["y"], "it lies above the heading, not on it"


def test_a_list_of_members_is_seen_whole_and_a_catalogue_in_a_window(visit):
    seen = "(part) => part.scrollHeight <= part.clientHeight + 1"
    assert visit("a2_membership").locator("#tbl-members .table-scroll").evaluate(seen)
    window = visit("a5_definitions").locator("#tbl-tables .table-scroll")
    assert not window.evaluate(seen)
    drawn = window.evaluate("(part) => getComputedStyle(part).backgroundImage")
    assert drawn.count("to top") == 2, "one at the foot while more waits, and what covers it at the end"


def test_the_lines_of_a_table_go_with_its_headings(visit):
    head = visit("a5_definitions").locator("#tbl-tables thead th").first
    style = "(part) => [getComputedStyle(part).borderBottomWidth, getComputedStyle(part.closest('table')).borderCollapse]"
    assert head.evaluate(style) == ["2px", "separate"]


def test_words_after_a_number_stand_off_from_it(visit):
    cell = visit("index").locator("#tbl-key-rates tbody tr").first.locator("td:not(.number)").first
    assert cell.inner_text().startswith("rose")
    assert float(cell.evaluate("(part) => parseFloat(getComputedStyle(part).paddingLeft)")) > 8


# ---- other ways to read ----------------------------------------------------------------------------------------------


def test_without_a_script_text_charts_tables_and_files_are_there(browser, report):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto((report / "02_journey.html").as_uri())
    assert page.locator("#fig-referral-rate svg").first.is_visible()
    page.locator("#fig-referral-rate summary").click()
    assert page.locator("#fig-referral-rate table").is_visible()
    files = page.locator("#fig-referral-rate .figure-download a").all()
    assert [link.inner_text().split()[0] for link in files] == ["CSV", "SVG", "PNG"]
    assert all((report / link.get_attribute("href")).is_file() for link in files)
    assert not page.locator(".search-open").is_visible()
    context.close()


def test_the_tree_for_assistive_technology_has_names_and_one_order(visit):
    tree = visit("02_journey").locator("body").aria_snapshot()
    outline = re.findall(r"^- (banner|main|contentinfo|navigation)", tree, flags=re.M)
    assert outline == ["banner", "navigation", "main", "navigation", "contentinfo"]
    levels = [int(level) for level in re.findall(r"heading .*\[level=(\d)\]", tree)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    assert re.search(r'img "Referrals .*Line chart', tree)


def test_the_readers_own_colours_and_rest_are_kept(visit):
    page = visit("02_journey")
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    drawing = page.locator("#fig-referral-rate .chart-wide > svg")
    assert drawing.evaluate("(part) => getComputedStyle(part).forcedColorAdjust") == "none"
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_in_the_readers_own_colours_a_legend_has_those_of_its_chart(visit):
    page = visit("04_early_help")
    page.emulate_media(forced_colors="active", color_scheme="dark")
    shown = page.locator("#fig-panel-decisions").locator(".swatch path, .chart-wide [data-series]")
    colours = shown.evaluate_all("(parts) => parts.map((part) => getComputedStyle(part).fill)")
    assert len(colours) > 4 and set(colours) == set(colours[:2]), "the legend comes first"


def test_a_chart_begins_right_below_its_legend(visit):
    drawing = visit("01_county_and_children").locator("#fig-ethnicity .chart-wide > svg")
    above = "(svg) => svg.querySelector('.role-axis-title text').getBoundingClientRect().top - svg.getBoundingClientRect().top"
    assert 0 <= drawing.evaluate(above) < 20


def test_a_link_to_a_figure_is_copied(browser, report):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto((report / "02_journey.html").as_uri() + "?find=x")
    page.get_by_role("button", name="Copy link to Figure 2.2").click()
    page.get_by_role("status").filter(has_text="copied").wait_for()
    assert (
        page.evaluate("navigator.clipboard.readText()")
        == (report / "02_journey.html").as_uri() + "#fig-referral-rate"
    )
    context.close()


def test_paper_has_the_whole_chapter(visit):
    page = visit("02_journey")
    page.emulate_media(media="print")
    paper = page.pdf(format="A4")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages)
    assert "Figure 2.2" in text and "Private fostering" in text and "Illustrative" in text
    assert "Copy link" not in text and "On this page" not in text and "Search" not in text


def test_printed_from_a_browser_a_figure_stands_with_its_source_and_no_page_is_left_empty(visit):
    page = visit("05_exploitation")
    page.emulate_media(media="print")
    paper = page.pdf(format="A4", prefer_css_page_size=True)
    pages = [" ".join(sheet.extract_text().split()) for sheet in PdfReader(io.BytesIO(paper)).pages]
    assert all(len(text) > 500 for text in pages[:-1]), [len(text) for text in pages]
    for caption, source in (
        ("Missing episodes by district", "by district. A child who goes missing twice"),
        ("Referrals to R U Safe? by source", "by who referred them"),
        ("Who the clients of R U Safe? are", "each once under every heading"),
    ):
        (own,) = [text for text in pages if caption in text]
        assert source in own, caption


def test_the_fonts_have_every_letter_of_the_report(report):
    known = set.intersection(*(set(TTFont(path).getBestCmap()) for path in FONTS.glob("ReportSans-*.woff2")))
    used = set()
    for name in NAMES:
        used |= set(re.sub(r"<[^>]+>", "", (report / f"{name}.html").read_text(encoding="utf8")))
    assert {letter for letter in used if ord(letter) not in known and not letter.isspace()} <= {
        "\u241f",
        "→",
        "↩",
        "\ufe0e",
    }
    assert all((FONTS / f"{family}-LICENSE.txt").exists() for family in ("ReportSans", "ReportSerif"))


def test_no_line_of_a_phone_breaks_a_range_and_marks_are_of_one_kind(visit, report):
    page = visit("01_county_and_children", 320)
    broken = """() => [...document.querySelectorAll(".range")].filter((one) => one.getClientRects().length > 1).length"""
    assert page.locator(".range").count() and page.evaluate(broken) == 0
    for path in report.glob("0*.html"):
        shown = re.sub(
            r"<(script|style|code|pre)\b.*?</\1>|<[^>]*>", " ", path.read_text(encoding="utf8"), flags=re.S
        )
        assert not re.search(r"\w(?:'|&#x?(?:39|27);)s\b", shown), path.name


def test_many_columns_fit_a_wide_screen_and_a_sentence_among_them_has_a_line_worth_reading(visit):
    page = visit("a4_data_quality", 1280)
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    over = """() => [...document.querySelectorAll(".table-scroll")].filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent.slice(0, 60))"""
    assert page.evaluate(over) == []
    assert page.locator("#tbl-audit-differs td.words").first.bounding_box()["width"] > 160


def test_every_number_and_comparison_of_the_text_is_in_the_open_data(report):
    data = report / "downloads" / "data"
    read = {
        name: pd.read_csv(data / f"{name}.csv", dtype="str", keep_default_na=False)
        for name in ("numbers_in_the_text", "comparisons_in_words")
    }
    numbers = set(
        zip(read["numbers_in_the_text"]["page"], read["numbers_in_the_text"]["number"], strict=True)
    )
    for path in report.glob("0*.html"):
        text = path.read_text(encoding="utf8")
        shown = re.findall(
            r'<span class="fact" data-fact="[^"]*" data-area="[^"]*" data-year="[^"]*">([^<]+)</span>', text
        )
        assert shown and {(path.name, unescape(one)) for one in shown} <= numbers
    assert (
        set(read["comparisons_in_words"]["borne_out"]) <= {"yes", "no"}
        and len(read["comparisons_in_words"]) > 50
    )
    package = json.loads((data / "datapackage.json").read_text(encoding="utf8"))
    assert {"numbers-in-the-text", "comparisons-in-words"} <= {one["name"] for one in package["resources"]}
    assert (data / "numbers_in_the_text.meta.csv").read_text(encoding="utf-8-sig").count("\n") > 5
