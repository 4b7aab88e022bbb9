"""The leak check: what must not leave is planted in a real report, in every place where it can hide, and must be named."""

import base64
import gzip
import io
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import zipfile
import zlib
from dataclasses import replace
from types import SimpleNamespace

import docx
import openpyxl
import pandas as pd
import pypdf
import pytest
import typst
from conftest import ROOT
from figure_book import cell
from openpyxl.comments import Comment

from bscbdata import leak, publish, quality, sources, worked
from bscbdata.figures import style
from bscbdata.kept import kept_in
from bscbdata.leak import fixed
from bscbdata.leak.contents import opened
from bscbdata.leak.withheld import Table, Truth, cells_of, plain, says, small_facts, small_rows, subject_of
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.reports.report import Report
from bscbdata.sources import load_source
from bscbdata.statutory.pseudonyms import pseudonym
from bscbdata.tables import read_all

EDITION = Project(ROOT).edition(ReportYear(2015))
PLACEMENTS = {
    "Residential care": 83,
    "Agency foster carer": 195,
    "Local authority foster carer": 83,
    "Independent living": 17,
    "With parents": 3,
}
EPISODES = {"Aylesbury Vale": 44, "Chiltern": 4, "South Bucks": 18, "Wycombe": 61}
ONE, OTHER = "figure placements, with parents", "figure missing"


def tidy_tables():
    placements = pd.DataFrame(
        {"placement": list(PLACEMENTS), "children": pd.array(list(PLACEMENTS.values()), "Int64")}
    )
    episodes = pd.DataFrame(
        {"district": list(EPISODES), "episodes": pd.array(list(EPISODES.values()), "Int64")}
    )
    clients = pd.DataFrame({"client": [f"RS{n:04}" for n in range(1, 41)], "age": [14] * 40, "sex": "Female"})
    cases = pd.DataFrame({"assessment": [str(500000 + n) for n in range(40)], "child": "118134"})
    found = {"placements": placements, "rusafe_clients": clients, "assessments": cases}
    found["rejects"] = pd.DataFrame(
        {
            "table": ["rusafe_clients", "rusafe_clients", "attendance"],
            "reason": [
                "'Zadie Quill' is not a number",
                "'with parents' is not a known category",
                "set aside: note",
            ],
            "content": ["RS0999 | Zadie Quill | Female", "RS0998 | 15 | With parents", "A note | for all"],
        }
    )
    found["missing_episodes"] = episodes.assign(quarter="2015-16 Q4")[["district", "quarter", "episodes"]]
    raw = Project(ROOT).raw
    files = {
        name: load_source(name).file(raw, EDITION.year).relative_to(raw).as_posix()
        for name in found
        if name != "rejects"
    }
    files["rejects"] = files["rusafe_clients"]
    return {
        name: frame.assign(
            row_id=[f"{files[name]}#{n}" for n in range(len(frame))], provenance="illustrative"
        )
        for name, frame in found.items()
    }


def book_of(report, folder):
    placements = report.protect(report.table("placements"), "children", ["placement"])
    missing = report.protect(report.table("missing_episodes"), "episodes", ["district", "quarter"])
    asked = {"measure": "Children by where they lived", "tables": ["placements"]}
    tables = [
        report.table_figure(placements[["placement", "children", "status"]], key="placements", **asked),
        report.table_figure(
            missing[["district", "quarter", "episodes", "status"]],
            key="missing",
            measure="Episodes",
            tables=["missing_episodes"],
        ),
    ]
    figures = [cell((f"tbl-{table.key}", table.measure, table)) for table in tables]
    return book_of_cells(folder, [cell("# Start"), *figures])


