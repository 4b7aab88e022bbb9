"""An outsider who has a finished report, the layouts of the returns, which are public, and a solver.

What is read is what is printed: tables as their rows print, and the numbers of sentences. Each is an equation, or for a
rounded share or average a pair of bounds, over the smallest parts of the returns. Nothing is taken from the package's own
proof: `exposed` names every group of one to five children of which more can be worked out than the rule allows.
"""

import ast
import json
import random
import re
import shutil
import sys
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import unescape
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

from bscbdata import disclosure, facts
from bscbdata.build import other_years, proving
from bscbdata.disclosure.periods import quarter_of
from bscbdata.figures import figure_record
from bscbdata.figures.figure import Figure
from bscbdata.findings import DataStop
from bscbdata.indicators import returns
from bscbdata.period import ReportYear
from bscbdata.places import Project
from bscbdata.reports import report as reports
from bscbdata.reports.report import Report
from bscbdata.tables import read_all

CHAPTERS = ["04_early_help", "05_exploitation", "09_statutory_functions", "02_journey"]

COUNTS = {
    "contacts": "contacts",
    "mash_enquiries": "enquiries",
    "section_47": "enquiries",
    "early_help_panel": "families",
    "early_help_lead_agencies": "families",
    "rusafe_referrals": "referrals",
    "rusafe_referrals_by_sex": "referrals",
    "rusafe_caseload": "cases",
    "missing_episodes": "episodes",
    "missing_profile": "episodes",
    "placements": "children",
    "cdop_findings": "reviews",
}
LISTS = {  # a row is a child or a family
    "mserac_cases": ["month", "type"],
    "rusafe_clients": ["age", "sex", "ethnic_group", "social_care_status"],
}
NAMED = ["month", "quarter", "year", "district", "outcome", "source", "sex", "age", "ethnicity", "decision"]
NAMED += ["lead_agency", "placement", "characteristic", "finding", "type", "dimension", "group"]
JOINED = {  # what a chapter calls several rows together
    "Another level, or deferred": ["Below level 3", "Level 4", "Deferred"],
    "Parents, carers and self": ["Parents and carers", "Self"],
    "Exploitation only": ["CSE"],
    "Missing, some also exploited": ["Missing", "CSE and missing"],
    "11 or 12": ["11", "12"],
    "Not with social care": ["None"],
    "Sex, at ages 14 to 17": ["14 to 17"],
    "Another group, or not recorded": ["Any other White background", "Mixed", "Not recorded"],
}
HEADINGS = {
    "Age": "age",
    "Sex": "sex",
    "Ethnic group": "ethnic_group",
    "Social care status": "social_care_status",
}
AVERAGES = {  # facts that are a year's average of its quarters
    "rusafe.referrals_per_quarter": "rusafe_referrals",
    "rusafe.caseload_per_quarter": "rusafe_caseload",
}
OF_THE_YEAR = {"rusafe-sources"}  # figures of the year alone, whose returns have the one before too
PRINTED = re.compile(r"(?:almost |about |over )?([\d,]+(?:\.\d+)?)(%?)")
LOWEST, HIGHEST, WIDTH = 1, 5, 5  # the rule, in our own words: docs/disclosure.md


# ---- the report ------------------------------------------------------------------------------------------------


def shown_by(notebook, namespace, year="2015-16"):
    """What the cells of a chapter show. Words that the numbers no longer allow stop as they would for their author."""
    shown = []
    text = notebook.read_text(encoding="utf8").replace('year = \\"2015-16\\"', f'year = \\"{year}\\"')
    for cell in json.loads(text)["cells"]:
        if cell["cell_type"] == "code":
            body = ast.parse("".join(cell["source"])).body
            last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
            try:
                exec(compile(ast.Module(body, []), notebook.name, "exec"), namespace)
                if last:
                    shown.append(eval(compile(ast.Expression(last.value), notebook.name, "eval"), namespace))
            except DataStop:
                continue
    return shown


# ---- what the returns are made of -------------------------------------------------------------------------------


def parts_of(tables, year="2015-16"):
    """Every return as its smallest parts: columns of words, and `n`, which only says whether a statement was read right."""
    found = {name: _tally(tables[name], count) for name, count in COUNTS.items()}
    # a share that was sent without its count
    found["cdop_findings"]["n"] += _sent_as_shares(tables["cdop_findings"])
    found["mserac_cases"] = _listed(
        tables["mserac_cases"].assign(month=lambda f: f["meeting"].map(_month)), LISTS["mserac_cases"]
    )
    clients = [
        tables["rusafe_clients"][name]
        .astype("str")
        .value_counts()
        .rename_axis("group")
        .rename("n")
        .reset_index()
        for name in LISTS["rusafe_clients"]
    ]
    found["rusafe_clients"] = pd.concat(
        clients, keys=LISTS["rusafe_clients"], names=["dimension"]
    ).reset_index()
    return {name: _with_time(frame.reset_index(drop=True), year) for name, frame in found.items()}


