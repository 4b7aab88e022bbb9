"""What of children's lists may be kept: pseudonyms, age bands, nothing that says who a child is."""

import os
import re
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bscbdata.statutory import event_list, list_columns
from bscbdata.statutory.keeping import day_of, kept, same_child_twice
from bscbdata.statutory.pseudonyms import load_key, pseudonyms

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
DRAWN = date(2016, 3, 31)


def one_of_each():
    """Every list, with one row that has every column filled."""
    samples = {"text": "words", "date": "2015-05-01", "count": 2, "number": 2.5, "yes_no": True}
    lists = {}
    for name, columns in list_columns().items():
        row = {c.name: samples.get(c.kind) for c in columns if not c.code_list}
        lists[name] = event_list(name, pd.DataFrame([row | {"child": "4711", "date_of_birth": "2010-02-03"}]))
    return lists


@pytest.mark.parametrize("name", list_columns())
def test_every_list_is_kept_without_births_numbers_and_free_text(name):
    frame = kept(one_of_each(), KEY, DRAWN)[name]
    private = {column.name for column in list_columns()[name] if column.private}
    assert "date_of_birth" in private and not private & set(frame)
    assert re.fullmatch(r"[0-9a-f]{16}", frame["child"].iloc[0]) and "4711" not in frame.to_csv()
    assert frame["age_band"].iloc[0] == ("5 to 9")


def test_a_list_without_events_is_banded_on_the_day_it_was_drawn():
    assert [name for name in list_columns() if not day_of(name)] == ["care_leavers"]
    leavers = {"care_leavers": one_of_each()["care_leavers"]}
    assert kept(leavers, KEY, date(2020, 2, 2))["care_leavers"]["age_band"].iloc[0] == "5 to 9"
    assert kept(leavers, KEY, date(2020, 2, 3))["care_leavers"]["age_band"].iloc[0] == "10 to 15"


@given(st.lists(st.text(min_size=1), max_size=20))
def test_the_same_child_has_the_same_pseudonym_and_another_another(names):
    made = pseudonyms(pd.Series(names, dtype="object"), KEY)
    assert len(set(zip(names, made, strict=True))) == len(set(names)) == len(set(made))


def test_another_key_gives_other_pseudonyms_and_missing_stays_missing():
    names = pd.Series(["1", "2", None], dtype="object")
    one, other = pseudonyms(names, KEY), pseudonyms(names, OTHER)
    assert not set(one.dropna()) & set(other.dropna()) and one.isna().tolist() == [False, False, True]


def test_a_pseudonym_is_the_keyed_hash_that_the_standard_defines():
    """RFC 4231, test case 2: HMAC-SHA-256 of "what do ya want for nothing?" with the key "Jefe"."""
    made = pseudonyms(pd.Series(["what do ya want for nothing?"]), b"Jefe")
    assert made.iloc[0] == "5bdcc146bf60754e6a042426089575c7"[:16]


def test_the_key_is_made_once_for_its_owner_only_and_a_broken_one_is_told(tmp_path):
    path = tmp_path / "data" / "pseudonyms.key"
    first = load_key(path)
    assert load_key(path) == first and len(first) == 32
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0
    for broken in ("", "zz", "ab"):
        path.write_text(broken)
        with pytest.raises(ValueError, match="is not a key"):
            load_key(path)


def test_two_numbers_that_may_be_one_child_are_told_and_never_merged():
    about = {
        "date_of_birth": "2010-02-03",
        "sex": "female",
        "ethnicity": "white",
        "contact_date": "2015-05-01",
    }
    rows = [about | {"child": "1", "row_id": "r#2"}, about | {"child": "2", "row_id": "r#3"}]
    lists = {"contacts": event_list("contacts", pd.DataFrame(rows))}
    [told] = same_child_twice(lists)
    assert told.result == "warning" and "r#2 and r#3" in told.value and len(lists["contacts"]) == 2
    rows[1]["sex"] = "male"
    assert same_child_twice({"contacts": event_list("contacts", pd.DataFrame(rows))}) == []
