"""Two editions held against each other: what changed, by how much, and why."""

import json
import shutil
import subprocess
from dataclasses import asdict

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from bscbdata.places import Project
from bscbdata.review import diff, diff_command, difference, load, write
from bscbdata.review.difference import as_told, is_covered
from bscbdata.review.edition import _made_with, hashes
from bscbdata.review.editions import find
from bscbdata.review.matching import marks, paired
from bscbdata.review.page import amount, as_image, write_page
from bscbdata.review.pages import drawings, read_pages, sentences


def fact(shown="12", value=12.0, **more):
    told = {
        "id": "a.count",
        "area": "Here",
        "year": "2015-16",
        "label": "A",
        "unit": "contacts",
        "shown": shown,
    }
    papers = {"definition": {"id": "a.count", "version": "1"}, "tables": ["a"], "files": ["2015-16/a.csv"]}
    return (
        told
        | papers
        | {"value": value, "vintage": "", "provenance": "returned", "places": ["p.html#s-p1"]}
        | more
    )


def figure(rows, **more):
    words = dict.fromkeys(("headline", "measure", "note", "source", "badge"), "")
    told = {
        "page": "p.html",
        "kind": "figure",
        "caption": "Figure 1: A",
        "alt": "Falls.",
        "hash": "",
        "rows": rows,
    }
    return words | told | {"tables": ["a"], "files": ["2015-16/a.csv"]} | more


def sentence(text, *facts):
    return {"text": text, "form": text, "facts": list(facts), "place": "s-p1"}


def edition(**more):
    told = {
        "format": 1, "year": "2015-16", "board": "Board", "area": "Here", "status": "draft", "published": "2016",
        "made_with": {"version": "1", "commit": "", "package": "x"}, "chapters": [], "facts": {}, "figures": {},
        "claims": [], "sections": [], "places": {}, "sources": {"2015-16/a.csv": {"hash": "1"}}, "corrections": [],
        "texts": {"p.html": "1"},
    }  # fmt: skip
    return told | more


def said(*texts):
    return [
        {"page": "p.html", "section": "s", "heading": "S", "sentences": [sentence(text) for text in texts]}
    ]


def one(old, new):
    changes = difference(old, new).changes
    assert len(changes) == 1, changes
    return changes[0]


# ---- by how much, and why ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("file, told", [("2015-16/police/mserac_cases.csv", False), ("official/a.csv", True)])
def test_a_return_of_children_that_changed_tells_no_hash(file, told):
    old, new = (edition(sources={file: {"publisher": "P", "title": "T", "hash": each}}) for each in "ab")
    change = one(old, new)
    assert change.why == ("data",) and ("hash" in change.old, "hash" in change.new) == (told, told)


def test_a_fact_that_rose_says_by_how_much():
    change = one(edition(facts={"k": fact("200", 200.0)}), edition(facts={"k": fact("250", 250.0)}))
    assert (change.kind, change.change, change.absolute, change.percent) == ("fact", "changed", 50, 25)
    assert amount(change) == "+50 (+25%)"


def test_of_a_percentage_only_the_points_are_told():
    old, new = (fact(f"{n}%", float(n), unit="percent") for n in (20, 30))
    change = one(edition(facts={"k": old}), edition(facts={"k": new}))
    assert (change.absolute, change.percent) == (10, None)


@pytest.mark.parametrize(
    ("why", "changed"),
    [
        ("data", {"sources": {"2015-16/a.csv": {"hash": "2"}}}),
        ("code", {"made_with": {"version": "2", "commit": "", "package": "y", "definitions": "x"}}),
        ("correction", {"corrections": [{"table": "a", "now": "250"}]}),
        ("definition", {"made_with": {"version": "1", "commit": "", "package": "x", "definitions": "y"}}),
    ],
)
def test_why_a_fact_changed_is_told_from_what_it_was_made_from(why, changed):
    old = edition(facts={"k": fact("200", 200.0)})
    old["made_with"]["definitions"] = "x"
    new = edition(facts={"k": fact("250", 250.0)}, **changed)
    assert [c.why for c in difference(old, new).of("fact")] == [(why,)]


