"""Refunds: reserved first, sent once, and looked up until they are certain."""

from datetime import timedelta

from payment_engine import logs
from payment_engine.domain.callers import Caller
from payment_engine.domain.events import Source
from payment_engine.domain.gateway import (
    ChargeKey,
    ChargeState,
    GatewayFailure,
    RefundOutcome,
    RefundState,
    Refused,
    Throttled,
    Unconfirmed,
)
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.money import Paise
from payment_engine.domain.payment import Refund, Snapshot
from payment_engine.domain.refund_approval import needs_approval
from payment_engine.domain.requests.payments import RefundIn
from payment_engine.domain.states import REFUND_NOT_SENT, REFUND_UNDECIDED, RefundStatus
from payment_engine.domain.store import Loaded
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.services.access.idempotency import (
    Answer,
    IdempotentCall,
    check_unused,
    claimed_key,
)
from payment_engine.services.documents import payment_document, refund_document
from payment_engine.services.lifecycle.change import Beside, Changed, Reply, change_payment
from payment_engine.services.lifecycle.once import answer_now, keyed_load, once, reply_to
from payment_engine.services.lifecycle.outcomes import apply_refund_outcome
from payment_engine.services.lifecycle.read import check_sees, load_refund
from payment_engine.services.refunds.rules import (
    attempt_to_refund,
    check_not_returned,
    check_refundable,
    returned_charge,
)
from payment_engine.services.routing.failures import note_failure


async def create_refund(
    engine: Engine, caller: Caller, payment_id: str, request: RefundIn, call: IdempotentCall
) -> Answer:
    """Refund ``amount`` paise to what they were paid with, as RBI requires.

    Raises NothingToRefund, AmountTooHigh, RefundWindowOver, MoneyAlreadyReturned, Unavailable,
    and what idempotency raises. If the gateway's answer is missing, the refund is pending and
    is looked up later. One above the limit waits for a second person.
    """
    load = keyed_load(payment_id, call)

    def decide(change: PaymentChange, loaded: Loaded) -> Beside:
        check_unused(engine, call, loaded)
        attempt = attempt_to_refund(loaded.snapshot, request.attempt_id)
        check_refundable(engine, attempt, request.amount, change.now)
        lines = [line.model_dump() for line in request.lines]
        limit = engine.settings.refund_approval_above
        refund = change.add_refund(
            attempt,
            request.amount,
            request.reason,
            lines,
            requested_by=caller.actor,
            needs_approval=needs_approval(loaded.snapshot, attempt, request.amount, limit),
        )
        if refund.status not in REFUND_NOT_SENT:
            follow_up(engine, change, refund)
        return Beside(claim=claimed_key(engine, call, refund.id))

    def render(snapshot: Snapshot, refund_id: str) -> Answer:
        refund = refund_document(snapshot.refund(refund_id))
        return Answer.created({"refund": refund, "payment": payment_document(engine, snapshot)})

    async def start(loaded: Loaded) -> Answer:
        await _check_money_is_there(engine, loaded.snapshot, request)
        created = await change_payment(
            engine, load, decide, Source.CALLER, intent=True, known=loaded
        )
        refund = created.snapshot.refunds[-1]
        reply = reply_to(call, refund.id, render)
        changed = await push_refund(engine, created.snapshot, refund.id, reply=reply, first=True)
        return await _answer(engine, changed or created, reply)

    async def resume(known: Snapshot, refund_id: str) -> Answer:
        changed, reply = Changed(known), reply_to(call, refund_id, render)
        if known.refund(refund_id).status in REFUND_UNDECIDED:
            changed = await push_refund(engine, known, refund_id, reply=reply) or changed
        return await _answer(engine, changed, reply)

    return await once(engine, caller, load, call, start, resume)


def follow_up(engine: Engine, change: PaymentChange, refund: Refund) -> None:
    """Have a worker look a refund up soon, and send it if its first sending never left."""
    soon = change.now + timedelta(seconds=engine.settings.check_schedule[0])
    gateway = change.attempt(refund.attempt_id).gateway
    change.request_job(JobKind.REFUND, refund.id, soon, gateway)


async def _answer(engine: Engine, changed: Changed, reply: Reply) -> Answer:
    return changed.answer or await answer_now(engine, changed.snapshot, reply)


async def read_refund(engine: Engine, caller: Caller, refund_id: str) -> Snapshot:
    """The payment with one refund; raises NotFound for another merchant's."""
    snapshot = await load_refund(engine, refund_id)
    check_sees(caller, snapshot.payment)
    return snapshot


