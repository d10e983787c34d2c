// How the payment stands, for a page that may no longer pay: its checkout token has expired, or it
// was opened in another browser. It offers nothing, and never tells anybody to pay again.
import { call, el, pause, showStatus } from "./page.js";
import { showOutcome } from "./outcome.js";
import { button, heading, put } from "./stage.js";
import { t } from "./texts.js";
import { dropCheckoutToken, paymentPath } from "./tokens.js";

const MOST_SILENT_LOOKS = 12;

export async function showStanding(token) {
  dropCheckoutToken();
  document.getElementById("summary").hidden = true;
  if (!token) return showLost();
  put(() => [], { alone: true });
  showStatus(t("looking_up"), "wait");
  return followStanding(token);
}

async function followStanding(token) {
  let standing = null;
  let failures = 0;
  while (!standing || standing.next_poll_in_ms) {
    const since = Date.now();
    const { status, content, retryAfter } = await read(token, standing);
    if (status === 401 || status === 404) return showLost();
    failures = status === 200 || status === 304 ? 0 : failures + 1;
    if (failures === MOST_SILENT_LOOKS) return showUnreachable(() => showStanding(token));
    showStatus(failures ? t(status ? "service_busy" : "offline") : "", "wait", "line");
    if (status === 200) {
      standing = content;
      document.getElementById("order").textContent = t("order", standing.order_id);
      showOutcome(standing);
    }
    if (Date.now() - since < 1000) await pause(retryAfter || (standing && standing.next_poll_in_ms) || 3000);
  }
}

function read(token, standing) {
  const path = `${paymentPath}/status`;
  if (!standing) return call("GET", path, token);
  return call("GET", `${path}?wait=25`, token, { headers: { "If-None-Match": `"${standing.version}"` }, limit: 40000 });
}

function showLost() {
  put(() => {
    showStatus(t("lost_long"), "visually-hidden");
    return [el("section", { class: "card end open" }, el("div", { class: "mark", "aria-hidden": "true" }, "!"),
      heading(t("lost")), el("p", {}, t("lost_long")))];
  }, { alone: true });
}

// After some minutes without an answer: what is certain, and a button instead of waiting.
export function showUnreachable(again) {
  showStatus("", "", "line");
  showStatus(t("unreachable_long"), "visually-hidden");
  put(() => [el("section", { class: "card end open" }, el("div", { class: "mark", "aria-hidden": "true" }, "!"),
    heading(t("unreachable_title")), el("p", {}, t("unreachable_long")), button(t("check_again"), again, "main"))],
  { alone: true });
}
