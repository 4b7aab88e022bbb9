"""What differs between two editions: facts, tables, figures, claims, sources and sentences, by how much and why.

Why is told from what the editions were made from: `data` (a raw file or its rows), `definition`, `vintage`,
`correction`, `code` (the package changed and nothing else), `text` (commentary or notebook), `year`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bscbdata import facts, numbers
from bscbdata.cleaning import WITHHELD
from bscbdata.numbers import told_apart
from bscbdata.review.edition import guarded, number_in
from bscbdata.review.matching import grouped, paired
from bscbdata.sources import is_return_of_children

SHOWN_BEFORE = "(shown)"  # stands for a number of the old edition that the new one withholds
AGAIN = "{} ({})"  # a heading or row of the same name, with its number
KINDS = ("fact", "figure", "table", "claim", "sentence", "source")
WHY = {
    "data": "the data changed",
    "definition": "the definition changed",
    "vintage": "another vintage",
    "correction": "a correction",
    "code": "the program changed",
    "text": "the text was edited",
    "year": "another year",
    "unknown": "the cause is not recorded",
}


@dataclass(frozen=True)
class Change:
    """One thing that is not as it was. `absolute` and `percent` are new against old; None where there is no number."""

    kind: str
    change: str
    key: str
    label: str
    place: str
    old: dict | None
    new: dict | None
    why: tuple[str, ...] = ()
    absolute: float | None = None
    percent: float | None = None
    cells: tuple[dict, ...] = ()


@dataclass(frozen=True)
class Difference:
    """Everything that differs between two editions, and which editions they are."""

    old: dict
    new: dict
    changes: tuple[Change, ...] = field(default=())
    gone: frozenset[str] = frozenset()  # numbers that the old edition shows of what the new one does not
    gone_of: frozenset[str] = frozenset()  # the tables of children that they are from

    @property
    def empty(self) -> bool:
        return not self.changes

    def of(self, kind: str) -> list[Change]:
        """The changes of one kind, in their order."""
        return [change for change in self.changes if change.kind == kind]

    def to_dict(self) -> dict:
        """As plain data: old, new, counts by kind and change, changes."""
        return {
            "old": self.old,
            "new": self.new,
            "counts": self.counts(),
            "changes": [asdict(c) for c in self.changes],
        }

    def counts(self) -> dict[str, dict[str, int]]:
        ways = ("added", "removed", "changed")
        return {kind: {way: sum(c.change == way for c in self.of(kind)) for way in ways} for kind in KINDS}


def difference(old: Mapping, new: Mapping) -> Difference:
    """What differs between two editions as `read_edition` gives them. Small counts are taken out of both first."""
    old, new = guarded(dict(old)), guarded(dict(new))
    causes = _Causes(old, new)
    changes = [
        *_facts(old, new, causes),
        *_figures(old, new, causes),
        *_claims(old, new, causes),
        *_not_moved(_sentences(old, new, causes)),
        *_sources(old, new, causes),
    ]
    order = {kind: place for place, kind in enumerate(KINDS)}
    in_order = tuple(sorted(changes, key=lambda change: order[change.kind]))
    gone = list(_gone(old, new))
    shown = frozenset(numeral for text, _ in gone for numeral in numbers.numerals(text))
    tables = frozenset(table for _, of in gone for table in of if facts.counts_children(table))
    return Difference(_named(old), _named(new), in_order, shown, tables)


def _named(edition: Mapping) -> dict:
    return {name: edition[name] for name in ("year", "board", "area", "status", "published", "made_with")}


# ---- what the old edition showed and the new one does not --------------------------------------------------------


def _gone(old: Mapping, new: Mapping) -> Iterator[tuple[str, Sequence[str]]]:
    """What the old edition shows in cells that the new one withholds, and in cells and facts of children that it lacks, with
    the tables behind it.

    One that was left out, or went into a larger group, may be what gives a small count of the new edition away.
    """
    for key, figure in old["figures"].items():
        now = new["figures"].get(key, {"rows": []})
        for cell in _cells(figure, now):
            if cell["new"] == WITHHELD or cell["new"] is None and figure.get("children"):
                yield cell["old"] or "", figure.get("tables", ())
    for key, fact in old["facts"].items():
        if _shown(new["facts"].get(key)) in ("", WITHHELD) and _of_children(fact):
            yield fact["shown"], fact.get("tables", ())


def _of_children(fact: Mapping) -> bool:
    """Whether a fact is a count of children of ours, or a share or a rate of such counts."""
    tables = fact.get("tables", ())
    return fact.get("provenance") != "official" and any(facts.counts_children(table) for table in tables)


def as_told(found: Difference) -> Difference:
    """The difference without old numbers that the new edition no longer shows; of another year's edition, already published, unchanged."""
    if found.old["year"] != found.new["year"] or not (found.gone or found.gone_of):
        return found
    changes = (_without_claim(_without(change, found.gone), found.gone_of) for change in found.changes)
    return replace(found, changes=tuple(changes))


