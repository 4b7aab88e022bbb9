"""Commentary: bound numbers, claims, and what happens when either fails."""

import re
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bscbdata import back_test, facts, prose
from bscbdata.build.final import stopping
from bscbdata.facts import Definition
from bscbdata.findings import SMALL, DataStop
from bscbdata.period import ReportYear
from bscbdata.places import Edition
from bscbdata.prose import Writer, read_sections, unbound_numbers
from bscbdata.prose.commentary import Section


@pytest.fixture
def writer(monkeypatch):
    rows = [
        ("referrals_rate", "Buckinghamshire", "2014-15", 431.3),
        ("referrals_rate", "Buckinghamshire", "2015-16", 576.7),
        ("referrals_rate", "England", "2015-16", 532.2),
    ]
    frame = pd.DataFrame(rows, columns=["indicator", "area", "year", "value"]).assign(
        category="All", provenance="official", numerator=None, denominator=None
    )
    contacts = pd.DataFrame(
        {
            "source": ["Police", "Schools", "Other"],
            "contacts": [30, 20, 50],
            "provenance": "published",
            "row_id": ["f#2", "f#3", "f#4"],
        }
    )
    known = [
        Definition(
            "referrals.rate",
            "Referral rate",
            "value",
            "indicators",
            "value",
            "indicator=referrals_rate; area={area}; year={year}",
            "",
            "per 10,000",
            1,
            "",
        ),
        Definition(
            "police.share",
            "Police",
            "share_pct",
            "contacts",
            "contacts",
            "source=Police",
            "source!=none",
            "percent",
            0,
            "",
        ),
        Definition(
            "contacts.listed", "Listed", "count", "contacts", "", "source=Police|Schools", "", "rows", 0, ""
        ),
    ]
    monkeypatch.setattr(facts, "definitions", lambda: {d.id: d for d in known})
    edition = Edition(ReportYear(2015), "Buckinghamshire", (), (), "The Board", "A Chair", "2016", "draft")
    return Writer({"indicators": frame, "contacts": contacts}, edition)


def test_a_fact_prints_in_house_style_inside_an_element_that_carries_its_id(writer):
    text = writer.render('Police made {{ fact("police.share") }}.', "t")
    assert (
        text
        == 'Police made <span class="fact" data-fact="police.share" data-area="Buckinghamshire" data-year="2015-16">30%</span>.'
    )


def test_change_is_told_in_words_that_come_from_the_data(writer):
    text = writer.render(
        'The rate {{ change("referrals.rate") }}, {{ compared("referrals.rate", "England") }} England.', "t"
    )
    assert re.sub(r"<[^>]+>", "", text) == "The rate rose sharply from 431.3 to 576.7, higher than England."


def test_a_claim_that_holds_leaves_its_words_and_nothing_else(writer):
    assert (
        writer.render(
            '{% claim fact("referrals.rate") > fact("referrals.rate", area="England") %}above{% endclaim %}',
            "t",
        )
        == "above"
    )
    assert writer.claims == 1 and not writer.findings


def test_a_claim_that_fails_is_flagged_in_a_draft_and_stops_a_final_build(writer):
    source = '{% claim fact("referrals.rate") < 100 %}very low{% endclaim %}'
    assert "claim-failed" in writer.render(source, "t")
    assert [f.check for f in writer.findings] == ["claim"]
    # for who does not see the colour
    assert writer.render(source, "t").endswith(f"{prose.NOT_BORNE_OUT}</span>")
    assert writer.judged[-1]["weighed"] == ["referrals.rate|Buckinghamshire|2015-16"]
    assert "no longer supports" in stopping(writer.findings, writer.edition)[0].message


def test_a_claim_that_fails_says_in_which_line_and_what_it_weighs_and_no_number(writer):
    source = 'One.\n\n{% claim fact("referrals.rate") < 100 and fact("police.share") > 0 %}low{% endclaim %}'
    writer.render(Section(source, 40), "t")
    told = writer.findings[0]
    assert (told.row, told.value) == (42, "low")
    assert told.advice.startswith("Its condition weighs referrals.rate: `bscb facts`")
    assert not re.search(r"\d", told.advice)


