"""The official rules of the children in need census: each one broken once, and kept by a file that is sound."""

from datetime import date

import pytest
from test_cin_census import PLAN, census, changed, clean_children, header_xml, read

from bscbdata.statutory.cin_census.rules import Census, _finding, check_cin, rules

FIRST = "0.CINdetails.0."
ASSESSMENT = FIRST + "Assessments.0."
ENQUIRY = FIRST + "Section47.0."
PLAN_AT = FIRST + "ChildProtectionPlans.0."
NEED_PLAN = FIRST + "CINPlanDates.0."
LATER = {"CINreferralDate": "2022-08-10", "ReferralSource": "6", "PrimaryNeedCode": "N1", "ReferralNFA": "0"}
LATER_ASSESSMENT = {"AssessmentActualStartDate": "2022-05-20", "AssessmentAuthorisationDate": "2022-06-20"}
LATER_ENQUIRY = {"S47ActualStartDate": "2022-06-05", "DateOfInitialCPC": "2022-06-16", "ICPCnotRequired": "0"}
CLOSED = {FIRST + "CINclosureDate": "2023-02-01", FIRST + "ReasonForClosure": "RC7"}
DIED = {"0.PersonDeathDate": "2022-06-03"}

# They count rows of the whole file: many sound ones beside a broken one keep them.
OF_THE_WHOLE_FILE = {"2883", "2886Q", "2887Q", "2888Q"}
# Code, census year, and the changes to a sound file that break the rule.
BROKEN = [
    ("1103", 2023, {ASSESSMENT + "AssessmentActualStartDate": "2022-05-09"}),
    ("1104", 2023, {ENQUIRY + "DateOfInitialCPC": "2022-05-09"}),
    ("1105", 2023, {PLAN_AT + "CPPstartDate": "2022-05-09"}),
    ("1520", 2023, {"0.UPN": "A123456789012", "1.UPN": "A123456789012"}),
    ("1570", 2025, {"0.LAchildID": "A" * 21}),
    ("1580", 2025, {"0.LAchildID": "A-1"}),
    ("2883", 2023, {ENQUIRY + "DateOfInitialCPC": None}),
    ("2884", 2023, {FIRST + "DateOfInitialCPC": "2022-06-10"}),
    ("2885", 2023, {PLAN_AT + "CPPstartDate": "2022-06-13"}),
    ("2886Q", 2023, {"0.GenderCurrent": "0"}),
    ("2886Q", 2025, {"0.Sex": "U"}),
    ("2887Q", 2023, {"0.Disability": ["MOB", "LD"]}),
    ("2888Q", 2023, {"0.Disability": ["MOB"]}),
    ("2889", 2023, {ENQUIRY + "S47ActualStartDate": "2022-05-09"}),
    ("2990", 2023, {FIRST + "ReasonForClosure": "RC9", FIRST + "CINclosureDate": "2023-02-01"}),
    ("2991Q", 2023, {FIRST + "Assessments": []}),
    ("4000", 2023, {FIRST + "ReferralNFA": "true"}),
    ("4001", 2023, {PLAN_AT + "CPPendDate": None}),
    ("4003", 2023, {NEED_PLAN + "CINPlanStartDate": "2022-08-20"}),
    ("4004", 2023, {FIRST + "CINPlanDates.1": {"CINPlanStartDate": "2023-02-01"}}),
    ("4008", 2023, DIED),
    ("4009Q", 2023, DIED | {NEED_PLAN + "CINPlanEndDate": "2023-02-01"}),
    ("4010", 2023, {NEED_PLAN + "CINPlanStartDate": "2023-04-01"}),
    ("4010", 2023, {NEED_PLAN + "CINPlanStartDate": ""}),
    ("4011", 2023, {NEED_PLAN + "CINPlanEndDate": "2023-01-09"}),
    ("4012Q", 2023, {NEED_PLAN + "CINPlanEndDate": "2023-01-10"}),
    ("4013", 2023, {NEED_PLAN + "CINPlanEndDate": "2023-04-01"}),
    (
        "4014",
        2023,
        {FIRST + "CINPlanDates.1": {"CINPlanStartDate": "2023-01-12", "CINPlanEndDate": "2023-01-20"}},
    ),
    ("4015", 2023, {NEED_PLAN + "CINPlanStartDate": "2022-05-09"}),
    ("4016", 2023, {NEED_PLAN + "CINPlanStartDate": "2022-12-14"}),
    ("4017", 2023, {NEED_PLAN + "CINPlanStartDate": "2022-06-01"}),
    ("4180", 2023, {"0.GenderCurrent": None}),
    ("4180", 2025, {"0.Sex": "1"}),
    ("4220", 2023, {"0.Ethnicity": "MARS"}),
    ("4220", 2023, {"0.Ethnicity": None}),
    ("8500", 2023, {"0.LAchildID": None}),
    ("8510", 2023, {"0.LAchildID": "A2"}),
    ("8520", 2023, {"0.PersonBirthDate": "2023-04-01"}),
    ("8525Q", 2023, {"0.PersonBirthDate": None}),
    ("8525Q", 2023, {"0.ExpectedPersonBirthDate": "2023-05-01"}),
    ("8530Q", 2023, {"2.ExpectedPersonBirthDate": "2024-01-01"}),
    ("8535Q", 2023, {"0.PersonDeathDate": "2013-02-02"}),
    ("8540", 2023, {"0.Disability": None}),
    ("8540", 2023, {"0.Disability": ["XX"]}),
    ("8545Q", 2023, {"0.PersonDeathDate": "2022-03-31"}),
    ("8555Q", 2023, {"0.PersonDeathDate": "2022-05-09"}),
    ("8565", 2023, {FIRST + "CINclosureDate": "2022-12-14", FIRST + "ReasonForClosure": "RC7"}),
    ("8568", 2023, {FIRST + "ReferralNFA": None}),
    ("8568", 2023, {FIRST + "ReferralNFA": "maybe"}),
    ("8569Q", 2023, {"1.CINdetails.0.CINreferralDate": "2022-03-30"}),
    ("8585Q", 2023, CLOSED | {FIRST + "ReasonForClosure": "RC2"}),
    ("8590", 2023, {"0.CINdetails": []}),
    ("8600", 2023, {FIRST + "CINreferralDate": "2023-04-01"}),
    ("8600", 2023, {FIRST + "CINreferralDate": ""}),
    ("8606", 2023, {"2.CINdetails.0.CINreferralDate": "2022-08-12"}),
    ("8608", 2023, {ASSESSMENT + "AssessmentActualStartDate": "2022-06-06"}),
    ("8610", 2023, {FIRST + "PrimaryNeedCode": None}),
    ("8614", 2023, {ASSESSMENT + "AssessmentAuthorisationDate": None}),
    ("8615", 2023, {ENQUIRY + "S47ActualStartDate": "2022-06-11"}),
    ("8620", 2023, {FIRST + "CINclosureDate": "2023-04-01"}),
    ("8630", 2023, {FIRST + "CINclosureDate": "2022-05-09"}),
    ("8640", 2023, CLOSED | {FIRST + "ReasonForClosure": "RC99"}),
    ("8640", 2022, {"0.CINdetails.0.ReasonForClosure": "RC9"}),
    ("8650", 2023, {FIRST + "PrimaryNeedCode": "N99"}),
    ("8670Q", 2023, {ASSESSMENT + "AssessmentAuthorisationDate": None}),
    ("8675Q", 2023, {ENQUIRY + "DateOfInitialCPC": None}),
    ("8696", 2023, {ASSESSMENT + "AssessmentAuthorisationDate": "2023-04-01"}),
    ("8715", 2023, {ENQUIRY + "DateOfInitialCPC": "2023-04-03"}),
    ("8720", 2023, {PLAN_AT + "CPPstartDate": "2023-04-01"}),
    ("8730", 2023, {PLAN_AT + "NumberOfPreviousCPP": None}),
    (
        "8736",
        2023,
        {
            ASSESSMENT + "AssessmentActualStartDate": "2022-03-31",
            ASSESSMENT + "AssessmentAuthorisationDate": None,
        },
    ),
    ("8740", 2023, {ENQUIRY + "S47ActualStartDate": "2022-03-31", ENQUIRY + "DateOfInitialCPC": None}),
    ("8750", 2023, {"2.GenderCurrent": "1"}),
    ("8750", 2025, {"2.Sex": "F"}),
    ("8772", 2023, {"0.UPNunknown": "UN7"}),
    ("8775Q", 2023, {"0.PersonBirthDate": "1998-03-30"}),
    ("8790", 2023, {"0.Disability": ["NONE", "LD"]}),
    ("8794", 2023, {"0.Disability": ["LD", "LD"]}),
    ("8805", 2023, {FIRST + "CINclosureDate": "2023-02-01"}),
    ("8810", 2023, {FIRST + "ReasonForClosure": "RC7"}),
    ("8815", 2023, {"0.CINdetails.1": LATER}),
    ("8816", 2023, {"0.CINdetails.1": LATER}),
    ("8820", 2023, {"0.CINdetails.1": LATER}),
    ("8825Q", 2023, CLOSED | {FIRST + "ReasonForClosure": "RC8", FIRST + "Assessments": []}),
    ("8831", 2023, {FIRST + "ReferralNFA": "1"}),
    ("8832", 2023, {FIRST + "ReferralNFA": "1"}),
    (
        "8839",
        2023,
        {
            ENQUIRY + "DateOfInitialCPC": None,
            FIRST + "Section47.1": {"S47ActualStartDate": "2022-07-01", "ICPCnotRequired": "0"},
        },
    ),
    ("8840", 2023, {PLAN_AT + "CPPendDate": "2022-06-10"}),
    ("8841", 2023, {PLAN_AT + "CPPreviewDate": ["2022-06-10"]}),
    ("8842Q", 2023, {PLAN_AT + "CPPreviewDate": [""]}),
    ("8863Q", 2023, {FIRST + "Assessments.1": LATER_ASSESSMENT}),
    ("8866", 2023, {FIRST + "ReferralSource": "99"}),
    ("8866", 2022, {FIRST + "ReferralSource": "5D"}),
    ("8867", 2023, CLOSED | {ASSESSMENT + "AssessmentAuthorisationDate": None}),
    ("8868", 2023, CLOSED | {ENQUIRY + "DateOfInitialCPC": None}),
    ("8869", 2023, {ASSESSMENT + "AssessmentFactors": ["21", "3A"]}),
    ("8870Q", 2023, {ENQUIRY + "InitialCPCtarget": "2022-06-25"}),
    ("8873Q", 2023, CLOSED | {ASSESSMENT + "AssessmentFactors": ["21"]}),
    ("8875", 2023, {ENQUIRY + "DateOfInitialCPC": "2022-06-11"}),
    ("8890", 2023, {FIRST + "Section47.1": LATER_ENQUIRY}),
    (
        "8896",
        2023,
        {
            ASSESSMENT + "AssessmentAuthorisationDate": None,
            FIRST + "Assessments.1": {"AssessmentActualStartDate": "2022-07-01"},
        },
    ),
    ("8897Q", 2023, {ASSESSMENT + "AssessmentFactors": []}),
    ("8898", 2023, {ASSESSMENT + "AssessmentFactors": ["3A", "3A"]}),
    ("8905", 2023, {PLAN_AT + "InitialCategoryOfAbuse": "BAD"}),
    ("8910", 2023, {PLAN_AT + "LatestCategoryOfAbuse": None}),
    ("8915", 2023, DIED),
    ("8920", 2023, DIED),
    ("8925", 2023, {PLAN_AT + "CPPendDate": "2022-06-09"}),
    ("8930", 2023, {PLAN_AT + "CPPendDate": "2023-04-01"}),
    (
        "8935",
        2023,
        {
            PLAN_AT + "CPPendDate": None,
            FIRST + "ChildProtectionPlans.1": PLAN | {"CPPstartDate": "2023-01-05"},
        },
    ),
    ("8940", 2023, {FIRST + "ChildProtectionPlans.1": PLAN | {"CPPstartDate": "2022-12-14"}}),
    ("8945Q", 2025, {ASSESSMENT + "AssessmentFactors": ["18A"]}),
    ("8950Q", 2025, {ASSESSMENT + "AssessmentFactors": ["19A", "3A"]}),
]

