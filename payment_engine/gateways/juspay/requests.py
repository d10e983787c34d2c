"""What Juspay is sent about orders: one function for each call."""

from dataclasses import replace

from payment_engine.domain.gateway import Charge, ChargeKey, Client, Platform, Refused
from payment_engine.domain.money import Paise, to_rupees
from payment_engine.domain.payment_methods import (
    CardNumber,
    CardOnFile,
    CardPage,
    CardToken,
    ChargeSource,
    LinkedWallet,
    NetBanking,
    UpiCollect,
    UpiIntent,
    UpiQr,
    Wallet,
)
from payment_engine.domain.upi import APPS
from payment_engine.domain.upi_policy import effective_platform
from payment_engine.gateways.juspay.tables import (
    CAPTURE_REFUSED,
    CHANNELS,
    ORDER_FIELDS,
    ORDER_REFUSED,
    TXN_FIELDS,
    TXN_REFUSED,
)
from payment_engine.gateways.juspay.wire import Form, JuspayRequest
from payment_engine.gateways.reading import in_address

_ONLY_CARDS = {
    "allowDefaultOptions": False,
    "options": [{"paymentMethodType": "CARD", "enable": True}],
}
"""Juspay's payment locking: what else its page shows would be another attempt's method."""


def create_order(charge: Charge) -> JuspayRequest:
    """``POST /orders``: an order over the charge's amount, under our own reference."""
    form = {**_order_form(charge), **_capture_form(charge)}
    return JuspayRequest(
        operation="create_order",
        method="POST",
        path="/orders",
        customer_ref=charge.customer.ref,
        allow=ORDER_FIELDS,
        form=form,
    )


def open_page(charge: Charge, client_id: str) -> JuspayRequest:
    """``POST /session``: an order with Juspay's own page, which takes a card and nothing else."""
    order = {**_order_form(charge), **_capture_form(charge)}
    return JuspayRequest(
        operation="open_page",
        method="POST",
        path="/session",
        customer_ref=charge.customer.ref,
        allow=ORDER_FIELDS,
        json={
            **{name: value for name, value in order.items() if value is not None},
            "payment_page_client_id": client_id,
            "action": "paymentPage",
            "payment_filter": _ONLY_CARDS,
        },
        refusals=ORDER_REFUSED,
    )


def start_txn(charge: Charge, merchant_id: str) -> JuspayRequest:
    """``POST /txns``: the order's transaction; raises Refused for what Juspay cannot charge."""
    form = {
        "order_id": charge.ref,
        "merchant_id": merchant_id,
        "redirect_after_payment": "true",
        "format": "json",
        "payment_channel": _channel(charge.client),
        **source_form(charge.source),
    }
    return JuspayRequest(
        operation="start_txn",
        method="POST",
        path="/txns",
        customer_ref=charge.customer.ref,
        allow=TXN_FIELDS,
        form=form,
        refusals=TXN_REFUSED,
    )


def with_order(start: JuspayRequest, charge: Charge) -> JuspayRequest:
    """The same ``POST /txns`` with the order's fields in it, which creates the order as well."""
    order = {f"order.{name}": value for name, value in _order_form(charge).items()}
    txn = {name: value for name, value in (start.form or {}).items() if name != "order_id"}
    return replace(start, operation="start_order", form={**order, **txn})


def _order_form(charge: Charge) -> Form:
    return {
        "order_id": charge.ref,
        "amount": to_rupees(charge.amount),
        "currency": "INR",
        "customer_id": charge.customer.ref,
        "customer_email": charge.customer.email,
        "customer_phone": charge.customer.phone,
        "description": charge.description,
        "return_url": charge.return_url,
    }


def _capture_form(charge: Charge) -> Form:
    return {"metadata.txns.auto_capture": None if charge.capture else "false"}


def fetch_order(key: ChargeKey) -> JuspayRequest:
    """``GET /orders/{order_id}``."""
    return JuspayRequest(
        operation="fetch_order",
        method="GET",
        path=f"/orders/{in_address(key.ref)}",
        customer_ref=key.customer_ref,
        allow=ORDER_FIELDS,
    )


