// Small comforts; the pages are whole without them.
"use strict";

// A link into a closed part opens it; so does printing.
function openAround(element) {
  for (let part = element; part; part = part.parentElement) {
    if (part.tagName === "DETAILS") part.open = true;
  }
}

function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target) openAround(target);
}

addEventListener("hashchange", openTarget);
openTarget();

let closedForPrint = [];
addEventListener("beforeprint", () => {
  closedForPrint = [...document.querySelectorAll("main details:not([open]):not(.page-menu)")];
  closedForPrint.forEach((part) => (part.open = true));
});
addEventListener("afterprint", () => closedForPrint.forEach((part) => (part.open = false)));

// The heading being read is marked in the contents of the page.
const entries = new Map();
document.querySelectorAll(".page-contents a").forEach((entry) => entries.set(entry.hash.slice(1), entry));
const seen = new IntersectionObserver(
  (changes) => {
    for (const change of changes) {
      if (!change.isIntersecting) continue;
      entries.forEach((entry) => entry.removeAttribute("aria-current"));
      entries.get(change.target.id)?.setAttribute("aria-current", "location");
    }
  },
  { rootMargin: "0px 0px -70% 0px" },
);
entries.forEach((entry, id) => {
  const section = document.getElementById(id);
  if (section) seen.observe(section);
});
