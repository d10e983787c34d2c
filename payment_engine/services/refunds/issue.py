"""Refunds: reserved under the payment's lock, sent once, and looked up until they are certain."""

from datetime import timedelta

import structlog

from payment_engine import logs
from payment_engine.db.models import Refund
from payment_engine.db.snapshot import Snapshot
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import NotFound
from payment_engine.domain.events import Source
from payment_engine.domain.gateway import (
    ChargeState,
    GatewayFailure,
    RefundOutcome,
    RefundState,
    Refused,
)
from payment_engine.domain.ids import is_id
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.money import Paise
from payment_engine.domain.requests.payments import RefundIn
from payment_engine.domain.states import RefundStatus
from payment_engine.engine import Engine
from payment_engine.services.access import idempotency
from payment_engine.services.access.idempotency import Answer, IdempotentCall
from payment_engine.services.documents import payment_document, refund_document
from payment_engine.services.lifecycle.outcomes import apply_refund_outcome
from payment_engine.services.lifecycle.transitions import PaymentChange, change_payment
from payment_engine.services.payments import check_sees, visible_payment
from payment_engine.services.refunds.rules import (
    attempt_to_refund,
    check_not_returned,
    check_refundable,
    returned_charge,
)

_log = structlog.get_logger()


async def create_refund(
    engine: Engine, caller: Caller, payment_id: str, request: RefundIn, call: IdempotentCall
) -> Answer:
    """Refund ``amount`` paise to what they were paid with, as RBI requires.

    Raises NothingToRefund, AmountTooHigh, RefundWindowOver, MoneyAlreadyReturned, Unavailable,
    and what idempotency raises. If the gateway's answer is missing, the refund is pending and
    is looked up later.
    """

    async def start() -> Answer:
        await _check_money_is_there(engine, caller, payment_id, request, call)
        async with change_payment(engine, payment_id, Source.CALLER) as change:
            refund = await _create_intent(change, caller, request, call)
        snapshot = await push_refund(engine, refund, first=True) or change.snapshot
        return _answer(engine, snapshot, refund.id)

    async def resume(refund_id: str) -> Answer:
        return _answer(engine, await visible_payment(engine, caller, payment_id), refund_id)

    return await idempotency.once(engine, call, start, resume)


async def read_refund(caller: Caller, refund_id: str) -> Refund:
    """One refund, with its attempt and payment; raises NotFound for another merchant's."""
    if not is_id("rfd", refund_id):
        raise NotFound
    refund = await Refund.get_or_none(id=refund_id).select_related("payment", "attempt__payment")
    if refund is None:
        raise NotFound
    check_sees(caller, refund.payment)
    return refund


async def push_refund(
    engine: Engine,
    refund: Refund,
    *,
    first: bool,
    source: Source | None = None,
    send: bool = True,
) -> Snapshot | None:
    """Look a refund up at its gateway and send it if the gateway does not know it.

    Returns the payment after it; None if nothing was learned. The refund's attempt and its
    payment must be loaded. One reference never refunds twice: after the ``first`` try a refund is
    looked up before it is sent again, and one that the gateway knew before, or without ``send``,
    is only looked up. An automatic refund is given up if the gateway returned the money itself.
    """
    attempt = refund.attempt
    logs.bind(payment=attempt.payment_id, attempt=attempt.id, refund=refund.id)
    try:
        outcome = await _outcome(engine, refund, first=first, send=send)
    except GatewayFailure as failure:
        _log.warning("refund_check_without_answer", failure=type(failure).__name__)
        return None
    if outcome is None:
        return None
    source = source or (Source.ANSWER if first else Source.CHECK)
    return await apply_refund_outcome(engine, attempt.payment_id, refund.id, outcome, source)


async def _outcome(
    engine: Engine, refund: Refund, *, first: bool, send: bool
) -> RefundOutcome | None:
    """What the gateway knows or does; raises GatewayFailure if it cannot be looked up."""
    attempt = refund.attempt
    gateway, unknown_there = engine.gateways[attempt.gateway], refund.gateway_refund_id is None
    state = None if first else await gateway.fetch_refund(refund.ref, attempt.charge_key)
    if state is None and unknown_there and refund.automatic:
        charge = await returned_charge(gateway, attempt)
        state = _given_up(refund, charge) if charge else None
    if state or not unknown_there or not send:
        return state
    outcome = await _send(engine, refund)
    certain = first or engine.now() - refund.created_at > gateway.shows_within
    return None if isinstance(outcome, Refused) and not certain else outcome


async def _send(engine: Engine, refund: Refund) -> RefundOutcome:
    gateway = engine.gateways[refund.attempt.gateway]
    try:
        return await gateway.refund(refund.ref, refund.attempt.charge_key, Paise(refund.amount))
    except GatewayFailure as failure:
        _log.warning("refund_without_answer", failure=type(failure).__name__)
        return failure


def _given_up(refund: Refund, returned: ChargeState) -> RefundState:
    """A refund that is not needed any more: it fails, and so is put under review."""
    return RefundState(
        ref=refund.ref,
        charge_ref=refund.attempt.ref,
        status=RefundStatus.FAILED,
        gateway_status=returned.gateway_status,
        gateway_code="money_already_returned",
    )


async def _check_money_is_there(
    engine: Engine, caller: Caller, payment_id: str, request: RefundIn, call: IdempotentCall
) -> None:
    """Before anything is reserved, ask the gateway about an attempt in conflict or under review.

    A repetition of an earlier call asks no gateway.
    """
    snapshot = await visible_payment(engine, caller, payment_id)
    if not any(attempt.conflict or attempt.review for attempt in snapshot.attempts):
        return
    if await idempotency.earlier_answer(engine, call) is not None:
        raise idempotency.AlreadyClaimed
    await check_not_returned(engine, attempt_to_refund(snapshot, request.attempt_id))


async def _create_intent(
    change: PaymentChange, caller: Caller, request: RefundIn, call: IdempotentCall
) -> Refund:
    check_sees(caller, change.payment)
    refund_id = change.new_id("rfd")
    await idempotency.claim(change.engine, change.tx, call, refund_id)
    attempt = attempt_to_refund(change.snapshot, request.attempt_id)
    check_refundable(change, attempt, request.amount)
    lines = [line.model_dump() for line in request.lines]
    refund = change.add_refund(attempt, refund_id, request.amount, request.reason, lines)
    soon = change.now + timedelta(seconds=change.engine.settings.check_schedule[0])
    change.enqueue(JobKind.REFUND, refund.id, soon, attempt.gateway)
    return refund


def _answer(engine: Engine, snapshot: Snapshot, refund_id: str) -> Answer:
    refund = refund_document(snapshot.refund(refund_id))
    return Answer.created({"refund": refund, "payment": payment_document(engine, snapshot)})
