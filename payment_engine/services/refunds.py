"""Give money back: reserve it under the lock, ask the gateway, and ask again until it is sure."""

from datetime import timedelta

import structlog

from payment_engine import logs
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import AmountTooHigh, NotFound, NothingToRefund
from payment_engine.domain.gateway import ChargeKey, GatewayFailure, RefundState, Refused
from payment_engine.domain.ids import is_id
from payment_engine.domain.money import Paise, display
from payment_engine.domain.requests import RefundIn
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.models import Attempt, Refund
from payment_engine.services import idempotency, jobs
from payment_engine.services.charges import NEVER_STARTED_AFTER, charge_key
from payment_engine.services.idempotency import Answer, Call
from payment_engine.services.payments import check_sees, visible
from payment_engine.services.present import payment_document, refund_document
from payment_engine.services.settle import settle_refund
from payment_engine.services.transitions import Change, changing

_log = structlog.get_logger()


async def start_refund(
    engine: Engine, caller: Caller, payment_id: str, request: RefundIn, call: Call
) -> Answer:
    """Refund ``amount`` paise to where they came from (RFD-1, RFD-3).

    Raises NothingToRefund, AmountTooHigh, and what idempotency raises. An answer the gateway
    owes us is a pending refund that is asked about.
    """

    async def work() -> str:
        async with changing(engine, payment_id, "caller") as change:
            refund = await _intend(change, caller, request, call)
        await push_refund(engine, refund, first=True)
        return refund.id

    async def answer(refund_id: str) -> Answer:
        snapshot = await visible(caller, payment_id)
        refund = refund_document(snapshot.refund(refund_id))
        return Answer(201, {"refund": refund, "payment": payment_document(engine, snapshot)})

    return await idempotency.once(engine, call, work, answer)


async def read_refund(caller: Caller, refund_id: str) -> Refund:
    """One refund; raises NotFound for what is not this caller's."""
    if not is_id("rfd", refund_id):
        raise NotFound
    refund = await Refund.get_or_none(id=refund_id).prefetch_related("payment")
    if refund is None:
        raise NotFound
    check_sees(caller, refund.payment)
    return refund


async def push_refund(
    engine: Engine, refund: Refund, *, first: bool, source: str | None = None
) -> None:
    """Have the gateway know of the refund, and hear what became of it.

    The same reference never refunds twice: after the first try it is looked up before it is
    sent again, and one that the gateway knew before is only looked up.
    """
    attempt = await Attempt.get(id=refund.attempt_id).select_related("payment")
    logs.bind(payment=attempt.payment_id, attempt=attempt.id, refund=refund.id)
    gateway, key = engine.gateways[attempt.gateway], charge_key(attempt)
    word: RefundState | GatewayFailure | None = None
    try:
        word = None if first else await gateway.fetch_refund(refund.ref, key)
    except GatewayFailure as failure:
        _log.warning("refund_check_without_answer", failure=type(failure).__name__)
        return
    if word is None and refund.gateway_refund_id is None:
        word = await _sent(gateway, key, refund)
        sure = first or engine.now() - refund.created_at > NEVER_STARTED_AFTER
        if isinstance(word, Refused) and not sure:
            return
    if word:
        source = source or ("answer" if first else "check")
        await settle_refund(engine, attempt.payment_id, refund.id, word, source)


async def _sent(gateway: Gateway, key: ChargeKey, refund: Refund) -> RefundState | GatewayFailure:
    try:
        return await gateway.refund(refund.ref, key, Paise(refund.amount))
    except GatewayFailure as failure:
        _log.warning("refund_without_answer", failure=type(failure).__name__)
        return failure


async def _intend(change: Change, caller: Caller, request: RefundIn, call: Call) -> Refund:
    check_sees(caller, change.payment)
    refund_id = change.new_id("rfd")
    await idempotency.claim(change.engine, change.tx, call, refund_id)
    attempt = _holding_money(change)
    left = attempt.amount_captured - attempt.amount_refund_reserved
    if request.amount > left:
        raise AmountTooHigh(
            f"{display(Paise(request.amount))} is more than the {display(Paise(left))} left",
            available=left,
            errors=[{"pointer": "/amount", "message": f"at most {left} paise are left to refund"}],
        )
    lines = [line.model_dump() for line in request.lines]
    refund = change.add_refund(attempt, refund_id, request.amount, request.reason, lines)
    soon = change.now + timedelta(seconds=change.engine.settings.check_schedule[0])
    await jobs.enqueue(change.tx, "refund", refund.id, soon, attempt.gateway)
    return refund


def _holding_money(change: Change) -> Attempt:
    """The attempt that paid; where it has nothing left, one whose money did not go back."""
    paid = [attempt for attempt in change.snapshot.attempts if attempt.amount_captured]
    left = [a for a in paid if a.elected or a.amount_captured > a.amount_refund_reserved]
    if not left:
        raise NothingToRefund(current=change.payment.status)
    return max(left, key=lambda a: (a.amount_captured > a.amount_refund_reserved, a.elected))
