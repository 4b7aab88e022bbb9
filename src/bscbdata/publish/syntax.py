"""The Markdown we promise to read. What Quarto knows and we do not is an error that names the cell."""

import re
from collections.abc import Iterator

from bscbdata.findings import Finding, failure

# What is not read, as a pattern, and what to tell the author.
OUTSIDE = (
    (r"\{\{<", "A shortcode ({{< … >}}) is not read."),
    (r"^```+\s*\{(?:python|r|julia|ojs)\b", "An executable block in a Markdown cell is not run."),
    (r"^:::+.*panel-(?:tabset|sidebar|fill|input)", "Panels and tab sets are not read."),
    (r"^:::+.*\.column-", "Column layout is not read."),
    (r"\b(?:layout|layout-nrow|fig-subcap|tbl-subcap|lst-label)=", "Only layout-ncol lays things out."),
    (r"\{#(?:eq|lst|thm|lem|cor|prp|cnj|def|exm|exr)-", "Only figures, tables and sections can be numbered."),
    (r"^:::+\s*\{[^}]*\.callout-(?!note|tip|warning|important|caution)", "There is no such callout."),
    (
        r"\[@(?:fig|tbl|sec)-[\w-]+[^\];\w-][^\]]*\]",
        "Words after a reference inside its brackets are not read.",
    ),
)
CITATION = re.compile(r"(?<![\w@/.])-?@\{?([A-Za-z][\w:.-]*)")
REFERENCE = re.compile(r"(?:[Ff]ig|[Tt]bl|[Ss]ec)-")


def check_text(text: str, place: str) -> Iterator[Finding]:
    """A finding for each thing in a cell's Markdown that is outside the subset."""
    yield from _find(OUTSIDE[1:2], text, place)
    prose = without_code(text)
    yield from _find((*OUTSIDE[:1], *OUTSIDE[2:]), prose, place)
    for found in CITATION.finditer(re.sub(r"<[^>]*>|\]\([^)]*\)", " ", prose)):
        if not REFERENCE.match(found[1]):
            said = "Only figures, tables and sections can be referred to with @."
            yield failure("syntax", said, file=place, value=found[0])


def _find(patterns: tuple, text: str, place: str) -> Iterator[Finding]:
    for pattern, message in patterns:
        if found := re.search(pattern, text, flags=re.M):
            yield failure("syntax", message, file=place, value=found[0].strip())


def without_code(text: str) -> str:
    """The Markdown without its code blocks and code words, where anything may stand."""
    blocks = re.sub(r"^(```+|~~~+).*?^\1[`~]*\s*$", "", text, flags=re.M | re.S)
    return re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", blocks, flags=re.S)
