"""Commentary: Markdown with Jinja in it, where every number is a fact and every comparison a claim.

A commentary file has sections, each under a heading of level one that is its name and is not printed:

    # referrals
    Referrals {{ direction("referrals.rate_per_10000") }} to {{ fact("referrals.rate_per_10000") }} per 10,000.
    {% claim fact("referrals.rate_per_10000") > fact("referrals.rate_per_10000", area="England") %}That is above England.{% endclaim %}
"""

import csv
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, lru_cache
from html import escape
from pathlib import Path
from types import CodeType
from typing import NoReturn

import jinja2
import jinja2.ext
import jinja2.nodes
import pandas as pd
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bscbdata import breaks, claims, disclosure, facts, gaps, numbers
from bscbdata.breaks import Side
from bscbdata.facts import Fact
from bscbdata.findings import GAP, DataStop, Finding, failure, warning
from bscbdata.gaps import Gap, NoData
from bscbdata.indicators import definitions
from bscbdata.period import ReportYear
from bscbdata.places import Edition, Project
from bscbdata.provenance import in_plain_words
from bscbdata.tables import rows_with

STARTS = re.compile(r"(?:[-*]|\d+\.) |:::")
LEFT_OUT = "Left out here, because the data for it is not there:"
# what a writer notes as it goes, and takes back when a part cannot be written
NOTES = ("used", "findings", "claims", "judged", "series_told")
SHOWN = re.compile(r'data-fact="([^"]+)" data-area="([^"]*)" data-year="([^"]*)"')
SMALL, SMALL_COUNT = (
    "small count",
    "rests on a count of 1 to 5 children: no sentence may write it or weigh it.",
)
# What stands in a draft for such a sentence. It names nothing: who reads it must not learn which number is small.
WITHHELD = '<mark class="withheld">[Withheld: what stood here would tell a small number of children.]</mark>'
POINT = re.compile(r"\s*(?:[-*+]|\d+\.)\s+")
NOT_BORNE_OUT = "[the data does not bear this out]"
ALLOWED = Path(__file__).parent / "definitions" / "allowed_numbers.csv"
STANDARD_WORDS = Path(__file__).parent / "definitions" / "standard_words"


class Number(float):
    """A fact's value that compares as a number and prints as the number in house style, with its id."""

    html: str
    side: Side | None
    crossed: set[str] | None  # where the breaks go that a comparison crosses: see bscbdata.breaks

    def __new__(
        cls, value: float, html: str, side: Side | None = None, crossed: set[str] | None = None
    ) -> "Number":
        number = super().__new__(cls, value)
        number.html, number.side, number.crossed = html, side, crossed
        return number

    def _meet(self, other: object) -> None:
        if isinstance(other, Number) and self.crossed is not None:
            self.crossed.update(breaks.crossed(self.side, other.side))

    def _met(name: str) -> Callable:
        """A comparison that first asks whether the two may be compared."""

        def compare(self: "Number", other: float) -> object:
            self._meet(other)
            return getattr(float, name)(self, other)

        return compare

    def _scaled(name: str) -> Callable:
        """Arithmetic whose result still stands where the number stood, so that `2 * fact(…)` is compared like it."""

        def reckon(self: "Number", other: float) -> object:
            self._meet(other)
            value = getattr(float, name)(self, other)
            both = isinstance(other, Number)
            return (
                value
                if both or value is NotImplemented
                else Number(value, f"{value:g}", self.side, self.crossed)
            )

        return reckon

    __gt__, __lt__, __ge__, __le__ = _met("__gt__"), _met("__lt__"), _met("__ge__"), _met("__le__")
    __eq__, __ne__, __hash__ = _met("__eq__"), _met("__ne__"), float.__hash__
    __sub__, __truediv__, __add__ = _scaled("__sub__"), _scaled("__truediv__"), _scaled("__add__")
    __mul__, __rmul__, __radd__ = _scaled("__mul__"), _scaled("__rmul__"), _scaled("__radd__")

    def __str__(self) -> str:
        return self.html


class SmallCount(ValueError):
    """A sentence would write or weigh a count of 1 to 5 children."""


