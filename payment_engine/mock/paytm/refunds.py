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
    """``POST /refund/apply`` and its variants: PENDING/601 means accepted."""
    paytm = paytm_of(request)
    message = signed_message(request, REFUND_CODES)
    order, attempt, paise = _checked_refund(paytm, message)
    scripted = paytm.world.script.take(
        Stage.REFUND,
        gateway="paytm",
        path=request.path,
        order_id=order.order_id,
        instrument=attempt.instrument,
        bank=attempt.bank,
    )
    if scripted and scripted.behaviour.get("when") == "before":
        raise Refusal("TXN_FAILURE", str(scripted.behaviour.get("code", "620")))
    refund = Refund(message.field("refId"), paytm.new_refund_id(), paise, paytm.world.clock.now())
    order.refunds.append(refund)
    body = {
        **result_info("PENDING", "601"),
        "txnTimestamp": format_time(attempt.time),
        **refund_ids(paytm, order, refund),
        "txnId": attempt.txn_id,
        "refundAmount": rupees_text(paise),
    }
    _schedule(paytm, order, refund, scripted)
    return answer(request, body, signed=True)


async def read(request: Request) -> HTTPResponse:
    """``POST /v2/refund/status`` and its older variant."""
    paytm = paytm_of(request)
    message = signed_message(request, REFUND_CODES)
    order = paytm.orders.get(message.field("orderId"))
    refund = order and _find_refund(order, message.field("refId"))
    if not order or not refund or not order.attempt:
        raise Refusal("TXN_FAILURE", "631")
    return answer(request, refund_document(paytm, order, order.attempt, refund), signed=True)


def complete(paytm: Paytm, order: Order, refund: Refund, status: str, code: str) -> None:
    """End a refund, or leave it open with another code; one that has ended stays as it is."""
    if not refund.is_pending:
        return
    refund.status = status
    refund.code = code
    if status == PAID:
        refund.ended = paytm.world.clock.now()
        refund.accepted = refund.accepted or refund.ended
        refund.rrn = paytm.world.ids.digits(12)
        record_movement(paytm, order, "refund", refund.ref, refund.paise, refund.rrn)
        send_refund_event(paytm, "REFUND_SUCCESS", order, refund)
        if paytm.config.arn_webhook:
            send_refund_event(paytm, "REFUND_ARN", order, refund)
    elif status == FAILED:
        send_refund_event(paytm, "REFUND_FAILED", order, refund)


def bounce(paytm: Paytm, order: Order, refund: Refund) -> bool:
    """The customer's bank returns a refund; False if it had not succeeded."""
    if refund.status != PAID:
        return False
    refund.status = FAILED
    refund.code = "311"
    record_movement(paytm, order, "bounce", refund.ref, refund.paise, refund.rrn)
    send_refund_event(paytm, "REFUND_FAILED", order, refund)
    return True


def _checked_refund(paytm: Paytm, message: Message) -> tuple[Order, Attempt, int]:
    """The payment to refund, and the paise. Raises Refusal."""
    mandatory = ("orderId", "txnId", "refId", "refundAmount")
    if message.field("txnType") != "REFUND" or not all(message.field(name) for name in mandatory):
        raise Refusal("TXN_FAILURE", "600")
    if len(message.field("refId")) > _MAX_REF_LENGTH:
        raise Refusal("TXN_FAILURE", "600")
    order = paytm.orders.get(message.field("orderId"))
    attempt = order.attempt if order else None
    if not order or not attempt or attempt.status != PAID:
        raise Refusal("TXN_FAILURE", "607")
    if attempt.txn_id != message.field("txnId"):
        raise Refusal("TXN_FAILURE", "627")
    if existing := _find_refund(order, message.field("refId")):
        raise Refusal("TXN_FAILURE", _repeat_code(paytm, existing))
    if paytm.config.one_refund_at_a_time and any(each.is_pending for each in order.refunds):
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


def _repeat_code(paytm: Paytm, existing: Refund) -> str:
    """The code with which the same ``refId`` is refused."""
    if existing.status == PAID:
        return "629"
    if paytm.world.clock.now() - existing.created < _REPEAT_WINDOW:
        return "617"
    return "703" if existing.is_pending else "701"


def _find_refund(order: Order, ref: str) -> Refund | None:
    return next((each for each in order.refunds if each.ref == ref), None)


def _schedule(paytm: Paytm, order: Order, refund: Refund, scripted: Scripted | None) -> None:
    """Accept the refund, then let it end after a while, as scripted if it is."""
    behaviour = scripted.behaviour if scripted else {}
    clock = paytm.world.clock
    kind = scripted.kind if scripted else ""
    after = paytm.world.config.refund_after
    if "seconds" in behaviour:
        after = float(behaviour["seconds"])
    if kind != "refund_failure":
        clock.later(paytm.config.accept_refund_after, lambda: _accept(paytm, order, refund))
    if kind == "refund_hold" or after is None:
        return
    status, default_code = _SCRIPTED_ENDINGS.get(kind, (PAID, "10"))
    code = str(behaviour.get("code", default_code))
    clock.later(after, lambda: complete(paytm, order, refund, status, code))
    if kind == "refund_bounce":
        late = after + float(behaviour.get("after", _BOUNCE_AFTER))
        clock.later(late, lambda: bounce(paytm, order, refund))


def _accept(paytm: Paytm, order: Order, refund: Refund) -> None:
    if refund.is_pending and not refund.accepted:
        refund.accepted = paytm.world.clock.now()
        send_refund_event(paytm, "REFUND_ACCEPTED", order, refund)
