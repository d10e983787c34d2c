/** Opens a payment, starts an attempt, waits until the customer has paid, and refunds a rupee. */

import { createPaymentEngine } from "../src/index.js";

const [url = "", key = "", orderId = ""] = process.argv.slice(2);
const engine = createPaymentEngine(url, key);

const opened = await engine.POST("/v1/payments", {
  params: { header: { "Idempotency-Key": `open-${orderId}` } },
  body: {
    order_id: orderId,
    amount: 116400,
    currency: "INR",
    customer: { ref: "cust-8812" },
    return_url: "https://shop.example/orders",
  },
});
if (opened.error) throw new Error(`${opened.error.code}: ${opened.error.detail}`);
const path = { payment_id: opened.data.id };

const methods = await engine.GET("/v1/payments/{payment_id}/methods", { params: { path } });
if (methods.error) throw new Error(methods.error.detail);

const started = await engine.POST("/v1/payments/{payment_id}/attempts", {
  params: { path, header: { "Idempotency-Key": `pay-${orderId}` } },
  body: { method: "upi_qr" },
});
if (started.error) throw new Error(started.error.detail);
const action = started.data.attempt.next_action;
if (action?.kind !== "upi_qr") throw new Error("a QR code was expected");
console.log(JSON.stringify({ attempt: started.data.attempt, svg: action.svg.length }));

let payment = started.data.payment;
while (payment.status === "open" || payment.status === "pending") {
  const read = await engine.GET("/v1/payments/{payment_id}", {
    params: { path, query: { wait: 5 }, header: { "If-None-Match": `"${payment.version}"` } },
  });
  if (read.data) payment = read.data;
}

const refund = await engine.POST("/v1/payments/{payment_id}/refunds", {
  params: { path, header: { "Idempotency-Key": `refund-${orderId}` } },
  body: { amount: 100, reason: "goodwill" },
});
console.log(JSON.stringify({ status: payment.status, refunded: refund.data?.refund.amount }));
