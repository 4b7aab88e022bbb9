"""Figures: chart and table are one, alt text comes from the data, nothing private rides along."""

import base64
import calendar
import csv
import json
import re
from itertools import pairwise

import altair as alt
import pandas as pd
import pytest
from conftest import ROOT

from bscbdata.figures import chart_words, drawing, published_table, style
from bscbdata.figures.chart_words import FigureError
from bscbdata.figures.figure import DEFINITIONS, Figure, figure_definition
from bscbdata.figures.figure_record import MEDIA
from bscbdata.figures.published_table import Published
from bscbdata.places import Project

RATES = pd.DataFrame(
    {
        "year": ["2013-14", "2014-15", "2015-16"] * 2,
        "area": ["Here"] * 3 + ["England"] * 3,
        "value": [622.3, 431.3, 576.7, 573.0, 548.3, 532.2],
    }
)


def figure(frame=RATES, **changes):
    chart = style.lines(frame, "year", "value", "area", "Rate per 10,000")
    table = Published(frame, {"year": "Year"}, 1)
    words = chart_words.describe(table, "year", "value", ["area"], "Line chart")
    settings = {"key": "rate", "headline": "Rates <b>fell</b>", "measure": "Referrals", "source": "DfE."}
    settings |= {"provenance": "official", "alt_text": words}
    shown = {"table": chart_words.wide(table, "year", "value", ["area"])}
    return Figure(**settings | shown | {"chart": chart, "specs": [chart.to_dict()]} | changes)


def test_a_description_counts_as_not_shown_what_the_table_shows_as_not_there():
    """England has three years, the county one and a year that is empty: of six cells two are without a number."""
    rows = [("2013-14", "England", 5.0), ("2014-15", "England", 6.0), ("2015-16", "England", 7.0)]
    rows += [("2014-15", "County", None), ("2015-16", "County", 9.0)]
    table = Published(pd.DataFrame(rows, columns=["year", "area", "value"]))
    seen = chart_words.wide(table, "year", "value", ["area"]).frame
    assert seen[["England", "County"]].isna().sum().sum() == 2
    assert "2 values are not shown." in chart_words.describe(table, "year", "value", ["area"], "Line chart")


def test_alt_text_says_the_way_of_each_line_and_where_it_was_highest_and_lowest():
    assert figure().alt_text == (
        "Line chart. Here: from 622.3 (2013-14, the highest) to 576.7 (2015-16), lowest 431.3 (2014-15). "
        "England: from 573.0 (2013-14, the highest) to 532.2 (2015-16, the lowest)."
    )


def said_of(names, values, series=()):
    table = Published(pd.DataFrame({"name": names, "value": values}))
    return chart_words.describe(table, "name", "value", list(series), "Bar chart")


def test_alt_text_names_each_of_a_few_bars_and_the_ends_of_many():
    assert said_of(["Schools", "Police"], [8, 1900]) == "Bar chart. Schools 8; Police 1,900."
    many = said_of([f"Agency {letter}" for letter in "ABCDEFGHIJKLM"], range(20, 33))
    assert many == "Bar chart. 13 bars, highest 32 (Agency M), lowest 20 (Agency A)."


def test_alt_text_of_months_says_once_what_never_changes():
    months = ["April 2015", "May 2015", "June 2015"]
    assert said_of(months, [7, 7, 7]) == "Bar chart. 7 from April 2015 to June 2015."
    said = said_of(months, [7, 9, 8])
    assert said == "Bar chart. From 7 (April 2015, the lowest) to 8 (June 2015), highest 9 (May 2015)."
    assert said_of(months[:1], [7]) == "Bar chart. 7 (April 2015)."


def test_alt_text_names_no_extreme_beside_an_end_that_prints_the_same():
    years = ["2013-14", "2014-15", "2015-16"]
    said = chart_words.describe(
        Published(pd.DataFrame({"year": years, "value": [8.0, 6.88, 6.93]}), {}, 1),
        "year", "value", [], "Line chart",
    )  # fmt: skip
    assert said == "Line chart. From 8.0 (2013-14, the highest) to 6.9 (2015-16, the lowest)."


def test_the_table_under_a_chart_holds_every_value_of_the_chart():
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", figure().html())
    assert cells == ["622.3", "573.0", "431.3", "548.3", "576.7", "532.2"]


