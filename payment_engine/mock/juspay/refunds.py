"""Refunds: queued as PENDING, then done, failed or unclear."""

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
from payment_engine.mock.script import Stage

_DUPLICATE = "Duplicate refund call."
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

    ``refund_type=INSTANT`` pays back to the card at once; there is no such way but for cards.
    """
    juspay, fields = juspay_of(request), fields_of(request)
    order = _refunded_order(juspay, fields)
    instant = fields.get("refund_type") == "INSTANT"
    if instant and order.txn and order.txn.method_type != "CARD":
        raise errors.no_gateway()
    return answer(bare_refund_document(order, queue_refund(juspay, order, fields, request.path)))


def queue_refund(juspay: Juspay, order: Order, fields: dict[str, str], path: str) -> Refund:
    """Queue a refund. Raises Refusal where the order does not allow it."""
    refund = _new_refund(juspay, order, fields)
    refund.kind = fields.get("refund_type") or "STANDARD"
    order.refunds.append(refund)
    _schedule(juspay, order, refund, path)
    return refund


def _create(request: Request, order_id: str) -> HTTPResponse:
    juspay, fields = juspay_of(request), fields_of(request)
    order = juspay.order(order_id)
    queue_refund(juspay, order, fields, request.path)
    return answer(current_document(juspay, order))


def _refunded_order(juspay: Juspay, fields: dict[str, str]) -> Order:
    """The order of a refund by attempt; only the attempt that took the money has any to return."""
    txn_id = fields.get("txn_id", "")
    if not txn_id:
        return juspay.order(fields.get("order_id", ""))
    pairs = juspay.txns.values()
    found = next((order for order, txn in pairs if txn.txn_id == txn_id), None)
    if not found:
        raise errors.no_such_order(fields.get("order_id", txn_id))
    if found.txn and found.txn.txn_id != txn_id:
        message = "Cannot process unsuccessful order."
        raise errors.legacy("ERROR", "invalid.order.not_successful", message, -1)
    return found


def _new_refund(juspay: Juspay, order: Order, fields: dict[str, str]) -> Refund:
    """A refund that the order allows; without an amount it is all that is left."""
    unique_request_id = fields.get("unique_request_id", "")
    amount = paise_of(fields["amount"]) if "amount" in fields else order.refundable
    if not unique_request_id or fields.get("amount") == "":
        message = "Mandatory fields are missing"
        raise errors.legacy("Bad Request", message, message)
    if order.status not in CHARGED:
        message = "Cannot process unsuccessful order."
        raise errors.legacy("ERROR", "invalid.order.not_successful", message, -1)
    if any(refund.unique_request_id == unique_request_id for refund in order.refunds):
        raise errors.legacy("ERROR", "duplicate.call", _DUPLICATE, -1)
    if not amount and "amount" in fields:
        raise errors.legacy("ERROR", "invalid amount", "Invalid amount.", -1)
    if not amount or amount > order.refundable:
        message = "Refund amount exceeds the refundable amount."
        raise errors.legacy("ERROR", "invalid.amount.exceeded", message, -1)
    refund = Refund(unique_request_id, amount, juspay.world.clock.now())
    if _repeats_recent(juspay, order, refund):
        raise errors.legacy("ERROR", "duplicate.call", _DUPLICATE, "-1")
    return refund


def _repeats_recent(juspay: Juspay, order: Order, refund: Refund) -> bool:
    """Another refund of the same amount moments ago is taken for the same one."""
    window = juspay.world.config.same_refund_window
    return any(
        other.amount == refund.amount and (refund.created - other.created).total_seconds() < window
        for other in order.refunds
    )


def _schedule(juspay: Juspay, order: Order, refund: Refund, path: str) -> None:
    scripted = juspay.world.script.take(
        Stage.REFUND,
        gateway="juspay",
        path=path,
        order_id=order.order_id,
        instrument=order.txn.method_type if order.txn else None,
        bank=order.txn.method if order.txn else None,
    )
    kind, behaviour = (scripted.kind, scripted.behaviour) if scripted else ("", {})
    after, clock = juspay.world.config.refund_after, juspay.world.clock
    if refund.kind == "INSTANT" and after:
        after = 0
    if "seconds" in behaviour:
        after = float(behaviour["seconds"])
    if kind != "refund_hold" and after is not None:
        status = _SCRIPTED_STATUSES.get(kind, "SUCCESS")
        clock.later(after, lambda: complete(juspay, order, refund, status))
    if kind == "refund_bounce" and after is not None:
        late = after + float(behaviour.get("after", _BOUNCE_AFTER))
        clock.later(late, lambda: bounce(juspay, order, refund))


def complete(juspay: Juspay, order: Order, refund: Refund, status: str) -> None:
    """End a refund as SUCCESS, FAILURE or MANUAL_REVIEW; one that has ended stays as it is."""
    if refund.status not in ("PENDING", "MANUAL_REVIEW"):
        return
    refund.status = status
    world = juspay.world
    if status == "SUCCESS":
        refund.ref, refund.arn = world.ids.hexes("rfnd_", 14), world.ids.digits(23)
        refund.done = world.clock.stamp()
        record_movement(juspay, order, "refund", refund.unique_request_id, refund.amount)
        if order.txn and order.txn.wallet:
            order.txn.wallet.balance += refund.amount
    elif status == "FAILURE":
        refund.error_code, refund.error_message = "REFUND_FAILED", "Refund declined by the bank."
    send_event(juspay, _EVENTS[status], order)


def bounce(juspay: Juspay, order: Order, refund: Refund) -> bool:
    """The customer's bank sends a refund back: it failed after all; False if it had not been done.

    Juspay documents no word for this; FAILURE with its webhook is what its refunds end in.
    """
    if refund.status != "SUCCESS":
        return False
    refund.status, refund.error_code = "FAILURE", "REFUND_BOUNCED"
    refund.error_message = "Returned by the customer's bank."
    record_movement(juspay, order, "bounce", refund.unique_request_id, refund.amount)
    send_event(juspay, _EVENTS["FAILURE"], order)
    return True
