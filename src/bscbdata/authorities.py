"""The areas of England as they are published: authorities, regions and the whole, by every name and code they have had.

The three-digit code of an authority is what does not change: Buckinghamshire is 825 as E10000002 and as E06000060.
"""

import difflib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bscbdata.lists import read_list

FILE = Path(__file__).parent / "definitions" / "areas.csv"
BODY = re.compile(r"\b(?:council|borough|authority|safeguarding|partnership|children['’]?s services)\b", re.I)


@dataclass(frozen=True)
class Area:
    """One area: its level, our name and code for it, all others under which it is published, and its region."""

    level: str
    old_codes: tuple[str, ...]
    area_code: str
    other_codes: tuple[str, ...]
    area: str
    other_spellings: tuple[str, ...]
    region: str = ""
    said: str = ""

    @property
    def in_words(self) -> str:
        """The name as it stands in a sentence: `the Isles of Scilly`, `Bristol`."""
        return self.said or self.area

    @property
    def called(self) -> str:
        """What people of the area call it in a report: a county, a borough, or an area where its code does not tell."""
        kinds = {"E10": "county", "E09": "borough"}
        codes = (self.area_code, *self.other_codes)
        return next((kinds[code[:3]] for code in codes if code[:3] in kinds), "area")

    def has_code(self, code: str) -> bool:
        return code in (self.area_code, *self.other_codes)

    def has_name(self, name: str) -> bool:
        return name_key(name) in {name_key(spelling) for spelling in (self.area, *self.other_spellings)}


def name_key(name: str) -> str:
    """The form in which names of areas are compared: letters and digits alone, `&` as `and`."""
    return re.sub(r"[^a-z0-9]", "", name.casefold().replace("&", "and"))


@cache
def load_areas() -> tuple[Area, ...]:
    """All areas of `definitions/areas.csv`."""
    return tuple(
        Area(
            row["level"],
            tuple(filter(None, row["old_codes"].split(";"))),
            row["area_code"],
            tuple(filter(None, row["other_codes"].split(";"))),
            row["area"],
            tuple(filter(None, row["other_spellings"].split(";"))),
            row["region"],
            row["in_words"],
        )
        for row in read_list(FILE)
    )


def in_words(name: str) -> str:
    """The name of an area as it stands in a sentence; any other name as it is."""
    return next((area.in_words for area in load_areas() if area.area == name), name)


def named_in(text: str) -> list[str]:
    """The authorities that a line speaks of as bodies, in its order; a name alone may be a word, such as Reading.

    >>> named_in("Oxfordshire County Council, contacts"), named_in("Reading of the figures")
    (['Oxfordshire'], [])
    """
    names, pattern = _authority_names()
    found = pattern.findall(text) if BODY.search(text) else []
    return [names[name] for name in dict.fromkeys(found)]


@cache
def _authority_names() -> tuple[dict[str, str], re.Pattern]:
    every = [area for area in load_areas() if area.level == "authority"]
    names = {spelling: area.area for area in every for spelling in (*area.other_spellings, area.area)}
    listed = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return names, re.compile(rf"\b(?:{listed})\b")


def is_authority(name: str) -> bool:
    """Whether an authority has that name, in any spelling that is known."""
    return any(area.level == "authority" and area.has_name(name) for area in load_areas())


def find_authority(name: str) -> Area:
    """The authority of that name, in any spelling that is known. ValueError names those that come close."""
    found = [area for area in load_areas() if area.level == "authority" and area.has_name(name)]
    if not found:
        raise ValueError(f"No English local authority is called '{name}'.{_close(name)}")
    return found[0]


def authorities_of(region: str) -> list[str]:
    """The names of the authorities of a region, in order. ValueError lists the regions."""
    known = {area.region for area in load_areas() if area.region}
    wanted = next((each for each in known if name_key(each) == name_key(region)), "")
    if not wanted:
        raise ValueError(f"No region is called '{region}'. There are: {', '.join(sorted(known))}.")
    return sorted({area.area for area in load_areas() if area.region == wanted})


def _close(name: str) -> str:
    names = {name_key(area.area): area.area for area in load_areas() if area.level == "authority"}
    within = [full for key, full in names.items() if name_key(name) and name_key(name) in key]
    short = name_key(name)[:4]
    within = within or [full for key, full in names.items() if len(short) == 4 and key.startswith(short)]
    close = [names[key] for key in difflib.get_close_matches(name_key(name), names, n=3, cutoff=0.6)]
    near = list(dict.fromkeys([*close, *within]))[:5]
    return f" Near it: {', '.join(near)}." if near else " All are in definitions/areas.csv."
