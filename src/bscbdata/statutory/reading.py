"""Every statutory return of a year: `data/raw/<year>/statutory/<format>/`, one folder for each format."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from bscbdata.authorities import load_areas
from bscbdata.findings import DataStop, Finding, failure, passed, refusal, warning
from bscbdata.period import MONTHS, ReportYear, in_runs
from bscbdata.sources.grid import is_xml_workbook
from bscbdata.statutory import FORMATS, CaseRecords, list_columns
from bscbdata.statutory.annex_a import Decide, read_annex_a
from bscbdata.statutory.spans import SLACK, densest_span, within

FOLDER = "statutory"
# Lists that are drawn by the date of their event alone, so that their first and last dates say what an extract covers.
DRAWN_BY_DATE = {"contacts": "contact_date", "referrals": "referral_date", "section_47": "start_date"}
LEFT_OPEN, A_FEW, MANY = 0.1, 3, 20
A_YEAR = timedelta(days=366)
ENDS = {
    "assessments": "authorisation_date",
    "section_47": "conference_date",
    "children_in_need": "closure_date",
    "plans": "end_date",
    "looked_after": "end_date",
}
# The day without which there is nothing yet to say yes or no of.
ASKED_OF = {"led_to_plan": "conference_date", "requires_support": "authorisation_date"}
NUMBER_OF_A_CHILD = r"\w*[1-9]\w*"
# What may stand in its place, by which several would count as one; what is said, expected and advised.
ODD_NUMBERS = (
    (
        r"^\d(?:\.\d+)?E\+\d+$",
        "Numbers of children were shortened by Excel (1.23457E+11), in {}: different children have the same.",
        "the whole number",
        "Ask for the file as the case system exports it, or with these columns as text.",
    ),
    (
        r"^[^1-9]*$",
        "A word, or nothing but noughts, stands for the number of a child, in {}: all with the same would be one child.",
        "the child's own number",
        "Ask for the number of each child, or for the rows without it to be left out.",
    ),
    (
        r"\d\s*(?:;|&|\band\b|, )\s*\w*\d",
        "Several numbers of children stand in one cell, in {}: these children would be one.",
        "one child in a row",
        "Ask for a row for each child.",
    ),
)
Reader = Callable[[list[Path], str, ReportYear, Decide], CaseRecords]


def statutory_folders(raw: Path, year: ReportYear) -> dict[str, Path]:
    """The formats that were sent for a year, each with its folder."""
    base = raw / year.label / FOLDER
    return {name: base / name for name in FORMATS if (base / name).is_dir() and files_of(base / name)}


def unknown_folders(raw: Path, year: ReportYear) -> list[Finding]:
    """A failure for everything in the statutory folder that is not a known format's folder: nothing is passed over."""
    base = raw / year.label / FOLDER
    strange = (
        sorted(path.name for path in base.iterdir() if path.name not in FORMATS) if base.is_dir() else []
    )
    expected = ", ".join(FORMATS)
    return [
        failure(
            "statutory",
            "This is not the folder of a statutory return, so it was not read.",
            file=f"{year.label}/{FOLDER}/{name}",
            expected=f"one of the folders {expected}",
            advice="Put the files into the folder of their format.",
        )
        for name in strange
        if not name.startswith(".")
    ]


def files_of(folder: Path) -> list[Path]:
    """The returns in a folder, without the origins beside them."""
    return sorted(
        path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".origin.toml")
    )


def read_format(name: str, folder: Path, year: ReportYear, decide: Decide) -> CaseRecords:
    """The records of one format's folder. Raises DataStop when they cannot be used as a whole."""
    called = f"{year.label}/{FOLDER}/{name}"
    records = READERS[name](files_of(folder), called, year, decide)
    _stop_when_rows_are_lost(records, called)
    records.findings += _odd_numbers(records, called) + _numbers_in_two_forms(records, called)
    records.findings += _flags_left_open(records, called) + _nothing_to_count(records, called)
    records.findings += _lists_not_sent(records, called) + _ends_not_sent(records, called)
    return records


