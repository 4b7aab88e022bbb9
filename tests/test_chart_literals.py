"""Numbers that are written into a chart and stand in no table: each way was tried, and what analysts write daily passes."""

import altair as alt
import pandas as pd
import pytest

from bscbdata.disclosure import DisclosureError
from bscbdata.figures import style
from bscbdata.figures.chart_literals import check_literals
from bscbdata.figures.chart_words import FigureError
from bscbdata.figures.published_table import Published

LEADS = "early_help_lead_agencies"


@pytest.fixture(scope="module")
def shown(cleaned_report):
    """Families by lead agency; those of Housing are few, and withheld with a partner."""
    frame = cleaned_report.table(LEADS).groupby("lead_agency", observed=True)["families"].sum().reset_index()
    frame = frame.astype({"lead_agency": "str"})
    return cleaned_report.protect(frame, "families", ["lead_agency"])


def bars(frame, **more):
    return alt.Chart(frame).mark_bar().encode(x=alt.X("families:Q", **more), y="lead_agency:N")


def beside(frame, other):
    return alt.layer(bars(frame), other, data=frame)


def inline(frame):
    own = alt.Chart(alt.InlineData(values=[{"n": 4, "who": "Housing"}])).mark_text()
    return beside(frame, own.encode(x="n:Q", y="who:N"))


def looked_up(frame):
    source = alt.LookupData(data=alt.InlineData(values=[{"who": "Housing", "n": 4}]), key="who", fields=["n"])
    return bars(frame).transform_lookup(lookup="lead_agency", from_=source)


def named_parameter(frame):
    few = alt.param(name="few", value=4)
    return beside(frame, bars(frame).mark_text().encode(text=alt.value(alt.expr("few")))).add_params(few)


HOUSING = "datum.lead_agency == 'Housing'"
TRIED = {
    "text of a mark": lambda f: beside(f, bars(f).mark_text(text="4")),
    "text of a mark, a partner's": lambda f: beside(f, bars(f).mark_text(text="Voluntary sector 7")),
    "text of a mark, another row's": lambda f: beside(f, bars(f).mark_text(text="22")),
    "text of a mark in a word": lambda f: beside(f, bars(f).mark_text(text="four")),
    "text of a mark by an expression": lambda f: beside(f, bars(f).mark_text(text=alt.expr("'' + 4"))),
    "value of a text": lambda f: beside(f, bars(f).mark_text().encode(text=alt.value("4"))),
    "value of a text on a condition": lambda f: beside(
        f, bars(f).mark_text().encode(text=alt.condition(HOUSING, alt.value("4"), "families:Q"))
    ),
    "value of a tooltip": lambda f: bars(f).encode(tooltip=alt.value("Housing leads for 4 families")),
    "description of a mark": lambda f: bars(f).mark_bar(description="Housing 4"),
    "datum": lambda f: beside(f, alt.Chart(f).mark_rule().encode(x=alt.datum(4))),
    "datum in a text": lambda f: beside(f, alt.Chart(f).mark_text().encode(text=alt.datum(4))),
    "length in pixels": lambda f: beside(
        f, alt.Chart(f).mark_bar().encode(x=alt.value(0), x2=alt.value(137))
    ),
    "length in pixels, of the mark": lambda f: beside(f, alt.Chart(f).mark_rule(x=137)),
    "title": lambda f: bars(f).properties(title="Housing leads for four families"),
    "subtitle": lambda f: bars(f).properties(title=alt.Title("Families", subtitle=["of them", "Housing: 4"])),
    "title of an axis": lambda f: bars(f, title="Families (Housing: 4)"),
    "labels of an axis": lambda f: bars(f).encode(
        y=alt.Y("lead_agency:N", axis=alt.Axis(labelExpr=f"{HOUSING} ? 'Housing (4)' : datum.label"))
    ),
    "labels of an axis, a bare number": lambda f: bars(f).encode(
        y=alt.Y("lead_agency:N", axis=alt.Axis(labelExpr="datum.label + (datum.index == 3 ? 4 : '')"))
    ),
    "labels of an axis, by the theme": lambda f: bars(f).configure_axis(labelExpr="datum.label + ' 4'"),
    "title of a legend": lambda f: bars(f).encode(
        color=alt.Color("lead_agency:N", legend=alt.Legend(title="All 169"))
    ),
    "names of a legend": lambda f: bars(f).encode(
        color=alt.Color("lead_agency:N", scale=alt.Scale(domain=["Housing: 4 of them"]))
    ),
    "header of panels": lambda f: bars(f).facet(
        row=alt.Row("lead_agency:N", header=alt.Header(title="Of 169"))
    ),
    "labels of panels": lambda f: bars(f).facet(
        row=alt.Row("lead_agency:N", header=alt.Header(labelExpr="datum.value + ': 4'"))
    ),
    "calculation": lambda f: bars(f).transform_calculate(families=f"{HOUSING} ? 4 : datum.families"),
    "calculation of words": lambda f: bars(f).transform_calculate(name="datum.lead_agency + ': 4'"),
    "gap filled": lambda f: bars(f).transform_impute(impute="families", key="lead_agency", value=4),
    "parameter": named_parameter,
    "data of a part": inline,
    "data of a lookup": looked_up,
    "sequence": lambda f: beside(f, alt.Chart(alt.sequence(4, 5, as_="n")).mark_bar().encode(x="n:Q")),
    "data from an address": lambda f: beside(f, alt.Chart("few.csv").mark_bar().encode(x="n:Q", y="who:N")),
    "end of an axis": lambda f: bars(f, scale=alt.Scale(domain=[0, 103])),
    "end of an axis alone": lambda f: bars(f, scale=alt.Scale(domainMax=103)),
    "a tick": lambda f: bars(f, axis=alt.Axis(values=[0, 4.3])),
    "places of names": lambda f: bars(f).encode(y=alt.Y("lead_agency:N", scale=alt.Scale(range=[0, 4, 137]))),
    "charts beside each other": lambda f: alt.hconcat(
        bars(f), bars(f).properties(title="Housing: 4"), data=f
    ),
    "charts above each other": lambda f: alt.vconcat(bars(f), bars(f).mark_text(text="4"), data=f),
    "mark of the theme": lambda f: beside(f, bars(f).mark_text()).configure_text(text="4"),
}


