"""Checks of child-level lists: each is broken once and kept once."""

from datetime import date

import pandas as pd
import pytest

from bscbdata.statutory import event_list, list_columns
from bscbdata.statutory.checks import HELD_IN, check_lists, checks

FIRST = date(2014, 4, 1)


def lists_of(**rows):
    made = {}
    for name, events in rows.items():
        frame = pd.DataFrame([{"child": "a"} | event for event in events])
        made[name] = event_list(name, frame.assign(row_id=[f"{name}#{n + 2}" for n in range(len(frame))]))
    return made


def results(lists, check):
    return [f for f in check_lists(lists, FIRST) if check["message"].lower() in f.message.lower()]


@pytest.mark.parametrize("check", [c for c in checks() if c["check"] == "order"], ids=lambda c: c["message"])
def test_dates_out_of_order_are_told_with_their_row(check):
    early, late = (
        {"earlier": "2015-05-01", "later": "2015-05-01"},
        {"earlier": "2015-05-02", "later": "2015-05-01"},
    )
    rows = [{check[name]: day for name, day in row.items()} for row in (early, late)]
    [found] = results(lists_of(**{check["list"]: rows}), check)
    assert (
        found.result == "warning" and found.value == f"{check['list']}#3" and "1 of 2 rows" in found.message
    )
    [kept] = results(lists_of(**{check["list"]: rows[:1]}), check)
    assert kept.result == "pass"


@pytest.mark.parametrize("check", [c for c in checks() if c["check"] == "before"], ids=lambda c: c["message"])
def test_an_event_without_what_must_come_before_it_is_told(check):
    event, before = {check["later"]: "2015-05-01"}, HELD_IN[check["earlier"]]
    for day, child, result in (
        ("2015-05-01", "a", "pass"),
        ("2015-05-02", "a", "warning"),
        ("2015-01-01", "b", "warning"),
    ):
        rows = {check["list"]: [event], before: [{"child": child, check["earlier"]: day}]}
        [found] = results(lists_of(**rows), check)
        assert found.result == result, day


def test_a_row_that_is_there_twice_is_told_and_one_that_differs_in_a_cell_is_not():
    [check] = [check for check in checks() if check["check"] == "repeated"]
    one = {"contact_date": "2015-05-01", "source": "police"}
    [found] = results(lists_of(contacts=[one, one, one | {"source": "schools"}]), check)
    assert (
        found.result == "warning"
        and found.value == "contacts#3"
        and "1 of 3 rows of contacts" in found.message
    )
    [kept] = results(lists_of(contacts=[one, one | {"source": "schools"}]), check)
    assert kept.result == "pass"


@pytest.mark.parametrize("check", [c for c in checks() if c["check"] == "once"], ids=lambda c: c["message"])
def test_two_events_of_a_child_at_once_are_told_and_those_that_follow_are_not(check):
    start, end = check["earlier"], check["later"] or check["earlier"]
    first = {start: "2015-05-01", end: "2015-05-01"}
    longer = first | {"sex": "female"} | ({end: "2015-05-09"} if check["later"] else {})
    next_one = {start: "2015-05-09"}
    for rows, told in (
        ([longer, longer | {"sex": "male"}], 1),
        ([longer, longer | {"child": "b"}], 0),
        ([first, first], 0),
        ([longer, next_one], 0),
        ([next_one, next_one | {"sex": "female"}], 1),
    ):
        [found] = results(lists_of(**{check["list"]: rows}), check)
        assert (found.result == "warning") is bool(told), rows
        assert not told or found.value.startswith(f"{check['list']}#")


def test_what_came_before_the_lists_began_is_not_missed():
    lists = lists_of(
        plans=[{"start_date": "2014-04-20"}], section_47=[{"child": "b", "conference_date": "2014-04-02"}]
    )
    assert all(found.result == "pass" for found in check_lists(lists, FIRST) if found.check == "before")


def test_a_child_with_two_dates_of_birth_is_told():
    lists = lists_of(
        contacts=[{"date_of_birth": "2010-01-01", "contact_date": "2015-05-01"}],
        referrals=[{"date_of_birth": "2011-01-01", "referral_date": "2015-05-01"}],
    )
    found = [f for f in check_lists(lists, FIRST) if f.check == "one" and f.result == "warning"]
    assert [f.column for f in found] == ["date_of_birth"] and "referrals#2" in found[0].value


def test_every_check_names_a_list_and_columns_that_there_are():
    for check in checks():
        lists = list_columns() if check["list"] == "*" else {check["list"]: list_columns()[check["list"]]}
        for columns in lists.values():
            known = {column.name for column in columns}
            wanted = (
                {check["later"]} if check["check"] == "before" else {check["earlier"], check["later"]} - {""}
            )
            assert wanted <= known, check


@pytest.mark.parametrize(
    ("born", "result"),
    [
        ("2008-05-03", "pass"),
        ("2016-01-20", "pass"),  # not born yet
        ("2016-02-20", "warning"),
        ("1988-05-03", "warning"),
        (None, "pass"),
    ],
)
def test_a_slip_of_the_year_is_told_by_the_birth_of_the_child(born, result):
    [check] = [check for check in checks() if check["check"] == "lifetime"]
    event = {"start_date": "2015-05-01", "date_of_birth": born}
    [found] = results(lists_of(assessments=[event]), check)
    assert found.result == result and ("assessments#2" in found.value) == (result == "warning")