def _tally(frame, count):
    words = {name: frame[name] for name in NAMED if name in frame}
    words = {
        name: each.map(_month) if each.dtype.kind == "M" else each.astype("str")
        for name, each in words.items()
    }
    return pd.DataFrame(words).assign(n=frame[count].astype("Float64").fillna(0).astype(float))


def _sent_as_shares(reviews):
    whole = reviews.loc[reviews["characteristic"] == "All", "reviews"].iloc[0]
    counts = (reviews["share_as_printed_pct"] / 100 * whole).round()
    return counts.where(reviews["reviews"].isna(), 0).fillna(0).astype(float).to_numpy()


def _listed(frame, columns):
    """Every combination of what was seen, with how many rows have it."""
    words = frame[columns].astype("str")
    whole = words[[columns[0]]].drop_duplicates()
    for name in columns[1:]:
        whole = whole.merge(words[[name]].drop_duplicates(), how="cross")
    return whole.merge(words.value_counts().rename("n").reset_index(), how="left").fillna({"n": 0.0})


def _month(day):
    return f"{day:%B %Y}"


def _with_time(frame, year):
    if "month" in frame:
        frame["quarter"] = frame["month"].map(lambda month: quarter_of(month, year))
    return frame.assign(year=frame["quarter"].str[:7]) if "quarter" in frame else frame


# ---- the outsider ----------------------------------------------------------------------------------------------