@pytest.mark.parametrize(
    ("why", "more"),
    [("definition", {"definition": {"id": "a.count", "version": "2"}}), ("vintage", {"vintage": "revised"})],
)
def test_another_definition_or_vintage_is_a_cause_though_the_number_stays(why, more):
    assert one(edition(facts={"k": fact()}), edition(facts={"k": fact(**more)})).why == (why,)


def test_a_sentence_of_an_edited_page_whose_number_alone_is_another_was_not_edited():
    sides = []
    for shown, mark in (("200", "1"), ("250", "2")):
        told = sentence(f"There were {shown} contacts.", "k") | {"form": "There were {k} contacts."}
        made = {"version": "1", "commit": "", "package": mark}
        sections = [{**said("")[0], "sentences": [told]}]
        sides.append(
            edition(
                facts={"k": fact(shown, float(shown))},
                sections=sections,
                made_with=made,
                texts={"p.html": mark},
            )
        )
    assert difference(*sides).of("sentence")[0].why == ("code",)


def test_a_table_of_the_reports_own_checks_changed_with_the_data_that_was_checked():
    sides = []
    for held in ("4", "3"):
        checks = figure([["Check", "Held"], ["Totals", held]], kind="table", tables=[], files=[])
        sides.append(edition(figures={"tbl-checks": checks}, sources={"2015-16/a.csv": {"hash": held}}))
    assert difference(*sides).of("table")[0].why == ("data",)


def test_a_figure_or_claim_whose_indicator_has_another_version_changed_for_that_beside_its_data():
    sides = []
    for shown, version in (("10", "1"), ("20", "2")):
        rests = {"definition": {"an_indicator": version}, "tables": ["a"], "files": ["2015-16/a.csv"]}
        told = {"place": "text", "words": f"rose to {shown}", "holds": True, "page": "p.html"} | rests
        sources = {"2015-16/a.csv": {"hash": version}}
        figures = {"fig-a": figure([["Year", "Rate"], ["2015-16", shown]], **rests)}
        sides.append(edition(figures=figures, claims=[told], sources=sources))
    found = difference(*sides)
    assert [found.of(kind)[0].why for kind in ("figure", "claim")] == [("data", "definition")] * 2


def test_an_edition_kept_before_figures_named_their_indicators_gives_no_other_definition_as_the_cause():
    rows = [[["Year", "Rate"], ["2015-16", shown]] for shown in ("10", "20")]
    old, new = figure(rows[0]), figure(rows[1], definition={"an_indicator": "1"})
    sources = {"2015-16/a.csv": {"hash": "2"}}
    assert one_of("figure", edition(figures={"f": old}), edition(figures={"f": new}, sources=sources)) == (
        "data",
    )
    known = fact(definition={"id": "a.count", "version": "1", "an_indicator": "1"})
    assert difference(edition(facts={"k": fact()}), edition(facts={"k": known})).empty


def one_of(kind, old, new):
    return difference(old, new).of(kind)[0].why


def test_a_list_that_an_analyst_edits_is_a_definition_and_no_program(tmp_path):
    for name in ("measures.py", "indicators/returns.csv", "sources/codes/sex.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1", encoding="utf8")
    before = hashes(tmp_path)
    (tmp_path / "indicators" / "returns.csv").write_text("2", encoding="utf8")
    listed = hashes(tmp_path)
    assert listed["package"] == before["package"] and listed["definitions"] != before["definitions"]
    (tmp_path / "measures.py").write_text("2", encoding="utf8")
    assert hashes(tmp_path)["package"] != listed["package"]


def test_where_definitions_and_the_program_both_changed_both_are_named():
    old, new = (edition(facts={"k": fact(f"{n}", float(n))}) for n in (200, 250))
    for side, mark in ((old, "x"), (new, "y")):
        side["made_with"] = {"version": "1", "commit": "", "package": mark, "definitions": mark}
    assert one(old, new).why == ("definition", "code")


def test_data_that_a_fact_does_not_rest_on_is_no_cause():
    sources = {"2015-16/a.csv": {"hash": "1"}, "2015-16/b.csv": {"hash": "9"}}
    new = edition(facts={"k": fact("250", 250.0)}, sources=sources)
    found = difference(edition(facts={"k": fact("200", 200.0)}), new)
    assert found.of("fact")[0].why == ("unknown",) and found.of("source")[0].change == "added"


