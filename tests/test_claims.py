"""Claims: every word of direction and size in the commentary is held by data, and the verbs say what is there."""

import json
import re
from dataclasses import replace

import pandas as pd
import pytest
from conftest import NOTEBOOKS, ROOT
from hypothesis import given
from hypothesis import strategies as st

from bscbdata.build.execute import told_by
from bscbdata.build.final import OPEN, stopping
from bscbdata.gaps import NoData
from bscbdata.indicators.long_table import compute_all
from bscbdata.prose import Writer, unbound, verbs

COMMENTARY = sorted((ROOT / "data" / "raw" / "2015-16" / "commentary").glob("*.md"))
STANDARD_WORDS = sorted((ROOT / "src" / "bscbdata" / "definitions" / "standard_words").glob("*.md"))
YOUNG = sorted((ROOT / "data" / "raw" / "2015-16" / "commentary").glob("*/*.md"))
COUNTS = st.integers(min_value=1, max_value=10_000)


@pytest.fixture(scope="module")
def report(cleaned_report):
    return cleaned_report


@pytest.fixture(scope="module")
def rendered(report):
    for name in report.commentary:
        report.prose(name)
    return report.writer


def test_the_commentary_carries_at_least_eighty_claims_and_all_hold(rendered):
    assert rendered.claims >= 80
    found = [one for one in rendered.findings if one.file.startswith("commentary/")]
    assert [(one.check, one.value) for one in found] == []


@pytest.mark.parametrize("path", [*COMMENTARY, *STANDARD_WORDS, *YOUNG], ids=lambda path: path.stem)
def test_no_word_of_comparison_stands_outside_a_claim(path):
    assert unbound.loose_comparisons(path.read_text(encoding="utf8")) == []


@pytest.mark.parametrize(
    "text",
    ["Most children were girls.", "It rose to {{ fact('x') }}.", "more\nthan half", "the Highest rate"],
)
def test_a_loose_comparison_is_found(text):
    assert unbound.loose_comparisons(text)


@pytest.mark.parametrize(
    "text",
    [
        "There were seven children in the unit.",
        "Twenty-five new referrals came.",
        "It was one in three.",
        "One in {{ fact('x') }} came back.",
        "Three out of four knew.",
        "Only one child was missing.",
        "A hundred pupils, dozens of families.",
        "four of the older girls",
        "Almost two years have passed since the inspection.",
        "It was begun three years ago, and has been here for two years.",
    ],
)
def test_a_count_in_words_is_found(text):
    assert unbound.loose_counts(text)


@pytest.mark.parametrize(
    "text",
    [
        "One-to-one help, one of the Board's concerns, one front door.",
        "two-year-olds took up their place",
        "Two conferences were held, three things are hard.",
        "Two serious case reviews, the ten neighbours, five priorities.",
        "{% claim fact('a') > 6 %}seven children{% endclaim %}, and {{ fact('a') }} families",
        "one child may go missing many times",
        "The Board meets every two months.",
        "Two years of figures cannot bear this out.",
    ],
)
def test_words_that_count_nothing_of_the_data_are_left_alone(text):
    assert unbound.loose_counts(text) == []


@pytest.mark.parametrize("path", [*COMMENTARY, *STANDARD_WORDS, *YOUNG], ids=lambda path: path.stem)
def test_no_count_stands_in_words_outside_a_claim(path):
    assert unbound.loose_counts(path.read_text(encoding="utf8")) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_count_stands_in_the_words_of_a_notebook(path):
    cells = json.loads(path.read_text(encoding="utf8"))["cells"]
    said = [" ".join("".join(c["source"]).split()) for c in cells if c["cell_type"] == "markdown"]
    captions = re.findall(r"(?:fig|tbl)-cap: (.*)", "\n".join("".join(c["source"]) for c in cells))
    assert [near for text in [*said, *captions] for near in unbound.loose_counts(text)] == []


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("There were seven children.", "number"),
        ("Referrals fell this year.", "wording"),
        ("About half of the children came back.", "wording"),
        ("Partners send their data each quarter.", ""),
        ("It is a quarter of all.", "wording"),
        ("{% claim 2 > 1 %}Referrals rose, and seven children came.{% endclaim %}", ""),
    ],
)
def test_a_draft_says_what_is_told_in_words_alone(report, text, check):
    writer = Writer(report._tidy, report.edition)
    writer.render(text, "a")
    assert [found.check for found in writer.findings] == ([check] if check else [])


