"""Lists that people edit: as written by hand, by Excel, and by ourselves."""

import shutil

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from bscbdata.lists import read_list, read_settings, write_list
from bscbdata.sources import HERE, parse_source

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def test_a_list_that_excel_saved_reads_like_one_that_was_typed(tmp_path):
    typed, saved = tmp_path / "typed.csv", tmp_path / "saved.csv"
    typed.write_bytes("code,name\nA,Café\n".encode())
    saved.write_bytes("code,name\r\nA,Café\r\n".encode("utf-8-sig"))
    assert read_list(typed) == read_list(saved) == [{"code": "A", "name": "Café"}]


def test_a_comma_too_many_is_named_by_its_line(tmp_path):
    path = tmp_path / "reasons.csv"
    path.write_text("code,reason\nA,good\nB,late, and wrong\n", encoding="utf8")
    with pytest.raises(ValueError, match=r"reasons\.csv, line 3: .*' and wrong'.*quotation marks"):
        read_list(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"code,reason\nA,good\nB\n", r"line 3: .*fewer cells than columns, none for reason"),
        ("code,reason\nA,café\n".encode("cp1252"), r"not saved as UTF-8.*CSV UTF-8"),
        (b"code;reason\nA;good\n", r"'reason' is missing\. There are: code;reason"),
    ],
)
def test_a_list_that_cannot_be_read_is_named_with_its_folder_and_what_to_do(tmp_path, content, said):
    path = tmp_path / "contacts" / "columns.csv"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"contacts/columns\.csv.*{said}"):
        [row["reason"] for row in read_list(path)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[area\nname = 'a'\n", "line 1.*in quotation marks"),
        (b"name = Surrey\n", "line 1"),
        ('name = "Café"\n'.encode("cp1252"), "not saved as UTF-8"),
    ],
)
def test_settings_that_cannot_be_read_are_named_with_file_and_line(tmp_path, content, said):
    path = tmp_path / "2015-16" / "year.toml"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"2015-16/year\.toml: .*{said}"):
        read_settings(path)
    path.write_bytes('\ufeffname = "Café"\r\n'.encode())
    assert read_settings(path) == {"name": "Café"}, "as Notepad saves it"


@given(rows=st.lists(st.tuples(CELLS, CELLS)))
def test_what_is_written_is_read_again(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "made" / "list.csv"
    write_list(path, ("one", "other"), rows)
    assert [tuple(row.values()) for row in read_list(path)] == rows
    assert [entry.name for entry in path.parent.iterdir()] == ["list.csv"]


def test_a_list_that_cannot_be_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "list.csv"
    write_list(path, ("one",), [("kept",)])
    with pytest.raises(UnicodeEncodeError):
        write_list(path, ("one",), [("half",), ("\ud800",)])
    assert read_list(path) == [{"one": "kept"}]


def test_every_list_of_the_package_has_cells_for_its_columns():
    lists = [path for path in (ROOT / "src").rglob("*.csv") if path.stat().st_size]
    assert len(lists) > 100
    for path in lists:
        assert all(None not in row.values() for row in read_list(path)), path.name


def test_the_package_reads_lists_in_one_way():
    users = [p for p in (ROOT / "src").rglob("*.py") if "csv.DictReader" in p.read_text(encoding="utf8")]
    assert [path.name for path in users] == ["lists.py"]


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("columns.csv", "month,month,", "month,monht,", r"'month' has the kind 'monht'\. Near it: month"),
        ("columns.csv", "column,kind,", "column,sort,", "'kind' is missing"),
        ("source.toml", "title =", "titel =", "nothing reads 'titel'. Near it: title"),
    ],
)
def test_a_slip_in_the_map_of_a_return_is_named_with_its_folder(tmp_path, file, old, new, said):
    folder = shutil.copytree(HERE / "contacts", tmp_path / "contacts")
    text = (folder / file).read_text(encoding="utf8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf8")
    with pytest.raises(ValueError, match=rf"contacts/{file}: .*{said}"):
        parse_source(folder)
