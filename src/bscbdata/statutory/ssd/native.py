"""The tables of a Standard Safeguarding Dataset typed: dates, numbers and codes read, unusable rows set aside."""

import re
from collections.abc import Callable

import pandas as pd

from bscbdata.cleaning import same_spelling, to_yes_no
from bscbdata.findings import Finding, failure, warning
from bscbdata.lists import read_list
from bscbdata.statutory import HERE, CaseRecords, code_map, codes, row_id
from bscbdata.statutory.ssd.layout import Mapped, counting_list, mapped
from bscbdata.statutory.ssda903.native import first_places, plain_codes, type_cells, with_rejects

EMPTY = {"null", "none", "nan", "n/a", "na", "placeholder_data", "00", "{}", "[]"}


def typed_table(table: str, place: dict[str, str], cells: pd.DataFrame, records: CaseRecords) -> pd.DataFrame:
    """One table typed by the map; a column that was not sent is missing, and told. `unreadable` says which rows have a day
    that cannot be read, but for those of birth."""
    typed, unreadable = {}, pd.Series("", index=cells.index)
    for one in mapped()[table]:
        if one.ssd_column not in cells:
            records.findings.append(
                warning("columns", f"{one.ssd_column} was not sent.", **place, advice="Ask for it.")
            )
            records.not_sent.setdefault(one.list, set()).add(one.column)
            typed[one.ssd_column] = _type(one, pd.Series(None, index=cells.index, dtype="object"))[0]
            continue
        sent = cells[one.ssd_column]
        blank = sent.astype("str").str.casefold().isin(EMPTY)
        typed[one.ssd_column], said = _type(one, sent.mask(blank & (one.kind != "json"), None))
        if one.kind == "date" and one.list != "*":  # a person may do without a day of birth
            unreadable[said != ""] = f"{one.ssd_column} is empty or cannot be read"
        records.findings += _cell_findings(one, said, place)
    frame = pd.DataFrame(typed, index=cells.index).assign(unreadable=unreadable)
    return frame.assign(row_id=[row_id(place, row) for row in frame.index]).reset_index(drop=True)


def _type(one: Mapped, cells: pd.Series) -> tuple[pd.Series, pd.Series]:
    """One column typed, and for each cell that cannot be read, why."""
    nothing = pd.Series("", index=cells.index)
    if one.kind in ("date", "number"):
        return type_cells(cells, one.kind)
    if one.kind in ("key", "text", "json"):
        return plain_codes(cells, capitals=False), nothing
    if one.kind == "code":
        first = plain_codes(cells, capitals=True).str.extract(r"^([A-Z0-9]+)", expand=False)
        return first.astype("str"), nothing
    known = yes_no if one.kind == "yes_no" else _code_of(*one.code_list_format.split(":"))
    meant = {cell: known(cell) for cell in cells.dropna().unique()}
    values = pd.Series([meant.get(cell) for cell in cells], index=cells.index, dtype="object")
    said = pd.Series(
        [f"'{c}' is not a known code" if pd.notna(c) and meant[c] is None else "" for c in cells],
        index=cells.index,
    )
    return values.astype("boolean") if one.kind == "yes_no" else values, said


def yes_no(text: str) -> bool | None:
    """Yes or no; None for any other text."""
    try:
        return to_yes_no(text)
    except ValueError:
        return None


def _code_of(code_list: str, format: str) -> Callable[[str], str | None]:
    """From a code of the census or the 903, or a label of ours, to our code."""
    spelt = {same_spelling(code): code for code in codes(code_list)}
    labels = read_list(HERE / "codes" / f"{code_list}.csv")
    spelt |= {same_spelling(row["label"]): row["code"] for row in labels}
    spelt |= {same_spelling(theirs): ours for theirs, ours in code_map(code_list, format).items()}

    def code_of(text: str) -> str | None:
        whole, first = same_spelling(text), same_spelling(re.split(r"[:\-–]", str(text))[0])
        return spelt.get(whole, spelt.get(first))

    return code_of


def _cell_findings(one: Mapped, said: pd.Series, place: dict[str, str]) -> list[Finding]:
    """Each distinct problem of a column once, with how many rows have it."""
    told = []
    for problem, rows in said[said != ""].groupby(said).groups.items():
        where = {"row": int(min(rows)), "column": one.ssd_column}
        text = f"{problem} ({len(rows)} rows)." if len(rows) > 1 else f"{problem}."
        told.append(
            warning("value", text, **place, **where, advice="It was not used; ask for the right one.")
        )
    return told


def usable(table: str, frame: pd.DataFrame, records: CaseRecords) -> pd.DataFrame:
    """Rows with what the table cannot do without, and no day that cannot be read, each once; the others go to the rejects:
    a case whose end cannot be read would count as open."""
    reasons, frame = frame["unreadable"].copy(), frame.drop(columns="unreadable")
    content = [column for column in frame if column != "row_id"]
    name = counting_list(table)
    reasons[frame.duplicated(content) & (reasons == "")] = "the same row stands twice"
    for one in mapped()[table]:
        if one.required:
            reasons = reasons.where(
                (reasons != "") | frame[one.ssd_column].notna(),
                f"{one.ssd_column} is empty or cannot be read",
            )
    bad = frame[reasons != ""]
    records.rejects = with_rejects(records.rejects, bad, name, reasons[bad.index].to_numpy(), content)
    for reason, rows in bad.groupby(reasons[bad.index]):
        said = f"{len(rows)} rows of {table} were not used: {reason}."
        records.findings.append(
            failure("value", said, value=first_places(rows), advice="Ask for them; see the rejects.")
        )
    return frame.drop(index=bad.index).reset_index(drop=True)
