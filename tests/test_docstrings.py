"""The examples in docstrings are run; what an analyst calls has one."""

import doctest
from importlib import import_module

import pytest

from bscbdata.reports.report import Report

MODULES = [
    "period",
    "numbers",
    "tables",
    "quality",
    "indicators.measures",
    "disclosure",
    "disclosure.trying",
    "reports.data",
    "reports.explore",
    "reports.figures",
]
ANALYST = ["table", "indicator", "fact", "prose", "comparison", "figure", "table_figure", "try_rule"]


@pytest.mark.parametrize("name", MODULES)
def test_every_example_gives_what_it_says(name, cleaned_report):
    module = import_module(f"bscbdata.{name}")
    told = []
    runner = doctest.DocTestRunner(verbose=False)
    for found in doctest.DocTestFinder().find(module, extraglobs={"report": cleaned_report}):
        runner.run(found, out=told.append)
    assert runner.tries > 0 and not runner.failures, "".join(told)


def test_what_an_analyst_calls_shows_how():
    assert [name for name in ANALYST if ">>>" not in getattr(Report, name).__doc__] == []