def test_a_sentence_that_changed_with_its_fact_was_not_edited():
    sides = []
    for shown, value, data in (("200", 200.0, "1"), ("250", 250.0, "2")):
        sections = [{**said("")[0], "sentences": [sentence(f"There were {shown} contacts.", "k")]}]
        source = {"2015-16/a.csv": {"hash": data}}
        sides.append(edition(facts={"k": fact(shown, value)}, sections=sections, sources=source))
    change = difference(*sides).of("sentence")[0]
    assert change.change == "changed" and change.why == ("data",)


def test_an_edited_sentence_is_text_and_a_claim_that_no_longer_holds_is_told():
    claims = [{"place": "commentary, section s", "page": "p.html", "words": "above England", "holds": True}]
    old = edition(sections=said("One.", "The rate is above England."), claims=claims)
    failed = [claims[0] | {"holds": False}]
    new = edition(sections=said("One.", "The rate is below England."), claims=failed, texts={"p.html": "2"})
    found = difference(old, new)
    assert [(c.kind, c.change, c.why) for c in found.changes] == [
        ("claim", "changed", ("text",)),
        ("sentence", "changed", ("text",)),
    ]
    assert marks("The rate is above England.", "The rate is below England.") == [
        ("same", "The rate is"),
        ("removed", "above"),
        ("added", "below"),
        ("same", "England."),
    ]


def test_a_claim_that_falls_with_its_data_was_not_edited_and_is_told_first(tmp_path):
    claim = {"place": "section a", "page": "a.html", "words": "highest in May", "holds": True, "files": ["a.csv"],
             "tables": ["a"]}  # fmt: skip
    old = edition(claims=[claim], sources={"a.csv": {"hash": "1"}}, texts={"a.html": "x"})
    new = edition(claims=[claim | {"holds": False}], sources={"a.csv": {"hash": "2"}}, texts={"a.html": "y"})
    found = difference(old, new)
    assert [change.why for change in found.of("claim")] == [("data",)]
    assert "no longer borne out by the data" in write_page(found, tmp_path / "d.html").read_text(
        encoding="utf8"
    )
    edited = edition(claims=[claim | {"words": "lowest in May", "holds": False}], texts={"a.html": "y"})
    assert [change.why for change in difference(old, edited).of("claim")] == [("data", "text")]


def test_a_list_of_sources_that_names_a_changed_file_changed_with_the_data():
    table = {"page": "a.html", "kind": "table", "caption": "Sources", "rows": [["File", "Hash"], ["a.csv", "1"]],
             "files": [], "tables": []}  # fmt: skip
    newer = table | {"rows": [["File", "Hash"], ["a.csv", "2"]]}
    old = edition(figures={"tbl-a": table}, sources={"a.csv": {"hash": "1"}})
    new = edition(figures={"tbl-a": newer}, sources={"a.csv": {"hash": "2"}})
    assert [change.why for change in difference(old, new).of("table")] == [("data",)]


def test_changed_sentences_and_claims_come_in_the_order_in_which_they_are_read():
    names = ("the first", "a second", "a last")

    def edition_of(word, holds):
        sections = [
            {
                "page": "p.html",
                "section": name,
                "heading": name,
                "sentences": [sentence(f"Of {name} {word}.")],
            }
            for name in names
        ]
        held = {"page": "p.html", "files": [], "tables": []}
        return edition(
            sections=sections,
            claims=[held | {"place": name, "words": name, "holds": holds} for name in names],
        )

    told = difference(edition_of("much is known", True), edition_of("much was said", False))
    assert [change.label for change in told.of("sentence")] == [*names]
    assert [change.label for change in told.of("claim")] == [*names]


def test_a_sentence_that_only_moved_to_another_section_is_no_change():
    def page(one, other):
        parts = [{"page": "p.html", "section": name, "heading": name, "sentences": [sentence(text) for text in texts]}
                 for name, texts in (("a", one), ("b", other))]  # fmt: skip
        return edition(sections=parts)

    moved = difference(page(["Stays.", "Moves."], ["Other."]), page(["Stays."], ["Other.", "Moves."]))
    assert moved.empty
    twice = difference(page(["Moves.", "Moves."], []), page([], ["Moves."]))
    assert [(change.change, change.old["text"]) for change in twice.of("sentence")] == [("removed", "Moves.")]


