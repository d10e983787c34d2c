"""How a charge starts at Paytm: what opens its order, what pays it, what the customer does next."""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from payment_engine.domain.gateway import (
    CardNumber,
    Charge,
    Customer,
    LinkRequest,
    Method,
    NextAction,
    Unknown,
)
from payment_engine.domain.money import Paise, to_rupees
from payment_engine.gateways.paytm.tables import BANKS
from payment_engine.gateways.paytm.wire import PaytmConfig
from payment_engine.gateways.reading import paise, part

Body = dict[str, Any]

_CUSTOMER_ID = re.compile(r"[A-Za-z0-9_]{1,64}")
_FIT = re.compile(r"[ -{}~]+")
"""Paytm refuses a pipe anywhere (code 1008)."""

HOSTED_MODES: Mapping[Method, tuple[str, ...]] = {
    Method.CARD: ("CREDIT_CARD", "DEBIT_CARD"),
    Method.WALLET: ("BALANCE",),
}
"""What Paytm's own page offers for a method that is paid there."""


def hosted(charge: Charge) -> bool:
    """Whether the customer goes to Paytm's page: no card number ever passes us that way (PCI-9)."""
    if charge.method is Method.CARD:
        return charge.card is None
    return charge.method is Method.WALLET and charge.instrument is None


def order_body(config: PaytmConfig, charge: Charge) -> Body:
    """The order of a charge; a repeat must say exactly the same (code 2023)."""
    opened = _order(config, charge.ref, charge.amount, charge.customer, charge.return_url)
    if hosted(charge):
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


def process_body(charge: Charge, mode: str | None = None) -> Body:
    """What ``processTransaction`` is sent; ``mode`` is the kind of a card that passes us."""
    return {
        "requestType": "NATIVE",
        "orderId": charge.ref,
        "paymentFlow": "NONE",
        **_PAYING[charge.method](charge, mode),
    }


def _card(charge: Charge, mode: str | None) -> Body:
    info = _card_info(charge.card) if charge.card else ""
    return {"paymentMode": mode, "cardInfo": info, "authMode": "otp"}


def _card_info(card: CardNumber) -> str:
    number, cvv = card.number.get_secret_value(), card.cvv.get_secret_value()
    return f"|{number}|{cvv}|{card.month:02}{card.year}"


def _upi(_: Charge, __: str | None) -> Body:
    return {"paymentMode": "UPI_INTENT"}


def _upi_collect(charge: Charge, _: str | None) -> Body:
    return {"paymentMode": "UPI", "payerAccount": charge.vpa, "channelCode": ""}


def _netbanking(charge: Charge, _: str | None) -> Body:
    bank = charge.bank or ""
    return {"paymentMode": "NET_BANKING", "channelCode": BANKS.get(bank, bank)}


def _wallet(_: Charge, __: str | None) -> Body:
    return {"paymentMode": "BALANCE"}


_PAYING: Mapping[Method, Callable[[Charge, str | None], Body]] = {
    Method.UPI_INTENT: _upi,
    Method.UPI_QR: _upi,
    Method.UPI_COLLECT: _upi_collect,
    Method.CARD: _card,
    Method.NETBANKING: _netbanking,
    Method.WALLET: _wallet,
}


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
    if charge.method is Method.UPI_COLLECT:
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
    qr = charge.method is Method.UPI_QR
    return NextAction(kind="upi_qr" if qr else "upi_intent", uri=link, payee_name=payee)