class Withheld:
    """What rests on a count of 1 to 5 children. It has no value: nothing can print it, and no claim can weigh it."""

    def __init__(self, what: str) -> None:
        self.what = what

    def _refuse(self, *others: object) -> NoReturn:
        raise SmallCount(f"{self.what} {SMALL_COUNT}")

    __str__ = __repr__ = __html__ = __format__ = __float__ = __int__ = __bool__ = __abs__ = __neg__ = (
        __round__
    ) = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = __hash__ = _refuse
    __add__ = __sub__ = __mul__ = __truediv__ = __radd__ = __rsub__ = __rmul__ = __rtruediv__ = _refuse


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


class Written(str):
    """Text that this package has written, with its own markup."""


def as_words(value: object) -> object:
    """A value as it may stand in Markdown or HTML: text from the data is words, and nothing in it acts."""
    if isinstance(value, str) and not isinstance(value, Written):
        return value.translate(SIGNS)
    return value


# What no author of commentary needs, and what could act on a reader's page.
ACTING = re.compile(
    r"<[A-Za-z/!?][^>\n]*>?|\{=\w+\}|\bon\w+\s*=|(?:\]\(|\]:\s*|<)\s*(?:javascript|vbscript|data|file):[^)\s]*",
    re.I,
)


def acting(template: str, markdown: str) -> list[str]:
    """HTML, raw blocks, handlers and addresses that run something, in a commentary as written and as rendered."""
    written = re.sub(r"\{%#.*?#%\}|\{\{.*?\}\}|\{%.*?%\}", " ", template, flags=re.S)
    ours = r'<(?:span|mark)(?: (?:class|title|data-[a-z]+)="[^"<>]*")*>|</(?:span|mark)>'
    return [found[0] for text in (written, re.sub(ours, "", markdown)) for found in ACTING.finditer(text)]


