// Shows the numbers under the pointer, from the table that each chart carries; without it the page reads the same.
for (const figure of document.querySelectorAll("figure.chart")) {
  const svg = figure.querySelector("svg"), axes = svg.querySelector("[data-axes]");
  const head = [...figure.querySelectorAll("thead th")].map((cell) => cell.textContent);
  const rows = [...figure.querySelectorAll("tbody tr")].map((row) => [...row.children].map((cell) => cell.textContent));
  if (!axes || !rows.length) continue;
  const [left, right, top, bottom, from, to] = axes.dataset.axes.split(" ").map(Number);
  const room = svg.viewBox.baseVal;
  // One tip is enough: marks have titles for pages without this script.
  for (const title of svg.querySelectorAll("circle > title, polyline > title")) title.remove();
  const rule = document.createElementNS(svg.namespaceURI, "line");
  rule.setAttribute("class", "rule");
  const tip = document.createElement("div");
  tip.className = "hover";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  svg.parentElement.append(tip);
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const x = from + (((event.clientX - box.left) / box.width) * room.width - left) / (right - left) * (to - from);
    const near = rows.reduce((best, row) => (Math.abs(row[0] - x) < Math.abs(best[0] - x) ? row : best));
    const place = left + (near[0] - from) / (to - from) * (right - left);
    for (const [name, value] of Object.entries({ x1: place, x2: place, y1: top, y2: bottom })) rule.setAttribute(name, value);
    svg.append(rule);
    tip.replaceChildren(...near.map((value, i) => {
      const line = document.createElement("div");
      line.textContent = i ? `${head[i]}  ${value || "–"}` : `${head[0]} ${value}`;
      return line;
    }));
    tip.hidden = false;
    tip.classList.toggle("before", place > room.width / 2);
    tip.style.left = `${(box.width * place) / room.width}px`;
  });
  svg.addEventListener("pointerleave", () => { tip.hidden = true; rule.remove(); });
}
