"""A new report year: its folder, from the year before.

Everything is written once. What is there already is left as it is, so that running it again harms nothing.
"""

import re
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from bscbdata import sources
from bscbdata.checking.checklist import NOT_REPORTED
from bscbdata.checking.templates import write_templates
from bscbdata.findings import DataStop
from bscbdata.lists import read_list, write_list
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.prose import read_sections
from bscbdata.provenance import CARRIED_OVER, origin_path, read_origin, write_origin
from bscbdata.sources import load_source, source_names
from bscbdata.sources.reading import read_source

# they change little from year to year; the text for young people, which goes along too, asks for the last of them
LISTS = ("members", "structure", "standards", "help_lines")
STEPS = ["Chapter", "Theme", "Step", "Owner", "Due year", "Status", "Evidence"]
PROMISED = ["chapter", "theme", "step", "owner", "due_year"]
DONE = "Done"
FROM_YEAR = Path(__file__).parent / "definitions" / "from_year.csv"
METHODS = "commentary/a[4-9]_*.md"  # how the data is counted and checked: it stays as it is
ACTIVITY = {"activity", "measure", "period", "number"}


def new_year(project: Project, year: ReportYear) -> list[Path]:
    """Make what the year's folder lacks; returns what was made. FileNotFoundError when there is no year before it."""
    before, folder = project.raw / year.previous.label, project.raw / year.label
    if not (before / "year.toml").exists():
        raise FileNotFoundError(
            f"There is no {before.relative_to(project.root).as_posix()}/year.toml to begin from. "
            f"Years here: {', '.join(project.years()) or 'none'}. Begin the years between first, one after another."
        )
    made = [_year_file(before / "year.toml", folder / "year.toml", year)]
    made += [
        _copied(path, folder / path.relative_to(before))
        for path in sorted((before / "commentary").rglob("*.md"))
    ]
    made += [_list(project.raw, name, year) for name in LISTS]
    made.append(_commitments(project, year, folder / "board" / "commitments.csv"))
    made += _templates(project, year, folder / "templates")
    return [path for path in made if path is not None]


def new_columns(project: Project, year: ReportYear, maps: Path = sources.HERE) -> list[Path]:
    """Give every map of a return its column of the year, where headers that agencies rename are written; those changed.

    It repeats the headers that apply without it, so nothing is read otherwise than before. A map that has the column is
    left as it is, and so is a package that lies outside the project, which is another's.
    """
    if project.root.resolve() / "src" not in maps.resolve().parents:
        return []
    named = sorted({source.map_file for source in map(load_source, source_names()) if not source.official})
    return [path for path in (maps / name for name in named) if _new_column(path, year)]


def _new_column(path: Path, year: ReportYear) -> bool:
    """Whether the map had no column of the year; it is put among the others in their order."""
    rows = read_list(path)
    known = [name for name in rows[0] if name not in sources.OWN_COLUMNS]
    if year.label in known:
        return False
    columns = [*sources.OWN_COLUMNS, *sorted([*known, year.label])]
    for row, column in zip(rows, sources.read_columns(path), strict=True):
        row[year.label] = column.header(year)
    write_list(path, columns, ([row[name] for name in columns] for row in rows))
    return True


def _put(path: Path, content: bytes, **origin: str) -> Path | None:
    """The file, when there was none, and its origin where one is given.

    It gets its name when both are whole: one that a run was killed at would be kept from then on as somebody's own.
    """
    if path.exists():
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.partial")
    half.write_bytes(content)
    if origin:
        write_origin(half, **origin).replace(origin_path(path))
    return half.replace(path)


def _copied(source: Path, target: Path) -> Path | None:
    return _put(target, source.read_bytes())


def _year_file(source: Path, target: Path, year: ReportYear) -> Path | None:
    """Last year's own file with the year moved on, as a draft; what last year went without is asked for again."""
    text = source.read_text(encoding="utf8")
    text = re.sub(r"^\[(?:gaps|carried_over|corrected)\]\n.*?(?=^\[|\Z)", "", text, flags=re.M | re.S)
    for name, value in {"label": year.label, "published": str(year.end.year), "status": "draft"}.items():
        text = re.sub(rf'^{name} = ".*"$', f'{name} = "{value}"', text, count=1, flags=re.M)
    text = _as_the_law_has_it(text, year)
    methods = [name for path in sorted(source.parent.glob(METHODS)) for name in read_sections(path)]
    lines = [
        text.rstrip("\n"),
        "",
        "[carried_over]",
        "# Sections of text that may stay word for word as they were; a final edition stops on any other.",
    ]
    lines += ["confirmed = [", *(f'  "{name}",' for name in methods), "]", ""]
    return _put(target, "\n".join(lines).encode())


