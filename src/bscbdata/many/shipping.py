"""What goes to workers that do not share this machine's folders, and what comes back.

Only official figures, notebooks and settings are shipped: never what an agency sent.
"""

import hashlib
import io
import shutil
import tarfile
import tempfile
from functools import cache
from pathlib import Path

from bscbdata.build import national
from bscbdata.build.staging import switch
from bscbdata.period import ReportYear
from bscbdata.places import Project

SHIPPED = ("_quarto.yml", "notebooks", "data/raw/official", "data/raw/simulated", "data/corrections.yml")


def pack(project: Project) -> bytes:
    """The project without returns, as one parcel; its official figures are cleaned already."""
    folders = [project.root / name for name in SHIPPED]
    settings = [project.raw / year / "year.toml" for year in project.years()]
    return _tar(project.root, [*folders, *settings, national.folder(project)])


@cache
def _places() -> dict[str, Path]:
    return {}


def unpacked(parcel: bytes) -> Path:
    """The folder of the project on this worker; a parcel is unpacked once."""
    name = hashlib.blake2b(parcel, digest_size=12).hexdigest()
    if name not in _places():
        root = Path(tempfile.mkdtemp(prefix=f"bscb-{name}-"))
        _untar(parcel, root)
        _places()[name] = root
    return _places()[name]


def pack_made(project: Project, year: ReportYear) -> bytes:
    """The report and its tables, as one parcel; the ledger stays, since it is of use where chapters are executed."""
    made = [path for path in sorted(project.build(year).iterdir()) if path.name != "ledger"]
    return _tar(project.root, [*made, project.processed(year)])


def take(project: Project, year: ReportYear, parcel: bytes) -> None:
    """Put a report and its tables in their places here, each in one step."""
    for target in (project.build(year), project.processed(year)):
        target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".parcel-", dir=project.root / "build") as half:
        _untar(parcel, Path(half))
        for target in (project.processed(year), project.build(year)):
            switch(Path(half) / target.relative_to(project.root), target)


def _tar(root: Path, paths: list[Path]) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz", compresslevel=1) as tar:
        for path in paths:
            if path.exists():
                tar.add(path, path.relative_to(root).as_posix())
    return held.getvalue()


def _untar(parcel: bytes, into: Path) -> None:
    try:
        with tarfile.open(fileobj=io.BytesIO(parcel), mode="r:gz") as tar:
            tar.extractall(into, filter="data")
    except BaseException:
        shutil.rmtree(into, ignore_errors=True)
        raise
