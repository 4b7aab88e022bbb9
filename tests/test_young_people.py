"""The short edition for young people: the same facts with the same checks, plain words, help at hand, open to all."""

import json
import re
import shutil
from types import SimpleNamespace

import html5lib
import pytest
from browsing import faults_anywhere, needs_browser, watched
from conftest import ROOT, made_once
from docx import Document
from pypdf import PdfReader
from small_book import add_chapter, real_cells, write_book
from test_design import contrast
from test_proving import a_report, book, failures, placements, placements_figure, text

from bscbdata.build import proving, unchanged
from bscbdata.build.final import stopping
from bscbdata.build.run import build
from bscbdata.findings import DataStop
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.prose import Writer
from bscbdata.publish.book import ASSETS
from bscbdata.publish.reading_age import AGE, OLDEST, check_reading_age, reading_age, screens, syllables
from bscbdata.review.pages import classes, of_class, read_pages, words

pytestmark = pytest.mark.usefixtures("one_parent")

YEAR = ReportYear(2015)
PAGES = ["index", "numbers"]
COMMENTARY = "01_short_version.md"


@pytest.fixture(scope="session")
def young(first_build, tmp_path_factory):
    """A copy of the built project with the edition for young people built beside the Board's report."""

    def make(root):
        shutil.copytree(first_build.project.root, root, dirs_exist_ok=True)
        return build(Project(root, audience="young-people"), YEAR)

    root, built = made_once(tmp_path_factory, "young", make)
    return SimpleNamespace(project=Project(root, audience="young-people"), built=built, report=built.report)


@pytest.fixture
def beside_a_small_book(young, tmp_path):
    """Another copy of the project, its edition for young people built, and a Board's book of three chapters not yet."""
    root = tmp_path / "project"
    shutil.copytree(young.project.root, root)
    write_book(root)
    add_chapter(
        root, "02_missing", *real_cells(ROOT / "notebooks", "05_exploitation", "label: fig-missing\n")
    )
    return root


@pytest.fixture(scope="session")
def page(young):
    return next(page for page in read_pages(young.report) if page.name == "index.html")


# ---- the same facts, the same checks -----------------------------------------------------------------------------


def test_it_stands_in_a_folder_of_its_own_and_leaves_the_boards_report_as_it_is(young, first_build):
    assert young.report == young.project.root / "build" / "2015-16" / "young-people" / "report"
    assert sorted(path.stem for path in young.report.glob("*.html") if path.stem in PAGES) == PAGES
    before = {p.name: p.read_bytes() for p in first_build.built.report.glob("*.html")}
    after = {p.name: p.read_bytes() for p in (young.project.root / "build/2015-16/report").glob("*.html")}
    assert before == after


def test_every_claim_holds_and_every_number_is_bound(young):
    assert [found for found in young.built.findings if found.check in ("claim", "number", "comparison")] == []


def test_every_number_shown_is_the_number_of_the_boards_report(young, page, first_build):
    """The facts that both editions print are printed alike, save for decimals that the short one leaves out."""
    kept = [json.loads((folder / "edition.json").read_text(encoding="utf8"))["facts"]
            for folder in (young.report.parent, first_build.built.report.parent)]  # fmt: skip
    both = set(kept[0]) & set(kept[1])
    assert len(both) > 5
    for key in both:
        short, full = (facts[key]["shown"][0] for facts in kept)
        assert float(re.sub(r"[,%]", "", short)) == pytest.approx(float(re.sub(r"[,%]", "", full)), abs=0.5)


def test_every_screen_says_whether_its_numbers_are_real_or_made_up(young, page):
    writer = Writer(young_tables(young), young.project.edition(YEAR), says_kinds=True)
    shown = 0
    for section in (node for node in page.tree.iter("section") if "level2" in classes(node)):
        facts = [node.get("data-fact") for node in of_class(section, "fact")]
        if not facts or next(of_class(section, "quarto-float"), None) is not None:
            continue
        told = words(next(of_class(section, "kind")))
        kinds = {writer.compute(name).provenance for name in facts}
        assert ("Made-up numbers that match the real totals" in told) == ("illustrative" in kinds)
        assert ("Real numbers" in told) == bool(kinds - {"illustrative"})
        shown += 1
    assert shown > 8


