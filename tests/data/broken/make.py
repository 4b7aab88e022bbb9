"""Makes the broken files beside it, byte for byte the same each time: `python tests/data/broken/make.py`.

Each is a small return made by hand and then broken in one way; no line of any is about a real child. What the reader
must say of each stands in `expected.toml`. `raised_figure.xls` alone is not made here: LibreOffice saved it.
"""

import io
import struct
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).parent
HEAD = "Month,Team,Number of contacts,Share\n"
GOOD = HEAD + "Apr-15,East,12,10%\nMay-15,West,15,20%\n"
CASES = "Case,District,Date of birth,Referred,Cost\n"
DATE_1904 = '<workbookPr date1904="1"/>'
TABLE = [
    ["Month", "Team", "Number of contacts", "Share"],
    ["Apr-15", "East", 12, "10%"],
    ["May-15", "West", 15, "20%"],
]


def contacts(row: str) -> str:
    """The good return with one more row."""
    return GOOD + row + "\n"


def case(row: str) -> str:
    """A list of one sound child and one more row."""
    return CASES + "C1,Wycombe,01/02/2010,05/05/2015,100\n" + row + "\n"


WEB_TABLE = """<html><head><title>Contacts</title><style>td {color: red}</style></head><body><h1>Contacts</h1>
<table border=1><tr><th>Month<th>Team<th>Number of<br>contacts<th>Share</tr>
<tr><td rowspan=2>Apr-15</td><td>East &amp; West</td><td>12&nbsp;</td><td>10%</td></tr>
<tr><td>North</td><td>15</td><td>20%</td></tr></table></body></html>
"""

XML_2003 = """<?xml version="1.0"?>
<?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:x="urn:schemas-microsoft-com:office:excel" xmlns:html="http://www.w3.org/TR/REC-html40">
<Styles><Style ss:ID="Default"/><Style ss:ID="day"><NumberFormat ss:Format="Short Date"/></Style>
<Style ss:ID="share"><NumberFormat ss:Format="Percent"/></Style><Style ss:ID="bold" ss:Parent="share"><Font ss:Bold="1"/></Style></Styles>
<Worksheet ss:Name="Notes"><Table><Row><Cell><Data ss:Type="String">Made on 1 May</Data></Cell></Row></Table>
<WorksheetOptions xmlns="urn:schemas-microsoft-com:office:excel"><Visible>SheetHidden</Visible></WorksheetOptions></Worksheet>
<Worksheet ss:Name="Contacts"><Table><Column ss:Index="2" ss:Hidden="1"/><Column ss:Index="4" ss:StyleID="share"/>
<Row><Cell ss:MergeAcross="3"><Data ss:Type="String">Contacts by month</Data></Cell></Row>
<Row ss:Index="3"><Cell><Data ss:Type="String">Month</Data></Cell><Cell><Data ss:Type="String">Team</Data></Cell>
<Cell><ss:Data ss:Type="String" xmlns="http://www.w3.org/TR/REC-html40">Number <B>of</B> contacts</ss:Data></Cell><Cell><Data ss:Type="String">Share</Data></Cell></Row>
<Row><Cell ss:MergeDown="1" ss:StyleID="day"><Data ss:Type="DateTime">2015-04-01T00:00:00.000</Data></Cell>
<Cell><Data ss:Type="String">East &amp; West</Data><Comment><ss:Data ss:Type="String">Checked</ss:Data></Comment></Cell>
<Cell><Data ss:Type="Number">12</Data></Cell><Cell ss:StyleID="bold"><Data ss:Type="Number">0.125</Data></Cell></Row>
<Row ss:Hidden="1"><Cell ss:Index="2"><Data ss:Type="String">North</Data></Cell><Cell><Data ss:Type="Number">1.5E1</Data></Cell>
<Cell><Data ss:Type="Number">0.07</Data></Cell></Row>
<Row><Cell><Data ss:Type="DateTime">2015-05-01T00:00:00.000</Data></Cell><Cell><Data ss:Type="String">South</Data></Cell>
<Cell ss:Formula="=R[-1]C+1"><Data ss:Type="Number">16</Data></Cell><Cell ss:Index="4" ss:StyleID="day"><Data ss:Type="String">20%</Data></Cell></Row>
</Table></Worksheet></Workbook>
"""

