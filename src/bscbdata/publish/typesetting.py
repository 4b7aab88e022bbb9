"""What typst is given and gives back: text in its language, and the PDF of it."""

import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bscbdata.findings import failure, refusal, stop_on_failure
from bscbdata.publish.book import ASSETS, FONTS
from bscbdata.publish.tree import Element, raw_block
from bscbdata.publish.typography import curved

UNSETTLED = "The place of something hangs on itself: numbers of pages and their heads would be wrong. See assets/report.typ."
WRITTEN = {
    r"\times": " times ",
    r"\cdot": " times ",
    r"\div": " divided by ",
    r"\le": " at most ",
    r"\ge": " at least ",
}


def compiled(source: str, files: Mapping[str, bytes], **options: Any) -> bytes:
    """The PDF of a text and the files that it names, with the fonts that we ship and no others.

    A letter for which they have no shape is named by its number, so that it is neither lost nor an empty box.
    """
    with TemporaryDirectory() as scratch:
        given = {"report.typ": (ASSETS / "report.typ").read_bytes(), **files}
        for name, content in given.items():
            path = Path(scratch, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        while True:
            found = _tried(source, Path(scratch, "main.typ"), options)
            if isinstance(found, bytes):
                return found
            source = re.sub(f"[{re.escape(found)}]", lambda letter: f"(U+{ord(letter[0]):04X})", source)


def _tried(source: str, main: Path, options: Mapping[str, Any]) -> bytes | str:
    """The PDF, or the letters that could not be set. DataStop for anything else that typst refuses."""
    import typst

    main.write_text(source, encoding="utf8", newline="\n")
    try:
        content, warnings = typst.compile_with_warnings(
            str(main), font_paths=[str(FONTS)], ignore_system_fonts=True, **options
        )
    except typst.TypstError as error:
        shapeless = re.search(r'the text `"(.+)"` could not be displayed', str(error))
        letters = shapeless[1] if shapeless else ""
        strange = [letter for letter in letters if letter in source and ord(letter) > 126]
        if not strange:
            raise refusal("pdf", f"{error}.", advice=" ".join(error.hints)) from error
        return "".join(strange)
    stop_on_failure(
        failure("pdf", f"{said}.", advice=UNSETTLED) for said in map(str, warnings) if "converge" in said
    )
    return content


def spoken(formula: str) -> str:
    """A formula as it is read aloud."""
    text = re.sub(r"\\[td]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r" \1 over \2 ", formula)
    for sign, words in WRITTEN.items():
        text = re.sub(re.escape(sign) + r"(?![a-zA-Z])", words, text)
    text = re.sub(r"\\(?:text|mathrm|operatorname)\s*\{([^{}]*)\}", r" \1 ", text)
    text = re.sub(r"\\[,;:! ]", " ", text).replace("=", " equals ").replace("\\", " ")
    return " ".join(re.sub(r"[{}]", " ", text).split())


def quoted(text: str) -> str:
    """Text as a string of typst, its marks curved."""
    return '"' + curved(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def as_content(text: str) -> str:
    """Text as content of typst."""
    return f"[#{quoted(text)}]" if text else "[]"


def truth(yes: bool) -> str:
    """Yes or no as typst writes it."""
    return "true" if yes else "false"


def call(name: str, text: str) -> str:
    """A call of report.typ with a text; nothing where there is none."""
    return f"#{name}({quoted(text)})" if text else ""


def inline(text: str) -> Element:
    """Typst's own language within a line of pandoc's tree."""
    return {"t": "RawInline", "c": ["typst", text]}


def raw(text: str) -> Element:
    """The same as a block."""
    return raw_block(text, "typst")
