"""Refunds: queued as PENDING, then SUCCESS, FAILURE or MANUAL_REVIEW."""

from urllib.parse import unquote

from sanic import HTTPResponse, Request

from payment_engine.mock.juspay import errors
from payment_engine.mock.juspay.documents import bare_refund_document
from payment_engine.mock.juspay.model import CHARGED, Order, Refund
from payment_engine.mock.juspay.outcomes import record_movement
from payment_engine.mock.juspay.state import Juspay, juspay_of
from payment_engine.mock.juspay.webhooks import current_document, send_event
from payment_engine.mock.juspay.wire import answer, fields_of
from payment_engine.mock.money import paise_of
from payment_engine.mock.script import Scripted, Stage

_EVENTS = {
    "SUCCESS": "ORDER_REFUNDED",
    "FAILURE": "ORDER_REFUND_FAILED",
    "MANUAL_REVIEW": "REFUND_MANUAL_REVIEW_NEEDED",
}
_BOUNCE_AFTER = 2.0
_SCRIPTED_STATUSES = {"refund_failure": "FAILURE", "refund_manual_review": "MANUAL_REVIEW"}


async def create(request: Request, order_id: str) -> HTTPResponse:
    """``POST /orders/{order_id}/refunds``."""
    return _create(request, unquote(order_id))


async def create_legacy(request: Request) -> HTTPResponse:
    """``POST /order/refund`` with ``order_id`` in the body."""
    return _create(request, fields_of(request).get("order_id", ""))


async def create_by_txn(request: Request) -> HTTPResponse:
    """``POST /refunds`` by ``txn_id`` or ``order_id``; answers with the refund alone.

    ``refund_type=INSTANT`` refunds to the card at once, and only to cards.
    """
    juspay = juspay_of(request)
    fields = fields_of(request)
    order = _refunded_order(juspay, fields)
    instant = fields.get("refund_type") == "INSTANT"
    if instant and order.txn and order.txn.method_type != "CARD":
        raise errors.no_gateway()
    return answer(bare_refund_document(order, queue_refund(juspay, order, fields, request.path)))


def queue_refund(juspay: Juspay, order: Order, fields: dict[str, str], path: str) -> Refund:
    """Queue a refund. Raises Refusal where the order does not allow it."""
    refund = _new_refund(juspay, order, fields)
    if _repeats_recent(juspay, order, refund):
        raise errors.duplicate_refund("-1")
    refund.kind = fields.get("refund_type") or "STANDARD"
    order.refunds.append(refund)
    send_event(juspay, "REFUND_INITIATED", order)
    _schedule(juspay, order, refund, path)
    return refund


def _create(request: Request, order_id: str) -> HTTPResponse:
    juspay = juspay_of(request)
    fields = fields_of(request)
    order = juspay.order(order_id)
    queue_refund(juspay, order, fields, request.path)
    return answer(current_document(juspay, order))


def _refunded_order(juspay: Juspay, fields: dict[str, str]) -> Order:
    """The order of a refund by ``txn_id``, which only the charged attempt of an order allows."""
    txn_id = fields.get("txn_id", "")
    if not txn_id:
        return juspay.order(fields.get("order_id", ""))
    pairs = juspay.txns.values()
    found = next((order for order, txn in pairs if txn.txn_id == txn_id), None)
    if not found:
        raise errors.no_such_order(fields.get("order_id", txn_id))
    if found.txn and found.txn.txn_id != txn_id:
        raise errors.order_not_charged()
    return found


def _new_refund(juspay: Juspay, order: Order, fields: dict[str, str]) -> Refund:
    """A refund of ``amount``, or of all that is left. Raises Refusal."""
    unique_request_id = fields.get("unique_request_id", "")
    if not unique_request_id or fields.get("amount") == "":
        raise errors.missing_refund_fields()
    if order.status not in CHARGED:
        raise errors.order_not_charged()
    if any(refund.unique_request_id == unique_request_id for refund in order.refunds):
        raise errors.duplicate_refund(-1)
    return Refund(unique_request_id, _refund_amount(order, fields), juspay.world.clock.now())


def _refund_amount(order: Order, fields: dict[str, str]) -> int:
    amount = paise_of(fields["amount"]) if "amount" in fields else order.refundable
    if not amount and "amount" in fields:
        raise errors.invalid_refund_amount()
    if not amount or amount > order.refundable:
        raise errors.refund_amount_exceeded()
    return amount


def _repeats_recent(juspay: Juspay, order: Order, refund: Refund) -> bool:
    """Whether the same amount was refunded moments ago, which Juspay takes for a repeat."""
    window = juspay.world.config.same_refund_window
    return any(
        other.amount == refund.amount and (refund.created - other.created).total_seconds() < window
        for other in order.refunds
    )


def _schedule(juspay: Juspay, order: Order, refund: Refund, path: str) -> None:
    """Let the refund end after a while, as scripted if it is."""
    scripted = _script_of(juspay, order, path)
    kind = scripted.kind if scripted else ""
    behaviour = scripted.behaviour if scripted else {}
    after = juspay.world.config.refund_after
    if refund.kind == "INSTANT" and after:
        after = 0
    if "seconds" in behaviour:
        after = float(behaviour["seconds"])
    if kind == "refund_hold" or after is None:
        return
    clock = juspay.world.clock
    status = _SCRIPTED_STATUSES.get(kind, "SUCCESS")
    clock.later(after, lambda: complete(juspay, order, refund, status))
    if kind == "refund_bounce":
        late = after + float(behaviour.get("after", _BOUNCE_AFTER))
        clock.later(late, lambda: bounce(juspay, order, refund))


def _script_of(juspay: Juspay, order: Order, path: str) -> Scripted | None:
    return juspay.world.script.take(
        Stage.REFUND,
        gateway="juspay",
        path=path,
        order_id=order.order_id,
        instrument=order.txn.method_type if order.txn else None,
        bank=order.txn.method if order.txn else None,
    )


def complete(juspay: Juspay, order: Order, refund: Refund, status: str) -> None:
    """End a refund as SUCCESS, FAILURE or MANUAL_REVIEW; one that has ended stays as it is."""
    if refund.status not in ("PENDING", "MANUAL_REVIEW"):
        return
    refund.status = status
    world = juspay.world
    if status == "SUCCESS":
        refund.ref = world.ids.hexes("rfnd_", 14)
        refund.arn = world.ids.digits(23)
        refund.done = world.clock.stamp()
        record_movement(juspay, order, "refund", refund.unique_request_id, refund.amount)
        if order.txn and order.txn.wallet:
            order.txn.wallet.balance += refund.amount
    elif status == "FAILURE":
        refund.done = world.clock.stamp()
        refund.error_code = "REFUND_FAILED"
        refund.error_message = "Refund declined by the bank."
    send_event(juspay, _EVENTS[status], order)


def bounce(juspay: Juspay, order: Order, refund: Refund) -> bool:
    """The customer's bank returns a refund; False if it had not succeeded.

    Juspay documents no status for this; we use FAILURE and its webhook.
    """
    if refund.status != "SUCCESS":
        return False
    refund.status = "FAILURE"
    refund.error_code = "REFUND_BOUNCED"
    refund.error_message = "Returned by the customer's bank."
    record_movement(juspay, order, "bounce", refund.unique_request_id, refund.amount)
    send_event(juspay, _EVENTS["FAILURE"], order)
    return True