def test_an_unknown_fact_stops_with_the_section_and_a_near_name(writer):
    with pytest.raises(DataStop, match=r"section x.*'police\.shar'.*Near it: police\.share"):
        writer.render('{{ fact("police.shar") }}', "section x")


def test_a_fact_without_rows_is_never_a_zero(writer):
    text = writer.render('One. {{ fact("referrals.rate", area="Wales") }}', "t")
    assert "One" not in text and "data-fact" not in text and "callout-note .gap" in text
    assert [found.check for found in writer.findings] == ["gap"]


def test_what_has_no_data_is_left_out_and_the_rest_of_a_section_stays_as_it_is(writer):
    said = """::: {.callout-note title="Box"}
{{ fact("referrals.rate", year="2016-17") }}
:::

## Head {#sec-h}

- One {{ fact("referrals.rate") }}
  and more.
- {% claim fact("referrals.rate", year="2016-17") > 1 %}Two

spans two paragraphs{% endclaim %}.
- Three.
"""
    text = writer.render(said, "t")
    kept, box = text.split("\n::: {.callout-note .gap")
    assert "Box" not in kept and "Two" not in kept and "spans" not in kept and kept.count(":::") == 0
    assert (
        re.sub(r"<[^>]+>", "", kept)
        .split("\n\n", 1)[1]
        .strip()
        .startswith("## Head {#sec-h}\n\n- One 576.7\n  and more.\n\n- Three.")
    )
    assert box.count("2016-17") == 1, "each gap is told once"
    assert not writer.judged, "a claim without data was not judged"
    (stops,) = stopping(writer.findings * 2, writer.edition)
    name = writer.findings[0].value
    assert "2016-17: not returned" in stops.message and f'[gaps]: {name} = "' in stops.advice, (
        "once, and what to write"
    )
    known = replace(writer.edition, known_gaps={name: "It comes in November."})
    assert not stopping(writer.findings, known)


@given(
    st.lists(
        st.sampled_from(
            [
                "words",
                "- point",
                "  more",
                "",
                "::: {.box}",
                ":::",
                "1. one",
                "{% claim x %}a",
                "b{% endclaim %}",
                "{% if x %}",
                "{% endif %}",
            ]
        )
    ).map("\n".join)
)
def test_the_blocks_of_a_text_are_the_text(text):
    assert "".join(prose.blocks(text)) == text


@pytest.mark.parametrize("tags", [("{% if x %}", "{% endif %}"), ("{% claim x %}", "{% endclaim %}")])
def test_what_a_tag_spans_is_one_block(tags):
    spanned = f"{tags[0]}\n::: {{.box}}\nwords\n\n- point\n:::\n{tags[1]}\n"
    assert prose.blocks(f"before\n\n{spanned}\nafter\n") == ["before\n\n", f"{spanned}\n", "after\n"]


def test_a_fact_of_a_column_that_its_table_does_not_have_is_named_with_those_it_has(writer, monkeypatch):
    wrong = replace(facts.definitions()["police.share"], id="wrong", column="contactz")
    monkeypatch.setattr(facts, "definitions", lambda: {"wrong": wrong})
    with pytest.raises(
        DataStop, match=r"'wrong': table 'contacts' has no column 'contactz'. Its columns: .*contacts"
    ):
        writer.render('{{ fact("wrong") }}', "t")


def test_a_text_that_is_not_saved_as_utf8_is_named(tmp_path):
    (tmp_path / "07_neglect.md").write_bytes("# neglect\nCafé\n".encode("cp1252"))
    with pytest.raises(ValueError, match=r"07_neglect\.md: it is not saved as UTF-8"):
        read_sections(tmp_path / "07_neglect.md")


def test_a_count_counts_rows_and_a_share_knows_its_parts(writer):
    assert facts.compute("contacts.listed", writer.tables, writer.edition).value == 2
    share = facts.compute("police.share", writer.tables, writer.edition)
    assert (share.numerator, share.denominator, share.rows) == (30, 100, ("f#2", "f#3", "f#4"))