@pytest.mark.parametrize("text", ["Referrals fell this year.", "About half of the children came back."])
def test_a_final_edition_stops_on_a_word_of_comparison_that_nothing_holds(report, text):
    writer = Writer(report._tidy, report.edition)
    writer.render(text, "a")
    told = stopping(writer.findings, report.edition)[0].told
    assert "allowed_comparisons.csv" in told and f"'{'fell' if 'fell' in text else 'half'}'" in told


def test_the_words_of_a_notebook_are_held_to_the_same_as_commentary():
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "There were seven children."]},
        {"cell_type": "code", "source": ["# nine children"], "outputs": []},
        {"cell_type": "markdown", "source": "Most of them came back."},
    ]
    told = told_by(cells, "02_journey.ipynb")
    assert [(one.check, one.file) for one in told] == [
        ("number", "notebooks/02_journey.ipynb, cell 1"),
        ("wording", "notebooks/02_journey.ipynb, cell 3"),
    ]
    assert {one.check for one in told} <= set(OPEN), "a final edition stops on both"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("report.figure(chart, headline='Most are White; the largest other group is Asian')", "Most largest"),
        ('report.figure(chart, headline="{% claim 2 > 1 %}Most are White{% endclaim %}")', ""),
        ("report.figure(chart, headline=f'Most are {found}')", ""),  # put together from data
        ('report.table_figure(frame, measure=f"From the largest source, {area}")', "largest"),
        ('report.table_figure(frame, note="All of it." if whole else "Fewer of it.")', "Fewer"),
        ("report.figure(chart, labels={'most': 'Most'})", ""),
        ("files = !ls\nreport.figure(chart, headline='Most')", ""),  # a line of the notebook's own, no Python
    ],
)
def test_the_words_of_a_figure_that_a_cell_writes_out_are_held_to_the_same(code, words):
    told = told_by([{"cell_type": "code", "source": code, "outputs": []}], "02_journey.ipynb")
    assert [re.search("'(.+)'", one.message)[1] for one in told] == words.split()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_figure_of_a_notebook_compares_in_words_that_nothing_holds(path):
    cells = json.loads(path.read_text(encoding="utf8"))["cells"]
    code = [cell | {"outputs": []} for cell in cells if cell["cell_type"] == "code"]
    assert told_by(code, path.name) == []


def test_the_measure_of_a_figure_holds_no_count_in_words(report):
    before = len(report.writer.findings)
    frame = report.table("standards")
    report.table_figure(frame, key="a", measure="Standards of seven children", tables=["standards"])
    assert [found.value for found in report.writer.findings[before:]] == ["Standards of seven children"]
    del report.writer.findings[before:]


def test_a_claim_whose_words_have_turned_false_is_flagged(report):
    writer = Writer(report._tidy, report.edition)
    said = 'fact("referrals.count") < fact("referrals.count", year="2014-15")'
    text = writer.render(f"{{% claim {said} %}}Referrals fell.{{% endclaim %}}", "a")
    assert "claim-failed" in text and [found.check for found in writer.findings] == ["claim"]


def test_what_a_claim_or_a_quotation_holds_is_not_loose():
    held = "{% claim fact('a') > 1 %}It rose{% endclaim %}. The printed report says that it fell."
    assert unbound.loose_comparisons(held) == []


def test_every_excuse_is_needed_and_reasoned():
    """An excuse that excuses nothing would hide a claim one day."""
    excuses = pd.read_csv(unbound.EXCUSED)
    text = " ".join(
        " ".join(path.read_text(encoding="utf8").split()) for path in [*COMMENTARY, *STANDARD_WORDS, *YOUNG]
    )
    text = re.sub(r"\{\{.*?\}\}", " N ", text)
    unused = [pattern for pattern in excuses["pattern"] if not re.search(pattern, text)]
    assert unused == []
    assert excuses["reason"].str.len().min() > 10


