"""Refunds: registered as PENDING, accepted, then done, failed or unclear."""

from datetime import timedelta

from sanic import HTTPResponse, Request

from payment_engine.mock.money import paise_of, rupees_text
from payment_engine.mock.paytm.auth import REFUND_CODES, signed_message
from payment_engine.mock.paytm.documents import refund_document, refund_ids
from payment_engine.mock.paytm.errors import Refusal, result_info
from payment_engine.mock.paytm.model import (
    FAILED,
    PAID,
    PENDING,
    Attempt,
    Order,
    Refund,
    instrument,
)
from payment_engine.mock.paytm.outcomes import record_movement
from payment_engine.mock.paytm.state import Paytm, format_time, paytm_of
from payment_engine.mock.paytm.webhooks import send_refund_event
from payment_engine.mock.paytm.wire import Message, answer
from payment_engine.mock.script import Scripted, Stage

_REPEAT_WINDOW = timedelta(minutes=10)
_RUPEE = 100
_MAX_REF_LENGTH = 50
_BOUNCE_AFTER = 2.0
_SCRIPTED_ENDINGS = {"refund_failure": (FAILED, "620"), "refund_manual_review": (PENDING, "628")}


async def create(request: Request) -> HTTPResponse:
    """``POST /refund/apply`` and its twins: ``PENDING``/601 is the good answer."""
    paytm = paytm_of(request)
    message = signed_message(request, REFUND_CODES)
    order, attempt, paise = _checked_refund(paytm, message)
    scripted = paytm.world.script.take(
        Stage.REFUND,
        gateway="paytm",
        path=request.path,
        order_id=order.order_id,
        instrument=instrument(attempt),
        bank=attempt.bank,
    )
    if scripted and scripted.behaviour.get("when") == "before":
        raise Refusal("TXN_FAILURE", str(scripted.behaviour.get("code", "620")))
    made = Refund(message.field("refId"), paytm.new_refund_id(), paise, paytm.world.clock.now())
    order.refunds.append(made)
    body = {
        **result_info("PENDING", "601"),
        "txnTimestamp": format_time(attempt.done or attempt.created),
        **refund_ids(paytm, order, made),
        "txnId": attempt.txn_id,
        "refundAmount": rupees_text(paise),
    }
    _schedule(paytm, order, made, scripted)
    return answer(request, body, signed=True)


async def read(request: Request) -> HTTPResponse:
    """``POST /v2/refund/status`` and its twin."""
    paytm = paytm_of(request)
    message = signed_message(request, REFUND_CODES)
    order = paytm.orders.get(message.field("orderId"))
    found = order and _find_refund(order, message.field("refId"))
    if not order or not found or not order.attempt:
        raise Refusal("TXN_FAILURE", "631")
    return answer(request, refund_document(paytm, order, order.attempt, found), signed=True)


def complete(paytm: Paytm, order: Order, made: Refund, status: str, code: str) -> None:
    """End a refund, or leave it open with another code; one that has ended stays as it is."""
    if not made.moving:
        return
    made.status = status
    made.code = code
    if status == PAID:
        made.done = paytm.world.clock.now()
        made.accepted = made.accepted or made.done
        made.rrn = paytm.world.ids.digits(12)
        record_movement(paytm, order, "refund", made.ref, made.paise, made.rrn)
        send_refund_event(paytm, "REFUND_SUCCESS", order, made)
        if paytm.config.arn_webhook:
            send_refund_event(paytm, "REFUND_ARN", order, made)
    elif status == FAILED:
        send_refund_event(paytm, "REFUND_FAILED", order, made)


def bounce(paytm: Paytm, order: Order, made: Refund) -> bool:
    """The customer's bank sends the money back; False if the refund had not succeeded."""
    if made.status != PAID:
        return False
    made.status = FAILED
    made.code = "311"
    record_movement(paytm, order, "bounce", made.ref, made.paise, made.rrn)
    send_refund_event(paytm, "REFUND_FAILED", order, made)
    return True


def _checked_refund(paytm: Paytm, message: Message) -> tuple[Order, Attempt, int]:
    """The payment that gives back, and how many paise. Raises Refusal."""
    needed = ("orderId", "txnId", "refId", "refundAmount")
    if message.field("txnType") != "REFUND" or not all(message.field(name) for name in needed):
        raise Refusal("TXN_FAILURE", "600")
    if len(message.field("refId")) > _MAX_REF_LENGTH:
        raise Refusal("TXN_FAILURE", "600")
    order = paytm.orders.get(message.field("orderId"))
    attempt = order.attempt if order else None
    if not order or not attempt or attempt.status != PAID:
        raise Refusal("TXN_FAILURE", "607")
    if attempt.txn_id != message.field("txnId"):
        raise Refusal("TXN_FAILURE", "627")
    if known := _find_refund(order, message.field("refId")):
        raise Refusal("TXN_FAILURE", _repeat_code(paytm, known))
    if paytm.config.one_refund_at_a_time and any(each.moving for each in order.refunds):
        raise Refusal("TXN_FAILURE", "626")
    return order, attempt, _refund_paise(order, attempt, message.field("refundAmount"))


def _refund_paise(order: Order, attempt: Attempt, text: str) -> int:
    paise = paise_of(text)
    left = attempt.paise - order.refunded
    if not left:
        raise Refusal("TXN_FAILURE", "610")
    if not paise or paise > left:
        raise Refusal("TXN_FAILURE", "619")
    if paise < _RUPEE and paise != attempt.paise:
        raise Refusal("TXN_FAILURE", "635")
    return paise


def _repeat_code(paytm: Paytm, known: Refund) -> str:
    """Why the same ``refId`` is refused."""
    if known.status == PAID:
        return "629"
    if paytm.world.clock.now() - known.created < _REPEAT_WINDOW:
        return "617"
    return "703" if known.moving else "701"


def _find_refund(order: Order, ref: str) -> Refund | None:
    return next((each for each in order.refunds if each.ref == ref), None)


def _schedule(paytm: Paytm, order: Order, made: Refund, scripted: Scripted | None) -> None:
    """Accept the refund, then end it as scripted, by itself after a while, or not at all."""
    behaviour = scripted.behaviour if scripted else {}
    clock = paytm.world.clock
    kind = scripted.kind if scripted else ""
    after = paytm.world.config.refund_after
    if "seconds" in behaviour:
        after = float(behaviour["seconds"])
    if kind != "refund_failure":
        clock.later(paytm.config.accept_refund_after, lambda: _accept(paytm, order, made))
    if kind == "refund_hold" or after is None:
        return
    status, usual = _SCRIPTED_ENDINGS.get(kind, (PAID, "10"))
    code = str(behaviour.get("code", usual))
    clock.later(after, lambda: complete(paytm, order, made, status, code))
    if kind == "refund_bounce":
        late = after + float(behaviour.get("after", _BOUNCE_AFTER))
        clock.later(late, lambda: bounce(paytm, order, made))


def _accept(paytm: Paytm, order: Order, made: Refund) -> None:
    if made.moving and not made.accepted:
        made.accepted = paytm.world.clock.now()
        send_refund_event(paytm, "REFUND_ACCEPTED", order, made)
