"""Every number on every page of the finished report has a card; what has none is listed, with the reason."""

import csv
from collections import Counter
from fnmatch import fnmatchcase

import pytest
from browsing import needs_browser as in_a_browser
from browsing import watched
from conftest import ROOT

from bscbdata.prose import unbound_in

LISTED = ROOT / "tests" / "data" / "numbers_without_card.csv"
# what carries numbers besides facts: cells, and the parts of a page that are no prose (prose_check holds the prose)
FOUND = """() => {
  const DATA = ".figure-source, .figure-definition, .figure-download, .downloads, .file-size, .draft-note, .from-data, .pager";
  const CARDED = ".cell-card, .fact-link, .fact, .quarto-xref, .phone, script, style, .card";
  const left = (element) => {
    const copy = element.cloneNode(true);
    copy.querySelectorAll(CARDED).forEach((part) => part.remove());
    return copy.textContent.replace(/\\s+/g, " ").trim();
  };
  const head = (cell) => ((cell.closest("table").tHead || { rows: [] }).rows[0] || { cells: [] }).cells[cell.cellIndex];
  const key = (element) => (element.closest(".figure-body, .table-body") || { id: "" }).id.replace(/^(figure|table)-/, "");
  const cells = [...document.querySelectorAll("main tbody td, main tbody th")].filter((cell) => !cell.closest(DATA));
  const parts = [...document.querySelectorAll(`main :is(${DATA})`)].filter((part) => !part.parentElement.closest(DATA));
  const points = [...document.querySelectorAll("main .chart-wide [data-value]")];
  const opens = (mark) => {
    mark.closest(".figure-body").dispatchEvent(new CustomEvent("chart-point", { bubbles: true, detail: { mark, from: document.body } }));
    const card = document.querySelector("dialog.card");
    const opened = card && card.open;
    if (opened) card.close();
    return opened;
  };
  return {
    facts: [...document.querySelectorAll("main .fact")].filter((fact) => !fact.closest("[aria-haspopup=dialog], summary")).map((fact) => fact.textContent),
    cells: cells.filter((cell) => !cell.querySelector(".cell-card")).map((cell) => [key(cell), (head(cell) || cell).textContent.trim(), left(cell)]),
    parts: parts.map((part) => ["", part.className, left(part)]),
    points: points.filter((mark) => !opens(mark)).map((mark) => [key(mark), mark.dataset.category || "", mark.dataset.value]),
    carded: document.querySelectorAll("main .cell-card, main .fact-link").length,
  };
}"""


@pytest.fixture(scope="module")
def pages(browser, first_build):
    """What each page of the report shows without a card."""
    context = browser.new_context()
    found = {}
    for path in sorted(first_build.built.report.glob("*.html")):
        page = watched(context)
        page.goto(path.as_uri())
        found[path.name] = page.evaluate(FOUND)
        page.close()
    context.close()
    return found


@pytest.fixture(scope="module")
def listed():
    with LISTED.open(encoding="utf8", newline="") as lines:
        return list(csv.DictReader(lines))


def without_card(pages):
    """Each number in a cell or a part of a page that has no card: page, table, column or part, words."""
    return [
        (name, table, column, text)
        for name, told in pages.items()
        for table, column, text in [*told["cells"], *told["parts"]]
        if unbound_in(text)
    ]


def excuses(row, page, table, column):
    return all(
        fnmatchcase(value, row[name])
        for name, value in (("page", page), ("table", table), ("column", column))
    )


@in_a_browser
def test_every_number_of_the_text_and_every_point_of_a_chart_opens_a_card(pages):
    assert sum(told["carded"] for told in pages.values()) > 2000
    assert {name: told["facts"] for name, told in pages.items() if told["facts"]} == {}
    assert {name: told["points"] for name, told in pages.items() if told["points"]} == {}


@in_a_browser
def test_every_other_number_has_a_card_or_stands_in_the_list_with_the_reason(pages, listed):
    loose = [place for place in without_card(pages) if not any(excuses(row, *place[:3]) for row in listed)]
    assert loose == []


@in_a_browser
def test_the_list_excuses_nothing_that_is_not_there(pages, listed):
    used = Counter(
        number
        for *place, _ in without_card(pages)
        for number, row in enumerate(listed)
        if excuses(row, *place)
    )
    assert [row for number, row in enumerate(listed) if not used[number]] == []
    assert all(row["why"].endswith(".") for row in listed)