def test_a_table_says_which_cells_changed():
    old, new = (figure([["Month", "Contacts"], ["April", a], ["May", "70"]]) for a in ("60", "66"))
    cells = one(edition(figures={"fig-a": old}), edition(figures={"fig-a": new})).cells
    assert cells == (
        {"row": "April", "column": "Contacts", "old": "60", "new": "66", "absolute": 6, "percent": 10},
    )


def test_facts_of_two_years_are_matched_by_their_distance_from_the_report(tmp_path):
    old = edition(facts={"a.count|Here|+0": fact("200", 200.0)})
    new = edition(year="2016-17", facts={"a.count|Here|+0": fact("250", 250.0, year="2016-17")})
    assert one(old, new).why == ("year",)


# ---- small counts ------------------------------------------------------------------------------------------------


def test_small_counts_are_never_shown_and_by_how_much_shown_numbers_differ_always(tmp_path):
    small = edition(
        facts={"k": fact("4", 4.0, children=True)},
        figures={"fig-a": figure([["M", "N"], ["a", "3"]], children=True)},
    )
    large = edition(
        facts={"k": fact("12", 12.0, children=True)},
        figures={"fig-a": figure([["M", "N"], ["a", "31"]], children=True)},
    )
    found = difference(small, large)
    text = json.dumps(found.to_dict()) + write_page(found, tmp_path / "d.html").read_text(encoding="utf8")
    assert (
        '"4"' not in text and ">4<" not in text and '"3"' not in text and ">3<" not in text and "[c]" in text
    )
    step = one(
        edition(facts={"k": fact("12", 12.0, children=True)}),
        edition(facts={"k": fact("15", 15.0, children=True)}),
    )
    assert amount(step) == "+3 (+25%)", "both numbers stand beside it"


def test_what_is_withheld_now_is_told_of_the_old_edition_by_nothing():
    """Words, facts and claims of the last draft that name a number which is withheld now say it no more."""
    tables = [
        [["Who", "N"], ["Girls", "17"], ["Boys", "31"]],
        [["Who", "N"], ["Girls", "[c]"], ["Boys", "40"]],
    ]
    claim = {"place": "section s", "page": "p.html", "words": "most, 17, are girls", "holds": True}
    old = edition(
        facts={"k": fact("17", 17.0), "other": fact("31", 31.0)},
        figures={"fig-a": figure(tables[0], headline="17 are girls", alt="First 17.")},
        sections=said("Of the children 17 are girls and 31 boys."),
        claims=[claim],
    )
    new = edition(
        facts={"other": fact("40", 40.0)},
        figures={"fig-a": figure(tables[1], headline="Most are boys", alt="First 40.")},
        sections=said("Of the children 40 are boys."),
    )
    found = as_told(difference(old, new))
    told = json.dumps([asdict(change) for change in found.changes])
    figures = [change for change in found.changes if change.kind == "figure"]
    assert "17" not in told.replace("17.0", "17") and "[c]" in told
    assert figures[0].old["headline"] == figures[0].old["alt"] == "[c]"
    assert [c for c in found.of("fact") if c.key == "other"][0].old["shown"] == "31", (
        "what is shown still stays"
    )
    assert figures[0].old["hash"] == "", "the number could be tried against it"
    assert {cell["row"]: (cell["old"], cell["new"]) for cell in figures[0].cells} == {
        "Girls": ("(shown)", "[c]"),
        "Boys": ("31", "40"),
    }
    later = as_told(
        difference(old, edition(year="2016-17", figures=new["figures"], sections=new["sections"]))
    )
    assert "17 are girls" in json.dumps(later.to_dict()), "another year's report was published as it is"


def told(old, new):
    return as_told(difference(old, new))


