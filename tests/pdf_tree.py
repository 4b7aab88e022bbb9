"""What PDF/UA-1 asks of the inside of a file, as far as it can be read from the file: what breaks it, in words.

Typst checks its own work when it writes. This reads the finished file, which pdf_tags.py has changed since.
"""

from collections.abc import Iterator

from pypdf import PdfReader
from pypdf.generic import ContentStream

PAINTS = {
    *(b"Tj", b"TJ", b"'", b'"'),
    *(b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"S", b"s", b"sh"),
    *(b"Do", b"INLINE IMAGE"),
}
STANDARD = {
    *("Document", "Part", "Art", "Sect", "Div", "BlockQuote", "Caption", "TOC", "TOCI", "Index"),
    *(
        "NonStruct",
        "Private",
        "P",
        "H",
        "H1",
        "H2",
        "H3",
        "H4",
        "H5",
        "H6",
        "L",
        "LI",
        "Lbl",
        "LBody",
        "Table",
        "TR",
    ),
    *(
        "TH",
        "TD",
        "THead",
        "TBody",
        "TFoot",
        "Span",
        "Quote",
        "Note",
        "Reference",
        "BibEntry",
        "Code",
        "Link",
        "Annot",
        "Figure",
        "Formula",
        "Form",
    ),
}
PARENTS = {
    **{"LI": {"L"}, "LBody": {"LI"}, "TOCI": {"TOC"}, "THead": {"Table"}, "TBody": {"Table"}},
    **{"TR": {"Table", "THead", "TBody", "TFoot"}, "TH": {"TR"}, "TD": {"TR"}},
}


def faults(reader: PdfReader) -> list[str]:
    """Everything found that PDF/UA-1 does not allow; empty is good."""
    tree = Tree(reader)
    found = [*tree.faults, *_catalogue(reader), *_outline(reader)]
    for number, page in enumerate(reader.pages, 1):
        found += [f"page {number}: {said}" for said in _page(reader, page, tree.content)]
    return found


class Tree:
    """The tree that is read aloud: the faults of its elements, and which pieces of each page stand in it."""

    def __init__(self, reader: PdfReader) -> None:
        self.roles = reader.trailer["/Root"]["/StructTreeRoot"].get("/RoleMap", {})
        self.content: dict[int, set[int]] = {}
        self.faults: list[str] = []
        for child in _children(reader.trailer["/Root"]["/StructTreeRoot"]):
            self._walk(child, None, "")

    def _walk(self, element, page: int | None, parent: str) -> None:
        page = element.raw_get("/Pg").idnum if "/Pg" in element else page
        kind = str(element["/S"])[1:]
        self.faults += _of_element(element, kind, parent, self.roles)
        for child in _children(element):
            if isinstance(child, int):
                self._shown(page, child)
            elif child.get("/Type") == "/MCR":
                self._shown(child.raw_get("/Pg").idnum if "/Pg" in child else page, child["/MCID"])
            elif child.get("/Type") != "/OBJR":
                self._walk(child, page, kind)

    def _shown(self, page: int | None, piece: int) -> None:
        self.content.setdefault(page, set()).add(int(piece))


def _children(element) -> list:
    inside = element.get("/K", [])
    inside = inside.get_object() if hasattr(inside, "get_object") else inside
    return [child.get_object() for child in (inside if isinstance(inside, list) else [inside])]


def _attributes(element) -> dict:
    found = element.get("/A", [])
    parts = found if isinstance(found, list) else [found]
    return {name: value for part in parts for name, value in part.get_object().items()}


