"""What the pages of one sheet say that its values do not."""

from dataclasses import dataclass, field


@dataclass
class Inside:
    """What the pages of one sheet say. Rows are numbered from 1; columns by position, from 0."""

    rows: int = 0
    columns: int = 0
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    without_value: list[tuple[int, int]] = field(default_factory=list)
    per_cents: list[tuple[int, int]] = field(default_factory=list)
    pounds: list[tuple[int, int]] = field(default_factory=list)
    masked: dict[tuple[int, int], str] = field(default_factory=dict)
    struck: list[tuple[int, int]] = field(default_factory=list)
    raised: dict[tuple[int, int], str] = field(default_factory=dict)
    coloured: list[tuple[int, int]] = field(default_factory=list)
    unseen: list[tuple[int, int]] = field(default_factory=list)
    may_hide: list[str] = field(default_factory=list)
    links: str = ""
    comments: bool = False
    text_boxes: bool = False
    from_1904: bool = False
    cannot_tell: str = ""