@dataclass
class Writer:
    """Renders commentary for one edition, and remembers which facts it used and which claims failed."""

    tables: Mapping[str, pd.DataFrame]
    edition: Edition
    draft: bool = True
    used: dict[str, Fact] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    claims: int = 0
    crossed: set[str] = field(default_factory=set)
    caveats: set[str] = field(default_factory=set)
    judged: list[dict] = field(default_factory=list)
    weighed: set[str] = field(default_factory=set)  # what the claim at hand rests on: `id|area|year`
    series_told: dict[str, dict] = field(default_factory=dict)
    says_kinds: bool = (
        False  # whether each section must say what kind of numbers it has, as for young readers
    )
    kinds_told: set[str] = field(default_factory=set)

    def render(self, text: str, name: str, whole: bool = False) -> str:
        """The Markdown with its numbers; what rests on data that is not there is left out, and a box says so. What would
        tell a small number of children is withheld and marked in a draft, and stops a final edition.

        Words that can only be left out as a whole, such as a headline, are `whole`: nothing then stands for them.

        Raises DataStop naming the section when a fact or word of it is unknown.
        """
        before = self._noted()
        try:
            rendered = self._render(text, name)
        except (NoData, SmallCount) as found:
            self._note(before)
            self.findings += self._left_out(found, name) if whole else []
            rendered = "" if whole else self._render_what_can_be(text, name)
        self._check_words(text, name, comparing=not whole)
        if not self.draft:
            self._stop_on_findings()
        return rendered

    @staticmethod
    def _left_out(found: NoData | SmallCount, name: str) -> list[Finding]:
        """What to say of words that were left out. Of a small count it says where, and not which."""
        if isinstance(found, NoData):
            return gaps.told(found.gaps, name)
        advice = "Leave the sentence out, or count a larger group."
        return [warning(SMALL, f"A sentence {SMALL_COUNT}", file=name, advice=advice)]

    def _render_what_can_be(self, text: str, name: str) -> str:
        """The paragraphs and points that may stand and have their data, and at the end a box with what the others lack."""
        kept, lacking = [], []
        for block in blocks(text):
            before, words = self._noted(), block.rstrip()
            try:
                words_kept = self._render(words, name)
            except NoData as found:
                self._note(before)
                lacking += found.gaps
                words_kept = "\n".join(line for line in words.splitlines() if line.startswith((":::", "#")))
            except SmallCount as small:
                self._note(before)
                self.findings += self._left_out(small, name)
                point = POINT.match(words)
                words_kept = (point[0] if point else "") + WITHHELD
            kept.append(words_kept + block[len(words) :])
        self.findings += gaps.told(dict.fromkeys(lacking), name)
        whole = re.sub(r"^:::+ *\{[^\n]*\n\s*:::+ *$", "", "".join(kept), flags=re.M)
        return f"{whole}\n{gaps.box(lacking, LEFT_OUT)}" if lacking else whole

    def _noted(self) -> tuple:
        """What was noted so far, to go back to when a part cannot be written."""
        return tuple(copy(getattr(self, name)) for name in NOTES)

    def _note(self, before: tuple) -> None:
        for name, value in zip(NOTES, before, strict=True):
            setattr(self, name, value)

    def _render(self, text: str, name: str) -> str:
        environment = _environment()
        environment.globals = self._words(name)
        self.crossed.clear()
        self.caveats.clear()
        self.kinds_told.clear()
        try:
            code = _compiled(text)
            rendered = jinja2.Template.from_code(environment, code, environment.make_globals(None)).render()
        except (NoData, SmallCount):
            raise
        except (jinja2.TemplateError, facts.FactError, ValueError, TypeError, ArithmeticError) as error:
            line = getattr(error, "lineno", None)
            advice = "Look the name up with `bscb facts`, or mend the text."
            raise DataStop([failure("commentary", f"{error}", file=name, row=line, advice=advice)]) from error
        self._check_bound(rendered, name)
        self._check_caveats(name)
        self._check_kinds(rendered, name)
        return rendered

    def _stop_on_findings(self) -> None:
        """A final edition stops on what a draft may carry; on a gap only where year.toml does not declare it."""
        known = {found for found in self.findings if found.check == GAP}
        known -= set(gaps.undeclared(known, self.edition))
        known |= {found for found in self.findings if found.check == "wording"}  # a hint, for the draft
        if stopping := [found for found in self.findings if found not in known]:
            raise DataStop(
                [
                    failure(found.check, found.message, file=found.file, value=found.value)
                    for found in stopping
                ]
            )

    def fact(
        self,
        fact_id: str,
        area: str = "",
        year: str = "",
        decimals: int | None = None,
        unit: str | None = None,
    ) -> Number:
        """The number, for the report's own area and year unless said otherwise."""
        found = self.compute(fact_id, area, year)
        side = self._side(found)
        if facts.is_disclosive(found):
            return Withheld(f"Fact '{fact_id}'")
        text = numbers.write(
            found.value,
            found.unit if unit is None else unit,
            found.decimals if decimals is None else decimals,
        )
        return Number(found.value, _span(found, text), side, self.crossed)

    def _side(self, found: Fact) -> Side | None:
        words = facts._words(self.edition, found.area, found.year)
        return breaks.side(facts.definitions()[found.id], words, self.tables)

    def caveat(self, break_id: str) -> str:
        """What a comparison in this section has to say of a break. ValueError when no break is called so."""
        if break_id not in breaks.declared():
            raise ValueError(f"No break is called '{break_id}'. Declare it in definitions/breaks.csv.")
        self.caveats.add(break_id)
        return Written(breaks.declared()[break_id].caveat)

    def _check_caveats(self, name: str) -> None:
        for known in sorted(self.crossed - self.caveats):
            told = breaks.declared()[known].what_changed
            advice = f'Add {{{{ caveat("{known}") }}}} to the section, or compare within one definition.'
            message = f"A comparison crosses a break. {told}"
            self.findings.append(warning("comparison", message, file=name, value=known, advice=advice))

    def comes_from(self, *fact_ids: str) -> str:
        """What kind of numbers these facts are, in plain words: real, or made up to match the real totals."""
        kinds = {self.compute(fact_id).provenance for fact_id in fact_ids}
        self.kinds_told |= kinds
        mark = " .made-up" if kinds & {"illustrative", "mixed"} else ""
        return Written(f"[{in_plain_words(kinds)}.]{{.kind{mark}}}")

    def _check_kinds(self, rendered: str, name: str) -> None:
        """For young readers every section says whether its numbers are real."""
        shown = [self.used[key] for key in map("|".join, SHOWN.findall(rendered)) if key in self.used]
        kinds = {fact.provenance for fact in shown} if self.says_kinds else set()
        for kind in sorted(kinds - self.kinds_told):
            advice = f'Add {{{{ comes_from("{next(f.id for f in shown if f.provenance == kind)}") }}}}.'
            message = f"The section does not say what kind its numbers are ({in_plain_words([kind])})."
            self.findings.append(warning("number", message, file=name, value=kind, advice=advice))

    def phone(self, name: str) -> str:
        """The telephone number of a help line as a link that calls it. ValueError when there is no such line."""
        lines = self.tables["help_lines"]
        found = lines[lines["name"] == name]["phone"].dropna()
        if found.empty:
            raise ValueError(f"No help line is called '{name}'. There are: {', '.join(lines['name'])}.")
        return Written(phone_link(str(found.iloc[0])))

    def compute(self, fact_id: str, area: str = "", year: str = "") -> Fact:
        """The fact, remembered as one that readers are told."""
        found = facts.compute(fact_id, self.tables, self.edition, area, year)
        self.used[f"{fact_id}|{found.area}|{found.year}"] = found
        self.weighed.add(f"{fact_id}|{found.area}|{found.year}")
        return found

    def direction(self, fact_id: str, since: str = "", area: str = "", year: str = "") -> str:
        """rose, fell slightly, changed little …: this year against `since` (last year unless said)."""
        return numbers.direction(
            self.fact(fact_id, area, since or self._before(year)),
            self.fact(fact_id, area, year),
        )

    def change(self, fact_id: str, since: str = "", area: str = "", year: str = "") -> str:
        """`rose from 431.3 to 576.7`."""
        before = self.fact(fact_id, area, since or self._before(year))
        after = self.fact(fact_id, area, year)
        return Written(f"{numbers.direction(before, after)} from {before} to {after}")

    def change_pct(
        self, fact_id: str, since: str = "", area: str = "", year: str = "", decimals: int = 0
    ) -> Number:
        """The change in per cent of the earlier value, without its sign."""
        before, after = (
            self.fact(fact_id, area, since or self._before(year)),
            self.fact(fact_id, area, year),
        )
        value = float(numbers.change_pct(before, after))
        shown = numbers.write(abs(value), "percent", decimals)
        earlier = since or self._before(year)
        return Number(value, _span(self.compute(fact_id, area, year), shown, how="change_pct", since=earlier))

    def roughly(self, fact_id: str, area: str = "", year: str = "") -> Number:
        """`over 500,000`, `almost 60%`: the fact by the round number it lies near."""
        return self._in_words(fact_id, area, year, lambda found: numbers.roughly(found.value, found.unit))

    def span(self, fact_id: str, other: str, area: str = "", year: str = "") -> Number:
        """`15% to 20%`: from one fact to another of the same unit."""
        high = self.fact(other, area, year)
        return self._in_words(
            fact_id,
            area,
            year,
            lambda low: numbers.span(low.value, high, low.unit, low.decimals),
            how="span",
            other=other,
        )

    def _in_words(
        self, fact_id: str, area: str, year: str, write: Callable[[Fact], str], **worked_out: str
    ) -> Number:
        number, found = self.fact(fact_id, area, year), self.compute(fact_id, area, year)
        return (
            number
            if isinstance(number, Withheld)
            else Number(number, _span(found, write(found), **worked_out), number.side, number.crossed)
        )

    def difference(
        self, fact_id: str, other: str, area: str = "", unit: str = "", decimals: int | None = None
    ) -> Number:
        """How far one fact lies from another (both of this area and year), without its sign."""
        first = self.compute(fact_id, area)
        value = float(self.fact(fact_id, area) - self.fact(other, area))
        shown = numbers.write(abs(value), unit, first.decimals if decimals is None else decimals)
        return Number(value, _span(first, shown, how="difference", other=other))

    def compared(self, fact_id: str, area: str, year: str = "") -> str:
        """higher than, close to or lower than another area's value."""
        return numbers.compared(self.fact(fact_id, "", year), self.fact(fact_id, area, year))

    def series(self, indicator: str, category: str = "", area: str = "", year: str = "") -> pd.DataFrame:
        """The rows of an indicator for one area and year, with a value, in their order; of one category if given."""
        self.weighed.add(f"{indicator}|{area or self.edition.area}|{year or self.edition.year.label}")
        frame = rows_with(self.tables, "indicators", "indicator", [indicator])
        same = (frame["indicator"] == indicator) & (frame["area"] == (area or self.edition.area))
        rows = frame[same & (frame["year"] == (year or self.edition.year.label)) & frame["value"].notna()]
        rows = rows[rows["category"] == category] if category else rows
        if rows.empty:
            raise NoData(self._why_not(indicator, category, area, year))
        return rows

    def _why_not(self, indicator: str, category: str, area: str, year: str) -> Gap:
        """Why an indicator has no value. ValueError when there is no such indicator or category at all."""
        frame = rows_with(self.tables, "indicators", "indicator", [indicator])
        known = set(frame["category"])
        if indicator not in definitions() or category and known and category not in known:
            raise ValueError(f"indicator '{indicator}' has no category '{category}', or is none")
        return gaps.of_indicator(indicator, frame, self.edition, area, year)

    def highest(self, indicator: str, category: str = "", area: str = "", year: str = "") -> str:
        """The category with the highest value, or the period when the indicator has one category."""
        rows = self.series(indicator, category, area, year)
        self.tell(rows, "highest", category)
        return _name(rows, rows["value"].idxmax())

    def lowest(self, indicator: str, category: str = "", area: str = "", year: str = "") -> str:
        """The category with the lowest value, or the period when the indicator has one category."""
        rows = self.series(indicator, category, area, year)
        self.tell(rows, "lowest", category)
        return _name(rows, rows["value"].idxmin())

    def first(self, indicator: str, category: str = "", area: str = "", year: str = "") -> Number:
        """The first value of an indicator in the year."""
        return self._of_series(self.series(indicator, category, area, year).iloc[0])

    def last(self, indicator: str, category: str = "", area: str = "", year: str = "") -> Number:
        """The last value of an indicator in the year."""
        return self._of_series(self.series(indicator, category, area, year).iloc[-1])

    def tell(self, rows: pd.DataFrame, how: str, category: str = "", period: str = "") -> None:
        """Remember what a sentence says of a series of children: a value, or which one is the highest or the lowest."""
        first = rows.iloc[0]
        if facts.counts_children(first["table"]):
            named = {name: str(first[name]) for name in ("indicator", "area", "year")}
            said = {**named, "category": category, "period": period, "how": how}
            self.series_told |= {json.dumps(said, sort_keys=True): said}

    def told(self) -> dict[str, list[dict]]:
        """The facts about children, and what was said of series, in everything rendered so far: for the proof."""
        used = [fact for fact in self.used.values() if any(map(facts.counts_children, fact.sources))]
        told = [{"fact": fact.id, "area": fact.area, "year": fact.year} for fact in used]
        return {"facts": told, "series": list(self.series_told.values())}

    def _of_series(self, row: pd.Series) -> Number:
        self.tell(row.to_frame().T, "value", str(row["category"]), str(row["period"]))
        known = definitions()[row["indicator"]]
        count = row["numerator"] if pd.notna(row["numerator"]) else row["value"]
        official = row["provenance"] == "official" or not facts.counts_children(row["table"])
        if not official and disclosure.LOWEST <= count <= disclosure.HIGHEST and float(count).is_integer():
            return Withheld(f"Indicator '{row['indicator']}'")
        text = numbers.write(row["value"], known["unit"], int(known["decimals"] or 0))
        names = {"fact": "indicator"} | {name: name for name in ("area", "year", "category", "period")}
        place = "".join(f' data-{name}="{escape(str(row[column]))}"' for name, column in names.items())
        return Number(row["value"], f'<span class="fact"{place}>{text}</span>')

    def _before(self, year: str) -> str:
        return (ReportYear.parse(year) if year else self.edition.year).previous.label

    def _words(self, name: str) -> dict[str, object]:
        edition = self.edition
        tools: dict[str, Callable] = {tool.__name__: tool for tool in _tools(self)}
        places = {"area": edition.area, "board": edition.board, "chair": edition.chair}
        years = {
            "year": edition.year.label,
            "previous_year": edition.year.previous.label,
            "next_year": edition.year.next.label,
        }
        ends = {
            "year_end": f"31 March {edition.year.end.year}",
            "year_start": f"1 April {edition.year.start.year}",
        }
        return tools | places | years | ends | {"_judge": self._judge_in(name), "_weigh": self.weighed.clear}

    def _judge_in(self, name: str) -> Callable[[bool, str], str]:
        def judge(holds: bool, text: str) -> str:
            self.claims += 1
            plain = re.sub(r"<[^>]+>", "", text)
            told = {"place": name, "words": " ".join(plain.split()), "holds": holds}
            self.judged.append(told | {"weighed": sorted(self.weighed)})
            if holds:
                return text
            self.findings.append(
                warning("claim", "The data no longer supports this claim.", file=name, value=plain)
            )
            return f'<mark class="claim-failed">{text}</mark><span class="claim-note"> {NOT_BORNE_OUT}</span>'

        return judge

    def _check_bound(self, rendered: str, name: str) -> None:
        for digit in unbound_numbers(rendered):
            self.findings.append(
                warning("number", "A number in the text is not bound to a fact.", file=name, value=digit)
            )

    def _check_words(self, template: str, name: str, comparing: bool) -> None:
        """What is told in words and not in figures is bound to data as well: seven children, one in three, fell.

        A headline may be put together by a chapter from its data, so that its words of comparison are left alone.
        """
        put = "Put it into a claim, or say it with a fact or a verb."
        for near in claims.loose_counts(template):
            said = "A number written as a word is not bound to a fact."
            self.findings.append(warning("number", said, file=name, value=near, advice=put))
        for near in claims.loose_comparisons(template) if comparing else ():
            said = "A word of comparison is in no claim."
            self.findings.append(warning("wording", said, file=name, value=near, advice=put))


