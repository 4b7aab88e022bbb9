"""The proof of disclosure control: an enemy who tries every table by brute force finds no withheld count."""

from itertools import product

import full_search
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bscbdata import disclosure
from bscbdata.disclosure import CountTable, DisclosureError, Link, Part
from bscbdata.disclosure.rules import PATH

HIGHEST = 5  # as the rule is written down: counts from 1 to 5
WIDTH = 5
SMALL_TABLE = {"max_examples": 40, "deadline": None}


def proved(*given):
    return disclosure.prove_and_list(*given)[0]


def cube(values, sizes):
    """A table with one column per dimension and the counts in order."""
    names = ["row", "column", "layer"][: len(sizes)]
    frame = pd.DataFrame(list(product(*(range(size) for size in sizes))), columns=names)
    return frame.assign(n=pd.array(values, dtype="Int64")), names


def lines(frame, names, unsaid):
    """What a reader is taken to know: the total of every line, slice and of all, except those that are withheld."""
    known = []
    for picks in list(product([False, True], repeat=len(names)))[:-1]:  # the last is the cells themselves
        columns = [name for name, picked in zip(names, picks, strict=True) if picked]
        groups = frame.groupby(columns) if columns else [((), frame)]
        for key, group in groups:
            said = ", ".join(f"{c} {k}" for c, k in zip(columns, key, strict=True)) or "everything"
            if f"total of {said}" not in unsaid:
                known.append((list(group.index), int(group["n"].sum())))
    return known


MOST = 14  # of a count that no known sum limits the enemy tries no more: far enough past the threshold and the width


def tables_that_fit(unknown, sums, first, downward):
    """Tables of whole numbers that fit what is shown, the values of one cell tried from one end: no algebra."""
    most = {at: min([left for rows, left in sums if at in rows], default=MOST) for at in unknown}
    order = [first, *sorted((at for at in unknown if at != first), key=most.get)]

    def fill(done, rest):
        if not rest:
            yield done
            return
        at, *later = rest
        values = range(most[at] + 1)
        for value in reversed(values) if downward and at == first else values:
            tried = done | {at: value}
            if all(_fits(tried, rows, left) for rows, left in sums if at in rows):
                yield from fill(tried, later)

    return fill({}, order)


def _fits(tried, rows, left):
    so_far = sum(tried[row] for row in rows if row in tried)
    return so_far == left if rows <= tried.keys() else so_far <= left


def deduced(shown, known):
    """The lowest and highest value of each withheld count: the first table that fits, tried from below and from above."""
    hidden = list(shown.index[shown.isna()])
    sums = [(set(rows) & set(hidden), total - int(shown[rows].sum())) for rows, total in known]
    sums = [(rows, left) for rows, left in sums if rows]
    return {
        at: tuple(next(tables_that_fit(hidden, sums, at, way))[at] for way in (False, True)) for at in hidden
    }


def assert_nothing_is_given_away(frame, shown, known):
    assert not frame["n"][shown["n"].notna()].between(1, HIGHEST).any()
    for at, (lowest, highest) in deduced(shown["n"], known).items():
        assert highest > HIGHEST and highest - lowest >= WIDTH, (at, lowest, highest)


counts = st.one_of(st.integers(0, 9), st.sampled_from([0, 1, 6]))


@given(st.lists(counts, min_size=2, max_size=6))
@settings(**SMALL_TABLE)
def test_no_count_of_a_list_can_be_found_by_trying_every_list(values):
    frame, names = cube(values, [len(values)])
    shown = disclosure.protect(frame, "n", names)
    assert_nothing_is_given_away(frame, shown, lines(frame, names, shown.attrs["totals_withheld"]))


@given(st.sampled_from([(2, 2), (2, 3), (3, 3)]), st.data())
@settings(**SMALL_TABLE)
def test_no_count_of_a_table_of_rows_and_columns_can_be_found(sizes, data):
    values = data.draw(st.lists(counts, min_size=sizes[0] * sizes[1], max_size=sizes[0] * sizes[1]))
    frame, names = cube(values, sizes)
    shown = disclosure.protect(frame, "n", names)
    assert_nothing_is_given_away(frame, shown, lines(frame, names, shown.attrs["totals_withheld"]))


