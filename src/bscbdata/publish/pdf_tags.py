"""Headers of rows in the tags of a PDF: typst writes them only behind a flag, which its Python package cannot set.

typst names for each cell of a table the header above it: `U3x0y0` heads the first column of the third table. Here each
first cell becomes the header of its row, and the other cells name no header, so that programs that read aloud go by
scope: up the column and along the row. The last rows of a long table, which typst keeps together as its foot, are rows as
all others. Everything keeps its length, so every place in the file stays where it is.
"""

import re

_CALL = re.compile(r"#data-table\(\([^()]*\), \([^()]*\), size: \w+, long: \w+, headed: (true|false)")
_TABLE = re.compile(rb"/Type/StructElem/S/Table/")
_FOOT, _BODY = b"/Type/StructElem/S/TFoot/", b"/Type/StructElem/S/TBody/"
_CELL = re.compile(rb"(/S/T)D(/P \d+ 0 R/A\[<</O/Table)(/Headers\[\(U(\d+)x(\d+)y\d+\)\])")


def with_row_headers(content: bytes, source: str) -> bytes:
    """The PDF of a text of typst, with headers of rows in the tables whose call in the text says `headed: true`.

    As it is when the PDF has not as many tables as the text.
    """
    headed = [said == "true" for said in _CALL.findall(source)]
    if len(_TABLE.findall(content)) != len(headed):
        return content

    def tagged(cell: re.Match[bytes]) -> bytes:
        kind, between, headers, table, column = cell.groups()
        if not headed[int(table) - 1]:
            return cell[0]
        if column == b"0":
            return kind + b"H" + between + b"/Scope/Row".ljust(len(headers))
        return kind + b"D" + between + b" " * len(headers)

    return _CELL.sub(tagged, content).replace(_FOOT, _BODY)