def _odd_numbers(records: CaseRecords, called: str) -> list[Finding]:
    """A failure for each kind of what stands for the number of a child and makes one child of several."""
    found = []
    odd = {name: _closely(frame) for name, frame in records.lists.items()}
    for pattern, said, expected, advice in ODD_NUMBERS:
        rows = {name: few["row_id"][few["child"].str.contains(pattern)] for name, few in odd.items()}
        counts = {name: len(ids) for name, ids in rows.items() if len(ids)}
        if counts:
            first = rows[next(iter(counts))].iloc[0]
            told = said.format(f"{_listed(counts)}, first in {first}")
            found.append(failure("child", told, file=called, expected=expected, advice=advice))
    return found


def _closely(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows whose number of a child has other signs than letters and digits, or no digit: few of a million."""
    return frame.loc[~frame["child"].str.fullmatch(NUMBER_OF_A_CHILD, na=True), ["child", "row_id"]]


def _numbers_in_two_forms(records: CaseRecords, called: str) -> list[Finding]:
    """A warning of numbers that differ in noughts in front, case, spaces or signs alone: what is one child counts as two."""
    tables = [*records.lists.values(), *records.native.values()]
    columns = [frame[name] for frame in tables for name in ("child", "CHILD") if name in frame]
    frames = [column.dropna().unique() for column in columns]
    numbers = pd.Series(pd.unique(np.concatenate(frames)) if frames else [], dtype="object")
    plain = numbers.str.replace(r"[\W_]", "", regex=True).str.casefold().str.lstrip("0")
    alike = int(plain[plain.duplicated()].nunique())
    if not alike:
        return []
    said = f"Numbers of children stand in two forms that differ in noughts in front, case, spaces or signs alone: {alike:,}."
    advice = "If they are one child each, ask for the lists with the number written in one way: until then each counts as two."
    return [warning("child", said, file=called, expected="one form of a number", advice=advice)]


def _flags_left_open(records: CaseRecords, called: str) -> list[Finding]:
    """A warning of yes-or-no columns that say both yes and no, and are empty in a tenth of the rows: that counts as no."""
    found = []
    for name, frame in records.lists.items():
        flags = [column.name for column in list_columns()[name] if column.kind == "yes_no"]
        for flag in flags:
            asked = frame[frame[ASKED_OF[flag]].notna()] if flag in ASKED_OF else frame
            empty, both = int(asked[flag].isna().sum()), asked[flag].nunique() == 2
            if both and empty >= LEFT_OPEN * len(asked):
                which = f" with a {ASKED_OF[flag]}" if flag in ASKED_OF else ""
                said = f"{flag} of {name} is empty in {empty:,} of {len(asked):,} rows{which} and yes or no in the others: empty counts as no."
                found.append(warning("empty", said, file=called, advice="Ask what it is in these rows."))
    return found


def _lists_not_sent(records: CaseRecords, called: str) -> list[Finding]:
    """A warning of the lists of which a census, that has no table to send empty, holds no row among many of others: that
    nothing happened is not what it says, so no figure rests on them."""
    empty = [name for name, frame in records.lists.items() if frame.empty]
    if records.format != "cin_census" or not empty or max(map(len, records.lists.values())) < _many(records):
        return []
    for name in empty:
        del records.lists[name]
    said = f"It holds nothing at all of {', '.join(empty)}, so no figure that rests on them is given."
    return [warning("empty", said, file=called, advice="Ask whether all of its modules were sent.")]


def _many(records: CaseRecords) -> int:
    """From how many rows on it is no chance that something stands in none of them: from the first, where a census has
    elements that nobody knows, since it may stand in these."""
    return 1 if any(told.check == "cin_census_unknown_element" for told in records.findings) else MANY


def _ends_not_sent(records: CaseRecords, called: str) -> list[Finding]:
    """A warning of days that end a case and are empty in every row of many: as if they had not been sent, no figure rests
    on them."""
    found = []
    for name, column in ENDS.items():
        frame, known = records.lists.get(name), records.not_sent.get(name, set())
        if (
            frame is not None
            and len(frame) >= _many(records)
            and column not in known
            and frame[column].isna().all()
        ):
            records.not_sent[name] = known | {column}
            said = f"{column} of {name} is empty in all {len(frame):,} rows, so no figure that rests on it is given."
            advice = "Ask for it: otherwise no case would seem to have come to it."
            found.append(warning("empty", said, file=called, advice=advice))
    return found


def _nothing_to_count(records: CaseRecords, called: str) -> list[Finding]:
    """A warning of a return that holds nothing that is counted here."""
    if any(map(len, records.lists.values())):
        return []
    said = "Nothing of this return can be counted: it holds no contact, referral, plan, placement or other event."
    return [warning("empty", said, file=called, advice="Ask whether all of its parts were sent.")]


def _listed(found: dict[str, int]) -> str:
    return ", ".join(f"{rows:,} rows of {name}" for name, rows in found.items())


def _stop_when_rows_are_lost(records: CaseRecords, called: str) -> None:
    """Rows in = rows out + rejects, or nothing is believed."""
    rejected = records.rejects["table"].value_counts() if len(records.rejects) else {}
    for name, rows_in in records.rows_in.items():
        out = len(records.lists.get(name, ())) + int(rejected.get(name, 0))
        if rows_in != out:
            said = f"{rows_in:,} rows of {name} came in, and {out:,} are in the list or among the rejects."
            raise refusal("balance", said, file=called, advice="This is a fault of the reader: report it.")


def _annex_a(paths: list[Path], called: str, year: ReportYear, decide: Decide) -> CaseRecords:
    return read_annex_a(paths, called, decide)


def _cin_census(paths: list[Path], called: str, year: ReportYear, decide: Decide) -> CaseRecords:
    from bscbdata.statutory.cin_census import read_cin_census

    if len(paths) > 1:
        said = f"There are {len(paths)} files; a year has one census."
        raise refusal("statutory", said, file=called, advice="Keep the one that was sent last.")
    return read_cin_census(paths[0], f"{called}/{paths[0].name}", year)


def _ssda903(paths: list[Path], called: str, year: ReportYear, decide: Decide) -> CaseRecords:
    from bscbdata.statutory.ssda903 import read_ssda903

    return read_ssda903(paths, called, year)


def _ssd(paths: list[Path], called: str, year: ReportYear, decide: Decide) -> CaseRecords:
    from bscbdata.statutory.ssd import read_ssd

    return read_ssd(paths, called, year)


READERS: dict[str, Reader] = {
    "annex_a": _annex_a,
    "cin_census": _cin_census,
    "ssda903": _ssda903,
    "ssd": _ssd,
}


# What a reader says of a file that is of another format.
OF_ANOTHER_FORMAT = ("list", "table", "cin_census_refused")


def format_of(path: Path, year: ReportYear | None = None) -> tuple[str, dict[str, int]] | None:
    """The format that a file is in, and how many rows of each list it holds; None when it is in none.

    Raises DataStop when it is in one of them and cannot be used.
    """
    is_xml = path.suffix.lower() == ".xml" and not is_xml_workbook(path)
    for name in ("cin_census", "ssda903") if is_xml else ("annex_a", "ssda903", "ssd"):
        try:
            return name, READERS[name]([path], path.name, year, _left_open).rows_in
        except DataStop as stop:
            if not all(_of_another_format(finding, name) for finding in stop.findings):
                raise
    return None


def _of_another_format(finding: Finding, name: str) -> bool:
    """Whether a file is refused since it is of no such format: a column that any file may have, such as Review, names no
    table of an SSDA903 where no child is."""
    childless = name == "ssda903" and finding.check == "columns" and "CHILD" not in finding.value.split(", ")
    return childless or finding.check in OF_ANOTHER_FORMAT


def _left_open(column: str, cells: pd.Series) -> tuple[pd.Series, list[Finding]]:
    """No code for any spelling: enough to count rows."""
    return pd.Series(None, index=cells.index, dtype="object"), []


def days_covered(records: CaseRecords, year: ReportYear) -> tuple[date, date] | None:
    """The first and last day that records cover in full; None when they hold no dated event.

    An SSDA903 is of its whole year, and a census but for months at its ends in which nothing happened by no chance.
    Any other extract covers what its events say: Annex A is drawn for the six months before it, so half a year, with
    or without a stray date, must never pass for a year.
    """
    if records.format == "ssda903":
        return _whole_year(records, year)
    dates = _drawn_dates(records)
    if records.format == "cin_census":
        return within(_whole_year(records, year), dates)
    return densest_span(dates)


def _drawn_dates(records: CaseRecords) -> pd.Series:
    lists = [records.lists[name][day] for name, day in DRAWN_BY_DATE.items() if name in records.lists]
    return pd.concat(
        [pd.Series(dtype="datetime64[s]"), *(days.dropna() for days in lists)], ignore_index=True
    )


def _whole_year(records: CaseRecords, year: ReportYear) -> tuple[date, date]:
    """The year of the census, or of the SSDA903; of several years' sets of it the years up to this one without a gap."""
    episodes = records.native.get("episodes")
    if episodes is not None and "year_set" in episodes:
        from bscbdata.statutory.ssda903.native import year_of_sets

        sent, first = set(year_of_sets(episodes).values()), year.first
        while first - 1 in sent:
            first -= 1
        return ReportYear(first).start, year.end
    header = records.native.get("Header")
    told = str(header["Year"].iloc[0]) if header is not None and len(header) else ""
    of = ReportYear(int(told) - 1) if told.isdigit() else year
    return of.start, of.end


def _census_of_another_year(records: CaseRecords, year: ReportYear, called: str) -> list[Finding]:
    """A failure where a census that says it is of the year holds no event of it."""
    days = _drawn_dates(records)
    if (
        records.format != "cin_census"
        or days.empty
        or days.between(*map(pd.Timestamp, (year.start, year.end))).any()
    ):
        return []
    said = f"None of its {len(days):,} referrals and enquiries lies in {year}; the last is of {days.max():%d/%m/%Y}."
    advice = f"Its header may say another year than its children: ask for the census of {year}."
    return [failure("year", said, file=called, advice=advice)]


def _set_of_another_year(records: CaseRecords, year: ReportYear, called: str) -> list[Finding]:
    """A failure where the episodes of an SSDA903, which names no year, begin and end in other years than this one."""
    episodes = records.native.get("episodes")
    if episodes is None or not {"DECOM", "DEC"} <= set(episodes):
        return []
    days = pd.concat([episodes["DECOM"], episodes["DEC"]]).dropna()
    after, within_it = days > pd.Timestamp(year.end), days.between(*map(pd.Timestamp, (year.start, year.end)))
    if days.empty or (within_it.any() and after.sum() <= max(A_FEW, LEFT_OPEN * within_it.sum())):
        return []
    said = (
        f"Of {len(days):,} days on which an episode begins or ends, {within_it.sum():,} lie in {year} and {after.sum():,} after it; "
        f"the last is {days.max():%d/%m/%Y}. It may be the set of another year."
    )
    return [
        failure(
            "year",
            said,
            file=called,
            advice=f"Ask for that of {year}, or put it into the folder of its year.",
        )
    ]


def coverage(records: CaseRecords, year: ReportYear, called: str) -> list[Finding]:
    """How many days of the year the records cover: a warning unless it is all of them."""
    if another := _set_of_another_year(records, year, called) + _census_of_another_year(
        records, year, called
    ):
        return another
    covered = days_covered(records, year)
    if covered is None:
        return [warning("coverage", "No event has a date, so nothing is counted.", file=called)]
    start, end = max(covered[0], year.start), min(covered[1], year.end)
    days, whole = max((end - start).days + 1, 0), (year.end - year.start).days + 1
    stray = _outside(records, covered, year)
    between = [*_no_set_between(records, called), *_days_beyond(records, covered[1], called)]
    said = f"It covers {covered[0]:%d/%m/%Y} to {covered[1]:%d/%m/%Y}: {days} of the {whole} days of {year}."
    if days >= whole - 2 * SLACK.days:
        return [passed("coverage", said + stray, file=called), *between]
    advice = f"Figures are given only for what is whole in it ({_whole_months(start, end, year)}); ask for an extract of the whole year."
    if not days:
        said, advice = (
            f"None of it is of {year}. {said}",
            f"It may be another year's: ask for that of {year}.",
        )
    return [warning("coverage", said + stray, file=called, advice=advice), *between]


def _days_beyond(records: CaseRecords, last: date, called: str) -> list[Finding]:
    """A warning of each column with days more than a year after the last that is covered: they are slips or plans."""
    found = []
    for name, frame in records.lists.items():
        days = [
            one.name for one in list_columns()[name] if one.kind == "date" and one.name != "date_of_birth"
        ]
        for day in days:
            rows = frame.loc[frame[day] > pd.Timestamp(last + A_YEAR), "row_id"]
            if len(rows):
                said = f"{day} of {name} lies more than a year after the lists end in {len(rows):,} of {len(frame):,} rows, first in {rows.iloc[0]}."
                advice = "Ask what day is meant: a case that seems to end then counts as open."
                found.append(warning("future", said, file=called, column=day, advice=advice))
    return found


def _whole_months(start: date, end: date, year: ReportYear) -> str:
    """The months of a year that a span covers whole, by name alone: no page shows a number that a list of children says."""
    ends = {month: (pd.Timestamp(month) + pd.offsets.MonthEnd()).date() for month in year.months}
    whole = [month for month, last in ends.items() if start - SLACK <= month and last <= end + SLACK]
    names = {month: MONTHS[month.month - 1] for month in year.months}
    return in_runs([*names.values()], {names[month] for month in whole})


def _no_set_between(records: CaseRecords, called: str) -> list[Finding]:
    """A warning of years of the SSDA903 that are missing between the sets that were sent."""
    episodes = records.native.get("episodes")
    if episodes is None or "year_set" not in episodes:
        return []
    from bscbdata.statutory.ssda903.native import year_of_sets

    sent = sorted(set(year_of_sets(episodes).values()))
    missing = (
        [str(ReportYear(one)) for one in range(*sent[:: len(sent) - 1]) if one not in sent]
        if len(sent) > 1
        else []
    )
    if not missing:
        return []
    said = f"Between the sets of {ReportYear(sent[0])} and {ReportYear(sent[-1])} there is none of {', '.join(missing)}."
    advice = "Put it into the folder too: an event of it, or an end that it alone reports, is not counted."
    return [warning("coverage", said, file=called, advice=advice)]


def of_another_area(records: CaseRecords, area: str, called: str) -> list[Finding]:
    """A failure where a census says in its header that it is of another authority than the report; a warning where it
    does not say of which."""
    if records.format != "cin_census":
        return []
    sent = records.native["Header"]["LEA"].dropna()
    code = str(sent.iloc[0]) if len(sent) else ""
    if not code.isdigit():
        said = (
            f"Its header does not say by number which authority it is of, so it was not held against {area}."
        )
        advice = f"Ask whether it is that of {area}, and for the census with the authority's number in <LEA>."
        return [
            warning(
                "area", said, file=called, column="LEA", value=code, expected="three digits", advice=advice
            )
        ]
    owner = next(
        (one.area for one in load_areas() if code in one.old_codes), f"no authority that is known ({code})"
    )
    if owner == area:
        return []
    said = f"Its header says that it is of {owner}, and the report is of {area}."
    return [
        failure("area", said, file=called, value=code, expected=area, advice=f"Ask for the census of {area}.")
    ]


def _outside(records: CaseRecords, covered: tuple[date, date], year: ReportYear) -> str:
    """What is said of events that stand apart from all others, and so do not count as covered."""
    if records.format in ("cin_census", "ssda903"):
        return ""
    dates = _drawn_dates(records)
    apart = dates[(dates < pd.Timestamp(covered[0])) | (dates > pd.Timestamp(covered[1]))].sort_values()
    if apart.empty:
        return ""
    first, last = apart.iloc[0], apart.iloc[-1]
    return f" {len(apart)} events stand apart from all others, between {first:%d/%m/%Y} and {last:%d/%m/%Y}."
