"""Editions made from official figures alone: another area, a year without returns, and what they may not say."""

import json
import re
import shutil
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from conftest import ROOT
from test_releases import BUCKS_2016, in_need_text, save

from bscbdata import worked
from bscbdata.build import national
from bscbdata.build.clean import clean, examine
from bscbdata.build.official_chapters import settle_chapters, without_empty_sections, without_unasked
from bscbdata.build.run import build
from bscbdata.checking import overview
from bscbdata.findings import DataStop
from bscbdata.gaps import NoData, Shown, of_table
from bscbdata.indicators import official
from bscbdata.indicators.long_table import compute_all
from bscbdata.period import ReportYear
from bscbdata.places import ALONE, NEIGHBOURS, Project
from bscbdata.prose import edition_commentary, load_commentary
from bscbdata.prose.tools import Tools
from bscbdata.prose.writer import Writer
from bscbdata.provenance import write_origin
from bscbdata.reports.report import Report
from bscbdata.tables import read_all

pytestmark = pytest.mark.usefixtures("one_parent")

YEAR = ReportYear(2015)
LEEDS_2016 = BUCKS_2016 | {
    "geog_c": "383",
    "new_la_code": "E08000035",
    "geog_n": "Leeds",
    "CINAt310316": "5,001",
}
BOOK = ("index", "01_county_and_children", "02_journey", "03_board", "07_neglect")
RELEASE = "official/releases/2015-16/SFR52_2016_UD.csv"


@pytest.fixture(scope="module")
def england(tmp_path_factory):
    """A project with a book of five chapters, official figures, and one published file that has Leeds."""
    root = tmp_path_factory.mktemp("england")
    shutil.copytree(ROOT / "data" / "raw", root / "data" / "raw")
    shutil.copy(ROOT / "data" / "corrections.yml", root / "data")
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    chapters = "".join(f"    - {name}.ipynb\n" for name in BOOK)
    settings = (ROOT / "_quarto.yml").read_text(encoding="utf8")
    short = re.sub(r"  chapters:\n.*?\nexecute", f"  chapters:\n{chapters}\nexecute", settings, flags=re.S)
    (root / "_quarto.yml").write_text(short, encoding="utf8")
    folder = root / "data" / "raw" / "official" / "releases" / "2015-16"
    folder.mkdir(parents=True)
    path = save(folder, "SFR52_2016_UD.csv", in_need_text("2015-16", [LEEDS_2016]))
    said = {"publisher": "A publisher", "title": "Children in need", "licence": "OGL-3.0", "vintage": ""}
    write_origin(path, **said, published="", accessed="2016-11-01", provenance="official")
    return Project(root)


def of(england, area, year=YEAR):
    project = Project(england.root, area=area)
    national.prepare(project)
    return national.of_edition(project, project.edition(year))


def test_an_edition_has_the_rows_of_its_area_and_of_what_it_is_compared_with_and_no_others(england):
    found = of(england, "Surrey")
    edition = Project(england.root, area="Surrey").edition(YEAR)
    allowed = {"Surrey", *edition.neighbours, "South East", "England", "England and Wales"}
    assert {area for frame in found.values() if "area" in frame for area in frame["area"]} <= {
        *allowed,
        NEIGHBOURS,
    }
    assert set(found["indicators"]["area"]) & set(edition.neighbours) == set(), (
        "neighbours only by their mean"
    )
    listed = found["statistical_neighbours"]
    assert list(listed["area"]) == list(edition.neighbours)
    assert set(listed["row_id"]) == {"official/neighbours_of_authorities.csv"}, "the file that names them"


def test_the_neighbours_of_an_area_are_its_own(england):
    rates = of(england, "Surrey")["children_in_need"]
    rates = rates[
        (rates["indicator"] == "referrals_rate_per_10000") & (rates["period"] == "year ending 31 March 2016")
    ]
    rates = rates[rates["vintage"] == "first published"].set_index("area")["value"]
    neighbours = Project(england.root, area="Surrey").edition(YEAR).neighbours
    mean = rates.reindex(neighbours).dropna()
    shown = of(england, "Surrey")["indicators"]
    shown = shown[(shown["indicator"] == "referrals_rate_per_10000") & (shown["year"] == "2015-16")]
    assert len(mean) >= 5
    assert shown.set_index("area").loc[NEIGHBOURS, "value"] == pytest.approx(mean.mean())


