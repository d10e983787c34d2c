// What each screen of the checkout looks like. Nothing here calls anything.
import { el } from "./page.js";
import { knows, language, say } from "./words.js";

const POPULAR = 4;

export const nameOf = (method) => say(`method.${method}`);

export function button(text, onclick, kind = "") {
  return el("button", { type: "button", class: kind, onclick }, text);
}

export function summary(payment) {
  const rows = payment.breakdown.map((line) => el("tr", {},
    el("th", { scope: "row" }, line.label, line.note && line.amount ? el("small", {}, line.note) : null),
    line.note && !line.amount ? el("td", { class: "free" }, line.note) : el("td", {}, line.amount_display)));
  rows.push(el("tr", { class: "total" }, el("th", { scope: "row" }, say("to_be_paid")),
    el("td", {}, payment.amount_display)));
  return el("details", {}, el("summary", {}, el("h2", {}, say("summary")),
    el("span", { class: "sum", "aria-hidden": "true" }, payment.amount_display)),
    el("table", { class: "lines" }, el("tbody", {}, ...rows)));
}

export function proceed(go, cancel) {
  return [button(say("proceed"), go, "main"), foot([cancel])];
}

// Recommended first, then the others by group; a method that just failed comes last, and one that
// cannot be used here says why.
export function methods(content, { usable, failed, note, pick, foot: links }) {
  const after = (item) => item.kind === failed?.method && failed.decline.retry !== "same";
  const put = (items) => [...items.filter((item) => !after(item)), ...items.filter(after)];
  const first = put(content.recommended.filter(usable));
  const ids = new Set(first.map((item) => item.id));
  const others = content.groups.map((group) => ({ ...group, items: group.items.filter((item) => !ids.has(item.id)) }))
    .filter((group) => group.items.length);
  const shown = (items) => items.map((item) => choice(item, { failed: after(item), usable: usable(item), pick }));
  if (!first.length && !others.some((group) => group.items.some(usable))) {
    return [el("section", { class: "card" }, heading(say("none_works")),
      el("p", { class: "quiet" }, say("none_charged"))), foot(links)];
  }
  const label = first.length && others.length ? el("h3", {}, say("recommended")) : null;
  const listed = ({ group, items }) => [el("h3", {}, say(`group.${group}`)), group === "netbanking"
    ? banks(items, shown, pick) : el("div", { class: "choices" }, ...shown(items))];
  return [el("section", { class: "card" }, heading(say("how")), note, label,
    el("div", { class: "choices" }, ...shown(first)), ...others.flatMap(listed)), foot(links)];
}

// The first few banks to press, all the others in a list that a keyboard searches.
function banks(items, shown, pick) {
  const rest = items.slice(POPULAR).filter((item) => item.enabled);
  const options = rest.map((item, place) => el("option", { value: place }, item.label));
  const list = el("select", { "aria-label": say("other_banks") },
    el("option", { value: "" }, say("choose_bank")), ...options);
  list.addEventListener("change", () => { if (list.value) pick(rest[Number(list.value)]); });
  return el("div", { class: "choices" }, ...shown(items.slice(0, POPULAR)), rest.length ? list : null);
}

function choice(item, { failed, usable, pick }) {
  const words = !usable ? item.reasons?.[language()] : failed ? say("failed_now")
    : item.health === "fluctuating" ? say("slow") : worth(item);
  const own = `item.${item.id}`;
  return el("button", { type: "button", class: "choice", disabled: !usable, onclick: () => pick(item) },
    el("span", {}, knows(own) ? say(own) : item.label, words ? el("small", {}, words) : null));
}

function worth(item) {
  if (item.needs.includes("link")) return say("link_first");
  if (!item.balance) return null;
  const at = new Date(item.balance.as_of).toLocaleTimeString("en-IN", { hour: "2-digit", minute: "2-digit" });
  return say("balance", item.balance.amount_display, at);
}

export function declined(attempt, payment) {
  const money = say(attempt.decline.money === "not_debited" ? "not_charged" : "comes_back");
  return el("p", { class: "quiet" },
    say("declined", nameOf(attempt.method), money, payment.order_id, attempt.id.slice(-6)));
}

export function qr(action, amount) {
  const picture = new DOMParser().parseFromString(action.svg, "text/html").body.firstElementChild;
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", say("qr_of", amount));
  return [heading(say("qr")), el("div", { class: "qr" }, document.importNode(picture, true)),
    el("p", { class: "big" }, amount), payee(action)];
}

export function intent(action, amount) {
  const links = action.apps.map((app) => el("a", { class: "button", href: app.uri }, app.label));
  return [heading(say("open_app")), el("p", { class: "big" }, amount),
    el("a", { class: "button main", href: action.uri }, say("any_app")),
    el("div", { class: "choices two" }, ...links), payee(action)];
}

export function collect(action, amount) {
  return [heading(say("asked_app")), el("p", { class: "big" }, amount),
    el("p", { class: "quiet" }, say("asked_app_long", amount)), payee(action)];
}

export function redirect(action) {
  const fields = Object.entries(action.fields).map(([name, value]) => el("input", { type: "hidden", name, value }));
  const go = action.method === "POST"
    ? el("form", { id: "onward", method: "post", action: action.url }, ...fields,
      el("button", { class: "main" }, say("to_bank")))
    : el("a", { id: "onward", class: "button main", href: action.url }, say("to_bank"));
  return [heading(say("bank_asks")),
    el("p", { class: "quiet" }, say("bank_asks_long")), go];
}

export function ending({ mark, title, lines, back, kind }) {
  return el("section", { class: `card end ${kind}` }, el("div", { class: "mark", "aria-hidden": "true" }, mark),
    heading(title), ...lines.map((line) => el("p", {}, line)),
    el("a", { class: "button main", href: back }, say("to_shop")));
}

export function foot(buttons) {
  return el("div", { class: "foot" }, ...buttons.filter(Boolean));
}

// ``left`` gives milliseconds; ``over`` is called once, when none are left.
export function countDown(place, left, over) {
  const tick = () => {
    const seconds = Math.max(0, Math.ceil(left() / 1000));
    place.textContent = say("valid_for", `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`);
    if (seconds) return;
    clearInterval(clock);
    over();
  };
  const clock = setInterval(tick, 500);
  tick();
  return clock;
}

export function heading(text) {
  return el("h2", { tabindex: "-1" }, text);
}

function payee(action) {
  return action.payee_name ? el("p", { class: "quiet" }, say("payee", action.payee_name)) : null;
}