def _tools(writer: Writer) -> list[Callable]:
    return [
        writer.fact,
        writer.direction,
        writer.change,
        writer.change_pct,
        writer.difference,
        writer.roughly,
        writer.span,
        writer.compared,
        writer.caveat,
        writer.comes_from,
        writer.phone,
        writer.highest,
        writer.lowest,
        writer.first,
        writer.last,
        *claims.verbs(writer),
    ]


def _name(rows: pd.DataFrame, place: int) -> str:
    named = "period" if rows["category"].nunique() == 1 else "category"
    return str(rows.loc[place, named])


def _span(fact: Fact, text: str, **worked_out: str) -> str:
    """A number with the name of its fact; `how` and what else it was worked out with where it is not the fact itself."""
    where = f' data-area="{escape(fact.area)}" data-year="{fact.year}"'
    where += "".join(f' data-{name}="{escape(value)}"' for name, value in worked_out.items())
    return f'<span class="fact" data-fact="{escape(fact.id)}"{where}>{text}</span>'


def _environment() -> ImmutableSandboxedEnvironment:
    """What commentary is written in."""
    return ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        extensions=[ClaimTag],
        autoescape=False,
        finalize=as_words,
        comment_start_string="{%#",  # `{#` begins an identifier in Markdown
        comment_end_string="#%}",
    )