def test_a_claim_in_words_alone_is_not_told_again_when_a_number_of_its_table_is_gone():
    """`Arrests` are withheld now; that it was one referral was said without a numeral, of a fact that no page showed."""
    claim = {"place": "section s", "page": "p.html", "words": "a driver made a referral", "holds": True}
    of_children = {"tables": ["exploitation_activity"], "provenance": "published"}
    claims = [claim | {"tables": ["exploitation_activity"]}, claim | {"words": "most", "tables": ["members"]}]
    old = edition(facts={"arrests": fact("13", 13.0) | of_children}, claims=claims)
    found = told(old, edition())
    assert [(c.label, c.old["words"]) for c in found.of("claim")] == [("[c]", "[c]"), ("most", "most")]
    assert "referral" not in json.dumps(found.to_dict())


def test_words_of_a_cell_do_not_tell_again_what_the_cell_beside_it_withholds_now():
    """The sum of the parts is withheld since one of them is a few; the sentence in the same row said it too."""
    head = ["Check", "Said", "Computed", "In words"]
    before = [head, ["Parts", "463", "392", "The parts come to 392, not 463. Some are left out."]]
    after = [head, ["Parts", "[c]", "[c]", "It does not hold. Some are left out."]]
    changes = told(edition(figures={"t": figure(before)}), edition(figures={"t": figure(after)}))
    assert {cell["old"] for cell in changes.changes[0].cells} == {"(shown)"}
    assert "392" not in json.dumps(changes.to_dict())


def test_a_row_that_went_into_a_larger_group_is_not_told_again():
    """Of 36 in C and D, D had 16 in the last draft: with it, A or D less D is the small count."""
    head = ["Where", "Who", "N"]
    before = [head, ["Here", "A", "[c]"], ["Here", "B", "[c]"], ["Here", "C", "30"], ["Here", "D", "16"]]
    after = [head, ["Here", "B", "20"], ["Here", "C", "30"], ["Here", "A or D", "20"]]
    old = edition(
        figures={"fig-a": figure(before, children=True, alt="Last 16.", hash="1")},
        sections=said("In D there were 16."),
    )
    new = edition(figures={"fig-a": figure(after, children=True, alt="Last 20.", hash="2")})
    found = told(old, new)
    assert "16" not in json.dumps(found.to_dict()["changes"])
    (change,) = found.of("figure")
    cells = {cell["row"]: (cell["old"], cell["new"]) for cell in change.cells}
    assert cells["Here, D"] == ("(shown)", None) and cells["Here, A or D"] == (None, "20")
    assert "Here, C" not in cells and is_covered(change)
    own = edition(figures={"fig-a": figure(before, hash="1")})
    assert "16" in json.dumps(told(own, edition(figures={"fig-a": figure(after, hash="2")})).to_dict()), (
        "what counts no children is told"
    )


def test_figures_are_told_in_the_order_of_the_report_those_that_are_gone_where_they_stood():
    rows = [["Year", "N"], ["2015-16", "1,000"]]
    places = {
        key: {"page": "p.html", "at": at, "words": ""} for at, key in enumerate(["fig-c", "fig-a", "fig-b"])
    }
    figures = {key: figure(rows) for key in sorted(places)}
    noted = {key: told | {"note": "Revised."} for key, told in figures.items() if key != "fig-a"}
    found = difference(
        edition(figures=figures, places=places),
        edition(figures=noted, places={key: place for key, place in places.items() if key != "fig-a"}),
    )
    assert [change.key for change in found.of("figure")] == ["fig-c", "fig-a", "fig-b"]


def test_a_figure_and_a_fact_of_children_that_were_left_out_are_not_told_again():
    """With 140 of 143 clients told no more, for it gave three away, the page of changes must not tell it either."""
    gone = fact("140", 140.0, tables=["rusafe_clients"], id="rusafe.age13_17")
    share = fact("98%", 98.0, tables=["rusafe_clients"], id="rusafe.share", unit="percent")
    official = fact("977", 977.0, tables=["children_in_need"], provenance="official")
    rows = [["Age", "N"], ["13", "55"], ["14", "66"]]
    old = edition(
        facts={"gone": gone, "share": share, "official": official},
        figures={"fig-ages": figure(rows, children=True, alt="First 55.", hash="1")},
        sections=said("Of the clients 140, or 98%, were 13 to 17.", "There were 977 in need."),
    )
    found = told(old, edition())
    text = json.dumps(found.to_dict()["changes"])
    assert not [number for number in ("140", "98", "55", "66") if number in text] and "977 in need" in text
    assert [change.old["shown"] for change in found.of("fact")] == ["[c]", "977", "[c]"]
    assert is_covered(*found.of("figure")), "its chart is not drawn either"