@pytest.mark.parametrize(
    ("percent", "words"),
    [
        (0, "none"),
        (3, "less than a tenth"),
        (10.4, "a tenth"),
        (33, "a third"),
        (31.5, "about a third"),
        (36, "more than a third"),
        (50, "half"),
        (51.9, "about half"),
        (54, "more than half"),
        (97, "more than nine tenths"),
        (100, "all"),
    ],
)
def test_a_share_has_the_word_of_the_written_rule(percent, words):
    assert verbs.share_word(percent) == words


@pytest.mark.parametrize("percent", [-0.1, 100.1, float("nan")])
def test_what_is_no_share_has_no_word(percent):
    with pytest.raises(ValueError, match="not a share"):
        verbs.share_word(percent)


@pytest.mark.parametrize("share", ["share_of(0, 0)", "0 / 0"])
def test_a_share_of_nothing_leaves_its_paragraph_out_and_stops_no_draft(report, share):
    writer = Writer(report._tidy, report.edition)
    text = f"Nobody came.\n\n{{% claim {share} > 50 %}}Most wrote.{{% endclaim %}}\n"
    said = writer.render(text, "a")
    assert said.startswith("Nobody came.") and "Most wrote." not in said and "The whole is 0." in said


@given(part=COUNTS, rest=st.integers(min_value=0, max_value=10_000))
def test_more_than_a_part_is_never_said_of_less(part, rest):
    percent = verbs.share_of(part, part + rest)
    words = verbs.share_word(percent)
    if words.startswith("more than "):
        assert percent > verbs.PARTS[words.removeprefix("more than ")]
    elif (name := words.removeprefix("about ")) in verbs.PARTS:
        assert verbs.about(percent, verbs.PARTS[name], verbs.ABOUT_POINTS)


@given(before=COUNTS, after=COUNTS)
def test_the_words_for_a_change_go_the_way_the_numbers_go(before, after):
    words = verbs.size_of_change(before, after)
    up = ("rose", "about doubled", "more than doubled")
    if words != "changed little":
        assert words.startswith(up if after > before else "fell")
    assert ("more than doubled" in words) <= (after > 2 * before)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (100, 103, "rose slightly"),
        (100, 133, "rose by a third"),
        (100, 68, "fell by about a third"),
        (100, 202, "about doubled"),
        (100, 100.5, "changed little"),
        (100, 0, "fell to nothing"),
    ],
)
def test_a_change_in_words(before, after, words):
    assert verbs.size_of_change(before, after) == words


EXAMPLE = re.compile(r"^\| `(\{\{ .*? \}\})`(?: \(and `\w+`\))? \| (.*) \|$", re.M)


def test_every_example_of_the_how_to_gives_what_it_says(report):
    examples = EXAMPLE.findall((ROOT / "docs" / "how-to.md").read_text(encoding="utf8"))
    assert len(examples) > 14
    for text, said in examples:
        assert re.sub(r"<[^>]+>", "", report.writer.render(text, "how-to")) == said, text


def test_every_verb_has_an_example_in_the_how_to(report):
    told = (ROOT / "docs" / "how-to.md").read_text(encoding="utf8")
    offered = [name for name, tool in report.writer._words("x").items() if callable(tool) and name[0] != "_"]
    assert [name for name in offered if f"{name}(" not in told and f"`{name}`" not in told] == []


def test_the_peak_is_the_month_of_the_highest_count(report):
    rows = report.indicator("referrals_by_month", [report.edition.area])
    rows = rows[rows["year"] == "2015-16"].set_index("category")["value"]
    known = verbs.Verbs(report.writer)
    assert rows[known.peak_month("referrals_by_month")] == rows.max()
    assert rows[known.low_month("referrals_by_month")] == rows.min()


def test_a_peak_that_two_months_share_is_refused(report):
    with pytest.raises(NoData, match="no single month"):
        verbs.Verbs(report.writer).low_month("privately_fostered_at_month_end")
    with pytest.raises(ValueError, match="is not of months"):
        verbs.Verbs(report.writer).low_month("rusafe_referrals")