def test_the_picture_has_one_name_one_description_and_no_other_roles():
    html = figure().html()
    for svg in re.findall(r"<svg.*?</svg>", html, flags=re.S):
        assert svg.count('role="') == 1 and svg.count("<desc") == 1 and 'aria-label="' not in svg
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_the_bundle_has_html_a_picture_with_its_words_and_plain_text():
    data, extra = figure()._repr_mimebundle_()
    assert set(data) == {"text/html", "image/png", "text/plain", MEDIA}
    assert extra["image/png"]["alt"] == figure().alt_text


def test_a_figure_as_data_says_what_the_figure_shows_and_no_more():
    frame = RATES.assign(row_id="f.csv#1", status=["shown"] * 5 + ["confidential"])
    frame.loc[5, "value"] = float("nan")
    table = Published(frame, {"year": "Year"}, 1, {"value": "per 10,000"})
    kept = json.loads(json.dumps(figure(frame, table=table)._repr_mimebundle_()[0][MEDIA], allow_nan=False))
    assert [column["name"] for column in kept["table"]["columns"]] == ["year", "area", "value"]
    assert (
        kept["table"]["columns"][2] | {"is_number": True, "decimals": 1, "unit": "per 10,000"}
        == kept["table"]["columns"][2]
    )
    assert kept["table"]["rows"][5][2] == "[c]" and kept["table"]["values"][5][2] is None
    assert kept["table"]["values"][0] == ["2013-14", "Here", 622.3] and kept["kind"] == "figure"
    assert kept["svg"].startswith("<svg") and kept["key"] == "rate" and kept["provenance"] == "official"


def test_a_withheld_value_is_a_gap_a_symbol_and_a_sentence():
    frame = RATES.assign(status=["confidential"] + ["shown"] * 5, value=[None, *RATES["value"][1:]])
    made = figure(frame)
    assert "[c]" in made.html() and "withheld so that no child can be recognised" in made.html()
    assert "1 value is not shown." in made.alt_text
    assert "622.3" not in made.html() + json.dumps(made.chart.to_dict())


@pytest.mark.parametrize("kind", ["columns", "stacked"])
def test_months_keep_their_order_where_one_is_withheld(kind):
    months = ["April 2015", "May 2015", "June 2015"]
    frame = pd.DataFrame({"month": months, "kind": "A", "n": [7.0, None, 9.0]})
    frame["status"] = ["shown", "confidential", "shown"]
    series = ["kind"] if kind == "stacked" else []
    chart = getattr(style, kind)(frame, "month", "n", *series, "Children")
    svg = figure(chart=chart, specs=[chart.to_dict()], table=Published(frame)).html().partition("</svg>")[0]
    at = {label: x for x, label in re.findall(r'translate\(([\d.]+),[^)]*\)"[^>]*>(Apr|May|Jun)\b', svg)}
    assert float(at["Apr"]) < float(at["May"]) < float(at["Jun"])


def test_a_symbol_in_a_chart_is_explained_beside_it_and_one_in_its_table_there():
    line = RATES.assign(status=["confidential"] + ["shown"] * 5, value=[None, *RATES["value"][1:]])
    said = "withheld so that no child can be recognised"
    assert said not in figure(line).html().partition("<details")[0], "a gap in a line has no symbol"
    leads = pd.DataFrame({"agency": ["Schools", "Housing"], "families": [22, None]})
    leads["status"] = ["shown", "confidential"]
    chart = style.bars(leads, "agency", "families", "Families")
    made = figure(chart=chart, specs=[chart.to_dict()], table=Published(leads))
    before, _, after = made.html().partition("<details")
    assert said in before and said not in after


def test_a_chart_without_one_table_of_its_own_is_refused():
    with pytest.raises(FigureError, match="one table"):
        chart_words.chart_data(alt.Chart("data.csv").mark_bar())
    other = alt.Chart(RATES.head(2)).mark_bar().encode(x="year:O")
    with pytest.raises(FigureError, match="same table"):
        chart_words.chart_data(alt.layer(other, alt.Chart(RATES).mark_line().encode(x="year:O"), data=RATES))


