"""What a change announces: messages to the order service, readers that wait, and metrics."""

from payment_engine import metrics
from payment_engine.domain.commit import Commit, Event, Message
from payment_engine.domain.decision import Decided
from payment_engine.domain.events import EventType
from payment_engine.domain.ids import new_id
from payment_engine.domain.states import AttemptStatus, Step
from payment_engine.engine import Engine
from payment_engine.services.documents import payment_document

_ATTEMPT_EVENTS = {
    EventType(f"attempt.{status}"): status
    for status in AttemptStatus
    if status is not AttemptStatus.CREATED
}
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
            id=new_id("msg", int(now.timestamp() * 1000)),
            merchant_id=after.payment.merchant_id,
            payment_id=after.payment.id,
            sequence=sequence,
            type=kind,
            body={"type": kind, "sequence": sequence, "data": {"payment": document}},
            run_at=now,
            created_at=now,
        )
        for sequence, kind in enumerate(decided.announcements, first)
    )


def published(engine: Engine, commit: Commit) -> None:
    """A commit was written: wake whoever waits for the payment, and count what happened."""
    engine.waiters.wake(commit.payment.id, commit.payment.version)
    for event in commit.events:
        _count(commit, event)


def _count(commit: Commit, event: Event) -> None:
    if event.type == EventType.CONFLICT:
        metrics.conflicts.labels(event.data["why"]).inc()
    if event.attempt_id is None:
        return
    attempt = commit.snapshot.attempt(event.attempt_id)
    if event.type == EventType.REVIEW:
        metrics.reviews.labels(attempt.gateway).inc()
    elif event.type in _ATTEMPT_EVENTS:
        metrics.attempts.labels(attempt.gateway, attempt.method, event.type[8:]).inc()
    elif event.refund_id and event.data.get("step") in _MOVED:
        status = commit.snapshot.refund(event.refund_id).status
        metrics.refunds.labels(attempt.gateway, status).inc()