TEXTS: dict[str, str | bytes] = {
    # headers
    "header_renamed.csv": GOOD.replace("Number of contacts", "Contacts received"),
    "header_other_case_and_spaces.csv": GOOD.replace("Number of contacts", "  NUMBER  of Contacts "),
    "column_doubled.csv": "Month,Team,Number of contacts,Share,Team\nApr-15,East,12,10%,East\n",
    "column_missing.csv": "Month,Team,Share\nApr-15,East,10%\n",
    "column_unknown.csv": "Month,Team,Number of contacts,Share,Worker\nApr-15,East,12,10%,AB\n",
    "header_moved_down.csv": "Contacts\n\nMade on 1 May\n\n" + GOOD,
    "header_repeated.csv": GOOD + HEAD + "Jun-15,East,9,5%\n",
    "header_in_two_rows.csv": ",,Number of,\nMonth,Team,contacts,Share\nApr-15,East,12,10%\n",
    "header_among_the_rows.csv": "Apr-15,West,7,5%\nMonth,Team,Number of contacts,Share\nApr-15,East,12,10%\n",
    "header_merged_down.csv": "Month,Team,Number of,Share\n,,contacts,\nApr-15,East,12,10%\n",
    "header_misspelt.csv": "Month,Team,Numbers of contact,Share\nApr-15,East,12,10%\n",
    "no_header.csv": "Apr-15,East,12,10%\nMay-15,West,15,20%\n",
    "header_only.csv": HEAD,
    "column_without_header.csv": "Month,Team,Number of contacts,Share,\nApr-15,East,12,10%,see note\n",
    "column_blank_between.csv": "Month,Team,,Number of contacts,Share\nApr-15,East,,12,10%\n",
    # what stands around the table
    "notes_above_and_below.csv": "Contacts by team\nSource: front door\n\n"
    + GOOD
    + "\n1. Excludes weekends.\n",
    "total_agrees.csv": contacts("Total,,27,"),
    "total_does_not_add_up.csv": contacts("Total,,28,"),
    "total_of_words.csv": contacts("Total,,see below,"),
    "subtotals.csv": HEAD
    + "Apr-15,East,12,\nApr-15,West,2,\nApr-15 Total,,14,\nMay-15,East,9,\nMay-15 Total,,9,\nGrand Total,,23,\n",
    "total_as_label.csv": HEAD + "Apr-15,East,12,\nApr-15,West,3,\nApr-15,Total,15,\n",
    "pivot_table.csv": "Sum of contacts,,,\nRow Labels,Team,Number of contacts,Share\nApr-15,East,12,10%\n",
    "second_table_below.csv": GOOD + "\nMonth,Worker,Visits,Late\nApr-15,AB,3,1\n",
    "duplicate_row.csv": contacts("May-15,West,15,20%"),
    "duplicate_key.csv": contacts("May-15,West,16,20%"),
    # numbers
    "count_negative.csv": contacts("Jun-15,East,-3,5%"),
    "count_decimal.csv": contacts("Jun-15,East,3.5,5%"),
    "count_decimal_comma.csv": contacts('Jun-15,East,"3,5",5%'),
    "count_per_cent.csv": contacts("Jun-15,East,3%,5%"),
    "count_en_dash.csv": contacts("Jun-15,East,–,5%"),
    "count_letter_o.csv": contacts("Jun-15,East,1O,5%"),
    "count_suppressed_star.csv": contacts("Jun-15,East,*,5%"),
    "count_suppressed_c.csv": contacts("Jun-15,East,[c],5%"),
    "count_fewer_than_five.csv": contacts("Jun-15,East,<5,5%"),
    "count_thousand_or_one.csv": contacts("Jun-15,East,1.000,5%"),
    "count_empty.csv": contacts("Jun-15,East,,5%"),
    "count_with_footnote.csv": contacts("Jun-15,East,12¹,5%\nJul-15,East,13 (2),5%\nAug-15,East,14 r,5%"),
    "count_with_unit.csv": contacts("Jun-15,East,12 children,5%"),
    "count_far_too_large.csv": contacts("Jun-15,East,99999999999999,5%"),
    "share_over_a_hundred.csv": contacts("Jun-15,East,3,140%"),
    "shares_as_fractions.csv": GOOD.replace("10%", "0.1").replace("20%", "0.2"),
    "cost_in_pounds.csv": case('C2,Wycombe,01/02/2011,06/05/2015,"£1,234.50"'),
    "cost_in_brackets.csv": case("C2,Wycombe,01/02/2011,06/05/2015,(12)"),
    "cost_two_signs.csv": case("C2,Wycombe,01/02/2011,06/05/2015,1£2"),
    # dates
    "month_of_another_year.csv": contacts("Apr-14,East,3,5%"),
    "month_in_other_forms.csv": HEAD
    + "201504,East,1,\n1st May 2015,East,1,\n2015 Jun,East,1,\nJul 2015/16,East,1,\nJan 2015/16,East,1,\nSept-15,East,1,\n",
    "month_or_year.csv": contacts("201112,East,3,5%"),
    "month_misspelt.csv": contacts("Juno-15,East,3,5%"),
    "date_31_february.csv": case("C2,Wycombe,01/02/2011,31/02/2016,5"),
    "date_serial_60.csv": case("C2,Wycombe,60,06/05/2015,5"),
    "date_serial.csv": case("C2,Wycombe,40575,42130,5"),
    "date_year_2051.csv": case("C2,Wycombe,01/02/2011,06/05/2051,5"),
    "date_two_digit_year.csv": case("C2,Wycombe,01/02/98,06/05/15,5"),
    "date_two_digit_year_51.csv": case("C2,Wycombe,01/02/11,06/05/51,5"),
    "date_american.csv": case("C2,Wycombe,01/02/2011,12/31/2015,5"),
    "date_year_0214.csv": case("C2,Wycombe,01/02/2011,06/05/0214,5"),
    "date_not_known.csv": case("C2,Wycombe,not known,06/05/2015,5"),
    "date_out_of_the_year.csv": case("C2,Wycombe,01/02/2011,01/04/2016,5"),
    "date_before_birth.csv": case("C2,Wycombe,01/02/2016,06/05/2015,5"),
    "date_other_digits.csv": case("C2,Wycombe,٠١/٠٢/٢٠١١,06/05/2015,5"),
    # words
    "category_unknown.csv": case("C2,Windsor,01/02/2011,06/05/2015,5"),
    "error_cells.csv": case("C2,Wycombe,01/02/2011,06/05/2015,#N/A"),
    "formula_text.csv": contacts("Jun-15,=HYPERLINK(A1),3,5%"),
    "formula_dde.csv": contacts("Jun-15,@cmd|' /C calc'!A0,3,5%"),
    # the file as text
    "encoding_windows.csv": GOOD.replace("East", "Café").encode("cp1252"),
    "encoding_old_mac.csv": GOOD.replace("East", "Café").encode("mac-roman"),
    "encoding_utf16.csv": GOOD.replace("East", "Café").encode("utf-16"),
    "encoding_utf16_unmarked.csv": GOOD.encode("utf-16-le"),
    "encoding_broken_in_the_middle.csv": GOOD.replace("East", "Café").encode()
    + "Jun-15,Zoë,3,5%\n".encode("cp1252"),
    "encoding_wrong_before.csv": GOOD.replace("East", "Café").encode().decode("cp1252"),
    "delimiter_semicolon.csv": GOOD.replace(",", ";"),
    "delimiter_bar.csv": GOOD.replace(",", "|"),
    "delimiter_marked.csv": "sep=;\n" + GOOD.replace(",", ";"),
    "delimiter_caret.csv": GOOD.replace(",", "^"),
    "delimiter_tilde.csv": GOOD.replace(",", "~"),
    "delimiter_wrong.csv": GOOD.replace(",", "§"),
    "encoding_utf32.csv": GOOD.replace("East", "Café").encode("utf-32"),
    "encoding_utf32_unmarked.csv": GOOD.encode("utf-32-be"),
    "encoding_utf16_tabs.csv": GOOD.replace(",", "\t").encode("utf-16"),
    "signs_unseen.csv": "\u200b" + HEAD + "\u200eApr-15,Ea\u200bst,12\u200b,10%\n",
    "text_as_formula.csv": HEAD + '="Apr-15",East,="12",10%\n',
    "row_short.csv": HEAD + "Apr-15,East,12,10%\nMay-15,West,15\nJun-15,East,9,5%\n",
    "row_short_in_the_middle.csv": HEAD + "Apr-15,East,12,10%\nMay-15,15,20%\nJun-15,East,9,5%\n",
    "row_long.csv": HEAD + "Apr-15,East,1,200,10%\nMay-15,West,15,20%\n",
    "quote_unclosed.csv": contacts('Jun-15,"East,3,5%'),
    "quote_followed_by_text.csv": contacts('Jun-15,"East" side,3,5%'),
    "quoted_newline.csv": contacts('Jun-15,"East\nside",3,5%'),
    "cell_very_long.csv": contacts(f"Jun-15,{'a' * 40_000},3,5%"),
    "cell_far_too_long.csv": contacts(f"Jun-15,{'a' * 140_000},3,5%"),
    "columns_too_many.csv": GOOD.replace("Share\n", "Share" + "," * 1_100 + "\n"),
    "nul_byte.csv": contacts("Jun-15,Ea\0st,3,5%"),
    "empty.csv": "",
    "blank.csv": "\n \n",
    "old_line_ends.csv": GOOD.replace("\n", "\r"),
    "web_page.csv": "<!DOCTYPE html><html><body><p>Please log in.</p></body></html>",
    # no workbook
    "empty.xlsx": b"",
    "text.xlsx": "Contacts by month: see the attached letter.\n",
    "text_in_columns.xls": GOOD.replace(",", "\t").encode("utf-16"),
    "web_page.xls": "<html><body><p>Please log in.</p></body></html>",
    "web_table.xls": WEB_TABLE,
    "xml_2003.xls": XML_2003,
    "xml_2003_wide.xls": XML_2003.replace('"1.0"?', '"1.0" encoding="UTF-16"?').encode("utf-16"),
    "xml_2003_cut.xls": XML_2003[:1900],
    "xml_2003_entity.xls": XML_2003.replace(
        "<?mso", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><?mso'
    ),
    "xml_2003_far.xls": XML_2003.replace('ss:Index="3"', 'ss:Index="99999999"'),
    "xml_2003_wide_row.xls": XML_2003.replace('<Cell ss:Index="4"', '<Cell ss:Index="16384"'),
    "xml_2003_error.xls": XML_2003.replace('"Number">16<', '"Error">#REF!<').replace(
        '<Data ss:Type="Number">0.07</Data>', ""
    ),
    "xml_2003_formula.xls": XML_2003.replace('<Data ss:Type="Number">16</Data>', ""),
    "web_archive.xls": "MIME-Version: 1.0\nContent-Type: multipart/related\n\n<html></html>\n",
    "document.xls": b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n",
    "locked.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    + bytes(1024)
    + "EncryptedPackage".encode("utf-16-le")
    + bytes(512),
    "damaged.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    + bytes(1024)
    + "Workbook".encode("utf-16-le")
    + bytes(512),
    "letter.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    + bytes(1024)
    + "WordDocument".encode("utf-16-le")
    + bytes(512),
}


