"""A headless browser for tests of pages: Debian's Chromium, Chrome, or what the variable CHROMIUM names."""

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# only faults are wanted, and the style sheets are not asked for again, which the policy of the pages would refuse
QUICK = {"resultTypes": ["violations"], "preload": False}
RULES = QUICK | {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = QUICK | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
needs_browser = pytest.mark.skipif(
    not CHROMIUM, reason="No Chromium found: put it on PATH or name it in the variable CHROMIUM."
)


def watched(context):
    """A new page of the context; what it said and asked for is in `page.said` and `page.asked`."""
    page = context.new_page()
    page.said, page.asked = [], []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    return page
