"""The year after, built as an analyst does: begun, simulated, built; and last year's report stays what it was."""

import csv
import hashlib
import re
import shlex
import shutil
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from conftest import ROOT

from bscbdata import provenance
from bscbdata.build import unchanged
from bscbdata.build.run import build
from bscbdata.cli import app
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.provenance import read_origin, stamp
from bscbdata.review import diff_command

pytestmark = pytest.mark.usefixtures("one_parent")

LAST, YEAR = ReportYear(2015), ReportYear(2016)


@pytest.fixture(scope="module")
def after(first_build, tmp_path_factory):
    """A copy of the built project in which the commands of the page of the year have run, one after another.

    What they said, by command, is in `.said`. Two commitments are answered before it is built. Only the final edition is
    not made, which has gaps and would stop.
    """
    root = tmp_path_factory.mktemp("after") / "project"
    shutil.copytree(first_build.project.root, root)
    project = Project(root)
    commands = [command for command in commands_of_the_page() if "--final" not in command]
    commands.sort(
        key=lambda command: "new-year" not in command
    )  # returns are simulated when the year is begun
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BSCB_PROJECT", str(root))
        patch.chdir(root)
        patch.setattr("bscbdata.publish.chosen", lambda renderer: "embedded")
        said = {command: _run(project, command) for command in commands}
    options = {"renderer": "auto", "draft": True, "allow_rejects": False}
    findings = unchanged.told_before(project, YEAR, unchanged.inputs(project, YEAR, options))
    report = project.build(YEAR) / "report"
    return SimpleNamespace(project=project, said=said, report=report, findings=findings)


def _run(project, command):
    """What a command gives: its exit code, and what it said. A return that it only tries is taken away again."""
    name, *words = shlex.split(command)
    if name != "python":
        ran = CliRunner().invoke(app, words, catch_exceptions=False)
        if words[0] == "simulate":
            _answer_two_commitments(project)
        return ran.exit_code, ran.output
    if "receive" not in words:
        return provenance.main(words[2:]), ""
    sent = project.root / words[-1]
    shutil.copy(project.raw / "2015-16" / "childrens_social_care" / "placements.xlsx", sent)
    code, publisher = provenance.main(words[2:]), read_origin(sent).publisher
    sent.unlink()
    sent.with_name("placements.xlsx.origin.toml").unlink()
    return code, publisher


def _answer_two_commitments(project):
    path = project.raw / YEAR.label / "board" / "commitments.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf8").splitlines()))
    rows[0] |= {"Status": "Done", "Evidence": "The survey of March was good."}
    rows[1] |= {"Status": "Under way"}
    with path.open("w", encoding="utf8", newline="") as lines:
        writer = csv.DictWriter(lines, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    stamp(path)


def page(after, name):
    return (after.report / name).read_text(encoding="utf8")


def plain(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_charts_go_on_and_words_follow_the_data_of_the_new_year(after):
    text = page(after, "02_journey.html")
    assert (
        'data-fact="referrals.rate_per_10000" data-area="Buckinghamshire" data-year="2016-17">753.2' in text
    )
    figure = text[text.index('id="fig-referral-rate"') :]
    assert re.search(
        r"Buckinghamshire: from [\d.]+ \([^)]*\) to 753\.2 \(2016-17", figure[: figure.index("</svg>")]
    )
    assert "in the printed report" not in plain(text[text.index('id="fig-referral-rate"') :][:60000])


def test_the_dates_of_a_sentence_that_tells_a_number_go_on_with_the_number(after):
    early_help, exploitation = (
        plain(page(after, f"{name}.html")) for name in ("04_early_help", "05_exploitation")
    )
    assert "To 31 March 2017 it discussed" in early_help
    assert "from January to March 2017, the only months" in exploitation
    assert "at the end of 2015 and in spring 2016" in exploitation
    assert "In 2014-15 it fell sharply" in plain(page(after, "02_journey.html"))
    assert "after a year in which it rose sharply" in plain(page(after, "10_conclusions.html"))
    assert re.search(
        r"the share fell too ?\[the data does not bear", plain(page(after, "02_journey.html"))
    ), "of England it did, but here it rose"


def test_simulated_months_are_said_to_agree_only_with_what_was_printed(after):
    told = {"02_journey": "are simulated and need not agree", "05_exploitation": "are simulated."}
    for name, words in told.items():
        assert words in (text := plain(page(after, f"{name}.html")))
        assert not re.search("simulated (and agree|in the shape)", text)


def test_no_figure_or_table_still_speaks_of_last_year_as_its_own(after):
    for path in sorted(after.report.glob("0*.html")):
        said = re.findall(r'class="figure-measure">([^<]*)<', path.read_text(encoding="utf8"))
        assert not [
            measure for measure in said if re.search(r"2015-16$|31 March 2016|to March 2016", measure)
        ]


def test_what_did_not_come_is_a_gap_that_says_who_sends_it(after):
    text = plain(page(after, "02_journey.html"))
    assert "Not returned Looked-after children by placement" in text and "council’s performance team" in text
    assert "Not here yet" in text and "latest value here for Buckinghamshire is of 2015-16" in text
    assert [f for f in after.findings if f.check == "gap" and f.value == "placements"]


def test_last_years_next_steps_are_answered_with_their_evidence(after):
    text = plain(page(after, "10_conclusions.html"))
    assert "steps: 1 done, 1 under way, 0 not done; not reported on: 69" in text.replace(" :", ":").replace(
        " ,", ","
    )
    assert "The survey of March was good." in text and "Under way" in text


def test_last_years_report_stays_as_it_was_to_the_byte(after):
    before = state(after.project.build(LAST) / "report")
    again = build(after.project, LAST, renderer="embedded")
    assert again.executed == [] and state(again.report) == before


def test_the_two_years_can_be_held_against_each_other(after):
    html, _, lines = diff_command(after.project, "2015-16", "2016-17")
    assert any("another year" in line for line in lines)
    text = plain(html.read_text(encoding="utf8"))
    assert "Old: 2015-16, draft. New: 2016-17, draft." in text and "no longer borne out by the data" in text


def commands_of_the_page():
    """The commands that stand by themselves in the page of the year, in its order."""
    lines = (ROOT / "docs" / "yearly-run.md").read_text(encoding="utf8").splitlines()
    return [line.strip() for line in lines if line.startswith(("    bscb ", "    python -m "))]


def test_the_commands_of_the_page_of_the_year_run_one_after_another(after):
    assert "bscb new-year 2016-17" in after.said and len(after.said) >= 8
    for command, (code, said) in after.said.items():
        assert code == 0, f"{command}: {said}"
        assert "receive" not in command or said == "The council"


def state(folder):
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }
