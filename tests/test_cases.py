"""Child-level returns through the whole cleaning stage: counted, checked against each other, and nobody to be found."""

import json
import re
import shutil
import subprocess

import pandas as pd
import pytest
from conftest import ROOT
from invented_journeys import Journeys, journeys
from invented_returns import write_annex_a, write_cin_census, write_ssd
from test_annex_a import REFERRALS

from bscbdata import record
from bscbdata.build.cases import KEY, LEDGER, read_cases
from bscbdata.build.clean import clean, examine
from bscbdata.findings import DataStop, warning
from bscbdata.indicators.agreement import between_formats
from bscbdata.indicators.conditions import Window
from bscbdata.indicators.journey import count_journey
from bscbdata.matching import Ledger
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.provenance import Rows, receive, write_origin
from bscbdata.publish import about
from bscbdata.reports.report import Report
from bscbdata.review import furniture
from bscbdata.sources import load_source, source_names
from bscbdata.statutory.pseudonyms import load_key, pseudonym
from bscbdata.statutory.reading import days_covered, read_format

YEAR = ReportYear.parse("2015-16")


def give_origins(folder):
    about = dict.fromkeys(("published", "accessed", "vintage", "note"), "")
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        write_origin(path, publisher="Council", title="T", licence="none", provenance="illustrative", **about)


@pytest.fixture(scope="module")
def made():
    return journeys(YEAR, contacts=900)


@pytest.fixture(scope="module")
def sent(tmp_path_factory, made):
    """A project whose council sent Annex A and the census of the same children."""
    root = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "_quarto.yml", root)
    shutil.copytree(ROOT / "data" / "raw", root / "data" / "raw")
    shutil.copy(ROOT / "data" / "corrections.yml", root / "data")
    (root / "notebooks").mkdir()
    statutory = root / "data" / "raw" / "2015-16" / "statutory"
    write_annex_a(made, statutory / "annex_a" / "extract.xlsx", made.start)
    write_cin_census(made, statutory / "cin_census" / "census.xml", made.start)
    give_origins(statutory)
    return Project(root)


def returns_of_the_council(sent, root, *without):
    """A project with the same returns of the council, to change, and none of other agencies."""
    others = {path.name for path in (sent.raw / "2015-16").iterdir() if path.is_dir()}
    others -= {"board", "childrens_social_care", "statutory"}
    shutil.copytree(sent.root, root, ignore=shutil.ignore_patterns("processed", *others, *without))
    return Project(root)


@pytest.fixture(scope="module")
def run(sent):
    return clean(sent, YEAR)


def test_both_formats_become_lists_and_figures(sent, run):
    kept = {path.stem for path in sent.processed(YEAR).glob("*.parquet")}
    assert {
        "annex_a_contacts",
        "annex_a_referrals",
        "cin_census_referrals",
        "cin_census_plans",
        "journey",
    } <= kept
    journey = pd.read_parquet(sent.processed(YEAR) / "journey.parquet")
    assert set(journey["format"]) == {"annex_a", "cin_census"} and set(journey["provenance"]) == {
        "illustrative"
    }


def test_rates_divide_by_the_population_of_the_mid_year_before(run):
    """120,726 children lived in the county in mid-2015, as data/raw/official/population.csv has it."""
    told = run.tables["journey"]
    rate = told[(told["indicator"] == "referrals_rate_per_10000") & (told["format"] == "cin_census")].iloc[0]
    assert (
        rate["denominator"] == 120_726
        and rate["unit"] == "per 10,000"
        and rate["provenance"] == "illustrative"
    )
    assert rate["value"] == pytest.approx(10_000 * rate["numerator"] / 120_726)


def test_the_same_children_in_both_formats_give_the_same_figures(run):
    told = [
        finding for finding in run.findings if finding.check == "agreement" and "agree in" in finding.message
    ]
    agreed, of = re.search(r"agree in ([\d,]+) of ([\d,]+) figures", told[0].message).groups()
    assert agreed == of and int(of.replace(",", "")) > 1_000


