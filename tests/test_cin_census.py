"""The children in need census: every year's layout, every mess, and files made to do harm."""

import copy
import re
import tracemalloc
from datetime import date, timedelta
from xml.sax.saxutils import escape

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bscbdata.findings import DataStop
from bscbdata.period import ReportYear
from bscbdata.statutory import code_map, codes
from bscbdata.statutory.checks import check_lists
from bscbdata.statutory.cin_census import layout, read_census_bytes, read_cin_census
from bscbdata.statutory.cin_census.parser import CHUNK_BYTES, CensusParser
from bscbdata.statutory.reading import coverage, of_another_area, read_format

SAMPLES = ROOT.parent / "shared" / "data" / "returns"
MANY = {
    "Disability": "Disabilities",
    "AssessmentFactors": "FactorsIdentifiedAtAssessment",
    "CPPreviewDate": "Reviews",
}
IDENTIFIERS = (
    "LAchildID",
    "UPN",
    "UPNunknown",
    "PersonBirthDate",
    "ExpectedPersonBirthDate",
    "GenderCurrent",
    "Sex",
)


def sex_of(year, code):
    """Sex as the year writes it, from F, M or U."""
    return {"Sex": code} if year >= 2025 else {"GenderCurrent": {"F": "2", "M": "1", "U": "0"}[code]}


def clean_children(year):
    """Three invented children whose records break no rule: one on a plan, one referred only, one not yet born."""
    before = year - 1
    on_plan = {
        "LAchildID": "A1",
        "PersonBirthDate": f"{year - 10}-02-03",
        **sex_of(year, "F"),
        "Ethnicity": "WBRI",
        "Disability": ["MOB", "HAND", "PC", "INC", "COMM", "LD", "HEAR", "VIS"],
        "CINdetails": [
            {
                "CINreferralDate": f"{before}-05-10",
                "ReferralSource": "1A",
                "PrimaryNeedCode": "N1",
                "Assessments": [
                    {
                        "AssessmentActualStartDate": f"{before}-05-12",
                        "AssessmentAuthorisationDate": f"{before}-06-05",
                        "AssessmentFactors": ["16A"],
                    }
                ],
                "Section47": [
                    {
                        "S47ActualStartDate": f"{before}-06-01",
                        "InitialCPCtarget": f"{before}-06-24",
                        "DateOfInitialCPC": f"{before}-06-10",
                        "ICPCnotRequired": "false",
                    }
                ],
                "ReferralNFA": "false",
                "ChildProtectionPlans": [
                    {
                        "CPPstartDate": f"{before}-06-10",
                        "CPPendDate": f"{before}-12-15",
                        "InitialCategoryOfAbuse": "NEG",
                        "LatestCategoryOfAbuse": "EMO",
                        "NumberOfPreviousCPP": "0",
                        "CPPreviewDate": [f"{before}-09-01"],
                    }
                ],
            }
        ],
    }
    if year >= 2022:
        on_plan["CINdetails"][0]["CINPlanDates"] = [{"CINPlanStartDate": f"{year}-01-10"}]
    referred = {
        "LAchildID": "A2",
        "PersonBirthDate": f"{year - 4}-02-03",
        **sex_of(year, "M"),
        "Ethnicity": "NOBT",
        "Disability": ["NONE"],
        "CINdetails": [{"CINreferralDate": f"{before}-07-01", "ReferralSource": "6", "ReferralNFA": "1"}],
    }
    unborn = {
        "LAchildID": "A3",
        "ExpectedPersonBirthDate": f"{year}-05-20",
        **sex_of(year, "U"),
        "Ethnicity": "NOBT",
        "CINdetails": [
            {
                "CINreferralDate": f"{year}-02-15",
                "ReferralSource": "3A",
                "PrimaryNeedCode": "N4",
                "ReferralNFA": "0",
                "Assessments": [{"AssessmentActualStartDate": f"{year}-02-20"}],
            }
        ],
    }
    return [on_plan, referred, unborn]


def changed(children, changes):
    """The children with some values changed; a path such as `0.CINdetails.0.ReferralNFA`; None takes it away."""
    children = copy.deepcopy(children)
    for path, value in changes.items():
        *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        at = children
        for step in way:
            at = at[step]
        if value is None:
            del at[last]
        elif isinstance(at, list) and last == len(at):
            at.append(value)
        else:
            at[last] = value
    return children


def tag(name, content):
    return f"<{name}>{content}</{name}>\n"


def record(fields):
    """The elements of a record: text, nested records, and values that stand in a wrapper of their own."""
    parts = []
    for name, value in fields.items():
        if name in MANY:
            parts.append(tag(MANY[name], "".join(tag(name, escape(v)) for v in value)))
        elif isinstance(value, list):
            parts.extend(tag(name, record(item)) for item in value)
        else:
            parts.append(tag(name, escape(value)))
    return "".join(parts)