# ---- workbooks ------------------------------------------------------------------------------------------------------

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def packed(members: dict[str, str | bytes], pack: bool = False) -> bytes:
    """A zip of these members, always the same bytes: unpacked, since how a program packs them may change."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED if pack else zipfile.ZIP_STORED) as book:
        for name, content in members.items():
            told = zipfile.ZipInfo(name, (2015, 4, 1, 0, 0, 0))
            told.create_system = 3
            told.compress_type = book.compression
            book.writestr(told, content)
    return stream.getvalue()


def sheet_xml(
    rows: list[list[object]], before: str = "", after: str = "", more: str = "", hidden: tuple = ()
) -> str:
    """A sheet of these rows; a cell given as raw XML begins with `<c`."""
    told = []
    for number, row in enumerate(rows, 1):
        cells = "".join(cell_xml(cell, f"{chr(65 + place)}{number}") for place, cell in enumerate(row))
        told.append(
            f'<row r="{number}"{" hidden=" + chr(34) + "1" + chr(34) if number in hidden else ""}>{cells}</row>'
        )
    return f"<worksheet {MAIN}>{before}<sheetData>{''.join(told)}{more}</sheetData>{after}</worksheet>"


def cell_xml(cell: object, address: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, (int, float)):
        return f'<c r="{address}"><v>{cell}</v></c>'
    if str(cell).startswith("<c"):
        return str(cell).replace("<c", f'<c r="{address}"', 1)
    return f'<c r="{address}" t="inlineStr"><is><t>{escape(str(cell))}</t></is></c>'


def book(
    sheets: dict[str, str], states: dict[str, str] | None = None, properties: str = ""
) -> dict[str, str | bytes]:
    """The members of a workbook with these sheets."""
    states = states or {}
    numbers = range(1, len(sheets) + 1)
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"{f" state={chr(34)}{states[name]}{chr(34)}" if name in states else ""}/>'
        for n, name in zip(numbers, sheets, strict=True)
    )
    targets = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        for n in numbers
    )
    dates = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/><xf numFmtId="14" fontId="0" fillId="0" borderId="0" applyNumberFormat="1"/>'
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        f"{types}</Types>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{OFFICE}">{properties}<sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{targets}</Relationships>',
        "xl/styles.xml": f"<styleSheet {MAIN}><cellXfs>{dates}</cellXfs></styleSheet>",
    } | {f"xl/worksheets/sheet{n}.xml": xml for n, xml in zip(numbers, sheets.values(), strict=True)}


def one(rows: list[list[object]], **given) -> dict[str, str | bytes]:
    """A workbook with these rows on its one sheet, Contacts."""
    return book({"Contacts": sheet_xml(rows, **given)})


def with_month(number: int) -> list[list[object]]:
    """The good table with one more month as a number in date format."""
    return [*TABLE, [f'<c s="1"><v>{number}</v></c>', "East", 9, "5%"]]


def workbooks() -> dict[str, bytes]:
    """Workbooks in Excel's format, whole and broken."""
    failed = [*TABLE, ["Jun-15", "East", '<c t="e"><v>#REF!</v></c>', "5%"]]
    empty_formula = [*TABLE, ["Jun-15", "East", "<c><f>SUM(C2:C3)</f></c>", "5%"]]
    run = [*TABLE, ["Jun-15", "East", "<c><f>4+5</f><v>9</v></c>", "5%"]]
    merged = [TABLE[0], ["Apr-15", "East", 12, "10%"], [None, "West", 15, "20%"]]
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    formats = (
        "".join(f'<row r="{n}" s="1" customFormat="1"/>' for n in range(4, 300)) + '<row r="1048576" s="1"/>'
    )
    per_cent = (
        f'<styleSheet {MAIN}><numFmts count="1"><numFmt numFmtId="164" formatCode="0.0%"/></numFmts><cellXfs>'
    )
    per_cent += '<xf numFmtId="0"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs></styleSheet>'
    shown = [TABLE[0], *([*row[:3], '<c s="1"><v>0.125</v></c>'] for row in TABLE[1:])]
    raised = [*TABLE, ["Jun-15", "East", '<c t="s"><v>1</v></c>', "5%"]]
    strings = (
        f'<sst {MAIN}><si><t>East</t></si><si><r><t>13</t></r><r><rPr><vertAlign val="superscript"/></rPr>'
    )
    strings += "<t>1</t></r></si></sst>"
    good, notes = sheet_xml(TABLE), sheet_xml([["Notes"]])
    whole = one(TABLE)
    doctype = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    lifted = '<r><rPr><vertAlign val="superscript"/></rPr><t>1</t></r>'
    in_place = f'<c t="inlineStr"><is><r><t>12</t></r>{lifted}</is></c>'
    return {
        "sheet_other_name.xlsx": packed(book({"Data": good, "Notes": notes})),
        "sheet_name_case_and_space.xlsx": packed(book({" contacts ": good})),
        "sheet_hidden.xlsx": packed(book({"Notes": notes, "Contacts": good}, {"Contacts": "hidden"})),
        "sheet_hidden_beside.xlsx": packed(book({"Contacts": good, "Names": notes}, {"Names": "veryHidden"})),
        "sheet_empty.xlsx": packed(one([])),
        "no_sheet.xlsx": packed(book({})),
        "rows_hidden.xlsx": packed(one(TABLE, hidden=(3,))),
        "columns_hidden.xlsx": packed(
            one(TABLE, before='<cols><col min="4" max="16384" hidden="1"/></cols>')
        ),
        "error_cells.xlsx": packed(one(failed)),
        "share_shown_as_per_cent.xlsx": packed(one(shown) | {"xl/styles.xml": per_cent}),
        "formula_without_value.xlsx": packed(one(empty_formula)),
        "formula_with_value.xlsx": packed(one(run)),
        "merged_down.xlsx": packed(
            one(merged, after='<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>')
        ),
        "raised_in_place.xlsx": packed(one([TABLE[0], [*TABLE[1][:2], in_place, "10%"], TABLE[2]])),
        "raised_figure.xlsx": packed(one(raised) | {"xl/sharedStrings.xml": strings}),
        "month_as_date.xlsx": packed(one(with_month(42156))),
        "month_serial_60.xlsx": packed(one(with_month(60))),
        "month_as_number.xlsx": packed(one([*TABLE, [42156, "East", 9, "5%"]])),
        "count_as_text.xlsx": packed(one([*TABLE, ["Jun-15", "East", "9", "5%"]])),
        "days_from_1904.xlsx": packed(book({"Contacts": good}, properties=DATE_1904)),
        "macros.xlsm": packed(whole | {"xl/vbaProject.bin": b"\0"}),
        "links.xlsx": packed(whole | {"xl/externalLinks/externalLink1.xml": "<externalLink/>"}),
        "connections.xlsx": packed(whole | {"xl/connections.xml": "<connections/>"}),
        "value_in_the_last_cell.xlsx": packed(one(TABLE, more=far)),
        "formats_to_the_last_row.xlsx": packed(one(TABLE, more=formats)),
        "entities.xlsx": packed(whole | {"xl/sharedStrings.xml": doctype + "<sst>&b;</sst>"}),
        "entities_hidden.xlsx": packed(whole | {"docProps/x.xml": doctype.encode("utf-16")}),
        "bomb.xlsx": packed(whole | {"xl/sharedStrings.xml": bytes(12_000_000)}, pack=True),
        "letter.xlsx": packed({"[Content_Types].xml": "<Types/>", "word/document.xml": "<document/>"}),
        "zip_of_csv.xlsx": packed({"contacts.csv": GOOD}),
        "cut_off.xlsx": packed(whole)[:-300],
        "member_damaged.xlsx": damaged(packed(whole)),
        "member_twice.xlsx": twice(whole),
        "workbook_called.csv": packed(whole),
        "workbook_called.xls": packed(whole),
    }