@lru_cache(maxsize=1000)
def _compiled(text: str) -> CodeType:
    """A text compiled once, however often it is rendered."""
    return _environment().compile(text)


class ClaimTag(jinja2.ext.Extension):
    """`{% claim CONDITION %}words{% endclaim %}`: the words stand only while the condition holds."""

    tags = {"claim"}

    def parse(self, parser: jinja2.parser.Parser) -> jinja2.nodes.Node:
        line = next(parser.stream).lineno
        condition = parser.parse_expression()
        body = parser.parse_statements(("name:endclaim",), drop_needle=True)
        start = self.call_method("_start", [jinja2.nodes.ContextReference()])  # before the condition is asked
        call = self.call_method("_claim", [start, condition, jinja2.nodes.ContextReference()])
        return jinja2.nodes.CallBlock(call, [], [], body).set_lineno(line)

    def _start(self, context: jinja2.runtime.Context) -> None:
        context["_weigh"]()

    def _claim(
        self, start: None, holds: object, context: jinja2.runtime.Context, caller: Callable[[], str]
    ) -> str:
        return context["_judge"](bool(holds), caller())


def phone_link(number: str, words: str = "") -> str:
    """A telephone number as a link in Markdown that calls it."""
    return f"[{words}{as_words(number)}](tel:{re.sub(r'[^0-9+]', '', number)}){{.phone}}"