def test_the_only_months_of_a_return_are_named_only_while_it_begins_with_the_first_of_them(report):
    text = "{% claim first_month('swan_unit_children') == 'January' %}from January on{% endclaim %}"
    whole = report.table("swan_unit")
    earlier = pd.concat([whole, whole.head(1).assign(month=pd.Timestamp("2015-12-01"))])
    for rows, holds in ((whole, True), (earlier, False)):
        tables = {**report._tidy, "swan_unit": rows}
        tables["indicators"] = compute_all(tables, report.edition.year.label, report.edition.area)
        writer = Writer(tables, report.edition)
        writer.render(text, "said")
        assert writer.judged[-1]["holds"] is holds
    with pytest.raises(ValueError, match="is not of months"):
        verbs.Verbs(report.writer).first_month("rusafe_referrals")


def test_no_share_is_told_of_those_beside_whom_no_other_is_counted(report):
    """A row of the boys that nobody sent is no count of no boys."""
    text = "Of girls: {{ fact('rusafe.female') }}."
    whole = report.table("rusafe_referrals_by_sex")
    boys = whole["sex"] == "Male"
    none = whole.assign(referrals=whole["referrals"].mask(boys, 0))
    for rows, told in ((whole, "90%"), (none, "100%"), (whole[~boys], "No row counts the others")):
        writer = Writer({**report._tidy, "rusafe_referrals_by_sex": rows}, report.edition)
        assert told in (said := writer.render(text, "said"))
        assert ("Of girls" in said) == told.endswith("%")
    assert [found.check for found in writer.findings] == ["gap"]


def _of_the_county(indicator, year="2015-16", **where):
    return {"indicator": indicator, "area": "Buckinghamshire", "year": year, **where}


@pytest.mark.parametrize(
    ("section", "where", "said"),
    [
        ("child-protection-plans", _of_the_county("child_protection_plans_rate_per_10000", "2014-15"), "It rose by about a third"),
        ("two-year-olds", _of_the_county("two_year_olds_take_up_pct", "2014-15"), "Take-up rose by about a fifth"),
        ("neglect", _of_the_county("plans_started_for_neglect_rate_per_10000", "2012-13"), "no change in per cent"),
    ],
)  # fmt: skip
def test_a_change_from_nothing_is_flagged_or_left_out_and_stops_no_draft(report, section, where, said):
    writer = _with(report, "indicators", 0.0, **where)
    writer.render(str(report.commentary[section]), section)
    assert any(said in f"{found}" for found in writer.findings), writer.findings


@pytest.mark.parametrize(
    ("section", "value", "where", "said"),
    [  # more plans for sexual abuse than for neglect; fewer referrals in October than in February
        ("neglect", 300, _of_the_county("child_protection_plans_started_by_category", category="Sexual abuse"), "the largest category"),
        ("child-protection-plans", 270, _of_the_county("child_protection_plans_started_by_category", category="Sexual abuse"), "then emotional abuse"),
        ("referral-months", 600, _of_the_county("referrals_by_month", category="October"), "no month had fewer"),
        # 2011-12 was lower than 2012-13 too: a fourth rise; Wycombe's highest quarter is the second; a half of the needs, and over
        ("headlines", 10, _of_the_county("child_protection_plans_rate_per_10000", "2011-12"), "the third rise in a row"),
        ("exploitation-missing", 149, _of_the_county("missing_episodes_by_district", category="Wycombe", period="2015-16 Q2"), "The highest quarters"),
        ("reasons", 50.5, _of_the_county("children_in_need_by_primary_need_pct", category="Abuse or neglect"), "nearly half"),
    ],
)  # fmt: skip
def test_a_claim_falls_with_each_thing_that_its_words_say(report, section, value, where, said):
    writer = _with(report, "indicators", value, **where)
    writer.render(str(report.commentary[section]), section)
    assert any(said in found.value for found in writer.findings if found.check == "claim"), writer.findings


def test_a_rank_counts_the_neighbours_above(report):
    frame = report.table("children_in_need")
    model = report.table("statistical_neighbours").query("model.str.contains('2021')")
    rates = frame[(frame["indicator"] == "referrals_rate_per_10000") & (frame["year"] == "2015-16")]
    rates = rates[rates["vintage"] == "first published"].set_index("area")["value"].dropna()
    own = rates[report.edition.area]
    above = [area for area in model["area"] if area in rates and rates[area] > own]
    known = verbs.Verbs(report.writer)
    assert known.rank("referrals_rate_per_10000") == 1 + len(above)