def damaged(content: bytes) -> bytes:
    """A zip whose sheet was changed after it was packed."""
    return content.replace(b"East", b"Esat", 1)


def twice(members: dict[str, str | bytes]) -> bytes:
    """A zip with two members of one name."""
    other = {"xl/workbook.xmm": members["xl/workbook.xml"]}
    return packed(members | other).replace(b"xl/workbook.xmm", b"xl/workbook.xml")


def ods(rows: str, encrypted: bool = False, columns: str = "", styles: str = "") -> bytes:
    """An OpenDocument sheet, Contacts, of these rows."""
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
        for short in ("office", "table", "text")
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    data = f'<manifest:manifest xmlns:manifest="urn:x">{"<manifest:encryption-data/>" if encrypted else ""}</manifest:manifest>'
    body = f'<office:spreadsheet><table:table table:name="Contacts">{columns}{rows}</table:table></office:spreadsheet>'
    return packed(
        {
            "mimetype": kind,
            "content.xml": f"<office:document-content {spaces}>{styles}<office:body>{body}</office:body></office:document-content>",
            "META-INF/manifest.xml": data,
        }
    )


SIZES = (
    '<office:automatic-styles xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0">'
    + "".join(
        f'<style:style style:name="{name}" style:family="table-{kind}"><style:table-{kind}-properties style:{size}/></style:style>'
        for name, kind, size in (
            ("ro1", "row", 'row-height="0.45cm"'),
            ("ro2", "row", 'row-height="0cm"'),
            ("co1", "column", 'column-width="2cm"'),
            ("co2", "column", 'column-width="0.00in"'),
        )
    )
    + "</office:automatic-styles>"
)