@cache
def _allowed() -> re.Pattern[str]:
    with ALLOWED.open(encoding="utf8", newline="") as lines:
        return re.compile("|".join(f"(?:{row['pattern']})" for row in csv.DictReader(lines)))


def unbound_places(text: str) -> Iterator[tuple[int, int]]:
    """Where in a plain text, of whatever format, a number stands that the allow-list does not excuse: first and last place."""
    bare = _allowed().sub(lambda found: " " * len(found[0]), text) if re.search(r"\d", text) else ""
    yield from (found.span() for found in re.finditer(r"\S*\d\S*", bare))


def unbound_in(text: str, known: Collection[str] = ()) -> list[str]:
    """Numbers in a plain text, of whatever format, that are neither known nor excused by the allow-list.

    `known` holds the numerals that data put there, as numbers.numerals writes them: 1,234 and 12.5.
    """
    text = re.sub(r"\s+", " ", text)
    found = [text[start:end] for start, end in unbound_places(text)]
    return [word for word in found if not known or not set(numbers.numerals(word)) <= set(known)]


def unbound_numbers(markdown: str) -> list[str]:
    """Numbers in rendered Markdown that no fact carries and the allow-list does not excuse."""
    text = re.sub(
        r'<span class="fact"[^>]*>.*?</span>|\[[^\]]*\]\(tel:\d+\)\{\.phone\}', " ", markdown, flags=re.S
    )
    text = re.sub(
        r"<[^>]+>|&#\w+;|\]\([^)]*\)|\{[^}]*\}|\[\^[^\]]+\]|@(?:fig|tbl|sec)-[\w-]+|^#+ .*$",
        " ",
        text,
        flags=re.M,
    )
    return unbound_in(text)