def test_text_that_begins_like_a_formula_is_made_harmless():
    table = published_table.Published(
        pd.DataFrame({"name": ["=1+1", "\t@SUM(A1)", "Police"], "change": [-3, 0, 1]})
    )
    content = base64.b64decode(published_table.csv_link(table).partition("base64,")[2]).decode("utf-8-sig")
    assert content.splitlines()[1:] == ["'=1+1,-3", "' @SUM(A1),0", "Police,1"]


def test_the_same_figure_is_the_same_bytes():
    assert figure().html() == figure().html()
    assert figure()._repr_mimebundle_() == figure()._repr_mimebundle_()


def test_on_a_phone_names_of_bars_stand_above_them():
    needs = pd.DataFrame({"need": ["Abuse or neglect", "Family in acute stress"], "share": [60.0, 40.0]})
    drawn = style.for_phone(style.bars(needs, "need", "share", "Share").to_dict())
    assert drawn["layer"][0]["encoding"]["y"]["axis"] is None
    assert drawn["layer"][-1]["mark"]["type"] == "text" and drawn["config"]["legend"]["columns"] == 1


def axis_on_a_phone(names):
    frame = pd.DataFrame({"name": names, "count": range(len(names))})
    upright = style.columns(frame, "name", "count", "Count").to_dict()
    before = dict(upright["layer"][0]["encoding"]["x"]["axis"])
    shown = style.for_phone(upright)["layer"][0]["encoding"]["x"]["axis"]
    assert upright["layer"][0]["encoding"]["x"]["axis"] == before, "the wide chart is left as it was"
    return shown


def test_on_a_phone_months_and_short_names_stay_upright_and_long_ones_are_turned():
    months = axis_on_a_phone([f"{month} 2015" for month in calendar.month_name[1:]])
    assert months["labelAngle"] == 0 and 10 <= months["labelFontSize"] < 14, (
        "twelve fit when they are smaller"
    )
    assert axis_on_a_phone(["April 2015", "May 2015"])["labelFontSize"] == 14
    broken = axis_on_a_phone(["Working Together 2015", "Working Together 2018", "Inspection"])
    assert broken["labelAngle"] == 0 and broken["labelExpr"].endswith("split(datum.label, ' ')")
    assert axis_on_a_phone([f"Neighbourhoods {n}" for n in range(9)])["labelAngle"] == -90


def test_bars_that_say_their_values_have_the_name_of_their_axis_and_neither_its_numbers_nor_its_lines():
    counts = pd.DataFrame({"setting": ["Schools", "Health"], "count": [9, 7], "year": ["2015", "2015"]})
    drawn = [
        style.bars(counts, "setting", "count", "Contacts"),
        style.columns(counts, "setting", "count", "Contacts"),
        style.pairs(counts, "setting", "count", "year", "Contacts"),
    ]
    for chart in drawn:
        spec = chart.to_dict()
        for told in (spec, style.for_phone(spec)):
            said = words_of(drawing.svg(told))
            assert "role-axis-grid" not in drawing.svg(told)
            assert "Contacts" in said
            assert {text.removesuffix(".0") for text in said if text[0].isdigit()} <= {"9", "7", "2015"}
    stacked = drawing.svg(style.stacked(counts, "setting", "count", "year", "C").to_dict())
    assert "role-axis-grid" in stacked and "4" in words_of(stacked), "one without its values keeps its axis"


def words_of(svg):
    return re.findall(r"<text[^>]*>([^<]+)<", svg)


def test_lines_on_a_phone_take_the_room_that_names_at_their_ends_would():
    lines = style.for_phone(style.lines(RATES, "year", "value", "area", "Rate").to_dict())
    named = style.for_phone(style.bars(RATES[:2], "area", "value", "Rate").to_dict())
    assert lines["config"]["padding"]["right"] < named["config"]["padding"]["right"] == style.PADDING["right"]


def test_on_a_phone_a_pair_of_bars_has_its_name_once():
    given = pd.DataFrame(
        {
            "agency": ["Police", "Police", "Schools"],
            "year": ["2014-15", "2015-16", "2015-16"],
            "paid": [3, 4, 5],
        }
    )
    spec = style.pairs(given, "agency", "paid", "year", "Pounds").to_dict()
    drawn = drawing.svg(style.for_phone(spec) | {"width": 300})
    assert [len(re.findall(f">{name}<", drawn)) for name in ("Police", "Schools")] == [1, 1]


