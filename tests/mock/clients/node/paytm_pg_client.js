// Paytm's own Node SDK, unmodified: one call per line of standard input, one answer per line.
"use strict";
const readline = require("node:readline");
const Paytm = require("paytm-pg-node-sdk");

const [environment, mid, key] = process.argv.slice(2);
const stage = {
  STAGE: Paytm.LibraryConstants.STAGING_ENVIRONMENT,
  PROD: Paytm.LibraryConstants.PRODUCTION_ENVIRONMENT,
}[environment];

const calls = {
  initiate: (orderId, amount) => {
    const customer = new Paytm.UserInfo("CUST_001");
    customer.setFirstName("Asha Rao");
    const money = Paytm.Money.constructWithCurrencyAndValue(Paytm.EnumCurrency.INR, amount);
    const details = new Paytm.PaymentDetailBuilder(Paytm.EChannelId.WEB, orderId, money, customer);
    return Paytm.Payment.createTxnToken(details.build());
  },
  status: (orderId) =>
    Paytm.Payment.getPaymentStatus(new Paytm.PaymentStatusDetailBuilder(orderId).build()),
  refund: (orderId, ref, txnId, amount) => {
    const details = new Paytm.RefundDetailBuilder(orderId, ref, txnId, "REFUND", amount);
    return Paytm.Refund.initiateRefund(details.setComments("order cancelled").build());
  },
  refund_status: (orderId, ref) =>
    Paytm.Refund.getRefundStatus(new Paytm.RefundStatusDetailBuilder(orderId, ref).build()),
};

const answer = (response) => {
  const info = response.getResponseObject().getBody().getResultInfo();
  const raw = response.getJsonResponse();
  const body = raw ? JSON.parse(raw).body : {};
  return { status: info.getResultStatus(), code: info.getResultCode(), body };
};

const main = async () => {
  Paytm.MerchantProperties.initialize(stage, mid, key, "WEBSTAGING");
  Paytm.MerchantProperties.setCallbackUrl("https://shop.example/paytm/return");
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [call, ...given] = JSON.parse(line);
    process.stdout.write(`${JSON.stringify(answer(await calls[call](...given)))}\n`);
  }
};

main();