@pytest.mark.parametrize("how", TRIED)
def test_a_number_of_the_charts_own_is_refused(cleaned_report, shown, how):
    chart = TRIED[how](shown)
    with pytest.raises(FigureError, match=r"of its own|at pixel"):
        cleaned_report.figure(chart, key="tried", headline="", measure="Families", tables=[LEADS])


@pytest.mark.parametrize("how", ["text of a mark", "datum", "title", "data of a part", "end of an axis"])
def test_the_chart_for_phones_is_read_too(cleaned_report, shown, how):
    with pytest.raises(FigureError, match="of its own"):
        cleaned_report.figure(
            bars(shown),
            key="tried",
            headline="",
            measure="Families",
            tables=[LEADS],
            narrow=TRIED[how](shown),
        )


def test_what_is_drawn_is_what_was_checked(cleaned_report, shown):
    chart = bars(shown)
    made = cleaned_report.figure(chart, key="tried", headline="", measure="Families", tables=[LEADS])
    chart.title = "Housing: 4 families"  # written into it once the gate has looked
    assert not [name for name, drawn in made.svgs.items() if "Housing: 4" in drawn]


DAILY = {
    "years": lambda f: bars(f).properties(title="Families, 2014-15 and 2015-16, at 31 March 2016"),
    "bases of rates and ages": lambda f: bars(f, title="Per 10,000 children aged 0 to 17"),
    "words of a definition": lambda f: bars(f, title="In 45 working days, section 47"),
    "round ends of an axis": lambda f: bars(f, scale=alt.Scale(domain=[0, 120])),
    "even steps of an axis": lambda f: bars(f, axis=alt.Axis(values=[0, 3, 6, 9, 12])),
    "round steps of an axis": lambda f: bars(f, axis=alt.Axis(values=[5, 10, 50])),
    "the whole": lambda f: beside(f, alt.Chart(f).mark_rule().encode(x=alt.datum(100))),
    "a year on an axis": lambda f: beside(f, alt.Chart(f).mark_rule().encode(x=alt.datum(2015))),
    "look": lambda f: bars(f).mark_bar(size=17, cornerRadius=3, opacity=0.7, color="#801650", dx=7),
    "a text at a pixel": lambda f: beside(f, bars(f).mark_text(text="withheld").encode(x=alt.value(7))),
    "colour of one bar": lambda f: bars(f).encode(
        color=alt.condition(alt.datum.families > 17, alt.value("#12436D"), alt.value("#7F8B94"))
    ),
    "rows chosen": lambda f: bars(f).transform_filter("datum.families > 17"),
    "thousands": lambda f: bars(f, axis=alt.Axis(labelExpr="datum.value / 1000 + 'k'", format=",.1f")),
    "short names": lambda f: bars(f).encode(
        y=alt.Y("lead_agency:N", axis=alt.Axis(labelExpr="slice(datum.label, 0, 3)"))
    ),
    "names of the table": lambda f: bars(f).encode(
        color=alt.Color("lead_agency:N", scale=alt.Scale(domain=list(f["lead_agency"])))
    ),
    "legend below": lambda f: bars(f).configure_legend(columns=3, orient="bottom", labelLimit=170),
    "panels": lambda f: bars(f).properties(width=217, height=57).facet(row="lead_agency:N", columns=3),
    "the usual bars": lambda f: style.bars(f, "lead_agency", "families", "Families", focus="Schools"),
}


