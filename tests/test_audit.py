"""The arithmetic audit: what cannot be true together is found, what can be is never accused."""

import re
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bscbdata import audit, facts
from bscbdata.build.clean import added_up
from bscbdata.build.clean_run import CleanRun
from bscbdata.period import ReportYear

WHOLES = st.integers(min_value=1, max_value=5_000)


def as_printed(part, whole, decimals=0):
    """A share as a person prints it, in per cent: halves away from zero."""
    found = (2 * part * 100 * 10**decimals + whole) // (2 * whole)
    return found / 10**decimals if decimals else found


@given(whole=WHOLES, decimals=st.integers(0, 2), data=st.data())
def test_grim_never_rejects_a_share_of_whole_numbers(whole, decimals, data):
    part = data.draw(st.integers(min_value=0, max_value=whole))
    said = as_printed(part, whole, decimals)
    assert audit.attainable(said, whole)
    assert audit.rounds_to(part, whole, said)


@given(whole=st.integers(min_value=1, max_value=60), said=st.integers(min_value=0, max_value=1_000))
def test_grim_says_what_trying_every_part_says(whole, said):
    decimals = 1 if said % 10 else 0
    every = {as_printed(part, whole, decimals) for part in range(whole + 1)}
    assert audit.attainable(said / 10, whole) == (said / 10 in every)


@given(whole=WHOLES, said=st.integers(min_value=0, max_value=100))
def test_the_nearest_parts_enclose_what_was_said(whole, said):
    near = audit.nearest(said, whole)
    assert near[0] * 100 <= said * whole <= near[-1] * 100
    assert len(near) == 1 or near[1] - near[0] == 1


