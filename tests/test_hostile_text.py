"""Text from the data does nothing: no script, markup, formula or template code of a raw file acts, wherever it goes."""

import json
import re

import html5lib
import jinja2
import pandas as pd
import pytest
from conftest import ROOT
from figure_book import cell

from bscbdata import publish
from bscbdata.build.run import edition_lines
from bscbdata.figures import style
from bscbdata.findings import DataStop
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.prose import Writer, as_words
from bscbdata.publish.typography import straight
from bscbdata.reports.report import Report

EDITION = Project(ROOT).edition(ReportYear(2015))
SECRET = "83"  # a number that template code in the data would print, did it run
HOSTILE = [
    '<script>alert("x")</script>',
    '"><img src=x onerror=alert(1)>',
    "</title></svg><script>x()</script>",
    "**bold** and [here](javascript:alert(1))",
    "<!-- unseen -->",
    "`code` $x^2$ ~sub~ @tbl-x {#id .class onclick=x}",
    "```{=html}\n<b>raw</b>\n```",
    '{{ fact("cla.residential") }} {% for x in range(9) %}a{% endfor %}',
    '=HYPERLINK("http://x.example","y")',
    "+cmd|' /C calc'!A0",
    "@SUM(A1:A9)",
    "\t=1+1",
]


def tables():
    count = len(HOSTILE)
    placements = pd.DataFrame({"placement": HOSTILE, "children": pd.array([83] * count, "Int64")})
    members = pd.DataFrame({"surname": HOSTILE, "first_name": "", "organisation": HOSTILE})
    steps = pd.DataFrame({"chapter": "4", "theme": HOSTILE, "action": HOSTILE, "owner": HOSTILE})
    series = pd.DataFrame({"category": HOSTILE, "period": "year", "value": [float(n) for n in range(count)]})
    series = series.assign(
        indicator="contacts_by_source", area=EDITION.area, year="2015-16", table="contacts"
    )
    series = series.assign(numerator=float("nan"), denominator=float("nan"), unit="contacts", status="shown")
    found = {"placements": placements, "members": members, "next_steps": steps, "indicators": series}
    return {
        name: frame.assign(
            row_id=[f"2015-16/barnardos/outcomes.xlsx#{n}" for n in range(count)], provenance="illustrative"
        )
        for name, frame in found.items()
    }


def a_report(commentary=""):
    report = Report(Project(ROOT), EDITION)
    report.__dict__["_tidy"] = tables()
    report.__dict__["commentary"] = {"said": (commentary, "said.md")}
    return report