def test_a_small_count_of_children_or_a_share_built_on_one_is_never_written_out(writer):
    writer.tables["contacts"].loc[0, "contacts"] = 4
    assert "police" not in (said := writer.render('{{ fact("police.share") }} from the police.', "t"))
    assert said.strip() == prose.WITHHELD
    assert "count of 1 to 5 children" in stopping(writer.findings, writer.edition)[0].message


@pytest.mark.parametrize(("part", "whole"), [(30, 33), (3, 33), (0, 4)])
def test_a_share_of_a_series_tells_the_rest_of_its_whole(writer, part, whole):
    """The last month's share in time is told as little as a fact of it would be."""
    series = {"indicator": "assessments_in_45_working_days_by_month_pct", "area": "Buckinghamshire"}
    series |= {"year": "2015-16", "category": "All", "period": "March 2016", "table": "contacts"}
    series |= {"numerator": part, "denominator": whole, "value": 100 * part / whole, "provenance": "returned"}
    writer.tables["indicators"] = pd.DataFrame([series])
    asked = '{{ last("assessments_in_45_working_days_by_month_pct") }} of them'
    assert writer.render(asked, "t").strip() == prose.WITHHELD
    writer.tables["indicators"] = pd.DataFrame([series | {"numerator": 27, "denominator": 33}])
    assert "of them" in writer.render(asked, "t")


SMALL_TEXT = """One paragraph with {{ fact("referrals.rate") }} of referrals. And more of it.

- The share of the police was secretword {{ fact("police.share") }}.
- {% claim fact("police.share") > 3 %}Hidden claim{% endclaim %} here.
- A point that may stand.

## Heading

{% claim fact("referrals.rate") > 1 %}This holds{% endclaim %}.
"""


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("{{ fact(“police.share”) }}", r"unexpected char.*straight quotation mark"),
        ('{% claim fact("police.share") > 1 %}more', r"endclaim.*each claim has its endclaim"),
        ("{{ fact(police.share) }}", r"'police' is undefined\..*in quotation marks: fact\(\"referrals.count"),
        ('{{ fact("police.share", decimal=1) }}', r"'decimal'\. docs/how-to.md lists"),
        (
            '{{ fact("referrals.rate", area="Bukinghamshire") }}',
            r"of which no figure is here\. Near it: Buckinghamshire\.",
        ),
    ],
)
def test_a_text_that_cannot_be_written_says_what_to_do(writer, text, advice):
    with pytest.raises(DataStop, match=advice):
        writer.render(text, "02_contacts.md, section x")


def test_a_finding_names_the_line_of_the_file(writer, tmp_path):
    """Sections are rendered one by one; an author looks for the line in the file."""
    path = tmp_path / "02_contacts.md"
    path.write_text(
        f"Not printed.\n\n# first\nWords.\n\n# second\n\n{SMALL_TEXT}", encoding="utf8", newline="\n"
    )
    writer.tables["contacts"].loc[0, "contacts"] = 3
    section = prose.read_sections(path)["second"]
    writer.render(section, "t")
    lines = path.read_text(encoding="utf8").splitlines()
    assert [lines[found.row - 1][:7] for found in writer.findings] == ["- The s", "- {% cl"]
    for unknown in ("Words.\n\n{{ fact('none') }}", f"{SMALL_TEXT}\n{{{{ fact('none') }}}}"):
        path.write_text(f"# first\n\n{unknown}", encoding="utf8", newline="\n")
        with pytest.raises(DataStop) as stopped:
            writer.render(prose.read_sections(path)["first"], "t")
        told = stopped.value.findings[0].row
        assert told is None or "none" in path.read_text(encoding="utf8").splitlines()[told - 1]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_a_draft_marks_where_a_small_count_stood_and_says_nothing_of_it(writer, count):
    """Only the paragraph or point goes; neither the page, nor the findings, nor what is told to the proof knows which."""
    writer.tables["contacts"].loc[0, "contacts"] = count
    said = writer.render(SMALL_TEXT, "file.md, section s")
    assert said.count(prose.WITHHELD) == 2 and said.count(f"- {prose.WITHHELD}") == 2
    assert "One paragraph" in said and "- A point that may stand." in said and "This holds" in said
    assert not any(word in said for word in ("secretword", "Hidden claim", "police"))
    assert [(found.check, found.file, found.row) for found in writer.findings] == [
        (SMALL, "file.md, section s", line) for line in (3, 4)
    ]
    assert str(writer.findings[0]).startswith("file.md, section s, line 3: ")
    told = " ".join(map(str, writer.findings))
    assert "police" not in told and "secretword" not in told
    assert not any("police" in key for key in writer.used), "what is not shown is not told"
    assert [claim["words"] for claim in writer.judged] == ["This holds"]
    assert all("1 to 5 children" in found.message for found in stopping(writer.findings, writer.edition))
    assert len(stopping(writer.findings, writer.edition)) == 2


