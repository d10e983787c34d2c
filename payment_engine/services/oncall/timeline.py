"""The timeline of a payment: the verdict on it, and everything that happened to it, from every
source, in order."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from payment_engine.db.models import AdminAction, OutboxMessage, PaymentEvent
from payment_engine.domain.callers import Caller
from payment_engine.domain.payment import Snapshot
from payment_engine.domain.states import RefundStatus
from payment_engine.domain.verdict import Facts
from payment_engine.engine import Engine
from payment_engine.services.documents.base import format_time
from payment_engine.services.documents.payment import payment_document
from payment_engine.services.documents.timeline import (
    TimelineEntry,
    TimelineOut,
    format_ist,
    traced_attempts,
    verdict_document,
)
from payment_engine.services.lifecycle.read import visible_payment
from payment_engine.services.oncall import occurrences
from payment_engine.services.oncall.audit import record_reading
from payment_engine.services.oncall.occurrences import Timed
from payment_engine.services.oncall.planned import planned_jobs
from payment_engine.store.gateway_log import FoundExchanges

_MILLISECOND = timedelta(milliseconds=1)


async def timeline(engine: Engine, caller: Caller, payment_id: str) -> TimelineOut:
    """The payment, the verdict, and everything that happened, in order of time. Raises NotFound.

    That it was read is in the audit log, and no part of it. ``raw_log`` is ``spilling`` if
    exchanges may be missing until MongoDB answers again, and ``partial`` if ``omitted_exchanges``
    earlier ones are missing since there are too many to be read.
    """
    snapshot = await visible_payment(engine, caller, payment_id)
    await record_reading(engine, caller, "payment.read", payment_id, payment_id=payment_id)
    logged = await engine.raw_log.of_payment(
        payment_id, (attempt.id for attempt in snapshot.attempts), snapshot.payment.created_at
    )
    events = await PaymentEvent.filter(payment_id=payment_id).order_by("id")
    messages = await OutboxMessage.filter(payment_id=payment_id).order_by("sequence")
    actions = await AdminAction.filter(payment_id=payment_id, reading=False).order_by("id")
    webhooks = await occurrences.stored_webhooks(logged.exchanges)
    facts = Facts(
        snapshot=snapshot,
        now=engine.now(),
        jobs=await planned_jobs(snapshot, webhooks),
        bounced=_bounced(events),
        dead_messages=sum(message.state == "dead" for message in messages),
    )
    found = [
        *((row.at, occurrences.event(row)) for row in events),
        *((row.created_at, occurrences.message(row)) for row in messages),
        *((row.at, occurrences.action(row)) for row in actions),
        *((row.at, occurrences.exchange(row, webhooks)) for row in logged.exchanges),
    ]
    return {
        "payment": payment_document(engine, snapshot, actions=False),
        "verdict": verdict_document(facts),
        "attempts": traced_attempts(facts),
        "raw_log": _state(engine, logged),
        "omitted_exchanges": logged.omitted,
        "timeline": _entries(snapshot, found),
    }


def _state(engine: Engine, logged: FoundExchanges) -> Literal["healthy", "spilling", "partial"]:
    if not logged.complete:
        return "partial"
    return "healthy" if engine.raw_log.healthy else "spilling"


def _bounced(events: Iterable[PaymentEvent]) -> frozenset[str]:
    """The refunds that failed after they had succeeded."""
    succeeded: set[str] = set()
    bounced: set[str] = set()
    for row in events:
        if row.refund_id and row.type == f"refund.{RefundStatus.SUCCEEDED}":
            succeeded.add(row.refund_id)
            bounced.discard(row.refund_id)
        if row.refund_id in succeeded and row.type == f"refund.{RefundStatus.FAILED}":
            bounced.add(row.refund_id)
    return frozenset(bounced)


def _entries(snapshot: Snapshot, found: list[Timed]) -> list[TimelineEntry]:
    """In order, each with the attempt that it belongs to and the time since the one before."""
    attempts = {refund.id: refund.attempt_id for refund in snapshot.refunds}
    entries: list[TimelineEntry] = []
    before: datetime | None = None
    for number, (at, what) in enumerate(sorted(found, key=lambda timed: timed[0]), start=1):
        own = what.get("attempt_id") or attempts.get(what.get("refund_id") or "")
        entries.append(
            {
                **what,
                "attempt_id": own,
                "sequence": number,
                "at": format_time(at),
                "at_ist": format_ist(at),
                "since_previous_ms": (at - before) // _MILLISECOND if before else None,
            }
        )
        before = at
    return entries