def child_xml(child):
    about = {name: value for name, value in child.items() if name in IDENTIFIERS or name == "PersonDeathDate"}
    traits = {name: child[name] for name in ("Ethnicity", "Disability") if name in child}
    episodes = "".join(tag("CINdetails", record(episode)) for episode in child.get("CINdetails", []))
    return tag(
        "Child",
        tag("ChildIdentifiers", record(about)) + tag("ChildCharacteristics", record(traits)) + episodes,
    )


def header_xml(year, reference_date=None):
    collection = {"Collection": "CIN", "Year": str(year), "ReferenceDate": reference_date or f"{year}-03-31"}
    source = {"SourceLevel": "L", "LEA": "825"}
    return tag("Header", tag("CollectionDetails", record(collection)) + tag("Source", record(source)))


def census(children, year=2023, root="<Message>", encoding="utf-8", header=None):
    """The bytes of a census file."""
    header = header_xml(year) if header is None else header
    body = header + tag("Children", "".join(child_xml(child) for child in children))
    return f'<?xml version="1.0" encoding="{encoding}"?>\n{root}\n{body}</Message>'.encode(encoding)


def read(content, year=None):
    return read_census_bytes([content], "cin.xml", year)


def said(records, check):
    return [finding for finding in records.findings if finding.check == check]


def stop(content):
    with pytest.raises(DataStop) as stopped:
        read(content)
    [finding] = stopped.value.findings
    return finding


# --- what is read


@pytest.mark.parametrize("year", range(2016, 2027))
def test_every_year_is_read_into_the_same_lists(year):
    records = read(census(clean_children(year), year), year)
    assert [f.result for f in records.findings] == ["pass"]
    referrals = records.lists["referrals"]
    assert referrals["referral_date"].tolist() == [
        pd.Timestamp(day) for day in (f"{year - 1}-05-10", f"{year - 1}-07-01", f"{year}-02-15")
    ]
    assert referrals["sex"].tolist() == ["female", "male", "not_recorded"]
    assert referrals["no_further_action"].tolist() == [False, True, False]
    assert referrals["source"].tolist() == ["individual", "police", "health_services"]
    assert referrals["disability"].tolist()[:2] == [True, False] and pd.isna(referrals["disability"][2])
    assert referrals["ethnicity"].tolist() == ["white", "not_stated", "not_stated"]
    assert records.rows_in == {
        "referrals": 3,
        "children_in_need": 2,
        "assessments": 2,
        "section_47": 1,
        "plans": 1,
        "plan_reviews": 1,
    }


def test_the_plan_the_review_and_the_enquiry():
    lists = read(census(clean_children(2023))).lists
    plan = lists["plans"].iloc[0]
    assert (plan["initial_category"], plan["latest_category"], plan["previous_plans"]) == (
        "neglect",
        "emotional",
        0,
    )
    assert plan["latest_review_date"] == pd.Timestamp("2022-09-01")
    review = lists["plan_reviews"].iloc[0]
    assert review["plan_start_date"] == pd.Timestamp("2022-06-10") and review["child"] == "A1"
    enquiry = lists["section_47"].iloc[0]
    assert enquiry["led_to_plan"] and not enquiry["conference_not_required"]
    assert lists["assessments"]["factors"].tolist()[0] == "16A"
    assert lists["children_in_need"]["child"].tolist() == ["A1", "A3"]
    assert lists["children_in_need"]["date_of_birth"].tolist()[1] == pd.Timestamp("2023-05-20")


def test_a_row_is_traced_to_its_line():
    content = census(clean_children(2023))
    lines = content.decode().splitlines()
    records = read(content)
    for name, opening in (
        ("referrals", "<CINdetails>"),
        ("plans", "<ChildProtectionPlans>"),
        ("plan_reviews", "<Reviews>"),
    ):
        for row_id in records.lists[name]["row_id"]:
            file, _, line = row_id.partition("#line ")
            assert file == "cin.xml" and opening in lines[int(line) - 1]


PLAN = {"InitialCategoryOfAbuse": "NEG", "LatestCategoryOfAbuse": "NEG", "NumberOfPreviousCPP": "0"}
ENQUIRY = {"S47ActualStartDate": "2022-06-01", "ICPCnotRequired": "0"}


@pytest.mark.parametrize(
    ("enquiries", "plan_starts", "expected"),
    [
        ([{"DateOfInitialCPC": "2022-06-10"}], ["2022-06-10"], [True]),
        ([{"DateOfInitialCPC": "2022-06-10"}], ["2022-06-17"], [True]),
        ([{"DateOfInitialCPC": "2022-06-10"}], ["2022-06-09"], [False]),
        ([{"DateOfInitialCPC": "2022-06-10"}], [], [False]),
        (
            [{"DateOfInitialCPC": "2022-06-10"}, {"DateOfInitialCPC": "2022-11-10"}],
            ["2022-11-12"],
            [False, True],
        ),
        ([{}], ["2022-06-10"], [None]),
        ([{"ICPCnotRequired": "true"}], [], [False]),
    ],
)
def test_a_plan_belongs_to_the_latest_conference_before_it(enquiries, plan_starts, expected):
    episode = {
        "0.CINdetails.0.Section47": [ENQUIRY | enquiry for enquiry in enquiries],
        "0.CINdetails.0.ChildProtectionPlans": [PLAN | {"CPPstartDate": day} for day in plan_starts],
    }
    found = read(census(changed(clean_children(2023), episode))).lists["section_47"]["led_to_plan"]
    assert [None if pd.isna(value) else value for value in found] == expected


