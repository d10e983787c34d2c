"""Captures or voids authorized charges: at the shop's request, and again until it is certain."""

from collections.abc import Callable
from datetime import timedelta
from typing import Literal, NamedTuple

import structlog

from payment_engine import logs
from payment_engine.db.models import Attempt
from payment_engine.db.snapshot import Snapshot
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import (
    AmountTooHigh,
    CaptureInProgress,
    PaymentNotOpen,
    Unsupported,
)
from payment_engine.domain.events import EventType, Source
from payment_engine.domain.gateway import ChargeState, GatewayFailure, Refused
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.money import Paise
from payment_engine.domain.states import AttemptStatus, PaymentStatus
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.services.access import idempotency
from payment_engine.services.access.idempotency import Answer, IdempotentCall
from payment_engine.services.attempts.follow_up import review_attempt
from payment_engine.services.documents import payment_document
from payment_engine.services.lifecycle.outcomes import apply_charge_outcome
from payment_engine.services.lifecycle.transitions import PaymentChange, change_payment
from payment_engine.services.payments import check_sees, visible_payment

Verb = Literal["capture", "void"]

_JOBS: dict[Verb, JobKind] = {"capture": JobKind.CAPTURE, "void": JobKind.VOID}
_OPPOSITES: dict[Verb, JobKind] = {"capture": JobKind.VOID, "void": JobKind.CAPTURE}
"""The shop's last request counts: it withdraws the job of an earlier, opposite one."""
_EVENTS: dict[Verb, EventType] = {
    "capture": EventType.CAPTURE_REQUESTED,
    "void": EventType.VOID_REQUESTED,
}
_STILL_AUTHORIZED = frozenset({AttemptStatus.AUTHORIZED})

_log = structlog.get_logger()


class Pushed(NamedTuple):
    """The payment after a capture or void; ``again``: its outcome is not certain yet."""

    snapshot: Snapshot
    again: bool


async def capture(
    engine: Engine, caller: Caller, payment_id: str, amount: int, call: IdempotentCall
) -> Answer:
    """Capture ``amount`` paise of an authorized amount; if that is not all, release the rest.

    Raises PaymentNotOpen, AmountTooHigh, CaptureInProgress, Unsupported, and what idempotency
    raises. 202 if the gateway's answer is still missing: a job asks it again.
    """

    def check(attempt: Attempt) -> None:
        authorized, requested = attempt.amount_authorized, attempt.amount_to_capture
        where = [{"pointer": "/amount", "message": f"must be {authorized} paise"}]
        if amount > authorized:
            raise AmountTooHigh(available=authorized, errors=where)
        if amount < authorized and not engine.gateways[attempt.gateway].captures_partly:
            raise Unsupported("only the whole authorized amount can be captured", errors=where)
        if requested not in (None, amount):
            raise CaptureInProgress(
                f"a capture of {requested} paise is in progress", amount=requested
            )
        attempt.amount_to_capture = amount

    return await _request(engine, caller, payment_id, call, "capture", check)


async def void(engine: Engine, caller: Caller, payment_id: str, call: IdempotentCall) -> Answer:
    """Release an authorized amount; raises and answers as capture does."""
    return await _request(engine, caller, payment_id, call, "void", lambda _: None)


async def capture_or_void(
    engine: Engine, snapshot: Snapshot, attempt_id: str, verb: Verb, *, first: bool = False
) -> Pushed:
    """Have the gateway capture or void an authorized charge.

    After the first try the charge is looked up before it is sent again. A refusal puts it under
    review if the charge is still authorized.
    """
    attempt = snapshot.attempt(attempt_id)
    if attempt.status is not AttemptStatus.AUTHORIZED:
        return Pushed(snapshot, again=False)
    logs.bind(payment=attempt.payment_id, attempt=attempt.id)
    gateway = engine.gateways[attempt.gateway]
    if not gateway.supports(verb):
        reason = f"{verb} is not possible"
        snapshot = await review_attempt(engine, attempt, reason, _STILL_AUTHORIZED)
        return Pushed(snapshot, again=False)
    try:
        state, refusal = await _send(gateway, attempt, verb, first=first)
    except GatewayFailure as failure:
        _log.warning("no_answer", verb=verb, failure=type(failure).__name__)
        return Pushed(snapshot, again=True)
    if state:
        source = Source.ANSWER if first else Source.CHECK
        snapshot = await apply_charge_outcome(engine, attempt.payment_id, attempt.id, state, source)
    return await _conclude(engine, snapshot, attempt_id, verb, refusal)


async def _conclude(
    engine: Engine, snapshot: Snapshot, attempt_id: str, verb: Verb, refusal: Refused | None
) -> Pushed:
    attempt = snapshot.attempt(attempt_id)
    if attempt.status is not AttemptStatus.AUTHORIZED:
        return Pushed(snapshot, again=False)
    if refusal is None:
        return Pushed(snapshot, again=True)
    reason, capturing = f"{verb} refused: {refusal.code}", verb == "capture"
    snapshot = await review_attempt(
        engine, attempt, reason, _STILL_AUTHORIZED, reset_capture=capturing
    )
    return Pushed(snapshot, again=False)


async def _send(
    gateway: Gateway, attempt: Attempt, verb: Verb, *, first: bool
) -> tuple[ChargeState | None, Refused | None]:
    """The new state of the charge, and the refusal, if the gateway did not act."""
    key = attempt.charge_key
    amount = Paise(attempt.amount_to_capture or attempt.amount_authorized)
    state = None if first else await gateway.fetch_charge(key)
    if state and state.status is not AttemptStatus.AUTHORIZED:
        return state, None
    try:
        if verb == "capture":
            return await gateway.capture(key, amount), None
        return await gateway.void(key), None
    except Refused as refusal:
        return await gateway.fetch_charge(key), refusal


async def _request(
    engine: Engine,
    caller: Caller,
    payment_id: str,
    call: IdempotentCall,
    verb: Verb,
    check: Callable[[Attempt], None],
) -> Answer:
    async def start() -> Answer:
        async with change_payment(engine, payment_id, Source.CALLER) as change:
            check_sees(caller, change.payment)
            await idempotency.claim(engine, change.tx, call, payment_id)
            attempt = _authorized_attempt(change, verb)
            check(attempt)
            change.record(_EVENTS[verb], attempt)
            soon = change.now + timedelta(seconds=engine.settings.check_schedule[0])
            change.enqueue(_JOBS[verb], attempt.id, soon, attempt.gateway)
            change.withdraw_job(_OPPOSITES[verb], attempt.id)
        pushed = await capture_or_void(engine, change.snapshot, attempt.id, verb, first=True)
        return _answer(engine, pushed.snapshot)

    async def resume(_: str) -> Answer:
        return _answer(engine, await visible_payment(engine, caller, payment_id))

    return await idempotency.once(engine, call, start, resume)


def _answer(engine: Engine, snapshot: Snapshot) -> Answer:
    document = payment_document(engine, snapshot)
    uncertain = snapshot.payment.status is PaymentStatus.AUTHORIZED
    return Answer.accepted(document) if uncertain else Answer.done(document)


def _authorized_attempt(change: PaymentChange, verb: Verb) -> Attempt:
    elected = change.snapshot.elected
    if elected is None or elected.status is not AttemptStatus.AUTHORIZED:
        raise PaymentNotOpen(
            "only an authorized payment can be captured or voided", current=change.payment.status
        )
    if not change.engine.gateways[elected.gateway].supports(verb):
        raise Unsupported(f"{elected.gateway} has no {verb}")
    return elected
