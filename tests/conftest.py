"""What all tests share: the project itself, and a folder of returns to break."""

import gc
import os
import pickle
import shutil
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from browsing import CHROMIUM, QUIET
from hypothesis import settings
from machines import MASKS, ONE, render_figures
from playwright.sync_api import sync_playwright
from small_book import write_project

from bscbdata import cli, publish
from bscbdata.build.clean import examine
from bscbdata.build.kernels import provisioner
from bscbdata.build.kernels.parent import SELDOM
from bscbdata.build.run import build
from bscbdata.indicators.long_table import compute_all
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.reports.report import Report
from bscbdata.tables import read_all, write_table

ROOT = Path(__file__).resolve().parents[1]
# JupyterLab keeps copies of what it saved beside them
NOTEBOOKS = [
    path for path in sorted((ROOT / "notebooks").rglob("*.ipynb")) if ".ipynb_checkpoints" not in path.parts
]
# no test asserts a time, on whatever machine
settings.register_profile("untimed", settings(), deadline=None)
settings.load_profile("untimed")
BOOK = ROOT / "tests" / "data" / "book"


def pytest_collection_finish():
    """Python looks for garbage as seldom as in a build: what is imported and the list of tests are none."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(SELDOM)


@pytest.fixture(scope="session")
def project() -> Project:
    return Project(ROOT)


@pytest.fixture(scope="session")
def cleaned_report(project, tmp_path_factory) -> Report:
    """The report of the returns as they are, of tidy tables that are written once for all tests."""
    year = ReportYear(2015)
    folder, _ = made_once(tmp_path_factory, "tidy", lambda folder: _write_tidy(project, year, folder))
    found = Report(project, project.edition(year))
    found.__dict__["_tidy"] = read_all(folder)
    return found


def _write_tidy(project, year, folder):
    tables = examine(project, year).tables
    for name, frame in {**tables, "indicators": compute_all(tables, year.label)}.items():
        write_table(frame, folder, name)


@pytest.fixture
def bscb(monkeypatch, capsys):
    """Runs the command in a project, in this process, as a person does: its exit code and what it said."""

    def run(*arguments, project=ROOT):
        monkeypatch.setenv("BSCB_PROJECT", str(project))
        monkeypatch.setattr(sys, "argv", ["bscb", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        said = capsys.readouterr()
        return SimpleNamespace(returncode=end.value.code or 0, stdout=said.out, stderr=said.err)

    return run


@pytest.fixture
def begun_report(cleaned_report) -> Report:
    """A report of which nothing has been read yet, as at the beginning of a chapter."""
    begun = Report(cleaned_report.project, cleaned_report.edition)
    begun.__dict__["_tidy"] = cleaned_report._tidy
    return begun


@pytest.fixture
def episodes(begun_report):
    """Missing episodes by district and quarter, some of them few."""
    table = begun_report.table("missing_episodes")
    frame = table[["district", "quarter", "episodes"]].astype({"district": "str"})
    assert frame["episodes"].between(1, 5).any()
    return frame.sort_values(["district", "quarter"]).reset_index(drop=True)


@pytest.fixture(scope="session")
def rendered_book(tmp_path_factory) -> Path:
    """The pages of the small book in `data/book`; to be read or copied, not changed."""
    return made_once(tmp_path_factory, "rendered", lambda out: publish.render(BOOK, out, "embedded"))[0]


@pytest.fixture(scope="session")
def figure_report(tmp_path_factory):
    """A small book of real figures (`.book`, see figure_book) and the report made of it (`.out`), as on one machine."""
    make = partial(render_figures, machine=ONE, mask=MASKS["one"])
    root, _ = made_once(tmp_path_factory, "figures", make)
    return SimpleNamespace(book=root / "book", out=root / "out")


@pytest.fixture(scope="session")
def first_build(tmp_path_factory):
    """A copy of the project (`.project`) and the report built in it (`.built`); to be read, not changed.

    It takes most of a minute: where tests run side by side, one of them builds and the others wait.
    """
    folder, built = made_once(tmp_path_factory, "first-build", _built)
    return SimpleNamespace(project=Project(folder), built=built)


@pytest.fixture(scope="module")
def one_parent():
    """One warm parent for all builds of a file, as `bscb watch` has one: without it each imports all it needs anew."""
    with provisioner.held():
        yield


@pytest.fixture(scope="session")
def small_build(tmp_path_factory) -> Path:
    """A project of two short chapters (see small_book) with its report; to be copied, not changed."""
    return made_once(tmp_path_factory, "small-build", _small_built)[0]


def made_once(tmp_path_factory, name, make):
    """A folder with what `make` makes in it, and what it gives; the test fails when it could not."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    told = folder.with_suffix(".pickle")
    try:
        folder.mkdir()
    except FileExistsError:
        while not told.exists():
            time.sleep(0.2)
    else:
        _keep(told, lambda: make(folder))
    found = pickle.loads(told.read_bytes())
    if isinstance(found, str):
        pytest.fail(found)
    return folder, found


def _small_built(root):
    write_project(root, ROOT)
    return build(Project(root), ReportYear(2015), renderer="embedded")


def _built(root):
    """The project in the folder, with the same returns, notebooks and list of chapters, built as a user does."""
    shutil.copy(ROOT / "_quarto.yml", root)
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    shutil.copytree(ROOT / "data" / "raw", root / "data" / "raw")
    shutil.copy(ROOT / "data" / "corrections.yml", root / "data")
    return build(Project(root), ReportYear(2015), renderer="embedded")


def _keep(path, make):
    """What was made, or what went wrong, for all to read; the file appears when it is whole."""
    try:
        found = make()
    except Exception as error:
        found = f"The project does not build. {error}"
    part = path.with_suffix(".part")
    part.write_bytes(pickle.dumps(found))
    part.replace(path)


@pytest.fixture(scope="session")
def browser():
    """One headless browser for all tests of pages."""
    with sync_playwright() as tools:
        found = tools.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield found
        found.close()