def test_a_plan_in_the_childs_other_episode_counts_only_on_the_day_of_the_conference():
    def led(day):
        other = {
            "CINreferralDate": day,
            "ReferralNFA": "0",
            "ChildProtectionPlans": [PLAN | {"CPPstartDate": day}],
        }
        changes = {"0.CINdetails.0.ChildProtectionPlans": [], "0.CINdetails.1": other}
        return (
            read(census(changed(clean_children(2023), changes))).lists["section_47"]["led_to_plan"].tolist()
        )

    assert led("2022-06-10") == [True] and led("2022-06-11") == [False]


@pytest.mark.parametrize(
    "root",
    ["<Message>", '<Message xmlns="urn:census">', '<Message xmlns:x="urn:x" x:y="z">'],
    ids=["plain", "default", "other"],
)
def test_namespaces_change_nothing(root):
    plain, spaced = read(census(clean_children(2023))), read(census(clean_children(2023), root=root))
    for name, rows in plain.lists.items():
        pd.testing.assert_frame_equal(rows, spaced.lists[name])


def test_a_prefix_on_every_element_changes_nothing():
    content = census(clean_children(2023)).decode()
    head, body = content.split("\n", 1)
    prefixed = body.replace("</", "<\0").replace("<", "<c:").replace("<c:\0", "</c:")
    prefixed = prefixed.replace("<c:Message>", '<c:Message xmlns:c="urn:census">')
    assert len(read(f"{head}\n{prefixed}".encode()).lists["plans"]) == 1


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252", "us-ascii"]
)
def test_any_declared_encoding_is_read(encoding):
    name = "A1" if encoding == "us-ascii" else "Zoé1"
    content = census(changed(clean_children(2023), {"0.LAchildID": name}), encoding=encoding)
    declared = content.replace(b'encoding="utf-8-sig"', b'encoding="utf-8"')
    assert read(declared).lists["referrals"]["child"][0] == name


def test_the_order_of_the_fields_does_not_matter():
    child = clean_children(2023)[0]
    episodes = "".join(tag("CINdetails", record(episode)) for episode in child["CINdetails"])
    late = child_xml(child | {"CINdetails": []}).replace("<Child>", f"<Child>{episodes}", 1)
    content = f"<Message>{header_xml(2023)}<Children>{late}</Children></Message>".encode()
    referral = read(content).lists["referrals"].iloc[0]
    assert referral["child"] == "A1" and referral["sex"] == "female"


# --- what is odd and is told


@pytest.mark.parametrize(
    ("changes", "check", "column"),
    [
        ({"0.Ethnicity": "MARS"}, "cin_census_unknown_code", "Ethnicity"),
        ({"0.CINdetails.0.ReferralSource": "11Z"}, "cin_census_unknown_code", "ReferralSource"),
        ({"0.CINdetails.0.ReferralNFA": "perhaps"}, "cin_census_unknown_code", "ReferralNFA"),
        (
            {"0.CINdetails.0.Assessments.0.AssessmentFactors": ["99Z"]},
            "cin_census_unknown_code",
            "AssessmentFactors",
        ),
        ({"0.PersonBirthDate": "2022-02-30"}, "cin_census_unreadable_date", "PersonBirthDate"),
        ({"0.CINdetails.0.CINclosureDate": "28/02/2023"}, "cin_census_date_form", "CINclosureDate"),
        (
            {"0.CINdetails.0.DateOfInitialCPC": "2022-06-10"},
            "cin_census_conference_without_enquiry",
            "DateOfInitialCPC",
        ),
        (
            {"0.CINdetails.0.ChildProtectionPlans.0.NumberOfPreviousCPP": "-1"},
            "cin_census_odd_count",
            "NumberOfPreviousCPP",
        ),
        ({"0.LAchildID": None}, "cin_census_no_child_number", "LAchildID"),
        (
            {"0.CINdetails.0.Assessments.0.AssessmentFactors": ["18A"]},
            "cin_census_code_of_other_year",
            "AssessmentFactors",
        ),
        (
            {"0.CINdetails.0.Assessments.0.AssessmentFactors": ["19A"]},
            "cin_census_code_of_other_year",
            "AssessmentFactors",
        ),
        ({"0.Sex": "F"}, "cin_census_field_of_other_year", "Sex"),
    ],
)
def test_what_is_odd_is_told_with_its_line(changes, check, column):
    records = read(census(changed(clean_children(2023), changes)))
    [finding] = said(records, check)
    assert finding.result == "warning" and finding.file == "cin.xml"
    assert finding.column == column and finding.row and (finding.advice or finding.expected)
    assert len(records.lists["referrals"]) == 3


