"""What an analyst may do to a table of children before it is published, and what the gate refuses: each was tried."""

import pandas as pd
import pytest

from bscbdata import disclosure
from bscbdata.disclosure import DisclosureError
from bscbdata.disclosure.gate import check_order
from bscbdata.figures import style
from bscbdata.figures.chart_words import FigureError
from bscbdata.reports.report import Report

TABLE = "early_help_lead_agencies"  # seven agencies; Housing leads for a few families


@pytest.fixture(scope="module")
def leads(cleaned_report):
    frame = cleaned_report.table(TABLE).groupby("lead_agency", observed=True)["families"].sum().reset_index()
    assert frame["families"].between(1, 5).sum() == 1
    return frame.astype({"lead_agency": "str"}).sample(frac=1, random_state=1).reset_index(drop=True)


def published(report, frame, **more):
    return report.table_figure(frame, key="tried", measure="Families", tables=[TABLE], **more)


def share_alone(leads, report):
    return leads.assign(share=leads["families"] / leads["families"].sum() * 100)[["lead_agency", "share"]]


def as_text(leads, report):
    return leads.assign(families=leads["families"].astype("str"))


def in_words(leads, report):
    return leads.assign(families=leads["families"].map(lambda n: "four" if n == 4 else "many"))


def with_its_share(leads, report):
    whole = leads["families"].sum()
    return leads.assign(families=[f"{n} ({n / whole:.0%})" for n in leads["families"]])


def with_a_noun(leads, report):
    return leads.assign(families=leads["families"].map("{} families".format))


def in_the_name(leads, report):
    names = [f"{name} ({n})" for name, n in zip(leads["lead_agency"], leads["families"], strict=True)]
    return pd.DataFrame({"lead_agency": names, "place": range(10, 10 + len(names))})


def rate_of_each_population(leads, report):
    """Each row divided by a number of its own, which readers know: no one column has the counts on a scale."""
    known = pd.Series([1000, 2300, 1710, 990, 4100, 1530, 2870])
    return leads.assign(rate=leads["families"] / known * 10_000 + 0.01)[["lead_agency", "rate"]]


def a_hair_more(leads, report):
    return leads.assign(families=leads["families"] + 0.001)


def ranks(leads, report):
    return leads.assign(families=leads["families"].rank().astype("int"))


def a_multiple_beside(leads, report):
    shown = report.protect(leads, "families", ["lead_agency"])
    return shown.merge(leads.assign(hundredfold=leads["families"] * 100)[["lead_agency", "hundredfold"]])


def unprotected_indicator(leads, report):
    frame = report.table("indicators")
    return frame[frame["indicator"] == "early_help_lead_agencies_pct"][["category", "value"]].rename(
        columns={"value": "share"}
    )


TRIED = [
    (share_alone, "counts behind them are not known"),
    (unprotected_indicator, "counts behind them are not known"),
    (as_text, "numbers as text"),
    (in_words, "numbers as text"),
    (with_its_share, "numbers as text"),
    (with_a_noun, "numbers as text"),
    (in_the_name, "numbers as text"),
    (rate_of_each_population, "counts behind them are not known"),
    (a_hair_more, "would print counts from 1 to 5"),
    (ranks, "counts from 1 to 5"),
    (a_multiple_beside, "row of which a count is withheld"),
]


@pytest.mark.parametrize(("tried", "said"), TRIED, ids=[tried.__name__ for tried, _ in TRIED])
def test_what_would_tell_a_small_count_is_refused_and_says_what_to_do(cleaned_report, leads, tried, said):
    with pytest.raises(DisclosureError, match=said):
        published(cleaned_report, tried(leads, cleaned_report), unit={"share": "percent"})


def test_shares_that_went_with_their_counts_are_shown(cleaned_report, leads):
    whole = leads["families"].sum()
    frame = leads.assign(share=leads["families"] / whole * 100)
    shown = cleaned_report.protect(frame, "families", ["lead_agency"], ["share"])
    made = published(cleaned_report, shown[["lead_agency", "share", "status"]], unit={"share": "percent"})
    cells = [row[1] for row in made.table.rows()]
    assert cells.count("[c]") == 2 and "60%" in cells
    own = cleaned_report.indicator("early_help_lead_agencies_pct")[["category", "value", "status"]]
    assert published(cleaned_report, own, unit={"value": "percent"})


