"""Figures that count the same children are pointed out where nobody has told the proof."""

import pandas as pd
import pytest

from bscbdata.build import relations
from bscbdata.build.proving import gather
from bscbdata.disclosure import CountTable, DisclosureError
from bscbdata.disclosure.proof import report_links, report_tables


def counted(counts, by="group", public=False, **columns):
    frame = pd.DataFrame({by: list("abcdefgh"[: len(counts)]), **columns, "n": pd.array(counts, "Int64")})
    hidden = frame["n"].isna()
    frame["status"] = hidden.map({True: "confidential", False: "shown"})
    return CountTable(frame, "n", [by, *columns], public=public)


HIDING, OPEN = counted([None, None, 30]), counted([20, 30, 50])


def told(tables, sources):
    return relations.undeclared(tables, sources)


def test_two_tables_from_one_processed_table_are_pointed_out_with_the_rows_to_add():
    (found,) = told({"x": HIDING, "y": OPEN}, {"x": ["mserac_cases"], "y": ["mserac_cases", "attendance"]})
    assert found.check == "relation" and found.file == "x, y" and "made from mserac_cases" in found.message
    assert 'sums = [{ figure = "x" }, { figure = "y" }]' in found.advice
    assert '[[unrelated]] figures = ["x", "y"]' in found.advice


@pytest.mark.parametrize(
    ("tables", "sources"),
    [
        ({"x": OPEN, "y": OPEN}, {"x": ["mserac_cases"], "y": ["mserac_cases"]}),  # nothing is withheld
        ({"x": HIDING, "y": OPEN}, {"x": ["mserac_cases"], "y": ["rusafe_clients"]}),
        ({"x": HIDING, "y": OPEN}, {"x": ["attendance"], "y": ["attendance"]}),  # agencies, no children
        (
            {"mserac": HIDING, "mserac-types": OPEN},
            {"mserac": ["mserac_cases"], "mserac-types": ["mserac_cases"]},
        ),
        ({"x": HIDING, "y": counted([9], public=True)}, {"x": ["mserac_cases"], "y": ["mserac_cases"]}),
        ({"x, a": HIDING, "x, b": OPEN}, {"x, a": ["mserac_cases"], "x, b": ["mserac_cases"]}),  # one figure
    ],
)
def test_what_is_declared_or_hides_nothing_is_not_pointed_out(tables, sources):
    assert told(tables, sources) == []


def test_equal_totals_are_pointed_out_but_not_small_ones():
    parts = counted([40, 60, None, None], by="part", kind=["one", "one", "two", "two"])
    by_first = CountTable(parts.frame[["kind", "part", "n", "status"]], "n", ["kind", "part"])
    found = relations.pairs({"x": by_first, "y": OPEN}, {"x": ["mserac_cases"], "y": ["rusafe_clients"]})
    assert found["because"].tolist() == ["both come to 100"] and found["withholds"].all()
    few = counted([6, 7])
    assert relations.pairs({"x": few, "y": few}, {"x": ["mserac_cases"], "y": ["rusafe_clients"]}).empty


def test_every_relation_of_the_report_itself_is_declared_or_tells_nothing(first_build):
    said = gather(first_build.built.report.parent / "book")
    found = relations.pairs(said.tables, said.sources)
    assert {"mserac", "rusafe"} <= set(found.loc[found["declared"], "one"])
    assert relations.undeclared(said.tables, said.sources) == []
    assert not [one for one in first_build.built.findings if one.check == "relation"]


def test_a_relation_to_a_row_that_a_figure_may_lack_is_left_out_and_one_to_a_column_that_it_lacks_is_told():
    """Of nine months of contacts the chart of the journey stands without them; a renamed column is never left out in silence."""
    months = pd.DataFrame(
        {"month": ["April 2015"] * 2, "outcome": ["Referral", "Other"], "contacts": [20, 30]}
    )
    by_month = CountTable(months, "contacts", ["month", "outcome"])
    for name, column, links in (("Contacts", "name", 1), ("Referrals", "name", 0)):
        steps = CountTable(pd.DataFrame({column: [name], "number": [50]}), "number", [column])
        tables = report_tables({"contact-outcomes": by_month, "journey": steps}, "2015-16")
        assert len(report_links(tables, "2015-16")) == links
    steps = CountTable(pd.DataFrame({"step": ["Contacts"], "number": [50]}), "number", ["step"])
    with pytest.raises(DisclosureError, match=r"columns of 'journey' that are not there: \['name'\]"):
        report_links(report_tables({"contact-outcomes": by_month, "journey": steps}, "2015-16"), "2015-16")
