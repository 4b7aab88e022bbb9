"""The tables transcribed from the printed report, and the facts bound to them: read, recomputed, held against print."""

import json
import re
import shutil

import pytest
from conftest import ROOT

from bscbdata import disclosure, facts
from bscbdata.back_test import against_published, unexplained
from bscbdata.build import clean
from bscbdata.indicators.long_table import compute_all
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.provenance import check_origins, read_origin
from bscbdata.sources import load_source, source_names
from bscbdata.sources.reading import read_source

YEAR = ReportYear(2015)
RAW = ROOT / "data" / "raw"
BOARD = [
    "members",
    "attendance",
    "contributions",
    "structure",
    "next_steps",
    "surveys",
    "standards",
    "county_profile",
    "published_facts",
    "errata_reasons",
    "board_activity",
    "e_safety_activity",
    "exploitation_activity",
]
AGENCIES = [
    "lado_contacts_by_setting",
    "lado_contacts_by_year",
    "training_courses",
    "training_events",
    "cdop_findings",
    "cdop_workload",
    "safeguarding_leads",
    "client_transport",
    "police_activity",
    "placements",
    "placement_location",
    "adoptions_and_carers",
    "contacts_as_printed",
    "referral_reasons",
    "service_outcomes",
]
PRINTED = [*BOARD, *AGENCIES]


@pytest.fixture(scope="module")
def cleaned():
    """Every printed table as the reader gives it."""
    return {name: read_source(name, YEAR, RAW) for name in PRINTED}


@pytest.fixture(scope="module")
def tables():
    """Every table of the year, and the indicators."""
    collected = [name for name in source_names() if load_source(name).collected(YEAR)]
    found = {name: read_source(name, YEAR, RAW).table for name in collected}
    return {**found, "indicators": compute_all(found, YEAR.label)}


@pytest.fixture(scope="module")
def edition(project):
    return project.edition(YEAR)


@pytest.fixture(scope="module")
def back_test(tables, edition):
    return against_published(tables, edition).set_index("fact_id")


# ---- the raw files ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRINTED)
def test_a_printed_table_says_that_it_comes_from_the_printed_report(name):
    origin = read_origin(load_source(name).file(RAW, YEAR))
    assert origin.provenance == "published"
    assert origin.note


def test_every_file_of_the_year_has_an_origin_whose_hash_holds():
    failures = [str(f) for f in check_origins(RAW / YEAR.label) if f.result == "failure"]
    assert not failures


@pytest.mark.parametrize("name", PRINTED)
def test_a_printed_table_loses_no_row_of_data(cleaned, name):
    assert not [str(f) for f in cleaned[name].findings if f.result == "failure"]
    assert all(reason.startswith("set aside: ") for reason in cleaned[name].rejects["reason"])


def test_workbooks_carry_a_fixed_date_so_that_they_can_be_made_again():
    import openpyxl

    for name in PRINTED:
        path = load_source(name).file(RAW, YEAR)
        if path.suffix == ".xlsx":
            properties = openpyxl.load_workbook(path).properties
            assert properties.created == properties.modified


# ---- what the transcription must hold within itself -------------------------------------------------------------


def test_each_agency_had_five_meetings_to_attend(cleaned):
    register = cleaned["attendance"].table
    assert (register.groupby("agency")["meetings"].sum() == 5).all()


def test_base_and_additional_contributions_make_the_total_that_was_sent(cleaned):
    amounts = (
        cleaned["contributions"]
        .table.pivot(index="agency", columns="contribution", values="amount_gbp")
        .fillna(0)
    )
    made = amounts["2014-15 base"] + amounts["2014-15 additional"]
    assert (made == amounts["2014-15 total as sent"]).all()


def test_markers_in_contributions_keep_their_meaning(cleaned):
    table = cleaned["contributions"].table
    new = table[(table["agency"] == "Oxford Health (CAMHS)") & (table["contribution"] == "2014-15 base")]
    assert list(new["status"]) == ["not_applicable"]
    assert new["amount_gbp"].isna().all()


def test_the_totals_row_of_contributions_is_set_aside_and_not_counted(cleaned):
    assert "TOTAL BASE BUDGET" not in set(cleaned["contributions"].table["agency"])
    assert "set aside: totals row" in set(cleaned["contributions"].rejects["reason"])


def test_reviews_by_age_by_sex_and_by_time_are_the_same_reviews(cleaned):
    reviews = cleaned["cdop_findings"].table.groupby("characteristic", observed=True)["reviews"].sum()
    assert reviews["Age"] == reviews["Sex"] == reviews["Time to review"] == reviews["All"]


