"""Starts one attempt to pay: first the intent, then the gateway, then its outcome."""

from dataclasses import replace
from datetime import datetime

from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import AttemptInProgress, PaymentNotOpen, TooManyAttempts
from payment_engine.domain.events import Source
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.payment import Payment, Snapshot
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.requests.attempts import AttemptIn
from payment_engine.domain.states import PAYMENT_UNPAID
from payment_engine.domain.store import Load, Loaded
from payment_engine.engine import Engine
from payment_engine.services.access.idempotency import (
    Answer,
    IdempotentCall,
    check_unused,
    claimed_key,
)
from payment_engine.services.attempts.charge import (
    AttemptContext,
    charge_with_failover,
    choose_gateway,
    create_attempt,
    new_ref,
)
from payment_engine.services.attempts.payment_source import resolve_source
from payment_engine.services.documents import attempt_document, payment_document
from payment_engine.services.instruments.limits import check_limits, limit_guard
from payment_engine.services.instruments.upi import check_flow
from payment_engine.services.lifecycle.change import Beside, change_payment
from payment_engine.services.lifecycle.once import answer_now, keyed_load, once, reply_to
from payment_engine.services.routing.breakers import routing_state
from payment_engine.services.routing.choice import nobody_admits, probe_given_back

_ALLOWED = [
    {"action": "wait", "how": "GET the payment with ?wait="},
    {"action": "replace", "how": "send this attempt's id as replaces to change method"},
    {"action": "cancel", "how": "POST to the payment's /cancel"},
]


async def start_attempt(
    engine: Engine,
    caller: Caller,
    payment_id: str,
    request: AttemptIn,
    call: IdempotentCall,
    ip: str | None = None,
) -> Answer:
    """Charge once, at one gateway or another. A decline is an answer: 201 with a failed attempt.

    Raises PaymentNotOpen, AttemptInProgress, TooManyAttempts, LimitExceeded, MethodNotAvailable,
    and what idempotency raises.
    """
    load = replace(keyed_load(payment_id, call), for_attempt=True, now=engine.now())

    def render(snapshot: Snapshot, attempt_id: str) -> Answer:
        payment = payment_document(engine, snapshot)
        attempt = next(each for each in payment["attempts"] if each["id"] == attempt_id)
        return Answer.created({"attempt": attempt, "payment": payment})

    async def start(loaded: Loaded) -> Answer:
        check_flow(engine, loaded, Method(request.method), request.client)
        source = await resolve_source(engine, loaded.snapshot.payment, request)
        context = AttemptContext(
            request=request, client=request.client.at(ip), source=source, call=call
        )
        created, attempt_id = await _create_intent(engine, load, loaded, context)
        attempt = created.attempt(attempt_id)
        charged = await charge_with_failover(engine, created, attempt, context, render)
        reply = reply_to(call, charged.attempt.id, render)
        return charged.answer or await answer_now(engine, charged.snapshot, reply)

    return await once(engine, caller, load, call, start, render)


async def _create_intent(
    engine: Engine, load: Load, loaded: Loaded, context: AttemptContext
) -> tuple[Snapshot, str]:
    """Commit everything that must be stored in case the process dies while it calls the gateway.

    The gateway is chosen before, since a probe is taken from the database; whether the payment
    takes an attempt is checked before that, and again when it is decided.
    """
    ref, replaces = context.source.ref or new_ref(engine), context.request.replaces
    _check_may_start(engine, loaded, engine.now(), replaces)
    await routing_state(engine)
    choice = await choose_gateway(engine, loaded.snapshot.payment, context, ref, {})
    if choice is None:
        raise nobody_admits(engine, context.method)

    def decide(change: PaymentChange, loaded: Loaded) -> Beside:
        check_unused(engine, context.call, loaded)
        _check_may_start(engine, loaded, change.now, replaces)
        if loaded.snapshot.live:
            change.release(loaded.snapshot.live, "replaced")
        attempt, beside = create_attempt(engine, change, context, choice, ref)
        claim = claimed_key(engine, context.call, attempt.id)
        return replace(beside, claim=claim, limits=limit_guard(loaded))

    async with probe_given_back(engine, choice):
        changed = await change_payment(
            engine, load, decide, Source.CALLER, intent=True, known=loaded
        )
    return changed.snapshot, f"att_{ref}"


def _check_may_start(engine: Engine, loaded: Loaded, now: datetime, replaces: str | None) -> None:
    """Raise PaymentNotOpen, TooManyAttempts, LimitExceeded or AttemptInProgress if the payment, as
    loaded, takes no attempt that replaces the one of id ``replaces``."""
    _check_open(loaded.snapshot.payment, now)
    most = engine.settings.attempts_most
    if len(loaded.snapshot.attempts) >= most:
        raise TooManyAttempts(f"this payment has had {most} attempts: cancel it and open another")
    check_limits(loaded)
    live = loaded.snapshot.live
    if live and live.id != replaces:
        raise AttemptInProgress(
            "wait for it, replace it, or cancel the payment",
            attempt=attempt_document(engine, live),
            allowed=_ALLOWED,
        )


def _check_open(payment: Payment, now: datetime) -> None:
    unpaid = payment.status in PAYMENT_UNPAID
    if unpaid and payment.expires_at > now:
        return
    raise PaymentNotOpen(
        "this payment has expired" if unpaid else f"this payment is {payment.status}",
        current="expired" if unpaid else payment.status,
    )