def _as_the_law_has_it(text: str, year: ReportYear) -> str:
    """The settings that a change of law or of boundaries makes others from a year on, each with the reason above it."""
    due = [row for row in read_list(FROM_YEAR) if row["year"] <= year.label]
    for row in due:
        if row["area"] and f'"{row["area"]}"' not in text:
            continue
        old = re.compile(rf"^({row['setting']} = .*?){re.escape(row['was'])}(.*)$", flags=re.M)
        text = old.sub(rf"# {row['why']}\n\g<1>{row['becomes']}\g<2>", text, count=1)
    return text


def _list(raw: Path, name: str, year: ReportYear) -> Path | None:
    """A list of the Board's carried over as it came, marked so in its origin until somebody confirms it."""
    source = load_source(name).file(raw, year.previous)
    target = load_source(name).file(raw, year).with_suffix(source.suffix)
    if not source.exists() or load_source(name).file(raw, year).exists() or target.exists():
        return None
    origin = read_origin(source)
    # what it is stays as it is: nobody has said yet that it holds for another year
    about = {name: getattr(origin, name) for name in ("publisher", "title", "licence", "provenance")}
    note = f"Carried over from {year.previous}. Confirm it for {year}, or correct it."
    vintage = f"{CARRIED_OVER} from {year.previous}"
    told = {"published": "", "accessed": "", "vintage": vintage, "note": note}
    return _put(target, source.read_bytes(), **about, **told)


def _commitments(project: Project, year: ReportYear, target: Path) -> Path | None:
    """Last year's next steps as commitments, each not reported until somebody says how it stands; until then a final
    edition stops on them."""
    if target.exists():
        return None
    steps = _promised(project, year)
    if steps.empty:
        return None
    rows = [[*map(_text, row), NOT_REPORTED, ""] for row in steps.itertuples(index=False)]
    return _put(
        target,
        pd.DataFrame(rows, columns=STEPS).to_csv(index=False, lineterminator="\n").encode(),
        publisher=project.edition(year).board,
        title=f"What became of the next steps of {year.previous}",
        published="",
        accessed="",
        licence="The Board's own",
        provenance="returned",
        vintage=f"{CARRIED_OVER} from {year.previous}",
        note=f"The steps that the report of {year.previous} set or had not done; how they stand is written here.",
    )


def _promised(project: Project, year: ReportYear) -> pd.DataFrame:
    """Last year's next steps, and those before it that it could not call done: chapter, theme, step, owner, due_year."""
    told = {}
    for name in ("next_steps", "commitments"):
        with suppress(DataStop, FileNotFoundError):  # last year's report set none, or had none to answer for
            told[name] = read_source(name, year.previous, project.raw).table
    if "commitments" in told:
        told["commitments"] = told["commitments"][lambda steps: steps["status"] != DONE]
    listed = [frame.rename(columns={"action": "step"})[PROMISED] for frame in told.values()]
    return pd.concat([pd.DataFrame(columns=PROMISED), *listed]).drop_duplicates(["chapter", "step"])


def _text(value: object) -> str:
    return "" if pd.isna(value) else str(value)


def _templates(project: Project, year: ReportYear, folder: Path) -> list[Path]:
    """The returns to be sent out; those that were there are kept, also when they were filled in."""
    with TemporaryDirectory() as scratch:
        written = write_templates(Path(scratch), year, _named_rows(project, year))
        return [made for path in written if (made := _copied(path, folder / path.relative_to(scratch)))]


def _named_rows(project: Project, year: ReportYear) -> dict[str, list[list[str]]]:
    """The rows of last year's lists of activities with the number left out: facts ask for them by these names."""
    found = {}
    for name in source_names():
        source = load_source(name)
        if not source.official and {column.name for column in source.columns} >= ACTIVITY:
            found[name] = _without_numbers(name, project, year)
    return found


def _without_numbers(name: str, project: Project, year: ReportYear) -> list[list[str]]:
    try:
        table = read_source(name, year.previous, project.raw).table
    except (DataStop, FileNotFoundError):
        return []
    columns = [column.name for column in load_source(name).collected(year)]
    table = table.assign(number="", qualifier="", period=table["period"].map(_moved_on))
    return [[_text(value) for value in row] for row in table[columns].itertuples(index=False)]


def _moved_on(period: str) -> str:
    """`2015-16` as `2016-17`, `31 March 2016` as `31 March 2017`."""
    later = re.sub(r"\b(20\d\d)-(\d\d)\b", lambda m: ReportYear.parse(m[0]).next.label, period)
    return later if later != period else re.sub(r"\b20\d\d\b", lambda m: str(int(m[0]) + 1), period)