def test_names_at_the_ends_of_lines_all_have_their_marks_where_one_had_to_move():
    def marks(ends):
        frame = pd.DataFrame(
            [(year, name, value) for name, value in ends.items() for year in ("2014-15", "2015-16")],
            columns=["year", "area", "rate"],
        )
        return json.dumps(style.lines(frame, "year", "rate", "area", "Rate").to_dict()).count('"end-mark-')

    assert marks({"Kent": 50, "Essex": 49, "Devon": 10}) == 3, "they begin at one place"
    assert marks({"Kent": 50, "Essex": 30, "Devon": 10}) == 0


@pytest.mark.parametrize("count", [2, 6, 7, 8, 9, 13])
def test_the_last_year_always_stands_under_the_lines_and_none_lies_on_another(count):
    years = [f"{year}-{(year + 1) % 100:02}" for year in range(2016 - count, 2016)]
    frame = pd.DataFrame({"year": years, "area": "Statistical neighbours", "rate": range(count)})
    spec = style.lines(frame, "year", "rate", "area", "Rate").to_dict()
    for drawn in (drawing.svg(spec), drawing.svg(style.for_phone(spec) | {"width": style.PHONE_PLOT})):
        places = re.findall(r'translate\(([\d.]+),[^)]*\)"[^>]*>(\d{4}-\d\d)<', drawn)
        told = {year: float(place) for place, year in places}
        assert "2015-16" in told and all(f">{year}<" in drawn for year in told)
        steps = {years.index(after) - years.index(year) for year, after in pairwise(told)}
        assert len(steps) == 1, f"evenly apart: {list(told)}"
        assert all(after - place > 50 for place, after in pairwise(told.values()))


@pytest.mark.parametrize("ruled", range(1, 7))
def test_the_year_of_a_rule_stands_under_it_wherever_the_last_year_leaves_room(ruled):
    years = [f"{year}-{(year + 1) % 100:02}" for year in range(2008, 2016)]
    frame = pd.DataFrame({"year": years, "area": "England", "rate": range(8)})
    spec = style.lines(frame, "year", "rate", "area", "Rate", breaks={years[ruled]: True}).to_dict()
    told = re.findall(r">(\d{4}-\d\d)<", drawing.svg(style.for_phone(spec) | {"width": style.PHONE_PLOT}))
    assert (years[ruled] in told) == (ruled < 6) and told[-1] == "2015-16"
    assert all(years.index(after) - years.index(year) > 1 for year, after in pairwise(told))


def test_each_panel_says_in_one_line_its_name_and_what_its_axis_counts():
    both = pd.concat([RATES.assign(phase=phase) for phase in ("Primary", "Secondary")])
    drawn = style.panels(both, "year", "value", "area", "phase", "Share of sessions, per cent")
    said = words_of(drawing.svg(drawn.to_dict()))
    assert [text for text in said if "hare of" in text] == [
        "Primary: share of sessions, per cent",
        "Secondary: share of sessions, per cent",
    ]


def test_the_table_of_a_chart_in_panels_has_a_row_for_each_year_of_each_panel():
    both = pd.concat([RATES.assign(phase=pd.Categorical([phase] * 6, ["b", "a"])) for phase in ("b", "a")])
    seen = chart_words.wide(Published(both, {"phase": "Phase"}, 1), "year", "value", ["phase", "area"])
    assert list(seen.frame["phase"]) == ["b"] * 3 + ["a"] * 3 and seen.columns()[2:] == ["Here", "England"]
    assert [row[1:] for row in seen.rows()[:3]] == [row[1:] for row in seen.rows()[3:]]
    assert seen.rows()[0] == ["b", "2013-14", "622.3", "573.0"] and seen.label("phase") == "Phase"