def test_a_sentence_of_another_program_that_shows_a_small_count_is_written_anew():
    told = {**sentence("There were 4 children.", "k"), "form": "There were {k} children."}
    sections = [{**said("")[0], "sentences": [told]}]
    change = one(
        edition(facts={"k": fact("4", 4.0, children=True)}),
        edition(facts={"k": fact("4", 4.0, children=True)}, sections=sections),
    )
    assert change.new["text"] == "There were [c] children."


# ---- what always holds -------------------------------------------------------------------------------------------

WORDS = st.lists(
    st.sampled_from(["rose", "fell", "the", "rate", "of", "England", "12"]), min_size=1, max_size=6
).map(" ".join)
NUMBERS = st.integers(0, 400)


@st.composite
def editions(draw):
    facts = {
        key: fact(
            f"{n:,}", float(n), children=draw(st.booleans()), vintage=draw(st.sampled_from(["", "revised"]))
        )
        for key, n in draw(st.dictionaries(st.sampled_from("abc"), NUMBERS)).items()
    }
    rows = [["M", "N"], *[[f"r{i}", str(n)] for i, n in enumerate(draw(st.lists(NUMBERS, max_size=3)))]]
    claims = [
        {"place": "s", "page": "p.html", "words": words, "holds": draw(st.booleans())}
        for words in draw(st.lists(WORDS, max_size=3))
    ]
    return edition(
        facts=facts,
        figures={"fig-a": figure(rows, children=draw(st.booleans()))},
        claims=claims,
        sections=said(*draw(st.lists(WORDS, max_size=5))),
        sources={"2015-16/a.csv": {"hash": draw(st.sampled_from("12"))}},
        texts={"p.html": draw(st.sampled_from("12"))},
        made_with={"version": "1", "commit": "", "package": draw(st.sampled_from("xy"))},
    )


@settings(max_examples=60, deadline=None)
@given(editions())
def test_an_edition_does_not_differ_from_itself(same):
    assert difference(same, json.loads(json.dumps(same))).empty


TURNED = {"added": "removed", "removed": "added", "changed": "changed"}


def turned(change):
    cells = {
        (c["row"], c["column"], c["new"], c["old"], c["absolute"] and -c["absolute"]) for c in change["cells"]
    }
    old, new = (json.dumps(change[side], sort_keys=True) for side in ("new", "old"))
    return (
        change["kind"],
        TURNED[change["change"]],
        change["key"],
        old,
        new,
        change["absolute"] and -change["absolute"],
        sorted(map(repr, cells)),
        change["why"],
    )


def as_is(change):
    cells = {(c["row"], c["column"], c["old"], c["new"], c["absolute"]) for c in change["cells"]}
    old, new = (json.dumps(change[side], sort_keys=True) for side in ("old", "new"))
    return (
        change["kind"],
        change["change"],
        change["key"],
        old,
        new,
        change["absolute"],
        sorted(map(repr, cells)),
        change["why"],
    )


@settings(max_examples=150, deadline=None)
@given(editions(), editions())
def test_the_way_back_is_the_mirror_of_the_way_there(first, second):
    there, back = (difference(*pair).to_dict()["changes"] for pair in ((first, second), (second, first)))
    assert sorted(map(repr, map(as_is, there))) == sorted(map(repr, map(turned, back)))


@settings(max_examples=100, deadline=None)
@given(st.lists(WORDS, max_size=6), st.lists(WORDS, max_size=6))
def test_every_sentence_is_paired_once_and_equal_ones_are_no_change(old, new):
    pairs = paired(old, new)
    assert sorted(i for i, _ in pairs if i is not None) == list(range(len(old)))
    assert sorted(j for _, j in pairs if j is not None) == list(range(len(new)))