async def push_refund(
    engine: Engine,
    known: Snapshot,
    refund_id: str,
    *,
    reply: Reply | None = None,
    first: bool = False,
    source: Source | None = None,
    send: bool = True,
) -> Changed | None:
    """Look a refund up at its gateway and send it if the gateway does not know it.

    Returns the payment after it; None if the gateway did not answer. ``reply`` answers who
    requested it.
    One reference never refunds twice: unless it is the ``first`` try, the refund is looked up
    before it is sent again, and one that the gateway knew before, or without ``send``, is only
    looked up. An automatic refund is given up if the gateway returned the money
    itself. One that waits for a second person, or was rejected, never gets there.
    """
    refund = known.refund(refund_id)
    if refund.status in REFUND_NOT_SENT:
        return Changed(known)
    logs.bind(payment=refund.payment_id, attempt=refund.attempt_id, refund=refund.id)
    try:
        outcome = await _outcome(engine, known, refund, first=first, send=send)
    except GatewayFailure as failure:
        gateway = known.attempt(refund.attempt_id).gateway
        note_failure("refund_check_without_answer", gateway, failure)
        return None
    if outcome is None:
        return Changed(known)
    source = source or (Source.ANSWER if reply else Source.CHECK)
    return await apply_refund_outcome(engine, known, refund_id, outcome, source, reply)


async def _outcome(
    engine: Engine, known: Snapshot, refund: Refund, *, first: bool, send: bool
) -> RefundOutcome | None:
    """What the gateway knows or does; raises GatewayFailure if it cannot be looked up."""
    attempt = known.attempt(refund.attempt_id)
    gateway, unknown_there = engine.gateway(attempt.gateway), refund.gateway_refund_id is None
    key = known.charge_key(attempt)
    state = None if first else await gateway.fetch_refund(refund.gateway_knows_it_as, key)
    if state is None and unknown_there and refund.automatic:
        charge = await returned_charge(gateway, known, attempt)
        state = _given_up(refund, attempt.ref, charge) if charge else None
    if state or not unknown_there or not send or refund.foreign_ref:
        return state
    outcome = await _send(engine, known, refund)
    if not isinstance(outcome, Refused | Unconfirmed):
        return outcome
    outcome = await _confirmed(gateway, refund, key, outcome)
    certain = first or engine.now() - refund.begun_at > gateway.shows_within
    return None if isinstance(outcome, Refused) and not certain else outcome


async def _confirmed(
    gateway: Gateway, refund: Refund, key: ChargeKey, refusal: Refused | Unconfirmed
) -> RefundOutcome:
    """A refused refund after one look: the refund if there is one, for a proxy that sent the
    request twice gets the refusal of the second; else Refused, and again later if it was Throttled.

    Where the look fails, nobody knows: it is pending, and looked up later.
    """
    try:
        state = await gateway.fetch_refund(refund.ref, key)
    except GatewayFailure as failure:
        note_failure("refusal_without_a_look", gateway.name, failure)
        return refusal if isinstance(refusal, Unconfirmed) else failure
    if state or isinstance(refusal, Throttled):
        return state or refusal
    return Refused(refusal.code).because(refusal.cause)


async def _send(engine: Engine, known: Snapshot, refund: Refund) -> RefundOutcome:
    attempt = known.attempt(refund.attempt_id)
    gateway, key = engine.gateway(attempt.gateway), known.charge_key(attempt)
    try:
        return await gateway.refund(refund.ref, key, Paise(refund.amount))
    except GatewayFailure as failure:
        note_failure("refund_without_answer", attempt.gateway, failure)
        return failure


def _given_up(refund: Refund, charge_ref: str, returned: ChargeState) -> RefundState:
    """A refund that is not needed any more: it fails, and so is put under review."""
    return RefundState(
        ref=refund.ref,
        charge_ref=charge_ref,
        status=RefundStatus.FAILED,
        gateway_status=returned.gateway_status,
        gateway_code="money_already_returned",
    )


async def _check_money_is_there(engine: Engine, known: Snapshot, request: RefundIn) -> None:
    """Before anything is reserved, ask the gateway about an attempt in conflict or under review."""
    if any(attempt.conflict or attempt.review for attempt in known.attempts):
        attempt = attempt_to_refund(known, request.attempt_id)
        await check_not_returned(engine, known, attempt)