def book_of_cells(folder, cells):
    folder.mkdir(parents=True)
    settings = {"project": {"type": "book"}, "lang": "en-GB", "execute": {"echo": False}}
    settings["book"] = {"title": "The Board", "subtitle": "Annual report", "chapters": ["index.ipynb"]}
    (folder / "_quarto.yml").write_text(json.dumps(settings), encoding="utf8")
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "index.ipynb").write_text(json.dumps(notebook), encoding="utf8")
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A report of two tables that withhold four cells, its book, and what is known of it."""
    root = tmp_path_factory.mktemp("leak")
    report = Report(Project(ROOT), EDITION)
    report.__dict__["_tidy"] = tidy_tables()
    book = book_of(report, root / "book")
    publish.render(book, root / "out", "embedded")
    known = leak.known_to_us(book, report._tidy, EDITION, True, root / "project-of-jane")
    return SimpleNamespace(book=book, out=root / "out", tidy=report._tidy, known=known, root=root)


def check(made, out, draft=True):
    return leak.check(out, replace(made.known, draft=draft))


def told(made, name, content):
    content = content if isinstance(content, bytes) else content.encode()
    return leak.check_file(name, content, made.known)


def test_the_report_as_it_is_holds_no_leak(made):
    assert "[c]" in (made.out / "index.html").read_text(encoding="utf8")
    assert check(made, made.out) == []


# ---- makers of files that hold a text -----------------------------------------------------------------------------


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(*chunks, after=b""):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    drawn = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + drawn + chunk(b"IEND", b"") + after


def pdf(text):
    return typst.compile(text.encode())


def pdf_with(**properties):
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf("Nothing")))
    writer.add_metadata({f"/{name}": value for name, value in properties.items()})
    return saved(writer.write)


def pdf_carrying(name, content):
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf("Nothing")))
    writer.add_attachment(name, content)
    return saved(writer.write)


def saved(save):
    stream = io.BytesIO()
    save(stream)
    return stream.getvalue()


def word(*paragraphs, table=(), **properties):
    document = docx.Document()
    document.core_properties.author = "The Board"
    for name, value in properties.items():
        setattr(document.core_properties, name, value)
    for text in paragraphs:
        document.add_paragraph(text)
    if table:
        grid = document.add_table(rows=len(table), cols=len(table[0]))
        for row, cells in zip(grid.rows, table, strict=True):
            for place, text in zip(row.cells, cells, strict=True):
                place.text = text
    return saved(document.save)


def workbook(rows, hidden=False, note=""):
    book = openpyxl.Workbook()
    book.properties.creator = "The Board"
    sheet = book.create_sheet("Data")
    for row in rows:
        sheet.append(row)
    sheet.sheet_state = "hidden" if hidden else "visible"
    if note:
        sheet["A1"].comment = Comment(note, "The Board")
    return saved(book.save)


def packed(name, content):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def encoded(text):
    return base64.b64encode(text.encode()).decode()


SAID = "Of the children, 3 lived with parents."
ROWS = [["Placement", "Children"], ["Independent living", "[c]"], ["With parents", 3]]
CSV = "Placement,Children\r\nIndependent living,[c]\r\nWith parents,3\r\n"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg"><desc>{SAID}</desc></svg>'

HIDDEN_IN = {
    "a paragraph": ("a.html", f"<p>{SAID}</p>"),
    "words for digits": ("a.html", "<p>Of the children, three lived with <em>parents</em>.</p>"),
    "a row": ("a.html", "<table><tr><th>Placement</th><th>n</th></tr><tr><th>With parents</th><td>3</td></tr></table>"),
    "a share": ("a.html", "<p>With parents: 0.8% of all.</p>"),
    "alternative text": ("a.html", f'<img alt="A chart. {SAID}">'),
    "a drawing's description": ("a.html", SVG),
    "the label of a mark": ("a.html", '<path aria-label="Placement: With parents; Children: 3" d="M0">'),
    "attributes of data": ("a.html", '<td data-row="With parents" data-value="3">[c]</td>'),
    "a comment": ("a.html", f"<!-- {SAID} -->"),
    "escaped letters": ("a.html", "<p>&#87;ith&nbsp;parents: &#51; children</p>"),
    "a fact": ("a.html", '<span class="fact" data-fact="cla.x" title="With parents, 3">[c]</span>'),
    "data inside a page": ("a.html", f'<script type="application/json">{json.dumps({"With parents": 3})}</script>'),
    "a chart's own data": (
        "a.html",
        "<script>const spec = {data: [\n {placement: 'With parents',\n children: 3},\n]};</script>",
    ),
    "a data address": ("a.html", f'<a href="data:text/csv;base64,{encoded(CSV)}">Download</a>'),
    "a drawing in an address": ("a.html", f'<img src="data:image/svg+xml;base64,{encoded(SVG)}">'),
    "a drawing in a percent address": ("a.css", 'x{background:url("data:image/svg+xml,%3Csvg%3E%3Cdesc%3EWith parents 3%3C/desc%3E%3C/svg%3E")}'),
    "long base64": ("a.js", f'var a = "{encoded(CSV)}";'),
    "rows of a file": ("a.csv", CSV),
    "a table file with tabs": ("a.tsv", CSV.replace(",", "\t")),
    "16-bit text": ("a.txt", SAID.encode("utf-16")),
    "an entry of data": ("a.json", json.dumps([{"placement": "With parents", "children": 3}])),
    "columns of data": (
        "a.json",
        json.dumps({"placement": ["Independent living", "With parents"], "children": [None, 3]}),
    ),
    "a row of data": ("a.json", json.dumps({"rows": [["With parents", 3]]})),
    "a key of data": ("a.json", json.dumps({"children": {"With parents": 3}})),
    "a script": ("a.js", "// With parents: 3\n"),
    "a style": ("a.css", "/* With parents: 3 */"),
    "a picture's text": ("a.png", png(chunk(b"tEXt", b"Comment\0" + SAID.encode()))),
    "a picture's packed text": ("a.png", png(chunk(b"zTXt", b"Comment\0\0" + zlib.compress(SAID.encode())))),
    "a picture's world text": ("a.png", png(chunk(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(SAID.encode())))),
    "after a picture": ("a.png", png(after=SAID.encode())),
    "a photograph": ("a.jpg", b"\xff\xd8\xff\xe1\0\x30Exif\0\0" + SAID.encode() + b"\xff\xd9"),
    "a PDF page": ("a.pdf", pdf(SAID)),
    "a PDF table": ("a.pdf", pdf("#table(columns: 2, [Independent living], [c], [With parents], [3])")),
    "what a PDF says of a picture": (
        "a.pdf",
        pdf('#figure(alt: "Bars (With parents 3 (all of them)), high", rect())'),
    ),
    "a PDF's title": ("a.pdf", pdf_with(Title=SAID)),
    "a PDF's own property": ("a.pdf", pdf_with(Note="With parents 3")),
    "a PDF's attachment": ("a.pdf", pdf_carrying("data.csv", CSV.encode())),
    "a Word paragraph": ("a.docx", word(SAID)),
    "a Word table": ("a.docx", word(table=[[str(text) for text in row] for row in ROWS])),
    "a Word property": ("a.docx", word("Nothing", comments=SAID)),
    "a sheet": ("a.xlsx", workbook(ROWS)),
    "a hidden sheet": ("a.xlsx", workbook(ROWS, hidden=True)),
    "a note in a sheet": ("a.xlsx", workbook([["x"]], note=SAID)),
    "a zip": ("a.zip", packed("inner/data.csv", CSV)),
    "a zip in a zip": ("a.zip", packed("b.zip", packed("data.json", json.dumps({"With parents": 3})))),
    "the name in a zip": ("a.zip", packed("With parents 3.txt", "Nothing")),
    "packed text": ("a.csv.gz", gzip.compress(CSV.encode())),
    "the name of a file": ("With parents, 3.html", "<p>Nothing</p>"),
}  # fmt: skip


@pytest.mark.parametrize("where", HIDDEN_IN)
def test_a_withheld_count_is_found_wherever_it_hides_and_is_named(made, where):
    name, content = HIDDEN_IN[where]
    found = told(made, name, content)
    assert any(ONE in finding.message and finding.file.startswith(name) for finding in found), found


@pytest.mark.parametrize("name", ["a.html", "a.docx", "a.pdf", "a.xlsx"])
def test_what_is_shown_and_what_another_row_holds_is_no_leak(made, name):
    rows = [
        ["Placement", "Children"],
        ["Residential care", "83"],
        ["Independent living", "[c]"],
        ["With parents", "[c]"],
    ]
    kinds = {
        "a.html": "<p>3 homes closed. With parents: [c]. In 2015-16 Q3 and on 3 March nothing changed.</p>"
        "<table>" + "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows) + "</table>",
        "a.docx": word("Residential care: 83.", table=rows),
        "a.pdf": pdf("3 homes closed. \\\nWith parents: [c] \\\nWycombe: 61"),
        "a.xlsx": workbook(rows),
    }  # fmt: skip
    assert told(made, name, kinds[name]) == []


def test_a_partner_is_looked_for_like_the_small_count_that_it_guards(made):
    found = told(made, "a.csv", "Placement,Children\nIndependent living,17\n")
    assert len(found) == 1 and "independent living" in found[0].message and found[0].file == "a.csv, line 2"


def test_a_small_count_that_no_table_shows_is_looked_for_too(made):
    found = told(made, "a.html", "<p>In 2015-16 Q4 Chiltern had 4 episodes.</p>")
    assert any("chiltern" in finding.message for finding in found)


@pytest.mark.parametrize(
    ("said", "is_said"),
    [
        ("In March 2016 two families had schools to lead.", True),
        ("Of all who came to the panel that spring, those for whom schools took the lead in March 2016 were two.", True),
        ("In March 2016 schools led for two.", True),
        ("Schools; 2016-03-01; 2", True),
        ("<td>March 2016</td> | Schools | 2", True),
        ("Two conferences in February and March 2016, one for schools, one for young people, took up what worried them.", False),
    ],
)  # fmt: skip
def test_a_word_and_a_month_are_no_name_of_a_row_that_no_figure_has(said, is_said):
    """The number belongs to the row where what it counts, or what the table is about, is named, or little else is said."""
    led = {
        "month": pd.to_datetime(["2016-03-01"] * 2),
        "lead_agency": ["Schools", "Housing"],
        "families": [2, 9],
    }
    frame = pd.DataFrame(led).assign(provenance="illustrative")
    (cell,) = small_rows(Truth({"early_help_lead_agencies": frame}, EDITION))
    assert says(cell, plain(said)) == is_said
    assert says(replace(cell, shown=True), plain(said)), (
        "of a row that a figure shows any number beside its names is"
    )


CARRIED = {
    "an identifier": ("a.html", "<td>RS0007</td>", "identifier of a case"),
    "an identifier in a sheet": ("a.xlsx", workbook([["Ref"], ["RS0012"]]), "identifier of a case"),
    "many numbers of cases": ("a.csv", "\n".join(str(500000 + n) for n in range(9)), "numbers that identify"),
    "a row-level column": ("a.csv", "child_id,age\n1,14\n", "column of child-level returns: 'child id'"),
    "a row-level head": ("a.html", "<tr><th>Date of birth</th></tr>", "column of child-level returns"),
    "a row-level key": ("a.json", '[{"upn": 1}]', "column of child-level returns: 'upn'"),
    "a row-level attribute": ("a.html", '<tr data-child-id="7">', "column of child-level returns"),
    "a row-level sheet": ("a.xlsx", workbook([["NHS number", "n"], [1, 2]]), "column of child-level returns"),
    "a date of birth": ("a.html", "<p>She was born on 3 May 2004.</p>", "date of birth"),
    "a pupil number": ("a.txt", "A823432120031", "unique pupil number"),
    "a postcode": ("a.txt", "lives at HP20 1UA", "postcode"),
    "an address of mail": ("a.docx", word("Write to jane.roe@bucks.example.org"), "email"),
    "a path": ("a.html", "<!-- /srv/jane/returns/cla.csv -->", "path of the machine"),
    "a Windows path": ("a.json", json.dumps({"file": "C:\\Users\\jane\\cla.xlsx"}), "path of the machine"),
    "a shared drive": ("a.html", r"<p>\\server01\safeguarding$\2016</p>", "path of the machine"),
    "a file address": ("a.pdf", pdf('#link("file:///H:/returns/cla.xlsx")[here]'), "address of a file"),
    "a file linked from Word": (
        "a.zip",
        packed("word/_rels/x.rels", '<Relationship Target="file:///C:/x.xlsx"/>'),
        "address of a file",
    ),
    "a damaged archive": ("a.zip", packed("a", "b" * 50)[:40], "cannot be read"),
    "an archive under a password": ("a.pdf", None, "cannot be read"),
    "bytes of no known kind": ("a.bin", bytes(range(256)), "cannot be read"),
}


def test_a_number_whose_pseudonym_alone_is_known_is_found_with_the_key(made):
    key = bytes(32)
    known = replace(made.known, identifiers=frozenset([pseudonym("KQ0417", key)]), key=key)
    (finding,) = leak.check_file("a.html", b"<p>KQ0417 and KQ0418</p>", known)
    assert "identifier of a case" in finding.message
    assert not leak.check_file("a.html", b"<p>KQ0417</p>", replace(known, key=b""))


def locked():
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf("Nothing")))
    writer.encrypt("secret", algorithm="RC4-128")
    return saved(writer.write)


def test_what_stood_in_a_rejected_row_about_a_child_is_found_wherever_it_goes(made):
    repeats = ["<td>'Zadie&#x20;Quill' is not a number</td>", '{"reason": "zadie  quill"}', "Row of RS0999"]
    assert all(told(made, f"a{n}.html", content) for n, content in enumerate(repeats))
    assert not told(made, "a.html", "<p>Most live with parents. A note for all. A value is not a number.</p>")


def test_reasons_are_published_without_what_stood_in_the_row():
    rejects = pd.DataFrame(
        {
            "row_id": [
                "2015-16/barnardos/ru_safe.xlsx#Clients!5",
                "2015-16/barnardos/ru_safe.xlsx#Clients!6",
                "a/b.csv#2",
            ],
            "reason": [
                "'Zadie O'Quill' is not a number; 'x y' is not a date",
                "duplicate of row 5",
                "set aside: note",
            ],
        }
    )
    for counted in (quality.rejects_by_reason(rejects), quality.rejects_by_file(rejects)):
        said = counted["reason"].tolist()
        assert sorted(said) == sorted(
            ["a value is not a number; a value is not a date", "duplicate of another row", "set aside: note"]
        )


@pytest.mark.parametrize("where", CARRIED)
def test_what_tells_of_a_child_or_of_the_machine_is_found(made, where):
    name, content, said = CARRIED[where]
    found = told(made, name, locked() if content is None else content)
    assert any(said in finding.message and finding.file.startswith(name) for finding in found), found


@pytest.mark.parametrize(
    ("description", "tells"),
    [
        ("Residential: first 9. With parents: first 3, last 8.", True),
        ("Residential: first 3, last 9. With parents: first 7, last 8.", False),
        ("With parents: first 7, last 8. 3 values are not shown.", False),
    ],
)
def test_the_description_in_a_picture_is_read_as_the_same_words_are_on_a_page(made, description, tells):
    picture = png(chunk(b"iTXt", b"Description\0\0\0\0\0" + description.encode()))
    page = f'<svg xmlns="http://www.w3.org/2000/svg"><desc>{description}</desc></svg>'
    found = [bool(told(made, name, content)) for name, content in (("a.png", picture), ("a.svg", page))]
    assert found == [tells, tells]


def test_the_project_and_the_user_of_this_machine_are_known(made, monkeypatch):
    assert told(made, "a.html", f"<p>{made.root / 'project-of-jane'}/x</p>")
    monkeypatch.setattr("getpass.getuser", lambda: "jroe")
    known = leak.known_to_us(made.book, made.tidy, EDITION, True, made.root)
    for name, content in {"a.docx": word("x", author="jroe"), "a.pdf": pdf_with(Author="JRoe")}.items():
        found = leak.check_file(name, content, known)
        assert found and all("user name" in each.message for each in found)
    assert leak.check_file("a.docx", word("x", author="The Board"), known) == []


def test_a_machine_named_by_a_plain_word_and_a_user_unknown_to_the_system_stop_nothing(made, monkeypatch):
    def unknown():
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", unknown)
    monkeypatch.setattr("socket.gethostname", lambda: "buckinghamshire")
    known = leak.known_to_us(made.book, made.tidy, EDITION, True, made.root)
    assert not known.users
    page = b"<p>Children in Buckinghamshire.</p>"
    assert not list(leak.check_file("a.html", page, known))
    monkeypatch.setattr("socket.gethostname", lambda: "BUCKS-PC-0417")
    known = leak.known_to_us(made.book, made.tidy, EDITION, True, made.root)
    assert list(leak.check_file("a.html", b"<p>Made on bucks-pc-0417.</p>", known))


def test_a_final_edition_carries_nothing_of_a_draft(made, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(made.out, out)
    page = out / "index.html"
    marked = page.read_text(encoding="utf8").replace("<main", '<aside class="draft-note">Draft</aside><main')
    page.write_text(marked, encoding="utf8")
    assert check(made, out, draft=True) == []
    found = check(made, out, draft=False)
    assert found and all(
        "draft" in finding.message and finding.file.startswith("index.html") for finding in found
    )


def test_a_leak_says_the_file_the_line_and_what_to_do_and_never_the_number(made, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(made.out, out)
    (out / "figures").mkdir(exist_ok=True)
    (out / "figures" / "x.csv").write_text(CSV, encoding="utf8")
    (found,) = check(made, out)
    assert found.result == "failure" and found.file == "figures/x.csv, line 3"
    assert "With parents" not in found.advice and not re.search(r"\b3\b", found.message) and found.advice


def test_a_bomb_is_refused_and_not_unpacked():
    bomb = packed("a", packed("b", b"\0" * 300_000_000))
    assert [piece.kind for piece in opened("a.zip", bomb)][-1] == "unreadable"


def test_small_facts_are_kept_by_name_alone_until_a_table_changes(tmp_path):
    def written(name, children):
        rows = {"characteristic": ["All", "Age"], "finding": ["All", "1-5 years"], "reviews": [49, children]}
        rows |= {"row_id": ["returns/deaths.csv#1", "returns/deaths.csv#2"], "provenance": "published"}
        (tmp_path / name).mkdir()
        pd.DataFrame(rows).to_parquet(tmp_path / name / "cdop_findings.parquet")
        return tmp_path / name

    def found(folder):
        return [(cell.where, cell.counts) for cell in small_facts(Truth(read_all(folder), EDITION))]

    few, many, kept = written("few", 4), written("many", 9), tmp_path / "kept"
    assert ("fact cdop.age.1-5_years", {4}) in found(few) and not found(many)
    with kept_in(kept):
        assert found(few) == found(few) and not found(many)
    named = [json.loads(path.read_bytes()[16:]) for path in kept.iterdir()]
    assert sorted(named) == [[], ["cdop.age.1-5_years", "cdop.age.1-5_years.share"]], "no count is kept"


def test_a_file_that_held_nothing_is_read_again_when_it_or_what_is_looked_for_changed(
    made, tmp_path, monkeypatch
):
    out, kept = tmp_path / "out", tmp_path / "kept"
    shutil.copytree(made.out, out)
    read = []
    whole = leak.check_file
    monkeypatch.setattr(leak, "check_file", lambda name, *rest: read.append(name) or whole(name, *rest))

    def run(draft=True, only=()):
        read.clear()
        with kept_in(kept):
            return leak.check(out, replace(made.known, draft=draft), only)

    assert run(only=leak.HEAVY) == []
    heavy = set(read)
    assert {name.rpartition(".")[2] for name in heavy} == {"pdf", "docx", "xlsx", "zip"}
    assert run() == [] and len(read) > 5 and not heavy & set(read), (
        "what was read before the rest is not read again"
    )
    assert run() == [] and read == []
    (out / "index.html").write_text("<p>See C:\\Users\\jane\\returns\\x.xlsx</p>", encoding="utf8")
    assert run() and read == ["index.html"]
    assert run() and read == ["index.html"], "a file with a leak is not forgiven"
    run(draft=False)
    assert len(read) > 5, "other things are looked for: everything is read"
    for entry in kept.iterdir():
        entry.write_bytes(entry.read_bytes()[:-1])
    run(draft=False)
    assert len(read) > 5, "what is damaged is not believed"


def test_what_is_looked_for_is_known_again_in_another_process():
    """Sets of texts have another order in each: a hash over them as they come would never be met again."""
    code = """
