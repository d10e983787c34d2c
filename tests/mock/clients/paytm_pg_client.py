"""Paytm's own Python SDK, unmodified: one call per line of standard input, one answer per line.

Started as a program of its own so that the environment alone decides where its requests go.
"""

import json
import sys

from paytmpg import (
    EChannelId,
    EnumCurrency,
    LibraryConstants,
    MerchantProperty,
    Money,
    Payment,
    PaymentDetailsBuilder,
    PaymentStatusDetailBuilder,
    Refund,
    RefundDetailBuilder,
    RefundStatusDetailBuilder,
    UserInfo,
)


def initiate(order_id, amount):
    customer = UserInfo()
    customer.set_cust_id("CUST_001")
    customer.set_first_name("Asha Rao")
    money = Money(EnumCurrency.INR, amount)
    details = PaymentDetailsBuilder(EChannelId.WEB, order_id, money, customer).build()
    return Payment.createTxnToken(details)


def status(order_id):
    return Payment.getPaymentStatus(PaymentStatusDetailBuilder(order_id).build())


def refund(order_id, ref, txn_id, amount):
    details = RefundDetailBuilder(order_id, ref, txn_id, "REFUND", amount)
    return Refund.doRefund(details.set_comments("order cancelled").build())


def refund_status(order_id, ref):
    return Refund.getRefundStatus(
        RefundStatusDetailBuilder().set_order_id(order_id).set_ref_id(ref).build()
    )


CALLS = {call.__name__: call for call in (initiate, status, refund, refund_status)}


def parsed(response):
    """An answer as the SDK parsed it, after it checked the signature."""
    info = response.get_response_object().get_body().get_result_info()
    raw = response.get_json_response()
    body = json.loads(raw)["body"] if raw else {}
    return {"status": info.get_result_status(), "code": info.get_result_code(), "body": body}


def main():
    environment, mid, key = sys.argv[1:]
    stage = {
        "STAGE": LibraryConstants.STAGING_ENVIRONMENT,
        "PROD": LibraryConstants.PRODUCTION_ENVIRONMENT,
    }[environment]
    MerchantProperty.initialize(stage, mid, key, "C11", "WEBSTAGING")
    MerchantProperty.set_callback_url("https://shop.example/paytm/return")
    for line in sys.stdin:
        call, *arguments = json.loads(line)
        sys.stdout.write(json.dumps(parsed(CALLS[call](*arguments))) + "\n")
        sys.stdout.flush()


main()