def test_a_table_too_wide_for_a_phone_says_the_head_of_its_column_at_each_cell_and_another_does_not():
    frame = pd.DataFrame({"place": ["Kent & co", "Devon"], 'what was "said"': ["a", "b"], "sum": [1, 2]})
    assert "data-head" not in published_table.html_table(Published(frame), "Narrow")
    wide = frame.assign(**{f"year {n}": [n, n] for n in range(4)})
    shown = published_table.html_table(Published(wide), "Wide")
    heads = re.findall(r'<td data-head="([^"]*)"', shown)
    assert heads[: len(heads) // 2] == heads[len(heads) // 2 :] and len(heads) == 2 * 6
    assert heads[0] == "What was &quot;said&quot;" and "<table data-cards " in shown
    told = re.sub(r' data-(head="[^"]*"|cards)', "", shown)
    assert published_table.for_phones(told) == shown, "nothing else is changed"


def test_a_name_that_comes_again_in_the_next_row_is_set_back():
    frame = pd.DataFrame({"what": ["", "Age", "Age", "Sex", "Age"], "group": list("abcde")})
    shown = published_table.html_table(Published(frame), "A table")
    assert re.findall(r'<th scope="row"([^>]*)>(\w*)<', shown) == [
        ("", ""), ("", "Age"), (' class="again"', "Age"), ("", "Sex"), ("", "Age"),
    ]  # fmt: skip


def test_a_total_stands_out_and_what_only_begins_like_one_does_not():
    frame = pd.DataFrame({"what": ["A council", "Total contribution", "Total, recomputed"], "n": [1, 2, 3]})
    rows = published_table.html_table(Published(frame), "A table").split("<tr")[2:]
    assert [row.startswith(' class="total">') for row in rows] == [False, False, True]


def test_a_cell_with_a_dash_alone_is_told_so_that_a_card_leaves_it_out():
    frame = pd.DataFrame({"what": ["Responsibilities", "Another"], "note": ["Unquestionably met", "–"]})
    frame["where"] = "Acknowledgements"
    shown = published_table.html_table(Published(frame), "Duties")
    assert re.findall(r'<td[^>]*data-nothing=""[^>]*>([^<]*)<', shown) == ["–"]


def test_a_table_that_asks_for_it_stays_as_it_is():
    frame = pd.DataFrame({f"month {n}": ["Kent", "Devon"] for n in range(12)})
    table = published_table.html_table(Published(frame), "Months")
    plain = re.sub(r' data-(head="[^"]*"|cards)', "", table)
    asking = plain.replace("<table", "<table data-as-is", 1)
    assert published_table.for_phones(plain) == table and published_table.for_phones(asking) == asking


def test_a_table_with_cells_that_span_others_is_no_set_of_cards():
    head = "<tr><th rowspan='2'>District</th><th colspan='2'>A year with a long name</th></tr><tr><th>Q1</th><th>Q2</th></tr>"
    table = f"<table><thead>{head}</thead><tbody><tr><th>Aylesbury Vale</th><td>10</td><td>20</td></tr></tbody></table>"
    assert published_table.for_phones(table) == table


def test_words_in_a_drawing_have_the_signs_of_print_and_its_data_those_of_the_keyboard():
    needs = pd.DataFrame({"need": ["Child's illness", "Parents' illness"], "share": [60.0, 40.0]})
    chart = style.bars(needs, "need", "share", "Share")
    drawn = figure(chart=chart, specs=[chart.to_dict()], table=Published(needs)).svgs["wide"]
    assert ">Child’s illness<" in drawn and 'data-category="Child\'s illness"' in drawn


def test_amounts_as_they_were_printed_stand_right_and_a_day_is_never_parted():
    frame = pd.DataFrame(
        {"what": ["a", "b", "c"], "printed": ["£1,250", "−2.5%", "new"], "came": ["3 May 2016", "later", ""]}
    )
    shown = published_table.html_table(Published(frame), "A table")
    assert re.findall(r'<td class="number">([^<]*)</td>', shown) == ["£1,250", "−2.5%", "new"]
    assert '<td class="date">3 May 2016</td>' in shown
    assert '<td class="short">later</td>' in shown, "short words among numbers stand as these do"
    assert not published_table.reads_as_numbers(["0-4", "12"]), "ages are names"


def test_a_drawing_that_only_places_boxes_carries_no_values():
    boxes = pd.DataFrame({"group": ["Board", "Panel"], "_x": [0, 1], "_y": [0, 1]})
    drawn = alt.Chart(boxes).mark_rect().encode(x="_x:Q", y="_y:Q")
    told = chart_words.marks_told(drawn.to_dict(), boxes, Published(boxes, {}))
    assert [text.strip(chart_words.SEPARATOR) for text in told] == ["", ""]


def test_a_figure_says_what_its_indicators_count_and_forgets_them(cleaned_report):
    report = cleaned_report
    told = report.figure(
        report.comparison("referrals_rate_per_10000", "Referrals"),
        key="defined",
        headline="",
        measure="Referrals",
        tables=["children_in_need"],
    )
    line = "referrals in the year to 31 March, divided by children aged 0 to 17 at the mid-year before the year's end"
    assert line in told.definition and "(DfE children in need, table C1)" in told.definition
    assert told.html().count('<p class="figure-definition"><strong>What is counted:</strong> ') == 1
    contacts = report.table("contacts").groupby("source", observed=True)["contacts"].sum().reset_index()
    plain = report.table_figure(contacts, key="plain", measure="Contacts", tables=["contacts"])
    assert plain.definition == "" and "figure-definition" not in plain.html()
    assert [(found.check, found.file) for found in plain.findings] == [("definition", "figure plain")]


def test_what_a_figure_is_defined_as_goes_before_its_indicators(cleaned_report):
    cleaned_report.indicator("referrals_by_source")
    sources = pd.DataFrame({"source": ["Police"], "referrals": [2000]})
    told = cleaned_report.table_figure(
        sources, key="sources", measure="Referrals", tables=["referrals_by_source"]
    )
    assert told.definition.startswith("What is counted: contacts with children's social care")
    assert figure_definition("lineage-budget") == figure_definition("lineage-glance") != ""
    assert figure_definition("not-a-figure") == ""


def test_definitions_are_whole_sentences_for_figures_that_there_are():
    chapters = [*Project(ROOT).chapters(), *(ROOT / "notebooks" / "young_people").glob("*.ipynb")]
    there = "\n".join(path.read_text(encoding="utf8") for path in chapters)
    with DEFINITIONS.open(encoding="utf8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len({row["key"] for row in rows}) == len(rows)
    for row in rows:
        assert re.match(r"What is (counted|listed|shown|compared): [a-z].*\.$", row["definition"]), row["key"]
        assert f'"{row["key"].removesuffix("*")}' in there.replace("\\", ""), (
            f"no figure is called {row['key']}"
        )


def test_an_indicator_of_other_tables_does_not_define_a_figure(cleaned_report):
    cleaned_report.indicator("referrals_rate_per_10000")
    contacts = (
        cleaned_report.table("contacts").groupby("source", observed=True)["contacts"].sum().reset_index()
    )
    assert (
        cleaned_report.table_figure(contacts, key="p", measure="Contacts", tables=["contacts"]).definition
        == ""
    )


def test_a_year_above_a_column_is_marked_so_that_it_is_never_parted():
    table = Published(pd.DataFrame({"area": ["Here"], "2014-15": [431.3], "share": [0.5]}))
    heads = re.findall(r'<th scope="col"([^>]*)>', published_table.html_table(table, "Rates"))
    assert heads == ["", ' class="number year"', ' class="number"']


def test_alt_text_of_a_line_with_a_withheld_value_speaks_only_of_what_is_shown():
    rows = [("2013-14", 7.0, "shown"), ("2014-15", None, "confidential"), ("2015-16", 9.0, "shown")]
    frame = pd.DataFrame(rows, columns=["year", "value", "status"])
    said = chart_words.describe(Published(frame), "year", "value", [], "Line chart")
    assert "(2013-14, the lowest shown)" in said and "(2015-16, the highest shown)" in said
    many = pd.DataFrame({"name": [f"Agency {letter}" for letter in "ABCDEFGHIJKLMN"], "value": range(20, 34)})
    many = many.astype({"value": "float"}).assign(status="shown")
    many.loc[0, ["value", "status"]] = [None, "confidential"]
    told = chart_words.describe(Published(many), "name", "value", [], "Bar chart")
    assert "highest shown 33 (Agency N), lowest shown 21 (Agency B)" in told
    same = frame.assign(value=[7.0, None, 7.0])
    assert "7 from 2013-14 to 2015-16 where shown." in chart_words.describe(
        Published(same), "year", "value", [], "Line chart"
    )
