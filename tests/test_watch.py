"""Watching: what was saved decides what is shown; the report on disk is never changed by it; nothing is left running."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from http.client import HTTPConnection

import pytest
from conftest import ROOT
from test_kernels import _until, marked

from bscbdata.build.watch import chapters_of, saved
from bscbdata.build.watch.server import serving
from bscbdata.period import ReportYear
from bscbdata.places import Project

YEAR = ReportYear(2015)
PAGE = (
    '<!DOCTYPE html><html><head><meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "script-src 'self' file:\"><title>One</title></head><body><p>{}</p></body></html>"
)


@pytest.fixture
def site(tmp_path):
    """A build with a page, and something that must not leave the machine."""
    for name in ("report", "chapters/one"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "one.html").write_text(PAGE.format(name), encoding="utf8")
    (tmp_path / "withheld.csv").write_text("secret", encoding="utf8")
    with serving(tmp_path, 0) as server:
        yield server


def status(address, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_only_the_pages_are_served_and_only_under_this_machines_name(site):
    assert status(f"{site.address}/report/one.html") == 200
    for place in ("/withheld.csv", "/report/../withheld.csv", "/report/%2e%2e/withheld.csv", "/ledger/"):
        assert status(site.address + place) == 404, place
    assert status(f"{site.address}/report/one.html", Host="elsewhere.example") == 403
    assert site.address.startswith("http://127.0.0.1:")


def test_an_open_page_goes_where_it_was_made_anew_and_its_file_stays_as_it_is(site, tmp_path, browser):
    page = browser.new_page()
    page.goto(f"{site.address}/report/one.html")
    page.wait_for_function("performance.getEntriesByName(location.origin + '/changes').length || true")
    time.sleep(0.3)
    site.tell("/chapters/two/two.html")  # another page: this one stays
    site.tell("/chapters/one/one.html")
    page.wait_for_url("**/chapters/one/one.html")
    assert page.inner_text("p") == "chapters/one"
    (tmp_path / "report" / "one.html").write_text(PAGE.format("made anew"), encoding="utf8")
    time.sleep(0.3)
    site.tell("/report/")
    page.wait_for_url("**/report/one.html")
    assert page.inner_text("p") == "made anew"
    page.close()
    assert (tmp_path / "report" / "one.html").read_text(encoding="utf8") == PAGE.format("made anew")


def test_a_page_that_waits_does_not_hold_up_the_end(tmp_path):
    (tmp_path / "report").mkdir()
    with serving(tmp_path, 0) as server:
        line = HTTPConnection(server.address.removeprefix("http://"))
        line.request("GET", "/changes")
        answer = line.getresponse()
        server.tell("/report/")
        assert answer.readline() == b"data: /report/\n"
    assert not answer.isclosed(), "the block has ended, and who waits has not"
    line.close()


@pytest.mark.parametrize(
    ("changed", "sections", "shown"),
    [
        (["notebooks/07_neglect.ipynb"], [], ["07_neglect"]),
        (["data/raw/2015-16/commentary/07_neglect.md"], ["neglect-next"], ["07_neglect"]),
        (["data/raw/2015-16/commentary/x.md"], ["no-chapter-shows-it"], []),
        (["notebooks/07_neglect.ipynb", "data/raw/2015-16/board/members.csv"], [], []),
        (["_quarto.yml"], [], []),
    ],
)
def test_what_was_saved_decides_which_chapters_are_shown_at_once(project, changed, sections, shown):
    paths = {project.root / name for name in changed}
    now = dict.fromkeys(sections, ("new", "x.md"))
    assert chapters_of(project, YEAR, paths, dict.fromkeys(now, ("old", "x.md")), now) == shown


def test_what_editors_leave_beside_is_not_taken_for_a_save(tmp_path):
    folder = tmp_path / "notebooks" / ".ipynb_checkpoints"
    folder.mkdir(parents=True)
    for path in (folder / "a.ipynb", tmp_path / "notebooks" / "~$a.xlsx", tmp_path / "notebooks" / ".a.swp"):
        path.touch()
    (tmp_path / "notebooks" / "a.ipynb").touch()
    assert [path.name for path in saved(Project(tmp_path), YEAR)] == ["a.ipynb"]


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
def test_a_saved_text_is_shown_and_ctrl_c_leaves_nothing_running(first_build, tmp_path):
    project = Project(tmp_path / "project")
    shutil.copytree(first_build.project.root, project.root, ignore=shutil.ignore_patterns(".lock"))
    environment = {
        **os.environ,
        "BSCB_MARK": tmp_path.name,
        "PYTHONPATH": str(ROOT / "src"),
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "-m", "bscbdata.cli", "watch", "--year", "2015-16", "--port", "0"]
    log = (tmp_path / "log").open("w+", encoding="utf8")
    watching = subprocess.Popen(
        command, cwd=project.root, env=environment, stdout=log, stderr=subprocess.STDOUT
    )

    def said(words):
        return words in (tmp_path / "log").read_text(encoding="utf8")

    try:
        _until(lambda: said("The whole report made"), 120)
        path = project.raw / "2015-16" / "commentary" / "07_neglect.md"
        path.write_text(path.read_text(encoding="utf8") + "\nSaved while watched.\n", encoding="utf8")
        _until(lambda: said("07_neglect shown"), 120)
        page = project.build(YEAR) / "chapters" / "07_neglect" / "07_neglect.html"
        assert "Saved while watched." in page.read_text(encoding="utf8")
    finally:
        watching.send_signal(signal.SIGINT)
        watching.wait(60)
        log.close()
    _until(lambda: not marked(f"BSCB_MARK={tmp_path.name}"), 20)
    report = project.build(YEAR) / "report"
    assert not re.search("reload.js", (report / "07_neglect.html").read_text(encoding="utf8"))
