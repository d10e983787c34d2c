"""How a charge starts at Juspay: the form we send, and what the customer does next."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from payment_engine.domain.gateway import Charge, Method, NextAction, Refused, Unknown
from payment_engine.domain.money import to_rupees
from payment_engine.gateways.juspay_tables import CHANNELS, UPI_PACKAGES
from payment_engine.gateways.reading import paise, part, text

_LINK_NAMES = {"merchant_vpa": "pa", "merchant_name": "pn", "mcc": "mc", "amount": "am"}


def txn_form(charge: Charge, merchant_id: str) -> dict[str, str | None]:
    """The fields of ``POST /txns``; raises Refused for what this gateway is never asked."""
    common = {
        "order_id": charge.ref,
        "merchant_id": merchant_id,
        "redirect_after_payment": "true",
        "format": "json",
        "payment_channel": CHANNELS.get(charge.client.platform),
    }
    if charge.method is Method.CARD:
        if charge.card_token is None:
            raise Refused("missing_card_token", "a card is paid with the token of one entry")
        token = charge.card_token.get_secret_value()
        return {**common, "payment_method_type": "CARD", "card_token": token}
    upi = {**common, "payment_method_type": "UPI", "sdk_params": "true"}
    if charge.method is Method.UPI_QR:
        return {**upi, "payment_method": "UPI", "txn_type": "UPI_QR"}
    if charge.method is not Method.UPI_INTENT:
        raise Refused("unsupported_method", charge.method)
    app = UPI_PACKAGES.get(charge.upi_app or "", charge.upi_app)
    return {**upi, "payment_method": "UPI_PAY", "upi_app": app}


def next_action(charge: Charge, payment: Mapping[str, Any]) -> NextAction | None:
    """What the customer does next: a UPI link where one was given, else Juspay's page."""
    params = part(payment, "sdk_params")
    if params and charge.method is not Method.CARD:
        return NextAction(
            kind="upi_qr" if charge.method is Method.UPI_QR else "upi_intent",
            uri=_upi_link(params, charge),
            payee_name=text(params, "merchant_name") or text(params, "pn"),
        )
    page = part(payment, "authentication")
    if not page.get("url"):
        return None
    return NextAction(
        kind="redirect",
        url=str(page["url"]),
        http_method="POST" if page.get("method") == "POST" else "GET",
        fields={name: str(value) for name, value in part(page, "params").items()},
    )


def _upi_link(params: Mapping[str, Any], charge: Charge) -> str:
    """Only what the gateway returned, byte-exact (UPI-5); a signed link is completed by nothing."""
    link = {
        _LINK_NAMES.get(name, name): str(value)
        for name, value in params.items()
        if value not in (None, "")
    }
    if paise(link.get("am")) not in (None, charge.amount):
        raise Unknown("a UPI link over another amount")
    if "sign" not in link:
        link["am"] = to_rupees(charge.amount)
        link = {**link, "cu": link.get("cu", "INR"), "tn": link.get("tn", charge.description[:50])}
    return "upi://pay?" + "&".join(
        f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in link.items()
    )
