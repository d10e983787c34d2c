"""The intent to charge: committed with all that must be stored in case the process dies."""

from dataclasses import replace
from datetime import datetime

from payment_engine.domain.errors import AttemptInProgress, PaymentNotOpen, TooManyAttempts
from payment_engine.domain.events import Source
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.payment import Attempt, Payment, Snapshot
from payment_engine.domain.states import PAYMENT_UNPAID
from payment_engine.domain.store import Load, Loaded
from payment_engine.engine import Engine
from payment_engine.services.access.idempotency import check_unused, claimed_key
from payment_engine.services.attempts.card_testing import check_declines
from payment_engine.services.attempts.charge import (
    AttemptContext,
    choose_gateway,
    create_attempt,
    new_ref,
)
from payment_engine.services.documents import attempt_document
from payment_engine.services.instruments.limits import check_limits, limit_guard
from payment_engine.services.lifecycle.change import Beside, change_payment
from payment_engine.services.routing.breakers import routing_state
from payment_engine.services.routing.choice import nobody_admits, probe_given_back

_ALLOWED = [
    {"action": "wait", "how": "GET the payment with ?wait="},
    {"action": "replace", "how": "send this attempt's id as replaces to change method"},
    {"action": "cancel", "how": "POST to the payment's /cancel"},
]


async def create_intent(
    engine: Engine,
    load: Load,
    loaded: Loaded,
    context: AttemptContext,
    *,
    orphan: Attempt | None = None,
) -> tuple[Snapshot, Attempt]:
    """Commit an attempt before its gateway is called; the payment after it, and the attempt.

    ``orphan``: an attempt of the same call, whose process died; this one takes its key over. Raises
    PaymentNotOpen, TooManyAttempts, LimitExceeded, TooManyDeclines, AttemptInProgress,
    MethodNotAvailable.

    The gateway is chosen before, since a probe is taken from the database; whether the payment
    takes an attempt is checked before that, and again when it is decided.
    """
    ref = context.source.ref or new_ref(engine)
    replaces = orphan.id if orphan else context.request.replaces
    _check_may_start(engine, loaded, engine.now(), replaces, context)
    await routing_state(engine)
    choice = await choose_gateway(engine, context, ref, {})
    if choice is None:
        raise nobody_admits(engine, context.needs)

    def decide(change: PaymentChange, loaded: Loaded) -> Beside:
        if orphan is None:
            check_unused(engine, context.call, loaded)
        _check_may_start(engine, loaded, change.now, replaces, context)
        if loaded.snapshot.live:
            change.release(loaded.snapshot.live, "orphaned" if orphan else "replaced")
        attempt, beside = create_attempt(engine, change, context, choice, ref)
        key = claimed_key(engine, context.call, attempt.id)
        limits = limit_guard(loaded)
        if orphan:
            return replace(beside, limits=limits, repointed=key)
        return replace(beside, limits=limits, claim=key)

    async with probe_given_back(engine, choice):
        changed = await change_payment(
            engine, load, decide, Source.CALLER, intent=True, known=loaded
        )
    return changed.snapshot, changed.snapshot.attempt(f"att_{ref}")


def _check_may_start(
    engine: Engine,
    loaded: Loaded,
    now: datetime,
    replaces: str | None,
    context: AttemptContext,
) -> None:
    """Raise PaymentNotOpen, TooManyAttempts, LimitExceeded, TooManyDeclines or AttemptInProgress if
    the payment, as loaded, takes no attempt that replaces the one of id ``replaces``."""
    _check_open(loaded.snapshot.payment, now)
    most = engine.settings.attempts_most
    if len(loaded.snapshot.attempts) >= most:
        raise TooManyAttempts(f"this payment has had {most} attempts: cancel it and open another")
    check_limits(loaded)
    check_declines(engine, loaded, now, context)
    live = loaded.snapshot.live
    if live and live.id != replaces:
        raise AttemptInProgress(
            "wait for it, replace it, or cancel the payment",
            attempt=attempt_document(engine, loaded.snapshot, live),
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
