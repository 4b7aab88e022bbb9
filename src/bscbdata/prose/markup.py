"""What may stand in Markdown: text from the data is escaped, and nothing may run on a reader's page."""

import re
from html import escape

from bscbdata.facts import Fact

# Signs that Markdown or HTML reads as more than themselves, by the names that both know.
SIGNS = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "*": "&ast;",
        "_": "&lowbar;",
        "`": "&grave;",
        "~": "&#126;",
    }
    | {"[": "&lbrack;", "]": "&rbrack;", "{": "&lbrace;", "}": "&rbrace;", "|": "&vert;", "^": "&Hat;"}
    | {"$": "&dollar;", "@": "&commat;", "#": "&num;", "\\": "&bsol;", "\n": " ", "\r": " "}
)
# What no author of commentary needs, and what could act on a reader's page.
ACTING = re.compile(
    r"<[A-Za-z/!?][^>\n]*>?|\{=\w+\}|\bon\w+\s*=|(?:\]\(|\]:\s*|<)\s*(?:javascript|vbscript|data|file):[^)\s]*",
    re.I,
)


class Written(str):
    """Text that this package has written, with its own markup."""


def as_words(value: object) -> object:
    """A value for Markdown or HTML: text from the data is escaped; what this package has written (`Written`) is not."""
    if isinstance(value, str) and not isinstance(value, Written):
        return value.translate(SIGNS)
    return value


def acting(template: str, markdown: str) -> list[str]:
    """HTML, raw blocks, handlers and addresses that run something, in a commentary as written and as rendered."""
    written = re.sub(r"\{%#.*?#%\}|\{\{.*?\}\}|\{%.*?%\}", " ", template, flags=re.S)
    ours = r'<(?:span|mark)(?: (?:class|title|data-[a-z]+)="[^"<>]*")*>|</(?:span|mark)>'
    return [found[0] for text in (written, re.sub(ours, "", markdown)) for found in ACTING.finditer(text)]


def phone_link(number: str, words: str = "") -> str:
    """A telephone number as a link in Markdown that calls it."""
    return f"[{words}{as_words(number)}](tel:{re.sub(r'[^0-9+]', '', number)}){{.phone}}"


def fact_span(fact: Fact, text: str, **worked_out: str) -> str:
    """A number with the name of its fact; `how` and what else it was worked out with where it is not the fact itself."""
    where = f' data-area="{escape(fact.area)}" data-year="{fact.year}"'
    where += "".join(f' data-{name}="{escape(value)}"' for name, value in worked_out.items())
    return f'<span class="fact" data-fact="{escape(fact.id)}"{where}>{text}</span>'