@given(st.lists(counts, min_size=8, max_size=8))
@settings(**SMALL_TABLE)
def test_no_count_of_a_table_of_three_dimensions_can_be_found(values):
    frame, names = cube(values, (2, 2, 2))
    shown = disclosure.protect(frame, "n", names)
    assert_nothing_is_given_away(frame, shown, lines(frame, names, shown.attrs["totals_withheld"]))


def with_totals(values):
    """Ages by sex with printed totals: under one year is a total inside the total."""
    ages = ["0-27 days", "28-364 days", "1-5 years", "6-17 years"]
    cells = [(age, sex) for age in ages for sex in ("Female", "Male")]
    frame = pd.DataFrame(cells, columns=["age", "sex"]).assign(n=values)
    for label, parts in {"Under 1 year": ages[:2], "All": ages}.items():
        sums = frame[frame["age"].isin(parts)].groupby("sex", as_index=False)["n"].sum().assign(age=label)
        frame = pd.concat([frame, sums], ignore_index=True)
    both = frame.groupby("age", as_index=False, sort=False)["n"].sum().assign(sex="All")
    return pd.concat([frame, both], ignore_index=True).astype({"n": "Int64"})


NESTED = {"age": {"Under 1 year": ["0-27 days", "28-364 days"]}}


def printed_sums(frame, shown):
    """What the printed totals say of the cells below them."""
    inside = ~frame["age"].isin(["Under 1 year", "All"]) & (frame["sex"] != "All")
    known = []
    for at in frame.index[~inside & shown["n"].notna()]:
        age, sex = frame.at[at, "age"], frame.at[at, "sex"]
        parts = NESTED["age"].get(age, frame["age"].unique() if age == "All" else [age])
        rows = frame.index[inside & frame["age"].isin(parts) & ((frame["sex"] == sex) | (sex == "All"))]
        known.append((list(rows), int(frame.at[at, "n"])))
    return inside, known


@given(st.lists(counts, min_size=8, max_size=8))
@settings(max_examples=25, deadline=None)
def test_nested_totals_give_nothing_away_and_stay_right(values):
    frame = with_totals(values)
    shown = disclosure.protect(frame, "n", ["age", "sex"], nested=NESTED)
    inside, known = printed_sums(frame, shown)
    assert (shown["n"].isna() | (shown["n"] == frame["n"])).all()
    assert_nothing_is_given_away(frame[inside], shown[inside], known)


@given(st.lists(counts, min_size=4, max_size=4), st.lists(counts, min_size=2, max_size=2), st.booleans())
@settings(**SMALL_TABLE)
def test_linked_tables_give_nothing_away_together(values, extra, by_kind_first):
    """The same cases by month, and by kind: one sum, two lists, each knows the other's."""
    total = sum(values)
    kinds = [min(extra[0], total), 0, 0]
    kinds[1] = min(extra[1], total - kinds[0])
    kinds[2] = total - kinds[0] - kinds[1]
    tables = {
        "months": CountTable(cube(values, [4])[0], "n", ["row"]),
        "kinds": CountTable(cube(kinds, [3])[0], "n", ["row"]),
    }
    order = dict(reversed(tables.items())) if by_kind_first else tables
    shown = disclosure.protect_linked(order, [Link(Part("months"), Part("kinds"))])
    both = pd.concat([tables[name].frame["n"] for name in tables], ignore_index=True)
    left = pd.concat([shown[name]["n"] for name in tables], ignore_index=True)
    known = (
        []
        if any(shown[name].attrs["totals_withheld"] for name in tables)
        else [([0, 1, 2, 3], total), ([4, 5, 6], total)]
    )
    assert_nothing_is_given_away(both.to_frame("n"), left.to_frame("n"), known)


@given(st.lists(counts, min_size=9, max_size=9))
@settings(max_examples=25, deadline=None)
def test_protecting_twice_is_protecting_once(values):
    frame, names = cube(values, (3, 3))
    once = disclosure.protect(frame, "n", names)
    pd.testing.assert_frame_equal(disclosure.protect(once, "n", names), once)


@given(st.lists(st.one_of(st.just(0), st.integers(6, 400)), min_size=12, max_size=12))
@settings(**SMALL_TABLE)
def test_nothing_is_withheld_where_nothing_is_small(values):
    frame, names = cube(values, (3, 4))
    shown = disclosure.protect(frame, "n", names)
    assert shown["n"].notna().all() and shown.attrs["totals_withheld"] == []