def ods_rows(rows: list[list[object]], repeat: str = "") -> str:
    told = ["".join(ods_cell(cell) for cell in row) for row in rows]
    return "".join(f"<table:table-row{repeat}>{cells}</table:table-row>" for cells in told)


def ods_cell(cell: object) -> str:
    if str(cell).startswith("<"):
        return str(cell)
    given = (
        f'office:value-type="float" office:value="{cell}"'
        if isinstance(cell, int)
        else 'office:value-type="string"'
    )
    return f"<table:table-cell {given}><text:p>{escape(str(cell))}</text:p></table:table-cell>"


def open_documents() -> dict[str, bytes]:
    """Workbooks in OpenDocument's format."""
    failed = '<table:table-cell table:formula="of:=1/0" office:value-type="string"><text:p>#DIV/0!</text:p></table:table-cell>'
    alone = '<table:table-cell table:formula="of:=SUM([.C2:.C3])"/>'
    many = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="900" office:value-type="float" office:value="1"/></table:table-row>'
    shown = '<table:table-cell office:value-type="percentage" office:value="0.125"><text:p>12.5%</text:p></table:table-cell>'
    after = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    return {
        "whole.ods": ods(ods_rows(TABLE) + after),
        "error_cells.ods": ods(ods_rows([*TABLE, ["Jun-15", "East", failed, "5%"]])),
        "formula_without_value.ods": ods(ods_rows([*TABLE, ["Jun-15", "East", alone, "5%"]])),
        "rows_hidden.ods": ods(ods_rows(TABLE[:2]) + ods_rows(TABLE[2:], ' table:visibility="collapse"')),
        "rows_without_height.ods": ods(
            '<table:table-column table:style-name="co1"/><table:table-column table:style-name="co2"/>'
            + ods_rows(TABLE[:2], ' table:style-name="ro1"')
            + ods_rows(TABLE[2:], ' table:style-name="ro2"'),
            styles=SIZES,
        ),
        "cells_repeated.ods": ods(ods_rows(TABLE) + many),
        "locked.ods": ods(ods_rows(TABLE), encrypted=True),
        "share_shown_as_per_cent.ods": ods(
            ods_rows([TABLE[0]])
            + ods_rows([["Apr-15", "East", 12, shown]])
            + ods_rows([["May-15", "West", 15, shown]])
        ),
    }


