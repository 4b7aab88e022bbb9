"""The same inputs give the same bytes, whoever builds them, where, in which locale and time zone, on how many cores.

BSCB_SAME_BYTES=1 builds the whole report twice too, which takes minutes.
"""

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest
from conftest import ROOT
from machines import MASKS, ONE, OTHER, render_figures, run
from small_book import commentary

from bscbdata.build.cases import KEY
from bscbdata.build.verify import Verified, _returns_changed, verify
from bscbdata.period import ReportYear
from bscbdata.places import Project

pytestmark = pytest.mark.usefixtures("one_parent")

YEAR = ReportYear(2015)


def different(one, other):
    """The files of two folders that are not the same, and those that only one has."""
    names = {p.relative_to(root).as_posix() for root in (one, other) for p in root.rglob("*") if p.is_file()}
    assert len(names) > 20
    return sorted(
        name
        for name in names
        if not ((one / name).is_file() and (other / name).is_file())
        or (one / name).read_bytes() != (other / name).read_bytes()
    )


def test_two_machines_write_the_same_pages_pdf_word_workbook_data_and_drawings(figure_report, tmp_path):
    outs = [
        figure_report.out,
        render_figures(tmp_path / "other" / "deeper" / "folder", OTHER, MASKS["other"]),
    ]
    forms = {path.suffix for path in outs[0].rglob("*")}
    assert {".html", ".pdf", ".docx", ".xlsx", ".csv", ".svg", ".png", ".zip", ".json"} <= forms
    assert different(*outs) == []


@pytest.mark.skipif("BSCB_SAME_BYTES" not in os.environ, reason="builds the whole report twice")
def test_two_machines_build_the_same_report(tmp_path):
    reports = []
    for name, machine in (("one", ONE), ("other/deeper/folder", OTHER)):
        root = tmp_path / name
        for part in ("notebooks", "data/raw"):
            shutil.copytree(ROOT / part, root / part)
        for part in ("_quarto.yml", "data/corrections.yml"):
            shutil.copy(ROOT / part, root / part)
        words = ["-m", "bscbdata.cli", "build", "--year", "2015-16", "--renderer", "embedded"]
        run(words, root, machine, MASKS[name.split("/")[0]])
        reports.append(Project(root).build(YEAR) / "report")
    assert different(*reports) == []


@pytest.fixture
def small(small_build, tmp_path):
    """The small project as it was built, to change."""
    return Project(shutil.copytree(small_build, tmp_path / "project"))


def test_a_report_is_verified_by_building_it_again_and_what_is_not_the_same_is_named(small):
    report = small.build(YEAR) / "report"
    page, text = report / "01_small.html", commentary(small.root)
    written = page.read_bytes()
    page.write_bytes(written + b"More.")
    (report / "more.txt").write_text("not ours", encoding="utf8")
    run_json = small.build(YEAR) / "run.json"
    recorded = json.loads(run_json.read_text(encoding="utf8"))
    recorded["made_with"]["pandas"] = "2.0"
    run_json.write_text(json.dumps(recorded, indent=1, ensure_ascii=False) + "\n", encoding="utf8")
    text.write_text(text.read_text(encoding="utf8") + "\n", encoding="utf8")
    found = verify(small, report)
    assert found.same > 10 and not found.holds and Verified().holds
    assert found.differ == [f"01_small.html: from byte {len(written):,}", "more.txt: only in the report"], (
        "all that was written before is the same"
    )
    assert [line.split(":")[0] for line in found.not_as_recorded] == ["pandas", "zz_small.md"]


def test_the_return_of_children_that_was_exchanged_is_named_and_its_hash_is_not_published(small):
    report, name = small.build(YEAR) / "report", "2015-16/police/missing_episodes.xlsx"
    kept = json.loads((small.build(YEAR) / "run.json").read_text(encoding="utf8"))["returns_keyed"]
    path = small.raw / name
    assert kept[name] not in (hashlib.sha256(path.read_bytes()).hexdigest(), "")
    assert not any(
        hashed.encode() in page.read_bytes() for page in report.rglob("*.*") for hashed in kept.values()
    )
    other = {**kept, name: "0" * 64}
    run_json = small.build(YEAR) / "run.json"
    told = json.loads(run_json.read_text(encoding="utf8")) | {"returns_keyed": other}
    run_json.write_text(json.dumps(told), encoding="utf8")
    assert list(_returns_changed(small, report, YEAR)) == [
        f"{name}: another file than the report was made from"
    ]
    (small.root / KEY).unlink()
    assert not list(_returns_changed(small, report, YEAR)), "without the key nothing can be said"


def test_what_is_no_report_cannot_be_verified(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no report in"):
        verify(Project(ROOT), tmp_path / "mistyped")
    (tmp_path / "index.html").write_text("<html>", encoding="utf8")
    with pytest.raises(FileNotFoundError, match=r"run\.json"):
        verify(Project(ROOT), Path(tmp_path))
