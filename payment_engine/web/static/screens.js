// The elements of each checkout screen. Nothing here calls the service.
import { el } from "./page.js";
import { hasText, language, t } from "./texts.js";

const BANK_BUTTONS = 4;

export const methodName = (method) => t(`method.${method}`);

export function button(text, onclick, kind = "") {
  return el("button", { type: "button", class: kind, onclick }, text);
}

export function summary(payment) {
  const rows = payment.breakdown.map((line) => el("tr", {},
    el("th", { scope: "row" }, line.label, line.note && line.amount ? el("small", {}, line.note) : null),
    line.note && !line.amount ? el("td", { class: "free" }, line.note) : el("td", {}, line.amount_display)));
  rows.push(el("tr", { class: "total" }, el("th", { scope: "row" }, t("to_be_paid")),
    el("td", {}, payment.amount_display)));
  return el("details", {}, el("summary", {}, el("h2", {}, t("summary")),
    el("span", { class: "sum", "aria-hidden": "true" }, payment.amount_display)),
    el("table", { class: "lines" }, el("tbody", {}, ...rows)));
}

export function start(proceed, cancel) {
  return [button(t("proceed"), proceed, "main"), foot([cancel])];
}

// Recommended methods first, then the others by group. A method that just failed comes last, and
// one that cannot be used shows the reason.
export function methods(content, { usable, failed, note, pick, foot: links }) {
  const justFailed = (item) => item.kind === failed?.method && failed.decline.retry !== "same";
  const ranked = (items) => [...items.filter((item) => !justFailed(item)), ...items.filter(justFailed)];
  const first = ranked(content.recommended.filter(usable));
  const ids = new Set(first.map((item) => item.id));
  const others = content.groups.map((group) => ({ ...group, items: group.items.filter((item) => !ids.has(item.id)) }))
    .filter((group) => group.items.length);
  const choices = (items) => items.map((item) => choice(item, { failed: justFailed(item), usable: usable(item), pick }));
  if (!first.length && !others.some((group) => group.items.some(usable))) {
    return [el("section", { class: "card" }, heading(t("no_methods")),
      el("p", { class: "quiet" }, t("no_methods_long"))), foot(links)];
  }
  const label = first.length && others.length ? el("h3", {}, t("recommended")) : null;
  const groupElements = ({ group, items }) => [el("h3", {}, t(`group.${group}`)), group === "netbanking"
    ? banks(items, choices, pick) : el("div", { class: "choices" }, ...choices(items))];
  return [el("section", { class: "card" }, heading(t("how")), note, label,
    el("div", { class: "choices" }, ...choices(first)), ...others.flatMap(groupElements)), foot(links)];
}

// The first few banks as buttons, the others in a drop-down list.
function banks(items, choices, pick) {
  const rest = items.slice(BANK_BUTTONS).filter((item) => item.enabled);
  const options = rest.map((item, index) => el("option", { value: index }, item.label));
  const list = el("select", { "aria-label": t("other_banks") },
    el("option", { value: "" }, t("choose_bank")), ...options);
  list.addEventListener("change", () => { if (list.value) pick(rest[Number(list.value)]); });
  return el("div", { class: "choices" }, ...choices(items.slice(0, BANK_BUTTONS)), rest.length ? list : null);
}

function choice(item, { failed, usable, pick }) {
  const note = !usable ? item.reasons?.[language()] : failed ? t("failed_now")
    : item.health === "fluctuating" ? t("slow") : hint(item);
  const key = `item.${item.id}`;
  return el("button", { type: "button", class: "choice", disabled: !usable, onclick: () => pick(item) },
    el("span", {}, hasText(key) ? t(key) : item.label, note ? el("small", {}, note) : null));
}

function hint(item) {
  if (item.needs.includes("link")) return t("link_first");
  if (!item.balance) return null;
  const at = new Date(item.balance.as_of).toLocaleTimeString("en-IN", { hour: "2-digit", minute: "2-digit" });
  return t("balance", item.balance.amount_display, at);
}

export function declined(attempt, payment) {
  const money = t({ not_debited: "not_charged", with_gateway: "not_returned" }[attempt.decline.money] ?? "returned");
  return el("p", { class: "quiet" },
    t("declined", methodName(attempt.method), money, payment.order_id, attempt.id.slice(-6)));
}

export function qr(action, amount) {
  const image = new DOMParser().parseFromString(action.svg, "text/html").body.firstElementChild;
  image.setAttribute("role", "img");
  image.setAttribute("aria-label", t("qr_of", amount));
  return [heading(t("qr")), el("div", { class: "qr" }, document.importNode(image, true)),
    el("p", { class: "big" }, amount), payee(action)];
}

/** On Android a browser opens one app by an intent with its package. */
function appLink(app) {
  if (!app.package || !/Android/.test(navigator.userAgent)) return app.uri;
  return `intent://${app.uri.slice("upi://".length)}#Intent;scheme=upi;package=${app.package};end`;
}

export function intent(action, amount) {
  const links = action.apps.map((app) => el("a", { class: "button", href: appLink(app) }, app.label));
  return [heading(t("open_app")), el("p", { class: "big" }, amount),
    el("a", { class: "button main", href: action.uri }, t("any_app")),
    el("div", { class: "choices two" }, ...links), payee(action)];
}

export function collect(action, amount) {
  return [heading(t("approve_in_app")), el("p", { class: "big" }, amount),
    el("p", { class: "quiet" }, t("approve_in_app_long", amount)), payee(action)];
}

export function redirect(action) {
  const fields = Object.entries(action.fields).map(([name, value]) => el("input", { type: "hidden", name, value }));
  const link = action.method === "POST"
    ? el("form", { id: "to-bank", method: "post", action: action.url }, ...fields,
      el("button", { class: "main" }, t("to_bank")))
    : el("a", { id: "to-bank", class: "button main", href: action.url }, t("to_bank"));
  return [heading(t("bank_asks")),
    el("p", { class: "quiet" }, t("bank_asks_long")), link];
}

export function ending({ mark, title, lines, back, kind }) {
  return el("section", { class: `card end ${kind}` }, mark
    ? el("div", { class: "mark", "aria-hidden": "true" }, mark) : el("div", { class: "spin", "aria-hidden": "true" }),
    heading(title), ...lines.map((line) => el("p", {}, line)),
    el("a", { class: "button main", href: back }, t("to_shop")));
}

export function foot(buttons) {
  return el("div", { class: "foot" }, ...buttons.filter(Boolean));
}

// ``millisLeft()`` gives the time left; ``onEnd`` is called once, when it reaches zero. Returns the
// interval id.
export function countDown(element, millisLeft, onEnd) {
  const tick = () => {
    const seconds = Math.max(0, Math.ceil(millisLeft() / 1000));
    element.textContent = t("valid_for", `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`);
    if (seconds) return;
    clearInterval(interval);
    onEnd();
  };
  const interval = setInterval(tick, 500);
  tick();
  return interval;
}

export function heading(text) {
  return el("h2", { tabindex: "-1" }, text);
}

function payee(action) {
  return action.payee_name ? el("p", { class: "quiet" }, t("payee", action.payee_name)) : null;
}
