"""The house stands as docs/architecture.md draws it: imports go down only, functions stay short, notebooks are clean."""

import ast
import json
import re
import subprocess
from graphlib import CycleError, TopologicalSorter

import pytest
from conftest import NOTEBOOKS, ROOT

PACKAGE = ROOT / "src" / "bscbdata"
FLOORS = [
    {
        "period",
        "findings",
        "authorities",
        "beside",
        "places",
        "provenance",
        "numbers",
        "progress",
        "reads",
        "kept",
        "lists",
        "office",
        "single_page",
        "lab",
    },
    {
        "cleaning",
        "sources",
        "tables",
        "corrections",
        "simulate",
        "statutory",
        "matching",
        "releases",
        "adding",
    },
    {"indicators", "disclosure"},
    {
        "gaps",
        "facts",
        "prose",
        "key_measures",
        "breaks",
        "audit",
        "rates",
        "back_test",
        "coverage",
        "quality",
        "figures",
        "reports",
        "tracing",
        "record",
        "worked",
    },
    {"build", "publish", "new_year", "checking", "review", "leak"},
    {"many", "manual"},
    {"cli"},
]
# settings of Jupyter that are written in Python are no module of ours
MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if "definitions" not in path.relative_to(PACKAGE).parts
)


def floor_of(room):
    found = [number for number, rooms in enumerate(FLOORS, start=1) if room in rooms]
    assert found, f"'{room}' stands on no floor: put it into FLOORS and docs/architecture.md"
    return found[0]


def rooms_imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("bscbdata"):
            parts = node.module.split(".")
            yield from [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]


@pytest.mark.parametrize(
    "path",
    [m for m in MODULES if m.parent != PACKAGE or m.name != "__init__.py"],
    ids=lambda p: p.relative_to(PACKAGE).as_posix(),
)
def test_a_module_imports_its_own_floor_or_those_below(path):
    own = floor_of(path.relative_to(PACKAGE).with_suffix("").parts[0])
    for room in rooms_imported(ast.parse(path.read_text(encoding="utf8"))):
        assert floor_of(room) <= own, f"{path.name} (floor {own}) imports {room} (floor {floor_of(room)})"


def modules_imported(path):
    """The files of this package that a module imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "bscbdata":
            place = PACKAGE.joinpath(*node.module.split(".")[1:])
            names = [file_of(place / alias.name) for alias in node.names]
            yield from (name or file_of(place) for name in names)


def file_of(place):
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path in MODULES), None)


def test_no_module_imports_in_a_circle():
    try:
        TopologicalSorter({path: set(modules_imported(path)) for path in MODULES}).prepare()
    except CycleError as error:
        circle = " imports ".join(path.relative_to(PACKAGE).as_posix() for path in reversed(error.args[1]))
        pytest.fail(circle)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_functions_are_short_and_public_ones_say_what_they_do(path):
    tree = ast.parse(path.read_text(encoding="utf8"))
    assert ast.get_docstring(tree), "a module says what it is"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 45, (
                f"{node.name} is {node.end_lineno - node.lineno + 1} lines"
            )


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_text_is_read_and_written_alike_on_every_system(path):
    wanted = {"read_text": {"encoding"}, "write_text": {"encoding", "newline"}}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in wanted:
            named = {word.arg for word in node.keywords}
            assert wanted[node.func.attr] <= named, f"line {node.lineno}: {wanted[node.func.attr] - named}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_notebooks_are_kept_without_outputs(path):
    notebook = json.loads(path.read_text(encoding="utf8"))
    assert all(not cell.get("outputs") and not cell.get("execution_count") for cell in notebook["cells"])
    tagged = [cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    assert len(tagged) == 1 and [c for c in notebook["cells"] if c["cell_type"] == "code"][0] is tagged[0]


def test_a_figure_is_called_in_its_cell_what_it_is_called_in_its_code():
    keys = []
    for path in NOTEBOOKS:
        for cell in json.loads(path.read_text(encoding="utf8"))["cells"]:
            source = "".join(cell["source"])
            label = re.search(r"^#\| label: (?:fig|tbl)-([\w-]+)$", source, flags=re.M)
            key = re.search(r'\bkey="([\w-]+)"', source)
            assert bool(label) == bool(key), (
                f"{path.name}: a figure needs both a label and a key:\n{source[:200]}"
            )
            assert not label or label[1] == key[1], f"{path.name}: label {label[1]} but key {key[1]}"
            keys += [key[1]] if key else []
    assert len(keys) == len(set(keys)), "a figure of one book is called like one of another"


def test_what_is_protected_is_protected_for_the_figure_of_its_cell():
    """Else an edition that corrects another chooses other partners, and the proof stops it until somebody edits a chapter."""
    protected = {}
    for path in NOTEBOOKS:
        for cell in json.loads(path.read_text(encoding="utf8"))["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code" and "report.protect(" in source:
                protected[path.name, cell["id"]] = re.findall(r'figure="([^"]+)"', source)
                assert source.count("report.protect(") == len(protected[path.name, cell["id"]]), source
                keys = re.findall(
                    r'\bkey="([^"]+)"', source
                )  # a cell without one prepares the figure of a later cell
                assert not keys or set(protected[path.name, cell["id"]]) <= set(keys), source
    assert len(protected) > 10


def test_the_repository_names_no_registry_and_no_path_of_a_machine():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\n")
    bad = re.compile(r"/(?:home|work|root|Users)/\w|https?://\S*/simple\b", re.I)
    for name in filter(None, listed):
        path = ROOT / name
        if (
            path.suffix in {".py", ".md", ".toml", ".lock", ".csv", ".yml", ".ipynb", ".txt"}
            and path.name != "test_architecture.py"
        ):
            found = bad.search(path.read_text(encoding="utf8", errors="replace"))
            assert not found, f"{name} holds '{found[0]}'"