@pytest.mark.parametrize(
    ("path", "lists"),
    [
        ("CINclosureDate", {"referrals", "children_in_need"}),
        ("Assessments.0.AssessmentAuthorisationDate", {"assessments"}),
        ("Section47.0.DateOfInitialCPC", {"section_47"}),
        ("ChildProtectionPlans.0.CPPendDate", {"plans"}),
    ],
)
def test_a_row_with_an_end_that_cannot_be_read_is_rejected_and_does_not_count_as_open(path, lists):
    children = clean_children(2023)
    whole = read(census(children))
    records = read(census(changed(children, {f"0.CINdetails.0.{path}": "30/02/2023"})))
    field = path.rpartition(".")[2]
    told = {(one.column, one.result) for one in said(records, "value")}
    assert told == {(field, "failure")} and set(records.rejects["table"]) == lists
    assert set(records.rejects["reason"]) == {f"{field} cannot be read"}
    assert all(f"{field}=30/02/2023" in content for content in records.rejects["content"])
    for name, frame in whole.lists.items():
        assert len(records.lists[name]) == len(frame) - (name in lists), name


@pytest.mark.parametrize(
    ("element", "code", "first_year"), [("ReferralSource", "5D", 2023), ("ReasonForClosure", "RC9", 2023)]
)
def test_a_code_before_its_year_is_used_and_told(element, code, first_year):
    def told(year):
        content = census(changed(clean_children(year), {f"0.CINdetails.0.{element}": code}), year)
        records = read(content)
        row = records.lists["referrals"].iloc[0]
        assert row["source"] == "local_authority_services" or row["closure_reason"] == "closed_to_early_help"
        return len(said(records, "cin_census_code_of_other_year"))

    assert (told(first_year - 1), told(first_year)) == (1, 0)


def test_a_withdrawn_factor_is_kept_and_an_unknown_one_is_not():
    factors = {"0.CINdetails.0.Assessments.0.AssessmentFactors": ["18A", "XX", "3B"]}
    assert read(census(changed(clean_children(2023), factors))).lists["assessments"]["factors"][0] == "18A|3B"


def test_the_old_code_of_sex_is_read_in_a_later_year_and_told():
    records = read(census(changed(clean_children(2026), {"0.Sex": "1"}), 2026))
    assert records.lists["referrals"]["sex"].iloc[0] == "male"
    [told] = said(records, "cin_census_code_of_other_year")
    assert "which is not a code of the 2026 census" in told.message


def test_the_wording_of_n1_changed_but_not_its_code():
    [early, late] = layout.code_years("PrimaryNeedCode")["n1"]
    assert (early.last, late.first) == (2025, 2026)
    for year in (2025, 2026):
        assert read(census(clean_children(year), year)).lists["referrals"]["need"][0] == "abuse_or_neglect"


def test_codes_in_small_letters_are_the_same_codes():
    changes = {
        "0.Ethnicity": "wbri",
        "0.CINdetails.0.ReferralNFA": "False",
        "0.CINdetails.0.PrimaryNeedCode": "n1",
    }
    row = read(census(changed(clean_children(2023), changes))).lists["referrals"].iloc[0]
    assert (row["ethnicity"], row["no_further_action"], row["need"]) == ("white", False, "abuse_or_neglect")


@pytest.mark.parametrize(
    ("path", "lists"),
    [
        ("0.CINdetails.0.CINreferralDate", ["referrals", "children_in_need"]),
        ("1.CINdetails.0.CINreferralDate", ["referrals"]),
        ("0.CINdetails.0.Assessments.0.AssessmentActualStartDate", ["assessments"]),
        ("0.CINdetails.0.Section47.0.S47ActualStartDate", ["section_47"]),
        ("0.CINdetails.0.ChildProtectionPlans.0.CPPstartDate", ["plans"]),
        ("0.CINdetails.0.ChildProtectionPlans.0.CPPreviewDate.0", ["plan_reviews"]),
    ],
)
@pytest.mark.parametrize("value", ["", "soon", "2022-13-01"])
def test_an_event_without_a_date_is_rejected_and_nothing_is_lost(path, lists, value):
    records = read(census(changed(clean_children(2023), {path: value})))
    assert records.rejects["table"].tolist() == lists
    assert all(value in content for content in records.rejects["content"])
    assert all(("missing" in reason) == (not value) for reason in records.rejects["reason"])
    assert not records.rejects["content"].str.contains("A1|LAchildID|BirthDate").any()
    rejected = records.rejects["table"].value_counts()
    for name, rows in records.lists.items():
        assert records.rows_in[name] == len(rows) + rejected.get(name, 0)
    assert [told.result for told in said(records, "value")] == ["failure"] * len(lists)


