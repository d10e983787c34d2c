"""``POST /txns``: every call is a new attempt to pay; captures and voids of authorized ones."""

import re
from collections.abc import Callable
from typing import Any

from sanic import HTTPResponse, Request
from sanic.response import redirect

from payment_engine.mock.juspay import errors
from payment_engine.mock.juspay.cards import set_card
from payment_engine.mock.juspay.model import AUTHORIZED, CHARGED, Order, Txn, Wallet
from payment_engine.mock.juspay.orders import new_order
from payment_engine.mock.juspay.outcomes import begin, charge
from payment_engine.mock.juspay.state import Juspay, juspay_of
from payment_engine.mock.juspay.webhooks import current_document
from payment_engine.mock.juspay.wire import answer, fields_of, truthy
from payment_engine.mock.money import paise_of, rupees_text
from payment_engine.mock.script import Scripted, Stage

MAX_ATTEMPTS = 25
_REDIRECT_TYPES = ("NB", "WALLET", "CONSUMER_FINANCE", "PAYLATER")
_UPI_FLOWS = {
    "UPI_COLLECT": "COLLECT",
    "UPI_PAY": "PAY",
    "UPI_QR": "QR",
    "COLLECT": "COLLECT",
    "PAY": "PAY",
}
_KEY = re.compile(r"[A-Za-z0-9\-_(}+~{.)]+")
_SLOW = 60.0
_CAPTURABLE = frozenset({"AUTHORIZED", "CAPTURE_FAILED", "VOID_FAILED"})


async def start(request: Request) -> HTTPResponse:
    """Start an attempt; needs no API key. Without ``format`` the answer is a redirect."""
    juspay = juspay_of(request)
    fields = fields_of(request)
    if not fields.get("merchant_id"):
        raise errors.legacy("ERROR", "Bad request.", "merchant_id is missing.")
    if fields["merchant_id"] != juspay.config.merchant_id:
        raise errors.access_denied()
    order = _order_to_pay(juspay, fields)
    txn = start_txn(juspay, order, fields, request.path)
    if "format" not in fields:
        return redirect(_browser_url(juspay, order, txn))
    return answer(_start_document(juspay, order, txn, fields))


async def capture(request: Request, txn_uuid: str) -> HTTPResponse:
    """``POST /v2/txns/{txn_uuid}/capture``: all of it, or ``amount`` and the rest is released.

    A part needs its ``idempotence_key``, with which it is captured once. CAPTURE_INITIATED first
    where a bank delay is configured.
    """
    juspay = juspay_of(request)
    fields = fields_of(request)
    order, txn = _known_txn(juspay, txn_uuid)
    amount = paise_of(fields["amount"]) if "amount" in fields else txn.amount
    if not amount or amount > txn.amount:
        raise errors.invalid("amount")
    if amount < txn.amount and _captured_before(txn, fields, amount):
        return answer(current_document(juspay, order))
    _check_authorized(txn)
    _capture(juspay, order, txn, amount, request.path)
    return answer(current_document(juspay, order))


def _captured_before(txn: Txn, fields: dict[str, str], paise: int) -> bool:
    """Whether a part was captured under this key before. Raises Refusal for a wrong key."""
    key = fields.get("idempotence_key", "")
    if not _KEY.fullmatch(key) or txn.captures.get(key, paise) != paise:
        raise errors.invalid("idempotence_key")
    before = key in txn.captures
    if not before:
        _check_authorized(txn)
    txn.captures[key] = paise
    return before


def _capture(juspay: Juspay, order: Order, txn: Txn, paise: int, path: str) -> None:
    scripted = _script_of(juspay, path, order, Stage.CAPTURE)

    def end() -> None:
        if scripted and scripted.kind == "capture_failure":
            txn.status = "CAPTURE_FAILED"
        elif txn.captured + paise <= txn.amount:
            charge(juspay, order, txn, paise)

    if scripted and scripted.kind == "capture_slow":
        juspay.world.clock.later(float(scripted.behaviour.get("seconds", _SLOW)), end)
    else:
        _after_bank_delay(juspay, txn, "CAPTURE_INITIATED", end)


async def void(request: Request, txn_uuid: str) -> HTTPResponse:
    """``POST /v2/txns/{txn_uuid}/void``: the authorized amount is released."""
    juspay = juspay_of(request)
    order, txn = _known_txn(juspay, txn_uuid)
    _check_authorized(txn)
    fails = _script_of(juspay, request.path, order, Stage.VOID) is not None

    def end() -> None:
        txn.status = "VOID_FAILED" if fails else "VOIDED"

    _after_bank_delay(juspay, txn, "VOID_INITIATED", end)
    return answer(current_document(juspay, order))


def start_txn(juspay: Juspay, order: Order, fields: dict[str, str], path: str) -> Txn:
    """Start a new attempt. Raises Refusal."""
    _check_payable(order)
    txn = _new_txn(juspay, order, fields)
    juspay.add_txn(order, txn)
    begin(juspay, order, txn, path)
    return txn


def _browser_url(juspay: Juspay, order: Order, txn: Txn) -> str:
    """Where a browser authenticates, or returns from where there is nothing to authenticate."""
    attempt = f"{juspay.config.merchant_id}/{txn.txn_uuid}"
    if txn.without_customer:
        return f"{juspay.host}/v2/pay/finish/{attempt}/{order.order_id}"
    return f"{juspay.host}/v2/pay/start/{attempt}"


