"""What the lines above and below the table of a local return say of its numbers: told, since the numbers do not show it."""

import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import date

from bscbdata import authorities, cleaning
from bscbdata.cleaning import same_spelling
from bscbdata.findings import Finding, warning
from bscbdata.numbers import enumerated
from bscbdata.period import MONTHS, ReportYear, month_end, parse_date, parse_month, year_of
from bscbdata.sources import Source

AREA, OTHER_YEAR = "another area", "another year"
# What a line may say, how that is told, and what to do.
SAID = (
    (
        re.compile(r"\(?\b0{3}s\b|[\'‘’`]0{3}|\bthousands\b", re.I),
        "says that they are in thousands. They were read as they stand.",
        "If it is so, ask for the numbers themselves.",
    ),
    (
        re.compile(
            r"\b(?:cumulative|year[- ]to[- ]date|ytd|(?:running|rolling) (?:total|12|twelve|year))", re.I
        ),
        "says that they count more than their own period. They were read as the numbers of each period.",
        "If it is so, ask for the numbers of each period.",
    ),
    (
        re.compile(r"\b(?:rounded|rounding|nearest (?:5|five|10|ten|100|hundred))\b", re.I),
        "says that they are rounded. They were read as they stand.",
        "Ask for the numbers themselves: sums and shares of rounded ones are not exact.",
    ),
    (
        re.compile(
            r"\b(?:draft|provisional|unvalidated|not (?:yet )?final|dummy|specimen|(?<!for )example)\b(?! of)",
            re.I,
        ),
        "says that they are not final, or not real. They were read as they stand.",
        "Ask for the final ones, or take the line out once they are.",
    ),
)
_SHARES = re.compile(r"\((?:%|(?:in )?per ?cent)\)|^\W*(?:%|per ?cent(?:age)?s?)\W+of\b|\brates? per\b", re.I)
_YEAR = re.compile(r"(?<![\d/-])(?:20)?(\d\d) ?[-/–] ?(?:20)?(\d\d)(?![\d/-])")
_YEAR_TO = re.compile(r"\b20(\d\d) to 20(\d\d)\b")
_YEAR_END = re.compile(
    r"\b31(?:st)?(?: of)? Mar(?:ch)? (20\d\d)|\b31[/.]0?3[/.](20\d\d)|\bend(?:ing|ed) March (20\d\d)", re.I
)
_MONTH = "|".join(f"{month[:3]}(?:{month[3:]})?" for month in MONTHS)
_SPAN = re.compile(
    rf"\b({_MONTH})\b(?: ?20\d\d)? ?(?:to|until|[-–]) ?(?:\d{{1,2}}(?:st|nd|rd|th)? )?({_MONTH})\b", re.I
)
_UNTIL = re.compile(
    rf"\b(?:at|of|to|until|by|end(?:ed|ing)) (\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{4}}|(?:\d{{1,2}} )?(?:{_MONTH}) \d{{4}})(?!\d)",
    re.I,
)
_PART = re.compile(
    r"\b(?:q|qtr|quarters?) ?[1-4]\b|\bh[12]\b|\bhalf[- ]year|\b(?:first|second|last) (?:half|(?:[369]|three|six|nine) months)\b"
    r"|\b(?:academic|school|calendar) year\b",
    re.I,
)
# How many rows a list has by its own words, and that some of them are not there.
_ROWS = r"(?:rows?|records?|entries|results?)"
_LENGTH = re.compile(
    rf"(?<![\d,])(\d[\d,]*) {_ROWS}\b|\b{_ROWS}(?: returned| found| in total)?\W{{1,3}}(\d[\d,]*)\W*$", re.I
)
_CUT = re.compile(
    rf"\btruncated\b|\b(?:first|top|limited to|more than) [\d,]+ {_ROWS}\b|\b(?:more|further) {_ROWS}\b", re.I
)
# A year alone at the end, as in `Contacts 2014` or `FY2014`: of which report year it is it does not say.
_YEAR_ALONE = re.compile(r"\D*?\b(?:FY ?)?(20\d\d)\W*", re.I)


def told_of_titles(
    lines: Iterable[object], source: Source, year: ReportYear, name: str, header: Iterable[str] = ()
) -> list[Finding]:
    """A warning for each line beside the numbers that says what they do not show: thousands, rounding, another period.

    `header` is the header of the table, where the lines hold it too: a year in it is a column's.
    """
    texts = [str(line) for line in lines]
    texts = [text for text in texts if not (cleaning.is_cumulative(text) or cleaning.is_comparator(text))]
    told = [(text, said, advice) for text in texts for sign, said, advice in SAID if sign.search(text)]
    of_columns = "\n".join(map(same_spelling, header))
    titles = [] if source.official else [text for text in texts if same_spelling(text) not in of_columns]
    told += [(text, *other) for text in titles if (other := _other_period(text, source, year))]
    told += [(text, *shares) for text in titles if (shares := _shares(text, source))]
    place = {"file": name, "sheet": source.sheet}
    return [
        warning("unit", f"A line beside the numbers {said}", **place, value=text[:200], advice=advice)
        for text, said, advice in told
    ] + told_of_areas(titles, place)


