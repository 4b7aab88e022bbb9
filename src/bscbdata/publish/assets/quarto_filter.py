"""What Quarto does to a notebook before it reads it (`ipynb-filters` of `_quarto.yml`): a notebook in, a notebook out.

Quarto takes a page that has HTML among its outputs for a page of widgets, and has it fetch scripts from elsewhere; for Word
it takes the picture of a figure and leaves its words, source and table out. So each output becomes Markdown that holds both:
the HTML as it is for the pages, and for every other form the words, the picture and the table.

It stands in the folder of the book and needs Python alone.
"""

import base64
import json
import re
import sys
from html import unescape
from pathlib import Path

RECORD = "application/vnd.bscb.figure+json"
PICTURES = Path("pictures")
WIDEST_MM, DRAWN_WIDE = 146, 680  # a chart drawn 680 wide takes most of the line
LONGEST = 40  # characters of a cell that count for the width of its column
STYLES = {
    "figure-headline": "Figure Headline",
    "figure-measure": "Figure Measure",
    "figure-note": "Figure Note",
    "figure-definition": "Figure Note",
    "table-symbols": "Figure Note",
    "figure-meta": "Figure Source",
}


def main() -> None:
    """Read a notebook, write it with its outputs as Markdown."""
    notebook = json.load(sys.stdin.buffer)
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):
                output["data"] = as_markdown(output["data"])
    sys.stdout.buffer.write(json.dumps(notebook).encode("ascii"))


def as_markdown(data: dict) -> dict:
    """What a cell shows as Markdown: for the pages the same HTML; for other forms what its record says."""
    html = "".join(data["text/html"])
    text = raw(html)
    if RECORD in data:
        shown = "\n\n".join(on_paper(html, data[RECORD], "".join(data.get("image/png", ""))))
        text += f'\n::: {{.content-visible unless-format="html"}}\n{shown}\n:::\n'
    return {"text/markdown": text.splitlines(keepends=True), "text/plain": data.get("text/plain", [])}


def raw(html: str) -> str:
    """HTML that goes into pages untouched, and into nothing else."""
    longest = max(map(len, re.findall("`+", html)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{{=html}}\n{html.strip()}\n{fence}\n"


def on_paper(html: str, record: dict, png: str) -> list[str]:
    """The lines of a figure in their order, with the picture or the table between them; not the data folded away."""
    html = re.sub(r"<details\b.*?</details>", "", html, flags=re.S)
    place = min(at for at in (html.find("<svg"), html.find("<table"), len(html)) if at >= 0)
    said: list[list[str]] = [[], []]
    for found in re.finditer(r'<p class="([\w-]+)">(.*?)</p>', html, flags=re.S):
        if found[1] in STYLES:
            said[found.start() > place].append(styled(STYLES[found[1]], escaped(words(found[2]))))
    shown = picture(record, png) if png else table(record["table"])
    return [*said[0], shown, *said[1]]


def styled(style: str, text: str) -> str:
    """A paragraph in a style of the reference document."""
    return f'::: {{custom-style="{style}"}}\n{text}\n:::'


def words(html: str) -> str:
    """The words of a text with markup, in one line; those of a badge end with a full stop."""
    ended = re.sub(r'(class="badge[^>]*>[^<]*)', r"\1.", html)
    return " ".join(unescape(re.sub(r"<[^>]+>", "", ended)).split())


def escaped(text: str) -> str:
    """Text that stays as it is: what Markdown would read as a mark or set in another way loses its meaning."""
    return re.sub(r"""([\\`*_{}()\[\]<>#+.!|~^$@:&='"-])""", r"\\\1", text)


def picture(record: dict, png: str) -> str:
    """The picture, written beside the notebook, with its words; it stays within its line, so that it takes no caption."""
    path = PICTURES / f"{re.sub(r'[^A-Za-z0-9_-]', '-', record['key'])}.png"
    content = base64.b64decode(png)
    if not path.is_file() or path.read_bytes() != content:
        PICTURES.mkdir(exist_ok=True)
        path.write_bytes(content)
    drawn = re.search(r'<svg[^>]*?\bwidth="([\d.]+)', record["svg"])
    width = min(WIDEST_MM * float(drawn[1]) / DRAWN_WIDE, 166) if drawn else WIDEST_MM
    alt = escaped(words(record["alt_text"]))
    return styled("Figure", f"![{alt}]({path.as_posix()}){{width={width:.0f}mm}}\\ ")


def table(told: dict) -> str:
    """A table, its columns as wide as what they hold, numbers to the right."""
    head = [column["label"] for column in told["columns"]]
    rows = [[escaped(" ".join(str(cell).split())) for cell in row] for row in [head, *told["rows"]]]
    sizes = [max(3, min(LONGEST, max(map(len, column)))) for column in zip(*rows, strict=True)]
    ruler = [
        "-" * size + (":" if column["is_number"] else "-")
        for size, column in zip(sizes, told["columns"], strict=True)
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in [rows[0], ruler, *rows[1:]])


if __name__ == "__main__":
    main()
