"""How Quarto reads an executed notebook, as its source says, for a machine where Quarto itself cannot be installed.

Written after `src/core/jupyter/jupyter.ts`, `labels.ts`, `display-data.ts`, `widgets.ts` and `jupyter-filters.ts` of quarto-cli, and
after its filters `parsefiguredivs.lua` and `conditional-content.lua`: what they do with the notebooks of a book, and nothing more.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from bscbdata.publish import pandoc
from bscbdata.publish.notebook import cell_options
from bscbdata.publish.quarto import lay_files
from bscbdata.publish.tree import attributes, elements, plain_text, rewrite

WIDGETS = ("application/vnd.jupyter.widget-state+json", "application/vnd.jupyter.widget-view+json")
FOR_PAGES = (*WIDGETS, "application/javascript", "text/html")
ANYWHERE = ("text/markdown", "image/svg+xml", "image/png", "image/jpeg")
SCRIPTED = {"application/javascript", "text/html"}  # outputs that make a page fetch require.js and jQuery


def laid_out(book, target):
    """A copy of a book with what the project's own plan tells Quarto."""
    shutil.copytree(book, target)
    plan = yaml.safe_load((target / "_quarto.yml").read_text(encoding="utf8"))
    ours = yaml.safe_load((Path(__file__).parents[1] / "_quarto.yml").read_text(encoding="utf8"))
    plan |= {key: ours[key] for key in ("profile", "ipynb-filters", "format")}
    (target / "_quarto.yml").write_text(yaml.safe_dump(plan), encoding="utf8")
    lay_files(target)
    return target


def filtered(book, name):
    """A notebook after the `ipynb-filters` of the book: each is given it and gives it back, in the book's folder."""
    content = (book / name).read_bytes()
    for script in yaml.safe_load((book / "_quarto.yml").read_text(encoding="utf8")).get("ipynb-filters", []):
        ran = subprocess.run(
            [sys.executable, script], input=content, capture_output=True, check=True, cwd=book
        )
        content = ran.stdout
    return json.loads(content)


def fetches_scripts(notebook):
    """Whether its page would load require.js and jQuery from elsewhere."""
    shown = [output for cell in notebook["cells"] for output in cell.get("outputs", []) if "data" in output]
    return any(SCRIPTED & set(output["data"]) for output in shown)


def chosen(data, form):
    """The media type that is shown. Quarto asks each line of the HTML whether it has a table: it must be a list of lines."""
    order = [*FOR_PAGES, *ANYWHERE] if form == "html" else [*ANYWHERE]
    if "text/html" in data:
        assert isinstance(data["text/html"], list)
        order += ["text/html"] if any("<table" in line for line in data["text/html"]) else []
    return next(media for media in [*order, "text/plain"] if media in data)


def markdown(notebook, form):
    """The notebook as the Markdown that Quarto gives to pandoc; pictures by the names of their places."""
    return "\n".join(_cell(number, cell, form) for number, cell in enumerate(notebook["cells"], start=1))


def _cell(number, cell, form):
    if cell["cell_type"] != "code":
        return "".join(cell["source"]) + "\n"
    options, _ = cell_options("".join(cell["source"]))
    if options.get("include") is False or not cell["outputs"]:
        return ""
    label, caption = options.get("label", ""), options.get("fig-cap")
    is_table = label.startswith("tbl-")
    several = len([output for output in cell["outputs"] if "data" in output]) > 1
    holds = f"#{label} " if is_table or several else f"#cell-{label or number} "
    told = " tbl-cap='{}'".format(options["tbl-cap"].replace("'", "\\'")) if "tbl-cap" in options else ""
    parts = [
        _output(output, "" if is_table or several else label, caption, form) for output in cell["outputs"]
    ]
    return f"::: {{{holds}.cell{told} execution_count={cell['execution_count']}}}\n{''.join(parts)}:::\n"


def _output(output, label, caption, form):
    media = chosen(output["data"], form)
    text = "".join(output["data"][media])
    is_picture = media.startswith("image/")
    name = "" if is_picture or not label else f"#{label} "
    kind = " .cell-output-markdown" if media == "text/markdown" else ""
    end = f"\n{caption}\n" if caption and not is_picture else ""
    return f"\n::: {{{name}.cell-output .cell-output-display{kind}}}\n{_shown(media, text, label, caption)}{end}:::\n"


def _shown(media, text, label, caption):
    if media == "text/markdown":
        return f"{text}\n"
    if media == "text/html":
        return f"```{{=html}}\n{text}\n```\n"
    if media == "text/plain":
        return f"```\n{text}\n```\n"
    return f"![{caption or ''}]({label or 'picture'}.png){{#{label}}}\n" if label else "![](picture.png)\n"


def for_form(blocks, form):
    """The blocks without what is conditional and meant for other forms."""

    def choose(element):
        classes, told = (element["c"][0][1], dict(element["c"][0][2])) if element["t"] == "Div" else ([], {})
        if "content-visible" not in classes:
            return None
        holds = told["when-format"] == form if "when-format" in told else told["unless-format"] != form
        return element["c"][1] if holds else []

    return rewrite(blocks, choose)


def floats(blocks):
    """The figures and tables in their order: id, caption and what they hold."""
    for element in elements(blocks):
        found = attributes(element) if element["t"] in {"Div", "Table"} else None
        if not found or not re.match(r"(?:fig|tbl)-", found[0]):
            continue
        if element["t"] == "Table":
            yield found[0], plain_text(element["c"][1][1][0]["c"]), [element]
            continue
        inside = element["c"][1]
        if inside and inside[-1]["t"] == "Para":
            yield found[0], plain_text(inside[-1]["c"]), inside[:-1]
        else:
            yield found[0], _read(dict(found[2]).get(f"{found[0][:3]}-cap", "")), inside


def _read(caption):
    """The words of a caption, which is Markdown."""
    return " ".join(plain_text(block["c"]) for block in pandoc.parse([caption])[0]["blocks"])


def chapters(book):
    """The notebooks of the book in their order."""
    told = yaml.safe_load((Path(book) / "_quarto.yml").read_text(encoding="utf8"))["book"]
    return [*told["chapters"], *told.get("appendices", [])]
