// Neutral marks beside ways to pay: own drawings and initials, nobody's logo.
import { el } from "./page.js";

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  upi_qr: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM18 14h2v6h-4v-2h2z",
  upi_intent: "M8 2.5h8a1 1 0 0 1 1 1v17a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1v-17a1 1 0 0 1 1-1zM11 18.5h2",
  upi_collect: "M3 6h18v12H3zM7 14h6M7 10h10",
  card: "M3 6h18v12H3zM3 10h18M6 15h4",
  lock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
  wallet: "M4 7h16v12H4zM4 7l11-3v3M15 13h2",
  netbanking: "M3 9.5L12 4l9 5.5H3zM6 10v7M10 10v7M14 10v7M18 10v7M3 20h18",
};

function drawing(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

// A line that says where what is entered goes.
export function safe(text) {
  return el("p", { class: "quiet safe" }, drawing("lock"), text);
}

function initials(label) {
  const parts = label.split(/[\s(]+/).filter((part) => /^[A-Za-z]/.test(part));
  return (parts.length > 1 ? parts[0][0] + parts[1][0] : (parts[0] || "•").slice(0, 2)).toUpperCase();
}

// The mark of a way to pay: initials of an app, bank, wallet or card, or a drawing of the method.
export function mark(item) {
  const named = item.app || item.bank || item.wallet || item.instrument_id;
  const content = named && item.kind !== "card" ? initials(item.label) : drawing(item.kind);
  return el("span", { class: "mark-tile", "aria-hidden": "true" }, content);
}
