"""The report year (1 April to 31 March), its months and quarters, and how publishers write a period."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
# Excel counts days; from March 1900 on its count agrees with this first day.
_FIRST_EXCEL_DAY = date(1899, 12, 30)
_SERIAL = r"(\d{5})(?:\.\d+)?"  # behind the point the time of day
_TIME_OF_DAY = r"(?:[ T](?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?: ?[ap]m)?)?"
_MONTH_NUMBER = {name[:3].lower(): number for number, name in enumerate(MONTHS, start=1)}


@dataclass(frozen=True, order=True)
class ReportYear:
    """A year from 1 April to 31 March, named by its first calendar year.

    `ReportYear.parse("2015-16")` raises ValueError for anything that is not such a year.

    >>> year = ReportYear.parse("2015-16")
    >>> str(year.previous), year.start.isoformat(), year.quarters[0]
    ('2014-15', '2015-04-01', '2015-16 Q1')
    """

    first: int

    @classmethod
    def parse(cls, label: str) -> "ReportYear":
        match = re.fullmatch(r"(20\d\d|19\d\d)[-/](\d\d)", str(label).strip(), re.ASCII)
        if not match or (int(match[1]) + 1) % 100 != int(match[2]):
            raise ValueError(f"'{label}' is not a report year: write the two years it spans, as in 2015-16.")
        return cls(int(match[1]))

    @property
    def label(self) -> str:
        return f"{self.first}-{(self.first + 1) % 100:02d}"

    @property
    def start(self) -> date:
        return date(self.first, 4, 1)

    @property
    def end(self) -> date:
        return date(self.first + 1, 3, 31)

    @property
    def previous(self) -> "ReportYear":
        return ReportYear(self.first - 1)

    @property
    def next(self) -> "ReportYear":
        return ReportYear(self.first + 1)

    @property
    def months(self) -> list[date]:
        """First day of each of the twelve months, April to March."""
        return [date(self.first + (m > 12), (m - 1) % 12 + 1, 1) for m in range(4, 16)]

    @property
    def quarters(self) -> list[str]:
        """The four quarters, as in `2015-16 Q1` (April to June)."""
        return [f"{self.label} Q{n}" for n in range(1, 5)]

    def contains(self, day: date) -> bool:
        return self.start <= day <= self.end

    def __str__(self) -> str:
        return self.label

    def __repr__(self) -> str:
        return f"ReportYear {self.label}"

    def _repr_html_(self) -> str:
        return f"<p>Report year <strong>{self.label}</strong>: 1 April {self.first} to 31 March {self.first + 1}</p>"


def span(first: str, last: str) -> list[str]:
    """The report years from one to another, both among them, as labels.

    >>> span("2013-14", "2015-16")
    ['2013-14', '2014-15', '2015-16']
    """
    begin, end = ReportYear.parse(first), ReportYear.parse(last)
    return [ReportYear(year).label for year in range(begin.first, end.first + 1)]


def year_of(day: date) -> ReportYear:
    """The report year that a day falls in.

    >>> year_of(date(2016, 3, 31)), year_of(date(2016, 4, 1))
    (ReportYear 2015-16, ReportYear 2016-17)
    """
    return ReportYear(day.year if day.month >= 4 else day.year - 1)


def parse_month(text: str) -> date:
    """First day of the month in `April 2015`, `Apr-15`, `2015 Apr`, `Apr 2015/16`, `2015-04`, `201504`, `04/2015` or a
    date; ValueError otherwise, also for `201112`, which may be December 2011 or the year 2011-12.

    >>> parse_month("Apr-15").isoformat()
    '2015-04-01'
    """
    text = _plain(text)
    if month := _named_month(text):
        return month
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})|(\d{4})(0[1-9]|1[0-2])", text):
        return _day(*_year_and_month(match), 1, text)
    if match := re.fullmatch(r"(\d{1,2})[/\-](\d{4})", text):
        return _day(int(match[2]), int(match[1]), 1, text)
    if re.fullmatch(_SERIAL, text) or re.match(
        r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4}$|\d{1,2}[a-z]{2} |\d{1,2}[ -][A-Za-z]{3,9}[ -]\d", text
    ):
        return parse_date(text).replace(day=1)
    raise ValueError(f"'{text}' is not a month such as April 2015 or Apr-15")


def _named_month(text: str) -> date | None:
    """The month that a text names with its year, or with the report year that it lies in (`Apr 2015/16`)."""
    match = re.fullmatch(r"([A-Za-z]{3,9})\.?[\s\-/']*(\d{4}[-/]\d{2}|\d{4}|\d{2})", text)
    turned = None if match else re.fullmatch(r"(\d{4})[\s\-/]*([A-Za-z]{3,9})", text)
    name, year = match.groups() if match else turned.groups()[::-1] if turned else ("", "")
    number = _month_number(name)
    if not number:
        return None
    if len(year) == 7:
        return ReportYear.parse(year).months[(number - 4) % 12]
    return _day(_full_year(year), number, 1, text)


def _year_and_month(match: re.Match) -> tuple[int, int]:
    """Year and month of `2015-04` or `201504`; ValueError for six digits that may as well be a report year."""
    if match[1]:
        return int(match[1]), int(match[2])
    year, month = int(match[3]), int(match[4])
    if (year + 1) % 100 == month:
        raise ValueError(
            f"'{match[0]}' may be a month or the year {ReportYear(year).label}: write the month in words"
        )
    return year, month


def parse_quarter(text: str) -> str:
    """`2015-16 Q1` from `Q1 2015-16`, `2015/16 Q1`, `Apr-Jun 2015` or `April to June 2015`; ValueError otherwise.

    >>> parse_quarter("Apr-Jun 2015")
    '2015-16 Q1'
    """
    text = re.sub(r"\s+", " ", _plain(text))
    whole = _with_century(_with_short_quarter(text))
    year, quarters = re.search(_REPORT_YEAR, whole), re.findall(_QUARTER, whole)
    said = [_month_number(word) for word in re.findall(r"[A-Za-z]{3,9}", whole)]
    months = tuple(month for month in said if month)
    of_months = _QUARTER_OF_MONTHS.get((months[0], months[-1])) if len(months) > 1 else None
    if year and len(quarters) + bool(of_months) and len(quarters) < 2 and not _more_than_a_quarter(whole):
        if quarters and months and of_months != int(quarters[0]):
            raise ValueError(
                f"'{text}' names months that are not those of the quarter, which begins in April"
            )
        return f"{ReportYear.parse(year[0]).label} Q{quarters[0] if quarters else of_months}"
    if last := _last_month(text, of_months):
        return quarter_label(last)
    raise ValueError(f"'{text}' is not a quarter such as Q1 2015-16 or April to June 2015")


def _last_month(text: str, of_months: int | None) -> date | None:
    """The month that a quarter ends with, in `Apr-Jun 2015` or `Quarter ending 30 June 2015`."""
    if of_months and (
        match := re.fullmatch(r"[A-Za-z]{3,9} ?(?:-|–|to) ?([A-Za-z]{3,9}) (\d{4}|\d{2})", text)
    ):
        return _day(_full_year(match[2]), _month_number(match[1]), 1, text)
    match = re.fullmatch(rf"{_ENDING}(?: \d\d)? ([A-Za-z]{{3,9}})[ -](\d{{4}}|\d{{2}})", text, re.I)
    number = _month_number(match[1]) if match else 0
    return _day(_full_year(match[2]), number, 1, text) if number and number % 3 == 0 else None


def _with_short_quarter(text: str) -> str:
    """`Qtr 1` and `1st quarter` as Q1."""
    return re.sub(
        r"\b(?:quarter|qtr)\.? ?([1-4])\b|\b([1-4])(?:st|nd|rd|th) (?:quarter|qtr)\b",
        r"Q\1\2",
        text,
        flags=re.I,
    )


_QUARTER_OF_MONTHS = {(4, 6): 1, (7, 9): 2, (10, 12): 3, (1, 3): 4}
_ENDING = r"(?:(?:quarter|qtr) end(?:ing|ed)|q/e)"
_REPORT_YEAR, _QUARTER = r"\b\d{4}[-/]\d{2}\b", r"\b[Qq] ?([1-4])\b"
_OF_A_QUARTER = re.compile(
    r"(?:quarter|qtr|fy|of|to|and|the|year|provisional|prov|revised|final|actuals?|\d{4}|\d{2})", re.I
)


def _more_than_a_quarter(text: str) -> bool:
    """Whether a text says more than a quarter, its year and its months: `Q4 2015/16 target`, `(forecast)`."""
    rest = re.sub(rf"{_REPORT_YEAR}|{_QUARTER}", " ", text)
    words = re.findall(r"[^\W_]+|[%£]", rest)
    return any(not (_month_number(word) or _OF_A_QUARTER.fullmatch(word)) for word in words)


def _with_century(text: str) -> str:
    """A report year as 2015/16: from `Q1 15/16`, and from `Q1 2015/2016`. `15/17` is none, and stays."""
    text = re.sub(r"\b(\d\d)(\d\d[-/])\1(\d\d)\b", r"\1\2\3", text)
    found = re.search(r"(?<![\d/-])(\d{2})[-/](\d{2})(?![\d/-])", text)
    follows = found and (int(found[1]) + 1) % 100 == int(found[2])
    return f"{text[: found.start()]}20{text[found.start() :]}" if follows else text


def parse_date(text: str) -> date:
    """A date written the UK way (31/03/2016, 31 March 2016), as 2016-03-31, or as Excel's number for it (42460),
    with a time of day or without.

    A year of two digits is one of 1950 to 2049. ValueError for anything else.

    >>> parse_date("31/03/2016").isoformat(), parse_date("42460").isoformat()
    ('2016-03-31', '2016-03-31')
    """
    text = _plain(text)
    if re.search(r"[ T]23:00:00(?:\.0+)?$", text):
        raise ValueError(
            f"'{text}' may be midnight of the next day, in Greenwich time: write the day without a time"
        )
    if match := re.fullmatch(r"((?:19|20)\d\d)(0[1-9]|1[0-2])([0-3]\d)", text):
        return _day(int(match[1]), int(match[2]), int(match[3]), text)
    if match := re.fullmatch(_SERIAL, text):
        day = _FIRST_EXCEL_DAY + timedelta(days=int(match[1]))
        return _day(day.year, day.month, day.day, text)
    if match := re.fullmatch(rf"(\d{{4}})([-/])(\d{{1,2}})\2(\d{{1,2}}){_TIME_OF_DAY}", text, re.I):
        return _day(int(match[1]), int(match[3]), int(match[4]), text)
    if match := re.fullmatch(
        rf"(\d{{1,2}})[/.\-](\d{{1,2}})[/.\-](\d{{4}}|\d{{2}}){_TIME_OF_DAY}", text, re.I
    ):
        return _day(_full_year(match[3]), int(match[2]), int(match[1]), text)
    named = rf"(\d{{1,2}})(?:st|nd|rd|th)?[ \-]([A-Za-z]{{3,9}})[ \-](\d{{4}}|\d{{2}}){_TIME_OF_DAY}"
    if match := re.fullmatch(named, text):
        return _day(_full_year(match[3]), _month_number(match[2]), int(match[1]), text)
    raise ValueError(f"'{text}' is not a date such as 31/03/2016")


def _day(year: int, month: int, day: int, text: str) -> date:
    """The date, or a ValueError that names what was written. Years before 1950 and after 2100 are slips."""
    try:
        found = date(year, month, day)
    except ValueError:
        turned = day > 0 and month > 12 >= day
        hint = ": it may be written the American way, month first" if turned else ""
        raise ValueError(f"'{text}' is not a date that exists{hint}") from None
    if not 1950 <= year <= 2100:
        raise ValueError(f"'{text}' has a year that cannot be meant")
    return found


def _month_number(name: str) -> int:
    """1 to 12 from a month's name or its beginning (three letters or more); 0 when there is no such month."""
    number = _MONTH_NUMBER.get(name[:3].lower(), 0)
    whole = number and MONTHS[number - 1].lower()
    return number if whole and (whole.startswith(name.lower()) or name.lower() == "sept") else 0


