"""Where numbers come from: every fact and every cell followed back to rows of a raw file that really hold it."""

import csv
import json
import re
from dataclasses import replace
from html import unescape

import openpyxl
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from bscbdata import facts, numbers
from bscbdata.figures.figure_record import MEDIA
from bscbdata.figures.published_table import Published
from bscbdata.gaps import NoData
from bscbdata.indicators import official
from bscbdata.places import Project, slug
from bscbdata.prose import Writer
from bscbdata.provenance import digest, join_rows, raw_files, read_origin, read_rows
from bscbdata.sources import is_return_of_children
from bscbdata.tracing import TraceError, editions, read_usage, trace_cells
from bscbdata.tracing import book as tracing_book
from bscbdata.tracing.book import NO_HASH
from bscbdata.tracing.cells import COUNT, HOLDS, SUM
from bscbdata.tracing.comparisons import Comparison, Side, comparisons
from bscbdata.tracing.lineage import chains
from bscbdata.tracing.shown import anchor
from bscbdata.tracing.trace import Trace
from bscbdata.tracing.tracer import _files_of


@pytest.fixture(scope="module")
def report(cleaned_report):
    return cleaned_report


@pytest.fixture(scope="module")
def traces(report):
    """Every fact of the year; what became of last year's next steps is told from 2016-17 on."""
    known = {name: one for name, one in facts.definitions().items() if one.table != "commitments"}
    return {name: report.fact(name).trace() for name in known}


# ---- rows ----------------------------------------------------------------------------------------------------------

ROWS = st.sets(st.integers(1, 400), min_size=1, max_size=30)
FILES = st.sampled_from(["official/a.csv", "2015-16/x/b.xlsx", "2015-16/x#1/b!.csv"])
SHEETS = st.sampled_from(["", "Contacts", "Q1 #2", "A! B"])


@given(st.lists(st.tuples(FILES, SHEETS, ROWS), min_size=1, max_size=4, unique_by=lambda row: row[:2]))
def test_rows_joined_are_the_rows_read(told):
    names = [f"{f}#{sheet + '!' if sheet else ''}{row}" for f, sheet, rows in told for row in rows]
    found = {(place.file, place.sheet): place.spells for place in read_rows(join_rows(names))}
    expanded = {key: {n for a, b in spells for n in range(a, b + 1)} for key, spells in found.items()}
    assert expanded == {(f, sheet): rows for f, sheet, rows in told}
    assert join_rows([join_rows(names), names[0]]) == join_rows(names)


# ---- facts ---------------------------------------------------------------------------------------------------------


def test_every_fact_ends_in_rows_of_a_raw_file_whose_hash_is_that_of_its_origin(traces):
    papers = {place.file: place.sha256 for trace in traces.values() for place in trace.places}
    for file, sha256 in papers.items():
        assert digest(ROOT / "data" / "raw" / file) == sha256, file
    nowhere = [name for name, trace in traces.items() if not trace.places]
    without_rows = [name for name, t in traces.items() if not all(place.rows for place in t.places)]
    assert nowhere == [] and without_rows == []


def test_every_fact_has_its_definition_and_version_its_publisher_its_licence_and_a_provenance(traces):
    for name, trace in traces.items():
        assert trace.definition["id"] and trace.definition["version"], name
        assert trace.provenance and trace.how, name
        assert all(place.publisher and place.licence for place in trace.places), name


def test_every_share_carries_the_two_counts_it_is_made_of_and_they_make_it(traces):
    shares = [t for name, t in traces.items() if facts.definitions()[name].how == "share_pct"]
    assert len(shares) > 50
    for trace in shares:
        assert trace.numerator / trace.denominator * 100 == pytest.approx(trace.value), trace.id


def rows_of(place):
    """The rows that a place names, read from the file by other means than ours."""
    path = ROOT / "data" / "raw" / place.file
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as lines:
            grid = list(csv.reader(lines))
    else:
        sheet = openpyxl.load_workbook(path, data_only=True)[place.sheet]
        grid = [[cell.value for cell in row] for row in sheet.iter_rows()]
    spells = [part.replace("–", "-").split("-") for part in place.rows.split(", ")]
    return [grid[row - 1] for spell in spells for row in range(int(spell[0]), int(spell[-1]) + 1)]


def numbers_in(row):
    found = []
    for cell in row:
        text = str(cell).replace(",", "").replace("£", "").rstrip("%")
        try:
            found.append(float(text))
        except ValueError:
            continue
    return found


def test_the_rows_named_hold_the_value(traces):
    """For every fact that stands in one row: that row, read again from the file, holds the number."""
    checked = 0
    for name, trace in traces.items():
        plain = facts.definitions()[name].how == "value" and trace.numerator is None
        if not plain or [place.rows.isdigit() for place in trace.places] != [True]:
            continue
        held = numbers_in(rows_of(trace.places[0])[0])
        near = any(number == pytest.approx(trace.value) for number in held)
        assert near or any(number * 100 == pytest.approx(trace.value) for number in held), trace
        checked += 1
    assert checked > 200