@pytest.mark.parametrize("how", DAILY)
def test_what_analysts_write_every_day_passes(shown, how):
    chart = DAILY[how](shown)
    assert check_literals([chart.to_dict()], Published(chart.data)) is None


def test_a_number_that_the_table_holds_may_be_written_where_nothing_is_withheld():
    frame = pd.DataFrame({"year": ["2014-15", "2015-16"], "rate": [31.25, 48.0]})
    drawn = alt.Chart(frame).mark_line().encode(x="year:O", y="rate:Q")
    chart = alt.layer(drawn, drawn.mark_text(text="48"), drawn.mark_text(text="31.3%"), data=frame)
    check_literals([chart.to_dict()], Published(frame, {}, 1, "percent"))
    hidden = frame.assign(status=["shown", "confidential"])
    drawn = alt.Chart(hidden).mark_line().encode(x="year:O", y="rate:Q")
    chart = alt.layer(drawn, drawn.mark_text(text="48"), data=hidden)
    with pytest.raises(FigureError, match="of its own, 48, in 'layer.mark.text'"):
        check_literals([chart.to_dict()], Published(hidden, {}, 1, "percent"))


def test_a_threshold_of_the_definition_may_be_drawn():
    frame = pd.DataFrame({"month": ["April", "May"], "days": [41.0, 52.0]})
    drawn = alt.Chart(frame).mark_bar().encode(x="month:O", y="days:Q")
    chart = alt.layer(drawn, alt.Chart(frame).mark_rule().encode(y=alt.datum(35)), data=frame)
    check_literals([chart.to_dict()], Published(frame), "Assessments that took 35 days or fewer.")
    with pytest.raises(FigureError, match="of its own, 35"):
        check_literals([chart.to_dict()], Published(frame), "Assessments")


@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("where", ["sort", "domain"])
def test_names_listed_by_size_tell_no_withheld_size(cleaned_report, shown, where, ascending):
    """The table is in the order of names; the chart would show the true order of all, the withheld among them."""
    true = cleaned_report.table(LEADS).groupby("lead_agency", observed=True)["families"].sum()
    names = list(true.sort_values(ascending=ascending).index.astype("str"))
    if ascending:  # the withheld ones first, so that they stand between two that are shown
        names = [names[2], *names[:2], *names[3:]]
    listed = {"sort": names} if where == "sort" else {"scale": alt.Scale(domain=names)}
    chart = alt.Chart(shown).mark_bar().encode(x="families:Q", y=alt.Y("lead_agency:N", **listed))
    with pytest.raises(DisclosureError, match="tells? how large"):
        check_literals([chart.to_dict()], Published(shown))
    alone = shown[["families", "lead_agency", "status"]].sort_values("families")
    listed = {"sort": list(alone["lead_agency"])}
    listing = alt.Chart(alone).mark_bar().encode(y=alt.Y("lead_agency:N", **listed))
    check_literals([listing.to_dict()], Published(alone))


def test_the_description_of_a_chart_calls_nothing_the_lowest_that_may_not_be(cleaned_report, shown):
    made = cleaned_report.figure(bars(shown), key="tried", headline="", measure="Families", tables=[LEADS])
    said = made.alt_text.replace("lowest shown", "").replace("highest shown", "")
    assert "101" in said and "lowest" not in said and "highest" not in said
    assert "values are not shown" in made.alt_text
