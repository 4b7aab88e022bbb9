"""Open data: the Department's layout, read again by our own reader; a package that validates; nothing that acts or tells."""

import csv
import hashlib
import io
import json
import re
import zipfile

import pandas as pd
import pytest
from conftest import ROOT
from figure_book import ABOUT, RISKY

from bscbdata.places import Project
from bscbdata.publish import data_file
from bscbdata.publish.about import About, read_about
from bscbdata.publish.book import read_book
from bscbdata.publish.document import resolve
from bscbdata.publish.exhibits import exhibits
from bscbdata.publish.open_data import indicator_time, write_open_data
from bscbdata.releases import read_ees

META = "col_name,col_type,label,indicator_grouping,indicator_unit,indicator_dp,filter_hint,filter_grouping_column"
SIMULATED = "Illustrative: simulated, not real returns"
HEAD = "time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,old_la_code,new_la_code,la_name"


@pytest.fixture(scope="module")
def data(figure_report):
    return figure_report.out / "downloads" / "data"


def read(path):
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf"), "Excel needs the mark"
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def header(path):
    return path.read_text(encoding="utf-8-sig").splitlines()[0]


def test_every_figure_and_table_has_its_data_and_its_metadata(data, figure_report):
    found = [e.key for e in exhibits(resolve(read_book(figure_report.book), "html"))]
    names = {f"{key}{end}" for key in [*found, "indicator_values", "indicator_definitions"] for end in (".csv", ".meta.csv")}  # fmt: skip
    assert {path.name for path in data.iterdir()} == names | {"datapackage.json", "README.txt"}


def test_statistics_stand_in_the_departments_layout(data):
    assert header(data / "rate.csv") == f"{HEAD},provenance,rate"
    england = [row for row in read(data / "rate.csv") if row["geographic_level"] == "National"]
    assert [
        (row["time_period"], row["time_identifier"], row["country_code"], row["rate"]) for row in england
    ] == [
        ("201314", "Financial year", "E92000001", "573.0"),
        ("201415", "Financial year", "E92000001", "548.3"),
        ("201516", "Financial year", "E92000001", "532.2"),
    ]
    ours = read(data / "rate.csv")[0]
    assert (ours["old_la_code"], ours["new_la_code"], ours["la_name"]) == (
        "825",
        "E10000002",
        "Buckinghamshire",
    )
    region = [row for row in read(data / "rate.csv") if row["geographic_level"] == "Regional"][0]
    assert (region["region_code"], region["la_name"]) == ("E12000008", "")


def test_metadata_says_label_unit_and_decimals(data):
    assert header(data / "outcomes.meta.csv") == META
    rows = {row["col_name"]: row for row in read(data / "outcomes.meta.csv")}
    assert list(rows) == ["outcome", "provenance", "share_pct"]
    share = rows["share_pct"]
    assert (share["col_type"], share["indicator_unit"], share["indicator_dp"]) == ("Indicator", "%", "0")
    assert share["label"] == "Share of contacts (per cent)" and rows["outcome"]["col_type"] == "Filter"


def test_numbers_are_rounded_as_published_so_that_no_count_stands_behind_a_share(data):
    assert [row["share_pct"] for row in read(data / "outcomes.csv")] == ["24", "40", "7", "60"]
    assert {row["time_period"] + row["time_identifier"] for row in read(data / "outcomes.csv")} == {
        "2015April",
        "2015May",
    }


def test_what_is_withheld_is_a_bare_letter_and_districts_have_their_codes(data):
    rows = read(data / "missing.csv")
    assert [row["episodes"] for row in rows] == ["19", "c", "148", "low"]
    assert {(row["lad_code"], row["lad_name"]) for row in rows} == {
        ("E07000005", "Chiltern"),
        ("E07000007", "Wycombe"),
    }
    assert rows[0]["time_identifier"] == "Financial year Q1" and rows[0]["time_period"] == "201516"


