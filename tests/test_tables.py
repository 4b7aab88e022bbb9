"""The tidy tables: what fits its schema is known without it, and what does not is told by it."""

import numpy as np
import pandas as pd
import pytest

from bscbdata.build.clean import _schema_findings
from bscbdata.sources import load_source
from bscbdata.tables import Settled, fits, worked_out

NAME = "missing_profile"


@pytest.fixture
def table(cleaned_report):
    return cleaned_report._tidy[NAME].copy()


def without_sex(table):
    return table.drop(columns="sex")


def as_fractions(table):
    return table.assign(episodes=table["episodes"].astype("float64"))


def of_another_list(table):
    return table.assign(sex=pd.Categorical(table["sex"].astype("str")))


def with_a_gap(table):
    return table.assign(episodes=table["episodes"].where(np.arange(len(table)) > 0))


def of_no_provenance(table):
    return table.assign(provenance=table["provenance"].where(np.arange(len(table)) > 0))


def with_a_key_twice(table):
    again = table.iloc[:1].assign(row_id=f"another {table['row_id'].iloc[0]}")
    return pd.concat([table, again], ignore_index=True)


def with_a_row_twice(table):
    return table.assign(row_id=table["row_id"].iloc[0])


@pytest.mark.parametrize(
    "broken",
    [without_sex, as_fractions, of_another_list, with_a_gap, of_no_provenance, with_a_key_twice, with_a_row_twice],
)  # fmt: skip
def test_what_does_not_fit_is_told_by_the_schema(table, broken):
    source = load_source(NAME)
    assert fits(source, table) and _schema_findings(source, table) == []
    assert not fits(source, broken(table))
    assert [found.result for found in _schema_findings(source, broken(table))][:1] == ["failure"]


def test_of_tables_that_do_not_change_a_thing_is_worked_out_once_and_of_others_each_time():
    frame, made = pd.DataFrame({"count": [1, 2]}), []

    def total():
        made.append(frame["count"].sum())
        return made[-1]

    for given, times in ((Settled({"contacts": frame}), 1), ({"contacts": frame}, 2)):
        made.clear()
        assert [worked_out(given, ("total",), total) for _ in range(2)] == [3, 3]
        assert len(made) == times
