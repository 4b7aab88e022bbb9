"""A new year begun from the one before: what is made, that it is made once, and what the checklist says of it."""

import hashlib
import json
import re
import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from conftest import ROOT

from bscbdata import cli, facts, provenance, record, sources
from bscbdata.build.clean import examine
from bscbdata.build.final import OPEN, stopping, undeclared
from bscbdata.build.official_chapters import settle_chapters
from bscbdata.checking import carried, checklist, overview
from bscbdata.checking.templates import headers as headers_asked
from bscbdata.findings import DataStop
from bscbdata.gaps import of_table, title_in
from bscbdata.gaps import told as gaps_told
from bscbdata.lists import read_list
from bscbdata.new_year import _named_rows, _promised, _year_file, new_columns, new_year
from bscbdata.period import ReportYear
from bscbdata.places import ALONE, Project
from bscbdata.prose import Writer, unwritten
from bscbdata.provenance import check_origins, read_origin, receive, stamp
from bscbdata.sources.reading import read_source
from bscbdata.sources.unread import sent_before, unread_files

YEAR = ReportYear(2016)


def state(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A copy of the project in which 2016-17 was begun, and nothing has come yet."""
    root = tmp_path_factory.mktemp("begun")
    shutil.copy(ROOT / "_quarto.yml", root)
    for name in ("official", "2015-16"):
        shutil.copytree(ROOT / "data" / "raw" / name, root / "data" / "raw" / name)
    project = Project(root)
    new_year(project, YEAR)
    return project


@pytest.fixture(scope="module")
def found(begun):
    run = examine(begun, YEAR)
    return run, checklist.gather(begun, YEAR, overview(run, begun, YEAR), run.tables)


def test_a_second_run_changes_no_byte_and_keeps_what_an_author_wrote(begun, tmp_path):
    root = tmp_path / "project"
    shutil.copytree(begun.root, root)
    project, folder = Project(root), root / "data" / "raw" / "2016-17"
    text = folder / "commentary" / "00_foreword.md"
    text.write_text("# foreword\nWritten anew.\n", encoding="utf8")
    steps = folder / "board" / "commitments.csv"
    steps.write_text(steps.read_text(encoding="utf8").replace("Not reported", "Done", 1), encoding="utf8")
    before = state(root)
    assert new_year(project, YEAR) == [] and state(root) == before


@pytest.mark.parametrize("nth", [1, 4, 16, 17, 24, 25])
def test_a_run_that_is_ended_while_it_writes_a_file_is_taken_up_as_if_it_had_not_been(begun, tmp_path, nth):
    """The power goes, or the disk is full, when half of the nth file is written."""
    root = tmp_path / "project"
    shutil.copytree(begun.root, root, ignore=shutil.ignore_patterns("2016-17"))
    writes, write_bytes, write_text = [], Path.write_bytes, Path.write_text

    def half(self, content, write, **more):
        writes.append(self)
        ends = len(writes) == nth
        write(self, content[: len(content) // 2] if ends else content, **more)
        if ends:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Path, "write_bytes", lambda self, content: half(self, content, write_bytes))
        patched.setattr(
            Path, "write_text", lambda self, content, **more: half(self, content, write_text, **more)
        )
        patched.setattr("bscbdata.new_year.write_templates", lambda *given: [])
        new_year(Project(root), YEAR)
    new_year(Project(root), YEAR)
    assert state(root / "data" / "raw" / "2016-17") == state(begun.raw / "2016-17")


def test_last_years_folder_and_the_official_one_are_left_as_they_are(begun):
    for name in ("official", "2015-16"):
        assert state(begun.raw / name) == state(ROOT / "data" / "raw" / name)


def test_the_year_file_is_last_years_with_the_year_moved_on(begun):
    before, now = begun.edition(ReportYear(2015)), begun.edition(YEAR)
    assert (now.area, now.neighbours, now.districts) == (before.area, before.neighbours, before.districts)
    assert (now.published, now.status, dict(now.known_gaps)) == ("2017", "draft", {})


@pytest.mark.parametrize(
    ("year", "board", "code"),
    [
        (2018, "Buckinghamshire Safeguarding Children Board", "E10000002"),
        (2019, "Buckinghamshire Safeguarding Children Partnership", "E10000002"),
        (2020, "Buckinghamshire Safeguarding Children Partnership", "E06000060"),
        (2023, "Buckinghamshire Safeguarding Children Partnership", "E06000060"),
    ],
)
def test_what_the_law_made_another_is_another_from_its_year_on_with_the_reason(tmp_path, year, board, code):
    before = (ROOT / "data" / "raw" / "2015-16" / "year.toml").read_text(encoding="utf8")
    last = tmp_path / "year.toml"
    last.write_text(before, encoding="utf8", newline="\n")
    made = _year_file(last, tmp_path / "next" / "year.toml", ReportYear(year)).read_text(encoding="utf8")
    said = tomllib.loads(made)
    assert (said["board"]["name"], said["area"]["code"]) == (board, code)
    assert ("29 September 2019" in made) == (year >= 2019)
    again = _year_file(tmp_path / "next" / "year.toml", tmp_path / "after.toml", ReportYear(year + 1))
    if year != 2018:
        assert again.read_text(encoding="utf8").count("safeguarding partners took the place") == 2, (
            "said once each"
        )


def test_what_a_year_alone_had_to_say_is_not_carried_over(tmp_path):
    text = (ROOT / "data" / "raw" / "2015-16" / "year.toml").read_text(encoding="utf8")
    last = tmp_path / "year.toml"
    last.write_text(text + '\n[corrected]\n3f2a91bc = "The Board told the press."\n', encoding="utf8")
    made = _year_file(last, tmp_path / "next.toml", YEAR).read_text(encoding="utf8")
    assert {"gaps", "corrected"} < tomllib.loads(last.read_text(encoding="utf8")).keys()
    assert not {"gaps", "corrected"} & tomllib.loads(made).keys() and "press" not in made


def test_what_changed_in_one_area_changes_in_no_other(tmp_path):
    last = tmp_path / "year.toml"
    last.write_text(
        '[year]\nlabel = "2019-20"\n[board]\nname = "Surrey Safeguarding Children Board"\nshort_name = "SSCB"\n'
        '[area]\nname = "Surrey"\ncode = "E10000030"\ndistricts = ["Woking"]\n',
        encoding="utf8",
    )
    made = _year_file(last, tmp_path / "next.toml", ReportYear(2020)).read_text(encoding="utf8")
    assert tomllib.loads(made)["board"] == {
        "name": "Surrey Safeguarding Children Partnership",
        "short_name": "SSCB",
    }
    assert "one council" not in made and "were councils" not in made


def test_the_packages_own_words_speak_of_a_partnership_where_partners_publish():
    edition = Project(ROOT).edition(ReportYear(2015))
    partners = replace(edition, board="Buckinghamshire Safeguarding Children Partnership")
    alone = {year: replace(edition, year=ReportYear(year), status=ALONE) for year in (2018, 2019)}
    said = "Members of the Board. How well the board works. Boards"
    assert edition.worded(said) == alone[2018].worded(said) == said
    for one in (partners, alone[2019]):
        assert one.worded(said) == "Members of the Partnership. How well the partnership works. Boards"
    assert "Safeguarding Children Partnership office" in of_table("contributions", partners).said
    assert "Safeguarding Children Board office" in of_table("contributions", edition).said
    titles = title_in(partners, "08_effectiveness", "Improving the effectiveness of the Board")
    assert titles.endswith("effectiveness of the Partnership")
    adults = "The Safeguarding Adults Board and the Health and Wellbeing Board stay"
    assert partners.worded(adults) == adults, "the law left these as they are"


def test_figures_and_captions_speak_of_a_partnership_but_what_they_ask_for_keeps_its_name(
    cleaned_report, tmp_path
):
    partners = replace(cleaned_report.edition, board="Buckinghamshire Safeguarding Children Partnership")
    report = replace(cleaned_report, edition=partners)
    report.__dict__["_tidy"] = cleaned_report._tidy
    made = report.table_figure(
        report.table("members"),
        "members",
        measure="Members of the Board",
        tables=["members"],
        headline='The Board has {{ fact("board.subgroups") }} sub groups',
        note="Two of the Board's members share a seat.",
    )
    assert made.headline.startswith("The Partnership has ") and 'data-fact="board.subgroups"' in made.headline
    assert (made.measure, made.note) == (
        "Members of the Partnership",
        "Two of the Partnership's members share a seat.",
    )
    cell = {
        "cell_type": "code",
        "source": "#| tbl-cap: Members of the Board\nreport.table('board')",
        "metadata": {},
    }
    path = tmp_path / "a2_membership.ipynb"
    path.write_text(json.dumps({"cells": [cell]}), encoding="utf8")
    settle_chapters(partners, tmp_path)
    [settled] = json.loads(path.read_text(encoding="utf8"))["cells"]
    assert settled["source"] == "#| tbl-cap: Members of the Partnership\nreport.table('board')"


@pytest.mark.parametrize(("name", "told"), [("Board", {}), ("Partnership", {"03_board.md": 2})])
def test_text_that_still_speaks_of_a_board_is_counted_in_the_year_of_a_partnership(tmp_path, name, told):
    folder = tmp_path / "data" / "raw" / "2019-20"
    (folder / "commentary").mkdir(parents=True)
    (folder / "year.toml").write_text(
        f'[year]\nlabel = "2019-20"\n[board]\nname = "Surrey Children {name}"\n[area]\nname = "Surrey"\n',
        encoding="utf8",
    )
    texts = {
        "03_board.md": "# board\nThe Board met. A board, not boarding, of {{ board }}.\n",
        "07_neglect.md": "# neglect\nIt fell.\n",
    }
    for file, text in texts.items():
        (folder / "commentary" / file).write_text(text, encoding="utf8")
    assert carried.of_a_board(Project(tmp_path), ReportYear(2019)) == told


def test_the_checklist_says_where_text_speaks_of_a_board(found, tmp_path):
    todo = replace(found[1], of_a_board={"03_board.md": 2, "07_neglect.md": 1})
    page = checklist.write(todo, tmp_path)[0].read_text(encoding="utf8")
    assert "03_board.md: 2 times<" in page and "07_neglect.md: 1 time<" in page
    assert "'Board' in the text of a partnership: 3 times" in checklist.line(todo)
    assert 'id="board"' not in checklist.write(found[1], tmp_path)[0].read_text(encoding="utf8")


@pytest.mark.parametrize(
    ("verdicts", "tables"),
    [({carried.HOLDS}, (False, True)), ({carried.FAILS}, (True, False)), (set(), (False, False))],
)
def test_the_checklist_has_no_empty_table_of_claims(found, tmp_path, verdicts, tables):
    claims = [replace(found[1].claims[0], verdict=verdict) for verdict in verdicts]
    page = checklist.write(replace(found[1], claims=tuple(claims)), tmp_path)[0].read_text(encoding="utf8")
    assert (
        tuple(f"<caption>{name}</caption>" in page for name in ("Claims to look at", "Claims that hold"))
        == tables
    )


def test_a_published_file_is_received_as_official_and_a_return_as_returned(tmp_path):
    for folder, kind in (("official/releases", "official"), ("2016-17/police", "returned")):
        path = tmp_path / folder / "sent.csv"
        path.parent.mkdir(parents=True)
        path.write_text("a\n1\n", encoding="utf8")
        receive(path, "Department for Education")
        assert read_origin(path).provenance == kind
        assert (read_origin(path).licence == "OGL-3.0") == (kind == "official")


def test_of_a_folder_every_file_is_received_that_has_no_origin_and_those_that_have_one_stay(tmp_path, capsys):
    folder = tmp_path / "official" / "releases"
    (folder / "2015").mkdir(parents=True)
    for name in ("old.csv", "new.csv", "2015/Meta Data Document.txt"):
        (folder / name).write_text("a\n1\n", encoding="utf8")
    receive(folder / "old.csv", "Somebody else")
    assert provenance.main(["receive", "Department for Education", str(folder)]) == 0
    assert capsys.readouterr().out.split("\n")[:2] == [
        "Meta Data Document.txt.origin.toml",
        "new.csv.origin.toml",
    ]
    assert [found.result for found in check_origins(tmp_path / "official")] == ["pass"] * 3
    assert read_origin(folder / "old.csv").publisher == "Somebody else"
    assert provenance.main(["receive", "Department for Education", str(folder)]) == 1
    assert "every file has an origin already" in capsys.readouterr().err


def test_every_series_that_ended_years_ago_is_on_the_list_of_what_is_not_published():
    tables = {
        "population": pd.DataFrame({"area": "Buckinghamshire", "year": ["2013-14", "2014-15"]}),
        "deprivation_2015": pd.DataFrame({"area": "Buckinghamshire", "year": ["2014-15"]}),
        "children_in_need": pd.DataFrame({"area": "Buckinghamshire", "year": ["2015-16", "2016-17"]}),
    }
    listed = dict(checklist._unpublished(Project(ROOT), ReportYear(2016), tables))
    assert list(listed.values()) == ["2014-15"], (
        "a single year is no series; one that has the year is published"
    )


def test_last_years_next_steps_are_commitments_that_nobody_has_reported_on(begun, found):
    steps = pd.read_csv(begun.raw / "2015-16" / "board" / "next_steps.csv")
    run, todo = found
    table = run.tables["commitments"]
    assert list(table["step"]) == list(steps["Action"]) and set(table["status"]) == {"Not reported"}
    assert todo.commitments == {"Not reported": len(steps)}


def test_what_last_year_could_not_call_done_is_asked_for_again_beside_its_next_steps(begun, tmp_path):
    board = tmp_path / "data" / "raw" / "2016-17" / "board"
    shutil.copytree(begun.raw / "2016-17" / "board", board)
    answered = pd.read_csv(board / "commitments.csv")
    answered["Status"] = ["Done", "Under way", "Not done", *["Done"] * (len(answered) - 3)]
    answered.to_csv(board / "commitments.csv", index=False)
    new = ["Chapter 9", "Training", "Train all.", "", "2017-18"]
    pd.DataFrame(
        [new, [*answered.iloc[1, :5]]], columns=["Chapter", "Theme", "Action", "Owner", "Due year"]
    ).to_csv(board / "next_steps.csv", index=False)
    for name in ("commitments", "next_steps"):
        provenance.write_origin(
            board / f"{name}.csv", publisher="Us", title="S", licence="none", provenance="returned"
        )
    promised = _promised(Project(tmp_path), ReportYear(2017))
    assert list(promised["step"]) == ["Train all.", *answered["Step"].iloc[1:3]]
    assert list(promised["due_year"])[1:] == list(answered["Due year"].iloc[1:3])


def test_every_origin_holds_and_templates_are_no_returns(begun, found):
    assert [f for f in check_origins(begun.raw / "2016-17") if f.result == "failure"] == []
    assert [f for f in found[0].findings if f.result == "failure"] == []
    lists = [f.file for f in found[0].findings if f.check == "carried over"]
    assert lists == [
        f"2016-17/board/{name}.csv"
        for name in ("commitments", "help_lines", "members", "standards", "structure")
    ]


def test_the_templates_name_what_was_counted_last_year_and_leave_the_number_open(begun):
    sheet = openpyxl.load_workbook(begun.raw / "2016-17" / "templates" / "cdop" / "workload.xlsx")["Return"]
    rows = list(sheet.iter_rows(values_only=True))
    assert ("Child death reviews", "Backlog", "31 March 2017") in [row[:3] for row in rows]
    assert all(not row[3] for row in rows[1:])
    budget = openpyxl.load_workbook(begun.raw / "2016-17" / "templates" / "board" / "contributions.xlsx")
    heads = [cell.value for cell in next(budget["Budget"].iter_rows())]
    assert {head[:7] for head in heads[1:]} == {"2015-16", "2016-17"}


def test_rows_that_come_with_their_names_can_be_filled_in_though_the_sheet_is_locked(begun):
    for path in sorted((begun.raw / "2016-17" / "templates").rglob("*.xlsx")):
        for sheet in openpyxl.load_workbook(path):
            rows = sheet.iter_rows(min_row=2) if sheet.title not in ("Notes", "Lists") else ()
            locked = [cell.coordinate for row in rows for cell in row if cell.protection.locked]
            assert locked == [], f"{path.name}, {sheet.title}: nobody can type into these"


def test_what_the_text_asks_of_a_list_is_found_in_the_template_that_was_filled_in(begun):
    """Last year's row was of May 2015, this year's is of May 2016: the text asks for the same number."""
    named = _named_rows(begun, YEAR)
    asked = set(re.findall(r'"([a-z_]+\.[a-z_.]+)"', " ".join(written_of(begun))))
    rows = {name: pd.DataFrame(lines, columns=columns_of(name)) for name, lines in named.items()}
    wanted = [facts.definitions()[name] for name in sorted(asked) if name in facts.definitions()]
    wanted = [fact for fact in wanted if fact.table in rows and "period" in rows[fact.table]]
    words = facts.placeholders(begun.edition(YEAR), "Buckinghamshire", YEAR.label)
    lost = [
        fact.id
        for fact in wanted
        if facts.pick(rows[fact.table], fact.where.format_map(words), fact).empty
        and not read_source(fact.table, YEAR.previous, begun.raw).table.empty
    ]
    assert len(wanted) > 20 and lost == []


def written_of(project):
    return [path.read_text(encoding="utf8") for path in project.commentary(YEAR).rglob("*.md")]


def columns_of(name):
    return [column.name for column in sources.load_source(name).collected(YEAR)]


def test_no_example_in_a_template_is_of_another_year(begun):
    for path in sorted((begun.raw / "2016-17" / "templates").rglob("*.xlsx")):
        book = openpyxl.load_workbook(path)
        notes = [str(cell.value) for row in book["Notes"].iter_rows() for cell in row if cell.value]
        examples = [text for text in notes if "such as" in text]
        assert not [text for text in examples if re.search(r"201[0-5]\b|31/03/2016", text)], path.name


def test_what_the_notes_of_a_template_say_is_seen_whole_and_prints_on_one_page_across(begun):
    book = openpyxl.load_workbook(
        begun.raw / "2016-17" / "templates" / "early_help" / "early_help_panel.xlsx"
    )
    for sheet in book.worksheets[:-1]:
        assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
    notes = book["Notes"]
    longest = max(notes["D"], key=lambda cell: len(str(cell.value or "")))
    assert len(longest.value) > 60 and notes.row_dimensions[longest.row].height >= 30


def test_a_list_that_goes_along_claims_no_report_that_nobody_has_printed(begun):
    origins = [read_origin(begun.raw / year / "board" / "members.csv") for year in ("2015-16", YEAR.label)]
    assert origins[0].title == origins[1].title and "2016-17" not in origins[1].title
    assert origins[1].vintage == "carried over from 2015-16"


def test_contributions_can_be_asked_for_in_years_to_come():
    later = ReportYear(2020)
    asked = headers_asked(sources.load_source("contributions"), later)
    assert {"2019-20 base", "2020-21 base", "2020-21 additional"} <= set(asked)
    assert not [head for head in asked if head.startswith(("2018", "2021")) or "total" in head]
    known, codes = sources.load_codes("contribution")
    totals = {code.removesuffix("base") + "total as sent" for code in codes if code.endswith("base")}
    assert totals <= set(codes), "an agency that sends its totals may go on to"


def test_the_text_for_young_people_goes_along_and_is_judged_too(begun, tmp_path):
    root = tmp_path / "project"
    shutil.copytree(begun.root, root)
    shutil.copytree(ROOT / "notebooks" / "young_people", root / "notebooks" / "young_people")
    project = Project(root)
    run = examine(project, YEAR)
    todo = checklist.gather(project, YEAR, overview(run, project, YEAR), run.tables)
    assert (project.for_readers("young-people").commentary(YEAR) / "01_short_version.md").exists()
    assert "young_people/01_short_version.md" in todo.untouched
    assert {claim.file for claim in todo.claims} > {"young_people/01_short_version.md", "02_journey.md"}


def test_a_claim_that_names_a_month_or_a_rank_says_what_it_is_now(found):
    november = next(claim for claim in found[1].claims if claim.words == "most in November")
    assert re.search(r'peak_month\("[a-z_]+"\) gives [A-Z][a-z]+$', november.why)
    rank = next(
        claim for claim in found[1].claims if claim.words.startswith("Only one of the ten neighbours has a")
    )
    assert re.search(r'rank\("[a-z_0-9]+"\) gives \d+', rank.why)


def test_the_checklist_names_what_is_missing_and_from_whom(found):
    _, todo = found
    asked = {file: ask for _, ask, _, file in todo.outstanding}
    assert asked["2016-17/police/missing_episodes.xlsx"] == "the force's public protection analyst"
    assert not any("published_facts" in file or "commitments" in file for file in asked)
    assert set(todo.to_confirm) == {
        f"2016-17/board/{n}.csv" for n in ("members", "structure", "standards", "help_lines", "commitments")
    }
    assert "Children looked after in England, local authority tables" not in dict(todo.unpublished)


def test_claims_are_judged_on_the_data_of_the_new_year(begun, found):
    _, todo = found
    by_words = {claim.words: claim for claim in todo.claims}
    november = next(claim for words, claim in by_words.items() if words == "most in November")
    assert november.verdict == carried.FAILS, "referrals of 2016-17 were most numerous in another month"
    nearer = next(c for c in todo.claims if c.words.startswith("is still below it"))
    assert (
        "Buckinghamshire, 2016-17: " in nearer.why and "Statistical neighbours, 2016-17: 40.2" in nearer.why
    )
    hub = next(claim for claim in todo.claims if claim.section == "mash")
    assert hub.verdict == carried.NO_DATA and "not returned" in hub.why
    assert todo.verdicts[carried.HOLDS] > 10 and len(todo.claims) > 100
    page, book = checklist.write(todo, begun.root / "out")
    said = page.read_text(encoding="utf8")
    assert "most in November" in said and "no longer holds" in said and "<script" not in said
    sentences = openpyxl.load_workbook(book)["Sentences"]
    assert [cell.value for cell in sentences["C"]][1] == carried.FAILS, "what is to be rewritten comes first"


def test_a_verdict_is_the_one_that_the_report_itself_gives(found, begun):
    run, todo = found
    tables = run.tables | {"indicators": checklist.compute_all(run.tables, YEAR.label)}
    writer = Writer(tables, begun.edition(YEAR))
    sections = carried.load_commentary(begun.raw / "2016-17" / "commentary")
    for section in ("front-door", "referral-months", "neglect"):
        writer.render(sections[section][0], section)
    failed = {claim["words"] for claim in writer.judged if not claim["holds"]}
    told = {
        c.words
        for c in todo.claims
        if c.verdict == carried.FAILS and c.section in ("front-door", "referral-months", "neglect")
    }
    assert failed == told and failed


def test_a_return_without_its_origin_is_said_once(begun, tmp_path):
    root = tmp_path / "project"
    shutil.copytree(begun.root, root)
    name = "childrens_social_care/mash_enquiries.csv"
    (root / "data" / "raw" / "2016-17" / name).parent.mkdir()
    shutil.copy(root / "data" / "raw" / "2015-16" / name, root / "data" / "raw" / "2016-17" / name)
    said = [found for found in examine(Project(root), YEAR).findings if found.result == "failure"]
    assert [found.file for found in said] == [f"2016-17/{name}"]
    assert "python -m bscbdata.provenance receive" in said[0].advice


def test_a_return_under_a_name_of_the_agencys_own_is_said_with_the_one_it_most_likely_is(begun, tmp_path):
    """With an origin or without: nothing reads it, and an origin for a wrong name would be work for nothing."""
    root = tmp_path / "project"
    shutil.copytree(begun.root, root)
    last, folder = root / "data" / "raw" / "2015-16", root / "data" / "raw" / "2016-17"
    (folder / "childrens_social_care").mkdir()
    sent = folder / "childrens_social_care" / "MASH enquiries 2016-17 FINAL.csv"
    shutil.copy(last / "childrens_social_care" / "mash_enquiries.csv", sent)
    bare = [found for found in examine(Project(root), YEAR).findings if found.result == "failure"]
    receive(sent, "The council")
    said = [found for found in examine(Project(root), YEAR).findings if found.result == "failure"]
    assert said == bare and [found.check for found in said] == ["unread"]
    assert "most likely 2016-17/childrens_social_care/mash_enquiries.csv" in str(said[0])
    sent.rename(sent.with_name("mash_enquiries.csv"))
    sent.with_name(f"{sent.name}.origin.toml").rename(sent.with_name("mash_enquiries.csv.origin.toml"))
    (folder / "childrens_social_care" / "Thumbs.db").write_bytes(
        b"a folder's pictures, as Windows keeps them"
    )
    assert not {"unread", "origin"} & {found.check for found in examine(Project(root), YEAR).failures}


@pytest.mark.parametrize(
    "words, said",
    [
        ([], "Say what to do, and with which file"),
        (["receive", "placements.xlsx"], "Say what to do, and with which file"),
        (
            ["receive", "The council", "placement.csv"],
            "There is no file placement.csv. In its folder: placements.csv",
        ),
        (["stamp", "placement.csv"], "There is no file placement.csv. In its folder: placements.csv"),
        (
            ["stamp", "placements.csv"],
            "placements.csv has no origin yet. Write it: python -m bscbdata.provenance",
        ),
    ],
)
def test_a_slip_in_a_command_of_origins_is_said_in_words(words, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("placements.csv").write_text("Placement,Children\n", encoding="utf8")
    assert provenance.main(words) == 1
    assert f"Stopped: {said}" in capsys.readouterr().err


def test_a_section_that_is_missing_is_said_with_the_file_it_belongs_in(begun):
    edition = begun.edition(YEAR)
    found = {"voice-aim": ("…", "06_voice_and_journey.md"), "county": ("…", "01_county_and_children.md")}
    said = unwritten(begun, edition, "voice-fgm", found)
    assert said.file == "commentary/06_voice_and_journey.md, section voice-fgm" and said.check in OPEN
    assert "Write it in data/raw/2016-17/commentary/06_voice_and_journey.md under a line" in said.advice
    assert "as it stands in 2015-16" in said.advice and "nearly" not in said.advice
    unknown = unwritten(begun, edition, "countyy", found)
    assert (
        unknown.file == "commentary, section countyy"
        and "in data/raw/2016-17/commentary under" in unknown.advice
    )
    assert unknown.advice.endswith("There is a section of nearly that name: county.")


def test_a_section_that_nobody_wrote_stops_no_draft_and_is_found_for_the_final_edition(cleaned_report):
    text = cleaned_report.prose("nothing")
    [told] = text.findings
    assert "Nobody has written" in text.markdown and told.file.endswith("section nothing")
    assert [each.result for each in stopping([told], cleaned_report.edition)] == ["failure"]


def test_a_section_that_somebody_rewrote_is_no_longer_on_the_list(begun, tmp_path):
    root = tmp_path / "project"
    shutil.copytree(begun.root, root)
    text = root / "data" / "raw" / "2016-17" / "commentary" / "00_foreword.md"
    assert not any(file.startswith(("a4", "a6")) for file in carried.untouched(Project(root), YEAR)), (
        "methods stay"
    )
    assert "foreword" in carried.untouched(Project(root), YEAR)["00_foreword.md"]
    text.write_text(text.read_text(encoding="utf8").replace("children", "young people", 1), encoding="utf8")
    assert "foreword" not in carried.untouched(Project(root), YEAR)["00_foreword.md"]


def test_a_sentence_that_a_rewritten_section_kept_with_last_years_date_is_named_until_it_is_confirmed(
    begun, tmp_path
):
    root = tmp_path / "project"
    shutil.copytree(begun.root, root)
    told = Project(root)
    text = told.commentary(YEAR) / "05_exploitation.md"
    assert carried.dated(told, YEAR) == {}, "what nobody has touched is named as a whole"
    old = text.read_text(encoding="utf8")
    place = "05_exploitation.md, section exploitation-parents"
    section = old.index("# exploitation-parents")
    text.write_text(old[:section] + old[section:].replace("evenings", "meetings", 1), encoding="utf8")
    told_of = [found for found in carried.findings(told, YEAR) if found.file == f"commentary/{place}"]
    (kept,) = carried.dated(told, YEAR)[place]
    assert (
        kept.startswith("In October 2015, … people came")
        and kept.endswith("filled in a form.")
        and [found.value for found in told_of] == [kept]
    )
    settings = shutil.copytree(root, tmp_path / "confirmed") / "data" / "raw" / "2016-17" / "year.toml"
    settings.write_text(
        settings.read_text(encoding="utf8").replace("confirmed = [", 'confirmed = ["exploitation-parents",')
    )
    assert carried.dated(Project(tmp_path / "confirmed"), YEAR) == {}
    text.write_text(old + "\n# mine\n\nIn May 2015 we met.\n", encoding="utf8")
    assert carried.dated(told, YEAR) == {}, "a new section tells what its author knows"


@pytest.mark.parametrize(
    ("sentence", "before"),
    [
        ("In October 2015, many came.", True),
        ("In March 2016 it met.", True),
        ("In April 2016 it met.", False),
        ("In spring 2016 it met.", False),
        ("The play went round in autumn 2015.", True),
        ("*Working Together* of 2015 was in force.", False),
        ("A plan for May 2016 was made in January 2015.", True),
    ],
)
def test_a_time_before_the_report_year_began_is_told_from_one_within_it(sentence, before):
    assert carried._is_before(sentence, ReportYear(2016)) == before


def test_a_commitment_with_a_status_nobody_knows_stops_with_its_row(begun, tmp_path):
    root = tmp_path / "project"
    shutil.copytree(begun.root, root)
    path = root / "data" / "raw" / "2016-17" / "board" / "commitments.csv"
    path.write_text(path.read_text(encoding="utf8").replace("Not reported", "Soon", 1), encoding="utf8")
    stamp(path)
    told = [f for f in examine(Project(root), YEAR).findings if f.result == "failure"]
    assert [(f.column, f.row, f.value) for f in told] == [("Status", 2, "Soon")]


def test_a_final_edition_stops_on_commitments_until_somebody_answered_them(begun):
    (told,) = [f for f in check_origins(begun.raw / "2016-17") if f.file.endswith("board/commitments.csv")]
    assert told.check in OPEN and "carried over from 2015-16" in told.message


def test_commitments_that_stand_as_they_did_ask_for_an_answer(begun, tmp_path):
    """Steps that nobody answered are asked for again next year, in the very same words."""
    project, board = Project(tmp_path), tmp_path / "data" / "raw" / "2017-18" / "board"
    answered = begun.raw / "2016-17" / "board"
    for folder in (board, project.raw / "2016-17" / "board"):
        folder.mkdir(parents=True)
        for path in answered.glob("commitments.csv*"):
            shutil.copy(path, folder)
    (told,) = sent_before(project.raw, ReportYear(2017))
    assert told.message == "Every step stands as it did in 2016-17." and "how each stands now" in told.advice


def test_a_year_without_one_before_it_stops_with_the_years_there_are(begun):
    with pytest.raises(
        FileNotFoundError, match="2019-20/year.toml to begin from. Years here: 2015-16, 2016-17"
    ):
        new_year(begun, ReportYear(2020))


def test_a_filled_template_may_come_back_as_csv(begun, tmp_path):
    path = tmp_path / "2016-17" / "childrens_social_care" / "placements.csv"
    path.parent.mkdir(parents=True)
    path.write_text("Placement,Children\nFoster care,200\n", encoding="utf8")
    receive(path, "The council")
    try:
        assert read_source("placements", YEAR, tmp_path).rows_in == 1
    except DataStop as stop:
        pytest.fail(str(stop))


def test_a_filled_template_is_read_without_a_word_about_its_own_notes(begun, tmp_path):
    path = tmp_path / "2016-17" / "board" / "next_steps.xlsx"
    path.parent.mkdir(parents=True)
    book = openpyxl.load_workbook(begun.raw / "2016-17" / "templates" / "board" / "next_steps.xlsx")
    book["Return"].append(["2", "Referrals", "Ask why", "Board", "2017-18"])
    book.save(path)
    receive(path, "The Board")
    read = read_source("next_steps", YEAR, tmp_path)
    assert len(read.table) == 1 and [f for f in read.findings if f.result != "pass"] == []
    book.create_sheet("Older")
    book.save(path)
    stamp(path)
    (told,) = [f for f in read_source("next_steps", YEAR, tmp_path).findings if f.result != "pass"]
    assert "not read: 'Older'" in told.message


def test_a_list_that_came_as_a_workbook_is_carried_over_as_one(begun, tmp_path):
    root = tmp_path / "project"
    shutil.copytree(begun.root, root)
    last, folder = root / "data" / "raw" / "2015-16" / "board", root / "data" / "raw" / "2016-17" / "board"
    for old in [*last.glob("members.*"), *folder.glob("members.*")]:
        old.unlink()
    pd.DataFrame(
        [["Ann", "Example", "Council", "No"]],
        columns=["First Name", "Surname", "Organisation", "Shared seat"],
    ).to_excel(last / "members.xlsx", index=False)
    receive(last / "members.xlsx", "The Board")
    assert folder / "members.xlsx" in new_year(Project(root), YEAR)
    assert read_origin(folder / "members.xlsx").vintage == "carried over from 2015-16"
    assert new_year(Project(root), YEAR) == []


# ---- the maps ----------------------------------------------------------------------------------------------------


@pytest.fixture
def own_maps(tmp_path):
    """A project that has the package's code in it, as a clone has, with the maps of returns."""
    project = Project(tmp_path / "project")
    maps = project.root / "src" / "bscbdata" / "sources"
    shutil.copytree(sources.HERE, maps)
    return project, maps


def headers(maps, name, year):
    return {column.name: column.header(year) for column in sources.parse_source(maps / name).columns}


def test_every_map_of_a_return_gets_the_column_of_the_year_and_is_read_as_before(own_maps):
    project, maps = own_maps
    returns = [name for name in sources.source_names() if not sources.load_source(name).official]
    before = {name: (headers(maps, name, YEAR), headers(maps, name, YEAR.previous)) for name in returns}
    changed = new_columns(project, YEAR, maps)
    assert {path.name for path in changed} == {"columns.csv", "activity.csv"} and len(changed) > 25
    for name in returns:
        for line in read_list(maps / sources.load_source(name).map_file):
            assert line["2016-17"], f"{name}: a cell of the year is empty"
        assert (headers(maps, name, YEAR), headers(maps, name, YEAR.previous)) == before[name]


def test_the_column_stands_in_the_order_of_the_years_and_what_an_analyst_wrote_in_it_stays(own_maps):
    project, maps = own_maps
    new_columns(project, YEAR.next, maps)
    new_columns(project, YEAR, maps)
    path = maps / "placements" / "columns.csv"
    assert list(read_list(path)[0])[-3:] == ["2015-16", "2016-17", "2017-18"]
    written = path.read_text(encoding="utf8").replace(
        "Children,Children,Children", "Children,Number,Children"
    )
    path.write_text(written, encoding="utf8")
    before = state(maps)
    assert new_columns(project, YEAR, maps) == [] and state(maps) == before
    assert headers(maps, "placements", YEAR)["children"] == "Number"
    new_columns(project, ReportYear(2018), maps)
    assert headers(maps, "placements", ReportYear(2018))["children"] == "Children"


def test_the_maps_of_a_package_that_lies_outside_the_project_are_left_as_they_are(begun):
    before = state(sources.HERE)
    assert new_columns(begun, YEAR) == [] and state(sources.HERE) == before


def test_headers_of_next_year_change_nothing_in_the_record_of_this_one(own_maps, monkeypatch):
    project, maps = own_maps
    monkeypatch.setattr(record, "load_source", lambda name: sources.parse_source(maps / name))
    monkeypatch.setattr(record, "PACKAGE", maps.parent)
    last, this = record.package_hash(YEAR.previous), record.package_hash(YEAR)
    new_columns(project, YEAR, maps)
    assert (record.package_hash(YEAR.previous), record.package_hash(YEAR)) == (last, this)
    path = maps / "activity.csv"
    path.write_text(path.read_text(encoding="utf8").replace("Number,Number", "Number,Count"), encoding="utf8")
    assert record.package_hash(YEAR.previous) == last and record.package_hash(YEAR) != this


def test_help_for_the_papers_of_files_is_no_stop(capsys):
    assert provenance.main(["--help"]) == 0
    said = capsys.readouterr()
    assert "receive" in said.out and "stamp" in said.out and said.err == ""


def test_a_board_that_has_printed_nothing_owes_no_numbers_of_a_printed_report(tmp_path):
    """A board of its own begins with 2015-16, the one year for which the package has a printed report of another."""
    project, year = Project(tmp_path), ReportYear(2015)
    shutil.copy(ROOT / "_quarto.yml", tmp_path)
    shutil.copytree(ROOT / "data" / "raw" / "official", project.raw / "official")
    (project.raw / "2015-16").mkdir()
    (project.raw / "2015-16" / "year.toml").write_text(
        '[year]\nlabel = "2015-16"\nstatus = "draft"\n[board]\nname = "Surrey Safeguarding Children Board"\n'
        'chair = "A name"\n[area]\nname = "Surrey"\n',
        encoding="utf8",
    )
    run = examine(project, year)
    told = overview(run, project, year)
    owed = [sent.title for agency in told.agencies for sent in agency.outstanding]
    assert "Attendance at Board meetings" in owed and not [title for title in owed if "printed" in title]
    assert not [found for found in run.findings if "published_facts" in found.file or "errata" in found.file]
    lacking = of_table("published_facts", project.edition(year))
    assert str(lacking).endswith(
        "not asked for. No printed report of 2015-16 is here to hold the numbers against."
    )
    every = [lacking, *(of_table(name, project.edition(year)) for name in ("commitments", "attendance"))]
    owing = undeclared(gaps_told(every, "a4"), project.edition(year))
    (owed,) = owing
    assert 'under [gaps]: attendance = "' in owed.advice and owed.file.endswith("2015-16/year.toml")


@pytest.mark.parametrize(
    "copied",
    [
        "placements (1).xlsx",
        "placements - Copy.xlsx",
        "Placements-LAPTOP-42.xlsx",
        "placements.conflicted copy.xlsx",
    ],
)
def test_a_copy_that_onedrive_or_excel_made_is_not_to_be_named_over_the_return_that_is_there(
    tmp_path, copied
):
    folder = tmp_path / "2015-16" / "childrens_social_care"
    folder.mkdir(parents=True)
    (folder / copied).write_bytes(b"PK")
    [alone] = unread_files(tmp_path, ReportYear(2015))
    assert "Rename it" in alone.advice and "childrens_social_care/placements.xlsx" in alone.expected
    (folder / "placements.xlsx").write_bytes(b"PK")
    [beside] = unread_files(tmp_path, ReportYear(2015))
    assert "2015-16/childrens_social_care/placements.xlsx is here" in beside.message
    assert "Rename" not in beside.advice and beside.advice.startswith("Compare the two.")


@pytest.mark.parametrize("lock", ["~$placements.xlsx", ".~lock.placements.xlsx#"])
def test_a_return_that_is_open_in_excel_is_read_and_pointed_out(tmp_path, lock):
    folder = tmp_path / "2015-16" / "childrens_social_care"
    folder.mkdir(parents=True)
    for name in ("placements.xlsx", lock):
        (folder / name).write_bytes(b"PK")
    [told] = unread_files(tmp_path, ReportYear(2015))
    assert (
        told.result == "warning"
        and told.file.endswith("placements.xlsx")
        and "is open in Excel" in told.message
    )


def test_a_file_that_the_system_refuses_is_named_with_what_to_do(tmp_path, monkeypatch, capsys):
    """A folder stands where a file is to be written: the system says so with a number and a word."""
    (tmp_path / "page.html").mkdir()
    monkeypatch.setattr(cli, "app", lambda: (tmp_path / "page.html").write_text("", encoding="utf8"))
    with pytest.raises(SystemExit):
        cli.main()
    assert "page.html: Is a directory." in capsys.readouterr().err
    locked = PermissionError(13, "Permission denied", "data/raw/2015-16/lado/contacts.xlsx")
    said = cli._in_words(locked)
    assert said.startswith(
        "data/raw/2015-16/lado/contacts.xlsx cannot be opened. It is open in another program"
    )


def test_last_years_file_that_comes_again_is_pointed_out_and_a_list_carried_over_is_not(begun, tmp_path):
    """A return without months says of itself in no cell which year it is of."""
    root = tmp_path / "project"
    shutil.copytree(begun.root, root)
    project = Project(root)
    before, sent = (
        project.raw / label / "transport" / "client_transport.csv" for label in ("2015-16", "2016-17")
    )
    sent.parent.mkdir()
    shutil.copy(before, sent)
    receive(sent, "Client transport")
    confirm = project.raw / "2016-17" / "board" / "members.csv.origin.toml"
    confirm.write_text(
        confirm.read_text(encoding="utf8").replace("carried over from 2015-16", ""), encoding="utf8"
    )
    told = [found for found in examine(project, YEAR).findings if found.check == "sent before"]
    assert [found.file for found in told] == ["2016-17/transport/client_transport.csv"]
    assert told[0].result == "warning" and "as that of 2015-16" in told[0].message


def test_headlines_for_young_people_compare_no_years_that_an_edition_may_part():
    """Next year's number comes from another edition of the statistics than that of 2011-12: a final edition would stop."""
    text = (ROOT / "notebooks" / "young_people" / "index.ipynb").read_text(encoding="utf8")
    assert not re.findall(r"headline='[^']*year=", text)


def test_a_telephone_number_without_the_list_of_them_is_a_gap_as_any_other(begun):
    """On a year's first day no list of help lines has come, and the text for young people asks for one."""
    writer = Writer({}, begun.edition(YEAR))
    text = writer.render('Words.\n\nRing {{ phone("Childline") }}.\n', "help")
    assert "Words." in text and "Ring" not in text and "Where to get help" in text
