"""Indicators from returns, each against a tiny table worked by hand."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bscbdata.indicators import definitions
from bscbdata.indicators.long_table import compute_all
from bscbdata.indicators.returns import compute, counts, of_whole_years, shares, tables_counted
from bscbdata.period import ReportYear
from bscbdata.provenance import join_rows
from bscbdata.tables import INDICATOR_COLUMNS

YEAR = "2015-16"
MONTHS = [f"{month:%Y-%m}" for month in ReportYear.parse(YEAR).months]
SOURCES = pd.CategoricalDtype(["Police", "Schools", "Other"], ordered=True)
OUTCOMES = pd.CategoricalDtype(["Referral", "No further action"], ordered=True)


def table(columns: str, *rows, **types) -> pd.DataFrame:
    """A tiny tidy table: months and dates as such, provenance illustrative."""
    frame = pd.DataFrame(list(rows), columns=columns.split())
    for name in set(frame) & {"month", "started", "authorised", "ended", "meeting", "panel_date"}:
        frame[name] = pd.to_datetime(frame[name])
    return frame.astype(types).assign(provenance="illustrative")


def found(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    tables = {name: frame}
    return of_whole_years(compute(tables, YEAR), tables, YEAR)


def whole(frame: pd.DataFrame, **nought) -> pd.DataFrame:
    """The table with a row of nought for each month or quarter of the year that it lacks."""
    year = ReportYear.parse(YEAR)
    column = "month" if "month" in frame else "quarter"
    every = [pd.Timestamp(month) for month in year.months] if column == "month" else year.quarters
    rows = [{column: period, "provenance": "illustrative"} | nought for period in every]
    lacking = pd.DataFrame([row for row in rows if row[column] not in set(frame[column])])
    return pd.concat([frame, lacking], ignore_index=True).astype(frame.dtypes.to_dict())


def values(long: pd.DataFrame, indicator: str) -> dict:
    """(period, category) -> value of one indicator."""
    rows = long[long["indicator"] == indicator]
    assert len(rows), f"no rows of {indicator}"
    return dict(zip(zip(rows["period"], rows["category"], strict=True), rows["value"], strict=True))


def two_months() -> pd.DataFrame:
    return table(
        "month source outcome contacts",
        ("2016-03-01", "Schools", "Referral", 3),
        ("2016-03-01", "Schools", "No further action", 1),
        ("2015-04-01", "Police", "Referral", 2),
        ("2015-04-01", "Police", "No further action", 6),
        ("2016-03-01", "Police", "Referral", 1),
        ("2016-03-01", "Other", "No further action", 1),
        source=SOURCES,
        outcome=OUTCOMES,
        contacts="Int64",
    )


@pytest.fixture
def contacts():
    return found("contacts", two_months())


@pytest.fixture
def contacts_of_the_year():
    return found("contacts", whole(two_months(), source="Other", outcome="Referral", contacts=0))


def test_contacts_are_counted_by_month_and_outcome_in_order(contacts):
    assert list(values(contacts, "contacts_by_outcome").items()) == [
        (("April 2015", "Referral"), 2),
        (("April 2015", "No further action"), 6),
        (("March 2016", "Referral"), 4),
        (("March 2016", "No further action"), 2),
    ]
    assert values(contacts, "contacts_by_month") == {("April 2015", "All"): 8, ("March 2016", "All"): 6}
    assert values(contacts, "contacts_by_outcome_pct")["April 2015", "Referral"] == 25


def test_contacts_by_source_are_shares_of_the_year(contacts_of_the_year):
    year = "year ending 31 March 2016"
    assert values(contacts_of_the_year, "contacts_by_source") == {
        (year, "Police"): 9,
        (year, "Schools"): 4,
        (year, "Other"): 1,
    }
    assert values(contacts_of_the_year, "contacts_by_source_pct")[year, "Police"] == pytest.approx(900 / 14)


def test_conversion_takes_other_sources_together_and_carries_its_parts(contacts_of_the_year):
    contacts = contacts_of_the_year
    late = values(contacts, "contact_to_referral_last_quarter_pct")
    spell = "January to March 2016"
    assert late[spell, "Schools"] == 75 and late[spell, "All other sources"] == 50
    assert late[spell, "All"] == pytest.approx(400 / 6)
    row = contacts[
        (contacts["indicator"] == "contact_to_referral_pct") & (contacts["category"] == "All")
    ].iloc[0]
    assert (row["numerator"], row["denominator"]) == (6, 14)
    assert values(contacts, "contact_to_referral_by_month_pct")["April 2015", "All other sources"] == 25


def test_mash_enquiries_and_swan_unit_are_by_month():
    mash = table("month enquiries", ("2015-10-01", 9), ("2015-09-01", 7), enquiries="Int64")
    swan = table("month children", ("2016-01-01", 11), children="Int64")
    assert list(values(found("mash_enquiries", mash), "mash_enquiries").values()) == [7, 9]
    assert values(found("swan_unit", swan), "swan_unit_children") == {("January 2016", "All"): 11}


def test_assessments_are_timed_in_working_days_and_open_ones_stand_beside_them():
    # 1 June 2015 is a Monday: 45 working days on is Monday 3 August, 46 is Tuesday 4 August.
    frame = table(
        "assessment started authorised",
        ("a", "2015-06-01", "2015-08-03"),
        ("b", "2015-06-01", "2015-08-04"),
        ("c", "2015-07-20", "2015-07-31"),
        ("d", "2015-12-01", None),
        ("e", "2016-03-01", None),
    )
    long = found("assessments", frame)
    assert values(long, "assessments_authorised_by_month") == {
        ("July 2015", "All"): 1,
        ("August 2015", "All"): 2,
    }
    timely = values(long, "assessments_in_45_working_days_by_month_pct")
    assert timely == {("July 2015", "All"): 100, ("August 2015", "All"): 50}
    every_month = [(month, f"{month}-14", f"{month}-15") for month in MONTHS]
    of_the_year = pd.concat([frame, table("assessment started authorised", *every_month)])
    still_open = {("31 March 2016", "All"): 1}
    assert values(found("assessments", of_the_year), "assessments_open_over_45_working_days") == still_open
    cut = of_the_year[~(of_the_year["authorised"] > "2016-02-29")]
    assert "assessments_open_over_45_working_days" not in set(found("assessments", cut)["indicator"])


def test_section_47_conversion_is_conferences_over_enquiries():
    outcome = pd.CategoricalDtype(["Initial child protection conference", "No further action"], ordered=True)
    frame = table(
        "month outcome enquiries",
        ("2015-04-01", "Initial child protection conference", 3),
        ("2015-04-01", "No further action", 5),
        ("2015-05-01", "No further action", 0),
        outcome=outcome,
        enquiries="Int64",
    )
    long = found("section_47", frame)
    assert values(long, "section_47_enquiries_by_month")["April 2015", "All"] == 8
    conversion = values(long, "section_47_conversion_by_month_pct")
    assert conversion["April 2015", "All"] == 37.5
    assert pd.isna(conversion["May 2015", "All"])
    status = long.set_index(["indicator", "period"])["status"]
    assert status["section_47_conversion_by_month_pct", "May 2015"] == "not_applicable"


def test_private_fostering_counts_who_is_open_at_the_end_of_a_month():
    frame = table(
        "arrangement started ended",
        ("a", "2014-01-10", None),
        ("b", "2015-04-30", "2015-05-31"),
        ("c", "2015-05-01", "2015-06-01"),
    )
    long = found("private_fostering", frame)
    at_end = values(long, "privately_fostered_at_month_end")
    assert [at_end[month, "All"] for month in ("April 2015", "May 2015", "June 2015", "March 2016")] == [
        2,
        2,
        1,
        1,
    ]
    assert sum(values(long, "private_fostering_started").values()) == 2
    assert values(long, "private_fostering_ended")["June 2015", "All"] == 1
    assert len(at_end) == 12


def test_early_help_decisions_leads_and_problems():
    decision = pd.CategoricalDtype(["Level 3", "Below level 3"], ordered=True)
    panel = table(
        "month decision families",
        ("2015-06-01", "Below level 3", 6),
        ("2015-06-01", "Level 3", 2),
        decision=decision,
        families="Int64",
    )
    long = found("early_help_panel", panel)
    assert list(values(long, "early_help_panel_decisions").values()) == [2, 6]
    assert values(long, "early_help_panel_level_3_pct") == {("June 2015", "All"): 25}
    every = whole(panel, decision="Level 3", families=0)
    from_june = every[every["month"] >= "2015-06-01"]  # it may begin within the year
    year = values(found("early_help_panel", from_june), "early_help_panel_families")
    assert year == {("year ending 31 March 2016", "All"): 8}
    leads = table(
        "month lead_agency families", ("2016-03-01", "A", 1), ("2015-09-01", "A", 2), ("2015-09-01", "B", 2)
    )
    shared = values(found("early_help_lead_agencies", leads), "early_help_lead_agencies_pct")
    assert shared == {("September 2015 to March 2016", "A"): 60, ("September 2015 to March 2016", "B"): 40}
    listed = table("family problems", ("x", 4), ("y", 7), problems="Int64")
    assert list(values(found("early_help_families", listed), "early_help_problems_per_family").values()) == [
        5.5
    ]


def test_rusafe_quarters_are_averaged_and_shared_within_their_own_year():
    frame = table(
        "source quarter referrals",
        *[("Education", f"2014-15 Q{n}", n + 1) for n in (1, 2, 3, 4)],
        ("Education", "2015-16 Q1", 6),
        ("Police", "2015-16 Q1", 2),
        ("Education", "2015-16 Q2", 1),
        referrals="Int64",
    )
    long = found("rusafe_referrals", frame)
    assert values(long, "rusafe_referrals") == {
        **{(f"2014-15 Q{n}", "All"): n + 1 for n in (1, 2, 3, 4)},
        ("2015-16 Q1", "All"): 8,
        ("2015-16 Q2", "All"): 1,
    }
    assert values(long, "rusafe_referrals_per_quarter") == {("year ending 31 March 2015", "All"): 3.5}
    long = found("rusafe_referrals", whole(frame, source="Police", referrals=0))
    each = values(long, "rusafe_referrals_per_quarter")
    assert each == {("year ending 31 March 2015", "All"): 3.5, ("year ending 31 March 2016", "All"): 2.25}
    assert values(long, "rusafe_referrals_by_source_pct")["year ending 31 March 2015", "Education"] == 100
    assert set(long.loc[long["period"] == "2014-15 Q4", "year"]) == {"2014-15"}


def test_of_the_year_before_too_an_average_waits_for_all_its_quarters():
    last_years = [("Education", f"2014-15 Q{n}", 5) for n in (2, 3, 4)]
    frame = table("source quarter referrals", *last_years, referrals="Int64")
    long = found("rusafe_referrals", whole(frame, source="Police", referrals=0))
    assert list(values(long, "rusafe_referrals_per_quarter")) == [("year ending 31 March 2016", "All")]


def test_rusafe_sex_caseload_and_clients():
    sex = whole(
        table("sex quarter referrals", ("Female", "2015-16 Q1", 9), ("Male", "2015-16 Q2", 1)),
        sex="Male",
        referrals=0,
    )
    year = "year ending 31 March 2016"
    assert values(found("rusafe_referrals_by_sex", sex), "rusafe_referrals_by_sex_pct")[year, "Female"] == 90
    cases = whole(table("quarter cases", ("2015-16 Q1", 90), ("2015-16 Q2", 93)), cases=12)
    assert values(found("rusafe_caseload", cases), "rusafe_caseload_per_quarter") == {(year, "All"): 51.75}
    clients = table(
        "age ethnic_group social_care_status", (12, "Mixed", "None"), (13, "Mixed", "Looked after"),
        (17, "White British", "None"), (18, "White British", "None"),
    )  # fmt: skip
    long = found("rusafe_clients", clients)
    assert values(long, "rusafe_clients_aged_13_to_17_pct") == {(year, "All"): 50}
    assert values(long, "rusafe_clients_by_status_pct")[year, "Looked after"] == 25
    assert values(long, "rusafe_clients_by_age_pct")[year, "12"] == 25
    assert values(long, "rusafe_clients_by_ethnic_group_pct")[year, "Mixed"] == 50


def test_mserac_counts_a_type_that_a_month_lacks_as_none_and_judges_exploitation_cases_only():
    frame = table(
        "case meeting type age sex",
        ("a", "2015-04-14", "CSE", 14, "Female"),
        ("b", "2015-04-14", "CSE and missing", 15, "Female"),
        ("c", "2015-05-12", "Missing", 14, "Male"),
        ("d", "2015-05-12", "CSE", 15, "Male"),
        type=pd.CategoricalDtype(["CSE", "Missing", "CSE and missing"], ordered=True),
    )
    long = found("mserac_cases", frame)
    assert values(long, "mserac_new_cases")["May 2015", "CSE and missing"] == 0
    assert list(values(long, "mserac_new_cases_per_meeting").values()) == [2]
    female = values(long, "mserac_cases_female_pct")
    year = "year ending 31 March 2016"
    assert female[year, "All exploitation cases"] == pytest.approx(200 / 3)
    assert female[year, "CSE and missing"] == 100
    assert values(long, "mserac_cases_by_age_pct")[year, "14"] == pytest.approx(100 / 3)


def test_missing_episodes_by_district_and_profile():
    district = table("district quarter episodes", ("Wycombe", "2014-15 Q3", 5), ("Chiltern", "2014-15 Q3", 2))
    long = found("missing_episodes", district)
    assert values(long, "missing_episodes") == {("2014-15 Q3", "All"): 7}
    assert values(long, "missing_episodes_by_district")["2014-15 Q3", "Wycombe"] == 5
    profile = table(
        "age sex ethnicity episodes", ("14 to 17", "Female", "White", 3), ("14 to 17", "Male", "White", 1),
        ("11 to 13", "Male", "Not recorded", 4),
    )  # fmt: skip
    long = found("missing_profile", profile)
    year = "year ending 31 March 2016"
    assert values(long, "missing_episodes_by_age_pct")[year, "14 to 17"] == 50
    assert values(long, "missing_episodes_at_14_to_17_by_sex_pct")[year, "Female"] == 75
    assert values(long, "missing_episodes_by_ethnicity_pct")[year, "Not recorded"] == 50


OF_THE_YEAR = {"contacts", "contacts_by_source", "contacts_by_source_pct", "contact_to_referral_pct"}
OF_THE_YEAR |= {"contact_to_referral_last_quarter_pct"}


@pytest.mark.parametrize(
    ("name", "lacking", "of_the_year"),
    [
        ("contacts", "2015-08-01", OF_THE_YEAR),
        ("contacts", "2016-03-01", OF_THE_YEAR),
        ("rusafe_caseload", "2015-16 Q4", {"rusafe_caseload_per_quarter"}),
    ],
)
def test_a_year_of_which_a_month_or_quarter_is_missing_has_no_figure_of_the_year(name, lacking, of_the_year):
    frames = {
        "contacts": whole(two_months(), source="Other", outcome="Referral", contacts=1),
        "rusafe_caseload": whole(table("quarter cases", ("2015-16 Q1", 90)), cases=12),
    }
    every = frames[name]
    period = "month" if "month" in every else "quarter"
    part = every[every[period].astype("str") != lacking]
    made, left = (set(found(name, frame)["indicator"]) for frame in (every, part))
    assert of_the_year <= made and not of_the_year & left and left


def test_the_long_table_is_whole_and_every_indicator_is_defined(contacts):
    assert list(contacts) == list(INDICATOR_COLUMNS)
    assert set(contacts["indicator"]) <= set(definitions())
    assert set(contacts["provenance"]) == {"illustrative"} and set(contacts["table"]) == {"contacts"}
    assert set(contacts.loc[contacts["indicator"].str.endswith("_pct"), "unit"]) == {"percent"}


def test_without_returns_there_is_an_empty_table():
    empty = compute({}, YEAR)
    assert empty.empty and list(empty) == list(INDICATOR_COLUMNS)


def test_each_return_that_counts_children_has_its_measure():
    from bscbdata.sources import load_source

    assert all(load_source(name).counts_children for name in tables_counted())


@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("xyz"), st.integers(1, 99)), min_size=1))
def test_shares_of_a_period_sum_to_a_hundred_and_counts_lose_nothing(rows):
    frame = pd.DataFrame(rows, columns=["period", "part", "number"]).assign(year=YEAR)
    frame["source_rows"] = [f"sent.csv#{row}" for row in range(2, len(frame) + 2)]
    by_part = shares(frame, "any", "number", "part")
    assert by_part.groupby("period")["value"].sum().round(9).eq(100).all()
    counted = counts(frame, "any", "number", "part")
    assert counted["value"].sum() == frame["number"].sum()
    assert join_rows(counted["source_rows"]) == join_rows(frame["source_rows"])


def test_the_table_of_all_indicators_has_none_of_a_part_of_the_year():
    made = set(compute_all({"contacts": two_months()}, YEAR)["indicator"])
    assert "contacts_by_month" in made and not OF_THE_YEAR & made
