"""Areas of the published files: which area a row speaks of, whatever the file of that year calls it.

The three-digit code of an authority is what does not change: Buckinghamshire is 825 as E10000002 and as E06000060.
"""

from dataclasses import dataclass
from functools import cache

from bscbdata.authorities import Area, load_areas, name_key
from bscbdata.releases.maps import read_rows

NOT_READ = "-"
DISTRICT = "district"


@dataclass(frozen=True)
class Place:
    """What a row says of its place: the area it was found to be (None if unknown), and what does not fit."""

    area: Area | None
    slip: str = ""
    reason: str = ""
    level_not_read: bool = False


@cache
def load_levels() -> dict[str, str]:
    """Level as a file spells it -> national, region, authority, district, or `-`: a level that is not read here."""
    return {name_key(row["spelling"]): row["level"] for row in read_rows("levels.csv")}


@cache
def find_place(level: str, old_code: str, new_code: str, name: str) -> Place:
    """The area that a row speaks of. The old code decides; name and new code are compared with it."""
    known = load_levels().get(name_key(level))
    if known is None:
        return Place(None, reason=f"the level '{level}' is not in levels.csv")
    if known == NOT_READ:
        return Place(None, reason=f"the level '{level}' is not read here", level_not_read=True)
    area = _by_code([a for a in load_areas() if a.level == known], old_code, new_code, name)
    if area is None and known == DISTRICT:  # of districts we know our own; a file has hundreds
        return Place(None, reason=f"of the level '{level}' only our own are read", level_not_read=True)
    if area is None:
        said = " ".join(filter(None, (old_code, new_code, name)))
        return Place(None, reason=f"the {known} '{said}' is not in areas.csv")
    if name and not area.has_name(name):
        return Place(
            None, reason=f"code {old_code or new_code} is {area.area}, but the row's name is '{name}'"
        )
    return Place(area, _slip(area, old_code, new_code))


def _slip(area: Area, old_code: str, new_code: str) -> str:
    """What is wrong with the codes that an area stands under, and whose they are; empty if nothing is."""
    wrong = [old_code] if old_code and old_code not in area.old_codes else []
    wrong += [new_code] if new_code and not area.has_code(new_code) else []
    if not wrong:
        return ""
    owners = [other.area for other in load_areas() if set(wrong) & {other.area_code, *other.old_codes}]
    return f"{area.area} stands under {' and '.join(wrong)}" + (
        f", the code of {owners[0]}" if owners else ""
    )


def _by_code(areas: list[Area], old_code: str, new_code: str, name: str) -> Area | None:
    """A national area by its name, else England; else by old code, else by new code or name that mean one area only."""
    if areas and areas[0].level == "national":
        return next((area for area in areas if name and area.has_name(name)), areas[0])
    if old_code:
        return next((area for area in areas if old_code in area.old_codes), None)
    found = [area for area in areas if area.area_code == new_code] or [
        area for area in areas if area.has_code(new_code) or (name and area.has_name(name))
    ]
    return found[0] if len(found) == 1 else None
