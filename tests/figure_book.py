"""A small executed book of real figures and tables, with everything in it that a writer can stumble over."""

import json

import pandas as pd

from bscbdata.figures import chart_words, style
from bscbdata.figures.figure import Figure
from bscbdata.figures.published_table import Published

RATES = pd.DataFrame(
    {
        "year": ["2013-14", "2014-15", "2015-16"] * 2 + ["2014-15", "2015-16"],
        "area": ["Buckinghamshire"] * 3 + ["England"] * 3 + ["South East"] * 2,
        "value": [622.345, 431.3, 576.75, 573.0, 548.3, 532.2, 500.0, 501.25],
        "vintage": "first published",
    }
)
EPISODES = pd.DataFrame(
    {
        "district": ["Chiltern", "Chiltern", "Wycombe", "Wycombe"],
        "quarter": ["2015-16 Q1", "2015-16 Q2"] * 2,
        "episodes": pd.array([19, None, 148, None], "Int64"),
        "status": ["shown", "confidential", "shown", "low"],
    }
)
MONTHS = pd.DataFrame(
    {"month": ["April 2015", "May 2015"] * 2, "outcome": ["Referral"] * 2 + ["None"] * 2}
    | {"share_pct": [23.6664, 40.134, 7.142857142857142, 59.5], "row_id": ["contacts.csv#2"] * 4}
)
RISKY = [
    '=HYPERLINK("http://x.example")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "＝1",
    "plain & <b>",
]
MEMBERS = pd.DataFrame({"name": RISKY, "joined": pd.to_datetime(["2015-04-01", "2015-05-17", None] * 3)})
BUDGET = pd.DataFrame(
    {"agency": ["Council", "Police"], "2015-16": [94820.0, 15000.0], "change": [-500.0, 0.0]}
)
WORDS = {"source": "The publisher, the statistics.", "alt_text": "What it shows."}


ABOUT = {
    "year": "2015-16", "area": "Buckinghamshire", "status": "draft",
    "sources": [{"file": "official/a.csv", "publisher": "The publisher", "title": "the statistics", "licence": "OGL-3.0",
                 "provenance": "official", "sha256": "a" * 64}],
    "indicators": [
        {"indicator": "referrals", "category": category, "area": area, "year": "2015-16", "period": period, "value": value,
         "status": status, "vintage": "first published"}
        for category, area, period, value, status in [
            ("All", "Buckinghamshire", "year ending 31 March 2016", 6958.0, "shown"),
            ("All", "Statistical neighbours", "year ending 31 March 2016", 5000.5, "shown"),
            ("Police", "England", "31 March 2015", None, "confidential"),
            ("All", "Wycombe", "mid-2015", 7.0, "shown"),
            ("All", "England and Wales", "Census 2011", 8.0, "shown"),
            ("All", "South East", "academic year 2014/15", 9.0, "shown"),
        ]
    ],
}  # fmt: skip


def drawn_as(chart) -> dict:
    return {"chart": chart, "specs": chart_words.specifications(chart)}


def rate() -> Figure:
    table = Published(
        RATES, {"year": "Year", "area": "Area", "value": "Referrals per 10,000"}, 1, "per 10,000"
    )
    return Figure(
        key="rate", headline="The rate was <span data-fact=\"rate\">576.8</span> &amp; rising", measure="Referrals per 10,000, years ending 31 March",
        provenance="official", table=chart_words.wide(table, "year", "value", ["area"]), data=table, printed="Figure 3 in the printed report",
        **drawn_as(style.lines(RATES, "year", "value", "area", "Rate")), note="First published.", **WORDS,
    )  # fmt: skip


def missing() -> Figure:
    table = Published(EPISODES, {"episodes": "Episodes"})
    drawn = EPISODES.astype({"episodes": "float64"})
    return Figure(
        key="missing", headline="", measure="Missing episodes by district and quarter", provenance="illustrative",
        table=table, data=table, **drawn_as(style.lines(drawn, "quarter", "episodes", "district", "Episodes")), **WORDS,
    )  # fmt: skip