def test_every_body_reports_to_a_body_that_is_there_and_nobody_to_itself(cleaned):
    bodies = cleaned["structure"].table.set_index("id")["reports_to"]
    assert set(bodies.dropna()) <= set(bodies.index)
    assert (bodies != bodies.index).all()


def test_next_steps_belong_to_chapters_and_fit_in_one_line(cleaned):
    steps = cleaned["next_steps"].table
    assert set(steps["chapter"]) <= {str(number) for number in range(1, 11)}
    assert steps["action"].str.len().max() <= 120
    assert not steps["action"].str.endswith(".").any()


def test_steps_on_one_theme_stand_below_it_with_the_owner_that_all_have(cleaned_report):
    steps = cleaned_report.table("next_steps")
    for chapter, own in steps.groupby("chapter"):
        said = cleaned_report.next_steps(chapter).markdown
        themes = [line for line in said.splitlines() if line.startswith("- **")]
        assert len(themes) == own["theme"].str.partition(": ")[0].nunique()
        assert all(said.count(action) == 1 for action in own["action"])
    said = cleaned_report.next_steps("9").markdown
    assert "- **Child deaths** (Child Death Overview Panel)\n    - Clear the backlog of reviews.\n" in said
    assert "- **Audits.** Audit together better" in said and "changed (Board).\n" in said
    assert cleaned_report.next_steps("11").markdown == "No next step is set for this chapter.\n"


# ---- the facts --------------------------------------------------------------------------------------------------


def test_every_printed_number_has_a_definition_and_a_label(cleaned):
    printed = cleaned["published_facts"].table
    definitions = facts.definitions()
    missing = [name for name in printed["fact_id"] if name not in definitions]
    assert not missing
    assert all(definitions[name].label for name in printed["fact_id"])


@pytest.mark.parametrize("definition", facts.definitions().values(), ids=lambda d: d.id)
def test_a_definition_names_a_table_and_a_column_that_exist(definition):
    assert definition.how in facts.COMPUTE
    if definition.table == "indicators":
        assert definition.column in ("value", "denominator")
        return
    columns = {column.name for column in load_source(definition.table).columns}
    assert definition.column in columns | {""}
    named = re.findall(r"(?:^|;)\s*(\w+)\s*[<>!=]", f"{definition.where};{definition.of}")
    assert set(named) <= columns


# worked by hand from the printed amounts and counts
BY_HAND = [
    ("budget.bcc.printed_change_base", (172260 - 94820) / 94820 * 100),
    ("budget.bcc.printed_change_overall", (172260 - 134820) / 134820 * 100),
    ("budget.thames_valley_police.printed_change_overall", (31000 - 15000) / 15000 * 100),
    ("budget.aylesbury_vale_ccg.printed_change_base", (70180 - 31761) / 31761 * 100),
    ("budget.aylesbury_vale_ccg.printed_change_overall", (70180 - 46761) / 46761 * 100),
    ("budget.total.base.2014-15", 168301),
    ("budget.total.total.2014-15", 248301),
    ("budget.total.base.2015-16", 301360),
    ("budget.oxford_health_camhs.printed_change_base", 8000),
    ("attendance.bucks_legal_team", 60),
    ("attendance.cafcass", 0),
    ("commercial.improved.share", 294 / 307 * 100),
    ("chelsea.helpful", 98),
    ("cdop.age.28-364_days.share", 11 / 49 * 100),
    ("cdop.age.under1.share", 31 / 49 * 100),
    ("ethnicity.white_non_british", (5377 + 614 + 20886) / 505283 * 100),
    ("imd.lsoa_least_deprived_half", (27 + 33 + 45 + 54 + 115) / 319 * 100),
    ("cla.outside_area", 237 / 458 * 100),
    ("referrals.police.share", 1884 / 6958 * 100),
    ("board.subgroups", 9),
    ("lado.settings.listed", 497),
    ("contributions.total", 317360),
    ("placements.foster_care", 278),
]


@pytest.mark.parametrize(("name", "expected"), BY_HAND, ids=[name for name, _ in BY_HAND])
def test_a_fact_is_what_the_hand_computes(tables, edition, name, expected):
    assert facts.compute(name, tables, edition).value == pytest.approx(expected)


def test_a_share_knows_the_counts_that_it_was_made_from(tables, edition):
    share = facts.compute("commercial.confident.share", tables, edition)
    assert (share.numerator, share.denominator) == (286, 307)
    assert share.provenance == "published"


# ---- against print ----------------------------------------------------------------------------------------------