def test_to_say_what_kind_a_number_is_tells_the_proof_of_no_number(writer):
    """Beside the mark of a small count the kind of its paragraph's numbers still stands: that gives nobody away."""
    writer.tables["contacts"].loc[0, "contacts"] = 3
    said = writer.render('It was {{ fact("police.share") }}.\n\n{{ comes_from("police.share") }}', "t")
    assert prose.WITHHELD in said and ".kind" in said
    assert not writer.used


def test_the_same_text_says_the_same_for_every_small_count(writer):
    """Nothing in a draft changes with which small number it is."""
    pages = set()
    for count in (1, 3, 5):
        writer.tables["contacts"].loc[0, "contacts"] = count
        pages.add(writer.render(SMALL_TEXT, "t"))
    assert len(pages) == 1


def test_a_headline_with_a_small_count_is_left_out_whole(writer):
    writer.tables["contacts"].loc[0, "contacts"] = 4
    assert writer.render('The police sent {{ fact("police.share") }}', "figure x", whole=True) == ""
    assert [found.check for found in writer.findings] == [SMALL]


@pytest.mark.parametrize(
    "text",
    [
        "there were 45 of them",
        "about 7%",
        "£3,000",
        "a third or 33",
        "last year 12 children waited",
        "a year 212 came",
        "over 12 families",
        "under 20 children",
        "over 80 professionals",
    ],
)
def test_a_number_that_is_not_bound_is_found(text):
    assert unbound_numbers(text)


@pytest.mark.parametrize(
    "text",
    [
        "in 2015-16",
        "on 31 March 2016",
        "at level 3",
        "section 47 enquiries",
        "per 10,000 children",
        "aged 14 to 17",
        "see @fig-a-1",
        "[x](a1.html)",
        "[^note2]",
        "two-year-olds",
        "pupils of year 9",
        "Year 6",
        "children under 18 who",
        "children under 18 Editions: England",
        "under 6 months",
        "children over 16",
    ],
)
def test_names_dates_and_references_may_hold_digits(text):
    assert not unbound_numbers(text)


def test_an_unbound_number_is_a_finding_of_the_draft(writer):
    writer.render("There were 45.", "t")
    assert [(f.check, f.value) for f in writer.findings] == [("number", "45.")]


def test_over_a_range_and_a_difference_print_and_carry_their_fact(writer):
    text = writer.render('{{ roughly("referrals.rate") }}; {{ span("police.share", "police.share") }}', "t")
    assert re.sub(r"<[^>]+>", "", text) == "almost 600; 30% to 30%"
    assert text.count('data-fact="') == 2 and not writer.findings