def young_tables(young):
    from bscbdata.tables import read_all

    return read_all(young.project.processed(YEAR))


def test_a_screen_that_does_not_say_so_is_told_and_stops_a_final_edition(young):
    tables, edition = young_tables(young), young.project.edition(YEAR)
    said = '{{ fact("contacts.count") }} times.'
    writer = Writer(tables, edition, says_kinds=True)
    writer.render(said, "section worried")
    assert "made-up numbers" in writer.findings[0].message.lower() and writer.findings[0].check == "number"
    told = Writer(tables, edition, says_kinds=True)
    told.render(said + ' {{ comes_from("contacts.count") }}', "section worried")
    assert told.findings == []
    assert "what kind" in stopping(writer.findings, edition)[0].told


def test_what_only_both_editions_together_give_away_stops_the_build(tmp_path):
    report = a_report(placements=placements())
    figure = placements_figure(report)
    said = text(report, 'There were {{ fact("cla.independent") }} who lived alone.')
    alone = [book(tmp_path / "one", figure), book(tmp_path / "other", said)]
    for folder in alone:
        assert failures(proving.prove(proving.gather(folder), report._tidy, report.edition)) == []
    both = tmp_path / "staging"
    both.mkdir()
    book(both / "book", figure)
    (both / "beside").mkdir()
    book(both / "beside" / "young-people", said)
    assert "With parents" in str(failures(proving.prove(proving.gather(both), report._tidy, report.edition)))


@pytest.mark.parametrize("audience", ["", "young-people"])
def test_either_build_stops_when_the_short_edition_gives_away_what_the_long_one_withholds(
    beside_a_small_book, audience
):
    root = beside_a_small_book
    path = root / "data/raw/2015-16/commentary/young_people" / COMMENTARY
    partner = '{{ last("missing_episodes_by_district", "Chiltern") }} times in winter, in Chiltern alone.'
    said = path.read_text(encoding="utf8").replace("# your-say\n", f"# your-say\n{partner}\n\n")
    path.write_text(said, encoding="utf8")
    with pytest.raises(DataStop, match="it can be worked out"):
        build(Project(root, audience=audience), YEAR, renderer="embedded", forms=())


def test_a_final_edition_names_at_once_what_is_open_in_both(beside_a_small_book):
    texts = beside_a_small_book / "data/raw/2015-16/commentary"
    for path in (texts / "zz_small.md", texts / "young_people" / COMMENTARY):
        path.write_text(
            re.sub(r"^(# .*\n)", r"\1Some 4,321 in all.\n\n", path.read_text(encoding="utf8"), count=1),
            encoding="utf8",
        )
    with pytest.raises(DataStop) as stop:
        build(Project(beside_a_small_book), YEAR, renderer="embedded", draft=False, forms=())
    places = {found.file for found in stop.value.findings if found.value == "4,321"}
    assert len(places) == 2 and any(COMMENTARY in place for place in places), places


def test_a_claim_that_no_longer_holds_is_told(young, tmp_path):
    tables = dict(young_tables(young))
    indicators = tables["indicators"].copy()
    adopted = (indicators["indicator"] == "children_looked_after_adopted") & (indicators["year"] == "2015-16")
    tables["indicators"] = indicators.assign(value=indicators["value"].mask(adopted, 1000.0 - 990))
    writer = Writer(tables, young.project.edition(YEAR), says_kinds=True)
    section = re.search(r"# new-families\n(.*?)\n# ", commentary(), flags=re.S)[1]
    writer.render(section, "section new-families")
    assert [found.check for found in writer.findings] == ["claim"]


def commentary():
    return (ROOT / "data/raw/2015-16/commentary/young_people" / COMMENTARY).read_text(encoding="utf8")