def test_unknown_elements_stray_text_and_repeats_are_told_once_each():
    content = census(clean_children(2023)).decode()
    content = content.replace("</Ethnicity>", "</Ethnicity>PersonBirthDate<Shoe><Size>9</Size></Shoe>")
    content = content.replace("</ReferralSource>", "</ReferralSource><ReferralSource>8</ReferralSource>")
    records = read(content.encode())
    [unknown], [stray], [repeated] = (
        said(records, f"cin_census_{kind}") for kind in ("unknown_element", "stray_text", "repeated_field")
    )
    assert unknown.column == "ChildCharacteristics/Shoe" and "3 times" in unknown.message
    assert stray.column == "ChildCharacteristics" and "3 times" in stray.message
    assert repeated.column == "CINdetails/ReferralSource"
    assert records.lists["referrals"]["source"].tolist() == ["individual", "police", "health_services"]


def test_no_finding_tells_who_a_child_is():
    changes = {"0.LAchildID": "SECRET-ID", "0.PersonBirthDate": "31/02/2013", "0.PersonDeathDate": "30-30-30"}
    content = (
        census(changed(clean_children(2023), changes))
        .decode()
        .replace("</Ethnicity>", "</Ethnicity>Ann Example")
    )
    told = " ".join(str(finding) for finding in read(content.encode()).findings)
    assert not any(secret in told for secret in ("SECRET-ID", "31/02/2013", "30-30-30", "Ann Example"))
    assert "PersonBirthDate" in told


@pytest.mark.parametrize("asked", [2023, "2023", "2022-23", ReportYear(2022)])
def test_a_year_is_written_in_many_ways(asked):
    assert not said(read(census(clean_children(2023)), asked), "cin_census_year")


def test_a_file_of_another_year_is_a_failure():
    [finding] = said(read(census(clean_children(2023)), 2022), "cin_census_year")
    assert (finding.result, finding.value, finding.expected) == ("failure", "2023", "2022")


def test_a_file_without_header_is_read_with_a_warning():
    records = read(census(clean_children(2023), header=""), 2023)
    assert [f.result for f in said(records, "cin_census_year")] == ["warning"]
    assert len(records.lists["referrals"]) == 3


def test_dates_with_midnight_or_a_zone_are_dates():
    for text in (
        "2022-05-10Z",
        "2022-05-10+01:00",
        "2022-05-10T00:00:00",
        "2022-05-10T00:00:00Z",
        " 2022-05-10 ",
    ):
        records = read(census(changed(clean_children(2023), {"0.CINdetails.0.CINreferralDate": text})))
        assert records.lists["referrals"]["referral_date"][0] == pd.Timestamp("2022-05-10")


# --- what is refused


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n > 1 else "&a;" * 10}">' for n in range(1, 10)
)
BODY = census(clean_children(2023)).decode().split("\n", 1)[1]
HARMFUL = {
    "entities": LAUGHS + "]>" + BODY.replace("A1", "&a9;"),
    "external entity": '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>' + BODY.replace("A1", "&f;"),
    "external document type": '<!DOCTYPE Message SYSTEM "http://127.0.0.1:9/x.dtd">' + BODY,
    "parameter entity": '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]>' + BODY,
    "deep": "<Message>" + "<a>" * 60,
    "very deep": "<Message>" + "<a>" * 500_000,
    "many values": BODY.replace("<Disability>MOB</Disability>", "<Disability>MOB</Disability>" * 100_000),
    "many names": "<Message>" + "".join(f"<n{number}/>" for number in range(100_000)),
    "long namespace": '<Message xmlns="' + "u" * 900_000 + '">' + "<a/>" * 1_000_000,
    "another root": "<html><body>Sign in</body></html>",
}


@pytest.mark.parametrize("kind", HARMFUL)
def test_harm_is_refused_before_it_grows(kind):
    content = HARMFUL[kind].encode()
    tracemalloc.start()
    finding = stop(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert finding.check == "cin_census_refused" and finding.row and finding.expected
    assert "line" in finding.message and peak < 10_000_000


def pieces(before, filling, count, after=b""):
    yield before
    for _ in range(count):
        yield filling
    yield after


@pytest.mark.parametrize(
    "before",
    [
        b"<Message><Header>",
        b"<Message><Unknown>",
        b"<Message><!--",
        b'<Message x="',
        b"<Message><",
        b"<Message><![CDATA[",
    ],
    ids=["text", "text below an unknown element", "comment", "attribute", "name", "cdata"],
)
def test_fifty_megabytes_without_a_tag_are_refused_without_holding_them(before):
    tracemalloc.start()
    with pytest.raises(DataStop) as stopped:
        read_census_bytes(pieces(before, b"x" * CHUNK_BYTES, 800), "cin.xml")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert stopped.value.findings[0].check == "cin_census_refused"
    assert peak < 10_000_000


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.9, 0.999])
def test_a_file_that_ends_early_is_told_with_line_and_what_was_expected(share):
    content = census(clean_children(2023))
    finding = stop(content[: int(len(content) * share)])
    assert finding.check == "cin_census_broken" and finding.row and finding.column and finding.expected