def _order_to_pay(juspay: Juspay, fields: dict[str, str]) -> Order:
    """The order to pay; created here when the call has fields ``order.*``."""
    if "order.order_id" not in fields and "order.amount" not in fields:
        return juspay.order(fields.get("order_id", ""))
    prefix = "order."
    order_fields = {n.removeprefix(prefix): v for n, v in fields.items() if n.startswith(prefix)}
    order_id = order_fields.get("order_id", "")
    if order_id.casefold() in juspay.orders:
        raise errors.duplicate_combined(order_id)
    return new_order(juspay, order_fields)


def _check_payable(order: Order) -> None:
    if order.status in CHARGED | AUTHORIZED:
        raise errors.invalid_action("Order is already paid.")
    if len(order.txns) >= MAX_ATTEMPTS:
        raise errors.invalid_action(f"Order has had {MAX_ATTEMPTS} attempts.")


def _new_txn(juspay: Juspay, order: Order, fields: dict[str, str]) -> Txn:
    method_type, method, flow = _method(fields)
    if flow == "COLLECT" and "@" not in fields.get("upi_vpa", ""):
        raise errors.invalid("upi_vpa")
    world = juspay.world
    txn = Txn(
        txn_id=f"{juspay.config.merchant_id}-{order.order_id}-{len(order.txns) + 1}",
        txn_uuid=world.ids.hexes("eul", 17),
        amount=order.amount,
        created=world.clock.stamp(),
        method_type=method_type,
        method=method,
        flow=flow,
        payer_vpa=fields.get("upi_vpa", "") if flow == "COLLECT" else "",
    )
    if method_type == "CARD":
        set_card(juspay, txn, fields)
    if token := fields.get("direct_wallet_token"):
        txn.wallet = _linked_wallet(juspay, token, txn)
    return txn


def _linked_wallet(juspay: Juspay, token: str, txn: Txn) -> Wallet:
    """The wallet that a one-time token debits. Raises Refusal."""
    wallet = juspay.wallets.tokens.redeem(token)
    if not wallet or not wallet.linked or wallet.name != txn.method:
        raise errors.invalid("direct_wallet_token")
    return wallet


def _method(fields: dict[str, str]) -> tuple[str, str, str]:
    """Method type, method and UPI flow. Raises Refusal where no gateway supports it."""
    method = fields.get("payment_method", "")
    method_type = fields.get("payment_method_type", "")
    if not method_type and ("card_number" in fields or "card_token" in fields):
        method_type = "CARD"
    if method_type == "UPI":
        flow = _UPI_FLOWS.get(method) or _UPI_FLOWS.get(fields.get("txn_type", ""))
        if not flow:
            raise errors.no_gateway()
        return method_type, "UPI", flow
    if method_type == "CARD" or (method_type in _REDIRECT_TYPES and method):
        return method_type, method, ""
    raise errors.no_gateway()


def _start_document(
    juspay: Juspay, order: Order, txn: Txn, fields: dict[str, str]
) -> dict[str, Any]:
    payment: dict[str, Any] = {
        "authentication": {"method": "GET", "url": _browser_url(juspay, order, txn)},
    }
    if txn.upi and txn.flow != "COLLECT" and truthy(fields.get("sdk_params")):
        nested = fields.get("payment_method") == "PAY"
        payment["sdk_params"] = _uri_params(juspay, txn) if nested else _sdk_params(juspay, txn)
    content = {
        "order_id": order.order_id,
        "txn_id": txn.txn_id,
        "txn_uuid": txn.txn_uuid,
        "status": txn.status,
        "payment": payment,
        "offer_details": {"offers": []},
    }
    if txn.without_customer:
        content["merchant_return_url"] = order.fields.get("return_url", "")
    return content


def _uri_params(juspay: Juspay, txn: Txn) -> dict[str, Any]:
    """The same by UPI's own names, where the method is called PAY."""
    params = _sdk_params(juspay, txn)
    return {
        "scheme": "upi",
        "uri_params": {
            "tn": "Payment",
            "mode": "04",
            "mn": params["merchant_name"],
            "cu": "INR",
            "pn": params["merchant_name"],
            "tid": params["tid"],
            "pa": params["merchant_vpa"],
            "am": params["amount"],
            "tr": params["tr"],
            "mc": params["mcc"],
        },
    }


def _sdk_params(juspay: Juspay, txn: Txn) -> dict[str, str]:
    return {
        "tr": juspay.world.ids.digits(18),
        "tid": juspay.world.ids.hexes("MCK", 32),
        "merchant_vpa": f"{juspay.config.merchant_id}@mockbank",
        "merchant_name": juspay.world.config.merchant_name,
        "mcc": "5912",
        "amount": rupees_text(txn.amount),
    }


def _after_bank_delay(juspay: Juspay, txn: Txn, meanwhile: str, end: Callable[[], None]) -> None:
    """Call ``end`` at once or after the configured bank delay, with a status ``meanwhile``."""
    if not juspay.config.capture_after:
        end()
        return
    txn.status = meanwhile
    juspay.world.clock.later(juspay.config.capture_after, end)


def _known_txn(juspay: Juspay, txn_uuid: str) -> tuple[Order, Txn]:
    if txn_uuid not in juspay.txns:
        raise errors.error("RESOURCE_NOT_FOUND", "Transaction not found.")
    return juspay.txns[txn_uuid]


def _check_authorized(txn: Txn) -> None:
    if txn.status not in _CAPTURABLE:
        raise errors.invalid_action(f"Transaction is {txn.status}.")


def _script_of(juspay: Juspay, path: str, order: Order, stage: Stage) -> Scripted | None:
    return juspay.world.script.take(stage, gateway="juspay", path=path, order_id=order.order_id)