# Code, census year, and changes that come close to breaking the rule and do not.
KEPT = [
    ("1103", 2023, {ASSESSMENT + "AssessmentActualStartDate": "2022-05-10"}),
    ("1570", 2025, {"0.LAchildID": "A" * 20}),
    ("1570", 2024, {"0.LAchildID": "A" * 21}),
    ("2885", 2023, {PLAN_AT + "CPPstartDate": "2021-12-14"}),
    ("2884", 2023, {FIRST + "DateOfInitialCPC": "2022-06-09"}),
    ("4016", 2023, {NEED_PLAN + "CINPlanStartDate": "2022-12-15"}),
    ("8520", 2023, {"0.PersonBirthDate": "2023-03-31"}),
    ("8530Q", 2023, {"2.ExpectedPersonBirthDate": "2023-12-31"}),
    ("8540", 2023, {"1.Disability": None}),
    ("8565", 2023, {FIRST + "CINclosureDate": "2023-01-10", FIRST + "ReasonForClosure": "RC7"}),
    ("8569Q", 2023, {"1.CINdetails.0.CINreferralDate": "2022-03-31"}),
    ("8600", 2023, {FIRST + "CINreferralDate": "2023-03-31"}),
    ("8606", 2023, {"2.CINdetails.0.CINreferralDate": "2022-08-13"}),
    ("8608", 2023, {ASSESSMENT + "AssessmentActualStartDate": "2022-06-05"}),
    ("8640", 2023, {FIRST + "ReasonForClosure": "RC9"}),
    ("8670Q", 2023, {"2.CINdetails.0.Assessments.0.AssessmentActualStartDate": "2023-01-27"}),
    ("8675Q", 2023, {ENQUIRY + "DateOfInitialCPC": None, ENQUIRY + "ICPCnotRequired": "1"}),
    ("8675Q", 2023, {ENQUIRY + "DateOfInitialCPC": None, ENQUIRY + "S47ActualStartDate": "2023-03-10"}),
    ("8775Q", 2023, {"0.PersonBirthDate": "1998-03-31"}),
    ("8816", 2023, {"0.CINdetails.1": LATER | {"ReferralNFA": "1"}}),
    ("8815", 2023, CLOSED | {"0.CINdetails.1": LATER}),
    ("8820", 2023, CLOSED | {"0.CINdetails.1": LATER | {"CINreferralDate": "2023-02-01"}}),
    ("8841", 2023, {PLAN_AT + "CPPreviewDate": ["2022-06-11"]}),
    (
        "8863Q",
        2023,
        {FIRST + "Assessments.1": LATER_ASSESSMENT | {"AssessmentActualStartDate": "2022-06-05"}},
    ),
    ("8873Q", 2023, {ASSESSMENT + "AssessmentFactors": ["21"]}),
    ("8890", 2023, {FIRST + "Section47.1": LATER_ENQUIRY | {"S47ActualStartDate": "2022-06-10"}}),
    ("8940", 2023, {FIRST + "ChildProtectionPlans.1": PLAN | {"CPPstartDate": "2022-12-15"}}),
    ("8945Q", 2023, {ASSESSMENT + "AssessmentFactors": ["18A"]}),
]


