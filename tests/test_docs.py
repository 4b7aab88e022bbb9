"""The documentation: it is built, it leads everywhere it says, its commands run, its messages are those of the code."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from browsing import RULES, needs_browser, watched
from conftest import ROOT
from typer.testing import CliRunner

from bscbdata.cli import app
from bscbdata.facts import definitions as fact_definitions
from bscbdata.indicators import definitions
from bscbdata.manual import build_docs, reference
from bscbdata.places import Project
from bscbdata.sources import source_names

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NOT_YET = {"docs/another-board.md", "docs/scale.md"}
# Run in a copy of the project that was built, one of each with most of its options; all are held against the options
# that there are, and what takes long (build, clean, diff) is run by the tests that are about it.
RUN = ("facts", "check", "templates", "review list", "review sheet")


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
    made = {path.name for path in pages.glob("*.html")} - {"accessibility.html"}
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
    text = {path.stem: path.read_text(encoding="utf8") for path in site[0].glob("reference-*.html")}
    assert all(f'id="table-{name}"' in text["reference-tables"] for name in source_names())
    assert all(f"<code>{name}</code>" in text["reference-indicators"] for name in definitions())
    assert all(f"<code>{name}</code>" in text["reference-facts"] for name in fact_definitions())
    commands = dict(reference.all_commands(app))
    assert {"build", "check", "review import", "sources add", "docs"} <= set(commands)
    assert all(f"bscb {name}" in text["reference-commands"] for name in commands)
    assert not re.search(r"–[a-z]", text["reference-commands"]), "an option keeps its two dashes"
    said = re.sub(r"<[^>]+>", "", text["reference-python"])
    assert "report.odd_months(table=" in said and "report.odd_months(&quot;contacts&quot;" in said


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
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page, options=RULES).response["violations"]
        assert found == [], [(one["id"], one["nodes"][0]["html"]) for one in found]
    page.context.close()


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


def _is_run(command):
    """Whether it is cheap, whole (no words that stand for others), and of the year that there is."""
    known, name, words = _named(command)
    stands_for = any(re.search(r"[A-Z]{3,}|<|…|\.(?:csv|xlsx|docx)$", word) for word in words)
    needed = {option for one in known.params if one.required for option in one.opts if option.startswith("-")}
    other_years = any(re.fullmatch(r"20\d\d-\d\d", word) and word != "2015-16" for word in words)
    return bool(words) and name in RUN and needed <= set(words) and not stands_for and not other_years


@pytest.fixture(scope="module")
def copy(first_build, tmp_path_factory):
    root = tmp_path_factory.mktemp("commands") / "project"
    shutil.copytree(first_build.project.root, root)
    return root


def _one_of_each():
    """Of the commands that are run, the longest of each name."""
    found = {}
    for command in filter(_is_run, (c for c in COMMANDS if c.startswith("bscb "))):
        name = _named(command)[1]
        found[name] = max(found.get(name, ""), command, key=len)
    return sorted(found.values())


@pytest.mark.parametrize("command", _one_of_each())
def test_a_cheap_command_that_is_shown_runs(command, copy, monkeypatch):
    monkeypatch.setenv("BSCB_PROJECT", str(copy))
    ran = CliRunner().invoke(app, shlex.split(command)[1:], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output


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
