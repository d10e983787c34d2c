"""What gateways tell of charges and refunds that we do not know: stored, and matched to a payment
when its merchant names it. Nothing is guessed: the gateway is looked up before money counts."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

import structlog

from payment_engine.db import unmatched
from payment_engine.db.models import UnmatchedReport
from payment_engine.db.unmatched import Report
from payment_engine.domain.errors import NotFound
from payment_engine.domain.events import Source
from payment_engine.domain.gateway import ChargeState, RefundState, WebhookEvent
from payment_engine.domain.ids import is_gateway_ref
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.store import Load, Loaded
from payment_engine.engine import Engine
from payment_engine.services.lifecycle.change import NOTHING_BESIDE, Beside, change_payment
from payment_engine.services.lifecycle.sanitize import printable

_State = TypeVar("_State", ChargeState, RefundState)

_log = structlog.get_logger()


async def store_unmatched(
    engine: Engine, gateway: str, event: WebhookEvent, known: Iterable[Loaded]
) -> None:
    """Store the charges and refunds of an event that belong to none of the known payments."""
    reports = list(_unmatched(engine, event, known))
    for each in reports:
        _log.warning("report_unmatched", gateway=gateway, kind=each.kind, ref=each.reference)
    if reports:
        await engine.work.store_unmatched(gateway, reports, engine.now())


def _unmatched(engine: Engine, event: WebhookEvent, known: Iterable[Loaded]) -> Iterator[Report]:
    snapshots = [each.snapshot for each in known]
    attempts = {attempt.ref for each in snapshots for attempt in each.attempts}
    numbers = {attempt.gateway_payment_id for each in snapshots for attempt in each.attempts}
    ours = {refund.ref for each in snapshots for refund in each.refunds}
    charges = [each for each in event.charges if each.ref not in attempts]
    refunds = [refund for each in charges for refund in each.refunds]
    refunds += [
        each
        for each in event.refunds
        if each.ref not in ours
        and each.charge_ref not in attempts
        and each.charge_payment_id not in numbers - {None}
    ]
    yield from (_charge(engine, each) for each in _by_reference(charges))
    yield from (_refund(engine, each) for each in _by_reference(refunds))


def _by_reference(states: Iterable[_State]) -> Iterable[_State]:
    """The last of each reference."""
    return {printable(each.ref, 64): each for each in states}.values()


def _charge(engine: Engine, state: ChargeState) -> Report:
    return Report(
        id=engine.new_id("unm"),
        kind="charge",
        reference=printable(state.ref, 64),
        gateway_payment_id=_text(state.gateway_payment_id),
        amount=state.amount,
        currency=state.currency and printable(state.currency, 3),
        status=state.status.value,
        gateway_status=printable(state.gateway_status, 64),
    )


def _refund(engine: Engine, state: RefundState) -> Report:
    return Report(
        id=engine.new_id("unm"),
        kind="refund",
        reference=printable(state.ref, 64),
        charge_reference=_text(state.charge_ref),
        gateway_payment_id=_text(state.charge_payment_id),
        amount=state.amount,
        status=state.status.value,
        gateway_status=printable(state.gateway_status, 64),
    )


def _text(value: str | None) -> str | None:
    return printable(value, 64) if value else None


async def match_charge(
    engine: Engine, reference: str, payment_id: str, method: Method, why: str
) -> None:
    """Record that an unknown charge was an attempt of this payment, as its merchant says, and have
    its gateway asked about it; only what that answers moves money.

    Raises NotFound for a reference that no gateway has reported or that is none of ours, and for
    an unknown payment.
    """
    report = await UnmatchedReport.get_or_none(kind="charge", reference=reference, matched_at=None)
    if report is None:
        raise NotFound(f"no gateway has reported an unknown charge {reference}")
    if not is_gateway_ref(reference):
        raise NotFound("this charge has no reference of ours: another system made it")

    def decide(change: PaymentChange, _: Loaded) -> Beside:
        attempt = change.add_attempt(
            gateway=report.gateway,
            method=method,
            expires_at=change.now,
            ref=reference,
            routing={"matched": report.id, "why": why},
        )
        change.release(attempt, "matched")
        change.request_job(JobKind.CHECK_CHARGE, attempt.id, change.now, attempt.gateway)
        return NOTHING_BESIDE

    await change_payment(engine, Load(find="payment", id=payment_id), decide, Source.ADMIN)
    await unmatched.mark_matched(report.id, payment_id, engine.now())
