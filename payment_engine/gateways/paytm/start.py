"""How a charge starts at Paytm: what opens its order, what pays it, what the customer does next."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from payment_engine.domain.gateway import (
    CardNumber,
    CardOnFile,
    CardPage,
    CardToken,
    Charge,
    Customer,
    LinkedWallet,
    LinkRequest,
    Method,
    NetBanking,
    NextAction,
    Unknown,
    UpiCollect,
    UpiIntent,
    UpiQr,
    Wallet,
)
from payment_engine.domain.money import Paise, to_rupees
from payment_engine.gateways.paytm.tables import BANKS
from payment_engine.gateways.paytm.wire import PaytmConfig
from payment_engine.gateways.reading import paise, part

Body = dict[str, Any]

_CUSTOMER_ID = re.compile(r"[A-Za-z0-9_]{1,64}")
_FIT = re.compile(r"[ -{}~]+")
"""Paytm refuses a pipe anywhere (code 1008)."""

Hosted = CardToken | CardPage | CardOnFile | Wallet
"""What is paid on Paytm's own page."""
Direct = UpiIntent | UpiQr | UpiCollect | CardNumber | NetBanking | LinkedWallet
"""What is paid by ``processTransaction``."""

HOSTED_MODES: Mapping[Method, tuple[str, ...]] = {
    Method.CARD: ("CREDIT_CARD", "DEBIT_CARD"),
    Method.WALLET: ("BALANCE",),
}
"""What Paytm's own page offers for a method that is paid there."""


def order_body(config: PaytmConfig, charge: Charge) -> Body:
    """The order of a charge; a repeat must say exactly the same (code 2023)."""
    opened = _order(config, charge.ref, charge.amount, charge.customer, charge.return_url)
    if isinstance(charge.source, Hosted):
        modes = HOSTED_MODES[charge.method]
        opened["enablePaymentMode"] = [{"mode": mode} for mode in modes]
    return opened


def link_body(config: PaytmConfig, asked: LinkRequest) -> Body:
    """The order in which a wallet is linked, and which alone it then pays."""
    return _order(config, asked.ref, asked.amount, asked.customer, asked.return_url)


def _order(
    config: PaytmConfig, ref: str, amount: Paise, customer: Customer, return_url: str
) -> Body:
    return {
        "requestType": "Payment",
        "websiteName": config.website,
        "orderId": ref,
        "callbackUrl": return_url,
        "txnAmount": {"value": to_rupees(amount), "currency": "INR"},
        "userInfo": _user(customer),
    }


def _user(customer: Customer) -> dict[str, str]:
    """``custId`` takes few characters: any other reference is told by its digest."""
    ref = customer.ref
    if not _CUSTOMER_ID.fullmatch(ref):
        ref = hashlib.sha256(ref.encode()).hexdigest()
    more = {"mobile": customer.phone, "email": customer.email}
    known = {name: told for name, told in more.items() if told and _FIT.fullmatch(told)}
    return {"custId": ref, **known}


def process_body(ref: str, source: Direct, mode: str | None = None) -> Body:
    """What ``processTransaction`` is sent; ``mode`` is the kind of a card that passes us."""
    return {
        "requestType": "NATIVE",
        "orderId": ref,
        "paymentFlow": "NONE",
        **_source_body(source, mode),
    }


def _source_body(source: Direct, mode: str | None) -> Body:
    match source:
        case UpiIntent() | UpiQr():
            return {"paymentMode": "UPI_INTENT"}
        case UpiCollect(vpa=vpa):
            return {"paymentMode": "UPI", "payerAccount": vpa, "channelCode": ""}
        case CardNumber():
            return {"paymentMode": mode, "cardInfo": _card_info(source), "authMode": "otp"}
        case NetBanking(bank=bank):
            return {"paymentMode": "NET_BANKING", "channelCode": BANKS.get(bank, bank)}
        case LinkedWallet():
            return {"paymentMode": "BALANCE"}


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


def next_action(charge: Charge, body: Mapping[str, Any]) -> NextAction | None:
    """What the customer does next: in a UPI app, or at the bank."""
    if isinstance(charge.source, UpiCollect):
        return NextAction(kind="upi_collect")
    if link := part(body, "deepLinkInfo").get("deepLink"):
        return _upi_action(charge, str(link))
    form = part(part(body, "bankForm"), "redirectForm")
    if not form.get("actionUrl"):
        return None
    return NextAction(
        kind="redirect",
        url=str(form["actionUrl"]),
        http_method="GET" if str(form.get("method")).upper() == "GET" else "POST",
        fields={name: str(value) for name, value in part(form, "content").items()},
    )


def _upi_action(charge: Charge, link: str) -> NextAction:
    """The link stays as Paytm made it, byte for byte (UPI-5)."""
    try:
        told = parse_qs(urlsplit(link).query)
    except ValueError as error:
        raise Unknown("a UPI link that is none") from error
    amount, payee = told.get("am", [None])[0], told.get("pn", [None])[0]
    if paise(amount) not in (None, charge.amount):
        raise Unknown("a UPI link over another amount")
    qr = isinstance(charge.source, UpiQr)
    return NextAction(kind="upi_qr" if qr else "upi_intent", uri=link, payee_name=payee)
