// Select a number and see where it comes from. The data is in assets/cards/<page>.js; without it, or without a script,
// every number is a link to its row in the appendix.
"use strict";

(() => {
  const told = window.bscbCards;
  if (!told || !window.HTMLDialogElement) return;
  const narrow = matchMedia("(max-width: 599px)");
  let opener = null;

  // What many cards say alike stands once, in a list; a card says its place there.
  const SHARED = ["cited", "definition", "how", "label", "parts", "provenance", "tables", "vintage", "where"];
  for (const cards of [told.cards, ...Object.values(told.figures)]) {
    for (const card of Object.values(cards)) {
      for (const name of SHARED) if (name in card) card[name] = told.shared[card[name]];
    }
  }

  // ---- small helpers: text is only ever set as text ----

  function make(tag, attributes = {}, ...inside) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...inside.filter((part) => part !== null && part !== ""));
    return element;
  }

  const link = (text, address) => (address ? make("a", { href: address }, text) : text);
  const plural = (rows) => (/[,–]|more/.test(rows) ? "rows" : "row");

  // ---- what a card says ----

  const MONTHS = "January February March April May June July August September October November December".split(" ");
  const LICENCES = { "OGL-3.0": "Open Government Licence v3.0" };

  // `2016-10-14` as `14 October 2016`; a year alone as it is.
  function day(text) {
    const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
    return found ? `${Number(found[3])} ${MONTHS[Number(found[2]) - 1]} ${found[1]}` : text;
  }

  const sentence = (text) => text && `${text[0].toUpperCase()}${text.slice(1)}.`;

  function place([name, sheet, rows]) {
    const paper = told.files[name] || {};
    const where = [sheet && `sheet ${sheet}`, rows && `${plural(rows)} ${rows}`].filter(Boolean).join(", ");
    const dates = [paper.published && `published ${day(paper.published)}`, paper.accessed && `received ${day(paper.accessed)}`];
    const about = [paper.publisher, paper.title].filter(Boolean).join(", ");
    const licence = paper.licence && `Licence: ${LICENCES[paper.licence] || paper.licence}.`;
    const more = [sentence(dates.filter(Boolean).join(", ")), licence].filter(Boolean).join(" ");
    const file = make("span", { class: "card-file" }, "File ", link(name, paper.page), where ? `, ${where}` : "");
    return make("div", { class: "card-place" }, make("p", {}, about), make("p", {}, file), more ? make("p", { class: "card-quiet" }, more) : "");
  }

  function counted(card) {
    const known = card.definition;
    if (!known) return "";
    const over = known.divided_by ? `, divided by ${known.divided_by}` : "";
    return [known.counted && sentence(`${known.counted}${over}`), known.source && `${known.source}.`].filter(Boolean).join(" ");
  }

  // Only for those who hold a number against its file: a Board member has no need of it.
  function checking(card) {
    const known = card.definition;
    const code = (text) => make("code", {}, text);
    const said = [
      known && ["Definition ", code(known.id), known.version ? `, version ${known.version}` : ""],
      (card.tables || []).length && ["Processed tables ", code(card.tables.join(", "))],
      ...(card.rows || []).map(([name]) => (told.files[name] || {}).sha256 && [`SHA-256 of ${name} `, code(told.files[name].sha256)]),
    ].filter(Boolean);
    if (!said.length) return null;
    const parts = said.map((part) => make("p", {}, ...part));
    return make("details", { class: "card-checking" }, make("summary", {}, "For checking: definition, tables and files"), ...parts);
  }

  const TWO_NUMBERS = /^from .+ to |^\S+ (less|divided by) /;

  function lines(card) {
    const counts = card.parts_withheld ? "not shown: something of this table is withheld" : card.parts;
    const badge = make("span", { class: `badge badge-${card.provenance}` }, told.provenance[card.provenance] || "");
    return [
      ["Withheld", card.withheld ? "It rests on a small count of children. Neither it nor what it is made of is shown." : null],
      ["Kind of data", card.provenance ? make("p", {}, badge, card.vintage ? ` ${card.vintage}` : "") : card.vintage],
      ["What is counted", counted(card)],
      ["How it is worked out", card.how],
      [TWO_NUMBERS.test(card.parts) ? "Made from" : "Numerator and denominator", counts],
      ["Comes from", card.rows && card.rows.length ? make("div", {}, ...card.rows.map(place)) : null],
      ["First printed in", (card.cited || []).join("; ")],
      ["In other editions", (card.editions || []).join(" ")],
      ["Corrected", (card.corrections || []).join("; ")],
    ].filter(([, said]) => said);
  }

  function list(card) {
    const rows = lines(card).map(([name, said]) => make("div", {}, make("dt", {}, name), make("dd", {}, said)));
    return make("div", {}, make("dl", { class: "card-lines" }, ...rows), checking(card));
  }

  function title(text, card) {
    const kind = text.length > 20 ? "card-value card-words" : "card-value";
    return [make("span", { class: kind }, text), " ", make("span", { class: "card-label" }, card.label)];
  }

  function part(card) {
    const head = make("h3", {}, `${card.label}, ${card.where}`);
    return make("section", {}, head, list(card));
  }

  // ---- the one dialog ----

  const heading = make("h2", { id: "card-title", tabindex: "-1", autofocus: "" });
  const where = make("p", { class: "card-where" });
  const body = make("div", { class: "card-body" });
  const close = make("button", { type: "button", class: "card-close" }, "Close");
  const dialog = make("dialog", { class: "card", "aria-labelledby": "card-title" }, close, heading, where, body);
  document.body.append(dialog);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => opener && opener.focus({ preventScroll: true }));

  // Beside the number where there is room; a phone shows it along its lower edge, by style alone.
  function settle() {
    ["left", "top", "max-height"].forEach((name) => dialog.style.removeProperty(name));
    if (narrow.matches) return;
    const [at, edge] = [opener.getBoundingClientRect(), 16];
    const [above, below] = [at.top - 2 * edge, innerHeight - at.bottom - 2 * edge];
    const under = below >= Math.min(dialog.offsetHeight, above);
    dialog.style.maxHeight = `${Math.min(dialog.offsetHeight, Math.max(under ? below : above, 260))}px`;
    const top = under ? at.bottom + edge / 2 : at.top - dialog.offsetHeight - edge / 2;
    dialog.style.top = `${Math.max(edge, Math.min(top, innerHeight - dialog.offsetHeight - edge))}px`;
    dialog.style.left = `${Math.max(edge, Math.min(at.left, innerWidth - dialog.offsetWidth - edge))}px`;
  }

  function show(from, text, card, others, register) {
    opener = from;
    heading.replaceChildren(...title(text, card));
    where.textContent = card.where || "";
    const all = register ? make("p", { class: "card-all" }, link("All numbers of this report", register)) : "";
    body.replaceChildren(...[...others, all].filter(Boolean));
    dialog.showModal();
    settle();
    heading.focus({ preventScroll: true });
    dialog.scrollTop = 0;
  }

  function press(element, action) {
    element.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      action();
    });
    if (element.tagName === "BUTTON") return;
    element.addEventListener("keydown", (event) => {
      if (event.key === " " || (event.key === "Enter" && element.tagName !== "A")) {
        event.preventDefault();
        action();
      }
    });
  }

  // ---- numbers in the text ----

  function keys(data) {
    const own = [data.fact, data.area, data.year, ...(data.period === undefined ? [] : [data.category, data.period])];
    const found = [own.join("|")];
    if (data.since) found.push([data.fact, data.area, data.since].join("|"));
    if (data.other) found.push([data.other, data.area, data.year].join("|"));
    return found;
  }

  const WORKED = { change_pct: "The change in per cent between the two numbers below", difference: "The difference of the two numbers below", span: "From the first number below to the second" };

  function readyFact(fact) {
    const cards = keys(fact.dataset).map((key) => told.cards[key]);
    if (cards.some((card) => !card)) return;
    const pressed = fact.closest("a.fact-link") || fact;
    if (fact.closest("summary, button, svg") || (pressed === fact && fact.closest("a"))) return;
    pressed.setAttribute("role", "button");
    pressed.setAttribute("aria-haspopup", "dialog");
    pressed.setAttribute("tabindex", "0");
    pressed.classList.add("fact-link");
    const register = pressed.getAttribute("href");
    press(pressed, () => {
      const how = WORKED[fact.dataset.how];
      const inside = how ? [make("p", {}, `${how}.`), ...cards.map(part)] : [list(cards[0])];
      show(pressed, fact.textContent, cards[0], inside, register);
    });
  }

  // ---- cells of the tables: one stop of the Tab key a table, arrows within ----

  const shownFrom = new Map();
  const MOVES = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };

  function readyCell(cell, card) {
    const row = cell.parentElement.cells[0].textContent;
    const column = cell.closest("table").tHead.rows[0].cells[cell.cellIndex].textContent;
    const button = make("button", { type: "button", class: "cell-card", "aria-haspopup": "dialog", tabindex: "-1" });
    const text = cell.textContent;
    button.textContent = text;
    cell.replaceChildren(button);
    const said = [row, column, ...(card.where || "").split(", ")].filter(Boolean);
    const named = { ...card, where: [...new Set(said)].join(", ") };
    shownFrom.set(button, (from) => show(from, text, named, [list(named)], null));
    press(button, () => shownFrom.get(button)(button));
  }

  function move(table, button, [down, right]) {
    let [row, column] = [button.closest("tr").rowIndex, button.closest("td, th").cellIndex];
    for (let step = 0; step < 200; step += 1) {
      [row, column] = [row + down, column + right];
      const cell = table.rows[row] && table.rows[row].cells[column];
      if (!cell) return;
      const next = cell.querySelector(".cell-card");
      if (!next) continue;
      button.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
      return;
    }
  }

  // Said once on a page, at its first table; those who listen hear it at every table.
  function hint(table) {
    const said = "Select a number to see where it comes from. By keyboard, the arrow keys move between numbers.";
    if (!document.getElementById("card-hint")) {
      table.parentElement.after(make("p", { class: "card-hint", id: "card-hint" }, said));
    }
    table.setAttribute("aria-describedby", "card-hint");
  }

  function readyTable(table, cells) {
    for (const [at, card] of Object.entries(cells)) {
      const [row, column] = at.split(",").map(Number);
      const cell = table.tBodies[0].rows[row] && table.tBodies[0].rows[row].cells[column];
      if (cell && cell.textContent) readyCell(cell, card);
    }
    const first = table.querySelector(".cell-card");
    if (!first) return;
    first.tabIndex = 0;
    table.addEventListener("keydown", (event) => {
      if (!MOVES[event.key] || !event.target.classList.contains("cell-card")) return;
      event.preventDefault();
      move(table, event.target, MOVES[event.key]);
    });
    hint(table);
  }

  // ---- points of a chart: the card of the cell that holds the same value under the same names ----

  function isOf(button, { panel, series, category, value }) {
    const cell = button.closest("td, th");
    const head = cell.closest("table").tHead.rows[0].cells[cell.cellIndex].textContent;
    const names = [head, ...[...cell.parentElement.cells].map((beside) => beside.textContent)];
    const parts = new Set(names.flatMap((name) => [name, ...name.split(", ")]));
    return button.textContent === value && [panel, series, category].filter(Boolean).every((name) => parts.has(name));
  }

  document.addEventListener("chart-point", (event) => {
    const cells = [...event.target.closest(".figure-body").querySelectorAll(".cell-card")];
    const found = cells.filter((button) => isOf(button, event.detail.mark.dataset));
    if (found.length === 1) shownFrom.get(found[0])(event.detail.from);
  });

  document.querySelectorAll("main .fact[data-fact]").forEach(readyFact);
  for (const [key, cells] of Object.entries(told.figures)) {
    const figure = document.getElementById(`figure-${key}`) || document.getElementById(`table-${key}`);
    const table = figure && figure.querySelector("table.data-table");
    if (table) readyTable(table, cells);
  }
})();