def test_no_printed_number_differs_from_ours_without_a_reason(back_test):
    left = back_test[back_test["result"] == "unexplained"]
    assert left.empty, left[["value", "published", "reason"]].to_string()


@pytest.mark.parametrize(
    ("name", "said"), [("contacts.police", False), ("attendance.adult_social_care_bcc", True)]
)
def test_a_number_that_differs_is_told_beside_ours_only_where_no_children_are_counted(
    cleaned_report, name, said
):
    """A draft shows the finding: a count of children beside others that are withheld may give one of them away."""
    printed = cleaned_report.table("published_facts")
    wrong = printed.assign(value=printed["value"].mask(printed["fact_id"] == name, "7777"))
    told = unexplained({**cleaned_report._tidy, "published_facts": wrong}, cleaned_report.edition)
    (found,) = [f for f in told if f.column == name]
    assert found.value == "7777" and bool(found.expected) == said


def test_of_a_table_withheld_by_an_earlier_final_edition_only_what_it_told_itself_is_told_to_differ(
    cleaned_report, tmp_path
):
    printed, names = (
        cleaned_report.table("published_facts"),
        ["contacts.police", "attendance.adult_social_care_bcc"],
    )
    wrong = printed.assign(value=printed["value"].mask(printed["fact_id"].isin(names), "7777"))
    tables = {**cleaned_report._tidy, "published_facts": wrong}
    behind = against_published(tables, cleaned_report.edition).set_index("fact_id").loc[names, "table"]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "raw").symlink_to(ROOT / "data" / "raw")
    project, year = Project(tmp_path), cleaned_report.edition.year

    def told():
        found = [f for f in clean._what_was_printed(tables, project, year) if f.check == "reproduction"]
        return sorted(f.column for f in found if f.result == "warning")

    assert told() == sorted(names)
    rows = [{"who": "one", "children": None}]
    withheld = {"count": "children", "by": ["who"], "nested": {}, "rows": rows}
    sums = [{"table": behind.iloc[0], "column": "children", "sums": [[names[0], 7, [0]]]}]
    then = {"tables": {"a": withheld}, "sources": {"a": list(behind)}, "sums": sums}
    final = project.build(year) / disclosure.FINAL / "first.json"
    final.parent.mkdir(parents=True)
    final.write_text(json.dumps(then), encoding="utf8")
    assert told() == ["", names[0]]


def test_where_numbers_are_withheld_it_is_not_told_which_of_them_are_as_they_were_printed(cleaned_report):
    """Else whoever has the printed report knows those, and by their sum the one that was corrected to a few."""
    printed = cleaned_report.table("published_facts")
    wrong = printed.assign(value=printed["value"].mask(printed["fact_id"] == "cdop.sex.male", "7777"))
    (found,) = [
        f
        for f in unexplained({**cleaned_report._tidy, "published_facts": wrong}, cleaned_report.edition)
        if f.result == "warning"
    ]
    assert "cdop_findings" in found.message and "bscb facts" in found.advice
    assert not (found.row or found.column or found.value or found.expected)
    shown = cleaned_report.back_test()
    held = shown["ours"] == "[c]"
    assert held.any() and set(shown.loc[held, "result"]) == {"withheld"}
    assert "withheld" not in set(shown.loc[~held, "result"])


def test_every_erratum_of_a_number_is_of_one_that_does_differ(cleaned, back_test):
    errata = cleaned["errata_reasons"].table["fact_id"]
    numbers = errata[~errata.str.startswith("statement.")]
    assert set(numbers) == set(back_test.index[back_test["result"] == "explained"])


def test_an_erratum_of_a_statement_says_what_was_printed_and_what_we_find(cleaned):
    errata = cleaned["errata_reasons"].table
    statements = errata[errata["fact_id"].str.startswith("statement.")]
    assert len(statements)
    assert statements[["printed", "recomputed", "reason"]].notna().all().all()


def test_reasons_are_whole_sentences(cleaned):
    reasons = cleaned["errata_reasons"].table["reason"]
    assert reasons.str.fullmatch(r"[A-Z].*\.").all()


def test_what_a_final_edition_told_is_read_by_cleaning(project, tmp_path):
    place = tmp_path / "data" / "raw" / "2015-16" / "year.toml"
    place.parent.mkdir(parents=True)
    shutil.copy(project.raw / "2015-16" / "year.toml", place)
    copy = Project(tmp_path)
    before = clean._made_from(copy, YEAR, False)
    disclosure.keep_final(copy.build(YEAR), place)
    assert clean._made_from(copy, YEAR, False).keys() - before.keys()
