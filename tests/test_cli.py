"""The command line as a person meets it: what it says, and its exit code."""

import csv
import io
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import replace

import pytest
from conftest import ROOT

from bscbdata import cli, gaps
from bscbdata.build.final import DECLARE, stopping
from bscbdata.cli.said import grouped, say_findings
from bscbdata.findings import DataStop, failure, warning
from bscbdata.gaps import NOT_RETURNED, Gap
from bscbdata.period import ReportYear
from bscbdata.places import Project


def in_its_own_process(*arguments, folder=ROOT):
    """Run the command in a folder and in nothing else; a stopped process is a result, not an error."""
    environment = {name: value for name, value in os.environ.items() if name != "BSCB_PROJECT"}
    command = [sys.executable, "-m", "bscbdata.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=folder)


@pytest.fixture
def returns(tmp_path):
    """A project with the returns alone, of which nothing has been made."""
    shutil.copytree(ROOT / "data" / "raw", tmp_path / "returns" / "data" / "raw")
    for name in ("_quarto.yml", "data/corrections.yml"):
        shutil.copy(ROOT / name, tmp_path / "returns" / name)
    return tmp_path / "returns"


def test_help_names_the_commands_and_waits_for_nothing():
    ran = in_its_own_process("--help")
    assert ran.returncode == 0 and all(
        name in ran.stdout for name in ("build", "clean", "check", "facts", "simulate", "lab")
    )
    heavy = "{'pandas', 'altair', 'papermill', 'pydantic', 'rich'} & set(sys.modules)"
    reads_its_options = "cli.app(['build', '--chapter', '07'], standalone_mode=False)"
    code = f"import sys, bscbdata.cli as cli\ntry: {reads_its_options}\nexcept ValueError: sys.exit(bool({heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_version_is_that_of_the_package():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))
    assert in_its_own_process("--version").stdout.split() == [
        "bscb,",
        "version",
        settings["project"]["version"],
    ]


@pytest.mark.parametrize("group", [(), ("review",), ("sources",)])
def test_help_says_each_command_in_a_line_that_is_not_cut_off(group):
    said = in_its_own_process(*group, "--help").stdout.partition("Commands:")[2].strip().splitlines()
    assert said and not [line for line in said if line.endswith("...")]


@pytest.mark.parametrize(
    ("year", "said"),
    [
        ("2015-17", "is not a report year"),
        ("2016", "is not a report year"),
        ("2031-32", "There is no data/raw/2031-32/year.toml. Years here: 2015-16"),
    ],
)
def test_a_wrong_year_stops_with_words_and_exit_code_1(year, said, monkeypatch, capsys):
    monkeypatch.setenv("BSCB_PROJECT", str(ROOT))
    for command in ("build", "clean", "check"):
        monkeypatch.setattr(sys, "argv", ["bscb", command, "--year", year])
        with pytest.raises(SystemExit) as end:
            cli.main()
        assert end.value.code == 1 and said in capsys.readouterr().err
    assert not (ROOT / "build" / year).exists()


def test_a_year_that_is_left_out_is_asked_for(bscb):
    ran = bscb("check")
    assert ran.returncode == 1 and "Say which report year: 2015-16" in ran.stderr


def test_outside_a_project_it_says_where_to_run(tmp_path):
    ran = in_its_own_process("check", "--year", "2015-16", folder=tmp_path)
    assert ran.returncode == 1 and "run this inside the folder that holds _quarto.yml" in ran.stderr


def test_what_a_file_on_windows_cannot_hold_is_written_all_the_same(monkeypatch):
    """A pipe or a file there takes the code page of Windows, which has no true minus sign."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(cli, "app", lambda: print("\N{MINUS SIGN}5 – 7"))
    cli.main()
    out.flush()
    assert out.buffer.getvalue().decode("cp1252").split() == ["\\u22125", "–", "7"]


def test_facts_prints_every_published_number_beside_ours(bscb, first_build):
    ran = bscb("facts", "--year", "2015-16", "--format", "csv", project=first_build.project.root)
    rows = list(csv.DictReader(io.StringIO(ran.stdout)))
    assert len(rows) == 334 and {"fact_id", "value", "unit", "provenance", "published", "difference"} <= set(
        rows[0]
    )
    assert {row["result"] for row in rows} == {"reproduced", "explained"}


def test_facts_fits_a_terminal_and_ends_with_what_differs_and_why(bscb, first_build):
    said = bscb("facts", "--year", "2015-16", project=first_build.project.root).stdout
    assert max(map(len, said.splitlines())) <= 80
    alike, differing = said.split("Explained")
    assert re.search(r"Live births a year +6,000 +6,000 ", alike) and "population.births" in alike
    total = re.search(r"Base contribution: Total +£317,360 +£301,360(.*?)budget", differing, re.S)
    assert total and "Thames Valley Police" in differing[total.start() :]


def test_a_year_without_a_printed_report_says_that_it_has_none_to_set_beside(bscb, returns):
    assert bscb("clean", "--year", "2014-15", project=returns).returncode == 0
    ran = bscb("facts", "--year", "2014-15", project=returns)
    assert ran.returncode == 1 and "No numbers of a printed report of 2014-15 are here" in ran.stderr


def test_one_fact_says_its_parts_and_where_they_stand(bscb, first_build):
    ran = bscb("facts", "contacts.police.share", "--year", "2015-16", project=first_build.project.root)
    assert ran.returncode == 0 and "as a percentage of all contacts" in ran.stdout
    assert "contacts_by_month.xlsx, sheet Contacts, rows 5" in ran.stdout and "SHA-256" in ran.stdout


def test_a_year_that_was_not_begun_is_told_how_to_begin_it(bscb):
    ran = bscb("check", "2016-17")
    assert ran.returncode == 1 and "Begin the year with `bscb new-year 2016-17`." in ran.stderr


def test_check_lists_what_was_checked_and_fails_on_a_failure(bscb, returns, tmp_path):
    ran = bscb("check", "--year", "2015-16", "--all", project=returns)
    assert ran.returncode == 0 and ran.stdout.count("passed ") > 60 and "nothing stops the run" in ran.stdout
    assert (returns / "build" / "2015-16" / "check" / "index.html").exists()
    empty = tmp_path / "data" / "raw" / "2015-16"
    empty.mkdir(parents=True)
    (empty / "year.toml").write_bytes((ROOT / "data" / "raw" / "2015-16" / "year.toml").read_bytes())
    ran = bscb("check", "--year", "2015-16", project=tmp_path)
    assert ran.returncode == 0 and "OUTSTANDING" in ran.stdout and "returns are outstanding" in ran.stdout
    assert "cannot be made before the returns are there" in " ".join(ran.stdout.split()), "sums are tried too"
    assert ran.stderr == "" and (tmp_path / "build" / "2015-16" / "check" / "checklist.html").exists()
    (empty / "members.csv.origin.toml").write_text('publisher = "P"\n', encoding="utf8")
    ran = bscb("check", "2015-16", project=tmp_path)
    assert ran.returncode == 1 and "The file is missing, and its origin is still here." in " ".join(
        ran.stdout.split()
    )


def test_a_return_that_is_missing_is_told_once_and_other_findings_each(capsys):
    (gap,) = gaps.told([Gap("placements", "Placements", NOT_RETURNED, "The council sends it.")], "")
    missing = warning("outstanding", "Placements: not returned.", advice="The council sends it.")
    other = warning("outstanding", "Surveys: not returned.", advice="The Board sends it.")
    say_findings([missing, other, gap, gap])
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "warning: Surveys: not returned. The Board sends it.",
        "gap: Placements: not returned. The council sends it. (placements, in 2 places)",
    ]


def test_findings_are_gathered_and_what_stops_a_final_edition_stands_first(capsys):
    edition = Project(ROOT).edition(ReportYear(2015))
    look = warning("audit", "Ask which is right.", file="a.csv")
    fell = [warning("claim", "It fell.", file=f"{name}.md", value=name) for name in "ab"]
    names = ("placements", "contacts")
    lacking = gaps.told([Gap(name, f"Their {name}: all", NOT_RETURNED, "Ask her.") for name in names], "")
    bad = failure("value", "A row cannot be used.", file="b.csv")
    say_findings([look, *lacking, *fell, bad, lacking[0]], edition)
    assert capsys.readouterr().err.splitlines() == [
        *("", "A final edition stops on:", "failure: b.csv: A row cannot be used."),
        *("warning: It fell. (2)", "    a.md: 'a'", "    b.md: 'b'", "gap: Not returned. Ask her. (2)"),
        *(
            "    Their placements: all (placements, in 2 places)",
            "    Their contacts: all (contacts, in 1 place)",
        ),
        *("", "To look at:", "warning: a.csv: Ask which is right."),
    ]
    heading, *lines = grouped(stopping(lacking, edition), mark="- ")
    assert heading.startswith("- data/raw/2015-16/year.toml: What is not here.")
    assert set(tomllib.loads("\n".join(lines))) == {"placements", "contacts"}, (
        "they can be copied as they are"
    )
    again = [
        replace(each, advice=f"{each.advice} Of another edition.") for each in stopping(lacking, edition)
    ]
    _, *lines = grouped([*stopping(lacking, edition), *again], mark="- ")
    assert [line.count("not returned") for line in lines] == [1, 1], (
        "what two editions lack alike is said once"
    )
    (alone,) = grouped(stopping(lacking[:1], edition), mark="- ")
    assert alone.endswith("Their placements: all: not returned. Ask her. " + DECLARE.format("placements"))


@pytest.mark.parametrize(("year", "another"), [("2016-17", False), ("2018-19", True)])
def test_returns_of_a_year_whose_totals_are_not_known_say_whose_they_keep(bscb, tmp_path, year, another):
    ran = bscb("simulate", "--year", year, "--into", str(tmp_path))
    assert ran.returncode == 0 and ("They keep to the totals of 2016-17" in ran.stdout) == another


@pytest.mark.parametrize(("check", "hint"), [("value", True), ("unread", False)])
def test_a_stop_on_rows_says_how_a_draft_goes_on_without_them(monkeypatch, capsys, check, hint):
    def stop():
        raise DataStop([failure(check, "A row cannot be used.")])

    monkeypatch.setattr(cli, "app", stop)
    with pytest.raises(SystemExit):
        cli.main()
    assert ("--allow-rejects" in capsys.readouterr().err) == hint


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device"), "Stopped: The disk is full. Make room on it"),
        (OSError(5, "Input/output error"), "Stopped: The system says: Input/output error."),
        (OSError(5, "Input/output error", "a.csv"), "Stopped: a.csv: Input/output error."),
        (BlockingIOError("Another run is at work."), "Stopped: Another run is at work."),
    ],
)
def test_what_the_system_says_is_told_in_words(monkeypatch, capsys, error, said):
    def stop():
        raise error

    monkeypatch.setattr(cli, "app", stop)
    with pytest.raises(SystemExit):
        cli.main()
    assert said in capsys.readouterr().err