def test_no_mean_is_shown_when_fewer_than_half_of_the_neighbours_are_published():
    columns = ["indicator", "category", "year", "period", "unit", "vintage", "provenance", "table"]
    same = dict.fromkeys(columns, "x") | {"unit": "percent", "status": "shown", "source_rows": "t.csv#2"}
    rows = pd.DataFrame(
        [{**same, "area": area, "value": 10.0, "numerator": 1.0, "denominator": 2.0} for area in "AB"]
    )
    assert NEIGHBOURS in set(official.with_neighbours(rows, list("ABCD"))["area"])
    assert NEIGHBOURS not in set(official.with_neighbours(rows, list("ABCDE"))["area"])


def test_an_area_of_the_publishers_file_gets_its_numbers_in_our_words_with_their_place(england):
    found = of(england, "Leeds")
    row = found["children_in_need"]
    row = row[(row["indicator"] == "children_in_need") & (row["area"] == "Leeds")].iloc[0]
    assert (row["value"], row["unit"], row["provenance"]) == (5001, "children", "official")
    assert re.fullmatch(re.escape(RELEASE) + r"#\d+", row["row_id"])
    shown = found["indicators"]
    assert shown[(shown["indicator"] == "children_in_need") & (shown["area"] == "Leeds")]["source_rows"].iloc[
        0
    ]


def test_a_computed_value_is_missing_for_the_reason_its_parts_are():
    """A base that is withheld, one of nothing, and one that is there."""
    same = {"category": "All", "period": "year ending 31 March 2016", "year": "2015-16"}
    same |= {"vintage": "first published", "unit": "n", "provenance": "official", "status": "shown"}
    pairs = [("A", 8.0, None), ("B", 0.0, 0.0), ("C", 5.0, 10.0)]
    top = [
        {**same, "indicator": "initial_child_protection_conferences", "area": a, "value": n}
        for a, n, _ in pairs
    ]
    base = [{**same, "indicator": "section_47_enquiries", "area": a, "value": n} for a, _, n in pairs]
    base[0]["status"] = "confidential"
    frame = pd.DataFrame([*top, *base]).assign(source_rows="f.csv#2")
    made = official.ratio(official.ratios()["section_47_conversion_pct"], {"children_in_need": frame})
    made = made.set_index("area")
    assert dict(made["status"]) == {"A": "confidential", "B": "not_applicable", "C": "shown"}
    assert made["value"].isna().tolist() == [True, True, False]


def test_a_looked_after_rate_is_worked_out_where_none_is_published_and_there_alone(england):
    """The number over the population that children in need imply; where a rate is published too, ours is within one of it."""
    tables = {name: official.with_rows(frame) for name, frame in read_all(national.folder(england)).items()}
    made = official.looked_after_rate_not_published(tables)
    published = official._rates_published(tables)
    assert not set(official._area_and_year(made)) & set(official._area_and_year(published))
    cla = tables["children_looked_after"]
    unpublished = tables | {"children_looked_after": cla[cla["indicator"] == "children_looked_after"]}
    every = official.looked_after_rate_not_published(unpublished)
    both = every.merge(published, on=["area", "year"], suffixes=("", "_published"))
    both = both[both["year"].isin(["2013-14", "2014-15", "2015-16"])]
    assert len(both) > 30 and (both["value"] - both["value_published"]).abs().max() <= 1


@pytest.mark.parametrize(
    ("area", "words"),
    [("Isles of Scilly", "the Isles of Scilly"), ("Bristol, City of", "Bristol"), ("Leeds", "Leeds")],
)
def test_an_area_stands_in_the_title_as_one_says_it(england, area, words):
    edition = Project(england.root, area=area).edition(YEAR)
    assert edition.board == f"Safeguarding children in {words}" and edition.area == area


def test_an_area_without_neighbours_is_compared_with_its_region_and_england(england):
    edition = Project(england.root, area="City of London").edition(YEAR)
    assert edition.neighbours == () and edition.comparison_areas == ("City of London", "London", "England")
    writer = Writer(
        of(england, "Leeds"), replace(Project(england.root, area="Leeds").edition(YEAR), neighbours=()), True
    )
    text = "The list has {{ beside }}.\n\nHere {{ fact('referrals.rate_per_10000', area='Statistical neighbours') }}."
    said = writer.render(text, "x")
    assert "has none for it" in said and "neighbours." not in said.replace("neighbours has", ""), (
        "no box for what cannot be"
    )


