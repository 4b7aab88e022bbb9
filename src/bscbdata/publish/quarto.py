"""Rendering with Quarto itself."""

import os
import shutil
import subprocess
from pathlib import Path

from bscbdata.findings import DataStop, failure
from bscbdata.publish.book import ASSETS, read_book


def render_with_quarto(folder: Path, out: Path) -> Path:
    """Run `quarto render` on the book. Raises DataStop with Quarto's own words when it fails."""
    program = shutil.which("quarto")
    if not program:
        advice = "Install Quarto, or use --renderer embedded."
        raise DataStop([failure("quarto", "Quarto is not installed.", advice=advice)])
    for name in read_book(folder).css:
        if not (folder / name).exists():
            shutil.copyfile(ASSETS / name, folder / name)
    command = [program, "render", str(folder), "--to", "html", "--output-dir", str(out.resolve())]
    environment = {**os.environ, "QUARTO_PROFILE": "edition"}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise DataStop([failure("quarto", f"Quarto stopped: {ran.stderr.strip()[-2000:]}")])
    return out / "index.html"