def is_covered(change: Change) -> bool:
    """Whether old values of a figure were left out of the difference, which empties its hash."""
    return (change.old or {}).get("hash") == ""


def _without(change: Change, hidden: frozenset[str]) -> Change:
    """The change with [c] for each old text that holds a number which is not shown now."""
    change = _without_cells(change, hidden)
    old = {name: _covered(value, hidden) for name, value in (change.old or {}).items()} or change.old
    if old == change.old:
        return change
    old |= {name: gone for name, gone in (("value", None), ("hash", "")) if name in old}
    label = change.label if change.new else _covered(change.label, hidden)
    return replace(change, old=old, label=label, absolute=None, percent=None)


def _without_claim(change: Change, tables: frozenset[str]) -> Change:
    """The change without a claim that is not made any more of a table of which a number is not shown now: it may say in
    words, such as `a referral`, what the number was."""
    old, new = change.old or {}, change.new or {}
    if (
        change.kind != "claim"
        or old.get("words") == new.get("words")
        or tables.isdisjoint(old.get("tables", ()))
    ):
        return change
    return replace(change, old={**old, "words": WITHHELD}, label=change.label if new else WITHHELD)


def _without_cells(change: Change, hidden: frozenset[str]) -> Change:
    """The change without what its cells were that are not shown now, and without the hash that their numbers could be tried against."""
    cells = tuple(_without_old(cell, hidden) for cell in change.cells)
    return change if cells == change.cells else replace(change, cells=cells, old=change.old | {"hash": ""})


def _without_old(cell: dict, hidden: frozenset[str]) -> dict:
    before, now = cell["old"] or "", cell["new"]
    # a number that became another is shown still, but what was said in words may name one that is not
    named = (now is None or number_in(before) is None) and hidden & set(numbers.numerals(before))
    if now != WITHHELD and not named:
        return cell
    return {**cell, "old": SHOWN_BEFORE, "absolute": None, "percent": None}


def _covered(value: object, hidden: frozenset[str]) -> object:
    named = isinstance(value, str) and hidden & set(numbers.numerals(value))
    return WITHHELD if named else value


