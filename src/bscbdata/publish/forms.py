"""The forms of a report: the pages, which are always made, and what can be made beside them."""

ALL = ("pdf", "word", "workbook", "data")


def parse_forms(text: str) -> tuple[str, ...]:
    """`pages,pdf,data` as the forms beside the pages, in the order of ALL; all of them when nothing is said.

    ValueError names the forms there are.
    """
    named = {part.strip() for part in text.split(",") if part.strip()}
    if unknown := sorted(named - {*ALL, "pages"}):
        raise ValueError(f"There is no form '{unknown[0]}'. There are: pages, {', '.join(ALL)}.")
    return tuple(form for form in ALL if form in named) if named else ALL
