"""Fuzzing of the readers and verbs: `python tests/fuzz/fuzz_readers.py [SECONDS] [TARGET]`.

Guided by coverage where atheris is installed (it is no dependency of the project); otherwise Hypothesis mutates the
broken files for as long. What breaks is kept in `tests/data/broken/fuzz/`, and the ordinary tests replay it.
"""

import hashlib
import importlib.util
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

try:
    import atheris
except ImportError:
    atheris = None

HERE = Path(__file__).resolve().parent
BROKEN = HERE.parent / "data" / "broken"
KEPT = BROKEN / "fuzz"
SLOW_SECONDS = 10


def _import_ours() -> tuple:
    from bscbdata import cleaning, findings, period
    from bscbdata.sources import grid, inside, limits

    return cleaning, findings, period, grid, inside, limits


if atheris and __name__ == "__main__":
    with atheris.instrument_imports(include=["bscbdata"]):
        cleaning, findings, period, grid, *_ = _import_ours()
else:
    cleaning, findings, period, grid, *_ = _import_ours()

# What a reader in another language may say of a damaged file. Any other error is a slip of ours.
FOREIGN = re.compile(
    r"cannot be read \((?!CalamineError|ZipError|XmlError|ExpatError|OSError|PanicException)"
)
SHEET = "xl/worksheets/sheet1.xml"


