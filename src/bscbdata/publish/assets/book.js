// The page: links into closed parts, printing, the place in the contents, links to copy. Pages are whole without it.
"use strict";

// A link into a closed part opens it; so does printing.
function openAround(element) {
  for (let part = element; part; part = part.parentElement) {
    if (part.tagName === "DETAILS") part.open = true;
  }
}

function targetOfAddress() {
  return document.getElementById(decodeURIComponent(location.hash.slice(1)));
}

function openTarget() {
  const target = targetOfAddress();
  if (target) openAround(target);
}

addEventListener("hashchange", openTarget);
openTarget();

let closedForPrint = [];
addEventListener("beforeprint", () => {
  closedForPrint = [...document.querySelectorAll("main details:not([open]):not(.page-menu):not(.figure-data)")];
  closedForPrint.forEach((part) => (part.open = true));
});
addEventListener("afterprint", () => closedForPrint.forEach((part) => (part.open = false)));

// A list of chapters longer than the window shows the one that is open.
const sidebar = document.querySelector(".sidebar");
const here = sidebar?.querySelector("[aria-current]");
if (here) sidebar.scrollTop = here.offsetTop + here.offsetHeight - sidebar.clientHeight / 2;

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

function made(tag, attributes = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inside);
  return element;
}

// ---- links to copy ------------------------------------------------------------------------------------------------

const said = made("p", { class: "unseen", role: "status" });
document.body.append(said);

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = made("textarea", { class: "unseen" });
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}

function copyButton(anchor, name) {
  const button = made("button", { type: "button", class: "copy-link", "aria-label": `Copy link to ${name}` }, "Copy link");
  button.addEventListener("click", async () => {
    const address = new URL(location.href);
    address.search = "";
    address.hash = anchor;
    await copyText(address.href);
    button.textContent = "Copied";
    said.textContent = `Link to ${name} copied`;
    setTimeout(() => (button.textContent = "Copy link"), 2500);
  });
  return button;
}

document.querySelectorAll("main section[id]").forEach((section) => {
  const heading = section.querySelector(":scope > h2, :scope > h3, :scope > h4");
  if (!heading) return;
  const button = copyButton(section.id, heading.textContent.trim());
  const row = made("div", { class: "with-copy" });
  heading.replaceWith(row);
  row.append(heading, button);
});

document.querySelectorAll("main .quarto-float[id]").forEach((float) => {
  const number = float.querySelector(".float-number");
  const tools = float.querySelector(".figure-download");
  if (number) (tools ?? float).append(copyButton(float.id, number.textContent));
});