def shown(report):
    placements = report.table("placements")[["placement", "children"]]
    chart = style.bars(placements, "placement", "children", "Children")
    asked = {
        "measure": "Children",
        "tables": ["placements"],
        "headline": 'Most: {{ highest("contacts_by_source") }}',
    }
    return [
        report.figure(chart, key="placements", **asked),
        report.table_figure(
            report.table("members")[["surname", "organisation"]],
            key="members",
            measure="x",
            tables=["members"],
        ),
    ]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """The pages and files of a report whose data is hostile throughout."""
    root = tmp_path_factory.mktemp("hostile")
    report = a_report('Fewest came from {{ lowest("contacts_by_source") }}.')
    settings = {"project": {"type": "book"}, "lang": "en-GB", "execute": {"echo": False}}
    settings["book"] = {"title": HOSTILE[0], "subtitle": "Annual report", "chapters": ["index.ipynb"]}
    (root / "book").mkdir()
    (root / "book" / "_quarto.yml").write_text(json.dumps(settings), encoding="utf8")
    cells = [cell("# Start")]
    for text in (report.next_steps("4"), report.prose("said")):
        data, extra = text._repr_mimebundle_()
        output = {"output_type": "execute_result", "data": data, "metadata": extra, "execution_count": 1}
        made = {"cell_type": "code", "source": "said", "outputs": [output], "execution_count": 1}
        cells.append(made | {"metadata": {}, "id": f"said-{len(cells)}"})
    cells += [
        cell((f"{'fig' if figure.chart else 'tbl'}-{figure.key}", "A caption", figure))
        for figure in shown(report)
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (root / "book" / "index.ipynb").write_text(json.dumps(notebook), encoding="utf8")
    publish.render(root / "book", root / "out", "embedded")
    return root / "out"


@pytest.fixture(scope="module")
def page(out):
    return html5lib.parse((out / "index.html").read_text(encoding="utf8"), namespaceHTMLElements=False)


def test_no_element_of_the_page_comes_from_the_data(page):
    scripts = [node for node in page.iter("script") if node.text and re.search(r"alert|x\(\)", node.text)]
    assert scripts == []
    assert [node for node in page.iter("img") if node.get("src") == "x"] == []
    for node in page.iter():
        if not isinstance(node.tag, str):
            assert "unseen" not in (node.text or ""), "a comment of the data became one of the page"
            continue
        assert not [name for name in node.attrib if str(name).lower().startswith("on")], node.tag
        for name in ("href", "src", "action", "formaction"):
            assert not re.match(r"\s*(?:javascript|vbscript|file):", node.get(name) or "", re.I)
    assert page.find(".//*[@id='id']") is None and page.find(".//b") is None and page.find(".//sub") is None


def test_every_hostile_text_stands_on_the_page_as_it_was_sent(page):
    said = straight(" ".join("".join(page.itertext()).split()))  # but for the kind of its quotation marks
    for text in HOSTILE:
        assert said.count(" ".join(text.split())) >= 4, text  # a member, an organisation, a step, a placement


def test_template_code_in_the_data_is_not_run(page):
    said = straight(" ".join("".join(page.itertext()).split()))
    assert '{{ fact("cla.residential") }}' in said and "aaaaaaaaa" not in said


def test_no_drawing_holds_a_script_of_the_data(out):
    drawings = list(out.rglob("*.svg"))
    assert drawings
    for path in drawings:
        text = path.read_text(encoding="utf8")
        assert "<script" not in text and "onerror=" not in re.sub(r">[^<]*<|\"[^\"]*\"", "", text), path.name


def test_no_cell_of_a_file_is_a_formula(out):
    files = list(out.rglob("*.csv"))
    assert files
    for path in files:
        for row in pd.read_csv(path, dtype="str", keep_default_na=False).to_numpy().ravel():
            assert row.lstrip(" \t\r\n")[:1] not in {"=", "+", "@"}, (path.name, row)


@pytest.mark.parametrize("text", HOSTILE)
def test_words_from_the_data_say_the_same_and_mark_nothing(text):
    parsed = html5lib.parseFragment(as_words(text), namespaceHTMLElements=False)
    assert len(list(parsed.iter())) == 1 and parsed.text == text.replace("\n", " ")


REFUSED = {
    "a script": "Fine. <script>alert(1)</script>",
    "a handler": '<p onclick="x()">Fine</p>',
    "a handler as an attribute": "[Fine]{onclick=x()}",
    "an address that runs": "[Fine](javascript:alert(1))",
    "an address of data": "[Fine](data:text/html;base64,PHNjcmlwdD4=)",
    "an address defined below": "[Fine][x]\n\n[x]: javascript:alert(1)",
    "a raw block": "```{=html}\n<b>x</b>\n```",
    "a comment": "Fine <!-- not yet agreed with the family -->",
    "a mark like ours": '<span class="fact" onmouseover="x()">5</span>',
}


@pytest.mark.parametrize("what", REFUSED)
def test_commentary_that_could_act_on_a_page_stops_the_chapter_and_is_named(what):
    with pytest.raises(DataStop, match=r"commentary/said\.md.*could act on a page"):
        a_report(REFUSED[what]).prose("said")


ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ fact.__self__.tables }}",
    "{{ fact.__func__.__globals__ }}",
    "{{ fact.__globals__['facts'] }}",
    "{{ self.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id') }}",
    "{{ highest.__self__.edition.year }}",
    "{{ ''|attr('__class__') }}",
    "{{ '%s'|format(fact.__self__) }}",
    "{{ '{0.__self__.tables}'.format(fact) }}",
    "{% for x in fact.__self__.tables %}{{ x }}{% endfor %}",
    "{% include 'x' %}",
    "{% import 'os' as os %}",
    "{{ range(99999999) | list }}",
]


@pytest.mark.parametrize("template", ESCAPES)
def test_a_template_cannot_reach_outside_its_words(template):
    writer = Writer(tables(), EDITION)
    try:
        said = writer.render(template, "x")
    except DataStop:
        return
    except jinja2.TemplateError as error:
        raise AssertionError("a fault of a template is told as one of the commentary") from error
    assert not re.search(r"DataFrame|<module|<class|<function|bound method|placements|2015", said), said


def test_the_boards_name_cannot_set_the_books_configuration():
    import dataclasses

    import yaml

    name = 'Board"\n  include-in-header: evil.html\nexecute: {enabled: true} #'
    read = yaml.safe_load(edition_lines(dataclasses.replace(EDITION, board=name), draft=True))
    assert read == {
        "book": {"title": name, "subtitle": "Annual report 2015-16, draft", "date": EDITION.published},
        "date-format": "YYYY",
    }
