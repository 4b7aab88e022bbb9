"""The proof over an edition: figures, sentences, last year's report and official tables, read together."""

import json
from dataclasses import replace
from itertools import product

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from bscbdata import disclosure, facts
from bscbdata.build import corrected, other_years, proving, told
from bscbdata.build import final as final_edition
from bscbdata.build.told import Sum
from bscbdata.disclosure import CountTable, DisclosureError, Link, Part
from bscbdata.findings import SMALL
from bscbdata.indicators import returns
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.prose import WITHHELD
from bscbdata.reports.report import Report

YEAR = ReportYear(2015)
EDITION = Project(ROOT).edition(YEAR)
HERE = "2015-16/childrens_social_care/placements.xlsx"


def placements(parents=3, independent=7):
    counts = {
        "Residential care": 83,
        "Agency foster carer": 195,
        "Local authority foster carer": 83,
        "Independent living": independent,
        "With parents": parents,
    }
    frame = pd.DataFrame(
        {"placement": list(counts), "children": pd.array(list(counts.values()), dtype="Int64")}
    )
    return frame.assign(row_id=[f"{HERE}#{n}" for n in range(5)], provenance="published")


def episodes(counts):
    """Missing episodes by district and quarter of the year, from a row of counts for each quarter."""
    districts = ["Aylesbury Vale", "Chiltern", "South Bucks", "Wycombe"]
    rows = [
        (district, f"2015-16 Q{quarter}", count)
        for quarter, row in enumerate(counts, 1)
        for district, count in zip(districts, row, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["district", "quarter", "episodes"]).astype({"episodes": "Int64"})
    return frame.assign(row_id=[str(n) for n in range(len(frame))], provenance="illustrative")


def a_report(**tables):
    report = Report(Project(ROOT), EDITION)
    report.__dict__["_tidy"] = tables
    return report


def book(folder, *shown):
    """A folder with one executed notebook that shows these figures and texts."""
    outputs = []
    for each in shown:
        data, extra = each._repr_mimebundle_()
        outputs.append({"output_type": "display_data", "data": data, "metadata": extra})
    folder.mkdir(exist_ok=True)
    cells = [{"cell_type": "code", "source": "", "outputs": outputs}]
    (folder / "chapter.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf8")
    return folder


def past_the_gate(report, frame):
    """The same frame, which the look at a single figure would refuse: what is tried here is the proof of all together."""
    report._check_worked_out = lambda *_: None
    return frame


def placements_figure(report, frame=None):
    if frame is None:
        shown = report.protect(report.table("placements"), "children", ["placement"])
    else:
        shown = past_the_gate(report, frame)
    columns = ["placement", "children", "status"]
    return report.table_figure(shown[columns], key="placements", measure="Children", tables=["placements"])


def text(report, words):
    report.__dict__["commentary"] = {"said": (words, "said.md")}
    return report.prose("said")


def proved(folder, report, *shown, others=()):
    return proving.prove(proving.gather(book(folder, *shown)), report._tidy, EDITION, others)


def failures(proof):
    return [f for f in proof.findings if f.result == "failure"]


def test_a_protected_table_passes_and_its_intervals_are_told(tmp_path):
    report = a_report(placements=placements())
    proof = proved(tmp_path, report, placements_figure(report))
    assert failures(proof) == []
    told = proof.intervals.set_index("cell")
    assert list(told["lowest"]) == [0, 0] and list(told["highest"]) == [10, 10]
    assert "placements: placement With parents" in told.index


@pytest.mark.parametrize(
    "words",
    [
        'There were {{ fact("cla.independent") }} who lived alone.',
        'Over five {% claim fact("cla.independent") > 5 %}lived alone{% endclaim %}.',
        'Their number {{ "was high" if fact("cla.independent") > 6 else "was low" }}.',
    ],
)
def test_a_sentence_that_prints_or_weighs_a_partner_gives_the_small_count_away(tmp_path, words):
    report = a_report(placements=placements())
    found = failures(proved(tmp_path, report, placements_figure(report), text(report, words)))
    said = " ".join(map(str, found))
    assert "placement With parents: it can be worked out that it is 3" in said
    assert "fact cla.independent" in said and "Withhold a partner" in said


def test_what_the_notebook_fetches_is_taken_to_be_told(tmp_path):
    report = a_report(placements=placements())
    report.fact("cla.independent")
    assert failures(proved(tmp_path, report, placements_figure(report)))


def test_a_sentence_about_a_number_that_is_shown_gives_nothing_away(tmp_path):
    report = a_report(placements=placements())
    said = text(report, 'There were {{ fact("cla.residential") }}.')
    assert failures(proved(tmp_path, report, placements_figure(report), said)) == []


def test_a_table_withheld_by_hand_and_too_little_is_found(tmp_path):
    report = a_report(placements=placements())
    frame = report.table("placements")
    frame["children"] = frame["children"].mask(frame["children"] == 3)
    frame["status"] = frame["children"].isna().map({True: "confidential", False: "shown"})
    (found,) = failures(proved(tmp_path, report, placements_figure(report, frame)))
    assert "With parents" in found.message and "is 3" in found.message


def test_an_official_table_of_the_same_cells_is_known_too(tmp_path):
    official = pd.DataFrame(
        {
            "indicator": "children_looked_after_by_placement",
            "category": ["Placed with parents", "Foster placements"],
            "area": EDITION.area,
            "year": "2015-16",
            "vintage": "first published",
            "status": "shown",
            "value": [7.0, 300.0],
            "provenance": "official",
        }
    )
    report = a_report(placements=placements(parents=7, independent=3), children_looked_after=official)
    (first, *_) = failures(proved(tmp_path, report, placements_figure(report)))
    assert "Independent living: it can be worked out that it is 3" in first.message
    assert "as the Department for Education published them" in first.message


def missing_figure(report, frame=None):
    shown = frame
    if shown is None:
        shown = report.protect(report.table("missing_episodes"), "episodes", ["quarter", "district"])
    columns = ["quarter", "district", "episodes", "status"]
    return report.table_figure(shown[columns], key="missing", measure="Episodes", tables=["missing_episodes"])


def indicator_rows(frame):
    return pd.DataFrame(
        {
            "indicator": "missing_episodes_by_district",
            "category": frame["district"],
            "area": EDITION.area,
            "year": "2015-16",
            "period": frame["quarter"],
            "value": frame["episodes"].astype("float64"),
            "numerator": float("nan"),
            "denominator": float("nan"),
            "unit": "episodes",
            "vintage": "",
            "status": "shown",
            "provenance": "illustrative",
            "table": "missing_episodes",
        }
    )


QUARTERS = [[40, 30, 20, 60], [41, 31, 21, 61], [42, 32, 22, 62], [4, 8, 23, 63]]


def missing_report(least=4):
    tables = {"missing_episodes": episodes([*QUARTERS[:3], [least, *QUARTERS[3][1:]]]), "indicators": None}
    tables["indicators"] = indicator_rows(tables["missing_episodes"])
    return a_report(**tables)


def by_hand(report, *districts):
    """The figure with these districts of the last quarter withheld, whatever the rules would do."""
    frame = report.table("missing_episodes")
    withheld = frame["quarter"].eq("2015-16 Q4") & frame["district"].isin(districts)
    frame["episodes"] = frame["episodes"].mask(withheld)
    frame["status"] = withheld.map({True: "confidential", False: "shown"})
    return missing_figure(report, past_the_gate(report, frame))


def test_the_name_of_the_lowest_narrows_what_is_withheld(tmp_path):
    report = missing_report(least=6)  # the lowest is not named where it is a few
    figure = by_hand(report, "Aylesbury Vale", "Chiltern")
    silent = proved(tmp_path, report, figure).intervals
    assert list(silent["highest"]) == [float("inf")] * 2
    said = text(report, 'Fewest were in {{ lowest("missing_episodes_by_district") }}.')
    told = proved(tmp_path, report, figure, said).intervals.set_index("cell")
    # the lowest shown
    assert told.loc["missing: quarter 2015-16 Q4, district Aylesbury Vale", "highest"] == 20


def test_the_name_of_the_lowest_is_told_of_the_parts_where_their_total_stands_beside_them(tmp_path):
    report = missing_report(least=6)  # the lowest is not named where it is a few
    of_all = report.table("indicators").drop_duplicates("period").assign(category="All", value=500)
    report._tidy["indicators"] = pd.concat([report.table("indicators"), of_all], ignore_index=True)
    figure = by_hand(report, "Aylesbury Vale", "Chiltern")
    said = text(report, 'Fewest were in {{ lowest("missing_episodes_by_district") }}.')
    told = proved(tmp_path, report, figure, said).intervals.set_index("cell")
    assert told.loc["missing: quarter 2015-16 Q4, district Aylesbury Vale", "highest"] == 20


def test_a_value_of_a_series_is_an_equation_too(tmp_path):
    report = missing_report()
    figure = by_hand(report, "Aylesbury Vale", "Chiltern")
    said = text(report, 'There were {{ last("missing_episodes_by_district", "Chiltern") }} there.')
    (found,) = failures(proved(tmp_path, report, figure, said))
    assert "district Chiltern: it can be worked out that it is 8" in found.message
    assert "the value of missing_episodes_by_district" in found.message


def test_last_years_report_that_printed_the_cell_gives_it_away(tmp_path):
    report = missing_report()
    shown = missing_figure(report)
    hidden = shown.table.frame[shown.table.frame["episodes"].isna()]
    assert len(hidden) >= 2
    then = report.table("missing_episodes")
    kept = then[(then["quarter"] == "2015-16 Q4")].assign(status="shown")
    before = [
        an_edition(tmp_path, YEAR.previous, missing=CountTable(kept, "episodes", ["quarter", "district"]))
    ]
    found = failures(proved(tmp_path / "book", report, shown, others=before))
    assert any("Q4, district Aylesbury Vale: it can be worked out that it is 4" in f.message for f in found)
    assert any("the same cell in the report of 2014-15" in f.message for f in found)
    assert failures(proved(tmp_path / "book", report, shown)) == []


# ---- two years in succession -------------------------------------------------------------------------------------

NEXT = ReportYear(2016)
BY = ["quarter", "district"]
DISTRICTS = ["Aylesbury Vale", "Chiltern", "South Bucks", "Wycombe"]
COUNTS = [(4, 9, 70, 81), (40, 3, 20, 82), (50, 60, 70, 83), (51, 61, 71, 84)]


def printed(counts, withheld, sums=False):
    """The figure of missing episodes with these districts withheld, and with the sums of quarters if they are printed."""
    frame = episodes(counts)
    if sums:
        whole = frame.groupby("quarter", as_index=False)["episodes"].sum()
        frame = pd.concat([frame, whole.assign(district="All")], ignore_index=True)
    hidden = [row["district"] in withheld.get(row["quarter"], ()) for row in frame.to_dict("records")]
    frame = frame.assign(status=["confidential" if each else "shown" for each in hidden])
    return CountTable(frame.assign(episodes=frame["episodes"].mask(hidden)), "episodes", BY)


def told_together(used, tables):
    """The groups of a few that facts of one edition give away together."""
    return told.together(told.sums_told(used, tables, EDITION), [], tables, EDITION)


def of_returns(counts):
    frame = episodes(counts)
    return {"missing_episodes": frame, "indicators": indicator_rows(frame)}


def said_of(missing, told, year="2015-16"):
    """An edition that prints this figure, or none, and uses these facts of the year."""
    tables = {"missing": missing} if missing else {}
    used = [{"fact": name, "area": EDITION.area, "year": year} for name in told]
    return proving.Said(tables, dict.fromkeys(tables, ["missing_episodes"]), used)


def an_edition(folder, year, missing, told=()):
    """What an edition keeps for the proof of others, written and read as a build does."""
    proof = proving.prove(said_of(missing, told), of_returns(COUNTS), replace(EDITION, year=year))
    assert failures(proof) == [], "each edition is safe by itself"
    path = folder / f"{year}-counts.json"
    path.write_text(proof.kept, encoding="utf8")
    return other_years.read(path, year)


def proved_beside(other, missing=None, told=(), counts=COUNTS, year=NEXT):
    """What stops an edition that is read beside another one."""
    said, edition = said_of(missing, told), replace(EDITION, year=year)
    return [f.message for f in failures(proving.prove(said, of_returns(counts), edition, [other]))]


def test_what_last_years_sentences_told_is_known_this_year(tmp_path, monkeypatch):
    """Last year's sentence told the sum of a district, this year's the sum without the first quarter."""
    told, later = "missing.episodes.aylesbury_vale", "missing.episodes.aylesbury_vale_later"
    defined = facts.definitions()
    of_return = {"id": later, "table": "missing_episodes", "column": "episodes", "how": "sum"}
    of_return["where"] = "district=Aylesbury Vale; quarter={year} Q2|{year} Q3|{year} Q4"
    defined = {**defined, later: replace(defined[told], **of_return)}
    monkeypatch.setattr(facts, "definitions", lambda: defined)
    withheld = dict.fromkeys([f"2015-16 Q{quarter}" for quarter in (1, 2, 3)], DISTRICTS[:2])
    silent, then = (an_edition(tmp_path, YEAR, printed(COUNTS, withheld), said) for said in ((), (told,)))
    assert proved_beside(silent, told=[later]) == []
    (found,) = [f for f in proved_beside(then, told=[later]) if "Q1, district Aylesbury Vale" in f]
    assert "it can be worked out that it is 4" in found and f"fact {told}, in the report of 2015-16" in found


def test_a_sentence_about_last_year_is_held_against_what_last_years_report_withheld(tmp_path):
    """No figure of this year has the cells: the number and last year's figure give the small count away."""
    then = an_edition(tmp_path, YEAR, printed(COUNTS, {"2015-16 Q1": DISTRICTS[:2]}))
    (found,) = proved_beside(then, told=["missing.episodes.aylesbury_vale"])
    assert "Q1, district Aylesbury Vale: it can be worked out that it is 4" in found
    assert proved_beside(then, told=["missing.episodes.wycombe"]) == []


def test_an_edition_made_anew_is_held_against_the_later_one(tmp_path):
    """Whichever is proved second knows of the other: several years may be made in any order."""
    same = printed(COUNTS, {"2015-16 Q1": DISTRICTS[:2]})
    later = an_edition(tmp_path, NEXT, same)
    other = printed(COUNTS, {"2015-16 Q1": [DISTRICTS[0], DISTRICTS[2]]})
    assert any(
        "South Bucks: it can be worked out that it is 70" in f for f in proved_beside(later, other, year=YEAR)
    )
    assert proved_beside(later, same, year=YEAR) == []


def test_the_editions_of_the_years_before_and_after_are_known(tmp_path):
    project = Project(tmp_path, audience="young-people")
    for label in ("2014-15", "2015-16", "2016-17"):
        place = project.for_readers().build(ReportYear.parse(label)) / disclosure.COUNTS
        for folder in (place.parent, project.raw / label):
            folder.mkdir(parents=True)
        (project.raw / label / "year.toml").touch()
        place.write_text(other_years.as_kept({"missing": printed(COUNTS, {})}, (), {}), encoding="utf8")
    found = other_years.other_years(project, YEAR)
    assert [list(each.tables) for each in found] == [["2014-15 missing"], ["2016-17 missing"]]


def test_a_quarter_stated_anew_does_not_excuse_another_partner(tmp_path):
    """Wycombe was counted anew, and the partner is another: what it was last year may well be what it is."""
    withheld = {"2015-16 Q1": DISTRICTS[:2]}
    then, anew = an_edition(tmp_path, YEAR, printed(COUNTS, withheld)), [(4, 9, 70, 90), *COUNTS[1:]]
    another = printed(anew, {"2015-16 Q1": [DISTRICTS[0], DISTRICTS[2]]})
    found = proved_beside(then, another, counts=anew)
    assert any("South Bucks: it can be worked out that it is 70" in f for f in found)
    assert proved_beside(then, printed(anew, withheld), counts=anew) == []


def test_a_withheld_number_that_was_stated_anew_stops_nothing(tmp_path):
    """The printed sum of the quarter says that one of the two has changed, and which of them nobody can say."""
    withheld, anew = {"2015-16 Q1": DISTRICTS[:2]}, [(5, 9, 70, 81), *COUNTS[1:]]
    then = an_edition(tmp_path, YEAR, printed(COUNTS, withheld, sums=True))
    assert proved_beside(then, printed(anew, withheld, sums=True), counts=anew) == []


def protected_a_year_later(folder, monkeypatch, counts, then):
    """The figure of 2016-17, whose return repeats these quarters, and what is wrong with it beside last year's report.

    `then` is last year's figure. With the name of the figure, and without.
    """
    project = Project(folder)
    (project.raw / "2015-16").mkdir(parents=True)
    (project.raw / "2015-16" / "year.toml").touch()
    kept = project.build(YEAR) / disclosure.COUNTS
    kept.parent.mkdir(parents=True)
    kept.write_text(other_years.as_kept({"missing": then}, (), {}), encoding="utf8")
    monkeypatch.setenv("BSCB_READS", str(folder / "reads"))
    found = []
    for figure in ("missing", ""):
        report = Report(project, replace(EDITION, year=NEXT))
        report.__dict__["_tidy"] = of_returns(counts)
        shown = report.protect(report.table("missing_episodes"), "episodes", BY, figure=figure)
        data = {"columns": [{"name": name} for name in (*BY, "episodes")]}
        data["values"] = shown[[*BY, "episodes"]].astype("object").to_numpy().tolist()
        data["rows"] = [["[c]" if text is pd.NA else str(text) for text in row] for row in data["values"]]
        anew = report._counted_anew.get("missing", [])
        said = said_of(proving.count_table(data, "episodes", {"by": BY, "anew": anew}), ())
        beside = [other_years.read(kept, YEAR)]
        proof = proving.prove(said, report._tidy, report.edition, beside)
        found.append((shown.set_index(BY)["episodes"], proof))
    assert f"file {kept}" in (folder / "reads").read_text(encoding="utf8").splitlines()
    return found


def test_what_last_years_report_withheld_stays_withheld_and_what_it_showed_is_no_partner(
    tmp_path, monkeypatch
):
    """Last year South Bucks was the partner; by itself this year would take Chiltern, whose number everyone has."""
    withheld = {"2015-16 Q1": [DISTRICTS[0], DISTRICTS[2]], "2015-16 Q2": DISTRICTS[1:3]}
    then = printed(COUNTS, withheld, sums=True)
    (knowing, safe), (alone, unsafe) = protected_a_year_later(tmp_path, monkeypatch, COUNTS, then)
    assert set(knowing[knowing.isna()].index) == {(q, d) for q, names in withheld.items() for d in names}
    assert alone.isna()["2015-16 Q1", "Chiltern"] and not failures(safe)
    assert any("report.protect(…, figure=…)" in found.advice for found in failures(unsafe))


def test_all_that_last_years_report_withheld_stays_withheld_though_less_would_do(tmp_path, monkeypatch):
    withheld = {"2015-16 Q1": DISTRICTS[:3], "2015-16 Q2": DISTRICTS[1:3]}
    then = printed(COUNTS, withheld, sums=True)
    (knowing, safe), (alone, _) = protected_a_year_later(tmp_path, monkeypatch, COUNTS, then)
    assert set(knowing[knowing.isna()].index) == {(q, d) for q, names in withheld.items() for d in names}
    assert alone.isna()["2015-16 Q1"].sum() == 2 and not failures(safe)


def test_a_number_corrected_to_a_few_is_withheld_and_it_is_told_that_the_old_one_is_out(
    tmp_path, monkeypatch
):
    """The others of its quarter are known, so its total is not told: nothing else could protect it."""
    then = printed([(50, 9, 70, 81), *COUNTS[1:]], {"2015-16 Q2": DISTRICTS[1:3]})
    (knowing, safe), (_, unsafe) = protected_a_year_later(tmp_path, monkeypatch, COUNTS, then)
    assert knowing.isna()["2015-16 Q1"].tolist() == [True, False, False, False]
    assert not failures(safe) and failures(unsafe)
    (told,) = [found for found in safe.findings if found.result == "warning"]
    assert told.message.startswith("quarter 2015-16 Q1, district Aylesbury Vale: it is withheld")
    assert "cannot be taken back" in told.advice and "50" not in str(told)


# ---- an earlier final edition of the same year ------------------------------------------------------------------

FIRST = "2015-16 (final edition first)"


def final(folder, tables, name="first", used=(), sources=None):
    """What a final edition kept, at its place; read as the proof of a later edition of the year reads it."""
    counts = folder / "counts.json"
    sums = told.sums_told(said_of(None, used).facts, of_returns(COUNTS), EDITION)
    counts.write_text(other_years.as_kept(tables, (), sources or {}, sums), encoding="utf8")
    disclosure.keep_final(folder, counts)
    (kept,) = disclosure.kept_places(folder, same_year=True)
    return other_years.read(kept, YEAR, name)


@pytest.mark.parametrize("wycombe", [81, 90])
def test_another_partner_than_in_an_earlier_final_edition_of_the_year_is_found(tmp_path, wycombe):
    """Whether or not a number of the quarter was corrected since: both editions lie on one table."""
    withheld, counts = {"2015-16 Q1": DISTRICTS[:2]}, [(4, 9, 70, wycombe), *COUNTS[1:]]
    then = final(tmp_path, {"missing": printed(COUNTS, withheld, sums=True)})
    another = {"2015-16 Q1": [DISTRICTS[0], DISTRICTS[2]]}
    found = proved_beside(then, printed(counts, another, sums=True), counts=counts, year=YEAR)
    exposed = "quarter 2015-16 Q1, district Aylesbury Vale: it can be worked out that it is 4"
    assert any(exposed in f and FIRST in f for f in found)
    assert proved_beside(then, printed(counts, withheld, sums=True), counts=counts, year=YEAR) == []


def test_a_table_without_a_time_is_the_same_in_another_edition_of_its_year_alone(tmp_path):
    def table(*hidden):
        frame = placements().drop(columns="row_id")
        out = frame["placement"].isin(hidden)
        frame["status"] = out.map({True: "confidential", False: "shown"})
        return CountTable(frame.assign(children=frame["children"].mask(out)), "children", ["placement"])

    then = final(tmp_path, {"placements": table("With parents", "Independent living")})
    now = proving.Said({"placements": table("With parents", "Residential care")})
    tidy = {"placements": placements()}
    total = Link(Part("placements", {}), 371, "the total")

    def found(year):
        links = other_years.same_cells(other_years.OtherYear(year, now.tables, [total]), [then])
        return [link.why for link in links]

    assert len(found(YEAR)) == 3 and not found(NEXT), "the three that one of them withholds"
    unlocked = [
        f for f in failures(proving.prove(now, tidy, EDITION, [then])) if f.file == f"{FIRST} placements"
    ]
    assert unlocked and all('report.protect(…, figure="placements")' in f.advice for f in unlocked)


def test_a_withheld_number_that_was_corrected_since_stops_nothing(tmp_path):
    """The sum that both editions print says that one of the two changed, and which of them nobody can say."""
    withheld, counts = {"2015-16 Q1": DISTRICTS[:2]}, [(5, 9, 70, 81), *COUNTS[1:]]
    then = final(tmp_path, {"missing": printed(COUNTS, withheld, sums=True)})
    assert proved_beside(then, printed(counts, withheld, sums=True), counts=counts, year=YEAR) == []


@pytest.mark.parametrize("turned", [False, True])
def test_a_correction_seen_through_the_total_of_another_figure_stops_nothing(turned):
    """One child more is withheld and one fewer shown, in a total that another figure prints: not all can have stayed."""
    withheld = {"2015-16 Q1": DISTRICTS[:2]}

    def an_edition_of(counts, prefix, final=""):
        tables = {"missing": printed(counts, withheld)}
        totals = episodes(counts).groupby("quarter", as_index=False)["episodes"].sum().assign(status="shown")
        tables["totals"] = CountTable(totals, "episodes", ["quarter"])
        sides = [Part(f"{prefix}{name}", {"quarter": "2015-16 Q1"}) for name in tables][
            :: -1 if turned else 1
        ]
        named = {f"{prefix}{name}": replace(table, public=bool(final)) for name, table in tables.items()}
        return other_years.OtherYear(YEAR, named, [Link(*sides, "the total")], final=final)

    others = COUNTS[2:]
    now = an_edition_of([(5, 9, 69, 81), *others], "")
    then = an_edition_of([(4, 9, 70, 81), *others], f"{FIRST} ", "first")
    links = [*now.links, *then.links, *other_years.same_cells(now, [then])]
    found, listed = disclosure.prove_and_list(now.tables, links, then.tables)
    assert [each.result for each in found] == ["pass"] and len(listed) == 2


@pytest.mark.parametrize(
    ("moved", "year", "told"),
    [
        ((1, 0), YEAR, True),
        ((0, -5), YEAR, True),
        ((6, -6), YEAR, False),
        ((0, 0), YEAR, False),
        ((1, 0), NEXT, False),
    ],
)
def test_a_correction_of_a_few_since_a_final_edition_of_the_year_is_told(tmp_path, moved, year, told):
    """As a reader sees it who has both on one table; without the numbers, since drafts list it."""
    then = final(tmp_path, {"missing": printed(COUNTS, {})})
    counts = [(COUNTS[0][0] + moved[0], COUNTS[0][1] + moved[1], *COUNTS[0][2:]), *COUNTS[1:]]
    now = other_years.OtherYear(year, {"missing": printed(counts, {})})
    found = corrected.moved_by_few(now, [then], {})
    assert [(each.check, each.file) for each in found] == [("correction", "missing")] * told
    assert all('[corrected]: "first" = "why"' in each.advice for each in found)
    assert final_edition.stopping(found, EDITION) == [replace(each, result="failure") for each in found]


@pytest.mark.parametrize(("moved", "told"), [(1, True), (-5, True), (6, False), (0, False)])
def test_a_number_that_a_sentence_alone_tells_is_held_against_the_final_edition_too(tmp_path, moved, told):
    """No figure shows it, and nothing is withheld of it."""
    used = ["missing.episodes.wycombe"]
    then = final(tmp_path, {}, used=used)
    now = of_returns([(*COUNTS[0][:3], COUNTS[0][3] + moved), *COUNTS[1:]])
    found = proving.prove(said_of(None, used), now, EDITION, [then]).findings
    assert [(each.check, each.file) for each in found if each.result == "warning"] == [
        ("correction", "fact missing.episodes.wycombe")
    ] * told


def test_a_fact_of_money_or_of_another_year_is_not_taken_for_one_of_these_children():
    money = pd.DataFrame({"agency": ["BCC"], "contribution": ["2015-16 base"], "amount_gbp": [3]})
    tables = of_returns(COUNTS) | {"contributions": money.assign(row_id="a", provenance="published")}
    used = [*said_of(None, ["budget.bcc.base.2015-16", "missing.episodes.wycombe"]).facts]
    assert {table for table, _ in told.sums_told(used, tables, EDITION)} == {"indicators"}
    later = replace(EDITION, year=NEXT)
    (sums,) = told.sums_told(used[1:], tables, later).values()
    assert {one.fact for one in sums} == {"missing.episodes.wycombe of 2015-16"}


def test_a_correction_of_a_few_goes_out_with_the_reason_that_the_year_gives(tmp_path):
    then = final(tmp_path, {"missing": printed(COUNTS, {})})
    counts = [(COUNTS[0][0] + 1, *COUNTS[0][1:]), *COUNTS[1:]]
    said = proving.Said({"missing": printed(counts, {})}, {"missing": ["missing_episodes"]})
    tidy = of_returns(counts)
    asked, accepted = EDITION, replace(EDITION, corrected={"first": "The Board told the press."})
    found = [proving.prove(said, tidy, each, [then]).findings for each in (asked, accepted)]
    open_then, open_now = ([f for f in each if "moved by one to five" in f.message] for each in found)
    assert [f.check for f in (*open_then, *open_now)] == ["correction", "accepted correction"]
    assert open_now[0].message.endswith("The Board told the press.")
    assert final_edition.stopping(open_then, asked) and not final_edition.stopping(open_now, accepted)


def test_official_numbers_that_moved_are_their_publishers(tmp_path):
    then = final(tmp_path, {"missing": printed(COUNTS, {})})
    counts = [(COUNTS[0][0] + 1, *COUNTS[0][1:]), *COUNTS[1:]]
    now = other_years.OtherYear(YEAR, {"missing": replace(printed(counts, {}), public=True)})
    assert corrected.moved_by_few(now, [then], {}) == []


def test_what_an_earlier_final_edition_withheld_stays_withheld_though_its_quarter_was_corrected():
    then = printed(COUNTS, {"2015-16 Q1": [DISTRICTS[0], DISTRICTS[2]]})
    frame = episodes([(4, 9, 70, 90), *COUNTS[1:]])
    alone = disclosure.protect(frame, "episodes", BY)
    shown = disclosure.protect(frame, "episodes", BY, corrected=[then], year=str(YEAR))
    first = [each[each["quarter"] == "2015-16 Q1"]["episodes"].isna().tolist() for each in (alone, shown)]
    assert first == [[True, True, False, False], [True, False, True, False]]


def test_a_month_is_known_by_its_date_as_it_is_by_its_name():
    """A chapter protects the months as dates and prints their names, which is what an edition keeps."""
    counts = pd.DataFrame({"month": ["April 2015", "May 2015"], "cases": pd.array([None, 9], dtype="Int64")})
    now = pd.DataFrame({"month": pd.to_datetime(["2015-04-01", "2015-05-01"]), "cases": [7, 9]})
    tables = [CountTable(frame, "cases", ["month"]) for frame in (now, counts)]
    told_then = disclosure.told_before(*tables, str(YEAR), same_year=True)
    assert told_then["held"].tolist() == [True, False] and told_then["known"].tolist() == [False, True]


def test_a_figure_of_shares_alone_tells_the_proof_the_counts_behind_them(tmp_path):
    """Its drawing has the shares exactly: two editions that withhold other parts of a whole tell what was withheld."""
    report = a_report(missing_episodes=episodes(COUNTS))
    frame = report.table("missing_episodes")
    whole = frame.groupby("quarter")["episodes"].transform("sum")
    frame["share_pct"] = 100 * frame["episodes"].astype(float) / whole
    shown = report.protect(frame, "episodes", BY, ["share_pct"], figure="missing")
    figure = report.table_figure(
        shown[[*BY, "share_pct", "status"]],
        key="missing",
        measure="Share of episodes",
        tables=["missing_episodes"],
        unit={"share_pct": "percent"},
    )
    said = proving.gather(book(tmp_path / "book", figure))
    assert said.sources == {"missing": ["missing_episodes"]}
    now = said.tables["missing"]
    assert now.frame["episodes"].isna().tolist() == shown["episodes"].isna().tolist()
    another = {"2015-16 Q1": [DISTRICTS[0], DISTRICTS[2]]}  # here the first two are withheld
    then = final(tmp_path, {"missing": printed(COUNTS, another, sums=True)})
    found = failures(proving.prove(said, report._tidy, EDITION, [then]))
    assert any("Q1, district Aylesbury Vale: it can be worked out that it is 4" in f.message for f in found)


def test_every_count_behind_a_figure_of_shares_is_told_to_the_proof(tmp_path):
    report = a_report(missing_episodes=episodes(COUNTS))
    frame = report.table("missing_episodes")
    frame["share_pct"] = frame.groupby("quarter")["episodes"].transform(lambda n: 100 * n / n.sum())
    quarters = [rows for _, rows in frame.groupby("quarter", observed=True)]
    shown = [report.protect(rows, "episodes", BY, ["share_pct"], figure="missing") for rows in quarters]
    told = {"key": "missing", "measure": "Share", "tables": ["missing_episodes"]}
    figure = report.table_figure(
        shown[0][[*BY, "share_pct", "status"]], unit={"share_pct": "percent"}, **told
    )
    said = proving.gather(book(tmp_path / "book", figure))
    assert len(said.tables) == len(quarters) > 1 and set(said.sources) == set(said.tables)
    assert sum(len(table.frame) for table in said.tables.values()) == len(frame)


def test_a_chapter_knows_the_final_editions_of_its_year_and_notes_that_it_read_them(tmp_path, monkeypatch):
    project = Project(tmp_path)
    (project.raw / "2015-16").mkdir(parents=True)
    (project.raw / "2015-16" / "year.toml").touch()
    folder = project.build(YEAR)
    folder.mkdir(parents=True)
    monkeypatch.setenv("BSCB_READS", str(tmp_path / "reads"))
    told_then = {"missing": printed(COUNTS, {"2015-16 Q1": [DISTRICTS[0], DISTRICTS[2]]})}
    told_then["shown whole"] = printed(COUNTS, {})
    final(folder, told_then, sources={"missing": ["missing_episodes"], "shown whole": ["placements"]})
    report = Report(project, EDITION)
    assert report.withheld_before == {"missing_episodes"}
    report.__dict__["_tidy"] = of_returns(COUNTS)
    shown = report.protect(report.table("missing_episodes"), "episodes", BY, figure="missing")
    assert shown["episodes"].isna()[:4].tolist() == [True, False, True, False]
    assert f"file {folder / disclosure.FINAL}" in (tmp_path / "reads").read_text(encoding="utf8")


def test_the_back_test_tells_of_a_table_withheld_before_only_what_the_earlier_edition_told_itself(tmp_path):
    """Its text told how many are in residential care, and tells it again; of the others, one may be a partner of before."""
    project = Project(tmp_path)
    (project.raw / "2015-16").mkdir(parents=True)
    (project.raw / "2015-16" / "year.toml").touch()
    (project.build(YEAR) / disclosure.FINAL).mkdir(parents=True)
    rows = [
        {"placement": "With parents", "children": None},
        {"placement": "Residential care", "children": 83},
    ]
    table = {"count": "children", "by": ["placement"], "nested": {}, "rows": rows}
    told_then = {
        "tables": {"placements": table},
        "sources": {"placements": ["placements"]},
        "sums": [{"table": "placements", "column": "children", "sums": [["cla.residential", 83, [0]]]}],
    }
    (project.build(YEAR) / disclosure.FINAL / "first.json").write_text(json.dumps(told_then), encoding="utf8")
    printed_facts = {"fact_id": ["cla.residential", "cla.agency_foster"], "value": ["83", "195"]}
    words = {"subject": "Placements", "category": None, "unit": "children", "note": "", "row_id": "x.csv#2"}
    report = Report(project, EDITION)
    report.__dict__["_tidy"] = {
        "placements": placements(parents=24),
        "published_facts": pd.DataFrame(printed_facts).assign(**words, provenance="published"),
    }
    assert report.back_test()["ours"].tolist() == ["83", "[c]"]


def test_what_is_withheld_alone_with_its_totals_is_for_the_proof_to_judge(tmp_path):
    """An earlier edition shows every other number, so there is no partner left, and no total may be told."""
    project = Project(tmp_path)
    folder = project.build(YEAR)
    folder.mkdir(parents=True)
    project.raw.parent.mkdir()
    project.raw.symlink_to(ROOT / "data" / "raw")
    then, now = [(7, 9, 70, 81), (8, 12, 68, 90)], [(4, 9, 70, 81), (8, 12, 68, 90)]
    final(folder, {"missing": printed(then, {})})
    report = Report(project, EDITION)
    report.__dict__["_tidy"] = {"missing_episodes": episodes(now)}
    shown = report.protect(report.table("missing_episodes"), "episodes", BY, figure="missing")
    assert shown["episodes"].isna().sum() == 1
    assert not failures(proved(tmp_path / "book", report, missing_figure(report, shown)))
    by_hand = shown.copy()
    by_hand.attrs["totals_withheld"] = []
    with pytest.raises(DisclosureError, match="before they were protected"):
        missing_figure(report, by_hand)


def test_final_editions_are_kept_once_and_drafts_not(tmp_path):
    project = Project(tmp_path)
    (project.raw / "2015-16").mkdir(parents=True)
    (project.raw / "2015-16" / "year.toml").touch()
    folder = project.build(YEAR)
    folder.mkdir(parents=True)
    assert other_years.other_years(project, YEAR) == []
    first = final(folder, {"missing": printed(COUNTS, {})})
    assert final(folder, {"missing": printed(COUNTS, {})}).kept == first.kept, "it is one file"
    (folder / "counts.json").write_text(other_years.as_kept({}, (), {}), encoding="utf8")  # a draft since
    (mine,) = other_years.other_years(project, YEAR)
    assert mine.tables.keys() == {f"{mine.name} missing"}
    (project.raw / "2016-17").mkdir()
    (project.raw / "2016-17" / "year.toml").touch()
    assert len(other_years.other_years(project, NEXT)) == 2, "the last edition, and the final one before it"


def test_facts_of_two_editions_of_a_year_that_together_tell_of_a_few_are_found(tmp_path, monkeypatch):
    first, later = with_a_later_fact(monkeypatch)
    then = final(tmp_path, {}, used=[first])
    (found,) = proved_beside(then, told=[later], year=YEAR)
    assert found == f"Facts '{first}', in the report of {FIRST}, and '{later}' together tell of a group of 4."
    assert proved_beside(then, told=[first], year=YEAR) == []


@pytest.mark.parametrize(("corrected", "stops"), [(False, True), (True, False)])
def test_facts_of_a_list_that_two_editions_of_a_year_tell_are_held_together(
    tmp_path, monkeypatch, corrected, stops
):
    """A child is the same in both by its pseudonym, in whichever row; a fact of a list that was corrected is out."""
    types = ["CSE"] * 12 + ["CSE and missing"] * 4 + ["Missing"] * 9
    cases = pd.DataFrame({"case": [f"{n:016x}" for n in range(25)], "type": types}).assign(sex="Female")
    cases = cases.assign(row_id=[f"#{n}" for n in range(25)], provenance="illustrative")
    known = facts.definitions()["mserac.female"]
    wanted = {"first": "type=CSE|CSE and missing", "later": "type=CSE"}
    asked = {
        id_: replace(known, id=id_, how="count", where=where, of="", unit="cases")
        for id_, where in wanted.items()
    }
    monkeypatch.setattr(facts, "definitions", lambda: {**asked})
    kept = other_years.as_kept(
        {}, (), {}, told.sums_told(said_of(None, ["first"]).facts, {"mserac_cases": cases}, EDITION)
    )
    (tmp_path / "kept.json").write_text(kept, encoding="utf8")
    then = other_years.read(tmp_path / "kept.json", YEAR, "first")
    now = cases.sort_values("type", ascending=False).reset_index(drop=True)
    if corrected:
        now = now[now["case"] != f"{0:016x}"].reset_index(drop=True)
    tables = {"mserac_cases": now}
    used = said_of(None, ["later"]).facts
    found = told.together(told.sums_told(used, tables, EDITION), [then.sums], tables, EDITION)
    told_of = f"Facts 'first', in the report of {FIRST}, and 'later' together tell of a group of 4."
    assert [f.message for f in found] == [told_of] * stops


def with_a_later_fact(monkeypatch):
    """A fact of a district without its first quarter, beside the fact of the district."""
    first, later = "missing.episodes.aylesbury_vale", "missing.episodes.aylesbury_vale_later"
    defined = facts.definitions()
    of_return = {"id": later, "table": "missing_episodes", "column": "episodes", "how": "sum"}
    of_return["where"] = "district=Aylesbury Vale; quarter={year} Q2|{year} Q3|{year} Q4"
    every = {**defined, later: replace(defined[first], **of_return)}
    whole = {**of_return, "id": first}
    whole["where"] = "district=Aylesbury Vale; quarter={year} Q1|{year} Q2|{year} Q3|{year} Q4"
    every[first] = replace(defined[first], **whole)
    monkeypatch.setattr(facts, "definitions", lambda: every)
    return first, later


def test_facts_of_two_years_reports_that_together_tell_of_a_few_are_found(tmp_path, monkeypatch):
    """No figure of either year shows the group: last year's sentence told of the year, this year's of all but a quarter."""
    first, later = with_a_later_fact(monkeypatch)
    silent, then = (an_edition(tmp_path, YEAR, None, told) for told in ((), (first,)))
    assert proved_beside(silent, told=[later]) == []
    assert proved_beside(then, told=[later]) == [
        f"Facts '{first}', in the report of 2015-16, and '{later} of 2015-16' together tell of a group of 4."
    ]
    assert proved_beside(then, told=[first]) == [], "what is told again tells nothing more"


def test_facts_of_rows_that_were_stated_anew_are_not_held_together(tmp_path, monkeypatch):
    """Who takes one from the other finds a number that stands in neither return."""
    first, later = with_a_later_fact(monkeypatch)
    then = an_edition(tmp_path, YEAR, None, (first,))
    anew = [(6, 9, 70, 81), *COUNTS[1:]]
    assert proved_beside(then, told=[later], counts=anew) == []


def test_facts_of_rows_that_only_the_other_year_has_are_known_too(tmp_path, monkeypatch):
    """A later return that no longer has the quarter: what it was stands between the two sums."""
    first, later = with_a_later_fact(monkeypatch)
    then = an_edition(tmp_path, YEAR, None, (first,))
    returns_now = of_returns(COUNTS)
    frame = returns_now["missing_episodes"]
    returns_now["missing_episodes"] = frame[frame["quarter"] != "2015-16 Q1"].reset_index(drop=True)
    said = said_of(None, [later])
    proof = proving.prove(said, returns_now, replace(EDITION, year=NEXT), [then])
    assert [f.message for f in failures(proof)] == [
        f"Facts '{first}', in the report of 2015-16, and '{later} of 2015-16' together tell of a group of 4."
    ]


def test_two_facts_that_differ_by_a_few_children_are_found(tmp_path):
    clients = pd.DataFrame({"age": [14] * 40 + [15] * 20 + [11] * 3}).astype({"age": "Int64"})
    clients = clients.assign(client=range(63), sex="Female", ethnic_group="x", social_care_status="None")
    clients = clients.assign(row_id=clients["client"].astype("str"), provenance="illustrative")
    report = a_report(rusafe_clients=clients)
    # one fact alone already tells of the rest
    told = text(report, 'There were {{ fact("rusafe.age13_17") }}.')
    assert told.markdown.strip() == WITHHELD and [found.check for found in told.findings] == [SMALL]
    used = [
        {"fact": name, "area": EDITION.area, "year": "2015-16"}
        for name in ("rusafe.age13_17", "rusafe.age14")
    ]
    found = told_together(used, report._tidy)
    assert any(
        "'rusafe.age13_17' and 'rusafe.age14' together tell of a group of 3" in f.message for f in found
    )
    assert told_together(used[1:], report._tidy) == []


def test_a_share_beside_a_withheld_count_is_refused_unless_it_counts_others():
    report = a_report(placements=placements())
    frame = report.table("placements").assign(share_pct=[20.0, 50.0, 20.0, 7.0, 3.0], england_pct=1.4)
    bare = report.protect(frame, "children", ["placement"])
    columns = ["placement", "children", "share_pct", "status"]
    asked = {"key": "placements", "measure": "Children", "tables": ["placements"]}
    asked["unit"] = {"share_pct": "percent", "england_pct": "percent"}
    with pytest.raises(DisclosureError, match="share_pct"):
        report.table_figure(bare[columns], **asked)
    good = report.protect(frame, "children", ["placement"], also=["share_pct"], apart=["england_pct"])
    figure = report.table_figure(good[[*columns, "england_pct"]], **asked)
    assert figure.table.rows()[4] == ["With parents", "[c]", "[c]", "1%"]


def test_the_figure_tells_the_proof_how_it_was_protected():
    report = a_report(placements=placements())
    nested = {"placement": {"Foster care": ["Agency foster carer", "Local authority foster carer"]}}
    frame = report.table("placements")
    more = frame.iloc[:1].assign(placement="Foster care", children=278)
    frame = pd.concat([frame, more], ignore_index=True)
    shown = report.protect(frame, "children", ["placement"], nested=nested)
    assert placements_figure(report, shown).told["counted"]["nested"] == nested


def test_linked_tables_are_protected_together():
    report = a_report(placements=placements())
    months = pd.DataFrame({"month": ["April", "May", "June"], "n": pd.array([4, 20, 30], dtype="Int64")})
    kinds = pd.DataFrame({"kind": ["a", "b"], "n": pd.array([24, 30], dtype="Int64")})
    tables = {"months": CountTable(months, "n", ["month"]), "kinds": CountTable(kinds, "n", ["kind"])}
    shown = report.protect_linked(tables, [Link(Part("months"), Part("kinds"))])
    assert shown["months"]["n"].isna().sum() == 2 and shown["kinds"]["n"].notna().all()


def test_three_facts_that_tell_of_a_few_children_are_found_by_name():
    ages = [14] * 40 + [15] * 20 + [13] * 3 + [11] * 10
    clients = pd.DataFrame({"age": ages}).astype({"age": "Int64"})
    clients = clients.assign(row_id=[str(n) for n in range(73)], provenance="illustrative")
    names = ("rusafe.age14", "rusafe.age15", "rusafe.age13_17")
    used = [{"fact": name, "area": EDITION.area, "year": "2015-16"} for name in names]
    told = [f.message for f in told_together(used, {"rusafe_clients": clients})]
    assert told == [
        "Facts 'rusafe.age13_17', 'rusafe.age14' and 'rusafe.age15' together tell of a group of 3."
    ]
    for without in used:
        left = [one for one in used if one != without]
        assert told_together(left, {"rusafe_clients": clients}) == [], without


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 8), min_size=3, max_size=4), st.data())
def test_facts_told_together_are_found_exactly_when_a_reader_could_work_them_out(counts, data):
    """Against every table of whole numbers that fits what the facts tell."""
    rows = range(len(counts))
    picked = data.draw(st.lists(st.frozensets(st.sampled_from(rows), min_size=1), max_size=3))
    picked = list(dict.fromkeys([frozenset(rows), *picked]))
    sums = [Sum(f"f{n}", chosen, float(sum(counts[at] for at in chosen))) for n, chosen in enumerate(picked)]
    found = told._given_away(pd.Series(counts, dtype=float), sums)
    groups: dict[tuple, list[int]] = {}
    for at in rows:
        groups.setdefault(tuple(at in chosen for chosen in picked), []).append(at)
    fits = [
        dict(zip(groups, each, strict=True))
        for each in product(range(sum(counts) + 1), repeat=len(groups))
        if all(
            sum(size for key, size in zip(groups, each, strict=True) if key[n]) == one.count
            for n, one in enumerate(sums)
        )
    ]
    exposed = 0
    for key, members in groups.items():
        can_be = [table[key] for table in fits]
        few = 1 <= sum(counts[at] for at in members) <= 5
        exposed += few and not (max(can_be) > 5 and max(can_be) - min(can_be) >= 5)
    assert len(found) == exposed


