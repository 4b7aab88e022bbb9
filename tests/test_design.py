"""The palette as it is written: text at 4.5 to 1 and what is drawn at 3 to 1, in light and in dark."""

import re
from itertools import combinations, pairwise

import pandas as pd
import pytest

from bscbdata.figures import style
from bscbdata.publish.book import ASSETS

TEXT = [("ink", "paper"), ("ink", "tint"), ("muted", "paper"), ("muted", "tint"), ("link", "paper"), ("link", "tint"),
        ("lead", "paper"), ("link-hover", "current"), ("ink", "current"), ("masthead-ink", "masthead"), ("found-ink", "found"), ("focus-ink", "focus")]  # fmt: skip
DRAWN = [("edge", "paper"), ("edge", "tint"), *((f"chart-{number}", "figure-paper") for number in range(1, 9)), ("chart-context", "figure-paper")]  # fmt: skip


def palette(scheme):
    """Every colour variable of the two style sheets, those of the dark over those of the light."""
    found = {}
    for name in ("book.css", "figures.css"):
        text = (ASSETS / name).read_text(encoding="utf8")
        light = re.search(r"^:root \{(.*?)\n\}", text, flags=re.S | re.M)[1]
        dark = re.search(r"prefers-color-scheme: dark\) \{\s*:root \{(.*?)\}", text, flags=re.S)[1]
        for part in (light, dark) if scheme == "dark" else (light,):
            found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part))
    return found


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("pair", "least"), [*((pair, 4.5) for pair in TEXT), *((pair, 3) for pair in DRAWN)])
def test_colours_stand_out_from_what_they_lie_on(scheme, pair, least):
    colours = palette(scheme)
    assert contrast(*(colours[name] for name in pair)) >= least


def test_parts_of_a_bar_are_apart_in_grey_print():
    frame = pd.DataFrame({"month": ["May"] * 4, "part": list("abcd"), "count": [6, 7, 8, 9]})
    drawn = style.stacked(frame, "month", "count", "part", "Count").to_dict()
    colours = drawn["encoding"]["color"]["scale"]["range"]
    assert len(colours) == 4
    for one, other in combinations(colours, 2):
        assert contrast(one, other) >= 1.6, "any two can be told apart in the legend"
    for lower, upper in pairwise(colours):
        assert contrast(lower, upper) >= 1.75, "and more so where they meet"


def test_contrast_is_measured_as_wcag_defines_it():
    assert contrast("#000000", "#ffffff") == pytest.approx(21) and contrast(
        "#767676", "#ffffff"
    ) == pytest.approx(4.54, abs=0.01)


def test_the_measures_that_the_style_sheet_states_are_those_of_its_colours():
    said = re.search(
        r"Contrast, measured.*?\*/", (ASSETS / "book.css").read_text(encoding="utf8"), flags=re.S
    )[0]
    for pair in (
        ("ink", "paper"),
        ("muted", "paper"),
        ("muted", "tint"),
        ("link", "paper"),
        ("masthead-ink", "masthead"),
    ):
        for scheme in ("light", "dark"):
            colours = palette(scheme)
            assert f"{contrast(*(colours[name] for name in pair)):.1f}" in said, (pair, scheme)
