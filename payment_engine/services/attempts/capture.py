"""Captures or voids authorized charges: at the shop's request, and again until it is certain."""

from collections.abc import Callable
from datetime import timedelta
from typing import Literal, NamedTuple

from payment_engine import logs
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import (
    AmountTooHigh,
    CaptureInProgress,
    PaymentNotOpen,
    Unsupported,
)
from payment_engine.domain.events import EventType, Source
from payment_engine.domain.gateway import (
    ChargeKey,
    ChargeState,
    GatewayFailure,
    Refused,
    Throttled,
    Unconfirmed,
)
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.money import Paise
from payment_engine.domain.outcomes import contradicts_amounts
from payment_engine.domain.payment import Attempt, Snapshot
from payment_engine.domain.states import AttemptStatus, PaymentStatus
from payment_engine.domain.store import Loaded
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.services.access.idempotency import (
    Answer,
    IdempotentCall,
    check_unused,
    claimed_key,
)
from payment_engine.services.attempts.follow_up import review_attempt
from payment_engine.services.documents import payment_document
from payment_engine.services.lifecycle.change import Beside, Changed, Reply, change_payment
from payment_engine.services.lifecycle.once import answer_now, keyed_load, once, reply_to
from payment_engine.services.lifecycle.outcomes import apply_charge_outcome
from payment_engine.services.routing.configured import configured_gateway
from payment_engine.services.routing.failures import note_failure

Verb = Literal["capture", "void"]
Refusal = Refused | Unconfirmed

_JOBS: dict[Verb, JobKind] = {"capture": JobKind.CAPTURE, "void": JobKind.VOID}
_OPPOSITES: dict[Verb, JobKind] = {"capture": JobKind.VOID, "void": JobKind.CAPTURE}
"""The shop's last request counts: it withdraws the job of an earlier, opposite one."""
_EVENTS: dict[Verb, EventType] = {
    "capture": EventType.CAPTURE_REQUESTED,
    "void": EventType.VOID_REQUESTED,
}
_STILL_AUTHORIZED = frozenset({AttemptStatus.AUTHORIZED})


class Pushed(NamedTuple):
    """The payment after a capture or void; ``again``: its outcome is not certain yet."""

    snapshot: Snapshot
    again: bool
    failure: GatewayFailure | None = None
    """Why the gateway did not answer."""
    answer: Answer | None = None
    """The stored answer to the call that requested it, if it was a call."""


async def capture(
    engine: Engine, caller: Caller, payment_id: str, amount: int, call: IdempotentCall
) -> Answer:
    """Capture ``amount`` paise of an authorized amount; if that is not all, release the rest.

    Raises PaymentNotOpen, AmountTooHigh, CaptureInProgress, Unsupported, and what idempotency
    raises. 202 if the gateway's answer is still missing: a job asks it again.
    """

    def check(change: PaymentChange, attempt: Attempt) -> None:
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
        change.update_attempt(attempt.id, amount_to_capture=amount)

    return await _request(engine, caller, payment_id, call, "capture", check)


async def void(engine: Engine, caller: Caller, payment_id: str, call: IdempotentCall) -> Answer:
    """Release an authorized amount; raises and answers as capture does."""
    return await _request(engine, caller, payment_id, call, "void", lambda *_: None)


async def capture_or_void(
    engine: Engine,
    known: Snapshot,
    attempt_id: str,
    verb: Verb,
    *,
    reply: Reply | None = None,
    first: bool = False,
) -> Pushed:
    """Have the gateway capture or void an authorized charge; ``reply`` answers who requested it.

    Unless it is the ``first`` try, the charge is looked up before it is sent again.
    A refusal puts it under review if the charge is still authorized.
    """
    attempt = known.attempt(attempt_id)
    if attempt.status is not AttemptStatus.AUTHORIZED:
        return Pushed(known, again=False)
    logs.bind(payment=attempt.payment_id, attempt=attempt.id)
    gateway, key = engine.gateways.get(attempt.gateway), known.charge_key(attempt)
    if gateway is None or not gateway.supports(verb):
        reason = f"{verb} is not possible"
        changed = await review_attempt(engine, known, attempt_id, reason, _STILL_AUTHORIZED)
        return Pushed(changed.snapshot, again=False)
    try:
        state, refusal = await _send(gateway, key, attempt, verb, first=first)
    except GatewayFailure as failure:
        note_failure("no_answer", attempt.gateway, failure, verb=verb)
        return Pushed(known, again=True, failure=failure)
    source = Source.ANSWER if reply else Source.CHECK
    changed = Changed(known)
    if state:
        last = None if refusal else reply
        changed = await apply_charge_outcome(engine, known, attempt_id, state, source, last)
    return await _conclude(engine, changed, attempt_id, verb, refusal, reply)