@settings(max_examples=100, deadline=None)
@given(WORDS, WORDS)
def test_marked_words_give_both_sentences_back(old, new):
    found = marks(old, new)
    assert " ".join(text for kind, text in found if kind != "added") == old
    assert " ".join(text for kind, text in found if kind != "removed") == new


# ---- the page ----------------------------------------------------------------------------------------------------

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}"


def test_text_from_an_edition_is_inert_on_the_page(tmp_path):
    old, new = edition(sections=said("One.")), edition(
        sections=said(HOSTILE),
        figures={"fig-a": figure([["M", HOSTILE], [HOSTILE, "31"]], caption=HOSTILE, alt=HOSTILE)},
        claims=[{"place": HOSTILE, "page": "p.html", "words": HOSTILE, "holds": False}],
        sources={HOSTILE: {"hash": "1", "title": HOSTILE}},
        facts={HOSTILE: fact(label=HOSTILE)},
    )  # fmt: skip
    svg = {"fig-a": ("", '<svg onload="alert(1)"><script>alert(1)</script></svg>')}
    page = write_page(difference(old, new), tmp_path / "d.html", svg).read_text(encoding="utf8")
    assert "<script" not in page and "<img src=x" not in page and "<svg" not in page and "{{ 7*7 }}" in page
    assert "http" not in page.replace("http-equiv", "")


def test_a_chart_that_is_as_it_was_is_not_drawn_again(tmp_path):
    old, new = (edition(figures={"fig-a": figure([["M", "N"]], note=note)}) for note in ("One.", "Two."))
    for drawn, shown in ((("<svg/>", "<svg/>"), 0), (("<svg/>", "<svg id='b'/>"), 2)):
        page = write_page(difference(old, new), tmp_path / "d.html", {"fig-a": drawn}).read_text(
            encoding="utf8"
        )
        assert page.count("<img") == shown and "Two." in page


def test_on_a_phone_a_fact_that_changed_is_a_card(tmp_path):
    pair = [edition(facts={"a.count|Here|2015-16": fact(text, float(text))}) for text in ("200", "250")]
    page = write_page(difference(*pair), tmp_path / "d.html").read_text(encoding="utf8")
    assert 'data-head="Old" class="number">200<' in page and "table[data-cards] td::before" in page


def test_the_same_difference_gives_the_same_bytes(tmp_path):
    found = difference(edition(sections=said("One.")), edition(sections=said("Two.")))
    first, second = (write_page(found, tmp_path / name).read_bytes() for name in ("a.html", "b.html"))
    assert first == second


# ---- what a page says ----------------------------------------------------------------------------------------------


def test_pages_are_read_with_their_sections_sentences_and_figures(rendered_book):
    pages = {page.name: page for page in read_pages(rendered_book)}
    assert list(pages)[0] == "index.html" and len(pages) == 4
    anchors = [anchor for anchor, _, _ in pages["01_rates.html"].sections()]
    assert any(anchor.startswith("sec-") for anchor in anchors)
    figures = [node.get("id") for page in pages.values() for node in page.figures()]
    assert figures and len(figures) == len(set(figures))
    paragraphs = [p for page in pages.values() for _, _, found in page.sections() for p in found]
    assert paragraphs and all(p.get("id") for p in paragraphs)


def test_a_sentence_keeps_its_facts_and_its_form(tmp_path):
    span = '<span class="fact" data-fact="a" data-area="Here" data-year="2015-16">4,762</span>'
    page = f"<main><h1>T</h1><section id='sec-s'><h2>S</h2><p>We had {span} contacts. All were read.</p></section></main>"
    (tmp_path / "a.html").write_text(page.replace("'", '"'), encoding="utf8")
    (_, _, _), (_, _, [paragraph]) = read_pages(tmp_path)[0].sections()
    first, second = sentences(paragraph)
    assert (first["text"], first["form"]) == ("We had 4,762 contacts.", "We had {a|Here|2015-16} contacts.")
    assert first["facts"] == ["a|Here|2015-16"] and second["text"] == "All were read." and not second["facts"]


def test_the_drawing_of_a_figure_is_found(tmp_path):
    body = '<div class="figure-body" id="figure-a"><div class="chart chart-wide"><svg role="img"><desc>x</desc></svg></div></div>'
    (tmp_path / "a.html").write_text(f"<main>{body}</main>", encoding="utf8")
    assert drawings(tmp_path, ["fig-a", "fig-b"]) == {"fig-a": '<svg role="img"><desc>x</desc></svg>'}


