// Search over all pages. The index is a script of its own (search-index.js), so that it works from a folder on disk.
{
  const dialog = document.querySelector("dialog.search");
  const opener = document.querySelector(".search-open");
  const input = dialog.querySelector("input");
  const told = dialog.querySelector(".search-said");
  const list = dialog.querySelector(".search-found");
  const MOST = 30;

  const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[’‘]/g, "'").toLowerCase();
  const tokens = (text) => folded(text).match(/[\p{L}\p{N}](?:[\p{L}\p{N}.,'-]*[\p{L}\p{N}])?/gu) ?? [];
  const pattern = (token) => new RegExp(`(?<![\\p{L}\\p{N}])${token.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`, "gu");
  // One list of texts: address, place, title and sentences of an entry, then an empty one
  const index = [];
  for (let texts = [...(globalThis.bscbSearchIndex ?? [])], start = 0, end; (end = texts.indexOf("", start)) > 0; start = end + 1) {
    const [address, place, title, ...sentences] = texts.slice(start, end);
    const words = sentences.map((said) => (/[.!?:;,…]$/.test(said) ? said : `${said}.`)).join(" ");
    index.push({ address, place, title, words, foldedTitle: folded(title), foldedPlace: folded(place), foldedWords: folded(words) });
  }

  // A place that has the very name comes before all others, and chapters before appendices.
  function score(entry, patterns, asked) {
    let sum = (entry.foldedTitle.replace(/^[\w.]+ /, "") === asked ? 10 : 0) - (entry.foldedPlace.startsWith("appendix") ? 3 : 0);
    for (const found of patterns) {
      const inTitle = (entry.foldedTitle.match(found) ?? []).length;
      const inWords = (entry.foldedWords.match(found) ?? []).length;
      const inPlace = found.test(entry.foldedPlace) ? 1 : 0;
      found.lastIndex = 0;
      if (!inTitle && !inWords && !inPlace) return -Infinity;
      sum += 10 * Math.min(inTitle, 1) + Math.min(inWords, 5) + inPlace;
    }
    return sum;
  }

  function marked(text, patterns) {
    const low = folded(text);
    if (low.length !== text.length) return [text];
    const spans = patterns.flatMap((found) => [...low.matchAll(found)].map((hit) => [hit.index, hit.index + hit[0].length]));
    spans.sort((a, b) => a[0] - b[0]);
    const parts = [];
    let end = 0;
    for (const [from, to] of spans) {
      if (from < end) continue;
      parts.push(text.slice(end, from), made("mark", {}, text.slice(from, to)));
      end = to;
    }
    return [...parts, text.slice(end)];
  }

  function excerpt(entry, patterns) {
    const places = patterns.map((found) => entry.foldedWords.search(found)).filter((place) => place >= 0);
    const around = Math.max(0, (places.length ? Math.min(...places) : 0) - 60);
    const start = around ? entry.words.indexOf(" ", around) + 1 : 0;
    const text = entry.words.slice(start, start + 180);
    const cut = start + 180 < entry.words.length ? text.slice(0, text.lastIndexOf(" ")) + " …" : text;
    return (start ? "… " : "") + cut;
  }

  function shown(entry, patterns) {
    const [page, anchor] = entry.address.split("#");
    const address = `${page}?find=${encodeURIComponent(input.value.trim())}${anchor ? "#" + anchor : ""}`;
    const link = made("a", { href: address }, ...marked(entry.title, patterns));
    const item = made("li", {}, link);
    if (entry.words) item.append(made("p", {}, ...marked(excerpt(entry, patterns), patterns)));
    if (entry.place !== entry.title) item.append(made("p", { class: "search-where" }, entry.place));
    return item;
  }

  function search() {
    const patterns = tokens(input.value).map(pattern);
    const asked = folded(input.value.trim());
    const scored = patterns.length ? index.map((entry) => [score(entry, patterns, asked), entry]) : [];
    const found = scored.filter(([points]) => points > -Infinity).sort((a, b) => b[0] - a[0]).map(([, entry]) => entry);
    list.replaceChildren(...found.slice(0, MOST).map((entry) => shown(entry, patterns)));
    const count = `${found.length} ${found.length === 1 ? "place" : "places"} found`;
    told.textContent = !patterns.length ? "" : found.length > MOST ? `${count}; the first ${MOST} are shown` : count;
  }

  // Escape would first empty the words, and close only when pressed again.
  function leave(event) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    dialog.close();
  }

  // The arrows walk from the words to what was found and back; Tab does too.
  function walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const links = [...list.querySelectorAll("a")];
    if (!step || !links.length) return;
    event.preventDefault();
    const place = links.indexOf(document.activeElement) + step;
    (place < 0 ? input : (links[place] ?? links.at(-1))).focus();
  }

  function showFound() {
    const words = new URLSearchParams(location.search).get("find");
    const target = targetOfAddress() ?? document.querySelector("main");
    if (!words || !target || !("highlights" in CSS)) return;
    const patterns = tokens(words).map(pattern);
    const walker = document.createTreeWalker(target, NodeFilter.SHOW_TEXT);
    const ranges = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const low = folded(node.data);
      if (low.length !== node.data.length || node.parentElement.closest("svg, button")) continue;
      for (const hit of patterns.flatMap((found) => [...low.matchAll(found)])) {
        const range = new Range();
        range.setStart(node, hit.index);
        range.setEnd(node, hit.index + hit[0].length);
        ranges.push(range);
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
    const visible = ranges.some((range) => !range.startContainer.parentElement.closest("details:not([open])"));
    if (ranges.length && !visible) openAround(ranges[0].startContainer.parentElement);
  }

  if (index.length) {
    opener.hidden = false;
    opener.addEventListener("click", () => dialog.showModal());
    dialog.querySelector(".search-close").addEventListener("click", () => dialog.close());
    dialog.addEventListener("keydown", walk);
    dialog.addEventListener("keydown", leave);
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    input.addEventListener("input", search);
    showFound();
  }
}
