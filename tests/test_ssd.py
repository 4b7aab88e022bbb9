"""Reading the Standard Safeguarding Dataset, one file for each table. The children are invented."""

import csv
import random
import re
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bscbdata.findings import DataStop
from bscbdata.indicators.conditions import Window
from bscbdata.indicators.journey import count_journey
from bscbdata.period import ReportYear
from bscbdata.statutory import list_columns
from bscbdata.statutory.ssd import read_ssd
from bscbdata.statutory.ssd.layout import mapped, ssd_tables

# `|` parts cells, so that JSON can stand in them.
TABLES = {
    "ssd_person": """pers_person_id|pers_forename|pers_surname|pers_sex|pers_ethnicity|pers_dob
p1|Secretname|Hiddenname|F|WBRI|2010-06-01
p2|Secretname|Hiddenname|M|BAFR|2001-02-03 00:00:00""",
    "ssd_disability": "disa_person_id|disa_table_id|disa_disability_code\np1|1|NONE\np2|2|MOB\np2|3|NONE",
    "ssd_contacts": """cont_contact_id|cont_person_id|cont_contact_date|cont_contact_source_code|cont_contact_source_desc|cont_contact_outcome_json
1|p1|2015-04-02T09:30:00|6|Police, PC Secretname|{"NEW_REFERRAL_FLAG": "Y"}
2|p2|2015-05-02|ZZ|other|""",
    "ssd_early_help_episodes": """earl_episode_id|earl_person_id|earl_episode_start_date|earl_episode_end_date|earl_episode_reason|earl_episode_organisation
1|p1|2015-04-02|2015-08-01|Secretname is sad|School""",
    "ssd_cin_episodes": """cine_referral_id|cine_person_id|cine_referral_date|cine_cin_primary_need_code|cine_referral_source_code|cine_referral_nfa|cine_close_reason|cine_close_date
r1|p1|2015-04-03|N1|2A|N|RC7|2016-01-04
r2|p2|2015-05-03|N5|1A|Y|RC8|2015-05-20""",
    "ssd_cin_assessments": """cina_assessment_id|cina_person_id|cina_referral_id|cina_assessment_start_date|cina_assessment_child_seen|cina_assessment_auth_date|cina_assessment_outcome_nfa
a1|p1|r1|2015-04-04|Y|2015-05-04|N
a2|p2|r2|2015-05-04|N||Y""",
    "ssd_assessment_factors": """cinf_table_id|cinf_assessment_id|cinf_assessment_factors_json
1|a1|["3B", "1A"]
2|a2|{"2B": "Yes", "4A": "No"}""",
    "ssd_s47_enquiry": """s47e_s47_enquiry_id|s47e_referral_id|s47e_person_id|s47e_s47_start_date|s47e_s47_end_date|s47e_s47_nfa|s47e_s47_outcome_json
s1|r1|p1|2015-06-01|2015-06-10|N|{"CP_CONFERENCE_FLAG": "Y"}
s2|r2|p2|2015-06-02|2015-06-10|Y|{"CP_CONFERENCE_FLAG": "N"}""",
    "ssd_initial_cp_conference": """icpc_icpc_id|icpc_s47_enquiry_id|icpc_person_id|icpc_icpc_transfer_in|icpc_icpc_date|icpc_icpc_outcome_cp_flag
i1|s1|p1|N|2015-06-20|Y
i2||p2|Y|2015-07-20|Y""",
    "ssd_cp_plans": """cppl_cp_plan_id|cppl_person_id|cppl_cp_plan_start_date|cppl_cp_plan_end_date|cppl_cp_plan_initial_category|cppl_cp_plan_ola|cppl_cp_plan_latest_category
c0|p1|2012-01-01|2013-01-01|Neglect|N|Neglect
c1|p1|2015-06-20||NEG||Multiple: Neglect, Physical abuse
c2|p2|2015-07-20||EMO|Y|EMO""",
    "ssd_cp_reviews": """cppr_cp_review_id|cppr_person_id|cppr_cp_plan_id|cppr_cp_review_due|cppr_cp_review_date
1|p1|c1|2015-09-20|2015-09-18
2|p1|c1|2016-03-20|2016-03-10""",
    "ssd_cla_episodes": """clae_cla_episode_id|clae_person_id|clae_cla_episode_start_date|clae_cla_episode_start_reason|clae_cla_primary_need_code|clae_cla_episode_ceased_date|clae_cla_episode_ceased_reason|clae_cla_id|clae_cla_placement_id
e1|p2|2015-08-01|S|N1|2015-10-01|X1|k1|m1
e2|p2|2015-10-01|P|N1|||k1|m2""",
    "ssd_cla_placement": """clap_cla_placement_id|clap_cla_placement_start_date|clap_cla_placement_type|clap_cla_placement_distance|clap_cla_placement_provider|clap_cla_placement_postcode
m1|2015-08-01|U6|3.5|PR1|ZZ9 9ZZ
m2|2015-10-01|K2|22.5|PR4|ZZ9 9ZZ""",
    "ssd_legal_status": """lega_legal_status_id|lega_person_id|lega_legal_status|lega_legal_status_start_date|lega_legal_status_end_date
1|p2|V2|2015-08-01|2015-09-01
2|p2|C1|2015-09-01|""",
    "ssd_immigration_status": """immi_immigration_status_id|immi_person_id|immi_immigration_status|immi_immigration_status_end_date
1|p2|Unaccompanied Asylum Seeking Child|""",
    "ssd_missing": """miss_table_id|miss_person_id|miss_missing_episode_start_date|miss_missing_episode_type|miss_missing_episode_end_date|miss_missing_rhi_offered|miss_missing_rhi_accepted
1|p2|2015-11-01|Missing|2015-11-02|Y|N
2|p2|2015-12-01|A|2015-12-02|NA|NULL""",
    "ssd_care_leavers": """clea_table_id|clea_person_id|clea_care_leaver_eligibility|clea_care_leaver_in_touch|clea_care_leaver_accommodation|clea_care_leaver_accom_suitable|clea_care_leaver_activity|clea_care_leaver_personal_advisor
1|p2|Former Relevant|YES|U|1|F2|Secretname""",
    "ssd_permanence": """perm_table_id|perm_person_id|perm_adm_decision_date|perm_placement_order_date|perm_placed_for_adoption_date|perm_matched_date|perm_decision_reversed_date|perm_permanence_order_date|perm_permanence_order_type
1|p1|2015-01-01|2015-02-01|2015-04-01|2015-03-01||2016-01-01|Adoption
2|p2||||||2016-01-02|Special Guardianship""",
}