def _with(report, table, value, **where):
    """A writer of the report's tables, with other values where the columns say so."""
    frame = report.table(table).copy()
    found = pd.concat([frame[name].astype("str") == wanted for name, wanted in where.items()], axis=1).all(
        axis=1
    )
    assert found.any()
    frame.loc[found, "value"] = value
    return Writer({**report._tidy, table: frame}, report.edition)


def test_a_rank_from_the_lowest_counts_only_those_below(report):
    rate = {"indicator": "children_in_need_rate_per_10000", "year": "2015-16", "vintage": "first published"}
    known = verbs.Verbs(report.writer)
    assert known.rank_from_lowest(rate["indicator"]) == 2  # Hertfordshire alone lies below
    own = float(report.fact("children_in_need.rate_per_10000").value)
    tied = verbs.Verbs(_with(report, "children_in_need", own, area="Hertfordshire", **rate))
    assert tied.rank(rate["indicator"]) == 10  # nine lie above
    assert tied.rank_from_lowest(rate["indicator"]) == 1  # nobody lies below


SECTION_OF = {
    "children-in-need": "Only one of the ten neighbours has a lower rate",
    "front-door": "Only one of the ten neighbours has a higher rate",
    "re-referrals": "only one of the ten neighbours has a larger share than the county",
    "children-looked-after": "a larger share than in any of the neighbours",
    "high-level": "none of the ten neighbours has a larger share in secondary schools",
}


@pytest.mark.parametrize(
    ("section", "table", "value", "where"),
    [
        # a tie with the one below, and with the highest of the others
        ("children-in-need", "children_in_need", 218.4, {"indicator": "children_in_need_rate_per_10000", "area": "Hertfordshire"}),
        ("children-looked-after", "children_looked_after", 31.0, {"indicator": "children_looked_after_over_20_miles_pct", "area": "Surrey"}),
        # a neighbour that did not publish: nine are compared, not ten
        ("front-door", "children_in_need", float("nan"), {"indicator": "referrals_rate_per_10000", "area": "Trafford"}),
        ("re-referrals", "children_in_need", float("nan"), {"indicator": "re_referrals_pct", "area": "Trafford"}),
        ("high-level", "absence", float("nan"), {"indicator": "persistent_absence_secondary_pct", "area": "Trafford"}),
    ],
)  # fmt: skip
def test_a_place_among_the_neighbours_falls_with_a_tie_or_a_neighbour_that_is_missing(
    report, section, table, value, where
):
    writer = _with(report, table, value, year="2015-16", **where)
    writer.render(str(report.commentary[section]), section)
    failed = [found.value for found in writer.findings if found.check == "claim"]
    assert any(SECTION_OF[section] in said for said in failed), failed


def test_several_that_share_the_first_place_are_not_told_as_one(report):
    plans = {
        "indicator": "child_protection_plans_started_by_category",
        "year": "2015-16",
        "area": report.edition.area,
    }
    writer = _with(report, "indicators", 279, category="Emotional abuse", **plans)
    with pytest.raises(NoData, match="no single category"):
        writer.highest(plans["indicator"])
    assert writer.lowest(plans["indicator"]) == "Multiple categories"


@pytest.mark.parametrize("verb", ["lowest", "low_month"])
def test_the_lowest_of_months_is_not_named_where_it_is_a_few(report, verb):
    """Two months are withheld: who reads that one of them was the lowest knows that it is the small one."""
    of_one = {"indicator": "mash_enquiries", "area": report.edition.area, "period": "December 2015"}
    for count in (4, 6):
        writer = _with(report, "indicators", count, **of_one)
        said = writer.render(f"Fewest in {{{{ {verb}('mash_enquiries') }}}}.", "said")
        assert ("December" in said) == (count == 6)