def test_a_wrong_closing_tag_names_the_one_expected():
    content = census(clean_children(2023)).decode()
    line = content[: content.index("</PrimaryNeedCode>")].count("\n") + 1
    finding = stop(content.replace("</PrimaryNeedCode>", "</PrimaryNeed>").encode())
    assert finding.row == line and finding.expected.startswith("</PrimaryNeedCode>")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 a workbook",
        b"Child,Date\n1,2",
        census(clean_children(2023)).replace(b"A1", b"Zo\xe9"),
        census(clean_children(2023)).replace(b'"utf-8"', b'"tf-8"'),
    ],
    ids=["empty", "workbook", "csv", "letters that are not of the encoding", "an encoding that there is not"],
)
def test_what_is_not_sound_xml_is_told(content):
    assert stop(content).check == "cin_census_broken"


def test_two_returns_put_into_one_file_are_refused():
    one = census(clean_children(2023))
    other = one[one.index(b"<Header>") :].replace(b"2023", b"2022")
    assert stop(one.removesuffix(b"</Message>") + other).check == "cin_census_headers"


def test_another_collection_and_an_empty_one_are_refused():
    other = census(clean_children(2023)).replace(b"<Collection>CIN<", b"<Collection>CLA<")
    assert stop(other).check == "cin_census_collection"
    assert stop(census([])).check == "cin_census_empty"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_file_broken_anywhere_is_read_or_refused_never_a_crash(data):
    content = bytearray(census(clean_children(2023)))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        records = read(bytes(content))
    except DataStop as stopped:
        assert stopped.findings
        return
    for name, rows in records.lists.items():
        assert records.rows_in[name] == len(rows) + (records.rejects["table"] == name).sum()


# --- size


def many_children(count):
    """The bytes of a census of that many children, piece by piece; each the same but for the number."""
    one = child_xml(clean_children(2023)[0])
    yield ("<Message>" + header_xml(2023) + "<Children>").encode()
    for first in range(0, count, 500):
        yield "".join(one.replace("A1", f"N{n}") for n in range(first, min(first + 500, count))).encode()
    yield b"</Children></Message>"


def bytes_held(count):
    """What a parser holds per child, and what it holds beside its tables, after that many children."""
    tracemalloc.start()
    parser = CensusParser("cin.xml")
    for piece in many_children(count):
        parser.feed(piece)
    with_tables, _ = tracemalloc.get_traced_memory()
    parser.tables.clear()
    beside, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (with_tables - beside) / count, beside


def test_the_parser_holds_nothing_but_its_tables_and_those_are_small():
    bytes_held(10)
    (small_each, small_beside), (large_each, large_beside) = bytes_held(500), bytes_held(5_000)
    assert large_beside < small_beside + 20_000
    assert large_each < small_each * 1.5 and large_each < 1_500


def test_rows_stand_as_soon_as_they_have_ended():
    parser, seen = CensusParser("cin.xml"), []
    for piece in many_children(2_000):
        parser.feed(piece)
        seen.append(len(parser.tables["Child"].places["line"]))
    assert seen == [0, 500, 1_000, 1_500, 2_000, 2_000]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 400))
def test_it_does_not_matter_where_the_bytes_are_cut(size):
    content = census(changed(clean_children(2023), {"0.LAchildID": "A  1 & b"}))
    cut = [content[at : at + size] for at in range(0, len(content), size)]
    whole, parts = read(content), read_census_bytes(cut, "cin.xml")
    for name, rows in whole.lists.items():
        pd.testing.assert_frame_equal(rows, parts.lists[name])


# --- what goes in comes out


DAYS = st.dates(date(2010, 1, 1), date(2023, 3, 31))
THEIRS = {
    name: sorted(code_map(name, "cin_census")) for name in ("source", "need", "closure_reason", "ethnicity")
}
REFERRALS = st.fixed_dictionaries(
    {
        "child": st.text("ABCDEFabc<&>é0123456789", min_size=1, max_size=12),
        "referral_date": DAYS,
        "source": st.sampled_from(THEIRS["source"]),
        "need": st.none() | st.sampled_from(THEIRS["need"]),
        "closure_date": st.none() | DAYS,
        "closure_reason": st.none() | st.sampled_from(THEIRS["closure_reason"]),
        "ethnicity": st.sampled_from(THEIRS["ethnicity"]),
        "born": DAYS,
        "no_further_action": st.booleans(),
        "assessments": st.lists(st.tuples(DAYS, st.none() | DAYS), max_size=3),
        "plans": st.lists(
            st.tuples(DAYS, st.none() | st.integers(0, 900), st.lists(DAYS, max_size=3)), max_size=2
        ),
    }
)


