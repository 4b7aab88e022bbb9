"""Pages that are one file, such as the check and the comparison: no script, no request, all text from data escaped.

`frame.html` gives them their head, style and frame. The template of a page extends it and fills its blocks.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, Template

from bscbdata.numbers import agreeing

HERE = Path(__file__).parent


def write_page(template: Path, path: Path, shaped: Callable[[str], str] = str, **told: object) -> Path:
    """Write the page that a template makes of what it is told, `shaped` at last, as for phones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(shaped(load_template(template).render(**told)), encoding="utf8", newline="\n")
    return path


@cache
def load_template(path: Path) -> Template:
    """A template, which finds those that lie beside it and the frame."""
    loader = FileSystemLoader([path.parent, HERE])
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["agreeing"] = agreeing
    return environment.get_template(path.name)