def broken_rules(year, changes=None, header=None, holidays=()):
    records = read(census(changed(clean_children(year), changes or {}), year, header=header))
    return {f.check: f for f in check_cin(records, year, holidays) if f.result != "pass"}


def finding_of(code, year, changes):
    """What one rule finds in a sound file with these changes, if it holds in that year."""
    of_file = Census(read(census(changed(clean_children(year), changes), year)), year)
    asked = [rule for rule in rules() if rule.code == code and rule.years.holds(year)]
    return next(filter(None, (_finding(of_file, rule) for rule in asked)), None)


def named(case):
    return f"{case[0]}-{case[1]}" if isinstance(case, tuple) else None


# The fixture's conference is on 10 June, a weekday in these years.
@pytest.mark.parametrize("year", [2016, 2017, 2020, 2021, 2022, 2023, 2025, 2026])
def test_a_sound_file_keeps_every_rule(year):
    assert broken_rules(year) == {}


@pytest.mark.parametrize("case", BROKEN, ids=named)
def test_each_rule_is_broken_by_a_file_made_to_break_it(case):
    code, year, changes = case
    finding = finding_of(code, year, changes)
    assert finding is not None and finding.check == code
    assert finding.file == "cin.xml" and finding.column and finding.advice
    assert finding.row or code in OF_THE_WHOLE_FILE