def test_what_comes_first_is_not_said_when_too_much_is_withheld():
    same = {
        "indicator": "children_in_need_by_primary_need_pct",
        "area": "Leeds",
        "year": "2015-16",
        "unit": "percent",
    }
    same |= {"table": "primary_need", "period": "31 March 2016", "provenance": "official", "numerator": None}
    edition = SimpleNamespace(area="Leeds", year=YEAR)

    def first(*shares):
        rows = [same | {"category": name, "value": n} for name, n in zip("ABC", shares, strict=True)]
        return Tools({"indicators": pd.DataFrame(rows)}, edition).highest(same["indicator"])

    assert first(60.0, 10.0, None) == "A" and first(30.0, 25.0, 45.0) == "C"
    with pytest.raises(NoData, match="Too much of it is withheld"):
        first(30.0, 10.0, None)


def test_the_months_of_a_year_stand_in_their_order(england):
    months = of(england, "Buckinghamshire", ReportYear(2012))["indicators"]
    months = months[(months["indicator"] == "referrals_by_month") & (months["area"] == "Buckinghamshire")]
    named = list(months.loc[months["year"] == "2012-13", "category"])
    assert named == [day.strftime("%B") for day in ReportYear(2012).months]


def test_what_our_tables_hold_is_not_taken_from_the_files_again(england):
    own = of(england, "Buckinghamshire", ReportYear(2014))["children_in_need"]
    assert not own.duplicated(["indicator", "category", "area", "period", "vintage"]).any()


@pytest.mark.parametrize(("area", "year"), [("Rutland", 2015), ("Leeds", 2012)])
def test_an_area_or_year_without_official_figures_is_refused_and_told_what_to_do(england, area, year):
    with pytest.raises(DataStop, match=f"no official figure of {area} in .*data/raw/official/releases"):
        of(england, area, ReportYear(year))


def test_another_area_gets_no_word_that_the_authors_wrote(england):
    edition = Project(england.root, area="Surrey").edition(YEAR)
    own = load_commentary(england.raw / YEAR.label / "commentary")
    words = edition_commentary(england, edition)
    assert not {text for text, _ in words.values()} & {text for text, _ in own.values()}
    assert not any("Buckinghamshire" in text or "claim" in text for text, _ in words.values())


def test_an_edition_of_official_figures_defines_what_they_tell_and_nothing_that_local_returns_alone_could(
    england,
):
    report = Report(england, Project(england.root, area="Surrey").edition(YEAR))
    report.__dict__["_tidy"] = of(england, "Surrey")
    for table in (report.definitions(), report.worked_examples()):
        assert "Referrals per 10,000 children" in set(table["title"])
        assert not table["title"].str.contains("M-SERAC|R U Safe").any()
        assert not table.isna().any(axis=None) and not table.eq("").any(axis=None), (
            "what does not apply is said so"
        )


@pytest.fixture(
    scope="module", params=[("Surrey", 2015), ("", 2012)], ids=["another area", "an earlier year"]
)
def made(request, england):
    """An edition built whole: its project, year and what it says, page by page."""
    area, first = request.param
    project, year = Project(england.root, area=area), ReportYear(first)
    built = build(project, year, renderer="embedded")
    pages = {path.stem: path.read_text(encoding="utf8") for path in built.report.glob("*.html")}
    return project.edition(year), built, pages


def test_it_is_built_where_it_belongs_and_says_what_it_is_made_from(made):
    edition, built, pages = made
    assert edition.official_alone and f"Safeguarding children in {edition.area}" in pages["index"]
    assert "made from official figures alone" in pages["index"] and "Official statistics" in pages["index"]
    assert ("areas/surrey" in built.report.as_posix()) == (edition.area == "Surrey")


def test_a_chapter_of_local_returns_says_so_and_has_nothing_else(made):
    edition, built, pages = made
    assert "03_board" not in built.executed
    said = re.sub("<[^>]+>", "", pages["03_board"])
    assert f"Nothing of it is here for {edition.area} in {edition.year}" in said
    assert 'class="figure-body"' not in pages["03_board"]


def test_its_pages_hold_its_own_numbers_and_nothing_of_another_edition(made):
    edition, _, pages = made
    text = " ".join(re.sub(r"<[^>]+>", " ", page) for page in pages.values())
    assert "Gosling-Thomas" not in text and "Ofsted" not in text and "our county" not in text.lower()
    assert not re.search("Our (Board|performance)|our Board", text), "in the drawings of the sources too"
    if edition.area == "Surrey":
        assert not re.search("Buckinghamshire|Wycombe|Aylesbury|Chiltern", text)
    assert (
        f'data-area="{edition.area}"' in pages["07_neglect"] and "The area and its children" in pages["index"]
    )
    assert "claim-failed" not in text and not re.search(r"\[the data does not", text)
    assert "Nobody has written" not in text, "an edition of official figures alone waits for no author"


