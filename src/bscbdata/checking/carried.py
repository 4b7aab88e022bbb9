"""Commentary carried over from last year: which sentences still hold, which do not, for which there is no data yet."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from bscbdata import facts
from bscbdata.findings import SMALL, DataStop, Finding, warning
from bscbdata.period import MONTHS, ReportYear
from bscbdata.places import Project
from bscbdata.prose import Writer, load_commentary

CLAIM = re.compile(r"\{%-?\s*claim\s.*?-?%\}.*?\{%-?\s*endclaim\s*-?%\}", re.S)
VERB = re.compile(
    r"\b(?:rank\w*|compared_areas|peak_month|low_month|first_month|highest|lowest|size_word|share_word)\((?:[^()]|\([^()]*\))*\)"
)
NOT_PRINTED = re.compile(r"^#[^\n]*$|\{[{%].*?[%}]\}", re.M | re.S)  # names of sections, facts and claims
# a time within a year, as a text says when something happened: October 2015, spring 2016
WHEN = re.compile(rf"\b({'|'.join(MONTHS)}|[Ss]pring|[Ss]ummer|[Aa]utumn|[Ww]inter) (20\d\d)\b")
FENCE = re.compile(r"^:::.*$", re.M)
CHECK = "carried over"
HOLDS, FAILS, NO_DATA, UNCLEAR = "holds", "no longer holds", "no data yet", "cannot be judged"
COLUMNS = ("file", "section", "verdict", "words", "why")


@dataclass(frozen=True)
class Claim:
    """A claim of the commentary, judged on the data that is there now."""

    file: str
    section: str
    verdict: str
    words: str
    why: str = ""


def claims(project: Project, year: ReportYear, tables: Mapping[str, pd.DataFrame]) -> list[Claim]:
    """Every claim of a year's commentary, in its order. `tables` with the long table of indicators."""
    writer = Writer(tables, project.edition(year))
    found = load_commentary(project.commentary(year))
    return [
        Claim(project.text_name(file), section, *_judged(writer, tag))
        for section, (text, file) in found.items()
        for tag in CLAIM.findall(text)
    ]


def _judged(writer: Writer, tag: str) -> tuple[str, str, str]:
    """The verdict on a claim, its words as they read now, and why there is none or it fell."""
    before = len(writer.judged), len(writer.findings)
    try:
        writer.render(tag, "claim", whole=True)
    except DataStop as stop:
        return UNCLEAR, _plain(tag), stop.findings[0].message
    if len(writer.judged) > before[0]:
        told = writer.judged[-1]
        return (
            (HOLDS, told["words"], "")
            if told["holds"]
            else (FAILS, told["words"], _weighed(writer, tag, told["weighed"]))
        )
    told = writer.findings[before[1] :]
    verdict = UNCLEAR if any(found.check == SMALL for found in told) else NO_DATA
    return verdict, _plain(tag), " ".join(found.message for found in told)


def _weighed(writer: Writer, tag: str, names: list[str]) -> str:
    """The numbers that a claim rests on, as they are now, and what its verbs give; no small count of children."""
    asked = [name.split("|") for name in names]
    found = [writer.compute(*parts) for parts in asked if parts[0] in facts.definitions()]
    shown = [fact for fact in found if not facts.is_disclosive(fact)]
    said = [f"{fact.label}, {fact.area}, {fact.year}: {fact.text}" for fact in shown]
    given = [(call, writer.render(f"{{{{ {call} }}}}", "claim", whole=True)) for call in VERB.findall(tag)]
    return "; ".join([*said, *(f"{call} gives {words}" for call, words in given)])


def _plain(tag: str) -> str:
    """The words of a claim with `…` where a number will stand."""
    inside = re.sub(r"^\{%.*?%\}|\{%-?\s*endclaim\s*-?%\}$", "", tag, flags=re.S)
    return " ".join(re.sub(r"\{\{.*?\}\}", "…", inside, flags=re.S).split())


