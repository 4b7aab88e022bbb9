"""The writer of commentary: it renders a section, notes what it says, and finds what the data does not bear out."""

import re
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from functools import lru_cache
from types import CodeType

import jinja2
import jinja2.ext
import jinja2.nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bscbdata import breaks, facts, gaps
from bscbdata.authorities import in_words
from bscbdata.findings import SMALL, Finding, refusal, warning
from bscbdata.gaps import NoData
from bscbdata.numbers import agreeing, enumerated
from bscbdata.places import NEIGHBOURS, Edition
from bscbdata.prose.commentary import Section, blocks
from bscbdata.prose.markup import as_words
from bscbdata.prose.number import SMALL_COUNT, SmallCount
from bscbdata.prose.tools import Tools
from bscbdata.prose.unbound import told_in_words, unbound_numbers
from bscbdata.prose.verbs import NO_WHOLE, verbs
from bscbdata.provenance import in_plain_words

LEFT_OUT = "Left out here, because the data for it is not there:"
# what a writer notes as it goes, and takes back when a part cannot be written
NOTES = ("used", "findings", "claims", "judged", "series_told", "crossed", "caveats")
SHOWN = re.compile(r'data-fact="([^"]+)" data-area="([^"]*)" data-year="([^"]*)"')
# What stands for a sentence that tells a small count. It names nothing: no reader may learn which it is.
WITHHELD = '<mark class="withheld">[Withheld: what stood here would tell a small number of children.]</mark>'
# the methods of Tools that a sentence may call by their name
TOOLS = ("fact", "direction", "change", "change_pct", "difference", "roughly", "span", "compared", "caveat")
TOOLS += ("caveats_due", "comes_from", "phone", "highest", "lowest", "first", "last")
POINT = re.compile(r"\s*(?:[-*+]|\d+\.)\s+")
NOT_BORNE_OUT = "[the data does not bear this out]"


