// Charts of how attempts went: lines of plain SVG, each with its numbers in a table for those who do not see it.
import { el } from "./page.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 600;
const HEIGHT = 120;

// The charts of the success rate and of the time to a verdict.
export function seriesView(items) {
  if (!items.length) return el("p", { class: "quiet" }, "No attempt in the last two hours.");
  const rate = items.map((one) => (one.per_thousand === null ? null : one.per_thousand / 10));
  const slow = items.map((one) => one.seconds_p95);
  return el("div", { class: "charts" },
    lineChart("Success rate, last two hours", rate, 100, "%", items), lineChart("Time to success, 95 % within", slow,
      Math.max(10, ...slow.filter((each) => each !== null)), "s", items));
}

function lineChart(title, values, most, unit, items) {
  const known = values.filter((each) => each !== null);
  const latest = known.length ? `${known[known.length - 1]} ${unit}` : "none";
  const chart = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}: latest ${latest}` },
    svg("line", { x1: 0, x2: WIDTH, y1: HEIGHT - 1, y2: HEIGHT - 1, class: "axis" }),
    svg("polyline", { points: points(values, most, items), class: "curve" }),
    ...dots(values, most, items));
  const rows = items.map((one, index) => el("tr", {}, el("td", {}, clockOf(one.at)), el("td", {}, String(one.attempts)),
    el("td", {}, values[index] === null ? "–" : `${values[index]} ${unit}`)));
  return el("figure", {}, el("figcaption", {}, el("b", {}, title), ` · latest ${latest} · top ${most} ${unit}`), chart,
    el("details", {}, el("summary", {}, "Numbers"), el("table", { class: "list" }, el("thead", {}, el("tr", {},
      ...["From (IST)", "Attempts", unit].map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, ...rows))));
}

// Where a value of a time is drawn.
function spot(value, most, at, items) {
  const [first, last] = [Date.parse(items[0].at), Date.parse(items[items.length - 1].at)];
  const x = last === first ? WIDTH / 2 : 8 + ((Date.parse(at) - first) / (last - first)) * (WIDTH - 16);
  return [Math.round(x), Math.round(HEIGHT - 8 - (Math.min(value, most) / most) * (HEIGHT - 16))];
}

function points(values, most, items) {
  return values.flatMap((value, index) => (value === null ? [] : [spot(value, most, items[index].at, items).join(",")])).join(" ");
}

function dots(values, most, items) {
  return values.flatMap((value, index) => {
    if (value === null) return [];
    const [cx, cy] = spot(value, most, items[index].at, items);
    return [svg("circle", { cx, cy, r: 3, class: "dot" })];
  });
}

function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function clockOf(at) {
  return new Date(at).toLocaleTimeString("en-GB", { timeZone: "Asia/Kolkata", hour: "2-digit", minute: "2-digit" });
}