def untouched(project: Project, year: ReportYear) -> dict[str, list[str]]:
    """The sections of each commentary file that still read as they did the year before, by file.

    Those that year.toml confirms are left out: `[carried_over] confirmed`.
    """
    found: dict[str, list[str]] = {}
    for section, file, text, before in _with_the_year_before(project, year):
        if text == before:
            found.setdefault(file, []).append(section)
    return found


def dated(project: Project, year: ReportYear) -> dict[str, list[str]]:
    """Sentences of last year's that a rewritten section kept, and that say when something happened before this year began,
    by file and section. Sections that year.toml confirms are left out."""
    found: dict[str, list[str]] = {}
    for section, file, text, before in _with_the_year_before(project, year):
        old = set() if text == before else set(_sentences(before))
        told = [said for said in _sentences(text) if said in old and _is_before(said, year)]
        found |= {f"{file}, section {section}": told} if told else {}
    return found


def _with_the_year_before(project: Project, year: ReportYear) -> Iterator[tuple[str, str, str, str]]:
    """The sections that the year before has too and nobody has confirmed: name, file, and what it says now and said then."""
    folders = [project.commentary(one) for one in (year, year.previous)]
    now, before = (load_commentary(folder) if folder.is_dir() else {} for folder in folders)
    for section, (text, file) in now.items():
        if section in before and section not in project.edition(year).confirmed:
            yield section, project.text_name(file), text, before[section][0]


def _sentences(text: str) -> list[str]:
    """The sentences of a Markdown text, each in one line with `…` where a number will stand."""
    words = re.sub(r"\{\{.*?\}\}", "…", FENCE.sub("\n", text), flags=re.S)
    parts = re.split(r"(?<=[.!?])\s+(?=\W*[A-Z]|…)|\n\s*\n|\n(?=\s*[-*] )", NOT_PRINTED.sub("", words))
    return [" ".join(part.split()) for part in parts if part.strip()]


def _is_before(sentence: str, year: ReportYear) -> bool:
    """Whether a sentence names a time that was over when the report year began. Winter runs into the next calendar year."""
    times = [
        (MONTHS.index(word) + 1 if word in MONTHS else 12, int(of)) for word, of in WHEN.findall(sentence)
    ]
    return any((of, month) < (year.start.year, year.start.month) for month, of in times)


def of_a_board(project: Project, year: ReportYear) -> dict[str, int]:
    """How often each commentary file still speaks of a Board in the year of a partnership; nothing in other years."""
    if not project.edition(year).of_partnership:
        return {}
    counts = {}
    for path in sorted(project.commentary(year).glob("*.md")):
        text = NOT_PRINTED.sub("", path.read_text(encoding="utf8"))
        counts[path.name] = len(re.findall(r"\b[Bb]oard\b", text))
    return {file: count for file, count in counts.items() if count}


def findings(project: Project, year: ReportYear) -> list[Finding]:
    """A warning for each file of text of which something still reads as it did the year before, and for each sentence that
    a rewritten section kept of it with its date."""
    advice = "Rewrite it; or name it in year.toml under [carried_over] confirmed, where it may stay."
    said = f"Word for word as in {year.previous}, and not confirmed."
    old = f"This sentence of {year.previous} is of a time before {year} began."
    keep = "Rewrite it; or, if it is still worth telling, name its section in year.toml under [carried_over] confirmed."
    sentences = [(place, each) for place, told in dated(project, year).items() for each in told]
    return [
        warning(CHECK, old, file=f"commentary/{place}", value=each, advice=keep) for place, each in sentences
    ] + [
        warning(CHECK, said, file=f"commentary/{file}", value=", ".join(sections), advice=advice)
        for file, sections in untouched(project, year).items()
    ]


def rows(judged: list[Claim]) -> Iterator[tuple[str, ...]]:
    """The claims as rows of COLUMNS, what is to be rewritten first."""
    order = [FAILS, UNCLEAR, NO_DATA, HOLDS]
    for claim in sorted(judged, key=lambda claim: order.index(claim.verdict)):
        yield tuple(getattr(claim, name) for name in COLUMNS)
