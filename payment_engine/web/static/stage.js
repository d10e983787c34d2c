// What the page shows below its header: one screen at a time. What was typed into a form survives
// a change of language, and a press that was meant for the last screen does nothing on the next.
import { el, fill } from "./page.js";
import { t } from "./texts.js";

const page = document.querySelector("main");
const stage = document.getElementById("stage");
const question = document.getElementById("question");
const MEANT_FOR_LAST_SCREEN = 400; // milliseconds, also for what stood where something moved

let make = null; // makes the elements of the screen
let drawnAt = 0;
let movedAt = -MEANT_FOR_LAST_SCREEN;

// ``elements()`` makes the screen, and makes it again in another language. ``alone``: without the
// order's summary beside it.
export function put(elements, { alone = false } = {}) {
  make = elements;
  drawnAt = performance.now();
  answer();
  page.classList.toggle("steps", !alone);
  fill(stage, ...make());
  const input = stage.querySelector("form input:not([type=checkbox]):not([type=radio])");
  const first = input || stage.querySelector("h2");
  if (first) first.focus({ preventScroll: true });
  scrollTo(0, 0);
}

// Makes the screen again, with what was typed into it.
export function redraw() {
  if (!make) return;
  const inputs = [...stage.querySelectorAll("input[id]")].map(({ id, value, checked }) => ({ id, value, checked }));
  const focused = document.activeElement && document.activeElement.id;
  fill(stage, ...make());
  for (const { id, value, checked } of inputs) {
    const input = document.getElementById(id);
    if (input) Object.assign(input, input.type === "checkbox" || input.type === "radio" ? { checked } : { value });
  }
  if (focused && document.getElementById(focused)) document.getElementById(focused).focus();
}

// Something changed its size though nobody pressed anything, so that what is below it moved.
export const layoutMoved = () => { movedAt = performance.now(); };

export const formOpen = () => Boolean(stage.querySelector("form.typed"));

export function disableButtons(disabled) {
  for (const button of stage.querySelectorAll("button, fieldset")) button.disabled = disabled;
}

// Asks before something that cannot be undone; the screen waits behind the question as it is.
export function ask({ title, text, yes, no }, onYes) {
  const before = document.activeElement;
  const leave = () => { answer(); if (before && before.isConnected) before.focus(); };
  const heading = el("h2", { tabindex: "-1", id: "question-title" }, title);
  const box = el("section", { class: "card choices", role: "group", "aria-labelledby": "question-title" }, heading,
    el("p", { class: "quiet" }, text), el("button", { type: "button", class: "main", onclick: leave }, no),
    el("button", { type: "button", class: "danger", onclick: () => { answer(); onYes(); } }, yes));
  stage.hidden = true;
  fill(question, box);
  drawnAt = performance.now();
  heading.focus();
}

function answer() {
  stage.hidden = false;
  fill(question);
}

export function heading(text) {
  return el("h2", { tabindex: "-1" }, text);
}

export function button(text, onclick, kind = "") {
  return el("button", { type: "button", class: kind, onclick }, text);
}

export function foot(buttons) {
  return el("div", { class: "foot" }, ...buttons);
}

export function spinner() {
  return el("div", { class: "spin", "aria-hidden": "true" });
}

export function otherMethod(back) {
  return button(t("other_method"), back);
}

// The second press of a double one, and a finger that was already coming down.
document.addEventListener("click", (event) => {
  const since = event.pointerType === "touch" ? Math.max(drawnAt, movedAt) : movedAt;
  const early = event.pointerType && event.timeStamp - since < MEANT_FOR_LAST_SCREEN;
  if (!(event.detail > 1 || early) || !event.target.closest("button, a")) return;
  event.preventDefault();
  event.stopPropagation();
}, true);
document.addEventListener("keydown", (event) => { if (event.repeat && event.key === "Enter") event.preventDefault(); });