def refund(ref: str, key: ChargeKey, amount: Paise) -> JuspayRequest:
    """``POST /orders/{order_id}/refunds``, under our own reference ``ref``."""
    return JuspayRequest(
        operation="refund",
        method="POST",
        path=f"/orders/{in_address(key.ref)}/refunds",
        customer_ref=key.customer_ref,
        allow=ORDER_FIELDS,
        form={"unique_request_id": ref, "amount": to_rupees(amount)},
    )


def capture(key: ChargeKey, txn_uuid: str, amount: Paise) -> JuspayRequest:
    """``POST /v2/txns/{txn_uuid}/capture``: all of it without a body, or a part of it.

    A part has a key, the same for each try: while Juspay still shows a slow first try as
    AUTHORIZED, a second one would capture another part.
    """
    part = {"amount": to_rupees(amount), "idempotence_key": f"{key.ref}-{amount}"}
    return _after_authorization("capture", key, txn_uuid, part if amount < key.amount else {})


def void(key: ChargeKey, txn_uuid: str) -> JuspayRequest:
    """``POST /v2/txns/{txn_uuid}/void``."""
    return _after_authorization("void", key, txn_uuid, {})


def _after_authorization(verb: str, key: ChargeKey, txn_uuid: str, form: Form) -> JuspayRequest:
    return JuspayRequest(
        operation=verb,
        method="POST",
        path=f"/v2/txns/{in_address(txn_uuid)}/{verb}",
        customer_ref=key.customer_ref,
        allow=ORDER_FIELDS,
        form=form,
        refusals=CAPTURE_REFUSED,
    )


def source_form(source: ChargeSource) -> Form:
    """The fields that say what pays; raises Refused for what Juspay cannot charge."""
    match source:
        case UpiIntent(app=app):
            package = _package_of(app)
            return {**_upi("UPI_PAY"), "sdk_params": "true", "upi_app": package}
        case UpiQr():
            return {**_upi("UPI_QR"), "payment_method": "UPI", "sdk_params": "true"}
        case UpiCollect(vpa=vpa):
            return {**_upi("UPI_COLLECT"), "upi_vpa": vpa}
        case NetBanking(bank=bank):
            return {"payment_method_type": "NB", "payment_method": f"NB_{bank}"}
        case Wallet(wallet=wallet):
            return {"payment_method_type": "WALLET", "payment_method": wallet.upper()}
        case LinkedWallet() | CardPage():
            raise Refused(
                "not_offered", "no linked wallets here, and a page starts its own", certain=True
            )
        case card:
            return {"payment_method_type": "CARD", **_card_form(card)}


def _upi(flow: str) -> Form:
    """A flow by both of its names: accounts differ in the one that they read."""
    return {"payment_method_type": "UPI", "payment_method": flow, "txn_type": flow}


def _channel(client: Client) -> str | None:
    """Where the checkout runs; a page of a phone that is no iPhone is Android's."""
    if client.platform is Platform.MOBILE_WEB:
        platform = effective_platform(client.platform, client.user_agent)
        return "IOS_WEB" if platform is Platform.IOS else "ANDROID_WEB"
    return CHANNELS.get(client.platform)


def method_type(source: ChargeSource) -> str:
    """Juspay's ``payment_method_type`` of what pays."""
    return source_form(source)["payment_method_type"] or ""


def _card_form(card: CardToken | CardNumber | CardOnFile) -> Form:
    match card:
        case CardOnFile(token=token, cvv=cvv):
            code = cvv.get_secret_value() if cvv else None
            return {"card_token": token.get_secret_value(), "card_security_code": code}
        case CardToken(token=token, save=save):
            return {**_consent(save=save), "card_token": token.get_secret_value()}
        case number:
            return {**_consent(save=number.save), **_number_form(number)}


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


def _package_of(app: str | None) -> str | None:
    """An app's Android package, by which Juspay names it; an app of no table as it was given."""
    known = APPS.get(app or "")
    return known.package if known else app