@dataclass
class Outsider:
    """Every statement read so far, over the parts of the returns: coefficients by part, least, most, where it stood."""

    parts: dict
    year: str = "2015-16"
    told: list = field(default_factory=list)
    misread: list = field(default_factory=list)

    def __post_init__(self):
        lengths = [len(frame) for frame in self.parts.values()]
        self.starts = dict(zip(self.parts, np.cumsum([0, *lengths[:-1]]), strict=True))
        self.true = np.concatenate([frame["n"] for frame in self.parts.values()])

    def rows(self, table, labels):
        """The parts of a return that have all these words in any column."""
        frame = self.parts[table]
        met = np.ones(len(frame), dtype=bool)
        for label in labels:
            known = [label, f"{self.year} {label}", HEADINGS.get(label), *JOINED.get(label, [])]
            has = frame.drop(columns="n").isin([each for each in known if each]).any(axis=1)
            if has.any() or label not in (*HEADINGS, "Referrals", "Active caseload"):
                met &= has
        return set(self.starts[table] + np.flatnonzero(met))

    def tell(self, weights, least, most, where):
        true = sum(weight * self.true[part] for part, weight in weights.items())
        if least - 1e-6 <= true <= most + 1e-6:
            self.told.append((weights, least, most, where))
        else:
            self.misread.append((where, least, true, most))

    def total(self, rows, printed, where, times=1):
        """A sum, or the average of so many."""
        value, half = printed
        half = 0 if times == 1 else half
        self.tell(dict.fromkeys(rows, 1 / times), value - half, value + half, where)

    def share(self, top, whole, printed, where):
        """A share in per cent, as it was rounded: the whole need not be known."""
        value, half = printed
        for edge, least, most in ((value - half, 0, np.inf), (value + half, -np.inf, 0)):
            weights = {part: (part in top) - (part in whole) * edge / 100 for part in top | whole}
            self.tell(weights, least, most, where)

    # ---- reading ----

    def read_figure(self, figure):
        """Every number of a figure that is found among the parts of its returns."""
        table = figure.data or figure.table
        columns = table.columns()
        texts = [name for name in columns if not pd.api.types.is_numeric_dtype(table.frame[name])]
        for row in table.rows():
            said = dict(zip(columns, row, strict=True))
            labels = [said[name] for name in texts] + [self.year] * (figure.key in OF_THE_YEAR)
            for column in [name for name in columns if name not in texts]:
                self._cell(figure, column, labels, said[column])

    def _cell(self, figure, column, labels, text):
        printed, where = number(text), f"{figure.key}: {', '.join(labels)}, {column}"
        for table in [name for name in figure.tables if name in self.parts and printed]:
            if figure.key == "rusafe" and ("caseload" in table) != ("Active caseload" in labels):
                continue
            rows = self.rows(table, labels)
            if column.endswith("share_pct") and figure.key != "sources":
                whole = self.rows(table, ["All"] if figure.key == "cdop" else labels[:-1])
                self.share(rows, whole, printed, where)
            elif not column.endswith("_pct") and rows:
                self.total(rows, printed, where)

    def read_words(self, text, report):
        """The numbers in sentences and headlines, each of a fact."""
        for tag, said in re.findall(r'<span class="fact"([^>]*)>(.*?)</span>', text):
            named = {key: unescape(value) for key, value in re.findall(r'data-([\w-]+)="([^"]*)"', tag)}
            definition = facts.definitions().get(named["fact"])
            if definition and number(said):
                self._fact(definition, named, number(said), report)

    def _fact(self, definition, named, printed, report):
        where, table = f"fact {definition.id}, {named['year']}", definition.table
        if definition.id in AVERAGES:
            rows = self.rows(AVERAGES[definition.id], [named["year"]])
            self.total(rows, printed, where, times=4)
        elif table in COUNTS and definition.how in ("sum", "value", "share_pct"):
            words = facts.placeholders(report.edition, named["area"], named["year"])
            frame = report._tidy[table].reset_index(drop=True)
            top, whole = (
                {
                    self.starts[table] + place
                    for place in facts.pick(frame, asked.format_map(words), definition).index
                }
                for asked in (definition.where, definition.of)
            )
            if definition.how == "share_pct":
                self.share(top, whole, printed, where)
            elif definition.unit != "percent":
                self.total(top, printed, where)

    def know(self):
        """What everyone knows: parts that are of the same children add up to the same."""
        self._same(self.rows("missing_profile", []), self.rows("missing_episodes", [self.year]))
        for quarter in self.parts["rusafe_referrals"]["quarter"].unique():
            self._same(
                self.rows("rusafe_referrals", [quarter]), self.rows("rusafe_referrals_by_sex", [quarter])
            )
        for name in LISTS["rusafe_clients"][1:]:
            self._same(self.rows("rusafe_clients", ["age"]), self.rows("rusafe_clients", [name]))

    def _same(self, one, other):
        self.tell({**dict.fromkeys(one, 1), **dict.fromkeys(other, -1)}, 0, 0, "the same children")

    def with_the_next(self, later):
        """One who has read two years' reports, and knows which numbers the later returns repeat as they were."""
        parts = {f"{each.year} {name}": part for each in (self, later) for name, part in each.parts.items()}
        both, first = Outsider(parts), len(self.true)
        both.misread = self.misread + later.misread
        moved = [
            ({part + first: weight for part, weight in told[0].items()}, *told[1:]) for told in later.told
        ]
        both.told = self.told + moved
        for name in self.parts.keys() & later.parts.keys():
            columns = [column for column in self.parts[name] if column in later.parts[name]]
            if "quarter" in columns:
                pairs = self.parts[name].reset_index().merge(later.parts[name].reset_index(), on=columns)
                for one, other in zip(pairs["index_x"], pairs["index_y"], strict=True):
                    both._same({self.starts[name] + one}, {first + later.starts[name] + other})
        return both

    # ---- working out ----

    @cached_property
    def together(self):
        """For each part, the group of parts that statements tie it to."""
        home = np.arange(len(self.true))
        for weights, *_ in self.told:
            groups = np.unique(home[list(weights)])
            home[np.isin(home, groups)] = groups.min(initial=len(home))
        return home

    def interval(self, rows):
        """The lowest and the highest that a sum of parts can be."""
        near = np.flatnonzero(np.isin(self.together, self.together[list(rows)]))
        place = {part: at for at, part in enumerate(near)}
        told = [each for each in self.told if next(iter(each[0]), None) in place]
        at = [(n, place[part], w) for n, each in enumerate(told) for part, w in each[0].items()]
        limits, most = [], 10 * self.true.sum() + 1000
        if at:
            which, where, weights = zip(*at, strict=True)
            matrix = csr_matrix((weights, (which, where)), shape=(len(told), len(near)))
            limits = [LinearConstraint(matrix, [t[1] - 1e-7 for t in told], [t[2] + 1e-7 for t in told])]
        asked = np.isin(near, list(rows)).astype(float)
        found = [
            milp(sign * asked, constraints=limits, bounds=Bounds(0, most), integrality=np.ones(len(near)))
            for sign in (1, -1)
        ]
        low, high = (round(float(asked @ each.x)) for each in found)
        return low, (np.inf if high >= most else high)

    def few(self, tables=None):
        """Every group of one to five that can be named by up to two columns: its return, its names, its parts."""
        for table in tables or self.parts:
            frame = self.parts[table]
            words = [name for name in frame if name != "n"]
            fixed = [
                c for c in (["dimension", "group"], ["characteristic", "finding"]) if set(c) <= set(words)
            ]
            for by in fixed or [list(c) for size in (1, 2) for c in combinations(words, size)]:
                for names, group in frame.groupby(by, sort=False):
                    if LOWEST <= group["n"].sum() <= HIGHEST:
                        yield table, names, self.starts[table] + group.index.to_numpy()

    def exposed(self, tables=None):
        """Of each such group that can be worked out more nearly than the rule allows: what it is, lowest, highest."""
        told = [part for weights, *_ in self.told for part in weights]
        for table, names, rows in self.few(tables):
            if np.isin(rows, told).any():
                low, high = self.interval(rows)
                if high <= HIGHEST or high - low < WIDTH:
                    yield table, names, low, high


