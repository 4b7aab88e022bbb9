"""How fast and how large: a long return to a tidy table, beside reading it only and beside plain pandas.

    make bench

Every way runs in a process of its own, the ways taking turns, so that they share the weather of the machine. Prints
medians, spread, ratios and peak memory, and writes build/bench/cleaning.json. Nothing here is a test.
"""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))  # the invented children stand there
WORK = HERE.parent / "build" / "bench"
RAW = WORK / "raw"
TURNS = 3
ROWS = {"million": 1_000_000, "ten_million": 10_000_000}


def log_file(size: str) -> Path:
    return RAW / size / "2015-16" / "contact_log.csv"


def write_log(size: str) -> None:
    """Invented contacts as a case system exports them: dates the UK way, labels as they are printed."""
    from bscbdata.provenance import write_origin
    from bscbdata.sources import load_codes

    path, random = log_file(size), np.random.default_rng(2016)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    for start in range(0, ROWS[size], 1_000_000):
        count = min(1_000_000, ROWS[size] - start)
        day = pd.Timestamp("2015-04-01") + pd.to_timedelta(random.integers(0, 366, count), unit="D")
        labels = {
            name: random.choice(load_codes(name)[1], count)
            for name in ("contact_source", "contact_outcome", "district")
        }
        frame = pd.DataFrame(
            {
                "Date of contact": day.strftime("%d/%m/%Y"),
                "Source": labels["contact_source"],
                "Outcome": labels["contact_outcome"],
                "District": labels["district"],
                "Number of children": random.integers(1, 6, count),
            }
        )
        frame.to_csv(path, index=False, header=start == 0, mode="w" if start == 0 else "a")
    about = dict.fromkeys(("published", "accessed"), "")
    write_origin(
        path,
        publisher="Simulated",
        title="Contact log",
        licence="MIT",
        provenance="illustrative",
        vintage="",
        note="",
        **about,
    )


def write_workbooks() -> None:
    """Ten workbooks of 20,000 rows."""
    for number in range(10):
        path = WORK / "2015-16" / f"{number}.xlsx"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            rows = pd.read_csv(
                log_file("million"), skiprows=range(1, number * 20_000 + 1), nrows=20_000, dtype=str
            )
            rows.to_excel(path, index=False)


def write_contacts_of_children() -> Path:
    """A million contacts of children as list 1 of Annex A."""
    from datetime import date

    from invented_journeys import journeys
    from invented_returns import annex_a_lists

    from bscbdata.period import ReportYear

    path = WORK / "annex_a" / "list_1.csv"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = journeys(ReportYear.parse("2015-16"), contacts=1_050_000)
        annex_a_lists(made, date(2014, 4, 1))[1].head(1_000_000).to_csv(path, index=False)
    return path


# ---- the ways -------------------------------------------------------------------------------------------------


def read_only(size: str) -> None:
    """The floor: the file into memory by Arrow, nothing cleaned, nothing written."""
    import pyarrow.csv

    pyarrow.csv.read_csv(log_file(size))


def cleaned(size: str) -> None:
    """The cleaning package: a tidy Parquet file, with every check of the reader."""
    from bscbdata.period import ReportYear
    from bscbdata.sources import parse_source
    from bscbdata.sources.convert import to_parquet

    done = to_parquet(
        parse_source(HERE / "contact_log"), ReportYear.parse("2015-16"), RAW / size, WORK / f"{size}.parquet"
    )
    assert done.rows == ROWS[size], done


def cleaned_in_memory(size: str) -> None:
    """As `bscb clean` does it: the whole table in memory, each row with its place and provenance, then written."""
    from bscbdata.period import ReportYear
    from bscbdata.sources import parse_source
    from bscbdata.sources.reading import read
    from bscbdata.tables import write_table

    found = read(parse_source(HERE / "contact_log"), ReportYear.parse("2015-16"), RAW / size)
    assert len(found.table) == ROWS[size], found
    write_table(found.table, WORK, f"{size}_in_memory")


def plain_pandas(size: str) -> None:
    """The same cleaning as an analyst writes it: spaces, case, dates, counts, categories, limits, row ids."""
    from bscbdata.sources import load_codes

    frame = pd.read_csv(log_file(size), dtype=str)
    frame = frame.apply(lambda cells: cells.str.replace(r"\s+", " ", regex=True).str.strip())
    frame["contact_date"] = pd.to_datetime(frame["Date of contact"], dayfirst=True, errors="coerce")
    for column, codes in (
        ("Source", "contact_source"),
        ("Outcome", "contact_outcome"),
        ("District", "district"),
    ):
        known, order = load_codes(codes)
        plain = frame[column].str.casefold().str.replace(r"[\s\-–—‘’'\"`.]+", "", regex=True)
        frame[column.casefold()] = pd.Categorical(plain.map(known), order, ordered=True)
    frame["children"] = pd.to_numeric(
        frame["Number of children"].str.replace(",", ""), errors="coerce"
    ).astype("Int64")
    frame["row_id"] = "contact_log.csv#" + (frame.index + 2).astype(str)
    bad = frame[["contact_date", "source", "outcome", "district"]].isna().any(axis=1) | ~frame[
        "children"
    ].between(1, 20)
    frame = frame.loc[~bad, ["contact_date", "source", "outcome", "district", "children", "row_id"]]
    frame.to_parquet(WORK / f"{size}_plain.parquet")