def report_year_of(period: str) -> str:
    """Label of the report year in which a published period ends.

    Reads `year ending 31 March 2016`, `31 March 2016`, `April 2015`, `academic year 2015/16`, `2015-16`,
    `2015-16 Q1`, `mid-2015`, `calendar year 2015`, `2016` (a January census) and `Census 2011`. ValueError otherwise.

    >>> report_year_of("year ending 31 March 2016"), report_year_of("academic year 2015/16")
    ('2015-16', '2015-16')
    """
    text = str(period).strip()
    if match := re.search(r"(\d{1,2} [A-Za-z]+ \d{4})$", text):
        return year_of(parse_date(match[1])).label
    if len(years := set(re.findall(r"\d{4}[-/]\d{2}(?!\d)", text))) == 1:
        return ReportYear.parse(years.pop()).label
    if match := re.fullmatch(r"(?:mid-|calendar year )(\d{4})", text):
        # the middle and the end of a calendar year lie in the report year that begins in it
        return ReportYear(int(match[1])).label
    if match := re.fullmatch(r"(?:[A-Za-z ]+)?\b(\d{4})(?: \(.*\))?", text):
        return _year_of_month_or_calendar(text, int(match[1]))
    raise ValueError(f"'{period}' is not a period that is known: add its form to period.report_year_of")