def number(text):
    """A printed number and how far it may be off; None for anything else."""
    found = PRINTED.fullmatch(unescape(re.sub(r"<[^>]+>", "", text)).strip())
    if not found:
        return None
    decimals = len(found[1].partition(".")[2])
    return float(found[1].replace(",", "")), 0.5 * 10.0**-decimals


# ---- small counts planted in the returns -----------------------------------------------------------------------

WITHIN = {  # where a child that is taken from one number goes to another, so that all that adds up still does
    "contacts": "month",
    "section_47": "month",
    "early_help_panel": "month",
    "early_help_lead_agencies": "month",
    "rusafe_referrals": "quarter",
    "rusafe_referrals_by_sex": "quarter",
    "missing_episodes": "quarter",
    "cdop_findings": "characteristic",
}
OUTSIDE = {"With parents", "All", "Under 1 year"}  # what others have published, and what repeats other rows


def planted(tables, seed):
    """The tables with small counts at places that the seed draws, and lists cut short; every total is as it was."""
    draw = random.Random(seed)
    found = dict(tables)
    for name, count in COUNTS.items():
        found[name] = _with_few(tables[name], count, WITHIN.get(name, ""), draw)
    for name in ("mserac_cases", "rusafe_clients"):
        found[name] = tables[name].sample(frac=draw.choice([0.4, 0.7, 1]), random_state=seed).sort_index()
    return with_indicators(found, "2015-16")


def _with_few(frame, count, within, draw):
    frame, named = frame.copy(), frame.astype("object").isin(OUTSIDE).any(axis=1)
    places = [at for at in frame.index[~named] if pd.notna(frame.at[at, count])]
    for at in draw.sample(places, draw.choice([0, 1, 2, 3])):
        few = draw.choice([0, 1, 2, 3, 4, 5])
        others = [other for other in places if other != at]
        others = [o for o in others if not within or frame.at[o, within] == frame.at[at, within]]
        taken = int(frame.at[at, count]) - few
        if others and taken > 0:
            largest = max(others, key=lambda other: frame.at[other, count])
            frame.loc[at, count] = few
            frame.loc[largest, count] += taken
    return frame


# ---- the attack ------------------------------------------------------------------------------------------------


def said_by(shown):
    """What figures and texts say, as the proof of a build reads it."""
    said = proving.Said()
    for each in shown:
        told = getattr(each, "told", {})
        said.facts += told.get("facts", [])
        said.series += told.get("series", [])
        counted = told.get("counted") or {}
        for column in counted.get("columns", []):
            name = each.key if len(counted["columns"]) == 1 else f"{each.key}, {column}"
            data = figure_record.published(each.data or each.table)
            said.tables[name] = proving.count_table(data, column, counted)
            said.sources[name] = counted["tables"]
    return said


def year_after(tables, seed):
    """The returns of 2016-17: last year's quarters as they were sent but for one, which was counted anew, and new ones."""
    later = planted(tables, seed)
    for name in {*COUNTS, *LISTS}:
        frame = later[name]
        dates = {column: frame[column] + pd.DateOffset(years=1) for column in frame.select_dtypes("datetime")}
        later[name] = _two_years(tables[name], frame) if "quarter" in frame else frame.assign(**dates)
    return with_indicators(later, "2016-17")


