"""Cards in a browser: by mouse, keyboard and touch, without a script, in the dark, on a phone; and what they may hold."""

import json
import re
import shutil
from types import SimpleNamespace

import pytest
from browsing import faults, watched
from browsing import needs_browser as in_a_browser
from conftest import ROOT

from bscbdata import publish
from bscbdata.numbers import long_date
from bscbdata.provenance import read_origin
from bscbdata.publish.cards import _linked, read_told, tables_with_withheld_cells, write_cards

CHANGE = 'The rate rose {{ change_pct("referrals.rate_per_10000") }} and {{ fact("contacts.police.share") }} were from the police.'


def notebook(title, *shown):
    """An executed notebook that shows these texts and figures."""
    cells = [{"cell_type": "markdown", "metadata": {}, "source": title}]
    for number, (label, each) in enumerate(shown, start=1):
        data, extra = each._repr_mimebundle_()
        data = {name: value for name, value in data.items() if name != "image/png"}
        outputs = [{"output_type": "display_data", "data": data, "metadata": extra}]
        source = f"#| label: {label}\n#| {label[:3]}-cap: A caption\nshown" if label else "shown"
        cells.append(
            {
                "cell_type": "code",
                "source": source,
                "outputs": outputs,
                "execution_count": number,
                "metadata": {},
            }
        )
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def withheld(report):
    frame = report.table("missing_episodes")[["district", "quarter", "episodes"]].astype({"district": "str"})
    return report.protect(frame, "episodes", ["district", "quarter"])


@pytest.fixture(scope="module")
def made(cleaned_report, tmp_path_factory):
    """A small book of the report's own words and figures, with the appendices that cards lead to."""
    report, root = cleaned_report, tmp_path_factory.mktemp("cards")
    book, out = root / "book", root / "out"
    book.mkdir()
    text = report.writer.render(CHANGE, "a test")
    rates = report.figure(
        report.comparison("referrals_rate_per_10000", "Referrals per 10,000 children"), key="referral-rate",
        headline="Rates", measure="Referrals per 10,000", tables=["children_in_need"], decimals=1,
    )  # fmt: skip
    missing = report.table_figure(
        withheld(report), key="missing", measure="Episodes", tables=["missing_episodes"]
    )
    pages = {
        "index": notebook("# Front {#sec-front}", ("", report.text(text))),
        "01_figures": notebook("# Figures {#sec-f}", ("fig-referral-rate", rates), ("tbl-missing", missing)),
        "a8_numbers": notebook(
            "# Numbers {#sec-n}", ("", SimpleNamespace(_repr_mimebundle_=lambda: register(text)))
        ),
        "a6_sources": notebook("# Sources {#sec-s}", ("", SimpleNamespace(_repr_mimebundle_=sources))),
    }
    for name, content in pages.items():
        (book / f"{name}.ipynb").write_text(content, encoding="utf8")
    names = [f"{name}.ipynb" for name in pages]
    settings = {"project": {"type": "book"}, "book": {"title": "Cards", "chapters": names}, "lang": "en-GB"}
    settings["format"] = {"html": {"css": "figures.css"}}
    (book / "_quarto.yml").write_text(json.dumps(settings), encoding="utf8")
    publish.render(book, out, "embedded", forms=())
    return SimpleNamespace(book=book, out=out)


def register(text):
    names = dict.fromkeys(re.findall(r'data-fact="([^"]+)"', text))
    return {"text/markdown": "\n\n".join(f"[{name}]{{#number-{name}}}\n:   Its row." for name in names)}, {}


def sources():
    anchors = "[]{#source-official-children-in-need-csv}[]{#from-referral-rate}"
    return {"text/markdown": f"{anchors} Children in need."}, {}


@pytest.fixture
def visit(browser, made):
    opened = []

    def open_page(name, width=1280, scheme="light", **more):
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, **more)
        page = watched(context)
        page.goto((made.out / f"{name}.html").as_uri())
        opened.append(context)
        return page

    yield open_page
    for context in opened:
        context.close()


def police(page):
    return page.locator('.fact[data-fact="contacts.police.share"]').first


# ---- selecting a number --------------------------------------------------------------------------------------------


@in_a_browser
def test_a_number_pressed_shows_its_card_and_escape_leads_back_to_it(visit, made):
    page = visit("index")
    police(page).click()
    card = page.locator("dialog.card")
    assert card.is_visible()
    said = card.inner_text()
    assert page.locator(".card-value").inner_text() == police(page).inner_text()
    for words in ("contacts_by_month.xlsx", "sheet Contacts, rows", "as a percentage of", " of 15,9"):
        assert words in said
    assert "SHA-256" not in card.text_content(), "of a return of children the hash is not told"
    page.keyboard.press("Escape")
    assert not card.is_visible()
    assert page.evaluate("document.activeElement.textContent") == police(page).inner_text()
    assert page.said == [] and all(url.startswith(made.out.as_uri()) for url in page.asked)


