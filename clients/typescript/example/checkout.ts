/** A shop's page: its button opens the checkout of a payment that the order service has opened. */

import { loadCheckout } from "../src/checkout.js";

const checkout = await loadCheckout("https://pay.example");

document.getElementById("pay")?.addEventListener("click", async () => {
  const answer = await fetch("/orders", { method: "POST" });
  const { checkout_url: url } = (await answer.json()) as { checkout_url: string };
  checkout.open({
    url,
    on: {
      ended: ({ payment_id: id, status }) => console.log(`${id} is ${status}`),
      closed: () => location.assign("/orders"),
    },
  });
});
