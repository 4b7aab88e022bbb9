"""At home in a notebook: what an error shows, what Tab completes, how tables and names look."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import IPython
import nbformat
import pandas as pd
import pytest
from conftest import NOTEBOOKS, ROOT
from IPython.core.interactiveshell import InteractiveShell
from IPython.lib.pretty import pretty
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from traitlets.config.loader import PyFileConfigLoader

import bscbdata as bscb
from bscbdata import lab, record
from bscbdata.build import ledger
from bscbdata.facts import FactError
from bscbdata.gaps import NoData
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.reports.figures import Text
from bscbdata.tables import read_all, write_table


@pytest.fixture
def shell(cleaned_report, monkeypatch):
    """A shell as a notebook has it, in which the package has settled in."""
    made = InteractiveShell()
    made.run_line_magic("colors", "nocolor")
    monkeypatch.setattr(IPython, "get_ipython", lambda: made)
    lab.settle_in()
    made.user_ns |= {"report": cleaned_report, "bscb": bscb}
    return made


def said_by(shell, cell, capsys):
    shell.run_cell(cell, store_history=True)
    return capsys.readouterr().out


def test_an_error_of_ours_shows_the_line_of_the_cell_and_the_sentence_alone(shell, capsys):
    said = said_by(shell, "wanted = 'referals'\nreport.indicator(wanted)", capsys)
    assert "----> 2 report.indicator(wanted)" in said and re.search(r"line 2|:2", said)
    assert "There is no indicator 'referals'. Near it: referrals" in said
    assert ".py" not in said and len(said.splitlines()) < 12
    whole = said_by(shell, "%tb Plain", capsys)
    assert "data.py" in whole and "There is no indicator" in whole


def test_a_function_of_the_cell_stays_on_the_way_to_an_error(shell, capsys):
    said = said_by(shell, "def ask():\n    return report.fact('no.such')\n\nask()", capsys)
    assert "----> 4 ask()" in said and "----> 2     return report.fact('no.such')" in said
    assert "facts.py" not in said


def test_a_slip_in_pandas_shows_the_line_of_the_cell_and_the_columns_there_are(shell, capsys):
    said = said_by(shell, "table = report.table('contacts')\ntable['mnth']", capsys)
    assert "----> 2 table['mnth']" in said and "KeyError: 'mnth'" in said
    assert "The table has no column 'mnth'. Near it: month. It has: month, source, outcome" in said
    assert ".py" not in said and len(said.splitlines()) < 12
    assert "%tb Plain shows where in pandas it was found" in said
    assert "get_loc" in said_by(shell, "%tb Plain", capsys)
    said = said_by(shell, "report.table('contacts').mnth", capsys)
    assert "no column 'mnth'. Near it: month" in said and len(said.splitlines()) < 12
    said = said_by(shell, "import pandas as pd\npd.to_datetime('no date')", capsys)
    assert "----> 2" in said and len(said.splitlines()) < 12 and lab.ADVICE not in said


def test_an_error_of_the_cell_itself_is_shown_whole(shell, capsys):
    said = said_by(shell, "1 / 0", capsys)
    assert "ZeroDivisionError" in said and "%tb" not in said


def test_a_long_trace_goes_whole_into_the_file_that_a_run_names(shell, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv(lab.TRACE, str(tmp_path / "trace.txt"))
    said_by(shell, "report.table('contacts')['colour']", capsys)
    assert "get_loc" in (tmp_path / "trace.txt").read_text(encoding="utf8")


# ---- saving ------------------------------------------------------------------------------------------------------


@pytest.fixture
def saves(monkeypatch, tmp_path):
    """The part of Jupyter that reads and saves notebooks, with the settings that `bscb lab` gives it."""
    settings = PyFileConfigLoader(
        "jupyter_server_config.py", str(ROOT / "src/bscbdata/definitions/lab")
    ).load_config()
    return AsyncLargeFileManager(root_dir=str(tmp_path), config=settings)


def saved(saves, name, change=lambda notebook: None):
    with ThreadPoolExecutor(1) as thread:  # a browser of another test may have a loop in this one
        model = thread.submit(asyncio.run, saves.get(name, content=True)).result()
        change(model["content"])
        thread.submit(asyncio.run, saves.save(model, name)).result()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_that_is_run_and_saved_is_to_the_byte_what_it_was(saves, tmp_path, path):
    shutil.copy(path, tmp_path)

    def run(notebook):
        notebook["metadata"]["language_info"] |= {"version": "3.13.1", "pygments_lexer": "ipython3"}
        notebook["metadata"]["kernelspec"]["display_name"] = "Python 3 (ipykernel)"
        for cell in notebook["cells"]:
            cell["metadata"] |= {"execution": {"iopub.status.busy": "2026-11-26T10:00:00Z"}, "trusted": True}
            if cell["cell_type"] == "code":
                shown = nbformat.v4.new_output("stream", text="Amy, 7 years")
                cell |= {"execution_count": 3, "outputs": [shown]}

    saved(saves, path.name, run)
    assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_what_an_author_writes_is_saved_and_what_is_no_notebook_is_left_alone(saves, tmp_path):
    shutil.copy(ROOT / "notebooks" / "07_neglect.ipynb", tmp_path)
    saved(saves, "07_neglect.ipynb", lambda notebook: notebook["cells"][2].update(source="Written anew."))
    assert "Written anew." in (tmp_path / "07_neglect.ipynb").read_text(encoding="utf8")
    (tmp_path / "note.txt").write_text("a note", encoding="utf8")
    saved(saves, "note.txt")
    assert (tmp_path / "note.txt").read_text(encoding="utf8") == "a note"


def test_a_notebook_that_another_program_saved_with_its_outputs_makes_nothing_run(tmp_path):
    """Where no `bscb lab` stood by, as in another editor."""
    root = tmp_path / "project"
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    shutil.copy(ROOT / "_quarto.yml", root)
    path = root / "notebooks" / "07_neglect.ipynb"
    before = ledger.chapter_parts(path, {}, Project(root)), record._of_notebook(path)
    notebook = json.loads(path.read_text(encoding="utf8"))
    notebook["cells"][1] |= {"execution_count": 1, "metadata": {"tags": ["parameters"], "trusted": True}}
    path.write_text(json.dumps(notebook), encoding="utf8")
    assert (ledger.chapter_parts(path, {}, Project(root)), record._of_notebook(path)) == before
    notebook["cells"][1]["source"] = "year = '2016-17'"
    path.write_text(json.dumps(notebook), encoding="utf8")
    assert (
        ledger.chapter_parts(path, {}, Project(root)) != before[0] and record._of_notebook(path) != before[1]
    )


def test_settling_in_twice_is_settling_in_once(shell):
    matchers = list(shell.Completer.custom_matchers)
    lab.settle_in()
    assert shell.Completer.custom_matchers == matchers


@pytest.mark.parametrize(
    "text, name",
    [
        ('report.chart("re_ref', "re_referrals_pct"),
        ("report.table('conta", "contacts"),
        ('rates = report.compare( "child_prot', "child_protection_plans_rate_per_10000"),
        ('report.fact("contacts.police.sh', "contacts.police.share"),
        ('report.prose("negl', "neglect"),
        ('report.odd_months("mas', "mash_enquiries"),
        ('bscb.report("2015', "2015-16"),
        ('bscb.report("', "2012-13"),  # from official figures alone
        ('bscb.catalogue("conta', "contacts"),
    ],
)
def test_a_name_is_completed_where_a_method_asks_for_it(shell, text, name):
    found = shell.complete(text)[1]
    assert name in found and not any(other.startswith("%") for other in found)


def test_names_complete_before_the_first_report():
    code = (
        "import bscbdata; print([str(m.matcher_identifier) for m in get_ipython().Completer.custom_matchers])"
    )
    ran = subprocess.run(
        [sys.executable, "-m", "IPython", "-c", code], capture_output=True, text=True, check=False
    )
    assert "bscbdata.names" in ran.stdout, ran.stderr


def test_outside_a_project_no_year_is_offered(monkeypatch, tmp_path):
    monkeypatch.delenv("BSCB_PROJECT", raising=False)
    monkeypatch.chdir(tmp_path)
    assert lab.asked_for({"bscb": bscb}, 'bscb.report("2015') == []


def test_an_edition_is_a_list_that_can_be_read(cleaned_report):
    said = pretty(cleaned_report.edition).splitlines()
    assert said[0] == "Edition of Buckinghamshire, 2015-16" and "  region: South East" in said
    assert not [line for line in said if line.endswith(": ") or "()" in line]


def test_the_charts_alone_are_offered_of_the_style():
    assert dir(bscb.style) == ["bars", "columns", "lines", "pairs", "panels", "stacked"]
    assert all(callable(getattr(bscb.style, name)) for name in dir(bscb.style))


def test_what_is_no_name_of_ours_is_completed_as_ever(shell):
    assert lab.asked_for(shell.user_ns, 'report.chart("re_referrals_pct", "') == []
    assert lab.asked_for(shell.user_ns, 'nobody.chart("re') == []
    assert "%timeit" in shell.complete("%time")[1]


def test_tables_say_what_each_one_is_and_a_mistyped_one_what_comes_close(cleaned_report, tmp_path):
    for name in ("contacts", "indicators"):
        write_table(cleaned_report.table(name), tmp_path, name)
    tables = read_all(tmp_path)
    with pytest.raises(KeyError, match="There is no table 'contcts'. Near it: contacts"):
        tables["contcts"]
    shown = tables._repr_html_()
    assert shown.startswith("<p>2 tables</p>") and "made from the others" in shown
    assert ">contacts</td>" in shown and "Contacts to children&#x27;s social care" in shown


def test_lists_of_names_have_their_words_to_the_left(cleaned_report):
    assert "text-align: left" in cleaned_report.indicators._repr_html_()


def test_long_words_have_room_in_a_list(cleaned_report):
    assert "min-width: 12em" in cleaned_report.catalogue("plan")._repr_html_()


def test_a_year_that_is_not_cleaned_yet_says_so_instead_of_failing(tmp_path):
    (tmp_path / "data" / "raw").mkdir(parents=True)
    for name in ("_quarto.yml", "data/raw/2015-16"):
        (tmp_path / name).symlink_to(ROOT / name, target_is_directory=(ROOT / name).is_dir())
    report = bscb.report("2015-16", project=Project(tmp_path))
    for said in (repr(report), report._repr_html_()):
        assert "none yet. Run `bscb clean --year 2015-16` first." in said
    assert report.edition.year == ReportYear(2015)


def test_jupyterlab_is_told_to_ask_nothing_of_the_network():
    told = json.loads((ROOT / "src/bscbdata/definitions/lab/overrides.json").read_text(encoding="utf8"))
    assert told["@jupyterlab/apputils-extension:notification"] == {
        "checkForUpdates": False,
        "fetchNews": "false",
    }


def test_a_trace_is_read_without_an_empty_heading_and_in_words(cleaned_report):
    lines = cleaned_report.fact("contacts.police.share").trace().lines()
    assert all(name for name, _ in lines)
    said = dict(lines)
    assert said["How"] == "contacts where source is Police, as a percentage of all contacts"
    assert re.match(r"Simulated in place of", said["Origin"])
    of_girls = dict(cleaned_report.fact("rusafe.female").trace().lines())["How"]
    assert of_girls.startswith("referrals where sex is Female and quarter is any of 2015-16, as a percentage")


# ---- what people mistype -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked, said",
    [
        (lambda r: r.chart("Referrals per 10,000 children"), "Its name is 'referrals_rate_per_10000'"),
        (lambda r: r.chart("referal_rate"), "Near it: referrals_rate_per_10000"),
        (
            lambda r: r.chart("referrals_rate_per_10000", areas=["Buckinghamshire", "Surey"]),
            "no value for 'Surey'. There are: Buckinghamshire",
        ),
        (lambda r: r.compare("referrals", areas="Bucks"), "no value for 'Bucks'"),
        (lambda r: r.odd_months("mash"), "Near it: mash_enquiries"),
        (
            lambda r: r.try_rule("missing_episodes", "episodes", by="quarters"),
            "no column quarters. There are",
        ),
        (lambda r: bscb.catalogue("kontacts"), "No source is called 'kontacts'. Near it: contacts"),
        (lambda r: bscb.report("2015-16", area="Bucks"), "Near it: Buckinghamshire"),
    ],
)
def test_what_is_mistyped_is_answered_with_what_was_most_likely_meant(cleaned_report, asked, said):
    with pytest.raises((KeyError, ValueError), match=re.escape(said)):
        asked(cleaned_report)


def test_one_area_or_column_needs_no_list_around_it(cleaned_report):
    one = cleaned_report.compare("referrals_rate_per_10000", "England")
    assert list(one.columns) == ["England"]
    assert set(cleaned_report.indicator("referrals", "England")["area"]) == {"England"}
    assert set(cleaned_report.chart("referrals_rate_per_10000", areas="England").data["area"]) == {"England"}
    tried = [cleaned_report.try_rule("missing_episodes", "episodes", by) for by in ("quarter", ["quarter"])]
    pd.testing.assert_frame_equal(*tried)


def test_a_report_tells_its_year_and_area_and_a_list_without_rows_what_that_means(cleaned_report):
    assert (cleaned_report.year, cleaned_report.area) == ("2015-16", "Buckinghamshire")
    assert repr(cleaned_report.catalogue("xyzzy")) == "No table or indicator speaks of 'xyzzy'."


def test_a_key_with_spaces_becomes_one_that_a_figure_can_have(cleaned_report):
    cell = cleaned_report.figure_cell("mash_enquiries", "My Hub!")
    assert cell.startswith("#| label: fig-my-hub\n") and 'key="my-hub"' in cell


@pytest.mark.parametrize(
    "fact, asked",
    [
        ("contacts.count", {"year": "2014-15"}),
        ("contacts.count", {"area": "England"}),
        ("contacts.police.share", {"year": "2014-15"}),
        ("ethnicity.white", {"year": "2014-15"}),
        ("eal.primary.england", {"area": "Surrey"}),
    ],
)
def test_a_number_of_this_year_is_never_given_as_one_of_another_year_or_area(cleaned_report, fact, asked):
    with pytest.raises(FactError, match=f"has no value for {next(iter(asked.values()))}"):
        cleaned_report.fact(fact, **asked)
    own = {"year": "2015-16", "area": "Buckinghamshire"}
    assert cleaned_report.fact(fact, **own).value == cleaned_report.fact(fact).value


def test_an_official_series_is_asked_for_other_years_and_areas(cleaned_report):
    assert cleaned_report.fact("referrals.rate_per_10000", year="2014/15").year == "2014-15"
    assert cleaned_report.fact("referrals.rate_per_10000", area="England").text == "532.2"


def test_an_area_without_tables_says_the_command_that_makes_them(tmp_path):
    (tmp_path / "data").mkdir()
    for name in ("_quarto.yml", "data/raw"):
        (tmp_path / name).symlink_to(ROOT / name, target_is_directory=(ROOT / name).is_dir())
    report = bscb.report("2012-13", area="Central Bedfordshire", project=Project(tmp_path))
    assert '`bscb clean --year 2012-13 --area "Central Bedfordshire"`' in repr(report)


@pytest.fixture
def without_swan_unit(tmp_path, cleaned_report):
    """A report without the table of a return that lies there; its project has no tables of its own."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "raw").symlink_to(ROOT / "data" / "raw", target_is_directory=True)
    report = replace(cleaned_report, project=Project(tmp_path))
    report.__dict__["_tidy"] = {n: t for n, t in cleaned_report._tidy.items() if n != "swan_unit"}
    return report