WITHOUT = {
    "a month that nobody sent": ("mash_enquiries", "month.dt.month == 12", 'peak_month("mash_enquiries")'),
    "the last quarter": ("missing_episodes", "quarter == '2015-16 Q4'", 'last("missing_episodes")'),
    "an official month": ("referrals_by_month", "period == 'May 2015'", 'low_month("referrals_by_month")'),
    "a category in the last month": (
        "contacts",
        "outcome == 'Referral' and month.dt.month == 3",
        'last("contacts_by_outcome_pct", "Referral")',
    ),
    "a category in every month": (
        "contacts",
        "outcome == 'Referral'",
        'last("contacts_by_outcome_pct", "Referral")',
    ),
}


@pytest.mark.parametrize("table, rows, asked", WITHOUT.values(), ids=WITHOUT)
def test_nothing_is_said_of_a_series_that_lacks_a_month(report, table, rows, asked):
    """The rest of the months would give a busiest or a last one that is none; a known name that nobody came under stops no draft."""
    whole = report._tidy[table]
    tables = {**report._tidy, table: whole.drop(whole.query(rows, engine="python").index)}
    tables["indicators"] = compute_all(tables, report.edition.year.label, report.edition.area)
    text = f"It was {{{{ {asked} }}}} here."
    assert "here." in report.writer.render(text, "said")
    said = Writer(tables, report.edition).render(text, "said")
    assert "here." not in said and "Left out here" in said


def test_made_up_numbers_are_said_to_match_totals_only_where_these_were_printed(report):
    text = "{{ comes_from('ehp.families') }}"
    assert "Made-up numbers that match the real totals" in report.writer.render(text, "said")
    next_year = {name: frame for name, frame in report._tidy.items() if name != "published_facts"}
    assert Writer(next_year, report.edition).render(text, "said").startswith("[Made-up numbers.]")


def test_a_sentence_whose_number_is_set_large_goes_with_its_number(report):
    text = "::: {.big-number}\n{{ fact('ehp.families') }}\n:::\n\nfamilies were talked about.\n\nHelp came early."
    assert "families were" in report.writer.render(text, "said")
    without = {name: frame for name, frame in report._tidy.items() if name != "early_help_panel"}
    few = report._tidy["early_help_panel"].head(1).assign(families=4)
    for tables in (without, {**without, "early_help_panel": few}):
        said = Writer(tables, report.edition).render(text, "said")
        assert "families were" not in said and "Help came early." in said


def test_what_comes_first_is_not_named_where_all_but_one_are_withheld(report):
    """As of a small authority: the one category that is shown is not taken for a period, nor for the largest or least."""
    whole = report._tidy["indicators"]
    of_plans = whole["indicator"] == "child_protection_plans_started_by_category"
    own = whole[of_plans & (whole["area"] == report.edition.area) & (whole["year"] == "2015-16")]
    frame = whole.copy()
    assert float(own.loc[own["category"] == "Neglect", "value"].iloc[0]) < own["value"].sum() / 2
    frame.loc[own.index[own["category"] != "Neglect"], "value"] = float("nan")
    writer = Writer({**report._tidy, "indicators": frame}, report.edition)
    for verb, why in (("highest", "Too much of it is withheld"), ("lowest", "may be the lowest")):
        with pytest.raises(NoData, match=why):
            getattr(writer, verb)("child_protection_plans_started_by_category")


def test_a_place_that_two_share_is_not_told(report):
    plans = {
        "indicator": "child_protection_plans_started_by_category",
        "year": "2015-16",
        "area": report.edition.area,
    }
    frame = report.table("indicators").query("indicator == @plans['indicator'] and year == '2015-16'")
    counts = frame[frame["area"] == report.edition.area].set_index("category")["value"].sort_values()
    assert verbs.Verbs(report.writer).top(plans["indicator"], 2) == [*counts.index[::-1][:2]]
    tied = verbs.Verbs(_with(report, "indicators", counts.iloc[-2], category=counts.index[-3], **plans))
    assert tied.top(plans["indicator"], 1) == [counts.index[-1]]
    with pytest.raises(NoData, match="share the value"):
        tied.top(plans["indicator"], 2)