EDGES = ("2015-03-31", "2015-04-01", "2015-06-30", "2016-02-29", "2016-03-31")
BIRTHS = (
    "2016-04-01",
    "2016-07-01",
    "1998-03-31",
    "1998-04-01",
    "2000-02-29",
)  # two unborn, two who turn 18, a leap day


def on_edge_days(made):
    """The same journeys, many of whose contacts and ends lie at the edges of years, of children born at such edges."""
    lists, edges = {}, pd.to_datetime(pd.Series(EDGES * 20)).astype("datetime64[s]")
    numbers = sorted(made.lists["referrals"]["child"].unique())
    births = pd.Series(pd.to_datetime(BIRTHS * 5), index=numbers[:25])
    for name, frame in made.lists.items():
        last = {"contacts": "contact_date", "assessments": "authorisation_date", "plans": "end_date"}.get(
            name
        )
        born = frame["child"].map(births).fillna(frame["date_of_birth"])
        frame = frame.assign(
            date_of_birth=born.astype("datetime64[s]"),
            sex=frame["sex"].where(frame["sex"] != "neither", "not_recorded"),
        )
        if last:
            begun, day = frame.get("start_date", frame[last]), edges.reindex(frame.index)
            frame[last] = frame[last].mask(frame[last].notna() & ((day >= begun) | (name == "contacts")), day)
        lists[name] = frame
    return Journeys(lists, made.start, made.end)


def test_children_unborn_or_at_the_edges_of_years_count_alike_in_every_format(tmp_path, made):
    edged, counted = on_edge_days(made), []
    write_annex_a(edged, tmp_path / "annex_a" / "extract.xlsx", edged.start)
    write_cin_census(edged, tmp_path / "cin_census" / "census.xml", edged.start)
    write_ssd(edged, tmp_path / "ssd")
    ledger = Ledger(tmp_path / "ledger.csv")
    for name in ("annex_a", "cin_census", "ssd"):
        records = read_format(
            name, tmp_path / name, YEAR, lambda column, cells: ledger.record(column, cells, "2015-16")
        )
        figures = count_journey(records.lists, Window(*days_covered(records, YEAR)), YEAR, records.not_sent)
        counted.append(figures.assign(format=name))
    compared = between_formats(pd.concat(counted, ignore_index=True))
    yearly = compared[(compared["period_kind"] == "year") & (compared["category"] == "Unborn")]
    assert {"referrals", "children_in_need", "assessments_completed"} <= set(yearly["indicator"]) and len(
        compared
    ) > 5_000
    assert set(compared.loc[~compared["agree"], "indicator"]) <= {"repeat_plans_pct"}


def test_figures_of_lists_are_held_against_what_was_published(run):
    told = [
        finding
        for finding in run.findings
        if finding.check == "agreement" and finding.file.endswith("/annex_a")
    ]
    assert any(finding.column == "referrals" and "children_in_need" in finding.message for finding in told)


def test_the_official_rules_ran(run):
    assert any(re.fullmatch(r"(cin_)?\d{3,4}Q?", finding.check) for finding in run.findings)


def test_nothing_in_processed_says_who_a_child_is(sent, run, made):
    numbers = set(made.lists["contacts"]["child"])
    births = set(made.lists["contacts"]["date_of_birth"].dt.strftime("%Y-%m-%d"))
    for path in sent.processed(YEAR).iterdir():
        if path.suffix != ".parquet":
            assert not numbers & set(re.findall(r"\d{7}", path.read_text(encoding="utf8")))
            continue
        frame = pd.read_parquet(path)
        assert "date_of_birth" not in frame
        texts = set(frame.select_dtypes(include=["str", "object", "category"]).astype("str").stack())
        assert not numbers & texts, path.name
        if path.name.startswith(("annex_a", "cin_census")):
            days = frame.select_dtypes(include="datetime")
            # an event may fall on some child's birthday; a column of births may not be there
            assert all(
                len(births & set(days[name].dt.strftime("%Y-%m-%d"))) < len(births) / 2 for name in days
            )


