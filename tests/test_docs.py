"""The documentation: it is built, it leads everywhere it says, its commands run, its messages are those of the code."""

import ast
import csv
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from browsing import faults_anywhere, needs_browser, watched
from click.testing import CliRunner
from conftest import ROOT
from invented_journeys import journeys
from invented_returns import write_annex_a
from openpyxl import Workbook
from test_adding import EES_HEADER

from bscbdata.cli import app
from bscbdata.facts import definitions as fact_definitions
from bscbdata.findings import DataStop
from bscbdata.indicators import definitions
from bscbdata.lists import read_list
from bscbdata.manual import build_docs, reference
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.provenance import receive
from bscbdata.releases.maps import load_map
from bscbdata.sources import source_names

pytestmark = pytest.mark.usefixtures("one_parent")

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NOT_YET = {"docs/another-board.md", "docs/scale.md"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The documentation as a book, with what was found while making it."""
    root = tmp_path_factory.mktemp("docs")
    shutil.copytree(ROOT / "docs", root / "docs")
    first, findings = build_docs(Project(root), app)
    return first.parent, findings


# ---- the book ----------------------------------------------------------------------------------------------------


def test_every_page_is_in_the_contents_and_what_is_not_written_yet_is_said(site):
    listed = yaml.safe_load((ROOT / "docs" / "_quarto.yml").read_text(encoding="utf8"))["book"]["chapters"]
    names = [name for entry in listed for name in ([entry] if isinstance(entry, str) else entry["chapters"])]
    assert {path.name for path in (ROOT / "docs").glob("*.md")} <= set(names)
    pages, findings = site
    assert {finding.file for finding in findings} <= NOT_YET
    made = {path.name for path in pages.glob("*.html")}  # no page that speaks of a report and its publisher
    assert made == {Path(n).stem + ".html" for n in names} - {Path(f.file).stem + ".html" for f in findings}


def test_the_book_that_is_left_is_one_that_quarto_reads(site):
    book = site[0].parent / "book"
    plan = yaml.safe_load((book / "_quarto.yml").read_text(encoding="utf8"))
    assert plan["project"] == {"type": "book", "output-dir": "_book"}
    chapters = [
        name
        for entry in plan["book"]["chapters"]
        for name in ([entry] if isinstance(entry, str) else entry["chapters"])
    ]
    assert chapters[0] == "index.ipynb" and all((book / name).exists() for name in chapters)


def test_the_reference_has_all_there_is(site):
    pages = {path.stem: path.read_text(encoding="utf8") for path in site[0].glob("reference-*.html")}
    text = {name: page.replace("<wbr>", "") for name, page in pages.items()}  # where a name may break
    assert all(f'id="table-{name}"' in text["reference-tables"] for name in source_names())
    assert all(f"<code>{name}</code>" in text["reference-indicators"] for name in definitions())
    assert all(f"<code>{name}</code>" in text["reference-facts"] for name in fact_definitions())
    commands = dict(reference.all_commands(app))
    assert {"build", "check", "review import", "sources add", "docs"} <= set(commands)
    assert all(f"bscb {name}" in text["reference-commands"] for name in commands)
    assert not re.search(r"–[a-z]", text["reference-commands"]), "an option keeps its two dashes"
    said = re.sub(r"<[^>]+>", "", text["reference-python"])
    assert "report.odd_months(table=" in said and "report.odd_months(&quot;contacts&quot;" in said


def test_every_option_says_what_it_does():
    commands = dict(reference.all_commands(app))
    silent = [
        (name, one.name)
        for name, command in commands.items()
        for one in command.params
        if not getattr(one, "help", "")
    ]
    assert [found for found in silent if found[1] != "help"] == []


def test_links_between_files_of_the_repository_lead_somewhere():
    made = set(reference.pages(app))
    for page in PAGES:
        text = re.sub(r"`[^`]*`", "", page.read_text(encoding="utf8"))
        for target, anchor in re.findall(r"\]\((?!\w+:)([\w./-]+)(#[\w-]+)?\)", text):
            there = page.parent / target
            assert there.exists() or target in made or f"docs/{target}" in NOT_YET, f"{page.name}: {target}"
            assert not anchor or anchor[1:] in _anchors(there), f"{page.name}: {target}{anchor}"


def _anchors(page):
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf8"), flags=re.M)
    return {re.sub(r"[^\w -]", "", head).strip().lower().replace(" ", "-") for head in heads}


@needs_browser
@pytest.mark.parametrize("name", ["index", "tutorial", "troubleshooting", "reference-commands"])
def test_a_page_stands_alone_reads_well_and_fits_a_phone(site, browser, name):
    page = watched(browser.new_context())
    page.goto((site[0] / f"{name}.html").as_uri())
    assert page.said == [] and all(url.startswith("file:") for url in page.asked)
    assert faults_anywhere(page, (1280, 320)) == {}
    page.context.close()


@needs_browser
def test_on_a_phone_code_breaks_between_its_words(site, browser):
    """No line of a piece of code in a table begins within a word."""
    page = browser.new_page(viewport={"width": 375, "height": 900})
    page.goto((site[0] / "how-to.html").as_uri())
    begun = page.evaluate(
        """() => [...document.querySelectorAll("td code")].flatMap((code) => {
          const letters = [], walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
          for (let node = walker.nextNode(); node; node = walker.nextNode())
            for (let at = 0; at < node.length; at++) {
              const range = new Range();
              range.setStart(node, at), range.setEnd(node, at + 1);
              letters.push([node.data[at], range.getBoundingClientRect().top]);
            }
          return letters.flatMap(([letter, top], at) =>
            at && top > letters[at - 1][1] + 5 && /\\w/.test(letter) && /[a-z0-9]/.test(letters[at - 1][0]) ? [code.textContent] : []);
        })"""
    )
    assert begun == []
    page.close()


# ---- commands ----------------------------------------------------------------------------------------------------


def shown_commands():
    """Every command that the documentation shows, without the words beside it."""
    found = {}
    for page in PAGES:
        text = page.read_text(encoding="utf8")
        lines = re.findall(r"^(?: {4}|\t)\s*((?:bscb|make) .+)$", text, flags=re.M)
        lines += re.findall(
            r"^((?:bscb|make) .+)$",
            "\n".join(re.findall(r"```[^\n]*\n(.*?)```", text, flags=re.S)),
            flags=re.M,
        )
        lines += re.findall(r"`((?:bscb|make) [^`\n]+)`", text)
        for line in lines:
            command = re.split(r"\s{2,}|\s#\s", line.strip())[0]
            found.setdefault(command, page.name)
    return found


COMMANDS = shown_commands()


def _named(command):
    """The command of ours and its words: `review sheet`, and what follows."""
    words = shlex.split(command.replace("'", ""))[1:]
    known = dict(reference.all_commands(app))
    name = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
    return known.get(name), name, words[len(name.split()) :]


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("bscb ")])
def test_a_command_that_is_shown_is_one_there_is_with_options_it_has(command):
    known, name, words = _named(command)
    assert known is not None, f"{COMMANDS[command]}: there is no `bscb {name}`"
    options = {option for one in known.params for option in one.opts} | {"--help"}
    asked = {word.partition("=")[0] for word in words if word.startswith("--")}
    passed_on = name == "lab"
    assert asked <= options or passed_on, f"{COMMANDS[command]}: `{command}`"


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("make ")])
def test_a_target_of_make_that_is_shown_is_there(command):
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf8"), flags=re.M)
    assert command.split()[1] in targets, f"{COMMANDS[command]}: `{command}`"


# Run here, in a copy of the project that was built. Every other command that is shown stands in one of the lists below it.
RUN = (
    "facts",
    "check",
    "clean",
    "templates",
    "review list",
    "review sheet",
    "simulate",
    "build --why",
    "build --chapter",
)
YEAR_PAGE = "test_next_year.py::test_the_commands_of_the_page_of_the_year_run_one_after_another"
RUN_ELSEWHERE = {
    "bscb build --areas neighbours --years 2013-14..2015-16": "test_many.py::test_areas_are_names_regions_or_neighbours_each_once",
    "bscb build --areas … --years …": "test_many.py::test_areas_are_names_regions_or_neighbours_each_once",
    "bscb build --areas all --years 2015-16": "test_many.py::test_all_is_every_authority_of_which_figures_are_here",
    "bscb build --years 2010-11..2016-17": "test_many.py::test_the_long_run_has_every_year_of_every_official_indicator",
    "bscb build --year 2012-13": "test_national.py::test_it_is_built_where_it_belongs_and_says_what_it_is_made_from",
    "bscb build --year 2014-15": "test_national.py::test_it_is_built_where_it_belongs_and_says_what_it_is_made_from",
    "bscb build --year 2015-16 --area Surrey": "test_national.py::test_it_is_built_where_it_belongs_and_says_what_it_is_made_from",
    "bscb build --year 2015-16 --audience young-people": "test_young_people.py::test_every_claim_holds_and_every_number_is_bound",
    "bscb build --year 2015-16": "test_same_bytes.py::test_two_machines_build_the_same_report",
    "bscb check --year 2015-16": "test_cli.py::test_check_lists_what_was_checked_and_fails_on_a_failure",
    "bscb check --year 2015-16 --all": "test_cli.py::test_check_lists_what_was_checked_and_fails_on_a_failure",
    "bscb build --renderer quarto": "test_quarto_parity.py::test_quarto_makes_the_same_book",
    "bscb diff": "test_review_command.py::test_diff_alone_compares_the_last_draft_with_this_one_charts_side_by_side",
    "bscb diff 2014-15 2015-16": "test_diff.py::test_two_years_and_two_folders_can_be_named",
    "bscb diff archive/july 2015-16": "test_diff.py::test_two_years_and_two_folders_can_be_named",
    "bscb diff a1b2c3d HEAD": "test_diff.py::test_a_commit_whose_edition_is_kept_is_not_built_again",
    "bscb diff --year 2016-17": "test_review_command.py::test_diff_alone_compares_the_last_draft_with_this_one_charts_side_by_side",
    "bscb docs": "test_docs.py::test_the_reference_has_all_there_is",
    "bscb lab": "test_explore.py::test_lab_opens_the_notebook",
    "bscb review import back.xlsx jane.docx --year 2015-16": "test_review_command.py::test_comments_of_word_and_of_the_sheet_are_gathered_by_chapter",
    "bscb verify build/2015-16/report": "test_same_bytes.py::test_a_report_is_verified_by_building_it_again_and_what_is_not_the_same_is_named",
    "bscb watch --year 2015-16": "test_watch.py::test_a_saved_text_is_shown_and_ctrl_c_leaves_nothing_running",
    "bscb build --year 2015-16 --final": "test_docs.py::test_a_final_edition_stops_on_a_typed_number_names_it_and_makes_no_report",
    "bscb build --year 2016-17 --final": "test_docs.py::test_a_final_edition_stops_on_a_typed_number_names_it_and_makes_no_report",
}
# They stand for any file: run here with one of the kind put in its place, and with what is then said.
WITH_A_FILE = {
    "bscb sources add SFR61_2017_UD.csv": "SFR61_2017_UD.csv is nearest to children_in_need of 2016-17",
    "bscb sources add file.csv": "file.csv is a file of explore-education-statistics",
    "bscb sources add file.xlsx": "file.xlsx is a statutory return (annex_a)",
    "bscb sources add return.xlsx --year 2016-17": "return.xlsx is nearest to contacts of 2016-17",
    "bscb build --year 2016-17 --allow-rejects": "row 2, column 'Enquiries': 'many' is not a number",
}


def _kind(command):
    """The command by its name, a build by its option too: `build --why`."""
    _, name, words = _named(command)
    asked = next((word for word in ("--why", "--chapter") if word in words), "")
    return f"{name} {asked}".strip()


def _is_a_name(command):
    """Whether the text only names a command, and leaves out what has to follow it."""
    known, name, words = _named(command)
    alone = {"diff", "docs", "lab"}
    return not words and name not in alone


def _is_run(command):
    """Whether it is run here: of the year that was built, or one whose files are made by it."""
    other = any(re.fullmatch(r"20\d\d-\d\d", word) and word != "2015-16" for word in _named(command)[2])
    here = _kind(command) in RUN and command not in RUN_ELSEWHERE
    return here and not _is_a_name(command) and (not other or _kind(command) == "simulate")


def _of_the_year_page(command):
    lines = (ROOT / "docs" / "yearly-run.md").read_text(encoding="utf8").splitlines()
    return f"    {command}" in lines and "--final" not in command


OURS = [command for command in COMMANDS if command.startswith("bscb ")]


def test_every_command_that_is_shown_is_run_by_a_test():
    left = [c for c in OURS if not (_is_a_name(c) or _is_run(c) or _of_the_year_page(c))]
    assert set(left) <= set(RUN_ELSEWHERE) | set(WITH_A_FILE), (
        set(left) - set(RUN_ELSEWHERE) - set(WITH_A_FILE)
    )
    assert set(RUN_ELSEWHERE) | set(WITH_A_FILE) <= set(COMMANDS), (
        "what is no longer shown is no longer listed"
    )
    for test in {*RUN_ELSEWHERE.values(), YEAR_PAGE}:
        file, name = test.split("::")
        assert f"def {name}(" in (ROOT / "tests" / file).read_text(encoding="utf8"), test


def _what_a_test_does(file, name):
    """The text of a test with the fixtures and functions of its file that it reaches; empty when there is none."""
    source = (ROOT / "tests" / file).read_text(encoding="utf8")
    known = {one.name: one for one in ast.parse(source).body if isinstance(one, ast.FunctionDef)}
    reached, waiting = {}, [name]
    while waiting:
        one = known.get(waiting.pop())
        if one is not None and one.name not in reached:
            reached[one.name] = ast.get_source_segment(source, one)
            waiting += [each.id for each in ast.walk(one) if isinstance(each, ast.Name)]
            waiting += [each.arg for each in one.args.args]
    return "\n".join(reached.values())


@pytest.mark.parametrize(("command", "test"), RUN_ELSEWHERE.items())
def test_a_test_that_runs_a_shown_command_speaks_of_what_the_command_asks_for(command, test):
    does, (_, name, words) = _what_a_test_does(*test.split("::")), _named(command)
    options = [word.strip("-").rstrip("s").replace("-", "_") for word in words if word.startswith("--")]
    asked = [word for word in (name.split()[0], *options) if word not in ("build", "year")]
    assert does and [word for word in asked if word not in does] == []


@pytest.fixture(scope="module")
def copy(first_build, tmp_path_factory):
    root = tmp_path_factory.mktemp("commands") / "project"
    shutil.copytree(first_build.project.root, root)
    return root


@pytest.mark.parametrize("command", sorted(filter(_is_run, OURS)))
def test_a_command_that_is_shown_runs(command, copy, monkeypatch):
    monkeypatch.setenv("BSCB_PROJECT", str(copy))
    ran = CliRunner().invoke(app, shlex.split(command)[1:], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output


@pytest.fixture(scope="module")
def clone(small_build, tmp_path_factory):
    """A small project with the code of its own in it, as a clone has: what is written into its maps stays there.

    The next year is begun in it, and one agency sent a row that cannot be used.
    """
    root = tmp_path_factory.mktemp("clone") / "project"
    shutil.copytree(small_build, root)
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__"))
    assert "maps have a column 2016-17" in _in_clone(root, "bscb new-year 2016-17")
    sent = root / "data" / "raw" / "2016-17" / "childrens_social_care" / "mash_enquiries.csv"
    sent.parent.mkdir()
    sent.write_text("Month ending,Enquiries\n30/04/2016,many\n31/05/2016,90\n", encoding="utf8")
    receive(sent, "The council")
    _write_files(root)
    return root


def _in_clone(root, command):
    environment = {**os.environ, "BSCB_PROJECT": str(root), "PYTHONPATH": str(root / "src")}
    words = [sys.executable, "-m", "bscbdata.cli", *shlex.split(command)[1:]]
    ran = subprocess.run(
        words, env=environment, capture_output=True, text=True, encoding="utf8", check=False, cwd=root
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


def _write_files(root):
    """A file of each kind that the documentation speaks of."""
    headers = [
        header.partition("#")[0] for _, header in load_map("children_in_need").promised(ReportYear(2016))
    ]
    with (root / "SFR61_2017_UD.csv").open("w", encoding="utf8", newline="") as lines:
        csv.writer(lines).writerows([headers, ["1"] * len(headers)])
    row = "201617,Financial year,National,E92000001,England,,,,,,646120"
    (root / "file.csv").write_text(f"{EES_HEADER},Referrals\n{row}\n", encoding="utf8")
    made = journeys(ReportYear(2016), contacts=30)
    write_annex_a(made, root / "file.xlsx", made.start)
    book = Workbook()
    for line in (
        ["Month", "Source", "Result", "Number of contacts"],
        ["01/04/2016", "Police", "Referral", 40],
    ):
        book.active.append(line)
    book.save(root / "return.xlsx")


@pytest.mark.parametrize(("command", "said"), WITH_A_FILE.items())
def test_a_command_that_stands_for_any_file_runs_with_one(command, said, clone):
    assert said in _in_clone(clone, command)


def test_what_the_commands_write_into_maps_is_in_the_clone_and_not_here(clone):
    for name in ("contacts", "placements"):
        place = f"src/bscbdata/sources/{name}/columns.csv"
        assert "2016-17" in read_list(clone / place)[0] and "2016-17" not in read_list(ROOT / place)[0]


def test_a_final_edition_stops_on_a_typed_number_names_it_and_makes_no_report(
    small_build, tmp_path, monkeypatch
):
    root = tmp_path / "project"
    shutil.copytree(small_build, root)
    shutil.rmtree(root / "build" / "2015-16")
    monkeypatch.setenv("BSCB_PROJECT", str(root))
    text = root / "data" / "raw" / "2015-16" / "commentary" / "zz_small.md"
    kept = text.read_text(encoding="utf8")
    text.write_text(f"{kept}Last year 12 children waited.\n", encoding="utf8")
    with pytest.raises(DataStop, match="not bound to a fact. Found '12'"):
        CliRunner().invoke(app, ["build", "--year", "2015-16", "--final"], catch_exceptions=False)
    assert not (root / "build" / "2015-16" / "report").exists()
    text.write_text(kept, encoding="utf8")
    made = CliRunner().invoke(app, ["build", "--year", "2015-16", "--final"], catch_exceptions=False)
    assert made.exit_code == 0 and (root / "build" / "2015-16" / "report" / "index.html").is_file()


# ---- messages ----------------------------------------------------------------------------------------------------


def test_messages_that_are_explained_are_those_of_the_code():
    code = "\n".join(path.read_text(encoding="utf8") for path in sorted((ROOT / "src").rglob("*.py")))
    code = re.sub(r'"\s*\n\s*f?"', "", code)
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf8")
    messages = re.findall(r"^\| `([^`]+)` \|", page, flags=re.M)
    assert len(messages) > 25
    for message in messages:
        for part in message.split("…"):
            assert part.strip(" '.:") in code, f"no message of ours says: {message}"
