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


def read_bytes(content: bytes, suffix: str) -> None:
    """Read these bytes as a file: a grid, or a DataStop that says in our own words what to do."""
    path = PLACE / f"fuzzed{suffix}"
    path.write_bytes(content)
    started = time.monotonic()
    try:
        found = grid.read_grid(path, "", path.name)
        assert found.index.is_monotonic_increasing and isinstance(found.attrs["findings"], list)
        grid.blocks(found)
    except findings.DataStop as stop:
        for finding in stop.findings:
            assert finding.file == path.name and finding.advice, finding
            assert not FOREIGN.search(finding.message), finding
    assert time.monotonic() - started < SLOW_SECONDS, "too slow"


def read_csv(content: bytes) -> None:
    read_bytes(content, ".csv")


def read_web_table(content: bytes) -> None:
    """Read a web page under the name of a workbook."""
    read_bytes(b"<html>" + content, ".xls")


def read_xml_workbook(content: bytes) -> None:
    """Read these bytes as an XML workbook of Excel 2003."""
    read_bytes(b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">' + content, ".xls")


def read_workbook(content: bytes) -> None:
    read_bytes(content, ".xlsx")


def read_old_workbook(content: bytes) -> None:
    read_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + content, ".xls")


def read_sheet(content: bytes) -> None:
    """Read a sound workbook whose sheet is these bytes."""
    read_bytes(MAKE.packed(MAKE.one(MAKE.TABLE) | {SHEET: content}), ".xlsx")


def read_texts(content: bytes) -> None:
    """Read a sound workbook whose list of texts is these bytes."""
    members = MAKE.one([*MAKE.TABLE, ['<c t="s"><v>0</v></c>', '<c t="s"><v>9</v></c>']])
    read_bytes(MAKE.packed(members | {"xl/sharedStrings.xml": content}), ".xlsx")


def read_open_document(content: bytes) -> None:
    """Read an OpenDocument workbook whose content is these bytes."""
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    read_bytes(MAKE.packed({"mimetype": kind, "content.xml": content}), ".ods")


def read_binary_sheet(content: bytes) -> None:
    """Read a workbook in the binary format whose sheet is these bytes."""
    members = MAKE.binary_members(MAKE.TABLE) | {"xl/worksheets/sheet1.bin": content}
    read_bytes(MAKE.packed(members), ".xlsb")


def clean_text(content: bytes) -> None:
    """Every verb on this text: a value or a ValueError that says something."""
    text = content.decode("utf-8", errors="replace")
    verbs = [verb for verb, _ in cleaning.KINDS.values()]
    for verb in [*verbs, period.ReportYear.parse, period.report_year_of]:
        try:
            verb(text)
        except ValueError as error:
            assert str(error)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "csv": read_csv,
    "web": read_web_table,
    "xml_workbook": read_xml_workbook,
    "workbook": read_workbook,
    "old": read_old_workbook,
    "sheet": read_sheet,
    "texts": read_texts,
    "ods": read_open_document,
    "xlsb": read_binary_sheet,
    "verbs": clean_text,
}


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
        TARGETS[target](content)
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
    def attempt(content: bytes, cuts: list[tuple[int, int, bytes]]) -> None:
        nonlocal tried, last
        tried += 1
        for start, length, put in cuts:
            start %= len(content) + 1
            content = content[:start] + put + content[start + length :]
        last = content
        TARGETS[target](content)

    try:
        while time.monotonic() < end:
            attempt()
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
