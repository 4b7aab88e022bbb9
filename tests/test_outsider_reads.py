"""Small counts planted in the returns, the chapters run on them, and an outsider who reads all that they print.

The guarantee of docs/disclosure.md is the expectation: where gate and proof let a chapter pass, nobody works out a group of
one to five children. `python tests/outsider.py 20` tries twenty other plantings on every chapter that counts children.
"""

import json

import pandas as pd
import pytest
from outsider import HIGHEST, attack, attack_two_years, said_by, shown_of, with_indicators

from bscbdata.build import proving

SEED = 1


@pytest.fixture(scope="module")
def attacked(cleaned_report):
    return attack(cleaned_report, SEED, ["04_early_help", "05_exploitation", "09_statutory_functions"])


def test_an_outsider_works_out_no_group_of_a_few(attacked):
    outsider, stopped = attacked
    assert not outsider.misread, "every statement is true of what was planted"
    assert not stopped and len(list(outsider.few())) > 20 and len(outsider.told) > 150
    assert list(outsider.exposed()) == []


def test_the_outsider_finds_a_group_that_one_number_more_gives_away(attacked):
    """The other side of each withheld pair: told of the partner, the outsider names the few."""
    outsider, _ = attacked
    rows = outsider.rows("missing_episodes", ["South Bucks", "2015-16 Q4"])
    assert 0 < outsider.true[list(rows)].sum() <= HIGHEST
    outsider.total(rows, (outsider.true[list(rows)].sum(), 0), "printed by mistake")
    found = [names for table, names, *_ in outsider.exposed() if table == "missing_episodes"]
    assert ("2015-16 Q4", "South Bucks") in found or ("South Bucks", "2015-16 Q4") in found


@pytest.mark.parametrize(
    ("counts", "printed"),
    [
        ([83, 195, 83, 3, 24], ["83", "195", "[c]", "[c]", "24"]),
        ([83, 195, 4, 83, 24], ["83", "195", "[c]", "[c]", "24"]),
        (
            [83, 195, 83, 7, 23],
            ["83", "195", "83", "7", "23"],
        ),  # the council counts another than was published
    ],
)
def test_a_small_placement_has_a_partner_that_nobody_else_has_published(begun_report, counts, printed):
    report = begun_report
    placements = report.table("placements").assign(children=pd.array(counts, "Int64"))
    tables = report.__dict__["_tidy"] = {**report._tidy, "placements": placements}
    chapter = json.loads((report.project.root / "notebooks" / "02_journey.ipynb").read_text(encoding="utf8"))
    (cell,) = ["".join(c["source"]) for c in chapter["cells"] if "tbl-placements" in "".join(c["source"])]
    shaped, _, drawn = cell.partition("report.table_figure")
    names = {"report": report}
    exec(shaped, names)
    figure = eval(f"report.table_figure{drawn}", names)
    assert [row[1] for row in figure.table.rows()] == printed
    proof = proving.prove(said_by([figure]), tables, report.edition)
    assert [found.message for found in proof.findings if found.result == "failure"] == []


REPEATED = [
    f"{year} {name}" for year in ("2015-16", "2016-17") for name in ("missing_episodes", "rusafe_referrals")
]


@pytest.fixture(scope="module")
def two_years(cleaned_report, tmp_path_factory):
    """The chapter whose returns have last year's quarters too, one of them counted anew."""
    folder = tmp_path_factory.mktemp("next")
    return attack_two_years(cleaned_report, (SEED, SEED + 1), ["05_exploitation"], folder)


def test_an_outsider_with_two_years_reports_works_out_no_group_of_a_few(two_years):
    outsider, stopped = two_years
    assert not outsider.misread and not stopped
    assert len(list(outsider.few(REPEATED))) > 20 and list(outsider.exposed(REPEATED)) == []
    rows = outsider.rows("2016-17 missing_episodes", ["South Bucks", "2015-16 Q4"])
    outsider.total(rows, (outsider.true[list(rows)].sum(), 0), "printed by mistake a year later")
    assert [table for table, *_ in outsider.exposed(["2015-16 missing_episodes"])], (
        "both years are read as one"
    )


FEW = {  # table, its count, the column of names, which two are withheld together, and what they count
    "lado_contacts_by_setting": ("contacts", "setting", ("Faith setting", "Sports coach"), (3, 8)),
    "cdop_findings": ("reviews", "finding", ("Female", "Not recorded"), (18, 2)),
}


def _with_few(tables, turned):
    found = dict(tables)
    for name, (count, of, names, counts) in FEW.items():
        frame = found[name].copy()
        for label, value in zip(names, counts[::-1] if turned else counts, strict=True):
            at = frame[of].astype("str").str.startswith(label)
            assert at.sum() == 1, (name, label)
            frame.loc[at, count] = value
        found[name] = frame
    return with_indicators(found, "2015-16")


def test_what_is_withheld_changes_nothing_that_a_chapter_shows(cleaned_report):
    """A small number and its partner change places: every figure, sentence, card and description stays as it was."""
    chapters = ["08_effectiveness", "09_statutory_functions"]
    one, other = (
        shown_of(cleaned_report, _with_few(cleaned_report._tidy, turned), chapters)[0]
        for turned in (False, True)
    )
    shown = [
        [each._repr_mimebundle_() for each in those if hasattr(each, "_repr_mimebundle_")]
        for those in (one, other)
    ]
    assert len(shown[0]) == len(shown[1]) > 15
    for before, after in zip(*shown, strict=True):
        assert before == after
    assert sum("[c]" in str(each) for each in shown[0]) >= len(FEW)
