"""What each kind of job does, and when it runs again."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from payment_engine.domain.events import Source
from payment_engine.domain.gateway import GatewayFailure
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.outcomes import NOT_SENT_BACK
from payment_engine.domain.payment import Attempt, Refund, Snapshot
from payment_engine.domain.states import (
    ATTEMPT_IN_PROGRESS,
    ATTEMPT_POLLED,
    REFUND_UNDECIDED,
    RefundStatus,
)
from payment_engine.domain.store import Load
from payment_engine.domain.upi_checks import FIRST, next_allowed
from payment_engine.domain.upi_policy import FLOWS
from payment_engine.engine import Engine
from payment_engine.services import payments
from payment_engine.services.attempts.capture import Verb, capture_or_void
from payment_engine.services.attempts.follow_up import Poll, give_up, may_reverse, poll_charge
from payment_engine.services.instruments import card_jobs, vpas
from payment_engine.services.lifecycle.read import load_attempt, load_payment, load_refund
from payment_engine.services.queue.retry_schedule import (
    next_after_failure,
    next_check,
    next_upi_check,
)
from payment_engine.services.queue.runner import JobHandler
from payment_engine.services.refunds.issue import push_refund
from payment_engine.services.webhooks.inbox import handle_webhook

_UNANSWERED = timedelta(minutes=10)
_DAILY = timedelta(days=1)
_CLOCK_OFF = timedelta(minutes=1)
"""After that, a process whose clock is off looks whether it still is."""
"""Refunds may take days: after the schedule they are looked up daily until they are decided."""


async def handle_check_charge(engine: Engine, attempt_id: str) -> datetime | None:
    """Poll an attempt on schedule; put it under review when the schedule ends without a verdict."""
    known = await load_attempt(engine, attempt_id)
    attempt, now = known.attempt(attempt_id), engine.now()
    poll = Poll(known)
    if attempt.status in ATTEMPT_POLLED:
        returned = now - attempt.created_at < FIRST  # it is due later, and was requested now
        allowed = next_allowed(attempt, now, returned=returned)
        if allowed > now:
            return _next_poll(engine, attempt, poll) or allowed
        poll = await poll_charge(engine, known, attempt_id, Source.CHECK)
        attempt = poll.snapshot.attempt(attempt_id)
    if attempt.status not in ATTEMPT_POLLED:
        return await _check_late(engine, poll.snapshot, attempt_id)
    due = _next_poll(engine, attempt, poll)
    if due is None:
        await give_up(engine, poll.snapshot, attempt_id)
    return due


async def handle_confirm_charge(engine: Engine, attempt_id: str) -> datetime | None:
    """Look up a charge that a webhook reported or a refund concerns, until the gateway answers.

    One that may be a pending UPI charge waits for the next check that NPCI allows.
    """
    known, now = await load_attempt(engine, attempt_id), engine.now()
    due = await _next_look(engine, known.attempt(attempt_id), now)
    if due is None or due > now:
        return due
    poll = await poll_charge(engine, known, attempt_id, Source.CHECK, reported=True)
    attempt = poll.snapshot.attempt(attempt_id)
    if poll.failure:
        due = _repeat(engine, attempt, poll.failure) or engine.now() + _UNANSWERED
        return await _next_look(engine, attempt, due)
    if attempt.review != NOT_SENT_BACK:
        return None
    return next_check(engine.settings.check_schedule, attempt.created_at, now) or now + _DAILY


async def handle_refund(engine: Engine, refund_id: str) -> datetime | None:
    """Send or look up a refund until the gateway is certain, and a failed one a few times more."""
    known = await load_refund(engine, refund_id)
    if known.refund(refund_id).status in REFUND_UNDECIDED:
        changed = await push_refund(engine, known, refund_id)
        if changed is None:
            return _repeat(engine, known.refund(refund_id)) or engine.now() + _DAILY
        known = changed.snapshot
    refund, now = known.refund(refund_id), engine.now()
    if refund.status not in REFUND_UNDECIDED:
        return await _look_late(engine, known, refund)
    return next_check(engine.settings.check_schedule, refund.begun_at, now) or now + _DAILY


async def handle_expire_payment(engine: Engine, payment_id: str) -> datetime | None:
    """Close an unpaid payment when its time is over, after one last poll of its live attempt.

    A process whose clock is off leaves it to another one, or to a time when its clock is right.
    """
    if engine.heartbeat.clock_is_off():
        return engine.now() + _CLOCK_OFF
    known = (await load_payment(engine, Load(find="payment", id=payment_id))).snapshot
    if known.payment.expires_at > engine.now():
        return known.payment.expires_at
    live, now = known.live, engine.now()
    if live and live.status in ATTEMPT_POLLED and next_allowed(live, now) <= now:
        known = (await poll_charge(engine, known, live.id, Source.EXPIRY)).snapshot
    await payments.expire(engine, known)
    return None


async def handle_capture(engine: Engine, attempt_id: str) -> datetime | None:
    """Capture again if the gateway did not answer the first request."""
    return await _push(engine, attempt_id, "capture")


async def handle_void(engine: Engine, attempt_id: str) -> datetime | None:
    """Void a charge that cannot pay its order, or whose void was not answered."""
    return await _push(engine, attempt_id, "void")


async def _next_look(engine: Engine, attempt: Attempt, due: datetime) -> datetime | None:
    """When a charge that is reported or concerned may be looked up, from ``due`` on.

    None if its next check finds it out: two jobs would make two checks of it at one moment.
    """
    allowed = next_allowed(attempt, due, returned=True)
    if allowed == due or attempt.status not in ATTEMPT_IN_PROGRESS:
        return allowed
    await engine.work.enqueue(JobKind.CHECK_CHARGE, attempt.id, allowed, attempt.gateway)
    return None


def _next_poll(engine: Engine, attempt: Attempt, poll: Poll) -> datetime | None:
    """When to poll next, by what is not yet known; None when the schedule is over."""
    schedule, start, now = engine.settings.check_schedule, attempt.created_at, engine.now()
    if poll.failure:
        due = _repeat(engine, attempt, poll.failure)
        return due and next_allowed(attempt, due)
    shows_at = start + engine.shows_within(attempt.gateway, attempt.method)
    if attempt.method in FLOWS:
        due = next_upi_check(schedule, start, attempt.expires_at, now)
        due = shows_at if poll.unseen and shows_at > now else due
    else:
        due = next_check(schedule, start, now)
        due = min(due or shows_at, shows_at) if poll.unseen and shows_at > now else due
    return due and next_allowed(attempt, due)


def _repeat(
    engine: Engine, row: Attempt | Refund, failure: GatewayFailure | None = None
) -> datetime | None:
    """When to repeat a call that its gateway did not answer: soon; None long after the schedule."""
    retry_after = failure.retry_after if failure else None
    schedule = engine.settings.check_schedule
    return next_after_failure(schedule, _begun_at(row), engine.now(), retry_after)


async def _check_late(engine: Engine, known: Snapshot, attempt_id: str) -> datetime | None:
    """Poll a failed attempt a few times more, days later: a gateway may still report success."""
    attempt = known.attempt(attempt_id)
    if not may_reverse(attempt):
        return None
    schedule = engine.settings.late_checks
    if _age(engine, attempt) >= schedule[0] and next_allowed(attempt, engine.now()) <= engine.now():
        poll = await poll_charge(engine, known, attempt_id, Source.CHECK)
        attempt = poll.snapshot.attempt(attempt_id)
        if poll.failure and may_reverse(attempt):
            return _repeat(engine, attempt, poll.failure)
    if not may_reverse(attempt):
        return None
    return next_check(schedule, attempt.created_at, engine.now())


async def _look_late(engine: Engine, known: Snapshot, refund: Refund) -> datetime | None:
    """Look a failed refund up a few times more, days later: it may have been done all the same."""
    schedule = engine.settings.late_checks
    if refund.status is RefundStatus.FAILED and _age(engine, refund) >= schedule[0]:
        changed = await push_refund(engine, known, refund.id, send=False)
        if changed is None:
            return _repeat(engine, refund)
        refund = changed.snapshot.refund(refund.id)
    failed = refund.status is RefundStatus.FAILED
    return next_check(schedule, refund.begun_at, engine.now()) if failed else None


def _age(engine: Engine, row: Attempt | Refund) -> float:
    """Seconds since its gateway may have it."""
    return (engine.now() - _begun_at(row)).total_seconds()


def _begun_at(row: Attempt | Refund) -> datetime:
    return row.begun_at if isinstance(row, Refund) else row.created_at


async def _push(engine: Engine, attempt_id: str, verb: Verb) -> datetime | None:
    """Capture or void until the gateway has answered; after the schedule, what is under review is
    left to people."""
    known = await load_attempt(engine, attempt_id)
    pushed = await capture_or_void(engine, known, attempt_id, verb)
    if not pushed.again:
        return None
    attempt, now = pushed.snapshot.attempt(attempt_id), engine.now()
    if pushed.failure:
        return _repeat(engine, attempt, pushed.failure) or now + _DAILY
    due = next_check(engine.settings.check_schedule, attempt.created_at, now)
    return due or (None if attempt.review else now + _DAILY)


HANDLERS: Mapping[JobKind, JobHandler] = {
    JobKind.CHECK_CHARGE: handle_check_charge,
    JobKind.CONFIRM_CHARGE: handle_confirm_charge,
    JobKind.REFUND: handle_refund,
    JobKind.EXPIRE_PAYMENT: handle_expire_payment,
    JobKind.CAPTURE: handle_capture,
    JobKind.VOID: handle_void,
    JobKind.HANDLE_WEBHOOK: handle_webhook,
    JobKind.SAVE_CARD: card_jobs.save_paid_card,
    JobKind.SAVE_VPA: vpas.save_paid_vpa,
    JobKind.DELETE_CARD: card_jobs.delete_at_gateways,
    JobKind.SYNC_CARD: card_jobs.sync_card,
}
