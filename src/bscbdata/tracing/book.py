"""The appendices on where numbers come from: raw files and what they feed, numbers and their rows, a diagram for each chapter.

What a chapter shows is read from its notebook and its commentary, so that the appendices need no chapter executed first.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

import pandas as pd

from bscbdata.figures.figure import Figure
from bscbdata.figures.published_table import without_markup
from bscbdata.findings import DataStop
from bscbdata.gaps import NOT_AVAILABLE, Gap, NoData, is_unasked, left_out_chapters, title_in
from bscbdata.numbers import agreeing, long_date
from bscbdata.places import SIMULATED, slug
from bscbdata.prose import Writer
from bscbdata.provenance import LABELS, in_plain_words, origin_path, raw_files, read_origin
from bscbdata.quality import sender
from bscbdata.reports.figures import ReportFigures, Text
from bscbdata.sources import is_return_of_children, published_name, published_title
from bscbdata.tracing.comparisons import Comparison, comparisons, in_words
from bscbdata.tracing.lineage import NUMBERS, chains, picture
from bscbdata.tracing.shown import LISTED, SPAN, anchor, attributes, keys, trace_shown
from bscbdata.tracing.trace import Trace, counted
from bscbdata.tracing.trace import in_words as rows_in_words
from bscbdata.tracing.usage import Usage, read_usage

SHOWN = re.compile(SPAN.pattern + r"(.*?)</span>", re.S)
# The list of numbers is long: on paper it is short, and says where the whole of it is.
ON_PAGES = '::::: {.content-visible when-format="html"}'
ON_PAPER = '::::: {.content-visible unless-format="html"}'
SMALL = "::: {.small-print}"
NO_HASH = "Its hash is left out: it could be used to guess the few numbers in the file."
PAPER_WORDS = (
    "The list is short here. The web pages also give the definition of each number, its version, and the chapters that "
    "show it; the open data has the list as a file."
)
COMPARISONS_ELSEWHERE = (
    "The list is not printed. It stands on the web page of this appendix, which names the areas, the years and the edition "
    "that each comparison rests on."
)
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~^$!])")


@dataclass(frozen=True)
class Number:
    """A number as the book shows it. `shown` is empty for one that is not shown itself but was used to work out another."""

    key: str
    shown: str
    trace: Trace
    page: str

    @property
    def name(self) -> str:
        return self.key.split("|")[0]


@dataclass(frozen=True)
class TracedBook:
    """All chapters of a report, with the sources, tables and rows behind what they show."""

    report: ReportFigures

    # ---- what there is -----------------------------------------------------------------------------------------

    @cached_property
    def chapters(self) -> dict[str, Usage]:
        """What each chapter uses, by the name of its notebook."""
        left_out = left_out_chapters(self.report.edition)
        found = read_usage(self.report.project)
        edition, there = self.report.edition, self.report.tracer.tables
        return {
            usage.name: replace(
                usage,
                title=title_in(edition, usage.name, usage.title),
                figures=tuple(
                    replace(drawn, caption=edition.worded(drawn.caption))
                    for drawn in usage.figures
                    if not any(is_unasked(name, there, edition) for name in drawn.tables)
                ),
            )
            for usage in found
            if usage.name not in left_out
        }

    def chapter_named(self, number: str) -> str:
        """A chapter as the contents have it, `7 Neglect`; its number alone where the edition has no such chapter."""
        notebook = re.compile(f"0*{number}_")
        return next(
            (f"{number} {used.title}" for name, used in self.chapters.items() if notebook.match(name)), number
        )

    def _chapter(self, name: str) -> Usage:
        """What a chapter uses. NoData when the edition leaves it out."""
        left_out = left_out_chapters(self.report.edition)
        if name in left_out:
            raise NoData(
                Gap(name, left_out[name].rstrip("."), NOT_AVAILABLE, "This edition leaves the chapter out.")
            )
        return self.chapters[name]

    @cached_property
    def numbers_shown(self) -> list[Number]:
        """Every number in words, chapter by chapter, each once a chapter."""
        return [number for usage in self.chapters.values() for number in self._numbers(usage)]

    def _numbers(self, usage: Usage) -> Iterator[Number]:
        text = self._words(usage)
        traces = trace_shown(self.report.tracer, text)
        shown: dict[str, str] = {}
        for tag, inside in SHOWN.findall(text):
            told = attributes(tag)
            for place, key in enumerate(keys(told)):
                plain = without_markup(inside) if place == 0 and "how" not in told else ""
                shown[key] = shown.get(key) or plain
        yield from (Number(key, said, traces[key], usage.page) for key, said in shown.items())

    def _words(self, usage: Usage) -> str:
        """The words of a chapter that hold numbers, rendered: commentary, headlines of figures, requirements with their facts."""
        writer = Writer(self.report.tracer.tables, self.report.edition)
        commentary = self.report.commentary
        templates = [commentary[name][0] for name in usage.sections if name in commentary]
        rendered = [self.report.coverage(guidance).markdown for guidance in usage.guidances]
        for text in [*templates, *usage.texts]:
            with suppress(DataStop):  # the chapter itself says what is wrong
                rendered.append(writer.render(text, usage.name))
        return "\n".join(rendered)

    def files_of(self, tables: tuple[str, ...] | list[str]) -> list[str]:
        """The raw files that tables are made from."""
        return list(dict.fromkeys(place.file for place in self.report.tracer.whole(tables)))

    @cached_property
    def feeds(self) -> pd.DataFrame:
        """What every raw file feeds, a row each. Columns: file, chapter, page, kind (figure or number), anchor, shown."""
        rows = []
        for usage in self.chapters.values():
            for figure in usage.figures:
                about = (usage.title, usage.page, "figure", figure.anchor, figure.caption)
                rows += [(file, *about) for file in self.files_of(figure.tables)]
        for number in self.numbers_shown:
            title = self.chapters[number.page.removesuffix(".html")].title
            about = (title, number.page, "number", anchor(number.name), number.trace.label)
            rows += [(file, *about) for file in dict.fromkeys(p.file for p in number.trace.places)]
        columns = ["file", "chapter", "page", "kind", "anchor", "shown"]
        return pd.DataFrame(rows, columns=columns).drop_duplicates(ignore_index=True)

    def _listed(self, markdown: str, **data: list[dict[str, str]]) -> Text:
        """Markdown made from data alone, marked so that its digits (file names, rows, values) are not checked as an author's claims.

        `data`: the same rows for the open data, by file name.
        """
        found = self.report.text(f"::::::: {{.from-data}}\n{markdown}\n:::::::\n")
        return replace(found, told={**found.told, LISTED: data}) if data else found

    # ---- what is written ---------------------------------------------------------------------------------------

    def sources(self, folder: str) -> Text:
        """Every raw file of a folder (a year, or `official`): who published it, when, licence, hash, what it feeds.

        Nothing of a folder that the edition is not made from: another area has no returns. What is simulated in place
        of official figures stands with them. On the pages the files of each agency are folded away.
        """
        wanted = [folder, SIMULATED] if folder == "official" else [folder]
        folders = [name for name in wanted if name in self.report.edition.raw_folders]
        if not folders:
            return Text("")
        feeds, raw = self.feeds, self.report.project.raw
        named = [path.relative_to(raw).as_posix() for name in folders for path in raw_files(raw / name)]
        parts = dict.fromkeys(
            (sender(name), self._source(name, feeds[feeds["file"] == name])) for name in named
        )
        whole = "\n\n".join(entry for _, entry in parts)
        if folder == "official":
            return self._listed(whole)
        return self._listed(_two_ways(_by_sender(parts), whole))

    def _source(self, name: str, fed: pd.DataFrame) -> str:
        path, told_as = self.report.project.raw / name, published_name(name)
        if not origin_path(path).exists():
            return _entry(_plain(told_as), f"source-{slug(told_as)}", ["It has no paper of its origin."])
        origin = read_origin(path)
        told = {"published": long_date(origin.published), "received": long_date(origin.accessed)}
        dates = [f"{word} {day}" for word, day in told.items() if day]
        lines = [
            f"{_plain(origin.publisher)}, {_plain(published_title(name, origin.title))}.",
            f"{LABELS[origin.provenance]}. {_sentence(dates)}Licence: {_plain(origin.licence)}."
            + (f" Vintage: {_plain(origin.vintage)}." if origin.vintage else ""),
            NO_HASH if is_return_of_children(name) else f"SHA-256 `{origin.sha256}`",
            _fed(fed, compared=name in self.files_of(["statistical_neighbours"])),
        ]
        return _entry(_plain(told_as), f"source-{slug(told_as)}", lines)

    def numbers(self) -> Text:
        """Every number of the text, in the chapter that shows it first: values shown, definition, rows and file, chapters.

        On the pages each chapter's are folded away.
        """
        by_page = groupby(self._by_name(), lambda found: found[0].page)
        listed = [(self.chapters[page.removesuffix(".html")].title, list(found)) for page, found in by_page]
        whole = "\n\n".join(
            _folded(f"{title}: {len(found)} numbers", "\n\n".join(map(self._number, found)))
            for title, found in listed
        )
        short = "\n\n".join(
            part
            for title, found in listed
            for part in (f"**{_plain(title)}**", *map(self._number_on_paper, found))
        )
        return self._listed(
            _two_ways(whole, f"{PAPER_WORDS}\n\n{SMALL}\n{short}\n:::\n"),
            numbers_in_the_text=[
                self._number_as_data(number) for number in self.numbers_shown if number.shown
            ],
        )

    def numbers_in_short(self) -> Text:
        """Every number of the text in the order of the text, in plain words: what it is, who counted it, where it is kept."""
        return self._listed("\n\n".join(map(self._number_in_short, self._by_name())))

    def _by_name(self) -> list[list[Number]]:
        """The numbers of the book, those of one fact together, in the order of the text."""
        by_name: dict[str, list[Number]] = {}
        for number in self.numbers_shown:
            by_name.setdefault(number.name, []).append(number)
        return list(by_name.values())

    def _number_in_short(self, found: list[Number]) -> str:
        trace = found[0].trace
        shown = dict.fromkeys(number.shown for number in found if number.shown)
        files = list(dict.fromkeys(place.file for place in trace.places))
        publishers = dict.fromkeys(read_origin(self.report.project.raw / name).publisher for name in files)
        counted_by = f" Counted by: {_plain('; '.join(publishers))}."
        lines = [
            f"{in_plain_words([trace.provenance], 'published_facts' in self.report.tables)}."
            + (counted_by if trace.provenance != "illustrative" else ""),
            f"Kept in: {', '.join(f'`{name}`' for name in files)}.",
        ]
        name = f"{_plain(trace.label)}: {_plain(', '.join(shown) or 'used to check a sentence')}"
        return _entry(name, anchor(found[0].name), lines)

    def _number_on_paper(self, found: list[Number]) -> str:
        """One fact in a line or two: the values shown, what kind of numbers they are, and the rows they came from."""
        trace = found[0].trace
        shown = dict.fromkeys(
            f"{_plain(n.shown)} ({_plain(n.trace.area)}, {_plain(n.trace.period)})" for n in found if n.shown
        )
        said = "; ".join(shown) or "used to work out another number"
        kind = LABELS.get(trace.provenance, "").partition(":")[0]
        places = "; ".join(_place(row, link=False) for row in trace.card()["rows"])
        return f"[**{_plain(trace.label)}**]{{#{anchor(found[0].name)}}}: {said}. {kind}, {places}."

    def _number(self, found: list[Number]) -> str:
        """The entry of one fact for the web page: its values, definition, source rows, and the chapters that show it."""
        trace, unique = found[0].trace, {number.key: number for number in reversed(found)}
        values = [
            f"**{_plain(n.shown)}** {_plain(', '.join(filter(None, [n.trace.area, n.trace.period])))}"
            for n in reversed(unique.values())
            if n.shown
        ]
        definition = trace.definition
        meaning = counted(definition) or trace.worked_out
        source = f" {_plain(definition['source'])}." if definition.get("source") else ""
        card = trace.card()
        pages = {
            page: self.chapters[page.removesuffix(".html")] for page in dict.fromkeys(n.page for n in found)
        }
        shown_in = ", ".join(f"[{_plain(usage.title)}]({usage.name}.ipynb)" for usage in pages.values())
        lines = [
            "; ".join(values) + "." if values else "Used to work out another number.",
            f"{_plain(meaning[:1].upper() + meaning[1:])}. `{definition['id']}`, version {definition['version']}.{source}",
            f"{LABELS.get(trace.provenance, '')}. " + "; ".join(map(_place, card["rows"])) + ".",
            f"Shown in {shown_in}.",
        ]
        return _entry(_plain(trace.label), anchor(found[0].name), lines)

    def _number_as_data(self, found: Number) -> dict[str, str]:
        return {
            "number": found.shown,
            "what": found.trace.label,
            "area": found.trace.area,
            "period": found.trace.period,
            "how_counted": counted(found.trace.definition) or found.trace.worked_out,
            "definition": found.trace.definition["id"],
            "provenance": LABELS.get(found.trace.provenance, ""),
            "rows": "; ".join(", ".join(filter(None, row)) for row in found.trace.card()["rows"]),
            "page": found.page,
        }

    def comparisons(self) -> Text:
        """Every claim of the book, chapter by chapter: its words, and the year and edition of all that was compared.

        Paper has how many there are, and those that the data does not bear out.
        """
        found = [(usage, self._compared(usage)) for usage in self.chapters.values()]
        fallen = [(usage, [one for one in claims if not one.holds]) for usage, claims in found]
        count, differ = (sum(len(claims) for _, claims in each) for each in (found, fallen))
        return self._listed(
            f"{_how_many(count, differ)}\n\n{ON_PAGES}\n{_claims_folded(found)}\n:::::\n\n"
            f"{ON_PAPER}\n{COMPARISONS_ELSEWHERE}\n\n{_claims(fallen)}\n:::::",
            comparisons_in_words=[_claim_as_data(usage, one) for usage, claims in found for one in claims],
        )

    def _compared(self, usage: Usage) -> list[Comparison]:
        writer = Writer(self.report.tracer.tables, self.report.edition)
        told = {
            name: self.report.commentary[name][0] for name in usage.sections if name in self.report.commentary
        }
        told |= {f"{usage.name} {number}": text for number, text in enumerate(usage.texts)}
        return list(comparisons(self.report.tracer, writer, told))

    def made_from(self, chapter: str) -> Text:
        """The figures and tables of a chapter, each with the tables and files it is made from."""
        if chapter in left_out_chapters(self.report.edition):
            return Text("")  # `lineage` says it, above
        lines = []
        for figure in self.chapters[chapter].figures:
            none = "nothing yet" if figure.tables else "nothing but this report"
            files = ", ".join(_file(name) for name in self.files_of(figure.tables)) or none
            tables = ", ".join(f"`{name}`" for name in figure.tables)
            through = f", through {tables}" if tables else ""
            lines.append(
                f"- []{{#from-{figure.key}}}@{figure.anchor}, {_plain(figure.caption)}: {files}{through}"
            )
        return self._listed("\n".join(lines))

    def lineage(self, chapter: str, key: str) -> Figure | Text:
        """A diagram from raw files through tidy tables to what a chapter shows, with the same links as a table.

        Words instead where nothing is there to link: what lacks is a gap of the chapter, and needs no word of its own.
        """
        usage = self._chapter(chapter)
        numbers = [n.trace for n in self.numbers_shown if n.page == usage.page]
        behind = list(dict.fromkeys(t for trace in numbers for t in trace.tables if t != "indicators"))
        there = self.report.tracer.tables
        shown = [(figure.caption, [t for t in figure.tables if t in there]) for figure in usage.figures]
        shown += [(NUMBERS, behind)] if behind else []
        if not any(several for _, several in shown):
            return Text("Nothing that this chapter shows is made from data.")
        tables = list(dict.fromkeys(table for _, several in shown for table in several))
        frame = chains(shown, {table: self.files_of([table]) for table in tables})
        wide, narrow = picture(frame)
        drawn = self.report.figure(
            wide, key=key, headline="", narrow=narrow, tables=tables,
            measure=f"Raw files, the processed tables made from them, and what “{usage.title}” shows of these",
            labels={"file": "Raw file", "table": "Processed table", "shown": "Shown"},
            alt_text="Diagram. Lines lead from raw files on the left through processed tables in the middle to the "
            "figures, the tables and the numbers in the text on the right. The table below lists every way.",
        )  # fmt: skip
        return replace(drawn, source="")  # the picture itself says what it is made from


def _entry(name: str, anchor_: str, lines: Iterable[str]) -> str:
    """One entry of a Markdown definition list: the term with its anchor, and a line for each text."""
    return "\n".join([f"[{name}]{{#{anchor_}}}", *(f":   {line}" for line in lines)])


def _by_sender(parts: Iterable[tuple[str, str]]) -> str:
    """The entries of files, folded away under who sent them."""
    groups = [(name, [entry for _, entry in found]) for name, found in groupby(parts, lambda part: part[0])]
    return "\n\n".join(
        _folded(f"{name}: {len(entries)} files", "\n\n".join(entries)) for name, entries in groups
    )


def _two_ways(pages: str, paper: str) -> str:
    return f"{ON_PAGES}\n{pages}\n:::::\n\n{ON_PAPER}\n{paper}\n:::::"


def _folded(title: str, inside: str) -> str:
    """What is looked up and not read: closed until a reader or a link opens it."""
    name = agreeing(title).replace('"', "'")
    return f'::: {{.callout-note collapse="true" title="{name}"}}\n{inside}\n:::'


def _how_many(count: int, differ: int) -> str:
    """How many comparisons there are, and whether the data bears them out."""
    if not count:
        return "No words of the text compare numbers."
    said = f"{count} {'comparison is' if count == 1 else 'comparisons are'} made in words."
    if not differ:
        return f"{said} The data bears {'it' if count == 1 else 'every one of them'} out."
    return f"{said} The data does not bear out {differ} of them."


def _claims(found: list[tuple[Usage, list[Comparison]]]) -> str:
    """The claims of every chapter as entries below its name, in small type; empty when there are none."""
    parts = [
        "\n".join([f"[{_plain(usage.title)}]({usage.name}.ipynb)", *map(_claim, claims)])
        for usage, claims in found
        if claims
    ]
    return "\n\n".join([SMALL, *parts, ":::"]) if parts else ""


def _claims_folded(found: list[tuple[Usage, list[Comparison]]]) -> str:
    """The claims of every chapter, folded away under its name."""
    return "\n\n".join(
        _folded(f"{usage.title}: {len(claims)} comparisons", _claims([(usage, claims)]))
        for usage, claims in found
        if claims
    )


def _claim(found: Comparison) -> str:
    borne_out = "" if found.holds else " Not borne out by the data."
    return f":   “{_plain(found.words)}”.{borne_out} {_plain('; '.join(in_words(found.sides)))}."


def _claim_as_data(usage: Usage, found: Comparison) -> dict[str, str]:
    return {
        "words": " ".join(without_markup(found.words).split()),
        "borne_out": "yes" if found.holds else "no",
        "compared": "; ".join(in_words(found.sides)),
        "page": f"{usage.name}.html",
    }


def _fed(fed: pd.DataFrame, compared: bool) -> str:
    """What a file feeds, in words with links; `compared` when it names the areas that others are compared with."""
    figures = fed[fed["kind"] == "figure"]
    numbers = fed[fed["kind"] == "number"].drop_duplicates("anchor")
    said = [f"@{anchor}" for anchor in dict.fromkeys(figures["anchor"])]
    if len(numbers):
        count = agreeing(f"{len(numbers)} numbers in the text")
        said.append(f"[{count}](a8_numbers.ipynb#{numbers['anchor'].iloc[0]})")
    if compared:
        said.insert(0, "every comparison with statistical neighbours")
    if not said:
        return "Feeds checks and appendices only."
    chapters = ", ".join(_plain(title) for title in dict.fromkeys(fed["chapter"]))
    return f"Feeds {', '.join(said)}." + (f" Chapters: {chapters}." if chapters else "")


def _place(row: list[str], link: bool = True) -> str:
    """File, sheet and rows in words; on paper without the link to the file's entry, which would lead nowhere else."""
    name, sheet, rows = row
    more = [f"sheet {_plain(sheet)}" if sheet else "", rows_in_words(rows)]
    return ", ".join(filter(None, [_file(name) if link else f"`{name}`", *more]))


def _file(name: str) -> str:
    return f"[{_plain(name)}](a6_sources.ipynb#source-{slug(name)})"


def _sentence(parts: list[str]) -> str:
    said = ", ".join(filter(None, parts))
    return f"{said[:1].upper()}{said[1:]}. " if said else ""


def _plain(text: str) -> str:
    """Text with Markdown's special characters escaped."""
    return SPECIAL.sub(r"\\\1", text).replace("@", "&#64;")