def record(kind: int, content: bytes = b"") -> bytes:
    """A record of a binary workbook: kind and length, seven bits to a byte."""
    return bytes([kind] if kind < 128 else [kind & 127 | 128, kind >> 7]) + bytes([len(content)]) + content


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def binary_cell(column: int, cell: object) -> bytes:
    cell, style = cell if isinstance(cell, tuple) else (cell, int(isinstance(cell, float)))
    place = struct.pack("<II", column, style)
    if isinstance(cell, int) and style:
        return record(2, place + struct.pack("<i", cell << 2 | 2))  # as Excel keeps small numbers
    if cell == "#N/A":
        return record(3, place + b"\x2a")
    if isinstance(cell, (int, float)):
        return record(5, place + struct.pack("<d", cell))
    return record(6, place + wide(str(cell)))


def binary_styles() -> bytes:
    """Four styles of cells: as it is written, as per cent, with `<6` in place of a small number, and struck through."""
    codes = {164: "0.0%", 165: '[<6]"<6";0'}
    formats = b"".join(record(44, struct.pack("<H", number) + wide(code)) for number, code in codes.items())
    font = struct.pack("<HHHHBBBB8sB", 220, 0, 400, 0, 0, 2, 0, 0, b"\x07\1" + bytes(6), 2) + wide("Calibri")
    fonts = record(43, font) + record(43, font[:2] + b"\x08" + font[3:])
    fills = record(603, struct.pack("<I", 1)) + record(45, bytes(4) + b"\3\x40" + bytes(62)) + record(604)
    line = record(46, bytes(51))
    borders = record(613, struct.pack("<I", 1)) + line + record(614)
    looks = ((0, 0), (164, 0), (165, 0), (0, 1))
    styles = [record(47, struct.pack("<HHHHHHI", 0, *look, 0, 0, 0, 0x3F0000)) for look in looks]
    parts = record(615, struct.pack("<I", 2)) + formats + record(616)
    parts += record(611, struct.pack("<I", 2)) + fonts + record(612) + fills + borders
    return (
        record(278) + parts + record(617, struct.pack("<I", 4)) + b"".join(styles) + record(618) + record(279)
    )