def test_a_build_with_nothing_to_do_is_known_for_each_audience_apart(young):
    options = {"renderer": "auto", "draft": True, "allow_rejects": False}
    whose = [young.project, young.project.for_readers()]
    keys = [unchanged.inputs(project, YEAR, options) for project in whose]
    assert keys[0] != keys[1]
    assert unchanged.told_before(young.project, YEAR, keys[0]) is not None
    assert unchanged.told_before(young.project, YEAR, keys[1]) is None


def test_both_editions_lead_to_each_other_once_both_are_built(beside_a_small_book):
    root = beside_a_small_book
    build(Project(root), YEAR, renderer="embedded")
    first = root / "build/2015-16/report/index.html"
    address = re.search(r'<a href="([^"]+)">The short version', first.read_text(encoding="utf8"))[1]
    short = (first.parent / address).resolve()
    assert short == root / "build/2015-16/young-people/report/index.html"
    address = re.search(r'<a href="([^"]+)">Read the full report', short.read_text(encoding="utf8"))[1]
    assert (short.parent / address).resolve() == first


# ---- plain words -------------------------------------------------------------------------------------------------


def test_the_page_can_be_read_at_eleven(young):
    said = dict(screens(young.report))
    assert len(said) > 12
    assert reading_age("\n".join(said.values())) <= AGE
    for title, screen in said.items():
        assert reading_age(screen) <= OLDEST, title
        assert len(screen.split()) < 130 or title == "Where to get help", f"{title}: one idea a screen"
    assert check_reading_age(young.report) == []


def test_a_hard_text_is_told(young, tmp_path):
    page = (young.report / "index.html").read_text(encoding="utf8")
    hard = (
        "Multi-agency safeguarding arrangements necessitate comprehensive interprofessional collaboration, "
        "notwithstanding organisational accountabilities and statutory responsibilities. " * 12
    )
    (tmp_path / "index.html").write_text(
        page.replace("Police, schools", hard + "Police, schools", 1), encoding="utf8"
    )
    found = check_reading_age(tmp_path)
    assert {"Who are we?" in str(found[0]), "as a whole" in str(found[-1])} == {True}


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("cat", 1),
        ("safe", 1),
        ("children", 2),
        ("looked", 1),
        ("wanted", 2),
        ("police", 2),
        ("family", 3),
        ("the", 1),
    ],
)
def test_syllables_are_counted_as_they_are_spoken(word, count):
    assert syllables(word) == count


def test_the_formula_is_that_of_flesch_and_kincaid():
    # 10 words, 2 sentences, 10 syllables: 0.39 * 5 + 11.8 * 1 - 15.59 = -1.84; the age is 5 more
    assert reading_age("The cat sat on mats. The dog sat on logs.") == pytest.approx(3.16, abs=0.001)


# ---- help --------------------------------------------------------------------------------------------------------


def test_every_help_line_of_the_file_is_a_link_that_calls_it(young, page):
    lines = young_tables(young)["help_lines"]
    called = {node.get("href"): words(node) for node in of_class(page.tree, "phone")}
    for line in lines.itertuples():
        assert line.phone in called[f"tel:{line.phone.replace(' ', '')}"]
    assert {"999", "101", "0800 1111", "0808 800 5000"} <= set(lines["phone"])
    assert lines["seen_at"].str.len().min() > 5, "each number says who gives it"


def test_a_help_line_that_is_not_in_the_file_is_named(young):
    writer = Writer(young_tables(young), young.project.edition(YEAR))
    with pytest.raises(DataStop, match="No help line is called 'Ghostline'.*Childline"):
        writer.render('{{ phone("Ghostline") }}', "section help-now")


# ---- in a browser ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def window(browser):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    yield watched(context)
    context.close()


@needs_browser
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_at_any_width_in_light_and_dark(window, young, name):
    window.said.clear()
    window.asked.clear()
    window.goto((young.report / f"{name}.html").as_uri())
    assert faults_anywhere(window) == {}
    assert window.said == []
    assert all(url.startswith(young.report.as_uri()) for url in window.asked)