async def _conclude(
    engine: Engine,
    changed: Changed,
    attempt_id: str,
    verb: Verb,
    refusal: Refusal | None,
    reply: Reply | None,
) -> Pushed:
    attempt = changed.snapshot.attempt(attempt_id)
    if attempt.status is not AttemptStatus.AUTHORIZED:
        return Pushed(changed.snapshot, again=False, answer=changed.answer)
    if refusal is None:
        return Pushed(changed.snapshot, again=True, answer=changed.answer)
    reason, capturing = f"{verb} refused: {refusal.code}", verb == "capture"
    changed = await review_attempt(
        engine,
        changed.snapshot,
        attempt_id,
        reason,
        _STILL_AUTHORIZED,
        reset_capture=capturing,
        reply=reply,
    )
    return Pushed(changed.snapshot, again=False, answer=changed.answer)


async def _send(
    gateway: Gateway, key: ChargeKey, attempt: Attempt, verb: Verb, *, first: bool
) -> tuple[ChargeState | None, Refusal | None]:
    """The new state of the charge, and the refusal, if the gateway did not act."""
    amount = Paise(attempt.amount_to_capture or attempt.amount_authorized)
    state = None if first else await gateway.fetch_charge(key)
    if state and state.status is not AttemptStatus.AUTHORIZED:
        return state, None
    try:
        if verb == "capture":
            return await gateway.capture(key, amount), None
        return await gateway.void(key), None
    except Throttled:
        raise
    except (Refused, Unconfirmed) as refusal:
        state = await gateway.fetch_charge(key)
        moved = state is not None and state.status is not AttemptStatus.AUTHORIZED
        return state, None if moved else refusal


async def _request(
    engine: Engine,
    caller: Caller,
    payment_id: str,
    call: IdempotentCall,
    verb: Verb,
    check: Callable[[PaymentChange, Attempt], None],
) -> Answer:
    load = keyed_load(payment_id, call)

    def decide(change: PaymentChange, loaded: Loaded) -> Beside:
        check_unused(engine, call, loaded)
        attempt = _authorized_attempt(engine, loaded.snapshot, verb)
        check(change, attempt)
        change.note(_EVENTS[verb], attempt)
        soon = change.now + timedelta(seconds=engine.settings.check_schedule[0])
        change.request_job(_JOBS[verb], attempt.id, soon, attempt.gateway)
        change.withdraw_job(_OPPOSITES[verb], attempt.id)
        return Beside(claim=claimed_key(engine, call, payment_id))

    def render(snapshot: Snapshot, _: str) -> Answer:
        return _answer(engine, snapshot)

    async def start(loaded: Loaded) -> Answer:
        requested = await change_payment(
            engine, load, decide, Source.CALLER, intent=True, known=loaded
        )
        attempt = _authorized_attempt(engine, requested.snapshot, verb)
        reply = reply_to(call, payment_id, render)
        pushed = await capture_or_void(
            engine, requested.snapshot, attempt.id, verb, reply=reply, first=True
        )
        return pushed.answer or await answer_now(engine, pushed.snapshot, reply)

    async def resume(known: Snapshot, _: str) -> Answer:
        reply = reply_to(call, payment_id, render)
        pushed = Pushed(known, again=False)
        if known.elected:
            pushed = await capture_or_void(engine, known, known.elected.id, verb, reply=reply)
        return pushed.answer or await answer_now(engine, pushed.snapshot, reply)

    return await once(engine, caller, load, call, start, resume)


def _answer(engine: Engine, snapshot: Snapshot) -> Answer:
    document = payment_document(engine, snapshot)
    uncertain = snapshot.payment.status is PaymentStatus.AUTHORIZED
    return Answer.accepted(document) if uncertain else Answer.done(document)


def _authorized_attempt(engine: Engine, payment: Snapshot, verb: Verb) -> Attempt:
    elected = payment.elected
    if elected is None or elected.status is not AttemptStatus.AUTHORIZED:
        raise PaymentNotOpen(
            "only an authorized payment can be captured or voided", current=payment.payment.status
        )
    if contradicts_amounts(elected.review):
        raise PaymentNotOpen(
            f"the gateway's report has to be explained first: {elected.review}",
            current=payment.payment.status,
        )
    if not configured_gateway(engine, elected.gateway).supports(verb):
        raise Unsupported(f"{elected.gateway} has no {verb}")
    return elected