class _Causes:
    """Finds the causes of a change by comparing what the two editions were made from."""

    def __init__(self, old: Mapping, new: Mapping) -> None:
        self.year = old["year"] != new["year"]
        was, now = old["made_with"], new["made_with"]
        self.code = was.get("package") != now.get("package")
        # an edition that was kept before says nothing of its definitions
        self.definitions = was.get("definitions", now.get("definitions")) != now.get("definitions")
        self.files = {name for name, a, b in _both(old, new, "sources") if _hash(a) != _hash(b)}
        self.pages = {page for page, a, b in _both(old, new, "texts") if a != b}
        entries = [
            [tuple(sorted(entry.items())) for entry in edition["corrections"]] for edition in (old, new)
        ]
        self.corrected = {dict(entry).get("table", "") for entry in set(entries[0]) ^ set(entries[1])}
        self.facts = {key: (a, b) for key, a, b in _both(old, new, "facts")}

    def of_data(self, old: Mapping | None, new: Mapping | None) -> list[str]:
        """The causes that lie in the data of one thing: year, definition, vintage, correction, data."""
        both = [side for side in (old, new) if side]
        tables = {table for side in both for table in side.get("tables", [])}
        files = {name for side in both for name in side.get("files", [])}
        holds = {
            "year": self.year,
            "definition": old and new and _redefined(old.get("definition"), new.get("definition")),
            "vintage": old and new and old.get("vintage") != new.get("vintage"),
            "correction": tables & self.corrected,
            "data": files & self.files,
        }
        return [name for name, found in holds.items() if found]

    def of_list(self, old: Mapping | None, new: Mapping | None) -> list[str]:
        """`data` for a table about the report itself, such as its list of sources, that names a file which changed."""
        rows = [
            cell
            for side in (old, new)
            if side and not side.get("tables")
            for row in side["rows"]
            for cell in row
        ]
        return ["data"] if self.files & set(rows) else []

    def of_the_report(self) -> list[str]:
        """All that may have changed a table about the report itself, such as that of its checks."""
        whole = {"data": self.files, "definition": self.definitions, "code": self.code}
        return [name for name, changed in whole.items() if changed]

    def of_text(self, page: str, facts: Iterable[str]) -> list[str]:
        """The causes of a changed text: its page was edited, or a fact in it changed, for the fact's own reasons."""
        found = ["text"] if page in self.pages else []
        changed = (self.facts[key] for key in facts if key in self.facts)
        found += [why for old, new in changed if _shown(old) != _shown(new) for why in self.of_data(old, new)]
        return found + (["year"] if self.year else [])

    def settled(self, found: Iterable[str]) -> tuple[str, ...]:
        """The causes once each; the definitions as a whole and the program only where there is no other."""
        named = tuple(name for name in WHY if name in set(found))
        whole = {"definition": self.definitions, "code": self.code}
        return named or tuple(name for name, changed in whole.items() if changed) or ("unknown",)


def _redefined(old: Mapping | None, new: Mapping | None) -> bool:
    """Whether a definition that both sides name has another version now; an edition kept before may name none."""
    was, now = old or {}, new or {}
    return any(was[name] != now[name] for name in was.keys() & now.keys())


def _shown(fact: Mapping | None) -> str:
    return fact["shown"] if fact else ""


def _both(old: Mapping, new: Mapping, kind: str) -> Iterator[tuple[str, Any, Any]]:
    """Everything of a kind by its key, as the old edition has it and as the new one has it; None where one has not."""
    for key in sorted({*old[kind], *new[kind]}):
        yield key, old[kind].get(key), new[kind].get(key)


def _alike(a: Mapping, b: Mapping, names: Iterable[str]) -> bool:
    return all(a.get(name) == b.get(name) for name in names)


def _hash(source: Mapping | None) -> str | None:
    return source.get("hash") if source else None


def _without_its_hash(name: str, source: Mapping | None) -> Mapping | None:
    """What is told of a raw file: of a return of children no hash, against which its few numbers could be tried."""
    hidden = {"hash"} if is_return_of_children(name) else set()
    return source and {key: value for key, value in source.items() if key not in hidden}


def _way(old: object, new: object) -> str:
    return "added" if old is None else "removed" if new is None else "changed"


def by_how_much(
    before: float | None, after: float | None, unit: str = ""
) -> tuple[float | None, float | None]:
    """The change of a number: absolute, and in per cent of the earlier; of a percentage only points."""
    if before is None or after is None:
        return None, None
    absolute = float(numbers.rounded(after - before, 6))
    percent = before and unit not in numbers.PERCENT | numbers.POINTS
    return absolute, float(numbers.rounded(100 * (after - before) / abs(before), 6)) if percent else None


# ---- each kind ---------------------------------------------------------------------------------------------------


FACT_SHOWS = ("shown", "vintage", "provenance")