def test_all_are_found_in_a_file_of_all_these_children():
    children = []
    for number, (_, year, changes) in enumerate(BROKEN):
        for child in changed(clean_children(2023), changes) if year == 2023 else []:
            named = {"LAchildID": f"{number}{child['LAchildID']}"} if "LAchildID" in child else {}
            children.append(child | named)
    found = {finding.check for finding in check_cin(read(census(children)), 2023)}
    assert {code for code, year, _ in BROKEN if year == 2023} - found <= OF_THE_WHOLE_FILE


@pytest.mark.parametrize("case", KEPT, ids=named)
def test_what_comes_close_does_not_break_the_rule(case):
    assert finding_of(*case) is None


def test_the_reference_date_must_be_the_last_day_of_the_year():
    found = broken_rules(2023, header=header_xml(2023, reference_date="2023-03-30"))
    assert found["100"].result == "failure" and found["100"].value == "2023-03-30"
    assert set(broken_rules(2023, header="")) == {"100"}


def test_every_rule_is_tried():
    assert {rule.code for rule in rules()} == {code for code, _, _ in BROKEN} | {"100"}
    assert all(rule.condition for rule in rules())
    assert {rule.severity for rule in rules()} <= {"failure", "warning"}
    assert len({rule.code for rule in rules()}) >= 40