def _two_years(before, now):
    """The quarters of last year's return and, a year on, those of this one; Wycombe had one more in the second quarter."""
    last, this = (frame[frame["quarter"].astype("str").str.startswith("2015-16")] for frame in (before, now))
    both = pd.concat([last, this.assign(quarter=this["quarter"].str.replace("2015-16", "2016-17"))])
    both = both.reset_index(drop=True)
    if "district" in both:
        anew = (both["district"].astype("str") == "Wycombe") & (both["quarter"] == "2015-16 Q2")
        both.loc[anew, "episodes"] += 1
    return both


def with_indicators(tables, year):
    of_returns = tables["indicators"]["table"].isin(returns.tables_counted())
    anew = returns.compute(tables, year)
    return {**tables, "indicators": pd.concat([tables["indicators"][~of_returns], anew], ignore_index=True)}


def shown_of(report, tables, chapters, year="2015-16"):
    """What the cells of these chapters show as they are for these returns, and what begins a report of them."""
    first, edition = reports.report, replace(report.edition, year=ReportYear.parse(year))

    def begun(*_, **__):
        fresh = Report(report.project, edition)
        fresh.__dict__ |= {"_tidy": tables, "commentary": report.commentary}
        return fresh

    reports.report = begun
    try:
        notebooks = [report.project.root / "notebooks" / f"{chapter}.ipynb" for chapter in chapters]
        shown = [each for notebook in notebooks for each in shown_by(notebook, {}, year)]
    finally:
        reports.report = first
    return shown, begun


def read_edition(report, tables, chapters, year="2015-16"):
    """The outsider who has read these chapters as they are for these returns, and what they say as a build's proof reads it."""
    shown, begun = shown_of(report, tables, chapters, year)
    outsider = Outsider(parts_of(tables, year), year)
    for each in shown:
        if isinstance(each, Figure):
            outsider.read_figure(each)
        outsider.read_words(getattr(each, "headline", "") or getattr(each, "markdown", ""), begun())
    outsider.know()
    return outsider, said_by(shown), begun().edition


def attack(report, seed, chapters):
    """The outsider who has read these chapters, and what the proof of a build says of them, for one planting."""
    tables = planted(report._tidy, seed)
    outsider, said, edition = read_edition(report, tables, chapters)
    proof = proving.prove(said, tables, edition)
    return outsider, [found for found in proof.findings if found.result == "failure"]


def _with_papers_of_next_year(project, folder):
    """The project with last year's returns, whose papers a figure names, as those of the next year too."""
    raw = folder / "data" / "raw"
    for name, of in (("official", "official"), ("2015-16", "2015-16"), ("2016-17", "2015-16")):
        shutil.copytree(project.raw / of, raw / name)
    shutil.copytree(project.notebooks, folder / "notebooks")
    return Project(folder)


def attack_two_years(report, seeds, chapters, folder):
    """The same for two years in succession; the proof of the second has what is kept of the first."""
    before = planted(report._tidy, seeds[0])
    now = year_after(before, seeds[1])
    first, said, edition = read_edition(report, before, chapters)
    proofs = [proving.prove(said, before, edition)]
    kept = folder / disclosure.COUNTS
    kept.write_text(proofs[0].kept, encoding="utf8")
    moved = Report(_with_papers_of_next_year(report.project, folder), report.edition)
    moved.__dict__["commentary"] = report.commentary
    second, said, edition = read_edition(moved, now, chapters, "2016-17")
    proofs.append(proving.prove(said, now, edition, [other_years.read(kept, edition.year.previous)]))
    failures = [found for proof in proofs for found in proof.findings if found.result == "failure"]
    return first.with_the_next(second), failures


def main():
    """python tests/outsider.py 20: so many plantings, all four chapters with counts of children."""
    project, year = Project(Path(__file__).parents[1]), ReportYear(2015)
    report = Report(project, project.edition(year))
    report.__dict__["_tidy"] = read_all(project.processed(year))
    for seed in range(int(sys.argv[1])):
        outsider, stopped = attack(report, seed, CHAPTERS)
        few = [(outsider.interval(rows), table, names) for table, names, rows in outsider.few()]
        narrowest = sorted(few, key=lambda each: each[0][1] - each[0][0])[:1]
        said = f"the build stops: {len(stopped)} failures" if stopped else f"exposed: {[*outsider.exposed()]}"
        print(
            f"{seed}: {len(outsider.told)} statements, {len(few)} groups of a few, narrowest {narrowest}; {said}"
        )


if __name__ == "__main__":
    main()