@dataclass
class Writer(Tools):
    """Renders commentary for one edition, and remembers which facts it used and which claims failed."""

    says_kinds: bool = False  # whether each section says what kind of numbers it has, as for young readers
    findings: list[Finding] = field(default_factory=list, init=False)
    # claims: words, if they hold, what they weigh
    judged: list[dict] = field(default_factory=list, init=False)
    claims: int = field(default=0, init=False)

    def render(self, text: str, name: str, whole: bool = False) -> str:
        """The Markdown with its numbers; what rests on data that is not there is left out, and a box says so. What would
        tell a small number of children is withheld and marked. What a final edition stops on is a finding of each.

        Words that can only be left out as a whole, such as a headline, are `whole`: nothing then stands for them.

        Raises DataStop naming the section when a fact or word of it is unknown.
        """
        self.crossed, self.caveats = set(), set()
        before = self._noted()
        try:
            rendered = self._render(text, name)
        except (NoData, SmallCount) as found:
            self._note(before)
            self.findings += self._left_out(found, name) if whole else []
            rendered = "" if whole else self._render_what_can_be(text, name)
        self._check_caveats(name)
        # a chapter may put a headline together from its data: its words of comparison are left alone
        self.findings += told_in_words(text, name, comparing=not whole)
        return rendered

    @staticmethod
    def _left_out(found: NoData | SmallCount, name: str, line: int | None = None) -> list[Finding]:
        """What to say of words that were left out. Of a small count it says where, and not which."""
        if isinstance(found, NoData):
            return gaps.told(found.gaps, name)
        advice = "Leave the sentence out, or count a larger group."
        return [warning(SMALL, f"A sentence {SMALL_COUNT}", file=name, row=line, advice=advice)]

    def _render_what_can_be(self, text: str, name: str) -> str:
        """The paragraphs and points that may stand and have their data, and at the end a box with what the others lack."""
        kept, lacking, lost = [], [], False
        line = getattr(text, "line", 1)
        for block in blocks(text):
            before, words = self._noted(), block.rstrip()
            # a small letter goes on with what stands before it, such as a number set large
            goes_on = lost and words[:1].islower()
            lost = goes_on or lost and words.startswith(":::")
            try:
                words_kept = "" if goes_on else self._render(Section(words, line), name)
            except NoData as found:
                self._note(before)
                lost = True
                lacking += found.gaps
                words_kept = "\n".join(line for line in words.splitlines() if line.startswith((":::", "#")))
            except SmallCount as small:
                self._note(before)
                lost = True
                self.findings += self._left_out(small, name, line)
                point = POINT.match(words)
                words_kept = (point[0] if point else "") + WITHHELD
            kept.append(words_kept + block[len(words) :])
            line += block.count("\n")
        # an area without neighbours lacks nothing of them: its foreword says so
        lacking = [gap for gap in lacking if self.edition.neighbours or NEIGHBOURS not in gap.said]
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
        environment.globals = self._words(name, getattr(text, "line", 1))
        self.kinds_told.clear()
        try:
            code = _compiled(text)
            rendered = jinja2.Template.from_code(environment, code, environment.make_globals(None)).render()
            rendered = agreeing(rendered, facts_alone=True)
        except (NoData, SmallCount):
            raise
        except ZeroDivisionError as error:
            raise NoData(NO_WHOLE) from error
        except (jinja2.TemplateError, facts.FactError, ValueError, TypeError, ArithmeticError) as error:
            line = getattr(error, "lineno", None)
            line = line and line - 1 + getattr(text, "line", 1)
            said = str(error).rstrip(".") + "."
            raise refusal("commentary", said, file=name, row=line, advice=_how_to_mend(error)) from error
        self._check_bound(rendered, name)
        self._check_kinds(rendered, name)
        return rendered

    def _words(self, name: str, first_line: int = 1) -> dict[str, object]:
        edition = self.edition
        tools: dict[str, Callable] = {name: getattr(self, name) for name in TOOLS}
        tools |= {verb.__name__: verb for verb in verbs(self)}
        places = {
            "area": edition.area,
            "area_in_words": in_words(edition.area),
            "board": edition.board,
            "chair": edition.chair,
            # a year carried over has no printed report to speak of
            "printed_report": "published_facts" in self.tables,
        }
        places |= {"neighbours": ", ".join(edition.neighbours), "beside": _beside(edition)}
        years = {
            "year": edition.year.label,
            "previous_year": edition.year.previous.label,
            "next_year": edition.year.next.label,
        }
        ends = {
            "year_end": f"31 March {edition.year.end.year}",
            "year_start": f"1 April {edition.year.start.year}",
        }
        judging = {"_judge": self._judge_in(name, first_line), "_weigh": self.weighed.clear}
        return tools | places | years | ends | judging

    def _judge_in(self, name: str, first_line: int) -> Callable[[bool, str, int], str]:
        def judge(holds: bool, text: str, line: int) -> str:
            self.claims += 1
            plain = re.sub(r"<[^>]+>", "", text)
            told = {"place": name, "words": " ".join(plain.split()), "holds": holds}
            self.judged.append(told | {"weighed": sorted(self.weighed)})
            if holds:
                return text
            said, row = "The data no longer supports this claim.", first_line + line - 1
            advice = _what_it_weighs(self.weighed)
            self.findings.append(warning("claim", said, file=name, row=row, value=plain, advice=advice))
            return f'<mark class="claim-failed">{text}</mark><span class="claim-note"> {NOT_BORNE_OUT}</span>'

        return judge

    def _check_bound(self, rendered: str, name: str) -> None:
        for digit in unbound_numbers(rendered):
            self.findings.append(
                warning("number", "A number in the text is not bound to a fact.", file=name, value=digit)
            )

    def _check_caveats(self, name: str) -> None:
        for known in sorted(self.crossed - self.caveats):
            told = breaks.declared()[known].what_changed
            advice = f'Add {{{{ caveat("{known}") }}}} to the section, or compare within one definition.'
            message = f"A comparison crosses a break. {told}"
            self.findings.append(warning("comparison", message, file=name, value=known, advice=advice))

    def _check_kinds(self, rendered: str, name: str) -> None:
        """For young readers every section says whether its numbers are real."""
        shown = [self.used[key] for key in map("|".join, SHOWN.findall(rendered)) if key in self.used]
        kinds = {fact.provenance for fact in shown} if self.says_kinds else set()
        for kind in sorted(kinds - self.kinds_told):
            advice = f'Add {{{{ comes_from("{next(f.id for f in shown if f.provenance == kind)}") }}}}.'
            message = f"The section does not say what kind its numbers are ({in_plain_words([kind])})."
            self.findings.append(warning("number", message, file=name, value=kind, advice=advice))


def _how_to_mend(error: Exception) -> str:
    """What to do about a text that cannot be written."""
    listed = "docs/how-to.md lists what a text can say; definitions/facts.csv and facts_official.csv have the facts."
    if isinstance(error, jinja2.TemplateSyntaxError):
        pairs = 'Each bracket and each straight quotation mark (") is closed, each claim has its endclaim, each if its endif.'
        return (
            f'Write {{{{ fact("referrals.count") }}}} or {{% claim … %}}…{{% endclaim %}}. {pairs} {listed}'
        )
    quoted = 'The name of a fact stands in quotation marks: fact("referrals.count"). '
    return quoted + listed if isinstance(error, jinja2.UndefinedError) else listed


def _what_it_weighs(weighed: set[str]) -> str:
    """Where to look when a claim fails. The numbers themselves are not told: one of them may be a small count."""
    names = sorted({key.partition("|")[0] for key in weighed})
    looked_at = f"Its condition weighs {enumerated(names)}: `bscb facts` has the numbers. " if names else ""
    return f"{looked_at}Say what is true now, or mend the condition or the data, whichever is wrong."


def _beside(edition: Edition) -> str:
    """What an area is set beside, in words."""
    if edition.neighbours:
        return "England, the region and statistical neighbours"
    return "England and the region; the list of statistical neighbours has none for it"


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
        told = [start, condition, jinja2.nodes.Const(line), jinja2.nodes.ContextReference()]
        call = self.call_method("_claim", told)
        return jinja2.nodes.CallBlock(call, [], [], body).set_lineno(line)

    def _start(self, context: jinja2.runtime.Context) -> None:
        context["_weigh"]()

    def _claim(
        self,
        start: None,
        holds: object,
        line: int,
        context: jinja2.runtime.Context,
        caller: Callable[[], str],
    ) -> str:
        return context["_judge"](bool(holds), caller(), line)