def test_rows_in_order_of_size_tell_no_withheld_size(leads):
    for ascending in (True, False):
        ordered = leads.sort_values("families", ascending=ascending)
        shown = disclosure.protect(ordered, "families", ["lead_agency"])
        assert shown["lead_agency"].tolist()[-2:] == ["Housing", "Voluntary sector"]
        assert shown["families"].iloc[-2:].isna().all()


def test_months_and_ages_keep_their_order(leads):
    months = pd.DataFrame(
        {"month": ["April 2015", "May 2015", "June 2015"], "n": pd.array([4, 9, 12], "Int64")}
    )
    assert disclosure.protect(months, "n", ["month"])["month"].tolist() == months["month"].tolist()
    ages = pd.DataFrame({"age": ["1 to 4", "5 to 9", "10 to 15"], "n": pd.array([20, 9, 4], "Int64")})
    assert disclosure.protect(ages, "n", ["age"])["age"].tolist() == ages["age"].tolist()


@pytest.mark.parametrize(
    ("counts", "refused"),
    [
        ([40, 30, None, 20, 10], True),
        ([None, 10, 20, 30, 40], True),
        ([40, 30, 20, 10, None], False),
        ([10, 40, None, 20, 30], False),
    ],
)
def test_a_withheld_row_among_rows_in_order_of_size_is_refused(counts, refused):
    frame = pd.DataFrame({"name": list("dbeac"), "n": pd.array(counts, "Int64")})
    if refused:
        with pytest.raises(DisclosureError, match="Sort after protecting"):
            check_order(frame, "n")
    else:
        check_order(frame, "n")


def test_an_average_of_few_children_is_withheld_and_another_is_shown(cleaned_report):
    fresh = Report(cleaned_report.project, cleaned_report.edition)
    frame = cleaned_report._tidy["indicators"].copy()
    mine = frame["indicator"] == "mserac_new_cases_per_meeting"
    fresh.__dict__["_tidy"] = {**cleaned_report._tidy, "indicators": frame}
    shown = fresh.indicator("mserac_new_cases_per_meeting")
    assert shown["value"].notna().all()
    frame.loc[mine, ["value", "numerator"]] = [3 / 12, 3.0]
    hidden = fresh.indicator("mserac_new_cases_per_meeting")
    assert hidden["value"].isna().all() and hidden["numerator"].isna().all()
    assert set(hidden["status"].astype("str")) == {"confidential"}


@pytest.mark.parametrize(
    "written", ["{}: {}", "{} – {}", "{} {}", "{}, n = {}", "{} ({} families)", "{}, {}.0"]
)
@pytest.mark.parametrize("alone", [True, False])
def test_names_that_hold_their_counts_are_refused(cleaned_report, begun_report, leads, written, alone):
    shown = cleaned_report.protect(leads, "families", ["lead_agency"])
    names = [written.format(name, n) for name, n in zip(leads["lead_agency"], leads["families"], strict=True)]
    tried = shown.sort_index().assign(lead_agency=names)
    with pytest.raises(DisclosureError, match=r"in its names|numbers as text"):
        published(begun_report, tried[["lead_agency"]] if alone else tried)


def test_names_that_hold_other_numbers_are_shown(cleaned_report):
    frame = (
        cleaned_report.table("missing_profile").groupby("age", observed=True)["episodes"].sum().reset_index()
    )
    shown = cleaned_report.protect(frame.astype({"age": "str"}), "episodes", ["age"])
    made = cleaned_report.table_figure(shown, key="tried", measure="Episodes", tables=["missing_profile"])
    assert [row[0] for row in made.table.rows()] == frame["age"].tolist()


@pytest.mark.parametrize(
    "label", ["Families (169)", "Families, Housing: 4", "Housing leads for four families"]
)
def test_a_number_in_the_head_of_a_column_is_refused(cleaned_report, leads, label):
    shown = cleaned_report.protect(leads, "families", ["lead_agency"])
    with pytest.raises(FigureError, match="head of column 'families'"):
        published(cleaned_report, shown, labels={"families": label})


