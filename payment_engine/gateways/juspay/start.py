"""How a charge starts at Juspay: the form we send, and what the customer does next."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import SecretStr

from payment_engine.domain.gateway import Charge, Method, NextAction, Refused, Unknown
from payment_engine.domain.money import to_rupees
from payment_engine.gateways.juspay.tables import CHANNELS, UPI_PACKAGES
from payment_engine.gateways.juspay.wire import Form
from payment_engine.gateways.reading import in_address, paise, part, text

_LINK_NAMES = {"merchant_vpa": "pa", "merchant_name": "pn", "mcc": "mc", "amount": "am"}


def txn_form(charge: Charge, merchant_id: str, saved: str | None = None) -> Form:
    """The fields of ``POST /txns``, with the token of a ``saved`` card where one pays.

    Raises Refused for what this gateway is never asked.
    """
    return {
        "order_id": charge.ref,
        "merchant_id": merchant_id,
        "redirect_after_payment": "true",
        "format": "json",
        "payment_channel": CHANNELS.get(charge.client.platform),
        **_FORMS[charge.method](charge, saved),
    }


def _card(charge: Charge, saved: str | None) -> Form:
    consent = {"save_to_locker": "true", "tokenize": "true"} if charge.save else {}
    card = {"payment_method_type": "CARD", **consent}
    if saved:
        return {**card, "card_token": saved, "card_security_code": _revealed(charge.cvv)}
    if charge.card:
        return {
            **card,
            "card_number": charge.card.number.get_secret_value(),
            "card_exp_month": f"{charge.card.month:02}",
            "card_exp_year": str(charge.card.year),
            "card_security_code": charge.card.cvv.get_secret_value(),
            "name_on_card": charge.card.name,
        }
    if charge.card_token is None:
        raise Refused("missing_card_token", "a card is paid with the token of one entry")
    return {**card, "card_token": charge.card_token.get_secret_value()}


def _upi_intent(charge: Charge, _: str | None) -> Form:
    app = UPI_PACKAGES.get(charge.upi_app or "", charge.upi_app)
    return {**_UPI, "payment_method": "UPI_PAY", "sdk_params": "true", "upi_app": app}


def _upi_qr(_: Charge, __: str | None) -> Form:
    return {**_UPI, "payment_method": "UPI", "txn_type": "UPI_QR", "sdk_params": "true"}


def _upi_collect(charge: Charge, _: str | None) -> Form:
    return {**_UPI, "payment_method": "UPI_COLLECT", "upi_vpa": charge.vpa}


def _netbanking(charge: Charge, _: str | None) -> Form:
    return {"payment_method_type": "NB", "payment_method": f"NB_{charge.bank}"}


def _wallet(charge: Charge, _: str | None) -> Form:
    wallet = (charge.wallet or "").upper()
    return {"payment_method_type": "WALLET", "payment_method": wallet}


_UPI = {"payment_method_type": "UPI"}
_FORMS: Mapping[Method, Callable[[Charge, str | None], Form]] = {
    Method.CARD: _card,
    Method.UPI_INTENT: _upi_intent,
    Method.UPI_QR: _upi_qr,
    Method.UPI_COLLECT: _upi_collect,
    Method.NETBANKING: _netbanking,
    Method.WALLET: _wallet,
}


def _revealed(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def next_action(charge: Charge, payment: Mapping[str, Any]) -> NextAction | None:
    """What the customer does next: a UPI link where one was given, else Juspay's page."""
    params = part(payment, "sdk_params")
    if charge.method is Method.UPI_COLLECT:
        return NextAction(kind="upi_collect", payee_name=text(params, "merchant_name"))
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
    return "upi://pay?" + "&".join(f"{in_address(k)}={in_address(v)}" for k, v in link.items())