def test_a_child_is_the_same_child_in_every_list_and_format(sent, run, made):
    folder = sent.processed(YEAR)
    lists = {
        name: pd.read_parquet(folder / f"{name}.parquet")
        for name in ("annex_a_referrals", "cin_census_referrals")
    }
    one, other = (set(frame["child"]) for frame in lists.values())
    assert one == other and len(one) == made.lists["referrals"]["child"].nunique()
    assert all(re.fullmatch(r"[0-9a-f]{16}", child) for child in one)


def test_every_finding_of_a_childs_return_is_known_to_be_one(run):
    codes = [finding for finding in run.findings if re.fullmatch(r"(cin_)?\d{3,4}Q?", finding.check)]
    of_lists = [
        finding for finding in run.findings if finding.check in ("order", "before", "one", "same_child")
    ]
    assert codes and of_lists and all("/statutory/" in finding.file for finding in [*codes, *of_lists])


def test_rejects_and_findings_are_kept_without_what_was_sent(sent, made, tmp_path):
    root = tmp_path / "project"
    project = returns_of_the_council(sent, root, "cin_census")
    broken = root / "data" / "raw" / "2015-16" / "statutory" / "annex_a" / "extract.xlsx"
    frame = pd.read_excel(broken, sheet_name=["List 3"], dtype=str, engine="calamine")
    frame["List 3"].loc[0, "Date of referral"] = "31/02/2016"
    with pd.ExcelWriter(broken) as book:
        for name, sheet in frame.items():
            sheet.to_excel(book, sheet_name=name, index=False)
    give_origins(broken.parent)
    for path in broken.parent.glob("*.origin.toml.origin.toml"):
        path.unlink()
    with pytest.raises(DataStop) as stop:
        clean(project, YEAR)
    assert "31/02/2016" in str(stop.value) and "List 3" in str(stop.value)
    clean(project, YEAR, allow_rejects=True)
    rejects = pd.read_parquet(project.processed(YEAR) / "rejects.parquet")
    ours = rejects[rejects["row_id"].str.contains("/statutory/")]
    assert len(ours) and (ours["content"] == "").all() and not ours["reason"].str.contains("31/02").any()
    findings = pd.read_parquet(project.processed(YEAR) / "findings.parquet")
    assert not findings["message"].str.contains("31/02/2016").any()
    assert not findings["value"].str.contains("31/02/2016").any()


def test_no_reference_of_a_child_a_family_or_a_case_is_kept_in_the_clear(sent, run):
    listing = {name: load_source(name).references for name in source_names() if load_source(name).references}
    assert {"assessments", "rusafe_clients", "mserac_cases", "private_fostering"} <= set(listing)
    raw = pd.read_csv(sent.raw / "2015-16" / "childrens_social_care" / "assessments.csv", header=2, dtype=str)
    cases = pd.read_parquet(sent.processed(YEAR) / "assessments.parquet")
    assert cases["child"].nunique() == raw["Child ID"].nunique() and cases["assessment"].is_unique
    for name, columns in listing.items():
        kept = pd.read_parquet(sent.processed(YEAR) / f"{name}.parquet")[columns].stack()
        assert len(kept) and kept.str.fullmatch("[0-9a-f]{16}").all(), name
        assert pseudonym("118134", load_key(sent.root / KEY)) in set(cases["child"])