@pytest.mark.parametrize(
    "condition",
    [
        'fact("referrals.rate", year="2014-15") > fact("referrals.rate", area="England")',
        'fact("referrals.rate", year="2014-15") <= fact("referrals.rate", area="England")',
        'fact("referrals.rate", year="2014-15") == fact("referrals.rate", area="England")',
        '2 * fact("referrals.rate", year="2014-15") > fact("referrals.rate", area="England")',
        'fact("referrals.rate", year="2014-15") / 2 > fact("referrals.rate", area="England")',
        'share_of(fact("referrals.rate", year="2014-15"), fact("referrals.rate", area="England")) > 50',
        'about(fact("referrals.rate", year="2014-15"), fact("referrals.rate", area="England"), 5)',
    ],
)
def test_a_benchmark_of_another_year_is_refused_however_it_is_asked(writer, condition):
    with pytest.raises(DataStop, match="A benchmark must be of the same year"):
        writer.render(f"{{% claim {condition} %}}words{{% endclaim %}}", "t")


def test_what_is_reckoned_from_a_fact_is_no_fact_and_its_digits_are_found(writer):
    writer.render('{{ 2 * fact("referrals.rate") }}', "t")
    assert [found.check for found in writer.findings] == ["number"]


def test_a_number_with_thousands_after_a_name_is_no_part_of_the_name():
    assert prose.unbound_in("as in table 10,000 children") == ["10,000"]
    assert prose.unbound_in("as in table 10, and section 47.") == []


def test_a_plain_text_of_another_format_is_held_to_the_numerals_that_data_gave():
    text = "Referrals rose from 431.3 to\n576.7 (by 34%), in 2015-16. There were 45 of 1,234."
    assert prose.unbound_in(text, {"431.3", "576.7", "34"}) == ["45", "1,234."]
    assert prose.unbound_in("on 31 March 2016, under section 47") == []


def test_sections_are_read_by_name_and_doubles_refused(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("# one\nText.\n\n## Heading\nMore.\n# two\nEnd.\n", encoding="utf8")
    assert read_sections(path) == {"one": "Text.\n\n## Heading\nMore.\n", "two": "End.\n"}
    path.write_text("# one\na\n# one\nb\n", encoding="utf8")
    with pytest.raises(ValueError, match="stands twice"):
        read_sections(path)


@pytest.mark.parametrize(
    ("text", "number"),
    [("83% up", "83"), ("2% down", "-2"), ("0%", "0"), ("1,234", "1234"), ("44.5", "44.5"), ("new", None)],
)
def test_what_was_printed_is_read_as_a_number(text, number):
    assert back_test.printed_number(text) == number


def test_markdown_identifiers_are_not_taken_for_comments(writer):
    assert writer.render("# A {#sec-a} and {#tbl-b}", "t") == "# A {#sec-a} and {#tbl-b}"


HEAD = "id,label,how,table,column,where,of,unit,decimals,note"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "a,A,share_pct,contacts,contacts,source=Police,,percent,0,",
            "column 'of' is empty.*`contacts>=0` for all",
        ),
        (
            "a,A,share,contacts,contacts,source=Police,,percent,0,",
            "holds 'share'. Expected one of value, sum",
        ),
        (
            "a,A,sum,contacts,contacts,source=Police,,contacts,one,",
            "'decimals' holds 'one'. Expected a whole number",
        ),
    ],
)
def test_a_row_of_facts_that_cannot_be_used_is_named_with_its_line_and_what_was_expected(
    row, said, tmp_path, monkeypatch
):
    monkeypatch.setattr(facts, "DEFINITIONS", tmp_path)
    (tmp_path / "facts.csv").write_text(f"{HEAD}\n{row}\n", encoding="utf8")
    with pytest.raises(ValueError, match=rf"facts\.csv, line 2, fact 'a': .*{said}"):
        facts.definitions.__wrapped__()


def test_a_fact_that_stands_in_two_lists_is_told_with_both(tmp_path, monkeypatch):
    monkeypatch.setattr(facts, "DEFINITIONS", tmp_path)
    for name in ("facts.csv", "facts_official.csv"):
        (tmp_path / name).write_text(f"{HEAD}\na,A,sum,contacts,contacts,,,contacts,0,\n", encoding="utf8")
    with pytest.raises(ValueError, match="facts_official.csv defines 'a', which facts.csv defines already"):
        facts.definitions.__wrapped__()
