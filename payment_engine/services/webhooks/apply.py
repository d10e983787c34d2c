"""Applies the states that one event carries to the payments they are about."""

import asyncio
from collections.abc import Collection, Iterable, Sequence

from payment_engine.domain.commit import WebhookReceipt
from payment_engine.domain.events import EventType, Source
from payment_engine.domain.gateway import BankReference, RefundState, WebhookEvent
from payment_engine.domain.ids import is_gateway_ref
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.payment import Attempt, Snapshot
from payment_engine.domain.refund_reports import report_refund_of
from payment_engine.domain.store import Load, Loaded
from payment_engine.engine import Engine
from payment_engine.services.lifecycle.change import Beside, change_payment
from payment_engine.services.lifecycle.outcomes import (
    count_unknown_codes,
    count_unknown_status,
    decide_refund,
    decide_webhook_charge,
)
from payment_engine.services.lifecycle.sanitize import fit_bank_reference, fit_refund


async def payments_of(engine: Engine, event: WebhookEvent) -> list[Loaded]:
    """The payments that an event is about, each once; a reference of ours is the body of an id.

    A refund is looked up by its own reference only if the named charge has none of it, and by the
    gateway's id of its charge if the reference is none of ours.
    """
    refs = dict.fromkeys(attempt_refs(event))
    found = await _load_all(engine, [Load(find="attempt", id=f"att_{ref}") for ref in refs])
    known = {refund.ref for each in found for refund in each.snapshot.refunds}
    others = [each for each in event.refunds if each.ref not in known]
    found += await _load_all(engine, [load for each in others if (load := _load_of(each))])
    return list({each.snapshot.payment.id: each for each in found}.values())


async def apply_event(
    engine: Engine,
    gateway: str,
    event: WebhookEvent,
    payments: Sequence[Loaded],
    receipt: WebhookReceipt | None = None,
) -> Collection[str]:
    """Apply what an event reports about its payments, like any other outcome.

    ``receipt`` is stored with the change of its only payment; raises EventTaken if the event was
    received before. Returns the attempts whose gateway is looked up before the event counts: each
    has a job, which is due at once.
    """
    ours = {refund.ref for each in payments for refund in each.snapshot.refunds}
    foreign = {each.ref for each in event.refunds} - ours
    to_confirm: set[str] = set()

    def decide(change: PaymentChange, _: Loaded) -> Beside:
        for charge in event.charges:
            attempt = _attempt(change.snapshot, gateway, charge.ref)
            if attempt and decide_webhook_charge(engine, change, attempt.id, charge):
                to_confirm.add(attempt.id)
        for refund in event.refunds:
            _decide_refund(change, gateway, refund, foreign)
        for reference in event.bank_references:
            _note_bank_reference(change, gateway, reference)
        return Beside(webhook=receipt)

    for loaded in payments:
        _count_unknown(gateway, event, loaded.snapshot)
        load = Load(find="payment", id=loaded.snapshot.payment.id)
        await change_payment(engine, load, decide, Source.WEBHOOK, known=loaded)
    return to_confirm


def named_attempt(gateway: str, event: WebhookEvent, payment: Snapshot) -> Attempt | None:
    """The first attempt of the payment that the event is about."""
    found = (_attempt(payment, gateway, ref) for ref in attempt_refs(event))
    return next((attempt for attempt in found if attempt), None)


def attempt_refs(event: WebhookEvent) -> list[str]:
    """The references in an event that could be those of attempts."""
    refs = [each.ref for each in event.charges]
    refs += [each.charge_ref for each in event.refunds if each.charge_ref]
    refs += [each.ref for each in event.bank_references]
    return [ref for ref in refs if is_gateway_ref(ref)]


def _load_of(refund: RefundState) -> Load | None:
    """What finds the payment of a refund whose charge is not named by a reference of ours."""
    if is_gateway_ref(refund.ref):
        return Load(find="refund", id=f"rfd_{refund.ref}")
    if refund.charge_ref is None and refund.charge_payment_id:
        return Load(find="charge", id=refund.charge_payment_id)
    return None


async def _load_all(engine: Engine, loads: Iterable[Load]) -> list[Loaded]:
    found = await asyncio.gather(*(engine.committer.load(load) for load in loads))
    return [each for each in found if each]


def _decide_refund(
    change: PaymentChange, gateway: str, state: RefundState, foreign: Collection[str]
) -> None:
    """One of ours, or money that the gateway returns without being requested to."""
    refund = next((each for each in change.snapshot.refunds if each.ref == state.ref), None)
    if refund and change.attempt(refund.attempt_id).gateway == gateway:
        decide_refund(change, refund.id, state)
    elif state.ref in foreign and (attempt := _refunded(change.snapshot, gateway, state)):
        report_refund_of(change, attempt.id, fit_refund(state))


def _note_bank_reference(change: PaymentChange, gateway: str, reference: BankReference) -> None:
    """Fill in what banks call the charge; a number that is known already stays."""
    attempt = _attempt(change.snapshot, gateway, reference.ref)
    if attempt is None:
        return
    numbers = fit_bank_reference(reference)
    new = {name: number for name, number in numbers.items() if getattr(attempt, name) is None}
    if new:
        change.update_attempt(attempt.id, **new)
        change.note(EventType.ATTEMPT_BANK_REFERENCE, attempt, **new)


def _attempt(payment: Snapshot, gateway: str, ref: str | None) -> Attempt | None:
    own = (each for each in payment.attempts if each.ref == ref and each.gateway == gateway)
    return next(own, None)


def _refunded(payment: Snapshot, gateway: str, state: RefundState) -> Attempt | None:
    """The attempt that a refund is of, by our reference or the gateway's id of its charge."""
    if state.charge_ref or not state.charge_payment_id:
        return _attempt(payment, gateway, state.charge_ref)
    own = (each for each in payment.attempts if each.gateway == gateway)
    return next((each for each in own if each.gateway_payment_id == state.charge_payment_id), None)


def _count_unknown(gateway: str, event: WebhookEvent, payment: Snapshot) -> None:
    for charge in event.charges:
        if attempt := _attempt(payment, gateway, charge.ref):
            count_unknown_codes(attempt, charge)
    for refund in event.refunds:
        count_unknown_status(gateway, refund)