@pytest.fixture(scope="module")
def told_of_a_name(sent, tmp_path_factory):
    """A project whose council typed a name with an apostrophe where a date should be, and called a sheet after a child."""
    root = tmp_path_factory.mktemp("named") / "project"
    project = returns_of_the_council(sent, root, "cin_census")
    path = root / "data" / "raw" / "2015-16" / "statutory" / "annex_a" / "extract.xlsx"
    frame = pd.read_excel(path, sheet_name=["List 3"], dtype=str, engine="calamine")
    frame["List 3"].loc[0, "Date of referral"] = "O'Quill's gran rang 31/02/2016"
    frame["List 3"].loc[1, "Date of Birth"] = "about '09, says Zadie Quill"
    with pd.ExcelWriter(path) as book:
        for name, sheet in {**frame, "Zadie Quill": pd.DataFrame({"Seen by": ["Quill"]})}.items():
            sheet.to_excel(book, sheet_name=name, index=False)
    path.with_name("extract.xlsx.origin.toml").unlink()
    give_origins(path.parent)
    local = root / "data" / "raw" / "2015-16" / "childrens_social_care" / "assessments.csv"
    row = b"599999,Zadie Quill,WYCOMBE,31/02/2015,02/04/2015,NFA\r\n599998,Quill,WYCOMBE,02/03/2015,02/04/2015,NFA"
    local.write_bytes(local.read_bytes().rstrip() + b"\r\n" + row)
    about = dict.fromkeys(("published", "accessed", "vintage", "note"), "")
    write_origin(local, publisher="C", title="T", licence="none", provenance="illustrative", **about)
    return project


def test_a_name_with_an_apostrophe_and_a_sheet_called_after_a_child_are_not_kept(told_of_a_name):
    run = clean(told_of_a_name, YEAR, allow_rejects=True)
    told = " ".join(map(str, run.findings))
    assert (
        "31/02/2015" in told
        and "O'Quill's gran rang 31/02/2016" in told
        and "Sheet 'Zadie Quill' is not one of the lists" in told
    )
    folder = told_of_a_name.processed(YEAR)
    texts = [pd.read_parquet(path).astype("str").to_csv() for path in folder.glob("*.parquet")]
    texts += [path.read_text(encoding="utf8") for path in folder.glob("*.json")]
    assert texts and not [text for text in texts if "Quill" in text or "Zadie" in text]


def test_a_return_named_after_a_child_is_told_by_its_folder_alone(told_of_a_name, tmp_path):
    """A council may send `Quill Z 12-3-04.xlsx`, and the title of its origin repeats that."""
    root = tmp_path / "project"
    shutil.copytree(told_of_a_name.root, root, ignore=shutil.ignore_patterns("processed"))
    path = root / "data" / "raw" / "2015-16" / "statutory" / "annex_a" / "extract.xlsx"
    path.with_name("extract.xlsx.origin.toml").unlink()
    receive(path.rename(path.with_name("Quill Z 12-3-04.xlsx")), "Council")
    project = Project(root)
    run = clean(project, YEAR, allow_rejects=True)
    report = Report(project, project.edition(YEAR))
    told = [
        report.sources().to_csv(),
        report.rejects_by_file().to_csv(),
        report.book().sources("2015-16").markdown,
        json.dumps(about._sources(project, report.edition)),
        json.dumps(record._once(record._input(project, raw) for raw in record._raw(project, report.edition))),
        str(report.tracer.place(Rows("2015-16/statutory/annex_a/Quill Z 12-3-04.xlsx", "", ()))),
        *(str(furniture._shown(finding)) for finding in run.findings),
    ]
    for text in told:
        assert "Quill" not in text and "12-3-04" not in text
    folder = "2015-16/statutory/annex_a"
    assert [folder in told[n] for n in (0, 3, 4, 5)] == [True] * 4, "what is told of it is its folder"