def test_a_period_that_a_return_states_anew_is_not_held_to_last_years_report():
    """Quarters repeated as they were are the same cells; a quarter that the agency corrected is another count."""
    rows = [
        ("2014-15 Q1", "North", 12),
        ("2014-15 Q1", "South", 20),
        ("2014-15 Q2", "North", 30),
        ("2014-15 Q2", "South", 40),
    ]
    now = pd.DataFrame(rows, columns=["quarter", "district", "episodes"]).astype({"episodes": "Int64"})
    then = now.assign(episodes=now["episodes"].mask(now["episodes"] == 30, 31).mask(now["episodes"] == 20))
    sides = [
        frame.assign(status=frame["episodes"].isna().map({True: "confidential", False: "shown"}))
        for frame in (now, then)
    ]
    one, other = (CountTable(frame, "episodes", ["quarter", "district"]) for frame in sides)
    before = other_years.OtherYear(YEAR.previous, {"2014-15 missing": other})
    found = other_years.same_cells(other_years.OtherYear(YEAR, {"missing": one}), [before])
    withheld_then = {"quarter": "2014-15 Q1", "district": "South"}
    assert [link.left.only for link in found] == [withheld_then], "that both show North tells nothing more"


TWO_YEARS = [f"{year} Q{quarter}" for year in ("2014-15", "2015-16") for quarter in range(1, 5)]