def written(event):
    """An event as the census has it."""
    closed = event["closure_date"]
    assessments = [
        {
            "AssessmentActualStartDate": str(start),
            **({"AssessmentAuthorisationDate": str(end)} if end else {}),
        }
        for start, end in event["assessments"]
    ]
    plans = [
        PLAN
        | {"CPPstartDate": str(start)}
        | ({"CPPendDate": str(start + timedelta(days=lasted))} if lasted is not None else {})
        | {"CPPreviewDate": [str(day) for day in reviews]}
        for start, lasted, reviews in event["plans"]
    ]
    optional = {
        "PrimaryNeedCode": event["need"],
        "CINclosureDate": closed and str(closed),
        "ReasonForClosure": event["closure_reason"],
    }
    episode = {
        "CINreferralDate": str(event["referral_date"]),
        "ReferralSource": event["source"],
        **{name: value for name, value in optional.items() if value},
        "ReferralNFA": str(event["no_further_action"]).lower(),
        "Assessments": assessments,
        "ChildProtectionPlans": plans,
    }
    about = {"LAchildID": event["child"], "PersonBirthDate": str(event["born"]), "GenderCurrent": "9"}
    return about | {"Ethnicity": event["ethnicity"], "CINdetails": [episode]}


def plain(series):
    return [
        None if pd.isna(value) else value.date() if isinstance(value, pd.Timestamp) else value
        for value in series
    ]


@settings(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.lists(REFERRALS, min_size=1, max_size=6))
def test_events_written_as_xml_come_back_equal(events):
    lists = read(census([written(event) for event in events])).lists
    referrals = lists["referrals"]
    for column in ("child", "referral_date", "closure_date", "no_further_action"):
        assert plain(referrals[column]) == [event[column] for event in events]
    for column in THEIRS:
        ours = code_map(column, "cin_census")
        assert plain(referrals[column]) == [event[column] and ours[event[column]] for event in events]
    assert plain(referrals["date_of_birth"]) == [event["born"] for event in events]
    assessed = [(e["child"], *pair) for e in events for pair in e["assessments"]]
    columns = ("child", "start_date", "authorisation_date")
    assert list(zip(*(plain(lists["assessments"][c]) for c in columns), strict=True)) == assessed
    reviews = [(start, day) for e in events for start, _, days in e["plans"] for day in days]
    columns = ("plan_start_date", "review_date")
    assert list(zip(*(plain(lists["plan_reviews"][c]) for c in columns), strict=True)) == reviews
    latest = [max(days, default=None) for e in events for _, _, days in e["plans"]]
    assert plain(lists["plans"]["latest_review_date"]) == latest


def test_every_code_of_the_maps_has_a_code_of_ours():
    ours = {
        "ReferralSource": "source",
        "PrimaryNeedCode": "need",
        "ReasonForClosure": "closure_reason",
        "Ethnicity": "ethnicity",
        "CategoryOfAbuse": "category_of_abuse",
        "Sex": "sex",
        "GenderCurrent": "sex",
    }
    for theirs, code_list in ours.items():
        known = {code.casefold(): ours for code, ours in code_map(code_list, "cin_census").items()}
        assert set(layout.code_years(theirs)) <= set(known)
        assert set(known.values()) <= set(codes(code_list))


# --- files of others


@pytest.mark.parametrize("name", ["CIN2rows.xml", "CIN_Census_2021.xml", "cin-2022.xml"])
def test_a_sample_of_another_tool_is_read_whole(name):
    path = SAMPLES / name
    if not path.exists():
        pytest.skip("the shared samples are not beside this project")
    records = read_cin_census(path, name)
    text = path.read_text(encoding="utf8")
    assert len(records.lists["referrals"]) == text.count("<CINdetails>")
    assert len(records.lists["plans"]) == text.count("<ChildProtectionPlans>")
    assert len(records.lists["plan_reviews"]) == text.count("<CPPreviewDate>")
    assert bool(said(records, "cin_census_stray_text")) == ("</UPNunknown>PersonBirthDate" in text)
    assert records.rejects.empty


def test_a_conference_on_the_episode_counts_as_a_conference_and_not_as_an_enquiry():
    before = read(census(clean_children(2023))).lists["section_47"]
    children = changed(clean_children(2023), {"0.CINdetails.0.DateOfInitialCPC": "2022-06-10"})
    records = read(census(children))
    after = records.lists["section_47"]
    assert len(after) == len(before) + 1 == records.rows_in["section_47"]
    added = after.iloc[-1]
    assert f"{added['conference_date']:%Y-%m-%d}" == "2022-06-10" and after["start_date"].isna().sum() == 1


def test_a_conference_on_the_episode_whose_day_cannot_be_read_is_rejected_and_its_episode_counts():
    whole = read(census(clean_children(2023)))
    records = read(census(changed(clean_children(2023), {"0.CINdetails.0.DateOfInitialCPC": "30/02/2023"})))
    assert [(one.column, one.result) for one in said(records, "value")] == [("DateOfInitialCPC", "failure")]
    assert list(records.rejects["table"]) == ["section_47"] and "30/02/2023" in records.rejects["content"][0]
    assert records.rows_in["section_47"] == len(records.lists["section_47"]) + 1
    assert {name: len(rows) for name, rows in records.lists.items()} == {
        name: len(rows) for name, rows in whole.lists.items()
    }


