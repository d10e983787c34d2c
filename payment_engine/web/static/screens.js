// The elements of the summary and of each screen of an attempt. Nothing here calls the service.
import { appLink, inAppBrowser } from "./device.js";
import { safe } from "./marks.js";
import { el, rupees } from "./page.js";
import { button, foot, heading } from "./stage.js";
import { language, t } from "./texts.js";

// A line in the page's language, or marked as English.
function row(line) {
  const { label, note } = line[language()] || line;
  const lang = language() === "en" || line[language()] ? null : "en";
  return el("tr", {}, el("th", { scope: "row", lang }, label, note && line.amount ? el("small", {}, note) : null),
    note && !line.amount ? el("td", { class: "free", lang }, note) : el("td", {}, line.amount_display));
}

export function summary(payment) {
  const rows = payment.breakdown.map(row);
  rows.push(el("tr", { class: "total" }, el("th", { scope: "row" }, t("to_be_paid")),
    el("td", {}, payment.amount_display)));
  const saved = payment.breakdown.reduce((sum, line) => sum + Math.max(0, -line.amount), 0);
  return el("details", {}, el("summary", {}, el("h2", {}, t("summary")), el("span", { class: "sum" }, payment.amount_display)),
    el("table", { class: "lines" }, el("tbody", {}, ...rows)),
    saved ? el("p", { class: "savings" }, t("savings", rupees(saved))) : null);
}

export function start(proceed, cancel) {
  return [button(t("proceed"), proceed, "main"), safe(t("safe")), foot([cancel])];
}

export function codeImage(action, amount) {
  const image = new DOMParser().parseFromString(action.svg, "text/html").body.firstElementChild;
  image.setAttribute("role", "img");
  image.setAttribute("aria-label", t("qr_of", amount));
  return document.importNode(image, true);
}

function qr(action, amount) {
  return [heading(t("qr")), el("div", { class: "qr" }, codeImage(action, amount)),
    el("p", { class: "big" }, amount), payee(action)];
}

// ``app``: the one that the customer has chosen; the others are folded.
function intent(action, amount, { app }) {
  const chosen = action.apps.find((each) => each.app === app);
  const help = el("p", { class: "quiet", role: "status" });
  const explain = () => setTimeout(() => { help.textContent = t(inAppBrowser() ? "in_app_browser" : "nothing_opened"); }, 2500);
  const link = (each, kind) => el("a", { class: `button ${kind}`, href: appLink(each), onclick: explain },
    kind === "main" ? t("open_named", each.label) : each.label);
  const any = (kind) => el("a", { class: `button ${kind}`, href: action.uri, onclick: explain }, t("any_app"));
  const others = action.apps.filter((each) => each !== chosen).map((each) => link(each, ""));
  const warning = inAppBrowser() ? el("p", { class: "status wait" }, t("in_app_browser")) : null;
  return [heading(t("open_app")), el("p", { class: "big" }, amount), warning,
    chosen ? link(chosen, "main") : any("main"), help,
    chosen ? el("details", { class: "folded" }, el("summary", {}, t("other_apps")), any(""), el("div", { class: "two" }, ...others))
      : el("div", { class: "two" }, ...others), payee(action)];
}

function collect(action, amount, { payer }) {
  return [heading(t("approve_in_app")), el("p", { class: "big" }, amount),
    payer ? el("p", { class: "payer" }, t("name_at_bank", payer)) : null,
    el("p", { class: "quiet" }, t("approve_in_app_long", amount)), payee(action)];
}

function redirect(action) {
  const fields = Object.entries(action.fields).map(([name, value]) => el("input", { type: "hidden", name, value }));
  const link = action.method === "POST"
    ? el("form", { id: "to-bank", method: "post", action: action.url, target: "_top" }, ...fields,
      el("button", { class: "main" }, t("to_bank")))
    : el("a", { id: "to-bank", class: "button main", href: action.url, target: "_top" }, t("to_bank"));
  return [heading(t("bank_asks")), el("p", { class: "quiet" }, t("bank_asks_long")), link];
}

const SCREENS = { redirect, upi_intent: intent, upi_qr: qr, upi_collect: collect };

// What the customer does next for an attempt; null if there is nothing to do but wait.
export function actionScreen(action, amount, chosen) {
  return action && SCREENS[action.kind] ? SCREENS[action.kind](action, amount, chosen) : null;
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

export function payee(action) {
  return action.payee_name ? el("p", { class: "quiet" }, t("payee", action.payee_name)) : null;
}
