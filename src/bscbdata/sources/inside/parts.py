"""Which member of the zip holds a sheet of an Excel workbook."""

import posixpath

from bscbdata.sources.pages import Pages


class Parts(Pages):
    """Sheet name -> the id of its part."""

    def __init__(self) -> None:
        super().__init__()
        self.result = {}

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "sheet":
            ids = [value for key, value in given.items() if key.endswith(":id")]
            self.result.setdefault(given.get("name", ""), ids[0] if ids else "")


class Targets(Pages):
    """Id of a part -> its member of the zip."""

    def __init__(self) -> None:
        super().__init__()
        self.result = {}

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "Relationship" and given.get("TargetMode") != "External":
            self.result[given.get("Id", "")] = given.get("Target", "")


def member_of(contents: dict[str, bytes], target: str) -> bytes:
    """A member of the workbook by the name that the workbook's list of parts gives it, whatever its case."""
    path = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/").casefold()
    return next((content for member, content in contents.items() if member.casefold() == path), b"")
