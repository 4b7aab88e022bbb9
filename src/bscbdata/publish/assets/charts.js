// Charts that are drawn already gain values under the pointer and the arrow keys, and series that can be put aside.
// Every mark carries what it shows (data-series, data-category, data-value …), written from the published table.
{
  const centre = (mark, chart) => {
    const box = mark.getBoundingClientRect();
    const frame = chart.getBoundingClientRect();
    return { left: box.left - frame.left, top: box.top - frame.top, width: box.width, height: box.height };
  };
  const away = (box, x, y) =>
    Math.hypot(Math.max(box.left - x, 0, x - box.left - box.width), Math.max(box.top - y, 0, y - box.top - box.height));
  const isShown = (mark) => mark.style.visibility !== "hidden";

  function prepare(chart) {
    const marks = [...chart.querySelectorAll("[data-value]")];
    if (!marks.length) return;
    const label = chart.closest(".quarto-float")?.querySelector(".float-number")?.textContent ?? "the chart";
    const told = made("div", { class: "chart-value", hidden: "" });
    const ring = made("div", { class: "chart-ring", hidden: "" });
    const slider = made("div", {
      class: "chart-keys", role: "slider", tabindex: "0", "aria-label": `Values of ${label}`,
      "aria-valuemin": "1", "aria-valuemax": String(marks.length), "aria-valuenow": "1",
      "aria-description": "Press Enter to see where a value comes from.",
    });
    chart.append(ring, slider, told);
    let current = null;

    function words(mark) {
      const { panel, series, category, value } = mark.dataset;
      return [panel, series, category].filter(Boolean).join(", ") + `: ${value}`;
    }

    function rows(mark) {
      const beside = marks.filter(
        (other) => isShown(other) && other.dataset.category === mark.dataset.category && other.dataset.panel === mark.dataset.panel,
      );
      if (!mark.dataset.series) return [made("p", {}, made("strong", {}, mark.dataset.value))];
      return beside.map((other) => {
        const line = `${other.dataset.series}: ${other.dataset.value}`;
        return made("p", {}, other === mark ? made("strong", {}, line) : line);
      });
    }

    function show(mark) {
      current = mark;
      slider.setAttribute("aria-valuenow", String(marks.indexOf(mark) + 1));
      slider.setAttribute("aria-valuetext", words(mark));
      const heading = [mark.dataset.panel, mark.dataset.category].filter(Boolean).join(", ");
      told.replaceChildren(made("p", { class: "chart-category" }, heading), ...rows(mark));
      told.hidden = ring.hidden = false;
      const box = centre(mark, chart);
      Object.assign(ring.style, { left: `${box.left - 4}px`, top: `${box.top - 4}px`, width: `${box.width + 8}px`, height: `${box.height + 8}px` });
      const right = box.left + box.width + 12;
      const room = chart.clientWidth - told.offsetWidth;
      const left = right <= room ? right : box.left - told.offsetWidth - 12;
      told.style.left = `${Math.max(0, Math.min(left, room))}px`;
      told.style.top = `${Math.max(0, Math.min(box.top - 8, chart.clientHeight - told.offsetHeight))}px`;
    }

    function hide() {
      told.hidden = ring.hidden = true;
    }

    function nearest(event) {
      const frame = chart.getBoundingClientRect();
      const [x, y] = [event.clientX - frame.left, event.clientY - frame.top];
      const near = marks.filter(isShown).map((mark) => [away(centre(mark, chart), x, y), mark]).sort((a, b) => a[0] - b[0]);
      return near.length && near[0][0] < 48 ? near[0][1] : null;
    }

    function point(event) {
      if (told.contains(event.target)) return;
      const mark = nearest(event);
      mark ? show(mark) : hide();
    }

    // Right and left go along a series; down and up go to the next series at the same place.
    function step(event) {
      const shown = marks.filter(isShown);
      const at = current && isShown(current) ? current : shown[0];
      const same = shown.filter((mark) => mark.dataset.series === at.dataset.series && mark.dataset.panel === at.dataset.panel);
      const beside = shown.filter((mark) => mark.dataset.category === at.dataset.category);
      const single = same.length === shown.length || beside.length < 2;
      const along = { ArrowRight: 1, ArrowLeft: -1, ...(single && { ArrowDown: 1, ArrowUp: -1 }) }[event.key];
      const across = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const next = {
        Home: () => same[0],
        End: () => same.at(-1),
      }[event.key]?.() ?? (along ? (same.length > 1 ? same : shown) : across ? beside : null);
      if (!next) return;
      event.preventDefault();
      const line = Array.isArray(next) ? next : null;
      show(line ? (line[line.indexOf(at) + (along ?? across)] ?? at) : next);
    }

    // A point that is pressed asks for its card: cards.js answers, where a card is known.
    function ask(mark) {
      chart.dispatchEvent(new CustomEvent("chart-point", { bubbles: true, detail: { mark, from: slider } }));
    }

    function press(event) {
      if (event.key !== "Enter" || !current) return;
      event.preventDefault();
      ask(current);
    }

    function select(event) {
      const mark = told.contains(event.target) ? null : nearest(event);
      if (mark) ask(mark);
    }

    chart.addEventListener("click", select);
    slider.addEventListener("keydown", press);
    chart.addEventListener("pointermove", point);
    chart.addEventListener("pointerdown", point);
    chart.addEventListener("pointerleave", () => document.activeElement !== slider && hide());
    slider.addEventListener("focus", () => show(current && isShown(current) ? current : marks.find(isShown)));
    slider.addEventListener("blur", hide);
    slider.addEventListener("keydown", step);
    addEventListener("keydown", (event) => event.key === "Escape" && hide());
    slider.setAttribute("aria-valuetext", words(marks[0]));
  }

  // ---- series that can be put aside ----

  const svg = (tag, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(name, value);
    return element;
  };

  function swatch(marks) {
    const line = marks.find((mark) => mark.getAttribute("fill") === null || mark.getAttribute("stroke-dasharray") !== null || (mark.getAttribute("stroke") ?? "none") !== "none" && mark.dataset.value === undefined);
    const point = marks.find((mark) => mark.dataset.value !== undefined);
    const width = line ? 40 : 16;
    const drawn = svg("svg", { viewBox: `0 0 ${width} 16`, width, height: 16, "aria-hidden": "true", class: "swatch" });
    if (line) {
      drawn.append(svg("path", { d: "M0 8H40", stroke: line.getAttribute("stroke"), "stroke-width": 3, "stroke-dasharray": line.getAttribute("stroke-dasharray") }));
      if (point) drawn.append(svg("path", { d: point.getAttribute("d"), transform: "translate(20 8)", fill: point.getAttribute("fill") }));
    } else if (point) {
      drawn.append(svg("path", { d: "M0 0H16V16H0Z", fill: point.getAttribute("fill") }));
    }
    return drawn;
  }

  function withSeries(body) {
    const marks = [...body.querySelectorAll("[data-series]")].filter((mark) => mark.dataset.series);
    const drawn = [...body.querySelectorAll(".role-legend-label text")].map((label) => label.textContent);
    const there = [...new Set(marks.map((mark) => mark.dataset.series))];
    const names = [...new Set([...drawn.filter((name) => there.includes(name)), ...there])]; // in the order of the drawn legend
    if (names.length < 2) return;
    const group = made("div", { class: "chart-series", role: "group", "aria-label": "Series shown in this chart" });
    for (const name of names) {
      const own = marks.filter((mark) => mark.dataset.series === name);
      const button = made("button", { type: "button", "aria-pressed": "true" }, swatch(own), name);
      button.addEventListener("click", () => {
        const pressed = [...group.querySelectorAll("[aria-pressed=true]")];
        const on = button.getAttribute("aria-pressed") === "true";
        if (on && pressed.length === 1) return;
        button.setAttribute("aria-pressed", String(!on));
        own.forEach((mark) => (mark.style.visibility = on ? "hidden" : ""));
      });
      group.append(button);
    }
    body.querySelector(".chart").before(group);
    body.classList.add("has-series");
  }

  // The buttons say what the drawn legend says: where there is one its room is cut off, down to what is drawn below it.
  function withoutLegend(drawing) {
    const legends = [...drawing.querySelectorAll(".role-legend")];
    if (!legends.length || drawing.dataset.cut || !drawing.clientWidth) return;
    const [x, y, width, height] = drawing.getAttribute("viewBox").split(" ").map(Number);
    const scale = drawing.getBoundingClientRect().width / width;
    const top = drawing.getBoundingClientRect().top;
    legends.forEach((legend) => (legend.style.display = "none"));
    const left = [...drawing.querySelectorAll("text, [data-value]")].map((mark) => mark.getBoundingClientRect());
    const foot = Math.min(...left.filter((box) => box.height).map((box) => (box.top - top) / scale)) - 6;
    drawing.setAttribute("viewBox", `${x} ${y + foot} ${width} ${height - foot}`);
    drawing.setAttribute("height", height - foot);
    drawing.dataset.cut = "yes";
  }

  const cut = () => document.querySelectorAll(".has-series .chart > svg").forEach(withoutLegend);
  document.querySelectorAll(".figure-body").forEach(withSeries);
  document.querySelectorAll(".figure-body .chart").forEach(prepare);
  cut();
  addEventListener("resize", cut);
}
