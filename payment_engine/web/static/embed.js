// Inside a shop's page: tells that page, and nobody else, how far the payment is. Pages of banks and
// wallets cannot be framed; the shop's page then goes to this page, which goes on by itself.
import { el } from "./page.js";
import { t } from "./texts.js";
import { paymentId } from "./tokens.js";

// The service lets only an origin of the merchant frame the page, and only the one that is named here.
const shop = parent === window ? null : new URLSearchParams(location.search).get("embed");

export const embedded = Boolean(shop);

export function tell(type, facts = {}) {
  if (embedded) parent.postMessage({ from: "payment-engine", type, payment_id: paymentId, ...facts }, shop);
}

export function goToShop(address) {
  if (embedded) tell("close");
  else location.assign(address);
}

export function shopLink(address) {
  return el("a", { class: "button main", href: address, onclick: (event) => {
    event.preventDefault();
    goToShop(address);
  } }, t("to_shop"));
}