@in_a_browser
@pytest.mark.parametrize("key", ["Enter", " "])
def test_the_keyboard_reaches_a_number_opens_its_card_and_closes_it(visit, key):
    page = visit("index")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('fact-link')"):
            break
    number = page.evaluate("document.activeElement.textContent")
    page.keyboard.press(key)
    assert page.evaluate("document.activeElement.id") == "card-title"
    assert page.locator(".card-value").inner_text() == number
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.closest('dialog') !== null")  # the focus stays in the card
    page.locator(".card-close").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == number


@in_a_browser
def test_a_finger_opens_the_card_along_the_edge_of_a_phone_and_closes_it_beside(visit):
    page = visit("index", 375, has_touch=True, is_mobile=True)
    police(page).tap()
    box = page.locator("dialog.card").bounding_box()
    assert (box["x"], box["width"]) == (0, 375) and abs(box["y"] + box["height"] - 800) < 1
    page.touchscreen.tap(180, 20)
    assert not page.locator("dialog.card").is_visible()


@in_a_browser
def test_a_change_shows_both_numbers_that_it_was_worked_out_with(visit):
    page = visit("index")
    page.locator('.fact[data-how="change_pct"]').click()
    said = page.locator("dialog.card").inner_text()
    assert "change in per cent" in said and "31 March 2015" in said and "31 March 2016" in said


@in_a_browser
def test_cells_are_one_stop_of_the_tab_key_and_the_arrows_move_between_them(visit, cleaned_report):
    page = visit("01_figures")
    page.locator("#fig-referral-rate details > summary").click()
    cells = page.locator("#fig-referral-rate .cell-card")
    assert cells.count() > 20
    assert page.locator("#fig-referral-rate .cell-card[tabindex='0']").count() == 1
    cells.first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    row, column = page.evaluate(
        "[document.activeElement.closest('tr').rowIndex, document.activeElement.closest('td').cellIndex]"
    )
    assert (row, column) == (2, 2)
    page.keyboard.press("Enter")
    said = page.locator("dialog.card").inner_text()
    assert "official/children_in_need.csv, row" in said
    received = read_origin(cleaned_report.project.raw / "official/children_in_need.csv").accessed
    assert f"Received {long_date(received)}. Licence: Open Government Licence v3.0." in said
    assert not re.search(r"\d{4}-\d{2}-\d{2}|SHA-256|version", said), "a Board member needs none of these"
    page.locator("dialog.card summary").press("Enter")
    said = page.locator("dialog.card").inner_text()
    assert (
        "referrals_rate_per_10000, version 1" in said and "SHA-256 of official/children_in_need.csv" in said
    )
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.className") == "cell-card"


@in_a_browser
def test_every_point_of_a_chart_shows_the_card_of_its_value(visit):
    page = visit("01_figures")
    slider = page.locator(".chart-wide .chart-keys")
    slider.focus()
    for key in ("End", "ArrowDown"):
        page.keyboard.press(key)
        said = slider.get_attribute("aria-valuetext")
        page.keyboard.press("Enter")
        assert page.locator("dialog.card").is_visible()
        assert said.endswith(f": {page.locator('.card-value').inner_text()}")
        names = said.partition(":")[0].split(", ")
        assert all(name in page.locator(".card-where").inner_text() for name in names)
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.className") == "chart-keys"
    page.locator(".chart-wide [data-value]").first.click()
    assert page.locator("dialog.card").is_visible() and page.said == []


@in_a_browser
def test_a_withheld_cell_says_that_it_is_and_names_no_row(visit):
    page = visit("01_figures")
    page.locator("#tbl-missing .cell-card", has_text="[c]").first.click()
    said = page.locator("dialog.card").inner_text()
    assert "small count of children" in said and "missing_episodes.xlsx" in said
    assert not re.search(r"\brows? \d", said) and "Numerator" not in said


@in_a_browser
def test_without_a_script_each_number_is_a_link_to_its_row(visit, made):
    page = visit("index", java_script_enabled=False)
    police(page).click()
    assert page.url == (made.out / "a8_numbers.html").as_uri() + "#number-contacts.police.share"
    page = visit("01_figures", java_script_enabled=False)
    page.locator("#fig-referral-rate a", has_text="Where these numbers come from").click()
    assert page.url == (made.out / "a6_sources.html").as_uri() + "#from-referral-rate"


@in_a_browser
@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1280, "dark"), (320, "light"), (320, "dark")]
)
def test_axe_finds_nothing_in_an_open_card(visit, width, scheme):
    for name, chosen in (("index", ".fact-link"), ("01_figures", "#tbl-missing .cell-card")):
        page = visit(name, width, scheme)
        page.locator(chosen).first.click()
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        card = page.locator("dialog.card").bounding_box()
        assert card["x"] >= 0 and card["x"] + card["width"] <= width
        assert page.evaluate(
            "(card => card.scrollWidth <= card.clientWidth)(document.querySelector('dialog.card'))"
        )


