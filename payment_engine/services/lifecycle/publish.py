"""What a change announces: messages to the order service, readers that wait, and metrics."""

from datetime import datetime

from payment_engine import metrics
from payment_engine.domain.commit import Commit, Event, Message
from payment_engine.domain.decision import Decided
from payment_engine.domain.declines import NOT_BEGUN, ResultClass, result_of_decline
from payment_engine.domain.events import EventType, Source
from payment_engine.domain.payment import Attempt
from payment_engine.domain.states import ATTEMPT_SUCCEEDED, AttemptStatus, Step
from payment_engine.engine import Engine
from payment_engine.services.documents import payment_document
from payment_engine.services.documents.message import message_document
from payment_engine.services.routing.downtimes import note_end

_ATTEMPT_EVENTS = {EventType(f"attempt.{status}"): status for status in AttemptStatus}
_SUCCESSES = (EventType.ATTEMPT_AUTHORIZED, EventType.ATTEMPT_CAPTURED)
_MOVED = (Step.MOVE.value, Step.LATE.value)


def messages(engine: Engine, decided: Decided) -> tuple[Message, ...]:
    """The messages of a finished change, each with the payment as it stands after it."""
    if not decided.announcements:
        return ()
    now, after = engine.now(), decided.after
    document = payment_document(engine, after, actions=False)
    first = after.payment.sequence - len(decided.announcements) + 1
    return tuple(
        Message(
            id=engine.new_id("msg"),
            merchant_id=after.payment.merchant_id,
            payment_id=after.payment.id,
            sequence=sequence,
            type=announcement.type,
            body={**message_document(announcement, sequence, now, document)},
            run_at=now,
            created_at=now,
        )
        for sequence, announcement in enumerate(decided.announcements, first)
    )


def published(engine: Engine, commit: Commit) -> None:
    """A commit was written: wake whoever waits for the payment, and count what happened."""
    engine.waiters.wake(commit.payment.id, commit.payment.version)
    for event in commit.events:
        _count(engine, commit, event)


def _count(engine: Engine, commit: Commit, event: Event) -> None:
    if event.type == EventType.CONFLICT:
        metrics.conflicts.labels(event.data["why"]).inc()
    if event.attempt_id is None:
        return
    attempt = commit.snapshot.attempt(event.attempt_id)
    if event.type == EventType.REVIEW:
        metrics.reviews.labels(attempt.gateway).inc()
    elif event.type in _ATTEMPT_EVENTS:
        metrics.attempts.labels(attempt.gateway, attempt.method, event.type[8:]).inc()
        _count_result(engine, attempt, event)
    elif event.refund_id and event.data.get("step") in _MOVED:
        status = commit.snapshot.refund(event.refund_id).status
        metrics.refunds.labels(attempt.gateway, status).inc()


def _count_result(engine: Engine, attempt: Attempt, event: Event) -> None:
    """Count its first success, or its failure, also for the bank, UPI app or wallet it went by."""
    if result := _result(attempt, event):
        count_result(attempt, result, event.at)
        note_end(engine, attempt, result)


def _result(attempt: Attempt, event: Event) -> ResultClass | None:
    """None if it is no end, or if only ``charge_with_failover`` knows: a charge that was not begun
    may go on at another gateway."""
    if event.type == EventType.ATTEMPT_FAILED:
        known = event.source != Source.ANSWER or attempt.decline_code not in NOT_BEGUN
        return result_of_decline(attempt.decline_code) if known else None
    first = event.type in _SUCCESSES and event.data.get("previous") not in ATTEMPT_SUCCEEDED
    return ResultClass.SUCCESS if first else None


def count_result(attempt: Attempt, result: ResultClass, at: datetime) -> None:
    """Count how an attempt ended, and how long that took."""
    labels = (attempt.gateway, attempt.method)
    metrics.attempt_results.labels(*labels, result.value).inc()
    metrics.verdict_seconds.labels(*labels).observe((at - attempt.created_at).total_seconds())