def test_of_a_return_of_children_no_number_is_shown_but_the_name_of_an_enquiry():
    place = "2015-16/childrens_social_care/section_47_enquiries.xlsx"
    shown = furniture._shown(warning("sum", "Section 47 enquiries: 3 of 1,247.", file=place))
    assert shown.message == "Section 47 enquiries: … of …."
    printed = "2015-16/board/published_facts.csv"
    shown = furniture._shown(warning("arithmetic", "One has 12, the other 15.", file=printed, expected="15"))
    assert (shown.message, shown.expected, shown.file) == ("One has …, the other ….", "", printed)


def test_nothing_is_read_again_when_nothing_changed(sent, run):
    assert clean(sent, YEAR).tables == {}


def test_a_spelling_is_decided_once_and_remembered(sent, tmp_path):
    root = tmp_path / "project"
    project = returns_of_the_council(sent, root, "cin_census")
    folder = root / "data" / "raw" / "2015-16" / "statutory" / "annex_a"
    frame = pd.read_excel(folder / "extract.xlsx", sheet_name="List 3", dtype=str, engine="calamine")
    frame.loc[0, "Referral Source"] = "Blue team"
    (folder / "extract.xlsx").unlink()
    frame.to_csv(folder / "referrals.csv", index=False)
    for path in folder.glob("*.origin.toml"):
        path.unlink()
    give_origins(folder)
    undecided = [finding for finding in examine(project, YEAR).failures if "Blue team" in str(finding)]
    assert len(undecided) == 1 and "mapping_ledger.csv" in str(undecided[0])
    ledger = pd.read_csv(root / LEDGER, dtype=str, keep_default_na=False)
    mine = ledger["spelling"] == "Blue team"
    ledger.loc[mine, ["code", "decided_by"]] = ["i) Other", "analyst"]
    ledger.to_csv(root / LEDGER, index=False)
    again = examine(project, YEAR)
    assert not [finding for finding in again.failures if "Blue team" in str(finding)]
    assert again.tables["annex_a_referrals"]["source"].iloc[0] == "other"


def test_what_lies_in_the_statutory_folder_and_is_no_format_is_told(sent, tmp_path):
    root = tmp_path / "project"
    project = returns_of_the_council(sent, root, "statutory")
    (root / "data" / "raw" / "2015-16" / "statutory" / "annexa").mkdir(parents=True)
    told = [finding for finding in examine(project, YEAR).failures if finding.check == "statutory"]
    assert "statutory/annexa" in told[0].file and "annex_a" in told[0].expected


def test_returns_of_another_council_are_told_and_a_title_of_our_own_is_not(sent, tmp_path):
    project = returns_of_the_council(sent, tmp_path / "project", "extract.xlsx*")
    folder = project.raw / "2015-16" / "statutory"
    census = folder / "cin_census" / "census.xml"
    census.write_text(census.read_text(encoding="utf8").replace("<LEA>825<", "<LEA>936<"), encoding="utf8")
    rows = pd.DataFrame(REFERRALS).to_csv(index=False)
    for area in ("Surrey", "Buckinghamshire"):
        (folder / "annex_a").mkdir(exist_ok=True)
        (folder / "annex_a" / "list_3.csv").write_text(f"{area} County Council\n\n{rows}", encoding="utf8")
        found = read_cases(project, YEAR).findings
        assert any(
            "it is of Surrey, and the report is of Buckinghamshire" in f.message
            for f in found
            if f.result == "failure"
        )
        assert any("speaks of" in f.message for f in found) == (area == "Surrey")
        [missing] = [f.message for f in found if f.message.startswith("Lists that were not sent")]
        assert "list 3" not in missing and "list 11 (Adopters): none" in missing
        assert "list 7 (Child protection plans): Child protection plans started" in missing


def test_git_never_sees_child_level_returns_or_the_key():
    statutory = ("data/raw/2015-16/statutory/annex_a/x.xlsx", "data/raw/2031-32/statutory/ssd/x.csv")
    for name in (*statutory, KEY, LEDGER):
        ran = subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT, check=False)
        assert ran.returncode == 0, f"{name} is not ignored"