@needs_browser
def test_without_a_script_each_number_leads_to_its_row_and_the_chart_is_there(browser, young):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    window = context.new_page()
    window.goto((young.report / "index.html").as_uri())
    links = [link.get_attribute("href") for link in window.query_selector_all("main .fact-link")]
    assert len(links) > 12
    rows = (young.report / "numbers.html").read_text(encoding="utf8")
    for address in links:
        place, _, anchor = address.partition("#")
        assert place == "numbers.html" and f'id="{anchor}"' in rows
    assert window.locator(".chart svg >> visible=true").count() == 1
    context.close()


@needs_browser
def test_help_is_one_press_away_on_every_screen_and_motion_is_the_readers_choice(window, young):
    window.goto((young.report / "index.html").as_uri())
    window.emulate_media(reduced_motion="reduce")
    assert window.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    window.evaluate("window.scrollTo(0, document.documentElement.scrollHeight / 2)")
    window.get_by_role("link", name="Get help").click()
    box = window.locator("#sec-help h2, h2#sec-help").first.bounding_box()
    assert 0 <= box["y"] < 600, "the heading stands below the bar, not under it"


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_valid_html_without_a_script_of_their_own(young, name):
    content = (young.report / f"{name}.html").read_bytes()
    parser = html5lib.HTMLParser(strict=True)
    parser.parse(content)
    assert parser.errors == []
    assert b"unsafe-eval" not in content and b"default-src 'none'" in content


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colours_of_the_screens_stand_out(scheme):
    style = (ASSETS / "young_people.css").read_text(encoding="utf8")
    light, dark = re.findall(r":root \{(.*?)\}", style, flags=re.S)[:2]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light + (dark if scheme == "dark" else "")))
    for band in ("blue", "teal", "plum", "rust"):
        assert contrast(colours["band-ink"], colours[band]) >= 4.5
    for on_paper in ("ink", "muted", "number", "link"):
        assert contrast(colours[on_paper], colours["paper"]) >= 4.5
    if scheme == "light":
        said = re.search(r"Contrast, measured.*?\*/", style, flags=re.S)[0]
        for band in ("blue", "teal", "plum", "rust"):
            assert f"on {band} {contrast('#ffffff', colours[band]):.1f}" in said


# ---- on paper ----------------------------------------------------------------------------------------------------


def test_the_pdf_is_tagged_and_says_what_the_page_says(young, page):
    (path,) = (young.report / "downloads").glob("*.pdf")
    reader = PdfReader(path)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and "pdfuaid" in root["/Metadata"].get_data().decode()
    said = " ".join(" ".join(sheet.extract_text() for sheet in reader.pages).split())
    for node in of_class(page.tree, "big-number"):
        assert words(node) in said
    assert "0800 1111" in said and "Made-up numbers that match the real totals" in said
    assert len(reader.pages) <= 12


def test_the_word_file_has_its_headings_and_big_numbers(young, page):
    (path,) = (young.report / "downloads").glob("*.docx")
    paragraphs = Document(path).paragraphs
    titles = [node for node in page.tree.iter("h2") if node.get("id") != "downloads"]
    headings = [p.text for p in paragraphs if p.style.name.startswith("Heading")]
    assert {words(node) for node in titles} <= set(headings)
    big = [p.text for p in paragraphs if p.style.name == "Big Number"]
    assert big == [words(node) for node in of_class(page.tree, "big-number")]


@needs_browser
def test_on_a_phone_the_chart_has_the_width_of_its_card(browser, young):
    window = browser.new_page(viewport={"width": 375, "height": 812})
    window.goto((young.report / "index.html").as_uri())
    drawn = window.locator(".chart svg >> visible=true").bounding_box()["width"]
    card = window.locator("section > .quarto-float").first.bounding_box()["width"]
    assert card - drawn < 60, "room is left at the sides once, and not twice"
    window.set_viewport_size({"width": 1280, "height": 900})
    text, words = (window.locator(found).first.bounding_box()["x"] for found in ("h2", ".figure-headline"))
    assert abs(text - words) < 2, "on a wide screen the words of the chart begin where the text does"
    window.close()
