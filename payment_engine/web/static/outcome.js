// How a payment stands or ended, from its own document or the status document.
import { goToShop, shopLink, tell } from "./embed.js";
import { el, rupees, showStatus } from "./page.js";
import { receipt } from "./receipt.js";
import { heading, put, spinner } from "./stage.js";
import { t } from "./texts.js";

const UNDECIDED_REFUND = new Set(["created", "pending", "manual_review"]);
const TITLES = new Set(["paid", "refunded", "authorized", "voided", "cancelled", "expired", "pending", "open"]);
const MARKS = { paid: "✓", authorized: "✓", refunded: "↩", cancelled: "×", voided: "×", expired: "!", open: "!" };

// The fields of a status document, from a payment document. Money that the order does not need
// goes back by itself and is no refund of the order.
export function standingOf(payment) {
  const counted = new Set(payment.attempts.filter((one) => !one.conflict).map((one) => one.id));
  const refunds = payment.refunds.filter((one) => counted.has(one.attempt_id));
  const refunded = refunds.filter((one) => one.status === "succeeded").reduce((sum, one) => sum + one.amount, 0);
  return { ...payment, conflict: payment.attempts.some((one) => one.conflict),
    amount_refunded: refunded, amount_refunded_display: rupees(refunded),
    refund_undecided: refunds.some((one) => UNDECIDED_REFUND.has(one.status)) };
}

function stateOf(standing) {
  if (standing.status === "paid" && standing.amount && standing.amount_refunded >= standing.amount) return "refunded";
  return TITLES.has(standing.status) ? standing.status : "pending";
}

function linesOf(state, standing) {
  const lines = [t(`${state}_long`, standing.amount_display, standing.order_id)];
  if (state === "paid" && standing.amount_refunded) lines.push(t("partly_refunded", standing.amount_refunded_display));
  if (state !== "refunded" && standing.refund_undecided) lines.push(t("refund_undecided"));
  if (standing.conflict) lines.push(t("second_payment"));
  return lines;
}

export function shopAddress({ id, order_id: orderId, return_url: returnUrl }) {
  const address = new URL(returnUrl);
  address.searchParams.set("payment_id", id);
  address.searchParams.set("order_id", orderId);
  return address.href;
}

// Goes back to the shop after some seconds, unless the customer presses anything.
export function leaveSoon(address, seconds = 10) {
  const line = el("p", { class: "hint" });
  document.querySelector(".end").append(line);
  const stop = () => { clearInterval(timer); line.remove(); };
  const tick = () => {
    line.textContent = t("to_shop_soon", seconds);
    if (!seconds) {
      clearInterval(timer);
      goToShop(address);
    }
    seconds -= 1;
  };
  const timer = setInterval(tick, 1000);
  tick();
  for (const kind of ["click", "keydown", "pagehide"]) addEventListener(kind, stop, { once: true });
}

// Shows a payment that the customer cannot move from here.
export function showOutcome(standing) {
  const state = stateOf(standing);
  tell("ended", { status: standing.status });
  const kind = ["paid", "authorized", "refunded"].includes(state) ? "good" : state === "open" ? "open" : "bad";
  const speak = () => {
    const title = t(state);
    showStatus(`${title}. ${linesOf(state, standing).join(" ")}`, "visually-hidden");
  };
  put(() => {
    speak();
    const mark = MARKS[state] ? el("div", { class: "mark", "aria-hidden": "true" }, MARKS[state]) : spinner();
    return [el("section", { class: `card end ${kind}` }, mark, heading(t(state)),
      ...linesOf(state, standing).map((line) => el("p", {}, line)),
      ...(kind === "good" ? receipt(standing) : []),
      shopLink(shopAddress(standing)))];
  }, { alone: true });
}