@given(st.lists(counts, min_size=2, max_size=7))
@settings(**SMALL_TABLE)
def test_a_zero_is_withheld_only_where_no_other_partner_would_do(values):
    frame, names = cube(values, [len(values)])
    shown = disclosure.protect(frame, "n", names)
    if (shown["n"].isna() & (frame["n"] == 0)).any():
        assert shown["n"].dropna().eq(0).all()


@given(st.lists(counts, min_size=8, max_size=8))
@settings(max_examples=15, deadline=None)
def test_protecting_nested_totals_twice_is_protecting_once(values):
    frame = with_totals(values)
    once = disclosure.protect(frame, "n", ["age", "sex"], nested=NESTED)
    pd.testing.assert_frame_equal(disclosure.protect(once, "n", ["age", "sex"], nested=NESTED), once)


def by_quarter(values, first):
    quarters = [f"Q{at}" for at in range(first, first + len(values))]
    return pd.DataFrame({"quarter": quarters, "n": pd.array(values, dtype="Int64")})


@given(st.lists(counts, min_size=5, max_size=5))
@settings(max_examples=15, deadline=None)
def test_what_two_years_reports_tell_together_is_what_trying_every_table_finds(values):
    """Each report is safe alone and prints the total of its quarters; two quarters stand in both."""
    then, now = (
        disclosure.protect(by_quarter(part, first), "n", ["quarter"])
        for part, first in ((values[:4], 1), (values[2:], 3))
    )
    tables = {name: CountTable(frame, "n", ["quarter"]) for name, frame in (("then", then), ("now", now))}
    totals = [
        (name, list(range(start, start + len(frame))), int(sum(values[start : start + len(frame)])))
        for name, start, frame in (("then", 0, then), ("now", 2, now))
        if not frame.attrs["totals_withheld"]
    ]
    links = [Link(Part("now", {"quarter": q}), Part("then", {"quarter": q})) for q in ("Q3", "Q4")]
    links += [Link(Part(name), float(total)) for name, _, total in totals]
    found = disclosure.intervals(tables, links)
    shown = pd.Series(pd.array([*then["n"], *now["n"][2:]], dtype="Int64"))
    shown[2:4] = [
        one if pd.notna(one) else other for one, other in zip(then["n"][2:], now["n"][:2], strict=True)
    ]
    tried = deduced(shown, [(rows, total) for _, rows, total in totals])
    for row in found.itertuples():
        at = int(row.cell[-1]) - 1
        lowest, highest = tried.get(at, (shown[at], shown[at]))
        assert row.lowest == lowest and min(row.highest, MOST) == min(highest, MOST), (row, lowest, highest)
    verdict = proved({"now": tables["now"]}, links, {"then": tables["then"]})
    ours = found[found["table"] == "now"]
    assert any(f.result == "failure" and f.file == "now" for f in verdict) == (not ours["safe"].all())


@given(st.lists(counts, min_size=4, max_size=4), st.integers(1, 3))
@settings(**SMALL_TABLE)
def test_a_table_protected_against_last_years_report_is_safe_beside_it(values, both):
    """What last year printed in the open is known; what can be protected is, and what cannot is refused."""
    then = by_quarter([value if value > HIGHEST else None for value in values[:both]], 1)
    kept = then.dropna()
    if kept.empty:
        return
    tables = {
        "now": CountTable(by_quarter(values, 1), "n", ["quarter"]),
        "then": CountTable(kept, "n", ["quarter"], public=True),
    }
    links = [Link(Part("now", {"quarter": q}), Part("then", {"quarter": q})) for q in kept["quarter"]]
    try:
        shown = disclosure.protect_linked(tables, links)
    except DisclosureError:
        return
    assert shown["now"]["n"].isna().equals(shown["now"]["status"].eq("confidential"))
    total = [] if shown["now"].attrs["totals_withheld"] else [Link(Part("now"), float(sum(values)))]
    now = CountTable(shown["now"], "n", ["quarter"])
    assert all(disclosure.intervals({"now": now, "then": tables["then"]}, [*links, *total])["safe"])


def test_partners_cost_hardly_more_than_the_best_of_all_sets():
    """Every set of partners is tried for tables of up to twelve cells: see full_search, which measures larger ones."""
    seeds = [seed for seed in range(60) if len(full_search.drawn(seed).cells) <= 12]
    found = full_search.compared(seeds)
    assert len(found) > 15 and (found["ours"] >= found["best"] - 1e-9).all()
    assert found["ours"].sum() <= 1.01 * found["best"].sum(), found