@pytest.mark.parametrize(
    ("fact", "numerator", "column"),
    [("contacts.police.share", "Police", -1), ("assessments.in_45_days_pct", None, None)],
)
def test_the_rows_named_add_up_to_the_parts(report, fact, numerator, column):
    trace = report.fact(fact).trace()
    rows = [row for place in trace.places for row in rows_of(place)]
    if numerator:
        assert sum(row[column] for row in rows if numerator in row) == trace.numerator
        assert sum(row[column] for row in rows) == trace.denominator
    else:
        assert sum(numbers_in(row)[-1] for row in rows) >= trace.denominator


def test_rows_of_a_monthly_count_add_up_to_it(report):
    """Indicators lead back too: each month's contacts are the sum of the rows named, read from the workbook."""
    frame = report.table("indicators")
    months = frame[frame["indicator"] == "contacts_by_month"]
    assert len(months) == 12
    for _, row in months.iterrows():
        trace = report.tracer.indicator(row)
        assert sum(cells[-1] for place in trace.places for cells in rows_of(place)) == row["value"]


def test_a_small_count_stays_with_the_analyst(traces):
    hidden = {name: trace for name, trace in traces.items() if trace.withheld}
    assert "mserac.female" in hidden and "cdop.sex.unknown" in hidden
    for trace in hidden.values():
        card = trace.card()
        assert card["withheld"] and not {"parts", "how", "value", "text"} & set(card)
        assert all(rows == "" for _, _, rows in card["rows"])
        assert str(trace.text) in str(trace)


def test_rows_of_a_return_with_a_row_a_child_are_not_listed_on_a_page(traces):
    cards = {name: trace.card() for name, trace in traces.items() if "rusafe_clients" in trace.tables}
    assert cards
    for card in cards.values():
        assert all(rows == "" for _, _, rows in card["rows"])


def test_no_card_names_a_place_outside_the_raw_folder(traces):
    told = json.dumps([trace.card() for trace in traces.values()])
    assert str(ROOT) not in told and "/data/raw" not in told
    names = {path.relative_to(ROOT / "data" / "raw").as_posix() for path in raw_files(ROOT / "data" / "raw")}
    assert {place.file for trace in traces.values() for place in trace.places} <= names


def test_a_trace_prints_shows_in_a_notebook_and_becomes_a_table(traces):
    trace = traces["referrals.rate_per_10000"]
    assert "576.7" in repr(trace) and "official/children_in_need.csv, row 2650" in repr(trace)
    assert "<caption><strong>576.7</strong>" in trace._repr_html_()
    assert list(trace.to_frame()["file"]) == ["official/children_in_need.csv"]
    assert json.loads(json.dumps(trace.to_dict()))["definition"]["version"] == "1"


def test_a_fact_that_no_report_gave_says_how_to_trace_it(report):
    with pytest.raises(facts.FactError, match=r'report\.fact\("referrals\.count"\)'):
        replace(report.fact("referrals.count"), tracer=None).trace()


def test_a_correction_is_told_where_it_was_made(report, tmp_path):
    """A copy of the project's papers with one correction: the facts on that row say so, others do not."""
    row = report.table("cdop_workload").iloc[0]
    column = next(name for name in row.index if isinstance(row[name], int | float))
    key = {
        name: str(row[name])
        for name in row.index
        if isinstance(row[name], str) and name not in ("row_id", "provenance")
    }
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "raw").symlink_to(ROOT / "data" / "raw")
    entry = {"year": "2015-16", "table": "cdop_workload", "where": key, "column": column}
    entry |= {"was": "1", "now": "2", "why": "Counted twice.", "who": "The panel"}
    (tmp_path / "data" / "corrections.yml").write_text(json.dumps([entry]), encoding="utf8")
    tracer = replace(report.tracer, project=Project(tmp_path))
    frame = report.table("cdop_workload")
    assert "Counted twice. (The panel)" in tracer.rows(frame.head(1), "cdop_workload").corrections[0]
    assert tracer.rows(frame.tail(1), "cdop_workload").corrections == ()


# ---- cells ---------------------------------------------------------------------------------------------------------


def cells(report, frame, tables, **more):
    table = Published(frame.reset_index(drop=True), **more)
    return {(r, table.columns()[c]): t for (r, c), t in trace_cells(report.tracer, table, tables).items()}


def test_a_point_of_a_comparison_leads_to_the_row_that_holds_it(report):
    chart = report.comparison("referrals_rate_per_10000", "Referrals per 10,000 children")
    figure = report.figure(chart, "rates", "Rates", "Rates by year", ["children_in_need"], decimals=1)
    trace = figure.trace("2015-16", "England")
    assert trace.text == "532.2" and trace.how == HOLDS and trace.area == "England"
    assert any(532.2 in numbers_in(row) for place in trace.places for row in rows_of(place))


def test_a_cell_of_which_no_table_knows_a_word_is_said_to_come_from_no_rows(report):
    """454 plans, not the assessments of the same county and year, which are none of them."""
    tables = ["assessments_official", "children_in_need", "children_looked_after"]
    frame = pd.DataFrame({"step": ["With a plan"], "number": [454.0]})
    traced = cells(report, frame, tables)[0, "number"]
    assert traced.how == "worked out in the chapter from these tables"
    assert list(traced.tables) == tables