def calamine_only(_: str) -> None:
    """The floor for workbooks: cells out of the files, nothing cleaned."""
    import python_calamine

    for path in sorted((WORK / "2015-16").glob("*.xlsx")):
        python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()


def workbooks_cleaned(_: str) -> None:
    """Ten workbooks through the reader, side by side as a folder of returns is read."""
    from dataclasses import replace

    from bscbdata.beside import side_by_side
    from bscbdata.period import ReportYear
    from bscbdata.sources import Source, parse_source
    from bscbdata.sources.reading import read_parts
    from bscbdata.sources.tally import Tally

    def rows(one: Source) -> int:
        return sum(len(part.table) for part in read_parts(one, year, WORK, Tally(one, year)))

    source, year = parse_source(HERE / "contact_log"), ReportYear.parse("2015-16")
    sources = [replace(source, path=path.name) for path in sorted((WORK / "2015-16").glob("*.xlsx"))]
    assert [reading.result() for reading in side_by_side(rows, sources)] == [20_000] * 10


def children_cleaned(_: str) -> None:
    """A million contacts of children: codes, dates, pseudonyms and age bands, written as Parquet."""
    from datetime import date

    from bscbdata.matching import Ledger
    from bscbdata.statutory.annex_a import read_annex_a
    from bscbdata.statutory.keeping import kept
    from bscbdata.statutory.pseudonyms import load_key

    ledger = Ledger(WORK / "ledger.csv")
    records = read_annex_a(
        [WORK / "annex_a" / "list_1.csv"],
        "annex_a",
        lambda column, cells: ledger.record(column, cells, "2015-16"),
    )
    contacts = kept(records.lists, load_key(WORK / "key"), date(2016, 3, 31))["contacts"]
    contacts.to_parquet(WORK / "contacts.parquet", index=False)


def children_read_only(_: str) -> None:
    """The floor of that: the same file into memory by Arrow."""
    import pyarrow.csv

    pyarrow.csv.read_csv(WORK / "annex_a" / "list_1.csv")


# What is measured: title, the floor, the other ways, the size.
BENCHES = {
    "one million rows": (read_only, [cleaned, cleaned_in_memory, plain_pandas], "million"),
    "ten million rows": (read_only, [cleaned], "ten_million"),
    "ten workbooks of 20,000 rows": (calamine_only, [workbooks_cleaned], ""),
    "a million contacts of children": (children_read_only, [children_cleaned], ""),
}


def measure(way: str, size: str) -> dict[str, float]:
    """Run one way in this process: seconds (the best of three), and the peak of the first in MB over what stood before."""
    # imports and the first use of the libraries are not what is measured
    import pyarrow.csv
    import pyarrow.parquet  # noqa: F401

    import bscbdata.sources.convert
    import bscbdata.statutory.annex_a
    import bscbdata.tables  # noqa: F401

    seconds = []
    before = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    for turn in range(3):
        start = time.perf_counter()
        globals()[way](size)
        seconds.append(time.perf_counter() - start)
        if turn == 0:
            peak = _memory("VmHWM") - before
    return {"seconds": min(seconds), "peak_mb": peak / 1024}


def _memory(which: str) -> int:
    """What Linux says of this process, in kB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(which))


def _in_own_process(way: str, size: str) -> dict[str, float]:
    ran = subprocess.run([sys.executable, __file__, way, size], capture_output=True, text=True, check=True)
    return json.loads(ran.stdout.splitlines()[-1])


def main() -> None:
    """Prepare the files, run every way in turns, print and keep the results."""
    for size in ROWS:
        write_log(size)
    write_workbooks()
    write_contacts_of_children()
    results = {}
    for title, (floor, others, size) in BENCHES.items():
        ways = [floor, *others]
        taken = {way.__name__: [] for way in ways}
        for _ in range(TURNS):
            for way in ways:
                taken[way.__name__].append(_in_own_process(way.__name__, size))
        results[title] = taken
        _print(title, taken, floor.__name__)
    (WORK / "cleaning.json").write_text(json.dumps(results, indent=1), encoding="utf8")


def _print(title: str, taken: dict[str, list[dict[str, float]]], floor: str) -> None:
    print(f"\n{title}")
    base = statistics.median(run["seconds"] for run in taken[floor])
    for way, runs in taken.items():
        seconds = sorted(run["seconds"] for run in runs)
        middle, peak = statistics.median(seconds), statistics.median(run["peak_mb"] for run in runs)
        spread = f"{seconds[0]:.2f} to {seconds[-1]:.2f}"
        print(
            f"  {way:20} {middle:7.3f} s ({spread})  {middle / base:5.1f} x the floor  peak +{peak:,.0f} MB"
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(*sys.argv[1:3])))
    else:
        main()