def test_a_total_is_added_where_the_parts_make_the_whole_and_never_over_a_withheld_part(data):
    totals = [row for row in read(data / "panel-decisions.csv") if row["level"] == "Total"]
    assert [(row["time_identifier"], row["families"]) for row in totals] == [("June", "22")]
    assert "Total" not in [row["outcome"] for row in read(data / "outcomes.csv")]


def test_a_grouped_filter_names_its_group(data):
    rows = {row["col_name"]: row for row in read(data / "rusafe-clients.meta.csv")}
    assert rows["group"]["filter_grouping_column"] == "characteristic" and "characteristic" not in rows
    assert "characteristic" in header(data / "rusafe-clients.csv")


@pytest.mark.parametrize(
    "key", ["rate", "missing", "outcomes", "panel-decisions", "rusafe-clients", "indicator_values"]
)
def test_our_own_reader_reads_it_back(data, key):
    release = read_ees(data / f"{key}.csv", data / f"{key}.meta.csv")
    rows = read(data / f"{key}.csv")
    numbers = [name["col_name"] for name in read(data / f"{key}.meta.csv") if name["col_type"] == "Indicator"]
    given = sorted(float(row[name]) for row in rows for name in numbers if re.match(r"-?\d", row[name]))
    assert sorted(release.table["value"].dropna()) == given
    assert len(release.table) == len(rows) * len(numbers) and release.rejects.empty
    assert not [str(found) for found in release.findings if found.result == "failure"]
    hidden = sum(row[name] == "c" for row in rows for name in numbers)
    assert (release.table["status"] == "confidential").sum() == hidden


def test_a_list_is_a_plain_table_with_metadata_all_the_same(data):
    rows = read(data / "members.csv")
    assert [row["joined"] for row in rows[:3]] == ["2015-04-01", "2015-05-17", "x"]
    assert [(row["col_name"], row["col_type"]) for row in read(data / "members.meta.csv")] == [
        ("name", "Text"), ("joined", "Date"), ("provenance", "Text"),
    ]  # fmt: skip
    assert [row["change"] for row in read(data / "budget.csv")] == ["-500", "0"]


def test_text_that_begins_like_a_formula_can_do_nothing_in_any_file(data):
    assert [row["name"] for row in read(data / "members.csv")] == [
        "'" + re.sub(r"[\t\r]", " ", text) for text in RISKY[:-1]
    ] + [RISKY[-1]]
    for path in data.glob("*.csv"):
        for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")):
            risky = [cell for cell in row if cell.lstrip()[:1] in tuple("=+@＝") or cell[:1] in ("\t", "\r")]
            assert not risky and not [
                cell for cell in row if cell[:1] == "-" and not re.fullmatch(r"-[\d.]+", cell)
            ]


def test_every_file_says_in_its_rows_where_its_data_comes_from(data):
    assert {row["provenance"] for row in read(data / "missing.csv")} == {SIMULATED}
    assert {row["provenance"] for row in read(data / "rate.csv")} == {"Official statistics"}


def test_the_indicators_stand_with_their_definitions(data):
    rows = read(data / "indicator_values.csv")
    kept = [
        (r["time_period"], r["time_identifier"], r["category"], r["comparison"], r["value"]) for r in rows
    ]
    assert kept == [
        ("201516", "Financial year", "Total", "Total", "6958"),
        ("201516", "Financial year", "Total", "Statistical neighbours", "5001"),
        ("201415", "Financial year", "Police", "Total", "c"),
        ("2015", "Calendar year", "Total", "Total", "7"),
        ("2011", "Calendar year", "Total", "Total", "8"),
        ("201415", "Academic year", "Total", "Total", "9"),
    ]
    (told,) = read(data / "indicator_definitions.csv")
    assert told["indicator"] == "referrals" and told["numerator"] == "referrals in the year to 31 March"
    with pytest.raises(ValueError, match="has no name"):
        indicator_time("last week")