def _facts(old: Mapping, new: Mapping, causes: _Causes) -> Iterator[Change]:
    for key, a, b in _both(old, new, "facts"):
        if a and b and (_same_fact(a, b) or causes.year and a["shown"] == b["shown"]):
            continue
        told = b or a
        absolute, percent = by_how_much(a and a["value"], b and b["value"], told.get("unit", ""))
        page = told["places"][0].partition("#")[0] if told["places"] else ""
        found = causes.of_data(a, b) + ([] if a and b else causes.of_text(page, ()))
        yield Change(
            "fact", _way(a, b), key, told.get("label") or told["id"], told["places"][0] if told["places"] else "",
            _brief(a), _brief(b), causes.settled(found), absolute, percent,
        )  # fmt: skip


def _same_fact(a: Mapping, b: Mapping) -> bool:
    return _alike(a, b, FACT_SHOWS) and not _redefined(a.get("definition"), b.get("definition"))


def _brief(fact: Mapping | None) -> dict | None:
    names = ("shown", "value", "unit", "area", "year", "vintage", "provenance")
    return fact and {name: fact.get(name) for name in names}


FIGURE_SHOWS = ("caption", "headline", "measure", "note", "alt", "source", "badge")


def _figures(old: Mapping, new: Mapping, causes: _Causes) -> Iterator[Change]:
    places = {**old["places"], **new["places"]}
    for key, a, b in sorted(
        _both(old, new, "figures"), key=lambda figure: places.get(figure[0], {}).get("at", 0)
    ):
        told = b or a
        if a and b and _alike(a, b, (*FIGURE_SHOWS, "rows")):
            continue
        worded = bool(a and b) and not _alike(a, b, FIGURE_SHOWS)
        found = causes.of_data(a, b) + causes.of_list(a, b)
        notebook = told["page"].replace(".html", ".ipynb")
        found += ["text"] if notebook in causes.pages and (worded or not (a and b) or not found) else []
        found = found or ([] if told.get("tables") else causes.of_the_report())
        yield Change(
            told["kind"], _way(a, b), key, told["caption"] or told["headline"] or key, f"{told['page']}#{key}",
            _words_of(a), _words_of(b), causes.settled(found), cells=tuple(_cells(a, b)) if a and b else (),
        )  # fmt: skip


def _words_of(figure: Mapping | None) -> dict | None:
    return figure and {name: figure.get(name, "") for name in (*FIGURE_SHOWS, "hash")} | {
        "rows": len(figure["rows"])
    }


def _cells(old: Mapping, new: Mapping) -> Iterator[dict]:
    """Every cell that differs: row and column by their headings, old, new, and by how much."""
    (heads_a, rows_a), (heads_b, rows_b) = _keyed(old["rows"]), _keyed(new["rows"])
    for row in dict.fromkeys([*rows_a, *rows_b]):
        a = dict(zip(heads_a, rows_a.get(row, ()), strict=False))
        b = dict(zip(heads_b, rows_b.get(row, ()), strict=False))
        for column in sorted({*a, *b}):
            if a.get(column) != b.get(column):
                yield _cell(row, column, a.get(column), b.get(column))


def _cell(row: str, column: str, before: str | None, after: str | None) -> dict:
    absolute, percent = by_how_much(
        number_in(before or ""), number_in(after or ""), "percent" if "%" in f"{before}{after}" else ""
    )
    told = {"row": row, "column": column, "old": before, "new": after}
    return told | {"absolute": absolute, "percent": percent}


def _keyed(rows: Sequence[Sequence[str]]) -> tuple[list[str], dict[str, Sequence[str]]]:
    """The headings, and the rows by their names; a heading or row that stands twice has its number with it."""
    if not rows:
        return [], {}
    named = _columns_of_names(rows[1:])
    names = told_apart((", ".join(row[:named]) for row in rows[1:]), AGAIN)
    return told_apart(rows[0][named:], AGAIN), {
        name: row[named:] for name, row in zip(names, rows[1:], strict=True)
    }


def _columns_of_names(rows: Sequence[Sequence[str]]) -> int:
    """How many columns at the left name a row: those before the first with a number; one where there are no numbers."""
    with_number = [
        place
        for row in rows
        for place, cell in enumerate(row)
        if cell == WITHHELD or number_in(cell) is not None
    ]
    return max(1, min(with_number, default=1))