def test_bank_holidays_are_no_working_days():
    """45 days from 26 January 2023 without holidays are 46; one holiday between makes it in time."""
    late = {"2.CINdetails.0.Assessments.0.AssessmentActualStartDate": "2023-01-26"}
    assert "8670Q" in broken_rules(2023, late)
    assert "8670Q" not in broken_rules(2023, late, holidays=[date(2023, 3, 1)])


def test_a_weekend_before_the_first_day_is_no_working_day():
    """1 April 2024 was Easter Monday; without holidays the working day before it is Friday 29 March."""
    earlier = {"1.CINdetails.0.CINreferralDate": "2024-03-29"}
    assert "8569Q" not in broken_rules(2025, earlier)
    assert "8569Q" in broken_rules(2025, {"1.CINdetails.0.CINreferralDate": "2024-03-28"})
    holidays = [date(2024, 3, 29), date(2024, 4, 1)]
    assert "8569Q" not in broken_rules(
        2025, {"1.CINdetails.0.CINreferralDate": "2024-03-28"}, holidays=holidays
    )


def test_a_long_list_is_one_finding_with_its_count_and_first_places():
    child = changed(clean_children(2023), {"0.Ethnicity": "MARS"})[0]
    records = read(census([child | {"LAchildID": f"N{n}"} for n in range(40)]))
    [finding] = [f for f in check_cin(records, 2023) if f.check == "4220"]
    assert "40 in Child" in finding.message and finding.value == "MARS"
    lines = records.native["Child"]["line"].tolist()
    assert finding.row == lines[0] and ", ".join(map(str, lines[:5])) in finding.message


def test_no_finding_tells_who_a_child_is():
    changes = {
        "0.LAchildID": "A-SECRET",
        "0.PersonBirthDate": "2025-11-11",
        "0.PersonDeathDate": "2012-12-12",
    }
    told = " ".join(str(finding) for finding in broken_rules(2025, changes).values())
    assert "8520" in broken_rules(2025, changes)
    assert not any(secret in told for secret in ("A-SECRET", "2025-11-11", "2012-12-12"))


def test_rules_that_hold_are_counted():
    records = read(census(clean_children(2023)))
    [finding] = check_cin(records, "2022-23")
    made = [rule for rule in rules() if rule.years.holds(2023)]
    assert finding.result == "pass" and f"{len(made)} of the {len(made)}" in finding.message


def test_a_census_of_one_bare_child_can_be_checked():
    assert "8590" in {f.check for f in check_cin(read(census([{"LAchildID": "A1"}])), 2023)}
