"""What a published file is: its statistic and its year, found from its headers, and said aloud."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bscbdata.cleaning import propose
from bscbdata.findings import DataStop, Finding, failure, passed, refusal, warning
from bscbdata.period import ReportYear
from bscbdata.releases.maps import HERE, YEARS, Measure, ReleaseMap, header_keys, load_map, statistics
from bscbdata.releases.years_told import years_named

NEAREST_SHOWN = 2
LIKE, MOST_PROPOSED = 0.8, 40
# A map that leaves more of the headers unexplained is not the file's map, even if all of its own headers are there.
UNMAPPED_SHARE_ALLOWED = 0.25
# But a column of the year's own, all of whose headers are there, is the file's when it has that many numbers.
NUMBERS_THAT_DECIDE = 10


@dataclass(frozen=True)
class Fit:
    """How a map and a year fit the headers of a file."""

    map: ReleaseMap
    year: ReportYear
    places: dict[int, Measure] = field(hash=False)
    missing: tuple[str, ...]
    unmapped: tuple[str, ...]
    ignored: tuple[tuple[str, str], ...]
    doubled: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.map.statistic} of {self.year.label}"

    @property
    def complete(self) -> bool:
        """Whether every mapped header is there, and enough of those that are there are mapped."""
        headers = len(self.places) + len(self.unmapped) + len(self.ignored)
        numbers = sum(measure.kind != "place" for measure in self.places.values())
        decided = not self.by_pattern and numbers >= NUMBERS_THAT_DECIDE
        return not self.missing and (decided or len(self.unmapped) <= UNMAPPED_SHARE_ALLOWED * headers)

    @property
    def says_the_year(self) -> bool:
        """Whether a header that is read spells the year."""
        return any(measure.says_the_year for measure in self.places.values())

    @property
    def by_pattern(self) -> bool:
        return self.year.label not in self.map.years


def fit(release: ReleaseMap, year: ReportYear, headers: list[str | None]) -> Fit:
    """Lay a map's column for a year over the headers of a file."""
    keys = header_keys(headers)
    promised = release.promised(year)
    wanted = header_keys([header.partition("#")[0] for _, header in promised])
    asked = [
        f"{key.partition('#')[0]}#{n}" if n else key
        for key, n in zip(wanted, map(_nth, promised), strict=True)
    ]
    at = {key: position for position, key in enumerate(keys) if key}
    places = {at[key]: measure for key, (measure, _) in zip(asked, promised, strict=True) if key in at}
    missing = tuple(
        header
        for key, (measure, header) in zip(asked, promised, strict=True)
        if key not in at and (year.label in release.years or release.published_before(measure, year))
    )
    proposed = set(release.undecided(year).values())
    left = [h for position, h in enumerate(headers) if h and position not in places and h not in proposed]
    ignored = tuple((header, reason) for header in left if (reason := release.reason_to_ignore(header)))
    doubled = _doubled(keys, set(asked))
    unmapped = tuple(h for h in left if not release.reason_to_ignore(h))
    return Fit(release, year, places, missing, unmapped, ignored, doubled)


def _nth(promised: tuple[Measure, str]) -> int:
    """Which of several columns with one header is meant: `LA_Noinf#2` is the second."""
    number = promised[1].partition("#")[2]
    return int(number) if number else 0


def _doubled(keys: list[str], asked: set[str]) -> tuple[str, ...]:
    """Headers that stand more often in the file than the map says."""
    times = Counter(key.partition("#")[0] for key in keys if key)
    return tuple(
        key
        for key, count in times.items()
        if count > 1 and key in asked and any(f"{key}#{n}" not in asked for n in range(2, count + 1))
    )


def recognise(
    headers: list[str | None], file: str, statistic: str | None, year: str | None, maps: Path = HERE
) -> tuple[Fit, list[Finding]]:
    """The one map and year that fit, with findings that say how they were found. DataStop if none or several do."""
    if statistic and year:
        found = fit(load_map(statistic, maps), ReportYear.parse(year), headers)
        return found, [passed("recognised", f"Read as {found.name}, as you said.", file=file)]
    names = [statistic] if statistic else statistics(maps)
    fits = _candidates(headers, file, [load_map(name, maps) for name in names], year)
    complete = [found for found in fits if found.complete]
    if not complete:
        raise DataStop([_none_fits(fits, file)])
    fewest = min(len(found.unmapped) for found in complete)
    best = [found for found in complete if len(found.unmapped) == fewest]
    if len(best) == 1:
        others = f" It explains {len(headers) - fewest} of {len(headers)} headers." if fewest else ""
        said = f"Recognised from its headers as {best[0].name}.{others}"
        untold = [] if year else _year_is_not_said(best[0], file)
        return best[0], [passed("recognised", said, file=file), *untold]
    return _year_from_name(best, file)


def _candidates(headers: list[str | None], file: str, maps: list[ReleaseMap], year: str | None) -> list[Fit]:
    """Every map with every year that the file may be of, laid over its headers."""
    keys = set(header_keys(headers))
    if year:
        return [fit(release, ReportYear.parse(year), headers) for release in maps]
    return [fit(release, one, headers) for release in maps for one in years_it_may_be(release, keys, file)]


def years_it_may_be(release: ReleaseMap, keys: set[str], file: str) -> list[ReportYear]:
    """The years a file may be of: those with a column, and those that its headers or its name speak of."""
    spoken = release.years_by_key
    told = set().union(years_named(file), *(spoken[key] for key in keys & set(spoken)))
    return sorted({*(ReportYear.parse(label) for label in release.years), *told})