def test_years_and_ages_in_the_head_of_a_column_are_shown(cleaned_report, leads):
    shown = cleaned_report.protect(leads, "families", ["lead_agency"])
    for label in ("Families, 2015-16", "Families with a child aged 0 to 4", "Per 10,000"):
        assert published(cleaned_report, shown, labels={"families": label})


def test_a_chart_of_which_all_is_withheld_says_so_and_no_more(begun_report):
    """A return of a few in every month is drawn as a chart with no bar, not as an error."""
    few = pd.DataFrame({"period": ["April 2015", "May 2015", "June 2015"], "n": [2, 1, 1]})
    shown = begun_report.protect(few.astype({"n": "Int64"}), "n", ["period"])
    assert shown["n"].isna().all()
    chart = style.columns(shown, "period", "n", "Children")
    made = begun_report.figure(chart, key="tried", headline="", measure="Children", tables=[TABLE])
    assert "3 values are not shown." in made.alt_text
    assert not any(digit in made.alt_text.replace("3 values", "") for digit in "0123456789")


@pytest.mark.parametrize("tables", [["rusafe_clients"], ["members"]])
@pytest.mark.parametrize("columns", [["client", "age"], ["age", "sex", "ethnic_group"], ["sex"]])
def test_rows_of_a_list_of_children_are_refused_whatever_they_are_said_to_be(begun_report, columns, tables):
    rows = begun_report.table("rusafe_clients").head(20)[columns]
    with pytest.raises(DisclosureError, match="rows of 'rusafe_clients'"):
        begun_report.table_figure(rows, key="tried", measure="Clients", tables=tables)


def test_counts_of_a_list_of_children_are_shown(begun_report):
    counts = begun_report.table("rusafe_clients").groupby("sex", observed=True).size().rename("clients")
    shown = begun_report.protect(counts.reset_index().astype({"sex": "str"}), "clients", ["sex"])
    made = begun_report.table_figure(shown, key="tried", measure="Clients", tables=["rusafe_clients"])
    assert len(made.table.rows()) == 2


def of_a_list(report, by, words):
    """Clients counted from their list, under other words."""
    clients = report.table("rusafe_clients")
    counted = clients.groupby(by, observed=True).size().rename("answers").reset_index()
    names = counted[by].astype("str").agg(" / ".join, axis=1).map(words)
    return pd.DataFrame({"answer": names, "answers": counted["answers"]})


@pytest.mark.parametrize("tables", [["training_events"], []])
@pytest.mark.parametrize(
    ("by", "words"),
    [(["age", "sex"], lambda name: f"Question {len(name)}{name[:2]}"), (["social_care_status", "sex"], str)],
)
def test_counts_of_a_list_are_refused_whatever_they_are_called_and_whatever_they_are_said_to_be(
    begun_report, tables, by, words
):
    frame = of_a_list(begun_report, by, words)
    assert frame["answers"].between(1, 5).any()
    with pytest.raises(DisclosureError, match="found in none of the tables"):
        begun_report.table_figure(frame, key="tried", measure="Answers", tables=tables)


@pytest.mark.parametrize(
    "take", [lambda tables: tables["rusafe_clients"], lambda tables: dict(tables.items())["rusafe_clients"]]
)
def test_a_list_taken_by_its_name_is_one_that_the_chapter_has_read(begun_report, take):
    """As by report.table: its rows and what is counted from it are known wherever they are shown."""
    taken = take(begun_report.tables)
    taken["sex"] = "changed"
    assert "changed" not in set(begun_report.table("rusafe_clients")["sex"].astype("str")), "it is a copy"
    begun_report._taken.clear()
    rows = take(begun_report.tables)[["age", "sex"]].head(20)
    with pytest.raises(DisclosureError, match="rows of '(rusafe_clients|mserac_cases)'"):
        begun_report.table_figure(rows, key="tried", measure="Clients", tables=[])


def test_small_numbers_of_another_table_stand_beside_a_list_that_was_read(begun_report):
    """They are in the table that they are said to be of, so nothing speaks for the list."""
    begun_report.table("rusafe_clients")
    members = begun_report.table("members").groupby("organisation").size().rename("members").reset_index()
    assert members["members"].between(1, 5).any()
    begun_report.table_figure(members, key="tried", measure="Members", tables=["members"])