def write(folder: Path, tables: dict[str, str] = TABLES) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in tables.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(line.split("|") for line in text.splitlines())
    return folder


def plain(records) -> dict[str, str]:
    return {
        name: frame.drop(columns="row_id").to_csv(index=False)
        for name, frame in sorted(records.lists.items())
    }


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    return read_ssd(write(tmp_path_factory.mktemp("ssd")), "ssd", "2015-16")


def first(records, name: str, child: str) -> pd.Series:
    frame = records.lists[name]
    return frame[frame["child"] == child].iloc[0]


@pytest.mark.parametrize(
    ("name", "child", "expected"),
    [
        ("contacts", "p1", {"contact_date": "2015-04-02", "source": "police", "sex": "female", "ethnicity": "white"}),
        ("contacts", "p2", {"source": None, "disability": True}),
        ("early_help", "p1", {"start_date": "2015-04-02", "completion_date": "2015-08-01", "organisation": "School"}),
        ("referrals", "p1", {"need": "abuse_or_neglect", "no_further_action": False, "source": "schools", "closure_reason": "services_ceased"}),
        ("referrals", "p2", {"no_further_action": True, "closure_date": "2015-05-20", "source": "individual"}),
        ("assessments", "p1", {"requires_support": True, "child_seen": True, "factors": "1A|3B", "authorisation_date": "2015-05-04"}),
        ("assessments", "p2", {"requires_support": False, "child_seen": False, "factors": "2B", "authorisation_date": None}),
        ("section_47", "p1", {"conference_not_required": False, "conference_date": "2015-06-20", "led_to_plan": True}),
        ("section_47", "p2", {"conference_not_required": True, "conference_date": None}),
        ("looked_after", "p2", {"start_date": "2015-08-01", "legal_status": "interim_care_order", "placement": "childrens_home", "distance_miles": 22.5, "unaccompanied": True, "missing_episodes_in_last_12_months": 1, "placements_in_last_12_months": 2}),
        ("placements", "p2", {"legal_status": "section_20", "placement": "foster", "provider": "own_authority", "care_start_date": "2015-08-01"}),
        ("missing_episodes", "p2", {"away_without_authorisation": False, "interview_offered": True, "interview_accepted": False}),
        ("care_leavers", "p2", {"eligibility": "Former Relevant", "in_touch": "YES", "suitable": "yes", "activity": "F2"}),
        ("adoptions", "p1", {"decision_date": "2015-01-01", "matched_date": "2015-03-01", "placed_date": "2015-04-01", "order_date": "2016-01-01"}),
        ("plan_reviews", "p1", {"plan_start_date": "2015-06-20", "review_date": "2015-09-18"}),
    ],
)  # fmt: skip
def test_what_a_row_becomes(read, name, child, expected):
    row = first(read, name, child)
    for column, value in expected.items():
        cell = row[column]
        shown = None if pd.isna(cell) else f"{cell:%Y-%m-%d}" if isinstance(cell, pd.Timestamp) else cell
        assert shown == value, column