def _claims(old: Mapping, new: Mapping, causes: _Causes) -> Iterator[Change]:
    before, after = (grouped(edition["claims"], lambda claim: claim["place"]) for edition in (old, new))
    for place in dict.fromkeys([*after, *before]):  # as they are read
        for first, second in _pairs(before.get(place, []), after.get(place, []), "words"):
            if first and second and (first["words"], first["holds"]) == (second["words"], second["holds"]):
                continue
            told = second or first
            found = causes.of_data(first, second)
            if not found or bare_words(first) != bare_words(second):
                found += _claim_causes(told["page"], causes)
            why = causes.settled(found)
            yield Change("claim", _way(first, second), place, told["words"], told["page"], first, second, why)


def bare_words(claim: Mapping | None) -> str:
    """What a claim says, without its numbers: what only an author changes."""
    return re.sub(r"[\d.,]*\d", "N", claim["words"]) if claim else ""


def _claim_causes(page: str, causes: _Causes) -> list[str]:
    """A claim weighs facts that its words need not show: any fact of its page that changed may be the cause."""
    keys = [key for key, sides in causes.facts.items() if any(s and _on(page, s) for s in sides)]
    return causes.of_text(page, keys)


def _on(page: str, fact: Mapping) -> bool:
    return any(place.partition("#")[0] == page for place in fact["places"])


def _pairs(old: list[dict], new: list[dict], said: str) -> Iterator[tuple[dict | None, dict | None]]:
    """Claims or sentences that belong together by what they say; None for one without a partner."""
    for i, j in paired([one[said] for one in old], [one[said] for one in new]):
        yield None if i is None else old[i], None if j is None else new[j]


def _sentences(old: Mapping, new: Mapping, causes: _Causes) -> Iterator[Change]:
    before, after = ({(s["page"], s["section"]): s for s in edition["sections"]} for edition in (old, new))
    for page, section in dict.fromkeys([*after, *before]):  # as they are read
        a, b = before.get((page, section)), after.get((page, section))
        heading = (b or a)["heading"]
        left, right = ([] if side is None else side["sentences"] for side in (a, b))
        for first, second in _pairs(left, right, "text"):
            if first and second and first["text"] == second["text"]:
                continue
            told = second or first
            used = {key for side in (first, second) if side for key in side["facts"]}
            found = causes.of_text(page, used) or _claim_causes(page, causes)
            if first and second and first["form"] == second["form"]:
                found = [cause for cause in found if cause != "text"]  # its numbers alone are others
            why = causes.settled(found)
            yield Change(
                "sentence", _way(first, second), f"{page}#{section}", heading, f"{page}#{told['place']}",
                _said(first), _said(second), why,
            )  # fmt: skip


def _not_moved(changes: Iterable[Change]) -> list[Change]:
    """The changes without sentences that left one section and stand word for word in another."""
    every = list(changes)
    gone, come = (Counter(_text(c) for c in every if c.change == way) for way in ("removed", "added"))
    moved = {"removed": gone & come, "added": gone & come}
    kept = []
    for change in every:
        left = moved.get(change.change, Counter())
        if left[_text(change)] > 0:
            left[_text(change)] -= 1
        else:
            kept.append(change)
    return kept


def _text(change: Change) -> str:
    return (change.new or change.old or {}).get("text", "")


def _said(sentence: Mapping | None) -> dict | None:
    return sentence and {"text": sentence["text"], "place": sentence["place"]}


def _sources(old: Mapping, new: Mapping, causes: _Causes) -> Iterator[Change]:
    for name, a, b in _both(old, new, "sources"):
        if a == b:
            continue
        told = b or a
        why = ["year"] if causes.year else []
        why += ["vintage"] if a and b and a.get("vintage") != b.get("vintage") else []
        why += ["data"] if _hash(a) != _hash(b) else []
        label = ", ".join(part for part in (told.get("publisher"), told.get("title")) if part) or name
        told = (_without_its_hash(name, side) for side in (a, b))
        yield Change("source", _way(a, b), name, label, "", *told, causes.settled(why or ["text"]))