def outcomes() -> Figure:
    table = Published(MONTHS, {"share_pct": "Share of contacts"}, 0, {"share_pct": "percent"})
    return Figure(
        key="outcomes", headline="Outcomes", measure="Contacts by outcome", provenance="illustrative",
        table=chart_words.wide(table, "month", "share_pct", ["outcome"]), data=table,
        **drawn_as(style.lines(MONTHS, "month", "share_pct", "outcome", "Share")), **WORDS,
    )  # fmt: skip


def decisions() -> Figure:
    frame = pd.DataFrame(
        {"month": ["June 2015"] * 2 + ["July 2015"] * 2, "level": ["Level 3", "Other"] * 2}
        | {
            "families": pd.array([6, 16, None, 19], "Int64"),
            "status": ["shown"] * 2 + ["confidential", "shown"],
        }
    )
    return plain("panel-decisions", frame, "Families by decision", provenance="illustrative")


def clients() -> Figure:
    frame = pd.DataFrame(
        {"characteristic": ["Age", "Age", "Sex", "Sex"], "group": ["16", "Not known", "Female", "Not known"]}
        | {"clients": [18, 7, 101, 11], "share_pct": [16.07142857, 6.25, 90.17857142, 9.82142857]}
    )
    return plain(
        "rusafe-clients",
        frame,
        "Clients",
        provenance="illustrative",
        unit={"share_pct": "percent"},
        decimals={"share_pct": 1},
    )


def plain(key: str, frame: pd.DataFrame, measure: str, provenance: str = "published", **more) -> Figure:
    return Figure(
        key=key, headline="", measure=measure, provenance=provenance, table=Published(frame, **more), **WORDS
    )


def write_book(folder):
    """The book in the folder: a first page, a chapter with figures, an appendix with tables."""
    pounds = {"unit": {"2015-16": "GBP", "change": "GBP"}}
    pages = {
        "index": ["# Start"],
        "01_rates": ["# Rates", ("fig-rate", "Rate of referral", rate()), ("fig-missing", "Missing", missing()), ("fig-outcomes", "Outcome of contacts", outcomes())],
        "a1_members": ["# Members", ("tbl-members", "Members of the Board", plain("members", MEMBERS, "Members")), ("tbl-budget", "Budget", plain("budget", BUDGET, "Pounds", **pounds)), ("tbl-decisions", "Decisions", decisions()), ("tbl-clients", "Clients", clients())],
    }  # fmt: skip
    settings = {"project": {"type": "book"}, "lang": "en-GB", "execute": {"echo": False}}
    settings["format"] = {"html": {"css": "figures.css"}}
    settings["book"] = {"title": "The Board", "subtitle": "Annual report 2015-16, draft", "date": "2016-10-14",
                        "chapters": ["index.ipynb", "01_rates.ipynb"], "appendices": ["a1_members.ipynb"]}  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "_about.json").write_text(json.dumps(ABOUT), encoding="utf8")
    (folder / "_quarto.yml").write_text(json.dumps(settings), encoding="utf8")
    for name, parts in pages.items():
        cells = [cell(part) for part in parts]
        notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (folder / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf8")
    return folder


def cell(part) -> dict:
    if isinstance(part, str):
        return {"cell_type": "markdown", "source": part, "metadata": {}, "id": "words"}
    label, caption, figure = part
    data, extra = figure._repr_mimebundle_()
    output = {"output_type": "execute_result", "data": data, "metadata": extra, "execution_count": 1}
    source = f'#| label: {label}\n#| {label[:3]}-cap: "{caption}"\nfigure'
    return {"cell_type": "code", "source": source, "outputs": [output], "execution_count": 1, "metadata": {}, "id": label}  # fmt: skip