def binary_members(rows: list[list[object]], hidden: tuple[int, int] = (-1, -1)) -> dict[str, str | bytes]:
    """The members of a workbook in Excel's binary format; `hidden` a row and a column, counted from 0."""
    told = b""
    for number, row in enumerate(rows):
        flags = 0x1000 * (number == hidden[0])
        told += record(0, struct.pack("<IIHHBI", number, 0, 300, flags, 0, 0))
        told += b"".join(binary_cell(column, cell) for column, cell in enumerate(row))
    size = struct.pack("<IIII", 0, len(rows) - 1, 0, 3)
    column = record(60, struct.pack("<IIIIH", hidden[1], hidden[1], 2560, 0, 1)) if hidden[1] >= 0 else b""
    columns = record(390) + column + record(391) if column else b""
    sheet = record(129) + record(148, size) + columns + record(145) + told + record(146) + record(130)
    named = record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("Contacts"))
    targets = f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.bin"/>'
    return {
        "xl/workbook.bin": record(131) + record(143) + named + record(144) + record(132),
        "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{targets}</Relationships>',
        "xl/worksheets/sheet1.bin": sheet,
        "xl/styles.bin": binary_styles(),
    }


def biff(kind: int, content: bytes = b"") -> bytes:
    """A record of an old workbook: kind and length, two bytes each."""
    return struct.pack("<HH", kind, len(content)) + content


def old_cell(row: int, column: int, cell: object) -> bytes:
    """A number, a text, an error, or a number that is shown as per cent, which is a fraction here."""
    place = struct.pack("<HHH", row, column, int(isinstance(cell, float)))
    if isinstance(cell, int | float):
        return biff(0x0203, place + struct.pack("<d", cell))
    if cell == "#N/A":
        return biff(0x0205, place + struct.pack("<BB", 0x2A, 1))
    return biff(0x0204, place + struct.pack("<HB", len(str(cell)), 0) + str(cell).encode("latin-1"))


