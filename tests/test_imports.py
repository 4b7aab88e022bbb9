"""What a piece of work rests on, read from its imports: nothing that really runs may be missing from it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from bscbdata.build.imports import PACKAGE, _imported_in, _imports, files_behind, imported_by

LOOK = "import sys\nprint('\\n'.join(m.__file__ for n, m in sys.modules.items() if n.split('.')[0] == 'bscbdata'))"


@pytest.mark.parametrize(
    ("code", "rests_on"),
    [
        (
            "import bscbdata as bscb\nreport = bscb.report('2015-16')\nreport.fact('referrals.count')",
            "bscbdata",
        ),
        ("import bscbdata as bscb\nbscb.style, bscb.catalogue()", "bscbdata"),
        ("from bscbdata.build.clean import compute_all\ncompute_all({}, '2015-16')", "bscbdata.build.clean"),
    ],
)
def test_every_module_that_runs_is_among_those_read_from_the_imports(code, rests_on, first_build):
    ran = subprocess.run(
        [sys.executable, "-c", f"{code}\n{LOOK}"],
        cwd=first_build.project.root,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {Path(line) for line in ran.stdout.splitlines() if line.endswith(".py")}
    assert loaded and loaded <= set(files_behind([rests_on]))


def test_a_chapter_does_not_rest_on_what_makes_pages_or_compares_editions():
    rooms = {path.relative_to(PACKAGE).parts[0] for path in files_behind(["bscbdata"])}
    assert not rooms & {"publish", "review", "build", "checking", "cli", "simulate"}
    assert {"facts.py", "prose", "definitions", "disclosure"} <= rooms


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import bscbdata as bscb", {"bscbdata"}),
        (
            "def f():\n    from bscbdata.sources import reading",
            {"bscbdata.sources", "bscbdata.sources.reading"},
        ),
        ("%matplotlib inline\nimport bscbdata.figures.style\nimport pandas", {"bscbdata.figures.style"}),
        ('import bscbdata.figures.style\ntext = """{% claim x\n%}y"""', {"bscbdata.figures.style"}),
        ("this is no Python", {"bscbdata"}),
    ],
)
def test_imports_are_found_wherever_they_stand(source, found):
    assert imported_by(source) == found


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_reading_a_module_as_text_finds_every_import_that_reading_it_as_python_does(path):
    as_python = set(_imports(ast.parse(path.read_text(encoding="utf8"))))
    assert as_python <= set(_imported_in(path))