@pytest.mark.parametrize(("status", "sign"), [("confidential", "[c]"), ("not_available", "[x]")])
def test_what_a_publisher_withheld_has_the_same_sign_in_a_card_as_in_a_table(report, status, sign):
    row = report.table("indicators").query("table == 'children_in_need'").iloc[0]
    row = row.to_dict() | {"value": float("nan"), "numerator": float("nan"), "status": status}
    table = Published(pd.DataFrame([{"value": None, "status": status}]))
    assert report.tracer.indicator(row).text == sign == table.rows()[0][0]


def test_a_sum_leads_to_its_rows_and_a_share_to_its_parts(report):
    frame = report.table("contacts").groupby("source", observed=True)["contacts"].sum().reset_index()
    frame["share_pct"] = frame["contacts"] / frame["contacts"].sum() * 100
    frame = frame.astype({"source": "str"})
    found = cells(report, frame, ["contacts"], unit={"share_pct": "percent"})
    for place, row in frame.iterrows():
        trace = found[place, "contacts"]
        assert trace.how in (SUM, HOLDS) and trace.value == row["contacts"]
        assert sum(cell[-1] for p in trace.places for cell in rows_of(p)) == row["contacts"]
        share = found[place, "share_pct"]
        assert (share.numerator, share.denominator) == (row["contacts"], frame["contacts"].sum())


def test_a_number_that_stands_elsewhere_by_chance_is_not_taken_for_it(report):
    """Eight new cases in May are not the eight that a meeting has on average, nor a child of that age."""
    cases = report.table("mserac_cases")
    frame = (
        cases.groupby(cases["meeting"].dt.strftime("%B %Y"), sort=False).size().rename("cases").reset_index()
    )
    found = cells(report, frame, ["mserac_cases"])
    assert {trace.how for trace in found.values()} == {COUNT}


def test_a_withheld_cell_says_so_and_nothing_else(report):
    frame = report.table("missing_episodes")[["district", "quarter", "episodes"]].astype({"district": "str"})
    shown = report.protect(frame, "episodes", ["district", "quarter"])
    found = cells(report, shown, ["missing_episodes"])
    hidden = [trace for trace in found.values() if trace.withheld]
    assert len(hidden) == int(shown["episodes"].isna().sum()) > 0
    for trace in hidden:
        assert trace.value is None and trace.text == "[c]" and trace.parts == ""
        assert all(rows == "" for _, _, rows in trace.card()["rows"])


def test_a_change_to_nothing_is_no_share_of_a_loss(report):
    """25,000 that became nothing: −100 per cent, and not 25,000 of −25,000."""
    frame = pd.DataFrame(
        {"agency": ["a", "b"], "before": [25000, 500], "change": [-25000, 50], "pct": [-100.0, 10.0]}
    )
    found = cells(report, frame, ["contributions"], unit={"pct": "percent"})
    assert (found[0, "pct"].numerator, found[0, "pct"].denominator) == (-25000, 25000)


@pytest.mark.parametrize(
    "number, said", [(116263.97, "116,264"), (12.5, "12.5"), (398.0, "398"), (999.96, "1,000")]
)
def test_a_card_counts_people_in_whole_numbers(number, said):
    assert Trace(id="x", label="x", value=1, numerator=number, denominator=7).parts == f"{said} of 7"


def test_a_cell_is_asked_for_by_number_or_by_words_and_mistakes_are_named(report):
    frame = report.table("placements")[["placement", "children"]].astype({"placement": "str"})
    figure = report.table_figure(frame, "p", "Placements", ["placements"], labels={"children": "Children"})
    first = frame["placement"].iloc[0]
    assert (
        figure.trace(0, "children").value
        == figure.trace(first, "Children").value
        == frame["children"].iloc[0]
    )
    with pytest.raises(KeyError, match="There are"):
        figure.trace("Nowhere", "children")
    with pytest.raises(KeyError, match="placement, children"):
        figure.trace(0, "adults")
    with pytest.raises(ValueError, match="no number"):
        figure.trace(0, "placement")


# ---- what chapters use ---------------------------------------------------------------------------------------------


def test_what_a_chapter_uses_is_read_from_its_notebook(report):
    chapters = {usage.name: usage for usage in read_usage(report.project)}
    journey = chapters["02_journey"]
    drawn = {figure.key: figure for figure in journey.figures}
    assert (
        drawn["referral-rate"].tables == ("children_in_need",)
        and drawn["referral-rate"].anchor == "fig-referral-rate"
    )
    assert drawn["sources"].anchor == "tbl-sources" and "front-door" in journey.sections
    assert any("referrals.rate_per_10000" in text for text in journey.texts)
    assert pd.Series([f.key for u in chapters.values() for f in u.figures]).is_unique


# ---- the whole book ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def book(report):
    return report.book()


def test_the_appendix_lists_every_raw_file_with_its_paper_and_what_it_feeds(report, book):
    raw = report.project.raw
    for folder in ("official", "2015-16"):
        text = book.sources(folder).markdown
        for path in raw_files(raw / folder):
            entry = text.split(f"{{#source-{slug(path.relative_to(raw).as_posix())}}}")[1].split("{#source-")[
                0
            ]
            origin = read_origin(path)
            hashed = not is_return_of_children(path.relative_to(raw).as_posix())
            assert (origin.sha256 in entry) == hashed and (NO_HASH in entry) != hashed, path
            assert "Licence: " in entry and "Feeds " in entry, path
    official = book.sources("official").markdown
    assert re.search(r"Feeds .*@fig-journey, @fig-referral-rate", official)
    neighbours = official.split("{#source-official-statistical-neighbours-csv}")[1].split("{#source-")[0]
    assert "Feeds every comparison with statistical neighbours" in neighbours