def old(rows: list[list[object]], styles: bytes = b"", hidden: bytes = b"") -> bytes:
    """A workbook in the format of Excel 97, with one sheet, Contacts."""
    begin = [biff(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 0, 0, 0)) for kind in (0x0005, 0x0010)]
    name = b"\x08\0Contacts"
    start = len(begin[0]) + len(styles) + len(biff(0x0085, bytes(6) + name)) + len(biff(0x000A))
    told = begin[0] + styles + biff(0x0085, struct.pack("<IBB", start, 0, 0) + name) + biff(0x000A) + begin[1]
    told += hidden
    told += b"".join(old_cell(r, c, cell) for r, row in enumerate(rows) for c, cell in enumerate(row)) + biff(
        0x000A
    )
    return compound("Workbook", told)


def old_formatted(formats: tuple[int, ...] = (0, 10)) -> bytes:
    """The same with a style of per cents, a row and a column that are hidden, and a failed formula."""
    styles = b"".join(biff(0x00E0, struct.pack("<HHH", 0, form, 0xFFF5) + bytes(14)) for form in formats)
    hidden = biff(0x007D, struct.pack("<HHHHHH", 1, 1, 2560, 0, 1, 0))
    hidden += biff(0x0208, struct.pack("<HHHHHHI", 1, 0, 4, 255, 0, 0, 0x20))
    row = ["Jun-15", "East", "#N/A", 0.05]
    return old([TABLE[0], [*TABLE[1][:3], 0.125], TABLE[2], row], styles, hidden)


def compound(name: str, stream: bytes) -> bytes:
    """A compound file of one stream: a header, then sectors of 512 bytes: table, folder, stream."""
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    count, end, free = len(stream) // 512, 0xFFFFFFFE, 0xFFFFFFFF
    table = [0xFFFFFFFD, end, *range(3, 2 + count), end]
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + bytes(6)
    )
    header += struct.pack("<IIIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0, 0) + struct.pack("<I", free) * 108
    sectors = struct.pack("<128I", *table, *[free] * (128 - len(table)))
    folder = (
        entry("Root Entry", 5, 1, end, 0)
        + entry(name, 2, free, 2, len(stream))
        + entry("", 0, free, 0, 0) * 2
    )
    return header + sectors + folder + stream


def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    """An entry of a compound file's folder."""
    wide_name = (name + "\0").encode("utf-16-le") if name else b""
    named = wide_name.ljust(64, b"\0") + struct.pack(
        "<HBBIII", len(wide_name), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child
    )
    return named + bytes(36) + struct.pack("<IQ", start, size)


# Signs that break readers, for fuzzing.
SIGNS = [b"", b"\0", b'"', b"\n", b";", b"<", b">", b"/>", b"&", b"=", b"'", b"\xff\xfe", b"\xc3", b"]]>", b"<f/>", b' r="XFD1048576"',
         b' t="e"', b' hidden="1"', b"99999999999", b"-1", b"#N/A", b"\xff\xff\xff\xff"]  # fmt: skip


def members_of(content: bytes) -> dict[str, bytes]:
    """The members of a zip."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return {name: book.read(name) for name in book.namelist()}


def everything() -> dict[str, bytes]:
    """Every broken file by name."""
    texts = {
        name: content if isinstance(content, bytes) else content.encode() for name, content in TEXTS.items()
    }
    row = ["Jun-15", "East", "#N/A", "5%"]
    masked = [
        TABLE[0],
        ["Apr-15", "East", (3, 2), 5],
        ["May-15", "West", (15, 2), 6],
        ["Jun-15", "West", (7, 3), 6],
    ]
    shown = [TABLE[0], *([*row[:3], 0.125] for row in TABLE[1:])]
    return (
        texts
        | workbooks()
        | open_documents()
        | {
            "error_cells.xlsb": packed(binary_members([*TABLE, row])),
            "formatted.xlsb": packed(binary_members(masked, hidden=(2, 3))),
            "share_shown_as_per_cent.xlsb": packed(binary_members(shown)),
            "whole.xls": old(TABLE),
            "formatted.xls": old_formatted(),
            "style_missing.xls": old_formatted((0,)),
        }
    )


if __name__ == "__main__":
    for name, content in everything().items():
        (HERE / name).write_bytes(content)
