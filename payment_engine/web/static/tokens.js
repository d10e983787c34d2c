// The two tokens of a checkout: one that pays, for as long as the payment is open, and one that
// only reads how it stands. They arrive in the fragment, which browsers send to nobody.
import { tabStorage } from "./page.js";

export const paymentId = location.pathname.split("/").pop();
export const paymentPath = `/v1/payments/${encodeURIComponent(paymentId)}`;

// The token that pays moves from the address to the tab's storage, so that no history or screenshot
// shows it. ``go``: a shop's page had it framed, and it goes on by itself. The one that only reads stays, so that the page can be opened again after days.
export function readTokens() {
  const parts = location.hash.slice(1).split("&");
  const token = (name, given) => {
    if (given) tabStorage.set(`${name}:${paymentId}`, given);
    return given || tabStorage.get(`${name}:${paymentId}`);
  };
  const checkout = token("checkout", parts.find((part) => part && part !== "go" && !part.includes("=")));
  const status = token("status", (parts.find((part) => part.startsWith("status=")) || "").slice("status=".length));
  const stored = tabStorage.get(`checkout:${paymentId}`);
  if (stored || !checkout) {
    history.replaceState(history.state, "", location.pathname + location.search + (status ? `#status=${status}` : ""));
  }
  return { checkout, status, go: parts.includes("go") };
}

export function dropCheckoutToken() {
  tabStorage.remove(`checkout:${paymentId}`);
}