def test_earlier_plans_are_counted_and_plans_of_other_authorities_set_aside(read):
    plans = read.lists["plans"]
    assert list(plans["child"]) == ["p1", "p1"]
    assert list(plans["previous_plans"]) == [0, 1]
    assert list(plans["initial_category"]) == ["neglect", "neglect"]
    assert plans["latest_category"].iloc[1] == "multiple"
    assert plans["latest_review_date"].iloc[1] == pd.Timestamp("2016-03-10")
    assert list(read.rejects.loc[read.rejects["table"] == "plans", "reason"]) == [
        "a temporary plan of another authority, which counts it"
    ]


def test_a_conference_without_an_enquiry_is_a_row_of_its_own(read):
    alone = read.lists["section_47"].query("start_date.isna()")
    assert list(alone["conference_date"]) == [pd.Timestamp("2015-07-20")]
    assert any("no section 47 enquiry" in finding.message for finding in read.findings)


def test_another_order_than_adoption_is_set_aside(read):
    assert list(read.lists["adoptions"]["child"]) == ["p1"]
    assert any("another order" in reason for reason in read.rejects["reason"])


def test_every_row_is_in_a_list_or_a_reject(read):
    for name, rows in read.rows_in.items():
        assert rows == len(read.lists[name]) + int((read.rejects["table"] == name).sum()), name
    counted = {
        "contacts": 2,
        "referrals": 2,
        "plans": 3,
        "placements": 2,
        "missing_episodes": 2,
        "adoptions": 2,
    }
    assert {name: read.rows_in[name] for name in counted} == counted
    assert all(
        list(frame) == [column.name for column in list_columns()[name]] for name, frame in read.lists.items()
    )


def test_names_addresses_and_free_text_are_never_kept(read):
    kept = "".join(frame.to_csv() for frame in (*read.lists.values(), *read.native.values(), read.rejects))
    said = " ".join(str(finding) for finding in read.findings)
    for secret in ("Secretname", "Hiddenname", "ZZ9"):
        assert secret not in kept + said


def test_the_map_reads_no_column_of_names_addresses_or_free_text():
    read_columns = {one.ssd_column for ones in mapped().values() for one in ones}
    for word in (
        "forename",
        "surname",
        "postcode",
        "address",
        "upn",
        "desc",
        "advisor",
        "comment",
        "nationality",
        "common_child_id",
    ):
        assert not [column for column in read_columns if word in column]
    assert all(
        {one.ssd_column for one in ones} <= set(ssd_tables()[table]) for table, ones in mapped().items()
    )


def test_every_column_of_ours_in_the_map_exists():
    ours = {(name, column.name) for name, columns in list_columns().items() for column in columns}
    ours |= {("*", name) for name in ("child", "sex", "ethnicity", "date_of_birth", "disability")}
    filled = {(one.list, one.column) for ones in mapped().values() for one in ones if one.column}
    assert filled <= ours