@in_a_browser
def test_the_close_button_and_numbers_are_large_enough_to_press(visit):
    page = visit("01_figures", 320)
    page.locator("#tbl-missing .cell-card").first.click()
    for chosen in (".card-close", "#tbl-missing .cell-card"):
        box = page.locator(chosen).first.bounding_box()
        assert box["width"] >= 24 and box["height"] >= 24, chosen


@in_a_browser
def test_a_page_with_its_scripts_printed_shows_no_card(visit):
    page = visit("index")
    police(page).click()
    page.emulate_media(media="print")
    assert not page.locator("dialog.card").is_visible()


# ---- what they may hold --------------------------------------------------------------------------------------------


def test_the_data_of_cards_holds_no_path_of_the_machine_and_no_withheld_value(made):
    for path in (made.out / "assets" / "cards").glob("*.js"):
        text = path.read_text(encoding="utf8")
        content = json.loads(text.removeprefix("window.bscbCards = ").rstrip(";\n"))
        assert str(ROOT) not in text and "data/raw" not in text
        for cells in content["figures"].values():
            for card in cells.values():
                assert not card.get("withheld") or not {"parts", "how"} & set(card)
                assert "value" not in card


def test_a_table_of_which_something_is_withheld_tells_no_counts_in_cards(made):
    told = read_told(made.book / "01_figures.ipynb")
    guarded = tables_with_withheld_cells(told.figures.values())
    assert guarded == {"missing_episodes"}
    # figures that count the same are held to it as well: see definitions/disclosure.toml
    figures = [
        {"key": "missing", "tables": ["missing_episodes"], "withheld": True},
        {"key": "missing-profile", "tables": ["missing_profile"], "withheld": False},
        {"key": "contact-outcomes", "tables": ["contacts"], "withheld": False},
    ]
    assert tables_with_withheld_cells(figures) == {"missing_episodes", "missing_profile"}


def test_what_another_edition_withholds_no_card_tells(tmp_path):
    """The edition for young people has a share of the clients, and the Board's withholds some of them."""
    card = {"label": "Aged 13 to 17", "parts": "98 of 112", "tables": ["rusafe_clients"], "children": True}
    share = {"cards": {"rusafe.age13_17": card}, "files": {"2015-16/barnardos/ru_safe.xlsx": {}}}
    clients = {"key": "rusafe-clients", "tables": ["rusafe_clients"], "withheld": True, "cells": {}}
    for place, trace in (("book", share), ("beside/board", {"figure": clients})):
        (tmp_path / place).mkdir(parents=True)
        output = {"data": {}, "metadata": {"bscb": {"trace": trace}}}
        cells = {"cells": [{"cell_type": "code", "outputs": [output]}]}
        (tmp_path / place / "index.ipynb").write_text(json.dumps(cells), encoding="utf8")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "index.html").write_text("<html><head></head><body></body></html>", encoding="utf8")
    write_cards(tmp_path / "book", tmp_path / "out")
    told = (tmp_path / "out" / "assets" / "cards" / "index.js").read_text(encoding="utf8")
    assert "98 of 112" not in told and "parts_withheld" in told


def test_pages_as_quarto_writes_them_get_their_cards_too(made, tmp_path):
    """Quarto leaves facts and figures as they are: the same span in a page of its own frame."""
    (tmp_path / "book").mkdir()
    shutil.copy(made.book / "index.ipynb", tmp_path / "book")
    span = '<span class="fact" data-fact="contacts.police.share" data-area="Buckinghamshire" data-year="2015-16">30%</span>'
    out = tmp_path / "out"
    out.mkdir()
    page = f'<html><head><script src="site_libs/q.js"></script></head><body><main><p>{span}</p></main></body></html>'
    (out / "index.html").write_text(page, encoding="utf8")
    (out / "a8_numbers.html").write_text('<dt id="number-contacts.police.share">', encoding="utf8")
    write_cards(tmp_path / "book", out)
    text = (out / "index.html").read_text(encoding="utf8")
    assert '<script defer src="assets/cards/index.js"></script>' in text and "assets/cards.css" in text
    assert f'<a class="fact-link" href="a8_numbers.html#number-contacts.police.share">{span}</a>' in text
    assert (out / "assets" / "cards" / "index.js").exists() and (out / "assets" / "cards.js").exists()


def test_a_number_inside_a_link_or_a_summary_is_left_alone():
    span = '<span class="fact" data-fact="a" data-area="B" data-year="2015-16">1</span>'
    anchors = {"number-a": "n.html"}
    for page in (f'<a href="x">{span}</a>', f"<summary>{span}</summary>", f"<svg><text>{span}</text></svg>"):
        assert _linked(page, anchors) == page
    assert _linked(f"<aside>{span}</aside>", anchors).count("fact-link") == 1
    assert _linked(span.replace('"a"', '"b"'), anchors).count("fact-link") == 0