def _year_is_not_said(found: Fit, file: str) -> list[Finding]:
    """A warning where the headers fit one year of the map only, but neither they nor the name speak of a year."""
    if found.says_the_year or found.year in years_named(file):
        return []
    said = f"Nothing in it says that it is of {found.year.label}: its headers are merely those of that year."
    advice = f"Put it into a folder named by its year, such as {found.year.label}, or the year into its name."
    return [warning("recognised", said, file=file, advice=advice)]


def _year_from_name(best: list[Fit], file: str) -> tuple[Fit, list[Finding]]:
    """Headers that are the same in several years say nothing of the year: then the name must."""
    named = [found for found in best if found.year in years_named(file)]
    fits = ", ".join(found.name for found in best)
    if len(named) == 1:
        said = f"Its headers fit {fits}. Its name says which: read as {named[0].name}."
        advice = "A folder named by the file's year says it for sure."
        return named[0], [warning("recognised", said, file=file, advice=advice)]
    said = f"Its headers fit more than one file: {fits}. Its name does not say which."
    advice = (
        f"Put it into a folder named by its year, such as {best[0].year.label}; "
        "in Python, read_release(path, statistic=..., year=...)."
    )
    raise refusal("recognised", said, file=file, expected="one statistic and one year", advice=advice)


def _none_fits(fits: list[Fit], file: str) -> Finding:
    ranked = sorted(fits, key=_apart)[:NEAREST_SHOWN]
    nearest = [found for found in ranked if _apart(found) <= 1.2 * _apart(ranked[0])]
    said = " ".join(f"Nearest is {found.name}: {_both_lists(found)}" for found in nearest)
    advice = f"Add a column for the year to {nearest[0].map.file}, or give the statistic and the year."
    if not nearest[0].missing:
        said = f"{said} Too many headers are not in the map to be sure that it is this file's."
        advice = f"Add them as rows to {nearest[0].map.file}, or under ignored in its release.toml with the reason."
    expected = f"the headers of one of {', '.join(dict.fromkeys(found.map.statistic for found in fits))}"
    return failure(
        "recognised", f"No map fits its headers. {said}", file=file, expected=expected, advice=advice
    )


def _apart(found: Fit) -> float:
    """How far a map is from a file: the share of headers that only one of them has."""
    alone = len(found.missing) + len(found.unmapped)
    return alone / (alone + 2 * len(found.places))


def _both_lists(found: Fit) -> str:
    missing = ", ".join(found.missing) or "none"
    unmapped = ", ".join(found.unmapped) or "none"
    return f"mapped but not in the file: {missing}; in the file but not mapped: {unmapped}.{_may_be(found)}"


def _may_be(found: Fit) -> str:
    """What unmapped headers may be, where they are few enough to be told one by one."""
    if len(found.unmapped) > MOST_PROPOSED or len(found.missing) > MOST_PROPOSED:
        return ""
    may_be = propose(found.unmapped, {header: [header] for header in found.missing}, LIKE)
    return "".join(f" '{header}' {proposal}." for header, proposal in may_be.items())


def judge_fit(found: Fit, file: str) -> list[Finding]:
    """Findings on the headers of a recognised file. Raises DataStop for a missing or doubled column."""
    _stop_on_bad_headers(found, file)
    findings = []
    if found.by_pattern:
        said = (
            f"{found.map.file} has no column for {found.year.label}: headers were formed from its patterns."
        )
        findings.append(
            warning("pattern", said, file=file, advice="Compare a few values, then add the column.")
        )
    if found.unmapped:
        said = f"{len(found.unmapped)} headers are not in the map. Not read: {', '.join(found.unmapped)}."
        advice = f"Add them to {found.map.file}, or list them as ignored in release.toml with a reason."
        findings.append(warning("unmapped", said, file=file, advice=advice))
    for reason in dict.fromkeys(reason for _, reason in found.ignored):
        headers = [header for header, why in found.ignored if why == reason]
        findings.append(passed("ignored", f"{len(headers)} columns are left out. {reason}", file=file))
    return findings + _slips_of_year(found, file)


def _stop_on_bad_headers(found: Fit, file: str) -> None:
    failures = []
    edit = f"Edit the column {found.year.label} of {found.map.file}, or ask for the right file."
    if undecided := found.map.undecided(found.year):
        told = ", ".join(f"{name} (? {header})".replace(" )", ")") for name, header in undecided.items())
        said = f"The map has proposals that nobody has decided: {told}."
        decide = (
            f"Decide them under {found.year.label} in {found.map.file}: the header as it is, or '-' for none."
        )
        failures.append(failure("undecided", said, file=file, advice=decide))
    if found.missing:
        said = f"{found.name} lacks {len(found.missing)} columns. {_both_lists(found)}"
        failures.append(failure("columns", said, file=file, expected="every mapped column", advice=edit))
    if found.doubled:
        said = f"Columns stand more than once: {', '.join(found.doubled)}."
        advice = f"{edit} Where both are meant, call the second one `name#2`."
        failures.append(failure("doubled", said, file=file, expected="each column once", advice=advice))
    if failures:
        raise DataStop(failures)


def _slips_of_year(found: Fit, file: str) -> list[Finding]:
    """Headers that carry another year than the file's: published slips such as CLA_started2014 in 2015."""
    slips = []
    for measure in found.places.values():
        header = measure.headers.get(found.year.label, "")
        if not measure.says_the_year or not header or header == measure.formed(found.year):
            continue
        other = [year.label for year in YEARS if measure.formed(year) == header]
        slips += [f"{header} (as in {label})" for label in other]
    if not slips:
        return []
    said = f"Headers carry another year than the file: {', '.join(slips)}. Read as {found.year.label}."
    return [warning("header_year", said, file=file, advice="The map says that this is the publisher's slip.")]