# ---- the hard cases seen in published tables -------------------------------------------------------------------


def protected(values):
    return disclosure.protect(*_list(values))


def _list(values):
    frame, names = cube(values, [len(values)])
    return frame, "n", names


def test_two_hidden_cells_that_sum_to_one_child_are_not_enough():
    """68 published tables by primary need leave a sum of one: a child and a zero, hidden together."""
    shown = protected([1, 0, 30, 12])
    assert list(shown["n"].isna()) == [True, False, False, True]


def test_two_hidden_cells_that_sum_to_five_take_a_third():
    assert list(protected([2, 3, 30, 12])["n"].isna()) == [True, True, False, True]


def test_a_zero_is_the_partner_only_of_a_count_that_has_no_other():
    shown = protected([6, 0, 3])
    assert list(shown["n"].isna()) == [True, False, True]


def test_a_row_of_one_cell_tells_nothing_more_than_its_cell():
    frame = pd.DataFrame({"of": ["Age", "Age", "Any"], "group": ["a", "b", "c"], "n": [7, 3, 9]}).astype(
        {"n": "Int64"}
    )
    assert list(disclosure.protect(frame, "n", ["of", "group"])["n"].isna()) == [True, True, False]


def test_a_table_of_three_children_cannot_have_its_total_printed():
    shown = protected([3, 0, 0])
    assert shown.attrs["totals_withheld"] == ["total of everything"]
    assert list(shown["n"].isna()) == [True, False, False]


def test_a_total_that_lists_less_than_all_gives_the_rest_away_unless_a_partner_goes():
    """49 reviews, of which the table lists 47: two are not recorded, and no row says so."""
    frame = pd.DataFrame({"sex": ["All", "Male", "Female"], "n": pd.array([49, 29, 18], dtype="Int64")})
    shown = disclosure.protect(frame, "n", ["sex"])
    assert shown["n"].notna()[0] and shown["n"].isna().sum() == 1


def test_months_within_quarters_are_protected_when_the_quarter_is_known():
    months = pd.DataFrame(
        {"month": range(6), "quarter": [1, 1, 1, 2, 2, 2], "n": [4, 9, 20, 3, 30, 8]}
    ).astype({"n": "Int64"})
    alone = disclosure.protect(months, "n", ["month"])
    assert alone["n"].isna().sum() == 2
    within = disclosure.protect(months, "n", ["month"], within=["quarter"])
    assert list(within.groupby("quarter")["n"].apply(lambda n: n.isna().sum())) == [2, 2]


# ---- what an outsider works out, and what it is called ---------------------------------------------------------


def printed(values, names, status=None):
    frame = pd.DataFrame({"group": names, "n": pd.array(values, dtype="Int64")})
    return CountTable(
        frame.assign(status=["confidential" if v is None else "shown" for v in values]), "n", ["group"]
    )


def test_intervals_are_those_that_a_reader_would_find_by_hand():
    table = printed([49, None, 18, None], ["All", "Male", "Female", "Not recorded"])
    found = disclosure.intervals({"sex": table}).set_index("cell")
    assert list(found.loc["sex: group Male", ["lowest", "highest"]]) == [0, 31]
    assert list(found["safe"]) == [True, True]


def test_the_proof_names_the_cell_the_interval_and_what_gives_it_away():
    table = printed([49, 29, 18, None], ["All", "Male", "Female", "Not recorded"])
    with pytest.raises(DisclosureError, match=r"group Not recorded.* is 2, from 'sex: group All'"):
        disclosure.prove({"sex": table})


def test_bounds_are_whole_numbers_where_the_linear_program_has_fractions():
    """Three pairs that sum to 7, 7 and 8: half numbers fit the pairs one by one, whole numbers leave one table."""
    parts = {"a": [None, None], "b": [None, None], "c": [None, None]}
    tables = {name: printed(values, ["one", "two"]) for name, values in parts.items()}
    links = [Link(Part(name), total) for name, total in zip("abc", (7, 7, 8), strict=True)]
    one, two = {"group": "one"}, {"group": "two"}
    links += [
        Link(Part("a", two), Part("b", one)),
        Link(Part("b", two), Part("c", one)),
        Link(Part("c", two), Part("a", one)),
    ]
    found = disclosure.intervals(tables, links)
    assert (found["lowest"] == found["highest"]).all() and set(found["lowest"]) == {3, 4}