def told_of_areas(lines: Iterable[str], place: dict[str, str]) -> list[Finding]:
    """A warning of each line that names an authority. Whose report it is the reader of a file does not know: see `of_others`."""
    named = {line[:200]: authorities.named_in(line[:200]) for line in lines}
    advice = "See whether it is another area's return."
    return [
        warning(
            AREA,
            f"A line beside the numbers speaks of {enumerated(areas)}.",
            **place,
            value=line,
            advice=advice,
        )
        for line, areas in named.items()
        if areas
    ]


def told_of_lists(lines: Iterable[str], place: dict[str, str]) -> list[Finding]:
    """A warning of each line above a list of children that speaks of a year, names an authority, or says that it is a draft
    or not real. Which year and area the report is of the reader of a list does not know: see `of_others`."""
    told = [line[:200] for line in lines]
    sign, said, advice = SAID[-1]
    found = [(line, "unit", said, advice) for line in told if sign.search(line)]
    for line in told:
        if years := years_spoken(line):
            said = f"speaks of {enumerated([year.label for year in sorted(years)])}."
            found.append((line, OTHER_YEAR, said, "See whether it is the right year's list."))
    return told_of_areas(told, place) + [
        warning(check, f"A line beside the numbers {said}", **place, value=line, advice=advice)
        for line, check, said, advice in found
    ]


def told_of_length(lines: Iterable[str], rows: int, place: dict[str, str]) -> list[Finding]:
    """A warning of each line beside a list that says that it has another number of rows, or that some were left out."""
    found = []
    for line in lines:
        told = {int(number.replace(",", "")) for pair in _LENGTH.findall(line) for number in pair if number}
        if told - {rows} or _CUT.search(line):
            said = (
                f"A line beside the list says how long it is, or that it was cut short. It has {rows:,} rows."
            )
            advice = "Ask whether the list is whole."
            found.append(warning("row_count", said, **place, value=line[:200], advice=advice))
    return found


def of_others(findings: Iterable[Finding], area: str, years: Collection[ReportYear] = ()) -> list[Finding]:
    """The findings without those of lines that name the report's own area, or one of the years that are meant."""
    others = [f for f in findings if f.check != AREA or area not in authorities.named_in(f.value)]
    return [f for f in others if f.check != OTHER_YEAR or years_spoken(f.value).isdisjoint(years)]


def _shares(text: str, source: Source) -> tuple[str, str] | None:
    """What is told of a line that speaks of shares or rates beside a table of counts alone."""
    kinds = {column.kind for column in source.columns}
    if "count" not in kinds or kinds & {"share_pct", "number", "value"} or not _SHARES.search(text):
        return None
    said = "says that they are shares or rates. They were read as counts."
    return said, "If it is so, ask for the numbers themselves."


def _other_period(text: str, source: Source, year: ReportYear) -> tuple[str, str] | None:
    """What is told of a line that speaks of another year, or of a part of it where no row says its own period."""
    days = _days_until(text)
    all_before = max(days, default=year.start) < year.start
    years = years_spoken(text) or {year_of(day) for day in days if all_before}
    if years and year not in years:
        spoken = ", ".join(one.label for one in sorted(years))
        return f"speaks of {spoken} and not of {year}.", "See whether it is the right year's return."
    alone = _YEAR_ALONE.fullmatch(text)
    if alone and int(alone[1]) not in (year.start.year, year.end.year):
        return f"speaks of {alone[1]} and not of {year}.", "See whether it is the right year's return."
    part = (
        _PART.search(text)
        or any(months != ("apr", "mar") for months in _months(text))
        or any(year.start <= day < year.end for day in days)
    )
    if part and not any(column.kind in ("month", "quarter", "date") for column in source.columns):
        return (
            "speaks of a part of the year, or of other months.",
            "See whether the numbers are of the whole year.",
        )
    return None


def years_spoken(text: str) -> set[ReportYear]:
    """The report years that a line speaks of: `2015/16`, `2015 to 2016`, `31 March 2016`, `year ended March 2016`.

    >>> years_spoken("Children looked after, 2015 to 2016"), years_spoken("aged 15 to 16")
    ({ReportYear 2015-16}, set())
    """
    told = [pair for pattern in (_YEAR, _YEAR_TO) for pair in pattern.findall(text)]
    years = {int(first) + 2000 for first, last in told if (int(first) + 1) % 100 == int(last)}
    return {ReportYear(first) for first in years | {int("".join(f)) - 1 for f in _YEAR_END.findall(text)}}


def _days_until(text: str) -> list[date]:
    """The days up to which a line says that something counts: `as at 31/12/2015`, `to December 2015`."""
    days = []
    for told in _UNTIL.findall(text):
        with suppress(ValueError):  # 31/02/2016 is no day
            days.append(parse_date(told) if told[0].isdigit() else month_end(parse_month(told)))
    return days


def _months(text: str) -> list[tuple[str, str]]:
    return [(first[:3].lower(), last[:3].lower()) for first, last in _SPAN.findall(text)]