def test_a_return_that_came_after_the_tables_were_made_is_not_called_missing(without_swan_unit):
    with pytest.raises(
        KeyError, match="no table 'swan_unit' yet, but swan_unit.csv lies there. Run `bscb clean"
    ):
        without_swan_unit.table("swan_unit")


def test_a_return_that_was_read_and_has_headers_alone_is_missing(without_swan_unit):
    folder = without_swan_unit.project.processed(without_swan_unit.edition.year)
    folder.mkdir(parents=True)
    sent = "data/raw/2015-16/childrens_social_care/swan_unit.csv"
    (folder / "made_from.json").write_text(json.dumps({"made_from": {sent: "a hash"}}), encoding="utf8")
    with pytest.raises(NoData):
        without_swan_unit.table("swan_unit")


BOX = """Before.

::: {.callout-note .gap title="Not returned"}
- **Contacts.** Ask social care.
:::

After, [0800 1111](tel:08001111){.phone}."""
QUOTED = """Before.

> **Not returned**
>
> - **Contacts.** Ask social care.


After, [0800 1111](tel:08001111)."""


@pytest.mark.parametrize(("open_in_lab", "shown"), [(True, QUOTED), (False, BOX)])
def test_a_box_is_a_quotation_in_jupyterlab_and_a_fenced_box_in_a_run(monkeypatch, open_in_lab, shown):
    monkeypatch.delenv(lab.OPEN_IN_LAB, raising=False)
    if open_in_lab:
        monkeypatch.setenv(lab.OPEN_IN_LAB, "/project/notebooks/02_journey.ipynb")
    assert Text(BOX)._repr_mimebundle_()[0] == {"text/markdown": shown, "text/plain": BOX}


def test_no_box_of_the_commentary_is_left_open_or_fenced_in_jupyterlab(monkeypatch, cleaned_report):
    monkeypatch.setenv(lab.OPEN_IN_LAB, "/project/notebooks/02_journey.ipynb")
    shown = {name: lab.readable(text) for name, (text, _) in cleaned_report.commentary.items()}
    boxed = [name for name, text in shown.items() if text != cleaned_report.commentary[name][0]]
    assert boxed and not any(":::" in text for text in shown.values())
