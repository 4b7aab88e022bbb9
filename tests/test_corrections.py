"""The file of corrections: an entry goes below the comment at its head, and a slip in it is told with its line."""

import re

import pytest
from conftest import ROOT

from bscbdata.corrections import NEEDED, load_corrections

FILE = ROOT / "data" / "corrections.yml"


def test_the_example_at_the_head_of_the_file_is_an_entry_once_its_marks_are_taken_away(tmp_path):
    """As somebody does who copies it below itself."""
    text = FILE.read_text(encoding="utf8")
    example = re.findall(r"^# (- year:.*|  \w.*)$", text, flags=re.M)
    path = tmp_path / "corrections.yml"
    path.write_text(text + "\n".join(example) + "\n", encoding="utf8")
    (entry,) = load_corrections(path, "2015-16")
    assert set(entry) == set(NEEDED) and load_corrections(FILE, "2015-16") == []


def test_a_slip_in_the_file_is_told_with_its_line_and_what_to_write(tmp_path):
    path = tmp_path / "corrections.yml"
    path.write_text("# a head\n- year: 2015-16\n  why: [\n- table: contacts\n", encoding="utf8")
    with pytest.raises(
        ValueError, match=r"cannot be read at line \d\. Write entries as the comment at its head"
    ):
        load_corrections(path, "2015-16")
