"""What each chapter uses, read from its notebook: sections of commentary, figures, tables, and facts in its words."""

import ast
import json
import re
from dataclasses import dataclass, field
from functools import lru_cache

from bscbdata.places import Project


@dataclass(frozen=True)
class Drawn:
    """A figure or table as its notebook asks for it."""

    key: str
    caption: str
    tables: tuple[str, ...]
    is_table: bool
    words: tuple[str, ...] = ()  # headline, alt text and note, where they ask for facts or make claims
    names: tuple[str, ...] = ()  # every text that its cell quotes, an indicator's name among them

    @property
    def anchor(self) -> str:
        return f"{'tbl' if self.is_table else 'fig'}-{self.key}"


@dataclass(frozen=True)
class Usage:
    """What one chapter uses. `guidances` are the documents whose requirements it lists with their facts."""

    name: str
    title: str
    sections: tuple[str, ...] = ()
    figures: tuple[Drawn, ...] = ()
    guidances: tuple[str, ...] = ()

    @property
    def texts(self) -> list[str]:
        """The templates written in the notebook itself, such as headlines, that ask for facts."""
        return [text for figure in self.figures for text in figure.words if "{{" in text]

    @property
    def page(self) -> str:
        return f"{self.name}.html"


@dataclass
class _Found:
    sections: list[str] = field(default_factory=list)
    figures: list[Drawn] = field(default_factory=list)
    guidances: list[str] = field(default_factory=list)


def read_usage(project: Project) -> list[Usage]:
    """What every chapter of the book uses, in the order of `_quarto.yml`; notebooks that are not there are left out."""
    return [_read(path.stem, path.read_bytes()) for path in project.chapters() if path.exists()]


@lru_cache(128)
def _read(name: str, notebook: bytes) -> Usage:
    found, title = _Found(), name
    for cell in json.loads(notebook)["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            _read_code(source, found)
        elif heading := re.search(r"^# (.+?)(?:\s*\{.*\})?$", source, flags=re.M):
            title = heading[1] if title == name else title
    lists = (found.sections, found.figures, found.guidances)
    return Usage(name, title, *map(tuple, lists))


def _read_code(source: str, found: _Found) -> None:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return  # executing it says so
    options = dict(re.findall(r"^#\| ([\w-]+): (.+)$", source, flags=re.M))
    nodes = list(ast.walk(tree))
    quoted = {node.value for node in nodes if isinstance(node, ast.Constant)}
    names = tuple(sorted(text for text in quoted if isinstance(text, str)))
    by_name = _values_by_name(nodes)
    for call in (node for node in nodes if isinstance(node, ast.Call)):
        given = {
            word.arg: _literal(by_name.get(ast.unparse(word.value), word.value)) for word in call.keywords
        }
        named = _literal(call.args[0]) if call.args else None
        if isinstance(named, str) and _called(call) in ("prose", "coverage"):
            (found.sections if _called(call) == "prose" else found.guidances).append(named)
        if isinstance(given.get("key"), str):
            caption = options.get("fig-cap") or options.get("tbl-cap") or given["key"]
            is_table = options.get("label", "").startswith("tbl")
            tables = tuple(given["tables"]) if isinstance(given.get("tables"), list) else ()
            found.figures.append(Drawn(given["key"], caption, tables, is_table, _templates(given), names))


def _templates(given: dict[str, object]) -> tuple[str, ...]:
    texts = (given.get(name) for name in ("headline", "alt_text", "note"))
    return tuple(text for text in texts if isinstance(text, str) and "{" in text)


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _values_by_name(nodes: list[ast.AST]) -> dict[str, ast.expr]:
    """What a cell gives a name of its own before it hands it to a figure, as in `tables = ["contacts"]`; the first such value."""
    given = [node for node in nodes if isinstance(node, ast.Assign) and _literal(node.value) is not None]
    return {ast.unparse(node.targets[0]): node.value for node in reversed(given)}


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None
