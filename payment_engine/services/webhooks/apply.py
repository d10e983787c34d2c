"""Applies the states that one event carries to the payments they are about."""

import asyncio
from collections.abc import Iterable

import structlog

from payment_engine.domain.commit import WebhookReceipt
from payment_engine.domain.events import Source
from payment_engine.domain.gateway import ChargeState, RefundState, WebhookEvent
from payment_engine.domain.ids import is_gateway_ref
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.payment import Attempt, Snapshot
from payment_engine.domain.reports import report_foreign_refund
from payment_engine.domain.store import Load, Loaded
from payment_engine.engine import Engine
from payment_engine.services.lifecycle.change import Beside, change_payment
from payment_engine.services.lifecycle.outcomes import (
    count_unknown_codes,
    count_unknown_status,
    decide_charge,
    decide_refund,
)
from payment_engine.services.lifecycle.sanitize import printable

_log = structlog.get_logger()


async def payments_of(engine: Engine, event: WebhookEvent) -> list[Loaded]:
    """The payments that an event is about, each once; a reference of ours is the body of an id."""
    found = await asyncio.gather(*(engine.committer.load(load) for load in _loads(event)))
    by_id = {each.snapshot.payment.id: each for each in found if each}
    return list(by_id.values())


async def apply_event(
    engine: Engine,
    gateway: str,
    event: WebhookEvent,
    loaded: Loaded,
    receipt: WebhookReceipt | None = None,
) -> None:
    """Apply what an event reports about one payment, like any other outcome.

    ``receipt`` is stored with it; raises EventTaken if the event was received before.
    """
    _count_unknown(gateway, event, loaded.snapshot)

    def decide(change: PaymentChange, _: Loaded) -> Beside:
        for charge in event.charges:
            attempt = _attempt(change.snapshot, gateway, charge.ref)
            if attempt:
                decide_charge(engine, change, attempt.id, charge)
        for refund in event.refunds:
            _decide_refund(change, gateway, refund)
        return Beside(webhook=receipt)

    load = Load(find="payment", id=loaded.snapshot.payment.id)
    await change_payment(engine, load, decide, Source.WEBHOOK, known=loaded)


def named_attempt(gateway: str, event: WebhookEvent, payment: Snapshot) -> Attempt | None:
    """The first attempt of the payment that the event is about."""
    found = (_attempt(payment, gateway, ref) for ref in attempt_refs(event))
    return next((attempt for attempt in found if attempt), None)


def attempt_refs(event: WebhookEvent) -> list[str]:
    """The references in an event that could be those of attempts."""
    refs = [each.ref for each in event.charges]
    refs += [each.charge_ref for each in event.refunds if each.charge_ref]
    return [ref for ref in refs if is_gateway_ref(ref)]


def _loads(event: WebhookEvent) -> Iterable[Load]:
    refs = dict.fromkeys(attempt_refs(event))
    yield from (Load(find="attempt", id=f"att_{ref}") for ref in refs)
    for refund in event.refunds:
        if refund.charge_ref not in refs and is_gateway_ref(refund.ref):
            yield Load(find="refund", id=f"rfd_{refund.ref}")


def _decide_refund(change: PaymentChange, gateway: str, state: RefundState) -> None:
    """One of ours, or money that the gateway returns without being requested to."""
    ours = (each for each in change.snapshot.refunds if each.ref == state.ref)
    refund = next(ours, None)
    if refund and change.attempt(refund.attempt_id).gateway == gateway:
        decide_refund(change, refund.id, state)
    elif attempt := _attempt(change.snapshot, gateway, state.charge_ref):
        report_foreign_refund(change, attempt.id)


def _attempt(payment: Snapshot, gateway: str, ref: str | None) -> Attempt | None:
    own = (each for each in payment.attempts if each.ref == ref and each.gateway == gateway)
    return next(own, None)


def _count_unknown(gateway: str, event: WebhookEvent, payment: Snapshot) -> None:
    for charge in event.charges:
        if attempt := _attempt(payment, gateway, charge.ref):
            count_unknown_codes(attempt, charge)
    for refund in event.refunds:
        count_unknown_status(gateway, refund)


def log_unknown(gateway: str, event: WebhookEvent) -> None:
    """An event about no payment of ours: another system may share our account at the gateway."""
    states: Iterable[ChargeState | RefundState] = (*event.charges, *event.refunds)
    for state in states:
        _log.warning("webhook_of_unknown_payment", gateway=gateway, ref=printable(state.ref, 64))