def test_its_gaps_are_in_the_pages_and_are_no_open_findings(made):
    _, built, pages = made
    assert "callout" in pages["01_county_and_children"]
    assert not [name for name, page in pages.items() if "Not returned" in page], (
        "nobody was asked for a return"
    )
    # the files of a book as short as this one show numerals that its pages do not happen to have
    told = [found for found in built.findings if found.file.endswith((".html", ".ipynb")) or not found.file]
    assert not [found for found in told if found.check in ("gap", "claim", "number", "outstanding")]


def test_its_proof_and_its_record_speak_of_it_alone(made):
    edition, built, _ = made
    record = json.loads((built.report.parent / "run.json").read_text(encoding="utf8"))
    assert record["parameters"]["area"] == edition.area
    assert not [entry["file"] for entry in record["inputs"] if not entry["file"].startswith("official/")]
    assert (built.report.parent / "withheld.csv").exists()


# ---- another board ---------------------------------------------------------------------------------------------------

BOARD = '[year]\nlabel = "2015-16"\n\n[board]\nname = "Leeds board"\n\n[area]\nname = "Leeds"\n'


@pytest.fixture(scope="module")
def board(england, tmp_path_factory):
    """A project whose own area is Leeds: one file of settings, official figures, and no returns yet."""
    root = tmp_path_factory.mktemp("board")
    shutil.copytree(england.raw / "official", root / "data" / "raw" / "official")
    shutil.copy(england.root / "_quarto.yml", root)
    (root / "data" / "raw" / "2015-16").mkdir()
    (root / "data" / "raw" / "2015-16" / "year.toml").write_text(BOARD, encoding="utf8")
    return Project(root)


def test_another_board_has_its_own_numbers_and_neighbours_from_one_file(board):
    edition = board.edition(YEAR)
    assert (edition.board, edition.region) == (
        "Leeds board",
        "Yorkshire and The Humber",
    ) and not edition.official_alone
    clean(board, YEAR)
    tidy = read_all(board.processed(YEAR))
    assert tuple(official.model_of(tidy["statistical_neighbours"])["area"]) == edition.neighbours
    own = tidy["indicators"][tidy["indicators"]["area"] == "Leeds"]
    assert own.loc[own["indicator"] == "children_in_need", "value"].tolist() == [5001]


@pytest.mark.parametrize(
    ("area", "line", "word"),
    [("Surrey", "", "county"), ("Camden", "", "borough"), ("Leeds", "", "area"), ("Leeds", 'called = "city"', "city")],
)  # fmt: skip
def test_a_boards_own_headings_call_its_area_what_it_is(tmp_path, area, line, word):
    project = Project(tmp_path)
    (project.raw / "2015-16").mkdir(parents=True)
    settings = BOARD.replace('"Leeds"', f'"{area}"') + line
    (project.raw / "2015-16" / "year.toml").write_text(settings, encoding="utf8")
    edition, book = project.edition(YEAR), tmp_path / "book"
    book.mkdir()
    drawn = {
        "cell_type": "code",
        "source": '#| fig-cap: "From file to figure: our county and our children"\n',
        "outputs": [],
    }
    for name, cells in {
        "01_county_and_children": [
            words("# Our county and our children {#sec-county}"),
            words("Our county is flat."),
        ],
        "a6_sources": [
            words("# Sources {#sec-sources}"),
            words("### Our county and our children {#sec-l}"),
            drawn,
        ],
    }.items():
        (book / f"{name}.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf8")
    settle_chapters(edition, book)
    text = {path.stem: path.read_text(encoding="utf8") for path in book.glob("*.ipynb")}
    assert f"# Our {word} and our children {{#sec-county}}" in text["01_county_and_children"]
    assert "Our county is flat." in text["01_county_and_children"], "what somebody wrote stays"
    assert f"### Our {word} and our children {{#sec-l}}" in text["a6_sources"]
    assert f"From file to figure: our {word} and our children" in text["a6_sources"]


def test_what_is_counted_from_returns_is_of_the_boards_own_area(cleaned_report):
    tables = {name: frame for name, frame in cleaned_report._tidy.items() if name != "indicators"}
    frame = compute_all(tables, "2015-16", "Leeds")
    counted = frame[frame["provenance"] != "official"]
    assert "Leeds" in set(counted["area"]) and "Buckinghamshire" not in set(counted["area"])
    assert "Buckinghamshire" in set(frame["area"])