def test_no_second_place_is_told_where_more_than_it_is_withheld(report):
    needs = {
        "indicator": "children_in_need_by_primary_need_pct",
        "year": "2015-16",
        "area": report.edition.area,
    }
    known = verbs.Verbs(report.writer)
    first, second = known.top(needs["indicator"], 2)
    hidden = verbs.Verbs(_with(report, "indicators", float("nan"), category=second, **needs))
    assert hidden.top(needs["indicator"], 1) == [first]
    with pytest.raises(NoData, match="withheld in the source"):
        hidden.top(needs["indicator"], 2)


def test_a_total_is_no_category_that_comes_first(report):
    assert report.writer.highest("residents_by_ethnic_group_pct", year="2010-11") == "White"
    assert verbs.Verbs(report.writer).top("residents_by_ethnic_group_pct", 1, year="2010-11") == ["White"]


def test_facts_of_a_kind_are_asked_for_by_their_ids(report):
    known = verbs.Verbs(report.writer)
    returned = report.table("training_courses").dropna(subset="increase_pct")
    values = known.facts("training.course.*.increase")
    assert sorted(values) == sorted(returned["increase_pct"])
    (first,) = known.top_facts("training.course.*.increase", 1)
    assert report.fact(first).value == returned["increase_pct"].max()
    with pytest.raises(ValueError, match="no fact's id fits 'training.*.nothing'"):
        known.facts("training.*.nothing")


def test_categories_with_a_value_for_each_month_have_no_order(report):
    with pytest.raises(ValueError, match="'contacts_by_outcome' has several values of a category"):
        verbs.Verbs(report.writer).top("contacts_by_outcome", 1)


def test_above_and_below_of_no_area_are_no_claim(report):
    for verb in (verbs.Verbs(report.writer).above, verbs.Verbs(report.writer).below):
        with pytest.raises(TypeError):
            verb("referrals.rate_per_10000")


def test_above_and_below_ask_it_of_every_area_named(report):
    known, rate = verbs.Verbs(report.writer), "child_protection_plans.rate_per_10000"
    own, others = report.fact(rate).value, {}
    for area in ("England", "South East", "Statistical neighbours"):
        others[area] = report.fact(rate, area=area).value
    lower = [area for area, value in others.items() if value < own]
    higher = [area for area, value in others.items() if value > own]
    assert higher and known.below(rate, *higher)
    assert not known.above(rate, *higher) and not known.below(rate, *higher, *lower, report.edition.area)
    assert all(known.above(rate, area) for area in lower)


SPEAKS_OF_IT = re.compile(r"printed report|printed total")


@pytest.mark.parametrize(
    "name", ["front-door", "referral-months", "reasons", "high-level", "effectiveness-schools", "budget"]
)
def test_what_is_said_of_a_printed_report_is_left_out_where_there_is_none(report, name):
    text = str(report.commentary[name])
    assert SPEAKS_OF_IT.search(report.writer.render(text, name))
    without = {known: frame for known, frame in report._tidy.items() if known != "published_facts"}
    assert not SPEAKS_OF_IT.search(Writer(without, report.edition).render(text, name))


def test_what_no_neighbour_publishes_cannot_be_ranked(report):
    with pytest.raises(ValueError, match="not published for single neighbours"):
        verbs.Verbs(report.writer).rank("contacts_by_month")


def test_highest_and_lowest_of_a_series_exclude_each_other(report):
    known = verbs.Verbs(report.writer)
    values = known.years("plans_for_neglect.rate_per_10000", "2011-12")
    assert known.is_highest("plans_for_neglect.rate_per_10000", "2011-12") == (values[-1] > max(values[:-1]))
    assert not known.is_lowest("plans_for_neglect.rate_per_10000", "2011-12")
    assert known.rises_in_a_row("plans_for_neglect.rate_per_10000") == 3


@pytest.mark.parametrize("audience", ["", "young-people"])
def test_what_is_open_in_a_text_names_its_file(begun_report, audience):
    ours = replace(begun_report, project=begun_report.project.for_readers(audience))
    ours.__dict__ |= {"_tidy": begun_report._tidy, "commentary": {"first": ("There were 12.", "01_first.md")}}
    (told,) = ours.prose("first").findings
    place = "commentary/young_people/01_first.md" if audience else "commentary/01_first.md"
    assert told.file == f"{place}, section first"