def test_in_a_file_on_one_line_a_row_leads_back_to_its_child():
    """Census software writes no line ends: the line alone would say nothing."""
    content = census(clean_children(2016), 2016)
    one = read(content.replace(b"\n", b""), 2016).lists["referrals"]
    many = read(content, 2016).lists["referrals"]
    pd.testing.assert_frame_equal(one.drop(columns="row_id"), many.drop(columns="row_id"))
    assert one["row_id"].iloc[0] == "cin.xml#line 1, child 1" and "child" not in many["row_id"].iloc[0]
    assert one.groupby("row_id")["child"].nunique().max() == 1


@pytest.mark.parametrize(
    ("sent", "written", "told"),
    [
        ("<ChildProtectionPlans>", "<CPPlans><ChildProtectionPlans>", "CINdetails/…/ChildProtectionPlans"),
        ("<CPPendDate>", "<CPPEndDate>", "ChildProtectionPlans/…/CPPendDate"),
    ],
)
def test_what_is_of_the_census_and_stands_elsewhere_or_in_other_letters_stops_the_run(sent, written, told):
    def close(tag):
        return "".join(f"</{name}>" for name in reversed(re.findall(r"<(\w+)>", tag)))

    content = (
        census(clean_children(2023)).decode().replace(sent, written).replace(close(sent), close(written))
    )
    [finding] = said(read(content.encode()), "cin_census_misplaced")
    assert finding.result == "failure" and finding.column == told and finding.row


@pytest.mark.parametrize(
    ("element", "written", "meant"),
    [
        ("CPPendDate", "CPPendDat", "CPPendDate"),
        ("AssessmentAuthorisationDate", "AssesmentAuthorisationDate", "AssessmentAuthorisationDate"),
        ("CPPendDate", "Until", ""),
        ("ChildProtectionPlans", "Safeguarding", ""),
    ],
)
def test_an_element_that_nobody_knows_stops_a_small_census_or_takes_the_figures_that_may_rest_on_it(
    tmp_path, element, written, meant
):
    content = census(clean_children(2023))
    assert in_folder(tmp_path, content).not_sent == {}
    records = in_folder(tmp_path, content.replace(element.encode(), written.encode()))
    told = said(records, "cin_census_misspelt")
    assert [one.expected for one in told] == [meant] * bool(meant)
    assert meant or "plans" not in records.lists or "end_date" in records.not_sent["plans"]


@pytest.mark.parametrize("lea", ["Bucks", "", None])
def test_a_census_that_says_not_by_number_whose_it_is_is_told(tmp_path, lea):
    sent = header_xml(2023).replace("<LEA>825</LEA>", "" if lea is None else f"<LEA>{lea}</LEA>")
    whole, part = (
        of_another_area(
            in_folder(tmp_path, census(clean_children(2023), header=header)), "Buckinghamshire", ""
        )
        for header in (header_xml(2023), sent)
    )
    assert whole == [] and part[0].result == "warning" and "not held against Bucking" in part[0].message


def test_dates_that_fit_both_ways_beside_american_ones_are_not_taken_for_british():
    american = re.sub(rb"(\d{4})-(\d\d)-(\d\d)", rb"\2/\3/\1", census(clean_children(2023)))
    assert read(american).lists["referrals"].empty


@pytest.mark.parametrize("element", ["Section47", "LAchildID", "CINdetails"])
def test_children_without_a_module_or_a_number_are_checked_and_no_error_of_python(element):
    part = re.sub(rf"<{element}>.*?</{element}>", "", census(clean_children(2023)).decode(), flags=re.S)
    assert check_lists(read(part.encode()).lists, date(2022, 4, 1))


def in_folder(tmp_path, content):
    (tmp_path / "census.xml").write_bytes(content)
    return read_format("cin_census", tmp_path, ReportYear(2022), None)


@pytest.mark.parametrize(
    ("lost", "list_name", "not_sent"),
    [
        ("ChildProtectionPlans", "plans", None),
        ("AssessmentAuthorisationDate", "assessments", "authorisation_date"),
    ],
)
def test_no_figure_rests_on_what_a_census_of_many_children_never_holds(tmp_path, lost, list_name, not_sent):
    children = [changed(clean_children(2023), {"0.LAchildID": f"A{n}"})[0] for n in range(20)]
    whole = in_folder(tmp_path, census(children))
    assert list_name in whole.lists and not_sent not in whole.not_sent.get(list_name, set())
    part = re.sub(rf"<{lost}>.*?</{lost}>", "", census(children).decode(), flags=re.S)
    records = in_folder(tmp_path, part.encode())
    assert (list_name in records.lists) is bool(not_sent) and (
        not_sent in records.not_sent.get(list_name, {None})
    )
    assert any(
        "no figure that rests on" in finding.message and list_name in finding.message
        for finding in records.findings
    )


def test_a_census_whose_events_are_all_of_another_year_is_told(tmp_path):
    records = in_folder(tmp_path, census(clean_children(2022), header=header_xml(2023)))
    assert [finding.check for finding in coverage(records, ReportYear(2022), "cin")] == ["year"]
