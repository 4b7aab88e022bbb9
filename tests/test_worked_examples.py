"""Every indicator has an example worked by hand, and the package comes to the same."""

import io
from datetime import date

import pandas as pd
import pytest

from bscbdata import worked
from bscbdata.indicators import definitions, measures, returns
from bscbdata.indicators.conditions import Window
from bscbdata.indicators.journey import count_journey
from bscbdata.numbers import numerals
from bscbdata.period import ReportYear
from bscbdata.sources import load_source
from bscbdata.statutory import event_list
from bscbdata.tables import dtype_of

YEAR = ReportYear(2015)
WINDOW = Window(date(2014, 4, 1), date(2016, 3, 31))
EXAMPLES = worked.examples()


def tidy(name):
    """The rows of a made-up return as a tidy table of that name."""
    frame = pd.read_csv(io.StringIO(worked.told()["returns"][name]["rows"].strip()), keep_default_na=False)
    types = {c.name: dtype_of(c) for c in load_source(name).columns if c.name in frame and not c.code_list}
    dates = [name for name, kind in types.items() if str(kind).startswith("datetime")]
    for column in dates:
        frame[column] = pd.to_datetime(frame[column].replace("", None))
    return frame.astype({k: v for k, v in types.items() if k not in dates}).assign(provenance="illustrative")


def event_rows(name):
    frame = pd.read_csv(io.StringIO(worked.told()["lists"][name]["rows"].strip()))
    frame = frame.replace({"yes": True, "no": False}).assign(row_id=[f"{name}#{n}" for n in frame.index])
    return event_list(name, frame)


def computed(name, example):
    """What the package makes of the example: from a return, from lists of children, or from a part and a whole."""
    if "return" in example:
        long = returns.compute({example["return"]: tidy(example["return"])}, YEAR.label)
        keys = (long["indicator"] == name) & (long["period"] == example["period"])
        (row,) = long[keys & (long["category"] == example.get("category", "All"))].itertuples()
        return row.value
    if "list" in example:
        counted = count_journey({example["list"]: event_rows(example["list"])}, WINDOW, YEAR)
        whole = (counted["period"] == YEAR.label) & (counted["breakdown"] == "all")
        (row,) = counted[whole & (counted["indicator"] == name)].itertuples()
        return row.value
    if "add" in example:
        return sum(example["add"])
    part, whole = pd.Series([example["part"]]), pd.Series([example["whole"]])
    rate = measures.share_pct if example["per"] == 100 else measures.rate_per_10000
    return rate(part, whole)[0] * (1 if example["per"] == 100 else example["per"] / 10_000)


@pytest.mark.parametrize("name", sorted(definitions()))
def test_the_package_comes_to_what_was_worked_by_hand(name):
    example = EXAMPLES[name]
    assert computed(name, example) == pytest.approx(example["value"], abs=1e-6)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_words_end_in_the_number(name):
    example = EXAMPLES[name]
    said = [float(number.replace(",", "")) for number in numerals(example["working"])]
    assert round(example["value"], 2) in said, example["working"]


def test_what_is_counted_by_us_is_computed_from_rows():
    ours = {
        name
        for name, known in definitions().items()
        if "return" in known["definition_source"] or "list" in known["definition_source"]
    }
    assert ours and all("return" in EXAMPLES[name] for name in ours)


def test_the_table_has_every_indicator_and_the_breaks_of_its_series():
    table = worked.as_table()
    assert list(table["title"]) == sorted(known["title"] for known in definitions().values())
    absence = table[table["title"] == "Persistent absence, state-funded secondary schools"].iloc[0]
    assert "changed in 2010-11 and 2015-16." in absence["caveat"]
