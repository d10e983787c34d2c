"""Give money back: reserve it under the lock, ask the gateway, and ask again until it is sure."""

from datetime import timedelta

import structlog

from payment_engine import logs
from payment_engine.db import jobs
from payment_engine.db.models import Attempt, Refund
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import NotFound
from payment_engine.domain.gateway import (
    ChargeKey,
    ChargeState,
    GatewayFailure,
    RefundState,
    Refused,
)
from payment_engine.domain.ids import is_id
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.money import Paise
from payment_engine.domain.requests.payments import RefundIn
from payment_engine.domain.states import RefundStatus
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.services.access import idempotency
from payment_engine.services.access.idempotency import Answer, IdempotentCall
from payment_engine.services.documents import payment_document, refund_document
from payment_engine.services.lifecycle.outcomes import apply_refund_outcome
from payment_engine.services.lifecycle.transitions import Change, changing
from payment_engine.services.payments import check_sees, visible_payment
from payment_engine.services.refunds.rules import (
    check_not_returned,
    gone_back,
    holding_money,
    refundable,
)

_log = structlog.get_logger()


async def start_refund(
    engine: Engine, caller: Caller, payment_id: str, request: RefundIn, call: IdempotentCall
) -> Answer:
    """Refund ``amount`` paise to where they came from (RFD-1, RFD-3).

    Raises NothingToRefund, AmountTooHigh, RefundWindowOver, MoneyAlreadyReturned, Unavailable,
    and what idempotency raises. An answer the gateway owes us is a pending refund that is asked
    about.
    """

    async def work() -> str:
        await _check_there(engine, caller, payment_id, request, call)
        async with changing(engine, payment_id, "caller") as change:
            refund = await _intend(change, caller, request, call)
        await push_refund(engine, refund, first=True)
        return refund.id

    async def answer(refund_id: str) -> Answer:
        snapshot = await visible_payment(engine, caller, payment_id)
        refund = refund_document(snapshot.refund(refund_id))
        return Answer.created({"refund": refund, "payment": payment_document(engine, snapshot)})

    return await idempotency.once(engine, call, work, answer)


async def _check_there(
    engine: Engine, caller: Caller, payment_id: str, request: RefundIn, call: IdempotentCall
) -> None:
    """Before anything is reserved: money in doubt is asked about, unless this was asked before."""
    snapshot = await visible_payment(engine, caller, payment_id)
    if not any(attempt.conflict or attempt.review for attempt in snapshot.attempts):
        return
    if await idempotency.earlier_answer(engine, call) is not None:
        raise idempotency.AlreadyClaimed
    attempt = holding_money(snapshot, request.attempt_id)
    attempt.payment = snapshot.payment
    await check_not_returned(engine, attempt, attempt.charge_key)


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
    engine: Engine,
    refund: Refund,
    *,
    first: bool,
    source: str | None = None,
    send: bool = True,
) -> None:
    """Have the gateway know of the refund, and hear what became of it.

    The same reference never refunds twice: after the first try it is looked up before it is
    sent again, and one that the gateway knew before is only looked up, as is every one without
    ``send``. Money that went back by itself is not given back a second time (RFD-8).
    """
    attempt = await Attempt.get(id=refund.attempt_id).select_related("payment")
    logs.bind(payment=attempt.payment_id, attempt=attempt.id, refund=refund.id)
    gateway, key = engine.gateways[attempt.gateway], attempt.charge_key
    word: RefundState | GatewayFailure | None = None
    try:
        word = None if first else await gateway.fetch_refund(refund.ref, key)
        if word is None and refund.automatic and refund.gateway_refund_id is None:
            word = _not_needed(refund, attempt, await gone_back(gateway, attempt, key))
    except GatewayFailure as failure:
        _log.warning("refund_check_without_answer", failure=type(failure).__name__)
        return
    if word is None and refund.gateway_refund_id is None and send:
        word = await _sent(gateway, key, refund)
        sure = first or engine.now() - refund.created_at > gateway.shows_within
        if isinstance(word, Refused) and not sure:
            return
    if word:
        source = source or ("answer" if first else "check")
        await apply_refund_outcome(engine, attempt.payment_id, refund.id, word, source)


def _not_needed(refund: Refund, attempt: Attempt, gone: ChargeState | None) -> RefundState | None:
    """A refund that is given up, since the gateway was faster; a person sees it."""
    if gone is None:
        return None
    return RefundState(
        ref=refund.ref,
        charge_ref=attempt.ref,
        status=RefundStatus.FAILED,
        gateway_status=gone.gateway_status,
        gateway_code="money_already_returned",
    )


async def _sent(gateway: Gateway, key: ChargeKey, refund: Refund) -> RefundState | GatewayFailure:
    try:
        return await gateway.refund(refund.ref, key, Paise(refund.amount))
    except GatewayFailure as failure:
        _log.warning("refund_without_answer", failure=type(failure).__name__)
        return failure


async def _intend(
    change: Change, caller: Caller, request: RefundIn, call: IdempotentCall
) -> Refund:
    check_sees(caller, change.payment)
    refund_id = change.new_id("rfd")
    await idempotency.claim(change.engine, change.tx, call, refund_id)
    attempt = refundable(change, request.amount, request.attempt_id)
    lines = [line.model_dump() for line in request.lines]
    refund = change.add_refund(attempt, refund_id, request.amount, request.reason, lines)
    soon = change.now + timedelta(seconds=change.engine.settings.check_schedule[0])
    await jobs.enqueue(change.tx, JobKind.REFUND, refund.id, soon, attempt.gateway)
    return refund