def test_the_package_validates_and_its_hashes_hold(data):
    from frictionless import Package

    report = Package(str(data / "datapackage.json")).validate()
    assert report.valid, report.flatten(["title", "message"])
    package = json.loads((data / "datapackage.json").read_text(encoding="utf8"))
    for one in package["resources"]:
        content = (data / one["path"]).read_bytes()
        assert one["bytes"] == len(content) and one["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert (data / one["metadata"]).exists()


def test_the_package_refuses_an_indicator_without_a_definition(data, tmp_path):
    from frictionless import Package

    for path in data.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    values = (tmp_path / "indicator_values.csv").read_text(encoding="utf-8-sig")
    (tmp_path / "indicator_values.csv").write_text(
        values.replace("referrals", "unheard_of"), encoding="utf-8-sig"
    )
    assert not Package(str(tmp_path / "datapackage.json")).validate().valid


def test_the_package_says_source_licence_and_provenance_of_each_table(data):
    package = json.loads((data / "datapackage.json").read_text(encoding="utf8"))
    rate = next(one for one in package["resources"] if one["name"] == "rate")
    assert rate["title"] == "Figure 1.1: Rate of referral" and rate["page"] == "01_rates.html#fig-rate"
    assert rate["provenance"] == "official" and rate["licenses"][0]["name"] == "OGL-UK-3.0"
    assert rate["sources"] == [
        {"title": "The publisher, the statistics", "file": "official/a.csv", "licence": "OGL-3.0",
         "provenance": "official", "hash": f"sha256:{'a' * 64}"}
    ]  # fmt: skip
    assert "" in rate["schema"]["missingValues"] and "c" in rate["schema"]["missingValues"]


def test_the_read_me_lists_every_file_and_explains_letters_and_kinds(data):
    text = (data / "README.txt").read_text(encoding="utf-8-sig")
    for path in data.glob("*.csv"):
        assert path.name.endswith(".meta.csv") or f"  {path.name}\n" in text
    assert "c  withheld so that no child can be recognised" in text and SIMULATED in text
    assert "Figure 1.2: Missing. Illustrative" in text


def test_the_zip_holds_the_same_files_and_the_same_book_the_same_bytes(figure_report, data, tmp_path):
    (packed,) = data.parent.glob("*.zip")
    with zipfile.ZipFile(packed) as parts:
        assert {name: parts.read(name) for name in parts.namelist()} == {
            p.name: p.read_bytes() for p in data.iterdir()
        }
    write_open_data(read_book(figure_report.book), tmp_path)
    assert (tmp_path / packed.name).read_bytes() == packed.read_bytes()


def test_a_book_that_nothing_is_known_of_gives_plain_tables(figure_report):
    found = exhibits(resolve(read_book(figure_report.book), "html"))
    assert {data_file.data_file(exhibit, About("2015-16")).layout for exhibit in found} == {"plain"}
    assert list(read_about(read_book(figure_report.book)).indicators) == ABOUT["indicators"]


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2015-16", ("201516", "Financial year")),
        ("April 2015", ("2015", "April")),
        ("2014-15 Q3", ("201415", "Financial year Q3")),
        ("Q1", ("201516", "Financial year Q1")),
        ("2015", None),
        ("Apricot 2015", None),
    ],
)
def test_times_are_found_in_words(text, when):
    assert data_file.time_of(text, "2015-16") == when


def test_the_rules_name_figures_that_there_are():
    written = " ".join(path.read_text(encoding="utf8") for path in Project(ROOT).chapters())
    for key, rule in data_file.rules().items():
        assert re.search(rf"\b(fig|tbl)-{key}\b", written), (
            f"open_data.csv speaks of '{key}', which no notebook has"
        )
        assert rule["layout"] in {"plain", "statistics"}


def test_the_lines_for_pandas_in_the_manual_run(data, monkeypatch):
    text = (ROOT / "docs" / "open-data.md").read_text(encoding="utf8")
    (code,) = re.findall(r"```python\n(.*?)```", text, flags=re.S)
    assert len([line for line in code.splitlines() if line]) == 3
    monkeypatch.chdir(data)
    names = {}
    exec(code.replace("referral-rate", "rate"), names)
    made = next(value for value in names.values() if isinstance(value, pd.DataFrame))
    assert made["rate"].tolist()[:2] == [622.3, 431.3] and made["time_period"].dtype == "str"
