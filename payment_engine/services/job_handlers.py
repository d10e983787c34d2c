"""Asking again: what each kind of job does, and when it is done once more."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from payment_engine.db.models import Attempt, Payment, Refund
from payment_engine.domain.gateway import Method
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.states import RefundStatus
from payment_engine.domain.upi_policy import FLOWS
from payment_engine.engine import Engine
from payment_engine.services import payments
from payment_engine.services.attempts import follow_up
from payment_engine.services.instruments import card_jobs, vpas
from payment_engine.services.queue.retry_schedule import next_check, next_upi_check
from payment_engine.services.queue.runner import JobHandler
from payment_engine.services.refunds import issue
from payment_engine.services.webhooks.receive import handle_notice

_UNSETTLED = frozenset({RefundStatus.CREATED, RefundStatus.PENDING, RefundStatus.MANUAL_REVIEW})

_SLOWLY = timedelta(days=1)
"""Refunds take days; past the schedule they are asked about daily until they are settled."""


async def check_charge(engine: Engine, attempt_id: str) -> datetime | None:
    """Ask about a pending attempt; on schedule again, then a person's turn."""
    if not await follow_up.check_charge(engine, attempt_id):
        return await _late_check(engine, attempt_id)
    attempt = await Attempt.get(id=attempt_id)
    schedule, start, now = engine.settings.check_schedule, attempt.created_at, engine.now()
    if Method(attempt.method) in FLOWS:
        due = next_upi_check(schedule, start, attempt.expires_at, now)
    else:
        due = next_check(schedule, start, now)
    if due is None:
        await follow_up.give_up(engine, attempt_id)
    return due


async def _late_check(engine: Engine, attempt_id: str) -> datetime | None:
    """A failed attempt is looked at a few times more on the slow tail (MOD-2, UPI-13)."""
    attempt, schedule = (
        await Attempt.get(id=attempt_id).select_related("payment"),
        engine.settings.late_checks,
    )
    if not follow_up.may_turn(attempt):
        return None
    if (engine.now() - attempt.created_at).total_seconds() >= schedule[0]:
        await follow_up.look(engine, attempt, "check")
        await attempt.refresh_from_db()
    return (
        next_check(schedule, attempt.created_at, engine.now())
        if follow_up.may_turn(attempt)
        else None
    )


async def push_refund(engine: Engine, refund_id: str) -> datetime | None:
    """Send or ask about a refund until the gateway is sure."""
    refund = await Refund.get(id=refund_id)
    if refund.status not in _UNSETTLED:
        return None
    await issue.push_refund(engine, refund, first=False)
    await refund.refresh_from_db()
    if refund.status not in _UNSETTLED:
        return None
    now = engine.now()
    return next_check(engine.settings.check_schedule, refund.created_at, now) or now + _SLOWLY


async def expire_payment(engine: Engine, payment_id: str) -> datetime | None:
    """Close an unpaid payment when its time is over, after one last look at its live attempt."""
    payment = await Payment.get(id=payment_id)
    if payment.expires_at > engine.now():
        return payment.expires_at
    live = await Attempt.get_or_none(payment_id=payment_id, live=True)
    if live:
        await follow_up.check_charge(engine, live.id, "expiry")
    await payments.expire(engine, payment_id)
    return None


async def capture(engine: Engine, attempt_id: str) -> datetime | None:
    """Capture again what was asked for and not answered."""
    again = await follow_up.push(engine, attempt_id, "capture")
    return await _later(engine, attempt_id) if again else None


async def void(engine: Engine, attempt_id: str) -> datetime | None:
    """Void again, or for the first time where a rule of ours asks for it."""
    again = await follow_up.push(engine, attempt_id, "void")
    return await _later(engine, attempt_id) if again else None


async def _later(engine: Engine, attempt_id: str) -> datetime:
    attempt, now = await Attempt.get(id=attempt_id), engine.now()
    return next_check(engine.settings.check_schedule, attempt.created_at, now) or now + _SLOWLY


HANDLERS: Mapping[JobKind, JobHandler] = {
    JobKind.CHECK_CHARGE: check_charge,
    JobKind.REFUND: push_refund,
    JobKind.EXPIRE_PAYMENT: expire_payment,
    JobKind.CAPTURE: capture,
    JobKind.VOID: void,
    JobKind.HANDLE_WEBHOOK: handle_notice,
    JobKind.SAVE_CARD: card_jobs.save_paid_card,
    JobKind.SAVE_VPA: vpas.save_paid_vpa,
    JobKind.DELETE_CARD: card_jobs.delete_at_gateways,
    JobKind.SYNC_CARD: card_jobs.sync_card,
}