def test_a_board_that_begins_does_not_say_that_it_is_made_from_official_figures_alone(board):
    words = edition_commentary(board, board.edition(YEAR))
    assert "front-door" in words and not {"foreword", "about"} & set(words)
    assert not any("official figures alone" in text for text, _ in words.values())


def test_a_board_without_any_return_is_told_what_to_ask_for(board):
    found = overview(examine(board, YEAR), board, YEAR)
    assert sum(len(agency.outstanding) for agency in found.agencies) > 40 and found.count("failure") == 0


# ---- sections of which nothing is there ------------------------------------------------------------------------------


def test_the_sources_of_another_area_list_no_return_of_this_one(cleaned_report):
    alone = replace(cleaned_report.edition, status=ALONE)
    report = type(cleaned_report)(cleaned_report.project, alone)
    report.__dict__["_tidy"] = cleaned_report._tidy
    assert report.book().sources("2015-16").markdown == ""
    assert "official/absence.csv" in report.book().sources("official").markdown
    assert "outcomes.xlsx" in cleaned_report.book().sources("2015-16").markdown


def test_the_reform_of_a_council_is_told_of_its_area_from_its_year_on_alone():
    assert "one council" in worked.broken_everywhere("Buckinghamshire", "2020-21")
    assert worked.broken_everywhere("Buckinghamshire", "2015-16") == ""
    assert worked.broken_everywhere("Rutland", "2020-21") == ""


def test_the_standard_words_tell_this_years_numbers_where_last_years_are_missing_and_name_nothing_local():
    folder = ROOT / "src" / "bscbdata" / "definitions" / "standard_words"
    for path in sorted(folder.glob("*.md")):
        text = path.read_text(encoding="utf8")
        assert not re.search("First Response|Buckinghamshire|R U Safe|county", text), path.name
        for paragraph in re.split(r"\n\s*\n|\n(?=- )", text):
            if re.search(r"change\(|previous_year", paragraph):
                assert paragraph.startswith("- ") and paragraph.count("fact(") <= 1, paragraph


def test_gaps_call_a_borough_a_borough(cleaned_report):
    edition = replace(cleaned_report.edition, status=ALONE, called="borough")
    assert of_table("county_profile", edition).what == "The borough and its children"
    assert edition.worded("paid by the county council") == "paid by the county council"


def words(text):
    return {"cell_type": "markdown", "source": text}


def shown(text):
    return {"cell_type": "code", "source": "x", "outputs": [{"data": {"text/markdown": text}}]}


def test_a_heading_under_which_nothing_is_shown_is_left_out_and_no_other():
    cells = [
        words("# Title {#sec-a}"),
        words("## Empty {#sec-b}"), shown(""), {"cell_type": "code", "source": "x", "outputs": []},
        words("## Holds an empty one"), words("### Empty too"), shown(" \n"),
        words("## Has a figure"), {"cell_type": "code", "source": "x", "outputs": [{"data": {"text/html": "<svg>"}}]},
        words("## Has a part"), words("### With words"), shown("Words."),
        words("## With a line below\n\nA line."),
    ]  # fmt: skip
    kept = [cell["source"] for cell in without_empty_sections(cells) if cell["cell_type"] == "markdown"]
    assert kept == [
        "# Title {#sec-a}", "## Has a figure", "## Has a part", "### With words", "## With a line below\n\nA line.",
    ]  # fmt: skip
    assert sum(cell["cell_type"] == "code" for cell in without_empty_sections(cells)) == 5
    assert cells[1]["source"] == "## Empty {#sec-b}", "what was given stays as it was"


def not_there(name, edition):
    """A cell as it is executed where a table is not there."""
    data, metadata = Shown((of_table(name, edition),))._repr_mimebundle_()
    output = {"data": data, "metadata": metadata}
    return {"cell_type": "code", "source": f"#| label: tbl-{name}", "outputs": [output]}


def test_a_table_of_what_the_year_does_not_ask_for_is_left_out_with_the_fold_around_it():
    edition = Project(ROOT).edition(ReportYear(2012))
    unasked, lacking = not_there("published_facts", edition), not_there("attendance", edition)
    assert not unasked["outputs"][0]["metadata"]["bscb"]["findings"], "nobody need look for it"
    fold, end = words("::: {.callout-note}"), words(":::")
    stays = [fold, lacking, end, fold, words("W."), end]
    cells = [words("## Errata"), unasked, fold, unasked, end, *stays]
    assert without_unasked(cells) == [words("## Errata"), *stays]
