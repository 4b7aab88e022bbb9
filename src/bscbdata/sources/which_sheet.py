"""Which sheet of a workbook is read, and what is told of the others."""

import re

from bscbdata.cleaning import same_spelling
from bscbdata.findings import DataStop, Finding, passed, refusal, warning
from bscbdata.numbers import some
from bscbdata.sources import LISTS, NOTES, RETURN, limits

# What stands before or behind the name of a sheet that is a copy or a later state: `Copy of Contacts`, `Contacts (2)`,
# `Contacts - old`, `Revised Contacts`, `Contacts (amended 12.4.16)`.
_STATE = r"(?:copy|old|new|v\d+|final|backup|revised|amended|corrected|correction|updated?|draft|provisional|latest|resubmission)"
_COPY = re.compile(
    rf"^(?:copy of|{_STATE})\s+|(?:\s*(?:\(\d+\)|[-(]?\s*\b{_STATE}\b[\s\d./-]*\)?))+\s*$", re.I
)


def choose(sheets: dict[str, bool], sheet: str, name: str) -> tuple[str, list[Finding]]:
    """The sheet to read: by its name, by its name but for case and spaces, or the first that can be seen."""
    if not sheets:
        raise refusal("sheet", "The workbook has no sheet.", file=name, advice=limits.SAVE_AGAIN)
    visible = [found for found, shown in sheets.items() if shown] or list(sheets)
    alike = [found for found in sheets if same_spelling(found) == same_spelling(sheet)]
    if sheet and sheet not in sheets and len(alike) != 1:
        raise _missing_sheet(sheet, list(sheets), name)
    wanted = sheet if sheet in sheets else alike[0] if sheet else visible[0]
    findings = []
    if sheet and wanted != sheet:
        findings.append(
            passed("sheet", f"The sheet is called '{wanted}' in the file.", file=name, sheet=sheet)
        )
    return wanted, findings + _other_sheets(visible, sheet, wanted, name) + _hidden_sheets(
        sheets, wanted, name
    )


def _other_sheets(visible: list[str], sheet: str, wanted: str, name: str) -> list[Finding]:
    """A warning of sheets that may be the one that was meant: all, where no name was asked for; else its copies."""
    others = [found for found in visible if found != wanted]
    if sheet:
        others = [found for found in others if same_spelling(_COPY.sub("", found)) == same_spelling(wanted)]
    elif wanted == RETURN:
        others = [found for found in others if found not in (NOTES, LISTS)]
    if not others:
        return []
    told = some([f"'{found}'" for found in others])
    said = f"The sheet '{wanted}' was read; not read: {told}."
    advice = "See that it is the right one. `sheet` in source.toml names the sheet that is meant."
    return [warning("sheet", said, file=name, advice=advice)]


def _hidden_sheets(sheets: dict[str, bool], wanted: str, name: str) -> list[Finding]:
    hidden = [f"'{found}'" for found, shown in sheets.items() if not shown and found != wanted]
    found = told_hidden(sheets, wanted, name)
    if hidden:
        said = f"The workbook has hidden sheets that were not read: {some(hidden)}."
        advice = "Look whether they hold anything that should not have been sent."
        found.append(warning("hidden", said, file=name, advice=advice))
    return found


def told_hidden(sheets: dict[str, bool], wanted: str, name: str) -> list[Finding]:
    """A warning that the sheet that is read is hidden."""
    advice = "See whether it is the sheet that was meant to be sent."
    said = f"The sheet '{wanted}' is hidden. It was read."
    return [] if sheets[wanted] else [warning("hidden", said, file=name, advice=advice)]


def _missing_sheet(sheet: str, there: list[str], name: str) -> DataStop:
    advice = "If it is last year's file, ask for this year's; if the sheet was renamed, change `sheet` in source.toml."
    place = {"file": name, "sheet": sheet, "value": ", ".join(there), "expected": "a sheet of this name"}
    return refusal("sheet", "The sheet is missing.", **place, advice=advice)
