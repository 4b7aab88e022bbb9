"""Regenerates a safeguarding board's annual report from its data.

import bscbdata as bscb
report = bscb.report("2015-16")
report.table("contacts"), report.indicator("referrals_rate_per_10000"), report.fact("contacts.police.share")
"""

import sys
from typing import TYPE_CHECKING

# jsonschema, which Altair imports, would build a grammar for addresses in other alphabets: 1.3 s, and nothing uses it.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

if TYPE_CHECKING:
    from bscbdata.figures import style
    from bscbdata.reports.report import report
    from bscbdata.tables import catalogue

__all__ = ["catalogue", "report", "style"]


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str):
    """Import only what is asked for, so that `bscb --help` need not wait for pandas and Altair."""
    from importlib import import_module

    homes = {"report": "bscbdata.reports.report", "catalogue": "bscbdata.tables"}
    if name == "known_years":  # what Tab offers inside `bscb.report("`
        return _known_years()
    if name == "table_names":  # and inside `bscb.catalogue("`
        return import_module("bscbdata.sources").source_names()
    if name == "style":
        return import_module("bscbdata.figures.style")
    if name in homes:
        return getattr(import_module(homes[name]), name)
    raise AttributeError(f"bscbdata has no '{name}'")


def _known_years() -> list[str]:
    from bscbdata.places import Project

    try:
        project = Project.find()
    except FileNotFoundError:  # outside a project Tab offers nothing; the call itself says why
        return []
    return sorted({*project.years(), *project.official_years()})


if "IPython" in sys.modules:  # in a notebook, names complete from the first report on: bscb.report("
    from bscbdata.lab import settle_in as _settle_in

    _settle_in()
