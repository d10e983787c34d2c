"""How a charge starts at Juspay: the form we send, and what the customer does next."""

from collections.abc import Mapping
from typing import Any

from payment_engine.domain.gateway import (
    CardNumber,
    CardOnFile,
    CardPage,
    CardToken,
    Charge,
    ChargeSource,
    LinkedWallet,
    Method,
    NetBanking,
    NextAction,
    Refused,
    Unknown,
    UpiCollect,
    UpiIntent,
    UpiQr,
    Wallet,
)
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
        **_source_form(charge.source, saved),
    }


def _source_form(source: ChargeSource, saved: str | None) -> Form:
    match source:
        case UpiIntent(app=app):
            package = UPI_PACKAGES.get(app or "", app)
            return {**_UPI, "payment_method": "UPI_PAY", "sdk_params": "true", "upi_app": package}
        case UpiQr():
            return {**_UPI, "payment_method": "UPI", "txn_type": "UPI_QR", "sdk_params": "true"}
        case UpiCollect(vpa=vpa):
            return {**_UPI, "payment_method": "UPI_COLLECT", "upi_vpa": vpa}
        case NetBanking(bank=bank):
            return {"payment_method_type": "NB", "payment_method": f"NB_{bank}"}
        case Wallet(wallet=wallet):
            return {"payment_method_type": "WALLET", "payment_method": wallet.upper()}
        case LinkedWallet():
            raise Refused("no_linked_wallets", "Juspay links no wallets")
        case card:
            return {"payment_method_type": "CARD", **_card_form(card, saved)}


def _card_form(card: CardToken | CardNumber | CardPage | CardOnFile, saved: str | None) -> Form:
    match card:
        case CardOnFile(cvv=cvv):
            code = cvv.get_secret_value() if cvv else None
            return {"card_token": saved, "card_security_code": code}
        case CardToken(token=token, save=save):
            return {**_consent(save=save), "card_token": token.get_secret_value()}
        case CardNumber(save=save):
            return {**_consent(save=save), **_number_form(card)}
        case CardPage():
            raise Refused("missing_card_token", "a card is paid with the token of one entry")


def _number_form(card: CardNumber) -> Form:
    return {
        "card_number": card.number.get_secret_value(),
        "card_exp_month": f"{card.month:02}",
        "card_exp_year": str(card.year),
        "card_security_code": card.cvv.get_secret_value(),
        "name_on_card": card.name,
    }


def _consent(*, save: bool) -> Form:
    return {"save_to_locker": "true", "tokenize": "true"} if save else {}


_UPI = {"payment_method_type": "UPI"}


def next_action(charge: Charge, payment: Mapping[str, Any]) -> NextAction | None:
    """What the customer does next: a UPI link where one was given, else Juspay's page."""
    params = part(payment, "sdk_params")
    if isinstance(charge.source, UpiCollect):
        return NextAction(kind="upi_collect", payee_name=text(params, "merchant_name"))
    if params and charge.method is not Method.CARD:
        return NextAction(
            kind="upi_qr" if isinstance(charge.source, UpiQr) else "upi_intent",
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