# ---- the editions that are named -----------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "project"
    (root / "data" / "raw" / "2015-16").mkdir(parents=True)
    shutil.copy(ROOT / "_quarto.yml", root)
    shutil.copy(ROOT / "data" / "raw" / "2015-16" / "year.toml", root / "data" / "raw" / "2015-16")
    for label, texts in (("2015-16", ["One."]), ("2016-17", ["Two."])):
        folder = root / "build" / label
        folder.mkdir(parents=True)
        write(edition(year=label, sections=said(*texts)), folder / "edition.json")
    return Project(root)


def test_two_years_and_two_folders_can_be_named(project):
    page, file, lines = diff_command(project, "2015-16", str(project.root / "build" / "2016-17"))
    assert page == project.root / "build" / "2016-17" / "diff.html" and page.exists()
    assert json.loads(file.read_text(encoding="utf8"))["counts"]["sentence"]["changed"] + len(lines) >= 1
    assert not diff(project.root / "build" / "2015-16", project.root / "build" / "2016-17").empty


def test_an_old_chart_is_not_set_beside_one_that_withholds_a_number_of_it(project):
    """The old drawing would show the number that the new edition withholds."""
    sides = []
    for name, cell in (("old", "17"), ("new", "[c]")):
        folder = project.root / "build" / name
        rows = [["Who", "N"], ["Girls", cell], ["Boys", "31"]]
        written = edition(figures={"fig-a": figure(rows, alt="A chart.")})
        (folder / "report").mkdir(parents=True)
        write(written, folder / "edition.json")
        body = f'<div class="figure-body" id="figure-a"><div class="chart chart-wide"><svg><text>{cell}</text></svg></div></div>'
        (folder / "report" / "a.html").write_text(f"<main>{body}</main>", encoding="utf8")
        sides.append(str(folder))
    page, file, _ = diff_command(project, *sides)
    text, old = page.read_text(encoding="utf8"), as_image("<svg><text>17</text></svg>")
    assert "17" not in file.read_text(encoding="utf8") and old not in text
    assert as_image("<svg><text>[c]</text></svg>") in text and "not for publication" in text
    page, *_ = diff_command(project, *reversed(sides))
    assert old in page.read_text(encoding="utf8"), "what is shown now may be seen"


@pytest.mark.parametrize("name", ["no-such-thing", "1999-00", "-x", "--output=x"])
def test_what_is_no_edition_is_told_so(project, name):
    with pytest.raises(ValueError, match=r"build|edition|year"):
        diff_command(project, name, "2016-17")


def test_a_file_that_is_no_edition_is_told_so(tmp_path):
    for text in ("", "[]", '{"format": 99}'):
        (tmp_path / "edition.json").write_text(text, encoding="utf8")
        with pytest.raises(ValueError, match="edition"):
            load(tmp_path / "edition.json")


def test_a_commit_whose_edition_is_kept_is_not_built_again(project):
    def git(*words):
        who = ["-c", "user.name=a", "-c", "user.email=a@b"]
        return subprocess.run(
            ["git", *who, *words], cwd=project.root, check=True, capture_output=True, text=True
        )

    git("init", "-q")
    git("add", "_quarto.yml")
    git("commit", "-q", "-m", "one")
    commit = git("rev-parse", "HEAD").stdout.strip()
    kept = project.root / "build" / "commits" / commit / "2015-16"
    kept.mkdir(parents=True)
    write(edition(sections=said("Kept.")), kept / "edition.json")
    lines = []
    assert (
        find(project, "HEAD", "2015-16", lines.append).edition["sections"][0]["sentences"][0]["text"]
        == "Kept."
    )
    assert lines == []
    html, _, told = diff_command(project, commit[:7], "HEAD")
    assert told == ["The two editions say the same."] and html.exists()


def test_a_copy_of_the_project_is_read_where_git_is_not_installed(tmp_path, monkeypatch):
    (tmp_path / ".git").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert _made_with(Project(tmp_path), None)["commit"] == ""