def referrals_to_rusafe(first):
    """Referrals by source and quarter of two years, with so many in all in the first quarter of the first."""
    counts = [first, 41, 41, 42, 44, 28, 46, 43]
    frame = pd.DataFrame({"source": "Education", "quarter": TWO_YEARS, "referrals": counts})
    frame["row_id"] = [f"2015-16/barnardos/ru_safe.xlsx#{n}" for n in range(len(frame))]
    return frame.astype({"referrals": "Int64"}).assign(provenance="illustrative")


def average_a_quarter(frame):
    """The indicator that a sentence tells: the mean of each year's quarters."""
    return returns.compute({"rusafe_referrals": frame}, YEAR.label)


def rusafe_report(first):
    frame = referrals_to_rusafe(first)
    return a_report(rusafe_referrals=frame, indicators=average_a_quarter(frame))


def rusafe_figure(report, **protected):
    referrals = report.table("rusafe_referrals").groupby("quarter", as_index=False)["referrals"].sum()
    referrals = referrals.assign(measure="Referrals", year=referrals["quarter"].str[:7])
    shown = report.protect(referrals, "referrals", ["quarter"], **protected)
    columns = ["quarter", "measure", "referrals", "status"]
    return report.table_figure(
        past_the_gate(report, shown)[columns],
        key="rusafe",
        measure="Referrals to R U Safe?",
        tables=["rusafe_referrals"],
    )


