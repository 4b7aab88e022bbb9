"""A headless browser for tests of pages: Debian's Chromium, Chrome, or what the variable CHROMIUM names."""

import os
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe

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
OF_COLOURS = ("color-contrast", "link-in-text-block")
COLOURS = QUICK | {"runOnly": {"type": "rule", "values": OF_COLOURS}}
NOT_COLOURS = RULES | {"rules": {rule: {"enabled": False} for rule in OF_COLOURS}}
# Marks one element of each style of words that is not among those seen, and gives those styles: all that decides on how
# its words stand out, of the element and of everything it stands in, and whether a link stands among other words. A style is
# told as two short numbers made of it (a multiplication and a turn for each letter): in full, thousands of them take longer
# to hand over than all else.
MARK_NEW_STYLES = """(seen) => {
  const known = new Set(seen), styles = new Map();
  const DECISIVE = ["color", "backgroundColor", "backgroundImage", "opacity", "filter", "mixBlendMode", "textShadow", "position",
    "fontWeight", "fontStyle", "textDecorationLine", "borderBottomStyle", "borderBottomColor"];
  const own = (part) => [...part.childNodes].some((one) => one.nodeType === Node.TEXT_NODE && one.data.trim());
  const inText = (link) => {
    let block = link.parentElement;
    while (getComputedStyle(block).display === "inline") block = block.parentElement;
    return [block, ...block.querySelectorAll("*")].some((one) => own(one) && !one.closest("a") && one.checkVisibility());
  };
  const short = (text) => {
    let one = 1, other = 2;
    for (let at = 0; at < text.length; at++) {
      one = Math.imul(one ^ text.charCodeAt(at), 2654435761), one ^= one >>> 15;
      other = Math.imul(other ^ text.charCodeAt(at), 1597334677), other ^= other >>> 13;
    }
    return `${one},${other}`;
  };
  const styleOf = (part) => {
    if (!part) return "";
    if (!styles.has(part)) {
      const computed = getComputedStyle(part);
      const large = [18.66, 24].findIndex((pixels) => parseFloat(computed.fontSize) < pixels); // as axe has it, bold and not
      const said = [part.localName, part.getAttribute("class"), large, ...DECISIVE.map((name) => computed[name])];
      const among = part.closest("a") === part && inText(part);
      styles.set(part, short([styleOf(part.parentElement), ...said, among].join("|")));
    }
    return styles.get(part);
  };
  const fresh = [];
  for (const part of document.body.querySelectorAll("*")) {
    delete part.dataset.newStyle;
    if (!own(part) || !part.checkVisibility() || known.has(styleOf(part))) continue;
    known.add(styleOf(part));
    fresh.push(styleOf(part));
    part.dataset.newStyle = "";
  }
  return fresh;
}"""
seen_styles = set()
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


def faults(page, rules=RULES, within=None):
    """What axe finds: each rule that is broken, with the first elements that break it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    asked = "([within, rules]) => axe.run(within || document, rules).then((found) => found.violations)"
    found = page.evaluate(asked, [within, rules])
    return [(fault["id"], [node["html"][:140] for node in fault["nodes"]][:4]) for fault in found]


def colour_faults(page):
    """The same of the colours alone, in each style of words once however often and on however many pages it stands."""
    new = page.evaluate(MARK_NEW_STYLES, sorted(seen_styles))
    seen_styles.update(new)
    return faults(page, COLOURS, {"include": [["[data-new-style]"]]}) if new else []


def faults_anywhere(page, widths=(1280, 768, 320)):
    """What axe finds on a page with all its parts open, by width and colour scheme; it may not scroll sideways."""
    page.evaluate("document.querySelectorAll('main details').forEach((part) => (part.open = true))")
    found = {}
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="light")
        found[width, "light"] = faults(page, NOT_COLOURS) + colour_faults(page)
        page.emulate_media(color_scheme="dark")
        found[width, "dark"] = colour_faults(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"scrolls sideways at {width}"
    return {place: said for place, said in found.items() if said}
