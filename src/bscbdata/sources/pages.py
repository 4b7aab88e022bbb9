"""The pages of XML that files are made of, read element by element; nothing outside a page is ever read."""

from xml.parsers import expat


class Pages:
    """One page: a reader says what to do where an element starts and ends, and with its text; `feed` gives its result."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = lambda tag, given: self.start(local_name(tag), given)
        self.parser.EndElementHandler = lambda tag: self.end(local_name(tag))
        self.parser.CharacterDataHandler = self.text
        self.result: object = None

    def feed(self, xml: bytes):
        parse_xml(self.parser, xml)
        return self.result

    def start(self, tag: str, given: dict[str, str]) -> None: ...

    def end(self, tag: str) -> None: ...

    def text(self, text: str) -> None: ...


def parse_xml(parser: "expat.XMLParserType", xml: bytes, last: bool = True) -> None:
    """Parse XML or a part of it. ExpatError when it is broken, and also when it names an encoding that there is not."""
    try:
        parser.Parse(xml, last)
    except LookupError as error:
        if type(error) is not LookupError:  # a mistake of ours, of what an element holds
            raise
        broken = expat.ExpatError(str(error))
        broken.code = expat.errors.codes["unknown encoding"]
        broken.lineno, broken.offset = parser.CurrentLineNumber, parser.CurrentColumnNumber
        raise broken from None


def local_name(tag: str) -> str:
    """The name of an element or attribute without its prefix."""
    return tag.rpartition(":")[2]


def whole_number(text: str | None, otherwise: int) -> int:
    """The whole number that is written there, or the other where none is."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else otherwise
