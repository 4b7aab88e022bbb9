"""Reference pages, written from the code: commands, tables, indicators, facts, and what an analyst calls."""

import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from functools import cached_property
from types import FunctionType
from typing import Any

import click

from bscbdata import facts, indicators
from bscbdata.facts import Fact
from bscbdata.figures import style
from bscbdata.figures.figure import Figure
from bscbdata.reports.data import Names
from bscbdata.reports.report import Report, report
from bscbdata.sources import Source, load_source, source_names
from bscbdata.tables import catalogue
from bscbdata.tracing import Trace

NOTE = "This page is written from the code when the documentation is made."
CLASSES = (Report, Names, Fact, Figure, Trace)


def pages(app: click.Group) -> dict[str, str]:
    """Every reference page by its file name, as Markdown; `app` is the command line that it speaks of."""
    return {
        "reference-commands.md": commands(app),
        "reference-python.md": python(),
        "reference-tables.md": tables(),
        "reference-indicators.md": indicator_list(),
        "reference-facts.md": fact_list(),
    }


# ---- commands ----------------------------------------------------------------------------------------------------


def commands(app: click.Group) -> str:
    """Every command with what it does, its arguments and its options."""
    parts = ["# Commands", f"{NOTE} `bscb COMMAND --help` says the same in a terminal."]
    for name, command in all_commands(app):
        parts += [f"## `bscb {name}` {{#{name.replace(' ', '-')}}}", _plain(command.help or "")]
        rows = [_parameter(one) for one in command.params if one.name != "help"]
        parts += [_table(["argument or option", "what it is"], rows)] if rows else []
    return "\n\n".join(parts) + "\n"


def all_commands(app: click.Group) -> Iterator[tuple[str, click.Command]]:
    """The commands by name, those of a group after it: `build`, `review sheet`."""
    yield from _commands(app, "")