def test_what_is_looked_up_is_folded_on_the_pages_and_open_on_paper(book):
    """Numbers and comparisons by chapter, files by who sent them: nothing is outside, and each says how much it holds."""
    for text, one in (
        (book.numbers(), "{#number-"),
        (book.comparisons(), "\n:   “"),
        (book.sources("2015-16"), "{#source-"),
    ):
        pages, paper = text.markdown.split('::::: {.content-visible unless-format="html"}')
        outside, *folded = pages.split('::: {.callout-note collapse="true" title="')
        assert folded and one not in outside and "collapse" not in paper
        for part in folded:
            said = re.match(r'[^"]*?: (\d+) \w+"', part)
            assert part.count(one) and (not said or part.count(one) == int(said[1])), part[:80]
    titles = re.findall(r'title="([^"]*): \d+ numbers?"', book.numbers().markdown)
    assert titles[:2] == ["At a glance", "Our county and our children"] and len(titles) == len(set(titles))


def test_the_way_from_file_to_figure_is_folded_away_under_the_name_of_each_chapter():
    """Drawings and lists are long: each fold holds the drawing and the list of one chapter, and nothing stands outside."""
    cells = json.loads((ROOT / "notebooks" / "a6_sources.ipynb").read_text(encoding="utf8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells).partition("{#sec-lineage}")[2]
    outside, *folds = re.split(r'^::: \{.callout-note collapse="true" title="(.+)"\}$', text, flags=re.M)
    assert "book.lineage(" not in outside and len(folds[::2]) == text.count("book.lineage(") > 10
    for title, inside in zip(folds[::2], folds[1::2], strict=True):
        within, _, after = f"{inside}\n".partition("\n:::\n")
        assert within.count("book.lineage(") == within.count("book.made_from(") == 1 and not after.strip()
        assert f'"From file to figure: {title}"'.lower() in within.lower()


def test_an_official_table_leads_to_the_files_that_its_rows_name(report):
    """Rows of another area come from the publisher's files, its neighbours from the list of all authorities."""
    name, files = (
        "statistical_neighbours",
        ["official/neighbours_of_authorities.csv", "official/releases/a.csv"],
    )
    frame = report.tracer.tables[name].iloc[:2].assign(row_id=[files[0], f"{files[1]}#2\n{files[1]}#5"])
    for rows, found in ((frame, files), (frame.iloc[:0], [])):  # another board's area may have no row at all
        tracer = replace(report.tracer, tables={**report.tracer.tables, name: rows})
        assert list(_files_of(tracer.tables, name, tracer.project, tracer.edition)) == found


def test_that_a_chapter_is_left_out_is_said_once_in_the_list_of_sources(report, monkeypatch):
    book = report.book()
    monkeypatch.setattr(tracing_book, "left_out_chapters", lambda edition: {"03_board": "The Board"})
    with pytest.raises(NoData, match="leaves the chapter out"):
        book.lineage("03_board", key="x")
    assert book.made_from("03_board").markdown == ""
    with pytest.raises(KeyError):
        book.made_from("03_bored")


def test_where_no_printed_report_is_here_no_table_of_it_is_said_to_be_made_from_anything(report, book):
    tables = {name: frame for name, frame in report._tidy.items() if name != "published_facts"}
    unprinted = replace(report)
    unprinted.__dict__["_tidy"] = tables
    there, gone = (each.made_from("a3_budget").markdown for each in (book, unprinted.book()))
    assert "@tbl-budget-printed" in there and "@tbl-budget-printed" not in gone
    assert "@tbl-budget," in gone


def test_a_chapter_is_named_as_the_contents_name_it(book):
    assert book.chapter_named("7") == "7 Neglect" and book.chapter_named("1").startswith("1 Our county")
    assert book.chapter_named("10") == "10 Conclusions" and book.chapter_named("99") == "99"


def test_every_number_of_the_text_stands_in_the_list_of_numbers(report, book):
    text = book.numbers().markdown
    for section in report.commentary:
        for name in re.findall(r'data-fact="([^"]+)"', report.prose(section).markdown):
            assert f"{{#{anchor(unescape(name))}}}" in text, name
    assert len({anchor(name) for name in facts.definitions()}) == len(facts.definitions())


def test_the_list_of_numbers_shows_no_value_that_no_page_shows(report, book):
    """A number that a change was worked out with is not printed, and is not printed here either."""
    shown = " ".join(report.prose(section).markdown for section in report.commentary)
    shown += " ".join(
        report.writer.render(text, "x") for usage in read_usage(report.project) for text in usage.texts
    )
    for usage in read_usage(report.project):
        shown += " ".join(report.coverage(guidance).markdown for guidance in usage.guidances)
    for number in book.numbers_shown:
        assert not number.shown or f">{number.shown}</span>" in shown
        assert not (number.shown and number.trace.withheld)


def test_a_number_of_another_place_says_so(traces):
    """England's share beside the county's is no number of the county, whatever report it stands in."""
    for name, place in {"england": "England", "england_wales": "England and Wales", "uk": "United Kingdom",
                        "south_east": "South East"}.items():  # fmt: skip
        found = [trace for fact, trace in traces.items() if fact.endswith(f".{name}")]
        assert found and {trace.area for trace in found} == {place}
    assert traces["imd.lsoa_least_deprived_half"].area == "Buckinghamshire"


def test_every_claim_says_the_year_and_edition_of_all_it_compares(report, book):
    text = book.comparisons().markdown
    writer = Writer(report._tidy, report.edition)
    for usage in book.chapters.values():
        for section in usage.sections:
            writer.render(report.commentary[section][0], section)
    of_the_year = {
        " ".join(words.split())
        for template, _ in report.commentary.values()
        for words in re.findall(r"{% claim year == \"[^\"]+\" %}(.*?){% endclaim %}", template, re.S)
    }
    for claim in writer.judged:
        plain = re.sub(r"[^a-z]", "", claim["words"].lower())
        weighs = bool(claim["weighed"])
        assert weighs != (claim["words"] in of_the_year), (
            f"{claim['words']} weighs nothing, or is of the year alone"
        )
        assert (plain in re.sub(r"[^a-z]", "", text.lower())) == weighs, claim["words"]
    entry = next(line for line in text.splitlines() if "above the South East" in line)
    assert "Buckinghamshire year ending 31 March 2016 (first published)" in entry
    assert "South East year ending 31 March 2016 (revised 2022)" in entry  # it carries the caveat in the text


def test_paper_has_how_many_comparisons_there_are_and_only_those_that_fell(book, monkeypatch):
    pages, paper = book.comparisons().markdown.split('::::: {.content-visible unless-format="html"}')
    made = pages.count("\n:   “")
    assert f"{made} comparisons are made in words. The data bears every one of them out." in pages
    assert ":   “" not in paper and "web page of this appendix" in paper
    fell = Comparison("far above England", False, (Side("Referrals", "England", "2015-16", ""),))
    monkeypatch.setattr(
        type(book), "_compared", lambda self, usage: [fell] if usage.name == "07_neglect" else []
    )
    told = book.comparisons().markdown
    assert "1 comparison is made in words. The data does not bear out 1 of them." in told
    assert told.count("“far above England”. Not borne out by the data. Referrals: England 2015-16.") == 2


def test_a_claim_that_fell_says_so_in_the_list(report):
    told = {"x": '{% claim fact("referrals.count") < 1 %}none{% endclaim %}'}
    found = list(comparisons(report.tracer, Writer(report._tidy, report.edition), told))
    assert [(one.words, one.holds) for one in found] == [("none", False)]
    assert found[0].sides[0].area == "Buckinghamshire"


def test_every_chapter_that_shows_data_has_its_picture(report, book):
    asked = (report.project.notebooks / "a6_sources.ipynb").read_text(encoding="utf8")
    lined = set(re.findall(r'book\.lineage\(\\"(\w+)\\"', asked))
    wanted = {u.name for u in book.chapters.values() if any(figure.tables for figure in u.figures)}
    assert wanted - {"a4_data_quality", "a6_sources"} <= lined


def test_a_chapter_that_shows_no_data_has_words_in_place_of_its_picture_and_asks_for_nothing(
    book, monkeypatch
):
    bare = replace(book.chapters["03_board"], name="00_bare", sections=(), figures=())
    monkeypatch.setitem(book.chapters, "00_bare", bare)
    told = book.lineage("00_bare", key="lineage-bare")
    assert "made from data" in told.markdown and not told.findings


def test_the_picture_says_in_its_table_every_way_that_it_draws(book):
    figure = book.lineage("07_neglect", key="lineage-neglect")
    frame = figure.table.frame
    assert ("official/plans_by_category.csv", "plans_by_category") in set(
        zip(frame["file"], frame["table"], strict=True)
    )
    drawn = figure.svgs["wide"]
    for name in {*frame["table"], *(file.rsplit("/", 1)[-1] for file in frame["file"])}:
        assert name in drawn
    assert not {column for column in figure.table.columns() if column.startswith("_")}


def test_places_in_the_picture_do_not_touch():
    names = [f"figure {n}" for n in range(9)]
    long = "SFR41-2015_Underlying_data.csv"  # as the Department names one: its last letters would lie on the lines
    frame = chains([(name, ["a", "b"]) for name in names], {"a": ["x.csv"], "b": ["y.csv", long]})
    assert "SFR41-2015_Underlying_data.…" in set(frame["_file_said"])
    for column in ("file", "table", "shown"):
        places = sorted(frame.drop_duplicates(column)[f"_{column}_y"])
        assert len(places) == frame[column].nunique()
        assert all(after - before >= 1 for before, after in zip(places, places[1:], strict=False))
    listed = {*frame["_narrow_table"], *frame["_narrow_file"], *frame["_narrow_shown"]}
    assert len(listed) == 2 + 3 + 2 * 9


def test_a_percentage_carries_its_counts_or_says_in_a_sentence_why_it_has_none(cleaned_report):
    silent = []
    for name, definition in facts.definitions().items():
        for area in ("Buckinghamshire", "England", "Statistical neighbours"):
            if definition.unit not in numbers.PERCENT:
                continue
            try:
                trace = cleaned_report.fact(name, area=area).trace()
            except (facts.FactError, NoData):
                continue
            counted = trace.numerator is not None and trace.denominator is not None
            if not (counted or trace.withheld or re.fullmatch(r".* .*[^.]\.", trace.parts)):
                silent.append((name, area, trace.parts))
    assert silent == []


@pytest.mark.parametrize(
    ("fact", "area", "said"),
    [
        ("re_referrals.share_pct", "Buckinghamshire", "1,841 of 6,958"),
        ("conferences.in_15_days_pct", "Buckinghamshire", "516 of 749"),
        ("re_referrals.share_pct", "Statistical neighbours", "mean of the neighbours"),
        ("referrals.rate_per_10000", "Statistical neighbours", "mean of the neighbours"),
        ("two_year_olds.take_up_pct", "Buckinghamshire", "how many could have one"),
        ("transport.price_weight", "Buckinghamshire", "nothing is counted"),
        ("fsm.primary", "Buckinghamshire", "Interactive Tool .* not the counts behind it"),
    ],
)
def test_the_reason_names_the_source_or_what_the_percentage_is(cleaned_report, fact, area, said):
    assert re.search(said, cleaned_report.fact(fact, area=area).trace().parts)


def test_a_number_of_the_neighbours_is_told_as_the_mean_of_its_rows(cleaned_report):
    trace = cleaned_report.fact("two_year_olds.take_up_pct", area="Statistical neighbours").trace()
    (place,) = trace.places
    lines = (ROOT / "data" / "raw" / place.file).read_text(encoding="utf8").splitlines()
    spells = [[int(end) for end in spell.split("–")] for spell in place.rows.split(", ")]
    own = [float(lines[row - 1].split(",")[5]) for ends in spells for row in range(ends[0], ends[-1] + 1)]
    assert len(own) == 10 and trace.value == sum(own) / 10
    assert trace.card()["how"].startswith("the mean of the neighbours")
    assert "as it stands" in cleaned_report.fact("two_year_olds.take_up_pct").trace().card()["how"]


def test_published_counts_beside_a_published_percentage_round_to_it(cleaned_report):
    frame = cleaned_report._tidy["indicators"]
    names = [name for name, row in official.choices().items() if row["numerator"]]
    rows = frame[frame["indicator"].isin(names) & frame["numerator"].notna()]
    made = rows["numerator"] / rows["denominator"] * 100
    assert len(names) == 2 and len(rows) > 10 and ((made - rows["value"]).abs() <= 0.0501).all()
    assert rows["source_rows"].str.count(r"[0-9]+").min() >= 3  # the counts are traced too


def test_counts_of_another_edition_that_do_not_round_to_the_percentage_are_not_put_beside_it():
    named = {"category": "All", "area": "A", "year": "2015-16", "vintage": "first published"}
    counts = pd.DataFrame(
        [named | {"indicator": "part", "value": 26.0, "source_rows": "f#2"}]
        + [named | {"indicator": "whole", "value": 100.0, "source_rows": "f#3"}]
    )
    shares = pd.DataFrame(
        [named | {"value": 26.0, "source_rows": "f#4"}, named | {"value": 26.2, "source_rows": "f#5"}]
    )
    found = official._with_counts(shares, counts, "part", "whole")
    assert found["numerator"].fillna(-1).tolist() == [26.0, -1] and found["source_rows"].tolist()[1] == "f#5"


def test_every_percentage_of_every_card_has_its_counts_or_a_reason(first_build):
    silent, seen = [], 0
    for path in sorted((first_build.built.report.parent / "book").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf8"))["cells"]:
            for output in cell.get("outputs", []):
                figure = output.get("metadata", {}).get("bscb", {}).get("trace", {}).get("figure")
                for card, shown in _cells_of(figure, output) if figure else ():
                    seen += 1
                    silent += (
                        []
                        if card.get("parts") or card.get("withheld")
                        else [(path.name, figure["key"], shown)]
                    )
    assert seen > 300 and silent == []


def _cells_of(figure, output):
    """The cards of a figure's cells that show a percentage, with what is shown."""
    rows = output["data"][MEDIA]["table"]["rows"]
    for place, card in figure["cells"].items():
        row, column = map(int, place.split(","))
        if re.fullmatch(r"[−-]?[\d,.]+%", rows[row][column]):
            yield card, rows[row][column]


def test_a_number_that_the_report_counts_of_itself_says_so_and_what_it_counts(begun_report):
    made = begun_report.table_figure(begun_report.contents(), key="tables", measure="Tables", tables=[])
    told = made.traces["figure"]["cells"]
    rows = made.table.frame["rows"].notna().sum()
    assert len(told) == rows > 40
    card = next(iter(told.values()))
    assert card["how"].startswith("counted by this report of itself") and "tables" not in card
    assert card["definition"]["id"] == "tables" and card["definition"]["counted"][-1].isalpha()


def test_numbers_of_no_table_are_pointed_out(cleaned_report):
    typed = pd.DataFrame({"who": ["One", "Other"], "children": [14, 27]})
    made = cleaned_report.table_figure(typed, key="typed", measure="Typed", tables=[])
    assert [f.message for f in made.findings if f.check == "number"] == [
        "Nothing says where its numbers come from."
    ]
    assert made.traces["figure"]["cells"] == {}
    words = cleaned_report.table_figure(typed[["who"]], key="typed", measure="Typed", tables=[])
    assert not [f for f in words.findings if f.check == "number"]


def test_a_column_is_named_with_spaces_as_readers_see_it(cleaned_report):
    counted = cleaned_report.table("rusafe_clients")["ethnic_group"].astype("str").value_counts()
    shown = counted[counted > 5].rename_axis("group").reset_index(name="clients").assign(of="Ethnic group")
    made = cleaned_report.table_figure(shown, key="tried", measure="Clients", tables=["rusafe_clients"])
    assert made.trace(0, "clients").how == "the number of these rows"


# ---- cells of which the chapter names the source ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def beside(report):
    return report.back_test()


def test_units_of_the_back_test_are_words(beside):
    assert {"per cent", "pounds"} <= set(beside["unit"]) and not {"percent", "GBP"} & set(beside["unit"])


def printed_beside_ours(report, beside, **leads_to):
    """The back-test as the appendix prints it."""
    frame = beside[["label", "category", "published", "ours"]]
    return report.table_figure(frame, key="back-test", measure="Printed", tables=[], leads_to=leads_to)


def test_every_number_of_the_back_test_leads_to_its_fact_or_to_its_row_in_print(report, beside):
    figure = printed_beside_ours(report, beside, published=beside["row_id"], ours=beside["fact_id"])
    shown, cards = figure.table.rows(), figure.traces["figure"]["cells"]
    numbered = {f"{r},{c}" for r, row in enumerate(shown) for c in (2, 3) if re.search(r"\d|\[c\]", row[c])}
    assert set(cards) == numbered and len(numbered) > 600
    for place, (name, row_id) in enumerate(zip(beside["fact_id"], beside["row_id"], strict=True)):
        ours, theirs = figure.trace(place, "ours"), cards.get(f"{place},2")
        if "[c]" in shown[place]:
            assert ours.withheld and ours.numerator is None and ours.value is None
            assert theirs["withheld"] and theirs["rows"] == [["2015-16/board/published_facts.csv", "", ""]]
        else:
            assert ours.text == shown[place][3] and ours.id.split("|")[0] == name
            if theirs:
                assert theirs["rows"] == [
                    ["2015-16/board/published_facts.csv", "", row_id.rpartition("#")[2]]
                ]


def test_a_printed_number_says_where_in_the_printed_report_it_stands(report, beside):
    figure = printed_beside_ours(report, beside, published=beside["row_id"])
    row = list(beside["fact_id"]).index("ethnicity.white")
    trace = figure.trace(row, "published")
    assert trace.text == "86%" and trace.vintage == "" and trace.provenance == "published"
    assert trace.cited == (
        "The printed report, chapter 1 (it begins on page 4), figure 1, line 88 of its plain text",
    )
    assert trace.definition["counted"][-1].isalpha()  # a card ends it with one full stop
    held = rows_of(trace.places[0])
    assert held[0][0] == "ethnicity.white" and "86" in held[0]
    appendix = figure.trace(list(beside["fact_id"]).index("budget.total.base.2015-16"), "published")
    assert "appendix 3 (the appendices begin on page 62)" in appendix.cited[0]


def test_sources_follow_the_rows_of_a_frame_that_was_sorted_and_cut(report, beside):
    some = beside[beside["result"] == "explained"].sort_values("label")
    figure = printed_beside_ours(report, some, ours=beside["fact_id"], published=beside["row_id"])
    seen = [figure.trace(place, "ours").id.split("|")[0] for place in range(len(some))]
    assert seen == list(some["fact_id"])


def test_a_fact_of_another_area_is_given_itself(report):
    name = "referrals.rate_per_10000"
    england = report.fact(name, area="England")
    frame = pd.DataFrame({"what": ["Rate"], "ours": [576.7], "england": [england.text]})
    figure = report.table_figure(
        frame, key="k", measure="M", tables=[], decimals=1, leads_to={"ours": [name], "england": [england]}
    )
    assert [figure.trace(0, name).area for name in ("ours", "england")] == ["Buckinghamshire", "England"]
    assert figure.trace("Rate", "england").text == "532.2"


@pytest.mark.parametrize(
    ("leads_to", "said"),
    [
        ({"ours": ["referrals.count"]}, "cell says '576.7', and fact 'referrals.count' is"),
        ({"ours": ["2015-16/board/published_facts.csv#2"]}, "says '576.7', and row .*#2 has no 576.7"),
        ({"ours": ["2015-16/board/published_facts.csv#9999"]}, "No processed table has"),
        ({"ours": ["a", "b"]}, "'ours' has 2 sources for 1 rows"),
        ({"other": ["referrals.count"]}, "no column 'other'. The table has: what, ours"),
        ({"ours": ["referrals.cuont"]}, "referrals.count"),
    ],
)
def test_a_source_that_does_not_say_what_the_cell_says_stops_the_chapter(report, leads_to, said):
    frame = pd.DataFrame({"what": ["Rate"], "ours": ["576.7"]})
    with pytest.raises((TraceError, facts.FactError), match=said):
        _ = report.table_figure(frame, key="k", measure="M", tables=[], leads_to=leads_to).traces


def test_what_the_audit_holds_against_each_other_leads_to_rows_that_hold_it(report):
    found = report.audit()
    frame = found[["row", "said", "computed"]]
    leads_to = {"said": found["said_from"], "computed": found["computed_from"]}
    figure = report.table_figure(frame, key="k", measure="M", tables=[], leads_to=leads_to)
    told = figure.traces["figure"]["cells"]
    numbered = {
        f"{r},{c}" for r, row in enumerate(figure.table.rows()) for c in (1, 2) if re.search(r"\d", row[c])
    }
    sides = {1: found["said_from"], 2: found["computed_from"]}
    typed = {f"{place},{c}" for c, side in sides.items() for place, of in enumerate(side) if of is None}
    unled = numbered - set(told)
    assert unled <= typed and len(unled) < 10  # a check against a number of audit.csv, such as 100
    parts = list(found["id"]).index("contributions-total-2015-16")
    added = figure.trace(parts, "computed")
    assert added.how.startswith("worked out") and added.text == "301,360"
    base = [
        row[4] for place in added.places for row in rows_of(place)
    ]  # column E: base contributions of the year
    assert sum(numbers_in(filter(None, base))) == 301360


def test_what_is_no_part_of_a_whole_says_how_its_two_numbers_make_it(traces):
    made = {"change_pct": [], "difference": [], "mean": []}
    for trace in traces.values():
        if trace.way in made and trace.parts:
            one, other = (float(found.replace(",", "")) for found in numbers.numerals(trace.parts))
            made[trace.way].append((trace, one, other))
            assert dict(trace.lines())["Made from"] == trace.parts
    for trace, before, after in made["change_pct"]:
        assert trace.parts.startswith("from ") and 100 * (after / before - 1) == pytest.approx(trace.value)
    for trace, whole, less in made["difference"]:
        assert " less " in trace.parts and whole - less == pytest.approx(trace.value)
    for trace, whole, by in made["mean"]:
        assert whole / by == pytest.approx(trace.value)
    assert made["change_pct"] and made["mean"]


def test_numbers_written_as_text_that_lead_nowhere_are_pointed_out(report):
    frame = pd.DataFrame({"who": ["One", "Other", "Third"], "year": ["2014", "2015", None]})
    frame["told"] = ["14%", None, "27%"]
    made = report.table_figure(frame, key="k", measure="M", tables=["standards"])
    assert [(f.check, f.column) for f in made.findings if "as text" in f.message] == [("number", "told")]
    named = report.table_figure(
        frame, key="k", measure="M", tables=["standards"], leads_to={"told": [None] * 3}
    )
    assert not [f for f in named.findings if "as text" in f.message]


# ---- other editions --------------------------------------------------------------------------------------------------


def test_a_restated_number_says_what_the_other_editions_have(report, traces):
    """Read again from the raw file: the other edition's row holds the number that the card gives."""
    with (ROOT / "data" / "raw" / "official" / "children_in_need.csv").open(
        encoding="utf-8-sig", newline=""
    ) as lines:
        rows = list(csv.DictReader(lines))
    (later,) = [
        row["value"]
        for row in rows
        if row["indicator"] == "referrals_rate_per_10000"
        and (row["area"], row["period"]) == ("Buckinghamshire", "year ending 31 March 2016")
        and row["vintage"] == "revised 2022"
    ]
    trace = traces["referrals.rate_per_10000"]
    assert trace.vintage == "first published" and trace.text != numbers.write(float(later), "", 1)
    assert trace.editions[0].startswith(
        f"Restated later: {numbers.write(float(later), '', 1)}, revised 2022 (Department"
    )
    assert trace.card()["editions"] == list(trace.editions) and "Other editions: Restated" in str(trace)
    assert traces["population.age.0-4"].editions == ()


def test_a_later_edition_says_what_it_replaced_and_another_publisher_is_not_taken_for_a_later_one():
    same = {"indicator": "i", "category": "All", "area": "A", "period": "p", "unit": "children"}
    told = [
        ("first published", 443.0),
        ("published 2018", 438.0),
        ("revised 2022", 438.0),
        ("needs assessment", 450.0),
    ]
    frame = pd.DataFrame(
        [
            same | {"value": v, "vintage": name, "source": name, "row_id": f"f#{n}"}
            for n, (name, v) in enumerate(told)
        ]
        + [same | {"area": "B", "value": 1.0, "vintage": "first published", "source": "s", "row_id": "f#9"}]
    )
    known = editions.editions_of(frame)
    assert set(known) == {"f#0", "f#1", "f#2", "f#3"}  # the ninth is stated once
    said = {row: list(editions.in_words(*known[row], numbers.plain, str.title)) for row in known}
    assert said["f#0"][0] == "Restated later: 438, published 2018 (Published 2018)."
    assert said["f#2"] == [
        "It replaces 443, first published (First Published).",
        "Another publication has 450, needs assessment (Needs Assessment).",
    ]
    assert all(words.startswith("Another publication has") for words in said["f#3"])
    assert editions.editions_of(frame.drop(columns="vintage")) == {}


def test_a_point_of_a_chart_of_a_restated_year_says_so(report):
    chart = report.comparison("referrals_rate_per_10000", "Referrals per 10,000 children")
    figure = report.figure(chart, "rates", "Rates", "Rates by year", ["children_in_need"], decimals=1)
    assert (
        figure.trace("2015-16", "Buckinghamshire").editions
        == report.fact("referrals.rate_per_10000").trace().editions
    )