@given(whole=st.integers(min_value=1, max_value=400), data=st.data())
def test_the_totals_that_several_shares_imply_contain_the_true_one(whole, data):
    parts = data.draw(st.lists(st.integers(min_value=0, max_value=whole), min_size=1, max_size=4))
    known = data.draw(st.lists(st.booleans(), min_size=len(parts), max_size=len(parts)))
    shares = [
        (part if seen else None, as_printed(part, whole)) for part, seen in zip(parts, known, strict=True)
    ]
    near = data.draw(st.integers(min_value=-(whole // 6), max_value=whole // 6))
    assert whole in audit.implied_totals(shares, whole + near)


@pytest.mark.parametrize(("said", "whole"), [(19, 49), (50, 13), (30, 5), (1, 49)])
def test_what_no_whole_number_gives_is_rejected(said, whole):
    assert not audit.attainable(said, whole)


def test_five_meetings_allow_multiples_of_twenty():
    assert [said for said in range(101) if audit.attainable(said, 5)] == [0, 20, 40, 60, 80, 100]


@pytest.fixture(scope="module")
def report(cleaned_report):
    return cleaned_report


@pytest.fixture(scope="module")
def result(report):
    return report.audit()


@pytest.fixture(scope="module")
def added_up_as_sent(report):
    return _added_up(report, {})


def test_every_declared_check_says_something(result):
    assert set(result["id"]) == {check.id for check in audit.declared()}
    assert list(result.columns) == audit.COLUMNS
    assert set(result["result"]) <= {audit.HELD, audit.DIFFERS}


def test_all_that_differs_says_why(result):
    reasons = {check.id: check.reason for check in audit.declared()}
    for row in result[result["result"] == audit.DIFFERS].itertuples():
        said = row.words.partition(". ")[2]
        assert reasons[row.id] in row.words and len(said) > 20, f"{row.id}, {row.row}: {row.words}"


def test_two_sources_that_differ_say_what_they_count(result):
    differing = result[(result["check"] == audit.TITLES["same"]) & (result["result"] == audit.DIFFERS)]
    assert len(differing) > 2 and audit.NO_PLACE not in set(differing["row"])
    assert differing.set_index("id").loc["referrals-police", "row"] == "Referrals by source, Police"


def test_the_known_slips_are_found_and_sound_tables_are_not_accused(result):
    by_id = result.groupby("id")["result"].agg(lambda values: (values == audit.DIFFERS).sum())
    assert by_id["deaths-six-months"] == 1  # no whole number of 49 is 19 per cent
    assert by_id["contributions-total-2015-16"] == 1  # 16,000 pounds of the police counted twice over
    assert by_id["deaths-ethnicity-total"] == 1
    assert by_id["attendance"] == by_id["contributions-2014-15"] == by_id["commercial-recomputed"] == 0


def test_a_changed_part_is_found(report):
    tables = dict(report._tidy)
    broken = tables["client_transport"].copy()
    broken.loc[broken["activity"] == "Tenders", "number"] += [1.0, 0.0]
    found = audit.run({**tables, "client_transport": broken}, report.edition).set_index("id")["result"]
    assert found["tender-weights"] == audit.DIFFERS


WRONG = [  # table, column, what the last row says too much, file
    ("lado_contacts_by_setting", "contacts", 100, "lado/contacts_by_setting.xlsx"),
    ("placements", "children", 100, "childrens_social_care/placements.xlsx"),
    ("missing_profile", "episodes", 1, "police/missing_episodes.xlsx"),
    ("rusafe_referrals_by_sex", "referrals", 1, "barnardos/ru_safe.xlsx"),
    ("referral_reasons", "referrals_pct", 14, "childrens_social_care/referral_reasons.csv"),
    ("attendance", "meetings", 1, "board/attendance.xlsx"),
    ("early_help_lead_agencies", "families", 1, "early_help/early_help_panel.xlsx"),
    ("rusafe_caseload", "cases", -40, "board/published_facts.csv"),
]


def test_a_check_of_the_returns_says_in_which_file_something_does_not_add_up(report, added_up_as_sent):
    """Before any build: parts of more than their whole, a year of another number in two tables of one agency."""
    changed = {table: report._tidy[table].copy() for table, *_ in WRONG}
    for table, column, more, _ in WRONG:
        changed[table].loc[changed[table].index[-1], column] += more
    wrong = {f"2015-16/{file}" for *_, file in WRONG}
    assert _added_up(report, changed) - added_up_as_sent == wrong
    assert not wrong & added_up_as_sent


def test_a_family_under_another_decision_than_its_months_say_is_told(report, added_up_as_sent):
    families = report._tidy["early_help_families"].copy()
    families.loc[families.index[-1], "decision"] = "Deferred"
    told = _added_up(report, {"early_help_families": families}) - added_up_as_sent
    assert told == {"2015-16/early_help/early_help_panel.xlsx"}


def _added_up(report, changed):
    """The files of which a check of the returns says that something does not add up."""
    run = CleanRun({name: frame for name, frame in report._tidy.items() if name != "indicators"} | changed)
    found = added_up(run, report.project, report.edition.year)
    assert "indicators" in run.tables
    return {told.file for told in found if told.result == "warning"}


def test_a_published_rate_that_its_count_does_not_give_is_told_with_its_row_and_what_it_gives(report):
    official = report._tidy["children_in_need"].copy()
    rate = official["indicator"].eq("referrals_rate_per_10000") & official["area"].eq("Buckinghamshire")
    row = official.index[rate & official["year"].eq("2015-16") & official["vintage"].eq("first published")]
    official.loc[row, "value"] = 596.7
    told = audit.check({**report._tidy, "children_in_need": official}, report.edition)
    (found,) = [f for f in told if f.result == "warning"]
    assert (found.value, found.expected) == ("596.7", "576.7")
    assert f"{found.file}#{found.row}" == official.loc[row[0], "row_id"]


def test_a_group_with_a_small_count_of_children_shows_no_number(report, result):
    for name, rows in result.groupby("id"):
        table = rows["table"].iloc[0]
        if table in report._tidy and facts.counts_children(table) and (rows["said"] == "[c]").any():
            assert (rows["said"] == "[c]").all() and (rows["computed"] == "[c]").all(), name
            assert not rows["words"].str.contains(r"\d").any(), name
    assert (result.loc[result["id"] == "deaths-age-shares", "said"] == "[c]").all()


def test_which_share_of_a_withheld_count_holds_is_not_told(report):
    """The printed report has 10 per cent of 49 at 1-5 years: that the withheld count gives this share says that it is 5."""
    ages = ["deaths-age-shares", "deaths-ethnicity-shares"]
    told = audit.run(report._tidy, report.edition).set_index("id").loc[ages]
    assert told.index.is_unique and (told["said"] == "[c]").all() and (told["result"] == audit.DIFFERS).all()
    assert (told["row"] == "4 rows").all() and (told["computed_from"].map(len) >= 4).all()


def test_of_a_table_of_which_an_earlier_final_edition_withheld_something_no_number_is_told(report, result):
    """What was small then may be larger now: the proof knows that it is withheld, and the audit is no way round it."""
    of = {"cdop_findings", "placements", "missing_episodes"}
    now = audit.run(report._tidy, report.edition, frozenset(of))
    ids = [c.id for c in audit.declared() if c.table in of or any(f"{name}:" in c.of for name in of)]
    assert (result.loc[result["id"].isin(ids), "said"] != "[c]").any(), "there is something to withhold"
    assert (now.loc[now["id"].isin(ids), ["said", "computed"]] == "[c]").all(axis=None)
    assert (now.loc[~now["id"].isin(ids), "said"] != "[c]").any()


def _told_of(report, check, changed):
    rows = audit.run({**report._tidy, **changed}, report.edition)
    differs = rows[(rows["id"] == check) & (rows["result"] == audit.DIFFERS)]
    return " ".join(differs[["said", "computed", "words"]].stack())


def test_a_month_that_does_not_add_up_may_be_the_partner_of_one_with_a_few_children(report):
    agencies = report._tidy["early_help_lead_agencies"].copy()
    november = agencies.index[agencies["month"] == "2015-11-01"]
    agencies.loc[november[0], "families"] += 9
    assert _told_of(report, "lead-agencies", {"early_help_lead_agencies": agencies}) == (
        "[c] [c] It does not hold. Every family at level 3 has one lead agency, and no other has."
    )


@pytest.mark.parametrize(("last_year", "hidden"), [(4, True), (6, False)])
def test_a_few_children_of_the_year_before_hide_what_does_not_add_up_in_this_one(report, last_year, hidden):
    """What its report withheld, this year's return still has: its partner must not be told here."""
    episodes = report._tidy["missing_episodes"].copy()
    small = episodes["district"] == "South Bucks"
    episodes.loc[small, "episodes"] = episodes.loc[small, "episodes"].clip(lower=6)
    episodes.loc[small & (episodes["quarter"] == "2014-15 Q2"), "episodes"] = last_year
    profile = report._tidy["missing_profile"].assign(episodes=lambda frame: frame["episodes"] + 9)
    told = _told_of(report, "missing-profile", {"missing_episodes": episodes, "missing_profile": profile})
    assert told and (re.search(r"\d", told) is None) is hidden


def test_a_check_of_what_is_not_there_stops(report):
    check = audit.Check("x", "parts", "surveys", "people", "question=Never asked", "number: 1", "0", "0", "")
    with pytest.raises(KeyError, match="no row"):
        audit._Auditor(report._tidy, report.edition).rows(check)


def test_the_findings_tell_what_differs(result):
    # all that differs is known and explained
    assert [found.result for found in audit.findings(result)] == ["pass"]
    held = result[(result["id"] == "placements") | (result["result"] == audit.HELD)].copy()
    new = held[held["id"] == "tender-weights"].index
    held.loc[new, "result"] = audit.DIFFERS
    told = audit.findings(held)
    assert [found.result for found in told] == ["warning"] * len(new) + ["pass"] and len(new) > 0
    assert "1 differ as the errata explain" in told[-1].message


def test_one_more_difference_than_is_known_brings_back_all_of_its_check(result):
    more = pd.concat([result, result[(result["id"] == "placements")]], ignore_index=True)
    assert sum(found.result == "warning" for found in audit.findings(more)) == 2


def test_a_year_without_a_printed_report_waits_for_none_of_its_numbers(report):
    tables = {name: frame for name, frame in report._tidy.items() if name != "published_facts"}
    told = audit.check(tables, replace(report.edition, year=ReportYear(2016)))
    wait = [found.value for found in told if "cannot be made before the returns are there" in found.message]
    held = [check.id for check in audit.declared() if check.of.startswith("printed:")]
    assert held and not {name for value in wait for name in value.split(", ")} & set(held)


def test_a_year_that_lacks_what_a_check_asks_for_is_told_so_and_the_rest_goes_on(report):
    tables = {name: frame for name, frame in report._tidy.items() if name != "client_transport"}
    told = audit.check(tables, report.edition)
    assert [found.value for found in told if found.result == "warning"] == ["tender-weights"]
    assert "cannot be made before the returns are there" in told[0].message and told[-1].result == "pass"


@given(part=st.integers(min_value=0, max_value=30), whole=st.integers(min_value=1, max_value=30))
def test_a_share_of_more_than_the_whole_is_never_attainable(part, whole):
    said = as_printed(part, whole)
    assert audit.attainable(said, whole) == (part <= whole)


def test_the_table_of_checks_is_whole():
    frame = pd.read_csv(audit.DECLARED).fillna("")
    assert frame["id"].is_unique
    assert set(frame["check"]) <= set(audit.TITLES)


def test_two_sources_that_differ_are_named_by_their_check_and_not_by_a_dash():
    row = SimpleNamespace(
        table=audit.NO_PLACE, row=audit.NO_PLACE, id="police-contacts", words="They differ.", said="1"
    )
    row.said_from = row.computed_from = None
    row.check, row.computed = audit.TITLES["same"], "2"
    assert str(audit._told(row)).startswith("check police-contacts: They differ. Found '1'. Expected 2.")
    row.row, row.words = "35 parts", "The 35 parts come to 2, not 1."
    assert "column" not in str(audit._told(row)), "the number of parts is no column of a file"