def test_an_official_number_of_the_same_cell_opens_a_local_table_and_the_report_is_stopped():
    local = printed([None, None, 40], ["Independent living", "With parents", "Foster care"])
    official = printed([71, 24], ["All", "With parents"])
    links = [
        Link(
            Part("official", {"group": "With parents"}),
            Part("local", {"group": "With parents"}),
            "the same cell",
        )
    ]
    links.append(Link(Part("local"), 71.0, "all children"))
    findings = proved({"local": local}, links, {"official": official})
    assert [f.result for f in findings] == ["failure", "failure"]
    assert "Independent living" in findings[0].message + findings[1].message and "is 7" in str(findings[0])


def test_a_local_number_that_unlocks_what_the_publisher_withheld_is_a_failure():
    local = printed([7, 40], ["Independent living", "Foster care"])
    official = printed([50, None, None, 40], ["All", "Independent living", "With parents", "Foster care"])
    same = {"group": "Independent living"}
    findings = proved(
        {"local": local}, [Link(Part("local", same), Part("official", same))], {"official": official}
    )
    assert {f.result for f in findings} == {"failure"}
    assert any("With parents" in f.message and "is 3" in f.message for f in findings)


def test_last_years_table_that_prints_the_same_cell_gives_it_away():
    now = printed([None, None, 30], ["2014-15 Q4", "2015-16 Q1", "2015-16 Q2"])
    then = printed([4, 9], ["2014-15 Q4", "2014-15 Q3"])
    same = {"group": "2014-15 Q4"}
    findings = proved(
        {"now": now}, [Link(Part("now", same), Part("then", same), "last year's report")], {"then": then}
    )
    assert [f.result for f in findings] == ["failure"] and "is 4" in findings[0].message


def test_a_public_cell_is_never_withheld_and_one_that_it_opens_is_refused():
    tables = {
        "ours": CountTable(cube([3, 20], [2])[0], "n", ["row"]),
        "theirs": CountTable(cube([3, 20], [2])[0], "n", ["row"], public=True),
    }
    links = [Link(Part("ours", {"row": at}), Part("theirs", {"row": at})) for at in (0, 1)]
    with pytest.raises(DisclosureError, match="no number can be withheld"):
        disclosure.protect_linked(tables, links)


def test_numbers_that_contradict_each_other_are_told():
    table = printed([10, None, 18], ["All", "a", "b"])
    (finding,) = proved({"t": table}, [Link(Part("t"), 5.0)])
    assert finding.result == "failure" and "contradict" in finding.message


def test_sums_that_are_shown_whole_may_differ_and_a_relation_that_is_broken_is_named():
    ours = {"ours": printed([83, 24], ["a", "b"]), "theirs": printed([60, 23], ["a", "b"])}
    same = Link(Part("ours", {"group": "b"}), Part("theirs", {"group": "b"}), "placed with parents")
    assert [found.result for found in proved(ours, [same])] == ["pass"]
    hidden = {"ours": printed([100, None, 83], ["All", "b", "a"]), "theirs": ours["theirs"]}
    (finding,) = proved(hidden, [same])
    assert "equal and is not: 'placed with parents'" in finding.message and "[[related]]" in finding.advice


def test_a_report_without_exposed_counts_passes_with_one_finding():
    (finding,) = proved({"t": printed([None, None, 18], ["a", "b", "c"])}, [Link(Part("t"), 30.0)])
    assert finding.result == "pass" and "2 withheld counts" in finding.message


def test_the_rules_are_those_of_the_file_and_a_rule_that_cannot_be_kept_is_refused(tmp_path):
    assert (disclosure.LOWEST, disclosure.HIGHEST, disclosure.rules().width) == (1, HIGHEST, WIDTH)
    text = PATH.read_text(encoding="utf8")
    for good, bad, told in [
        ("rounding = 0", "rounding = 5", "rounding"),
        ("width = 5", "width = 0", "interval"),
        ("highest = 5", "highest = 0", "threshold"),
    ]:
        path = tmp_path / f"{told}.toml"
        path.write_text(text.replace(good, bad), encoding="utf8")
        with pytest.raises(ValueError, match=told):
            disclosure.rules(path)
