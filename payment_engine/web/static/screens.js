// What each screen of the checkout looks like. Nothing here calls anything.
import { el } from "./page.js";

const NAMES = { upi_intent: "UPI", upi_qr: "UPI QR", upi_collect: "UPI", card: "Card",
  wallet: "Wallet", netbanking: "Net banking" };
const GROUPS = { saved: "Saved", upi: "UPI", card: "Cards", wallet: "Wallets", netbanking: "Net banking" };

export const nameOf = (method) => NAMES[method] ?? method;

export function button(text, onclick, kind = "") {
  return el("button", { type: "button", class: kind, onclick }, text);
}

export function summary(payment) {
  const rows = payment.breakdown.map((line) => el("tr", {},
    el("th", { scope: "row" }, line.label, line.note && line.amount ? el("small", {}, line.note) : null),
    line.note && !line.amount ? el("td", { class: "free" }, line.note) : el("td", {}, line.amount_display)));
  rows.push(el("tr", { class: "total" }, el("th", { scope: "row" }, "To be paid"),
    el("td", {}, payment.amount_display)));
  return el("details", {}, el("summary", {}, el("h2", {}, "Order summary"),
    el("span", { class: "sum", "aria-hidden": "true" }, payment.amount_display)),
    el("table", { class: "lines" }, el("tbody", {}, ...rows)));
}

export function proceed(go, cancel) {
  return [button("PROCEED TO PAYMENT", go, "main"), foot([cancel])];
}

// Recommended first, then the others by group; a method that just failed comes last.
export function methods(content, { usable, failed, note, pick, foot: links }) {
  const after = (item) => item.kind === failed?.method && failed.decline.retry !== "same";
  const put = (items) => [...items.filter((item) => !after(item)), ...items.filter(after)];
  const first = put(content.recommended.filter(usable));
  const ids = new Set(first.map((item) => item.id));
  const others = content.groups.map((group) => ({ ...group,
    items: group.items.filter((item) => usable(item) && !ids.has(item.id)) })).filter((g) => g.items.length);
  const shown = (items) => el("div", { class: "choices" }, ...items.map((item) => choice(item, after(item), pick)));
  if (!first.length && !others.length) {
    return [el("section", { class: "card" }, heading("No way to pay works at the moment"),
      el("p", { class: "quiet" }, "Nothing was charged. Please try again in a few minutes.")), foot(links)];
  }
  const label = first.length && others.length ? el("h3", {}, "Recommended") : null;
  return [el("section", { class: "card" }, heading("How would you like to pay?"), note, label, shown(first),
    ...others.flatMap((g) => [el("h3", {}, GROUPS[g.group] ?? g.group), shown(g.items)])), foot(links)];
}

function choice(item, failed, pick) {
  const note = failed ? "Did not go through just now" : item.health === "fluctuating" ? "Slow at the moment" : null;
  return el("button", { type: "button", class: "choice", onclick: () => pick(item) },
    el("span", {}, item.label, note ? el("small", {}, note) : null));
}

export function declined(attempt, payment) {
  const money = attempt.decline.money === "not_debited" ? "Nothing was charged."
    : "If money left your account, it comes back by itself.";
  return el("p", { class: "quiet" }, `${nameOf(attempt.method)} did not go through. ${money} Your order is kept; ` +
    `to ask about it, mention ${payment.order_id} · ${attempt.id.slice(-6)}.`);
}

export function qr(action, amount) {
  const picture = new DOMParser().parseFromString(action.svg, "text/html").body.firstElementChild;
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", `UPI QR code for ${amount}`);
  return [heading("Scan with any UPI app"), el("div", { class: "qr" }, document.importNode(picture, true)),
    el("p", { class: "big" }, amount), payee(action)];
}

export function intent(action, amount) {
  const links = action.apps.map((app) => el("a", { class: "button", href: app.uri }, app.label));
  return [heading("Open your UPI app"), el("p", { class: "big" }, amount),
    el("a", { class: "button main", href: action.uri }, "Choose an app on this phone"),
    el("div", { class: "choices two" }, ...links), payee(action)];
}

export function redirect(action) {
  const fields = Object.entries(action.fields).map(([name, value]) => el("input", { type: "hidden", name, value }));
  const go = action.method === "POST"
    ? el("form", { id: "onward", method: "post", action: action.url }, ...fields,
      el("button", { class: "main" }, "Continue to your bank"))
    : el("a", { id: "onward", class: "button main", href: action.url }, "Continue to your bank");
  return [heading("Your bank asks for your confirmation"),
    el("p", { class: "quiet" }, "You confirm on your bank's own page, which then takes you back to the shop."), go];
}

export function ending({ mark, title, lines, back, kind }) {
  return el("section", { class: `card end ${kind}` }, el("div", { class: "mark", "aria-hidden": "true" }, mark),
    heading(title), ...lines.map((line) => el("p", {}, line)),
    el("a", { class: "button main", href: back }, "Back to the shop"));
}

export function foot(buttons) {
  return el("div", { class: "foot" }, ...buttons.filter(Boolean));
}

// ``left`` gives milliseconds; ``over`` is called once, when none are left.
export function countDown(place, left, over) {
  const tick = () => {
    const seconds = Math.max(0, Math.ceil(left() / 1000));
    place.textContent = `Valid for ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
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
  return action.payee_name ? el("p", { class: "quiet" }, `Your app shows the name ${action.payee_name}.`) : null;
}
