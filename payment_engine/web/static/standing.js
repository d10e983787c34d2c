// How the payment stands, for a page that may no longer pay: its checkout token has expired, or it
// was opened in another browser. It offers nothing, and never tells anybody to pay again.
import { call, el, pause, showStatus } from "./page.js";
import { outcome } from "./outcome.js";
import { t } from "./texts.js";
import { dropCheckoutToken, paymentId } from "./tokens.js";

const stage = document.getElementById("stage");
let standing = null;

export async function showStanding(token) {
  dropCheckoutToken();
  document.getElementById("summary").hidden = true;
  document.querySelector("main").classList.remove("steps");
  stage.replaceChildren();
  if (!token) return showLost();
  showStatus(t("looking_up"), "wait");
  while (!standing || standing.next_poll_in_ms) {
    const since = Date.now();
    const { status, content, retryAfter = 0 } = await read(token);
    if (status === 401 || status === 404) return showLost();
    if (status === 200 || status === 304) showStatus("", "", "line");
    else showStatus(t(status ? "service_busy" : "offline"), "wait", "line");
    if (status === 200) render(content);
    if (Date.now() - since < 1000) await pause(retryAfter || standing?.next_poll_in_ms || 3000);
  }
}

const read = (token) => {
  const path = `/v1/payments/${encodeURIComponent(paymentId)}/status`;
  const options = standing ? { headers: { "If-None-Match": `"${standing.version}"` } } : {};
  return call("GET", standing ? `${path}?wait=25` : path, token, options).catch(() => ({ status: 0 }));
};

function render(content) {
  standing = content;
  document.getElementById("order").textContent = t("order", standing.order_id);
  stage.replaceChildren(outcome(standing));
}

export function redrawStanding() {
  if (standing) render(standing);
  return Boolean(standing);
}

function showLost() {
  const title = t("lost");
  document.title = title;
  showStatus(t("lost_long"), "visually-hidden");
  stage.replaceChildren(el("section", { class: "card end" }, el("h2", { tabindex: "-1" }, title),
    el("p", {}, t("lost_long"))));
}
