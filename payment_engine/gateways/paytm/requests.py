"""What Paytm is sent about orders: one function for each call, and its own page."""

import hashlib
import re
from collections.abc import Mapping
from urllib.parse import urlencode

from payment_engine.domain.gateway import Charge, ChargeKey, Customer, LinkRequest, NextAction
from payment_engine.domain.money import Paise, to_rupees
from payment_engine.domain.payment_methods import (
    CardNumber,
    CardOnFile,
    CardPage,
    CardToken,
    LinkedWallet,
    Method,
    NetBanking,
    UpiCollect,
    UpiIntent,
    UpiQr,
    Wallet,
)
from payment_engine.gateways.paytm.tables import BANKS
from payment_engine.gateways.paytm.wire import Body, PaytmConfig, PaytmRequest

Hosted = CardToken | CardPage | CardOnFile | Wallet
"""What is paid on Paytm's own page."""
Direct = UpiIntent | UpiQr | UpiCollect | CardNumber | NetBanking | LinkedWallet
"""What is paid by ``processTransaction``."""

HOSTED_MODES: Mapping[Method, tuple[str, ...]] = {
    Method.CARD: ("CREDIT_CARD", "DEBIT_CARD"),
    Method.WALLET: ("BALANCE",),
}
"""What Paytm's own page offers for a method that is paid there."""

RETURN_REF = "ORDER_ID"
"""Names the charge in the address that a browser returns to: Paytm adds its own ``ORDERID`` only
where the customer did not go back."""
_CUSTOMER_ID = re.compile(r"[A-Za-z0-9@!_$.-]{1,64}")
"""``custId``, as Paytm's documents and its page's error text allow it."""
_PRINTABLE_WITHOUT_PIPE = re.compile(r"[ -{}~]+")
"""Paytm refuses a pipe anywhere (code 1008)."""


def create_order(config: PaytmConfig, charge: Charge) -> PaytmRequest:
    """``initiateTransaction``: a charge's order; a repeat must be exactly the same (code 2023)."""
    body = _order(config, charge.ref, charge.amount, charge.customer, charge.return_url)
    if isinstance(charge.source, Hosted):
        modes = [{"mode": mode} for mode in HOSTED_MODES[charge.method]]
        body = {**body, "enablePaymentMode": modes}
    return _create(charge.ref, body)


def create_link_order(config: PaytmConfig, request: LinkRequest) -> PaytmRequest:
    """``initiateTransaction``: the order that a wallet is linked in, and which alone it pays."""
    body = _order(config, request.ref, request.amount, request.customer, request.return_url)
    return _create(request.ref, body)


def fetch_order(key: ChargeKey) -> PaytmRequest:
    """``/v3/order/status``: the payment of an order."""
    body = {"orderId": key.ref}
    return PaytmRequest(operation="fetch_charge", path="/v3/order/status", body=body)


def refund(ref: str, key: ChargeKey, txn_id: str, amount: Paise) -> PaytmRequest:
    """``/refund/apply``: refund ``amount`` paise of a transaction."""
    body = {
        "txnType": "REFUND",
        "orderId": key.ref,
        "txnId": txn_id,
        "refId": ref,
        "refundAmount": to_rupees(amount),
    }
    return PaytmRequest(operation="refund", path="/refund/apply", body=body)


def fetch_refund(ref: str, key: ChargeKey) -> PaytmRequest:
    """``/v2/refund/status``: a refund by our reference."""
    body = {"orderId": key.ref, "refId": ref}
    return PaytmRequest(operation="fetch_refund", path="/v2/refund/status", body=body)


def _create(ref: str, body: Body) -> PaytmRequest:
    path = "/theia/api/v1/initiateTransaction"
    return PaytmRequest(operation="create_order", path=path, body=body, order_id=ref)


def _order(
    config: PaytmConfig, ref: str, amount: Paise, customer: Customer, return_url: str
) -> Body:
    return {
        "requestType": "Payment",
        "websiteName": config.website,
        "orderId": ref,
        "callbackUrl": f"{return_url}?{RETURN_REF}={ref}",
        "txnAmount": {"value": to_rupees(amount), "currency": "INR"},
        "userInfo": _user_info(customer),
    }


def _user_info(customer: Customer) -> Mapping[str, str]:
    """The customer, by reference where Paytm takes that as ``custId``, otherwise by its digest."""
    ref = customer.ref
    if not _CUSTOMER_ID.fullmatch(ref):
        ref = hashlib.sha256(ref.encode()).hexdigest()
    contact = {"mobile": customer.phone, "email": customer.email}
    accepted = {
        name: value
        for name, value in contact.items()
        if value and _PRINTABLE_WITHOUT_PIPE.fullmatch(value)
    }
    return {"custId": ref, **accepted}


def start_txn(ref: str, source: Direct, mode: str | None = None) -> PaytmRequest:
    """``processTransaction``; ``mode`` is the kind of a card that passes through us."""
    body = {
        "requestType": "NATIVE",
        "orderId": ref,
        "paymentFlow": "NONE",
        **_source_body(source, mode),
    }
    path = "/theia/api/v1/processTransaction"
    return PaytmRequest(operation="start_txn", path=path, body=body, order_id=ref)


def _source_body(source: Direct, mode: str | None) -> Body:
    match source:
        case UpiIntent() | UpiQr():
            return {"paymentMode": "UPI_INTENT"}
        case UpiCollect(vpa=vpa):
            return {"paymentMode": "UPI", "payerAccount": vpa, "channelCode": ""}
        case NetBanking(bank=bank):
            return {"paymentMode": "NET_BANKING", "channelCode": BANKS.get(bank, bank)}
        case LinkedWallet():
            return {"paymentMode": "BALANCE"}
        case card:
            return {"paymentMode": mode, "cardInfo": _card_info(card), "authMode": "otp"}


def _card_info(card: CardNumber) -> str:
    number, cvv = card.number.get_secret_value(), card.cvv.get_secret_value()
    return f"|{number}|{cvv}|{card.month:02}{card.year}"


def hosted_page(base: str, merchant_id: str, ref: str, token: str) -> NextAction:
    """Paytm's page for an order; the browser posts the order's token to it."""
    query = urlencode({"mid": merchant_id, "orderId": ref})
    return NextAction(
        kind="redirect",
        url=f"{base}/theia/api/v1/showPaymentPage?{query}",
        http_method="POST",
        fields={"mid": merchant_id, "orderId": ref, "txnToken": token},
    )
