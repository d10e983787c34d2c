"""Attempts that somebody should look at: stuck, pending, or put before a person."""

from datetime import datetime, timedelta

from tortoise.expressions import Q

from payment_engine import metrics
from payment_engine.db.models import Attempt
from payment_engine.domain.calendar import overdue_before
from payment_engine.domain.callers import Caller
from payment_engine.domain.requests.admin import AttemptsQuery, SyncBatchIn
from payment_engine.domain.states import ATTEMPT_IN_PROGRESS
from payment_engine.engine import Engine
from payment_engine.services.documents.oncall import StuckList, stuck_document


async def attempts(engine: Engine, caller: Caller, asked: AttemptsQuery) -> StuckList:
    """This merchant's attempts in a state, the oldest first; ``next`` goes on where this ends."""
    found = await matching(engine, caller, asked, asked.limit + 1)
    shown = found[: asked.limit]
    return {
        "attempts": [stuck_document(attempt, engine.now()) for attempt in shown],
        "next": shown[-1].id if len(found) > asked.limit else None,
    }


async def matching(
    engine: Engine, caller: Caller, asked: AttemptsQuery | SyncBatchIn, most: int
) -> list[Attempt]:
    """The attempts that a list or a bulk action means, each with its payment."""
    until = engine.now() - timedelta(seconds=asked.older_than)
    rows = Attempt.filter(_in_state(asked.state, engine.now()), created_at__lte=until)
    rows = rows.filter(payment__merchant_id=caller.merchant_id)
    if asked.gateway:
        rows = rows.filter(gateway=asked.gateway)
    if asked.method:
        rows = rows.filter(method=asked.method.value)
    if asked.after and (last := await Attempt.get_or_none(id=asked.after)):
        later = Q(created_at__gt=last.created_at)
        rows = rows.filter(later | Q(created_at=last.created_at, id__gt=last.id))
    return await rows.order_by("created_at", "id").limit(most).select_related("payment")


def overdue(now: datetime) -> Q:
    """Attempts without a verdict for more days than rules allow (RFD-11)."""
    return Q(status__in=ATTEMPT_IN_PROGRESS, created_at__lt=overdue_before(now))


async def count_overdue(engine: Engine) -> int:
    """Show how many there are; 0, since there is no hurry to count again."""
    metrics.overdue_attempts.set(await Attempt.filter(overdue(engine.now())).count())
    return 0


def _in_state(state: str, now: datetime) -> Q:
    if state == "review":
        return Q(review__isnull=False)
    if state == "overdue":
        return overdue(now)
    return Q(status__in=ATTEMPT_IN_PROGRESS if state == "unsettled" else (state,))