def blocks(text: str) -> list[str]:
    """The paragraphs, points of lists and lines of divisions of a text, which together are the text again.

    What one claim spans stays together.
    """
    found: list[str] = []
    fresh = True
    for line in text.splitlines(keepends=True):
        starts = line.strip() and (fresh or STARTS.match(line))
        spanned = found and found[-1].count("{% claim") > found[-1].count("{% endclaim")
        if not found or starts and not spanned:
            found.append(line)
        else:
            found[-1] += line
        fresh = not line.strip() or line.startswith(":::")
    return found


def read_sections(path: Path) -> dict[str, str]:
    """The sections of a commentary file by name. ValueError when a name stands twice."""
    sections: dict[str, str] = {}
    for part in re.split(r"^# +(?=\S)", path.read_text(encoding="utf8"), flags=re.M)[1:]:
        name, _, body = part.partition("\n")
        if name.strip() in sections:
            raise ValueError(f"{path.name}: section '{name.strip()}' stands twice.")
        sections[name.strip()] = body.strip() + "\n"
    return sections


def edition_commentary(project: Project, edition: Edition) -> dict[str, tuple[str, str]]:
    """The sections of an edition: the year's own before the standard words; those alone where nobody wrote any."""
    standard = {} if project.audience else load_commentary(STANDARD_WORDS)
    if not edition.official_alone:  # what such an edition says of itself is true of no other
        standard = {name: found for name, found in standard.items() if found[1] != "official_alone.md"}
    own = {} if edition.official_alone else load_commentary(project.commentary(edition.year))
    return standard | own


class NoSection(KeyError):
    """A section of the commentary that a notebook asks for and no file has. Its text says where to write it."""

    def __str__(self) -> str:
        return str(self.args[0])


def no_section(
    project: Project, edition: Edition, wanted: str, found: Mapping[str, tuple[str, str]]
) -> NoSection:
    """What to say of a section that is not there: the file it belongs in, what that file has, and what to do."""
    folder = project.commentary(edition.year)
    before = (
        (year, load_commentary(project.commentary(ReportYear.parse(year))))
        for year in reversed(project.years())
        if year != edition.year.label
    )
    year, file = next(((year, told[wanted][1]) for year, told in before if wanted in told), ("", ""))
    place = (folder / file).relative_to(project.root).as_posix()
    stood = f", where it stands in {year}" if year else ""
    there = [name for name, (_, other) in found.items() if other == file] or list(found)
    near = get_close_matches(wanted, found, 3, 0.75)
    return NoSection(
        f"No commentary has a section '{wanted}', and a cell asks for it: report.prose(\"{wanted}\"). "
        f"Write it in {place} under a line '# {wanted}'{stood}; or take the cell out. "
        + (f"Near it: {', '.join(near)}. " if near else "")
        + f"There are: {', '.join(there)}."
    )


def load_commentary(folder: Path) -> dict[str, tuple[str, str]]:
    """Every section of a year's commentary: name -> (text, file). ValueError when two files share a name."""
    found: dict[str, tuple[str, str]] = {}
    for path in sorted(folder.glob("*.md")):
        for name, text in read_sections(path).items():
            if name in found:
                raise ValueError(f"Section '{name}' stands in {found[name][1]} and in {path.name}.")
            found[name] = (text, path.name)
    return found