def _of_element(element, kind: str, parent: str, roles) -> Iterator[str]:
    if kind not in STANDARD and str(roles.get(f"/{kind}", ""))[1:] not in STANDARD:
        yield f"{kind} is no kind that a reader knows"
    if parent not in PARENTS.get(kind, {parent}):
        yield f"{kind} inside {parent}"
    told = _attributes(element)
    if kind in {"Figure", "Formula"} and not str(element.get("/Alt", "")).strip():
        yield f"{kind} without words"
    if kind == "Figure" and "/BBox" not in told:
        yield "Figure without its place on the page"
    if kind == "TH" and "/Scope" not in told:
        yield "TH that does not say of what it is the header"
    if kind == "Note" and "/ID" not in element:
        yield "Note without an ID"
    if kind == "Table":
        yield from _uneven(element)
    if kind == "Link" and not any(_is_annotation(child) for child in _children(element)):
        yield "Link without its place on the page"


def _is_annotation(child) -> bool:
    return not isinstance(child, int) and child.get("/Type") == "/OBJR"


def _uneven(table) -> Iterator[str]:
    rows = [part for part in _children(table) if part["/S"] == "/TR"]
    rows += [
        row for part in _children(table) if part["/S"] in {"/THead", "/TBody"} for row in _children(part)
    ]
    counts = {len(_children(row)) for row in rows}
    if len(counts) != 1:
        yield f"Table with rows of {sorted(counts)} cells"


def _page(reader: PdfReader, page, content: dict[int, set[int]]) -> Iterator[str]:
    open_, seen = [], set()
    for operands, operator in ContentStream(page.get_contents(), reader).operations:
        if operator in {b"BDC", b"BMC"}:
            piece = operands[1].get("/MCID") if len(operands) > 1 and isinstance(operands[1], dict) else None
            open_.append(operands[0] == "/Artifact" or piece is not None)
            seen |= {int(piece)} if piece is not None else set()
        elif operator == b"EMC":
            open_.pop()
        elif operator in PAINTS and not any(open_):
            yield "something is painted that is neither read aloud nor marked as decoration"
    if seen != content.get(page.indirect_reference.idnum, set()):
        yield "what is marked on the page is not what the tree has of it"
    notes = [note.get_object() for note in page.get("/Annots", [])]
    if notes and page.get("/Tabs") != "/S":
        yield "the Tab key does not follow the order in which it is read"
    if any(not note.get("/Contents") or "/StructParent" not in note for note in notes):
        yield "a link without words or without its place in the tree"
    for font in page["/Resources"].get("/Font", {}).values():
        inner = font["/DescendantFonts"][0]["/FontDescriptor"] if "/DescendantFonts" in font else {}
        if "/ToUnicode" not in font or not {"/FontFile2", "/FontFile3"} & set(inner):
            yield f"the letters of {font['/BaseFont']} are not in the file, or cannot be copied"


def _catalogue(reader: PdfReader) -> Iterator[str]:
    root = reader.trailer["/Root"]
    told = root["/Metadata"].get_data().decode("utf8")
    if "<pdfuaid:part>1</pdfuaid:part>" not in told:
        yield "it does not say that it is PDF/UA-1"
    if f">{reader.metadata.title}<" not in told.replace("&amp;", "&"):
        yield "its title is not in its metadata"
    if root["/MarkInfo"].get("/Suspects") == True or root["/MarkInfo"].get("/Marked") != True:  # noqa: E712
        yield "it does not say that it is tagged"
    if not root.get("/Lang") or root["/ViewerPreferences"].get("/DisplayDocTitle") != True:  # noqa: E712
        yield "it has no language, or shows the name of its file as title"
    if reader.is_encrypted:
        yield "it is locked"


def _outline(reader: PdfReader) -> Iterator[str]:
    headings = [kind for kind in _kinds(reader.trailer["/Root"]["/StructTreeRoot"]) if kind == "/H1"]
    if len(headings) != sum(not isinstance(item, list) for item in reader.outline):
        yield "its bookmarks are not its chapters"


def _kinds(element) -> Iterator[str]:
    for child in _children(element):
        if not isinstance(child, int) and "/S" in child:
            yield child["/S"]
            yield from _kinds(child)