def _builder():
    spec = importlib.util.spec_from_file_location("make_broken", BROKEN / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKE = _builder()
PLACE = Path(tempfile.mkdtemp(prefix="fuzz"))


def faults(content: bytes, suffix: str) -> list[str]:
    """What is wrong with how these bytes are read as a file; nothing, when a grid comes of them, or a DataStop that says in
    our own words what to do."""
    path = PLACE / f"fuzzed{suffix}"
    path.write_bytes(content)
    try:
        found = grid.read_grid(path, "", path.name)
        grid.blocks(found)
    except findings.DataStop as stop:
        return [str(told) for told in stop.findings if not _in_our_words(told, path.name)]
    in_order = found.index.is_monotonic_increasing and isinstance(found.attrs["findings"], list)
    return [] if in_order else ["rows out of order, or without their findings"]


def _in_our_words(finding: findings.Finding, file: str) -> bool:
    return finding.file == file and bool(finding.advice) and not FOREIGN.search(finding.message)


def csv_file(content: bytes) -> list[str]:
    return faults(content, ".csv")


def web_table(content: bytes) -> list[str]:
    """A web page under the name of a workbook."""
    return faults(b"<html>" + content, ".xls")


def xml_workbook(content: bytes) -> list[str]:
    """An XML workbook of Excel 2003."""
    return faults(b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">' + content, ".xls")


def workbook(content: bytes) -> list[str]:
    return faults(content, ".xlsx")


def old_workbook(content: bytes) -> list[str]:
    return faults(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + content, ".xls")


def sheet(content: bytes) -> list[str]:
    """A sound workbook whose sheet is these bytes."""
    return faults(MAKE.packed(MAKE.one(MAKE.TABLE) | {SHEET: content}), ".xlsx")


def texts(content: bytes) -> list[str]:
    """A sound workbook whose list of texts is these bytes."""
    members = MAKE.one([*MAKE.TABLE, ['<c t="s"><v>0</v></c>', '<c t="s"><v>9</v></c>']])
    return faults(MAKE.packed(members | {"xl/sharedStrings.xml": content}), ".xlsx")


def open_document(content: bytes) -> list[str]:
    """An OpenDocument workbook whose content is these bytes."""
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return faults(MAKE.packed({"mimetype": kind, "content.xml": content}), ".ods")


def binary_sheet(content: bytes) -> list[str]:
    """A workbook in the binary format whose sheet is these bytes."""
    members = MAKE.binary_members(MAKE.TABLE) | {"xl/worksheets/sheet1.bin": content}
    return faults(MAKE.packed(members), ".xlsb")


def cleaned_text(content: bytes) -> list[str]:
    """Every verb on this text: a value or a ValueError that says something."""
    text = content.decode("utf-8", errors="replace")
    verbs = [*(verb for verb, _ in cleaning.KINDS.values()), period.ReportYear.parse, period.report_year_of]
    return [
        f"{verb.__name__} refuses it without a word" for verb in verbs if _is_refused_in_silence(verb, text)
    ]


def _is_refused_in_silence(verb: Callable[[str], object], text: str) -> bool:
    try:
        verb(text)
    except ValueError as error:
        return not str(error)
    return False


# What can be tried, each the faults that it finds.
TARGETS: dict[str, Callable[[bytes], list[str]]] = {
    "csv": csv_file,
    "web": web_table,
    "xml_workbook": xml_workbook,
    "workbook": workbook,
    "old": old_workbook,
    "sheet": sheet,
    "texts": texts,
    "ods": open_document,
    "xlsb": binary_sheet,
    "verbs": cleaned_text,
}


def attempt(target: str, content: bytes) -> None:
    """One input. AssertionError when the target finds a fault or takes too long; whatever else it raises is a fault too."""
    started = time.monotonic()
    found = TARGETS[target](content)
    assert not found, found
    assert time.monotonic() - started < SLOW_SECONDS, "too slow"


def seeds() -> dict[str, list[bytes]]:
    """Where mutation begins: the broken files, and the inner pages of those that are sound."""
    made = MAKE.everything()
    words = "31/03/2016|2016-03-31 00:00:00|42460|Apr-15|April 2015|Q1 2015-16|Apr-Jun 2015|£1,234.50|(12)|12.5%|mid-2015"
    rows = MAKE.ods_rows(MAKE.TABLE)
    return {
        "csv": [content for name, content in made.items() if name.endswith(".csv") and len(content) < 4000],
        "web": [
            MAKE.WEB_TABLE.encode(),
            b"<table><tr><td rowspan=2 colspan=3>a<table><tr><td>b</table><th>c",
        ],
        "xml_workbook": [MAKE.XML_2003[MAKE.XML_2003.index("<Styles>") :].replace("ss:", "").encode()],
        "workbook": [
            content for name, content in made.items() if name.endswith(".xlsx") and len(content) < 8000
        ],
        "old": [made["whole.xls"][8:]],
        "sheet": [
            MAKE.sheet_xml(MAKE.TABLE).encode(),
            MAKE.sheet_xml([], more="<row><c><f/></c></row>").encode(),
        ],
        "texts": [f'<sst {MAKE.MAIN} count="1" uniqueCount="1"><si><r><t>Jun-15</t></r></si></sst>'.encode()],
        "ods": [MAKE.members_of(MAKE.ods(rows))["content.xml"]],
        "xlsb": [MAKE.binary_members(MAKE.TABLE)["xl/worksheets/sheet1.bin"]],
        "verbs": [word.encode() for word in words.split("|")],
    }


def keep(target: str, content: bytes) -> Path:
    """Keep what broke, to be replayed by the tests."""
    KEPT.mkdir(exist_ok=True)
    path = KEPT / f"{target}-{hashlib.sha256(content).hexdigest()[:8]}.bin"
    path.write_bytes(content)
    return path


def tell(target: str, content: bytes, error: BaseException) -> None:
    print(
        f"\n{target}: {type(error).__name__}: {str(error)[:300]}\nkept as {keep(target, content).name}",
        flush=True,
    )


def guided_try(target: str, content: bytes) -> None:
    """One input; it is kept when it breaks the target."""
    try:
        attempt(target, content)
    except Exception as error:
        tell(target, content, error)
        raise


def fuzz_guided(target: str, seconds: int) -> None:
    """Fuzz one target, guided by coverage; ends the process."""
    corpus = PLACE / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(seeds()[target]):
        (corpus / str(number)).write_bytes(seed)
    given = [
        sys.argv[0],
        f"-max_total_time={seconds}",
        "-max_len=8000",
        "-rss_limit_mb=3000",
        "-verbosity=1",
        str(corpus),
    ]
    given.append(f"-artifact_prefix={PLACE}/")
    atheris.Setup(given, lambda content: guided_try(target, content))
    atheris.Fuzz()


def fuzz_unguided(target: str, seconds: int) -> int:
    """Mutate the seeds with Hypothesis for so many seconds; how many inputs were tried."""
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st

    end, tried, last = time.monotonic() + seconds, 0, b""
    place = st.integers(0, 4000)
    cut = st.tuples(place, st.integers(0, 8), st.one_of(st.binary(max_size=6), st.sampled_from(MAKE.SIGNS)))

    @settings(max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(seeds()[target]), st.lists(cut, max_size=5))
    def mutate(content: bytes, cuts: list[tuple[int, int, bytes]]) -> None:
        nonlocal tried, last
        tried += 1
        for start, length, put in cuts:
            start %= len(content) + 1
            content = content[:start] + put + content[start + length :]
        last = content
        attempt(target, content)

    try:
        while time.monotonic() < end:
            mutate()
    except Exception as error:  # Hypothesis tries the smallest input last
        tell(target, last, error)
        raise
    return tried


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    wanted = sys.argv[2:3] or list(TARGETS)
    if atheris and len(wanted) == 1:
        fuzz_guided(wanted[0], seconds)
    if not atheris:
        print("atheris is not installed: Hypothesis mutates the seeds, not guided by coverage.")
    for target in wanted:
        print(
            f"{target}: {fuzz_unguided(target, max(seconds // len(wanted), 1)):,} inputs, none broke.",
            flush=True,
        )


if __name__ == "__main__":
    main()
