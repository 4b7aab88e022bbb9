"""The pages in a browser: accessible at every width and in the dark, quiet, asking nothing of the network."""

import pytest
from browsing import faults_anywhere, needs_browser, watched

PAGES = ("index", "01_rates", "02_more", "a1_members")

CONTRASTS = """() => {
  const shades = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const light = (colour) => shades(colour).map((s) => s / 255)
    .map((s) => (s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4))
    .reduce((sum, s, i) => sum + s * [0.2126, 0.7152, 0.0722][i], 0);
  const paper = light(getComputedStyle(document.documentElement).backgroundColor);
  const ratio = (colour) => { const l = light(colour); return (Math.max(l, paper) + 0.05) / (Math.min(l, paper) + 0.05); };
  return [...document.querySelectorAll(".chart svg text, .chart svg [data-series], .chart svg [data-value]")].map((part) => {
    const style = getComputedStyle(part);
    const colour = [style.fill, style.stroke].find((c) => c.startsWith("rgb(")) ?? "rgb(127, 127, 127)";
    return [part.tagName === "text" ? "text" : "mark", colour, ratio(colour)];
  });
}"""

pytestmark = needs_browser


@pytest.fixture(scope="module")
def site(rendered_book):
    return rendered_book


@pytest.fixture
def visit(browser, site):
    """Open a page of the site; what it said and asked for is in `page.said` and `page.asked`."""
    opened = []

    def open_page(name, width=1280, scheme="light", folder=site, **more):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **more)
        page = watched(context)
        page.goto((folder / f"{name}.html").as_uri())
        opened.append(context)
        return page

    yield open_page
    for context in opened:
        context.close()


@pytest.mark.parametrize("name", ["index", "01_rates", "a1_members"])
def test_axe_finds_nothing_wide_or_narrow_light_or_dark(visit, name):
    page = visit(name)
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert faults_anywhere(page) == {}


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_quiet_and_ask_only_for_their_own_files(visit, site, name):
    page = visit(name)
    assert page.said == []
    assert page.asked and all(url.startswith(site.as_uri()) for url in page.asked)


@pytest.mark.parametrize("name", PAGES)
def test_no_page_scrolls_sideways(visit, name):
    page = visit(name)
    for width in (320, 375, 768, 1280, 1600):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_style_is_applied_from_disk_under_the_policy_of_the_page(visit):
    page = visit("index")
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.masthead')).backgroundColor")
        == "rgb(18, 67, 109)"
    )


@pytest.mark.parametrize(("width", "shown"), [(1280, "wide"), (375, "narrow")])
def test_a_chart_is_shown_in_the_form_that_fits(visit, width, shown):
    page = visit("01_rates", width)
    assert page.locator(f"#fig-rate .chart-{shown}").is_visible()
    assert page.locator("#fig-rate .chart:visible").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_a_chart_draws_stands_out_from_the_page(visit, figure_report, scheme):
    """Text at 4.5 to 1 and marks at 3 to 1, as the browser computes them, in both colour schemes."""
    page = visit("01_rates", scheme=scheme, folder=figure_report.out)
    found = page.evaluate(CONTRASTS)
    assert {kind for kind, _, _ in found} == {"text", "mark"}
    assert not [(kind, colour) for kind, colour, ratio in found if ratio < (4.5 if kind == "text" else 3)]


def test_the_keyboard_reaches_the_text_first(visit):
    page = visit("01_rates")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_menu_of_a_phone_works_without_a_script(visit):
    page = visit("index", 375, java_script_enabled=False)
    page.locator(".menu > summary").click()
    page.locator(".menu nav a", has_text="Rates and referrals").click()
    assert page.url.endswith("01_rates.html")
    assert page.locator("h1").inner_text().endswith("Rates and referrals")


def test_a_link_into_a_closed_part_opens_it(visit, site):
    page = visit("01_rates")
    page.evaluate(
        "document.querySelector('#fig-rate .figure-data table').id = 'inside'; location.hash = '#inside'"
    )
    page.wait_for_function("document.querySelector('#fig-rate .figure-data').open")
    assert page.locator("#inside").is_visible()


def test_a_list_of_chapters_longer_than_the_window_shows_the_one_that_is_open(visit):
    page = visit("index")
    page.set_viewport_size({"width": 1280, "height": 230})
    page.goto(page.url.replace("index", "a1_members"))
    here = page.locator(".sidebar [aria-current]").bounding_box()
    assert here["y"] >= 0 and here["y"] + here["height"] <= 230


def test_what_is_folded_away_is_printed_though_no_script_opens_it(visit):
    page = visit("01_rates", java_script_enabled=False)
    folded = page.locator("details.callout:not([open]) .callout-body-container p").first
    assert folded.bounding_box()["height"] == 0 or not folded.is_visible()
    page.emulate_media(media="print")
    assert folded.is_visible() and folded.bounding_box()["height"] > 0


def test_a_browser_would_refuse_a_script_slipped_into_a_page(visit):
    page = visit("index")
    slip = "Object.assign(document.createElement('script'), {textContent: 'window.slipped = 1'})"
    page.evaluate(f"document.body.append({slip})")
    assert page.evaluate("window.slipped") is None


def test_numbers_in_tables_stand_right(visit):
    page = visit("a1_members")
    aligned = "getComputedStyle(document.querySelector('td.number')).textAlign"
    assert page.evaluate(aligned) == "right"


def test_paper_carries_the_text_and_not_the_navigation(visit):
    page = visit("01_rates")
    page.emulate_media(media="print")
    assert not page.locator(".sidebar").is_visible() and not page.locator(".pager").is_visible()
    assert page.locator("#fig-rate .chart-wide").is_visible()


def test_paper_is_never_dark(visit):
    page = visit("01_rates", scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    for place in ("p", ".figure-headline", ".figure-measure", "h1"):
        colour = page.evaluate(f"getComputedStyle(document.querySelector('main {place}')).color")
        shades = [int(shade) for shade in colour.removeprefix("rgb(").rstrip(")").split(",")]
        assert sum(shades) < 300, f"{place} is printed in {colour}"