def _commands(group: click.Group, above: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from _commands(command, f"{above}{name} ")
        else:
            yield f"{above}{name}", command


def _parameter(one: Any) -> tuple[str, str]:
    shown = ", ".join(one.opts) if one.opts[0].startswith("-") else (one.metavar or one.name).upper()
    told = [getattr(one, "help", "") or "", "Needed." if one.required else ""]
    return f"`{shown}`", _plain(" ".join(filter(None, told)))


# ---- what an analyst calls ---------------------------------------------------------------------------------------


def python() -> str:
    """What a notebook can call: `bscb.report`, the report and what it gives, the charts of the house."""
    parts = ["# In a notebook", f"{NOTE} Every example on it is run by the tests. Begin with:"]
    parts.append('```python\nimport bscbdata as bscb\n\nreport = bscb.report("2015-16")\n```')
    parts += ["## bscb", *_entry("bscb.report", report), *_entry("bscb.catalogue", catalogue)]
    for one in CLASSES:
        parts += [f"## {one.__name__}", *_docstring(one)]
        for name, member in _public(one):
            parts += _entry(f"{'report' if one is Report else one.__name__.lower()}.{name}", member)
    parts += ["## bscb.style", *_docstring(style)]
    drawn = [getattr(style, name) for name in ("lines", "bars", "columns", "stacked", "pairs", "panels")]
    parts += [part for function in drawn for part in _entry(f"bscb.style.{function.__name__}", function)]
    return "\n\n".join(parts) + "\n"


def _public(one: type) -> Iterator[tuple[str, object]]:
    ours = [base for base in reversed(one.__mro__) if base.__module__.startswith("bscbdata")]
    members = {name: member for base in ours for name, member in vars(base).items()}
    for name, member in members.items():
        if not name.startswith("_") and isinstance(member, FunctionType | property | cached_property):
            yield name, member


def _entry(name: str, member: object) -> list[str]:
    function = member if isinstance(member, FunctionType) else None
    call = f"{name}{_signature(function)}" if function else name
    return [
        f"### {name.partition('.')[2]} {{#{name.replace('.', '-')}}}",
        f"```python\n{call}\n```",
        *_docstring(member),
    ]


def _signature(function: FunctionType) -> str:
    """The parameters with their defaults, without types: what a person types."""
    told = inspect.signature(function).parameters.values()
    shown = [
        one.name if one.default is inspect.Parameter.empty else f"{one.name}={one.default!r}"
        for one in told
        if one.name != "self"
    ]
    return f"({', '.join(shown)})"


def _docstring(member: object) -> list[str]:
    """The words of a docstring, and its examples as code."""
    words, _, example = (inspect.getdoc(member) or "").partition("\n>>>")
    parts = [_plain(words.strip())] if words.strip() else []
    return [*parts, f"```python\n>>>{example.rstrip()}\n```"] if example else parts


# ---- tables, indicators, facts -----------------------------------------------------------------------------------


def tables() -> str:
    """Every tidy table: what a row is, where its file lies, its columns."""
    parts = ["# Tables", f'{NOTE} `report.table("name")` gives one as a DataFrame.']
    for name in source_names():
        parts += _of_table(load_source(name))
    return "\n\n".join(parts) + "\n"


def _of_table(source: Source) -> list[str]:
    place = "official" if source.official else "<year>"
    counts = " It counts children: small counts are withheld." if source.counts_children else ""
    said = f"{_plain(source.title)}. {_plain(source.meaning)} From `data/raw/{place}/{source.path}`.{counts}"
    rows = [(f"`{c.name}`", f"`{c.kind}`", c.unit, _plain(c.meaning)) for c in source.columns]
    return [
        f"## {source.name} {{#table-{source.name}}}",
        said,
        _table(["column", "kind", "unit", "meaning"], rows),
    ]


def indicator_list() -> str:
    """Every indicator with its definition."""
    rows = []
    for name, known in indicators.definitions().items():
        counted = f"{indicators.counted(known)} ({known['definition_source']})"
        rows.append((f"{_plain(known['title'])} `{name}`", _plain(counted), _plain(known["unit"])))
    said = f'{NOTE} `report.indicator("name")` gives one, `report.chart("name")` draws it. Examples worked by hand are in'
    said += " the report's appendix on definitions."
    table = _table(["indicator and its name", "what is counted", "unit"], rows)
    return "\n\n".join(["# Indicators", said, table]) + "\n"


def fact_list() -> str:
    """Every fact with what it is and how it is worked out, those of one table under one heading."""
    groups: dict[str, list[tuple[str, ...]]] = {}
    for one in facts.definitions().values():
        row = (f"{_plain(one.label)} `{one.id}`", one.how, one.unit)
        groups.setdefault(one.table, []).append(row)
    parts = [
        "# Facts",
        f'{NOTE} Commentary writes `{{{{ fact("name") }}}}`, a notebook `report.fact("name")`.',
    ]
    for table, rows in groups.items():
        parts += [f"## {_title_of(table)} {{#facts-{table}}}", f"From the table `{table}`."]
        parts += [_table(["fact and its name", "how", "unit"], rows)]
    return "\n\n".join(parts) + "\n"


def _title_of(table: str) -> str:
    return _plain(load_source(table).title) if table in source_names() else table.capitalize()


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head), *map(list, rows)]
    shown = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines]
    return "\n".join([shown[0], "|" + "---|" * len(lines[0]), *shown[1:]])


def _plain(text: str) -> str:
    """Words of the code as Markdown: nothing in them outside code is taken for HTML, a reference or a dash."""
    parts = re.split(r"(`[^`]*`|(?<!\w)--[a-z][a-z-]*)", textwrap.dedent(text))
    return "".join(map(_as_markdown, parts))


def _as_markdown(part: str) -> str:
    if part.startswith("--"):
        return f"`{part}`"
    return part if part.startswith("`") else re.sub(r"([<>@*_\[\]])", r"\\\1", part)
