/** For pages of a shop: loads the service's `checkout.js`, which opens a payment's checkout. */

/** How a payment stands, as the checkout shows it. Nobody should deliver on it: the message to the
 * order service says what was paid. */
export type CheckoutStatus =
  | "open"
  | "pending"
  | "authorized"
  | "paid"
  | "cancelled"
  | "expired"
  | "voided";

/** What an event is about. */
export interface CheckoutFacts {
  payment_id: string;
}

/** What happens to a checkout that is open in the page. */
export interface CheckoutEvents {
  /** The checkout is there, and can be used. */
  ready?: (facts: CheckoutFacts) => void;
  /** The payment has come to an end, or to a state that the customer cannot move. */
  ended?: (facts: CheckoutFacts & { status: CheckoutStatus }) => void;
  /** The window goes to the checkout as a page of its own, such as for a bank's page. */
  leaving?: (facts: CheckoutFacts) => void;
  /** The customer has closed the checkout; `status` is null if nothing had ended. */
  closed?: (facts: CheckoutFacts & { status: CheckoutStatus | null }) => void;
}

export interface CheckoutOptions {
  /** `checkout.url` of the payment, its part after # included. */
  url: string;
  /** In this page, or as a page of its own. In this page needs its origin to be registered. */
  mode?: "page" | "redirect";
  /** What a screen reader calls the checkout; "Payment" by default. */
  label?: string;
  /** What it calls the button that closes it; "Close" by default. */
  closeLabel?: string;
  on?: CheckoutEvents;
}

export interface OpenCheckout {
  /** Take the checkout out of the page; the payment goes on. */
  close(): void;
}

export interface PaymentEngineCheckout {
  /** Raises an Error for an address that is no checkout of this service. */
  open(options: CheckoutOptions): OpenCheckout;
}

declare global {
  interface Window {
    PaymentEngine?: PaymentEngineCheckout;
  }
}

/** Load `checkout.js` of the service at `service`, once; `integrity` is its hash, if the page pins it. */
export async function loadCheckout(
  service: string,
  integrity?: string,
): Promise<PaymentEngineCheckout> {
  if (window.PaymentEngine) return window.PaymentEngine;
  const script = document.createElement("script");
  script.src = new URL("/checkout.js", service).href;
  if (integrity) Object.assign(script, { integrity, crossOrigin: "anonymous" });
  await new Promise((resolve, reject) => {
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error(`${script.src} was not loaded`)));
    document.head.append(script);
  });
  if (!window.PaymentEngine) throw new Error(`${script.src} is no checkout.js`);
  return window.PaymentEngine;
}