def _year_of_month_or_calendar(text: str, year: int) -> str:
    """A named month falls in its report year; a bare year means January of it (school and early years census)."""
    try:
        return year_of(parse_month(text)).label
    except ValueError:
        return ReportYear(year - 1).label


def in_runs(labels: list[str], chosen: set[str]) -> str:
    """The chosen ones of labels in order, those in a row as `April 2015 to August 2015`; `none` where none is.

    >>> in_runs(["April 2015", "May 2015", "June 2015", "July 2015"], {"April 2015", "May 2015", "July 2015"})
    'April 2015 to May 2015, July 2015'
    """
    told: list[list[str]] = []
    for place, label in enumerate(labels):
        if label in chosen and place and labels[place - 1] in chosen:
            told[-1].append(label)
        elif label in chosen:
            told.append([label])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in told) or "none"


def month_label(day: date) -> str:
    """`April 2015`."""
    return f"{MONTHS[day.month - 1]} {day.year}"


def quarter_label(day: date) -> str:
    """`2015-16 Q1`."""
    return f"{year_of(day).label} Q{(day.month - 4) % 12 // 3 + 1}"


def month_end(day: date) -> date:
    """The last day of the month that a day lies in."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _full_year(digits: str) -> int:
    """The year of four digits; of two digits the one of 1950 to 2049, so that children's births fall right."""
    if len(digits) == 4:
        return int(digits)
    return int(digits) + (2000 if int(digits) < 50 else 1900)


def _plain(text: str) -> str:
    """Text without spaces around it; ValueError for digits of other scripts, which are never meant in a date."""
    text = str(text).strip()
    if any(sign.isdigit() and not sign.isascii() for sign in text):
        raise ValueError(f"'{text}' is not a date: it has digits other than 0 to 9")
    return text