from bscbdata.leak import Known
from bscbdata.leak.withheld import Cell
cell = Cell("figure x", (("april",),), "children", frozenset({3.0, 4.0}), subject=frozenset({"referr", "plans", "missin"}))
print(Known([cell], frozenset({"a", "b", "c"}), frozenset({"K1", "K2"}), (), (), {}, True).fingerprint)
"""
    ran = [
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert ran[0] == ran[1] != ""


# ---- a report with many small counts, whose rows are named by a month alone -----------------------------------------

MONTHS = pd.date_range("2015-09-01", "2016-03-01", freq="MS")
ENQUIRIES = dict(zip(MONTHS, [318, 384, 414, 292, 396, 4, 333], strict=True))
FOSTERED = dict(zip(MONTHS, [7, 5, 5, 4, 3, 3, 3], strict=True))
HARMLESS = [  # a month, a small number, and even what is counted: of something else
    "Two challenge events took evidence: one in August 2015, which shaped the strategy, and one in March 2016, "
    "on how services are bought for victims and for children at large.",
    "Four of the pages that the Board published in the winter before March 2016 were written by young people and children.",
    "The Board met on 3 February 2016 with all its partners, and again on 2 March 2016 with five of the schools.",
]


def monthly(report, tidy):
    """Two charts by month and the appendix of worked examples, as the report has them."""
    hub = report.protect(tidy["mash_enquiries"], "enquiries", ["month"])
    hub["period"] = hub["month"].dt.strftime("%B %Y")
    fostered = pd.DataFrame(
        {"period": [f"{month:%B %Y}" for month in FOSTERED], "value": pd.array([*FOSTERED.values()], "Int64")}
    )
    fostered = report.protect(fostered, "value", ["period"])
    yield report.figure(
        style.columns(hub[["period", "enquiries", "status"]], "period", "enquiries", "Enquiries", ",.0f"),
        key="mash",
        headline="The hub was asked less in the new year",
        measure="Enquiries in the month, section 47 enquiries left out, Buckinghamshire, from September 2015",
        tables=["mash_enquiries"],
        labels={"period": "Month", "enquiries": "Enquiries"},
    )
    yield report.figure(
        style.columns(fostered, "period", "value", "Children", ",.0f"),
        key="private-fostering",
        headline="Fewer children were privately fostered",
        measure="Children privately fostered at month end, Buckinghamshire, 2015-16",
        tables=["private_fostering"],
        labels={"period": "Month", "value": "Children"},
    )
    examples = worked.as_table().rename(columns={"title": "Indicator", "working": "Worked example"})
    yield report.table_figure(
        examples[["Indicator", "Worked example"]], key="worked-examples", measure="Worked examples", tables=[]
    )


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """A report in which half of the months withhold one to five children."""
    root, raw = tmp_path_factory.mktemp("few"), Project(ROOT).raw
    report = Report(Project(ROOT), EDITION)
    tidy = {
        "mash_enquiries": pd.DataFrame(
            {"month": MONTHS, "enquiries": pd.array([*ENQUIRIES.values()], "Int64")}
        ),
        "private_fostering": pd.DataFrame(
            {
                "arrangement": [f"PF{n:03}" for n in range(9)],
                "started": MONTHS[0],
                "ended": [pd.NaT] * 3 + [MONTHS[n] for n in (5, 4, 3, 3, 1, 1)],
            }
        ),
    }
    for name, frame in tidy.items():
        file = load_source(name).file(raw, EDITION.year).relative_to(raw).as_posix()
        tidy[name] = frame.assign(row_id=[f"{file}#{n}" for n in frame.index], provenance="illustrative")
    report.__dict__["_tidy"] = tidy
    figures = [cell((f"fig-{each.key}", each.measure, each)) for each in monthly(report, tidy)]
    book = book_of_cells(root / "book", [cell("# Start"), *map(cell, HARMLESS), *figures])
    publish.render(book, root / "out", "embedded")
    known = leak.known_to_us(book, tidy, EDITION, True, root / "project-of-jane")
    return SimpleNamespace(out=root / "out", known=known)


def test_a_report_with_small_counts_in_many_months_holds_no_leak(few):
    page = (few.out / "index.html").read_text(encoding="utf8")
    assert page.count("[c]") >= 8 and "are two of three" in page and "one in March 2016" in page
    withheld = {(each.where, each.name) for each in few.known.cells}
    assert {("figure mash", "february 2016"), ("figure private-fostering", "march 2016")} <= withheld
    assert {path.suffix for path in few.out.rglob("*")} >= {".html", ".pdf", ".docx", ".xlsx", ".zip", ".csv"}
    assert leak.check(few.out, few.known) == []


HUB = "In February 2016 the hub had 4 enquiries."
PUT_BACK = {
    "a sentence": ("a.html", f"<p>{HUB}</p>"),
    "a sentence with what it counts before": ("a.html", "<p>Enquiries fell to four in February 2016.</p>"),
    "a long sentence": (
        "a.html",
        "<p>After a busy autumn, in which schools and the police asked far more often than the year before, "
        "enquiries of all the partners together went down so much that in February 2016 the hub saw 4.</p>",
    ),
    "a sentence after a worked example": ("a.html", "<p>Open at the end of 31 March 2016 are two of three episodes: 2. In February 2016 there were 4 enquiries.</p>"),
    "a row beside a worked example": (
        "a.html",
        "<tr><td>February 2016</td><td>Open at the end of 31 March 2016 are two of three episodes: 2.</td><td>4 enquiries</td></tr>",
    ),
    "a row": ("a.html", "<table><tr><th>Month</th><th>n</th></tr><tr><th>February 2016</th><td>4</td></tr></table>"),
    "alternative text": ("a.html", f'<img alt="Bar chart. {HUB} 2 values are not shown.">'),
    "attributes of data": ("a.html", '<td data-row="February 2016" data-value="4">[c]</td>'),
    "a file": ("a.csv", "Month,Enquiries,Data\r\nJanuary 2016,396,illustrative\r\nFebruary 2016,4,illustrative\r\n"),
    "a file with dates": ("a.csv", "month,enquiries\n2016-02-01,4\n"),
    "an entry of data": ("a.json", json.dumps([{"month": "2016-02-29T00:00:00", "value": 4, "status": "shown"}])),
    "a row of data": ("a.json", json.dumps({"rows": [["February 2016", 4]]})),
    "a PDF page": ("a.pdf", pdf(HUB)),
    "a PDF table": ("a.pdf", pdf("#table(columns: 2, [January 2016], [396], [February 2016], [4])")),
    "what a PDF says of a picture": ("a.pdf", pdf(f'#figure(alt: "Bar chart. {HUB}", rect())')),
    "a Word paragraph": ("a.docx", word(HUB)),
    "a Word table": ("a.docx", word(table=[["Month", "Enquiries"], ["February 2016", "4"]])),
    "a sheet": ("a.xlsx", workbook([["Month", "Enquiries"], ["February 2016", 4]])),
}  # fmt: skip


@pytest.mark.parametrize("where", PUT_BACK)
def test_a_count_of_a_month_that_is_put_back_is_found(few, where):
    name, content = PUT_BACK[where]
    found = leak.check_file(name, content if isinstance(content, bytes) else content.encode(), few.known)
    assert any("mash, february 2016" in each.message for each in found), found


@pytest.mark.parametrize(
    "said",
    [
        "In March 2016 3 children were privately fostered.",
        "Children privately fostered, of whom so many had been known in autumn, were by March 2016 down to three.",
        "In March 2016 three of the children lived so.",
        "Month: March 2016; Children: 3",
    ],
)
def test_a_count_is_found_though_the_check_does_not_know_what_it_truly_is(few, said):
    for name, content in {
        "a.html": f"<p>{said}</p>".encode(),
        "a.pdf": pdf(said),
        "a.docx": word(said),
    }.items():
        assert any(
            "private-fostering, march 2016" in each.message
            for each in leak.check_file(name, content, few.known)
        )


def test_a_number_typed_into_what_a_source_says_of_itself_is_found(few, monkeypatch):
    """What a row means stands on a page of the report; whoever describes a source must not say what it holds."""
    meaning = "One row per month: enquiries at the hub, of which 4 in February 2016."
    described = replace(load_source("mash_enquiries"), meaning=meaning)
    monkeypatch.setattr(sources, "load_source", lambda name: described)
    monkeypatch.setattr(sources, "source_names", lambda: ["mash_enquiries"])
    for kept in (fixed.sentences, fixed._by_start):
        kept.cache_clear()
    try:
        found = leak.check_file("a.html", f"<p>{meaning}</p>".encode(), few.known)
    finally:
        for kept in (fixed.sentences, fixed._by_start):
            kept.cache_clear()
    assert any("mash, february 2016" in each.message for each in found)


@pytest.fixture
def ages_asked(monkeypatch):
    """As if one fact were defined, of a month and of ages."""
    forget = [fixed.sentences.cache_clear, fixed._by_start.cache_clear]
    asked = SimpleNamespace(where="month=February 2016;age=4 to 17", of="age>=4")
    monkeypatch.setattr(fixed.facts, "definitions", lambda: {"mash.ages": asked})
    [each() for each in forget]
    yield "enquiries where month is February 2016 and age is 4 to 17, as a percentage of those where age from 4"
    [each() for each in forget]


def test_which_rows_a_definition_takes_is_no_count_and_a_number_beside_it_is(few, ages_asked):
    said = f'number,what,how_counted\n57%,"MASH enquiries, February 2016","{ages_asked}"\n'
    assert leak.check_file("a.csv", said.encode(), few.known) == []
    assert leak.check_file("a.csv", said.replace("57%", "4").encode(), few.known)
    assert leak.check_file("a.csv", said.replace("age is 4", "some 4").encode(), few.known)


def test_what_a_row_of_a_source_means_is_no_leak_though_one_child_is_withheld(few):
    """The word in what a row means counts nothing, also where the truth is one."""
    said = "One row per month: enquiries at the hub from February 2016, for this year and the one before."
    cells = [replace(each, counts=frozenset({1.0})) for each in few.known.cells]
    assert leak.check_file("a.html", f"<p>{said}</p>".encode(), replace(few.known, cells=cells)) == []
    said = said.replace("hub", "hub, one of them")
    assert leak.check_file("a.html", f"<p>{said}</p>".encode(), replace(few.known, cells=cells))


def test_another_boards_own_name_tells_no_table_from_another():
    """A measure names its area; a time and a number in a sentence about that area are no cell of the table."""
    own = replace(EDITION, area="Milton Keynes", board="Milton Keynes Together")
    words = "mash Enquiries in the month, Milton Keynes, Buckinghamshire"
    assert subject_of(words, own) == {"mash", "enquir", "buckin"}
    assert subject_of(words, EDITION) == {"mash", "enquir", "milton", "keynes"}


def test_another_measure_of_the_same_quarter_is_shown_and_no_leak():
    """84 cases are shown where 4 referrals of the quarter are not: who looks both up under the quarter finds both."""
    rows = [["2014-15 Q1", "84", "Active caseload"], ["2014-15 Q1", "[c]", "Referrals"]]
    sources = ("rusafe_referrals", "rusafe_caseload")
    table = Table("figure rusafe", ["Quarter", "Young people", "Measure"], rows, sources, frozenset({"safe"}))
    quarters = {"quarter": ["2014-15 Q1", "2014-15 Q2"], "row_id": ["a", "b"], "provenance": "illustrative"}
    tidy = {
        "rusafe_referrals": pd.DataFrame({**quarters, "referrals": [4, 41]}),
        "rusafe_caseload": pd.DataFrame({**quarters, "cases": [84, 86]}),
    }
    (hidden,) = cells_of([table], Truth(tidy, EDITION))
    assert not says(hidden, "quarter: 2014-15 q1 | young people: 84 | measure: active caseload")
    assert says(hidden, "quarter: 2014-15 q1 | young people: 4 | measure: referrals")