@pytest.mark.parametrize("bad", ["['3B'", "{not json}", '{"a":'])
def test_json_that_cannot_be_read_is_told_and_the_row_is_kept(tmp_path, bad):
    factors = f"cinf_table_id|cinf_assessment_id|cinf_assessment_factors_json\n1|a1|{bad}"
    records = read_ssd(write(tmp_path, TABLES | {"ssd_assessment_factors": factors}), "ssd")
    assert pd.isna(first(records, "assessments", "p1")["factors"])
    assert [finding.column for finding in records.findings if finding.check == "json"] == [
        "cinf_assessment_factors_json"
    ]


def test_tables_are_known_by_their_columns_whatever_the_file_is_called(tmp_path, read):
    renamed = {f"extract_{number}": text for number, text in enumerate(TABLES.values())}
    assert plain(read_ssd(write(tmp_path, renamed), "ssd", "2015-16")) == plain(read)


def test_a_workbook_says_the_same(tmp_path, read):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, text in TABLES.items():
        sheet = book.create_sheet(name)
        for line in text.splitlines():
            sheet.append([cell or None for cell in line.split("|")])
    book.save(tmp_path / "ssd.xlsx")
    assert plain(read_ssd(tmp_path / "ssd.xlsx", "ssd", "2015-16")) == plain(read)


def test_two_contacts_of_a_day_are_two_and_a_row_that_stands_twice_is_one(tmp_path):
    again = TABLES["ssd_contacts"] + "\n3|p2|2015-05-02|ZZ|other|\n2|p2|2015-05-02|ZZ|other|"
    records = read_ssd(write(tmp_path, TABLES | {"ssd_contacts": again}), "ssd")
    assert len(records.lists["contacts"]) == 3 and (records.rejects["table"] == "contacts").sum() == 1


def test_an_episode_of_need_is_a_referral_on_which_something_followed(tmp_path, read):
    assert read.lists["children_in_need"][["child", "need"]].to_numpy().tolist() == [
        ["p1", "abuse_or_neglect"]
    ]
    unknown = TABLES["ssd_cin_episodes"].replace("cine_referral_nfa", "another")
    part = read_ssd(write(tmp_path, TABLES | {"ssd_cin_episodes": unknown}), "ssd", "2015-16")
    window = Window(date(2015, 4, 1), date(2016, 3, 31))
    figures = count_journey(part.lists, window, ReportYear(2015), part.not_sent).query("breakdown == 'all'")
    of_need = figures[figures["indicator"].str.startswith("children_in_need")]
    assert set(of_need["reason"]) == {"the lists do not hold no_further_action"}


def test_since_when_earlier_plans_are_known_is_told(read):
    assert any("the first began on 01/01/2012" in finding.message for finding in read.findings)


def test_children_whose_number_is_not_that_of_a_person_are_told(tmp_path, read):
    others = TABLES["ssd_person"].replace("\np1", "\nX1")
    part = read_ssd(write(tmp_path, TABLES | {"ssd_person": others}), "ssd", "2015-16")
    told = [[f.message for f in one.findings if "are not in ssd_person" in f.message] for one in (read, part)]
    assert not told[0] and "1 of 2 children" in told[1][0]
    alone = {"ssd_person": TABLES["ssd_person"]}
    assert read_ssd(write(tmp_path / "alone", alone), "ssd", "2015-16").lists == {}


def test_unusable_rows_are_rejected_and_told(tmp_path):
    contacts = TABLES["ssd_contacts"] + "\n3||2015-06-01|6|x|\n4|p1|2015-02-31|6|x|\n5|p1|not a day|6|x|"
    records = read_ssd(write(tmp_path, TABLES | {"ssd_contacts": contacts}), "ssd")
    rejected = records.rejects[records.rejects["table"] == "contacts"]
    assert len(rejected) == 3 and records.rows_in["contacts"] == 5 == len(records.lists["contacts"]) + 3
    assert any(
        "cont_person_id" in finding.message and finding.result == "failure" for finding in records.findings
    )


def test_a_lost_column_a_table_given_twice_and_no_table_stop(tmp_path):
    lost = {"ssd_contacts": "cont_contact_id|cont_person_id|cont_contact_source_code\n1|p1|6"}
    with pytest.raises(DataStop, match="cont_contact_date"):
        read_ssd(write(tmp_path / "a", lost), "ssd")
    with pytest.raises(DataStop, match="twice"):
        read_ssd(write(tmp_path / "b", TABLES | {"ssd_contacts_copy": TABLES["ssd_contacts"]}), "ssd")
    with pytest.raises(DataStop, match="No table"):
        read_ssd(write(tmp_path / "c", {"teams": "team|manager\na|b"}), "ssd")