def test_the_average_of_a_year_tells_its_sum(tmp_path):
    """Four times 32.0 is 128: with the partner in the other year, the quarter that is withheld is 4."""
    report = rusafe_report(4)
    found = failures(proved(tmp_path, report, rusafe_figure(report)))
    assert any("quarter 2014-15 Q1" in each.message and "is 4" in each.message for each in found)
    assert all("average" in each.message for each in found)
    apart = rusafe_report(4)
    assert failures(proved(tmp_path, apart, rusafe_figure(apart, within=["year"]))) == []


def test_the_sum_of_a_district_over_the_year_is_an_equation_too(tmp_path):
    """Its name stands in four rows of the figure: with three of them shown, the fourth is told."""
    report = missing_report()
    figure = by_hand(report, "Aylesbury Vale", "Chiltern")
    assert failures(proved(tmp_path, report, figure)) == []
    said = text(report, 'There were {{ fact("missing.episodes.aylesbury_vale") }} in Aylesbury Vale.')
    (found,) = failures(proved(tmp_path, report, figure, said))
    assert "district Aylesbury Vale: it can be worked out that it is 4" in found.message
    assert "fact missing.episodes.aylesbury_vale" in found.message


def test_an_average_of_one_measure_is_not_taken_for_the_sum_of_both():
    """Where both lines of a figure withhold a quarter, the sum of the year's caseload says nothing of its referrals."""
    frames = {"rusafe_referrals": referrals_to_rusafe(4), "rusafe_caseload": referrals_to_rusafe(84)}
    frames["rusafe_caseload"] = frames["rusafe_caseload"].rename(columns={"referrals": "cases"})
    measures = {
        "Referrals": ("rusafe_referrals", "referrals"),
        "Active caseload": ("rusafe_caseload", "cases"),
    }
    rows = [
        frames[name][["quarter", count]].set_axis(["quarter", "young_people"], axis=1).assign(measure=measure)
        for measure, (name, count) in measures.items()
    ]
    frame = pd.concat(rows, ignore_index=True)
    hidden = frame["quarter"].isin(TWO_YEARS[:2])
    frame = frame.assign(status=hidden.map({True: "confidential", False: "shown"}))
    table = CountTable(
        frame.assign(young_people=frame["young_people"].mask(hidden)), "young_people", ["quarter", "measure"]
    )
    used = [
        {"fact": f"rusafe.{name}_per_quarter", "area": EDITION.area, "year": "2014-15"}
        for name in ("caseload", "referrals")
    ]
    tidy = {**frames, "indicators": returns.compute(frames, YEAR.label)}
    said = proving.Said({"rusafe": table}, {"rusafe": [*frames]}, used)
    assert failures(proving.prove(said, tidy, EDITION)) == []
