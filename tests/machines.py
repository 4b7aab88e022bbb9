"""Two people's machines: what is made as on one of them has to have the same bytes as on the other."""

import os
import subprocess
import sys
from pathlib import Path

from figure_book import write_book

SOURCE = Path(__file__).resolve().parents[1] / "src"
RENDER = """import sys
from pathlib import Path
from bscbdata import publish
publish.render(Path(sys.argv[1]), Path(sys.argv[2]), 'embedded')"""
ONE = {
    "HOME": "/nowhere/one", "USER": "one", "LOGNAME": "one", "LC_ALL": "C.UTF-8", "TZ": "Pacific/Kiritimati",
    "PYTHONHASHSEED": "1", "BSCB_CORES": "1",
}  # fmt: skip
OTHER = {
    "HOME": "/nowhere/other", "USER": "other", "LOGNAME": "other", "LC_ALL": "POSIX", "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0", "TZ": "America/Los_Angeles", "PYTHONHASHSEED": "2", "BSCB_CORES": "2",
}  # fmt: skip
MASKS = {"one": 0o022, "other": 0o077}


def run(words, folder, machine, mask):
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "BSCB_"))
    }
    environment = kept | machine | {"PYTHONPATH": str(SOURCE), "BSCB_KEPT": str(folder / ".kept")}
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=folder,
        env=environment,
        umask=mask,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]


def render_figures(folder, machine, mask):
    """The report of the small book of figures (`book`), made in a folder as on a machine: `out` in it."""
    folder.mkdir(parents=True, exist_ok=True)
    book = write_book(folder / "book")
    run(["-c", RENDER, book, folder / "out"], folder, machine, mask)
    return folder / "out"