def test_a_table_that_is_not_used_is_told(tmp_path):
    visits = "cppv_cp_visit_id|cppv_person_id|cppv_cp_plan_id|cppv_cp_visit_date|cppv_cp_visit_seen\n1|p1|c1|2015-07-01|Y"
    records = read_ssd(write(tmp_path, TABLES | {"ssd_cp_visits": visits}), "ssd")
    assert any("ssd_cp_visits is not used" in finding.message for finding in records.findings)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000))
def test_the_order_of_rows_and_columns_does_not_matter(read, tmp_path_factory, seed):
    rng, shuffled = random.Random(seed), {}
    for name, text in TABLES.items():
        header, *rows = [line.split("|") for line in text.splitlines()]
        rng.shuffle(rows)
        order = rng.sample(range(len(header)), len(header))
        shuffled[name] = "\n".join("|".join(row[place] for place in order) for row in [header, *rows])
    again = read_ssd(write(tmp_path_factory.mktemp("shuffled"), shuffled), "ssd", "2015-16")
    assert plain(again) == plain(read)


@pytest.mark.parametrize(
    ("lost", "name", "column"),
    [
        ("ssd_initial_cp_conference", "section_47", "conference_date"),
        ("ssd_s47_enquiry", "section_47", "start_date"),
        ("ssd_legal_status", "looked_after", "legal_status"),
        ("ssd_person", "*", "date_of_birth"),
        ("cppl_cp_plan_end_date", "plans", "end_date"),
        ("clae_cla_episode_ceased_date", "looked_after", "end_date"),
    ],
)
def test_a_table_or_a_column_that_was_not_sent_is_known_so_that_no_figure_rests_on_it(
    tmp_path, lost, name, column
):
    tables = {table: text.replace(lost, "another") for table, text in TABLES.items() if table != lost}
    whole = read_ssd(write(tmp_path / "whole"), "ssd", "2015-16").not_sent
    assert column not in whole.get(name, set())
    assert column in read_ssd(write(tmp_path / "part", tables), "ssd", "2015-16").not_sent[name]


@pytest.mark.parametrize("absent", sorted(mapped()))
def test_a_table_that_was_not_sent_is_told(tmp_path, read, absent):
    """Without it a list would be shorter, or its events would seem to have no conference and no legal status."""
    part = read_ssd(write(tmp_path, {k: v for k, v in TABLES.items() if k != absent}), "ssd", "2015-16")
    told = [finding for finding in part.findings if finding.message.startswith("Tables not sent")]
    assert [finding.message.endswith(f": {absent}.") for finding in told] == [True]
    assert not [finding for finding in read.findings if finding.message.startswith("Tables not sent")]


@pytest.mark.parametrize(
    "table", ["ssd_cp_reviews", "ssd_cp_plans", "ssd_cla_episodes", "ssd_initial_cp_conference"]
)
def test_a_table_none_of_whose_dates_can_be_read_is_told_and_no_error_of_python(tmp_path, table):
    unreadable = re.sub(r"\d{4}-\d\d-\d\d", "13th month", TABLES[table])
    records = read_ssd(write(tmp_path, TABLES | {table: unreadable}), "ssd", "2015-16")
    assert any(one.result == "failure" and table in one.message for one in records.findings)
    assert "contacts" in records.lists


def test_a_plan_with_an_end_that_cannot_be_read_is_rejected_and_does_not_count_as_open(tmp_path):
    plans = TABLES["ssd_cp_plans"].replace("2013-01-01", "2013-13-01")
    records = read_ssd(write(tmp_path, TABLES | {"ssd_cp_plans": plans}), "ssd", "2015-16")
    assert "cppl_cp_plan_end_date is empty or cannot be read" in set(records.rejects["reason"])
    assert records.lists["plans"]["start_date"].min() == pd.Timestamp("2015-06-20")
    assert any(one.result == "failure" and "cppl_cp_plan_end_date" in one.message for one in records.findings)
